"""What framework files and answers are told when they cannot be meant: word for word, by file, node and fault."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from oshlib.frameworks import load, score
from tests.conftest import message

GOOD = """
id: mine
title: Mine
source: made up
counts: points
expect: {leaves: 4, high: 9}
scales:
  judged:
    choices: {met: 1, partial: 0.5, not met: 0}
    outside: [n/a]
methods: {D: documents, I: interview}
tree:
  id: mine
  title: Mine
  roll: mean
  weights: 10
  of:
    - {id: M-1, title: Judged, weight: 4, scale: judged, methods: [D, I]}
    - id: M-2
      title: Both
      weight: 6
      roll: sum
      of:
        - id: M-2.1
          title: With levels
          scale: judged
          levels: {met: all of it, partial: some of it, not met: nothing}
        - id: M-2.2
          title: Measured
          cuts:
            steps: [{below: 2, gives: good, points: 3}, {to: 4, gives: fair, points: 1}, {gives: bad, points: 0}]
        - id: M-2.3
          title: Rate
          formula: {name: falling_line, start: 100, factor: 0.1, low: 0, high: 10, unit: per 100}
bands:
  names:
    - {id: high, title: High, from: 5, findings: 0}
    - {id: low, title: Low, from: 0}
"""


def refused(folder: Path, text: str) -> str:
    file = folder / "mine.yaml"
    file.write_text(text, encoding="utf-8")
    found = message(lambda: load(file))
    assert found.startswith(str(file))
    return found.removeprefix(str(file)).removeprefix(":").strip()


def good() -> str:
    # 0.4 x 1 + 0.6 x (1 + 3 + 10)
    return GOOD.replace("high: 9}", "high: 8.8}")


def test_the_file_without_a_fault_is_taken(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(good(), encoding="utf-8")
    assert score(load(file), {"M-1": "met", "M-2.1": "met", "M-2.2": 1, "M-2.3": 0})["points"] == pytest.approx(8.8)


FAULTS = {
    "unknown key": (
        "title: Judged, weight",
        "titel: Judged, weight",
        "M-1: found the key 'titel'; did you mean 'title'?",
    ),
    "unknown key, nothing near": (
        "weights: 10",
        "weights: 10\n  zzz: 1",
        (
            "mine: found the key 'zzz'; expected one of id, title, roll, of, weight, weights, out_of, "
            "needs_all, apart, also, scale, levels, methods, repeats, counts_if, mirrors, cuts, number, "
            "formula, from, none, suggest, facts, note, aim, line"
        ),
    ),
    "unknown key of the file": (
        "counts: points",
        "counts: points\ncolour: red",
        (
            "mine: found the key 'colour'; expected one of id, title, short, source, edition, counts, "
            "decimals, notes, expect, scales, methods, tree, bands, adjectives, beside"
        ),
    ),
    "no title": (
        "{id: M-1, title: Judged, ",
        "{id: M-1, ",
        "M-1: found no 'title'",
    ),
    "wrong kind": (
        "weight: 4",
        "weight: heavy",
        "M-1: weight: found 'heavy', expected number",
    ),
    "wrong roll": (
        "roll: sum",
        "roll: add",
        "M-2: roll: found 'add', expected one of sum, mean, min, max, ladder, share",
    ),
    "doubled id": (
        "id: M-2.2",
        "id: M-2.1",
        "M-2.1: the id stands twice",
    ),
    "doubled key": (
        "title: Both",
        "title: Both\n      title: Again",
        "line 21: the key 'title' stands twice",
    ),
    "yes as a key": (
        "{met: 1, partial: 0.5, not met: 0}",
        "{yes: 1, partial: 0.5, not met: 0}",
        'mine: found yes without quotes; write "yes"',
    ),
    "no as a value": (
        "outside: [n/a]",
        "outside: [no]",
        'mine: found no without quotes; write "no"',
    ),
    "No as a title": (
        "title: Measured",
        "title: No",
        'M-2.2: found No without quotes; write "No"',
    ),
    "weights": (
        "weight: 6",
        "weight: 5",
        "mine: the weights of its parts add up to 9, expected 10",
    ),
    "weight under sum": (
        "title: Measured",
        "title: Measured\n          weight: 2",
        "M-2.2: weight: M-2 does not weigh its parts; only the roll mean does",
    ),
    "levels missing": (
        ", partial: some of it",
        "",
        "M-2.1: levels: found no 'partial'; expected met, partial, not met",
    ),
    "level unknown": (
        "nothing}",
        "nothing, never: x}",
        "M-2.1: levels: found 'never'; expected met, partial, not met",
    ),
    "unknown scale": (
        "scale: judged, methods",
        "scale: juged, methods",
        "M-1: found the scale 'juged'; expected one of judged",
    ),
    "unknown formula": (
        "name: falling_line",
        "name: rising_line",
        "M-2.3: formula: found 'rising_line'; expected one of falling_line",
    ),
    "unknown method": (
        "methods: [D, I]}",
        "methods: [D, V]}",
        "M-1: methods: found 'V'; expected D, I",
    ),
    "steps not rising": (
        "{to: 4,",
        "{to: 2,",
        "M-2.2: steps: found 2 after 2; expected rising limits",
    ),
    "last step limited": (
        "{gives: bad,",
        "{to: 9, gives: bad,",
        "M-2.2: steps: expected below or to in each but the last, which has neither",
    ),
    "points not best first": (
        "{met: 1, partial: 0.5,",
        "{met: 1, partial: 2,",
        "judged: choices: found the points 1, 2, 0; expected the best first",
    ),
    "mixed points": (
        "partial: 0.5",
        "partial: null",
        "judged: choices: some have points and some have none",
    ),
    "expect leaves": (
        "leaves: 4",
        "leaves: 5",
        "expect: found 4 scored items, the file expects 5",
    ),
    "expect high": (
        "high: 8.8",
        "high: 9",
        "expect: found 8.8 as the most possible, the file expects 9",
    ),
    "bands not falling": (
        "from: 5",
        "from: 0",
        "bands: found from 0, 0; expected the best first",
    ),
    "lowest band too high": (
        "title: Low, from: 0",
        "title: Low, from: 1",
        "bands: low begins at 1, and 0 is possible",
    ),
    "findings in the last band": (
        "title: Low, from: 0",
        "title: Low, from: 0, findings: 2",
        "bands: findings: the last band takes any number, and has no findings",
    ),
    "roll without of": (
        "title: Rate",
        "title: Rate\n          roll: sum",
        "M-2.3: found roll alone; an inner node has both roll and of",
    ),
    "two ways to score": (
        "title: Measured",
        "title: Measured\n          none: nothing",
        "M-2.2: found none and cuts; an item has one of scale, number, formula, cuts, none",
    ),
    "no way to score": (
        "scale: judged, methods: [D, I]",
        "note: none",
        "M-1: found none of them; an item has one of scale, number, formula, cuts, none",
    ),
    "root of another name": (
        "tree:\n  id: mine",
        "tree:\n  id: other",
        "other: the first node has the framework's id, 'mine'",
    ),
    "mirrors": (
        "scale: judged, methods: [D, I]",
        "scale: judged, methods: [D, I], mirrors: M-2.1",
        "M-1: mirrors: found 'M-2.1'; expected an item of the same scale and methods",
    ),
    "low above high": (
        "{id: M-1, title: Judged, weight: 4, scale: judged, methods: [D, I]}",
        "{id: M-1, title: Judged, weight: 4, number: {low: 5, high: 1}}",
        "M-1: found low 5 and high 1; expected low below high",
    ),
    "broken YAML": (
        "methods: {D: documents",
        "methods: {D: documents: x",
        "line 11: expected ',' or '}', but got ':'",
    ),
    "tab": (
        "  roll: mean",
        "\troll: mean",
        "line 15: found character '\\t' that cannot start any token",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_in_a_file_is_named_with_its_node(tmp_path: Path, fault: str) -> None:
    old, new, expected = FAULTS[fault]
    assert good().count(old) == 1
    assert refused(tmp_path, good().replace(old, new)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "found nothing, expected the keys of a framework: id, title, tree ..."),
        ("- a", "found a list, expected the keys of a framework: id, title, tree ..."),
        ("just words", "found a str, expected the keys of a framework: id, title, tree ..."),
        ("id: [a", "line 1: expected ',' or ']', but got '<stream end>'"),
        ("a: &x [*x]", "line 1: found unconstructable recursive node"),
        ("\0", "cannot be read as YAML: unacceptable character #x0000: special characters are not allowed"),
    ],
)
def test_a_file_that_is_no_framework_at_all_is_refused(tmp_path: Path, text: str, expected: str) -> None:
    assert refused(tmp_path, text) == expected


def test_a_file_that_changed_is_read_again(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(good(), encoding="utf-8")
    assert load(file).title == "Mine"
    file.write_text(good().replace("title: Mine", "title: Ours"), encoding="utf-8")
    assert load(file).title == "Ours"


def test_an_unknown_framework_is_told_the_nearest() -> None:
    assert message(lambda: load("pepp")) == "framework: found no 'pepp'; did you mean 'pep'?"
    assert message(lambda: load("zzz")) == (
        "framework: found no 'zzz'; expected one of cmm, guidelines_1989, pep, pep_osha195, prms, "
        "prms_mishap_prevention, safe, safe_diamond, or a .yaml file"
    )
    assert message(lambda: load("nowhere/mine.yaml")) == (
        "framework: found no file 'nowhere/mine.yaml', neither from the current folder nor from the repository"
    )


ANSWERS: list[tuple[str, dict[Any, Any], str]] = [
    ("pep", {"PEP-1.1": "6"}, "pep: PEP-1.1: found '6', expected 5, 4, 3, 2 or 1"),
    ("pep", {"PEP-1.1": "0"}, "pep: PEP-1.1: found '0', expected 5, 4, 3, 2 or 1"),
    ("cmm", {"CMM-1.1": 2.5}, "cmm: CMM-1.1: found '2.5', expected 5, 4, 3, 2, 1 or n/a"),
    ("safe", {"SAFE-I.1": "3"}, "safe: SAFE-I.1: found '3', expected A, B, C or D"),
    ("safe", {"SAFE-I.1": "E"}, "safe: SAFE-I.1: found 'E', expected A, B, C or D"),
    ("safe", {"SAFE-I.1": "n/a"}, "safe: SAFE-I.1: found 'n/a', expected A, B, C or D"),
    (
        "guidelines_1989",
        {"GL-1.1": "mostly"},
        "guidelines_1989: GL-1.1: found 'mostly', expected met, partial, not met, n/a or not examined",
    ),
    ("safe", {"SAFE-I.10": "A"}, "safe: found no item 'SAFE-I.10'; did you mean 'SAFE-II.10'?"),
    (
        "safe",
        {"XYZ": "A"},
        "safe: found no item 'XYZ'; its items are SAFE-I.1, SAFE-I.2, SAFE-I.3 ... SAFE-II.12.records",
    ),
    (
        "safe",
        {"SAFE-I": "A"},
        "safe: SAFE-I: found an answer, expected answers to its parts: SAFE-I.1, SAFE-I.2, SAFE-I.3 ...",
    ),
    ("prms", {"PRMS-7": "met"}, "prms: PRMS-7: found an answer, expected no answer: it has no measure"),
    (
        "prms_mishap_prevention",
        {("PRMS02-9.3", "I"): "met"},
        "prms_mishap_prevention: PRMS02-9.3: method: found 'I', expected D or V",
    ),
    (
        "prms_mishap_prevention",
        {("PRMS02-9.6", "X"): "met"},
        "prms_mishap_prevention: PRMS02-9.6: method: found 'X', expected D",
    ),
    ("prms", {"PRMS-2": "101"}, "prms: PRMS-2: found '101', expected 0 to 100"),
    ("prms", {"PRMS-2": -1}, "prms: PRMS-2: found '-1', expected 0 to 100"),
    ("prms", {"PRMS-2": "eighty"}, "prms: PRMS-2: found 'eighty', expected a number"),
    ("prms", {"PRMS-2": "inf"}, "prms: PRMS-2: found 'inf', expected a number"),
    ("prms", {"PRMS-2": float("inf")}, "prms: PRMS-2: found 'inf', expected a number"),
    ("prms", {"PRMS-2": "1e999999999"}, "prms: PRMS-2: found '1e999999999', expected a number"),
    ("safe", {"SAFE-II.12.ratio": "-0.1"}, "safe: SAFE-II.12.ratio: found '-0.1', expected 0 to 50"),
    ("safe", {"SAFE-II.12.records": "maybe"}, "safe: SAFE-II.12.records: found 'maybe', expected yes or no"),
    ("safe", {"SAFE-II.12.records": 1}, "safe: SAFE-II.12.records: found '1', expected yes or no"),
    ("prms_mishap_prevention", {"PRMS02-1": "-3"}, "prms_mishap_prevention: PRMS02-1: found '-3', expected 0 or more"),
]


@pytest.mark.parametrize(("framework", "answers", "expected"), ANSWERS, ids=lambda v: str(v)[:30])
def test_an_answer_that_cannot_be_meant_is_refused(framework: str, answers: dict[Any, Any], expected: str) -> None:
    assert message(lambda: score(load(framework), answers)) == expected
    rows = [
        {"unit": "u", "item": key[0] if isinstance(key, tuple) else key, "answer": a,
         "method": key[1] if isinstance(key, tuple) else ""}
        for key, a in answers.items()
    ]  # fmt: skip
    assert message(lambda: score(load(framework), pd.DataFrame(rows).astype(object))) == expected


def table(framework: str, *rows: tuple[Any, ...]) -> Callable[[], Any]:
    columns = ["unit", "date", "item", "answer", "method", "significant_finding"]
    return lambda: score(load(framework), pd.DataFrame(rows, columns=columns[: len(rows[0])]))


def test_an_item_answered_twice_is_refused() -> None:
    twice = table("pep", ("PL-1", "2024-05-01", "PEP-1.1", "4"), ("PL-1", "2024-05-01", "PEP-1.1", "4"))
    assert message(twice) == "pep: PEP-1.1: answered twice for PL-1 2024-05-01"
    twice = table("prms", ("CM-1", "", "PRMS-2", "80"), ("CM-1", "", "PRMS-2", "80"))
    assert message(twice) == "prms: PRMS-2: answered twice for CM-1"
    item = "PRMS02-9.1"
    twice = table("prms_mishap_prevention", ("CM-1", "", item, "met", "I"), ("CM-1", "", item, "met", "i"))
    assert message(twice) == f"prms_mishap_prevention: {item}: answered twice by I for CM-1"
    twice = table("prms_mishap_prevention", ("CM-1", "", item, "met", ""), ("CM-1", "", item, "met", "V"))
    assert message(twice) == f"prms_mishap_prevention: {item}: answered twice by V for CM-1"
    other = table("pep", ("PL-1", "2024-05-01", "PEP-1.1", "4"), ("PL-1", "2025-05-01", "PEP-1.1", "4"))
    assert len(other()) == 2 * len(load("pep").nodes)


def test_a_finding_that_cannot_be_meant_is_refused() -> None:
    odd = table("prms_mishap_prevention", ("CM-1", "", "PRMS02-9.6", "met", "D", "maybe"))
    assert message(odd) == (
        "prms_mishap_prevention: significant_finding: found 'maybe', expected yes, not effective or no"
    )


def test_arrays_of_different_lengths_are_refused() -> None:
    answers = {"SAFE-I.1": np.array(["A", "B"]), "SAFE-I.2": np.array(["A", "B", "C"])}
    assert message(lambda: score(load("safe"), answers)) == ("safe: found arrays of 2, 3 answers, expected one length")


def test_a_number_in_an_array_is_held_to_its_limits_too() -> None:
    for wrong, told in ((101.5, "found '101.5', expected 0 to 100"), (np.inf, "found 'inf', expected a number")):
        answers = {"PRMS-2": np.array([50.0, np.nan, wrong])}
        assert message(lambda a=answers: score(load("prms"), a)) == f"prms: PRMS-2: {told}"
