"""The controls of the explorer: one a choice, at the value that it has."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import ipywidgets as w

from oshlib import draft, places, references
from oshlib.page import HTML
from oshlib.rates import MEASURES
from oshlib.report.desk import Choice

#: The notebooks that a parameter file can be written for: what they are of, the question that they
#: answer, and the measure of those that are always of one.
REPORTS = {
    "five_year_trend": ("trend", "trend", ""),
    "goal_attainment": ("goals", "goal", ""),
    "tcir_benchmark": ("TCIR against a benchmark", "benchmark", "TCIR"),
    "portfolio": ("all units of the file", "funnel", ""),
}
LAST = "the last of the unit"
NOTHING = ("no site", "")
POOLING = ("mean", "pooled")
#: The style of the page for what stands in an element of the class osh.
STYLE = f"<style>.osh{{{(HTML / 'style.css').read_text(encoding='utf-8').replace(':root', '&')}}}</style>"
_TIGHT = w.Layout(width="auto", margin="2px 16px 2px 0")
_ROOMY = w.Layout(width="430px")
#: Controls that change what is written, not what is shown.
WRITING = ("folder", "replace", *(f"report_{name}" for name in REPORTS))


def make(c: Choice) -> dict[str, Any]:
    """Every control by the name of what it sets, at the value of the choice."""
    files = [p.relative_to(places.ROOT).as_posix() for p in sorted((places.ROOT / "data" / "example").glob("*.csv"))]
    late = {"continuous_update": False, "ensure_option": False}
    confidence = sorted({0.8, 0.9, 0.95, 0.99, c.confidence})
    last = LAST if c.last_year is None else str(c.last_year)
    return {
        "data": w.Combobox(value=c.data, options=files, description="Data", layout=_ROOMY, **late),
        "find": w.Text(description="Find", placeholder="part of a name, or an id", layout=_ROOMY),
        "units": w.SelectMultiple(options=[], rows=7, description="Units", layout=_ROOMY),
        "measure": w.Dropdown(options=list(MEASURES), value=c.measure, description="Measure"),
        "confidence": w.Dropdown(
            options=[(f"{v * 100:g}%", v) for v in confidence], value=c.confidence, description="Confidence"
        ),
        "last_year": w.Dropdown(options=list(dict.fromkeys([LAST, last])), value=last, description="Last year"),
        "years": w.IntSlider(value=c.years, min=1, max=max(15, c.years), description="Years"),
        "min_years": w.IntSlider(value=c.min_years, min=2, max=max(15, c.min_years), description="Least years"),
        "goals": w.Combobox(value=c.goals or "", options=[*references.rules(), *files], description="Goals", **late),
        "change": w.BoundedFloatText(value=c.change or 0.03, min=0.001, max=0.5, step=0.005, description="A year"),
        "base_year": w.BoundedIntText(value=c.base_year or 0, min=0, max=2199, description="Base year"),
        "benchmark": w.Combobox(value=c.benchmark or "", options=files, description="Benchmark", **late),
        "benchmark_key": w.Text(value=c.benchmark_key or "", description="Its key", continuous_update=False),
        "pooling": w.Dropdown(options=POOLING, value=c.pooling, description="Pooling"),
        "standard": w.BoundedFloatText(value=c.standard or 0.0, min=0.0, max=1000.0, description="Standard"),
        "cases": w.IntSlider(value=c.cases, min=-20, max=20, description="Cases ±"),
        "hours": w.IntSlider(value=round(c.hours * 100), min=-50, max=100, description="Hours ±%"),
        "without": w.Dropdown(options=[NOTHING], value="", description="Left out"),
        "folder": w.Text(value=_short(draft.folder()), description="Into", continuous_update=False),
        "replace": w.Checkbox(value=False, description="replace a file", indent=False, layout=_TIGHT),
        **{
            f"report_{name}": w.Checkbox(value=i == 0, description=what, indent=False, layout=_TIGHT)
            for i, (name, (what, *_)) in enumerate(REPORTS.items())
        },
    }


def offer(control: Any, options: list[Any]) -> None:
    """New options, the value kept where it is still among them."""
    before = control.value
    control.options = options
    if before in [o[1] if isinstance(o, tuple) else o for o in options]:
        control.value = before


def button(text: str) -> w.Button:
    """A button as wide as its words."""
    return w.Button(description=text, layout=w.Layout(width="auto"))


def _short(path: Path) -> str:
    """A folder as it is found from here, where that is shorter."""
    try:
        return min(str(path), os.path.relpath(path), key=len)
    except ValueError:  # on another drive
        return str(path)
