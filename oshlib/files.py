"""Files as they are received, to tables of text: what each reader cannot place is a fault or a sentence."""

from __future__ import annotations

import csv
import io
import re
import warnings
from collections.abc import Callable, Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from oshlib import places
from oshlib.errors import OshError
from oshlib.values import Found

_YEAR = re.compile(r"(?:19|20)\d\d")
# What an old .xls begins with, and an .xlsx that a password locks; only the second has a stream of this name.
_COMPOUND, _LOCKED = b"\xd0\xcf\x11\xe0", "EncryptedPackage".encode("utf-16-le")


def _read_csv(file: Path, path: str, found: Found) -> pd.DataFrame:
    data = file.read_bytes()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        text = data.decode("cp1252", errors="replace")
        found.add(1, "", f"byte {fault.start}", "not-utf-8", "warning", "read as cp1252 (Windows Western European)")
    if "\0" in text:
        raise OshError(f"{path}: found a NUL byte; expected text (csv), saved as UTF-8")
    head = text.lstrip("\r\n").split("\n", 1)[0]
    csv.field_size_limit(2**27)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=head.count))
    try:
        records = [(number, record) for number, record in enumerate(rows, start=1) if any(map(str.strip, record))]
    except csv.Error as fault:
        raise OshError(f"{path}: cannot be read as csv: {fault}") from None
    if not records:
        raise OshError(f"{path}: the file is empty; expected a header row and data")
    names = _headers(records[0][1], path)
    kept = _whole_records(records[1:], names, found)
    if text.count('"') % 2 and any("\n" in field for field in records[-1][1]):
        say = "a quote is opened and never closed: the rows below may be missing"
        found.add(records[-1][0], "", ",".join(records[-1][1])[:60], "open-quote", "error", say)
    table = pd.DataFrame([record for _, record in kept], columns=names, dtype=str)
    table["row"] = [number for number, _ in kept]
    return table


def _whole_records(records: list[tuple[int, list[str]]], names: list[str], found: Found) -> list[tuple[int, list[str]]]:
    """The records of full width; one that was split over two lines is joined again, any other is reported.

    A short line with a year in the year's place is a row of its own that lost its end, not the end of another.
    """
    width, dated = len(names), [i for i, name in enumerate(names) if "year" in name]
    kept: list[tuple[int, list[str]]] = []
    broken: tuple[int, list[str]] | None = None

    def leave_out(number: int, record: list[str]) -> None:
        found.add(
            number, "", ",".join(record)[:60], "ragged-row", "error",
            f"left out: {len(record)} fields, expected {width}",
        )  # fmt: skip

    for number, record in records:
        if len(record) == width:
            if broken:
                leave_out(*broken)
            broken = None
            kept.append((number, record))
        elif (
            broken
            and len(broken[1]) + len(record) - 1 == width
            and not any(_YEAR.fullmatch(record[i].strip()) for i in dated if i < len(record))
        ):
            kept.append((broken[0], [*broken[1][:-1], f"{broken[1][-1]} {record[0]}".strip(), *record[1:]]))
            found.add(
                broken[0], "", record[0], "split-row", "warning", f"joined with row {number}: one record on two lines"
            )
            broken = None
        else:
            if broken:
                leave_out(*broken)
            broken = (number, record)
    if broken:
        leave_out(*broken)
    return kept


def _headers(header: list[str], path: str) -> list[str]:
    names = ["_".join(h.lower().replace("-", " ").split()) for h in header]
    for name in names:
        if names.count(name) > 1:
            raise OshError(f"{path}: found the column {name!r} twice; expected each once")
    return [name if name != "row" else "row_" for name in names]


def _read_parquet(file: Path, path: str, found: Found) -> pd.DataFrame:
    try:
        table = pd.read_parquet(file)
    except Exception as fault:  # pyarrow raises many kinds; whatever it says, the file is no parquet table
        raise OshError(f"{path}: cannot be read as parquet: {str(fault).splitlines()[0]}") from None
    for column in table.columns:
        kind = table[column].dtype
        if not (pd.api.types.is_numeric_dtype(kind) or pd.api.types.is_datetime64_any_dtype(kind)):
            # Categories, lists, durations and what else a parquet file can hold: as text, or blank.
            values = table[column].tolist()
            texts = ["" if pd.api.types.is_scalar(v) and pd.isna(v) else str(v) for v in values]
            table[column] = pd.Series(texts, index=table.index, dtype=str)
    table = table.reset_index(drop=True).set_axis(_headers([str(c) for c in table.columns], path), axis=1)
    table["row"] = np.arange(2, len(table) + 2)
    return table


def _read_xlsx(file: Path, path: str, found: Found) -> pd.DataFrame:
    data = file.read_bytes()
    if data.startswith(_COMPOUND):
        why = (
            "a password protects it; save it without one" if _LOCKED in data else "it is an old .xls; save it as .xlsx"
        )
        raise OshError(f"{path}: cannot be read as xlsx: {why}")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of styles and extensions, which hold no numbers
            titles, rows, formulas = _workbook(data)
    except Exception as fault:  # openpyxl raises many kinds; whatever it says, the file is no workbook
        why = next(iter(str(fault).splitlines()), type(fault).__name__)
        raise OshError(f"{path}: cannot be read as xlsx: {why}") from None
    if not rows:
        raise OshError(f"{path}: the file is empty; expected a header row and data")
    if titles[1:]:
        say = f"not read: only the first sheet that has any cell is, {titles[0]!r}"
        found.add(1, "", ", ".join(titles[1:]), "more-sheets", "warning", say)
    (first, header), *records = rows.items()
    named = [i for i, title in enumerate(header) if title.strip()]
    for i in sorted({i for _, texts in records for i, text in enumerate(texts) if text.strip()} - set(named)):
        found.add(first, "", f"column {i + 1}", "no-header", "warning", "not read: cells below, and no name above them")
    names = dict(zip(named, _headers([header[i] for i in named], path), strict=True))
    for (row, i), formula in formulas.items():
        if i in names and row > first:
            found.formulas[names[i]].append((row, formula))
    kept = [[texts[i] if i < len(texts) else "" for i in named] for _, texts in records]
    table = pd.DataFrame(kept, columns=list(names.values()), dtype=str)
    table["row"] = [row for row, _ in records]
    return table


def _workbook(data: bytes) -> tuple[list[str], dict[int, list[str]], dict[tuple[int, int], str]]:
    """Titles of the sheets that have a cell; rows of the first as text; by row and column, formulas without a value."""
    from openpyxl import load_workbook  # late, as most files are csv

    book = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    titles = [s.title for s in book.worksheets if any(c.value is not None for _, cells in _rows(s) for c in cells)]
    rows, doubtful = {}, set()
    for row, cells in _rows(book[titles[0]]) if titles else ():
        rows[row] = [_as_text(cell.value) for cell in cells]
        # Such a cell is empty, though it is there: it has a format, or a formula that was never worked out.
        doubtful |= {
            (row, i) for i, c in enumerate(cells) if c.value is None and c.data_type != "str" and hasattr(c, "row")
        }
    formulas: dict[tuple[int, int], str] = {}
    for row, cells in _rows(load_workbook(io.BytesIO(data), read_only=True)[titles[0]]) if doubtful else ():
        there = {i: getattr(c.value, "text", c.value) for i, c in enumerate(cells) if c.data_type == "f"}
        formulas |= {(row, i): str(text) for i, text in there.items() if (row, i) in doubtful}
    waiting = {row for row, _ in formulas}
    return titles, {n: texts for n, texts in rows.items() if n in waiting or any(map(str.strip, texts))}, formulas


def _rows(sheet: Any) -> Iterator[tuple[int, Any]]:
    sheet.reset_dimensions()  # what a file says of its own size is often wrong
    return enumerate(sheet.iter_rows(), start=1)


def _as_text(value: Any) -> str:
    """A cell as csv would have it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else format(Decimal(repr(value)), "f")
    if isinstance(value, datetime):
        return value.isoformat(" ", "seconds").removesuffix(" 00:00:00")
    return str(value)


#: How a file is read, by its ending.
READERS: dict[str, Callable[[Path, str, Found], pd.DataFrame]] = {
    ".csv": _read_csv,
    ".xlsx": _read_xlsx,
    ".parquet": _read_parquet,
}


def read(path: str | Path, what: str) -> tuple[pd.DataFrame, Found]:
    """A file as text, by its ending, and what its reader found wrong. what: what the file is, in one word or two.

    Errors: OshError where there is none, or its ending is none of READERS.
    """
    file = places.find(path, what)
    reader = READERS.get(file.suffix.lower())
    if file.is_dir() or reader is None:
        seen = "a folder" if file.is_dir() else f"the ending {file.suffix!r}"
        *some, last = READERS
        raise OshError(f"{path}: found {seen}, expected a file that ends in {', '.join(some)} or {last}")
    found = Found()
    return reader(file, str(path), found), found
