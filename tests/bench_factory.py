"""How many reports a second: papermill's and nbconvert's commands, one process without isolation, ours, ours on Dask.

Usage: python -m tests.bench_factory [DATA [UNITS]]: this annual table, without it made-up companies. All four make
the same reports of five_year_trend on this machine, two at a time, in turn, in one run; medians of three rounds.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from oshlib import places, plan, run, start
from oshlib.factory import make, warm
from oshlib.jobs import Job

ROUNDS, AT_ONCE, COLD = 3, 2, 4
NOTEBOOK = places.ROOT / "notebooks" / "five_year_trend.ipynb"
SETS = {"min_years": 3}


def planned(data: str, units: int, out: Path) -> tuple[plan.Plan, plan.Options]:
    options = plan.Options(out=out, made="2026-01-01 00:00 UTC")
    return plan.for_each(NOTEBOOK.stem, data, SETS, options, units), options


def commands(data: str, units: int, folder: Path) -> float:
    """(a) `papermill`, then `jupyter nbconvert`, as commands, two at a time; few will do: all start anew."""
    jobs = planned(data, min(units, COLD), folder)[0].jobs
    tools = Path(sys.executable).parent

    def one(number: int) -> None:
        executed = str(folder / f"{number}.ipynb")
        more = [text for name, value in {**SETS, "data": data}.items() for text in ("-p", name, str(value))]
        unit = ["-r", "unit", jobs[number].unit_id]
        quiet = ["--no-progress-bar", "--log-level", "ERROR"]
        subprocess.run([tools / "papermill", NOTEBOOK, executed, *more, *unit, *quiet], check=True, cwd=places.ROOT)
        html = ["--to", "html", "--log-level", "ERROR"]
        subprocess.run([tools / "jupyter", "nbconvert", *html, executed], check=True, cwd=places.ROOT)

    began = time.perf_counter()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(one, range(len(jobs))))
    return len(jobs) / (time.perf_counter() - began)


def together(data: str, units: int, folder: Path) -> float:
    """(b) All in one process that is warm, no isolation; two such processes."""
    command = [sys.executable, "-m", "tests.bench_factory", "--together", data, str(units), str(folder)]
    own = {**os.environ, "PLOTLY_RENDERER": "plotly_mimetype", "OPENBLAS_NUM_THREADS": "1"}
    halves = [
        subprocess.Popen([*command, str(i)], stdout=subprocess.PIPE, text=True, cwd=places.ROOT, env=own)
        for i in range(AT_ONCE)
    ]
    times = [json.loads(half.communicate()[0].splitlines()[-1]) for half in halves]
    return rate([t for own_times in times for t in own_times])


def half(data: str, units: int, folder: Path, which: int) -> None:
    """One of the two processes of (b): when each report was done."""
    start.lean()
    jobs: list[Job] = planned(data, units, folder)[0].jobs[which::AT_ONCE]
    warm.up([str(NOTEBOOK)], [data])
    out = os.dup(1)
    done = []
    for job in jobs:
        assert make.finish(job)["status"] == "ok"
        done.append(time.time())
    os.write(out, json.dumps(done).encode() + b"\n")


def ours(data: str, units: int, folder: Path, **more: Any) -> float:
    """(c) `oshlib run --jobs 2`, and with `scheduler` (d)."""
    asked, options = planned(data, units, folder)
    times: list[float] = []

    def done(entry: Any) -> None:
        assert entry["status"] == "ok", entry["error"]
        times.append(time.time())

    run.run(asked, AT_ONCE, plan.replace(options, **more), done)
    return rate(times)


def rate(times: list[float]) -> float:
    """Reports a second from the first that was done to the last: what is started once is told apart."""
    times = sorted(times)
    return (len(times) - 1) / (times[-1] - times[0])


def on_dask(data: str, units: int, folder: Path) -> float:
    """(d) The same on two workers of a Dask cluster on this machine."""
    from distributed import LocalCluster

    with LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as cluster:
        return ours(data, units, folder, scheduler=cluster.scheduler_address)


def main(data: str | None = None, units: int = 200) -> None:
    """Print the table."""
    start.lean()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        if data is None:
            from tests.bench_pages import made_up

            data = str(folder / "companies.csv")
            made_up(Path(data))
        kinds: dict[str, Callable[[str, int, Path], float]] = {
            "(a) papermill and nbconvert, commands": commands,
            "(b) one process each, no isolation": together,
            "(c) oshlib run --jobs 2": ours,
            "(d) the same on Dask, two workers": on_dask,
        }
        found: dict[str, list[float]] = {name: [] for name in kinds}
        for turn in range(ROUNDS):
            for name, measured in kinds.items():
                own = folder / f"{turn}-{name[1]}"
                own.mkdir()
                found[name].append(measured(data, units, own))
                print(f"{name}: {found[name][-1]:.2f} a second", file=sys.stderr, flush=True)
        told(found, units)


def told(found: dict[str, list[float]], units: int) -> None:
    """The table, with what it was measured on."""
    middle = {name[1]: statistics.median(rates) for name, rates in found.items()}
    names = ("papermill", "nbconvert", "ipykernel", "pandas", "plotly", "distributed")
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in names)
    print(f"{datetime.now(UTC):%Y-%m-%d}; Python {platform.python_version()}, {versions}; {platform.system()}")
    print(
        f"{os.cpu_count()} cores; {units} reports a round of (b), (c), (d), {COLD} of (a); medians of {ROUNDS} rounds\n"
    )
    print("| what | reports a second | rounds | seconds of two cores a report |\n|---|---|---|---|")
    for name, rates in found.items():
        rounds = ", ".join(f"{r:.2f}" for r in rates)
        print(f"| {name} | {statistics.median(rates):.2f} | {rounds} | {1 / statistics.median(rates):.2f} |")
    print(f"\n(c)/(a) {middle['c'] / middle['a']:.0f}, (c)/(b) {middle['c'] / middle['b']:.2f}, ", end="")
    print(f"(d)/(c) {middle['d'] / middle['c']:.2f}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--together"]:
        half(sys.argv[2], int(sys.argv[3]), Path(sys.argv[4]), int(sys.argv[5]))
    else:
        main(*sys.argv[1:2], *map(int, sys.argv[2:3]))
