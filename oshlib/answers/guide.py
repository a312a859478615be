"""A framework in words: how it scores, what an answer is worth, what is asked of a number."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from oshlib.frameworks import Framework, Node
from oshlib.frameworks.model import Number, Scale

_ROLLS = {
    "sum": "the points of its parts, added",
    "mean": "the mean of its parts, by their weights",
    "min": "that of its lowest part",
    "max": "that of its highest part",
    "ladder": "how many of its steps in a row are met, from the first",
}

#: A row of the guide: a style (title, head, or "" for plain), and the texts of its three columns.
Row = tuple[str, str, str, str]


def rows(framework: Framework) -> Iterator[Row]:
    """Everything that somebody who answers may want to look up, from the source to the levels of every item.

    >>> from oshlib.frameworks import load
    >>> next(rows(load("safe")))
    ('title', 'SAFE safety and health management score', '', '')
    """
    yield "title", framework.title, "", ""
    yield "", "Source", framework.source, ""
    yield "", "Edition", framework.edition, ""
    yield "head", "How it scores", "", ""
    for node in framework.nodes.values():
        if node.roll:
            yield "", node.id, f"{node.title}: {_scores(framework, node)}", ""
    for band in framework.bands:
        findings = "" if band.findings is None else f", with at most {band.findings} findings"
        yield "", band.title, f"from {number(band.limit)} {framework.counts}{findings}. {band.say}".strip(), ""
    for scale in framework.scales.values():
        yield from scale_rows(scale)
    if framework.methods:
        yield "head", "Methods", "", ""
    for letter, name in framework.methods.items():
        yield "", letter, name, ""
    yield "head", "Items", "Levels", "Where in the source"
    for node in framework.nodes.values():
        if not node.roll:
            yield "", node.id, "\n".join(filter(None, [node.title, *levels(node), *_worth(node), node.note])), node.line
    yield "head", "Notes", "", ""
    for note in framework.notes:
        yield "", "", note, ""


def scale_rows(scale: Scale) -> Iterator[Row]:
    """A scale: its answers, what each means, and its points."""
    yield "head", f"Scale: {scale.id}", "Meaning", "Points"
    for choice in scale.choices:
        yield "", choice.answer, choice.name, "not scored" if choice.points is None else number(choice.points)
    for answer in scale.outside:
        yield "", answer, "leaves the base: the item neither gains nor loses", ""
    for answer in scale.unexamined:
        yield "", answer, "leaves the base, and coverage falls", ""


def levels(node: Node) -> list[str]:
    """What is judged, and what each answer stands for, a line each.

    >>> from oshlib.frameworks import load
    >>> len(levels(load("safe").nodes["SAFE-I.1"]))
    4
    """
    lines = [node.aim] if node.aim else []
    if node.none:
        return [*lines, f"Never scored: {node.none}"]
    if node.scale and node.levels:
        return [*lines, *(f"{answer}: {text}" for answer, text in node.levels.items())]
    return [*lines, f"Answers: {', '.join(node.scale.answers)}"] if node.scale else lines


def wanted(one: Number, yes_no: bool) -> str:
    """What an entry has to be.

    >>> wanted(Number("x", unit="%", low=Fraction(0), high=Fraction(100)), False)
    'A number from 0 to 100, in %'
    """
    if yes_no:
        return "yes or no"
    low, high = one.low, one.high
    ends = f" from {number(low)}" if low is not None and high is not None else ""
    ends = f"{ends} to {number(high)}" if ends else f" of {number(low)} or more" if low is not None else ends
    ends = ends or (f" of {number(high)} or less" if high is not None else "")
    return f"A number{ends}{', in ' if one.unit else ''}{one.unit}"


def origin(one: Number) -> str:
    """Where a number is taken from if it is left blank; "" if from nowhere."""
    if not one.origin:
        return ""
    if "framework" in one.origin:
        return f"Left blank, it is the total of {one.origin['framework']} for the same unit."
    years = one.origin.get("years", 1)
    span = "the last year" if years == 1 else f"the last {years} years, {one.origin.get('how', 'mean')}"
    return f"Left blank, it is worked out from the annual table ({one.origin['rate']} of {span})."


def number(value: Fraction | None) -> str:
    """A limit or points, as people write them.

    >>> number(Fraction(1, 2)), number(Fraction(81))
    ('0.5', '81')
    """
    return "" if value is None else f"{float(value):g}"


def _scores(framework: Framework, node: Node) -> str:
    if node.roll == "share":
        how = f"{number(node.out_of)} times the points earned, divided by those that could be earned"
    else:
        how = _ROLLS.get(node.roll, node.roll)
    parts = [framework.nodes[child] for child in node.children]
    if node.roll == "mean" and len({part.weight for part in parts if not part.apart}) > 1:
        how += f" ({', '.join(f'{part.title} {number(part.weight)}' for part in parts if not part.apart)})"
    needs = "; no total while one of them is missing" if node.needs_all else ""
    apart = "; shown by itself, part of no total" if node.apart else ""
    return f"{how}{needs}{apart}"


def _worth(node: Node) -> list[str]:
    """How a measured number becomes points or an answer."""
    if node.formula:
        name, n = node.formula.name.replace("_", " "), {k: number(v) for k, v in node.formula.numbers.items()}
        return [f"Points ({name}): ({n['start']} - number) x {n['factor']}, within {n['low']} and {n['high']}"]
    lines = []
    for step in node.cuts.steps if node.cuts else ():
        limit = "else" if step.limit is None else f"{'below' if step.strict else 'up to'} {number(step.limit)}"
        needs = f" (with: {node.cuts.needs.title})" if node.cuts and node.cuts.needs and step.needs else ""
        lines.append(f"{limit}{needs}: {number(step.points) if step.gives is None else step.gives}")
    return [f"{node.cuts.value.title or node.title}: {'; '.join(lines)}"] if node.cuts else []
