"""What selection alone does: those picked for a high rate in one year, and what became of them without a program."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from oshlib import benchmarks, goals
from oshlib.contrasts import excess_lost, expected_again
from oshlib.errors import OshError
from oshlib.rates import Measure, incidence_rate, rate_interval, rate_ratio
from oshlib.study.groups import NONPARTICIPANT

#: A limit of 7.0 is printed with one decimal, and so are the rates that it is held against.
_DECIMALS = 1
ALL, APART, EVERYBODY = "selected", "selected nonparticipants", "everybody"


@dataclass(frozen=True)
class Selection:
    """Those at or over a limit in one year, followed for as long as nothing else was done to them, or to the last year.

    lines: RATES by year of `who` (ALL; APART, of the later selection; EVERYBODY), each of establishments
    with a rate in every year followed. chosen: the ids of all that were selected; lost: how many of them lack a later
    year; edge: how many are selected by one way of comparing only. next_*: the first year after against the year of
    selection, as a ratio; excess: the share of the distance from everybody's rate that was gone by then; expected:
    the rate that the selected would show in another year like the first; expected_excess: the same share of it.
    """

    year: int
    after: list[int]
    before_program: bool
    lines: pd.DataFrame
    chosen: set[str]
    lost: int
    edge: int
    next_ratio: float
    next_low: float
    next_high: float
    next_p: float
    excess: float
    expected: float
    expected_excess: float

    def line(self, who: str) -> pd.DataFrame:
        """The rates of one line by year; empty where there is nobody."""
        return self.lines[self.lines["who"].eq(who)]


def selections(
    rows: pd.DataFrame, m: Measure, year: int, base: int, last: int, limit: float, compare: str, confidence: float
) -> list[Selection]:
    """The selection of the year asked for, followed to the last; before it an earlier one, if there is one.

    The earlier one is the first that has a later year up to the base year, to which it is followed: no program yet.
    rows: unit_id, year, group, cases, hours, value of every year of the file. Errors: OshError on a limit that is none.
    """
    if not isinstance(limit, int | float) or isinstance(limit, bool) or not 0 < limit < float("inf"):
        raise OshError(f"limit: found {limit!r}, expected a rate {m.base} above zero")
    if compare not in ("rounding", "absolute"):
        raise OshError(f"compare: found {compare!r}, expected rounding or absolute")
    usable = rows[rows["value"].notna()]
    held = sorted({int(y) for y in usable["year"]})
    early = [y for y in held if y < year and any(y < later <= base for later in held)][:1]
    spans = [(y, base, True) for y in early] + ([(year, last, False)] if year in held else [])
    return [
        _follow(usable, m, first, [y for y in held if first < y <= end], before, limit, compare, confidence)
        for first, end, before in spans
    ]


def _follow(
    usable: pd.DataFrame, m: Measure, year: int, after: list[int], before: bool, limit: float, compare: str,
    confidence: float,
) -> Selection:  # fmt: skip
    start = usable[usable["year"].eq(year)].set_index("unit_id")
    by_way = {
        way: start["cases"] > goals.most_cases(limit, start["hours"].to_numpy(), m.per, below=True, decimals=places)
        for way, places in (("rounding", _DECIMALS), ("absolute", None))
    }
    over = by_way[compare]
    chosen = set(start.index[over])
    inside = usable[usable["year"].isin([year, *after])]
    whole = inside["unit_id"].map(inside["unit_id"].value_counts()).eq(1 + len(after))
    panel = inside[whole]
    picked = panel[panel["unit_id"].isin(chosen)]
    apart = picked[picked["group"].eq(NONPARTICIPANT) & (not before)]  # before the program nobody had a choice
    lines = [_rates(picked, ALL), _rates(apart, APART), _rates(panel, EVERYBODY)]
    table = pd.concat(lines, ignore_index=True).assign(measure=m.id, per=m.per, selected_on=year)
    table["value"] = incidence_rate(table["cases"], table["hours"], m.per)
    table["low"], table["high"] = rate_interval(table["cases"], table["hours"], m.per, confidence)
    return Selection(
        year=year, after=after, before_program=before, lines=table, chosen=chosen,
        lost=len(chosen) - picked["unit_id"].nunique(), edge=int((by_way["rounding"] != by_way["absolute"]).sum()),
        **_drop(table, picked[picked["year"].eq(year)], panel[panel["year"].eq(year)], m, after, confidence),
    )  # fmt: skip


def _rates(part: pd.DataFrame, who: str) -> pd.DataFrame:
    sums = part.groupby("year").agg(units=("unit_id", "nunique"), cases=("cases", "sum"), hours=("hours", "sum"))
    return sums.reset_index().assign(who=who)


def _drop(
    table: pd.DataFrame, picked: pd.DataFrame, panel: pd.DataFrame, m: Measure, after: list[int], confidence: float
) -> dict[str, float]:
    """The first year after the selection, as it was and as chance alone would have it."""
    names = ("next_ratio", "next_low", "next_high", "next_p", "excess", "expected", "expected_excess")
    found = dict.fromkeys(names, float("nan"))
    if picked.empty:
        return found
    line = {who: table[table["who"].eq(who)].set_index("year") for who in (ALL, EVERYBODY)}
    first = (line[ALL]["value"].iloc[0], line[EVERYBODY]["value"].iloc[0])
    if panel["unit_id"].nunique() >= benchmarks.LEAST_UNITS and panel["cases"].any():
        shape, mean = benchmarks.spread(panel["cases"].to_numpy(), panel["hours"].to_numpy())
        again = expected_again(picked["cases"], picked["hours"], shape, mean) * m.per
        found |= {"expected": again, "expected_excess": excess_lost(*first, again, first[1])}
    if after:
        own = line[ALL].loc[[table["year"].min(), after[0]], ["cases", "hours"]].to_numpy()
        ratio = rate_ratio(own[1, 0], own[1, 1], own[0, 0], own[0, 1], confidence)
        found |= dict(zip(names, ratio, strict=False))
        then, others = (line[who]["value"].loc[after[0]] for who in line)
        found["excess"] = excess_lost(*first, then, others)
    return {k: v if np.isfinite(v) else float("nan") for k, v in found.items()}
