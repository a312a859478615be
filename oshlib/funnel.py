"""Many units at once: who stands outside the funnel, and how each one's own years vary. Vectorised over units."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from oshlib.benchmarks import most_shown
from oshlib.errors import OshError
from oshlib.exact import Floats, level
from oshlib.rates import PER

#: Fewer cases expected a year, and limits at three standard deviations are no limits worth the name (u-chart practice).
LEAST_EXPECTED = 5.0
SIGMAS = 3.0


def outside(cases: ArrayLike, hours: ArrayLike, mean: float, confidence: float, per: float = PER) -> NDArray[np.int8]:
    """-1 below the funnel, 1 above it, 0 inside.

    Outside is a count whose Poisson tail, at the mean rate, is below half of 1 - confidence. mean: cases per `per`
    hours. 0 also where there is no rate. Garwood limits around the expected count would be
    intervals, not control limits. Source: Spiegelhalter 2005, with exact tails.

    >>> outside([0, 4, 12, 0], [400_000] * 3 + [0], 1.5, 0.95)
    array([0, 0, 1, 0], dtype=int8)
    """
    n, h = np.broadcast_arrays(np.asarray(cases, dtype=float), np.asarray(hours, dtype=float))
    tail = (1 - level(confidence)) / 2
    known = (n == n) & (h > 0)
    if not mean >= 0:
        raise OshError(f"the centre of a funnel must be a rate; found {mean}")
    n, expected = np.where(known, n, 0.0), np.where(known, h, 0.0) * mean / per
    low = special.pdtr(n, expected) < tail
    high = np.where(n > 0, special.gammainc(np.maximum(n, 1e-9), expected), 1.0) < tail
    return np.where(known, high.astype(np.int8) - low.astype(np.int8), 0).astype(np.int8)


def by_chance(hours: ArrayLike, mean: float, confidence: float, per: float = PER) -> float:
    """How many units of these hours would stand outside if every true rate were the mean: exact, counts being whole.

    >>> round(by_chance([400_000] * 100, 2.2, 0.95), 2)
    2.72
    """
    h = np.asarray(hours, dtype=float)
    tail = (1 - level(confidence)) / 2
    expected = h[h > 0] * mean / per
    expected = expected[expected > 0]
    low = most_shown(expected, tail)
    high = np.floor(_upper(expected, tail)) + 1
    below = np.where(low >= 0, special.pdtr(np.maximum(low, 0), expected), 0.0)
    return float((below + special.gammainc(high, expected)).sum())


def limits(hours: ArrayLike, mean: float, confidence: float, per: float = PER) -> tuple[Floats, Floats]:
    """The two edges of the funnel as rates at these hours, the count taken as continuous.

    At a whole count an edge is exact: the hours at which that count is just outside. Low is 0 where not even a year
    without a case is outside. Limits are worked out on counts and scaled last.

    >>> low, high = limits([400_000.0], 2.2, 0.95)
    >>> round(float(low[0]), 3), round(float(high[0]), 3)
    (0.178, 4.711)
    """
    tail = (1 - level(confidence)) / 2
    h = np.asarray(hours, dtype=float)
    expected = h * mean / per
    with np.errstate(invalid="ignore"):
        low = special.pdtrik(tail, expected)  # n with P(N <= n) = tail
        high = _upper(expected, tail)
    return np.where(np.nan_to_num(low, nan=-1.0) > 0, low, 0.0) * per / h, high * per / h


def u_limits(cases: ArrayLike, hours: ArrayLike, per: float = PER) -> tuple[Any, Any, Any]:
    """Centre, and lower and upper limit of every year: a u-chart at three standard deviations, on the year's own hours.

    cases, hours: shape (k,) or (units, k), years last. The centre is all cases over all hours (not the mean of rates);
    the lower limit is never below zero. NaN where a year is missing. Source: Montgomery, u-chart; NHS England, Making
    Data Count.

    >>> centre, low, high = u_limits([3, 3, 3], [200_000] * 3)
    >>> float(centre), low.tolist()[0], round(high.tolist()[0], 3)
    (3.0, 0.0, 8.196)
    """
    n, h = np.broadcast_arrays(np.asarray(cases, dtype=float), np.asarray(hours, dtype=float))
    known = (n == n) & (h > 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        centre = np.where(known, n, 0).sum(axis=-1) * per / np.where(known, h, 0).sum(axis=-1)
        reach = SIGMAS * np.sqrt(centre[..., None] * per / np.where(known, h, np.nan))
    return centre, np.maximum(centre[..., None] - reach, 0.0), centre[..., None] + reach


def variation(cases: ArrayLike, hours: ArrayLike, per: float = PER) -> NDArray[np.object_]:
    """How the last year of each unit stands to its own years: improving, concerning, common, or "" (cannot be said).

    cases, hours: shape (units, k). Special cause: the last year outside its limits, or two of the last three beyond
    two thirds of them on one side. "" where the last year is missing, where fewer than three years are known, or where
    fewer than LEAST_EXPECTED cases are expected in it.

    >>> variation([[50, 52, 49, 51, 20], [2, 1, 0, 1, 0]], [[1e6] * 5, [1e5] * 5]).tolist()
    ['improving', '']
    """
    n, h = np.broadcast_arrays(np.asarray(cases, dtype=float), np.asarray(hours, dtype=float))
    known = (n == n) & (h > 0)
    centre, _, high = u_limits(n, h, per)
    with np.errstate(divide="ignore", invalid="ignore"):
        off = (n * per / h - centre[:, None]) / ((high - centre[:, None]) / SIGMAS)
    off = np.where(known, off, 0.0)
    recent = off[:, -3:]
    up = (off[:, -1] > SIGMAS) | (((recent > 2).sum(axis=1) >= 2) & (recent[:, -1] > 2))
    down = (off[:, -1] < -SIGMAS) | (((recent < -2).sum(axis=1) >= 2) & (recent[:, -1] < -2))
    with np.errstate(invalid="ignore"):
        enough = known[:, -1] & (known.sum(axis=1) >= 3) & (centre * h[:, -1] / per >= LEAST_EXPECTED)
    return np.where(enough, np.where(up, "concerning", np.where(down, "improving", "common")), "").astype(object)


def assurance(cases: ArrayLike, hours: ArrayLike, goal: ArrayLike, per: float = PER) -> NDArray[np.object_]:
    """Whether a unit as it is will keep to a goal: meets, fails, varies (hit and miss), or "" (cannot be said).

    goal: one rate, or one a unit. Meets: the upper limit of the last year is at or below the goal; fails: the lower
    limit is above it. "" as in `variation`, or without a goal.

    >>> assurance([[50, 52, 49], [50, 52, 49], [50, 52, 49]], [[1e6] * 3] * 3, [20.0, 10.0, 2.0]).tolist()
    ['meets', 'varies', 'fails']
    """
    n, h = np.broadcast_arrays(np.asarray(cases, dtype=float), np.asarray(hours, dtype=float))
    aim = np.broadcast_to(np.asarray(goal, dtype=float), n.shape[:1])
    _, low, high = u_limits(n, h, per)
    known = (variation(n, h, per) != "") & (aim == aim)
    with np.errstate(invalid="ignore"):
        said = np.where(high[:, -1] <= aim, "meets", np.where(low[:, -1] > aim, "fails", "varies"))
    return np.where(known, said, "").astype(object)


def _upper(expected: Floats, tail: float) -> Floats:
    """The continuous count n with P(N >= n) = tail, that is, gammainc(n, expected) = tail; found by bisection."""
    low = np.full(expected.shape, 1e-9)
    high = expected + 12 * np.sqrt(expected) + 40
    for _ in range(80):
        middle = (low + high) / 2
        above = special.gammainc(middle, expected) > tail
        low, high = np.where(above, middle, low), np.where(above, high, middle)
    return np.asarray((low + high) / 2)
