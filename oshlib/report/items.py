"""The items of an assessment: as a strip, as a table, the weakest, the open ones, what changed."""

from __future__ import annotations

from oshlib import markup, words
from oshlib.frameworks import Node
from oshlib.markup import Html
from oshlib.report.audit import (
    answer_of,
    level_of,
    mark_of,
    moved,
    place_of,
    points_of,
    possible,
    tone_of,
)
from oshlib.scores import band_title
from oshlib.study.assessment import Assessment, unanswered

MOST = 10


def strip(found: Assessment) -> Html:
    """Every item as a cell: its answer, shaded by its place between worst and best."""
    fw, cells = found.framework, []
    by_node = found.now.nodes.set_index("node", drop=False)
    groups: dict[str, list[Node]] = {}
    for leaf in fw.leaves:
        if leaf.scored:
            groups.setdefault(leaf.parent, []).append(leaf)
    for parent, leaves in groups.items():
        row = [
            (leaf.id, mark_of(found.now, leaf, by_node.loc[leaf.id]), tone_of(by_node.loc[leaf.id]), leaf.title)
            for leaf in leaves
        ]
        cells.append((fw.nodes[parent].title, row))
    return markup.heat_strip(cells)


def item_table(found: Assessment) -> Html:
    """Every item: answer, points, evidence, assessor."""
    fw, by_node = found.framework, found.now.nodes.set_index("node", drop=False)
    rows = found.now.rows
    body = []
    for leaf in fw.leaves:
        if leaf.none:
            continue
        own = rows[rows["item"].eq(leaf.id)]
        r = by_node.loc[leaf.id]
        answer = answer_of(found.now, leaf, by_node.loc[leaf.id])
        texts = list(dict.fromkeys(t for t in own["evidence"] if t))
        who = list(dict.fromkeys(t for t in own["assessor"] if t))
        points = points_of(fw, r) if leaf.scored else "category"
        of = possible(r) if leaf.scored else "–"
        said = ["; ".join(texts) or "none given", ", ".join(who) or "–"]
        body.append([markup.with_note(leaf.id, leaf.title), answer, points, of, *said])
    header = ["Item", "Answer", "Points", "Possible", "Evidence", "Assessor"]
    table = markup.table(header, body, "Items, evidence, assessor", text=(0, 1, 4, 5))
    return Html(markup.paragraphs(_elsewhere(found)) + table)


def _elsewhere(found: Assessment) -> str:
    """Answers that speak of another cause than the one that counts here, by item and cause; "" where there are none."""
    rows, said = found.now.rows, []
    for leaf in (leaf for leaf in found.framework.leaves if leaf.counts_if):
        own = rows[rows["item"].eq(leaf.id)]
        for column, value in leaf.counts_if.items():
            others = own[own[column].str.casefold().ne(value.casefold())][column].replace("", "not said")
            said += [f"{leaf.id} {n} ({cause})" for cause, n in others.value_counts(sort=False).items()]
    return f"Answers attributed elsewhere count for what they speak of, not here: {', '.join(said)}." if said else ""


def findings_table(found: Assessment) -> Html:
    """The findings, each once, and the band that their number allows; nothing where the framework counts none."""
    fw = found.framework
    if not fw.counts_findings:
        return markup.paragraphs(f"{fw.short} counts no findings.")
    rows = found.now.rows
    mine = rows[rows["significant_finding"].isin(["yes", "not effective"])].drop_duplicates("item")
    kinds = {"yes": "significant finding", "not effective": "process not effectively implemented"}
    band = fw.bands[int(found.now.banded.by_findings[0])].title
    said = markup.paragraphs(
        f"{words.count(len(mine)).capitalize()} {'finding' if len(mine) == 1 else 'findings'}: {band}."
    )
    body = [
        [
            o.item,
            fw.nodes[o.item].title if o.item in fw.nodes else "",
            kinds[o.significant_finding],
            o.evidence or "none given",
        ]
        for o in mine.itertuples()
    ]
    return Html(
        said + (markup.table(["Item", "What", "Kind", "Evidence"], body, "Findings", text=range(4)) if body else "")
    )


def weakest_table(found: Assessment) -> Html:
    """The items that cost the total most, and what the next step of each asks."""
    fw, by_node = found.framework, found.now.nodes.set_index("node", drop=False)
    ranked = sorted(
        (leaf for leaf in fw.items if leaf.id in found.gains.index),
        key=lambda leaf: (-round(found.gains[leaf.id], 9), place_of(by_node.loc[leaf.id])),
    )
    rows = []
    for leaf in ranked[:MOST]:
        if place_of(by_node.loc[leaf.id]) == 1:
            continue
        rows.append([
            markup.with_note(leaf.id, leaf.title), answer_of(found.now, leaf, by_node.loc[leaf.id]), _next(found, leaf),
            words.number(found.gains[leaf.id], max(1, fw.decimals)),
        ])  # fmt: skip
    if not rows:
        return markup.paragraphs("Every item has its best answer.")
    if not found.gains.any():
        said = "No item alone lifts the total, as the lowest one decides: these stand lowest."
        rows, header = [row[:-1] for row in rows], ["Item", "Now", "What the next step asks"]
        return Html(markup.paragraphs(said) + markup.table(header, rows, "Weakest items", text=range(3)))
    header = ["Item", "Now", "What the next step asks", "Total gains at best"]
    return markup.table(header, rows, "Weakest items", text=(0, 1, 2))


def open_items(found: Assessment) -> Html:
    """What is unanswered or not examined, and what it leaves open."""
    fw, t = found.framework, found.now.total
    lost = unanswered(fw, found.now)
    by_node = found.now.nodes.set_index("node", drop=False)
    away = [leaf for leaf in fw.items if by_node.loc[leaf.id, "unexamined"]]
    every = t.answered + t.unanswered
    said = f"{t.answered} of {every} items answered."
    if t.unexamined:
        said += f" {len(away)} of them say not examined: coverage {words.part(1 - t.unexamined / every)}."
    rows = [[i, fw.nodes[i].title, "unanswered"] for i in lost] + [[n.id, n.title, "not examined"] for n in away]
    if not rows:
        return markup.paragraphs(f"Nothing is open. {said}")
    return Html(
        markup.paragraphs(said) + markup.table(["Item", "What", "Why it is open"], rows, "Open items", text=range(3))
    )


def change(found: Assessment) -> Html:
    """What moved since the last assessment: the parts, then the items."""
    fw, then = found.framework, found.before
    if then is None:
        return markup.paragraphs("This is the first assessment in the answers.")
    now_nodes, old_nodes = (s.nodes.set_index("node", drop=False) for s in (found.now, then))
    parts = []
    for n in fw.nodes.values():
        if n.depth <= 1 and n.scored:
            a, b = old_nodes.loc[n.id], now_nodes.loc[n.id]
            parts.append([n.title, points_of(fw, a), points_of(fw, b), moved(b["points"] - a["points"], fw.decimals)])
    items = []
    for leaf in fw.leaves:
        before, after = (answer_of(s, leaf, t.loc[leaf.id]) for s, t in ((then, old_nodes), (found.now, now_nodes)))
        if before != after:
            by = now_nodes.loc[leaf.id, "points"] - old_nodes.loc[leaf.id, "points"]
            items.append(
                [
                    markup.with_note(leaf.id, leaf.title),
                    before,
                    after,
                    moved(by, 0 if by == round(by) else 2) if leaf.scored and by == by else "–",
                ]
            )
    was = band_title(fw, int(then.banded.final[0])) if fw.bands else ""
    is_now = band_title(fw, int(found.now.banded.final[0])) if fw.bands else ""
    bands = f"Band {was} → {is_now}. " if fw.bands else ""
    said = f"Compared with {then.date}. {bands}{words.count(len(items)).capitalize()} items were answered otherwise."
    header = ["Part", then.date, found.now.date, "Change"]
    text = markup.paragraphs(said) + markup.table(header, parts, "Change by part")
    if items:
        text += markup.table(["Item", then.date, found.now.date, "Points"], items, "Change by item", text=(0, 1, 2))
    return Html(text)


def _next(found: Assessment, leaf: Node) -> str:
    """The next better answer and its words, by method where there are several."""
    up = found.steps[found.steps["item"].eq(leaf.id) & found.steps["up"]]
    said = []
    for s in up.itertuples():
        text = level_of(leaf, s.after)
        said.append(
            (f"{s.method}: " if s.method else "") + s.after + ("" if text == "–" or leaf.methods else f" ({text})")
        )
    aim = f" ({leaf.aim})" if leaf.methods and leaf.aim else ""
    return "; ".join(said) + aim or "–"
