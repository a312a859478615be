"""Where finished reports are kept: a folder of this machine, or a place that an fsspec URL names. No file is ever half.

Both answer `(place / name).exists()` and `(place / name).unlink(missing_ok=True)`, as a path does; name: "folder/file".
"""

from __future__ import annotations

import posixpath
import secrets
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from oshlib import whole
from oshlib.errors import OshError
from oshlib.jobs import PART

# A put into these is seen whole or not at all; a move would be a second copy.
_OBJECTS = {"s3", "s3a", "gs", "gcs", "abfs", "abfss", "az", "adl", "oss", "r2", "memory"}


class Folder:
    """A folder of this machine."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def __truediv__(self, name: str) -> Path:
        return self._root / name

    def put(self, name: str, data: bytes) -> None:
        """Write a file, whole or not at all. Errors: OSError."""
        whole.put(self / name, data, sync=False)  # one that a crash of the machine took is made again


class Store:
    """A place that an fsspec URL names, such as file:///shared/reports or s3://bucket/reports."""

    def __init__(self, url: str) -> None:
        """Errors: OshError where the URL names no place that can be reached from here."""
        import fsspec

        self.url = url
        try:
            self._system, self._root = fsspec.url_to_fs(url)
        except (ImportError, OSError, ValueError) as fault:
            raise OshError(f"--store: found {url!r}, which cannot be used: {fault}") from None
        protocol = self._system.protocol
        self._whole = bool(_OBJECTS & {protocol, *([] if isinstance(protocol, str) else protocol)})

    def put(self, name: str, data: bytes) -> None:
        """Write a file, whole or not at all. Errors: as the file system's, most of them OSError."""
        file = self._path(name)
        if self._whole:
            self._system.pipe_file(file, data)
            return
        folder = posixpath.dirname(file)
        self._system.makedirs(folder, exist_ok=True)
        part = f"{folder}/{PART}{secrets.token_hex(8)}"
        self._system.pipe_file(part, data)
        self._system.mv(part, file)

    def has(self, name: str) -> bool:
        """Whether the file is there at this moment."""
        self._system.invalidate_cache()
        return bool(self._system.exists(self._path(name)))

    def remove(self, name: str) -> None:
        """Remove a file that is there. Errors: as the file system's."""
        self._system.rm_file(self._path(name))

    def sweep(self) -> None:
        """Remove what was begun and not finished."""
        for name in [name for name in self._names if posixpath.basename(name).startswith(PART)]:
            _Held(self, name).unlink(missing_ok=True)

    def __truediv__(self, name: str) -> _Held:
        return _Held(self, name)

    @cached_property
    def _names(self) -> set[str]:
        """What the place held when it was first asked: one listing, not a request for each of a million reports."""
        self._system.invalidate_cache()
        try:
            found = self._system.find(self._root)
        except FileNotFoundError:
            return set()
        start = len(self._path(""))
        return {path[start:] for path in found}

    def _path(self, name: str) -> str:
        return f"{self._root.rstrip('/')}/{name}"


class _Held:
    """A file of a store, as far as the index asks for one."""

    def __init__(self, store: Store, name: str) -> None:
        self._store, self._name = store, name

    def exists(self) -> bool:
        return self._name in self._store._names

    def unlink(self, missing_ok: bool) -> None:
        if missing_ok and not self.exists():
            return
        self._store.remove(self._name)
        self._store._names.discard(self._name)


def put_all(place: Any, files: Mapping[str, bytes]) -> None:
    """Write the files of one report, the page last: once it is there the report is."""
    for name in sorted(files, key=lambda name: name.endswith(".html")):
        place.put(name, files[name])
