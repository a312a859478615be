"""Files as they are received, to tables of text: what each reader cannot place is a fault or a sentence."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from oshlib.errors import OshError
from oshlib.values import Found

_YEAR = re.compile(r"(?:19|20)\d\d")


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


#: How a file is read, by its ending.
READERS: dict[str, Callable[[Path, str, Found], pd.DataFrame]] = {
    ".csv": _read_csv,
    ".parquet": _read_parquet,
}
