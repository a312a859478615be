"""What every report on one unit holds: cautions, faults of the data, provenance, the record for the index."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import pandas as pd

from oshlib import __version__, markup, words
from oshlib.flags import Flag, stability
from oshlib.headline import plain, record
from oshlib.markup import Html
from oshlib.rates import Measure, rate_ratio
from oshlib.study import Subject


class Found(Protocol):
    """Any study of one unit."""

    @property
    def subject(self) -> Subject:
        """Whose."""

    @property
    def cautions(self) -> list[Flag]:
        """With what to keep in mind."""


def cautions(found: Found) -> Html:
    """Every warning with its code, year and text, and the notes that the data carry."""
    noted = found.subject.rows[found.subject.rows["note"].ne("")]
    notes = [(f"Note {words.listed(part['year'].tolist())}", text) for text, part in noted.groupby("note", sort=False)]
    return caution_list(found.cautions, notes)


def caution_list(flags: Sequence[Flag], notes: Sequence[tuple[str, str]]) -> Html:
    """Codes in bold with their texts; "None." where there is nothing to say."""
    items = [(f"{f['code']} {f['year'] or ''}", f["text"]) for f in flags]
    return markup.bullets([*items, *notes], "warn") if items or notes else markup.paragraphs("None.")


def fault_table(subject: Subject) -> Html:
    """The faults of this unit's rows and of the file as a whole."""
    if subject.faults.empty:
        return markup.paragraphs("No fault was found in the rows of this unit.")
    rows = [[f.level, f.row, f.column, f.value, f.rule, f.text] for f in subject.faults.itertuples()]
    return markup.table(
        ["Level", "Row", "Column", "Found", "Rule", "What it says"],
        rows,
        "Every fault, with its row and rule",
        text=range(6),
    )


def provenance(found: Found) -> Html:
    """The file, its hash, the very rows used and left out, and the version."""
    return sources(found.subject)


def sources(s: Subject) -> Html:
    """The same of a subject alone."""
    used = s.summed or [int(r) for r in s.rows["row"].dropna()]
    items = [
        ("Data", s.path),
        ("SHA-256", s.sha256),
        ("Rows used", f"{', '.join(map(str, used))} (the header is row 1)"),
        ("Rows left out", "; ".join(f"row {r.row}: {r.why}" for r in s.left_out.itertuples()) or "none"),
        ("Faults", "{errors} errors, {warnings} warnings".format(**_fault_counts(s))),
        ("oshlib", __version__),
    ]
    return markup.bullets(items, "mono")


def whole_file(path: str, sha256: str, used: str, left_out: str, faults: Mapping[str, int], **beside: str) -> Html:
    """The provenance of a report on all units of a file; beside: other files that it rests on, by what they are."""
    items = [
        ("Data", path),
        ("SHA-256", sha256),
        *((what.capitalize(), where) for what, where in beside.items()),
        ("Rows used", used),
        ("Rows left out", left_out),
        ("Faults", f"{faults['errors']:,} errors, {faults['warnings']:,} warnings (oshlib check lists them)"),
        ("oshlib", __version__),
    ]
    return markup.bullets(items, "mono")


def numerator(m: Measure) -> str:
    """What is added to make a measure's cases, in brackets where it is more than one column."""
    added = " + ".join(m.cases)
    return f"({added})" if len(m.cases) > 1 else added


def chosen_options(options: Mapping[str, Any]) -> str:
    """Every parameter as it was, for the method section."""
    return "Chosen: " + ", ".join(f"{k} = {v}" for k, v in options.items()) + "." if options else ""


def rate_figures(m: Measure, own: pd.DataFrame, decimals: int) -> list[list[str]]:
    """Label and text of every year's rate, for comparison with the next edition.

    Counts, hours and the months of a part year stand beside the rate: it may round a revision away, they do not.
    """
    figures = []
    for r in own.itertuples():
        text = "no rate"
        if r.value == r.value:
            part = f", {r.months:g} months" if r.months < 12 else ""
            text = f"{words.number(r.value, decimals)} ({counted(m, r.cases, r.hours)}{part})"
        figures.append([f"{m.id} {r.year}", text])
    return figures


def counted(m: Measure, cases: float, hours: float) -> str:
    """A count and its hours, neither rounded."""
    one = "day" if m.counts.startswith("days") else "case"
    return f"{words.exactly(cases)} {one}{'' if cases == 1 else 's'} in {words.exactly(hours)} h"


def fingerprint(units: pd.DataFrame) -> str:
    """A short text that differs where a single number of a table does, such as cases that went to another unit.

    The rows are taken in the order of their first column.
    """
    rows = units.sort_values(units.columns[0]).astype(object).to_numpy().tolist()
    return hashlib.sha256(json.dumps(plain(rows), ensure_ascii=False).encode()).hexdigest()[:8]


def rate_table(
    subject: Subject, measures: Sequence[Measure], rates: pd.DataFrame, benchmark: pd.DataFrame, confidence: float
) -> Html:
    """Every year: count and how far to trust it, rate and benchmark, interval, change and p against the year before.

    rates: RATES of the subject. benchmark: year, measure, value; may be empty.
    """
    shared = len({m.exposure for m in measures}) == 1
    header, shown = ["Year", *(["Hours"] if shared else [])], []
    for m in measures:
        lines = benchmark[benchmark["measure"].eq(m.id)].set_index("year")["value"]
        shown.append(_by_year(rates[rates["measure"].eq(m.id)], lines, subject.decimals, confidence))
        header += [*([] if shared else ["Hours"]), "Cases", m.id, f"{words.share(confidence)} interval", "Change (p)"]
    rows = [
        [year, *shown[0][year][:shared], *(cell for by_year in shown for cell in by_year[year][shared:])]
        for year in subject.years
    ]
    plain_rates = rates.drop(columns=["complete", "months"])
    if len(benchmark):
        beside = benchmark[["year", "measure", "value"]].rename(columns={"value": "benchmark"})
        plain_rates = plain_rates.merge(beside, on=["year", "measure"], how="left")
    caption = f"Rates{', benchmark' if len(benchmark) else ''} and intervals by year"
    return markup.table(header, rows, caption, export=unrounded(plain_rates))


def unrounded(rows: pd.DataFrame) -> tuple[list[str], Any]:
    """Header and rows of a table as it is saved from the page."""
    return list(rows), plain(rows.astype(object).to_numpy().tolist())


def ten_digits(rows: pd.DataFrame) -> tuple[list[str], Any]:
    """The same with ten digits a number, where a page has many tables: finer than any count can make a rate."""
    header, cells = unrounded(rows)
    return header, [[float(f"{v:.10g}") if isinstance(v, float) else v for v in row] for row in cells]


def emit(subject: Subject, headline: Mapping[str, Any], card: Mapping[str, Any], signed: tuple[str, str]) -> None:
    """Record the headline of a report on one unit, with what the index and the reviewer need beside it.

    signed: who prepared and who reviewed the report, "" where nobody is named.
    """
    record(
        headline,
        title=subject.name,
        signed=signed,
        eyebrow=[subject.window, *(["made-up example unit"] if is_made_up(subject) else [])],
        card=card,
        provenance=rows_and_faults(subject),
    )


def is_made_up(subject: Subject) -> bool:
    """Whether the name or a note says that the unit is an example."""
    return any("made up" in text for text in (subject.name.lower(), *subject.rows["note"].str.lower()))


def rows_and_faults(subject: Subject) -> dict[str, Any]:
    """What index.json says of the rows that a report rests on."""
    return {
        "unit_id": subject.unit_id,
        "data_sha256": subject.sha256,
        "rows_used": len(subject.summed) or int(subject.rows["row"].notna().sum()),
        "rows_left_out": len(subject.left_out),
        "faults": _fault_counts(subject),
    }


def _fault_counts(subject: Subject) -> dict[str, int]:
    return {f"{level}s": int(subject.faults["level"].eq(level).sum()) for level in ("error", "warning")}


def _by_year(own: pd.DataFrame, lines: pd.Series, decimals: int, confidence: float) -> dict[int, list[str]]:
    """By year: hours, cases, rate and benchmark, interval, change."""
    cells, last = {}, None
    for row in own.itertuples():
        change = "–"
        if last is not None and row.value == row.value and last.value == last.value:
            ratio, _, _, p = rate_ratio(row.cases, row.hours, last.cases, last.hours, confidence)
            moved = words.percent(ratio - 1, 0) if math.isfinite(ratio) else "from zero" if row.cases else "both zero"
            change = f"{moved} ({words.p_value(p).removeprefix('= ')})"
        trust = stability(row.cases) if row.value == row.value else "no rate"
        beside = f"benchmark {words.number(lines[row.year], decimals)}" if row.year in lines else ""
        cells[row.year] = [
            words.number(row.hours, 0),
            markup.with_note(words.number(row.cases, 0), trust),
            markup.with_note(words.number(row.value, decimals), beside),
            words.span(row.low, row.high, decimals),
            change,
        ]
        last = row
    return cells
