"""Goals of one unit year by year: set by a table or a rule, met or not, and what is left of the last one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd
from scipy import special

from oshlib import flags, goals, words
from oshlib.benchmarks import most_shown
from oshlib.errors import OshError
from oshlib.goals import Goal
from oshlib.rates import Measure
from oshlib.study.setting import checked, set_goals
from oshlib.study.subject import Subject, cautions_of, chosen, enough_years, rates_of

#: How far above its goal a true rate is supposed to lie, to say how often chance lets it meet the goal all the same.
TOO_HIGH = 0.2


@dataclass(frozen=True)
class Attainment:
    """The goals of one measure.

    years: one row a year of the window: RATES columns and goal (a Fraction or None), how, source, met (True, False,
    None), hours_of_year (of a year in progress: to date and as many a month again), projected, most, left, one_more,
    needed, month. kpa: "satisfied", "not satisfied", "not determinable". Of the last year: chance that its goal will be
    met (in progress, else NaN); shows: the most cases that would show a true rate below the goal beyond chance; lucky:
    the chance that a unit whose true rate lies TOO_HIGH above its goal meets it all the same.
    """

    measure: Measure
    years: pd.DataFrame
    met_years: int
    of_years: int
    kpa: str
    in_progress: bool
    chance: float
    shows: float
    lucky: float

    @property
    def last(self) -> Any:
        """The last year of the window, as a named row."""
        return next(self.years.tail(1).itertuples())


@dataclass(frozen=True)
class GoalStudy:
    """A subject with its rates and the attainment of each measure's goals."""

    subject: Subject
    measures: list[Measure]
    rates: pd.DataFrame
    attained: Mapping[str, Attainment]
    cautions: list[flags.Flag]
    confidence: float
    min_years: int
    rule: str

    def rate(self, name: str) -> pd.DataFrame:
        """The rates of one measure, by year."""
        return self.rates[self.rates["measure"].eq(name)]


def study(
    subject: Subject,
    rule: str,
    measures: Sequence[str] = ("TCR", "LTCR"),
    min_years: int = 5,
    confidence: float = 0.95,
    base_year: int | None = None,
    change: Any = None,
    national: Any = None,
) -> GoalStudy:
    """The goals of every year of the window and whether they were met.

    rule: the id of a goal rule, or the path of a table of goals. change: a fraction a year, for rules that leave it
    open. national: the national rate that some rules compare with, one number or one a measure.
    Errors: OshError on an unknown rule, a base year without a rate, a number that the rule does not use, a goal that
    no rate could have been meant by.
    """
    asked, least = chosen(subject, measures), enough_years(min_years)
    numbers = checked(rule, base_year, change, national)
    found = rates_of(subject, asked, confidence, subject.rows)
    history = rates_of(subject, asked, confidence, subject.history)
    attained, own_flags = {}, {}
    bases: set[int] = set()
    for m in asked:
        own, past = (t[t["measure"].eq(m.id)] for t in (found, history))
        series, said = set_goals(subject, rule, m, own, past, numbers)
        bases |= {g.base for g in series if g.base is not None}
        attained[m.id] = _attain(m, own, series, least, confidence)
        own_flags[m.id] = (m, said + _cautions(attained[m.id], subject, least))
    if all(g is None for a in attained.values() for g in a.years["goal"]):
        why = next(iter(attained.values())).years["how"].iloc[-1]
        raise OshError(f"goals: {rule} gives no goal in {subject.years[0]} to {subject.years[-1]}: {why}")
    cautions = cautions_of(subject, found, confidence, "projected, not judged", own_flags)
    return GoalStudy(_with_bases(subject, bases), asked, found, attained, cautions, confidence, least, rule)


def _with_bases(subject: Subject, bases: set[int]) -> Subject:
    """The subject with its base years told apart from the rows that were not used at all."""
    out = subject.left_out
    used = out["year"].isin(bases) & out["why"].eq("outside the window")
    return replace(subject, left_out=out.assign(why=out["why"].mask(used, "outside the window, but the base of goals")))


def _attain(m: Measure, own: pd.DataFrame, series: list[Goal], min_years: int, confidence: float) -> Attainment:
    table = own.reset_index(drop=True).assign(
        goal=pd.Series([g.value for g in series], dtype=object), how=[g.how for g in series],
        source=[g.source for g in series],
    )  # fmt: skip
    rows = [_of_year(row, m.per) for row in table.itertuples()]
    table = table.join(pd.DataFrame(rows, columns=list(rows[0]), dtype=object).astype(dict.fromkeys(_NUMBERS, float)))
    judged = [v for v in table["met"] if v is not None]
    kpa = "not determinable"
    if len(judged) >= min_years:
        kpa = "satisfied" if all(judged) else "not satisfied"
    last = next(table.tail(1).itertuples())
    going = bool(last.months < 12 and last.value == last.value)
    nothing = float("nan")
    chance = goals.chance(last.cases, last.hours, last.hours_of_year - last.hours, last.most) if going else nothing
    expected = float(last.goal) * last.hours_of_year / m.per if last.goal is not None else nothing
    shows = float(most_shown(expected, (1 - confidence) / 2))
    lucky = float(special.pdtr(last.most, expected * (1 + TOO_HIGH))) if last.most >= 0 else nothing
    return Attainment(m, table, sum(judged), len(judged), kpa, going, chance, shows, lucky)


_NUMBERS = ("hours_of_year", "projected", "most", "left", "one_more", "needed", "step")


def _of_year(row: Any, per: float) -> dict[str, Any]:
    """What follows from one year's goal. Of a part year the hours go on as they were; the rate is that to date.

    Of a year whose months are not known nothing follows: its hours may be those of a part.
    """
    known = row.value == row.value and row.months == row.months
    whole = (row.hours * 12 / row.months if row.months < 12 else row.hours) if known else float("nan")
    most = goals.most_cases(row.goal, whole, per) if known and row.goal is not None else float("nan")
    return {
        "met": goals.met(row.cases, row.hours, row.goal, per) if row.complete else None,
        "hours_of_year": whole,
        "projected": row.cases * 12 / row.months if known else float("nan"),
        "most": most,
        "left": most - row.cases,
        "one_more": (row.cases + 1) * per / row.hours if known else float("nan"),
        "needed": goals.hours_needed(row.cases, row.goal, per) if known and row.goal is not None else float("nan"),
        "step": per / whole if known else float("nan"),
        "month": goals.month_of_loss(row.cases, row.months, most) if most == most else None,
    }


def _cautions(a: Attainment, subject: Subject, min_years: int) -> list[flags.Flag]:
    """MISSING_YEAR, PROVISIONAL, and SMALL_N where one case decides."""
    said = []
    held = a.of_years >= min_years
    lacking = a.years[[g is None for g in a.years["goal"]]]
    for why, part in lacking.groupby("how", sort=False):
        years = part["year"].tolist()
        who = f"{words.listed(years)} {'has' if len(years) == 1 else 'have'} no {a.measure.id} goal"
        if len(years) == len(a.years) > 1:
            who = f"No year has {'an' if a.measure.id[0] in 'AEIOL' else 'a'} {a.measure.id} goal"
        said.append(flags.flag("MISSING_YEAR", years[0] if len(years) == 1 else None, f"{who}: {why}."))
    for row in a.years.drop(index=lacking.index).itertuples():
        if row.value != row.value or row.months != row.months:
            text = f"{row.year} has no usable {a.measure.id}" + (
                "." if held else f": goals not determinable (needs {min_years})."
            )
            said.append(flags.flag("MISSING_YEAR", row.year, text))
        elif row.most == 0 and row.goal > 0:
            text = f"{row.year}: a {a.measure.id} goal of {words.number(float(row.goal), 2)} is below one case "
            said.append(
                flags.flag(
                    "SMALL_N", row.year, f"{text}({words.number(row.step, 2)}): only a year without one meets it."
                )
            )
        elif (row.met, row.left) in ((True, 0), (False, -1)):
            off, step = words.number(abs(row.value - float(row.goal)), 2), words.number(row.step, 2)
            text = f"{row.year}: {a.measure.id} is {off} from its goal and one case is {step}: one case decides."
            said.append(flags.flag("SMALL_N", row.year, text))
    if held and a.of_years < len(subject.years):
        said.append(
            flags.flag("PROVISIONAL", None, f"{a.measure.id} goals: {a.of_years} of {len(subject.years)} years.")
        )
    return said
