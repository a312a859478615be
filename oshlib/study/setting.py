"""Where the goals of one measure come from: the rows of a rule, or a table, each refused where it cannot be meant."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from fractions import Fraction
from typing import Any

import pandas as pd

from oshlib import flags, goals, references, words
from oshlib.errors import OshError
from oshlib.exact import as_written
from oshlib.goals import Goal
from oshlib.rates import Measure
from oshlib.study.subject import Subject

#: A goal so far below every rate was meant as a fraction of the workers, not per hundred of them.
_FRACTION_OF_WORKERS = (Fraction(1, 10), 50)


def set_goals(
    subject: Subject, rule: str, m: Measure, own: pd.DataFrame, past: pd.DataFrame, numbers: Mapping[str, Any]
) -> tuple[list[Goal], list[flags.Flag]]:
    """The goal of every year of the window, and what to keep in mind of them.

    own: RATES of the window; past: of every year of the unit. numbers: those of `checked`.
    """
    if rule in references.rules():
        return _by_rule(subject, rule, m, past, **numbers)
    return _by_table(subject, rule, m, own)


def checked(rule: Any, base_year: Any, change: Any, national: Any) -> dict[str, Any]:
    """What a rule asks for beside the data. Errors: OshError where the rule is none, or does not use what is given."""
    if not isinstance(rule, str):
        raise OshError(f"goals: found {rule!r}, expected the id of a goal rule, or the path of a table of goals")
    given = {"base_year": base_year, "change": change, "national": national}
    _used(rule, given)
    return given


def uses(rule: str) -> set[str]:
    """Which of the numbers beside the data the rows of a rule ask for; none of a table of goals.

    >>> sorted(uses("compound")), sorted(uses("share")), sorted(uses("data/example/goals.csv"))
    (['base_year', 'change'], ['base_year'], [])
    """
    rows = references.rules().get(rule, [])
    asked = {
        "base_year": any(b.base_year is not None or b.first_year is None for b in rows),
        "change": any(b.change is None and b.method != "keep" for b in rows),
        "national": any(b.when.endswith("national") for b in rows),
    }
    return {name for name, wanted in asked.items() if wanted}


def _used(rule: str, given: Mapping[str, Any]) -> None:
    """A number that changes nothing would be printed as if it did: it is refused."""
    asked = uses(rule)
    for name, value in given.items():
        if value is not None and name not in asked:
            raise OshError(f"{name}: found {value!r}, which goals by {rule} do not use; leave it out")


def _by_rule(
    subject: Subject, rule: str, m: Measure, past: pd.DataFrame, base_year: int | None, change: Any, national: Any
) -> tuple[list[Goal], list[flags.Flag]]:
    rows = [b for b in references.rules()[rule] if b.measure in (m.id, "any")]
    if not rows:
        return [Goal(y, None, f"{rule} sets no goal for {m.id}") for y in subject.years], []
    whole = past[past["complete"]]
    rates = {int(r.year): goals.rate(r.cases, r.hours, r.per) for r in whole.itertuples()}
    known = {year: value for year, value in rates.items() if value is not None}
    if not known:
        base = base_year if base_year is not None else rows[0].base_year
        wanted = f"the {m.id} of {base} as its base" if base is not None else "earlier rates"
        why = f"{rule} needs {wanted}, and the data have no whole year of {m.id}"
        return [Goal(y, None, why) for y in subject.years], []
    series = goals.by_rule(
        [b if b.measure == m.id else _named(b, m) for b in rows], subject.years, known,
        base_year=_year("base_year", base_year), change=_share("change", change), national=_national(national, m),
    )  # fmt: skip
    said = []
    types = set(subject.rows["year_type"]) - {""}
    if rows[0].year_type and types and types != {rows[0].year_type}:
        text = f"{rule} is a rule for {rows[0].year_type} years; the data are {' and '.join(sorted(types))} years."
        said.append(flags.flag("NOT_COMPARABLE", None, text))
    return series, said


def _named(branch: goals.Branch, m: Measure) -> goals.Branch:
    return goals.Branch(**{**branch.__dict__, "measure": m.id})


def _by_table(subject: Subject, path: str, m: Measure, own: pd.DataFrame) -> tuple[list[Goal], list[flags.Flag]]:
    known = references.rules()
    if "/" not in path and "." not in path:
        near = get_close_matches(path, known, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else f" ({', '.join(known)})"
        raise OshError(f"goals: found {path!r}, neither a goal rule nor the path of a table of goals{hint}")
    table = references.read(path, "goals")
    for r in table[table["measure"].ne(m.id) & table["measure"].str.upper().eq(m.id)].itertuples():
        raise OshError(f"{path} row {r.row}, measure: found {r.measure!r}, expected {m.id!r}")
    mine = table[table["measure"].eq(m.id) & table["unit"].isin(["", subject.unit_id, subject.name])]
    # A goal of the unit's own goes before one for every unit.
    named = mine[mine["unit"].ne("")]
    mine = pd.concat([named, mine[mine["unit"].eq("") & ~mine["year"].isin(named["year"])]])
    twice = mine[mine.duplicated("year", keep=False)]
    if not twice.empty:
        year, rows = int(twice["year"].iloc[0]), twice["row"].tolist()
        raise OshError(f"{path} rows {words.listed(rows)}: two goals for {m.id} in {year}; expected one")
    by_year = {int(r.year): Goal(int(r.year), as_written(r.goal), "table", r.source or path) for r in mine.itertuples()}
    _no_fraction(path, m, [g.value for g in by_year.values() if g.value], own)
    missing = _lacking(path, m, by_year, table)
    said = []
    if unknown := sorted(set(by_year) - set(subject.history["year"]) - set(subject.years)):
        years = words.listed(unknown)
        text = f"{path} sets a {m.id} goal for {years}, and the data have no such year: it is not judged."
        said.append(flags.flag("MISSING_YEAR", unknown[0] if len(unknown) == 1 else None, text))
    return [by_year.get(y, Goal(y, None, missing)) for y in subject.years], said


def _lacking(path: str, m: Measure, by_year: Mapping[int, Goal], table: pd.DataFrame) -> str:
    """Why a year has no goal, with what the table holds instead."""
    if by_year:
        held = ", ".join(map(str, sorted(by_year)))
        return f"{path} holds no goal for this year (years with a goal for {m.id}: {held})"
    units = sorted(set(table["unit"]) - {""})[:6]
    named = f", units {words.listed(units)}" if units else ""
    return f"{path} holds none for this unit (it has measures {words.listed(sorted(set(table['measure'])))}{named})"


def _no_fraction(path: str, m: Measure, values: list[Fraction], own: pd.DataFrame) -> None:
    """A goal of 0.0425 for rates around 4 means 4.25: per worker where per hundred was expected."""
    least, times = _FRACTION_OF_WORKERS
    rates = own.loc[own["value"] > 0, "value"]
    if values and len(rates) and max(values) < least and rates.min() > times * float(max(values)):
        raise OshError(
            f"{path}: found {m.id} goals of {float(max(values)):g} at most, where no rate is below {rates.min():.2f}; "
            f"expected a rate {m.base}, such as {100 * float(max(values)):g}"
        )


def _share(name: str, value: Any) -> Fraction | None:
    if value is None:
        return None
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 < value < 1:
        percent = isinstance(value, int | float) and not isinstance(value, bool) and 1 <= value < 100
        hint = f"; {value:g}% is {value / 100:g}" if percent else ""
        raise OshError(f"{name}: found {value!r}, expected a fraction a year, such as 0.03 for 3%{hint}")
    return as_written(value)


def _year(name: str, value: Any) -> int | None:
    if value is None or (isinstance(value, int) and not isinstance(value, bool) and 1900 <= value <= 2199):
        return value
    raise OshError(f"{name}: found {value!r}, expected a year such as 2003")


def _national(value: Any, m: Measure) -> Fraction | None:
    own = value.get(m.id) if isinstance(value, dict) else value
    if own is None:
        return None
    if not isinstance(own, int | float) or isinstance(own, bool) or not 0 <= own < float("inf"):
        raise OshError(f"national: found {own!r}, expected a rate {m.base}, or one a measure: {{TCR: 2.5, LTCR: 1.3}}")
    return as_written(own)
