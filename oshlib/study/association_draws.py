"""Draws of plants and of participants: their numbers for the page, their names for the association alone."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from oshlib.errors import OshError
from oshlib.masks import LEAST
from oshlib.study.association_members import taking_part
from oshlib.targeting import record
from oshlib.targeting.draws import Draw
from oshlib.targeting.samples import draw_sample, sample


@dataclass(frozen=True)
class Drawn:
    """What the page may say of a draw.

    frames: lists drawn from; names: on all of them; drawn: of them, in all; NaN where fewer than three take part
    or stand there.
    unnamed: plants that stand in the frame by their number only, as no list names them; uncounted: participants whose
    plants nobody counted, each with one plant in the frame.
    """

    sample: str
    title: str
    frames: float
    names: float
    drawn: float
    seed: int
    source: str
    unnamed: int = 0
    uncounted: int = 0


def draws(
    people: pd.DataFrame, sessions: pd.DataFrame, year: int, seed: int, level: str | None, area: str | None
) -> tuple[list[Drawn], pd.DataFrame]:
    """The draws of plants and of participants at the end of a year, and their record with every name: private.

    level: of the participants who are drawn, be there any or not; None: all. area: one area only. Errors: OshError on
    an area that no participant has.
    """
    there = people[taking_part(people, year)]
    known = sorted({v for v in people["area"].dropna() if v})
    if area is not None and area not in known:
        raise OshError(f"area: found {area!r}, expected one of {len(known)} that the list of participants has")
    if area is not None:
        there = there[there["area"].eq(area)]
    plants, unnamed, uncounted = _plants(there, sessions, year)
    own = there if level is None else there[there["level"].eq(level)]
    parts: list[pd.DataFrame] = []
    inspected = draw_sample("plants", plants, seed)
    parts.append(record.rows(area or "", "plants", "plants", inspected))
    verified: list[Draw] = []
    for place, part in own.groupby(own["area"].replace("", "no area"), sort=True):
        one = draw_sample("participants", part["unit_id"].tolist(), seed)
        verified.append(one)
        parts.append(record.rows(str(place), "participants", "participants", one))
    few = len(there) < LEAST
    said = [
        _drawn("plants", [inspected] if plants else [], seed, unnamed, uncounted, few),
        _drawn("participants", verified, seed, few=few),
    ]  # fmt: skip
    return said, pd.concat(parts, ignore_index=True)


def _drawn(name: str, found: list[Draw], seed: int, unnamed: int = 0, uncounted: int = 0, few: bool = False) -> Drawn:
    own, nan = sample(name), float("nan")
    if few or sum(len(d.frame) for d in found) < LEAST:
        return Drawn(name, own.title, nan, nan, nan, seed, own.source)
    return Drawn(
        name, own.title, len(found), sum(len(d.frame) for d in found), sum(d.n for d in found), seed, own.source,
        unnamed, uncounted,
    )  # fmt: skip


def _plants(there: pd.DataFrame, sessions: pd.DataFrame, year: int) -> tuple[list[str], int, int]:
    """Every plant once, by participant in the order of the list: those with a name first, then by number."""
    own = sessions[sessions["year"].eq(year)] if len(sessions) else sessions
    named = own.groupby("unit_id")["plant"].unique() if len(own) else {}
    plants: list[str] = []
    unnamed = uncounted = 0
    for row in there.itertuples():
        mine = sorted(str(p) for p in named[row.unit_id]) if row.unit_id in named else []
        count = row.plants
        if count != count and not mine:
            uncounted, count = uncounted + 1, 1
        more = 0 if count != count else max(0, int(count) - len(mine))
        unnamed += more
        plants += [f"{row.unit_id}: {plant}" for plant in mine]
        plants += [f"{row.unit_id}: plant without a name {i}" for i in range(1, more + 1)]
    return plants, unnamed, uncounted
