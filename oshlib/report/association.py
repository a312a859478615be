"""The association's annual report as the notebook shows it: verdict, rates, goals, and no word on who anybody is."""

from __future__ import annotations

from html import escape
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from oshlib import charts, markup, words
from oshlib.flags import stability
from oshlib.markup import Html
from oshlib.masks import FEW, SMALL
from oshlib.report.association_end import (
    advice_list,
    calendar_table,
    cautions,
    disclosure_rule,
    draw_table,
    fault_table,
    headline,
    keep,
    method,
    provenance,
    site_table,
)
from oshlib.report.association_goals import goal_tables, initiative_table, test_table
from oshlib.report.association_words import amount, sentence, status, subs
from oshlib.report.parts import ten_digits, unrounded
from oshlib.study.association import Association, study
from oshlib.study.association_members import size_names

# The notebook finds all that it needs here.
__all__ = [
    "advice_list", "calendar_table", "cautions", "combined_figure", "combined_table", "cross_checks",
    "disclosure_rule", "draw_table", "fault_table", "goal_tables", "group_table", "headline", "initiative_table",
    "keep", "kinds_figure", "kinds_table", "method", "provenance", "site_table", "study", "test_table", "verdict",
]  # fmt: skip


def verdict(a: Association) -> Html:
    """What the members' rate did together, how many reached the goal, and what no number can say."""
    found = f'<p class="status">{markup.chip(*status(a))} <span class="q">{a.measure.id}</span></p>'
    return Html(found + markup.paragraphs(sentence(a), css="say") + markup.paragraphs(*subs(a), css="sub") + _facts(a))


def combined_figure(a: Association) -> go.Figure | None:
    """The combined rate by year beside the benchmark; None where every year is hidden."""
    if not a.combined["value"].notna().any():
        return None
    return charts.combined_chart(a.combined, a.benchmark, _name(a), a.measure.base, 1)


def combined_table(a: Association) -> Html:
    """Every year: who took part, cases, hours, rate and interval, change and p against the year before."""
    rows = []
    beside = a.benchmark.set_index("year")["value"] if len(a.benchmark) else {}
    for r in a.combined.itertuples():
        shown = r.value == r.value
        cases = markup.with_note(words.number(r.cases, 0), stability(r.cases)) if shown else "hidden"
        change: str = "–"
        if r.ratio == r.ratio:
            moved = f"{words.percent(r.ratio - 1)} ({words.p_value(r.p).removeprefix('= ')})"
            change = markup.with_note(moved, _change_span(r))
        other = f"{_name(a)} {words.number(beside[r.year], 1)}" if r.year in beside else ""
        rate = markup.with_note(words.number(r.value, 2), other)
        rows.append([
            str(r.year), f"{r.members:,}", words.number(r.companies, 0), cases, words.number(r.hours, 0), rate,
            words.span(r.low, r.high, 2), change,
        ])  # fmt: skip
    sure = words.share(a.confidence)
    header = [
        "Year", "Participants", "With a rate", "Cases", "Hours", a.measure.id, f"{sure} interval", "Change (p)",
    ]  # fmt: skip
    saved = a.combined.copy()
    if len(a.benchmark):
        saved = saved.merge(a.benchmark[["year", "value"]].rename(columns={"value": "benchmark"}), "left", "year")
    return markup.table(header, rows, "All participants together, by year", export=unrounded(saved))


def group_table(a: Association) -> Html | None:
    """Every group of the last year, with its rate of that year and the one before; None where none was asked for."""
    parts = []
    for grouping in a.by:
        own = a.group_rates[a.group_rates["grouping"].eq(grouping)]
        before = own[own["year"].eq(a.year - 1)].set_index("group")["value"]
        rows = [
            [
                markup.Html(f'<span class="label">{escape(r.group)}</span>'),
                r.companies_shown or words.number(r.companies, 0), r.cases_shown or words.number(r.cases, 0),
                r.hours_shown or words.number(r.hours, 0),
                words.number(r.value, 1) if r.value == r.value else "not shown", words.span(r.low, r.high, 1),
                words.number(before.get(r.group), 1),
            ]
            for r in _ordered(a, own[own["year"].eq(a.year)]).itertuples()
        ]  # fmt: skip
        head = [
            grouping.capitalize(), "Participants", "Cases", "Hours", f"{a.measure.id} {a.year}",
            f"{words.share(a.confidence)} interval", f"{a.measure.id} {a.year - 1}",
        ]  # fmt: skip
        parts.append(markup.table(head, rows, f"Rates by {grouping}", export=ten_digits(own)))
    return Html("".join(parts)) if parts else None


def kinds_figure(a: Association) -> go.Figure | None:
    """The targeted types of incident by year; None where none is shown."""
    lines = []
    for kind in _kinds(a.types):
        own = a.types[a.types["quantity"].eq(kind)].set_index("year").reindex(a.years).reset_index()
        if own["value"].notna().any():
            lines.append((_short(kind), own[["year", "value"]]))
    return charts.kinds_chart(lines) if lines else None


def kinds_table(a: Association) -> Html:
    """The types of incident by year, counts only; "<5" is zero to four."""
    rows = [[a.kinds[k], *(_cell(a.types, y, k) for y in a.years)] for k in _kinds(a.types)]
    rows.append(["All recordable cases", *(_cell(a.types, y, "cases") for y in a.years)])
    saved = a.types[["year", "quantity", "value", "shown", "why"]]
    caption = "Types of incident by year"
    return markup.table(["Type", *map(str, a.years)], rows, caption, export=ten_digits(saved))


def cross_checks(a: Association) -> Html:
    """Visible checks on what is shown: groups and kinds never add up to more than their total."""
    rows = []
    year = a.year
    whole = _value(a.groups, year, "cases")
    for name, table in (("types", a.types), ("outcomes", a.outcomes), ("natures", a.natures)):
        own = table[table["year"].eq(year) & table["quantity"].isin(_kinds(table))]
        lost = (a.lost["table"].eq(name) & a.lost["year"].eq(year)).any()
        shown, most = own["value"].sum(), own["shown"].eq(FEW).sum() * (SMALL - 1)
        open_ = own["shown"].eq("hidden").any()
        if whole != whole or not len(own):
            continue
        holds = shown <= whole and (open_ or lost or shown + most >= whole)
        text = f"{shown:,.0f} shown + {own['shown'].ne('yes').sum()} not shown"
        text += f"{' + those of participants whose kinds are not known' if lost else ''}, of {whole:,.0f} cases"
        rows.append([f"{name.capitalize()} {year}", text, "holds" if holds else "fails"])
    for grouping, own in a.groups[a.groups["grouping"].ne("") & a.groups["year"].eq(year)].groupby("grouping"):
        part = own[own["quantity"].eq("hours")]
        total = _value(a.groups, year, "hours")
        if total == total:
            shown, lost = part["value"].sum(), int(part["shown"].ne("yes").sum())
            holds = shown < total if lost else abs(shown - total) < 0.5
            text = f"{shown:,.0f} shown + {lost} not shown, of {total:,.0f} hours"
            rows.append([f"Hours by {grouping} {year}", text, "holds" if holds else "fails"])
    if not rows:
        return markup.paragraphs("No total is shown that parts could be checked against.")
    return markup.table(["Check", "Numbers", "Result"], rows, "Checks", text=(0, 1, 2))


def _name(a: Association) -> str:
    """What the benchmark is called in its table; "" without one."""
    return str(a.benchmark["name"].iloc[0]) if len(a.benchmark) else ""


def _facts(a: Association) -> Html:
    r = a.last
    interval = f"{words.share(a.confidence)} interval {words.span(r.low, r.high, 1)}"
    items = [
        (f"{a.measure.id} {a.year}", words.number(r.value, 1), interval),
        ("Participants", f"{r.members:,}", f"{words.number(r.companies, 0)} with a rate"),
        ("Cases", words.number(r.cases, 0), f"in {words.number(r.hours / 1e6, 2)} million hours")
        if r.value == r.value
        else ("Cases", "not shown", ""),
    ]
    goal = next((t for t in a.tested if t.year == a.year and t.clock == "own"), None)
    if goal:
        met = goal.parts["met"]
        sure = goal.by_chance.get("beyond")
        more = f"{amount(sure)} beyond chance" if sure and met.known else f"{goal.due} due"
        items.append(("Goal met", f"{met.value:.0f} of {goal.due}" if met.known else met.text, more))
    return markup.facts(items)


def _change_span(r: Any) -> str:
    low, high = r.ratio_low, r.ratio_high
    if words.missing(low):
        return "–"
    return f"{words.percent(low - 1, 0)} to {'no limit' if words.missing(high) else words.percent(high - 1, 0)}"


def _kinds(table: pd.DataFrame) -> list[str]:
    return [q for q in dict.fromkeys(table["quantity"]) if ":" in q]


def _short(kind: str) -> str:
    """The name of a kind in a chart: its id in words."""
    return kind.partition(":")[2].replace("_", " ").capitalize()


def _cell(table: pd.DataFrame, year: int, quantity: str) -> str:
    own = table[table["year"].eq(year) & table["quantity"].eq(quantity)]
    if own.empty:
        return "–"
    row = own.iloc[0]
    return words.number(row["value"], 0) if row["shown"] == "yes" else str(row["shown"])


def _value(table: pd.DataFrame, year: int, quantity: str) -> float:
    own = table[table["year"].eq(year) & table["quantity"].eq(quantity) & table["grouping"].eq("")]
    return float(own["value"].iloc[0]) if len(own) else float("nan")


def _ordered(a: Association, own: pd.DataFrame) -> pd.DataFrame:
    """Sizes in their order, all else by name."""
    order = {name: i for i, name in enumerate(size_names(a.sizes))}
    return own.assign(order=[order.get(g, -1) for g in own["group"]]).sort_values(["order", "group"])
