"""Draws as the notebook shows them, and the record by which anybody can repeat them."""

from __future__ import annotations

from oshlib import markup, words
from oshlib.markup import Html
from oshlib.report.parts import unrounded
from oshlib.study.drawn import Drawn, record
from oshlib.study.targeting import Targeting

_NAMES = 40
#: Longer lists stay out of the record that a page carries.
_FRAME = 5_000


def draw_table(f: Targeting) -> Html | None:
    """Every draw: of how many, by which rule, and the names in the order in which they were drawn.

    Nothing of it stands on the page of one establishment, which may go to it: advance notice of an inspection is
    against the law (OSH Act, 17(f)).
    """
    if f.unit is not None:
        return None
    mine = f.draws
    if not mine:
        return markup.paragraphs("Nothing is drawn: no list with names has a sample in this directive.")
    names = f.table.set_index("unit_id")["unit"]
    rows = [
        [
            d.area,
            _title(f, d),
            f"{len(d.draw)} of {len(d.draw.frame)}",
            d.draw.rule,
            _selected(d, names),
            d.sample.source,
        ]
        for d in mine
    ]
    header = ["Area office", "List", "Drawn", "Rule", "Selected, in the order of the draw", "Source"]
    waits = [
        f"{area}, {f.directive.title_of(name).lower()}: late names that fill no batch yet: {len(ids)}."
        for area, name, ids in f.waiting
    ]
    return Html(markup.table(header, rows, "Every draw", text=range(6)) + markup.paragraphs(*waits))


def record_table(f: Targeting) -> Html | None:
    """The frame of every draw in order of receipt, with what orders it: save it, and check it with verify-draw."""
    every = [d for d in f.draws if d.chance]
    mine = [d for d in every if len(d.draw.frame) <= _FRAME]
    if f.unit is not None or not every:
        return None
    rows = [
        [
            d.area,
            _title(f, d),
            "–" if d.draw.seed is None else str(d.draw.seed),
            len(d.draw.frame),
            d.draw.frame_sha256[:16],
        ]
        for d in mine
    ]
    header = ["Area office", "List", "Seed", "Names", "SHA-256 of the names (first 16 digits)"]
    said = (
        "Saved as csv or xlsx this table is the full record of every draw that leaves somebody out: every name in its "
        "order, its hash, and whether it was drawn. oshlib verify-draw, given the saved file or this page, draws again "
        "and says what differs."
    )
    long = [
        f"{_title(f, d)}, {d.area}: {len(d.draw.frame):,} names are too many for a page; the seed and the SHA-256 of "
        f"the names, one a line, repeat it from the data: {d.draw.frame_sha256}."
        for d in every
        if d not in mine
    ]
    if not mine:
        return markup.paragraphs(*long)
    table = markup.table(header, rows, "Record of the draws", text=(0, 1, 4), export=unrounded(record(mine)))
    return Html(markup.paragraphs(said) + table + markup.paragraphs(*long))


def odds(f: Targeting) -> str:
    """How many of an establishment's own list are drawn, as a sentence that names nobody; "" where nothing is drawn."""
    for d in f.draws:
        if d.list == str(f.unit["list"]) and f.unit["unit_id"] in d.draw.frame:
            if not d.chance:
                return "All names on the list of its office are taken."
            part = words.part(len(d.draw) / len(d.draw.frame), 1)
            late = " that came late" if d.batch else ""
            are = "is" if len(d.draw) == 1 else "are"
            return (
                f"{len(d.draw)} of the {len(d.draw.frame)} names{late} on the list of its office {are} drawn ({part})."
            )
    return ""


def _title(f: Targeting, d: Drawn) -> str:
    title = f.directive.title_of(d.list)
    return title[0].upper() + title[1:] if d.batch is None else f"{title}, late names {d.batch}"


def _selected(d: Drawn, names: object) -> str:
    if len(d.draw) == len(d.draw.frame) and len(d.draw) > 1:
        return "all of them"
    known = names.to_dict()  # type: ignore[attr-defined]
    some = [known.get(i, i) for i in d.draw][:_NAMES]
    rest = len(d.draw) - len(some)
    cycles = f" (cycles of {' and '.join(str(d.draw.cycle.count(c)) for c in range(1, d.draw.cycles + 1))})"
    said = ", ".join(some) + (f" and {rest} more" if rest else "")
    return (said or "none") + (cycles if d.draw.cycles > 1 and some else "")
