"""A warm process and the forks of it: everything is imported once, and every call runs in a fresh process of its own.

`Zygote` is the side of whoever asks, `forks` the warm process itself. The standard library's fork server was tried: it
runs nothing below a daemonic process (such as a Dask worker), reads no data before it forks, and keeps the environment
of its first use.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Sequence
from multiprocessing.connection import Connection
from typing import Any

from oshlib.factory.forks import receive, send

# What the environment holds for the warm process alone, not for the reports.
_START_ONLY = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "PYDEVD_DISABLE_FILE_VALIDATION")
#: A warm process that needs longer than this to end is killed.
_PATIENCE = 1.0


def can_fork() -> bool:
    """Whether this platform can do it."""
    return hasattr(os, "fork") and hasattr(socket, "send_fds")


class LostError(EOFError):
    """The warm process itself has ended, and every call in a fork of it."""


class Child:
    """A call that runs in a process of its own."""

    def __init__(self, pipe: Any, pid: int, owner: Zygote) -> None:
        self.pipe, self.pid, self._owner = pipe, pid, owner
        #: Where the platform has it, a descriptor that can be read once the process has ended, whoever holds its pipe.
        self.ended = os.pidfd_open(pid) if hasattr(os, "pidfd_open") else None

    def kill(self) -> None:
        """End it, and whatever it started."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)

    def result(self) -> Any:
        """What the call gave back.

        Errors: EOFError with the exit status in words where it died before, LostError where the warm process did.
        """
        answer = None
        with contextlib.suppress(EOFError, OSError):
            # Something that the report left behind may hold the other end open: who has ended says no more.
            answer = self.pipe.recv() if self.pipe.poll(0) else None
        self.pipe.close()
        if self.ended is not None:
            os.close(self.ended)
        if answer is not None:
            self.kill()  # with whatever it has started; how it ended nobody needs to wait for
            return answer
        self.kill()
        raise EOFError(said(self._owner.wait(self.pid)))


class Zygote:
    """The warm process, as whoever asks has it.

    warm: functions to call before the first fork, as ("module:function", arguments).
    """

    def __init__(self, warm: Sequence[tuple[str, tuple[Any, ...]]] = ()) -> None:
        ours, theirs = socket.socketpair()
        # The libraries of numbers start no threads, which a fork would lose; a set has the same order every time.
        own = {
            "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "PYTHONHASHSEED": "0",
            "PLOTLY_RENDERER": "plotly_mimetype", "PYDEVD_DISABLE_FILE_VALIDATION": "1",
            "OBJC_DISABLE_INITIALIZE_FORK_SAFETY": "YES",
        }  # fmt: skip
        before = {name: os.environ.get(name) for name in _START_ONLY}
        here = [path for path in sys.path if path]
        code = (
            f"import sys; sys.path[:] = {here!r}\n"
            f"from oshlib.factory.forks import main; main({theirs.fileno()}, {before!r})"
        )
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603  # this very program
                [sys.executable, "-P", "-c", code],
                env={**os.environ, **own},
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                start_new_session=True,  # Ctrl-C is for whoever asks, who ends us
            )
        self._socket = ours
        self._asking = threading.Lock()  # one question, one answer, whatever other threads ask
        try:
            for name, arguments in warm:
                self.call(name, *arguments)
        except BaseException:
            self._process.kill()
            self.close()
            raise

    @property
    def pid(self) -> int:
        """The number of the warm process."""
        return self._process.pid

    def call(self, name: str, *arguments: Any) -> None:
        """Call a function in the warm process itself: what it reads, every later child has. Errors: EOFError."""
        self._ask(("call", name, arguments))

    def fork(self, name: str, *arguments: Any, memory: int | None = None) -> Child:
        """Call a function in a fork. memory: bytes that it may take beyond what it starts with; None: any."""
        here, there = os.pipe()
        try:
            pid = self._ask(("fork", name, arguments, memory), [there])
        except BaseException:
            os.close(here)
            raise
        finally:
            os.close(there)
        return Child(Connection(here, writable=False), pid, self)

    def wait(self, pid: int) -> int:
        """The wait status of a child that has ended."""
        return int(self._ask(("wait", pid)))

    def close(self) -> None:
        """End it and all its children."""
        self._socket.close()
        try:
            self._process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _ask(self, request: Any, descriptors: Sequence[int] = ()) -> Any:
        try:
            with self._asking:
                send(self._socket, request, descriptors)
                answer, _ = receive(self._socket)
        except (OSError, EOFError):
            raise LostError("ended the process that all reports are forked from") from None
        except BaseException:  # Ctrl-C: the answer that nobody has heard would be taken for that to the next question
            self._socket.close()
            raise
        if isinstance(answer, BaseException):
            raise answer
        return answer


def said(status: int) -> str:
    """A wait status in words.

    >>> said(9), said(3 << 8)
    ('killed by SIGKILL', 'exit code 3')
    """
    if os.WIFSIGNALED(status):
        return f"killed by {signal.Signals(os.WTERMSIG(status)).name}"
    return f"exit code {os.waitstatus_to_exitcode(status)}"
