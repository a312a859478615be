"""Points, ranges and bands of audit frameworks: against numbers from elsewhere, by rule, and against themselves."""

from __future__ import annotations

import csv
import re
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml

from oshlib import frameworks, places
from oshlib.frameworks import Framework, Node, bands, load, of_mapping, of_table, score, score_sheets
from tests.conftest import message

GOLDEN = Path(__file__).parent / "golden"
FILES = sorted((places.ROOT / "data" / "frameworks").glob("*.yaml"))
EVERY = [file.stem for file in FILES]
LINES = {"PRMS02-compilation": 5, "PRMS02-analysis": 20, "PRMS02-response": 30}
COLUMNS = ["unit", "framework", "node", "parent", "depth", "title", "weight", "points", "low", "high", "answered",
           "unanswered"]  # fmt: skip


def golden(name: str) -> list[dict[str, str]]:
    with (GOLDEN / name).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def all_of(framework: str, answer: str) -> dict[Any, Any]:
    """One answer to every item of a scale."""
    return {item.id: answer for item in load(framework).items if item.scale}


def leaves_of(node: str) -> list[str]:
    framework = load("prms_mishap_prevention")
    return [leaf.id for leaf in framework.below(framework.nodes[node])]


def mishap(shares: dict[str, str], rate: Any, **more: Any) -> dict[str, Any]:
    """Answers that earn these shares of the three lines: some items n/a, so many of the others met."""
    answers = {"PRMS02-1": rate, **more}
    for line, base in LINES.items():
        items, met = leaves_of(line), Fraction(shares[line]) * base
        assert met.denominator == 1
        for i, item in enumerate(items):
            answers[item] = "met" if i < met else "not met" if i < base else "n/a"
    return answers


def totalling(total: str, **more: Any) -> dict[str, Any]:
    """Answers whose exact total this is: whole lines, and a rate for the rest."""
    left, shares = Fraction(total), dict.fromkeys(LINES, "0")
    for line, worth in (("PRMS02-compilation", 25), ("PRMS02-analysis", 25), ("PRMS02-response", 20)):
        if left >= worth:
            shares[line], left = "1", left - worth
    return mishap(shares, 100 - left * Fraction(10, 3), **more)


def parsed(framework: str, text: str) -> dict[str, Any]:
    answers: dict[str, Any] = {}
    letters: list[str] = []
    for token in text.split():
        key, _, value = token.partition("=")
        if not value:
            count, letter = re.fullmatch(r"(\d+)([A-D])", key).groups()  # type: ignore[union-attr]
            letters += [letter] * int(count)
        elif key == "lines":
            answers |= mishap(dict(zip(LINES, value.split("/"), strict=True)), None)
        elif key == "total":
            answers |= totalling(value)
        else:
            answers[key] = Fraction(value) if "/" in value else value
    return answers | dict(zip([item.id for item in load(framework).items], letters, strict=False))


@pytest.mark.parametrize(
    "row", golden("frameworks.csv"), ids=lambda r: f"{r['id']}-{r['quantity']}-{r['answers'][-14:]}"
)
def test_points_and_bands_are_those_of_the_specification(row: dict[str, str]) -> None:
    compare = row["quantity"] if row["quantity"] in frameworks.COMPARE else "rounding"
    found = score(load(row["framework"]), parsed(row["framework"], row["answers"]), compare)
    if row["quantity"] == "points":
        assert found["points"] == pytest.approx(float(row["expected"]), rel=1e-12)
    elif row["quantity"] in ("band", *frameworks.COMPARE):
        assert found["band"] == row["expected"]
    else:
        assert found["nodes"][row["quantity"]] == pytest.approx(float(row["expected"]), rel=1e-12)


@pytest.mark.parametrize("name", sorted({r["framework"] for r in golden("items.csv")}))
def test_every_item_of_the_schemes_is_there_with_its_methods(name: str) -> None:
    expected = {r["item"]: tuple(r["methods"]) for r in golden("items.csv") if r["framework"] == name}
    found = {item.id: item.methods for item in load(name).items}
    assert {k: v for k, v in found.items() if k != "PRMS02-1"} == expected


def test_the_frameworks_that_others_call_by_name_are_there() -> None:
    assert set(frameworks.available()) == set(EVERY)
    assert set(EVERY) >= {"cmm", "prms", "prms_mishap_prevention", "pep", "pep_osha195", "safe", "guidelines_1989"}


# --- bands -----------------------------------------------------------------------------------------------------------


def banded(framework: str, answers: dict[Any, Any], compare: str = "rounding") -> dict[str, Any]:
    """The names of all places, "" where it cannot be told."""
    one = load(framework)
    found = bands(one, score_sheets(one, of_mapping(one, answers)[0]), compare)
    ids, words = [*(b.id for b in one.bands), ""], [*(a.title for a in one.adjectives), ""]
    return {k: ids[getattr(found, k)[0]] for k in ("by_score", "by_findings", "final")} | {
        "adjective": words[found.adjective[0]],
        "adjusted": words[found.adjusted[0]],
        "edge": bool(found.edge[0]),
    }


@pytest.mark.parametrize(
    ("findings", "by_findings"),
    [(0, "fully"), (1, "partial"), (2, "partial"), (3, "minimal"), (6, "minimal"), (7, "non"), (58, "non")],
)
def test_the_worse_of_score_and_findings_stands(findings: int, by_findings: str) -> None:
    order = ["fully", "partial", "minimal", "non"]
    for total, by_score in (("100", "fully"), ("80", "partial"), ("60", "minimal"), ("20", "non")):
        found = banded("prms_mishap_prevention", totalling(total, findings=findings))
        assert (found["by_score"], found["by_findings"]) == (by_score, by_findings)
        assert found["final"] == max(by_score, by_findings, key=order.index)


@pytest.mark.parametrize(
    ("total", "findings", "adjective", "adjusted"),
    [
        ("90", 0, "Satisfactory", "Satisfactory"),
        ("90", 2, "Satisfactory", "Satisfactory"),
        ("90", 3, "Satisfactory", "Marginal"),
        ("90", 7, "Satisfactory", "Unsatisfactory"),
        ("74.5", 0, "Satisfactory", "Satisfactory"),
        ("74.4", 0, "Marginal", "Marginal"),
        ("60", 7, "Marginal", "Unsatisfactory"),
        ("50.4", 0, "Unsatisfactory", "Unsatisfactory"),
    ],
)
def test_the_adjective_follows_the_score_and_is_lowered_by_findings(
    total: str, findings: int, adjective: str, adjusted: str
) -> None:
    found = banded("prms_mishap_prevention", totalling(total, findings=findings))
    assert (found["adjective"], found["adjusted"]) == (adjective, adjusted)


def test_the_two_ways_to_compare_part_only_just_below_a_limit() -> None:
    flagged = {t: banded("prms_mishap_prevention", totalling(t))["edge"] for t in ("89.4", "89.5", "89.9", "90", "92")}
    assert flagged == {"89.4": False, "89.5": True, "89.9": True, "90": False, "92": False}
    assert message(lambda: score(load("pep"), {}, "exact")) == "compare: found 'exact', expected rounding or absolute"


def test_a_measured_value_is_compared_as_asked_too() -> None:
    assert score(load("safe_diamond"), {"D1.tcir": "6.96"})["nodes"]["D1"] == 0, "printed 7.0"
    assert score(load("safe_diamond"), {"D1.tcir": "6.96"}, "absolute")["nodes"]["D1"] == 1
    assert score(load("safe_diamond"), {"D1.tcir": "6.949"})["nodes"]["D1"] == 1


def test_a_value_that_rounds_to_an_inclusive_limit_keeps_it(tmp_path: Path) -> None:
    file = tmp_path / "one.yaml"
    file.write_text(
        "{id: one, title: One, source: made up, counts: points, expect: {leaves: 1, high: 1}, tree: {id: one, "
        "title: One, roll: sum, of: [{id: a, title: A, cuts: {round: 1, steps: [{to: 2, points: 1}, {points: 0}]}}]}}",
        encoding="utf-8",
    )
    found = {c: [score(load(file), {"a": v}, c)["points"] for v in (2, 2.04, 2.05)] for c in frameworks.COMPARE}
    assert found == {"rounding": [1, 1, 0], "absolute": [1, 0, 0]}


def test_a_band_is_told_before_all_is_answered_only_where_nothing_can_change_it() -> None:
    sheet = all_of("safe", "A") | {"SAFE-I.1": ""}
    found = score(load("safe"), sheet)
    assert (found["points"], found["least"], found["most"], found["unanswered"]) == (104, 104, 108, 1)
    assert found["band"] == "at_line"
    assert score(load("safe"), all_of("safe", "B") | {"SAFE-I.1": ""})["band"] is None, "78 to 82"
    assert score(load("safe"), all_of("safe", "C") | {"SAFE-I.1": ""})["band"] == "below_line"


def test_enough_findings_settle_the_band_before_the_score_is_known() -> None:
    open_ = totalling("100") | {"PRMS02-1": None}
    assert banded("prms_mishap_prevention", open_)["final"] == ""
    found = banded("prms_mishap_prevention", open_ | {"findings": 7})
    assert (found["by_score"], found["final"], found["adjective"], found["adjusted"]) == (
        "",
        "non",
        "",
        "Unsatisfactory",
    )


def test_nothing_to_judge_has_no_band() -> None:
    found = score(load("cmm"), all_of("cmm", "n/a"))
    assert (found["points"], found["band"], found["unanswered"]) == (None, None, 0)


# --- exactness -------------------------------------------------------------------------------------------------------


def test_a_mean_that_a_double_puts_below_its_limit_is_banded_by_its_true_value() -> None:
    """2.5 exactly, which is printed 3; adding up thirds in floating point gives 2.4999999999999996."""
    pep = load("pep_osha195")
    levels = [2, 4, 2, 2, 4, 5, 4, 2, 1, 1, 3, 4, 2, 2, 2]
    sheets = of_mapping(pep, {item.id: n for item, n in zip(pep.items, levels, strict=True)})[0]
    assert score_sheets(pep, sheets).of(pep.id).points[0] < 2.5
    assert score_sheets(pep, sheets, exact=True).of(pep.id).points[0] == Fraction(5, 2)
    assert banded("pep_osha195", {i.id: n for i, n in zip(pep.items, levels, strict=True)})["final"] == "level3"


def test_a_sum_of_shares_that_a_double_puts_below_its_limit_is_banded_by_its_true_value() -> None:
    """23.1 + 0 + 25 + 2.4 is 50.5."""
    answers: dict[str, Any] = {"PRMS02-1": 23.0}
    for line, away, failed in (("compilation", 4, 2), ("analysis", 11, 0), ("response", 6, 22)):
        for i, item in enumerate(leaves_of(f"PRMS02-{line}")):
            answers[item] = "n/a" if i < away else "not met" if i < away + failed else "met"
    one = load("prms_mishap_prevention")
    sheets = of_mapping(one, answers)[0]
    assert score_sheets(one, sheets).of(one.id).points[0] < 50.5
    assert score_sheets(one, sheets, exact=True).of(one.id).points[0] == Fraction("50.5")
    assert banded(one.id, answers)["final"] == "minimal"


@pytest.mark.parametrize("edge", ["89.5", "74.5", "50.5"])
def test_a_hair_below_a_limit_is_below_it(edge: str) -> None:
    above, below = totalling(edge), totalling(edge)
    below["PRMS02-1"] += Fraction(1, 10**15)
    found = [banded("prms_mishap_prevention", answers)["final"] for answers in (above, below)]
    names = [b.id for b in load("prms_mishap_prevention").bands]
    assert names.index(found[1]) == names.index(found[0]) + 1


def test_a_number_keeps_all_its_digits() -> None:
    for given in (3.5422195005783492, "3.5422195005783492", np.array([3.5422195005783492])):
        found = score(load("prms_mishap_prevention"), {"PRMS02-1": given})["nodes"]["PRMS02-1"]
        assert np.allclose(found, 28.937334149826494, rtol=1e-15)


# --- what is in the base ---------------------------------------------------------------------------------------------


def test_n_a_leaves_the_base_and_not_examined_is_counted_as_well() -> None:
    sheet = all_of("guidelines_1989", "met") | {"GL-1.1": "not met"}
    plain, away, unseen, blank = (
        score(load("guidelines_1989"), sheet | {"GL-4.3": answer}) for answer in ("met", "n/a", "not examined", "")
    )
    assert plain["points"] == pytest.approx(100 * 24 / 25)
    assert away["points"] == unseen["points"] == blank["points"] == pytest.approx(100 * 23 / 24)
    assert [f["unexamined"] for f in (plain, away, unseen, blank)] == [0, 0, 1, 0]
    assert [f["unanswered"] for f in (plain, away, unseen, blank)] == [0, 0, 0, 1]
    assert [f["answered"] for f in (plain, away, unseen, blank)] == [25, 25, 25, 24]
    assert away["least"] == away["most"] == away["points"]
    assert (blank["least"], blank["most"]) == (pytest.approx(100 * 23 / 25), pytest.approx(100 * 24 / 25))


def test_an_item_of_several_methods_is_their_mean_over_those_examined() -> None:
    one = load("prms_mishap_prevention")
    item = "PRMS02-9.1"
    cases = {
        ("met", "met", "met"): 1,
        ("met", "partial", "not met"): 0.5,
        ("met", "not examined", "not met"): 0.5,
        ("met", "n/a", "partial"): 0.75,
        ("not examined", "not examined", "partial"): 0.5,
        ("n/a", "n/a", "n/a"): None,
        ("met", "", "not met"): 0.5,
        ("", "", ""): None,
    }
    for judged, expected in cases.items():
        found = score(one, {(item, method): a for method, a in zip("DIV", judged, strict=True)})
        assert found["nodes"][item] == expected, judged
    everywhere = score(one, {item: "partial"})
    assert everywhere["nodes"][item] == 0.5, "answered without a method: by all of them"


def test_no_total_where_the_rate_is_missing_but_the_lines_are_shown() -> None:
    found = score(load("prms_mishap_prevention"), totalling("100") | {"PRMS02-1": ""})
    assert (found["points"], found["band"], found["unanswered"]) == (None, None, 1)
    assert (found["least"], found["most"]) == (70, 100)
    assert sum(found["nodes"][line] for line in LINES) == 70


def test_no_overall_rating_where_a_module_is_missing() -> None:
    modules = {"PRMS-1": 85, "PRMS-2": 78, "PRMS-3": 90, "PRMS-4": 70, "PRMS-5": 60}
    found = score(load("prms"), modules | {"PRMS-4": None})
    assert found["points"] is None
    assert (found["least"], found["most"]) == (pytest.approx(68.1), pytest.approx(83.1))
    away = all_of("prms", "n/a")
    assert score(load("prms"), modules | away)["points"] == pytest.approx(78.6), "entered numbers stand"
    found = score(load("prms"), modules | away | {"PRMS-4": None})
    assert (found["points"], found["unanswered"]) == (None, 0), "a module of which nothing applies is missing too"


def test_a_line_that_was_not_examined_gives_no_total_and_no_band() -> None:
    unseen = totalling("100") | dict.fromkeys(leaves_of("PRMS02-compilation"), "not examined")
    found = score(load("prms_mishap_prevention"), unseen)
    assert (found["points"], found["band"], found["unexamined"]) == (None, None, 6)
    assert (found["least"], found["most"]) == (75, 100)


def test_an_entered_number_goes_before_the_questions() -> None:
    asked = {item.id: "met" for item in load("prms").items if item.id.startswith("PRMS-5.")}
    assert score(load("prms"), asked)["nodes"]["PRMS-5"] == 100
    assert score(load("prms"), asked | {"PRMS-5": 60})["nodes"]["PRMS-5"] == 60
    assert score(load("prms"), asked | {"PRMS-5": ""})["nodes"]["PRMS-5"] == 100


def test_a_letter_goes_before_the_loss_ratio_and_records_are_needed() -> None:
    def letter(**more: str) -> Any:
        names = {"ratio": "SAFE-II.12.ratio", "records": "SAFE-II.12.records", "letter": "SAFE-II.12"}
        return score(load("safe"), {names[k]: v for k, v in more.items()})["nodes"]["SAFE-II.12"]

    assert letter(letter="C", ratio="0.5", records="yes") == 2
    assert letter(letter="", ratio="0.5", records="yes") == 4
    for ratio in ("0.899", "0.9", "1.0", "1.2"):
        assert letter(ratio=ratio) is None
        assert letter(ratio=ratio, records="no") is None
    assert letter(ratio="1.2001") == letter(ratio="1.2001", records="no") == 0, "over 1.2 needs no records"
    assert letter(records="yes") is None


def test_an_item_that_repeats_another_takes_its_answers_where_it_has_none() -> None:
    one = load("prms_mishap_prevention")
    found = score(one, {("PRMS02-5.5", "D"): "met", ("PRMS02-5.5", "I"): "not met"})["nodes"]
    assert found["PRMS02-6.2"] == found["PRMS02-5.5"] == 0.5
    own = score(one, {"PRMS02-5.5": "met", ("PRMS02-6.2", "D"): "not met"})
    assert own["nodes"]["PRMS02-6.2"] == 0
    assert score(one, {"PRMS02-6.1": "met"})["nodes"]["PRMS02-5.4"] is None, "not the other way round"


def interviews(*rows: tuple[str, str]) -> Any:
    table = pd.DataFrame(rows, columns=["answer", "attributed_to"]).assign(
        unit="u", framework="prms", item="PRMS-4.2.1", method=""
    )
    found = score(load("prms"), table)
    return found[found["node"].eq("PRMS-4.2.1")].iloc[0]


def test_only_interviews_due_to_training_count_for_training() -> None:
    found = interviews(("met", "training"), ("not met", "Training"), ("partial", "training"), ("not met", "tools"))
    assert (found["points"], found["answered"], found["unanswered"]) == (0.5, 1, 0)
    found = interviews(("not met", "tools"), ("not met", ""))
    assert (np.isnan(found["points"]), found["unanswered"]) == (True, 1)
    assert interviews(("n/a", ""))[["answered", "unanswered", "unexamined"]].tolist() == [1, 0, 0]
    assert interviews(("not examined", ""))["unexamined"] == 1


def test_what_stands_apart_never_enters_the_total() -> None:
    modules = {"PRMS-1": 85, "PRMS-2": 78, "PRMS-3": 90, "PRMS-4": 70, "PRMS-5": 60}
    for more in ({}, {"PRMS-6": 0}, {"PRMS-6": 100}, {"PRMS-3.1.coverage": 3}, {"PRMS-4.2.cause": "training lacking"}):
        found = score(load("prms"), modules | more)
        assert found["points"] == pytest.approx(78.6)
        assert found["answered"] == 5
    assert score(load("prms"), {"PRMS-6.1": "met"})["nodes"]["PRMS-6"] == 100
    assert "PRMS-4.2.cause" not in score(load("prms"), modules)["nodes"], "a category has no points"


def test_the_mean_stands_beside_the_least() -> None:
    table = pd.DataFrame({"unit": "u", "item": [f"CMM-1.{i}" for i in (1, 2, 3)], "answer": ["5", 4.0, 2]})
    rows = score(load("cmm"), table).set_index("node")
    assert rows.loc["CMM-1", "points"] == 2
    assert rows.loc["CMM-1", "mean"] == pytest.approx(11 / 3)
    assert rows.loc["cmm", "mean"] == pytest.approx(11 / 3)
    assert np.isnan(rows.loc["CMM-2", "mean"])


LADDER = """
id: steps
title: Steps
source: made up
counts: steps
expect: {leaves: 4, high: 3}
scales: {test: {choices: {"met": 1, "not met": 0}, outside: ["n/a"]}}
tree:
  id: steps
  title: Steps
  roll: ladder
  of:
    - {id: a, title: First, scale: test}
    - {id: b, title: Second, roll: mean, of: [{id: b1, title: One, scale: test}, {id: b2, title: Two, scale: test}]}
    - {id: c, title: Third, scale: test}
"""


@pytest.mark.parametrize(
    ("answers", "points", "least", "most"),
    [
        (("met", "met", "met", "met"), 3, 3, 3),
        (("met", "met", "not met", "met"), 1, 1, 1),
        (("not met", "met", "met", "met"), 0, 0, 0),
        (("met", "met", "met", "not met"), 2, 2, 2),
        (("met", "n/a", "met", "not met"), 2, 2, 2),
        (("met", "", "met", "met"), 3, 1, 3),
        (("", "met", "met", "met"), 0, 0, 3),
    ],
)
def test_a_ladder_counts_the_rungs_met_from_the_bottom(
    tmp_path: Path, answers: tuple[str, ...], points: int, least: int, most: int
) -> None:
    file = tmp_path / "steps.yaml"
    file.write_text(LADDER, encoding="utf-8")
    found = score(load(file), dict(zip(("a", "b1", "b2", "c"), answers, strict=True)))
    assert (found["points"], found["least"], found["most"]) == (points, least, most)


# --- every file ------------------------------------------------------------------------------------------------------


def keys(framework: Framework) -> list[tuple[Node, Any]]:
    """Every scored item with every key that answers it."""
    return [(i, (i.id, m) if m else i.id) for i in framework.items for m in (i.methods or ("",))]


def ends(item: Node) -> tuple[Any, Any]:
    """The worst and the best answer to an item."""
    if item.scale:
        return item.scale.choices[-1].answer, item.scale.choices[0].answer
    if item.number:
        return float(item.number.low or 0), float(item.number.high or 0)
    assert item.formula is not None
    return float(item.formula.numbers["start"]), 0.0


def sheets(framework: Framework, n: int, blank: float = 0.0, away: bool = True) -> dict[Any, Any]:
    """Random answers: one array an item and method."""
    rng = np.random.default_rng(5)
    found: dict[Any, Any] = {}
    good, gaps = rng.random(n), rng.random(n) < 0.5
    for item, key in keys(framework):
        gone = gaps & (rng.random(n) < blank)
        if item.scale:
            count = len(item.scale.choices)
            place = np.minimum((rng.random(n) ** (0.3 + 3 * good) * count).astype(int), count - 1)
            if away:
                place = np.where(rng.random(n) < 0.1, rng.integers(0, len(item.scale.answers), n), place)
            found[key] = np.where(gone, "", np.array(item.scale.answers, dtype=object)[place])
        else:
            worst, best = ends(item)
            found[key] = np.where(gone, np.nan, np.round(worst + rng.random(n) * (best - worst), 1))
    if framework.counts_findings:
        found["findings"] = rng.integers(0, 9, n) * (rng.random(n) < 0.5)
    return found


def places_of(framework: Framework, named: Any) -> Any:
    order = {b.id: i for i, b in enumerate(framework.bands)} | {None: -1}
    return np.array([order[b] for b in named])


@pytest.mark.parametrize("name", EVERY)
def test_the_best_answers_reach_the_most_and_the_worst_the_least(name: str) -> None:
    framework = load(name)
    raw = yaml.safe_load((places.ROOT / "data" / "frameworks" / f"{name}.yaml").read_text(encoding="utf-8"))
    assert raw["id"] == name
    assert len(framework.items) == raw["expect"]["leaves"]
    worst, best = (score(framework, {key: ends(item)[end] for item, key in keys(framework)}) for end in (0, 1))
    assert best["points"] == best["high"] == best["least"] == best["most"] == raw["expect"]["high"]
    assert worst["points"] == worst["low"] == worst["least"] == worst["most"]
    assert best["answered"] == worst["answered"] == len(framework.items)
    if framework.bands:
        assert (best["band"], worst["band"]) == (framework.bands[0].id, framework.bands[-1].id)


@pytest.mark.parametrize("name", EVERY)
def test_weights_add_up_to_what_the_file_says(name: str) -> None:
    raw = yaml.safe_load((places.ROOT / "data" / "frameworks" / f"{name}.yaml").read_text(encoding="utf-8"))
    nodes = [raw["tree"]]
    for node in nodes:
        nodes += node.get("of", [])
        inside = [child for child in node.get("of", []) if not child.get("apart")]
        if "weights" in node:
            assert sum(child["weight"] for child in inside) == node["weights"]
        assert len({"weight" in child for child in inside}) <= 1, "either all parts have a weight or none has"


@pytest.mark.parametrize("name", EVERY)
def test_a_better_answer_never_lowers_the_total_or_the_band(name: str) -> None:
    framework = load(name)
    before = sheets(framework, 400, blank=0.01)
    first = score(framework, before)
    improved = 0
    for item, key in keys(framework):
        if item.scale:
            ladder = [c.answer for c in item.scale.choices]
            better = {a: ladder[max(i - 1, 0)] for i, a in enumerate(ladder)}
            after = np.array([better.get(a, a) for a in before[key]], dtype=object)
        else:
            worst, best = ends(item)
            after = np.clip(before[key] + np.sign(best - worst), min(worst, best), max(worst, best))
        improved += (after != before[key]).sum()
        second = score(framework, {**before, key: after})
        for end in ("points", "least", "most"):
            assert (np.nan_to_num(second[end]) >= np.nan_to_num(first[end]) - 1e-9).all(), (key, end)
        was, now = places_of(framework, first["band"]), places_of(framework, second["band"])
        assert ((now <= was) | (was < 0) | (now < 0)).all(), key
    assert improved > 400


@pytest.mark.parametrize("name", EVERY)
def test_points_stay_between_their_limits(name: str) -> None:
    framework = load(name)
    rows = score(framework, table_of(framework, sheets(framework, 400, blank=0.05)))
    for low, high in (("low", "high"), ("least", "most")):
        assert (rows[low] <= rows[high] + 1e-9).all()
        assert not ((rows["points"] < rows[low] - 1e-9) | (rows["points"] > rows[high] + 1e-9)).any()
    assert (rows["low"] - 1e-9 <= rows["least"]).all()
    assert (rows["most"] <= rows["high"] + 1e-9).all()
    root = rows[rows["node"].eq(name)]
    full = root["unanswered"].eq(0) & root["points"].notna()
    assert full.sum() > 5
    assert np.allclose(root.loc[full, "least"], root.loc[full, "points"])
    assert np.allclose(root.loc[full, "most"], root.loc[full, "points"])


@pytest.mark.parametrize("name", EVERY)
def test_an_unanswered_item_is_never_invisible(name: str) -> None:
    """One more is unanswered, and the range runs from the total with its worst answer to that with its best."""
    framework = load(name)
    before = sheets(framework, 60, away=False)
    first = score(framework, before)
    assert (first["unanswered"] == 0).all()
    for item in framework.items:
        if item.mirrors:
            continue
        mine = [key for one, key in keys(framework) if one is item]
        blank = np.full(60, "" if item.scale else np.nan)
        worst, best = (np.full(60, end) for end in ends(item))
        gone, low, high = (score(framework, before | dict.fromkeys(mine, a)) for a in (blank, worst, best))
        assert (gone["unanswered"] == 1).all(), item.id
        assert (gone["answered"] == first["answered"] - 1).all()
        assert np.allclose(gone["least"], low["points"]), item.id
        assert np.allclose(gone["most"], high["points"]), item.id
        assert [g if w == b else None for g, w, b in zip(low["band"], low["band"], high["band"], strict=True)] == list(
            gone["band"]
        )


def table_of(framework: Framework, answers: dict[Any, Any], only: slice = slice(None)) -> pd.DataFrame:
    """The same answers as a long table."""
    parts = []
    for key, values in answers.items():
        item, method = key if isinstance(key, tuple) else (key, "")
        if item != "findings":
            units = [f"u{i:04}" for i in range(len(values))][only]
            parts.append(pd.DataFrame({"unit": units, "item": item, "method": method, "answer": list(values[only])}))
    found = pd.concat(parts, ignore_index=True).assign(
        framework=framework.id, date="2024-01-01", attributed_to="training"
    )
    found["answer"] = found["answer"].astype(object)
    if "findings" in answers:
        turn = found.groupby("unit").cumcount()
        items = found.drop_duplicates(["unit", "item"]).groupby("unit").cumcount().reindex(found.index)
        wanted = found["unit"].map({f"u{i:04}": n for i, n in enumerate(answers["findings"])})
        found["significant_finding"] = np.where(items.notna() & (items < wanted), "yes", "")
        assert turn.max() > 0
    return found


def comparable(framework: Framework, rows: pd.DataFrame) -> pd.DataFrame:
    return rows[rows["node"].eq(framework.id)].reset_index(drop=True)


@pytest.mark.parametrize("name", EVERY)
def test_a_table_says_the_same_as_a_mapping_and_its_order_does_not_matter(name: str) -> None:
    framework = load(name)
    answers = sheets(framework, 120, blank=0.03)
    long = table_of(framework, answers)
    kept = long.copy(deep=True)
    rows = score(framework, long)
    pd.testing.assert_frame_equal(long, kept)
    mapping = score(framework, answers)
    root = comparable(framework, rows)
    for column in ("points", "low", "high", "least", "most", "answered", "unanswered", "unexamined"):
        np.testing.assert_allclose(root[column], mapping[column], rtol=1e-12)
    assert root["band"].tolist() == [b or "" for b in mapping["band"]]
    for node, points in mapping["nodes"].items():
        np.testing.assert_allclose(rows.loc[rows["node"].eq(node), "points"], points, rtol=1e-12)
    pd.testing.assert_frame_equal(score(framework, long.sample(frac=1, random_state=3)), rows)
    foreign = long.assign(framework="another", item="whatever")
    pd.testing.assert_frame_equal(score(framework, pd.concat([long, foreign])), rows)


@pytest.mark.parametrize("name", EVERY)
def test_a_sheet_is_scored_alone_as_among_others(name: str) -> None:
    framework = load(name)
    answers = sheets(framework, 90, blank=0.03)
    together = score(framework, table_of(framework, answers))
    chunks = [score(framework, table_of(framework, answers, slice(i, i + 30))) for i in (0, 30, 60)]
    found = pd.concat(chunks, ignore_index=True)
    # Units of a later part begin anew at u0000.
    pd.testing.assert_frame_equal(found.drop(columns="unit"), together.drop(columns="unit"), rtol=1e-12)
    many = score(framework, answers)
    for i in range(0, 90, 11):
        one = score(framework, {k: v[i] for k, v in answers.items()})
        assert one["band"] == many["band"][i]
        for k in ("points", "least", "most", "unanswered"):
            assert (one[k] is None and np.isnan(many[k][i])) or one[k] == pytest.approx(many[k][i], rel=1e-12)
        assert isinstance(one["answered"], int)
        assert isinstance(one["low"], float)


@pytest.mark.parametrize("name", EVERY)
def test_answers_in_a_mapping_are_not_changed(name: str) -> None:
    framework = load(name)
    answers = sheets(framework, 30, blank=0.1)
    kept = {k: v.copy() for k, v in answers.items()}
    score(framework, answers)
    assert answers.keys() == kept.keys()
    for k, v in kept.items():
        np.testing.assert_array_equal(answers[k], v)


@pytest.mark.parametrize("name", EVERY)
def test_scores_are_a_tidy_table_of_every_node(name: str) -> None:
    framework = load(name)
    rows = score(framework, table_of(framework, sheets(framework, 3)))
    assert [c for c in rows.columns if c in COLUMNS] == COLUMNS
    assert rows["node"].tolist() == list(framework.nodes) * 3
    assert rows["depth"].head(2).tolist() == [0, 1]
    assert set(rows["parent"]) - {""} <= set(framework.nodes)
    assert (rows["band"].ne("") <= rows["node"].eq(name)).all()
    assert score(framework, table_of(framework, sheets(framework, 3)).head(0)).columns.tolist() == rows.columns.tolist()


def test_findings_are_counted_once_an_item_in_either_wording() -> None:
    one = load("prms_mishap_prevention")
    rows = [("PRMS02-9.1", "D", "yes"), ("PRMS02-9.1", "I", "Yes"), ("PRMS02-9.2", "D", "not effective"),
            ("PRMS02-9.3", "D", "no"), ("PRMS02-9.4", "D", None)]  # fmt: skip
    table = pd.DataFrame(rows, columns=["item", "method", "significant_finding"]).assign(unit="u", answer="met")
    found = of_table(one, table)
    assert (found.findings.tolist(), found.recorded) == ([2], True)
    assert of_table(one, table.assign(significant_finding=None)).recorded is False
    assert of_mapping(one, {})[0].recorded is False
    assert of_mapping(one, {"findings": 0})[0].recorded is True
