"""Inspections one by one: what they add up to, since when, and what a fault among them takes away."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from oshlib import places, tables
from oshlib.errors import OshError
from oshlib.study import inspections
from oshlib.study.inspections import COUNTS, FILLED

EXAMPLE = places.ROOT / "data" / "example"
HEAD = "unit_id,opened,kind,fatal_causal,willful,repeat,serious\n"
SINCE = "1993-01-01"
LIST = "unit,unit_id,year,area,hours,dart_cases\n" + "".join(
    f"Larch Foundry {i} (made up),L{i},1996,Larch Valley (made up),200000,41\n" for i in (1, 2, 3)
)


def added(folder: Path, rows: str, listed: str = LIST, since: Any = SINCE) -> tuple[pd.DataFrame, pd.DataFrame]:
    (folder / "list.csv").write_text(listed, encoding="utf-8")
    (folder / "inspections.csv").write_text(HEAD + rows, encoding="utf-8")
    table, faults = tables.read(folder / "list.csv")
    assert not faults["level"].eq("error").any() or "maybe" in listed
    return inspections.add(table, folder / "inspections.csv", since)


def told(faults: pd.DataFrame) -> list[list[Any]]:
    assert list(faults.columns) == list(tables.FAULTS)
    return faults[["row", "column", "value", "rule", "level", "text", "unit_id"]].to_numpy().tolist()


def of(table: pd.DataFrame, unit: str = "L1") -> dict[str, Any]:
    """Its history; days as text."""
    (row,) = table[table["unit_id"].eq(unit)].to_dict("records")
    days = {c: None if pd.isna(row[c]) else row[c].date().isoformat() for c in ("history_from", "last_comprehensive")}
    return {**{c: None if pd.isna(row[c]) else row[c] for c in COUNTS}, **days, "struck": row["struck"]}


def history(**changed: Any) -> dict[str, Any]:
    none = {**dict.fromkeys(COUNTS, 0), "history_from": SINCE, "last_comprehensive": None, "struck": ""}
    return none | changed


def test_inspections_since_the_day_add_up_and_the_day_itself_counts(tmp_path: Path) -> None:
    rows = "L1,1992-12-31,other,1,1,1,9\nL1,1993-01-01,other,0,0,0,4\nL1,1996-05-02,Comprehensive,0,1,0,5\n"
    table, faults = added(tmp_path, rows + "L2,05/02/1991,comprehensive,0,yes,no,3\n")
    assert told(faults) == []
    assert of(table) == history(willful=1, serious=9, last_comprehensive="1996-05-02")
    assert of(table, "L2") == history(last_comprehensive="1991-05-02"), "comprehensive ones of any time, no older count"
    assert of(table, "L3") == history(), "the file names every inspection: it had none"
    for column in FILLED:
        expected = "float64" if column in COUNTS else "datetime64[s]"
        assert table[column].dtype == expected, column


def test_of_several_comprehensive_inspections_the_latest_is_told_in_any_order(tmp_path: Path) -> None:
    rows = [
        "L1,1994-03-01,comprehensive,0,0,0,0\n",
        "L1,1995-03-01,comprehensive,0,0,0,0\n",
        "L1,1997-01-01,other,0,0,0,0\n",
    ]
    for order in (rows, rows[::-1]):
        table, _ = added(tmp_path, "".join(order))
        assert of(table)["last_comprehensive"] == "1995-03-01"


@pytest.mark.parametrize("since", ["1993-01-01", dt.date(1993, 1, 1), pd.Timestamp("1993-01-01")])
def test_the_day_is_a_text_or_a_date(tmp_path: Path, since: Any) -> None:
    table, _ = added(tmp_path, "L1,1992-12-31,other,0,0,0,2\nL1,1993-01-01,other,0,0,0,3\n", since=since)
    assert of(table) == history(serious=3)


@pytest.mark.parametrize("since", ["long ago", ""])
def test_a_day_that_is_none_is_refused(tmp_path: Path, since: str) -> None:
    with pytest.raises(OshError, match=f"^since: found {since!r}, expected a day such as 1993-01-01$"):
        added(tmp_path, "", since=since)


def test_an_inspection_without_a_date_is_an_error_and_takes_the_beginning_and_the_counts_it_may_be_part_of(
    tmp_path: Path,
) -> None:
    table, faults = added(
        tmp_path, "L1,,other,0,0,1,0\nL1,1995-01-03,comprehensive,0,1,1,2\nL2,1995-01-03,other,0,0,0,2\n"
    )
    say = "no date: whether its violations count is not known"
    assert told(faults) == [[2, "opened", "", "required", "error", say, "L1"]]
    struck = {"repeat": None, "history_from": None, "struck": "history_from,repeat"}
    assert of(table) == history(willful=1, serious=2, last_comprehensive="1995-01-03", **struck)
    assert of(table, "L2") == history(serious=2), "its neighbours keep theirs"


def test_a_date_that_is_none_is_one_error_and_may_be_of_the_last_comprehensive_one(tmp_path: Path) -> None:
    table, faults = added(tmp_path, "L1,31/12/1996,comprehensive,0,0,0,0\nL1,1995-01-03,comprehensive,0,0,0,0\n")
    say = "expected a date such as 2024-02-01"
    assert told(faults) == [[2, "opened", "31/12/1996", "not-a-date", "error", say, "L1"]]
    assert of(table) == history(history_from=None, struck="history_from,last_comprehensive")


def test_an_inspection_of_nobody_on_the_list_is_a_warning_and_of_nobody_at_all_an_error(tmp_path: Path) -> None:
    table, faults = added(
        tmp_path, "L9,1995-01-03,other,0,1,0,0\n,1995-01-03,other,0,0,0,1\nL1,1995-01-03,other,0,0,0,1\n"
    )
    assert told(faults) == [
        [2, "unit_id", "L9", "unknown-unit", "warning", "left out: the list has no such establishment", "L9"],
        [3, "unit_id", "", "required", "error", "left out: whose inspection it is is not said", ""],
    ]
    assert [of(table, unit)["serious"] for unit in ("L1", "L2", "L3")] == [1, 0, 0]


def test_a_count_that_is_none_is_an_error_where_it_counts(tmp_path: Path) -> None:
    table, faults = added(
        tmp_path, "L1,1995-01-03,other,0,0,0,few\nL1,1996-01-03,other,0,2,0,1\nL2,1990-01-03,other,0,0,0,-1\n"
    )
    say = "expected a plain number such as 1234 or 1234.5"
    assert told(faults) == [
        [2, "serious", "few", "not-a-number", "error", say, "L1"],
        [4, "serious", "-1", "negative", "error", "expected zero or more", "L2"],
    ]
    assert of(table) == history(willful=2, serious=None, struck="serious")
    assert of(table, "L2") == history(), "before the day it is no part of the sum"


def test_a_blank_count_is_not_zero(tmp_path: Path) -> None:
    table, faults = added(tmp_path, "L1,1995-01-03,other,0,,0,2\nL2,1990-01-03,other,0,,0,2\n")
    say = "blank is not zero: how many the establishment had is not known"
    assert told(faults) == [[2, "willful", "", "blank-count", "warning", say, "L1"]]
    assert of(table) == history(willful=None, serious=2)
    assert of(table, "L2") == history()


@pytest.mark.parametrize("kind", ["partial", ""])
def test_a_kind_that_is_none_takes_the_last_comprehensive_one_only_where_it_could_be_that(
    tmp_path: Path, kind: str
) -> None:
    rows = "L1,1994-01-03,comprehensive,0,0,0,0\nL2,1997-01-03,comprehensive,0,0,0,0\n"
    table, faults = added(
        tmp_path, rows + "".join(f"{unit},1996-01-03,{kind},0,0,0,1\n" for unit in ("L1", "L2", "L3"))
    )
    say = "expected comprehensive or other"
    assert told(faults) == [[row, "kind", kind, "unknown-kind", "error", say, f"L{row - 3}"] for row in (4, 5, 6)]
    assert of(table) == history(serious=1, struck="last_comprehensive")
    assert of(table, "L2") == history(serious=1, last_comprehensive="1997-01-03")
    assert of(table, "L3") == history(serious=1, struck="last_comprehensive")


def test_rows_alike_are_one_inspection_and_said(tmp_path: Path) -> None:
    rows = "L1,1995-01-03,other,0,0,0,5\nL1,1995-01-03,other,0,0,0,4\nL2,1995-01-03,other,0,0,0,5\n"
    table, faults = added(tmp_path, rows + "L1,1995-01-03,other,0,0,0,5\n")
    say = "alike to row 2 in everything: counted once"
    assert told(faults) == [[5, "opened", "1995-01-03", "duplicate", "warning", say, "L1"]]
    assert (of(table)["serious"], of(table, "L2")["serious"]) == (9, 5)


def test_what_the_list_said_of_its_history_is_replaced_and_a_difference_is_told(tmp_path: Path) -> None:
    listed = "unit,unit_id,year,area,history_from,willful,serious,last_comprehensive,vpp_sharp\n"
    listed += "A (made up),L1,1996,Larch Valley (made up),1993-01-01,1,3,1996-02-03,maybe\n"
    listed += "B (made up),L2,1996,Larch Valley (made up),1990-01-01,7,,,no\n"
    listed += "C (made up),L3,1996,Larch Valley (made up),maybe,maybe,,,no\n"
    table, faults = added(tmp_path, "L1,1995-01-03,comprehensive,0,0,0,3\n", listed)
    say = "the list has {} (row 2), the inspections {}: these are used"
    last = say.format("1996-02-03", "1995-01-03")
    assert told(faults) == [
        [1, "willful", "1", "history-differs", "warning", say.format(1, 0), "L1"],
        [1, "last_comprehensive", "1996-02-03", "history-differs", "warning", last, "L1"],
    ]
    assert of(table) == history(serious=3, last_comprehensive="1995-01-03", struck="vpp_sharp")
    assert of(table, "L2") == history(), "counts since another day are no contradiction"
    assert of(table, "L3") == history(), "what a fault struck in the list is known from the inspections"


def test_a_table_that_is_none_is_refused_in_a_sentence(tmp_path: Path) -> None:
    table, _ = tables.read(EXAMPLE / "establishments.csv")
    file = tmp_path / "inspections.csv"
    columns = "unit_id, opened, kind, fatal_causal, willful, repeat, serious"
    for text, say in (
        ("unit_id,opened,kind\n", f"found no column fatal_causal; a history of inspections has {columns}"),
        (HEAD.replace("opened", "opened,date"), "found 'opened' and 'date', which mean the same; expected one of them"),
    ):
        file.write_text(text, encoding="utf-8")
        with pytest.raises(OshError) as caught:
            inspections.add(table, file, SINCE)
        assert str(caught.value) == f"{file}: {say}"
    with pytest.raises(OshError, match=r"found the ending '.txt', expected a file that ends in "):
        inspections.add(table, _text(tmp_path), SINCE)


def _text(folder: Path) -> Path:
    file = folder / "inspections.txt"
    file.write_text(HEAD, encoding="utf-8")
    return file


def test_a_column_that_is_not_read_is_said_and_no_inspection_at_all_is_a_history_of_none(tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_text(LIST, encoding="utf-8")
    (tmp_path / "inspections.csv").write_text(HEAD.replace("\n", ",officer\n"), encoding="utf-8")
    listed, _ = tables.read(tmp_path / "list.csv")
    table, faults = inspections.add(listed, tmp_path / "inspections.csv", SINCE)
    say = "not read: a history of inspections has no such column"
    assert told(faults) == [[1, "officer", "", "unknown-column", "warning", say, ""]]
    assert [of(table, unit) for unit in ("L1", "L2", "L3")] == [history()] * 3


def test_the_list_given_is_left_as_it_was(tmp_path: Path) -> None:
    listed, _ = tables.read(EXAMPLE / "establishments.csv")
    before = listed.copy()
    inspections.add(listed, EXAMPLE / "inspections.csv", SINCE)
    pd.testing.assert_frame_equal(listed, before)


def test_the_example_inspections_tell_what_the_example_list_tells() -> None:
    listed, _ = tables.read(EXAMPLE / "establishments.csv")
    table, faults = inspections.add(listed, EXAMPLE / "inspections.csv", SINCE)
    assert faults["text"].tolist() == []
    settled = listed["history_from"].isna()
    assert listed.loc[settled, "unit_id"].tolist() == ["EST-34"], "the one whose history is blank in the list"
    pd.testing.assert_frame_equal(table[~settled], listed[~settled])
    assert of(table, "EST-34") == history()
    visits = pd.read_csv(EXAMPLE / "inspections.csv")
    assert (visits["opened"] < SINCE).any()
    assert visits["opened"].eq(SINCE).any()
    assert visits["unit_id"].nunique() < len(listed) - 10, "many had none"
