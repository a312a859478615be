"""The trend of each measure of one unit, with the rates it rests on and the cautions that go with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from oshlib import flags, places, trends, words
from oshlib.errors import OshError
from oshlib.rates import Measure, measure, rates
from oshlib.study.subject import Subject
from oshlib.trends import Trend


@dataclass(frozen=True)
class Study:
    """A subject with its rates, a trend for each measure, and the cautions that go with them."""

    subject: Subject
    measures: list[Measure]
    rates: pd.DataFrame
    trends: Mapping[str, Trend]
    cautions: list[flags.Flag]
    confidence: float
    min_years: int
    benchmark: pd.DataFrame

    def rate(self, name: str) -> pd.DataFrame:
        """The rates of one measure, by year."""
        return self.rates[self.rates["measure"].eq(name)]


def study(
    subject: Subject,
    measures: Sequence[str] = ("TCR", "LTCR"),
    min_years: int = 5,
    confidence: float = 0.95,
    benchmark: str | None = None,
    benchmark_key: str | None = None,
) -> Study:
    """Rates of every year and the trend of every measure; a part year is shown and left out of the trend."""
    if not isinstance(measures, list | tuple) or not measures:
        raise OshError(f"measures: found {measures!r}, expected a list of measures such as [TCR, LTCR]")
    if not isinstance(min_years, int) or isinstance(min_years, bool) or min_years < 2:
        raise OshError(f"min_years: found {min_years!r}, expected a whole number of 2 or more")
    chosen = list({m.id: m for m in map(measure, measures)}.values())
    found = rates(
        subject.rows, [m.id for m in chosen], by=["year"], confidence=confidence, hours_policy=subject.hours_policy
    )
    found.insert(0, "unit", subject.name)
    found["complete"] = found["value"].notna() & found["year"].map(subject.rows.set_index("year")["months"]).ge(12)
    fits, cautions = {}, flags.of_rows(subject.rows[subject.rows["row"].notna()], chosen)
    for m in chosen:
        own = found[found["measure"].eq(m.id)]
        whole = own["complete"]
        fits[m.id] = trends.trend(
            own["year"],
            own["cases"].where(whole),
            own["hours"].where(whole),
            confidence,
            min_years=min_years,
            per=m.per,
        )
        cautions += flags.of_trend(fits[m.id], m, subject.years, own.loc[whole, "year"].tolist(), min_years)
        cautions += flags.of_counts(own, m, confidence, subject.decimals)
    inside = subject.faults["year"].isna() | subject.faults["year"].isin(subject.years)
    cautions += flags.of_faults(subject.faults[inside])
    order = {c: i for i, c in enumerate(dict.fromkeys(f["code"] for f in cautions))}
    cautions.sort(key=lambda f: (order[f["code"]], f["year"] or 0))
    lines = _benchmark(benchmark, benchmark_key, subject.years, [m.id for m in chosen])
    return Study(subject, chosen, found, fits, cautions, confidence, min_years, lines)


def _benchmark(path: str | None, key: str | None, years: list[int], measures: list[str]) -> pd.DataFrame:
    """The rows of a benchmark table for these years and measures, by key and year, never by order."""
    if path is None:
        return pd.DataFrame(columns=["name", "year", "measure", "value", "source"])
    file = places.find(path, "benchmark")
    try:
        table = pd.read_csv(file, dtype={"name": str, "measure": str})
        table = table.assign(**{c: pd.to_numeric(table[c]) for c in ("year", "value") if c in table})
    except (ValueError, OSError) as fault:
        raise OshError(f"{path}: cannot be read as a benchmark table: {str(fault).splitlines()[0]}") from None
    if lost := {"name", "year", "measure", "value", "source"} - set(table.columns):
        raise OshError(
            f"{path}: found no column {words.listed(sorted(lost))}; a benchmark has name, year, measure, value, source"
        )
    names = sorted(table["name"].dropna().unique())
    if key is None and len(names) == 1:
        key = names[0]
    if key not in names:
        raise OshError(f"{path}: benchmark_key: found {key!r}, expected one of {words.listed(names[:8])}")
    mine = table[table["name"].eq(key) & table["measure"].isin(measures) & table["year"].isin(years)].sort_values(
        ["measure", "year"]
    )
    if mine.duplicated(["measure", "year"]).any():
        raise OshError(f"{path}: {key!r} has two values for one measure and year; expected one")
    return mine.assign(name=mine["name"].astype(str))
