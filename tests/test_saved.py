"""What is saved from a page as csv and xlsx, and what a page does with names that mean harm."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
import openpyxl
import pandas as pd
import pytest
import yaml

from oshlib import markup, page, places

Index = list[dict[str, Any]]


def saved(seen: Any, table: int, folder: Path) -> tuple[pd.DataFrame, list[tuple[Any, ...]], Any]:
    """A table of the page as csv and as xlsx: a frame of texts, rows of values, and the sheet itself."""
    line = seen.page.locator("p.get").nth(table)
    csv = seen.save(line.get_by_role("button", name="csv"), folder)
    sheet = openpyxl.load_workbook(seen.save(line.get_by_role("button", name="xlsx"), folder)).active
    raw = csv.read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    assert raw.count(b"\r\n") == sheet.max_row
    frame = pd.read_csv(csv, dtype=str, keep_default_na=False, header=None, encoding="utf-8-sig")
    return frame, [tuple(c.value for c in row) for row in sheet.iter_rows()], sheet


def as_csv(value: Any) -> str:
    """What a cell of a sheet must read in the csv."""
    if value is None or isinstance(value, bool):
        return "" if value is None else str(value).upper()
    return ("'" if isinstance(value, str) and value[:1] in "=+-@\t\r" else "") + str(value)


def same(text: str, value: Any) -> bool:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(text) == value if number else text == as_csv(value)


def test_every_table_is_saved_as_csv_and_as_xlsx_and_both_say_the_same(
    open_page: Any, reports: Path, index: Index, tmp_path: Path
) -> None:
    for notebook, entry in {e["notebook"]: e for e in index}.items():
        folder, file = tmp_path / notebook, reports / entry["html"]
        tables = file.read_text(encoding="utf-8").count("<table")
        for first in range(0, tables, 5):  # Chromium asks before it saves more than ten files of one page
            with open_page(file) as seen:
                assert seen.page.locator("p.get").count() == tables
                for number in range(first, min(first + 5, tables)):
                    frame, rows, sheet = saved(seen, number, folder)
                    assert frame.shape == (sheet.max_row, sheet.max_column)
                    for texts, values in zip(frame.to_numpy().tolist(), rows, strict=True):
                        assert all(map(same, texts, values)), (texts, values)
                    if not seen.page.locator("table").nth(number).locator("xpath=following-sibling::script").count():
                        assert sheet.max_row == seen.page.locator("table").nth(number).locator("tr").count()
        assert len(list(folder.iterdir())) == 2 * tables, "no two tables of a page are saved under one name"


def test_what_is_saved_is_what_the_index_holds_to_the_last_digit(
    open_page: Any, reports: Path, index: Index, tmp_path: Path
) -> None:
    def table(name: str, title: str) -> pd.DataFrame:
        entry = next(e for e in index if e["name"] == name)
        with open_page(reports / entry["html"]) as seen:
            file = seen.save(seen.page.get_by_role("button", name=f"csv of {title}", exact=True), tmp_path)
        return pd.read_csv(file)

    def headline(name: str) -> Any:
        return next(e["headline"] for e in index if e["name"] == name)

    names = {e["notebook"]: e["name"] for e in index if e["unit_id"] == "RM-01" or not e["unit_id"]}
    rates = table(names["five_year_trend"], "Rates, benchmark and intervals by year")
    for measure, held in headline(names["five_year_trend"])["measures"].items():
        own = rates[rates["measure"].eq(measure)]
        for column in ("year", "cases", "hours", "value", "low", "high"):
            assert own[column].tolist() == held[column]
        assert set(own["per"]) == {200_000}
    for measure, held in headline(names["goal_attainment"])["measures"].items():
        own = table(names["goal_attainment"], f"{measure} goals by year")
        for column in ("year", "cases", "hours", "value", "low", "high", "goal", "met"):
            assert own[column].tolist() == held[column]
    held, own = headline(names["tcir_benchmark"]), table(names["tcir_benchmark"], "TCIR against the standard").iloc[0]
    for column in ("standard", "target", "reduction", "reduction_low", "reduction_high"):
        assert own[column] == held[column]
    assert own["value"] == held["tcir"]
    assert own["most"] - own["cases"] == held["cases_left"]
    held, own = headline(names["portfolio"]), table(names["portfolio"], "Units")
    assert len(own) == held["units"]
    assert sorted(own.loc[own["outside_0.95"].ne(0), "unit_id"]) == held["outside_limits"]["0.95"]


def test_no_cell_becomes_a_formula_and_no_id_a_number(open_page: Any, tmp_path: Path) -> None:
    texts = [
        '=HYPERLINK("x")',
        "+1",
        "-cmd",
        "@a",
        "\t=1",
        "\r=1",
        "00123",
        "1e5",
        "2019-01",
        'a "b", c',
        "<&>\n\x01é",
        "−3",
    ]
    plain = markup.table(
        ["=x", "n"], [[t, "1,234.50"] for t in texts], "Exported", export=(["=x"], [[t] for t in texts])
    )
    shown = [["−1,234.5", "00123"], ["0", "1e5"], ["12", "2019-01"], ["1,23", "–"], ["−0.50", "+3"], ["7%", "=1"]]
    seen = markup.table(
        ["Id", "Text", "Number"], [[t, t, n] for row in shown for t, n in [row[::-1]]], "Shown", text=(0, 1)
    )
    cells = [nbformat.v4.new_markdown_cell("# Is it?"), nbformat.v4.new_code_cell()]
    cells[1].outputs = [nbformat.v4.new_output("display_data", {"text/html": plain + seen})]
    file = tmp_path / "page.html"
    notebook = nbformat.v4.new_notebook(cells=cells)
    file.write_text(page.render(notebook, source="a", home="", made=""), encoding="utf-8")
    (tmp_path / page.SHARED).parent.mkdir()
    (tmp_path / page.SHARED).write_text("", encoding="utf-8")
    with open_page(file) as seen:
        frame, rows, sheet = saved(seen, 0, tmp_path)
        assert [row[0] for row in rows] == ["=x", *(t.replace("\x01", "") for t in texts)]
        assert {c.data_type for row in sheet.iter_rows() for c in row} == {"s"}
        quoted = [f"'{t}" if t[0] in "=+-@\t\r" else t for t in ("=x", *texts)]
        assert frame[0].tolist() == quoted
        frame, rows, sheet = saved(seen, 1, tmp_path)
        assert [row[2] for row in rows[1:]] == [-1234.5, 0, 12, "1,23", -0.5, "7%"]
        assert [row[0] for row in rows[1:]] == [row[1] for row in rows[1:]] == [row[1] for row in shown]
        assert {c.data_type for row in sheet.iter_rows(max_col=2) for c in row} == {"s"}
        assert frame[2].tolist() == ["Number", "-1234.5", "0", "12", "1,23", "-0.5", "7%"]


# Names that mean harm

HOSTILE = ("<script>alert(1)</script>", '=HYPERLINK("x")', "<img src=x onerror=alert(1)>", "%{x}<b>&amp;")


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report by every notebook on units, benchmarks, industries and people with such names, and their index."""
    folder = tmp_path_factory.mktemp("hostile")
    years = range(2020, 2025)
    counts = {"hours": 500_000, "deaths": 0, "djtr_cases": 3, "employees": 250, "naics": "327320", "note": "<b>made up"}
    pd.DataFrame(
        {"unit": name, "unit_id": f"<{i}>&", "year": year, **counts, "dafw_cases": 9 + i, "other_cases": year % 5}
        for i, name in enumerate(HOSTILE) for year in years
    ).to_csv(folder / "units.csv", index=False)  # fmt: skip
    pd.DataFrame(
        {"name": HOSTILE[3], "year": year, "measure": measure, "value": 5.0, "source": HOSTILE[0]}
        for year in years for measure in ("TCR", "LTCR")
    ).to_csv(folder / "benchmark.csv", index=False)  # fmt: skip
    percentiles = pd.read_csv(places.ROOT / "data" / "example" / "percentiles.csv")
    percentiles.assign(title_as_reported=HOSTILE[0]).to_csv(folder / "percentiles.csv", index=False)
    data, by = str(folder / "units.csv"), {"prepared_by": HOSTILE[2], "reviewed_by": HOSTILE[1]}
    held = {"benchmark": str(folder / "benchmark.csv"), "benchmark_key": HOSTILE[3]}
    asked = {
        "five_year_trend": held,
        "goal_attainment": {"goals": "linear", "change": 0.03, "min_years": 4, "base_year": 2020},
        "tcir_benchmark": {**held, "percentiles": str(folder / "percentiles.csv")},
        "portfolio": {"data": data, **held},
    }
    for notebook, parameters in asked.items():
        for i in range(1 if notebook == "portfolio" else 2):
            file = folder / "parameters" / notebook / f"{i}.yaml"
            file.parent.mkdir(parents=True, exist_ok=True)
            named = {} if notebook == "portfolio" else {"unit": f"<{i}>&"}
            file.write_text(yaml.safe_dump({"data": data, **named, **by, **parameters}), encoding="utf-8")
    command = [sys.executable, "-m", "oshlib.cli", "run", str(folder / "parameters"), "--out", str(folder / "out")]
    done = subprocess.run(command, cwd=places.ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder / "out"


def test_a_name_that_means_harm_is_a_text_on_every_page(open_page: Any, hostile: Path) -> None:
    entries = json.loads((hostile / "index.json").read_text(encoding="utf-8"))["reports"]
    assert len(entries) == 7
    for entry in entries:
        with open_page(hostile / entry["html"]) as seen:
            seen.wait_for_charts()
            assert seen.page.locator("h1").text_content() == (entry["unit"] or "4 units of units.csv")
            assert seen.page.locator("main script:not([type='application/json']), main img").count() == 0
            assert f"Prepared by {HOSTILE[2]}" in seen.page.locator("header").inner_text()
            if entry["notebook"] == "portfolio":
                told = []
                seen.page.locator(".chart").scroll_into_view_if_needed()
                for point in seen.page.locator(".chart .point").all():
                    at = point.bounding_box()
                    seen.page.mouse.move(at["x"] + at["width"] / 2, at["y"] + at["height"] / 2)
                    seen.page.wait_for_timeout(150)
                    told.append(seen.page.locator(".hoverlayer").first.text_content())
                assert all(any(name in text for text in told) for name in HOSTILE), told
                assert "<0>&" in seen.page.locator("table").first.inner_text()
            drawn = "".join(seen.page.locator(".chart svg").all_text_contents())
            if "benchmark_key" in entry["parameters"] and entry["unit"]:
                assert HOSTILE[3] in drawn
    with open_page(hostile / "index.html") as seen:
        linked = seen.page.locator("table.list tbody th a").all_text_contents()
        assert sorted(linked) == sorted([*HOSTILE[:2] * 3, "4 units of units.csv"])
