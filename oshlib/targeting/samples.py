"""How many are drawn from which list: rows of a table, and draws by them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any

import pandas as pd

from oshlib import places, references
from oshlib.errors import OshError
from oshlib.exact import as_written
from oshlib.targeting.draws import Draw, draw, supplement

_OWN = places.ROOT / "data" / "reference" / "targeting_samples.csv"


@dataclass(frozen=True)
class Sample:
    """One row of data/reference/targeting_samples.csv.

    share or n: one of them, the other None. few: (10, 1) is one of fewer than ten. batch, take: of names that came
    late; None where there is no rule for them. per: whose list it is (area, partnership, nation).
    """

    sample: str
    directive: str
    list: str
    share: Fraction | None
    n: int | None
    few: tuple[int, int] | None
    rounding: str
    batch: int | None
    take: int | None
    per: str
    title: str
    source: str


@lru_cache
def samples() -> dict[str, Sample]:
    """Every sample that comes with the package, by its id, in the order of the file.

    >>> list(samples())[:2], samples()["secondary"].share
    (['secondary', 'secondary_at_least_one'], Fraction(3, 10))
    """
    return {
        row.sample: Sample(
            sample=row.sample,
            directive=row.directive,
            list=row.list,
            share=None if pd.isna(row.share) else as_written(row.share),
            n=_whole(row.n),
            few=None if pd.isna(row.few_below) else (int(row.few_below), int(row.few)),
            rounding=row.rounding or "down",
            batch=_whole(row.batch),
            take=_whole(row.take),
            per=row.per,
            title=row.title,
            source=row.source,
        )
        for row in references.read(_OWN, "targeting_samples").itertuples()
    }


def sample(name: str) -> Sample:
    """The row of that sample; OshError, with the names there are, where there is none.

    >>> sample("tertiary").few, sample("records_verification").n
    ((10, 1), 250)
    """
    if not isinstance(name, str) or name not in samples():
        raise OshError(f"sample: found {name!r}, expected one of {', '.join(samples())}")
    return samples()[name]


def draw_sample(
    name: str, ids: Iterable[str], seed: int = 1, numbers: Iterable[int] | None = None, cycles: int = 1
) -> Draw:
    """What a sample draws from one list in order of receipt; never from the lists of several areas at once.

    Errors: those of `sample` and `draw`.

    >>> draw_sample("tertiary", ["EST-01", "EST-02", "EST-03", "EST-04", "EST-05"]).rule
    'fewer than 10 names: 1; 1 of 5 is 20.0%'
    """
    own = sample(name)
    if own.share is None:
        return draw(ids, n=own.n, seed=seed, numbers=numbers, cycles=cycles)
    return draw(ids, own.share, seed, few=own.few, rounding=own.rounding, numbers=numbers, cycles=cycles)


def supplement_sample(
    name: str, ids: Iterable[str], seed: int = 1, numbers: Sequence[Iterable[int]] | None = None
) -> tuple[list[Draw], tuple[str, ...]]:
    """What a sample draws from names that came late, by full batches, and the ids that still wait.

    Errors: those of `sample` and `supplement`; OshError where the sample has no rule for late names.

    >>> draws, waiting = supplement_sample("tertiary", [f"LATE-{i}" for i in range(1, 13)])
    >>> [len(d) for d in draws], waiting
    ([1], ('LATE-11', 'LATE-12'))
    """
    own = sample(name)
    if own.batch is None or own.take is None:
        with_rule = ", ".join(s.sample for s in samples().values() if s.batch)
        raise OshError(f"sample {name}: found no rule for late names; {with_rule} have one")
    return supplement(ids, seed, own.batch, own.take, numbers=numbers)


def _whole(value: Any) -> int | None:
    return None if pd.isna(value) else int(value)
