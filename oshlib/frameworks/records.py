"""What a framework file says, made into records and refused by file, node and fault where it cannot be meant."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from itertools import pairwise
from typing import Any, NoReturn

from oshlib.errors import OshError
from oshlib.exact import as_written
from oshlib.frameworks.model import (
    Adjective,
    Band,
    Beside,
    Choice,
    Cuts,
    Formula,
    Framework,
    Node,
    Number,
    Scale,
    Step,
)
from oshlib.frameworks.score import FORMULAS
from oshlib.rates import MEASURES


class Reader:
    """One file's records, made in the order in which they need each other."""

    def __init__(self, raw: dict[str, Any], name: str) -> None:
        self.raw, self.name = raw, name
        self.scales = {i: self._scale(i, s) for i, s in raw.get("scales", {}).items()}
        self.nodes: dict[str, Node] = {}
        #: Every id under which something is answered or shown, and whose it is.
        self.taken: dict[str, str] = {}

    def framework(self) -> Framework:
        """The whole file as one record."""
        raw = self.raw
        for node in self._nodes(raw["tree"], "", 0):
            self.nodes[node.id] = node
        if next(iter(self.nodes)) != raw["id"]:
            self._fail(next(iter(self.nodes)), f"the first node has the framework's id, {raw['id']!r}")
        self._references()
        bands = raw.get("bands", {})
        return Framework(
            id=raw["id"],
            title=raw["title"],
            short=raw.get("short", raw["title"]),
            file=self.name,
            source=raw["source"],
            edition=raw.get("edition", ""),
            counts=raw["counts"],
            decimals=raw.get("decimals", 0),
            notes=tuple(raw.get("notes", ())),
            nodes=self.nodes,
            scales=self.scales,
            methods=raw.get("methods", {}),
            bands=self._bands(bands.get("names", [])),
            band_decimals=bands.get("round"),
            adjectives=tuple(
                Adjective(a["title"], a["colour"], as_written(a["from"]))
                for a in self._falling(raw.get("adjectives", []), "adjectives")
            ),
            beside=tuple(self._beside(b) for b in raw.get("beside", [])),
        )

    def _nodes(self, raw: dict[str, Any], parent: str, depth: int) -> Iterator[Node]:
        own = raw["id"]
        self._claim(own, own)
        self._one_kind(raw)
        children = raw.get("of", [])
        if raw.get("roll") != "mean" and (heavy := [c["id"] for c in children if "weight" in c]):
            self._fail(heavy[0], f"weight: {own} does not weigh its parts; only the roll mean does")
        if "weights" in raw:
            total = sum((as_written(c.get("weight", 1)) for c in children if not c.get("apart")), Fraction(0))
            if total != as_written(raw["weights"]):
                self._fail(own, f"the weights of its parts add up to {plain(total)}, expected {raw['weights']}")
        yield Node(
            parent=parent,
            depth=depth,
            children=tuple(c["id"] for c in children),
            weight=as_written(raw.get("weight", 1)),
            out_of=as_written(raw.get("out_of", 100)),
            scale=self._scale_of(raw),
            methods=self._methods(raw),
            number=self._number({**raw["number"], **_origin(raw)}, own, own) if "number" in raw else None,
            formula=self._formula(raw, own) if "formula" in raw else None,
            cuts=self._cuts(raw, own) if "cuts" in raw else None,
            **{
                k: raw[k]
                for k in (
                    "id", "title", "roll", "needs_all", "apart", "also", "levels", "repeats", "counts_if", "mirrors",
                    "none", "suggest", "facts", "note", "aim", "line",
                )
                if k in raw
            },
        )  # fmt: skip
        for child in children:
            yield from self._nodes(child, own, depth + 1)

    def _one_kind(self, raw: dict[str, Any]) -> None:
        own = raw["id"]
        kinds: list[str] = [k for k in ("scale", "number", "formula", "none") if k in raw]
        if ("roll" in raw) != ("of" in raw):
            self._fail(own, f"found {'roll' if 'roll' in raw else 'of'} alone; an inner node has both roll and of")
        if "of" in raw:
            if set(kinds) - {"number"} or "cuts" in raw:
                found = (*(k for k in kinds if k != "number"), "cuts")[0]
                self._fail(own, f"found of and {found}; expected a node with parts or an item, not both")
            return
        if "cuts" in raw and kinds != ["scale"]:
            kinds.append("cuts")
        if len(kinds) != 1:
            found = " and ".join(kinds) or "none of them"
            self._fail(own, f"found {found}; an item has one of scale, number, formula, cuts, none")

    def _scale_of(self, raw: dict[str, Any]) -> Scale | None:
        if "scale" not in raw:
            return None
        scale = self.scales.get(raw["scale"])
        if scale is None:
            self._fail(raw["id"], f"found the scale {raw['scale']!r}; expected one of {', '.join(self.scales)}")
        known = [c.answer for c in scale.choices]
        levels = raw.get("levels")
        for level in levels or ():
            if level not in known:
                self._fail(raw["id"], f"levels: found {level!r}; expected {', '.join(known)}")
        if missing := [a for a in known if levels and a not in levels]:
            self._fail(raw["id"], f"levels: found no {missing[0]!r}; expected {', '.join(known)}")
        return scale

    def _methods(self, raw: dict[str, Any]) -> tuple[str, ...]:
        known = self.raw.get("methods", {})
        for method in raw.get("methods", ()):
            if method not in known:
                self._fail(raw["id"], f"methods: found {method!r}; expected {', '.join(known) or 'a list of methods'}")
        return tuple(raw.get("methods", ()))

    def _scale(self, own: str, raw: dict[str, Any]) -> Scale:
        points = [None if p is None else as_written(p) for p in raw["choices"].values()]
        if None in points and set(points) != {None}:
            self._fail(own, "choices: some have points and some have none")
        known = [p for p in points if p is not None]
        if known != sorted(known, reverse=True) or len(set(known)) != len(known):
            self._fail(own, f"choices: found the points {', '.join(map(plain, known))}; expected the best first")
        names = raw.get("names", {})
        choices = tuple(Choice(a, p, names.get(a, "")) for a, p in zip(raw["choices"], points, strict=True))
        scale = Scale(own, choices, tuple(raw.get("outside", ())), tuple(raw.get("unexamined", ())))
        folded = [a.casefold() for a in scale.answers]
        for answer in scale.answers:
            if folded.count(answer.casefold()) > 1:
                self._fail(own, f"found the answer {answer!r} twice")
        for answer in names:
            if answer not in raw["choices"]:
                self._fail(own, f"names: found {answer!r}; expected {', '.join(raw['choices'])}")
        return scale

    def _number(self, raw: dict[str, Any], owner: str, default: str) -> Number:
        own = raw.get("id", default)
        if own != owner:
            self._claim(own, owner)
        low, high = (None if raw.get(k) is None else as_written(raw[k]) for k in ("low", "high"))
        if low is not None and high is not None and low >= high:
            self._fail(own, f"found low {plain(low)} and high {plain(high)}; expected low below high")
        self._measure(own, raw)
        return Number(own, raw.get("title", ""), raw.get("unit", ""), low, high, raw.get("from"))

    def _measure(self, own: str, raw: Mapping[str, Any]) -> None:
        """A rate that a number is taken from is one that there is."""
        if "rate" in (origin := raw.get("from") or {}) and origin["rate"] not in MEASURES:
            self._fail(own, f"from: found the rate {origin['rate']!r}; expected one of {', '.join(MEASURES)}")

    def _formula(self, raw: dict[str, Any], own: str) -> Formula:
        one = raw["formula"]
        if one["name"] not in FORMULAS:
            self._fail(own, f"formula: found {one['name']!r}; expected one of {', '.join(FORMULAS)}")
        self._measure(own, raw)
        value = Number(own, raw["title"], one.get("unit", ""), Fraction(0), None, raw.get("from"))
        numbers = {k: as_written(one[k]) for k in ("start", "factor", "low", "high")}
        return Formula(one["name"], value, numbers)

    def _cuts(self, raw: dict[str, Any], own: str) -> Cuts:
        one = raw["cuts"]
        value = self._number(one.get("value", {"title": raw["title"]}), own, own)
        if "scale" in raw and value.id == own:
            self._fail(own, "cuts: an item with a scale needs a value with an id of its own")
        needs = self._number(one["needs"], own, f"{own}.needs") if "needs" in one else None
        steps = self._steps(one["steps"], own, raw)
        if needs is None and any(s.needs for s in steps):
            self._fail(own, "cuts: a step needs what `needs` does not name")
        return Cuts(value, steps, needs, one.get("round"))

    def _steps(self, raw: list[dict[str, Any]], own: str, node: dict[str, Any]) -> tuple[Step, ...]:
        steps: list[Step] = []
        for i, step in enumerate(raw):
            limits = [k for k in ("below", "to") if k in step]
            if len(limits) > 1 or bool(limits) == (i == len(raw) - 1):
                self._fail(own, "steps: expected below or to in each but the last, which has neither")
            limit = as_written(step[limits[0]]) if limits else None
            last = steps[-1].limit if steps else None
            if limit is not None and last is not None and limit <= last:
                self._fail(own, f"steps: found {plain(limit)} after {plain(last)}; expected rising limits")
            gives = str(step["gives"]) if "gives" in step else None
            if "scale" in node:
                known = [c.answer for c in self.scales[node["scale"]].choices]
                if gives not in known:
                    self._fail(own, f"steps: found gives {gives!r}; expected {', '.join(known)}")
            elif "points" not in step:
                self._fail(own, "steps: found no points, which an item without a scale needs")
            points = as_written(step["points"]) if "points" in step else None
            steps.append(Step(limit, "below" in step, gives, points, bool(step.get("needs"))))
        return tuple(steps)

    def _references(self) -> None:
        """What points at another node, or at a scale's answers, points at one that is there."""
        for node in self.nodes.values():
            if node.mirrors:
                other = self.nodes.get(node.mirrors)
                if other is None or (other.scale, other.methods) != (node.scale, node.methods):
                    wants = "an item of the same scale and methods"
                    self._fail(node.id, f"mirrors: found {node.mirrors!r}; expected {wants}")
            for key in node.facts.keys() & {"early", "without", "then"}:
                answers = node.scale.answers if node.scale else ()
                if node.facts[key] not in answers:
                    wants = ", ".join(answers) or "an item with a scale"
                    self._fail(node.id, f"facts: {key}: found {node.facts[key]!r}; expected {wants}")
            if node.suggest:
                given = [s.get("gives") for s in node.suggest.get("steps", ())]
                for answer in (*given, *node.suggest.get("answers", {}).values()):
                    known = [c.answer for c in node.scale.choices] if node.scale else []
                    if str(answer) not in known:
                        self._fail(node.id, f"suggest: found {answer!r}; expected {', '.join(known)}")

    def _bands(self, raw: list[dict[str, Any]]) -> tuple[Band, ...]:
        found = tuple(
            Band(b["id"], b["title"], as_written(b["from"]), b.get("findings"), b.get("tone", "flat"), b.get("say", ""))
            for b in self._falling(raw, "bands")
        )
        allowed = [b.findings for b in found if b.findings is not None]
        if allowed != sorted(allowed) or any(b.findings is None for b in found[: len(allowed)]):
            self._fail("bands", "findings: expected more of them allowed from band to band, and no limit in the last")
        if allowed and found[-1].findings is not None:
            self._fail("bands", "findings: the last band takes any number, and has no findings")
        return found

    def _falling(self, raw: list[dict[str, Any]], what: str) -> list[dict[str, Any]]:
        limits = [as_written(b["from"]) for b in raw]
        if any(a <= b for a, b in pairwise(limits)):
            self._fail(what, f"found from {', '.join(map(plain, limits))}; expected the best first")
        return raw

    def _beside(self, raw: dict[str, Any]) -> Beside:
        own = raw["id"]
        self._claim(own, own)
        if raw["of"] not in self.nodes:
            self._fail(own, f"of: found {raw['of']!r}, which is no node")
        part, whole = (self._number({"low": 0, **raw[k]}, own, f"{own}.{k}") for k in ("part", "whole"))
        return Beside(own, raw["title"], raw["of"], part, whole)

    def _claim(self, own: str, owner: str) -> None:
        if own in self.taken:
            also = "" if self.taken[own] == own else f" (also in {self.taken[own]})"
            self._fail(own, f"the id stands twice{also}")
        self.taken[own] = owner

    def _fail(self, where: str, fault: str) -> NoReturn:
        raise OshError(f"{self.name}: {where}: {fault}")


def _origin(raw: Mapping[str, Any]) -> dict[str, Any]:
    return {"from": raw["from"]} if "from" in raw else {}


def plain(value: Fraction | None) -> str:
    """A limit as it is printed."""
    return "none" if value is None else f"{float(value):g}"
