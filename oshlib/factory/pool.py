"""Jobs in, results out, some at a time: a report that crashes, hangs or eats all memory takes nothing else with it."""

from __future__ import annotations

import multiprocessing
import os
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any

from oshlib.errors import OshError
from oshlib.factory import make
from oshlib.factory.forks import call
from oshlib.factory.zygote import LostError, Zygote, can_fork
from oshlib.jobs import Job

#: A report that does not even answer to its own time limit is killed this many seconds after it.
GRACE = 5.0
# How many data files the warm process holds: as many as are kept once read.
_TABLES = 8

_MAKE = "oshlib.factory.make:finish"

Result = dict[str, Any]
# A job, its process, when its time is over, and how often it may be tried again.
_Running = tuple[Job, Any, float, int]


class Spawned:
    """Where nothing can be forked: a new process for each call, which imports everything itself."""

    class Child:
        """A call that runs in a process of its own."""

        def __init__(self, pipe: Any, process: Any) -> None:
            self.pipe, self._process, self.ended = pipe, process, None

        def kill(self) -> None:
            """End it."""
            self._process.kill()

        def result(self) -> Any:
            """What the call gave back. Errors: EOFError with the exit status in words."""
            try:
                return self.pipe.recv()
            except EOFError:
                self._process.join()
                raise EOFError(f"exit code {self._process.exitcode}") from None
            finally:
                self.pipe.close()
                self._process.join()

    def __init__(self) -> None:
        self._context = multiprocessing.get_context("spawn")

    def fork(self, name: str, *arguments: Any, memory: int | None = None) -> Child:
        """Call a function in a new process; no memory limit here."""
        ours, theirs = self._context.Pipe(duplex=False)
        process = self._context.Process(target=_answer, args=(theirs, name, arguments))
        process.start()
        theirs.close()
        return self.Child(ours, process)

    def close(self) -> None:
        """Nothing stays."""


def start(asked: Sequence[Job]) -> Zygote | Spawned:
    """What runs these jobs: a process that holds what they need. Errors: OshError where it cannot be had."""
    if not can_fork():
        print("oshlib: this platform cannot fork: each report starts a process of its own", file=sys.stderr)  # noqa: T201
        return Spawned()
    sources = sorted({job.source for job in asked})
    return Zygote([("oshlib.factory.warm:up", (sources, most_read(asked)))])


def most_read(asked: Sequence[Job]) -> list[str]:
    """The data files to hold ready: those that most of these jobs read."""
    tables = Counter(str(job.parameters["data"]) for job in asked if job.parameters.get("data"))
    return [file for file, _ in tables.most_common(_TABLES)]


class Warm:
    """The process that reports are forked from: begun for the first one, anew where it has ended.

    begin: gives a new one. stays: it will be asked for more than the jobs that it is given together.
    """

    def __init__(self, begin: Callable[[], Zygote | Spawned], *, stays: bool = False) -> None:
        self._begin, self._lock, self.stays = begin, threading.Lock(), stays
        self._own: Zygote | Spawned | None = None
        self._learned: set[str] = set()

    def fork(self, job: Job) -> Any:
        """The process that makes a job. Errors: OshError where none can be had, OSError where there are too many."""
        for _ in range(2):
            own = self._begun()
            if isinstance(own, Spawned):
                job = replace(job, kernel=True)  # as plain papermill does
            try:
                return own.fork(_MAKE, job, memory=job.memory)
            except LostError:
                self._end(own)
        raise OshError("the process that all reports are forked from ended twice as it was asked for one")

    def call(self, name: str, *arguments: Any) -> None:
        """Call a function in the process itself. Errors: as the function's; LostError."""
        own = self._begun()
        if isinstance(own, Zygote):
            own.call(name, *arguments)

    def learn(self, job: Job, imported: list[str]) -> None:
        """What the first report of a notebook has imported as it ran, have it imported for the others."""
        with suppress(LostError):
            if imported and job.notebook not in self._learned:
                self._learned.add(job.notebook)
                self.call("oshlib.factory.warm:late", imported)

    def close(self) -> None:
        """End it."""
        if self._own:
            self._end(self._own)

    def _begun(self) -> Any:
        with self._lock:
            try:
                self._own = self._own or self._begin()
            except LostError:
                raise OshError(
                    "the process that all reports are forked from ended while it read the data (no memory?)"
                ) from None
            return self._own

    def _end(self, own: Any) -> None:
        with self._lock:
            if self._own is own:
                self._own = None
                self._learned.clear()
        own.close()


class _Queue:
    """Jobs that wait.

    Where the process has ended that all are forked from, one of those that ran just then has ended it: these suspects
    run again, each alone.
    """

    def __init__(self, asked: Sequence[Job], retries: int, warm: Warm) -> None:
        self._warm = warm
        self._waiting = [(job, retries) for job in reversed(asked)]
        self._suspects: list[tuple[Job, int]] = []
        self.alone = False

    def more(self, running: int, workers: int) -> bool:
        """Whether one more may start beside those that run."""
        if self._suspects or self.alone:
            return not running and bool(self._suspects or self._waiting)
        return bool(self._waiting) and running < workers

    def start(self) -> _Running:
        """Start the next one."""
        self.alone = bool(self._suspects)
        job, left = (self._suspects or self._waiting).pop()
        return job, self._warm.fork(job), time.monotonic() + job.limit + GRACE, left

    def again(self, job: Job, left: int) -> None:
        """Put a job back."""
        self._waiting.append((job, left))

    def suspect(self, job: Job, left: int) -> None:
        """Put back a job that ran when the process ended that all are forked from."""
        self._suspects.append((job, left))

    def __bool__(self) -> bool:
        return bool(self._waiting or self._suspects)


def work(asked: Sequence[Job], workers: int, warm: Warm, retries: int = 0) -> Generator[tuple[Job, Result], None, None]:
    """Each job in a process of its own, `workers` at a time. Whoever stops listening stops them all.

    retries: how often a report is tried again that failed for another reason than its data. Errors: OshError where no
    process can be had.
    """
    queue = _Queue(asked, retries, warm)
    running: dict[Any, _Running] = {}
    try:
        while True:
            while queue.more(len(running), workers):
                started = queue.start()
                running[started[1].pipe] = started
            if not running:
                return
            for pipe in _ready(running):
                job, child, deadline, left = running.pop(pipe)
                result = _result(child, job, time.monotonic() > deadline, queue.alone)
                if result is None:
                    queue.suspect(job, left)
                    continue
                imported = result.pop(make.IMPORTED)
                if (queue or warm.stays) and not job.kernel:
                    warm.learn(job, imported)
                if result["status"] == "failed" and left and not result["data"]:
                    queue.again(job, left - 1)
                else:
                    yield job, result
    finally:
        for _, child, _, _ in running.values():
            child.kill()
        for job, child, _, _ in running.values():
            with suppress(EOFError):
                child.result()
            make.clear(job)


def _ready(running: Mapping[Any, _Running]) -> list[Any]:
    """Wait for the next reports that are finished, that have ended, or whose time is over."""
    first = min(deadline for _, _, deadline, _ in running.values())
    ends = {pipe: [pipe] if child.ended is None else [pipe, child.ended] for pipe, (_, child, _, _) in running.items()}
    found = wait([end for own in ends.values() for end in own], timeout=max(0.0, first - time.monotonic()))
    late = time.monotonic()
    return [pipe for pipe, own in ends.items() if set(own) & set(found) or late > running[pipe][2]]


def _result(child: Any, job: Job, late: bool, alone: bool) -> Result | None:
    """What came of a job; None where it went down with the process that all are forked from, and was not alone."""
    if late:
        child.kill()
    try:
        return dict(child.result())
    except LostError as end:
        return make.died(job, str(end)) if alone else None
    except EOFError as end:
        why = make.too_long(job.limit) if late else f"the kernel died in the middle of the report ({end})"
        return make.died(job, why)


def _answer(pipe: Any, name: str, arguments: tuple[Any, ...]) -> None:
    with Path(os.devnull).open("w") as nowhere:  # what a report has to say stands in its notebook
        for stream in (1, 2):
            os.dup2(nowhere.fileno(), stream)
    pipe.send(call(name, *arguments))
