"""Changes that others have printed, reckoned again from the rates beside them."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import pandas as pd

from oshlib import references
from oshlib.errors import OshError
from oshlib.exact import as_written


@dataclass(frozen=True)
class Published:
    """A printed change and what its own two rates give: reductions as fractions, exact.

    least, most: the reductions that rates which print so can have. printed: None where only the rates are given;
    follows: whether the printed one lies between them, to its own decimals.
    """

    program: str
    measure: str
    first: float
    last: float
    years: str
    printed: float | None
    reduction: Fraction
    least: Fraction
    most: Fraction
    follows: bool | None
    source: str


def recomputed(path: str) -> list[Published]:
    """Every row of a table of published changes.

    Errors: OshError where the file has another layout, or an earlier rate of zero.

    >>> r = recomputed("data/reference/published_changes.csv")[0]
    >>> round(float(r.reduction), 4), r.printed, r.follows
    (0.3214, 0.3, False)
    """
    return [_one(path, r) for r in references.read(path, "published_changes").itertuples()]


def _one(path: str, r: Any) -> Published:
    first, last, printed = (getattr(r, name) for name in ("first", "last", "printed_change"))
    if not first > 0:
        raise OshError(f"{path} row {r.row}, first: found {first:g}, expected a rate above zero")
    a, b = as_written(first), as_written(last)
    half_a, half_b = (Fraction(1, 2 * 10 ** _decimals(v)) for v in (first, last))
    least, most = 1 - (b + half_b) / (a - half_a), 1 - max(b - half_b, Fraction(0)) / (a + half_a)
    half = Fraction(1, 200)  # a change is printed in whole per cents
    said = None if printed != printed else as_written(printed)
    years = [str(y) for y in (r.first_year, r.last_year) if not pd.isna(y)]
    return Published(
        program=r.program, measure=r.measure, first=first, last=last, years="–".join(years),
        printed=None if said is None else float(said), reduction=1 - b / a, least=least, most=most,
        follows=None if said is None else said + half >= least and said - half <= most, source=r.source,
    )  # fmt: skip


def _decimals(value: float) -> int:
    """How many decimals a rate was printed with; one at least, as rates are."""
    return max(1, len(repr(float(value)).partition(".")[2].rstrip("0")))
