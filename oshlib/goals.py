"""Goals by rule, and what is left of one: exact throughout, because a goal of 5 is not met by 5.4, nor missed by 5."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from oshlib.errors import OshError
from oshlib.exact import Floats, as_written, doubtful, half_up
from oshlib.rates import PER

_CONDITION = re.compile(r"(base|reference) (<=|<|>=|>) (national|[0-9.]+)")
_COMPARE = {
    "<=": lambda a, b: a <= b,
    "<": lambda a, b: a < b,
    ">=": lambda a, b: a >= b,
    ">": lambda a, b: a > b,
}


@dataclass(frozen=True)
class Branch:
    """One row of the table of goal rules: how a goal follows from earlier rates, and when this row is the one to use.

    when: "" (always) or a comparison such as "base >= national"; of a rule's rows the first that holds is used.
    method: linear (base less `change` of the base a year), compound (less `change` of what is left a year), lagged
    (the rate of `lag` years before, less `change`), keep (the base itself). change: a fraction a year; None: to be
    given. base_year, first_year, last_year: None: to be given, the year after the base, without end. floor: no goal
    is set below it.
    """

    rule: str
    measure: str
    method: str
    label: str
    source: str
    when: str = ""
    change: Fraction | None = None
    lag: int | None = None
    base_year: int | None = None
    first_year: int | None = None
    last_year: int | None = None
    floor: Fraction | None = None
    year_type: str = ""


@dataclass(frozen=True)
class Goal:
    """The goal of one year; `value` is None where there is none, and `how` says why. base: the year it rests on."""

    year: int
    value: Fraction | None
    how: str
    source: str = ""
    base: int | None = None


def rate(cases: float, hours: float, per: float = PER) -> Fraction | None:
    """The rate as a fraction, None where there is none.

    >>> rate(22, 645_089) == Fraction(22 * 200_000, 645_089), rate(3, 0)
    (True, None)
    """
    if not (cases >= 0 and hours > 0):
        return None
    return as_written(cases) * as_written(per) / as_written(hours)


def by_rule(
    branches: Sequence[Branch],
    years: Sequence[int],
    rates: Mapping[int, Fraction],
    *,
    base_year: int | None = None,
    change: Fraction | None = None,
    national: Fraction | None = None,
) -> list[Goal]:
    """The goal of every year by the rows of one rule for one measure.

    rates: exact rates of whole years, those before the window too. base_year moves the rule's years with it. change:
    for a rule that leaves it open. national: what a rule that asks for it compares with.
    Errors: OshError where the rule needs a rate or a number that is not there.

    >>> row = Branch("fall", "TCR", "linear", "3% of the base a year", "", change=Fraction(3, 100), base_year=2020)
    >>> [str(g.value) for g in by_rule([row], [2021, 2022], {2020: Fraction(5)})]
    ['97/20', '47/10']
    """
    return [_goal(branches, year, rates, base_year, change, national) for year in years]


def met(cases: float, hours: float, goal: Fraction | None, per: float = PER) -> bool | None:
    """Whether a rate is at or below its goal, in exact arithmetic; None where either is missing.

    >>> met(5, 200_000, Fraction(5)), met(27, 1_000_000, Fraction(5)), met(5, 200_000, None)
    (True, False, None)
    """
    own = rate(cases, hours, per)
    return None if own is None or goal is None else own <= goal


def most_cases(
    limit: Any, hours: ArrayLike, per: float = PER, *, below: bool = False, decimals: int | None = None
) -> Any:
    """The most cases with which a rate over these hours keeps to a limit; -1: not even a year without a case does.

    limit: a number as it is written, a Fraction, or an array of numbers. below: the rate must stay below the limit,
    not only at it. decimals: rates are rounded half up to so many decimals first (only with `below`).
    NaN where hours or limit are missing. Shapes broadcast.

    >>> most_cases(4.25, 1_000_000), most_cases(7.0, 645_089, below=True), most_cases(0, 1000, below=True)
    (21.0, 22.0, -1.0)
    >>> most_cases(7.0, 4_000_000, below=True), most_cases(7.0, 4_000_000, below=True, decimals=1)
    (139.0, 138.0)
    """
    given = np.asarray(float(limit) if isinstance(limit, Fraction) else limit, dtype=float)
    h = np.asarray(hours, dtype=float)
    single = given.ndim == 0 and h.ndim == 0
    given, h = np.broadcast_arrays(given, h)
    if (given < 0).any():
        raise OshError(f"a goal or limit must be zero or more; found {np.nanmin(given):g}")
    edge = Fraction(0) if decimals is None else Fraction(1, 2 * 10**decimals)
    known = (h > 0) & (given == given)
    near = np.where(known, np.maximum(given - float(edge), 0) * np.where(known, h, 0) / per, 0.0)
    most = np.asarray(np.ceil(near) - 1 if below else np.floor(near))
    for at in np.argwhere(known & doubtful(near)):
        i = tuple(at)
        exact = limit if isinstance(limit, Fraction) else as_written(given[i])
        count = max(exact - edge, Fraction(0)) * as_written(h[i]) / as_written(per)
        most[i] = -(-count.numerator // count.denominator) - 1 if below else count.numerator // count.denominator
    most = np.where(known, most, np.nan)
    return float(most) if single else most


def hours_needed(cases: float, goal: Fraction, per: float = PER) -> float:
    """Hours at which so many cases are just at the goal: none without a case; NaN where a goal of zero has cases.

    >>> hours_needed(20, Fraction(5)), hours_needed(0, Fraction(0)), hours_needed(1, Fraction(0))
    (800000.0, 0.0, nan)
    """
    if cases == 0:
        return 0.0
    return float(as_written(cases) * as_written(per) / goal) if goal > 0 else float("nan")


def month_of_loss(cases: float, months: float, most: float) -> int | None:
    """The month of the year, 1 to 12, in which an even pace passes the most that is allowed; None: not this year.

    cases came in the first `months` months; most: the whole year's. None too where the months are not known.

    >>> month_of_loss(12, 9, 15), month_of_loss(12, 9, 13), month_of_loss(24, 12, 17), month_of_loss(0, 9, 3)
    (12, 11, 9, None)
    """
    if most < 0:
        return 1
    if not (cases > 0 and months > 0 and most == most):
        return None
    passed = as_written(most + 1) * as_written(months) / as_written(cases)
    month = -(-passed.numerator // passed.denominator)
    return month if month <= 12 else None


def chance(cases: ArrayLike, hours: ArrayLike, hours_left: ArrayLike, most: ArrayLike) -> Any:
    """Chance that the year ends with at most `most` cases, the rate so far being known only as well as it is.

    Negative binomial with size cases + 0.5 and probability hours / (hours + hours left): Poisson counts with a
    Jeffreys prior on the rate. A plug-in Poisson is too sure early in a year. Arrays broadcast. NaN where the hours
    are missing.

    >>> round(chance(12, 450_000, 150_000, 15), 3), round(chance(6, 150_000, 450_000, 15), 2)
    (0.433, 0.11)
    """
    n, h, left, top = np.broadcast_arrays(*(np.asarray(v, dtype=float) for v in (cases, hours, hours_left, most)))
    known = (h > 0) & (left >= 0) & (n >= 0) & (top == top)
    spare = np.where(known, top - n, 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(known, h / (h + left), 0.5)
        found = special.betainc(np.where(known, n, 0) + 0.5, np.maximum(spare, 0) + 1, share)
    result: Floats = np.where(known, np.where(spare < 0, 0.0, found), np.nan)
    return float(result) if result.ndim == 0 else result


def _goal(
    branches: Sequence[Branch],
    year: int,
    rates: Mapping[int, Fraction],
    base_year: int | None,
    change: Fraction | None,
    national: Fraction | None,
) -> Goal:
    first_row = branches[0]
    moved = base_year - first_row.base_year if base_year is not None and first_row.base_year is not None else 0
    base_at = base_year if base_year is not None else first_row.base_year
    first = first_row.first_year + moved if first_row.first_year is not None else None
    last = first_row.last_year + moved if first_row.last_year is not None else None
    if first is None and base_at is not None:
        first = base_at + 1
    if (first is not None and year < first) or (last is not None and year > last):
        return Goal(year, None, f"{first_row.rule} sets goals for {first} to {last or 'later years'} only")
    for row in branches:
        at = year - row.lag if row.lag is not None else base_at
        missing = row.lag is not None and at not in rates
        tested = base_at if row.when.startswith("base") else at
        if row.when and not (missing and tested == at) and not _holds(row, _rate_of(row, tested, rates), national):
            continue
        if missing:
            return Goal(year, None, f"{row.rule} needs the {row.measure} of {at}, which the data do not have")
        reference = _rate_of(row, at, rates)
        share = row.change if row.change is not None else change
        if share is None and row.method != "keep":
            raise OshError(f"goals: {row.rule} needs the change a year, as a fraction: change: 0.03 is 3% a year")
        steps = year - first + 1 if first is not None else 1
        value = _METHODS[row.method](reference, share or Fraction(0), steps)
        kept = row.floor is not None and value < row.floor
        how = f"{row.label} (base {at}: {half_up(float(reference), 2)}{'; kept at the floor' if kept else ''})"
        return Goal(year, row.floor if kept else value, how, row.source, at)
    return Goal(year, None, f"no row of {first_row.rule} fits this rate")


#: From the reference rate, the change a year and the number of years, the goal.
_METHODS = {
    "linear": lambda base, change, steps: base * max(1 - steps * change, Fraction(0)),
    "compound": lambda base, change, steps: base * (1 - change) ** steps,
    "lagged": lambda base, change, steps: base * (1 - change),
    "keep": lambda base, change, steps: base,
}
METHODS = tuple(_METHODS)


def _rate_of(row: Branch, year: int | None, rates: Mapping[int, Fraction]) -> Fraction:
    if year is None:
        raise OshError(f"goals: {row.rule} needs a base_year")
    if year not in rates:
        held = ", ".join(map(str, sorted(rates))) or "none"
        raise OshError(
            f"goals: {row.rule} needs the {row.measure} of {year} as its base, and the data have no whole year of it "
            f"(years with a rate: {held}); give another base_year, or a table of goals"
        )
    return rates[year]


def _holds(row: Branch, reference: Fraction, national: Fraction | None) -> bool:
    found = _CONDITION.fullmatch(row.when)
    if not found:
        raise OshError(f"goal rule {row.rule}: when: found {row.when!r}, expected such as 'base >= 2.0'")
    _, sign, bound = found.groups()
    if bound == "national" and national is None:
        raise OshError(f"goals: {row.rule} compares with the national rate; give national: {{{row.measure}: 2.5}}")
    limit = national if bound == "national" else as_written(bound)
    return bool(_COMPARE[sign](reference, limit))
