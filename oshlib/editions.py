"""Editions of a report whose private folder says what was shown: a draft counts for nothing until it is handed over.

What an edition leaves for the next one is written as draft_<year>.json, and every later draft of that year takes its
place. Handing the report over gives it the name published_<year>.json, by which the next report finds it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from oshlib import places
from oshlib.errors import OshError

#: The parameter that names the private folder of a report.
PARAMETER = "private"


def place(folder: Path, year: int, text: str) -> str:
    """The name under which what an edition leaves is written: that of a draft, or of the same that was handed over.

    A draft of the year that this one takes the place of is gone in the second case.
    """
    draft, published = f"draft_{year}.json", f"published_{year}.json"
    same = (folder / published).is_file() and (folder / published).read_bytes() == text.encode()
    if same:
        (folder / draft).unlink(missing_ok=True)
    return published if same else draft


def apart(entries: Sequence[Mapping[str, Any]]) -> None:
    """Refuse two reports of one private folder in one hand-over: neither would know what the other one shows.

    entries: of the index, with parameters and headline. Errors: OshError where two of them have left an edition.
    """
    seen: set[Path] = set()
    for entry, folder, year in _of(entries):
        left = [folder / f"{word}_{year}.json" for word in ("draft", "published")]
        if folder in seen and any(file.exists() for file in left):
            raise OshError(
                f"{PARAMETER}: found {entry['parameters'][PARAMETER]!r} in two reports of one hand-over, expected one: "
                "hand them over one after the other, the earlier year first"
            )
        seen |= {folder} if any(file.exists() for file in left) else set()


def hand_over(entries: Sequence[Mapping[str, Any]]) -> None:
    """Mark what the reports of a hand-over left as handed over: entries of the index, with parameters and headline."""
    for _, folder, year in _of(entries):
        draft = folder / f"draft_{year}.json"
        try:
            if draft.is_file():
                draft.replace(folder / f"published_{year}.json")
        except OSError as fault:
            raise OshError(
                f"{PARAMETER}: {draft.name} cannot be marked as handed over ({fault.strerror}), though it was: rename "
                f"it to published_{year}.json, or the next report does not know of this one"
            ) from None


def _of(entries: Sequence[Mapping[str, Any]]) -> Iterator[tuple[Mapping[str, Any], Path, int]]:
    """The entries that have a private folder and a year, with both."""
    for entry in entries:
        folder, year = _folder(entry.get("parameters", {})), (entry.get("headline") or {}).get("year")
        if folder is not None and isinstance(year, int):
            yield entry, folder, year


def _folder(parameters: Mapping[str, Any]) -> Path | None:
    given = parameters.get(PARAMETER)
    if not isinstance(given, str) or not given.strip():
        return None
    try:
        return places.find(given, PARAMETER).resolve()
    except OshError:
        return Path(given).resolve()
