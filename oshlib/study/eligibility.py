"""The tests of a framework for one unit, one by one: result, reason, evidence, day; and what all of them come to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

import pandas as pd

from oshlib import flags, frameworks, words
from oshlib.errors import OshError
from oshlib.frameworks import Framework, Node
from oshlib.study import assessment, measured
from oshlib.study.assessment import Assessment, Sheet
from oshlib.study.facts import Fact, Known, facts, put
from oshlib.study.measured import Source
from oshlib.study.subject import Subject

#: Results of a test. A test that is not due is in no base; one that is open leaves everything open.
MET, NOT_MET, EARLY, OPEN = "met", "not met", "not yet due", "not determinable"
_COLUMNS = [
    "unit", "framework", "date", "item", "answer", "method", "significant_finding", "attributed_to", "evidence",
    "assessor",
]  # fmt: skip


@dataclass(frozen=True)
class Test:
    """One test. why: the number or the reason; said: who entered it with what evidence; day: as of when.

    pending: what is said where this one alone is missing. leaf: its node in the framework.
    """

    id: str
    title: str
    result: str
    why: str
    said: str
    day: str
    leaf: Node
    pending: str = ""


@dataclass(frozen=True)
class Judged:
    """All tests of a unit; day: of the assessment (None: there is none)."""

    tests: list[Test]
    cautions: list[flags.Flag]
    day: date | None


def framework_of(tests: str) -> Framework:
    """The framework that holds the tests. Errors: OshError where its items are not met or not met."""
    framework = frameworks.load(tests)
    wrong = [leaf.id for leaf in framework.items if not leaf.scale or not {MET, NOT_MET} <= set(leaf.scale.answers)]
    if wrong:
        raise OshError(
            f"tests: {tests}: found the item {wrong[0]}, expected tests that are answered {MET} or {NOT_MET}"
        )
    return framework


def eligible(tests: Sequence[Test]) -> bool | None:
    """Whether every test that is due is met; None where what is not determinable decides."""
    results = {t.result for t in tests}
    return False if NOT_MET in results else None if OPEN in results or not results - {EARLY} else True


def pending(tests: Sequence[Test]) -> str:
    """What is said where one test alone is not met or open and all others that are due are met; "" elsewhere."""
    lacking = [t for t in tests if t.result not in (MET, EARLY)]
    return lacking[0].pending if len(lacking) == 1 else ""


def score_of(
    score: str, answers: str | None, subject: Subject, on: str | None, compare: str, confidence: float
) -> Assessment | None:
    """The score of the last assessment up to a day, half answered or not; None where there is none."""
    mine = _answers(frameworks.load(score), score, answers, subject)
    when = _last(mine, on)
    if answers is None or when is None:
        return None
    named = str(mine["named"].iloc[0])
    return assessment.study(score, answers, named, when, True, subject.path, compare=compare, confidence=confidence)


def tests_of(
    tests: str,
    answers: str | None,
    subject: Subject,
    on: str | None,
    known: Known,
    scored: Assessment | None,
    compare: str,
    confidence: float,
) -> Judged:
    """Every test of a framework, as of the last assessment; what records say goes before what was entered.

    A number that comes from a rate is that of the subject's last year, one from another framework its total.
    """
    framework = framework_of(tests)
    mine = _answers(framework, tests, answers, subject)
    when = _last(mine, on)
    rows = mine[mine["date"].eq(when)] if when else _blank(framework, subject)
    days = [d for d in (when, scored.now.date if scored else None) if d]
    day = max(days, default=f"{subject.years[-1]}-12-31")
    told = facts(framework, rows, known)
    every = scored.source.answers if scored else _blank(framework, subject)
    source = Source(every, subject.path, subject.years[-1], subject.hours_policy, confidence, compare)
    batch = assessment.scored(framework, put(rows, framework, told).assign(date=day), source)
    sheet = batch.cut(subject.unit_id, day)
    by_node, last, rounded = {f.node: f for f in told}, subject.years[-1], compare == "rounding"
    found = [_test(sheet, leaf, rows, by_node.get(leaf.id), when, last, rounded=rounded) for leaf in framework.items]
    by_id = {t.id: t for t in found}
    entered = [(f, by_id[f.node]) for f in told if f.instead_of]
    said = [
        flags.flag("SUM_MISMATCH", None, f"{t.id}: entered was {f.instead_of!r}; what counts is {t.result} ({t.why}).")
        for f, t in entered
        if t.result.casefold() != f.instead_of.casefold()
    ]
    said += [flags.flag("MISSING_YEAR", None, f"{f.node}: {f.unknown}.") for f in told if f.unknown]
    return Judged(found, said, date.fromisoformat(max(days)) if days else None)


def last_day(tests: str, answers: str | None, subject: Subject, on: str | None) -> date | None:
    """The day of the last answers to the tests; None where there are none."""
    when = _last(_answers(frameworks.load(tests), tests, answers, subject), on)
    return None if when is None else date.fromisoformat(when)


def _answers(framework: Framework, asked: str, path: str | None, subject: Subject) -> pd.DataFrame:
    """The answers of one unit, whether they go by its id or its name; `named`: by which."""
    if path is None:
        return pd.DataFrame(columns=[*_COLUMNS, "named"], dtype=object)
    table, _ = assessment.read_once(path, asked)
    own = table[table["framework"].eq(framework.id)]
    ids = {u: measured.id_of(subject.path, u) for u in own["unit"].unique()}
    own = own.assign(named=own["unit"], unit=own["unit"].map(ids))
    return own[own["unit"].eq(subject.unit_id)]


def _last(mine: pd.DataFrame, on: str | None) -> str | None:
    return max((d for d in mine["date"] if on is None or d <= str(on)), default=None)


def _blank(framework: Framework, subject: Subject) -> pd.DataFrame:
    """A sheet on which nothing was answered."""
    first = next(leaf.id for leaf in framework.items if leaf.scale)
    row = {**dict.fromkeys(_COLUMNS, ""), "unit": subject.unit_id, "framework": framework.id, "item": first}
    return pd.DataFrame([{**row, "date": f"{subject.years[-1]}-12-31", "row": 0, "named": subject.unit_id}])


def _test(
    sheet: Sheet, leaf: Node, rows: pd.DataFrame, fact: Fact | None, when: str | None, year: int, *, rounded: bool
) -> Test:  # fmt: skip
    result = _result(sheet, leaf)
    own = rows[rows["item"].isin([leaf.id, *([leaf.cuts.value.id] if leaf.cuts else [])]) & rows["answer"].ne("")]
    texts = dict.fromkeys(t for column in ("evidence", "assessor") for t in own[column] if t)
    taken: Any = sheet.measured.get(leaf.cuts.value.id) if leaf.cuts else None
    worked_out = bool((fact and fact.item) or (taken and taken.value is not None))
    numbered = bool(leaf.cuts and (leaf.cuts.value.origin or "reduction" in leaf.facts))
    answered = [] if worked_out or numbered else ["as answered" if len(own) else "not answered"]
    compared = _compared(sheet, leaf, rounded=rounded) if taken and taken.value is not None else ""
    why = "; ".join([*answered, *(t for t in (fact and fact.text, taken and taken.text, compared) if t)])
    of_year = bool(fact and fact.item and "day" not in leaf.facts) or bool(taken and len(taken.rates))
    day = str(year) if of_year else sheet.date if worked_out else "" if own.empty else str(when)
    last_one = str(leaf.facts.get("pending", ""))
    return Test(leaf.id, leaf.title, result, why or "not answered", "; ".join(texts), day, leaf, last_one)


def _compared(sheet: Sheet, leaf: Node, *, rounded: bool) -> str:
    """The number beside the limit that it meets or not, rounded where that is how it is compared."""
    assert leaf.cuts is not None  # noqa: S101 - only leaves with cuts come here
    step, value = leaf.cuts.steps[0], float(sheet.sheets.number(leaf.cuts.value.id)[0])
    if step.limit is None or not step.strict or value != value:
        return ""
    decimals = leaf.cuts.decimals if rounded else None
    shown = words.exactly(round(value, 4)) if decimals is None else words.number(value, decimals)
    met = "<" if step.gives == MET else "≥"
    other = "≥" if met == "<" else "<"
    return f"{shown} {met if _result(sheet, leaf) == MET else other} {words.exactly(float(step.limit), decimals or 0)}"


def _result(sheet: Sheet, leaf: Node) -> str:
    """The answer that stands, however it came about; settled where all that is still open leads to one."""
    row = sheet.nodes.set_index("node").loc[leaf.id]
    points, taken = row["points"], sheet.measured.get(leaf.cuts.value.id) if leaf.cuts else None
    if points == points and leaf.scale:
        return next((c.answer for c in leaf.scale.choices if c.points == points), OPEN)
    if taken and taken.span:
        ends = {_given(leaf, end) for end in taken.span}
        return ends.pop() or OPEN if len(ends) == 1 else OPEN
    if row["unanswered"] or not leaf.scale or not leaf.scale.outside:
        return OPEN
    return leaf.scale.outside[0]


def _given(leaf: Node, value: Fraction) -> str | None:
    """The answer that the cuts of an item give a value."""
    steps = leaf.cuts.steps if leaf.cuts else ()
    reached = (s for s in steps if s.limit is None or value < s.limit or (value == s.limit and not s.strict))
    return next((s.gives for s in reached), None)
