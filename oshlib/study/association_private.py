"""The association's own files: codes, draws with their names, and what earlier reports showed. Never handed over."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from oshlib import editions, places, references, whole
from oshlib.errors import OshError
from oshlib.headline import plain
from oshlib.study import association_kept

#: The layout of what is kept; another one is refused.
_VERSION = 3


@dataclass(frozen=True)
class Kept:
    """What a report leaves for the next one.

    draws: the record that verify-draw reads. memories: of the protected tables, by name. figures: every
    figure of every edition with what each company gave to it (`Editions`). sites: signature by code, one mapping an
    edition.
    """

    year: int
    draws: pd.DataFrame = field(repr=False)
    memories: Mapping[str, Any] = field(repr=False)
    figures: list[dict[str, Any]] = field(repr=False)
    sites: list[Mapping[str, str]] = field(repr=False)


EMPTY = Kept(0, pd.DataFrame(), {}, [], [])


def codes_file(folder: str) -> Path:
    """The key of the codes."""
    return _folder(folder) / "codes.csv"


def read(folder: str) -> Kept:
    """What all reports that were handed over have left; EMPTY where there is none. Errors: OshError on damage."""
    place = _folder(folder)
    files = sorted(place.glob("published_[0-9][0-9][0-9][0-9].json")) if place.is_dir() else []
    memories: dict[str, Any] = {}
    figures: list[dict[str, Any]] = []
    sites: list[Mapping[str, str]] = []
    for file in files:
        try:
            held = association_kept.checked(json.loads(file.read_text(encoding="utf-8")), _VERSION)
            for name, own in held["memories"].items():
                before = memories.get(name, {}).get("reports", [])
                memories[name] = {**own, "reports": _once([*before, *own["reports"]])}
            figures = _once([*figures, *(_figure(one) for one in held["figures"])])
            sites = _once([*sites, *held["sites"]])
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as fault:
            raise OshError(
                f"{folder}/{file.name}: cannot be read as what an earlier report left ({fault}); without it two "
                "reports together may say too much: mend it, or take it away on purpose"
            ) from None
    return Kept(0, pd.DataFrame(), memories, figures, sites) if files else EMPTY


def write(folder: str, kept: Kept) -> list[str]:
    """Write the draws and, as a draft, what the next report must know; the names. A file that is the same stays."""
    place = _folder(folder)
    memories = {name: {**own, "reports": _once(own["reports"])} for name, own in plain(kept.memories).items()}
    held = {"version": _VERSION, "memories": memories, "figures": plain(kept.figures), "sites": _once(kept.sites)}
    left = json.dumps(held, separators=(",", ":"), sort_keys=True, ensure_ascii=False) + "\n"
    try:
        place.mkdir(parents=True, exist_ok=True)
        texts = {
            f"draws_{kept.year}.csv": kept.draws.to_csv(index=False, lineterminator="\n"),
            editions.place(place, kept.year, left): left,
        }
        for name, text in texts.items():
            _replace(place / name, text)
    except OSError as fault:
        raise OshError(f"private: {folder} cannot be written: {fault.strerror}") from None
    return [*texts, codes_file(folder).name]


def calendar(path: str, scheme: str) -> list[Any]:
    """What is due in the next year, one named row each; [] where the scheme has no calendar."""
    table = references.read(path, "partnership_calendar")
    return list(table[table["scheme"].eq(scheme)].itertuples())


def _folder(folder: str) -> Path:
    """From the current folder first, from the repository second, as for files; a new one in the current folder."""
    try:
        found = places.find(folder, "private")
    except OshError:
        return Path(folder)
    if not found.is_dir():
        raise OshError(f"private: found the file {folder!r}, expected a folder")
    return found


def _figure(one: Any) -> dict[str, Any]:
    """One figure of one edition, checked. Errors: ValueError."""
    kinds = {"figure": str, "year": int, "report": int, "shown": bool, "given": dict}
    if not isinstance(one, dict) or one.keys() != kinds.keys():
        raise ValueError("figures: expected figure, year, report, shown and given")
    for name, kind in kinds.items():
        if not isinstance(one[name], kind) or (kind is int and isinstance(one[name], bool)):
            raise ValueError(f"figures, {name}: expected {kind.__name__}")
    for own in one["given"].values():
        if not isinstance(own, dict) or len({isinstance(v, str) for v in own.values()}) > 1:
            raise ValueError("figures, given: expected a number or a result of each company")
        if any(isinstance(v, bool) or not isinstance(v, str | int | float) for v in own.values()):
            raise ValueError("figures, given: expected a number or a result of each company")
    return one


def _once(editions: Sequence[Any]) -> list[Any]:
    """Editions of a report, one that was made again left out: it showed nothing new."""
    return [one for i, one in enumerate(editions) if one not in editions[:i]]


def _replace(file: Path, text: str) -> None:
    data = text.encode()
    if not file.exists() or file.read_bytes() != data:
        whole.put(file, data, private=True)
