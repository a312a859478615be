"""The parts of a score, each from the least to the most that it could be, now and at the last assessment."""

from __future__ import annotations

import textwrap

import pandas as pd
import plotly.graph_objects as go

from oshlib import words
from oshlib.charts.style import INK, LINE, SERIES, SOFT, X_AXIS, figure, literal, say

_WIDTH = 25


def profile_chart(parts: pd.DataFrame, decimals: int) -> go.Figure:
    """One line a part: title, points, high, share, least_share, most_share, before (a share, NaN where there is none).

    A disc is what was scored, a ring what it was before, a bar how far open answers can still move it.
    """
    drawn = figure(height=96 + 40 * len(parts))
    names = [_wrapped(title) for title in parts["title"]]
    for name, row in zip(names, parts.itertuples(), strict=True):
        drawn.add_scatter(
            x=[0, 1],
            y=[name, name],
            mode="lines",
            line={"color": LINE, "width": 6},
            hoverinfo="skip",
            showlegend=False,
        )
        if row.most_share > row.least_share:
            drawn.add_scatter(
                x=[row.least_share, row.most_share], y=[name, name], mode="lines",
                line={"color": SOFT, "width": 6}, hoverinfo="skip",
            )  # fmt: skip
    before = parts["before"].notna()
    if before.any():
        drawn.add_scatter(
            x=parts.loc[before, "before"].tolist(), y=[n for n, b in zip(names, before, strict=True) if b],
            mode="markers", name="before", marker={"color": SERIES[0], "size": 11, "symbol": "circle-open"},
            hovertemplate="before: %{x:.0%}<extra></extra>",
        )  # fmt: skip
    known = parts["share"].notna()
    drawn.add_scatter(
        x=parts.loc[known, "share"].tolist(), y=[n for n, k in zip(names, known, strict=True) if k],
        mode="markers", name="now", marker={"color": SERIES[0], "size": 13},
        hovertemplate="now: %{x:.0%}<extra></extra>",
    )  # fmt: skip
    for name, row in zip(names, parts.itertuples(), strict=True):
        drawn.add_annotation(
            x=1.01, xref="paper", y=name, text=_points(row, decimals), showarrow=False, xanchor="left", font_color=INK
        )
    drawn.update_layout(margin={"l": 8, "r": 96, "t": 12, "b": 52})
    drawn.update_xaxes({
        **X_AXIS, "range": [-0.02, 1.02], "tickvals": [0, 0.5, 1], "tickformat": ".0%", "tickangle": 0,
        "title_text": "of what is possible",
    })  # fmt: skip
    drawn.update_yaxes(automargin=True, autorange="reversed", color=INK, showgrid=False, title=None)
    return say(drawn, profile_text(parts, decimals))


def profile_text(parts: pd.DataFrame, decimals: int) -> str:
    """What the chart shows, in words and numbers."""
    said = [
        f"{row.title} {_points(row, decimals)}"
        + (f", {words.part(row.share)} of what is possible" if row.share == row.share else "")
        for row in parts.itertuples()
    ]
    return f"{'; '.join(said)}."


def _points(row: object, decimals: int) -> str:
    points, high = (getattr(row, k) for k in ("points", "high"))
    return "not scored" if points != points else f"{words.number(points, decimals)} of {words.exactly(high)}"


def _wrapped(title: str) -> str:
    """A title over several lines, whole: narrow screens have no room for one line."""
    return "<br>".join(literal(line) for line in textwrap.wrap(title, _WIDTH))
