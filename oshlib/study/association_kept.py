"""What an earlier report left, checked whole before anything of it is used: its layout, and what stands where."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from oshlib.disclosure import memory
from oshlib.errors import OshError

_WORDS = {dict: "mapping", list: "list"}
_PARTS = {"memories": dict, "sites": list}


def checked(held: Any, version: int) -> dict[str, Any]:
    """What was kept, as it is, where every part of it is what it must be. Errors: ValueError in words.

    >>> checked({"version": 1, "memories": {}, "figures": {}, "sites": [5]}, 1)
    Traceback (most recent call last):
    ...
    ValueError: sites: found 5, expected a mapping of codes to texts
    """
    _layout(held, version)
    for name, own in held["memories"].items():
        _memory(f"memories, {name}", own)
    _figures(held["figures"])
    for one in held["sites"]:
        if not isinstance(one, dict) or not all(isinstance(v, str) for v in one.values()):
            raise ValueError(f"sites: found {_short(one)}, expected a mapping of codes to texts")
    return dict(held)


def _layout(held: Any, version: int) -> None:
    if not isinstance(held, dict):
        raise ValueError(f"found {_short(held)}, expected a mapping")
    if held.get("version") != version:
        raise ValueError(f"version {held.get('version')}")
    if not isinstance(held.get("figures"), dict | list):
        raise ValueError(f"figures: found {_short(held.get('figures'))}, expected what single companies gave")
    for name, kind in _PARTS.items():
        if name not in held:
            raise ValueError(f"found no {name}")
        if not isinstance(held[name], kind):
            raise ValueError(f"{name}: found {_short(held[name])}, expected a {_WORDS[kind]}")


def _memory(where: str, own: Any) -> None:
    """A memory of the protected tables, read once to see that it can be."""
    if not isinstance(own, dict) or not isinstance(own.get("reports"), list):
        raise ValueError(f"{where}: found {_short(own)}, expected the reports of a table")
    try:
        years = memory.recall(own)
    except (OshError, AttributeError, KeyError, TypeError, ValueError, IndexError) as fault:
        raise ValueError(f"{where}: {fault}") from None
    for year in years:
        if not len(year.hours) == len(year.known) == len(year.units):
            raise ValueError(f"{where}, {year.year}: found {len(year.hours)} hours of {len(year.units)} companies")
        if not (np.isfinite(year.hours).all() and np.isfinite(year.counts).all()):
            raise ValueError(f"{where}, {year.year}: found hours or counts that are no number")


def _figures(own: Any) -> None:
    """Figures by measure, year and company; in a list each is an edition's, whose reader looks into it."""
    if isinstance(own, dict):
        _numbers("figures", own)
    for one in own if isinstance(own, list) else ():
        if not isinstance(one, dict):
            raise ValueError(f"figures: found {_short(one)}, expected a figure of an edition")


def _numbers(where: str, value: Any) -> None:
    if isinstance(value, dict):
        for key, one in value.items():
            _numbers(f"{where}, {key}", one)
    elif not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError(f"{where}: found {_short(value)}, expected a number")


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:37]}..."
