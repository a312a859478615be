"""Verdicts on goals and reductions in words: what the numbers say, and what chance has to do with it."""

from __future__ import annotations

from oshlib import words
from oshlib.study.benchmark import BenchmarkStudy
from oshlib.study.goals import TOO_HIGH, Attainment


def goal_status(a: Attainment) -> tuple[str, str, str]:
    """Words, symbol and tone of an attainment."""
    if a.of_years == 0:
        return "Not determinable", "○", "na"
    text = f"Met in {a.met_years} of {a.of_years} year{'' if a.of_years == 1 else 's'}"
    if a.kpa == "not determinable":
        return f"{text}: not determinable", "○", "na"
    if a.met_years == a.of_years:
        return text, "●", "good"
    if a.met_years == 0:
        return text, "▲", "bad"
    judged = [m for m in a.years["met"] if m is not None]
    return (f"{text}, the last one met", "◐", "mix") if judged[-1] else (f"{text}, the last one missed", "△", "poor")


def goal_sentence(a: Attainment, decimals: int) -> str:
    """Goals met, the missed ones by name, and the last year."""
    r = a.last
    if not a.of_years and not a.in_progress:
        return f"The goals of {a.measure.id} are not determinable: no year has both a rate and a goal."
    missed = [
        f"{y.year}: {' against '.join(words.told_apart(y.value, y.goal, decimals))}"
        for y in a.years.itertuples()
        if y.met is False
    ]
    behind = f" (missed {'; '.join(missed)})" if missed else ""
    years = f"{a.met_years} of the {words.count(a.of_years)} years that can be judged"
    if a.of_years == 1:
        years = f"{a.met_years} of one year that can be judged"
    elif a.of_years == len(a.years):
        years = f"{a.met_years} of the past {words.count(a.of_years)} years"
    said = f"{a.measure.id} goals were met in {years}{behind}." if a.of_years else ""
    if r.goal is None or r.value != r.value:
        return said
    value, aim = words.told_apart(r.value, r.goal, decimals)
    now = f"{value} {a.measure.base} against a goal of {aim}"
    if a.in_progress:
        return (
            f"{said} {r.year} so far ({r.months:g} months): {now}; the whole year allows {words.cases(r.most)}, "
            f"{_spare(r.left)}. The chance that the goal is met is {words.odds(a.chance)} "
            f"({words.part(a.chance)})."
        ).strip()
    rest = _spare(r.left) if r.most == r.most else "not judged, as its months are not known"
    return f"{said} In {r.year} {a.measure.id} was {now}: {rest}."


def goal_luck(a: Attainment) -> str:
    """What the last year's counts could have shown about the goal, as a manager can act on it."""
    r = a.last
    if r.most != r.most:
        return ""
    if r.most < 0:
        return "Not even a year without a case meets this goal."
    if not r.goal:
        return "Only a year without a case meets this goal, and no count of cases can show that the true rate is zero."
    who = {-1: "not even a year without a case", 0: "only a year without a case"}
    few = who.get(int(a.shows), f"at most {words.cases(a.shows)}")
    show = f"{few} would show beyond chance that the true rate is below"
    often = words.odds(a.lucky, "years")
    return (
        f"These hours allow {words.cases(r.most)}; {show} the goal. A unit whose true rate lies "
        f"{TOO_HIGH:.0%} above the goal still meets it in {often}."
    )


def signed_count(value: float) -> str:
    """A whole number that may be below zero.

    >>> signed_count(-3.0), signed_count(float("nan"))
    ('−3', '–')
    """
    return "–" if words.missing(value) else f"{'−' if value < 0 else ''}{abs(value):,.0f}"


def _spare(left: float) -> str:
    if left < 0:
        return f"over by {words.cases(-left)}"
    return f"{words.cases(left)} left" if left else "none left"


def reduction_status(b: BenchmarkStudy) -> tuple[str, str, str]:
    """Words, symbol and tone of a reduction: the rule's answer, of which kind, and whether it could be chance."""
    goal, r = f"{words.share(b.share)} below", b.found
    if r.met is None:
        return "Not determinable", "○", "na"
    if b.result("reduction") == "not yet due":
        return f"{goal}: not yet due", "◇", "flat"
    if r.met:
        none, shown = b.year.cases == 0, b.year.cases <= r.shows
        if shown:
            return f"{goal}{' with no case' if none else ''}, beyond chance", "▼", "good"
        return f"{goal} {'with no case' if none else 'by the numbers'}, not beyond chance", "▽", "ok"
    return (
        (f"Not {goal}, beyond chance", "▲", "bad") if r.high < b.share else (f"Not {goal}, perhaps chance", "△", "poor")
    )


def reduction_sentence(b: BenchmarkStudy, decimals: int) -> str:
    """The rule's verdict with its number and the range that the counts leave."""
    r, y, m = b.found, b.year, b.measure
    if r.met is None:
        return f"No verdict: the data do not give a {m.id} of the whole of {y.year}."
    part = words.share(b.share)
    held = f"the {'three-year standard' if b.standard.of_three else 'standard'} of"
    limit = words.number(float(b.standard.value), 2)
    said = f"met by {'having no case' if y.cases == 0 else 'the numbers'}" if r.met else "not met"
    if b.result("reduction") == "not yet due":
        said += ", though not yet due"
    return (
        f"{m.id} {words.number(y.value, max(decimals, 2))} in {y.year} is {side(r.reduction)} {held} {limit} "
        f"(goal {part} below): {said}; with {words.cases(y.cases)} the {words.share(b.confidence)} "
        f"range runs from {side(r.high)} to {side(r.low)} the standard."
    )


def reduction_luck(b: BenchmarkStudy) -> str:
    """Whether the data could have shown the change at all, as a plant manager can act on it."""
    r, p = b.found, b.power
    if p is None or r.met is None:
        return ""
    part = words.share(b.share)
    who = {-1: "not even a year without a case", 0: "only a year without a case"}
    show = f"{who.get(r.shows, f'no more than {words.cases(r.shows)}')} would show {part} beyond chance"
    need = (
        f"Only a true fall of {words.part(p.needed)} would be shown four times in five."
        if p.needed == p.needed
        else "No fall, however deep, can be shown by one year of these hours: pool years."
    )
    return (
        f"Could these hours have shown it? At the standard {words.number(r.expected, 1)} cases are expected; {show}. "
        f"A plant still at the standard meets the rule in {words.odds(p.passes_unchanged, 'years')}; one that truly is "
        f"{part} below misses it in {words.odds(1 - p.passes_reached, 'years')}. {need}"
    )


def side(reduction: float) -> str:
    """A reduction as a distance: 30.5% below, 24.0% above, at the standard."""
    shown = words.percent(abs(reduction), 1, sign=False)
    return f"{shown} {'below' if reduction >= 0 else 'above'}"
