"""The file of a scoring form: read, changed row by row, and written at once; what is not the form's stays as it is."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date as day
from pathlib import Path

from oshlib import whole
from oshlib.errors import OshError
from oshlib.frameworks.sheets import NO_FINDING
from oshlib.names import file_name

#: The columns of a table of answers, and those that a file which is there already must have.
COLUMNS = (
    "unit", "framework", "date", "item", "answer", "method",
    "significant_finding", "attributed_to", "evidence", "assessor",
)  # fmt: skip
NEEDED = COLUMNS[:5]
_SAID = ("answer", "attributed_to", "evidence")


@dataclass(eq=False)
class Line:
    """One row of the file.

    raw: its text as it was read, None once it has been changed here. own: whether it belongs to the form. turn: which
    of its item and method it is. beyond: cells for which there is no column.
    """

    cells: dict[str, str]
    raw: str | None = None
    own: bool = False
    turn: int = 0
    beyond: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Change:
    """A value that was entered, by what it is the value of: the place of its row may be another in a newer file."""

    item: str
    method: str
    turn: int
    column: str
    value: str


@dataclass
class Sheet:
    """The rows of one unit, framework and date in a file, among all others of it.

    path: as it is said to people; file: the same from any folder. changes: what is not written yet.
    """

    path: Path
    file: Path
    key: tuple[str, str, str]
    columns: list[str] = field(default_factory=lambda: list(COLUMNS))
    head: str = ""
    comma: str = ","
    end: str = "\n"
    mark: bool = False
    lines: list[Line] = field(default_factory=list)
    seen: bytes | None = None
    changes: list[Change] = field(default_factory=list)

    @property
    def own(self) -> list[Line]:
        """The rows of the form that say something, in the order of the file."""
        return [line for line in self.lines if line.own and _says(line)]

    def find(self, item: str, method: str = "", turn: int = 0) -> Line | None:
        """The row of an item and method; without one, of the item. Of several: the one whose turn it is."""
        mine = [line for line in self.lines if line.own and _place(line)[0] == item and line.turn == turn]
        exact = [line for line in mine if _place(line)[1] == method.casefold()]
        return next(iter(exact or (mine if not method else [])), None)

    def turns(self, item: str) -> int:
        """How many rows there are on an item that is not judged by method."""
        return 1 + max((line.turn for line in self.lines if line.own and _place(line) == (item, "")), default=-1)

    def put(self, item: str, column: str, value: str, method: str = "", turn: int = 0) -> None:
        """Enter one value; a row that is not there yet is added at the end. Nothing is written by this alone."""
        line = self.find(item, method, turn)
        if line is None:
            unit, framework, date = self.key
            cells = dict.fromkeys(self.columns, "")
            cells |= {"unit": unit, "framework": framework, "date": date, "item": item, "method": method}
            line = Line(cells, own=True, turn=turn)
            self.lines.append(line)
        line.cells[column], line.raw = value.replace("\0", ""), None
        self.changes.append(Change(item, method, turn, column, value))

    def __bytes__(self) -> bytes:
        """The file as it will be: rows that were not changed as they were read, letter by letter."""
        text = self.head or _row(self.columns, self)
        for line in self.lines:
            if line.raw is not None:
                text += _ended(line.raw, self)
            elif not line.own or _says(line):
                text += _row([*(line.cells.get(c, "") for c in self.columns), *line.beyond], self)
        return text.encode("utf-8-sig" if self.mark else "utf-8", "replace")


def default(framework: str, unit: str, date: str) -> Path:
    """Where a form is kept unless told otherwise: answers/ of the current folder, one file a form.

    >>> default("safe", "Cedar Hollow", "2025-11-14").as_posix()
    'answers/safe_cedar-hollow_2025-11-14.csv'
    """
    return Path("answers") / f"{framework}_{file_name(unit, unit)}_{date}.csv"


def last_date(framework: str, unit: str, path: Path | None) -> str:
    """The last date on which this unit was assessed, "" where there is none.

    path: the file to look into; None for the names of the files of `default`. Errors: OshError on one that is no table.
    """
    if path is not None:
        found = [line.cells for line in read(path, (unit, framework, "")).lines]
        return max((c["date"].strip() for c in found if _belongs(c, (unit, framework, c["date"].strip()))), default="")
    stem = default(framework, unit, "").stem
    names = [file.stem.removeprefix(stem) for file in Path("answers").glob("*.csv") if file.stem.startswith(stem)]
    return max((iso(name) for name in names), default="")


def iso(text: str) -> str:
    """A date as it is written in the file, "" where it is none.

    >>> iso("2025-11-14"), iso("14.11.2025")
    ('2025-11-14', '')
    """
    try:
        return day.fromisoformat(text.strip()).isoformat()
    except ValueError:
        return ""


def read(path: Path, key: tuple[str, str, str]) -> Sheet:
    """The file as it is, with the rows of this unit, framework and date as those of the form.

    A file that is not there yet, or is empty, is a form without answers. Errors: OshError where there is something
    that could not be written again as it was: no csv, not UTF-8, a column that is missing.
    """
    if path.suffix.lower() != ".csv":
        raise OshError(f"{path}: found {path.suffix or 'no ending'}, expected a file that ends in .csv")
    data = _bytes(path)
    sheet = Sheet(path, path.absolute(), key, seen=data)
    try:
        text = (data or b"").decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        raise OshError(
            f"{path}: byte {fault.start} is not UTF-8; save the file as UTF-8 (csv) and read it again"
        ) from None
    if not text.strip():
        return sheet
    sheet.mark = (data or b"").startswith(b"\xef\xbb\xbf")
    head = text.lstrip("\r\n").split("\n", 1)[0]
    sheet.comma, sheet.end = max(",;\t", key=head.count), "\r\n" if head.endswith("\r") else "\n"
    rows = _rows(text, sheet.comma, path)
    head, names = next((raw, cells) for raw, cells in rows if any(map(str.strip, cells)))
    sheet.head = _ended(head, sheet)
    sheet.columns = _columns(names, path)
    missing = [c for c in COLUMNS if c not in sheet.columns]
    turns: dict[tuple[str, str], int] = {}
    for raw, cells in rows:
        named = {**dict.fromkeys([*sheet.columns, *missing], ""), **dict(zip(sheet.columns, cells, strict=False))}
        line = Line(named, raw, _belongs(named, key), beyond=cells[len(sheet.columns) :])
        if line.own:
            line.turn = turns[_place(line)] = turns.get(_place(line), -1) + 1
        line.raw = None if missing and cells else raw  # written anew where the header becomes wider
        sheet.lines.append(line)
    if missing:
        sheet.columns, sheet.head = [*sheet.columns, *missing], _row([*names, *missing], sheet)
    return sheet


def write(sheet: Sheet) -> bool:
    """Write the file as a whole: beside it first, then in its place. Whether it had to be made anew: it was gone.

    Errors: OshError where the file has changed since it was read (nothing is written then), and where it cannot be
    written. What was entered stays in the sheet.
    """
    there = _bytes(sheet.file)
    if there is not None and there != sheet.seen:
        raise OshError(
            f"{sheet.path}: the file was changed by someone else since it was read here; nothing was written"
        )
    data = bytes(sheet)
    try:
        whole.put(sheet.file.resolve(), data)
    except OSError as fault:
        raise OshError(f"{sheet.path}: cannot be written: {_why(fault, sheet.file)}") from None
    gone = there is None and sheet.seen is not None
    sheet.seen, sheet.changes = data, []
    return gone


def read_again(sheet: Sheet, keep: bool) -> Sheet:
    """The file as it is now. keep: with what was entered here and not written yet; otherwise that is given up."""
    found = read(sheet.file, sheet.key)
    found.path = sheet.path
    for c in sheet.changes if keep else ():
        found.put(c.item, c.column, c.value, c.method, c.turn)
    return found


def _says(line: Line) -> bool:
    """Whether a row is to be written: as it was read, or, where it was changed here, with anything in it."""
    more = [*(v for k, v in line.cells.items() if k not in COLUMNS), *line.beyond]
    finding = line.cells["significant_finding"].strip().casefold() not in NO_FINDING
    return line.raw is not None or finding or any(line.cells[c].strip() for c in _SAID) or any(map(str.strip, more))


def _belongs(cells: Mapping[str, str], key: tuple[str, str, str]) -> bool:
    return tuple(cells[c].strip() for c in COLUMNS[:3]) == key


def _place(line: Line) -> tuple[str, str]:
    return line.cells["item"].strip(), line.cells["method"].strip().casefold()


def _columns(names: list[str], path: Path) -> list[str]:
    found = ["_".join(n.lower().replace("-", " ").split()) for n in names]
    columns = [name or f" {i}" for i, name in enumerate(found)]  # a column without a name keeps its cells too
    for name in columns:
        if columns.count(name) > 1:
            raise OshError(f"{path}: found the column {name!r} twice; expected each once")
    if missing := [c for c in NEEDED if c not in columns]:
        raise OshError(f"{path}: found no column {missing[0]!r}, expected a table of answers: {', '.join(COLUMNS)}")
    return columns


def _rows(text: str, comma: str, path: Path) -> Iterator[tuple[str, list[str]]]:
    """Every record as it is written and as its cells."""
    csv.field_size_limit(2**27)
    lines = list(io.StringIO(text, newline=""))
    reader, done = csv.reader(lines, delimiter=comma, strict=True), 0
    try:
        for cells in reader:
            yield "".join(lines[done : reader.line_num]), cells
            done = reader.line_num
    except csv.Error as fault:
        raise OshError(f"{path} line {reader.line_num}: cannot be read as csv: {fault}") from None


def _row(cells: list[str], sheet: Sheet) -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=sheet.comma, lineterminator=sheet.end).writerow(cells)
    return out.getvalue()


def _ended(raw: str, sheet: Sheet) -> str:
    """A row as it was read; the last one of a file may lack its end."""
    return raw if raw.endswith(("\n", "\r")) else raw + sheet.end


def _bytes(path: Path) -> bytes | None:
    """What is in the file, None where there is none. Errors: OshError where it cannot be read."""
    try:
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError) as fault:
        raise OshError(f"{path}: cannot be read: {getattr(fault, 'strerror', None) or fault}") from None


def _why(fault: OSError, path: Path) -> str:
    above = next((p for p in path.parents if p.exists()), path.parent)
    if not above.is_dir():
        return f"{above} is a file, expected a folder"
    hint = " (is it open in another program?)" if isinstance(fault, PermissionError) and os.name == "nt" else ""
    return f"{fault.strerror or fault}{hint}"
