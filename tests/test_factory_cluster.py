"""A real Dask cluster of two worker processes makes the same reports as this machine alone, whatever dies meanwhile."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from oshlib import page, places
from tests.conftest import closing, hears, until
from tests.test_run import CHART, HEADLINE, LOAD, ask, entries, notebook, oshlib

UNITS = "unit,unit_id,year,hours,dafw_cases,djtr_cases,other_cases,deaths\n" + "".join(
    f"Works {n:02},W{n:02},{year},{200000 + n},1,{n % 3},2,0\n" for n in range(12) for year in (2020, 2021)
)


# A program of its own, as a cluster is: it says its address, then answers a question a line.
CLUSTER = """
import json, os, sys
from distributed import Client, LocalCluster
n = int(sys.argv[1])
with LocalCluster(n_workers=n, threads_per_worker=1, processes=True, dashboard_address=':0') as cluster:
    with Client(cluster) as client:
        print(cluster.scheduler_address, flush=True)
        for question in sys.stdin:
            pids = question.strip() == "pids"
            answer = list(client.run(os.getpid).values()) if pids else any(client.processing().values())
            print(json.dumps(answer), flush=True)
"""


class Cluster:
    def __init__(self, workers: int) -> None:
        command = [sys.executable, "-c", CLUSTER, str(workers)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.address = self.process.stdout.readline().strip()

    def ask(self, question: str) -> Any:
        self.process.stdin.write(question + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def __enter__(self) -> Cluster:
        return self

    def __exit__(self, *_: object) -> None:
        with self.process:
            self.process.stdin.close()


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with Cluster(2) as started:
        yield started


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "units.csv").write_text(UNITS, encoding="utf-8")
    return tmp_path


def files(folder: Path) -> dict[str, bytes]:
    """Every file but the index as data, which tells how long each report took."""
    found = {file.relative_to(folder).as_posix(): file for file in folder.rglob("*") if file.is_file()}
    return {name: file.read_bytes() for name, file in found.items() if name not in ("index.json", ".lock")}


def untimed(folder: Path, out: str) -> dict[str, Any]:
    return {name: {**entry, "seconds": None} for name, entry in entries(folder, out).items()}


def begin(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "oshlib.cli", *arguments]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen(command, cwd=folder, text=True, preexec_fn=hears, **pipes)


def test_the_cluster_makes_what_this_machine_makes(place: Path, cluster: Cluster, monkeypatch: Any) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    notebook(place, "tiny", LOAD, CHART, "print('said')", HEADLINE)
    notebook(place, "raises", LOAD, "1 / 0")
    notebook(place, "killed", LOAD, "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)")
    notebook(place, "hangs", LOAD, "import time\ntime.sleep(600)")
    for n in range(3):
        ask(place, "tiny", f"unit: W{n:02}\n", f"w{n}")
    for name in ("raises", "killed", "hangs"):
        ask(place, name, "unit: W00\n")
    data = places.ROOT / "data" / "example" / "ready_mix.csv"
    for unit in ("RM-01", "RM-02"):
        ask(place, "five_year_trend", f"unit: {unit}\ndata: {data}\n", unit)
    ask(place, "portfolio", f"data: {data}\n", "all")
    local = oshlib(place, "run", "--jobs", "2", "--limit", "8", "--out", "local")
    spread = oshlib(place, "run", "--scheduler", cluster.address, "--limit", "8", "--out", "spread")
    assert spread.returncode == local.returncode == 1, spread.stderr
    assert "Traceback" not in spread.stdout + spread.stderr
    assert closing(spread) == "6 ok, 3 failed, 0 kept; spread/index.html"
    assert untimed(place, "spread") == untimed(place, "local")
    found = entries(place, "spread")
    assert found["killed/W00"]["error"].endswith("the kernel died in the middle of the report (killed by SIGKILL)")
    assert found["hangs/W00"]["error"].endswith("stopped after the limit of 8 s for one report")
    made = files(place / "spread")
    assert "ZeroDivisionError" in made[found["raises/W00"]["ipynb"]].decode()
    there = files(place / "local")
    assert sorted(made) == sorted(there)
    for name in (name for name in made if not name.endswith(".failed.ipynb")):  # papermill puts the time into those
        assert made[name] == there[name], name
    again = ("run", "tiny", "--each", "units.csv", "--first", "3", "--scheduler", cluster.address, "--out", "spread")
    assert closing(oshlib(place, *again)) == "0 ok, 0 failed, 3 kept; spread/index.html"


def test_a_worker_that_is_killed_loses_no_report_and_doubles_none(place: Path, cluster: Cluster) -> None:
    notebook(place, "tiny", LOAD, CHART, "import time\ntime.sleep(0.5)", HEADLINE)
    run = begin(place, "run", "tiny", "--each", "units.csv", "--scheduler", cluster.address)
    until(lambda: list((place / "reports" / "tiny").glob("*.html")))
    before = cluster.ask("pids")
    os.kill(before[0], signal.SIGKILL)
    out, err = run.communicate(timeout=200)
    assert set(cluster.ask("pids")) != set(before), "another one took its place"
    assert run.returncode == 0, out + err
    assert "12 ok, 0 failed, 0 kept" in out
    listed = json.loads((place / "reports" / "index.json").read_text(encoding="utf-8"))["reports"]
    assert sorted(e["unit_id"] for e in listed) == [f"W{n:02}" for n in range(12)]
    assert sorted(p.name for p in (place / "reports" / "tiny").iterdir()) == sorted(
        Path(e[kind]).name for e in listed for kind in ("html", "ipynb")
    )


def test_what_goes_into_a_store_is_found_there_again(place: Path, cluster: Cluster) -> None:
    notebook(place, "tiny", LOAD, CHART, HEADLINE)
    store = place / "far" / "away"
    command = ("run", "tiny", "--each", "units.csv", "--first", "3", "--scheduler", cluster.address)
    stored = (*command, "--store", store.as_uri())
    first = oshlib(place, *stored)
    assert closing(first) == "3 ok, 0 failed, 0 kept; reports/index.html", first.stdout + first.stderr
    assert not (place / "reports" / "tiny").exists()
    pages = {e["html"] for e in entries(place).values()}
    shared = {"index.html", "index.json", page.SHARED}
    found = {p.relative_to(store).as_posix() for p in store.rglob("*") if p.is_file()}
    assert found == shared | pages | {e["ipynb"] for e in entries(place).values()}
    assert (store / "index.json").read_bytes() == (place / "reports" / "index.json").read_bytes()
    gone = store / sorted(pages)[0]
    text = gone.read_bytes()
    gone.unlink()
    (gone.parent / ".part-0123456789abcdef").write_bytes(b"torn")
    assert closing(oshlib(place, *stored)) == "1 ok, 0 failed, 2 kept; reports/index.html"
    assert len(gone.read_bytes()) == len(text)
    assert not list(store.rglob(".part-*"))
    notebook(place, "tiny", LOAD, "1 / 0")
    assert oshlib(place, *stored).returncode == 1
    entry = entries(place)["tiny/W00"]
    assert (entry["stale"], entry["html"]) == (True, gone.relative_to(store).as_posix())
    assert "ZeroDivisionError" in (store / entry["ipynb"]).read_text(encoding="utf-8")
    blind = oshlib(place, *command, "--store", "memory://reports")
    assert (blind.returncode, blind.stdout) == (2, "")
    assert "does not see what is put into 'memory://reports'" in blind.stderr


def test_a_run_that_is_stopped_leaves_the_workers_free(place: Path, cluster: Cluster) -> None:
    notebook(place, "tiny", LOAD, "import time\ntime.sleep(600 if unit == 'W02' else 0)", CHART, HEADLINE)
    run = begin(place, "run", "tiny", "--each", "units.csv", "--scheduler", cluster.address)
    until(lambda: len(list((place / "reports" / "tiny").glob("*.html"))) >= 2)
    run.send_signal(signal.SIGINT)
    _, err = run.communicate(timeout=60)
    assert run.returncode == 130
    assert err.splitlines()[-1] == "oshlib: stopped; finished reports are kept"
    assert len(entries(place)) >= 2
    until(lambda: not cluster.ask("busy"), 30)


def refused(place: Path, *arguments: str) -> str:
    """The sentence with which a run is refused; nothing has begun then."""
    done = oshlib(place, "run", "tiny", "--each", "units.csv", "--out", "none", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert not (place / "none").exists()
    (said,) = done.stderr.splitlines()
    return said.removeprefix("oshlib: ")


def test_what_cannot_work_is_refused_in_one_sentence(place: Path) -> None:
    notebook(place, "tiny", LOAD, CHART, HEADLINE)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        nobody = f"tcp://127.0.0.1:{free.getsockname()[1]}"
    assert refused(place, "--scheduler", nobody).startswith(f"--scheduler: found no scheduler at '{nobody}': ")
    assert refused(place, "--scheduler", "no address").startswith("--scheduler: found no scheduler at 'no address': ")
    assert refused(place, "--store", "memory://x").startswith("--store: found no --scheduler")
    assert refused(place, "--scheduler", nobody, "--deidentified").startswith("--deidentified: found --scheduler; ")
    (place / "distributed.py").write_text("raise ImportError\n", encoding="utf-8")
    assert refused(place, "--scheduler", nobody) == "--scheduler: found no Dask here; pip install 'oshlib[dask]'"


def test_a_worker_of_another_version_is_refused(place: Path) -> None:
    notebook(place, "tiny", LOAD, CHART, HEADLINE)
    shutil.copytree(places.ROOT / "oshlib", place / "other" / "oshlib", ignore=shutil.ignore_patterns("__pycache__"))
    with (place / "other" / "oshlib" / "words.py").open("a", encoding="utf-8") as file:
        file.write("# changed\n")
    with Cluster(0) as started:
        worker = [sys.executable, "-m", "distributed.cli.dask_worker", started.address, "--no-nanny", "--no-dashboard"]
        environment = {**os.environ, "PYTHONPATH": str(place / "other")}
        with subprocess.Popen(
            worker, cwd=place / "other", env=environment, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL
        ) as process:
            try:
                said = refused(place, "--scheduler", started.address)
            finally:
                process.terminate()
    assert said.startswith("--scheduler: found oshlib 0.1.0 (")
    assert ") on the worker tcp://" in said
    assert said.endswith(") as it is here")
