"""The kernel without a wire against plain papermill with a real one: cell for cell the same outputs."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import nbformat
import papermill
import pytest
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat import v4
from papermill.exceptions import PapermillExecutionError

from oshlib.plan import notebooks

#: What differs from one run of the very same kernel to the next.
_VARIES = [
    (re.compile(r"0x[0-9a-f]{6,}"), "0x"),
    (re.compile(r"ipykernel_\d+"), "ipykernel"),
    (re.compile(r"\x1b\[[0-9;]*m"), ""),
    (re.compile(r"\b[0-9a-f]{32}\b|\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b"), "uuid"),
]


def shown(notebook: Any) -> list[Any]:
    """Every cell as what it showed; what one stream said is one piece, however the kernel has cut it."""
    cells = []
    for cell in notebook.cells:
        if cell.cell_type != "code" or "papermill-error-cell-tag" in cell.metadata.get("tags", []):
            continue
        outputs: list[Any] = []
        for output in cell.get("outputs", []):
            last = outputs[-1] if outputs else {}
            if output["output_type"] == "stream" and last.get("name") == output["name"]:
                last["text"] += output["text"]
            else:
                outputs.append(json.loads(json.dumps(output)))
        text = json.dumps([cell.get("execution_count"), outputs], sort_keys=True)
        for pattern, plain in _VARIES:
            text = pattern.sub(plain, text)
        cells.append(json.loads(text))
    return cells


def both(notebook: Any, tmp_path: Path, **asked: Any) -> tuple[Any, Any, list[Any]]:
    """The notebook as plain papermill leaves it, as ours does, and what each of them raised."""
    source = tmp_path / "source.ipynb"
    nbformat.write(notebook, source)
    found, raised = [], []
    for engine in (None, "oshlib"):
        out = tmp_path / f"{engine}.ipynb"
        try:
            papermill.execute_notebook(source, out, engine_name=engine, progress_bar=False, **asked)
            raised.append(None)
        except Exception as fault:
            raised.append(fault)
        found.append(nbformat.read(out, 4))
    return found[0], found[1], raised


@pytest.mark.parametrize("name", notebooks())
def test_every_notebook_shows_the_same_as_in_a_kernel_of_its_own(name: str, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setenv("PLOTLY_RENDERER", "plotly_mimetype")
    monkeypatch.setenv("PYTHONHASHSEED", "0")
    plain, ours, raised = both(nbformat.read(notebooks()[name], 4), tmp_path)
    assert raised == [None, None]
    assert len(shown(plain)) > 5
    assert shown(ours) == shown(plain)
    assert ours.metadata["language_info"] == plain.metadata["language_info"]


# fmt: off
CELLS = {
    "a value": "1 + 1",
    "no value": "x = 1;",
    "a value that is not shown": "1;",
    "stdout": "print('a'); print('b')",
    "stderr": "import sys; print('e', file=sys.stderr)",
    "both, gathered": "import sys\nprint('a'); print('e', file=sys.stderr); print('b')",
    "flushed in between": "import sys\nprint('a', flush=True); print('e', file=sys.stderr, flush=True); print('b')",
    "printed before it is displayed":
        "from IPython.display import display, HTML\nprint('a'); display(HTML('<b>b</b>')); print('c')",
    "rich outputs":
        "from IPython.display import Markdown, JSON, display\n"
        "display(Markdown('*a*'), {'text/plain': 'raw'}, metadata={'m': 1})\nMarkdown('b')",
    "a bundle": "from IPython.display import display\ndisplay({'text/plain': 'a', 'text/html': '<i>a</i>'}, raw=True)",
    "updated": "h = display('first', display_id='one'); h.update('second'); print('x')",
    "updated from a later cell": "h.update('third')",
    "cleared": "from IPython.display import clear_output\nprint('gone'); clear_output(); print('stays')",
    "cleared later": "print('old'); clear_output(wait=True); print('new')",
    "a frame": "import pandas as pd\npd.DataFrame({'a': [1, 2]})",
    "a chart": "import plotly.graph_objects as go\ngo.Figure(go.Scatter(x=[1, 2], y=[3, 4]))",
    "a chart shown": "go.Figure(go.Bar(x=[1], y=[2])).show()",
    "a picture": "from IPython.display import SVG\nSVG('<svg xmlns=\"http://www.w3.org/2000/svg\"/>')",
    "await": "import asyncio\nawait asyncio.sleep(0.01)\n'waited'",
    "a task that goes on": "t = asyncio.create_task(asyncio.sleep(0, 'done'))\n(await t)",
    "a running loop": "try:\n    asyncio.run(asyncio.sleep(0))\nexcept RuntimeError as e:\n    print(e)",
    "a program": "!echo from a shell",
    "a program's lines": "lines = !printf 'a\\nb'\nlist(lines)",
    "a script": "%%bash\necho in bash; echo on stderr >&2",
    "captured": "%%capture said\nprint('kept')",
    "what was captured": "said.stdout",
    "a warning": "import warnings\nwarnings.warn('careful')",
    "a log": "import logging\nlogging.warning('logged')",
    "the last values": "print(_, __); In[1], len(Out) > 3",
    "help": "len?",
    "a widget": "import ipywidgets as w\nw.IntSlider(value=3)",
    "an output widget": "o = w.Output()\nwith o:\n    print('inside')\no",
    "a name": "__name__, get_ipython().__class__.__module__",
    "input": "try:\n    input('?')\nexcept Exception as e:\n    print(type(e).__name__)",
    "a magic": "%who_ls str",
    "an echo of every line":
        "from IPython.core.interactiveshell import InteractiveShell\nInteractiveShell.ast_node_interactivity = 'all'",
    "two values": "1\n2",
    "one value again": "InteractiveShell.ast_node_interactivity = 'last_expr'",
    "markdown of mathematics": "from IPython.display import Math\nMath('x^2')",
    "a long print": "for i in range(2000):\n    print(i)",
    "slow prints": "import time\nfor i in range(3):\n    print(i); time.sleep(0.25)",
    "nothing": "",
    "a comment": "# nothing",
}
# fmt: on


def test_cells_of_every_kind_show_the_same(tmp_path: Path) -> None:
    cells = [v4.new_code_cell(source) for source in CELLS.values()]
    cells.insert(3, v4.new_markdown_cell("# prose"))
    plain, ours, raised = both(v4.new_notebook(cells=cells, metadata={"kernelspec": KERNEL}), tmp_path)
    assert raised == [None, None]
    left, right = (dict(zip(CELLS, shown(n), strict=True)) for n in (ours, plain))
    different = [name for name in CELLS if left[name] != right[name]]
    assert {n: (left[n], right[n]) for n in different} == {}


KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}
ENDS = {
    "an error": "def f():\n    raise ValueError('no rate')\nprint('before')\nf()",
    "a syntax error": "1 +",
    "an exit": "import sys\nprint('before')\nsys.exit('stop')",
    "an exit with a number": "exit(3)",
    "an interrupt": "raise KeyboardInterrupt",
    "an assertion": "assert 1 == 2, 'unequal'",
}


@pytest.mark.parametrize("name", ENDS)
def test_what_ends_a_notebook_ends_it_the_same_way(name: str, tmp_path: Path) -> None:
    cells = [v4.new_code_cell("a = 1\na"), v4.new_code_cell(ENDS[name]), v4.new_code_cell("'never'")]
    plain, ours, raised = both(v4.new_notebook(cells=cells, metadata={"kernelspec": KERNEL}), tmp_path)
    assert [type(r) for r in raised] == [type(raised[0])] * 2
    if name != "an exit with a number":  # which a kernel takes for no error
        assert isinstance(raised[0], PapermillExecutionError)
        said = [(r.ename, r.evalue, r.cell_index, r.exec_count) for r in raised]
        assert said[1] == said[0]
    assert shown(ours) == shown(plain)
    assert [c.metadata.get("tags") for c in ours.cells] == [c.metadata.get("tags") for c in plain.cells]
    assert [c.source for c in ours.cells] == [c.source for c in plain.cells]


def test_a_tagged_cell_may_fail_and_a_skipped_one_does_not_run(tmp_path: Path) -> None:
    cells = [
        v4.new_code_cell("1 / 0", metadata={"tags": ["raises-exception"]}),
        v4.new_code_cell("1 / 0", metadata={"tags": ["skip-execution"]}),
        v4.new_code_cell("'after'"),
    ]
    plain, ours, raised = both(v4.new_notebook(cells=cells, metadata={"kernelspec": KERNEL}), tmp_path)
    assert [type(r) for r in raised] == [PapermillExecutionError] * 2  # said after all cells have run
    assert shown(ours) == shown(plain)
    assert [len(outputs) for _, outputs in shown(ours)] == [1, 0, 1]


def test_a_cell_that_takes_too_long_is_stopped_as_a_kernel_is(tmp_path: Path) -> None:
    cells = [v4.new_code_cell("print('first')"), v4.new_code_cell("import time\nwhile True:\n    time.sleep(1)")]
    _, ours, raised = both(v4.new_notebook(cells=cells, metadata={"kernelspec": KERNEL}), tmp_path, execution_timeout=2)
    assert [type(r) for r in raised] == [CellTimeoutError] * 2
    assert str(raised[1]) == str(raised[0])
    assert ours.cells[0].outputs[0]["text"] == "first\n"


def test_a_kernel_that_dies_is_a_dead_kernel(tmp_path: Path) -> None:
    cells = [
        v4.new_code_cell("print('first')"),
        v4.new_code_cell("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)"),
    ]
    _, ours, raised = both(v4.new_notebook(cells=cells, metadata={"kernelspec": KERNEL}), tmp_path)
    assert [type(r) for r in raised] == [DeadKernelError] * 2
    assert ours.cells[0].outputs[0]["text"] == "first\n"


def test_what_is_written_past_python_stands_in_its_own_cell(tmp_path: Path) -> None:
    """A kernel hears it from a thread, in time or not; here it is there when the cell ends."""
    sources = [
        "import os\n_ = os.write(1, b'by descriptor\\n')",
        "import subprocess\n_ = subprocess.run(['echo', 'by a child'])",
        "_ = os.write(2, b'on stderr\\n')",
    ]
    nbformat.write(v4.new_notebook(cells=[v4.new_code_cell(s) for s in sources]), tmp_path / "a.ipynb")
    asked = {"engine_name": "oshlib", "kernel_name": "python3", "progress_bar": False}
    found = papermill.execute_notebook(tmp_path / "a.ipynb", tmp_path / "b.ipynb", **asked)
    assert [[(o["name"], o["text"]) for o in cell.outputs] for cell in found.cells] == [
        [("stdout", "by descriptor\n")], [("stdout", "by a child\n")], [("stderr", "on stderr\n")],
    ]  # fmt: skip
