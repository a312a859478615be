"""Framework files: read, refused by file, node and fault where they cannot be meant, and made into records."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from oshlib import places
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
from oshlib.frameworks.score import FORMULAS, score_sheets
from oshlib.frameworks.sheets import extremes

_OWN = places.ROOT / "data" / "frameworks"
#: What a YAML 1.1 reader takes for true and false: in a file of answers it must be quoted, or stand for itself.
_SWITCHES = {"yes", "no", "on", "off", "y", "n"}


class _Switch(str):
    """One of the words above, unquoted."""


class _Loader(yaml.SafeLoader):
    """YAML in which dates are text, a key stands once, and an unquoted yes or no is seen as such."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, p) for tag, p in pairs if tag.rpartition(":")[2] not in ("bool", "timestamp", "merge")]
    for first, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _scalar(loader: _Loader, node: yaml.ScalarNode) -> Any:
    if node.style is None and node.value.lower() in _SWITCHES:
        return _Switch(node.value)
    return {"true": True, "false": False}.get(node.value, node.value) if node.style is None else node.value


def _mapping(loader: _Loader, node: yaml.MappingNode) -> dict[Any, Any]:
    keys = [loader.construct_object(key, deep=True) for key, _ in node.value]
    for key in keys:
        if keys.count(key) > 1:
            raise yaml.constructor.ConstructorError(None, None, f"the key {key!r} stands twice", node.start_mark)
    return {
        k if isinstance(k, _Switch) else str(k): loader.construct_object(value, deep=True)
        for k, (_, value) in zip(keys, node.value, strict=True)
    }


_Loader.add_constructor("tag:yaml.org,2002:str", _scalar)
_Loader.add_constructor("tag:yaml.org,2002:map", _mapping)


def available() -> list[str]:
    """The ids of the frameworks that come with the package.

    >>> "pep" in available()
    True
    """
    return sorted(file.stem for file in _OWN.glob("*.yaml"))


def load(id_or_path: str | Path) -> Framework:
    """A framework by its id, or from a file of one's own.

    Errors: OshError that names the file, the node and the fault: an unknown key, a doubled id, an unquoted yes or no,
    a level or a weight that does not fit, another shape than the file itself expects.

    >>> pep = load("pep")
    >>> len(pep.items), pep.root.title == pep.title
    (13, True)
    """
    text = str(id_or_path)
    file = _OWN / f"{text}.yaml"
    if "/" in text or text.endswith((".yaml", ".yml")):
        file = places.find(text, "framework")
    elif not file.exists():
        near = get_close_matches(text, available(), n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"expected one of {', '.join(available())}, or a .yaml file"
        raise OshError(f"framework: found no {text!r}; {hint}")
    return _load(file, file.name if file.parent == _OWN else text, places.sha256(file))


@lru_cache(maxsize=32)
def _load(file: Path, name: str, sha256: str) -> Framework:
    """The file as it is now: one that has changed has another hash and is read again."""
    raw = _parse(file, name)
    _switches(raw, name, "")
    _shape(raw, name)
    reader = _Reader(raw, name)
    framework = reader.framework()
    _expected(framework, raw["expect"], name)
    return framework


def _parse(file: Path, name: str) -> dict[str, Any]:
    try:
        raw = yaml.load(file.read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506 - a SafeLoader, made stricter
    except yaml.MarkedYAMLError as fault:
        line = f" line {fault.problem_mark.line + 1}" if fault.problem_mark else ""
        raise OshError(f"{name}{line}: {fault.problem}") from None
    except (yaml.YAMLError, UnicodeDecodeError, OSError, ValueError, RecursionError) as fault:
        raise OshError(f"{name}: cannot be read as YAML: {str(fault).splitlines()[0]}") from None
    if not isinstance(raw, dict):
        raise OshError(f"{name}: found {type(raw).__name__}, expected the keys of a framework: id, title, tree ...")
    return raw


def _switches(value: Any, name: str, node: str) -> None:
    """An unquoted yes or no would be a truth value to another reader of the same file."""
    if isinstance(value, dict):
        node = str(value.get("id", node))
        for part in (*value, *value.values()):
            _switches(part, name, node)
    elif isinstance(value, list):
        for part in value:
            _switches(part, name, node)
    elif isinstance(value, _Switch):
        raise OshError(f'{name}: {node}: found {str(value)} without quotes; write "{value}"')


def _shape(raw: dict[str, Any], name: str) -> None:
    """Keys and kinds of values, by schema.json; the fault that lies deepest is the one to mend."""
    faults = list(_validator().iter_errors(raw))
    if not faults:
        return
    fault = max(faults, key=lambda f: len(f.absolute_path))
    node, inside, at = "", [], raw
    for step in fault.absolute_path:
        inside = [*inside, str(step)] if isinstance(step, str) else inside
        at = at[step]
        if isinstance(at, dict) and "id" in at:
            node, inside = str(at["id"]), []
    where = ": ".join(filter(None, [name, node or str(raw.get("id", "")), ".".join(i for i in inside if i != "of")]))
    raise OshError(f"{where}: {_said(fault)}")


def _said(fault: Any) -> str:
    known = list(fault.schema.get("properties", {}))
    if fault.validator == "additionalProperties" and known:
        key = next(k for k in fault.instance if k not in known)
        near = get_close_matches(key, known, n=1)
        return f"found the key {key!r}; " + (
            f"did you mean {near[0]!r}?" if near else f"expected one of {', '.join(known)}"
        )
    if fault.validator == "required":
        return f"found no {next(k for k in fault.validator_value if k not in fault.instance)!r}"
    wanted = fault.validator_value
    wants = {
        "type": f"expected {' or '.join(wanted) if isinstance(wanted, list) else wanted}",
        "enum": f"expected one of {', '.join(map(str, wanted)) if isinstance(wanted, list) else wanted}",
        "pattern": f"expected a name that fits {wanted}",
        "exclusiveMinimum": f"expected more than {wanted}",
        "minimum": f"expected {wanted} or more",
        "maximum": f"expected {wanted} or less",
        "minItems": f"expected at least {wanted}",
        "minProperties": f"expected at least {wanted}",
        "minLength": "expected some words",
        "uniqueItems": "expected each once",
    }
    return f"found {_short(fault.instance)}, {wants.get(fault.validator, fault.message)}"


@lru_cache
def _validator() -> Any:
    from jsonschema import Draft202012Validator

    return Draft202012Validator(json.loads((_OWN / "schema.json").read_text(encoding="utf-8")))


class _Reader:
    """One file's records, made in the order in which they need each other."""

    def __init__(self, raw: dict[str, Any], name: str) -> None:
        self.raw, self.name = raw, name
        self.scales = {i: self._scale(i, s) for i, s in raw.get("scales", {}).items()}
        self.nodes: dict[str, Node] = {}
        #: Every id under which something is answered or shown, and whose it is.
        self.taken: dict[str, str] = {}

    def framework(self) -> Framework:
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
        if "weights" in raw:
            total = sum((as_written(c.get("weight", 1)) for c in children if not c.get("apart")), Fraction(0))
            if total != as_written(raw["weights"]):
                self._fail(own, f"the weights of its parts add up to {_plain(total)}, expected {raw['weights']}")
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
                    "none", "suggest", "note", "aim", "line",
                )
                if k in raw
            },
        )  # fmt: skip
        for child in children:
            yield from self._nodes(child, own, depth + 1)

    def _one_kind(self, raw: dict[str, Any]) -> None:
        own, kinds = raw["id"], [k for k in ("scale", "number", "formula", "none") if k in raw]
        if ("roll" in raw) != ("of" in raw):
            self._fail(own, f"found {'roll' if 'roll' in raw else 'of'} alone; an inner node has both roll and of")
        if "of" in raw:
            if set(kinds) - {"number"} or "cuts" in raw:
                self._fail(own, f"found of and {(kinds or ['cuts'])[0]}; expected a node with parts or an item, not both")
            return
        if len(kinds) > 1 or not (kinds or "cuts" in raw):
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
            self._fail(own, f"choices: found the points {', '.join(map(_plain, known))}; expected the best first")
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
            self._fail(own, f"found low {_plain(low)} and high {_plain(high)}; expected low below high")
        return Number(own, raw.get("title", ""), raw.get("unit", ""), low, high, raw.get("from"))

    def _formula(self, raw: dict[str, Any], own: str) -> Formula:
        one = raw["formula"]
        if one["name"] not in FORMULAS:
            self._fail(own, f"formula: found {one['name']!r}; expected one of {', '.join(FORMULAS)}")
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
        steps = []
        for i, step in enumerate(raw):
            limits = [k for k in ("below", "to") if k in step]
            if len(limits) > 1 or bool(limits) == (i == len(raw) - 1):
                self._fail(own, "steps: expected below or to in each but the last, which has neither")
            limit = as_written(step[limits[0]]) if limits else None
            last = steps[-1].limit if steps else None
            if limit is not None and last is not None and limit <= last:
                self._fail(own, f"steps: found {_plain(limit)} after {_plain(last)}; expected rising limits")
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
                    self._fail(node.id, f"mirrors: found {node.mirrors!r}; expected an item of the same scale and methods")
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
        if any(a <= b for a, b in zip(limits, limits[1:], strict=False)):
            self._fail(what, f"found from {', '.join(map(_plain, limits))}; expected the best first")
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
            self._fail(own, f"the id stands twice (also in {self.taken[own]})" if self.taken[own] != own else "the id stands twice")  # fmt: skip
        self.taken[own] = owner

    def _fail(self, where: str, fault: str) -> Any:
        raise OshError(f"{self.name}: {where}: {fault}")


def _origin(raw: Mapping[str, Any]) -> dict[str, Any]:
    return {"from": raw["from"]} if "from" in raw else {}


def _expected(framework: Framework, expect: Mapping[str, Any], name: str) -> None:
    """The shape that the file says it has, and the lowest band reached by the worst answers."""
    leaves = len(framework.items)
    if leaves != expect["leaves"]:
        raise OshError(f"{name}: expect: found {leaves} scored items, the file expects {expect['leaves']}")
    if not leaves:
        return
    high = score_sheets(framework, extremes(framework, best=True), exact=True).of(framework.id).high[0]
    if high != as_written(expect["high"]):
        raise OshError(f"{name}: expect: found {_plain(high)} as the most possible, the file expects {expect['high']}")
    low = score_sheets(framework, extremes(framework, best=False), exact=True).of(framework.id).low[0]
    if framework.bands and framework.bands[-1].limit > low:
        lowest = framework.bands[-1]
        raise OshError(f"{name}: bands: {lowest.id} begins at {_plain(lowest.limit)}, and {_plain(low)} is possible")


def _plain(value: Fraction | None) -> str:
    return "none" if value is None else f"{float(value):g}"


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
