"""All units of a file side by side: the funnel, each unit's own variation, and the cases left to each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from scipy import special

from oshlib import flags, funnel, goals, places, words
from oshlib.errors import OshError
from oshlib.exact import as_written, level
from oshlib.rates import Measure, exposures, incidence_rate, measure, rate_interval, rates
from oshlib.study import standards
from oshlib.study.subject import read_once

#: The two pairs of limits of a funnel: about two and about three standard deviations.
LEVELS = (0.95, 0.998)


@dataclass(frozen=True)
class Portfolio:
    """Every unit of a file in a window of years.

    units: one row each: unit_id, unit, of_years (with a rate), cases, hours, value, low, high (pooled over its years),
    aside (why it stands outside the reckoning, "" for most), outside (by LEVELS: -1, 0, 1), variation, assurance,
    last_cases, most, left (of the last year). mean: the centre of the funnel; by_chance: how many would be outside each
    pair of limits if no unit differed from it; spread: the chance of as many outside the inner pair as were found.
    """

    path: str
    sha256: str
    measure: Measure
    years: list[int]
    units: pd.DataFrame
    mean: float
    mean_how: str
    own_centre: bool
    goal: float
    goal_how: str
    by_chance: dict[float, float]
    spread: float
    cautions: list[flags.Flag]
    faults: dict[str, int]
    rows_used: int
    rows_left_out: int
    confidence: float
    decimals: int
    made_up: bool

    @property
    def counted(self) -> pd.DataFrame:
        """The units that stand in the funnel."""
        return self.units[self.units["aside"].eq("")]

    def outside(self, confidence: float) -> pd.DataFrame:
        """The units outside one pair of limits."""
        return self.counted[self.counted[f"outside_{confidence}"].ne(0)]

    @property
    def fewest_left(self) -> pd.DataFrame:
        """The ten units with the fewest cases left, fewest first."""
        known = self.counted[self.counted["left"].notna()]
        return known.sort_values(["left", "unit_id"]).head(10)


@dataclass(frozen=True)
class Gathered:
    """What a file holds of a measure in a window, before anything is judged.

    inside: the rows of the window. cases, hours: one row a unit, one column a year, NaN where unusable; rows: where
    there is a row at all. doubtful: the units whose hours or counts are beyond belief.
    """

    path: str
    sha256: str
    measure: Measure
    years: list[int]
    inside: pd.DataFrame
    names: pd.Series
    cases: pd.DataFrame
    hours: pd.DataFrame
    rows: pd.DataFrame
    doubtful: set[str]
    faults: pd.DataFrame
    rows_left_out: int


def study(
    data: str,
    name: str = "TCR",
    last_year: int | None = None,
    years: int = 5,
    goal: float | None = None,
    benchmark: str | None = None,
    benchmark_key: str | None = None,
    confidence: float = 0.95,
    hours_policy: str = "reported",
    screen: bool = True,
) -> Portfolio:
    """Every unit of a file, its years pooled, around the mean of them all or around a benchmark.

    goal: a rate that the last year is held to; None: the centre of the funnel. screen: set aside units whose hours or
    counts are beyond belief. Errors: OshError where the file has no row in the window, or the goal is no rate.
    """
    found = gather(data, name, last_year, years, hours_policy)
    return judge(found, goal, benchmark, benchmark_key, confidence, screen)


def gather(
    data: str, name: str = "TCR", last_year: int | None = None, years: int = 5, hours_policy: str = "reported"
) -> Gathered:
    """The counts and hours of every unit of a file in a window. Errors: OshError where it has no row in the window."""
    m = measure(name)
    sha256 = places.sha256(places.find(data, "data"))
    table, faults = read_once(data)
    window = _window(table, last_year, years, data)
    inside = exposures(table[table["year"].isin(window)], hours_policy)
    by_year = rates(inside, [m.id], by=["unit_id", "year"], hours_policy=hours_policy)
    cases, hours, rows = (by_year.pivot(index="unit_id", columns="year", values=v).reindex(columns=window)
                          for v in ("cases", "hours", "per"))  # fmt: skip
    latest = inside.sort_values("year").drop_duplicates("unit_id", keep="last").set_index("unit_id")
    return Gathered(
        path=data, sha256=sha256, measure=m, years=window, inside=inside, names=latest["unit"].reindex(cases.index),
        cases=cases, hours=hours, rows=rows.notna(), faults=faults, rows_left_out=len(table) - len(inside),
        doubtful=set(inside.loc[inside["screened"].ne(""), "unit_id"]),
    )  # fmt: skip


def with_unit(found: Gathered, own: pd.DataFrame, name: str, unit_id: str, instead: Sequence[str]) -> Gathered:
    """The same with one unit in the place of some: a unit as it might have been, or several taken together.

    own: RATES of the new unit in the window.
    """
    by_year = own.set_index("year").reindex(found.years)
    there = by_year["value"].notna() | found.rows.loc[list(instead)].any()

    def put(table: pd.DataFrame, row: Any) -> pd.DataFrame:
        new = pd.DataFrame([list(row)], index=pd.Index([unit_id], name=table.index.name), columns=table.columns)
        return pd.concat([table.drop(index=list(instead)), new])

    return replace(
        found,
        names=pd.concat([found.names.drop(index=list(instead)), pd.Series({unit_id: name})]),
        cases=put(found.cases, by_year["cases"]),
        hours=put(found.hours, by_year["hours"]),
        rows=put(found.rows, there),
        doubtful=found.doubtful | ({unit_id} if set(instead) & found.doubtful else set()),
    )


def judge(
    found: Gathered,
    goal: float | None = None,
    benchmark: str | None = None,
    benchmark_key: str | None = None,
    confidence: float = 0.95,
    screen: bool = True,
) -> Portfolio:
    """Where each unit stands: the centre, the limits, its own variation, what is left of the goal."""
    m, window, _ = found.measure, found.years, level(confidence)
    units = _pooled(found, confidence, screen)
    counted = units["aside"].eq("")
    if not counted.any():
        raise OshError(f"{found.path}: no unit has a usable {m.id} in {window[0]} to {window[-1]}")
    mean, how, theirs = _centre(units[counted], m, window, benchmark, benchmark_key, screen)
    aim, aim_how = _goal(goal, m, mean)
    for side in LEVELS:
        outside = funnel.outside(units["cases"], units["hours"], mean, side, m.per)
        units[f"outside_{side}"] = np.where(counted, outside, 0)
    n, h = found.cases.to_numpy(), found.hours.to_numpy()
    units["variation"] = np.where(counted, funnel.variation(n, h, m.per), "")
    units["assurance"] = np.where(counted, funnel.assurance(n, h, aim, m.per), "")
    chance = {side: funnel.by_chance(units.loc[counted, "hours"], mean, side, m.per) for side in LEVELS}
    many = int(units[f"outside_{LEVELS[0]}"].ne(0).sum())
    units["last_cases"], last_hours = n[:, -1], h[:, -1]
    units["most"] = goals.most_cases(aim, last_hours, m.per)
    units["left"] = units["most"] - units["last_cases"]
    inside, faults = found.inside, found.faults
    return Portfolio(
        path=found.path, sha256=found.sha256, measure=m, years=window, units=units,
        mean=mean, mean_how=how, own_centre=benchmark is None, goal=aim, goal_how=aim_how, confidence=confidence,
        by_chance=chance, spread=float(special.pdtrc(many - 1, max(chance[LEVELS[0]], 1e-12))) if many else 1.0,
        cautions=[
            *_cautions(units, inside, window, m), *flags.unplaced(faults),
            *standards.universe(inside, theirs, benchmark),
        ],
        faults={f"{kind}s": int(faults["level"].eq(kind).sum()) for kind in ("error", "warning")},
        rows_used=len(inside), rows_left_out=found.rows_left_out,
        decimals=2 if set(inside["year_type"]) - {""} == {"FY"} else 1,
        made_up=bool(inside["note"].str.lower().str.contains("made up").any()),
    )  # fmt: skip


def _window(table: pd.DataFrame, last_year: int | None, years: int, data: str) -> list[int]:
    for name, value in (("years", years), *([("last_year", last_year)] if last_year is not None else [])):
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise OshError(f"{name}: found {value!r}, expected a whole number of 1 or more")
    if table.empty:
        raise OshError(f"{data}: no row of the file can be used")
    last = int(table["year"].max()) if last_year is None else last_year
    window = [y for y in range(last - years + 1, last + 1) if y >= table["year"].min()]
    if not table["year"].isin(window).any():
        held = f"{table['year'].min()} to {table['year'].max()}"
        raise OshError(f"{data}: no row in {last - years + 1} to {last}; its years are {held}")
    return window


def _pooled(found: Gathered, confidence: float, screen: bool) -> pd.DataFrame:
    """One row a unit: its years added up. A year that is there and cannot be used leaves the unit without a rate."""
    cases, hours, rows = found.cases, found.hours, found.rows
    unusable = (rows & ~(cases.notna() & (hours > 0))).any(axis=1)
    n, h = cases.sum(axis=1).mask(unusable), hours.sum(axis=1).mask(unusable)
    units = pd.DataFrame({"unit": found.names, "of_years": rows.sum(axis=1), "cases": n, "hours": h})
    units = units.rename_axis("unit_id").reset_index()
    units["value"] = incidence_rate(units["cases"], units["hours"], found.measure.per)
    units["low"], units["high"] = rate_interval(units["cases"], units["hours"], found.measure.per, confidence)
    units["aside"] = np.select(
        [units["unit_id"].isin(found.doubtful if screen else set()), unusable.to_numpy()],
        ["hours beyond belief", "a year without usable counts or hours"], "",
    )  # fmt: skip
    return units


def _centre(
    counted: pd.DataFrame, m: Measure, window: list[int], benchmark: str | None, key: str | None, screen: bool
) -> tuple[float, str, list[str]]:
    """Its rate, where it comes from, and the populations that it is of."""
    n, h = counted["cases"].sum(), counted["hours"].sum()
    if benchmark is None:
        how = f"all units together: {n:,.0f} cases in {h:,.0f} hours"
        return float(incidence_rate(n, h, m.per)), how, []
    lines = standards.lines(benchmark, key, [m], screen)
    lines = lines[lines["year"].isin(window)]
    if lines.empty:
        raise OshError(f"{benchmark}: found no {m.id} in {window[0]} to {window[-1]}")
    years, aside = words.listed(lines["year"].tolist()), int(lines["aside"].sum())
    how = f"{lines['name'].iloc[0]}, mean of {years}; {lines['source'].iloc[0]}"
    how += f" ({aside:,} of its rows set aside)" if aside else ""
    return float(lines["value"].mean()), how, lines["universe"].tolist()


def _goal(goal: Any, m: Measure, mean: float) -> tuple[float, str]:
    if goal is None:
        return mean, "no goal was given: the centre stands in"
    if not isinstance(goal, int | float) or isinstance(goal, bool) or not 0 <= goal < float("inf"):
        raise OshError(f"goal: found {goal!r}, expected a rate {m.base}, zero or more")
    return float(as_written(goal)), "as given"


def _cautions(units: pd.DataFrame, inside: pd.DataFrame, window: list[int], m: Measure) -> list[flags.Flag]:
    said = []
    for why, code in (("hours beyond belief", "HOURS_ODD"), ("a year without usable counts or hours", "MISSING_YEAR")):
        ids = units.loc[units["aside"].eq(why), "unit_id"].tolist()
        if ids:
            some = words.listed(ids) if len(ids) <= 12 else f"{', '.join(ids[:12])} and {len(ids) - 12:,} more"
            said.append(flags.flag(code, None, f"Not in the funnel, {why}: {some}."))
    short = int((units["of_years"] < len(window)).sum())
    if short:
        text = f"{short:,} of {len(units):,} units lack one of the {len(window)} years or more: the others are pooled."
        said.append(flags.flag("MISSING_YEAR", None, text))
    small = int(units["variation"].eq("").sum())
    if small:
        text = (
            f"{small:,} of {len(units):,} units have too few cases or years for limits of their own (fewer than "
            f"{funnel.LEAST_EXPECTED:g} expected a year, fewer than three years, or none in {window[-1]})."
        )
        said.append(flags.flag("SMALL_N", None, text))
    part = sorted(set(inside.loc[inside["months"].lt(12), "unit_id"]))
    if part:
        text = "pooled as they are; the cases left in one are of its hours to date."
        said.append(flags.flag("PARTIAL_YEAR", None, f"{len(part):,} of {len(units):,} units have part years, {text}"))
    estimated = int(inside["hours_from"].isin(["command", "headcount"]).sum())
    if estimated:
        said.append(flags.flag("HOURS_EST", None, f"Hours of {estimated:,} rows are estimated from heads."))
    if len(set(inside["universe"]) - {""}) > 1:
        kinds = words.listed(sorted(set(inside["universe"]) - {""}))
        said.append(flags.flag("NOT_COMPARABLE", None, f"Rows of different populations stand side by side: {kinds}."))
    return said
