"""Trends of single participants without their names: coarse bands only, and none that fewer than three share.

Rates of companies are found again in public filings, so no rate is given, and no size beside the band: half of a rate
on few employees is no case at all. What stood beside a code in earlier reports counts as well: who can be told from two
others by all of it together is held back. So is a class that all of them are in, or all but two: it says the same of
those who have no row.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from oshlib.masks import LEAST
from oshlib.trends import trend

#: Where a rate stands beside the combined one: the least ratio of each band but the first.
_EDGES = (0.5, 1.0, 2.0)
BANDS = ("below half of it", "half of it to all of it", "once to twice", "over twice")
_DIRECTIONS = {
    "favourable": "falling", "unfavourable": "rising", "mixed": "mixed", "none": "no direction",
    "not determinable": "too few years",
}  # fmt: skip
#: Years with a rate that a direction takes.
_YEARS = 3


@dataclass(frozen=True)
class Sites:
    """Participants under codes, as far as they may be shown.

    rows: code, band, direction, alike (how many share both). held: how many are kept back. after: those past
    their first year, with a rate. signatures: by code, of those shown: private, for the next report.
    """

    rows: pd.DataFrame
    held: int
    after: int
    signatures: dict[str, str]


def sites(
    members: pd.DataFrame, year: int, combined: float, codes: Mapping[str, str], earlier: Sequence[Mapping[str, str]],
    confidence: float, per: float,
) -> Sites:  # fmt: skip
    """Every participant past its first year, banded; those whose bands, now and in earlier reports, few share left out.

    combined: the combined rate of the year. codes: by unit_id. earlier: signature by code, one mapping a report.
    """
    own = members[members["year"].eq(year)]
    after = own[own["since"].gt(12)]
    bands = signed(members, after, combined, confidence, per)
    bands["code"] = bands["unit_id"].map(codes)
    bands["whole"] = bands[["band", "direction"]].agg(" | ".join, axis=1) if len(bands) else ""
    kept = shared(bands["code"].tolist(), bands["whole"].tolist(), earlier)
    rows = bands[bands["code"].isin(kept)].copy()
    rows["alike"] = rows.groupby("whole")["code"].transform("size") if len(rows) else 0
    order = {b: i for i, b in enumerate(BANDS[::-1])}
    rows = rows.sort_values(["band", "direction", "code"], key=lambda s: s.map(order).fillna(s)
                            if s.name == "band" else s)  # fmt: skip
    return Sites(
        rows=rows[["code", "band", "direction", "alike"]].reset_index(drop=True),
        held=len(bands) - len(rows), after=len(bands),
        signatures=dict(sorted(zip(rows["code"], rows["whole"], strict=True))),
    )  # fmt: skip


def shared(codes: Sequence[str], wholes: Sequence[str], earlier: Sequence[Mapping[str, str]]) -> set[str]:
    """The codes that at least three have in common with all that stood, and now stands, beside them.

    Who stood in no earlier report has nothing there, and is told by that from those who did. What all now share, or all
    but fewer than three, is left out.

    >>> sorted(shared(list("ABCDEF"), list("xxxyzw"), [])), shared(list("ABCDEF"), list("xxxyzw"), [{"A": "y"}])
    (['A', 'B', 'C'], set())
    >>> shared(list("ABCDE"), list("xxxyy"), [])
    set()
    """
    now = Counter(wholes)
    history = {c: (w, *(e.get(c, "") for e in earlier)) for c, w in zip(codes, wholes, strict=True)}
    many = Counter(history.values())
    return {c for c, h in history.items() if many[h] >= LEAST and len(codes) - now[h[0]] >= LEAST}


def signed(members: pd.DataFrame, after: pd.DataFrame, combined: float, confidence: float, per: float) -> pd.DataFrame:
    """Band and direction of each of these: unit_id, band, direction; those without a rate left out."""
    usable = after[after["why"].eq("")]
    columns = ["unit_id", "band", "direction"]
    if usable.empty or not combined > 0:
        return pd.DataFrame(columns=columns)
    rate = usable["cases"] * per / usable["hours"] / combined
    band = [BANDS[int(np.searchsorted(_EDGES, r, side="right"))] for r in rate]
    past = members[members["unit_id"].isin(usable["unit_id"]) & members["year"].le(usable["year"].max())]
    past = past.assign(**{c: past[c].where(past["why"].eq("")) for c in ("cases", "hours")})
    cases, hours = (past.pivot(index="unit_id", columns="year", values=c).loc[usable["unit_id"]]
                    for c in ("cases", "hours"))  # fmt: skip
    found = trend(cases.columns, cases.to_numpy(), hours.to_numpy(), confidence, min_years=_YEARS, per=per)
    words = [_DIRECTIONS[str(d)] for d in np.atleast_1d(found.direction)]
    return pd.DataFrame({"unit_id": usable["unit_id"].to_numpy(), "band": band, "direction": words})


def as_kept(value: Any) -> list[dict[str, str]]:
    """Signatures of earlier reports, from what was kept of them; [] where nothing was."""
    return [dict(one) for one in value] if isinstance(value, list) else []
