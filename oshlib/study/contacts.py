"""Safety contacts of quarterly initiatives: whom they could have reached, and whom they did."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

#: Initiatives in a full year: one a quarter.
QUARTERS = (1, 2, 3, 4)
#: Why a year has no contacts although there were sessions: no fault, and nothing that is open.
BEFORE, AFTER = "before the start", "after the end"

_COLUMNS = ["unit_id", "plant", "year", "full_time", "offered", "held", "potential", "actual", "signed", "why"]
_YEARLY = ["year", "plants", "of", "potential", "actual", "coverage", "why"]


def offered(start: Any, year: int, most: int = len(QUARTERS), until: Any = None) -> list[int]:
    """The quarters of a year whose initiative counts: full quarters from the start of participation on.

    start: a day, None where it is not known (then all count). most: initiatives of a full year, the first quarters.
    until: a day; quarters that begin after it have not come yet, or no longer count (None: all have come).

    >>> from datetime import date
    >>> offered(date(2003, 11, 4), 2003), offered(date(2003, 11, 4), 2004), offered(date(2022, 4, 1), 2022)
    ([], [1, 2, 3, 4], [2, 3, 4])
    >>> offered(None, 2026, until=date(2026, 4, 1))
    [1, 2]
    """
    out = []
    for quarter in (q for q in QUARTERS if q <= most):
        first = pd.Timestamp(year=year, month=3 * quarter - 2, day=1)
        if (start is None or first >= pd.Timestamp(start)) and (until is None or first <= pd.Timestamp(until)):
            out.append(quarter)
    return out


def reach(
    sessions: pd.DataFrame, starts: Mapping[str, Any], most: int = len(QUARTERS), until: Any = None,
    ends: Mapping[str, Any] | None = None, reporting: Mapping[str, Mapping[int, float]] | None = None,
    last_year: int | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame]:  # fmt: skip
    """Contacts of each company, by plant and by year: the one reckoning of every page (see by_plant and by_year).

    reporting: by unit_id, how many plants there are by year. The years have their unit_id.
    """
    plants, years = [], []
    for unit, own in sessions.groupby("unit_id", sort=True):
        there = (reporting or {}).get(str(unit), {})
        plants.append(by_plant(own, starts, most, until, ends, there, last_year))
        years.append(by_year(plants[-1], there).assign(unit_id=unit))
    if not plants:
        return pd.DataFrame(columns=_COLUMNS), pd.DataFrame(columns=[*_YEARLY, "unit_id"])
    return pd.concat(plants, ignore_index=True), pd.concat(years, ignore_index=True)


def plants_by_year(years: Iterable[Any], plants: Iterable[Any], listed: float, last: int) -> dict[int, float]:
    """How many plants a company has, by year: as its forms say; in the last year, where they do not, as the list.

    >>> plants_by_year([2024, 2025], [3, float("nan")], 4.0, 2025)
    {2024: 3.0, 2025: 4.0}
    """
    given = dict(zip(years, plants, strict=True))
    if not given.get(last, float("nan")) >= 0:
        given[last] = listed
    return {int(year): float(n) for year, n in given.items() if n == n}


def by_plant(
    sessions: pd.DataFrame, starts: Mapping[str, Any], most: int = len(QUARTERS), until: Any = None,
    ends: Mapping[str, Any] | None = None, reporting: Mapping[int, float] | None = None, last_year: int | None = None,
) -> pd.DataFrame:  # fmt: skip
    """One row a unit, plant and year: unit_id, plant, year, full_time, offered, held, potential, actual, signed, why.

    sessions: one row an initiative at a plant (unit_id, plant, year, quarter, full_time, attended, signed). starts,
    ends: by unit_id, the first and the last day of its participation. until: the day of the report: quarters that begin
    after it have not come. Potential contacts are full-time employees, quarter by quarter, over the initiatives
    offered; a quarter without a session counts with the head count of the one before it (else after it). Actual
    contacts are the attendances; both are NaN, with `why`, where a head count or an attendance is blank. A session
    before the start counts on both sides, but for years that ended before it (BEFORE, AFTER: nothing counts). A plant
    that had sessions in the year before and has none is a row of its own, not known, unless as many plants as the form
    of the year has (`reporting`: plants by year) had one; last_year: so far years without any session are looked at.
    signed: whether all attendance was signed for ("" where one is not told). Source: OSHA/NRMCA SAFE, Attachment 4
    (22 = 5 + 5 + 6 + 6).

    >>> table = pd.DataFrame({"unit_id": "A", "plant": "P", "year": 2025, "quarter": [1, 2, 3, 4], "full_time": 6.0,
    ...                       "attended": [5.0, 5, 6, 6], "signed": "yes"})
    >>> by_plant(table, {"A": None})[["potential", "actual"]].values.tolist()
    [[24.0, 22.0]]
    """
    rows = []
    dateless = set(zip(*(sessions.loc[sessions["year"].isna(), c] for c in ("unit_id", "plant")), strict=True))
    named = set(sessions.loc[sessions["plant"].ne(""), "unit_id"])
    last_days = {}
    for unit in sessions["unit_id"].unique():
        days = [pd.Timestamp(d) for d in (until, (ends or {}).get(str(unit))) if d is not None]
        last_days[unit] = min(days, default=None)
    for (unit, plant, year), own in sessions.groupby(["unit_id", "plant", "year"], sort=True):
        start, end = starts.get(str(unit)), (ends or {}).get(str(unit))
        outside = _outside(start, end, int(year))
        why = [outside] if outside else _open(own)
        if not outside and plant == "" and unit in named:
            why.append("a session without a plant")
        if not outside and (unit, plant) in dateless:
            why.append("a session without a year")
        by_quarter = own.groupby("quarter")[["full_time", "attended"]].max()
        due = offered(start, int(year), most, last_days.get(unit))
        asked = [] if outside else sorted({*due, *map(int, by_quarter.index)})
        heads = by_quarter["full_time"].reindex(asked).ffill().bfill()
        said = set(own["signed"])
        rows.append((
            unit, plant, int(year), float(heads.iloc[-1]) if len(heads) else float("nan"), len(asked), len(by_quarter),
            float(heads.sum()) if not why else float("nan"),
            float(by_quarter["attended"].sum()) if not why else float("nan"),
            "no" if "no" in said else "yes" if said == {"yes"} else "", "; ".join(why),
        ))  # fmt: skip
    table = pd.DataFrame(rows, columns=_COLUMNS)
    for unit, own in table.groupby("unit_id", sort=True):
        span = (starts.get(str(unit)), most, last_days.get(unit))
        rows += _silent(str(unit), own, span, reporting or {}, last_year)
    if len(rows) == len(table):
        return table
    return pd.DataFrame(rows, columns=_COLUMNS).sort_values(["unit_id", "plant", "year"], ignore_index=True)


def _outside(start: Any, end: Any, year: int) -> str:
    """BEFORE for a year that ended before the start, AFTER for one that began after the end; else ""."""
    if start is not None and pd.Timestamp(year=year, month=12, day=31) < pd.Timestamp(start):
        return BEFORE
    return AFTER if end is not None and pd.Timestamp(year=year, month=1, day=1) > pd.Timestamp(end) else ""


def _open(own: pd.DataFrame) -> list[str]:
    """What is not known of the sessions of one plant and year."""
    quarters = own.dropna(subset=["quarter"])
    why = [f"Q{int(q)}: full-time employees not given" for q in quarters.loc[quarters["full_time"].isna(), "quarter"]]
    why += [f"Q{int(q)}: attendance not given" for q in quarters.loc[quarters["attended"].isna(), "quarter"]]
    twice = quarters.loc[quarters["quarter"].duplicated(), "quarter"].unique()
    why += [f"Q{int(q)}: several sessions{'' if own['plant'].iloc[0] else ' without a plant'}" for q in twice]
    return [*why, "a session without a quarter"] if own["quarter"].isna().any() else why


def _silent(
    unit: str, own: pd.DataFrame, span: tuple[Any, int, Any], reporting: Mapping[int, float], last_year: int | None
) -> list[tuple[Any, ...]]:
    """Rows of plants with sessions in the year before, and none in a year in which there were initiatives."""
    rows: list[tuple[Any, ...]] = []
    nan, (start, most, until) = float("nan"), span
    for year in range(int(own["year"].min()) + 1, max(int(own["year"].max()), last_year or 0) + 1):
        here, before = (set(own.loc[own["year"].eq(y) & own["plant"].ne(""), "plant"]) for y in (year, year - 1))
        due = offered(start, year, most, until)
        if due and not len(here) >= reporting.get(year, float("inf")):
            rows += [(unit, plant, year, nan, len(due), 0, nan, nan, "", f"no session in {year}")
                     for plant in sorted(before - here)]  # fmt: skip
    return rows


def by_year(plants: pd.DataFrame, reporting: Mapping[int, float] | None = None) -> pd.DataFrame:
    """The same summed over plants: year, plants, of, potential, actual, coverage, why; an open plant leaves it open.

    plants: how many had a session. of: how many there are: `reporting` (by year, as the form has them), else all that
    were seen up to that year. coverage: actual over potential, as a fraction, of the plants that had a session; more
    than 1 where others than full-time employees came.
    """
    rows = []
    for year, own in plants.groupby("year", sort=True):
        potential, actual = (own[c].sum(skipna=False) for c in ("potential", "actual"))
        told = {r.why for r in own.itertuples()}
        why = [f"{r.plant}: {r.why}" if r.plant else str(r.why) for r in own.itertuples() if r.why]
        if told in ({BEFORE}, {AFTER}):
            why = sorted(told)
        coverage = actual / potential if potential > 0 else float("nan")
        seen = plants.loc[plants["year"].le(year), "plant"].nunique()
        there = (reporting or {}).get(int(year), float("nan"))
        held = int(own["held"].gt(0).sum())
        of = max(int(there), held) if there == there else seen
        rows.append((int(year), held, of, potential, actual, coverage, "; ".join(why)))
    return pd.DataFrame(rows, columns=_YEARLY)
