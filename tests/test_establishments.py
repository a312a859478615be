"""A list of establishments: each fault that would place one wrongly is told once, and takes what it spoils."""

from __future__ import annotations

import csv
from fractions import Fraction
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from oshlib import places, tables
from oshlib.errors import OshError
from oshlib.rates import rates
from oshlib.study.targeting import study

EXAMPLE = places.ROOT / "data" / "example"
HISTORY = ("fatal_causal", "willful", "repeat", "serious")
#: Nothing wrong; every row below is this one with something changed.
SITE: dict[str, Any] = {
    "unit": "Larch Foundry (made up)", "unit_id": "L1", "year": 1996, "area": "Larch Valley (made up)",
    "hours": 200_000, "employees": 100, "firm_workers": 300, "dart_cases": 14, "sic": "3321", "responded": "yes",
    "vpp_sharp": "no",
    "last_comprehensive": "1994-05-03", "history_from": "1993-01-01", "fatal_causal": 0, "willful": 0, "repeat": 1,
    "serious": 2, "joined": "yes", "agreement_received": "1998-01-05", "wants_consultation": "no",
    "contacted_consultation": "", "withdrew": "", "removed_from_program": "", "union": "yes", "records_checked": "",
    "visit_cases": "", "visit_hours": "",
}  # fmt: skip
NOT_A_DATE = "expected a date such as 2024-02-01"


def listed(folder: Path, *changes: dict[str, Any]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Rows as a file has them, beginning in row 2; every row is of an establishment of its own."""
    file = folder / "list.csv"
    rows = [{**SITE, "unit": f"Larch Foundry {i} (made up)", "unit_id": f"L{i}", **c} for i, c in enumerate(changes, 1)]
    pd.DataFrame(rows).to_csv(file, index=False)
    return tables.read(file)


def test_a_sound_list_is_known_by_its_columns_and_keeps_them_after_those_of_the_annual_table(tmp_path: Path) -> None:
    table, faults = listed(tmp_path, {})
    assert faults["text"].tolist() == []
    own = [c for c in tables.layouts()["establishments"]["columns"] if c not in (*tables.COLUMNS, *tables.BESIDE)]
    assert len(own) == 28
    filed = pd.read_csv(tmp_path / "list.csv").columns
    assert list(table.columns) == [*tables.COLUMNS, *tables.BESIDE, *(c for c in own if c in filed)]
    row = table.iloc[0]
    assert (row["area"], row["sic"], row["joined"], row["serious"]) == ("Larch Valley (made up)", "3321", "yes", 2)
    assert row["agreement_received"] == pd.Timestamp("1998-01-05")
    assert rates(table, ["LWDII"])["value"].tolist() == [14.0]


#: What is changed; the column, value, rule, level and words of the one fault; what it takes.
FAULTS: dict[str, tuple[dict[str, Any], str, str, str, str, set[str]]] = {
    "cases and no hours": (
        {"hours": ""}, "hours", "14", "lost-workday-cases-without-hours",
        "14 lost-workday cases and no hours: there is no rate", {"hours"},
    ),
    "cases and hours of zero": (
        {"hours": 0}, "hours", "14", "cases-without-hours", "14 cases and no hour worked", {"hours"},
    ),
    "cases and hours that are no number": (
        {"hours": "many"}, "hours", "many", "not-a-number", "expected a plain number such as 1234 or 1234.5", {"hours"},
    ),
    "a firm smaller than its site": (
        {"firm_workers": 99}, "employees", "100", "site-within-firm",
        "100 workers at the site, 99 in the whole firm; expected at least as many", {"employees", "firm_workers"},
    ),
    "a join date before the program": (
        {"agreement_received": "1997-11-24"}, "agreement_received", "1997-11-24", "joined-before-the-program",
        "an agreement of 1997-11-24, before the program began on 1997-11-25", {"agreement_received"},
    ),
    "an industry of letters": (
        {"sic": "ABCD"}, "sic", "ABCD", "sic-exists",
        "the 1987 manual has no industry 'ABCD'; expected four digits such as 2421", {"sic"},
    ),
    "an industry of no major group": (
        {"sic": "7700"}, "sic", "7700", "sic-exists",
        "the 1987 manual has no industry '7700'; expected four digits such as 2421", {"sic"},
    ),
    "an industry without its zero": (
        {"sic": "783"}, "sic", "783", "leading-zero", "3 digits, expected 4: a leading zero was lost (0783?)", {"sic"},
    ),
    "an industry of six digits": ({"sic": "332100"}, "sic", "332100", "digits", "6 digits, expected 4", {"sic"}),
    "a history without dates": (
        {"history_from": ""}, "history_from", "2", "history-without-dates",
        "violations, and no day since when: which of them count (those since 1993-01-01) is not known",
        {"history_from", *HISTORY},
    ),
    "a history since no day": (
        {"history_from": "ever"}, "history_from", "ever", "not-a-date", NOT_A_DATE, {"history_from"},
    ),
    "declined, and agreed": (
        {"joined": "no"}, "agreement_received", "1998-01-05", "joined-and-declined",
        "an agreement came in on 1998-01-05, and joined says no", {"joined", "agreement_received"},
    ),
    "maybe": ({"vpp_sharp": "maybe"}, "vpp_sharp", "maybe", "not-yes-or-no", "expected yes or no", {"vpp_sharp"}),
    "joined, maybe": ({"joined": "maybe"}, "joined", "maybe", "not-yes-or-no", "expected yes or no", {"joined"}),
    "a yes among the counts that is none": (
        {"willful": "some"}, "willful", "some", "not-a-number",
        "expected a plain number such as 1234 or 1234.5 or yes or no or true or false", {"willful"},
    ),
    "a day that is none": (
        {"agreement_received": "in spring"}, "agreement_received", "in spring", "not-a-date", NOT_A_DATE,
        {"agreement_received"},
    ),
    "a day of no calendar": (
        {"last_comprehensive": "1996-02-30"}, "last_comprehensive", "1996-02-30", "not-a-date", NOT_A_DATE,
        {"last_comprehensive"},
    ),
    "half a rate at the visit": (
        {"visit_cases": 5}, "visit_hours", "", "visit-in-part", "a rate at the visit needs its cases and its hours",
        {"visit_cases", "visit_hours"},
    ),
    "cases at the visit that are no number": (
        {"visit_cases": "five", "visit_hours": 160_000}, "visit_cases", "five", "not-a-number",
        "expected a plain number such as 1234 or 1234.5", {"visit_cases"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_that_would_place_an_establishment_wrongly_is_one_error_in_words(tmp_path: Path, name: str) -> None:
    change, column, value, rule, text, struck = FAULTS[name]
    table, faults = listed(tmp_path, {}, change, {})
    told = faults[["row", "column", "value", "rule", "level", "text", "unit_id", "year"]].to_numpy().tolist()
    assert told == [[3, column, value, rule, "error", text, "L2", 1996]]
    assert table["struck"].tolist() == ["", ",".join(sorted(struck)), ""]
    row = table.iloc[1]
    assert all(row[c] == "" or pd.isna(row[c]) for c in struck), "what a fault has struck is not known"
    untouched = [c for c in SITE if c not in {*struck, *change, "unit", "unit_id"}]
    pd.testing.assert_series_equal(row[untouched], table.iloc[0][untouched], check_names=False)


def test_one_row_of_an_establishment_given_twice_is_kept_with_a_warning(tmp_path: Path) -> None:
    twice = {"unit": SITE["unit"], "unit_id": "L7"}
    table, faults = listed(tmp_path, twice, {}, twice)
    told = faults[["row", "column", "value", "rule", "level", "text", "flag", "unit_id"]].to_numpy().tolist()
    assert told == [[4, "year", "1996", "duplicate", "warning", "Identical: one kept.", "DUPLICATE", "L7"]]
    assert (table["row"].tolist(), table["struck"].tolist()) == ([2, 3], ["", ""])
    assert table["joined"].tolist() == ["yes", "yes"]


@pytest.mark.parametrize(
    ("column", "first", "second"),
    [("joined", "yes", ""), ("vpp_sharp", "no", "yes"), ("agreement_received", "1998-01-05", "1998-01-06"),
     ("area", "Larch Valley (made up)", "Larch Hill (made up)"), ("serious", 2, 12), ("sic", "3321", "2421")],
)  # fmt: skip
def test_two_rows_that_differ_only_in_what_places_the_establishment_are_an_error(
    tmp_path: Path, column: str, first: Any, second: Any
) -> None:
    twice = {"unit": SITE["unit"], "unit_id": "L7"}
    table, faults = listed(tmp_path, {**twice, column: first}, {**twice, column: second})
    text = f"rows 2, 3 differ in {column} for 1996; without dates of filing neither counts"
    told = faults[["row", "column", "rule", "level", "text"]].to_numpy().tolist()
    assert told == [[3, "year", "two-values", "error", text]]
    assert (table["row"].tolist(), table["struck"].tolist()) == ([2], [column])
    assert table[column].isna().iloc[0] or table[column].iloc[0] == ""
    assert rates(table, ["LWDII"])["value"].tolist() == [14.0], "the rate is the same in both"


@pytest.mark.parametrize("order", [("maybe", ""), ("", "maybe")])
def test_of_two_rows_that_are_alike_but_for_a_fault_the_one_that_stays_has_it(
    tmp_path: Path, order: tuple[str, str]
) -> None:
    table, faults = listed(tmp_path, *({"unit_id": "L7", "unit": SITE["unit"], "vpp_sharp": each} for each in order))
    assert sorted(faults["rule"]) == ["duplicate", "not-yes-or-no"]
    assert table["struck"].tolist() == ["vpp_sharp"]


def test_blank_is_blank_in_every_column_and_never_no_or_zero(tmp_path: Path) -> None:
    given = {"unit_id", "unit", "year", "area", "hours", "dart_cases"}
    table, faults = listed(tmp_path, dict.fromkeys(set(SITE) - given, ""))
    assert faults["text"].tolist() == []
    row = table.iloc[0]
    assert all(row[c] == "" or pd.isna(row[c]) for c in set(SITE) - given)
    assert row["struck"] == "", "not known, but no fault"
    file = tmp_path / "short.csv"
    file.write_text("unit,year,area,hours,dart_cases\nLarch (made up),1996,Larch Valley (made up),200000,14\n")
    short, faults = tables.read(file)
    assert faults["text"].tolist() == []
    own = [c for c in short.columns if c not in (*tables.COLUMNS, *tables.BESIDE, "area")]
    assert all(short[c].iloc[0] == "" or pd.isna(short[c].iloc[0]) for c in own)


@pytest.mark.parametrize(
    ("typed", "read"),
    [("yes", "yes"), ("Y", "yes"), ("TRUE", "yes"), ("x", "yes"), ("1", "yes"), ("1.0", None), ("no", "no"),
     ("N", "no"), ("False", "no"), ("0", "no"), (" No ", "no"), ("n/a", ""), ("", ""), ("perhaps", None), ("2", None)],
)  # fmt: skip
def test_yes_and_no_are_read_as_files_write_them(tmp_path: Path, typed: str, read: str | None) -> None:
    table, faults = listed(tmp_path, {"union": typed})
    assert table["union"].tolist() == [read or ""]
    assert faults["rule"].tolist() == ([] if read is not None else ["not-yes-or-no"])


@pytest.mark.parametrize(("typed", "read"), [("yes", 1), ("No", 0), ("TRUE", 1), ("3", 3)])
def test_a_history_of_yes_and_no_is_one_of_counts(tmp_path: Path, typed: str, read: int) -> None:
    table, faults = listed(tmp_path, {"willful": typed})
    assert (table["willful"].tolist(), faults["text"].tolist()) == ([read], [])


def test_one_that_did_not_answer_has_no_hours_and_no_fault_and_one_that_did_has_a_warning(tmp_path: Path) -> None:
    empty = {"hours": "", "dart_cases": ""}
    table, faults = listed(tmp_path, {**empty, "responded": "no"}, empty)
    told = faults[["row", "column", "rule", "level", "text"]].to_numpy().tolist()
    assert told == [[3, "hours", "hours-not-given", "warning", "no hours, no rate: its list cannot be determined"]]
    assert table["struck"].tolist() == ["", ""]


def test_cases_that_a_file_parts_by_days_away_and_restriction_make_the_rate(tmp_path: Path) -> None:
    table, faults = listed(tmp_path, {"dart_cases": "", "dafw_cases": 5, "djtr_cases": 2})
    assert (faults["text"].tolist(), rates(table, ["LWDII"])["value"].tolist()) == ([], [7.0])


# The example


def example() -> list[dict[str, str]]:
    with (EXAMPLE / "establishments.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_example_has_a_rate_at_each_limit_and_a_site_and_a_firm_on_both_sides_of_it() -> None:
    rows = [row for row in example() if row["hours"]]
    rate = {row["unit_id"]: Fraction(200_000 * int(row["dart_cases"]), int(row["hours"])) for row in rows}
    limits = {Fraction(each) for each in ("6.95", "7", "19.9", "20", "27.9", "28")}
    assert {*limits, Fraction(200_000 * 22, 630_000)} <= set(rate.values())
    assert {row["serious"] for row in rows if rate[row["unit_id"]] == 20} == {"8", "9"}
    assert [row["willful"] for row in rows if rate[row["unit_id"]] == Fraction("19.9")] == ["1"]
    assert {"59", "60", "100", "101"} <= {row["employees"] for row in rows}
    assert {"500", "900"} <= {row["firm_workers"] for row in rows if row["wants_consultation"] == "yes"}
    assert {"8051", "0783"} <= {row["sic"] for row in rows}
    assert {"1995-11-28", "1996-01-01", "1996-05-14"} <= {row["last_comprehensive"] for row in rows}
    ordinary = [r for r in rate.values() if 7 < r < Fraction("19.9")]
    assert len(ordinary) > len(rows) / 2


def test_the_example_has_areas_with_many_names_few_names_and_a_list_of_three() -> None:
    joined = [row for row in example() if row["agreement_received"] and row["contacted_consultation"] != "no"]
    joined = [
        row for row in joined if "yes" not in (row["withdrew"], row["removed_from_program"]) and not row["visit_cases"]
    ]
    small = [row for row in joined if row["wants_consultation"] == "yes" and int(row["employees"]) <= 100]
    third = [row for row in small if int(row["firm_workers"]) <= 500]
    second = [row for row in joined if row not in third]
    on_time = [row for row in second if row["agreement_received"] <= "1998-01-30"]

    def by_area(rows: list[dict[str, str]]) -> dict[str, int]:
        return pd.Series([row["area"].removesuffix(" (made up)") for row in rows]).value_counts().to_dict()

    assert by_area(third) == {"Thistlewane": 11, "Ottermere": 4, "Quillhaven": 1}
    assert by_area(on_time) == {"Thistlewane": 11, "Ottermere": 6, "Quillhaven": 3}
    assert by_area([row for row in second if row not in on_time]) == {"Thistlewane": 12, "Ottermere": 1}
    days = [row["agreement_received"] for row in joined]
    assert days != sorted(days), "the order of the file is not that of receipt"
    assert {"1997-12-05", "1998-01-30"} <= set(days)
    assert len(days) > len(set(days)), "two of one day"


def test_the_example_says_of_everything_that_it_is_made_up() -> None:
    for row in example():
        assert row["unit"].endswith("(made up)")
        assert row["area"].endswith("(made up)")
        assert row["note"] == "made up"


def test_the_code_book_names_every_column_and_both_example_files() -> None:
    text = (places.ROOT / "data" / "README.md").read_text(encoding="utf-8")
    section = text.split("## Establishments\n")[1].split("\n## ")[0]
    missing = [c for c in tables.layouts()["establishments"]["columns"] if f"`{c}`" not in section]
    assert missing == []
    assert {
        c for c in (EXAMPLE / "inspections.csv").read_text().split("\n")[0].split(",") if f"`{c}`" not in section
    } == set()
    assert all(f"`example/{name}.csv`" in text for name in ("establishments", "inspections"))


# What the whole list says of one establishment


def test_columns_that_a_list_does_not_have_count_as_the_layout_says_and_the_report_names_them(tmp_path: Path) -> None:
    raw = pd.read_csv("data/example/establishments.csv", dtype=str)
    whole = study("data/example/establishments.csv").table.set_index("unit_id")["list"].astype(str)
    for gone, says in (("vpp_sharp", "no"), ("responded", "yes"), ("wants_consultation", "no")):
        file = tmp_path / f"{gone}.csv"
        raw.drop(columns=gone).to_csv(file, index=False)
        found = study(str(file))
        assert found.absent == {gone: says}
        assert found.counts["undetermined"] <= 4  # two that did not answer have no counts
        now = found.table.set_index("unit_id")["list"].astype(str)
        filled = raw.assign(**{gone: says})
        filled.to_csv(file, index=False)
        assert now.equals(study(str(file)).table.set_index("unit_id")["list"].astype(str))
        assert not now.equals(whole)


@pytest.mark.parametrize("differs", [{"area": "Elsewhere (made up)"}, {"unit": "Another (made up)"}, {"joined": "no"}])
def test_one_id_twice_with_anything_different_is_on_no_list(tmp_path: Path, differs: dict[str, str]) -> None:
    raw = pd.read_csv("data/example/establishments.csv", dtype=str)
    one = raw[raw["unit_id"].eq("EST-21")]
    file = tmp_path / "twice.csv"
    pd.concat([raw, one.assign(**differs)]).to_csv(file, index=False)
    found = study(str(file))
    mine = found.table[found.table["unit_id"].eq("EST-21")]
    assert mine["list"].astype(str).tolist() == ["undetermined"]
    assert mine["lacking"].astype(str).iloc[0].startswith("fault: ")
    assert found.rows_left_out == 1


def test_hours_from_heads_serve_those_with_cases_too(tmp_path: Path) -> None:
    raw = pd.read_csv("data/example/establishments.csv", dtype=str)
    file = tmp_path / "heads.csv"
    raw.assign(hours=raw["hours"].where(raw["unit_id"].ne("EST-21"), "")).to_csv(file, index=False)
    reported, heads = (study(str(file), hours_policy=p).table.set_index("unit_id") for p in ("reported", "headcount"))
    assert str(reported.at["EST-21", "list"]) == "undetermined"
    assert heads.at["EST-21", "hours"] == float(raw.set_index("unit_id").at["EST-21", "employees"]) * 2_000
    assert str(heads.at["EST-21", "list"]) != "undetermined"


def test_numbers_that_no_draw_asked_for_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "numbers.csv"
    file.write_text("area,list,number\nNowhere,secondary,3\n", encoding="utf-8")
    with pytest.raises(OshError) as fault:
        study("data/example/establishments.csv", numbers=str(file), samples=["tertiary"])
    assert str(fault.value) == (
        f"{file}: found numbers for Nowhere, secondary; draws are made from Ottermere (made up), tertiary; "
        "Quillhaven (made up), tertiary; Thistlewane (made up), tertiary"
    )
