"""The runner and the command line, with real kernels: what a scheduler sees."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from oshlib import index, parameters, places, plan
from oshlib.errors import OshError
from oshlib.journal import Journal
from tests.conftest import closing, hears, until

UNITS = """unit,unit_id,year,hours,dafw_cases,djtr_cases,other_cases,deaths,note
Alder Works,A1,2020,200000,1,1,2,0,made up
Alder Works,A1,2021,210000,1,0,2,0,made up
Birch Works,B1,2020,100000,0,0,0,0,made up
"""
HEADER = """unit = "A1"  # required: the unit
data = "units.csv"  # annual table
years = 5  # window
factor = 0.5  # a fraction
words = ["a"]  # a list
"""
NAMES = ", ".join(sorted({*(p.stem for p in (places.ROOT / "notebooks").glob("*.ipynb")), "tiny"}))
LOAD = "from oshlib.headline import record\nfrom oshlib.report import trend as report\n"
LOAD += "subject = report.load(data, unit, None, 2)"
CHART = "import plotly.graph_objects as go\ngo.Figure(go.Bar(x=[1], y=[2]))"
HEADLINE = "record({'unit': subject.name, 'factor': factor, 'words': words}, title=subject.name)"


def notebook(folder: Path, name: str, *cells: str, header: str = HEADER) -> None:
    nb = nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_markdown_cell("# How are things?\n\nTwo words."),
            nbformat.v4.new_code_cell(header, metadata={"tags": ["parameters"]}),
            *(nbformat.v4.new_code_cell(source) for source in cells),
        ],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
    )
    (folder / "notebooks").mkdir(exist_ok=True)
    nbformat.write(nb, folder / "notebooks" / f"{name}.ipynb")


def ask(folder: Path, name: str, text: str, file: str = "one") -> Path:
    place = folder / "parameters" / name / f"{file}.yaml"
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(text, encoding="utf-8")
    return place


def oshlib(folder: Path, *arguments: str, timeout: float = 240) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "oshlib.cli", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=timeout, check=False)


def entries(folder: Path, out: str = "reports") -> dict[str, dict]:
    found = json.loads((folder / out / "index.json").read_text(encoding="utf-8"))
    return {e["notebook"] + "/" + (e["unit_id"] or Path(e["origin"]).stem): e for e in found["reports"]}


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "units.csv").write_text(UNITS, encoding="utf-8")
    return tmp_path


def test_each_way_to_fail_fails_alone_and_says_why(place: Path) -> None:
    ways = {
        "good": (LOAD, CHART, HEADLINE),
        "raises": (LOAD, "1 / 0"),
        "says": ("from oshlib.errors import OshError\nraise OshError('the file has no rows')",),
        "hangs": (LOAD, "import time\ntime.sleep(600)"),
        "wrong_unit": (LOAD, CHART, "record({'unit': 'Somebody Else'})"),
        "no_charts": (LOAD, HEADLINE),
        "html_chart": (LOAD, CHART + ".show('notebook_connected')", HEADLINE),
        "killed": (LOAD, "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)"),
        "exits": (LOAD, "import sys\nsys.exit(3)"),
        "no_headline": (LOAD, CHART),
        "map": (LOAD, "import plotly.graph_objects as go\ngo.Figure(go.Scattergeo(lat=[1], lon=[2]))", HEADLINE),
    }
    for name, cells in ways.items():
        notebook(place, name, *cells)
        ask(place, name, "unit: A1\n")
    done = oshlib(place, "run", "--limit", "12", "--jobs", "4")
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    assert closing(done) == "1 ok, 10 failed, 0 kept; reports/index.html"
    found = entries(place)
    good = found.pop("good/A1")
    assert good["status"] == "ok"
    assert good["error"] is None
    assert good["headline"] == {"unit": "Alder Works", "factor": 0.5, "words": ["a"]}
    reasons = {e["notebook"]: e["error"].removeprefix(f"parameters/{e['notebook']}/one.yaml: ") for e in found.values()}
    assert reasons == {
        "raises": "cell 4: ZeroDivisionError: division by zero",
        "says": "the file has no rows",
        "hangs": "stopped after the limit of 12 s for one report",
        "wrong_unit": "the report names 'Somebody Else', asked for was 'Alder Works'",
        "no_charts": "the notebook drew 0 charts as data, expected 1 or more",
        "html_chart": "the notebook drew 0 charts as data, expected 1 or more",
        "killed": "the kernel died in the middle of the report (killed by SIGKILL)",
        "exits": "cell 4: SystemExit: 3",
        "no_headline": "the notebook recorded 0 headlines, expected one, from its last cell",
        "map": "a chart of type scattergeo fetches from a server or runs generated code; it cannot be shown offline",
    }
    for entry in found.values():
        assert (entry["status"], entry["html"], entry["headline"]) == ("failed", None, None)
    kept = place / "reports" / found["raises/A1"]["ipynb"]
    assert "ZeroDivisionError" in kept.read_text(encoding="utf-8"), "the failed notebook is kept with its traceback"
    assert not list((place / "reports").rglob(".part-*"))
    assert "10</b> failed" in (place / "reports" / "index.html").read_text(encoding="utf-8")


def test_wrong_parameter_files_are_refused_before_anything_runs(place: Path) -> None:
    notebook(place, "tiny", LOAD, CHART, HEADLINE)
    wrong = {
        "unknown": "unit: A1\nfactr: 0.1\n",
        "missing": "years: 3\n",
        "text": "unit: A1\nyears: five\n",
        "lone": "unit: A1\nwords: a\n",
        "twice": "unit: A1\nunit: B1\n",
        "list": "- unit\n",
        "broken": "unit: [A1\n",
        "nobody": "unit: Alder Wroks\n",
        "nofile": "unit: A1\ndata: none.csv\n",
        "bool": "unit: A1\nyears: true\n",
    }
    for file, text in wrong.items():
        ask(place, "tiny", text, file)
    done = oshlib(place, "run")
    assert done.returncode == 2, "not one report could be started"
    found = {Path(e["origin"]).stem: e["error"] for e in entries(place).values()}
    p = "parameters/tiny"
    assert found == {
        "unknown": f"{p}/unknown.yaml: found the parameter 'factr', which the notebook does not have; "
        "did you mean 'factor'?",
        "missing": f"{p}/missing.yaml: found no 'unit', which the notebook needs (required: the unit)",
        "text": f"{p}/text.yaml: years: found 'five', expected something like 5 (window)",
        "lone": f"{p}/lone.yaml: words: found 'a', expected something like ['a'] (a list)",
        "twice": f"{p}/twice.yaml line 1: the key 'unit' stands twice",
        "list": f"{p}/list.yaml: found list, expected lines of the form `name: value`",
        "broken": f"{p}/broken.yaml line 2: expected ',' or ']', but got '<stream end>'",
        "nobody": f"{p}/nobody.yaml: units.csv: unit: found no 'Alder Wroks', neither as unit_id nor as name; "
        "near to it: 'Alder Works' and 'Birch Works'",
        "nofile": f"{p}/nofile.yaml: data: found no file 'none.csv', neither from the current folder "
        "nor from the repository",
        "bool": f"{p}/bool.yaml: years: found True, expected something like 5 (window)",
    }
    ask(place, "tiny", "unit: A1\n", "right")
    strict = oshlib(place, "run", "--strict", "--out", "strict")
    assert strict.returncode == 2
    assert strict.stderr.splitlines()[-1] == "oshlib: --strict: 10 of 11 reports are wrong; nothing was started"
    assert not (place / "strict").exists()
    dry = oshlib(place, "run", "--dry-run", "--out", "dry")
    assert dry.returncode == 1
    assert "would run  parameters/tiny/right.yaml  ->  dry/tiny/alder-works-a1.html" in dry.stdout.splitlines()
    assert not (place / "dry").exists()


HOSTILE = '"""); import os; os.system("touch pwned") #\\\n\'\'\' {factor} $(touch pwned) <script>alert(1)</script>'


def test_what_stands_in_a_parameter_or_in_the_data_never_becomes_code(place: Path) -> None:
    header = HEADER + 'note = ""  # any text\n'
    notebook(
        place, "tiny", LOAD, CHART, "record({'unit': subject.name, 'note': note}, title=subject.name)", header=header
    )
    name = '<img src=x onerror=alert(1)> & "Söhne" </script>'
    quoted = '"' + name.replace('"', '""') + '"'
    (place / "units.csv").write_text(UNITS + f"{quoted},X9,2021,1000,0,0,0,0,made up\n", encoding="utf-8")
    ask(place, "tiny", json.dumps({"unit": "X9", "note": HOSTILE}))
    done = oshlib(place, "run")
    assert done.returncode == 0, done.stdout
    entry = entries(place)["tiny/X9"]
    assert entry["headline"]["note"] == HOSTILE
    assert entry["unit"] == name
    assert not list(place.rglob("pwned"))
    for file in ("index.html", entry["html"]):
        page = (place / "reports" / file).read_text(encoding="utf-8")
        assert "<img src=x" not in page
        assert "<script>alert" not in page


def test_the_same_inputs_give_the_same_bytes(place: Path) -> None:
    notebook(place, "tiny", LOAD, CHART, "print(sorted({'b', 'a'}))", HEADLINE)
    ask(place, "tiny", "unit: A1\n")
    os.environ["SOURCE_DATE_EPOCH"] = "1700000000"
    try:
        for out in ("one", "two"):
            assert oshlib(place, "run", "--out", out).returncode == 0
    finally:
        del os.environ["SOURCE_DATE_EPOCH"]
    for file in ("index.html", "tiny/alder-works-a1.html", "tiny/alder-works-a1.ipynb"):
        assert (place / "one" / file).read_bytes() == (place / "two" / file).read_bytes(), file


def test_a_second_run_merges_and_a_failed_rebuild_keeps_the_last_good_page(place: Path) -> None:
    notebook(place, "tiny", LOAD, CHART, HEADLINE)
    first, second = ask(place, "tiny", "unit: A1\n", "a"), ask(place, "tiny", "unit: Birch Works\n", "b")
    assert oshlib(place, "run", str(first)).returncode == 0
    assert oshlib(place, "run", str(second)).returncode == 0
    assert set(entries(place)) == {"tiny/A1", "tiny/B1"}
    page = (place / "reports" / "tiny" / "alder-works-a1.html").read_bytes()
    (place / "units.csv").write_text(UNITS.replace("A1,2021", "A1,year"), encoding="utf-8")
    notebook(place, "tiny", LOAD, "1 / 0", HEADLINE)
    assert oshlib(place, "run", str(first)).returncode == 1
    entry = entries(place)["tiny/A1"]
    assert (entry["status"], entry["stale"], entry["html"]) == ("failed", True, "tiny/alder-works-a1.html")
    assert (place / "reports" / entry["html"]).read_bytes() == page
    (place / "units.csv").unlink()
    assert oshlib(place, "run", str(first)).returncode == 2
    entry = entries(place)["tiny/A1"]
    assert (entry["stale"], entry["unit"]) == (True, "Alder Works"), "a file that cannot run keeps its report's place"
    assert "last good one" in (place / "reports" / "index.html").read_text(encoding="utf-8")


def test_each_unit_of_a_file_gets_a_report_and_names_never_clash(place: Path) -> None:
    notebook(place, "tiny", LOAD, CHART, HEADLINE)
    names = ["../x", "CON", "x" * 300, "-rf", "acme", "ACME", "東京工場", 'a "quoted" name', "a/b", "a b"]
    rows = "".join('"' + n.replace('"', '""') + '",,2021,1000,0,0,0,0,made up\n' for n in names)
    (place / "units.csv").write_text(UNITS.splitlines()[0] + "\n" + rows, encoding="utf-8")
    done = oshlib(place, "run", "tiny", "--each", "units.csv", "--set", "factor=0.25", "--quiet")
    assert (done.returncode, closing(done)) == (0, "10 ok, 0 failed, 0 kept"), done.stderr
    assert done.stderr == ""
    found = json.loads((place / "reports" / "index.json").read_text(encoding="utf-8"))["reports"]
    assert sorted(e["unit"] for e in found) == sorted(names)
    pages = [e["html"] for e in found]
    assert len({p.lower() for p in pages}) == len(names)
    for entry in found:
        stem = Path(entry["html"]).stem
        assert (place / "reports" / entry["html"]).is_file()
        assert Path(entry["html"]).parts[0] == "tiny"
        assert stem.isascii()
        assert not stem.startswith("-")
        assert stem not in {"con", ""}
        assert len(stem) < 120
        assert entry["headline"]["factor"] == 0.25


def test_two_files_that_ask_for_the_same_report_are_told(place: Path) -> None:
    notebook(place, "tiny", LOAD, CHART, HEADLINE)
    for file in ("a", "b"):
        ask(place, "tiny", "unit: A1\n", file)
    ask(place, "tiny", "unit: A1\nfactor: 0.1\n", "c")
    planned = oshlib(place, "run", "--dry-run")
    lines = planned.stdout.splitlines()
    assert sum(line.startswith("would run") for line in lines) == 2, "other parameters, another report"
    assert lines[-1] == "refused    parameters/tiny/b.yaml: asks for the same report as parameters/tiny/a.yaml"


def test_two_files_on_one_unit_keep_a_report_each_whether_they_run_together_or_not(place: Path) -> None:
    notebook(place, "tiny", LOAD, CHART, HEADLINE)
    files = [str(ask(place, "tiny", f"unit: A1\nfactor: 0.{n}\n", name)) for n, name in enumerate("ab", 1)]
    names: dict[str, str] = {}
    for asked in ([files[0]], [files[1]], [files[0]], files, [os.path.relpath(files[1], place)]):
        assert oshlib(place, "run", *asked).returncode == 0
        found = json.loads((place / "reports" / "index.json").read_text(encoding="utf-8"))["reports"]
        for entry in found:
            assert names.setdefault(str((place / entry["origin"]).resolve()), entry["name"]) == entry["name"]
        assert [e["headline"]["factor"] for e in found] == [0.1, 0.2][: len(found)]
        pages = sorted(p.name for p in (place / "reports" / "tiny").glob("*.html"))
        assert pages == sorted(e["html"].partition("/")[2] for e in found), "and no page that nobody asks for"
    assert names[files[0]] == "tiny/alder-works-a1"
    assert re.fullmatch(r"tiny/alder-works-a1-[0-9a-f]{8}", names[files[1]])
    other = place / "parameters" / "tiny" / "renamed.yaml"
    Path(files[1]).rename(other)
    assert oshlib(place, "run").returncode == 0
    last = json.loads((place / "reports" / "index.json").read_text(encoding="utf-8"))["reports"]
    assert {Path(e["origin"]).name: e["name"] for e in last} == {
        "a.yaml": names[files[0]],
        "renamed.yaml": names[files[1]],
    }


def test_of_two_files_on_one_unit_the_one_that_failed_is_run_again_under_its_name(place: Path) -> None:
    notebook(
        place, "tiny", LOAD, CHART, "import pathlib\nassert factor > 1 or pathlib.Path('mended').exists()", HEADLINE
    )
    files = [str(ask(place, "tiny", f"unit: A1\nfactor: {n}\n", name)) for n, name in ((0.5, "a"), (1.5, "b"))]
    assert oshlib(place, "run", files[0]).returncode == 1
    assert oshlib(place, "run", files[1]).returncode == 0
    (place / "mended").touch()
    done = oshlib(place, "run", "--only-failed")
    assert closing(done).startswith("1 ok, 0 failed"), done.stdout
    found = json.loads((place / "reports" / "index.json").read_text(encoding="utf-8"))["reports"]
    assert sorted((e["headline"]["factor"], e["status"]) for e in found) == [(0.5, "ok"), (1.5, "ok")]


def test_all_units_of_a_file_and_one_parameter_file_write_over_nothing_in_either_order(place: Path) -> None:
    notebook(place, "tiny", LOAD, CHART, HEADLINE)
    one = str(ask(place, "tiny", "unit: A1\ndata: units.csv\nfactor: 0.9\n"))
    every = ("tiny", "--each", "units.csv")
    for out, order in (("x", (every, (one,), every)), ("y", ((one,), every, (one,)))):
        for asked in order:
            assert oshlib(place, "run", *asked, "--out", out).returncode == 0
        found = json.loads((place / out / "index.json").read_text(encoding="utf-8"))["reports"]
        assert sorted((e["unit_id"], e["headline"]["factor"]) for e in found) == [("A1", 0.5), ("A1", 0.9), ("B1", 0.5)]


def test_one_data_file_under_three_paths_has_one_report(place: Path) -> None:
    header = "".join(line for line in HEADER.splitlines(keepends=True) if not line.startswith("unit"))
    notebook(place, "whole", LOAD.replace("unit,", "'A1',"), CHART, HEADLINE, header=header)
    for path in ("units.csv", "./units.csv", str(place / "units.csv")):
        done = oshlib(place, "run", "whole", "--each", path)
        assert done.returncode == 0, done.stdout
    found = json.loads((place / "reports" / "index.json").read_text(encoding="utf-8"))["reports"]
    assert [e["name"] for e in found] == ["whole/units"]


def test_what_a_killed_run_had_finished_keeps_its_name(place: Path) -> None:
    notebook(place, "tiny", LOAD, CHART, HEADLINE)
    files = [str(ask(place, "tiny", f"unit: A1\nfactor: 0.{n}\n", name)) for n, name in enumerate("ab", 1)]
    assert oshlib(place, "run", files[0]).returncode == 0
    index_file = place / "reports" / "index.json"
    (entry,) = json.loads(index_file.read_text(encoding="utf-8"))["reports"]
    index_file.unlink()
    Journal(place / "reports").add(entry)  # as a run leaves it that is killed before it writes the index
    assert oshlib(place, "run", files[1]).returncode == 0
    found = json.loads(index_file.read_text(encoding="utf-8"))["reports"]
    assert [e["headline"]["factor"] for e in found] == [0.1, 0.2]


def test_files_given_by_their_full_path_share_their_defaults(tmp_path: Path) -> None:
    found = plan.from_files([places.ROOT / "parameters" / "goal_attainment"], {}, plan.Options(out=tmp_path))
    assert (len(found.jobs), found.refused) == (11, [])
    assert {job.parameters["goals"] for job in found.jobs} != {None}


def test_defaults_are_shared_and_the_nearest_wins(place: Path) -> None:
    notebook(place, "tiny", LOAD, CHART, HEADLINE)
    ask(place, "tiny", "unit: A1\n")
    (place / "parameters" / "_defaults.yaml").write_text("factor: 0.1\nyears: 3\n", encoding="utf-8")
    (place / "parameters" / "tiny" / "_defaults.yaml").write_text("factor: 0.2\n", encoding="utf-8")
    (job,) = planned(place).jobs
    assert (job.parameters["factor"], job.parameters["years"]) == (0.2, 3)
    (place / "parameters" / "tiny" / "_defaults.yaml").write_text("fctor: 0.2\n", encoding="utf-8")
    (entry,) = planned(place).refused
    assert entry["error"].endswith(
        "found the parameter 'fctor', which the notebook does not have; did you mean 'factor'?"
    )


def planned(place: Path) -> plan.Plan:
    here = Path.cwd()
    os.chdir(place)
    plan.declared.cache_clear()
    try:
        return plan.from_files([Path("parameters")], {}, plan.Options())
    finally:
        os.chdir(here)


def test_a_unit_without_a_usable_row_is_still_in_its_file(place: Path) -> None:
    (place / "units.csv").write_text(UNITS.replace("B1,2020", "B1,last"), encoding="utf-8")
    asked = plan.Plan()
    assert set(asked.table(str(place / "units.csv"))["unit_id"]) == {"A1"}
    (ids,) = asked.units.values()
    assert {"A1", "B1"} <= ids


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["run", "nowhere"], "oshlib: found no parameter file or folder 'nowhere'"),
        (["run", "--set", "factor", "--"], "oshlib: --set: found 'factor', expected NAME=VALUE"),
        (
            ["run", "notebooks/tiny.ipynb"],
            "oshlib: notebooks/tiny.ipynb is a notebook; add --each DATA, or give parameter files",
        ),
        (
            ["run", "other", "--each", "units.csv"],
            f"oshlib: found no notebook 'other', expected one of {NAMES}",
        ),
        (
            ["run", "tiny", "x", "--each", "units.csv"],
            "oshlib: --each: found 2 paths, expected the name of one notebook",
        ),
        (["run", "parameters", "--out", "units.csv"], "oshlib: File exists: units.csv"),
        (
            ["check", "none.csv"],
            "oshlib: data: found no file 'none.csv', neither from the current folder nor from the repository",
        ),
    ],
)
def test_a_wrong_command_line_exits_2_with_one_sentence(place: Path, arguments: list[str], message: str) -> None:
    notebook(place, "tiny", LOAD, CHART, HEADLINE)
    ask(place, "tiny", "unit: A1\n")
    done = oshlib(place, *arguments)
    assert (done.returncode, done.stderr.strip(), done.stdout) == (2, message, "")


def test_a_folder_that_another_run_writes_into_is_refused(place: Path) -> None:
    import filelock

    notebook(place, "tiny", LOAD, CHART, HEADLINE)
    ask(place, "tiny", "unit: A1\n")
    (place / "reports").mkdir()
    with filelock.FileLock(place / "reports" / ".lock"):
        done = oshlib(place, "run")
    assert done.returncode == 2
    expected = "oshlib: reports: another run is writing into this folder; wait for it, or give another --out"
    assert done.stderr.strip() == expected


def test_a_renamed_unit_takes_its_report_with_it(place: Path) -> None:
    notebook(place, "tiny", LOAD, CHART, "1 / (factor - 1)", CARD)
    assert oshlib(place, "run", "tiny", "--each", "units.csv").returncode == 0
    (place / "units.csv").write_text(UNITS.replace("Alder", "Elder").replace("0000,1,0", "0000,4,0"), encoding="utf-8")
    folder = place / "reports" / "tiny"
    assert oshlib(place, "run", "tiny", "--each", "units.csv", "--set", "factor=1.0").returncode == 1
    assert (folder / "alder-works-a1.html").exists(), "the old page stays until the new one is in place"
    assert oshlib(place, "run", "tiny", "--each", "units.csv").returncode == 0
    found = json.loads((place / "reports" / "index.json").read_text(encoding="utf-8"))["reports"]
    assert [e["name"] for e in found] == ["tiny/birch-works-b1", "tiny/elder-works-a1"]
    assert since_of(place, "tiny/A1")[:1] == [("revised", "cases", "2.0", "5.0")]
    files = sorted(f.name for f in folder.iterdir())
    assert files == [f"{name}.{e}" for name in ("birch-works-b1", "elder-works-a1") for e in ("html", "ipynb")]


@pytest.mark.skipif(os.name != "posix", reason="signals are POSIX")
@pytest.mark.parametrize(("sent", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_ctrl_c_and_sigterm_keep_what_is_finished_and_leave_no_process(place: Path, sent: int, status: int) -> None:
    notebook(place, "fast", LOAD, CHART, HEADLINE)
    notebook(place, "slow", LOAD, "import time, os\nopen('started', 'w').write(str(os.getpid()))\ntime.sleep(300)")
    ask(place, "fast", "unit: A1\n")
    ask(place, "slow", "unit: A1\n")
    command = [sys.executable, "-m", "oshlib.cli", "run", "--jobs", "1"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    running = subprocess.Popen(command, cwd=place, text=True, start_new_session=True, preexec_fn=hears, **pipes)
    until(lambda: (place / "started").exists() and (place / "started").read_text())
    kernel = int((place / "started").read_text())
    if sent == signal.SIGINT:
        os.killpg(running.pid, sent)  # a terminal sends it to all of them
    else:
        os.kill(running.pid, sent)
    _, err = running.communicate(timeout=20)
    assert running.returncode == status
    assert err.strip() == "oshlib: stopped; finished reports are kept"
    assert {k: e["status"] for k, e in entries(place).items()} == {"fast/A1": "ok"}
    until(lambda: not Path(f"/proc/{kernel}").exists() or "Z" in Path(f"/proc/{kernel}/stat").read_text())


def test_plain_papermill_runs_every_notebook_and_parameter_file(tmp_path: Path) -> None:
    for file in sorted((places.ROOT / "parameters").glob("*/[!_]*.yaml"))[:1]:
        source = places.ROOT / "notebooks" / f"{file.parent.name}.ipynb"
        command = [sys.executable, "-m", "papermill", str(source), str(tmp_path / "out.ipynb"), "-f", str(file)]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120)
        assert done.returncode == 0, done.stderr
        outputs = [o for c in nbformat.read(tmp_path / "out.ipynb", 4).cells for o in c.get("outputs", [])]
        headline = next(o.data for o in outputs if "application/vnd.oshlib.headline+json" in o.get("data", {}))
        unit = parameters.read(file)["unit"]
        assert unit in headline["application/vnd.oshlib.record+json"]["provenance"]["unit_id"]


def test_check_prints_each_fault_and_exits_1_on_an_error(place: Path) -> None:
    (place / "units.csv").write_text(UNITS.replace("A1,2021,210000", 'A1,2021,"210,000"'), encoding="utf-8")
    done = oshlib(place, "check", "units.csv")
    assert done.returncode == 0
    assert done.stdout.splitlines() == [
        "warning  row 3, hours: '210,000' thousands-separator: read as 210000",
        "units.csv: 3 unit-years of 2 units, 0 errors, 1 warnings",
    ]
    (place / "units.csv").write_text(UNITS.replace("A1,2021,210000", "A1,2021,-5"), encoding="utf-8")
    done = oshlib(place, "check", "units.csv", "--kind", "annual")
    assert done.returncode == 1
    assert done.stdout.splitlines()[0] == "error    row 3, hours: '-5' negative: expected zero or more"
    assert oshlib(place, "check", "units.csv", "--kind", "xyz").stdout.startswith(
        "error    units.csv: kind: found 'xyz'"
    )


def test_help_has_an_example_everywhere_and_list_names_all() -> None:
    for command in ([], ["run"], ["check"], ["list"]):
        done = oshlib(Path.cwd(), *command, "--help")
        assert done.returncode == 0
        assert "example" in done.stdout
    listed = oshlib(Path.cwd(), "list").stdout
    for word in ("five_year_trend", 'unit = "RM-01"  required:', "TCR", "LTIFR", "per million hours"):
        assert word in listed


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("007", "007"),
        ("NO", "NO"),
        ("2024-01-31", "2024-01-31"),
        ("7", 7),
        ("0.5", 0.5),
        ("true", True),
        ("", None),
        ("1:30", "1:30"),
        ("[", "["),
    ],
)
def test_yaml_is_read_as_people_mean_it(text: str, value: object) -> None:
    assert parameters.value_of(text) == value


def test_an_index_that_is_not_one_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "index.json").write_text("[]", encoding="utf-8")
    with pytest.raises(OshError, match=r"cannot be read as an index of reports; move it away and run again$"):
        index.read(tmp_path)


YEARS = "unit,unit_id,year,hours,dafw_cases,djtr_cases,other_cases,deaths,note\n" + "".join(
    f"{name},{key},{year},{hours},2,1,{other},0,made up\n"
    for name, key, hours in (("Alder Works", "A1", 200000), ("Birch Works", "B1", 400000))
    for year, other in ((2020, 6), (2021, 4), (2022, 2))
)


def since_of(folder: Path, name: str) -> list[tuple[str, str, str, str]]:
    found = entries(folder)[name]["since"]
    return [(i["what"], i["label"], i["before"], i["now"]) for i in found["items"]] if found else []


def each(place: Path, epoch: int, data: str) -> str:
    """A run over all units of a file with these rows; the front page."""
    (place / "units.csv").write_text(data, encoding="utf-8")
    asked = ["five_year_trend", "--each", "units.csv", "--set", "min_years=2", "years=3", "measures=[TCR]"]
    os.environ["SOURCE_DATE_EPOCH"] = str(epoch)
    try:
        done = oshlib(place, "run", *asked)
    finally:
        del os.environ["SOURCE_DATE_EPOCH"]
    assert done.returncode == 0, done.stdout + done.stderr
    return (place / "reports" / "index.html").read_text(encoding="utf-8")


def test_a_report_says_what_changed_since_the_last_one_and_the_index_which_units_left(place: Path) -> None:
    alder, birch = (place / "reports" / "five_year_trend" / f"{n}-works-{n[0]}1.html" for n in ("alder", "birch"))
    front = each(place, 1_700_000_000, YEARS)
    assert "Since the last report" not in front + alder.read_text(encoding="utf-8"), "a first report has none"
    assert entries(place)["five_year_trend/A1"]["made"] == "2023-11-14 22:13 UTC"

    revised = YEARS.replace("A1,2021,200000,2,1,4", "A1,2021,200000,2,1,5")
    front = each(place, 1_700_100_000, revised)
    items = since_of(place, "five_year_trend/A1")
    assert items[0] == ("revised", "TCR 2021", "7.0 (7 cases in 200,000 h)", "8.0 (8 cases in 200,000 h)")
    assert [(what, label) for what, label, *_ in items[1:]] == [("revised", "TCR, change a year 2020–2022")]
    assert since_of(place, "five_year_trend/B1") == [], "none of its rows changed: it was not made again"
    page = alder.read_text(encoding="utf-8")
    assert "<p>Against the report of 2023-11-14 22:13 UTC: 2 figures were revised.</p>" in page
    assert page.index('id="s-verdict"') < page.index('<section id="s-since"') < page.index('id="s-rates-by-year"')
    assert '<li><a href="#s-since">Since the last report</a></li>' in page
    assert entries(place)["five_year_trend/B1"]["made"] == "2023-11-14 22:13 UTC"
    assert "Since the last report: 1 report with revised figures." in front
    assert front.count("2 figures revised</span>") == 1

    before = [file.read_bytes() for file in (alder, birch, place / "reports" / "index.html")]
    each(place, 1_700_100_000, revised)
    after = [file.read_bytes() for file in (alder, birch, place / "reports" / "index.html")]
    assert before == after, "what changed is not forgotten by making the report again"

    front = each(place, 1_700_200_000, revised + "Alder Works,A1,2023,200000,9,9,9,0,made up\n")
    changed = since_of(place, "five_year_trend/A1")
    assert changed[:1] == [
        ("verdict", "", "Favourable direction, not beyond chance", "Unfavourable, beyond chance"),
    ]
    assert [(what, label) for what, label, *_ in changed[1:]] == [
        ("new", "TCR 2023"),
        ("new", "TCR, change a year 2021–2023"),
        ("gone", "TCR 2020"),
        ("gone", "TCR, change a year 2020–2022"),
        ("rows", "Rows left out"),
    ]
    assert "Since the last report: 1 verdict changed." in front
    assert "was: Favourable direction, not beyond chance" in front

    kept = birch.read_bytes()
    alone = "".join(line for line in YEARS.splitlines(keepends=True) if ",B1," not in line)
    front = each(place, 1_700_300_000, alone)
    found = entries(place)
    assert {k: e["vanished"] for k, e in found.items()} == {"five_year_trend/A1": False, "five_year_trend/B1": True}
    assert (found["five_year_trend/B1"]["status"], birch.read_bytes()) == ("ok", kept)
    assert '<a href="#gone">1 unit no longer in the data</a>' in front
    row = front[front.index('<section id="gone"') :]
    assert '<a href="five_year_trend/birch-works-b1.html">Birch Works</a>' in row
    assert '>units.csv</td><td data-key="202311142213">2023-11-14 22:13 UTC</td>' in row

    front = each(place, 1_700_400_000, YEARS)
    assert entries(place)["five_year_trend/B1"]["vanished"] is False
    assert "no longer in the data" not in front


CARD = (
    "total = str(subject.rows['dafw_cases'].sum())\n"
    "card = {'status': {'words': 'Done', 'symbol': 'x', 'tone': 'ok'}, 'figures': [['cases', total]]}\n"
    "source = {'data_sha256': subject.sha256, 'rows_used': 1, 'rows_left_out': 0}\n"
    "record({'unit': subject.name}, title=subject.name, card=card, provenance=source)"
)


def test_a_good_report_is_compared_with_the_last_good_one_and_a_unit_that_left_fails_with_its_last_page(
    place: Path,
) -> None:
    notebook(place, "tiny", LOAD, CHART, "1 / (factor - 1)", CARD)
    file = ask(place, "tiny", "unit: A1\n")
    assert oshlib(place, "run").returncode == 0
    made = entries(place)["tiny/A1"]["made"]
    page = (place / "reports" / "tiny" / "alder-works-a1.html").read_bytes()

    file.write_text("unit: A1\nfactor: 1.0\n", encoding="utf-8")
    assert oshlib(place, "run").returncode == 1
    entry = entries(place)["tiny/A1"]
    assert (entry["stale"], entry["made"], entry["parameters"]["factor"]) == (True, made, 1.0)
    assert (entry["good"]["parameters"]["factor"], entry["vanished"]) == (0.5, False)

    (place / "units.csv").write_text(UNITS.replace("A1,", "A2,"), encoding="utf-8")
    file.write_text("unit: A1\n", encoding="utf-8")
    done = oshlib(place, "run")
    assert (done.returncode, closing(done)) == (2, "0 ok, 1 failed, 0 kept; reports/index.html")
    entry = entries(place)["tiny/A1"]
    assert (entry["status"], entry["stale"], entry["vanished"], entry["made"]) == ("failed", True, True, made)
    assert "unit: found no 'A1'" in entry["error"]
    assert (place / "reports" / entry["html"]).read_bytes() == page
    front = (place / "reports" / "index.html").read_text(encoding="utf-8")
    assert "<b>1</b> failed" in front
    assert "Failed now: parameters/tiny/one.yaml: units.csv: unit: found no &#39;A1&#39;" in front

    (place / "units.csv").write_text(UNITS.replace("A1,2021,210000,1", "A1,2021,210000,4"), encoding="utf-8")
    file.write_text("unit: A1\nfactor: 0.25\n", encoding="utf-8")
    assert oshlib(place, "run").returncode == 0
    entry = entries(place)["tiny/A1"]
    assert (entry["stale"], entry["vanished"], entry["good"]) == (False, False, None)
    assert entry["since"]["made"] == made, "compared with the last good one, not with the failures between"
    assert since_of(place, "tiny/A1") == [("changed", "cases", "2.0", "5.0"), ("parameter", "factor", "0.5", "0.25")]
