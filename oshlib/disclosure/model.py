"""What is published, by which rules, and the figures of one year that they are applied to."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from oshlib.exact import Floats

Mask = NDArray[np.bool_]

#: What `why` can say of a cell, in words for a page. The three rules on companies share one word on purpose: "fewer
#: than three companies" would give away that there are one or two.
WHY = {
    "": "",
    "primary": "too few companies, or one of them too large",
    "small": "fewer than five",
    "complement": "hidden so that others cannot be worked out",
    "difference": "hidden so that the change since an earlier report gives nobody away",
}


@dataclass(frozen=True)
class Rules:
    """When a cell may be shown.

    least_companies: fewer hide a cell. most_share: a company above this share of the cell hides it (exactly this
    share passes). least_remainder: so does what is left without the two largest, where it is below this share of the
    largest; the same share is the closest that anybody may come to another's hours. small: counts below it are shown
    as "<5". least_range: the least that the most and the least of a hidden count must lie apart.
    Source: BLS Handbook of Methods, chapter 9 (companies, 60%, case details below five); Statistical Policy Working
    Paper 22 (FCSM 2005), chapter IV, the p-percent rule with p = 15.

    >>> Rules().least_companies, Rules().most_share
    (3, 0.6)
    """

    least_companies: int = 3
    most_share: float = 0.60
    least_remainder: float = 0.15
    small: int = 5
    least_range: int = 3

    @property
    def sentence(self) -> str:
        """The rule as it stands in the footer of a page.

        >>> print(Rules().sentence[:51])
        A figure is shown only where at least 3 companies s
        """
        return (
            f"A figure is shown only where at least {self.least_companies} companies stand behind it, none of them "
            f"has more than {self.most_share:.0%} of the hours or cases, and what is left without the two largest is "
            f"at least {self.least_remainder:.0%} of the largest; counts below {self.small} are shown as "
            f"<{self.small}; further figures are hidden until no hidden count can be worked out to a range below "
            f"{self.least_range}, nor anybody's hours to within {self.least_remainder:.0%}, from this report, an "
            f"earlier one, or with one company's own figures."
        )


@dataclass(frozen=True)
class Published:
    """What may be shown; nothing in it but `memory` is private.

    cells: one row a year, grouping ("" for the total), group, quantity, with value (NaN where not shown), shown
    ("yes", "<5", "hidden") and why (a key of WHY). rule: the footer. suppressed: how many cells (a year and group)
    have a hidden figure. left_out: year, quantity ("all", "details" or one of the sums), companies: how many are in
    no sum of it because their figures are missing. memory: the company figures behind the report and what was
    shown, plain lists and dicts for a JSON file, to be kept where nobody sees it and passed to the next report as
    `earlier`.
    """

    cells: pd.DataFrame
    rule: str
    suppressed: int
    left_out: pd.DataFrame
    memory: dict[str, Any]


@dataclass
class Cell:
    """One line of the table: its members among the counted companies of the year, and what is shown of each figure."""

    grouping: str
    group: str
    members: Mask
    shown: dict[str, str] = field(default_factory=dict)
    why: dict[str, str] = field(default_factory=dict)

    def hide(self, quantity: str, why: str) -> None:
        """Hide one figure; the first reason stands."""
        if self.shown.get(quantity) != "hidden":
            self.shown[quantity], self.why[quantity] = "hidden", why


@dataclass
class Year:
    """The companies of one year that can be summed, their figures, and the cells; one report's view of that year.

    least, most: what everybody knows to bound the hours; 0 and infinity where nothing is known.
    counts: shape (companies, details + 1); a company whose details are unknown has its cases in the last column,
    every other one has zero there. sums: for each name the ids and values of the companies that have it.
    """

    year: int
    units: list[str]
    hours: Floats
    counts: Floats
    known: Mask
    details: list[str]
    cells: list[Cell]
    sums: dict[str, tuple[list[str], Floats]]
    least: Floats
    most: Floats
    left_out: dict[str, int] = field(default_factory=dict)

    @property
    def quantities(self) -> list[str]:
        """The figures of every cell, in the order of the table."""
        return ["companies", "hours", "cases", *self.details]

    def figures(self, quantity: str, members: Mask) -> Floats:
        """One figure of each member; details only of those that have them."""
        if quantity in self.details:
            return np.asarray(self.counts[members & self.known, self.details.index(quantity)])
        if quantity == "companies":
            return np.ones(int(members.sum()))
        return np.asarray(self.hours[members] if quantity == "hours" else self.counts[members].sum(axis=1))
