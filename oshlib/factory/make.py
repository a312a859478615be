"""One report made: a job goes in, a finished report or the reason why there is none comes out."""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import itertools
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import nbformat
import papermill
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from papermill.exceptions import PapermillExecutionError
from papermill.iorw import load_notebook_node
from papermill.parameterize import parameterize_notebook
from papermill.translators import translate_parameters
from traitlets.config import Config

from oshlib import page, places, since
from oshlib.errors import OshError
from oshlib.factory import kernel
from oshlib.headline import HEADLINE, RECORD
from oshlib.jobs import DROP, KEEP, PACK, Job

# For a kernel of its own.
_BEFORE = "__import__('oshlib.start').start.lean()"
#: Of a result, what its report imported: the warm process does it for the next ones.
IMPORTED = "imported"
#: Cell by cell what a running report has shown, for when it dies.
TRAIL = "trail.jsonl"
_FAILED: dict[str, Any] = {
    "status": "failed", "html": None, "ipynb": None, "headline": None, "seconds": None, "html_sha256": None,
    "data": False, IMPORTED: [],
}  # fmt: skip
_ENDINGS = {KEEP: ".ipynb", PACK: ".ipynb.gz", DROP: ""}


def finish(job: Job) -> dict[str, Any]:
    """Run the notebook, render it, check it, and put both files in their places; the entry for index.json.

    Never raises for a report that fails: the entry says why, and `ipynb` is the notebook up to the failure. Files
    appear under their own names only when they are whole.
    """
    start, known = time.monotonic(), len(sys.modules)
    entry: dict[str, Any] = {**_FAILED, **_beside({})}
    executed = job.part / "executed.ipynb"
    try:
        job.part.mkdir(parents=True, exist_ok=True)
        here = Path.cwd()
        try:
            notebook = _execute(job, executed)
        finally:
            os.chdir(here)  # a cell may have gone elsewhere
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
        written = text.encode()
        (job.part / "page.html").write_bytes(written)
        _tidy(notebook)
        entry |= {
            **beside,
            "made": job.made,
            "since": changed,
            "html_sha256": hashlib.sha256(text.encode()).hexdigest(),
        }
        entry |= {"status": "ok", "html": f"{job.name}.html", "ipynb": _put(job, notebook), "headline": headline}
    except Exception as fault:  # whatever happened, the others must stand and this one must say why
        why = reason(fault, job.limit)
        entry |= {"error": why, "data": _of_data(fault), "ipynb": _salvage(job, why)}
    clear(job)
    # The latest first, and no more of them: to copy all names would touch, and so copy, the page of each.
    imported = sorted(itertools.islice(reversed(sys.modules), max(0, len(sys.modules) - known)))
    return {**entry, "seconds": round(time.monotonic() - start, 3), IMPORTED: imported}


def died(job: Job, why: str) -> dict[str, Any]:
    """The entry of a report whose process ended before it could answer; its notebook up to there is kept."""
    entry = {**_FAILED, **_beside({}), "error": why, "ipynb": _salvage(job, why)}
    clear(job)
    return entry


def _salvage(job: Job, why: str) -> str | None:
    """Put the notebook of a failed report in its place: as papermill saved it, or else as its trail tells."""
    executed = job.part / "executed.ipynb"
    with contextlib.suppress(Exception):  # nothing ran, a torn file, a full disk: the reason stands anyhow
        if not executed.exists():
            notebook = _prepared(job)
            kernel.follow(notebook, job.part / TRAIL, why)
            nbformat.write(notebook, executed)
        nbformat.read(executed, 4)  # a full disk may have torn it
        executed.replace(f"{job.place}.failed.ipynb")
        return f"{job.name}.failed.ipynb"
    return None


def clear(job: Job) -> None:
    """Remove what a report was made in."""
    shutil.rmtree(job.part, ignore_errors=True)


def remove(out: Path, name: str, but: Collection[str | None] = ()) -> None:
    """Remove the files of a report, but some."""
    for ending in (".html", ".failed.ipynb", *_ENDINGS.values()):
        if ending and f"{name}{ending}" not in but:
            (out / f"{name}{ending}").unlink(missing_ok=True)


def _put(job: Job, notebook: nbformat.NotebookNode) -> str | None:
    """Both files to their places, the page last: once it is there the report is; where the notebook is, if anywhere."""
    ending = _ENDINGS[job.notebooks]
    if ending:
        data = nbformat.writes(notebook).encode()
        # Without a time stamp: the same notebook, the same bytes.
        (job.part / "notebook").write_bytes(gzip.compress(data, mtime=0) if job.notebooks == PACK else data)
        # The folder's own name is kept out of the way of a unit that is called, say, "report.v2".
        (job.part / "notebook").replace(f"{job.place}{ending}")
    (job.part / "page.html").replace(f"{job.place}.html")
    for other in (".failed.ipynb", *_ENDINGS.values()):
        if other and other != ending:
            Path(f"{job.place}{other}").unlink(missing_ok=True)
    return f"{job.name}{ending}" if ending else None


def too_long(limit: float) -> str:
    """What is said of a report that took too long."""
    return f"stopped after the limit of {limit:g} s for one report"


def reason(fault: BaseException, limit: float) -> str:
    """Why a report failed, in one sentence."""
    if isinstance(fault, PapermillExecutionError):
        if fault.ename == OshError.__name__:
            return str(fault.evalue)
        if str(fault.ename).endswith("MemoryError"):
            return f"cell {fault.exec_count or fault.cell_index}: asked for more memory than one report may take"
        return f"cell {fault.exec_count or fault.cell_index}: {fault.ename}: {_first_line(fault.evalue)}"
    if isinstance(fault, CellTimeoutError):
        return too_long(limit)
    if isinstance(fault, DeadKernelError):
        return "the kernel died in the middle of the report (killed, or out of memory)"
    if isinstance(fault, OshError):
        return str(fault)
    return f"{type(fault).__name__}: {_first_line(fault)}"


def _first_line(message: object) -> str:
    return next(iter(str(message).splitlines()), "no message")


def _of_data(fault: BaseException) -> bool:
    """Whether a report failed for its data or parameters, and so will fail again."""
    return isinstance(fault, OshError) or getattr(fault, "ename", "") == OshError.__name__


def _prepared(job: Job) -> nbformat.NotebookNode:
    """The notebook with the parameters of the job in it, not yet run."""
    notebook = parameterize_notebook(load_notebook_node(job.source), job.parameters)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.update(outputs=[], execution_count=None)
    return notebook


def _execute(job: Job, executed: Path) -> nbformat.NotebookNode:
    deadline = time.monotonic() + job.limit
    # papermill fills in braces
    source, written = (str(path).replace("{", "{{").replace("}", "}}") for path in (job.source, executed))
    asked: dict[str, Any] = {"progress_bar": False, "record_timing": False, "start_timeout": job.limit}
    if not job.kernel:
        # The trail takes the place of papermill's saving of the whole notebook at every cell.
        mine = {"engine_name": kernel.NAME, "deadline": deadline, "trail": str(job.part / TRAIL)}
        asked |= {"store_widget_state": False}
        return papermill.execute_notebook(
            source, written, job.parameters, request_save_on_cell_execute=False, **mine, **asked
        )
    # Where plotly has no say: its mime type is what nbval, JupyterLab and our page all understand.
    with (
        _environment(PLOTLY_RENDERER="plotly_mimetype", PYTHONHASHSEED="0"),
        tempfile.TemporaryDirectory(prefix="osh-") as sockets,
    ):
        return papermill.execute_notebook(
            source,
            written,
            job.parameters,
            # papermill's own limit is one a cell; ours is what is left of the report's.
            timeout_func=lambda cell: max(1, int(deadline - time.monotonic())),
            store_widget_state=False,  # plotly's own code would be in it once a live chart, 5 MB each
            # What the kernel has to say stands in the notebook.
            extra_arguments=["--log-level=CRITICAL", f"--IPKernelApp.exec_lines={_BEFORE}"],
            config=_kernel_config(sockets),
            **asked,
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
