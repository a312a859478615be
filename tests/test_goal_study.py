"""Goals of one unit: attainment, cautions, words, tables, chart and headline, and every mistake in one sentence."""

from __future__ import annotations

import json
import math
import re
from fractions import Fraction
from html import unescape
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from oshlib import charts, study, verdicts
from oshlib import headline as headlines
from oshlib.errors import OshError
from oshlib.report import goals as report
from oshlib.study.goals import GoalStudy
from oshlib.study.goals import study as goal_study

HEAD = "unit,unit_id,year,hours,deaths,dafw_cases,djtr_cases,other_cases,months,year_type"
YEARS = (2020, 2021, 2022, 2023, 2024)
# C-36 of the specification: rates 6.0, 5.4, 5.0, 4.8, 4.0 on 1,000,000 hours, and their goals.
CASES = (30, 27, 25, 24, 20)
AIMS = ("6.0", "5.5", "5.0", "4.9", "4.25")


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files are given by their names alone, so that sentences can be compared word for word."""
    monkeypatch.chdir(tmp_path)


def rows(
    cases: tuple[Any, ...] = CASES,
    years: tuple[int, ...] = YEARS,
    hours: Any = 1_000_000,
    months: tuple[Any, ...] = ("",) * 9,
    kind: str = "",
) -> list[str]:
    """Rows of one unit; all cases but 10 a year are other recordable ones, and none where there are fewer."""
    every = hours if isinstance(hours, tuple) else (hours,) * len(years)
    out = []
    for year, n, h, m in zip(years, cases, every, months, strict=False):
        away = 10 if n != "" and n >= 10 else 0
        rest = "" if n == "" else n - away
        out.append(f"Larch (made up),L1,{year},{h},0,{away},0,{rest},{m},{kind}")
    return out


def load(*lines: str, head: str = HEAD, **asked: Any) -> study.Subject:
    Path("annual.csv").write_text("\n".join([head, *lines]) + "\n", encoding="utf-8")
    return study.load("annual.csv", "L1", **asked)


def table(*lines: str, head: str = "unit,year,measure,goal") -> str:
    Path("goals.csv").write_text("\n".join([head, *lines]) + "\n", encoding="utf-8")
    return "goals.csv"


def aims(values: tuple[str, ...] = AIMS, years: tuple[int, ...] = YEARS, measure: str = "TCR") -> str:
    return table(*(f",{year},{measure},{value}" for year, value in zip(years, values, strict=True)))


def five(**asked: Any) -> GoalStudy:
    return goal_study(load(*rows()), aims(), **{"measures": ["TCR"], **asked})


def refused(subject: study.Subject, rule: Any, **asked: Any) -> str:
    with pytest.raises(OshError) as caught:
        goal_study(subject, rule, **{"measures": ["TCR"], **asked})
    assert "\n" not in str(caught.value)
    return str(caught.value)


def said(found: GoalStudy, *codes: str) -> list[tuple[str, int | None, str]]:
    return [(f["code"], f["year"], f["text"]) for f in found.cautions if not codes or f["code"] in codes]


def pieces(found: GoalStudy) -> list[str]:
    """Every part of the report: none may fail, whatever the data."""
    return [
        report.verdict(found), report.goal_tables(found), report.left_table(found), report.left_check(found),
        report.kpa_table(found, {"TCR": "KPA 5.1"}), report.method(found, years=5), report.cautions(found),
        report.goal_figure(found).to_json(),
    ]  # fmt: skip


def seen(html: str) -> str:
    return unescape(" ".join(re.sub(r"<[^>]+>", " ", html).split()))


def emitted(found: GoalStudy, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    kept: list[dict[str, Any]] = []
    monkeypatch.setattr(headlines, "display", lambda data, raw: kept.append(data))
    report.headline(found)
    return dict(kept[0][headlines.HEADLINE])


# Attainment


def test_equal_counts_as_met_and_five_of_five_satisfy() -> None:
    """C-36 of the specification: met 5 of 5, two of them at the goal itself."""
    a = five().attained["TCR"]
    assert a.years["value"].tolist() == [6.0, 5.4, 5.0, 4.8, 4.0]
    assert a.years["goal"].tolist() == [Fraction(g) for g in AIMS]
    assert a.years["met"].tolist() == [True] * 5
    assert (a.met_years, a.of_years, a.kpa, a.in_progress) == (5, 5, "satisfied", False)
    assert math.isnan(a.chance)


def test_one_missed_goal_is_not_satisfied_and_is_named() -> None:
    found = goal_study(load(*rows((30, 27, 27, 24, 20))), aims(), ["TCR"])
    a = found.attained["TCR"]
    assert a.years["met"].tolist() == [True, True, False, True, True], "5.4 against 5.0"
    assert (a.met_years, a.of_years, a.kpa) == (4, 5, "not satisfied")
    assert verdicts.goal_status(a) == ("Met in 4 of 5 years, the last one met", "◐", "mix")
    assert verdicts.goal_sentence(a, 1) == (
        "TCR goals were met in 4 of the past five years (missed 2022: 5.4 against 5.00). In 2024 TCR was 4.0 per 100 "
        "full-time workers against a goal of 4.25: 1 case left."
    )


def test_cases_left_of_the_specification() -> None:
    """C-38: goal 4.25, 1,000,000 h, 20 cases: 21 allowed, 1 left; one case is 0.20."""
    last = five().attained["TCR"].last
    assert (last.most, last.left, last.step, round(last.one_more, 9)) == (21, 1, 0.2, 4.2)
    assert last.needed == pytest.approx(20 * 200_000 / 4.25)
    assert last.month is None
    full = goal_study(load(*rows((30, 27, 25, 24, 21))), aims(), ["TCR"]).attained["TCR"]
    assert (full.last.left, full.last.met) == (0, True)
    over = goal_study(load(*rows((30, 27, 25, 24, 24))), aims(), ["TCR"]).attained["TCR"]
    assert (over.last.left, over.last.met, over.last.month) == (-3, False, 11), "22 cases are there in month 11"
    assert "over by 3 cases" in verdicts.goal_sentence(over, 1)


def test_a_year_in_progress_is_projected_and_not_judged() -> None:
    """C-40: 12 cases in 450,000 h of nine months, goal 5.0: 15 allowed, 3 left, chance 0.433."""
    lines = rows((30, 27, 25, 24, 12), hours=(1_000_000,) * 4 + (450_000,), months=("", "", "", "", 9))
    found = goal_study(load(*lines), aims(("6.0", "5.5", "5.0", "4.9", "5.0")), ["TCR"])
    a = found.attained["TCR"]
    r = a.last
    assert (r.hours_of_year, r.projected, r.most, r.left, r.met) == (600_000, 16, 15, 3, None)
    assert r.value == pytest.approx(16 / 3)
    assert round(a.chance, 3) == 0.433
    assert (a.met_years, a.of_years, a.kpa, a.in_progress) == (4, 4, "not determinable", True)
    assert verdicts.goal_sentence(a, 1) == (
        "TCR goals were met in 4 of the four years that can be judged. 2024 so far (9 months): 5.3 per 100 full-time "
        "workers against a goal of 5.00; the whole year allows 15 cases, 3 cases left. The chance that the goal is met "
        "is about 4 in 10 (43%)."
    )
    assert "in December, at an even pace" in seen(report.left_table(found))
    assert ("PARTIAL_YEAR", 2024, "2024 covers 9 months only; projected, not judged.") in said(found)
    four = goal_study(found.subject, "goals.csv", ["TCR"], min_years=4)
    assert four.attained["TCR"].kpa == "satisfied"
    assert said(four, "PROVISIONAL") == [("PROVISIONAL", None, "TCR goals: 4 of 5 years.")]


def test_only_the_last_year_is_in_progress() -> None:
    lines = rows(months=("", 6, "", "", 9))
    text = seen(report.goal_tables(goal_study(load(*lines), aims(), ["TCR"])))
    assert text.count("– in progress") == 1
    assert text.count("– part year") == 1


@pytest.mark.parametrize("months", ["x", "13", "0"])
@pytest.mark.parametrize("at", [1, 4])
def test_a_year_whose_months_cannot_be_known_is_not_judged_and_says_so(months: str, at: int) -> None:
    lines = rows(months=tuple(months if i == at else "" for i in range(5)))
    found = goal_study(load(*lines), aims(), ["TCR"])
    a = found.attained["TCR"]
    assert (a.years["met"].iloc[at], a.of_years, a.in_progress) == (None, 4, False)
    assert math.isnan(a.years["left"].iloc[at])
    text = f"{YEARS[at]} has no usable TCR: goals not determinable (needs 5)."
    assert said(found, "MISSING_YEAR") == [("MISSING_YEAR", YEARS[at], text)]
    assert verdicts.goal_sentence(a, 1).endswith(
        "a goal of 4.25: not judged, as its months are not known." if at == 4 else "a goal of 4.25: 1 case left."
    )
    pieces(found)


def test_a_missing_year_and_a_missing_goal_are_said() -> None:
    lines = rows()
    found = goal_study(load(*lines[:1], *lines[2:]), table(*(f",{y},TCR,6" for y in (2020, 2021, 2022, 2024))), ["TCR"])
    a = found.attained["TCR"]
    assert a.years["met"].tolist() == [True, None, True, None, True]
    assert (a.met_years, a.of_years, a.kpa) == (3, 3, "not determinable")
    held = "goals.csv holds no goal for this year (years with a goal for TCR: 2020, 2021, 2022, 2024)"
    assert said(found, "MISSING_YEAR", "PROVISIONAL") == [
        ("MISSING_YEAR", 2021, "2021 has no usable TCR: goals not determinable (needs 5)."),
        ("MISSING_YEAR", 2023, f"2023 has no TCR goal: {held}."),
    ]
    least = goal_study(found.subject, "goals.csv", ["TCR"], min_years=3)
    assert least.attained["TCR"].kpa == "satisfied"
    assert said(least, "PROVISIONAL") == [("PROVISIONAL", None, "TCR goals: 3 of 5 years.")]
    pieces(found)


def test_a_goal_for_a_year_that_the_data_do_not_have_is_said() -> None:
    found = goal_study(load(*rows()), table(*(f",{y},TCR,6" for y in (*YEARS, 2031))), ["TCR"])
    text = "goals.csv sets a TCR goal for 2031, and the data have no such year: it is not judged."
    assert said(found, "MISSING_YEAR") == [("MISSING_YEAR", 2031, text)]
    assert found.attained["TCR"].of_years == 5


def test_a_goal_of_the_units_own_goes_before_that_of_all() -> None:
    path = table(*(f",{y},TCR,6" for y in YEARS), "L1,2024,TCR,3", "Larch (made up),2023,TCR,4", "B1,2022,TCR,1")
    found = goal_study(load(*rows()), path, ["TCR"])
    assert found.attained["TCR"].years["goal"].tolist() == [6, 6, 6, 4, 3]


def test_goals_of_a_rule_rest_on_a_year_before_the_window_and_say_so() -> None:
    years = (2003, 2004, 2005, 2006, 2007, 2008, 2009)
    found = goal_study(load(*rows((25,) * 7, years, kind="FY"), years=6), "share", ["TCR"])
    a = found.attained["TCR"]
    assert [float(g) for g in a.years["goal"]][:2] == [4.85, 4.7045]
    assert set(a.years["how"]) == {"3% less each year (compounding) (base 2003: 5.00)"}
    assert (a.met_years, a.of_years) == (0, 6)
    assert found.subject.left_out[["year", "why"]].to_numpy().tolist() == [
        [2003, "outside the window, but the base of goals"]
    ]
    assert said(found, "NOT_COMPARABLE") == []
    other = goal_study(load(*rows((25,) * 7, years, kind="CY"), years=6), "share", ["TCR"])
    text = "share is a rule for FY years; the data are CY years."
    assert said(other, "NOT_COMPARABLE") == [("NOT_COMPARABLE", None, text)]


def test_a_part_year_is_no_base() -> None:
    years = (2003, 2004, 2005)
    subject = load(*rows((25,) * 3, years, months=(9, "", "")), years=2)
    assert refused(subject, "share") == (
        "goals: share needs the TCR of 2003 as its base, and the data have no whole year of it (years with a rate: "
        "2004, 2005); give another base_year, or a table of goals"
    )


def test_a_measure_without_a_rate_does_not_take_the_others_with_it() -> None:
    lines = [f"Larch (made up),L1,{year},1000000,{n}" for year, n in zip(YEARS, CASES, strict=True)]
    subject = load(*lines, head="unit,unit_id,year,hours,recordable_cases")
    found = goal_study(subject, "linear", ["TCR", "LTCR"], base_year=2020, change=0.03)
    assert (found.attained["TCR"].met_years, found.attained["TCR"].of_years) == (4, 4)
    assert found.attained["LTCR"].kpa == "not determinable"
    text = (
        "No year has an LTCR goal: linear needs the LTCR of 2020 as its base, and the data have no whole year of LTCR."
    )
    assert ("MISSING_YEAR", None, text) in said(found)
    pieces(found)
    assert refused(subject, "linear", measures=["LTCR"], base_year=2020, change=0.03) == (
        "goals: linear gives no goal in 2020 to 2024: linear needs the LTCR of 2020 as its base, and the data have no "
        "whole year of LTCR"
    )


def test_a_rule_without_the_measure_says_so() -> None:
    subject = load(*rows((25,) * 2, (2003, 2004)), years=2)
    assert refused(subject, "share", measures=["TCIR"]) == (
        "goals: share gives no goal in 2003 to 2004: share sets no goal for TCIR"
    )


def test_a_national_rate_is_taken_by_measure() -> None:
    subject = load(*rows((25,) * 4, (2018, 2019, 2020, 2021)), years=2)
    found = goal_study(subject, "peer", ["TCR", "LTCR"], national={"TCR": 5.0, "LTCR": 2.5})
    assert [float(g) for g in found.attained["TCR"].years["goal"]] == [4.8, 4.8], "at the average: 4%"
    assert [float(g) for g in found.attained["LTCR"].years["goal"]] == [1.98, 1.98], "2.0 is below 2.5: 1%"


# Cautions where one case decides


def test_a_goal_below_one_case_is_said() -> None:
    found = goal_study(load(*rows((0, 0, 0, 0, 0), hours=50_000)), aims(("3",) * 5), ["TCR"])
    text = "2024: a TCR goal of 3.00 is below one case (4.00): only a year without one meets it."
    assert said(found, "SMALL_N")[-1] == ("SMALL_N", 2024, text)
    assert found.attained["TCR"].met_years == 5


def test_a_rate_within_one_case_of_its_goal_is_said() -> None:
    texts = [f for f in said(five(), "SMALL_N") if f[1] in (2022, 2023)]
    assert texts == [
        ("SMALL_N", 2022, "2022: TCR is 0.00 from its goal and one case is 0.20: one case decides."),
        ("SMALL_N", 2023, "2023: TCR is 0.10 from its goal and one case is 0.20: one case decides."),
    ]
    far = goal_study(load(*rows()), aims(("9",) * 5), ["TCR"])
    assert said(far, "SMALL_N") == []


# Words


def test_the_verdict_has_a_word_a_shape_and_a_tone() -> None:
    def status(cases: tuple[int, ...], **asked: Any) -> tuple[str, str, str]:
        return verdicts.goal_status(goal_study(load(*rows(cases)), aims(), ["TCR"], **asked).attained["TCR"])

    assert status(CASES) == ("Met in 5 of 5 years", "●", "good")
    assert status((30, 27, 25, 24, 22)) == ("Met in 4 of 5 years, the last one missed", "△", "poor")
    assert status((99,) * 5) == ("Met in 0 of 5 years", "▲", "bad")
    few = goal_study(load(*rows()[:1], years=1), aims(), ["TCR"]).attained["TCR"]
    assert verdicts.goal_status(few) == ("Met in 1 of 1 year: not determinable", "○", "na")
    assert verdicts.goal_sentence(few, 1).startswith("TCR goals were met in 1 of one year that can be judged. In 2020")
    none = goal_study(load(*rows(hours=0)), aims(), ["TCR"]).attained["TCR"]
    assert verdicts.goal_status(none) == ("Not determinable", "○", "na")
    assert verdicts.goal_sentence(none, 1) == (
        "The goals of TCR are not determinable: no year has both a rate and a goal."
    )
    assert verdicts.goal_luck(none) == ""


def test_a_rate_that_prints_like_its_goal_is_told_from_it() -> None:
    found = goal_study(load(*rows((494,) * 5, hours=20_000_000)), aims(("4.9",) * 5), ["TCR"])
    assert "missed 2020: 4.94 against 4.90" in verdicts.goal_sentence(found.attained["TCR"], 1)


def test_chance_is_told_from_the_hours() -> None:
    """At 1,000,000 h a goal of 4.25 expects 21.25 cases; Poisson tails summed here term by term."""

    def tail(n: int, mean: float) -> float:
        return sum(math.exp(-mean) * mean**k / math.factorial(k) for k in range(n + 1))

    a = five().attained["TCR"]
    shows = max(n for n in range(30) if tail(n, 21.25) < 0.025)
    assert a.shows == shows
    assert a.lucky == pytest.approx(tail(21, 21.25 * 1.2))
    assert verdicts.goal_luck(a) == (
        f"These hours allow 21 cases; at most {shows} cases would show beyond chance that the true rate is below the "
        "goal. A unit whose true rate lies 20% above the goal still meets it in about 2 of 10 years."
    )
    assert five(confidence=0.9).attained["TCR"].shows == max(n for n in range(30) if tail(n, 21.25) < 0.05)


def test_a_goal_of_zero_claims_nothing_about_luck() -> None:
    found = goal_study(load(*rows((0, 0, 0, 0, 1))), aims(("0",) * 5), ["TCR"])
    a = found.attained["TCR"]
    assert a.years["met"].tolist() == [True] * 4 + [False]
    assert verdicts.goal_luck(a) == (
        "Only a year without a case meets this goal, and no count of cases can show that the true rate is zero."
    )
    assert "no hours would do" in seen(report.left_table(found))
    pieces(found)


def test_months_of_a_fiscal_year_are_counted_from_october() -> None:
    lines = rows((12,), (2024,), months=(6,), hours=300_000, kind="FY")
    text = seen(report.left_table(goal_study(load(*lines, years=1), aims(("3",), (2024,)), ["TCR"])))
    assert "in February, at an even pace" in text, "9 allowed; 10 cases are there in month 5"


# Hostile data


@pytest.mark.parametrize(
    "lines",
    [
        rows(hours=0),
        rows(hours=(1_000_000,) * 4 + (0,)),
        rows(("",) * 5),
        rows((0,) * 5),
        rows()[:1],
        rows()[3:4],
        rows(months=("", "", "", "", 0.25)),
        rows(months=(1,) * 5),
        rows(months=("x",) * 5),
        rows((1, 0, 1, 0, 0), hours=1),
        rows(kind="FY"),
    ],
    ids=["no-hours", "no-last-hours", "no-cases", "zero-cases", "one-year", "one", "week", "months", "x", "hour", "FY"],
)
def test_every_part_of_the_report_stands_whatever_the_data(lines: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    path = table(*(f",{y},{m},{g}" for y in YEARS for m, g in (("TCR", 4.25), ("LTCR", 0), ("LTIFR", 10))))
    found = goal_study(
        load(*lines, years=1 if len(lines) == 1 else 5), path, ["TCR", "LTCR", "LTIFR", "IIR"], confidence=0.9
    )
    for piece in pieces(found):
        assert not re.search(r"\b(nan|NaN|None|inf)\b", seen(piece)), seen(piece)
    for a in found.attained.values():
        assert a.met_years == sum(m is True for m in a.years["met"])
        assert a.of_years == sum(m is not None for m in a.years["met"])
    assert set(emitted(found, monkeypatch)["measures"]) == {"TCR", "LTCR", "LTIFR", "IIR"}


def test_rates_per_million_hours_have_goals_per_million_hours() -> None:
    found = goal_study(load(*rows()), aims(("10",) * 5, measure="LTIFR"), ["LTIFR"])
    r = found.attained["LTIFR"].last
    assert (r.value, r.most, r.left, r.met, r.step) == (10, 10, 0, True, 1)
    assert "per million hours" in verdicts.goal_sentence(found.attained["LTIFR"], 1)


# Headline, table, chart


def test_the_headline_has_the_fields_of_the_contract(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = rows((30, 28, "", 24, 20))
    found = goal_study(load(*lines), aims(), ["TCR", "LTCR"])
    head = emitted(found, monkeypatch)
    assert list(head) == ["unit", "measures", "flags"]
    assert head["unit"] == "Larch (made up)"
    assert list(head["measures"]) == ["TCR", "LTCR"], "a measure that was asked for always has its key"
    promised = {"year", "goal", "value", "met", "met_years", "of_years", "cases_left", "kpa"}
    beside = {"low", "high", "cases", "hours", "chance"}
    assert all(set(m) == promised | beside for m in head["measures"].values())
    tcr = head["measures"]["TCR"]
    assert {k: tcr[k] for k in promised} == {
        "year": list(YEARS), "goal": [6, 5.5, 5, 4.9, 4.25], "value": [6, 5.6, None, 4.8, 4],
        "met": [True, False, None, True, True], "met_years": 3, "of_years": 4, "cases_left": 1,
        "kpa": "not determinable",
    }  # fmt: skip
    ltcr = head["measures"]["LTCR"]
    assert (ltcr["goal"], ltcr["met"], ltcr["of_years"], ltcr["cases_left"]) == ([None] * 5, [None] * 5, 0, None)
    assert all(set(f) == {"code", "year", "text"} for f in head["flags"])
    assert all(type(v) in (bool, type(None)) for v in tcr["met"])


def test_a_rate_just_above_its_goal_does_not_look_like_it_in_the_chart() -> None:
    year = {
        "year": 2024,
        "value": 1.403,
        "low": 0.5,
        "high": 3.0,
        "cases": 5,
        "hours": 712_758,
        "goal": 1.4,
        "met": False,
    }
    drawn = charts.goal_chart([("TCR", "per 200,000 hours", pd.DataFrame([year]))])
    assert "2024 1.403, goal 1.400, missed" in drawn.layout.meta["description"]
    assert drawn.data[-1].text == ("✕ 1.403",)
    assert "goal 1.400" in {a.text for a in drawn.layout.annotations}
    assert drawn.layout.xaxis.tickangle == 0


def test_the_chart_shows_the_numbers_of_the_table() -> None:
    lines = rows((30, 28, "", 24, 20))
    found = goal_study(load(*lines), aims(), ["TCR"])
    goals, rates = report.goal_figure(found).data
    years = found.attained["TCR"].years
    assert list(goals.y)[::3] == [6, 5.5, 5, 4.9, 4.25]
    assert [round(x + 0.42) for x in list(goals.x)[::3]] == list(YEARS)
    for at, (shown, value, low, high) in enumerate(
        zip(rates.y, years["value"], years["low"], years["high"], strict=True)
    ):
        if at == 2:
            assert shown != shown
            assert rates.text[at] == ""
            continue
        assert shown == value
        assert shown + rates.error_y.array[at] == pytest.approx(high)
        assert shown - rates.error_y.arrayminus[at] == pytest.approx(low)
    assert rates.text == ("✓ 6.0", "✕ 5.6", "", "✓ 4.8", "✓ 4.0")
    assert rates.marker.symbol == ("circle", "x", "circle-open", "circle", "circle")
    text = seen(report.goal_tables(found))
    for cells in ("2020 6.00 6.0 ", "2021 5.50 5.6 ", "2024 4.25 4.0 2.4 to 6.2"):
        assert cells in text
    assert text.count("✓ met") == 3
    assert text.count("✕ missed") == 1


def test_the_table_travels_unrounded() -> None:
    html = report.goal_tables(goal_study(load(*rows(hours=999_999)), aims(), ["TCR"]))
    saved = json.loads(re.search(r'<script type="application/json">(.*)</script>', html)[1])  # type: ignore[index]
    kept = [dict(zip(saved["header"], row, strict=True)) for row in saved["rows"]]
    assert [r["value"] for r in kept] == pytest.approx([n * 200_000 / 999_999 for n in CASES], rel=1e-15)
    assert [r["goal"] for r in kept] == [6, 5.5, 5, 4.9, 4.25]
    assert {r["per"] for r in kept} == {200_000}
    assert [r["met"] for r in kept] == [False, True, False, True, True], "one hour less, a hair above"


def test_the_visible_check_holds() -> None:
    text = seen(report.left_check(five()))
    assert "4.200 ≤ 4.250 < 4.400 holds" in text


# Mistakes


def test_what_is_no_goal_is_refused() -> None:
    subject = load(*rows())
    assert refused(subject, "fw200") == (
        "goals: found 'fw200', neither a goal rule nor the path of a table of goals; did you mean 'fw2000'?"
    )
    assert refused(subject, "zzz").endswith("table of goals (linear, compound, prior_year, fw2000, "
                                            "fw2000_worst_worksites, share, power, peer, peer_government)")  # fmt: skip
    for odd in (None, 5, ["linear"], True):
        assert refused(subject, odd) == (
            f"goals: found {odd!r}, expected the id of a goal rule, or the path of a table of goals"
        )
    assert refused(subject, table(",2020,TCR,-4")) == "goals.csv row 2, goal: found '-4'; expected zero or more"
    assert refused(subject, table(",2020,TCR,6", ",2020,TCR,5")) == (
        "goals.csv rows 2 and 3: two goals for TCR in 2020; expected one"
    )
    assert refused(subject, table("L1,2020,TCR,6", "Larch (made up),2020,TCR,6")) == (
        "goals.csv rows 2 and 3: two goals for TCR in 2020; expected one"
    )
    assert refused(subject, table(",2020,TCR,0.0425", ",2021,TCR,0.04")) == (
        "goals.csv: found TCR goals of 0.0425 at most, where no rate is below 4.00; expected a rate per 100 full-time "
        "workers, such as 4.25"
    )
    assert refused(subject, table("B1,2020,TCR,6")) == (
        "goals: goals.csv gives no goal in 2020 to 2024: goals.csv holds none for this unit "
        "(it has measures TCR, units B1)"
    )


def test_a_small_goal_for_small_rates_is_no_mistake() -> None:
    found = goal_study(load(*rows((1, 1, 1, 1, 1), hours=2_000_000)), aims(("0.09",) * 5), ["TCR"])
    assert found.attained["TCR"].met_years == 0


@pytest.mark.parametrize(
    ("value", "hint"),
    [(3, "; 3% is 0.03"), ("3%", ""), (-0.03, ""), (0, ""), (True, None), (float("nan"), ""), (100, None)],
)
def test_a_change_that_is_no_fraction_is_refused(value: Any, hint: str | None) -> None:
    got = refused(load(*rows()), "linear", base_year=2020, change=value)
    expected = f"change: found {value!r}, expected a fraction a year, such as 0.03 for 3%"
    assert got.startswith(expected)
    assert hint is None or got == expected + hint


@pytest.mark.parametrize("value", ["2020", True, 20, 2020.0, [2020]])
def test_a_base_year_that_is_no_year_is_refused(value: Any) -> None:
    got = refused(load(*rows()), "linear", base_year=value, change=0.03)
    assert got == f"base_year: found {value!r}, expected a year such as 2003"


def test_what_a_rule_needs_is_asked_for() -> None:
    subject = load(*rows())
    assert refused(subject, "linear", change=0.03) == "goals: linear needs a base_year"
    assert refused(subject, "compound", base_year=2020) == (
        "goals: compound needs the change a year, as a fraction: change: 0.03 is 3% a year"
    )
    for national in (None, {"LTCR": 2.5}):
        assert refused(subject, "power", base_year=2020, national=national) == (
            "goals: power compares with the national rate; give national: {TCR: 2.5}"
        )
    for national in ("2.5", -1, True, [2.5], float("nan"), float("inf")):
        assert refused(subject, "power", base_year=2020, national=national) == (
            f"national: found {national!r}, expected a rate per 100 full-time workers, or one a measure: "
            "{TCR: 2.5, LTCR: 1.3}"
        )
    early = load(*rows((25,) * 2, (2004, 2005)), years=2)
    assert refused(early, "share") == (
        "goals: share needs the TCR of 2003 as its base, and the data have no whole year of it (years with a rate: "
        "2004, 2005); give another base_year, or a table of goals"
    )


@pytest.mark.parametrize(
    ("rule", "name", "value"),
    [
        ("share", "change", 0.1), ("share", "national", 2.5), ("peer", "base_year", 2015), ("fw2000", "change", 0.1),
        ("goals.csv", "change", 0.1), ("goals.csv", "base_year", 2015), ("goals.csv", "national", 2.5),
    ],
)  # fmt: skip
def test_a_number_that_changes_nothing_is_refused(rule: str, name: str, value: Any) -> None:
    aims()
    got = refused(load(*rows()), rule, **{name: value})
    assert got == f"{name}: found {value!r}, which goals by {rule} do not use; leave it out"
