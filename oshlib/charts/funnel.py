"""Many units in one picture: rates by hours between the limits that chance alone would draw."""

from __future__ import annotations

import math
from collections.abc import Mapping

import pandas as pd
import plotly.graph_objects as go

from oshlib import words
from oshlib.charts.style import BENCHMARK, GOOD, HARM, INK, SERIES, SOFT, figure, line, literal, say
from oshlib.exact import Floats

#: Points inside the limits that are drawn; all those outside always are.
MOST_POINTS = 3_000
#: Names written into the picture.
MOST_NAMES = 12
_SHAPES = {0: ("inside", "circle", 6), 1: ("outside 95%", "diamond", 9), 2: ("outside 99.8%", "triangle-up", 11)}
_HOVER = (
    "%{customdata[0]}<br>%{customdata[4]:.2f} (%{customdata[2]:.2f} to %{customdata[3]:.2f})<br>"
    "%{customdata[1]:,.0f} in %{x:,.0f} h<extra></extra>"
)


def funnel_chart(
    units: pd.DataFrame,
    edges: Mapping[float, tuple[Floats, Floats, Floats]],
    mean: float,
    goal: float,
    base: str,
    top: float,
    mark: str = "",
) -> go.Figure:
    """Rates by hours, the centre, and for each level its hours, lower and upper limit.

    units: unit, unit_id, cases, hours, value, low, high and rank (0 inside, 1 outside the inner pair of limits, 2
    outside the outer; negative below them). top: the highest rate that the axis shows; units above it stand on its edge
    as open triangles. mark: the id of a unit that gets a ring and its name.
    """
    drawn = figure(height=520)
    for level, (hours, low, high) in edges.items():
        style = {"color": SOFT, "width": 1.2, "dash": "dash" if level < 0.99 else "solid"}
        for side in (low, high):
            drawn.add_scatter(
                x=line(hours), y=line(side.clip(max=top * 1.05)), mode="lines", hoverinfo="skip",
                name=f"{level:.1%} limits", line=style,
            )  # fmt: skip
        drawn.add_annotation(
            x=1,
            xref="paper",
            y=float(high[-1]),
            text=f"{level * 100:g}%",
            showarrow=False,
            xanchor="left",
            font_color=SOFT,
        )
    drawn.add_hline(y=mean, line={"color": INK, "width": 1.6})
    drawn.add_annotation(
        x=0, xref="paper", y=mean, text=f"centre {words.number(mean, 2)}", showarrow=False, xanchor="left",
        yanchor="bottom", font_color=INK,
    )  # fmt: skip
    if goal != mean:
        drawn.add_hline(y=goal, line={"color": BENCHMARK, "width": 1.6, "dash": "dashdot"})
        drawn.add_annotation(
            x=0.15, xref="paper", y=goal, text=f"goal {words.number(goal, 2)}", showarrow=False, xanchor="left",
            yanchor="bottom", font_color=BENCHMARK,
        )  # fmt: skip
    others = units[units["unit_id"].ne(mark)] if mark else units
    shown = pd.concat([others[others["rank"].eq(0)].head(MOST_POINTS), others[others["rank"].ne(0)]])
    outer = shown["value"].where(shown["rank"].abs().eq(2))
    shown = shown.assign(named=outer.rank(method="first", ascending=False) <= MOST_NAMES)
    for rank in (0, -1, 1, -2, 2):  # what stands further out is drawn over the rest
        _add_points(drawn, shown[shown["rank"].eq(rank)], rank, top)
    if mark:
        _add_mark(drawn, units[units["unit_id"].eq(mark)], units["hours"].median(), top)
    ticks = _ticks(units["hours"].min(), units["hours"].max())
    drawn.update_layout(margin_r=56)
    drawn.update_xaxes(
        type="log", tickvals=ticks, ticktext=[_short(t) for t in ticks],
        title_text="hours in the window, each step the same multiple",
    )  # fmt: skip
    drawn.update_yaxes(title_text=f"cases {base} (lower is better)", range=[0, top * 1.06])
    return say(drawn, _text(units, mean, base, top))


def _ticks(low: float, high: float) -> list[float]:
    """1, 2, 5 and their tenfolds within the hours; only the tenfolds where these are many."""
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    steps = (1, 2, 5) if last - first <= 3 else (1,)
    return [s * 10.0**d for d in range(first, last + 1) for s in steps if low * 0.7 <= s * 10.0**d <= high * 1.4]


def _short(hours: float) -> str:
    """Hours as a tick says them: 50,000 as 50k, 2,000,000 as 2M."""
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if hours >= size:
            return f"{hours / size:g}{letter}"
    return f"{hours:g}"


def _add_points(drawn: go.Figure, part: pd.DataFrame, rank: int, top: float) -> None:
    if part.empty:
        return
    name, _, size = _SHAPES[abs(rank)]
    colour = HARM if rank > 0 else GOOD if rank < 0 else SERIES[0]
    drawn.add_scatter(
        x=part["hours"].tolist(),
        y=part["value"].clip(upper=top).tolist(),
        mode="markers+text",
        name=name,
        marker={"color": colour, "size": size, "opacity": 0.7 if rank == 0 else 0.95, "symbol": _symbols(part, top)},
        text=[literal(u) if s else "" for u, s in zip(part["unit_id"], part["named"], strict=True)],
        textposition="middle right",
        textfont_color=colour,
        cliponaxis=False,
        customdata=_hover(part),
        hovertemplate=_HOVER,
    )  # fmt: skip


def _symbols(part: pd.DataFrame, top: float) -> list[str]:
    """The shape of each rank; a unit above the axis stands on its edge as an open triangle."""
    return [
        "triangle-up-open" if value > top else "triangle-down" if rank == -2 else _SHAPES[abs(int(rank))][1]
        for value, rank in zip(part["value"], part["rank"], strict=True)
    ]


def _hover(part: pd.DataFrame) -> list[list[object]]:
    """What a hover says of each point, rounded as it shows it."""
    shown = part.assign(unit=part["unit"].map(literal))[["unit", "cases", "low", "high", "value"]]
    return list(shown.round(2).to_numpy().tolist())


def _add_mark(drawn: go.Figure, mine: pd.DataFrame, middle: float, top: float) -> None:
    """The one unit in question: larger, in ink, with its name, in the shape of its rank."""
    side = "left" if (mine["hours"] > middle).any() else "right"
    drawn.add_scatter(
        x=mine["hours"].tolist(), y=mine["value"].clip(upper=top).tolist(), mode="markers+text", name="this unit",
        text=[f"<b>{literal(str(u))}</b>" for u in mine["unit"]], textposition=f"bottom {side}", textfont_color=INK,
        marker={"symbol": _symbols(mine, top), "size": 15, "color": INK},
        customdata=_hover(mine), hovertemplate=_HOVER, cliponaxis=False,
    )  # fmt: skip


def _text(units: pd.DataFrame, mean: float, base: str, top: float) -> str:
    counts = units["rank"].abs().value_counts()
    said = [f"{len(units):,} units around a centre of {words.number(mean, 2)} {base}"]
    said += [f"{int(counts.get(rank, 0)):,} {word} only" if rank == 1 else f"{int(counts.get(rank, 0)):,} {word}"
             for rank, (word, _, _) in _SHAPES.items()]  # fmt: skip
    over, hidden = int((units["value"] > top).sum()), max(0, int(counts.get(0, 0)) - MOST_POINTS)
    more = f" {over:,} stand above the axis, drawn on its edge." if over else ""
    more += f" {hidden:,} units inside the limits are not drawn." if hidden else ""
    return f"{'; '.join(said)}.{more}"
