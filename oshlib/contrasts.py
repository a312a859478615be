"""Two groups before and after: the ratio of their ratios, exact and within strata, and what selection alone does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from oshlib.errors import OshError
from oshlib.exact import Floats, level

#: Probabilities that add nothing to any tail that is asked for; without them long counts stay cheap.
_NOTHING = 1e-40
#: A log ratio beyond this cannot be told from zero or infinity in a double.
_FAR = 700.0


@dataclass(frozen=True)
class Contrast:
    """The ratio of ratios with its limits and p; strata: how many of them could say anything."""

    ratio: float
    low: float
    high: float
    p: float
    strata: int


_NO_ANSWER = Contrast(float("nan"), float("nan"), float("nan"), float("nan"), strata=0)


def contrast(cases: ArrayLike, hours: ArrayLike, confidence: float = 0.95) -> Contrast:
    """(last / first rate of one group) / (last / first rate of another), exact, over strata whose ratio is one.

    cases, hours: shape (2, 2), group by first and last year, or (strata, 2, 2); the first group is the one asked
    about. Given all margins of a stratum its first count of the last year follows Fisher's noncentral hypergeometric
    distribution with odds ratio x hours ratio; over strata these counts are added (their distributions convolved).
    Limits leave (1 - confidence) / 2 in each tail and p is twice the smaller tail, at most 1, so that they agree. The
    ratio is the plain one of a single table, the conditional most likely one of several: 0 or infinite at the end of
    its range, NaN where nothing can be said (limits 0 and infinity, p 1). All NaN where a number is missing or hours
    are zero. Errors: OshError on negative or broken counts or another shape.
    Source: Fisher 1935, Gart 1970; R's fisher.test and mantelhaen.test(exact = TRUE), for rates.

    >>> c = contrast([[30, 20], [30, 30]], [[1_000_000, 1_000_000]] * 2)
    >>> round(c.ratio, 3), round(c.low, 3), round(c.high, 3), round(c.p, 3)
    (0.667, 0.291, 1.522, 0.392)
    """
    n, h = _tables(cases, hours)
    tail = (1 - level(confidence)) / 2
    if np.isnan(n).any() or not (h > 0).all():
        return _NO_ANSWER
    strata = [_Stratum(*pair) for pair in zip(n, h, strict=True)]
    strata = [s for s in strata if s.log_weight.size > 1]
    if not strata:
        return Contrast(float("nan"), 0.0, float("inf"), 1.0, strata=0)
    least, most = sum(s.first for s in strata), sum(s.last for s in strata)
    seen = sum(s.seen for s in strata)
    tilt = _root(lambda beta: sum(s.mean(beta) for s in strata) - min(max(seen, least + 0.5), most - 0.5), 0.0)
    total = _Sum(strata, tilt)
    log_tail = float(np.log(tail))
    low = 0.0 if seen == least else np.exp(_root(lambda b: total.log_tail(b, seen, up=True) - log_tail, tilt))
    high = np.inf if seen == most else np.exp(_root(lambda b: log_tail - total.log_tail(b, seen, up=False), tilt))
    tails = [
        1.0 if seen == end else np.exp(total.log_tail(0.0, seen, up)) for end, up in ((least, True), (most, False))
    ]
    ratio = (
        _plain_ratio(n[0], h[0]) if len(n) == 1 else 0.0 if seen == least else np.inf if seen == most else np.exp(tilt)
    )
    return Contrast(float(ratio), float(low), float(high), float(min(1.0, 2 * min(tails))), len(strata))


def by_unit(cases: ArrayLike, hours: ArrayLike, asked: ArrayLike, confidence: float = 0.95) -> Contrast:
    """The same ratio of summed rates, its scatter taken from how units differ and not from Poisson's law.

    cases, hours: shape (units, 2), first and last year; asked: (units,), True in the group asked about. Holds where
    cases within a unit come together or units change each in their own way; approximate (a linearised variance, t on
    units - 2 degrees of freedom). All NaN with fewer than two units, or no case at one end, in either group.
    Source: Cochran 1977, 6.4 and 6.11 (ratio estimates).

    >>> c = by_unit([[9, 6], [11, 8], [10, 9], [12, 12]], [[100_000, 100_000]] * 4, [True, True, False, False])
    >>> round(c.ratio, 3), c.low < c.ratio < c.high
    (0.733, True)
    """
    n, h, own = np.asarray(cases, dtype=float), np.asarray(hours, dtype=float), np.asarray(asked, dtype=bool)
    if n.ndim != 2 or n.shape[1] != 2 or n.shape != h.shape or own.shape != n.shape[:1]:
        raise OshError(f"cases and hours must have the shape (units, 2); found {n.shape} and {h.shape}")
    log_ratio, variance = 0.0, 0.0
    for side, sign in ((own, 1.0), (~own, -1.0)):
        units, total, worked = int(side.sum()), n[side].sum(axis=0), h[side].sum(axis=0)
        if units < 2 or not (total > 0).all() or not (worked > 0).all():
            return _NO_ANSWER
        part = (n[side] - total / worked * h[side]) / total  # what each unit adds to the logarithms of both rates
        moved = part[:, 1] - part[:, 0]
        log_ratio += sign * float(np.log(total[1] / worked[1]) - np.log(total[0] / worked[0]))
        variance += units / (units - 1) * float((moved**2).sum())
    if not variance > 0:
        return _NO_ANSWER
    free, error = len(n) - 2, variance**0.5
    reach = float(special.stdtrit(free, (1 + level(confidence)) / 2)) * error
    p = 2 * float(special.stdtr(free, -abs(log_ratio) / error))
    ratio, low, high = (float(np.exp(log_ratio + d)) for d in (0.0, -reach, reach))
    return Contrast(ratio, low, high, min(1.0, p), strata=1)


def excess_lost(first: float, everybody: float, after: float, everybody_after: float) -> float:
    """The share of a selected group's distance from everybody that is gone later; NaN where there was none above zero.

    The distance is measured from everybody's rate of the same year, so a fall of all of them is no part of it.

    >>> round(excess_lost(12.0, 4.0, 8.0, 4.0), 3), excess_lost(4.0, 4.0, 3.0, 4.0)
    (0.5, nan)
    """
    return 1 - (after - everybody_after) / (first - everybody) if first > everybody else float("nan")


def expected_again(cases: ArrayLike, hours: ArrayLike, shape: float, mean: float) -> float:
    """The rate of hours to come, per hour, of units whose true rates stay as they are.

    shape, mean (cases an hour): the gamma distribution of everybody's true rates; an infinite shape: all have the same.
    Each unit is drawn to the mean as far as its own hours say little (empirical Bayes), and counts by its hours.

    >>> round(expected_again([10], [100_000], 2.0, 4e-5) * 100_000, 2)
    8.0
    >>> expected_again([10], [100_000], float("inf"), 4e-5)
    4e-05
    """
    n, h = np.asarray(cases, dtype=float), np.asarray(hours, dtype=float)
    if not np.isfinite(shape):
        return mean
    return float((h * (n + shape) / (h + shape / mean)).sum() / h.sum())


class _Stratum:
    """The counts that one 2 x 2 table could have had, given its margins, and the log weights of each at ratio one."""

    def __init__(self, n: Floats, h: Floats) -> None:
        own, other, last = n[0].sum(), n[1].sum(), n[:, 1].sum()
        self.first, self.last, self.seen = max(0.0, last - other), min(own, last), n[0, 1]
        self.counts = np.arange(self.first, self.last + 1)
        odds = np.log(h[0, 1]) + np.log(h[1, 0]) - np.log(h[0, 0]) - np.log(h[1, 1])
        a = self.counts
        self.log_weight = a * odds - (
            special.gammaln(a + 1) + special.gammaln(own - a + 1)
            + special.gammaln(last - a + 1) + special.gammaln(other - last + a + 1)
        )  # fmt: skip

    def shares(self, beta: float) -> Floats:
        """The probability of every count where the log ratio is beta."""
        power = self.log_weight + beta * self.counts
        weight = np.exp(power - power.max())
        return np.asarray(weight / weight.sum())

    def mean(self, beta: float) -> float:
        """The count expected there."""
        return float(self.shares(beta) @ self.counts)


class _Sum:
    """The distribution of the summed count near one log ratio, from which those of others follow by tilting."""

    def __init__(self, strata: list[_Stratum], tilt: float) -> None:
        mass, start = np.ones(1), 0.0
        for one in strata:
            shares = one.shares(tilt)
            kept = np.flatnonzero(shares > _NOTHING)
            mass = np.convolve(mass, shares[kept[0] : kept[-1] + 1])
            start += one.counts[kept[0]]
        self.tilt, self.counts = tilt, start + np.arange(mass.size)
        with np.errstate(divide="ignore"):
            self.log_mass = np.log(mass)

    def log_tail(self, beta: float, seen: float, up: bool) -> float:
        """Log P(sum at or beyond what was seen) at this log ratio."""
        power = self.log_mass + (beta - self.tilt) * (self.counts - seen)
        side = power[self.counts >= seen] if up else power[self.counts <= seen]
        return float(special.logsumexp(side) - special.logsumexp(power))


def _root(increasing: Any, start: float) -> float:
    """Where an increasing function crosses zero, to the last digits; the end of its range where it does not."""
    low, high, step = start, start, 0.5
    while increasing(low) > 0 and low > -_FAR:
        high, low, step = low, low - step, 2 * step
    step = 0.5
    while increasing(high) < 0 and high < _FAR:
        low, high, step = high, high + step, 2 * step
    for _ in range(200):
        middle = (low + high) / 2
        if not low < middle < high:
            break
        low, high = (middle, high) if increasing(middle) < 0 else (low, middle)
    return (low + high) / 2


def _plain_ratio(n: Floats, h: Floats) -> float:
    above, below = n[0, 1] * h[0, 0] * n[1, 0] * h[1, 1], n[0, 0] * h[0, 1] * n[1, 1] * h[1, 0]
    return above / below if below else float("inf") if above else float("nan")


def _tables(cases: ArrayLike, hours: ArrayLike) -> tuple[Floats, Floats]:
    n, h = np.asarray(cases, dtype=float), np.asarray(hours, dtype=float)
    if n.shape != h.shape or n.ndim not in (2, 3) or n.shape[-2:] != (2, 2):
        raise OshError(f"cases and hours must have the shape (2, 2) or (strata, 2, 2); found {n.shape} and {h.shape}")
    if (n < 0).any() or (h < 0).any():
        raise OshError("cases and hours must not be negative")
    if np.isinf(n).any() or np.isinf(h).any() or (n % 1 > 0).any():
        raise OshError("cases must be whole numbers, and hours finite")
    return n.reshape(-1, 2, 2), h.reshape(-1, 2, 2)
