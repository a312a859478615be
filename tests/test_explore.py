"""The explorer without a browser: the same answers as the reports, what-if, and the parameter file that it writes."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oshlib import draft, explore, parameters, places
from oshlib.charts import live
from oshlib.errors import OshError
from oshlib.report.desk import PANELS, Choice, panel
from tests.conftest import run

READY_MIX = "data/example/ready_mix.csv"
#: By notebook, the question that it answers, and the parameter that names its measure.
ANSWERED = {"five_year_trend": "trend", "goal_attainment": "goal", "tcir_benchmark": "benchmark"}


def desk(**chosen: Any) -> explore.Desk:
    return explore.desk("RM-01", READY_MIX, goals="data/example/goals.csv", **chosen)


def test_every_example_report_has_the_same_verdict_at_the_desk(index: list[dict[str, Any]]) -> None:
    fields = set(Choice.__dataclass_fields__)
    mine = [e for e in index if e["notebook"] in ANSWERED]
    assert len(mine) >= 25
    for entry in mine:
        given = {k: v for k, v in entry["parameters"].items() if k in fields}
        name = entry["parameters"].get("measures", ["TCIR"])[0]
        choice = Choice(units=(entry["unit_id"],), measure=name, **given)
        found = panel(ANSWERED[entry["notebook"]], choice)
        assert found.status == tuple(entry["card"]["status"][k] for k in ("words", "symbol", "tone")), entry["name"]
        if entry["notebook"] != "goal_attainment":
            own = [f for f in entry["headline"]["flags"] if "LTCR" not in f["text"]]
            assert [f for f in own if f["code"] in ("SMALL_N", "ZERO") and name in f["text"]] == [
                f for f in found.flags if f["code"] in ("SMALL_N", "ZERO") and name in f["text"]
            ]


def test_the_sentence_at_the_desk_is_that_of_the_page(reports: Path, index: list[dict[str, Any]]) -> None:
    entry = next(e for e in index if e["name"].startswith("five_year_trend/cedar"))
    said = panel("trend", Choice(READY_MIX, ("RM-01",))).sentence
    assert f'<p class="say">{said}</p>' in (reports / entry["html"]).read_text(encoding="utf-8")


def test_a_slider_moves_the_counts_the_sentence_and_the_chart() -> None:
    d = desk()
    d._controls["cases"].value = 2
    shown = d._figures["trend"]
    rate = 23 / pd.read_csv(READY_MIX).query("unit_id == 'RM-01'")["hours"].iloc[-1] * 200_000
    drawn = next(t for t in shown.data if t.name == "TCR")
    assert drawn.y[-1] == pytest.approx(rate, rel=1e-12)
    assert "With 139 recordable cases in five years" in d._say["trend"].value
    assert d._say["trend"].value.count("what if:") == 1
    d._as_reported()
    assert "With 137 recordable cases in five years" in d._say["trend"].value
    assert "what if:" not in d._say["trend"].value


def test_a_verdict_that_changes_stands_beside_the_one_reported() -> None:
    d = desk()
    d._controls["cases"].value = 40
    said = d._say["goal"].value
    assert "Met in 3 of 5 years, the last one missed" in said
    assert re.search(r"reported: .*Met in 4 of 5 years, the last one met", said)


def test_fewer_cases_than_there_were_cannot_be_asked_for() -> None:
    d = desk()
    assert d._controls["cases"].min == -21
    d._controls["measure"].value = "LTCR"
    assert d._controls["cases"].min == -int(pd.read_csv(READY_MIX).query("unit_id == 'RM-01'")["dafw_cases"].iloc[-1])


def test_several_units_are_one_and_each_can_be_left_out() -> None:
    d = desk()
    d._controls["units"].value = ("RM-01", "RM-02")
    assert "together" in panel("funnel", d.choice).figure.data[-1].text[0]
    whole = d._say["trend"].value
    d._controls["without"].value = "RM-02"
    assert panel("trend", d.choice).sentence == panel("trend", Choice(READY_MIX, ("RM-01",))).sentence
    assert d._say["trend"].value != whole
    assert [label for label, _ in d._controls["without"].options] == ["no site", "RM-01", "RM-02"]


def test_another_file_brings_its_own_units_and_years() -> None:
    d = desk()
    d._controls["data"].value = "data/example/plants.csv"
    assert d.choice.units == ("PL-02",), "the first by name"
    assert d._controls["last_year"].options[:2] == ("the last of the unit", "2024")
    d._controls["data"].value = "gone.csv"
    assert "found no file &#x27;gone.csv&#x27;" in d._say["trend"].value
    d._controls["data"].value = READY_MIX
    assert "TCR" in d._say["trend"].value


def test_a_file_that_is_saved_anew_is_read_anew(tmp_path: Path) -> None:
    file = tmp_path / "mine.csv"
    text = (places.ROOT / READY_MIX).read_text(encoding="utf-8")
    file.write_text(text, encoding="utf-8")
    d = explore.desk("RM-01", str(file))
    assert "With 137 recordable cases" in d._say["trend"].value
    file.write_text(text.replace("945292,482,0,10,8,8", "945292,482,0,10,8,18"), encoding="utf-8")
    d.refresh()
    assert "With 147 recordable cases" in d._say["trend"].value
    file.unlink()
    d.refresh()
    assert "data: found no file" in d._say["trend"].value


def test_a_search_keeps_what_is_chosen() -> None:
    d = explore.desk("FL-03", "data/example/fleet.csv")
    d._controls["find"].value = "company 1"
    ids = [key for _, key in d._controls["units"].options]
    assert "FL-03" in ids
    assert set(ids) - {"FL-03"} == {f"FL-{n}" for n in range(10, 20)} & set(
        pd.read_csv("data/example/fleet.csv")["unit_id"]
    )
    assert d.choice.units == ("FL-03",)


@pytest.mark.parametrize(
    ("chosen", "said"),
    [
        (
            {"unit": "RM-99"},
            "data/example/ready_mix.csv: unit: found no 'RM-99', neither as unit_id nor as name; near to it: ",
        ),
        ({"measure": "TCM"}, "measures: found 'TCM', expected one of TCR, "),
        ({"years": 0}, "years: found 0, which the explorer cannot take; it would be 1"),
        ({"last_year": 2030, "min_years": 1}, "min_years: found 1, which the explorer cannot take; it would be 2"),
        ({"change": 0.6, "goals": "prior_year"}, "change: found 0.6, which the explorer cannot take; it would be 0.5"),
        ({"change": 0.03, "goals": "share"}, "change: found 0.03, which the explorer cannot take; it would be None"),
        ({"years": "5"}, "a choice that the explorer cannot take: "),
        ({"foo": 1}, "a choice that the explorer cannot take: "),
        ({"data": None}, "a choice that the explorer cannot take: "),
        ({"pooling": "median"}, "pooling: found 'median', expected mean or pooled"),
        (
            {"data": "gone.csv"},
            "data: found no file 'gone.csv', neither from the current folder nor from the repository",
        ),
    ],
)
def test_a_desk_that_cannot_be_opened_says_why(chosen: dict[str, Any], said: str) -> None:
    with pytest.raises(OshError, match=f"^{re.escape(said)}"):
        explore.desk(**{"unit": "RM-01", "data": READY_MIX, **chosen})


def test_a_year_that_the_file_does_not_have_is_said_and_not_replaced() -> None:
    d = explore.desk("RM-01", READY_MIX, last_year=2030, years=3)
    assert d.choice.last_year == 2030
    said = "'Cedar Hollow Ready-Mix (made up)' has no row in 2028 to 2030; its years are 2020 to 2024"
    assert panel("trend", d.choice).sentence == f"{READY_MIX}: {said}"


def test_parameters_as_other_notebooks_take_them() -> None:
    d = explore.desk("AG-01", "data/example/agencies.csv", national={"TCR": 2.5}, goals="power", benchmark_key=327320)
    assert (d.choice.national, d.choice.benchmark_key) == (2.5, "327320")


def test_what_was_not_chosen_is_said_where_the_answer_would_be() -> None:
    choice = Choice(READY_MIX, ("RM-01",))
    assert panel("goal", choice).sentence == "No goal is chosen: pick a rule, or the path of a table of goals."
    assert panel("benchmark", choice).figure is None
    wrong = Choice(READY_MIX, ("RM-01",), goals="shares")
    assert panel("goal", wrong).sentence.startswith("goals: found 'shares', neither a goal rule nor the path")


@settings(deadline=None, max_examples=5)
@given(steps=st.lists(st.tuples(st.integers(-21, 30), st.integers(-50, 100)), min_size=1, max_size=4))
def test_a_chart_brought_up_to_date_is_the_chart_drawn_anew(steps: list[tuple[int, int]]) -> None:
    shown, before = {name: live.blank() for name in PANELS}, dict.fromkeys(PANELS)
    start = Choice(READY_MIX, ("RM-01",), goals="data/example/goals.csv", benchmark="data/example/benchmark.csv")
    for cases, hours in steps:
        now = Choice(**{**start.__dict__, "cases": cases, "hours": hours / 100})
        for name in PANELS:
            figure = panel(name, now).figure
            before[name] = live.redraw(shown[name], figure, before[name])
            fresh = live.blank()
            live.redraw(fresh, figure, None)
            for old, new in zip(shown[name].data, fresh.data, strict=True):
                a, b = old.to_plotly_json(), new.to_plotly_json()
                assert {k: v for k, v in a.items() if k != "uid" and v is not None} == {
                    k: v for k, v in b.items() if k != "uid"
                }
            assert shown[name].layout.annotations == fresh.layout.annotations


def written(folder: Path, notebook: str, **chosen: Any) -> Path:
    choice = Choice(READY_MIX, ("RM-01",), **chosen)
    return draft.write(notebook, choice.parameters("RM-01"), folder, "a test")


def test_a_written_file_sets_what_was_chosen_and_a_run_takes_it(tmp_path: Path) -> None:
    file = written(
        tmp_path, "goal_attainment", goals="compound", change=0.05, base_year=2020, years=4, min_years=3, measure="DART"
    )
    assert file == tmp_path / "goal_attainment" / "cedar-hollow-ready-mix-made-up-rm-01.yaml"
    assert file.read_text(encoding="utf-8").startswith("# a test\nunit: RM-01\ndata: data/example/ready_mix.csv\n")
    assert parameters.read(file) == {
        "unit": "RM-01", "data": READY_MIX, "years": 4, "min_years": 3, "measures": ["DART"], "confidence": 0.95,
        "compare": "rounding", "hours_policy": "reported", "goals": "compound", "base_year": 2020, "change": 0.05,
    }  # fmt: skip


def test_a_number_that_the_rule_does_not_use_is_not_written(tmp_path: Path) -> None:
    chosen = parameters.read(written(tmp_path, "goal_attainment", goals="share", change=0.05))
    assert "change" not in chosen


def test_what_shared_defaults_set_is_set_back(tmp_path: Path) -> None:
    (tmp_path / "five_year_trend").mkdir()
    (tmp_path / "five_year_trend" / "_defaults.yaml").write_text(
        "benchmark: data/example/benchmark.csv\n", encoding="utf-8"
    )
    found = parameters.read(written(tmp_path, "five_year_trend"))
    assert found["benchmark"] is None


def test_a_file_that_says_something_else_is_kept_unless_told_otherwise(tmp_path: Path) -> None:
    file = written(tmp_path, "five_year_trend")
    assert written(tmp_path, "five_year_trend") == file, "the same again is no clash"
    with pytest.raises(OshError) as found:
        written(tmp_path, "five_year_trend", years=3)
    assert str(found.value) == (
        f"{file}: this file is there already and says something else; tick replace, or move it away"
    )
    assert parameters.read(file)["years"] == 5
    draft.write(
        "five_year_trend", Choice(READY_MIX, ("RM-01",), years=3).parameters("RM-01"), tmp_path, "", replace=True
    )
    assert parameters.read(file)["years"] == 3


def test_nothing_is_written_that_could_not_run(tmp_path: Path) -> None:
    with pytest.raises(OshError, match=r"^goal_attainment: found no 'goals', which the notebook needs"):
        written(tmp_path, "goal_attainment")
    with pytest.raises(OshError, match=r"^benchmark: found no file 'gone.csv'"):
        written(tmp_path, "tcir_benchmark", benchmark="gone.csv")
    assert list(tmp_path.rglob("*.yaml")) == []


def test_a_path_found_from_elsewhere_is_written_as_the_repository_finds_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(places.ROOT / "notebooks")
    choice = Choice("../data/example/ready_mix.csv", ("RM-01",))
    file = draft.write("portfolio", choice.parameters("RM-01"), tmp_path, "")
    assert parameters.read(file)["data"] == READY_MIX
    own = tmp_path / "mine.csv"
    own.write_bytes((places.ROOT / READY_MIX).read_bytes())
    monkeypatch.chdir(tmp_path)
    file = draft.write("portfolio", Choice("mine.csv", ("RM-01",)).parameters("RM-01"), tmp_path, "")
    assert parameters.read(file)["data"] == own.as_posix()


def pressed(d: explore.Desk, folder: Path, *reports: str) -> str:
    d._controls["folder"].value = str(folder)
    for name in ("five_year_trend", "goal_attainment", "tcir_benchmark", "portfolio"):
        d._controls[f"report_{name}"].value = name in reports
    d._written()
    return str(d._message.value)


@pytest.mark.parametrize("measure", ["TCR", "LTCR", "TCIR"])
def test_the_reports_of_the_written_files_say_what_the_desk_says(tmp_path: Path, measure: str) -> None:
    chosen = {"measure": measure, "goals": "prior_year", "change": 0.05, "benchmark": "data/example/benchmark.csv"}
    d = explore.desk("FL-05", "data/example/fleet.csv", benchmark_key="ready-mix", min_years=4, **chosen)
    said = pressed(d, tmp_path / "p", *ANSWERED, "portfolio")
    assert said.count("✓ Written: ") == 4, said
    run("--out", tmp_path / "out", tmp_path / "p")
    for entry in json.loads((tmp_path / "out" / "index.json").read_text(encoding="utf-8"))["reports"]:
        if entry["notebook"] == "portfolio":
            outside = entry["headline"]["outside_limits"]
            there = panel("funnel", d.choice).status[0]
            assert there == "Inside the limits" if "FL-05" not in outside["0.95"] else there.endswith("limits")
            assert f"centre of {entry['headline']['mean']:.2f} expects" in panel("funnel", d.choice).sentence
        else:
            own = Choice(**{**d.choice.__dict__, "measure": "TCIR"}) if "benchmark" in entry["notebook"] else d.choice
            assert entry["card"]["status"]["words"] == panel(ANSWERED[entry["notebook"]], own).status[0]


def test_a_report_whose_question_has_no_answer_is_not_written(tmp_path: Path) -> None:
    d = explore.desk("RM-01", READY_MIX, benchmark="gone.csv", goals="shares")
    said = pressed(d, tmp_path, *ANSWERED)
    assert "✕ goal_attainment: goals: found &#x27;shares&#x27;" in said
    assert "✕ tcir_benchmark: benchmark: found no file &#x27;gone.csv&#x27;" in said
    written_one = next(iter(tmp_path.rglob("*.yaml")))
    assert written_one.parent.name == "five_year_trend"
    assert "benchmark" not in parameters.read(written_one), "a trend that was shown without it"


def test_a_second_file_on_one_unit_is_refused(tmp_path: Path) -> None:
    mine = tmp_path / "five_year_trend" / "mine.yaml"
    mine.parent.mkdir()
    mine.write_text(f"unit: RM-01\ndata: {READY_MIX}\n", encoding="utf-8")
    assert f"{mine}: this file is on the same unit already; change it there" in pressed(
        desk(), tmp_path, "five_year_trend"
    )
    assert [f.name for f in tmp_path.rglob("*.yaml")] == ["mine.yaml"]


def test_an_answer_that_is_lost_leaves_nothing_of_the_chart_before() -> None:
    d = explore.desk("RM-01", READY_MIX, benchmark="data/example/benchmark.csv")
    sent: list[Any] = []
    d._figures["benchmark"].observe(lambda change: sent.append(change["new"]), names="_py2js_update")
    d._controls["benchmark"].value = "gone.csv"
    layout = next(s["layout_data"] for s in sent if s)
    assert not layout["shapes"]
    assert not layout["annotations"]


def test_a_last_year_without_a_rate_cannot_be_changed(tmp_path: Path) -> None:
    file = tmp_path / "blank.csv"
    file.write_text(
        "unit,year,hours,dafw_cases,djtr_cases,other_cases\nA,2022,200000,1,0,1\nA,2023,200000,1,0,0\nA,2024,,1,1,1\n",
        encoding="utf-8",
    )
    d = explore.desk("A", str(file), years=3, min_years=2)
    assert d._controls["cases"].disabled
    assert d._controls["hours"].disabled


def test_what_is_left_out_takes_its_cases_with_it() -> None:
    d = desk()
    d._controls["units"].value = ("RM-01", "RM-02")
    both = d._controls["cases"].min
    d._controls["without"].value = "RM-01"
    assert d._controls["cases"].min - both == 21


def test_the_button_says_what_happened(tmp_path: Path) -> None:
    d = desk()
    d._controls["folder"].value = str(tmp_path)
    d._controls["report_tcir_benchmark"].value = True
    d._controls["cases"].value = 1
    d._written()
    said = d._message.value
    assert "✓ Written: " in said
    assert "✕ tcir_benchmark: No benchmark is chosen" in said
    assert "What was asked by what-if is not written" in said
    assert [p.parent.name for p in tmp_path.rglob("*.yaml")] == ["five_year_trend"]
