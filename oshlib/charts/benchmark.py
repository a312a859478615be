"""A rate against its standard and target, and its place among companies of its kind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from oshlib import words
from oshlib.charts.style import BENCHMARK, INK, LINE, SERIES, SOFT, figure, say
from oshlib.charts.trend import rate_text, trend_chart


def benchmark_chart(
    rates: pd.DataFrame, lines: pd.DataFrame, standard: float, target: float, base: str, decimals: int = 1,
    way: pd.DataFrame | None = None,
) -> go.Figure:  # fmt: skip
    """Rates by year with intervals, the benchmark's own years, the standard and the target.

    rates: RATES rows of one unit and measure. lines: year, measure, value, name of the benchmark. base: the axis title.
    way: year, path, where there is a way to the target.
    """
    drawn = trend_chart(rates, {}, base, benchmark=lines, decimals=decimals)
    drawn.update_layout(margin_r=104)
    if way is not None and way["path"].notna().any():
        own = way[way["path"].notna()]
        drawn.add_scatter(
            x=own["year"].tolist(), y=own["path"].astype(float).tolist(), mode="lines", hoverinfo="skip",
            name="way to the target", line={"color": INK, "width": 1.4, "dash": "dot"},
        )  # fmt: skip
    for value, word, dash, side in ((standard, "standard", "solid", "bottom"), (target, "target", "dash", "top")):
        drawn.add_hline(y=value, line={"color": INK if word == "target" else SOFT, "width": 1.6, "dash": dash})
        drawn.add_annotation(
            x=1.005, xref="paper", y=value, text=f"{word} {words.number(value, 2)}", showarrow=False, xanchor="left",
            yanchor=side, font_color=INK,
        )  # fmt: skip
    levels = f"Standard {words.number(standard, 2)}, target {words.number(target, 2)}."
    if way is not None and way["path"].notna().any():
        steps = [f"{r.year} {words.number(r.path, 2)}" for r in way[way["path"].notna()].itertuples()]
        levels += f" The way to the target: {', '.join(steps)}."
    return say(drawn, f"{rate_text(rates, base, decimals)} {levels}")


def place_chart(
    group: Mapping[str, Any], name: str, value: float, low: float, high: float, decimals: int = 1
) -> go.Figure:
    """The percentiles of a group as a strip, and the unit's rate with its interval over it.

    group: points (10, 25, ...) and quantiles, n and band. A strip whose ends are the outermost published percentiles.
    """
    drawn = figure(height=190)
    points, at = list(group["points"]), list(group["quantiles"])
    inner = [q for p, q in zip(points, at, strict=True) if p in (25, 75)]
    drawn.add_scatter(x=[at[0], at[-1]], y=[0, 0], mode="lines", line={"color": LINE, "width": 10}, hoverinfo="skip")
    if len(inner) == 2:
        drawn.add_scatter(x=inner, y=[0, 0], mode="lines", line={"color": BENCHMARK, "width": 10}, hoverinfo="skip")
    # Percentiles of one value share a mark: in a group of small companies the lowest are all zero.
    shared: dict[float, list[int]] = {}
    for p, q in zip(points, at, strict=True):
        shared.setdefault(q, []).append(p)
    names = [f"{ps[0]}th" if len(ps) == 1 else f"{ps[0]}th to {ps[-1]}th" for ps in shared.values()]
    drawn.add_scatter(
        x=list(shared), y=[0] * len(shared), mode="markers+text",
        marker={"color": INK, "symbol": "line-ns-open", "size": 13},
        text=[f"{name}<br>{words.number(q, decimals)}" for name, q in zip(names, shared, strict=True)],
        textposition="bottom center", hovertemplate="%{text}<extra></extra>", cliponaxis=False, name="percentiles",
    )  # fmt: skip
    drawn.add_scatter(
        x=[value], y=[1], mode="markers+text", marker={"color": SERIES[0], "size": 12, "symbol": "diamond"},
        text=[f"{name} {words.number(value, decimals)}"], textposition="top center", textfont_color=SERIES[0],
        error_x={"type": "data", "symmetric": False, "array": [high - value], "arrayminus": [value - low],
                 "color": SERIES[0], "thickness": 1.3, "width": 5},
        hovertemplate=f"{name} %{{x:.2f}}<extra></extra>", cliponaxis=False, name=name,
    )  # fmt: skip
    drawn.update_yaxes(visible=False, range=[-1.3, 1.9])
    drawn.update_xaxes(
        rangemode="tozero", title_text=f"{name} of {words.number(group['n'], 0)} companies (lower is better)"
    )
    marks = ", ".join(f"{p}th {words.number(q, decimals)}" for p, q in zip(points, at, strict=True))
    interval = words.span(low, high, decimals)
    return say(drawn, f"{name} {words.number(value, decimals)} (interval {interval}) among percentiles: {marks}.")
