"""Who took part in which year, and what each of them gave: the private ground of a report that names nobody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from oshlib import answers, cases, frameworks, lists, places
from oshlib.errors import OshError
from oshlib.rates import HOURS_A_HEAD, exposures, measure, rates
from oshlib.study import contacts, whose
from oshlib.study.deadlines import months_passed
from oshlib.study.subject import read_once

#: Kinds of case by outcome, and by nature: the columns of the annual table that add up to each.
OUTCOMES = {
    "deaths": ("deaths",), "days away": ("dafw_cases",), "transfer or restriction": ("djtr_cases",),
    "other recordable": ("other_cases",),
}  # fmt: skip
NATURES = {
    "injuries": ("injuries",),
    "illnesses": ("skin_disorders", "respiratory", "poisonings", "hearing_loss", "other_illnesses"),
}
#: Every type of incident that an annual table may count, apart from those that have a name of their own.
OTHER_TYPES = "other_incidents"
UNKNOWN = "not known"


@dataclass(frozen=True)
class Gathered:
    """What the files say. members: one row a participant and year in which it took part (see `members_of`).

    people: the list of participants. contacts: the list of training contacts, of participants only. types: the types of
    incident, id and title. faults: file, rule, level, flag, year, number. strangers: units with rows, on no list;
    undated: on the list, without the day they began; applicants: of them those without a day who only applied.
    differences: company-years whose log and form count something differently; from_log: types taken from the log.
    """

    members: pd.DataFrame
    people: pd.DataFrame
    contacts: pd.DataFrame
    types: dict[str, str]
    faults: pd.DataFrame
    files: dict[str, str]
    rows: dict[str, int]
    strangers: int
    undated: int
    differences: int
    from_log: int
    made_up: bool


def gather(
    data: str, participants: str, trained: str | None, log: str | None, answered: str | None, framework: str,
    name: str, hours_policy: str, sizes: Sequence[int], last_year: int | None = None,
) -> Gathered:  # fmt: skip
    """The files of an association, read and put together by company and year.

    sizes: the least number of employees of every size but the smallest. last_year: the last year reported on, None for
    the last of the data; quarters after it have not come. Errors: OshError where a file cannot be read.
    """
    _sizes(sizes)
    table, annual_faults = read_once(data)
    people, people_faults = _list(participants, "participants")
    known = {**{n: i for i, n in zip(people["unit_id"], people["unit"], strict=True) if n}}
    known |= {i: i for i in people["unit_id"]}
    own = exposures(table, hours_policy)
    own = own.assign(unit_id=[known.get(i, i) for i in own["unit_id"]])
    faults = [("annual table", annual_faults), ("participants", people_faults)]
    files = {"data": data, "participants": participants}
    sessions, rows = pd.DataFrame(), {"annual table": len(table), "participants": len(people)}
    if trained:
        sessions, found = _list(trained, "contacts")
        sessions["unit_id"] = whose.ids_of(sessions, people)
        faults.append(("training contacts", found))
        files["contacts"], rows["training contacts"] = trained, len(sessions)
    logged = pd.DataFrame()
    if log:
        logged, found = _list(log, "cases")
        faults.append(("log of cases", found))
        files["cases"], rows["log of cases"] = log, len(logged)
    scored = pd.DataFrame(columns=["unit_id", "year", "score", "least", "most"])
    if answered:
        given, found = answers.read(answered)
        scored = _scored(_of_framework(given, framework), framework, known)
        faults.append(("answers", found))
        files["answers"], rows["answers"] = answered, len(given)
    types = {one.id: one.title for one in lists.types("incident_types")}
    own, differing, taken = _with_log(own, logged, list(types), name)
    last = int(last_year if last_year is not None and last_year in own["year"].tolist() else own["year"].max())
    members = _members(own, people, name, hours_policy, sizes)
    members = _with_kinds(members, list(types))
    members = members.merge(scored, how="left", on=["unit_id", "year"])
    members = members.merge(_reach(sessions, people, own, last), how="left", on=["unit_id", "year"])
    every = set(people["unit_id"])
    dated = people["implementation_date"].notna()
    notes = " ".join([*own["note"].astype(str).unique(), *own["unit"].astype(str).unique()]).lower()
    return Gathered(
        members=members, people=people, types=types, faults=_counted(faults), files=files, rows=rows,
        contacts=sessions[sessions["unit_id"].isin(every)] if len(sessions) else sessions,
        strangers=len(set(own["unit_id"]) - every),
        undated=int((~dated & people["left"].isna()).sum()),
        differences=differing, from_log=taken, made_up="made up" in notes,
    )  # fmt: skip


def taking_part(people: pd.DataFrame, year: int) -> pd.Series:
    """Who takes part at the end of a year: begun by then, and not left."""
    end = pd.Timestamp(year, 12, 31)
    return people["implementation_date"].le(end) & ~people["left"].le(end)


def months_since(day: Any, year: int) -> float:
    """Whole months from a day to the end of a year; NaN without a day.

    >>> months_since(pd.Timestamp("2022-01-01"), 2024), months_since(pd.Timestamp("2022-01-02"), 2024)
    (36, 35)
    """
    return float("nan") if pd.isna(day) else months_passed(day, year)


def size_of(employees: float, sizes: Sequence[int]) -> str:
    """The size that a head count belongs to, as words.

    >>> size_of(19.9, [20, 50]), size_of(20, [20, 50]), size_of(50, [20, 50])
    ('under 20', '20 to 49', '50 and more')
    """
    if employees != employees:
        return UNKNOWN
    names = size_names(sizes)
    return names[int(np.searchsorted(sizes, employees, side="right"))]


def size_names(sizes: Sequence[int]) -> list[str]:
    """Every size, the smallest first."""
    between = [f"{a} to {b - 1}" for a, b in pairwise(sizes)]
    return [f"under {sizes[0]}", *between, f"{sizes[-1]} and more"]


def _sizes(sizes: Any) -> None:
    right = isinstance(sizes, list | tuple) and sizes and all(isinstance(s, int) and s > 1 for s in sizes)
    if not right or sorted(set(sizes)) != list(sizes):
        raise OshError(f"sizes: found {sizes!r}, expected rising whole numbers of employees, such as [20, 50, 100]")


def _list(path: str, kind: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    table, faults = _read_list(path, kind, places.sha256(places.find(path, kind)))
    return table.copy(), faults


@lru_cache(maxsize=8)
def _read_list(path: str, kind: str, _sha256: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    return lists.read(path, kind)


def _members(own: pd.DataFrame, people: pd.DataFrame, name: str, policy: str, sizes: Sequence[int]) -> pd.DataFrame:
    """One row a participant and year: since (months), state, size, sized_by, level, area, cases, hours, why.

    why: "" where the year has a rate, else "no row", "no hours", "no cases" or "part of a year". Cases and hours of a
    part year count; its rate is tested for nothing.
    """
    m = measure(name)
    found = rates(own, [m.id], by=["unit_id", "year"], hours_policy=policy)[["unit_id", "year", "cases", "hours"]]
    rest = own.drop(columns=["hours", "unit"])
    full = rest.merge(found, on=["unit_id", "year"], how="left")
    kept = ["unit_id", "implementation_date", "level", "area", "state", "plants"]
    parts = []
    for year in sorted({int(y) for y in own["year"]}):
        there = people.loc[taking_part(people, year), kept]
        part = there.merge(full[full["year"].eq(year)], on="unit_id", how="left", suffixes=("", "_row"))
        parts.append(part.assign(year=year, no_row=part["year"].isna()))
    members = pd.concat(parts, ignore_index=True)
    if members.empty:
        raise OshError("participants: found nobody who took part in a year of the data; expected implementation dates")
    members["since"] = [
        months_since(d, y) for d, y in zip(members["implementation_date"], members["year"], strict=True)
    ]
    state = members["state"].fillna("")
    if "state_row" in members:
        state = state.where(state.ne(""), members["state_row"].fillna(""))
    members["state"] = state.where(state.ne(""), UNKNOWN)
    heads = members["employees"]
    members["sized_by"] = np.select([heads.notna(), members["hours"].notna()], ["heads", "hours"], "")
    heads = heads.fillna(members["hours"] / HOURS_A_HEAD)
    members["size"] = [size_of(h, sizes) for h in heads]
    members["why"] = np.select(
        [members["no_row"], ~(members["hours"] > 0), members["cases"].isna(), members["months"].lt(12)],
        ["no row", "no hours", "no cases", "part of a year"],
        "",
    )
    members["usable"] = members["why"].isin(["", "part of a year"])
    return members


def _with_kinds(members: pd.DataFrame, types: list[str]) -> pd.DataFrame:
    """Cases by type, outcome and nature (columns type:..., outcome:..., nature:...); NaN where they do not add up."""
    out = members.copy()
    four = _columns(out, types)
    rest = out["cases"] - four.sum(axis=1, skipna=False)
    fits = rest.ge(0)
    for t in types:
        out[f"type:{t}"] = four[t].where(fits)
    out[f"type:{OTHER_TYPES}"] = rest.where(fits)
    for kind, groups in (("outcome", OUTCOMES), ("nature", NATURES)):
        parts = {k: _sum_given(out, cols) for k, cols in groups.items()}
        fits = sum(parts.values()).eq(out["cases"])
        for k, values in parts.items():
            out[f"{kind}:{k}"] = values.where(fits)
    return out


def _sum_given(table: pd.DataFrame, columns: Sequence[str]) -> Any:
    """The sum of some columns, NaN where none is given: those that a form of another year lacks are left out."""
    return _columns(table, columns).sum(axis=1, min_count=1)


def _columns(table: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    return table.reindex(columns=list(columns)).astype(float)


def _scored(given: pd.DataFrame, framework: str, known: dict[str, str]) -> pd.DataFrame:
    """The last score of every company and year: score (NaN with unanswered items), least, most."""
    if given.empty:
        return pd.DataFrame(columns=["unit_id", "year", "score", "least", "most"])
    scheme = frameworks.load(framework)
    found = frameworks.score(scheme, given)
    root = found[found["node"].eq(scheme.id)].copy()
    root["year"] = root["date"].str[:4].astype(int)
    root["unit_id"] = [known.get(u, u) for u in root["unit"]]
    last = root.sort_values("date").drop_duplicates(["unit_id", "year"], keep="last")
    last["score"] = last["points"].where(last["unanswered"].eq(0))
    return last[["unit_id", "year", "score", "least", "most"]].reset_index(drop=True)


def _of_framework(given: pd.DataFrame, framework: str) -> pd.DataFrame:
    """The answers to one framework, its id or the path of its file. Errors: OshError where there is none of them."""
    own = given[given["framework"].isin([framework, frameworks.load(framework).id])]
    if own.empty:
        there = sorted(set(given["framework"])) or ["no answers at all"]
        raise OshError(f"framework: found {framework!r}, expected one that the answers have: {', '.join(there)}")
    return own


def _reach(sessions: pd.DataFrame, people: pd.DataFrame, own: pd.DataFrame, year: int) -> pd.DataFrame:
    """Potential and actual contacts of a company and year, as on its own page, and how many people at least came.

    year: the last one reported on. What is open leaves the company's year unknown. reached: at each plant the largest
    single attendance, added up.
    """
    if sessions.empty:
        return pd.DataFrame(columns=["unit_id", "year", "potential", "actual", "reached"])
    listed = people.set_index("unit_id")
    starts, ends = (listed[c].dropna().to_dict() for c in ("implementation_date", "left"))
    there = {
        unit: contacts.plants_by_year(f["year"], f["plants"], listed["plants"].get(unit, np.nan), year)
        for unit, f in own.reindex(columns=["unit_id", "year", "plants"]).groupby("unit_id")
    }
    until = pd.Timestamp(year, 12, 31)
    _, found = contacts.reach(sessions, starts, until=until, ends=ends, reporting=there, last_year=year)
    largest = sessions.groupby(["unit_id", "year", "plant"])["attended"].max().rename("reached")
    found = found.merge(largest.groupby(level=[0, 1]).sum().reset_index(), how="left", on=["unit_id", "year"])
    found["reached"] = found["reached"].where(found["potential"].notna())
    return found[["unit_id", "year", "potential", "actual", "reached"]].astype({"year": int})


def _with_log(own: pd.DataFrame, log: pd.DataFrame, types: list[str], name: str) -> tuple[pd.DataFrame, int, int]:
    """The annual rows, with the types of the log where the form has none; how many differ, and how many were filled.

    Where both speak the form stands: a log is kept up to date for years, a form is not, so the two may differ.
    """
    if log.empty:
        return own, 0, 0
    counted = cases.annual(log)
    whole = counted[counted[cases.UNKNOWN].eq(0)].set_index(["unit_id", "year"]).reindex(columns=types)
    out = own.copy()
    keys = pd.MultiIndex.from_arrays([out["unit_id"], out["year"].astype(float)])
    beside = whole.reindex(keys).set_axis(out.index)
    form = _columns(out, types)
    blank = form.isna().all(axis=1) & beside.notna().all(axis=1)
    out[types] = form.where(~blank, beside)
    differences, _ = cases.against(counted, own)
    return out, len(differences[["unit_id", "year"]].drop_duplicates()), int(blank.sum())


def _counted(faults: Sequence[tuple[str, pd.DataFrame]]) -> pd.DataFrame:
    """Faults as numbers only: neither row nor value, nor what they say of it."""
    parts = [
        f.groupby(["rule", "level", "flag"]).agg(number=("row", "size")).reset_index().assign(file=what)
        for what, f in faults if len(f)
    ]  # fmt: skip
    columns = ["file", "rule", "level", "flag", "number"]
    if not parts:
        return pd.DataFrame(columns=columns)
    return pd.concat(parts, ignore_index=True)[columns]
