"""Codes that stand for units where nobody is named: drawn at random, kept for good in a file of their own."""

from __future__ import annotations

import csv
import io
import secrets
from collections.abc import Iterable
from pathlib import Path

import filelock

from oshlib import whole
from oshlib.errors import OshError

#: What a code is made of: no vowels, so that it is no word, and nothing that looks like another one of them.
ALPHABET = "BCDFGHJKMNPQRTVWXY346789"
LENGTH = 4
_HEADER = ["unit_id", "code"]
# Beyond this share of all codes a new one would take long to be found.
_MOST = len(ALPHABET) ** LENGTH // 2


def keep(path: str | Path, ids: Iterable[str]) -> dict[str, str]:
    """The code of every id, in the order of the ids; those that the key file lacks are drawn and written into it.

    path: the key file (csv: unit_id, code), made where there is none, with its folder; nobody else may read it. What
    stands in it stays: an id keeps its code for good, and the code of one that has left is given to no other. The file
    is replaced whole, by one run at a time. Spaces around an id are no part of it.
    Errors: OshError where the file is no key (a code twice, an id twice, a code that none can be), an id is blank, or
    the file cannot be written.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     first = keep(f"{folder}/codes.csv", ["A1", "B1"])
    ...     again = keep(f"{folder}/codes.csv", ["C1", "A1"])
    >>> sorted(again), first["A1"] == again["A1"], len({*first.values(), *again.values()})
    (['A1', 'C1'], True, 3)
    """
    file, asked = Path(path), list(dict.fromkeys(ids))
    for one in asked:
        if not isinstance(one, str) or not one.strip():
            raise OshError(f"{path}: found the id {one!r}, expected text: each unit needs one to have a code")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with filelock.FileLock(file.with_name(f".{file.name}.lock")):
            known = _with(file, list(dict.fromkeys(one.strip() for one in asked)))
    except OSError as fault:
        raise OshError(f"{path}: cannot be written: {fault.strerror or fault}") from None
    return {one: known[one.strip()] for one in asked}


def _with(file: Path, asked: list[str]) -> dict[str, str]:
    """The codes of a key file by id, with those that it lacked."""
    known = read(file) if file.exists() else {}
    new = [one for one in asked if one not in known]
    if len(known) + len(new) > _MOST:
        raise OshError(f"{file}: found {len(known)} codes, expected fewer than {_MOST}: begin another key")
    taken = set(known.values())
    for one in new:
        known[one] = _drawn(taken)
        taken.add(known[one])
    if new:
        _write(file, known)
    return known


def read(path: str | Path) -> dict[str, str]:
    """The codes of a key file by id. Errors: OshError where it is damaged, so that no code is lost or given twice."""
    try:
        rows = list(csv.reader(io.StringIO(Path(path).read_text(encoding="utf-8-sig"), newline=""), strict=True))
    except (OSError, UnicodeDecodeError, csv.Error) as fault:
        raise OshError(f"{path}: cannot be read as a key of codes: {fault}") from None
    if not rows or rows[0] != _HEADER:
        found = ", ".join(rows[0]) if rows else "an empty file"
        raise OshError(f"{path}: found {found}, expected a key of codes with the columns unit_id, code")
    known: dict[str, str] = {}
    taken: set[str] = set()
    for number, row in enumerate(rows[1:], start=2):
        if len(row) != len(_HEADER) or not row[0].strip():
            raise OshError(f"{path} row {number}: found {','.join(row)!r}, expected an id and its code")
        if len(row[1]) != LENGTH or not set(row[1]) <= set(ALPHABET):
            raise OshError(f"{path} row {number}: found the code {row[1]!r}, expected {LENGTH} of {ALPHABET}")
        row[0] = row[0].strip()
        if row[0] in known:
            raise OshError(f"{path} row {number}: found the id {row[0]!r} a second time, expected each once")
        if row[1] in taken:
            raise OshError(f"{path} row {number}: found the code {row[1]!r} a second time, expected each once")
        known[row[0]] = row[1]
        taken.add(row[1])
    return known


def is_key(path: str | Path) -> bool:
    """Whether a file begins as a key of codes does."""
    try:
        with Path(path).open(encoding="utf-8-sig") as text:
            return text.readline().strip() == ",".join(_HEADER)
    except (OSError, UnicodeDecodeError):
        return False


def _drawn(taken: set[str]) -> str:
    """A code that nobody has; one of figures alone would be taken for a number."""
    while True:
        code = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
        if code not in taken and not code.isdigit():
            return code


def _write(file: Path, known: dict[str, str]) -> None:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([_HEADER, *known.items()])
    whole.put(file, text.getvalue().encode(), private=True)
