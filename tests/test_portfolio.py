"""All units of a file side by side: counted once, set aside aloud, charted as tabled, linked only to what is there."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import pandas as pd
import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output

from oshlib import funnel, page, parameters, places, plan, study
from oshlib.charts.style import GOOD, HARM, SERIES
from oshlib.headline import HEADLINE
from oshlib.report import portfolio as report
from oshlib.study import benchmark, portfolio
from tests.conftest import closing, message

HEAD = "unit,unit_id,year,hours,deaths,dafw_cases,djtr_cases,other_cases"
COMPANIES = "company_id,company_name,sites_max,states,main_naics,year,establishments,hours,total_cases,trir,dart"
FLEET = "data/example/fleet.csv"
Write = Callable[..., str]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write_rows(*rows: str, head: str = HEAD, name: str = "units.csv") -> str:
        path = tmp_path / name
        path.write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
        return str(path)

    return write_rows


def row(unit: str, year: int, hours: Any = 200_000, cases: Any = 3) -> str:
    return f"{unit} (made up),{unit},{year},{hours},0,0,0,{cases}"


def said(found: portfolio.Portfolio) -> list[tuple[str, str]]:
    return [(f["code"], f["text"]) for f in found.cautions]


def headline(found: portfolio.Portfolio) -> dict[str, Any]:
    InteractiveShell.instance()
    with capture_output() as caught:
        report.headline(found)
    (output,) = caught.outputs
    return dict(json.loads(json.dumps(output.data))[HEADLINE])


class Cells(HTMLParser):
    """The rows of a table, cell by cell, as text."""

    def __init__(self, html: Any) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.inside = False
        self.feed(str(html).partition("<tbody>")[2].partition("</tbody>")[0])

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self.rows[-1].append("")
            self.inside = True

    def handle_endtag(self, tag: str) -> None:
        self.inside = self.inside and tag not in ("td", "th")

    def handle_data(self, data: str) -> None:
        if self.inside:
            self.rows[-1][-1] += data


# Who is counted


def test_every_unit_is_counted_once_and_their_cases_and_hours_add_up() -> None:
    raw = pd.read_csv(places.ROOT / FLEET)
    found = portfolio.study(FLEET)
    assert found.units["unit_id"].tolist() == sorted(raw["unit_id"].unique())
    assert len(found.units) == 40
    cases = raw[["dafw_cases", "djtr_cases", "other_cases"]].sum(axis=1)
    assert (found.units["cases"].sum(), found.units["hours"].sum()) == (cases.sum(), raw["hours"].sum())
    assert found.mean == pytest.approx(cases.sum() * 200_000 / raw["hours"].sum(), rel=1e-12)
    by_unit = raw.assign(cases=cases).groupby("unit_id")[["cases", "hours"]].sum()
    own = found.units.set_index("unit_id")
    pd.testing.assert_series_equal(own["value"], by_unit["cases"] * 200_000 / by_unit["hours"], check_names=False)
    table = Cells(report.unit_table(found)).rows
    assert len(table) == 40
    checks = Cells(report.cross_checks(found)).rows
    assert [c[2] for c in checks] == ["holds", "holds"]
    assert checks[0][1].endswith("= 40")


def test_the_order_of_the_rows_changes_nothing(tmp_path: Path) -> None:
    raw = pd.read_csv(places.ROOT / FLEET)
    files = []
    for seed in (1, 2):
        files.append(tmp_path / f"{seed}" / "fleet.csv")
        files[-1].parent.mkdir()
        raw.sample(frac=1, random_state=seed).to_csv(files[-1], index=False)
    one, two = (portfolio.study(str(f)) for f in files)
    pd.testing.assert_frame_equal(one.units, two.units)
    assert headline(one) == headline(two) == headline(portfolio.study(FLEET))


def test_two_units_of_one_name_stay_two(write: Write) -> None:
    data = write("Same (made up),A,2023,200000,0,0,0,2", "Same (made up),B,2023,400000,0,0,0,2")
    found = portfolio.study(data)
    assert found.units[["unit_id", "cases", "hours"]].to_numpy().tolist() == [["A", 2, 200000], ["B", 2, 400000]]


@pytest.mark.parametrize(
    ("hours", "cases", "why"),
    [("many", 3, "text"), (200_000, "x", "text"), ("", 3, "blank"), (0, 3, "zero"), (200_000, "", "blank")],
)
def test_a_year_that_cannot_be_used_takes_the_unit_out_and_says_so(
    write: Write, hours: Any, cases: Any, why: str
) -> None:
    rows = [row("A", 2022), row("A", 2023, hours, cases), row("B", 2022), row("B", 2023, 400_000, 9)]
    found = portfolio.study(write(*rows))
    a, b = found.units.itertuples()
    assert (a.aside, b.aside) == ("a year without usable counts or hours", ""), why
    assert np.isnan([a.cases, a.hours, a.value]).all(), "never the good year by itself"
    assert found.mean == 4.0
    assert ("MISSING_YEAR", "Not in the funnel, a year without usable counts or hours: A.") in said(found)
    assert "1 unit set aside" in str(report.verdict(found))
    recorded = headline(found)
    assert recorded["units"] == 2
    assert recorded["fewest_cases_left"] == ["B"]
    assert [r[6] for r in Cells(report.unit_table(found)).rows] == [
        "○ a year without usable counts or hours", "● inside",
    ]  # fmt: skip
    assert "A" not in {p[0] for t in report.funnel_figure(found).data if t.customdata for p in t.customdata}


def test_two_rows_that_contradict_each_other_take_the_unit_out(write: Write) -> None:
    found = portfolio.study(write(row("A", 2022), row("A", 2023, cases=1), row("A", 2023, cases=9), row("B", 2023)))
    assert found.units.set_index("unit_id")["aside"].tolist() == ["a year without usable counts or hours", ""]


def test_a_row_without_a_year_is_said_for_its_unit_is_nowhere(write: Write) -> None:
    found = portfolio.study(write("Lost (made up),L,,200000,0,0,0,3", row("B", 2023)))
    assert found.units["unit_id"].tolist() == ["B"]
    assert ("MISSING_YEAR", "Without a usable unit or year, and so not counted anywhere: row 2.") in said(found)


def test_a_part_year_is_said_and_its_cases_left_are_those_of_its_hours(write: Write) -> None:
    rows = [f"{row('A', 2022)},12", f"{row('A', 2023, 50_000, 1)},3", f"{row('B', 2023)},12"]
    found = portfolio.study(write(*rows, head=f"{HEAD},months"))
    text = "1 of 2 units have part years, pooled as they are; the cases left in one are of its hours to date."
    assert ("PARTIAL_YEAR", text) in said(found)
    assert found.units["most"].tolist() == [0.0, 3.0]


def companies(write: Write) -> str:
    rows = [f"{i},Maker {i} (made up),1,NV,327320,2023,1,400000,{4 + i},{(4 + i) / 2},0" for i in range(3)]
    return write(*rows, "9,Odd (made up),1,NV,327320,2023,1,2119008576,3,0.0,0", head=COMPANIES)


def test_hours_beyond_belief_are_set_aside_and_can_be_kept(write: Write) -> None:
    data = companies(write)
    found = portfolio.study(data)
    assert found.units.set_index("unit_id")["aside"].to_dict() == {
        "0": "", "1": "", "2": "", "9": "hours beyond belief",
    }  # fmt: skip
    assert found.mean == 15 * 200_000 / 1_200_000
    assert ("HOURS_ODD", "Not in the funnel, hours beyond belief: 9.") in said(found)
    assert headline(found)["units"] == 4
    kept = portfolio.study(data, screen=False)
    assert kept.units["aside"].eq("").all()
    assert kept.mean == pytest.approx(18 * 200_000 / (1_200_000 + 2_119_008_576))
    assert "HOURS_ODD" not in dict(said(kept))


# What is recorded, drawn and written


def test_the_headline_has_the_fields_of_the_contract() -> None:
    found = portfolio.study(FLEET)
    recorded = headline(found)
    assert recorded.keys() >= {"units", "outside_limits", "fewest_cases_left", "flags"}
    assert recorded["units"] == 40
    outside = recorded["outside_limits"]
    assert list(outside) == ["0.95", "0.998"]
    for level, ids in outside.items():
        assert ids == sorted(found.units.loc[found.units[f"outside_{level}"].ne(0), "unit_id"])
    assert set(outside["0.998"]) < set(outside["0.95"])
    left = found.units.set_index("unit_id")["left"].dropna().astype(int)
    assert recorded["fewest_cases_left"] == sorted(left.index, key=lambda i: (left[i], i))[:10]
    assert all(f.keys() == {"code", "year", "text"} for f in recorded["flags"])


def test_the_chart_draws_the_numbers_of_the_table() -> None:
    found = portfolio.study(FLEET)
    table = {r[0]: r for r in Cells(report.unit_table(found)).rows}
    units = found.units.set_index("unit")
    points: dict[str, list[Any]] = {}
    for trace in (t for t in report.funnel_figure(found).data if t.customdata):
        for x, y, symbol, (name, cases, *hovered) in zip(
            trace.x, trace.y, trace.marker.symbol, trace.customdata, strict=True
        ):
            assert name not in points, "drawn twice"
            points[name] = [f"{cases:,.0f}", f"{x:,.0f}"]
            own = units.loc[name]
            assert (x, cases) == (own["hours"], own["cases"])
            assert y < own["value"] if symbol == "triangle-up-open" else y == own["value"]
            assert hovered == [round(own[k], 2) for k in ("low", "high", "value")]
            rank = int(own["outside_0.95"] + own["outside_0.998"])
            assert trace.marker.color == (HARM if rank > 0 else GOOD if rank < 0 else SERIES[0]), "by its side"
            assert (symbol == "triangle-down") == (rank == -2)
            assert trace.name == {0: "inside", 1: "outside 95%", 2: "outside 99.8%"}[abs(rank)]
    tabled = {name: next(r for shown, r in table.items() if shown.startswith(name)) for name in units.index}
    assert points == {name: r[2:4] for name, r in tabled.items()}


def test_the_unit_in_question_has_the_shape_that_it_has_among_all() -> None:
    found = portfolio.study(FLEET)
    for unit_id in found.counted["unit_id"]:
        shapes = []
        for mark in ("", unit_id):
            name = found.units.set_index("unit_id").loc[unit_id, "unit"]
            traces = [t for t in report.funnel_figure(found, mark).data if t.customdata]
            drawn = {p[0]: s for t in traces for p, s in zip(t.customdata, t.marker.symbol, strict=True)}
            shapes.append(drawn[name])
        assert shapes[0] == shapes[1], unit_id


def test_the_limits_as_drawn_are_the_exact_ones_as_far_as_an_eye_can_tell() -> None:
    found = portfolio.study(FLEET)
    drawn = report.funnel_figure(found)
    top = drawn.layout.yaxis.range[1]
    for level in portfolio.LEVELS:
        lines = [t for t in drawn.data if t.name == f"{level:.1%} limits"]
        hours = np.geomspace(lines[0].x[0], lines[0].x[-1], 1000)
        for line, exact in zip(lines, funnel.limits(hours, found.mean, level), strict=True):
            at = np.interp(np.log(hours), np.log(line.x), line.y)
            assert np.abs(at - exact)[exact < top].max() < 0.004 * top, "a dot or two of a chart of 500"


def test_under_a_benchmark_the_card_still_gives_the_rate_of_all_units(write: Write) -> None:
    line = "Sector (made up),2023,TCR,5.0,an invented table (made up)"
    benchmark = write(line, head="name,year,measure,value,source", name="benchmark.csv")
    found = portfolio.study(write(row("A", 2023), row("B", 2023)), benchmark=benchmark)
    assert (found.mean, found.goal) == (5.0, 5.0)
    InteractiveShell.instance()
    with capture_output() as caught:
        report.headline(found)
    facts = dict(caught.outputs[0].data["application/vnd.oshlib.record+json"]["card"]["facts"])
    assert facts["TCR, all"] == "3.00"


def test_rows_set_aside_from_a_pooled_benchmark_are_said(write: Write) -> None:
    data = companies(write)
    assert "(1 of its rows set aside)" in portfolio.study(FLEET, last_year=2023, benchmark=data).mean_how


def test_a_goal_that_nobody_gave_is_not_called_one() -> None:
    assert "no goal was given" in str(report.left_table(portfolio.study(FLEET)))
    assert "as given" in str(report.left_table(portfolio.study(FLEET, goal=3.0)))


# Small and odd portfolios


def pages(found: portfolio.Portfolio) -> str:
    figure = report.funnel_figure(found)
    for trace in figure.data:
        assert all(v == v and abs(v) < float("inf") for v in [*trace.x, *trace.y])
    parts = (report.verdict, report.unit_table, report.left_table, report.cross_checks, report.cautions)
    text = "".join(str(part(found)) for part in parts) + str(report.method(found)) + str(report.provenance(found))
    assert "nan" not in re.sub(r"<[^>]*>", " ", text).split()
    assert "fails<" not in str(report.cross_checks(found))
    headline(found)
    return text


@pytest.mark.parametrize("count", [1, 2, 3])
def test_units_without_a_case_have_a_centre_of_zero(write: Write, count: int) -> None:
    rows = [row(name, year, cases=0) for name in "ABC"[:count] for year in (2021, 2022, 2023)]
    found = portfolio.study(write(*rows))
    assert (found.mean, found.by_chance, len(found.outside(0.95))) == (0.0, {0.95: 0.0, 0.998: 0.0}, 0)
    assert found.units["left"].tolist() == [0.0] * count
    said = "No unit above the limits" if count > 2 else f"Only {count} unit{'s' * (count > 1)}: nothing to compare with"
    assert said in pages(found)


@pytest.mark.parametrize("names", ["A", "AB"])
def test_one_unit_and_two_have_a_page(write: Write, names: str) -> None:
    found = portfolio.study(write(*[row(name, 2023) for name in names]))
    assert found.mean == 3.0
    text = pages(found)
    assert f"{len(names)} unit{'s' if len(names) > 1 else ''} had {3 * len(names)} cases" in text


def test_a_measure_brings_its_own_exposure_and_base(write: Write) -> None:
    head = f"{HEAD},first_aid_cases,military_strength,civilian_hours"
    found = portfolio.study(write(f"{row('A', 2023)},2,100,100000", f"{row('B', 2023)},1,0,300000", head=head), "IIR")
    assert found.units["cases"].tolist() == [5, 4]
    assert found.units["hours"].tolist() == [300_000, 300_000]
    assert found.mean == 9 * 200_000 / 600_000
    pages(found)
    lost = [f"{n} (made up),{n},2023,400000,0,{k},0,0" for n, k in (("A", 2), ("B", 6))]
    found = portfolio.study(write(*lost), "LTIFR")
    assert found.units["value"].tolist() == [5.0, 15.0]
    assert (found.mean, found.units["most"].tolist()) == (10.0, [4.0, 4.0])
    assert "per million hours" in pages(found)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"goal": -1}, "goal: found -1, expected a rate per 100 full-time workers, zero or more"),
        ({"goal": "5"}, "goal: found '5', expected a rate per 100 full-time workers, zero or more"),
        ({"goal": True}, "goal: found True, expected a rate"),
        ({"goal": float("nan")}, "goal: found nan, expected a rate"),
        ({"goal": float("inf")}, "goal: found inf, expected a rate"),
        ({"last_year": 1990}, "no row in 1986 to 1990; its years are 2023 to 2023"),
        ({"last_year": 2090}, "no row in 2086 to 2090; its years are 2023 to 2023"),
        ({"years": 0}, "years: found 0, expected a whole number of 1 or more"),
        ({"years": True}, "years: found True, expected a whole number of 1 or more"),
        ({"name": "IIR"}, "no unit has a usable IIR in 2023 to 2023"),
        ({"name": "XYZ"}, "found 'XYZ', expected one of TCR"),
        ({"confidence": 95}, "confidence must be a fraction between 0 and 1"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_a_sentence(write: Write, asked: dict[str, Any], expected: str) -> None:
    data = write(row("A", 2023), row("B", 2023))
    assert expected in message(lambda: portfolio.study(data, **asked))


# Run by the command, with real kernels

EVIL = "<script>alert(1)</script> & Sons <b>(made up)</b>"


def oshlib(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "oshlib.cli", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=240, check=False)


def entries(folder: Path) -> dict[str, dict[str, Any]]:
    found = json.loads((folder / "reports" / "index.json").read_text(encoding="utf-8"))["reports"]
    return {e["notebook"] + "/" + (e["unit_id"] or Path(e["origin"]).stem): e for e in found}


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, dict[str, Any]]]:
    """A portfolio, a unit with a page, one whose report fails, and two parameter files that lack what they need."""
    folder = tmp_path_factory.mktemp("portfolio")
    rows = [f"{EVIL},A&1,{y},200000,0,0,0,30" for y in (2021, 2022, 2023)]
    rows += [row(unit, y) for unit in "BC" for y in (2021, 2022, 2023)]
    (folder / "units.csv").write_text("\n".join([HEAD, *rows]) + "\n", encoding="utf-8")
    asked = {
        "portfolio/all": "",
        "tcir_benchmark/one": 'unit: "A&1"\nstandard: 9.5\n',
        "tcir_benchmark/neither": "unit: B\n",
        "goal_attainment/none": "unit: B\n",
        "five_year_trend/fails": "unit: C\nlast_year: 1990\n",
    }
    for name, text in asked.items():
        file = folder / "parameters" / f"{name}.yaml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"data: units.csv\n{text}", encoding="utf-8")
    done = oshlib(folder, "run", "--jobs", "2")
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    assert closing(done) == "2 ok, 3 failed, 0 kept; reports/index.html"
    return folder, entries(folder)


class Tags(HTMLParser):
    """Links with their text, and the scripts that a browser would run."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[tuple[str, str]] = []
        self.scripts: list[str] = []
        self.at = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.at = tag
        if tag == "a":
            self.links.append((dict(attrs).get("href") or "", ""))

    def handle_endtag(self, tag: str) -> None:
        self.at = ""

    def handle_data(self, data: str) -> None:
        if self.at == "a":
            self.links[-1] = (self.links[-1][0], self.links[-1][1] + data)
        if self.at == "script":
            self.scripts.append(data)


def test_only_pages_that_are_there_are_linked(ran: tuple[Path, dict[str, dict[str, Any]]]) -> None:
    folder, found = ran
    entry = found["portfolio/all"]
    assert (entry["status"], entry["unit"], entry["unit_id"], entry["headline"]["units"]) == ("ok", "", "", 3)
    place = folder / "reports" / entry["html"]
    links = [(href, text) for href, text in Tags(place.read_text(encoding="utf-8")).links if "_" in href]
    assert links, "the unit with a page is linked"
    assert {text for _, text in links} == {EVIL}
    assert {(place.parent / href).resolve() for href, _ in links} == {
        (folder / "reports" / found["tcir_benchmark/A&1"]["html"]).resolve()
    }
    assert all((place.parent / href).is_file() for href, _ in links)
    assert found["five_year_trend/C"]["status"] == "failed"
    assert found["five_year_trend/C"]["html"] is None


def test_names_are_text_in_the_page_and_never_markup(ran: tuple[Path, dict[str, dict[str, Any]]]) -> None:
    folder, found = ran
    entry = found["portfolio/all"]
    text = (folder / "reports" / entry["html"]).read_text(encoding="utf-8")
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; Sons &lt;b&gt;(made up)&lt;/b&gt;" in text
    assert not [s for s in Tags(text).scripts if s.strip().startswith("alert")]
    notebook = nbformat.read(folder / "reports" / entry["ipynb"], 4)
    again = page.render(notebook, source="portfolio.ipynb", home="../", made="", links={})
    assert "<script>alert" not in again
    assert EVIL not in again
    points = [p for s in Tags(again).scripts if s.startswith("{") and '"data"' in s for t in json.loads(s)["data"]
              for p in t.get("customdata", [])]  # fmt: skip
    assert sum(p[0].startswith("&lt;script&gt;") for p in points) == 1, "plotly reads its texts as markup"
    assert not any(p[0].startswith("<") for p in points)


def test_a_standard_takes_the_place_of_a_benchmark_and_neither_is_refused(
    ran: tuple[Path, dict[str, dict[str, Any]]],
) -> None:
    _, found = ran
    good = found["tcir_benchmark/A&1"]
    assert (good["status"], good["parameters"]["benchmark"], good["parameters"]["standard"]) == ("ok", None, 9.5)
    assert good["headline"]["standard"] == 9.5
    for name, lacking in (("tcir_benchmark/neither", "benchmark"), ("goal_attainment/none", "goals")):
        refused = found[name]
        assert (refused["status"], refused["html"]) == ("failed", None)
        assert refused["error"].startswith(f"parameters/{name}.yaml: found no '{lacking}', which the notebook needs")
        assert "\n" not in refused["error"]


def test_each_makes_one_report_of_a_notebook_about_no_single_unit(tmp_path: Path) -> None:
    done = oshlib(tmp_path, "run", "portfolio", "--each", FLEET, "--quiet")
    assert (done.returncode, closing(done)) == (0, "1 ok, 0 failed, 0 kept"), done.stderr
    (entry,) = entries(tmp_path).values()
    assert (entry["notebook"], entry["unit"], entry["unit_id"]) == ("portfolio", "", "")
    assert entry["parameters"]["data"] == FLEET
    assert (entry["headline"]["unit"], entry["headline"]["units"]) == ("", 40)


# "required unless": what may take the place of a parameter

DECLARED = {
    "unit": {"default": '"A"', "help": "required: the unit"},
    "table": {"default": '"example.csv"', "help": "required unless number is given: a table"},
    "number": {"default": "None", "help": "a number instead"},
}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"number": 9.5}, (None, 9.5)),
        ({"number": 0}, (None, 0)),
        ({"table": "own.csv"}, ("own.csv", None)),
        ({"table": "own.csv", "number": None}, ("own.csv", None)),
        ({"table": "own.csv", "number": 9.5}, ("own.csv", 9.5)),
        ({"table": None, "number": 9.5}, (None, 9.5)),
    ],
)
def test_a_parameter_that_another_stands_in_for_is_never_its_example(given: Any, expected: Any) -> None:
    found = parameters.check({"unit": "B", **given}, DECLARED, "one.yaml")
    assert (found["table"], found["number"]) == expected


@pytest.mark.parametrize("given", [{}, {"number": None}])
def test_without_either_it_is_refused(given: Any) -> None:
    text = message(lambda: parameters.check({"unit": "B", **given}, DECLARED, "one.yaml"))
    assert text.startswith("one.yaml: found no 'table', which the notebook needs (required unless number is given")


def test_every_required_unless_names_a_parameter_of_its_notebook() -> None:
    named = 0
    for source in plan.notebooks().values():
        known = plan.declared(source)
        for one in known.values():
            other = re.match(r"required unless (\w+)", one["help"])
            named += bool(other)
            assert other is None or other[1] in known
    assert named


@pytest.mark.parametrize("standard", [float("nan"), float("inf"), -1, 0, True, "9.5"])
def test_a_standard_that_is_no_rate_is_refused_in_a_sentence(standard: Any) -> None:
    subject = study.load("data/example/ready_mix.csv", "RM-01")
    assert f"standard: found {standard!r}, expected a rate above zero" in message(
        lambda: benchmark.study(subject, None, None, standard, scheme="safe")
    )


def test_a_standard_per_worker_is_refused_with_the_rate_that_was_meant() -> None:
    subject = study.load("data/example/ready_mix.csv", "RM-01")
    text = message(lambda: benchmark.study(subject, None, None, 0.05, scheme="safe"))
    assert text == "standard: found 0.05; expected a rate per 100 full-time workers, such as 5"


def test_cases_with_deaths_included_are_not_called_deaths() -> None:
    found = benchmark.study(study.load(FLEET, "FL-05"), None, None, 4.3, scheme="safe")
    texts = [f["text"] for f in found.cautions if f["code"] in ("SMALL_N", "ZERO")]
    assert "2020: 1 recordable case (deaths included); TCIR can move by 3.9 with one more." in texts
    assert not [t for t in texts if "with deaths" in t], "this unit had no death"
