"""What would change a total: each item's next step, what it costs to reach the next band, what tips the band over."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from oshlib import frameworks
from oshlib.frameworks import Framework, Node, Scores, Sheets
from oshlib.frameworks.score import half_unit
from oshlib.study.shortest import judged, shortest

#: What a limit in doubles may lack of itself; whether it was reached is settled by the scorer, exactly.
_SLACK = 1e-9


@dataclass(frozen=True)
class Path:
    """The fewest steps that lead to the next band.

    steps: item, method, before, after (answers), one row a judgement. findings: how many would have to be closed.
    possible: False where no answers lead there.
    """

    target: str
    steps: pd.DataFrame
    count: int
    findings: int
    points: float
    possible: bool


def single_steps(framework: Framework, sheets: Sheets, compare: str) -> pd.DataFrame:
    """Every change of one judgement by one step: item, method, before, after, up, points (of the total), band, flips.

    Only what was judged by its scale is changed: not what a measured value decided, nor one of several interviews.
    """
    rows = [
        (leaf, i, codes[0], codes[0] + step)
        for leaf, i, codes in judged(framework, sheets)
        for step in (-1, 1)
        if leaf.scale and 0 <= codes[0] + step < len(leaf.scale.choices)
    ]
    now = frameworks.bands(framework, _scored(framework, sheets, compare), compare)
    many = _varied(sheets, [(leaf, i, after) for leaf, i, _, after in rows])
    scores = _scored(framework, many, compare)
    banded = frameworks.bands(framework, scores, compare)
    return pd.DataFrame({
        "item": [leaf.id for leaf, *_ in rows],
        "method": [leaf.methods[i] if leaf.methods else "" for leaf, i, *_ in rows],
        "before": [_answer(leaf, before) for leaf, _, before, _ in rows],
        "after": [_answer(leaf, after) for leaf, *_, after in rows],
        "up": [after < before for *_, before, after in rows],
        "points": np.where(scores.of(framework.id).known, scores.of(framework.id).points, np.nan).astype(float)
        if rows else [],
        "band": banded.final[: len(rows)],
        "flips": banded.final[: len(rows)] != now.final[0],
    })  # fmt: skip


def gains(framework: Framework, sheets: Sheets, compare: str) -> pd.Series:
    """By item, what the total would gain if that item alone had its best answer; zero where it has it."""
    leaves = list(dict.fromkeys(leaf.id for leaf, *_ in judged(framework, sheets)))
    if not leaves:
        return pd.Series(dtype=float)
    many = sheets.take(np.zeros(len(leaves), dtype=np.int64))
    for place, own in enumerate(leaves):
        many.codes[own] = [c.copy() for c in many.judgements(framework.nodes[own])]
        for codes in many.codes[own]:
            codes[place] = min(codes[place], 0)
    after, now = (_scored(framework, s, compare).of(framework.id) for s in (many, sheets))
    # From the total that is printed; where there is none, from the least that it can become.
    printed = bool(now.known[0])
    ends, start = (after.points, now.points[0]) if printed else (after.least, now.least[0])
    return pd.Series(np.asarray(ends, dtype=float) - float(start), index=leaves)


def cheapest(framework: Framework, sheets: Sheets, compare: str) -> Path | None:
    """The fewest steps to the next band; None where there is none above, or none to be told.

    A step raises one judgement by one place of its scale. Unanswered items count as their worst answer and are left
    so; measured values stay as they are. Of equally short ways, the one that begins with the worst answers.
    """
    banded = frameworks.bands(framework, _scored(framework, sheets, compare), compare)
    now = int(banded.final[0])
    if now <= 0:
        return None
    target = framework.bands[now - 1]
    allowed = target.findings
    over = 0 if allowed is None else max(0, int(np.ravel(sheets.findings)[0]) - allowed)
    rounded = framework.band_decimals if compare == "rounding" else None
    limit = float(target.limit - half_unit(rounded))
    reached = _reach(framework, sheets, compare, limit, now - 1)
    if reached is None:
        return Path(target.id, pd.DataFrame(), 0, over, np.nan, False)
    chosen, points = reached
    before = {(leaf.id, i): codes[0] for leaf, i, codes in judged(framework, sheets)}
    steps = pd.DataFrame(
        [
            (leaf.id, leaf.methods[i] if leaf.methods else "", _answer(leaf, before[leaf.id, i]), _answer(leaf, code))
            for leaf, i, code in chosen
        ],
        columns=["item", "method", "before", "after"],
    )
    count = int(sum(int(before[leaf.id, i]) - code for leaf, i, code in chosen))
    return Path(target.id, steps, count, over, points, True)


def _scored(framework: Framework, sheets: Sheets, compare: str) -> Scores:
    return frameworks.score_sheets(framework, sheets, rounded=compare == "rounding")


def _varied(sheets: Sheets, changes: list[tuple[Node, int, int]]) -> Sheets:
    """The one sheet as often as there are changes (once where there is none), each with its change."""
    many = sheets.take(np.zeros(max(1, len(changes)), dtype=np.int64))
    for place, (leaf, i, code) in enumerate(changes):
        own = many.codes[leaf.id] = [c.copy() for c in many.judgements(leaf)]
        own[i][place] = code
    return many


def _answer(leaf: Node, code: Any) -> str:
    return leaf.scale.choices[int(code)].answer if leaf.scale else ""


def _reach(
    framework: Framework, sheets: Sheets, compare: str, limit: float, place: int
) -> tuple[list[tuple[Node, int, int]], float] | None:
    """The fewest judgements to raise, and the total then; None where even the best answers do not lead there.

    Where doubles stop short of the limit itself, the scorer, which is exact, says so, and a little more is asked for.
    """
    for slack in (-_SLACK, 1e-6):
        chosen = shortest(framework, sheets, limit + slack, compare)
        if chosen is None:
            return None
        after = _varied(sheets, [])
        for leaf, i, code in chosen:
            after.codes[leaf.id] = [c.copy() for c in after.judgements(leaf)]
            after.codes[leaf.id][i][:] = code
        scores = _scored(framework, after, compare)
        if 0 <= frameworks.bands(framework, scores, compare).least[0] <= place:
            return chosen, float(scores.of(framework.id).least[0])
    return None
