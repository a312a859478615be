"""All participants together by year, beside their industry, and the kinds of their cases."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import wrap

import pandas as pd
import plotly.graph_objects as go

from oshlib import words
from oshlib.charts.style import BENCHMARK, DASHES, INK, MARKERS, SERIES, figure, say, whiskers

#: Names at the ends of lines stand so far apart, as a part of the highest value drawn.
_APART = 0.12
#: Characters of a line at the end of a line.
_WIDTH = 15
_COLOURS = (*SERIES[:3], INK, BENCHMARK)


def combined_chart(rows: pd.DataFrame, beside: pd.DataFrame, name: str, base: str, decimals: int = 1) -> go.Figure:
    """The combined rate with its intervals by year, the cases under the years, and the benchmark's years beside it.

    rows: year, cases, hours, value, low, high; a year that is hidden is a gap. beside: year, value; may be empty. name:
    of the benchmark.
    """
    drawn, (colour, other) = figure(height=400), (SERIES[0], BENCHMARK)
    if len(beside):
        drawn.add_scatter(
            x=beside["year"].tolist(), y=beside["value"].tolist(), mode="lines+markers", name=name,
            line={"color": other, "width": 1.6, "dash": "dash"}, marker={"color": other, "size": 6, "symbol": "square"},
            hovertemplate="%{fullData.name} %{y:.2f}<extra></extra>", cliponaxis=False,
        )  # fmt: skip
    drawn.add_scatter(
        x=rows["year"].tolist(), y=rows["value"].tolist(), mode="lines+markers+text", name="participants",
        text=[words.number(v, decimals) if v == v else "" for v in rows["value"]], textposition="top right",
        textfont={"color": colour, "size": 12}, line={"color": colour, "width": 2}, cliponaxis=False,
        marker={"color": colour, "size": 9}, error_y=whiskers(rows, colour),
        customdata=rows[["cases", "hours", "low", "high"]].round(2).to_numpy().tolist(),
        hovertemplate="%{y:.2f} (%{customdata[2]:.2f} to %{customdata[3]:.2f})<br>%{customdata[0]:,.0f} in "
                      "%{customdata[1]:,.0f} h<extra></extra>",
    )  # fmt: skip
    ends = [("participants", rows, colour), *([(name, beside, other)] if len(beside) else [])]
    _name_ends(drawn, ends)
    years = [int(y) for y in rows["year"]]
    _years(drawn, years, [f"{y}<br>{words.number(n, 0)}" for y, n in zip(years, rows["cases"], strict=True)])
    drawn.update_xaxes(title_text="year, and under it the cases")
    drawn.update_yaxes(title_text=f"cases {base} (lower is better)")
    return say(drawn, _rates_text(rows, beside, name, base, decimals))


def kinds_chart(lines: Sequence[tuple[str, pd.DataFrame]]) -> go.Figure:
    """One line a kind of case, (name, table of year and value); what is not shown is a gap, and said in the table."""
    drawn = figure(height=400)
    for i, (name, part) in enumerate(lines):
        colour = _COLOURS[i % len(_COLOURS)]
        drawn.add_scatter(
            x=part["year"].tolist(), y=part["value"].tolist(), mode="lines+markers", name=name,
            line={"color": colour, "width": 2, "dash": DASHES[i % len(DASHES)]}, cliponaxis=False,
            marker={"color": colour, "size": 8, "symbol": MARKERS[i % len(MARKERS)]},
            hovertemplate="%{fullData.name}: %{y:,.0f} cases in %{x}<extra></extra>",
        )  # fmt: skip
    _name_ends(drawn, [(n, p, _COLOURS[i % len(_COLOURS)]) for i, (n, p) in enumerate(lines)], 0, valued=True)
    years = sorted({int(y) for _, part in lines for y in part["year"]})
    _years(drawn, years, [str(y) for y in years])
    drawn.update_yaxes(title_text="cases (lower is better)")
    text = " ".join(f"{n}: {', '.join(_point(r, 0) for r in p.itertuples())}." for n, p in lines)
    return say(drawn, f"Cases by kind and year. {text}")


def _point(row: object, decimals: int) -> str:
    year, value = getattr(row, "year", ""), getattr(row, "value", None)
    return f"{'not shown' if words.missing(value) else words.number(value, decimals)} in {year}"


def _years(drawn: go.Figure, years: list[int], texts: list[str]) -> None:
    drawn.update_xaxes(tickvals=years, ticktext=texts, tickangle=0, range=[years[0] - 0.35, years[-1] + 0.35])


def _name_ends(
    drawn: go.Figure, ends: Sequence[tuple[str, pd.DataFrame, str]], decimals: int = 1, valued: bool = False
) -> None:
    """Names (and last values) at the right of their lines, from the highest down, none over another.

    valued: with their last values.
    """
    known = [(name, part[part["value"].notna()], colour) for name, part, colour in ends]
    last = [(part.iloc[-1], name, colour) for name, part, colour in known if len(part)]
    top = max((float(point["value"]) for point, _, _ in last), default=0.0)
    under = float("inf")
    for point, name, colour in sorted(last, key=lambda one: -float(one[0]["value"])):
        under = min(float(point["value"]), under - _APART * top)
        text = f"{name} {words.number(point['value'], decimals)}" if valued else name
        drawn.add_annotation(
            x=1, xref="paper", y=under, text=f"<b>{'<br>'.join(wrap(text, _WIDTH))}</b>", showarrow=False,
            xanchor="left", xshift=4, align="left", font={"color": colour, "size": 11},
        )  # fmt: skip
    drawn.update_layout(margin_r=112)


def _rates_text(rows: pd.DataFrame, beside: pd.DataFrame, name: str, base: str, decimals: int) -> str:
    said = ", ".join(
        f"{words.number(r.value, decimals)} (interval {words.span(r.low, r.high, decimals)}) in {r.year}"
        if r.value == r.value else f"not shown in {r.year}"
        for r in rows.itertuples()
    )  # fmt: skip
    other = f" {name}: {', '.join(_point(r, decimals) for r in beside.itertuples())}." if len(beside) else ""
    return f"Rates of all participants together, {base}: {said}.{other}"
