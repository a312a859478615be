"""What would change a list: so many cases fewer, so many more; and how far chance could have done it."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import special

from oshlib.rates import MEASURES
from oshlib.targeting.facts import Facts, Truth
from oshlib.targeting.model import LISTED, LISTS, OFF, UNDETERMINED, Condition
from oshlib.targeting.tree import Decided, decide


def by_cases(facts: Facts, outcome: Any) -> dict[str, Any]:
    """The fewest cases fewer, and more, that lead to another list, and to which; NaN and -1 where no number does.

    One measure at a time, the others as they are; of several the one that needs the fewest. outcome: the list of
    each as it is. `line`: the limit of the directive's own measure at which an establishment comes onto a list at
    all, whichever it is, with everything else as it is; NaN where it is on none, or on one whatever its rate.
    """
    n = facts.n
    found = {side: np.full(n, np.nan) for side in ("fewer", "more")}
    to = {side: np.full(n, -1, dtype=np.int8) for side in found}
    line = np.full(n, np.nan)
    conditions = {c for s in facts.directive.steps for c in s.when if c.column in MEASURES}
    for measure in sorted({c.column for c in conditions}):
        limits = sorted({float(c.of(facts.directive.limits)) for c in conditions if c.column == measure})
        first = np.array([facts.first_over(measure, limit) for limit in limits])
        decided = [_in_band(facts, measure, limits, band) for band in range(len(limits) + 1)]
        by_band = [d.outcome for d in decided]
        if measure == facts.directive.measure:
            for limit, below, over in zip(reversed(limits), decided[-2::-1], decided[:0:-1], strict=True):
                line[(below.possible & _bits(OFF) > 0) & (over.possible & ~_bits(*LISTED) == 0)] = limit
        cases = facts.rate(measure)[0]
        least, most = _room(facts, measure)
        for side, order, step in (("fewer", reversed(range(len(limits))), -1), ("more", iter(range(len(limits))), 0)):
            done = ~((cases >= 0) & (outcome >= 0))
            for j in order:
                count = first[j] + step
                there = ~done & ((count < cases) if side == "fewer" else (count > cases))
                there &= (count >= least) & ~(count > most)
                band = (first <= count).sum(axis=0)
                other = np.choose(band, by_band)
                new = there & (other != outcome)
                done |= new
                closer = new & ~(np.abs(count - cases) >= found[side])
                found[side][closer] = np.abs(count - cases)[closer]
                to[side][closer] = np.where(other < 0, LISTS.index(UNDETERMINED), other)[closer]
    return {**found, "fewer_list": to["fewer"], "more_list": to["more"], "line": line}


def luck(cases: Any, hours: Any, line: Any, per: float, over: Any) -> Any:
    """The chance of so many cases, or more, if the true rate lay just at a line; below it, of so few or fewer.

    over: where the count is at or over the line. Above (1 - confidence) / 2 the exact interval of the rate reaches the
    line. NaN where there is no rate or no line. Arrays of one shape. Source: Garwood 1936, the same tails.

    >>> [round(float(p), 3) for p in luck(np.array([7.0, 15.0]), 200_000.0, 7.0, 200_000.0, np.array([True, True]))]
    [0.55, 0.006]
    """
    n, h, at, over = np.broadcast_arrays(cases, hours, line, over)
    known = (n >= 0) & (h > 0) & (at > 0)
    tail = np.full(n.shape, np.nan)
    above, below = known & over & (n > 0), known & ~over
    tail[known & over] = 1.0
    tail[above] = special.pdtrc(n[above] - 1, at[above] * h[above] / per)
    tail[below] = special.pdtr(n[below], at[below] * h[below] / per)
    return tail


def _bits(*lists: str) -> np.uint16:
    return np.uint16(sum(1 << LISTS.index(name) for name in lists))


def _in_band(facts: Facts, measure: str, limits: list[float], band: int) -> Decided:
    """Everybody's list if their rate lay at or over just so many of the limits."""
    everyone, nobody = np.ones(facts.n, dtype=bool), np.zeros(facts.n, dtype=bool)

    def truth(condition: Condition) -> Truth:
        if condition.column != measure:
            return facts.truth(condition)
        over = band > limits.index(float(condition.of(facts.directive.limits)))
        return (everyone if over == (condition.op == ">=") else nobody), nobody

    return decide(facts.directive.steps, LISTS, truth, facts.n)


def _room(facts: Facts, measure: str) -> tuple[Any, Any]:
    """Between which counts a measure can move while the others stay: a part is never more than its whole."""
    asked = {c.column for s in facts.directive.steps for c in s.when}
    parts = [m.id for m in MEASURES.values() if m.part_of == measure and m.id in asked]
    least = np.fmax.reduce([np.zeros(facts.n), *(facts.rate(p)[0] for p in parts)])
    whole = MEASURES[measure].part_of
    return least, facts.rate(str(whole))[0] if whole in asked else np.full(facts.n, np.inf)
