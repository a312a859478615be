"""A program before and after: who joined, whose rate fell, and by how much more than that of those who did not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from oshlib import flags, places, words
from oshlib.errors import OshError
from oshlib.exact import level
from oshlib.rates import Measure, exposures, measure, rates
from oshlib.study import changes, groups
from oshlib.study.changes import Row
from oshlib.study.enforcement import enforcement
from oshlib.study.groups import PARTICIPANT
from oshlib.study.program_flags import cautions
from oshlib.study.published import Published, recomputed
from oshlib.study.selection import Selection, selections
from oshlib.study.subject import read_once


@dataclass(frozen=True)
class Evaluation:
    """What a file says of a program, in a window of years.

    units: one row an establishment, see `groups.of`. rows: one row an establishment and year up to the last: unit_id,
    unit, year, group, industry, parent, cases, hours, value (NaN where unusable); those set aside are not among them.
    series, contrasts, industries: see `changes`; employers: `changes.beside` by group, parent and establishment.
    selections: the earlier one first. enforcement: see there; empty where the file says nothing of inspections.
    """

    path: str
    sha256: str
    measure: Measure
    years: list[int]
    base_year: int
    last_year: int
    selected_on: int
    limit: float
    compare: str
    confidence: float
    units: pd.DataFrame
    rows: pd.DataFrame
    series: pd.DataFrame
    contrasts: dict[str, Row]
    industries: pd.DataFrame
    employers: pd.DataFrame
    selections: list[Selection]
    enforcement: pd.DataFrame
    published: list[Published]
    cautions: list[flags.Flag]
    faults: dict[str, int]
    rows_used: int
    rows_left_out: int
    made_up: bool
    decimals: int

    @property
    def headline(self) -> Row:
        """The contrast of the headline: the same establishments in the base year and in the last."""
        return self.contrasts["matched"]

    @property
    def compared(self) -> bool:
        """Whether both groups have a change that can be set against the other's."""
        return all(c.change == c.change for c in self.headline.changes.values())

    @property
    def program(self) -> bool:
        """Whether anybody is known to have joined."""
        return bool(self.units.loc[self.units["aside"].eq(""), "group"].eq(PARTICIPANT).any())

    @property
    def selection(self) -> Selection | None:
        """The selection of the year asked for; None where nobody has a rate in it."""
        return next((s for s in self.selections if not s.before_program), None)


def study(
    data: str,
    name: str = "LWDII",
    last_year: int | None = None,
    years: int = 5,
    base_year: int | None = None,
    selected_on: int | None = None,
    limit: float = 7.0,
    confidence: float = 0.95,
    compare: str = "rounding",
    hours_policy: str = "reported",
    screen: bool = True,
    published: str | None = None,
) -> Evaluation:
    """Participants and nonparticipants of a file before and after, and what the same selection does without a program.

    base_year: the last year before the program (None: the year before the first agreement came in, else the first of
    the window). selected_on: the year whose rates decided who was approached (None: the base year). limit: a rate at
    or over it was selected; compare: "rounding" to one decimal first, or "absolute". published: a table of changes that
    others have printed. Errors: OshError that names what was found and what was expected.
    """
    m, _ = _counting(measure(name)), level(confidence)
    sha256 = places.sha256(places.find(data, "data"))
    whole, faults = read_once(data)
    window = _window(whole, last_year, years, data)
    last = window[-1]
    table = exposures(whole[whole["year"].le(last)], hours_policy)
    told = groups.of(table, screen)
    rows = _rows(table, m, told, hours_policy)
    if not rows["value"].notna().any():
        raise OshError(f"{data}: no establishment has a usable {m.id} up to {last}")
    base = _base(base_year, table, window)
    chosen = base if selected_on is None else _year_in("selected_on", selected_on, sorted(set(rows["year"])))
    chance = selections(rows, m, chosen, base, last, limit, compare, confidence)
    over = next((s.chosen for s in chance if not s.before_program), set())
    series = changes.series(rows, m, window, base, last, confidence)
    found = changes.side_by_side(rows, m, window, base, last, over, confidence)
    inside = table[table["year"].isin(window)]
    return Evaluation(
        path=data, sha256=sha256, measure=m, years=window, base_year=base, last_year=last, selected_on=chosen,
        limit=limit, compare=compare, confidence=confidence, units=told, rows=rows, series=series, contrasts=found,
        industries=changes.industries(rows, m, base, last, confidence),
        employers=changes.beside(changes.matched(rows, base, last), ["group", "parent", "unit_id"], m, base, last,
                                 confidence),
        selections=chance, enforcement=enforcement(table, told, window, base, confidence),
        published=recomputed(published) if published else [],
        cautions=cautions(m, inside, told, rows[rows["year"].isin(window)], series, found["matched"], chance),
        faults={f"{kind}s": int(faults["level"].eq(kind).sum()) for kind in ("error", "warning")},
        rows_used=len(inside), rows_left_out=len(whole) - len(inside),
        made_up=bool(inside["note"].str.lower().str.contains("made up").any()),
        decimals=2 if set(inside["year_type"]) - {""} == {"FY"} else 1,
    )  # fmt: skip


def _counting(m: Measure) -> Measure:
    if m.counts.startswith("days"):
        raise OshError(
            f"measure: found {m.id!r}, expected one that counts cases, such as LWDII: days come many to a case, "
            "so no exact interval holds"
        )
    return m


def _window(table: pd.DataFrame, last_year: Any, years: Any, data: str) -> list[int]:
    for name, value in (("years", years), *([("last_year", last_year)] if last_year is not None else [])):
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise OshError(f"{name}: found {value!r}, expected a whole number of 1 or more")
    if table.empty:
        raise OshError(f"{data}: no row of the file can be used")
    held = {int(y) for y in table["year"]}
    last = max(held) if last_year is None else last_year
    window = [y for y in range(last - years + 1, last + 1) if y >= min(held)]
    if held.isdisjoint(window):
        raise OshError(f"{data}: no row in {last - years + 1} to {last}; its years are {min(held)} to {max(held)}")
    return window


def _year_in(name: str, value: Any, held: list[int]) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and value in held:
        return value
    raise OshError(f"{name}: found {value!r}, expected a year of the data, here {words.listed(held)}")


def _base(base_year: Any, table: pd.DataFrame, window: list[int]) -> int:
    began = table["agreement_received"].min() if "agreement_received" in table else pd.NaT
    before = [y for y in window if pd.isna(began) or y < began.year]
    if not before:
        text = f"found no year before {began.year}, when the first agreement came in; the window is"
        raise OshError(f"base_year: {text} {words.window(window)}")
    if base_year is None:
        return before[0] if pd.isna(began) else before[-1]
    chosen = _year_in("base_year", base_year, window)
    if chosen not in before:
        raise OshError(
            f"base_year: found {chosen}, expected a year before {began.year}, when the first agreement came in"
        )
    return chosen


def _rows(table: pd.DataFrame, m: Measure, told: pd.DataFrame, hours_policy: str) -> pd.DataFrame:
    """One row an establishment and year, those set aside left out."""
    found = rates(table, [m.id], by=["unit_id", "year"], hours_policy=hours_policy)
    kept = told.loc[told["aside"].eq(""), ["unit", "group", "industry", "parent"]]
    rows = found.assign(year=found["year"].astype(int)).join(kept, on="unit_id", how="inner")
    return rows[["unit_id", "unit", "year", "group", "industry", "parent", "cases", "hours", "value"]]
