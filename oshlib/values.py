"""One column of text to values; whatever does not parse is a fault and a blank, never a guess."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from oshlib.exact import half_up

_NUMBER = r"[+-]?\d+(?:\.\d*)?|[+-]?\.\d+"
_GROUPED = r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d*)?"
_DATES = ("%Y-%m-%d", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%m/%d/%Y", "%m/%d/%Y %H:%M")
# Any date that can be written fits; nanoseconds would end in 2262.
_SECONDS = "datetime64[s]"
# What a spreadsheet writes where a formula has no result.
_SHEET_ERROR = r"#(?:N/A|NULL!|DIV/0!|VALUE!|REF!|NAME\?|NUM!|SPILL!|CALC!|FIELD!)"
# Words for "nothing entered" in files that other programs write.
_BLANK = {"", "na", "n/a", "nan", "null", "none", "<na>", "."}

#: How files write yes and no.
YES_NO = {
    **dict.fromkeys(("yes", "y", "true", "t", "1", "x"), "yes"),
    **dict.fromkeys(("no", "n", "false", "f", "0"), "no"),
}  # fmt: skip

#: The columns of a table of faults.
FAULTS = ("row", "column", "value", "rule", "level", "text", "flag", "unit_id", "year")


class Found:
    """Collects faults as they are found."""

    def __init__(self) -> None:
        self.rows: list[tuple[Any, ...]] = []
        self.keys = pd.DataFrame(columns=["unit_id", "year"])
        #: By row, the columns that an error strikes: their values are unknown, which is not the same as blank.
        self.struck: defaultdict[int, set[str]] = defaultdict(set)
        #: By row, the rules that set it aside from benchmarks.
        self.screened: defaultdict[int, set[str]] = defaultdict(set)
        #: By header, rows and formulas of a workbook that has no value stored for them.
        self.formulas: defaultdict[str, list[tuple[int, str]]] = defaultdict(list)

    def add(self, row: Any, column: str, value: Any, rule: str, level: str, text: str, flag: str = "") -> None:
        """One more fault."""
        self.rows.append((int(row), column, str(value)[:120], rule, level, text, flag, "", np.nan))
        if level == "error":
            self.struck[int(row)].add(column)


Column = dict[str, Any]


def text(raw: Any, rows: Any, name: str, column: Column, found: Found) -> Any:
    """Text without spaces around it; codes of a known length that lost their leading zeros are reported.

    With `strict` of the column that is an error, else a warning.
    """
    if raw is None:
        return pd.Series("", index=rows.index, dtype=str)
    if not pd.api.types.is_string_dtype(raw):
        raw = raw.map(lambda v: "" if v is None or v is pd.NA or v != v else _bare(v)).astype(str)
    values = raw.fillna("").str.strip()
    for i in np.flatnonzero(values.str.fullmatch(_SHEET_ERROR)):  # a name that begins with = or - becomes #NAME?
        say = "the error of a spreadsheet, read as it stands: what stood here is lost"
        found.add(rows.iloc[i], name, values.iloc[i], "spreadsheet-error", "warning", say)
    if "digits" in column:
        values = values.str.replace(r"\.0$", "", regex=True)
        lengths = column["digits"]
        short = values.str.fullmatch(r"\d+") & ~values.str.len().isin(lengths)
        for i in np.flatnonzero(short):
            value = values.iloc[i]
            least = min((n for n in lengths if n > len(value)), default=None)
            wanted = " or ".join(map(str, lengths))
            if column.get("zeros", True) and least is not None and (least - len(value)) <= 2:
                say, rule = (
                    f"{len(value)} digits, expected {wanted}: a leading zero was lost ({value.zfill(least)}?)",
                    "leading-zero",
                )
            else:
                say, rule = f"{len(value)} digits, expected {wanted}", "digits"
            found.add(rows.iloc[i], name, value, rule, "error" if column.get("strict") else "warning", say)
    return values


def number(raw: Any, rows: Any, name: str, column: Column, found: Found) -> Any:
    """Zero or more, as a float."""
    if raw is None:
        return pd.Series(np.nan, index=rows.index)
    if pd.api.types.is_numeric_dtype(raw):
        values = pd.to_numeric(raw).astype(float)
        shown = values
    else:
        shown = _in_words(raw.fillna("").astype(str).str.strip(), column.get("values", {}))
        low = shown.str.lower()
        blank = low.isin(_BLANK)
        plain = shown.str.fullmatch(_NUMBER)
        grouped = shown.str.fullmatch(_GROUPED)
        values = pd.to_numeric(shown.where(plain, shown.where(grouped).str.replace(",", "")), errors="coerce").astype(
            float
        )
        for i in np.flatnonzero(grouped):
            found.add(
                rows.iloc[i], name, shown.iloc[i], "thousands-separator", "warning", f"read as {_bare(values.iloc[i])}"
            )
        for i in np.flatnonzero(~(blank | plain | grouped)):
            found.add(
                rows.iloc[i],
                name,
                shown.iloc[i],
                "not-a-number",
                "error",
                f"expected {' or '.join(['a plain number such as 1234 or 1234.5', *column.get('values', ())])}",
            )
    for i in np.flatnonzero(values < 0):
        found.add(rows.iloc[i], name, _bare(shown.iloc[i]), "negative", "error", "expected zero or more")
    for i in np.flatnonzero(np.isinf(values) | (values > 1e15)):
        found.add(
            rows.iloc[i],
            name,
            _bare(shown.iloc[i]),
            "too-large",
            "error",
            "expected a count or hours that people could work",
        )
    return values.where((values >= 0) & (values <= 1e15))


def count(raw: Any, rows: Any, name: str, column: Column, found: Found) -> Any:
    """A whole number of zero or more, as a float."""
    values = number(raw, rows, name, column, found)
    part = values % 1 > 0
    for i in np.flatnonzero(part):
        found.add(rows.iloc[i], name, _bare(values.iloc[i]), "not-whole", "error", "expected a whole number of cases")
    return values.where(~part)


def year(raw: Any, rows: Any, name: str, column: Column, found: Found) -> Any:
    """Four digits."""
    if raw is None:
        return pd.Series(pd.NA, index=rows.index, dtype="Int64")
    if pd.api.types.is_numeric_dtype(raw):
        raw = raw.map(_bare, na_action="ignore")
    shown = raw.fillna("").astype(str).str.strip()
    good = shown.str.fullmatch(r"(?:19|20|21)\d\d(?:\.0+)?")
    for i in np.flatnonzero(~good & ~shown.str.lower().isin(_BLANK)):
        value = shown.iloc[i]
        short = re.fullmatch(r"'?\d\d", value) is not None
        rule, say = ("two-digit-year", "two digits could be either century") if short else ("not-a-year", "not a year")
        found.add(rows.iloc[i], name, value, rule, "error", f"left out: {say}; expected four digits such as 2024")
    return pd.to_numeric(shown.where(good).str[:4]).astype("Int64")


def date(raw: Any, rows: Any, name: str, column: Column, found: Found) -> Any:
    """A day, in one of the declared formats."""
    if raw is None:
        return pd.Series(pd.NaT, index=rows.index, dtype=_SECONDS)
    typed = pd.api.types.is_datetime64_any_dtype(raw)
    shown = raw.astype(str).where(raw.notna(), "").str.strip()
    values = pd.Series(pd.NaT, index=raw.index, dtype=_SECONDS)
    if typed:
        values = raw.dt.tz_localize(None).astype(_SECONDS)
    else:
        for form in (*column.get("formats", ()), *_DATES):
            values = values.fillna(pd.to_datetime(shown, format=form, errors="coerce").astype(_SECONDS))
    values = values.where(values.dt.year.between(1900, 2199))  # nobody filed in 0001 or 9999
    for i in np.flatnonzero(values.isna() & ~shown.str.lower().isin(_BLANK)):
        level = "error" if column.get("strict") else "warning"
        found.add(rows.iloc[i], name, shown.iloc[i], "not-a-date", level, "expected a date such as 2024-02-01")
    return values


def yesno(raw: Any, rows: Any, name: str, column: Column, found: Found) -> Any:
    """Text: yes, no, or blank."""
    if raw is None:
        return pd.Series("", index=rows.index, dtype=str)
    shown = raw.map(_bare, na_action="ignore").fillna("").astype(str).str.strip()
    values = shown.str.lower().map(YES_NO)
    for i in np.flatnonzero(values.isna() & ~shown.str.lower().isin(_BLANK)):
        found.add(rows.iloc[i], name, shown.iloc[i], "not-yes-or-no", "error", "expected yes or no")
    return values.fillna("").astype(str)


PARSERS: dict[str, Callable[..., Any]] = {f.__name__: f for f in (text, number, count, year, date, yesno)}


def _in_words(shown: Any, values: dict[str, float]) -> Any:
    """Words that stand for numbers, as numbers; case, spaces and the kind of dash make no difference."""
    if not values:
        return shown
    known = {word.casefold(): str(number) for word, number in values.items()}
    folded = shown.str.casefold().str.replace(r"\s", "", regex=True).str.replace("–", "-")
    return shown.where(~folded.isin(known), folded.map(known))


def _bare(value: Any) -> str:
    """A number without a trailing .0; anything else as it prints."""
    if isinstance(value, float | np.floating) and np.isfinite(value):
        return str(int(value)) if value == int(value) else str(half_up(float(value), 6).normalize())
    return str(value)


def plain(value: Any) -> Any:
    """A number as people write it: no trailing .0, thousands apart."""
    if isinstance(value, float | np.floating | np.integer | int):
        value = float(value)
        if value != value:
            return "blank"
        return f"{value:,.0f}" if value == round(value) or abs(value) >= 1000 else f"{value:.4g}"
    return value
