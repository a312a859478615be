"""Days that a scheme counts from others: what is due when, and how long is left."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import pandas as pd

from oshlib import places, references
from oshlib.errors import OshError

_OWN = places.ROOT / "data" / "reference" / "deadlines.csv"


def deadlines(scheme: str, days: Mapping[str, date | None], as_of: date) -> pd.DataFrame:
    """Every deadline of a scheme: rule, title, counts_from, start, due, left (days from `as_of` on), source.

    days: the days that are known, by name; start, due and left are None where the day that they count from is not.

    >>> found = deadlines("safe", {"disapproved": date(2025, 3, 1)}, date(2025, 4, 1))
    >>> own = found.set_index("rule").loc["resubmission"]
    >>> str(own["due"]), own["left"]
    ('2025-04-15', 14)
    """
    table = references.read(_OWN, "deadlines")
    mine = table[table["scheme"].eq(scheme)]
    if mine.empty:
        raise OshError(f"scheme: found {scheme!r}, expected one of {', '.join(sorted(set(table['scheme'])))}")
    rows = []
    for r in mine.itertuples():
        start = days.get(r.counts_from)
        due = None if start is None else _due(r, start)
        left = None if due is None else (due - as_of).days
        rows.append((r.rule, r.title, r.counts_from, start, due, left, r.source))
    names = ["rule", "title", "counts_from", "start", "due", "left", "source"]
    return pd.DataFrame(rows, columns=names, dtype=object)


def day_of(value: Any, name: str) -> date | None:
    """A day as a parameter or a table gives it; None for none. Errors: OshError on what is no day.

    >>> day_of("2022-03-01", "as_of"), day_of(None, "as_of")
    (datetime.date(2022, 3, 1), None)
    """
    if value is None or value is pd.NaT or value == "":
        return None
    if isinstance(value, pd.Timestamp):
        return date(value.year, value.month, value.day)
    try:
        return date.fromisoformat(str(value).removesuffix(" 00:00:00"))
    except ValueError:
        raise OshError(f"{name}: found {value!r}, expected a day such as 2022-03-01") from None


def months_passed(start: date, year: int) -> int:
    """Whole months from a day to the end of a year; below zero before the month in which it lies.

    >>> months_passed(date(2022, 1, 1), 2024), months_passed(date(2022, 1, 2), 2024)
    (36, 35)
    """
    return months_until(start, date(year, 12, 31))


def months_until(start: date, day: date) -> int:
    """Whole months from a day to the end of another; below zero before the month in which it lies.

    >>> months_until(date(2023, 1, 1), date(2025, 12, 31)), months_until(date(2023, 1, 1), date(2025, 12, 30))
    (36, 35)
    """
    after = day + timedelta(days=1)
    return 12 * (after.year - start.year) + after.month - start.month - (after.day < start.day)


def _due(rule: Any, start: date) -> date:
    if rule.days == rule.days:
        return start + timedelta(days=int(rule.days))
    if rule.months == rule.months:
        return months_after(start, int(rule.months))
    if rule.quarter == rule.quarter:
        first = date(start.year, 3 * ((start.month - 1) // 3) + 1, 1)
        started = first == start  # a quarter that begins on the day itself is a full one
        return months_after(first, 3 * (int(rule.quarter) - started))
    month, day = map(int, rule.day.split("-"))
    same = date(start.year, month, day)
    return same if same > start else date(start.year + 1, month, day)


def months_after(start: date, months: int) -> date:
    """The same day so many months later; the last of a month that has no such day.

    >>> months_after(date(2024, 1, 31), 1)
    datetime.date(2024, 2, 29)
    """
    later = pd.Timestamp(start) + pd.DateOffset(months=months)
    return date(later.year, later.month, later.day)
