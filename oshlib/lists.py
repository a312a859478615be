"""Lists that are no annual tables, such as participants, training contacts or a log of cases: one fact a row."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml

from oshlib import cases, files, places, ruled, ticks
from oshlib.errors import OshError
from oshlib.files import READERS
from oshlib.filings import make_blank
from oshlib.values import FAULTS, PARSERS, Found, plain

_UNSTORED = "a formula without a stored value: open the file in a spreadsheet program and save it"

Layout = dict[str, Any]


def read(path: str | Path, kind: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """A list in one of the layouts of data/columns/lists, and its faults.

    Table: `row` (of the file, its header being 1), every column of the layout under its inside name, and `struck`, the
    columns whose values an error has made unknown. Words are folded to those of the layout. Of two rows with one key,
    alike in everything, one is kept; where they differ, what differs is blank, and it and the last column of the key
    stand in `struck`. A layout with `typed` adds the type of each row (categories: all types) and the words that
    decided it. Rows without a unit are left out; those without their year or quarter stay, and belong to none.
    Faults: FAULTS. Errors: OshError where the file is no such table. Source: the layout's `source`.

    >>> table, faults = read("data/example/partnership_contacts.csv", "contacts")
    >>> table.query("unit_id == 'SP-05' and year == 2025")["attended"].tolist()
    [5.0, 5.0, 6.0, 6.0]
    """
    layout = layout_of(kind)
    if "key" not in layout:
        raise OshError(f"kind: found {kind!r}, expected one of {', '.join(kinds())}")
    table, found = parsed(path, layout)
    for name, column in layout["columns"].items():
        if "words" in column:
            table[name] = _in_own_words(table, name, column, found)
    _identify(table, found)
    owners = table.set_index("row")
    table = table[table["unit_id"].ne("")].reset_index(drop=True)
    for name in (name for name, column in layout["columns"].items() if column.get("one_spelling")):
        _spell_once(table, name, found)
    _say_blank_keys(table, layout["key"], found)
    ruled.say(table, layout.get("rules", []), found)
    for i in table.index[table["row"].isin(list(found.struck))]:
        make_blank(table, i, [c for c in table.columns if c in found.struck[table["row"][i]] and c != "unit"])
    said = {name for name, column in layout["columns"].items() if column.get("say_kept")}
    table = _once(table, layout["key"], said, found).reset_index(drop=True)
    table["struck"] = pd.Series([",".join(sorted(found.struck.get(row, ()))) for row in table["row"]], dtype=str)
    if "typed" in layout:
        rule = layout["typed"]
        into = cases.typed(table, types(rule["rules"]), rule["own"], rule["texts"])
        table[rule["into"]], table[rule["because"]] = into["type"], into["because"]
    faults = pd.DataFrame(found.rows, columns=list(FAULTS))
    named = owners.reindex(faults["row"])
    faults["unit_id"] = named["unit_id"].fillna("").to_numpy()
    faults["year"] = named["year"].to_numpy(dtype=float, na_value=np.nan) if "year" in named else np.nan
    return table, faults.sort_values("row", kind="stable", ignore_index=True)


def kinds() -> list[str]:
    """The kinds of list that `read` knows."""
    folder = places.ROOT / "data" / "columns" / "lists"
    return [file.stem for file in sorted(folder.glob("*.yaml")) if "key" in layout_of(file.stem)]


def recognised(path: str | Path) -> str | None:
    """The kind of list that a file is by its columns; None where it is none of them."""
    file = places.find(path, "data")
    if file.is_dir() or file.suffix.lower() not in READERS:
        return None
    headers = set(ticks.without_letters(READERS[file.suffix.lower()](file, str(path), Found())).columns)
    fitting = []
    for kind in kinds():
        columns = layout_of(kind)["columns"]
        known = {name for name, column in columns.items() if headers & ticks.spellings(name, column)}
        needed = {name for name, column in columns.items() if column.get("required")}
        if needed <= known and {"unit", "unit_id"} & known:
            fitting.append((len(known), kind))
    return max(fitting)[1] if fitting else None


@lru_cache
def layout_of(kind: str) -> Layout:
    """One layout of data/columns/lists."""
    file = places.ROOT / "data" / "columns" / "lists" / f"{kind}.yaml"
    if not file.exists():
        there = sorted(other.stem for other in file.parent.glob("*.yaml"))
        raise OshError(f"kind: found {kind!r}, expected one of {', '.join(there)}")
    layout: Layout = yaml.safe_load(file.read_text(encoding="utf-8"))
    ruled.known(layout.get("rules", []), file.name)
    return layout


@lru_cache
def types(name: str) -> tuple[cases.Type, ...]:
    """The types of data/reference/<name>.yaml, in the order in which they are tried."""
    file = places.ROOT / "data" / "reference" / f"{name}.yaml"
    told = yaml.safe_load(file.read_text(encoding="utf-8"))
    return tuple(
        cases.Type(
            own["id"], own["title"], *(_spelt_out(own.get(key, []), told["groups"]) for key in ("words", "unless"))
        )
        for own in told["types"]
    )


def _spelt_out(words: list[str], groups: dict[str, list[str]]) -> tuple[str, ...]:
    """Each word with every member of the groups that it names."""
    out = list(words)
    for group, members in groups.items():
        out = [w.replace(f"<{group}>", one) for w in out for one in (members if f"<{group}>" in w else [""])]
    return tuple(out)


def parsed(path: str | Path, layout: Layout) -> tuple[pd.DataFrame, Found]:
    """The columns of a layout under their inside names, each value parsed; faults for what does not parse.

    Errors: OshError where a required column is not there, or two mean the same.
    """
    raw, found = files.read(path, "data")
    raw = ticks.without_letters(raw)
    table = pd.DataFrame({"row": raw["row"].astype(int)})
    read = {"row"}
    for name, column in layout["columns"].items():
        given = [header for header in (name, *column.get("names", ())) if header in raw]
        if len(given) > 1:
            raise OshError(f"{path}: found {' and '.join(map(repr, given))}, which mean the same; expected one of them")
        ticked = [header for header in ticks.headers(column) if header in raw]
        if given and ticked:
            raise OshError(f"{path}: found {given[0]!r} and {ticked[0]!r}, which mean the same; expected one of them")
        if ticked:
            read.update(ticked)
            table[name] = ticks.ticked(raw, name, column, found)
            continue
        if not given and (column.get("required") or (name == "unit_id" and not read & _headers(layout, "unit"))):
            needed = ", ".join(n for n, c in layout["columns"].items() if c.get("required") or n == "unit_id")
            raise OshError(f"{path}: found no column {name}; a {layout['title']} has {needed}")
        read.update(given)
        values = raw[given[0]] if given else None
        table[name] = PARSERS[column["type"]](values, raw["row"], name, column, found)
        for row, formula in found.formulas.get(given[0], ()) if given else ():
            found.add(row, name, formula, "formula-without-value", "error", _UNSTORED)
    for header in [header for header in raw.columns if header not in read]:
        found.add(1, header, "", "unknown-column", "warning", f"not read: a {layout['title']} has no such column")
    return table, found


def _headers(layout: Layout, name: str) -> set[str]:
    column = layout["columns"].get(name)
    return set() if column is None else {name, *column.get("names", ())}


def _in_own_words(table: pd.DataFrame, name: str, column: Layout, found: Found) -> Any:
    """The words of the layout for those of the file; case, spaces and dashes make no difference, others are errors."""
    meant = {_folded(w): own for own, words in column["words"].items() for w in (own, *words)}
    values = table[name].map(lambda v: meant.get(_folded(v), ""))
    expected = column.get("expected") or ", ".join(column["words"])
    for row, shown in table.loc[values.eq("") & table[name].ne(""), ["row", name]].itertuples(index=False):
        found.add(row, name, shown, "unknown-word", "error", f"expected {expected}")
    return values.astype(str)


def _folded(word: str) -> str:
    return " ".join(word.casefold().replace("_", " ").replace("-", " ").split()).removesuffix(".0")


def _identify(table: pd.DataFrame, found: Found) -> None:
    """The id from the name, the name from the id; a row with neither is nobody's."""
    if "unit" not in table:
        return
    table["unit_id"] = table["unit_id"].where(table["unit_id"].ne(""), table["unit"])
    table["unit"] = table["unit"].where(table["unit"].ne(""), table["unit_id"])
    for row in table.loc[table["unit_id"].eq(""), "row"]:
        found.add(row, "unit_id", "", "required", "error", "left out: a row needs its unit_id or unit")


def _spell_once(table: pd.DataFrame, name: str, found: Found) -> None:
    """One spelling, that of its first row, for what differs within a unit in capitals and spaces only."""
    folded = table[name].str.casefold().str.split().str.join(" ")
    groups = table.groupby([table["unit_id"], folded], sort=False)
    first, rows = groups[name].transform("first"), groups["row"].transform("first")
    for i in table.index[table[name].ne(first)]:
        text = f"read as {first[i]!r}, as in row {rows[i]}"
        found.add(table["row"][i], name, table[name][i], "two-spellings", "warning", text)
    table[name] = first


def _say_blank_keys(table: pd.DataFrame, key: list[str], found: Found) -> None:
    for column in key[1:]:
        text = pd.api.types.is_string_dtype(table[column])
        level = "warning" if text else "error"
        say = f"blank: taken as a row of its own, without its {column}" if text else f"blank: a row needs its {column}"
        for row in table.loc[table[column].eq("") if text else table[column].isna(), "row"]:
            if column not in found.struck.get(row, ()):
                found.add(row, column, "", "required", level, say)


def _once(table: pd.DataFrame, key: list[str], said: set[str], found: Found) -> pd.DataFrame:
    """Rows of one key: alike in everything, one stays; else what differs is not known.

    said: columns that leave a row in use where they alone differ, so that it is told which one stays.
    """
    whole = table[key].notna().all(axis=1) & table[key].astype(str).ne("").all(axis=1)
    doubled = table[whole & table.duplicated(key, keep=False)]
    compared = [c for c in table.columns if c not in ("row", *key)]
    drop: list[Any] = []
    for _, rows in doubled.groupby(key, sort=False):
        keep, numbers = rows.index[0], ", ".join(map(str, rows["row"]))
        struck = set().union(*(found.struck.get(row, set()) for row in rows["row"]))
        differ = [c for c in compared if rows[c].nunique(dropna=False) > 1 or c in struck]
        shown = plain(rows[key[-1]].iloc[0])
        for row in rows["row"].iloc[1:]:
            if differ:
                text = f"rows {numbers} are one {key[-1]} and differ in {', '.join(differ)}: which holds is not known"
                found.add(row, key[-1], shown, "two-values", "error", text, "DUPLICATE")
            else:
                found.add(row, key[-1], shown, "duplicate", "warning", "Identical: one kept.", "DUPLICATE")
        if differ:
            if set(differ) <= said:
                text = f"of rows {numbers} this one is kept, without its {', '.join(differ)}"
                found.add(table["row"].at[keep], key[-1], shown, "kept-of-several", "warning", text)
            make_blank(table, keep, [c for c in differ if c != "unit"])
            found.struck[int(table["row"].at[keep])].update((*differ, key[-1]))
        drop.extend(rows.index[1:])
    return table.drop(index=drop)
