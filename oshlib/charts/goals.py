"""Rates against their goals, one panel a measure: met and missed by shape and word, not by colour alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from oshlib import words
from oshlib.charts.style import INK, SERIES, SOFT, X_AXIS, Y_AXIS, figure, say, whiskers

#: What a point says by its shape: at or below the goal, above it, no verdict.
_SHAPES = {True: ("circle", "✓", "met"), False: ("x", "✕", "missed"), None: ("circle-open", "", "")}


def goal_chart(panels: Sequence[tuple[str, str, pd.DataFrame]], decimals: int = 1) -> go.Figure:
    """One panel a measure: (id, base, its years), each year with year, value, low, high, cases, goal, met.

    A goal is a bar over its own year; a year without a rate or a goal is a gap.
    """
    drawn = make_subplots(rows=len(panels), cols=1, shared_xaxes=True, vertical_spacing=0.09,
                          figure=figure(height=120 + 270 * len(panels)))  # fmt: skip
    for i, (name, base, years) in enumerate(panels, start=1):
        colour = SERIES[(i - 1) % len(SERIES)]
        _add_goals(drawn, years, i, decimals)
        _add_rates(drawn, name, years, colour, i, decimals)
        drawn.update_yaxes(title_text=f"{name} {base}<br>(lower is better)", row=i, col=1)
    drawn.update_layout(margin_r=74)
    drawn.update_yaxes(Y_AXIS)
    every = sorted({int(y) for _, _, years in panels for y in years["year"]})
    drawn.update_xaxes({**X_AXIS, "tickangle": 0, "tickvals": every, "range": [every[0] - 0.55, every[-1] + 0.75]})
    counts = [years.set_index("year")["cases"] for _, _, years in panels]
    drawn.update_xaxes(
        ticktext=[f"{y}<br>{' · '.join(words.number(own.get(y), 0) for own in counts)}" for y in every],
        title_text=f"year, and under it the cases: {' · '.join(name for name, *_ in panels)}",
        row=len(panels),
        col=1,
    )
    return say(drawn, " ".join(goal_text(name, base, years, decimals) for name, base, years in panels))


def goal_text(name: str, base: str, years: pd.DataFrame, decimals: int = 1) -> str:
    """What a panel shows, in words and numbers."""
    said = []
    for row in years.itertuples():
        value, goal = words.told_apart(row.value, row.goal, decimals)
        value = value if row.value == row.value else "no rate"
        aim = "no goal" if row.goal is None else f"goal {goal}"
        word = _SHAPES[row.met][2]
        said.append(f"{row.year} {value}, {aim}{f', {word}' if word else ''}")
    return f"{name} {base}: {'; '.join(said)}."


def _add_goals(drawn: go.Figure, years: pd.DataFrame, panel: int, decimals: int) -> None:
    x: list[float | None] = []
    y: list[float | None] = []
    for row in years[years["goal"].notna()].itertuples():
        x += [row.year - 0.42, row.year + 0.42, None]
        y += [float(row.goal), float(row.goal), None]
    if not x:
        return
    drawn.add_scatter(
        x=x, y=y, mode="lines", name="goal", line={"color": INK, "width": 2.2}, row=panel, col=1,
        hovertemplate="goal %{y:.2f}<extra></extra>",
    )  # fmt: skip
    last = years[years["goal"].notna()].iloc[-1]
    _, goal = words.told_apart(last["value"], last["goal"], decimals)
    drawn.add_annotation(
        x=last["year"] + 0.44, y=float(last["goal"]), text=f"goal {goal}",
        showarrow=False, xanchor="left", font_color=INK, row=panel, col=1,
    )  # fmt: skip


def _add_rates(drawn: go.Figure, name: str, years: pd.DataFrame, colour: str, panel: int, decimals: int) -> None:
    known: Any = years.assign(kind=[_SHAPES[m] for m in years["met"]])
    drawn.add_scatter(
        x=known["year"].tolist(),
        y=known["value"].tolist(),
        name=name,
        mode="lines+markers+text",
        line={"color": SOFT, "width": 1, "dash": "dot"},
        marker={"color": colour, "size": 11, "symbol": [shape for shape, *_ in known["kind"]]},
        text=[
            f"{r.kind[1]} {words.told_apart(r.value, r.goal, decimals)[0]}".strip() if r.value == r.value else ""
            for r in known.itertuples()
        ],
        # The words stand on the side of the point that its goal does not take.
        textposition=[
            f"{'top' if r.goal is not None and r.value > float(r.goal) else 'bottom'} right" for r in known.itertuples()
        ],
        textfont_color=colour,
        cliponaxis=False,
        error_y=whiskers(known, colour),
        customdata=known[["cases", "hours", "low", "high"]].to_numpy().tolist(),
        hovertemplate=(
            f"{name} %{{y:.2f}} (%{{customdata[2]:.2f}} to %{{customdata[3]:.2f}})<br>"
            "%{customdata[0]:,.0f} in %{customdata[1]:,.0f} h<extra></extra>"
        ),
        row=panel,
        col=1,
    )  # fmt: skip
