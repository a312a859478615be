"""Assessments end to end: numbers from the annual table, bands, steps, change, peers, crosswalk, a toy framework."""

from __future__ import annotations

import itertools
import json
import random
import re
import subprocess
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from oshlib import frameworks, places
from oshlib.errors import OshError
from oshlib.report import assessment as report
from oshlib.report import items, steps
from oshlib.study import improve, measured
from oshlib.study.assessment import Assessment, study, unanswered

HEADER = "unit,framework,date,item,answer,method,significant_finding,attributed_to,evidence,assessor"
EXAMPLE = "data/example/answers.csv"

#: Case C-08 of the specification (calculated there): recordable + first-aid cases, end strength, civilian hours.
C_08 = """unit,year,recordable_cases,first_aid_cases,military_strength,civilian_hours
Depot,2021,7,5,150,410000
Depot,2022,6,4,150,390000
Depot,2023,9,6,145,400000
"""


def sheet(folder: Path, rows: list[str], name: str = "answers.csv") -> str:
    (folder / name).write_text("\n".join([HEADER, *rows]) + "\n", encoding="utf-8")
    return str(folder / name)


def mishap(folder: Path, findings: int = 0, date: str = "2024-03-01") -> str:
    """Case C-10: 0.8 of compilation, 0.7 of analysis, 0.9 of response, by n/a, met and not met."""
    rows = []
    lines = {"PRMS02-compilation": (4, 1, 1), "PRMS02-analysis": (14, 6, 1), "PRMS02-response": (27, 3, 1)}
    framework = frameworks.load("prms_mishap_prevention")
    left = findings
    for line, (met, missed, away) in lines.items():
        answers = ["met"] * met + ["not met"] * missed + ["n/a"] * away
        leaves = framework.below(framework.nodes[line])
        assert len(leaves) == len(answers)
        for leaf, answer in zip(leaves, answers, strict=True):
            finding, left = ("yes", left - 1) if left > 0 and answer == "not met" else ("no", left)
            rows += [f"Depot,{framework.id},{date},{leaf.id},{answer},{m},{finding},,," for m in leaf.methods]
    return sheet(folder, rows)


def depot(folder: Path, **chosen: Any) -> Assessment:
    (folder / "annual.csv").write_text(C_08, encoding="utf-8")
    path = mishap(folder, chosen.pop("findings", 0))
    return study("prms_mishap_prevention", path, "Depot", data=str(folder / "annual.csv"), **chosen)


@pytest.mark.parametrize(
    ("findings", "band", "by_findings", "adjective"),
    [(0, "partial", "fully", "Satisfactory"), (1, "partial", "partial", "Satisfactory"),
     (2, "partial", "partial", "Satisfactory"),
     (3, "minimal", "minimal", "Marginal"), (7, "non", "non", "Unsatisfactory")],
)  # fmt: skip
def test_the_worked_case_from_annual_table_to_final_band(
    tmp_path: Path, findings: int, band: str, by_findings: str, adjective: str
) -> None:
    """C-08 and C-10: mean IIR 3.542219501, 28.937334 points, total 84.437334, and what findings make of it."""
    found = depot(tmp_path, findings=findings)
    taken = found.now.measured["PRMS02-1"]
    assert float(taken.value or 0) == pytest.approx(3.5422195005783492, abs=1e-12)
    assert (
        taken.value
        == Fraction(12 * 200_000, 710_000) / 3
        + Fraction(10 * 200_000, 690_000) / 3
        + Fraction(15 * 200_000, 690_000) / 3
    )
    assert "pooled 3.54, 95% interval 2.49 to 4.88" in taken.text
    nodes = found.now.nodes.set_index("node")["points"]
    assert nodes["PRMS02-1"] == pytest.approx(28.937334149826494, abs=1e-9)
    assert nodes[["PRMS02-compilation", "PRMS02-analysis", "PRMS02-response"]].tolist() == pytest.approx([20, 17.5, 18])
    assert found.now.total.points == pytest.approx(84.43733414982649, abs=1e-9)
    assert found.now.total.band == band
    assert found.framework.bands[found.now.banded.by_score[0]].id == "partial"
    assert found.framework.bands[found.now.banded.by_findings[0]].id == by_findings
    assert found.framework.adjectives[found.now.banded.adjusted[0]].title == adjective


def test_a_year_without_hours_leaves_the_rate_and_the_total_open(tmp_path: Path) -> None:
    (tmp_path / "annual.csv").write_text(C_08.replace("150,390000", "150,"), encoding="utf-8")
    path = mishap(tmp_path)
    with pytest.raises(OshError, match=re.escape("1 of 59 items is unanswered (PRMS02-1)")):
        study("prms_mishap_prevention", path, "Depot", data=str(tmp_path / "annual.csv"))
    found = study("prms_mishap_prevention", path, "Depot", data=str(tmp_path / "annual.csv"), accept_unanswered=True)
    assert found.now.total.points != found.now.total.points, "30 points not determinable, so no total"
    assert (found.now.total.least, found.now.total.most) == pytest.approx((55.5, 85.5))
    assert found.now.total.band == ""
    assert any("no IIR of the whole of 2022" in c["text"] for c in found.cautions)


def test_the_window_ends_where_it_is_told_to_and_never_after_the_assessment(tmp_path: Path) -> None:
    more = C_08 + "Depot,2024,1,0,150,410000\nDepot,2025,90,90,150,410000\n"
    (tmp_path / "annual.csv").write_text(more, encoding="utf-8")
    path, data = mishap(tmp_path), str(tmp_path / "annual.csv")
    text = study("prms_mishap_prevention", path, "Depot", data=data).now.measured["PRMS02-1"].text
    assert "2021–2023" in text, "2024 was not over when the depot was assessed in March 2024"
    text = study("prms_mishap_prevention", path, "Depot", data=data, last_year=2024).now.measured["PRMS02-1"].text
    assert "2022–2024" in text
    fiscal = "\n".join(f"{row},{'year_type' if row.startswith('unit') else 'FY'}" for row in more.split("\n") if row)
    (tmp_path / "annual.csv").write_text(fiscal, encoding="utf-8")
    for day, window in (("2024-09-29", "2021–2023"), ("2024-09-30", "2022–2024")):
        later = mishap(tmp_path, date=day)
        text = study("prms_mishap_prevention", later, "Depot", data=data).now.measured["PRMS02-1"].text
        assert window in text, "a fiscal year ends on 30 September"


def test_what_was_entered_goes_before_what_could_be_worked_out(tmp_path: Path) -> None:
    (tmp_path / "annual.csv").write_text(C_08, encoding="utf-8")
    path = Path(mishap(tmp_path))
    path.write_text(path.read_text() + "Depot,prms_mishap_prevention,2024-03-01,PRMS02-1,10,,,,,\n")
    found = study("prms_mishap_prevention", str(path), "Depot", data=str(tmp_path / "annual.csv"))
    assert "PRMS02-1" not in found.now.measured
    assert found.now.nodes.set_index("node")["points"]["PRMS02-1"] == pytest.approx(27)


def test_one_framework_takes_the_total_of_another_as_it_was_known_then(tmp_path: Path) -> None:
    """C-11 with mishap prevention from its own assessment: 0.3 x 84.437334 + 0.2 x 78 + 0.2 x 90 + 0.15 x 70 + 9."""
    (tmp_path / "annual.csv").write_text(C_08, encoding="utf-8")
    path = Path(mishap(tmp_path))
    entered = {"PRMS-2": 78, "PRMS-3": 90, "PRMS-4": 70, "PRMS-5": 60}
    rows = [f"Depot,prms,2024-06-01,{item},{value},,,,," for item, value in entered.items()]
    earlier = [r.replace("2024-06-01", "2024-01-01") for r in rows]
    path.write_text(path.read_text() + "\n".join([*rows, *earlier]) + "\n")
    data = str(tmp_path / "annual.csv")
    found = study("prms", str(path), "Depot", data=data)
    assert found.now.total.points == pytest.approx(0.3 * 84.43733414982649 + 15.6 + 18 + 10.5 + 9, abs=1e-9)
    assert found.now.measured["PRMS-1"].text == "Mishap Prevention score of 2024-03-01: 84.4"
    before = study("prms", str(path), "Depot", date="2024-01-01", data=data, accept_unanswered=True)
    assert before.now.total.points != before.now.total.points
    assert before.now.measured["PRMS-1"].text == "Mishap Prevention score: no assessment of Depot up to 2024-01-01"


def test_statements_on_goals_and_trends_show_their_evidence_and_leave_the_level_to_a_person() -> None:
    found = study("cmm", EXAMPLE, "BU-01", data="data/example/bureaus.csv", goals="data/example/goals.csv")
    told = {s.node: s for s in found.suggestions}
    assert list(told) == ["CMM-5.1", "CMM-5.2", "CMM-5.3", "CMM-5.4"]
    assert told["CMM-5.2"].level == "5"
    assert "favourable: falling rate" in told["CMM-5.2"].text
    assert re.search(r"TCR goals met in \d of 5 years judged, window 2020–2024", told["CMM-5.1"].text)
    met = int(re.search(r"met in (\d)", told["CMM-5.1"].text)[1])  # type: ignore[index]
    assert told["CMM-5.1"].level == str(max(1, met))
    entered = found.now.nodes.set_index("node")["points"]["CMM-5.1"]
    blank = found.now.rows[found.now.rows["item"].ne("CMM-5.1")]
    sheets = frameworks.of_table(found.framework, blank)
    assert entered == entered
    assert frameworks.score_sheets(found.framework, sheets).of("CMM-5.1").unanswered[0] == 1, "no level is filled in"


def test_without_goals_or_without_a_table_the_evidence_says_so() -> None:
    found = study("cmm", EXAMPLE, "BU-01", data="data/example/bureaus.csv")
    assert found.suggestions[0].text == "no goals were given (parameter goals)"
    assert {s.text for s in study("cmm", EXAMPLE, "BU-01").suggestions} == {"no annual table was given"}


TOY = """
id: toy
title: Toy framework of a test
source: written in this test
counts: points
expect: {leaves: 6, high: 10}
scales:
  steps: {choices: {high: 3, middle: 1, low: 0}, outside: [n/a]}
  done: {choices: {"yes": 1, "no": 0}}
tree:
  id: toy
  title: Toy framework of a test
  roll: sum
  of:
    - id: T-1
      title: better of two
      roll: max
      of:
        - {id: T-1.1, title: one, scale: steps}
        - {id: T-1.2, title: two, scale: steps}
    - id: T-2
      title: rungs
      roll: ladder
      of:
        - {id: T-2.1, title: first, scale: done}
        - {id: T-2.2, title: second, scale: done}
    - id: T-3
      title: measured
      cuts:
        value: {id: T-3.rate, title: TCIR, from: {rate: TCIR, years: 1}}
        steps: [{below: 3, points: 2}, {to: 7, points: 1}, {points: 0}]
    - {id: T-4, title: given, number: {low: 0, high: 3}}
bands:
  names:
    - {id: fine, title: Fine, from: 8, tone: good}
    - {id: fair, title: Fair, from: 4, tone: ok}
    - {id: weak, title: Weak, from: 0, tone: bad}
"""


@pytest.fixture
def toy(tmp_path: Path) -> Path:
    (tmp_path / "toy.yaml").write_text(TOY, encoding="utf-8")
    return tmp_path


def test_a_framework_is_one_file_its_answers_and_one_parameter_file(toy: Path) -> None:
    """No code knows the toy: its file, a table of answers, an annual table and a parameter file make a report."""
    sheet(toy, [
        f"Works,toy,2025-05-01,{item},{answer},,,,seen on site,assessor"
        for item, answer in {"T-1.1": "middle", "T-1.2": "high", "T-2.1": "yes", "T-2.2": "no", "T-4": "1.5"}.items()
    ])  # fmt: skip
    (toy / "annual.csv").write_text("unit,year,recordable_cases,hours\nWorks,2024,7,200000\n", encoding="utf-8")
    folder = toy / "parameters" / "assessment"
    folder.mkdir(parents=True)
    text = "unit: Works\ndata: annual.csv\nframework: ./toy.yaml\nanswers: answers.csv\n"
    (folder / "works.yaml").write_text(text, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "oshlib.cli", "run", "--out", "reports"],
        cwd=toy, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    entry = json.loads((toy / "reports" / "index.json").read_text())["reports"][0]
    head = entry["headline"]
    assert entry["name"] == "assessment/works-toy"
    keys = ("unit", "framework", "date", "points", "low", "high", "answered", "unanswered", "band")
    assert {k: head[k] for k in keys} == {
        "unit": "Works", "framework": "toy", "date": "2025-05-01", "points": 6.5, "low": 0, "high": 10, "answered": 6,
        "unanswered": 0, "band": "fair",
    }  # fmt: skip
    assert head["nodes"] == {
        "toy": 6.5, "T-1": 3, "T-1.1": 1, "T-1.2": 3, "T-2": 1, "T-2.1": 1, "T-2.2": 0, "T-3": 1, "T-4": 1.5,
    }  # fmt: skip
    page = (toy / "reports" / entry["html"]).read_text(encoding="utf-8")
    assert "Fine takes two steps" not in page
    assert "No steps in the judged items alone lead to Fine" in page, (
        "only the second rung is left, and 7.5 is short of 8"
    )


@pytest.mark.parametrize("seed", range(40))
def test_the_cheapest_way_is_as_short_as_any_and_leads_there(toy: Path, seed: int) -> None:
    """Against every combination of better answers, on random sheets of a framework with max, ladder, sum and cuts."""
    framework, draw = frameworks.load(toy / "toy.yaml"), random.Random(seed)
    three, two = ["high", "middle", "low"], ["yes", "no"]
    judged = {"T-1.1": three, "T-1.2": three, "T-2.1": two, "T-2.2": two}
    answers: dict[str, Any] = {item: draw.choice(scale) for item, scale in judged.items()}
    if seed % 3 == 0:
        answers["T-1.1"] = "n/a"
    answers |= {"T-3.rate": draw.choice([1, 3, 7, 9]), "T-4": draw.choice([0, 0.5, 2, 3])}
    sheets, _ = frameworks.of_mapping(framework, answers)
    now = frameworks.score(framework, answers)
    ids = [b.id for b in framework.bands]
    nearest = improve.cheapest(framework, sheets, "rounding")
    if now["band"] == "fine":
        assert nearest is None
        return
    target = ids[ids.index(now["band"]) - 1]
    ways = []
    options = [
        scale[: scale.index(answers[item]) + 1] if answers[item] in scale else ["n/a"] for item, scale in judged.items()
    ]
    for better in itertools.product(*options):
        tried = answers | dict(zip(judged, better, strict=True))
        if ids.index(frameworks.score(framework, tried)["band"]) <= ids.index(target):
            ways.append(sum(s.index(answers[i]) - s.index(tried[i]) for i, s in judged.items() if answers[i] != "n/a"))
    assert nearest is not None
    assert nearest.target == target
    assert nearest.possible == bool(ways)
    if ways:
        assert nearest.count == min(ways)
        changed = answers | {s.item: s.after for s in nearest.steps.itertuples()}
        assert ids.index(frameworks.score(framework, changed)["band"]) <= ids.index(target)


@pytest.mark.parametrize("name", ["safe", "pep", "cmm", "prms_mishap_prevention"])
@pytest.mark.parametrize("seed", range(6))
def test_the_cheapest_way_leads_to_the_next_band_and_no_step_of_it_can_be_left_out(name: str, seed: int) -> None:
    framework, draw = frameworks.load(name), random.Random(seed)
    answers: dict[Any, Any] = {
        (leaf.id, m) if leaf.methods else leaf.id: draw.choice([c.answer for c in leaf.scale.choices])
        for leaf in framework.items if leaf.scale for m in leaf.methods or [""]
    }  # fmt: skip
    answers |= {n.id: 5 for n in framework.items if n.formula}
    now = frameworks.score(framework, answers)
    sheets, _ = frameworks.of_mapping(framework, answers)
    ids, nearest = [b.id for b in framework.bands], improve.cheapest(framework, sheets, "rounding")
    if now["band"] == ids[0]:
        assert nearest is None
        return
    assert nearest is not None
    assert nearest.possible
    keys = [(s.item, s.method) if s.method else s.item for s in nearest.steps.itertuples()]
    after = dict(zip(keys, nearest.steps["after"], strict=True))
    reached = frameworks.score(framework, answers | after)
    assert ids.index(reached["band"]) == ids.index(now["band"]) - 1
    for left_out in keys:
        rest = {k: v for k, v in after.items() if k != left_out}
        assert ids.index(frameworks.score(framework, answers | rest)["band"]) == ids.index(now["band"]), left_out


@pytest.mark.parametrize("name", frameworks.available())
def test_single_steps_are_what_scoring_each_by_itself_gives(name: str) -> None:
    framework = frameworks.load(name)
    table = pd.read_csv(places.ROOT / EXAMPLE, dtype=str, keep_default_na=False)
    rows = table[table["framework"].eq(name)]
    rows = rows[rows["unit"].eq(rows["unit"].iloc[0]) & rows["date"].eq(rows["date"].iloc[0])]
    sheets, _ = measured.scored(framework, rows, measured.Source(rows, "", None, "reported", 0.95))
    found = improve.single_steps(framework, sheets, "rounding")
    assert len(found) > 5
    at_now = frameworks.bands(framework, frameworks.score_sheets(framework, sheets)).final[0]
    for s in found.sample(min(len(found), 12), random_state=1).itertuples():
        own = rows.copy()
        own.loc[own["item"].eq(s.item) & own["method"].eq(s.method), "answer"] = s.after
        alone = frameworks.of_table(framework, own)
        scores = frameworks.score_sheets(framework, alone)
        total = scores.of(name)
        assert s.points == pytest.approx(float(total.points[0])) if total.known[0] else s.points != s.points
        band = frameworks.bands(framework, scores).final[0]
        assert (s.band, s.flips) == (band, band != at_now)


def test_weakest_items_gain_what_their_best_answer_would_add() -> None:
    found = study("safe", EXAMPLE, "RM-01", data="data/example/ready_mix.csv")
    assert found.gains["SAFE-I.8"] == 2, "from C to A"
    assert found.gains.sum() == 108 - 92
    text = items.weakest_table(found)
    assert text.index("SAFE-I.8") < text.index("SAFE-I.1<")


def test_what_holds_a_lowest_of_all_total_down_is_named() -> None:
    found = study("cmm", EXAMPLE, "BU-01", data="data/example/bureaus.csv")
    text = report.verdict(found)
    assert "Held at 3 by CMM-1.1" in text
    assert "level 3 of 5" in text
    assert "Mean of the items" in text


def test_change_names_the_parts_and_the_items_that_moved() -> None:
    found = study("safe", EXAMPLE, "RM-01", data="data/example/ready_mix.csv")
    assert found.before is not None
    assert (found.before.date, found.before.total.points, found.now.total.points) == ("2024-11-15", 75, 92)
    text = items.change(found)
    assert "Band Below 81 → 81 or more." in text
    both = [s.rows.set_index("item")["answer"] for s in (found.before, found.now)]
    moved = sum(both[0].get(i) != both[1].get(i) for i in both[1].index if i in {n.id for n in found.framework.items})
    ratio = both[0]["SAFE-II.12.ratio"] != both[1]["SAFE-II.12.ratio"]
    assert f"{moved + ratio} items were answered otherwise" in text
    first = study("safe", EXAMPLE, "RM-01", date="2024-11-15", data="data/example/ready_mix.csv")
    assert first.before is None
    assert first.now.total.points == 75
    assert "first assessment" in items.change(first)


def test_other_units_stand_with_their_last_assessment_up_to_the_date() -> None:
    found = study("safe", EXAMPLE, "RM-01", data="data/example/ready_mix.csv")
    assert found.others[["unit", "points"]].to_numpy().tolist() == [["RM-03", 100], ["RM-01", 92], ["RM-02", 54]]
    assert found.others["unanswered"].tolist() == [0, 0, 1]
    first = study("safe", EXAMPLE, "RM-01", date="2024-11-15", data="data/example/ready_mix.csv")
    assert first.others["unit"].tolist() == ["RM-01"], "the others had not been assessed by then"


def test_the_crosswalk_shows_where_two_frameworks_disagree(tmp_path: Path) -> None:
    rows = [
        f"Plant,safe,2025-01-02,{n.id},{'D' if n.id in ('SAFE-II.3', 'SAFE-II.6') else 'A'},,,,,"
        for n in frameworks.load("safe").items
    ]
    rows += [f"Plant,pep,2025-01-03,{n.id},5,,,,," for n in frameworks.load("pep").items]
    found = study("safe", sheet(tmp_path, rows), "Plant", date="2025-01-02")
    assert found.disagreements.empty, "the other one was not answered by then"
    rows = [r.replace("2025-01-03", "2025-01-01") for r in rows]
    found = study("safe", sheet(tmp_path, rows, "later.csv"), "Plant")
    worst = found.disagreements.iloc[0]
    assert worst["item"] == "SAFE-II.3, SAFE-II.6"
    assert worst["other_item"] == "PEP-2.2"
    assert (worst["share"], worst["other_share"], worst["difference"]) == (0, 1, -1)
    assert found.disagreements["difference"].abs().tolist() == sorted(
        found.disagreements["difference"].abs(), reverse=True
    )


def test_the_crosswalk_knows_only_items_that_there_are_and_each_topic_joins_two_frameworks() -> None:
    walk = pd.read_csv(places.ROOT / "data" / "frameworks" / "crosswalk.csv", dtype=str, keep_default_na=False)
    assert not walk.duplicated(["topic", "framework", "item"]).any()
    for name, rows in walk.groupby("framework"):
        nodes = frameworks.load(str(name)).nodes
        assert set(rows["item"]) <= set(nodes), name
    assert walk.groupby("topic")["framework"].nunique().min() >= 2


def test_a_finding_more_or_less_is_told(tmp_path: Path) -> None:
    text = steps.flips(depot(tmp_path, findings=2))
    assert "One finding less would leave it." in text
    assert "One finding more would give minimal compliance." in text
    way = steps.path(depot(tmp_path, findings=3))
    assert "Partial compliance takes one finding closed; the total would be 84.4." in way


def test_unanswered_items_stop_the_report_unless_they_are_accepted() -> None:
    message = (
        "data/example/answers.csv: SAFE score of Quarry Bend Concrete (made up), 2025-11-14: 1 of 27 items is "
        "unanswered (SAFE-III.4); answer them, or set accept_unanswered"
    )
    with pytest.raises(OshError, match=f"^{re.escape(message)}$"):
        study("safe", EXAMPLE, "RM-02", data="data/example/ready_mix.csv")
    found = study("safe", EXAMPLE, "RM-02", data="data/example/ready_mix.csv", accept_unanswered=True)
    assert unanswered(found.framework, found.now) == ["SAFE-III.4"]
    assert (found.now.total.points, found.now.total.least, found.now.total.most) == (54, 54, 58)
    assert found.now.total.band == "below_line", "whatever the open item gives"
    text = report.verdict(found)
    assert "26 of 27 items answered; with the rest it becomes 54 to 58" in text


def test_a_band_that_open_items_decide_is_not_named() -> None:
    found = study("pep_osha195", EXAMPLE, "PL-02", data="data/example/plants.csv", accept_unanswered=True)
    assert found.now.total.band == ""
    text = report.verdict(found)
    assert "Band still open" in text
    assert "The open items decide between Developmental and Program implemented." in text


@pytest.mark.parametrize(
    ("chosen", "message"),
    [
        ({"unit": "RM-9"}, "data/example/answers.csv: unit: found no answers of 'RM-9' to SAFE score; there are those "
         "of RM-01, RM-02 and RM-03; did you mean 'RM-01'?"),
        ({"date": "2025-01-01"}, "data/example/answers.csv: SAFE score of RM-01: date: found no assessment of "
         "2025-01-01; there are 2024-11-15 and 2025-11-14"),
        ({"framework": "safe"}, None),
        ({"framework": "saef"}, "framework: found no 'saef'; did you mean 'safe'?"),
        ({"answers": "none.csv"}, "answers: found no file 'none.csv', neither from the current folder nor from the "
         "repository"),
        ({"compare": "nearly"}, "compare: found 'nearly', expected rounding or absolute"),
        ({"confidence": 95}, "confidence must be a fraction between 0 and 1, such as 0.95; found 95"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused_in_a_sentence(chosen: dict[str, Any], message: str | None) -> None:
    asked = {"framework": "safe", "answers": EXAMPLE, "unit": "RM-01", **chosen}
    if message is None:
        assert study(**asked).now.total.points == 92
    else:
        with pytest.raises(OshError) as fault:
            study(**asked)
        assert str(fault.value).startswith(message[:60])
        assert str(fault.value) == message or "did you mean" in message


def test_a_unit_is_found_by_its_id_or_its_name_whichever_the_answers_use(tmp_path: Path) -> None:
    rows = [f"Cedar Hollow Ready-Mix (made up),safe,2025-01-02,{n.id},B,,,,," for n in frameworks.load("safe").items]
    path = sheet(tmp_path, rows)
    for unit in ("RM-01", "Cedar Hollow Ready-Mix (made up)"):
        found = study("safe", path, unit, data="data/example/ready_mix.csv")
        assert (found.unit_id, found.name, found.now.total.points) == ("RM-01", "Cedar Hollow Ready-Mix (made up)", 81)
    assert found.now.total.band == "at_line"


def test_the_capture_sample_stands_beside_with_its_exact_interval(tmp_path: Path) -> None:
    """17 of 20 captured: 85%, 62% to 97% (specification, E5)."""
    path = Path(mishap(tmp_path))
    extra = ["PRMS02-2.sampled,20", "PRMS02-2.included,17", "PRMS02-1,3"]
    path.write_text(path.read_text() + "".join(f"Depot,prms_mishap_prevention,2024-03-01,{e},,,,,\n" for e in extra))
    found = study("prms_mishap_prevention", str(path), "Depot")
    assert "17 of 20, 85% (95% exact interval 62% to 97%)" in report.measured_table(found)


def test_the_framework_that_the_readme_shows_is_read_answered_and_scored(tmp_path: Path) -> None:
    readme = (places.ROOT / "README.md").read_text(encoding="utf-8")
    shown = re.search(r"```yaml\n(id: walkaround\n.*?)```", readme, re.S)
    assert shown
    (tmp_path / "walkaround.yaml").write_text(shown[1], encoding="utf-8")
    framework = frameworks.load(tmp_path / "walkaround.yaml")
    found = frameworks.score(framework, {"W-1": "good", "W-2": "n/a", "W-3": 7})
    assert (found["points"], found["high"], found["band"]) == (4, 4, "act")
    assert frameworks.score(framework, {"W-1": "good", "W-2": "fair", "W-3": 7})["band"] == "sound"


def diamond(folder: Path, more: dict[str, str], without: str = "", **chosen: Any) -> Assessment:
    """The eleven tests, all answered met but for these."""
    answers = {f"D{n}": "met" for n in range(1, 12) if f"D{n}" != without} | more
    rows = [f"RM-9,safe_diamond,2025-06-01,{item},{answer},,,,," for item, answer in answers.items()]
    return study("safe_diamond", sheet(folder, rows), "RM-9", accept_unanswered=True, **chosen)


def texts(found: Assessment, code: str) -> list[str]:
    return [c["text"] for c in found.cautions if c["code"] == code]


@pytest.mark.parametrize(("compare", "band"), [("rounding", "not_eligible"), ("absolute", "eligible")])
def test_a_measured_value_at_the_edge_of_a_printed_limit_is_flagged(tmp_path: Path, compare: str, band: str) -> None:
    """C-04 and C-05: 6.984 and 6.95 print 7.0."""
    for value in ("6.95", "6.984126984"):
        found = diamond(tmp_path, {"D1.tcir": value}, without="D1", compare=compare)
        assert found.now.total.band == band
        assert any(f"{value[:4]}" in t and "7.0 as printed" in t for t in texts(found, "EDGE_ROUNDING"))
    for value in ("6.94", "7.0"):
        assert not texts(diamond(tmp_path, {"D1.tcir": value}, without="D1", compare=compare), "EDGE_ROUNDING")


def test_an_answer_that_its_measured_value_contradicts_is_scored_and_said(tmp_path: Path) -> None:
    found = diamond(tmp_path, {"D1.tcir": "9", "D5.per_holder": "20"})
    assert found.now.total.band == "eligible"
    assert texts(found, "SUM_MISMATCH") == [
        "TCIR below 7.0 (D1): answered met, but TCIR of the last year 9 gives not met; the answer is scored."
    ]
    assert not texts(diamond(tmp_path, {"D1.tcir": "6.9"}), "SUM_MISMATCH")


def test_an_old_rate_is_said_to_be_old(tmp_path: Path) -> None:
    (tmp_path / "annual.csv").write_text("unit,year,hours,recordable_cases\nRM-9,2015,400000,4\n", encoding="utf-8")
    found = diamond(tmp_path, {}, without="D1", data=str(tmp_path / "annual.csv"))
    assert texts(found, "MISSING_YEAR") == [
        "TCIR ends with 2015; the assessment is of 2025-06-01, and the years between are not in it."
    ]


def test_coverage_is_of_what_applies_and_of_every_judgement(tmp_path: Path) -> None:
    items = [i for i in frameworks.load("prms_mishap_prevention").items if i.methods]

    def covered(judge: Any) -> list[str]:
        rows = [f"X,prms_mishap_prevention,2025-01-01,{i.id},{judge(n, m)},{m},no,,," for n, i in enumerate(items)
                for m in i.methods]  # fmt: skip
        rows.append("X,prms_mishap_prevention,2025-01-01,PRMS02-1,10,,,,,")
        return [t for t in texts(study("prms_mishap_prevention", sheet(tmp_path, rows), "X"), "UNEVALUATED")
                if "not examined" in t]  # fmt: skip

    papers = covered(lambda n, m: "met" if m == "D" else "not examined")
    few_of = "less than 80%, too few to stand for the whole."
    assert papers == [f"43 of 101 judgements by method not examined: coverage 57%: {few_of}"]
    few = covered(lambda n, m: "n/a" if n % 3 else "met" if n % 6 == 0 else "not examined")
    assert few == [f"10 of 21 items not examined: coverage 52%: {few_of}"]


def test_the_edge_of_a_range_is_not_said_of_the_total(tmp_path: Path) -> None:
    rows = [f"X,pep,2025-01-01,{i.id},3,,,,," for i in frameworks.load("pep").items if i.id != "PEP-1.1"]
    found = study("pep", sheet(tmp_path, rows), "X", accept_unanswered=True)
    assert texts(found, "EDGE_ROUNDING") == [
        "The total can still become 2.916667 to 3.083333, and lies at the edge of a band: by absolute an end is in "
        "another."
    ]


@pytest.mark.parametrize(
    "chosen", [{"accept_unanswered": "false"}, {"last_year": "2024"}, {"last_year": 2024.0}, {"data": 5}]
)
def test_a_parameter_of_another_kind_is_refused_in_a_sentence(chosen: dict[str, Any]) -> None:
    with pytest.raises(OshError, match=f"{next(iter(chosen))}: found "):
        study("safe_diamond", EXAMPLE, "RM-01", **chosen)


def test_a_percent_sign_is_refused_where_the_number_is_no_percentage(tmp_path: Path) -> None:
    rows = [f"X,safe,2025-01-01,{i.id},B,,,,," for i in frameworks.load("safe").items if i.id != "SAFE-II.12"]
    rows += ["X,safe,2025-01-01,SAFE-II.12.ratio,90%,,,,,", "X,safe,2025-01-01,SAFE-II.12.records,yes,,,,,"]
    found = study("safe", sheet(tmp_path, rows), "X", accept_unanswered=True)
    assert (found.now.total.least, found.now.total.most) == (78, 82)
    assert list(found.faults["rule"]) == ["not-a-number"]
    assert diamond(tmp_path, {"D2.reduction": "30.5%"}, without="D2").now.total.band == "eligible"


def test_a_file_of_ones_own_may_have_the_id_of_one_that_ships(toy: Path) -> None:
    own = Path(toy) / "own.yaml"
    own.write_text(
        "id: safe\ntitle: T\nsource: s\ncounts: points\nexpect: {leaves: 1, high: 2}\n"
        "scales:\n  s: {choices: {good: 2, poor: 0}}\n"
        "tree:\n  id: safe\n  title: T\n  roll: sum\n  of:\n    - {id: X1, title: A, scale: s}\n",
        encoding="utf-8",
    )
    assert study(str(own), sheet(toy, ["X,safe,2025-01-01,X1,good,,,,,"], "own.csv"), "X").now.total.points == 2


@pytest.mark.parametrize(
    ("origin", "fault"),
    [("{rate: NOPE}", "own.yaml: X1: from: found the rate 'NOPE'; expected one of TCR, TCIR"),
     ("{framework: nope}", "own.yaml: X1: from: found the framework 'nope'; expected one of cmm"),
     ("{framework: own}", "own.yaml: X1: from: takes in a circle, own from own")],
)  # fmt: skip
def test_what_a_number_is_taken_from_is_there_and_goes_in_no_circle(tmp_path: Path, origin: str, fault: str) -> None:
    (tmp_path / "own.yaml").write_text(
        "id: own\ntitle: T\nsource: s\ncounts: points\nexpect: {leaves: 1, high: 100}\n"
        "tree:\n  id: own\n  title: T\n  roll: sum\n  of:\n"
        f"    - {{id: X1, title: A, number: {{low: 0, high: 100}}, from: {origin}}}\n",
        encoding="utf-8",
    )
    with pytest.raises(OshError) as refused:
        frameworks.load(str(tmp_path / "own.yaml"))
    assert fault in str(refused.value)


def test_one_unit_by_its_id_and_by_its_name_is_one_unit_in_every_framework(tmp_path: Path) -> None:
    rows = [f"RM-01,safe,2025-01-02,{n.id},B,,,,," for n in frameworks.load("safe").items]
    rows += [f"Cedar Hollow Ready-Mix (made up),safe_diamond,2025-01-02,D{i},met,,,,," for i in (3, 4, 6, 7, 9, 10, 11)]
    rows += ["Cedar Hollow Ready-Mix (made up),safe_diamond,2025-01-02,D2,not yet due,,,,,"]
    rows += ["Cedar Hollow Ready-Mix (made up),safe_diamond,2025-01-02,D5.per_holder,20,,,,,"]
    found = study("safe_diamond", sheet(tmp_path, rows), "RM-01", data="data/example/ready_mix.csv")
    assert found.now.measured["D8.score"].text == "SAFE score of 2025-01-02: 81"
    assert found.now.total.band == "eligible"
    twice = [*rows, f"Cedar Hollow Ready-Mix (made up),safe,2025-01-02,{rows[0].split(',')[3]},A,,,,,"]
    with pytest.raises(OshError, match=re.escape("safe: SAFE-I.1: answered twice for RM-01 2025-01-02")):
        study("safe", sheet(tmp_path, twice, "twice.csv"), "RM-01", data="data/example/ready_mix.csv")


def test_a_module_that_is_open_within_a_point_leaves_the_whole_open_by_its_weight_of_a_point() -> None:
    module = study("prms_mishap_prevention", EXAMPLE, "CM-02", data="data/example/commands.csv", accept_unanswered=True)
    whole = study("prms", EXAMPLE, "CM-02", data="data/example/commands.csv", accept_unanswered=True)
    least, most = module.now.total.least, module.now.total.most
    assert most - least < 1
    assert whole.now.total.points != whole.now.total.points, "no total without a settled part"
    assert whole.now.total.most - whole.now.total.least == pytest.approx(0.3 * (most - least))
    assert any("it can still become 60.6 to 61.3" in c["text"] for c in whole.cautions)


def test_a_number_that_was_entered_and_differs_from_its_source_is_scored_and_said(tmp_path: Path) -> None:
    (tmp_path / "annual.csv").write_text(C_08, encoding="utf-8")
    path, data = Path(mishap(tmp_path)), str(tmp_path / "annual.csv")
    kept = path.read_text()
    for entered, told in (("3.5", False), ("3.54", False), ("3.6", True), ("9", True)):
        path.write_text(f"{kept}Depot,prms_mishap_prevention,2024-03-01,PRMS02-1,{entered},,,,,\n")
        found = study("prms_mishap_prevention", str(path), "Depot", data=data)
        said = [c["text"] for c in found.cautions if c["code"] == "SUM_MISMATCH"]
        assert bool(said) == told, entered
        assert found.now.nodes.set_index("node")["points"]["PRMS02-1"] == pytest.approx((100 - float(entered)) * 0.3)
    assert said[0].startswith("Mishap rate (PRMS02-1): entered 9, but mean of the annual IIR 2021–2023: 3.54 per")


def test_of_very_many_units_the_best_and_the_neighbours_are_shown_with_the_place(tmp_path: Path) -> None:
    ids = [n.id for n in frameworks.load("safe").items]
    letters = "ABCD"
    rows = [
        f"P{u:03},safe,2025-01-02,{i},{letters[(u * 7 + k) % 4]},,,,," for u in range(300) for k, i in enumerate(ids)
    ]
    found = study("safe", sheet(tmp_path, rows), "P123")
    assert len(found.others) == 300
    text = report.peers(found)
    own = int(found.others.index[found.others["unit"].eq("P123")][0]) + 1
    assert f"of 300 units: the best, and those about this one, number {own} by points." in text
    assert text.count("<tr>") < 50
    assert "this one" in text


def test_interviews_that_speak_of_another_module_are_said_and_do_not_count(tmp_path: Path) -> None:
    rows = ["Depot,prms,2025-01-02,PRMS-1,80,,,,,", "Depot,prms,2025-01-02,PRMS-2,80,,,,,"]
    rows += [f"Depot,prms,2025-01-02,PRMS-{k},80,,,,," for k in (3, 5)]
    leaves = frameworks.load("prms").below(frameworks.load("prms").nodes["PRMS-4"])
    for leaf in leaves:
        rows.append(f"Depot,prms,2025-01-02,{leaf.id},met,,,{'training' if leaf.repeats else ''},,")
    before = study("prms", sheet(tmp_path, rows), "Depot").now.total.points
    rows += ["Depot,prms,2025-01-02,PRMS-4.2.1,not met,,,supervision,,"] * 2
    rows += ["Depot,prms,2025-01-02,PRMS-4.2.2,not met,,,,,"]
    found = study("prms", sheet(tmp_path, rows, "more.csv"), "Depot")
    assert found.now.total.points == before == pytest.approx(0.85 * 80 + 15)
    text = items.item_table(found)
    assert "not here: PRMS-4.2.1 2 (supervision), PRMS-4.2.2 1 (not said)." in text


def test_findings_that_settle_the_band_are_said_to_do_so_where_items_are_open(tmp_path: Path) -> None:
    """Seven findings are non-compliant whatever the rate and the open items give."""
    (tmp_path / "annual.csv").write_text(C_08, encoding="utf-8")
    path = Path(mishap(tmp_path, findings=7))
    path.write_text(re.sub(r"(PRMS02-(?:3|4|5|7|9)[^,]*),met,", r"\1,,", path.read_text()), encoding="utf-8")
    asked = {"data": str(tmp_path / "annual.csv"), "accept_unanswered": True}
    found = study("prms_mishap_prevention", str(path), "Depot", **asked)
    assert (found.now.total.band, found.now.banded.by_score[0]) == ("non", -1)
    text = report.verdict(found)
    assert "Non-compliant: seven findings settle it, whatever is open." in text
    without = study("prms_mishap_prevention", str(path), "Depot", accept_unanswered=True)
    assert "Mishap rate is not determinable" in report.verdict(without)
    assert "Non-compliant all the same." in report.verdict(without)
