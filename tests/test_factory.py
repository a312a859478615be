"""Hundreds of reports in one night: nothing is lost, nothing is made twice, what fails fails alone."""

from __future__ import annotations

import gzip
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import nbformat
import psutil
import pytest

from oshlib import places
from oshlib.factory.zygote import LostError, Zygote
from tests.conftest import closing, hears, until
from tests.test_run import CHART, HEADLINE, LOAD, UNITS, ask, entries, notebook, oshlib, place

__all__ = ["place"]

#: A report leaves its mark when it begins, and waits for a file before it goes on.
MARK = "import pathlib, time\npathlib.Path(f'began-{unit}').touch()"
WAIT = "while not pathlib.Path('go').exists():\n    time.sleep(0.02)"


def many(place: Path, names: str = "ABCDEF") -> None:
    """So many units, each with a year of its own."""
    head = UNITS.splitlines()[0]
    rows = [f"Works {n},{n}1,2021,{200_000 + 1000 * i},{i},0,1,3,made up" for i, n in enumerate(names)]
    (place / "units.csv").write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")


def start(place: Path, *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "oshlib.cli", "run", *arguments]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen(command, cwd=place, text=True, preexec_fn=hears, **pipes)


def ours(place: Path) -> list[psutil.Process]:
    """Every process that works in this folder."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.cwd() == str(place) and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except psutil.Error:
            continue
    return found


def whole(place: Path) -> list[str]:
    """The pages of the folder, each of them complete; and nothing half made beside them."""
    pages = sorted((place / "reports").glob("*/*.html"))
    assert all(page.read_text(encoding="utf-8").rstrip().endswith("</html>") for page in pages)
    for file in (place / "reports").glob("*/*.ipynb"):
        nbformat.validate(nbformat.read(file, 4))
    return [page.stem for page in pages]


def test_a_run_that_is_killed_is_taken_up_where_it_was(place: Path) -> None:
    many(place)
    notebook(
        place, "tiny", LOAD, CHART, MARK, f"if unit > 'B1':\n    {WAIT.replace(chr(10), chr(10) + '    ')}", HEADLINE
    )
    going = start(place, "tiny", "--each", "units.csv", "--jobs", "2")
    until(lambda: len(list((place / "reports" / "tiny").glob("*.html"))) == 2 and (place / "began-D1").exists())
    mark = (place / "reports" / "tiny" / "works-a-a1.html").stat().st_mtime_ns
    going.kill()
    going.communicate()
    until(lambda: not ours(place), 5)
    assert whole(place) == ["works-a-a1", "works-b-b1"]

    (place / "go").touch()
    done = oshlib(place, "run", "tiny", "--each", "units.csv", "--jobs", "2")
    assert closing(done) == "4 ok, 0 failed, 2 kept; reports/index.html", done.stderr
    assert [e["status"] for e in entries(place).values()] == ["ok"] * 6
    assert len(whole(place)) == 6
    assert (place / "reports" / "tiny" / "works-a-a1.html").stat().st_mtime_ns == mark
    assert not list((place / "reports").rglob(".part-*")) + list((place / "reports").glob(".done*"))
    assert closing(oshlib(place, "run", "tiny", "--each", "units.csv")) == "0 ok, 0 failed, 6 kept; reports/index.html"


def test_what_kills_the_warm_process_loses_no_report(place: Path) -> None:
    many(place)
    notebook(place, "tiny", LOAD, CHART, MARK, WAIT, HEADLINE)
    going = start(place, "tiny", "--each", "units.csv", "--jobs", "2")
    until(lambda: (place / "began-B1").exists())
    (child,) = psutil.Process(going.pid).children()
    child.kill()
    (place / "go").touch()
    said, errors = going.communicate(timeout=120)
    assert said.splitlines()[-1].startswith("6 ok, 0 failed, 0 kept"), errors
    assert len(whole(place)) == 6


FAILING = {
    "A1": "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)",
    "B1": "import ctypes\nctypes.string_at(0)",
    "C1": "import sys\nsys.exit('enough')",
    "D1": "import os\nos._exit(3)",
    "E1": "while True:\n    try:\n        while True:\n            pass\n    except BaseException:\n        pass",
    "F1": "held = [bytearray(2**20) for _ in range(3000)]",
    "G1": "import time\ntime.sleep(600)",
    "H1": "import os, signal\nos.kill(os.getppid(), signal.SIGKILL)\nimport time\ntime.sleep(600)",
}
REASONS = {
    "A1": "the kernel died in the middle of the report (killed by SIGKILL)",
    "B1": "the kernel died in the middle of the report (killed by SIGSEGV)",
    "C1": "cell 4: SystemExit: enough",
    "D1": "the kernel died in the middle of the report (exit code 3)",
    "E1": "stopped after the limit of 12 s for one report",
    "F1": "cell 4: asked for more memory than one report may take",
    "G1": "stopped after the limit of 12 s for one report",
    "H1": "ended the process that all reports are forked from",
    "Z1": None,
}


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux keeps to a limit of memory")
def test_each_way_to_end_takes_one_report_alone_and_keeps_its_notebook(place: Path) -> None:
    many(place, "ABCDEFGHZ")
    (place / "ways.json").write_text(json.dumps(FAILING), encoding="utf-8")
    end = "import json\nprint('before')\nexec(json.load(open('ways.json')).get(unit, ''))"
    notebook(place, "tiny", LOAD, end, CHART, HEADLINE)
    done = oshlib(place, "run", "tiny", "--each", "units.csv", "--limit", "12", "--memory", "1000", "--jobs", "3")
    assert (done.returncode, done.stderr) == (1, "")
    assert closing(done) == "1 ok, 8 failed, 0 kept; reports/index.html"
    found = {key.partition("/")[2]: e for key, e in entries(place).items()}
    said = {u: e["error"] and e["error"].removeprefix(f"units.csv, unit {u}: ") for u, e in found.items()}
    assert said == REASONS
    front = (place / "reports" / "index.html").read_text(encoding="utf-8")
    assert "<b>8</b> failed" in front
    for unit in FAILING:
        kept = nbformat.read(place / "reports" / found[unit]["ipynb"], 4)
        shown = [o for cell in kept.cells for o in cell.get("outputs", [])]
        assert found[unit]["ipynb"].endswith(".failed.ipynb")
        assert any(cell.get("source", "").startswith("# Parameters") for cell in kept.cells)
        assert shown, unit
    until(lambda: not ours(place), 5)

    again = oshlib(place, "run", "tiny", "--each", "units.csv", "--only-failed", "--limit", "12", "--first", "1")
    assert closing(again) == "0 ok, 1 failed, 0 kept; reports/index.html"
    assert len(entries(place)) == 9


def test_a_report_that_crashed_is_tried_again_one_whose_data_are_wrong_is_not(place: Path) -> None:
    many(place, "ABC")
    tries = (
        "tries = pathlib.Path(f'tries-{unit}')\ntries.write_text(tries.read_text() + 'x' if tries.exists() else 'x')"
    )
    crash = f"{MARK}\n{tries}"
    end = "import os\nif unit == 'A1' and tries.read_text() != 'xxx':\n    os._exit(1)"
    wrong = "from oshlib.errors import OshError\nif unit == 'B1':\n    raise OshError('no hours')"
    notebook(place, "tiny", LOAD, crash, end, wrong, CHART, HEADLINE)
    done = oshlib(place, "run", "tiny", "--each", "units.csv", "--retries", "2")
    assert closing(done) == "2 ok, 1 failed, 0 kept; reports/index.html"
    assert [(place / f"tries-{u}").read_text() for u in ("A1", "B1", "C1")] == ["xxx", "x", "x"]


def test_only_what_changed_is_made_again(place: Path) -> None:
    notebook(place, "five", LOAD, CHART, HEADLINE)
    many(place, "ABC")
    asked = ("run", "five_year_trend", "--each", "units.csv", "--set", "min_years=3")
    file = place / "units.csv"
    rows = [f"Works {u},{u}1,{y},200000,{i},1,0,2,made up" for u in "ABC" for i, y in enumerate(range(2019, 2024))]
    file.write_text("\n".join([UNITS.splitlines()[0], *rows]) + "\n", encoding="utf-8")
    assert closing(oshlib(place, *asked)) == "3 ok, 0 failed, 0 kept; reports/index.html"
    assert closing(oshlib(place, *asked)) == "0 ok, 0 failed, 3 kept; reports/index.html"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("Works B,B1,2022,200000,3", "Works B,B1,2022,200000,4"), encoding="utf-8")
    done = oshlib(place, *asked)
    assert closing(done) == "1 ok, 0 failed, 2 kept; reports/index.html"
    assert [line.split(":")[0] for line in done.stdout.splitlines()[:-1]] == ["ok      Works B"]
    assert closing(oshlib(place, *asked, "confidence=0.9")) == "3 ok, 0 failed, 0 kept; reports/index.html"
    assert closing(oshlib(place, *asked, "confidence=0.9", "--force")) == "3 ok, 0 failed, 0 kept; reports/index.html"
    (place / "reports" / "five_year_trend" / "works-c-c1.html").unlink()
    assert closing(oshlib(place, *asked, "confidence=0.9")) == "1 ok, 0 failed, 2 kept; reports/index.html"


def test_a_parameter_file_that_was_wrong_leaves_no_failure_behind_once_it_is_mended_or_gone(place: Path) -> None:
    notebook(place, "tiny", LOAD, CHART, HEADLINE)
    many(place, "AB")
    first, second = ask(place, "tiny", "unit: A1\nfactr: 1\n", "a"), ask(place, "tiny", "unit: X1\n", "b")
    assert closing(oshlib(place, "run")) == "0 ok, 2 failed, 0 kept; reports/index.html"
    assert len(entries(place)) == 2
    first.write_text("unit: A1\n", encoding="utf-8")
    assert closing(oshlib(place, "run")) == "1 ok, 1 failed, 0 kept; reports/index.html"
    assert sorted(e["status"] for e in entries(place).values()) == ["failed", "ok"]
    second.unlink()
    assert closing(oshlib(place, "run")) == "0 ok, 0 failed, 1 kept; reports/index.html"
    assert [e["status"] for e in entries(place).values()] == ["ok"]


def test_a_notebook_that_reads_the_whole_file_is_made_again_for_any_row(place: Path) -> None:
    notebook(place, "tiny", LOAD, CHART, HEADLINE)
    many(place, "AB")
    asked = ("run", "tiny", "--each", "units.csv")
    assert closing(oshlib(place, *asked)) == "2 ok, 0 failed, 0 kept; reports/index.html"
    text = (place / "units.csv").read_text(encoding="utf-8")
    (place / "units.csv").write_text(text.replace("B1,2021,201000", "B1,2021,201001"), encoding="utf-8")
    assert closing(oshlib(place, *asked)) == "2 ok, 0 failed, 0 kept; reports/index.html"
    notebook(place, "tiny", LOAD, CHART, "'another cell'", HEADLINE)
    assert closing(oshlib(place, *asked)) == "2 ok, 0 failed, 0 kept; reports/index.html"


def test_reports_share_no_state(place: Path) -> None:
    many(place, "ABCD")
    seen = "import random, numpy as np, oshlib.rates as r\nr.seen = getattr(r, 'seen', 0) + 1\nos.environ['SEEN'] = 'x'"
    told = (
        "record({'unit': subject.name, 'seen': r.seen, 'numbers': [random.random(), float(np.random.random())], "
        "'left': os.getpid()}, title=subject.name)"
    )
    first = "import os\nassert 'SEEN' not in os.environ"
    notebook(place, "tiny", first, LOAD, CHART, seen, told)
    assert oshlib(place, "run", "tiny", "--each", "units.csv").returncode == 0
    said = [e["headline"] for e in entries(place).values()]
    assert [s["seen"] for s in said] == [1] * 4
    assert len({n for s in said for n in s["numbers"]}) == 8
    assert len({s["left"] for s in said}) == 4


def test_what_a_report_changes_reaches_no_other_though_the_first_has_taught_the_warm_process(place: Path) -> None:
    """One job at a time: the second and the third come after what was learnt of the first."""
    many(place, "ABC")
    looks = "import os, warnings, pandas as pd, decimal, logging\nassert 'left' not in globals()\nleft = 1\n"
    looks += "print(pd.get_option('display.max_rows'), os.environ.get('LEFT'), logging.getLogger('x').handlers)\n"
    looks += "warnings.warn('said each time')"
    spoils = "warnings.filterwarnings('ignore')\npd.set_option('display.max_rows', 7)\nos.environ['LEFT'] = unit\n"
    spoils += "logging.getLogger('x').addHandler(logging.NullHandler())\nimport xml.dom.minidom\nos.chdir('/')"
    notebook(place, "tiny", LOAD, looks, CHART, spoils, "[left]", HEADLINE)
    for out, more in (("warm", ()), ("cold", ("--kernel",))):
        done = oshlib(place, "run", "tiny", "--each", "units.csv", "--jobs", "1", "--out", out, *more)
        assert (done.returncode, done.stderr) == (0, ""), done.stdout
    for name in ("works-a-a1", "works-b-b1", "works-c-c1"):
        warm, cold = (nbformat.read(place / out / "tiny" / f"{name}.ipynb", 4) for out in ("warm", "cold"))
        shown = [
            [(re.sub(r"ipykernel_\d+/\d+", "", str(c.get("outputs"))), c.get("execution_count")) for c in one.cells]
            for one in (warm, cold)
        ]
        assert shown[0] == shown[1]
        assert "60 None []" in str(warm.cells)
        assert "said each time" in str(warm.cells)


def test_who_is_interrupted_while_asking_takes_no_answer_for_that_to_another_question() -> None:
    zygote = Zygote()
    before = signal.signal(signal.SIGALRM, signal.default_int_handler)
    try:
        child = zygote.fork("time:sleep", 60)
        signal.setitimer(signal.ITIMER_REAL, 0.3)
        with pytest.raises(KeyboardInterrupt):
            zygote.call("time:sleep", 60)
        began = time.monotonic()
        with pytest.raises(LostError):
            zygote.wait(child.pid)
        zygote.close()
        assert time.monotonic() - began < 10, "it has a second to end by itself"
        until(lambda: not psutil.pid_exists(child.pid) or psutil.Process(child.pid).status() == psutil.STATUS_ZOMBIE, 5)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        zygote.close()


@pytest.mark.parametrize(("how", "ending"), [("keep", ".ipynb"), ("pack", ".ipynb.gz"), ("drop", "")])
def test_executed_notebooks_are_kept_packed_or_dropped(place: Path, how: str, ending: str) -> None:
    many(place, "A")
    notebook(place, "tiny", LOAD, CHART, HEADLINE)
    asked = ("run", "tiny", "--each", "units.csv", "--notebooks")
    assert oshlib(place, *asked, "keep").returncode == 0
    plain = (place / "reports" / "tiny" / "works-a-a1.ipynb").read_bytes()
    assert oshlib(place, *asked, how).returncode == 0
    (entry,) = entries(place).values()
    folder = place / "reports" / "tiny"
    assert entry["ipynb"] == (f"tiny/works-a-a1{ending}" if ending else None)
    assert sorted(f.name for f in folder.iterdir()) == sorted(
        {"works-a-a1.html", f"works-a-a1{ending}" if ending else "works-a-a1.html"}
    )
    if how == "pack":
        assert gzip.decompress((place / "reports" / entry["ipynb"]).read_bytes()) == plain
    assert closing(oshlib(place, *asked, how)) == "0 ok, 0 failed, 1 kept; reports/index.html"


def mounted(place: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The command with a folder of reports on a disk of 6 MB, of which plotly.js takes 5."""
    (place / "reports").mkdir()
    (place / "copy").mkdir()
    script = 'mount -t tmpfs -o size=6m none reports || exit 99; "$@"; status=$?; cp -a reports/. copy/; exit $status'
    own = ["unshare", "--mount", "--map-root-user", "sh", "-c", script, "sh", sys.executable, "-m", "oshlib.cli"]
    return subprocess.run([*own, *arguments], cwd=place, capture_output=True, text=True, timeout=240, check=False)


@pytest.mark.skipif(not shutil.which("unshare"), reason="needs a small disk of its own, which only Linux gives")
def test_a_full_disk_fails_reports_and_tears_none(place: Path) -> None:
    many(place, "ABCDEF")
    notebook(place, "tiny", LOAD, CHART, "print('x' * 130_000)", HEADLINE)
    done = mounted(place, "run", "tiny", "--each", "units.csv", "--jobs", "2")
    if done.returncode == 99:
        pytest.skip(f"no disk of its own here: {done.stderr}")
    assert done.returncode in (1, 2), done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert "No space left on device" in done.stdout + done.stderr
    shutil.rmtree(place / "reports")
    shutil.copytree(place / "copy", place / "reports")
    found = whole(place)
    assert 0 < len(found) < 6
    again = oshlib(place, "run", "tiny", "--each", "units.csv")
    assert closing(again) == f"{6 - len(found)} ok, 0 failed, {len(found)} kept; reports/index.html"
    assert len(whole(place)) == 6


def test_a_torn_line_of_the_journal_spoils_no_other(tmp_path: Path) -> None:
    from oshlib.journal import JOURNAL, Journal

    journal = Journal(tmp_path)
    journal.add({"name": "a"})
    with (tmp_path / JOURNAL).open("a") as file:
        file.write('\n{"name": "torn')
    journal.add({"name": "b"})
    assert journal.read() == [{"name": "a"}, {"name": "b"}]


def test_a_run_in_a_kernel_of_its_own_makes_the_same_page(place: Path, monkeypatch: Any) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    many(place, "AB")
    notebook(place, "tiny", LOAD, CHART, "print('said')", HEADLINE)
    for out, more in (("warm", ()), ("cold", ("--kernel",))):
        done = oshlib(place, "run", "tiny", "--each", "units.csv", "--out", out, *more)
        assert done.returncode == 0, done.stdout
    for file in ("index.html", "tiny/works-a-a1.html", "tiny/works-b-b1.ipynb"):
        assert (place / "warm" / file).read_bytes() == (place / "cold" / file).read_bytes(), file


def test_where_nothing_can_be_forked_each_report_has_a_process_of_its_own(place: Path) -> None:
    many(place, "AB")
    notebook(place, "tiny", LOAD, CHART, "import os\nos._exit(3) if unit == 'B1' else None", HEADLINE)
    program = (
        "import sys\nfrom oshlib.factory import pool\npool.can_fork = lambda: False\n"
        "if __name__ == '__main__':\n    from oshlib.cli import main\n    sys.exit(main())\n"
    )
    (place / "go.py").write_text(program, encoding="utf-8")
    command = [sys.executable, "go.py", "run", "tiny", "--each", "units.csv", "--quiet"]
    environment = {**os.environ, "PYTHONPATH": str(places.ROOT)}
    done = subprocess.run(command, cwd=place, capture_output=True, text=True, timeout=240, check=False, env=environment)
    assert closing(done) == "1 ok, 1 failed, 0 kept", done.stderr
    assert done.stderr == "oshlib: this platform cannot fork: each report starts a process of its own\n"
    assert "the kernel died" in entries(place)["tiny/B1"]["error"]


def test_ctrl_c_stops_within_a_second_and_leaves_nothing_behind(place: Path) -> None:
    many(place)
    notebook(
        place, "tiny", LOAD, CHART, MARK, f"if unit != 'A1':\n    {WAIT.replace(chr(10), chr(10) + '    ')}", HEADLINE
    )
    going = start(place, "tiny", "--each", "units.csv", "--jobs", "2")
    until(lambda: (place / "began-C1").exists() and (place / "reports" / "tiny" / "works-a-a1.html").exists())
    began = time.monotonic()
    going.send_signal(signal.SIGINT)
    _, errors = going.communicate(timeout=10)
    took = time.monotonic() - began
    assert (going.returncode, errors) == (130, "oshlib: stopped; finished reports are kept\n")
    assert took < 5, "a second where nothing else runs"
    assert ours(place) == []
    assert whole(place) == ["works-a-a1"]
    assert [e["status"] for e in entries(place).values()] == ["ok"]


def test_what_a_report_leaves_running_holds_up_nothing_and_ends_with_it(place: Path) -> None:
    many(place, "ABCD")
    ways = {
        "A1": "import atexit, time\natexit.register(lambda: time.sleep(600))",
        "B1": "import os, time\nif not os.fork():\n    os.setsid()\n    time.sleep(15)\n    os._exit(0)\nos._exit(4)",
        "C1": "import subprocess\nsubprocess.Popen(['sleep', '601'])",
    }
    (place / "ways.json").write_text(json.dumps(ways), encoding="utf-8")
    notebook(place, "tiny", LOAD, CHART, "import json\nexec(json.load(open('ways.json')).get(unit, ''))", HEADLINE)
    done = oshlib(place, "run", "tiny", "--each", "units.csv", "--limit", "8", "--jobs", "4")
    found = {key.partition("/")[2]: e["error"] for key, e in entries(place).items()}
    assert closing(done) == "2 ok, 2 failed, 0 kept; reports/index.html"
    assert found["A1"] == "units.csv, unit A1: stopped after the limit of 8 s for one report"
    assert found["B1"] == "units.csv, unit B1: the kernel died in the middle of the report (exit code 4)"
    assert (found["C1"], found["D1"]) == (None, None)
    until(lambda: not [p for p in ours(place) if p.name() == "sleep"], 5)


def test_a_report_made_while_its_file_was_written_anew_is_made_again(place: Path) -> None:
    file = place / "units.csv"
    rows = [f"Works {u},{u}1,{y},200000,{i},1,0,2,made up" for u in "ABC" for i, y in enumerate(range(2019, 2024))]
    whole_file = "\n".join([UNITS.splitlines()[0], *rows]) + "\n"
    file.write_text(whole_file, encoding="utf-8")
    asked = ("five_year_trend", "--each", "units.csv", "--jobs", "1")
    going = start(place, *asked)
    until(lambda: (place / "reports" / "five_year_trend" / "works-a-a1.html").exists())
    file.write_text("\n".join(whole_file.splitlines()[:-1]) + "\n", encoding="utf-8")  # C1 without its last year
    going.communicate(timeout=120)
    file.write_text(whole_file, encoding="utf-8")
    done = oshlib(place, "run", *asked)
    assert "ok      Works C" in done.stdout
    assert closing(oshlib(place, "run", *asked)) == "0 ok, 0 failed, 3 kept; reports/index.html"


def test_a_page_that_is_not_the_one_of_its_entry_is_made_again(place: Path) -> None:
    """As after a run that was killed between placing a page and telling of it, with the data set back since."""
    many(place, "AB")
    notebook(place, "tiny", LOAD, CHART, HEADLINE)
    assert oshlib(place, "run", "tiny", "--each", "units.csv").returncode == 0
    page = place / "reports" / "tiny" / "works-a-a1.html"
    page.write_bytes(page.read_bytes().replace(b"200,000", b"300,000") + b" ")
    assert closing(oshlib(place, "run", "tiny", "--each", "units.csv")) == "1 ok, 0 failed, 1 kept; reports/index.html"


def test_a_cell_may_go_to_another_folder(place: Path) -> None:
    many(place, "A")
    notebook(place, "tiny", LOAD, CHART, "import os\nos.chdir('/')", HEADLINE)
    assert closing(oshlib(place, "run", "tiny", "--each", "units.csv")) == "1 ok, 0 failed, 0 kept; reports/index.html"


def test_only_failed_takes_a_parameter_file_that_was_refused(place: Path) -> None:
    notebook(place, "tiny", LOAD, CHART, HEADLINE)
    many(place, "AB")
    ask(place, "tiny", "unit: B1\n", "b")
    file = ask(place, "tiny", "unit: A1\nfactr: 1\n", "a")
    assert closing(oshlib(place, "run")) == "1 ok, 1 failed, 0 kept; reports/index.html"
    file.write_text("unit: A1\n", encoding="utf-8")
    assert closing(oshlib(place, "run", "--only-failed")) == "1 ok, 0 failed, 0 kept; reports/index.html"
    assert [e["status"] for e in entries(place).values()] == ["ok", "ok"]


def test_text_that_happens_to_be_a_path_is_no_folder_to_read(place: Path) -> None:
    many(place, "A")
    named = "record({'unit': subject.name, 'label': label}, title=subject.name)"
    notebook(place, "tiny", LOAD, CHART, named, header='unit = "A1"\ndata = "units.csv"\nlabel = ""\n')
    began = time.monotonic()
    assert oshlib(place, "run", "tiny", "--each", "units.csv", "--set", "label=/").returncode == 0
    assert time.monotonic() - began < 60, "all that this machine holds was read"


def test_of_a_folder_counts_all_but_locks_and_what_the_report_writes_itself(place: Path) -> None:
    many(place, "A")
    (place / "own").mkdir()
    header = 'unit = "A1"\ndata = "units.csv"\nown = "own"  # a folder of our own\n'
    writes = "import pathlib\npathlib.Path(own, 'draft.json').write_text('1')\npathlib.Path(own, '.lock').touch()"
    named = "record({'unit': subject.name}, title=subject.name)"
    notebook(place, "tiny", LOAD, CHART, writes, named, header=header)
    file = place / "notebooks" / "tiny.ipynb"
    nb = nbformat.read(file, 4)
    nb.metadata["oshlib"] = {"writes": ["draft*.json"]}
    nbformat.write(nb, file)
    asked = ("run", "tiny", "--each", "units.csv")
    assert closing(oshlib(place, *asked)) == "1 ok, 0 failed, 0 kept; reports/index.html"
    assert closing(oshlib(place, *asked)) == "0 ok, 0 failed, 1 kept; reports/index.html"
    (place / "own" / "key.csv").write_text("1", encoding="utf-8")
    assert closing(oshlib(place, *asked)) == "1 ok, 0 failed, 0 kept; reports/index.html"


def test_nobody_reads_the_lines_and_the_reports_are_made(place: Path) -> None:
    many(place, "ABC")
    notebook(place, "tiny", LOAD, CHART, HEADLINE)
    command = f"'{sys.executable}' -m oshlib.cli run tiny --each units.csv --jobs 1 | head -1"
    subprocess.run(["sh", "-c", command], cwd=place, check=True, capture_output=True, timeout=120)
    assert [e["status"] for e in entries(place).values()] == ["ok"] * 3
