"""Every unit of a file on one page: each counted once, none dropped without a word, links that are true."""

from __future__ import annotations

import html
import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

from oshlib import places, tables
from oshlib.errors import OshError
from oshlib.report import portfolio as report
from oshlib.study.portfolio import Portfolio, study

HEAD = "unit,unit_id,year,hours,deaths,dafw_cases,djtr_cases,other_cases,months,naics"
LINES = "name,year,measure,value,cases,hours,universe,source"
FLEET = "data/example/fleet.csv"
SCRIPT = "<script>alert(1)</script> & Sons (made up)"


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., str]:
    def write_rows(*rows: str, head: str = HEAD, name: str = "annual.csv") -> str:
        path = tmp_path / name
        path.write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
        return str(path)

    return write_rows


def unit(key: str, *counts: Any, hours: Any = 400_000, months: str = "", name: str = "") -> list[str]:
    """Years that end in 2024."""
    first = 2025 - len(counts)
    return [f"{name or key + ' (made up)'},{key},{first + i},{hours},0,0,0,{n},{months}," for i, n in enumerate(counts)]


def text(part: Any) -> str:
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", str(part)))).strip()


def said(found: Portfolio, code: str) -> list[str]:
    return [f["text"] for f in found.cautions if f["code"] == code]


def message(call: Callable[[], Any]) -> str:
    with pytest.raises(OshError) as caught:
        call()
    assert "\n" not in str(caught.value)
    return str(caught.value)


# --- the reckoning -----------------------------------------------------------


def test_every_unit_is_counted_once_and_so_is_every_case() -> None:
    table, found = tables.read(FLEET)[0], study(FLEET)
    assert sorted(found.units["unit_id"]) == sorted(set(table["unit_id"]))
    assert found.units["unit_id"].is_unique
    cases = table[["dafw_cases", "djtr_cases", "other_cases"]].sum().sum()
    assert (found.units["cases"].sum(), found.units["hours"].sum()) == (cases, table["hours"].sum())
    assert found.mean == pytest.approx(cases * 200_000 / table["hours"].sum())
    assert (found.rows_used, found.rows_left_out) == (len(table), 0)
    assert "fails" not in text(report.cross_checks(found))
    inner, outer = (set(found.outside(side)["unit_id"]) for side in (0.95, 0.998))
    assert outer < inner


def test_outside_is_outside_by_the_tails_of_each_unit() -> None:
    found = study(FLEET)
    for r in found.units.itertuples():
        mean = found.mean * r.hours / 200_000
        low, high = stats.poisson.cdf(r.cases, mean), stats.poisson.sf(r.cases - 1, mean)
        for side in (0.95, 0.998):
            tail = (1 - side) / 2
            assert found.units.loc[r.Index, f"outside_{side}"] == int(high < tail) - int(low < tail)


def test_the_order_of_the_rows_changes_nothing(write: Any) -> None:
    head, *rows = (places.ROOT / FLEET).read_text(encoding="utf-8").strip().split("\n")
    first = study(write(*rows, head=head))
    for seed in (1, 2):
        other = study(write(*np.random.default_rng(seed).permutation(rows), head=head))
        assert other.units.equals(first.units)
        assert (other.mean, other.by_chance, other.cautions) == (first.mean, first.by_chance, first.cautions)
        assert report.unit_table(other) == report.unit_table(first)


def test_a_struck_year_takes_the_unit_out_and_says_so(write: Any) -> None:
    rows = [*unit("A", 9, 8, 9), *unit("B", 3, 3, 3), *unit("C", 4, 4, "x")]
    found = study(write(*rows))
    assert found.units.set_index("unit_id")["aside"].to_dict() == {
        "A": "", "B": "", "C": "a year without usable counts or hours",
    }  # fmt: skip
    assert found.mean == pytest.approx(35 * 200_000 / 2_400_000)
    assert said(found, "MISSING_YEAR") == ["Not in the funnel, a year without usable counts or hours: C."]
    assert "a year without usable counts or hours" in text(report.unit_table(found))
    # 17.5 cases are expected of each: 9 or fewer come in 2.0%, 26 or more in 3.4% of all times.
    assert "1 inside + 1 outside 95% only + 0 outside 99.8% + 1 set aside = 3 holds" in text(report.cross_checks(found))
    assert "C" not in found.fewest_left["unit_id"].tolist()
    for hours in ("", "0"):
        found = study(write(*rows[:6], *unit("C", 0, 0, 0, hours=hours)))
        assert found.units["aside"].ne("").tolist() == [False, False, True]
    assert "no unit has a usable TCR in 2022 to 2024" in message(lambda: study(write(*unit("C", 4, 4, "x"))))


def test_hours_beyond_belief_are_set_aside_unless_the_screen_is_off(write: Any) -> None:
    head = "company_id,company_name,main_naics,year,hours,total_cases"
    rows = [f"{i},Unit {i} (made up),327320,{y},400000,{i + 4}" for i in range(1, 5) for y in (2023, 2024)]
    rows += [f"9,Unit 9 (made up),327320,{y},900000000,3" for y in (2023, 2024)]
    data = write(*rows, head=head)
    screened, whole = study(data), study(data, screen=False)
    assert screened.counted["unit_id"].tolist() == ["1", "2", "3", "4"]
    assert said(screened, "HOURS_ODD") == ["Not in the funnel, hours beyond belief: 9."]
    assert screened.mean == pytest.approx(52 * 200_000 / 3_200_000)
    assert len(whole.counted) == len(screened.units) == 5
    assert whole.mean < 0.01, "one unit drowns four"
    assert said(whole, "HOURS_ODD") == []


def test_rows_outside_the_window_are_counted_as_left_out(write: Any) -> None:
    data = write(*unit("A", 9, 8, 9, 7), *unit("B", 3, 3)[:1])
    found = study(data, years=2)
    assert (found.years, found.rows_used, found.rows_left_out) == ([2023, 2024], 3, 2)
    assert said(found, "MISSING_YEAR") == ["1 of 2 units lack one of the 2 years or more: the others are pooled."]
    assert study(data, last_year=2022, years=2).units["unit_id"].tolist() == ["A"]
    assert "no row in 2015 to 2019; its years are 2021 to 2024" in message(lambda: study(data, last_year=2019))
    assert "years: found 0" in message(lambda: study(data, years=0))


def test_cases_left_are_exact_and_of_the_last_year(write: Any) -> None:
    """4.25 allows 8.5 cases in 400,000 hours."""
    found = study(write(*unit("A", 9, 8), *unit("B", 9, 9), *unit("C", 3, 3)[:1]), goal=4.25)
    units = found.units.set_index("unit_id")
    assert units.loc["A", ["last_cases", "most", "left"]].tolist() == [8, 8, 0]
    assert units.loc["B", "left"] == -1
    assert np.isnan(units.loc["C", "left"])
    assert found.fewest_left["unit_id"].tolist() == ["B", "A"]
    assert "B (made up) B 9 8 −1" in text(report.left_table(found))


@pytest.mark.parametrize("goal", [-1, "5", True, float("nan"), float("inf")])
def test_a_goal_that_is_no_rate_is_refused(goal: Any) -> None:
    assert message(lambda: study(FLEET, goal=goal)).startswith(f"goal: found {goal!r}, expected a rate")


def test_a_part_year_at_the_end_is_said(write: Any) -> None:
    found = study(write(*unit("A", 9, 8, 9), *unit("B", 3, 3), *unit("C", 2, hours=200_000, months="6")))
    assert said(found, "PARTIAL_YEAR") == ["1 of 3 units have a part year in 2024: their cases left are of its hours."]


def test_a_benchmark_as_centre_is_said_with_its_years_population_and_what_it_left_out(write: Any) -> None:
    rows = [*unit("A", 9, 8, 9), *unit("B", 3, 3, 3), *unit("C", 40, 40, 40), *unit("E", 30, 30, 30)]
    data = write(*rows)
    lines = [f"mix,{y},TCR,{v},,,BLS survey,made up" for y, v in ((2019, 99.0), (2023, 4.0), (2024, 5.0))]
    found = study(data, benchmark=write(*lines, head=LINES, name="b.csv"))
    assert (found.mean, found.mean_how) == (4.5, "mix, mean of 2023 and 2024; made up")
    (flag,) = said(found, "NOT_COMPARABLE")
    assert "BLS survey" in flag
    assert "around a benchmark of 4.50" in text(report.verdict(found))
    assert "true rates differ from it" in text(report.verdict(found))
    late = write("mix,2019,TCR,9.0,,,BLS survey,made up", head=LINES, name="c.csv")
    assert "found no TCR in 2022 to 2024" in message(lambda: study(data, benchmark=late))
    pooled = study(data, benchmark=write(*rows, *unit("D", "x"), name="d.csv"))
    assert said(pooled, "HOURS_ODD") == [
        "Rows of units set aside from the benchmark, their hours or counts unusable or beyond belief: 1 of 2024."
    ]
    assert said(pooled, "NOT_COMPARABLE") == []


@pytest.mark.parametrize("rows", [unit("A", 9, 8, 9), unit("A", 0, 0, 0), unit("A", 0, 0) + unit("B", 0, 0, 0)])
def test_one_unit_or_none_with_a_case_makes_a_page_without_a_finding(write: Any, rows: list[str]) -> None:
    found = study(write(*rows))
    page = text(report.verdict(found))
    assert "No unit above the limits" in page
    assert "No unit is outside" in page
    assert "true rates differ" not in page
    assert ("1 unit had" in page) == (len(found.units) == 1)
    for part in (report.unit_table, report.left_table, report.cross_checks, report.cautions, report.method):
        assert "nan" not in text(part(found))
    assert report.funnel_figure(found).data


@pytest.mark.parametrize(("name", "data"), [("LTIFR", FLEET), ("IIR", "data/example/commands.csv")])
def test_other_measures_keep_their_base_and_hours(name: str, data: str) -> None:
    found = study(data, name, confidence=0.9)
    counted = found.counted
    assert counted["value"].tolist() == pytest.approx(
        (counted["cases"] * found.measure.per / counted["hours"]).tolist()
    )
    low = stats.chi2.ppf(0.05, 2 * counted["cases"]) / 2 * found.measure.per / counted["hours"]
    assert counted["low"].tolist() == pytest.approx(low.fillna(0).tolist())
    assert found.measure.base in text(report.verdict(found))
    assert "90% interval" in text(report.unit_table(found))


def test_a_measure_that_does_not_exist_is_refused() -> None:
    assert "found 'XYZ', expected one of TCR" in message(lambda: study(FLEET, "XYZ"))


# --- the page ----------------------------------------------------------------


def test_the_picture_shows_the_numbers_of_the_table() -> None:
    found = study(FLEET)
    drawn = {}
    for trace in report.funnel_figure(found).data:
        if trace.customdata is not None:
            for hours, row in zip(trace.x, trace.customdata, strict=True):
                drawn[row[0]] = (row[1], hours, row[3], row[4], row[5])
    table = {r.unit: (r.cases, r.hours, r.low, r.high, r.value) for r in found.counted.itertuples()}
    assert drawn == table
    page = text(report.unit_table(found))
    for r in found.counted.itertuples():
        assert f"{r.unit} {r.unit_id} {r.of_years} of 5 {r.cases:,.0f} {r.hours:,.0f} " in page


def test_names_are_text_wherever_they_stand(write: Any) -> None:
    rows = [*unit("<i>1&", 90, 80, 90, name=SCRIPT), *unit("B", 3, 3, 3), *unit("<i>2&", "x", name=SCRIPT)]
    found = study(write(*rows))
    assert found.outside(0.998)["unit_id"].tolist() == ["<i>1&", "B"]
    parts = (report.verdict, report.unit_table, report.left_table, report.cautions, report.method, report.provenance)
    page = "".join(str(part(found)) for part in parts)
    assert "<script>alert" not in page
    assert "<i>1" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; Sons" in page
    figure = report.funnel_figure(found).to_json()
    assert "<script>alert" not in figure
    assert "<i>1" not in figure


def oshlib(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "oshlib.cli", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=240, check=False)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A portfolio of three units and a report on one of them."""
    folder = tmp_path_factory.mktemp("portfolio")
    rows = [*unit("A/1&", 90, 80, 90, name=SCRIPT), *unit("B", 3, 3, 3), *unit("C", 30, 31, 30)]
    (folder / "units.csv").write_text("\n".join([HEAD, *rows]) + "\n", encoding="utf-8")
    for name, asked in (("portfolio", "data: units.csv\n"), ("five_year_trend", "data: units.csv\nunit: A/1&\n")):
        (folder / "parameters" / name).mkdir(parents=True)
        (folder / "parameters" / name / "one.yaml").write_text(asked, encoding="utf-8")
    done = oshlib(folder, "run", "--quiet")
    assert done.returncode == 0, done.stdout + done.stderr
    return folder / "reports"


def test_links_lead_only_to_pages_that_are_there(place: Path) -> None:
    entries = {e["notebook"]: e for e in json.loads((place / "index.json").read_text(encoding="utf-8"))["reports"]}
    page = (place / entries["portfolio"]["html"]).read_text(encoding="utf-8")
    links = [a for a in re.findall(r'<a href="([^"#]+\.html)[^"]*"', page) if not a.startswith("http")]
    assert links
    for link in links:
        assert ((place / entries["portfolio"]["html"]).parent / html.unescape(link)).is_file(), link
    target = Path(entries["five_year_trend"]["html"]).name
    assert any(html.unescape(link).endswith(target) for link in links)
    table = page[page.index("Unit by unit") :]
    for name, linked in (("B (made up)", False), ("C (made up)", False)):
        assert bool(re.search(rf"<a [^>]*>{re.escape(name)}</a>", table)) == linked
    assert re.search(r"<a [^>]*>&lt;script&gt;alert\(1\)&lt;/script&gt; &amp; Sons \(made up\)</a>", table)
    assert "<script>alert(1)" not in page


def test_the_headline_has_the_fields_of_the_contract(place: Path) -> None:
    entries = json.loads((place / "index.json").read_text(encoding="utf-8"))["reports"]
    (entry,) = [e for e in entries if e["notebook"] == "portfolio"]
    headline = entry["headline"]
    assert set(headline) == {
        "unit", "measure", "window", "units", "mean", "outside_limits", "fewest_cases_left", "flags",
    }  # fmt: skip
    assert (entry["unit"], entry["unit_id"], entry["rows_used"], entry["rows_left_out"]) == ("", "", 9, 0)
    assert (headline["units"], headline["window"], headline["measure"]) == (3, [2022, 2024], "TCR")
    # 120 cases are expected of each: 260 and 9 are far outside; 91 or fewer come in 0.35% of all times.
    assert headline["outside_limits"] == {"0.95": ["A/1&", "B", "C"], "0.998": ["A/1&", "B"]}
    assert headline["fewest_cases_left"] == ["A/1&", "C", "B"]
    assert all(set(f) == {"code", "year", "text"} for f in headline["flags"])


def test_a_portfolio_is_one_report_however_it_is_asked_for(tmp_path: Path) -> None:
    done = oshlib(tmp_path, "run", "portfolio", "--each", FLEET, "--out", "out", "--quiet")
    assert (done.returncode, done.stdout) == (0, "1 reports: 1 good, 0 failed; out/index.html\n"), done.stderr
