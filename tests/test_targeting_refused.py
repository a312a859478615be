"""Rules, limits and values that there are not: each is refused in the words that a user reads."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml

from oshlib.targeting import assign, load
from tests.conftest import message

#: The smallest file of a plan of one's own.
PLAN: dict[str, Any] = {
    "title": "A plan (made up)", "measure": "DART", "decimals": 1, "source": "made up", "limits": {"high": 4.0},
    "lists": {i: {"title": i, "means": i} for i in ("secondary", "not_listed")},
    "steps": [
        {"list": "secondary", "when": "DART >= high", "because": "high", "source": "made up"},
        {"list": "not_listed", "when": "", "because": "low", "source": "made up"},
    ],
}  # fmt: skip
KEYS = (
    "cautions, coding, data_year, dates, decimals, effective, levers, limits, lists, measure, notes, plan, source, "
    "steps, title"
)  # fmt: skip
SITE = {"N": 22, "EH": 645_089, "sic": "2421", "workers": 310}


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Files are given by their names alone, so that sentences can be compared word for word."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def written(plan: Any, name: str = "Own", **rest: Any) -> str:
    Path("own.yaml").write_text(yaml.safe_dump({"directives": {name: plan}, **rest}), encoding="utf-8")
    return "own.yaml"


def step(when: str, **change: Any) -> dict[str, Any]:
    return {**PLAN, "steps": [{**PLAN["steps"][0], "when": when, **change}, PLAN["steps"][1]]}


def without(part: dict[str, Any], key: str) -> dict[str, Any]:
    return {k: v for k, v in part.items() if k != key}


# --- the file --------------------------------------------------------------------------------------------------------


def test_a_plan_of_ones_own_is_read_and_used() -> None:
    assert load(written(PLAN)).limits == {"high": 4.0}
    rows = {"dart_cases": np.array([3, 4]), "hours": 200_000}
    assert assign(rows, directive="own.yaml")["list"].tolist() == ["not_listed", "secondary"]
    assert assign(rows, directive="own.yaml", high=3)["list"].tolist() == ["secondary", "secondary"]
    grouped = {**step("industry in mine; DART >= high"), "cautions": []}
    file = written(grouped, industries={"mine": {"SIC": ["24"], "source": "made up"}})
    found = assign({**rows, "dart_cases": 9, "sic": np.array(["2421", "2521"])}, directive=file)
    assert found["list"].tolist() == ["secondary", "not_listed"]


def test_a_file_that_holds_no_single_plan() -> None:
    assert message(lambda: load("gone.yaml")) == (
        "directive: found no file 'gone.yaml', neither from the current folder nor from the repository"
    )
    assert message(lambda: load("SST-99")) == (
        "directive: found 'SST-99', expected one of CPL 2-0.119, SST-05, SST-06, SST-08, SST-11, or a .yaml file"
    )
    Path("own.yaml").write_text("a: [1\nb: 2\n")
    assert message(lambda: load("own.yaml")) == "own.yaml: not readable as YAML: while parsing a flow sequence"
    Path("own.yml").write_bytes(b"a: \xff\n")
    assert message(lambda: load("own.yml")) == (
        "own.yml: not readable as YAML: 'utf-8' codec can't decode byte 0xff in position 3: invalid start byte"
    )
    no_plan = "own.yaml: found no directives; expected a file like data/reference/targeting_rules.yaml"
    for text in ("", "- 1\n", "title: x\n", "directives: [1]\n"):
        Path("own.yaml").write_text(text)
        assert message(lambda: load("own.yaml")) == no_plan
    Path("own.yaml").write_text("directives: {}\n")
    assert message(lambda: load("own.yaml")) == "own.yaml: found 0 directives, expected one"
    Path("own.yaml").write_text(yaml.safe_dump({"directives": {"One": PLAN, "Two": PLAN}}))
    assert message(lambda: load("own.yaml")) == "own.yaml: found 2 directives, expected one"


@pytest.mark.parametrize("key", ["title", "measure", "decimals", "source", "limits", "lists", "steps"])
def test_a_plan_without_a_key_that_each_has(key: str) -> None:
    also = KEYS.replace("cautions", "also, cautions")
    assert message(lambda: load(written(without(PLAN, key)))) == (
        f"own.yaml, Own: found no key {key!r}; a directive has {also}"
    )


def test_a_plan_with_a_key_or_a_measure_that_there_is_not() -> None:
    also = KEYS.replace("cautions", "also, cautions")
    assert message(lambda: load(written({**PLAN, "limit": 3}))) == (
        f"own.yaml, Own: found the key 'limit'; a directive has {also}"
    )
    assert message(lambda: load(written({**PLAN, "measure": "DARTS"}))) == (
        "own.yaml, Own: found the measure 'DARTS', expected one of "
        "TCR, TCIR, LTCR, DART, LWDII, DAFW, IIR, SEVERITY, LTIFR"
    )


@pytest.mark.parametrize("key", ["list", "source"])
def test_a_step_without_its_list_or_its_source(key: str) -> None:
    plan = {**PLAN, "steps": [without(PLAN["steps"][0], key), PLAN["steps"][1]]}
    assert message(lambda: load(written(plan))) == (
        f"own.yaml, Own: found no key {key!r} where each has one; see targeting_rules.yaml"
    )


@pytest.mark.parametrize(
    "change",
    [{"limits": None}, {"limits": [7.0]}, {"steps": ["DART >= high"]}, {"lists": 3}, {"steps": None}, {"notes": 3}],
)
def test_a_part_of_another_kind(change: dict[str, Any]) -> None:
    wrong = "own.yaml, Own: found a list, a text or nothing where targeting_rules.yaml has another kind"
    assert message(lambda: load(written({**PLAN, **change}))) == wrong
    assert message(lambda: load(written(None))) == wrong


# --- steps -----------------------------------------------------------------------------------------------------------


def test_steps_that_lead_nowhere() -> None:
    assert message(lambda: load(written(step("DART >= high", list="tertiary")))) == (
        "own.yaml, Own, step 1: found the list 'tertiary', expected one of not_listed, secondary"
    )
    last = "own.yaml, Own: the last step has a condition, or there is none; expected one for all that are left"
    assert message(lambda: load(written({**PLAN, "steps": PLAN["steps"][:1]}))) == last
    assert message(lambda: load(written({**PLAN, "steps": []}))) == last


@pytest.mark.parametrize(
    ("when", "wrong"),
    [
        ("DART over high", "found 'DART over high', expected a condition such as LWDII >= primary or joined = no"),
        ("joined", "found 'joined', expected a condition such as LWDII >= primary or joined = no"),
        ("DART >=high", "found 'DART >=high', expected a condition such as LWDII >= primary or joined = no"),
        ("DART > high", "found DART > high; expected >= or < and the name of a limit"),
        ("DART >= low", "found DART >= low; expected >= or < and the name of a limit"),
        ("DARTS >= high", "found the column 'DARTS'; no list of establishments has it"),
        ("sector blank", "found the column 'sector'; no list of establishments has it"),
        ("industry in mining", "found industry in mining; expected in or not in, and of mine"),
        ("industry = mine", "found industry = mine; expected in or not in, and of mine"),
        ("list in third", "found list in third; expected a list"),
        ("list > secondary", "found list > secondary; expected a list"),
        ("joined = maybe", "found joined = maybe; expected = yes or = no"),
        ("joined > no", "found joined > no; expected = yes or = no"),
        ("notified > high", "found notified > high; expected a comparison with a day"),
        ("notified = day", "found notified = day; expected a comparison with a day"),
        ("employees < few", "found employees < few; expected a comparison with a number"),
        ("employees in high", "found employees in high; expected a comparison with a number"),
    ],
)
def test_conditions_that_compare_what_cannot_be_compared(when: str, wrong: str) -> None:
    plan = {**step(when), "limits": {"high": 4.0, "day": "1998-01-30"}}
    text = yaml.safe_dump({"directives": {"Own": plan}, "industries": {"mine": {"SIC": ["24"]}}})
    Path("own.yaml").write_text(text.replace("'1998-01-30'", "1998-01-30"))
    assert message(lambda: load("own.yaml")) == f"own.yaml, Own, step 1: {wrong}"


@pytest.mark.parametrize(
    ("part", "rows", "where"),
    [
        ("also", {"code": [{"gives": "X", "when": "joined = maybe", "source": "x"}]}, "code 1"),
        ("notes", [{"text": "X", "when": "joined = maybe", "source": "x"}], "note 1"),
        ("dates", [{"day": "enrol_by", "lists": [], "after": "notified", "when": "joined = maybe", "source": ""}],
         "dates"),
    ],
)  # fmt: skip
def test_conditions_outside_the_steps_are_looked_at_too(part: str, rows: Any, where: str) -> None:
    assert message(lambda: load(written({**PLAN, part: rows}))) == (
        f"own.yaml, Own, {where}: found joined = maybe; expected = yes or = no"
    )


@pytest.mark.parametrize(
    "row", [{"day": "soon", "fixed": 1}, {"day": "enrol_by"}, {"day": "enrol_by", "fixed": 1, "after": "notified"}]
)
def test_a_day_of_no_kind_or_with_no_start_or_two(row: dict[str, Any]) -> None:
    assert message(lambda: load(written({**PLAN, "dates": [row]}))) == (
        f"own.yaml, Own, dates: found {dict(sorted(row.items()))}; expected one of notify_by, enrol_by, inspect_from, "
        "finish_by, and either fixed or after"
    )


# --- what is asked for -----------------------------------------------------------------------------------------------


def test_tests_and_limits_that_a_plan_has_not() -> None:
    assert message(lambda: assign(SITE, without=["rates"])) == (
        "without: found 'rates'; CPL 2-0.119 has the tests coverage, history"
    )
    assert message(lambda: assign(SITE, without="rates", directive="SST-05")) == (
        "without: found 'rates'; SST-05 has the tests none"
    )
    assert message(lambda: assign(SITE, secondary=3.0)) == (
        "found no rule or limit 'secondary'; CPL 2-0.119 has the limits primary, with_history, not_offered, serious, "
        "workers, small_site, small_firm, comprehensive, look_back, late, first_inspection"
    )
    assert message(lambda: assign(SITE, compare="exactly")) == (
        "compare: found 'exactly', expected rounding or absolute"
    )


@pytest.mark.parametrize("value", ["14", None, True, -1.0, float("nan"), float("inf"), [14]])
def test_a_limit_that_is_no_number(value: Any) -> None:
    assert message(lambda: assign(SITE, primary=value)) == (
        f"primary: found {value!r}, expected a number, zero or more, like 7.0"
    )


@pytest.mark.parametrize("value", ["spring", 1996, None, "1996-02-30"])
def test_a_limit_that_is_no_day(value: Any) -> None:
    assert message(lambda: assign(SITE, comprehensive=value)) == (
        f"comprehensive: found {value!r}, expected a day like 1996-01-01"
    )


# --- establishments --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"joined": "maybe"}, "joined: found 'maybe', expected yes or no"),
        ({"joined": 2}, "joined: found 2, expected yes or no"),
        ({"joined": 0.5}, "joined: found 0.5, expected yes or no"),
        ({"workers": "many"}, "employees: found 'many', expected a number"),
        ({"workers": "1,234"}, "employees: found '1,234', expected a number"),
        ({"workers": -1}, "employees: found -1, expected a number, zero or more"),
        ({"EH": float("inf")}, "hours: found inf, expected a number, zero or more"),
        ({"N": "-3"}, "dart_cases: found -3, expected a number, zero or more"),
        ({"willful": "some"}, "willful: found 'some', expected a number"),
        ({"sic": "242"}, "sic: found '242', expected 4 digits"),
        ({"sic": 24211}, "sic: found 24211, expected 4 digits"),
        *(({"comprehensive_inspection_date": day},
           f"last_comprehensive: found {day!r}, expected a day such as 1997-12-05")
          for day in ("spring", "1996", "1996-02-30", "01/05/1996", "today", 1996)),
        ({"hours": 3}, "found 'EH' and 'hours', which mean the same; expected one of them"),
    ],
)  # fmt: skip
def test_a_value_that_a_column_cannot_hold(change: dict[str, Any], wrong: str) -> None:
    assert message(lambda: assign({**SITE, **change})) == wrong
    assert message(lambda: assign(pd.DataFrame([{**SITE, **change}]))) == wrong


def test_columns_of_several_lengths_and_of_two_names() -> None:
    expected = "expected one value or one of each"
    assert message(lambda: assign({"N": [1, 2], "EH": [1, 2, 3]})) == (
        f"establishments: found arrays of the shapes (2,) and (3,); {expected}"
    )
    assert message(lambda: assign({"N": [[1, 2]], "EH": 4})) == (
        f"establishments: found arrays of the shapes (1, 2); {expected}"
    )
    twice = pd.DataFrame([[1, 2]], columns=["N", "N"])
    assert message(lambda: assign(twice)) == "found 'N' and 'N', which mean the same; expected one of them"


def test_a_yes_among_counts_is_one_and_a_no_is_none() -> None:
    high = {**SITE, "N": 70, "joined": "no", "fatal_causal": "no", "repeat": "0", "serious": 0}
    assert assign({**high, "willful": "Yes"})["list"] == "primary_not_offered"
    assert assign({**high, "willful": "no"})["list"] == "primary_nonparticipant"
