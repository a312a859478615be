"""Four readings of a direction, with signs settled in exact arithmetic."""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from oshlib.exact import Floats, fractions, sign_of_sum

Signs = NDArray[np.int8]
Usable = NDArray[np.bool_]


def poisson_sign(t: Floats, n: Floats, h: Floats) -> Signs:
    """Sign of the fitted slope, without fitting: that of H * sum(t n) - N * sum(t h)."""
    terms = np.stack([h.sum(1) * (n @ t), -n.sum(1) * (h @ t)], axis=1)

    def exactly(i: int) -> Fraction:
        ni, hi, ti = fractions(n[i]), fractions(h[i]), fractions(t)
        tn = sum((a * b for a, b in zip(ti, ni, strict=True)), Fraction(0))
        th = sum((a * b for a, b in zip(ti, hi, strict=True)), Fraction(0))
        return sum(hi, Fraction(0)) * tn - sum(ni, Fraction(0)) * th

    return sign_of_sum(terms, exactly, whole=_whole(n) & _whole(h))


def _ols_weights(t: Floats, usable: Usable) -> Floats:
    """K * (t - mean t) over the usable years: whole numbers, and zero elsewhere."""
    count, total = usable.sum(axis=1, keepdims=True), (usable * t).sum(axis=1, keepdims=True)
    return np.where(usable, count * t - total, 0.0)


def ols_sign(t: Floats, n: Floats, h: Floats, usable: Usable) -> Signs:
    """Sign of the least-squares slope of the rates."""
    weights = _ols_weights(t, usable)
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = np.where(usable, weights * n / h, 0.0)

    def exactly(i: int) -> Fraction:
        parts = zip(fractions(weights[i]), fractions(n[i]), fractions(h[i]), strict=True)
        return sum((w * a / b for w, a, b in parts if b), Fraction(0))

    return sign_of_sum(terms, exactly, whole=np.zeros(len(n), dtype=bool))


def least_squares(t: Floats, n: Floats, h: Floats, usable: Usable) -> Floats:
    """Least-squares slope of the rates, cases per hour and year."""
    weights = _ols_weights(t, usable)
    with np.errstate(divide="ignore", invalid="ignore"):
        rates = np.where(usable, n / h, 0.0)
        return np.asarray((weights * rates).sum(1) / (weights * t).sum(1))


def pair_signs(n: Floats, h: Floats, usable: Usable) -> NDArray[np.int64]:
    """Signs of later rate minus earlier rate, shape (units, k, k), antisymmetric; zero where either is missing."""
    k = n.shape[1]
    signs = np.zeros((len(n), k, k), dtype=np.int64)
    whole = _whole(n) & _whole(h)
    for i in range(k):
        for j in range(i + 1, k):
            terms = np.stack([n[:, j] * h[:, i], -n[:, i] * h[:, j]], axis=1)

            def exactly(row: int, i: int = i, j: int = j) -> Fraction:
                ni, nj, hi, hj = fractions((n[row, i], n[row, j], h[row, i], h[row, j]))
                return nj * hi - ni * hj

            both = usable[:, i] & usable[:, j]
            signs[:, i, j] = signs[:, j, i] = np.where(both, sign_of_sum(terms, exactly, whole=whole), 0)
    return signs


def endpoint_sign(pairs: NDArray[np.int64], usable: Usable) -> Signs:
    """Sign of the last usable rate against the first."""
    first = usable.argmax(axis=1)
    last = usable.shape[1] - 1 - usable[:, ::-1].argmax(axis=1)
    return np.asarray(pairs[np.arange(len(pairs)), first, last], dtype=np.int8)


def kendall_p(pairs: NDArray[np.int64], usable: Usable, s: NDArray[np.int64]) -> Floats:
    """Exact two-sided p of S over all orders of the same rates, ties included: twice the smaller tail."""
    both = usable[:, :, None] & usable[:, None, :]
    # How many usable years share each year's rate; a tie group of m shows up m times with the value m.
    shared = ((pairs == 0) & both).sum(axis=2)
    keys = np.sort(np.where(usable, shared, 0), axis=1)
    p = np.full(len(s), np.nan)
    patterns, inverse = np.unique(keys, axis=0, return_inverse=True)
    for index, pattern in enumerate(patterns):
        rows = inverse.ravel() == index
        sizes: list[int] = []
        for size in np.unique(pattern[pattern > 0]):
            sizes += [int(size)] * (int((pattern == size).sum()) // int(size))
        if sum(sizes) >= 2:
            values, below, above = _kendall_tails(tuple(sizes))
            at = np.searchsorted(values, s[rows])
            p[rows] = np.minimum(1.0, 2 * np.minimum(below[at], above[at]))
    return p


@lru_cache(maxsize=4096)
def _kendall_tails(ties: tuple[int, ...]) -> tuple[NDArray[np.int64], Floats, Floats]:
    """Values of S and P(S <= s), P(S >= s) for tie groups of these sizes, every order equally likely.

    The number of orders with a given count of inversions is a coefficient of the q-multinomial, a product of
    Gaussian binomials; S is the number of untied pairs less twice the inversions.
    """
    counts: list[int] = [1]
    placed = 0
    for size in ties:
        for i in range(1, size + 1):  # times (1 - q^(placed + i)) / (1 - q^i)
            counts = _divide(_times(counts, placed + i), i)
        placed += size
    total = sum(counts)
    values = np.arange(len(counts) - 1, -len(counts), -2)[::-1]
    below = np.array([sum(counts[: j + 1]) / total for j in range(len(counts))])
    above = np.array([sum(counts[j:]) / total for j in range(len(counts))])
    return values, below, above


def _times(counts: list[int], power: int) -> list[int]:
    out = counts + [0] * power
    for i, c in enumerate(counts):
        out[i + power] -= c
    return out


def _divide(counts: list[int], power: int) -> list[int]:
    out = list(counts)
    for i in range(power, len(out)):
        out[i] += out[i - power]
    return out[: len(out) - power]


def _whole(values: Floats) -> Usable:
    return np.asarray((values % 1 == 0).all(axis=1))
