"""One report: what it needs, as plain data that any process can take."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

#: What begins so is not finished.
PART = ".part-"

#: Seconds that one report may take where the caller names no limit: a hundred times what one usually takes.
LIMIT = 300.0
#: Bytes that one report may take beyond what it starts with: ten times what the largest one takes.
MEMORY = 4 * 2**30
#: What becomes of the executed notebook of a good report: it stays, is packed (gzip), or is dropped.
KEEP, PACK, DROP = KINDS = ("keep", "pack", "drop")


@dataclass(frozen=True)
class Job:
    """What one report needs, all of it plain data, so that it can be done in any process.

    name: "<notebook>/<slug>", where the report goes below `out`. unit: the name that the report must bear, "" where
    it is about no single unit. made: the run's time stamp. links: for a page on many units, the pages that there are on
    each of them, as (what, where below `out`). earlier: what the report is compared with, of the last good one.
    deidentified: the report is for somebody who needs to know no path and no kernel of this machine. kernel: run the
    cells in a kernel of their own, as plain papermill does, not in this process. notebooks: one of KINDS. made_of: what
    the report is made of, as a digest: the same digest, the same report; "" where nobody asks. folders: the parameters
    that name one; writes: patterns of the files in them that the report itself writes.
    """

    notebook: str
    source: str
    parameters: dict[str, Any]
    name: str
    out: str
    unit: str = ""
    unit_id: str = ""
    made: str = ""
    limit: float = LIMIT
    self_contained: bool = False
    origin: str = ""
    links: dict[str, list[tuple[str, str]]] | None = None
    earlier: dict[str, Any] | None = None
    deidentified: bool = False
    memory: int | None = MEMORY
    kernel: bool = False
    notebooks: str = KEEP
    made_of: str = ""
    folders: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()

    @property
    def place(self) -> str:
        """Where the report goes, without an ending."""
        return f"{self.out}/{self.name}"

    @property
    def part(self) -> Path:
        """The folder that it is made in."""
        folder, _, stem = self.place.rpartition("/")
        return Path(folder) / f"{PART}{stem}"
