"""Answers to audit frameworks as they are received: a long table, and every fault of it as a row of a second table."""

from __future__ import annotations

import csv
from collections.abc import Callable
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml

from oshlib import files, places
from oshlib.answers.rules import Fault, answer, attribution, finding, fold, item, method, written
from oshlib.errors import OshError
from oshlib.files import READERS
from oshlib.frameworks import Framework, available, load
from oshlib.frameworks.sheets import FINDINGS
from oshlib.tables import FAULTS
from oshlib.values import PARSERS, Found

#: The columns of the table; `row` is the row of the file, its header being 1.
COLUMNS = (
    "row", "unit", "framework", "date", "item", "answer", "method", "significant_finding", "attributed_to", "evidence",
    "assessor",
)  # fmt: skip
#: The second sheet of a form, which explains the first and holds no answers.
GUIDE = "Guide"
_KEYS = ("unit", "framework", "date", "item")
#: Of these something depends; what stands in the others is words only.
_COUNTED = COLUMNS[1:9]

Known = dict[str, Framework]


def read(path: str | Path, framework: Framework | None = None) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The answers of a file, and its faults.

    framework: one that is known beside those that come with the package, or instead of the one of its id.
    Table: COLUMNS, one row an answer, all text ("" for blank, dates as in 2025-11-14), spelt as the framework spells it
    and free of what its scorer would refuse. Faults: those of oshlib.tables.read. An error makes the answer of its row
    blank; a row without its unit, framework, date, item or method is left out.
    Formats: csv, xlsx (its first sheet, as in a form) and parquet. Errors: OshError where it is no table of answers.

    >>> table, faults = read("data/example/answers.csv")
    >>> table.loc[0, ["framework", "item", "answer"]].tolist(), len(faults)
    (['cmm', 'CMM-1.1', '2'], 0)
    """
    table, faults, _ = examined(path, framework)
    return table, faults


def examined(path: str | Path, framework: Framework | None = None) -> tuple[pd.DataFrame, pd.DataFrame, Known]:
    """What `read` gives, and the frameworks that the answers are to, by id."""
    raw, found = _raw(path)
    table = _parse(raw, found, str(path))
    keys = table.set_index("row")[["unit", "date"]]
    known: Known = {} if framework is None else {framework.id: framework}
    table = _of_frameworks(_keyed(table, found), known, found)

    def each(column: str, judge: Callable[..., tuple[str, Fault | None]]) -> None:
        table[column] = _each(table, column, judge, known, found)

    each("item", item)
    blank = set(table.loc[table["answer"].eq(""), "row"])  # a heading in somebody's own form
    found.rows = [f for f in found.rows if f[3] != "no-answer-expected" or f[0] not in blank]
    table = table[table["item"].ne("")].reset_index(drop=True)
    each("method", method)
    each("answer", answer)
    each("significant_finding", finding)
    _attributed(table, known, found)
    table.loc[_struck(table, found, _COUNTED), "answer"] = ""
    table = table[~_struck(table, found, ("method",))].reset_index(drop=True)
    table = _once(table, known, found)
    _variants(table, found)
    used = {i: known[i] for i in table["framework"].unique()}
    return table[list(COLUMNS)], _faults(found, keys), used


def is_answers(path: str | Path) -> bool:
    """Whether a file is meant as a table of answers: it has the columns framework, item and answer.

    >>> is_answers("data/example/answers.csv"), is_answers("data/example/plants.csv")
    (True, False)
    """
    file = places.find(path, "answers")
    if file.is_dir() or file.suffix.lower() not in READERS:
        return False
    if file.suffix.lower() == ".csv":  # filings of a whole country are not read twice for their first line
        with file.open(encoding="utf-8-sig", errors="replace", newline="") as text:
            head = next((line for line in text if line.strip()), "")
        fields = next(csv.reader([head], delimiter=max(",;\t", key=head.count)), [])
        names = {"_".join(f.lower().replace("-", " ").split()) for f in fields}
    else:
        names = set(_raw(path)[0].columns)
    columns = _layout()["columns"]
    return all(names & {c, *columns[c].get("names", ())} for c in ("framework", "item", "answer"))


@lru_cache
def _layout() -> dict[str, Any]:
    file = places.ROOT / "data" / "columns" / "reference" / "answers.yaml"
    return dict(yaml.safe_load(file.read_text(encoding="utf-8")))


def _raw(path: str | Path) -> tuple[pd.DataFrame, Found]:
    raw, found = files.read(path, "answers")
    found.rows = [f for f in found.rows if (f[3], f[2]) != ("more-sheets", GUIDE)]
    return raw, found


def _parse(raw: pd.DataFrame, found: Found, path: str) -> pd.DataFrame:
    """The file's columns under their inside names, as text; what a spreadsheet lost is an error where it counts."""
    layout = _layout()
    asked: dict[str, str] = {}
    for name, column in layout["columns"].items():
        given = [h for h in (name, *column.get("names", ())) if h in raw]
        if len(given) > 1:
            raise OshError(f"{path}: found {' and '.join(map(repr, given))}, which mean the same; expected one of them")
        asked |= dict.fromkeys(given, name)
    required = [n for n, c in layout["columns"].items() if c.get("required")]
    if missing := [n for n in required if n not in asked.values()]:
        raise OshError(f"{path}: found no column {', '.join(missing)}; a {layout['title']} has {', '.join(required)}")
    for header in raw.columns.drop("row"):
        if header not in asked and header not in layout["shown"]:
            near = get_close_matches(header, [n for n in layout["columns"] if n not in asked.values()], n=1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            found.add(1, header, "", "unknown-column", "warning", f"not read: a {layout['title']} has none{hint}")
    table = pd.DataFrame({"row": raw["row"].astype(int)})
    headers = {name: header for header, name in asked.items()}
    for name, column in layout["columns"].items():
        header = headers.get(name)
        cells = raw[header] if header else None
        if column["type"] == "text" and cells is not None and pd.api.types.is_numeric_dtype(cells):
            cells = cells.map(written).astype(str)
        values = PARSERS[column["type"]](cells, raw["row"], name, column, found)
        table[name] = values.dt.strftime("%Y-%m-%d").fillna("").astype(str) if column["type"] == "date" else values
        if header:
            _lost(table, name, raw[header], found.formulas.get(header, []), found)
    return table.reset_index(drop=True)


def _lost(table: pd.DataFrame, name: str, cells: Any, formulas: list[tuple[int, str]], found: Found) -> None:
    """The error of a spreadsheet, a formula without a value, a date that is none: errors, where something depends."""
    if name not in _COUNTED:
        return
    kept = []
    for fault in found.rows:
        row, column, value, rule, _, say, *_ = fault
        if column == name and rule in ("spreadsheet-error", "not-a-date"):
            if rule == "spreadsheet-error":
                say = "the error of a spreadsheet: what stood here is lost"
                table.loc[table["row"].eq(row), name] = ""
            elif value.isdigit() and len(value) == 5:
                say += "; this is a day as a spreadsheet counts them: format the cell as a date"
            kept.append((row, name, value, rule, say))
    found.rows = [f for f in found.rows if not (f[1] == name and f[3] in ("spreadsheet-error", "not-a-date"))]
    for row, formula in formulas:
        say = "a formula without a stored value: open the file in a spreadsheet program and save it"
        kept.append((row, name, formula, "formula-without-value", say))
    for row, _, value, rule, say in kept:
        found.add(row, name, value, rule, "error", f"left out: {say}" if name in (*_KEYS, "method") else say)
    for row, cell, value in zip(table["row"], cells, table[name], strict=True):
        if name in _KEYS and value == "" and name not in found.struck[row]:
            shown = "" if cell is None or cell is pd.NaT or cell != cell else str(cell).strip()
            found.add(row, name, shown, "required", "error", f"left out: a row needs its {name}")


def _keyed(table: pd.DataFrame, found: Found) -> pd.DataFrame:
    """The rows that say whose answer to what they are."""
    return table[~_struck(table, found, _KEYS)].reset_index(drop=True)


def _struck(table: pd.DataFrame, found: Found, columns: tuple[str, ...]) -> Any:
    """The rows that have an error in one of the columns."""
    return np.array([not found.struck.get(r, set()).isdisjoint(columns) for r in table["row"]], dtype=bool)


def _of_frameworks(table: pd.DataFrame, known: Known, found: Found) -> pd.DataFrame:
    """The rows to a framework that there is, under its id."""
    ids = {fold(name): name for name in (*available(), *known)} | {fold(f.file): f.id for f in known.values()}
    files: dict[str, Framework] = {}
    for text, at in table.groupby("framework", sort=False).indices.items():
        fault, own = "", ids.get(fold(text), "")
        try:
            one = known[own] if own in known and own else load(own or text)
            other = files.setdefault(one.id, known.get(one.id, one))
            if other.nodes != one.nodes and other.file != one.file:
                fault = f"its id is {one.id!r}, which is that of {other.file}, too"
        except OshError as refused:
            fault = str(refused).removeprefix("framework: ")
        for i in at if fault else ():
            found.add(table["row"].iat[i], "framework", text, "unknown-framework", "error", f"left out: {fault}")
        table.loc[at, "framework"] = "" if fault else one.id
    known |= files
    return table[table["framework"].ne("")].reset_index(drop=True)


def _each(table: pd.DataFrame, column: str, judge: Any, known: Known, found: Found) -> pd.Series:
    """One column, judged once for every distinct entry of an item."""
    values = table[column].to_numpy(dtype=object, copy=True)
    by = list(dict.fromkeys(("framework", "item", column)))
    for key, at in table.groupby(by, sort=False).indices.items():
        new, fault = judge(known[key[0]], *key[1:])
        if fault:
            for i in at:
                if column not in found.struck[table["row"].iat[i]]:  # said already
                    found.add(table["row"].iat[i], column, values[i], *fault)
        values[at] = new
    return pd.Series(values, index=table.index, dtype=str)


def _attributed(table: pd.DataFrame, known: Known, found: Found) -> None:
    """Answers that are counted only for what they are attributed to."""
    for (own, asked, cause), at in table.groupby(["framework", "item", "attributed_to"], sort=False).indices.items():
        new, fault = attribution(known[own], asked, cause)
        table.loc[at, "attributed_to"] = new
        if fault:
            for i in at:
                if table["answer"].iat[i]:
                    found.add(table["row"].iat[i], "attributed_to", cause, *fault)


def _once(table: pd.DataFrame, known: Known, found: Found) -> pd.DataFrame:
    """One row a unit, date, item and method: alike, one stays, as does the only one that says anything; else none."""
    key = ["unit", "framework", "date", "item", "method"]
    several = {(f.id, n.id) for f in known.values() for n in f.leaves if n.repeats}
    once = pd.Series([pair not in several for pair in zip(table["framework"], table["item"], strict=True)], dtype=bool)
    drop: list[int] = []
    for values, rows in table[table.duplicated(key, keep=False) & once].groupby(key, sort=False):
        yes = rows["significant_finding"].isin(FINDINGS)
        broken = rows["row"].map(lambda r: bool(found.struck.get(r)))
        said = rows[rows["answer"].ne("") | yes | broken]
        numbers = ", ".join(map(str, rows["row"]))
        alike = len({*zip(said["answer"], yes[said.index], strict=True)}) <= 1 and not broken.any()
        keep = (said if alike and len(said) else rows).index[0]
        say, rule = f"rows {numbers} answer {values[3]}", ("duplicate", "warning") if alike else ("two-values", "error")
        if alike:
            how = " alike: " if len(said) != 1 else ", and only one of them says anything: "
            say += f"{how}row {table['row'].at[keep]} is kept"
        else:
            shown = ", ".join(dict.fromkeys(a or "blank" for a in rows["answer"]))
            say += f" for {values[0]}, {values[2]}: {shown}; none of them counts"
            table.loc[keep, ["answer", "significant_finding"]] = ""
        for index in rows.index.drop(keep):
            found.add(table["row"].at[index], "item", values[3], *rule, say, "DUPLICATE")
            drop.append(index)
    return table.drop(index=drop).reset_index(drop=True)


def _variants(table: pd.DataFrame, found: Found) -> None:
    """Units whose names differ only by spaces or case: perhaps one, misspelt."""
    first = table.drop_duplicates("unit")[["unit", "row"]]
    for _, same in first.groupby(first["unit"].map(fold), sort=False):
        for name, row in same.itertuples(index=False) if len(same) > 1 else ():
            others = ", ".join(repr(n) for n in same["unit"] if n != name)
            found.add(row, "unit", name, "name-variant", "warning", f"differs from {others} only by spaces or case")


def _faults(found: Found, keys: pd.DataFrame) -> pd.DataFrame:
    """FAULTS, in the order of the rows, with the unit and the year that they concern."""
    faults = pd.DataFrame(found.rows, columns=list(FAULTS))
    named = keys[~keys.index.duplicated()].reindex(faults["row"])
    faults["unit_id"] = named["unit"].fillna("").to_numpy()
    faults["year"] = pd.to_numeric(named["date"].str[:4], errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    return faults.sort_values("row", kind="stable", ignore_index=True)
