"""Files that are whole or not there at all: what is half written never stands under its name.

Whoever is killed in the middle of it leaves a hidden file, `.half-` and some letters, that nobody reads.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
from pathlib import Path


def put(file: Path, data: bytes, *, private: bool = False, sync: bool = True) -> None:
    """Write a file, with its folder, in place of the one that is there.

    private: nobody else may read it; else a new file is as the system makes it, another one keeps its mode.
    sync: wait until it is on the disk, for what cannot be made again. Errors: OSError, and the file is as it was.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     put(Path(folder) / "a" / "b.txt", b"all of it")
    ...     [path.name for path in Path(folder).rglob("*.*")], (Path(folder) / "a" / "b.txt").read_bytes()
    (['b.txt'], b'all of it')
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_name(f".half-{secrets.token_hex(8)}")
    try:
        with open(part, "xb", opener=_private if private else None) as out:  # Path.open takes no opener
            out.write(data)
            if sync:
                out.flush()
                os.fsync(out.fileno())
        if file.exists() and not private:
            with contextlib.suppress(OSError):  # where a file system knows no modes
                shutil.copymode(file, part)
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
