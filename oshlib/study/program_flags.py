"""What a reader of an evaluation must keep in mind, as cautions with their codes."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from oshlib import flags, words
from oshlib.flags import Flag, flag
from oshlib.rates import Measure
from oshlib.study.changes import Row
from oshlib.study.groups import COMPARED, LEFT, NONPARTICIPANT, PARTICIPANT
from oshlib.study.selection import Selection

#: A group whose count of a year is smaller gets a caution (NCHS; spec G9).
_SMALL = 10


def cautions(
    m: Measure, table: pd.DataFrame, units: pd.DataFrame, rows: pd.DataFrame, series: pd.DataFrame, found: Row,
    chance: list[Selection],
) -> list[Flag]:  # fmt: skip
    """Every caution: of the groups, of the rates, of who could be counted.

    table, rows: of the window; units: all. found: the contrast of the headline.
    """
    return [
        *_of_groups(m, units, series, found), *_of_counts(m, series, found), *_of_rows(m, table, units, rows, found),
        *_of_selections(chance),
    ]  # fmt: skip


def _of_groups(m: Measure, units: pd.DataFrame, series: pd.DataFrame, found: Row) -> Iterator[Flag]:
    kept = units[units["aside"].eq("")]
    many = kept["group"].value_counts()
    if not many.get(PARTICIPANT):
        text = "Nobody in this file is known to have joined a program: there is no group to compare."
        yield flag("UNEVALUATED", None, text)
        return
    if not many.get(NONPARTICIPANT):
        yield flag(
            "UNEVALUATED", None, "Nobody in this file is known to have declined: there is nobody to compare with."
        )
    own, other = (found.changes[g].first for g in COMPARED)
    text = "Who joins is not random: they differ from the others in more than the program"
    if own == own and other == other:
        text += f" (their {m.id} was {words.number(own)} in {found.years[0]}, that of the others {words.number(other)})"
    yield flag("NOT_COMPARABLE", None, f"{text}. The difference shows what happened, not what the program did.")
    yield _reporting(m, series, found)
    unknown = int(many.get("", 0))
    if unknown:
        text = f"Of {unknown:,} of {len(kept):,} establishments it is not known whether they joined: in no group."
        yield flag("UNEVALUATED", None, text)
    if many.get(LEFT):
        text = (
            f"{many[LEFT]:,} joined and left again, or were removed: shown apart, in neither group of the comparison."
        )
        yield flag("NOT_COMPARABLE", None, text)


def _reporting(m: Measure, series: pd.DataFrame, found: Row) -> Flag:
    """A rise after the base year of those who joined, or the standing caution where there was none."""
    own = series[series["panel"].eq("matched") & series["group"].eq(PARTICIPANT) & series["year"].gt(found.years[0])]
    base = found.changes[PARTICIPANT].first
    rose = own[own["value"] > base]
    if len(rose):
        r = rose.iloc[0]
        text = (
            f"The {m.id} of participants rose from {words.number(base)} to {words.number(r['value'])} in {r['year']}. "
            "A rise may reflect better reporting: who looks for hazards hears of more cases."
        )
        return flag("REPORTING", r["year"], text)
    text = (
        "A program changes what is reported, too: a rise may reflect better reporting, a fall may reflect less of it."
    )
    return flag("REPORTING", None, text)


def _of_counts(m: Measure, series: pd.DataFrame, found: Row) -> Iterator[Flag]:
    own = series[series["panel"].eq("matched") & series["group"].isin(COMPARED)]
    for r in own[own["cases"] < _SMALL].sort_values(["year", "group"]).itertuples():
        if r.cases == 0:
            text = f"No {m.counts} among {r.group}s in {r.year}; the interval reaches up to {words.number(r.high)}."
            yield flag("ZERO", r.year, text)
        else:
            step = words.number(r.per / r.hours)
            text = f"{r.year}: {words.cases(r.cases)} among {r.group}s; the rate can move by {step} with one more."
            yield flag("SMALL_N", r.year, text)
    for year, why in flags.BREAKS.items():
        if found.years[0] < year <= found.years[1]:
            yield flag("SERIES_BREAK", year, f"{year}: {why}; rates before and after do not quite compare.")


def _of_rows(m: Measure, table: pd.DataFrame, units: pd.DataFrame, rows: pd.DataFrame, found: Row) -> Iterator[Flag]:
    for why, code in (("hours beyond belief", "HOURS_ODD"), ("its parts are in the file", "SUM_MISMATCH")):
        ids = units.index[units["aside"].eq(why)].tolist()
        if ids:
            some = words.listed(ids) if len(ids) <= 12 else f"{', '.join(ids[:12])} and {len(ids) - 12:,} more"
            yield flag(code, None, f"Set aside, {why}: {some}.")
    if found.years[0] == found.years[1]:
        yield flag("MISSING_YEAR", None, f"No year after {found.years[0]}: there is no change to be seen.")
    else:
        grouped = units[units["aside"].eq("") & units["group"].isin(COMPARED)]
        short = len(grouped) - sum(c.units for c in found.changes.values())
        if short:
            text = (
                f"{short:,} of {len(grouped):,} establishments that joined or declined have no {m.id} in "
                f"{found.years[0]} or {found.years[1]}: not among the matched, which the verdict is about."
            )
            yield flag("MISSING_YEAR", None, text)
    unusable = int(rows["value"].isna().sum())
    if unusable:
        text = f"{unusable:,} of {len(rows):,} establishment-years have no usable counts or hours and are in no sum."
        yield flag("MISSING_YEAR", None, text)
    part = int(table["months"].lt(12).sum())
    if part:
        yield flag(
            "PARTIAL_YEAR", None, f"{part:,} rows cover part of a year only; their cases and hours count as they are."
        )
    estimated = int(table["hours_from"].isin(["command", "headcount"]).sum())
    if estimated:
        yield flag("HOURS_EST", None, f"Hours of {estimated:,} rows are estimated from heads.")
    kinds = sorted(set(table["universe"]) - {""})
    if len(kinds) > 1:
        yield flag("NOT_COMPARABLE", None, f"Rows of different populations stand side by side: {words.listed(kinds)}.")


def _of_selections(chance: list[Selection]) -> Iterator[Flag]:
    for s in chance:
        if s.edge:
            text = f"{s.edge:,} of {s.year} at or over the limit by one way of comparing only: rounded, or exactly."
            yield flag("EDGE_ROUNDING", s.year, text)
        if s.lost and s.after:
            text = (
                f"{s.lost:,} of {len(s.chosen):,} selected in {s.year} lack a rate in one of "
                f"{words.listed(s.after)}: not among those followed."
            )
            yield flag("MISSING_YEAR", s.year, text)
