"""The terms of the trade, and which of them a text uses."""

from __future__ import annotations

import re
from functools import lru_cache

import yaml

from oshlib import places


def used(text: str) -> list[tuple[str, str]]:
    """The terms that a text uses, as whole words, each with its meaning, in alphabetical order.

    Where a spelling lies within a longer one, the longer one is meant: three standard deviations are no standard.

    >>> [term for term, _ in used("LTCR within three standard deviations; TCRs")]
    ['LTCR', 'standard deviation']
    """
    terms, spelled, pattern = _glossary()
    found = {spelled[match.lower() if match.lower() in spelled else match] for match in pattern.findall(text)}
    return sorted(((term, terms[term]) for term in found), key=lambda pair: pair[0].casefold())


def meanings() -> dict[str, str]:
    """Every term and its meaning."""
    return dict(_glossary()[0])


@lru_cache(maxsize=1)
def _glossary() -> tuple[dict[str, str], dict[str, str], re.Pattern[str]]:
    """The meaning of each term, the term of each spelling, and a pattern of all spellings."""
    file = places.ROOT / "data" / "reference" / "glossary.yaml"
    entries = yaml.safe_load(file.read_text(encoding="utf-8"))
    terms = {entry["term"]: entry["meaning"] for entry in entries}
    spelled = {spelling: entry["term"] for entry in entries for spelling in (entry["term"], *entry.get("also", ()))}
    longest = sorted(spelled, key=len, reverse=True)
    # One in small letters may begin a sentence; a single letter or a code stands as it is.
    any_case = (f"(?i:{re.escape(s)})" if s.islower() and len(s) > 1 else re.escape(s) for s in longest)
    return terms, spelled, re.compile(rf"(?<!\w)(?:{'|'.join(any_case)})(?!\w)")
