"""The goals of a partnership with their measures, the tests as counts, and how far the initiatives reached."""

from __future__ import annotations

from html import escape
from typing import Any

import pandas as pd

from oshlib import markup, words
from oshlib.markup import Html
from oshlib.masks import Shown
from oshlib.report.parts import ten_digits
from oshlib.study.association import Association
from oshlib.study.association_figures import Figure
from oshlib.study.association_tests import GoalCount, RuleCount

_MOVED = {
    "better": "✓ towards it", "worse": "✕ away from it", "the same": "■ the same", "moved": "",
    "of others": "○ other givers", "": "",
}  # fmt: skip
_CLOSE = (
    "Numbers of participants and contacts are left out where two initiatives of a year, or two reports, differ by what "
    "one or two participants gave: the difference would be theirs."
)
_CLOCKS = {"own": "since each one's own start", "scheme": "since the partnership's start"}


def goal_tables(a: Association) -> Html:
    """One table a goal: each measure this year and the year before, how many gave it, and the change."""
    parts = []
    for number, title in dict.fromkeys((int(r.goal), r.title) for r in a.goals):
        rows, saved = [], []
        for row in (r for r in a.goals if r.goal == number):
            shown = _combined(a) if row.kind == "rate" else _kinds(a, row) if row.kind == "kinds" else _figure(a, row)
            rows += [[Html(f'<span class="label">{escape(cells[0])}</span>'), *cells[1:]] for cells, _ in shown]
            saved += [[number, row.measure, *numbers, row.source] for _, numbers in shown]
        head = ["Measure", str(a.year - 1), str(a.year), "Change", f"Given by, {a.year}"]
        names = ["goal", "measure", "label", str(a.year - 1), str(a.year), "change", "given_by", "shown", "source"]
        table = markup.table(head, rows, f"Goal {number}", text=(0, 3),
                             export=ten_digits(pd.DataFrame(saved, columns=names)))  # fmt: skip
        parts.append(f"<h3>{number}. {escape(title)}</h3>{table}")
    return Html("".join(parts))


def test_table(a: Association) -> Html:
    """The tests as counts: the goal by each clock, and every other test, in both years."""
    rows, saved = [], []
    for t in a.tested:
        cells = [("due", Shown(float(t.due))), *t.parts.items(), *_named(t).items()]
        rows.append([
            markup.with_note(f"Goal {t.year}", f"{_CLOCKS[t.clock]}, {t.months} months or more"),
            f"{t.due:,} of {t.in_all:,}", markup.with_note(_counts(t.parts), _why(t)),
            text(t.by_chance["beyond"], 0), words.number(t.expected, 1),
            f"≤\u00a0{words.number(t.target, 2)}",
        ])  # fmt: skip
        saved += [["goal", t.clock, t.year, k, s.value, s.text] for k, s in cells]
        saved.append(["goal", t.clock, t.year, "expected by luck", round(t.expected, 1), ""])
    for r in a.rules:
        limit = "–" if r.limit != r.limit else words.number(r.limit, 1)
        rows.append([
            markup.with_note(f"{r.test.capitalize()} {r.year}", r.title), f"{r.of:,}", _counts(r.parts),
            "", "", limit,
        ])  # fmt: skip
        saved += [[r.test, "", r.year, k, s.value, s.text] for k, s in r.parts.items()]
    header = ["Test", "Participants", "Results", "Beyond chance", "Expected by luck", "Limit"]
    export = ten_digits(pd.DataFrame(saved, columns=["test", "clock", "year", "result", "number", "shown"]))
    return markup.table(header, rows, "Tests, as numbers of participants", text=(0, 2), export=export)


def initiative_table(a: Association) -> Html | None:
    """The initiatives of both years: contacts potential and actual, and the coverage; None without any."""
    if a.initiatives.empty:
        return None
    rows, saved = [], []
    for r in a.initiatives.itertuples():
        rows.append([
            r.initiative, str(r.year), words.number(r.companies, 0), text(r.potential, 0), text(r.actual, 0),
            text(r.coverage, 1, True),
        ])  # fmt: skip
        saved.append([r.initiative, r.year, r.companies, r.potential.value, r.actual.value, r.coverage.value])
    names = ["initiative", "year", "participants", "potential", "actual", "coverage"]
    head = ["Initiative", "Year", "Participants", "Potential", "Actual", "Coverage"]
    table = markup.table(
        head, rows, "Initiatives and their reach", export=ten_digits(pd.DataFrame(saved, columns=names))
    )
    close = any(s.why == "difference" for s in a.initiatives["potential"])
    return Html(table + markup.paragraphs(_CLOSE if close else ""))


def text(shown: Shown, decimals: int, percent: bool = False) -> str:
    """A figure as it stands in a table: its number, or what stands for one that is not shown."""
    if not shown.known:
        return shown.text or "–"
    return words.percent(shown.value, decimals, sign=False) if percent else words.number(shown.value, decimals)


def _named(t: GoalCount) -> dict[str, Shown]:
    return {f"{k} chance": s for k, s in t.by_chance.items()}


def _why(t: GoalCount) -> str:
    return ", ".join(f"{k}: {n}" for k, n in t.why.items())


def _counts(parts: Any) -> str:
    return ", ".join(f"{k} {text(s, 0)}" for k, s in parts.items()) or "–"


def _combined(a: Association) -> list[tuple[list[Any], list[Any]]]:
    by_year = a.combined.set_index("year")
    before, now = (by_year["value"].get(y, float("nan")) for y in (a.year - 1, a.year))
    r = a.last
    change: str = "–"
    if r.ratio == r.ratio:
        good = _MOVED["better" if r.ratio < 1 else "worse" if r.ratio > 1 else "the same"]
        sure = "beyond chance" if r.p < 1 - a.confidence else "not beyond chance"
        change = markup.with_note(f"{words.percent(r.ratio - 1)} {good}", f"{sure}, p {words.p_value(r.p)}")
    cells = [f"Combined {a.measure.id}", words.number(before, 2), words.number(now, 2), change,
             words.number(r.companies, 0)]  # fmt: skip
    return [(cells, [a.measure.id, before, now, now - before, r.companies, ""])]


def _kinds(a: Association, row: Any) -> list[tuple[list[Any], list[Any]]]:
    """Counts by the kinds of case that the row names, from the protected tables."""
    table = {"outcome": a.outcomes, "nature": a.natures}.get(row.column, a.types)
    given = {y: _at(table, y, "companies") for y in (a.year - 1, a.year)}
    out = []
    for kind in (q for q in dict.fromkeys(table["quantity"]) if q.startswith(f"{row.column}:")):
        (b, b_text), (n, n_text) = (_at(table, y, kind) for y in (a.year - 1, a.year))
        moved = n - b
        change = "–" if moved != moved else f"{'+' if moved > 0 else ''}{words.number(moved, 0)}"
        label = f"{row.label}: {a.kinds[kind].lower()}"
        by = given[a.year][0]
        out.append(
            ([label, b_text, n_text, change, words.number(by, 0)], [kind, b, n, moved, by, n_text if n != n else ""])
        )
    return out


def _at(table: pd.DataFrame, year: int, quantity: str) -> tuple[float, str]:
    own = table[table["year"].eq(year) & table["quantity"].eq(quantity)]
    if own.empty:
        return float("nan"), "–"
    row = own.iloc[0]
    return float(row["value"]), words.number(row["value"], 0) if row["shown"] == "yes" else str(row["shown"])


def _figure(a: Association, row: Any) -> list[tuple[list[Any], list[Any]]]:
    f: Figure = next(f for f in a.figures if f.measure == row.measure)
    d = f.decimals
    change = "–"
    if f.change == f.change:
        by = words.percent(f.change, d) if f.percent else words.number(f.change, d)
        change = f"{'+' if f.change > 0 and not f.percent else ''}{by} {_MOVED[f.moved]}".strip()
    given = words.number(f.now.n, 0)
    cells = [f.label, text(f.before, d, f.percent), text(f.now, d, f.percent), change, given]
    return [(cells, [f.label, f.before.value, f.now.value, f.change, f.now.n, f.now.text])]


def rule_line(r: RuleCount) -> str:
    """One test of one year in a line, for the figures that a reviewer compares."""
    return _counts(r.parts)
