"""Lists as they are printed: a column for each answer, of which one is ticked, and headers that begin with a letter."""

from __future__ import annotations

import re
from typing import Any

import pandas as pd

from oshlib.values import YES_NO, Found

#: What people put into a box, beside words for yes.
_MARKS = ("\u2713", "\u2714", "\u221a", "\u2611", "\u2612")
_LETTER = re.compile(r"\((\w{1,2})\)_*(.*)")


def without_letters(raw: pd.DataFrame) -> pd.DataFrame:
    """The table with headers such as "(g)_death" as "death" and "(k)" as "k", where that makes no two alike.

    >>> without_letters(pd.DataFrame(columns=["row", "(a)_case_no.", "(k)", "note"])).columns.tolist()
    ['row', 'case_no.', 'k', 'note']
    """
    new = [m.group(2) or m.group(1) if (m := _LETTER.fullmatch(header)) else header for header in raw.columns]
    return raw if len(set(new)) < len(new) else raw.set_axis(new, axis=1)


def headers(column: dict[str, Any]) -> list[str]:
    """Every header of a tick column of this column."""
    return [header for names in column.get("ticks", {}).values() for header in names]


def spellings(name: str, column: dict[str, Any]) -> set[str]:
    """Every header under which a column, or a tick column of it, may stand."""
    return {name, *column.get("names", ()), *headers(column)}


def ticked(raw: pd.DataFrame, name: str, column: dict[str, Any], found: Found) -> Any:
    """The answer of the column that is ticked in each row, "" where none is; two ticks and other signs are errors."""
    answers: list[list[str]] = [[] for _ in range(len(raw))]
    for answer, names in column["ticks"].items():
        for header in (header for header in names if header in raw):
            for i, shown in enumerate(raw[header].astype(str).where(raw[header].notna(), "").str.strip()):
                meant = "yes" if shown in _MARKS else YES_NO.get(shown.casefold().removesuffix(".0"))
                if meant == "yes":
                    answers[i].append(answer)
                elif meant is None and shown:
                    found.add(raw["row"].iloc[i], name, shown, "not-a-tick", "error", f"{header}: expected x or blank")
    for i, several in enumerate(answers):
        if len(several) > 1:
            text = "several are ticked; expected one, the most serious"
            found.add(raw["row"].iloc[i], name, ", ".join(several), "several-ticks", "error", text)
    return pd.Series([one[0] if len(one) == 1 else "" for one in answers], index=raw.index, dtype=str)
