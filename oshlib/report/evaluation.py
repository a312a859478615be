"""A program's evaluation as the notebook shows it: verdict, who joined, year by year, every way of comparing."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from oshlib import charts, markup, words
from oshlib.flags import stability
from oshlib.markup import Html
from oshlib.report.evaluation_end import cautions, cross_checks, headline, method, provenance
from oshlib.report.evaluation_parts import (
    employer_table,
    industry_table,
    inspection_table,
    published_table,
    selection_figure,
    selection_table,
)  # fmt: skip
from oshlib.report.parts import ten_digits, unrounded
from oshlib.report.program_words import GROUPS, doubts, points, selection_sentence, sentence, status
from oshlib.study.evaluation import Evaluation, study
from oshlib.study.groups import COMPARED

# The notebook finds all that it needs here.
__all__ = [
    "cautions", "contrast_table", "cross_checks", "employer_table", "group_table", "headline", "industry_table",
    "inspection_table", "method", "provenance", "published_table", "selection_figure", "selection_table", "study",
    "verdict", "year_figure", "year_table",
]  # fmt: skip

_WAYS = {
    "matched": ("Same establishments in both years", "the verdict is about this one; exact"),
    "units": ("The same, by establishment", "approximate; holds where cases of one site come together"),
    "industry": ("The same, within industries", "exact, over the codes that have both groups"),
    "selected": ("Only those at or over the limit", "both groups picked by one rule; exact"),
    "pooled": ("Everybody who reported", "who came or went moves these rates, too"),
    "before": ("Before the program", "nothing of it is the program's: expected near 1"),
}


def verdict(e: Evaluation) -> Html:
    """What happened to both groups, the difference with its uncertainty, and what it cannot say."""
    found = f'<p class="status">{markup.chip(*status(e))} <span class="q">{e.measure.id}</span></p>'
    rest = [*doubts(e), selection_sentence(e)] if e.program else []
    return Html(found + markup.paragraphs(sentence(e), css="say") + markup.paragraphs(*rest, css="sub"))


def group_table(e: Evaluation) -> Html | None:
    """Who stands in which group, and how they differed before anything was done; None without a program."""
    if not e.program:
        return None
    kept = e.units[e.units["aside"].eq("")]
    base = e.rows[e.rows["year"].eq(e.base_year) & e.rows["value"].notna()]
    chosen = list(e.selection.chosen) if e.selection else []
    rows = []
    for group, name in {**GROUPS, "": "not known"}.items():
        own, there = kept[kept["group"].eq(group)], base[base["group"].eq(group)]
        if own.empty:
            continue
        n, h = there["cases"].sum(), there["hours"].sum()
        rows.append([
            name, f"{len(own):,}", f"{int(own.index.isin(chosen).sum()):,}", words.number(n, 0), words.number(h, 0),
            words.number(n * e.measure.per / h if h else None, e.decimals),
            words.number(h / len(there) if len(there) else None, 0),
        ])  # fmt: skip
    header = [
        "Group", "Establishments", f"Selected {e.selected_on}", f"Cases {e.base_year}", f"Hours {e.base_year}",
        f"{e.measure.id} {e.base_year}", "Hours each",
    ]  # fmt: skip
    return markup.table(header, rows, f"The groups in {e.base_year}")


def year_figure(e: Evaluation) -> go.Figure | None:
    """Both groups by year, the same establishments throughout; None where there is nobody to draw."""
    own = e.series[e.series["panel"].eq("matched")]
    lines = [(GROUPS[g], _whole(own[own["group"].eq(g)], e)) for g in COMPARED if own["group"].eq(g).any()]
    return charts.group_chart(lines, e.measure.base, e.base_year, e.decimals) if e.program and lines else None


def year_table(e: Evaluation) -> Html | None:
    """Every group and year: the matched establishments, and beside them everybody who reported."""
    if not e.program or e.series.empty:
        return None
    wide = e.series.set_index(["panel", "group", "year"])
    rows = []
    for group in (g for g in GROUPS if e.series["group"].eq(g).any()):
        for year in e.years:
            own, every = ((p, group, year) for p in ("matched", "pooled"))
            cells = ["0", "–", "–", "–"]
            if own in wide.index:
                r = wide.loc[own]
                cells = [
                    f"{r['units']:,}", markup.with_note(words.number(r["cases"], 0), stability(r["cases"])),
                    words.number(r["value"], e.decimals), words.span(r["low"], r["high"], e.decimals),
                ]  # fmt: skip
            rows.append([f"{GROUPS[group]} {year}", *cells, *_everybody(wide, every, e)])
    header = [
        "Group and year", "Matched", "Cases", e.measure.id, f"{words.share(e.confidence)} interval", "Everybody",
        f"{e.measure.id}, all", "interval",
    ]  # fmt: skip
    return markup.table(header, rows, "Rates of the groups by year", export=unrounded(e.series))


def contrast_table(e: Evaluation) -> Html | None:
    """Every way of setting the groups side by side; None where there is none."""
    if not e.compared:
        return None
    rows, saved = [], []
    for row in e.contrasts.values():
        (own, other), (name, note), c = (row.changes[g] for g in COMPARED), _WAYS[row.id], row.found
        between = f"{row.years[0]} to {row.years[1]}, {own.units:,} and {other.units:,}"
        rows.append([
            markup.with_note(name, f"{between}; {note}"), words.percent(own.change), words.percent(other.change),
            points(row.difference), words.number(c.ratio, 2), words.span(c.low, c.high, 2),
            words.p_value(c.p).removeprefix("= ") if c.p == c.p else "–",
        ])  # fmt: skip
        own_ends = [v for x in (own, other) for v in (x.units, x.first, x.last, x.change, x.low, x.high)]
        saved.append([row.id, *row.years, *own_ends, row.difference, c.ratio, c.low, c.high, c.p])
    header = [
        "Set side by side", "Joined", "Not joined", "Difference", "Ratio of ratios",
        f"{words.share(e.confidence)} interval", "p",
    ]  # fmt: skip
    ends = [f"{g}_{k}" for g in COMPARED for k in ("units", "first", "last", "change", "low", "high")]
    names = ["way", "from", "to", *ends, "difference", "ratio", "low", "high", "p"]
    return markup.table(
        header, rows, "Difference in differences", export=ten_digits(pd.DataFrame(saved, columns=names))
    )


def _whole(own: pd.DataFrame, e: Evaluation) -> pd.DataFrame:
    """Every year of the window, blank where the group has no rate."""
    return own.set_index("year").reindex(e.years).rename_axis("year").reset_index()


def _everybody(wide: pd.DataFrame, key: tuple[str, str, int], e: Evaluation) -> list[str]:
    if key not in wide.index:
        return ["0", "–", "–"]
    r = wide.loc[key]
    return [f"{r['units']:,}", words.number(r["value"], e.decimals), words.span(r["low"], r["high"], e.decimals)]
