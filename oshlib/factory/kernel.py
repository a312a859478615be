"""A notebook's kernel without a wire: the cells run in this process, in the shell that a kernel would run them in.

ipykernel's own shell and nbclient's own reading of its messages do the work; only the sockets between them are replaced
by two queues. One process runs one notebook: whoever wants another one forks first.
"""

from __future__ import annotations

import asyncio
import io
import json
import logging
import os
import signal
import sys
import tempfile
import threading
import time
import uuid
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import nbformat
from ipykernel.ipkernel import IPythonKernel
from jupyter_client.session import Session
from nbclient.exceptions import CellTimeoutError
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import Engine, papermill_engines
from traitlets.config import Config

#: What papermill is told to run a notebook with it.
NAME = "oshlib-here"
#: The name of the kernel that this one is.
PYTHON = "python3"
# What papermill may ask of its engine and this one does as well.
_TAKEN = ("log_output", "stdout_file", "stderr_file", "record_timing", "store_widget_state", "allow_errors")
#: What of it another process can be told.
ASKED = ("execution_timeout", "timeout", "record_timing", "store_widget_state", "allow_errors")
# A kernel sends what was printed at the latest after this many seconds, as one message for each stream.
_FLUSH = 0.2


class OutOfTime(BaseException):
    """The time of a report is over, in the middle of a cell; no `except Exception` of that cell may swallow it."""


class _Wire(Session):
    """What the shell believes to be the wire: messages go to a queue, under the request that they answer."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.queue: deque[Any] = deque()
        self.request: dict[str, Any] = {}
        self.streams: tuple[_Stream, ...] = ()
        self.silent = False

    def send(self, stream: Any, msg_or_type: Any, content: Any = None, *_: Any, **more: Any) -> Any:
        """Queue a message; what was printed before it goes before it."""
        own = isinstance(msg_or_type, dict)
        msg = msg_or_type if own else self.msg(msg_or_type, content, metadata=more.get("metadata"))
        # As the wire would leave it: tuples are lists, and what a cell changes later does not change what was said.
        msg["content"] = self.unpack(self.pack(msg["content"]))
        msg["parent_header"], msg["buffers"] = self.request, more.get("buffers") or []
        if not (self.silent and msg["msg_type"] == "error"):
            self.queue.append(msg)
        return msg


class _Stream(io.TextIOBase):
    """stdout or stderr of the cells: gathered, and sent when it is flushed, as a kernel does."""

    encoding = "UTF-8"

    def __init__(self, wire: _Wire, name: str, descriptor: int) -> None:
        self.wire, self.name, self.since = wire, name, 0.0
        self.kept: list[str] = []
        # What is written past Python - by a program, by a library in C - goes into this file, sent after the cell.
        self.file = tempfile.TemporaryFile()  # noqa: SIM115  # it lives as long as the process
        os.dup2(self.file.fileno(), descriptor)
        self.descriptor = descriptor

    def write(self, text: str) -> int:
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text)}")
        self.since = self.since if self.kept else time.monotonic()
        self.kept.append(text)
        if time.monotonic() - self.since > _FLUSH:
            self.flush()
        return len(text)

    def flush(self) -> None:
        text, self.kept = "".join(self.kept), []
        if text:
            self.wire.send(None, "stream", {"name": self.name, "text": text})

    def drain(self) -> None:
        """Send what came past Python since the last cell."""
        size = os.fstat(self.file.fileno()).st_size
        if size:
            self.write(os.pread(self.file.fileno(), size, 0).decode("utf-8", "replace"))
            os.ftruncate(self.file.fileno(), 0)
            os.lseek(self.file.fileno(), 0, os.SEEK_SET)
        self.flush()

    def fileno(self) -> int:
        return self.descriptor

    def isatty(self) -> bool:
        return False

    def writable(self) -> bool:
        return True


def prepare() -> IPythonKernel:
    """The kernel of this process; made before a fork, it is in every child. It starts no thread."""
    os.environ.setdefault("MPLBACKEND", "module://matplotlib_inline.backend_inline")  # as a kernel does
    quiet = logging.getLogger("oshlib.kernel")  # what a kernel logs of an error stands in the notebook
    quiet.propagate = False
    quiet.addHandler(logging.NullHandler())
    return IPythonKernel.instance(session=_Wire(), log=quiet, config=Config({"HistoryManager": {"enabled": False}}))


class _Client:
    """What nbclient takes for the client of a kernel: requests are done at once, the answers wait in two queues."""

    allow_stdin = False

    def __init__(self, deadline: float | None) -> None:
        self.kernel: Any = prepare()
        self.deadline = deadline
        self.wire: Any = self.kernel.session
        self.session = self.wire
        self.replies: deque[Any] = deque()
        self.kernel.shell_channel_thread = SimpleNamespace(parent_thread=threading.current_thread())
        self.iopub_channel = SimpleNamespace(get_msg=self._published)
        self.shell_channel = SimpleNamespace(get_msg=self._answer, send=self._to_widget)
        #: The most that the next cell may take, beside what is left of the report's time; None: any.
        self.seconds: float | None = None

    async def execute(self, code: str, *, store_history: bool = True, **_: Any) -> str:
        """Run a cell. Errors: CellTimeoutError when its time, or the report's, is over."""
        message = self._begin()
        shell: Any = self.kernel.shell
        self._publish("execute_input", {"code": code, "execution_count": shell.execution_count})
        try:
            with self._limited():
                content = await self.kernel.do_execute(code, silent=False, store_history=store_history)
        finally:
            for stream in self.wire.streams:
                stream.drain()
        self._end(message, content)
        if self.wire.silent:
            raise CellTimeoutError.error_from_timeout_and_cell(
                "Cell execution timed out", self.seconds, nbformat.from_dict({"source": code})
            )
        return message

    def kernel_info(self) -> str:
        """What the kernel says of itself."""
        message = self._begin()
        self._end(message, self.kernel.kernel_info)
        return message

    async def is_alive(self) -> bool:
        """As alive as whoever asks."""
        return True

    def _begin(self) -> str:
        message = uuid.uuid4().hex
        self.wire.request = {"msg_id": message, "msg_type": "execute_request"}
        self.kernel.set_parent([], {"header": self.wire.request, "metadata": {}, "content": {}})
        self._publish("status", {"execution_state": "busy"})
        return message

    def _end(self, message: str, content: Any) -> None:
        self._publish("status", {"execution_state": "idle"})
        self.replies.append({"parent_header": {"msg_id": message}, "content": content})

    def _publish(self, kind: str, content: dict[str, Any]) -> None:
        self.wire.send(None, kind, content)

    async def _published(self, **_: Any) -> Any:
        while not self.wire.queue:
            await asyncio.sleep(0.01)
        return self.wire.queue.popleft()

    async def _answer(self, **_: Any) -> Any:
        while not self.replies:
            await asyncio.sleep(0.01)
        return self.replies.popleft()

    def _to_widget(self, message: Any) -> None:
        message.setdefault("buffers", [])
        handler = self.kernel.shell_handlers.get(message["header"]["msg_type"])
        if handler:
            handler(None, None, message)

    @contextmanager
    def _limited(self) -> Iterator[None]:
        """Stop a cell when the time of the report is over."""
        left = [self.deadline - time.monotonic()] if self.deadline is not None else []
        left += [self.seconds] if self.seconds else []
        if not left:
            yield
            return

        def over(*_: Any) -> None:
            self.wire.silent = True  # the limit is told by itself, not as an error of the cell
            raise OutOfTime

        before = signal.signal(signal.SIGALRM, over)
        signal.setitimer(signal.ITIMER_REAL, max(0.001, min(left)))
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)


class Notebook(PapermillNotebookClient):  # type: ignore[misc]  # papermill has no types
    """papermill's own client, with the kernel of this process instead of one at the end of a wire."""

    trail: Any = None

    @contextmanager
    def setup_kernel(self, deadline: float | None = None, **_: Any) -> Iterator[None]:
        """Take stdout, stderr and stdin for the cells."""
        client = _Client(deadline)
        self.kc = client
        sys.stdout.flush()
        sys.stderr.flush()
        streams = _Stream(client.wire, "stdout", 1), _Stream(client.wire, "stderr", 2)
        client.wire.streams = streams
        sys.stdout, sys.stderr = streams
        if "" not in sys.path:
            sys.path.insert(0, "")
        yield

    def execute_cell(self, cell: Any, index: int) -> Any:
        """Run one cell, and leave a trail: what is known of it, should the next one end the process."""
        self._note(cell=index)
        self.kc.seconds = self._get_timeout(cell)
        try:
            return super().execute_cell(cell, index)
        except CellTimeoutError:
            self._what_was_said(cell, index)
            raise
        finally:
            if cell.cell_type == "code":
                self._note(cell=index, outputs=cell.get("outputs", []), execution_count=cell.get("execution_count"))

    def _what_was_said(self, cell: Any, index: int) -> None:
        """A cell that was stopped keeps what it has shown."""
        cell.outputs = []
        for message in self.kc.wire.queue:
            if message["msg_type"] != "status":
                self.process_message(message, cell, index)

    def _note(self, **what: Any) -> None:
        if self.trail and self.nb.cells[what["cell"]].cell_type == "code":
            self.trail.write(json.dumps(what) + "\n")
            self.trail.flush()


class Here(Engine):  # type: ignore[misc]  # papermill has no types
    """A papermill engine for a process that has been forked for this one notebook.

    deadline: by the monotonic clock, when the report's time is over; None: never. trail: the path of a file that tells,
    cell by cell, what was shown. A notebook of which nothing is saved in between is saved where it ran out of time.
    """

    @classmethod
    def execute_managed_notebook(
        cls, nb_man: Any, kernel_name: str, deadline: float | None = None, trail: str | None = None,
        execution_timeout: float | None = None, **known: Any,
    ) -> Any:  # fmt: skip
        """Run the cells; errors and what is kept of them are papermill's."""
        kept = {k: v for k, v in known.items() if k in _TAKEN}
        client = Notebook(nb_man, timeout=execution_timeout or known.get("timeout"), **kept)
        with Path(trail).open("w", encoding="utf-8") if trail else nullcontext() as client.trail:
            return client.execute(deadline=deadline)


def follow(notebook: Any, trail: Path, why: str) -> None:
    """Put into a notebook what its trail tells was shown; the cell at which it ended says why."""
    for line in trail.read_text(encoding="utf-8").splitlines():
        done = json.loads(line)
        cell = notebook.cells[done["cell"]]
        lost = [{"output_type": "error", "ename": "Lost", "evalue": why, "traceback": [why]}]
        cell["outputs"] = nbformat.from_dict(done.get("outputs", lost))
        cell["execution_count"] = done.get("execution_count")


papermill_engines.register(NAME, Here)
