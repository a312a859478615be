"""The end of an association's report: sites under codes, draws, advice, calendar, cautions, method, provenance."""

from __future__ import annotations

import re
from typing import Any

import pandas as pd

from oshlib import __version__, markup, words
from oshlib.headline import record
from oshlib.markup import Html
from oshlib.masks import FEW, SMALL
from oshlib.report.association_goals import rule_line, text
from oshlib.report.association_words import status
from oshlib.report.parts import caution_list, chosen_options, ten_digits
from oshlib.study import association_private as private_files
from oshlib.study.association import Association

_DAY = re.compile(r"(\d\d)-(\d\d)")


def site_table(a: Association) -> Html | None:
    """Participants past their first year, under codes and in bands; None without a private folder for the codes."""
    s = a.sites
    if s is None:
        return None
    held = (
        f"{len(s.rows):,} of {s.after:,} participants past their first year, with a rate, have a row; of the other "
        f"{s.held:,} too few are alike, or nearly all."
    )
    if s.rows.empty:
        return markup.paragraphs(held)
    rows = [[r.code, r.band, r.direction, f"{r.alike}"] for r in s.rows.itertuples()]
    head = ["Code", f"Rate beside the combined one, {a.year}", "Its own trend", "Alike"]
    table = markup.table(head, rows, "Participants under codes", text=(0, 1, 2), export=ten_digits(s.rows))
    return Html(markup.paragraphs(held) + table)


def draw_table(a: Association) -> Html:
    """How many names were on each frame, and how many were drawn: numbers only."""
    rows = [[d.title, _count(d.frames), _count(d.names), _count(d.drawn), str(d.seed), d.source] for d in a.draws]
    said = []
    for d in a.draws:
        if d.unnamed:
            said.append(f"{d.unnamed:,} plants stand in the frame by number, as no list names them.")
        if d.uncounted:
            said.append(f"Participants whose plants nobody counted stand in it with one plant each: {d.uncounted:,}.")
    head = ["Draw", "Lists", "Names on them", "Drawn", "Seed", "Source"]
    return Html(markup.table(head, rows, "Draws", text=(0, 5)) + markup.paragraphs(*said))


def keep(a: Association, folder: str) -> Html:
    """Write what is the association's alone into its own folder; what was written, by file name."""
    if not folder:
        return markup.paragraphs("No private folder is given: the names drawn are kept nowhere.")
    files = private_files.write(folder, a.kept)
    return markup.paragraphs(
        "The names drawn, the key of the codes and what the next report must know are in the association's own "
        "folder, "
        f"which is not handed over: {words.listed(files)}. Until oshlib run --deidentified hands this report over it "
        "counts as a draft, which the next one takes the place of. oshlib verify-draw makes the draws again."
    )


def advice_list(a: Association) -> Html:
    """What the numbers recommend for the next year, each with the number that chose it."""
    if not a.advice:
        return markup.paragraphs("No number speaks for a recommendation of its own.")
    return markup.bullets([(f"{x.id.capitalize()}:", f"{x.text} ({x.because})") for x in a.advice], "")


def calendar_table(a: Association) -> Html:
    """What is due in the next year, and who does it."""
    rows = [[markup.with_note(r.item, r.source), _due(r.due, a.year + 1), r.who, "☐"] for r in a.calendar]
    head = ["What", "Due", "Who", "Done"]
    return markup.table(head, rows, f"Calendar of {a.year + 1}", text=(0, 1, 2, 3))


def cautions(a: Association) -> Html:
    """Every warning with its code, year and text."""
    return caution_list(a.cautions, [])


def disclosure_rule(a: Association) -> Html:
    """The rule by which cells are hidden, and how many are."""
    return markup.paragraphs(
        a.rule,
        "Numbers of participants by result and figures over what they gave keep the same limits; a number "
        "below five is "
        f"shown as <5, and another of the same whole is hidden with it. Hidden in this report: {a.suppressed:,} cells.",
        "A number by result (met, beyond chance, stays, yes) is left out as well where, beside one of another year or "
        "of an earlier edition, it would tell the result of one or two who came, left or changed. Numbers of "
        "participants, of plants, of those due and of those who gave a figure are no results: who takes part, and "
        "since when, is known of a partnership.",
        "Rows under codes stand in coarse classes that at least three share, together with whatever stood beside "
        "their codes in earlier reports; a class of all of them, or of all but two, is left out, as it would speak of "
        "everybody. The key of the codes stays with the association.",
    )


def fault_table(a: Association) -> Html:
    """The faults of the files as numbers by rule: neither row nor value."""
    rows = [[r.file, r.rule, r.level, _times(r.number)] for r in a.faults.itertuples()]
    w = a.whole
    more = [
        ("annual table", "unit-not-on-the-list", w["strangers"]),
        ("participants", "no-implementation-date", w["undated"]),
        ("participants", "no-annual-row", w["without_row"]),
    ]  # fmt: skip
    rows += [[file, rule, "warning", _times(n)] for file, rule, n in more if n]
    if not rows:
        return markup.paragraphs("No fault was found.")
    head = ["File", "Rule", "Level", "Times"]
    said = "Values and rows stand in the association's own check (oshlib check), not here."
    return Html(markup.table(head, rows, "Faults by rule", text=(0, 1, 2)) + markup.paragraphs(said))


def method(a: Association, **chosen: Any) -> Html:
    """Formula, who is in, tests, intervals, figures, and every parameter as it was."""
    m = a.measure
    goal = next((t for t in a.tested), None)
    months = goal.months if goal else 0
    said = [
        f"{m.id}: ({' + '.join(m.cases)}) × {m.per:,.0f} / {m.exposure}, {m.base}, deaths included; cases and "
        "hours of all "
        f"participants are added up before they are divided. Source: {m.source}.",
        "Participants of a year: implementation date by its end, and not left by then. A year counts with usable hours "
        "and cases; how many have none is said.",
        f"Standard: {a.standard}. Goal: a rate of the year at or below the standard less the reduction, "
        "compared exactly; "
        f"due {months} whole months after each one's implementation date. Beyond chance: all of the exact "
        "interval lies "
        "below the target. By luck: the Poisson chances of so few cases at the standard itself, added up over those "
        "judged." if a.standard else "",
        f"Intervals are {words.share(a.confidence)}, exact (Garwood); of a change exact conditional (Clopper "
        "and Pearson), "
        "p twice the smaller tail. Trend: exact conditional Poisson test with hours as exposure.",
        f"Size: employees of the year ({words.listed([str(s) for s in a.sizes])} are the least of each size), "
        "where there "
        "is no head count hours / 2,000.",
        "Types of incident as on the form; where it has none, as the log has them. Contacts: potential is full-time "
        "employees times the quarters since each one's start, those without a session included (of one initiative: its "
        "sessions only), actual all attendances. Employees trained at least: at each plant the largest attendance of "
        "one session. Whose sessions are not all known counts in neither.",
        f"Draws: {'; '.join(d.title.lower() for d in a.draws)}; parts of a name count as one. A draw takes the "
        "first ids by "
        "the SHA-256 of seed and id; participants are drawn from each area's own list.",
        chosen_options(chosen),
    ]  # fmt: skip
    return markup.paragraphs(*said)


def provenance(a: Association) -> Html:
    """The files by what they are, their hashes and numbers of rows, and the version."""
    errors, warnings = (_faults(a, level) for level in ("error", "warning"))
    items = [(f"{what.capitalize()}", f"{n:,} rows") for what, n in a.rows.items()]
    items += [(f"SHA-256 {what}", value) for what, value in a.sha256.items()]
    items += [("Faults", f"{_times(errors)} errors, {_times(warnings)} warnings"), ("oshlib", __version__)]
    return markup.bullets(items, "mono")


def headline(a: Association, prepared_by: str = "", reviewed_by: str = "") -> None:
    """Record the numbers that index.json carries: the last cell of the notebook."""
    word, symbol, tone = status(a)
    r, t = a.last, a.trend
    by_year = {name: a.combined[name].tolist() for name in ("year", "cases", "hours", "value", "low", "high")}
    record(
        {
            "year": a.year,
            "companies": r.members,
            "combined": {
                "measure": a.measure.id, **by_year, "change": r.ratio - 1, "change_low": r.ratio_low - 1,
                "change_high": r.ratio_high - 1, "p": r.p, "annual_change": t.annual_change,
                "annual_change_low": t.annual_change_low, "annual_change_high": t.annual_change_high, "trend_p": t.p,
                "direction": t.direction, "beyond_chance": t.beyond_chance,
            },
            "suppressed_cells": a.suppressed,
            "flags": a.cautions,
        },
        title=f"Participants together, {a.year}",
        signed=(prepared_by, reviewed_by),
        eyebrow=[words.window(a.years), *(["made-up example units"] if a.made_up else [])],
        card={
            "title": f"Participants together, {a.year}",
            "kind": "Annual report, nobody named",
            "status": {"words": word, "symbol": symbol, "tone": tone, "of": a.measure.id},
            "picture": {"label": f"{a.measure.id} by year", "values": a.combined["value"].tolist()},
            "facts": _facts(a),
            "figures": _figures(a),
        },
        provenance={
            "data_sha256": a.sha256["data"],
            "rows_used": int(sum(a.combined["companies"].fillna(0))),
            "rows_left_out": a.rows["annual table"] - int(sum(a.combined["companies"].fillna(0))),
            "faults": {"errors": _faults(a, "error"), "warnings": _faults(a, "warning")},
        },
    )  # fmt: skip


def _count(number: float) -> str:
    return words.number(number, 0) if number == number else "hidden"


def _times(number: int) -> str:
    """A number of faults: fewer than five may be those of one company."""
    return FEW if 0 < number < SMALL else f"{number:,}"


def _due(due: str, year: int) -> str:
    return _DAY.sub(rf"{year}-\1-\2", due)


def _faults(a: Association, level: str) -> int:
    return int(a.faults.loc[a.faults["level"].eq(level), "number"].sum()) if len(a.faults) else 0


def _facts(a: Association) -> list[list[str]]:
    r = a.last
    facts = [
        ["Participants", f"{r.members:,}"],
        [f"{a.measure.id} {a.year}", words.number(r.value, 1)],
        [f"{words.share(a.confidence)} interval", words.span(r.low, r.high, 1)],
    ]
    own = [t for t in a.tested if t.year == a.year and t.clock == "own"]
    facts += [["Goal met", f"{text(t.parts['met'], 0)} of {t.due} due"] for t in own]
    return [*facts, ["Hidden cells", f"{a.suppressed:,}"], ["Cautions", str(len(a.cautions))]]


def _figures(a: Association) -> list[list[str]]:
    """What a reviewer compares between two editions: as shown, nothing more."""
    figures = [[f"{a.measure.id} {r.year}", _rate(r)] for r in a.combined.itertuples()]
    for t in a.tested:
        label = "Goal" if t.clock == "own" else "Goal, clock of the partnership"
        counts = ", ".join(f"{k} {text(s, 0)}" for k, s in t.parts.items())
        figures.append([f"{label} {t.year}", f"{t.due} due: {counts}"])
    figures += [[f"{r.test.capitalize()} {r.year}", rule_line(r)] for r in a.rules]
    figures += [[f"{f.label} {a.year}", text(f.now, f.decimals, f.percent)] for f in a.figures]
    own = a.group_rates[a.group_rates["year"].eq(a.year)] if len(a.group_rates) else pd.DataFrame()
    figures += [[f"{a.measure.id} {g.group}", words.number(g.value, 1)] for g in own.itertuples()]
    return figures


def _rate(r: Any) -> str:
    """A combined rate with its counts, neither rounded; hidden where it is."""
    counts = f"{words.number(r.cases, 0)} cases in {words.number(r.hours, 0)} h"
    return f"{words.number(r.value, 2)} ({counts})" if r.value == r.value else "hidden"
