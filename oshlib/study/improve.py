"""What would change a total: each item's next step, what it costs to reach the next band, what tips the band over."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from oshlib import frameworks
from oshlib.frameworks import Framework, Node, Sheets
from oshlib.frameworks.score import half_unit

#: What a limit in doubles may lack of itself; whether it was reached is settled by the scorer, exactly.
_SLACK = 1e-9


@dataclass(frozen=True)
class Path:
    """The fewest steps that lead to the next band. steps: item, method, before, after (answers), one row each item and
    method. findings: how many findings would have to be closed. possible: False where no answers lead there.
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
        for leaf, i, codes in _judged(framework, sheets)
        for step in (-1, 1)
        if leaf.scale and 0 <= codes[0] + step < len(leaf.scale.choices)
    ]
    now = frameworks.bands(framework, frameworks.score_sheets(framework, sheets), compare)
    many = _varied(sheets, [(leaf, i, after) for leaf, i, _, after in rows])
    scores = frameworks.score_sheets(framework, many)
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


def gains(framework: Framework, sheets: Sheets) -> pd.Series:
    """By item, what the total would gain if that item alone had its best answer; zero where it has it."""
    leaves = list(dict.fromkeys(leaf.id for leaf, *_ in _judged(framework, sheets)))
    if not leaves:
        return pd.Series(dtype=float)
    many = sheets.take(np.zeros(len(leaves), dtype=np.int64))
    for place, own in enumerate(leaves):
        many.codes[own] = [c.copy() for c in many.judgements(framework.nodes[own])]
        for codes in many.codes[own]:
            codes[place] = min(codes[place], 0)
    after = frameworks.score_sheets(framework, many).of(framework.id).least
    now = frameworks.score_sheets(framework, sheets).of(framework.id).least[0]
    return pd.Series(np.asarray(after, dtype=float) - float(now), index=leaves)


def cheapest(framework: Framework, sheets: Sheets, compare: str) -> Path | None:
    """The fewest steps to the next band; None where there is none above, or none to be told.

    A step raises one judgement by one place of its scale. Unanswered items count as their worst answer and are left
    so; measured values stay as they are. Of equally short ways, the one that begins with the worst answers.
    """
    banded = frameworks.bands(framework, frameworks.score_sheets(framework, sheets), compare)
    now = int(banded.final[0])
    if now <= 0:
        return None
    target = framework.bands[now - 1]
    allowed = target.findings
    over = 0 if allowed is None else max(0, int(np.ravel(sheets.findings)[0]) - allowed)
    rounded = framework.band_decimals if compare == "rounding" else None
    limit = float(target.limit - half_unit(rounded))
    for slack in (-_SLACK, 1e-6):
        chosen = _solve(framework, sheets, limit + slack)
        if chosen is None:
            return Path(target.id, pd.DataFrame(), 0, over, np.nan, False)
        after = _varied(sheets, [])
        for leaf, i, code in chosen:
            after.codes[leaf.id] = [c.copy() for c in after.judgements(leaf)]
            after.codes[leaf.id][i][:] = code
        scores = frameworks.score_sheets(framework, after)
        if frameworks.bands(framework, scores, compare).by_score[0] <= now - 1:
            break
    before = {(leaf.id, i): codes[0] for leaf, i, codes in _judged(framework, sheets)}
    steps = pd.DataFrame(
        [
            (leaf.id, leaf.methods[i] if leaf.methods else "", _answer(leaf, before[leaf.id, i]), _answer(leaf, code))
            for leaf, i, code in chosen
        ],
        columns=["item", "method", "before", "after"],
    )
    count = sum(int(before[leaf.id, i]) - code for leaf, i, code in chosen)
    return Path(target.id, steps, count, over, float(scores.of(framework.id).least[0]), True)


def _judged(framework: Framework, sheets: Sheets) -> list[tuple[Node, int, NDArray[np.int8]]]:
    """Every judgement of the one sheet that a step can change: the item, its place among the methods, its code."""
    entered = {n.id for n in framework.nodes.values() if n.roll and n.number and sheets.number(n.id)[0] == sheets.number(n.id)[0]}
    return [
        (leaf, i, codes)
        for leaf in framework.items
        if leaf.scale and not leaf.repeats and not _under(framework, leaf, entered)
        for i, codes in enumerate(sheets.judgements(leaf))
        if codes[0] >= 0
    ]


def _under(framework: Framework, node: Node, entered: set[str]) -> bool:
    """Whether a number was entered for something that it is a part of: then its answers change nothing."""
    return bool(node.parent) and (node.parent in entered or _under(framework, framework.nodes[node.parent], entered))


def _varied(sheets: Sheets, changes: list[tuple[Node, int, int]]) -> Sheets:
    """The one sheet as often as there are changes (once where there is none), each with its change."""
    many = sheets.take(np.zeros(max(1, len(changes)), dtype=np.int64))
    for place, (leaf, i, code) in enumerate(changes):
        own = many.codes[leaf.id] = [c.copy() for c in many.judgements(leaf)]
        own[i][place] = code
    return many


def _answer(leaf: Node, code: Any) -> str:
    return leaf.scale.choices[int(code)].answer if leaf.scale else ""


def _solve(framework: Framework, sheets: Sheets, limit: float) -> list[tuple[Node, int, int]] | None:
    """The judgements to raise and their new codes; None where even the best answers do not reach the limit."""
    model = _Model(framework, sheets)
    root = model.of(framework.root)
    model.at_least(root, limit)
    return model.solved()


@dataclass
class _Line:
    """A linear form of the variables."""

    constant: float
    factors: dict[int, float]

    def times(self, by: float) -> _Line:
        return _Line(self.constant * by, {k: v * by for k, v in self.factors.items()})


class _Model:
    """A mixed-integer program: one yes-or-no variable a step, and the tree of points over them."""

    def __init__(self, framework: Framework, sheets: Sheets) -> None:
        self.framework, self.sheets = framework, sheets
        self.parts = frameworks.score_sheets(framework, sheets)
        self.cost: list[float] = []
        self.whole: list[int] = []
        self.rows: list[tuple[dict[int, float], float]] = []
        self.steps: dict[tuple[str, int], list[int]] = {}
        self.judged = {}
        for leaf, i, codes in _judged(framework, sheets):
            self.judged[leaf.id, i] = int(codes[0])

    def variable(self, cost: float = 0.0, whole: bool = True) -> int:
        self.cost.append(cost)
        self.whole.append(int(whole))
        return len(self.cost) - 1

    def at_least(self, line: _Line, bound: float) -> None:
        self.rows.append((line.factors, bound - line.constant))

    def of(self, node: Node) -> _Line:
        """The least points of a node, in terms of the steps."""
        part = self.parts.of(node.id)
        if node.number and self.sheets.number(node.id)[0] == self.sheets.number(node.id)[0]:
            return _Line(float(part.least[0]), {})
        if not node.roll:
            return self._leaf(node)
        inside = [self.framework.nodes[c] for c in node.children]
        inside = [c for c in inside if c.scored and not c.apart and self.parts.of(c.id).applies[0]]
        if not inside:
            return _Line(0.0, {})
        return {
            "sum": self._sum, "mean": self._mean, "share": self._share,
            "min": self._min, "max": self._max, "ladder": self._ladder,
        }[node.roll](node, inside)  # fmt: skip

    def _leaf(self, leaf: Node) -> _Line:
        line = _Line(float(self.parts.of(leaf.id).least[0]), {})
        silent = leaf.mirrors and all(c[0] < 0 for c in self.sheets.codes.get(leaf.id, []))
        own = self.framework.nodes[leaf.mirrors] if silent else leaf
        places = [i for i in range(max(1, len(own.methods))) if (own.id, i) in self.judged]
        if not places or own.scale is None:
            return line
        base = sum(c[0] >= -1 for c in self.sheets.judgements(own))
        for i in places:
            code = self.judged[own.id, i]
            if (own.id, i) not in self.steps:
                worst = len(own.scale.choices) - 1
                # Whole steps decide; among equals those from the worst answers go first, then those of the file's order.
                costs = [1 + 1e-4 * (worst - code + k) + 1e-7 * len(self.cost) for k in range(code)]
                self.steps[own.id, i] = [self.variable(c) for c in costs]
                for first, then in zip(self.steps[own.id, i], self.steps[own.id, i][1:], strict=False):
                    self.at_least(_Line(0.0, {first: 1.0, then: -1.0}), 0.0)
            points = [float(c.points or 0) for c in own.scale.choices]
            for k, step in enumerate(self.steps[own.id, i]):
                gain = points[code - k - 1] - points[code - k]
                line.factors[step] = line.factors.get(step, 0.0) + gain / base
        return line

    def _sum(self, node: Node, inside: list[Node]) -> _Line:
        return self._weighted(inside, [1.0] * len(inside))

    def _mean(self, node: Node, inside: list[Node]) -> _Line:
        total = sum((c.weight for c in inside), Fraction(0))
        return self._weighted(inside, [float(c.weight / total) for c in inside])

    def _share(self, node: Node, inside: list[Node]) -> _Line:
        leaves = [leaf for leaf in self.framework.below(node) if self.parts.of(leaf.id).applies[0]]
        base = sum(float(self.parts.of(leaf.id).high[0]) for leaf in leaves)
        return self._weighted(leaves, [float(node.out_of) / base] * len(leaves))

    def _weighted(self, nodes: list[Node], weights: list[float]) -> _Line:
        total = _Line(0.0, {})
        for node, weight in zip(nodes, weights, strict=True):
            line = self.of(node).times(weight)
            total.constant += line.constant
            for k, v in line.factors.items():
                total.factors[k] = total.factors.get(k, 0.0) + v
        return total

    def _min(self, node: Node, inside: list[Node]) -> _Line:
        """A variable that no child is below."""
        floor = self.variable(whole=False)
        for child in inside:
            line = self.of(child)
            self.at_least(_Line(line.constant, {**line.factors, floor: line.factors.get(floor, 0.0) - 1.0}), 0.0)
        return _Line(0.0, {floor: 1.0})

    def _max(self, node: Node, inside: list[Node]) -> _Line:
        """A variable that one child, chosen, is not below."""
        top, most = self.variable(whole=False), float(self.parts.of(node.id).high[0])
        picks = [self.variable() for _ in inside]
        for child, pick in zip(inside, picks, strict=True):
            line = self.of(child)
            self.at_least(_Line(line.constant + most, {**line.factors, top: -1.0, pick: -most}), 0.0)
        self.at_least(_Line(0.0, dict.fromkeys(picks, 1.0)), 1.0)
        self.at_least(_Line(0.0, dict.fromkeys(picks, -1.0)), -1.0)
        return _Line(0.0, {top: 1.0})

    def _ladder(self, node: Node, inside: list[Node]) -> _Line:
        """One yes-or-no a rung, which asks for the child to the full and for the rung below."""
        rungs: list[int] = []
        for child in inside:
            line, rung = self.of(child), self.variable()
            full = float(self.parts.of(child.id).high[0])
            self.at_least(_Line(line.constant, {**line.factors, rung: -full}), 0.0)
            if rungs:
                self.at_least(_Line(0.0, {rungs[-1]: 1.0, rung: -1.0}), 0.0)
            rungs.append(rung)
        skipped = len(node.children) - len(inside)
        return _Line(float(skipped), dict.fromkeys(rungs, 1.0))

    def solved(self) -> list[tuple[Node, int, int]] | None:
        from scipy import optimize, sparse

        if not self.cost:
            return [] if all(bound <= 0 for _, bound in self.rows) else None
        matrix = sparse.lil_array((len(self.rows), len(self.cost)))
        for r, (factors, _) in enumerate(self.rows):
            for k, v in factors.items():
                matrix[r, k] = v
        high = np.where(np.array(self.whole) == 1, 1.0, np.inf)
        result = optimize.milp(
            self.cost,
            integrality=self.whole,
            bounds=optimize.Bounds(np.where(np.array(self.whole) == 1, 0.0, -np.inf), high),
            constraints=optimize.LinearConstraint(matrix.tocsr(), lb=[bound for _, bound in self.rows]),
            options={"mip_rel_gap": 0.0},
        )
        if result.x is None:
            return None
        chosen = []
        for (own, i), steps in self.steps.items():
            taken = sum(round(result.x[s]) for s in steps)
            if taken:
                chosen.append((self.framework.nodes[own], i, self.judged[own, i] - taken))
        return chosen
