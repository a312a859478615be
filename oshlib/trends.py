"""Which way a series of counts goes and, kept apart, whether that can be told from chance.

The model is Poisson, log-linear in the year, with hours as exposure. Its p and interval are exact: given all
N cases the counts are multinomial with shares proportional to hours, so T = sum(year * cases) has a
distribution that is the N-th power of a short polynomial. Everything is vectorised over units.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from oshlib.conditional import conditional_test
from oshlib.directions import endpoint_sign, kendall_p, least_squares, ols_sign, pair_signs, poisson_sign
from oshlib.errors import OshError
from oshlib.exact import Floats, level

#: The four rules of direction, in the order of the last axis of `Trend.signs`.
RULES = ("fitted slope", "least squares", "Kendall S", "last against first")


@dataclass(frozen=True)
class Trend:
    """The trend of one series, or arrays with one entry a series; every field reads as a key too.

    annual_change, annual_change_low, annual_change_high: fractions a year; NaN where not finite or not known.
    p: exact conditional, two-sided. detectable: the fall a year, as a fraction, that these counts would show
    with 80% power at two-sided 5%. signs: last axis in the order of RULES, -1 down, 0, 1 up.
    """

    annual_change: Any
    annual_change_low: Any
    annual_change_high: Any
    p: Any
    detectable: Any
    direction: Any
    beyond_chance: Any
    kpa: Any
    signs: Any
    kendall_s: Any
    kendall_p: Any
    least_squares: Any
    used_years: Any
    total_cases: Any

    def __getitem__(self, name: str) -> Any:
        return getattr(self, name)

    def row(self, index: int) -> Trend:
        """The record of one series out of many."""
        return Trend(**{f.name: _plain(getattr(self, f.name)[index]) for f in fields(self)})


def trend(
    years: ArrayLike,
    cases: ArrayLike,
    hours: ArrayLike,
    confidence: float = 0.95,
    *,
    min_years: int | None = None,
    per: float = 200_000,
) -> Trend:
    """Annual change of a rate with its exact conditional interval and p, and the direction by four rules.

    years: shape (k,); cases and hours: shape (k,) for one series or (units, k). A year with no case count or
    no hours (NaN, or hours of zero) is missing. Fewer usable years than `min_years` (default: all k; never
    fewer than two) give no verdict. `per` scales `least_squares` only.

    Direction: favourable (falling) where at least one of RULES says down and none up, unfavourable the other
    way round, mixed where both signs occur, none where all are zero. It asks for no significance.
    Errors: OshError on repeated years, negative counts or hours, or a confidence outside 0..1.

    Source: exact conditional inference for an exponential family (Cox and Hinkley 1974, ch. 5).

    >>> t = trend([2019, 2020, 2021, 2022, 2023], [30, 27, 25, 24, 20], [1_000_000] * 5)
    >>> t.direction, round(t.annual_change, 4), round(t.p, 3), t.beyond_chance
    ('favourable', -0.0875, 0.156, False)
    """
    t, n, h, single = _series(years, cases, hours, confidence)
    usable = (n == n) & (h > 0)  # NaN is the only value that differs from itself
    n, h = np.where(usable, n, 0.0), np.where(usable, h, 0.0)
    used = usable.sum(axis=1)
    enough = used >= max(2, t.size if min_years is None else min_years)
    total = n.sum(axis=1)

    pairs = pair_signs(n, h, usable)
    kendall_s = pairs.sum(axis=(1, 2)) // 2
    signs = np.stack(
        [poisson_sign(t, n, h), ols_sign(t, n, h, usable), np.sign(kendall_s), endpoint_sign(pairs, usable)],
        axis=1,
    ).astype(np.int8)

    numbers = np.full((t.size and n.shape[0], 5), np.nan)
    if enough.any():
        numbers[enough] = conditional_test(t, n[enough], h[enough], confidence)
    low, beta, high, p, fall = numbers.T

    down, up = (signs < 0).any(axis=1), (signs > 0).any(axis=1)
    direction = np.select(
        [~enough, down & up, down, up], ["not determinable", "mixed", "favourable", "unfavourable"], "none"
    ).astype(object)
    kpa = np.select(
        [~enough, (direction == "favourable") | (total == 0)], ["not determinable", "satisfied"], "not satisfied"
    ).astype(object)
    beyond = np.where(enough, (p < 1 - confidence).astype(object), np.asarray(None))
    with np.errstate(invalid="ignore"):
        slopes = np.where(used >= 2, least_squares(t, n, h, usable) * per, np.nan)
    result = Trend(
        annual_change=np.where(np.isfinite(beta), np.expm1(beta), np.nan),
        annual_change_low=np.where(np.isfinite(low), np.expm1(low), np.nan),
        annual_change_high=np.where(np.isfinite(high), np.expm1(np.where(np.isfinite(high), high, 0)), np.nan),
        p=p,
        detectable=fall,
        direction=direction,
        beyond_chance=beyond,
        kpa=kpa,
        signs=signs,
        kendall_s=kendall_s,
        kendall_p=kendall_p(pairs, usable, kendall_s),
        least_squares=slopes,
        used_years=used,
        total_cases=total,
    )
    return result.row(0) if single else result


def fitted(
    years: ArrayLike,
    cases: ArrayLike,
    hours: ArrayLike,
    confidence: float = 0.95,
    per: float = 200_000,
    points: int = 41,
) -> Floats:
    """The fitted line of one series and its band: columns year, value, low, high; shape (points, 4).

    The band is the model's own (normal on the log scale, from the Fisher information): a picture of the fit,
    not a test. Empty, shape (0, 4), where the fitted slope is not finite or there is no case.

    >>> fitted([1, 2, 3], [4, 4, 4], [200_000] * 3, points=2)[:, 1]
    array([4., 4.])
    """
    t, n, h, _ = _series(years, cases, hours, confidence)
    usable = ((n == n) & (h > 0))[0]
    t, n0, h0 = t[usable], n[0, usable], h[0, usable]
    if usable.sum() < 2 or not np.isfinite(beta := _slope(t, n0, h0)):
        return np.empty((0, 4))
    mu = h0 * np.exp(beta * (t - t.mean()))
    mu *= n0.sum() / mu.sum()
    centre = float((mu * t).sum() / mu.sum())
    spread = float((mu * (t - centre) ** 2).sum())
    level = np.log(n0.sum()) - np.log((h0 * np.exp(beta * (t - centre))).sum())
    grid = np.linspace(t.min(), t.max(), points)
    eta = level + beta * (grid - centre)
    half = special.ndtri(0.5 + confidence / 2) * np.sqrt(1 / mu.sum() + (grid - centre) ** 2 / spread)
    first = np.asarray(years, dtype=float).min()
    return np.stack([grid + first, *(per * np.exp(eta + k * half) for k in (0, -1, 1))], axis=1)


def slope_tests(years: ArrayLike, cases: ArrayLike, hours: ArrayLike) -> dict[str, float]:
    """Two-sided p of the same slope by every method in use: how far a report depends on the choice.

    Keys: exact, score, likelihood ratio, Wald, quasi-Poisson (t on n - 2 df, dispersion at least 1). One series;
    NaN where a method has no value (Wald and quasi-Poisson at a slope that is not finite are near 1 or NaN).

    >>> p = slope_tests([1, 2, 3, 4, 5], [3, 0, 0, 0, 0], [1000] * 5)
    >>> round(p["exact"], 3), round(p["likelihood ratio"], 4), round(p["score"], 3)
    (0.016, 0.0019, 0.014)
    """
    exact = trend(years, cases, hours, min_years=2).p
    t, n, h, _ = _series(years, cases, hours, 0.95)
    usable = ((n == n) & (h > 0))[0]
    t, n0, h0 = t[usable], n[0, usable], h[0, usable]
    if t.size < 2 or not n0.any():  # nothing to test: p is 1, or there is none
        return dict.fromkeys(("exact", "score", "likelihood ratio", "Wald", "quasi-Poisson"), float(exact))
    flat = n0.sum() * h0 / h0.sum()
    centre = (flat * t).sum() / flat.sum()
    score = (n0 * (t - centre)).sum() ** 2 / (flat * (t - centre) ** 2).sum()
    beta = _slope(t, n0, h0)
    finite = bool(np.isfinite(beta))
    slope = beta if finite else np.copysign(50.0, beta)  # far enough that exp() leaves one year only
    mu = h0 * np.exp(slope * (t - (t.min() if slope < 0 else t.max())))
    mu *= n0.sum() / mu.sum()
    with np.errstate(divide="ignore", invalid="ignore"):
        lr = 2 * np.where(n0 > 0, n0 * np.log(mu / flat), 0).sum()
        pearson = (np.where(mu > 0, (n0 - mu) ** 2 / mu, 0)).sum()
    middle = (mu * t).sum() / mu.sum()
    z = slope * np.sqrt((mu * (t - middle) ** 2).sum()) if finite else np.nan
    spread = max(1.0, pearson / (t.size - 2)) if t.size > 2 else np.nan
    return {
        "exact": float(exact),
        "score": float(special.chdtrc(1, score)),
        "likelihood ratio": float(special.chdtrc(1, max(0.0, lr))),
        "Wald": float(2 * special.ndtr(-abs(z))),
        "quasi-Poisson": float(2 * special.stdtr(max(t.size - 2, 1), -abs(z) / np.sqrt(spread))),
    }


def _series(
    years: ArrayLike, cases: ArrayLike, hours: ArrayLike, confidence: float
) -> tuple[Floats, Floats, Floats, bool]:
    """Years from the first, and counts and hours in the order of time as two-dimensional arrays."""
    try:
        y, n, h = (np.asarray(values, dtype=float) for values in (years, cases, hours))
    except (TypeError, ValueError) as fault:
        raise OshError(f"years, cases and hours must be numbers: {fault}") from None
    ragged = {a.shape[-1:] for a in (n, h)} != {y.shape} or max(n.ndim, h.ndim) > 2
    if y.ndim != 1 or y.size == 0 or ragged or len({a.shape[0] for a in (n, h) if a.ndim == 2}) > 1:
        raise OshError(f"years, cases and hours must have the same length; found {y.shape}, {n.shape}, {h.shape}")
    if np.unique(y).size != y.size or (y % 1).any():
        raise OshError(f"years must be whole and each named once; found {y.tolist()}")
    level(confidence)
    if (n < 0).any() or (h < 0).any():
        raise OshError("cases and hours must not be negative")
    if np.isinf(n).any() or np.isinf(h).any():
        raise OshError("cases and hours must be finite")
    order = np.argsort(y)
    single = n.ndim == 1 and h.ndim == 1
    n, h = np.broadcast_arrays(np.atleast_2d(n), np.atleast_2d(h))
    return y[order] - y.min(), n[:, order], h[:, order], single


def _slope(t: Floats, n: Floats, h: Floats) -> float:
    return float(conditional_test(t, n[None], h[None], 0.95)[0, 1])


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value
