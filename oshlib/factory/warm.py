"""What the warm process does once, so that no report has to: imports, templates, grammars, and the data files."""

from __future__ import annotations

import ast
import ctypes
import importlib
import importlib.util
import sys
import sysconfig
import warnings
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import nbformat
import plotly.graph_objects as go
import pyarrow as pa

from oshlib import page
from oshlib.errors import OshError
from oshlib.factory import kernel
from oshlib.study import subject

_CHART: dict[str, Any] = {"data": [{"type": "scatter", "x": [1], "y": [1]}], "layout": {}}
_INSTALLED = [Path(sysconfig.get_path(name)) for name in ("stdlib", "platstdlib", "purelib", "platlib")]
_INSTALLED += [Path(__file__).parents[1]]


def up(notebooks: Sequence[str] = (), data: Sequence[str] = ()) -> None:
    """Make ready for these notebooks and annual tables. What cannot be read is left to the report that needs it."""
    kernel.prepare()
    for source in notebooks:
        known(source)
    for file in data:
        try:
            subject.warm(file)
        except OshError:
            continue
    _give_back()


def known(source: str) -> None:
    """Import what a notebook imports from this package (anything else may do what a report should do by itself).

    Then draw and render what it shows as it lies there: whatever a chart or a page makes at first use is made here.
    """
    notebook = nbformat.read(source, 4)
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        try:
            found = list(ast.walk(ast.parse(cell.source)))
        except SyntaxError:  # a magic, say
            continue
        names = [a.name for n in found if isinstance(n, ast.Import) for a in n.names]
        names += [f"{n.module}.{a.name}" for n in found if isinstance(n, ast.ImportFrom) and n.module for a in n.names]
        names += [n.module for n in found if isinstance(n, ast.ImportFrom) and n.module]
        for name in names:
            if name.partition(".")[0] == "oshlib" and importlib.util.find_spec(name.rpartition(".")[0]):
                _import(name)
    shown = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    # What cannot be shown, and what is warned of, is left to the report, which says so.
    with suppress(Exception), warnings.catch_warnings(action="ignore"):
        for chart in [_CHART, *(output.data[page.PLOTLY] for output in shown if page.PLOTLY in output.get("data", {}))]:
            go.Figure(chart["data"], chart["layout"]).to_plotly_json()
        nbformat.validate(notebook)
        nbformat.reads(nbformat.writes(notebook), 4)
        page.render(notebook, source="", home="", made="")


def late(names: Sequence[str]) -> None:
    """Import what a report was seen to import while it ran; only what is installed, not what it brought itself."""
    for name in names:
        try:
            found = importlib.util.find_spec(name)
        except (ImportError, ValueError):
            continue
        origin = Path(found.origin) if found and found.origin else None
        if origin and any(origin.is_relative_to(place) for place in _INSTALLED):
            _import(name)
    _give_back()


def _give_back() -> None:
    """Hand unused memory back: every page that the warm process holds makes every fork of it slower."""
    pa.default_memory_pool().release_unused()
    if sys.platform == "linux":
        ctypes.CDLL(None).malloc_trim(0)


def _import(name: str) -> None:
    try:
        importlib.import_module(name)
    except Exception:  # a function of the module before it, or what cannot be imported here and now
        return
