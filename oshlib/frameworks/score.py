"""Answers to points: one scorer for every framework, vectorised over answer sheets, exact where a limit is near."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from oshlib.frameworks.model import Cuts, Framework, Node, Scale
from oshlib.frameworks.rolls import ROLLS, Part, any_of, ratio, share
from oshlib.frameworks.sheets import ABSENT, BLANK, UNEXAMINED, Sheets

Values = NDArray[Any]
#: Up to so many combinations of judgements are worked out once each, and not sheet by sheet.
_COMBINATIONS = 4096


def _falling_line(value: Values, numbers: Mapping[str, Any]) -> Values:
    """(start - value) x factor, within its limits."""
    points = (numbers["start"] - value) * numbers["factor"]
    return np.asarray(np.minimum(np.maximum(points, numbers["low"]), numbers["high"]))


#: The formulas that a leaf can name.
FORMULAS: dict[str, Callable[[Values, Mapping[str, Any]], Values]] = {"falling_line": _falling_line}


@dataclass(frozen=True)
class Scores:
    """The scored sheets: every node's part, and of items entered by a number or worked out, which they were."""

    sheets: Sheets
    parts: Mapping[str, Part]
    rounded: bool = True

    def of(self, node: str) -> Part:
        """One node's part, every field an array with one place a sheet."""
        part, n = self.parts[node], self.sheets.n
        return Part(**{k: None if v is None else np.broadcast_to(v, (n,)) for k, v in vars(part).items()})


def score_sheets(framework: Framework, sheets: Sheets, exact: bool = False, rounded: bool = True) -> Scores:
    """Points of every node.

    exact: in fractions instead of doubles (slower by a hundred times). rounded: a measured value is compared with the
    limits of `cuts` as rounded to their decimals, where they have any.
    """
    engine = _Engine(framework, sheets, exact, rounded)
    engine.visit(framework.root)
    return Scores(sheets, engine.parts, rounded)


class _Engine:
    """One pass over the tree, children before parents."""

    def __init__(self, framework: Framework, sheets: Sheets, exact: bool, rounded: bool) -> None:
        self.framework, self.sheets, self.exact, self.rounded = framework, sheets, exact, rounded
        self.parts: dict[str, Part] = {}

    def visit(self, node: Node) -> None:
        children = [self.framework.nodes[c] for c in node.children]
        for child in children:
            self.visit(child)
        if not node.scored:
            part = self._category(node)
        elif node.roll:
            inside = [c for c in children if not c.apart and c.scored]
            part = self._roll(node, inside)
        else:
            part = self._leaf(node)
        self.parts[node.id] = part

    def _of(self, value: Fraction) -> Any:
        if self.exact:
            return value.numerator if value.denominator == 1 else value
        return float(value)

    def _number(self, own: str) -> tuple[Values, NDArray[np.bool_]]:
        """What was entered under an id, zero where nothing was; and where something was."""
        values = self.sheets.number(own)
        there = ~np.isnan(values)
        return (self.sheets.exactly(own) if self.exact else np.where(there, values, 0.0)), there

    def _leaf(self, leaf: Node) -> Part:
        if leaf.scale:
            part = self._judged(leaf)
            return self._or(part, self._cut(leaf, leaf.cuts)) if leaf.cuts else part
        if leaf.cuts:
            return self._cut(leaf, leaf.cuts)
        if leaf.formula:
            value, there = self._number(leaf.id)
            numbers = {k: self._of(v) for k, v in leaf.formula.numbers.items()}
            points = FORMULAS[leaf.formula.name](value, numbers)
            return self._single(points, there, numbers["low"], numbers["high"])
        return self._entered(leaf)

    def _entered(self, node: Node) -> Part:
        """A number that is itself the points."""
        assert node.number is not None  # noqa: S101 - only nodes with one come here
        value, there = self._number(node.id)
        low, high = (self._of(Fraction(0) if v is None else v) for v in (node.number.low, node.number.high))
        spans = self.sheets.spans.get(node.id)
        if spans is None:
            return self._single(value, there, low, high)
        kind = object if self.exact else float
        ends = [np.array([low if s is None else self._of(s[k]) for s in spans], dtype=kind) for k in (0, 1)]
        ends[1] = np.where([s is None for s in spans], high, ends[1])
        return self._single(value, there, low, high, (ends[0], ends[1]))

    def _single(
        self, points: Values, there: NDArray[np.bool_], low: Any, high: Any, ends: tuple[Any, Any] | None = None
    ) -> Part:
        """A leaf with one answer, which is there or not. ends: what it can still be, where that is less than all."""
        shown = least = most = np.where(there, points, self._of(Fraction(0)))
        if not there.all():
            least, most = (np.where(there, points, end) for end in ends or (low, high))
        return Part(
            points=shown, least=least, most=most, low=low, high=high, known=there, applies=np.True_,
            answered=there.astype(np.int16), unanswered=(~there).astype(np.int16), unexamined=np.int16(0),
        )  # fmt: skip

    def _category(self, node: Node) -> Part:
        """Shown, never scored: only whether it was answered."""
        zero, never = self._of(Fraction(0)), np.False_
        return Part(zero, zero, zero, zero, zero, never, never, np.int16(0), np.int16(0), np.int16(0))

    def _judged(self, leaf: Node) -> Part:
        """The mean of the judgements: worked out once for every combination of them that occurs."""
        assert leaf.scale is not None  # noqa: S101 - only leaves with one come here
        codes, width = self.sheets.judgements(leaf), len(leaf.scale.choices) - ABSENT
        if not self.sheets.n or width ** len(codes) > _COMBINATIONS:
            return self._mean_of(leaf.scale, codes)
        place = np.zeros(self.sheets.n, dtype=np.int16)
        for code in codes:
            place = place * width + (code - ABSENT)
        there = np.flatnonzero(np.bincount(place))
        part = self._mean_of(leaf.scale, [c + ABSENT for c in np.unravel_index(there, [width] * len(codes))])
        which = np.zeros(width ** len(codes), dtype=np.int16)
        which[there] = np.arange(len(there))
        place = which[place]
        # By identity: points, least and most stay one array where they are one.
        grown = {id(v): v if np.ndim(v) == 0 else v[0] if (v == v[0]).all() else v[place] for v in vars(part).values()}
        return Part(**{k: grown[id(v)] for k, v in vars(part).items()})

    def _mean_of(self, scale: Scale, codes: Sequence[Values]) -> Part:
        """The mean of the judgements that were made; blank ones leave a range."""
        points = [self._of(c.points or Fraction(0)) for c in scale.choices]
        # A code is a place in the table, and a negative one counts from its end.
        table = np.array([*points, *[self._of(Fraction(0))] * 4], dtype=object if self.exact else float)
        best, worst = points[0], points[-1]
        if len(codes) == 1 and not (codes[0] < 0).any():
            value = table[codes[0]]
            return Part(value, worst, best, value, value, np.True_, np.True_, np.int16(1), np.int16(0), np.int16(0))
        total, made, blank = table[codes[0]], self._count(codes[0] >= 0), self._count(codes[0] == BLANK)
        for more in codes[1:]:
            total = total + table[more]
            made, blank = made + self._count(more >= 0), blank + self._count(more == BLANK)
        applies = (made + blank) > 0
        away = ~applies & np.any([c == UNEXAMINED for c in codes], axis=0)
        open_, zero = blank > 0, self._of(Fraction(0))
        points = least = most = ratio(total, made)
        if open_.any():
            least, most = (ratio(total + blank * end, made + blank) for end in (worst, best))
        everywhere = applies.all()
        return Part(
            points=points, least=least, most=most,
            low=worst if everywhere else np.where(applies, worst, zero),
            high=best if everywhere else np.where(applies, best, zero),
            known=np.True_ if (made > 0).all() else made > 0, applies=np.True_ if everywhere else applies,
            answered=(~open_).astype(np.int16), unanswered=open_.astype(np.int16), unexamined=away.astype(np.int16),
        )  # fmt: skip

    def _count(self, mask: NDArray[np.bool_]) -> Values:
        """Ones and zeros of the kind that the arithmetic needs."""
        return mask.astype(int).astype(object) if self.exact else mask.astype(float)

    def _cut(self, leaf: Node, cuts: Cuts) -> Part:
        """A measured value by its steps; where a step needs what was not said, it decides nothing."""
        value, there = self._number(cuts.value.id)
        has = self._number(cuts.needs.id)[0] == 1 if cuts.needs else np.True_
        given = {c.answer: c.points or Fraction(0) for c in leaf.scale.choices} if leaf.scale else {}
        steps = [(s, self._of(given[s.gives or ""] if leaf.scale else s.points or Fraction(0))) for s in cuts.steps]
        points, known, left = np.full(self.sheets.n, self._of(Fraction(0))), np.zeros(self.sheets.n, dtype=bool), there
        for step, worth in steps:
            mine = left if step.limit is None else left & self._within(value, step, cuts.decimals)
            points = np.where(mine, worth, points)
            known = known | (mine & (has if step.needs else True))
            left = left & ~mine
        worths = [worth for _, worth in steps]
        return self._single(points, np.asarray(known), min(worths), max(worths))

    def _within(self, value: Values, step: Any, decimals: int | None) -> NDArray[np.bool_]:
        """Below a limit, or up to it; a value that is rounded half up first reaches it half a unit sooner."""
        half = half_unit(decimals if self.rounded else None)
        limit = self._of(step.limit - half if step.strict else step.limit + half)
        return np.asarray(value < limit if step.strict or half else value <= limit, dtype=bool)

    def _or(self, first: Part, second: Part) -> Part:
        """The first where anything was answered or left out there, else the second."""
        blank = np.asarray(first.unanswered > 0) & ~np.asarray(first.known)
        return Part(**{
            k: None if a is None else np.where(blank, b, a)
            for (k, a), b in zip(vars(first).items(), vars(second).values(), strict=True)
        })  # fmt: skip

    def _roll(self, node: Node, inside: list[Node]) -> Part:
        parts = [self.parts[c.id] for c in inside]
        applies = any_of(p.applies for p in parts)
        if node.needs_all:  # what is missing keeps its place, and its whole range
            parts = [replace(p, applies=np.True_) for p in parts]
        if node.roll == "share":
            leaves = [self.parts[leaf.id] for leaf in self.framework.below(node)]
            fields = share(leaves, self._of(node.out_of))
        else:
            fields = ROLLS[node.roll](parts, [self._of(c.weight) for c in inside])
        known = any_of(p.known for p in parts)
        if node.needs_all:
            known = ~any_of(~np.asarray(p.known) for p in parts)
        counts = {k: sum((getattr(p, k) for p in parts), np.int16(0)) for k in ("answered", "unanswered", "unexamined")}
        part = Part(**fields, known=known, applies=applies, **counts, mean=self._mean(node))
        return self._or_entered(node, part) if node.number else part

    def _or_entered(self, node: Node, worked_out: Part) -> Part:
        """What was entered for a node goes before what its parts give."""
        entered = self._entered(node)
        fields = {
            k: None if v is None else np.where(entered.known, v, getattr(worked_out, k))
            for k, v in vars(entered).items()
        }
        return Part(**fields)

    def _mean(self, node: Node) -> Any:
        """The mean of the items below, where the framework shows it beside."""
        if node.also != "mean":
            return None
        leaves = [self.parts[leaf.id] for leaf in self.framework.below(node)]
        known = [np.broadcast_to(p.known & p.applies, (self.sheets.n,)) for p in leaves]
        total = sum(np.where(k, p.points, self._of(Fraction(0))) for k, p in zip(known, leaves, strict=True))
        count = sum(self._count(k) for k in known)
        return ratio(total, count, nothing=None if self.exact else np.nan)


def half_unit(decimals: int | None) -> Fraction:
    """Half of the last printed place: what is so near below a printed limit rounds up to it; none where not rounded."""
    return Fraction(0) if decimals is None else Fraction(1, 2) / 10**decimals
