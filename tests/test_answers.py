"""Answers to frameworks: every mistake of a table of them in its words, and forms that are read back as filled in."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from oshlib import answers, cli, places
from oshlib.answers import guide
from oshlib.answers import workbook as forms
from oshlib.errors import OshError
from oshlib.frameworks import Framework, load, score
from oshlib.tables import FAULTS

FRAMEWORKS = [p.stem for p in sorted((places.ROOT / "data" / "frameworks").glob("*.yaml"))]
EXAMPLE = places.ROOT / "data" / "example" / "answers.csv"
HEAD = "unit,framework,date,item,answer,method,significant_finding,attributed_to,evidence,assessor"
OWN = """
id: own
title: Own list
source: made up
counts: tests
expect: {leaves: 2, high: 2}
scales:
  held:
    choices: {"yes": 1, "no": 0}
tree:
  id: own
  title: Own list
  roll: sum
  of:
    - {id: first, title: First test, scale: held}
    - {id: second, title: =1+1, scale: held}
"""


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Files are given by their names alone, so that sentences can be compared word for word."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def table(*rows: str, head: str = HEAD, name: str = "answers.csv") -> str:
    Path(name).write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
    return name


def read(*rows: str, head: str = HEAD) -> tuple[pd.DataFrame, list[tuple[Any, ...]]]:
    found, faults = answers.read(table(*rows, head=head))
    assert tuple(found) == answers.COLUMNS
    assert tuple(faults) == FAULTS
    for own in found["framework"].unique():
        score(load(own), found)  # whatever was wrong, what is left can be scored
    return found, list(faults[["row", "column", "value", "rule", "level", "text"]].itertuples(index=False, name=None))


def safe(item: str, answer: str, rest: str = ",,,,", unit: str = "RM-01") -> str:
    return f"{unit},safe,2025-11-14,{item},{answer},{rest}"


# Reading


def test_an_answer_is_read_as_its_framework_spells_it() -> None:
    found, faults = read(
        "RM-01, SAFE ,11/14/2025,safe-i.1, a ,,,,seen,me (made up)",
        "CM-01,prms_mishap_prevention,2025-11-14,PRMS02-2.1, Not  Met,documents,YES,,,",
        "BU-01,cmm,2025-11-14,CMM-1.1,3.0,,,,,",
        "BU-01,cmm,2025-11-14,CMM-1.2,N/A,,,,,",
        "RM-01,safe,2025-11-14,SAFE-II.12.records,Yes,,,,,",
        "CM-01,prms,2025-11-14,PRMS-2,85 %,,,,,",
        "CM-01,prms,2025-11-14,PRMS-4.2.1,met,,,Training,,",
    )
    assert faults == []
    assert found.drop(columns=["evidence", "assessor"]).to_numpy().tolist() == [
        [2, "RM-01", "safe", "2025-11-14", "SAFE-I.1", "A", "", "", ""],
        [3, "CM-01", "prms_mishap_prevention", "2025-11-14", "PRMS02-2.1", "not met", "D", "yes", ""],
        [4, "BU-01", "cmm", "2025-11-14", "CMM-1.1", "3", "", "", ""],
        [5, "BU-01", "cmm", "2025-11-14", "CMM-1.2", "n/a", "", "", ""],
        [6, "RM-01", "safe", "2025-11-14", "SAFE-II.12.records", "yes", "", "", ""],
        [7, "CM-01", "prms", "2025-11-14", "PRMS-2", "85", "", "", ""],
        [8, "CM-01", "prms", "2025-11-14", "PRMS-4.2.1", "met", "", "", "training"],
    ]
    assert found.loc[0, ["evidence", "assessor"]].tolist() == ["seen", "me (made up)"]


def test_other_spellings_of_the_columns_are_known_and_an_unknown_one_is_named() -> None:
    found, faults = read("RM-01,safe,2025-11-14,SAFE-I.1,B,x", head="Unit ID,Scheme,Assessed,Item ID,Rating,evidense")
    assert found["answer"].tolist() == ["B"]
    say = "not read: a table of answers has none; did you mean 'evidence'?"
    assert faults == [(1, "evidense", "", "unknown-column", "warning", say)]


def test_the_example_is_read_alike_from_csv_xlsx_and_parquet() -> None:
    found, faults = answers.read(EXAMPLE)
    assert (len(found), len(faults)) == (867, 0)
    raw = pd.read_csv(EXAMPLE, dtype=str, keep_default_na=False)
    raw.assign(date=pd.to_datetime(raw["date"])).to_parquet("answers.parquet")
    book = Workbook()
    book.active.append(list(raw))
    for row in raw.itertuples(index=False):
        cells = row._asdict()
        plain = cells["answer"].replace(".", "", 1).isdigit()
        cells |= {"date": dt.datetime.fromisoformat(row.date), "answer": float(row.answer) if plain else row.answer}
        book.active.append([v or None for v in cells.values()])
    book.save("answers.xlsx")
    for name in ("answers.parquet", "answers.xlsx"):
        again, wrong = answers.read(name)
        assert wrong["text"].tolist() == [], name
        numbers = found["answer"].str.fullmatch(r"-?[\d.]+")
        assert again.drop(columns="answer").equals(found.drop(columns="answer")), name
        assert again.loc[~numbers, "answer"].equals(found.loc[~numbers, "answer"]), name
        assert again.loc[numbers, "answer"].astype(float).equals(found.loc[numbers, "answer"].astype(float)), name


def test_numbers_of_a_parquet_file_keep_all_their_digits() -> None:
    keys = {"unit": "RM-01", "framework": "safe", "date": "2025-11-14"}
    frame = pd.DataFrame([keys | {"item": "SAFE-II.12.ratio", "answer": 0.12345678}, keys | {"item": "SAFE-I.1"}])
    frame.to_parquet("answers.parquet")
    assert answers.read("answers.parquet")[0]["answer"].tolist() == ["0.12345678", ""]


def test_a_table_of_answers_is_told_from_others_by_its_columns() -> None:
    assert answers.is_answers(table(safe("SAFE-I.1", "A")))
    assert answers.is_answers(table("a;b;c", head="Scheme;Element;Rating", name="semicolons.csv"))
    for name in ("plants.csv", "goals.csv"):
        assert not answers.is_answers(places.ROOT / "data" / "example" / name)
    Path("note.txt").write_text("framework,item,answer", encoding="utf-8")
    Path("empty.csv").write_text("", encoding="utf-8")
    assert not answers.is_answers("note.txt")
    assert not answers.is_answers("empty.csv")


# Files that are no table of answers


@pytest.mark.parametrize(
    ("head", "say"),
    [
        (
            "unit,framework,item,answer",
            "answers.csv: found no column date; a table of answers has unit, framework, date, item, answer",
        ),
        (
            f"{HEAD},rating",
            "answers.csv: found 'answer' and 'rating', which mean the same; expected one of them",
        ),
    ],
)
def test_a_file_without_what_is_needed_is_refused_in_a_sentence(head: str, say: str) -> None:
    with pytest.raises(OshError) as caught:
        answers.read(table(head=head))
    assert str(caught.value) == say


def test_a_file_of_another_kind_is_refused_in_a_sentence() -> None:
    Path("note.txt").write_text("x", encoding="utf-8")
    with pytest.raises(
        OshError, match=r"^note.txt: found the ending '.txt', expected a file that ends in .csv, .xlsx or"
    ):
        answers.read("note.txt")
    with pytest.raises(OshError, match=r"^answers: found no file 'no.csv'"):
        answers.read("no.csv")


# Faults

LEFT_OUT = [
    (",safe,2025-11-14,SAFE-I.1,A,,,,,", "unit", "", "required", "left out: a row needs its unit"),
    ("U,,2025-11-14,SAFE-I.1,A,,,,,", "framework", "", "required", "left out: a row needs its framework"),
    ("U,safe,,SAFE-I.1,A,,,,,", "date", "", "required", "left out: a row needs its date"),
    ("U,safe,n/a,SAFE-I.1,A,,,,,", "date", "n/a", "required", "left out: a row needs its date"),
    ("U,safe,2025-11-14,,A,,,,,", "item", "", "required", "left out: a row needs its item"),
    (
        "U,safe,14.11.2025,SAFE-I.1,A,,,,,",
        "date",
        "14.11.2025",
        "not-a-date",
        "left out: expected a date such as 2024-02-01",
    ),
    (
        "U,safe,45975,SAFE-I.1,A,,,,,",
        "date",
        "45975",
        "not-a-date",
        "left out: expected a date such as 2024-02-01; this is a day as a spreadsheet counts them: format the cell "
        "as a date",
    ),
    (
        "U,sfe,2025-11-14,SAFE-I.1,A,,,,,",
        "framework",
        "sfe",
        "unknown-framework",
        "left out: found no 'sfe'; did you mean 'safe'?",
    ),
    (
        "U,no.yaml,2025-11-14,SAFE-I.1,A,,,,,",
        "framework",
        "no.yaml",
        "unknown-framework",
        "left out: found no file 'no.yaml', neither from the current folder nor from the repository",
    ),
    (
        safe("SAFE-I.33", "A"),
        "item",
        "SAFE-I.33",
        "unknown-item",
        "left out: safe has no such item; did you mean 'SAFE-I.3'?",
    ),
    (
        safe("SAFE-I", "A"),
        "item",
        "SAFE-I",
        "no-answer-expected",
        "left out: SAFE-I is answered by its parts: SAFE-I.1, SAFE-I.2, SAFE-I.3 ...",
    ),
    (
        "U,prms,2025-11-14,PRMS-7,50,,,,,",
        "item",
        "PRMS-7",
        "no-answer-expected",
        "left out: PRMS-7 takes no answer: no measure published",
    ),
    (
        "U,prms_mishap_prevention,2025-11-14,PRMS02-2.1,met,,,,,",
        "method",
        "",
        "method",
        "left out: PRMS02-2.1 is judged by method; expected D (documents) or I (interview)",
    ),
    (
        "U,prms_mishap_prevention,2025-11-14,PRMS02-2.1,met,X,,,,",
        "method",
        "X",
        "method",
        "left out: PRMS02-2.1 is judged by method; expected D (documents) or I (interview)",
    ),
    (
        "U,prms_mishap_prevention,2025-11-14,PRMS02-2.1,met,#N/A,,,,",
        "method",
        "#N/A",
        "spreadsheet-error",
        "left out: the error of a spreadsheet: what stood here is lost",
    ),
    (
        safe("#REF!", "A"),
        "item",
        "#REF!",
        "spreadsheet-error",
        "left out: the error of a spreadsheet: what stood here is lost",
    ),
]


@pytest.mark.parametrize(("row", "column", "value", "rule", "text"), LEFT_OUT)
def test_a_row_that_does_not_say_whose_answer_to_what_is_left_out(
    row: str, column: str, value: str, rule: str, text: str
) -> None:
    found, faults = read(row, safe("SAFE-I.2", "B"))
    assert faults == [(2, column, value, rule, "error", text)]
    assert found["row"].tolist() == [3]


BLANKED = [
    (
        safe("SAFE-I.1", "2"),
        "answer",
        "2",
        "outside-scale",
        "SAFE-I.1: expected A, B, C or D; the form's numbers 1 to 4 are not its points: write the letter",
    ),
    (safe("SAFE-I.1", "5"), "answer", "5", "outside-scale", "SAFE-I.1: expected A, B, C or D"),
    (safe("SAFE-I.1", "n/a"), "answer", "n/a", "outside-scale", "SAFE-I.1: expected A, B, C or D"),
    (
        safe("SAFE-I.1", "#N/A"),
        "answer",
        "#N/A",
        "spreadsheet-error",
        "the error of a spreadsheet: what stood here is lost",
    ),
    (
        safe("SAFE-II.12.ratio", "-1"),
        "answer",
        "-1",
        "outside-limits",
        "SAFE-II.12.ratio: expected 0 to 50",
    ),
    (
        safe("SAFE-II.12.ratio", "1/2"),
        "answer",
        "1/2",
        "not-a-number",
        "SAFE-II.12.ratio: expected a plain number such as 0.85 or 12",
    ),
    (
        safe("SAFE-II.12.records", "1"),
        "answer",
        "1",
        "outside-scale",
        "SAFE-II.12.records: expected yes or no",
    ),
    ("U,prms,2025-11-14,PRMS-3,101,,,,,", "answer", "101", "outside-limits", "PRMS-3: expected 0 to 100"),
    (
        "U,prms_mishap_prevention,2025-11-14,PRMS02-2.1,met,D,maybe,,,",
        "significant_finding",
        "maybe",
        "finding",
        "PRMS02-2.1: expected yes, not effective, no or blank",
    ),
]


@pytest.mark.parametrize(("row", "column", "value", "rule", "text"), BLANKED)
def test_an_error_leaves_the_item_unanswered(row: str, column: str, value: str, rule: str, text: str) -> None:
    found, faults = read(row)
    assert faults == [(2, column, value, rule, "error", text)]
    assert found[["row", "answer"]].to_numpy().tolist() == [[2, ""]]


WARNED = [
    (
        safe("SAFE-I.1", "A", "D,,,,"),
        "method",
        "D",
        "method-not-asked",
        "not read: SAFE-I.1 is not judged by method",
    ),
    (
        safe("SAFE-I.1", "A", ",yes,,,"),
        "significant_finding",
        "yes",
        "finding-not-asked",
        "not counted: safe counts no findings",
    ),
    (
        "U,prms,2025-11-14,PRMS-4.2.1,met,,,,,",
        "attributed_to",
        "",
        "not-attributed",
        "PRMS-4.2.1: will not be counted; only what is attributed to training is",
    ),
    (
        "U,prms,2025-11-14,PRMS-4.2.1,met,,,trainning,,",
        "attributed_to",
        "trainning",
        "not-attributed",
        "PRMS-4.2.1: will not be counted; did you mean 'training'?",
    ),
    (
        "U,prms,2025-11-14,PRMS-2,0.85,,,,,",
        "answer",
        "0.85",
        "percent-as-fraction",
        "PRMS-2: read as 0.85 of 100; a spreadsheet stores 85% as 0.85: check",
    ),
    (
        safe("SAFE-I.1", "A", ",,,#NAME?,"),
        "evidence",
        "#NAME?",
        "spreadsheet-error",
        "the error of a spreadsheet, read as it stands: what stood here is lost",
    ),
]


@pytest.mark.parametrize(("row", "column", "value", "rule", "text"), WARNED)
def test_a_warning_leaves_the_answer_as_it_is(row: str, column: str, value: str, rule: str, text: str) -> None:
    found, faults = read(row)
    assert faults == [(2, column, value, rule, "warning", text)]
    assert found["answer"].ne("").all()


def test_what_says_nothing_is_no_fault() -> None:
    found, faults = read(
        safe("SAFE-I", ""),  # a heading in somebody's own form
        safe("SAFE-I.1", "A", ",no,,,"),
        "U,prms,2025-11-14,PRMS-4.2.1,,,,,,",
        "U,prms,2025-11-14,PRMS-4.2.1,met,,,planning,,",
    )
    assert faults == []
    assert found["row"].tolist() == [3, 4, 5]


def test_an_item_that_is_answered_twice_counts_once_if_alike_and_else_not_at_all() -> None:
    found, faults = read(
        safe("SAFE-I.1", "A"),
        safe("SAFE-I.1", "a"),
        safe("SAFE-I.2", "A"),
        safe("SAFE-I.2", "B"),
        safe("SAFE-I.3", ""),
        safe("SAFE-I.3", "C"),
        safe("SAFE-I.4", "E"),
        safe("SAFE-I.4", "C"),
        "CM,prms,2025-11-14,PRMS-4.2.1,met,,,training,,",
        "CM,prms,2025-11-14,PRMS-4.2.1,not met,,,training,,",
    )
    assert found[["row", "item", "answer"]].to_numpy().tolist() == [
        [2, "SAFE-I.1", "A"],
        [4, "SAFE-I.2", ""],
        [7, "SAFE-I.3", "C"],
        [8, "SAFE-I.4", ""],
        [10, "PRMS-4.2.1", "met"],
        [11, "PRMS-4.2.1", "not met"],
    ]
    where = "for RM-01, 2025-11-14"
    only = "rows 6, 7 answer SAFE-I.3, and only one of them says anything: row 7 is kept"
    assert [(f[0], f[3], f[4], f[5]) for f in faults] == [
        (3, "duplicate", "warning", "rows 2, 3 answer SAFE-I.1 alike: row 2 is kept"),
        (5, "two-values", "error", f"rows 4, 5 answer SAFE-I.2 {where}: A, B; none of them counts"),
        (6, "duplicate", "warning", only),
        (8, "outside-scale", "error", "SAFE-I.4: expected A, B, C or D"),
        (9, "two-values", "error", f"rows 8, 9 answer SAFE-I.4 {where}: blank, C; none of them counts"),
    ]


def test_units_that_differ_only_by_case_or_spaces_are_warned_of() -> None:
    _, faults = read(safe("SAFE-I.1", "A"), safe("SAFE-I.1", "B", unit="rm-01"))
    assert [(f[0], f[2], f[5]) for f in faults] == [
        (2, "RM-01", "differs from 'rm-01' only by spaces or case"),
        (3, "rm-01", "differs from 'RM-01' only by spaces or case"),
    ]


def test_a_fault_says_whose_it_is() -> None:
    _, faults = answers.read(table(safe("SAFE-I.1", "E"), "U,safe,x,SAFE-I.1,A,,,,,"))
    assert faults["unit_id"].tolist() == ["RM-01", "U"]
    assert faults["year"].fillna(0).tolist() == [2025, 0]


def test_a_formula_without_a_stored_value_is_an_error() -> None:
    book = Workbook()
    book.active.append(HEAD.split(","))
    book.active.append(["RM-01", "safe", "2025-11-14", "SAFE-I.1", '=IF(1,"A","B")'])
    book.save("formula.xlsx")
    found, faults = answers.read("formula.xlsx")
    assert found["answer"].tolist() == [""]
    assert faults[["row", "column", "rule", "level"]].to_numpy().tolist() == [
        [2, "answer", "formula-without-value", "error"]
    ]


ENTRIES = st.sampled_from(
    ["", "A", "met", "3", "3.0", "-1", "0.5", "yes", "n/a", "#N/A", "D", "training", "not effective", "=1", "1e9", "٣"]
)
ITEMS = st.sampled_from(
    ["SAFE-I.1", "SAFE-I", "SAFE-II.12.ratio", "SAFE-II.12.records", "PRMS-3", "PRMS-4.2.1", "PRMS-7", "PRMS02-2.1", ""]
)
KEYS = st.sampled_from(["safe", "prms", "prms_mishap_prevention", "SAFE", "x/y.yaml", ""])
DATES = st.sampled_from(["2025-11-14", "11/14/2025", "x", ""])


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.just("U"), KEYS, DATES, ITEMS, *[ENTRIES] * 4), max_size=12))
def test_whatever_a_table_holds_is_a_fault_or_can_be_scored(rows: list[tuple[str, ...]]) -> None:
    found, faults = read(*(",".join([*row, "seen", "me"]) for row in rows))
    wrong = {f[0] for f in faults if f[4] == "error"}
    assert not found.loc[found["row"].isin(wrong), "answer"].any()


# Frameworks of one's own


def test_a_framework_is_known_by_its_path_and_one_that_is_given_by_its_id() -> None:
    Path("own.yaml").write_text(OWN, encoding="utf-8")
    by_path, faults = answers.read(table("U,own.yaml,2025-11-14,first,Yes,,,,,"))
    assert (by_path["framework"].tolist(), by_path["answer"].tolist(), len(faults)) == (["own"], ["yes"], 0)
    name = table("U,own,2025-11-14,first,no,,,,,")
    assert answers.read(name)[1]["rule"].tolist() == ["unknown-framework"]
    given, faults = answers.read(name, load("own.yaml"))
    assert (given["answer"].tolist(), len(faults)) == (["no"], 0)


def test_two_framework_files_of_one_id_are_not_mixed() -> None:
    Path("own.yaml").write_text(OWN, encoding="utf-8")
    Path("other.yaml").write_text(OWN.replace("First test", "Another test"), encoding="utf-8")
    found, faults = answers.read(table("U,own.yaml,2025-11-14,first,yes,,,,,", "U,other.yaml,2025-11-14,first,no,,,,,"))
    assert found["row"].tolist() == [2]
    assert faults["text"].tolist() == ["left out: its id is 'own', which is that of own.yaml, too"]


def test_a_broken_framework_file_is_a_fault_in_its_own_words() -> None:
    Path("own.yaml").write_text(OWN.replace("roll: sum", "roll: add"), encoding="utf-8")
    _, faults = answers.read(table("U,own.yaml,2025-11-14,first,yes,,,,,"))
    assert faults["text"].str.startswith("left out: own.yaml: own: roll: found 'add'").tolist() == [True]


# Forms


def filled(framework: Framework, file: str, every: int = 1) -> dict[Any, Any]:
    """Fill in a form by hand, every row or every n-th, and give back the same answers as a mapping."""
    book = load_workbook(file)
    sheet = book["Answers"]
    at = {cell.value: cell.column for cell in sheet[1]}
    given: dict[Any, Any] = {}
    findings = set()
    for i, entry in enumerate(forms.rows(framework)):
        row, item, method = i + 2, entry["item"], entry.get("method", "")
        assert sheet.cell(row, at["item"]).value == item
        node = framework.nodes.get(item)
        if i % every or (node is not None and node.roll):  # a whole section is worked out from its items
            continue
        if scale := entry.get("choices"):
            value: Any = scale.answers[i % len(scale.answers)]
            value = int(value) if value.isdigit() else value
        elif entry["yes_no"]:
            value = "yes"
        else:
            value = 12.5
        sheet.cell(row, at["answer"]).value = value
        given[(item, method) if method else item] = value
        if entry.get("causes"):
            sheet.cell(row, at["attributed_to"]).value = entry["causes"]
        if "significant_finding" in at and i % 9 == 4:
            sheet.cell(row, at["significant_finding"]).value = "yes"
            findings.add(item)
    book.save(file)
    return given | ({"findings": len(findings)} if "significant_finding" in at else {})


def same(framework: Framework, found: pd.DataFrame, given: dict[Any, Any]) -> None:
    """The form scores as the answers do."""
    ours, direct = score(framework, found).set_index("node"), score(framework, given)
    root = ours.loc[framework.id]
    for name in ("points", "low", "high", "least", "most", "answered", "unanswered", "unexamined"):
        np.testing.assert_equal(float(root[name]), np.nan if direct[name] is None else float(direct[name]), name)
    assert root["band"] == (direct["band"] or "")
    for node, points in direct["nodes"].items():
        np.testing.assert_equal(float(ours.at[node, "points"]), np.nan if points is None else float(points), node)


@pytest.mark.parametrize("own", FRAMEWORKS)
def test_a_form_is_read_back_as_it_was_filled_in_and_scores_the_same(own: str) -> None:
    framework = load(own)
    rows = forms.write(framework, "=RM-01", "2025-11-14", "form.xlsx")
    blank, faults = answers.read("form.xlsx")
    assert (len(blank), faults["text"].tolist()) == (rows, [])
    assert set(blank["answer"]) == {""}
    assert set(blank["unit"]) == {"=RM-01"}
    assert set(blank["date"]) == {"2025-11-14"}
    scores = score(framework, blank).set_index("node").loc[own]
    assert (scores["answered"], scores["unanswered"]) == (0, len(framework.items))
    assert {*blank["item"]} == {*(n.id for n in framework.leaves if not n.none), *framework.numbers}
    for every in (2, 1):
        given = filled(framework, "form.xlsx", every)
        found, faults = answers.read("form.xlsx")
        assert faults["text"].tolist() == []
        assert found["answer"].ne("").sum() == len(given) - ("findings" in given)
        same(framework, found, given)


@pytest.mark.parametrize("own", FRAMEWORKS)
def test_every_answer_of_a_form_has_its_drop_down_or_its_limits(own: str) -> None:
    framework = load(own)
    forms.write(framework, "RM-01", "2025-11-14", "form.xlsx")
    sheet = load_workbook("form.xlsx")["Answers"]
    at = {cell.value: cell.column_letter for cell in sheet[1]}
    rules = {
        (area.coord, rule.type, rule.formula1, rule.formula2)
        for rule in sheet.data_validations.dataValidation
        for cells in rule.sqref.ranges
        for area in [cells]
    }
    covered = {}
    for coord, kind, first, second in rules:
        for (cell,) in sheet[coord] if ":" in coord else [(sheet[coord],)]:
            covered[cell.coordinate] = (kind, first, second)
    for row, entry in enumerate(forms.rows(framework), start=2):
        rule = covered[f"{at['answer']}{row}"]
        if scale := entry.get("choices"):
            assert rule[:2] == ("list", f'"{",".join(scale.answers)}"')
        elif entry["yes_no"]:
            assert rule[:2] == ("list", '"yes,no"')
        else:
            low, high = entry["number"].low, entry["number"].high
            assert rule[0] == "decimal"
            assert float(rule[1]) == (-1e12 if low is None else low)
            assert float(rule[2]) == (1e12 if high is None else high)
        if entry.get("methods"):
            assert covered[f"{at['method']}{row}"][1] == f'"{",".join(entry["methods"])}"'
            assert sheet[f"{at['method']}{row}"].value == entry["method"]
        if entry.get("causes"):
            assert covered[f"{at['attributed_to']}{row}"][1] == f'"{entry["causes"]}"'
        if framework.counts_findings:
            assert covered[f"{at['significant_finding']}{row}"][1] == '"yes,not effective,no"'
    assert ("significant_finding" in at) == framework.counts_findings
    assert ("method" in at) == bool(framework.methods)
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == sheet.dimensions


def test_a_form_shows_the_levels_and_where_a_number_comes_from() -> None:
    forms.write(load("safe_diamond"), "RM-01", "2025-11-14", "form.xlsx")
    book = load_workbook("form.xlsx")
    texts = [str(cell.value) for row in book["Answers"].iter_rows() for cell in row]
    assert "Left blank, it is worked out from the annual table (TCIR of the last year)." in "\n".join(texts)
    assert "Left blank, it is the total of safe for the same unit." in "\n".join(texts)
    shown = [str(cell.value) for row in book["Guide"].iter_rows() for cell in row]
    assert load("safe_diamond").title in shown
    assert any(text.startswith("TCIR below 7.0") for text in shown)


def test_the_guide_says_how_each_kind_of_item_is_scored() -> None:
    texts = "\n".join(text for own in FRAMEWORKS for row in guide.rows(load(own)) for text in row)
    assert "Points (falling line): (100 - number) x 0.3, within 0 and 30" in texts
    assert "(Mishap Prevention 30, Regulatory compliance 20, Supervision 20, Training 15, Self-assessment 15)" in texts
    assert "TCIR of the last year: below 7: met; else: not met" in texts


def test_a_long_list_of_answers_is_looked_up_in_the_guide() -> None:
    choices = ", ".join(f'"answer, number {i}": {9 - i}' for i in range(9))
    own = OWN.replace('{"yes": 1, "no": 0}', f"{{{choices}}}").replace("high: 2", "high: 18")
    Path("own.yaml").write_text(own, encoding="utf-8")
    forms.write(load("own.yaml"), "U", "2025-11-14", "form.xlsx")
    book = load_workbook("form.xlsx")
    (rule,) = book["Answers"].data_validations.dataValidation
    sheet, _, area = rule.formula1.partition("!")
    cells = [cell.value for (cell,) in book[sheet.strip("'")][area.replace("$", "")]]
    assert cells == [f"answer, number {i}" for i in range(9)]


def test_a_form_holds_no_formula_and_finds_a_framework_of_ones_own_again() -> None:
    Path("own.yaml").write_text(OWN, encoding="utf-8")
    forms.write(load("own.yaml"), '=HYPERLINK("x")', "2025-11-14", "form.xlsx")
    for sheet in load_workbook("form.xlsx"):
        assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n", "d"}
    found, faults = answers.read("form.xlsx")
    assert (found["framework"].tolist(), found["unit"].unique().tolist()) == (["own"] * 2, ['=HYPERLINK("x")'])
    assert faults.empty


@pytest.mark.parametrize(
    ("change", "say"),
    [
        ({"unit": " "}, "unit: found ' ', expected the name or unit_id of a unit"),
        ({"unit": "a\x07"}, "unit: found 'a\\x07', expected the name or unit_id of a unit"),
        ({"date": "14.11.2025"}, "date: found '14.11.2025', expected a date such as 2025-11-14"),
        ({"date": "0001-01-01"}, "date: found '0001-01-01', expected a date such as 2025-11-14"),
        ({"out": "form.csv"}, "form.csv: found the ending '.csv', expected .xlsx: a form is a workbook"),
        (
            {"out": "there.xlsx"},
            "there.xlsx: found a file that may hold answers; expected a new name, or --force to write over it",
        ),
    ],
)
def test_a_form_that_cannot_be_meant_is_refused(change: dict[str, str], say: str) -> None:
    Path("there.xlsx").write_bytes(b"answers")
    with pytest.raises(OshError) as caught:
        forms.write(load("safe"), **({"unit": "RM-01", "date": "2025-11-14", "out": "form.xlsx"} | change))
    assert str(caught.value) == say
    assert Path("there.xlsx").read_bytes() == b"answers"


# The command line


def test_the_command_writes_a_form_and_checks_it(capsys: pytest.CaptureFixture[str]) -> None:
    form = ["answers", "safe", "--unit", "RM-01", "--out", "forms/one.xlsx", "--date", "2025-11-14"]
    assert cli.main(form) == 0
    title = "SAFE safety and health management score"
    assert (
        capsys.readouterr().out == f"forms/one.xlsx: 29 rows to answer ({title}); then: oshlib check forms/one.xlsx\n"
    )
    assert cli.main(["check", "forms/one.xlsx"]) == 0
    assert capsys.readouterr().out == (
        "forms/one.xlsx: 0 answers of 1 unit to safe (27 unanswered), 0 errors, 0 warnings\n"
    )
    assert cli.main(form) == 2
    assert "found a file that may hold answers" in capsys.readouterr().err
    assert cli.main([*form, "--force"]) == 0
    assert cli.main(["answers", "sfe", "--unit", "U", "--out", "x.xlsx"]) == 2
    assert capsys.readouterr().err == "oshlib: framework: found no 'sfe'; did you mean 'safe'?\n"


def test_the_command_prints_every_fault_and_fails_on_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    name = table(safe("SAFE-I.1", "2"), safe("SAFE-I.2", "B", "D,,,,"), "BU-01,cmm,2025-11-14,CMM-1.1,4,,,,,")
    assert cli.main(["check", name]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "error    row 2, answer: '2' outside-scale: SAFE-I.1: expected A, B, C or D; the form's numbers 1 to 4 are not "
        "its points: write the letter",
        "warning  row 3, method: 'D' method-not-asked: not read: SAFE-I.2 is not judged by method",
        "answers.csv: 1 answer of 1 unit to safe (26 unanswered)",
        "answers.csv: 1 answer of 1 unit to cmm (18 unanswered)",
        "answers.csv: 2 answers to 2 frameworks, 1 errors, 1 warnings",
    ]
    assert cli.main(["check", "--kind", "answers", str(places.ROOT / "data" / "example" / "goals.csv")]) == 1
    assert "found no column framework, date, item, answer" in capsys.readouterr().out
    table(head=HEAD)
    assert cli.main(["check", name]) == 0
    assert capsys.readouterr().out == "answers.csv: 0 answers to 0 frameworks, 0 errors, 0 warnings\n"


def test_the_list_names_every_framework(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["list"]) == 0
    printed = capsys.readouterr().out
    for own in FRAMEWORKS:
        framework = load(own)
        assert f"  {own:23} {len(framework.items):3} items  {framework.title}" in printed
