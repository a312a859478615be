"""One unit in one window of years: its rows, its rates, the trend of each measure, and the cautions with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

import pandas as pd

from oshlib import flags, places, tables, trends, words
from oshlib.errors import OshError
from oshlib.rates import Measure, exposures, measure, rates
from oshlib.trends import Trend


@dataclass(frozen=True)
class Subject:
    """One unit in one window of years.

    rows: one row for every year of the window, blank where the data have none; `row` is the row of the file.
    left_out: rows of the unit that were not used, with the reason. faults: of its rows, and of the file as a whole.
    """

    name: str
    unit_id: str
    path: str
    sha256: str
    years: list[int]
    rows: pd.DataFrame
    left_out: pd.DataFrame
    faults: pd.DataFrame
    hours_policy: str

    @property
    def decimals(self) -> int:
        """Federal fiscal-year rates are printed with two decimals, others with one."""
        return 2 if set(self.rows["year_type"]) - {""} == {"FY"} else 1

    @property
    def window(self) -> str:
        """The years in words."""
        kind = "fiscal" if self.decimals == 2 else "calendar"
        return (
            f"{kind} years {self.years[0]}–{self.years[-1]}" if len(self.years) > 1 else f"{kind} year {self.years[0]}"
        )


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


def load(data: str, unit: str, last_year: int | None = None, years: int = 5, hours_policy: str = "reported") -> Subject:
    """The rows of one unit in a window that ends with `last_year` (None: the last year that the unit has).

    unit: a unit_id, or a name that only one unit has. Errors: OshError that names the file and what was expected.
    """
    for name, value in (("years", years), *([("last_year", last_year)] if last_year is not None else [])):
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise OshError(f"{name}: found {value!r}, expected a whole number of 1 or more")
    table, faults = tables.read(data)
    unit_id, name = resolve(table, unit, data)
    mine = exposures(table[table["unit_id"].eq(unit_id)], hours_policy).sort_values("year")
    last = int(mine["year"].max()) if last_year is None else last_year
    window = list(range(last - years + 1, last + 1))
    used = mine[mine["year"].isin(window)]
    if used.empty:
        held = f"{mine['year'].min()} to {mine['year'].max()}"
        raise OshError(f"{data}: {name!r} has no row in {window[0]} to {last}; its years are {held}")
    rows = used.set_index("year").reindex(window)
    texts = ["unit", "unit_id", "year_type", "naics", "parent", "note", "universe", "hours_from", "struck", "screened"]
    rows[texts] = rows[texts].fillna("")
    rows["months"] = rows["months"].fillna(12.0).mask(rows["struck"].str.contains("months"))
    own = faults[faults["unit_id"].isin([unit_id, ""])]
    unused = ["duplicate", "revised", "longer-period", "two-values", "required", "two-digit-year", "not-a-year"]
    dropped = own[own["rule"].isin(unused)]
    outside = mine[~mine["year"].isin(window)]
    left_out = pd.concat(
        [
            pd.DataFrame({"row": outside["row"], "year": outside["year"], "why": "outside the window"}),
            pd.DataFrame({"row": dropped["row"], "year": dropped["year"], "why": dropped["text"]}),
        ]
    ).sort_values("row", ignore_index=True)
    return Subject(
        name, unit_id, data, places.sha256(places.find(data)), window, rows.reset_index(), left_out, own, hours_policy
    )


def resolve(table: pd.DataFrame, unit: str, data: str) -> tuple[str, str]:
    """The id and the name (that of the latest year) of the unit asked for."""
    wanted = str(unit)
    found = table[table["unit_id"].eq(wanted)]
    if found.empty:
        named = table[table["unit"].eq(wanted)]
        ids = named["unit_id"].unique()
        if len(ids) > 1:
            some = words.listed(list(ids[:6]))
            raise OshError(f"{data}: unit: {wanted!r} is the name of {len(ids)} units; give one of the ids {some}")
        if len(ids) == 0:
            raise OshError(f"{data}: unit: found no {wanted!r}, neither as unit_id nor as name{_near(table, wanted)}")
        found = table[table["unit_id"].eq(ids[0])]
    last = found.sort_values("year").iloc[-1]
    return str(last["unit_id"]), str(last["unit"])


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


def _near(table: pd.DataFrame, wanted: str) -> str:
    known = {str(n).casefold(): str(n) for n in [*table["unit"].unique(), *table["unit_id"].unique()]}
    near = [known[n] for n in get_close_matches(wanted.casefold(), known, n=3, cutoff=0.5)]
    return (
        f"; near to it: {words.listed([repr(n) for n in near])}"
        if near
        else f"; the file holds {table['unit_id'].nunique()} units"
    )


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
