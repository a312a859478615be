"""The name that a total earns: by its points, by its findings, the worse of the two, and a second word for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from oshlib.errors import OshError
from oshlib.frameworks.model import Framework
from oshlib.frameworks.score import Scores, half_unit, score_sheets

#: How a total is compared with limits that are printed in a source: rounded half up to their decimals, or as it is.
COMPARE = ("rounding", "absolute")
_NEAR = 1e-9

Places = NDArray[np.int64]


@dataclass(frozen=True)
class Banded:
    """Places in the framework's bands (0 is the best), one a sheet; -1 where it cannot be told.

    least, most: of the least and the most that the total can become once every item is answered. by_score: theirs
    where both are the same. by_findings: of the findings alone. final: the worse of the two, which enough findings
    settle before the score is known. adjective, adjusted: of the score, and as the final band lowers it. edge: the
    other way to compare gives another band.
    """

    least: Places
    most: Places
    by_score: Places
    by_findings: Places
    final: Places
    adjective: Places
    adjusted: Places
    edge: NDArray[np.bool_]


def bands(framework: Framework, scores: Scores, compare: str = "rounding") -> Banded:
    """The bands of every scored sheet. Errors: OshError on an unknown way to compare."""
    if compare not in COMPARE:
        raise OshError(f"compare: found {compare!r}, expected {' or '.join(COMPARE)}")
    decimals = framework.band_decimals
    rounded = decimals if compare == "rounding" else None
    limits = [b.limit for b in framework.bands]
    ends = _ends(framework, scores)
    least, most = _between(framework, scores, limits, ends, rounded)
    other = _between(framework, scores, limits, ends, None if rounded is not None else decimals)
    by_findings = _by_findings(framework, scores)
    finals = [np.maximum(place, by_findings) if limits else place for place in (least, most)]
    words = [a.limit for a in framework.adjectives]
    spoken = _between(framework, scores, words, ends, rounded)
    of_band = np.array([*(int(_place(words, [b.limit])[0]) for b in framework.bands), -1])
    lowered = [np.maximum(word, of_band[final]) if words else word for word, final in zip(spoken, finals, strict=True)]
    some = scores.of(framework.id).applies

    def told(pair: Sequence[Places]) -> Places:
        return np.where(some & (pair[0] == pair[1]), pair[0], -1)

    edge = ((least != other[0]) | (most != other[1])) & some
    return Banded(least, most, told((least, most)), by_findings, told(finals), told(spoken), told(lowered), edge)


def _ends(framework: Framework, scores: Scores) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    root = scores.of(framework.id)
    return np.asarray(root.least, dtype=float), np.asarray(root.most, dtype=float)


def _between(
    framework: Framework,
    scores: Scores,
    limits: Sequence[Fraction],
    ends: tuple[NDArray[np.float64], NDArray[np.float64]],
    decimals: int | None,
) -> tuple[Places, Places]:
    """The places of the least and of the most possible total; near a limit they are worked out in fractions."""
    if not limits:
        nowhere = np.full(scores.sheets.n, -1)
        return nowhere, nowhere
    real = [limit - half_unit(decimals) for limit in limits]
    places = [_place(real, values) for values in ends]
    doubt = np.zeros(scores.sheets.n, dtype=bool)
    if not _whole(framework):
        for values in ends:
            for limit in real:
                doubt |= np.abs(values - float(limit)) <= _NEAR * np.maximum(1.0, np.abs(values))
    rows = np.flatnonzero(doubt)
    if rows.size:
        root = score_sheets(framework, scores.sheets.take(rows), exact=True, rounded=scores.rounded).of(framework.id)
        for place, exactly in zip(places, (root.least, root.most), strict=True):
            place[rows] = _place(real, exactly)
    return places[0], places[1]


def _place(limits: Sequence[Fraction], values: Any) -> Places:
    """How many limits a value falls short of; the last place takes whatever is left."""
    exact = np.asarray(values).dtype == object
    marks = limits if exact else [float(limit) for limit in limits]
    short = sum((np.asarray([v < m for v in values] if exact else values < m) for m in marks[:-1]), np.int64(0))
    return np.broadcast_to(np.asarray(short, dtype=np.int64), (len(values),)).copy()


def _by_findings(framework: Framework, scores: Scores) -> Places:
    allowed = [b.findings for b in framework.bands if b.findings is not None]
    found = np.broadcast_to(scores.sheets.findings, (scores.sheets.n,))
    return np.asarray(sum((found > a for a in allowed), np.zeros(scores.sheets.n, dtype=np.int64)), dtype=np.int64)


def _whole(framework: Framework) -> bool:
    """Whether every total is a sum of whole numbers, which a double holds exactly."""
    rolls = {n.roll for n in framework.nodes.values() if n.roll}
    points = [c.points for leaf in framework.items if leaf.scale for c in leaf.scale.choices]
    simple = all(leaf.scale and not leaf.methods and not leaf.repeats for leaf in framework.items)
    return simple and rolls <= {"sum", "min", "max", "ladder"} and all(p is None or p.denominator == 1 for p in points)
