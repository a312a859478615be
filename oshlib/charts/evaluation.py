"""Groups before and after a program, and what became of those who were selected: rates by year with intervals."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import plotly.graph_objects as go

from oshlib import words
from oshlib.charts.style import BENCHMARK, INK, SERIES, SOFT, figure, say, whiskers

_HOVER = (
    "%{fullData.name} %{y:.2f} (%{customdata[2]:.2f} to %{customdata[3]:.2f})<br>"
    "%{customdata[0]:,.0f} in %{customdata[1]:,.0f} h<extra></extra>"
)
_MARKS = ("circle", "square", "diamond", "triangle-up", "x")
_DASHES = ("solid", "dash", "dashdot", "longdash", "dot")


def group_chart(lines: Sequence[tuple[str, pd.DataFrame]], base: str, base_year: int, decimals: int = 1) -> go.Figure:
    """One line a group, (name, its RATES by year), and where the program began: after the base year.

    A year without a rate is a gap. base: what the rates are per.
    """
    drawn = _rates_chart(lines, base, decimals)
    years = sorted({int(y) for _, part in lines for y in part["year"]})
    if base_year < years[-1]:
        drawn.add_vline(x=base_year + 0.5, line={"dash": "dash", "width": 1, "color": SOFT})
        drawn.add_annotation(
            x=base_year + 0.5, y=1, yref="paper", yanchor="bottom", text="program", showarrow=False, xanchor="left",
            font_color=SOFT,
        )  # fmt: skip
    counts = [part.set_index("year")["cases"] for _, part in lines]
    drawn.update_xaxes(
        ticktext=[f"{y}<br>{' · '.join(words.number(own.get(y), 0) for own in counts)}" for y in years],
        title_text=f"year, and under it the cases: {' · '.join(name for name, _ in lines)}",
    )
    return say(drawn, _text(lines, base, decimals))


def selection_chart(
    lines: Sequence[tuple[str, pd.DataFrame]], everybody: Sequence[pd.DataFrame], limit: float, base: str,
    decimals: int = 1,
) -> go.Figure:  # fmt: skip
    """Rates of selected groups from the year of their selection on, the limit, and everybody beside them."""
    drawn = _rates_chart(lines, base, decimals)
    for part in everybody:
        drawn.add_scatter(
            x=part["year"].tolist(), y=part["value"].tolist(), mode="lines+markers", name="everybody",
            line={"color": INK, "width": 1.4, "dash": "dot"}, marker={"color": INK, "size": 5},
            customdata=part[["cases", "hours", "low", "high"]].to_numpy().tolist(), hovertemplate=_HOVER,
            cliponaxis=False,
        )  # fmt: skip
    if everybody:
        last = everybody[-1].iloc[-1]
        _name(
            drawn,
            float(last["year"]),
            float(last["value"]),
            f"everybody<br>{words.number(last['value'], decimals)}",
            INK,
        )
    drawn.add_hline(y=limit, line={"color": BENCHMARK, "width": 1.4, "dash": "dash"})
    drawn.add_annotation(
        x=0, xref="paper", y=limit, text=f"limit {words.number(limit, 1)}", showarrow=False, xanchor="left",
        yanchor="bottom", font_color=BENCHMARK,
    )  # fmt: skip
    drawn.update_xaxes(title_text="year")
    beside = [("everybody", pd.concat(list(everybody)).drop_duplicates("year"))] if everybody else []
    return say(drawn, f"{_text([*lines, *beside], base, decimals)} Limit {words.number(limit, 1)}.")


def _rates_chart(lines: Sequence[tuple[str, pd.DataFrame]], base: str, decimals: int) -> go.Figure:
    drawn = figure(height=420)
    every = pd.concat([part for _, part in lines])
    years = sorted({int(y) for y in every["year"]})
    top = every.groupby("year")["value"].max()
    ends = [float(part["value"].dropna().iloc[-1]) if part["value"].notna().any() else 0.0 for _, part in lines]
    near = 0.09 * float(every["high"].max())
    for i, (name, part) in enumerate(lines):
        colour = SERIES[i % 3]
        points = list(zip(part["year"], part["value"], strict=True))
        drawn.add_scatter(
            x=(part["year"] + 0.05 * (i - (len(lines) - 1) / 2)).round(3).tolist(), y=part["value"].tolist(),
            mode="lines+markers+text", name=name.replace("<br>", " "),
            text=["" if v != v or y == years[-1] else words.number(v, decimals) for y, v in points],
            textposition=[("top" if v == top[y] else "bottom") + " right" for y, v in points],
            textfont={"color": colour, "size": 11.5}, cliponaxis=False,
            marker={"color": colour, "size": 9, "symbol": _MARKS[i % len(_MARKS)]},
            line={"color": colour, "width": 2, "dash": _DASHES[i % len(_DASHES)]}, error_y=whiskers(part, colour),
            customdata=part[["cases", "hours", "low", "high"]].to_numpy().tolist(), hovertemplate=_HOVER,
        )  # fmt: skip
    placed: list[float] = []
    for i in sorted(range(len(lines)), key=lambda k: -ends[k]):  # names from the highest down, none over another
        name, part = lines[i]
        known = part[part["value"].notna()]
        if known.empty:
            continue
        at = min([ends[i], *(p - near for p in placed[-1:])])
        placed.append(at)
        year = float(known["year"].iloc[-1])
        _name(drawn, year, at, f"{name}<br>{words.number(ends[i], decimals)}", SERIES[i % 3])
    drawn.update_layout(margin_r=104)
    drawn.update_xaxes(
        tickvals=years, ticktext=[str(y) for y in years], tickangle=0, range=[years[0] - 0.35, years[-1] + 0.3]
    )
    drawn.update_yaxes(title_text=f"cases {base} (lower is better)")
    return drawn


def _name(drawn: go.Figure, x: float, y: float, text: str, colour: str) -> None:
    drawn.add_annotation(
        x=x, y=y, text=f"<b>{text}</b>", showarrow=False, xanchor="left", xshift=12, align="left",
        font={"color": colour, "size": 12},
    )  # fmt: skip


def _text(lines: Sequence[tuple[str, pd.DataFrame]], base: str, decimals: int) -> str:
    said = []
    for name, part in lines:
        known = part[part["value"].notna()]
        if known.empty:
            continue
        ends = [known.iloc[0], *([known.iloc[-1]] if len(known) > 1 else [])]
        rates = " and ".join(
            f"{words.number(r['value'], decimals)} (interval {words.span(r['low'], r['high'], decimals)}) "
            f"in {r['year']}"
            for r in ends
        )
        said.append(f"{name.replace('<br>', ' ')}: {rates}.")
    return f"Rates {base}. {' '.join(said)}"
