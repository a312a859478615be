"""What became of the rates of two groups: by year, side by side, by industry and by employer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from oshlib import contrasts
from oshlib.contrasts import Contrast
from oshlib.exact import Floats
from oshlib.rates import Measure, incidence_rate, rate_interval, rate_ratio
from oshlib.study.groups import COMPARED, PARTICIPANT


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
    """One way of setting both groups side by side: its changes, and the ratio of their ratios with limits and p."""

    id: str
    years: tuple[int, int]
    changes: dict[str, Change]
    found: Contrast

    @property
    def difference(self) -> float:
        """Change of participants less that of nonparticipants, each a fraction of its own first rate."""
        return self.changes[COMPARED[0]].change - self.changes[COMPARED[1]].change


def matched(rows: pd.DataFrame, first: int, last: int) -> pd.DataFrame:
    """The usable rows of establishments that have a rate in both years."""
    usable = rows[rows["value"].notna()]
    both = set(usable.loc[usable["year"].eq(first), "unit_id"]) & set(usable.loc[usable["year"].eq(last), "unit_id"])
    return usable[usable["unit_id"].isin(both)]


def series(rows: pd.DataFrame, m: Measure, window: list[int], base: int, last: int, confidence: float) -> pd.DataFrame:
    """RATES of the groups by year, `panel` matched or pooled, `units` the establishments summed."""
    parts = []
    for panel, part in (("matched", matched(rows, base, last)), ("pooled", rows[rows["value"].notna()])):
        inside = part[part["year"].isin(window) & part["group"].ne("")]
        by_year = inside.groupby(["group", "year"])
        sums = by_year.agg(units=("unit_id", "nunique"), cases=("cases", "sum"), hours=("hours", "sum"))
        parts.append(sums.reset_index().assign(panel=panel))
    out = pd.concat(parts, ignore_index=True).assign(measure=m.id, per=m.per)
    out["value"] = incidence_rate(out["cases"], out["hours"], m.per)
    out["low"], out["high"] = rate_interval(out["cases"], out["hours"], m.per, confidence)
    return out[["panel", "group", "year", "units", "measure", "cases", "hours", "per", "value", "low", "high"]]


def side_by_side(
    rows: pd.DataFrame, m: Measure, window: list[int], base: int, last: int, chosen: set[str], confidence: float
) -> dict[str, Row]:
    """Every way of setting the groups side by side, by id; `matched`, that of the headline, is always there.

    matched: the same establishments in both years. units: the same, with establishments as what scatters. industry:
    within industries that have both groups. selected: those of `chosen`, which were at or over the limit. pooled:
    everybody who reported in a year. before: the change up to the base year, which no program can have made.
    """
    years, own = (base, last), matched(rows, base, last)
    own = own[own["year"].isin((base, last)) & own["group"].isin(COMPARED)]
    found = {"matched": _row("matched", own, years, m, confidence)}
    if base == last or any(c.change != c.change for c in found["matched"].changes.values()):
        return found
    wide = own.pivot(index="unit_id", columns="year", values=["cases", "hours"])
    asked = own.drop_duplicates("unit_id").set_index("unit_id")["group"].reindex(wide.index).eq(PARTICIPANT)
    single = contrasts.by_unit(wide["cases"][[base, last]], wide["hours"][[base, last]], asked, confidence)
    found["units"] = _row("units", own, years, m, confidence, single)
    strata = {code: _ends(part, years) for code, part in own[own["industry"].ne("")].groupby("industry")}
    strata = {code: (n, h) for code, (n, h) in strata.items() if (h > 0).all()}
    if len(strata) > 1:
        within = contrasts.contrast([n for n, _ in strata.values()], [h for _, h in strata.values()], confidence)
        found["industry"] = _row("industry", own[own["industry"].isin(strata)], years, m, confidence, within)
    over = own[own["unit_id"].isin(chosen)]
    if over["group"].nunique() == len(COMPARED) and len(over) < len(own):
        found["selected"] = _row("selected", over, years, m, confidence)
    found["pooled"] = _row("pooled", rows[rows["value"].notna()], years, m, confidence)
    if window[0] < base:
        before = matched(rows, window[0], base)
        found["before"] = _row("before", before, (window[0], base), m, confidence)
    return found


def beside(own: pd.DataFrame, by: list[str], m: Measure, base: int, last: int, confidence: float) -> pd.DataFrame:
    """Matched rows added up by key, the base year beside the last.

    Columns: units, first_cases, first_hours, last_cases, last_hours, first, last, change, low, high, p;
    change, low, high are fractions; NaN where the first year has no case, or a side no limit.
    """
    some = own[own["group"].ne("") & own["year"].isin((base, last))]
    ends = {y: some[some["year"].eq(y)].groupby(by)[["cases", "hours"]].sum() for y in (base, last)}
    out = pd.DataFrame({"units": some.groupby(by)["unit_id"].nunique()})
    for name, year in (("first", base), ("last", last)):
        out[f"{name}_cases"], out[f"{name}_hours"] = ends[year]["cases"], ends[year]["hours"]
    for name in ("first", "last"):
        out[name] = incidence_rate(out[f"{name}_cases"], out[f"{name}_hours"], m.per)
    ratio, low, high, p = rate_ratio(
        out["last_cases"], out["last_hours"], out["first_cases"], out["first_hours"], confidence
    )
    known = np.isfinite(ratio)
    for name, value in (("change", ratio), ("low", low), ("high", high)):
        out[name] = np.where(known & np.isfinite(value), np.asarray(value) - 1, np.nan)
    return out.assign(p=p).reset_index()


def industries(rows: pd.DataFrame, m: Measure, base: int, last: int, confidence: float) -> pd.DataFrame:
    """Both groups by industry (the first two digits, and the whole code), each with the ratio of their ratios."""
    own = matched(rows, base, last)
    own = own[own["industry"].ne("") & own["group"].isin(COMPARED)].assign(major=lambda r: r["industry"].str[:2])
    several = own.groupby("major")["industry"].nunique().loc[lambda n: n > 1].index
    both = pd.concat([
        beside(own, ["industry", "group"], m, base, last, confidence),
        beside(own[own["major"].isin(several)].assign(industry=lambda r: r["major"]), ["industry", "group"], m, base,
               last, confidence),
    ])  # fmt: skip
    both[["ratio", "ratio_low", "ratio_high", "ratio_p"]] = np.nan
    both = both.sort_values(["industry", "group"], ascending=[True, False], ignore_index=True)
    for _, part in both.groupby("industry"):
        n, h = (
            part.set_index("group")[[f"first_{what}", f"last_{what}"]].reindex(list(COMPARED)).to_numpy(dtype=float)
            for what in ("cases", "hours")
        )
        c = contrasts.contrast(n, np.nan_to_num(h), confidence)
        both.loc[part.index, ["ratio", "ratio_low", "ratio_high", "ratio_p"]] = [c.ratio, c.low, c.high, c.p]
    return both


def _row(
    name: str, rows: pd.DataFrame, years: tuple[int, int], m: Measure, confidence: float, found: Any = None
) -> Row:
    n, h = _ends(rows, years)
    many = rows[rows["year"].isin(years)].groupby("group")["unit_id"].nunique()
    changes = {group: _change(n[i], h[i], m, confidence, int(many.get(group, 0))) for i, group in enumerate(COMPARED)}
    if years[0] == years[1]:  # one year only: a first rate and nothing to set it against
        nan = float("nan")
        changes = {g: Change(c.first, nan, nan, nan, nan, nan, c.units) for g, c in changes.items()}
        h = np.zeros((2, 2))
    return Row(name, years, changes, contrasts.contrast(n, h, confidence) if found is None else found)


def _change(n: Floats, h: Floats, m: Measure, confidence: float, units: int) -> Change:
    rates = incidence_rate(n, h, m.per)
    ratio, *limits, p = rate_ratio(n[1], h[1], n[0], h[0], confidence)
    change, low, high = (v - 1 if np.isfinite(ratio) and np.isfinite(v) else float("nan") for v in (ratio, *limits))
    return Change(float(rates[0]), float(rates[1]), change, low, high, p, units)


def _ends(rows: pd.DataFrame, years: tuple[int, int]) -> tuple[Floats, Floats]:
    """Cases and hours of both groups in both years, each of shape (2, 2); no hours where there is nobody."""
    sums = rows.groupby(["group", "year"])[["cases", "hours"]].sum()
    both = [
        [sums.loc[(g, y)] if (g, y) in sums.index else {"cases": 0.0, "hours": 0.0} for y in years] for g in COMPARED
    ]
    n, h = (np.array([[float(cell[what]) for cell in line] for line in both]) for what in ("cases", "hours"))
    return n, h
