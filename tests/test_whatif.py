"""A unit as it might have been: counts and hours that are changed, units that are taken together."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oshlib.errors import OshError
from oshlib.rates import MEASURES, measure, rates
from oshlib.study import Subject, load
from oshlib.study.subject import rates_of
from oshlib.study.whatif import changed, together

READY_MIX, PLANTS = "data/example/ready_mix.csv", "data/example/plants.csv"


def last(subject: Subject, name: str) -> tuple[float, float]:
    row = rates_of(subject, [measure(name)], 0.95, subject.rows).iloc[-1]
    return float(row["cases"]), float(row["hours"])


def test_one_case_more_is_one_more_of_every_measure_that_counts_it() -> None:
    subject = load(READY_MIX, "RM-01")
    for asked, moves in (
        ("TCR", {"TCR", "TCIR"}),
        ("DART", {"TCR", "TCIR", "DART", "LWDII"}),
        ("LTCR", {"TCR", "TCIR", "DART", "LWDII", "DAFW", "LTCR", "LTIFR"}),
        ("SEVERITY", {"SEVERITY"}),
    ):
        more = changed(subject, measure(asked), 1)
        for name in set(MEASURES) - {"IIR"}:
            assert last(more, name)[0] - last(subject, name)[0] == (name in moves), (asked, name)


def test_fewer_cases_are_taken_from_the_mildest_kind_upwards_and_never_below_none() -> None:
    subject = load(READY_MIX, "RM-01")
    row = subject.rows.iloc[-1]
    parts = {k: row[k] for k in ("dafw_cases", "djtr_cases", "other_cases")}
    assert min(parts.values()) > 0
    less = changed(subject, measure("TCR"), -int(parts["other_cases"]) - 1).rows.iloc[-1]
    assert (less["other_cases"], less["djtr_cases"]) == (0, parts["djtr_cases"] - 1)
    assert less["dafw_cases"] == parts["dafw_cases"]
    assert last(changed(subject, measure("TCR"), -1000), "TCR")[0] == 0


def test_hours_move_by_a_share_and_only_in_the_last_year() -> None:
    subject = load(READY_MIX, "RM-01")
    more = changed(subject, measure("TCR"), 0, 0.25)
    assert last(more, "TCR") == (last(subject, "TCR")[0], last(subject, "TCR")[1] * 1.25)
    pd.testing.assert_frame_equal(more.rows.iloc[:-1], subject.rows.iloc[:-1])
    command = load("data/example/commands.csv", "CM-01")
    assert last(changed(command, measure("IIR"), 0, 0.1), "IIR")[1] == pytest.approx(last(command, "IIR")[1] * 1.1)


def test_a_year_without_a_value_stays_without_one() -> None:
    gap = load("data/example/plants.csv", "PL-01", 2022)
    value = rates_of(changed(gap, measure("TCR"), 3), [measure("TCR")], 0.95, changed(gap, measure("TCR"), 3).rows)
    assert value["value"].isna().iloc[-1]


def test_changing_nothing_changes_nothing_and_the_subject_is_left_alone() -> None:
    subject = load(READY_MIX, "RM-01")
    before = subject.rows.copy()
    pd.testing.assert_frame_equal(changed(subject, measure("LTCR")).rows, subject.rows)
    changed(subject, measure("TCR"), 5, 0.5)
    pd.testing.assert_frame_equal(subject.rows, before)


@settings(deadline=None, max_examples=20)
@given(n=st.integers(-40, 40), h=st.floats(-0.5, 1.0), name=st.sampled_from(["TCR", "LTCR", "DART", "TCIR"]))
def test_the_measure_asked_for_moves_by_the_cases_asked_for(n: int, h: float, name: str) -> None:
    subject = load(READY_MIX, "RM-02")
    cases, hours = last(subject, name)
    assert last(changed(subject, measure(name), n, h), name) == (max(0, cases + n), hours * (1 + h))


def test_units_taken_together_are_added_up_before_anything_is_divided() -> None:
    both = together(READY_MIX, ["RM-01", "RM-02"])
    found = rates_of(both, [measure("TCR")], 0.95, both.rows)
    table = pd.read_csv(READY_MIX)
    mine = table[table["unit_id"].isin(["RM-01", "RM-02"])]
    by_hand = rates(mine, ["TCR"], by=["year"])
    assert found[["year", "cases", "hours", "value"]].to_numpy().tolist() == (
        by_hand[["year", "cases", "hours", "value"]].to_numpy().tolist()
    )
    assert both.name == "Cedar Hollow Ready-Mix (made up) and Quarry Bend Concrete (made up), together"
    assert together(READY_MIX, ["RM-01"]).name == load(READY_MIX, "RM-01").name


def test_a_year_that_one_of_them_lacks_has_no_sum_and_says_whose(tmp_path: Path) -> None:
    both = together(PLANTS, ["PL-01", "PL-02"])
    found = rates_of(both, [measure("TCR")], 0.95, both.rows).set_index("year")["value"]
    assert found.index[found.isna()].tolist() == [2022]
    assert both.rows.set_index("year").loc[2022, "note"] == "made up; no row of Three Forks Plant (made up)"


def test_part_years_of_different_length_are_not_added_up(tmp_path: Path) -> None:
    file = tmp_path / "sites.csv"
    file.write_text(
        "unit,year,months,hours,dafw_cases,djtr_cases,other_cases\nA,2023,12,200000,1,0,0\nA,2024,12,200000,1,0,0\n"
        "B,2023,12,100000,0,1,0\nB,2024,6,50000,0,1,0\n",
        encoding="utf-8",
    )
    both = together(str(file), ["A", "B"], None, 2)
    found = rates_of(both, [measure("TCR")], 0.95, both.rows)["value"].tolist()
    assert found[0] == 2 * 200_000 / 300_000
    assert found[1] != found[1]


def test_units_that_are_counted_in_other_ways_are_not_added_up(tmp_path: Path) -> None:
    file = tmp_path / "mixed.csv"
    file.write_text(
        "unit,year,year_type,hours,deaths,dafw_cases,djtr_cases,other_cases,recordable_cases\n"
        "A,2024,CY,200000,1,1,1,1,\nB,2024,CY,200000,,,,,3\nC,2024,FY,200000,0,1,1,1,\nD,2024,CY,200000,0,1,1,0,\n",
        encoding="utf-8",
    )
    for other, cases in (("B", None), ("C", None), ("D", 5)):
        both = together(str(file), ["A", other], None, 1)
        found = rates_of(both, [measure("TCR")], 0.95, both.rows)["cases"].iloc[0]
        assert (found if found == found else None) == cases, other
        assert len(both.summed) == 2, "the rows of both are named"


def test_nobody_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(OshError, match=r"^data/example/plants.csv: found no unit, expected one or more of the file$"):
        together(PLANTS, [])
    with pytest.raises(OshError, match=r"^data: found no file 'gone.csv'"):
        together("gone.csv", [])
