"""The columns of a list of establishments as arrays, and what is known of each: blank is not no, unless it says so."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

from oshlib.goals import most_cases
from oshlib.rates import MEASURES, Measure
from oshlib.targeting import cells
from oshlib.targeting.cells import Bools, Column, Values
from oshlib.targeting.model import Condition, Directive

#: True, and unknown: where neither holds it is false.
Truth = tuple[Bools, Bools]

#: What rates and industries are read from beside the columns that conditions name.
_BESIDE = {"hours", "visit_cases", "visit_hours", "sic", "naics"}
#: Fewer rows are read sooner than threads are started.
_MANY = 50_000


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
            self._read[name] = cells.read(self.table.get(name), self.n, name, self.columns[name])
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


_OPS = {
    "=": lambda a, b: a == b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}
