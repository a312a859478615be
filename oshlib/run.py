"""Parameters x notebooks -> a folder of reports and their index. It knows no measure and no framework."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import filelock

from oshlib import index, page, since
from oshlib.errors import OshError
from oshlib.factory import pool
from oshlib.factory.done import made_of, stands
from oshlib.factory.make import remove
from oshlib.jobs import PART, Job
from oshlib.journal import Journal
from oshlib.plan import Options, Plan, askers


def run(
    plan: Plan, workers: int, options: Options, done: Callable[[index.Entry], None] = lambda entry: None
) -> list[index.Entry]:
    """Do the jobs, write the index, and give back the entries of this run. The folder is locked meanwhile.

    A report that the folder holds already, made of the same, is not made again: its entry comes with `kept`.
    """
    with closing(_starter(plan, workers, options)) as maker:
        options.out.mkdir(parents=True, exist_ok=True)
        try:
            with filelock.FileLock(options.out / ".lock", timeout=0):
                return _locked(plan, maker, options, done)
        except filelock.Timeout:
            raise OshError(
                f"{options.out}: another run is writing into this folder; wait for it, or give another --out"
            ) from None


def _locked(plan: Plan, maker: Any, options: Options, done: Callable[[index.Entry], None]) -> list[index.Entry]:
    journal = Journal(options.out)
    before = _taken_up(journal, maker.held, options)
    _sweep(options.out)
    page.write_shared(options.out)
    kept: dict[str, index.Entry] = {}
    for entry in plan.refused:
        _record(_adopt(entry, before), journal, done)
    moved = _moved(plan.jobs, before)
    stand = {e["name"]: e for e in before}
    asked = _with_earlier(_asked(plan, options, before), before, moved)
    try:
        for jobs in _in_turn(asked, before, journal, maker.held):
            left = []
            for job in (_digested(job, plan) for job in jobs):
                if options.force or not stands(stand.get(job.name), job, maker.held):
                    left.append(job)
                    continue
                kept[job.name] = {**stand[job.name], "origin": job.origin}
                if kept[job.name] != stand[job.name]:
                    journal.add(kept[job.name])
                done({**kept[job.name], "kept": True})
            with closing(maker.work(left)) as results:
                for job, result in results:
                    _record(_entry(job, result, plan, moved), journal, done)
    finally:  # a run that is stopped keeps what it has finished
        entries = journal.read()
        _sweep(options.out)
        held = _still(before, entries, plan)
        merged = index.mark_vanished(index.merge(held, _plain(entries), maker.held), plan.units)
        index.write(options.out, merged, options.made)
        journal.clear()
        for name in {e["name"] for e in before} - {e["name"] for e in held}:
            remove(maker.held, name)
        maker.publish(options.out)
    made = [entry for entry in entries if entry["name"] not in kept]
    return [*made, *({**entry, "kept": True} for entry in kept.values())]


def _taken_up(journal: Journal, held: Any, options: Options) -> list[index.Entry]:
    """What stands in the folder: the index, and what a run that was killed has finished, of which it does not know."""
    before, entries = index.read(options.out), journal.read()
    if not entries:
        return before
    left = _without(before, entries)
    merged = index.merge(left, _plain(entries), held)
    index.write(options.out, merged, options.made)
    journal.clear()
    for name in {e["name"] for e in before} - {e["name"] for e in left}:
        remove(held, name)
    return merged


def _plain(entries: Sequence[index.Entry]) -> list[index.Entry]:
    return [{k: v for k, v in entry.items() if k != "instead_of"} for entry in entries]


def _starter(plan: Plan, workers: int, options: Options) -> Any:
    if not options.scheduler:
        return _Here(plan.jobs, workers, options.retries, options.out)
    from oshlib.factory.cluster import Cluster

    return Cluster(options.scheduler, options.retries, options.out, options.store)


class _Here:
    """The reports are made on this machine. held: where the finished ones are."""

    def __init__(self, every: Sequence[Job], workers: int, retries: int, held: Path) -> None:
        self._workers, self._retries, self.held = workers, retries, held
        self._warm = pool.Warm(partial(pool.start, every))

    def work(self, jobs: Sequence[Job]) -> Generator[tuple[Job, dict[str, Any]], None, None]:
        return pool.work(jobs, self._workers, self._warm, self._retries)

    def publish(self, out: Path) -> None:
        """Nothing: all is in `out`."""

    def close(self) -> None:
        self._warm.close()


def _digested(job: Job, plan: Plan) -> Job:
    """The job with what it is made of; a hand-over, made from nothing, holds no digest of what it must not tell."""
    return job if job.deidentified else replace(job, made_of=made_of(job, plan.rows(job)))


def _asked(plan: Plan, options: Options, before: Sequence[index.Entry]) -> list[Job]:
    failed = {e["name"] for e in before if e["status"] == "failed"}
    files = {(e["notebook"], e["origin"]) for e in before if e["status"] == "failed" and not e["unit_id"]}
    return [
        job for job in plan.jobs
        if not options.only_failed or job.name in failed or (job.notebook, job.origin) in files
    ]  # fmt: skip


def _record(entry: index.Entry, journal: Journal, done: Callable[[index.Entry], None]) -> None:
    journal.add(entry)
    done(entry)


def _sweep(out: Path) -> None:
    """Remove what was begun and not finished."""
    for part in out.glob(f"*/{PART}*"):
        shutil.rmtree(part, ignore_errors=True)


def _moved(jobs: Sequence[Job], before: Sequence[index.Entry]) -> dict[str, index.Entry]:
    """By the name of a job that is new in the folder: the same report under an earlier name, as of a renamed unit."""
    asked = {job.name for job in jobs}
    paged = [e for e in before if e["html"]]  # one that only ever failed under its new name has no page there yet
    stood = {e["name"] for e in paged}
    who = askers()
    left = {
        (e["notebook"], e["unit_id"], who(e["origin"], e["parameters"].get("data"))): e
        for e in paged
        if e["name"] not in asked
    }
    found = {
        job.name: left.get((job.notebook, job.unit_id, who(job.origin, job.parameters.get("data"))))
        for job in jobs
        if job.name not in stood
    }
    return {name: e for name, e in found.items() if e}


def _without(before: Sequence[index.Entry], entries: Sequence[index.Entry]) -> list[index.Entry]:
    """The entries of before but those whose report has been made under its new name."""
    gone = {e.get("instead_of") for e in entries}
    return [e for e in before if e["name"] not in gone]


def _still(before: Sequence[index.Entry], entries: Sequence[index.Entry], plan: Plan) -> list[index.Entry]:
    """The entries of before that stay.

    Those go whose report stands under its new name now, and those of parameter files that could never run: which now
    did, or are no more in a folder that this run has read.
    """
    made = {(e["notebook"], e["origin"]) for e in entries}
    read = {Path(origin).parent for _, origin in made} | {Path(job.origin).parent for job in plan.jobs}

    def stays(entry: index.Entry) -> bool:
        if entry["html"] or entry["unit_id"] or not entry["origin"]:
            return True
        gone = Path(entry["origin"]).parent in read and not Path(entry["origin"]).exists()
        return not gone and (entry["notebook"], entry["origin"]) not in made

    return [entry for entry in _without(before, entries) if stays(entry)]


def _with_earlier(jobs: Sequence[Job], before: Sequence[index.Entry], moved: dict[str, index.Entry]) -> list[Job]:
    """The jobs, each with the last good report that it will be compared with."""
    known = {e["name"]: e for e in before} | moved
    return [replace(job, earlier=since.last_good(known.get(job.name))) for job in jobs]


def _in_turn(
    jobs: Sequence[Job],
    before: Sequence[index.Entry],
    journal: Journal,
    out: Any,
) -> Iterator[list[Job]]:
    """Reports on one unit first; those on many units after them, with links to the pages that there are by then."""
    yield [job for job in jobs if job.unit_id]
    entries = journal.read()
    pages: dict[str, dict[str, list[tuple[str, str]]]] = {}
    for entry in index.merge(_without(before, entries), entries, out):
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


def _entry(job: Job, result: dict[str, Any], plan: Plan, moved: dict[str, index.Entry]) -> index.Entry:
    empty = index.blank(job.notebook, Path(job.source), job.origin, job.name)
    entry = {
        **empty,
        "unit": job.unit,
        "unit_id": job.unit_id,
        "parameters": job.parameters,
        "data_place": index.place_of(job.parameters.get("data")),
        **{k: v for k, v in result.items() if k in empty},
    }
    if entry["error"]:
        entry["error"] = f"{job.origin}: {entry['error']}"
    elif _sound(job, entry, plan):
        entry["made_of"] = job.made_of
    if entry["status"] == "ok" and job.name in moved:
        entry["instead_of"] = moved[job.name]["name"]
    return entry


def _sound(job: Job, entry: index.Entry, plan: Plan) -> bool:
    """Whether a report is made of what its digest says: a file may have been written anew while the run went on."""
    if plan.rows(job) is not None and entry["data_sha256"] != plan.read.get(job.parameters["data"]):
        return False
    return bool(job.made_of) and _digested(job, plan).made_of == job.made_of


def _adopt(entry: index.Entry, before: Sequence[index.Entry]) -> index.Entry:
    """A parameter file that cannot run any more keeps the place that its report has in the folder."""
    for old in before:
        if entry["origin"] and (old["notebook"], old.get("origin")) == (entry["notebook"], entry["origin"]):
            return {**entry, **{k: old[k] for k in ("name", "unit", "unit_id")}}
    return entry
