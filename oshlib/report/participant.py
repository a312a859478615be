"""One participant of a scheme as the notebook shows it: verdict, tests, the way to the goal, score, contacts, dates."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go

from oshlib import charts, markup, words
from oshlib.markup import Html
from oshlib.report import items, steps
from oshlib.report.participant_parts import (
    case_table,
    contact_table,
    date_table,
    fault_table,
    form_table,
    log_table,
    needs_table,
    session_table,
    training_table,
    type_table,
)
from oshlib.report.participant_words import (
    SYMBOLS,
    level_words,
    rate_words,
    removal,
    result,
    score_words,
    sentence,
    status,
)
from oshlib.report.parts import caution_list, chosen_options, emit, numerator, rate_figures, sources, unrounded
from oshlib.study import load
from oshlib.study.participant import Participation, study
from oshlib.verdicts import signed_count

# The notebook finds all that it needs here.
__all__ = [
    "case_table", "cautions", "contact_table", "date_table", "fault_table", "form_table", "headline", "load",
    "log_table", "method", "needs_table", "path", "provenance", "removal_table", "score_table", "session_table",
    "strip", "study", "test_table", "training_table", "type_table", "verdict", "way_figure", "way_table",
]  # fmt: skip


def verdict(p: Participation) -> Html:
    """Eligible or not and why, the rate with its range, what a removal test says, then the numbers."""
    removed = removal(p) == "removal"
    also = [markup.chip("Removal test: above the average", "▲", "bad")] if removed else []
    chips = " ".join([markup.chip(*status(p)), *also])
    return Html(
        f'<p class="status">{chips}</p>'
        + markup.paragraphs(sentence(p), css="say")
        + markup.paragraphs(rate_words(p), score_words(p), css="sub")
        + _numbers(p)
    )


def test_table(p: Participation) -> Html:
    """Every test: result, the number or the reason, evidence, as of when, what the texts ask for."""
    rows = [
        [markup.with_note(t.id, t.title), result(t), t.why, t.said or "–", t.day or "–", t.leaf.line or "–"]
        for t in p.tests
    ]
    header = ["Test", "Result", "Because", "Evidence", "As of", "Where it stands"]
    return markup.table(header, rows, "Tests of eligibility", text=range(6))


def way_figure(p: Participation) -> go.Figure:
    """The chart: rates by year, the standard, the target, and the way to it."""
    b = p.rate
    lines = b.lines[b.lines["year"].isin(b.subject.years)].assign(measure=b.measure.id)
    return charts.benchmark_chart(
        b.rates, lines, float(b.standard.value), b.target, b.measure.base, b.subject.decimals, p.way
    )


def way_table(p: Participation) -> Html:
    """The numbers of the chart: every year's rate, the benchmark, and where the way stood."""
    b = p.rate
    averages = b.lines.set_index("year")["value"]
    d, rows = max(2, b.subject.decimals), []
    own = p.way if len(p.way) else b.rates.assign(months_in=None, path=float("nan"), most=float("nan"), on=None)
    for r in own.itertuples():
        on = {True: "✓ on it", False: "✕ above it"}.get(r.on, "–")
        months = "before" if r.months_in is None or r.months_in <= 0 else f"{r.months_in:g}"
        rows.append([
            str(r.year), words.number(r.cases, 0), words.number(r.hours, 0), words.number(r.value, d),
            words.span(r.low, r.high, d), words.number(averages.get(r.year), 2), months if len(p.way) else "–",
            words.number(r.path, 2), signed_count(r.most - r.cases), on,
        ])  # fmt: skip
    sure = words.share(b.confidence)
    header = [
        "Year", "Cases", "Hours", b.measure.id, f"{sure} interval", "Survey", "Months in", "Way", "Cases left", "On it",
    ]  # fmt: skip
    saved = own.drop(columns=["complete", "months"]).assign(
        survey=[averages.get(y) for y in own["year"]], standard=float(b.standard.value), target=b.target
    )
    saved["on"] = saved["on"].map({True: "yes", False: "no"}, na_action="ignore")
    return markup.table(header, rows, f"{b.measure.id} and the way to the target", export=unrounded(saved))


def removal_table(p: Participation) -> Html:
    """The test against the average of every year, with what luck can do."""
    rows = [
        [
            str(r.year), words.number(r.value, 2), words.span(r.low, r.high, 2), words.number(r.average, 2),
            markup.with_note(f"{SYMBOLS.get(r.result, '○')} {r.result}", "" if r.why == r.result else r.why),
            signed_count(r.left),
            "–" if r.luck != r.luck else "< 0.001" if r.luck < 0.001 else words.number(r.luck, 3),
        ]
        for r in p.yearly.itertuples()
    ]  # fmt: skip
    name, sure = p.rate.measure.id, words.share(p.rate.confidence)
    header = ["Year", name, f"{sure} interval", "Average", "Result", "Cases left", "P of so many"]
    return markup.table(header, rows, "Removal test by year", text=(0, 4), export=unrounded(p.yearly))


def score_table(p: Participation) -> Html:
    """Points by part, of how many, and the distance to the limit."""
    if p.score is None:
        return markup.paragraphs("There are no answers from which a score could be made.")
    fw, nodes = p.score.framework, p.score.now.nodes.set_index("node")
    rows = []
    for node in (n for n in fw.nodes.values() if n.depth <= 1):
        r = nodes.loc[node.id]
        open_ = words.span(r["least"], r["most"], fw.decimals) if r["unanswered"] else "–"
        rows.append([
            node.title, words.number(None if r["unanswered"] else r["points"], fw.decimals), words.exactly(r["high"]),
            f"{r['answered']:.0f} of {r['answered'] + r['unanswered']:.0f}", open_,
        ])  # fmt: skip
    header = ["Part", "Points", "Possible", "Answered", "Can become"]
    return Html(
        markup.table(header, [*rows[1:], rows[0]], "Score by part") + markup.paragraphs(score_words(p), level_words(p))
    )


def strip(p: Participation) -> Html | None:
    """Every item as a cell; None without answers."""
    return items.strip(p.score) if p.score else None


def path(p: Participation) -> Html | None:
    """The fewest steps of the score to its limit; None without answers."""
    if p.score is None or not p.score.framework.bands:
        return None
    reached = p.score.now.banded.final[0] == 0
    return markup.paragraphs("The score has reached its limit: it needs no step.") if reached else steps.path(p.score)


def cautions(p: Participation) -> Html:
    """Every warning with its code and text, and the notes that the data carry."""
    noted = p.subject.rows[p.subject.rows["note"].ne("")]
    notes = [(f"Note {words.listed(part['year'].tolist())}", text) for text, part in noted.groupby("note", sort=False)]
    return caution_list(p.cautions, notes)


def method(p: Participation, **chosen: Any) -> Html:
    """Formulas, the standard, how a test is decided, what is ours, and every parameter as it was."""
    b = p.rate
    m, part = b.measure, words.share(b.share)
    noted = [*p.test_notes, *(p.score.framework.notes if p.score else ())]
    said = [
        f"{m.id}: {numerator(m)} × {m.per:,.0f} / {m.exposure}, {m.base}. Source: {m.source}.",
        f"Standard {words.number(float(b.standard.value), 3)}: {b.standard.how}. Target: {part} below it, not rounded.",
        "What forms and rates say goes before what was entered; a caution names what differs. A test without a number, "
        "a date or an answer is not determinable. Eligible: every test that is due is met.",
        "The way to the target is a straight line in time, ours and no rule: from the rate of the last whole year "
        "before the start (the standard, where there is none) to the target, when the months of the goal are over.",
        "Intervals are exact (Garwood). P of so many: the chance of so many cases or more where the true rate is the "
        "average; a small one is hardly luck.",
        "Potential contacts: full-time employees, quarter by quarter, over the initiatives offered from the first full "
        "quarter on. Actual ones: attendances. Coverage is ours; it can pass 100%.",
        *noted,
        "Rates are rounded half up, for print only.",
        chosen_options(chosen),
    ]
    return markup.paragraphs(*said)


def provenance(p: Participation) -> Html:
    """The annual table with its rows and hash, and every other file with its own."""
    beside = [(what, f"{path}, SHA-256 {digest}{f', {rows}' if rows else ''}") for what, path, digest, rows in p.files]
    return Html(sources(p.subject) + markup.bullets(beside, "mono"))


def headline(p: Participation, prepared_by: str = "", reviewed_by: str = "") -> None:
    """Record the numbers that index.json carries: the last cell of the notebook."""
    b, last = p.rate, None if p.reach is None else p.reach[p.reach["year"].eq(p.subject.years[-1])]
    reach = None if last is None or last.empty else last.iloc[0]
    nodes = None if p.score is None else p.score.now.nodes.set_index("node")
    sections = {} if p.score is None or nodes is None else {
        n.id.partition("-")[2] or n.id: None if nodes.loc[n.id, "unanswered"] else nodes.loc[n.id, "points"]
        for n in p.score.framework.nodes.values() if n.depth == 1
    }  # fmt: skip
    emit(
        p.subject,
        {
            "unit": p.subject.name,
            "score": p.points,
            "sections": sections,
            "tcir": b.year.value if b.year.complete else None,
            "tests": {t.id: t.result for t in p.tests},
            "eligible": p.eligible,
            "contacts": {k: None if reach is None else reach[k] for k in ("potential", "actual", "coverage")},
            "removal": removal(p),
            "flags": p.cautions,
        },
        _card(p),
        signed=(prepared_by, reviewed_by),
    )


def _numbers(p: Participation) -> Html:
    b = p.rate
    y, d = b.year, max(2, b.subject.decimals)
    t = p.score.now.total if p.score else None
    reach = None if p.reach is None else next((r for r in p.reach.itertuples() if r.year == y.year), None)
    contacts = "–" if reach is None or reach.coverage != reach.coverage else words.part(reach.coverage, 1)
    known = reach is not None and contacts != "–"
    of = f"{words.exactly(reach.actual)} of {words.exactly(reach.potential)}" if known and reach else ""
    high = "" if t is None else f"of {words.exactly(t.high)}"
    if t is not None and p.points is None:
        high = f"can become {words.span(t.least, t.most, 0)}"
    return markup.facts(
        [
            ("Tests met", f"{len(p.counted('met'))} of {len(p.tests)}", f"{len(p.counted('not met'))} not met"),
            ("Score", words.number(p.points, 0), high),
            (f"{b.measure.id} {y.year}", words.number(y.value, d), f"{words.share(b.confidence)} interval "
             f"{words.span(y.low, y.high, d)}"),
            ("Safety contacts", contacts, of or f"of {y.year}: not given"),
        ]
    )  # fmt: skip


def _card(p: Participation) -> dict[str, Any]:
    b = p.rate
    text, symbol, tone = status(p)
    d = max(2, b.subject.decimals)
    score = words.number(p.points, 0)
    figures = [[f"Score {p.score.now.date}", score]] if p.score else []
    figures += [[t.id, t.result] for t in p.tests]
    return {
        "kind": "standing",
        "status": {"words": text, "symbol": symbol, "tone": tone, "of": "eligibility"},
        "also": [
            {"label": "removal", "words": removal(p), "symbol": SYMBOLS.get(removal(p), "○"), "tone": "flat"}
        ],
        "picture": {"label": f"{b.measure.id} by year", "values": b.rates["value"].tolist()},
        "facts": [
            ["Score", score],
            [f"{b.measure.id} last year", words.number(b.year.value, d)],
            [f"{words.share(b.confidence)} interval", words.span(b.year.low, b.year.high, d)],
            ["Tests met", f"{len(p.counted('met'))} of {len(p.tests)}"],
            ["Removal test", removal(p)],
            ["Cautions", str(len(p.cautions))],
        ],
        "figures": [*rate_figures(b.measure, b.rates, d), *figures, ["Removal test", removal(p)]],
    }  # fmt: skip
