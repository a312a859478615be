"""From JupyterLab to a report, as an analyst goes: open, run all, ask what if, write the parameter file, run it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from oshlib import frameworks, parameters, places, words
from tests import lab

SENTENCE = "text=With 137 recordable cases in five years"


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("desk")


@pytest.fixture(scope="module")
def page(browser: Any, work: Path) -> Iterator[Any]:
    with lab.lab(work / "lab") as address:
        page = browser.new_page(viewport={"width": 1400, "height": 2600})
        page.asked, page.said = [], []
        page.on("request", lambda request: page.asked.append(request.url))
        page.on("console", lambda message: page.said.append((message.type, message.text)))
        page.on("pageerror", lambda fault: page.said.append(("error", str(fault))))
        lab.opened(page, address)
        page.address = address
        yield page
        page.close()


def press(page: Any, control: str, *keys: str) -> None:
    page.locator(f".osh-{control} [role=slider]").focus()
    for key in keys:
        page.keyboard.press(key)


def drawn(page: Any, chart: int, trace: str) -> list[float]:
    """The values of a trace as the browser holds them."""
    found = page.locator(".osh-desk .js-plotly-plot").nth(chart)
    return list(found.evaluate("(plot, name) => Array.from(plot.data.find(t => t.name === name).y)", trace))


def test_a_slider_moves_the_number_and_all_four_charts(page: Any) -> None:
    page.locator(SENTENCE).first.wait_for()
    before = [drawn(page, 0, "TCR"), drawn(page, 1, "TCR"), drawn(page, 2, "TCR"), drawn(page, 3, "this unit")]
    press(page, "cases", "ArrowRight", "ArrowRight")
    page.locator(".osh-desk >> text=With 139 recordable cases in five years").wait_for()
    page.locator(".osh-desk >> text=139 cases in 5,018,548 hours").wait_for()
    page.wait_for_timeout(500)
    after = [drawn(page, 0, "TCR"), drawn(page, 1, "TCR"), drawn(page, 2, "TCR"), drawn(page, 3, "this unit")]
    for old, new in zip(before, after, strict=True):
        assert new[:-1] == old[:-1]
        assert new[-1] > old[-1]
    assert after[0][-1] == after[1][-1] == after[2][-1] == pytest.approx(before[0][-1] * 23 / 21)
    page.get_by_role("button", name="Back to the data as reported").click()
    page.locator(f".osh-desk >> {SENTENCE}").wait_for()


def test_the_button_writes_a_file_that_makes_the_report(page: Any, work: Path) -> None:
    press(page, "years", "ArrowLeft")
    press(page, "min-years", "ArrowLeft")  # one: a second could still be on its way when the button is pressed
    page.locator(".osh-desk >> text=recordable cases in four years").wait_for()
    folder = work / "parameters"
    page.locator(".osh-folder input").fill(str(folder))
    page.locator(".osh-folder input").press("Tab")
    page.locator(".osh-report-goal-attainment input").check()
    page.get_by_role("button", name="Write the parameter file").click()
    page.locator("text=Make its report with").nth(1).wait_for()
    files = sorted(folder.rglob("*.yaml"))
    assert [f.parent.name for f in files] == ["five_year_trend", "goal_attainment"]
    assert {k: parameters.read(files[1])[k] for k in ("unit", "years", "min_years", "goals")} == {
        "unit": "RM-01", "years": 4, "min_years": 4, "goals": "data/example/goals.csv",
    }  # fmt: skip
    command = [sys.executable, "-m", "oshlib.cli", "run", str(folder), "--out", str(work / "reports")]
    done = subprocess.run(command, cwd=places.ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    entries = json.loads((work / "reports" / "index.json").read_text(encoding="utf-8"))["reports"]
    assert [e["headline"]["unit"] for e in entries] == ["Cedar Hollow Ready-Mix (made up)"] * 2
    assert entries[0]["headline"]["window"] == [2021, 2024]
    shown = page.locator(".osh-desk .chip").first.inner_text()
    assert entries[0]["card"]["status"]["words"] in shown


def test_a_page_that_is_loaded_again_shows_what_the_desk_said_last(page: Any) -> None:
    press(page, "cases", "End")
    page.locator(".osh-desk >> text=what if:").first.wait_for()
    page.wait_for_timeout(1500)
    last = drawn(page, 0, "TCR")
    page.evaluate("window.jupyterapp.commands.execute('docmanager:save')")
    page.locator(".lm-TabBar-tab.lm-mod-current.jp-mod-dirty").wait_for(state="detached")
    page.goto(page.address)
    page.locator(".osh-desk .js-plotly-plot").nth(3).locator(".ytick").first.wait_for(timeout=60_000)
    assert drawn(page, 0, "TCR") == last
    assert page.locator(".osh-desk >> text=what if:").count() >= 3


def section(page: Any, title: str) -> None:
    """Open a section of the scoring form; its fields are made then."""
    page.locator(f".osh-form .jupyter-widget-Collapse-header >> text={title}").first.click()


def fact(page: Any, label: str) -> str:
    return str(page.locator(f".osh-live dl div:has(dt:text-is('{label}')) dd").first.inner_text())


def radio(page: Any, item: str, answer: str) -> Any:
    """The button of an answer, by what stands beside it."""
    box = page.locator(f".osh-item:has(h4 .q:text-is('{item}'))")
    return (
        box.locator(".widget-radio-box label").filter(has_text=re.compile(rf"^{re.escape(answer)}: ")).locator("input")
    )


def test_a_form_that_is_half_filled_is_there_again_when_everything_was_restarted(page: Any, work: Path) -> None:
    page.locator(".osh-form .osh-live >> text=Nothing answered yet").wait_for()
    page.locator(".osh-score-date input").fill("2025-11-14")
    page.locator(".osh-score-date input").press("Tab")
    page.locator(".osh-saved >> text=safe_rm-01_2025-11-14.csv is not there yet").wait_for()
    section(page, "Worksite analysis")
    page.locator(".osh-item:has(h4 .q:text-is('SAFE-II.1')) textarea").fill("walked, with two foremen")
    radio(page, "SAFE-II.2", "A").click()  # the text above loses the focus, and is written too
    page.locator(".osh-live >> text=1 of 27").wait_for()
    for item, answer in (("SAFE-II.1", "B"), ("SAFE-II.3", "D")):
        radio(page, item, answer).click()
    page.locator(".osh-live >> text=3 of 27").wait_for()
    assert fact(page, "Score so far") == "7"
    assert fact(page, "Can still become") == "7 to 103"
    assert "Between Below 81 and 81 or more" in page.locator(".osh-live .chip").inner_text()
    section(page, "Hazard prevention and control")
    for i in range(1, 7):
        radio(page, f"SAFE-III.{i}", "D").click()
    page.locator(".osh-live >> text=9 of 27").wait_for()
    page.locator(".osh-live .chip >> text=Below 81").wait_for()
    assert fact(page, "Can still become") == "7 to 79"
    page.locator(".osh-form >> text=Hazard prevention and control: 6 of 6 answered").wait_for()
    file = work / "lab" / "notebooks" / "answers" / "safe_rm-01_2025-11-14.csv"
    before = file.read_bytes()

    # Outputs that are kept would ask for controls that went with their kernel.
    page.evaluate("window.jupyterapp.commands.execute('notebook:clear-all-cell-outputs')")
    page.evaluate("window.jupyterapp.commands.execute('docmanager:save')")
    page.locator(".lm-TabBar-tab.lm-mod-current.jp-mod-dirty").wait_for(state="detached")
    page.goto("about:blank")  # a kernel that is restarted under an open page breaks off what the page had asked
    lab.restarted(page.address)
    lab.opened(page, page.address)
    page.locator(".osh-saved >> text=Read: answers/safe_rm-01_2025-11-14.csv, 9 rows of this form").wait_for()
    assert fact(page, "Can still become") == "7 to 79"
    section(page, "Worksite analysis")
    assert radio(page, "SAFE-II.1", "B").is_checked()
    text = page.locator(".osh-item:has(h4 .q:text-is('SAFE-II.1')) textarea")
    assert text.input_value() == "walked, with two foremen"
    assert file.read_bytes() == before
    table = pd.read_csv(file, dtype=str, keep_default_na=False)
    scored = frameworks.score(frameworks.load("safe"), table).iloc[0]
    assert words.number(scored["points"], 0) == fact(page, "Score so far")
    assert (scored["least"], scored["most"], scored["band"]) == (7, 79, "below_line")


def test_nothing_leaves_the_machine_and_nothing_is_complained_of(page: Any) -> None:
    outside = [u for u in page.asked if not u.startswith(("http://127.0.0.1", "data:", "blob:"))]
    assert outside == []
    assert [text for kind, text in page.said if kind == "error"] == []
    titles = page.locator(".modebar-btn").evaluate_all("all => all.map(b => b.dataset.title || b.ariaLabel || '')")
    assert titles
    assert not [t for t in titles if "cloud" in t.lower() or "share" in t.lower()]
