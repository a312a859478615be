"""What may be shown of a de-identified table, so that no company can be told from it, alone or with an earlier one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from oshlib.disclosure import complement, memory, primary, table
from oshlib.disclosure.model import WHY, Published, Rules

__all__ = ["WHY", "Published", "Rules", "protect"]


def protect(
    members: pd.DataFrame,
    groupings: Sequence[Sequence[str]],
    details: Sequence[str] = (),
    sums: Sequence[str] = (),
    rules: Rules | None = None,
    earlier: dict[str, Any] | None = None,
    least: str | None = None,
    most: str | None = None,
) -> Published:
    """The sums by year and group that may be shown; the rest is hidden until nobody can work it out.

    members: one row a company and year with unit_id, year, hours, cases, and the columns named in the rest. groupings:
    each a list of attributes ([["state"], ["state", "size"]]); the total of each year is always there; a blank
    attribute is the group "not given". details: counts that partition cases (NaN: that company's are not known, and
    the details cover the others). sums: figures shown in total only. earlier: the `memory` of the last report.
    least, most: columns of what everybody knows to bound a company's hours, such as the ends of its size (NaN: none):
    nobody comes nearer than the rules allow, but by these alone.
    A company without hours or without cases is in no sum of that year: see `left_out`.
    Errors: OshError as in the message. Source: as Rules.
    """
    rules = rules or Rules()
    found = table.years(members, groupings, details, sums, least, most)
    past = memory.recall(earlier)
    reasons: list[list[Any]] = []
    for i, year in enumerate(found):
        broken = primary.apply(year, rules)
        reasons += [[year.year, *cell, why] for cell, why in broken.items()]
        same = [p for p in past if p.year == year.year]
        near = [p for p in [*past, *found[:i]] if abs(p.year - year.year) == 1]
        complement.secure(year, same, near, rules)
    cells = table.published(found)
    hidden = cells.loc[cells["shown"] == "hidden", ["year", "grouping", "group"]].drop_duplicates()
    return Published(cells, rules.sentence, len(hidden), table.left_out(found), memory.keep(found, earlier, reasons))
