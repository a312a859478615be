"""Names of reports: file names that every system takes."""

from __future__ import annotations

import hashlib
import re
import unicodedata

_RESERVED = {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(10))}


def slug(text: str, longest: int = 60) -> str:
    r"""A piece of a file name that every system takes, empty where nothing of the text is left.

    >>> slug("Cedar Hollow Ready-Mix"), slug("../x"), slug("-rf"), slug("CON.txt")
    ('cedar-hollow-ready-mix', 'x', 'rf', 'con-txt')
    """
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:longest].strip("-")


def file_name(name: str, unit_id: str) -> str:
    """A report's file name: a slug of the name and, where it says more, of the id.

    >>> file_name("Acme", "17"), file_name("Acme", "Acme"), file_name("CON", "CON")
    ('acme-17', 'acme', 'unit-con')
    """
    parts = [slug(name), slug(unit_id, 40) if unit_id != name else ""]
    stem = "-".join(p for p in parts if p) or f"unit-{digest(name + unit_id)}"
    return f"unit-{stem}" if stem in _RESERVED else stem


def digest(text: str) -> str:
    """A few letters that tell one text from another."""
    return hashlib.sha256(text.encode()).hexdigest()[:8]
