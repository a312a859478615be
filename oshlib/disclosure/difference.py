"""Sums of nearly the same companies, in two years or two reports: their difference is a company that came or went."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from oshlib.disclosure.model import Mask, Rules, Year


@dataclass(frozen=True)
class Known:
    """The figure of each company in a sum; cell: its number in the year, or None for a sum that follows from others."""

    figures: dict[str, float]
    total: float
    members: Mask
    cell: int | None


def known(year: Year, quantity: str, every: bool = False) -> Iterator[Known]:
    """The sums that are shown, and those that follow: what a grouping shows together, and what the total leaves.

    every: the cells that are hidden as well, to ask of each whether it may be worked out.
    """
    for c, cell in enumerate(year.cells):
        if every or cell.shown.get(quantity) == "yes":
            yield _sum(year, quantity, cell.members, c)
    total = year.cells[0]
    for grouping in dict.fromkeys(c.grouping for c in year.cells[1:]):
        shown = [c.members for c in year.cells if c.grouping == grouping and c.shown.get(quantity) == "yes"]
        together = np.logical_or.reduce(shown) if shown else np.zeros(len(year.units), bool)
        if len(shown) > 1:
            yield _sum(year, quantity, together, None)
        if shown and total.shown.get(quantity) == "yes":
            yield _sum(year, quantity, ~together, None)


def _sum(year: Year, quantity: str, members: Mask, cell: int | None) -> Known:
    figures = year.figures(quantity, members)
    units = [year.units[i] for i in np.flatnonzero(members)]
    return Known(dict(zip(units, figures.tolist(), strict=True)), float(figures.sum()), members, cell)


def given_away(before: Known, after: Known, rules: Rules, counts: bool) -> float:
    """The largest figure that the difference of two sums gives away, or 0.

    Asked where one or two companies are in one of them only. The difference estimates the one, to an outsider and to
    a company that stays and takes out its own change; the other one of two takes out itself. An estimate gives a
    figure away within `least_remainder` of it; of counts, those that are not small, nearer than `least_range`.
    """
    changed = before.figures.keys() ^ after.figures.keys()
    if not 1 <= len(changed) <= 2:
        return 0.0
    change = after.total - before.total
    worst = 0.0
    for unit in changed:
        truth = after.figures.get(unit, before.figures.get(unit, 0.0))
        guesses = [change]
        if len(changed) == 2:
            (other,) = changed - {unit}
            guesses = [change - (after.figures.get(other, 0.0) - before.figures.get(other, 0.0))]
        else:
            guesses += [change - (after.figures[s] - before.figures[s]) for s in after.figures.keys() & before.figures]
        off = np.abs(np.array(guesses) * (1 if unit in after.figures else -1) - truth)
        if counts:
            hit = truth >= rules.small and (off < rules.least_range).any()
        else:
            hit = truth > 0 and (off <= rules.least_remainder * truth).any()
        worst = max(worst, truth) if hit else worst
    return worst


def found(year: Year, others: Sequence[Year], quantity: str, rules: Rules) -> list[tuple[Known, float]]:
    """The sums of the year that must not be known, each with the figure that it would give away."""
    counts = quantity == "cases"
    before = [k for other in others for k in known(other, quantity)]
    sums = list(known(year, quantity, every=True))
    hits = ((k, max((given_away(b, k, rules, counts) for b in before), default=0.0)) for k in sums)
    return [(k, figure) for k, figure in hits if figure]


def changed_total(year: Year, others: Sequence[Year], name: str, rules: Rules) -> bool:
    """The same for a figure that is shown in total only."""

    def total(one: Year) -> Known:
        units, values = one.sums[name]
        return Known(dict(zip(units, values.tolist(), strict=True)), float(values.sum()), np.ones(0, bool), 0)

    shown = [o for o in others if name in o.sums and o.cells[0].shown.get(name) == "yes"]
    return any(given_away(total(o), total(year), rules, counts=False) for o in shown)
