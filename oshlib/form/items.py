"""The fields of a scoring form, section by section; a section's are made when it is opened."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from html import escape
from typing import Any

import ipywidgets as w

from oshlib.form.file import Sheet
from oshlib.form.score import Live
from oshlib.frameworks import Framework, Node
from oshlib.frameworks.model import Number, Scale
from oshlib.frameworks.sheets import FINDINGS

NO_ANSWER = ("no answer yet", "")
#: A node with more items below than these has its parts in sections of their own.
MANY = 12
_WIDE = w.Layout(width="auto", max_width="760px")
_COLUMN = w.Layout(width="275px", margin="0 12px 0 0")
_ROW = w.Layout(flex_flow="row wrap", align_items="flex-start")
_FIELD = w.Layout(width="430px")
_PLAIN = w.Layout(width="auto")

Field = tuple[str, str, int, str]


@dataclass
class Fields:
    """What the fields share: the sheet that they show, what is to happen when one is changed and a section opened.

    made: every field by item, method, turn and column. faults: a place at each item for what cannot be counted.
    titles: sections whose titles say how much is answered. make: by section, opens it.
    """

    framework: Framework
    sheet: Sheet
    changed: Callable[[], None]
    opened: Callable[[], None]
    made: dict[Field, Any] = field(default_factory=dict)
    faults: dict[str, Any] = field(default_factory=dict)
    titles: list[tuple[Any, int, str, tuple[str, ...]]] = field(default_factory=list)

    def value(self, item: str, column: str, method: str = "", turn: int = 0) -> str:
        """What the sheet holds there."""
        line = self.sheet.find(item, method, turn)
        return line.cells[column].strip() if line else ""

    def shown(self, live: Live) -> None:
        """Bring titles and faults up to date."""
        for accordion, i, title, nodes in self.titles:
            done = live.progress(nodes)
            accordion.set_title(i, f"{title}: {done}" if done else title)
        for item, place in self.faults.items():
            place.value = "".join(
                f"<p class='osh-fault'>△ {escape(why)}. It stays in the file and is not counted.</p>"
                for line, why in live.faults
                if line.cells["item"].strip() == item
            )

    def bind(self, widget: Any, item: str, column: str, method: str = "", turn: int = 0) -> Any:
        """Write down whatever is entered in a field."""
        self.made[item, method, turn, column] = widget
        widget.observe(lambda change: self._entered(change["new"], item, column, method, turn), names="value")
        return widget

    def _entered(self, value: str | None, item: str, column: str, method: str, turn: int) -> None:
        if value is None:  # a radio button that shows an answer which the scale does not know
            return
        self.sheet.put(item, column, value, method, turn)
        no_word = not self.value(item, "significant_finding", method, turn)
        if column == "answer" and self.framework.counts_findings and no_word:
            self.sheet.put(item, "significant_finding", "no", method, turn)  # asked for beside it, and not ticked
        self.changed()

    def finding(self, item: str, on: bool) -> None:
        """Tick an item as a significant finding, in one of its rows, or take that back from all of them."""
        mine = [line for line in self.sheet.own if line.cells["item"].strip() == item]
        if on:
            first = self.framework.nodes[item].methods[:1] or ("",)
            where = [(line.cells["method"].strip(), line.turn) for line in mine] or [(first[0], 0)]
            self.sheet.put(item, "significant_finding", "yes", *where[0])
        for line in () if on else mine:
            if line.cells["significant_finding"].strip().casefold() in FINDINGS:
                self.sheet.put(item, "significant_finding", "no", line.cells["method"].strip(), line.turn)
        self.changed()


def sections(f: Fields, nodes: Sequence[Node]) -> Any:
    """Closed sections: one for every node with parts, one for the items between two such nodes."""
    groups: list[list[Node]] = []
    for node in nodes:
        if groups and not node.children and not groups[-1][0].children:
            groups[-1].append(node)
        else:
            groups.append([node])
    boxes = [w.VBox() for _ in groups]
    accordion = w.Accordion(children=boxes, selected_index=None)
    for i, group in enumerate(groups):
        title = group[0].title if len(group) == 1 else f"{group[0].title} ... {group[-1].title}"
        f.titles.append((accordion, i, title, tuple(n.id for n in group)))
    makers = [partial(_section, f, group) for group in groups]

    def opened(change: Any) -> None:
        i = change["new"]
        if i is not None and not boxes[i].children:
            boxes[i].children = makers[i]()
            f.opened()

    accordion.observe(opened, names="selected_index")
    return accordion


def _section(f: Fields, group: Sequence[Node]) -> list[Any]:
    if not group[0].children:
        return [_item(f, node) for node in group]
    return _parts(f, group[0])


def _parts(f: Fields, node: Node) -> list[Any]:
    """What stands below a node with parts: its own numbers, then its items."""
    children = [f.framework.nodes[c] for c in node.children]
    found: list[Any] = [_said(node, "")] if node.aim or node.note else []
    if node.number:
        say = "A number here is taken as it is, instead of what the items below give."
        found.append(_number(f, node.number, "", say))
    for one in (b for b in f.framework.beside if b.node == node.id):
        found += [w.HTML(f"<div class='osh'><h4>{escape(one.title)}</h4><p class='sub'>Shown, never scored.</p></div>")]
        found += [_number(f, number, "") for number in (one.part, one.whole)]
    if _size(f.framework, node) > MANY and any(c.children for c in children):
        return [*found, sections(f, children)]
    for child in children:
        if child.children:
            found += [w.HTML(f"<div class='osh'><h3>{escape(child.title)}</h3></div>"), *_parts(f, child)]
        else:
            found.append(_item(f, child))
    return found


def _size(framework: Framework, node: Node) -> int:
    return sum(_size(framework, framework.nodes[c]) for c in node.children) or 1


def _item(f: Fields, node: Node) -> Any:
    """One item: what it asks, its fields, and what is wrong with what stands in the file."""
    found: list[Any] = [_said(node, node.title)]
    if node.scale:
        found.append(_judged(f, node, node.scale))
    if node.cuts:
        say = "Decides where no answer is chosen above." if node.scale else ""
        found.append(_number(f, node.cuts.value, node.id, say))
        if node.cuts.needs:
            found.append(_yes_no(f, node.cuts.needs))
    measured = node.number or (node.formula.value if node.formula else None)
    if measured:
        found.append(_number(f, measured, node.id))
    if not node.scale and not node.none:
        found.append(_evidence(f, node.id))
    if f.framework.counts_findings and node.scale and node.scored:
        found.append(_finding(f, node))
    f.faults[node.id] = w.HTML()
    box = w.VBox([*found, f.faults[node.id]])
    box.add_class("osh-item")
    return box


def _said(node: Node, title: str) -> Any:
    """Title, aim and cautions of a node, and what sets it apart."""
    cautions = (
        (bool(node.none), node.none),
        (node.apart, "Shown by itself, not part of the total."),
        (bool(node.mirrors), f"Left without an answer, it takes those of {node.mirrors}."),
        (bool(node.counts_if), f"An answer counts where {_condition(node)}."),
    )
    lines = [node.aim, node.note, *(say for holds, say in cautions if holds)]
    head = f"<h4>{escape(title)} <span class='q'>{escape(node.id)}</span></h4>" if title else ""
    return w.HTML(f"<div class='osh'>{head}{''.join(f'<p>{escape(s)}</p>' for s in lines if s)}</div>")


def _condition(node: Node) -> str:
    return " and ".join(f"{column} is {value}" for column, value in node.counts_if.items())


def _judged(f: Fields, node: Node, scale: Scale) -> Any:
    if node.repeats:
        return _several(f, node, scale)
    if not node.methods:
        return w.VBox(_judgement(f, node, scale, "", 0, "", _WIDE))
    names = f.framework.methods
    columns = [w.VBox(_judgement(f, node, scale, m, 0, names[m].capitalize(), _COLUMN)) for m in node.methods]
    return w.HBox(columns, layout=_ROW)


def _judgement(f: Fields, node: Node, scale: Scale, method: str, turn: int, name: str, layout: Any) -> list[Any]:
    """One answer with its evidence; of an item that is judged by several, by one of them."""
    head = [w.HTML(f"<div class='osh'><b>{escape(name)}</b></div>")] if name else []
    known = {a.casefold(): a for a in scale.answers} | {"": ""}
    now = f.value(node.id, "answer", method, turn)
    radio = w.RadioButtons(options=_options(node, scale), value=known.get(now.casefold()), layout=layout)
    f.bind(radio, node.id, "answer", method, turn)
    cause = [_attributed(f, node, turn)] if "attributed_to" in node.counts_if else []
    return [*head, radio, *cause, _evidence(f, node.id, method, turn, layout)]


def _options(node: Node, scale: Scale) -> list[tuple[str, str]]:
    """Each answer with its level in words, as the buttons show it."""
    words = {c.answer: node.levels.get(c.answer) or c.name for c in scale.choices}
    words |= dict.fromkeys(scale.outside, "not counted")
    words |= dict.fromkeys(scale.unexamined, "not counted, and coverage falls")
    return [*((f"{a}: {words[a]}" if words[a] else a, a) for a in scale.answers), NO_ANSWER]


def _several(f: Fields, node: Node, scale: Scale) -> Any:
    """As many answers as there are rows, and a button for one more."""
    more = w.Button(description="One more answer", layout=_PLAIN)

    def one(turn: int) -> Any:
        return w.VBox(_judgement(f, node, scale, "", turn, f"Answer {turn + 1}", _COLUMN))

    row = w.HBox([one(turn) for turn in range(max(1, f.sheet.turns(node.id)))], layout=_ROW)
    more.on_click(lambda _: setattr(row, "children", (*row.children, one(len(row.children)))))
    return w.VBox([row, more])


def _attributed(f: Fields, node: Node, turn: int) -> Any:
    known = {line.cells["attributed_to"].strip() for line in f.sheet.own} - {""}
    widget = w.Combobox(
        value=f.value(node.id, "attributed_to", "", turn), options=sorted({node.counts_if["attributed_to"], *known}),
        description="Due to", placeholder="what the result comes from", layout=_COLUMN, continuous_update=False,
    )  # fmt: skip
    return f.bind(widget, node.id, "attributed_to", "", turn)


def _evidence(f: Fields, item: str, method: str = "", turn: int = 0, layout: Any = _WIDE) -> Any:
    widget = w.Textarea(
        value=f.value(item, "evidence", method, turn), description="Evidence", rows=2, layout=layout,
        placeholder="what was read, heard or seen", continuous_update=False,
    )  # fmt: skip
    return f.bind(widget, item, "evidence", method, turn)


def _number(f: Fields, number: Number, owner: str, say: str = "") -> Any:
    """A measured value, blank where there is none; one beyond its limits is said to be so and kept.

    owner: the item under which faults are shown, where it is the number's own.
    """
    limits = _limits(number)
    widget = w.Text(
        value=f.value(number.id, "answer"), description=number.title or "Value", placeholder=limits or "a number",
        layout=_FIELD, style={"description_width": "initial"}, continuous_update=False,
    )  # fmt: skip
    f.bind(widget, number.id, "answer")
    hints = [
        number.unit,
        limits,
        say,
        "A report may take it from elsewhere where it is blank." if number.origin else "",
    ]
    found = [widget, w.HTML(f"<div class='osh'><p class='sub'>{escape('; '.join(h for h in hints if h))}</p></div>")]
    if number.id not in f.faults and number.id != owner:
        f.faults[number.id] = w.HTML()
        found.append(f.faults[number.id])
    return w.VBox(found)


def _limits(number: Number) -> str:
    low, high = (f"{float(v):g}" if v is not None else "" for v in (number.low, number.high))
    if low and high:
        return f"{low} to {high}"
    return f"{low} or more" if low else f"up to {high}" if high else ""


def _yes_no(f: Fields, number: Number) -> Any:
    now = f.value(number.id, "answer").casefold()
    value = now if now in ("yes", "no", "") else None
    options = [("yes", "yes"), ("no", "no"), NO_ANSWER]
    f.faults[number.id] = w.HTML()
    radio = f.bind(w.RadioButtons(options=options, value=value, layout=_WIDE), number.id, "answer")
    return w.VBox([w.HTML(f"<div class='osh'><b>{escape(number.title)}</b></div>"), radio, f.faults[number.id]])


def _finding(f: Fields, node: Node) -> Any:
    rows = [line for line in f.sheet.own if line.cells["item"].strip() == node.id]
    on = any(line.cells["significant_finding"].strip().casefold() in FINDINGS for line in rows)
    box = w.Checkbox(value=on, description="significant finding", indent=False, layout=_PLAIN)
    box.observe(lambda change: f.finding(node.id, change["new"]), names="value")
    f.made[node.id, "", 0, "significant_finding"] = box
    return box
