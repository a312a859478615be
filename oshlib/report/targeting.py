"""An area office's lists as the notebook shows them: who stands where and why, what is near the line, draws, plan."""

from __future__ import annotations

from typing import Any

import pandas as pd
import plotly.graph_objects as go

from oshlib import __version__, charts, markup, words
from oshlib.headline import record
from oshlib.markup import Html
from oshlib.rates import measure
from oshlib.report.drawn import draw_table, record_table
from oshlib.report.notice import change_table, limits_figure, notice, unit_status, unit_verdict, why_table
from oshlib.report.parts import caution_list, chosen_options, fingerprint, unrounded
from oshlib.report.placed import LISTED, chance, inspection, letters, many, moves, near
from oshlib.study.targeting import Targeting, study

# The notebook finds all that it needs here.
__all__ = [
    "change_table", "draw_table", "limits_figure", "notice", "record_table", "study", "why_table",
]  # fmt: skip

#: Rows of the table on the page; saved as csv or xlsx it holds everybody on a list.
MOST_ROWS = 300
#: Establishments around the line that are drawn and shown.
_NEAR = 24
_SAVED = [
    "unit_id", "unit", "area", "sic", "naics", "employees", "year", "list", "rule", "source", "cases", "hours", "value",
    "low", "high", "line", "luck", "edge", "fewer", "fewer_list", "more", "more_list", "lacking", "code", "letter",
    "worker_letter", "notify_by", "enrol_by", "inspect_from", "finish_by", "notes",
]  # fmt: skip


def verdict(f: Targeting) -> Html:
    """How many stand where, then how firm that is; of one establishment where one was asked for."""
    if f.unit is not None:
        return unit_verdict(f)
    text, symbol, tone = status(f)
    primary = sum(f.counts[x] for x in ("primary_not_offered", "primary_nonparticipant"))
    line = f"{f.directive.measure} at or over {_entry(f)}"
    say = f"Of {many(len(f.table))}, {len(f.listed):,} stand on an inspection list because of their rate ({line})"
    say += f": {primary:,} on the primary one" + _others(f) + "."
    open_ = f.counts["undetermined"]
    sub = f"{many(open_)} stand on no list, because what is missing or faulty would decide. " if open_ else ""
    return Html(
        f'<p class="status">{markup.chip(text, symbol, tone)} <span class="q">{f.directive.id}</span></p>'
        + markup.paragraphs(say, css="say")
        + markup.paragraphs(sub + _luck(f), css="sub")
        + markup.facts(
            [
                (f.directive.title_of(name), f"{n:,}", next(x.means for x in f.directive.lists if x.id == name))
                for name, n in f.counts.items()
                if name in {x.id for x in f.directive.lists}
            ]
        )
    )


def status(f: Targeting) -> tuple[str, str, str]:
    """Words, symbol and tone for the index."""
    if f.unit is not None:
        return unit_status(f)
    if f.counts["undetermined"]:
        return f"{f.counts['undetermined']:,} undetermined", "○", "na"
    return f"{len(f.listed):,} on the lists", "●", "flat"


def list_table(f: Targeting) -> Html | None:
    """Every list by area office; all add up."""
    if f.unit is not None:
        return None
    counts = pd.crosstab(f.table["area"], f.table["list"]).reindex(columns=list(f.counts), fill_value=0)
    shown = [x.id for x in f.directive.lists]
    rows = [
        [area, f"{int(row.sum()):,}", *(f"{int(row[name]):,}" for name in shown)] for area, row in counts.iterrows()
    ]
    if len(rows) > 1:
        rows.append(["All", f"{len(f.table):,}", *(f"{f.counts[name]:,}" for name in shown)])
    header = ["Area office", "Establishments", *(f.directive.title_of(name) for name in shown)]
    export = unrounded(counts.rename_axis("area").reset_index().rename_axis(columns=None))
    total = " + ".join(f"{f.counts[name]:,}" for name in shown)
    holds = "holds" if sum(f.counts[name] for name in shown) == len(f.table) else "fails"
    check = markup.paragraphs(f"Everybody stands on one list: {total} = {len(f.table):,} ({holds}).", css="q")
    return Html(markup.table(header, rows, "Establishments by area office and list", export=export) + check)


def near_figure(f: Targeting) -> go.Figure | None:
    """Those around the line, with their intervals."""
    rows = near(f).head(_NEAR)
    if f.unit is not None or rows.empty:
        return None
    lines = sorted({float(x) for x in rows["line"]})
    m = measure(f.directive.measure)
    return charts.line_chart(rows.sort_values("value", ascending=False), [("line", x) for x in lines], m.id, m.base)


def near_table(f: Targeting) -> Html | None:
    """What would move them, and the chance of so many cases, or so few, if the true rate lay just on the line."""
    if f.unit is not None:
        return None
    rows = near(f)
    if rows.empty:
        return markup.paragraphs("Nobody's list hangs on a single case.")
    shown = [
        [
            markup.unit(r.unit, r.unit_id), f"{r.cases:,.0f}", f"{r.hours:,.0f}", words.number(r.value, 2),
            words.span(r.low, r.high, 1), f.directive.title_of(str(r.list)), moves(f, r), chance(r, f.confidence),
            "only by rounding" if r.edge and f.compare == "rounding" else "only exactly" if r.edge else "either way",
        ]
        for r in rows.head(_NEAR).itertuples()
    ]  # fmt: skip
    header = [
        "Establishment", "Cases", "Hours", f.directive.measure, f"{words.share(f.confidence)} interval", "List",
        "What would move it", "As far from the line by luck", "Compared",
    ]  # fmt: skip
    text = f"{many(len(rows))} would change lists with one case more or less; {_sides(rows)}."
    more = f" The {_NEAR} with the fewest hours away from the line are shown." if len(rows) > _NEAR else ""
    export = unrounded(rows.head(MOST_ROWS)[[c for c in _SAVED if c in rows]])
    return Html(
        markup.paragraphs(text + more)
        + markup.table(header, shown, "Around the line", text=(0, 5, 6, 7, 8), export=export)
    )


def everybody(f: Targeting) -> Html | None:
    """Establishment by establishment: list, reason, code, letters and days."""
    if f.unit is not None:
        return None
    order = {name: i for i, name in enumerate(x.id for x in f.directive.lists)}
    table = f.table.assign(order=f.table["list"].astype(str).map(order))
    table = table.sort_values(["order", "area", "value", "unit_id"], ascending=[True, True, False, True])
    rows = [_row(f, r) for r in table.head(MOST_ROWS).itertuples()]
    header = [
        "Establishment",
        "Area",
        "List",
        f.directive.measure,
        "Why",
        "Code",
        "Letters",
        "Inspection",
        "What would move it",
    ]
    kept = table if len(table) <= MOST_ROWS else table[~table["list"].isin(["not_listed", "out_of_scope"])]
    export = unrounded(kept[[c for c in _SAVED if c in kept]])
    text = ""
    if len(table) > MOST_ROWS:
        text = f"The first {MOST_ROWS} of {len(table):,} are shown; saved as csv or xlsx the table holds all "
        text += f"{len(kept):,} that are listed or open."
    shown = markup.table(header, rows, "Who stands where", text=(0, 1, 2, 4, 5, 6, 7, 8), export=export)
    return Html(shown + markup.paragraphs(text, css="q"))


def open_table(f: Targeting) -> Html | None:
    """Those on no list because something is missing, and what that is."""
    rows = f.table[f.table["list"].eq("undetermined")]
    if f.unit is not None:
        return None
    if rows.empty:
        return markup.paragraphs("None: everybody has a list.")
    shown = [
        [markup.unit(r.unit, r.unit_id), r.area, words.number(r.value, 2), r.lacking.replace("_", " ")]
        for r in rows.head(MOST_ROWS).itertuples()
    ]
    by_what = rows["lacking"].astype(str).value_counts()
    said = "; ".join(f"{what.replace('_', ' ')}: {n:,}" for what, n in by_what.items())
    export = unrounded(rows[[c for c in _SAVED if c in rows]].head(20 * MOST_ROWS))
    header = ["Establishment", "Area", f.directive.measure, "What lacks"]
    return Html(
        markup.paragraphs(f"{many(len(rows))}. {said}.")
        + markup.table(header, shown, "Undetermined", text=(0, 1, 3), export=export)
    )


def plan_table(f: Targeting) -> Html | None:
    """The days of the directive in order, with how many establishments each binds."""
    if f.unit is not None:
        return None
    events = [(pd.Timestamp(day), text, source) for day, text, source in f.directive.plan]
    words_ = {
        "enrol_by": "Last day to join",
        "inspect_from": "First possible inspection",
        "finish_by": "To be finished",
    }
    for kind, text in words_.items():
        for (day, name), n in f.table.groupby([kind, "list"], observed=True).size().items():
            events.append((day, f"{text}: {n:,} of the list {f.directive.title_of(str(name))}", "this file"))
    if not events:
        return markup.paragraphs("This directive's data hold no days.")
    rows = [[day.date().isoformat(), text, source] for day, text, source in sorted(events, key=lambda e: (e[0], e[2]))]
    return markup.table(["Day", "What", "Source"], rows, "Work plan by day", text=(0, 1, 2))


def fault_table(f: Targeting) -> Html:
    """The faults of the year's rows, or of the one establishment's."""
    faults = f.faults
    if f.unit is not None:
        faults = faults[faults["unit_id"].isin([f.unit["unit_id"], ""])]
    if faults.empty:
        return markup.paragraphs("No fault was found.")
    rows = [[x.level, x.row, x.column, x.value, x.rule, x.text] for x in faults.head(MOST_ROWS).itertuples()]
    more = f"{len(faults) - MOST_ROWS:,} more: oshlib check lists them." if len(faults) > MOST_ROWS else ""
    header = ["Level", "Row", "Column", "Found", "Rule", "What it says"]
    return Html(
        markup.table(header, rows, "Every fault, with its row and rule", text=range(6)) + markup.paragraphs(more)
    )


def cautions(f: Targeting) -> Html:
    """Every warning with its code and text."""
    return caution_list(f.cautions, [])


def method(f: Targeting, **chosen: Any) -> Html:
    """Formula, comparison, tree, draws, what is taken for granted, and every parameter as it was."""
    m = measure(f.directive.measure)
    limits = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in f.directive.limits.items())
    how = "rounded half up to its printed decimal first" if f.compare == "rounding" else "exactly as it is"
    absent = "; ".join(
        f"{name} ({'taken for ' if says in ('yes', 'no') else ''}{says})" for name, says in f.absent.items()
    )
    said = [
        f"{m.label}: cases x 200,000 / hours, each case once, deaths not among them; counts of a visit or a records check go "
        f"before those filed. Source: {m.source}.",
        f"{f.directive.id}, {f.directive.title} ({f.directive.source}). Limits: {limits}. The tests are tried in the order of "
        "data/reference/targeting_rules.yaml; the first that holds decides.",
        f"A rate is compared with a printed limit {how}, in exact arithmetic.",
        "What is blank is unknown: an establishment that could still stand on two lists stands on none (undetermined).",
        f"Columns that the file does not have: {absent}." if absent else "",
        f"Left out, as asked: {', '.join(f.directive.left_out)}." if f.directive.left_out else "",
        "By luck: the chance of as many cases or more (below the line: as few or fewer) if the true rate lay just on the line; "
        f"above {words.part((1 - f.confidence) / 2, 1)} the exact (Garwood) interval reaches the line.",
        "Draws: ids by the SHA-256 of seed and id, the first n; or the positions that a given table of random numbers "
        "says. Lists are in order of receipt, then by id. oshlib verify-draw repeats them.",
        chosen_options(chosen),
    ]
    return markup.paragraphs(*said)


def provenance(f: Targeting) -> Html:
    """The file, its hash, how many rows were used, and the version."""
    errors, warnings = (int(f.faults["level"].eq(kind).sum()) for kind in ("error", "warning"))
    rows = f"{len(f.table):,} of {f.year}" if f.unit is None else f"row {f.unit['row']} (the header is row 1)"
    items = [
        ("Data", f.path),
        ("SHA-256", f.sha256),
        ("Rows used", rows),
        ("Rows left out", f"{f.rows_left_out:,} of other years or areas"),
        ("Faults", f"{errors:,} errors, {warnings:,} warnings (oshlib check lists them)"),
        ("oshlib", __version__),
    ]
    return markup.bullets(items, "mono")


def headline(f: Targeting, prepared_by: str = "", reviewed_by: str = "") -> None:
    """Record the numbers that index.json carries: the last cell of the notebook."""
    text, symbol, tone = status(f)
    mine = f.unit
    where = f.areas[0] if len(f.areas) == 1 else f"{len(f.areas)} area offices" if len(f.areas) > 1 else "nobody"
    title = mine["unit"] if mine is not None else f"{many(len(f.table))}, {where}"
    draws: dict[str, dict[str, Any]] = {}
    for d in f.draws:
        name = d.list if d.batch is None else f"{d.list}, late names {d.batch}"
        draws.setdefault(d.area, {})[name] = {
            "n": d.draw.n, "selected": list(d.draw), "rule": d.draw.rule, "seed": d.draw.seed,
            "frame_sha256": d.draw.frame_sha256,
        }  # fmt: skip
    unit = {} if mine is None else {"unit": mine["unit"], "list": str(mine["list"]), "value": mine["value"]}
    record(
        {"counts": f.counts, "draws": draws, **unit, "flags": f.cautions},
        title=title,
        signed=(prepared_by, reviewed_by),
        eyebrow=[f.directive.id, f"data of {f.year}", *(["made-up example units"] if f.made_up else [])],
        card={
            "title": title,
            "status": {"words": text, "symbol": symbol, "tone": tone, "of": f.directive.measure},
            "facts": _card(f),
            "figures": _figures(f),
        },
        provenance={
            "unit_id": "" if mine is None else mine["unit_id"],
            "data_sha256": f.sha256,
            "rows_used": len(f.table) if mine is None else 1,
            "rows_left_out": f.rows_left_out,
            "faults": {f"{k}s": int(f.faults["level"].eq(k).sum()) for k in ("error", "warning")},
        },
    )


def _entry(f: Targeting) -> str:
    lines = sorted({float(x) for x in f.table["line"].dropna()})
    return " or ".join(f"{x:.{f.directive.decimals}f}" for x in lines) or "its limit"


def _others(f: Targeting) -> str:
    """The counts of the lists of those who joined."""
    some = [(f.directive.title_of(name).lower(), f.counts[name]) for name in LISTED[2:]]
    said = [f"{n:,} on the {title} one" for title, n in some if n or title in {"secondary", "tertiary"}]
    return f", {' and '.join(said)}" if any(n for _, n in some) else ""


def _luck(f: Targeting) -> str:
    """How many stand there by rounding only, and how many could by luck."""
    n, k = len(f.listed), len(f.perhaps)
    said = []
    if n:
        said.append(
            f"{k:,} of the {n:,} could be there by luck: the exact interval of their rate reaches below the line."
        )
    edge = f.by_rounding
    if len(edge):
        primary = int((edge["list"].isin(LISTED) if f.compare == "rounding" else edge["list"].eq("not_listed")).sum())
        entry = int(edge["value"].lt(edge["line"]).sum()) if f.compare == "rounding" else primary
        how = "only because rates are rounded before they are compared"
        how = how if f.compare == "rounding" else "because rates are not rounded before they are compared"
        said.append(f"{many(len(edge))} stand where they do {how}, {entry:,} of them at the line itself.")
    return " ".join(said)


def _sides(rows: pd.DataFrame) -> str:
    over = int(rows["kind"].str.startswith("over").sum())
    return f"{over:,} over the line and {len(rows) - over:,} below it"


def _row(f: Targeting, r: Any) -> list[Any]:
    return [
        markup.unit(r.unit, r.unit_id), r.area, f.directive.title_of(str(r.list)), words.number(r.value, 2),
        f"{r.rule} ({r.source})" if r.rule else r.lacking.replace("_", " "), str(r.code) or "–", letters(r),
        inspection(r), moves(f, r),
    ]  # fmt: skip


def _card(f: Targeting) -> list[list[str]]:
    """The columns of the index."""
    if f.unit is not None:
        r = f.unit
        return [
            ["List", f.directive.title_of(str(r["list"]))],
            [f.directive.measure, words.number(r["value"], 2)],
            ["Cases", words.number(r["cases"], 0)],
            ["Moved by", moves(f, r)],
            ["Cautions", str(len(f.cautions))],
        ]
    primary = f.counts["primary_not_offered"] + f.counts["primary_nonparticipant"]
    return [
        ["Establishments", f"{len(f.table):,}"],
        ["Primary", f"{primary:,}"],
        ["Secondary, tertiary", f"{f.counts['secondary']:,}, {f.counts['tertiary']:,}"],
        ["Undetermined", f"{f.counts['undetermined']:,}"],
        ["Cautions", str(len(f.cautions))],
    ]


def _figures(f: Targeting) -> list[list[str]]:
    """What a reviewer compares between two editions."""
    if f.unit is not None:
        r = f.unit
        rate = f"{words.exactly(r['value'], 2)} ({words.exactly(r['cases'])} in {words.exactly(r['hours'])} h)"
        return [
            [f"{f.directive.measure} {f.year}", rate if r["value"] == r["value"] else "no rate"],
            ["List", f.directive.title_of(str(r["list"]))],
            ["Rule", str(r["rule"]) or str(r["lacking"])],
        ]
    single = fingerprint(f.table[["unit_id", "list", "cases", "hours"]].astype({"list": str}))
    drawn = [
        [f"Drawn, {d.area}, {d.list}{'' if d.batch is None else f' {d.batch}'}", ", ".join(d.draw) or "none"]
        for d in f.draws
        if len(d.draw.frame) != len(d.draw)
    ]
    return [
        *([f.directive.title_of(x.id), f"{f.counts[x.id]:,}"] for x in f.directive.lists),
        ["Establishments", f"{len(f.table):,}; fingerprint of their lists, counts and hours: {single}"],
        *drawn,
    ]
