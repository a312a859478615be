"""The front page over ten thousand reports: the first rows stand in it, all of them are found, sorted and counted."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from oshlib import index
from tests.conftest import Visit
from tests.test_front import SINCE, entry, shown

NUMBER = 10_000
#: Every tone but "fail", of which one is rare.
TONES = ("good", "ok", "flat", "na", "poor", "bad", "good", "ok", "flat", "na")
RUN = "2026-11-27 06:00 UTC"
HOSTILE = "<img src=x onerror=alert(1)>&amp;\"'</script> Ltd"


def many(number: int = NUMBER) -> list[dict[str, Any]]:
    """Made-up reports, nine in ten of one kind; no two have the same last figure, and one has none."""
    entries = []
    for n in range(number):
        own = entry(n, "mix" if n == 4321 else TONES[n // 7 % 10])
        own["card"]["facts"] = [["TCR last year", "–" if n == 5000 else figure(n)]]
        if n % 10 == 3:
            name = f"goal_attainment/p{n}"
            own |= {"notebook": "goal_attainment", "name": name, "html": f"{name}.html"}
        entries.append(own)
    return entries


def value(n: int) -> int:
    """In no order, each once."""
    return n * 7919 % 10_007


def figure(n: int) -> str:
    return f"{value(n) - 100:,}".replace("-", "−")


@pytest.fixture(scope="module")
def entries() -> list[dict[str, Any]]:
    return many()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, entries: list[dict[str, Any]]) -> Path:
    place = tmp_path_factory.mktemp("long")
    index.write(place, entries, RUN)
    return place


def rows(visit: Any) -> list[int]:
    """How many rows stand in each list."""
    return list(visit.page.locator("table.list tbody").evaluate_all("all => all.map(body => body.rows.length)"))


def tones(table: Any) -> set[str]:
    return set(table.locator("tbody .chip").evaluate_all("all => all.map(chip => chip.className)"))


def sentences(visit: Any) -> list[str]:
    return list(visit.page.locator(".cut [data-order]:visible").all_inner_texts())


def test_it_shows_the_worst_and_speaks_of_all(browser: Any, folder: Path) -> None:
    with Visit(browser, folder / "index.html") as visit:
        assert rows(visit) == [200, 200]
        assert sentences(visit) == [f"Showing 200 of {n}: the worst first." for n in ("9,000", "1,000")]
        assert visit.page.locator(".eyebrow").inner_text().startswith("10,000 reports")
        counts = visit.page.locator(".counts b").all_inner_texts()
        assert sum(int(text.replace(",", "")) for text in counts) == NUMBER
        assert tones(visit.page.locator("table.list").first) == {"chip bad"}


def test_the_search_finds_a_row_that_is_not_among_the_first(browser: Any, folder: Path) -> None:
    with Visit(browser, folder / "index.html") as visit:
        assert visit.page.locator("tbody a", has_text="Plant 9876").count() == 0
        visit.page.get_by_role("searchbox").press_sequentially("p-9876")
        assert shown(visit) == ["Plant 9876\nP-9876"]
        assert visit.page.get_by_role("status").inner_text() == "1 of 10,000 shown"
        link = visit.page.get_by_role("link", name="Plant 9876")
        assert link.get_attribute("href") == "five_year_trend/p9876.html"
        assert sentences(visit) == []
        visit.page.get_by_role("searchbox").fill("p-98")
        assert shown(visit).count("Plant 9876\nP-9876") == 1, "made once"
        assert len(shown(visit)) == 100
        visit.page.keyboard.press("Escape")
        assert rows(visit) == [200, 200]


def test_sorting_puts_the_right_one_of_all_first(browser: Any, folder: Path, entries: list[dict[str, Any]]) -> None:
    own = [n for n, e in enumerate(entries) if e["notebook"] == "five_year_trend"]
    numbers = sorted((n for n in own if n != 5000), key=value)
    with Visit(browser, folder / "index.html") as visit:
        table = visit.page.get_by_role("table", name="Five year trend")
        head = table.get_by_role("columnheader", name="TCR last year")
        for order, expected in (("ascending", numbers), ("descending", numbers[::-1])):
            head.get_by_role("button").click()
            assert head.get_attribute("aria-sort") == order
            assert table.locator("tbody td:last-child").all_inner_texts() == [figure(n) for n in expected[:200]]
            assert table.locator("tbody th a").all_inner_texts() == [f"Plant {n}" for n in expected[:200]]
            assert sentences(visit)[0] == f"Showing 200 of 9,000: by TCR last year, {order}."
        visit.page.get_by_role("searchbox").fill("p-5")
        assert table.locator("tbody th a").first.inner_text() == f"Plant {max(p_5(own), key=value)}", "and stays so"
        table.locator("xpath=ancestor::section").get_by_role("button", name="Show all").click()
        assert table.locator("tbody th a").last.inner_text() == "Plant 5000", "what has no number goes last"
        table.get_by_role("button", name="Verdict").click()
        visit.page.keyboard.press("Escape")
        table.get_by_role("button", name="Verdict").click()
        assert tones(table) == {"chip good"}
        table.get_by_role("button", name="Unit").click()
        by_name = sorted((f"Plant {n}P-{n:04d}" for n in own), key=lambda text: text.replace("P-", "\0"))
        assert table.locator("tbody th").first.evaluate("e => e.textContent") == by_name[0]


def p_5(numbers: list[int]) -> list[int]:
    return [n for n in numbers if f"P-{n:04d}".startswith("P-5") and n != 5000]


def test_a_count_filters_all_and_its_number_is_that_of_its_rows(
    browser: Any, folder: Path, entries: list[dict[str, Any]]
) -> None:
    with Visit(browser, folder / "index.html") as visit:
        status = visit.page.get_by_role("status")
        for tone, number in Counter(e["card"]["status"]["tone"] for e in entries).items():
            button = visit.page.locator(f".counts li[data-tone={tone}] button")
            button.click()
            assert button.locator("b").inner_text() == f"{number:,}"
            assert status.inner_text() == f"{number:,} of 10,000 {'shown' if number == 1 else 'found'}"
            if tone not in ("bad", "mix"):
                continue
            for more in reversed(visit.page.get_by_role("button", name="Show all").all()):
                more.click()
            assert len(visit.page.locator(f"tbody tr:visible:not([data-tone={tone}])").all()) == 0
            assert visit.page.locator(f"tbody tr[data-tone={tone}]:visible").count() == number
        assert visit.page.locator(".counts li.fail b").inner_text() == "0"


def test_more_are_shown_when_they_are_asked_for(browser: Any, folder: Path) -> None:
    with Visit(browser, folder / "index.html") as visit:
        goals = visit.page.get_by_role("region", name="Goal attainment").locator("xpath=ancestor::section")
        for there in (400, 600, 800):
            goals.get_by_role("button", name="Show 200 more").click()
            assert goals.locator("tbody tr").count() == there
            assert goals.locator("[data-order]").inner_text() == f"Showing {there} of 1,000: the worst first."
            assert visit.page.get_by_role("status").inner_text() == f"{there} of 1,000 shown"
            at = visit.page.evaluate("[...document.activeElement.closest('tbody').rows].findIndex(r => "
                                     "r.contains(document.activeElement))")  # fmt: skip
            assert at == there - 200, "one goes on where the list ended"
        assert not goals.get_by_role("button", name="Show 200 more").is_visible(), "the same as all"
        goals.get_by_role("button", name="Show all 1,000").press("Enter")
        assert len(set(goals.locator("tbody th").all_inner_texts())) == 1000
        assert not goals.locator(".cut [data-order], .more").first.is_visible()


def test_on_paper_a_very_long_list_says_how_many_it_shows(browser: Any, folder: Path) -> None:
    with Visit(browser, folder / "index.html") as visit:
        visit.page.emulate_media(media="print")
        visit.page.evaluate("dispatchEvent(new Event('beforeprint'))")
        assert rows(visit) == [200, 1000]
        assert sentences(visit) == ["Showing 200 of 9,000: the worst first."]
        assert [b for b in visit.page.locator(".more button").all() if b.is_visible()] == []
        visit.page.evaluate("dispatchEvent(new Event('afterprint'))")
        assert rows(visit) == [200, 200]


def test_without_scripts_it_says_where_the_others_are(browser: Any, folder: Path) -> None:
    with Visit(browser, folder / "index.html", java_script_enabled=False) as visit:
        assert rows(visit) == [200, 200]
        said = "Showing 200 of 9,000: the worst first. A script draws the others, and does not run here. "
        rest = visit.page.locator(".cut").first
        assert rest.inner_text() == said + "All of them stand in index.json, in the folder of this page."
        assert rest.get_by_role("link").get_attribute("href") == "index.json"
        assert (folder / "index.json").exists()


def test_a_row_is_the_same_whoever_draws_it(browser: Any, tmp_path: Path) -> None:
    failed = {"status": "failed", "error": f"one.yaml: {HOSTILE}"}
    special = [
        entry(1, "good", unit=HOSTILE, since=SINCE, kept=True, unheard_of=[1]),
        entry(2, "good", stale=True, unit="Z & B <b>", **failed),
        entry(3, "good", html=None, made=None, **failed),
        entry(4, "good", made="2026-09-02 06:00 UTC", unit="\0nul &#39; \u2028"),
        entry(5, "good", vanished=True, unit=HOSTILE, **failed),
        entry(6, "good", vanished=True),
    ]
    special[3]["card"]["picture"] = None
    worse = [entry(n, "good", unit=f"AA {n}", **failed) for n in range(1000, 1200)]
    worse += [entry(n, "good", vanished=True) for n in range(2000, 3000)]
    found = []
    for name, own in (("few", special), ("many", [*worse, *special])):
        (tmp_path / name).mkdir()
        index.write(tmp_path / name, own, RUN)
        with Visit(browser, tmp_path / name / "index.html") as visit:
            drawn = {}
            for n in range(1, 7):
                assert name == "few" or visit.page.locator("tbody", has_text=f"P-{n:04d}").count() == 0
            for n in range(1, 7):
                visit.page.get_by_role("searchbox").fill(f"p-{n:04d}")
                drawn[n] = visit.page.locator("tbody tr:visible").evaluate_all("all => all.map(row => row.outerHTML)")
            assert visit.page.locator("main img, main b:not(.counts b)").count() == 0
        found.append(drawn)
    assert found[0] == found[1]
    assert [len(own) for own in found[0].values()] == [1] * 6


def test_axe_finds_nothing_in_a_long_list(browser: Any, tmp_path: Path) -> None:
    from axe_playwright_python.sync_playwright import Axe

    index.write(tmp_path, many(1100), RUN)
    with Visit(browser, tmp_path / "index.html", viewport={"width": 390, "height": 844}) as visit:
        assert rows(visit) == [200, 110]
        visit.page.get_by_role("button", name="Show 200 more").first.click()
        visit.page.get_by_role("button", name="Unit").first.click()
        found = Axe().run(visit.page).response["violations"]
        assert [(v["id"], v["nodes"][0]["html"]) for v in found] == []
        assert visit.page.evaluate("document.documentElement.scrollWidth") <= 390


def test_index_json_holds_every_report_one_a_line(folder: Path, entries: list[dict[str, Any]]) -> None:
    lines = (folder / "index.json").read_text(encoding="utf-8").splitlines()
    assert re.match(
        r'\{"version": 1, "generated": "2026-11-27 06:00 UTC", "oshlib": "[\d.]+", "reports": \[$', lines[0]
    )
    assert len(lines) == NUMBER + 2
    assert index.read(folder) == entries
    again = index.merge(index.read(folder), [{**entries[9], "html": None}], folder)
    assert [e["name"] for e in again] == [entries[9]["name"]], "the others have no page in the folder"
