"""Which rows of a list are those of one unit: by its id, by its name, or as establishments of its company."""

from __future__ import annotations

from typing import Any

import pandas as pd

from oshlib.study.subject import Subject


def rows_of(table: pd.DataFrame, subject: Subject) -> Any:
    """True for the rows with the id of the unit, or with no id but its name; capitals and spaces make no difference."""
    own = table["unit_id"].eq(subject.unit_id)
    nameless = table["unit_id"].eq(table["unit"])  # the name stands in for an id that is not given
    return own | (nameless & _folded(table["unit"]).eq(_fold(subject.name)))


def ids_of(table: pd.DataFrame, people: pd.DataFrame) -> Any:
    """The unit_id of each row, told by the name where that stands in for it and one only of `people` has it."""
    names = pd.Series(people["unit_id"].to_numpy(), _folded(people["unit"]))
    known = names[~names.index.duplicated(keep=False)]
    nameless = table["unit_id"].eq(table["unit"])
    return table["unit_id"].where(~nameless, _folded(table["unit"]).map(known).fillna(table["unit_id"]))


def establishments_of(table: pd.DataFrame, subject: Subject) -> Any:
    """The same, and the rows whose establishment has its name or whose company (`parent`) is the unit."""
    known = {_fold(subject.unit_id), _fold(subject.name)}
    return (
        rows_of(table, subject) | _folded(table["unit"]).eq(_fold(subject.name)) | _folded(table["parent"]).isin(known)
    )


def faults_of(faults: pd.DataFrame, rows: pd.DataFrame, subject: Subject) -> pd.DataFrame:
    """The faults of these rows, of rows of the unit that were left out, and of rows and files that are nobody's."""
    named = faults["unit_id"].isin({subject.unit_id, "", *rows["unit_id"]}) | faults["row"].isin(rows["row"])
    return faults[named].reset_index(drop=True)


def _fold(text: str) -> str:
    return " ".join(str(text).casefold().split())


def _folded(texts: pd.Series) -> pd.Series:
    return texts.astype(str).map(_fold)
