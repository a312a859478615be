"""What is done: what a report was made of, as a digest, and whether it stands."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import platform
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from oshlib import __version__, places
from oshlib.errors import OshError
from oshlib.identifiers import texts_of
from oshlib.jobs import DROP, Job

# What a page comes from beside the package: another version of these may draw or count otherwise.
_LIBRARIES = (
    "ipykernel", "ipython", "jinja2", "mistune", "nbclient", "nbconvert", "numpy", "openpyxl", "pandas", "papermill",
    "plotly", "pyarrow", "pyyaml", "scipy",
)  # fmt: skip
_OWN = ("oshlib/**/*.py", "oshlib/html/**/*", "data/columns/**/*", "data/frameworks/**/*", "data/reference/**/*")


def made_of(job: Job, rows: str | None) -> str:
    """The digest of all that a report comes from; "" where some of it cannot be read, and so cannot be compared.

    rows: the digest of the rows of its unit, for a notebook that reads no others; None: the whole file counts, as every
    other file that a parameter names, and every folder that it says it does.
    """
    apart = {"data"} if rows is not None else set()
    try:
        files = {
            name: [_folder(text, job.writes) if name in job.folders else _file(text) for text in texts_of(value)]
            for name, value in job.parameters.items()
            if name not in apart
        }
        what = [
            job.name, job.unit, job.unit_id, job.parameters, files, rows, job.links, job.self_contained, job.notebooks,
            _file(job.source), version(),
        ]  # fmt: skip
    except (OSError, OshError):
        return ""
    return hashlib.sha256(json.dumps(what, sort_keys=True, default=str).encode()).hexdigest()


@lru_cache(maxsize=1)
def version() -> str:
    """The package and what it stands on: its version, its source as it is now, the libraries' versions."""
    digest = hashlib.sha256(f"{__version__} {platform.python_version()}".encode())
    root = places.ROOT if (places.ROOT / "oshlib").is_dir() else places.ROOT.parent
    for pattern in _OWN:
        for file in sorted(root.glob(pattern)) or sorted((root / "oshlib").glob(pattern)):
            if file.is_file() and file.suffix != ".pyc":
                digest.update(file.name.encode() + file.read_bytes())
    for name in _LIBRARIES:
        digest.update(importlib.metadata.version(name).encode())
    return digest.hexdigest()


def stands(entry: Mapping[str, Any] | None, job: Job, out: Any) -> bool:
    """Whether this very report is there already, whole. out: the folder or the store that would hold it."""
    if (
        not entry
        or not job.made_of
        or entry["status"] != "ok"
        or entry.get("vanished")
        or entry.get("made_of") != job.made_of
    ):
        return False
    there = job.notebooks == DROP or bool(entry["ipynb"] and (out / entry["ipynb"]).exists())
    return there and _is(out / entry["html"], entry["html_sha256"])


def _is(page: Any, sha256: str) -> bool:
    """Whether a page is the one that was made; in a store, whether there is one."""
    if not isinstance(page, Path):
        return bool(page.exists())
    return page.exists() and hashlib.sha256(page.read_bytes()).hexdigest() == sha256


def _file(text: str) -> str:
    """The digest of the file that a text names, "" where it names none."""
    path = Path(places.actual(text))
    try:
        return places.sha256(path) if path.is_file() else ""
    except ValueError:  # no path at all: a NUL in it
        return ""


def _folder(text: str, writes: Sequence[str]) -> str:
    """The digest of the folder that a text names, but for hidden files (locks) and what the report itself writes."""
    path = Path(places.actual(text))
    if not text or not path.is_dir():
        return ""
    files = [one for one in sorted(path.rglob("*")) if one.is_file() and not one.name.startswith(".")]
    files = [one for one in files if not any(map(one.match, writes))]
    return _digest(f"{one.relative_to(path)} {places.sha256(one)}" for one in files)


def _digest(parts: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
