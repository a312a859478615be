"""Raw files as they are received: the annual table, and every fault of it as a row of a second table."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml

from oshlib import files, form_years, places, ruled
from oshlib.errors import OshError
from oshlib.filings import longest, make_blank, one_row_a_year
from oshlib.rates import exposures
from oshlib.values import FAULTS as FAULTS
from oshlib.values import PARSERS, Found, plain

#: The columns of the annual table, in the order of the contract; `row` is the row of the file, its header being 1.
COLUMNS = (
    "unit", "unit_id", "year", "year_type", "months", "hours", "employees", "deaths", "dafw_cases", "djtr_cases",
    "other_cases", "recordable_cases", "lost_time_cases", "dafw_days", "djtr_days", "first_aid_cases",
    "military_strength", "civilian_hours", "naics", "parent", "received", "note",
)  # fmt: skip
#: What stands after them: `universe` is the population that a row's rates belong to, `dart_cases` the days-away and
#: restricted cases together, where a file does not part them.
BESIDE = ("row", "struck", "universe", "hours_from", "screened", "dart_cases")
#: What a rate is made of: a fault in these is an error and strikes, one in the others is a warning.
STRUCK = (*COLUMNS[4:18], "dart_cases")

_UNSTORED = "a formula without a stored value: open the file in a spreadsheet program and save it"

Layout = dict[str, Any]


def read(path: str | Path, kind: str | None = None) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The annual table of a file, and its faults.

    kind: a layout of data/columns (default: the one that knows most of the file's columns). Table: COLUMNS and BESIDE,
    one row a unit and year, counts and hours as floats with NaN for missing. Faults: FAULTS, level "error" or
    "warning". A value struck by an error is NaN in the table and its column named in `struck`: nothing can be worked
    out from it, nor from what would stand in for a blank. `screened` names the rules that set a row aside from
    benchmarks; `hours_from` is "headcount" where the layout makes hours from heads. A layout with `keep` adds those
    of its own columns that the file has.
    Formats: csv (utf-8 or cp1252; comma, semicolon or tab), xlsx (its first sheet) and parquet.
    Errors: OshError where the file cannot be read as a table at all. Source: the layout's `source`.

    >>> table, faults = read("data/example/ready_mix.csv")
    >>> table.shape, len(faults)
    ((15, 28), 0)
    """
    raw, found = files.read(path, "data")
    name, layout = _choose(str(path), list(raw.columns), kind)
    own = [c for c in layout["columns"] if layout.get("keep") and c not in (*COLUMNS, *BESIDE)]
    table = _parse(raw, layout, found, str(path), name)
    form_years.translate(table, layout, found)
    _recover(table, layout, found)
    _check(table, layout, found)
    if layout.get("cumulative"):
        table = longest(table, found)
    table = one_row_a_year(table, found, [*STRUCK, *own, *(["unit"] if own else [])])
    spellings = _spellings(layout)
    there = {spellings.get(header) for header in raw.columns}
    filled = {means for means, columns in form_years.meanings(layout).items() if columns & there}
    own = [c for c in own if c in there | filled]
    for column, named in (("struck", found.struck), ("screened", found.screened)):
        texts = [",".join(sorted(named.get(row, ()))) for row in table["row"]]
        table[column] = pd.Series(texts, index=table.index, dtype=str)
    table["hours_from"] = ""
    if "hours" in layout:  # not as filed
        table = table.assign(**exposures(table, layout["hours"])[["hours", "hours_from"]])
    faults = pd.DataFrame(found.rows, columns=list(FAULTS))
    _name_faults(faults, found.keys)
    return table[[*COLUMNS, *BESIDE, *own]].reset_index(drop=True), faults.sort_values(
        "row", kind="stable", ignore_index=True
    )


@lru_cache
def layouts() -> dict[str, Layout]:
    """Every layout of data/columns by name, what it extends included."""
    loaded = {}
    for file in sorted((places.ROOT / "data" / "columns").glob("*.yaml")):
        loaded[file.stem] = yaml.safe_load(file.read_text(encoding="utf-8"))
        ruled.known(loaded[file.stem].get("rules", []), file.name)
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


def _recover(table: pd.DataFrame, layout: Layout, found: Found) -> None:
    """Counts that a file gives only as a rate of few decimals: the whole number that has this rate, if there is one."""
    for name, rule in layout.get("recovered", {}).items():
        each = table[rule["hours"]].where(table[rule["hours"]] > 0) / rule["base"]  # hours of one unit of the rate
        count = (table[rule["rate"]] * each).round()
        count = count.mask(count > table[rule["most"]], table[rule["most"]])  # of millions of hours several have it
        wrong = (count / each - table[rule["rate"]]).abs() > 0.5 * 10.0 ** -rule["decimals"] + 1e-9
        table[name] = table[name].fillna(count.mask(wrong))
        for i in np.flatnonzero(wrong):
            shown = plain(table[rule["rate"]].iat[i])
            text = f"no whole number of cases in {plain(table[rule['hours']].iat[i])} hours has this rate"
            found.add(table["row"].iat[i], name, shown, "no-such-rate", "error", text)


def _check(table: pd.DataFrame, layout: Layout, found: Found) -> None:
    """Every rule on every row; then what the errors strike is made blank, all rules having seen what was filed."""
    seen = table.assign(recordable_cases=exposures(table)["recordable_cases"])  # as given, or the sum of its parts
    ruled.say(seen, layout["rules"], found, STRUCK)
    rows = dict(zip(table["row"], table.index, strict=True))
    kept = [*STRUCK, *(c for c in layout["columns"] if layout.get("keep") and c not in (*COLUMNS, *BESIDE))]
    for row, struck in found.struck.items():
        if row in rows:
            make_blank(table, rows[row], [c for c in kept if c in struck])


def _name_faults(faults: pd.DataFrame, keys: pd.DataFrame) -> None:
    """Whose rows they are; faults of the whole file have no unit."""
    named = keys[~keys.index.duplicated()].reindex(faults["row"])
    faults["unit_id"] = named["unit_id"].fillna("").to_numpy()
    faults["year"] = named["year"].to_numpy(dtype=float)
