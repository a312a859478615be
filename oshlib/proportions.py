"""A share of a sample and how far it can be trusted."""

from __future__ import annotations

from scipy import special

from oshlib.errors import OshError
from oshlib.exact import level


def proportion_interval(part: float, whole: float, confidence: float = 0.95) -> tuple[float, float]:
    """Exact limits (Clopper and Pearson) of the true share, both as fractions.

    Errors: OshError where the part is below zero, more than the whole, or the whole is not above zero.

    >>> low, high = proportion_interval(17, 20)
    >>> round(low, 3), round(high, 3)
    (0.621, 0.968)
    """
    if not 0 <= part <= whole or not whole > 0:
        raise OshError(f"found {part:g} of {whole:g}, expected a part of a whole above zero")
    tail = (1 - level(confidence)) / 2
    low = float(special.betaincinv(part, whole - part + 1, tail)) if part else 0.0
    high = float(special.betaincinv(part + 1, whole - part, 1 - tail)) if part < whole else 1.0
    return low, high
