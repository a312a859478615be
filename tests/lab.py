"""JupyterLab itself, started for a test or a measurement and driven by an installed browser."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from oshlib import places

#: First the one without a window's own buttons and bars, in which a press of Tab cannot be lost.
BROWSERS = (
    "chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome",
)  # fmt: skip
_HOMES = (
    "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "JUPYTERLAB_SETTINGS_DIR",
    "JUPYTERLAB_WORKSPACES_DIR",
)  # fmt: skip


@contextlib.contextmanager
def chromium() -> Iterator[Any]:
    """An installed browser, none is downloaded; None where there is none."""
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        yield None
        return
    from playwright.sync_api import sync_playwright

    arguments = ["--no-sandbox"] if os.name == "posix" and os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=arguments)
        yield started
        started.close()


@contextlib.contextmanager
def lab(folder: Path) -> Iterator[str]:
    """A JupyterLab on a copy of the explorer in this folder, with settings of its own; the address of the notebook."""
    (folder / "notebooks").mkdir(parents=True)
    shutil.copy(places.ROOT / "notebooks" / "explore.ipynb", folder / "notebooks")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    homes = {name: str(folder / ".jupyter" / name) for name in _HOMES}
    command = [
        sys.executable, "-m", "jupyter", "lab", "--no-browser", "--allow-root", f"--notebook-dir={folder}",
        f"--ServerApp.port={port}", "--ServerApp.port_retries=0", "--IdentityProvider.token=test",
        "--LabApp.expose_app_in_browser=True", "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    ]  # fmt: skip
    with (folder / "lab.log").open("w") as log:
        server = subprocess.Popen(command, cwd=folder, env={**os.environ, **homes}, stdout=log, stderr=log)
        try:
            base = f"http://127.0.0.1:{port}"
            _wait(f"{base}/api?token=test", server, folder / "lab.log")
            yield f"{base}/lab/tree/notebooks/explore.ipynb?token=test"
        finally:
            server.terminate()
            server.wait(20)


def opened(page: Any, address: str) -> Any:
    """Open the notebook, run all its cells, wait for the four charts; the desk."""
    page.goto(address)
    page.locator(".jp-Notebook .jp-Cell").first.wait_for(timeout=120_000)
    page.locator(".jp-StatusBar-Widget >> text=| Idle").wait_for(
        timeout=120_000
    )  # a kernel that is not there runs nothing
    page.evaluate("window.jupyterapp.commands.execute('notebook:run-all-cells')")
    desk = page.locator(".osh-desk")
    desk.locator(".js-plotly-plot .ytick").first.wait_for(timeout=120_000)
    desk.locator(".js-plotly-plot").nth(3).locator(".ytick").first.wait_for(timeout=120_000)
    return desk


def restarted(address: str) -> None:
    """Start the kernels of this JupyterLab anew: what they held is gone."""
    base = address.partition("/lab/")[0]
    head = {"Authorization": "token test"}
    with urllib.request.urlopen(urllib.request.Request(f"{base}/api/kernels", headers=head), timeout=10) as found:
        kernels = json.load(found)
    for kernel in kernels:
        ask = urllib.request.Request(f"{base}/api/kernels/{kernel['id']}/restart", headers=head, method="POST")
        urllib.request.urlopen(ask, timeout=60).close()


def _wait(address: str, server: Any, log: Path) -> None:
    for _ in range(240):
        if server.poll() is not None:
            break
        with contextlib.suppress(OSError):
            urllib.request.urlopen(address, timeout=1).close()
            return
        time.sleep(0.25)
    raise RuntimeError(f"JupyterLab did not start: {log.read_text(encoding='utf-8')[-2000:]}")
