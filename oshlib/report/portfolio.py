"""A portfolio as the notebook shows it: who stands out, the funnel, every unit with its interval, headline."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from oshlib import charts, funnel, markup, words
from oshlib.headline import record
from oshlib.markup import Html
from oshlib.report.parts import caution_list, chosen_options, counted, fingerprint, numerator, unrounded, whole_file
from oshlib.study.portfolio import LEVELS, Portfolio, study
from oshlib.verdicts import signed_count

# The notebook finds all that it needs here.
__all__ = ["study"]

#: Fewer units around their own centre say nothing of each other.
_LEAST = 3
#: Rows of the table on the page; saved as csv or xlsx it holds every unit.
MOST_ROWS = 600
_VARIATION = {
    "improving": "▼ improving", "concerning": "▲ concerning", "common": "● common cause", "": "○ too few to say",
}  # fmt: skip
_ASSURANCE = {"meets": "✓ meets", "fails": "✕ fails", "varies": "≈ hit and miss", "": "○ too few to say"}
_FUNNEL = {2: "▲ above 99.8%", 1: "△ above 95%", 0: "● inside", -1: "▽ below 95%", -2: "▼ below 99.8%"}


def verdict(p: Portfolio) -> Html:
    """How many units stand out, beside how many would by chance alone."""
    inner, outer = LEVELS
    found = [f'<p class="status">{markup.chip(*status(p))} <span class="q">{p.measure.id}</span></p>']
    n, h = p.counted["cases"].sum(), p.counted["hours"].sum()
    found.append(
        markup.paragraphs(
            f"{_units(len(p.counted))} had {n:,.0f} cases in {h:,.0f} hours, {p.measure.id} "
            f"{words.number(n * p.measure.per / h, 2)} {p.measure.base}. Outside the {_out(p, outer)}; outside the "
            f"{_out(p, inner)}.{_aside(p)}",
            css="say",
        )
    )
    return Html("".join(found) + markup.paragraphs(_spread(p), _names(p), css="sub"))


def status(p: Portfolio) -> tuple[str, str, str]:
    """Words, symbol and tone: the worst that is found."""
    if p.own_centre and len(p.counted) < _LEAST:
        return f"Only {_units(len(p.counted))}: nothing to compare with", "○", "na"
    high = int(p.counted[f"outside_{LEVELS[1]}"].eq(1).sum())
    if high:
        return f"{_units(high)} above the 99.8% limit", "▲", "bad"
    some = int(p.counted[f"outside_{LEVELS[0]}"].eq(1).sum())
    if some:
        return f"{_units(some)} above the 95% limit", "△", "poor"
    return "No unit above the limits", "●", "good"


def place(p: Portfolio, unit_id: str) -> tuple[tuple[str, str, str], str]:
    """Where one unit stands in the funnel: words, symbol and tone, and a sentence."""
    mine = p.units[p.units["unit_id"].eq(unit_id)].assign(rank=lambda u: _rank(u))
    if mine.empty:
        return ("Not in the funnel", "○", "na"), f"The file has no row of it in {p.years[0]} to {p.years[-1]}."
    r = next(mine.itertuples())
    if r.aside:
        return ("Not in the funnel", "○", "na"), f"It stands outside the reckoning: {r.aside}."
    symbol, _, text = _FUNNEL[r.rank].partition(" ")
    tone = {2: "bad", 1: "poor", 0: "flat", -1: "ok", -2: "good"}[r.rank]
    expected = p.mean * r.hours / p.measure.per
    said = (
        f"{words.cases(r.cases)} in {words.number(r.hours, 0)} hours, where the centre of "
        f"{words.number(p.mean, 2)} expects {words.number(expected, 1)}; {_units(len(p.counted))} in the funnel."
    )
    return (f"{text.capitalize()} limits" if r.rank else "Inside the limits", symbol, tone), said


def funnel_figure(p: Portfolio, mark: str = "") -> go.Figure:
    """Every unit by its hours, between exact limits. mark: the id of a unit that is drawn with a ring and its name."""
    units = p.counted.assign(rank=_rank(p.counted))
    grid = np.geomspace(units["hours"].min() * 0.8, units["hours"].max() * 1.25, 60)
    edges = {side: (grid, *funnel.limits(grid, p.mean, side, p.measure.per)) for side in LEVELS}
    # Rates of a handful of hours would squeeze all others into a line: the axis ends where nine in ten are below it.
    top = max(3 * p.mean, float(units["value"].quantile(0.95)) * 1.1, p.goal * 1.2) or 1.0
    return charts.funnel_chart(units, edges, p.mean, p.goal, p.measure.base, top, mark)


def unit_table(p: Portfolio) -> Html:
    """Every unit with its interval; those outside the limits first, then by name."""
    units = p.units.assign(rank=_rank(p.units))
    units["order"] = -units["rank"].abs() * 10 - (units["rank"] > 0)
    units = units.sort_values(["order", "unit", "unit_id"])
    rows = [_row(r, p) for r in units.head(MOST_ROWS).itertuples()]
    last = p.years[-1]
    header = [
        "Unit", "Years", "Cases", "Hours", p.measure.id, f"{words.share(p.confidence)} interval", "Funnel",
        "Own variation", "Against the goal", f"Cases {last}", "Left",
    ]  # fmt: skip
    export = unrounded(units.drop(columns=["order", "rank"]).assign(measure=p.measure.id, per=p.measure.per))
    table = markup.table(header, rows, "Units", text=(0, 6, 7, 8), export=export)
    more = len(units) - MOST_ROWS
    return Html(
        table + (markup.paragraphs(f"{more:,} more units stand in the csv and the xlsx only.") if more > 0 else "")
    )


def left_table(p: Portfolio) -> Html:
    """The units nearest to their goal, or furthest beyond it."""
    rows = [
        [markup.unit(r.unit, r.unit_id), words.number(r.last_cases, 0), words.number(r.most, 0), signed_count(r.left)]
        for r in p.fewest_left.itertuples()
    ]
    header = ["Unit", f"Cases {p.years[-1]}", "Allowed", "Left"]
    goal = markup.paragraphs(f"Goal {words.number(p.goal, 3)}: {p.goal_how}.")
    return Html(goal + markup.table(header, rows, "The ten units with the fewest cases left"))


def cross_checks(p: Portfolio) -> Html:
    """Visible checks: units inside and outside add up, and so do the cases."""
    inner, outer = (len(p.outside(side)) for side in LEVELS)
    aside = len(p.units) - len(p.counted)
    inside = len(p.counted) - inner
    total = f"{inside:,} inside + {inner - outer:,} outside 95% only + {outer:,} outside 99.8% + {aside:,} set aside"
    rows = [["Units", f"{total} = {len(p.units):,}", "holds" if inside + inner + aside == len(p.units) else "fails"]]
    nested = set(p.outside(LEVELS[1])["unit_id"]) <= set(p.outside(LEVELS[0])["unit_id"])
    rows.append(["Outside 99.8% means outside 95%", f"{outer:,} of {inner:,}", "holds" if nested else "fails"])
    return markup.table(["Check", "Numbers", "Result"], rows, "Checks", text=(0, 1, 2))


def cautions(p: Portfolio) -> Html:
    """Every warning with its code and text."""
    return caution_list(p.cautions, [])


def method(p: Portfolio, **chosen: Any) -> Html:
    """Formula, centre, limits, own variation, and every parameter as it was."""
    m = p.measure
    said = [
        f"{m.id}: {numerator(m)}{f' (where blank: {m.instead[0]})' if m.instead else ''} × {m.per:,.0f} / "
        f"{m.exposure}, {m.base}; a unit's years are added up before they are divided. Source: {m.source}.",
        f"Centre {words.number(p.mean, 3)}: {p.mean_how}. Goal {words.number(p.goal, 3)}: {p.goal_how}.",
        "Funnel: a unit is outside where the Poisson tail of its count, at the centre's rate and its own hours, is "
        "below 2.5% (95% limits) or 0.1% (99.8% limits) on that side. Limits are worked out on counts and scaled last "
        "(Spiegelhalter 2005, with exact tails).",
        "Own variation and goal (after Making Data Count, NHS England): a u-chart of the unit's years, its centre all "
        "its cases over all its hours, limits at three standard deviations on each year's hours. Improving or "
        "concerning: the last year outside them, or two of the last three beyond two thirds of the way. Meets or "
        "fails: the limits of the last year lie wholly on one side of the goal. Five points are few: such a chart "
        "wants twenty or more, and one year in some hundreds lies outside by chance alone.",
        f"Intervals are exact (Garwood), {words.share(p.confidence)}. Rates are rounded half up, for print only.",
        chosen_options(chosen),
    ]
    return markup.paragraphs(*said)


def provenance(p: Portfolio) -> Html:
    """The file, its hash, how many rows were used, and the version."""
    used = f"{p.rows_used:,} of years {p.years[0]} to {p.years[-1]}"
    return whole_file(p.path, p.sha256, used, f"{p.rows_left_out:,} outside the window", p.faults)


def headline(p: Portfolio, prepared_by: str = "", reviewed_by: str = "") -> None:
    """Record the numbers that index.json carries: the last cell of the notebook."""
    inner, outer = LEVELS
    text, symbol, tone = status(p)
    n, h = p.counted["cases"].sum(), p.counted["hours"].sum()
    title = f"{_units(len(p.units))} of {p.path.rpartition('/')[2]}"
    record(
        {
            "unit": "",
            "measure": p.measure.id,
            "window": [p.years[0], p.years[-1]],
            "units": len(p.units),
            "mean": p.mean,
            "outside_limits": {str(side): sorted(p.outside(side)["unit_id"]) for side in LEVELS},
            "fewest_cases_left": p.fewest_left["unit_id"].tolist(),
            "flags": p.cautions,
        },
        title=title,
        signed=(prepared_by, reviewed_by),
        eyebrow=[
            "–".join(dict.fromkeys(str(y) for y in (p.years[0], p.years[-1]))),
            *(["made-up example units"] if p.made_up else []),
        ],
        card={
            "title": title,
            "status": {"words": text, "symbol": symbol, "tone": tone, "of": p.measure.id},
            "facts": [
                ["Units", f"{len(p.units):,}"],
                [f"{p.measure.id}, all", words.number(n * p.measure.per / h, 2)],
                ["Outside 95%", f"{len(p.outside(inner)):,} ({words.number(p.by_chance[inner], 1)} by chance)"],
                ["Outside 99.8%", f"{len(p.outside(outer)):,} ({words.number(p.by_chance[outer], 1)} by chance)"],
                ["Cautions", str(len(p.cautions))],
            ],
            "figures": _figures(p),
        },
        provenance={
            "data_sha256": p.sha256,
            "rows_used": p.rows_used,
            "rows_left_out": p.rows_left_out,
            "faults": p.faults,
        },
    )


def _figures(p: Portfolio) -> list[list[str]]:
    """What a reviewer compares between two editions: units, centre, counts outside, and who is outside 99.8%.

    Counts and centre are of this window; a unit that joins those outside, or leaves them, is a figure of its own.
    """
    window, (inner, outer), name = words.window(p.years), LEVELS, p.measure.id
    total, every = (counted(p.measure, part["cases"].sum(), part["hours"].sum()) for part in (p.counted, p.units))
    single = fingerprint(p.units[["unit_id", "cases", "hours", "last_cases"]])
    figures = [
        [f"Units {window}", f"{len(p.units):,}, of them {len(p.counted):,} in the funnel"],
        [f"{name} of all {window}", total],
        [f"{name}, all units {window}", f"{every}; fingerprint of the counts and hours of single units: {single}"],
        [f"{name}, centre {window}", words.exactly(round(p.mean, 4), 2)],
        [f"{name}, outside 95% {window}", _sides(p, inner)],
        [f"{name}, outside 99.8% {window}", _sides(p, outer)],
    ]
    some = p.outside(outer).sort_values(["unit", "unit_id"])
    for r in some.assign(rank=_rank(some)).itertuples():
        who = r.unit if r.unit == r.unit_id else f"{r.unit} ({r.unit_id})"
        figures.append([f"{name}, outside 99.8%: {who}", "above" if r.rank > 0 else "below"])
    return figures


def _sides(p: Portfolio, side: float) -> str:
    found = p.outside(side)[f"outside_{side}"]
    return f"{int((found > 0).sum()):,} above, {int((found < 0).sum()):,} below"


def _rank(units: pd.DataFrame) -> Any:
    """-2 to 2: below or above the outer limits, the inner ones, or inside."""
    return units[f"outside_{LEVELS[0]}"] + units[f"outside_{LEVELS[1]}"]


def _out(p: Portfolio, side: float) -> str:
    some = p.outside(side)[f"outside_{side}"]
    up, down = int((some > 0).sum()), int((some < 0).sum())
    chance = words.number(p.by_chance[side], 1)
    return f"{side * 100:g}% limits are {up:,} above and {down:,} below ({chance} by chance alone)"


def _units(n: int) -> str:
    return f"{n:,} unit{'' if n == 1 else 's'}"


def _aside(p: Portfolio) -> str:
    """How many units the verdict does not speak of."""
    aside = len(p.units) - len(p.counted)
    return f" Not among them: {_units(aside)} set aside (see Cautions)." if aside else ""


def _spread(p: Portfolio) -> str:
    if p.spread < 0.001:
        text = "Chance alone hardly ever draws so many: the true rates differ from the centre."
        return f"{text} Ask why of those outside, on both sides."
    if p.spread == 1.0:
        return "None stands outside: these rates differ by no more than chance would make them."
    if p.spread < 0.05:
        return "Chance alone seldom draws so many. Look first at those outside the 99.8% limits, if there are any."
    return "Chance alone could draw as many. Look first at those outside the 99.8% limits, if there are any."


def _names(p: Portfolio) -> str:
    high = p.counted[p.counted[f"outside_{LEVELS[1]}"].eq(1)].sort_values("unit_id")
    if high.empty:
        return ""
    some = high["unit"].tolist()
    rest = f" and {len(some) - 8:,} more" if len(some) > 8 else ""
    return f"Above the 99.8% limit: {words.listed(some[:8]) if not rest else ', '.join(some[:8]) + rest}."


def _own(r: Any) -> list[str]:
    return [_VARIATION[r.variation], _ASSURANCE[r.assurance]]


def _row(r: Any, p: Portfolio) -> list[Any]:
    return [
        markup.unit(r.unit, r.unit_id),
        f"{r.of_years} of {len(p.years)}",
        words.number(r.cases, 0),
        words.number(r.hours, 0),
        words.number(r.value, p.decimals),
        words.span(r.low, r.high, p.decimals),
        f"○ {r.aside}" if r.aside else _FUNNEL[r.rank],
        *([f"○ no rate in {p.years[-1]}"] * 2 if r.last_cases != r.last_cases else _own(r)),
        words.number(r.last_cases, 0),
        signed_count(r.left),
    ]
