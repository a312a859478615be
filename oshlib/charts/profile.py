"""The parts of a score, each from the least to the most that it could be, now and at the last assessment."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from oshlib import words
from oshlib.charts.style import INK, LINE, SERIES, SOFT, X_AXIS, figure, literal, say


def profile_chart(parts: pd.DataFrame, decimals: int) -> go.Figure:
    """One line a part: title, points, high, share, least_share, most_share, before (a share, NaN where there is none).

    A disc is what was scored, a ring what it was before, a bar how far open answers can still move it. The names stand
    above their lines, so that a narrow screen leaves them whole.
    """
    drawn = figure(height=84 + 46 * len(parts))
    places = [-i for i in range(len(parts))]
    for at, row in zip(places, parts.itertuples(), strict=True):
        _line(drawn, at, (0, 1), LINE)
        if row.most_share > row.least_share:
            _line(drawn, at, (row.least_share, row.most_share), SOFT)
        for text, x, anchor in ((literal(row.title), 0, "left"), (_points(row, decimals), 1, "right")):
            drawn.add_annotation(
                x=x, y=at, text=text, showarrow=False, xanchor=anchor, yanchor="bottom", yshift=7, font_color=INK
            )
    series = (("before", "before", "circle-open", "%{x:.0%}"), ("now", "share", "circle", "%{customdata} (%{x:.0%})"))
    for name, column, marker, told in series:
        known = parts[column].notna()
        drawn.add_scatter(
            x=parts.loc[known, column].tolist(), y=[at for at, k in zip(places, known, strict=True) if k],
            mode="markers", name=name, marker={"color": SERIES[0], "size": 13, "symbol": marker},
            text=[literal(t) for t in parts.loc[known, "title"]],
            customdata=[_points(row, decimals) for row in parts[known].itertuples()] if name == "now" else None,
            hovertemplate=f"%{{text}}, {name}: {told}<extra></extra>",
        )  # fmt: skip
    drawn.update_layout(margin={"l": 12, "r": 12, "t": 14, "b": 46})
    drawn.update_xaxes({
        **X_AXIS, "range": [-0.02, 1.02], "tickvals": [0, 0.5, 1], "tickformat": ".0%", "tickangle": 0,
        "title_text": "share of what is possible",
    })  # fmt: skip
    drawn.update_yaxes(visible=False, range=[0.6 - len(parts), 0.8])
    return say(drawn, profile_text(parts, decimals))


def _line(drawn: go.Figure, at: int, ends: tuple[float, float], colour: str) -> None:
    drawn.add_scatter(
        x=list(ends), y=[at, at], mode="lines", line={"color": colour, "width": 6}, hoverinfo="skip", showlegend=False
    )


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
