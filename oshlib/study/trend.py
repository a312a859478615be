"""The trend of each measure of one unit, with the rates it rests on and the cautions that go with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from oshlib import flags, trends
from oshlib.rates import Measure
from oshlib.study import standards
from oshlib.study.subject import Subject, cautions_of, chosen, enough_years, rates_of
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
    asked, least = chosen(subject, measures), enough_years(min_years)
    found = rates_of(subject, asked, confidence, subject.rows)
    fits: dict[str, Trend] = {}
    own_flags: dict[str, tuple[Measure, list[flags.Flag]]] = {}
    for m in asked:
        own = found[found["measure"].eq(m.id)]
        whole = own["complete"]
        cases, hours = own["cases"].where(whole), own["hours"].where(whole)
        fits[m.id] = trends.trend(own["year"], cases, hours, confidence, min_years=least, per=m.per)
        said = flags.of_trend(fits[m.id], m, subject.years, own.loc[whole, "year"].tolist(), least)
        own_flags[m.id] = (m, said)
    lines = standards.lines(benchmark, benchmark_key, asked)
    lines = lines[lines["year"].isin(subject.years)]
    said = standards.universe(subject.rows, lines["universe"], benchmark)
    cautions = cautions_of(subject, found, confidence, "left out of the trend", own_flags) + said
    return Study(subject, asked, found, fits, cautions, confidence, least, lines)
