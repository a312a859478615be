"""Parameters x notebooks -> a folder of reports and their index. It knows no measure and no framework."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

import filelock

from oshlib import index, page, since
from oshlib.errors import OshError
from oshlib.jobs import Job, finish
from oshlib.plan import Options, Plan, blank

# A worker that does not even answer to its own time limit is killed this many seconds after it.
_GRACE = 30.0


def run(
    plan: Plan, workers: int, options: Options, done: Callable[[index.Entry], None] = lambda entry: None
) -> list[index.Entry]:
    """Do the jobs, write the index, and give back the entries of this run. The folder is locked meanwhile."""
    options.out.mkdir(parents=True, exist_ok=True)
    try:
        with filelock.FileLock(options.out / ".lock", timeout=0):
            before = index.read(options.out)
            page.write_shared(options.out)
            entries = [_adopt(entry, before) for entry in plan.refused]
            for entry in entries:
                done(entry)
            moved = _moved(plan.jobs, before)
            try:
                for jobs in _in_turn(_with_earlier(plan.jobs, before, moved), before, entries, moved, options.out):
                    for job, result in _work(jobs, workers):
                        entry = {**_entry(job), **result}
                        if entry["error"]:
                            entry["error"] = f"{job.origin}: {entry['error']}"
                        entries.append(entry)
                        done(entry)
            finally:  # a run that is stopped keeps what it has finished
                for part in options.out.glob("*/.part-*"):
                    shutil.rmtree(part, ignore_errors=True)
                kept = _without(before, entries, moved)
                merged = index.mark_vanished(index.merge(kept, entries, options.out), plan.units)
                index.write(options.out, merged, options.made)
                _remove([e for e in before if e not in kept], options.out)
    except filelock.Timeout:
        raise OshError(
            f"{options.out}: another run is writing into this folder; wait for it, or give another --out"
        ) from None
    return entries


def _moved(jobs: Sequence[Job], before: Sequence[index.Entry]) -> dict[str, index.Entry]:
    """By the name of a job that is new in the folder: the same report under an earlier name, as of a renamed unit."""
    asked = {job.name for job in jobs}
    paged = [e for e in before if e["html"]]  # one that only ever failed under its new name has no page there yet
    stood = {e["name"] for e in paged}
    left = {(e["notebook"], e.get("origin"), e["unit_id"]): e for e in paged if e["name"] not in asked}
    found = {job.name: left.get((job.notebook, job.origin, job.unit_id)) for job in jobs if job.name not in stood}
    return {name: e for name, e in found.items() if e}


def _without(
    before: Sequence[index.Entry], entries: Sequence[index.Entry], moved: dict[str, index.Entry]
) -> list[index.Entry]:
    """The entries of before but those whose report has been made under its new name."""
    gone = [moved[e["name"]]["name"] for e in entries if e["status"] == "ok" and e["name"] in moved]
    return [e for e in before if e["name"] not in gone]


def _remove(gone: Sequence[index.Entry], out: Path) -> None:
    """The files of reports that now stand under another name."""
    for entry in gone:
        for ending in (".html", ".ipynb", ".failed.ipynb"):
            (out / f"{entry['name']}{ending}").unlink(missing_ok=True)


def _with_earlier(jobs: Sequence[Job], before: Sequence[index.Entry], moved: dict[str, index.Entry]) -> list[Job]:
    """The jobs, each with the last good report that it will be compared with."""
    known = {e["name"]: e for e in before} | moved
    return [replace(job, earlier=since.last_good(known.get(job.name))) for job in jobs]


def _in_turn(
    jobs: Sequence[Job],
    before: Sequence[index.Entry],
    entries: list[index.Entry],
    moved: dict[str, index.Entry],
    out: Path,
) -> Iterator[list[Job]]:
    """Reports on one unit first; those on many units after them, with links to the pages that there are by then."""
    yield [job for job in jobs if job.unit_id]
    pages: dict[str, dict[str, list[tuple[str, str]]]] = {}
    for entry in index.merge(_without(before, entries, moved), entries, out):
        if entry["html"] and entry["unit_id"]:
            place = entry.get("data_place") or index.place_of(entry["parameters"].get("data"))
            of_data = pages.setdefault(place, {})
            of_data.setdefault(entry["unit_id"], []).append((_kind_of(entry), entry["html"]))
    yield [replace(job, links=pages.get(index.place_of(job.parameters.get("data")))) for job in jobs if not job.unit_id]


def _kind_of(entry: index.Entry) -> str:
    """What a page is, as a link to it says: of several assessments of one unit, by which framework."""
    by = (entry["card"] or {}).get("status", {}).get("by", "")
    return f"{entry['notebook'].replace('_', ' ')}{f' ({by})' if by else ''}"


def stamp() -> str:
    """The one time stamp of a run; SOURCE_DATE_EPOCH, where set, makes it repeatable."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    moment = datetime.fromtimestamp(int(epoch), UTC) if epoch else datetime.now(UTC)
    return moment.strftime("%Y-%m-%d %H:%M UTC")


def _work(jobs: Sequence[Job], workers: int) -> Iterator[tuple[Job, dict[str, Any]]]:
    """Each job in a process of its own, `workers` at a time; a process that dies takes only its own report with it."""
    method = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"
    context: Any = multiprocessing.get_context(method)
    if method == "forkserver":
        context.set_forkserver_preload(["oshlib.jobs"])
    waiting = list(reversed(jobs))
    running: dict[Any, tuple[Job, Any, float]] = {}
    try:
        while waiting or running:
            while waiting and len(running) < workers:
                job = waiting.pop()
                ours, theirs = context.Pipe(duplex=False)
                process = context.Process(target=_serve, args=(theirs, job), daemon=False)
                process.start()
                theirs.close()
                running[ours] = (job, process, time.monotonic() + job.limit + _GRACE)
            ready = wait(list(running), timeout=1.0)
            for pipe, (job, process, deadline) in list(running.items()):
                late = time.monotonic() > deadline
                if pipe in ready or late:
                    yield job, _answer(pipe, process, late, job)
                    del running[pipe]
    finally:
        for _, process, _ in running.values():
            process.terminate()
        for _, process, _ in running.values():
            process.join(5)


def _serve(pipe: Connection, job: Job) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent hears Ctrl-C and ends us
    with Path(os.devnull).open("w") as nowhere:
        for stream in (1, 2):  # kernels inherit these, and some print a traceback as they are shut down
            os.dup2(nowhere.fileno(), stream)
    pipe.send(finish(job))


def _answer(pipe: Any, process: Any, late: bool, job: Job) -> dict[str, Any]:
    died = {"status": "failed", "html": None, "ipynb": None, "headline": None, "seconds": None}
    try:
        if late and not pipe.poll():
            process.kill()
            return {**died, "error": f"stopped after the limit of {job.limit:g} s for one report"}
        return dict(pipe.recv())
    except EOFError:
        process.join(5)
        return {**died, "error": f"the process of this report died (exit code {process.exitcode})"}
    finally:
        process.join(5)
        pipe.close()


def _entry(job: Job) -> index.Entry:
    return {
        **blank(job.notebook, Path(job.source), job.origin, job.name),
        "unit": job.unit,
        "unit_id": job.unit_id,
        "parameters": job.parameters,
        "data_place": index.place_of(job.parameters.get("data")),
    }


def _adopt(entry: index.Entry, before: Sequence[index.Entry]) -> index.Entry:
    """A parameter file that cannot run any more keeps the place that its report has in the folder."""
    for old in before:
        if entry["origin"] and (old["notebook"], old.get("origin")) == (entry["notebook"], entry["origin"]):
            return {**entry, **{k: old[k] for k in ("name", "unit", "unit_id")}}
    return entry
