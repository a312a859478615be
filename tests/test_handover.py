"""A hand-over without names: what is searched for, what is found however it is written, and all of it or nothing."""

from __future__ import annotations

import base64
import html
import io
import json
import os
import re
import shutil
import signal
import stat
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import nbformat
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from oshlib import cli, codes, handover, identifiers, leaks, names, places, spelt
from oshlib.errors import OshError
from oshlib.identifiers import Excused, Identifier
from tests.conftest import hears, until
from tests.test_run import oshlib

UNITS = """unit,unit_id,year,hours,dafw_cases,djtr_cases,other_cases,deaths,note
Alder Works,AW-01,2020,1234567,1,1,2,0,seen by J. Miller
Alder Works,AW-01,2021,210003,1,0,2,0,
Smith & Sons,12,2020,100001,0,0,0,0,
Café Nord,CN-3,2020,50021,0,0,0,0,
Ada,300417,2020,90807,0,0,0,0,
"""
#: One unit for every way to leak, so that what is found by one way is not found by another.
MANY = """unit,unit_id,year,hours,dafw_cases,djtr_cases,other_cases,deaths,note
Alder Works,AW-01,2020,51001,1,1,2,0,
Birch & Sons,BS-01,2020,51003,0,0,0,0,
Café Nord,CN-03,2020,51007,0,0,0,0,
Café Süd,CN-04,2020,51009,0,0,0,0,
Dogwood Works,DW-01,2020,51011,0,0,0,0,
Elm Works,EW-01,2020,51013,0,0,0,0,
Fir Works,FW-01,2020,51017,0,0,0,0,
Gorse Works,GW-01,2020,51019,0,0,0,0,
Hazel Works,HW-01,2020,51021,0,0,0,0,
Iris Works,IW-01,2020,210003,0,0,0,0,
Juniper Works,JW-01,2020,1234567,0,0,0,0,
Larch Works,LW-01,2020,2345671,0,0,0,0,
Maple Works,MW-01,2020,3456712,0,0,0,0,
Nettle Works,300417,2020,51023,0,0,0,0,
Oak Works,12,2020,51027,0,0,0,0,
Pine Works,PW-01,2020,51029,0,0,0,0,
Quince Works,QW-01,2020,51031,0,0,0,0,
Rowan & Sons,RS-01,2020,51033,0,0,0,0,
"""
HEADER = """data = "units.csv"  # annual table
way = ["clean"]  # what the report does
private = ""  # folder outside of what is handed over
label = ""  # printed
"""
CLEAN = "Adapter 2012, 12.5% of 0.12 in 1,012 and 112; AWE-01 or AW-011; Smith, Sonsy; cafe; on 2024-12-31 at 10:12."
#: What a report does, in a module beside it: the notebook itself must not hold what is searched for.
LEAKY = f"""
import base64, json, os, time
from html import escape
import numpy as np
import plotly.graph_objects as go
from IPython.display import HTML, display
from oshlib import codes, markup
from oshlib.errors import OshError

CLEAN = {CLEAN!r}

def chart(way, table):
    hours = table["hours"].to_numpy()[table["hours"].eq(210003)] if "array" in way else np.array([1.5, 2.5])
    text = ["Hazel Works", "x"] if "hover" in way else ["one", "two"]
    display(go.Figure(go.Bar(x=hours, y=[2.0] * len(hours), text=text)))

def show(way, table, data, private):
    ways = {{
        "clean": lambda: display(HTML("<p>" + CLEAN + "</p>")),
        "text": lambda: display(HTML("<p>As Alder Works says.</p>")),
        "escaped": lambda: display(HTML("<p>" + escape("Birch & Sons") + "</p>")),
        "json": lambda: display(HTML('<script type="application/json">' + json.dumps("Caf\u00e9 Nord") + "</script>")),
        "attribute": lambda: display(HTML("<p data-x='" + escape(json.dumps(["Caf\u00e9 S\u00fcd"])) + "'>x</p>")),
        "upper": lambda: display(HTML("<p>DOGWOOD  WORKS</p>")),
        "broken": lambda: display(HTML("<p>Elm<br>Works</p>")),
        "url": lambda: display(HTML('<a href="#fir%20works">x</a>')),
        "export": lambda: display(markup.table(["a"], [["1"]], "x", export=(["a"], [["Gorse Works"]]))),
        "metadata": lambda: display(HTML("<p>x</p>"), metadata={{"who": "Pine Works"}}),
        "grouped": lambda: display(HTML("<p>1,234,567 hours</p>")),
        "thin": lambda: display(HTML("<p>2&#8239;345&#8239;671 hours</p>")),
        "thousands": lambda: display(HTML("<p>3456.712 thousand hours</p>")),
        "short": lambda: display(HTML("<td>12</td>")),
        "long": lambda: display(HTML("<td>No. 300417</td>")),
        "path": lambda: display(HTML("<p>" + os.getcwd() + "/x</p>")),
        "picture": lambda: display({{"image/png": base64.b64encode(b"x" * 60).decode(), "text/plain": "x"}}, raw=True),
        "svg": lambda: display(HTML("<img src='data:image/svg+xml;base64," + SVG + "'>")),
        "codes": lambda: display(HTML(", ".join(codes.keep(private + "/codes.csv", table["unit_id"]).values()))),
        "fails": lambda: fail(table["unit"].iloc[0]),
        "slow": lambda: (open("started", "w").write(str(os.getpid())), time.sleep(300)),
    }}
    for one in way:
        ways.get(one, lambda: None)()

SVG = base64.b64encode(b"<svg><text>Quince Works</text></svg>").decode()

def fail(name):
    raise OshError(name + " has no hours")
"""
HIT = {
    "text": "'Alder Works', which is unit in row 2",
    "escaped": "'Birch & Sons', which is unit in row 3",
    "json": "'Café Nord', which is unit in row 4",
    "attribute": "'Café Süd', which is unit in row 5",
    "upper": "'Dogwood Works', which is unit in row 6",
    "broken": "'Elm Works', which is unit in row 7",
    "url": "'Fir Works', which is unit in row 8",
    "export": "'Gorse Works', which is unit in row 9",
    "hover": "'Hazel Works', which is unit in row 10",
    "array": "'210003', which is hours in row 11",
    "grouped": "'1234567', which is hours in row 12",
    "thin": "'2345671', which is hours in row 13",
    "thousands": "'3456712' as 3456.712, which is hours in row 14",
    "long": "'300417', which is unit_id in row 15",
    "svg": "'Quince Works', which is unit in row 18",
}


def notebook(folder: Path, name: str = "tiny", **metadata: object) -> None:
    cells = [
        nbformat.v4.new_markdown_cell("# How are things?\n\nA word."),
        nbformat.v4.new_code_cell(HEADER, metadata={"tags": ["parameters"]}),
        nbformat.v4.new_code_cell("import leaky\nfrom oshlib import tables\nfrom oshlib.headline import record"),
        nbformat.v4.new_code_cell("table = tables.read(data)[0]\nleaky.chart(way, table)"),
        nbformat.v4.new_code_cell("leaky.show(way, table, data, private)"),
        nbformat.v4.new_code_cell("record({'unit': ''}, title='All of them')"),
    ]
    kernel = {"name": "python3", "display_name": "Python 3 of Alder Works", "language": "python"}
    nb = nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel, **metadata})
    (folder / "notebooks").mkdir(exist_ok=True)
    nbformat.write(nb, folder / "notebooks" / f"{name}.ipynb")
    (folder / "leaky.py").write_text(LEAKY, encoding="utf-8")


def ask(folder: Path, file: str, **values: object) -> None:
    place = folder / "parameters" / "tiny" / f"{file}.yaml"
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(json.dumps({"way": [file], **values}), encoding="utf-8")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "units.csv").write_text(UNITS, encoding="utf-8")
    notebook(tmp_path, oshlib={"deidentified": True})
    return tmp_path


def hand_over(folder: Path, *more: str) -> subprocess.CompletedProcess[str]:
    return oshlib(folder, "run", "parameters", "--deidentified", "--out", "out", "--jobs", "2", *more)


def left(folder: Path) -> set[str]:
    """What stands in the folder beside what was put there."""
    put = {
        "units.csv",
        "notebooks",
        "parameters",
        "leaky.py",
        "__pycache__",
        "private",
        "started",
        "clients",
        "more.csv",
    }
    return {p.name for p in folder.iterdir()} - put


def test_a_clean_report_is_handed_over_with_nothing_of_this_machine(place: Path) -> None:
    (place / "clients").mkdir()
    (place / "units.csv").rename(place / "clients" / "units.csv")
    ask(place, "clean", data=str(place / "clients" / "units.csv"))
    done = hand_over(place)
    assert done.stdout.splitlines() == [
        "ok      tiny/clean: ",
        "1 report: 1 good, 0 failed; 5 files searched for 14 values; none found; handed over: out/index.html",
    ], done.stderr
    assert (done.returncode, done.stderr, left(place)) == (0, "", {"out"})
    files = sorted(p.relative_to(place / "out").as_posix() for p in (place / "out").rglob("*") if p.is_file())
    assert [re.sub(r"plotly-.*", "plotly", f) for f in files] == [
        "assets/plotly", "index.html", "index.json", "tiny/clean.html", "tiny/clean.ipynb",
    ]  # fmt: skip
    (entry,) = json.loads((place / "out" / "index.json").read_text(encoding="utf-8"))["reports"]
    assert (entry["status"], entry["parameters"]["data"], entry["origin"]) == ("ok", "units.csv", "")
    assert (entry["data_place"], entry["seconds"]) == (None, None)
    nb = nbformat.read(place / "out" / "tiny" / "clean.ipynb", 4)
    assert set(nb.metadata) == {"kernelspec", "language_info", "oshlib"}
    assert nb.metadata.kernelspec.display_name == "Python 3"
    injected = next(c for c in nb.cells if "injected-parameters" in c.metadata.get("tags", []))
    assert 'data = "units.csv"' in injected.source.splitlines()
    for file in files[1:]:
        assert str(place) not in (place / "out" / file).read_text(encoding="utf-8")
    assert stat.S_IMODE((place / "out").stat().st_mode) == stat.S_IMODE((place / "parameters").stat().st_mode)


def test_every_way_to_leak_is_found_and_nothing_is_handed_over(place: Path) -> None:
    (place / "units.csv").write_text(MANY, encoding="utf-8")
    ask(place, "every", way=[*HIT, "metadata", "short", "path", "picture"])
    ask(place, "oak-works", way=["clean"], label="Rowan & Sons")
    ask(place, "clean")
    done = hand_over(place, "--quiet")
    assert (done.returncode, left(place)) == (1, set())
    lines = done.stderr.splitlines()
    expected = [
        f"tiny/every.{ending}: found {text} of units.csv" for ending in ("html", "ipynb") for text in HIT.values()
    ]
    expected += ["tiny/every.ipynb: found 'Pine Works', which is unit in row 17 of units.csv"]
    expected += ["tiny/every.html: found a picture (data:image/png;base64), which cannot be searched"]
    expected += ['tiny/every.ipynb: found a picture ("image/png"), which cannot be searched']
    for ending in ("html", "ipynb"):
        expected += [f"tiny/every.{ending}: found the path {str(place)!r} of this machine"]
        expected += [f"tiny/oak-works.{ending}: found 'Oak Works' in its name, which is unit in row 16 of units.csv"]
    in_label = ("tiny/oak-works.html", "tiny/oak-works.ipynb", "index.json")
    expected += [f"{file}: found 'Rowan & Sons', which is unit in row 19 of units.csv" for file in in_label]
    expected += [
        f"{file}: found 'Oak Works', which is unit in row 16 of units.csv" for file in ("index.html", "index.json")
    ]
    assert sorted(line for line in lines if "'12'" not in line and "; if this" not in line) == sorted(
        f"oshlib: {line}" for line in expected if "3456.712" not in line
    )
    for ending in ("html", "ipynb"):
        assert f"oshlib: tiny/every.{ending}: found '12', which is unit_id in row 16 of units.csv; " in done.stderr
        assert f"tiny/every.{ending}: found {HIT['thousands']} of units.csv; if this is another number, " in done.stderr
    (closing,) = done.stdout.splitlines()
    assert closing == (
        f"3 reports: 3 good, 0 failed; 9 files searched for 54 values; {len(lines)} hits: nothing was handed over"
    )


def test_a_failed_report_publishes_nothing(place: Path) -> None:
    ask(place, "clean")
    ask(place, "fails")
    done = hand_over(place)
    assert (done.returncode, left(place)) == (1, set())
    assert "failed  parameters/tiny/fails.yaml: Alder Works has no hours" in done.stdout.splitlines()
    assert done.stdout.splitlines()[-1] == "2 reports: 1 good, 1 failed; nothing was handed over"


def test_what_identifies_nobody_is_excused_by_value_or_column_and_that_is_said(place: Path) -> None:
    text = UNITS.replace("Smith & Sons", "Table")
    (place / "units.csv").write_text(text.replace("seen by J. Miller", "Contents"), encoding="utf-8")
    ask(place, "clean")
    done = hand_over(place, "--quiet")
    assert done.returncode == 1
    lines = [line for line in done.stderr.splitlines() if "tiny/clean.html" in line]
    own = "; the report's own words hold it, too: if it identifies nobody, add --excuse"
    assert lines == [
        f"oshlib: tiny/clean.html: found 'Contents', which is note in row 2 of units.csv{own} Contents",
        f"oshlib: tiny/clean.html: found 'Table', which is unit in row 4 of units.csv{own} Table",
    ]
    done = hand_over(place, "--quiet", "--excuse", "column:note", "--excuse", "TABLE", "--excuse", "unit")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == (
        "1 report: 1 good, 0 failed; 5 files searched for 12 values; excused: 'column:note', 'TABLE'; to be excused, "
        "but not there: 'unit'; none found; handed over: out/index.html\n"
    )


def test_codes_are_published_their_key_is_not_and_those_who_left_are_searched_for(place: Path) -> None:
    key = place / "private" / "codes.csv"
    ask(place, "codes", private="private")
    assert hand_over(place).returncode == 0
    known = codes.read(key)
    assert set(known) == {"AW-01", "12", "CN-3", "300417"}
    page = (place / "out" / "tiny" / "codes.html").read_text(encoding="utf-8")
    assert all(code in page for code in known.values())
    (place / "out").rename(place / "private" / "last")
    key.write_text(key.read_text(encoding="utf-8") + "adapter,WXY3\n", encoding="utf-8")
    ask(place, "clean", private="private")
    done = hand_over(place, "--quiet")
    assert done.returncode == 1
    line = "oshlib: tiny/clean.html: found 'adapter', which is unit_id in row 6 of codes.csv"
    assert line in done.stderr.splitlines()


def test_what_can_be_no_hand_over_is_refused_in_one_sentence(
    place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(place)
    ask(place, "clean")
    full = place / "full"
    full.mkdir()
    (full / "old.html").write_text("", encoding="utf-8")
    notebook(place, "named")
    (place / "parameters" / "named").mkdir()
    named = place / "parameters" / "named" / "one.yaml"
    named.write_text("way: [clean]\n", encoding="utf-8")
    tiny = "parameters/tiny"
    run = ("run", tiny, "--deidentified", "--out")
    for arguments, message in (
        ((*run, "full"), "full: found 1 entry, expected an empty folder or none: a hand-over is made from nothing"),
        (
            (*run, "units.csv"),
            "units.csv: found a file, expected an empty folder or none: a hand-over is made from nothing",
        ),
        (
            ("run", "parameters/named", "--deidentified", "--out", "out"),
            "--deidentified: found the notebook named, whose reports may name somebody; expected one with "
            "`oshlib: {deidentified: true}` in its metadata",
        ),
        (
            (*run, "out", "--set", "private=out/keys"),
            "parameters/tiny/clean.yaml: private: found 'out/keys' inside of out, which is handed over; expected a "
            "place outside of it",
        ),
        (
            ("run", tiny, "--excuse", "note"),
            "--excuse: found no --deidentified, without which nothing is searched for",
        ),
    ):
        assert (cli.main(arguments), *capsys.readouterr()) == (2, "", f"oshlib: {message}\n")
    assert not (place / "out").exists()
    assert (cli.main([*run, "full", "--dry-run"]), capsys.readouterr().out) == (2, "")


def test_reports_that_are_wrong_start_nothing(place: Path) -> None:
    ask(place, "clean")
    ask(place, "wrong", wya="x")
    done = hand_over(place)
    assert (done.returncode, done.stdout, left(place)) == (2, "", set())
    assert done.stderr.splitlines() == [
        "oshlib: parameters/tiny/wrong.yaml: found the parameter 'wya', which the notebook does not have; "
        "did you mean 'way'?",
        "oshlib: --deidentified: 1 of 2 reports are wrong; nothing was started",
    ]


@pytest.mark.skipif(os.name != "posix", reason="signals are POSIX")
@pytest.mark.parametrize(("sent", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGKILL, -9)])
def test_a_run_that_is_stopped_leaves_nothing_under_the_name(place: Path, sent: int, status: int) -> None:
    ask(place, "clean")
    ask(place, "slow")
    (place / "out").mkdir()
    command = [sys.executable, "-m", "oshlib.cli", "run", "--deidentified", "--out", "out", "--jobs", "1"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    running = subprocess.Popen(command, cwd=place, text=True, start_new_session=True, preexec_fn=hears, **pipes)
    until(lambda: (place / "started").exists() and (place / "started").read_text())
    kernel = int((place / "started").read_text())
    if sent == signal.SIGTERM:
        os.kill(running.pid, sent)
    else:
        os.killpg(running.pid, sent)
    _, err = running.communicate(timeout=20)
    assert running.returncode == status
    assert list((place / "out").iterdir()) == []
    if sent != signal.SIGKILL:
        assert (err.strip(), left(place)) == ("oshlib: stopped; nothing was handed over", {"out"})
    else:
        os.kill(kernel, signal.SIGKILL)  # it leads a session of its own
        assert all(name.startswith(".out.") for name in left(place) - {"out"})


def test_a_folder_that_was_filled_meanwhile_stays_as_it_is(tmp_path: Path) -> None:
    build, target = tmp_path / ".out.part", tmp_path / "out"
    for folder in (build, target):
        folder.mkdir()
        (folder / folder.name).write_text("", encoding="utf-8")
    with pytest.raises(OshError, match=r"^out: cannot be put in its place: Directory not empty; nothing was handed"):
        handover._publish(build, target, Path("out"))
    assert [p.name for p in target.iterdir()] == ["out"]


# What is collected


def collected(file: Path, **options: object) -> dict[str, tuple[str, int, str]]:
    found = identifiers.collect([{"data": [{"x": str(file)}]}], **options)
    return {one.value: (one.kind, one.row, one.column) for one in found.every}


def test_columns_count_by_the_layouts_that_the_file_fits(tmp_path: Path) -> None:
    file = tmp_path / "more.csv"
    file.write_text(
        "company_name,company_id,main_naics,year,hours,total_cases,trir,dart,driver,permit,member,seen,share\n"
        'Alder Works,77,327320,2020,"1,234,567",4,0.65,0.65,J. Miller,48211,yes,2024-01-31,12.5%\n'
        "n/a,78,327320,2020,about 900,4,,,-,482,no,,3\n"
        "Birch,79,327320,2020,999,4,,,,,,,\n",
        encoding="utf-8",
    )
    assert collected(file) == {
        "Alder Works": ("name", 2, "company_name"),
        "Birch": ("name", 4, "company_name"),
        **{str(n): ("name", n - 75, "company_id") for n in (77, 78, 79)},
        "1234567": ("number", 2, "hours"),
        "about 900": ("name", 3, "hours"),
        "J. Miller": ("name", 2, "driver"),
        "48211": ("number", 2, "permit"),
    }
    assert identifiers.collect([{"data": str(file)}]).small == 1, "the 999 hours, which is said"
    excused = Excused(("column:unit_id", "Column:Driver", "BIRCH", "hours"))
    assert set(collected(file, excused=excused)) == {"Alder Works", "1234567", "about 900", "48211"}
    assert excused.used == {"column:unit_id", "Column:Driver", "BIRCH"}


def test_a_company_with_the_name_of_a_column_is_excused_without_the_column(tmp_path: Path) -> None:
    file = tmp_path / "contacts.csv"
    rows = "unit_id,unit,plant,year,quarter,attended\nP-1,Alder,Plant,2025,1,5\nP-2,Note,City yard,2025,1,5\n"
    file.write_text(rows, encoding="utf-8")
    assert set(collected(file)) == {"P-1", "P-2", "Alder", "Note", "Plant", "City yard"}
    assert set(collected(file, excused=Excused(("Plant", "Note")))) == {"P-1", "P-2", "Alder", "City yard"}
    assert set(collected(file, excused=Excused(("column:Plant",)))) == {"P-1", "P-2", "Alder", "Note"}


def test_days_of_a_company_count_but_not_those_that_stand_in_any_report(tmp_path: Path) -> None:
    people = tmp_path / "participants.csv"
    people.write_text(
        "unit,unit_id,implementation_date,level,applied,disapproved,removal_notice,transferred,verified,left\n"
        "Alder,P-1,2022-04-04,gold,10/20/2025,2025-01-01,2025-10-06,2025-02-03,2025-03-04,soon\n"
        "Birch,P-2,2024-02-29,gold,2025-12-31,,,,,2025-10-06\n",
        encoding="utf-8",
    )
    found = identifiers.collect([{"data": str(people)}])
    assert {one.value: (one.row, one.column, one.more) for one in found.every if one.kind == "day"} == {
        "2022-04-04": (2, "implementation_date", 0),
        "2025-10-20": (2, "applied", 0),
        "2025-10-06": (2, "removal_notice", 1),
        "2025-02-03": (2, "transferred", 0),
        "2025-03-04": (2, "verified", 0),
    }
    assert (found.edges, [one.value for one in found.every if one.column == "left"]) == (3, ["soon"])
    log = tmp_path / "cases.csv"
    log.write_text(
        "establishment_id,year_filing_for,case_number,date_of_incident,incident_outcome\nP-1,2024,7,17MAR2024,3\n",
        encoding="utf-8",
    )
    assert collected(log)["2024-03-17"] == ("day", 2, "date_of_incident")
    assert handover._days([{"as_of": "2025-11-14", "last_year": 2025}], "2026-01-09 10:12 UTC") == {
        "2025-11-14", "2026-01-09",
    }  # fmt: skip


def test_a_line_that_is_no_row_is_searched_for_as_well(tmp_path: Path) -> None:
    file = tmp_path / "units.csv"
    file.write_text(UNITS + "Zimmer Works,ZW-9,2020\n", encoding="utf-8")
    found = collected(file)
    assert found["Zimmer Works"] == ("name", 7, "whole row")
    assert "ZW-9" in found


@pytest.mark.parametrize("ending", ["xlsx", "parquet"])
def test_workbooks_and_parquet_are_read_as_csv_is(tmp_path: Path, ending: str) -> None:
    table = pd.read_csv(io.StringIO(UNITS))
    table = table.assign(unit_id=[1001.0, 1001.0, 1002.0, 1003.0, 1004.0])
    file = tmp_path / f"units.{ending}"
    table.to_excel(file, index=False) if ending == "xlsx" else table.to_parquet(file)
    csv = tmp_path / "units.csv"
    table.astype({"unit_id": int}).to_csv(csv, index=False)
    assert collected(file) == collected(csv)
    assert {"1001", "Café Nord", "1234567"} <= set(collected(file))


def test_answers_inspections_and_goals_name_units_and_people(tmp_path: Path) -> None:
    answers = "company,framework,date,item,answer,evidence,assessor\nAlder,safe,2024-01-01,A-1,a,toolbox book,Ann\n"
    opened = "establishment_id,opened,kind,fatal_causal,willful,repeat,serious\nE-77,2024-01-01,other,0,0,0,1\n"
    texts = {
        "answers": answers,
        "inspections": opened,
        "goals": "unit,year,measure,goal,source\nAlder,2024,TCR,2.5,a plan\n",
    }
    for name, text in texts.items():
        (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
    found = {name: set(collected(tmp_path / f"{name}.csv")) for name in texts}
    assert found == {"answers": {"Alder", "toolbox book", "Ann"}, "inspections": {"E-77"}, "goals": {"Alder"}}


def test_a_table_that_no_layout_knows_identifies_by_all_its_text(tmp_path: Path) -> None:
    file = tmp_path / "other.csv"
    file.write_text("who,where,trucks\nAlder,Dallas,12\n", encoding="utf-8")
    assert set(collected(file)) == {"Alder", "Dallas"}


# What is found


def named(*values: str) -> spelt.Wanted:
    return spelt.wanted(Identifier("name", value, "units.csv", 2, "unit") for value in values)


def exact(*values: str) -> spelt.Wanted:
    return spelt.wanted(Identifier("number", value, "units.csv", 2, "hours") for value in values)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Alder Works", "alder-works.html"),
        ("Alder Works", "ALDER\n\tWORKS"),
        ("Alder Works", "Alder&nbsp;Works"),
        ("Alder Works", "the Alder\u00adWorks \u200bAlder Works."),
        ("Alder Works", "<b>Alder</b> <i>Works</i>"),
        ("Alder Works", "Al<wbr>der Works"),
        ("Alder Works", '"Alder\\u003cbr>Works"'),
        ("Alder Works (made up)", "Alder Works has"),
        ("Alder Works, Inc.", "Alder Works has"),
        ("Acme Inc.", "as Acme says"),
        ("Acme Co. (made up)", "acme.html"),
        ("東京 Tanaka", "tanaka.html"),
        ("Łódź Beton", "odz-beton.html"),
        ("Søn", "sn.html"),
        ("Großmann", "gromann-17.html"),
        ("Großmann", "grossmann"),
        ("J&M", "j-m.html"),
        ("J&M", "as J & M says"),
        ("A & B", "a-b.html"),
        ("A & B", "A&amp;B"),
        ("K/S", "k-s.html"),
        ("S-1", "s_1.html"),
        ("S-1", "plant S 1 has"),
        ("S 1", "s-1"),
        ("007301919", "employer 7301919"),
        ("007301919", "00-7301919"),
        ("00-7301919", "7301919"),
        ("Alder Works", "data:image/svg+xml;base64," + base64.b64encode(b"<text>Alder Works</text>").decode()),
        ("Alder Works", "data:text/plain;charset=utf-8;base64," + quote(base64.b64encode(b"Alder Works?").decode())),
        ("Ada", "data:;base64," + base64.b64encode(b"Ada").decode()),
        ("Alder Works", '{"x": "' + base64.urlsafe_b64encode("ÿ?>Alder Works".encode()).decode().strip("=") + '"}'),
        ("Alder Works", base64.encodebytes(b"somebody " * 5 + b"of the Alder Works" * 3).decode()),
        ("Alder Works", base64.b64encode(base64.b64encode(b"by Alder Works")).decode()),
        ("O'Brien", "O&#8217;Brien"),
        ("Cafe\u0301 Nord", "Café Nord"),
        ("Café Nord", "Cafe\u0301 Nord"),
        ("Café Nord", "cafe-nord"),
        ("Café Nord", "Caf\\xe9 Nord"),
        ("Café Nord", "Caf%C3%A9%20Nord"),
        ("Straße 7 GmbH", "STRASSE 7 GMBH"),
        ("Smith & Sons", "Smith &amp;amp;amp; Sons"),
        ("Smith & Sons", "Smith%20%26amp;%20Sons"),
        ("Smith & Sons", "Smith \\\\u0026 Sons"),
        ("東京工場", "これは東京工場です"),
        ("𝒜lder 🙂 Works", "\\ud835\\udc9clder \\ud83d\\ude42 Works"),
        ("AW-01", "aw01"),
        ("AW-01", "AW_01.2024"),
        ("A-1", "(A-1)"),
        ("12-3456789", "EIN 123456789"),
        ("12", "unit 12."),
        ("12", "tiny/12.html"),
        ("12", '["11","12"]'),
        ("101", "[100,101,102]"),
        ("300417", "300417.0"),
        ("300417", "2024-300417"),
        ("x" * 90 + " Works", "x" * 60 + ".html"),
    ],
)
def test_a_name_is_found_however_it_is_written(name: str, text: str) -> None:
    assert [one.value for one in leaks.within([text], named(name))] == [name]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("12", "2012, 112, 12.5, 0.12, 1,012, 12,345, 12px, x12, 2024-12-31, 10:12:30, &#12;"),
        ("Ada", "adapter, Canada, Ada2"),
        ("AW-01", "AW-011, LAW-01, AW-1"),
        ("A-1", "a 1, A-12, AA-1, A-1.5"),
        ("Alder Works", "Alder and Works; Works Alder; alderworks"),
        ("Cup Inc", "a cup"),
        ("A-1", "a 1"),
        ("A & B", "A, B; a b; AB"),
        ("Ø1", "1 and o"),
        ("00011", "11"),
        ("東京 Sun", "sun"),
        ("!!!", "!!! ???"),
        ("300417", "13004170, 300417a, a300417"),
    ],
)
def test_what_only_looks_like_a_name_is_none(name: str, text: str) -> None:
    assert leaks.within([text], named(name)) == []


WORDS = st.text(st.sampled_from("abcdefghXYZéüñ&'\"<> 東-."), min_size=1, max_size=12).filter(
    lambda text: any(c.isalpha() for c in text)
)
ENCODINGS = {
    "html": html.escape,
    "json": lambda text: json.dumps(text)[1:-1],
    "json, not ascii": lambda text: json.dumps(text, ensure_ascii=False)[1:-1],
    "url": quote,
    "upper": str.upper,
    "entities": lambda text: "".join(f"&#{ord(c)};" for c in text),
}


@given(WORDS, st.lists(st.sampled_from(sorted(ENCODINGS)), max_size=4))
def test_a_name_is_found_in_encodings_of_encodings(name: str, encodings: list[str]) -> None:
    text = name
    for one in encodings:
        if one == "upper" and text != name:
            continue  # upper case is for names: an escape in another case is none
        text = ENCODINGS[one](text)
    assert leaks.within([f'x "{text}" y'], named(name)), text


@pytest.mark.parametrize(
    "text",
    [
        "1234567", "1234567.0", "1,234,567", "1,234,567.0", "1 234 567", "1\u202f234\u202f567", "1&nbsp;234&nbsp;567",
        "1.234.567", "1’234’567", "1_234_567 or 1234567h", "[1,1234567]", "1.234567e+06", "1234.567", "617.2835",
        "6.172835", "1.234567 million", "#1234567", "1234567hours", "1,234,567hrs", "1 234 567 km", "<b>1</b>,234,567",
        "<b>1234</b>567", "<span class='a'>1,234</span>,<i>567</i>",
    ],
)  # fmt: skip
def test_a_figure_is_found_however_it_is_written(text: str) -> None:
    assert [one.value for one in leaks.within([f"has {text} of it"], exact("1234567"))] == ["1234567"]


def test_what_only_looks_like_a_figure_is_none() -> None:
    text = "12345678, 91234567, 1,234,568, 21,234,567, 1,234,5678, 0.1234567, 1234567a, 12.34567"
    cells = "<td>1</td><td>234</td><td>567</td>"
    assert leaks.within([text, cells], exact("1234567", "123456")) == []
    assert leaks.within(["104 of 208 and 0.5, 1.04"], exact("208000")) == [], "too few figures to be telling"


@pytest.mark.parametrize(
    ("hours", "text", "form"),
    [
        ("223040", "223.04 thousand hours", "223.04"),
        ("223040", "223.040 thousand hours", ""),
        ("223040", "111.52 people", "111.52"),
        ("223040", "1.1152 bases", "1.1152"),
        ("50020", "25.01 people", "25.01"),
        ("245971", "no. #245971", ""),
        ("245971", "245971 hours, which are 245.971 thousand", ""),
    ],
)
def test_a_part_of_a_figure_is_found_and_said(hours: str, text: str, form: str) -> None:
    assert [(one.value, one.form) for one in leaks.within([text], exact(hours))] == [(hours, form)]
    array = base64.b64encode(np.array([0.0, 111.52]).tobytes()).decode()
    (one,) = leaks.within([json.dumps({"bdata": array, "dtype": "f8"})], exact("223040"))
    assert one.form == "111.52"


def test_a_part_with_few_figures_can_be_anything() -> None:
    text = "241 of 120.5 and 1.205, 0.241"
    assert {one.form for one in leaks.within([text], exact("241000"))} == {"120.5"}
    assert leaks.within(["50, 25, 0.25 and 0.05"], exact("50000")) == []


@pytest.mark.parametrize(
    "text",
    [
        "2024-03-17", "on 2024-03-17T00:00:00", "2024/3/17", "20240317", "03/17/2024", "3/17/24", "17.03.2024",
        "17-3-2024", "March 17, 2024", "Mar. 17th, 2024", "17 March 2024", "17MAR2024", "17-Mar-24",
        "the 17th of march, 2024", "17&nbsp;March <b>2024</b>", "<td>17</td> <td>March</td> <td>2024</td>",
    ],
)  # fmt: skip
def test_a_day_is_found_however_it_is_written(text: str) -> None:
    day = Identifier("day", "2024-03-17", "cases.csv", 2, "date_of_incident")
    assert leaks.within([f"has {text} of it"], spelt.wanted([day])) == [day]


def test_what_only_looks_like_a_day_is_none() -> None:
    day = Identifier("day", "2024-03-17", "cases.csv", 2, "date_of_incident")
    text = "2024-03-18, 12024-03-17, 2024-03-171, 99.99.2024, market 17, 2024, 17 mars 2024, 2024-31-99, 17.3"
    assert leaks.within([text], spelt.wanted([day])) == []


@given(st.text(max_size=12))
def test_a_name_is_found_in_the_name_of_its_report(name: str) -> None:
    slug = names.slug(name)
    if sum(c.isalnum() for c in slug) > 3:
        assert leaks.within([f"tiny/{slug}.html"], named(name)), slug


@pytest.mark.parametrize("kind", ["f8", "f4", "i4", "u4", "i8"])
def test_a_figure_is_found_in_the_arrays_of_a_chart(kind: str) -> None:
    data = base64.b64encode(np.array([5, 210003], dtype=kind).tobytes()).decode()
    figure = json.dumps({"x": {"dtype": kind, "bdata": data}})
    for text in (figure, html.escape(figure), json.dumps(figure), figure.replace("=", "\\u003d")):
        assert [one.value for one in leaks.within([text], exact("210003"))] == ["210003"]
        assert leaks.within([text], exact("210004")) == []


def test_a_folder_is_searched_to_the_last_file(tmp_path: Path) -> None:
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets" / "shipped.js").write_bytes(b"var Alder=1")
    (tmp_path / "assets" / "changed.js").write_bytes(b"var Alder=2")
    (tmp_path / "report.html").write_bytes(b"<p>Al<script>CODE Alder CODE</script>der</p>")
    (tmp_path / "latin.html").write_bytes("Caf\u00e9".encode("latin-1"))
    (tmp_path / "codes.csv").write_bytes(b"unit_id,code")
    (tmp_path / "alder.json").write_bytes(b"{}")
    (tmp_path / ".hidden.html").write_bytes(b"ALDER")
    (tmp_path / "link.html").symlink_to(tmp_path / "report.html")
    (tmp_path / "years" / "of_Alder").mkdir(parents=True)
    (tmp_path / "font.html").write_text("<p style='src: url(data:font/woff2;base64,d09GMgAB////)'>", encoding="utf-8")
    (tmp_path / "paper.ipynb").write_text('{"application/pdf": "JVBERi0xLjQK"}', encoding="utf-8")
    shipped = {"assets/shipped.js": b"var Alder=1", "assets/changed.js": b"var Alder=1"}
    hits, files = leaks.search(tmp_path, named("Alder"), shipped, "CODE Alder CODE")
    assert files == 10
    expected = ".html, .ipynb, .json, .js"
    assert [(hit.file, hit.what) for hit in hits] == [
        ("years/of_Alder", "in its name"),
        (".hidden.html", ""),
        ("alder.json", "in its name"),
        ("assets/changed.js", ""),
        ("codes.csv", f"a file that no report makes, expected {expected}"),
        ("font.html", "a file (data:font/woff2;base64), which cannot be searched"),
        ("latin.html", "byte 3 that is no UTF-8, and cannot be searched"),
        ("link.html", f"a file that no report makes, expected {expected}"),
        ("paper.ipynb", 'a picture ("application/pdf"), which cannot be searched'),
    ]


# Codes


def test_codes_are_stable_never_reused_and_tell_nothing(tmp_path: Path) -> None:
    file = tmp_path / "private" / "codes.csv"
    ids = [f"SP-{n:02d}" for n in range(60)]
    first = codes.keep(file, ids)
    before = file.read_bytes()
    assert list(first) == ids
    assert len(set(first.values())) == 60
    assert all(re.fullmatch(f"[{codes.ALPHABET}]{{4}}", code) and not code.isdigit() for code in first.values())
    assert sorted(first.values()) != list(first.values()), "no order of the ids in them"
    assert codes.keep(file, ids[:3]) == {k: first[k] for k in ids[:3]}
    assert file.read_bytes() == before, "those that are not asked for keep theirs"
    more = codes.keep(file, ['a, "b"', *ids])
    assert codes.read(file) == {**first, 'a, "b"': more['a, "b"']}
    assert codes.keep(tmp_path / "other.csv", ids) != first
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [p.name for p in file.parent.iterdir() if p.name.startswith(".half-")] == []
    assert codes.is_key(file)
    assert not codes.is_key(tmp_path / "none.csv")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "found an empty file, expected a key of codes with the columns unit_id, code"),
        ("unit,code\n", "found unit, code, expected a key of codes with the columns unit_id, code"),
        ("unit_id,code\nA,BCD3\nA,BCD4\n", " row 3: found the id 'A' a second time, expected each once"),
        ("unit_id,code\nA,BCD3\nB,BCD3\n", " row 3: found the code 'BCD3' a second time, expected each once"),
        ("unit_id,code\nA,BCD\n", f" row 2: found the code 'BCD', expected 4 of {codes.ALPHABET}"),
        ("unit_id,code\nA,ABCD\n", f" row 2: found the code 'ABCD', expected 4 of {codes.ALPHABET}"),
        ("unit_id,code\nA\n", " row 2: found 'A', expected an id and its code"),
        ("unit_id,code\n,BCD3\n", " row 2: found ',BCD3', expected an id and its code"),
    ],
)
def test_a_damaged_key_is_refused_and_left_as_it_is(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "codes.csv"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(OshError) as fault:
        codes.keep(file, ["Z"])
    assert str(fault.value) == f"{file}{'' if message.startswith(' ') else ': '}{message}"
    assert file.read_text(encoding="utf-8") == text


def test_an_id_that_is_blank_has_no_code(tmp_path: Path) -> None:
    with pytest.raises(OshError, match=r"found the id ' ', expected text: each unit needs one to have a code$"):
        codes.keep(tmp_path / "codes.csv", ["A", " "])
    assert not (tmp_path / "codes.csv").exists()


def test_spaces_around_an_id_are_no_part_of_it(tmp_path: Path) -> None:
    found = codes.keep(tmp_path / "codes.csv", ["A", " A", "A "])
    assert list(found) == ["A", " A", "A "]
    assert set(found.values()) == set(codes.read(tmp_path / "codes.csv").values())
    assert list(codes.read(tmp_path / "codes.csv")) == ["A"]


@pytest.mark.parametrize(("place", "why"), [("file/keys", "Not a directory"), ("\udcff" * 300, "File name too long")])
def test_a_key_that_cannot_be_written_is_said(tmp_path: Path, place: str, why: str) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    path = tmp_path / place / "codes.csv"
    with pytest.raises(OshError) as fault:
        codes.keep(path, ["A"])
    assert str(fault.value) == f"{path}: cannot be written: {why}"


def test_the_form_that_was_found_can_be_excused_without_the_value() -> None:
    quorn = Identifier("name", "Quorn Inc.", "units.csv", 2, "unit")
    hours = Identifier("number", "487060", "units.csv", 2, "hours")
    looked, excused = spelt.wanted([quorn, hours]), Excused(("QUORN", "487.06"))
    for text, kept in (("Quorn, 487.06", []), ("Quorn Inc., 487060", [quorn, hours])):
        hits = [leaks.Hit("a.html", "", one) for one in leaks.within([text], looked)]
        assert len(hits) == 2
        assert [hit.identifier for hit in hits if not handover._is_excused(hit, excused)] == kept
    (line, second) = handover._said(
        [leaks.Hit("a.html", "", one) for one in leaks.within(["quorn 487.06"], looked)], []
    )
    assert line == "a.html: found 'Quorn Inc.' as quorn, which is unit in row 2 of units.csv"
    assert second == (
        "a.html: found '487060' as 487.06, which is hours in row 2 of units.csv; if this is another number, add "
        "--excuse 487.06"
    )


def test_the_command_of_the_readme_hands_the_example_over(tmp_path: Path) -> None:
    readme = (places.ROOT / "README.md").read_text(encoding="utf-8")
    (command,) = re.findall(r"(?m)^`oshlib (run [^`]*--deidentified[^`]*)`", readme)
    words = command.split()
    assert words[-2:] == ["--out", "handover"]
    (tmp_path / "parameters").symlink_to(places.ROOT / "parameters")
    private = Path("data") / "example" / "private"  # written into, so that of the repository stays as it is
    shutil.copytree(places.ROOT / private, tmp_path / private)
    done = oshlib(tmp_path, *words)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "; none found; handed over: handover/index.html" in done.stdout
    assert (tmp_path / "handover" / "index.html").is_file()
    # What comes with the example is what this report leaves: whoever tries the command changes no file of it.
    for file in (places.ROOT / private).glob("[!.]*"):
        if not file.name.startswith("draft_"):
            assert (tmp_path / private / file.name).read_bytes() == file.read_bytes(), file.name
