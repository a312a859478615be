"""The numbers of a report as a program reads them: the one output of every notebook's last cell."""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import numpy as np
from IPython.display import display

#: The headline of a report as index.json carries it, and what the index page and the reviewer need beside it.
HEADLINE = "application/vnd.oshlib.headline+json"
RECORD = "application/vnd.oshlib.record+json"


def record(headline: Mapping[str, Any], **beside: Any) -> None:
    """Emit a headline and what goes beside it, as one output; numbers stay unrounded, a missing one is null."""
    numbers, other = plain(headline), plain(beside)
    display({HEADLINE: numbers, RECORD: other, "text/plain": f"headline of {numbers.get('unit', '')}"}, raw=True)


def plain(value: Any) -> Any:
    """Plain JSON values, unrounded; what is not a number becomes null."""
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [plain(v) for v in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, Fraction):
        value = float(value)
    if isinstance(value, float):
        return None if not math.isfinite(value) else int(value) if value == int(value) and abs(value) < 2**53 else value
    return value
