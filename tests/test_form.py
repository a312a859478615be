"""The scoring form without a browser: what is filled in is in the file, and the file is the form."""

from __future__ import annotations

import csv
import errno
import os
import re
from pathlib import Path
from typing import Any

import ipywidgets as w
import pandas as pd
import pytest

from oshlib import answers, frameworks, places
from oshlib import form as scoring
from oshlib.errors import OshError
from oshlib.form import file as sheet_file
from oshlib.form.items import MANY
from oshlib.frameworks.sheets import extremes

EXAMPLE = places.ROOT / "data" / "example" / "answers.csv"
FRAMEWORKS = sorted(p.stem for p in (places.ROOT / "data" / "frameworks").glob("*.yaml"))
DATE = "2025-11-14"


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    scoring._UNWRITTEN.clear()


def opened(framework: str = "safe", unit: str = "RM-01", date: str | None = DATE, file: Any = None) -> scoring.Form:
    """A form with all its sections open."""
    found = scoring.form(unit, "data/example/ready_mix.csv", framework, date, None if file is None else str(file))
    unfold(found._body)
    return found


def unfold(box: Any) -> None:
    if isinstance(box, w.Accordion):
        for i in range(len(box.children)):
            box.selected_index = i
    for child in getattr(box, "children", ()):
        unfold(child)


def enter(form: scoring.Form, item: str, value: str, column: str = "answer", method: str = "", turn: int = 0) -> None:
    form.fields.made[item, method, turn, column].value = value


def rows(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as text:
        return list(csv.DictReader(text))


def scored(file: Path, framework: str, unit: str = "RM-01", date: str = DATE) -> pd.DataFrame:
    """What the scorer says of a file, without the form."""
    table = pd.read_csv(file, dtype=str, keep_default_na=False)
    found = frameworks.score(frameworks.load(framework), table)
    return found[found["unit"].eq(unit) & found["date"].eq(date) & found["node"].eq(framework)].iloc[0]


def same_score(form: scoring.Form) -> None:
    """The form says what the scorer says of its file."""
    sheet = form.sheet
    framework = frameworks.load(sheet.key[1])
    own, d = scored(sheet.path, framework.id, sheet.key[0], sheet.key[2]), framework.decimals
    facts = {label: value for label, value, _ in scoring.live(framework, sheet).facts}
    from oshlib import words

    assert facts["Score so far"] == words.number(own["points"], d)
    ends = {words.number(own["least"], d), words.number(own["most"], d)}
    assert facts["Can still become"] in (words.span(own["least"], own["most"], d), *(ends if len(ends) == 1 else ()))
    assert facts["Answered"] == f"{own['answered']} of {own['answered'] + own['unanswered']}"
    if own["band"]:
        title = next(b.title for b in framework.bands if b.id == own["band"])
        assert f"</span> {title}</span>" in form._score.value.replace("&#x27;", "'")


@pytest.mark.parametrize("name", FRAMEWORKS)
def test_every_framework_opens_and_can_be_filled_to_its_best(name: str) -> None:
    form, framework = opened(name), frameworks.load(name)
    inner = {n.id for n in framework.nodes.values() if n.roll}
    for (item, _, _, column), field in list(form.fields.made.items()):
        if column == "answer" and isinstance(field, w.RadioButtons):
            field.value = field.options[0][1]
        elif column == "answer" and item in framework.numbers and item not in inner:
            number, leaf = framework.numbers[item], framework.nodes.get(item)
            if leaf is not None:
                field.value = f"{float(number.high):g}" if number.high is not None else "0"
        elif column == "attributed_to":
            field.value = "training"
    assert form._faults.value == ""
    best = frameworks.score_sheets(framework, extremes(framework, best=True)).of(name)
    own = scored(form.sheet.path, name)
    assert own["points"] == own["high"] == best.high[0]
    assert own["unanswered"] == 0
    if framework.bands:
        assert own["band"] == framework.bands[0].id
    same_score(form)
    asked = {n.id for n in framework.leaves if not n.none} | set(framework.numbers)
    assert {item for item, *_ in form.fields.made} >= asked


@pytest.mark.parametrize("name", FRAMEWORKS)
def test_the_example_answers_are_shown_and_scored_as_the_scorer_does(name: str, tmp_path: Path) -> None:
    file = tmp_path / "mine.csv"
    file.write_bytes(EXAMPLE.read_bytes())
    example = pd.read_csv(EXAMPLE, dtype=str, keep_default_na=False).query("framework == @name")
    for unit, date in example[["unit", "date"]].drop_duplicates().itertuples(index=False):
        form = opened(name, unit, date, file)
        assert form._faults.value == ""
        same_score(form)
        mine = example[example["unit"].eq(unit) & example["date"].eq(date)]
        turns = mine.groupby(["item", "method"]).cumcount()
        for row, turn in zip(mine.itertuples(), turns, strict=True):
            assert form.fields.made[row.item, row.method, turn, "answer"].value == row.answer
            if (key := (row.item, row.method, turn, "evidence")) in form.fields.made:
                assert form.fields.made[key].value == row.evidence
        names = set(mine["assessor"]) - {""}
        assert form._controls["assessor"].value == (names.pop() if len(names) == 1 else "")
    assert file.read_bytes() == EXAMPLE.read_bytes(), "nothing is written before something is changed"


def test_every_change_is_in_the_file_at_once_and_in_the_form_when_it_is_opened_again() -> None:
    form = opened()
    file = Path("answers") / f"safe_rm-01_{DATE}.csv"
    assert not file.parent.exists()
    form._controls["assessor"].value = "A. Person"
    enter(form, "SAFE-I.1", "A")
    assert rows(file) == [
        dict.fromkeys(sheet_file.COLUMNS, "")
        | {
            "unit": "RM-01",
            "framework": "safe",
            "date": DATE,
            "item": "SAFE-I.1",
            "answer": "A",
            "assessor": "A. Person",
        }
    ]
    enter(form, "SAFE-I.2", 'minutes of May, "signed";\nthree = read', "evidence")
    enter(form, "SAFE-I.2", "C")
    enter(form, "SAFE-II.12.ratio", "0.95")
    enter(form, "SAFE-II.12.records", "yes")
    assert "Written at" in form._message.value
    again = opened()
    for key in (
        ("SAFE-I.1", "answer"),
        ("SAFE-I.2", "answer"),
        ("SAFE-I.2", "evidence"),
        ("SAFE-II.12.ratio", "answer"),
    ):
        assert again.fields.made[key[0], "", 0, key[1]].value == form.fields.made[key[0], "", 0, key[1]].value
    assert again._score.value == form._score.value
    assert again._controls["assessor"].value == "A. Person"
    assert scored(file, "safe")["points"] == 4 + 2 + 3
    same_score(again)
    assert not list(Path("answers").glob(".*")), "nothing is left beside the file"


def test_score_range_count_and_band_follow_every_answer() -> None:
    form = opened("pep", "PL-01")
    assert "Nothing answered yet" in form._score.value
    leaves = [n.id for n in frameworks.load("pep").items]
    for item in leaves:
        enter(form, item, "3")
        same_score(form)
    assert "</span> Program implemented</span>" in form._score.value
    enter(form, leaves[0], "")
    assert "Whatever the rest brings: " in form._score.value
    for item in leaves[4:]:
        enter(form, item, "")
    assert re.search("Between No program implemented and (Superior|Outstanding)", form._score.value)
    assert f"3 of {len(leaves)}" in form._score.value
    assert form._body.children[0].titles[0] == "Management leadership and employee participation: 3 of 4 answered"


def test_an_answer_taken_back_leaves_no_row() -> None:
    form = opened()
    enter(form, "SAFE-I.1", "A")
    enter(form, "SAFE-I.1", "")
    assert rows(form.sheet.path) == []
    assert "Nothing answered yet" in form._score.value


def test_a_section_is_made_when_it_is_opened_and_a_long_one_has_sections_of_its_own() -> None:
    form = scoring.form("CM-01", "", "prms_mishap_prevention", DATE)
    assert form.fields.made == {}
    top = form._body.children[0]
    top.selected_index = 3
    assert form.fields.made == {}, "31 items: its parts open one by one"
    inside = top.children[3].children[0]
    inside.selected_index = 0
    assert 0 < len({item for item, *_ in form.fields.made}) <= MANY
    before = len(form.fields.made)
    inside.selected_index = None
    inside.selected_index = 0
    assert len(form.fields.made) == before


def test_levels_stand_beside_the_answers_in_words() -> None:
    form, framework = opened(), frameworks.load("safe")
    for leaf in framework.items:
        options = form.fields.made[leaf.id, "", 0, "answer"].options
        assert [label for label, _ in options] == [f"{a}: {leaf.levels[a]}" for a in "ABCD"] + ["no answer yet"]


def test_findings_count_once_an_item_and_lower_the_band() -> None:
    form = opened("prms_mishap_prevention", "CM-01")
    for (item, _, _, column), field in list(form.fields.made.items()):
        if column == "answer" and isinstance(field, w.RadioButtons):
            field.value = field.options[0][1]
        elif item == "PRMS02-1" and column == "answer":
            field.value = "4"
    file = form.sheet.path
    assert {r["significant_finding"] for r in rows(file) if r["item"] == "PRMS02-2.1"} == {"no"}
    assert "Fully compliant" in form._score.value
    tick = form.fields.made["PRMS02-2.1", "", 0, "significant_finding"]
    tick.value = True
    same_score(form)
    assert "Partial compliance" in form._score.value
    assert "<dd>1</dd>" in form._score.value
    assert opened("prms_mishap_prevention", "CM-01").fields.made[
        "PRMS02-2.1", "", 0, "significant_finding"
    ].value  # fmt: skip
    tick.value = False
    assert "Fully compliant" in form._score.value
    assert {r["significant_finding"] for r in rows(file)} <= {"no", ""}


def test_an_item_answered_by_several_takes_one_more_and_counts_what_it_is_due_to() -> None:
    form = opened("prms", "CM-01")
    enter(form, "PRMS-4.2.1", "met")
    assert scored(form.sheet.path, "prms", "CM-01")["answered"] == 0, "not said yet what it is due to"
    enter(form, "PRMS-4.2.1", "training", "attributed_to")
    same_score(form)
    more = next(b for b in walk(form._body) if isinstance(b, w.Button))
    more.click()
    enter(form, "PRMS-4.2.1", "not met", turn=1)
    enter(form, "PRMS-4.2.1", "equipment", "attributed_to", turn=1)
    enter(form, "PRMS-4.2.1", "third shift", "evidence", turn=1)
    same_score(form)
    again = opened("prms", "CM-01")
    assert again.fields.made["PRMS-4.2.1", "", 1, "evidence"].value == "third shift"
    assert [r["answer"] for r in rows(form.sheet.path)] == ["met", "not met"]


def walk(box: Any) -> Any:
    yield box
    for child in getattr(box, "children", ()):
        yield from walk(child)


@pytest.mark.parametrize(("end", "comma", "mark"), [("\n", ",", b""), ("\r\n", ";", b"\xef\xbb\xbf")])
def test_rows_that_are_not_of_the_form_stay_letter_by_letter(end: str, comma: str, mark: bytes) -> None:
    lines = [
        comma.join([*sheet_file.COLUMNS, "note"]),
        comma.join(["RM-02", "safe", DATE, "SAFE-I.1", '"B"', "", "", "", '" ""odd"" "', " x ", "n"]),
        comma.join(["RM-01", "pep", DATE, "PEP-1.1", "9", "", "", "", f'"two{end}lines"', "x", ""]),
        "",
        comma.join(["RM-01", "safe", "2024-11-15", "gone", "Z"]),
        comma.join(["RM-01", "safe", DATE, "SAFE-I.2", "b", "", "", "", "seen", "x", "kept"]),
    ]
    file = Path("shared.csv")
    file.write_bytes(mark + end.join(lines).encode())
    form = opened(file=file)
    assert form.fields.made["SAFE-I.2", "", 0, "answer"].value == "B"
    enter(form, "SAFE-I.1", "A")
    enter(form, "SAFE-I.2", "C")
    after = file.read_bytes()
    assert after.startswith(mark)
    kept, rest = end.join(lines[:-1]), after.removeprefix(mark).decode()
    assert rest.startswith(kept + end)
    assert rest.removeprefix(kept + end).split(end)[:2] == [
        comma.join(["RM-01", "safe", DATE, "SAFE-I.2", "C", "", "", "", "seen", "x", "kept"]),
        comma.join(["RM-01", "safe", DATE, "SAFE-I.1", "A", "", "", "", "", "x", ""]),
    ]


def test_another_unit_framework_or_date_is_another_form_and_the_first_keeps_its_file() -> None:
    form = opened()
    enter(form, "SAFE-I.1", "A")
    first = form.sheet.path
    before = first.read_bytes()
    for name, value in (("unit", "RM-02"), ("date", "2024-11-15"), ("framework", "pep")):
        form._controls[name].value = value
        assert form.sheet.seen is None
        assert "is not there yet" in form._message.value
    unfold(form._body)
    enter(form, "PEP-1.1" if "PEP-1.1" in form.fields.framework.nodes else form.fields.framework.items[0].id, "3")
    assert form.sheet.path == Path("answers") / "pep_rm-02_2024-11-15.csv"
    assert first.read_bytes() == before
    for name, value in (("framework", "safe"), ("date", DATE), ("unit", "RM-01")):
        form._controls[name].value = value
    unfold(form._body)
    assert form.fields.made["SAFE-I.1", "", 0, "answer"].value == "A"


def test_one_file_can_hold_several_forms() -> None:
    for unit, answer in (("RM-01", "A"), ("RM-02", "B")):
        enter(opened(unit=unit, file="all.csv"), "SAFE-I.1", answer)
    assert [(r["unit"], r["answer"]) for r in rows(Path("all.csv"))] == [("RM-01", "A"), ("RM-02", "B")]


def hand_made(*given: str) -> Path:
    file = Path("hand.csv")
    lines = [f"RM-01,safe,{DATE},{a}" for a in given]
    file.write_text("\n".join(["unit,framework,date,item,answer,method,evidence", *lines, ""]), encoding="utf-8")
    return file


def test_answers_that_the_scale_does_not_know_are_kept_and_shown() -> None:
    file = hand_made("SAFE-I.1,E,,odd", "SAFE-I.2,B,,", "SAFE-I.2,C,,", "SAFE-I.99,A,,", "SAFE-I.3,A,D,")
    before = rows(file)
    form = opened(file=file)
    for said in (
        "SAFE-I.1: found 'E', expected A, B, C or D",
        "SAFE-I.2: found 2 answers, B and C, expected one; none of them counts",
        "SAFE-I.99: found no item 'SAFE-I.99'; did you mean 'SAFE-I.9'?",
    ):
        assert said in form._faults.value.replace("&#x27;", "'")
    field = form.fields.made["SAFE-I.1", "", 0, "answer"]
    assert field.value is None
    assert form.fields.made["SAFE-I.3", "", 0, "answer"].value == "A", "a method that the item does not ask for"
    read, _ = answers.read(file)
    assert read.query("answer != ''")["item"].tolist() == ["SAFE-I.3"], "a report counts the same"
    assert "found &#x27;E&#x27;, expected A, B, C or D" in form.fields.faults["SAFE-I.1"].value
    assert "1 of 27" in form._score.value
    enter(form, "SAFE-I.4", "A")
    assert [{k: r[k] for k in before[0]} for r in rows(file)][:5] == before
    enter(form, "SAFE-I.1", "odd but read", "evidence")
    assert rows(file)[0]["answer"] == "E"
    field.value = "D"
    assert rows(file)[0]["answer"] == "D"
    assert "SAFE-I.1:" not in form._faults.value
    assert form.fields.faults["SAFE-I.1"].value == ""


@pytest.mark.parametrize(
    ("value", "said"),
    [("-1", "expected 0 to 50"), ("much", "expected a number"), ("1,5", "expected a number")],
)
def test_a_number_beyond_its_limits_is_kept_and_said_not_to_count(value: str, said: str) -> None:
    form = opened()
    enter(form, "SAFE-II.12.ratio", value)
    assert said in form.fields.faults["SAFE-II.12.ratio"].value
    assert rows(form.sheet.path)[0]["answer"] == value
    assert "Nothing answered yet" in form._score.value
    enter(form, "SAFE-II.12.ratio", "1.3")
    assert form._faults.value == ""
    same_score(form)


def changed_by_someone(form: scoring.Form, answer: str = "C") -> bytes:
    file = form.sheet.path
    text = file.read_text(encoding="utf-8").replace(",SAFE-I.1,A,", f",SAFE-I.1,{answer},")
    file.write_text(text + f"RM-02,safe,{DATE},SAFE-I.1,D,,,,theirs,other\n", encoding="utf-8")
    return file.read_bytes()


def shown(form: scoring.Form) -> list[str]:
    return [name for name, button in form._buttons.items() if button.layout.display != "none"]


@pytest.mark.parametrize(("button", "kept"), [("keep", True), ("drop", False)])
def test_a_file_that_someone_else_changed_is_not_overwritten(button: str, kept: bool) -> None:
    form = opened()
    enter(form, "SAFE-I.1", "A")
    theirs = changed_by_someone(form)
    enter(form, "SAFE-I.2", "B")
    enter(form, "SAFE-I.3", "mine", "evidence")
    assert form.sheet.path.read_bytes() == theirs
    assert "was changed by someone else since it was read here; nothing was written" in form._message.value
    assert "1 of 27" not in form._score.value
    assert form.fields.made["SAFE-I.2", "", 0, "answer"].value == "B"
    assert shown(form) == ["keep", "drop"]
    form._buttons[button].click()
    assert shown(form) == []
    unfold(form._body)
    assert form.fields.made["SAFE-I.1", "", 0, "answer"].value == "C"
    assert form.fields.made["SAFE-I.2", "", 0, "answer"].value == ("B" if kept else "")
    found = {(r["unit"], r["item"]): r for r in rows(form.sheet.path)}
    assert found["RM-02", "SAFE-I.1"]["evidence"] == "theirs"
    assert ("RM-01", "SAFE-I.2") in found if kept else form.sheet.path.read_bytes() == theirs
    same_score(form)


def test_a_file_that_is_gone_is_made_anew_with_everything() -> None:
    form = opened()
    enter(form, "SAFE-I.1", "A")
    form.sheet.path.unlink()
    enter(form, "SAFE-I.2", "B")
    assert "was gone and was made anew" in form._message.value
    assert [r["item"] for r in rows(form.sheet.path)] == ["SAFE-I.1", "SAFE-I.2"]


def test_a_folder_that_cannot_be_written_is_said_and_nothing_is_lost() -> None:
    Path("answers").write_text("in the way", encoding="utf-8")
    form = opened()
    enter(form, "SAFE-I.1", "A")
    assert "cannot be written: " in form._message.value
    assert "is a file, expected a folder" in form._message.value
    assert "Your answers are still in this form" in form._message.value
    assert "1 of 27" in form._score.value, "the score follows all the same"
    form._controls["unit"].value = "RM-02"
    form._controls["unit"].value = "RM-01"
    again = opened()
    for one in (form, again):
        assert "one entry not written yet" in one._message.value
        assert "again" in shown(one)
    assert again.fields.made["SAFE-I.1", "", 0, "answer"].value == "A", "the cell that is run again finds it"
    Path("answers").unlink()
    again._buttons["again"].click()
    assert shown(again) == []
    assert [r["answer"] for r in rows(again.sheet.path)] == ["A"]


def test_a_full_disk_leaves_the_file_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    form = opened()
    enter(form, "SAFE-I.1", "A")
    before = form.sheet.path.read_bytes()

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        enter(form, "SAFE-I.2", "B")
        assert "cannot be written: No space left on device" in form._message.value
        assert form.sheet.path.read_bytes() == before
        assert [p.name for p in form.sheet.path.parent.iterdir()] == [form.sheet.path.name]
    enter(form, "SAFE-I.3", "C")
    assert [r["answer"] for r in rows(form.sheet.path)] == ["A", "B", "C"]


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("x.xlsx", b"", "x.xlsx: found .xlsx, expected a file that ends in .csv"),
        ("x.csv", b"unit,item\nA,B\n", "x.csv: found no column 'framework', expected a table of answers: unit, "),
        ("x.csv", b"unit,unit\n", "x.csv: found the column 'unit' twice; expected each once"),
        (
            "x.csv",
            b"unit,framework\nA,\xe9\n",
            "x.csv: byte 17 is not UTF-8; save the file as UTF-8 (csv) and read it again",
        ),
        (
            "x.csv",
            b'unit,framework,date,item,answer\nA,"open\nB,c\n',
            "x.csv line 3: cannot be read as csv: unexpected end of data",
        ),
    ],
)
def test_a_file_that_could_not_be_written_as_it_was_is_not_opened(name: str, data: bytes, said: str) -> None:
    Path(name).write_bytes(data)
    form = opened(file=name)
    assert said in form._message.value.replace("&#x27;", "'")
    assert form.sheet is None
    assert form._body.children == ()
    assert Path(name).read_bytes() == data


@pytest.mark.parametrize(
    ("control", "value", "said"),
    [
        ("date", "14.11.2025", "Date: found '14.11.2025', expected a date such as 2025-11-14."),
        ("unit", " ", "Unit: found nothing, expected the unit that is assessed."),
        ("file", "a\0b.csv", "cannot be read"),
    ],
)
def test_a_choice_that_is_no_form_says_why(control: str, value: str, said: str) -> None:
    form = opened()
    form._controls[control].value = value
    assert said in form._message.value.replace("&#x27;", "'")
    assert form.sheet is None


def test_without_a_date_the_last_form_is_opened() -> None:
    today = scoring.form("RM-01", framework="safe").sheet.key[2]
    enter(opened(date="2024-11-15"), "SAFE-I.1", "A")
    enter(opened(date="2025-03-01"), "SAFE-I.1", "A")
    enter(opened("pep", date="2026-01-01"), frameworks.load("pep").items[0].id, "3")
    assert scoring.form("RM-01", framework="safe").sheet.key[2] == "2025-03-01"
    assert scoring.form("RM-02", framework="safe").sheet.key[2] == today
    assert scoring.form("RM-01", framework="safe", answers=str(EXAMPLE)).sheet.key[2] == "2025-11-14"


def test_a_unit_is_taken_by_name_and_one_without_rates_too() -> None:
    data = "data/example/ready_mix.csv"
    assert scoring.form("Cedar Hollow Ready-Mix (made up)", data, "safe").sheet.key[0] == "RM-01"
    form = scoring.form("New plant", data, "safe")
    assert form.sheet.key[0] == "New plant"
    assert form._controls["unit"].options == ("New plant", "RM-01", "RM-02", "RM-03")
    assert scoring.form("RM-01", "gone.csv", "safe").sheet.key[0] == "RM-01"


def test_a_framework_that_there_is_not_is_refused_in_a_sentence() -> None:
    with pytest.raises(OshError, match=r"^framework: found no 'saef'; did you mean 'safe'\?$"):
        scoring.form("RM-01", framework="saef")


def test_rows_of_two_assessors_keep_their_names() -> None:
    file = hand_made("SAFE-I.1,A,,", "SAFE-I.2,B,,")
    file.write_text(
        file.read_text(encoding="utf-8").replace("evidence\n", "evidence,assessor\n").replace("A,,", "A,,,Ann")
        .replace("B,,", "B,,,Bob"), encoding="utf-8",
    )  # fmt: skip
    form = opened(file=file)
    assert form._controls["assessor"].placeholder == "several: Ann, Bob"
    form._controls["assessor"].value = "Cy"
    enter(form, "SAFE-I.3", "A")
    enter(form, "SAFE-I.2", "C")
    assert [(r["answer"], r["assessor"]) for r in rows(file)] == [("A", "Ann"), ("C", "Cy"), ("A", "Cy")]


def test_what_is_typed_is_shown_as_text_and_never_as_markup() -> None:
    file = hand_made("SAFE-I.1,<b>E</b>,,", "<i>x</i>,A,,")
    form = opened(file=file, unit="RM-01")
    assert "<b>E" not in form._faults.value + form.fields.faults["SAFE-I.1"].value
    assert "<i>" not in form._faults.value


def test_a_page_without_a_kernel_says_where_the_form_is() -> None:
    bundle = scoring.form("RM-01", framework="safe")._repr_mimebundle_()
    assert bundle["text/html"] == "<p>The scoring form: it is filled in in JupyterLab (make lab, or jupyter lab).</p>"
    assert "application/vnd.jupyter.widget-view+json" in bundle
