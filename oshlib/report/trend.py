"""The five-year trend as the notebook shows it: verdict, chart, tables, method, headline."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import plotly.graph_objects as go

from oshlib import charts, markup, trends, words
from oshlib.errors import OshError
from oshlib.markup import Html
from oshlib.rates import Measure, incidence_rate
from oshlib.report.parts import (
    cautions,
    chosen_options,
    emit,
    fault_table,
    numerator,
    provenance,
    rate_figures,
    rate_table,
)
from oshlib.study import Study, load, study

# The notebook finds all that it needs here.
__all__ = ["cautions", "fault_table", "load", "provenance", "study"]


def verdict(found: Study) -> Html:
    """The verdict of each measure: status by word, shape and colour, the sentence, and what could have been shown."""
    parts = []
    for i, m in enumerate(found.measures):
        trend = found.trends[m.id]
        parts.append(f'<p class="status">{markup.chip(*words.verdict(trend))} <span class="q">{m.id}</span></p>')
        parts.append(markup.paragraphs(sentence(found, m), css="say" if i == 0 else "say second"))
        parts.append(markup.paragraphs(words.detectable(trend), css="sub"))
    return Html("".join(parts) + _numbers(found))


def trend_figure(found: Study) -> go.Figure:
    """The chart of all measures; measures of different bases would share an axis, so that is refused."""
    bases = {m.base for m in found.measures}
    if len(bases) > 1:
        raise OshError(f"measures: {words.listed(sorted(bases))} cannot share one axis; ask for them in two reports")
    fits = {}
    for m in found.measures:
        if found.trends[m.id].direction != "not determinable":
            own = found.rate(m.id)
            whole = own["complete"]
            fits[m.id] = trends.fitted(
                own["year"], own["cases"].where(whole), own["hours"].where(whole), found.confidence, m.per
            )
    return charts.trend_chart(
        found.rates,
        fits,
        bases.pop(),
        benchmark=found.benchmark,
        breaks=[f["year"] for f in found.cautions if f["code"] == "SERIES_BREAK"],
        decimals=found.subject.decimals,
    )


def year_table(found: Study) -> Html:
    """Every year and measure with its rate, and the benchmark beside it."""
    return rate_table(found.subject, found.measures, found.rates, found.benchmark, found.confidence)


def reading_table(found: Study, kpa: Mapping[str, str]) -> Html:
    """The four readings of each trend, the p of every method in use, and the capability statement that it answers."""
    rows = []
    for m in found.measures:
        t, own = found.trends[m.id], found.rate(m.id)
        if t.direction == "not determinable":
            rows.append([m.id, *["–"] * 7, _statement(found, m, kpa)])
            continue
        whole = own["complete"]
        p = trends.slope_tests(own["year"], own["cases"].where(whole), own["hours"].where(whole))
        arrows = ["↓ down" if s < 0 else "↑ up" if s > 0 else "→ no change" for s in t.signs]
        rows.append(
            [
                m.id,
                f"{arrows[0]}, {words.percent(t.annual_change)}",
                f"{arrows[1]}, {words.number(t.least_squares, 2)} a year",
                f"{arrows[2]}, S = {words.number(t.kendall_s, 0)}, p {words.p_value(t.kendall_p)}",
                arrows[3],
                *(
                    words.p_value(p[k]).removeprefix("= ") if p[k] == p[k] else "–"
                    for k in ("exact", "score", "likelihood ratio")
                ),
                _statement(found, m, kpa),
            ]
        )
    header = [
        "Measure",
        *(r[0].upper() + r[1:] for r in trends.RULES),
        "p exact",
        "p score",
        "p likelihood ratio",
        "Statement",
    ]
    return markup.table(header, rows, "How the direction was read", text=(0, 1, 2, 3, 4, 8))


def cross_checks(found: Study) -> Html:
    """Visible checks: a part is never larger than its whole, and the years add up to the trend's total."""
    rows = []
    by_year = found.rates.pivot(index="year", columns="measure", values="cases")
    for m in found.measures:
        if m.part_of in by_year:
            both = by_year[[m.id, m.part_of]].dropna()
            bad = both.index[both[m.id] > both[m.part_of]].tolist()
            say = "holds in every year" if not bad else f"fails in {words.listed(bad)}"
            rows.append([f"{m.id} ≤ {m.part_of}", say if len(both) else "no year with both", f"{len(both)} years"])
    for m in found.measures:
        own = found.rate(m.id)
        total, hours = own["cases"].sum(skipna=False), own["hours"].sum(skipna=False)
        rate = incidence_rate(total, hours, m.per)
        pooled = words.number(rate, found.subject.decimals) if rate == rate else "not determinable: a year is missing"
        on = f"{words.number(total, 0)} in {words.number(hours, 0)} h" if rate == rate else "–"
        rows.append([f"{m.id} pooled (sum of cases over sum of hours)", pooled, on])
    return markup.table(["Check", "Result", "On"], rows, "Checks", text=(0, 1, 2))


def method(found: Study, **chosen: Any) -> Html:
    """Formula, base, interval, rules, and every parameter as it was."""
    said = [
        f"{m.id}: {numerator(m)}{f' (where blank: {m.instead[0]})' if m.instead else ''} × {m.per:,.0f} / "
        f"{m.exposure}, {m.base}. Source: {m.source}."
        for m in found.measures
    ]
    said += [
        f"Intervals are exact (Garwood), {words.share(found.confidence)}. Changes from one year to the next carry "
        "the exact conditional p.",
        "Trend: Poisson, log link, hours as exposure. Its p and interval are exact conditional ones; p is twice the "
        "smaller tail. The band in the chart is the fitted model's own and only a picture.",
        "Direction: favourable (falling rate) where at least one of fitted slope, least squares, Kendall S and last "
        "against first says down and none says up; signs are settled in exact arithmetic. It does not ask for "
        "significance: a unit without any trend passes about four times in ten.",
        "Rates are rounded half up, for print only.",
        chosen_options(chosen),
    ]
    return markup.paragraphs(*said)


def headline(found: Study, prepared_by: str = "", reviewed_by: str = "") -> None:
    """Record the numbers that index.json carries: the last cell of the notebook."""
    s = found.subject
    numbers = {}
    for m in found.measures:
        own, t = found.rate(m.id), found.trends[m.id]
        numbers[m.id] = {
            **{k: own[k].tolist() for k in ("year", "cases", "hours", "value", "low", "high")},
            **{k: t[k] for k in ("annual_change", "annual_change_low", "annual_change_high", "p", "detectable")},
            **{k: t[k] for k in ("direction", "beyond_chance", "kpa")},
        }
    emit(
        s,
        {"unit": s.name, "window": [s.years[0], s.years[-1]], "measures": numbers, "flags": found.cautions},
        _card(found, found.measures[0]),
        signed=(prepared_by, reviewed_by),
    )


def sentence(found: Study, m: Measure) -> str:
    """The verdict of one measure as a paragraph: number, comparison, uncertainty."""
    own, trend = found.rate(m.id), found.trends[m.id]
    whole = own[own["complete"]]
    ends = (whole["value"].iloc[0], whole["value"].iloc[-1]) if len(whole) else (None, None)
    gaps = sorted(set(found.subject.years) - set(whole["year"]))
    have = "has" if len(gaps) == 1 else "have"
    why = f"{words.listed(gaps)} {have} no usable value; {found.min_years} complete years are needed"
    if not gaps:
        why = f"the window has {len(own)} of the {found.min_years} complete years that are needed"
    elif len(gaps) == len(found.subject.years):
        why = "no year has both the counts and the hours that it needs"
    return words.sentence(trend, m.id, m.base, m.counts, ends, why, found.subject.decimals)


def _statement(found: Study, m: Measure, kpa: Mapping[str, str]) -> str:
    return f"{kpa[m.id]} {found.trends[m.id].kpa}" if m.id in kpa else "–"


def _numbers(found: Study) -> Html:
    items = []
    for m in found.measures:
        last = found.rate(m.id).iloc[-1]
        interval = words.span(last["low"], last["high"], found.subject.decimals)
        items.append(
            (
                f"{m.id} {last['year']}",
                words.number(last["value"], found.subject.decimals),
                f"{words.share(found.confidence)} interval {interval}",
            )
        )
    for m in found.measures:
        t = found.trends[m.id]
        items.append(
            (
                f"{m.id}, change a year",
                words.percent(t.annual_change),
                words.change_span(t.annual_change_low, t.annual_change_high),
            )
        )
    return markup.facts(items)


def _card(found: Study, first: Measure) -> dict[str, Any]:
    """What the index shows of this report, so that the index need not know what a report is about."""
    own, t = found.rate(first.id), found.trends[first.id]
    text, symbol, tone = words.verdict(t)
    decimals, last = found.subject.decimals, own.iloc[-1]
    others = {m.id: words.verdict(found.trends[m.id]) for m in found.measures[1:]}
    return {
        "status": {"words": text, "symbol": symbol, "tone": tone, "of": first.id},
        "also": [{"label": k, "words": w, "symbol": s, "tone": c} for k, (w, s, c) in others.items()],
        "picture": {"label": f"{first.id} by year", "values": own["value"].tolist()},
        "facts": [
            [f"{first.id} last year", words.number(last["value"], decimals)],
            [f"{words.share(found.confidence)} interval", words.span(last["low"], last["high"], decimals)],
            ["Change a year", words.percent(t.annual_change)],
            ["Cases", words.number(t.total_cases, 0) if t.direction != "not determinable" else "–"],
            ["Cautions", str(len(found.cautions))],
        ],
        "figures": [figure for m in found.measures for figure in _figures(found, m)],
    }


def _figures(found: Study, m: Measure) -> list[list[str]]:
    """What a reviewer compares between two editions: every year, and the change a year of this window."""
    t = found.trends[m.id]
    change = f"{words.percent(t.annual_change)} ({words.change_span(t.annual_change_low, t.annual_change_high)})"
    change = "not determinable" if t.direction == "not determinable" else change
    label = f"{m.id}, change a year {words.window(found.subject.years)}"
    return [*rate_figures(m, found.rate(m.id), found.subject.decimals), [label, change]]
