"""Where two frameworks that were answered for one unit speak of the same topic, and whether they agree."""

from __future__ import annotations

from functools import lru_cache

import pandas as pd

from oshlib import frameworks, places
from oshlib.frameworks import Framework
from oshlib.study import measured
from oshlib.study.measured import Source

#: From this difference of two items' places on their scales, frameworks are said to disagree: half a scale.
APART = 0.5


def disagreements(table: pd.DataFrame, scheme: Framework, unit: str, day: str, source: Source) -> pd.DataFrame:
    """Where another framework that was answered for this unit speaks of the same topic, the farthest apart first.

    share and other_share: both items' places on their scales, 0 worst and 1 best, the mean of a framework's items
    under a topic; and the difference of the two.
    """
    walk = crosswalk()
    mine = table[table["unit"].eq(unit) & table["date"].le(day)]
    places_of: dict[str, dict[str, float]] = {}
    dates: dict[str, str] = {}
    for other in [
        f for f in dict.fromkeys(mine["framework"]) if f in set(walk["framework"]) and f in frameworks.available()
    ]:
        rows = mine[mine["framework"].eq(other)]
        rows = rows[rows["date"].eq(rows["date"].max())]
        dates[other] = str(rows["date"].iloc[0])
        places_of[other] = _places(scheme if other == scheme.id else frameworks.load(other), rows, source)
    if scheme.id not in places_of or len(places_of) < 2:
        return pd.DataFrame(
            columns=["topic", "item", "share", "other", "date", "other_item", "other_share", "difference"]
        )
    rows_found = []
    for topic, group in walk.groupby("topic", sort=False):
        at = {
            f: {i: places_of[f][i] for i in part["item"] if i in places_of[f]}
            for f, part in group.groupby("framework", sort=False)
            if f in places_of
        }
        own = at.get(scheme.id)
        for other, items in at.items():
            if other != scheme.id and own and items:
                a, b = (sum(x.values()) / len(x) for x in (own, items))
                rows_found.append((topic, ", ".join(own), a, other, dates[other], ", ".join(items), b, a - b))
    columns = ["topic", "item", "share", "other", "date", "other_item", "other_share", "difference"]
    found = pd.DataFrame(rows_found, columns=columns)
    return found.sort_values("difference", key=abs, ascending=False, kind="stable", ignore_index=True)


def _places(scheme: Framework, rows: pd.DataFrame, source: Source) -> dict[str, float]:
    """By node, where its points lie between the least and the most possible."""
    sheets, _ = measured.scored(scheme, rows, source)
    scores = frameworks.score_sheets(scheme, sheets, rounded=source.compare == "rounding")
    found = {}
    for node in scheme.nodes:
        p = scores.of(node)
        if p.known[0] and p.high[0] > p.low[0]:
            found[node] = float((p.points[0] - p.low[0]) / (p.high[0] - p.low[0]))
    return found


@lru_cache(maxsize=1)
def crosswalk() -> pd.DataFrame:
    """Which items of the frameworks speak of the same thing: topic, framework, item, note."""
    file = places.ROOT / "data" / "frameworks" / "crosswalk.csv"
    return pd.read_csv(file, dtype=str, keep_default_na=False)
