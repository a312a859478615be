"""The days that bind an establishment on its list: of several that apply, the latest."""

from __future__ import annotations

from typing import Any

import numpy as np

from oshlib.targeting.facts import Facts
from oshlib.targeting.model import Condition, Directive, Step
from oshlib.targeting.tree import Asked, holding

#: In the order in which they are worked out: a later one may rest on an earlier one.
DAYS = ("notify_by", "enrol_by", "inspect_from", "finish_by")


def binding(directive: Directive, facts: Facts, truth: Asked) -> dict[str, Any]:
    """Arrays of days by kind; NaT where nothing binds, or where the day that would is not known.

    truth: of conditions, those on the list among them.
    """
    found: dict[str, Any] = {}
    for kind in DAYS:
        days = np.full(facts.n, np.datetime64("NaT"), dtype="datetime64[D]")
        waits = np.zeros(facts.n, dtype=bool)
        for row in (d for d in directive.days if d.day == kind):
            when = (Condition("list", "in", ",".join(row.lists)), *row.when)
            mine = np.flatnonzero(holding([Step("", when)], truth, facts.n)[0])
            if row.fixed is not None:
                day = np.full(len(mine), np.datetime64(directive.limits.get(row.fixed, row.fixed), "D"))
            else:
                start = found[row.after] if row.after in found else facts.column(row.after).values
                day = start[mine] + np.timedelta64(row.days, "D")
            if row.needed:
                waits[mine] |= np.isnat(day)
            days[mine] = np.fmax(days[mine], day)
        found[kind] = np.where(waits, np.datetime64("NaT"), days)
    return found
