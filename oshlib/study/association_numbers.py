"""The numbers that recommendations may rest on: those that are shown, and no others."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from oshlib import places, references
from oshlib.masks import Shown
from oshlib.study.advice import Numbers
from oshlib.study.association_figures import Figure
from oshlib.study.association_members import OTHER_TYPES
from oshlib.study.association_tests import UNKNOWN, GoalCount, RuleCount


def numbers(
    combined: pd.DataFrame, types: pd.DataFrame, kinds: Mapping[str, str], tested: Sequence[GoalCount],
    rules: Sequence[RuleCount], found: Sequence[Figure], initiatives: pd.DataFrame, year: int, confidence: float,
    rows: Sequence[Any] = (), notice: float = math.nan,
) -> Numbers:  # fmt: skip
    """Every number as it stands on the page; NaN for one that does not.

    rows: the measures of the goals; notice: days that a notice of removal leaves.
    """
    asked = next((r for r in rows if r.kind == "ratio" and r.percent != "yes" and r.limit == r.limit), None)
    share = next((f for f in found if asked is not None and f.measure == asked.measure), None)
    last = next(combined.tail(1).itertuples())
    own = types[types["year"].eq(year) & types["shown"].eq("yes") & types["quantity"].str.startswith("type:")]
    named = {kinds[q]: v for q, v in zip(own["quantity"], own["value"], strict=True) if q != f"type:{OTHER_TYPES}"}
    goal = next((t for t in tested if t.year == year and t.clock == "own"), None)
    average = next((r for r in rules if r.year == year and r.test == _last_test(rules)), None)
    by_kind = {kind: next((f for f in found if f.kind == kind), None) for kind in ("reached",)}
    ratios = [f for f in found if f.kind == "ratio"]
    reached = by_kind["reached"]
    held = initiatives[initiatives["year"].eq(year)]
    return Numbers(
        confidence=confidence,
        ratio=last.ratio,
        p=last.p,
        types=named,
        met=_value(goal.parts.get("met")) if goal else math.nan,
        judged=_judged(goal) if goal else math.nan,
        luck=goal.expected if goal else math.nan,
        p_luck=goal.p_luck if goal else math.nan,
        above=_failed(average),
        reached=reached.now.value if reached else math.nan,
        scored=reached.now.n if reached else math.nan,
        coverage=next((f.now.value for f in ratios if f.percent), math.nan),
        initiatives=float(len(held)) if len(held) else math.nan,
        holders=share.now.value if share else math.nan,
        heads=float(asked.per) if asked is not None else math.nan,
        asked=float(asked.limit) if asked is not None else math.nan,
        notice=notice,
        without=float(last.members - last.companies),
        members=float(last.members),
    )


def notice_days(scheme: str) -> float:
    """Days that a notice of removal leaves in a scheme; NaN where it says nothing of it.

    >>> notice_days("safe"), notice_days("another")
    (45.0, nan)
    """
    table = references.read(places.ROOT / "data" / "reference" / "deadlines.csv", "deadlines")
    own = table[table["scheme"].eq(scheme) & table["counts_from"].eq("removal_notice")]["days"].dropna()
    return float(own.iloc[0]) if len(own) else math.nan


def _last_test(rules: Sequence[RuleCount]) -> str:
    """The test of staying in: the last of the scheme's."""
    return rules[-1].test if rules else ""


def _failed(rule: RuleCount | None) -> float:
    if rule is None:
        return math.nan
    words = list(rule.parts)
    return _value(rule.parts[words[1]]) if len(words) > 1 and rule.limit == rule.limit else math.nan


def _judged(goal: GoalCount) -> float:
    unknown = goal.parts.get(UNKNOWN)
    if unknown is None:
        return float(goal.due)
    return goal.due - unknown.value


def _value(shown: Any) -> float:
    return shown.value if isinstance(shown, Shown) else math.nan
