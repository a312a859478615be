"""How fast rates, trends and lists are on this machine: medians of a few runs, all in one go so that they compare."""

from __future__ import annotations

import statistics
import tempfile
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from oshlib import targeting
from oshlib.benchmarks import reduction
from oshlib.frameworks import Framework, load, score
from oshlib.funnel import assurance, outside
from oshlib.goals import most_cases
from oshlib.rates import incidence_rate, rate_interval, rates
from oshlib.targeting.assign import decided
from oshlib.targeting.facts import Facts
from oshlib.trends import trend

UNIT_YEARS, UNITS, LOOPED = 400_000, 100_000, 300
SHEETS, LOOPED_SHEETS = 350_000, 1000
ESTABLISHMENTS = 400_000
YEARS = np.arange(2019, 2024)


def seconds(work: Callable[[], object], runs: int = 3) -> float:
    """The median of some runs, so that one interruption does not count."""
    took = []
    for _ in range(runs):
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


def establishments(rng: np.random.Generator) -> pd.DataFrame:
    """A list with every column that a rule of CPL 2-0.119 asks for; each establishment is made up, and says so."""
    n = ESTABLISHMENTS

    def some(share: float, blank: float = 0.0) -> Any:
        return np.where(rng.random(n) < blank, "", np.where(rng.random(n) < share, "yes", "no"))

    def days(first: str, last: str, share: float) -> Any:
        span = int((np.datetime64(last) - np.datetime64(first)).astype(int))
        found = (np.datetime64(first) + rng.integers(0, span + 1, n)).astype(str)
        return np.where(rng.random(n) < share, found, "")

    workers = rng.integers(40, 400, n)
    hours = workers * rng.integers(1_500, 2_200, n)
    joined, visited = some(0.4, 0.3), rng.random(n) < 0.02
    return pd.DataFrame(
        {
            "unit": [f"Site {i} (made up)" for i in range(n)],
            "unit_id": [f"E{i:06}" for i in range(n)],
            "year": 1996,
            "area": [f"Area {i} (made up)" for i in rng.integers(0, 70, n)],
            "hours": hours,
            "employees": workers,
            "firm_workers": workers * rng.integers(1, 9, n),
            "dart_cases": rng.poisson(hours * rng.lognormal(1.9, 0.8, n) / 200_000),
            "sic": rng.choice(["2421", "3321", "0783", "8051", "5411", "2011", "3499"], n),
            "responded": some(0.95),
            "records_checked": days("1997-12-01", "1998-06-30", 0.03),
            "visit_cases": np.where(visited, "4", ""),
            "visit_hours": np.where(visited, hours.astype(str), ""),
            "vpp_sharp": some(0.02, 0.05),
            "last_comprehensive": days("1990-01-01", "1997-06-30", 0.2),
            "history_from": "1993-01-01",
            "fatal_causal": rng.poisson(0.01, n),
            "willful": rng.poisson(0.03, n),
            "repeat": rng.poisson(0.2, n),
            "serious": rng.poisson(3, n),
            "union": some(0.3, 0.05),
            "notified": days("1997-12-01", "1998-03-01", 0.6),
            "joined": joined,
            "agreement_received": np.where(joined == "yes", days("1997-12-05", "1998-02-20", 1), ""),
            "wants_consultation": some(0.3),
            "contacted_consultation": some(0.8, 0.3),
            "last_abatement": days("1998-05-01", "1999-01-31", 0.1),
            "withdrew": some(0.03),
            "removed_from_program": some(0.02),
        }
    )


def memory(work: Callable[[], object]) -> str:
    """The most that Python and numpy held at once, beside what was there before."""
    tracemalloc.start()
    work()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return f"peak {peak / 1e6:,.0f} MB"


def lists(rng: np.random.Generator) -> None:
    """Reading a list beside placing everybody on it: list and rule alone, and with all that would change them."""
    plan, columns = targeting.load("CPL 2-0.119"), targeting.columns()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "establishments.csv"
        establishments(rng).to_csv(file, index=False)
        as_text = {"sic": str}
        table = pd.read_csv(file, dtype=as_text)

        def tree() -> object:
            return decided(Facts(targeting.spelled(table), columns, plan, "rounding").read())

        size = f"{len(table):,} x {len(table.columns)}"
        for what, work in (
            (f"pandas.read_csv, {size}", lambda: pd.read_csv(file, dtype=as_text)),
            ("everybody's list and rule", tree),
            ("assign: and what would change it, days, letters", lambda: targeting.assign(table)),
        ):
            report(what, seconds(work, 5), ESTABLISHMENTS, memory(work))


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
    lists(rng)


if __name__ == "__main__":
    main()
