"""Cautions with code, year and text: what a reader must know before trusting a number."""

from __future__ import annotations

from typing import Any

import pandas as pd

from oshlib.exact import half_up
from oshlib.rates import Measure, rate_interval
from oshlib.trends import Trend

Flag = dict[str, Any]

#: Faults by which a row belongs to no unit or year.
_LOST = ("required", "two-digit-year", "not-a-year")

#: Below these counts a rate is "very unstable", "unstable", "caution" (NCHS reliability rules; spec G9).
UNSTABLE = ((5, "very unstable"), (10, "unstable"), (20, "caution"))
_SMALL = 10
_JUMP = 0.20
#: Years in which the rules of recording changed: series before and after do not quite compare.
BREAKS = {
    2002: "form 200 gave way to form 300",
    2004: "hearing loss became a column of its own; columns K and L changed places",
}


def flag(code: str, year: Any, text: str) -> Flag:
    """One caution; year is None where it speaks of all years."""
    return {"code": code, "year": None if year is None else int(year), "text": text}


def stability(cases: float) -> str:
    """The word for a count of this size, empty where it is large enough.

    >>> stability(4), stability(19), stability(20)
    ('very unstable', 'caution', '')
    """
    return next((word for limit, word in UNSTABLE if cases < limit), "")


def of_counts(rates: pd.DataFrame, measure: Measure, confidence: float, decimals: int) -> list[Flag]:
    """SMALL_N and ZERO, a measure's years one by one."""
    flags = []
    for row in rates.itertuples():
        if not row.hours > 0 or row.cases != row.cases:
            continue
        if row.cases == 0:
            high = half_up(rate_interval(0, row.hours, row.per, confidence)[1], decimals)
            reach = f"the {confidence * 100:g}% interval reaches up to {high} {measure.base}"
            text = f"No {measure.counts} in {row.year}; {reach}."
            flags.append(flag("ZERO", row.year, text))
        elif row.cases < _SMALL:
            step = half_up(row.per / row.hours, decimals)
            counted = measure.counts.replace("cases", "case", row.cases == 1)
            text = f"{row.year}: {row.cases:.0f} {counted}; {measure.id} can move by {step} with one more."
            flags.append(flag("SMALL_N", row.year, text))
    return flags


def of_trend(trend: Trend, measure: Measure, years: list[int], complete: list[int], min_years: int) -> list[Flag]:
    """MISSING_YEAR, PROVISIONAL, SUSTAINED_ZERO and NO_SLOPE."""
    gaps = [y for y in years if y not in complete]
    enough = trend.direction != "not determinable"
    flags = [
        flag(
            "MISSING_YEAR",
            y,
            f"{y} has no usable {measure.id}" + ("." if enough else f": trend not determinable (needs {min_years})."),
        )
        for y in gaps
    ]
    if not enough:
        return flags
    if gaps:
        flags.append(flag("PROVISIONAL", None, f"{measure.id}: {len(complete)} of {len(years)} years."))
    if trend.total_cases == 0:
        flags.append(flag("SUSTAINED_ZERO", None, f"{measure.id}: no {measure.counts} in {len(complete)} years."))
    elif trend.annual_change != trend.annual_change:
        text = f"{measure.id}: the fitted slope has no finite value; the exact conditional test stands in."
        flags.append(flag("NO_SLOPE", None, text))
    return flags


def of_rows(rows: pd.DataFrame, measures: list[Measure], partial: str = "left out of the trend") -> list[Flag]:
    """What the rows themselves tell: hours that jump or are estimates, part years, deaths, breaks in the series."""
    flags: list[Flag] = []
    last: Any = None
    for row in rows.itertuples():
        if last is not None and last.year == row.year - 1 and last.hours > 0 and row.hours > 0:
            move = (row.hours / row.months) / (last.hours / last.months) - 1  # a part year is no jump
            if abs(move) > _JUMP:
                word = "fell" if move < 0 else "rose"
                text = (
                    f"Hours {word} {half_up(abs(move) * 100, 0)}% in {row.year}; part of the rate change is exposure."
                )
                flags.append(flag("HOURS_JUMP", row.year, text))
        origin = row.hours_from  # of several units taken together: all of theirs
        if "command" in origin or "headcount" in origin:
            source = "military strength x 2,000 + civilian hours" if "command" in origin else "employees x 2,000"
            flags.append(flag("HOURS_EST", row.year, f"Hours of {row.year} estimated: {source}."))
        if row.months < 12:
            flags.append(flag("PARTIAL_YEAR", row.year, f"{row.year} covers {row.months:g} months only; {partial}."))
        if row.deaths > 0:
            flags.append(flag("FATAL_IN_RATE", row.year, _deaths(row, measures)))
        last = row
    years = set(rows["year"])
    flags += [
        flag("SERIES_BREAK", y, f"{y}: {why}; rates before and after do not quite compare.")
        for y, why in BREAKS.items()
        if y in years and min(years) < y
    ]
    types = sorted(set(rows["year_type"]) - {""})
    if len(types) > 1:
        flags.append(flag("NOT_COMPARABLE", None, f"Year types {' and '.join(types)} are mixed in one series."))
    odd = [m.id for m in measures if not m.comparable]
    if odd and len(odd) < len(measures):
        flags.append(
            flag("NOT_COMPARABLE", None, f"{', '.join(odd)} includes first-aid cases; OSHA and BLS rates do not.")
        )
    return flags


def of_faults(faults: pd.DataFrame) -> list[Flag]:
    """The faults that have a code of their own in a report; a fault of a whole file has no year."""
    return [
        flag(row.flag, None if row.year != row.year else row.year, f"Row {row.row}: {row.text}")
        for row in faults[faults["flag"].ne("")].itertuples()
    ]


def dropped(faults: pd.DataFrame) -> int:
    """How many rows of a file stand in no table: without a usable unit or year, or one too many of a unit-year."""
    lost = faults["rule"].isin([*_LOST, "duplicate", "revised", "two-values", "longer-period"])
    return int(faults.loc[lost, "row"].nunique())


def unplaced(faults: pd.DataFrame) -> list[Flag]:
    """Rows without a unit or a year belong nowhere: a unit that has no other row is missing altogether."""
    lost = faults[faults["rule"].isin(_LOST)]
    rows = sorted({int(r) for r in lost["row"]})
    more = f" and {len(rows) - 12:,} more" if len(rows) > 12 else ""
    text = f"Without a usable unit or year, and so not counted anywhere: row {', '.join(map(str, rows[:12]))}{more}."
    return [flag("MISSING_YEAR", None, text)] if rows else []


def _deaths(row: Any, measures: list[Measure]) -> str:
    deaths = f"{row.deaths:.0f} death{'s' if row.deaths > 1 else ''}"
    parts_known = (
        row.dafw_cases == row.dafw_cases and row.djtr_cases == row.djtr_cases and row.other_cases == row.other_cases
    )
    said = []
    for m in measures:
        if "lost_time_cases" in m.cases and row.dafw_cases != row.dafw_cases:
            continue  # as given: whether deaths are among them is not known
        with_deaths = "deaths" in m.cases or "recordable_cases" in m.cases or (bool(m.instead) and not parts_known)
        said.append(f"{m.id} {'includes' if with_deaths else 'excludes'} {deaths}")
    return f"{row.year}: {'; '.join(said)}."
