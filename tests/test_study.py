"""One unit in one window of years: which rows count, what is said where they do not, and every caution."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from oshlib import places, study, tables
from oshlib.errors import OshError
from tests.conftest import message

Flags = list[tuple[str, int | None, str]]
HEAD = "unit,unit_id,year,hours,deaths,dafw_cases,djtr_cases,other_cases"
YEARS = (2020, 2021, 2022, 2023, 2024)


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., str]:
    def write_rows(*rows: str, head: str = HEAD, name: str = "annual.csv") -> str:
        path = tmp_path / name
        path.write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
        return str(path)

    return write_rows


def unit(years: tuple[int, ...] = YEARS, others: tuple[int, ...] = (20,) * 5, **changed: Any) -> list[str]:
    """Rows of a large unit that nothing is to be said of; `others` are its other recordable cases, year by year."""
    row = {"hours": 800_000, "deaths": 0, "dafw_cases": 12, "djtr_cases": 15, **changed}
    head = f"{row['hours']},{row['deaths']},{row['dafw_cases']},{row['djtr_cases']}"
    return [f"Larch (made up),L1,{year},{head},{cases}" for year, cases in zip(years, others, strict=False)]


def with_column(rows: list[str], values: tuple[Any, ...]) -> list[str]:
    return [f"{row},{value}" for row, value in zip(rows, values, strict=True)]


def cautions(data: str, load: dict[str, Any] | None = None, **asked: Any) -> Flags:
    """The cautions of TCR alone, unless other measures are asked for."""
    asked = {"measures": ["TCR"], **asked}
    found = study.study(study.load(data, "L1", **(load or {})), **asked)
    return [(f["code"], f["year"], f["text"]) for f in found.cautions]


def shared(name: str) -> str:
    """A file of real filings; they lie beside the repository, where they are present at all."""
    path = Path(__file__).resolve().parents[2] / "shared" / "data" / name
    if not path.exists():
        pytest.skip(f"needs the real filings: ../shared/data/{name} is absent")
    return str(path)


# The window


def test_the_window_is_the_last_five_years_of_the_unit_and_the_rest_is_left_out(write: Any) -> None:
    rows = unit((2016, 2017, 2018, 2019, 2020, 2021), (20,) * 6)
    found = study.load(write(*rows, "Birch (made up),B1,2024,1000,0,0,0,0"), "L1")
    assert found.years == [2017, 2018, 2019, 2020, 2021]
    assert found.rows["year"].tolist() == found.years
    assert found.rows["row"].tolist() == [3, 4, 5, 6, 7]
    assert found.left_out.to_numpy().tolist() == [[2, 2016, "outside the window"]]
    assert (found.window, found.decimals, found.unit_id) == ("calendar years 2017–2021", 1, "L1")


def test_the_window_ends_with_the_year_that_is_asked_for(write: Any) -> None:
    data = write(*unit())
    found = study.load(data, "L1", last_year=2022, years=2)
    assert found.years == [2021, 2022]
    assert sorted(found.left_out["year"]) == [2020, 2023, 2024]
    assert study.load(data, "L1", last_year=2026, years=3).years == [2024, 2025, 2026]
    assert study.load(data, "L1", years=8).years == list(range(2017, 2025))
    assert study.load(data, "L1", last_year=2021, years=1).window == "calendar year 2021"


def test_rows_in_any_order_are_put_in_the_order_of_their_years(write: Any) -> None:
    found = study.load(write(*reversed(unit(others=(1, 2, 3, 4, 5)))), "L1")
    assert found.rows["other_cases"].tolist() == [1, 2, 3, 4, 5]
    assert found.rows["row"].tolist() == [6, 5, 4, 3, 2]


def test_years_of_the_federal_kind_are_called_fiscal_and_have_two_decimals(write: Any) -> None:
    rows = with_column(unit(), ("FY",) * 5)
    found = study.load(write(*rows, head=HEAD + ",year_type"), "L1")
    assert (found.window, found.decimals) == ("fiscal years 2020–2024", 2)


def test_a_study_knows_its_file_by_its_bytes(write: Any) -> None:
    data = write(*unit())
    found = study.load(data, "L1")
    assert (found.path, found.sha256) == (data, places.sha256(data))


def test_a_missing_year_has_a_blank_row_and_no_rate(write: Any) -> None:
    rows = unit()
    found = study.study(study.load(write(*rows[:2], *rows[3:]), "L1"), measures=["TCR"], min_years=4)
    assert found.subject.rows["row"].isna().tolist() == [False, False, True, False, False]
    rates = found.rate("TCR")
    assert rates["year"].tolist() == list(YEARS)
    assert rates["value"].isna().tolist() == [False, False, True, False, False]
    assert rates["complete"].tolist() == [True, True, False, True, True]
    assert found.trends["TCR"].used_years == 4


def test_fewer_years_than_asked_for_give_no_verdict(write: Any) -> None:
    rows = unit()
    subject = study.load(write(*rows[:2], *rows[3:]), "L1")
    found = study.study(subject, measures=["TCR"])
    assert found.trends["TCR"].direction == "not determinable"
    assert found.trends["TCR"].kpa == "not determinable"
    assert found.trends["TCR"].beyond_chance is None
    assert study.study(subject, measures=["TCR"], min_years=4).trends["TCR"].direction != "not determinable"


def test_a_part_year_is_shown_and_left_out_of_the_trend(write: Any) -> None:
    whole, part = ("",) * 5, ("", "", 9, "", 12)
    alone = study.load(write(*with_column(unit(others=(20, 21, 99, 23, 24)), whole), head=HEAD + ",months"), "L1")
    data = write(*with_column(unit(others=(20, 21, 99, 23, 24)), part), head=HEAD + ",months", name="part.csv")
    found = study.study(study.load(data, "L1"), measures=["TCR"], min_years=3)
    rates = found.rate("TCR")
    assert rates["value"].notna().all(), "shown"
    assert rates["complete"].tolist() == [True, True, False, True, True]
    assert found.trends["TCR"].used_years == 4
    assert found.trends["TCR"].total_cases == 20 + 21 + 23 + 24 + 4 * 27
    assert study.study(alone, measures=["TCR"]).trends["TCR"].used_years == 5


@pytest.mark.parametrize("months", ["13", "0", "x", "-3"])
def test_a_year_whose_months_cannot_be_known_is_not_taken_for_a_whole_one(write: Any, months: str) -> None:
    data = write(*with_column(unit(), ("", "", months, "", "")), head=HEAD + ",months")
    found = study.study(study.load(data, "L1"), measures=["TCR"], min_years=3)
    assert found.trends["TCR"].used_years == 4


def test_rows_that_faults_leave_out_are_listed_with_the_reason(write: Any) -> None:
    rows = [*unit(), unit()[2], unit()[3].replace("2023", "23")]
    found = study.load(write(*rows), "L1")
    assert found.left_out["row"].tolist() == [7, 8]
    assert found.left_out["why"].tolist() == [
        "Identical: one kept.",
        "left out: two digits could be either century; expected four digits such as 2024",
    ]


def test_faults_are_those_of_the_unit_and_of_the_file_and_of_no_other_unit(write: Any) -> None:
    rows = [*unit(), "Birch (made up),B1,2024,x,0,0,0,0", "Larch (made up),L1,2019,x,0,0,0,0", "ragged"]
    found = study.load(write(*rows, head=HEAD), "L1")
    assert found.faults[["row", "rule"]].to_numpy().tolist() == [[8, "not-a-number"], [9, "ragged-row"]]


def test_hours_from_heads_are_used_where_they_are_asked_for(write: Any) -> None:
    rows = with_column([*unit()[:4], "Larch (made up),L1,2024,,0,12,15,20"], (400,) * 5)
    data = write(*rows, head=HEAD + ",employees")
    by_heads = study.study(study.load(data, "L1", hours_policy="headcount"), measures=["TCR"])
    assert by_heads.rate("TCR")["hours"].tolist() == [800_000] * 5
    reported = study.study(study.load(data, "L1"), measures=["TCR"])
    assert reported.rate("TCR")["value"].isna().tolist() == [False] * 4 + [True]


def test_every_measure_that_is_asked_for_is_there_once(write: Any) -> None:
    found = study.study(study.load(write(*unit()), "L1"), measures=["LTCR", "TCR", "LTCR"])
    assert [m.id for m in found.measures] == ["LTCR", "TCR"]
    assert list(found.trends) == ["LTCR", "TCR"]
    assert found.rates["measure"].value_counts().to_dict() == {"LTCR": 5, "TCR": 5}


# Which unit


def test_a_unit_is_found_by_its_id_or_by_a_name_that_only_it_has(write: Any) -> None:
    rows = [*unit(), "Birch (made up),007,2024,1000,0,0,0,0", "Cedar (made up),7,2024,2000,0,0,0,0"]
    data = write(*rows)
    assert study.load(data, "L1").name == "Larch (made up)"
    assert study.load(data, "Larch (made up)").unit_id == "L1"
    assert study.load(data, "007").name == "Birch (made up)"
    assert study.load(data, "7").name == "Cedar (made up)"


def test_an_id_comes_before_a_name_and_a_renamed_unit_has_its_latest_name(write: Any) -> None:
    rows = ["Old (made up),N1,2020,1,0,0,0,0", "New (made up),N1,2021,1,0,0,0,0", "N1,X,2021,5,0,0,0,0"]
    data = write(*rows)
    assert study.load(data, "N1").name == "New (made up)"
    assert study.load(data, "Old (made up)").name == "New (made up)"
    assert study.load(data, "Old (made up)", years=2).rows["row"].tolist() == [2, 3]


def test_a_name_that_several_units_have_is_refused_with_their_ids(write: Any) -> None:
    data = write(*(f"Larch (made up),{key},2024,1000,0,0,0,0" for key in "ABCDEFGH"))
    expected = "unit: 'Larch (made up)' is the name of 8 units; give one of the ids A, B, C, D, E and F"
    assert message(lambda: study.load(data, "Larch (made up)")) == f"{data}: {expected}"


def test_a_name_that_no_unit_has_is_refused_with_those_near_to_it(write: Any) -> None:
    data = write(*unit(), "Birch (made up),B1,2024,1000,0,0,0,0")
    expected = "unit: found no 'larch (madeup)', neither as unit_id nor as name; near to it: 'Larch (made up)'"
    assert message(lambda: study.load(data, "larch (madeup)")).startswith(f"{data}: {expected}")
    expected = "unit: found no 'Zz', neither as unit_id nor as name; the file holds 2 units"
    assert message(lambda: study.load(data, "Zz")) == f"{data}: {expected}"


def test_a_table_without_rows_has_no_unit(write: Any) -> None:
    data = write()
    expected = "unit: found no 'L1', neither as unit_id nor as name; the file holds 0 units"
    assert message(lambda: study.load(data, "L1")) == f"{data}: {expected}"


# Parameters that are wrong


@pytest.mark.parametrize("years", [0, -1, 2.5, "5", True, None])
def test_years_is_a_whole_number(write: Any, years: Any) -> None:
    data = write(*unit())
    said = message(lambda: study.load(data, "L1", years=years))
    assert said == f"years: found {years!r}, expected a whole number of 1 or more"


@pytest.mark.parametrize("last_year", [0, "2024", 2024.0, False])
def test_the_last_year_is_a_whole_number(write: Any, last_year: Any) -> None:
    data = write(*unit())
    said = message(lambda: study.load(data, "L1", last_year=last_year))
    assert said == f"last_year: found {last_year!r}, expected a whole number of 1 or more"


def test_a_window_without_a_row_is_refused_with_the_years_there_are(write: Any) -> None:
    data = write(*unit())
    expected = "'Larch (made up)' has no row in 1986 to 1990; its years are 2020 to 2024"
    assert message(lambda: study.load(data, "L1", last_year=1990)) == f"{data}: {expected}"


@pytest.mark.parametrize("policy", ["heads", "", None, True])
def test_the_policy_for_hours_is_one_of_two(write: Any, policy: Any) -> None:
    data = write(*unit())
    said = message(lambda: study.load(data, "L1", hours_policy=policy))
    assert said == f"hours_policy must be 'reported' or 'headcount'; found {policy!r}"


@pytest.mark.parametrize("min_years", [1, 0, 2.0, "3", True, None])
def test_the_fewest_years_are_two_or_more(write: Any, min_years: Any) -> None:
    subject = study.load(write(*unit()), "L1")
    said = message(lambda: study.study(subject, min_years=min_years))
    assert said == f"min_years: found {min_years!r}, expected a whole number of 2 or more"


def test_a_window_of_one_year_never_asks_for_the_impossible(write: Any) -> None:
    subject = study.load(write(*unit()), "L1", years=1)
    try:
        found = study.study(subject, measures=["TCR"])
    except OshError as fault:
        said = str(fault)
    else:
        said = found.trends["TCR"].direction
    assert said == "not determinable" or "2 to 1" not in said


@pytest.mark.parametrize("measures", [[], None, "TCR", ()])
def test_measures_are_a_list(write: Any, measures: Any) -> None:
    subject = study.load(write(*unit()), "L1")
    said = message(lambda: study.study(subject, measures=measures))
    assert said == f"measures: found {measures!r}, expected a list of measures such as [TCR, LTCR]"


@pytest.mark.parametrize("name", ["TRIR", "tcr", "", 5])
def test_a_measure_that_there_is_not_is_refused_with_those_there_are(write: Any, name: Any) -> None:
    subject = study.load(write(*unit()), "L1")
    said = message(lambda: study.study(subject, measures=["TCR", name]))
    listed = "TCR, TCIR, LTCR, DART, LWDII, DAFW, IIR, SEVERITY, LTIFR"
    assert said == f"measures: found {name!r}, expected one of {listed}"


@pytest.mark.parametrize("measures", [5, [["TCR"]], {"TCR": 1, "X": 2}])
def test_measures_of_any_other_shape_are_refused_in_a_sentence(write: Any, measures: Any) -> None:
    subject = study.load(write(*unit()), "L1")
    assert message(lambda: study.study(subject, measures=measures)).startswith("measures: found ")


@pytest.mark.parametrize("confidence", [0, 1, 95, -0.5, float("nan")])
def test_confidence_is_a_fraction(write: Any, confidence: float) -> None:
    subject = study.load(write(*unit()), "L1")
    said = message(lambda: study.study(subject, confidence=confidence))
    assert said == f"confidence must be a fraction between 0 and 1, such as 0.95; found {confidence}"


def test_confidence_as_text_is_refused_in_a_sentence(write: Any) -> None:
    subject = study.load(write(*unit()), "L1")
    assert "confidence" in message(lambda: study.study(subject, confidence="0.95"))


# The benchmark


BENCHMARK = "name,year,measure,value,source"


def benchmark(write: Any, *rows: str, head: str = BENCHMARK) -> str:
    return str(write(*rows, head=head, name="benchmark.csv"))


def test_benchmark_lines_are_taken_by_key_and_year_and_measure(write: Any) -> None:
    rows = ["mix,2024,TCR,5.5,made up", "mix,2021,TCR,5.1,made up", "mix,2021,LTCR,2,made up", "mix,1999,TCR,9,made up"]
    file = benchmark(write, *rows, "other,2021,TCR,1,made up")
    subject = study.load(write(*unit()), "L1")
    found = study.study(subject, measures=["TCR"], benchmark=file, benchmark_key="mix").benchmark
    assert found[["name", "year", "value"]].to_numpy().tolist() == [["mix", 2021, 5.1], ["mix", 2024, 5.5]]
    assert study.study(subject).benchmark.empty


def test_the_one_key_of_a_benchmark_need_not_be_named(write: Any) -> None:
    subject = study.load(write(*unit()), "L1")
    found = study.study(subject, benchmark=benchmark(write, "mix,2021,TCR,5.1,made up"))
    assert found.benchmark["value"].tolist() == [5.1]


def test_a_benchmark_that_cannot_be_used_is_refused_in_a_sentence(write: Any) -> None:
    subject = study.load(write(*unit()), "L1")

    def said(file: str, key: str | None = None) -> str:
        return message(lambda: study.study(subject, benchmark=file, benchmark_key=key))

    two = benchmark(write, "mix,2021,TCR,5.1,x", "mix,2021,TCR,5.2,x", "other,2021,TCR,1,x")
    assert said(two, "mix") == f"{two}: 'mix' has two values for one measure and year; expected one"
    assert said(two) == f"{two}: benchmark_key: found None, expected one of mix and other"
    assert said(two, "mx") == f"{two}: benchmark_key: found 'mx', expected one of mix and other"
    lost = benchmark(write, "mix,2021,TCR", head="name,year,measure")
    names = "a benchmark table has name, year, measure, value, source"
    assert said(lost) == f"{lost}: found no column value; {names}"
    expected = "benchmark: found no file 'absent.csv', neither from the current folder nor from the repository"
    assert said("absent.csv") == expected


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"name,year,measure,value,source\n",
        b'name,year,measure,value,source\n"m,2021,TCR,1,x\n',
        b"name,year,measure,value,source\nm,2021,TCR,1,x,y,z\nm,2022,TCR,1,x,y,z,a\n",
        b"name,year,measure,value,source\nm,2021,TCR,about five,x\n",
        b"PK\x03\x04\0\0",
    ],
    ids=["empty", "header only", "open quote", "ragged", "no number", "xlsx"],
)
def test_a_benchmark_file_that_is_spoilt_is_refused_in_a_sentence(write: Any, tmp_path: Path, content: bytes) -> None:
    subject = study.load(write(*unit()), "L1")
    file = tmp_path / "benchmark.csv"
    file.write_bytes(content)
    assert str(file) in message(lambda: study.study(subject, benchmark=str(file)))


def test_a_folder_as_benchmark_is_refused_in_a_sentence(write: Any, tmp_path: Path) -> None:
    subject = study.load(write(*unit()), "L1")
    assert str(tmp_path) in message(lambda: study.study(subject, benchmark=str(tmp_path)))


# The cautions, each with its code, its year and its text


def test_a_large_and_steady_unit_has_no_caution(write: Any) -> None:
    assert cautions(write(*unit()), measures=["TCR", "LTCR", "DART"]) == []


def test_small_n_is_said_of_each_year_with_fewer_than_ten_cases(write: Any) -> None:
    rows = unit(others=(10, 9, 1, 11, 12), hours=200_000, dafw_cases=0, djtr_cases=0)
    assert cautions(write(*rows)) == [
        ("SMALL_N", 2021, "2021: 9 recordable cases; TCR can move by 1.0 with one more."),
        ("SMALL_N", 2022, "2022: 1 recordable case; TCR can move by 1.0 with one more."),
    ]


def test_zero_is_said_with_the_reach_of_the_interval(write: Any) -> None:
    rows = unit(others=(10, 0, 10, 10, 10), hours=200_000, dafw_cases=0, djtr_cases=0)
    text = "No recordable cases in 2021; the 95% interval reaches up to 3.7 per 100 full-time workers."
    assert cautions(write(*rows)) == [("ZERO", 2021, text)]
    text = "No recordable cases in 2021; the 90% interval reaches up to 3.0 per 100 full-time workers."
    assert cautions(write(*rows), confidence=0.90) == [("ZERO", 2021, text)]


def test_a_year_without_hours_is_no_zero(write: Any) -> None:
    rows = [*unit()[:4], "Larch (made up),L1,2024,0,0,0,0,0"]
    assert [(code, year) for code, year, _ in cautions(write(*rows))] == [("MISSING_YEAR", 2024)]


def test_hours_that_jump_by_more_than_a_fifth_are_said(write: Any) -> None:
    hours = (1_000_000, 690_000, 828_000, 828_000, 993_601)
    rows = [row.replace("800000", str(h)) for row, h in zip(unit(), hours, strict=True)]
    assert cautions(write(*rows)) == [
        ("HOURS_JUMP", 2021, "Hours fell 31% in 2021; part of the rate change is exposure."),
        ("HOURS_JUMP", 2024, "Hours rose 20% in 2024; part of the rate change is exposure."),
    ]


def test_a_jump_is_between_two_years_that_follow_each_other(write: Any) -> None:
    rows = [row.replace("800000", h) for row, h in zip(unit(), ("100000", "", "900000", "x", "100000"), strict=True)]
    assert "HOURS_JUMP" not in {code for code, *_ in cautions(write(*rows))}


def test_estimated_hours_are_said_with_their_source(write: Any) -> None:
    rows = [row.replace("800000", "") for row in unit()]
    command = write(*with_column(rows, ("100,600000",) * 5), head=HEAD + ",military_strength,civilian_hours")
    text = "Hours of 2020 estimated: military strength x 2,000 + civilian hours."
    assert cautions(command)[0] == ("HOURS_EST", 2020, text)
    assert [code for code, *_ in cautions(command)] == ["HOURS_EST"] * 5
    heads = write(*with_column(rows, (400,) * 5), head=HEAD + ",employees", name="heads.csv")
    found = cautions(heads, {"hours_policy": "headcount"})
    assert found[4] == ("HOURS_EST", 2024, "Hours of 2024 estimated: employees x 2,000.")
    assert [code for code, *_ in found] == ["HOURS_EST"] * 5


def test_odd_hours_are_said_and_impossible_ones_take_the_year(write: Any) -> None:
    data = write(*with_column(unit(), (400, 200, 400, 50, 400)), head=HEAD + ",employees")
    assert cautions(data, min_years=4) == [
        ("MISSING_YEAR", 2023, "2023 has no usable TCR."),
        ("PROVISIONAL", None, "TCR: 4 of 5 years."),
        ("HOURS_ODD", 2021, "Row 3: 4,000 h per employee: check (500 to 3,500 a year is usual)"),
        ("HOURS_ODD", 2023, "Row 5: 16,000 hours per employee; a year has 8,760"),
    ]


def test_a_missing_year_is_said_and_whether_a_verdict_is_left(write: Any) -> None:
    rows = unit()
    data = write(*rows[:2], *rows[3:])
    text = "2022 has no usable TCR: trend not determinable (needs 5)."
    assert cautions(data) == [("MISSING_YEAR", 2022, text)]
    assert cautions(data, min_years=3) == [
        ("MISSING_YEAR", 2022, "2022 has no usable TCR."),
        ("PROVISIONAL", None, "TCR: 4 of 5 years."),
    ]


def test_a_year_that_one_measure_lacks_is_missing_for_that_measure_only(write: Any) -> None:
    rows = [*unit()[:4], "Larch (made up),L1,2024,800000,0,12,15,"]
    assert cautions(write(*rows), measures=["TCR", "LTCR"]) == [
        ("MISSING_YEAR", 2024, "2024 has no usable TCR: trend not determinable (needs 5).")
    ]


def test_a_part_year_is_said(write: Any) -> None:
    data = write(*with_column(unit(), (12, "", 12, 12, 9)), head=HEAD + ",months")
    found = cautions(data, min_years=3)
    assert ("PARTIAL_YEAR", 2024, "2024 covers 9 months only; left out of the trend.") in found
    assert ("PROVISIONAL", None, "TCR: 4 of 5 years.") in found
    assert [code for code, *_ in found].count("PARTIAL_YEAR") == 1
    nearly = write(*with_column(unit(), (12, "", 12, 12, 11.5)), head=HEAD + ",months", name="nearly.csv")
    text = "2024 covers 11.5 months only; left out of the trend."
    assert ("PARTIAL_YEAR", 2024, text) in cautions(nearly, min_years=3)


def test_a_revision_is_said(write: Any) -> None:
    rows = with_column(unit(), tuple(f"{year + 1}-02-01" for year in YEARS))
    again = unit((2022,), (22,))[0] + ",2024-03-04"
    text = "Row 4: Total revised from 47 to 49 on 2024-03-04 (log updated, 29 CFR 1904.33)."
    assert cautions(write(*rows, again, head=HEAD + ",received")) == [("REVISED", 2022, text)]


def test_sums_that_do_not_fit_are_said_and_take_the_year(write: Any) -> None:
    data = write(*with_column(unit(), (47, 47, 46, 47, 47)), head=HEAD + ",recordable_cases")
    assert cautions(data, min_years=4) == [
        ("MISSING_YEAR", 2022, "2022 has no usable TCR."),
        ("PROVISIONAL", None, "TCR: 4 of 5 years."),
        ("SUM_MISMATCH", 2022, "Row 4: the four kinds of case add up to 47, the total says 46"),
    ]


def test_parts_that_do_not_add_up_to_their_unit_are_said_of_the_unit(write: Any) -> None:
    part = "Larch Mill (made up),L2,2022,800000,0,12,15,10,L1"
    data = write(*with_column(unit(), ("",) * 5), part, head=HEAD + ",parent")
    text = "Row 4: the parts of this unit add up to 37, the unit itself says 47"
    assert cautions(data) == [("SUM_MISMATCH", 2022, text)]


def test_a_break_in_the_series_is_said_where_the_window_crosses_it(write: Any) -> None:
    text = {
        2002: "2002: form 200 gave way to form 300; rates before and after do not quite compare.",
        2004: "2004: hearing loss became a column of its own; columns K and L changed places; "
        "rates before and after do not quite compare.",
    }
    crossed = {
        range(2000, 2005): [2002, 2004],
        range(2001, 2003): [2002],
        range(2002, 2005): [2004],
        range(2004, 2009): [],
        range(1997, 2002): [],
    }
    for years, breaks in crossed.items():
        data = write(*unit(tuple(years)), name=f"{years[0]}.csv")
        expected = [("SERIES_BREAK", year, text[year]) for year in breaks]
        assert cautions(data, {"years": len(years)}, min_years=2) == expected


def test_deaths_are_said_with_what_each_measure_does_with_them(write: Any) -> None:
    rows = [*unit(deaths=0)[:3], *unit((2023,), deaths=1), *unit((2024,), deaths=2)]
    assert cautions(write(*rows), measures=["TCR", "TCIR", "LTCR"]) == [
        ("FATAL_IN_RATE", 2023, "2023: TCR excludes 1 death; TCIR includes 1 death; LTCR excludes 1 death."),
        ("FATAL_IN_RATE", 2024, "2024: TCR excludes 2 deaths; TCIR includes 2 deaths; LTCR excludes 2 deaths."),
    ]


def test_a_total_without_its_parts_includes_the_deaths_and_says_so(write: Any) -> None:
    rows = [f"Larch (made up),L1,{year},800000,{int(year == 2022)},47" for year in YEARS]
    data = write(*rows, head="unit,unit_id,year,hours,deaths,recordable_cases")
    assert cautions(data) == [("FATAL_IN_RATE", 2022, "2022: TCR includes 1 death.")]


def test_rates_that_do_not_compare_are_said(write: Any) -> None:
    head = HEAD + ",military_strength,civilian_hours,first_aid_cases"
    data = write(*with_column(unit(), ("0,800000,30",) * 5), head=head)
    text = "IIR includes first-aid cases; OSHA and BLS rates do not."
    assert cautions(data, measures=["TCR", "IIR"]) == [("NOT_COMPARABLE", None, text)]
    assert cautions(data, measures=["IIR"]) == []
    mixed = write(*with_column(unit(), ("CY", "CY", "FY", "CY", "")), head=HEAD + ",year_type", name="mixed.csv")
    text = "Year types CY and FY are mixed in one series."
    assert cautions(mixed) == [("NOT_COMPARABLE", None, text)]


@pytest.mark.parametrize("at", [0, 4])
def test_cases_in_the_first_or_the_last_year_alone_have_no_slope(write: Any, at: int) -> None:
    others = tuple(12 * (i == at) for i in range(5))
    data = write(*unit(others=others, dafw_cases=0, djtr_cases=0))
    found = cautions(data)
    text = "TCR: the fitted slope has no finite value; the exact conditional test stands in."
    assert [f for f in found if f[0] == "NO_SLOPE"] == [("NO_SLOPE", None, text)]
    trend = study.study(study.load(data, "L1"), measures=["TCR"]).trends["TCR"]
    assert np.isnan(trend.annual_change)
    assert trend.direction == ("favourable" if at == 0 else "unfavourable")


def test_cases_in_a_middle_year_alone_have_a_slope(write: Any) -> None:
    found = cautions(write(*unit(others=(0, 12, 0, 0, 0), dafw_cases=0, djtr_cases=0)))
    assert "NO_SLOPE" not in {code for code, *_ in found}


def test_no_case_at_all_is_said_once_for_the_window_and_of_each_year(write: Any) -> None:
    found = cautions(write(*unit(others=(0,) * 5, dafw_cases=0, djtr_cases=0)))
    assert found[0] == ("SUSTAINED_ZERO", None, "TCR: no recordable cases in 5 years.")
    assert [(code, year) for code, year, _ in found[1:]] == [("ZERO", year) for year in YEARS]


def test_duplicates_are_said_and_rows_that_contradict_each_other_take_the_year(write: Any) -> None:
    same = write(*unit(), unit()[2])
    assert cautions(same) == [("DUPLICATE", 2022, "Row 7: Identical: one kept.")]
    other = write(*unit(), unit((2022,), (21,))[0], name="other.csv")
    text = "Row 7: rows 4, 7 differ in other_cases for 2022; without dates of filing neither counts"
    assert cautions(other, min_years=4) == [
        ("MISSING_YEAR", 2022, "2022 has no usable TCR."),
        ("PROVISIONAL", None, "TCR: 4 of 5 years."),
        ("DUPLICATE", 2022, text),
    ]


def test_faults_outside_the_window_are_not_said(write: Any) -> None:
    data = write(*unit(), unit()[0])
    assert cautions(data)[0][:2] == ("DUPLICATE", 2020)
    assert cautions(data, {"years": 4}, min_years=4) == []


def test_cautions_of_one_code_stand_together_in_the_order_of_the_years(write: Any) -> None:
    rows = unit(others=(1, 0, 2, 0, 3), dafw_cases=0, djtr_cases=0, deaths=1)
    found = cautions(write(*rows), measures=["TCR", "LTCR"])
    codes = [code for code, *_ in found]
    assert codes == sorted(codes, key=codes.index)
    for code in set(codes):
        years = [year for c, year, _ in found if c == code and year]
        assert years == sorted(years), code


# The real companies


def test_all_ready_mixed_companies_are_studied(monkeypatch: pytest.MonkeyPatch) -> None:
    data = shared("ita_company_year/ready_mix_327320.csv")
    table, faults = tables.read(data)
    before = table.copy()
    monkeypatch.setattr(tables, "read", lambda *_: (table, faults))  # once, not 481 times
    seen: Counter[Any] = Counter()
    codes: Counter[str] = Counter()
    for unit_id in table["unit_id"].unique():
        found = study.study(study.load(data, unit_id), measures=["TCR"], min_years=3)
        trend = found.trends["TCR"]
        codes.update({f["code"] for f in found.cautions})
        seen[int(trend.used_years)] += 1
        assert (trend.direction == "not determinable") == (trend.used_years < 3)
        if trend.used_years == 3:
            seen["no case"] += trend.total_cases == 0
            seen["no slope"] += bool(trend.total_cases > 0 and np.isnan(trend.annual_change))
            assert 0 < trend.p <= 1
    assert sum(seen[years] for years in (1, 2, 3)) == 481
    assert (seen[3], seen["no case"], seen["no slope"]) == (146, 8, 10)
    assert (codes["PROVISIONAL"], codes["SUSTAINED_ZERO"], codes["NO_SLOPE"]) == (146, 8, 10)
    pd.testing.assert_frame_equal(table, before)


# Federal agencies


def test_an_agency_has_hours_from_heads_that_say_so_and_its_longest_period_counts(write: Callable[..., str]) -> None:
    head = "agency,agency_id,fiscal_year,period,employees,total_cases,lt_cases"
    years = [f"Larch Bureau (made up),L1,{year},FY,10000,{400 - 10 * i},200" for i, year in enumerate(YEARS[:4])]
    data = write(*years, "Larch Bureau (made up),L1,2024,Q1,10000,90,45",
                 "Larch Bureau (made up),L1,2024,Q1-Q2,10000,180,90", head=head)  # fmt: skip
    subject = study.load(data, "L1")
    assert (subject.decimals, subject.window) == (2, "fiscal years 2020–2024")
    assert set(subject.rows["hours_from"]) == {"headcount"}
    assert subject.rows["hours"].tolist() == [20_000_000] * 4 + [10_000_000]
    assert subject.left_out[["row", "why"]].to_numpy().tolist() == [
        [6, "3 months of 2024; the row of 6 months is used"]
    ]
    said = cautions(data, min_years=4)
    assert [(code, year) for code, year, _ in said] == [
        *(("HOURS_EST", year) for year in YEARS),
        ("PARTIAL_YEAR", 2024),
        ("MISSING_YEAR", 2024),
        ("PROVISIONAL", None),
        ("REVISED", 2024),
    ]
    assert said[-1][2] == "Row 6: 3 months of 2024; the row of 6 months is used"
    rate = study.study(subject, ["TCR"], min_years=4).rate("TCR")
    assert rate["value"].tolist() == [4.0, 3.9, 3.8, 3.7, 3.6], "per 100 employees and year"
