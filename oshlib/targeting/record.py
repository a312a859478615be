"""The record of draws as a table: written beside a report, and checked by making every draw anew."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import pandas as pd

from oshlib.errors import OshError
from oshlib.exact import as_written
from oshlib.targeting.draws import Draw, sha256
from oshlib.targeting.samples import draw_sample, sample, supplement_sample
from oshlib.targeting.saved import COLUMNS, as_texts, read

__all__ = ["COLUMNS", "Checked", "checked", "read", "rows", "verify"]

_DRAW = ("area", "list", "sample", "batch")
#: The same in every row of a draw.
_SHARED = ("seed", "numbers", "share", "n", "cycles", "rule", "frame_sha256")
#: Whole numbers from here on lose their last digits in a spreadsheet and in a browser.
_EXACT = 10**15
#: Names in one sentence; the others are counted.
_NAMED = 10


@dataclass(frozen=True)
class Checked:
    """One draw of a record: whose it is, what was drawn as the record has it, and every difference as a sentence."""

    who: str
    what: str
    differences: tuple[str, ...]


def rows(area: str, of: str, sample: str, draw: Draw, batch: int | None = None) -> pd.DataFrame:
    """The record of one draw: COLUMNS, one row a name of the frame in order of receipt.

    of: the list. batch: 1, 2, ... for draws from late names, else None. What does not apply is "": the seed and each
    sha256 where numbers of a table decided, drawn (place in the draw) and cycle of a name that was not drawn.

    >>> from oshlib.targeting.samples import draw_sample
    >>> one = rows("Lowell (made up)", "tertiary", "tertiary", draw_sample("tertiary", ["EST-01", "EST-02"]))
    >>> one[["position", "unit_id", "drawn"]].values.tolist()
    [[1, 'EST-01', 1], [2, 'EST-02', '']]
    """
    shared = {
        "area": area,
        "list": of,
        "sample": sample,
        "batch": "" if batch is None else batch,
        "seed": "" if draw.seed is None else draw.seed if abs(draw.seed) < _EXACT else str(draw.seed),
        "numbers": " ".join(map(str, draw.numbers or ())),
        "share": _written(draw.share),
        "n": draw.n,
        "cycles": draw.cycles,
        "rule": draw.rule,
        "frame_sha256": draw.frame_sha256,
    }
    places_of = {own: (place, cycle) for place, (own, cycle) in enumerate(zip(draw, draw.cycle, strict=True), start=1)}
    lines = []
    for position, own in enumerate(draw.frame, start=1):
        place, cycle = places_of.get(own, ("", ""))
        ordered_by = "" if draw.seed is None else sha256(draw.seed, own)
        own_cells = {"position": position, "unit_id": own, "sha256": ordered_by, "drawn": place, "cycle": cycle}
        lines.append({**shared, **own_cells})
    return pd.DataFrame(lines, columns=list(COLUMNS), dtype=object)


def verify(table: pd.DataFrame) -> list[str]:
    """What differs between a record and the draws made anew from it, a sentence each; [] where the record holds.

    Nothing says here whether the names are those that were received: for that compare frame_sha256 with one that was
    published before. Errors: OshError where the table is no record.

    >>> from oshlib.targeting.samples import draw_sample
    >>> one = rows("Lowell (made up)", "tertiary", "tertiary", draw_sample("tertiary", ["EST-01", "EST-02"]))
    >>> verify(one), verify(one.assign(n=2))
    ([], ['Lowell (made up), tertiary: n is 2; expected 1 (fewer than 10 names: 1; 1 of 2 is 50.0%)'])
    """
    return [difference for one in checked(table) for difference in one.differences]


def checked(table: pd.DataFrame) -> list[Checked]:
    """Every draw of a record in the order of its rows, made anew from its names, its seed or numbers, and its sample.

    Errors: OshError where the table is no record.

    >>> from oshlib.targeting.samples import draw_sample
    >>> one = rows("Lowell (made up)", "tertiary", "tertiary", draw_sample("tertiary", ["EST-01", "EST-02"]))
    >>> checked(one)[0].who, checked(one)[0].what
    ('Lowell (made up), tertiary', '1 of 2, seed 1')
    """
    return [_one(own) for _, own in as_texts(table).groupby(list(_DRAW), sort=False)]


def _one(own: pd.DataFrame) -> Checked:
    """One draw of a record, its cells as texts."""
    area, of, name, batch = own.iloc[0][list(_DRAW)]
    parts = [area, of + (f" by {name}" if name != of else ""), f"late batch {batch}" if batch else ""]
    who = ", ".join(part for part in parts if part)
    said = {column: Counter(own[column]).most_common(1)[0][0] for column in _SHARED}
    by = f"seed {said['seed']}" if said["seed"] else "the numbers given"
    what = f"{own['drawn'].ne('').sum()} of {len(own)}, {by}"
    return Checked(who, what, tuple(f"{who}: {difference}" for difference in _differences(own, said, by)))


def _differences(own: pd.DataFrame, said: dict[str, str], by: str) -> Iterator[str]:
    for column in _SHARED:
        values = list(dict.fromkeys(own[column]))
        if values[1:]:
            yield f"{column} is {_listed([v or 'blank' for v in values])} in one draw; expected the same in every row"
    placed = _in_order(own)
    if isinstance(placed, str):
        yield placed
        return
    try:
        again = _again(placed, said)
    except OshError as fault:
        yield str(fault)
        return
    yield from _of_sums(placed, said, again)
    yield from _of_size(said, again)
    yield from _of_selected(placed, again, by)


def _in_order(own: pd.DataFrame) -> pd.DataFrame | str:
    """The rows by their positions; where these are not 1 to N once each, a sentence on it."""
    odd = [p for p in own["position"] if not re.fullmatch(r"0*[1-9]\d{0,8}", p)]
    if odd:
        return f"position: found {_listed([p or 'a blank' for p in odd])}, expected whole numbers from 1"
    at = own["position"].map(int)
    last, twice = int(at.max()), sorted(set(at[at.duplicated()]))
    if twice:
        return f"position: found {_listed(twice)} more than once, expected 1 to {last} once each"
    if last > len(own):
        there = set(at)
        gap = next(p for p in range(1, last) if p not in there)
        return f"position: found no {gap}, expected 1 to {last} once each"
    return own.iloc[at.argsort()]


def _again(placed: pd.DataFrame, said: dict[str, str]) -> Draw:
    """The draw that a record speaks of, made anew."""
    frame = tuple(placed["unit_id"])
    _, of, name, batch = placed.iloc[0][list(_DRAW)]
    own = sample(name)
    if own.list != of:
        raise OshError(f"sample {name} is drawn from the list {own.list}, found {of or 'a blank'}")
    if said["seed"] and said["numbers"]:
        raise OshError("found a seed and numbers, expected one of them")
    if not said["seed"] and not said["numbers"] and said["n"] != "0":
        raise OshError("found neither a seed nor numbers, expected one of them")
    seed = _whole("seed", said["seed"] or "1")
    numbers = None if said["seed"] else [_whole("numbers", number) for number in said["numbers"].split()]
    cycles = _whole("cycles", said["cycles"])
    if not batch:
        return draw_sample(name, frame, seed, numbers, cycles)
    if own.batch and len(frame) != own.batch:
        raise OshError(f"found {len(frame)} late names, expected a batch of {own.batch}")
    if cycles != 1:
        raise OshError(f"cycles is {cycles}, expected 1: late names go to a cycle that is there")
    return supplement_sample(name, frame, seed, None if numbers is None else [numbers])[0][0]


def _of_sums(placed: pd.DataFrame, said: dict[str, str], again: Draw) -> Iterator[str]:
    if said["frame_sha256"] != again.frame_sha256:
        yield (
            f"frame_sha256 is {said['frame_sha256'][:12] or 'blank'}; the {len(again.frame)} names in their order give "
            f"{again.frame_sha256[:12]}: a name was added, left out, changed or moved"
        )
    seed = again.seed
    sums = ["" if seed is None else sha256(seed, own) for own in again.frame]
    wrong = [own for own, found, wanted in zip(again.frame, placed["sha256"], sums, strict=True) if found != wanted]
    if wrong:
        of = "blank, as numbers were given" if seed is None else f"that of '{seed}:{wrong[0]}'"
        yield f"sha256 of {_listed(wrong)} is not {of}" + (" and so on" if wrong[1:] and seed is not None else "")


def _of_size(said: dict[str, str], again: Draw) -> Iterator[str]:
    if not _is(said["share"], again.share):
        yield f"share is {said['share'] or 'blank'}; expected {_written(again.share) or 'blank'}"
    if said["n"] != str(again.n):
        yield f"n is {said['n'] or 'blank'}; expected {again.n} ({again.rule})"
    if said["rule"] != again.rule:
        yield f"rule is {said['rule']!r}; expected {again.rule!r}"


def _of_selected(placed: pd.DataFrame, again: Draw, by: str) -> Iterator[str]:
    drawn = dict(zip(placed["unit_id"], placed["drawn"], strict=True))
    marked = [own for own, place in drawn.items() if place]
    order = f"by {by} " + {0: "none is drawn", 1: f"the first is {_listed(again)}"}.get(
        again.n, f"the first {again.n} are {_listed(again)}"
    )
    wanted = dict(zip(again, map(str, again.cycle), strict=True))
    extra = [own for own in marked if own not in wanted]
    lost = [own for own in again if not drawn[own]]
    if extra:
        yield f"{_listed(extra)} {'are' if extra[1:] else 'is'} marked as drawn; {order}"
    if lost:
        yield f"{_listed(lost)} {'are' if lost[1:] else 'is'} drawn by {by} and not marked"
    if not extra and not lost and [drawn[own] for own in again] != [str(i + 1) for i in range(again.n)]:
        yield f"drawn is {_listed([f'{own} {drawn[own]}' for own in again])}; {order}, in this order"
    # Of a name that is wrongly drawn or wrongly left out the cycle is wrong, too, and needs no sentence.
    known = {*extra, *lost}
    for own, cycle in zip(placed["unit_id"], placed["cycle"], strict=True):
        if own not in known and cycle != wanted.get(own, ""):
            yield f"{own} is in {_cycle(cycle)}, expected {_cycle(wanted.get(own, ''))}"


def _cycle(text: str) -> str:
    return f"cycle {text}" if text else "no cycle"


def _whole(name: str, text: str) -> int:
    if not re.fullmatch(r"-?\d{1,400}", text):
        raise OshError(f"{name} is {text or 'blank'}; expected a whole number")
    return int(text)


def _is(text: str, share: Fraction | None) -> bool:
    if not text or share is None:
        return not text and share is None
    # Not 1e999999999, which would take all day.
    return bool(re.fullmatch(r"\d{1,30}(\.\d{0,30}|/0*[1-9]\d{0,30})?", text)) and as_written(text) == share


def _written(share: Fraction | None) -> Any:
    """A share as people write it: 0.3, or 1/3 where its decimals never end."""
    if share is None:
        return ""
    return float(share) if as_written(float(share)) == share else str(share)


def _listed(names: Iterable[Any]) -> str:
    texts = list(map(str, names))
    more = f" and {len(texts) - _NAMED:,} more" if len(texts) > _NAMED else ""
    return ", ".join(texts[:_NAMED]) + more
