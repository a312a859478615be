"""What an attacker knows of one quantity, as a linear program, and a record of what it has not been able to pin down.

Companies that stand in the same published sums are alike to whoever solves for them, so the unknowns are the totals
of such companies (atoms), one for each column (a detail; hours have one). A solution that agrees with all that is
published is a witness: what it shows to be possible stays possible when more is hidden. So every target keeps the
least and the most that any witness gave it, for the outsider and for each company that the witness agrees with, and
only what no witness has settled is ever solved for by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from oshlib.disclosure.limits import Limits
from oshlib.disclosure.model import Mask
from oshlib.exact import Floats

Key = tuple[int, str]
#: Of the size of the numbers compared; solutions are exact to about 1e-9 of them.
TOLERANCE = 1e-6


@dataclass
class Row:
    """A published sum, over some companies and columns: it lies from low to high. Without a key it stays."""

    members: Mask
    columns: list[int]
    low: float
    high: float
    key: Key | None = None
    last: bool = False


@dataclass
class Target:
    """A sum that must not be known: its most and least `span` apart, or `margin` to either side of the truth."""

    members: Mask
    columns: list[int]
    span: float = 0.0
    margin: float = 0.0
    key: Key | None = None


@dataclass
class World:
    """One quantity of one year.

    owner: shape (entities,), the company of each; amounts: (entities, columns), the truth; allowed: (entities,
    columns), where it can be other than zero. whole: counts. limits: of each entity; its amount is what lies above
    the least, and each company's own is protected by them; span: or by this range; neither: only targets. alone: a
    company that is an atom by itself knows so. current: the entity of each company of the report that is being made.
    """

    owner: NDArray[np.int64]
    amounts: Floats
    allowed: Mask
    rows: list[Row]
    targets: list[Target]
    whole: bool
    limits: Limits | None = None
    span: float = 0.0
    alone: bool = True
    current: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    hidden: set[Key] = field(default_factory=set)
    small: set[Key] = field(default_factory=set)

    def __post_init__(self) -> None:
        sets = [r.members for r in self.rows] + [t.members for t in self.targets] + list(self.allowed.T)
        _, first, self.atom = np.unique(np.array(sets).T, axis=0, return_index=True, return_inverse=True)
        self.atom = self.atom.ravel()
        self.columns, self.atoms = self.amounts.shape[1], len(first)
        self.truth = np.zeros((self.atoms, self.columns))
        np.add.at(self.truth, self.atom, self.amounts)
        self.free = self.allowed[first]
        # One line for each company and atom that it is in: what it knows of that atom.
        pairs, line = np.unique(np.column_stack([self.owner, self.atom]), axis=0, return_inverse=True)
        self.who, self.where = pairs.T
        self.own = np.zeros((len(pairs), self.columns))
        np.add.at(self.own, line.ravel(), self.amounts)
        self.crowd = np.bincount(self.where, minlength=self.atoms)
        self.attackers = int(self.owner.max(initial=-1)) + 2
        self._ceilings(line.ravel())
        self._rows = {id(r): sparse.csr_array(self.vector(r.members, r.columns)[None, :]) for r in self.rows}
        self.high = self.low = np.zeros((0, self.attackers))
        self.exempt = np.zeros((0, self.attackers), bool)
        self._last: tuple[tuple[int, ...], Any] = ((), None)
        self._lines: list[tuple[Any, ...]] = []
        self.keys: list[Key | None] = []
        for target in self.targets:
            self._target(target)
        if self.limits or self.span:
            self._companies()
        self._build()

    def _ceilings(self, line: NDArray[np.int64]) -> None:
        """The most of every unknown; and for who stands in it, which knows its own and what room the others have."""
        high = self.limits.up.sum() if self.limits else self.truth.sum()
        self.top = np.where(self.free, 10.0 * high + 100.0, 0.0)
        self.most = np.full(self.own.shape, np.inf)
        if self.limits:
            # Somebody who is in an atom twice, with figures before and after a revision, has the sums of both.
            parts = (np.bincount(line, v, len(self.own)).astype(float) for v in vars(self.limits).values())
            self.own_limits = Limits(*parts)
            room = self.own_limits.room
            whole = np.bincount(self.where, room, self.atoms)
            self.top = np.minimum(self.top, whole[:, None])
            self.most = self.own + (whole[self.where] - room)[:, None]
        sole = (self.crowd[self.where] == 1) & self.alone
        self.most[sole] = self.own[sole]

    def vector(self, members: Mask, columns: list[int]) -> Floats:
        """The sum over members and columns as coefficients of the unknowns."""
        chosen = np.zeros((self.atoms, self.columns))
        chosen[np.unique(self.atom[members])[:, None], columns] = 1.0
        return np.asarray((chosen * self.free).ravel())

    def add(self, target: Target) -> None:
        """One more sum that must not be known."""
        self._target(target)
        self._build()

    def _target(self, target: Target) -> None:
        """Nobody is protected from what is all its own."""
        vector = self.vector(target.members, target.columns)
        value = float(vector @ self.truth.ravel())
        owners = np.unique(self.owner[target.members])
        mine = np.zeros(self.attackers)
        np.add.at(mine, self.who + 1, (self.own * vector.reshape(self.truth.shape)[self.where]).sum(axis=1))
        exempt = np.full(self.attackers, not len(owners))
        exempt[owners + 1] |= len(owners) == 1
        low = np.maximum(mine, value - target.margin) if target.margin else np.inf
        high = np.full(self.attackers, float(vector @ self.top.ravel()))
        less = np.minimum(self.most - self.top[self.where], 0.0) * vector.reshape(self.truth.shape)[self.where]
        np.add.at(high, self.who + 1, less.sum(axis=1))
        high = np.minimum(value + target.margin, high)
        self._append(vector, value, high, low, target.span, value, exempt, target.key)

    def _companies(self) -> None:
        """Each atom stands for the company in it that is easiest to pin down, whoever attacks."""
        for atom in range(self.atoms):
            self._company(atom, np.flatnonzero(self.where == atom))

    def _company(self, atom: int, here: NDArray[np.int64]) -> None:
        vector = np.zeros((self.atoms, self.columns))
        vector[atom] = self.free[atom]
        value = float(self.truth[atom].sum())
        others = np.full(self.attackers, len(here))
        others[self.who[here] + 1] -= 1
        if self.limits:
            of = Limits(*(v[here] for v in vars(self.own_limits).values()))
            up, down = np.full(self.attackers, of.wanted[0]), np.full(self.attackers, of.mirrored.wanted[0])
            up[self.who[here] + 1], down[self.who[here] + 1] = of.wanted[1:], of.mirrored.wanted[1:]
            self._append(vector.ravel(), value, up, of.room.sum() - down, 0.0, value, others == 0, None)
        else:
            # With two others or more each of them may have nothing, or (nearly) all.
            mine = np.zeros(self.attackers)
            mine[self.who[here] + 1] = self.own[here].sum(axis=1)
            least = np.where(others > 1, mine, value)
            self._append(vector.ravel(), value, 0.0, np.inf, self.span, least, others == 0, None)

    def _append(
        self, vector: Floats, value: float, up: Any, down: Any, apart: float, least: Any, exempt: Mask, key: Key | None
    ) -> None:
        self._lines.append((vector, up, down, apart, value, least, exempt))
        self.keys.append(key)

    def _build(self) -> None:
        """Targets by attackers, as arrays; the most and least seen of earlier targets stay."""
        old = self.high, self.low, self.exempt
        if not self._lines:
            self._lines = [(np.zeros(self.truth.size), 0.0, np.inf, 0.0, 0.0, 0.0, True)]
            self.keys = [None]
        self.sums = sparse.csr_array(np.array([line[0] for line in self._lines]))
        self.want_high, self.want_low, self.apart, self.high, self.low = (
            np.array([np.broadcast_to(line[i], self.attackers) for line in self._lines], float) for i in range(1, 6)
        )
        self.exempt = np.array([np.broadcast_to(line[6], self.attackers) for line in self._lines], bool)
        n = len(old[0])
        self.high[:n], self.low[:n], self.exempt[:n] = old

    def left(self, rows: Sequence[Row]) -> sparse.csr_array:
        """The rows as coefficients of the unknowns, one line each."""
        names = tuple(map(id, rows))
        if self._last[0] != names:
            self._last = names, sparse.vstack([self._rows[n] for n in names], format="csr")
        return self._last[1]

    def shown(self) -> list[Row]:
        """The rows that are known now."""
        return [r for r in self.rows if r.key is None or r.key not in self.hidden]

    def open(self) -> Mask:
        """Targets by attackers that no witness has settled."""
        slack = TOLERANCE * np.maximum(1.0, np.abs(self.high))
        settled = (self.high >= self.want_high - slack) & (self.low <= self.want_low + slack)
        settled &= self.high - self.low >= self.apart - slack
        asked = np.array([k is None or k in self.hidden or k in self.small for k in self.keys], bool)
        return np.asarray(~settled & ~self.exempt & asked[:, None])

    def settled(self, target: int, attacker: int) -> bool:
        """The same for one of them, whether or not it is asked for."""
        at = target, attacker
        slack = TOLERANCE * max(1.0, abs(float(self.high[at])))
        enough = self.high[at] >= self.want_high[at] - slack and self.low[at] <= self.want_low[at] + slack
        return bool(enough and self.high[at] - self.low[at] >= self.apart[at] - slack)

    def agrees(self, solution: Floats) -> Mask:
        """Which attackers the solution agrees with; the outsider (the first) always."""
        y, slack = solution.reshape(self.truth.shape)[self.where], TOLERANCE * np.maximum(1.0, self.own)
        fits = ((y >= self.own - slack) & (y <= self.most + slack)).all(axis=1)
        agreed = np.ones(self.attackers, bool)
        np.logical_and.at(agreed, self.who + 1, fits)
        return agreed

    def witness(self, solution: Floats) -> None:
        """Take in what a solution shows to be possible."""
        agreed, values = self.agrees(solution)[None, :], (self.sums @ solution)[:, None]
        self.high = np.where(agreed, np.maximum(self.high, values), self.high)
        self.low = np.where(agreed, np.minimum(self.low, values), self.low)

    def bounds(self, attackers: Mask) -> tuple[Floats, Floats]:
        """The least and most of every unknown, given what all these companies know of their own."""
        low, high = np.zeros(self.truth.shape), self.top.copy()
        know = attackers[self.who + 1]
        np.maximum.at(low, self.where[know], self.own[know])
        np.minimum.at(high, self.where[know], self.most[know])
        return low.ravel(), high.ravel()
