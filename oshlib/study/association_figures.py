"""What the goals of a partnership are measured by: figures over those who gave them, as far as they may be shown."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from oshlib import masks, references
from oshlib.errors import OshError
from oshlib.exact import half_up
from oshlib.masks import HIDDEN, Shown
from oshlib.study.association_editions import Editions

#: Kinds of measure that are no sum, mean or count over what participants gave.
COMBINED = ("rate", "kinds")
_MIDDLES = ("mean", "median")
#: Under this name the editions keep whether the contacts of each initiative were shown.
_CONTACTS = "contacts by initiative"
_PARTS = {"reached": ("yes", "no", "open"), "yes": ("yes", "no")}


@dataclass(frozen=True)
class Figure:
    """One measure of one goal: this year, the year before, how many gave it, and the change where both are shown."""

    goal: int
    title: str
    measure: str
    label: str
    kind: str
    column: str
    now: Shown
    before: Shown
    decimals: int
    percent: bool
    better: str
    source: str

    @property
    def change(self) -> float:
        """The difference of both years; NaN where one is not shown."""
        return self.now.value - self.before.value

    @property
    def moved(self) -> str:
        """The way of the change: better, worse, the same, moved (neither way is better), of others, "" (not known).

        Of others: other numbers of participants gave it, so that a difference need be no change of anybody's.
        """
        if self.change != self.change or self.kind == "given":
            return ""
        if self.now.n != self.before.n and self.kind in ("sum", *_MIDDLES, *_PARTS):
            return "of others"
        if abs(self.change) < 0.5 * 10.0**-self.decimals / (100 if self.percent else 1):
            return "the same"
        if not self.better:
            return "moved"
        return "better" if (self.change < 0) == (self.better == "lower") else "worse"


def goals(path: str, scheme: str) -> list[Any]:
    """The measures of a scheme's goals, one named row each. Errors: OshError on a kind that is none, or no scheme.

    >>> rows = goals("data/reference/partnership_goals.csv", "safe")
    >>> sorted({row.goal for row in rows})
    [1.0, 2.0, 3.0, 4.0, 5.0]
    """
    table = references.read(path, "partnership_goals")
    known = (*COMBINED, *_PARTS, "given", "sum", "mean", "median", "ratio")
    for row in table.itertuples():
        if row.kind not in known:
            raise OshError(f"{path} row {row.row}, kind: found {row.kind!r}, expected one of {', '.join(known)}")
    mine = table[table["scheme"].eq(scheme)]
    if mine.empty:
        raise OshError(f"scheme: found {scheme!r}, expected one of {', '.join(sorted(set(table['scheme'])))}")
    return list(mine.itertuples())


def figures(rows: list[Any], members: pd.DataFrame, year: int, editions: Editions) -> list[Figure]:
    """Every measure that is a figure over what participants gave, for a year and the one before.

    editions: what was shown before; a figure is hidden where it gives away what single companies gave together with
    another one, and what is shown here is noted in it.
    """
    found = []
    for row in rows:
        if row.kind in COMBINED:
            continue
        both = {y: members[members["year"].eq(y)].set_index("unit_id") for y in (year - 1, year)}
        before, now = (_settled(row, y, own, editions) for y, own in both.items())
        found.append(
            Figure(
                goal=int(row.goal),
                title=row.title,
                measure=row.measure,
                label=row.label,
                kind=row.kind,
                column=row.column,
                now=now,
                before=before,
                decimals=int(row.decimals),
                percent=row.percent == "yes",
                better=row.better,
                source=row.source,
            )
        )
    return found


def _settled(row: Any, year: int, own: pd.DataFrame, editions: Editions) -> Shown:
    """The figure of a year, held against what was shown before: a ratio gives away both of its sums."""
    shown, half = _shown(row, own), 0.5 * 10.0 ** -int(row.decimals)
    if row.kind == "given":
        return shown
    if row.kind in _PARTS:
        so = _results(row, own).replace("open", "no")  # beside those who are so, no others are counted
        return editions.settle(row.measure, year, {f"result: {row.measure}": so}, shown)
    if row.kind == "ratio":
        pair = own.reindex(columns=[row.column, row.over]).dropna().astype(float)
        return editions.settle(row.measure, year, {c: pair[c] for c in pair}, shown)
    if row.kind == "median":  # no sum follows from it: only another edition tells
        return editions.settle(row.measure, year, {row.measure: _given(row.column, own)}, shown, math.inf, False)
    step = half if row.kind == "mean" else 0.0
    return editions.settle(row.measure, year, {row.column: _given(row.column, own)}, shown, step, row.kind == "sum")


def reach(sessions: pd.DataFrame, members: pd.DataFrame, year: int, editions: Editions) -> pd.DataFrame:
    """Initiatives of a year and the one before: year, initiative, companies, potential, actual, coverage (Shown each).

    Those who are left out of the whole year are left out of each initiative: the parts would give them away. Contacts
    and companies stand there only where no two initiatives, nor the whole year or another edition, differ by what few
    gave; else none of that year does, and the coverage alone is shown. One that is hidden takes the smallest with it.
    """
    out = []
    for y in (year - 1, year):
        there = set(members.loc[members["year"].eq(y) & members["potential"].notna(), "unit_id"])
        own = sessions[sessions["year"].eq(y) & sessions["unit_id"].isin(there)] if len(sessions) else sessions
        rows, pairs = [], {}
        for name, part in own.groupby("initiative", sort=True) if len(own) else ():
            known = part.groupby("unit_id")[["full_time", "attended"]].agg(lambda s: s.sum(skipna=False))
            pairs[str(name)] = pair = known.dropna()
            found = _rounded(masks.ratio(pair["attended"], pair["full_time"]), 3)
            rows.append({
                "year": y, "initiative": name or "not named", "companies": float(len(pair)),
                "size": pair["full_time"].sum(), "potential": masks.total(pair["full_time"]),
                "actual": masks.total(pair["attended"]), "coverage": found,
            })  # fmt: skip
        rows = _together(rows)
        if rows and not _apart(y, pairs, rows, editions):
            rows = [_covered(r, y, pairs, editions) for r in rows]
        out += rows
    columns = ["year", "initiative", "companies", "potential", "actual", "coverage"]
    return pd.DataFrame(out, columns=columns)


def _apart(year: int, pairs: dict[str, pd.DataFrame], rows: list[dict[str, Any]], editions: Editions) -> bool:
    """Whether contacts and companies of each initiative of a year may be shown; noted either way."""
    may = all(r["potential"].known for r in rows)
    trial = Editions(editions.report, list(editions.held))
    for name, pair in pairs.items():
        given = {"full_time": pair["full_time"], "attended": pair["attended"], **_coverage(name, pair)}
        may = may and trial.may(_CONTACTS, year, given)
        trial.note(f"{_CONTACTS}: {name}", year, given, True)
    whole = pd.concat(pairs.values()).groupby(level=0).sum()  # what follows for the year, shown or not
    total = {"potential": whole["full_time"], "actual": whole["attended"]}
    may = may and trial.may(_CONTACTS, year, total)
    trial.note(_CONTACTS, year, total, True)
    if may:
        editions.held[:] = trial.held
    else:
        editions.note(_CONTACTS, year, {}, False)
    return may


def _coverage(name: str, pair: pd.DataFrame) -> dict[str, pd.Series]:
    """What the coverage of one initiative rests on."""
    return {f"coverage: {name}: {c}": pair[c] for c in ("full_time", "attended")}


def _covered(r: dict[str, Any], year: int, pairs: dict[str, pd.DataFrame], editions: Editions) -> dict[str, Any]:
    """An initiative with its coverage alone, where no other edition showed it of nearly the same companies."""
    name = "" if r["initiative"] == "not named" else r["initiative"]
    shown = editions.settle(f"coverage: {name}", year, _coverage(name, pairs[name]), r["coverage"], math.inf)
    gone = Shown(float("nan"), HIDDEN, why="difference")
    return {**r, "companies": float("nan"), "potential": gone, "actual": gone, "coverage": shown}


def _together(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    names = ("potential", "actual", "coverage")
    lost = [r for r in rows if not all(r[n].known for n in names)]
    left = sorted((r for r in rows if all(r[n].known for n in names)), key=lambda r: (r["size"], r["initiative"]))
    if lost and len(lost) < 2 and left:
        lost.append(left[0])
    for r in lost:
        for n in names:
            r[n] = Shown(float("nan"), HIDDEN, why=r[n].why or "complement")
        r["companies"] = float("nan")
    return [{k: v for k, v in r.items() if k != "size"} for r in rows]


def _shown(row: Any, own: pd.DataFrame) -> Shown:
    column = _given(row.column, own)
    if row.kind in _PARTS:
        return _parts(row, own)
    if row.kind == "given":
        return Shown(float(len(column)), "", float(len(own))) if len(own) else Shown(float("nan"))
    if row.kind in _MIDDLES:
        return _rounded(masks.middle(column, row.kind), int(row.decimals))
    if row.kind == "sum":
        return masks.total(column)
    pair = own.reindex(columns=[row.column, row.over])
    found = masks.ratio(pair[row.column], pair[row.over], row.per)
    return _rounded(found, int(row.decimals) + (2 if row.percent == "yes" else 0))


def _rounded(found: Shown, decimals: int) -> Shown:
    """As it is printed: more digits would say more of what it rests on."""
    return replace(found, value=float(half_up(found.value, decimals))) if found.known else found


def _results(row: Any, own: pd.DataFrame) -> pd.Series:
    """What stands for each participant in a count of those who are so: yes, no, or open."""
    if row.kind == "reached":
        known = own.reindex(columns=["least", "most"]).dropna()
        yes, no = known["least"].ge(row.limit), known["most"].lt(row.limit)
    else:
        known = own.reindex(columns=[row.column]).dropna()
        yes = known[row.column].eq(1)
        no = ~yes
    return pd.Series(["yes" if y else "no" if n else "open" for y, n in zip(yes, no, strict=True)], known.index, object)


def _parts(row: Any, own: pd.DataFrame) -> Shown:
    """How many are so, of those of whom it is known; few enough to be told apart are not shown."""
    found = _results(row, own).tolist()
    parts = {k: found.count(k) for k in _PARTS[row.kind]}
    return masks.counts({k: n for k, n in parts.items() if n or k != "open"})["yes"]


def _given(column: str, own: pd.DataFrame) -> pd.Series:
    return own[column].dropna().astype(float) if column in own else pd.Series(dtype=float)
