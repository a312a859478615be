"""A decision tree over many establishments at once, in which what is unknown stays unknown until it cannot matter."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from oshlib.targeting.cells import Bools
from oshlib.targeting.facts import Truth
from oshlib.targeting.model import Condition, Step

#: Truth of a condition over all establishments.
Asked = Callable[[Condition], Truth]


@dataclass(frozen=True)
class Decided:
    """For every establishment: the outcome (an index, -1 where two are possible), the step that decided, what lacks.

    lacking: by column, where its blank leaves the outcome open. possible: the outcomes left, a bit for each.
    """

    outcome: NDArray[np.int8]
    step: NDArray[np.int16]
    lacking: dict[str, Bools]
    possible: NDArray[np.uint16]


def decide(steps: Sequence[Step], outcomes: Sequence[str], truth: Asked, n: int) -> Decided:
    """The outcome of the first step that holds; open where a step before it might hold and leads elsewhere.

    Where no step holds the outcome is -1 as well; a last step without conditions rules that out.
    """
    alive = np.ones(n, dtype=bool)
    possible = np.zeros(n, dtype=np.uint16)
    first = np.full(n, -1, dtype=np.int16)
    lacking: dict[str, Bools] = {}
    for number, step in enumerate(steps):
        holds, open_ = _all(step, truth, n)
        holds &= alive
        open_ &= alive
        bit = np.uint16(1 << outcomes.index(step.gives))
        possible |= holds * bit
        np.copyto(first, np.int16(number), where=holds)
        if open_.any():
            possible |= open_ * bit
            for condition in step.when:
                unknown = truth(condition)[1] & open_
                if unknown.any():
                    lacking[condition.column] = lacking.get(condition.column, np.zeros(n, dtype=bool)) | unknown
        alive ^= holds
    possible[alive] = 0
    # Where a single bit is set, its place is the outcome.
    places = np.full(1 << len(outcomes), -1, dtype=np.int8)
    places[1 << np.arange(len(outcomes))] = np.arange(len(outcomes))
    outcome = places[possible]
    return Decided(outcome, first, {c: mask & (outcome < 0) for c, mask in lacking.items()}, possible)


def holding(steps: Sequence[Step], truth: Asked, n: int) -> Any:
    """Where each step holds on its own: one row of booleans a step."""
    return np.array([_all(step, truth, n)[0] for step in steps], dtype=bool).reshape(len(steps), n)


def _all(step: Step, truth: Asked, n: int) -> Truth:
    """Conditions together: true where all are, unknown where none is false and one is unknown."""
    holds, may = np.ones(n, dtype=bool), np.ones(n, dtype=bool)
    for condition in step.when:
        true, unknown = truth(condition)
        holds &= true
        may &= true | unknown
    return holds, may & ~holds
