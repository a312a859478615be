"""Counts of companies, and figures over them, as far as they may be shown where nobody is to be told apart.

Tables of cases and hours by group go through oshlib.disclosure; this is for what stands beside them: how many companies
passed a test, and sums, means and medians of what some of them gave.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from oshlib.disclosure import Rules
from oshlib.disclosure.primary import broken

_RULES = Rules()
#: Below this a count is shown as "<5"; below the second number of companies no figure is.
SMALL, LEAST = _RULES.small, _RULES.least_companies
#: What stands for a count below SMALL, zero included, and for one that is left out so that no other can be worked out.
FEW = f"<{SMALL}"
HIDDEN = "hidden"
#: The least range that a count which is not shown has to keep.
_RANGE = _RULES.least_range


@dataclass(frozen=True)
class Shown:
    """A figure as it may be shown. value: NaN where it may not; text: FEW or HIDDEN then, else ""; n: how many gave it.

    n is NaN where it would say too much. why: a key of oshlib.disclosure.WHY.
    """

    value: float
    text: str = ""
    n: float = float("nan")
    why: str = ""

    @property
    def known(self) -> bool:
        """Whether there is a value to show."""
        return self.value == self.value


def counts(parts: Mapping[str, int]) -> dict[str, Shown]:
    """How many companies stand in each part of one whole, whose total is known to the reader.

    A part below SMALL becomes FEW; others become HIDDEN, the smallest first, until no part that is not shown can be
    worked out from the total and the rest to a range below 3, not even by one of those who stand in it or beside it.

    >>> {k: s.text or s.value for k, s in counts({"met": 20, "not met": 18, "unknown": 2}).items()}
    {'met': 20.0, 'not met': 'hidden', 'unknown': '<5'}
    """
    total = sum(parts.values())
    away = {k for k, n in parts.items() if n < SMALL}
    hidden: set[str] = set()
    while len(away | hidden) < len(parts) and _pinned(parts, away, hidden):
        rest = [k for k in parts if k not in away | hidden]
        hidden.add(min(rest, key=lambda k: (parts[k], -list(parts).index(k))))
    if _pinned(parts, away, hidden):  # so few that the total says too much: nothing is said of any part
        hidden, away = set(parts), set()
    found = {}
    for k, n in parts.items():
        text, why = (FEW, "small") if k in away else (HIDDEN, "complement") if k in hidden else ("", "")
        found[k] = Shown(float("nan") if text else float(n), text, float(total), why)
    return found


def total(values: Iterable[Any], whole: bool = True) -> Shown:
    """The sum of what companies gave, NaN being those who gave nothing; whole: a count, which is FEW where small.

    >>> total([10, 12, 9]).value, total([90, 5, 4]).why, total([1, 1, 1]).text, total([5, 6]).why
    (31.0, 'primary', '<5', 'primary')
    """
    known = _known(values)
    if whole and known.size >= LEAST and known.sum() < SMALL:
        # One company with two or more of at most four would tie it to a range below 3 for itself.
        alone = known.max(initial=0.0) >= 2
        return Shown(float("nan"), HIDDEN if alone else FEW, float(known.size), "small")
    why = refusal(known)
    return Shown(float(known.sum()), "", float(known.size)) if not why else _hidden(known, why)


def ratio(over: Iterable[Any], under: Iterable[Any], per: float = 1.0) -> Shown:
    """The sum of one figure over that of another, of the companies that gave both, times per.

    >>> round(ratio([2, 3, 4], [40, 60, 80], 20).value, 2), ratio([2, 3], [40, 60]).text
    (1.0, 'hidden')
    """
    pair = np.array([(a, b) for a, b in zip(over, under, strict=True) if a == a and b == b], dtype=float).reshape(-1, 2)
    why = refusal(pair[:, 1]) or refusal(pair[:, 0]) or ("small" if pair[:, 0].sum() < SMALL else "")
    if why or not pair[:, 1].sum() > 0:
        return _hidden(pair, why or "few")
    return Shown(float(pair[:, 0].sum() * per / pair[:, 1].sum()), "", float(len(pair)))


def middle(values: Iterable[Any], how: str = "mean") -> Shown:
    """The mean or the median of what companies gave, each counting once.

    A median is the figure of one or two of them, so it takes SMALL companies.

    >>> middle([80, 90, 100]).value, middle([80, 90, 100], "median").text
    (90.0, 'hidden')
    """
    known = _known(values)
    if known.size < (SMALL if how == "median" else LEAST):
        return _hidden(known, "few")
    return Shown(float(np.median(known) if how == "median" else known.mean()), "", float(known.size))


def refusal(values: Any) -> str:
    """Why a sum of these may not be shown: few, dominant, remainder; "" where it may. NaN are those who gave nothing.

    >>> refusal([60.0, 20.0, 20.0]), refusal([60.0, 39.0, 1.0]), refusal([61.0, 20.0, 19.0])
    ('', 'remainder', 'dominant')
    """
    return broken(_known(values), _RULES)


def _known(values: Iterable[Any]) -> Any:
    numbers = np.asarray(list(values), dtype=float)
    return numbers[~np.isnan(numbers)]


def _hidden(known: Any, why: str) -> Shown:
    """Which of the rules on companies it was, and how many there are, would say too much."""
    return Shown(float("nan"), HIDDEN, float("nan"), "primary" if why else "")


def _pinned(parts: Mapping[str, int], away: set[str], hidden: set[str]) -> bool:
    """Whether a reader, or a company that knows where it stands itself, can tie a part down to a range below _RANGE."""
    if not away | hidden:
        return False
    shown = sum(n for k, n in parts.items() if k not in away | hidden)
    rest = sum(parts.values()) - shown
    for own in (None, *(k for k in away | hidden if parts[k])):
        least = {k: int(k == own) for k in away | hidden}
        most = {k: SMALL - 1 if k in away else rest for k in away | hidden}
        for k in least:
            low = max(least[k], rest - sum(m for j, m in most.items() if j != k))
            high = min(most[k], rest - sum(m for j, m in least.items() if j != k))
            if high - low < _RANGE:
                return True
    return False
