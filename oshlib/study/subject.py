"""One unit in one window of years: its rows, what was left out, and where both came from."""

from __future__ import annotations

import hashlib
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import lru_cache

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from oshlib import flags, places, tables, words
from oshlib.errors import OshError
from oshlib.rates import PER, Measure, exposures, measure, rates


@dataclass(frozen=True)
class Subject:
    """One unit in one window of years.

    rows: one row for every year of the window, blank where the data have none; `row` is the row of the file.
    history: every row of the unit, for what looks further back. left_out: rows that were not used, with the reason.
    faults: of its rows, and of the file as a whole. summed: of units taken together, the rows of all of them.
    """

    name: str
    unit_id: str
    path: str
    sha256: str
    years: list[int]
    rows: pd.DataFrame
    history: pd.DataFrame
    left_out: pd.DataFrame
    faults: pd.DataFrame
    hours_policy: str
    summed: tuple[int, ...] = ()

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
    sha256 = places.sha256(places.find(data, "data"))
    faults = read_once(data)[1]
    found = rows_of(data, unit)
    unit_id, name = resolve(found, str(found["unit_id"].iloc[0]), data)
    mine = exposures(found, hours_policy).sort_values("year")
    last = int(mine["year"].max()) if last_year is None else last_year
    window = list(range(last - years + 1, last + 1))
    used = mine[mine["year"].isin(window)]
    if used.empty:
        held = f"{mine['year'].min()} to {mine['year'].max()}"
        raise OshError(f"{data}: {name!r} has no row in {window[0]} to {last}; its years are {held}")
    mine["months"] = mine["months"].fillna(12.0).mask(mine["struck"].str.contains("months"))
    rows = mine.set_index("year").reindex(window)
    texts = ["unit", "unit_id", "year_type", "naics", "parent", "note", "universe", "hours_from", "struck", "screened"]
    rows[texts] = rows[texts].fillna("")
    rows["months"] = rows["months"].where(rows["row"].notna(), 12.0)
    own = faults[faults["unit_id"].isin([unit_id, ""])]
    unused = ["duplicate", "revised", "longer-period", "two-values", "required", "two-digit-year", "not-a-year"]
    dropped = own[own["rule"].isin(unused)]
    outside = mine[~mine["year"].isin(window)]
    left_out = pd.concat(
        [
            pd.DataFrame({"row": outside["row"], "year": outside["year"], "why": "outside the window"}),
            pd.DataFrame({"row": dropped["row"], "year": dropped["year"], "why": dropped["text"]}),
        ]
    ).sort_values("row", ignore_index=True)
    return Subject(
        name=name,
        unit_id=unit_id,
        path=data,
        sha256=sha256,
        years=window,
        rows=rows.reset_index(),
        history=mine.reset_index(drop=True),
        left_out=left_out,
        faults=own,
        hours_policy=hours_policy,
    )


def rows_of(data: str, unit: str) -> pd.DataFrame:
    """The rows of one unit, by its id or a name that only it has; found at once in however long a file.

    Errors: OshError where there is none.
    """
    sha256 = places.sha256(places.find(data, "data"))
    table = _table(data, sha256)[0]
    at = _where(data, sha256, str(unit))
    return table.iloc[at if len(at) else _where(data, sha256, resolve(table, unit, data)[0])]


def digests(data: str) -> Callable[[str], str]:
    """By unit_id, the digest of what a report on it reads of a file: its rows, its faults, those of the whole file."""
    table, faults = read_once(data)
    sha256 = places.sha256(places.find(data, "data"))
    rows, wrong = _hashes(table), _hashes(faults)
    whose = faults["unit_id"].to_numpy()
    shared = wrong[whose == ""].tobytes()

    def of(unit_id: str) -> str:
        own = rows[_where(data, sha256, unit_id)].tobytes()
        return hashlib.sha256(own + wrong[whose == unit_id].tobytes() + shared).hexdigest()

    return of


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


def peers(subject: Subject) -> pd.DataFrame:
    """The rows of every unit of the subject's file in its last year, of its own industry where it names one."""
    table = read_once(subject.path)[0]
    mine = table[table["year"].eq(subject.years[-1]) & ~table["months"].lt(12)]
    code = subject.rows["naics"].iloc[-1]
    return mine[mine["naics"].eq(code)] if code else mine


def based(subject: Subject, m: Measure) -> Measure:
    """The measure under the base that these rows give it: per 100 employees where all hours are made from heads."""
    origins = set(subject.rows.loc[subject.rows["row"].notna(), "hours_from"])
    per_head = m.exposure == "hours" and m.per == PER and origins == {"headcount"}
    return replace(m, base="per 100 employees") if per_head else m


def chosen(subject: Subject, measures: Sequence[str]) -> list[Measure]:
    """The measures asked for, each once. Errors: OshError on anything but a list of measure ids."""
    if not isinstance(measures, list | tuple) or not measures:
        raise OshError(f"measures: found {measures!r}, expected a list of measures such as [TCR, LTCR]")
    return list({m.id: based(subject, m) for m in map(measure, measures)}.values())


def enough_years(min_years: int) -> int:
    """The least number of years, checked."""
    if not isinstance(min_years, int) or isinstance(min_years, bool) or min_years < 2:
        raise OshError(f"min_years: found {min_years!r}, expected a whole number of 2 or more")
    return min_years


def rates_of(subject: Subject, measures: Sequence[Measure], confidence: float, rows: pd.DataFrame) -> pd.DataFrame:
    """RATES of these rows of the unit, with the months of each year and whether it is `complete`."""
    found = rates(rows, [m.id for m in measures], by=["year"], confidence=confidence, hours_policy=subject.hours_policy)
    found.insert(0, "unit", subject.name)
    found["months"] = found["year"].map(rows.set_index("year")["months"])
    found["complete"] = found["value"].notna() & found["months"].ge(12)
    return found


def cautions_of(
    subject: Subject,
    found: pd.DataFrame,
    confidence: float,
    partial: str,
    own: Mapping[str, tuple[Measure, list[flags.Flag]]],
) -> list[flags.Flag]:
    """Every caution, by code as first met, then by year: of the rows, of each measure and its counts, of the faults.

    partial: what happens to a part year. own: by measure, the cautions that only this kind of report knows.
    """
    measures = [m for m, _ in own.values()]
    said = flags.of_rows(subject.rows[subject.rows["row"].notna()], measures, partial)
    for m, special in own.values():
        said += special + flags.of_counts(found[found["measure"].eq(m.id)], m, confidence, subject.decimals)
    inside = subject.faults["year"].isna() | subject.faults["year"].isin(subject.years)
    said += flags.of_faults(subject.faults[inside])
    said = [f for i, f in enumerate(said) if f not in said[:i]]  # what holds for every measure is said once
    order = {c: i for i, c in enumerate(dict.fromkeys(f["code"] for f in said))}
    return sorted(said, key=lambda f: (order[f["code"]], f["year"] or 0))


def read_once(data: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The table of a file and its faults, read once for all who ask while the file stays as it is."""
    return _table(data, places.sha256(places.find(data, "data")))


def warm(data: str) -> None:
    """Read a file, and put its units in order, so that whoever asks next finds both."""
    read_once(data)
    _in_order(data, places.sha256(places.find(data, "data")))


@lru_cache(maxsize=8)
def _table(data: str, sha256: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The file as it is now: one that has changed has another hash and is read again."""
    return tables.read(data)


def _hashes(table: pd.DataFrame) -> NDArray[np.uint64]:
    """One number a row; whole numbers that become fractions, for another row's sake, stay the same."""
    numbers = {c: float for c in table.columns if pd.api.types.is_numeric_dtype(table[c])}
    return np.asarray(pd.util.hash_pandas_object(table.astype(numbers), index=False))


@lru_cache(maxsize=8)
def _in_order(data: str, sha256: str) -> tuple[pd.Series, NDArray[np.int64]]:
    """The ids of a file in order, and the rows that they are of."""
    ids = _table(data, sha256)[0]["unit_id"].sort_values(kind="stable")
    return ids, ids.index.to_numpy()


def _where(data: str, sha256: str, unit_id: str) -> NDArray[np.int64]:
    """The numbers of the rows of a unit, found by halves; none where there is no such id."""
    ids, order = _in_order(data, sha256)
    low, high = (half(ids.array, unit_id) for half in (bisect_left, bisect_right))
    return np.sort(order[low:high])


def _near(table: pd.DataFrame, wanted: str) -> str:
    known = {str(n).casefold(): str(n) for n in [*table["unit"].unique(), *table["unit_id"].unique()]}
    near = [known[n] for n in get_close_matches(wanted.casefold(), known, n=3, cutoff=0.5)]
    return (
        f"; near to it: {words.listed([repr(n) for n in near])}"
        if near
        else f"; the file holds {table['unit_id'].nunique()} units"
    )
