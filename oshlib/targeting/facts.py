"""The columns of a list of establishments as arrays, and what is known of each: blank is not no, unless it says so."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from oshlib.errors import OshError
from oshlib.goals import most_cases
from oshlib.rates import MEASURES, Measure
from oshlib.targeting.model import Condition, Directive
from oshlib.values import YES_NO

Bools = NDArray[np.bool_]
#: True, and unknown: where neither holds it is false.
Truth = tuple[Bools, Bools]
Column = Mapping[str, Any]

_ANSWERS = {word: np.int8(answer == "yes") for word, answer in YES_NO.items()}
#: What rates and industries are read from beside the columns that conditions name.
_BESIDE = {"hours", "visit_cases", "visit_hours", "sic", "naics"}
#: Fewer rows are read sooner than threads are started.
_MANY = 50_000
_NUMBERS = ("count", "number", "year")
_DAY = re.compile(r"\d{4}-\d\d-\d\d(?:[ T].*)?")


@dataclass(frozen=True)
class Values:
    """A column: its values, where they are known, and where its cells are not blank (a blank may say no)."""

    values: Any
    known: Bools
    filled: Bools


class Facts:
    """The columns that a directive asks for, each read once, and the truth of its conditions."""

    def __init__(self, table: pd.DataFrame, columns: Mapping[str, Column], directive: Directive, compare: str) -> None:
        self.table, self.columns, self.directive = table, columns, directive
        self.decimals = directive.decimals if compare == "rounding" else None
        self.n = len(table)
        self._read: dict[str, Values] = {}
        self._over: dict[tuple[str, float], Any] = {}
        self._truth: dict[Condition, Truth] = {}

    def read(self) -> Facts:
        """The same, with every column of the steps read: several at a time where there are many rows."""
        asked = {c.column for s in self.directive.steps for c in s.when}
        counted = {c for m in asked if m in MEASURES for c in (*MEASURES[m].cases, *MEASURES[m].instead)}
        names = sorted((asked | counted | _BESIDE) & set(self.columns) & set(self.table))
        if self.n < _MANY:
            return self
        with ThreadPoolExecutor() as pool:
            list(pool.map(self.column, names))
        return self

    def part(self, rows: Any, compare: str) -> Facts:
        """The same of some rows, limits compared in another way."""
        return Facts(self.table.iloc[rows], self.columns, self.directive, compare)

    def column(self, name: str) -> Values:
        """One column. Errors: OshError where it holds what it cannot hold."""
        if name not in self._read:
            self._read[name] = self._parse(name)
        return self._read[name]

    def rate(self, measure: str) -> tuple[Any, Any]:
        """Cases and hours that the rate of an establishment rests on: those of a visit go before those filed."""
        name = f"rate of {measure}"
        if name not in self._read:
            cases, hours = self._counted(MEASURES[measure]), self.column("hours").values
            if measure == self.directive.measure:
                again = self.visited
                cases = np.where(again, self.column("visit_cases").values, cases)
                hours = np.where(again, self.column("visit_hours").values, hours)
            hours = np.where(hours > 0, hours, np.nan)
            there = hours > 0
            self._read[name] = Values((np.where(there, cases, np.nan), hours), there, there)
        cases, hours = self._read[name].values
        return cases, hours

    @property
    def visited(self) -> Bools:
        """Where the rate was worked out again at a visit."""
        known = self.column("visit_cases").values >= 0
        return np.asarray(known & (self.column("visit_hours").values > 0))

    def first_over(self, measure: str, limit: float) -> Any:
        """The least count with which a rate is at or over a limit, in exact arithmetic; NaN without hours."""
        key = (measure, limit)
        if key not in self._over:
            hours = self.rate(measure)[1]
            per = MEASURES[measure].per
            # A limit of more decimals than the directive prints is compared with as many.
            own = (
                max(self.decimals, -int(Decimal(repr(limit)).as_tuple().exponent))
                if self.decimals is not None
                else None
            )
            self._over[key] = most_cases(limit, hours, per, below=True, decimals=own) + 1
        return self._over[key]

    def first_over_line(self, line: Any) -> Any:
        """The same with a line of its own for each establishment."""
        first = np.full(self.n, np.nan)
        for limit in np.unique(line[line == line]):
            first = np.where(line == limit, self.first_over(self.directive.measure, float(limit)), first)
        return first

    def truth(self, condition: Condition) -> Truth:
        """Where a condition holds, and where that is not known: two arrays that are shared, and not to be changed."""
        if condition not in self._truth:
            self._truth[condition] = self._ask(condition)
        return self._truth[condition]

    def _ask(self, condition: Condition) -> Truth:
        value = condition.of(self.directive.limits)
        if condition.column in MEASURES:
            return self._measured(condition, float(value))
        if condition.column == "industry":
            return self._industry(condition)
        found = self.column(condition.column)
        if condition.op in ("blank", "filled"):
            return (found.filled if condition.op == "filled" else ~found.filled), np.zeros(self.n, dtype=bool)
        kind = self.columns[condition.column]["type"]
        if kind == "yesno":
            holds = found.values == (value == "yes")
        else:
            against = np.datetime64(value, "D") if kind == "date" else float(value)
            holds = _OPS[condition.op](found.values, against)
        return self._dated(condition.column, holds & found.known, ~found.known)

    def _dated(self, name: str, holds: Bools, unknown: Bools) -> Truth:
        """Counts of another period than the one that the plan asks for say less.

        One that begins later can lack some: that there are too few is not known. One that begins earlier can hold some
        that do not count: that there are enough is not known.
        """
        start, limit = self.columns[name].get("counts_since", (None, None))
        if limit not in self.directive.limits or start not in self.table:
            return holds, unknown
        begins, since = self.column(start).values, np.datetime64(self.directive.limits[limit], "D")
        open_ = ((begins > since) & ~holds) | ((begins < since) & holds)
        return holds & ~open_, unknown | open_

    def _measured(self, condition: Condition, limit: float) -> Truth:
        cases, _ = self.rate(condition.column)
        first = self.first_over(condition.column, limit)
        unknown = ~(cases >= 0)
        over = cases >= first
        # Days-away cases are lost-workday cases: so few of all of them cannot be that many of a part, and a part that
        # is that many makes all of them as many. Not where a visit counted all of them again, and over other hours.
        asked = {c.column for s in self.directive.steps for c in s.when if c.column in MEASURES}
        if len(asked) > 1 and unknown.any():
            whole = MEASURES[condition.column].part_of
            if whole in asked:
                unknown = unknown & (self.visited | ~(self.rate(str(whole))[0] < first))
            for part in (m for m in asked if MEASURES[m].part_of == condition.column):
                over = over | (unknown & (self.rate(part)[0] >= first))
            unknown = unknown & ~over
        wanted = over if condition.op == ">=" else ~over & ~unknown
        return wanted & ~unknown, unknown

    def _industry(self, condition: Condition) -> Truth:
        """By the code of whichever classification the establishment has and the group is defined in."""
        inside, known = np.zeros(self.n, dtype=bool), np.zeros(self.n, dtype=bool)
        groups = [self.directive.industries[g] for g in condition.value.split(",")]
        for scheme, name in (("SIC", "sic"), ("NAICS", "naics")):
            if all(scheme in group for group in groups):
                codes = self.column(name)
                prefixes = tuple(p for group in groups for p in group[scheme])
                there = codes.known & ~known
                begins = np.array([*(str(u).startswith(prefixes) for u in codes.values.categories), False])
                inside |= there & begins[codes.values.codes]
                known |= there
        return (inside if condition.op == "in" else ~inside) & known, ~known

    def _counted(self, m: Measure) -> Any:
        parts = [self.column(c).values for c in m.cases]
        cases = np.sum(parts, axis=0)
        if m.instead and "recordable_cases" not in m.instead:
            cases = np.where(cases == cases, cases, np.sum([self.column(c).values for c in m.instead], axis=0))
        return cases

    def _parse(self, name: str) -> Values:
        column = self.columns[name]
        kind, blank = column["type"], column.get("blank")
        if name not in self.table:
            return self._absent(kind, column.get("absent", blank))
        raw = self.table[name]
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

    def _absent(self, kind: str, stands_for: str | None) -> Values:
        """A column that the table does not have: unknown, unless its layout says what that stands for."""
        no = np.zeros(self.n, dtype=bool)
        if kind == "text":
            return Values(pd.Categorical.from_codes(np.full(self.n, -1, dtype=np.int8), categories=[]), no, no)
        empty = {"yesno": stands_for == "yes", "date": np.datetime64("NaT", "D")}.get(kind, np.nan)
        known = stands_for is not None and kind in ("yesno", "date")
        return Values(np.full(self.n, empty), np.full(self.n, known), no)


_OPS = {
    "=": lambda a, b: a == b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


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
