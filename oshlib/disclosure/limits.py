"""What everybody knows to bound a company's figure, such as the ends of its size, and what is open beside it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from oshlib.exact import Floats

#: Of the size of the numbers compared: a sum that falls short by less does so by rounding.
_ROUNDING = 1e-9


@dataclass(frozen=True)
class Limits:
    """Figures as their distance from the least that is known of each: an attacker has only that left to find.

    Each of shape (companies,), in the unit of the figures. own: the truth; room: the most it can be; up and down: how
    far the most and the least of it must stay open. Seen from the ceiling (`mirrored`) the least is a most.
    """

    own: Floats
    room: Floats
    up: Floats
    down: Floats

    @classmethod
    def of(cls, figures: Floats, least: Floats, most: Floats, share: float) -> Limits:
        """least, most: 0 and infinity where nothing is known. share: nobody may come nearer, unless by these alone."""
        # An interval around zero is never within a share of it: 1 is the least that must stay open.
        up = np.minimum(np.maximum((1 + share) * figures, 1.0), most) - least
        down = np.maximum((1 - share) * figures, least) - least
        # A number in place of infinity, as ceilings are added and taken away again; nothing comes near it.
        room = np.minimum(most - least, 10.0 * figures.sum() + 100.0)
        return cls(figures - least, room, up, down)

    @property
    def mirrored(self) -> Limits:
        """The same from the ceiling down."""
        return Limits(self.room - self.own, self.room, self.room - self.down, self.room - self.up)

    @property
    def wanted(self) -> Floats:
        """What the sum of all must be able to reach: for an outsider, then for each company, which knows its own.

        Anybody else may have what the sum leaves once the attacker's own and the least of all others are gone.
        """
        largest = int(self.up.argmax())
        others = np.full(len(self.up) + 1, self.up[largest])
        others[largest + 1] = np.delete(self.up, largest).max(initial=0.0)
        return np.asarray(others + np.concatenate([[0.0], self.own]))

    @property
    def told(self) -> bool:
        """Whether the sum alone, with the limits, tells anybody's figure to somebody.

        >>> three = np.array([520_000.0, 600_000.0, 650_000.0])
        >>> [Limits.of(three, np.full(3, least), np.full(3, np.inf), 0.15).told for least in (0, 5e5)]
        [False, True]
        """
        return len(self.own) > 0 and any(
            (side.own.sum() < side.wanted - _ROUNDING * np.maximum(1.0, side.wanted)).any()
            for side in (self, self.mirrored)
        )
