"""What a run has finished, line by line: a killed run leaves it to the next one."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

JOURNAL = ".done.jsonl"


class Journal:
    """One line for every report that is finished, as soon as it is; gone once the index tells the same."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / JOURNAL

    def add(self, entry: Mapping[str, Any]) -> None:
        """Write one entry, in one piece; a line that a full disk has torn spoils no other one."""
        line = f"\n{json.dumps(entry)}\n".encode()
        handle = os.open(self._file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        try:
            while line:
                line = line[os.write(handle, line) :]
        finally:
            os.close(handle)

    def read(self) -> list[dict[str, Any]]:
        """All entries, of this run and of those that were killed; a torn line is none."""
        return list(self._lines())

    def _lines(self) -> Iterator[dict[str, Any]]:
        if not self._file.exists():
            return
        with self._file.open("rb") as lines:
            for line in lines:
                try:
                    yield json.loads(line)
                except ValueError:
                    continue

    def clear(self) -> None:
        """Forget it all."""
        self._file.unlink(missing_ok=True)
