"""The last sections of an evaluation: checks, cautions, method, provenance, and the record for the index."""

from __future__ import annotations

from typing import Any

from oshlib import markup, words
from oshlib.headline import record
from oshlib.markup import Html
from oshlib.report.parts import caution_list, chosen_options, counted, fingerprint, numerator, whole_file
from oshlib.report.program_words import GROUPS, points, status
from oshlib.study.changes import Change
from oshlib.study.evaluation import Evaluation
from oshlib.study.groups import COMPARED
from oshlib.study.selection import ALL


def cross_checks(e: Evaluation) -> Html | None:
    """Visible checks: everybody stands somewhere once, the matched are among the reporting; None without a program."""
    if not e.program:
        return None
    many = e.units["group"].where(e.units["aside"].eq(""), "aside").value_counts()
    names = {**GROUPS, "": "not known", "aside": "set aside"}
    parts = " + ".join(f"{int(many.get(g, 0)):,} {word}" for g, word in names.items())
    rows = [["Establishments", f"{parts} = {len(e.units):,}", _holds(int(many.sum()) == len(e.units))]]
    ends = e.series[e.series["year"].isin([e.base_year, e.last_year])]
    pooled = ends[ends["panel"].eq("pooled")].set_index(["group", "year"])
    own = ends[ends["panel"].eq("matched")].set_index(["group", "year"])
    inside = bool((own["cases"] <= pooled["cases"].reindex(own.index)).all())
    counts = ", ".join(
        f"{GROUPS[g]} {y} {c:,.0f} of {pooled['cases'].loc[(g, y)]:,.0f}" for (g, y), c in own["cases"].items()
    )
    rows.append(["Matched cases are among all", counts, _holds(inside)])
    return markup.table(["Check", "Numbers", "Result"], rows, "Checks", text=(0, 1, 2))


def cautions(e: Evaluation) -> Html:
    """Every warning with its code and text."""
    return caution_list(e.cautions, [])


def method(e: Evaluation, **chosen: Any) -> Html:
    """Formula, groups, the contrasts, the selections, and every parameter as it was."""
    m = e.measure
    rule = "rounded half up to one decimal first" if e.compare == "rounding" else "compared exactly"
    said = [
        f"{m.id}: {numerator(m)}{f' (where blank: {m.instead[0]})' if m.instead else ''} × {m.per:,.0f} / "
        f"{m.exposure}, {m.base}; cases and hours of a group are added up before they are divided. Source: {m.source}.",
        "Groups: the last year in which an establishment's row says anything of joining counts. Who withdrew or was "
        "removed stands apart; of whom nothing is known, in no group.",
        f"Base year {e.base_year}, last year {e.last_year}. Matched: establishments with a rate in both. The verdict "
        "is about these, because establishments that come or go move a pooled rate without anything having changed.",
        f"Intervals are {words.share(e.confidence)}: of rates exact (Garwood), of a change exact conditional (Clopper "
        "and Pearson). Difference: change of those who joined less that of the others. Its range and p are those of "
        "the ratio of their ratios: given all margins of the four counts, one of them follows Fisher's noncentral "
        "hypergeometric distribution; p is twice the smaller tail, at most 1. Within industries the distributions of "
        "all strata are convolved (Gart 1970). By establishment: a linearised variance of the rates (Cochran 1977).",
        f"Selected: at or over {words.number(e.limit)}, {rule}. Followed: those with a rate in every later year shown. "
        "The interval of the year of selection knows nothing of the selection and is no range of their true rate. "
        "Distance gone: 1 − (selected − everybody a year later) / (selected − everybody). By chance: true rates follow "
        "a gamma distribution fitted to everybody's counts, and each of the selected is drawn to its mean (Clayton and "
        "Kaldor 1987).",
        "Violations an inspection: exact Poisson interval; serious ones: exact binomial (Clopper and Pearson). Taken "
        "off: 1 − penalties after reductions / proposed, of rows that give both; dollars are no counts: no interval.",
        chosen_options(chosen),
    ]  # fmt: skip
    return markup.paragraphs(*said)


def provenance(e: Evaluation) -> Html:
    """The file, its hash, how many rows were used, and the version."""
    first = min(e.years[0], *(s.year for s in e.selections)) if e.selections else e.years[0]
    more = f"; of {first} to {e.years[0] - 1} for the selection only" if first < e.years[0] else ""
    used = f"{e.rows_used:,} of years {e.years[0]} to {e.years[-1]}{more}"
    return whole_file(e.path, e.sha256, used, f"{e.rows_left_out:,} outside the window", e.faults)


def headline(e: Evaluation, prepared_by: str = "", reviewed_by: str = "") -> None:
    """Record the numbers that index.json carries: the last cell of the notebook."""
    text, symbol, tone = status(e)
    row = e.headline
    title = f"{len(e.units):,} {'establishment' if e.program else 'unit'}{'' if len(e.units) == 1 else 's'}"
    title += f" of {e.path.rpartition('/')[2]}"
    record(
        {
            "unit": "",
            "measure": e.measure.id,
            "window": [e.years[0], e.years[-1]],
            "base_year": e.base_year,
            "last_year": e.last_year,
            "groups": {group: _ends(row.changes[group]) for group in COMPARED},
            "difference": row.difference,
            "ratio": row.found.ratio,
            "ratio_low": row.found.low,
            "ratio_high": row.found.high,
            "p": row.found.p,
            "flags": e.cautions,
        },
        title=title,
        signed=(prepared_by, reviewed_by),
        eyebrow=[
            "–".join(dict.fromkeys(str(y) for y in (e.base_year, e.last_year))),
            *(["made-up example units"] if e.made_up else []),
        ],
        card={
            "title": title,
            "status": {"words": text, "symbol": symbol, "tone": tone, "of": e.measure.id},
            "facts": _facts(e),
            "figures": _figures(e),
        },
        provenance={
            "data_sha256": e.sha256,
            "rows_used": e.rows_used,
            "rows_left_out": e.rows_left_out,
            "faults": e.faults,
        },
    )


def _ends(c: Change) -> dict[str, float]:
    return {"first": c.first, "last": c.last, "change": c.change, "change_low": c.low, "change_high": c.high}


def _facts(e: Evaluation) -> list[list[str]]:
    row = e.headline
    facts = [["Establishments", f"{len(e.units):,}"]]
    if e.program:
        facts += [
            [GROUPS[g].capitalize(), f"{row.changes[g].units:,}, {words.percent(row.changes[g].change)}"]
            for g in COMPARED
        ]
        facts.append(["Difference", points(row.difference)])
    elif e.selection and e.selection.after:
        s = e.selection
        facts.append([f"Over {words.number(e.limit)} in {s.year}", f"{len(s.chosen):,}"])
        facts.append([f"Then {s.after[0]}", words.percent(s.next_ratio - 1)])
    return [*facts, ["Cautions", str(len(e.cautions))]]


def _figures(e: Evaluation) -> list[list[str]]:
    """What a reviewer compares between two editions: both groups with their counts, the difference, the selections."""
    m, figures = e.measure, []
    for group in COMPARED if e.program else ():
        own = e.series[e.series["panel"].eq("matched") & e.series["group"].eq(group)]
        for r in own[own["year"].isin([e.base_year, e.last_year])].itertuples():
            counts = counted(m, r.cases, r.hours)
            figures.append([f"{m.id} {GROUPS[group]} {r.year}", f"{words.number(r.value, e.decimals)} ({counts})"])
    if e.compared:
        figures.append([f"Difference {e.base_year}–{e.last_year}", points(e.headline.difference)])
    for s in e.selections:
        for r in s.line(ALL).itertuples():
            counts = counted(m, r.cases, r.hours)
            figures.append([f"{m.id} selected {s.year}, {r.year}", f"{words.number(r.value, e.decimals)} ({counts})"])
    kept = e.rows[["unit_id", "year", "group", "cases", "hours"]]
    keyed = kept.assign(key=kept["unit_id"] + " " + kept["year"].astype(str))[["key", "group", "cases", "hours"]]
    figures.append(
        [f"Establishments to {e.last_year}", f"{len(e.units):,}; fingerprint of their counts: {fingerprint(keyed)}"]
    )
    return figures


def _holds(right: bool) -> str:
    return "holds" if right else "fails"
