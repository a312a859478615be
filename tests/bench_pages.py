"""How fast the explorer, the front page and the pages are in a browser on this machine, and how large a report is.

Usage: python -m tests.bench_pages [DATA UNIT]: the explorer on this file and unit, without them on made-up companies.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import pandas as pd

from oshlib import index, places
from tests import lab
from tests.test_front_long import many

PRESSES, COMPANIES = 60, 481
_OPENED = """() => [performance.getEntriesByName("first-contentful-paint")[0].startTime,
  performance.getEntriesByType("navigation")[0].loadEventEnd]"""
# What is done, with the layout after it.
_TYPED = """(text) => {
  const start = performance.now(), find = document.getElementById("find");
  find.value = text;
  find.dispatchEvent(new Event("input"));
  document.body.getBoundingClientRect();
  return performance.now() - start;
}"""
_CLICKED = """(what) => {
  const start = performance.now();
  document.querySelector(what).click();
  document.body.getBoundingClientRect();
  return performance.now() - start;
}"""
# When a key went down, and when each chart was drawn after it.
_WATCH = """() => {
  window.seen = {down: 0, drawn: []};
  addEventListener("keydown", () => { window.seen = {down: performance.now(), drawn: []}; }, true);
  [...document.querySelectorAll(".osh-desk .js-plotly-plot")].forEach((plot, i) =>
    plot.on("plotly_afterplot", () => { window.seen.drawn[i] ??= performance.now() - window.seen.down; }));
}"""
_DRAWN = """() => new Promise((done) => {
  const look = () => {
    const all = [...document.querySelectorAll(".chart")];
    if (!all.length || !all.every((c) => c.dataset.drawn)) return setTimeout(look, 5);
    done([performance.getEntriesByName("first-contentful-paint")[0].startTime, performance.now()]);
  };
  look();
})"""


def made_up(file: Path) -> str:
    """Companies of mixed sizes, three years each; the id of one of them."""
    rng = np.random.default_rng(1)
    hours = np.repeat(rng.lognormal(12, 1, COMPANIES), 3).round()
    table = pd.DataFrame(
        {
            "unit": [f"Company {i // 3 + 1:03d} (made up)" for i in range(3 * COMPANIES)],
            "unit_id": [f"C-{i // 3 + 1:03d}" for i in range(3 * COMPANIES)],
            "year": np.tile([2022, 2023, 2024], COMPANIES),
            "hours": hours,
            "recordable_cases": rng.poisson(hours * 3.5 / 200_000),
            "naics": "327320",
        }
    )
    table.to_csv(file, index=False)
    return "C-007"


def explorer(browser: Any, folder: Path, data: str, unit: str) -> None:
    """Slider to redrawn chart: the first, and all four."""
    with lab.lab(folder) as address:
        _opened_on(folder / "notebooks" / "explore.ipynb", unit, data)
        page = browser.new_page(viewport={"width": 1400, "height": 3000})
        lab.opened(page, address)
        page.evaluate(_WATCH)
        page.locator(".osh-cases [role=slider]").focus()
        first, every = [], []
        for i in range(PRESSES):
            page.keyboard.press("ArrowRight" if i % 10 < 5 else "ArrowLeft")
            for _ in range(400):
                drawn = page.evaluate("window.seen.drawn")
                if len(drawn) == 4 and all(drawn):
                    break
                page.wait_for_timeout(10)
            page.wait_for_timeout(150)
            first.append(drawn[0])
            every.append(max(drawn))
        for what, took in (("the chart of the trend", first), ("all four charts", every)):
            p95 = sorted(took)[int(0.95 * len(took))]
            report(f"slider to {what}", f"{statistics.median(took):.0f} ms", f"p95 {p95:.0f}, most {max(took):.0f} ms")


def pages(browser: Any, folder: Path) -> None:
    """Every example report from disk: bytes, first paint, all charts drawn."""
    command = [sys.executable, "-m", "oshlib.cli", "run", "--quiet", "--out", str(folder)]
    subprocess.run(command, cwd=places.ROOT, check=True, stdout=subprocess.DEVNULL)
    entries = json.loads((folder / "index.json").read_text(encoding="utf-8"))["reports"]
    for name in dict.fromkeys(e["notebook"] for e in entries):
        files = [folder / e["html"] for e in entries if e["notebook"] == name]
        took = []
        for file in files:
            page = browser.new_page()
            page.goto(file.as_uri(), wait_until="commit")
            took.append(page.evaluate(_DRAWN))
            page.close()
        paint, drawn = (statistics.median(t[i] for t in took) for i in (0, 1))
        slowest, size = max(t[1] for t in took), max(f.stat().st_size for f in files)
        report(f"{name}, {len(files)} reports", f"{size:,} bytes", f"first paint {paint:.0f} ms, "
               f"all charts {drawn:.0f} ms (most {slowest:.0f})")  # fmt: skip


def front(browser: Any, folder: Path) -> None:
    """The front page over ten thousand made-up reports: to write, to open, to search by key, to sort, to filter."""
    folder.mkdir()
    entries = many()
    start = time.perf_counter()
    index.write(folder, entries, "")
    size = sum(f.stat().st_size for f in folder.glob("index.*"))
    report(f"index of {len(entries):,} reports, to write", f"{time.perf_counter() - start:.1f} s", f"{size:,} bytes")
    opened = []
    for _ in range(5):
        page = browser.new_page()
        page.goto((folder / "index.html").as_uri())
        opened.append(page.evaluate(_OPENED))
        took = {"key in the search": [page.evaluate(_TYPED, "plant 9876"[: n + 1]) for n in range(10)]}
        took["sort"] = [page.evaluate(_CLICKED, f"thead th:{of}-child button") for of in ("first", "last")]
        page.evaluate(_TYPED, "")
        took["filter"] = [page.evaluate(_CLICKED, ".counts li:last-child button")]
        page.close()
    paint, load = (statistics.median(one[i] for one in opened) for i in (0, 1))
    report("... to open", f"{load:.0f} ms", f"first paint {paint:.0f} ms")
    for what, all_of in took.items():
        report(f"... {what}", f"{statistics.median(all_of):.0f} ms", f"most {max(all_of):.0f}")


def report(what: str, value: str, note: str) -> None:
    print(f"{what:<44}{value:>16}  {note}", flush=True)


def _opened_on(file: Path, unit: str, data: str) -> None:
    """The notebook with other parameters, as an analyst would edit its first cell."""
    notebook = nbformat.read(file, 4)
    chosen = {"unit": unit, "data": data, "years": 3, "min_years": 3, "goals": "prior_year", "change": 0.03}
    chosen |= {"benchmark": data, "pooling": "pooled"}
    lines = [line.partition(" = ") for line in notebook.cells[1].source.splitlines()]
    notebook.cells[1].source = "\n".join(
        f"{n} = {chosen.get(n)!r}" if n in chosen else f"{n} = {v}" for n, _, v in lines
    )
    nbformat.write(notebook, file)


def main() -> None:
    """Both, or a sentence where there is no browser."""
    with tempfile.TemporaryDirectory() as name, lab.chromium() as browser:
        if browser is None:
            print(f"no browser found, nothing to measure: looked for {', '.join(lab.BROWSERS)}")
            return
        folder = Path(name)
        if len(sys.argv) > 2:
            data, unit = str(Path(sys.argv[1]).resolve()), sys.argv[2]
        else:
            data, unit = str(folder / "companies.csv"), made_up(folder / "companies.csv")
        front(browser, folder / "front")
        pages(browser, folder / "reports")
        explorer(browser, folder / "lab", data, unit)


if __name__ == "__main__":
    main()
