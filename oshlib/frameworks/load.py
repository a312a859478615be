"""Frameworks by their id or file, and the checks of a whole one: its shape, its most and least."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from typing import Any

from oshlib import places
from oshlib.errors import OshError
from oshlib.exact import as_written
from oshlib.frameworks.model import Framework
from oshlib.frameworks.records import Reader, plain
from oshlib.frameworks.score import score_sheets
from oshlib.frameworks.sheets import extremes
from oshlib.frameworks.source import OWN, read


def available() -> list[str]:
    """The ids of the frameworks that come with the package.

    >>> "pep" in available()
    True
    """
    return sorted(file.stem for file in OWN.glob("*.yaml"))


def load(id_or_path: str | Path) -> Framework:
    """A framework by its id, or from a file of one's own.

    Errors: OshError that names the file, the node and the fault: an unknown key, a doubled id, an unquoted yes or no,
    a level or a weight that does not fit, another shape than the file itself expects.

    >>> pep = load("pep")
    >>> len(pep.items), pep.bands[0].title
    (13, 'Outstanding')
    """
    text = str(id_or_path)
    file = OWN / f"{text}.yaml"
    if "/" in text or text.endswith((".yaml", ".yml")):
        file = places.find(text, "framework")
    elif not file.exists():
        near = get_close_matches(text, available(), n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"expected one of {', '.join(available())}, or a .yaml file"
        raise OshError(f"framework: found no {text!r}; {hint}")
    return _load(file, file.name if file.parent == OWN else text, places.sha256(file))


@lru_cache(maxsize=32)
def _load(file: Path, name: str, sha256: str) -> Framework:
    """The file as it is now: one that has changed has another hash and is read again."""
    raw = read(file, name)
    framework = replace(Reader(raw, name).framework(), sha256=sha256)
    _expected(framework, raw["expect"], name)
    _sources(framework, (framework.id,))
    return framework


def _sources(framework: Framework, above: tuple[str, ...]) -> None:
    """Other frameworks that numbers are taken from: each is there, and none takes from one that takes from it."""
    for node, one in framework.origins():
        other = str((one.origin or {}).get("framework", ""))
        if not other:
            continue
        if other in above:
            chain = " from ".join([*above[above.index(other) :], other])
            raise OshError(f"{framework.file}: {node.id}: from: takes in a circle, {chain}")
        if not (OWN / f"{other}.yaml").exists():
            known = ", ".join(available())
            raise OshError(f"{framework.file}: {node.id}: from: found the framework {other!r}; expected one of {known}")
        file = OWN / f"{other}.yaml"
        _sources(Reader(read(file, file.name), file.name).framework(), (*above, other))


def _expected(framework: Framework, expect: Mapping[str, Any], name: str) -> None:
    """The shape that the file says it has, and the lowest band reached by the worst answers."""
    leaves = len(framework.items)
    if leaves != expect["leaves"]:
        raise OshError(f"{name}: expect: found {leaves} scored items, the file expects {expect['leaves']}")
    if not leaves:
        return
    high = score_sheets(framework, extremes(framework, best=True), exact=True).of(framework.id).high[0]
    if high != as_written(expect["high"]):
        raise OshError(f"{name}: expect: found {plain(high)} as the most possible, the file expects {expect['high']}")
    low = score_sheets(framework, extremes(framework, best=False), exact=True).of(framework.id).low[0]
    if framework.bands and framework.bands[-1].limit > low:
        lowest = framework.bands[-1]
        raise OshError(f"{name}: bands: {lowest.id} begins at {plain(lowest.limit)}, and {plain(low)} is possible")
