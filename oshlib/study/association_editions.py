"""What the editions of a report showed, and whether one figure more would give away what single companies gave."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from oshlib import masks
from oshlib.disclosure import Rules
from oshlib.masks import FEW, HIDDEN, SMALL, Shown

_RULES = Rules()


@dataclass(frozen=True)
class Editions:
    """Every figure of every edition, whether it was shown, and what each company gave to it: private.

    report: the year of the report that is being made. held: one mapping a figure: figure, year (that it is of),
    report, shown, given (by column, by company; empty where it was not shown). A figure that any edition hid stays
    hidden for its year; any other is held against all that were shown and rest on the same column, of whatever year.
    """

    report: int
    held: list[dict[str, Any]] = field(default_factory=list, repr=False)

    def settle(
        self, figure: str, year: int, given: Mapping[str, pd.Series], shown: Shown, step: float = 0.0,
        whole: bool = True,
    ) -> Shown:  # fmt: skip
        """The figure where it may be shown, else hidden. step: half of its last digit, times each giver a sum of it."""
        if not shown.known and not shown.text:
            return shown
        if shown.text == HIDDEN or self.may(figure, year, given, step, whole, shown.text == FEW):
            self.note(figure, year, given, shown.text != HIDDEN)
            return shown
        self.note(figure, year, given, False)
        return Shown(float("nan"), HIDDEN, shown.n, "difference")

    def may(
        self, figure: str, year: int, given: Mapping[str, pd.Series], step: float = 0.0, whole: bool = True,
        few: bool = False,
    ) -> bool:  # fmt: skip
        """Whether no edition hid it, and none showed what would give somebody away together with it.

        few: it is shown as FEW; two of these beside each other say nothing of what lies between them.
        """
        if any(e["figure"] == figure and e["year"] == year and not e["shown"] for e in self.held):
            return False
        return not any(
            telling(now, pd.Series(e["given"][column]), step, whole, e["year"] == year)
            for column, now in given.items()
            for e in self.held
            if e["shown"] and e["given"].get(column) and not (few and _small(e["given"][column]))
        )

    def note(self, figure: str, year: int, given: Mapping[str, pd.Series], shown: bool) -> None:
        """Keep what became of a figure."""
        kept = {c: {str(u): _plain(v) for u, v in own.items()} for c, own in given.items()} if shown else {}
        one = {"figure": figure, "year": int(year), "report": self.report, "shown": bool(shown), "given": kept}
        if one not in self.held:
            self.held.append(one)

    @property
    def own(self) -> list[dict[str, Any]]:
        """Those of this year's report, of all its editions: what its file keeps."""
        return [e for e in self.held if e["report"] == self.report]


def telling(now: pd.Series, then: pd.Series, step: float = 0.0, whole: bool = True, same_year: bool = False) -> bool:
    """Whether two sums over companies, or two counts of them by result (text), give away what single ones gave.

    now, then: what each company gave, or its result: as coarse as it is counted, or a move that no count shows would
    hide who came or left. step: so much is not known of each one's part, as where a sum
    is worked out from a rounded mean; whole: a count, which an estimate gives away within the least range (0.15 of it
    otherwise). same_year: two editions, so that whatever is not the same has to be a sum that may be shown itself; what
    differs by one or two companies never may, nor results of those who came or left that are all the same.

    >>> old = pd.Series({"A": 50.0, "B": 60.0, "C": 70.0})
    >>> new = pd.Series({"A": 50.0, "B": 60.0, "C": 71.0, "D": 40.0})
    >>> telling(new, old), telling(old, old), telling(new + 30, old)
    (True, False, False)
    """
    came, gone = now.index.difference(then.index), then.index.difference(now.index)
    both = now.index.intersection(then.index)
    moved = both[(now[both] != then[both]).to_numpy()]
    apart, changed = len(came) + len(gone), len(came) + len(gone) + len(moved)
    if not changed:
        return False
    if changed < _RULES.least_companies:  # came, left, or gave something else: the difference is theirs alone
        return True
    if any(isinstance(v, str) for v in (*now, *then)):
        alike = any(own.nunique() == 1 for own in (now[came], then[gone]))
        if same_year and apart and alike and len(moved) < _RULES.small:  # all of them are so: no number is needed
            return True
        return changed < _RULES.small and (same_year or 0 < apart < _RULES.least_companies)
    parts = pd.concat([now[came].astype(float), -then[gone].astype(float)])
    own = now[both].astype(float) - then[both].astype(float)
    if same_year and not masks.total(pd.concat([parts, own[moved]]).abs(), whole).known:
        return True
    return 0 < apart < _RULES.least_companies and _estimated(parts, own, step * (len(now) + len(then)), whole)


def _estimated(parts: pd.Series, own: pd.Series, blur: float, whole: bool) -> bool:
    """Whether the difference of two sums estimates the part of one that is in one of them only.

    To an outsider; to a company that stays and takes out its own change; to the other one of two. Zero is a figure.
    """
    difference = parts.sum() + own.sum()
    for unit, part in parts.items():
        for known in {0.0, float(parts.drop(unit).sum()), *own}:
            off = abs(difference - known - part)
            if off + blur <= _RULES.least_remainder * abs(part) or (whole and off + blur < _RULES.least_range):
                return True
    return False


def _small(given: Mapping[str, Any]) -> bool:
    """Whether what these gave was shown as FEW: a count of those who are so, or a sum."""
    return bool(sum(v == "yes" if isinstance(v, str) else v for v in given.values()) < SMALL)


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return value
    number = float(value)
    return int(number) if number.is_integer() else number
