"""The same reports on a Dask cluster: a task makes one report in a fork of its worker's warm process, the client keeps.

Whatever Dask does - tries a report again whose worker died, even makes it twice - each has one place, and only the
client writes the index. Dask itself is imported by the client alone, inside of functions.
"""

from __future__ import annotations

import gzip
import logging
import secrets
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

from oshlib.errors import OshError
from oshlib.factory import make, pool, worker
from oshlib.factory.store import Folder, Store, put_all
from oshlib.jobs import Job

Result = dict[str, Any]

#: Seconds in which a scheduler must answer, and the first worker be there.
PATIENCE = 10
# Reports for each thread of the workers that the scheduler knows of: none of them waits, and a million do not pile up.
_AHEAD = 4
# How often Dask calls a task again that broke apart from its report: its warm process was killed, say.
_AGAIN = 2


class Cluster:
    """The cluster of a run, as the client has it. held: where the finished reports are."""

    def __init__(self, address: str, retries: int, out: Path, store: str | None = None) -> None:
        """Connect. Errors: OshError where nobody answers, where no worker is there, or where one is not as we are."""
        try:
            from distributed import Client
            from distributed.comm import get_address_host_port
        except ImportError:
            raise OshError("--scheduler: found no Dask here; pip install 'oshlib[dask]'") from None
        for name in ("distributed", "distributed.client"):  # what there is to say we say, in a sentence
            logging.getLogger(name).setLevel(logging.CRITICAL + 1)
        try:
            get_address_host_port(address)  # a client of no address waits for long before it closes
            self._client = Client(address, timeout=PATIENCE, set_as_default=False)
        except (OSError, ValueError) as fault:
            raise OshError(f"--scheduler: found no scheduler at {address!r}: {_line(fault)}") from None
        self.address, self._open = address, True
        self._running: dict[Any, tuple[Any, Job]] = {}
        try:
            self.held: Any = Folder(out)
            if store:
                self.held = Store(store)
            self._run = worker.Run(secrets.token_hex(4), str(Path.cwd()), worker.ours(), store or "", retries)
            self._check()
            if store:
                self.held.sweep()
        except BaseException:
            self.close()
            raise

    def work(self, asked: Sequence[Job]) -> Iterator[tuple[Job, Result]]:
        """Each job with its result, in the order in which they finish; its files are in their place by then.

        Errors: OshError where the scheduler has gone.
        """
        from distributed import as_completed

        self._run = replace(self._run, tables=tuple(pool.most_read(asked)))
        sources = {source: gzip.compress(Path(source).read_bytes()) for source in {job.source for job in asked}}
        waiting = iter(asked)
        finished = as_completed(loop=self._client.loop, with_results=True, raise_errors=False)
        while True:
            threads = sum(self._client.nthreads().values())  # workers come and go
            for job in islice(waiting, max(0, _AHEAD * max(1, threads) - len(self._running))):
                # The first part of a key names a kind of task, of which the scheduler keeps a record for ever.
                key = f"oshlib-{self._run.token}", job.name
                future = self._client.submit(
                    worker.report, job, sources[job.source], self._run, key=key, pure=False, retries=_AGAIN
                )
                self._running[key] = future, job
                finished.add(future)
            if not self._running:
                return
            for future, given in finished.next_batch():
                _, job = self._running.pop(future.key)
                yield job, self._settled(job, future.status, given)
                future.release()

    def publish(self, out: Path) -> None:
        """Put index and assets beside the reports, where these are not in `out` itself."""
        if self._run.store:
            found = [*(out / "assets").rglob("*"), out / "index.json", out / "index.html"]
            for file in (one for one in found if one.is_file()):
                self.held.put(file.relative_to(out).as_posix(), file.read_bytes())

    def close(self) -> None:
        """Cancel what is in flight, and end the warm processes of this run."""
        if not self._open:
            return
        self._open = False
        with suppress(Exception):  # a scheduler that has gone needs to be told nothing
            self._client.cancel([future for future, _ in self._running.values()], force=True)
            self._client.run(worker.end, self._run.token, on_error="ignore")
        self._running.clear()
        with suppress(Exception):
            self._client.close(PATIENCE)

    def _check(self) -> None:
        """Every worker must be as we are, and see what we put into the store. Errors: OshError.

        The scheduler, too: it unpacks every task before it hands it on.
        """
        try:
            self._alike(self._client.run_on_scheduler(worker.ours), f"the scheduler {self.address}")
        except ImportError as fault:
            raise OshError(f"--scheduler: the scheduler {self.address} cannot read a job: {_line(fault)}") from None
        with suppress(TimeoutError):
            self._client.wait_for_workers(1, timeout=PATIENCE)
        probe = f".probe-{secrets.token_hex(8)}" if self._run.store else ""
        try:
            if probe:
                self.held.put(probe, b"")
            found = self._client.run(worker.as_seen, self._run.store, probe, on_error="return")
        finally:
            if probe:
                self.held.remove(probe)
        if not found:
            raise OshError(f"--scheduler: found no worker at {self.address!r}")
        for address, said in found.items():
            if isinstance(said, BaseException):
                raise OshError(f"--scheduler: the worker {address} cannot make reports: {_line(said)}")
            self._alike(said[0], f"the worker {address}")
            if not said[1]:
                raise OshError(f"--store: the worker {address} does not see what is put into {self._run.store!r}")

    def _alike(self, found: str, whose: str) -> None:
        if found != self._run.version:
            raise OshError(worker.unlike(self._run.version, found, whose))

    def _settled(self, job: Job, status: str, given: Any) -> Result:
        if status == "error":
            _, fault, _ = given
            killed = type(fault).__name__ == "KilledWorker"
            return make.died(job, "the workers died that made the report" if killed else make.reason(fault, job.limit))
        if status != "finished":
            raise OshError(f"--scheduler: the scheduler at {self.address!r} has gone; finished reports are kept")
        result, files = given
        try:
            put_all(self.held, files)
            if result["status"] == "ok":
                make.remove(self.held, job.name, but=[result["html"], result["ipynb"]])
        except OSError as fault:
            return make.died(job, make.reason(fault, job.limit))
        return dict(result)


def _line(fault: BaseException) -> str:
    return next(iter(str(fault).splitlines()), type(fault).__name__)
