"""What a reader is told: the verdict in words, the cautions, the charts' own text, the small pieces of HTML."""

from __future__ import annotations

import json
import re

import numpy as np
import pandas as pd
import pytest

from oshlib import charts, markup, study, words
from oshlib.errors import OshError
from oshlib.index import TONES, _picture
from oshlib.report import trend as report
from oshlib.trends import trend

YEARS = [2019, 2020, 2021, 2022, 2023]


def say(cases: list[float], hours: float = 1_000_000, ends: tuple[float | None, float | None] = (6.0, 4.0)) -> str:
    t = trend(YEARS, cases, [hours] * 5)
    return words.sentence(t, "TCR", "per 100 full-time workers", "recordable cases", ends, "2021 is missing", 1)


def test_the_sentence_gives_number_comparison_and_uncertainty() -> None:
    # Counts, change and p as in the specification's worked trend A (p 0.1565 by R).
    assert say([30, 27, 25, 24, 20]) == (
        "TCR fell from 6.0 to 4.0 per 100 full-time workers (average −8.8% a year, −19.6% to +3.5%). "
        "With 126 recordable cases in five years that is not clearly beyond chance: "
        "luck alone draws a line as steep about once in six (p = 0.16)."
    )


@pytest.mark.parametrize(
    ("cases", "verdict"),
    [
        ([300, 270, 250, 240, 200], ("Favourable, beyond chance", "▼", "good")),
        ([30, 27, 25, 24, 20], ("Favourable direction, not beyond chance", "▽", "ok")),
        ([20, 24, 25, 27, 30], ("Unfavourable direction, not beyond chance", "△", "poor")),
        ([200, 240, 250, 270, 300], ("Unfavourable, beyond chance", "▲", "bad")),
        ([20, 8, 14, 18, 19], ("Mixed: the rules disagree", "◆", "mix")),
        ([0, 0, 1, 0, 0], ("No direction", "■", "flat")),
        ([0, 0, 0, 0, 0], ("Sustained at zero", "●", "good")),
        ([1, np.nan, 1, 1, 1], ("Not determinable", "○", "na")),
    ],
)
def test_each_verdict_has_its_word_its_shape_and_a_tone_that_the_index_knows(
    cases: list[float], verdict: tuple[str, str, str]
) -> None:
    assert words.verdict(trend(YEARS, cases, [1e6] * 5)) == verdict
    assert verdict[2] in TONES


def test_special_series_have_sentences_of_their_own() -> None:
    assert say([0] * 5) == "TCR: no recordable case in five years."
    assert say([1, np.nan, 1, 1, 1]) == "The trend of TCR is not determinable: 2021 is missing."
    assert "all cases stand in the first year, so the fitted slope has no finite value" in say([3, 0, 0, 0, 0])
    mixed = say([20, 8, 14, 18, 19])
    assert "Fitted slope, least squares and Kendall S say up; last against first says down. The trend is mixed" in mixed
    assert "1 recordable case in five years" in say([1, 0, 0, 0, 0])


def test_what_could_have_been_shown_is_said_or_that_nothing_could() -> None:
    assert words.detectable(trend(YEARS, [30, 27, 25, 24, 20], [1e6] * 5)).startswith(
        "Counts of this size show a fall of 16% a year or more"
    )
    assert words.detectable(trend(YEARS, [1, 0, 0, 0, 0], [1e6] * 5)).startswith("So few cases")
    assert words.detectable(trend(YEARS, [0] * 5, [1e6] * 5)) == ""


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [
        (4.25, 1, "4.3"),
        (6.95, 1, "7.0"),
        (-0.04, 1, "0.0"),
        (1234567, 0, "1,234,567"),
        (float("nan"), 1, "–"),
        (np.inf, 1, "–"),
    ],
)
def test_numbers_are_rounded_half_up(value: float, decimals: int, text: str) -> None:
    assert words.number(value, decimals) == text


def example() -> study.Study:
    return study.study(study.load("data/example/ready_mix.csv", "RM-01"))


def test_the_numbers_in_the_chart_are_the_numbers_of_the_table() -> None:
    found = example()
    figure = report.trend_figure(found)
    for name in ("TCR", "LTCR"):
        trace = next(t for t in figure.data if t.name == name)
        own = found.rate(name)
        assert list(trace.y) == own["value"].tolist()
        assert np.allclose(np.add(trace.y, trace.error_y.array), own["high"])
        assert np.allclose(np.subtract(trace.y, trace.error_y.arrayminus), own["low"])
        assert [row[0] for row in trace.customdata] == own["cases"].tolist()
    assert figure.layout.yaxis.rangemode == "tozero"
    assert "lower is better" in figure.layout.yaxis.title.text
    table = report.year_table(found)
    assert words.number(found.rate("TCR")["value"].iloc[0]) in table
    saved = json.loads(re.search(r'<script type="application/json">(.*)</script>', table)[1])
    assert saved["header"] == ["unit", "year", "measure", "cases", "hours", "per", "value", "low", "high"]
    assert saved["rows"][0][6] == found.rate("TCR")["value"].iloc[0], "the export is not rounded"


def test_a_missing_year_is_a_gap_in_the_chart_and_in_its_text() -> None:
    found = study.study(study.load("data/example/plants.csv", "PL-01"))
    trace = next(t for t in report.trend_figure(found).data if t.name == "TCR")
    assert trace.y[2] != trace.y[2]
    assert trace.connectgaps is None
    assert "No rate in 2022." in charts.rate_text(found.rates, "per 100 full-time workers")


def test_measures_of_different_bases_never_share_an_axis() -> None:
    found = study.study(study.load("data/example/ready_mix.csv", "RM-01"), ["TCR", "LTIFR"])
    with pytest.raises(OshError, match="per 100 full-time workers and per million hours cannot share one axis"):
        report.trend_figure(found)


def test_a_benchmark_is_joined_by_name_and_year_never_by_order(tmp_path) -> None:
    file = tmp_path / "b.csv"
    table = pd.read_csv("data/example/benchmark.csv").sample(frac=1, random_state=1)
    table.to_csv(file, index=False)
    found = study.study(
        study.load("data/example/ready_mix.csv", "RM-01"), benchmark=str(file), benchmark_key="ready-mix"
    )
    lines = found.benchmark.set_index(["measure", "year"])["value"]
    assert lines["TCR", 2020] == 5.6
    assert lines["LTCR", 2024] == 1.9
    with pytest.raises(OshError, match=r"benchmark_key: found 'steel', expected one of ready-mix$"):
        study.study(found.subject, benchmark=str(file), benchmark_key="steel")


def test_text_is_escaped_in_the_table_and_in_its_export() -> None:
    table = markup.table(["<a>"], [["<b>", "&"]], "<c>", export=(["x"], [["</script>"], ["−1"], [-3.5], [None]]))
    assert "<b>" not in table
    assert "&lt;b&gt;" in table
    assert table.count("</script>") == 1
    saved = re.search(r'<script type="application/json">(.*)</script>', table)[1]
    assert json.loads(saved) == {"header": ["x"], "rows": [["</script>"], ["−1"], [-3.5], [None]]}
    assert "<i>" not in markup.chip("<i>", "<i>", "bad")


def test_a_small_picture_shows_gaps_and_lone_years() -> None:
    assert _picture({"label": "x", "values": [None, None]}) is None
    picture = _picture({"label": "x", "values": [2, None, 1, 0.5]})
    assert picture["lines"] == ["65.3,14.0 96.0,19.0"]
    assert picture["dots"][0] == (4.0, 4.0)


def test_a_chart_of_one_year_says_its_rate_once() -> None:
    one = pd.DataFrame(
        {"measure": "TCR", "year": [2021, 2022], "value": [None, 5.0], "low": [None, 1.6], "high": [None, 11.7]}
    )
    said = charts.rate_text(one, "per 100 full-time workers")
    assert said == "TCR per 100 full-time workers: 5.0 (interval 1.6 to 11.7) in 2022. No rate in 2021."
