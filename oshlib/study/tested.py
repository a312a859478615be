"""The tests that a scheme makes of a rate: each with its result and the numbers that decide it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from oshlib import flags, goals, words
from oshlib.exact import as_written


@dataclass(frozen=True)
class Tested:
    """One test: result and why. left: cases until the result changes (below zero: over by so many), NaN without one."""

    test: str
    title: str
    result: str
    why: str
    left: float
    source: str


@dataclass(frozen=True)
class Against:
    """What rates are tested against. share: the share of the standard that the reduction asks for.

    measure: the id of what is tested, for limits that are those of some measures only; "": of one of those.
    average_decimals: of an average as published; None where it was computed here and is compared exactly.
    """

    standard: Fraction | None
    average: Fraction | None
    average_decimals: int | None
    share: Fraction
    measure: str = ""


def all_tests(
    rows: Sequence[Any], cases: float, hours: float, per: float, against: Against, due: float | None, compare: str
) -> list[Tested]:
    """Every test of a scheme, its rows as `references.rate_tests` gives them.

    due: months since the start of participation, None where it is not known (then every test is due). compare: with
    limits as printed, by rounding the rate to their decimals first, or absolute; all others are compared exactly.
    """
    rate = goals.rate(cases, hours, per)
    return [_one(row, rate, cases, hours, per, against, due, compare) for row in rows]


def edges(
    rows: Sequence[Any], cases: float, hours: float, per: float, against: Against, due: float | None, year: int
) -> list[flags.Flag]:
    """EDGE_ROUNDING for every test that the two ways of comparing answer differently."""
    both = (all_tests(rows, cases, hours, per, against, due, way) for way in ("rounding", "absolute"))
    said = []
    for rounded, exact in zip(*both, strict=True):
        if rounded.result != exact.result:
            text = (
                f"{rounded.test}: {exact.why} exactly, but {rounded.why} as printed: {rounded.result} by rounding only."
            )
            said.append(flags.flag("EDGE_ROUNDING", year, text))
    return said


def _one(
    row: Any, rate: Fraction | None, cases: float, hours: float, per: float, against: Against, due: float | None,
    compare: str,
) -> Tested:  # fmt: skip
    title, source = row.title, row.source
    if row.against == "standard" and against.share != as_written(row.value):
        title, source = f"Goal: {words.share(1 - against.share)} below the standard", "the reduction that was chosen"

    def said(result: str, why: str, left: float = float("nan")) -> Tested:
        return Tested(row.test, title, result, why, left, source)

    limit, decimals = _limit(row, against)
    if due is not None and due < row.after_months > 0:
        return said("not yet due", f"due {row.after_months:.0f} months after the start; {max(due, 0):.0f} had passed")
    if row.against == "number" and against.measure not in ("", *row.measures.split()):
        return said("not determinable", f"its limit is one of {' and '.join(row.measures.split())}")
    if rate is None:
        return said("not determinable", "the whole year has no rate")
    if limit is None:
        return said("not determinable", f"no {row.against} is given")
    decimals = decimals if compare == "rounding" else None
    at = rate if decimals is None else _rounded(rate, decimals)
    good = at < limit if row.holds == "below" else at <= limit
    sign = _SIGNS[row.holds, bool(good)]
    shown = next((d for d in range(decimals or 2, 5) if decimals or _text(at, d) != _text(limit, d)), decimals or 2)
    why = f"{_text(at, shown)} {sign} {_text(limit, shown)}"
    return said(row.passed if good else row.failed, why, _most(limit, row.holds, decimals, hours, per) - cases)


_SIGNS = {("below", True): "<", ("below", False): "≥", ("at_most", True): "≤", ("at_most", False): ">"}


def _limit(row: Any, against: Against) -> tuple[Fraction | None, int | None]:
    """The limit, and its decimals where it is one as printed."""
    if row.against == "number":
        return as_written(row.value), int(row.decimals)
    if row.against == "average":
        if against.average is None:
            return None, None
        return against.average * as_written(row.value), against.average_decimals
    return None if against.standard is None else against.standard * against.share, None


def _most(limit: Fraction, holds: str, decimals: int | None, hours: float, per: float) -> float:
    if holds == "below":
        return float(goals.most_cases(limit, hours, per, below=True, decimals=decimals))
    if decimals is None:
        return float(goals.most_cases(limit, hours, per))
    # A rounded rate is at or below a limit where it is below the next printable number.
    return float(goals.most_cases(limit + Fraction(1, 10**decimals), hours, per, below=True, decimals=decimals))


def _rounded(rate: Fraction, decimals: int) -> Fraction:
    scaled = rate * 10**decimals + Fraction(1, 2)
    return Fraction(scaled.numerator // scaled.denominator, 10**decimals)


def _text(value: Fraction, decimals: int) -> str:
    return words.number(float(value), decimals)
