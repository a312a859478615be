"""How the parts of an assessment are written: points, answers, places on a scale, one spelling for every table."""

from __future__ import annotations

from typing import Any

from oshlib import words
from oshlib.frameworks import Framework, Node
from oshlib.frameworks.sheets import BLANK, OUTSIDE, UNEXAMINED
from oshlib.study.assessment import Sheet

#: What stands in a cell for an answer that is no choice of the scale.
MARKS = {BLANK: "□", OUTSIDE: "–", UNEXAMINED: "?"}
_SPOKEN = {BLANK: "unanswered", OUTSIDE: "n/a", UNEXAMINED: "not examined"}
#: An answer that is longer than this is drawn as a symbol.
_SHORT = 2


def points_of(framework: Framework, row: Any) -> str:
    """Points as printed: whole ones of an item as they are, all others with the decimals of their size.

    The total, and all of a framework that scores in whole points, with the framework's own.
    """
    value = row["points"]
    if value != value:
        return "–"
    node = framework.nodes[row["node"]]
    if node.id == framework.id or not framework.decimals:
        whole = framework.decimals or (0 if value == round(value) else 2)
        return words.number(value, whole)
    return words.number(value, 0 if not node.roll and value == round(value) else 2 if row["high"] <= 10 else 1)


def possible(row: Any) -> str:
    """The most possible, and the least where that is not zero."""
    return (
        words.exactly(row["high"]) if not row["low"] else f"{words.exactly(row['low'])} to {words.exactly(row['high'])}"
    )


def place_of(row: Any) -> float:
    """Where the points lie between the least and the most possible; 1 where there is nothing to gain."""
    wide = row["high"] - row["low"]
    return float((row["points"] - row["low"]) / wide) if wide > 0 and row["points"] == row["points"] else 1.0


def share_of(row: Any) -> str:
    """The same as a percentage, a dash where there are no points."""
    return words.part(place_of(row)) if row["points"] == row["points"] and row["high"] > row["low"] else "–"


def tone_of(row: Any) -> str:
    """One of five shades, worst to best; another class where there is no answer in the base."""
    if row["points"] != row["points"] or not row["high"] > row["low"]:
        return "open" if row["unanswered"] else "out"
    return f"h{min(4, int(place_of(row) * 4 + 1e-9))}"


def answer_of(sheet: Sheet, leaf: Node, row: Any) -> str:
    """What was answered, by method where there are several; how it came about where it was worked out."""
    taken = sheet.measured.get(leaf.cuts.value.id if leaf.cuts else leaf.id)
    if leaf.scale:
        codes = sheet.sheets.judgements(leaf)
        if leaf.repeats:
            return _counted(leaf, codes)
        said = [(leaf.methods[i], _spoken(leaf, int(c[0]))) for i, c in enumerate(codes)] if leaf.methods else []
        if said:
            same = {answer for _, answer in said}
            return (
                f"{'+'.join(m for m, _ in said)} {same.pop()}"
                if len(same) == 1
                else ", ".join(f"{m} {a}" for m, a in said)
            )
        if codes[0][0] != BLANK or not leaf.cuts:
            return _spoken(leaf, int(codes[0][0]))
    if leaf.cuts:
        return _cut(sheet, leaf, row)
    value = sheet.sheets.number(leaf.id)[0]
    if value != value:
        return "unanswered"
    return f"{words.number(value, 2)} (worked out)" if taken else words.exactly(value)


def mark_of(sheet: Sheet, leaf: Node, row: Any) -> str:
    """The same in a cell: the answer where it is short, else a symbol of its place."""
    if not leaf.scale:
        value = sheet.sheets.number(leaf.id)[0]
        return "□" if value != value else words.number(value, 0 if value == round(value) else 1)
    codes = sheet.sheets.judgements(leaf)
    if leaf.repeats:
        return "□" if row["points"] != row["points"] else _symbol(place_of(row))
    if leaf.cuts and codes[0][0] == BLANK:
        known = [c.answer for c in leaf.scale.choices if row["points"] == row["points"] and c.points == row["points"]]
        return known[0] if known else "□"
    marks = [_mark(leaf, int(c[0])) for c in codes]
    return "".join(f"{m}{mark}" for m, mark in zip(leaf.methods, marks, strict=True)) if leaf.methods else marks[0]


def level_of(leaf: Node, answer: str) -> str:
    """The words of an answer: the item's own, else the scale's, else what the item is about."""
    names = {c.answer: c.name for c in leaf.scale.choices} if leaf.scale else {}
    return leaf.levels.get(answer) or leaf.aim or names.get(answer) or "–"


def moved(value: float, decimals: int) -> str:
    """A change with its sign.

    >>> moved(-2.0, 0), moved(0.0, 1), moved(float("nan"), 1)
    ('−2', '0.0', '–')
    """
    if value != value:
        return "–"
    text = words.number(abs(value), decimals)
    return text if not text.strip("0.") else f"{'−' if value < 0 else '+'}{text}"


def plural(n: int, one: str) -> str:
    """A small number in words and what it counts.

    >>> plural(1, "finding"), plural(12, "step")
    ('one finding', '12 steps')
    """
    return f"{words.count(n)} {one}{'' if n == 1 else 's'}"


def _spoken(leaf: Node, code: int) -> str:
    return _SPOKEN.get(code) or (leaf.scale.choices[code].answer if leaf.scale else "")


def _mark(leaf: Node, code: int) -> str:
    if code in MARKS:
        return MARKS[code]
    choices = leaf.scale.choices if leaf.scale else ()
    answer = choices[code].answer
    return answer if len(answer) <= _SHORT else _symbol(1 - code / (len(choices) - 1))


def _symbol(place: float) -> str:
    return "●" if place > 1 - 1e-9 else "○" if place < 1e-9 else "◐"


def _counted(leaf: Node, codes: list[Any]) -> str:
    """Several judgements of one item, counted by answer."""
    found = [int(c[0]) for c in codes]
    said = [
        f"{found.count(i)} {c.answer}" for i, c in enumerate(leaf.scale.choices if leaf.scale else ()) if i in found
    ]
    return ", ".join(said) or "unanswered"


def _cut(sheet: Sheet, leaf: Node, row: Any) -> str:
    """What a measured value decided, with the value."""
    assert leaf.cuts is not None  # noqa: S101 - only leaves with cuts come here
    value = sheet.sheets.number(leaf.cuts.value.id)[0]
    if value != value:
        return "unanswered"
    number = words.exactly(value) if sheet.measured.get(leaf.cuts.value.id) is None else words.number(value, 2)
    if row["points"] != row["points"]:
        return f"{number}, undecided"
    answers = [c.answer for c in leaf.scale.choices if c.points == row["points"]] if leaf.scale else []
    return f"{answers[0]} (by {number})" if answers else number
