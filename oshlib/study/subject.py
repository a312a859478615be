"""One unit in one window of years: its rows, what was left out, and where both came from."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches

import pandas as pd

from oshlib import places, tables, words
from oshlib.errors import OshError
from oshlib.rates import exposures


@dataclass(frozen=True)
class Subject:
    """One unit in one window of years.

    rows: one row for every year of the window, blank where the data have none; `row` is the row of the file.
    left_out: rows of the unit that were not used, with the reason. faults: of its rows, and of the file as a whole.
    """

    name: str
    unit_id: str
    path: str
    sha256: str
    years: list[int]
    rows: pd.DataFrame
    left_out: pd.DataFrame
    faults: pd.DataFrame
    hours_policy: str

    @property
    def decimals(self) -> int:
        """Federal fiscal-year rates are printed with two decimals, others with one."""
        return 2 if set(self.rows["year_type"]) - {""} == {"FY"} else 1

    @property
    def window(self) -> str:
        """The years in words."""
        kind = "fiscal" if self.decimals == 2 else "calendar"
        return (
            f"{kind} years {self.years[0]}–{self.years[-1]}" if len(self.years) > 1 else f"{kind} year {self.years[0]}"
        )


def load(data: str, unit: str, last_year: int | None = None, years: int = 5, hours_policy: str = "reported") -> Subject:
    """The rows of one unit in a window that ends with `last_year` (None: the last year that the unit has).

    unit: a unit_id, or a name that only one unit has. Errors: OshError that names the file and what was expected.
    """
    for name, value in (("years", years), *([("last_year", last_year)] if last_year is not None else [])):
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise OshError(f"{name}: found {value!r}, expected a whole number of 1 or more")
    table, faults = tables.read(data)
    unit_id, name = resolve(table, unit, data)
    mine = exposures(table[table["unit_id"].eq(unit_id)], hours_policy).sort_values("year")
    last = int(mine["year"].max()) if last_year is None else last_year
    window = list(range(last - years + 1, last + 1))
    used = mine[mine["year"].isin(window)]
    if used.empty:
        held = f"{mine['year'].min()} to {mine['year'].max()}"
        raise OshError(f"{data}: {name!r} has no row in {window[0]} to {last}; its years are {held}")
    rows = used.set_index("year").reindex(window)
    texts = ["unit", "unit_id", "year_type", "naics", "parent", "note", "hours_from", "struck"]
    rows[texts] = rows[texts].fillna("")
    rows["months"] = rows["months"].fillna(12.0).mask(rows["struck"].str.contains("months"))
    own = faults[faults["unit_id"].isin([unit_id, ""])]
    dropped = own[own["rule"].isin(["duplicate", "revised", "two-values", "required", "two-digit-year", "not-a-year"])]
    outside = mine[~mine["year"].isin(window)]
    left_out = pd.concat(
        [
            pd.DataFrame({"row": outside["row"], "year": outside["year"], "why": "outside the window"}),
            pd.DataFrame({"row": dropped["row"], "year": dropped["year"], "why": dropped["text"]}),
        ]
    ).sort_values("row", ignore_index=True)
    return Subject(
        name, unit_id, data, places.sha256(places.find(data)), window, rows.reset_index(), left_out, own, hours_policy
    )


def resolve(table: pd.DataFrame, unit: str, data: str) -> tuple[str, str]:
    """The id and the name (that of the latest year) of the unit asked for."""
    wanted = str(unit)
    found = table[table["unit_id"].eq(wanted)]
    if found.empty:
        named = table[table["unit"].eq(wanted)]
        ids = named["unit_id"].unique()
        if len(ids) > 1:
            some = words.listed(list(ids[:6]))
            raise OshError(f"{data}: unit: {wanted!r} is the name of {len(ids)} units; give one of the ids {some}")
        if len(ids) == 0:
            raise OshError(f"{data}: unit: found no {wanted!r}, neither as unit_id nor as name{_near(table, wanted)}")
        found = table[table["unit_id"].eq(ids[0])]
    last = found.sort_values("year").iloc[-1]
    return str(last["unit_id"]), str(last["unit"])


def _near(table: pd.DataFrame, wanted: str) -> str:
    known = {str(n).casefold(): str(n) for n in [*table["unit"].unique(), *table["unit_id"].unique()]}
    near = [known[n] for n in get_close_matches(wanted.casefold(), known, n=3, cutoff=0.5)]
    return (
        f"; near to it: {words.listed([repr(n) for n in near])}"
        if near
        else f"; the file holds {table['unit_id'].nunique()} units"
    )
