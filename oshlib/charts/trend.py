"""Rates by year, their fitted lines, and the hours that they rest on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd
import plotly.graph_objects as go

from oshlib import words
from oshlib.charts.style import BENCHMARK, DASHES, MARKERS, SERIES, SOFT, figure, line, literal, say, whiskers
from oshlib.exact import Floats


def trend_chart(
    rates: pd.DataFrame,
    fits: Mapping[str, Floats],
    base: str,
    *,
    benchmark: pd.DataFrame | None = None,
    breaks: Sequence[int] = (),
    decimals: int = 1,
) -> go.Figure:
    """Rates by year with their intervals, the fitted line of each measure and the band of the first.

    rates: RATES rows of one unit, every year of the window (a missing one is a gap). fits: per measure the columns
    year, value, low, high of `trends.fitted`. benchmark: rows with year, measure, value, name. base: the axis title.
    """
    drawn = figure(height=400)
    measures = list(dict.fromkeys(rates["measure"]))
    years = sorted(set(rates["year"]))
    labels = _labels(rates, measures, decimals)
    for i, name in enumerate(measures):
        fit = fits.get(name)
        if fit is not None and len(fit):
            _add_fit(drawn, name, fit, SERIES[i % len(SERIES)], band=i == 0)
        _add_rates(drawn, rates[rates["measure"].eq(name)], i - (len(measures) - 1) / 2, i, labels[name])
    if benchmark is not None and len(benchmark):
        for i, (name, part) in enumerate(benchmark.groupby("measure", sort=False)):
            _add_benchmark(drawn, part, f"{part['name'].iloc[0]} {name}", i, decimals, rates)
    for year in breaks:
        drawn.add_vline(x=year - 0.5, line={"dash": "dash", "width": 1, "color": SOFT})
        drawn.add_annotation(
            x=year - 0.5, y=1, yref="paper", text=f"rules changed {year}", showarrow=False, xanchor="left"
        )
    counts = {
        year: " · ".join(
            words.number(c, 0) for c in rates[rates["year"].eq(year)].set_index("measure")["cases"].reindex(measures)
        )
        for year in years
    }
    drawn.update_xaxes(
        tickvals=years,
        tickangle=0,  # on a phone, too: counts of three digits are read, not turned
        ticktext=[f"{year}<br>{counts[year]}" for year in years],
        range=[years[0] - 0.35, years[-1] + 0.85],
        title_text=f"year, and under it the cases: {' · '.join(measures)}",
    )
    drawn.update_yaxes(title_text=f"cases {base} (lower is better)" if base.startswith("per") else base)
    return say(drawn, rate_text(rates, base, decimals))


def hours_chart(rows: pd.DataFrame) -> go.Figure:
    """Hours worked by year as bars: what the rates are divided by. rows: year, hours."""
    drawn = figure(height=210)
    drawn.add_bar(
        x=rows["year"].tolist(),
        y=rows["hours"].tolist(),
        marker_color=SOFT,
        width=0.5,
        text=[words.number(h, 0) for h in rows["hours"]],
        textposition="outside",
        cliponaxis=False,
        hovertemplate="%{x}: %{y:,.0f} hours<extra></extra>",
    )
    drawn.update_xaxes(
        tickangle=0, tickvals=rows["year"].tolist(), range=[rows["year"].min() - 0.5, rows["year"].max() + 0.5]
    )
    top = rows["hours"].max()
    drawn.update_yaxes(title_text="hours worked", tickformat="~s", range=[0, top * 1.2 if top > 0 else 1])
    known = ", ".join(
        f"{r.year} {words.number(r.hours, 0) if r.hours == r.hours else 'not known'}" for r in rows.itertuples()
    )
    return say(drawn, f"Hours worked by year: {known}.")


def rate_text(rates: pd.DataFrame, base: str, decimals: int = 1) -> str:
    """What the chart of rates shows, in words and numbers."""
    said = []
    for name, part in rates.groupby("measure", sort=False):
        known = part[part["value"].notna()]
        if known.empty:
            said.append(f"{name}: no year with a rate.")
            continue
        ends = " and ".join(
            f"{words.number(r.value, decimals)} (interval {words.span(r.low, r.high, decimals)}) in {r.year}"
            for r in known.iloc[[0, -1] if len(known) > 1 else [0]].itertuples()
        )
        gaps = sorted(set(part["year"]) - set(known["year"]))
        said.append(f"{name} {base}: {ends}." + (f" No rate in {words.listed(gaps)}." if gaps else ""))
    return " ".join(said)


def _add_rates(drawn: go.Figure, part: pd.DataFrame, offset: float, index: int, labels: list[tuple[str, str]]) -> None:
    colour, name = SERIES[index % len(SERIES)], part["measure"].iloc[0]
    drawn.add_scatter(
        x=(part["year"] + 0.03 * offset).tolist(),
        y=part["value"].tolist(),
        name=name,
        mode="lines+markers+text",
        text=[text for text, _ in labels],
        textposition=[place for _, place in labels],
        textfont_color=colour,
        cliponaxis=False,
        marker={"color": colour, "size": 9, "symbol": MARKERS[index % len(MARKERS)]},
        line={"color": colour, "width": 2, "dash": DASHES[index % len(DASHES)]},
        error_y=whiskers(part, colour),
        customdata=part[["cases", "hours", "low", "high"]].to_numpy().tolist(),
        hovertemplate=(
            f"{name} %{{y:.2f}} (%{{customdata[2]:.2f}} to %{{customdata[3]:.2f}})<br>"
            "%{customdata[0]:,.0f} in %{customdata[1]:,.0f} h<extra></extra>"
        ),
    )  # fmt: skip


def _labels(rates: pd.DataFrame, measures: list[str], decimals: int) -> dict[str, list[tuple[str, str]]]:
    """The text beside each point and its place: to the right, on the side that the line to the next one does not take.

    Where two measures (nearly) meet, the first speaks for both.
    """
    values = rates.pivot(index="year", columns="measure", values="value").sort_index()[measures]
    near = 0.06 * rates["high"].max()
    labels: dict[str, list[tuple[str, str]]] = {}
    for i, name in enumerate(measures):
        own = values[name].tolist()
        last = max((j for j, v in enumerate(own) if v == v), default=-1)
        labels[name] = []
        for j, (now, after) in enumerate(zip(own, [*own[1:], float("nan")], strict=True)):
            text = "" if now != now else words.number(now, decimals)
            if j == last:
                text = f"<b>{name} {text}</b>"
            met = next((m for m in measures[:i] if text and abs(values[m].iloc[j] - now) < near), None)
            if met:
                said, place = labels[met][j]
                labels[met][j] = (f"{said}<br>{text}" if j == last else said, place)
                text = ""
            side = "bottom" if after >= now > near else "middle" if j == last and now > near else "top"
            labels[name].append((text, f"{side} right"))
    return labels


def _add_fit(drawn: go.Figure, name: str, fit: Floats, colour: str, band: bool) -> None:
    value, low, high = fit.T[1:]
    year = [round(float(y), 2) for y in fit[:, 0]]
    if band:
        drawn.add_scatter(
            x=[*year, *year[::-1]], y=line([*low, *high[::-1]]),
            fill="toself", fillcolor=colour, opacity=0.12,
            line_width=0, mode="lines", hoverinfo="skip", name=f"{name} band",
        )  # fmt: skip
    drawn.add_scatter(
        x=year,
        y=line(value),
        mode="lines",
        line={"color": colour, "width": 1.4, "dash": "dot"},
        hoverinfo="skip",
        name=f"{name} fitted",
    )


def _add_benchmark(
    drawn: go.Figure, part: pd.DataFrame, name: str, index: int, decimals: int, rates: pd.DataFrame
) -> None:
    # The label stands where the line is furthest from any rate.
    near = [(rates.loc[rates["year"].eq(r.year), "value"] - r.value).abs().min() for r in part.itertuples()]
    at = max(range(len(near)), key=lambda i: -1.0 if near[i] != near[i] else near[i])
    labels = [""] * len(part)
    labels[at] = f"{literal(name)} {words.number(part['value'].iloc[at], decimals)}"
    drawn.add_scatter(
        x=part["year"].tolist(), y=part["value"].tolist(), mode="lines+text", name=literal(name),
        text=labels, textposition="top center", textfont_color=BENCHMARK, cliponaxis=False,
        line={"color": BENCHMARK, "width": 1.5, "dash": "dash" if index == 0 else "dashdot"},
        hovertemplate="%{y:.2f}<extra>%{fullData.name}</extra>",
    )  # fmt: skip
