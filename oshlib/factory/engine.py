"""The warm process as an engine of papermill: `papermill --engine oshlib notebook.ipynb out.ipynb`.

The first notebook of a program pays for its start, every other one is a fork of it.
"""

from __future__ import annotations

import atexit
import json
import os
import sys
import tempfile
from collections.abc import Mapping
from functools import lru_cache
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any

import nbformat
from nbclient.exceptions import DeadKernelError
from papermill.engines import Engine, NBClientEngine, NotebookExecutionManager

from oshlib.factory import kernel
from oshlib.factory.zygote import LostError, Zygote, can_fork


class Warm(Engine):  # type: ignore[misc]  # papermill has no types
    """Each notebook runs in a fresh process, forked from one that has everything imported."""

    @classmethod
    def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, **asked: Any) -> None:
        """Run the cells in a fork and take over what came of them. Errors: as papermill's own engine."""
        if not can_fork():
            _say_once()
        if not can_fork() or kernel_name != kernel.PYTHON:
            NBClientEngine.execute_managed_notebook(nb_man, kernel_name, **asked)
            return
        with tempfile.TemporaryDirectory(prefix="osh-") as folder:
            trail = Path(folder) / "trail.jsonl"
            trail.touch()
            child = _forked(nb_man.nb, str(trail), {k: v for k, v in asked.items() if k in kernel.ASKED})
            try:
                wait([child.pipe] if child.ended is None else [child.pipe, child.ended])
                text, fault = child.result()
            except EOFError:
                kernel.follow(nb_man.nb, trail, "the kernel died")
                raise DeadKernelError("Kernel died") from None
            except BaseException:
                child.kill()
                kernel.follow(nb_man.nb, trail, "stopped")
                raise
        nb_man.nb.update(nbformat.from_dict(json.loads(text)))
        if nb_man.pbar:
            nb_man.pbar.update(len(nb_man.nb.cells))
        if fault:
            raise fault


def _forked(notebook: Any, trail: str, asked: Mapping[str, Any]) -> Any:
    """A process that runs the notebook, forked from the warm one of this process; from a new one, where that has ended.

    Notebooks that import this package have one of their own: what it sets of other packages is not for the others.
    """
    ours = any("oshlib" in cell.source for cell in notebook.cells)
    here = str(Path.cwd()), dict(os.environ)
    for _ in range(2):
        zygote = _zygote(ours, os.getpid())
        try:
            return zygote.fork("oshlib.factory.engine:run", json.dumps(notebook), here, trail, asked)
        except LostError:
            _zygote.cache_clear()
    raise DeadKernelError("Kernel died")


def run(
    text: str, here: tuple[str, dict[str, str]], trail: str, asked: Mapping[str, Any]
) -> tuple[str, BaseException | None]:
    """Run a notebook in this process, forked for it: what became of it, and what stopped it.

    here: the folder and the environment of whoever asks.
    """
    os.chdir(here[0])
    os.environ.clear()
    os.environ.update(here[1])
    notebook = nbformat.from_dict(json.loads(text))
    manager = NotebookExecutionManager(notebook, progress_bar=False)
    manager.notebook_start()
    fault = None
    try:
        kernel.Here.execute_managed_notebook(manager, "", trail=trail, **asked)
    except Exception as found:
        fault = found
    return json.dumps(manager.nb), fault


@lru_cache(maxsize=2)
def _zygote(ours: bool, process: int) -> Zygote:
    """The warm process of this process: one that was inherited by a fork belongs to whoever began it."""
    zygote = Zygote([("oshlib.factory.warm:up" if ours else "oshlib.factory.kernel:prepare", ())])
    atexit.register(zygote.close)
    return zygote


@lru_cache(maxsize=1)
def _say_once() -> None:
    print("oshlib: this platform cannot fork: every notebook starts a kernel of its own", file=sys.stderr)  # noqa: T201
