"""Funnels and charts of a unit's own years: exact tails by brute force, printed u-charts, simulated units."""

from __future__ import annotations

import csv
import math
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

from oshlib import funnel
from oshlib.errors import OshError
from oshlib.exact import half_up
from oshlib.study import portfolio

GOLDEN = Path(__file__).parent / "golden" / "spec.csv"
LEVELS = (0.8, 0.95, 0.998)


def golden() -> list[dict[str, str]]:
    with GOLDEN.open(newline="", encoding="utf-8") as file:
        return [r for r in csv.DictReader(file) if r["about"] == "funnel"]


# outside, by_chance, limits


@pytest.mark.parametrize("confidence", LEVELS)
@pytest.mark.parametrize("expected", [0.01, 0.5, 3.688, 3.69, 10.0, 47.3, 200.0])
def test_outside_is_an_exact_tail_by_brute_force(expected: float, confidence: float) -> None:
    counts, tail = np.arange(0, 400.0), (1 - confidence) / 2
    low = stats.poisson.cdf(counts, expected) < tail
    high = stats.poisson.sf(counts - 1, expected) < tail
    got = funnel.outside(counts, np.full(400, 200_000.0), expected, confidence)
    assert got.tolist() == (high.astype(int) - low.astype(int)).tolist()


def test_where_there_is_no_rate_nothing_is_outside() -> None:
    nan = float("nan")
    assert funnel.outside([50, nan, 50, 50], [0, 1e6, nan, 1000], 1.0, 0.95).tolist() == [0, 0, 0, 1]


def test_a_centre_of_zero_puts_any_case_outside_and_a_centre_that_is_none_is_refused() -> None:
    assert funnel.outside([0, 1, 7], [1e6] * 3, 0.0, 0.998).tolist() == [0, 1, 1]
    for mean in (-1.0, float("nan")):
        with pytest.raises(OshError, match="the centre of a funnel must be a rate"):
            funnel.outside([1], [1000], mean, 0.95)


def test_garwood_limits_around_the_expected_count_would_not_do() -> None:
    # 4.4 cases expected: the tail rule puts 10 outside and 9 not (by hand: P(N >= 10) = 0.0147, P(N >= 9) = 0.0358),
    # Garwood's upper limit of 4.4 lies at 10.8.
    got = funnel.outside([9, 10], [400_000] * 2, 2.2, 0.95)
    assert got.tolist() == [0, 1]


@pytest.mark.parametrize("confidence", LEVELS)
def test_outside_and_the_limits_agree_at_every_whole_count(confidence: float) -> None:
    for expected in np.geomspace(0.02, 150, 120):
        counts = np.arange(0, 260.0)
        hours = np.full(260, 400_000.0)
        mean = expected / 2
        got = funnel.outside(counts, hours, mean, confidence)
        low, high = funnel.limits(hours, mean, confidence)
        rates = counts * 200_000 / hours
        assert ((got == 1) == (rates > high)).all(), expected
        inside_low = rates >= low
        assert ((got == -1)[1:] == ~inside_low[1:]).all(), expected
        # At no case the edge is 0 or above it: 0 outside is a tail e^-m below half of 1 - confidence.
        assert (got[0] == -1) == (math.exp(-expected) < (1 - confidence) / 2)


@pytest.mark.parametrize("confidence", LEVELS)
def test_by_chance_is_the_sum_of_the_tails_by_brute_force(confidence: float) -> None:
    hours, mean = np.array([0, 3_000, 50_000, 369_000, 400_000, 2_000_000, 9_000_000.0]), 2.2
    tail, said = (1 - confidence) / 2, 0.0
    for h in hours[1:]:
        expected, counts = h * mean / 200_000, np.arange(600)
        out = (stats.poisson.cdf(counts, expected) < tail) | (stats.poisson.sf(counts - 1, expected) < tail)
        said += stats.poisson.pmf(counts[out], expected).sum()
    assert funnel.by_chance(hours, mean, confidence) == pytest.approx(said, rel=1e-8)


@pytest.mark.parametrize("confidence", [0.95, 0.998])
def test_units_outside_where_nothing_differs_are_as_many_as_by_chance(confidence: float) -> None:
    random = np.random.default_rng(20)
    hours = random.uniform(20_000, 3_000_000, 200)
    said = funnel.by_chance(hours, 2.2, confidence)
    counts = random.poisson(2.2 * hours / 200_000, (1_000, 200))
    found = (funnel.outside(counts, np.broadcast_to(hours, counts.shape), 2.2, confidence) != 0).sum(axis=1)
    error = math.sqrt(said / 1_000)  # a sum of rare independent events varies at most as a Poisson count
    assert abs(found.mean() - said) <= 4 * error
    assert said < (1 - confidence) * 200, "counts are whole, so fewer than nominal"


# u-charts


@pytest.mark.parametrize("row", golden(), ids=lambda r: f"{r['id']}-{r['quantity']}-{r['hours']}")
def test_the_u_charts_of_the_specification(row: dict[str, str]) -> None:
    # A second, huge year at the mean rate fixes the centre; per = 1 makes exposures of hours.
    mean, exposure = float(row["base_cases"]), float(row["hours"])
    centre, low, high = funnel.u_limits([mean * exposure, mean * 1e6], [exposure, 1e6], per=1)
    assert centre == pytest.approx(mean)
    got = (high if row["quantity"] == "u_high" else low)[0]
    assert half_up(got, int(row["decimals"])) == Decimal(row["expected"])


def test_there_are_four_printed_u_charts() -> None:
    assert len(golden()) == 4


def test_the_centre_is_all_cases_over_all_hours_and_a_missing_year_has_no_limits() -> None:
    nan = float("nan")
    centre, low, high = funnel.u_limits([2, nan, 10, 3], [100_000, 400_000, 500_000, 0])
    assert centre == pytest.approx(12 * 200_000 / 600_000)  # not the mean of 4 and 4 only by accident
    centre, low, high = funnel.u_limits([[1, nan, 19, 3]], [[100_000, 400_000, 500_000, 0]])
    assert centre == pytest.approx([20 * 200_000 / 600_000])
    assert np.isnan(low[0]).tolist() == [False, True, False, True]
    assert np.isnan(high[0]).tolist() == [False, True, False, True]
    assert low[0, 0] == 0.0, "never below zero"


def test_variation_by_hand() -> None:
    same = [[1e6] * 5]

    def said(*counts: float) -> Any:
        return funnel.variation([list(counts)], same).tolist()[0]

    assert said(50, 50, 50, 50, 50) == "common"
    assert said(50, 52, 49, 51, 20) == "improving"  # centre 44.4, 3 root(44.4) = 20.0: 20 is below 24.4
    assert said(50, 52, 49, 51, 90) == "concerning"  # centre 58.4, 3 root = 22.9: 90 is above 81.3
    assert said(50, 50, 50, 20, 20) == "improving"  # centre 38, 2 root = 12.3: both below 25.7
    assert said(50, 50, 20, 50, 27) == "common"  # centre 39.4, 2 root = 12.6: 27 is above 26.8
    assert said(50, 50, 20, 20, 50) == "common", "two of three, but not the last"
    assert said(50, 52, 49, 51, float("nan")) == ""


def test_variation_needs_three_years_and_five_expected_cases() -> None:
    nan = float("nan")
    assert funnel.variation([[nan, 50, 50], [50, 50, 50]], [[1e6] * 3] * 2).tolist() == ["", "common"]
    assert funnel.variation([[5, 5, 5], [5, 5, 4]], [[1e6] * 3] * 2).tolist() == ["common", ""]
    assert funnel.variation([[0, 0, 0]], [[1e6] * 3]).tolist() == [""]


def test_assurance_at_its_edges() -> None:
    n, h = [[50, 50, 50]] * 5, [[1e6] * 3] * 5
    high = 10 + 3 * math.sqrt(10 / 5)  # centre 10, exposure 5
    low = 10 - 3 * math.sqrt(10 / 5)
    got = funnel.assurance(n, h, [high + 1e-9, high - 1e-9, low + 1e-9, low - 1e-9, float("nan")])
    assert got.tolist() == ["meets", "varies", "varies", "fails", ""]
    assert funnel.assurance([[1, 0, 1]], [[1e6] * 3], 10.0).tolist() == [""], "too few cases to say"


def test_units_of_a_file_are_outside_by_their_own_tails() -> None:
    found = portfolio.study("data/example/fleet.csv")
    for r in found.units.itertuples():
        mean = found.mean * r.hours / 200_000
        low, high = stats.poisson.cdf(r.cases, mean), stats.poisson.sf(r.cases - 1, mean)
        for side in (0.95, 0.998):
            tail = (1 - side) / 2
            assert found.units.loc[r.Index, f"outside_{side}"] == int(high < tail) - int(low < tail)
