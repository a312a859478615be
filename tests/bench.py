"""How fast rates and trends are on this machine: medians of three runs, all in one go so that they compare."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from oshlib.benchmarks import reduction
from oshlib.frameworks import Framework, load, score
from oshlib.funnel import assurance, outside
from oshlib.goals import most_cases
from oshlib.rates import incidence_rate, rate_interval, rates
from oshlib.trends import trend

UNIT_YEARS, UNITS, LOOPED = 400_000, 100_000, 300
SHEETS, LOOPED_SHEETS = 350_000, 1000
YEARS = np.arange(2019, 2024)


def seconds(work: Callable[[], object]) -> float:
    """The median of three runs, so that one interruption does not count."""
    took = []
    for _ in range(3):
        start = time.perf_counter()
        work()
        took.append(time.perf_counter() - start)
    return statistics.median(took)


def report(what: str, took: float, of: int, note: str = "") -> None:
    print(f"{what:<52}{took:>10.2f} s{of / took:>14,.0f} a second  {note}", flush=True)


def both_limits(cases: Any, hours: Any) -> object:
    return [outside(cases, hours, 3.5, side) for side in (0.95, 0.998)]


def answers(framework: Framework, rng: np.random.Generator) -> dict[Any, Any]:
    """Random answers, the better ones more often."""
    found: dict[Any, Any] = {}
    for item in framework.items:
        for method in item.methods or ("",):
            key = (item.id, method) if method else item.id
            if item.scale:
                choices = np.array([c.answer for c in item.scale.choices], dtype=object)
                found[key] = choices[(rng.random(SHEETS) ** 2 * len(choices)).astype(int)]
            else:
                found[key] = rng.uniform(0, 20, SHEETS).round(1)
    return found


def in_a_loop(framework: Framework, given: dict[Any, Any]) -> list[float]:
    """What a plain Python loop makes of the items: the mean over the methods of each, added up; no tree, no bands."""
    worth = {i.id: {c.answer: float(c.points or 0) for c in i.scale.choices} for i in framework.items if i.scale}
    totals = []
    for row in range(LOOPED_SHEETS):
        total = 0.0
        for item in framework.items:
            keys = [(item.id, m) for m in item.methods] or [item.id]
            total += sum(worth[item.id][given[k][row]] if item.scale else given[k][row] for k in keys) / len(keys)
        totals.append(total)
    return totals


def main() -> None:
    """Made-up units of mixed sizes; about three in ten of the trends have no case."""
    rng = np.random.default_rng(1)
    cases, hours = rng.poisson(rng.lognormal(0.5, 1.5, UNIT_YEARS)), rng.integers(20_000, 4_000_000, UNIT_YEARS)
    table = pd.DataFrame(
        {
            "unit_id": np.arange(UNIT_YEARS) // 4,
            "year": 2020 + np.arange(UNIT_YEARS) % 4,
            "recordable_cases": cases.astype(float),
            "hours": hours.astype(float),
        }
    )
    means = np.where(rng.random(UNITS) < 0.28, 0.0, rng.lognormal(0.8, 1.5, UNITS))
    n, h = rng.poisson(means[:, None], (UNITS, 5)), rng.integers(20_000, 4_000_000, (UNITS, 1)) * np.ones(5)
    empty = (n.sum(axis=1) == 0).mean()

    both = seconds(lambda: (incidence_rate(cases, hours), rate_interval(cases, hours)))
    report(f"rates and intervals, {UNIT_YEARS:,} unit-years", both, UNIT_YEARS)
    report(f"rates(), one measure, {UNIT_YEARS:,} rows", seconds(lambda: rates(table, ["TCR"])), UNIT_YEARS)
    report(f"trends, {UNITS:,} units x 5 years", seconds(lambda: trend(YEARS, n, h)), UNITS, f"{empty:.0%} no case")
    one_by_one = seconds(lambda: [trend(YEARS, n[i], h[i]) for i in range(LOOPED)]) * UNITS / LOOPED
    report(f"trends, {UNITS:,} units in a loop", one_by_one, UNITS, f"extrapolated from {LOOPED}")
    last, worked = n[:, -1], h[:, -1]
    report(f"reductions against a standard, {UNITS:,} units", seconds(lambda: reduction(last, worked, 3.5)), UNITS)
    alone = seconds(lambda: [reduction(last[i], worked[i], 3.5) for i in range(LOOPED)]) * UNITS / LOOPED
    report(f"reductions, {UNITS:,} units in a loop", alone, UNITS, f"extrapolated from {LOOPED}")
    report(f"most cases under a goal, {UNITS:,} units", seconds(lambda: most_cases(4.25, worked)), UNITS)
    sums = n.sum(axis=1), h.sum(axis=1)
    report(f"funnel, both pairs of limits, {UNITS:,} units", seconds(lambda: both_limits(*sums)), UNITS)
    report(f"own variation and goal, {UNITS:,} units", seconds(lambda: assurance(n, h, 3.5)), UNITS)
    for name in ("safe", "pep", "prms_mishap_prevention"):
        framework = load(name)
        given = answers(framework, rng)
        took = seconds(lambda f=framework, g=given: score(f, g))
        report(f"{name}, {SHEETS:,} sheets", took, SHEETS, "points, ranges, bands")
        plain = seconds(lambda f=framework, g=given: in_a_loop(f, g)) * SHEETS / LOOPED_SHEETS
        report(f"{name}, sums in a loop", plain, SHEETS, f"extrapolated from {LOOPED_SHEETS}")


if __name__ == "__main__":
    main()
