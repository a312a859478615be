"""Where things are: the data, notebooks and parameters that come with the package, and paths as users give them."""

from __future__ import annotations

import hashlib
import time
from functools import lru_cache
from pathlib import Path, PureWindowsPath
from typing import Any

from oshlib.errors import OshError

# Seconds: the coarsest clock that a file system stamps its files by.
_TICK = 2.0
_PACKAGE = Path(__file__).resolve().parent
#: The folder that holds data/ and notebooks/: the repository, or the package itself once installed from a wheel.
ROOT = _PACKAGE if (_PACKAGE / "data" / "columns").is_dir() else _PACKAGE.parent


def find(path: str | Path, what: str = "file") -> Path:
    """The file at this path: from the current folder first, from the repository second.

    >>> find("data/columns/annual.yaml").name
    'annual.yaml'
    """
    asked = Path(path)
    try:
        for place in (asked, ROOT / asked):
            if place.exists():
                return place
    except (OSError, ValueError):  # too long a name, or a NUL in it
        pass
    raise OshError(f"{what}: found no file {str(path)!r}, neither from the current folder nor from the repository")


def actual(path: Any) -> str:
    """The file itself, however its path is written; the path as it is where there is no such file."""
    try:
        return str(find(path).resolve())
    except (OshError, TypeError):
        return str(path)


def names_only(value: Any) -> Any:
    """The value of a parameter with only the last part of every path in it; any other text stays as it is.

    >>> names_only(["data/columns/annual.yaml", "and/or", 5])
    ['annual.yaml', 'and/or', 5]
    """
    if isinstance(value, dict):
        return {k: names_only(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [names_only(v) for v in value]
    if not isinstance(value, str) or not {"/", "\\"} & set(value):
        return value
    path = PureWindowsPath(value) if "\\" in value else Path(value)
    return path.name if path.is_absolute() or Path(actual(value)).exists() else value


def sha256(path: str | Path) -> str:
    """The SHA-256 of a file's bytes, in hex. Errors: OshError where it cannot be read."""
    file = Path(path)
    if file.is_dir():
        raise OshError(f"{path}: found a folder, expected a file")
    try:
        found = file.stat()
        # A file written just now may be written again within the same tick of its clock: it is read every time.
        settled = time.time() - found.st_mtime > _TICK
        return (_read_once if settled else _read)(str(path), found.st_ino, found.st_mtime_ns, found.st_size)
    except OSError as fault:
        raise OshError(f"{path}: cannot be read: {fault.strerror}") from None


def _read(path: str, *_: int) -> str:
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


_read_once = lru_cache(maxsize=4096)(_read)
