"""What a half-filled form says so far: its score, what that can still become, the band, and what cannot be counted."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from oshlib import markup, words
from oshlib.errors import OshError
from oshlib.form.file import COLUMNS, Line, Sheet
from oshlib.frameworks import Banded, Framework, Scores, bands, of_mapping, of_table, score_sheets
from oshlib.frameworks.sheets import FINDINGS, NO_FINDING, item_of, listed, number_of, refusal
from oshlib.markup import Html

Status = tuple[str, str, str]
#: The shape that goes with a tone, so that a band is never told by colour alone.
SHAPES = {"good": "●", "ok": "◐", "flat": "■", "poor": "△", "bad": "▲"}


@dataclass(frozen=True)
class Live:
    """status: the band by words, symbol and tone. faults: rows that are kept and not counted, and why."""

    status: Status
    sentence: str
    facts: tuple[tuple[str, str, str], ...]
    faults: tuple[tuple[Line, str], ...]
    scores: Scores

    def progress(self, nodes: tuple[str, ...]) -> str:
        """How many of the items below these nodes are answered; "" where none of them counts."""
        parts = [self.scores.of(node) for node in nodes]
        done, left = (sum(int(getattr(p, k)[0]) for p in parts) for k in ("answered", "unanswered"))
        return f"{done} of {done + left} answered" if done + left else ""

    def html(self) -> Html:
        """All of it but the faults."""
        said = markup.paragraphs(markup.chip(*self.status)) + markup.paragraphs(self.sentence, css="sub")
        return Html(said + markup.facts(self.facts))


def live(framework: Framework, sheet: Sheet) -> Live:
    """The present state of a form, by the scorer that the reports use. Errors: none; what it refuses is a fault."""
    rows, faults = judge(framework, sheet)
    table = pd.DataFrame(rows, columns=list(COLUMNS), dtype=str)
    scores = score_sheets(framework, of_table(framework, table) if rows else of_mapping(framework, {})[0])
    banded = bands(framework, scores)
    facts = _facts(framework, scores)
    begun = any(cells["answer"] for cells in rows)
    return Live(*_said(framework, scores, banded, begun), facts, tuple(faults), scores)


def judge(framework: Framework, sheet: Sheet) -> tuple[list[dict[str, str]], list[tuple[Line, str]]]:
    """The rows that can be scored, and for each that cannot what was found and what was expected.

    A row whose answer is unknown is scored as unanswered; one that answers nothing that there is, and several that
    answer the same, are not scored at all. A report decides alike.
    """
    rows: list[dict[str, str]] = []
    faults: list[tuple[Line, str]] = []
    own = [(line, {k: v.strip() for k, v in line.cells.items()}) for line in sheet.own]
    given: dict[tuple[str, str], list[str]] = {}
    for _, cells in own:
        given.setdefault(_place(framework, cells), []).append(cells["answer"] or "blank")
    for line, cells in own:
        if fault := _misplaced(framework, cells, given[_place(framework, cells)]):
            faults.append((line, fault))
            continue
        if fault := unknown(framework, cells["item"], cells["answer"]):
            faults.append((line, fault))
            cells["answer"] = ""
        said = cells["significant_finding"]
        if said.casefold() not in (*FINDINGS, *NO_FINDING):
            faults.append((line, f"significant_finding: found {said!r}, expected {listed((*FINDINGS, 'no'))}"))
        rows.append(cells)
    return rows, faults


def unknown(framework: Framework, item: str, answer: str) -> str:
    """What is wrong with an answer: "" where its scale or its limits take it, or where there is none."""
    if item in framework.numbers:
        return number_of(framework.numbers[item], answer, item in framework.yes_no)[1]
    scale = item_of(framework, item).scale
    known = {a.casefold() for a in scale.answers} if scale else set()
    return "" if not answer or answer.casefold() in known else refusal(scale, answer)


def _place(framework: Framework, cells: dict[str, str]) -> tuple[str, str]:
    """What a row answers; of an item that is not judged by method, whatever stands under method."""
    node = framework.nodes.get(cells["item"])
    return cells["item"], cells["method"].casefold() if node and node.methods else ""


def _misplaced(framework: Framework, cells: dict[str, str], given: list[str]) -> str:
    """Why a row is of no item or method that there is, or one of several that answer the same."""
    item, repeats = cells["item"], False
    if item not in framework.numbers:
        try:
            node = item_of(framework, item)
        except OshError as fault:
            return str(fault).removeprefix(f"{framework.id}: ").removeprefix(f"{item}: ")
        repeats = node.repeats
        if node.methods and cells["method"].casefold() not in [m.casefold() for m in node.methods]:
            return f"method: found {cells['method']!r}, expected {listed(node.methods)}"
    if len(given) > 1 and not repeats:
        return f"found {len(given)} answers, {words.listed(given)}, expected one; none of them counts"
    return ""


def _facts(framework: Framework, scores: Scores) -> tuple[tuple[str, str, str], ...]:
    root, d = scores.of(framework.id), framework.decimals
    points, high, least, most = (float(v[0]) for v in (root.points, root.high, root.least, root.most))
    known, settled = bool(root.known[0]), words.number(least, d) == words.number(most, d)
    done, left, away = (int(v[0]) for v in (root.answered, root.unanswered, root.unexamined))
    counts = framework.counts
    found = [
        ("Score so far", words.number(points if known else None, d), f"of {words.exactly(high)} ({counts})"),
        ("Can still become", words.number(most, d) if settled else words.span(least, most, d), "least to most"),
        ("Answered", f"{done} of {done + left}", f"{left} to go" + (f", {away} not examined" if away else "")),
    ]
    if framework.counts_findings:
        found.append(("Significant findings", str(int(scores.sheets.findings[0])), "items, each once"))
    return tuple(found)


def _said(framework: Framework, scores: Scores, banded: Banded, begun: bool) -> tuple[Status, str]:
    """The band, or between which it lies, and a sentence on it."""
    root = scores.of(framework.id)
    done, left = int(root.answered[0]), int(root.unanswered[0])
    lacks = "" if root.known[0] else "No total yet: there is none while one of its parts is open."
    if not begun:
        return ("Nothing answered yet", "○", "na"), "Open a section below and choose an answer."
    if not framework.bands:
        status = ("All answered", "■", "flat") if not left else (f"{done} of {done + left} answered", "○", "na")
        return status, lacks or "This framework has no bands: the total stands for itself."
    worst, best = (int(max(p[0], banded.by_findings[0])) for p in (banded.least, banded.most))
    band, edge = framework.bands[best], ""
    if banded.edge[0]:
        edge = "So near to a limit that rounding decides the band. "
    if worst == best:
        rest = "Whatever the rest brings: " if left and not lacks else ""
        said = f"{edge}{_adjective(framework, banded)}{rest}{lacks or band.say}"
        return (band.title, SHAPES[band.tone], band.tone), said
    status = (f"Between {framework.bands[worst].title} and {band.title}", "◆", "mix")
    return status, edge + (lacks or "What is not answered yet decides.")


def _adjective(framework: Framework, banded: Banded) -> str:
    place = int(banded.adjusted[0])
    if place < 0 or not framework.adjectives:
        return ""
    lowered = " (lowered by the findings)" if banded.adjusted[0] != banded.adjective[0] else ""
    return f"{framework.adjectives[place].title}{lowered}. "
