"""The schedules beside docs/scheduling.md: each is read as its scheduler reads it, and what it runs is run."""

from __future__ import annotations

import configparser
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from oshlib import places
from tests.test_run import CHART, HEADLINE, LOAD, UNITS, ask, notebook

DOCS = places.ROOT / "docs"
FILES = DOCS / "schedules"
PAGE = (DOCS / "scheduling.md").read_text(encoding="utf-8")
NAMES = ("airflow_dag.py", "crontab", "oshlib.service", "oshlib.timer", "reports.yml")
CLOSING = re.compile(r"\d+ ok, \d+ failed, \d+ kept, \d+ s")
PLACE = "/srv/reports"


def text_of(name: str) -> str:
    return (FILES / name).read_text(encoding="utf-8")


@pytest.fixture
def srv(tmp_path: Path) -> Path:
    """What /srv/reports stands for: parameters, a notebook, the data and a command."""
    (tmp_path / "units.csv").write_text(UNITS, encoding="utf-8")
    notebook(tmp_path, "tiny", LOAD, CHART, HEADLINE)
    ask(tmp_path, "tiny", "unit: A1\n", "a")
    command = tmp_path / ".venv" / "bin" / "oshlib"
    command.parent.mkdir(parents=True)
    command.write_text(f'#!/bin/sh\nPYTHONPATH={places.ROOT} exec {sys.executable} -m oshlib.cli "$@"\n')
    command.chmod(0o755)
    return tmp_path


def crontab() -> tuple[dict[str, str], list[list[str]]]:
    """The settings, and of every line its five fields and the command."""
    lines = [line for line in text_of("crontab").splitlines() if line and not line.startswith("#")]
    settings = dict(line.split("=", 1) for line in lines if re.match(r"[A-Z_]+=", line))
    return settings, [line.split(maxsplit=5) for line in lines if not re.match(r"[A-Z_]+=", line)]


def sh(command: str, folder: Path, environment: dict[str, str], shell: str = "sh") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(shutil.which(shell)), "-c", command],
        cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


def test_every_file_is_on_the_page_and_names_only_the_placeholder() -> None:
    assert sorted(p.name for p in FILES.iterdir() if p.is_file()) == list(NAMES)
    for name in NAMES:
        assert f"(schedules/{name})" in PAGE, name
    for text in (PAGE, *map(text_of, NAMES)):
        assert not re.search(r"(?<![\w.])/(?:home|root|work|Users)/", text)
        assert set(re.findall(r"/srv/\w+", text)) <= {PLACE}


def test_every_flag_exists() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "oshlib.cli", "run", "--help"],
        cwd=places.ROOT, capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    known = set(re.findall(r"--[a-z-]+", done.stdout))
    commands = [c for t in (PAGE, *map(text_of, NAMES)) for c in re.findall(r"oshlib run[^`\n|>\"']*", t)]
    asked = {flag for c in commands for flag in re.findall(r"--[a-z-]+", c)} | set(re.findall(r"`(--[a-z-]+)", PAGE))
    assert {"--quiet", "--jobs", "--retries", "--memory"} <= asked
    assert asked <= known


def test_the_crontab_has_five_fields_and_nothing_that_cron_reads_otherwise() -> None:
    settings, lines = crontab()
    assert set(settings) == {"SHELL", "PATH", "MAILTO"}
    assert lines
    for *fields, command in lines:
        assert len(fields) == 5
        assert all(re.fullmatch(r"[\d*/,-]+", field) for field in fields), fields
        assert not re.search(r"(?<!\\)%", command), "cron ends the command at a percent sign"
        assert "2>&1" in command


@pytest.mark.skipif(not shutil.which("timeout"), reason="found no command timeout (GNU coreutils)")
def test_the_line_of_the_crontab_runs_where_nothing_is_set(srv: Path) -> None:
    settings, ((*_, command),) = crontab()
    bare = {"SHELL": settings["SHELL"], "PATH": settings["PATH"].replace(PLACE, str(srv))}
    command = command.replace(PLACE, str(srv))
    good = sh(command, Path("/"), bare)
    assert (good.returncode, good.stdout, good.stderr) == (0, "", ""), "a good night sends no mail"
    log = srv / "run.log"
    assert CLOSING.fullmatch(log.read_text().splitlines()[-1])
    assert log.read_text().startswith("1 ok, 0 failed, 0 kept, ")
    assert (srv / "reports" / "index.html").stat().st_mode & 0o777 == 0o640
    again = sh(command, Path("/"), bare)
    assert again.returncode == 0
    assert log.read_text().splitlines()[-1].startswith("0 ok, 0 failed, 1 kept, ")
    ask(srv, "tiny", "unit: nobody\n", "wrong")
    bad = sh(command, Path("/"), bare)
    assert bad.returncode == 1
    first, *rest = bad.stdout.splitlines()
    assert first == "oshlib run: exit status 1"
    assert rest[-1].startswith("0 ok, 1 failed, 1 kept, ")
    shutil.rmtree(srv / "parameters")
    gone = sh(command, Path("/"), bare)
    assert gone.returncode == 1, "not the examples of the package instead"
    assert gone.stdout.startswith("oshlib run: exit status 1")


def unit(name: str) -> configparser.ConfigParser:
    read = configparser.ConfigParser(interpolation=None, delimiters=("=",), comment_prefixes=("#", ";"), strict=False)
    read.optionxform = str  # type: ignore[assignment,method-assign]
    read.read_string(text_of(name))
    return read


def test_the_units_of_systemd_set_what_the_page_says(srv: Path) -> None:
    service, timer = unit("oshlib.service"), unit("oshlib.timer")
    for key in ("WorkingDirectory", "UMask", "TimeoutStartSec", "Nice", "MemoryMax", "User"):
        assert key in service["Service"]
        assert key in PAGE, key
    assert service["Service"]["Type"] == "oneshot"
    assert timer["Timer"]["Persistent"] == "true"
    assert timer["Install"]["WantedBy"] == "timers.target"
    command = service["Service"]["ExecStart"].replace(PLACE, str(srv))
    done = sh(command, srv, {"PATH": os.defpath, "HOME": str(srv)})
    assert done.returncode == 0
    assert CLOSING.fullmatch(done.stdout.strip())
    assert done.stderr == ""


def test_the_service_sends_mail_only_where_it_failed(srv: Path) -> None:
    (srv / "bin").mkdir()
    mail = srv / "bin" / "mail"
    mail.write_text(f'#!/bin/sh\n{{ echo "$@"; cat; }} >{srv}/sent\n')
    mail.chmod(0o755)
    command = unit("oshlib.service")["Service"]["ExecStopPost"].replace("$$", "$")
    path = {"PATH": f"{srv / 'bin'}:{os.defpath}"}
    assert sh(command, srv, {**path, "SERVICE_RESULT": "success", "EXIT_STATUS": "0"}).returncode == 0
    assert not (srv / "sent").exists()
    assert sh(command, srv, {**path, "SERVICE_RESULT": "exit-code", "EXIT_STATUS": "2"}).returncode == 0
    assert "oshlib run: exit-code, exit status 2 reports@example.org" in (srv / "sent").read_text()


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="found no systemd-analyze")
def test_systemd_takes_the_units(srv: Path) -> None:
    for name in ("oshlib.service", "oshlib.timer"):
        (srv / name).write_text(text_of(name).replace(PLACE, str(srv)))
    verify = ["systemd-analyze", "verify", str(srv / "oshlib.timer"), str(srv / "oshlib.service")]
    done = subprocess.run(verify, capture_output=True, text=True, timeout=60, check=False)
    ours = [line for line in done.stderr.splitlines() if "oshlib" in line]
    assert (done.returncode, ours) == (0, []), "a key that it does not know is a line, not an exit status"
    calendar = ["systemd-analyze", "calendar", unit("oshlib.timer")["Timer"]["OnCalendar"]]
    assert subprocess.run(calendar, capture_output=True, timeout=60, check=False).returncode == 0


def workflow() -> dict[Any, Any]:
    return dict(yaml.safe_load(text_of("reports.yml")))


def test_the_workflow_does_what_it_names() -> None:
    read = workflow()
    assert set(read[True]) == {"schedule", "workflow_dispatch"}, "`on` is true to YAML"
    assert len(read[True]["schedule"][0]["cron"].split()) == 5
    job = read["jobs"]["reports"]
    assert job["timeout-minutes"]
    steps = job["steps"]
    assert [step["name"] for step in steps] == [
        "Check out", "Set up Python, with pip's cache", "Install", "Fetch the reports of the last night", "Run",
        "Keep the reports for the next night", "Upload the reports", "Some reports failed",
        "Nothing was started, or the run was stopped",
    ]  # fmt: skip
    for step in steps:
        assert ("uses" in step) != ("run" in step)
        assert re.fullmatch(r"actions/[\w/-]+@v\d+", step.get("uses", "actions/x@v1"))
        for file in re.findall(r"--constraint (\S+)", step.get("run", "")):
            assert (places.ROOT / file).exists()
        for line in step.get("run", "").splitlines():
            assert re.match(r"(pip install|(timeout [-\w ]+ )?oshlib run|echo|exit|status=)\b", line.strip()), line
    ids = {step["id"] for step in steps if "id" in step}
    assert set(re.findall(r"steps\.(\w+)\.", text_of("reports.yml"))) <= ids
    assert steps[3]["with"]["key"] == steps[5]["with"]["key"]


@pytest.mark.skipif(not all(map(shutil.which, ("bash", "timeout"))), reason="found no bash or no timeout (GNU)")
@pytest.mark.parametrize(("wrong", "right", "status"), [(0, 1, 0), (1, 1, 1), (1, 0, 2)])
def test_the_workflow_tells_the_exit_statuses_apart(srv: Path, wrong: int, right: int, status: int) -> None:
    if wrong:
        ask(srv, "tiny", "unit: nobody\n", "wrong")
    if not right:
        (srv / "parameters" / "tiny" / "a.yaml").unlink()
    steps = {step["name"]: step for step in workflow()["jobs"]["reports"]["steps"]}
    path = f"{srv / '.venv' / 'bin'}:{os.environ['PATH']}"
    outputs = {"GITHUB_OUTPUT": str(srv / "output"), "GITHUB_STEP_SUMMARY": str(srv / "summary")}
    run = sh(f"set -eo pipefail\n{steps['Run']['run']}", srv, {**os.environ, **outputs, "PATH": path}, "bash")
    assert run.returncode == 0, "what was made is uploaded before the job fails"
    found = dict(line.split("=", 1) for line in (srv / "output").read_text().splitlines())
    assert found["status"] == str(status)
    assert CLOSING.fullmatch(found["closing"])
    for name, expected in (("Some reports failed", 1), ("Nothing was started, or the run was stopped", 2)):
        environment = {**os.environ, "CLOSING": found["closing"], "STATUS": "2"}
        done = sh(f"set -e\n{steps[name]['run']}", srv, environment, "bash")
        assert done.returncode == expected
        assert done.stdout.startswith("::error title=")


@pytest.mark.skipif(not shutil.which("actionlint"), reason="found no actionlint")
def test_actionlint_finds_nothing() -> None:
    done = subprocess.run(["actionlint", str(FILES / "reports.yml")], capture_output=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout


def test_the_dag_compiles() -> None:
    compile(text_of("airflow_dag.py"), "airflow_dag.py", "exec")


def test_airflow_takes_the_dag(srv: Path) -> None:
    """In the Python that AIRFLOW_PYTHON names, since Airflow wants an environment of its own; else in this one."""
    python = os.environ.get("AIRFLOW_PYTHON")
    if not python:
        pytest.importorskip("airflow.providers.papermill", reason="found no Airflow and no AIRFLOW_PYTHON")
        python = sys.executable
    ask(srv, "five_year_trend", "unit: A1\ndata: units.csv\n", "alder")
    ask(srv, "five_year_trend", "min_years: 3\n", "_defaults")
    read = f"import json, runpy; found = runpy.run_path({str(FILES / 'airflow_dag.py')!r}); "
    read += "print(json.dumps({d: [[t.task_id, type(t).__name__, getattr(t, 'parameters', None), "
    read += "getattr(t, 'bash_command', None)] for t in found[d].tasks] for d in ('run', 'papermill')}))"
    environment = {**os.environ, "OSHLIB_REPORTS": str(srv), "AIRFLOW_HOME": str(srv / "airflow")}
    done = subprocess.run(
        [python, "-c", read], env=environment, capture_output=True, text=True, timeout=180, check=False
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    ((name, kind, _, command),) = found["run"]
    assert (name, kind) == ("run", "BashOperator")
    assert "oshlib run --quiet" in command
    asked = {"unit": "A1", "data": str(srv / "units.csv")}
    assert found["papermill"] == [["alder", "PapermillOperator", asked, None]]
