"""An area office's lists as the notebook shows them: who stands where and why, what is near the line, draws, plan."""

from __future__ import annotations

from typing import Any

from oshlib import markup, words
from oshlib.headline import record
from oshlib.markup import Html
from oshlib.rates import measure
from oshlib.report.drawn import draw_table, record_table
from oshlib.report.lists import everybody, list_table, near_figure, near_table, open_table, plan_table
from oshlib.report.notice import change_table, limits_figure, notice, rate_table, unit_status, unit_verdict, why_table
from oshlib.report.parts import caution_list, chosen_options, fingerprint, whole_file
from oshlib.report.placed import many, near, nearest
from oshlib.study.targeting import Targeting, study
from oshlib.targeting.model import LISTED

# The notebook finds all that it needs here.
__all__ = [
    "change_table", "draw_table", "everybody", "limits_figure", "list_table", "near_figure", "near_table", "notice",
    "open_table", "plan_table", "rate_table", "record_table", "study", "why_table",
]  # fmt: skip

_ROWS = 300


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
    stand = "stands" if open_ == 1 else "stand"
    sub = f"{many(open_)} {stand} on no list, because what is missing or faulty would decide. " if open_ else ""
    return Html(
        f'<p class="status">{markup.chip(text, symbol, tone)} <span class="q">{f.directive.id}</span></p>'
        + markup.paragraphs(say, css="say")
        + markup.paragraphs(sub + _luck(f), css="sub")
        + markup.facts([(one.title, f"{f.counts[one.id]:,}", one.means) for one in f.directive.lists])
    )


def status(f: Targeting) -> tuple[str, str, str]:
    """Words, symbol and tone for the index."""
    if f.unit is not None:
        return unit_status(f)
    open_ = f.counts["undetermined"]
    return f"{len(f.listed):,} on the lists{f', {open_:,} undetermined' if open_ else ''}", "◆", "flat"


def fault_table(f: Targeting) -> Html:
    """The faults of the year's rows, or of the one establishment's."""
    faults = f.faults
    if f.unit is not None:
        faults = faults[faults["unit_id"].isin([f.unit["unit_id"], ""])]
    if faults.empty:
        return markup.paragraphs("No fault was found.")
    rows = [[x.level, x.row, x.column, x.value, x.rule, x.text] for x in faults.head(_ROWS).itertuples()]
    more = f"{len(faults) - _ROWS:,} more: oshlib check lists them." if len(faults) > _ROWS else ""
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
        f"{m.label}: cases x 200,000 / hours, each case once, deaths not among them; counts of a visit or of a records "
        f"check go before those filed. Source: {m.source}.",
        f"{f.directive.id}, {f.directive.title} ({f.directive.source}). Limits: {limits}. Tests are tried in the "
        f"order of {f.directive.file}; the first that holds decides.",
        f"A rate is compared with a printed limit {how}, in exact arithmetic.",
        "What is blank is unknown: an establishment that could still stand on two lists stands on none (undetermined).",
        f"Columns that the file does not have: {absent}." if absent else "",
        f"Left out, as asked: {', '.join(f.directive.left_out)}." if f.directive.left_out else "",
        "By luck: the chance of as many cases or more (below the line: as few or fewer) if the true rate lay just on "
        f"the line; above {words.part((1 - f.confidence) / 2, 1)} the exact (Garwood) interval reaches the line.",
        "Draws: ids by the SHA-256 of seed and id, the first n; or the positions that a given table of random numbers "
        "says. Lists are in order of receipt, then by id. oshlib verify-draw repeats them.",
        chosen_options(chosen),
    ]
    return markup.paragraphs(*said)


def provenance(f: Targeting) -> Html:
    """The file, its hash, how many rows were used, and the version."""
    used = f"{len(f.table):,} rows of {f.year}" if f.unit is None else f"row {f.unit['row']} (the header is row 1)"
    left_out = f"{f.rows_left_out:,} of other years or areas, or without a place"
    plan = f"{f.directive.file}, SHA-256 {f.directive.sha256}"
    return whole_file(f.path, f.sha256, used, left_out, _fault_counts(f), plan=plan)


def headline(f: Targeting, prepared_by: str = "", reviewed_by: str = "") -> None:
    """Record the numbers that index.json carries: the last cell of the notebook."""
    text, symbol, tone = status(f)
    mine = f.unit
    where = f.areas[0] if len(f.areas) == 1 else f"{len(f.areas)} area offices" if len(f.areas) > 1 else "nobody"
    title = mine["unit"] if mine is not None else f"{many(len(f.table))}, {where}"
    draws: dict[str, dict[str, Any]] = {}
    for d in f.draws if mine is None else []:  # the page of one establishment names nobody who was drawn
        name = d.name
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
            "faults": _fault_counts(f),
        },
    )


def _fault_counts(f: Targeting) -> dict[str, int]:
    return {f"{kind}s": int(f.faults["level"].eq(kind).sum()) for kind in ("error", "warning")}


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
        which = "list" if f.compare == "absolute" else "edge_list"
        entry = int(edge[which].astype(str).eq("not_listed").sum())
        rest = len(edge) - entry
        if f.compare == "rounding":
            text = f"{entry:,} stand on a list only because a rate is rounded before it is compared"
        else:
            text = f"{entry:,} stand on no list only because a rate is not rounded before it is compared"
        said.append(f"{text}{f'; for the same reason {rest:,} stand on another list than else' if rest else ''}.")
    return " ".join(said)


def _card(f: Targeting) -> list[list[str]]:
    """The columns of the index: the same for an office and for one establishment."""
    name = f.directive.measure
    if f.unit is not None:
        r = f.unit
        rate = f"{words.number(r['value'], 2)} ({many(int(r['cases']), 'case')})" if r["value"] == r["value"] else "–"
        cells = [r["area"], rate, nearest(f, r), "1" if str(r["list"]) == "undetermined" else "–"]
    else:
        area = f.areas[0] if len(f.areas) == 1 else f"{len(f.areas)} offices"
        cells = [
            area, f"{len(f.listed):,} of {len(f.table):,} at or over {_entry(f)}",
            f"{len(near(f)):,} hang on one case", f"{f.counts['undetermined']:,}",
        ]  # fmt: skip
    header = ["Area office", name, "Nearest change", "Undetermined", "Cautions"]
    return [list(pair) for pair in zip(header, [*cells, str(len(f.cautions))], strict=True)]


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
