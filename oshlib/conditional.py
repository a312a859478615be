"""The exact conditional test of a log-linear trend, its interval and its power, for many units at once.

Given N cases, T = sum(t * n) has the generating function (sum p_i x^t_i)^N with p_i proportional to
h_i * exp(beta * t_i): an exponential family in beta. Its probabilities come from one discrete Fourier transform a
unit, taken near the observed T, where they are largest; every tail that is then asked for is a one-sided sum whose
weights fall, so rounding never grows. Beyond ten
standard deviations and twenty steps a long distribution wraps round: nothing is left there to be seen.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from oshlib.exact import Floats

Rows = NDArray[np.int64]

# Two-sided 5% and 80% power: the convention of the field for "what could have been shown".
_TEST_TAIL = 0.025
_MISSED = 0.2
# Numbers worked on at a time: half a megabyte stays in the cache, and is twice as fast as thirty-two.
_CHUNK = 2**16


def conditional_test(t: Floats, cases: Floats, hours: Floats, confidence: float) -> Floats:
    """Columns low, beta, high (log change a year), p, and the detectable fall; shape (units, 5).

    t: shape (k,), whole, from 0; cases, hours: (units, k), zero hours where a year is missing, two usable years at
    least. beta and one limit are infinite where all cases stand in the first or the last usable year; the
    detectable fall is NaN where not even the most extreme fall would be shown; without a case p is 1, the rest NaN.
    """
    total = np.rint(cases.sum(axis=1))
    observed = np.rint(cases @ t)
    out = np.full((len(cases), 5), np.nan)
    out[:, 3] = 1.0
    some = np.flatnonzero(total > 0)
    # The size of the transform depends on a row's own numbers only, so a unit gets the same result in any company.
    null = _shares(t, hours[some], np.zeros(some.size))
    tilt = _tilt(t, hours[some], total[some], observed[some])
    sizes = np.maximum(*(_transform_size(t, p, total[some]) for p in (null, _shares(t, hours[some], tilt))))
    for size in np.unique(sizes):
        rows = some[sizes == size]
        step = max(1, _CHUNK // int(size))
        for begin in range(0, rows.size, step):
            part = rows[begin : begin + step]
            family = _Family(t, hours[part], total[part], int(size))
            out[part, :4] = _interval(family, observed[part], tilt[np.searchsorted(some, part)], confidence)
            out[part, 4] = _detectable(family)
    return out


def _times(left: Any, right: Any) -> Any:
    """A matrix times a matrix or a vector, added up in one order on every machine.

    The kernels of BLAS add in an order of their processor's own: the last digit of a limit would differ between
    machines, and with it the bytes of a report.
    """
    return np.einsum("ij,j...->i...", left, right)


class _Family:
    """The distributions of T for a block of units, all transformed with the same size."""

    def __init__(self, t: Floats, hours: Floats, total: Floats, size: int) -> None:
        self.t, self.hours, self.total, self.size = t, hours, total, size
        self.least = total * np.where(hours > 0, t, np.inf).min(axis=1)
        self.most = total * np.where(hours > 0, t, -np.inf).max(axis=1)

    def around(self, centre: Floats, shares: Floats) -> tuple[Floats, Floats]:
        """P(T = centre - j) and P(T = centre + j) for j = 0, 1, ..., each of shape (units, size / 2 + 1)."""
        half = self.size // 2
        j = np.arange(half + 1)
        waves = np.exp(-2j * np.pi / self.size * np.outer(self.t, j))
        # The phase of the centre is taken modulo the size in whole numbers, so a large T costs no digits.
        turn = np.exp(2j * np.pi / self.size * ((centre[:, None] * j) % self.size))
        mass = np.fft.irfft(_powers(_times(shares, waves), self.total) * turn, n=self.size, axis=1)
        np.maximum(mass, 0.0, out=mass)
        up = mass[:, : half + 1] * (j <= (self.most - centre)[:, None])
        down = mass[:, (-j) % self.size] * (j <= (centre - self.least)[:, None])
        return down, up

    def log_norm(self, shares: Floats, edge: Floats, delta: Floats, total: Floats) -> tuple[Floats, Floats]:
        """N * log(sum p exp(delta (t - edge / N))) and its slope in delta."""
        gap = self.t - (edge / total)[:, None]
        power = delta[:, None] * gap
        top = power.max(axis=1, where=shares > 0, initial=-np.inf)
        weight = shares * np.exp(np.where(shares > 0, power - top[:, None], -np.inf))
        mass = weight.sum(axis=1)
        return total * (top + np.log(mass)), total * (weight * gap).sum(axis=1) / mass


def _shares(t: Floats, hours: Floats, beta: Floats) -> Floats:
    with np.errstate(divide="ignore"):
        power = np.log(hours) + beta[:, None] * t
    shares = np.exp(power - power.max(axis=1, keepdims=True))
    return np.asarray(shares / shares.sum(axis=1, keepdims=True))


def _tilt(t: Floats, hours: Floats, total: Floats, observed: Floats) -> Floats:
    """The beta at which T is expected where it was observed, or half a step inside its range: always finite."""
    least = total * np.where(hours > 0, t, np.inf).min(axis=1)
    most = total * np.where(hours > 0, t, -np.inf).max(axis=1)
    goal = np.clip(observed, least + 0.5, most - 0.5) / total

    def gap(rows: Rows, beta: Floats) -> tuple[Floats, Floats]:
        shares = _shares(t, hours[rows], beta)
        mean = _times(shares, t)
        return mean - goal[rows], (shares * (t - mean[:, None]) ** 2).sum(axis=1)

    return _root(gap, np.ones(len(hours), dtype=bool))


def _transform_size(t: Floats, shares: Floats, total: Floats) -> NDArray[np.int64]:
    mean = _times(shares, t)
    deviation = np.sqrt(total * (shares * (t - mean[:, None]) ** 2).sum(axis=1))
    whole = total * t.max() + 1
    window = 2 * (10 * deviation + 20 * t.max() + 1)  # the second part is for few, Poisson-like steps
    # Twice the whole range keeps both sides of any centre inside one period.
    return np.asarray(2 ** np.ceil(np.log2(np.minimum(2 * whole, window) + 2)), dtype=np.int64)


def _interval(family: _Family, observed: Floats, tilt: Floats, confidence: float) -> Floats:
    """low, beta, high, p around the observed T."""
    shares = _shares(family.t, family.hours, tilt)
    down, up = family.around(observed, shares)
    at_least, at_most = observed <= family.least, observed >= family.most
    tail = float(np.log((1 - confidence) / 2))
    low = tilt + _tail_root(family, shares, observed, up, -1.0, tail, ~at_least)
    high = tilt + _tail_root(family, shares, observed, down, 1.0, tail, ~at_most)
    beta = np.where(at_least, -np.inf, np.where(at_most, np.inf, tilt))
    low, high = np.where(at_least, -np.inf, low), np.where(at_most, np.inf, high)

    # Under no trend: the tail away from the tilt is a one-sided sum; the other is its complement and the atom.
    falling = tilt < 0
    side = np.where(falling[:, None], down, up)
    norm, _ = family.log_norm(shares, observed, -tilt, family.total)
    log_tail, _ = _one_sided(side, np.abs(tilt))
    near = np.exp(log_tail - norm)
    far = 1 - near + side[:, 0] * np.exp(-norm)
    # At the end of its range the tail is the whole distribution, where the sum is short of one by rounding.
    near = np.where(np.where(falling, at_most, at_least), 1.0, near)
    return np.stack([low, beta, high, np.minimum(1.0, 2 * np.minimum(near, far))], axis=1)


def _detectable(family: _Family) -> Floats:
    """The fall a year that the two-sided 5% test finds with 80% power, given this many cases and these hours."""
    shares = _shares(family.t, family.hours, np.zeros(len(family.total)))
    middle = np.floor(family.total * _times(shares, family.t))
    down, up = family.around(middle, shares)
    line = np.concatenate([down[:, :0:-1], up], axis=1)
    called = (np.cumsum(line, axis=1) <= _TEST_TAIL).sum(axis=1)  # how many values of T the test calls a fall
    first_missed = middle - (down.shape[1] - 1) + called
    column = called[:, None] + np.arange(line.shape[1])
    missed = np.take_along_axis(np.pad(line, ((0, 0), (0, line.shape[1]))), column, axis=1)
    possible = first_missed > family.least
    beta = _tail_root(family, shares, first_missed, missed, -1.0, float(np.log(_MISSED)), possible)
    return np.where(possible, -np.expm1(beta), np.nan)


def _powers(base: NDArray[np.complex128], exponents: Floats) -> NDArray[np.complex128]:
    """Each row to its own whole power, by squaring: ten times the speed of complex `**`."""
    left = exponents.astype(np.int64)[:, None]
    result = np.ones_like(base)
    while left.any():
        result = np.where(left & 1, result * base, result)
        base = base * base
        left = left >> 1
    return result


def _one_sided(mass: Floats, distance: Floats) -> tuple[Floats, Floats]:
    """log(sum mass_j exp(-distance j)) and the mean of j under those weights."""
    power = -distance[:, None] * np.arange(mass.shape[1])
    top = np.maximum(power[:, -1], 0.0)
    weight = mass * np.exp(power - top[:, None])
    total = np.maximum(weight.sum(axis=1), 1e-300)
    return top + np.log(total), _times(weight, np.arange(mass.shape[1])) / total


def _tail_root(
    family: _Family, shares: Floats, edge: Floats, mass: Floats, sign: float, target: float, rows: NDArray[np.bool_]
) -> Floats:
    """The delta at which the tail with these masses, counted from `edge`, has the probability exp(target).

    sign: 1 where the tail lies below the edge and shrinks as delta grows, -1 where it lies above. Zero outside `rows`.
    """

    def gap(live: Rows, delta: Floats) -> tuple[Floats, Floats]:
        log_sum, reach = _one_sided(mass[live], sign * delta)
        norm, slope = family.log_norm(shares[live], edge[live], delta, family.total[live])
        return sign * (target - (log_sum - norm)), reach + sign * slope

    return _root(gap, rows)


def _root(gap: Callable[[Rows, Floats], tuple[Floats, Floats]], rows: NDArray[np.bool_]) -> Floats:
    """Where an increasing function of each row crosses zero, by Newton's steps kept inside a bracket.

    gap(live rows, x) gives values and slopes. A tail of T need not be log-concave where years are missing or hours are
    very uneven, so a step that leaves the bracket, or does not halve the value, gives way to a bisection.
    """
    x, low, high = np.zeros(rows.size), np.full(rows.size, -np.inf), np.full(rows.size, np.inf)
    before = np.full(rows.size, np.inf)
    live = np.flatnonzero(rows)
    reach = 1.0
    for _ in range(300):
        if live.size == 0:
            break
        at = x[live]
        value, slope = gap(live, at)
        low[live] = np.where(value < 0, at, low[live])
        high[live] = np.where(value > 0, at, high[live])
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            step = np.nan_to_num(-value / slope, posinf=reach, neginf=-reach)
        newton = at + np.clip(step, -reach, reach)
        closed = np.isfinite(low[live]) & np.isfinite(high[live])
        with np.errstate(invalid="ignore"):
            middle = np.where(closed, (low[live] + high[live]) / 2, at - np.sign(value) * reach)
        there = np.abs(step) <= 1e-9 * (1 + np.abs(at))  # Newton squares its error: the next one is below rounding
        good = (newton > low[live]) & (newton < high[live]) & (np.abs(value) < 0.5 * before[live])
        before[live], x[live] = np.abs(value), np.where(there | good, newton, middle)
        live = live[~there & (high[live] - low[live] > 1e-14 * (1 + np.abs(at)))]
        reach *= 1.5
    return x
