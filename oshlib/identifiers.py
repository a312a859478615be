"""Who the input files of a report speak of: every name, and every exact figure of one company, with where it stands."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from oshlib import codes, places
from oshlib.errors import OshError
from oshlib.files import READERS
from oshlib.values import PARSERS, YES_NO, Found

#: Figures below it stand in any report; of a column that no layout knows, those below the second.
LEAST, LEAST_UNKNOWN = 1_000.0, 10_000.0
_COLUMN = "column:"
_NOTHING = {"na", "n/a", "nan", "null", "none", "<na>"}
_DATE = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}(?:[ T].*)?")
_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")
_PLAIN = str.maketrans("‘’‚“”„‐‑‒–—−", "'''\"\"\"------")


@dataclass(frozen=True)
class Identifier:
    """What says who somebody is: a name (kind "name"), an exact figure of one company ("number"), a day of it ("day").

    file, row, column: where it stands first (the header is row 1); more: in how many other cells. form: what is looked
    for instead, where that is another value, such as hours in thousands.
    """

    kind: str
    value: str
    file: str
    row: int
    column: str
    more: int = 0
    form: str = ""


@dataclass(frozen=True)
class Excused:
    """What somebody says identifies nobody: values, and columns as column:NAME, so that neither is taken for the other.

    used: those that kept something from being searched for.
    """

    texts: tuple[str, ...] = ()
    used: set[str] = field(default_factory=set)

    def column(self, names: Iterable[str]) -> bool:
        """Whether a column of one of these names is excused."""
        named = [text for text in self.texts if text.casefold().startswith(_COLUMN)]
        return self._is([text for text in named if _header(text[len(_COLUMN) :]) in names])

    def value(self, value: str) -> bool:
        """Whether this value is excused."""
        plain = normal(value)
        return self._is([text for text in self.texts if plain in (normal(text), text.replace(",", ""))])

    def _is(self, texts: Collection[str]) -> bool:
        self.used.update(texts)
        return bool(texts)


@dataclass(frozen=True)
class Identifiers:
    """All that is searched for, and the files that it comes from.

    small: how many figures are too small to be searched for; edges: how many days are the first or last of a month.
    """

    every: tuple[Identifier, ...]
    files: tuple[Path, ...]
    small: int
    edges: int = 0


def normal(text: str) -> str:
    """Text as it is compared: one form of each letter, no case, no invisible characters, single spaces.

    >>> normal("Cafe\u0301  ÉTOILE\u00a0& Söhne")
    'café étoile & söhne'
    """
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return " ".join(_UNSEEN.sub("", folded).translate(_PLAIN).split())


def collect(parameters: Iterable[Mapping[str, Any]], excused: Excused | None = None) -> Identifiers:
    """Every identifier in every file that a parameter names, a file inside a list included.

    Each table is read as text. A column counts by the layouts that its file fits: `private: name` or `number`; text in
    a column that none of them knows counts as a name, a large number there as an exact figure. A date in a column of
    names is a day; the first and the last of a month stand in any report. Of a key of codes, and of the keys in a
    folder that a parameter names, only the ids. Words for nothing and cells without a letter or
    figure identify nobody. Errors: OshError where a file cannot be read.

    >>> found = collect([{"data": "data/example/ready_mix.csv"}])
    >>> [i.value for i in found.every if i.column == "unit_id"]
    ['RM-01', 'RM-02', 'RM-03']
    """
    excused = excused or Excused()
    tables, keys = _files(parameters)
    cells: dict[tuple[str, str], Identifier] = {}
    left_out = {"small": 0, "edge": 0}
    for file, path in tables.items():
        for one in _of_table(file, path, excused):
            if one.kind in left_out:
                left_out[one.kind] += 1
            else:
                _add(cells, one)
    for key in keys:
        for row, own in enumerate(codes.read(key), start=2):
            if not excused.value(own) and not excused.column(["unit_id"]):
                _add(cells, Identifier("name", own, key.name, row, "unit_id"))
    return Identifiers(tuple(cells.values()), (*tables, *keys), left_out["small"], left_out["edge"])


def texts_of(value: Any) -> Iterator[str]:
    """Every text in the value of a parameter, one inside a list or a mapping included."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from texts_of(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from texts_of(one)


def _add(cells: dict[tuple[str, str], Identifier], one: Identifier) -> None:
    first = cells.get((one.kind, one.value))
    if first:
        one = Identifier(first.kind, first.value, first.file, first.row, first.column, first.more + 1)
    cells[one.kind, one.value] = one


def _files(parameters: Iterable[Mapping[str, Any]]) -> tuple[dict[Path, str], list[Path]]:
    """The tables that parameters name, each with its path as given, and the keys of codes."""
    tables: dict[Path, str] = {}
    keys: dict[Path, None] = {}
    for text in dict.fromkeys(t for values in parameters for t in texts_of(dict(values)) if t.strip()):
        try:
            file = places.find(text)
        except OshError:
            continue
        inside = [file] if file.is_file() else sorted(file.glob("*.csv")) if file.is_dir() else []
        keys |= dict.fromkeys(f.resolve() for f in inside if f.suffix.lower() == ".csv" and codes.is_key(f))
        if file.is_file() and file.suffix.lower() in READERS and file.resolve() not in keys:
            tables.setdefault(file.resolve(), text)
    return tables, list(keys)


def _of_table(file: Path, path: str, excused: Excused) -> Iterator[Identifier]:
    found = Found()
    raw = READERS[file.suffix.lower()](file, path, found)
    marks = _marks([c for c in raw.columns if c != "row"])
    for header, (mark, names, formats) in marks.items():
        if mark == "known" or excused.column(names):
            continue
        cells = _days(raw[header], raw["row"], formats) if mark == "day" else _cells(raw[header], raw["row"], mark)
        for row, kind, value in cells:
            if not excused.value(value):
                yield Identifier(kind, value, path, row, header)
    for row, _, value, rule, *_ in found.rows:  # what is no row of the table is told as a fault, and can be printed so
        if rule in ("ragged-row", "split-row", "open-quote"):
            for piece in map(str.strip, value.split(",")):
                if _is_name(piece) and not excused.value(piece):
                    yield Identifier("name", piece, path, row, "whole row")


def _cells(raw: Any, rows: Any, mark: str) -> Iterator[tuple[int, str, str]]:
    """Row, kind and value of every cell of a column that can identify somebody."""
    texts = PARSERS["text"](raw, rows, "", {}, Found())
    numbers = pd.Series(float("nan"), index=raw.index)
    if mark != "name":
        numbers = PARSERS["number"](raw, rows, "", {}, Found())
    least = LEAST if mark == "number" else LEAST_UNKNOWN
    for row, text, number in zip(rows, texts, numbers, strict=True):
        if number == number:
            if number >= least:
                yield int(row), "number", f"{number:.12g}"
            elif mark == "number" and number > 0:
                yield int(row), "small", f"{number:.12g}"
        elif _has_sign(text) if mark == "name" else _is_name(text):
            yield int(row), "name", text


def _days(raw: Any, rows: Any, formats: Sequence[str]) -> Iterator[tuple[int, str, str]]:
    """Row, kind and value of every cell of a column of days; what is no day is a name."""
    texts = PARSERS["text"](raw, rows, "", {}, Found())
    for row, text, day in zip(rows, texts, PARSERS["date"](raw, rows, "", {"formats": formats}, Found()), strict=True):
        if day == day:
            edge = day.is_month_start or day.is_month_end
            yield int(row), "edge" if edge else "day", f"{day:%Y-%m-%d}"
        elif _has_sign(text):
            yield int(row), "name", text


def _is_name(text: str) -> bool:
    """Whether text of a column that is not marked can be the name of somebody: no number, date, yes or no."""
    number = re.fullmatch(r"[-+$€£ ]*\d[\d,. ]*%?", text)
    return _has_sign(text) and not number and not _DATE.fullmatch(text) and text.lower() not in YES_NO


def _has_sign(text: str) -> bool:
    return any(c.isalnum() for c in text) and text.lower() not in _NOTHING


def _marks(headers: list[str]) -> dict[str, tuple[str, set[str], list[str]]]:
    """Of every header what it holds (name, number, day, known, unknown), its names and formats of its days.

    By the layouts that the file fits.
    """
    fitting = []
    for layout in _layouts():
        inside = {layout["spelt"][h] for h in headers if h in layout["spelt"]}
        if layout["required"] <= inside:
            fitting.append(layout)
    marks = {}
    for header in headers:
        names = {layout["spelt"][header] for layout in fitting if header in layout["spelt"]}
        said = [layout["private"].get(layout["spelt"][header]) for layout in fitting if header in layout["spelt"]]
        shown = any(header in layout["shown"] for layout in fitting)
        mark = next(filter(None, said), "known" if said or shown else "unknown")
        formats = [f for layout in fitting for f in layout["formats"].get(layout["spelt"].get(header), ())]
        marks[header] = (mark, names | {header}, formats)
    return marks


@lru_cache
def _layouts() -> list[dict[str, Any]]:
    """Of every layout its spellings, the columns that it needs, and those that are private."""
    folder = places.ROOT / "data" / "columns"
    files = sorted(folder.rglob("*.yaml"))
    loaded = {file.relative_to(folder): yaml.safe_load(file.read_text(encoding="utf-8")) for file in files}
    found = []
    for layout in loaded.values():
        columns = dict(layout["columns"])
        for above in (loaded[Path(f"{layout['extends']}.yaml")],) if "extends" in layout else ():
            columns = {**above["columns"], **columns}
        found.append(
            {
                "spelt": {s: name for name, c in columns.items() for s in (name, *c.get("names", ()))},
                "required": {name for name, c in columns.items() if c.get("required")},
                "private": {
                    name: "day" if c["type"] == "date" else c["private"]
                    for name, c in columns.items()
                    if "private" in c
                },
                "formats": {name: c["formats"] for name, c in columns.items() if "formats" in c},
                "shown": set(layout.get("shown", ())),
            }
        )
    return found


def _header(text: str) -> str:
    """A column's name as a reader of files has it."""
    return "_".join(text.lower().replace("-", " ").split())
