"""From the table of members to years and cells, and from these to the table that is published."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from oshlib.disclosure.model import Cell, Year
from oshlib.errors import OshError

#: Where a company has no entry for an attribute, that is a group like any other.
NOT_GIVEN = "not given"
COLUMNS = ["year", "grouping", "group", "quantity", "value", "shown", "why"]


def years(
    members: pd.DataFrame,
    groupings: Sequence[Sequence[str]],
    details: Sequence[str],
    sums: Sequence[str],
    least: str | None = None,
    most: str | None = None,
) -> list[Year]:
    """One Year for each year of the table, in order, nothing hidden yet.

    least, most: columns of what everybody knows to bound the hours. Errors: OshError on a missing column, a company
    twice in a year, a negative or broken figure, details that do not add up to the cases, hours outside their limits.
    """
    lists = [[g] if isinstance(g, str) else list(g) for g in groupings]
    _check(members, lists, list(details), list(sums))
    members = members.reset_index(drop=True)
    ends = _limits(members, least, most)
    return [_year(int(y), rows, lists, list(details), list(sums), ends) for y, rows in members.groupby("year")]


def _check(members: pd.DataFrame, groupings: list[list[str]], details: list[str], sums: list[str]) -> None:
    attributes = [a for g in groupings for a in g]
    for column in ["unit_id", "year", "hours", "cases", *attributes, *details, *sums]:
        if column not in members.columns:
            raise OshError(f"members: found no column {column}, expected {', '.join(map(str, members.columns))}")
    blank = members["unit_id"].isna() | members["year"].isna()
    if blank.any():
        raise OshError(f"members: row {members.index[blank][0]}: found no unit_id or year, expected both")
    twice = members.duplicated(["unit_id", "year"])
    if twice.any():
        row = members[twice].iloc[0]
        raise OshError(f"members: found {row['unit_id']} twice in {int(row['year'])}, expected one row a year")
    for column in ["hours", "cases", *details, *sums]:
        values = pd.to_numeric(members[column], errors="coerce").to_numpy(float, na_value=np.nan)
        text = members[column].notna().to_numpy() & np.isnan(values)
        bad = text | (values < 0) | np.isinf(values)
        bad |= (column not in ("hours", *sums)) & (values != np.floor(values)) & ~np.isnan(values)
        if bad.any():
            _refuse(members, bad, column, "a number that is not negative" if column in ("hours", *sums) else "a count")
    if details:
        parts = members[details].astype(float).sum(axis=1, skipna=False)
        cases = members["cases"].astype(float)
        odd = (parts.notna() & cases.notna() & (parts != cases)).to_numpy()
        if odd.any():
            total, whole = parts.to_numpy()[odd][0], cases.to_numpy()[odd][0]
            row = members[odd].iloc[0]
            raise OshError(
                f"members: {row['unit_id']} in {int(row['year'])}: found details that add up to {total:g}, expected "
                f"the {whole:g} cases"
            )


def _limits(members: pd.DataFrame, least: str | None, most: str | None) -> pd.DataFrame:
    """The least and most of each row of the table, in its order; 0 and infinity where nothing is known."""
    ends = pd.DataFrame({"least": 0.0, "most": np.inf}, index=members.index)
    for name, column in (("least", least), ("most", most)):
        if column is None:
            continue
        if column not in members.columns:
            raise OshError(f"members: found no column {column}, expected {', '.join(map(str, members.columns))}")
        given = members[column].to_numpy(float, na_value=np.nan)
        ends[name] = np.where(np.isnan(given), ends[name], given)
    hours = members["hours"].to_numpy(float, na_value=np.nan)
    outside = ((hours < ends["least"]) | (hours > ends["most"]) | (ends["least"] < 0)).to_numpy()
    if outside.any():
        low, high = ends[outside].iloc[0]
        _refuse(members, outside, "hours", f"{low:g} to {high:g} as its limits say")
    return ends


def _refuse(members: pd.DataFrame, bad: Any, column: str, expected: str) -> None:
    row = members[bad].iloc[0]
    raise OshError(
        f"members: {row['unit_id']} in {int(row['year'])}: found {column} {row[column]}, expected {expected}"
    )


def _year(
    year: int, rows: pd.DataFrame, groupings: list[list[str]], details: list[str], sums: list[str], ends: pd.DataFrame
) -> Year:
    rows = rows.sort_values("unit_id", key=lambda ids: ids.astype(str))
    counted = (rows["hours"].notna() & rows["cases"].notna()).to_numpy()
    inside = rows[counted]
    known = inside[details].notna().all(axis=1).to_numpy() if details else np.ones(len(inside), bool)
    parts = np.where(known[:, None], inside[details].to_numpy(float, na_value=np.nan), 0.0)
    rest = np.where(known & bool(details), 0.0, inside["cases"].to_numpy(float))
    least, most = ends.loc[inside.index].to_numpy().T
    cells = [Cell("", "", np.ones(len(inside), bool))]
    for attributes in groupings:
        text = rows[attributes].astype(object).where(rows[attributes].notna(), NOT_GIVEN).astype(str)
        names = text.agg(" / ".join, axis=1).to_numpy()
        cells += [Cell(" / ".join(attributes), name, (names == name)[counted]) for name in sorted(set(names))]
    added = {
        s: ([str(u) for u in rows.loc[rows[s].notna(), "unit_id"]], rows[s].dropna().to_numpy(float)) for s in sums
    }
    left = {"all": int((~counted).sum()), "details": int((~known).sum())} | {s: int(rows[s].isna().sum()) for s in sums}
    return Year(
        year, [str(u) for u in inside["unit_id"]], inside["hours"].to_numpy(float),
        np.column_stack([parts, rest]), known, details, cells, added, least, most, left,
    )  # fmt: skip


def published(found: list[Year]) -> pd.DataFrame:
    """The table of cells; a value stands only where it is shown."""
    lines = []
    for year in found:
        for cell in year.cells:
            for quantity, shown in cell.shown.items():
                values = year.sums[quantity][1] if quantity in year.sums else year.figures(quantity, cell.members)
                value = float(values.sum()) if shown == "yes" else np.nan
                lines.append((year.year, cell.grouping, cell.group, quantity, value, shown, cell.why[quantity]))
    return pd.DataFrame(lines, columns=COLUMNS)


def left_out(found: list[Year]) -> pd.DataFrame:
    """Year, quantity and how many companies are in no sum of it."""
    lines = [(y.year, what, n) for y in found for what, n in y.left_out.items() if n]
    return pd.DataFrame(lines, columns=["year", "quantity", "companies"])
