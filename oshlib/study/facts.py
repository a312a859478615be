"""What forms, lists and rates say of the items of a framework: it goes before what was entered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd

from oshlib import words
from oshlib.exact import as_written
from oshlib.frameworks import Framework, Node
from oshlib.study.subject import Subject


@dataclass(frozen=True)
class Fact:
    """What is known of one item. item: the id that is answered, "" where nothing could be worked out.

    answer: a word of its scale, or a number. text: how it came about, or why not. instead_of: what was entered and is
    not what the records say. unknown: what a reader must know of where the records are silent.
    """

    node: str
    item: str
    answer: Any
    text: str
    instead_of: str = ""
    unknown: str = ""


@dataclass(frozen=True)
class Reduced:
    """A reduction against a standard: its value as a fraction (None: there is none), whether it is due, and why."""

    value: Fraction | None
    due: bool | None
    text: str
    measure: str = ""


@dataclass(frozen=True)
class Known:
    """What the records say: the unit's rows; by measure, its reduction; days by name; counts of a log by year."""

    subject: Subject
    reduced: Mapping[str, Reduced]
    days: Mapping[str, date | None]
    as_of: date
    log: pd.DataFrame | None = None


def facts(framework: Framework, rows: pd.DataFrame, known: Known) -> list[Fact]:
    """Every item of which a source speaks (`facts` of its node), in the order of the framework.

    rows: what was entered, one answer sheet.
    """
    found = []
    for node in framework.nodes.values():
        told = node.facts
        if "reduction" in told:
            none = Reduced(None, None, f"no reduction of {told['reduction']} was worked out")
            found.append(_reduction(node, rows, known.reduced.get(told["reduction"], none)))
        elif "ratio" in told:
            found.append(_ratio(node, rows, known.subject))
        elif "any_of" in told:
            found.append(_any_of(node, rows, known))
        elif "day" in told:
            found.append(_day(node, rows, known))
        elif node.cuts and node.cuts.value.origin:
            found.append(_by_number(node, rows))
    return found


def put(rows: pd.DataFrame, framework: Framework, known: Sequence[Fact]) -> pd.DataFrame:
    """The answers with the facts in the place of what was entered; evidence that was given stays beside them."""
    out = rows.assign(answer=rows["answer"].astype(object))
    for fact in (f for f in known if f.item or f.instead_of):
        of_item = out["item"].isin(_ids(framework.nodes[fact.node]))
        old = out[of_item]
        out = out[~of_item]
        if fact.item:
            evidence = "; ".join(dict.fromkeys(t for t in old["evidence"] if t))
            new = {**dict.fromkeys(out.columns, ""), "item": fact.item, "answer": fact.answer, "evidence": evidence}
            for key in ("unit", "framework", "date", "row"):
                new[key] = rows[key].iloc[0]
            out = pd.concat([out, pd.DataFrame([new], columns=list(out.columns)).astype({"answer": object})])
    return out.reset_index(drop=True)


def _reduction(node: Node, rows: pd.DataFrame, reduced: Reduced) -> Fact:
    entered, early = _entered(node, rows), node.facts.get("early", "")
    if reduced.due is False:
        return Fact(node.id, node.id, early, reduced.text, _other(entered, early))
    if reduced.value is not None and reduced.due:
        shown = words.number(float(100 * reduced.value), 1)
        same = entered.removesuffix("%") in (shown, "")
        return Fact(node.id, _number(node), 100 * reduced.value, reduced.text, "" if same else entered)
    # Whether it is due is a matter of dates, and how much it is of counts and hours: nothing that is typed settles it.
    return Fact(node.id, "", "", reduced.text, entered)


def _ratio(node: Node, rows: pd.DataFrame, subject: Subject) -> Fact:
    """One column of the last year over another."""
    of, per = node.facts["ratio"]
    last = subject.rows.iloc[-1]
    values = [last[c] if c in last.index else float("nan") for c in (of, per)]
    lacking = [c.replace("_", " ") for c, v in zip((of, per), values, strict=True) if v != v]
    if lacking:
        return Fact(node.id, "", "", f"{words.listed(lacking)} of {last['year']}: not given")
    whole, part = map(as_written, values)
    title = node.cuts.value.title if node.cuts else f"{of} / {per}"
    text = f"{title}: {words.exactly(values[0])} / {words.exactly(values[1])} in {last['year']}"
    entered = _entered(node, rows)
    if not part:
        answer = node.facts["without"]
        return Fact(node.id, node.id, answer, text, _other(entered, answer))
    value = whole / part
    text = f"{text}, {words.number(float(value), 1)}"
    same = entered in ("", words.number(float(value), 1), words.exactly(float(value)))
    return Fact(node.id, _number(node), value, text, "" if same else entered)


def _by_number(node: Node, rows: pd.DataFrame) -> Fact:
    """An item that a rate or a total decides: a word that was entered for it does not."""
    given = [str(a) for a in rows.loc[rows["item"].eq(node.id), "answer"] if str(a)]
    return Fact(node.id, "", "", "", given[0] if given else "")


def _day(node: Node, rows: pd.DataFrame, known: Known) -> Fact:
    """A day on the list settles it, once it has come; without one, what was entered stands."""
    name, answer = node.facts["day"], node.facts["then"]
    when = known.days.get(name)
    if when is None or when > known.as_of:
        return Fact(node.id, "", "", "")
    return Fact(node.id, node.id, answer, f"{name} on {when}, says the list", _other(_entered(node, rows), answer))


def _any_of(node: Node, rows: pd.DataFrame, known: Known) -> Fact:
    """One case of some kinds within some years settles it; none does not, as a record holds less than the item asks.

    Of the form and the log of a year the larger count is taken.
    """
    told, subject = node.facts, known.subject
    last, span = subject.years[-1], told["years"]
    window = subject.history[subject.history["year"].between(last - span + 1, last)].set_index("year")
    asked = [c for c in told["any_of"] if c in window]
    window = window[asked]
    if known.log is not None:
        own = known.log.reindex(columns=asked)
        window = window.combine(own[own.index.isin(range(last - span + 1, last + 1))], np.fmax)
    sums = [float(window[c].sum()) for c in asked]
    years = words.window(list(range(last - span + 1, last + 1)))
    if sum(sums) > 0:
        counted = words.listed([
            f"{words.exactly(n)} {c.removesuffix('s') if n == 1 else c}" for n, c in zip(sums, asked, strict=True) if n
        ])  # fmt: skip
        return Fact(node.id, node.id, told["then"], f"{counted} in {years}", _other(_entered(node, rows), told["then"]))
    there = [int(y) for y in window.index[window.notna().all(axis=1)]]
    lost = [y for y in range(last - span + 1, last + 1) if y not in there]
    said = f"no {' or '.join(told['any_of'])} on record in {words.listed(sorted(there)) or 'any year'}"
    return Fact(node.id, "", "", said, unknown=f"{said}; {words.listed(lost)} not on record" if lost else "")


def _number(node: Node) -> str:
    assert node.cuts is not None  # noqa: S101 - such a fact stands on a node with cuts
    return node.cuts.value.id


def _ids(node: Node) -> list[str]:
    return [node.id, *([node.cuts.value.id] if node.cuts else [])]


def _entered(node: Node, rows: pd.DataFrame) -> str:
    """What was entered for an item, its number first; "" for nothing."""
    for own in reversed(_ids(node)):
        given = [str(a) for a in rows.loc[rows["item"].eq(own), "answer"] if str(a)]
        if given:
            return given[0]
    return ""


def _other(entered: str, answer: str) -> str:
    return entered if entered and entered.casefold() != answer.casefold() else ""
