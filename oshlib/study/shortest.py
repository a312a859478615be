"""The fewest steps that lift a total to a limit: a mixed-integer program over the tree of points."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from oshlib import frameworks
from oshlib.frameworks import Framework, Node, Sheets


def shortest(framework: Framework, sheets: Sheets, limit: float, compare: str) -> list[tuple[Node, int, int]] | None:
    """The judgements to raise and their new codes; None where even the best answers do not reach the limit."""
    model = _Model(framework, sheets, compare)
    root = model.of(framework.root)
    model.at_least(root, limit)
    return model.solved()


def judged(framework: Framework, sheets: Sheets) -> list[tuple[Node, int, NDArray[np.int8]]]:
    """Every judgement of the one sheet that a step can change: the item, its place among the methods, its code."""
    entered = {
        n.id
        for n in framework.nodes.values()
        if n.roll and n.number and sheets.number(n.id)[0] == sheets.number(n.id)[0]
    }
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


@dataclass
class _Line:
    """A linear form of the variables."""

    constant: float
    factors: dict[int, float]

    def times(self, by: float) -> _Line:
        return _Line(self.constant * by, {k: v * by for k, v in self.factors.items()})


class _Model:
    """A mixed-integer program: one yes-or-no variable a step, and the tree of points over them."""

    def __init__(self, framework: Framework, sheets: Sheets, compare: str) -> None:
        self.framework, self.sheets = framework, sheets
        self.parts = frameworks.score_sheets(framework, sheets, rounded=compare == "rounding")
        self.cost: list[float] = []
        self.whole: list[int] = []
        self.rows: list[tuple[dict[int, float], float]] = []
        self.steps: dict[tuple[str, int], list[int]] = {}
        self.judged = {}
        for leaf, i, codes in judged(framework, sheets):
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
                # Whole steps decide; among equals, those from the worst answers first, then by the file's order.
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
