"""What a Dask worker does for a run: a report at a time for each of its threads, in a fork of its own warm process."""

from __future__ import annotations

import gzip
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from oshlib import __version__
from oshlib.errors import OshError
from oshlib.factory import done, pool
from oshlib.factory.store import Store, put_all
from oshlib.factory.zygote import Zygote
from oshlib.jobs import Job

Result = dict[str, Any]


@dataclass(frozen=True)
class Run:
    """What every task of a run is told. tables: the data files to hold ready. store: "" where files come back."""

    token: str
    folder: str
    version: str
    store: str
    retries: int
    tables: tuple[str, ...] = ()


@dataclass
class _Own:
    """The warm process of a run. known: the notebooks whose imports it has; users: how many tasks need it now."""

    warm: pool.Warm
    known: set[bytes] = field(default_factory=set)
    users: int = 0
    learning: Any = field(default_factory=threading.Lock)


_own: dict[str, _Own] = {}
_lock = threading.Lock()


def report(job: Job, source: bytes, run: Run) -> tuple[Result, dict[str, bytes]]:
    """Make one report on this worker: the result, and its files unless they went into the store.

    source: the notebook, packed. Errors: OshError where this worker is not as the client is.
    """
    from distributed import get_worker

    if ours() != run.version:  # a worker that came later
        raise OshError(unlike(run.version, ours(), f"the worker {get_worker().address}"))
    # Dask empties the folder of a worker that was killed.
    with tempfile.TemporaryDirectory(prefix="osh-", dir=get_worker().local_directory) as folder:
        file = Path(folder) / f"{job.notebook}.ipynb"
        file.write_bytes(gzip.decompress(source))
        with _started(run, source, str(file)) as warm:
            ((_, result),) = pool.work([replace(job, out=folder, source=str(file))], 1, warm, run.retries)
        files = {name: (Path(folder) / name).read_bytes() for name in (result["ipynb"], result["html"]) if name}
    if run.store:
        put_all(Store(run.store), files)
        files = {}
    return result, files


@contextmanager
def _started(run: Run, source: bytes, file: str) -> Iterator[pool.Warm]:
    """The warm process of this worker, with what the notebook imports; of other runs, those that nobody uses end."""
    with _lock:
        for token in [token for token, own in _own.items() if token != run.token and not own.users]:
            _own.pop(token).warm.close()
        # Paths are as the client gave them: from its folder, where that is here, too.
        there = [("os:chdir", (run.folder,))] if Path(run.folder).is_dir() else []
        begin = partial(Zygote, [*there, ("oshlib.factory.warm:up", ((), run.tables))])
        own = _own.setdefault(run.token, _Own(pool.Warm(begin, stays=True)))
        own.users += 1
    try:
        with own.learning:
            if source not in own.known:
                own.warm.call("oshlib.factory.warm:known", file)
                own.known.add(source)
        yield own.warm
    finally:
        with _lock:
            own.users -= 1


def end(token: str) -> None:
    """End the warm process of a run, and with it the reports that it makes."""
    with _lock:
        own = _own.pop(token, None)
    if own:
        own.warm.close()


def as_seen(store: str, probe: str) -> tuple[str, bool]:
    """What this worker is, and whether it sees what the client has put into the store."""
    return ours(), not store or Store(store).has(probe)


def ours() -> str:
    """What is installed here, as it is compared and said."""
    return f"{__version__} ({done.version()[:12]})"


def unlike(here: str, theirs: str, whose: str) -> str:
    """What is said of a worker or a scheduler that is not as the client is."""
    return f"--scheduler: found oshlib {theirs} on {whose}, expected {here} as it is here"
