"""An area office's lists: every establishment of a year on its list, what is near the line, what is drawn, and when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from oshlib import flags, places, targeting, words
from oshlib.errors import OshError
from oshlib.exact import level
from oshlib.rates import PER, exposures, rate_interval
from oshlib.study import inspections as history
from oshlib.study.drawn import Drawn, make, undated_of
from oshlib.study.subject import read_once, resolve
from oshlib.targeting.days import DAYS
from oshlib.targeting.model import LISTED

#: Fewer cases than these are said to be few (spec G9).
_SHORT = 10
_NO_HOURS = "lost-workday-cases-without-hours"


@dataclass(frozen=True)
class Targeting:
    """All establishments of a file in one year of data, or of one area of it.

    table: one row an establishment: its columns as filed, what oshlib.targeting.assign says of it, and low and high.
    draws: what was drawn; waiting: names that came late and wait for their batch to be full. absent: columns that the
    file does not have and what they stand for. unit: the row of the establishment that was asked for.
    """

    path: str
    sha256: str
    directive: targeting.Directive
    year: int
    table: pd.DataFrame
    draws: list[Drawn]
    waiting: list[tuple[str, str, tuple[str, ...]]]
    faults: pd.DataFrame
    cautions: list[flags.Flag]
    compare: str
    confidence: float
    seed: int
    rows_left_out: int
    made_up: bool
    absent: dict[str, str]
    unit: Any = None

    @property
    def counts(self) -> dict[str, int]:
        """How many stand on each list, those with nobody on them too."""
        found = self.table["list"].value_counts()
        return {name: int(found.get(name, 0)) for name in targeting.LISTS}

    @property
    def areas(self) -> list[str]:
        """The area offices, by name."""
        return sorted(set(self.table["area"]))

    @property
    def listed(self) -> pd.DataFrame:
        """Those that stand on a list that inspections are drawn or scheduled from because of their rate."""
        return self.table[self.table["list"].isin(LISTED)]

    @property
    def by_rounding(self) -> pd.DataFrame:
        """Those whose list would be another one if rates were compared the other way."""
        return self.table[self.table["edge"]]

    @property
    def perhaps(self) -> pd.DataFrame:
        """Those on a list by their rate whose exact interval reaches below the line."""
        return self.listed[self.listed["luck"] > (1 - self.confidence) / 2]


def study(
    data: str,
    unit: str | None = None,
    area: str | None = None,
    last_year: int | None = None,
    directive: str = "CPL 2-0.119",
    compare: str = "rounding",
    without: Sequence[str] = (),
    inspections: str | None = None,
    samples: Sequence[str] | None = None,
    seed: int = 1,
    numbers: str | None = None,
    cycles: int = 1,
    confidence: float = 0.95,
    hours_policy: str = "reported",
    limits: Mapping[str, Any] | None = None,
) -> Targeting:
    """Everybody's list in one year of a file, and the draws from the lists.

    unit: an establishment to look at more closely. area: one office (None: all). last_year: the year of the data (None:
    that of the directive where the file has it, else the last). samples: those to draw (None: the first for each list).
    numbers: the path of a table of random numbers. inspections: the path of a history that goes before the counts in
    the file. Errors: OshError where the file holds no such year, area or unit.
    """
    level(confidence)
    left_out = (without,) if isinstance(without, str) else tuple(without or ())
    plan = targeting.load(directive).chosen(left_out, limits or {})
    for name, value in (("inspections", inspections), ("numbers", numbers)):
        if value is not None and not isinstance(value, str):
            raise OshError(f"{name}: found {value!r}, expected the path of a file")
    sha256 = places.sha256(places.find(data, "data"))
    every, faults = read_once(data)
    year = _year(every, last_year, plan, data)
    of_year = every[every["year"].eq(year)]
    rows = exposures(_by_heads(of_year, faults) if hours_policy == "headcount" else of_year, hours_policy)
    if "area" not in rows:
        rows = rows.assign(area="")
    rows["area"] = rows["area"].where(rows["area"].ne(""), "no area office given")
    if inspections:
        if "look_back" not in plan.limits:
            raise OshError(f"inspections: {plan.id} has no limit look_back, the day from which violations count")
        rows, more = history.add(rows, inspections, plan.limits["look_back"])
        faults = pd.concat([faults, more], ignore_index=True)
    if area is not None:
        rows = _of_area(rows, str(area), data)
    found = targeting.assign(rows, directive=plan, compare=compare)
    if _other_year(plan, year):  # days of another year's lists bind nobody
        found[list(DAYS)] = pd.NaT
    found["low"], found["high"] = rate_interval(found["cases"], found["hours"], confidence=confidence)
    kept = [c for c in rows if c not in found]
    table = pd.concat([rows[kept], found], axis=1).reset_index(drop=True)
    drawn, waiting = make(table, plan, area, samples, seed, numbers, cycles)
    mine = None
    if unit:
        unit_id, _ = resolve(every, unit, data)
        one = table[table["unit_id"].eq(unit_id)]
        if one.empty:
            raise OshError(f"{data}: {unit!r} has no row of {year}{f' in {area}' if area else ''}")
        mine = one.iloc[0]
    at_hand = Targeting(
        path=data, sha256=sha256, directive=plan, year=year, table=table, draws=drawn, waiting=waiting,
        faults=faults[faults["year"].isna() | faults["year"].eq(year)], cautions=[], compare=compare,
        confidence=confidence, seed=seed, rows_left_out=len(every) - len(table) + flags.dropped(faults), unit=mine,
        made_up=bool(rows["note"].str.lower().str.contains("made up").any()), absent=_absent(rows, plan),
    )  # fmt: skip
    at_hand.cautions.extend(_cautions(at_hand))
    return at_hand


def row_of(found: Targeting) -> pd.DataFrame:
    """The establishment that was asked for, as a table of its own columns alone."""
    one = found.table[found.table["unit_id"].eq(found.unit["unit_id"] if found.unit is not None else "")]
    return one[[c for c in one if c in targeting.columns() or c == "struck"]]


def levers(found: Targeting) -> list[tuple[str, str]]:
    """What the establishment could do, and the list on which it would then stand, where that is another one."""
    one, now = row_of(found), str(found.unit["list"] if found.unit is not None else "")
    said = []
    for lever in found.directive.levers:
        says = {c: (str(one[c].iloc[0]) if c in one else "") or "no" for c in lever.only}
        if says != dict(lever.only) or (lever.lists and now not in lever.lists):
            continue
        changed = one.drop(columns=["agreement_received"], errors="ignore").assign(**lever.sets)
        after = str(targeting.assign(changed, directive=found.directive, compare=found.compare)["list"].iloc[0])
        if after not in (now, targeting.UNDETERMINED):
            said.append((lever.title, after))
    return said


def _year(table: pd.DataFrame, asked: int | None, plan: targeting.Directive, data: str) -> int:
    years = sorted({int(y) for y in table["year"]})
    if not years:
        raise OshError(f"{data}: no row of the file can be used")
    if asked is None:
        return plan.data_year if plan.data_year in years else years[-1]
    if not isinstance(asked, int) or isinstance(asked, bool):
        raise OshError(f"last_year: found {asked!r}, expected a year such as {years[-1]}")
    if asked not in years:
        raise OshError(f"{data}: no row of {asked}; its years are {words.listed(years)}")
    return asked


def _other_year(plan: targeting.Directive, year: int) -> bool:
    return bool(plan.days) and plan.data_year is not None and year != plan.data_year


def _by_heads(rows: pd.DataFrame, faults: pd.DataFrame) -> pd.DataFrame:
    """Hours that are blank, and no more than that, may be made from heads: the fault that says so strikes nothing."""
    blank = set(faults.loc[faults["rule"].eq(_NO_HOURS), "row"]) & set(rows.loc[rows["employees"] > 0, "row"])
    other = set(faults.loc[faults["column"].eq("hours") & faults["rule"].ne(_NO_HOURS), "row"])
    mine = rows["row"].isin(blank - other)
    kept = rows["struck"].str.split(",").map(lambda names: ",".join(n for n in names if n != "hours"))
    return rows.assign(struck=rows["struck"].where(~mine, kept))


def _of_area(rows: pd.DataFrame, area: str, data: str) -> pd.DataFrame:
    known = sorted(set(rows["area"]))
    if area not in known:
        raise OshError(f"{data}: area: found {area!r}, expected one of {', '.join(known[:20])}")
    return rows[rows["area"].eq(area)]


def _absent(rows: pd.DataFrame, plan: targeting.Directive) -> dict[str, str]:
    """Columns that the tests ask for and the file does not have, with what their layout takes for granted."""
    asked = dict.fromkeys(c.column for s in plan.steps for c in s.when)
    columns = targeting.columns()
    return {
        name: str(columns[name].get("absent") or columns[name].get("blank") or "not known")
        for name in asked
        if name in columns and name not in rows
    }


def _cautions(f: Targeting) -> list[flags.Flag]:
    """Those of everybody, or of the one establishment that was asked for."""
    said = []
    table = f.table if f.unit is None else f.table[f.table["unit_id"].eq(f.unit["unit_id"])]
    listed = f.listed[f.listed["unit_id"].isin(table["unit_id"])]
    edge = table[table["edge"]]
    if len(edge):
        other = "absolute" if f.compare == "rounding" else "rounding"
        text = f"{_names(edge)}: on another list if rates and limits are compared by the {other} method."
        said.append(flags.flag("EDGE_ROUNDING", f.year, text))
    open_ = table[table["list"].eq(targeting.UNDETERMINED)]
    if len(open_):
        text = f"On no list, because what is missing or faulty would decide: {_names(open_)}."
        said.append(flags.flag("UNEVALUATED", f.year, text))
    for part in f.directive.left_out:
        text = f"The test of {part.replace('_', ' ')} was left out, as asked."
        said.append(flags.flag("UNEVALUATED", f.year, text))
    small = int((listed["cases"] < _SHORT).sum())
    if small:
        text = f"{small:,} of {len(listed):,} on the lists have fewer than {_SHORT} cases: one case moves them far."
        if f.unit is not None:
            step = words.number(PER / f.unit["hours"], 1)
            text = f"{words.cases(f.unit['cases'])}: one more or less moves {f.directive.measure} by {step}."
        said.append(flags.flag("SMALL_N", f.year, text))
    estimated = int(table["hours_from"].isin(["command", "headcount"]).sum())
    if estimated:
        said.append(flags.flag("HOURS_EST", f.year, f"Hours of {estimated:,} establishments are estimated from heads."))
    said += [
        flags.flag(c["code"], f.year if "from_year" in c else None, c["text"])
        for c in f.directive.cautions
        if f.year >= c.get("from_year", 0)
    ]
    if _other_year(f.directive, f.year):
        text = f"The days of {f.directive.id} belong to data of {f.directive.data_year}: none is given for {f.year}."
        said.append(flags.flag("NOT_COMPARABLE", f.year, text))
    undated = undated_of(table, f.draws)
    if len(undated):
        text = f"Without a day of receipt, and so last in the order of their list: {_names(undated)}."
        said.append(flags.flag("UNEVALUATED", None, text))
    return said + (flags.unplaced(f.faults) if f.unit is None else [])


def _names(rows: pd.DataFrame, most: int = 8) -> str:
    some = rows["unit"].head(most).tolist()
    rest = len(rows) - len(some)
    return f"{', '.join(some)} and {rest:,} more" if rest else words.listed(some)
