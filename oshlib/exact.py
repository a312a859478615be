"""Comparisons and rounding that floating point must not decide."""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from oshlib.errors import OshError

Floats = NDArray[np.float64]

# Whole numbers up to here are exact in a double, and so are their sums and products.
_WHOLE = 2.0**53


def level(confidence: Any) -> float:
    """A confidence, checked: a fraction, never a percentage.

    >>> level(0.95)
    0.95
    """
    if isinstance(confidence, int | float) and 0 < confidence < 1:
        return float(confidence)
    raise OshError(f"confidence must be a fraction between 0 and 1, such as 0.95; found {confidence}")


def half_up(value: float, decimals: int = 1) -> Decimal:
    """Round half up on the decimal digits of the value (Python's own round gives 4.2 for 4.25).

    >>> half_up(4.25), half_up(6.95), half_up(-0.04)
    (Decimal('4.3'), Decimal('7.0'), Decimal('0.0'))
    """
    rounded = Decimal(repr(float(value))).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    return abs(rounded) if rounded == 0 else rounded


def sign_of_sum(terms: Floats, exactly: Callable[[int], Fraction], *, whole: NDArray[np.bool_]) -> NDArray[np.int8]:
    """Sign of each row's sum of terms, settled in rational arithmetic where a double cannot tell.

    `terms` has shape (units, k). A row is trusted when its terms are whole and small enough to be exact
    (`whole`), or when the sum stands clear of its rounding error; else `exactly(row)` decides.
    """
    total = terms.sum(axis=1)
    size = np.abs(terms).sum(axis=1)
    doubt = (np.abs(total) <= size * 1e-14) & (size > 0) & ~(whole & (size < _WHOLE))
    signs = np.sign(total).astype(np.int8)
    for row in np.flatnonzero(doubt):
        value = exactly(int(row))
        signs[row] = (value > 0) - (value < 0)
    return np.asarray(signs, dtype=np.int8)


def fractions(values: Any) -> list[Fraction]:
    """The values as fractions, each exactly the double it is."""
    return [Fraction(float(v)) for v in values]


def as_written(value: Any) -> Fraction:
    """The number as its decimals say it: 0.7 is 7/10, not the double nearest to it.

    >>> as_written(0.7) * as_written(9.5) == as_written(6.65), 0.7 * 9.5 >= 6.65
    (True, False)
    """
    return value if isinstance(value, Fraction) else Fraction(value if isinstance(value, str) else repr(float(value)))


def doubtful(values: Floats) -> NDArray[np.bool_]:
    """Where a double is so near to a whole number that it cannot say on which side of it the true value lies."""
    return np.asarray(np.abs(values - np.rint(values)) <= 1e-9 * np.maximum(1.0, np.abs(values)))
