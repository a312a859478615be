"""Everybody's list, and why, in one pass over all establishments."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from oshlib.rates import MEASURES, incidence_rate
from oshlib.targeting.cells import Bools
from oshlib.targeting.change import by_cases, luck
from oshlib.targeting.days import binding
from oshlib.targeting.facts import Facts, Truth
from oshlib.targeting.model import LISTS, UNDETERMINED, Condition, Directive, Step
from oshlib.targeting.tree import Decided, decide, holding

_OTHER = {"rounding": "absolute", "absolute": "rounding"}


def placed(
    table: pd.DataFrame, columns: Mapping[str, Mapping[str, Any]], directive: Directive, compare: str
) -> pd.DataFrame:
    """One row an establishment, in the order and under the index of the table: see oshlib.targeting.assign."""
    facts = Facts(table, columns, directive, compare)
    found = decided(facts.read())
    faulty, faults = struck(table, columns, directive)
    outcome = np.where(faulty, np.int8(-1), found.outcome)
    lists = pd.Categorical.from_codes(np.where(outcome < 0, LISTS.index(UNDETERMINED), outcome), categories=LISTS)
    codes = np.asarray(lists.codes)

    def truth(condition: Condition) -> Truth:
        if condition.column != "list":
            return facts.truth(condition)
        inside = np.isin(LISTS, condition.value.split(","))[codes]
        return (~inside if condition.op == "not in" else inside), np.zeros(facts.n, dtype=bool)

    cases, hours = facts.rate(directive.measure)
    step = np.where(outcome < 0, -1, found.step)
    out = {
        "list": lists,
        "rule": _text([s.because for s in directive.steps], step),
        "source": _text([s.source for s in directive.steps], step),
        "cases": cases,
        "hours": hours,
        "value": incidence_rate(cases, hours, MEASURES[directive.measure].per),
        "lacking": _lacking(found, outcome, faulty, faults),
    }
    other = _otherwise(facts, outcome, faulty == 0, compare)
    out |= {"edge": other != -1, "edge_list": _text(LISTS, other)}
    change = by_cases(facts, outcome)
    over = cases >= facts.first_over_line(change["line"])
    per = MEASURES[directive.measure].per
    out |= {"line": change["line"], "luck": luck(cases, hours, change["line"], per, over)}
    for side in ("fewer", "more"):
        out[side] = change[side]
        out[f"{side}_list"] = _text(LISTS, change[f"{side}_list"])
    for name in ("code", "letter", "worker_letter"):
        out[name] = _follows(directive.also.get(name, ()), truth, facts.n, outcome)
    out |= {day: np.asarray(v, dtype="datetime64[s]") for day, v in binding(directive, facts, truth).items()}
    out["notes"] = _notes(directive.notes, holding(directive.notes, truth, facts.n))
    return pd.DataFrame(out, index=table.index, copy=False)


def decided(facts: Facts) -> Decided:
    """Everybody's list and the step that led to it."""
    return decide(facts.directive.steps, LISTS, facts.truth, facts.n)


def _used(directive: Directive, columns: Mapping[str, Mapping[str, Any]]) -> set[str]:
    """Every column that can move an establishment from one list to another."""
    conditions = [c for s in directive.steps for c in s.when]
    asked = {c.column for c in conditions}
    measures = [MEASURES[m] for m in asked if m in MEASURES]
    counted = {c for m in measures for c in (*m.cases, *m.instead, "hours", "visit_cases", "visit_hours")}
    dated = {columns[c]["counts_since"][0] for c in asked & set(columns) if "counts_since" in columns[c]}
    joined = {"agreement_received"} if "joined" in asked else set()
    groups = [directive.industries[g] for c in conditions if c.column == "industry" for g in c.value.split(",")]
    industry = {scheme.lower() for group in groups for scheme in group}
    return {"unit", "area"} | counted | (asked - set(MEASURES)) | industry | dated | joined


def struck(
    table: pd.DataFrame, columns: Mapping[str, Mapping[str, Any]], directive: Directive
) -> tuple[Any, list[str]]:
    """By row the number of a text in a list: the columns that a fault struck and that count here; 0 for none."""
    if "struck" not in table or not table["struck"].any():
        return np.zeros(len(table), dtype=np.intp), [""]
    used = _used(directive, columns)
    at, unique = pd.factorize(table["struck"])
    named = [", ".join(c for c in u.split(",") if c in used) for u in unique]
    texts = list(dict.fromkeys(["", *named]))
    return np.array([*(texts.index(n) for n in named), 0])[at], texts


def _lacking(found: Decided, outcome: Any, faulty: Any, faults: list[str]) -> Any:
    """What keeps an establishment off the lists: faults, or the columns whose blanks leave it open."""
    marks = np.zeros(len(outcome), dtype=np.int64)
    names = list(found.lacking)
    for i, name in enumerate(names):
        marks |= found.lacking[name].astype(np.int64) << i
    at, texts = _marked(np.where(faulty, 0, marks), names, ", ")
    words = [*(f"not known: {t}" if t else "" for t in texts), *(f"fault: {f}" for f in faults)]
    return _text(words, np.where(faulty, faulty + len(texts), at))


def _otherwise(facts: Facts, outcome: Any, sound: Bools, compare: str) -> Any:
    """The list by the other way of comparing a rate with a printed limit, where that is another one; else -1."""
    other = np.full(facts.n, -1, dtype=np.int8)
    near = np.zeros(facts.n, dtype=bool)
    half = 0.5 * 10.0**-facts.directive.decimals
    conditions = {c for s in facts.directive.steps for c in s.when if c.column in MEASURES}
    limits = {float(c.of(facts.directive.limits)) for c in conditions}
    for measure in {c.column for c in conditions}:  # a rate near the limit of its part can matter, too
        rate = incidence_rate(*facts.rate(measure), MEASURES[measure].per)
        for limit in limits:
            near |= (rate >= limit - half * 1.01) & (rate < limit)
    rows = np.flatnonzero(near & sound)
    if len(rows):
        found = decided(facts.part(rows, _OTHER[compare])).outcome
        other[rows] = np.where(found == outcome[rows], -1, np.where(found < 0, LISTS.index(UNDETERMINED), found))
    return other


def _follows(steps: tuple[Step, ...], truth: Any, n: int, outcome: Any) -> Any:
    """A code or a letter: "" where the list is open, or the letter is."""
    gives = list(dict.fromkeys(s.gives for s in steps))
    found = decide(steps, gives, truth, n).outcome if steps else np.full(n, -1)
    return _text(gives, np.where(outcome < 0, -1, found))


def _notes(notes: tuple[Step, ...], holds: Any) -> Any:
    marks = np.zeros(holds.shape[1], dtype=np.int64)
    for i, each in enumerate(holds):
        marks |= each.astype(np.int64) << i
    at, texts = _marked(marks, [s.gives for s in notes], "; ")
    return _text(texts, at)


def _marked(marks: Any, names: list[str], between: str) -> tuple[Any, list[str]]:
    """Numbers whose bits stand for names: which of the different ones each is, and the names in those."""
    at, unique = pd.factorize(marks)
    return at, [between.join(n for i, n in enumerate(names) if int(mark) >> i & 1) for mark in unique]


def _text(names: Any, codes: Any) -> Any:
    """Names by their index, "" for -1; equal names are one."""
    known = list(dict.fromkeys([*names, ""]))
    place = np.array([known.index(x) for x in names] + [known.index("")])
    return pd.Categorical.from_codes(place[codes], categories=known)
