"""The command `oshlib run`."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from oshlib import start
from oshlib.errors import OshError

# What it needs is imported where it is needed: `oshlib --help` must not wait for pandas.


class Ended(KeyboardInterrupt):
    """A scheduler or a container ends the run: all goes as it does after Ctrl-C, but for the exit status."""


def arguments(run: argparse.ArgumentParser) -> None:
    """Declare what the command takes."""
    run.add_argument(
        "path",
        nargs="*",
        metavar="PATH",
        help="parameter files or folders (default: parameters/); with --each, a notebook",
    )
    run.add_argument("--each", metavar="DATA", help="one report for every unit of this data file")
    run.add_argument(
        "--set", nargs="+", action="extend", default=[], metavar="NAME=VALUE", help="set a parameter of all reports"
    )
    run.add_argument("--out", default="reports", metavar="DIR", help="the folder of the reports (default: reports)")
    run.add_argument(
        "--jobs",
        type=_positive,
        default=_cores(),
        metavar="N",
        help="reports at a time (default: all cores)",
    )
    run.add_argument("--scheduler", metavar="ADDRESS", help="make the reports on the Dask cluster at tcp://HOST:PORT")
    run.add_argument(
        "--store", metavar="URL", help="with --scheduler: the place (fsspec: file://, s3://) where its workers put them"
    )
    run.add_argument("--limit", type=_seconds, metavar="SECONDS", help="time that one report may take (default: 300)")
    run.add_argument(
        "--memory", type=_megabytes, metavar="MB", help="memory that one report may take (default: 4096; Linux only)"
    )
    run.add_argument(
        "--retries",
        type=_whole,
        default=0,
        metavar="N",
        help="try again a report that failed for another reason than its data",
    )
    run.add_argument("--force", action="store_true", help="make every report, also those made of the same already")
    run.add_argument("--only-failed", action="store_true", help="make only the reports that failed last time")
    run.add_argument("--first", type=_positive, metavar="N", help="with --each: the first N units only, as a trial")
    run.add_argument(
        "--notebooks",
        choices=("keep", "pack", "drop"),
        default="keep",
        help="the executed notebooks of good reports: keep them, pack them (gzip) or drop them",
    )
    run.add_argument("--kernel", action="store_true", help="a kernel of its own for each report, as papermill: slow")
    run.add_argument(
        "--self-contained", action="store_true", help="put plotly.js into every page: one file to mail, 5 MB each"
    )
    run.add_argument(
        "--deidentified", action="store_true", help="publish only what holds no name and no figure of one company"
    )
    run.add_argument(
        "--excuse",
        action="append",
        default=[],
        metavar="TEXT",
        help="with --deidentified: a value that identifies nobody, or a column of such values (column:NAME)",
    )
    run.add_argument("--dry-run", action="store_true", help="say what would run, run nothing")
    run.add_argument("--strict", action="store_true", help="start nothing if any parameter file is wrong")
    run.add_argument("--quiet", action="store_true", help="print the closing line only")


def run(asked: argparse.Namespace) -> int:
    """Make the reports that are asked for; the exit status."""
    start.lean()
    from oshlib import cli_data, handover, run
    from oshlib import plan as planning
    from oshlib.jobs import LIMIT, MEMORY

    options = planning.Options(
        Path(asked.out), asked.limit or LIMIT, asked.self_contained, run.stamp(), asked.memory or MEMORY, asked.kernel,
        asked.notebooks, asked.retries, asked.force, asked.only_failed, asked.scheduler, asked.store,
    )  # fmt: skip
    began = time.monotonic()
    _fit(asked)
    sets = _assignments(asked.set)
    if asked.each is None:
        plan = planning.from_files([Path(p) for p in asked.path or ["parameters"]], sets, options)
    elif len(asked.path) == 1:
        plan = planning.for_each(asked.path[0], asked.each, sets, options, asked.first)
    else:
        raise OshError(f"--each: found {len(asked.path)} paths, expected the name of one notebook")
    total = len(plan.jobs) + len(plan.refused)
    if asked.deidentified:
        handover.check(plan, options.out)
    if asked.dry_run:
        return _dry(plan)
    if (asked.strict or asked.deidentified) and plan.refused:
        for entry in plan.refused:
            print(f"oshlib: {entry['error']}", file=sys.stderr)
        asks = "--strict" if asked.strict else "--deidentified"
        raise OshError(f"{asks}: {len(plan.refused)} of {total} reports are wrong; nothing was started")
    before = signal.signal(signal.SIGTERM, _end)
    try:
        if asked.deidentified:
            return cli_data.hand_over(asked, plan, options, _with_progress)
        entries = _with_progress(plan, asked, options)
    finally:
        signal.signal(signal.SIGTERM, before)
    count = Counter("kept" if e.get("kept") else e["status"] for e in entries)
    seconds = time.monotonic() - began
    where = "" if asked.quiet else f"; {options.out / 'index.html'}"
    print(f"{count['ok']} ok, {count['failed']} failed, {count['kept']} kept, {seconds:.0f} s{where}")
    return 0 if not count["failed"] else 1 if plan.jobs else 2


def _said(line: str) -> None:
    """Print a line; where nobody reads any more (head, say), the reports are made all the same."""
    try:
        print(line, flush=True)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _fit(asked: argparse.Namespace) -> None:
    """Whether the options go together. Errors: OshError."""
    if asked.excuse and not asked.deidentified:
        raise OshError("--excuse: found no --deidentified, without which nothing is searched for")
    if asked.store and not asked.scheduler:
        raise OshError("--store: found no --scheduler, without which all reports go into --out")
    if asked.deidentified and asked.scheduler:
        raise OshError("--deidentified: found --scheduler; a hand-over is made and searched on one machine")
    if asked.deidentified and asked.only_failed:
        raise OshError("--deidentified: found --only-failed; a hand-over is made from nothing, and whole")


def _with_progress(plan: Any, asked: argparse.Namespace, options: Any) -> list[Any]:
    """Run with a bar on stderr, where that is a terminal, and a line a report on stdout.

    The line says where the report is, but of a hand-over, which is in its place only when all of it is.
    """
    from tqdm import tqdm

    from oshlib import run

    total = len(plan.jobs) + len(plan.refused)
    with tqdm(total=total, unit="report", file=sys.stderr, disable=True if asked.quiet else None) as bar:

        def done(entry: Any) -> None:
            bar.update()
            if asked.quiet:
                return
            if entry.get("kept"):
                return
            if entry["status"] == "ok":
                words = ((entry["card"] or {}).get("status") or {}).get("words", "")
                where = "" if asked.deidentified else f"  {options.out / entry['html']}"
                line = f"ok      {entry['unit'] or entry['name']}: {words}{where}"
            else:
                line = f"failed  {entry['error']}"
            with tqdm.external_write_mode(file=sys.stderr):
                _said(line)

        return run.run(plan, asked.jobs, options, done)


def _dry(plan: Any) -> int:
    for job in plan.jobs:
        print(f"would run  {job.origin}  ->  {Path(job.out) / job.name}.html")
    for entry in plan.refused:
        print(f"refused    {entry['error']}")
    return 0 if not plan.refused else 1 if plan.jobs else 2


def _end(*_: Any) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # the index is written now: a second one must not tear it
    raise Ended


def _cores() -> int:
    """The cores that this process may use, which are fewer than those of the machine in a container, say."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _assignments(texts: Sequence[str]) -> dict[str, Any]:
    from oshlib import parameters

    found = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise OshError(f"--set: found {text!r}, expected NAME=VALUE")
        found[name] = parameters.value_of(value)
    return found


def _positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"found {text}, expected 1 or more")
    return value


def _whole(text: str) -> int:
    value = int(text)
    if value < 0:
        raise argparse.ArgumentTypeError(f"found {text}, expected 0 or more")
    return value


def _megabytes(text: str) -> int:
    return _positive(text) * 2**20


def _seconds(text: str) -> float:
    value = float(text)
    if not value > 0:
        raise argparse.ArgumentTypeError(f"found {text}, expected more than 0 seconds")
    return value
