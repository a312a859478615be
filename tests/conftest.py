"""What several test files share: the example reports, made once, and a browser where there is one."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from oshlib import places
from tests import lab


@pytest.fixture(scope="session")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every parameter file of the repository, run by the command that the README gives."""
    folder = tmp_path_factory.mktemp("reports")
    command = [sys.executable, "-m", "oshlib.cli", "run", "--out", str(folder)]
    done = subprocess.run(command, cwd=places.ROOT, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.fixture(scope="session")
def index(reports: Path) -> list[dict[str, Any]]:
    return list(json.loads((reports / "index.json").read_text(encoding="utf-8"))["reports"])


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """An installed browser, driven for real; none is downloaded."""
    with lab.chromium() as started:
        if started is None:
            pytest.skip(f"no browser found: looked for {', '.join(lab.BROWSERS)}")
        yield started
