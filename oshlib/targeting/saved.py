"""Records of draws as they were saved: csv, xlsx, parquet, the report itself or the notebook that was run."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pandas as pd

from oshlib import places
from oshlib.errors import OshError
from oshlib.files import READERS
from oshlib.values import Found

#: The columns of a record, one row a name of the frame.
COLUMNS = (
    "area", "list", "sample", "batch", "seed", "numbers", "share", "n", "cycles", "rule", "frame_sha256",
    "position", "unit_id", "sha256", "drawn", "cycle",
)  # fmt: skip
#: The tables of a page as they are saved from it (oshlib.markup.table).
_BLOCK = re.compile(r'<script type="application/json">(.*?)</script>', re.DOTALL)


def read(path: str | Path) -> pd.DataFrame:
    """The record in a file: csv, xlsx or parquet, a report as HTML, or the notebook that was run (.ipynb).

    COLUMNS, all text ("" for blank). Of a report or notebook every table that has these columns is read.
    Errors: OshError where there is no such file, or no record in it.
    """
    file = places.find(path, "record")
    ending = file.suffix.lower()
    if file.is_dir() or ending not in (*READERS, ".html", ".htm", ".ipynb"):
        what = "a folder" if file.is_dir() else ending or "a file without an ending"
        raise OshError(f"{path}: found {what}, expected a record of draws ({', '.join(READERS)}, .html or .ipynb)")
    table = _saved(file, str(path)) if ending in READERS else _shown(file, str(path))
    if table.empty:
        raise OshError(f"{path}: the file has no row; expected a record of draws")
    return as_texts(table, str(path))


def as_texts(table: pd.DataFrame, name: str = "record") -> pd.DataFrame:
    """COLUMNS of a record, every cell as text; OshError where one of them is missing.

    >>> as_texts(pd.DataFrame({c: [1.0] for c in COLUMNS})).iloc[0].unique().tolist()
    ['1']
    """
    _is_record(table, name)
    return table[list(COLUMNS)].astype(object).map(_text)


def _saved(file: Path, path: str) -> pd.DataFrame:
    """A table as the page saves it."""
    found = Found()
    table = READERS[file.suffix.lower()](file, path, found)
    for row, _, value, _, level, text, *_ in found.rows:
        if level == "error":
            raise OshError(f"{path} row {row}: found {value!r}; {text.removeprefix('left out: ')}")
    _is_record(table, path)
    if file.suffix.lower() == ".csv":
        # The page saves a text that a spreadsheet would run as a formula with an apostrophe before it.
        return table[list(COLUMNS)].replace(r"^'(?=[=+\-@\t\r])", "", regex=True)
    return table


def _shown(file: Path, path: str) -> pd.DataFrame:
    """The tables of a page or a notebook that have the columns of a record, as one."""
    try:
        text = file.read_text(encoding="utf-8")
        pages = _outputs(json.loads(text)) if file.suffix.lower() == ".ipynb" else [text]
        tables = [json.loads(block) for page in pages for block in _BLOCK.findall(page)]
        records = [
            pd.DataFrame(t["rows"], columns=t["header"], dtype=object)
            for t in tables
            if isinstance(t, dict) and set(COLUMNS) <= set(t.get("header", ()))
        ]
    except (ValueError, TypeError, AttributeError) as fault:  # no text, no JSON, or JSON of another shape
        raise OshError(f"{path}: cannot be read as {file.suffix.lower()}: {fault}") from None
    if not records:
        raise OshError(
            f"{path}: found no record of draws in its tables ({len(tables)}); expected a report on inspection lists"
        )
    return pd.concat(records, ignore_index=True)


def _outputs(notebook: Any) -> list[str]:
    """What the cells of a notebook show as HTML; a file may hold it as one text or as lines."""
    cells = notebook.get("cells", ()) if isinstance(notebook, dict) else ()
    outputs = [output for cell in cells for output in cell.get("outputs", ())]
    return ["".join(output.get("data", {}).get("text/html", "")) for output in outputs]


def _is_record(table: pd.DataFrame, path: str) -> None:
    missing = [column for column in COLUMNS if column not in table]
    if missing:
        more = f" and {len(missing) - 3} more" if len(missing) > 3 else ""
        raise OshError(
            f"{path}: found no column {', '.join(missing[:3])}{more}; expected a record of draws as a report saves it"
        )


def _text(value: Any) -> str:
    """A cell as text, whichever file it comes from."""
    if value is None or value is pd.NA or value != value:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
