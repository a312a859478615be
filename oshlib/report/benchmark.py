"""A rate against a benchmark as the notebook shows it: verdict, chart, tests, what the counts can tell, headline."""

from __future__ import annotations

from typing import Any

import pandas as pd
import plotly.graph_objects as go

from oshlib import charts, markup, words
from oshlib.markup import Html
from oshlib.report.parts import (
    cautions,
    chosen_options,
    emit,
    fault_table,
    numerator,
    provenance,
    rate_figures,
    rate_table,
    unrounded,
)
from oshlib.report.peers import peer_text, place_figure, place_table
from oshlib.study import load
from oshlib.study.benchmark import BenchmarkStudy, study
from oshlib.verdicts import reduction_luck, reduction_sentence, reduction_status, signed_count

# The notebook finds all that it needs here.
__all__ = [
    "cautions", "fault_table", "load", "peer_text", "place_figure", "place_table", "provenance", "study",
]  # fmt: skip


def verdict(b: BenchmarkStudy) -> Html:
    """The verdict in words, the range, and whether the data could have shown the change at all."""
    parts = [
        f'<p class="status">{markup.chip(*reduction_status(b))} <span class="q">{b.measure.id}</span></p>',
        markup.paragraphs(reduction_sentence(b, b.subject.decimals), css="say"),
        markup.paragraphs(reduction_luck(b), css="sub"),
    ]
    return Html("".join(parts) + _numbers(b))


def benchmark_figure(b: BenchmarkStudy) -> go.Figure:
    """The chart: rates by year, the benchmark's years, standard and target."""
    target = b.target
    return charts.benchmark_chart(
        b.rates, _lines(b), float(b.standard.value), target, b.measure.base, b.subject.decimals
    )


def year_table(b: BenchmarkStudy) -> Html:
    """The numbers of the chart: every year with its rate, and the benchmark beside it."""
    return rate_table(b.subject, [b.measure], b.rates, _lines(b), b.confidence)


def test_table(b: BenchmarkStudy) -> Html:
    """Entry, reduction and removal side by side, each with the numbers that decide it."""
    rows = [[t.title, _word(t.result), t.why, signed_count(t.left), t.source] for t in b.tests]
    header = ["Test", "Result", "Because", "Cases left", "Source"]
    return markup.table(header, rows, "Tests", text=(0, 1, 2, 4))


def reduction_table(b: BenchmarkStudy) -> Html:
    """The last year, and the last three pooled, against the standard: all with their intervals."""
    against: list[tuple[str, Any, Any]] = [(str(b.year.year), b.year, b.found)]
    if b.three is not None:
        against.append((f"{b.subject.years[-1] - 2} to {b.subject.years[-1]}, pooled", b.three, b.three_found))
    rows = [_reduction_row(*one, b) for one in against]
    sure = words.share(b.confidence)
    header = [
        "Years", "Cases", "Hours", b.measure.id, f"{sure} interval", "Standard", "Target", "Reduction", f"{sure} range",
        "Observed / expected", "P of so few",
    ]  # fmt: skip
    plain = pd.DataFrame([_reduction_plain(*one, b) for one in against])
    return markup.table(header, rows, f"{b.measure.id} against the standard", export=unrounded(plain))


def near_table(b: BenchmarkStudy) -> Html:
    """What one case less or more would have changed."""
    rows = []
    for cases, r, tests in b.near:
        mark = " (as it was)" if cases == b.year.cases else ""
        rows.append(
            [
                f"{words.cases(cases)}{mark}",
                words.number(r.value, 2),
                words.reduction(r.reduction),
                *(t.result for t in tests),
            ]
        )
    header = ["With", b.measure.id, "Below the standard", *(t.test.capitalize() for t in b.tests)]
    return markup.table(header, rows, "One case less, one case more", text=(0, *range(3, 3 + len(b.tests))))


def power_table(b: BenchmarkStudy) -> Html:
    """How often the rule is right and wrong at these hours, and how many cases would settle it."""
    p, r = b.power, b.found
    if p is None:
        return markup.paragraphs("Without a rate there is nothing to say about what the data could have shown.")
    part = words.share(b.share)
    rows = [
        ["Cases expected at the standard", words.number(r.expected, 1)],
        [f"Most cases that meet the rule ({part} below)", signed_count(r.most)],
        [f"Most cases that show {part} below beyond chance", _or_never(r.shows)],
        ["Most cases that show a rate below the standard beyond chance", _or_never(r.below)],
        [
            "Rule met although nothing changed (true rate at the standard)",
            words.part(p.passes_unchanged, 1),
        ],
        [f"Rule missed although truly {part} below", words.part(1 - p.passes_reached, 1)],
        ["Rule missed although truly half the standard", words.part(1 - p.passes_half, 1)],
        [f"Shown beyond chance where truly just {part} below", words.part(p.shows_reached, 1)],
        ["True fall that would be shown four times in five", words.part(p.needed)],
    ]
    return markup.table(["At these hours", "Value"], rows, "Odds of the rule at these hours")


def method(b: BenchmarkStudy, **chosen: Any) -> Html:
    """Formula, standard, tests, intervals, assumptions, and every parameter as it was."""
    m, part = b.measure, words.share(b.share)
    said = [
        f"{m.id}: {numerator(m)} × {m.per:,.0f} / {m.exposure}, {m.base}. Source: {m.source}.",
        f"Standard {words.number(float(b.standard.value), 3)}: {b.standard.how}. Target: {part} below it, not rounded.",
        f"Average of {b.subject.years[-1]}: {b.standard.average_of}." if b.standard.average_of else "",
        "Tests are compared exactly; a limit printed in a source, and an average as published, are compared at their "
        "printed decimals (half up) unless compare is absolute.",
        f"The range of the reduction is the exact (Garwood) {words.share(b.confidence)} interval of the rate over the "
        "standard, which is taken as known. Observed over expected is the standardised ratio; P of so few is the "
        "chance of so few cases or fewer where the true rate is the standard. Beyond chance: all of the interval lies "
        "below the target.",
        "Regression to the mean: the true rates of the units of the same file, year and industry are taken to follow a "
        "gamma distribution (empirical Bayes, Clayton and Kaldor 1987).",
        "Rates are rounded half up, for print only.",
        chosen_options(chosen),
    ]
    return markup.paragraphs(*said)


def headline(b: BenchmarkStudy, prepared_by: str = "", reviewed_by: str = "") -> None:
    """Record the numbers that index.json carries: the last cell of the notebook."""
    r = b.found
    target = next(t for t in b.tests if t.test == "reduction")
    emit(
        b.subject,
        {
            "unit": b.subject.name,
            "tcir": b.year.value if b.year.complete else None,
            "tcir_pooled3": None if b.three is None else b.three.value,
            "standard": float(b.standard.value),
            "target": b.target,
            "reduction": r.reduction,
            "reduction_low": r.low,
            "reduction_high": r.high,
            "met": None if target.result == "not yet due" else r.met,
            "entry_test": b.result("entry"),
            "removal_test": b.result("removal"),
            "cases_left": r.most - b.year.cases,
            "flags": b.cautions,
        },
        _card(b),
        signed=(prepared_by, reviewed_by),
    )


def _lines(b: BenchmarkStudy) -> pd.DataFrame:
    """The benchmark's years that are shown, as those of the measure that they stand for."""
    return b.lines[b.lines["year"].isin(b.subject.years)].assign(measure=b.measure.id)


def _range(r: Any) -> str:
    return "no range" if words.missing(r.low) else f"{words.reduction(r.low)} to {words.reduction(r.high)}"


def _reduction_row(years: str, row: Any, r: Any, b: BenchmarkStudy) -> list[Any]:
    d = max(2, b.subject.decimals)
    return [
        years,
        words.number(row.cases, 0),
        words.number(row.hours, 0),
        words.number(row.value, d),
        words.span(row.low, row.high, d),
        words.number(float(b.standard.value), 2),
        words.number(b.target, 2),
        words.reduction(r.reduction),
        _range(r),
        f"{words.number(r.ratio, 2)} ({words.span(r.ratio_low, r.ratio_high, 2)})",
        "< 0.001" if r.p_below < 0.001 else words.number(r.p_below, 3),
    ]


def _reduction_plain(years: str, row: Any, r: Any, b: BenchmarkStudy) -> dict[str, Any]:
    rate = {k: getattr(row, k) for k in ("cases", "hours", "per", "value", "low", "high")}
    against = {f"reduction{'' if k == 'reduction' else f'_{k}'}": getattr(r, k) for k in ("reduction", "low", "high")}
    ratio = {k: getattr(r, k) for k in ("expected", "ratio", "ratio_low", "ratio_high", "p_below", "most")}
    fixed = {"confidence": b.confidence, "standard": b.standard.value, "target": b.target}
    return {"unit": b.subject.name, "years": years, "measure": b.measure.id, **rate, **fixed, **against, **ratio}


def _numbers(b: BenchmarkStudy) -> Html:
    r, y, d = b.found, b.year, max(2, b.subject.decimals)
    target = words.number(b.target, 2)
    interval = f"{words.share(b.confidence)} interval"
    return markup.facts(
        [
            (f"{b.measure.id} {y.year}", words.number(y.value, d), f"{interval} {words.span(y.low, y.high, d)}"),
            ("Standard", words.number(float(b.standard.value), 2), f"target {target}"),
            ("Reduction", words.reduction(r.reduction), f"{interval} {_range(r)}"),
            ("Cases left", signed_count(r.most - y.cases), f"of {signed_count(r.most)} that the target allows"),
        ]
    )


def _card(b: BenchmarkStudy) -> dict[str, Any]:
    text, symbol, tone = reduction_status(b)
    d = max(2, b.subject.decimals)
    return {
        "kind": f"{b.measure.id} against a benchmark",
        "status": {"words": text, "symbol": symbol, "tone": tone, "of": b.measure.id},
        "also": [
            {"label": t.test, "words": t.result, "symbol": _SYMBOLS.get(t.result, "○"), "tone": "flat"}
            for t in b.tests
            if t.test != "reduction"
        ],
        "picture": {"label": f"{b.measure.id} by year", "values": b.rates["value"].tolist()},
        "facts": [
            [f"{b.measure.id} last year", words.number(b.year.value, d)],
            [f"{words.share(b.confidence)} interval", words.span(b.year.low, b.year.high, d)],
            ["Standard", words.number(float(b.standard.value), 2)],
            ["Reduction", words.reduction(b.found.reduction)],
            ["Cases left", signed_count(b.found.most - b.year.cases)],
            ["Cautions", str(len(b.cautions))],
        ],
        "figures": _figures(b),
    }


def _figures(b: BenchmarkStudy) -> list[list[str]]:
    """What a reviewer compares between two editions: every year's rate, and of the last one the standard and tests."""
    year, name = b.year.year, b.measure.id
    return [
        *rate_figures(b.measure, b.rates, max(2, b.subject.decimals)),
        [f"{name}, standard {year}", words.exactly(round(float(b.standard.value), 4), 2)],
        [f"{name}, target {year}", words.exactly(round(b.target, 4), 2)],
        [f"{name}, reduction {year}", f"{words.reduction(b.found.reduction)} ({_range(b.found)})"],
        *([f"{t.title}, {year}", t.result] for t in b.tests),
    ]


_SYMBOLS = {"met": "✓", "stays": "✓", "not met": "✕", "removal": "✕", "not yet due": "◇"}


def _word(result: str) -> str:
    return f"{_SYMBOLS.get(result, '○')} {result}"


def _or_never(count: float) -> str:
    return "not even none" if count < 0 else f"{count:,.0f}"
