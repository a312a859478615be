"""The warm process itself: `python -c "... main(...)"`, begun by `zygote.Zygote`, does what is asked and forks.

It runs no Python thread of its own, does one thing at a time, and ends, with all its children, when the socket to
whoever asks is closed - however that one died. What pyarrow starts as threads it starts anew in a child.
"""

from __future__ import annotations

import atexit
import contextlib
import ctypes
import gc
import importlib
import os
import pickle
import signal
import socket
import struct
import sys
from collections.abc import Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from oshlib import start

# Bytes of the longest file that a report may write: an endless output must not fill the disk for all.
_LONGEST = 2**30


def main(descriptor: int, before: dict[str, str | None]) -> None:
    """The warm process: do what is asked until nobody asks any more.

    before: what stood in the environment in place of what only this process needs.
    """
    start.lean()
    with Path(os.devnull).open("w") as nowhere:  # what an import prints is no result
        os.dup2(nowhere.fileno(), 1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    children: dict[int, int | None] = {}  # how each has ended, None while it runs
    with socket.socket(fileno=descriptor) as line:
        try:
            while True:
                request, descriptors = receive(line)
                send(line, _do(line, request, descriptors, children, before))
        except (EOFError, OSError):
            pass
        finally:
            for pid in (pid for pid, status in children.items() if status is None):
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(pid, signal.SIGKILL)


def _do(line: socket.socket, request: Any, descriptors: list[int], children: dict[int, int | None], before: Any) -> Any:
    what, *rest = request
    _reap(children)
    if what == "wait":
        if children[rest[0]] is None:
            children[rest[0]] = os.waitpid(rest[0], 0)[1]
        return children[rest[0]]
    if what == "call":
        try:
            call(rest[0], *rest[1])
            gc.collect()
            gc.freeze()  # a collection in a child must not touch, and so copy, what is here already
        except Exception as fault:
            return fault
        return None
    name, arguments, memory = rest
    try:
        pid = os.fork()
    except OSError as fault:  # too many processes, no memory
        os.close(descriptors[0])
        return fault
    if not pid:
        line.close()
        _restore(before)
        _child(descriptors[0], name, arguments, memory)
    os.close(descriptors[0])
    with contextlib.suppress(OSError):  # the child does the same: whoever is first
        os.setpgid(pid, pid)
    children[pid] = None
    return pid


def _reap(children: dict[int, int | None]) -> None:
    """Take note of those that have ended: nobody waits for a child that has answered."""
    with contextlib.suppress(ChildProcessError):
        while (found := os.waitpid(-1, os.WNOHANG))[0]:
            children[found[0]] = found[1]


def _child(descriptor: int, name: str, arguments: tuple[Any, ...], memory: int | None) -> None:
    """Run one call and end the process, whatever happens."""
    status = 1
    try:
        with contextlib.suppress(OSError):
            os.setpgid(0, 0)
        _die_with_parent()
        signal.signal(signal.SIGINT, signal.default_int_handler)
        with Path(os.devnull).open("w") as nowhere:  # what a report has to say stands in its notebook
            for stream in (1, 2):
                os.dup2(nowhere.fileno(), stream)
        if memory is not None:
            _limit(memory)
        _reseed()
        answer = call(name, *arguments)
        atexit._run_exitfuncs()  # a fork ends without them, a kernel does not
        with Connection(descriptor, readable=False) as pipe:
            pipe.send(answer)
        status = 0
    finally:
        os._exit(status)


def call(name: str, *arguments: Any) -> Any:
    """Call a function by "module:function"."""
    module, _, function = name.partition(":")
    return getattr(importlib.import_module(module), function)(*arguments)


def _restore(environment: dict[str, str | None]) -> None:
    for name, value in environment.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


def _reseed() -> None:
    """Python's generator is seeded anew by itself; numpy's would give every child the same numbers."""
    if "numpy.random" in sys.modules:
        sys.modules["numpy.random"].seed()


def _limit(memory: int) -> None:
    """Allow so many bytes beyond what the process has; asking for more raises MemoryError."""
    import resource

    resource.setrlimit(resource.RLIMIT_FSIZE, (_LONGEST, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))
    statm = Path("/proc/self/statm")
    if not statm.exists():  # only Linux keeps to such a limit
        return
    most = int(statm.read_text().split()[0]) * resource.getpagesize() + memory
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))


def _die_with_parent() -> None:
    """On Linux the kernel ends a child whose warm process was killed."""
    if sys.platform == "linux":
        set_death_signal = 1
        ctypes.CDLL(None).prctl(set_death_signal, signal.SIGKILL)


def send(line: socket.socket, message: Any, descriptors: Sequence[int] = ()) -> None:
    """Send a message, with open files. Errors: OSError where nobody is at the other end."""
    data = pickle.dumps(message)
    socket.send_fds(line, [struct.pack("!Q", len(data))], list(descriptors))
    line.sendall(data)


def receive(line: socket.socket) -> tuple[Any, list[int]]:
    """The next message, and the open files with it. Errors: EOFError, OSError where nobody is at the other end."""
    head, descriptors, _, _ = socket.recv_fds(line, 8, 1)
    while head and len(head) < 8:
        head += line.recv(8 - len(head))
    if not head:
        raise EOFError("nobody asks any more")
    left, parts = struct.unpack("!Q", head)[0], []
    while left:
        part = line.recv(min(left, 1 << 20))
        if not part:
            raise EOFError("nobody asks any more")
        parts.append(part)
        left -= len(part)
    return pickle.loads(b"".join(parts)), descriptors  # noqa: S301  # from the process that started us
