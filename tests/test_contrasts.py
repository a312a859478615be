"""Ratios of ratios against scipy's Fisher test, brute enumeration and what must hold for any counts."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats.contingency import odds_ratio

from oshlib.contrasts import by_unit, contrast, excess_lost, expected_again
from oshlib.errors import OshError

EQUAL = [[1_000.0, 1_000.0], [1_000.0, 1_000.0]]
COUNTS = st.integers(0, 12)
HOURS = st.integers(1, 40).map(lambda h: h * 1_000)
TABLE = st.tuples(st.tuples(COUNTS, COUNTS), st.tuples(COUNTS, COUNTS))
WORKED = st.tuples(st.tuples(HOURS, HOURS), st.tuples(HOURS, HOURS))


def enumerated(tables: Any, hours: Any, ratio: Fraction) -> tuple[Fraction, Fraction]:
    """P(sum <= seen) and P(sum >= seen) by adding up every table with the same margins, in exact fractions."""
    seen = sum(t[0][1] for t in tables)
    each = []
    for ((b, a), (d, c)), ((hb, ha), (hd, hc)) in zip(tables, hours, strict=True):
        odds = ratio * Fraction(int(ha) * int(hd), int(hb) * int(hc))
        own, other, last = a + b, c + d, a + c
        line = {x: math.comb(own, x) * math.comb(other, last - x) * odds**x
                for x in range(max(0, last - other), min(own, last) + 1)}  # fmt: skip
        each.append(line)
    below = above = total = Fraction(0)
    for combination in itertools.product(*(line.items() for line in each)):
        weight = math.prod((w for _, w in combination), start=Fraction(1))
        count = sum(x for x, _ in combination)
        total += weight
        below += weight if count <= seen else 0
        above += weight if count >= seen else 0
    return below / total, above / total


@pytest.mark.parametrize("table", [[[30, 20], [30, 30]], [[5, 1], [4, 9]], [[0, 3], [4, 2]], [[7, 0], [3, 6]]])
def test_with_equal_hours_it_is_fishers_test_as_scipy_has_it(table: Any) -> None:
    (b, a), (d, c) = table
    theirs = odds_ratio([[a, b], [c, d]], kind="conditional").confidence_interval(0.95)
    found = contrast(table, EQUAL)
    assert (found.low, found.high) == pytest.approx((theirs.low, theirs.high), rel=1e-6)


@given(TABLE, WORKED)
@settings(max_examples=60, deadline=None)
def test_p_is_twice_the_smaller_tail_of_all_tables_with_these_margins(table: Any, hours: Any) -> None:
    found = contrast(table, hours)
    assert found.p == pytest.approx(min(1.0, 2 * float(min(enumerated([table], [hours], Fraction(1))))), rel=1e-9)


@given(st.lists(st.tuples(TABLE, WORKED), min_size=2, max_size=3))
@settings(max_examples=30, deadline=None)
def test_limits_over_strata_leave_their_tails_and_agree_with_p(strata: Any) -> None:
    tables, hours = [t for t, _ in strata], [h for _, h in strata]
    found = contrast(tables, hours)
    smaller = float(min(enumerated(tables, hours, Fraction(1))))
    assert found.p == pytest.approx(min(1.0, 2 * smaller), rel=1e-9)
    if abs(found.p - 0.05) > 1e-6:
        assert (found.low <= 1 <= found.high) == (found.p > 0.05)
    if found.low > 0:
        assert float(enumerated(tables, hours, Fraction(found.low))[1]) == pytest.approx(0.025, rel=1e-6)
    if math.isfinite(found.high):
        assert float(enumerated(tables, hours, Fraction(found.high))[0]) == pytest.approx(0.025, rel=1e-6)
    assert math.isnan(found.ratio) or found.low <= found.ratio <= found.high


@given(TABLE, WORKED, st.integers(2, 5))
@settings(max_examples=60, deadline=None)
def test_what_changes_nothing_and_what_turns_it_round(table: Any, hours: Any, times: int) -> None:
    found = contrast(table, hours)
    scaled = contrast(table, np.array(hours) * [[times], [1]])  # hours of one group by another unit
    assert (scaled.p, scaled.low) == pytest.approx((found.p, found.low), rel=1e-9)
    turned = contrast(table[::-1], hours[::-1])
    assert turned.p == pytest.approx(found.p, rel=1e-9)
    assert turned.low == pytest.approx(1 / found.high if found.high > 0 else math.inf, rel=1e-9)
    if not math.isnan(found.ratio):
        assert found.low <= found.ratio * (1 + 1e-12)
        assert found.ratio <= found.high * (1 + 1e-12)
    again = contrast([table, [[0, 0], [3, 4]]], [hours, EQUAL])  # a stratum without a case of one group says nothing
    assert (again.p, again.low, again.strata) == pytest.approx((found.p, found.low, found.strata), rel=1e-9)


def test_the_ratio_of_one_table_is_that_of_the_printed_rates() -> None:
    n, h = np.array([[40, 22], [51, 48]]), np.array([[8e5, 7e5], [9e5, 9.5e5]])
    rates = n / h
    assert contrast(n, h).ratio == pytest.approx((rates[0, 1] / rates[0, 0]) / (rates[1, 1] / rates[1, 0]), rel=1e-12)


@pytest.mark.parametrize(
    ("table", "ratio", "low", "high"),
    [
        ([[5, 0], [5, 5]], 0.0, 0.0, None), ([[0, 5], [5, 5]], math.inf, None, math.inf),
        ([[0, 0], [5, 5]], None, 0.0, math.inf), ([[0, 0], [0, 0]], None, 0.0, math.inf),
    ],
)  # fmt: skip
def test_zero_counts_have_open_ends_and_never_a_made_up_value(table: Any, ratio: Any, low: Any, high: Any) -> None:
    found = contrast(table, EQUAL)
    assert math.isnan(found.ratio) if ratio is None else found.ratio == ratio
    assert low is None or found.low == low
    assert high is None or found.high == high
    assert found.low < found.high
    assert found.p == 1.0 if ratio is None else 0 < found.p < 1


@pytest.mark.parametrize(("n", "h"), [([[1, 2], [3, math.nan]], EQUAL), ([[1, 2], [3, 4]], [[1.0, 0.0], [1.0, 1.0]])])
def test_what_is_missing_gives_no_value_at_all(n: Any, h: Any) -> None:
    found = contrast(n, h)
    assert all(math.isnan(v) for v in (found.ratio, found.low, found.high, found.p))


def test_large_counts_come_near_to_the_normal_approximation() -> None:
    n = np.array([[920_000, 700_000], [400_000, 390_000]])
    found = contrast([n, n], [EQUAL, EQUAL])
    error = math.sqrt((1 / n).sum() / 2)
    log_ratio = math.log(found.ratio)
    assert (math.log(found.low), math.log(found.high)) == pytest.approx(
        (log_ratio - 1.959964 * error, log_ratio + 1.959964 * error), abs=2e-5
    )
    assert found.p < 1e-50


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: contrast([1, 2], [3, 4]),
         "cases and hours must have the shape (2, 2) or (strata, 2, 2); found (2,) and (2,)"),
        (lambda: contrast([[1, -2], [3, 4]], EQUAL), "cases and hours must not be negative"),
        (lambda: contrast([[1, 2.5], [3, 4]], EQUAL), "cases must be whole numbers, and hours finite"),
        (lambda: contrast([[1, 2], [3, 4]], EQUAL, 95),
         "confidence must be a fraction between 0 and 1, such as 0.95; found 95"),
        (lambda: by_unit([1], [2], [True]), "cases and hours must have the shape (units, 2); found (1,) and (1,)"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused(call: Any, said: str) -> None:
    with pytest.raises(OshError) as caught:
        call()
    assert str(caught.value) == said


def test_by_unit_is_the_delta_method_written_out() -> None:
    n, h = np.array([[9.0, 6], [11, 8], [30, 10], [12, 12], [7, 9]]), np.full((5, 2), 1e5)
    own = np.array([True, True, True, False, False])
    variance = 0.0
    for side, m in ((own, 3), (~own, 2)):
        total = n[side].sum(axis=0)
        moved = [(x[1] - total[1] / m) / total[1] - (x[0] - total[0] / m) / total[0] for x in n[side]]
        variance += m / (m - 1) * sum(v**2 for v in moved)
    found = by_unit(n, h, own)
    assert found.ratio == pytest.approx((24 / 50) / (21 / 19))
    reach = 3.182446305284263 * math.sqrt(variance)  # t of 3 degrees of freedom, tables
    assert (found.low, found.high) == pytest.approx((found.ratio * math.exp(-reach), found.ratio * math.exp(reach)))
    assert math.isnan(by_unit(n[:3], h[:3], own[:3]).ratio), "one group"
    assert math.isnan(by_unit(n * [[1, 0]] * 5, h, own).ratio), "no case at the end"


def test_by_unit_agrees_with_the_exact_one_where_counts_are_poisson() -> None:
    rng = np.random.default_rng(5)
    n = rng.poisson(20, size=(400, 2)).astype(float)
    own = np.arange(400) < 200
    single = by_unit(n, np.full((400, 2), 1e5), own)
    sums = np.array([n[own].sum(axis=0), n[~own].sum(axis=0)])
    exact = contrast(sums, np.full((2, 2), 2e7))
    assert single.ratio == pytest.approx(exact.ratio, rel=1e-12)
    assert math.log(single.high / single.low) == pytest.approx(math.log(exact.high / exact.low), rel=0.1)


def test_what_selection_alone_does() -> None:
    assert excess_lost(11.0, 3.0, 7.0, 2.0) == pytest.approx(0.375), "the distance went from 8 to 5"
    assert math.isnan(excess_lost(3.0, 3.0, 2.0, 3.0))
    n, h = [12, 0, 3], [1e5, 2e5, 1e5]
    by_hand = sum(hh * (nn + 4) / (hh + 4 / 5e-5) for nn, hh in zip(n, h, strict=True)) / 4e5
    assert expected_again(n, h, 4.0, 5e-5) == pytest.approx(by_hand)
    assert expected_again(n, h, math.inf, 5e-5) == 5e-5, "rates that differ by chance only are drawn all the way"
    assert expected_again(n, h, 1e-9, 5e-5) == pytest.approx(15 / 4e5, rel=1e-6), "rates of any size not at all"
