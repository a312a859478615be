"""The desk of the analyst in JupyterLab: choose, ask what if, and write down what was found as a parameter file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from html import escape
from pathlib import Path
from typing import Any

import ipywidgets as w
from traitlets import TraitError

from oshlib import controls, draft, markup
from oshlib.charts import live
from oshlib.controls import LAST, NOTHING, POOLING, REPORTS
from oshlib.errors import OshError
from oshlib.flags import Flag
from oshlib.headline import record
from oshlib.markup import Html
from oshlib.rates import measure
from oshlib.report.desk import PANELS, Choice, Panel, last_count, method, panel, subject, values_of
from oshlib.report.parts import caution_list, is_made_up, rows_and_faults
from oshlib.study import resolve
from oshlib.study.setting import uses
from oshlib.study.subject import read_once


class Desk:
    """Controls, four questions with their charts, and the button; `choice` is what stands there now."""

    def __init__(self, choice: Choice) -> None:
        self._busy = True  # while controls are being set, nothing is drawn
        self._asked = choice
        self._controls = controls.make(choice)
        self._say = {name: w.HTML() for name in PANELS}
        self._figures = {name: live.blank(first=i == 0) for i, name in enumerate(PANELS)}
        self._drawn: dict[str, Any] = dict.fromkeys(PANELS)
        self._message = w.HTML()
        self._units_of(choice.data, choice.units)
        for name, control in self._controls.items():
            control.add_class(f"osh-{name.replace('_', '-')}")
            if name not in controls.WRITING:
                control.observe(self._changed, names="value")
        self._reset = controls.button("Back to the data as reported")
        self._write = controls.button("Write the parameter file")
        self._reset.on_click(lambda _: self._as_reported())
        self._write.on_click(lambda _: self._written())
        self._busy = False
        self.refresh()
        self.view = self._laid_out()

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        """The controls, and a sentence where there are none."""
        said = "The desk: its controls work in JupyterLab."
        bundle = self.view._repr_mimebundle_() or {}
        return {**bundle, "text/plain": said, "text/html": str(markup.paragraphs(said))}

    @property
    def choice(self) -> Choice:
        """What the controls say."""
        v = {name: control.value for name, control in self._controls.items()}
        known = {k: v[k] for k in ("data", "measure", "years", "min_years", "confidence", "pooling", "cases")}
        rule = v["goals"].strip() or None
        return Choice(
            **{**{name: getattr(self._asked, name) for name in _KEPT}, **known},
            units=tuple(v["units"]),
            last_year=None if v["last_year"] == LAST else int(v["last_year"]),
            goals=rule,
            change=v["change"] if "change" in uses(rule or "") else None,
            base_year=(v["base_year"] or None) if "base_year" in uses(rule or "") else None,
            benchmark=v["benchmark"].strip() or None,
            benchmark_key=v["benchmark_key"].strip() or None,
            standard=v["standard"] or None,
            hours=v["hours"] / 100,
            without=v["without"],
        )

    def refresh(self) -> None:
        """Answer every question for the present choice, the first one first."""
        self._limit_cases()
        now = self.choice
        for name in PANELS:
            found = panel(name, now)
            before = panel(name, now.reported) if now != now.reported else None
            self._say[name].value = _answer(PANELS[name][0], found, before)
            self._drawn[name] = live.redraw(self._figures[name], found.figure, self._drawn[name])

    def answers(self) -> Html:
        """The same answers as a table that stays when the controls are gone."""
        rows = [[title, markup.chip(*found.status), found.sentence] for title, found in self._now()]
        return markup.table(["Question", "Answer", "In a sentence"], rows, "Four questions", text=(0, 1, 2))

    def figure(self, name: str) -> Any:
        """One chart as it stands now, by the name of its question; the reason where there is none."""
        found = panel(name, self.choice)
        return found.figure if found.figure is not None else markup.paragraphs(found.sentence)

    def table(self, name: str) -> Html:
        """The numbers of that chart."""
        return panel(name, self.choice).table()

    def cautions(self) -> Html:
        """The cautions of all four answers, each once."""
        return caution_list(self._flags(), [])

    def method(self) -> Html:
        """How the four answers come about, and from which rows."""
        return method(self.choice)

    def headline(self, prepared_by: str = "", reviewed_by: str = "") -> None:
        """Record what was explored: the last cell of the notebook."""
        now, flags = self.choice, self._flags()
        try:
            s = subject(now)
            name, made_up, source = s.name, is_made_up(s), rows_and_faults(s)
        except OshError:
            name, made_up, source = ", ".join(now.units), False, {}
        cards = [
            {"label": label, **dict(zip(("words", "symbol", "tone"), panel(label, now).status, strict=True))}
            for label in PANELS
        ]
        record(
            {"unit": name, "measure": now.measure, "flags": flags},
            title=name,
            signed=(prepared_by, reviewed_by),
            eyebrow=["made-up example unit"] if made_up else [],
            card={"kind": "What if?", "status": cards[0], "also": cards[1:], "facts": [["Cautions", str(len(flags))]]},
            provenance=source,
        )

    def _flags(self) -> list[Flag]:
        found = [flag for _, answer in self._now() for flag in answer.flags]
        return [flag for i, flag in enumerate(found) if flag not in found[:i]]

    def _now(self) -> list[tuple[str, Panel]]:
        return [(title, panel(name, self.choice)) for name, (title, _) in PANELS.items()]

    def _changed(self, change: Any) -> None:
        if self._busy:
            return
        self._busy = True
        try:
            c = self._controls
            if change["owner"] in (c["data"], c["find"]):
                self._units_of(c["data"].value, c["units"].value)
            if change["owner"] in (c["data"], c["find"], c["units"]):
                several = c["units"].value if len(c["units"].value) > 1 else ()
                controls.offer(c["without"], [NOTHING, *((unit, unit) for unit in several)])
            for name in ("change", "base_year"):
                c[name].disabled = name not in uses(c["goals"].value.strip())
        finally:
            self._busy = False
        if change["owner"] is not self._controls["find"]:
            self.refresh()

    def _units_of(self, data: str, wanted: Any) -> None:
        """Offer the units of a file that fit what is sought, those that are chosen always among them."""
        c = self._controls
        try:
            table = read_once(data)[0]
        except OshError:
            controls.offer(c["units"], [])
            return
        latest = table.sort_values("year").drop_duplicates("unit_id", keep="last").sort_values("unit")
        ids, sought = set(wanted), c["find"].value.casefold()
        chosen = latest["unit_id"].isin(ids)
        fits = latest["unit"].str.casefold().str.contains(sought, regex=False) | latest["unit_id"].str.casefold().eq(
            sought
        )
        shown = latest[fits | chosen]
        c["units"].options = [(f"{r.unit} ({r.unit_id})", r.unit_id) for r in shown.itertuples()]
        c["units"].value = latest.loc[chosen, "unit_id"].tolist() or shown["unit_id"].head(1).tolist()
        years = [str(y) for y in sorted({int(y) for y in table["year"]}, reverse=True)]
        # A year that the file does not have stays chosen: the answers say what is wrong with it.
        controls.offer(c["last_year"], list(dict.fromkeys([LAST, *years, c["last_year"].value])))

    def _limit_cases(self) -> None:
        """No fewer cases than there were can be asked for, and nothing where the last year has no rate to change."""
        slider, held = self._controls["cases"], last_count(self.choice)
        busy, self._busy = self._busy, True
        slider.disabled = self._controls["hours"].disabled = held is None
        if held is None:
            slider.value = self._controls["hours"].value = 0
        else:
            slider.min, slider.max = -held, max(10, 2 * held)
        self._busy = busy

    def _as_reported(self) -> None:
        self._busy = True
        for name, value in (("cases", 0), ("hours", 0), ("without", "")):
            self._controls[name].value = value
        self._busy = False
        self.refresh()

    def _written(self) -> None:
        now, into = self.choice, Path(self._controls["folder"].value)
        reports = [name for name in REPORTS if self._controls[f"report_{name}"].value]
        said = [line for name in reports for line in self._written_one(name, now, into)]
        if not now.units or not reports:
            said.append("Choose a unit first." if not now.units else "Tick a report first.")
        if len(now.units) > 1:
            said.append("Several units taken together are no unit of the file: each has a report of its own.")
        if now != now.reported:
            said.append("What was asked by what-if is not written: a report rests on the data as they are.")
        for name, (*_, own) in ((name, REPORTS[name]) for name in reports):
            if own not in ("", now.measure):
                said.append(f"{name} is of {own}, {measure(own).counts}; the desk shows {now.measure}.")
        self._message.value = f"<div class='osh' role='status'>{''.join(f'<p>{escape(s)}</p>' for s in said)}</div>"

    def _written_one(self, report: str, now: Choice, into: Path) -> list[str]:
        """What happened with the files of one kind of report; one whose question has no answer is not written."""
        _, question, own = REPORTS[report]
        said = []
        for unit in now.units if report != "portfolio" else now.units[:1]:
            alone = replace(now.reported, units=(unit,), measure=own or now.measure)
            answer = panel(question, alone)
            if answer.figure is None:
                said.append(f"✕ {report}: {answer.sentence}")
                continue
            comment = f"written by the explorer on {date.today().isoformat()}"
            try:
                file = draft.write(report, values_of(report, now, unit), into, comment, self._controls["replace"].value)
                said.append(f"✓ Written: {draft.shown(file)}. Make its report with: oshlib run {draft.shown(file)}")
            except (OshError, OSError, ValueError) as fault:
                said.append(f"✕ {report}: {fault}")
        return said

    def _laid_out(self) -> w.VBox:
        c = self._controls
        row = w.Layout(flex_flow="row wrap", align_items="flex-start")
        panels = [w.VBox([self._say[name], self._figures[name]]) for name in PANELS]
        view = w.VBox(
            [
                w.HTML(controls.STYLE),
                w.HBox([w.VBox([c["data"], c["find"], c["units"]]), *_columns(c, _CHOOSE)], layout=row),
                w.HTML("<div class='osh'><h2>What if?</h2></div>"),
                w.HBox([c["cases"], c["hours"], c["without"], self._reset], layout=row),
                w.GridBox(
                    panels,
                    layout=w.Layout(grid_template_columns=f"repeat(auto-fit, {live.WIDTH + 4}px)", grid_gap="0 16px"),
                ),
                w.HTML("<div class='osh'><h2>Make it a report</h2></div>"),
                w.HBox(
                    [*(c[f"report_{name}"] for name in REPORTS), c["folder"], c["replace"], self._write], layout=row
                ),
                self._message,
            ]
        )
        view.add_class("osh-desk")
        return view


def desk(unit: str, data: str, **chosen: Any) -> Desk:
    """The desk, opened on one unit. chosen: fields of `Choice`. Errors: OshError on a value that no control offers."""
    name = measure(chosen.get("measure", "TCR")).id
    if chosen.get("pooling", "mean") not in POOLING:
        raise OshError(f"pooling: found {chosen['pooling']!r}, expected {' or '.join(POOLING)}")
    if isinstance(national := chosen.get("national"), dict):
        chosen["national"] = national.get(name)
    if chosen.get("benchmark_key") is not None:
        chosen["benchmark_key"] = str(chosen["benchmark_key"])
    try:
        unit_id, _ = resolve(read_once(data)[0], unit, data)
        asked = Choice(data=data, units=(unit_id,), **chosen)
        made = Desk(asked)
    except (TraitError, TypeError, ValueError) as fault:
        raise OshError(f"a choice that the explorer cannot take: {str(fault).splitlines()[0]}") from None
    for field in Choice.__dataclass_fields__:
        found, shown = getattr(asked, field), getattr(made.choice, field)
        if found != shown:  # a control takes the nearest value that it can show, and says nothing
            raise OshError(f"{field}: found {found!r}, which the explorer cannot take; it would be {shown!r}")
    return made


_CHOOSE = (("measure", "confidence", "last_year"), ("years", "min_years"), ("goals", "change", "base_year"),
           ("benchmark", "benchmark_key", "pooling", "standard"))  # fmt: skip


def _columns(controls: Mapping[str, Any], groups: Any) -> list[w.VBox]:
    return [w.VBox([controls[name] for name in group]) for group in groups]


#: What the desk has no control for stays as it was given.
_KEPT = ("compare", "hours_policy", "national", "scheme", "reduction", "implementation_date", "screen")


def _answer(title: str, found: Panel, before: Panel | None) -> str:
    """Question, answer by word, shape and colour, sentence; where something was changed, the answer as reported."""
    chips = str(markup.chip(*found.status))
    if before is not None:
        told = "as reported" if before.status == found.status else f"reported: {markup.chip(*before.status)}"
        chips = f"what if: {chips} <span class='q'>{told}</span>"
    return f"<div class='osh'><h3>{escape(title)}</h3><p>{chips}</p><p class='sub'>{escape(found.sentence)}</p></div>"
