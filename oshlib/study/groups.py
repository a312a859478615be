"""Who joined a program, who did not, who left, and who stands in no group."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from oshlib.targeting import spelled

PARTICIPANT, NONPARTICIPANT, LEFT = "participant", "nonparticipant", "left"
#: The two groups that are set against each other, the one asked about first.
COMPARED = (PARTICIPANT, NONPARTICIPANT)
_SAYS = ("joined", "withdrew", "removed_from_program")


def of(table: pd.DataFrame, screen: bool = True) -> pd.DataFrame:
    """One row an establishment: unit, group, industry, parent, aside (why it is left out altogether, "" for most).

    table: the annual table, with `joined`, `withdrew`, `removed_from_program` where the file has them. The last year
    that says anything counts: yes is a participant, no a nonparticipant, and who withdrew, was removed, or went from
    yes to no has left. group is "" where nothing is said, or where an error struck what was said. industry: `sic`, or
    `naics`, as last given.
    """
    rows = spelled(table).sort_values("year", kind="stable")  # who sent an agreement joined
    by_unit = rows.groupby("unit_id", sort=True)
    out = pd.DataFrame({"unit": by_unit["unit"].last()})
    said = {name: _last(rows, name, out.index) for name in _SAYS}
    ever = _ever(rows, "joined", "yes", out.index)
    group = pd.Series("", index=out.index).mask(said["joined"].eq("yes"), PARTICIPANT)
    group = group.mask(said["joined"].eq("no"), NONPARTICIPANT).mask(said["joined"].eq("no") & ever, LEFT)
    group = group.mask(said["withdrew"].eq("yes") | said["removed_from_program"].eq("yes"), LEFT)
    faulty = rows.loc[rows["struck"].ne(""), ["unit_id", "struck"]]
    unsure = [
        u for u, names in zip(faulty["unit_id"], faulty["struck"], strict=True) if set(_SAYS) & {*names.split(",")}
    ]
    out["group"] = group.mask(out.index.isin(unsure), "")
    out["industry"] = _last(rows, "sic", out.index).mask(lambda s: s.eq(""), _last(rows, "naics", out.index))
    out["parent"] = _last(rows, "parent", out.index)
    out["aside"] = np.select(
        [out.index.isin(rows.loc[rows["screened"].ne(""), "unit_id"]) & screen, _stands_for_others(out)],
        ["hours beyond belief", "its parts are in the file"], "",
    )  # fmt: skip
    return out


def _last(rows: pd.DataFrame, name: str, units: Any) -> pd.Series:
    """The last text that is not blank, by establishment."""
    if name not in rows:
        return pd.Series("", index=units)
    told = rows.loc[rows[name].ne(""), ["unit_id", name]].drop_duplicates("unit_id", keep="last")
    return told.set_index("unit_id")[name].reindex(units).fillna("")


def _ever(rows: pd.DataFrame, name: str, value: str, units: Any) -> pd.Series:
    ids = rows.loc[rows[name].eq(value), "unit_id"] if name in rows else []
    return pd.Series(units.isin(ids), index=units)


def _stands_for_others(units: pd.DataFrame) -> Any:
    """A row without a parent that others name as theirs is their sum: counted beside them it would count twice."""
    parents = set(units["parent"]) - {""}
    return units["parent"].eq("") & (units.index.isin(parents) | units["unit"].isin(parents))
