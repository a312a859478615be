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
    scores: Scores
    banded: Banded
    nodes: pd.DataFrame
    measured: dict[str, Measured]

    @cached_property
    def total(self) -> Any:
        """The row of the root."""
        return next(self.nodes.iloc[:1].itertuples())


@dataclass(frozen=True)
class Assessment:
    """What a report on one assessment shows.

    named: the unit as the answers name it. others: one row a unit, its last assessment up to this date.
    """

    framework: Framework
    named: str
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
    if data:  # answers may go by the id or by the name, and are of one unit all the same
        table = table.assign(unit=table["unit"].map({u: measured.id_of(data, u) for u in table["unit"].unique()}))
    own = table[table["framework"].eq(scheme.id)]
    named, name, unit_id = _unit(own, scheme, answers, unit, data)
    mine = own[own["unit"].eq(named)]
    dates = sorted(mine["date"].unique())
    day = _date(date, dates, f"{answers}: {scheme.short} of {name}")
    source = Source(table, data or "", last_year, hours_policy, sure, compare)
    past = own[own["date"].le(day)]
    latest = past[past["date"].eq(past.groupby("unit")["date"].transform("max"))]
    batch = scored(scheme, pd.concat([latest, mine[mine["date"].lt(day)]]), source)
    now = batch.cut(named, day)
    _open(scheme, now, accept_unanswered, f"{answers}: {scheme.short} of {name}, {day}")
    earlier = [d for d in dates if d < day]
    before = batch.cut(named, earlier[-1]) if earlier else None
    others = _others(batch, past.groupby("unit")["date"].max())
    called = measured.names(data)
    others["name"] = [called.get(u, u) for u in others["unit"]]
    told = evidence.suggestions(scheme, named, day, data, last_year, years, min_years, goals, sure, hours_policy)
    found = faults[faults["unit_id"].isin([named, name, ""])]
    said = doubts.cautions(scheme, now, unanswered(scheme, now), told, source)
    notes = " ".join(mine["assessor"]).lower()
    return Assessment(
        framework=scheme, named=named, name=name, unit_id=unit_id,
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
    found = [s for s in spellings if s in known]
    if found:
        return found[0], name, unit_id
    if not known:
        raise OshError(f"{path}: found no answers to {scheme.short} ({scheme.id})")
    near = get_close_matches(wanted.casefold(), {u.casefold(): u for u in known}, n=1)
    hint = next((f"; did you mean {u!r}?" for u in known if near and u.casefold() == near[0]), "")
    some = words.listed([*sorted(known)[:5], *(["others"] if len(known) > 5 else [])])
    raise OshError(f"{path}: unit: found no answers of {wanted!r} to {scheme.short}; there are those of {some}{hint}")


def _date(date: str | None, dates: Sequence[str], what: str) -> str:
    if date is None or date == "":
        return dates[-1]
    if str(date).removesuffix(" 00:00:00") in dates:
        return str(date).removesuffix(" 00:00:00")
    raise OshError(f"{what}: date: found no assessment of {date}; there are {words.listed(list(dates))}")


@dataclass(frozen=True)
class Batch:
    """Many answer sheets of one framework, scored together, of which single ones can be cut."""

    rows: pd.DataFrame
    sheets: Sheets
    taken: dict[tuple[str, int], Measured]
    scores: Scores
    banded: Banded

    def place(self, unit: str, date: str) -> int:
        """Where the sheet of a unit and date stands."""
        keys = self.sheets.keys
        return int(np.flatnonzero(keys["unit"].eq(unit) & keys["date"].eq(date))[0])

    def cut(self, unit: str, date: str) -> Sheet:
        """One sheet by itself."""
        i, scheme = self.place(unit, date), self.sheets.framework
        at = np.array([i])
        own = Banded(**{k: v[at] for k, v in vars(self.banded).items()})
        one = self.sheets.take(at)
        scores = frameworks.score_sheets(scheme, one, rounded=self.scores.rounded)
        return Sheet(
            date=date,
            rows=self.rows[self.rows["unit"].eq(unit) & self.rows["date"].eq(date)],
            sheets=one,
            scores=scores,
            banded=own,
            nodes=frameworks.table(scheme, scores, own),
            measured={name: m for (name, place), m in self.taken.items() if place == i},
        )


def scored(scheme: Framework, rows: pd.DataFrame, source: Source) -> Batch:
    """Every answer sheet of these rows, with what can be taken from elsewhere."""
    sheets, taken = measured.scored(scheme, rows, source)
    scores = frameworks.score_sheets(scheme, sheets, rounded=source.rounded)
    return Batch(rows, sheets, taken, scores, frameworks.bands(scheme, scores, source.compare))


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


def _others(batch: Batch, last: pd.Series) -> pd.DataFrame:
    """Every unit's last assessment: total, range, band, and the points of the first level of parts.

    last: by unit, its date. Columns beside: one a part, under its id.
    """
    keys, scheme = batch.sheets.keys, batch.sheets.framework
    at = np.flatnonzero(keys["date"].eq(keys["unit"].map(last)))
    root = batch.scores.of(scheme.id)
    found = keys.iloc[at].assign(
        points=np.where(root.known, root.points, np.nan).astype(float)[at],
        **{k: getattr(root, k)[at] for k in ("least", "most", "high", "answered", "unanswered")},
        band=batch.banded.final[at],
    )
    for node in (n for n in scheme.nodes.values() if n.depth == 1 and n.roll):
        part = batch.scores.of(node.id)
        found[node.id] = np.where(part.known, part.points, np.nan).astype(float)[at]
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
