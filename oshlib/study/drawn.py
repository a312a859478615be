"""Draws from the lists of area offices, each in order of receipt, and from the whole country."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from oshlib import references, targeting
from oshlib.errors import OshError
from oshlib.targeting.draws import Draw
from oshlib.targeting.record import rows as record_rows
from oshlib.targeting.samples import Sample, draw_sample, samples, supplement_sample

#: What a list of the whole country is said to be of.
EVERYWHERE = "all areas"


@dataclass(frozen=True)
class Drawn:
    """One draw: from which list of which area, by which sample; batch: of late names, which ten."""

    area: str
    list: str
    sample: Sample
    draw: Draw
    batch: int | None = None

    @property
    def name(self) -> str:
        """The list, and which ten of its late names."""
        return self.list if self.batch is None else f"{self.list}, late names {self.batch}"

    @property
    def chance(self) -> bool:
        """Whether there was anything to draw: not all of the names are taken."""
        return len(self.draw) < len(self.draw.frame)


def make(
    table: pd.DataFrame, plan: targeting.Directive, area: str | None, asked: Any, seed: int, numbers: Any, cycles: int
) -> tuple[list[Drawn], list[tuple[str, str, tuple[str, ...]]]]:
    """Draws by area and list, in order of receipt; those of the whole country where no single area was asked for."""
    chosen = _chosen(plan.id, asked)
    given = _numbers(numbers)
    drawn: list[Drawn] = []
    waiting = []
    for sample in chosen:
        if sample.per == "nation":
            if area is None and not table.empty:
                drawn.append(_national(table, sample, seed, given))
            continue
        members = _in_order(table[table["list"].eq(sample.list)])
        for name, part in members.groupby("area", sort=True):
            late = _late(part, plan) if sample.batch else part["unit_id"].eq("")
            ids, after = part.loc[~late, "unit_id"].tolist(), part.loc[late, "unit_id"].tolist()
            own = given.get((str(name), sample.list, 0))
            if ids:
                # Of a supplementary list there is no cycle of its own: its names join the current one.
                made = draw_sample(sample.sample, ids, seed, own, cycles if sample.batch else 1)
                drawn.append(Drawn(str(name), sample.list, sample, made))
            if after:
                full = [given.get((str(name), sample.list, i + 1)) for i in range(len(after) // (sample.batch or 1))]
                lists = [x for x in full if x is not None]
                more, rest = supplement_sample(sample.sample, after, seed, lists if lists else None)
                drawn += [Drawn(str(name), sample.list, sample, d, i) for i, d in enumerate(more, start=1)]
                if rest:
                    waiting.append((str(name), sample.list, rest))
    _all_used(given, drawn, area, numbers)
    return drawn, waiting


def record(drawn: list[Drawn]) -> pd.DataFrame:
    """Every draw with its whole frame, as `oshlib verify-draw` reads it."""
    parts = [record_rows(d.area, d.list, d.sample.sample, d.draw, d.batch) for d in drawn]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()


def undated_of(table: pd.DataFrame, drawn: list[Drawn]) -> pd.DataFrame:
    """Those on a list in order of receipt that have no day of receipt."""
    ids = {i for d in drawn if d.sample.batch for i in d.draw.frame}
    mine = table[table["unit_id"].isin(ids)]
    return mine[mine["agreement_received"].isna()] if "agreement_received" in mine else mine


def _all_used(given: Any, drawn: list[Drawn], area: str | None, path: Any) -> None:
    """Numbers that no draw asked for are a slip of the pen: the draw that they were meant for was made by the seed."""
    made = {(d.area, d.list, d.batch or 0) for d in drawn}
    for key in given:
        if key not in made and area in (None, key[0]):
            batch = f", batch {key[2]}" if key[2] else ""
            known = "; ".join(f"{a}, {of}{f', batch {n}' if n else ''}" for a, of, n in sorted(made))
            raise OshError(
                f"{path}: found numbers for {key[0]}, {key[1]}{batch}; draws are made from {known or 'no list'}"
            )


def _chosen(directive: str, asked: Any) -> list[Sample]:
    mine = [s for s in samples().values() if s.directive == directive]
    if asked is None:
        return list({s.list: s for s in reversed(mine)}.values())[::-1]
    if not isinstance(asked, str | list | tuple):
        raise OshError(f"samples: found {asked!r}, expected names of samples")
    names = [asked] if isinstance(asked, str) else list(asked)
    for name in names:
        if name not in {s.sample for s in mine}:
            known = ", ".join(s.sample for s in mine) or "none"
            raise OshError(f"samples: found {name!r}; {directive} has the samples {known}")
    return [s for s in mine if s.sample in names]


def _national(table: pd.DataFrame, sample: Sample, seed: int, given: Any) -> Drawn:
    """From all that answered the survey, by id: there is no order of receipt."""
    answered = table["responded"].ne("no") if "responded" in table else table["list"].ne("")
    ids = sorted(table.loc[answered & table["list"].ne("out_of_scope"), "unit_id"])
    return Drawn(
        EVERYWHERE, sample.list, sample, draw_sample(sample.sample, ids, seed, given.get((EVERYWHERE, sample.list, 0)))
    )


def _in_order(members: pd.DataFrame) -> pd.DataFrame:
    """By the day of receipt, then by id; those without a day come last."""
    if "agreement_received" not in members:
        return members.sort_values("unit_id")
    return members.sort_values(["agreement_received", "unit_id"], na_position="last")


def _late(members: pd.DataFrame, plan: targeting.Directive) -> Any:
    if "agreement_received" not in members or "late" not in plan.limits:
        return members["unit_id"].eq("")
    return members["agreement_received"] > pd.Timestamp(plan.limits["late"])


def _numbers(path: Any) -> dict[tuple[str, str, int], list[int]]:
    if not path:
        return {}
    found: dict[tuple[str, str, int], list[int]] = {}
    for row in references.read(path, "random_numbers").itertuples():
        batch = 0 if row.batch != row.batch else int(row.batch)
        found.setdefault((row.area, row.list, batch), []).append(int(row.number))
    return found
