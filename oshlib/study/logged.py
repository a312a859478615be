"""One unit's log of cases: what it adds up to, and where it differs from the form of the same year."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from oshlib import cases, flags, lists
from oshlib.study import whose
from oshlib.study.subject import Subject

#: What a form and a log both say, before the types of incident.
_COMPARED = (
    "recordable_cases", "deaths", "dafw_cases", "djtr_cases", "other_cases", "dafw_days", "djtr_days", "hours",
)  # fmt: skip
#: Columns whose short names are not words.
_NAMES = {
    "dafw_cases": "cases with days away", "djtr_cases": "cases of transfer or restriction", "dafw_days": "days away",
    "djtr_days": "days of transfer or restriction",
}  # fmt: skip


@dataclass(frozen=True)
class Logged:
    """counts: by year, what the log adds up to. beside: year, column, log, form, difference (log less form).

    every: the cases themselves, with the type of each and what decided it; those without a year among them. used: how
    many rows of the log there are. logs: how many establishments keep one, of all years.
    """

    counts: pd.DataFrame
    beside: pd.DataFrame
    every: pd.DataFrame
    faults: pd.DataFrame
    cautions: list[flags.Flag]
    used: int
    logs: int = 1


def study(path: str, subject: Subject) -> Logged:
    """The log of the unit in the years of its window; the form's numbers stand, what differs is said.

    A log is kept by establishment: those of all that belong to the unit are added up, but for hours and employees, as
    an establishment without a case stands in no log.
    """
    table, faults = lists.read(path, "cases")
    mine = table[whose.establishments_of(table, subject)]
    own = mine[mine["year"].isin(subject.years) | mine["year"].isna()].reset_index(drop=True)
    logs = own["unit_id"].nunique()
    counts = cases.annual(own.assign(unit_id=subject.unit_id, unit=subject.name))
    if logs > 1 or not whose.rows_of(own, subject).all():
        counts[["hours", "employees"]] = float("nan")
    differences, said = cases.against(counts, subject.history[subject.history["year"].isin(subject.years)])
    return Logged(
        counts.set_index("year"), _beside(counts, differences, subject), own, whose.faults_of(faults, mine, subject),
        [*_of_the_file(path, table, own, subject), *_of_differences(said)], len(own), logs,
    )  # fmt: skip


def _of_the_file(path: str, table: pd.DataFrame, own: pd.DataFrame, subject: Subject) -> list[flags.Flag]:
    """A log in which the unit has no case, although others have; cases without a year."""
    said = []
    if own.empty:
        others = "others have" if len(table) else "nobody has"
        text = f"{path}: no case of {subject.name} ({subject.unit_id}) in {subject.window}; {others} some."
        said.append(flags.flag("MISSING_YEAR", None, text))
    dateless = own[own["year"].isna()]
    if len(dateless):
        rows = ", ".join(map(str, dateless["row"]))
        text = f"Log of cases, row {rows}: no year, so it could be of any, and no count of the log is known."
        said.append(flags.flag("MISSING_YEAR", None, text))
    return said


def _of_differences(said: pd.DataFrame) -> list[flags.Flag]:
    """One caution a figure that differs; it begins with what differs."""
    return [
        flags.flag(r.flag, r.year, f"{plainly(r.column).capitalize()} of {int(r.year)}: {r.text} (row {r.row}).")
        for r in said[said["flag"].ne("")].itertuples()
    ]  # fmt: skip


def plainly(column: str) -> str:
    """A column of the form in words.

    >>> plainly("dafw_days"), plainly("struck_by")
    ('days away', 'struck by')
    """
    return _NAMES.get(column, column.replace("_", " "))


def _beside(counts: pd.DataFrame, differences: pd.DataFrame, subject: Subject) -> pd.DataFrame:
    """Every column that log and form may both have, year by year; the difference is NaN where one does not say."""
    types = [t.id for t in lists.types("incident_types")]
    forms = subject.rows.set_index("year")
    apart = differences.set_index(["year", "column"])["difference"]
    rows = []
    for log in counts.to_dict("records"):
        year = int(log["year"])
        for column in (*_COMPARED, *types):
            form = float(forms.loc[year].get(column, float("nan"))) if year in forms.index else float("nan")
            known = log[column] == log[column] and form == form
            rows.append((year, column, log[column], form, apart.get((year, column), 0.0) if known else float("nan")))
    return pd.DataFrame(rows, columns=["year", "column", "log", "form", "difference"])
