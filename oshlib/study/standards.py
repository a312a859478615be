"""Benchmarks as lines by year: from a published table, or pooled from a file of units."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import pandas as pd

from oshlib import flags, places, references, words
from oshlib.errors import OshError
from oshlib.rates import Measure, exposures, rates
from oshlib.study.subject import read_once

#: One row a year and measure. decimals: as printed, NaN where computed here. aside: rows of units that were set aside.
LINES = (
    "name", "year", "measure", "value", "cases", "hours", "per", "universe", "source", "decimals", "units", "aside",
)  # fmt: skip


def lines(path: str | None, key: str | None, measures: Sequence[Measure], screen: bool = True) -> pd.DataFrame:
    """The benchmark's rows for these measures, by year: LINES, sorted; empty without a path.

    path: a benchmark table (name, year, measure, value, source; cases and hours where known), or an annual table, whose
    units are pooled by year. key: a name of the first, an industry code (naics) of the second; None where there is one
    name, or all units are meant. screen: of pooled units, set aside those whose hours or counts cannot be used or
    believed; without it a single one of them leaves the year without a value.
    Errors: OshError where the key is unknown, a value stands twice, or its base is not that of the measure.
    """
    if path is None:
        return pd.DataFrame(columns=list(LINES))
    return _lines(path, places.sha256(places.find(path, "benchmark")), key, tuple(measures), screen).copy()


@lru_cache(maxsize=8)
def _lines(path: str, sha256: str, key: str | None, measures: tuple[Measure, ...], screen: bool) -> pd.DataFrame:
    """The lines of a file as it is now: one that has changed has another hash and is read again."""
    found = _published(path, key) if references.is_benchmark(path) else _pooled(path, key, measures, screen)
    ids = {m.id: m.per for m in measures}
    mine = found[found["measure"].isin(list(ids))].sort_values(["measure", "year"], ignore_index=True)
    if mine.duplicated(["measure", "year"]).any():
        raise OshError(f"{path}: {mine['name'].iloc[0]!r} has two values for one measure and year; expected one")
    for row in mine.itertuples():
        if row.per != ids[row.measure]:
            raise OshError(
                f"{path}: {row.name!r} gives {row.measure} of {row.year} per {row.per:,.0f} hours; here {row.measure} "
                f"is per {ids[row.measure]:,.0f} hours, and a rate of another base is not compared"
            )
    return mine[list(LINES)]


def universe(rows: pd.DataFrame, theirs: Sequence[str], path: str | None) -> list[flags.Flag]:
    """NOT_COMPARABLE where rates of one population stand beside those of another, or of one that is not named."""
    own, other = (words.listed(sorted({u for u in names if u and u == u})) for names in (rows["universe"], theirs))
    if path is None or len(theirs) == 0 or own == other:
        return []
    whose = f"of {other}" if other else "of a population that the table does not name"
    text = f"The rates here are of {own}; those of {path} are {whose}: the two need not agree even for one plant."
    return [flags.flag("NOT_COMPARABLE", None, text)]


def itself(path: str | None, data: str, hours: float, lines: pd.DataFrame) -> list[flags.Flag]:
    """NOT_COMPARABLE where the benchmark pools the file that the unit comes from: in part it is held against itself."""
    pooled = lines["hours"].iloc[-1] if len(lines) else float("nan")
    if path is None or places.find(path).resolve() != places.find(data).resolve() or not pooled > 0:
        return []
    share = f": {words.part(hours / pooled, 1)} of its hours in the last year" if hours == hours else ""
    return [flags.flag("NOT_COMPARABLE", None, f"The benchmark pools all units of {path}, this one among them{share}.")]


def _published(path: str, key: str | None) -> pd.DataFrame:
    table = references.read(path, "benchmark")
    names = sorted(set(table["name"]))
    if key is None and len(names) == 1:
        key = names[0]
    if key not in names:
        raise OshError(f"{path}: benchmark_key: found {key!r}, expected one of {words.listed(names[:8])}")
    table["per"] = table["per"].fillna(200_000.0)
    table["decimals"] = table["decimals"] if "decimals" in table else float("nan")
    # A spreadsheet drops the last zero of 10.0: one series is printed with the same decimals throughout.
    table["decimals"] = table.groupby(["name", "measure"])["decimals"].transform("max")
    return table[table["name"].eq(key)].assign(units=float("nan"), aside=0, year=table["year"].astype(int))


def _pooled(path: str, key: str | None, measures: Sequence[Measure], screen: bool) -> pd.DataFrame:
    table = read_once(path)[0]
    if key is not None:
        codes = sorted(set(table["naics"]) - {""})
        table = table[table["naics"].eq(str(key))]
        if table.empty:
            raise OshError(f"{path}: benchmark_key: found {key!r}, expected an industry code such as {codes[:5]}")
    full, parts = exposures(table), []
    for m in measures:
        own = rates(full, [m.id], by=["unit_id", "year"])
        doubtful = full.loc[full["screened"].ne(""), ["unit_id", "year"]].assign(doubtful=True)
        own = own.merge(doubtful, how="left", on=["unit_id", "year"])
        unusable = own["value"].isna() | own["doubtful"].notna()
        kept = own[~unusable] if screen else own
        sums = kept.groupby("year").agg(
            cases=("cases", lambda s: s.sum(skipna=False)), hours=("hours", lambda s: s.sum(skipna=False)),
            units=("unit_id", "size"),
        )  # fmt: skip
        lost = sums.index[sums["cases"].isna() | ~(sums["hours"] > 0)].tolist()
        if lost:
            raise OshError(
                f"{path}: {m.id} of {words.listed(lost)} cannot be pooled: {int(own['value'].isna().sum())} rows have "
                "no usable counts or hours; screen: true sets them aside and says so"
            )
        aside = own[unusable].groupby("year").size().reindex(sums.index).fillna(0) if screen else 0
        parts.append(
            sums.reset_index().assign(
                name=key or path,
                measure=m.id,
                value=sums["cases"].to_numpy() * m.per / sums["hours"].to_numpy(),
                per=m.per,
                universe=words.listed(sorted(set(full["universe"]))),
                decimals=float("nan"),
                source=f"pooled from the units of {path}",
                aside=pd.Series(aside, index=sums.index).to_numpy(),
            )
        )
    return pd.concat(parts, ignore_index=True)
