"""What a list of participants says of one unit: since when it takes part, at which level, and its days."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import pandas as pd

from oshlib import lists
from oshlib.errors import OshError
from oshlib.study import contacts
from oshlib.study.deadlines import day_of
from oshlib.study.subject import Subject

#: The level of those who are on the list and do not take part yet.
_APPLICANT = "applicant"


@dataclass(frozen=True)
class Listed:
    """What the list of participants says of one: start (None: not given), level, days by name, plants, the faults."""

    start: date | None
    level: str
    days: Mapping[str, date | None]
    faults: pd.DataFrame
    path: str = ""
    row: int | None = None
    applicant: bool = False
    plants: float = float("nan")


def participating(path: str | None, subject: Subject, given: str | None) -> Listed:
    """What the list says of this unit. Errors: OshError where it is not on it."""
    own_start = day_of(given, "implementation_date")
    if path is None:
        return Listed(own_start, "", {"implementation_date": own_start}, subject.faults.iloc[:0])
    table, faults = lists.read(path, "participants")
    mine = table[table["unit_id"].eq(subject.unit_id)]
    if mine.empty:
        raise OshError(f"{path}: found no participant {subject.unit_id!r} ({subject.name})")
    row = mine.iloc[0]
    days = {str(c): day_of(row[c], str(c)) for c in mine if pd.api.types.is_datetime64_any_dtype(mine[c])}
    start = own_start or days.get("implementation_date")
    told = faults[faults["unit_id"].isin([subject.unit_id, ""])]
    told = pd.concat([told, _without_form(subject, days.get("applied"), int(row["row"]))], ignore_index=True)
    applicant = start is None and str(row["level"]) == _APPLICANT and "implementation_date" not in row["struck"]
    days = {**days, "implementation_date": start}
    row_of, heads = int(row["row"]), float(row["plants"])
    return Listed(start, str(row["level"]), days, told, path, row_of, applicant, heads)


def _without_form(subject: Subject, applied: date | None, row: int) -> pd.DataFrame:
    """An application rests on the form of the calendar year before it: a fault where that is not there."""
    known = subject.history[subject.history["recordable_cases"].notna()]["year"]
    if applied is None or applied.year - 1 in set(known):
        return subject.faults.iloc[:0]
    text = f"an application of {applied} needs the form 300A of {applied.year - 1}, and there is none with its counts"
    fault = (row, "applied", str(applied), "application-without-300a", "error", text, "", subject.unit_id, float("nan"))
    return pd.DataFrame([fault], columns=list(subject.faults.columns))


def plants_there(subject: Subject, listed: Listed) -> dict[int, float]:
    """How many plants there are, by year: as the form has them; in the last year, where it does not, as the list."""
    rows = subject.rows if "plants" in subject.rows else subject.rows.iloc[:0].assign(plants=float("nan"))
    return contacts.plants_by_year(rows["year"], rows["plants"], listed.plants, subject.years[-1])
