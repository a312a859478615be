"""What inspections found, by group and year: violations, how many were serious, what became of the penalties."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from oshlib.proportions import proportion_interval
from oshlib.rates import rate_interval, rate_ratio
from oshlib.study.groups import COMPARED

COUNTS = ("inspections", "violations", "violations_serious", "penalty_initial", "penalty")


def enforcement(
    table: pd.DataFrame, units: pd.DataFrame, window: list[int], base: int, confidence: float
) -> pd.DataFrame:
    """One row a period (up to the base year, after it, and every year) and group; empty where no inspection is given.

    units, inspections; violations, each_inspection, low, high (of rows that give both); serious, of_violations, share,
    share_low, share_high; initial, final, reduction (dollars of rows that give both, and the share taken off: no
    interval, as dollars are no counts). NaN where there is nothing to divide by.
    """
    if any(c not in table for c in COUNTS):
        return pd.DataFrame()
    rows = table[table["year"].isin(window)].join(units[["group", "aside"]], on="unit_id")
    rows = rows[rows["aside"].eq("") & rows["group"].ne("")]
    if not rows["inspections"].gt(0).any():
        return pd.DataFrame()
    out = []
    spans = [("before", [y for y in window if y <= base]), ("after", [y for y in window if y > base])]
    for period, years in [*spans, *((str(y), [y]) for y in window)]:
        for group, part in rows[rows["year"].isin(years)].groupby("group", sort=True):
            out.append({"period": period, "group": group, **_line(part, confidence)})
    return pd.DataFrame(out)


def violations_ratio(found: pd.DataFrame, confidence: float) -> Any:
    """Violations an inspection after the base year, participants over nonparticipants: ratio, low, high, p, or None."""
    if found.empty:
        return None
    after = found[found["period"].eq("after")].set_index("group").reindex(list(COMPARED))
    n, of = after["violations"].to_numpy(dtype=float), after["inspections_counted"].to_numpy(dtype=float)
    if np.isnan(n).any() or not (of > 0).all():
        return None
    ratio = rate_ratio(n[0], of[0], n[1], of[1], confidence)
    return ratio if np.isfinite(ratio[0]) else None


def _line(part: pd.DataFrame, confidence: float) -> dict[str, float]:
    nan = float("nan")
    both = part[part["violations"].notna() & part["inspections"].gt(0)]
    n, of = float(both["violations"].sum()), float(both["inspections"].sum())
    low, high = rate_interval(n, of, 1.0, confidence) if of else (nan, nan)
    cited = part[part["violations_serious"].le(part["violations"])]
    serious, among = float(cited["violations_serious"].sum()), float(cited["violations"].sum())
    share = proportion_interval(serious, among, confidence) if among else (nan, nan)
    fined = part[part["penalty_initial"].gt(0) & part["penalty"].notna()]
    initial, final = float(fined["penalty_initial"].sum()), float(fined["penalty"].sum())
    return {
        "units": int(part["unit_id"].nunique()), "inspections": float(part["inspections"].sum()),
        "inspections_counted": of, "violations": n, "each_inspection": n / of if of else nan, "low": low, "high": high,
        "serious": serious, "of_violations": among, "share": serious / among if among else nan,
        "share_low": share[0], "share_high": share[1],
        "initial": initial, "final": final, "reduction": 1 - final / initial if initial else nan,
        "unusable": int((part["violations"].gt(0) & ~part["inspections"].gt(0)).sum()
                        + part["violations_serious"].gt(part["violations"]).sum()),
    }  # fmt: skip
