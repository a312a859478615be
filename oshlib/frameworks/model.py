"""What a framework is once it is read: scales, nodes and bands, as plain frozen records."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import Any


@dataclass(frozen=True)
class Choice:
    """One answer of a scale. points: None in a scale of categories, which is shown and never scored."""

    answer: str
    points: Fraction | None
    name: str = ""


@dataclass(frozen=True)
class Scale:
    """The answers that an item may be given, best first, and those that take it out of the base."""

    id: str
    choices: tuple[Choice, ...]
    outside: tuple[str, ...] = ()
    unexamined: tuple[str, ...] = ()

    @property
    def answers(self) -> tuple[str, ...]:
        """Every answer that is taken."""
        return (*(c.answer for c in self.choices), *self.outside, *self.unexamined)


@dataclass(frozen=True)
class Number:
    """A measured or entered number within limits; origin: where it is taken from if it was not entered."""

    id: str
    title: str = ""
    unit: str = ""
    low: Fraction | None = None
    high: Fraction | None = None
    origin: Mapping[str, Any] | None = None

    @property
    def percent(self) -> bool:
        """Whether its sign may stand behind it: 90% of a plain ratio would be 0.9, and 90 is read of a percentage."""
        return self.unit == "%" or (self.low == 0 and self.high == 100)


@dataclass(frozen=True)
class Step:
    """One of the cuts: a value below (strict) or up to the limit (None: whatever is left) gives an answer or points."""

    limit: Fraction | None
    strict: bool
    gives: str | None
    points: Fraction | None
    needs: bool


@dataclass(frozen=True)
class Cuts:
    """How a measured value becomes an answer. needs: a yes/no that some of the steps ask for."""

    value: Number
    steps: tuple[Step, ...]
    needs: Number | None = None
    decimals: int | None = None


@dataclass(frozen=True)
class Formula:
    """A formula by its name, and the numbers that it takes beside the measured value."""

    name: str
    value: Number
    numbers: Mapping[str, Fraction]


@dataclass(frozen=True)
class Node:
    """A place in the tree: an inner node has a `roll` and children, a leaf one way to turn an answer into points."""

    id: str
    title: str
    parent: str = ""
    depth: int = 0
    children: tuple[str, ...] = ()
    roll: str = ""
    weight: Fraction = Fraction(1)
    out_of: Fraction = Fraction(100)
    needs_all: bool = False
    apart: bool = False
    also: str = ""
    scale: Scale | None = None
    levels: Mapping[str, str] = field(default_factory=dict)
    methods: tuple[str, ...] = ()
    repeats: bool = False
    counts_if: Mapping[str, str] = field(default_factory=dict)
    mirrors: str = ""
    cuts: Cuts | None = None
    number: Number | None = None
    formula: Formula | None = None
    none: str = ""
    suggest: Mapping[str, Any] | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    note: str = ""
    aim: str = ""
    line: str = ""

    @property
    def scored(self) -> bool:
        """Whether answers to it can become points."""
        return bool(
            self.roll
            or self.number
            or self.formula
            or self.cuts
            or (self.scale and self.scale.choices[0].points is not None)
        )


@dataclass(frozen=True)
class Band:
    """A name for a range of totals, and the most findings that it allows (None: any number)."""

    id: str
    title: str
    limit: Fraction
    findings: int | None = None
    tone: str = "flat"
    say: str = ""


@dataclass(frozen=True)
class Adjective:
    """A second word and colour for the same totals."""

    title: str
    colour: str
    limit: Fraction


@dataclass(frozen=True)
class Beside:
    """A proportion that is shown at a node and never scored."""

    id: str
    title: str
    node: str
    part: Number
    whole: Number


@dataclass(frozen=True)
class Framework:
    """One audit scheme, as its file says it. nodes: by id, parents before children, in the order of the file."""

    id: str
    title: str
    short: str
    file: str
    source: str
    edition: str
    counts: str
    decimals: int
    notes: tuple[str, ...]
    nodes: Mapping[str, Node]
    scales: Mapping[str, Scale]
    methods: Mapping[str, str]
    bands: tuple[Band, ...] = ()
    band_decimals: int | None = None
    adjectives: tuple[Adjective, ...] = ()
    beside: tuple[Beside, ...] = ()
    sha256: str = ""

    @property
    def root(self) -> Node:
        """The node whose points are the total."""
        return self.nodes[self.id]

    @cached_property
    def leaves(self) -> list[Node]:
        """The nodes without children, in the order of the file."""
        return [n for n in self.nodes.values() if not n.roll]

    @cached_property
    def items(self) -> list[Node]:
        """The leaves that count towards the total."""
        return [n for n in self.leaves if n.scored and not self.is_apart(n)]

    @property
    def counts_findings(self) -> bool:
        """Whether a band asks for the number of findings."""
        return any(b.findings is not None for b in self.bands)

    @cached_property
    def numbers(self) -> dict[str, Number]:
        """Everything that is answered with a number or with yes and no, by the id under which it is answered."""
        found: dict[str, Number] = {}
        for n in self.nodes.values():
            cut = (n.cuts.value, n.cuts.needs) if n.cuts else ()
            for one in (n.number, n.formula.value if n.formula else None, *cut):
                if one:
                    found[one.id] = one
        for b in self.beside:
            found |= {b.part.id: b.part, b.whole.id: b.whole}
        return found

    def origins(self) -> Iterator[tuple[Node, Number]]:
        """Every number that has a source to be taken from, and its node."""
        for node in self.nodes.values():
            for one in (node.number, node.formula and node.formula.value, node.cuts and node.cuts.value):
                if one and one.origin:
                    yield node, one

    @cached_property
    def yes_no(self) -> set[str]:
        """Of `numbers`, those that are answered with yes or no."""
        return {n.cuts.needs.id for n in self.nodes.values() if n.cuts and n.cuts.needs}

    def is_apart(self, node: Node) -> bool:
        """Whether it, or what it stands under, is scored by itself."""
        return node.apart or bool(node.parent and self.is_apart(self.nodes[node.parent]))

    def below(self, node: Node) -> list[Node]:
        """The leaves under a node that count towards it."""
        if not node.roll:
            return [node]
        return [
            leaf
            for child in map(self.nodes.__getitem__, node.children)
            if not child.apart and child.scored
            for leaf in self.below(child)
        ]
