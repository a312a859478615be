"""Tables of a report on one participant: the form, contacts, training, types of incident, what is needed, dates."""

from __future__ import annotations

import math
from typing import Any

from oshlib import markup, words
from oshlib.cases import OTHER, UNKNOWN
from oshlib.markup import Html
from oshlib.report import steps
from oshlib.report.participant_words import result
from oshlib.report.parts import unrounded
from oshlib.study.assessment import unanswered
from oshlib.study.eligibility import EARLY, MET, OPEN
from oshlib.study.logged import plainly
from oshlib.study.participant import Participation
from oshlib.verdicts import signed_count

#: Faults that a page shows.
_MOST_FAULTS = 40
#: Cases of a log that a page shows.
_MOST_CASES = 60


def form_table(p: Participation) -> Html | None:
    """The figures of the form, year by year, a row each; None where the file holds no more than counts and hours."""
    rows = [
        [markup.with_note(plainly(f.id), f.note), *(words.exactly(v) if v == v else "–" for v in f.values)]
        for f in p.form
    ]
    header = ["On the form", *map(str, p.subject.years)]
    return markup.table(header, rows, "The form, year by year") if rows else None


def needs_table(p: Participation) -> Html:
    """What every test that is not met or not settled still asks for, and how far away that is."""
    rows = []
    for t in p.tests:
        if t.result in (MET, EARLY):
            continue
        rows.append([markup.with_note(t.id, t.title), result(t), _needed(p, t), t.leaf.aim or "–"])
    if not rows:
        return markup.paragraphs("Nothing: every test that is due is met.")
    return markup.table(["Test", "Now", "What is missing", "What it asks"], rows, "What is still needed", text=range(4))


def contact_table(p: Participation) -> Html | None:
    """Potential and actual contacts by year, and by plant in the last year; None without a table of them."""
    if p.plants is None or p.reach is None:
        return None
    if p.reach.empty:
        return markup.paragraphs("The table of contacts has no session of these years.")
    last = p.plants[p.plants["year"].eq(p.reach["year"].max())]
    rows = []
    for r in p.reach.itertuples():
        whole = f"{r.year}, all {r.plants} plants" if r.plants > 1 else str(r.year)
        if r.plants < r.of:
            whole = f"{r.year}, {r.plants} of {r.of} plants"
        rows.append([whole, "", "", *_contacts(r), "", r.why or "–"])
    for r in last.itertuples():
        coverage = r.actual / r.potential if r.potential > 0 else float("nan")
        rows.append([
            f"{r.year}, {r.plant}", words.number(r.full_time, 0), f"{r.held} of {r.offered}",
            words.number(r.potential, 0), words.number(r.actual, 0), words.part(coverage, 1),
            r.signed or "not told", r.why or "–",
        ])  # fmt: skip
    header = ["Year and plant", "Full-time", "Held", "Potential", "Actual", "Coverage", "Signed", "Not known"]
    return markup.table(header, rows, "Safety contacts", text=(0, 6, 7), export=unrounded(p.plants))


def session_table(p: Participation) -> Html | None:
    """The initiatives of the last year of the window, and whom each reached; None without a table of them."""
    if p.sessions is None or p.sessions["year"].isna().all():
        return None
    year = p.subject.years[-1]
    last = p.sessions[p.sessions["year"].eq(year)]
    if last.empty:
        some = f"the last ones are of {p.sessions['year'].max()}"
        return markup.paragraphs(f"No quarterly initiative of {year} is in the table; {some}.")
    rows = []
    for (quarter, name), own in last.groupby(["quarter", "initiative"], sort=True, dropna=False):
        full, came = (own[c].sum(skipna=False) for c in ("full_time", "attended"))
        addends = " + ".join(words.number(v, 0) for v in own["attended"]) if len(own) > 1 else ""
        rows.append([
            markup.with_note(str(name) or "not named", f"Q{words.number(quarter, 0)} {year}"),
            str(len(own)), words.number(full, 0), markup.with_note(words.number(came, 0), addends),
            words.part(came / full, 1) if full > 0 and came == came else "–",
        ])  # fmt: skip
    header = ["Initiative", "Plants", "Full-time", "Came", "Reach"]
    return markup.table(header, rows, f"Quarterly initiatives of {year}")


def training_table(p: Participation) -> Html | None:
    """Holders of the courses by year beside what the ratio asks for; None where the file has none of it."""
    have = [c for c in ("holders_10", "holders_10_any", "holders_30") if c in p.subject.rows]
    if not have or p.subject.rows[have].isna().all(axis=None):
        return None
    rows = []
    for r in p.subject.rows.to_dict("records"):
        n, held = r["employees"], r.get("holders_10", float("nan"))
        needed = math.ceil(n / p.people_a_holder) if n == n and p.people_a_holder else float("nan")
        rows.append([
            str(r["year"]), words.number(n, 0), words.number(held, 0), words.number(needed, 0),
            signed_count(held - needed), words.number(n / held if held > 0 else None, 1),
            words.number(r.get("holders_10_any"), 0), words.number(r.get("holders_30"), 0),
        ])  # fmt: skip
    header = [
        "Year", "Employees", "10-hour holders", "Needed", "To spare", "Employees per holder", "Anybody, 10-hour",
        "30-hour",
    ]  # fmt: skip
    return markup.table(header, rows, "Training by year")


def type_table(p: Participation) -> Html | None:
    """The targeted types of incident by year, from the form and, where there is one, the log; None with neither."""
    forms, counts = p.subject.rows.set_index("year"), None if p.log is None else p.log.counts
    told = [y for y in p.subject.years if any(forms.loc[y].get(t.id, float("nan")) >= 0 for t in p.types)]
    logs = [] if counts is None else [int(y) for y in counts.index]
    if not told and not logs:
        return None
    rows = [
        [t.title, *(words.number(forms.loc[y].get(t.id), 0) for y in told),
         *(words.number(counts.loc[y].get(t.id), 0) for y in logs if counts is not None)]
        for t in p.types
    ]  # fmt: skip
    header = ["Type", *(f"Form {y}" for y in told), *(f"Log {y}" for y in logs)]
    return markup.table(header, rows, "Types of incident")


def log_table(p: Participation) -> Html | None:
    """The log of cases beside the form of the same year, column by column; None without a log."""
    if p.log is None:
        return None
    if p.log.beside.empty:
        return markup.paragraphs("The log holds no case of these years.")
    every = p.log.beside
    years = sorted(set(every["year"]))
    apart = every[every["difference"].ne(0)]
    rows = []
    for column, own in every.groupby("column", sort=False):
        by_year = own.set_index("year")
        cells = [words.number(by_year.loc[y, side], 0) for y in years for side in ("log", "form")]
        rows.append([plainly(str(column)), *cells, _apart(own)])
    header = ["Column", *(f"{y} {side}" for y in years for side in ("log", "form")), "Log against form"]
    differ = f"{len(apart)} of {len(every)} figures differ or are open."
    said = "Log and form agree in every figure." if apart.empty else differ
    if p.log.logs > 1:
        said += f" The log is the sum of those of {p.log.logs} establishments."
    return Html(
        markup.paragraphs(said)
        + markup.table(header, rows, "The log against the form", text=(0, len(header) - 1), export=unrounded(every))
    )


def _apart(own: Any) -> str:
    """In which years a column differs, or cannot be compared."""
    if own["difference"].eq(0).all():
        return "✓ the same"
    differ = [
        f"{r.year} {'+' if r.difference > 0 else ''}{signed_count(r.difference)}"
        for r in own.itertuples() if r.difference == r.difference and r.difference
    ]  # fmt: skip
    open_ = [str(r.year) for r in own.itertuples() if r.difference != r.difference]
    said = [f"✕ {', '.join(differ)}" if differ else "", f"○ {', '.join(open_)} not told" if open_ else ""]
    return "; ".join(filter(None, said))


#: Outcomes of a case, as the form names them.
_OUTCOMES = {
    "death": "death", "dafw": "days away", "djtr": "transfer or restriction", "other": "other recordable case",
}  # fmt: skip


def case_table(p: Participation) -> Html | None:
    """Cases of the log's last year and of none, each with its type and the words that decided; None without a log."""
    if p.log is None or p.log.every.empty:
        return None
    year = p.log.every["year"].max()
    last = p.log.every[p.log.every["year"].eq(year) | p.log.every["year"].isna()]
    titles = {t.id: t.title for t in p.types} | {OTHER: "no targeted type", UNKNOWN: "not known: no text"}
    rows = [
        [r.case_number or "not given", _day(r.date_of_incident), _OUTCOMES.get(r.incident_outcome, "not known"),
         titles[r.incident], r.decided_by or "–"]
        for r in last.head(_MOST_CASES).itertuples()
    ]  # fmt: skip
    more = f"{len(last) - len(rows)} more are not shown." if len(last) > len(rows) else ""
    table = markup.table(["Case", "Day", "Outcome", "Type", "Decided by"], rows, "Cases by type", text=range(5))
    return Html(table + markup.paragraphs(more))


def date_table(p: Participation) -> Html:
    """Every deadline: from which day it counts, when it is, how many days are left."""
    rows = []
    for r in p.dates.itertuples():
        if r.due is None:
            named = r.counts_from.replace("_", " ")
            rows.append([r.title, f"{named}: none given", "–", "–", r.source])
            continue
        days = f"{abs(r.left)} day{'' if abs(r.left) == 1 else 's'}"
        left = f"{days} left" if r.left > 0 else "today" if r.left == 0 else f"{days} ago"
        rows.append([r.title, f"{r.counts_from.replace('_', ' ')} {r.start}", str(r.due), left, r.source])
    header = ["What", "Counts from", "Day", f"As of {p.as_of}", "Source"]
    return markup.table(header, rows, "Days to keep", text=range(5))


def fault_table(p: Participation) -> Html:
    """The faults of this participant's rows in every file, and of the files as a whole."""
    if p.faults.empty:
        return markup.paragraphs("No fault was found in the rows of this participant.")
    shown = p.faults.head(_MOST_FAULTS)
    rows = [[f.level, f.file, f.row, f.column, f.value, f.rule, f.text] for f in shown.itertuples()]
    header = ["Level", "File", "Row", "Column", "Found", "Rule", "What it says"]
    left = len(p.faults) - len(shown)
    more = f"{left} more are not shown; oshlib check lists them." if left else ""
    return Html(
        markup.table(header, rows, "Every fault, with its file, row and rule", text=range(7)) + markup.paragraphs(more)
    )


def _contacts(r: Any) -> list[str]:
    return [words.number(r.potential, 0), words.number(r.actual, 0), words.part(r.coverage, 1)]


def _needed(p: Participation, test: Any) -> str:
    """How far away it is: cases fewer, points, holders, or who has to say what."""
    told = test.leaf.facts
    name, year = p.rate.measure.id, p.rate.year.year
    if "reduction" in told and p.rate.found.met is False:
        return f"{words.cases(p.rate.year.cases - p.rate.found.most)} fewer in {year}'s hours would meet it"
    if "ratio" in told:
        last = p.subject.rows.iloc[-1]
        n, held = last["employees"], last.get(told["ratio"][1], float("nan"))
        if n == n and held == held and p.people_a_holder:
            lacking = math.ceil(n / p.people_a_holder) - held
            return f"{words.exactly(lacking)} holder{'' if lacking == 1 else 's'} more for {words.exactly(n)} employees"
        return "the number of employees and of holders of the last year"
    origin = (test.leaf.cuts.value.origin or {}) if test.leaf.cuts else {}
    if "rate" in origin:
        entry = next((t for t in p.rate.tests if t.test == "entry"), None)
        if entry is not None and entry.left < 0:
            return f"{words.cases(-entry.left)} fewer in {year}'s hours would meet it"
        return f"a {name} of the whole of {year}"
    if "framework" in origin and p.score and p.points is None:
        lost = unanswered(p.score.framework, p.score.now)
        return f"answers to {words.listed([*lost[:5], *([f'{len(lost) - 5} more'] if len(lost) > 5 else [])])}"
    if "framework" in origin:
        return steps.shortest_words(p.score) if p.score else "an assessment"
    return "an answer, with evidence" if test.result == OPEN else "what it asks for, and evidence of it"


def _day(when: Any) -> str:
    return f"{when:%Y-%m-%d}" if when == when else "–"
