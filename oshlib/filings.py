"""Several rows of one unit and year: which of them counts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from oshlib.values import Found, plain


def make_blank(table: pd.DataFrame, row: Any, columns: list[str]) -> None:
    """What an error strikes is not known."""
    for column in columns:
        table.loc[row, column] = "" if pd.api.types.is_string_dtype(table[column]) else np.nan


def longest(table: pd.DataFrame, found: Found) -> pd.DataFrame:
    """Of the rows of one unit and year that each begin with the year, the one that reaches farthest."""
    longest = table.groupby(["unit_id", "year"])["months"].transform("max")
    shorter = table["months"].lt(longest)
    for row in table.assign(most=longest)[shorter].itertuples():
        text = f"{plain(row.months)} months of {row.year}; the row of {plain(row.most)} months is used"
        found.add(row.row, "months", plain(row.months), "longer-period", "warning", text, "REVISED")
    return table[~shorter]


def one_row_a_year(table: pd.DataFrame, found: Found, compared: list[str]) -> pd.DataFrame:
    """Two rows of one unit and year: alike, one stays; with a later filing, that one; else what differs is blank."""
    key = ["unit_id", "year"]
    doubled = table.duplicated(key, keep=False)
    drop: list[Any] = []
    for (_, year), rows in table[doubled].groupby(key, sort=False):
        same = [c for c in compared if rows[c].nunique(dropna=False) == 1]
        received = rows["received"]
        if len(same) == len(compared):
            keep, text, rule, level, flag = rows.index[0], "Identical: one kept.", "duplicate", "warning", "DUPLICATE"
            for row in rows["row"]:  # blank, but in one of them by a fault
                found.struck[int(rows["row"].at[keep])].update(found.struck.get(int(row), ()))
        elif received.notna().all() and received.eq(received.max()).sum() == 1:
            keep, rule, level, flag = received.idxmax(), "revised", "warning", "REVISED"
            text = _revision(rows.sort_values("received"))
        else:
            keep, rule, level, flag = rows.index[0], "two-values", "error", "DUPLICATE"
            differ = [c for c in compared if c not in same]
            make_blank(table, keep, [c for c in differ if c != "unit"])
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
        before, after = plain(total.iloc[0]), plain(total.iloc[-1])
        return f"Total revised from {before} to {after} on {day} (log updated, 29 CFR 1904.33)."
    return f"Filed again on {day}: the later is used."
