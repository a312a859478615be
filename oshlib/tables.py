"""Raw files as they are received: the annual table, and every fault of it as a row of a second table."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml

from oshlib import places
from oshlib.checks import KINDS
from oshlib.errors import OshError
from oshlib.files import READERS
from oshlib.rates import exposures
from oshlib.values import PARSERS, Found

#: The columns of the annual table, in the order of the contract; `row` is the row of the file, its header being 1.
COLUMNS = (
    "unit", "unit_id", "year", "year_type", "months", "hours", "employees", "deaths", "dafw_cases", "djtr_cases",
    "other_cases", "recordable_cases", "lost_time_cases", "dafw_days", "djtr_days", "first_aid_cases",
    "military_strength", "civilian_hours", "naics", "parent", "received", "note",
)  # fmt: skip
FAULTS = ("row", "column", "value", "rule", "level", "text", "flag", "unit_id", "year")
#: What a rate is made of: a fault in these is an error and strikes, one in the others is a warning.
STRUCK = COLUMNS[4:18]
#: What stands after them: `universe` is the population that a row's rates belong to.
BESIDE = ("row", "struck", "universe", "hours_from", "screened")

_UNSTORED = "a formula without a stored value: open the file in a spreadsheet program and save it"

Layout = dict[str, Any]


def read(path: str | Path, kind: str | None = None) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The annual table of a file, and its faults.

    kind: a layout of data/columns (default: the one that knows most of the file's columns). Table: COLUMNS and BESIDE,
    one row a unit and year, counts and hours as floats with NaN for missing. Faults: FAULTS, level "error" or
    "warning". A value struck by an error is NaN in the table and its column named in `struck`: nothing can be worked
    out from it, nor from what would stand in for a blank. `screened` names the rules that set a row aside from
    benchmarks; `hours_from` is "headcount" where the layout makes hours from heads.
    Formats: csv (utf-8 or cp1252; comma, semicolon or tab), xlsx (its first sheet) and parquet.
    Errors: OshError where the file cannot be read as a table at all. Source: the layout's `source`.

    >>> table, faults = read("data/example/ready_mix.csv")
    >>> table.shape, len(faults)
    ((15, 27), 0)
    """
    file = places.find(path, "data")
    reader = READERS.get(file.suffix.lower())
    if file.is_dir() or reader is None:
        what = "a folder" if file.is_dir() else f"the ending {file.suffix!r}"
        *some, last = READERS
        raise OshError(f"{path}: found {what}, expected a file that ends in {', '.join(some)} or {last}")
    found = Found()
    raw = reader(file, str(path), found)
    name, layout = _choose(str(path), list(raw.columns), kind)
    table = _parse(raw, layout, found, str(path), name)
    _check(table, layout, found)
    if layout.get("cumulative"):
        table = _longest(table, found)
    table = _one_row_a_year(table, found)
    for column, named in (("struck", found.struck), ("screened", found.screened)):
        texts = [",".join(sorted(named.get(row, ()))) for row in table["row"]]
        table[column] = pd.Series(texts, index=table.index, dtype=str)
    table["hours_from"] = ""
    if "hours" in layout:  # not as filed
        table = table.assign(**exposures(table, layout["hours"])[["hours", "hours_from"]])
    faults = pd.DataFrame(found.rows, columns=list(FAULTS))
    _name_faults(faults, found.keys)
    return table[[*COLUMNS, *BESIDE]].reset_index(drop=True), faults.sort_values(
        "row", kind="stable", ignore_index=True
    )


@lru_cache
def layouts() -> dict[str, Layout]:
    """Every layout of data/columns by name, what it extends included."""
    loaded = {}
    for file in sorted((places.ROOT / "data" / "columns").glob("*.yaml")):
        loaded[file.stem] = yaml.safe_load(file.read_text(encoding="utf-8"))
        for rule in loaded[file.stem].get("rules", []):
            if rule["kind"] not in KINDS:
                raise OshError(
                    f"{file.name}: rule {rule['id']}: found kind {rule['kind']!r}, expected one of {list(KINDS)}"
                )
    for layout in loaded.values():
        inherited = loaded.get(layout.get("extends", ""), {}).get("rules", [])
        unwanted = layout.get("without", [])
        layout["rules"] = [*layout.get("rules", []), *(rule for rule in inherited if rule["id"] not in unwanted)]
    return loaded


def _spellings(layout: Layout) -> dict[str, str]:
    """Every accepted header, in lower case, and the inside name that it stands for."""
    return {
        spelling: inside
        for inside, column in layout["columns"].items()
        for spelling in (inside, *column.get("names", []))
    }


def _choose(path: str, headers: list[str], kind: str | None) -> tuple[str, Layout]:
    every = layouts()
    if kind is not None:
        if kind not in every:
            raise OshError(f"{path}: kind: found {kind!r}, expected one of {', '.join(every)}")
        return kind, every[kind]
    known = {}
    for name, layout in every.items():
        spellings = _spellings(layout)
        inside = {spellings[h] for h in headers if h in spellings}
        if not _missing(layout, inside):
            known[name] = len(inside)
    if not known:
        wants = "; ".join(f"{name}: {', '.join(_required(layout))}" for name, layout in every.items())
        raise OshError(
            f"{path}: found the columns {', '.join(headers[:-1][:12])}; no layout knows them. Needed are: {wants}"
        )
    best = max(known, key=lambda name: known[name])
    return best, every[best]


def _required(layout: Layout) -> list[str]:
    return ["/".join([*c.get("names", []), name]) for name, c in layout["columns"].items() if c.get("required")]


def _missing(layout: Layout, inside: set[str]) -> list[str]:
    return [name for name, c in layout["columns"].items() if c.get("required") and name not in inside]


def _parse(raw: pd.DataFrame, layout: Layout, found: Found, path: str, name: str) -> pd.DataFrame:
    """The file's columns under their inside names, each value parsed; faults for what does not parse."""
    spellings = _spellings(layout)
    asked: dict[str, str] = {}
    for header in raw.columns.drop("row"):
        inside = spellings.get(header)
        if inside is None:
            found.add(1, header, "", "unknown-column", "warning", f"not read: the layout {name} has no such column")
        elif inside in asked:
            raise OshError(
                f"{path}: found {asked[inside]!r} and {header!r}, both meaning {inside}; expected one of them"
            )
        else:
            asked[inside] = header
    if missing := _missing(layout, set(asked)):
        raise OshError(f"{path}: found no column {', '.join(missing)}, which the layout {name} needs")
    annual = layouts()["annual"]["columns"]
    table = pd.DataFrame({"row": raw["row"]})
    for inside, column in {**annual, **layout["columns"]}.items():
        parser = PARSERS[column["type"]]
        values = parser(raw[asked[inside]] if inside in asked else None, raw["row"], inside, column, found)
        for row, formula in found.formulas.get(asked.get(inside, ""), ()):
            found.add(row, inside, formula, "formula-without-value", "error", _UNSTORED)
        table[inside] = _filled(values, inside, column, raw["row"], found)
    table["unit_id"] = table["unit_id"].where(table["unit_id"].ne(""), table["unit"])
    found.keys = table.set_index("row")[["unit_id", "year"]]
    for column, what in (("unit", table["unit"].eq("")), ("year", table["year"].isna())):
        for row in table.loc[what, "row"]:
            if column not in found.struck[int(row)]:
                found.add(row, column, "", "required", "error", f"left out: a row needs its {column}")
    table = table[table["unit"].ne("") & table["year"].notna()]
    _name_variants(table, found)
    return table.reset_index(drop=True)


def _filled(values: Any, name: str, column: dict[str, Any], rows: Any, found: Found) -> Any:
    """Blanks that the layout knows the value of; what a fault has blanked is not known."""
    if "default" not in column:
        return values
    blank = values.eq("") if column["type"] == "text" else values.isna()
    faulty = rows.isin([fault[0] for fault in found.rows if fault[1] == name])
    return values.mask(blank & ~faulty, column["default"])


def _name_variants(table: pd.DataFrame, found: Found) -> None:
    """Names that are keys and differ only by spaces or case are two units: perhaps one, misspelt."""
    keys = table.loc[table["unit_id"].eq(table["unit"]), ["unit", "row"]].drop_duplicates("unit")
    folded = keys["unit"].str.casefold().str.split().str.join(" ")
    for same in keys.groupby(folded)["unit"].unique():
        if len(same) > 1:
            for name in same:
                row = int(keys.loc[keys["unit"].eq(name), "row"].iloc[0])
                others = ", ".join(repr(n) for n in same if n != name)
                found.add(row, "unit", name, "name-variant", "warning", f"differs from {others} only by spaces or case")


def _check(table: pd.DataFrame, layout: Layout, found: Found) -> None:
    """Every rule on every row; then what the errors strike is made blank, all rules having seen what was filed."""
    seen = table.assign(recordable_cases=exposures(table)["recordable_cases"])  # as given, or the sum of its parts
    for rule in layout["rules"]:
        broken = KINDS[rule["kind"]](seen, rule)
        mask = np.asarray(broken.mask.fillna(False), dtype=bool)
        if not mask.any():
            continue
        columns = rule.get("strikes", list(broken.columns))
        for i in np.flatnonzero(mask):
            at = columns[0] if broken.at is None else broken.at.iloc[i]
            if rule.get("screen"):
                found.screened[int(table["row"].iat[i])].add(rule["id"])
            if rule["level"] == "warning" and at in found.struck[int(table["row"].iat[i])]:
                continue  # blank because an error struck it: said already
            shown = {
                side: _plain(values.iloc[i])
                for side, values in (("left", broken.left), ("right", broken.right), ("value", broken.value))
                if values is not None
            }
            value = shown.get("value", shown.get("left", ""))
            found.add(
                table["row"].iat[i],
                at,
                value,
                rule["id"],
                rule["level"],
                rule["text"].format(**shown),
                rule.get("flag", ""),
            )
            if rule["level"] == "error":
                found.struck[int(table["row"].iat[i])].update(STRUCK if "year" in columns else columns)
    rows = dict(zip(table["row"], table.index, strict=True))
    for row, struck in found.struck.items():
        if row in rows:
            table.loc[rows[row], [c for c in STRUCK if c in struck]] = np.nan


def _longest(table: pd.DataFrame, found: Found) -> pd.DataFrame:
    """Of the rows of one unit and year that each begin with the year, the one that reaches farthest."""
    longest = table.groupby(["unit_id", "year"])["months"].transform("max")
    shorter = table["months"].lt(longest)
    for row in table.assign(most=longest)[shorter].itertuples():
        text = f"{_plain(row.months)} months of {row.year}; the row of {_plain(row.most)} months is used"
        found.add(row.row, "months", _plain(row.months), "longer-period", "warning", text, "REVISED")
    return table[~shorter]


def _one_row_a_year(table: pd.DataFrame, found: Found) -> pd.DataFrame:
    """Two rows of one unit and year: alike, one stays; with a later filing, that one; else what differs is blank."""
    key = ["unit_id", "year"]
    doubled = table.duplicated(key, keep=False)
    drop: list[Any] = []
    for (_, year), rows in table[doubled].groupby(key, sort=False):
        same = [c for c in STRUCK if rows[c].nunique(dropna=False) == 1]
        received = rows["received"]
        if len(same) == len(STRUCK):
            keep, text, rule, level, flag = rows.index[0], "Identical: one kept.", "duplicate", "warning", "DUPLICATE"
        elif received.notna().all() and received.eq(received.max()).sum() == 1:
            keep, rule, level, flag = received.idxmax(), "revised", "warning", "REVISED"
            text = _revision(rows.sort_values("received"))
        else:
            keep, rule, level, flag = rows.index[0], "two-values", "error", "DUPLICATE"
            differ = [c for c in STRUCK if c not in same]
            table.loc[keep, differ] = np.nan
            found.struck[int(table["row"].at[keep])].update(differ)
            numbers = ", ".join(str(r) for r in rows["row"])
            text = f"rows {numbers} differ in {', '.join(differ)} for {year}; without dates of filing neither counts"
        for index in rows.index.drop(keep):
            drop.append(index)
            found.add(table["row"].at[index], "year", year, rule, level, text, flag)
    return table.drop(index=drop)


def _revision(rows: pd.DataFrame) -> str:
    total = rows["recordable_cases"].fillna(
        rows[["deaths", "dafw_cases", "djtr_cases", "other_cases"]].sum(axis=1, skipna=False)
    )
    day = rows["received"].iloc[-1].date().isoformat()
    if not total.iloc[[0, -1]].isna().all() and total.iloc[0] != total.iloc[-1]:
        before, after = _plain(total.iloc[0]), _plain(total.iloc[-1])
        return f"Total revised from {before} to {after} on {day} (log updated, 29 CFR 1904.33)."
    return f"Filed again on {day}: the later is used."


def _name_faults(faults: pd.DataFrame, keys: pd.DataFrame) -> None:
    """Whose rows they are; faults of the whole file have no unit."""
    named = keys[~keys.index.duplicated()].reindex(faults["row"])
    faults["unit_id"] = named["unit_id"].fillna("").to_numpy()
    faults["year"] = named["year"].to_numpy(dtype=float)


def _plain(value: Any) -> Any:
    """A number as people write it: no trailing .0, thousands apart."""
    if isinstance(value, float | np.floating | np.integer | int):
        value = float(value)
        if value != value:
            return "blank"
        return f"{value:,.0f}" if value == round(value) or abs(value) >= 1000 else f"{value:.4g}"
    return value
