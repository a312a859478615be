"""The pictures of the README: the front page, reports, the desk and the form, made anew from the example data."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from oshlib import places
from tests import lab

PICTURES = places.ROOT / "data" / "example"
REPORT = "five_year_trend/cedar-hollow-ready-mix-made-up-rm-01.html"
SCORE = "assessment/northgate-shipyard-made-up-cm-01-prms-mishap-prevention.html"


def main() -> None:
    """Every picture, or a sentence where there is no browser."""
    with tempfile.TemporaryDirectory() as name, lab.chromium() as browser:
        if browser is None:
            sys.exit(f"no browser found: looked for {', '.join(lab.BROWSERS)}")
        folder = Path(name)
        command = [sys.executable, "-m", "oshlib.cli", "run", "--quiet", "--out", str(folder / "reports")]
        subprocess.run(command, cwd=places.ROOT, check=True, env={**os.environ, "SOURCE_DATE_EPOCH": "1767225600"})
        _page(browser, folder / "reports" / "index.html", "index.png", 1180, 760)
        _page(browser, folder / "reports" / REPORT, "report.png", 1180, 1060)
        _page(browser, folder / "reports" / SCORE, "assessment.png", 1180, 1060)
        _desk(browser, folder / "lab")


def _page(browser: Any, file: Path, name: str, width: int, height: int) -> None:
    page = browser.new_page(viewport={"width": width, "height": height})
    page.goto(file.as_uri())
    for i in range(page.locator("script[data-for]").count()):
        page.locator(".chart[data-drawn=true]").nth(i).wait_for()
    page.screenshot(path=PICTURES / name)
    page.close()


def _desk(browser: Any, folder: Path) -> None:
    """The desk with two cases more than were reported."""
    with lab.lab(folder) as address:
        page = browser.new_page(viewport={"width": 1400, "height": 3000})
        desk = lab.opened(page, address)
        page.get_by_role("button", name="No", exact=True).click()  # JupyterLab asks about news
        page.locator(".osh-folder input").fill("parameters")
        page.locator(".osh-cases [role=slider]").focus()
        page.keyboard.press("ArrowRight")
        page.keyboard.press("ArrowRight")
        desk.locator("text=what if:").nth(3).wait_for()
        page.wait_for_timeout(1000)
        desk.screenshot(path=PICTURES / "explorer.png")
        _form(page)
        page.close()


def _form(page: Any) -> None:
    """The scoring form with one section open and three items answered."""
    page.locator(".osh-score-date input").fill("2025-11-14")
    page.locator(".osh-score-date input").press("Tab")
    page.locator(".osh-form .jupyter-widget-Collapse-header >> text=Worksite analysis").first.click()
    for item, answer in (("SAFE-II.1", 0), ("SAFE-II.2", 1), ("SAFE-II.3", 1)):
        page.locator(f".osh-item:has(h4 .q:text-is('{item}')) input[type=radio]").nth(answer).click()
    page.locator(".osh-live >> text=3 of 27").wait_for()
    box = page.locator(".osh-form").bounding_box()
    page.screenshot(path=PICTURES / "form.png", clip={**box, "height": min(box["height"], 900)})


if __name__ == "__main__":
    main()
