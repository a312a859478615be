"""Audit frameworks: one loader and one scorer for all of them; a framework is a file of data/frameworks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from oshlib.frameworks.bands import COMPARE, Banded, bands
from oshlib.frameworks.load import available, load
from oshlib.frameworks.model import Framework, Node
from oshlib.frameworks.score import Scores, score_sheets
from oshlib.frameworks.sheets import Sheets, of_mapping, of_table

__all__ = [
    "COMPARE", "Banded", "Framework", "Node", "Scores", "Sheets", "available", "bands", "load", "of_mapping",
    "of_table", "score", "score_sheets", "table",
]  # fmt: skip


def score(framework: Framework, answers: Mapping[Any, Any] | pd.DataFrame, compare: str = "rounding") -> Any:
    """Points, range, and band of one answer sheet or of many.

    answers: a long table (columns unit, item, answer, and date, method ... where there are any), which gives back the
    table SCORES, one row a unit, date and node; or a mapping from item, or (item, method), to an answer or an array of
    them, which gives back a mapping of the same shape: points, low, high, least, most, answered, unanswered,
    unexamined, band, and nodes (the points of each). Points are those of what was answered; None or NaN where nothing
    was, or where the framework gives no total without all of its parts. low and high are the least and the most that
    the items in the base could give, least and most what the total can still become; the band is given where both
    ends have the same. The number of findings may stand in the mapping under "findings".
    Errors: OshError on an item that the framework does not have and an answer outside its scale.

    >>> best = {item.id: "A" for item in load("safe").items}
    >>> found = score(load("safe"), best | {"SAFE-I.1": "B"})
    >>> found["points"], found["high"], found["answered"], found["unanswered"]
    (107.0, 108.0, 27, 0)
    """
    if isinstance(answers, pd.DataFrame):
        scores = score_sheets(framework, of_table(framework, answers), rounded=compare != "absolute")
        return table(framework, scores, bands(framework, scores, compare))
    sheets, single = of_mapping(framework, answers)
    scores = score_sheets(framework, sheets, rounded=compare != "absolute")
    banded = bands(framework, scores, compare)
    root = scores.of(framework.id)
    found: dict[str, Any] = {"points": _points(root)}
    found |= {k: np.asarray(getattr(root, k), dtype=float) for k in ("low", "high", "least", "most")}
    found |= {k: np.asarray(getattr(root, k), dtype=int) for k in ("answered", "unanswered", "unexamined")}
    found["band"] = _named(framework, banded.final)
    found["nodes"] = {n: _points(scores.of(n)) for n, one in framework.nodes.items() if one.scored}
    return _first(found) if single else found


def table(framework: Framework, scores: Scores, banded: Banded) -> pd.DataFrame:
    """SCORES: one row a sheet and node, in the order of the file; the band stands in the row of the root."""
    nodes = list(framework.nodes.values())
    n, k = scores.sheets.n, len(nodes)
    parts = [scores.of(node.id) for node in nodes]

    def column(name: str, kind: Any = float) -> Any:
        return np.stack([np.asarray(getattr(p, name), dtype=kind) for p in parts], axis=1).ravel()

    found = pd.DataFrame({
        "unit": np.repeat(scores.sheets.keys["unit"].to_numpy(), k),
        "framework": framework.id,
        "date": np.repeat(scores.sheets.keys["date"].to_numpy(), k),
        "node": np.tile([x.id for x in nodes], n),
        "parent": np.tile([x.parent for x in nodes], n),
        "depth": np.tile([x.depth for x in nodes], n),
        "title": np.tile([x.title for x in nodes], n),
        "weight": np.tile([float(x.weight) for x in nodes], n),
        "points": np.stack([_points(p) for p in parts], axis=1).ravel(),
        **{name: column(name) for name in ("low", "high", "least", "most")},
        **{name: column(name, int) for name in ("answered", "unanswered", "unexamined")},
        "mean": np.stack([_means(p, n) for p in parts], axis=1).ravel(),
    })  # fmt: skip
    found["band"] = ""
    found.loc[found["node"].eq(framework.id), "band"] = [b or "" for b in _named(framework, banded.final)]
    return found


def _means(part: Any, n: int) -> Any:
    return np.full(n, np.nan) if part.mean is None else np.asarray(part.mean, dtype=float)


def _points(part: Any) -> Any:
    return np.where(part.known, np.asarray(part.points, dtype=float), np.nan)


def _named(framework: Framework, places: Any) -> Any:
    ids = np.array([*(b.id for b in framework.bands), None], dtype=object)
    return ids[places]


def _first(found: Mapping[str, Any]) -> dict[str, Any]:
    """The one sheet that there is, as plain values; None where there is none."""
    one = {k: _first(v) if isinstance(v, Mapping) else v[0] for k, v in found.items()}
    return {k: None if v is None or v != v else v.item() if isinstance(v, np.generic) else v for k, v in one.items()}
