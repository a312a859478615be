"""A rate against a standard: what the rule says, and, kept apart, what so few cases can show at all.

The standard is taken as known. Counts are Poisson; every limit, tail and power below is exact.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from oshlib.errors import OshError
from oshlib.exact import Floats, as_written, level
from oshlib.goals import most_cases
from oshlib.rates import PER, incidence_rate, rate_interval

#: Units from which the spread between them can be worked out at all.
LEAST_UNITS = 10


@dataclass(frozen=True)
class Reduction:
    """A rate against a standard, or arrays of them; fractions throughout, a reduction of 0.3 being 30% below.

    ratio: observed cases over those expected at the standard (standardised ratio), with its exact limits. p_below: the
    chance of so few cases or fewer at the standard itself. most: the most cases that meet the target; shows: the most
    whose interval lies wholly below the target; below: the same for the standard itself (-1: not even none).
    """

    value: Any
    target: Any
    reduction: Any
    low: Any
    high: Any
    met: Any
    expected: Any
    ratio: Any
    ratio_low: Any
    ratio_high: Any
    p_below: Any
    most: Any
    shows: Any
    below: Any

    def row(self, index: int) -> Reduction:
        """The record of one unit out of many."""
        return Reduction(**{f.name: getattr(self, f.name)[index] for f in fields(self)})


@dataclass(frozen=True)
class Power:
    """What a year of these hours could show about a reduction of `share` from the standard.

    passes_unchanged, passes_reached, passes_half: chance that the rule is met where the true rate is the standard, just
    at the target, half the standard. shows_reached: chance that a unit just at the target looks beyond chance.
    needed: the true reduction that would be shown beyond chance four times in five; NaN where none would.
    """

    passes_unchanged: float
    passes_reached: float
    passes_half: float
    shows_reached: float
    needed: float


@dataclass(frozen=True)
class Shrunk:
    """A rate drawn towards the mean of its peers by as much as chance explains their spread.

    weight: how much of the unit's own rate is left in it (0: the peers do not differ beyond chance). below: the chance
    that the true rate is at or below the limit that was asked about.
    """

    value: float
    low: float
    high: float
    mean: float
    weight: float
    below: float
    units: int


def reduction(
    cases: ArrayLike, hours: ArrayLike, standard: Any, share: Any = 0.3, per: float = PER, confidence: float = 0.95
) -> Reduction:
    """A rate against a target that lies `share` below a standard.

    standard: a rate per `per` hours, as it is written, or a Fraction; share: a fraction. cases, hours: one value or
    arrays. met is True, False, or None without a rate, and is settled exactly: 6.65 meets 70% of 9.5.
    Errors: OshError on a standard that is not above zero or a share outside 0..1.
    Source: interval of Garwood 1936 over the standard; OSHA/NRMCA SAFE agreement for the 30%.

    >>> r = reduction(11, 334_171, 9.5)
    >>> round(r.value, 2), r.met, round(r.low, 2), round(r.high, 2), r.most, r.shows
    (6.58, True, -0.24, 0.65, 11.0, 4.0)
    """
    fixed = _checked(standard, share)
    line = fixed * (1 - as_written(share))
    n, h = np.broadcast_arrays(np.asarray(cases, dtype=float), np.asarray(hours, dtype=float))
    tail = (1 - level(confidence)) / 2
    value = np.asarray(incidence_rate(n, h, per))
    low, high = (np.asarray(v) for v in rate_interval(n, h, per, confidence))
    known = value == value
    expected = np.where(known, h * float(fixed) / per, np.nan)
    most = np.asarray(most_cases(line, h, per))
    met = np.where(known, (n <= most).astype(object), np.asarray(None))
    result = {
        "value": value,
        "target": np.where(known, float(line), np.nan),
        "reduction": 1 - value / float(fixed),
        "low": 1 - high / float(fixed),
        "high": 1 - low / float(fixed),
        "met": met,
        "expected": expected,
        "ratio": value / float(fixed),
        "ratio_low": low / float(fixed),
        "ratio_high": high / float(fixed),
        "p_below": np.where(known, special.pdtr(np.where(known, n, 0), np.where(known, expected, 1)), np.nan),
        "most": np.where(known, most, np.nan),
        "shows": np.where(known, most_shown(h * float(line) / per, tail), np.nan),
        "below": np.where(known, most_shown(expected, tail), np.nan),
    }
    found = Reduction(**{name: np.atleast_1d(v) for name, v in result.items()})
    if value.ndim:
        return found
    first = found.row(0)
    return Reduction(**{f.name: getattr(first, f.name) if f.name == "met" else float(getattr(first, f.name))
                        for f in fields(Reduction)})  # fmt: skip


def most_shown(expected: ArrayLike, tail: float = 0.025) -> Any:
    """The most cases that so rarely come from this mean that the mean is ruled out: P(N <= n) < tail; -1 where none is.

    >>> most_shown([1.0, 14.0, 20.0])
    array([-1.,  6., 11.])
    """
    mean = np.asarray(expected, dtype=float)
    known = np.where(mean > 0, mean, 1.0)
    count = np.floor(special.pdtrik(tail, known))
    count = np.where(np.isnan(count), -1.0, count)
    # The inverse is continuous and carries rounding: the tails themselves decide.
    count = np.where((count >= 0) & (special.pdtr(np.maximum(count, 0), known) >= tail), count - 1, count)
    count = np.where(special.pdtr(count + 1, known) < tail, count + 1, count)
    return np.where(mean > 0, count, -1.0)


def power(hours: float, standard: Any, share: Any = 0.3, per: float = PER, confidence: float = 0.95) -> Power:
    """What a year of these hours could show; see `Power`. A 30% rule errs often where few cases are expected.

    >>> p = power(400_000, 10.0)
    >>> round(p.passes_unchanged, 3), round(p.passes_reached, 2), round(p.shows_reached, 3), round(p.needed, 2)
    (0.105, 0.57, 0.014, 0.76)
    """
    fixed = _checked(standard, share)
    line = fixed * (1 - as_written(share))
    expected, aim = (float(v) * hours / per for v in (fixed, line))
    most = most_cases(line, hours, per)
    shown = float(most_shown(aim, (1 - level(confidence)) / 2))
    needed = float("nan")
    if shown >= 0:  # the mean at which so few cases or fewer come four times in five
        needed = 1 - float(special.gammainccinv(shown + 1, 0.8)) / expected
    return Power(
        passes_unchanged=float(special.pdtr(most, expected)),
        passes_reached=float(special.pdtr(most, aim)),
        passes_half=float(special.pdtr(most, expected / 2)),
        shows_reached=float(special.pdtr(shown, aim)) if shown >= 0 else 0.0,
        needed=needed,
    )


def shrink(
    cases: float,
    hours: float,
    peer_cases: ArrayLike,
    peer_hours: ArrayLike,
    limit: float,
    per: float = PER,
    confidence: float = 0.95,
) -> Shrunk | None:
    """Empirical Bayes: true rates of the peers follow a gamma distribution, whose mean and spread their counts give.

    peers: one count and its hours a unit, the unit itself among them. None where fewer than LEAST_UNITS can be used.
    The spread is that which makes the counts most likely (negative binomial with hours as exposure), so peers whose
    rates differ by no more than chance draw a unit all the way to their mean.
    Source: Clayton and Kaldor 1987.
    """
    n, h = np.asarray(peer_cases, dtype=float), np.asarray(peer_hours, dtype=float)
    usable = (n == n) & (h > 0)
    n, h = n[usable], h[usable]
    if n.size < LEAST_UNITS or not n.any() or not (cases == cases and hours > 0):
        return None
    shape, mean = spread(n, h)
    tail = (1 - level(confidence)) / 2
    if not np.isfinite(shape):
        flat = mean * per
        return Shrunk(flat, flat, flat, flat, 0.0, float(flat <= limit), int(n.size))
    after, exposure = cases + shape, hours + shape / mean
    return Shrunk(
        value=after / exposure * per,
        low=float(special.gammaincinv(after, tail)) / exposure * per,
        high=float(special.gammainccinv(after, tail)) / exposure * per,
        mean=mean * per,
        weight=hours / exposure,
        below=float(special.gammainc(after, limit / per * exposure)),
        units=int(n.size),
    )


def standard_of(
    values: Mapping[int, Any], counts: Mapping[int, tuple[float, float]], pooling: str, per: float = PER
) -> Fraction | None:
    """The standard of several years: the mean of the annual rates, or pooled cases over pooled hours.

    values: rate by year, as written. counts: cases and hours by year. None where a year has nothing to give.

    >>> float(standard_of({2021: 9.0, 2022: 10.0, 2023: 9.5}, {}, "mean"))
    9.5
    """
    if pooling == "mean":
        known = [as_written(v) for v in values.values() if v == v]
        return sum(known, Fraction(0)) / len(known) if known and len(known) == len(values) else None
    if pooling != "pooled":
        raise OshError(f"pooling: found {pooling!r}, expected mean or pooled")
    if not counts or any(not (n == n and h > 0) for n, h in counts.values()):
        return None
    total = sum((as_written(n) for n, _ in counts.values()), Fraction(0))
    return total * as_written(per) / sum((as_written(h) for _, h in counts.values()), Fraction(0))


def place(value: float, points: Sequence[float], quantiles: Sequence[float]) -> tuple[float, float]:
    """Between which percentiles of a group a rate lies; 0 and 100 stand for the ends that are not published.

    Equal values share their percentiles: a rate at a value that spans the 10th to 25th gives (10, 25).

    >>> place(3.1, [10, 25, 50, 75], [0.0, 0.0, 2.94, 6.67]), place(0.0, [10, 25, 50, 75], [0.0, 0.0, 2.94, 6.67])
    ((50, 75), (10, 25))
    """
    equal = [p for p, q in zip(points, quantiles, strict=True) if q == value]
    if equal:
        return equal[0], equal[-1]
    under = [p for p, q in zip(points, quantiles, strict=True) if q < value]
    over = [p for p, q in zip(points, quantiles, strict=True) if q > value]
    return (under[-1] if under else 0, over[0] if over else 100)


def _checked(standard: Any, share: Any) -> Fraction:
    if not isinstance(share, int | float | Fraction) or isinstance(share, bool) or not 0 < share < 1:
        raise OshError(f"reduction: found {share!r}, expected a fraction between 0 and 1, such as 0.3 for 30%")
    fixed = as_written(standard)
    if fixed <= 0:
        raise OshError(f"standard: found {float(fixed):g}, expected a rate above zero")
    return fixed


def spread(n: Floats, h: Floats) -> tuple[float, float]:
    """Shape and mean (cases an hour) of the gamma distribution of true rates; an infinite shape: no spread."""
    from scipy import optimize  # 0.2 s of start-up that only a report with peers has to wait for

    start = n.sum() / h.sum()
    # Of gammaln(n + shape) - gammaln(shape) - n log(shape) a large shape would leave noise only; this is the same for
    # whole counts: how many units have more than 0, 1, 2 ... cases.
    steps = np.arange(n.max())
    above = n.size - np.searchsorted(np.sort(n), steps, side="right")

    def minus_log(x: Floats) -> float:
        shape, mean = np.exp(np.minimum(x, 50.0)) * (1.0, start)
        part = h * mean / shape
        return -float((above * np.log1p(steps / shape)).sum()
                      + (n * np.log(h * mean) - (n + shape) * np.log1p(part)).sum())  # fmt: skip

    # A first simplex of its own: the usual one is flat here, and the search would stand still far from the best.
    best = optimize.minimize(minus_log, np.zeros(2), method="Nelder-Mead", options={
        "initial_simplex": [[0.0, 0.0], [1.0, 0.0], [0.0, 0.5]], "xatol": 1e-7, "fatol": 1e-9, "maxiter": 4000,
    })  # fmt: skip
    shape, mean = (float(v) for v in np.exp(np.minimum(best.x, 50.0)) * (1.0, start))
    # The likelihood of no spread at all, to which it tends as the shape grows without end.
    flat = -float((n * np.log(h * start) - h * start).sum())
    return (float("inf"), start) if best.fun >= flat - 1e-6 else (shape, mean)
