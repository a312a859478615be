"""How every chart looks: one palette, one plain figure, and a text that says what it shows."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import Any

import pandas as pd
import plotly.graph_objects as go
import plotly.io

#: Nothing of a chart may leave the machine: plotly's button that uploads it is never offered, in a notebook neither.
CONFIG = {"displaylogo": False, "showSendToCloud": False, "plotlyServerURL": ""}
plotly.io.renderers["plotly_mimetype"].config = CONFIG

#: Ink, lines and series, light to dark: AA on their ground, and apart for the common kinds of colour blindness.
PALETTE = {
    "#18202c": "#e8ecf2",
    "#556072": "#a6b0bf",
    "#dfe4ea": "#2c3542",
    "#a3211b": "#ff8f87",
    "#0b5394": "#7ab8f5",
    "#b2500b": "#f0a35e",
    "#00665a": "#5fd0c0",
    "#6b4fa0": "#bda7ee",
}
INK, SOFT, LINE, HARM, *SERIES = PALETTE
BENCHMARK = SERIES[-1]
#: The page's own colour for what is favourable.
GOOD = SERIES[2]
MARKERS = ("circle", "square", "diamond", "triangle-up")
DASHES = ("solid", "solid", "dash", "dashdot")


_AXIS: dict[str, Any] = {
    "color": SOFT,
    "gridcolor": LINE,
    "zeroline": False,
    "fixedrange": False,
    "title_font_size": 12,
}
X_AXIS = {**_AXIS, "showgrid": False, "ticks": ""}
Y_AXIS = {**_AXIS, "rangemode": "tozero", "tickformat": "~g"}


def figure(height: int) -> go.Figure:
    """An empty chart in the house style: axis from zero, no legend, no ground of its own."""
    return go.Figure(
        layout={
            "template": {},
            "height": height,
            "margin": {"l": 56, "r": 24, "t": 30, "b": 64},
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "font": {"family": "system-ui, sans-serif", "size": 12.5, "color": INK},
            "showlegend": False,
            "hovermode": "closest",
            "xaxis": X_AXIS,
            "yaxis": Y_AXIS,
            "modebar": {"bgcolor": "rgba(0,0,0,0)", "color": SOFT, "activecolor": INK},
        }
    )


def whiskers(part: pd.DataFrame, colour: str) -> dict[str, Any]:
    """The intervals of these rates, drawn from each value to its low and its high."""
    return {
        "type": "data", "symmetric": False, "array": (part["high"] - part["value"]).tolist(),
        "arrayminus": (part["value"] - part["low"]).tolist(), "color": colour, "thickness": 1.3, "width": 4,
    }  # fmt: skip


def line(values: Iterable[float]) -> list[float]:
    """Values of a line that is only a picture: four digits, finer than the dots of a screen."""
    return [float(f"{v:.4g}") for v in values]


def literal(text: object) -> str:
    """Text that plotly shows as it is; it knows no entity for quotes."""
    return escape(str(text), quote=False)


def say(drawn: go.Figure, text: str) -> go.Figure:
    """Give a chart the text that stands for it where it cannot be seen."""
    drawn.layout.meta = {"description": text}
    return drawn
