"""One unit's rate against a benchmark: the standard, the tests that a scheme makes, and what the counts can tell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

import pandas as pd

from oshlib import benchmarks, flags, goals, references, words
from oshlib.benchmarks import Power, Reduction, Shrunk
from oshlib.errors import OshError
from oshlib.exact import as_written
from oshlib.rates import HOURS_A_HEAD, Measure, measure, rates
from oshlib.study import standards
from oshlib.study.deadlines import day_of, months_until
from oshlib.study.subject import Subject, based, cautions_of, peers, rates_of
from oshlib.study.tested import Against, Tested, all_tests, edges

#: Under this a standard was meant as a fraction of the workers: no industry has so few cases per hundred.
_FRACTION_OF_WORKERS = Fraction(1, 10)


@dataclass(frozen=True)
class Standard:
    """What the unit is held against. how: in words, with years and source. average: of the unit's last year, by itself.

    of_three: whether it is of three years. average_decimals: as published; None where it is compared exactly.
    """

    value: Fraction
    how: str
    of_three: bool = False
    average: Fraction | None = None
    average_decimals: int | None = None
    average_of: str = ""


@dataclass(frozen=True)
class BenchmarkStudy:
    """A subject against a standard. year: RATES row of its last year; three: of the last three, pooled (or None)."""

    subject: Subject
    measure: Measure
    rates: pd.DataFrame
    year: Any
    three: Any
    standard: Standard
    share: float
    found: Reduction
    three_found: Reduction | None
    power: Power | None
    near: list[tuple[float, Reduction, list[Tested]]]
    tests: list[Tested]
    shrunk: Shrunk | None
    group: Mapping[str, Any] | None
    lines: pd.DataFrame
    cautions: list[flags.Flag]
    confidence: float

    @property
    def target(self) -> float:
        """The standard less the share, worked out exactly."""
        return float(self.standard.value * (1 - as_written(self.share)))

    def result(self, test: str) -> str:
        """The result of one test, "not determinable" where the scheme does not make it."""
        return next((t.result for t in self.tests if t.test == test), "not determinable")


def study(
    subject: Subject,
    benchmark: str | None = None,
    benchmark_key: str | None = None,
    standard: float | None = None,
    *,
    scheme: str,
    reduction: float | None = None,
    pooling: str = "mean",
    implementation_date: str | None = None,
    as_of: date | None = None,
    percentiles: str | None = None,
    compare: str = "rounding",
    confidence: float = 0.95,
    name: str = "TCIR",
    screen: bool = True,
) -> BenchmarkStudy:
    """The last year of the window, and the last three pooled, against a standard lowered by `reduction`.

    benchmark: a benchmark table or a file of units to be pooled (see standards.lines); standard: a number instead.
    reduction: a fraction, 0.3 being 30%; None: the scheme's own. as_of: the day on which what is due is due; None: the
    end of the last year.
    Errors: OshError on a standard that no rate could be meant by, years that the benchmark lacks, a wrong date.
    """
    if compare not in ("rounding", "absolute"):
        raise OshError(f"compare: found {compare!r}, expected rounding or absolute")
    if pooling not in ("mean", "pooled"):
        raise OshError(f"pooling: found {pooling!r}, expected mean or pooled")
    m = based(subject, measure(name))
    found = rates_of(subject, [m], confidence, subject.rows)
    lines, said = _lines(benchmark, benchmark_key, m, subject, screen)
    held = standard_of_years(standard, lines, subject.years[-1], pooling, m)
    year = next(found.tail(1).itertuples())
    usable = year.complete
    n, h = (year.cases, year.hours) if usable else (float("nan"), float("nan"))
    fixed, rows = held.value, references.rate_tests(scheme)
    share = next(1 - as_written(r.value) for r in rows if r.against == "standard") if reduction is None else reduction
    against = benchmarks.reduction(n, h, fixed, share, m.per, confidence)
    three = _three(subject, m, confidence)
    limits = Against(fixed, held.average, held.average_decimals, 1 - as_written(share), m.id)
    start = day_of(implementation_date, "implementation_date")
    due = None if start is None else months_until(start, as_of or date(subject.years[-1], 12, 31))

    def beside(cases: float) -> tuple[float, Reduction, list[Tested]]:
        tested = all_tests(rows, cases, h, m.per, limits, due, compare)
        return cases, benchmarks.reduction(cases, h, fixed, share, m.per, confidence), tested

    group, of_group = _group(percentiles, subject, m, h)
    edge = edges(rows, n, h, m.per, limits, due, subject.years[-1])
    said += standards.universe(subject.rows, lines["universe"], benchmark)
    said += standards.itself(benchmark, subject.path, h, lines)
    own = {m.id: (m, [*_missing(year, m), *said, *of_group, *edge])}
    return BenchmarkStudy(
        subject=subject,
        measure=m,
        rates=found,
        year=year,
        three=three,
        standard=held,
        share=float(share),
        found=against,
        three_found=benchmarks.reduction(three.cases, three.hours, fixed, share, m.per, confidence) if three else None,
        power=benchmarks.power(h, fixed, share, m.per, confidence) if usable else None,
        near=[beside(k) for k in (n - 1, n, n + 1) if k >= 0],
        tests=beside(n)[2],
        shrunk=_shrunk(subject, m, n, h, fixed * limits.share, confidence),
        group=group,
        lines=lines,
        cautions=cautions_of(subject, found, confidence, "not judged", own),
        confidence=confidence,
    )


def _lines(
    path: str | None, key: str | None, m: Measure, subject: Subject, screen: bool
) -> tuple[pd.DataFrame, list[flags.Flag]]:
    """The benchmark of the measure, or that of the nearest one where only that is published; and what to say."""
    sister = measure(m.nearest) if m.nearest else m
    lines = standards.lines(path, key, list({m.id: m, sister.id: sister}.values()), screen)
    lines = lines[lines["year"] <= subject.years[-1]]
    said = []
    own = lines[lines["measure"].eq(m.id)]
    if own.empty and len(lines):
        own = lines
        text = f"The benchmark is {sister.id}, of {sister.counts}; {m.id} is of {m.counts}."
        said.append(flags.flag("NOT_COMPARABLE", None, text))
    if path is not None and own.empty:
        raise OshError(f"{path}: found no {m.id} up to {subject.years[-1]}; give another benchmark, or a standard")
    if len(own) and own["year"].max() < subject.years[-1]:
        text = f"{path} ends in {own['year'].max()}: it has no average of {subject.years[-1]}."
        said.append(flags.flag("MISSING_YEAR", subject.years[-1], text))
    aside = own[own["aside"] > 0]
    if len(aside):
        counts = words.listed([f"{r.aside:.0f} of {r.year}" for r in aside.itertuples()])
        text = f"Rows of units set aside from the benchmark, their hours or counts unusable or beyond belief: {counts}."
        said.append(flags.flag("HOURS_ODD", None, text))
    return own.reset_index(drop=True), said


def average(lines: pd.DataFrame, year: int, m: Measure) -> tuple[Fraction | None, int | None, str]:
    """The benchmark of a year (None without one), its decimals as printed (None: compared exactly), and whose it is.

    Where its cases and hours are known it is their quotient, whatever is printed beside them.
    """
    value, decimals, named = None, None, ""
    for row in lines[lines["year"].eq(year)].itertuples():
        counted = goals.rate(row.cases, row.hours, m.per)
        value = as_written(row.value) if counted is None else counted
        computed = counted is not None or row.decimals != row.decimals  # a table of numbers has no printed decimals
        decimals, named = None if computed else int(row.decimals), f"{row.name} {row.year}, {row.source}"
    return value, decimals, named


def standard_of_years(given: Any, lines: pd.DataFrame, last: int, pooling: str, m: Measure) -> Standard:
    """The standard as given, or of the last three years of a benchmark's lines; with the average of one year.

    Errors: OshError on a standard that no rate could be meant by, or years that the benchmark lacks.
    """
    of_year, decimals, named = average(lines, last, m)
    if given is not None:
        if not isinstance(given, int | float) or isinstance(given, bool) or not 0 < given < float("inf"):
            raise OshError(f"standard: found {given!r}, expected a rate above zero {m.base}, such as 9.5")
        if as_written(given) < _FRACTION_OF_WORKERS:
            raise OshError(f"standard: found {given!r}; expected a rate {m.base}, such as {given * 100:g}")
        return Standard(as_written(given), "given as a number", False, of_year, decimals, named)
    if lines.empty:
        raise OshError("found neither a standard nor a benchmark; give one of them")
    end = int(lines["year"].max())
    three = lines[lines["year"] > end - 3].set_index("year")
    if lost := sorted(set(range(end - 2, end + 1)) - set(three.index)):
        raise OshError(
            f"benchmark: the three-year standard ends in {end} and needs {words.listed(lost)} as well, which the "
            "benchmark does not have; give a standard as a number"
        )
    counts = {int(y): (r["cases"], r["hours"]) for y, r in three.iterrows()}
    value = benchmarks.standard_of(three["value"].to_dict(), counts, pooling, m.per)
    if value is None:
        raise OshError(f"pooling: the benchmark has no cases and hours for {end - 2} to {end}; expected pooling: mean")
    first = three.iloc[-1]
    if value < _FRACTION_OF_WORKERS:
        raise OshError(f"benchmark: {first['name']} gives {float(value):.3g}; expected a rate {m.base}")
    what = "cases over hours" if pooling == "pooled" else "mean of the rates"
    how = f"{first['name']} {end - 2} to {end}, {what} of three years; {first['source']}"
    if pooling == "pooled":
        n, h = (sum(c[i] for c in counts.values()) for i in (0, 1))
        how += f" ({n:,.0f} cases in {h:,.0f} hours)"
    return Standard(value, how, True, of_year, decimals, named)


def _three(subject: Subject, m: Measure, confidence: float) -> Any:
    """The last three years as one row of RATES; None where one of them has no rate or is a part year."""
    last = subject.history[subject.history["year"].between(subject.years[-1] - 2, subject.years[-1])]
    if len(last) != 3 or not last["months"].ge(12).all():
        return None
    if rates(last, [m.id], by=["year"], hours_policy=subject.hours_policy)["value"].isna().any():
        return None
    pooled = rates(last.assign(all=0), [m.id], by=["all"], confidence=confidence, hours_policy=subject.hours_policy)
    return next(pooled.itertuples())


def _missing(year: Any, m: Measure) -> list[flags.Flag]:
    if year.complete:
        return []
    why = words.part_year(year.months) if year.value == year.value else f"has no usable {m.id}"
    return [flags.flag("MISSING_YEAR", year.year, f"{year.year} {why}: no test is made.")]


def _group(
    path: str | None, subject: Subject, m: Measure, hours: float
) -> tuple[Mapping[str, Any] | None, list[flags.Flag]]:
    """The unit's industry and size, by head count, or by its hours where there is none."""
    if path is None:
        return None, []
    last = subject.rows.iloc[-1]
    heads, said = last["employees"], []
    if heads != heads and hours == hours:
        heads = hours / HOURS_A_HEAD
        text = f"Size from hours / {HOURS_A_HEAD:,.0f}: {words.number(heads, 0)} employees."
        said.append(flags.flag("HOURS_EST", subject.years[-1], text))
    if not last["naics"]:
        said.append(flags.flag("NOT_COMPARABLE", None, f"No industry code, so no place among {path}."))
        return None, said
    group = references.percentiles(path, last["naics"], heads, m.id)
    if group is None:
        said.append(flags.flag("NOT_COMPARABLE", None, f"{path} has no industry {last['naics']}."))
    else:
        said += standards.universe(subject.rows, [group["universe"]], path)
    if group is not None and group["instead"]:
        text = f"{path} has no group of {words.number(heads, 0)} employees in {last['naics']}: all sizes stand in."
        said.append(flags.flag("NOT_COMPARABLE", None, text))
    return group, said


def _shrunk(subject: Subject, m: Measure, n: float, h: float, limit: Fraction, confidence: float) -> Shrunk | None:
    """Among the units of the same file, year and industry."""
    table = peers(subject)
    own = rates(table, [m.id], by=["unit_id"], hours_policy=subject.hours_policy)
    return benchmarks.shrink(n, h, own["cases"], own["hours"], float(limit), m.per, confidence)
