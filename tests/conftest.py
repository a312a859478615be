"""What several test files share: the example reports, made once, and a browser where there is one."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from oshlib import places

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")


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
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        pytest.skip(f"no browser found: looked for {', '.join(BROWSERS)}")
    from playwright.sync_api import sync_playwright

    arguments = ["--no-sandbox"] if os.name == "posix" and os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=arguments)
        yield started
        started.close()
