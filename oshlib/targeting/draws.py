"""Draws that anyone can repeat with any language: a hash orders the names, and the first of them are taken."""

from __future__ import annotations

import hashlib
import operator
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, overload

from oshlib.errors import OshError
from oshlib.exact import as_written, half_up


@dataclass(frozen=True)
class Draw(Sequence[str]):
    """What was drawn, and all that it takes to draw it again; as a sequence, the selected ids in the order of the draw.

    frame: the ids in order of receipt. positions: of the selected in the frame, from 1. seed: None where the numbers of
    a table decided, which then stand in `numbers`. rule: how many, and why, as a sentence. share: None where their
    number was fixed. cycles: how many were asked for. cycle: of each of the selected, from 1.
    frame_sha256: of the ids joined by line feeds, none after the last one, as UTF-8.
    """

    frame: tuple[str, ...]
    selected: tuple[str, ...]
    positions: tuple[int, ...]
    n: int
    seed: int | None
    numbers: tuple[int, ...] | None
    rule: str
    share: Fraction | None
    cycles: int
    cycle: tuple[int, ...]
    frame_sha256: str

    def __len__(self) -> int:
        return len(self.selected)

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[str, ...]: ...
    def __getitem__(self, index: int | slice) -> str | tuple[str, ...]:
        return self.selected[index]


def draw(
    ids: Iterable[str],
    share: Any = None,
    seed: int = 1,
    *,
    n: int | None = None,
    few: tuple[int, int] | None = None,
    rounding: str = "down",
    least: int = 0,
    numbers: Iterable[int] | None = None,
    cycles: int = 1,
    rule: str = "",
) -> Draw:
    """The first n ids by the SHA-256 of seed and id (`sha256`), or those at the positions that a table of numbers has.

    ids: texts in order of receipt, byte for byte: another order changes frame_sha256, but no selection by seed. share:
    as it is written, so 0.30 is 3/10; n is that part of them, rounded "down" or "up" in whole numbers. few: (10, 1)
    draws one of fewer than ten. least: at least so many. Never more than there are, and none from an empty list.
    numbers: in place of the seed; one that is zero, above the length of the list or a repeat counts for nothing.
    cycles: the selected in their order are split as evenly as can be, earlier cycles larger. rule: said instead of the
    sentence on n. Errors: OshError, in a sentence, on each of these that cannot be meant.
    Source: CPL 2-0.119, XI.B and XI.C (order of receipt, random numbers, cycles).

    >>> one = draw(["EST-01", "EST-02", "EST-03", "EST-04"], 0.30, seed=1)
    >>> list(one), one.positions, one.rule
    (['EST-01'], (1,), '30% of 4 names, rounded down: 1')
    """
    frame = _frame(ids)
    seed, cycles = _whole("seed", seed), _whole("cycles", cycles, 1)
    if (share is None) == (n is None):
        raise OshError(f"draw: found {'neither' if n is None else 'both'} of share and n, expected one of them")
    if n is not None:
        if few or least:
            raise OshError("draw: few and least go with a share; found them with a fixed n")
        part, size, why = None, *_fixed(_whole("n", n, 0), len(frame))
    else:
        part = _share(share)
        size, why = _size(part, len(frame), _few(few), rounding, _whole("least", least, 0))
    given = None if numbers is None else _numbers(numbers)
    if given is None:
        by_hash = sorted(range(len(frame)), key=lambda i: sha256(seed, frame[i]))
        at = [i + 1 for i in by_hash[:size]]
    else:
        at = _by_numbers(given, size, len(frame))
    return Draw(
        frame=frame,
        selected=tuple(frame[i - 1] for i in at),
        positions=tuple(at),
        n=size,
        seed=seed if given is None else None,
        numbers=given,
        rule=rule or why,
        share=part,
        cycles=cycles,
        cycle=_cycles(size, cycles),
        frame_sha256=hashlib.sha256("\n".join(frame).encode()).hexdigest(),
    )


def supplement(
    ids: Iterable[str],
    seed: int = 1,
    batch: int = 10,
    take: int = 3,
    *,
    numbers: Sequence[Iterable[int]] | None = None,
) -> tuple[list[Draw], tuple[str, ...]]:
    """Draws from names that came late, one from every full batch as a list of its own, and the ids that still wait.

    ids: all late names in order of receipt. numbers: one list of them for each full batch, in place of the seed.
    Errors: those of `draw`. Source: CPL 2-0.119, XIV.A.3 (three of ten, or one of ten).

    >>> draws, waiting = supplement([f"LATE-{i}" for i in range(1, 13)])
    >>> len(draws), len(draws[0]), draws[0].rule, waiting
    (1, 3, '3 of every 10 late names', ('LATE-11', 'LATE-12'))
    """
    late, batch, take = _frame(ids), _whole("batch", batch, 1), _whole("take", take, 0)
    if take > batch:
        raise OshError(f"take: found {take}, expected at most the {batch} names of a batch")
    full = len(late) // batch
    if numbers is not None and len(numbers) != full:
        raise OshError(f"numbers: found {len(numbers)} of them for {full} full batches, expected a list for each")
    rule = f"{take} of every {batch} late names"
    draws = []
    for i in range(full):
        own = None if numbers is None else numbers[i]
        draws.append(draw(late[i * batch : (i + 1) * batch], n=take, seed=seed, numbers=own, rule=rule))
    return draws, late[full * batch :]


def sha256(seed: int, own: str) -> str:
    """The number that an id is ordered by: the SHA-256 of seed, colon and id as UTF-8, in hex.

    >>> sha256(1, "EST-01")[:16]
    '20de0129e0558018'
    """
    return hashlib.sha256(f"{seed}:{own}".encode()).hexdigest()


def _frame(ids: Iterable[str]) -> tuple[str, ...]:
    """The ids, each a text of one line and there once."""
    if isinstance(ids, str) or not isinstance(ids, Iterable):
        raise OshError(f"ids: found {ids!r}, expected a list of texts")
    first: dict[str, int] = {}
    for at, own in enumerate(ids, start=1):
        if not isinstance(own, str):
            raise OshError(f"ids: found {own!r} at position {at}, expected a text")
        if not own.strip():
            raise OshError(f"ids: found a blank id at position {at}, expected a text")
        if len(own.splitlines()) > 1 or own.splitlines()[0] != own or not _is_utf8(own):
            raise OshError(f"ids: found {own!r} at position {at}, expected a text of one line")
        if own in first:
            raise OshError(f"ids: found {own!r} at positions {first[own]} and {at}, expected each id once")
        first[str(own)] = at
    return tuple(first)


def _is_utf8(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:  # half of a character, from a file that was cut or misread
        return False
    return True


def _whole(name: str, value: Any, least: int | None = None) -> int:
    """A whole number, never true or false, nor 1.0."""
    try:
        if isinstance(value, bool):
            raise TypeError
        found = operator.index(value)
    except TypeError:
        raise OshError(f"{name}: found {value!r}, expected a whole number") from None
    if least is not None and found < least:
        raise OshError(f"{name}: found {found}, expected {'zero' if least == 0 else least} or more")
    return found


def _share(value: Any) -> Fraction:
    try:
        if isinstance(value, bool):
            raise TypeError
        found = as_written(value)
    except (TypeError, ValueError, ZeroDivisionError):
        raise OshError(f"share: found {value!r}, expected a fraction between 0 and 1, such as 0.30") from None
    if not 0 <= found <= 1:
        raise OshError(f"share: found {value}, expected a fraction between 0 and 1, such as 0.30")
    return found


def _few(few: Any) -> tuple[int, int]:
    """Below how many names, and how many are then drawn; (0, 0) where that is not asked for."""
    if few is None:
        return 0, 0
    if not isinstance(few, tuple | list) or len(few) != 2:
        raise OshError(f"few: found {few!r}, expected two whole numbers: (10, 1) draws one of fewer than ten")
    return _whole("few", few[0], 0), _whole("few", few[1], 0)


def _numbers(numbers: Any) -> tuple[int, ...]:
    if isinstance(numbers, str) or not isinstance(numbers, Iterable):
        raise OshError(f"numbers: found {numbers!r}, expected a list of whole numbers")
    return tuple(_whole("numbers", number, 0) for number in numbers)


def _fixed(n: int, total: int) -> tuple[int, str]:
    """How many are drawn of a total where their number is given, and the sentence on it."""
    if n == 0 or total == 0:
        return 0, f"{n:,} of {_names(total)}: none is drawn"
    if n < total:
        return n, f"{n:,} of {_names(total)}"
    return total, f"all of {_names(total)}" + (f", fewer than {n:,}" if total < n else "")


def _size(share: Fraction, total: int, few: tuple[int, int], rounding: str, least: int) -> tuple[int, str]:
    """How many are drawn of a total by a share, and the sentence on it."""
    if rounding not in ("down", "up"):
        raise OshError(f"rounding: found {rounding!r}, expected 'down' or 'up'")
    if total == 0:
        return 0, "0 names: none is drawn"
    if total < few[0]:
        size = min(few[1], total)
        drawn = f"{size}; {_effective(size, total)}" if size else "none is drawn"
        return size, f"fewer than {few[0]} names: {drawn}"
    exactly = share * total
    product = f"{_percent(share)} of {total:,} is {_plain(exactly)}"
    size = -(-exactly.numerator // exactly.denominator) if rounding == "up" else int(exactly)
    wanted = min(least, total)
    if size < wanted:
        return wanted, f"{product}, at least {least}: {_effective(wanted, total)}"
    if size == 0:
        return 0, f"{product}: none is drawn"
    if share == 1:
        return size, f"all of {_names(total)}"
    return size, f"{_percent(share)} of {_names(total)}, rounded {rounding}: {size:,}"


def _by_numbers(numbers: Sequence[int], size: int, total: int) -> list[int]:
    """Positions as a table of numbers gives them."""
    there = dict.fromkeys(number for number in numbers if 1 <= number <= total)
    if len(there) < size:
        raise OshError(
            f"numbers: {len(there)} of {_names(total)} chosen when the {len(numbers)} given ran out, {size} wanted; "
            "zero, a number above the last position and a repeat count for nothing"
        )
    return list(there)[:size]


def _cycles(size: int, cycles: int) -> tuple[int, ...]:
    each, more = divmod(size, cycles)
    return tuple(c for c in range(1, min(cycles, size) + 1) for _ in range(each + (c <= more)))


def _names(number: int) -> str:
    return f"{number:,} name{'' if number == 1 else 's'}"


def _effective(size: int, total: int) -> str:
    return f"{size} of {total} is {half_up(float(Fraction(100 * size, total)))}%"


def _percent(share: Fraction) -> str:
    percent = _plain(share * 100)
    return str(share) if "/" in percent else f"{percent}%"


def _plain(value: Fraction) -> str:
    """All decimals of a number, or the fraction where they never end."""
    rest, places = value.denominator, 0
    while rest % 10 == 0 or rest % 5 == 0 or rest % 2 == 0:
        rest //= 10 if rest % 10 == 0 else 5 if rest % 5 == 0 else 2
        places += 1
    if rest != 1:
        return str(value)
    digits = str(int(value * 10**places)).zfill(places + 1)
    return f"{digits[:-places]}.{digits[-places:]}".rstrip("0").rstrip(".") if places else digits
