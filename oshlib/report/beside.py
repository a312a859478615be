"""What stands beside an assessment: other units, numbers worked out elsewhere, other frameworks."""

from __future__ import annotations

import numpy as np

from oshlib import markup, words
from oshlib.frameworks import Node
from oshlib.markup import Html
from oshlib.report.audit import answer_of, moved, points_of
from oshlib.report.parts import unrounded
from oshlib.scores import band_title
from oshlib.study.assessment import Assessment
from oshlib.study.crosswalk import APART

_MANY = 40


def peers(found: Assessment) -> Html:
    """Every unit's last assessment by this framework, best first; an open one says what it can still become."""
    fw, every = found.framework, found.others
    parts = [n for n in fw.nodes.values() if n.depth == 1 and n.roll]
    own = int(np.flatnonzero(every["unit"].eq(found.named))[0])
    # Of very many the best, and those about the unit itself.
    shown = sorted({*range(min(len(every), _MANY // 2)), *range(max(0, own - _MANY // 4), own + _MANY // 4)})
    shown = list(range(len(every))) if len(every) <= _MANY else [i for i in shown if i < len(every)]
    high = {n.id: found.now.scores.of(n.id).high[0] for n in parts}
    rows = [
        [
            markup.with_note(o["name"], "this one" if o["unit"] == found.named else ""), o["date"],
            points_of(fw, {**o, "node": fw.id}),
            "–" if o["least"] == o["most"] else words.span(o["least"], o["most"], fw.decimals),
            f"{o['answered']} of {o['answered'] + o['unanswered']}",
            band_title(fw, o["band"]) if fw.bands else "–",
            *(points_of(fw, {"points": o[n], "high": most, "node": n}) for n, most in high.items()),
        ]
        for o in every.iloc[shown].to_dict("records")
    ]  # fmt: skip
    header = ["Unit", "Assessed", "Points", "Can become", "Answered", "Band", *(n.title for n in parts)]
    table = markup.table(header, rows, "All units by this framework", text=(0, 1, 5))
    if len(rows) == len(every):
        return table
    said = f"{len(rows)} of {len(every):,} units: the best, and those about this one, number {own + 1:,} by points."
    return Html(markup.paragraphs(said) + table)


def measured_table(found: Assessment) -> Html:
    """Numbers worked out from the annual table or another framework, the evidence for statements, and samples."""
    fw, parts = found.framework, []
    for m in found.now.measured.values():
        said = f"{fw.nodes[m.node].title} ({m.id}): {m.text}."
        parts.append(markup.paragraphs(said))
        if len(m.rates):
            rows = [
                [
                    str(y),
                    words.number(r.cases, 0),
                    words.number(r.hours, 0),
                    words.number(r.value, 2),
                    words.span(r.low, r.high, 2),
                ]
                for y, r in zip(m.rates.index, m.rates.itertuples(), strict=True)
            ]
            header = ["Year", "Cases", "Hours", m.rates["measure"].iloc[0], f"{words.share(found.confidence)} interval"]
            parts.append(markup.table(header, rows, f"Rates behind {m.id}"))
    for leaf in (leaf for leaf in fw.items if leaf.cuts):
        said = decided(found, leaf)
        parts.append(markup.paragraphs(said))
    if found.suggestions:
        by_node = found.now.nodes.set_index("node", drop=False)
        rows = [
            [
                markup.with_note(s.node, fw.nodes[s.node].title),
                s.text,
                s.level or "none",
                answer_of(found.now, fw.nodes[s.node], by_node.loc[s.node]),
            ]
            for s in found.suggestions
        ]
        header = ["Statement", "What the annual table says", "Suggested", "Entered"]
        parts.append(markup.table(header, rows, "Evidence for statements", text=range(4)))
    for b in found.beside.itertuples():
        sure = f"{words.share(found.confidence)} exact interval {words.part(b.low)} to {words.part(b.high)}"
        share = f"{b.part:g} of {b.whole:g}, {words.part(b.value)} ({sure})"
        parts.append(markup.paragraphs(f"{b.title}: {share}. Shown beside the score, no part of it."))
    return Html("".join(parts)) if parts else markup.paragraphs("Nothing here is worked out: every answer was entered.")


def crosswalk(found: Assessment) -> Html:
    """Where another framework, answered for the same unit, judges the same topic otherwise."""
    d = found.disagreements
    if d.empty:
        return markup.paragraphs("No other framework of the crosswalk was answered for this unit.")
    far = d[d["difference"].abs() >= APART - 1e-9]
    topics = f"{len(d)} comparison{'' if len(d) == 1 else 's'} by topic"
    said = (
        f"{topics}; {words.count(len(far))} lie half a scale apart or more."
        if len(far)
        else f"{topics}; none lies half a scale apart; the farthest are shown."
    )
    rows = [
        [
            r.topic,
            r.item,
            words.part(r.share),
            r.other,
            r.date,
            r.other_item,
            words.part(r.other_share),
            moved(100 * r.difference, 0),
        ]
        for r in (far if len(far) else d.head(3)).itertuples()
    ]
    header = [
        "Topic",
        "Items here",
        "Place on the scale",
        "Framework",
        "Assessed",
        "Its items",
        "Place there",
        "Difference",
    ]
    table = markup.table(header, rows, "Where frameworks disagree", text=(0, 1, 3, 4, 5), export=unrounded(d))
    return Html(markup.paragraphs(said) + table)


def decided(found: Assessment, leaf: Node) -> str:
    """What a measured value of an item gives by its cuts; where an answer was entered, whether both agree."""
    assert leaf.cuts is not None  # noqa: S101 - only items with cuts come here
    value = found.now.sheets.number(leaf.cuts.value.id)[0]
    if value != value:
        return ""
    steps = []
    for s in leaf.cuts.steps:
        where = (
            "otherwise" if s.limit is None else f"{'below' if s.strict else 'up to'} {words.exactly(float(s.limit))}"
        )
        steps.append(f"{s.gives or words.exactly(float(s.points or 0))} {where}")
    needs = ""
    if leaf.cuts.needs:
        there = found.now.sheets.number(leaf.cuts.needs.id)[0]
        needs = f"; {leaf.cuts.needs.title.lower()}: {'yes' if there == 1 else 'no' if there == 0 else 'not said'}"
    answer = answer_of(found.now, leaf, found.now.nodes.set_index("node", drop=False).loc[leaf.id])
    what = f"{leaf.cuts.value.title or 'value'} {words.exactly(value)} {leaf.cuts.value.unit}".rstrip()
    return f"{leaf.title} ({leaf.id}): {what}{needs}; the scale: {', '.join(steps)}. Answer: {answer}."
