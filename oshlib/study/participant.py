"""One participant of a scheme: rate, score, every test of eligibility with its reason, contacts, days."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from oshlib import flags, lists, places, references, words
from oshlib.cases import Type
from oshlib.errors import OshError
from oshlib.exact import as_written
from oshlib.frameworks import Framework
from oshlib.study import benchmark, contacts, eligibility, logged, since_start, whose
from oshlib.study.assessment import Assessment
from oshlib.study.benchmark import BenchmarkStudy
from oshlib.study.deadlines import day_of, deadlines
from oshlib.study.eligibility import Test
from oshlib.study.facts import Known, Reduced
from oshlib.study.forms import Field, fields
from oshlib.study.listed import Listed, participating, plants_there
from oshlib.study.logged import Logged
from oshlib.study.subject import Subject


@dataclass(frozen=True)
class Participation:
    """What a report on one participant shows.

    score: None where there are no answers to it. plants, reach: contacts by plant and by year (None: no table of them).
    types: the targeted types of incident. people_a_holder: for how many employees one holder of the course is asked.
    files: what each other file is, its path, hash and rows. faults: of every file, with `file`.
    """

    subject: Subject
    rate: BenchmarkStudy
    listed: Listed
    score: Assessment | None
    tests: Sequence[Test]
    yearly: pd.DataFrame
    way: pd.DataFrame
    plants: pd.DataFrame | None
    reach: pd.DataFrame | None
    sessions: pd.DataFrame | None
    dates: pd.DataFrame
    as_of: date
    faults: pd.DataFrame
    cautions: list[flags.Flag]
    levels: Mapping[str, float]
    form: Sequence[Field]
    types: Sequence[Type]
    test_notes: Sequence[str]
    people_a_holder: float | None
    files: Sequence[tuple[str, str, str, str]]
    log: Logged | None = None

    @property
    def points(self) -> float | None:
        """The score; None where an item is open, as the answered ones alone are no score."""
        total = self.score.now.total if self.score else None
        return None if total is None or total.unanswered or total.points != total.points else float(total.points)

    @property
    def eligible(self) -> bool | None:
        """Whether every test that is due is met; None where what is open decides; no longer once it has left."""
        return False if self.left else eligibility.eligible(self.tests)

    @property
    def left(self) -> date | None:
        """The day on which it left; None while it takes part, or is to."""
        day = self.listed.days.get("left")
        return day if day is not None and day <= self.as_of else None

    @property
    def pending(self) -> str:
        """What is said where all other tests that are due are met; "" elsewhere."""
        return "" if self.left else eligibility.pending(self.tests)

    def counted(self, result: str) -> list[str]:
        """The ids of the tests with this result."""
        return [t.id for t in self.tests if t.result == result]


def study(
    subject: Subject,
    *,
    score: str,
    tests: str,
    scheme: str,
    answers: str | None = None,
    on: str | None = None,
    participants: str | None = None,
    implementation_date: str | None = None,
    contacts_of: str | None = None,
    offered: int = len(contacts.QUARTERS),
    cases: str | None = None,
    levels: Mapping[str, float] | None = None,
    as_of: str | None = None,
    compare: str = "rounding",
    confidence: float = 0.95,
    **against: Any,
) -> Participation:
    """Everything about one participant as of the last year of its window.

    score, tests: the frameworks that score it and that hold its tests of eligibility; scheme: whose tests of the rate
    and deadlines. answers: the table with the answers to both; of it and every other file None or "" is none. on: the
    last day of an assessment that counts. implementation_date: goes before that of the list of participants. against:
    benchmark, benchmark_key, standard, pooling, screen.
    Errors: OshError on whatever cannot be used; what is merely missing makes its test not determinable.
    """
    participants, answers, contacts_of, cases = (path or None for path in (participants, answers, contacts_of, cases))
    against["benchmark"] = against.get("benchmark") or None
    if isinstance(offered, bool) or offered not in contacts.QUARTERS:
        raise OshError(f"offered: found {offered!r}, expected 1 to 4 initiatives in a full year")
    on = on and str(day_of(on, "date"))
    listed = participating(participants, subject, implementation_date)
    start, end, left = listed.start, _end(subject), listed.days.get("left")
    scored = eligibility.score_of(score, answers, subject, on, compare, confidence)
    assessed = [eligibility.last_day(tests, answers, subject, on), scored and day_of(scored.now.date, "date"), end]
    until = day_of(as_of, "as_of") or max(day for day in assessed if day)
    found = benchmark.study(
        subject, scheme=scheme, compare=compare, confidence=confidence,
        implementation_date=start.isoformat() if start else None, as_of=until, **against,
    )  # fmt: skip
    log = None if cases is None else logged.study(cases, subject)
    fallen = reduced(found, listed, until)
    known = Known(subject, {fallen.measure: fallen}, listed.days, until, log.counts if log else None)
    judged = eligibility.tests_of(tests, answers, subject, on, known, scored, compare, confidence)
    sessions, of_contacts = reached(contacts_of, subject)
    plants = reach = None
    if sessions is not None:
        plants, reach = contacts.reach(
            sessions, {subject.unit_id: start}, offered, until, {subject.unit_id: left},
            {subject.unit_id: plants_there(subject, listed)}, subject.years[-1],
        )  # fmt: skip
    yearly, of_years = since_start.yearly_tests(found, scheme, start, left, compare, applicant=listed.applicant)
    said = [
        *of_years,
        *_gaps(yearly, subject.years[-1]),
        *judged.cautions,
        *_of_contacts(reach, subject, contacts_of),
        *(log.cautions if log else []),
    ]
    told = {subject.path: subject.faults, participants: listed.faults, contacts_of: of_contacts}
    told |= {cases: log.faults} if log else {}
    told |= {answers: scored.faults} if scored else {}
    parts = [f.assign(file=path) for path, f in told.items() if path and len(f)]
    framework = eligibility.framework_of(tests)
    named = {
        "Participants": (participants, f"row {listed.row}"), "Answers": (answers, ""),
        "Safety contacts": (contacts_of, "" if sessions is None else f"{len(sessions)} rows"),
        "Log of cases": (cases, f"{log.used} rows" if log else ""), "Benchmark": (against.get("benchmark"), ""),
    }  # fmt: skip
    months = next(int(r.after_months) for r in references.rate_tests(scheme) if r.against == "standard")
    return Participation(
        subject=subject, rate=found, listed=listed, score=scored, tests=judged.tests,
        yearly=yearly, way=since_start.way(found, start, left, months),
        plants=plants, reach=reach, sessions=sessions, dates=deadlines(scheme, {**listed.days, "year_end": end}, until),
        as_of=until, faults=pd.concat(parts, ignore_index=True) if parts else subject.faults.iloc[:0],
        cautions=[*found.cautions, *said, *(scored.cautions if scored else [])],
        levels=_levels(levels, scored), form=fields(subject), types=lists.types("incident_types"),
        test_notes=framework.notes, people_a_holder=_people_a_holder(framework),
        files=[*_files(named), ("Tests", framework.file, framework.sha256, "")], log=log,
    )  # fmt: skip


def reduced(b: BenchmarkStudy, listed: Listed, as_of: date) -> Reduced:
    """The reduction as a fraction, and whether it is due; without a start nobody can tell."""
    test, name = next(t for t in b.tests if t.test == "reduction"), b.measure.id
    if listed.applicant:
        return Reduced(None, False, "an applicant: its years have not begun", name)
    if listed.start is None:
        return Reduced(None, None, "no implementation date is given, so it cannot be told whether it is due", name)
    if test.result == eligibility.EARLY:
        return Reduced(None, False, f"{test.why} by {as_of}", name)
    if b.found.met is None:
        return Reduced(None, True, test.why, name)
    rate = as_written(b.year.cases) * as_written(b.measure.per) / as_written(b.year.hours)
    fixed = b.standard.value
    return Reduced((fixed - rate) / fixed, True, f"{name} {b.year.year}: {test.why}", name)


def reached(path: str | None, subject: Subject) -> tuple[pd.DataFrame | None, pd.DataFrame]:
    """The sessions of this unit in its window, and the faults of their rows; None where there is no table of them."""
    if path is None:
        return None, subject.faults.iloc[:0]
    table, faults = lists.read(path, "contacts")
    every = table[whose.rows_of(table, subject)]
    mine = every[every["year"].isin(subject.years) | every["year"].isna()].assign(unit_id=subject.unit_id)
    return mine.reset_index(drop=True), whose.faults_of(faults, every, subject)


def _gaps(yearly: pd.DataFrame, last: int) -> list[flags.Flag]:
    """Years since the start without a test, but the last one, of which the rate's own cautions speak."""
    lost = yearly[yearly["result"].eq(eligibility.OPEN) & yearly["year"].ne(last)]
    return [
        flags.flag("MISSING_YEAR", r.year, f"{r.year}: {r.test} not determinable, {r.why}.") for r in lost.itertuples()
    ]


def _of_contacts(reach: pd.DataFrame | None, subject: Subject, path: str | None) -> list[flags.Flag]:
    """Years of which contacts cannot be told, or not of all plants, and more contacts than there could be."""
    if reach is not None and reach.empty:
        text = f"{path}: no session of {subject.name} ({subject.unit_id}) in {subject.window}."
        return [flags.flag("MISSING_YEAR", None, text)]
    said = []
    for r in reach.itertuples() if reach is not None else ():
        if r.why in (contacts.BEFORE, contacts.AFTER):
            text = f"Sessions of {r.year} are {r.why} of participation: not counted."
            said.append(flags.flag("MISSING_YEAR", r.year, text))
        elif r.why:
            said.append(flags.flag("MISSING_YEAR", r.year, f"Safety contacts of {r.year} not determinable: {r.why}."))
        elif r.plants < r.of:
            text = f"Safety contacts of {r.year} are those of {r.plants} of {r.of} plants, the ones with a session."
            said.append(flags.flag("MISSING_YEAR", r.year, text))
        if r.coverage > 1:
            counts = f"{words.exactly(r.actual)} of {words.exactly(r.potential)}"
            text = f"{r.year}: {counts} possible safety contacts, {words.part(r.coverage)}; others came as well."
            said.append(flags.flag("ABOVE_POTENTIAL", r.year, text))
    return said


def _end(subject: Subject) -> date:
    """The last day of the last year: a fiscal one ends in September."""
    year = subject.years[-1]
    return date(year, 9, 30) if subject.rows["year_type"].iloc[-1] == "FY" else date(year, 12, 31)


def _people_a_holder(framework: Framework) -> float | None:
    """The limit of the ratio that the framework asks for; None where it asks for none."""
    for node in framework.nodes.values():
        if "ratio" in node.facts and node.cuts and node.cuts.steps[0].limit is not None:
            return float(node.cuts.steps[0].limit)
    return None


def _files(named: Mapping[str, tuple[str | None, str]]) -> list[tuple[str, str, str, str]]:
    return [(what, str(path), places.sha256(places.find(path, what.lower())), rows)
            for what, (path, rows) in named.items() if path]  # fmt: skip


def _levels(levels: Mapping[str, float] | None, scored: Assessment | None) -> Mapping[str, float]:
    """Cut-offs that the user enters: names and points, highest first."""
    if levels is None:
        return {}
    most = float(scored.now.total.high) if scored else float("inf")
    if not isinstance(levels, Mapping) or not levels:
        raise OshError(f"levels: found {levels!r}, expected names and points such as {{platinum: 70, gold: 50}}")
    for name, points in levels.items():
        if not isinstance(points, int | float) or isinstance(points, bool) or not 0 <= points <= most:
            raise OshError(f"levels: {name}: found {points!r}, expected points from 0 to {most:g}")
    return dict(sorted(levels.items(), key=lambda one: -one[1]))
