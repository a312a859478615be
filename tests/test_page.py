"""The pages: what they hold, and what a real browser shows of them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import nbformat
import pytest

from oshlib import page
from oshlib.errors import OshError
from oshlib.headline import RECORD

FIGURE = {"data": [{"type": "scatter", "x": [1], "y": [2]}], "layout": {"meta": {"description": "One & two."}}}


def executed(*figures: dict[str, Any], title: str = "Alder") -> nbformat.NotebookNode:
    outputs = [nbformat.v4.new_output("display_data", {page.PLOTLY: f}) for f in figures]
    record = nbformat.v4.new_output("display_data", {RECORD: {"title": title, "eyebrow": ["2020–2024"]}})
    return nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_markdown_cell("# Is it so?\n\nA sentence."),
            nbformat.v4.new_markdown_cell("## Charts & more"),
            nbformat.v4.new_code_cell("draw('<b>')", outputs=outputs),
            nbformat.v4.new_markdown_cell("## Charts & more"),
            nbformat.v4.new_code_cell("record()", outputs=[record]),
        ]
    )


def render(*figures: dict[str, Any], **options: Any) -> str:
    chosen = {"source": "trend.ipynb", "home": "../", "made": "2026-01-01", **options}
    return page.render(executed(*figures), **chosen)


def test_a_page_holds_its_charts_its_title_and_its_contents() -> None:
    text = render(FIGURE, FIGURE)
    assert text.count("data-for=") == 2
    assert "<h1>Alder</h1>" in text
    assert '<a href="#s-charts-more">Charts &amp; more</a>' in text
    assert '<a href="#s-charts-more-again">' in text, "equal headings get anchors of their own"
    assert 'aria-label="One &amp; two."' in text
    assert "draw(&#39;&lt;b&gt;&#39;)" in text


def test_a_page_names_no_other_host_and_carries_a_policy_against_fetching() -> None:
    text = render(FIGURE)
    assert not re.findall(r"(?:https?:)?//[a-z]", text)
    assert "default-src 'none'" in text
    assert "connect-src 'none'" in text


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
        drawn = page.drawn(nbformat.read(reports / entry["ipynb"], 4))
        assert text.count("data-for=") == drawn >= 1
        assert len(text) < 100_000


def test_a_page_on_many_units_leads_to_the_pages_on_each(reports: Path, index: list[dict[str, Any]]) -> None:
    portfolio = next(e for e in index if e["name"] == "portfolio/ready-mix")
    text = (reports / portfolio["html"]).read_text(encoding="utf-8")
    theirs = [e for e in index if e["unit_id"] and e["parameters"]["data"] == portfolio["parameters"]["data"]]
    assert len(theirs) == 9, "three units, three questions"
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


class Visit:
    """One page in the browser, with everything that it asked for or complained about."""

    def __init__(self, browser: Any, file: Path, **options: Any) -> None:
        self.context = browser.new_context(**options)
        self.page = self.context.new_page()
        self.asked: list[str] = []
        self.said: list[str] = []
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda fault: self.said.append(str(fault)))
        self.page.goto(file.as_uri())

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *_: object) -> None:
        self.context.close()

    def wait_for_charts(self) -> int:
        blocks = self.page.locator("script[data-for]").count()
        for i in range(blocks):
            self.page.locator(".chart[data-drawn=true]").nth(i).wait_for()
        return blocks


def test_every_report_draws_all_its_charts_offline_and_in_silence(
    browser: Any, reports: Path, index: list[dict[str, Any]]
) -> None:
    for number, entry in enumerate(index):
        with Visit(browser, reports / entry["html"], color_scheme=("light", "dark")[number % 2]) as visit:
            charts = visit.wait_for_charts()
            assert charts == page.drawn(nbformat.read(reports / entry["ipynb"], 4)) >= 1
            assert visit.page.locator(".chart svg.main-svg").count() >= charts
            assert visit.page.locator(".chart .point, .chart .bars path").count() > 0
            assert [url for url in visit.asked if not url.startswith(("file:", "data:", "blob:"))] == []
            assert visit.said == []


def one_of_each_notebook(index: list[dict[str, Any]]) -> list[str]:
    """A page of every notebook, and one without a verdict."""
    worst_case = next(e for e in index if e["card"]["status"]["tone"] == "na")
    return [*{e["notebook"]: e["html"] for e in index}.values(), worst_case["html"]]


def test_a_report_fits_a_phone_and_prints(browser: Any, reports: Path, index: list[dict[str, Any]]) -> None:
    for file in one_of_each_notebook(index):
        with Visit(browser, reports / file, viewport={"width": 390, "height": 844}) as visit:
            visit.wait_for_charts()
            assert visit.page.evaluate("document.documentElement.scrollWidth") <= 390, file
            assert visit.page.pdf(format="A4")[:5] == b"%PDF-"
    with Visit(browser, reports / "index.html", viewport={"width": 390, "height": 844}) as visit:
        assert visit.page.evaluate("document.documentElement.scrollWidth") <= 390


def test_code_is_folded_behind_one_control_and_contents_lead_to_their_places(
    browser: Any, reports: Path, index: list[dict[str, Any]]
) -> None:
    with Visit(browser, reports / index[0]["html"]) as visit:
        code = visit.page.locator("pre.code")
        assert code.count() > 5
        assert not code.first.is_visible()
        visit.page.get_by_role("button", name="Show code").click()
        assert code.first.is_visible()
        for link in visit.page.locator("nav ol a").all():
            assert visit.page.locator(link.get_attribute("href")).count() == 1


def test_the_index_is_searched_and_sorted(browser: Any, reports: Path, index: list[dict[str, Any]]) -> None:
    with Visit(browser, reports / "index.html") as visit:
        rows = visit.page.locator("table.list tbody tr")
        assert rows.count() == len(index)
        assert "Unfavourable" in rows.first.inner_text(), "worst first"
        visit.page.get_by_role("searchbox").fill("not determinable")
        visible = visit.page.locator("table.list tbody tr:visible")
        said = [e["card"]["status"]["words"].lower() for e in index]
        assert visible.count() == sum("not determinable" in words for words in said) > 1
        assert visit.page.locator("#shown").inner_text() == f"{visible.count()} of {len(index)} shown"
        visit.page.get_by_role("searchbox").fill("")
        first = visit.page.locator("table.list").first
        first.get_by_role("button", name="TCR last year").click()
        last = [float(t) for t in first.locator("tbody tr td:nth-of-type(3)").all_inner_texts()]
        assert last == sorted(last)
        assert visit.said == []
        visit.page.locator("table.list a").first.click()
        assert visit.page.locator("h1").count() == 1


def test_a_self_contained_report_needs_no_other_file(browser: Any, tmp_path: Path) -> None:
    file = tmp_path / "alone.html"
    file.write_text(render(FIGURE, self_contained=True), encoding="utf-8")
    with Visit(browser, file) as visit:
        assert visit.wait_for_charts() == 1
        assert visit.asked == [file.as_uri()]
        assert visit.said == []


def test_plotlys_upload_button_is_never_there(browser: Any, reports: Path, index: list[dict[str, Any]]) -> None:
    with Visit(browser, reports / index[0]["html"]) as visit:
        visit.wait_for_charts()
        titles = visit.page.locator(".modebar-btn").evaluate_all("all => all.map(b => b.dataset.title || b.ariaLabel)")
        assert titles
        assert not [t for t in titles if t and ("cloud" in t.lower() or "share" in t.lower())]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_the_index_and_on_reports(
    browser: Any, reports: Path, index: list[dict[str, Any]], scheme: str
) -> None:
    from axe_playwright_python.sync_playwright import Axe

    for file in ("index.html", *one_of_each_notebook(index)):
        with Visit(browser, reports / file, color_scheme=scheme) as visit:
            visit.wait_for_charts()
            found = Axe().run(visit.page).response["violations"]
            assert [(v["id"], v["nodes"][0]["html"]) for v in found] == [], file
