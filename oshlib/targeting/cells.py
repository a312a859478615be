"""One column of a list of establishments as an array, and what is known of it: a blank may say no, where it says so."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from oshlib.errors import OshError
from oshlib.values import YES_NO

Bools = NDArray[np.bool_]
Column = Mapping[str, Any]

_ANSWERS = {word: np.int8(answer == "yes") for word, answer in YES_NO.items()}
_NUMBERS = ("count", "number", "year")
_DAY = re.compile(r"\d{4}-\d\d-\d\d(?:[ T].*)?")


@dataclass(frozen=True)
class Values:
    """A column: its values, where they are known, and where its cells are not blank (a blank may say no)."""

    values: Any
    known: Bools
    filled: Bools


def read(raw: Any, n: int, name: str, column: Column) -> Values:
    """A column of n rows by its layout; raw: None where the table does not have it.

    Errors: OshError on a value that the column cannot hold.
    """
    kind, blank = column["type"], column.get("blank")
    if raw is None:
        return _absent(n, kind, column.get("absent", blank))
    if kind == "yesno":
        answers = _by_unique(raw, name, _answer, np.int8(-1), "yes or no")
        return Values(answers == 1, (answers >= 0) | (blank == "no"), answers >= 0)
    if kind == "date":
        days = _days(raw, name)
        there = ~np.isnat(days)
        return Values(days, there | (blank == "no"), there)
    if kind in _NUMBERS:
        numbers = _numbers(raw, name, column.get("values", {}))
        there = numbers == numbers
        return Values(numbers, there, there)
    at, known = _different(raw, name, lambda v: _code(v, column), "", _digits(column))
    place, codes = pd.factorize(np.array(known, dtype=object))
    texts = pd.Categorical.from_codes(place[at], categories=codes)
    there = np.array([k != "" for k in known])[at]
    return Values(texts, there, there)


def _absent(n: int, kind: str, stands_for: str | None) -> Values:
    """A column that the table does not have: unknown, unless its layout says what that stands for."""
    no = np.zeros(n, dtype=bool)
    if kind == "text":
        return Values(pd.Categorical.from_codes(np.full(n, -1, dtype=np.int8), categories=[]), no, no)
    empty = {"yesno": stands_for == "yes", "date": np.datetime64("NaT", "D")}.get(kind, np.nan)
    known = stands_for is not None and kind in ("yesno", "date")
    return Values(np.full(n, empty), np.full(n, known), no)


def _by_unique(raw: Any, name: str, of: Any, nothing: Any, expected: str) -> Any:
    """Values by way of the different ones; `nothing` where blank. Errors: OshError on one that means nothing."""
    at, known = _different(raw, name, of, nothing, expected)
    return np.array(known)[at]


def _different(raw: Any, name: str, of: Any, nothing: Any, expected: str) -> tuple[Any, list[Any]]:
    """Which of the different values each is, and what those mean; the last stands for blanks."""
    at, unique = pd.factorize(raw)
    known = [nothing if str(u).strip() == "" else of(u) for u in unique]
    for u, value in zip(unique, known, strict=True):
        if value is None:
            raise OshError(f"{name}: found {u!r}, expected {expected}")
    return at, [*known, nothing]


def _days(raw: Any, name: str) -> Any:
    if pd.api.types.is_datetime64_any_dtype(raw):
        return raw.dt.tz_localize(None).to_numpy().astype("datetime64[D]")
    return _by_unique(raw, name, _day, np.datetime64("NaT", "D"), "a day such as 1997-12-05")


def _day(value: Any) -> Any:
    text = value.isoformat() if isinstance(value, dt.date) else str(value).strip()
    try:
        return np.datetime64(text[:10], "D") if _DAY.fullmatch(text) else None
    except ValueError:
        return None


def _answer(value: Any) -> Any:
    """1 for yes and 0 for no; a column of 1 and 0 with a blank comes as 1.0 and 0.0."""
    return _ANSWERS.get(f"{value:g}" if isinstance(value, float) else str(value).strip().lower())


def _code(value: Any, column: Column) -> str | None:
    """A code as text: a number has lost its leading zeros; of the wrong length it is none where that is an error."""
    digits = column.get("digits")
    text = f"{value:.0f}" if isinstance(value, float) else str(value).strip()
    if digits and not isinstance(value, str):
        text = text.zfill(min(digits))
    return None if digits and column.get("strict") and len(text) not in digits else text


def _digits(column: Column) -> str:
    return f"{' or '.join(map(str, column.get('digits', ())))} digits"


def _numbers(raw: Any, name: str, words: Mapping[str, float]) -> Any:
    if pd.api.types.is_numeric_dtype(raw):
        values = raw.to_numpy(dtype=float, na_value=np.nan)
    else:
        values = _by_unique(raw, name, lambda v: _number(v, words), np.nan, "a number").astype(float)
    if (values < 0).any() or np.isinf(values).any():
        raise OshError(f"{name}: found {values[(values < 0) | np.isinf(values)][0]:g}, expected a number, zero or more")
    return values


def _number(value: Any, words: Mapping[str, float]) -> Any:
    text = str(value).strip().lower()
    if text in words:
        return float(words[text])
    try:
        return float(text)
    except ValueError:
        return None
