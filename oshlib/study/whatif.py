"""A unit as it might have been: some cases more or fewer, other hours, several units taken together, one left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from oshlib import words
from oshlib.errors import OshError
from oshlib.rates import Measure
from oshlib.study.subject import Subject, load, read_once

#: What one case of a kind is one of as well: a days-away case is also a lost-time case and a recordable one.
_ALSO = {
    "deaths": ("recordable_cases",),
    "dafw_cases": ("lost_time_cases", "recordable_cases"),
    "djtr_cases": ("recordable_cases",),
    "other_cases": ("recordable_cases",),
    "lost_time_cases": ("dafw_cases", "recordable_cases"),
}
_PARTS = ("deaths", "dafw_cases", "djtr_cases", "other_cases")
_HOURS = ("hours", "military_strength", "civilian_hours", "command_hours")
_COUNTS = (
    *_PARTS, "recordable_cases", "lost_time_cases", "first_aid_cases", "dafw_days", "djtr_days",
)  # fmt: skip
#: Text that a sum keeps where all its units say the same, and says all of where they do not.
_TEXTS = ("year_type", "naics", "parent", "universe", "hours_from")


def together(
    data: str, units: Sequence[str], last_year: int | None = None, years: int = 5, hours_policy: str = "reported"
) -> Subject:
    """One unit, or several added up year by year as if they were one.

    A year in which one of them has no row, no value, or is counted in another way (other months, another kind of year,
    a total where the others have its parts) has no sum: leaving a site out in silence would make the rest look safer.
    Errors: OshError as `load` gives them, and where no unit is named.
    """
    if not units:
        read_once(data)  # a file that cannot be read has more to say
        raise OshError(f"{data}: found no unit, expected one or more of the file")
    if len(units) == 1:
        return load(data, units[0], last_year, years, hours_policy)
    each = [load(data, u, last_year, years, hours_policy) for u in units]
    if last_year is None and len({s.years[-1] for s in each}) > 1:
        return together(data, units, max(s.years[-1] for s in each), years, hours_policy)
    first = each[0]
    names = [s.name for s in each]
    some = words.listed(names) if len(names) <= 3 else f"{', '.join(names[:2])} and {len(names) - 2} more"
    whole = sorted({int(y) for s in each for y in s.history["year"]})
    return replace(
        first,
        name=f"{some}, together",
        unit_id="+".join(s.unit_id for s in each),
        rows=_summed([s.rows for s in each], first.years, names),
        history=_summed([s.history for s in each], whole, names),
        left_out=pd.concat([s.left_out for s in each]).drop_duplicates(ignore_index=True),
        faults=pd.concat([s.faults for s in each]).drop_duplicates(ignore_index=True),
        summed=tuple(sorted(int(r) for s in each for r in s.rows["row"].dropna())),
    )


def changed(subject: Subject, m: Measure, cases: int = 0, hours: float = 0.0) -> Subject:
    """The subject with so many cases of a measure more (or fewer) and hours changed by a fraction, in its last year.

    More cases are of the last kind that the measure adds up, the mildest; fewer are taken from there on upwards, and
    never below none. A year without a value stays without one. hours: a fraction, -0.1 being a tenth fewer.
    """
    last = subject.years[-1]

    def moved(rows: pd.DataFrame) -> pd.DataFrame:
        out, at = rows.copy(), rows["year"].eq(last)
        held = [c for c in _HOURS if c in out]
        out.loc[at, held] = out.loc[at, held] * (1 + hours)
        kinds = m.cases if out.loc[at, list(m.cases)].notna().all(axis=None) else m.instead
        left = cases
        for kind in reversed(kinds):
            now = out.loc[at, kind].sum()
            step = left if left > 0 else max(left, -now)
            for column in {kind, *_ALSO.get(kind, ())}:
                out.loc[at, column] = (out.loc[at, column] + step).clip(lower=0)
            left -= step
        return out

    return replace(subject, rows=moved(subject.rows), history=moved(subject.history))


def _summed(tables: Sequence[pd.DataFrame], years: Sequence[int], names: Sequence[str]) -> pd.DataFrame:
    """These units' rows added up by year; NaN where one is missing, in the layout of the first."""
    each = [t.set_index("year").reindex(years) for t in tables]
    out = each[0].copy()
    numbers = [c for c in (*_COUNTS, *_HOURS, "employees") if c in out]
    months = np.array([t["months"].to_numpy(dtype=float) for t in each])
    lost = np.array([t["row"].isna().to_numpy() for t in each])
    alike = (months == months[0]).all(axis=0) & ~lost.any(axis=0)
    for column in (*_PARTS, "year_type"):
        filled = np.array([(t[column] if column == "year_type" else t[column].notna()).to_numpy() for t in each])
        alike &= (filled == filled[0]).all(axis=0)
    for column in numbers:
        total = sum(t[column].astype(float).to_numpy() for t in each)
        out[column] = np.where(alike, total, np.nan)
    out["row"] = each[0]["row"].where(~lost.any(axis=0))
    for column in (*_TEXTS, "struck", "screened", "note"):
        said = [t[column].fillna("") for t in each]
        join = "," if column == "struck" else " and "
        out[column] = [join.join(dict.fromkeys(v for v in row if v)) for row in zip(*said, strict=True)]
    out["naics"] = [code if " and " not in code else "" for code in out["naics"]]  # of no single industry
    for i, who in enumerate(names):
        out["note"] = out["note"].where(~lost[i], [f"{n}; no row of {who}".lstrip("; ") for n in out["note"]])
    return out.reset_index().assign(unit=" + ".join(names))
