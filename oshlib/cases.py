"""A log of cases, one row each, to the annual counts of the form, and to types of incident by their own words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from oshlib.rates import exposures
from oshlib.values import FAULTS

#: What a case is where its texts fit no type, and where it has none.
OTHER, UNKNOWN = "other_incidents", "unknown_incidents"


#: By outcome, the column of the annual table that counts it (form 300A, G to J).
COUNTS = {"death": "deaths", "dafw": "dafw_cases", "djtr": "djtr_cases", "other": "other_cases"}
#: Form 300A, M1 to M6 from 2004.
ILLNESSES = ("injuries", "skin_disorders", "respiratory", "poisonings", "hearing_loss", "other_illnesses")
#: Days that a case counts at most, away and restricted together: 29 CFR 1904.7(b)(3)(vii).
MOST_DAYS = 180
_UPDATED = "a log is kept up to date for five years, the form need not be (29 CFR 1904.33); neither is changed here"
#: Columns of a year that count no type of incident.
_NO_TYPE = ("hours", "employees", "recordable_cases", "dafw_days", "djtr_days", OTHER, UNKNOWN)
#: In a pattern of words: the rest of a word, and up to four words of one sentence.
_REST, _SOME = r"\w*", r"(?: [\w']+){0,4} "
_SHORT = re.compile(r"\b(ft|in|approx|lbs?|gal|ee)\.")


@dataclass(frozen=True)
class Type:
    """A type of incident: the words that make a case one, and phrases that are no such words.

    Words are found whole; * is the rest of a word, by itself any word; ... are up to four words of the
    same clause.
    """

    id: str
    title: str
    words: tuple[str, ...]
    unless: tuple[str, ...] = ()


def typed(table: pd.DataFrame, types: Sequence[Type], own: str, texts: Sequence[str]) -> pd.DataFrame:
    """The type of each case, and what decided it.

    own: the column in which the type itself was entered; it goes before words. texts: columns in the order in which
    they are read: the first whose words decide does, and within it the first of `types` that has a word there.
    `type` is categorical, its categories all types, OTHER and UNKNOWN; `because` is "entered", the words, or "".

    >>> falls = Type("falls", "Falls", ("fell*",), ("fell on",))
    >>> table = pd.DataFrame({"type": ["", ""], "text": ["He fell.", "A bar fell on him."]})
    >>> typed(table, [falls], "type", ["text"])["type"].tolist()
    ['falls', 'other_incidents']
    """
    ids = [one.id for one in types]
    found = [("", "")] * len(table)
    for i, row in enumerate(table[[own, *texts]].fillna("").itertuples(index=False, name=None)):
        found[i] = (row[0], "entered") if row[0] in (*ids, OTHER) else _by_words(row[1:], types)
    categories = pd.CategoricalDtype([*ids, OTHER, UNKNOWN])
    return pd.DataFrame(
        {
            "type": pd.Series([type_ for type_, _ in found], index=table.index, dtype=categories),
            "because": pd.Series([because for _, because in found], index=table.index, dtype=str),
        }
    )


def _by_words(texts: Sequence[str], types: Sequence[Type]) -> tuple[str, str]:
    for text in texts:
        plain = _plain_words(text)
        for one in types:
            words, unless = _patterns(one)
            hit = words.search(unless.sub(" ", plain) if unless else plain)
            if hit:
                return one.id, hit.group()
    return (OTHER if any(str(text).strip() for text in texts) else UNKNOWN), ""


@lru_cache
def _patterns(one: Type) -> tuple[re.Pattern[str], re.Pattern[str] | None]:
    return _pattern(one.words), _pattern(one.unless) if one.unless else None


def _pattern(words: Sequence[str]) -> re.Pattern[str]:
    """Any of the words, whole; the longest first, so that what is shown is all that was found."""
    each = []
    for word in sorted(words, key=len, reverse=True):
        gaps = [" ".join(part.casefold().replace("-", " ").split()) for part in word.split("...")]
        each.append(_SOME.join(_REST.join(map(re.escape, gap.split("*"))) for gap in gaps))
    return re.compile("|".join(rf"\b{one}\b" for one in each))


def _plain_words(text: str) -> str:
    """Small letters and one space between words; what is short for a unit ends no clause."""
    plain = str(text).casefold().replace("-", " ").replace("\u2019", "'")
    return " ".join(_SHORT.sub(r"\1", plain).split())


def annual(cases: pd.DataFrame) -> pd.DataFrame:
    """The form of each unit and year as its log has it: one row a unit_id and year, in that order.

    cases: as oshlib.lists.read gives a log, one row a case. Counts: COUNTS (deaths left out of days), M columns and
    types of incident; `recordable_cases` is every case. Days: at most MOST_DAYS a case, days away first; what was
    entered stands in `dafw_days_entered` and `djtr_days_entered`. Hours and employees where all rows agree. NaN where
    it is not known: the kinds with an outcome that is not known, M with a type that is not, days with a blank where the
    outcome must have them (a blank elsewhere on a log is none), everything where two rows of one case contradict or a
    case of the unit has no year. A unit-year without a row here may have had no case, or no log. Source: 29 CFR
    1904.7(b)(3) and 1904.32.

    >>> row = {"unit": "A", "unit_id": "A", "year": 2024, "incident_outcome": "dafw", "dafw_days": 200.0}
    >>> row |= {"djtr_days": 9.0, "type_of_incident": "injuries", "hours": 1e5, "employees": 50.0, "struck": ""}
    >>> table = pd.DataFrame([row]).assign(incident=pd.Categorical(["falls"], ["falls"]))
    >>> annual(table)[["recordable_cases", "dafw_cases", "dafw_days", "djtr_days", "falls"]].iloc[0].tolist()
    [1.0, 1.0, 180.0, 0.0, 1.0]
    """
    table = cases.reset_index(drop=True)
    outcome, m = table["incident_outcome"], table["type_of_incident"]
    known = ~table["struck"].str.split(",").map(lambda columns: "case_number" in columns)
    known &= ~table["unit_id"].isin(table.loc[table["year"].isna(), "unit_id"])  # it could be of any year
    out = pd.DataFrame({"unit_id": table["unit_id"], "year": table["year"]})
    for kind, column in COUNTS.items():
        out[column] = outcome.eq(kind).astype(float).where(outcome.ne("") & known)
    out["recordable_cases"] = known.astype(float).where(known)
    days = {}
    for kind, column in (("dafw", "dafw_days"), ("djtr", "djtr_days")):
        none = outcome.ne(kind) & outcome.ne("") & ~table["struck"].str.split(",").map(lambda s, c=column: c in s)
        days[column] = table[column].where(table[column].notna() | ~none, 0.0).mask(outcome.eq("death"), 0.0)
        days[column] = days[column].where(outcome.ne("") & known)
    away = days["dafw_days"].clip(upper=MOST_DAYS)
    out["dafw_days"], out["djtr_days"] = away, np.minimum(days["djtr_days"], MOST_DAYS - away)
    out["dafw_days_entered"], out["djtr_days_entered"] = days["dafw_days"], days["djtr_days"]
    for column in ILLNESSES:
        out[column] = m.eq(column).astype(float).where(m.ne("") & known)
    for column in table["incident"].cat.categories:
        out[column] = table["incident"].eq(column).astype(float).where(known)
    groups = out.dropna(subset=["year"]).groupby(["unit_id", "year"])
    counted = groups.agg(lambda values: values.sum(skipna=False))
    same = table.dropna(subset=["year"]).groupby(["unit_id", "year"])
    for column in ("employees", "hours"):
        counted.insert(0, column, same[column].first().where(same[column].nunique().eq(1)))
    counted.insert(0, "unit", same["unit"].first())
    return counted.reset_index()


def against(from_cases: pd.DataFrame, forms: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Where the log and the form of one unit and year differ, and what is to be said of it.

    from_cases: as `annual` gives it. forms: an annual table (oshlib.tables). Differences: unit, unit_id, year, column,
    log, form, difference (log less form), for every column that both have and know. No difference: days that agree
    before or after the limit of days, M1 given as G + H + I + J, and a type that the unknown incidents could fill.
    Faults: as oshlib.tables has them, all warnings, `row` being that of the form (1: it has none); neither side is
    changed. Source: 29 CFR 1904.33 (the log is kept up to date for five years, the summary need not be).
    """
    filed = forms.assign(recordable_cases=exposures(forms)["recordable_cases"])
    both = from_cases.merge(filed, on=["unit_id", "year"], how="left", suffixes=("", "_form"), indicator="side")
    differences: list[tuple[Any, ...]] = []
    faults: list[tuple[Any, ...]] = []
    compared = [c for c in from_cases.columns if c in filed.columns and c not in ("unit", "unit_id", "year")]
    for row in both.to_dict("records"):
        key = (row["unit_id"], int(row["year"]))
        if row["side"] == "left_only":
            text = f"the log has {_cases(row['recordable_cases'])} of {key[1]}, and there is no form of that year"
            faults.append((1, "year", str(key[1]), "log-without-form", "warning", text, "", *key))
            continue
        for column in compared:
            log, form = row[column], row[f"{column}_form"]
            if np.isnan(log) or np.isnan(form) or form in _equals(row, column):
                continue
            differences.append((row["unit"], *key, column, log, form, log - form))
            revised = column not in ("hours", "employees") and log > form
            say = _UPDATED if revised else "neither is changed here"
            text = f"the log gives {_plain(log)}, the form {_plain(form)}: {say}"
            flag = "REVISED" if revised else "SUM_MISMATCH"
            faults.append((int(row["row"]), column, _plain(form), "log-differs", "warning", text, flag, *key))
    faults += _without_log(from_cases, filed)
    names = ["unit", "unit_id", "year", "column", "log", "form", "difference"]
    return pd.DataFrame(differences, columns=names), pd.DataFrame(faults, columns=list(FAULTS))


def _equals(row: dict[str, Any], column: str) -> list[float]:
    """What on the form is no difference from the log."""
    values = [row[column]]
    if f"{column}_entered" in row:
        values.append(row[f"{column}_entered"])
    if column == ILLNESSES[0]:
        values.append(row["recordable_cases"])
    unknown = row.get(UNKNOWN, 0.0)
    if column in row and column not in (*COUNTS.values(), *ILLNESSES, *_NO_TYPE) and unknown > 0:
        values += [row[column] + more for more in range(1, int(unknown) + 1)]
    return values


def _without_log(from_cases: pd.DataFrame, filed: pd.DataFrame) -> list[tuple[Any, ...]]:
    """Forms with cases, in a year that the logs cover, of a unit that has a log, and none of this year."""
    logged = {(unit, int(year)) for unit, year in zip(from_cases["unit_id"], from_cases["year"], strict=True)}
    covered = filed[filed["unit_id"].isin(from_cases["unit_id"]) & filed["year"].isin(from_cases["year"])]
    out: list[tuple[Any, ...]] = []
    for row in covered.itertuples():
        key = (row.unit_id, int(row.year))
        if row.recordable_cases > 0 and key not in logged:
            text = f"the form has {_cases(row.recordable_cases)} of {key[1]}, and the log none"
            out.append((int(row.row), "year", str(key[1]), "form-without-log", "warning", text, "SUM_MISMATCH", *key))
    return out


def _cases(number: float) -> str:
    return "cases" if number != number else f"{number:,.0f} case{'' if number == 1 else 's'}"


def _plain(number: float) -> str:
    return f"{number:,.0f}" if number == round(number) else f"{number:,.1f}"
