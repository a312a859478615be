"""What the repository promises about itself."""

from __future__ import annotations

import ast
import re
import runpy
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import nbformat
import papermill
import pytest
import yaml

from oshlib import answers, places, references, tables
from oshlib.headline import HEADLINE

ROOT = places.ROOT
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def named(requirement: str) -> str:
    return re.split(r"[<>=!~\[ ]", requirement)[0].lower()


def test_conda_users_get_the_same_dependencies() -> None:
    listed = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))["dependencies"]
    asked = [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["test"]]
    assert set(listed) - {"python>=3.11", "pip"} == set(asked)
    assert f"python{PROJECT['requires-python']}" in listed


def test_every_dependency_is_pinned_in_the_tested_set_and_explained_in_the_readme() -> None:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = {named(line) for line in lines if not line.startswith("#")}
    assert not [line for line in lines if "://" in line or line.startswith("-")]
    for requirement in PROJECT["dependencies"]:
        assert named(requirement) in pins
        assert re.search(rf"\b{re.escape(named(requirement))}\b", README.lower()), requirement


def test_the_readme_names_every_command_and_make_target() -> None:
    for target in re.findall(r"^([a-z]+):.*## ", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE):
        assert f"make {target}" in README
    for command in (
        "oshlib run",
        "oshlib check",
        "oshlib answers",
        "oshlib verify-draw",
        "oshlib list",
        "--each",
        "--set",
        "--self-contained",
        "--strict",
    ):
        assert command in README


def test_files_are_short_and_name_no_machine() -> None:
    tracked = [p for p in ROOT.rglob("*") if p.is_file() and not {".venv", ".git", "reports"} & set(p.parts)]
    for file in tracked:
        if file.suffix == ".py" and file.parent.name == "oshlib":
            assert len(file.read_text(encoding="utf-8").splitlines()) <= 300, file
        if file.suffix in {".py", ".md", ".yaml", ".yml", ".toml", ".ipynb", ".csv", ".R"}:
            assert not re.search(r"(?<![\w.])/(?:home|root|work|Users)/", file.read_text(encoding="utf-8")), file


@pytest.mark.parametrize("file", NOTEBOOKS, ids=lambda p: p.stem)
def test_a_notebook_keeps_the_form(file: Path) -> None:
    nb = nbformat.read(file, 4)
    assert file.stat().st_size < 300_000
    assert re.match(r"# .+\?\n", nb.cells[0].source), "a question as title"
    assert "parameters" in nb.cells[1].metadata.tags
    for line in nb.cells[1].source.splitlines():
        name, _, rest = line.partition(" = ")
        value, _, comment = rest.partition("  # ")
        ast.literal_eval(value)
        assert comment, f"{name} has a trailing comment"
    assert set(papermill.inspect_notebook(str(file))) == {
        line.partition(" = ")[0] for line in nb.cells[1].source.splitlines()
    }
    for cell in nb.cells[2:]:
        if cell.cell_type == "code":
            assert len(cell.source.splitlines()) <= 10
            assert not re.search(r"\b(for|while|try|print|def|class)\b(?! =)", cell.source), cell.source
            assert len(cell.outputs) <= 1
            # Controls mean nothing without a kernel, so they are not kept.
            assert cell.execution_count or "desk" in cell.metadata.get("tags", []), "committed as run"
            assert "execution" not in cell.metadata, "no times of a run"
    assert [next(iter(o.data)) for o in nb.cells[-1].outputs] == [HEADLINE]


def test_the_example_data_are_what_their_generator_writes(tmp_path: Path) -> None:
    shutil.copy(ROOT / "data" / "example" / "make.py", tmp_path)
    subprocess.run([sys.executable, str(tmp_path / "make.py")], check=True, timeout=60)
    made = sorted(tmp_path.glob("*.csv"))
    assert len(made) >= 5
    for file in made:
        assert file.read_bytes() == (ROOT / "data" / "example" / file.name).read_bytes(), file.name


def test_the_example_establishments_are_what_their_generator_writes(tmp_path: Path) -> None:
    shutil.copy(ROOT / "data" / "example" / "make_establishments.py", tmp_path)
    subprocess.run([sys.executable, str(tmp_path / "make_establishments.py")], check=True, timeout=60)
    made = sorted(tmp_path.glob("*.csv"))
    assert [file.name for file in made] == ["establishments.csv", "inspections.csv"]
    for file in made:
        assert file.read_bytes() == (ROOT / "data" / "example" / file.name).read_bytes(), file.name


def test_every_example_unit_says_that_it_is_made_up_and_has_a_parameter_file() -> None:
    units = runpy.run_path(str(ROOT / "data" / "example" / "make.py"))["UNITS"]
    ids = {key for group in units.values() for _, key, *_ in group}
    assert all("made up" in name for group in units.values() for name, *_ in group)
    files = list((ROOT / "parameters" / "five_year_trend").glob("[!_]*.yaml"))
    assert {yaml.safe_load(f.read_text(encoding="utf-8"))["unit"] for f in files} == ids


REFERENCES = ("benchmark", "goals", "percentiles")
NO_UNITS = (*REFERENCES, "answers", "inspections")
EXAMPLES = sorted((ROOT / "data" / "example").glob("*.csv"))
# Those of the partnership: test_partnership_files.py
UNITS = [p for p in EXAMPLES if p.stem not in NO_UNITS and not p.stem.startswith("partnership")]


@pytest.mark.parametrize("file", UNITS, ids=lambda p: p.stem)
def test_an_example_file_is_read_without_a_fault_in_the_layout_that_it_shows(file: Path) -> None:
    table, faults = tables.read(file)
    assert (len(table) >= 6, faults["text"].tolist()) == (True, [])
    assert table["unit"].str.contains("(made up)", regex=False).all()
    assert table["note"].eq("made up").all()
    layout = {"agencies": "federal", "commands": "navy_command"}.get(file.stem, "annual")
    assert set(table["universe"]) == {tables.layouts()[layout]["columns"]["universe"]["default"]}


@pytest.mark.parametrize("kind", REFERENCES)
def test_an_example_reference_is_read_in_its_layout_and_says_that_it_is_made_up(kind: str) -> None:
    file = ROOT / "data" / "example" / f"{kind}.csv"
    assert len(references.read(file, kind)) >= 4
    assert all("made" in line for line in file.read_text(encoding="utf-8").splitlines()[1:])


def test_the_example_answers_are_read_without_a_fault_and_say_that_they_are_made_up() -> None:
    table, faults = answers.read(ROOT / "data" / "example" / "answers.csv")
    assert faults["text"].tolist() == []
    assert set(table["framework"]) == {p.stem for p in (ROOT / "data" / "frameworks").glob("*.yaml")}
    assert table["assessor"].str.contains("(made up)", regex=False).all()
    made = runpy.run_path(str(ROOT / "data" / "example" / "make.py"))["UNITS"]
    assert set(table["unit"]) <= {key for group in made.values() for _, key, *_ in group}


def test_the_example_answers_are_what_their_generator_writes(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "data", tmp_path / "data", ignore=shutil.ignore_patterns("*.png", "answers.csv"))
    subprocess.run([sys.executable, str(tmp_path / "data" / "example" / "make_answers.py")], check=True, timeout=60)
    made = tmp_path / "data" / "example" / "answers.csv"
    assert made.read_bytes() == (ROOT / "data" / "example" / "answers.csv").read_bytes()


def test_the_command_starts_without_waiting_for_pandas() -> None:
    code = "import sys, oshlib.cli; oshlib.cli._parser(); sys.exit('pandas' in sys.modules or 'plotly' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=60).returncode == 0
