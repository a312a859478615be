"""What several test files share: the example reports, made once, and a browser where there is one."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import filelock
import pytest

from oshlib import places
from oshlib.errors import OshError
from tests import lab


def run(*arguments: object) -> None:
    """The command line, which must succeed."""
    command = [sys.executable, "-m", "oshlib.cli", "run", *map(str, arguments)]
    done = subprocess.run(command, cwd=places.ROOT, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def closing(done: subprocess.CompletedProcess[str]) -> str:
    """The last line of a run without how long it took."""
    return re.sub(r", \d+ s(?=;|$)", "", done.stdout.splitlines()[-1])


def message(call: Callable[[], Any]) -> str:
    """The one line with which a call is refused."""
    with pytest.raises(OshError) as caught:
        call()
    assert "\n" not in str(caught.value)
    return str(caught.value)


def until(what: Callable[[], Any], seconds: float = 90) -> None:
    """Wait until something is so; what cannot be told yet is not so yet."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with contextlib.suppress(OSError, ValueError):
            if what():
                return
        time.sleep(0.02)
    raise AssertionError("waited in vain")


def hears() -> None:
    """For a process that is to be stopped by Ctrl-C: tests in the background of a shell ignore it, as do children."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every parameter file of the repository, run by the command that the README gives; once for all test workers."""
    own = tmp_path_factory.getbasetemp()
    folder = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "reports"
    with filelock.FileLock(folder.with_suffix(".lock")):
        if not (folder / "index.html").exists():
            run("--out", folder)
    return folder


@pytest.fixture(scope="session")
def index(reports: Path) -> list[dict[str, Any]]:
    return list(json.loads((reports / "index.json").read_text(encoding="utf-8"))["reports"])


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """An installed browser, driven for real; none is downloaded."""
    with lab.chromium() as started:
        if started is None:
            pytest.skip(f"no browser found: looked for {', '.join(lab.BROWSERS)}")
        yield started


class Visit:
    """One page in the browser, with everything that it asked for or complained about."""

    def __init__(self, browser: Any, file: Path, **options: Any) -> None:
        self.context = browser.new_context(**options)
        self.page = self.context.new_page()
        self.asked: list[str] = []
        self.said: list[str] = []
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda fault: self.said.append(str(fault)))
        self.page.on("dialog", self._refuse)
        self.page.goto(file.as_uri())

    def _refuse(self, dialog: Any) -> None:
        self.said.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def __enter__(self) -> Any:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        self.context.close()
        if kind is None:
            assert self.said == []
            assert [url for url in self.asked if not url.startswith(("file:", "data:", "blob:"))] == []

    def wait_for_charts(self) -> int:
        blocks = self.page.locator("script[data-for]").count()
        for i in range(blocks):
            self.page.locator(".chart[data-drawn=true]").nth(i).wait_for()
        return blocks

    def save(self, button: Any, folder: Path) -> Path:
        with self.page.expect_download() as download:
            button.click()
        file = folder / download.value.suggested_filename
        download.value.save_as(file)
        return file


@pytest.fixture(scope="module")
def open_page(browser: Any) -> Callable[..., Visit]:
    """Opens a file in the browser; at the end nothing was asked of another machine, and nothing complained."""
    return partial(Visit, browser)
