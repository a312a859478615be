"""A rate against a benchmark as the notebook shows it: verdict, chart, tests, what the counts can tell, headline."""

from __future__ import annotations

from typing import Any

import pandas as pd
import plotly.graph_objects as go

from oshlib import charts, markup, words
from oshlib.benchmarks import LEAST_UNITS, place
from oshlib.markup import Html
from oshlib.report.parts import cautions, chosen_options, emit, fault_table, provenance, rate_table, unrounded
from oshlib.study import load
from oshlib.study.benchmark import BenchmarkStudy, study
from oshlib.verdicts import reduction_luck, reduction_sentence, reduction_status, signed_count

# The notebook finds all that it needs here.
__all__ = ["cautions", "fault_table", "load", "provenance", "study"]


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
                words.percent(-r.reduction, 1),
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


def peer_text(b: BenchmarkStudy) -> Html:
    """Regression to the mean, and the place among companies of its industry and size."""
    said = [_shrunk(b)]
    if b.group is not None and b.year.value == b.year.value:
        g, name = b.group, b.measure.id
        low, high = place(b.year.value, g["points"], g["quantiles"])
        size = "all sizes" if g["band"] == "all" else f"{g['band']} employees"
        of = f"{words.number(g['n'], 0)} companies of industry {g['naics']} ({size})"
        stands = f"{name} stands {_between(low, high)} of" if b.year.cases else f"No case is the lowest {name} among"
        said.append(
            f"{stands} {of}." + (f" {words.part(g['zero'])} of them had no case." if g["zero"] == g["zero"] else "")
        )
    return markup.paragraphs(*said)


def place_figure(b: BenchmarkStudy) -> Any:
    """The strip of percentiles; a sentence where none were given."""
    if b.group is None or b.year.value != b.year.value:
        return markup.paragraphs("No percentiles of the industry and size were given, or none fits.")
    y = b.year
    return charts.place_chart(b.group, b.measure.id, y.value, y.low, y.high, b.subject.decimals)


def place_table(b: BenchmarkStudy) -> Html:
    """The numbers of the strip."""
    if b.group is None or b.year.value != b.year.value:
        return Html("")
    y, none = b.year, float("nan")
    places = [
        (f"{p}th percentile", q, none, none) for p, q in zip(b.group["points"], b.group["quantiles"], strict=True)
    ]
    places = sorted([*places, (b.subject.name, y.value, y.low, y.high)], key=lambda place: place[1])
    rows = [[name, words.number(v, 2), words.span(low, high, 2)] for name, v, low, high in places]
    plain = pd.DataFrame(places, columns=["place", "value", "low", "high"]).assign(measure=b.measure.id, per=y.per)
    header = ["Place", b.measure.id, f"{words.share(b.confidence)} interval"]
    return markup.table(header, rows, "Among the percentiles of the industry and size", export=unrounded(plain))


def method(b: BenchmarkStudy, **chosen: Any) -> Html:
    """Formula, standard, tests, intervals, assumptions, and every parameter as it was."""
    m, part = b.measure, words.share(b.share)
    said = [
        f"{m.id}: {' + '.join(m.cases)} × {m.per:,.0f} / {m.exposure}, {m.base}. Source: {m.source}.",
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


def _between(low: float, high: float) -> str:
    if low == high:
        return f"at the {low}th percentile"
    if low == 0 or high == 100:
        return f"below the {high}th percentile" if low == 0 else f"above the {low}th percentile"
    return f"between the {low}th and the {high}th percentile"


def _shrunk(b: BenchmarkStudy) -> str:
    s = b.shrunk
    if s is None:
        return (
            f"Regression to the mean: fewer than {LEAST_UNITS} units of the file can be used, so no reading is given."
        )
    if s.weight == 0:
        return (
            f"Regression to the mean: the {s.units} units differ by no more than chance, so the best guess for any of "
            f"them is their mean, {words.number(s.mean, 2)}."
        )
    return (
        f"Regression to the mean: if the true rates of the {s.units} units of this file (same year and industry) "
        f"follow a gamma distribution, this unit's is most likely near {words.number(s.value, 2)} "
        f"({words.span(s.low, s.high, 2)}), drawn towards their mean of {words.number(s.mean, 2)}; the chance that it "
        f"is at or below the target is {words.odds(s.below)} ({words.part(s.below)})."
    )


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
        "status": {"words": text, "symbol": symbol, "tone": tone},
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
    }


_SYMBOLS = {"met": "✓", "stays": "✓", "not met": "✕", "removal": "✕", "not yet due": "◇"}


def _word(result: str) -> str:
    return f"{_SYMBOLS.get(result, '○')} {result}"


def _or_never(count: float) -> str:
    return "not even none" if count < 0 else f"{count:,.0f}"
