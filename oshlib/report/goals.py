"""Goal attainment as the notebook shows it: verdict, chart, tables, what is left, method, headline."""

from __future__ import annotations

import calendar
from collections.abc import Mapping
from typing import Any

import plotly.graph_objects as go

from oshlib import charts, markup, words
from oshlib.goals import met
from oshlib.markup import Html
from oshlib.report.parts import (
    cautions,
    chosen_options,
    emit,
    fault_table,
    numerator,
    provenance,
    rate_figures,
    unrounded,
)
from oshlib.study import load
from oshlib.study.goals import Attainment, GoalStudy, study
from oshlib.verdicts import goal_luck, goal_sentence, goal_status, signed_count

# The notebook finds all that it needs here.
__all__ = ["cautions", "fault_table", "load", "provenance", "study"]


def verdict(found: GoalStudy) -> Html:
    """The verdict of each measure: how many goals were met, the last year, and what chance has to do with it."""
    parts = []
    for i, a in enumerate(found.attained.values()):
        parts.append(f'<p class="status">{markup.chip(*goal_status(a))} <span class="q">{a.measure.id}</span></p>')
        parts.append(markup.paragraphs(goal_sentence(a, _decimals(found)), css="say" if i == 0 else "say second"))
        parts.append(markup.paragraphs(goal_luck(a), css="sub"))
    return Html("".join(parts) + _numbers(found))


def goal_figure(found: GoalStudy) -> go.Figure:
    """The chart: one panel a measure."""
    return charts.goal_chart(
        [(a.measure.id, a.measure.base, a.years) for a in found.attained.values()], _decimals(found)
    )


def goal_tables(found: GoalStudy) -> Html:
    """One table a measure: the goal and its origin, the rate, whether it was met, the cases allowed and left."""
    parts = []
    for a in found.attained.values():
        interval = f"{words.share(found.confidence)} interval"
        header = ["Year", "Goal", a.measure.id, interval, "Difference", "% of goal", "Met?"]
        header += ["Cases", "Allowed", "Left", "With one more", "How the goal was set"]
        rows = [_row(r, found) for r in a.years.itertuples()]
        export = unrounded(a.years.drop(columns=["complete"]))
        parts.append(markup.table(header, rows, f"{a.measure.id} goals by year", text=(0, 6, 11), export=export))
    return Html("".join(parts))


def left_table(found: GoalStudy) -> Html:
    """The last year: what the goal still allows, what it needs, and when an even pace passes it."""
    rows = []
    for a in found.attained.values():
        r = a.last
        if r.most != r.most:
            rows.append([a.measure.id, str(r.year), *["–"] * 6])
            continue
        rows.append(
            [
                a.measure.id,
                f"{r.year}, {r.months:g} months" if a.in_progress else str(r.year),
                words.number(r.hours_of_year, 0),
                words.number(r.cases, 0),
                words.number(r.most, 0),
                signed_count(r.left),
                _needed(r),
                _month(r.month, found),
            ]
        )
    header = [
        "Measure",
        "Year",
        "Hours of the year",
        "Cases",
        "Allowed",
        "Left",
        "Hours for these cases",
        "Goal passed",
    ]
    return markup.table(header, rows, "What is left of the last year's goal", text=(0, 1, 7))


def left_check(found: GoalStudy) -> Html:
    """A visible check: with the cases allowed the rate keeps to the goal, with one more it does not."""
    rows = []
    for a in found.attained.values():
        r = a.last
        if r.most == r.most and r.most >= 0:
            at, over = (n * a.measure.per / r.hours_of_year for n in (r.most, r.most + 1))
            kept, lost = (met(n, r.hours_of_year, r.goal, a.measure.per) for n in (r.most, r.most + 1))
            aim, holds = float(r.goal), "holds" if kept and not lost else "fails"
            shown = next((d for d in range(3, 9) if words.number(aim, d) != words.number(over, d)), 9)
            text = f"{words.number(at, shown)} ≤ {words.number(aim, shown)} < {words.number(over, shown)}"
            rows.append([f"{a.measure.id} {r.year}: with {r.most:,.0f}, and with one more", text, holds])
    return markup.table(["Cases allowed", "Rates against the goal", "Result"], rows, "Check", text=(0, 1, 2))


def kpa_table(found: GoalStudy, kpa: Mapping[str, str]) -> Html:
    """The capability statement that each measure's goals answer."""
    rows = [
        [
            kpa.get(a.measure.id, "–"),
            a.measure.id,
            a.kpa,
            f"{a.met_years} of {a.of_years} judged",
            f"{len(a.years)} years",
        ]
        for a in found.attained.values()
    ]
    return markup.table(["Statement", "Measure", "Answer", "Goals met", "Window"], rows, "Statements", text=range(5))


def method(found: GoalStudy, **chosen: Any) -> Html:
    """Formula, rule, interval, projection, and every parameter as it was."""
    sources = dict.fromkeys(s for a in found.attained.values() for s in a.years["source"] if s)
    said = [
        *(
            f"{m.id}: {numerator(m)} × {m.per:,.0f} / {m.exposure}, {m.base}. Source: {m.source}."
            for m in found.measures
        ),
        f"Goals: {found.rule}. Source: {'; '.join(sources) or 'none'}.",
        "A goal is met where the rate is at or below it, in exact arithmetic: neither the rate nor the goal is rounded "
        "first. Cases allowed are the most whole cases that keep the year's rate at or below the goal; left is allowed "
        "less what there were, and below zero by how many it is over.",
        "The statement is satisfied where every year of the window met its goal; a part year is not judged.",
        "A year in progress goes on at its own hours and cases a month. Its chance is that of a negative binomial with "
        "size cases + 0.5 and probability hours / hours of the year: Poisson counts, the rate known only as well as "
        "the cases so far tell it.",
        f"Intervals are exact (Garwood), {words.share(found.confidence)}. Rates are rounded half up, for print only.",
        chosen_options(chosen),
    ]
    return markup.paragraphs(*said)


def headline(found: GoalStudy, prepared_by: str = "", reviewed_by: str = "") -> None:
    """Record the numbers that index.json carries: the last cell of the notebook."""
    numbers = {}
    for a in found.attained.values():
        own = a.years
        numbers[a.measure.id] = {
            **{k: own[k].tolist() for k in ("year", "value", "low", "high", "cases", "hours", "met")},
            "goal": [None if g is None else float(g) for g in own["goal"]],
            "met_years": a.met_years,
            "of_years": a.of_years,
            "cases_left": a.last.left,
            "kpa": a.kpa,
            "chance": a.chance,
        }
    emit(
        found.subject,
        {"unit": found.subject.name, "measures": numbers, "flags": found.cautions},
        _card(found),
        signed=(prepared_by, reviewed_by),
    )


def _row(r: Any, found: GoalStudy) -> list[Any]:
    decimals = _decimals(found)
    aim = None if r.goal is None else float(r.goal)
    known = r.value == r.value and aim is not None
    value, goal = words.told_apart(r.value, r.goal, decimals)
    return [
        r.year,
        goal,
        value + (f" in {r.months:g} months" if r.months < 12 else ""),
        words.span(r.low, r.high, decimals),
        _signed(r.value - aim) if known and aim is not None else "–",
        words.part(r.value / aim) if known and aim else "–",
        {True: "✓ met", False: "✕ missed", None: _unjudged(r, found)}[r.met],
        words.number(r.cases, 0),
        words.number(r.most, 0),
        signed_count(r.left),
        words.number(r.one_more, decimals),
        r.how,
    ]


def _numbers(found: GoalStudy) -> Html:
    items = []
    for a in found.attained.values():
        r = a.last
        interval = f"{words.share(found.confidence)} interval {words.span(r.low, r.high, _decimals(found))}"
        items.append((f"{a.measure.id} {r.year}", words.number(r.value, _decimals(found)), interval))
        aim = (
            "no goal"
            if r.goal is None
            else f"of {words.number(r.most, 0)} that a goal of {words.number(float(r.goal), 2)} allows"
        )
        items.append((f"{a.measure.id} cases left", signed_count(r.left), aim))
    return markup.facts(items)


def _card(found: GoalStudy) -> dict[str, Any]:
    first, *others = found.attained.values()
    text, symbol, tone = goal_status(first)
    r = first.last
    also = [dict(zip(("words", "symbol", "tone"), goal_status(a), strict=True), label=a.measure.id) for a in others]
    return {
        "status": {"words": text, "symbol": symbol, "tone": tone, "of": first.measure.id},
        "also": also,
        "picture": {"label": f"{first.measure.id} by year", "values": first.years["value"].tolist()},
        "facts": [
            [f"{first.measure.id} last year", words.number(r.value, _decimals(found))],
            [f"{words.share(found.confidence)} interval", words.span(r.low, r.high, _decimals(found))],
            ["Goal", words.number(None if r.goal is None else float(r.goal), 2)],
            ["Cases left", signed_count(r.left)],
            [
                "Chance this year",
                words.odds(first.chance) if first.in_progress and first.chance == first.chance else "–",
            ],
            ["Cautions", str(len(found.cautions))],
        ],
        "figures": [figure for a in found.attained.values() for figure in _figures(a, found)],
    }


def _figures(a: Attainment, found: GoalStudy) -> list[list[str]]:
    """What a reviewer compares between two editions: every year's rate, its goal, and whether it was met."""
    figures = rate_figures(a.measure, a.years, _decimals(found))
    for r in a.years.itertuples():
        goal = "no goal" if r.goal is None else words.exactly(float(r.goal), 2)
        answer = {True: "met", False: "missed", None: "not judged"}[r.met]
        figures.append([f"{a.measure.id} {r.year} goal", goal if r.goal is None else f"{goal}, {answer}"])
    return figures


def _unjudged(r: Any, found: GoalStudy) -> str:
    """Only the last year can be in progress; an earlier one of fewer months stays a part."""
    if r.value != r.value or not r.months < 12:
        return "–"
    return "– in progress" if r.year == found.subject.years[-1] else "– part year"


def _needed(r: Any) -> str:
    if r.cases == 0:
        return "any"
    return f"{words.number(r.needed, 0)} h" if r.needed == r.needed else "no hours would do"


def _signed(value: float) -> str:
    text = words.number(abs(value), 2)
    return f"{'−' if value < 0 else '+'}{text}" if text.strip("0.") else text


def _month(month: int | None, found: GoalStudy) -> str:
    """The name of the month, counted from the start of the year: October in federal fiscal years."""
    if month is None or month != month:
        return "not at this pace"
    first = 10 if found.subject.decimals == 2 else 1
    return f"in {calendar.month_name[(first + int(month) - 2) % 12 + 1]}, at an even pace"


def _decimals(found: GoalStudy) -> int:
    return found.subject.decimals
