"""How a framework scores, in words: made from its file, with every default and every parameter."""

from __future__ import annotations

from typing import Any

from oshlib import markup, words
from oshlib.frameworks import Framework, Node
from oshlib.markup import Html
from oshlib.report.audit import plural
from oshlib.report.parts import chosen_options
from oshlib.study.assessment import Assessment


def method(found: Assessment, **chosen: Any) -> Html:
    """Source, how points come about, bands and limits, the framework's own notes, every parameter as it was."""
    fw = found.framework
    said = [f"{fw.title}. Source: {fw.source}." + (f" Edition: {fw.edition}." if fw.edition else "")]
    said += [_rolled(fw, node) for node in fw.nodes.values() if node.roll and node.depth <= 1]
    for scale in fw.scales.values():
        worth = [f"{c.answer} {words.exactly(float(c.points))}" for c in scale.choices if c.points is not None]
        out = [f"{words.listed(list(scale.outside))} leaves the base"] if scale.outside else []
        out += [f"{words.listed(list(scale.unexamined))} leaves it too and is counted"] if scale.unexamined else []
        if worth:
            said.append(f"Answers of the scale {scale.id}: {'; '.join([', '.join(worth), *out])}.")
    for leaf in fw.items:
        if leaf.formula:
            n = {k: words.exactly(float(v)) for k, v in leaf.formula.numbers.items()}
            said.append(f"{leaf.title}: ({n['start']} − value) × {n['factor']}, kept within {n['low']} to {n['high']}.")
    said += _bands(found)
    said += fw.notes
    said.append(
        "Points are compared with limits in exact arithmetic. What is possible are the least and the most that items "
        "in the base could give; what is unanswered leaves a range, and a band is named only where both its ends agree."
    )
    said.append(chosen_options(chosen))
    return markup.paragraphs(*said)


def _rolled(fw: Framework, node: Node) -> str:
    """How a node comes from its parts, in words."""
    how = {
        "sum": "the sum of its parts", "mean": "the mean of its parts, by weight", "min": "the lowest of its parts",
        "max": "the highest of its parts", "ladder": "how many of its parts, from the first, are fully met in a row",
        "share": f"{words.exactly(float(node.out_of))} × points earned / points in the base, over all items below",
    }[node.roll]  # fmt: skip
    weights = [fw.nodes[c] for c in node.children if not fw.nodes[c].apart]
    by = (
        f" ({' / '.join(words.exactly(float(c.weight)) for c in weights)})"
        if any(c.weight != 1 for c in weights)
        else ""
    )
    entered = "; a number that is entered for it goes before" if node.number else ""
    whole = "; without one of them there is no total" if node.needs_all else ""
    return f"{node.title}: {how}{by}{entered}{whole}."


def _allowed(findings: int) -> str:
    return f"at most {plural(findings, 'finding')}" if findings else "no finding"


def _bands(found: Assessment) -> list[str]:
    fw = found.framework
    if not fw.bands:
        return ["The source publishes no bands."]
    listed = [
        f"{b.title} from {words.exactly(float(b.limit))}"
        + (f" with {_allowed(b.findings)}" if b.findings is not None else "")
        for b in fw.bands
    ]
    said = ["; ".join(listed) + "."]
    if fw.band_decimals is not None:
        how = (
            f"rounded half up to {words.count(fw.band_decimals)} decimals before"
            if found.compare == "rounding"
            else "not rounded before"
        )
        said.append(f"The total is {how} it is compared with these limits (compare = {found.compare}).")
    if fw.counts_findings:
        said.append(
            "Findings: items marked as a significant finding or as a process not effectively implemented, each once."
        )
    if fw.adjectives:
        words_ = [f"{a.title.lower()} ({a.colour}) from {words.exactly(float(a.limit))}" for a in fw.adjectives]
        said.append(f"Adjective by score: {'; '.join(words_)}; the final band can lower it.")
    return said
