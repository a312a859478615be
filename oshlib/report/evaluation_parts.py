"""The further sections of an evaluation: by industry and employer, selection alone, inspections, as printed."""

from __future__ import annotations

from typing import Any

import pandas as pd
import plotly.graph_objects as go

from oshlib import charts, markup, words
from oshlib.flags import stability
from oshlib.markup import Html
from oshlib.report.parts import ten_digits, unrounded
from oshlib.report.program_words import GROUPS
from oshlib.study.changes import beside
from oshlib.study.enforcement import violations_ratio
from oshlib.study.evaluation import Evaluation
from oshlib.study.groups import COMPARED
from oshlib.study.selection import ALL, APART, EVERYBODY

#: Rows of a table on the page; saved as csv or xlsx it holds all.
MOST_ROWS = 300
_WHO = {ALL: "selected", APART: "of them not joined", EVERYBODY: "everybody"}


def industry_table(e: Evaluation) -> Html | None:
    """Both groups by industry; None where no establishment has a code and a group."""
    if not e.compared or e.industries.empty:
        return None
    rows = []
    for code, part in e.industries.groupby("industry", sort=False):
        own = part.set_index("group")
        r = part.iloc[0]
        cells = [_first_last(own, g, e) for g in COMPARED]
        p = words.p_value(r["ratio_p"]).removeprefix("= ") if r["ratio_p"] == r["ratio_p"] else "–"
        rows.append(
            [code, *cells[0], *cells[1], words.number(r["ratio"], 2), words.span(r["ratio_low"], r["ratio_high"], 2), p]
        )
    header = [
        "Industry", "Joined", "change", "Not joined", "change", "Ratio of ratios",
        f"{words.share(e.confidence)} interval", "p",
    ]  # fmt: skip
    return _capped(markup.table(header, rows[:MOST_ROWS], "Industries", export=ten_digits(e.industries)), len(rows))


def employer_table(e: Evaluation) -> Html | None:
    """Every establishment under its employer, with its change and what that is worth; None without any."""
    if not e.program or e.employers.empty:
        return None
    own = e.employers.join(e.units["unit"], on="unit_id")
    own["order"] = own["parent"].where(own["parent"].ne(""), own["unit"])
    own = own.assign(word=[_word(r, e) for r in own.itertuples()]).sort_values(["order", "unit", "unit_id"])
    rows = [
        [
            markup.with_note(r.unit, r.parent), GROUPS[r.group],
            markup.with_note(f"{words.number(r.first_cases, 0)} → {words.number(r.last_cases, 0)}",
                             stability(min(r.first_cases, r.last_cases))),
            f"{words.number(r.first, e.decimals)} → {words.number(r.last, e.decimals)}", words.percent(r.change),
            _limits(r.low, r.high, r.change), r.word,
        ]
        for r in own.head(MOST_ROWS).itertuples()
    ]  # fmt: skip
    header = [
        "Establishment, employer", "Group", "Cases", e.measure.id, "Change", f"{words.share(e.confidence)} interval",
        "Beyond chance?",
    ]  # fmt: skip
    lucky = (1 - e.confidence) * len(own)
    beyond = own["word"].str[0].isin(["▼", "▲"]).sum()
    said = markup.paragraphs(
        f"{beyond:,} of {len(own):,} changed beyond chance; had none truly changed, up to {words.number(lucky)} would."
    )
    table = markup.table(
        header,
        rows,
        "Employers",
        text=(0, 6),
        export=ten_digits(own.drop(columns=["order", "units", "word", "first", "last"])),
    )
    return Html(said + _employers(own, e) + _capped(table, len(own)))


def selection_figure(e: Evaluation) -> go.Figure | None:
    """Those selected, from the year of their selection on; None where nobody was, or no year follows."""
    lines = []
    for s in e.selections:
        for who, word in ((ALL, f"selected<br>{s.year}"), (APART, "not joined")):
            if len(s.line(who)) > 1 and (who == ALL or (e.program and not s.before_program)):
                lines.append((word, s.line(who)))
    beside = [s.line(EVERYBODY) for s in e.selections if len(s.line(EVERYBODY)) > 1]
    return charts.selection_chart(lines, beside, e.limit, e.measure.base, e.decimals) if lines else None


def selection_table(e: Evaluation) -> Html | None:
    """The selections by year, and what chance alone would have made of the first year after; None without any."""
    every = [s.lines for s in e.selections if len(s.line(ALL))]
    if not every:
        return None
    table = pd.concat(every, ignore_index=True)
    rows = [
        [
            f"{_WHO[r.who]} {r.year}", r.selected_on, f"{r.units:,}", words.number(r.cases, 0),
            words.number(r.value, e.decimals), words.span(r.low, r.high, e.decimals),
        ]
        for r in table.itertuples()
    ]  # fmt: skip
    header = [
        "Who and year", "Selected on", "Establishments", "Cases", e.measure.id, f"{words.share(e.confidence)} interval",
    ]  # fmt: skip
    said = [_by_chance(s, e) for s in e.selections if s.after and s.next_ratio == s.next_ratio]
    return Html(markup.table(header, rows, "Selected and followed", export=unrounded(table)) + markup.paragraphs(*said))


def inspection_table(e: Evaluation) -> Html | None:
    """Violations an inspection, serious ones, penalties, before and after; None where the file says nothing of them."""
    if not e.program or e.enforcement.empty:
        return None
    names = {"before": f"to {e.base_year}", "after": f"after {e.base_year}"}
    both = e.enforcement[e.enforcement["period"].isin(names)]
    rows = [
        [
            f"{GROUPS[r.group]}, {names[r.period]}", words.number(r.inspections, 0), words.number(r.violations, 0),
            markup.with_note(words.number(r.each_inspection, 2), words.span(r.low, r.high, 1).replace("–", "")),
            markup.with_note(words.part(r.share), _shares(r.share_low, r.share_high)),
            words.number(r.initial, 0), words.percent(r.reduction, 0, sign=r.reduction < 0),
        ]
        for group in GROUPS for r in both[both["group"].eq(group)].itertuples()
    ]  # fmt: skip
    header = [
        "Group and years", "Inspections", "Violations", "An inspection", "Serious", "Penalties, $", "Taken off",
    ]  # fmt: skip
    lost = int(both["unusable"].sum())
    said = markup.paragraphs(
        _violations(e),
        f"{lost:,} rows with violations and no inspection, or more serious ones than all, are left out."
        if lost
        else "",
    )
    return Html(said + markup.table(header, rows, "What inspections found", export=ten_digits(e.enforcement)))


def published_table(e: Evaluation) -> Html | None:
    """Printed changes beside what their own two rates give; None where no table was given."""
    if not e.published:
        return None
    rows = [
        [
            markup.with_note(f"{r.program}, {r.years}" if r.years else r.program, f"{r.measure}; {r.source}"),
            f"{words.exactly(r.first, 1)} → {words.exactly(r.last, 1)}",
            "–" if r.printed is None else words.share(r.printed), words.reduction(float(r.reduction)),
            f"{words.reduction(float(r.least))} to {words.reduction(float(r.most))}",
            {True: "✓ follows", False: "✕ does not follow", None: "○ none printed"}[r.follows],
        ]
        for r in e.published
    ]  # fmt: skip
    header = ["Program", "Rates printed", "Reduction printed", "Recomputed", "By rounding", "Verdict"]
    return markup.table(header, rows, "Printed changes, recomputed", text=(0, 5))


def _capped(table: Html, many: int) -> Html:
    more = many - MOST_ROWS
    return Html(table + (markup.paragraphs(f"{more:,} more stand in the csv and the xlsx only.") if more > 0 else ""))


def _first_last(own: pd.DataFrame, group: str, e: Evaluation) -> list[Any]:
    if group not in own.index:
        return ["nobody", "–"]
    r = own.loc[group]
    cases = f"{words.number(r['first_cases'], 0)} → {words.number(r['last_cases'], 0)} ({int(r['units']):,})"
    rates = f"{words.number(r['first'], e.decimals)} → {words.number(r['last'], e.decimals)}"
    return [
        markup.with_note(rates, cases),
        markup.with_note(words.percent(r["change"]), _limits(r["low"], r["high"], r["change"])),
    ]  # fmt: skip


def _limits(low: float, high: float, change: float) -> str:
    """Limits of a change in whole per cents; none where there is no change to speak of."""
    if change != change:
        return "–"
    top = "no upper limit" if words.missing(high) else words.percent(high, 0)
    return f"{words.percent(low, 0)} to {top}"


def _word(r: Any, e: Evaluation) -> str:
    """Whether the change of one establishment or employer is beyond chance."""
    if r.first_cases == 0 and r.last_cases == 0:
        return "● no case"
    if r.p < 1 - e.confidence:
        return "▼ yes, fell" if r.last < r.first else "▲ yes, rose"
    return "○ no"


def _employers(own: pd.DataFrame, e: Evaluation) -> Html:
    """Employers of several establishments, each group of theirs added up."""
    several = own[own["parent"].ne("")].groupby(["parent", "group"]).filter(lambda part: len(part) > 1)
    if several.empty:
        return Html("")
    rows = e.rows[e.rows["unit_id"].isin(several["unit_id"]) & e.rows["value"].notna()]
    sums = beside(rows, ["parent", "group"], e.measure, e.base_year, e.last_year, e.confidence)
    shown = [
        [
            r.parent, GROUPS[r.group], f"{r.units:,}",
            f"{words.number(r.first_cases, 0)} → {words.number(r.last_cases, 0)}",
            f"{words.number(r.first, e.decimals)} → {words.number(r.last, e.decimals)}", words.percent(r.change),
            _limits(r.low, r.high, r.change), _word(r, e),
        ]
        for r in sums.itertuples()
    ]  # fmt: skip
    header = [
        "Employer of several", "Group", "Sites", "Cases", e.measure.id, "Change",
        f"{words.share(e.confidence)} interval", "Beyond chance?",
    ]  # fmt: skip
    return markup.table(header, shown, "Employers of several establishments", text=(0, 7), export=ten_digits(sums))


def _by_chance(s: Any, e: Evaluation) -> str:
    """The first year after a selection beside what chance alone would have made of it."""
    gone = "no part" if not s.excess > 0 else words.part(s.excess)
    said = (
        f"Selected in {s.year}, the first year after: {words.percent(s.next_ratio - 1)} "
        f"({words.change_span(s.next_low - 1, s.next_high - 1)}), {gone} of the distance from everybody's rate gone"
    )
    if s.expected == s.expected:
        said += (
            f"; were every true rate to stay as it is, {words.part(s.expected_excess)} would go (to "
            f"{words.number(s.expected, e.decimals)}, empirical Bayes)"
        )
    return f"{said}."


def _violations(e: Evaluation) -> str:
    found = violations_ratio(e.enforcement, e.confidence)
    if found is None:
        return "Too few inspections after the base year for a comparison."
    ratio, low, high, p = found
    return (
        f"After {e.base_year}, violations an inspection among those who joined were {words.number(ratio, 2)} times "
        f"those among the others ({words.span(low, high, 2)}, p {words.p_value(p)}); violations of one inspection come "
        "together, so the true range is wider. Whom inspectors visit is not random either."
    )


def _shares(low: float, high: float) -> str:
    return "" if low != low else f"{words.part(low)} to {words.part(high)}"
