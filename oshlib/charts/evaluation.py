"""Groups before and after a program, and what became of those who were selected: rates by year with intervals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd
import plotly.graph_objects as go

from oshlib import words
from oshlib.charts.style import BENCHMARK, INK, MARKERS, SERIES, SOFT, figure, say, whiskers

_HOVER = (
    "%{fullData.name} %{y:.2f} (%{customdata[2]:.2f} to %{customdata[3]:.2f})<br>"
    "%{customdata[0]:,.0f} in %{customdata[1]:,.0f} h<extra></extra>"
)
_DASHES = ("solid", "dash", "dashdot")
#: Names at the ends of lines stand so far apart, as a part of the highest value drawn: two lines of text.
_APART = 0.12
Line = tuple[str, pd.DataFrame]


def group_chart(lines: Sequence[Line], base: str, base_year: int, decimals: int = 1) -> go.Figure:
    """One line a group, (name, its RATES by year), and where the program began: after the base year.

    A year without a rate is a gap. base: what the rates are per.
    """
    places = ("bottom left", "top left") if _lower(lines, base_year) else ("top left", "bottom left")
    drawn = _rates_chart(lines, base, [({base_year: place}, True) for place in places], decimals)
    years = sorted({int(y) for _, part in lines for y in part["year"]})
    if base_year < years[-1]:
        drawn.add_vline(x=base_year + 0.5, line={"dash": "dash", "width": 1, "color": SOFT})
        drawn.add_annotation(
            x=base_year + 0.5, y=1, yref="paper", yanchor="bottom", text="program", showarrow=False, xanchor="left",
            font_color=SOFT,
        )  # fmt: skip
    counts = [part.set_index("year")["cases"] for _, part in lines]
    drawn.update_layout(margin_b=72)
    drawn.update_xaxes(
        ticktext=["<br>".join([str(y), *(words.number(own.get(y), 0) for own in counts)]) for y in years],
        title_text=f"year, and under it the cases: {', '.join(name for name, _ in lines)}",
    )
    return say(drawn, _text(lines, base, decimals))


def selection_chart(
    lines: Sequence[Line], everybody: Sequence[pd.DataFrame], limit: float, base: str, decimals: int = 1
) -> go.Figure:
    """Rates of the selected from the year of their selection on, the limit, and everybody beside them.

    lines: (name, RATES by year); one that ends before the others is named at its beginning.
    """
    last = max(int(part["year"].max()) for _, part in lines)
    told: list[tuple[Mapping[int, str], bool]] = []
    begun: set[int] = set()  # of lines that begin in one year the first has its values written
    for (_, part), place in zip(lines, ("top right", "bottom left", "bottom left"), strict=False):
        years = [int(y) for y in part["year"]]
        told.append(({} if years[0] in begun else dict.fromkeys(years[:2], place), years[-1] == last))
        begun.add(years[0])
    drawn = _rates_chart(lines, base, told, decimals, everybody)
    for name, part in (one for one, (_, ends) in zip(lines, told, strict=True) if not ends):
        first = part.iloc[0]
        drawn.add_annotation(
            x=float(first["year"]), y=float(first["high"]), yanchor="bottom", showarrow=False, align="left",
            xanchor="left", xshift=-14, text=f"<b>{name.replace('<br>', ' ')}</b>",
            font={"color": SERIES[0], "size": 12},
        )  # fmt: skip
    drawn.add_hline(y=limit, line={"color": BENCHMARK, "width": 1.4, "dash": "dash"})
    drawn.add_annotation(
        x=0, xref="paper", y=limit, text=f"limit {words.number(limit, 1)}", showarrow=False, xanchor="left",
        yanchor="top", font_color=BENCHMARK,
    )  # fmt: skip
    drawn.update_xaxes(title_text="year")
    beside = [("everybody", pd.concat(list(everybody)).drop_duplicates("year"))] if everybody else []
    return say(drawn, f"{_text([*lines, *beside], base, decimals)} Limit {words.number(limit, 1)}.")


def _rates_chart(
    lines: Sequence[Line], base: str, told: Sequence[tuple[Mapping[int, str], bool]], decimals: int,
    everybody: Sequence[pd.DataFrame] = (),
) -> go.Figure:  # fmt: skip
    """The lines; told: for each the years whose value is written, with its place, and whether its end is named."""
    drawn = figure(height=430)
    years = sorted({int(y) for _, part in lines for y in part["year"]})
    for part in everybody:
        drawn.add_scatter(
            x=part["year"].tolist(), y=part["value"].tolist(), mode="lines+markers", name="everybody",
            line={"color": INK, "width": 1.4, "dash": "dot"}, marker={"color": INK, "size": 5},
            customdata=part[["cases", "hours", "low", "high"]].round(2).to_numpy().tolist(), hovertemplate=_HOVER,
            cliponaxis=False,
        )  # fmt: skip
    ends = [("everybody", everybody[-1], INK)] if everybody else []
    for i, ((name, part), (places, named)) in enumerate(zip(lines, told, strict=False)):
        colour = SERIES[i % 3]
        drawn.add_scatter(
            x=(part["year"] + 0.05 * (i - (len(lines) - 1) / 2)).round(3).tolist(), y=part["value"].tolist(),
            mode="lines+markers+text", name=name.replace("<br>", " "),
            text=[words.number(v, decimals) if y in places and v == v else "" for y, v in _points(part)],
            textposition=[places.get(int(y), "top right") for y, _ in _points(part)],
            textfont={"color": colour, "size": 12}, cliponaxis=False,
            marker={"color": colour, "size": 9, "symbol": MARKERS[i % len(MARKERS)]},
            line={"color": colour, "width": 2, "dash": _DASHES[i % len(_DASHES)]}, error_y=whiskers(part, colour),
            customdata=part[["cases", "hours", "low", "high"]].round(2).to_numpy().tolist(), hovertemplate=_HOVER,
        )  # fmt: skip
        if named and part["value"].notna().any():
            ends.append((name, part, colour))
    _name_ends(drawn, ends, max(float(part["high"].max()) for _, part in lines), decimals)
    drawn.update_layout(margin_r=86)
    drawn.update_xaxes(
        tickvals=years,
        ticktext=[str(y) for y in years],
        tickangle=0,
        tickfont_size=11,
        range=[years[0] - 0.45, years[-1] + 0.3],
    )
    drawn.update_yaxes(title_text=f"cases {base} (lower is better)")
    return drawn


def _name_ends(drawn: go.Figure, ends: list[tuple[str, pd.DataFrame, str]], top: float, decimals: int) -> None:
    """Names and last values at the right of their lines, from the highest down, none over another."""
    below = float("inf")
    last = [(part[part["value"].notna()].iloc[-1], name, colour) for name, part, colour in ends]
    for point, name, colour in sorted(last, key=lambda one: -float(one[0]["value"])):
        below = min(float(point["value"]), below - _APART * top)
        apart = ": " if "<br>" in name else "<br>"
        drawn.add_annotation(
            x=float(point["year"]), y=below, text=f"<b>{name}{apart}{words.number(point['value'], decimals)}</b>",
            showarrow=False, xanchor="left", xshift=12, align="left", font={"color": colour, "size": 12},
        )  # fmt: skip


def _points(part: pd.DataFrame) -> list[tuple[int, float]]:
    return list(zip(part["year"], part["value"], strict=True))


def _lower(lines: Sequence[Line], year: int) -> bool:
    """Whether the first line lies below the second in a year."""
    values = [part.set_index("year")["value"].get(year) for _, part in lines]
    return len(values) > 1 and values[0] < values[1]


def _text(lines: Sequence[Line], base: str, decimals: int) -> str:
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
