"""A framework as a workbook to fill in: one row a judgement, with drop-downs, in the columns of a table of answers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from math import ceil
from pathlib import Path
from typing import Any

from oshlib.answers import GUIDE, guide
from oshlib.errors import OshError
from oshlib.frameworks import Framework, Node, available
from oshlib.frameworks.model import Number, Scale
from oshlib.frameworks.sheets import FINDINGS, listed

ANSWERS = "Answers"
#: Width of each column, in characters.
_WIDTHS = {
    "unit": 12, "framework": 12, "date": 11, "section": 24, "item": 15, "title": 32, "levels": 60, "method": 9,
    "answer": 16, "significant_finding": 14, "attributed_to": 14, "evidence": 44, "assessor": 18, "remark": 40,
}  # fmt: skip
#: What is there to be filled in.
_OPEN = ("answer", "significant_finding", "attributed_to", "evidence", "assessor")
_FORMULA = ("=", "+", "-", "@")
#: The longest list that a cell's drop-down may carry itself; a longer one is looked up in the guide.
_INLINE = 250
_REPEATS = "Copy this row for every further person."
_OVERRIDE = "Leave blank: it is worked out from the items below. A number here goes before."

Entry = dict[str, Any]


def write(framework: Framework, unit: str, date: str, out: str | Path, force: bool = False) -> int:
    """Write the form of one assessment, and give back how many rows there are to answer.

    date: as in 2025-11-14. force: over a file that is there. `oshlib.answers.read` reads the file, filled or not.
    Errors: OshError where the unit, the date or the file cannot be meant.
    """
    file = Path(out)
    if not unit.strip() or not unit.isprintable():
        raise OshError(f"unit: found {unit!r}, expected the name or unit_id of a unit")
    if file.suffix.lower() != ".xlsx":
        raise OshError(f"{out}: found the ending {file.suffix!r}, expected .xlsx: a form is a workbook")
    if file.exists() and not force:
        raise OshError(f"{out}: found a file that may hold answers; expected a new name, or --force to write over it")
    keys = {"unit": unit.strip(), "framework": _name(framework), "date": _day(date)}
    entries = [{**keys, **entry} for entry in rows(framework)]
    file.parent.mkdir(parents=True, exist_ok=True)
    _workbook(framework, entries).save(file)
    return len(entries)


def rows(framework: Framework) -> Iterator[Entry]:
    """What there is to answer, in the order of the framework: item, section, title, levels, remark, method ...

    >>> from oshlib.frameworks import load
    >>> [row["item"] for row in rows(load("safe"))][:2]
    ['SAFE-I.1', 'SAFE-I.2']
    """
    for node in framework.nodes.values():
        place = {"section": _section(framework, node)}
        if node.scale:
            for method in node.methods or ("",):
                yield place | _judgement(node, node.scale, method)
        elif not node.roll and not node.none:
            own = next(iter(_inputs(node)))
            yield place | _entry(own, node.title, own.id in framework.yes_no, [guide.origin(own), node.note], node.aim)
        elif node.number:
            yield place | _entry(node.number, f"{node.title} (as a whole)", False, [_OVERRIDE, node.note], node.aim)
        if node.cuts and (node.scale or node.cuts.needs):
            for one in _inputs(node) if node.scale else _inputs(node)[1:]:
                say = f"For {node.id}: an answer there goes before; without one, this decides." if node.scale else ""
                yield place | _entry(
                    one, f"{node.title}: {one.title}", one.id in framework.yes_no, [guide.origin(one), say]
                )
        for beside in framework.beside:
            for one in (beside.part, beside.whole) if beside.node == node.id else ():
                yield place | _entry(
                    one, f"{beside.title}: {one.title}", False, ["Shown beside the score, not scored."]
                )


def _judgement(node: Node, scale: Scale, method: str) -> Entry:
    wanted = node.counts_if.get("attributed_to", "")
    counts = f"Counted only where attributed_to is {wanted}." if wanted else ""
    mirror = f"Left blank, it takes the answer to {node.mirrors}." if node.mirrors else ""
    remarks = [_REPEATS if node.repeats else "", counts, mirror, node.note]
    return {
        "item": node.id,
        "title": node.title,
        "levels": "\n".join(guide.levels(node)),
        "method": method,
        "methods": node.methods,
        "choices": scale,
        "causes": wanted,
        "remark": "\n".join(filter(None, remarks)),
    }


def _entry(one: Number, title: str, yes_no: bool, remarks: list[str], aim: str = "") -> Entry:
    return {
        "item": one.id,
        "title": title,
        "levels": "\n".join(filter(None, [aim, guide.wanted(one, yes_no)])),
        "number": None if yes_no else one,
        "yes_no": yes_no,
        "remark": "\n".join(filter(None, remarks)),
    }


def _inputs(node: Node) -> list[Number]:
    cut = (node.cuts.value, node.cuts.needs) if node.cuts else ()
    return [n for n in (node.number, node.formula.value if node.formula else None, *cut) if n]


def _section(framework: Framework, node: Node) -> str:
    """The titles of what an item stands under, but for the framework itself; a node with parts stands under itself."""
    at = node
    above = [node.title] if node.roll and node.parent else []
    while at.parent and at.parent != framework.id:
        at = framework.nodes[at.parent]
        above.append(at.title)
    return " / ".join(reversed(above)) or framework.short


def _name(framework: Framework) -> str:
    """By what the framework is found again: its id, or the path of a file of one's own."""
    own = framework.id in available() and framework.file == f"{framework.id}.yaml"
    return framework.id if own else framework.file


def _day(date: str) -> dt.date:
    try:
        day = dt.date.fromisoformat(date)
    except ValueError:
        day = dt.date.min
    if not 1900 < day.year < 2200:
        raise OshError(f"date: found {date!r}, expected a date such as 2025-11-14")
    return day


def _workbook(framework: Framework, entries: list[Entry]) -> Any:
    from openpyxl import Workbook  # late, as most commands write no workbook

    book = Workbook()
    sheet, second = book.active, book.create_sheet(GUIDE)
    sheet.title = ANSWERS
    places = _guide(second, framework)
    leaves = framework.leaves
    unused = {
        "method": not any(n.methods for n in leaves),
        "significant_finding": not framework.counts_findings,
        "attributed_to": not any(n.counts_if for n in leaves),
    }
    columns = [c for c in _WIDTHS if not unused.get(c)]
    for i, name in enumerate(columns, start=1):
        _put(sheet.cell(1, i), name, bold=True, fill="D9E2EC")
    for row, entry in enumerate(entries, start=2):
        new = row == 2 or entry["section"] != entries[row - 3]["section"]
        for i, name in enumerate(columns, start=1):
            fill = "FFFBE6" if name in _OPEN else None
            _put(sheet.cell(row, i), entry.get(name, ""), bold=new and name == "section", fill=fill, above=new)
        sheet.row_dimensions[row].height = _height(entry, columns)
    _finish(sheet, columns)
    _drop_downs(sheet, columns, entries, places, framework)
    return book


def _put(cell: Any, value: Any, bold: bool = False, fill: str | None = None, above: bool = False) -> None:
    """One cell. A text that begins like a formula stays a text."""
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
    from openpyxl.styles import Alignment, Border, Font, PatternFill, Side

    text = ILLEGAL_CHARACTERS_RE.sub("", value) if isinstance(value, str) else value
    cell.value = text or None
    if isinstance(text, str) and text.startswith(_FORMULA):
        cell.data_type, cell.quotePrefix = "s", True
    if isinstance(value, dt.date):
        cell.number_format = "yyyy-mm-dd"
    cell.alignment = Alignment(wrap_text=True, vertical="top", horizontal="left")
    thin = Side(style="thin", color="C8D1DA")
    cell.border = Border(thin, thin, Side(style="medium", color="52667A") if above else thin, thin)
    cell.font = Font(bold=bold)
    if fill:
        cell.fill = PatternFill("solid", start_color=fill)


def _finish(sheet: Any, columns: list[str]) -> None:
    from openpyxl.utils import get_column_letter

    for i, name in enumerate(columns, start=1):
        sheet.column_dimensions[get_column_letter(i)].width = _WIDTHS[name]
    sheet.freeze_panes = "A2"
    sheet.auto_filter.ref = sheet.dimensions
    sheet.print_title_rows = "1:1"
    sheet.page_setup.orientation, sheet.page_setup.fitToHeight = "landscape", 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True


def _height(entry: Entry, columns: list[str]) -> float:
    """Room for the longest of the wrapped texts, in points."""
    lines = [
        sum(max(1, ceil(len(line) * 1.1 / _WIDTHS[name])) for line in str(entry.get(name, "")).split("\n"))
        for name in columns
    ]
    return min(15.0 * max(lines) + 3, 400)


def _guide(sheet: Any, framework: Framework) -> dict[str, str]:
    """The second sheet; and where on it the answers of each scale stand, for long drop-downs."""
    scales, places = {f"Scale: {s.id}": s for s in framework.scales.values()}, {}
    for row, (style, *texts) in enumerate(guide.rows(framework), start=1):
        for i, text in enumerate(texts, start=1):
            _put(sheet.cell(row, i), text, bold=bool(style), fill="D9E2EC" if style == "head" else None)
        if scale := scales.get(texts[0]):
            places[scale.id] = f"'{GUIDE}'!$A${row + 1}:$A${row + len(scale.answers)}"
        wide = max(ceil(len(line) * 1.1 / 100) for line in texts[1].split("\n"))
        sheet.row_dimensions[row].height = 15.0 * max(wide, len(texts[1].split("\n"))) + 3
    for letter, width in (("A", 24), ("B", 100), ("C", 40)):
        sheet.column_dimensions[letter].width = width
    return places


def _drop_downs(
    sheet: Any, columns: list[str], entries: list[Entry], places: dict[str, str], framework: Framework
) -> None:
    """What each open cell takes: a list, or a number within its limits."""
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    letters = {name: get_column_letter(i) for i, name in enumerate(columns, start=1)}
    made: dict[tuple[Any, ...], Any] = {}

    def allow(name: str, row: int, wants: str, strict: bool = True, **rule: Any) -> None:
        key = (name, wants, *rule.values())
        if key not in made:
            made[key] = DataValidation(allow_blank=True, showErrorMessage=strict, showInputMessage=True, **rule)
            made[key].error, made[key].prompt = f"Expected {wants}"[:250], wants[:250]
            sheet.add_data_validation(made[key])
        made[key].add(f"{letters[name]}{row}")

    def choose(name: str, row: int, answers: tuple[str, ...], place: str = "", strict: bool = True) -> None:
        inline = ",".join(answers)
        short = len(inline) <= _INLINE and not any("," in a or '"' in a for a in answers)
        allow(name, row, listed(answers), strict, type="list", formula1=f'"{inline}"' if short else place)

    for row, entry in enumerate(entries, start=2):
        if scale := entry.get("choices"):
            choose("answer", row, scale.answers, places[scale.id])
        elif entry["yes_no"]:
            choose("answer", row, ("yes", "no"))
        else:
            one = entry["number"]
            low, high = (-1e12 if one.low is None else one.low), (1e12 if one.high is None else one.high)
            ends = f"{float(low):.15g}", f"{float(high):.15g}"
            wants = guide.wanted(one, False)
            allow("answer", row, wants, type="decimal", operator="between", formula1=ends[0], formula2=ends[1])
        if entry.get("methods"):
            choose("method", row, entry["methods"])
        if framework.counts_findings:
            choose("significant_finding", row, (*FINDINGS, "no"))
        if entry.get("causes"):
            choose("attributed_to", row, (entry["causes"],), strict=False)
