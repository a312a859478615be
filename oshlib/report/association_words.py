"""What an association's report says first: whether its members got safer together, and who reached the goal."""

from __future__ import annotations

from oshlib import words
from oshlib.masks import FEW, Shown
from oshlib.study.association import Association
from oshlib.study.association_tests import UNKNOWN, GoalCount

#: What stands for a combined rate that is not shown, and why, by its reason.
_WITHOUT = {
    "": "Not determinable: no usable year",
    "primary": "Hidden: too little to show",
    "small": "Too few cases for a rate",
    "complement": "Hidden beside what else is shown",
    "difference": "Hidden beside an earlier report",
}
_BECAUSE = {
    "": "nobody gave usable hours and cases",
    "primary": "it would say too much of single participants",
    "small": f"there were fewer than {FEW[1:]} cases",
    "complement": "with the rest of this report it would say too much of single participants",
    "difference": "with an earlier report it would say too much of single participants",
}


def status(a: Association) -> tuple[str, str, str]:
    """Words, symbol and tone of the trend of all participants together."""
    if words.missing(a.last.value):
        return _WITHOUT[a.why_no_rate], "○", "na"
    return words.verdict(a.trend)


def sentence(a: Association) -> str:
    """The combined rate of the year, what it did, and how sure that is."""
    r, m = a.last, a.measure
    if words.missing(r.value):
        return f"The combined {m.id} of {a.year} is not shown: {_BECAUSE[a.why_no_rate]}."
    now = (
        f"The participants' combined {m.id} was {words.number(r.value, 1)} {m.base} in {a.year} "
        f"({words.cases(r.cases)} in {words.number(r.hours / 1e6, 2)} million hours of {r.companies:.0f} participants)."
    )
    known = a.combined[a.combined["value"].notna()]
    if len(known) < 2:
        return f"{now} It is the first year; nothing can be said yet of a change."
    first = known.iloc[0]
    moved = "fell from" if first["value"] > r.value else "rose from" if first["value"] < r.value else "stayed at"
    said = f"{now} It {moved} {words.number(first['value'], 1)} in {first['year']:.0f}"
    if a.trend.direction == "not determinable":
        return f"{said}; of a trend nothing can be said with so few years."
    slope = words.percent(a.trend.annual_change)
    sure = words.change_span(a.trend.annual_change_low, a.trend.annual_change_high)
    chance = "beyond chance" if a.trend.beyond_chance else "which luck alone could have done"
    return f"{said}, on average {slope} a year ({sure}), {chance} (p {words.p_value(a.trend.p)})."


def subs(a: Association) -> list[str]:
    """The year before, the goal, and who the rates are of."""
    r = a.last
    said = []
    if r.ratio == r.ratio:
        sure = f"{words.percent(r.ratio_low - 1, 0)} to {words.percent(r.ratio_high - 1, 0)}"
        how = "beyond chance" if r.p < 1 - a.confidence else "no more than chance could do"
        said.append(
            f"Against {a.year - 1}: {words.percent(r.ratio - 1)} ({sure}, p {words.p_value(r.p)}), {how}."
        )  # fmt: skip
    said += [goal_sentence(t) for t in a.tested if t.year == a.year]
    if len(a.combined) > 1 and a.combined["members"].iloc[0] != r.members:
        said.append(
            f"Participants came and left ({a.combined['members'].iloc[0]} in {a.years[0]}, {r.members} in "
            f"{a.year}), so "
            "a part of any change may be another mix of companies."
        )
    return said


def goal_sentence(t: GoalCount) -> str:
    """How many of those due met the goal, how many beyond chance, and how many luck would give."""
    clock = "since their own implementation date" if t.clock == "own" else "since the partnership's start"
    if not t.due:
        return f"Nobody's {t.months} months {clock} had passed by the end of {t.year}: no goal was due."
    met, sure = t.parts["met"], t.by_chance.get("beyond")
    said = f"Of {_companies(t.due)} due, {t.months} months {clock}, {amount(met)} met the goal"
    said += f" of at most {words.number(t.target, 2)}"
    if sure is not None:
        said += f", {amount(sure)} of them beyond chance"
    lost = t.parts.get(UNKNOWN)
    if lost is not None:
        why = ", ".join(f"{k}: {n}" for k, n in t.why.items())
        said += f"; {amount(lost)} could not be determined ({why})"
    if t.expected == t.expected:
        said += f"; by luck alone, had nobody changed from the standard, about {words.number(t.expected)} would have"
    return said + "."


def amount(shown: Shown) -> str:
    """A count as it may be said.

    >>> amount(Shown(12.0)), amount(Shown(float("nan"), FEW)), amount(Shown(float("nan"), "hidden"))
    ('12', 'fewer than five', 'a number that is hidden')
    """
    if shown.known:
        return f"{shown.value:,.0f}"
    return "fewer than five" if shown.text == FEW else "a number that is hidden"


def _companies(number: int) -> str:
    return f"{number:,} participant{'' if number == 1 else 's'}"
