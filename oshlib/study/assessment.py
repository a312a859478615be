"""One unit's answers to one framework, scored: what they give, what is open, what changed, and how others stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property, lru_cache
from os import PathLike
from typing import Any

import numpy as np
import pandas as pd

from oshlib import answers as answer_tables
from oshlib import flags, frameworks, places, words
from oshlib.errors import OshError
from oshlib.exact import level
from oshlib.frameworks import Banded, Framework, Scores, Sheets
from oshlib.proportions import proportion_interval
from oshlib.study import doubts, evidence, improve, measured, subject
from oshlib.study.crosswalk import disagreements
from oshlib.study.improve import Path
from oshlib.study.measured import Measured, Source


@dataclass(frozen=True)
class Sheet:
    """One scored answer sheet. nodes: SCORES, by node; rows: the answers it was made from."""

    date: str
    rows: pd.DataFrame
    sheets: Sheets
    rounded: bool
    banded: Banded
    nodes: pd.DataFrame
    measured: dict[str, Measured]

    @cached_property
    def scores(self) -> Scores:
        """Every part of this sheet alone, worked out only where it is asked for: a file may hold thousands."""
        return frameworks.score_sheets(self.sheets.framework, self.sheets, rounded=self.rounded)

    @cached_property
    def total(self) -> Any:
        """The row of the root."""
        return next(self.nodes.iloc[:1].itertuples())


@dataclass(frozen=True)
class Assessment:
    """What a report on one assessment shows. others: one row a unit, its last assessment up to this date."""

    framework: Framework
    name: str
    unit_id: str
    path: str
    sha256: str
    now: Sheet
    before: Sheet | None
    others: pd.DataFrame
    faults: pd.DataFrame
    steps: pd.DataFrame
    gains: pd.Series
    nearest: Path | None
    suggestions: list[evidence.Suggestion]
    beside: pd.DataFrame
    disagreements: pd.DataFrame
    cautions: list[flags.Flag]
    compare: str
    confidence: float
    source: Source
    made_up: bool


def study(
    framework: str,
    answers: str,
    unit: str,
    date: str | None = None,
    accept_unanswered: bool = False,
    data: str = "",
    last_year: int | None = None,
    years: int = 5,
    min_years: int = 5,
    confidence: float = 0.95,
    compare: str = "rounding",
    hours_policy: str = "reported",
    goals: str | None = None,
) -> Assessment:
    """Score the last assessment of a unit, or that of a date.

    unit: as the answers name it, or the id or name of a unit of the annual table that they name either way. data: an
    annual table, "" for none. Errors: OshError on anything unknown, and on unanswered items unless they are accepted.
    """
    _checked(accept_unanswered, last_year, data)
    scheme, sure = frameworks.load(framework), level(confidence)
    table, faults = read_once(answers, framework)
    own = table[table["framework"].eq(scheme.id)]
    named, name, unit_id = _unit(own, scheme, answers, unit, data)
    mine = own[own["unit"].eq(named)]
    dates = sorted(mine["date"].unique())
    day = _date(date, dates, f"{answers}: {scheme.short} of {name}")
    source = Source(table, data or "", last_year, hours_policy, sure, compare)
    past = own[own["date"].le(day)]
    latest = past[past["date"].eq(past.groupby("unit")["date"].transform("max"))]
    every = _scored(scheme, pd.concat([latest, mine[mine["date"].lt(day)]]), source, compare)
    now = every[named, day]
    _open(scheme, now, accept_unanswered, f"{answers}: {scheme.short} of {name}, {day}")
    earlier = [d for d in dates if d < day]
    before = every[named, earlier[-1]] if earlier else None
    others = _others(scheme, {k: s for k, s in every.items() if k[1] == past.loc[past["unit"].eq(k[0]), "date"].max()})
    told = evidence.suggestions(scheme, named, day, data, last_year, years, min_years, goals, sure, hours_policy)
    found = faults[faults["unit_id"].isin([named, ""])]
    said = doubts.cautions(scheme, now, unanswered(scheme, now), told, sure, compare)
    notes = " ".join(mine["assessor"]).lower()
    return Assessment(
        framework=scheme, name=name, unit_id=unit_id,
        path=answers, sha256=places.sha256(places.find(answers, "answers")),
        now=now, before=before, others=others, faults=found,
        steps=improve.single_steps(scheme, now.sheets, compare), gains=improve.gains(scheme, now.sheets, compare),
        nearest=improve.cheapest(scheme, now.sheets, compare), suggestions=told, beside=_beside(scheme, now, sure),
        disagreements=disagreements(table, scheme, named, day, source), cautions=said, compare=compare,
        confidence=sure, source=source, made_up="made up" in f"{name.lower()} {notes}",
    )  # fmt: skip


def _checked(accept: Any, last_year: Any, data: Any) -> None:
    """What a scheduler may hand over as text is refused, as "false" would be taken for true."""
    if not isinstance(accept, bool):
        raise OshError(f"accept_unanswered: found {accept!r}, expected true or false")
    if last_year is not None and (not isinstance(last_year, int) or isinstance(last_year, bool) or last_year < 1):
        raise OshError(f"last_year: found {last_year!r}, expected a whole number of 1 or more")
    if not isinstance(data, str | PathLike | None):
        raise OshError(f'data: found {data!r}, expected the path of an annual table, or "" for none')


def read_once(path: str, framework: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """A table of answers and its faults, read once for all who ask while the files stay as they are.

    framework: the one that is asked for, which may be a file of one's own.
    """
    return _table(path, places.sha256(places.find(path, "answers")), frameworks.load(framework).sha256, framework)


@lru_cache(maxsize=8)
def _table(path: str, sha256: str, of_framework: str, framework: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    return answer_tables.read(path, frameworks.load(framework))


def _unit(own: pd.DataFrame, scheme: Framework, path: str, unit: str, data: str) -> tuple[str, str, str]:
    """The unit as the answers name it, its name, and its id."""
    known, wanted = set(own["unit"]), str(unit)
    spellings = [wanted]
    unit_id = name = wanted
    annual = measured.rows_of(data, wanted) if data else pd.DataFrame()
    if len(annual):
        unit_id, name = subject.resolve(annual, wanted, data)
        spellings += [unit_id, name]
    found = list(dict.fromkeys(s for s in spellings if s in known))
    if len(found) > 1:
        raise OshError(
            f"{path}: unit: {scheme.short} has answers of {found[0]!r} and of {found[1]!r}, which are one unit"
        )
    if found:
        return found[0], name, unit_id
    if not known:
        raise OshError(f"{path}: found no answers to {scheme.short} ({scheme.id})")
    near = get_close_matches(wanted.casefold(), {u.casefold(): u for u in known}, n=1)
    hint = next((f"; did you mean {u!r}?" for u in known if near and u.casefold() == near[0]), "")
    some = words.listed([*sorted(known)[:5], *(["others"] if len(known) > 5 else [])])
    raise OshError(f"{path}: unit: found no answers of {wanted!r} to {scheme.short}; there are those of {some}{hint}")


def _date(date: str | None, dates: Sequence[str], what: str) -> str:
    if date is None:
        return dates[-1]
    if str(date) in dates:
        return str(date)
    raise OshError(f"{what}: date: found no assessment of {date}; there are {words.listed(list(dates))}")


def _scored(scheme: Framework, rows: pd.DataFrame, source: Source, compare: str) -> dict[tuple[str, str], Sheet]:
    """Every sheet of these rows, scored together, then one by one."""
    sheets, taken = measured.scored(scheme, rows, source)
    scores = frameworks.score_sheets(scheme, sheets, rounded=compare == "rounding")
    banded = frameworks.bands(scheme, scores, compare)
    table = frameworks.table(scheme, scores, banded)
    width = len(scheme.nodes)
    by_sheet: dict[int, dict[str, Measured]] = {}
    for (name, place), m in taken.items():
        by_sheet.setdefault(place, {})[name] = m
    of_sheet = rows.groupby(["unit", "date"], sort=False).indices
    found = {}
    for i, key in enumerate(sheets.keys.itertuples(index=False)):
        at, unit, date = np.array([i]), str(key.unit), str(key.date)
        one = sheets.take(at)
        found[unit, date] = Sheet(
            date=date,
            rows=rows.iloc[of_sheet[unit, date]],
            sheets=one,
            rounded=compare == "rounding",
            banded=Banded(**{k: v[at] for k, v in vars(banded).items()}),
            nodes=table.iloc[i * width : (i + 1) * width].reset_index(drop=True),
            measured=by_sheet.get(i, {}),
        )
    return found


def _open(scheme: Framework, now: Sheet, accept: bool, what: str) -> None:
    """Stop where items are unanswered and nobody said that this is accepted."""
    if accept or not now.total.unanswered:
        return
    lost = unanswered(scheme, now)
    some = words.listed([*lost[:5], *([f"{len(lost) - 5} more"] if len(lost) > 5 else [])])
    count, every = int(now.total.unanswered), int(now.total.unanswered + now.total.answered)
    verb = "is" if count == 1 else "are"
    raise OshError(
        f"{what}: {count} of {every} items {verb} unanswered ({some}); answer them, or set accept_unanswered"
    )


def unanswered(scheme: Framework, now: Sheet) -> list[str]:
    """The items that count towards the total and were not answered, in the order of the file.

    A part that could be entered as a number and has no answer at all is named itself.
    """
    by_node = now.nodes.set_index("node")
    found: list[str] = []
    for node in scheme.nodes.values():
        row = by_node.loc[node.id]
        if (
            scheme.is_apart(node)
            or not node.scored
            or not row["unanswered"]
            or any(_in(scheme, node.id, f) for f in found)
        ):
            continue
        if not node.roll or (node.number and not row["answered"]):
            found.append(node.id)
    return found


def _in(scheme: Framework, node: str, other: str) -> bool:
    return bool(node) and (scheme.nodes[node].parent == other or _in(scheme, scheme.nodes[node].parent, other))


def _others(scheme: Framework, latest: dict[tuple[str, str], Sheet]) -> pd.DataFrame:
    """Every unit's last assessment: total, band, and the first level of nodes as shares of their range."""
    rows = []
    for (unit, date), sheet in latest.items():
        t = sheet.total
        rows.append({
            "unit": unit, "date": date, "points": t.points, "least": t.least, "most": t.most, "high": t.high,
            "answered": t.answered, "unanswered": t.unanswered, "band": int(sheet.banded.final[0]), "sheet": sheet,
        })  # fmt: skip
    found = pd.DataFrame(rows)
    return found.sort_values(["points", "unit"], ascending=[False, True], na_position="last", ignore_index=True)


def _beside(scheme: Framework, now: Sheet, confidence: float) -> pd.DataFrame:
    """Proportions shown beside the score: part, whole, share and its exact interval."""
    rows = []
    for b in scheme.beside:
        part, whole = (float(now.sheets.number(n.id)[0]) for n in (b.part, b.whole))
        if part == part and whole == whole and whole > 0 and part <= whole:
            low, high = proportion_interval(part, whole, confidence)
            rows.append((b.id, b.title, b.node, part, whole, part / whole, low, high))
    return pd.DataFrame(rows, columns=["id", "title", "node", "part", "whole", "value", "low", "high"])
