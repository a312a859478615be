"""What an inspection plan is made of: lists, the steps that lead to them, and the days that bind. Data, no numbers."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from oshlib.errors import OshError

#: The lists, in the order of the contract; a plan may leave some empty.
LISTS = (
    "removed", "out_of_scope", "nonresponder", "not_listed", "primary_not_offered", "primary_nonparticipant",
    "secondary", "tertiary", "undetermined",
)  # fmt: skip
UNDETERMINED = "undetermined"
#: Those that a rate leads to.
LISTED = ("primary_not_offered", "primary_nonparticipant", "secondary", "tertiary")
#: Surveyed, and on no list.
OFF = "not_listed"

_CONDITION = re.compile(r"(\w+) (?:(=|<=|>=|<|>|not in|in) (.+)|(blank|filled))")

Limits = Mapping[str, Any]


@dataclass(frozen=True)
class Condition:
    """One comparison: a column, an operator, and the name of a limit, a group or a word."""

    column: str
    op: str
    value: str = ""

    def of(self, limits: Limits) -> Any:
        """The value that it compares with; a name that is no limit stands for itself.

        >>> Condition("serious", ">", "serious").of({"serious": 8}), Condition("joined", "=", "no").of({})
        (8, 'no')
        """
        return limits.get(self.value, self.value)


@dataclass(frozen=True)
class Step:
    """What holds where all its conditions do: a list (or a code, a letter, a note), the reason and its source.

    part: the test that it belongs to, which a file without its columns can do without.
    """

    gives: str
    when: tuple[Condition, ...]
    because: str = ""
    source: str = ""
    part: str = ""


@dataclass(frozen=True)
class Day:
    """A day that binds the establishments of some lists: a fixed one, or so many days after a column or another day.

    needed: where the column is blank, there is no such day yet, whatever the other rows say.
    """

    day: str
    lists: tuple[str, ...]
    source: str
    fixed: Any = None
    after: str = ""
    days: int = 0
    when: tuple[Condition, ...] = ()
    needed: bool = False


@dataclass(frozen=True)
class Listed:
    """A list as one plan calls it, and what it means for those who stand on it."""

    id: str
    title: str
    means: str


@dataclass(frozen=True)
class Lever:
    """Something that an establishment can do, as the columns that it would change.

    lists: of those on which it is open, all where none is named. only: what columns must say for it (a blank is no).
    """

    title: str
    sets: Mapping[str, str]
    lists: tuple[str, ...] = ()
    only: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Directive:
    """One inspection plan: everything that decides who stands where, under which limits."""

    id: str
    title: str
    effective: str
    measure: str
    decimals: int
    source: str
    limits: Mapping[str, Any]
    lists: tuple[Listed, ...]
    steps: tuple[Step, ...]
    data_year: int | None = None
    also: Mapping[str, tuple[Step, ...]] = field(default_factory=dict)
    notes: tuple[Step, ...] = ()
    days: tuple[Day, ...] = ()
    levers: tuple[Lever, ...] = ()
    plan: tuple[tuple[dt.date, str, str], ...] = ()
    industries: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    cautions: tuple[Mapping[str, Any], ...] = ()
    left_out: tuple[str, ...] = ()
    coding: str = ""
    file: str = ""
    sha256: str = ""

    def title_of(self, name: str) -> str:
        """What this plan calls a list."""
        return next((one.title for one in self.lists if one.id == name), name.replace("_", " "))

    @property
    def parts(self) -> list[str]:
        """The tests that a file without their columns can be told to do without."""
        return sorted({s.part for s in self.steps if s.part})

    def chosen(self, without: tuple[str, ...], limits: Limits) -> Directive:
        """The same with some tests left out and some limits changed. Errors: OshError on a name that it has not."""
        for name in without:
            if name not in self.parts:
                known = ", ".join(self.parts) or "none"
                raise OshError(f"without: found {name!r}; {self.id} has the tests {known}")
        for name in limits:
            if name not in self.limits:
                raise OshError(f"found no rule or limit {name!r}; {self.id} has the limits {', '.join(self.limits)}")
        given = {name: _like(name, value, self.limits[name]) for name, value in limits.items()}
        steps = tuple(s for s in self.steps if s.part not in without)
        return replace(self, steps=steps, limits={**self.limits, **given}, left_out=tuple(without))


def conditions(text: str, where: str) -> tuple[Condition, ...]:
    """The conditions of a text such as "LWDII >= primary; joined = no". Errors: OshError that names the place.

    >>> conditions("responded = no; records_checked blank", "here")[1]
    Condition(column='records_checked', op='blank', value='')
    """
    found = []
    for part in filter(None, (p.strip() for p in text.split(";"))):
        match = _CONDITION.fullmatch(part)
        if match is None:
            raise OshError(f"{where}: found {part!r}, expected a condition such as LWDII >= primary or joined = no")
        found.append(Condition(match[1], match[2] or match[4], (match[3] or "").strip()))
    return tuple(found)


def _like(name: str, value: Any, own: Any) -> Any:
    """A limit is changed for one of its kind: a number for a number, a day (as text too) for a day."""
    if isinstance(own, dt.date):
        try:
            return value if isinstance(value, dt.date) else dt.date.fromisoformat(value)
        except (TypeError, ValueError):
            raise OshError(f"{name}: found {value!r}, expected a day like {own}") from None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < float("inf"):
        raise OshError(f"{name}: found {value!r}, expected a number, zero or more, like {own}")
    return value
