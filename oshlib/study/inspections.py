"""Inspections one by one, and what they add up to for each establishment of a list."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from oshlib import lists
from oshlib.errors import OshError
from oshlib.values import FAULTS, Found, plain

#: Violations that are added up.
COUNTS = ("fatal_causal", "willful", "repeat", "serious")
#: What an inspection history fills.
FILLED = (*COUNTS, "history_from", "last_comprehensive")
_NEVER = pd.Timestamp("NaT")


def add(table: pd.DataFrame, path: str | Path, since: str | date) -> tuple[pd.DataFrame, pd.DataFrame]:
    """A list of establishments with the history that a file of inspections tells, and the faults of that file.

    table: as oshlib.tables.read gives it. For each unit_id FILLED is replaced: the sums of the inspections opened on
    `since` or later, that day, and the day of the last comprehensive one of any time. The file is taken as complete: an
    establishment that it does not name had no inspection, so its counts are 0. What cannot be known is NaN and its
    column named in `struck`: counts with a fault, whatever an inspection without a date may have part in. A count that
    is blank in one inspection is blank in the sum.
    Faults: those of oshlib.tables, `row` being that of the inspections (1: of the whole file or of the list). Errors:
    OshError where the file is no such table. Source: CPL 2-0.119, XI.A.1 (sums over all inspections) and XIV.E.

    >>> from oshlib import tables
    >>> listed, _ = tables.read("data/example/establishments.csv")
    >>> table, faults = add(listed, "data/example/inspections.csv", "1993-01-01")
    >>> table.loc[table["unit_id"].eq("EST-06"), "serious"].tolist(), len(faults)
    ([8.0], 0)
    """
    first = _day(since)
    visits, found = _read(path)
    owners = dict(zip(visits["row"], visits["unit_id"], strict=True))
    visits = _once(_of_the_list(visits, set(table["unit_id"]), found), found)
    _say_blanks(visits, first, found)
    nothing = {**dict.fromkeys(COUNTS, 0.0), "history_from": first, "last_comprehensive": _NEVER, "struck": frozenset()}
    known = {unit: _summed(rows, first, found) for unit, rows in visits.groupby("unit_id", sort=False)}
    history = pd.DataFrame([known.get(unit, nothing) for unit in table["unit_id"]], columns=[*FILLED, "struck"])
    out = table.copy()
    for column in FILLED:
        values = history[column].astype(float if column in COUNTS else "datetime64[s]")
        out[column] = pd.Series(values.to_numpy(), index=table.index)
    struck = [
        ",".join(sorted({*old.split(","), *new} - ({*FILLED} - {*new}) - {""}))
        for old, new in zip(table["struck"], history["struck"], strict=True)
    ]
    out["struck"] = pd.Series(struck, index=table.index, dtype=str)
    faults = pd.DataFrame(found.rows, columns=list(FAULTS))
    faults["unit_id"] = [owners.get(row, "") for row in faults["row"]]
    told = pd.concat([faults, _differences(table, out, first)], ignore_index=True) if len(table) else faults
    return out, told.sort_values("row", kind="stable", ignore_index=True)


def _day(since: str | date) -> pd.Timestamp:
    try:
        day = pd.Timestamp(since)
    except ValueError:
        day = _NEVER
    if day is pd.NaT:
        raise OshError(f"since: found {since!r}, expected a day such as 1993-01-01")
    return day


def _read(path: str | Path) -> tuple[pd.DataFrame, Found]:
    """The inspections under their inside names; a column that there is not is refused, a value that is none a fault."""
    layout = lists.layout_of("inspections")
    table, found = lists.parsed(path, layout)
    _dates_and_kinds(table, layout["columns"]["kind"]["one_of"], found)
    return table, found


def _dates_and_kinds(table: pd.DataFrame, kinds: list[str], found: Found) -> None:
    """An inspection has a day and a kind: neither is guessed."""
    shown = table["kind"]
    folded = shown.str.casefold()
    table["kind"] = folded.where(folded.isin(kinds), "")
    for row, opened, kind, known in zip(table["row"], table["opened"], shown, table["kind"], strict=True):
        if opened is pd.NaT and "opened" not in found.struck[row]:
            found.add(row, "opened", "", "required", "error", "no date: whether its violations count is not known")
        if not known and "kind" not in found.struck[row]:
            found.add(row, "kind", kind, "unknown-kind", "error", f"expected {' or '.join(kinds)}")


def _of_the_list(visits: pd.DataFrame, units: set[str], found: Found) -> pd.DataFrame:
    """The inspections of establishments that the list has; the others are said."""
    for row, unit in zip(visits["row"], visits["unit_id"], strict=True):
        if unit == "" and "unit_id" not in found.struck[row]:
            found.add(row, "unit_id", "", "required", "error", "left out: whose inspection it is is not said")
        elif unit not in units:
            found.add(row, "unit_id", unit, "unknown-unit", "warning", "left out: the list has no such establishment")
    return visits[visits["unit_id"].isin(units) & visits["unit_id"].ne("")].reset_index(drop=True)


def _once(visits: pd.DataFrame, found: Found) -> pd.DataFrame:
    """Rows alike in everything are one inspection; of rows with a fault nobody knows whether they are alike."""
    sound = visits[np.array([not found.struck.get(row) for row in visits["row"]], dtype=bool)]
    alike = sound.groupby([c for c in visits.columns if c != "row"], dropna=False)["row"].transform("min")
    again = sound["row"].ne(alike)
    for row, opened, earlier in zip(sound["row"][again], sound["opened"][again], alike[again], strict=True):
        say = f"alike to row {earlier} in everything: counted once"
        found.add(row, "opened", opened.date(), "duplicate", "warning", say, "DUPLICATE")
    return visits.drop(index=sound.index[again]).reset_index(drop=True)


def _say_blanks(visits: pd.DataFrame, first: pd.Timestamp, found: Found) -> None:
    counted = visits[~visits["opened"].lt(first)]
    for column in COUNTS:
        for row in counted.loc[counted[column].isna(), "row"]:
            if column not in found.struck[row]:
                say = "blank is not zero: how many the establishment had is not known"
                found.add(row, column, "", "blank-count", "warning", say)


def _summed(rows: pd.DataFrame, first: pd.Timestamp, found: Found) -> dict[str, Any]:
    """FILLED of one establishment, and what of it a fault has struck."""
    undated, counted = rows["opened"].isna(), rows[rows["opened"].ge(first)]
    struck = {"history_from"} if undated.any() else set()
    out: dict[str, Any] = {"history_from": first}
    for column in COUNTS:
        out[column] = counted[column].sum(skipna=False)
        faulty = any(column in found.struck[row] for row in counted["row"])
        if faulty or rows.loc[undated, column].ne(0).any():
            struck.add(column)
    last = rows.loc[rows["kind"].eq("comprehensive"), "opened"].max()
    perhaps = rows[rows["kind"].eq("") & ~rows["opened"].le(last) | undated & rows["kind"].ne("other")]
    out["last_comprehensive"] = last
    if len(perhaps):
        struck.add("last_comprehensive")
    return {**out, **{c: float("nan") if c in COUNTS else _NEVER for c in struck}, "struck": frozenset(struck)}


def _differences(listed: pd.DataFrame, out: pd.DataFrame, first: pd.Timestamp) -> pd.DataFrame:
    """Where the list itself tells another history since the same day, or another last inspection: it is not used."""
    told = []
    for column in [c for c in (*COUNTS, "last_comprehensive") if c in listed]:
        before, after = listed[column], out[column]
        differs = before.notna() & before.ne(after)
        differs &= np.array([column not in struck.split(",") for struck in out["struck"]], dtype=bool)
        if column in COUNTS:
            differs &= listed["history_from"].eq(first)
        for i in listed.index[differs]:
            ours, theirs = _shown(before[i]), _shown(after[i])
            say = f"the list has {ours} (row {listed['row'][i]}), the inspections {theirs}: these are used"
            told.append((1, column, ours, "history-differs", "warning", say, "", listed["unit_id"][i], float("nan")))
    return pd.DataFrame(told, columns=list(FAULTS))


def _shown(value: Any) -> str:
    if value is pd.NaT:
        return "none"
    return value.date().isoformat() if isinstance(value, pd.Timestamp) else str(plain(value))
