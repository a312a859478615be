"""The figures of an application form, field by field, under the names and with the notes that its layout gives them."""

from __future__ import annotations

from dataclasses import dataclass

from oshlib import tables
from oshlib.study.subject import Subject


@dataclass(frozen=True)
class Field:
    """One figure of the form: its column, what the layout says of it, and its value in every year of the window."""

    id: str
    note: str
    values: list[float]


def fields(subject: Subject) -> list[Field]:
    """Every figure that the rows hold and a form has, in the order of the form; years without it are NaN.

    What the letters of a form mean is settled as it is read, by the year of the form: here stand the meanings.
    """
    layout = next(v for v in tables.layouts().values() if "by_year" in v)
    letters = {entry["column"] for entry in layout["by_year"]}
    found = []
    for name, column in layout["columns"].items():
        if column["type"] not in ("count", "number") or name in letters or name not in subject.rows:
            continue
        values = subject.rows[name].astype(float)
        if values.notna().any() and name not in ("months", "dart_cases"):
            found.append(Field(name, column.get("help", ""), values.tolist()))
    return found
