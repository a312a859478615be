"""Goals by rule and what is left of them: against published tables, and against fractions worked out one by one."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from oshlib import goals, references
from oshlib.goals import Branch
from tests.conftest import message

GOLDEN = Path(__file__).parent / "golden"
# The same examples on every run, however slow the machine: a red suite must mean a change in the code.
EVERY_RUN = settings(deadline=None, derandomize=True, max_examples=200)
# Numbers as people type them: 4.25, 0.7, 6.95, 0.1.
written = st.integers(0, 30_000).map(lambda n: f"{n / 1000:g}")
some_hours = st.one_of(
    st.integers(1, 50_000_000),
    st.sampled_from([200_000, 400_000, 630_000, 633_093, 645_089, 800_000, 1_000_000, 4_000_000]),
    st.integers(1, 10_000_000).map(lambda n: n / 8),
)
pers = st.sampled_from([200_000.0, 1_000_000.0])


def series(name: str) -> list[dict[str, str]]:
    with (GOLDEN / name).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def branches(rule: str, measure: str) -> list[Branch]:
    return [replace(b, measure=measure) for b in references.rules()[rule] if b.measure in (measure, "any")]


def rates(text: str) -> dict[int, Fraction]:
    """Rates as '2003:5.00 2004:4.9'."""
    return {int(y): Fraction(v) for y, v in (pair.split(":") for pair in text.split())}


# --- the rules, against what was published or follows by hand ----------------


@pytest.mark.parametrize("row", series("goals.csv"), ids=lambda r: f"{r['id']}-{r['rule']}-{r['measure']}")
def test_goals_by_rule_are_those_that_were_published_or_follow_by_hand(row: dict[str, str]) -> None:
    expected = dict(pair.split(":") for pair in row["expected"].split())
    found = goals.by_rule(
        branches(row["rule"], row["measure"]),
        [int(y) for y in expected],
        rates(row["rates"]),
        base_year=int(row["base_year"]) if row["base_year"] else None,
        change=Fraction(row["change"]) if row["change"] else None,
        national=Fraction(row["national"]) if row["national"] else None,
    )
    for goal in found:
        wanted = expected[str(goal.year)]
        if wanted == "none":
            assert goal.value is None
            assert goal.how
            continue
        assert goal.value is not None
        # To as many decimals as were printed, half up; a fraction such as 97/20 is meant exactly.
        if "/" in wanted:
            assert goal.value == Fraction(wanted)
        else:
            ten = 10 ** len(wanted.partition(".")[2])
            assert Fraction((goal.value * ten + Fraction(1, 2)).__floor__(), ten) == Fraction(wanted), goal


def test_linear_and_compound_part_after_the_first_year() -> None:
    """15% in five years is not 3% five times: Federal Worker 2000 and SHARE ask for different rates."""
    linear, compound = (
        goals.by_rule(branches(rule, "TCR"), range(base + 1, base + 6), {base: Fraction(5)})
        for rule, base in (("fw2000", 1997), ("share", 2003))
    )
    assert linear[0].value == compound[0].value == Fraction(97, 20)
    for a, b in zip(linear[1:], compound[1:], strict=True):
        assert a.value is not None
        assert b.value is not None
        assert a.value < b.value
    assert linear[-1].value == Fraction(5) * Fraction(85, 100)


@pytest.mark.parametrize(
    ("base", "national", "label"),
    [
        ("1.0", "2.5", "maintain"),
        ("2.5", "2.5", "4% of the base less each year"),
        ("2.4", "2.5", "1% below the year before"),
    ],
)
def test_power_says_which_branch_was_used(base: str, national: str, label: str) -> None:
    known = {2009: Fraction(base), 2010: Fraction("2.2")}
    goal = goals.by_rule(branches("power", "TCR"), [2011], known, national=Fraction(national))[0]
    assert label in goal.how
    assert goal.base == (2010 if "year before" in label else 2009)
    assert goal.source.startswith("POWER")


def test_a_base_year_moves_the_years_of_a_rule_with_it() -> None:
    found = goals.by_rule(branches("power", "TCR"), range(2018, 2025), {2018: Fraction(5)}, base_year=2018,
                          national=Fraction(2))  # fmt: skip
    assert [g.year for g in found if g.value is not None] == [2020, 2021, 2022, 2023]
    assert found[0].how == "power sets goals for 2020 to 2023 only"


def test_a_linear_goal_never_falls_below_zero() -> None:
    found = goals.by_rule(branches("linear", "TCR"), [2021, 2022, 2023, 2024], {2020: Fraction(5)}, base_year=2020,
                          change=Fraction(2, 5))  # fmt: skip
    assert [g.value for g in found] == [3, 1, 0, 0]


def test_a_rule_on_earlier_years_has_no_goal_where_such_a_year_is_missing() -> None:
    known = {2020: Fraction(5), 2022: Fraction(4)}
    found = goals.by_rule(branches("prior_year", "TCR"), [2021, 2022, 2023], known, change=Fraction(1, 10))
    assert [g.value for g in found] == [Fraction(9, 2), None, Fraction(18, 5)]
    assert found[1].how == "prior_year needs the TCR of 2021, which the data do not have"
    gone = goals.by_rule(branches("peer", "LTCR"), [2020], {2019: Fraction(2)}, national=Fraction(1))[0]
    assert (gone.value, gone.how) == (None, "peer needs the LTCR of 2018, which the data do not have")


def test_what_a_rule_needs_and_does_not_have_is_said() -> None:
    five = {2009: Fraction(5), 2020: Fraction(5)}
    assert message(lambda: goals.by_rule(branches("share", "TCR"), [2004], five)) == (
        "goals: share needs the TCR of 2003 as its base, and the data have no whole year of it (years with a rate: "
        "2009, 2020); give another base_year, or a table of goals"
    )
    assert message(lambda: goals.by_rule(branches("linear", "TCR"), [2021], five, change=Fraction(1, 10))) == (
        "goals: linear needs a base_year"
    )
    assert message(lambda: goals.by_rule(branches("linear", "TCR"), [2021], five, base_year=2020)) == (
        "goals: linear needs the change a year, as a fraction: change: 0.03 is 3% a year"
    )
    for rule, year, known in (("power", 2011, five), ("peer", 2020, {2018: Fraction(5)})):
        assert message(lambda k=known, r=rule, y=year: goals.by_rule(branches(r, "LTCR"), [y], k)) == (
            f"goals: {rule} compares with the national rate; give national: {{LTCR: 2.5}}"
        )
    odd = [Branch("odd", "TCR", "keep", "", "", when="base ~ 2", base_year=2020)]
    assert message(lambda: goals.by_rule(odd, [2021], five)) == (
        "goal rule odd: when: found 'base ~ 2', expected such as 'base >= 2.0'"
    )


# --- met, most cases, left ---------------------------------------------------


def test_a_goal_is_met_at_it_and_missed_just_above_it() -> None:
    assert goals.met(5, 200_000, Fraction(5)) is True
    assert goals.met(27, 1_000_000, Fraction(5)) is False, "5.4 against 5"
    assert goals.met(20, 800_000, Fraction("4.999999999999")) is False
    assert goals.met(133, 4_000_000, Fraction("6.65")) is True, "0.7 x 9.5, which floating point puts below 6.65"
    assert goals.met(0, 0, Fraction(5)) is None
    assert goals.met(float("nan"), 200_000, Fraction(5)) is None
    assert goals.met(3, 200_000, None) is None


def test_equal_counts_as_met_in_all_five_years() -> None:
    """C-36 of the specification: 5 of 5, two of them at the goal itself."""
    cases, aims = (30, 27, 25, 24, 20), ("6.0", "5.5", "5.0", "4.9", "4.25")
    assert [goals.met(n, 1_000_000, Fraction(g)) for n, g in zip(cases, aims, strict=True)] == [True] * 5
    assert [goals.rate(n, 1_000_000) for n in cases] == [Fraction(v) for v in ("6", "5.4", "5", "4.8", "4")]


def test_changes_of_the_share_guide() -> None:
    """C-32, C-33, C-37: the Department of Labor's own sums, in exact arithmetic."""
    assert round(float((Fraction(55) - 45) / 45) * 100, 1) == 22.2
    up = goals.by_rule([Branch("up", "x", "lagged", "", "", change=Fraction(-5, 100), lag=1)], [2004], {2003: 50})[0]
    assert up.value == Fraction("52.5")
    third = goals.by_rule(branches("share", "TCR"), [2006], {2003: Fraction(1)})[0].value
    assert third is not None
    assert 1 - third == Fraction("0.087327"), "8.73% after three years, so a fall of 16.7% meets it"
    assert 1 - Fraction("0.167") <= third


def test_cases_left_are_those_of_the_specification() -> None:
    """C-38, C-39 and C-40."""
    assert goals.most_cases(4.25, 1_000_000) == 21
    assert goals.met(21, 1_000_000, Fraction("4.25")) is True
    assert goals.met(22, 1_000_000, Fraction("4.25")) is False
    assert goals.most_cases(7.0, 645_089, below=True) == 22
    assert goals.rate(23, 645_089) > 7
    assert goals.most_cases(5.0, 600_000) == 15


def test_most_cases_of_printed_limits() -> None:
    """The absolute and the rounding method part where a rate rounds up to the limit (C-03, C-04, C-05)."""
    assert goals.most_cases(7.0, 200_000, below=True) == 6
    assert goals.most_cases(7.0, 630_000, below=True) == 22, "22 cases are 6.98"
    assert goals.most_cases(7.0, 630_000, below=True, decimals=1) == 21, "6.98 is printed 7.0"
    assert goals.most_cases(7.0, 4_000_000, below=True, decimals=1) == 138, "139 cases are exactly 6.95"
    assert goals.most_cases(0, 1000, below=True) == -1
    assert goals.most_cases(0, 1000) == 0
    assert goals.most_cases(Fraction("0.7") * Fraction("9.5"), 4_000_000) == 133


def test_most_cases_take_arrays_and_leave_gaps() -> None:
    got = goals.most_cases(np.array([4.25, np.nan, 4.25, 5.0]), np.array([1_000_000, 1_000_000, 0, np.nan]))
    np.testing.assert_array_equal(got, [21, np.nan, np.nan, np.nan])
    assert goals.most_cases(4.25, [[200_000], [1_000_000]]).tolist() == [[4], [21]]
    assert message(lambda: goals.most_cases(-1, 1000)) == "a goal or limit must be zero or more; found -1"


def brute(limit: Fraction, hours: Fraction, per: Fraction, keeps: Callable[[Fraction], bool]) -> int:
    """The largest count whose exact rate keeps to the limit, one by one down from a count that is too many."""
    n = int(limit * hours / per) + 2
    assert not keeps(n * per / hours)
    while n >= 0 and not keeps(n * per / hours):
        n -= 1
    return n


@EVERY_RUN
@given(limit=written, hours=some_hours, per=pers)
def test_most_cases_at_a_goal_are_the_largest_count_that_keeps_it(limit: str, hours: float, per: float) -> None:
    exact, h, k = Fraction(limit), Fraction(hours), Fraction(per)
    expected = brute(exact, h, k, lambda rate: rate <= exact)
    assert goals.most_cases(float(limit), hours, per) == expected
    assert goals.most_cases(exact, hours, per) == expected


@EVERY_RUN
@given(limit=written, hours=some_hours, per=pers, decimals=st.sampled_from([None, 0, 1, 2]))
def test_most_cases_below_a_limit_are_the_largest_count_below_it(
    limit: str, hours: float, per: float, decimals: int | None
) -> None:
    exact, h, k = Fraction(limit), Fraction(hours), Fraction(per)
    if decimals is not None:  # a printed limit has no more decimals than it is compared at
        exact = Fraction(int(exact * 10**decimals), 10**decimals)

    def rounded(rate: Fraction) -> Fraction:
        ten = 10 ** (decimals or 0)
        return rate if decimals is None else Fraction((rate * ten + Fraction(1, 2)).__floor__(), ten)

    expected = brute(exact, h, k, lambda rate: rounded(rate) < exact)
    assert goals.most_cases(float(exact), hours, per, below=True, decimals=decimals) == expected


@EVERY_RUN
@given(n=st.integers(0, 400), hours=st.sampled_from([200_000, 630_000, 800_000, 999_999, 4_000_000]), per=pers)
def test_a_goal_at_the_very_rate_of_a_count_allows_that_count(n: int, hours: int, per: float) -> None:
    at = Fraction(n) * Fraction(per) / hours
    hair = Fraction(1, 10**15)
    assert goals.most_cases(at, hours, per) == n
    assert goals.most_cases(at, hours, per, below=True) == n - 1
    assert goals.most_cases(at + hair, hours, per, below=True) == n
    assert goals.met(n, hours, at, per) is True
    if n:
        assert goals.most_cases(at - hair, hours, per) == n - 1
        assert goals.met(n, hours, at - hair, per) is False


@EVERY_RUN
@given(cases=st.integers(0, 3000), limit=written, hours=some_hours, per=pers)
def test_met_says_the_same_as_the_cases_allowed(cases: int, limit: str, hours: float, per: float) -> None:
    goal = Fraction(limit)
    assert goals.met(cases, hours, goal, per) == (cases <= goals.most_cases(goal, hours, per))


# --- hours, months, chance ---------------------------------------------------


@EVERY_RUN
@given(cases=st.integers(1, 3000), limit=written, per=pers)
def test_hours_needed_are_just_enough(cases: int, limit: str, per: float) -> None:
    goal = Fraction(limit)
    needed = goals.hours_needed(cases, goal, per)
    if not goal:
        assert np.isnan(needed)
        return
    assert needed == pytest.approx(float(cases * Fraction(per) / goal), rel=1e-12)
    assert goals.met(cases, needed * 1.000001, goal, per) is True
    assert goals.met(cases, needed * 0.999999, goal, per) is False


@EVERY_RUN
@given(cases=st.integers(0, 60), months=st.sampled_from([0.25, 1, 2.5, 6, 9, 11.5, 12]), most=st.integers(-1, 60))
def test_the_month_of_loss_is_the_first_by_whose_end_too_many_have_come(cases: int, months: float, most: int) -> None:
    pace = Fraction(cases) / Fraction(months)
    expected = next((month for month in range(13) if pace * month >= most + 1), None)
    assert goals.month_of_loss(cases, months, most) == (1 if most < 0 else expected)


def test_a_month_of_loss_needs_its_months() -> None:
    nan = float("nan")
    assert goals.month_of_loss(12, nan, 15) is None
    assert goals.month_of_loss(nan, 9, 15) is None
    assert goals.month_of_loss(12, 9, nan) is None


def test_chances_of_the_specification() -> None:
    """C-40, and E2's early year where a plug-in Poisson says 0.015."""
    assert round(goals.chance(12, 450_000, 150_000, 15), 3) == 0.433
    assert round(goals.chance(6, 150_000, 450_000, 15), 3) == 0.110
    assert round(float(stats.poisson.cdf(15 - 6, 6 / 150_000 * 450_000)), 3) == 0.015


@EVERY_RUN
@given(n=st.integers(0, 200), spare=st.integers(-3, 80), h=st.integers(1, 5_000_000), left=st.integers(1, 5_000_000))
def test_the_chance_is_the_negative_binomial_of_scipy(n: int, spare: int, h: int, left: int) -> None:
    got = goals.chance(n, h, left, n + spare)
    assert got == pytest.approx(float(stats.nbinom.cdf(spare, n + 0.5, h / (h + left))), rel=1e-9, abs=1e-13)


@EVERY_RUN
@given(n=st.integers(0, 100), h=st.integers(1, 5_000_000), left=st.integers(0, 5_000_000))
def test_the_chance_rises_with_the_cases_allowed_and_stays_a_chance(n: int, h: int, left: int) -> None:
    got = goals.chance(n, h, left, np.arange(-1, n + 60))
    assert ((got >= 0) & (got <= 1)).all()
    assert (np.diff(got) >= 0).all()
    assert (got[: n + 1] == 0).all(), "more cases than are allowed have come already"


def test_a_year_that_is_over_leaves_nothing_to_chance() -> None:
    assert goals.chance([5, 5, 5], 100_000, 0, [4, 5, 6]).tolist() == [0, 1, 1]
    got = goals.chance([5, np.nan, 5, 5], [0, 1, 1, np.nan], 10, [9, 9, np.nan, 9])
    assert np.isnan(got).all()
