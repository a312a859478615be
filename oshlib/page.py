"""An executed notebook to one page: offline, lean, checked after it is written."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from html import escape, unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import nbformat
import plotly
from nbconvert.exporters import TemplateExporter
from nbconvert.filters.markdown_mistune import markdown2html_mistune
from plotly.offline import get_plotlyjs
from traitlets import default

from oshlib import __version__, glossary, whole
from oshlib import since as changes
from oshlib.charts import PALETTE
from oshlib.errors import OshError
from oshlib.headline import HEADLINE, RECORD, plain
from oshlib.markup import inert

HTML = Path(__file__).parent / "html"
PLOTLY = "application/vnd.plotly.v1+json"
#: plotly.js is shared by all reports of a folder, under a name that changes with its version.
SHARED = f"assets/plotly-{plotly.__version__}.min.js"
# WebGL traces need eval, which the page forbids; their plain forms draw the same.
_PLAIN = {"scattergl": "scatter", "scatterpolargl": "scatterpolar"}
# These fetch tiles or outlines from a server, or need eval.
_REFUSED = ("choropleth", "scattergeo", "densitymap", "scattermap", "parcoords")


class ReportExporter(TemplateExporter):  # type: ignore[misc]  # nbconvert has no types
    """nbconvert with our template; charts are drawn from their data, the rest is left to nbconvert's own blocks."""

    @default("template_name")
    def _template_name_default(self) -> str:
        return "report"

    @default("extra_template_basedirs")
    def _extra_basedirs_default(self) -> list[str]:
        return [str(HTML)]

    @default("file_extension")
    def _file_extension_default(self) -> str:
        return ".html"

    @property
    def default_config(self) -> Any:
        """The chart's own data come before any picture of it."""
        config = super().default_config
        config.NbConvertBase.display_data_priority = [PLOTLY, "text/html", "text/markdown", "image/png", "text/plain"]
        return config

    def default_filters(self) -> Any:
        """Markdown as nbconvert renders it, without anything of its HTML page around."""
        yield from super().default_filters()
        yield "markdown2html", markdown2html_mistune


def _script(name: str) -> str:
    """A script of ours without its comments and indents, which every page would carry."""
    lines = (line.strip() for line in (HTML / name).read_text(encoding="utf-8").splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("//"))


@lru_cache(maxsize=1)
def _exporter() -> ReportExporter:
    return ReportExporter(optimistic_validation=True)  # checked once, after all of nbconvert's own steps


def render(
    notebook: nbformat.NotebookNode,
    *,
    source: str,
    home: str,
    made: str,
    self_contained: bool = False,
    links: Mapping[str, Sequence[tuple[str, str]]] | None = None,
    since: Mapping[str, Any] | None = None,
) -> str:
    """The page of an executed notebook.

    source: the notebook's name, as printed; home: the way from the page to the folder of reports ("../"); made: the
    one time stamp; links: for each unit_id that the page may name, the pages on it; since: what changed, see
    since.compare.
    Errors: OshError where a chart cannot be shown offline.
    """
    nb = nbformat.from_dict(json.loads(json.dumps(notebook)))  # the executed notebook itself stays as it is
    for number, cell in enumerate(nb.cells, start=1):
        cell["metadata"] = nbformat.from_dict({"number": number})
    nb.cells = _without_silent(nb.cells)
    record = _record(nb)
    question, contents = _sections(nb)
    if since:
        _put_changes(nb, contents, since)
    charts = sum(_chart(output, f"chart-{i}") for i, output in enumerate(_outputs(nb), start=1))
    scripts = [_script(name) for name in ("tables.js", "report.js")]
    inline = get_plotlyjs() if self_contained and charts else ""
    page = {
        "title": record.get("title") or question,
        "question": question,
        "eyebrow": record.get("eyebrow", []),
        "signed": list(zip(("Prepared by", "Reviewed by"), record.get("signed", []), strict=False)),
        "contents": contents,
        "counts": {"Cautions": record.get("cautions", 0)},
        "terms": glossary.used(_text(nb)),
        "home": home,
        "made": made,
        "notebook": source,
        "version": __version__,
        "style": (HTML / "style.css").read_text(encoding="utf-8"),
        "scripts": scripts,
        "dark": json.dumps(PALETTE),
        "plotly": home + SHARED if charts else "",
        "plotly_inline": inline,
        "csp": policy(*scripts, inline),
    }
    body, _ = _exporter().from_notebook_node(nb, resources={"page": page})
    count(body, charts)
    return _linked(str(body), links or {}, home)


def policy(*scripts: str) -> str:
    """A Content-Security-Policy that lets these inline scripts run and nothing be fetched from anywhere."""
    hashes = " ".join(
        f"'sha256-{base64.b64encode(hashlib.sha256(s.encode()).digest()).decode()}'" for s in scripts if s
    )
    return (
        f"default-src 'none'; script-src {hashes} 'self'; style-src 'unsafe-inline'; img-src 'self' data: blob:; "
        "font-src data:; connect-src 'none'; base-uri 'none'; form-action 'none'"
    )


def drawn(notebook: nbformat.NotebookNode) -> int:
    """How many charts a notebook drew."""
    return sum(PLOTLY in output.get("data", {}) for output in _outputs(notebook))


def count(page: str, expected: int) -> None:
    """Refuse a page that lost a chart: nbconvert drops a chart that it does not know without an error."""
    counter = _ChartCounter()
    counter.feed(page)
    if counter.charts != expected:
        raise OshError(f"the page holds {counter.charts} charts, the notebook drew {expected}")


def write_shared(folder: Path) -> None:
    """Put plotly.js beside the reports, once for all of them."""
    file = folder / SHARED
    if not file.exists():
        whole.put(file, get_plotlyjs().encode(), sync=False)


class _ChartCounter(HTMLParser):
    charts = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "script" and "data-for" in dict(attrs):
            self.charts += 1


_UNIT = re.compile(r'<span data-unit="([^"]*)">([^<]*)</span>')


def _linked(body: str, links: Mapping[str, Sequence[tuple[str, str]]], home: str) -> str:
    """The names of units as links to the pages on them, the first page under the name and the others after it."""

    def link(found: re.Match[str]) -> str:
        pages = links.get(unescape(found[1]))
        if not pages:
            return found[2]
        (_, first), *others = pages
        more = " ".join(f'<a href="{home}{escape(where)}">{escape(what)}</a>' for what, where in others)
        return f'<a href="{home}{escape(first)}">{found[2]}</a>' + (f'<span class="kind">{more}</span>' if more else "")

    return _UNIT.sub(link, body)


def _outputs(nb: nbformat.NotebookNode) -> list[Any]:
    return [output for cell in nb.cells for output in cell.get("outputs", [])]


def _record(nb: nbformat.NotebookNode) -> Any:
    """What stands beside the headline; the output itself is not shown."""
    found: Any = {}
    for cell in nb.cells:
        for output in list(cell.get("outputs", [])):
            if RECORD in output.get("data", {}):
                found = {**output["data"][RECORD], "cautions": len(output["data"].get(HEADLINE, {}).get("flags", []))}
                cell["outputs"].remove(output)
    return found


def _without_silent(cells: Sequence[Any]) -> list[Any]:
    """The cells without the sections whose code shows nothing at all: what does not apply is not spoken of.

    A section of prose alone stays, and so does the one that holds the record of the report.
    """
    sections: list[list[Any]] = [[]]
    for cell in cells:
        if cell["cell_type"] == "markdown" and cell["source"].startswith("## "):
            sections.append([])
        sections[-1].append(cell)
    opening, *others = sections
    return [*opening, *(cell for own in others if _speaks(own) for cell in own)]


def _speaks(section: Sequence[Any]) -> bool:
    code = [cell for cell in section if cell["cell_type"] == "code"]
    shown = [output.get("data", {}).get("text/html", "no table") for cell in code for output in cell.get("outputs", [])]
    return not code or any(text.strip() for text in shown)


def _sections(nb: nbformat.NotebookNode) -> tuple[str, list[tuple[str, str]]]:
    """Mark the title cell and the cells that open a section; the question in the title and the contents."""
    question, seen = "", set[str]()
    contents: list[tuple[str, str]] = []
    for cell in nb.cells:
        if cell["cell_type"] != "markdown":
            continue
        first, _, rest = cell["source"].partition("\n")
        if first.startswith("# ") and not question:
            question, cell["source"] = first[2:].strip(), rest.strip()
            cell["metadata"]["lede"] = True
        elif first.startswith("## "):
            heading = first[3:].strip()
            slug = "s-" + re.sub(r"[^a-z0-9]+", "-", heading.lower()).strip("-")
            while slug in seen:
                slug += "-again"
            seen.add(slug)
            cell["metadata"].update(section=slug, heading=heading, closes=bool(contents))
            cell["source"] = rest.strip()
            contents.append((slug, heading))
    return question, contents


def _put_changes(nb: nbformat.NotebookNode, contents: list[tuple[str, str]], since: Mapping[str, Any]) -> None:
    """A section on what changed after the first one, which is the verdict."""
    openers = [i for i, cell in enumerate(nb.cells) if cell["metadata"].get("section")]
    name = ("s-since", "Since the last report")
    cell = nbformat.v4.new_markdown_cell(
        metadata={"section": name[0], "heading": name[1], "closes": bool(openers), "html": str(changes.section(since))}
    )
    nb.cells.insert(openers[1] if len(openers) > 1 else len(nb.cells), cell)
    contents.insert(1, name)


def _text(nb: nbformat.NotebookNode) -> str:
    """What a reader reads of a notebook: its prose, what its cells show and what stands for the charts; no code."""
    said = []
    for cell in nb.cells:
        if cell["cell_type"] == "markdown":
            said += [cell["metadata"].get("heading", ""), re.sub(r"`[^`]*`", " ", cell["source"])]
        for output in cell.get("outputs", []):
            shown = output.get("data", {}).get("text/html", "")
            said.append(unescape(re.sub(r"(?s)<script.*?</script>|<[^>]+>", " ", shown)))
            said.append(output.get("metadata", {}).get("text", ""))
    return " ".join(said)


def _chart(output: Any, name: str) -> int:
    """Give a chart its id, its text and its data as a block that no browser runs; 1 where the output is a chart."""
    if output["output_type"] == "execute_result":  # the template shows both kinds alike
        output["output_type"] = "display_data"
    figure = output.get("data", {}).get(PLOTLY)
    if figure is None:
        return 0
    for trace in figure.get("data", []):
        kind = trace.get("type", "scatter")
        if kind.startswith(_REFUSED):
            raise OshError(
                f"a chart of type {kind} fetches from a server or runs generated code; it cannot be shown offline"
            )
        trace["type"] = _PLAIN.get(kind, kind)
    layout = figure.get("layout", {})
    lean = plain({"data": figure.get("data", []), "layout": layout})
    text = json.dumps(lean, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    output["data"] = nbformat.from_dict({PLOTLY: {}})
    output["metadata"] = nbformat.from_dict(
        {
            "chart": name,
            "text": (layout.get("meta") or {}).get("description", "Chart"),
            "height": layout.get("height", 400),
            "json": inert(text),
        }
    )
    return 1
