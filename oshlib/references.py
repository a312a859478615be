"""Tables that rates are judged by: goals, benchmarks, percentiles, and the rules that come with the package."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from oshlib import files, places
from oshlib.errors import OshError
from oshlib.exact import as_written
from oshlib.goals import METHODS, Branch
from oshlib.values import PARSERS, Found

_OWN = places.ROOT / "data" / "reference"


def read(path: str | Path, kind: str) -> pd.DataFrame:
    """A table in one of the layouts of data/columns/reference, its columns under their inside names, and `row`.

    Columns that the layout does not name are kept as they are. `decimals`: how many stand behind the point of `value`,
    where there is such a column (NaN where the file holds no text). Errors: OshError on the first value that does not
    fit: here a wrong value is not one unit's fault but everyone's.

    >>> read("data/reference/rate_tests.csv", "rate_tests")["value"].tolist()
    [7.0, 0.7, 1.0]
    """
    layout = _layout(kind)
    raw, found = _raw(path, kind)
    table = pd.DataFrame({"row": raw["row"]})
    for name, column in layout["columns"].items():
        headers = [h for h in (name, *column.get("names", ())) if h in raw]
        if len(headers) > 1:
            raise OshError(
                f"{path}: found {' and '.join(map(repr, headers))}, which mean the same; expected one of them"
            )
        header = next(iter(headers), None)
        table[name] = PARSERS[column["type"]](raw[header] if header else None, raw["row"], name, column, found)
        if column.get("required"):
            _is_filled(table, name, header, f"{path}: found no column {name}", layout, found)
    _refuse(path, found)
    if table.empty:
        raise OshError(f"{path}: the file has no row; expected a {layout['title']}")
    if "value" in table and "value" in raw and not pd.api.types.is_numeric_dtype(raw["value"]):
        table["decimals"] = raw["value"].map(lambda v: len(v.strip().partition(".")[2]))
    return table.join(raw[[c for c in raw.columns if c not in table]])


def is_benchmark(path: str | Path) -> bool:
    """Whether a file is meant as a benchmark table and not as an annual table: it has a column that only they have."""
    columns = _raw(path, "benchmark")[0].columns
    return not {"value", "rate", "measure", "name"}.isdisjoint(columns)


@lru_cache
def rules() -> dict[str, list[Branch]]:
    """Every goal rule that comes with the package, by id, its rows in their order.

    >>> sorted(rules())[:3], len(rules()["power"])
    (['compound', 'fw2000', 'fw2000_worst_worksites'], 6)
    """
    found: dict[str, list[Branch]] = {}
    for row in read(_OWN / "goal_rules.csv", "goal_rules").itertuples():
        if row.method not in METHODS:
            raise OshError(f"goal_rules.csv row {row.row}, method: found {row.method!r}, expected {', '.join(METHODS)}")
        found.setdefault(row.rule, []).append(
            Branch(
                rule=row.rule,
                measure=row.measure,
                method=row.method,
                label=row.label,
                source=row.source,
                when=row.when,
                change=_fraction(row.change),
                lag=_whole(row.lag),
                base_year=_whole(row.base_year),
                first_year=_whole(row.first_year),
                last_year=_whole(row.last_year),
                floor=_fraction(row.floor),
                year_type=row.year_type,
            )
        )
    return found


@lru_cache
def rate_tests(scheme: str) -> list[Any]:
    """The tests of a scheme, one named row each.

    >>> [t.test for t in rate_tests("safe")]
    ['entry', 'reduction', 'removal']
    """
    table = read(_OWN / "rate_tests.csv", "rate_tests")
    mine = table[table["scheme"].eq(scheme)]
    if mine.empty:
        raise OshError(f"scheme: found {scheme!r}, expected one of {', '.join(sorted(set(table['scheme'])))}")
    return list(mine.itertuples())


def percentiles(path: str, naics: str, employees: float, measure: str) -> dict[str, Any] | None:
    """The group of one industry and size: its percentiles of a measure; None where the table has no such industry.

    Keys: naics, title, universe, band, n, zero, points, quantiles, instead (True where the table has no group of that
    size and that of all sizes stands in). Errors: OshError where the table holds no such measure.
    """
    layout, table = _layout("percentiles"), read(path, "percentiles")
    prefix = layout["measures"].get(measure)
    names = [c for c in table.columns if prefix and c.startswith(f"{prefix}_p") and c[len(prefix) + 2 :].isdigit()]
    if not names:
        raise OshError(f"{path}: found no percentiles of {measure}; there are {', '.join(layout['measures'])}")
    mine = table[table["naics"].eq(naics)]
    own = mine[[_within(band, employees) for band in mine["size_band"]]]
    instead = own.empty
    if instead:
        own = mine[mine["size_band"].eq("all")]
    if own.empty:
        return None
    row, found, number = own.iloc[0], Found(), PARSERS["number"]
    quantiles = [float(number(own[name].head(1), own["row"], name, {}, found).iloc[0]) for name in names]
    _refuse(path, found)
    points = [int(name[len(str(prefix)) + 2 :]) for name in names]
    known = [(p, q) for p, q in sorted(zip(points, quantiles, strict=True)) if q == q]
    if not known:
        raise OshError(f"{path} row {row['row']}: found no percentile of {measure}; expected {', '.join(names)}")
    return {
        "naics": naics,
        "title": row["title_as_reported"],
        "universe": row["universe"],
        "band": row["size_band"],
        "n": float(row["n"]),
        "zero": float(row["zero_rate"]),
        "points": [p for p, _ in known],
        "quantiles": [q for _, q in known],
        "instead": instead,
    }


def _raw(path: str | Path, kind: str) -> tuple[pd.DataFrame, Found]:
    table, found = files.read(path, kind.replace("_", " "))
    for header, cells in found.formulas.items():
        row, formula = cells[0]
        raise OshError(
            f"{path} row {row}, {header}: found the formula {formula!r} without a stored value; open the file in a "
            "spreadsheet program and save it"
        )
    return table, found


def _refuse(path: str | Path, found: Found) -> None:
    """One sentence on the first error, where there is any."""
    for row, name, value, _, level, text, *_ in found.rows:
        if level == "error":
            where = f"{path} row {row}{', ' if name else ''}{name}"
            raise OshError(f"{where}: found {value!r}; {text.removeprefix('left out: ')}")


def _is_filled(table: pd.DataFrame, name: str, header: str | None, lost: str, layout: Any, found: Found) -> None:
    """A required column is there, and filled in every row."""
    if header is None:
        wants = ", ".join(n for n, c in layout["columns"].items() if c.get("required"))
        raise OshError(f"{lost}; a {layout['title']} has {wants}")
    for row in table.loc[table[name].isna() | table[name].eq(""), "row"]:
        if name not in found.struck[int(row)]:
            found.add(row, name, "", "required", "error", f"a {layout['title']} needs it in every row")


def _within(band: str, employees: float) -> bool:
    """Whether a number of employees, to the whole person, lies in a band such as 20-49 or 1000+."""
    low, _, high = band.replace("–", "-").partition("-")
    if band.endswith("+"):
        return band[:-1].isdigit() and employees >= int(band[:-1])
    return low.isdigit() and high.isdigit() and int(low) <= employees < int(high) + 1


@lru_cache
def _layout(kind: str) -> dict[str, Any]:
    file = places.ROOT / "data" / "columns" / "reference" / f"{kind}.yaml"
    return dict(yaml.safe_load(file.read_text(encoding="utf-8")))


def _whole(value: Any) -> int | None:
    return None if pd.isna(value) else int(value)


def _fraction(value: Any) -> Any:
    return None if pd.isna(value) else as_written(value)
