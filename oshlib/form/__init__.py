"""The scoring form in JupyterLab: every answer is written at once, and the score follows."""

from __future__ import annotations

from datetime import date as day
from datetime import datetime
from html import escape
from pathlib import Path
from typing import Any

import ipywidgets as w

from oshlib import controls, frameworks, markup
from oshlib.errors import OshError
from oshlib.form import file as sheet_file
from oshlib.form.file import Sheet
from oshlib.form.items import Fields, sections
from oshlib.form.score import live
from oshlib.study import resolve
from oshlib.study.subject import read_once

#: Sheets with answers that could not be written, by file and form: they are shown again when the form is.
_UNWRITTEN: dict[tuple[Path, tuple[str, str, str]], Sheet] = {}
_HIDDEN, _SHOWN = "none", ""


class Form:
    """What to score, the state of it, and its sections; `sheet` holds the answers as they stand in the file."""

    def __init__(self, framework: str, unit: str, date: str, file: str, units: list[str]) -> None:
        late = {"continuous_update": False, "layout": w.Layout(width="430px")}
        self._controls = {
            "framework": w.Dropdown(options=_titles(framework), value=framework, description="Framework", layout=_WIDE),
            "unit": w.Combobox(value=unit, options=units, description="Unit", ensure_option=False, **late),
            "date": w.Text(value=date, description="Date", placeholder="such as 2025-11-14", continuous_update=False),
            "file": w.Text(value=file, description="File", **late),
            "assessor": w.Text(description="Assessor", placeholder="who judges", **late),
        }
        self._buttons = {
            "again": controls.button("Try to write again"),
            "keep": controls.button("Read it again, keep what I entered"),
            "drop": controls.button("Read it again, drop what I entered"),
        }
        self.fields: Fields | None = None
        self._busy = False
        self._assessor = ""
        self._score, self._message, self._faults, self._body = w.HTML(), w.HTML(), w.HTML(), w.VBox()
        self._score.add_class("osh-sticky")
        for name, control in self._controls.items():
            control.add_class(f"osh-score-{name}")
            control.observe(self._named if name == "assessor" else self._chosen, names="value")
        self._buttons["again"].on_click(lambda _: self._write())
        self._buttons["keep"].on_click(lambda _: self._read_again(keep=True))
        self._buttons["drop"].on_click(lambda _: self._read_again(keep=False))
        self.open()
        self.view = self._laid_out()

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        """The form, and a sentence where there is none."""
        said = "The scoring form: it is filled in in JupyterLab (make lab, or jupyter lab)."
        bundle = self.view._repr_mimebundle_() or {}
        return {**bundle, "text/plain": said, "text/html": str(markup.paragraphs(said))}

    @property
    def sheet(self) -> Sheet | None:
        """The answers; None where the form cannot be opened."""
        return self.fields.sheet if self.fields else None

    def open(self) -> None:
        """Show the form that is chosen, as its file has it; a sentence where it cannot be shown."""
        self.fields, self._body.children, self._score.value, self._faults.value = None, (), "", ""
        self._offer()
        try:
            path, key = self._asked()
            sheet = _UNWRITTEN.get((path.absolute(), key)) or sheet_file.read(path, key)
            framework = frameworks.load(key[1])
        except OshError as fault:
            self._say("✕", str(fault))
            return
        self._show(sheet, framework)

    def refresh(self) -> None:
        """Bring score, titles and faults up to date with the sheet."""
        if self.fields is None:
            return
        now = live(self.fields.framework, self.fields.sheet)
        self._score.value = f"<div class='osh osh-live' role='status'>{now.html()}</div>"
        self._faults.value = _fault_list(now.faults)
        self.fields.shown(now)

    def _show(self, sheet: Sheet, framework: frameworks.Framework) -> None:
        names = {line.cells["assessor"].strip() for line in sheet.own} - {""}
        self._busy = True
        self._assessor = self._controls["assessor"].value = names.pop() if len(names) == 1 else ""
        self._controls["assessor"].placeholder = f"several: {', '.join(sorted(names))}" if names else "who judges"
        self._busy = False
        self.fields = Fields(framework, sheet, self._entered, self.refresh)
        root = framework.root
        self._body.children = (sections(self.fields, [framework.nodes[c] for c in root.children]),)
        self.refresh()
        rows, waiting = len(sheet.own), len(sheet.changes)
        if waiting:
            self._say("✕", f"{sheet.path}: {_entries(waiting)} not written yet; they are in this form.")
            self._offer("again", "keep", "drop")
        elif sheet.seen is None:
            self._say("○", f"{sheet.path} is not there yet; the first answer makes it.")
        else:
            self._say("✓", f"Read: {sheet.path}, {_rows(rows)} of this form.")

    def _asked(self) -> tuple[Path, tuple[str, str, str]]:
        """The file and what of it. Errors: OshError where that is no form."""
        c = {name: control.value.strip() for name, control in self._controls.items()}
        if not c["unit"]:
            raise OshError("Unit: found nothing, expected the unit that is assessed.")
        date = sheet_file.iso(c["date"])
        if not date:
            raise OshError(f"Date: found {c['date']!r}, expected a date such as 2025-11-14.")
        usual = sheet_file.default(c["framework"], c["unit"], date)
        self._controls["file"].placeholder = str(usual)
        return Path(c["file"]) if c["file"] else usual, (c["unit"], c["framework"], date)

    def _chosen(self, _: Any) -> None:
        if not self._busy:
            self.open()

    def _named(self, change: Any) -> None:
        """The assessor: of all rows that had the same one, or none."""
        if self._busy or self.sheet is None:
            return
        before, self._assessor = self._assessor, change["new"].strip()
        for line in self.sheet.own:
            if line.cells["assessor"].strip() in ("", before):
                place = line.cells["item"].strip(), line.cells["method"].strip(), line.turn
                self.sheet.put(place[0], "assessor", self._assessor, *place[1:])
        if self.sheet.changes:
            self._write()

    def _entered(self) -> None:
        """After every change: sign the rows that were changed, write, and work out the score."""
        if self.sheet is not None and self.sheet.changes:
            for c in list(self.sheet.changes) if self._assessor else ():
                line = self.sheet.find(c.item, c.method, c.turn)
                if line is not None and line.cells["assessor"] != self._assessor:
                    self.sheet.put(c.item, "assessor", self._assessor, c.method, c.turn)
            self._write()
        self.refresh()

    def _write(self) -> None:
        sheet = self.sheet
        if sheet is None:
            return
        where = sheet.file, sheet.key
        try:
            gone = sheet_file.write(sheet)
        except OshError as fault:
            _UNWRITTEN[where] = sheet
            changed = "changed by someone else" in str(fault)
            then = "" if changed else " The next change tries again."
            self._say("✕", f"{fault}. Your answers are still in this form, {_entries(len(sheet.changes))}.{then}")
            self._offer(*(("keep", "drop") if changed else ("again",)))
            return
        _UNWRITTEN.pop(where, None)
        self._offer()
        new = " The file was gone and was made anew." if gone else ""
        at = datetime.now().astimezone().strftime("%H:%M:%S")
        self._say("✓", f"Written at {at}: {sheet.path}, {_rows(len(sheet.own))} of this form.{new}")

    def _read_again(self, keep: bool) -> None:
        fields = self.fields
        if fields is None:
            return
        try:
            found = sheet_file.read_again(fields.sheet, keep)
        except OshError as fault:
            self._say("✕", f"{fault}. Your answers are still in this form.")
            return
        _UNWRITTEN.pop((found.file, found.key), None)
        self._offer()
        self._show(found, fields.framework)
        if found.changes:
            self._write()

    def _offer(self, *names: str) -> None:
        for name, button in self._buttons.items():
            button.layout.display = _SHOWN if name in names else _HIDDEN

    def _say(self, symbol: str, sentence: str) -> None:
        text = f"<p><span aria-hidden='true'>{symbol}</span> {escape(sentence)}</p>"
        self._message.value = f"<div class='osh osh-saved' role='status'>{text}</div>"

    def _laid_out(self) -> w.VBox:
        row = w.Layout(flex_flow="row wrap", align_items="flex-start")
        c = self._controls
        view = w.VBox(
            [
                w.HTML(controls.STYLE + _STYLE),
                w.HBox(
                    [w.VBox([c["framework"], c["unit"], c["assessor"]]), w.VBox([c["date"], c["file"]])], layout=row
                ),
                self._message,
                w.HBox(list(self._buttons.values()), layout=row),
                self._score,
                self._faults,
                self._body,
            ]
        )
        view.add_class("osh-form")
        return view


def form(unit: str, data: str = "", framework: str = "", date: str | None = None, answers: str | None = None) -> Form:
    """The form, opened on what was answered so far; nothing is written before something is changed.

    unit: an id, or a name that `data` has once; data: the annual table whose units are offered, which need not have
    this one. framework: its id, "" for the first that there is. date: None for the last one on which there are
    answers, today where there are none. answers: a csv file, made by the first answer; None for one of its own in
    answers/ of the current folder.
    Errors: OshError on a framework that there is not. A file that cannot be read is said in the form.
    """
    known = frameworks.load(framework or frameworks.available()[0]).id
    if known not in frameworks.available():
        raise OshError(f"framework: found {framework!r}, expected one of {', '.join(frameworks.available())}")
    own, units = _unit(str(unit), data)
    asked = str(date) if date is not None else ""
    if date is None:
        try:
            asked = sheet_file.last_date(known, own, Path(answers) if answers else None)
        except OshError:  # of the file, which says so when it is opened
            asked = ""
    return Form(known, own, asked or day.today().isoformat(), answers or "", units)


def _unit(unit: str, data: str) -> tuple[str, list[str]]:
    """The id of a unit, and those that are offered beside it."""
    try:
        table = read_once(data)[0] if data else None
    except OshError:
        table = None
    if table is None:
        return unit, [unit]
    units = sorted({unit, *map(str, table["unit_id"])})
    try:
        return str(resolve(table, unit, data)[0]), [u for u in units if u != unit or unit in set(table["unit_id"])]
    except OshError:
        return unit, units


def _titles(chosen: str) -> list[tuple[str, str]]:
    """Frameworks by title; one whose file has a fault is left out, unless it is the one that was asked for."""
    found = []
    for name in frameworks.available():
        try:
            found.append((frameworks.load(name).title, name))
        except OshError:
            found += [(name, name)] if name == chosen else []
    return found


def _fault_list(faults: Any) -> str:
    """What is in the file and cannot be counted, item by item, as long as there is any."""
    if not faults:
        return ""
    lines = [f"{' '.join(filter(None, (line.cells['item'], line.cells['method'])))}: {why}" for line, why in faults]
    head = "In the file and not counted, here and in a report, until it is mended."
    return f"<div class='osh' role='status'><p>△ {head}</p>{markup.bullets([('', s) for s in lines], 'warn')}</div>"


def _rows(n: int) -> str:
    return f"{n} row{'' if n == 1 else 's'}"


def _entries(n: int) -> str:
    return "one entry" if n == 1 else f"{n} entries"


_WIDE = w.Layout(width="430px")
_COLUMNS = (("framework", "unit", "assessor"), ("date", "file"))
#: Buttons with their words beside them, however long; the score stays in sight while the sections below are filled in.
_STYLE = """<style>
.osh-form .widget-radio-box{margin-bottom:4px}
.osh-form .widget-radio,.osh-form .widget-radio-box{height:auto;width:100%;max-width:none}
.osh-form .widget-radio-box label{height:auto;white-space:normal;line-height:1.35;display:block;padding-left:22px}
.osh-form .widget-radio-box label{position:relative}
.osh-form .widget-radio-box input{position:absolute;left:0;top:0;margin:0}
.osh-item{border-top:1px solid var(--jp-border-color2,#dfe4ea);padding:4px 0 10px}
.osh-form .osh h4{margin:.5rem 0 .1rem}
.osh-fault{color:#a3211b}
.osh-form .osh p{line-height:1.4;margin:.2rem 0}
.osh-form .osh .kpis{margin:.4rem 0 0}
.osh-form .osh .kpis div{padding-top:.3rem;padding-bottom:.3rem}
.osh-form .osh dl :is(dt,dd){float:none;width:auto;margin:0;padding:0}
.osh-form .osh dd{line-height:1.2;font-size:1.3rem}.osh-form .osh dd.q{font-size:.8125rem}
.osh-form,:is(.jp-OutputArea-output,.jp-OutputArea-child,.jp-OutputArea):has(.osh-form){overflow:visible}
.osh-sticky{position:sticky;top:0;z-index:3;background:var(--jp-layout-color0,#fff)}
</style>"""
