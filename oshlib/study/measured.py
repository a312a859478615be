"""Numbers that an assessment takes from elsewhere: rates of the annual table, totals of other frameworks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd

from oshlib import frameworks, rates, words
from oshlib.exact import as_written
from oshlib.frameworks import Framework, Sheets
from oshlib.study import subject as subjects


@dataclass(frozen=True)
class Source:
    """Where numbers can be taken from: every answer sheet of a file, and the annual table ("" where there is none)."""

    answers: pd.DataFrame
    data: str
    last_year: int | None
    hours_policy: str
    confidence: float
    compare: str = "rounding"


@dataclass(frozen=True)
class Measured:
    """A number that was worked out for one sheet, and how.

    value: None where it cannot be worked out, with the reason in `text`. rates, rows: the annual rates behind it and
    the rows of the annual table behind those; empty where it is no rate.
    """

    value: Fraction | None
    text: str
    rates: pd.DataFrame = field(default_factory=pd.DataFrame)
    rows: pd.DataFrame = field(default_factory=pd.DataFrame)
    id: str = ""
    node: str = ""


def complete(framework: Framework, sheets: Sheets, source: Source) -> dict[tuple[str, int], Measured]:
    """Put into the sheets what was not entered and can be taken from elsewhere; by id and sheet, how.

    What was entered stands; a number that lacks a part is not put in, and the reason is given.
    """
    found: dict[tuple[str, int], Measured] = {}
    for node, one in framework.origins():
        entered = sheets.number(one.id)
        values, written = entered.copy(), list(sheets.written.get(one.id, entered))
        for i in np.flatnonzero(np.isnan(entered)):
            unit, date = sheets.keys.loc[i, ["unit", "date"]]
            result = _of(one.origin or {}, str(unit), str(date), source)
            value = result.value
            if value is not None and one.high is not None and value > one.high:
                result = replace(result, value=None, text=f"{result.text}, more than {float(one.high):g}")
            found[one.id, int(i)] = replace(result, id=one.id, node=node.id)
            if result.value is not None:
                values[i], written[i] = float(result.value), result.value
        sheets.numbers[one.id], sheets.written[one.id] = values, written
    return found


def scored(framework: Framework, answers: pd.DataFrame, source: Source) -> tuple[Sheets, dict[Any, Measured]]:
    """The sheets of one framework in a table of answers, with what could be taken from elsewhere."""
    sheets = frameworks.of_table(framework, answers)
    return sheets, complete(framework, sheets, source)


def last_of(annual: pd.DataFrame, date: str, last_year: int | None) -> int | None:
    """The last year of a window: as asked, else the last that was over on the day of the assessment."""
    if last_year is not None:
        return last_year
    ends = annual["year"].astype("Int64").astype(str) + np.where(annual["year_type"].eq("FY"), "-09-30", "-12-31")
    known = annual.loc[ends.le(date) & ~annual["months"].lt(12), "year"]
    return None if known.empty else int(known.max())


def rows_of(data: str, unit: str) -> pd.DataFrame:
    """The annual rows of a unit by its id, or by its name where only one unit has it."""
    if not data:
        return pd.DataFrame(columns=["unit_id", "year", "months", "year_type"])
    table = subjects.read_once(data)[0]
    own = table[table["unit_id"].eq(unit)]
    named = table[table["unit"].eq(unit)]
    return own if len(own) or named["unit_id"].nunique() != 1 else named


def _of(origin: Mapping[str, Any], unit: str, date: str, source: Source) -> Measured:
    if "rate" in origin:
        return _rate(origin, unit, date, source)
    return _total(str(origin["framework"]), unit, date, source)


def _rate(origin: Mapping[str, Any], unit: str, date: str, source: Source) -> Measured:
    """The mean of annual rates, or the pooled one; every year of the window must have a whole one."""
    m, length = rates.measure(origin["rate"]), int(origin.get("years", 1))
    annual = rows_of(source.data, unit)
    last = last_of(annual, date, source.last_year)
    if last is None:
        where = "no annual table was given"
        if source.data:
            where = f"no whole year of {unit} in {source.data} was over on {date}"
        return Measured(None, f"{m.id} not determinable: {where}")
    years = list(range(last - length + 1, last + 1))
    found = rates.rates(annual, [m.id], ["year"], source.confidence, source.hours_policy).set_index("year")
    rows = rates.exposures(annual[annual["year"].isin(years)], source.hours_policy).sort_values("year")
    whole = annual.set_index("year")["months"].fillna(12.0).ge(12)
    found = found[found.index.isin(years)].assign(whole=lambda t: whole.reindex(t.index))
    known = found[found["value"].notna() & found["whole"]]
    window = subjects_window(years)
    if len(known) < length:
        lost = words.listed([y for y in years if y not in known.index])
        return Measured(None, f"{m.id} {window} not determinable: no {m.id} of the whole of {lost}", found, rows)
    exact = [as_written(r.cases) * as_written(r.per) / as_written(r.hours) for r in known.itertuples()]
    pooled = sum(map(as_written, known["cases"]), Fraction(0)) * as_written(known["per"].iloc[0])
    pooled /= sum(map(as_written, known["hours"]), Fraction(0))
    mean = sum(exact, Fraction(0)) / length
    by_mean = origin.get("how", "mean") == "mean" and length > 1
    value = mean if by_mean or length == 1 else pooled
    low, high = rates.rate_interval(known["cases"].sum(), known["hours"].sum(), m.per, source.confidence)
    interval = f"{words.share(source.confidence)} interval {words.span(low, high, 2)}"
    how = f"mean of the annual {m.id} {window}" if by_mean else f"{m.id} {window}"
    text = f"{how}: {words.number(float(value), 2)} {m.base} (pooled {words.number(float(pooled), 2)}, {interval})"
    return Measured(value, text, found, rows)


def _total(other: str, unit: str, date: str, source: Source) -> Measured:
    """The total of another framework of the unit, as last assessed up to this date, where nothing of it is open."""
    framework = frameworks.load(other)
    mine = source.answers
    mine = mine[mine["framework"].eq(framework.id) & mine["unit"].eq(unit) & mine["date"].le(date)]
    if mine.empty:
        return Measured(None, f"{framework.short}: no assessment of {unit} up to {date}")
    sheets, _ = scored(framework, mine[mine["date"].eq(mine["date"].max())], source)
    root = frameworks.score_sheets(framework, sheets, exact=True, rounded=source.compare == "rounding").of(framework.id)
    when = mine["date"].max()
    if root.unanswered[0] or not root.known[0]:
        n = int(root.unanswered[0])
        text = f"{framework.short} of {when} has no total: {n} item{' is' if n == 1 else 's are'} open"
        return Measured(None, text)
    value = Fraction(root.points[0])
    shown = words.number(float(value), framework.decimals)
    return Measured(value, f"{framework.short} of {when}: {shown}")


def subjects_window(years: list[int]) -> str:
    """A window of years in words."""
    return f"{years[0]}–{years[-1]}" if len(years) > 1 else str(years[0])
