"""Columns of a form whose meaning depends on the year of the form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from oshlib.values import Found, plain


def within(years: Any, limits: Mapping[str, int]) -> Any:
    """Whether each year lies within `from` and `to`, both included and both optional; a blank year does not.

    >>> within(pd.Series([2003, 2004]), {"to": 2003}).tolist()
    [True, False]
    """
    return years.ge(limits.get("from", -np.inf)).fillna(False) & years.le(limits.get("to", np.inf)).fillna(False)


def translate(table: pd.DataFrame, layout: Mapping[str, Any], found: Found) -> None:
    """Fill the columns that the form's own columns stand for in the year of each row, in place.

    layout: `by_year`, entries of `column`, `means` and perhaps `from` and `to`. A value in a year in which its column
    means nothing is an error; so are two different values for one meaning, and then neither is known.
    """
    entries = layout.get("by_year", [])
    said = pd.DataFrame(False, index=table.index, columns=list({e["column"]: None for e in entries}), dtype=bool)
    for entry in entries:
        column, means = entry["column"], entry["means"]
        when = within(table["year"], entry)
        said[column] |= when
        own, there = table[column], table[means]
        for i in table.index[when & own.notna() & there.notna() & own.ne(there)]:
            text = (
                f"{means} is given as {plain(there[i])} as well, and means the same on the form of {table['year'][i]}"
            )
            found.add(table["row"][i], column, plain(own[i]), "two-values", "error", text)
            found.struck[int(table["row"][i])].add(means)
        faulty = when & table["row"].map(lambda row, column=column: column in found.struck.get(int(row), ()))
        for row in table.loc[faulty & there.isna(), "row"]:
            found.struck[int(row)].add(means)
        table[means] = there.where(there.notna() | ~when, own)
    for column in said:
        for i in table.index[~said[column] & table[column].notna()]:
            text = f"the form of {table['year'][i]} has no such column"
            found.add(table["row"][i], column, plain(table[column][i]), "not-on-this-form", "error", text)


def meanings(layout: Mapping[str, Any]) -> dict[str, set[str]]:
    """Of each column that can be filled so, the columns of the form that fill it."""
    out: dict[str, set[str]] = {}
    for entry in layout.get("by_year", []):
        out.setdefault(entry["means"], set()).add(entry["column"])
    return out
