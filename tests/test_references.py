"""Tables that rates are judged by: read in their layouts, and the common mistakes refused in one sentence each."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from openpyxl import Workbook

from oshlib import references
from oshlib.errors import OshError

PERCENTILES = "naics,title_as_reported,size_band,n,zero_rate,trir_p10,trir_p25,trir_p50,dart_p50"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Files are given by their names alone, so that sentences can be compared word for word."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def table(*rows: str, name: str = "goals.csv") -> str:
    Path(name).write_text("\n".join(rows) + "\n" * bool(rows), encoding="utf-8")
    return name


def refused(*rows: str, kind: str = "goals", name: str = "goals.csv") -> str:
    with pytest.raises(OshError) as caught:
        references.read(table(*rows, name=name), kind)
    assert "\n" not in str(caught.value)
    return str(caught.value)


# Reading


def test_a_table_of_goals_is_read_with_its_rows_and_its_other_names() -> None:
    head = "Unit ID,Year,Measure,Target,Source,Remark"
    found = references.read(table(head, "L1,2024,TCR,4.25,memo (made up),new", ",2025,LTCR,2,,"), "goals")
    assert found[["row", "unit", "year", "measure", "goal", "source"]].to_numpy().tolist() == [
        [2, "L1", 2024, "TCR", 4.25, "memo (made up)"],
        [3, "", 2025, "LTCR", 2.0, ""],
    ]
    assert found["remark"].tolist() == ["new", ""], "a column that the layout does not know is kept"


def test_only_what_is_required_must_be_there() -> None:
    found = references.read(table("year,measure,goal", "2024,TCR,0"), "goals")
    assert found[["unit", "goal", "source"]].to_numpy().tolist() == [["", 0.0, ""]]


def test_the_decimals_of_a_benchmark_are_those_of_the_file() -> None:
    head = "industry,year,measure,rate,cases,hours,source"
    rows = ("A (made up),2023,TCR,7.0,,,x", "A (made up),2024,TCR,6.95,70,2000000,x")
    found = references.read(table(head, *rows), "benchmark")
    assert found["name"].tolist() == ["A (made up)"] * 2
    assert found["value"].tolist() == [7.0, 6.95]
    named = references.read(table(head.replace("rate", "value"), *rows, name="value.csv"), "benchmark")
    assert named["decimals"].tolist() == [1, 2]
    assert named["hours"].isna().tolist() == [True, False]


def test_a_benchmark_is_told_from_an_annual_table_by_its_columns() -> None:
    assert references.is_benchmark(table("name,year,measure,value,source", "A,2024,TCR,7,x"))
    assert references.is_benchmark(table("industry,year,rate,source", "A,2024,7,x"))
    assert not references.is_benchmark(table("unit,year,hours,recordable_cases", "A,2024,1000,1"))


def test_goals_are_the_same_from_csv_xlsx_and_parquet() -> None:
    csv = references.read(table("unit,year,measure,goal", "L1,2024,TCR,4.25", "L1,2025,TCR,4"), "goals")
    book = Workbook()
    for row in (("unit", "year", "measure", "goal"), ("L1", 2024, "TCR", 4.25), ("L1", 2025, "TCR", 4)):
        book.active.append(row)
    book.save("goals.xlsx")
    frame = {"unit": ["L1", "L1"], "year": [2024, 2025], "measure": ["TCR", "TCR"], "goal": [4.25, 4.0]}
    pd.DataFrame(frame).to_parquet("goals.parquet")
    for other in ("goals.xlsx", "goals.parquet"):
        pd.testing.assert_frame_equal(references.read(other, "goals"), csv)


# Mistakes


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([], "goals.csv: the file is empty; expected a header row and data"),
        (["year,measure,goal"], "goals.csv: the file has no row; expected a table of goals"),
        (["year,measure", "2024,TCR"], "goals.csv: found no column goal; a table of goals has year, measure, goal"),
        (["measure,goal", "TCR,4"], "goals.csv: found no column year; a table of goals has year, measure, goal"),
        (
            ["year,measure,goal", "2024,TCR,4", "2025,TCR,"],
            "goals.csv row 3, goal: found ''; a table of goals needs it in every row",
        ),
        (
            ["year,measure,goal", "2024,,4"],
            "goals.csv row 2, measure: found ''; a table of goals needs it in every row",
        ),
        (["year,measure,goal", "2024,TCR,-4"], "goals.csv row 2, goal: found '-4'; expected zero or more"),
        (
            ["year,measure,goal", "2024,TCR,5%"],
            "goals.csv row 2, goal: found '5%'; expected a plain number such as 1234 or 1234.5",
        ),
        (
            ["year;measure;goal", "2024;TCR;4,25"],
            "goals.csv row 2, goal: found '4,25'; expected a plain number such as 1234 or 1234.5",
        ),
        (
            ["year,measure,goal", "24,TCR,4"],
            "goals.csv row 2, year: found '24'; two digits could be either century; expected four digits such as 2024",
        ),
        (["year,measure,goal", "2024,TCR"], "goals.csv row 2: found '2024,TCR'; 2 fields, expected 3"),
        (["year,goal,goal", "2024,4,4"], "goals.csv: found the column 'goal' twice; expected each once"),
    ],
)
def test_mistakes_in_a_table_of_goals_are_refused_word_for_word(rows: list[str], said: str) -> None:
    assert refused(*rows) == said


def test_a_file_that_is_not_there_or_of_another_kind_is_refused(here: Path) -> None:
    assert refused("year,measure,goal", "2024,TCR,4", name="goals.txt") == (
        "goals.txt: found the ending '.txt', expected a file that ends in .csv, .xlsx or .parquet"
    )
    (here / "folder").mkdir()
    for path, said in (
        ("folder", "folder: found a folder, expected a file that ends in .csv, .xlsx or .parquet"),
        ("gone.csv", "goals: found no file 'gone.csv', neither from the current folder nor from the repository"),
    ):
        with pytest.raises(OshError) as caught:
            references.read(path, "goals")
        assert str(caught.value) == said


def test_a_formula_without_a_stored_value_is_refused() -> None:
    book = Workbook()
    for row in (("year", "measure", "goal"), (2024, "TCR", 4), (2025, "TCR", "=C2*0.97")):
        book.active.append(row)
    book.save("goals.xlsx")
    with pytest.raises(OshError) as caught:
        references.read("goals.xlsx", "goals")
    assert str(caught.value) == (
        "goals.xlsx row 3, goal: found the formula '=C2*0.97' without a stored value; open the file in a "
        "spreadsheet program and save it"
    )


def test_a_benchmark_without_its_source_is_refused() -> None:
    assert refused("name,year,measure,value", "A,2024,TCR,7", kind="benchmark", name="b.csv") == (
        "b.csv: found no column source; a benchmark table has name, year, measure, value, source"
    )


# Percentiles


def test_percentiles_are_those_of_the_industry_and_the_size() -> None:
    path = table(PERCENTILES, "327320,Mix (made up),20-49,80,0.4,0,0.5,3,1", "327320,All (made up),all,90,0.2,1,2,4,2")
    own = references.percentiles(path, "327320", 49.5, "TCR")
    assert own == {
        "naics": "327320", "title": "Mix (made up)", "universe": "", "band": "20-49", "n": 80.0, "zero": 0.4,
        "points": [10, 25, 50], "quantiles": [0.0, 0.5, 3.0], "instead": False,
    }  # fmt: skip
    whole = references.percentiles(path, "327320", 50, "DART")
    assert whole is not None
    assert (whole["band"], whole["instead"], whole["points"], whole["quantiles"]) == ("all", True, [50], [2.0])
    assert references.percentiles(path, "3273", 30, "TCR") is None


@pytest.mark.parametrize("blank", ["", "n/a"])
def test_a_percentile_that_is_not_published_is_left_out(blank: str) -> None:
    found = references.percentiles(table(PERCENTILES, f"327320,x,1000+,8,,0,{blank},3,1"), "327320", 2_000, "TCR")
    assert found is not None
    assert (found["points"], found["quantiles"]) == ([10, 50], [0.0, 3.0])


@pytest.mark.parametrize(
    ("cell", "said"),
    [("x", "expected a plain number such as 1234 or 1234.5"), ("-3", "expected zero or more")],
)
def test_a_percentile_that_is_no_rate_is_refused(cell: str, said: str) -> None:
    path = table(PERCENTILES, f"327320,x,all,8,,0,{cell},3,1", name="p.csv")
    with pytest.raises(OshError) as caught:
        references.percentiles(path, "327320", 30, "TCR")
    assert str(caught.value) == f"p.csv row 2, trir_p25: found {cell!r}; {said}"


def test_a_measure_without_percentiles_is_refused() -> None:
    path = table(PERCENTILES, "327320,x,all,8,,0,1,3,1", name="p.csv")
    with pytest.raises(OshError) as caught:
        references.percentiles(path, "327320", 30, "LTCR")
    assert str(caught.value) == "p.csv: found no percentiles of LTCR; there are TCIR, TCR, DART, LWDII"


# What comes with the package


def test_every_rule_has_a_source_and_a_way_to_work_it_out() -> None:
    rules = references.rules()
    assert set(rules) == {
        "linear", "compound", "prior_year", "fw2000", "fw2000_worst_worksites", "share", "power", "peer",
        "peer_government",
    }  # fmt: skip
    for rows in rules.values():
        for row in rows:
            assert row.source
            assert row.label
            assert (row.lag is not None) == (row.method == "lagged")
        for measure in {row.measure for row in rows}:
            last = [row for row in rows if row.measure == measure][-1]
            assert not last.when or last.rule in ("fw2000", "peer"), "the last row takes what is left"


@pytest.mark.parametrize(
    ("rule", "share", "base", "first", "last"),
    [
        ("fw2000", "0.03", 1997, 1998, 2002),
        ("share", "0.03", 2003, 2004, 2009),
        ("power", "0.04", 2009, 2011, 2014),
        ("peer", "0.04", None, 2020, 2022),
        ("peer_government", "0.04", 2018, 2020, 2022),
    ],
)
def test_rules_have_the_years_and_the_share_of_their_programs(
    rule: str, share: str, base: int | None, first: int, last: int
) -> None:
    """Specification, D3: four programs with their sources."""
    rows = references.rules()[rule]
    assert {(r.base_year, r.first_year, r.last_year) for r in rows} == {(base, first, last)}
    assert max(r.change for r in rows if r.change is not None) == Fraction(share), "0.03 is 3/100, not its double"
    assert {r.year_type for r in rows} == {"FY"}


def test_tests_of_a_scheme_that_is_not_known_are_refused() -> None:
    with pytest.raises(OshError) as caught:
        references.rate_tests("sfae")
    assert str(caught.value) == "scheme: found 'sfae', expected one of safe"


def test_a_rule_with_a_method_that_is_not_known_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    odd: Any = pd.DataFrame({"row": [2], "rule": ["odd"], "method": ["halve"]})
    monkeypatch.setattr(references, "read", lambda *_: odd)
    with pytest.raises(OshError) as caught:
        references.rules.__wrapped__()
    assert str(caught.value) == ("goal_rules.csv row 2, method: found 'halve', expected linear, compound, lagged, keep")
