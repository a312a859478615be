"""The front page as a browser shows it: counts that filter, search, long lists; and the section on what changed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from oshlib import index, page
from tests.conftest import Visit
from tests.test_page import FIGURE, executed, render

SINCE = {
    "made": "2026-11-20 06:00 UTC",
    "items": [
        {"what": "verdict", "label": "", "before": "Mixed", "now": "Worse"},
        {"what": "verdict", "label": "LTCR", "before": "Level", "now": "Better"},
        {"what": "revised", "label": "TCR 2021", "before": "5.0 (5 cases in 200,000 h)", "now": "6.0 (6 cases)"},
        {"what": "gone", "label": "TCR 2019", "before": "no rate", "now": "–"},
    ],
}


def entry(number: int, tone: str, **other: Any) -> dict[str, Any]:
    card = {
        "status": {"words": {"bad": "Worse", "good": "Better"}.get(tone, "Level"), "symbol": "▲", "tone": tone},
        "also": [{"label": "LTCR", "words": "Better", "symbol": "▼", "tone": "good"}],
        "picture": {"label": "TCR by year", "values": [1.0, 2.0, None, 3.0]},
        "facts": [["TCR last year", f"{number}.0"]],
    }
    blank = {"notebook": "five_year_trend", "unit": f"Plant {number}", "unit_id": f"P-{number:04d}", "card": card}
    blank |= {"name": f"five_year_trend/p{number}", "html": f"five_year_trend/p{number}.html", "error": None}
    blank |= {"status": "ok", "stale": False, "parameters": {"data": "units.csv"}, "since": None}
    blank["made"] = "2026-11-27 06:00 UTC"
    return {**blank, **other}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eight reports: one failed, two worse (one of them newly so), three better, two of one unit that left."""
    place = tmp_path_factory.mktemp("front")
    broken = {"status": "failed", "error": "one.yaml: found no hours"}
    entries = [
        entry(1, "bad", since=SINCE),
        entry(2, "bad"),
        *(entry(n, "good") for n in (3, 4, 5)),
        entry(6, "good", stale=True, **broken),
        entry(7, "bad", vanished=True, since=SINCE, made="2026-11-20 06:00 UTC"),
        entry(
            7,
            "flat",
            vanished=True,
            notebook="goal_attainment",
            name="goal_attainment/p7",
            made="2026-09-02 06:00 UTC",
            **broken,
        ),
    ]
    index.write(place, entries, "2026-11-27 06:00 UTC")
    notebook = executed(FIGURE)
    notebook.cells[3].source = "## Another heading"
    text = page.render(notebook, source="a.ipynb", home="../", made="", self_contained=True, since=SINCE)
    (place / "five_year_trend").mkdir()
    (place / "five_year_trend" / "p1.html").write_text(text, encoding="utf-8")
    return place


def shown(visit: Any) -> list[str]:
    return list(visit.page.locator("table.list tbody tr:visible th").all_inner_texts())


def test_on_paper_heads_stand_on_every_page_and_with_what_they_are_of(browser: Any, folder: Path) -> None:
    with Visit(browser, folder / "index.html") as visit:
        visit.page.emulate_media(media="print")
        # A browser does not repeat a head that holds a box of its own, as a button is.
        assert visit.page.locator("thead button").first.evaluate("e => getComputedStyle(e).display") == "contents"
        visit.page.emulate_media(media="screen")
        visit.page.set_viewport_size({"width": 1440, "height": 900})
        assert visit.page.locator(".front").evaluate("e => e.getBoundingClientRect().width") == 1280
    with Visit(browser, folder / "five_year_trend" / "p1.html") as visit:
        visit.page.emulate_media(media="print")
        for part in (".head", ".prose", ".prose p"):
            kept = visit.page.locator(part).first.evaluate("e => getComputedStyle(e).breakAfter")
            assert kept == "avoid", part


def test_a_page_of_an_earlier_run_is_dated(tmp_path: Path) -> None:
    run = "2026-11-27 06:00 UTC"
    unpaged = {"html": None, "made": None, "status": "failed", "error": "no hours"}
    entries = [entry(1, "bad", made=run), entry(2, "good", made="2026-09-02 06:00 UTC"), entry(3, "bad", **unpaged)]
    index.write(tmp_path, entries, run)
    text = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert text.count("page of ") == 1
    assert '<span class="kind">P-0002</span><span class="kind">page of 2026-09-02 06:00 UTC</span>' in text


def test_each_count_shows_only_its_reports_and_goes_with_the_search(browser: Any, folder: Path) -> None:
    with Visit(browser, folder / "index.html") as visit:
        button = {b.inner_text(): b for b in visit.page.locator(".counts button").all()}
        assert list(button) == [
            "2\nfailed", "2\nunfavourable, clearly", "3\nfavourable, clearly", "2\non units no longer in the data",
        ]  # fmt: skip
        status = visit.page.locator("#shown")
        for text, one in button.items():
            assert one.get_attribute("aria-pressed") == "false"
            one.click()
            assert [b.get_attribute("aria-pressed") for b in button.values()].count("true") == 1
            assert len(shown(visit)) == int(text.split()[0]), "the number on it is the number of rows"
            assert status.inner_text() == f"{text.split()[0]} of 8 shown"
        one = button["2\nunfavourable, clearly"]
        one.click()
        assert visit.page.locator("h2:visible").all_inner_texts() == ["Five year trend"], "no list without a row"
        visit.page.get_by_role("searchbox").fill("p-0002")
        assert (shown(visit), status.inner_text()) == (["Plant 2\nP-0002"], "1 of 8 shown")
        visit.page.get_by_role("searchbox").fill("")
        assert len(shown(visit)) == 2
        one.focus()
        visit.page.keyboard.press("Enter")
        assert (one.get_attribute("aria-pressed"), len(shown(visit)), status.inner_text()) == ("false", 8, "")
        visit.page.keyboard.press("Space")
        visit.page.get_by_role("button", name="Unit", exact=True).first.click()
        assert shown(visit) == ["Plant 1\nP-0001", "Plant 2\nP-0002"], "sorting keeps what is chosen"
        visit.page.keyboard.press("Escape")
        assert (one.get_attribute("aria-pressed"), len(shown(visit)), status.inner_text()) == ("false", 8, "")
        assert visit.said == []


@pytest.mark.parametrize(
    ("text", "units"),
    [
        ("P-0004", [4]),
        ("no hours", [6, 7]),
        ("was: mixed", [1]),
        ("1 figure revised", [1]),
        ("no longer in the data", [7, 7]),
        ("better", [3, 4, 5]),
    ],
)
def test_the_search_finds_ids_faults_and_what_was(browser: Any, folder: Path, text: str, units: list[int]) -> None:
    with Visit(browser, folder / "index.html") as visit:
        visit.page.get_by_role("searchbox").fill(text)
        assert shown(visit) == [f"Plant {n}\nP-{n:04d}" for n in units]


def test_the_head_says_what_changed_and_a_row_what_its_verdict_was(browser: Any, folder: Path) -> None:
    with Visit(browser, folder / "index.html") as visit:
        news = "Since the last report: 2 verdicts changed, 1 report with revised figures. 1 unit no longer in the data."
        assert visit.page.locator(".news").inner_text() == news, "what left the data counts once, as that"
        row = visit.page.locator("tbody tr").nth(1).locator("td").first.inner_text().split("\n")
        assert row == ["▲ Worse", "was: Mixed", "LTCR: ▼ Better", "was: Level", "1 figure revised"]


def test_without_scripts_the_front_page_is_complete(browser: Any, folder: Path) -> None:
    with Visit(browser, folder / "index.html", java_script_enabled=False) as visit:
        assert len(visit.page.locator("tbody tr").all()) == len(shown(visit)) == 8
        assert visit.page.locator(".counts li").all_inner_texts()[0].split("\n") == ["2", "failed"]
        assert visit.page.locator(".counts button").count() == 0, "no button that does nothing"
        assert not visit.page.get_by_role("searchbox").is_visible()


def test_last_pages_are_sorted_by_their_day(browser: Any, folder: Path) -> None:
    with Visit(browser, folder / "index.html") as visit:
        days = visit.page.locator("#gone tbody td:last-child")
        for expected in (
            ["2026-09-02 06:00 UTC", "2026-11-20 06:00 UTC"],
            ["2026-11-20 06:00 UTC", "2026-09-02 06:00 UTC"],
        ):
            visit.page.get_by_role("button", name="Last page").click()
            assert days.all_inner_texts() == expected


def test_of_a_long_list_the_first_are_shown_until_all_are_asked_for(browser: Any, tmp_path: Path) -> None:
    index.write(tmp_path, [entry(n, "bad" if n % 2 else "good") for n in range(700)], "2026-11-27 06:00 UTC")
    with Visit(browser, tmp_path / "index.html") as visit:
        assert len(shown(visit)) == 300
        assert visit.page.locator("#shown").inner_text() == ""
        visit.page.locator(".counts button", has_text="unfavourable").click()
        assert visit.page.locator("#shown").inner_text() == "350 of 700 found"
        visit.page.get_by_role("searchbox").fill("p-0699")
        assert shown(visit) == ["Plant 699\nP-0699"], "what is not shown is found all the same"
        visit.page.keyboard.press("Escape")
        assert len(shown(visit)) == 300
        visit.page.get_by_role("button", name="Show all 700").click()
        assert len(shown(visit)) == 700
        assert not visit.page.get_by_role("button", name="Show all").is_visible()
    with Visit(browser, tmp_path / "index.html") as visit:
        visit.page.evaluate("dispatchEvent(new Event('beforeprint'))")
        assert len(shown(visit)) == 700, "paper has no button"


def test_the_section_on_what_changed_stands_after_the_verdict_and_in_the_contents() -> None:
    text = render(FIGURE, since=SINCE)
    parts = ['<section id="s-charts-more"', '<section id="s-since"', '<section id="s-charts-more-again"']
    assert [text.index(part) for part in parts] == sorted(text.index(part) for part in parts)
    assert text.count("<section") == text.count("</section>") == 5, "with cautions and the glossary"
    assert '<li><a href="#s-since">Since the last report</a></li>' in text
    assert '<th scope="row">TCR 2019</th><td class="t">no rate</td><td class="t">–</td><td class="t">gone</td>' in text
    assert "Since the last report" not in render(FIGURE)
    assert render(FIGURE, since=None) == render(FIGURE)
    assert page.count(text, 1) is None


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_whatever_is_pressed(browser: Any, folder: Path, scheme: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    def faults(visit: Any) -> list[Any]:
        return [(v["id"], v["nodes"][0]["html"]) for v in Axe().run(visit.page).response["violations"]]

    with Visit(browser, folder / "index.html", color_scheme=scheme) as visit:
        assert faults(visit) == []
        for button in visit.page.locator(".counts button").all():
            button.click()
            assert faults(visit) == []
    with Visit(browser, folder / "five_year_trend" / "p1.html", color_scheme=scheme) as visit:
        visit.wait_for_charts()
        assert faults(visit) == []


def test_the_front_page_and_the_section_fit_a_phone(browser: Any, folder: Path) -> None:
    for file in ("index.html", "five_year_trend/p1.html"):
        with Visit(browser, folder / file, viewport={"width": 390, "height": 844}) as visit:
            assert visit.page.evaluate("document.documentElement.scrollWidth") <= 390, file
