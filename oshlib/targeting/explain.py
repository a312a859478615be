"""One establishment, test by test: what each asks, what was found, and which of them decided."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from oshlib.exact import half_up
from oshlib.rates import MEASURES, incidence_rate
from oshlib.targeting.assign import struck
from oshlib.targeting.facts import Facts
from oshlib.targeting.model import Condition, Directive

_SIGNS = {">=": "at least", "<=": "at most", ">": "more than", "<": "below", "=": "is"}


@dataclass(frozen=True)
class Test:
    """A step of the plan for one establishment.

    asks: its conditions in words; found: the values they met; holds: None where that is not known; decided: whether
    this is the one that put it on its list.
    """

    gives: str
    because: str
    asks: str
    found: str
    holds: bool | None
    decided: bool
    source: str


def tests(
    row: pd.DataFrame, columns: Mapping[str, Mapping[str, Any]], directive: Directive, compare: str
) -> list[Test]:
    """Every step up to the one that decided, for a table of one row; all of them where none did."""
    facts = Facts(row, columns, directive, compare)
    found: list[Test] = []
    open_: set[str] = set()
    faulty = bool(struck(row, columns, directive)[0][0])
    for step in directive.steps:
        states = [_state(facts, c) for c in step.when]
        holds = False if False in states else None if None in states else True
        decided = holds is True and open_ <= {step.gives} and not faulty
        asks = "; ".join(_asks(c, directive) for c in step.when) or "everybody else"
        values = "; ".join(dict.fromkeys(_found(facts, c) for c in step.when))
        found.append(Test(step.gives, step.because, asks, values, holds, decided, step.source))
        open_ |= {step.gives} if holds is None else set()
        if holds is True:
            break
    return found


def _state(facts: Facts, condition: Condition) -> bool | None:
    true, unknown = facts.truth(condition)
    return None if unknown[0] else bool(true[0])


def _asks(condition: Condition, directive: Directive) -> str:
    value = condition.of(directive.limits)
    name = condition.column if condition.column in MEASURES else condition.column.replace("_", " ")
    if condition.op in ("blank", "filled"):
        return f"{name} is {condition.op}"
    if condition.op in ("in", "not in"):
        return f"{name} {'is not' if condition.op == 'not in' else 'is'} {condition.value.replace(',', ' or ')}"
    if isinstance(value, dt.date):
        return f"{name} {'after' if condition.op == '>' else condition.op} {value.isoformat()}"
    shown = f"{value:.{directive.decimals}f}" if condition.column in MEASURES else str(value)
    return f"{name} {_SIGNS[condition.op]} {shown}"


def _found(facts: Facts, condition: Condition) -> str:
    if condition.column in MEASURES:
        cases, hours = facts.rate(condition.column)
        rate = incidence_rate(cases, hours, MEASURES[condition.column].per)[0]
        if rate != rate:
            return f"{condition.column} not known"
        return f"{condition.column} {half_up(rate, 3)} ({cases[0]:,.0f} in {hours[0]:,.0f} h)"
    if condition.column == "industry":
        codes = [f"{name.upper()} {facts.column(name).values[0]}" for name in ("sic", "naics") if _known(facts, name)]
        return " ".join(codes) or "no code of an industry"
    name = condition.column.replace("_", " ")
    if condition.column not in facts.table:
        stands = facts.column(condition.column)
        return f"{name}: not in the file" + (", taken for no" if stands.known[0] and not _yes(stands) else "")
    raw = facts.table[condition.column].iloc[0]
    if raw is None or raw is pd.NaT or raw != raw or str(raw).strip() == "":
        return f"{name}: blank"
    if isinstance(raw, pd.Timestamp | np.datetime64):
        return f"{name}: {pd.Timestamp(raw).date().isoformat()}"
    return f"{name}: {raw:,.0f}" if isinstance(raw, float) else f"{name}: {raw}"


def _known(facts: Facts, name: str) -> bool:
    return bool(facts.column(name).known[0])


def _yes(values: Any) -> bool:
    return bool(values.values.dtype == bool and values.values[0])
