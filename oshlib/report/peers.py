"""A unit among its peers: regression to the mean, and its place among the percentiles of its industry and size."""

from __future__ import annotations

from typing import Any

import pandas as pd

from oshlib import charts, markup, words
from oshlib.benchmarks import LEAST_UNITS, place
from oshlib.markup import Html
from oshlib.report.parts import unrounded
from oshlib.study.benchmark import BenchmarkStudy


def peer_text(b: BenchmarkStudy) -> Html:
    """Regression to the mean, and the place among companies of its industry and size."""
    said = [_shrunk(b)]
    if b.group is not None and b.year.value == b.year.value:
        g, name = b.group, b.measure.id
        low, high = place(b.year.value, g["points"], g["quantiles"])
        size = "all sizes" if g["band"] == "all" else f"{g['band']} employees"
        of = f"{words.number(g['n'], 0)} companies of industry {g['naics']} ({size})"
        stands = f"{name} stands {_between(low, high)} of" if b.year.cases else f"No case is the lowest {name} among"
        said.append(
            f"{stands} {of}." + (f" {words.part(g['zero'])} of them had no case." if g["zero"] == g["zero"] else "")
        )
    return markup.paragraphs(*said)


def place_figure(b: BenchmarkStudy) -> Any:
    """The strip of percentiles; a sentence where none were given."""
    if b.group is None or b.year.value != b.year.value:
        return markup.paragraphs("No percentiles of the industry and size were given, or none fits.")
    y = b.year
    return charts.place_chart(b.group, b.measure.id, y.value, y.low, y.high, b.subject.decimals)


def place_table(b: BenchmarkStudy) -> Html:
    """The numbers of the strip."""
    if b.group is None or b.year.value != b.year.value:
        return Html("")
    y, none = b.year, float("nan")
    places = [
        (f"{p}th percentile", q, none, none) for p, q in zip(b.group["points"], b.group["quantiles"], strict=True)
    ]
    places = sorted([*places, (b.subject.name, y.value, y.low, y.high)], key=lambda place: place[1])
    rows = [[name, words.number(v, 2), words.span(low, high, 2)] for name, v, low, high in places]
    plain = pd.DataFrame(places, columns=["place", "value", "low", "high"]).assign(measure=b.measure.id, per=y.per)
    header = ["Place", b.measure.id, f"{words.share(b.confidence)} interval"]
    return markup.table(header, rows, "Among the percentiles of the industry and size", export=unrounded(plain))


def _between(low: float, high: float) -> str:
    if low == high:
        return f"at the {low}th percentile"
    if low == 0 or high == 100:
        return f"below the {high}th percentile" if low == 0 else f"above the {low}th percentile"
    return f"between the {low}th and the {high}th percentile"


def _shrunk(b: BenchmarkStudy) -> str:
    s = b.shrunk
    if s is None:
        return (
            f"Regression to the mean: fewer than {LEAST_UNITS} units of the file can be used, so no reading is given."
        )
    if s.weight == 0:
        return (
            f"Regression to the mean: the {s.units} units differ by no more than chance, so the best guess for any of "
            f"them is their mean, {words.number(s.mean, 2)}."
        )
    return (
        f"Regression to the mean: if the true rates of the {s.units} units of this file (same year and industry) "
        f"follow a gamma distribution, this unit's is most likely near {words.number(s.value, 2)} "
        f"({words.span(s.low, s.high, 2)}), drawn towards their mean of {words.number(s.mean, 2)}; the chance that it "
        f"is at or below the target is {words.odds(s.below)} ({words.part(s.below)})."
    )
