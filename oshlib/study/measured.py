"""Numbers that an assessment takes from elsewhere: rates of the annual table, totals of other frameworks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from oshlib import frameworks, places, rates, words
from oshlib.exact import as_written
from oshlib.frameworks import Framework, Sheets
from oshlib.frameworks.model import Number
from oshlib.study import subject as subjects


@dataclass(frozen=True)
class Source:
    """Where numbers can be taken from: every answer sheet of a file, and the annual table ("" where there is none).

    known: what was worked out for one unit of the file and will be asked for again.
    """

    answers: pd.DataFrame
    data: str
    last_year: int | None
    hours_policy: str
    confidence: float
    compare: str = "rounding"
    known: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @property
    def rounded(self) -> bool:
        """Whether measured values are rounded before they are compared."""
        return self.compare == "rounding"


@dataclass(frozen=True)
class Measured:
    """A number that was worked out for one sheet, and how.

    value: None where it cannot be worked out, with the reason in `text`. span: what it can still become, where that is
    known. rates: the annual rates behind it; empty where it is no rate. entered: what was entered instead of it.
    """

    value: Fraction | None
    text: str
    rates: pd.DataFrame = field(default_factory=pd.DataFrame)
    span: tuple[Fraction, Fraction] | None = None
    id: str = ""
    node: str = ""
    entered: Fraction | None = None


def complete(framework: Framework, sheets: Sheets, source: Source) -> dict[tuple[str, int], Measured]:
    """Put into the sheets what was not entered and can be taken from elsewhere; by id and sheet, how.

    What was entered stands; a number that lacks a part is not put in, and the reason is given.
    """
    found: dict[tuple[str, int], Measured] = {}
    for node, one in framework.origins():
        entered = sheets.number(one.id)
        values, written = entered.copy(), list(sheets.written.get(one.id, entered))
        spans: list[tuple[Fraction, Fraction] | None] = [None] * sheets.n
        units, dates = sheets.keys["unit"].tolist(), sheets.keys["date"].tolist()
        for i in np.flatnonzero(np.isnan(entered)):
            result = worked_out(one, str(units[i]), str(dates[i]), source)
            found[one.id, int(i)] = replace(result, id=one.id, node=node.id)
            if result.value is not None:
                values[i], written[i] = float(result.value), result.value
            spans[i] = result.span
        sheets.numbers[one.id], sheets.written[one.id] = values, written
        if any(spans):
            sheets.spans[one.id] = spans
    return found


def worked_out(one: Number, unit: str, date: str, source: Source) -> Measured:
    """A number as its source gives it, whether or not one was entered; none beyond the limits that it has."""
    origin = one.origin or {}
    if "rate" in origin:
        result = _rate(origin, unit, date, source)
    else:
        result = _total(str(origin["framework"]), unit, date, source)
    if result.value is not None and one.high is not None and result.value > one.high:
        return replace(result, value=None, text=f"{result.text}, more than {float(one.high):g}")
    return result


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
    table, places_of, ids = _annual(data, places.sha256(places.find(data, "data")))
    return table.iloc[places_of.get(ids.get(unit, unit), [])]


def id_of(data: str, unit: str) -> str:
    """The id of a unit that goes by its id or its name; what was asked where the annual table has neither."""
    return _annual(data, places.sha256(places.find(data, "data")))[2].get(unit, unit) if data else unit


def names(data: str) -> dict[str, str]:
    """The name of each unit of the annual table, by its id, as its last row says it."""
    if not data:
        return {}
    last = subjects.read_once(data)[0].sort_values("year", kind="stable").drop_duplicates("unit_id", keep="last")
    return dict(zip(last["unit_id"], last["unit"], strict=True))


@lru_cache(maxsize=4)
def _annual(data: str, sha256: str) -> tuple[pd.DataFrame, dict[str, Any], dict[str, str]]:
    """The annual table, the places of each unit's rows, and the id of each name that only one unit has."""
    table = subjects.read_once(data)[0]
    named = table.drop_duplicates(["unit", "unit_id"])
    named = named[~named.duplicated("unit", keep=False)]
    own = set(table["unit_id"])
    ids = {n: i for n, i in zip(named["unit"], named["unit_id"], strict=True) if n not in own}
    return table, table.groupby("unit_id", sort=False).indices, ids


@lru_cache(maxsize=8)
def _rates(data: str, sha256: str, measure: str, hours_policy: str, confidence: float) -> dict[str, pd.DataFrame]:
    """RATES of one measure, by unit: all units at once, as a file of answers may hold thousands of them."""
    table = subjects.read_once(data)[0]
    found = rates.rates(table, [measure], ["unit_id", "year"], confidence, hours_policy)
    whole = table.set_index(["unit_id", "year"])["months"].fillna(12.0).ge(12)
    found["whole"] = whole.reindex(pd.MultiIndex.from_frame(found[["unit_id", "year"]])).to_numpy()
    at = found.groupby("unit_id", sort=False).indices
    return _Lazily(found.set_index("year").drop(columns="unit_id"), at)


class _Lazily(dict[str, pd.DataFrame]):
    """One unit's part of a table, cut out when it is asked for."""

    def __init__(self, table: pd.DataFrame, at: dict[str, Any]) -> None:
        super().__init__()
        self.table, self.at = table, at

    def __missing__(self, unit_id: str) -> pd.DataFrame:
        self[unit_id] = self.table.iloc[self.at.get(unit_id, [])]
        return self[unit_id]


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
    sha256 = places.sha256(places.find(source.data, "data"))
    found = _rates(source.data, sha256, m.id, source.hours_policy, source.confidence)[id_of(source.data, unit)]
    found = found[found.index.isin(years)]
    known = found[found["value"].notna() & found["whole"]]
    window = words.window(years)
    if len(known) < length:
        lost = words.listed([y for y in years if y not in known.index])
        return Measured(None, f"{m.id} {window} not determinable: no {m.id} of the whole of {lost}", found)
    exact = [as_written(r.cases) * as_written(r.per) / as_written(r.hours) for r in known.itertuples()]
    pooled = sum(map(as_written, known["cases"]), Fraction(0)) * as_written(known["per"].iloc[0])
    pooled /= sum(map(as_written, known["hours"]), Fraction(0))
    mean = sum(exact, Fraction(0)) / length
    by_mean = origin.get("how", "mean") == "mean" and length > 1
    value = mean if by_mean or length == 1 else pooled
    low, high = rates.rate_interval(known["cases"].sum(), known["hours"].sum(), m.per, source.confidence)
    interval = f"{words.share(source.confidence)} interval {words.span(low, high, 2)}"
    how = f"mean of the annual {m.id} {window}" if by_mean else f"{m.id} {window}"
    beside = f"pooled {words.number(float(pooled), 2)}, {interval}" if by_mean else interval
    text = f"{how}: {words.number(float(value), 2)} {m.base} ({beside})"
    return Measured(value, text, found)


def _total(other: str, unit: str, date: str, source: Source) -> Measured:
    """The total of another framework of the unit, as last assessed up to this date, where nothing of it is open."""
    framework = frameworks.load(other)
    if other not in source.known:
        source.known[other] = _totals(framework, source)
    past = {day: total for day, total in source.known[other].get(unit, {}).items() if day <= date}
    if not past:
        return Measured(None, f"{framework.short}: no assessment of {unit} up to {date}")
    when = max(past)
    value, least, most, count = past[when]
    if value is None:
        is_open = f"{count} item{' is' if count == 1 else 's are'} open"
        ends = words.span(float(least), float(most), framework.decimals)
        text = f"{framework.short} of {when} has no settled total: {is_open}, and it can still become {ends}"
        return Measured(None, text, span=(least, most))
    return Measured(value, f"{framework.short} of {when}: {words.number(float(value), framework.decimals)}")


def _totals(framework: Framework, source: Source) -> dict[str, dict[str, Any]]:
    """By unit and date: the total (None where something is open), what it can become, how many items are open."""
    rows = source.answers[source.answers["framework"].eq(framework.id)]
    found: dict[str, dict[str, Any]] = {}
    if rows.empty:
        return found
    sheets, _ = scored(framework, rows, source)
    root = frameworks.score_sheets(framework, sheets, exact=True, rounded=source.rounded).of(framework.id)
    for i, key in enumerate(sheets.keys.itertuples(index=False)):
        settled = root.known[i] and not root.unanswered[i]
        value = Fraction(root.points[i]) if settled else None
        ends = Fraction(root.least[i]), Fraction(root.most[i])
        found.setdefault(str(key.unit), {})[str(key.date)] = (value, *ends, int(root.unanswered[i]))
    return found
