"""How the place of an establishment is said: what would move it, what chance could have done, who is near a line."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from oshlib import words
from oshlib.rates import measure
from oshlib.study.targeting import Targeting
from oshlib.targeting.change import luck

#: Those that so few cases would move are said to be near a line.
_CLOSE = 1


def many(n: int, what: str = "establishment") -> str:
    """A number of establishments.

    >>> many(1), many(1234)
    ('1 establishment', '1,234 establishments')
    """
    return f"{n:,} {what}{'' if n == 1 else 's'}"


def listed_as(f: Targeting, name: str) -> str:
    """What the directive calls a list, within a sentence."""
    title = f.directive.title_of(name)
    return title[0].lower() + title[1:]


def moves(f: Targeting, r: Any) -> str:
    """The fewest cases fewer and more that lead to another list."""
    said = [
        f"{many(int(n), 'case')} {side}: {listed_as(f, str(to))}"
        for side, n, to in (("fewer", r.fewer, r.fewer_list), ("more", r.more, r.more_list))
        if n == n
    ]
    return "; ".join(said) or "no number of cases"


def nearest(f: Targeting, r: Any) -> str:
    """The smaller of the two, in short."""
    known = [(n, side, to) for n, side, to in ((r.fewer, "−", r.fewer_list), (r.more, "+", r.more_list)) if n == n]
    if not known:
        return "–"
    n, side, to = min(known, key=lambda one: one[0])
    return f"{side}{n:,.0f}: {listed_as(f, str(to))}"


def share_of(luck: float) -> str:
    """A chance as a percentage.

    >>> share_of(0.00001), share_of(0.031), share_of(0.549)
    ('under 0.1%', '3.1%', '55%')
    """
    return "under 0.1%" if luck < 0.001 else words.part(luck, 1 if luck < 0.1 else 0)


def chance(r: Any, confidence: float) -> str:
    """The chance of lying so far from the line by luck, and whether the interval reaches it."""
    if r.luck != r.luck:
        return "–"
    return f"{share_of(r.luck)}, {'may be luck' if r.luck > (1 - confidence) / 2 else 'beyond chance'}"


def only(f: Targeting, r: Any) -> str:
    """By which way of comparing alone a list is what it is, "" where both agree."""
    return "" if not r.edge else "only by rounding" if f.compare == "rounding" else "only exactly"


def kind(rows: pd.DataFrame, f: Targeting) -> Any:
    """Over or below the line, beyond chance or not."""
    half = 0.5 * 10.0**-f.directive.decimals if f.compare == "rounding" else 0.0
    over = rows["value"].ge(rows["line"] - half - 1e-9)  # 6.95 is over 7.0 where rates are rounded first
    apart = rows["luck"].le((1 - f.confidence) / 2)
    return over.map({True: "over", False: "below"}) + apart.map({True: ", beyond chance", False: ""})


def near(f: Targeting) -> pd.DataFrame:
    """Those whose list one case would change, the rates nearest to the line first, of equal ones the most hours."""
    closest = f.table[["fewer", "more"]].min(axis=1)
    rows = f.table[closest.le(_CLOSE) & f.table["line"].notna()]
    rows = bordering(rows, f)
    rows = rows.assign(kind=kind(rows, f), far=(rows["value"] - rows["line"]).abs())
    return rows.sort_values(["far", "hours", "unit_id"], ascending=[True, False, True])


def limits(f: Targeting) -> list[tuple[str, float]]:
    """Every limit that the directive's own measure is compared with, by name and value."""
    asked = {c for s in f.directive.steps for c in s.when if c.column == f.directive.measure}
    named = {(c.value.replace("_", " "), float(c.of(f.directive.limits))) for c in asked}
    return sorted(named, key=lambda one: one[1])


def bordering(rows: pd.DataFrame, f: Targeting) -> pd.DataFrame:
    """The same with the limit that their nearest change would cross as their line, and the luck of lying beyond it."""
    every = np.array([value for _, value in limits(f)])
    if rows.empty or not len(every) or rows[["fewer", "more"]].isna().all(axis=1).any():
        return rows  # a list that no number of cases would change has no nearer line
    fewer = ~(rows["fewer"] > rows["more"]) & rows["fewer"].notna()
    # Half a case before the count at which the list would be another one.
    count = np.where(fewer, rows["cases"] - rows["fewer"] + 0.5, rows["cases"] + rows["more"] - 0.5)
    per = measure(f.directive.measure).per
    line = every[np.abs(every[:, None] - count * per / rows["hours"].to_numpy()).argmin(axis=0)]
    return rows.assign(
        line=line, luck=luck(rows["cases"].to_numpy(), rows["hours"].to_numpy(), line, per, fewer.to_numpy())
    )


def letters(r: Any) -> str:
    """The letters to the employer and to the workers."""
    return ", ".join(x for x in (str(r.letter), str(r.worker_letter)) if x) or "–"


def day(value: Any) -> str:
    """A day in words that are not broken, or a dash.

    >>> day(pd.Timestamp("1998-05-04")).split()
    ['4', 'May', '1998']
    """
    if value is None or value is pd.NaT or value != value:
        return "–"
    one = pd.Timestamp(value)
    return f"{one.day}\u00a0{one:%b}\u00a0{one.year}"


def inspection(r: Any) -> str:
    """From when and until when an inspection can come."""
    if day(r.inspect_from) == "–" and day(r.finish_by) == "–":
        return "–"
    start = f"from {day(r.inspect_from)}" if day(r.inspect_from) != "–" else "day not known"
    return f"{start}, by {day(r.finish_by)}" if day(r.finish_by) != "–" else start
