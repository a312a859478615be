"""Solving for what is possible: many targets at once first, then one at a time, then what to hide."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, linprog, milp

from oshlib.disclosure.model import Mask
from oshlib.disclosure.world import TOLERANCE, Key, Row, World
from oshlib.exact import Floats

#: Fewer open questions than this are put one by one.
_FEW = 40
#: What a unit counts by which a witness departs from what some other company knows, where a target met counts 1 to 2.
_DEPARTING = 0.03


def pinned(world: World) -> tuple[int, int] | None:
    """A target and an attacker (0: an outsider) that can pin it down, or None; what is learned on the way is kept.

    The outsider first: what everybody can work out need not be asked for each company.
    """
    if found := _first(world, 0):
        return found
    _sweeps(world)
    for attacker in np.flatnonzero(world.open().any(axis=0)):
        if found := _first(world, int(attacker)):
            return found
    return None


def remedy(world: World, target: int, attacker: int) -> Key | None:
    """Which shown figure to hide: the smallest one that is enough by itself, else the one that helps most.

    Only a row with a price in the solution can help: with all others standing, the same proof pins the target. The
    total goes last. None: nothing that can be hidden helps.
    """
    rows = world.shown()
    saved = world.high.copy(), world.low.copy()
    mendable = _settled(world, target, attacker, [r for r in rows if r.key is None])
    world.high, world.low = saved
    if not mendable:
        return None
    binding = [r for r in _binding(world, target, attacker, rows) if r.key is not None]
    truth = world.truth.ravel()
    binding.sort(key=lambda r: (r.last, float((world.left([r]) @ truth)[0]), r.key))
    best: tuple[bool, float] = (True, -np.inf)
    chosen = None
    for row in binding:
        saved = world.high.copy(), world.low.copy()
        # What this shows to be possible is so only once the row is hidden: it is kept if that is done.
        if _settled(world, target, attacker, [r for r in rows if r is not row]):
            return row.key
        wider = float(world.high[target, attacker] - world.low[target, attacker])
        world.high, world.low = saved
        if (not row.last, wider) > (not best[0], best[1]):
            best, chosen = (row.last, wider), row.key
    return chosen


def _first(world: World, attacker: int) -> tuple[int, int] | None:
    if world.open()[:, attacker].sum() > _FEW:
        _sweep(world, _only(world, attacker))
    for target in map(int, np.flatnonzero(world.open()[:, attacker])):
        if not world.settled(target, attacker) and not _settled(world, target, attacker, world.shown()):
            return target, attacker
    return None


def _only(world: World, attacker: int) -> Mask:
    known = np.zeros(world.attackers, bool)
    known[attacker] = attacker > 0
    return known


def _sweeps(world: World) -> None:
    """Witnesses that agree with half of the companies at a time, by the bits of their numbers: any two differ in one.

    All of them at once would leave too little room: a hidden count of three may be one case of each of three.
    """
    _sweep(world, _only(world, 0))
    for turn in range(16):
        companies = np.flatnonzero(world.open()[:, 1:].any(axis=0)) + 1
        if world.open().sum() <= _FEW:
            return
        bit = turn // 2 % max(1, int(len(companies) - 1).bit_length())
        known = np.zeros(world.attackers, bool)
        known[companies[(np.arange(len(companies)) >> bit) & 1 == turn % 2]] = True
        _sweep(world, known)


def _sweep(world: World, known: Mask) -> None:
    """Witnesses for many targets at once, for as long as they settle a good part of what is open."""
    before, left = np.inf, world.open().sum()
    while 0 < left < 0.8 * before:
        before = left
        for up in (True, False):
            _together(world, known, up)
        left = world.open().sum()


def _together(world: World, known: Mask, up: bool) -> None:
    """One witness for many targets, up or down: each counts by how near it comes to what it needs, at most 1 to 2."""
    asked, need = _needs(world, known, up)
    if not len(asked):
        return
    low, high = world.bounds(known)
    least, most = world.bounds(np.ones(world.attackers, bool))
    under, over = np.flatnonzero(least > low), np.flatnonzero(most < high)
    n, m, u, v = len(low), len(asked), len(under), len(over)
    # The unknowns; each target's sum as far as it counts; how far the solution lies below or above what the other
    # companies know, at a small price, so that it agrees with most of them as well.
    left = sparse.vstack([
        sparse.hstack([world.sums[asked], -sparse.eye_array(m), sparse.csr_array((m, u + v))]),
        sparse.hstack([_picked(under, n), sparse.csr_array((u, m)), sparse.eye_array(u, u + v)]),
        sparse.hstack([_picked(over, n), sparse.csr_array((v, m)), -sparse.eye_array(v, u + v, k=u)]),
    ], format="csr")  # fmt: skip
    bottom = np.concatenate([np.full(m, 0.0 if up else -np.inf), least[under], np.full(v, -np.inf)])
    top = np.concatenate([np.full(m, np.inf if up else 0.0), np.full(u, np.inf), most[over]])
    # Unequal weights, or what is short would be shared out and nobody get enough.
    weight = (1.0 + np.arange(m) / m) / np.maximum(need, 1.0)
    unit = 1.0 if world.whole else max(1.0, float(world.own.max(initial=1.0)))
    price = np.concatenate([np.zeros(n), -weight if up else weight, np.full(u + v, _DEPARTING / unit)])
    ends = (np.zeros(m), need) if up else (need, np.full(m, np.inf))
    box = Bounds(
        np.concatenate([low, ends[0], np.zeros(u + v)]), np.concatenate([high, ends[1], np.full(u + v, np.inf)])
    )
    limits = [LinearConstraint(left, bottom, top), *_rows(world, world.shown(), m + u + v)]
    found = milp(price, bounds=box, constraints=limits)
    if found.x is not None:
        _take(world, found.x[:n], world.shown())


def _needs(world: World, known: Mask, up: bool) -> tuple[Any, Floats]:
    """The targets that are open to the known companies or the outsider, and how far each of them must reach."""
    open_ = world.open()
    open_[:, ~known & (np.arange(world.attackers) > 0)] = False
    if not known.any():
        open_ = world.open()
    truth = world.sums @ world.truth.ravel()
    if up:
        need = np.where(open_, np.maximum(world.want_high, world.low + world.apart), -np.inf).max(axis=1)
        asked = np.flatnonzero(open_.any(axis=1) & (need > truth))
    else:
        need = np.where(open_, np.minimum(world.want_low, world.high - world.apart), np.inf).min(axis=1)
        asked = np.flatnonzero(open_.any(axis=1) & (need < truth))
    return asked, np.maximum(need[asked], 0.0)


def _picked(which: Any, n: int) -> sparse.csr_array:
    return sparse.csr_array((np.ones(len(which)), (np.arange(len(which)), which)), shape=(len(which), n))


def _settled(world: World, target: int, attacker: int, rows: Sequence[Row]) -> bool:
    """Whether the target is open to the attacker, given these rows: solved for most and least, exactly."""
    price = world.sums[[target]].toarray().ravel()
    box = Bounds(*world.bounds(_only(world, attacker)))
    for sign in (-1.0, 1.0):
        # Corners of such tables are nearly always whole; where one is not, whole numbers are asked for.
        for kind in (0, 1) if world.whole else (0,):
            if not world.settled(target, attacker):
                found = milp(
                    sign * price, integrality=np.full(len(price), kind), bounds=box, constraints=_rows(world, rows)
                )
                if found.x is not None and _take(world, found.x, rows):
                    break
    return world.settled(target, attacker)


def _take(world: World, x: Floats, rows: Sequence[Row]) -> bool:
    """Take in a solution as the solver gives it, if it holds once its last digits are put right."""
    solution = np.rint(x) if world.whole else np.maximum(x, 0.0)
    if world.whole and np.abs(solution - x).max(initial=0.0) > TOLERANCE:
        return False
    if rows:
        low, high = np.array([r.low for r in rows]), np.array([r.high for r in rows])
        values, slack = world.left(rows) @ solution, TOLERANCE * np.maximum(1.0, np.abs(low))
        if ((values < low - slack) | (values > high + slack)).any():
            return False
    world.witness(solution)
    return True


def _rows(world: World, rows: Sequence[Row], more: int = 0) -> list[LinearConstraint]:
    if not rows:
        return []
    left = world.left(rows)
    if more:
        left = sparse.hstack([left, sparse.csr_array((len(rows), more))], format="csr")
    return [LinearConstraint(left, [r.low for r in rows], [r.high for r in rows])]


def _binding(world: World, target: int, attacker: int, rows: Sequence[Row]) -> list[Row]:
    """The rows that hold the target: those with a price when it is made as large, or as small, as can be."""
    box = np.column_stack(world.bounds(_only(world, attacker)))
    price = world.sums[[target]].toarray().ravel()
    exact = [r for r in rows if r.low == r.high]
    below = [r for r in rows if r.low != r.high and np.isfinite(r.high)]
    above = [r for r in rows if r.low != r.high and r.low > 0]
    loose = [*(world.left([r]) for r in below), *(-world.left([r]) for r in above)]
    held = set()
    for sign in (-1.0, 1.0):
        found = linprog(
            sign * price, bounds=box, method="highs-ds",
            A_eq=world.left(exact) if exact else None, b_eq=[r.low for r in exact] if exact else None,
            A_ub=sparse.vstack(loose) if loose else None,
            b_ub=[*(r.high for r in below), *(-r.low for r in above)] if loose else None,
        )  # fmt: skip
        if found.status == 0:
            prices = [*(found.eqlin.marginals if exact else []), *(found.ineqlin.marginals if loose else [])]
            held |= {id(r) for r, p in zip([*exact, *below, *above], prices, strict=True) if abs(p) > TOLERANCE}
    return [r for r in rows if id(r) in held]
