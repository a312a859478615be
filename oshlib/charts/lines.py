"""Rates with their intervals around a limit: who is over it, and whom chance could have put there."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import plotly.graph_objects as go

from oshlib import words
from oshlib.charts.style import HARM, INK, SERIES, SOFT, X_AXIS, figure, literal, say

_LONGEST = 40
#: Symbol and colour by place: told apart above, above, below, told apart below.
_KINDS = {
    "over, beyond chance": ("triangle-up", HARM),
    "over": ("diamond", SERIES[1]),
    "below": ("circle-open", SERIES[0]),
    "below, beyond chance": ("circle", SERIES[0]),
}


def line_chart(rows: pd.DataFrame, limits: Sequence[tuple[str, float]], measure: str, base: str) -> go.Figure:
    """One line an establishment, from the low to the high of its rate, and the limits across.

    rows: unit, cases, hours, value, low, high, kind (one of four: over or below, beyond chance or not), first row on
    top. limits: their names and values.
    """
    drawn = figure(height=104 + 40 * len(rows))
    places = [-i for i in range(len(rows))]
    # The names stand above their lines, so that a narrow screen leaves them whole.
    for at, name in zip(places, rows["unit"], strict=True):
        drawn.add_annotation(
            x=0, y=at, text=literal(_short(name)), showarrow=False, xanchor="left", yanchor="bottom", yshift=6,
            font_color=SOFT,
        )  # fmt: skip
    for _, value in limits:
        # In pieces, so that it runs through no name.
        drawn.add_scatter(
            x=[x for _ in places for x in (value, value, None)],
            y=[y for at in places for y in (at - 0.45, at + 0.2, None)],
            mode="lines", line={"color": INK, "width": 1.6}, hoverinfo="skip",
        )  # fmt: skip
        drawn.add_annotation(
            x=value, y=1, yref="paper", text=f"{value:g}", showarrow=False, yanchor="bottom", font_color=INK
        )
    for kind, (symbol, colour) in _KINDS.items():
        mine = rows["kind"].eq(kind)
        part = rows[mine]
        if part.empty:
            continue
        drawn.add_scatter(
            x=part["value"].tolist(), y=[at for at, k in zip(places, mine, strict=True) if k], mode="markers",
            name=kind, marker={"color": colour, "size": 10, "symbol": symbol}, text=[literal(u) for u in part["unit"]],
            customdata=part[["low", "high", "cases", "hours"]].to_numpy().tolist(),
            error_x={"type": "data", "symmetric": False, "array": (part["high"] - part["value"]).tolist(),
                     "arrayminus": (part["value"] - part["low"]).tolist(), "color": colour, "thickness": 1.3,
                     "width": 4},
            hovertemplate="%{text}<br>%{x:.2f} (%{customdata[0]:.2f} to %{customdata[1]:.2f})<br>"
                          f"%{{customdata[2]:,.0f}} in %{{customdata[3]:,.0f}} h, {kind}<extra></extra>",
        )  # fmt: skip
    # Intervals of a handful of cases would squeeze all others: the axis ends a little beyond the rates themselves.
    far = max([*rows["value"], *(value for _, value in limits)]) * 1.9
    drawn.update_layout(margin={"l": 12, "r": 16, "t": 34, "b": 64})
    drawn.update_xaxes({
        **X_AXIS, "range": [0, min(far, max([*rows["high"], *(v for _, v in limits)]) * 1.05)], "showgrid": True,
        "title_text": f"{measure} {base}<br>(lower is better)",
    })  # fmt: skip
    drawn.update_yaxes(visible=False, range=[0.5 - len(rows), 0.9])
    return say(drawn, _text(rows, limits, measure))


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1].rstrip()}…"


def _text(rows: pd.DataFrame, limits: Sequence[tuple[str, float]], measure: str) -> str:
    lines = "; ".join(f"{name} {value:g}" for name, value in limits)
    some = [
        f"{r.unit} {words.number(r.value, 2)} ({words.span(r.low, r.high, 2)}), {r.kind}"
        for r in rows.head(12).itertuples()
    ]
    more = f"; {len(rows) - 12} more in the table" if len(rows) > 12 else ""
    return f"{measure} around the limits: {lines}. {'; '.join(some)}{more}."
