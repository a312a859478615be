"""How the parts of a node become one: summed, averaged, the least, the most, rungs in a row, a share of what is due."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Part:
    """What a node has on every sheet; each field is an array, or one value where it is the same on all.

    points: of what was answered (meaningless where not `known`). low, high: the least and the most that the items in
    the base could give. least, most: the same once what was answered stands: they differ where something is
    unanswered. applies: whether anything is in the base.
    """

    points: Any
    low: Any
    high: Any
    least: Any
    most: Any
    known: Any
    applies: Any
    answered: Any
    unanswered: Any
    unexamined: Any
    mean: Any = None


#: What divides whole numbers and fractions into a fraction.
_EXACTLY = np.frompyfunc(Fraction, 2, 1)


def share(parts: list[Part], out_of: Any) -> dict[str, Any]:
    """`out_of` x earned / available, over all items below; where none is in the base it may be anything."""
    base = _total(p.high for p in parts)

    def combine(name: str) -> Any:
        settled = name != "points" or all(np.all(p.known | ~np.asarray(p.applies)) for p in parts)
        of = base if settled else _total(np.where(p.known, p.high, 0 * p.high) for p in parts)
        return out_of * ratio(_total(getattr(p, name) for p in parts), of)

    found, empty = _fields(parts, combine), np.equal(base, 0)
    return found | {k: np.where(empty, out_of, found[k]) for k in ("high", "most") if empty.any()}


def any_of(flags: Any) -> Any:
    """Where one of them is set."""
    found: Any = np.False_
    for flag in flags:
        found = found | flag
    return found


def _total(values: Any) -> Any:
    whole: Any = 0
    for value in values:
        whole = whole + value
    return whole


def ratio(a: Any, b: Any, nothing: Any = 0) -> Any:
    """The ratio a / b, and `nothing` where b is zero; a fraction unless one of them is a double."""
    divide = np.divide if "f" in (np.asarray(a).dtype.kind, np.asarray(b).dtype.kind) else _EXACTLY
    empty = np.equal(b, 0)
    if np.ndim(empty) == 0:
        return nothing if empty else divide(a, b)
    return np.where(empty, nothing, divide(a, np.where(empty, 1, b)))


_RANGE, _SCORE = ("low", "high"), ("points", "least", "most")


def _fields(parts: list[Part], combine: Callable[[str], Any]) -> dict[str, Any]:
    """Every field of a roll-up; where everything was answered, points, least and most are one and the same."""
    settled = all(p.points is p.least and p.least is p.most for p in parts)
    found = {k: combine(k) for k in (*_RANGE, *(_SCORE[:1] if settled else _SCORE))}
    return dict.fromkeys(_SCORE, found["points"]) | found


def _sum(parts: list[Part], weights: list[Any]) -> dict[str, Any]:
    return _fields(parts, lambda k: _total(getattr(p, k) for p in parts))


def _weighted_mean(parts: list[Part], weights: list[Any]) -> dict[str, Any]:
    """By weight, over the children in the base; points over those that are known."""

    def combine(name: str) -> Any:
        there = [_there(p, name) for p in parts]
        if all(np.ndim(t) == 0 and t for t in there):
            shares = weights
        else:
            shares = [np.where(t, w, 0 * w) for t, w in zip(there, weights, strict=True)]
        return ratio(_total(s * getattr(p, name) for s, p in zip(shares, parts, strict=True)), _total(shares))

    return _fields(parts, combine)


def _extreme(choose: Any) -> Callable[[list[Part], list[Any]], dict[str, Any]]:
    """The smallest, or the largest, of the children in the base."""

    def combine(parts: list[Part], name: str) -> Any:
        best, seen = getattr(parts[0], name), np.asarray(_there(parts[0], name))
        for p in parts[1:]:
            there, value = np.asarray(_there(p, name)), getattr(p, name)
            both = choose(best, value)
            best = both if (seen & there).all() else np.where(seen & there, both, np.where(there, value, best))
            seen = seen | there
        return best if seen.all() else np.where(seen, best, 0 * best)

    return lambda parts, weights: _fields(parts, lambda name: combine(parts, name))


def _there(part: Part, name: str) -> Any:
    """Where a child counts: it is in the base and, as to points, something is known of it."""
    return part.known & part.applies if name == "points" else part.applies


def _ladder(parts: list[Part], weights: list[Any]) -> dict[str, Any]:
    """How many rungs from the bottom are met in a row: each to the full, or not in the base."""
    none = 0 * parts[0].high

    def combine(name: str) -> Any:
        if name in _RANGE:
            return none + (len(parts) if name == "high" else 0)
        standing, count = np.True_, none
        for p in parts:
            standing = standing & (~np.asarray(p.applies) | (_there(p, name) & (getattr(p, name) == p.high)))
            count = count + np.where(standing, 1, 0)
        return count

    return _fields(parts, combine)


ROLLS: dict[str, Callable[[list[Part], list[Any]], dict[str, Any]]] = {
    "sum": _sum,
    "mean": _weighted_mean,
    "min": _extreme(np.minimum),
    "max": _extreme(np.maximum),
    "ladder": _ladder,
}
