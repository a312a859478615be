"""Cautions of a report on all participants: what is hidden and why, what is missing, and no word on anybody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from oshlib import flags, words
from oshlib.disclosure import WHY
from oshlib.exact import half_up
from oshlib.masks import HIDDEN, SMALL
from oshlib.rates import HOURS_A_HEAD, Measure
from oshlib.study.association_figures import Figure
from oshlib.study.association_members import Gathered
from oshlib.study.association_sites import Sites
from oshlib.study.association_tables import Protected
from oshlib.trends import Trend

_TABLES = {"groups": "Rates by group", "types": "Types of incident", "outcomes": "Cases", "natures": "Cases by nature"}
_LEAST = 10
_JUMP = 0.20


def cautions(
    given: Gathered, members: pd.DataFrame, combined: pd.DataFrame, safe: Protected, moved: Trend,
    found: Sequence[Figure], banded: Sites | None, m: Measure, window: list[int], more: Sequence[flags.Flag],
) -> list[flags.Flag]:  # fmt: skip
    """Every caution, those on what is hidden first. more: what speaks of the whole report (`notes`)."""
    said = [
        *_hidden(safe.tables, given.types),
        *_lost(safe.lost),
        *_figures(found, window[-1]),
        *_of_sites(banded, window[-1]),
    ]
    said += more
    said += _years(combined, moved, m, window)
    said += _estimates(members, window)
    said += _files(given)
    return said


def notes(given: Gathered, private: bool, first: bool, nobody: str) -> list[flags.Flag]:
    """What is said of the whole report: no private folder, or none of an earlier report in it, who is in no rate.

    first: a folder was given, and holds nothing that an earlier report left. nobody: the level that nobody has.
    """
    said = []
    if not private:
        text = "No private folder was given: what earlier reports showed is not taken into account, and no codes stand."
        said.append(flags.flag("SUPPRESSED", None, text))
    if first:
        text = (
            "The private folder holds nothing of an earlier report: if one was handed over, this is the wrong folder, "
            "and the two together may say too much."
        )
        said.append(flags.flag("SUPPRESSED", None, text))
    struck = given.people["struck"].str.split(",")
    unlike = struck.map(lambda names: "unit_id" in names and "implementation_date" in names)
    if unlike.any():
        text = (
            f"{_capital(_of(int(unlike.sum())))} on the list more than once, with different implementation dates: left "
            "out of every rate, as nobody knows when their time began."
        )
        said.append(flags.flag("DUPLICATE", None, text))
    leaving = struck.map(lambda names: "unit_id" in names and "left" in names) & ~unlike
    if leaving.any():
        text = (
            f"{_capital(_of(int(leaving.sum())))} on the list more than once, with different days of leaving: counted "
            "as if still taking part, as nobody knows which holds."
        )
        said.append(flags.flag("DUPLICATE", None, text))
    if given.undated - int(unlike.sum()) > 0:
        text = (
            f"{_capital(_of(given.undated - int(unlike.sum())))} on the list without an implementation date: left out "
            "of every rate."
        )
        said.append(flags.flag("MISSING_YEAR", None, text))
    if nobody:
        text = f"No participant is at the level {nobody!r}, so nobody is drawn for verification."
        said.append(flags.flag("UNEVALUATED", None, text))
    return said


def few(number: int) -> str:
    """A number of companies as it may be said.

    >>> few(3), few(0), few(12)
    ('fewer than five', 'no', '12')
    """
    return "no" if number == 0 else "fewer than five" if number < SMALL else f"{number:,}"


def _hidden(tables: Mapping[str, pd.DataFrame], types: Mapping[str, str]) -> list[flags.Flag]:
    """One caution a table, year and reason, with the cells that are hidden."""
    said = []
    for name, cells in tables.items():
        lost = cells[cells["shown"].eq("hidden")]
        for (year, why), part in lost.groupby(["year", "why"], sort=True):
            groups = list(dict.fromkeys(g for g in part["group"] if g))
            kinds = list(dict.fromkeys(_kind(q, types) for q in part["quantity"]))
            what = words.listed(groups) if groups else "the total" if name == "groups" else words.listed(kinds)
            text = f"{_TABLES[name]}, hidden: {what}; {WHY[why]}."
            said.append(flags.flag("SUPPRESSED", year, text))
        small = cells[cells["shown"].eq("<5")]
        if len(small):
            text = f"{_TABLES[name]}: {_counts(len(small))} below five, zero included, shown as <5."
            said.append(flags.flag("SUPPRESSED", None, text))
    return said


def _counts(number: int) -> str:
    return f"{number:,} count{'' if number == 1 else 's'}"


def _kind(quantity: str, types: Mapping[str, str]) -> str:
    """A count in words: what kind of case it is of, or the total."""
    kind, _, own = quantity.partition(":")
    if not own:
        return "the total"
    return types.get(own, own.replace("_", " ")).lower() if kind == "type" else own


def _lost(lost: pd.DataFrame) -> list[flags.Flag]:
    """Whose kinds of case are not known: they are in the totals of a table only."""
    said = []
    for row in lost.itertuples():
        text = (
            f"{_TABLES[row.table]}: not known of {_of(row.companies)}, blank or not adding up; their cases are in the "
            "total only."
        )
        said.append(flags.flag("UNEVALUATED", row.year, text))
    return said


def _of(number: int) -> str:
    return f"{few(number)} participants"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _figures(found: Sequence[Figure], year: int) -> list[flags.Flag]:
    said = []
    for y, side in ((year - 1, "before"), (year, "now")):
        lost = [(f.label, getattr(f, side).why) for f in found if getattr(f, side).text == HIDDEN]
        for why in dict.fromkeys(w for _, w in lost):
            text = f"Hidden: {words.listed([label for label, w in lost if w == why])}; {WHY[why]}."
            said.append(flags.flag("SUPPRESSED", y, text))
    return said


def _of_sites(banded: Sites | None, year: int) -> list[flags.Flag]:
    if banded is None or not banded.held:
        return []
    text = (
        f"{banded.held:,} of {banded.after:,} participants past their first year have no row under a code: too "
        "few are like them, or nearly all."
    )
    return [flags.flag("SUPPRESSED", year, text)]


def _years(combined: pd.DataFrame, moved: Trend, m: Measure, window: list[int]) -> list[flags.Flag]:
    said, last = [], None
    for row in combined.itertuples():
        if row.companies == row.companies and row.members > row.companies:
            text = f"{row.members - row.companies:.0f} of {row.members} participants gave no usable hours or cases."
            said.append(flags.flag("MISSING_YEAR", row.year, text))
        if last is not None and last.hours > 0 and abs(move := row.hours / last.hours - 1) > _JUMP:
            word = "fell" if move < 0 else "rose"
            text = (
                f"Hours {word} {half_up(abs(move) * 100, 0)}%: participants came or left; the rates are not of "
                "the same ones."
            )
            said.append(flags.flag("HOURS_JUMP", row.year, text))
        if row.cases < _LEAST:
            step = words.number(m.per / row.hours, 2)
            said.append(flags.flag("SMALL_N", row.year, f"{row.cases:.0f} cases; one more moves the rate by {step}."))
        if last is not None and row.ratio > 1 and row.p < 0.05:
            text = "A rise may be better reporting by those who have just joined."
            said.append(flags.flag("REPORTING", row.year, text))
        last = row
    if "deaths" in m.cases:  # said whether there were any or not: silence would be a number, too
        text = f"{m.id} counts deaths in; how many there were, if any, the table of cases says as far as it may."
        said.append(flags.flag("FATAL_IN_RATE", None, text))
    gaps = sorted(set(range(window[0], window[-1] + 1)) - set(window))
    said += [flags.flag("MISSING_YEAR", y, "Nobody took part in this year of the data.") for y in gaps]
    if moved.direction != "not determinable" and moved.used_years < 5:
        text = f"{moved.used_years:.0f} years: the trend is provisional until there are five."
        said.append(flags.flag("PROVISIONAL", None, text))
    said += [
        flags.flag("SERIES_BREAK", y, f"{why[0].upper()}{why[1:]}; rates before and after do not quite compare.")
        for y, why in flags.BREAKS.items()
        if window[0] < y <= window[-1]
    ]
    return said


def _estimates(members: pd.DataFrame, window: list[int]) -> list[flags.Flag]:
    said = []
    for year in window:
        own = members[members["year"].eq(year)]
        by_hours = int(own["sized_by"].eq("hours").sum())
        if by_hours:
            text = (
                f"Size of {few(by_hours)} participants from their hours / {HOURS_A_HEAD:,.0f}, as no head count "
                "is given."
            )
            said.append(flags.flag("HOURS_EST", year, text))
        guessed = int(own["hours_from"].isin(["command", "headcount"]).sum()) if "hours_from" in own else 0
        if guessed:
            said.append(
                flags.flag("HOURS_EST", year, f"Hours of {few(guessed)} participants are estimated from heads.")
            )
        part = int(own["why"].eq("part of a year").sum())
        if part:
            text = (
                f"{_capital(few(part))} participants cover a part of the year only; they "
                "count, and are tested for nothing."
            )
            said.append(flags.flag("PARTIAL_YEAR", year, text))
    return said


def _files(given: Gathered) -> list[flags.Flag]:
    """What the files' own faults mean, as numbers of faults."""
    said = []
    if given.differences:
        text = (
            f"Log and form differ in {few(given.differences)} company-years; the form stands, as a log is kept up to "
            "date and a form is not (29 CFR 1904.33)."
        )
        said.append(flags.flag("REVISED", None, text))
    coded: Any = given.faults[given.faults["flag"].ne("")] if len(given.faults) else given.faults
    for row in coded.itertuples():
        times = f"{few(row.number)} times"
        said.append(flags.flag(row.flag, None, f"{row.file[:1].upper()}{row.file[1:]}: {row.rule}, {times}."))
    return said
