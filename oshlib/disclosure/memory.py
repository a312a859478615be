"""What one report leaves for the next: the figures behind it and what it showed, as plain lists for a JSON file."""

from __future__ import annotations

from typing import Any

import numpy as np

from oshlib.disclosure.model import Cell, Year
from oshlib.errors import OshError

#: The layout of the memory; another one is refused, not guessed at.
VERSION = 2


def keep(found: list[Year], earlier: dict[str, Any] | None, reasons: list[list[Any]]) -> dict[str, Any]:
    """The memory of this report, behind those of the earlier ones; private: it holds every company's figures.

    reasons: year, grouping, group and the rule on companies that each cell breaks.
    """
    before = list(earlier["reports"]) if earlier else []
    return {"version": VERSION, "reports": [*before, {"years": [_plain(y) for y in found], "reasons": reasons}]}


def recall(earlier: dict[str, Any] | None) -> list[Year]:
    """The years of all earlier reports. Errors: OshError where it is not what `keep` left."""
    if not earlier:
        return []
    try:
        if earlier["version"] != VERSION:
            raise OshError(f"earlier: found a memory of version {earlier['version']}, expected {VERSION}")
        return [_year(plain) for report in earlier["reports"] for plain in report["years"]]
    except (KeyError, TypeError, ValueError, IndexError) as fault:
        raise OshError(f"earlier: found {fault!r}, expected the memory of an earlier report") from None


def _plain(year: Year) -> dict[str, Any]:
    cells = [
        {"grouping": c.grouping, "group": c.group, "members": np.flatnonzero(c.members).tolist(),
         "shown": dict(c.shown), "why": dict(c.why)}
        for c in year.cells
    ]  # fmt: skip
    return {
        "year": year.year, "units": list(year.units), "hours": year.hours.tolist(), "least": year.least.tolist(),
        "most": [m if np.isfinite(m) else None for m in year.most.tolist()], "counts": year.counts.tolist(),
        "known": year.known.tolist(), "details": list(year.details), "cells": cells,
        "sums": {name: [list(ids), values.tolist()] for name, (ids, values) in year.sums.items()},
    }  # fmt: skip


def _year(plain: dict[str, Any]) -> Year:
    n = len(plain["units"])
    cells = []
    for line in plain["cells"]:
        members = np.zeros(n, bool)
        members[line["members"]] = True
        cells.append(Cell(line["grouping"], line["group"], members, dict(line["shown"]), dict(line["why"])))
    counts = np.array(plain["counts"], float).reshape(n, len(plain["details"]) + 1)
    sums = {name: (list(ids), np.array(values, float)) for name, (ids, values) in plain["sums"].items()}
    return Year(
        int(plain["year"]), list(plain["units"]), np.array(plain["hours"], float), counts,
        np.array(plain["known"], bool), list(plain["details"]), cells, sums,
        np.array(plain["least"], float), np.array([np.inf if m is None else m for m in plain["most"]], float),
    )  # fmt: skip
