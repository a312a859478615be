"""A program before and after: who joined, whose rate fell, and by how much more than that of those who did not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from oshlib import contrasts, flags, places, words
from oshlib.contrasts import Contrast
from oshlib.errors import OshError
from oshlib.exact import level
from oshlib.rates import PER, Measure, exposures, incidence_rate, measure, rate_interval, rate_ratio, rates
from oshlib.study import groups
from oshlib.study.enforcement import Enforcement, enforcement
from oshlib.study.groups import COMPARED, PARTICIPANT, GroupFlags
from oshlib.study.published import Published, recomputed
from oshlib.study.selection import Selection, selections
from oshlib.study.subject import read_once


@dataclass(frozen=True)
class Change:
    """From the base year to the last: both rates, the change as a fraction with its exact limits, p, establishments.

    NaN where a rate or the change does not exist.
    """

    first: float
    last: float
    change: float
    low: float
    high: float
    p: float
    units: int


@dataclass(frozen=True)
class Row:
    """One way of setting both groups side by side: its changes, their difference, and the ratio of their ratios."""

    id: str
    years: tuple[int, int]
    changes: dict[str, Change]
    found: Contrast

    @property
    def difference(self) -> float:
        """Change of participants less that of nonparticipants, as a fraction of their own first rates."""
        return self.changes[COMPARED[0]].change - self.changes[COMPARED[1]].change


@dataclass(frozen=True)
class Evaluation:
    """What a file says of a program, in a window of years.

    units: one row an establishment, see `groups.of`. rows: one row an establishment and year of the file up to the
    last year: unit_id, year, group, industry, parent, cases, hours, value (NaN where unusable). series: RATES of the
    groups by year, `panel` pooled or matched, `units` how many. contrasts: by id, the headline first (`matched`).
    industries, employers: one row each with first and last counts, see `_beside`.
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
    enforcement: Enforcement
    published: list[Published]
    cautions: list[flags.Flag]
    faults: dict[str, int]
    rows_used: int
    rows_left_out: int
    made_up: bool

    @property
    def headline(self) -> Row:
        """The contrast of the headline: the same establishments in both years."""
        return self.contrasts["matched"]

    @property
    def compared(self) -> bool:
        """Whether there are participants and nonparticipants with a rate in both years."""
        return all(c.change == c.change for c in self.headline.changes.values())

    @property
    def program(self) -> bool:
        """Whether anybody is known to have joined."""
        return bool(self.units["group"].eq(PARTICIPANT).any())


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
    or over it was selected; compare "rounding" to one decimal, or "absolute". Errors: OshError that names what was
    found and expected.
    """
    m, _ = _counting(measure(name)), level(confidence)
    sha256 = places.sha256(places.find(data, "data"))
    table, faults = read_once(data)
    window = _window(table, last_year, years, data)
    last = window[-1]
    table = exposures(table[table["year"].le(last)], hours_policy)
    told = groups.of(table, screen)
    rows = _rows(table, m, told, hours_policy)
    base = _base(base_year, table, window)
    chosen = base if selected_on is None else _year_in("selected_on", selected_on, sorted(set(rows["year"])))
    chance = selections(rows, m, chosen, base, last, limit, compare, confidence)
    series = _series(rows, m, window, base, last, confidence)
    side_by_side = _contrasts(rows, m, window, base, last, chance, confidence)
    used = rows["year"].isin(window)
    return Evaluation(
        path=data, sha256=sha256, measure=m, years=window, base_year=base, last_year=last, selected_on=chosen,
        limit=limit, compare=compare, confidence=confidence, units=told, rows=rows, series=series,
        contrasts=side_by_side, industries=_industries(rows, m, base, last, confidence),
        employers=_beside(_matched(rows, base, last), ["group", "parent", "unit_id"], m, base, last, confidence),
        selections=chance, enforcement=enforcement(table, told, window, base, confidence),
        published=recomputed(published) if published else [],
        cautions=GroupFlags(m, table[table["year"].isin(window)], told, rows[used], series, side_by_side,
                            chance, base, last).all(),
        faults={f"{kind}s": int(faults["level"].eq(kind).sum()) for kind in ("error", "warning")},
        rows_used=int(used.sum()), rows_left_out=len(read_once(data)[0]) - int(used.sum()),
        made_up=bool(table["note"].str.lower().str.contains("made up").any()),
    )  # fmt: skip


def change(first: Any, last: Any, m: Measure, confidence: float, units: int) -> Change:
    """From (cases, hours) of the first year to those of the last; NaN where one has no hours or the first no case."""
    (n0, h0), (n1, h1) = first, last
    ratio, low, high, p = rate_ratio(n1, h1, n0, h0, confidence)
    known = np.isfinite(ratio)
    return Change(
        incidence_rate(n0, h0, m.per), incidence_rate(n1, h1, m.per),
        *(float(v) if known and np.isfinite(v) else float("nan") for v in (ratio - 1, low - 1, high - 1)),
        float(p), units,
    )  # fmt: skip


def _counting(m: Measure) -> Measure:
    if m.counts.startswith("days"):
        raise OshError(
            f"measure: found {m.id!r}, expected one that counts cases, such as LWDII: days come many to a case, "
            "so that no exact interval holds"
        )
    return m


def _window(table: pd.DataFrame, last_year: Any, years: Any, data: str) -> list[int]:
    for name, value in (("years", years), *([("last_year", last_year)] if last_year is not None else [])):
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise OshError(f"{name}: found {value!r}, expected a whole number of 1 or more")
    if table.empty:
        raise OshError(f"{data}: no row of the file can be used")
    held = sorted({int(y) for y in table["year"]})
    last = held[-1] if last_year is None else last_year
    window = [y for y in range(last - years + 1, last + 1) if y >= held[0]]
    if not set(window) & set(held):
        raise OshError(f"{data}: no row in {last - years + 1} to {last}; its years are {held[0]} to {held[-1]}")
    return window


def _year_in(name: str, value: Any, held: list[int]) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and value in held:
        return value
    raise OshError(f"{name}: found {value!r}, expected a year of the data: {words.listed(held)}")


def _base(base_year: Any, table: pd.DataFrame, window: list[int]) -> int:
    if base_year is not None:
        return _year_in("base_year", base_year, window)
    began = table["agreement_received"].min() if "agreement_received" in table else pd.NaT
    before = [y for y in window if not pd.isna(began) and y < began.year]
    return before[-1] if before else window[0]


def _rows(table: pd.DataFrame, m: Measure, told: pd.DataFrame, hours_policy: str) -> pd.DataFrame:
    """One row an establishment and year, those set aside left out."""
    found = rates(table, [m.id], by=["unit_id", "year"], hours_policy=hours_policy)
    found["year"] = found["year"].astype(int)
    kept = told.loc[told["aside"].eq(""), ["unit", "group", "industry", "parent"]]
    rows = found.join(kept, on="unit_id", how="inner")
    return rows[["unit_id", "unit", "year", "group", "industry", "parent", "cases", "hours", "value"]]


def _matched(rows: pd.DataFrame, first: int, last: int) -> pd.DataFrame:
    """The usable rows of establishments that have a rate in both years."""
    usable = rows[rows["value"].notna()]
    both = set(usable.loc[usable["year"].eq(first), "unit_id"]) & set(usable.loc[usable["year"].eq(last), "unit_id"])
    return usable[usable["unit_id"].isin(both)]


def _series(rows: pd.DataFrame, m: Measure, window: list[int], base: int, last: int, confidence: float) -> pd.DataFrame:
    parts = []
    for panel, part in (("matched", _matched(rows, base, last)), ("pooled", rows[rows["value"].notna()])):
        inside = part[part["year"].isin(window) & part["group"].ne("")]
        sums = inside.groupby(["group", "year"]).agg(
            units=("unit_id", "nunique"), cases=("cases", "sum"), hours=("hours", "sum")
        )
        parts.append(sums.reset_index().assign(panel=panel))
    out = pd.concat(parts, ignore_index=True).assign(measure=m.id, per=m.per)
    out["value"] = incidence_rate(out["cases"], out["hours"], m.per)
    out["low"], out["high"] = rate_interval(out["cases"], out["hours"], m.per, confidence)
    return out[["panel", "group", "year", "units", "measure", "cases", "hours", "per", "value", "low", "high"]]


def _ends(rows: pd.DataFrame, years: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Cases and hours of both groups in both years, each of shape (2, 2); zero hours where there is nobody."""
    sums = rows.groupby(["group", "year"])[["cases", "hours"]].sum()
    keys = pd.MultiIndex.from_product([COMPARED, years])
    both = sums.reindex(keys).fillna(0.0)
    return both["cases"].to_numpy().reshape(2, 2), both["hours"].to_numpy().reshape(2, 2)


def _row(
    name: str, rows: pd.DataFrame, years: tuple[int, int], m: Measure, confidence: float, found: Any = None
) -> Row:
    n, h = _ends(rows, years)
    many = rows[rows["year"].isin(years)].groupby("group")["unit_id"].nunique()
    changes = {
        group: change((n[i, 0], h[i, 0]), (n[i, 1], h[i, 1]), m, confidence, int(many.get(group, 0)))
        for i, group in enumerate(COMPARED)
    }
    return Row(name, years, changes, contrasts.contrast(n, h, confidence) if found is None else found)


def _contrasts(
    rows: pd.DataFrame, m: Measure, window: list[int], base: int, last: int, chance: list[Selection], confidence: float
) -> dict[str, Row]:
    years = (base, last)
    matched = _matched(rows, base, last)
    out = [_row("matched", matched, years, m, confidence)]
    if base == last or not all(c.change == c.change for c in out[0].changes.values()):
        return {out[0].id: out[0]}
    ends = matched[matched["year"].isin(years) & matched["group"].isin(COMPARED)]
    wide = ends.pivot(index="unit_id", columns="year", values=["cases", "hours"])
    own = ends.drop_duplicates("unit_id").set_index("unit_id")["group"].reindex(wide.index).eq(COMPARED[0])
    single = contrasts.by_unit(wide["cases"][list(years)], wide["hours"][list(years)], own, confidence)
    out.append(_row("units", matched, years, m, confidence, single))
    pairs = [_ends(part, years) for _, part in ends.groupby("industry")]
    pairs = [(n, h) for n, h in pairs if (h > 0).all()]
    if pairs:
        kept = [code for code, part in ends.groupby("industry") if (_ends(part, years)[1] > 0).all()]
        within = contrasts.contrast([n for n, _ in pairs], [h for _, h in pairs], confidence)
        out.append(_row("industry", ends[ends["industry"].isin(kept)], years, m, confidence, within))
    over = [s for s in chance if s.year == base and s.first_of_all]
    for s in over:
        out.append(_row("selected", ends[ends["unit_id"].isin(s.chosen)], years, m, confidence))
    out.append(_row("pooled", rows[rows["value"].notna()], years, m, confidence))
    if window[0] < base:
        before = (window[0], base)
        out.append(_row("before", _matched(rows, *before), before, m, confidence))
    return {r.id: r for r in out}


def _beside(
    matched: pd.DataFrame, by: list[str], m: Measure, base: int, last: int, confidence: float
) -> pd.DataFrame:
    """By key: units, first_cases, first_hours, first, last_cases, last_hours, last, change, low, high, p."""
    some = matched[matched["group"].ne("")]
    sums = some[some["year"].isin((base, last))].groupby([*by, "year"])[["cases", "hours"]].sum()
    many = some.groupby(by)["unit_id"].nunique()
    first, after = (sums.xs(y, level="year") if y in sums.index.get_level_values("year") else sums.iloc[:0].droplevel("year")
                    for y in (base, last))  # fmt: skip
    out = pd.DataFrame({
        "units": many, "first_cases": first["cases"], "first_hours": first["hours"],
        "last_cases": after["cases"], "last_hours": after["hours"],
    })  # fmt: skip
    for end in ("first", "last"):
        out[end] = incidence_rate(out[f"{end}_cases"], out[f"{end}_hours"], m.per)
    ratio, low, high, p = rate_ratio(
        out["last_cases"], out["last_hours"], out["first_cases"], out["first_hours"], confidence
    )
    known = np.isfinite(ratio)
    for name, value in (("change", ratio), ("low", low), ("high", high)):
        out[name] = np.where(known & np.isfinite(value), value - 1, np.nan)
    return out.assign(p=p).reset_index()


def _industries(rows: pd.DataFrame, m: Measure, base: int, last: int, confidence: float) -> pd.DataFrame:
    """Both groups by industry, by two digits and by the whole code where that says more."""
    matched = _matched(rows, base, last)
    matched = matched[matched["industry"].ne("")]
    matched = matched.assign(major=matched["industry"].str[:2])
    fine = _beside(matched, ["industry", "group"], m, base, last, confidence)
    wide = _beside(matched, ["major", "group"], m, base, last, confidence).rename(columns={"major": "industry"})
    codes = matched.groupby("major")["industry"].nunique()
    wide = wide[wide["industry"].isin(codes[codes > 1].index)]
    both = pd.concat([wide, fine], ignore_index=True)
    both["ratio"], both["ratio_low"], both["ratio_high"], both["ratio_p"] = np.nan, np.nan, np.nan, np.nan
    for code, part in both.groupby("industry"):
        n, h = _pairs(part)
        if (h > 0).all():
            c = contrasts.contrast(n, h, confidence)
            both.loc[part.index, ["ratio", "ratio_low", "ratio_high", "ratio_p"]] = [c.ratio, c.low, c.high, c.p]
        del code
    return both.sort_values(["industry", "group"], ignore_index=True)


def _pairs(part: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    own = part.set_index("group").reindex(list(COMPARED)).fillna({c: 0.0 for c in part.columns if c.endswith("_hours")})
    return tuple(own[[f"first_{what}", f"last_{what}"]].to_numpy(dtype=float) for what in ("cases", "hours"))  # type: ignore[return-value]
