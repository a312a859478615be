"""A rate against a standard: printed examples, exact tails by brute force, and what 20,000 simulated years say."""

from __future__ import annotations

import csv
import math
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import optimize, special, stats

from oshlib.benchmarks import LEAST_UNITS, most_shown, place, power, reduction, shrink, standard_of
from oshlib.errors import OshError
from oshlib.exact import half_up

GOLDEN = Path(__file__).parent / "golden" / "spec.csv"
#: Cases expected at the standard, and the hours that give them at 10 per 200,000 hours.
EXPECTED = (1, 2, 5, 10, 20, 30, 50)
STANDARD = 10.0
REPLICATES = 20_000
#: Monte Carlo error that is allowed, in standard errors.
ERRORS = 4


def golden(about: str) -> list[dict[str, str]]:
    with GOLDEN.open(newline="", encoding="utf-8") as file:
        return [r for r in csv.DictReader(file) if r["about"] == about]


def hours_of(expected: float) -> float:
    return expected * 200_000 / STANDARD


def simulated(expected: float, ratio: float) -> Any:
    """Counts of 20,000 years in which `expected` x `ratio` cases come on average."""
    seed = int(expected * 1000 + ratio * 100)
    return np.random.default_rng(seed).poisson(expected * ratio, REPLICATES).astype(float)


def agrees(found: float, said: float) -> None:
    """A share of the replicates against an exact chance."""
    error = math.sqrt(max(said * (1 - said), 1e-9) / REPLICATES)
    assert abs(found - said) <= ERRORS * error + 1e-12, f"simulated {found}, said {said}"


# Printed examples


@pytest.mark.parametrize("row", golden("benchmarks"), ids=lambda r: f"{r['id']}-{r['quantity']}-{r['cases']}")
def test_the_examples_of_the_specification(row: dict[str, str]) -> None:
    assert float(row["base_hours"]) == 200_000
    r = reduction(float(row["cases"]), float(row["hours"]), float(row["base_cases"]))
    name = row["quantity"]
    if name == "met":
        assert str(r.met) == row["expected"]
        return
    got = 100 * getattr(r, name.removesuffix("_percent")) if name.endswith("_percent") else getattr(r, name)
    if row["decimals"]:
        assert half_up(got, int(row["decimals"])) == Decimal(row["expected"])
    else:
        assert got == pytest.approx(float(row["expected"]), rel=1e-12)


def test_the_golden_file_holds_every_example_of_benchmarks() -> None:
    assert {r["id"] for r in golden("benchmarks")} == {"C-27", "C-28", "C-29", "C-51", "C-52", "E3"}


# reduction


def test_the_trap_of_seventy_per_cent_is_settled_exactly_at_every_size() -> None:
    assert not 0.7 * 9.5 >= 6.65, "the trap is there"
    many = np.arange(1, 200)
    at = reduction(many * 133.0, many * 4_000_000.0, 9.5)  # always exactly 6.65
    over = reduction(many * 133.0 + 1, many * 4_000_000.0, 9.5)
    assert at.met.tolist() == [True] * 199
    assert over.met.tolist() == [False] * 199
    assert at.most.tolist() == (many * 133.0).tolist()


@pytest.mark.parametrize("share", [0.1, 0.3, 0.5, 0.55])
def test_met_agrees_with_rational_arithmetic_at_every_count(share: float) -> None:
    cases = np.arange(0, 40.0)
    for hours in (123_457, 400_000, 1_000_000):
        for standard in (7.0, 9.5, 10.0, 3.3):
            line = Fraction(str(standard)) * (1 - Fraction(str(share)))
            met = [Fraction(int(n)) * 200_000 / hours <= line for n in cases]
            assert reduction(cases, np.full(40, float(hours)), standard, share).met.tolist() == met


def test_no_rate_gives_no_verdict_and_no_number() -> None:
    nan = float("nan")
    r = reduction([0, 3, nan, 0], [0, nan, 400_000, 400_000], 10.0)
    assert r.met.tolist() == [None, None, None, True]
    for name in ("value", "reduction", "low", "high", "expected", "ratio", "p_below", "most", "shows", "below"):
        assert np.isnan(getattr(r, name)).tolist() == [True, True, True, False], name
    single = reduction(0, 0, 10.0)
    assert single.met is None
    assert math.isnan(single.value)


def test_no_case_is_all_of_the_standard_below_with_a_lower_limit_from_its_upper_end() -> None:
    r = reduction(0, 400_000, 10.0)
    assert (r.value, r.reduction, r.high, r.met) == (0.0, 1.0, 1.0, True)
    assert r.low == pytest.approx(1 + math.log(0.025) / 20, rel=1e-12)  # P(0) = e^-m = 0.025 at the upper end
    assert r.p_below == pytest.approx(math.exp(-20), rel=1e-12)


def test_one_unit_is_the_row_of_many() -> None:
    many = reduction([3, 11], [400_000, 334_171], 9.5)
    one = reduction(11, 334_171, 9.5)
    assert many.row(1) == one
    assert type(one.met) is bool
    assert reduction([11], [334_171], 9.5).met.tolist() == [True]


@pytest.mark.parametrize("share", [30, "30%", -0.3, 0, 1, True, None, float("nan")])
def test_a_reduction_is_a_fraction(share: Any) -> None:
    with pytest.raises(OshError, match=r"reduction: found .*expected a fraction between 0 and 1, such as 0.3 for 30%"):
        reduction(1, 1000, 9.5, share)


@pytest.mark.parametrize("standard", [0, -1, Fraction(0)])
def test_a_standard_is_above_zero(standard: Any) -> None:
    for call in (lambda: reduction(1, 1000, standard), lambda: power(1000, standard)):
        with pytest.raises(OshError, match=r"standard: found .*, expected a rate above zero"):
            call()


@pytest.mark.parametrize("confidence", [95, 0, 1, -0.5])
def test_a_confidence_is_a_fraction(confidence: Any) -> None:
    for call in (
        lambda: reduction(1, 1000, 9.5, confidence=confidence),
        lambda: power(1000, 9.5, 0.3, 200_000, confidence),
    ):
        with pytest.raises(OshError, match="confidence"):
            call()


def test_another_base_moves_the_rate_and_nothing_else() -> None:
    a, b = reduction(11, 334_171, 9.5), reduction(11, 334_171, 47.5, per=1_000_000)
    for name in ("reduction", "low", "high", "expected", "ratio", "p_below", "most", "shows", "below", "met"):
        assert getattr(a, name) == pytest.approx(getattr(b, name), rel=1e-12), name
    assert (b.value, b.target) == pytest.approx((5 * a.value, 5 * a.target))


# most_shown, by adding up probabilities one by one


@pytest.mark.parametrize("tail", [0.05, 0.025, 0.001])
def test_most_shown_is_the_largest_count_with_so_small_a_tail(tail: float) -> None:
    edge = -math.log(tail)
    means = np.concatenate([np.linspace(0.01, 60, 700), [edge - 1e-9, edge + 1e-9, 200.0, 1000.0]])
    got = most_shown(means, tail)
    for mean, most in zip(means, got, strict=True):
        below = np.cumsum(stats.poisson.pmf(np.arange(int(mean) + 2), mean))
        assert most == np.count_nonzero(below < tail) - 1, mean


def test_shows_and_below_are_where_the_interval_leaves_the_target_and_the_standard() -> None:
    cases = np.arange(0, 60.0)
    for hours in (20_000.0, 400_000.0, 1_000_000.0):
        r = reduction(cases, np.full(60, hours), 10.0)
        assert ((cases <= r.shows) == (r.low > 0.3)).all()
        assert ((cases <= r.below) == (r.low > 0)).all()
        assert ((cases <= r.below) == (r.p_below < 0.025)).all()


def test_a_mean_of_zero_or_none_rules_nothing_out() -> None:
    assert most_shown([0.0, float("nan"), 1e-12]).tolist() == [-1.0, -1.0, -1.0]


# power


@pytest.mark.parametrize("hours", [20_000, 123_457, 400_000, 1_000_000])
def test_power_by_adding_up_probabilities(hours: float) -> None:
    p, expected = power(hours, 9.5), 9.5 * hours / 200_000
    passing = [n for n in range(300) if Fraction(n * 200_000, int(hours)) <= Fraction("6.65")]
    for said, mean in ((p.passes_unchanged, 1), (p.passes_reached, 0.7), (p.passes_half, 0.5)):
        assert said == pytest.approx(stats.poisson.pmf(passing, expected * mean).sum(), rel=1e-9)
    shown = [n for n in range(300) if reduction(n, hours, 9.5).low > 0.3]
    assert p.shows_reached == pytest.approx(stats.poisson.pmf(shown, expected * 0.7).sum() if shown else 0, rel=1e-9)
    if shown:
        root = optimize.brentq(lambda f: stats.poisson.cdf(shown[-1], expected * (1 - f)) - 0.8, 0, 1 - 1e-9)
        assert p.needed == pytest.approx(root, rel=1e-6)
    else:
        assert math.isnan(p.needed)


def test_hours_so_few_that_not_even_no_case_shows_a_fall() -> None:
    # e^-m < 0.025 needs m > 3.689 at the target, that is 5.27 at the standard.
    assert math.isnan(power(hours_of(5.26), STANDARD).needed)
    assert 0 < power(hours_of(5.28), STANDARD).needed < 1


# Simulated years


@pytest.mark.parametrize("ratio", [1.0, 0.7, 0.5])
@pytest.mark.parametrize("expected", EXPECTED)
def test_the_interval_holds_the_true_reduction_at_least_as_often_as_it_says(expected: float, ratio: float) -> None:
    n = simulated(expected, ratio)
    for confidence in (0.9, 0.95):
        r = reduction(n, np.full(n.size, hours_of(expected)), STANDARD, confidence=confidence)
        held = np.mean((r.low <= 1 - ratio) & (1 - ratio <= r.high))
        assert held >= confidence - ERRORS * math.sqrt(confidence * (1 - confidence) / REPLICATES)


@pytest.mark.parametrize("expected", EXPECTED)
def test_the_rule_is_met_as_often_as_power_says(expected: float) -> None:
    p, hours = power(hours_of(expected), STANDARD), np.full(REPLICATES, hours_of(expected))
    for ratio, said in ((1.0, p.passes_unchanged), (0.7, p.passes_reached), (0.5, p.passes_half)):
        met = reduction(simulated(expected, ratio), hours, STANDARD).met.astype(bool)
        agrees(met.mean(), said)


@pytest.mark.parametrize("expected", EXPECTED)
def test_beyond_chance_is_said_wrongly_at_most_once_in_forty(expected: float) -> None:
    n, p = simulated(expected, 0.7), power(hours_of(expected), STANDARD)
    r = reduction(n, np.full(n.size, hours_of(expected)), STANDARD)
    said = np.mean(n <= r.shows)
    assert said <= 0.025 + ERRORS * math.sqrt(0.025 * 0.975 / REPLICATES)
    assert p.shows_reached <= 0.025
    agrees(said, p.shows_reached)


@pytest.mark.parametrize("expected", EXPECTED)
def test_a_fall_as_deep_as_needed_is_shown_four_times_in_five(expected: float) -> None:
    needed = power(hours_of(expected), STANDARD).needed
    if expected < 5.27:
        assert math.isnan(needed)
        return
    n = simulated(expected, 1 - needed)
    agrees(float(np.mean(n <= reduction(n, np.full(n.size, hours_of(expected)), STANDARD).shows)), 0.8)


# shrink


def peers_of(shape: float | None, units: int, seed: int, mean: float = 3.0) -> tuple[Any, Any, Any]:
    """True rates (gamma, or all the mean), counts and hours of made-up units; rates per 200,000 hours."""
    random = np.random.default_rng(seed)
    hours = random.uniform(100_000, 1_500_000, units).round()
    true = np.full(units, mean) if shape is None else random.gamma(shape, mean / shape, units)
    return true, random.poisson(true * hours / 200_000).astype(float), hours


def likeliest(n: Any, hours: Any) -> tuple[float, float]:
    """Shape and mean (per 200,000 hours) by brute force: a grid of negative binomial likelihoods, then finer ones."""
    expo = hours / 200_000
    shapes, means = np.geomspace(0.3, 500, 30), np.linspace(0.5, 8, 30)
    for _ in range(8):
        s, m = np.meshgrid(shapes, means, indexing="ij")
        chance = stats.nbinom.logpmf(n, s[..., None], 1 / (1 + m[..., None] * expo / s[..., None])).sum(axis=-1)
        i, j = np.unravel_index(chance.argmax(), chance.shape)
        shapes = np.linspace(shapes[max(i - 4, 0)], shapes[min(i + 4, 29)], 30)
        means = np.linspace(means[max(j - 4, 0)], means[min(j + 4, 29)], 30)
    return float(s[i, j]), float(m[i, j])


@pytest.mark.parametrize("seed", range(1, 7))
@pytest.mark.parametrize("shape", [1.5, 3.0, 8.0])
def test_shrink_is_the_likeliest_gamma_by_brute_force(shape: float, seed: int) -> None:
    _, n, hours = peers_of(shape, 60, seed)
    s, m = likeliest(n, hours)
    got = shrink(n[0], hours[0], n, hours, 2.1)
    assert got is not None
    assert got.mean == pytest.approx(m, rel=1e-3)
    after = stats.gamma(n[0] + s, scale=1 / (hours[0] / 200_000 + s / m))
    assert (got.value, got.low, got.high) == pytest.approx((after.mean(), after.ppf(0.025), after.ppf(0.975)), rel=2e-3)
    assert got.below == pytest.approx(after.cdf(2.1), rel=5e-3)
    assert got.value == pytest.approx(got.weight * n[0] * 200_000 / hours[0] + (1 - got.weight) * got.mean)


def test_peers_that_do_not_differ_beyond_chance_draw_a_unit_all_the_way() -> None:
    hours = np.full(30, 400_000.0)
    same = np.full(30, 6.0)  # less spread than chance alone would give
    got = shrink(6, 400_000, same, hours, 2.1)
    assert got is not None
    assert (got.weight, got.mean, got.value, got.units) == (0.0, pytest.approx(3.0), pytest.approx(3.0), 30)
    assert got.below == 0.0
    assert shrink(6, 400_000, same, hours, 3.5).below == 1.0  # type: ignore[union-attr]


def test_shrink_says_nothing_on_too_few_peers_or_without_a_rate() -> None:
    nan = float("nan")
    n, h = np.arange(10.0), np.full(10, 400_000.0)
    assert LEAST_UNITS == 10
    assert shrink(3, 400_000, n, h, 2.1) is not None
    assert shrink(3, 400_000, n[:9], h[:9], 2.1) is None
    assert shrink(3, 400_000, np.where(n == 4, nan, n), h, 2.1) is None, "a unit without a count is no peer"
    assert shrink(3, 400_000, n, np.where(n == 4, 0, h), 2.1) is None, "nor is one without hours"
    assert shrink(nan, 400_000, n, h, 2.1) is None
    assert shrink(3, 0, n, h, 2.1) is None
    assert shrink(0, 400_000, np.zeros(10), h, 2.1) is None


def test_shrunk_rates_hold_the_true_ones_and_come_nearer_to_them_than_raw_rates() -> None:
    held, near, raw, many = 0, 0.0, 0.0, 0
    for seed in range(8):
        true, n, hours = peers_of(3.0, 250, 100 + seed)
        for i in range(0, 250, 10):
            got = shrink(n[i], hours[i], n, hours, 2.1)
            assert got is not None
            held += got.low <= true[i] <= got.high
            near += (got.value - true[i]) ** 2
            raw += (n[i] * 200_000 / hours[i] - true[i]) ** 2
            many += 1
    # Nominal but for Monte Carlo error and the little that estimating the spread costs.
    assert held / many >= 0.95 - ERRORS * math.sqrt(0.95 * 0.05 / many)
    assert held / many < 1.0, "wider than any need"
    assert near < 0.8 * raw


def test_where_nothing_differs_shrink_mostly_finds_nothing() -> None:
    flat = 0
    for seed in range(60):
        _, n, hours = peers_of(None, 100, 500 + seed)
        got = shrink(n[0], hours[0], n, hours, 2.1)
        assert got is not None
        flat += got.weight == 0
    # The maximum lies at no spread in a half of the samples, the usual result at the edge of the parameters.
    assert 0.5 - ERRORS * math.sqrt(0.25 / 60) <= flat / 60


# standard_of


def test_the_standard_of_three_years_as_mean_and_as_pooled() -> None:
    values = {2021: 9.0, 2022: 10.0, 2023: 9.6}
    counts = {2021: (9, 200_000), 2022: (100, 2_000_000), 2023: (48, 1_000_000)}
    assert standard_of(values, counts, "mean") == Fraction("28.6") / 3
    assert standard_of(values, counts, "pooled") == Fraction(157 * 200_000, 3_200_000)
    assert standard_of(values, {2021: (157, 3_200_000)}, "pooled", per=1_000_000) == Fraction(
        157 * 1_000_000, 3_200_000
    )


def test_a_year_without_a_value_or_hours_leaves_no_standard() -> None:
    nan = float("nan")
    assert standard_of({2021: 9.0, 2022: nan}, {}, "mean") is None
    assert standard_of({}, {}, "mean") is None
    assert standard_of({}, {}, "pooled") is None
    assert standard_of({}, {2021: (9, 200_000), 2022: (nan, 1000)}, "pooled") is None
    assert standard_of({}, {2021: (9, 200_000), 2022: (1, 0)}, "pooled") is None
    with pytest.raises(OshError, match="pooling: found 'median', expected mean or pooled"):
        standard_of({2021: 9.0}, {}, "median")


# place


@pytest.mark.parametrize(
    ("value", "expected"),
    [(0.0, (10, 25)), (0.1, (25, 50)), (3.4, (50, 50)), (5.0, (50, 75)), (11.0, (90, 90)), (11.1, (90, 100))],
)
def test_between_which_percentiles_a_rate_lies(value: float, expected: tuple[float, float]) -> None:
    assert place(value, [10, 25, 50, 75, 90], [0, 0, 3.4, 7.1, 11.0]) == expected


def test_a_rate_under_the_lowest_percentile() -> None:
    assert place(0.5, [25, 50, 75], [1.2, 3.3, 5.6]) == (0, 25)


def test_expected_cases_of_the_simulation_are_those_of_the_function() -> None:
    for expected in EXPECTED:
        assert reduction(1, hours_of(expected), STANDARD).expected == pytest.approx(expected)
    assert special.pdtr(0, 1.0) == pytest.approx(math.exp(-1))
