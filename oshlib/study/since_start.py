"""A rate since the start of participation: the way to its goal, and the tests that are made anew every year."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Any

import pandas as pd
from scipy import special

from oshlib import flags, goals, references
from oshlib.exact import as_written
from oshlib.rates import rates
from oshlib.study.benchmark import BenchmarkStudy, average
from oshlib.study.deadlines import months_passed
from oshlib.study.tested import Against, all_tests, edges


def yearly_tests(
    b: BenchmarkStudy, scheme: str, start: date | None, left: date | None, compare: str, *, applicant: bool
) -> tuple[pd.DataFrame, list[flags.Flag]]:
    """Every test against the average of the same year, year by year.

    Columns: year, test, title, cases, hours, value, low, high, average, of, result, why, left, luck. A year is
    tested where the unit took part in the whole of it; else the result says why not. luck: the chance of so many cases
    or more if the true rate were just the average. And the flags: tests that the two ways of comparing answer
    differently.
    """
    rows = [r for r in references.rate_tests(scheme) if r.against == "average"]
    found, said = [], []
    for y in b.rates.itertuples():
        value, decimals, of = average(b.lines, y.year, b.measure)
        n, h = (y.cases, y.hours) if y.complete else (float("nan"), float("nan"))
        against = Against(None, value, decimals, Fraction(1), b.measure.id)
        outside = _outside(y.year, start, left, applicant=applicant)
        if not outside:
            said += edges(rows, n, h, b.measure.per, against, None, y.year)
        for test in all_tests(rows, n, h, b.measure.per, against, None, compare):
            luck = float("nan")
            if value is not None and n == n and n > 0:
                luck = float(special.pdtrc(n - 1, h * float(value) / b.measure.per))
            known = value is not None and n == n
            found.append({
                "year": y.year, "test": test.test, "title": test.title, "cases": y.cases, "hours": y.hours,
                "value": y.value, "low": y.low, "high": y.high,
                "average": float("nan") if value is None else float(value), "of": of,
                "result": outside or test.result, "why": outside or test.why,
                "left": float("nan") if outside or not known else test.left,
                "luck": 1.0 if known and n == 0 else luck,
            })  # fmt: skip
    return pd.DataFrame(found), said


def _outside(year: int, start: date | None, left: date | None, *, applicant: bool) -> str:
    """Why a year is not tested: the unit took no part in it, or not in the whole of it; "" where it did."""
    if start is None:
        return "before the start" if applicant else "not determinable"
    if start > date(year, 12, 31):
        return "before the start"
    if start > date(year, 1, 1):
        return "started in the year"
    if left is not None and left <= date(year, 12, 31):
        return "left in the year" if left.year == year else "after it left"
    return ""


def way(b: BenchmarkStudy, start: date | None, left: date | None, months: int) -> pd.DataFrame:
    """The way to the target, by year: the RATES columns, months_in (since the start, at its end), path, most, on.

    path: a straight line in time from the rate of the last whole year before the start (the standard where that has
    none) to the target, which is reached after so many months; the line is ours, no scheme asks for it. most: cases
    that the path allows at the year's hours. on: whether the rate lies at or below it, exactly; None without either.
    It never lies below the target: who starts there has nothing to come down. No way after the unit has left. Empty
    where the start is not known.
    """
    if start is None:
        return pd.DataFrame(columns=[*b.rates.columns, "months_in", "path", "most", "on"])
    target = b.standard.value * (1 - as_written(b.share))
    first = max(_before(b, start), target)
    rows = []
    for y in b.rates.itertuples():
        passed = months_passed(start, y.year)
        inside = passed > 0 and (left is None or left > date(y.year, 12, 31))
        path = first + (target - first) * min(Fraction(passed) / months, Fraction(1)) if inside else None
        most = float("nan")
        on: Any = None
        if path is not None and y.complete:
            most = float(goals.most_cases(path, y.hours, b.measure.per))
            on = bool(y.cases <= most)
        rows.append((passed, float("nan") if path is None else float(path), most, on))
    beside = pd.DataFrame(rows, columns=["months_in", "path", "most", "on"], index=b.rates.index, dtype=object)
    return b.rates.join(beside)


def _before(b: BenchmarkStudy, start: date) -> Fraction:
    """The rate of the last whole year before the start; the standard where there is none."""
    own = b.subject.history[b.subject.history["year"].eq(start.year - 1) & b.subject.history["months"].ge(12)]
    found = rates(own, [b.measure.id], by=["year"], hours_policy=b.subject.hours_policy)
    exact = [goals.rate(r.cases, r.hours, b.measure.per) for r in found.itertuples()]
    return next((e for e in exact if e is not None), b.standard.value)
