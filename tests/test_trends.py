"""Trends: against R, against counting every outcome out, and against themselves."""

from __future__ import annotations

import csv
import math
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import fields
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import optimize, stats

from oshlib.errors import OshError
from oshlib.exact import half_up
from oshlib.trends import RULES, Trend, fitted, slope_tests, trend

GOLDEN = Path(__file__).parent / "golden"
FIVE = [2019, 2020, 2021, 2022, 2023]
FLOATS = ("annual_change", "annual_change_low", "annual_change_high", "p", "detectable", "kendall_p", "least_squares")
EXACT = ("direction", "kpa", "beyond_chance", "kendall_s", "used_years", "total_cases")

# The same examples on every run, however slow the machine: a red suite must mean a change in the code.
EVERY_RUN = settings(deadline=None, derandomize=True, max_examples=100)
five_counts = st.lists(st.integers(0, 60), min_size=5, max_size=5)
five_hours = st.lists(st.integers(100_000, 1_500_000), min_size=5, max_size=5)


def golden(name: str) -> list[dict[str, str]]:
    with (GOLDEN / name).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def numbers(text: str) -> list[float]:
    return [math.nan if v == "NA" else float(v) for v in text.split(";")]


def series(row: dict[str, str]) -> tuple[list[float], list[float], list[float]]:
    return numbers(row["years"]), numbers(row["cases"]), numbers(row["hours"])


def units(count: int, seed: int, holes: bool = True) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Counts and hours of many made-up units: of all sizes, a third without a case, some years missing."""
    rng = np.random.default_rng(seed)
    hours = rng.integers(50_000, 1_000_000, (count, 5)).astype(float)
    cases = rng.poisson(rng.choice([0.0, 0.3, 2.0, 20.0, 300.0], (count, 1)), (count, 5)).astype(float)
    if holes:
        cases[rng.random(cases.shape) < 0.05] = np.nan
        hours[rng.random(hours.shape) < 0.05] = 0
    return cases, hours


def same(one: Trend, other: Trend, rel: float = 1e-10) -> None:
    for name in FLOATS:
        np.testing.assert_allclose(one[name], other[name], rtol=rel, atol=1e-14, err_msg=name)
    for name in (*EXACT, "signs"):
        np.testing.assert_array_equal(one[name], other[name], err_msg=name)


# --- against R ---------------------------------------------------------------

R_TRENDS = golden("r_trends.csv")


@pytest.mark.parametrize("row", R_TRENDS, ids=lambda r: r["name"])
def test_change_limits_and_p_are_those_of_r(row: dict[str, str]) -> None:
    t = trend(*series(row), confidence=float(row["confidence"]))
    got = [t.annual_change, t.annual_change_low, t.annual_change_high, t.p]
    expected = numbers(";".join(row[k] for k in ("annual_change", "exact_low", "exact_high", "exact_p")))
    # R writes twelve digits; the absolute part is for a slope of zero.
    assert got == pytest.approx(expected, rel=1e-9, abs=1e-12, nan_ok=True)


@pytest.mark.parametrize("row", R_TRENDS, ids=lambda r: r["name"])
def test_other_tests_of_the_slope_are_those_of_r(row: dict[str, str]) -> None:
    p = slope_tests(*series(row))
    got = [p["exact"], p["score"], p["Wald"]]
    expected = numbers(";".join(row[k] for k in ("exact_p", "score_p", "wald_p")))
    assert got == pytest.approx(expected, rel=1e-9, nan_ok=True)


@pytest.mark.parametrize(
    "row",
    [pytest.param(r, id=r["name"]) for r in R_TRENDS],
)
def test_likelihood_ratio_test_is_that_of_r(row: dict[str, str]) -> None:
    got = slope_tests(*series(row))["likelihood ratio"]
    assert got == pytest.approx(float(row["lrt_p"]), rel=1e-9)


def test_likelihood_ratio_of_equal_rates_has_a_p_of_one() -> None:
    for n in range(1, 40):
        for cases in ([n] * 5, [0, n, 0, n, 0], [n, 0, n]):
            p = slope_tests(range(len(cases)), cases, [200_000] * len(cases))["likelihood ratio"]
            assert p == pytest.approx(1, abs=1e-6)  # a rounding error of 1e-15 in the statistic is 3e-8 in p


@pytest.mark.parametrize(
    "row", [r for r in R_TRENDS if sum(numbers(r["cases"])) < 1_000], ids=lambda r: f"{r['name']}-{r['confidence']}"
)
def test_each_limit_put_back_leaves_its_share_in_the_tail(row: dict[str, str]) -> None:
    years, cases, hours = (np.array(v) for v in series(row))
    t, level = years - years.min(), float(row["confidence"])
    found, observed = trend(years, cases, hours, confidence=level), int(t @ cases)
    for limit, tail in (
        (found.annual_change_low, slice(observed, None)),
        (found.annual_change_high, slice(observed + 1)),
    ):
        if not math.isnan(limit):
            mass = distribution(t, hours * (1 + limit) ** t, int(cases.sum()))
            assert mass[tail].sum() == pytest.approx((1 - level) / 2, rel=1e-8)


def distribution(t: NDArray[np.float64], weights: NDArray[np.float64], total: int) -> NDArray[np.float64]:
    """Of T = sum(t * n), by adding one case at a time: slow, and with no transform in it."""
    one = np.zeros(int(t.max()) + 1)
    one[t.astype(int)] = weights / weights.sum()
    mass = np.ones(1)
    for _ in range(total):
        mass = np.convolve(mass, one)
    return mass


@pytest.mark.parametrize("row", golden("r_kendall.csv"), ids=lambda r: r["rates"])
def test_kendall_s_and_its_p_are_those_of_all_permutations_in_r(row: dict[str, str]) -> None:
    rates = np.array(numbers(row["rates"]))
    # Hours differ from year to year, so that equal rates are not equal counts.
    hours = 1_000 * np.arange(1, rates.size + 1)
    t = trend(np.arange(rates.size), np.rint(rates * 100) * hours / 1_000, hours)
    assert t.kendall_s == int(row["S"])
    assert t.kendall_p == pytest.approx(float(row["p_two_sided"]), rel=1e-9)


@pytest.mark.parametrize("row", [r for r in R_TRENDS if r["beta"] != "NA"], ids=lambda r: r["name"])
def test_the_fitted_line_climbs_by_the_slope_of_r_and_adds_up_to_the_cases(row: dict[str, str]) -> None:
    years, cases, hours = (np.array(v) for v in series(row))
    line = fitted(years, cases, hours, per=1.0, points=int(np.ptp(years)) + 1)
    assert line[:, 0].tolist() == np.arange(years.min(), years.max() + 1).tolist()
    assert np.diff(np.log(line[:, 1])) == pytest.approx(float(row["beta"]), rel=1e-8, abs=1e-9)
    at = (years - years.min()).astype(int)
    assert line[at, 1] @ hours == pytest.approx(cases.sum(), rel=1e-12)
    assert (years * line[at, 1]) @ hours == pytest.approx(years @ cases, rel=1e-12)


# --- against the specification -----------------------------------------------


def of_slope(name: str) -> Callable[[list[float], list[float], list[float]], Any]:
    return lambda *given: slope_tests(*given)[name]


QUANTITIES: dict[str, Callable[[list[float], list[float], list[float]], Any]] = {
    "annual_change_percent": lambda *given: 100 * trend(*given).annual_change,
    "least_squares": lambda *given: trend(*given).least_squares,
    "kendall_s": lambda *given: trend(*given).kendall_s,
    "kendall_one_sided": lambda *given: trend(*given).kendall_p / 2,
    "endpoint": lambda *given: trend(*given).signs[RULES.index("last against first")],
    "direction": lambda *given: trend(*given).direction,
} | {name: of_slope(name) for name in ("exact", "score", "likelihood ratio", "Wald")}


@pytest.mark.parametrize(
    "row",
    [r for r in golden("spec.csv") if r["about"] == "trends"],
    ids=lambda r: f"{r['id']}-{r['quantity']}-{r['cases']}",
)
def test_numbers_of_the_specification_are_reproduced(row: dict[str, str]) -> None:
    cases = numbers(row["cases"])
    got = QUANTITIES[row["quantity"]](list(range(len(cases))), cases, [float(row["hours"])] * len(cases))
    if row["decimals"]:
        assert half_up(got, int(row["decimals"])) == Decimal(row["expected"])
    else:
        assert got == row["expected"]


@pytest.mark.parametrize(("change", "share"), [(0.0, 0.43), (-0.05, 0.73), (-0.10, 0.92)])
def test_a_unit_passes_as_often_as_the_specification_says(change: float, share: float) -> None:
    # B2: mean 25 cases a year; "about 4 times in 10" without a trend, 73% at -5% a year, 92% at -10%.
    years = np.arange(5)
    mean = 25 * (1 + change) ** (years - 2)
    cases = np.random.default_rng(11).poisson(mean, (3_000, 5))
    t = trend(years, cases, np.full(5, 1e6))
    assert (t.kpa == "satisfied").mean() == pytest.approx(share, abs=0.025)  # three standard errors
    assert t.p[t.direction == "favourable"].max() > 0.5  # no significance is asked for


# --- against counting every outcome out --------------------------------------


def outcomes(total: int, years: int) -> Iterator[tuple[int, ...]]:
    """Every way in which so many cases can fall into so many years."""
    if years == 1:
        yield (total,)
        return
    for first in range(total + 1):
        yield from ((first, *rest) for rest in outcomes(total - first, years - 1))


def counted(t: list[int], weights: list[Any], total: int) -> dict[int, Any]:
    """P(T = x), from every outcome of the multinomial; fractions in, fractions out."""
    whole = sum(weights)
    mass: dict[int, Any] = {}
    for n in outcomes(total, len(t)):
        ways = math.factorial(total)
        for i in n:
            ways //= math.factorial(i)
        chance = ways * math.prod((w / whole) ** i for w, i in zip(weights, n, strict=True))
        x = sum(a * b for a, b in zip(t, n, strict=True))
        mass[x] = mass.get(x, 0) + chance
    return mass


def tilted(t: list[int], hours: list[int], beta: float) -> list[float]:
    return [h * math.exp(beta * i) for h, i in zip(hours, t, strict=True)]


COUNTED_OUT = [
    ([0, 1], [3, 2], 6),
    ([0, 1, 2], [1, 1, 1], 5),
    ([0, 1, 2], [5, 3, 4], 9),
    ([0, 1, 2], [9, 1, 2], 12),
    ([0, 1, 3], [2, 3, 2], 8),
    ([0, 2, 5], [2, 3, 4], 7),
    ([0, 1, 2, 3], [4, 4, 4, 4], 7),
    ([0, 1, 2, 3], [1, 7, 2, 3], 8),
    ([0, 1, 2, 3, 4], [1, 1, 1, 1, 1], 6),
    ([0, 1, 2, 3, 4], [10, 8, 6, 4, 2], 6),
]


@pytest.mark.parametrize(("t", "hours", "total"), COUNTED_OUT)
def test_p_is_twice_the_smaller_tail_of_all_outcomes(t: list[int], hours: list[int], total: int) -> None:
    mass = counted(t, [Fraction(h) for h in hours], total)
    assert sum(mass.values()) == 1
    every = list(outcomes(total, len(t)))
    got = trend(t, every, [hours] * len(every)).p
    for n, p in zip(every, got, strict=True):
        x = sum(a * b for a, b in zip(t, n, strict=True))
        below, above = (sum(m for y, m in mass.items() if side(y, x)) for side in (int.__le__, int.__ge__))
        assert p == pytest.approx(float(min(1, 2 * min(below, above))), rel=1e-11)


@pytest.mark.parametrize(("t", "hours", "total"), COUNTED_OUT)
def test_detectable_is_the_fall_that_the_test_finds_in_four_of_five(t: list[int], hours: list[int], total: int) -> None:
    mass = counted(t, [Fraction(h) for h in hours], total)
    called = [x for x in mass if sum(m for y, m in mass.items() if y <= x) <= Fraction(1, 40)]
    got = trend(t, [total] + [0] * (len(t) - 1), hours).detectable
    if not called:
        assert math.isnan(got)
        return

    def power(beta: float) -> float:
        return sum(m for x, m in counted(t, tilted(t, hours, beta), total).items() if x <= max(called))

    assert got == pytest.approx(-math.expm1(optimize.brentq(lambda b: power(b) - 0.8, -20, 0, xtol=1e-13)), rel=1e-9)


def test_detectable_is_unknown_where_not_even_the_steepest_fall_would_be_called_one() -> None:
    # Two cases in five equal years: all in the first year still has a chance of 1 in 25, over 2.5%.
    assert math.isnan(trend(FIVE, [2, 0, 0, 0, 0], [1e6] * 5).detectable)
    assert trend(FIVE, [3, 0, 0, 0, 0], [1e6] * 5).detectable > 0.5  # 1 in 125


def test_detectable_depends_on_the_counts_and_hours_alone_and_shrinks_as_they_grow() -> None:
    falling, rising = (trend(FIVE, n, [1e6] * 5).detectable for n in ([30, 27, 25, 24, 20], [20, 24, 25, 27, 30]))
    assert falling == pytest.approx(rising, rel=1e-12)
    many = [trend(FIVE, [n] * 5, [1e6] * 5).detectable for n in (1, 2, 5, 20, 100, 1_000)]
    assert many == sorted(many, reverse=True)
    assert trend(FIVE, [9] * 5, [1e6] * 5, confidence=0.8).detectable == trend(FIVE, [9] * 5, [1e6] * 5).detectable


@pytest.mark.parametrize(("t", "hours", "total"), COUNTED_OUT)
def test_the_interval_covers_any_true_change_and_the_test_rejects_no_trend_seldom_enough(
    t: list[int], hours: list[int], total: int
) -> None:
    every = list(outcomes(total, len(t)))
    found = trend(t, every, [hours] * len(every), confidence=0.9)
    low = np.where(np.isnan(found.annual_change_low), -np.inf, np.log1p(found.annual_change_low))
    high = np.where(np.isnan(found.annual_change_high), np.inf, np.log1p(found.annual_change_high))
    ways = np.array([math.factorial(total) / math.prod(math.factorial(i) for i in n) for n in every])
    for beta in (-2.0, -0.7, -0.1, 0.0, 0.3, 1.1):
        weights = np.array(tilted(t, hours, beta))
        chance = ways * np.prod((weights / weights.sum()) ** np.array(every), axis=1)
        assert chance[(low <= beta + 1e-9) & (beta - 1e-9 <= high)].sum() >= 0.9 - 1e-12
        if beta == 0:
            assert chance[found.beyond_chance.astype(bool)].sum() <= 0.1 + 1e-12


def agrees_with_sums(years: list[int], cases: list[float], hours: list[float]) -> None:
    """Estimate, p, limits and detectable fall, each put back into the distribution added up case by case."""
    y, n, h = (np.array(v, dtype=float) for v in (years, cases, hours))
    t, total, observed = y - y.min(), int(n.sum()), int((y - y.min()) @ n)
    found = trend(y, n, h)
    flat = distribution(t, h, total)
    assert found.p == pytest.approx(min(1, 2 * min(flat[: observed + 1].sum(), flat[observed:].sum())), rel=1e-9)
    below, above = slice(observed + 1), slice(observed, None)
    first_missed = int((np.cumsum(flat) <= 0.025).sum())
    for change, tail, share in (
        (found.annual_change_low, above, 0.025),
        (found.annual_change_high, below, 0.025),
        (-found.detectable, slice(first_missed), 0.8),
    ):
        if not math.isnan(change):
            assert distribution(t, h * (1 + change) ** t, total)[tail].sum() == pytest.approx(share, rel=1e-8)
    assert math.isnan(found.annual_change_low) == (observed == 0)
    assert math.isnan(found.annual_change_high) == (observed == total * t.max())
    assert math.isnan(found.detectable) == (first_missed == 0)
    if math.isfinite(found.annual_change):
        weights = h * (1 + found.annual_change) ** t
        assert total * (weights @ t) / weights.sum() == pytest.approx(observed, rel=1e-9)


@pytest.mark.parametrize(
    ("years", "cases", "hours"),
    [
        ([2000, 2010], [3, 1], [400_000, 500_000]),
        ([2000, 2001, 2012], [4, 6, 3], [90_000, 80_000, 70_000]),
        (FIVE, [1, 0, 4, 0, 9], [1_000, 900_000, 2_000, 30_000, 500_000]),
        pytest.param([2000, 2010], [1, 0], [9_133, 914_675]),
        pytest.param([2004, 2005, 2011], [1, 0, 3], [99_000, 41_000, 9_000]),
        pytest.param([2000, 2002, 2003, 2011], [0, 2, 8, 4], [58_000, 88_000, 98_000, 3_000]),
        pytest.param(list(range(2014, 2021)), [0, 0, 0, 0, 1, 0, 0], [34e4, 92e4, 45e3, 12e3, 16e3, 12e3, 12e4]),
        pytest.param([2021, 2022, 2023], [0, 1, 1], [121_552, 10_438, 667_750]),
        pytest.param([2020, 2021, 2022, 2023], [1, 0, 0, 2], [417_000, 21_000, 265_000, 734_000]),
        pytest.param(FIVE, [1, 0, 0, 0, 1], [128_784, 10_264, 42_276, 554_255, 94_119]),
    ],
)
def test_gaps_in_time_and_uneven_hours_leave_the_arithmetic_right(
    years: list[int], cases: list[float], hours: list[float]
) -> None:
    agrees_with_sums(years, cases, hours)


def test_random_series_with_gaps_and_uneven_hours_agree_with_sums() -> None:
    rng = np.random.default_rng(8)
    for _ in range(200):
        k = int(rng.integers(2, 7))
        years = np.sort(rng.choice(12, k, replace=False))
        cases = rng.poisson(rng.choice([0.3, 2, 9]), k)
        if cases.sum():
            agrees_with_sums(years, cases, np.rint(np.exp(rng.uniform(9, 16, k))))


def test_random_series_of_five_years_agree_with_sums() -> None:
    rng = np.random.default_rng(9)
    for _ in range(200):
        cases = rng.poisson(rng.choice([0.3, 2, 9, 25]), 5)
        if cases.sum():
            agrees_with_sums(FIVE, cases, rng.integers(100_000, 1_500_000, 5))


# --- series at the edge ------------------------------------------------------


@pytest.mark.parametrize(
    ("cases", "direction", "kpa", "p", "unknown"),
    [  # p by hand: two cases in the last of five equal years is 2 / 25
        ([1, 0, 0, 0, 0], "favourable", "satisfied", 0.4, {"annual_change", "annual_change_low", "detectable"}),
        ([0, 0, 0, 0, 1], "unfavourable", "not satisfied", 0.4, {"annual_change", "annual_change_high", "detectable"}),
        ([0, 0, 0, 0, 2], "unfavourable", "not satisfied", 0.08, {"annual_change", "annual_change_high", "detectable"}),
        ([3, 0, 0, 0, 0], "favourable", "satisfied", 0.016, {"annual_change", "annual_change_low"}),
        ([0, 0, 1, 0, 0], "none", "not satisfied", 1.0, {"detectable"}),
        (
            [0, 0, 0, 0, 0],
            "none",
            "satisfied",
            1.0,
            {"annual_change", "annual_change_low", "annual_change_high", "detectable"},
        ),
    ],
)
def test_few_cases_give_a_direction_and_a_p_and_no_slope_that_is_not_finite(
    cases: list[int], direction: str, kpa: str, p: float, unknown: set[str]
) -> None:
    t = trend(FIVE, cases, [200_000] * 5)
    assert (t.direction, t.kpa) == (direction, kpa)
    assert t.p == pytest.approx(p, rel=1e-12)
    assert t.beyond_chance is (p < 0.05)
    assert {
        n for n in ("annual_change", "annual_change_low", "annual_change_high", "detectable") if t[n] != t[n]
    } == unknown
    assert not any(math.isinf(t[n]) for n in FLOATS)


@pytest.mark.parametrize("cases", [[1, 0, 0, 0, 0], [0, 0, 0, 0, 2], [0, 0, 0, 0, 0]])
def test_there_is_no_fitted_line_where_the_slope_is_not_finite(cases: list[int]) -> None:
    assert fitted(FIVE, cases, [200_000] * 5).shape == (0, 4)


@pytest.mark.parametrize(
    ("cases", "hours", "used"),
    [
        ([5, np.nan, np.nan, np.nan, np.nan], [1e6] * 5, 1),
        ([np.nan] * 5, [1e6] * 5, 0),
        ([5, 4, 3, 2, 1], [0.0] * 5, 0),
        ([5, 4, 3, 2, 1], [1e6, np.nan, 0, 0, 0], 1),
    ],
)
@pytest.mark.parametrize("min_years", [None, 0, 1, 2])
def test_fewer_than_two_usable_years_never_give_a_verdict(
    cases: list[float], hours: list[float], used: int, min_years: int | None
) -> None:
    t = trend(FIVE, cases, hours, min_years=min_years)
    assert (t.direction, t.kpa, t.beyond_chance, t.used_years) == ("not determinable", "not determinable", None, used)
    assert np.isnan([t[n] for n in FLOATS]).all()


def test_a_series_of_one_year_gives_no_verdict() -> None:
    assert trend([2023], [4], [1e6]).direction == "not determinable"


@pytest.mark.parametrize("missing", ["cases", "hours", "zero hours with a case"])
def test_a_missing_year_gives_no_verdict_unless_fewer_years_are_enough(missing: str) -> None:
    cases, hours = np.array([9.0, 8, 1, 5, 4]), np.array([1e6, 1.1e6, 1e6, 0.9e6, 1e6])
    (cases if missing == "cases" else hours)[2] = 0 if missing.startswith("zero") else np.nan
    strict, loose = trend(FIVE, cases, hours), trend(FIVE, cases, hours, min_years=4)
    assert (strict.direction, strict.kpa, strict.beyond_chance) == ("not determinable", "not determinable", None)
    assert np.isnan([strict.annual_change, strict.annual_change_low, strict.annual_change_high, strict.p]).all()
    assert (loose.direction, loose.kpa, loose.used_years, loose.total_cases) == ("favourable", "satisfied", 4, 26)
    # As if the year had never been in the table: the gap in time stays.
    kept = [0, 1, 3, 4]
    same(loose, trend(np.array(FIVE)[kept], cases[kept], hours[kept]))


def test_a_missing_first_year_leaves_the_rest_as_it_is() -> None:
    same(
        trend(FIVE, [np.nan, 8, 7, 5, 4], [1e6] * 5, min_years=4),
        trend(FIVE[1:], [8, 7, 5, 4], [1e6] * 4),
    )


# --- direction, verdict, chance ----------------------------------------------


@pytest.mark.parametrize(
    ("cases", "direction", "kpa"),
    [
        ([30, 27, 25, 24, 20], "favourable", "satisfied"),
        ([20, 24, 25, 27, 30], "unfavourable", "not satisfied"),
        ([20, 8, 14, 18, 19], "mixed", "not satisfied"),
        ([6, 6, 6, 6, 6], "none", "not satisfied"),
        ([0, 2, 0, 2, 0], "none", "not satisfied"),
        ([0, 0, 0, 0, 0], "none", "satisfied"),  # sustained at zero
        ([5, 9, 7, 7, 5], "favourable", "satisfied"),  # a zero, last against first, is neutral
    ],
)
def test_verdict_follows_from_the_direction_alone(cases: list[int], direction: str, kpa: str) -> None:
    t = trend(FIVE, cases, [1e6] * 5)
    assert (t.direction, t.kpa) == (direction, kpa)


@pytest.mark.parametrize(("confidence", "beyond"), [(0.8, True), (0.84, True), (0.85, False), (0.95, False)])
def test_beyond_chance_compares_p_with_the_confidence_that_was_asked_for(confidence: float, beyond: bool) -> None:
    t = trend(FIVE, [30, 27, 25, 24, 20], [1e6] * 5, confidence)  # p is 0.1565
    assert t.beyond_chance is beyond
    assert (t.annual_change_high < 0) is beyond


def exact_signs(cases: list[int], hours: list[int]) -> list[int]:
    """The four rules in fractions, from their definitions."""
    n, h = [Fraction(v) for v in cases], [Fraction(v) for v in hours]
    rate, k = [a / b for a, b in zip(n, h, strict=True)], len(n)
    middle = sum(i * b for i, b in enumerate(h)) / sum(h)
    values = [
        sum((i - middle) * a for i, a in enumerate(n)),  # the score at no trend has the sign of the fitted slope
        sum((i - Fraction(k - 1, 2)) * r for i, r in enumerate(rate)),
        sum((rate[j] > rate[i]) - (rate[j] < rate[i]) for i in range(k) for j in range(i + 1, k)),
        rate[-1] - rate[0],
    ]
    return [(v > 0) - (v < 0) for v in values]


def test_signs_are_those_of_the_four_rules_in_fractions() -> None:
    # Few different counts and hours, so that ties of every kind are common.
    rng = np.random.default_rng(2)
    cases, hours = rng.integers(0, 7, (600, 5)), rng.integers(1, 7, (600, 5)) * 3_000
    t = trend(FIVE, cases, hours)
    expected = np.array([exact_signs(n.tolist(), h.tolist()) for n, h in zip(cases, hours, strict=True)])
    np.testing.assert_array_equal(t.signs, expected)
    assert (expected == 0).any(axis=0).all()
    down, up = (expected < 0).any(axis=1), (expected > 0).any(axis=1)
    for name, rows in {"mixed": down & up, "favourable": down & ~up, "unfavourable": up & ~down}.items():
        assert (t.direction[rows] == name).all()
        assert rows.any()
    np.testing.assert_array_equal(t.kpa == "satisfied", (down & ~up) | (cases.sum(axis=1) == 0))
    np.testing.assert_array_equal(t.beyond_chance.astype(bool), t.p < 0.05)


@pytest.mark.parametrize(
    ("cases", "hours"),
    [
        ([1, 2], [3, 6]),  # the quotients differ from thirds as doubles
        ([1, 2, 3, 4, 5], [3, 6, 9, 12, 15]),
        ([7, 49, 21, 14, 91], [11, 77, 33, 22, 143]),
        ([1_000_003, 3_000_009, 2_000_006], [300_000_000_007, 900_000_000_021, 600_000_000_014]),  # products past 2**53
        ([0.1, 0.2, 0.4], [0.3, 0.6, 1.2]),  # doublings, so that ties are ties of doubles as well
    ],
)
def test_equal_rates_on_different_hours_have_no_direction(cases: list[float], hours: list[float]) -> None:
    t = trend(range(len(cases)), cases, hours)
    assert t.signs.tolist() == [0, 0, 0, 0]
    assert (t.direction, t.kendall_s) == ("none", 0)


def test_one_case_in_a_national_count_still_tips_the_sign() -> None:
    n, h = 1_500_000, 240_000_000_007
    assert trend([1, 2, 3], [n, n, n], [h] * 3).signs.tolist() == [0] * 4
    assert trend([1, 2, 3], [n, n, n - 1], [h] * 3).signs.tolist() == [-1] * 4
    assert trend([1, 2, 3], [n, n, n], [h, h, h - 1]).signs.tolist() == [1] * 4


# --- one unit, many units, other orders --------------------------------------


def test_many_units_at_once_give_what_each_gives_alone() -> None:
    cases, hours = units(250, seed=21)
    together = trend(FIVE, cases, hours, min_years=3)
    assert len(set(together.direction)) == 5
    for i in range(len(cases)):
        same(together.row(i), trend(FIVE, cases[i], hours[i], min_years=3))


def test_the_order_of_the_units_does_not_matter() -> None:
    cases, hours = units(300, seed=22)
    order = np.random.default_rng(0).permutation(300)
    forward, shuffled = trend(FIVE, cases, hours, min_years=3), trend(FIVE, cases[order], hours[order], min_years=3)
    same(shuffled, Trend(**{f.name: forward[f.name][order] for f in fields(Trend)}))


def test_the_order_of_the_years_does_not_matter() -> None:
    cases, hours = units(200, seed=23)
    order = [3, 0, 4, 2, 1]
    same(
        trend(FIVE, cases, hours, min_years=3),
        trend(np.array(FIVE)[order], cases[:, order], hours[:, order], min_years=3),
        rel=0,
    )


def test_the_date_of_the_first_year_does_not_matter() -> None:
    cases, hours = units(100, seed=24)
    same(trend(FIVE, cases, hours, min_years=3), trend(np.array(FIVE) - 1_970, cases, hours, min_years=3), rel=0)


def test_reversing_the_years_turns_every_sign_and_the_change_over() -> None:
    cases, hours = units(300, seed=25)
    there = trend(FIVE, cases, hours, min_years=3)
    back = trend(FIVE, cases[:, ::-1], hours[:, ::-1], min_years=3)
    np.testing.assert_array_equal(there.signs, -back.signs)
    np.testing.assert_array_equal(there.kendall_s, -back.kendall_s)
    np.testing.assert_allclose(there.p, back.p, rtol=1e-9)
    np.testing.assert_allclose(1 + there.annual_change, 1 / (1 + back.annual_change), rtol=1e-9)
    np.testing.assert_allclose(1 + there.annual_change_low, 1 / (1 + back.annual_change_high), rtol=1e-9)
    assert np.isfinite(there.annual_change_low).sum() > 100


@pytest.mark.parametrize("factor", [3, 1_024, 200_001])
def test_the_unit_in_which_hours_are_written_does_not_matter(factor: int) -> None:
    cases, hours = units(200, seed=26)
    plain, scaled = trend(FIVE, cases, hours, min_years=3), trend(FIVE, cases, hours * factor, min_years=3)
    np.testing.assert_array_equal(plain.signs, scaled.signs)
    np.testing.assert_array_equal(plain.direction, scaled.direction)
    for name in ("annual_change", "annual_change_low", "annual_change_high", "p", "detectable"):
        np.testing.assert_allclose(scaled[name], plain[name], rtol=1e-9, atol=1e-12, err_msg=name)
    np.testing.assert_allclose(scaled.least_squares * factor, plain.least_squares, rtol=1e-9, atol=1e-9)


def test_arrays_are_not_written_to() -> None:
    cases, hours = units(20, seed=27)
    arrays = (np.array(FIVE[::-1], dtype=float), cases, hours)
    before = [a.copy() for a in arrays]
    trend(*arrays, min_years=2)
    fitted(arrays[0], cases[0], hours[0])
    slope_tests(arrays[0], [4.0, 3, np.nan, 2, 1], np.full(5, 1e6))
    for a, b in zip(arrays, before, strict=True):
        np.testing.assert_array_equal(a, b)


def test_one_series_gives_plain_values_and_many_give_one_entry_each() -> None:
    single = trend(FIVE, [5, 4, 3, 2, 1], [1e6] * 5)
    assert isinstance(single.p, float)
    assert isinstance(single.kendall_s, int)
    assert isinstance(single.direction, str)
    assert isinstance(single.beyond_chance, bool)
    assert single.signs.shape == (len(RULES),)
    many = trend(FIVE, [[5, 4, 3, 2, 1], [1, 2, 3, 4, 5]], [1e6] * 5)  # the same hours for all
    assert {np.shape(many[n]) for n in (*FLOATS, *EXACT)} == {(2,)}
    assert many.direction.tolist() == ["favourable", "unfavourable"]
    assert trend(FIVE, [[5, 4, 3, 2, 1]], [1e6] * 5).p.shape == (1,)
    assert trend(FIVE, np.empty((0, 5)), np.empty((0, 5))).p.shape == (0,)
    assert single["annual_change"] == single.annual_change


def test_national_counts_take_well_under_a_second_and_have_finite_limits() -> None:
    cases, hours = [1_500_000, 1_520_000, 1_480_000, 1_400_000, 1_450_000], [2.4e11] * 5
    seconds = []
    for _ in range(3):
        start = time.process_time()  # not the clock: other work on the machine must not count
        t = trend(FIVE, cases, hours)
        seconds.append(time.process_time() - start)
    assert min(seconds) < 1
    assert t.annual_change_low < t.annual_change < t.annual_change_high < 0
    # So many cases are normal; T of five nearly equal years has a variance of two a case.
    width = math.log1p(t.annual_change_high) - math.log1p(t.annual_change_low)
    assert width == pytest.approx(2 * 1.959964 / math.sqrt(2 * sum(cases)), rel=2e-3)
    assert 0 < t.detectable < 0.01


# --- properties --------------------------------------------------------------


@EVERY_RUN
@given(five_counts, five_hours, st.sampled_from([0.8, 0.9, 0.95, 0.99]))
def test_limits_enclose_the_change_and_agree_with_p(cases: list[int], hours: list[int], confidence: float) -> None:
    t = trend(FIVE, cases, hours, confidence)
    assert 0 < t.p <= 1
    assume(sum(cases))
    low = -1 if math.isnan(t.annual_change_low) else t.annual_change_low
    high = math.inf if math.isnan(t.annual_change_high) else t.annual_change_high
    assert low < high
    assert math.isnan(t.annual_change) or low < t.annual_change < high
    assume(abs(t.p - (1 - confidence)) > 1e-9)
    assert (t.p < 1 - confidence) == (not low <= 0 <= high) == t.beyond_chance


@EVERY_RUN
@given(five_counts, five_hours)
def test_the_change_has_the_sign_of_the_first_rule(cases: list[int], hours: list[int]) -> None:
    t = trend(FIVE, cases, hours)
    assume(not math.isnan(t.annual_change) and abs(t.annual_change) > 1e-9)
    assert math.copysign(1, t.annual_change) == t.signs[0]


@EVERY_RUN
@given(five_counts, five_hours)
def test_more_confidence_takes_a_wider_interval_and_the_same_p(cases: list[int], hours: list[int]) -> None:
    narrow, wide = trend(FIVE, cases, hours, 0.9), trend(FIVE, cases, hours, 0.99)
    assert narrow.p == wide.p
    assert math.isnan(wide.annual_change_low) or wide.annual_change_low < narrow.annual_change_low
    assert math.isnan(wide.annual_change_high) or wide.annual_change_high > narrow.annual_change_high


@EVERY_RUN
@given(st.integers(0, 60), st.integers(0, 60), st.integers(1, 50), st.integers(1, 50))
def test_a_trend_of_two_years_is_the_ratio_of_two_rates(n0: int, n1: int, h0: int, h1: int) -> None:
    # Two years are a binomial: scipy's own exact test and Clopper and Pearson's limits of its share.
    assume(n0 + n1)
    t = trend([2022, 2023], [n0, n1], [h0, h1])
    below, above = (stats.binomtest(n1, n0 + n1, h1 / (h0 + h1), side).pvalue for side in ("less", "greater"))
    assert t.p == pytest.approx(min(1, 2 * min(below, above)), rel=1e-9)
    share = stats.binomtest(n1, n0 + n1).proportion_ci(0.95, "exact")
    for limit, s in ((t.annual_change_low, share.low), (t.annual_change_high, share.high)):
        expected = s / (1 - s) * h0 / h1 - 1 if 0 < s < 1 else math.nan
        assert limit == pytest.approx(expected, rel=1e-7, abs=1e-9, nan_ok=True)


@EVERY_RUN
@given(five_counts, st.integers(0, 4))
def test_moving_a_case_to_a_later_year_never_makes_the_change_smaller(cases: list[int], year: int) -> None:
    assume(year < 4 and cases[year])
    later = list(cases)
    later[year] -= 1
    later[year + 1] += 1
    one, other = trend(FIVE, cases, [1e6] * 5), trend(FIVE, later, [1e6] * 5)
    for name in ("annual_change", "annual_change_low", "annual_change_high"):
        assert math.isnan(one[name]) or math.isnan(other[name]) or other[name] > one[name]
    assert (other.signs >= one.signs)[[0, 1, 3]].all()


# --- the fitted line and the other tests -------------------------------------


def test_the_band_is_that_of_the_information_matrix() -> None:
    years, cases, hours = np.array(FIVE), np.array([30, 27, 25, 24, 20]), np.array([1.0, 1.1, 0.9, 1.2, 1.0]) * 1e6
    line = fitted(years, cases, hours, confidence=0.9, points=9)
    x = np.column_stack([np.ones(5), years - 2019.0])
    b = np.array([math.log(cases.sum() / hours.sum()), 0.0])
    for _ in range(30):  # Newton's steps on the log likelihood, in matrices
        mu = hours * np.exp(x @ b)
        b = b + np.linalg.solve(x.T * mu @ x, x.T @ (cases - mu))
    grid = np.column_stack([np.ones(9), line[:, 0] - 2019])
    error = np.sqrt(np.einsum("ij,jk,ik->i", grid, np.linalg.inv(x.T * mu @ x), grid))
    for column, k in ((1, 0.0), (2, -1.0), (3, 1.0)):
        expected = 200_000 * np.exp(grid @ b + k * stats.norm.ppf(0.95) * error)
        np.testing.assert_allclose(line[:, column], expected, rtol=1e-9)


def test_the_fitted_line_runs_over_the_usable_years_only() -> None:
    line = fitted(FIVE, [np.nan, 8, 7, 5, 4], [1e6] * 5, points=4)
    assert line[:, 0].tolist() == FIVE[1:]
    assert line[:, 1].sum() == pytest.approx(24 / 5, rel=1e-12)  # 24 cases in 1,000,000 h each, per 200,000 h
    assert fitted(FIVE, [5, np.nan, np.nan, np.nan, np.nan], [1e6] * 5).shape == (0, 4)


def test_quasi_poisson_takes_t_and_a_dispersion_of_at_least_one() -> None:
    rows = {r["name"]: r for r in R_TRENDS}
    for name, floored in (("slow_fall", True), ("wandering", False)):
        row = rows[name]
        years, cases, hours = (np.array(v) for v in series(row))
        mu = hours * np.exp(float(row["beta"]) * (years - 2021))
        mu *= cases.sum() / mu.sum()
        dispersion = ((cases - mu) ** 2 / mu).sum() / 3
        assert bool(dispersion < 1) is floored
        z = stats.norm.isf(float(row["wald_p"]) / 2) / math.sqrt(max(1.0, dispersion))
        assert slope_tests(years, cases, hours)["quasi-Poisson"] == pytest.approx(2 * stats.t.sf(z, 3), rel=1e-8)


def test_tests_of_two_years_have_no_dispersion_to_estimate() -> None:
    p = slope_tests([2022, 2023], [6, 3], [1e6, 1e6])
    assert math.isnan(p["quasi-Poisson"])
    assert p["exact"] == pytest.approx(2 * (1 + 9 + 36 + 84) / 512, rel=1e-12)  # binomial by hand
    assert p["score"] == pytest.approx(math.erfc(math.sqrt((6 - 3) ** 2 / 9 / 2)), rel=1e-12)  # z = (6 - 3) / root 9


@pytest.mark.parametrize("cases", [[0, 0, 0, 0, 0], [math.nan] * 5])
def test_tests_of_no_case_or_no_year_find_nothing_and_do_not_fail(cases: list[float]) -> None:
    p = slope_tests(FIVE, cases, [200_000] * 5)
    assert all(v == 1 or math.isnan(v) for v in p.values())


# --- messages ----------------------------------------------------------------

LENGTH = "years, cases and hours must have the same length; found "
YEARS = "years must be whole and each named once; found "
FRACTION = "confidence must be a fraction between 0 and 1, such as 0.95; found "


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: trend([2022, 2023], [1, 2], [1, 2, 3]), LENGTH + "(2,), (2,), (3,)"),
        (lambda: trend([2022, 2023], np.ones((4, 3)), [1, 2]), LENGTH + "(2,), (4, 3), (2,)"),
        (lambda: trend([], [], []), LENGTH + "(0,), (0,), (0,)"),
        (lambda: trend(2023, 1, 1), LENGTH + "(), (), ()"),
        (lambda: trend([2023, 2023], [1, 2], [1, 2]), YEARS + "[2023.0, 2023.0]"),
        (lambda: trend([2022.5, 2023], [1, 2], [1, 2]), YEARS + "[2022.5, 2023.0]"),
        (lambda: trend([math.nan, 2023], [1, 2], [1, 2]), YEARS + "[nan, 2023.0]"),
        (lambda: trend([2022, 2023], [1, 2], [1, 2], 95), FRACTION + "95"),
        (lambda: trend([2022, 2023], [1, 2], [1, 2], 1.0), FRACTION + "1.0"),
        (lambda: trend([2022, 2023], [1, 2], [1, 2], 0), FRACTION + "0"),
        (lambda: trend([2022, 2023], [-1, 2], [1, 2]), "cases and hours must not be negative"),
        (lambda: trend([2022, 2023], [1, 2], [1, -2]), "cases and hours must not be negative"),
        (lambda: fitted([2022, 2023], [1, 2], [1, 2], confidence=95), FRACTION + "95"),
        (lambda: slope_tests([2023, 2023], [1, 2], [1, 2]), YEARS + "[2023.0, 2023.0]"),
    ],
)
def test_a_mistake_is_answered_in_one_sentence(call: Callable[[], Any], message: str) -> None:
    with pytest.raises(OshError) as error:
        call()
    assert str(error.value) == message


@pytest.mark.parametrize(
    ("cases", "hours"),
    [(["none", 2], [1, 2]), ([1, 2], ["1,234", 2]), (np.ones((2, 2)), np.ones((3, 2))), (np.ones((2, 2, 2)), [1, 2])],
)
def test_text_and_shapes_that_do_not_match_are_mistakes_too(cases: Any, hours: Any) -> None:
    with pytest.raises(OshError):
        trend([2022, 2023], cases, hours)


def test_the_last_digit_does_not_depend_on_the_kernels_that_a_processor_is_given() -> None:
    """The same inputs give the same bytes: OpenBLAS adds up in another order on every kind of processor."""
    text = (
        "from oshlib.trends import trend; import dataclasses;"
        "print(repr(dataclasses.astuple(trend([2020, 2021, 2022, 2023, 2024], [26, 30, 28, 32, 21],"
        "[945292, 1001941, 1054753, 996366, 1020196]))))"
    )
    said = {
        subprocess.run(  # our own interpreter, our own text
            [sys.executable, "-c", text], env={**os.environ, "OPENBLAS_CORETYPE": kernel}, capture_output=True,
            text=True, check=True,
        ).stdout
        for kernel in ("", "HASWELL", "SKYLAKEX", "ZEN")
    }  # fmt: skip
    assert len(said) == 1
