"""The pages: what they hold, how large they are, and that they say what their notebooks found."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path
from typing import Any

import nbformat
import pytest

from oshlib import glossary, page, places, rates
from oshlib.charts import PALETTE
from oshlib.charts.style import LINE
from oshlib.errors import OshError
from oshlib.headline import HEADLINE, RECORD

FIGURE = {"data": [{"type": "scatter", "x": [1], "y": [2]}], "layout": {"meta": {"description": "One & two."}}}


def executed(*figures: dict[str, Any], **recorded: Any) -> nbformat.NotebookNode:
    outputs = [nbformat.v4.new_output("display_data", {page.PLOTLY: f}) for f in figures]
    beside = {"title": "Alder", "eyebrow": ["2020–2024"], **recorded}
    headline = {"flags": [{"code": "ZERO"}, {"code": "ZERO"}]}
    record = nbformat.v4.new_output("display_data", {RECORD: beside, HEADLINE: headline})
    return nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_markdown_cell("# Is it so?\n\nA sentence."),
            nbformat.v4.new_markdown_cell("## Charts & more"),
            nbformat.v4.new_code_cell("draw('<b>')", outputs=outputs),
            nbformat.v4.new_markdown_cell("## Charts & more"),
            nbformat.v4.new_markdown_cell("## Cautions\n\nThe Poisson of `TCIR`."),
            nbformat.v4.new_code_cell("record(DART)", outputs=[record]),
        ]
    )


def render(*figures: dict[str, Any], **options: Any) -> str:
    chosen = {"source": "trend.ipynb", "home": "../", "made": "2026-01-01", **options}
    recorded = {k: chosen.pop(k) for k in ("signed",) if k in chosen}
    return page.render(executed(*figures, **recorded), **chosen)


def test_a_page_holds_its_charts_its_title_and_its_contents() -> None:
    text = render(FIGURE, FIGURE)
    assert text.count("data-for=") == 2
    assert "<h1>Alder</h1>" in text
    assert '<a href="#s-charts-more">Charts &amp; more</a>' in text
    assert '<a href="#s-charts-more-again">' in text, "equal headings get anchors of their own"
    assert 'aria-label="One &amp; two."' in text
    assert "draw(&#39;&lt;b&gt;&#39;)" in text


def test_contents_count_the_cautions_and_every_heading_has_a_link_of_its_own() -> None:
    text = render(FIGURE)
    assert (
        '<a href="#s-cautions">Cautions <span class="cnt">2<span class="vh"> to keep in mind</span></span></a>' in text
    )
    assert '<a href="#s-cautions" aria-label="Link to Cautions">#</a>' in text
    assert text.count('aria-label="Link to ') == text.count("<h2 ") == 4


def test_a_section_whose_code_shows_nothing_is_left_out_with_its_heading_and_prose() -> None:
    def code(*outputs: Any) -> nbformat.NotebookNode:
        return nbformat.v4.new_code_cell("pass", outputs=list(outputs))

    def html(text: str) -> Any:
        return nbformat.v4.new_output("display_data", {"text/html": text, "text/plain": "<Html>"})

    empty, table = html(" \n"), html("<p>Seen.</p>")
    record = nbformat.v4.new_output("display_data", {HEADLINE: {}, RECORD: {}, "text/plain": "headline"})
    said = nbformat.v4.new_output("stream", name="stdout", text="a remark")
    sections: dict[str, list[Any]] = {
        "Silent": [code(), code(empty)], "Of prose": [], "Half": [code(), code(table)], "Printed": [code(said)],
        "Silent at the end": [code()], "Record": [code(record)],
    }  # fmt: skip
    cells = [nbformat.v4.new_markdown_cell("# Is it so?"), code()]
    for name, own in sections.items():
        more = nbformat.v4.new_markdown_cell(f"More about {name}.")
        cells += [nbformat.v4.new_markdown_cell(f"## {name}\n\nProse of {name}."), *own, more]
    text = page.render(nbformat.v4.new_notebook(cells=cells), source="a", home="", made="")
    kept = ["Of prose", "Half", "Printed", "Record"]
    assert re.findall(r"<h2 [^>]*>(.*?)</h2>", text) == kept
    assert re.findall(r'<li><a href="#s-[^"]*">(.*?)</a>', text) == kept
    for name in sections:
        assert (f"Prose of {name}." in text) == (f"More about {name}." in text) == (name in kept), name
    assert text.count("<section ") == text.count("</section>") == len(kept)


def test_a_page_is_signed_or_leaves_a_line_to_sign_on_paper() -> None:
    text = render(signed=["A. <Analyst>", ""])
    assert "<span>Prepared by A. &lt;Analyst&gt;</span>" in text
    assert '<span class="blank">Reviewed by </span>' in text
    assert "Prepared by" not in render()


def test_the_glossary_explains_what_the_page_says_and_not_what_its_code_says() -> None:
    text = render({"data": [], "layout": {"meta": {"description": "TCR and SMALL_NUMBER, by Kendall S."}}})
    terms = re.findall(r"<dt>(.*?)</dt><dd>", text[text.index('class="terms"') :])
    assert terms == ["Kendall S", "Poisson", "TCR"]
    assert text.index('id="glossary"') > text.index('id="s-cautions"')
    assert '<a href="#glossary">Glossary</a>' in text
    nothing = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("# Is it?")])
    assert "Glossary" not in page.render(nothing, source="a", home="", made="")


def test_every_measure_and_every_caution_is_in_the_glossary_in_one_sentence() -> None:
    package = places.ROOT / "oshlib"
    codes = set(rates.MEASURES)
    for file in package.rglob("*.py"):
        for call in (n for n in ast.walk(ast.parse(file.read_text(encoding="utf-8"))) if isinstance(n, ast.Call)):
            if getattr(call.func, "attr", getattr(call.func, "id", "")) == "flag":
                codes |= {a.value for a in call.args[:1] if isinstance(a, ast.Constant)}
        if file.stem in ("tables", "filings", "portfolio", "program_flags"):  # there it is a variable
            codes |= set(re.findall(r'"((?:[A-Z]+_[A-Z]+|REVISED|DUPLICATE))"', file.read_text(encoding="utf-8")))
    for file in (places.ROOT / "data" / "columns").rglob("*.yaml"):
        codes |= set(re.findall(r"flag: (\w+)", file.read_text(encoding="utf-8")))
    assert codes >= {"SMALL_N", "REVISED", "DUPLICATE", "SUM_MISMATCH", "HOURS_ODD", "EDGE_ROUNDING", "LTIFR"}
    meanings = glossary.meanings()
    assert codes - meanings.keys() == set()
    for term, meaning in meanings.items():
        assert re.fullmatch(r"[A-Z].*[^.]\.", meaning), term
        assert ". " not in meaning, term


def test_every_number_that_can_be_pointed_at_in_a_chart_stands_in_a_table_of_its_page(
    reports: Path, index: list[dict[str, Any]]
) -> None:
    for entry in index:
        text = (reports / entry["html"]).read_text(encoding="utf-8")
        tables = map(json.loads, re.findall(r'</table><script type="application/json">(.*?)</script>', text))
        held = {v for t in tables for row in t["rows"] for v in row if isinstance(v, int | float)}
        rounded = {round(v, 2) for v in held}
        charts = [json.loads(t) for t in re.findall(r"data-for=[^>]*>(.*?)</script>", text)]
        for trace in (t for chart in charts for t in chart["data"] if t.get("hoverinfo") != "skip"):
            strip = set(trace["y"]) <= {0, 1} and "error_y" not in trace and trace["type"] == "scatter"
            across = strip or "error_x" in trace or trace.get("name") in ("now", "before")  # a profile's lines lie
            symbols = trace.get("marker", {}).get("symbol", "")
            for i, value in enumerate(trace["x" if across else "y"]):
                if isinstance(symbols, list) and symbols[i] == "triangle-up-open":  # drawn on the edge of the axis
                    assert trace["customdata"][i][-1] in rounded
                else:
                    assert value is None or value in held, (entry["name"], trace["name"], value)


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str, opacity: float = 1.0) -> float:
    """The contrast of WCAG 2 between a colour, laid on with this opacity, and its ground."""
    mixed = [round(opacity * int(one[i : i + 2], 16) + (1 - opacity) * int(other[i : i + 2], 16)) for i in (1, 3, 5)]
    low, high = sorted((luminance("#" + "".join(f"{m:02x}" for m in mixed)), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_what_charts_write_and_mark_can_be_read_by_day_and_by_night(reports: Path, index: list[dict[str, Any]]) -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    style = (page.HTML / "style.css").read_text(encoding="utf-8")
    for day, night in PALETTE.items():
        if day != LINE:  # grid lines only
            assert contrast(day, "#ffffff") >= 4.5, day
            assert contrast(night, "#11161d") >= 4.5, night
    assert style.count("--bg:#fff;") == style.count("--bg:#11161d;") == 1, "the grounds that were reckoned with"
    for entry in {e["notebook"]: e for e in index}.values():
        text = (reports / entry["html"]).read_text(encoding="utf-8")
        for chart in re.findall(r"data-for=[^>]*>(.*?)</script>", text):
            assert set(re.findall(r"#[0-9a-f]{6}\b", chart)) <= set(PALETTE), "a colour without a dark twin"
            for trace in json.loads(chart)["data"]:
                marker = trace.get("marker", {})
                if isinstance(marker.get("color"), str):
                    for colour, ground in ((marker["color"], "#ffffff"), (PALETTE[marker["color"]], "#11161d")):
                        assert contrast(colour, ground, marker.get("opacity", 1.0)) >= 3


def test_a_verdict_is_told_by_word_and_shape_and_colour(reports: Path, index: list[dict[str, Any]]) -> None:
    style = (page.HTML / "style.css").read_text(encoding="utf-8")
    for file in ("index.html", *(e["html"] for e in index)):
        text = (reports / file).read_text(encoding="utf-8")
        chips = re.findall(r'<span class="chip (\w+)"><span aria-hidden="true">(.)</span> (\w[^<]+)</span>', text)
        assert len(chips) == text.count('class="chip') >= 1, file
        for tone, _, _ in chips:
            assert f".chip.{tone}" in style
        shapes = {(tone, words): symbol for tone, symbol, words in chips}
        assert all(shapes[tone, words] == symbol for tone, symbol, words in chips)


def test_a_page_names_no_other_host_and_carries_a_policy_against_fetching() -> None:
    text = render(FIGURE)
    # The xlsx writer names the standards that its parts keep to; nothing is fetched from there.
    assert not re.findall(r"(?:https?:)?//[a-z]", text.replace("http://schemas.openxmlformats.org/", ""))
    assert "default-src 'none'" in text
    assert "connect-src 'none'" in text


def test_a_page_without_a_chart_loads_no_plotly() -> None:
    for alone in (True, False):
        assert "<script src=" not in render(self_contained=alone)
    assert '<script src="../' in render(FIGURE)
    assert "<script src=" not in render(FIGURE, self_contained=True)


def test_a_page_that_lost_a_chart_is_refused() -> None:
    text = render(FIGURE)
    with pytest.raises(OshError, match=r"^the page holds 1 charts, the notebook drew 2$"):
        page.count(text, 2)


def test_webgl_traces_become_plain_ones_and_maps_are_refused() -> None:
    assert '"type":"scatter"' in render({"data": [{"type": "scattergl"}]})
    with pytest.raises(OshError, match="a chart of type choropleth fetches from a server"):
        render({"data": [{"type": "choropleth"}]})


def test_text_in_a_chart_cannot_close_its_block() -> None:
    text = render({"data": [{"type": "scatter", "name": "</script><script>alert(1)"}]})
    assert "<script>alert(1)" not in text


def test_rendering_leaves_the_executed_notebook_as_it_was() -> None:
    notebook = executed(FIGURE)
    before = nbformat.writes(notebook)
    page.render(notebook, source="a", home="", made="")
    assert nbformat.writes(notebook) == before


def test_every_example_report_is_good_and_says_that_it_is_made_up(reports: Path, index: list[dict[str, Any]]) -> None:
    assert len(index) >= 8
    for entry in index:
        assert entry["status"] == "ok", entry["error"]
        text = (reports / entry["html"]).read_text(encoding="utf-8")
        assert "made-up example unit" in text
        notebook = nbformat.read(reports / entry["ipynb"], 4)
        least = notebook.metadata.get("oshlib", {}).get("charts", 1)  # who has no rate has nothing to draw
        assert text.count("data-for=") == page.drawn(notebook) >= least
        # Up to 59 items with their evidence; 38 establishments by year; an office's 94, each with all that is known.
        many = {
            "assessment": 90_000,
            "ccp_evaluation": 90_000,
            "safe_partnership": 90_000,
            "partnership_annual": 150_000,  # five goals with all their measures, each table with its export
            "targeting": 60_000 if entry["unit"] else 150_000,
        }
        most = many.get(entry["notebook"], 60_000)
        assert (reports / entry["html"]).stat().st_size <= most


def test_a_page_on_many_units_leads_to_the_pages_on_each(reports: Path, index: list[dict[str, Any]]) -> None:
    portfolio = next(e for e in index if e["name"] == "portfolio/ready-mix")
    text = (reports / portfolio["html"]).read_text(encoding="utf-8")
    theirs = [e for e in index if e["unit_id"] and e["parameters"]["data"] == portfolio["parameters"]["data"]]
    assert len(theirs) == 16, "three units, three questions, one that was explored, six assessments"
    links = set(re.findall(r'href="\.\./([^"]+\.html)"', text)) - {"index.html"}
    assert links == {e["html"] for e in theirs}
    assert "data-unit" not in text


def test_the_index_and_the_page_give_the_same_verdict(reports: Path, index: list[dict[str, Any]]) -> None:
    front = (reports / "index.html").read_text(encoding="utf-8")
    for entry in index:
        words = entry["card"]["status"]["words"]
        assert words in (reports / entry["html"]).read_text(encoding="utf-8")
        row = next(r for r in front.split("<tr ") if f'href="{entry["html"]}"' in r)
        assert words in row
