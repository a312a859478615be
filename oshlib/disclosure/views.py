"""One year as it stands in this report and in earlier ones, made into the worlds that are solved."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from oshlib.disclosure.limits import Limits
from oshlib.disclosure.model import Cell, Mask, Rules, Year
from oshlib.disclosure.world import Row, Target, World

Index = NDArray[np.int64]


def hours(year: Year, earlier: Sequence[Year], rules: Rules) -> World:
    """The hours above the least that is known of each. A company whose hours were revised since is there twice."""
    views = [*earlier, year]
    keys, at = _entities([list(zip(v.units, v.hours.tolist(), strict=True)) for v in views])
    least, most = np.zeros(len(keys)), np.full(len(keys), np.inf)
    for view, where in zip(views, at, strict=True):
        np.maximum.at(least, where, view.least)
        np.minimum.at(most, where, view.most)
    limits = Limits.of(np.array([h for _, h in keys], float), least, most, rules.least_remainder)
    rows = _rows(year, views, at, ["hours"], len(keys), lambda *_: [0])
    for row in rows:
        known = float(least[row.members].sum())
        row.low, row.high = row.low - known, row.high - known
    return _amounts(keys, limits, rows, at[-1])


def companies(year: Year, earlier: Sequence[Year], rules: Rules) -> World:
    """How many companies stand behind each line; who is where is not known, but every line has at least one."""
    views = [*earlier, year]
    keys, at = _entities([v.units for v in views])
    ones = np.ones((len(keys), 1))
    rows = _rows(year, views, at, ["companies"], len(keys), lambda *_: [0])
    rows += [
        Row(_inside(at[i], cell.members, len(keys)), [0], 1.0, np.inf)
        for i, view in enumerate(views)
        for cell in view.cells
        if cell.members.any()
    ]
    targets = [
        Target(_inside(at[-1], cell.members, len(keys)), [0], span=rules.least_range, key=(c, "companies"))
        for c, cell in enumerate(year.cells)
    ]
    return _hidden(World(_owners(keys), ones, ones > 0, rows, targets, whole=True, alone=False, current=at[-1]), year)


def counts(year: Year, earlier: Sequence[Year], rules: Rules) -> World:
    """Cases and details. The details of all reports are columns, and one more for cases whose details are unknown."""
    views = [*earlier, year]
    names = list(dict.fromkeys(d for v in views for d in v.details))
    lines = [[_line(v, i, names) for i in range(len(v.units))] for v in views]
    told = {(u, sum(c)): (u, c) for line in lines for u, c in line if c[-1] == 0}
    # Details that one report lacks and another one has, for the same cases, are the same company's same figures.
    keys, at = _entities([[told.get((u, sum(c)), (u, c)) if c[-1] > 0 else (u, c) for u, c in line] for line in lines])
    amounts = np.array([c for _, c in keys], float).reshape(len(keys), len(names) + 1)
    allowed = np.zeros(amounts.shape, bool)
    for view, where in zip(views, at, strict=True):
        columns = [names.index(d) for d in view.details]
        allowed[where[view.known][:, None], columns] = True
        allowed[where[~view.known | (not view.details)], -1] = True
    allowed[allowed[:, :-1].any(axis=1), -1] = False

    def columns_of(view: Year, quantity: str) -> list[int]:
        return list(range(len(names) + 1)) if quantity == "cases" else [names.index(quantity)]

    rows = _rows(year, views, at, ["cases", *names], len(keys), columns_of)
    targets = [
        Target(_inside(at[-1], _behind(year, cell, q), len(keys)), columns_of(year, q), rules.least_range, key=(c, q))
        for c, cell in enumerate(year.cells)
        for q in ("cases", *year.details)
    ]
    owner = _owners([u for u, _ in keys])
    return _hidden(
        World(owner, amounts, allowed, rows, targets, whole=True, span=rules.least_range, current=at[-1]), year
    )


def added(year: Year, earlier: Sequence[Year], name: str, rules: Rules) -> World:
    """A figure that is shown in total only: one row a report."""
    views = [v for v in (*earlier, year) if name in v.sums]
    keys, at = _entities([list(zip(v.sums[name][0], v.sums[name][1].tolist(), strict=True)) for v in views])
    values = np.array([x for _, x in keys], float)
    limits = Limits.of(values, np.zeros(len(keys)), np.full(len(keys), np.inf), rules.least_remainder)
    rows = []
    for view, where in zip(views, at, strict=True):
        shown = view.cells[0].shown[name]
        if shown != "hidden":
            value = float(view.sums[name][1].sum())
            ends = (value, value) if shown == "yes" else (0.0, float(shown[1:]) - 1)
            key = (0, name) if view is year else None
            rows.append(Row(_inside(where, np.ones(len(where), bool), len(keys)), [0], *ends, key, last=True))
    return _amounts(keys, limits, rows, at[-1])


def _amounts(keys: Sequence[tuple[str, float]], limits: Limits, rows: list[Row], current: Index) -> World:
    owner, amounts = _owners([u for u, _ in keys]), limits.own.reshape(-1, 1)
    return World(owner, amounts, amounts >= 0, rows, [], whole=False, limits=limits, current=current)


def entities_of(world: World, members: Mask) -> Mask:
    """Members of this year's report among the entities of a world."""
    return _inside(world.current, members, len(world.owner))


def _line(year: Year, i: int, names: list[str]) -> tuple[str, tuple[float, ...]]:
    parts = dict(zip(year.details, year.counts[i], strict=False))
    return year.units[i], (*(float(parts.get(d, 0.0)) for d in names), float(year.counts[i, -1]))


def _entities(views: Sequence[Sequence[Any]]) -> tuple[list[Any], list[Index]]:
    keys = {k: i for i, k in enumerate(dict.fromkeys(k for view in views for k in view))}
    return list(keys), [np.array([keys[k] for k in view], int) for view in views]


def _owners(units: Sequence[str]) -> Index:
    return np.unique(np.array(units, dtype=object).astype(str), return_inverse=True)[1].astype(np.int64).ravel()


def _inside(where: Index, members: Mask, n: int) -> Mask:
    inside = np.zeros(n, bool)
    inside[where[members]] = True
    return inside


def _behind(year: Year, cell: Cell, quantity: str) -> Mask:
    return cell.members & year.known if quantity in year.details else cell.members


def _rows(
    year: Year,
    views: Sequence[Year],
    at: Sequence[Index],
    quantities: Sequence[str],
    n: int,
    columns: Callable[[Year, str], list[int]],
) -> list[Row]:
    """What all reports show. What an earlier one has shown of the same companies cannot be hidden again: no key."""
    rows, said = [], set()
    for view, where in zip(views, at, strict=True):
        for c, cell in enumerate(view.cells):
            for quantity in quantities:
                shown = cell.shown.get(quantity, "hidden")
                if shown == "hidden":
                    continue
                value = float(view.figures(quantity, cell.members).sum())
                ends = (value, value) if shown == "yes" else (0.0, float(shown[1:]) - 1)
                members = _inside(where, _behind(view, cell, quantity), n)
                sign = members.tobytes(), tuple(columns(view, quantity)), ends
                key = (c, quantity) if view is year and sign not in said else None
                if view is not year:
                    said.add(sign)
                rows.append(Row(members, columns(view, quantity), *ends, key, last=c == 0))
    return rows


def _hidden(world: World, year: Year) -> World:
    for c, cell in enumerate(year.cells):
        for quantity, shown in cell.shown.items():
            if shown == "hidden":
                world.hidden.add((c, quantity))
            elif shown != "yes":
                world.small.add((c, quantity))
    return world
