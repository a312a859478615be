"""The tests of a scheme, company by company, and what is left of them where nobody is named: counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
from scipy import special

from oshlib import benchmarks, masks, references
from oshlib.errors import OshError
from oshlib.masks import Shown
from oshlib.rates import Measure
from oshlib.study import standards
from oshlib.study.association_editions import Editions
from oshlib.study.association_members import months_since
from oshlib.study.benchmark import Standard, standard_of_years
from oshlib.study.tested import Against, all_tests

UNKNOWN = "not determinable"
_HIDDEN = Shown(float("nan"), masks.HIDDEN, why="complement")
_APART = Shown(float("nan"), masks.HIDDEN, why="difference")


@dataclass(frozen=True)
class GoalCount:
    """How many of those due met the goal of a reduction. clock: "own" (since each one's own start) or "scheme".

    in_all: who took part; due: of them, for so many months or more. parts: met, not met, not determinable; by_chance:
    beyond, within (of those who met: all of the interval below the target, or not); why: reasons of what could not be
    determined. expected: how many of those determined would meet it by luck alone were every true rate the standard;
    NaN where a count that it rests on is so small that nothing is said. at_odds: P of so many by luck alone.
    """

    clock: str
    year: int
    months: int
    in_all: int
    due: int
    parts: dict[str, Shown]
    by_chance: dict[str, Shown]
    why: dict[str, int]
    expected: float
    p_luck: float
    standard: float
    target: float


@dataclass(frozen=True)
class RuleCount:
    """How many passed another test of the scheme in a year: its words for passed and failed, not determinable."""

    test: str
    title: str
    year: int
    of: int
    parts: dict[str, Shown]
    limit: float
    source: str


@dataclass(frozen=True)
class Limits:
    """What rates are tested against, year by year: the standard that ends with a year, and the average of it."""

    rows: list[Any]
    lines: pd.DataFrame
    held: dict[int, Standard | None]
    share: Fraction
    measure: Measure
    compare: str
    confidence: float

    @property
    def months(self) -> int:
        """Months of participation after which the goal is due."""
        return next((int(r.after_months) for r in self.rows if r.against == "standard"), 0)


def limits(
    benchmark: str | None, key: str | None, standard: float | None, scheme: str, years: Sequence[int], pooling: str,
    m: Measure, compare: str, confidence: float,
) -> Limits:  # fmt: skip
    """The standard and the average of each year; None where the benchmark does not reach so far.

    Errors: those of the standard of the last year: without it there is no goal to speak of.
    """
    if compare not in ("rounding", "absolute"):
        raise OshError(f"compare: found {compare!r}, expected rounding or absolute")
    rows = references.rate_tests(scheme)
    lines = standards.lines(benchmark, key, [m])
    held: dict[int, Standard | None] = {}
    for year in years:
        until = lines[lines["year"].le(year)]
        try:
            held[year] = standard_of_years(standard, until, year, pooling, m)
        except OshError:
            if year == years[-1]:
                raise
            held[year] = None
    share = 1 - next(Fraction(str(r.value)) for r in rows if r.against == "standard")
    return Limits(rows, lines, held, share, m, compare, confidence)


def goal_count(
    members: pd.DataFrame, year: int, at: Limits, start: Any = None, editions: Editions | None = None
) -> GoalCount | None:
    """How many of those due met the goal at the end of a year; None without a standard.

    start: the day from which the clock of all runs instead of each one's own. editions: what was shown before: where
    another count differs by few companies, no part of this one is shown.
    """
    held, m = at.held.get(year), at.measure
    if held is None:
        return None
    own = members[members["year"].eq(year)]
    months = own["since"] if start is None else pd.Series(months_since(pd.Timestamp(start), year), index=own.index)
    due = own[months.ge(at.months)]
    known = due[due["why"].eq("")]
    found = benchmarks.reduction(known["cases"].to_numpy(), known["hours"].to_numpy(), held.value, at.share, m.per,
                                 at.confidence)  # fmt: skip
    met = np.array([bool(x) for x in found.met], dtype=bool)
    beyond = met & (known["cases"].to_numpy() <= found.shows)
    shown = _parts({"met": int(met.sum()), "not met": int((~met).sum())}, len(due) - len(known))
    telling = start is not None and _tells(known, met, at, held)
    if telling:
        shown = {k: s if k == UNKNOWN else _HIDDEN for k, s in shown.items()}
    inside = masks.counts({"beyond": int(beyond.sum()), "within": int(met.sum() - beyond.sum())})
    if not shown["met"].known:  # the whole of these two parts is not said
        inside = {k: s if s.text == masks.FEW and not telling else _HIDDEN for k, s in inside.items()}
    newer = beyond[known["since"].lt(at.months).to_numpy()]
    if len(newer) and newer.sum() < masks.SMALL <= beyond.sum() - newer.sum():  # less those of each one's own clock
        inside = dict.fromkeys(inside, _HIDDEN)
    clock = "own" if start is None else "scheme"
    each, sure = (pd.Series(word, due["unit_id"], dtype=object) for word in (UNKNOWN, "no"))
    each[known["unit_id"]], sure[known["unit_id"]] = np.where(met, "met", "not met"), np.where(beyond, "yes", "no")
    if editions is not None and not _settled(editions, f"goal, {clock}", "goal", year, each, shown):
        shown = _without(shown)
    said = any(shown[k].text != masks.HIDDEN for k in ("met", "not met"))
    inside = inside if said else _without(inside)
    told = editions is None or _settled(editions, f"goal, {clock}: beyond", "beyond", year, sure, inside)
    if not told:  # so it stays in every later edition
        inside = _without(inside)
    luck = special.pdtr(found.most, found.expected) if len(known) else np.array([])
    luck = np.where(found.most < 0, 0.0, luck) if len(known) else luck
    expected = Shown(float(luck.sum()) if len(known) >= masks.SMALL and said else float("nan"))
    if editions is not None:  # rounded, as the last digits are the processor's
        given = {"test: luck": pd.Series(luck.round(9), known["unit_id"].to_numpy(), dtype=float)}
        expected = editions.settle(f"test: goal, {clock}: luck", year, given, expected, whole=False)
    return GoalCount(
        clock=clock, year=year, months=at.months, in_all=len(own), due=len(due),
        parts=shown, by_chance=inside, why=_reasons(due),
        expected=expected.value,
        p_luck=_at_least(luck, int(met.sum())) if expected.known and shown["met"].known else float("nan"),
        standard=float(held.value), target=float(held.value * (1 - at.share)),
    )  # fmt: skip


def rule_counts(members: pd.DataFrame, year: int, at: Limits, editions: Editions | None = None) -> list[RuleCount]:
    """How many passed each test against the year's average, compared as for one company.

    Tests against a number are those of an applicant; two limits for everybody would count those between them as well.
    """
    held = at.held.get(year)
    own = members[members["year"].eq(year)]
    rows = [r for r in at.rows if r.against == "average"]
    if own.empty:
        return []
    against = Against(
        held.value if held else None, held.average if held else None, held.average_decimals if held else None,
        1 - at.share, at.measure.id,
    )  # fmt: skip
    results = [
        [t.result for t in all_tests(rows, r.cases, r.hours, at.measure.per, against, None, at.compare)]
        if r.why == ""
        else [UNKNOWN] * len(rows)
        for r in own.itertuples()
    ]
    found = []
    for row, got in zip(rows, zip(*results, strict=True), strict=True):
        limit = float(row.value) if row.against == "number" else float(held.average) if held and held.average else None
        parts = _parts({k: got.count(k) for k in (row.passed, row.failed)}, got.count(UNKNOWN))
        each = pd.Series(list(got), own["unit_id"], dtype=object)
        if editions is not None and not _settled(editions, row.test, row.test, year, each, parts):
            parts = _without(parts)
        found.append(
            RuleCount(
                row.test,
                row.title,
                year,
                len(own),
                parts,
                float("nan") if limit is None else limit,
                row.source,
            )
        )
    return found


def _settled(
    editions: Editions, figure: str, column: str, year: int, each: pd.Series, parts: Mapping[str, Shown]
) -> bool:
    """Whether the counts may be shown beside those of every other edition and year, by who stands in which; noted.

    column: what is held against each other, the same for both clocks of the goal, as one may follow the other.
    """
    name, given = f"test: {figure}", {f"test: {column}": each}
    may = editions.may(name, year, given, few="beyond" in parts and not parts["beyond"].known)
    editions.note(name, year, given, may and any(s.text != masks.HIDDEN for k, s in parts.items() if k != UNKNOWN))
    return may


def _without(parts: Mapping[str, Shown]) -> dict[str, Shown]:
    """Each part of it hidden."""
    return {k: s if k == UNKNOWN or s.text == masks.HIDDEN else _APART for k, s in parts.items()}


def _tells(known: pd.DataFrame, met: Any, at: Limits, held: Standard) -> bool:
    """Whether counts by the second clock give away few: those not due by their own, or between goal and average."""
    newer = known["since"].lt(at.months).to_numpy()
    parts = [{"met": int(met[newer].sum()), "not met": int((~met)[newer].sum())}]
    if held.average is not None:
        rates = known["cases"].to_numpy() * at.measure.per / known["hours"].to_numpy()
        stays = rates <= float(held.average) * (1 + 1e-9)
        parts.append({"met": int(met.sum()), "between": int((stays & ~met).sum()), "above": int((~stays).sum())})
    return any(sum(p.values()) and not all(s.known for s in masks.counts(p).values()) for p in parts)


def _parts(parts: dict[str, int], unknown: int) -> dict[str, Shown]:
    """The results of those who have one, as far as they may be shown; beside them who has none.

    How many gave no usable year stands in the table of years as well: it says nothing of anybody's result.
    """
    found = masks.counts(parts)
    return found | {UNKNOWN: Shown(float(unknown), "", float(unknown))} if unknown else found


def _reasons(due: pd.DataFrame) -> dict[str, int]:
    lost = due.loc[due["why"].ne(""), "why"].value_counts()
    return {str(k): int(n) for k, n in sorted(lost.items())}


def _at_least(chances: Any, count: int) -> float:
    """The chance of so many or more, each having its own chance: the Poisson binomial distribution, exactly.

    >>> round(_at_least([0.5, 0.5], 1), 2), _at_least([], 0)
    (0.75, 1.0)
    """
    ways = np.array([1.0])
    for p in chances:
        ways = np.append(ways, 0.0) * (1 - p) + np.append(0.0, ways) * p
    return float(min(1.0, ways[count:].sum()))
