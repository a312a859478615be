"""An assessment as the notebook shows it: score and band, profile, items, what would change it, method, headline."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from oshlib import __version__, charts, markup, words
from oshlib.frameworks import Node
from oshlib.headline import record
from oshlib.markup import Html
from oshlib.report.audit import answer_of, plural, points_of, possible, share_of
from oshlib.report.beside import crosswalk, measured_table, peers
from oshlib.report.items import change, findings_table, item_table, open_items, strip, weakest_table
from oshlib.report.parts import caution_list, unrounded
from oshlib.report.scheme import method
from oshlib.report.steps import flips, path
from oshlib.scores import band_says, band_title, score_luck, score_sentence, score_status
from oshlib.study.assessment import Assessment, Sheet, study

# The notebook finds all that it needs here.
__all__ = [
    "change", "crosswalk", "findings_table", "flips", "item_table", "measured_table", "method", "open_items", "path",
    "peers", "strip", "study", "weakest_table",
]  # fmt: skip


def verdict(found: Assessment) -> Html:
    """Score and band first, then how firm they are, then the numbers."""
    return Html(
        f'<p class="status">{markup.chip(*score_status(found))} <span class="q">{found.framework.short}</span></p>'
        + markup.paragraphs(score_sentence(found), css="say")
        + markup.paragraphs(band_says(found), score_luck(found), css="sub")
        + _numbers(found)
    )


def profile_figure(found: Assessment) -> go.Figure:
    """The chart of the first level of the tree."""
    parts = _profile(found)
    return charts.profile_chart(parts, found.framework.decimals)


def profile_table(found: Assessment) -> Html:
    """Every part of the tree above the items: weight, points, range, answered, and the last assessment."""
    fw, now = found.framework, found.now.nodes
    inner = [n for n in fw.nodes.values() if n.roll or n.depth == 1]
    own = now[now["node"].isin([n.id for n in inner])].drop(columns=["unit", "framework", "date", "depth", "band"])
    saved = own.assign(
        share=_shares(own), share_before=_shares(found.before.nodes.loc[own.index]) if found.before else None
    )
    weights = any(n.weight != 1 for n in inner)
    means = now["mean"].notna().any()
    header = [
        "Part",
        *(["Weight"] if weights else []),
        "Points",
        "Possible",
        "Share",
        *(["Mean of items"] if means else []),
    ]
    header += ["Can become", "Answered", "Unanswered", "Last time", "Share then"]
    rows = []
    by_node = now.set_index("node", drop=False)
    for n in inner:
        r = by_node.loc[n.id]
        note = n.none or ("scored apart" if n.apart else "")
        rows.append([
            markup.with_note(f"{'· ' * max(0, n.depth - 1)}{n.title}", note),
            *([words.exactly(float(n.weight)) if n.depth == 1 and not n.apart else "–"] if weights else []),
            *_scored(found.now, n, r),
            *([words.number(r["mean"], 1)] if means else []),
            "–" if r["least"] == r["most"] else words.span(r["least"], r["most"], fw.decimals),
            str(r["answered"]), str(r["unanswered"]),
            *_before(found, n),
        ])  # fmt: skip
    return markup.table(
        header,
        rows,
        "Score by part",
        export=unrounded(saved),
    )


def _scored(sheet: Sheet, node: Node, row: Any) -> tuple[str, str, str]:
    """Points, what is possible, and the share of it; of a category its answer."""
    if not node.scored:
        return "–" if node.none else answer_of(sheet, node, row), "–", "–"
    return points_of(sheet.sheets.framework, row), possible(row), share_of(row)


def _before(found: Assessment, node: Node) -> tuple[str, str]:
    """Points and share at the last assessment."""
    if found.before is None:
        return "–", "–"
    points, _, share = _scored(found.before, node, found.before.nodes.set_index("node", drop=False).loc[node.id])
    return points, share


def cautions(found: Assessment) -> Html:
    """Every warning with its code and text."""
    return caution_list(found.cautions, [])


def fault_table(found: Assessment) -> Html:
    """The faults of this unit's answers and of the file as a whole."""
    if found.faults.empty:
        return markup.paragraphs("No fault was found in the answers of this unit.")
    rows = [[f.level, f.row, f.column, f.value, f.rule, f.text] for f in found.faults.itertuples()]
    header = ["Level", "Row", "Column", "Found", "Rule", "What it says"]
    return markup.table(header, rows, "Every fault, with its row and rule", text=range(6))


def provenance(found: Assessment) -> Html:
    """The answers, their hash and rows, the framework's file, the annual table, the version."""
    rows = [int(r) for r in found.now.rows["row"]]
    items = [
        ("Answers", found.path),
        ("SHA-256", found.sha256),
        ("Rows used", f"{_runs(rows)} (the header is row 1)"),
        ("Framework", f"{found.framework.file}, SHA-256 {found.framework.sha256}"),
        ("Annual table", found.source.data or "none"),
        ("Faults", "{errors} errors, {warnings} warnings".format(**_fault_counts(found))),
        ("oshlib", __version__),
    ]
    return markup.bullets(items, "mono")


def headline(found: Assessment, prepared_by: str = "", reviewed_by: str = "") -> None:
    """Record the numbers that index.json carries: the last cell of the notebook."""
    fw, t, b = found.framework, found.now.total, found.now.banded
    nodes = found.now.nodes
    scored = nodes[[fw.nodes[n].scored for n in nodes["node"]]]
    numbers = {
        "unit": found.name, "framework": fw.id, "date": found.now.date,
        "points": t.points, "low": t.low, "high": t.high, "band": t.band or None,
        "answered": int(t.answered), "unanswered": int(t.unanswered),
        "nodes": dict(zip(scored["node"], scored["points"], strict=True)), "flags": found.cautions,
        "least": t.least, "most": t.most, "unexamined": int(t.unexamined),
        "findings": int(found.now.sheets.findings[0]) if fw.counts_findings else None,
        "band_by_score": _band_id(fw, b.by_score[0]),
        "band_by_findings": _band_id(fw, b.by_findings[0]) if fw.counts_findings else None,
        "adjective": fw.adjectives[b.adjusted[0]].title if fw.adjectives and b.adjusted[0] >= 0 else None,
    }  # fmt: skip
    record(
        numbers,
        title=found.name,
        signed=(prepared_by, reviewed_by),
        eyebrow=[f"{fw.short}, {found.now.date}", *(["made-up example unit"] if found.made_up else [])],
        card=_card(found),
        provenance={
            "unit_id": found.unit_id, "data_sha256": found.sha256, "rows_used": len(found.now.rows),
            "rows_left_out": 0, "faults": _fault_counts(found),
        },
    )  # fmt: skip


def _numbers(found: Assessment) -> Html:
    fw, t, b = found.framework, found.now.total, found.now.banded
    items = [(
        f"Total, {fw.counts}", points_of(fw, found.now.nodes.iloc[0]),
        f"{words.exactly(t.low)} to {words.exactly(t.high)} possible",
    )]  # fmt: skip
    if fw.bands and t.points == t.points:
        items.append(("Distance", *_distance(fw, t.points, int(b.by_score[0]))))
    if fw.counts_findings:
        findings = int(found.now.sheets.findings[0])
        items.append(("Band by score", band_title(fw, b.by_score[0]), "the worse of the two stands"))
        items.append(("Band by findings", band_title(fw, b.by_findings[0]), f"{plural(findings, 'finding')}"))
    if fw.adjectives and b.adjusted[0] >= 0:
        word = fw.adjectives[b.adjusted[0]]
        was = (
            "" if b.adjusted[0] == b.adjective[0] else f", adjusted from {fw.adjectives[b.adjective[0]].title.lower()}"
        )
        items.append(("Adjective", word.title, f"colour {word.colour}{was}"))
    every = t.answered + t.unanswered
    away = f", {t.unexamined} not examined" if t.unexamined else ""
    items.append(("Answered", f"{t.answered} of {every}", f"{t.unanswered} unanswered{away}"))
    if t.mean == t.mean:
        items.append(("Mean of the items", words.number(t.mean, 1), "beside the total"))
    return markup.facts(items)


def _shares(nodes: pd.DataFrame) -> pd.Series:
    """Where the points lie between the least and the most possible; NaN where there is nothing between."""
    return (nodes["points"] - nodes["low"]) / (nodes["high"] - nodes["low"]).where(lambda w: w > 0)


def _distance(fw: Any, points: float, place: int) -> tuple[str, str]:
    """How far below the next band's limit; in the best band, how far above its own."""
    if place < 0:
        return "–", "the band is open"
    band = fw.bands[max(0, place - 1)]
    away = points - float(band.limit)
    side = "above" if away >= 0 else "below"
    far = words.number(abs(away), fw.decimals) if fw.decimals else words.exactly(abs(round(away, 2)))
    return f"{far} {side}", f"{band.title}, from {words.exactly(float(band.limit))}"


def _profile(found: Assessment) -> pd.DataFrame:
    fw = found.framework
    first = [n for n in fw.nodes.values() if n.depth == 1 and n.scored]
    now = found.now.nodes.set_index("node", drop=False).loc[[n.id for n in first]]
    then = found.before.nodes.set_index("node", drop=False).loc[now.index] if found.before else None
    wide = (now["high"] - now["low"]).where(lambda w: w > 0)
    return pd.DataFrame({
        "title": [n.title for n in first], "points": now["points"], "high": now["high"],
        "share": _shares(now), "least_share": (now["least"] - now["low"]) / wide,
        "most_share": (now["most"] - now["low"]) / wide,
        "before": float("nan") if then is None else _shares(then),
    })  # fmt: skip


def _runs(rows: Sequence[int]) -> str:
    """Row numbers, runs of them shortened."""
    runs: list[list[int]] = []
    for r in sorted(rows):
        if runs and r == runs[-1][1] + 1:
            runs[-1][1] = r
        else:
            runs.append([r, r])
    return ", ".join(str(a) if a == b else f"{a} to {b}" for a, b in runs) or "none"


def _fault_counts(found: Assessment) -> dict[str, int]:
    return {f"{level}s": int(found.faults["level"].eq(level).sum()) for level in ("error", "warning")}


def _band_id(fw: Any, place: int) -> str | None:
    return fw.bands[place].id if fw.bands and place >= 0 else None


def _card(found: Assessment) -> dict[str, Any]:
    fw, t = found.framework, found.now.total
    text, symbol, tone = score_status(found)
    earlier = [float(s.total.points) for s in [found.before, found.now] if s is not None]
    total = points_of(fw, found.now.nodes.iloc[0])
    figures = [[f"{fw.short} {found.now.date}", total]]
    figures += [[f"{n.title} {found.now.date}", points_of(fw, r)] for n, r in _first(found)]
    return {
        "status": {"words": text, "symbol": symbol, "tone": tone, "of": fw.short, "by": fw.short},
        "also": [],
        "picture": {"label": "Score by assessment", "values": earlier},
        "facts": [
            ["Framework", fw.short],
            ["Score", "–" if t.points != t.points else f"{total} of {words.exactly(t.high)}"],
            ["Answered", f"{t.answered} of {t.answered + t.unanswered}"],
            ["Assessed", found.now.date],
            ["Cautions", str(len(found.cautions))],
        ],
        "figures": figures,
    }


def _first(found: Assessment) -> list[tuple[Node, Any]]:
    by_node = found.now.nodes.set_index("node", drop=False)
    return [(n, by_node.loc[n.id]) for n in found.framework.nodes.values() if n.depth == 1 and n.scored]
