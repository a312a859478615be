"""What a real browser shows of the pages and lets people do with them; nothing is asked of any other machine."""

from __future__ import annotations

import itertools
import re
from pathlib import Path
from typing import Any

import nbformat
import pytest

from oshlib import page

Index = list[dict[str, Any]]
SCHEMES = ("light", "dark")
#: What Tab can reach, as far as it is shown.
REACHED = "a[href], button:not([disabled]), input, select, textarea, [tabindex]:not([tabindex='-1'])"
#: Notes every element that gets the focus, whether a ring is drawn round it, and whether it can be seen at all.
WATCH = """() => {
  window.walked = [];
  window.called = (el) => `${el.tagName.toLowerCase()}.${el.className} ${el.ariaLabel ?? el.textContent.slice(0, 40)}`;
  const seen = (el) => {
    let clear = 1;
    for (let at = el; at; at = at.parentElement) clear *= +getComputedStyle(at).opacity;
    return clear > 0.5 && el.getBoundingClientRect().width > 1;
  };
  addEventListener("focusin", ({target: el}) => {
    const style = getComputedStyle(el);
    walked.push([el, style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 1, seen(el)]);
  });
  const all = (what) => [...document.querySelectorAll(what)].filter(
    (el) => el.checkVisibility({visibilityProperty: true}));
  window.shownOf = (what) => all(what).length;
  window.missed = (what) => all(what).filter((el) => !walked.some(([at]) => at === el)).map(called);
}"""
#: How many elements have a transition or an animation.
MOVING = """() => [...document.querySelectorAll("*")].map((el) => getComputedStyle(el))
  .filter((s) => s.transitionDuration.split(", ").some((t) => t !== "0s") || s.animationName !== "none").length"""


def heaviest(index: Index, reports: Path) -> list[str]:
    """The heaviest page of every notebook."""
    by_weight = sorted(index, key=lambda e: (reports / e["html"]).stat().st_size)
    return list({e["notebook"]: e["html"] for e in by_weight}.values())


def one_of_each_notebook(index: Index, reports: Path) -> list[str]:
    """The heaviest page of every notebook, and one without a verdict."""
    worst_case = next(e for e in index if e["card"]["status"]["tone"] == "na" and e["notebook"] != "targeting")
    return [*heaviest(index, reports), worst_case["html"]]


# Drawn, on every screen and on paper


def test_every_report_draws_all_its_charts_offline_and_in_silence(open_page: Any, reports: Path, index: Index) -> None:
    for number, entry in enumerate(index):
        with open_page(reports / entry["html"], color_scheme=SCHEMES[number % 2]) as seen:
            charts = seen.wait_for_charts()
            notebook = nbformat.read(reports / entry["ipynb"], 4)
            assert charts == page.drawn(notebook) >= notebook.metadata.get("oshlib", {}).get("charts", 1)
            assert seen.page.locator(".chart svg.main-svg").count() >= charts
            assert not charts or seen.page.locator(".chart .point, .chart .bars path").count() > 0


def test_a_report_fits_a_phone_and_prints(open_page: Any, reports: Path, index: Index) -> None:
    for file in one_of_each_notebook(index, reports):
        with open_page(reports / file, viewport={"width": 390, "height": 844}) as seen:
            seen.wait_for_charts()
            assert seen.page.evaluate("document.documentElement.scrollWidth") <= 390, file
            paper = seen.page.pdf(format="A4")
            assert paper[:5] == b"%PDF-"
            assert len(re.findall(rb"/Type\s*/Page\b", paper)) >= 3
            seen.page.emulate_media(media="print")
            for shown in ("h1", ".chip >> nth=0", ".chart svg.main-svg >> nth=0", "table >> nth=0", "#glossary"):
                assert seen.page.locator(shown).is_visible(), shown
            assert [b for b in seen.page.locator("button, nav, .head a").all() if b.is_visible()] == []
    with open_page(reports / "index.html", viewport={"width": 390, "height": 844}) as seen:
        assert seen.page.evaluate("document.documentElement.scrollWidth") <= 390


def test_a_point_tells_its_interval_and_a_chart_is_zoomed_and_reset(
    open_page: Any, reports: Path, index: Index
) -> None:
    spans = "el => [...el.layout.xaxis.range, ...el.layout.yaxis.range]"
    for file in heaviest(index, reports):
        with open_page(reports / file) as seen:
            seen.wait_for_charts()
            chart = seen.page.locator(".chart").first
            chart.scroll_into_view_if_needed()
            point = chart.locator(".point").last.bounding_box()
            seen.page.mouse.move(point["x"] + point["width"] / 2, point["y"] + point["height"] / 2)
            told = chart.locator(".hovertext").first
            told.wait_for()
            rate = r"\d+\.\d\d \(\d+\.\d\d to \d+\.\d\d\).*[\d,]+ in [\d,]{5,} h"
            score = r", now: [\d.]+ of \d+ \(\d+%\)"
            assert re.search(score if "assessment/" in file else rate, told.text_content()), file
            plot, before = chart.locator(".nsewdrag").first.bounding_box(), chart.evaluate(spans)
            middle = plot["x"] + plot["width"] / 2, plot["y"] + plot["height"] / 2
            seen.page.mouse.move(*middle)
            seen.page.mouse.down()
            seen.page.mouse.move(middle[0] + 120, middle[1] + 80, steps=4)
            seen.page.mouse.up()
            zoomed = chart.evaluate(spans)
            assert zoomed[1] - zoomed[0] < before[1] - before[0]
            assert zoomed[3] - zoomed[2] < before[3] - before[2]
            for _ in range(5):  # a click too soon is taken for one more of those before it
                seen.page.wait_for_timeout(700)
                if chart.evaluate(spans) == pytest.approx(before):
                    break
                seen.page.mouse.dblclick(*middle)
            assert chart.evaluate(spans) == pytest.approx(before)


def test_a_self_contained_report_needs_no_other_file(
    open_page: Any, reports: Path, index: Index, tmp_path: Path
) -> None:
    notebook = nbformat.read(reports / index[0]["ipynb"], 4)
    file = tmp_path / "alone.html"
    file.write_text(page.render(notebook, source="a", home="", made="", self_contained=True), encoding="utf-8")
    with open_page(file) as seen:
        assert seen.wait_for_charts() == page.drawn(notebook)
        assert seen.asked == [file.as_uri()]


def test_plotlys_upload_button_is_never_there(open_page: Any, reports: Path, index: Index) -> None:
    with open_page(reports / index[0]["html"]) as seen:
        seen.wait_for_charts()
        titles = seen.page.locator(".modebar-btn").evaluate_all("all => all.map(b => b.dataset.title || b.ariaLabel)")
        assert titles
        assert not [t for t in titles if t and ("cloud" in t.lower() or "share" in t.lower())]


# Worked with


def test_code_is_folded_behind_one_control_and_contents_lead_to_their_places(
    open_page: Any, reports: Path, index: Index
) -> None:
    with open_page(reports / index[0]["html"]) as seen:
        code = seen.page.locator("pre.code")
        assert code.count() > 5
        assert not code.first.is_visible()
        seen.page.get_by_role("button", name="Show code").click()
        assert code.first.is_visible()
        for link in seen.page.locator("nav ol a").all():
            assert seen.page.locator(link.get_attribute("href")).count() == 1
        for heading in seen.page.locator("main h2").all():
            link = seen.page.get_by_role("link", name=f"Link to {heading.inner_text()}", exact=True)
            link.focus()
            assert link.evaluate("el => getComputedStyle(el).opacity") == "1"
            assert f"{link.get_attribute('href')[1:]}-h" == heading.get_attribute("id")


def test_the_index_is_searched_and_sorted(open_page: Any, reports: Path, index: Index) -> None:
    with open_page(reports / "index.html") as seen:
        rows = seen.page.locator("table.list tbody tr")
        assert rows.count() == len(index)
        worst = {e["card"]["status"]["words"] for e in index if e["card"]["status"]["tone"] == "bad"}
        assert any(words in rows.first.inner_text() for words in worst), "worst first"
        seen.page.get_by_role("searchbox").fill("not determinable")
        visible = seen.page.locator("table.list tbody tr:visible")
        said = [e["card"]["status"]["words"].lower() for e in index]
        assert visible.count() == sum("not determinable" in words for words in said) > 1
        assert seen.page.locator("#shown").inner_text() == f"{visible.count()} of {len(index)} shown"
        seen.page.get_by_role("searchbox").fill("")
        first = seen.page.locator("table.list:has(button:text-is('TCR last year'))").first
        first.get_by_role("button", name="TCR last year").click()
        last = [float(t) for t in first.locator("tbody tr td:nth-of-type(3)").all_inner_texts()]
        assert last == sorted(last)
        seen.page.locator("table.list a").first.click()
        assert seen.page.locator("h1").count() == 1


# For everybody


@pytest.mark.parametrize("scheme", SCHEMES)
def test_axe_finds_nothing_on_the_index_and_on_reports(
    open_page: Any, reports: Path, index: Index, scheme: str
) -> None:
    from axe_playwright_python.sync_playwright import Axe

    for file in ("index.html", *one_of_each_notebook(index, reports)):
        with open_page(reports / file, color_scheme=scheme) as seen:
            seen.wait_for_charts()
            found = Axe().run(seen.page).response["violations"]
            assert [(v["id"], v["nodes"][0]["html"]) for v in found] == [], file


def test_tab_alone_reaches_everything_and_shows_where_it_is_and_nothing_moves_unasked(
    open_page: Any, reports: Path, index: Index
) -> None:
    for number, file in enumerate(("index.html", *{e["notebook"]: e["html"] for e in index}.values())):
        with open_page(reports / file, color_scheme=SCHEMES[number % 2], reduced_motion="reduce") as seen:
            seen.wait_for_charts()
            levels = seen.page.locator("h1, h2, h3, h4, h5, h6").evaluate_all("all => all.map(h => +h.tagName[1])")
            assert levels[0] == 1
            assert levels.count(1) == 1
            assert all(after <= before + 1 for before, after in itertools.pairwise(levels)), file
            assert seen.page.locator("main").count() == 1
            assert seen.page.evaluate("getComputedStyle(document.documentElement).scrollBehavior") == "auto"
            assert seen.page.evaluate(MOVING) == 0, file
            seen.page.evaluate("document.getElementById('code')?.click()")
            seen.page.evaluate(WATCH)
            wanted = seen.page.evaluate(f"shownOf({REACHED!r})")
            for _ in range(wanted + 3):
                seen.page.keyboard.press("Tab")
            walked = seen.page.evaluate("walked.map(([el, ...rest]) => [called(el), ...rest])")
            assert walked[0][0].startswith("a.skip"), file
            assert [at for at, *shown in walked if shown != [True, True]] == [], "focus is seen, on what is seen"
            assert seen.page.evaluate(f"missed({REACHED!r})") == [], file
            seen.page.locator("a.skip").focus()
            seen.page.keyboard.press("Enter")
            seen.page.keyboard.press("Tab")
            assert seen.page.evaluate("document.activeElement.closest('main') !== null"), "the skip link skips"
