"""What to keep in mind of an assessment: what is open or unexamined, at an edge, or said otherwise by a number."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from oshlib import flags, frameworks, words
from oshlib.exact import half_up
from oshlib.frameworks import Framework, Node, Sheets
from oshlib.frameworks.sheets import BLANK, OUTSIDE, UNEXAMINED
from oshlib.rates import exposures, measure
from oshlib.study.evidence import Suggestion
from oshlib.study.measured import Measured, Source, rows_of, worked_out

if TYPE_CHECKING:
    from oshlib.study.assessment import Sheet

#: Below this share of items, or of their judgements, examined a score rests on too little (spec B12).
ENOUGH = 0.8


def cautions(
    scheme: Framework, now: Sheet, lost: list[str], told: list[Suggestion], source: Source
) -> list[flags.Flag]:
    """Every caution of one assessment. lost: the unanswered items."""
    t, said, compare = now.total, [], source.compare
    if t.unanswered:
        ends = words.span(t.least, t.most, scheme.decimals)
        becomes = "the total stays as it is" if t.least == t.most else f"the total can still become {ends}"
        text = f"{t.unanswered} of {t.answered + t.unanswered} items unanswered ({words.listed(lost)}); {becomes}."
        said.append(flags.flag("UNEVALUATED", None, text))
    said += _coverage(scheme, now)
    if now.banded.edge[0]:
        other = "absolute" if compare == "rounding" else "rounding"
        text = f"The total {words.exactly(t.points)} lies at the edge of a band: by {other} it would be in another."
        if t.least != t.most:
            ends = f"{words.exactly(t.least)} to {words.exactly(t.most)}"
            text = (
                f"The total can still become {ends}, and lies at the edge of a band: by {other} an end is in another."
            )
        said.append(flags.flag("EDGE_ROUNDING", None, text))
    said += [*_edges(scheme, now, compare), *_otherwise(scheme, now, compare)]
    if scheme.counts_findings and not now.sheets.recorded:
        text = "The answers say nowhere whether there was a significant finding: read as none."
        said.append(flags.flag("UNEVALUATED", None, text))
    for m in now.measured.values():
        node = scheme.nodes[m.node]
        if m.value is None and not scheme.is_apart(node) and not now.scores.of(m.node).known[0]:
            said.append(flags.flag("UNEVALUATED", None, f"{node.title} ({m.id}): {m.text}."))
        said += _of_rates(m, str(now.sheets.keys["unit"].iloc[0]), source, now.date)
    said += _entered_otherwise(scheme, now, source)
    blind = [s for s in told if s.level is None]
    return said + [flags.flag("UNEVALUATED", None, f"{s.node} has no evidence from the data: {s.text}.") for s in blind]


def _coverage(scheme: Framework, now: Sheet) -> Iterator[flags.Flag]:
    """The share of what applies that was examined: by item, and by judgement where methods were left out."""
    away = int(now.total.unexamined)
    parts = [now.scores.of(leaf.id) for leaf in scheme.items]
    due = sum(bool(p.applies[0]) or int(p.unexamined[0]) for p in parts)
    if away:
        text = f"{away} of {due} items not examined: {_seen(away, due)}."
        yield flags.flag("UNEVALUATED", None, text)
    codes = [int(c[0]) for leaf in scheme.items if leaf.methods for c in now.sheets.judgements(leaf)]
    missed, asked = codes.count(UNEXAMINED), sum(c >= BLANK or c == UNEXAMINED for c in codes)
    whole = sum(
        all(c[0] in (UNEXAMINED, OUTSIDE) for c in now.sheets.judgements(leaf))
        and sum(int(c[0] == UNEXAMINED) for c in now.sheets.judgements(leaf))
        for leaf in scheme.items if leaf.methods
    )  # fmt: skip
    if missed > whole:
        text = f"{missed} of {asked} judgements by method not examined: {_seen(missed, asked)}."
        yield flags.flag("UNEVALUATED", None, text)


def _seen(away: int, due: int) -> str:
    seen = 1 - away / due
    few = f": less than {words.part(ENOUGH)}, too few to stand for the whole" if seen < ENOUGH else ""
    return f"coverage {words.part(seen)}{few}"


def _edges(scheme: Framework, now: Sheet, compare: str) -> Iterator[flags.Flag]:
    """EDGE_ROUNDING for a measured value that the two ways of comparing answer differently."""
    other = "absolute" if compare == "rounding" else "rounding"
    for leaf in scheme.leaves:
        if leaf.cuts and leaf.cuts.decimals is not None and _decides(now.sheets, leaf):
            here, there = (_answer(scheme, now.sheets, leaf, way) for way in (compare, other))
            if here != there:
                value = float(now.sheets.number(leaf.cuts.value.id)[0])
                text = (
                    f"{leaf.title} ({leaf.id}): {words.exactly(value)} is {words.number(value, leaf.cuts.decimals)} "
                    f"as printed; {here} by {compare}, {there} by {other}."
                )
                yield flags.flag("EDGE_ROUNDING", None, text)


def _otherwise(scheme: Framework, now: Sheet, compare: str) -> Iterator[flags.Flag]:
    """Where a person's answer stands and the measured value would give another."""
    for leaf in scheme.leaves:
        if leaf.cuts and leaf.scale and not _decides(now.sheets, leaf):
            code = int(now.sheets.judgements(leaf)[0][0])
            given = leaf.scale.choices[code].answer if code >= 0 else ""
            own = now.sheets.take(np.zeros(1, dtype=np.int64))
            own.codes.pop(leaf.id, None)
            measured = _answer(scheme, own, leaf, compare)
            if given and measured and given != measured:
                value = words.exactly(float(own.number(leaf.cuts.value.id)[0]))
                said = (
                    f"{leaf.title} ({leaf.id}): answered {given}, but {leaf.cuts.value.title} {value} gives {measured}"
                )
                yield flags.flag("SUM_MISMATCH", None, f"{said}; the answer is scored.")


def _decides(sheets: Sheets, leaf: Node) -> bool:
    """Whether the measured value decides, as nobody answered the item itself."""
    return leaf.scale is None or bool(sheets.judgements(leaf)[0][0] == BLANK)


def _answer(scheme: Framework, sheets: Sheets, leaf: Node, compare: str) -> str:
    """What a measured value gives, by exact comparison; "" where it decides nothing."""
    part = frameworks.score_sheets(scheme, sheets, exact=True, rounded=compare == "rounding").of(leaf.id)
    if not part.known[0]:
        return ""
    choices = leaf.scale.choices if leaf.scale else ()
    points = part.points[0]
    return next((c.answer for c in choices if c.points == points), f"{float(points):g} points")


def _entered_otherwise(scheme: Framework, now: Sheet, source: Source) -> Iterator[flags.Flag]:
    """Where a number was entered and its source gives another, at the decimals that were entered."""
    unit = str(now.sheets.keys["unit"].iloc[0])
    for node, one in scheme.origins():
        entered = float(now.sheets.number(one.id)[0])
        if one.id in now.measured or entered != entered:
            continue
        value = worked_out(one, unit, now.date, source)
        written = str(now.sheets.written.get(one.id, [entered])[0])
        decimals = len(written.partition(".")[2].rstrip("0"))
        if value.value is not None and half_up(float(value.value), decimals) != half_up(entered, decimals):
            text = (
                f"{node.title} ({one.id}): entered {words.exactly(entered)}, but {value.text}; what was entered counts."
            )
            yield flags.flag("SUM_MISMATCH", None, text)


def _of_rates(m: Measured, unit: str, source: Source, date: str) -> list[flags.Flag]:
    """What to keep in mind of the rates that a number was worked out from."""
    if m.rates.empty:
        return []
    behind = measure(str(m.rates["measure"].iloc[0]))
    rows = exposures(rows_of(source.data, unit), source.hours_policy).sort_values("year")
    rows = rows[rows["year"].isin(m.rates.index)].assign(months=lambda t: t["months"].fillna(12.0))
    of_rows = flags.of_rows(rows, [behind], "an annual rate needs the whole year")
    last, old = int(max(m.rates.index)), []
    if int(date[:4]) - last > 1:
        text = f"{behind.id} ends with {last}; the assessment is of {date}, and the years between are not in it."
        old = [flags.flag("MISSING_YEAR", last, text)]
    return old + of_rows + flags.of_counts(m.rates.reset_index(), behind, source.confidence, 2)
