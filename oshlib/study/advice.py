"""What to recommend for the next year: each a pure function of numbers that are shown; silent where none speaks for it.

The limits are ours; each recommendation carries the number that chose it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from scipy import special

from oshlib import words
from oshlib.study.contacts import QUARTERS

#: A participant's year without a rate in so many of a hundred is a habit, no mishap.
_WITHOUT = 0.05
#: So much of the potential contacts is to be reached: fewer means that somebody misses a session in five.
_COVERAGE = 0.80
#: The share of participants that reach the score below which program work goes before single hazards.
_REACHED = 0.50


@dataclass(frozen=True)
class Advice:
    """One recommendation, and the number that chose it."""

    id: str
    text: str
    because: str


@dataclass(frozen=True)
class Numbers:
    """What recommendations rest on; NaN (or an empty mapping) is a number that is not shown.

    ratio, p: the combined rate over that of the year before. types: cases by targeted type, of those that are shown.
    met, judged: who met the goal, of those determined; luck: how many would by luck alone; p_luck: the chance of so
    many. above: above the average. reached, scored: at the score, of those whose score is known. holders: of a course
    per `heads` employees, of whom `asked` are asked for. notice: days that a notice of removal leaves. without: years
    without a rate, of `members`.
    """

    confidence: float = 0.95
    ratio: float = math.nan
    p: float = math.nan
    types: Mapping[str, float] | None = None
    met: float = math.nan
    judged: float = math.nan
    luck: float = math.nan
    p_luck: float = math.nan
    above: float = math.nan
    reached: float = math.nan
    scored: float = math.nan
    coverage: float = math.nan
    initiatives: float = math.nan
    holders: float = math.nan
    heads: float = math.nan
    asked: float = math.nan
    notice: float = math.nan
    without: float = math.nan
    members: float = math.nan


def advise(n: Numbers) -> list[Advice]:
    """Every recommendation that the numbers choose, the rate first.

    >>> [a.id for a in advise(Numbers(ratio=1.4, p=0.01, coverage=0.9))]
    ['rise']
    """
    said = [rise(n), leading_type(n), luck(n), above(n), score(n), coverage(n), initiatives(n), holders(n), records(n)]
    return [one for one in said if one is not None]


def rise(n: Numbers) -> Advice | None:
    """The combined rate rose beyond chance."""
    if not (n.ratio > 1 and n.p < _alpha(n)):
        return None
    text = "Put the rise of the combined rate on the agenda of the first call; ask what changed where it rose."
    return Advice("rise", text, f"{words.percent(n.ratio - 1, 0)} on the year before, p {words.p_value(n.p)}")


def leading_type(n: Numbers) -> Advice | None:
    """One targeted type comes before the next of them beyond chance: an exact binomial test of the two."""
    known = sorted((n.types or {}).items(), key=lambda kv: -kv[1])
    if len(known) < 2:
        return None
    (name, first), (other, second) = known[:2]
    # P of so many or more of first + second at one half, both ways.
    p = min(1.0, 2 * float(special.betainc(first, second + 1, 0.5))) if first > second else 1.0
    if p >= _alpha(n):
        return None
    text = f"Choose an initiative against the most frequent targeted type: {_small(name)}."
    return Advice("leading type", text, f"{first:.0f} cases, {second:.0f} of {_small(other)}; p {words.p_value(p)}")


def luck(n: Numbers) -> Advice | None:
    """No more met the goal than luck alone would give."""
    if not (n.judged > 0 and n.p_luck >= _alpha(n)):
        return None
    text = "Judge the goal by three years pooled as well: one year of so few cases cannot tell who reached it."
    return Advice(
        "luck", text, f"{n.met:.0f} met it, {words.number(n.luck)} would by luck; p {words.p_value(n.p_luck)}"
    )


def above(n: Numbers) -> Advice | None:
    """Some are above the average."""
    if not n.above > 0:
        return None
    left = f": a notice of removal leaves {n.notice:.0f} days" if n.notice == n.notice else ""
    text = f"Write to those above the average{left}; offer a visit before it."
    return Advice("above", text, f"{n.above:.0f} above the average of the year")


def score(n: Numbers) -> Advice | None:
    """Fewer than half reach the score."""
    if not (n.scored > 0 and n.reached / n.scored < _REACHED):
        return None
    text = "Help with the program before single hazards: go through the scored audit with those below the score."
    return Advice("score", text, f"{n.reached:.0f} of {n.scored:.0f} reach it, fewer than {words.part(_REACHED)}")


def coverage(n: Numbers) -> Advice | None:
    """Sessions miss more than one in five."""
    if not n.coverage < _COVERAGE:
        return None
    text = "Offer each initiative a second time: by shift or by plant."
    return Advice(
        "coverage", text, f"{words.part(n.coverage, 1)} of the potential contacts, below {words.part(_COVERAGE)}"
    )


def initiatives(n: Numbers) -> Advice | None:
    """Fewer initiatives than quarters."""
    if not n.initiatives < len(QUARTERS):
        return None
    text = "Hold an initiative in every quarter."
    return Advice("initiatives", text, f"{n.initiatives:.0f} of {len(QUARTERS)} held")


def holders(n: Numbers) -> Advice | None:
    """Fewer holders of a course per so many employees than are asked for."""
    if not n.holders < n.asked:
        return None
    many = "one" if n.asked == 1 else words.number(n.asked, 0)
    text = f"Train more supervisors, operators and lead persons: {many} per {n.heads:.0f} employees is asked for."
    return Advice("holders", text, f"{words.number(n.holders, 2)} per {n.heads:.0f} employees")


def records(n: Numbers) -> Advice | None:
    """More than a few gave no usable hours or cases."""
    if not (n.members > 0 and n.without / n.members > _WITHOUT):
        return None
    text = "Ask for the summary and the hours by the end of January; a year without them is no year without cases."
    return Advice("records", text, f"{n.without:.0f} of {n.members:.0f} gave no usable hours or cases")


def _alpha(n: Numbers) -> float:
    """The part of 1 that the confidence leaves, as it is written: 0.05, not a little more."""
    return round(1 - n.confidence, 12)


def _small(text: str) -> str:
    return text[:1].lower() + text[1:]
