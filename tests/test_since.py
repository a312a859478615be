"""What changed between two reports: the comparison itself, without a run."""

from __future__ import annotations

import copy
import json
from typing import Any

import nbformat
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from oshlib import index, places, since, words
from oshlib.headline import HEADLINE, RECORD
from oshlib.rates import MEASURES
from oshlib.report import parts

MADE = "2026-11-20 06:00 UTC"


def card(words: str = "Favourable", also: dict[str, str] | None = None, **figures: str) -> dict[str, Any]:
    return {
        "status": {"words": words, "symbol": "▼", "tone": "good"},
        "also": [{"label": k, "words": v, "symbol": "▼", "tone": "good"} for k, v in (also or {}).items()],
        "figures": [[k, v] for k, v in figures.items()],
    }


def report(of: dict[str, Any], **other: Any) -> dict[str, Any]:
    found = {"parameters": {"unit": "A1", "years": 5}, "data_sha256": "aa", "rows_used": 5, "rows_left_out": 0}
    return {"made": MADE, "since": None, "card": of, **found, **other}


def changes(before: dict[str, Any], now: dict[str, Any]) -> list[tuple[str, str, str, str]]:
    found = since.compare(before, now)
    return [(i["what"], i["label"], i["before"], i["now"]) for i in found["items"]] if found else []


texts = st.text(alphabet="abc 0", max_size=3)
cards = st.builds(
    lambda words, also, figures: card(words, also, **figures),
    texts, st.dictionaries(texts.filter(bool), texts, max_size=3), st.dictionaries(texts, texts, max_size=5),
)  # fmt: skip
reports = st.builds(
    report, cards, data_sha256=st.sampled_from(["aa", "bb"]), rows_used=st.integers(0, 2),
    parameters=st.dictionaries(texts, st.one_of(st.none(), st.booleans(), st.integers(0, 2), texts), max_size=3),
)  # fmt: skip


@given(reports)
def test_a_report_differs_from_itself_in_nothing_and_a_first_one_from_nothing(one: dict[str, Any]) -> None:
    assert since.compare(one, copy.deepcopy(one)) is None
    assert since.compare(None, one) is None


@given(reports, reports)
def test_a_second_identical_report_keeps_what_the_first_said(one: dict[str, Any], two: dict[str, Any]) -> None:
    said = since.compare(one, two)
    assert since.compare({**two, "since": said}, two) == said
    assert said == json.loads(json.dumps(said)), "plain JSON"


@given(reports, reports)
def test_both_ways_tell_the_same_story_backwards(one: dict[str, Any], two: dict[str, Any]) -> None:
    back = {"new": "gone", "gone": "new"}
    turned = [(back.get(what, what), label, now, before) for what, label, before, now in changes(two, one)]
    assert sorted(changes(one, two)) == sorted(turned)


@given(reports, reports)
def test_the_figures_before_and_the_changes_give_the_figures_now(one: dict[str, Any], two: dict[str, Any]) -> None:
    figures = dict(one["card"]["figures"])
    for what, label, before, now in changes(one, two):
        if what in ("revised", "changed", "gone"):
            assert figures.pop(label) == before
        if what in ("revised", "changed", "new"):
            figures[label] = now
    assert figures == dict(two["card"]["figures"])
    assert since.revised(since.compare(one, two)) == sum(what == "revised" for what, *_ in changes(one, two))


def test_every_kind_of_change_is_an_item_and_a_clause() -> None:
    before = report(card("Favourable", {"LTCR": "Mixed", "IIR": "Mixed"}, a="1", b="2", c="3"))
    before["parameters"] = {"unit": "A1", "years": 5, "measures": None, "removed": 1}
    now = report(
        card("Unfavourable", {"LTCR": "No direction", "DART": "Mixed"}, b="2.5", c="3.5", d="4"),
        parameters={"unit": "A1", "years": 4, "measures": ["x"], "added": ""}, rows_used=6, data_sha256="bb",
    )  # fmt: skip
    assert changes(before, now) == [
        ("verdict", "", "Favourable", "Unfavourable"),
        ("verdict", "LTCR", "Mixed", "No direction"),
        ("changed", "b", "2", "2.5"),
        ("changed", "c", "3", "3.5"),
        ("new", "d", "–", "4"),
        ("gone", "a", "1", "–"),
        ("parameter", "years", "5", "4"),
        ("parameter", "measures", "null", '["x"]'),
        ("rows", "Rows used", "5", "6"),
    ]
    found = since.compare(before, now)
    assert found is not None
    assert since.sentence(found) == (
        "Against the report of 2026-11-20 06:00 UTC: the verdict changed from “Favourable” to “Unfavourable”; LTCR "
        "changed from “Mixed” to “No direction”; 2 figures have changed, 1 is new, 1 is gone; the parameters years, "
        "measures changed; the number of rows changed."
    )
    assert since.was(found) == {"": "Favourable", "LTCR": "Mixed"}
    text = since.section(found)
    assert text.count("<tr>") == 1 + 7, "what is in quotes in the sentence is not said twice"
    assert '<th scope="row">c</th><td class="t">3</td><td class="t">3.5</td><td class="t">changed</td>' in text
    assert '<caption class="vh">Changes since the report of 2026-11-20 06:00 UTC</caption>' in text


def test_a_data_file_that_changed_without_any_figure_is_said_in_words() -> None:
    before = report(card(a="1"))
    found = since.compare(before, report(card(a="1"), data_sha256="bb"))
    assert found is not None
    words = "the data file changed; of the figures compared none did."
    assert since.sentence(found) == f"Against the report of {MADE}: {words}"
    assert "<table" not in since.section(found)
    assert [what for what, *_ in changes(before, report(card(a="2"), data_sha256="bb"))] == ["revised"]


def test_of_figures_that_a_report_does_not_list_nothing_is_claimed() -> None:
    bare = {k: v for k, v in card().items() if k != "figures"}
    for then, now in ((bare, card(a="1")), (card(a="1"), bare), (bare, bare)):
        found = since.compare(report(then), report(now, data_sha256="bb"))
        assert found is not None
        assert since.sentence(found) == f"Against the report of {MADE}: the data file changed."


def test_a_data_file_that_changed_elsewhere_takes_nothing_from_what_was_said_before() -> None:
    said = since.compare(report(card(a="1")), report(card(a="2"), data_sha256="bb"))
    later = report(card(a="2"), data_sha256="bb", since=said)
    assert since.compare(later, report(card(a="2"), data_sha256="cc")) == said
    once = since.compare(report(card()), report(card(), data_sha256="bb"))
    again = since.compare(report(card(), made="later", since=once, data_sha256="bb"), report(card(), data_sha256="cc"))
    assert again is not None
    assert again["made"] == "later", "a change of the file alone gives way to a newer one"


def test_who_signs_changes_nothing() -> None:
    signed = {"unit": "A1", "years": 5, "prepared_by": "Ann", "reviewed_by": "Bo"}
    blank = {**signed, "prepared_by": "", "reviewed_by": ""}
    assert since.compare(report(card(a="1"), parameters=blank), report(card(a="1"), parameters=signed)) is None
    now = report(card(a="2"), parameters=signed)
    assert changes(report(card(a="1"), parameters=blank), now) == [("revised", "a", "1", "2")]


def test_a_verdict_is_compared_with_that_on_the_same_measure() -> None:
    def of(name: str, one: dict[str, Any]) -> dict[str, Any]:
        return {**one, "status": {**one["status"], "of": name}}

    then = of("TCR", card("Mixed", {"LTCR": "Favourable"}))
    assert changes(report(then), report(of("LTCR", card("Favourable", {"TCR": "Mixed"})))) == []
    assert changes(report(then), report(of("LTCR", card("Level", {"TCR": "Mixed"})))) == [
        ("verdict", "LTCR", "Favourable", "Level")
    ]
    assert changes(report(then), report(of("TCR", card("Level")))) == [("verdict", "", "Mixed", "Level")]
    assert changes(report(then), report(of("DART", card("Level")))) == [], "another measure, no change"
    assert changes(report(card("Mixed")), report(then)) == [], "an earlier version did not name it"


def test_figures_of_other_parameters_are_changed_and_only_those_of_other_counts_revised() -> None:
    before = report(card(a="5.0 (5 cases in 200,000 h)", b="−4% (−9% to +1%)", c="5.0 (5 cases in 200,000 h)"))
    now = card(a="5.00 (5 cases in 200,000 h)", b="−4% (−8% to +0%)", c="6.0 (6 cases in 200,000 h)")
    both = [("changed", "a"), ("changed", "b"), ("revised", "c")]
    asked = report(now, parameters={"unit": "A1", "years": 5, "confidence": 0.9})
    before["parameters"]["confidence"] = 0.95
    found = since.compare(before, asked)
    assert found is not None
    assert [(i["what"], i["label"]) for i in found["items"]][:3] == both
    assert "1 figure was revised, 2 have changed;" in since.sentence(found)
    assert [what for what, *_ in changes(report(before["card"]), report(now))] == ["revised"] * 3


def test_cases_that_go_to_another_unit_change_the_fingerprint() -> None:
    units = pd.DataFrame({"unit_id": ["A", "B"], "cases": [1.0, 2.0], "hours": [5e5, float("nan")]})
    assert parts.fingerprint(units) == parts.fingerprint(units[::-1])
    assert parts.fingerprint(units) != parts.fingerprint(units.assign(cases=[2.0, 1.0]))


def test_a_report_of_an_earlier_version_without_figures_is_compared_by_its_verdict() -> None:
    old = report({k: v for k, v in card("Mixed").items() if k != "figures"})
    del old["made"], old["since"]
    assert changes(old, report(card("Mixed", a="1"))) == []
    found = since.compare(old, report(card("Favourable", a="1")))
    assert found is not None
    assert since.sentence(found) == "Against the report before: the verdict changed from “Mixed” to “Favourable”."


def test_what_stands_in_a_figure_is_escaped() -> None:
    found = since.compare(report(card("<b>", a="1")), report(card("<i>", a="<script>")))
    assert found is not None
    assert not {"<b>", "<i>", "<script>"} & set(since.section(found).replace("><", "> <").split())
    assert "&lt;script&gt;" in since.section(found)


def entry(name: str, **other: Any) -> dict[str, Any]:
    blank = {"notebook": "n", "name": name, "unit": name, "unit_id": name, "status": "ok", "html": None, "error": None}
    return {**blank, "stale": False, "vanished": False, "good": None, "parameters": {}, **other}


def test_a_stale_report_is_compared_by_its_last_good_one(tmp_path: Any) -> None:
    (tmp_path / "a.html").touch()
    good = entry("a", html="a.html", **report(card(a="1")))
    failed = entry("a", status="failed", made=None, card=None, since=None, data_sha256=None)
    (once,) = index.merge([good], [copy.deepcopy(failed)], tmp_path)
    (twice,) = index.merge([once], [copy.deepcopy(failed)], tmp_path)
    assert (twice["stale"], twice["made"], twice["card"]) == (True, MADE, good["card"])
    assert since.last_good(twice) == since.last_good(good) == report(card(a="1"))
    assert since.last_good(failed) is None
    assert since.last_good(None) is None


def test_only_what_was_read_is_marked_as_vanished(tmp_path: Any) -> None:
    data, other = (str(tmp_path / name) for name in ("units.csv", "other.csv"))
    (tmp_path / "units.csv").touch()
    entries = [
        entry("here", parameters={"data": data}, vanished=True),
        entry("gone", parameters={"data": str(tmp_path / "x" / ".." / "units.csv")}),
        entry("elsewhere", parameters={"data": other}),
        entry("before", parameters={"data": other}, vanished=True),
        entry("refused", good={"parameters": {"data": data}}),
        entry("", parameters={"data": data}),
    ]
    (tmp_path / "x").mkdir()
    marked = index.mark_vanished(entries, {data: frozenset({"here"})})
    assert {e["name"]: e["vanished"] for e in marked} == {
        "here": False, "gone": True, "elsewhere": False, "before": True, "refused": True, "": False,
    }  # fmt: skip


def test_a_file_is_known_by_its_place_from_whatever_folder_a_run_starts(tmp_path: Any, monkeypatch: Any) -> None:
    data = tmp_path / "units.csv"
    data.touch()
    (tmp_path / "sub").mkdir()
    there = entry("there", parameters={"data": "units.csv"}, data_place=index.place_of(data))
    (tmp_path / "sub" / "units.csv").touch()
    monkeypatch.chdir(tmp_path / "sub")
    other = str(tmp_path / "sub" / "units.csv")
    marked = index.mark_vanished([there], {other: frozenset({"else"})})
    assert [e["vanished"] for e in marked] == [False], "another file under the same relative path"
    marked = index.mark_vanished([there], {str(data): frozenset({"else"})})
    assert [e["vanished"] for e in marked] == [True]
    assert str(tmp_path) not in json.dumps(marked), "no path of the machine is published"


def committed(name: str) -> tuple[dict[str, str], dict[str, Any]]:
    """Figures and headline of a notebook as committed; that they are up to date is nbval's to say."""
    nb = nbformat.read(places.ROOT / "notebooks" / f"{name}.ipynb", 4)
    data = nb.cells[-1].outputs[0].data
    figures = data[RECORD]["card"]["figures"]
    assert len(dict(figures)) == len(figures), "no two figures under one label"
    return dict(figures), data[HEADLINE]


def test_every_year_of_a_trend_shows_its_count_and_hours_whole() -> None:
    figures, headline = committed("five_year_trend")
    for name, m in headline["measures"].items():
        for year, n, h, value in zip(*(m[k] for k in ("year", "cases", "hours", "value")), strict=True):
            assert figures[f"{name} {year}"] == f"{words.number(value)} ({n} cases in {h:,} h)"
    assert figures["TCR, change a year 2020–2024"] == "−4.3% (−15.3% to +8.0%)"
    assert len(figures) == 2 * (5 + 1)


def test_every_goal_says_whether_it_was_met() -> None:
    figures, headline = committed("goal_attainment")
    for name, m in headline["measures"].items():
        for year, goal, met in zip(*(m[k] for k in ("year", "goal", "met")), strict=True):
            assert figures[f"{name} {year} goal"] == f"{goal:.2f}, {'met' if met else 'missed'}"
    assert len(figures) == 2 * (5 + 5)


def test_a_benchmark_gives_standard_target_reduction_and_every_test() -> None:
    figures, headline = committed("tcir_benchmark")
    last = list(figures)[-6:]
    assert [label.rpartition(" ")[0].partition(":")[0] for label in last] == [
        "TCIR, standard", "TCIR, target", "TCIR, reduction", "Entry", "Goal", "Removal",
    ]  # fmt: skip
    assert [float(figures[label]) for label in last[:2]] == [round(headline[k], 4) for k in ("standard", "target")]
    assert figures[last[3]] == headline["entry_test"]
    assert figures[last[5]] == headline["removal_test"]


def test_a_portfolio_names_every_unit_outside() -> None:
    figures, headline = committed("portfolio")
    outside = headline["outside_limits"]["0.998"]
    assert sum(label.startswith("TCR, outside 99.8%: ") for label in figures) == len(outside) > 0
    for unit_id in outside:
        assert any(label.endswith(f"({unit_id})") for label in figures)
    up, down = (list(figures.values()).count(side) for side in ("above", "below"))
    assert figures["TCR, outside 99.8% 2020–2024"] == f"{up} above, {down} below"
    assert figures["TCR, centre 2020–2024"] == f"{headline['mean']:.4f}"


def test_what_no_rate_can_be_made_of_is_said_so_and_a_part_year_bears_its_months() -> None:
    own = pd.DataFrame(
        {"year": [2020, 2021, 2022], "cases": [1.0, 2.0, 3.0], "hours": [1000 / 3, float("nan"), 5000.0],
         "value": [600.0, float("nan"), 120.0], "months": [12.0, 12.0, 6.0]}
    )  # fmt: skip
    assert parts.rate_figures(MEASURES["TCR"], own, 1) == [
        ["TCR 2020", "600.0 (1 case in 333.333333 h)"],
        ["TCR 2021", "no rate"],
        ["TCR 2022", "120.0 (3 cases in 5,000 h, 6 months)"],
    ]
    assert parts.counted(MEASURES["SEVERITY"], 1, 2000) == "1 day in 2,000 h"
