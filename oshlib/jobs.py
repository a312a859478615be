"""One report: a job goes in, a finished report or the reason why there is none comes out."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import papermill
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from papermill.exceptions import PapermillExecutionError
from papermill.translators import translate_parameters
from traitlets.config import Config

from oshlib import page, places, since
from oshlib.errors import OshError
from oshlib.headline import HEADLINE, RECORD

#: Seconds that one report may take where the caller names no limit: a hundred times what one usually takes.
LIMIT = 300.0


# The first use of nbformat builds a grammar for one rare kind of address, a second in every kernel; jsonschema, which
# asks for it, does without where it is not installed, so a report's kernel is told that it is not.
_BEFORE = "_ = __import__('sys').modules.setdefault('rfc3987_syntax', None)"


@dataclass(frozen=True)
class Job:
    """What one report needs, all of it plain data, so that it can be done in any process.

    name: "<notebook>/<slug>", where the report goes below `out`. unit: the name that the report must bear, "" where
    it is about no single unit. made: the run's time stamp. links: for a page on many units, the pages that there are on
    each of them, as (what, where below `out`). earlier: what the report is compared with, of the last good one.
    deidentified: the report is for somebody who needs to know no path and no kernel of this machine.
    """

    notebook: str
    source: str
    parameters: dict[str, Any]
    name: str
    out: str
    unit: str = ""
    unit_id: str = ""
    made: str = ""
    limit: float = LIMIT
    self_contained: bool = False
    origin: str = ""
    links: dict[str, list[tuple[str, str]]] | None = None
    earlier: dict[str, Any] | None = None
    deidentified: bool = False


def finish(job: Job) -> dict[str, Any]:
    """Run the notebook, render it, check it, and put both files in their places; the entry for index.json.

    Never raises for a report that fails: the entry says why, and `ipynb` is the notebook up to the failure. Files
    appear under their own names only when they are whole.
    """
    start = time.monotonic()
    entry = {"status": "failed", "html": None, "ipynb": None, "headline": None, **_beside({})}
    folder = Path(job.out)
    place = folder / job.name
    place.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".part-", dir=place.parent) as part:
        executed = Path(part) / "executed.ipynb"
        try:
            notebook = _execute(job, executed)
            if job.deidentified:
                _without_places(notebook, job.parameters)
            headline, record = _headline(notebook)
            _right_unit(job, headline)
            _drew_something(notebook)
            beside = _beside(record)
            changed = since.compare(job.earlier, {**beside, "parameters": job.parameters})
            text = page.render(
                notebook,
                source=f"{job.notebook}.ipynb",
                home="../" * job.name.count("/"),
                made=job.made,
                links=job.links,
                self_contained=job.self_contained,
                since=changed,
            )
            (Path(part) / "page.html").write_text(text, encoding="utf-8")
            _tidy(notebook)
            nbformat.write(notebook, executed)
            # The folder's own name is kept out of the way of a unit that is called, say, "report.v2".
            for made, ending in (("executed.ipynb", ".ipynb"), ("page.html", ".html")):
                (Path(part) / made).replace(f"{place}{ending}")
            entry |= {"status": "ok", "html": f"{job.name}.html", "ipynb": f"{job.name}.ipynb", "headline": headline}
            entry |= {**beside, "made": job.made, "since": changed}
            Path(f"{place}.failed.ipynb").unlink(missing_ok=True)
        except Exception as fault:  # whatever happened, the others must stand and this one must say why
            entry["error"] = reason(fault, job.limit)
            if executed.exists():
                shutil.move(executed, f"{place}.failed.ipynb")
                entry["ipynb"] = f"{job.name}.failed.ipynb"
    return {**entry, "seconds": round(time.monotonic() - start, 3)}


def reason(fault: BaseException, limit: float) -> str:
    """Why a report failed, in one sentence."""
    if isinstance(fault, PapermillExecutionError):
        if fault.ename == OshError.__name__:
            return str(fault.evalue)
        return f"cell {fault.exec_count or fault.cell_index}: {fault.ename}: {_first_line(fault.evalue)}"
    if isinstance(fault, CellTimeoutError):
        return f"stopped after the limit of {limit:g} s for one report"
    if isinstance(fault, DeadKernelError):
        return "the kernel died in the middle of the report (killed, or out of memory)"
    if isinstance(fault, OshError):
        return str(fault)
    return f"{type(fault).__name__}: {_first_line(fault)}"


def _first_line(message: object) -> str:
    return next(iter(str(message).splitlines()), "no message")


def _execute(job: Job, executed: Path) -> nbformat.NotebookNode:
    deadline = time.monotonic() + job.limit
    notebook = nbformat.read(job.source, 4)
    # Where plotly has no say: its mime type is what nbval, JupyterLab and our page all understand.
    with (
        _environment(PLOTLY_RENDERER="plotly_mimetype", PYTHONHASHSEED="0"),
        tempfile.TemporaryDirectory(prefix="osh-") as sockets,
    ):
        return papermill.execute_notebook(
            notebook,
            str(executed).replace("{", "{{").replace("}", "}}"),  # papermill fills in braces
            job.parameters,
            progress_bar=False,
            start_timeout=job.limit,
            # papermill's own limit is one a cell; ours is what is left of the report's.
            timeout_func=lambda cell: max(1, int(deadline - time.monotonic())),
            record_timing=False,
            store_widget_state=False,  # plotly's own code would be in it once a live chart, 5 MB each
            # What the kernel has to say stands in the notebook.
            extra_arguments=["--log-level=CRITICAL", f"--IPKernelApp.exec_lines={_BEFORE}"],
            config=_kernel_config(sockets),
        )


def _kernel_config(sockets: str) -> Config:
    """Talk to the kernel through files of its own: ports clash, and anyone on the machine can listen to them."""
    if os.name != "posix":
        return Config()
    return Config({"KernelManager": {"transport": "ipc", "ip": str(Path(sockets) / "k"), "cache_ports": False}})


@contextlib.contextmanager
def _environment(**values: str) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _headline(notebook: nbformat.NotebookNode) -> tuple[Any, Any]:
    found = [o["data"] for cell in notebook.cells for o in cell.get("outputs", []) if HEADLINE in o.get("data", {})]
    if len(found) != 1:
        raise OshError(f"the notebook recorded {len(found)} headlines, expected one, from its last cell")
    return found[0][HEADLINE], found[0].get(RECORD, {})


def _right_unit(job: Job, headline: Any) -> None:
    said = headline.get("unit", "")
    if job.unit and said != job.unit:
        raise OshError(f"the report names {said!r}, asked for was {job.unit!r}")


def _drew_something(notebook: nbformat.NotebookNode) -> None:
    """A notebook may say in its metadata, `oshlib: {charts: 0}`, that it has none to draw."""
    least = notebook.metadata.get("oshlib", {}).get("charts", 1)
    if page.drawn(notebook) < least:
        raise OshError(f"the notebook drew {page.drawn(notebook)} charts as data, expected {least} or more")


def _tidy(notebook: nbformat.NotebookNode) -> None:
    """Take out what differs from run to run: the same inputs give the same bytes."""
    notebook.metadata.pop("papermill", None)
    for number, cell in enumerate(notebook.cells):
        cell["id"] = f"cell-{number:02d}"
        cell.metadata.pop("papermill", None)
        cell.metadata.pop("execution", None)


def _without_places(notebook: nbformat.NotebookNode, parameters: dict[str, Any]) -> None:
    """Take out what only this machine knows: paths in the parameters as they were set, the kernel's own name."""
    shown = translate_parameters("python3", "python", places.names_only(parameters), "Parameters")
    for cell in notebook.cells:
        tags = cell.metadata.get("tags", [])
        cell["metadata"] = nbformat.from_dict({"tags": tags} if tags else {})
        if "injected-parameters" in tags:
            cell["source"] = shown
    kept = {k: v for k, v in notebook.metadata.items() if k in ("language_info", "oshlib")}
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    notebook["metadata"] = nbformat.from_dict({"kernelspec": kernel, **kept})


def _beside(record: Any) -> dict[str, Any]:
    """The parts of an entry that come from the notebook's record."""
    source = record.get("provenance", {})
    return {
        "data_sha256": source.get("data_sha256"),
        "rows_used": source.get("rows_used"),
        "rows_left_out": source.get("rows_left_out"),
        "faults": source.get("faults", {"errors": 0, "warnings": 0}),
        "card": record.get("card"),
    }
