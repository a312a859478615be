"""One entry of a table of answers at a time: as its framework spells it, and what is wrong with it."""

from __future__ import annotations

import re
from decimal import Decimal
from difflib import get_close_matches
from typing import Any

import numpy as np

from oshlib.errors import OshError
from oshlib.frameworks import Framework
from oshlib.frameworks.model import Scale
from oshlib.frameworks.sheets import FINDINGS, item_of, listed, number_of, refusal

#: Rule, level and text of a fault.
Fault = tuple[str, str, str]

_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?")


def fold(text: str) -> str:
    """A text as it is compared: case and spaces make no difference.

    >>> fold("  Not  met ")
    'not met'
    """
    return " ".join(text.casefold().split())


def written(value: Any) -> str:
    """A number as a person writes it; "" where there is none.

    >>> written(3.0), written(0.85), written(float("nan"))
    ('3', '0.85', '')
    """
    if value is None or value != value:
        return ""
    if isinstance(value, bool | np.bool_):
        return str(bool(value)).upper()
    number = float(value)
    return str(int(value)) if number.is_integer() else format(Decimal(repr(number)), "f")


def item(framework: Framework, text: str) -> tuple[str, Fault | None]:
    """The item of this id; "" where none takes an answer."""
    spelt = {fold(i): i for i in (*framework.nodes, *framework.numbers)}.get(fold(text), text)
    if spelt in framework.numbers:
        return spelt, None
    try:
        return item_of(framework, spelt).id, None
    except OshError as refused:
        if node := framework.nodes.get(spelt):
            parts = ", ".join(node.children[:3]) + (" ..." if node.children[3:] else "")
            why = f"is answered by its parts: {parts}" if parts else f"takes no answer: {node.none}"
            return "", ("no-answer-expected", "error", f"left out: {spelt} {why}")
        hint = str(refused).rpartition("; ")[2]
        return "", ("unknown-item", "error", f"left out: {framework.id} has no such item; {hint}")


def answer(framework: Framework, own: str, text: str) -> tuple[str, Fault | None]:
    """An answer to an item; "" where it is blank or does not fit."""
    if text == "":
        return "", None
    if own in framework.numbers:
        return _number(framework, own, text)
    scale = framework.nodes[own].scale
    known = {fold(a): a for a in scale.answers} if scale else {}
    for spelt in (fold(text), re.sub(r"^(\d+)\.0+$", r"\1", text)):  # 3.0 is what a spreadsheet makes of 3
        if spelt in known:
            return known[spelt], None
    say = f"{own}: {_expected(refusal(scale, text))}"
    if scale and _lettered(scale) and text.isdecimal() and 1 <= int(text) <= len(scale.choices):
        say += f"; the form's numbers 1 to {len(scale.choices)} are not its points: write the letter"
    return "", ("outside-scale", "error", say)


def _number(framework: Framework, own: str, text: str) -> tuple[str, Fault | None]:
    one, yes_no = framework.numbers[own], own in framework.yes_no
    plain = text if yes_no or not one.percent else text.removesuffix("%").strip()
    if not yes_no and not _NUMBER.fullmatch(plain):
        return "", ("not-a-number", "error", f"{own}: expected a plain number such as 0.85 or 12")
    value, wrong = number_of(one, plain, yes_no)
    if wrong:
        return "", ("outside-scale" if yes_no else "outside-limits", "error", f"{own}: {_expected(wrong)}")
    if yes_no:
        return plain.casefold(), None
    if one.percent and 0 < value <= 1 and plain == text:
        say = f"{own}: read as {plain} of 100; a spreadsheet stores 85% as 0.85: check"
        return plain, ("percent-as-fraction", "warning", say)
    return plain, None


def method(framework: Framework, own: str, text: str) -> tuple[str, Fault | None]:
    """A method of those that judge an item, by its letter or its name; an error where it needs one."""
    node = framework.nodes.get(own)
    methods = node.methods if node else ()
    if not methods:
        say = f"not read: {own} is not judged by method"
        return "", ("method-not-asked", "warning", say) if text else None
    named = {fold(n): m for m in methods for n in (m, framework.methods[m])}
    if fold(text) in named:
        return named[fold(text)], None
    wants = listed(f"{m} ({framework.methods[m]})" for m in methods)
    return "", ("method", "error", f"left out: {own} is judged by method; expected {wants}")


def finding(framework: Framework, own: str, text: str) -> tuple[str, Fault | None]:
    """An entry of significant_finding: yes, not effective, no or blank."""
    spelt = fold(text)
    if spelt in ("", "no"):
        return spelt, None
    if not framework.counts_findings:
        say = f"not counted: {framework.id} counts no findings"
        return spelt if spelt in FINDINGS else "", ("finding-not-asked", "warning", say)
    if spelt in FINDINGS:
        return spelt, None
    return "", ("finding", "error", f"{own}: expected {listed((*FINDINGS, 'no', 'blank'))}")


def attribution(framework: Framework, own: str, text: str) -> tuple[str, Fault | None]:
    """An entry of attributed_to; a warning where it must not be blank to be counted, or seems misspelt."""
    node = framework.nodes.get(own)
    wanted = node.counts_if.get("attributed_to") if node else None
    if wanted is None:
        return text, None
    if fold(text) == fold(wanted):
        return wanted, None
    if text == "":
        say = f"{own}: will not be counted; only what is attributed to {wanted} is"
        return "", ("not-attributed", "warning", say)
    if get_close_matches(fold(text), [fold(wanted)], n=1, cutoff=0.8):
        return text, ("not-attributed", "warning", f"{own}: will not be counted; did you mean {wanted!r}?")
    return text, None


def _expected(refused: str) -> str:
    """What a refusal expected; what it found stands in the fault itself."""
    return f"expected {refused.rpartition('expected ')[2]}"


def _lettered(scale: Scale) -> bool:
    return all(len(c.answer) == 1 and c.answer.isalpha() for c in scale.choices)
