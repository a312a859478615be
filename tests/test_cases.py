"""A log of cases to annual counts: a log counted by hand, types by their words, and the log against its form."""

from __future__ import annotations

import random
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oshlib import cases, lists, places, tables
from oshlib.cases import COUNTS, ILLNESSES, MOST_DAYS, Type, against, annual, typed
from oshlib.study import load, logged

EXAMPLE = places.ROOT / "data" / "example"
HEAD = "unit,unit_id,year,case_number,date_of_incident,incident_outcome,dafw_days,djtr_days,type_of_incident,"
HEAD += "incident_type,hours,employees,nar_what_happened,incident_description,nar_injury_illness\n"
TYPES = lists.types("incident_types")
IDS = [one.id for one in TYPES]
ALL = [*IDS, "other_incidents", "unknown_incidents"]
DAYS = ("dafw_days", "djtr_days", "dafw_days_entered", "djtr_days_entered")
ADDED = [*COUNTS.values(), "recordable_cases", *DAYS, *ILLNESSES, *ALL]

#: Outcome, days away, days restricted, column M, own type, what happened. Counted by hand below.
BY_HAND = {
    2024: [
        (2, 10, 5, 1, "", "Fell from the ladder of the silo and sprained a wrist."),
        (2, 200, 30, 1, "", "Slipped on ice near the scale."),
        (3, 0, 200, 1, "", "Was struck by a swinging chute."),
        (3, 0, 14, 1, "", "Strained the back lifting a bag."),
        (4, "", "", 2, "", "Wet cement burned both shins."),
        (4, 0, 0, 5, "", ""),
        (1, 12, 0, 1, "", "Fell into the reclaimer pit."),
        (2, 150, 60, 1, "struck by", "Slipped on ice."),
        (4, 0, 0, 3, "", "Dust inhalation and coughing."),
    ],
    2025: [(2, 1, 0, 1, "", "Twisted an ankle stepping on a stone.")],
}


def read(folder: Path, rows: list[dict[str, Any]]) -> pd.DataFrame:
    file = folder / "log.csv"
    columns = HEAD.strip().split(",")
    lines = [",".join(f'"{row.get(column, "")}"' for column in columns) for row in rows]
    file.write_text(HEAD + "\n".join(lines) + "\n", encoding="utf-8")
    return lists.read(file, "cases")[0]


def a_case(number: int = 1, **changed: Any) -> dict[str, Any]:
    row = {
        "unit": "Rowan Plant (made up)", "unit_id": "R1", "year": 2024, "case_number": f"R/{number}",
        "date_of_incident": f"{changed.get('year', 2024)}-05-06", "incident_outcome": 2, "dafw_days": 10,
        "djtr_days": 0, "type_of_incident": 1, "hours": 150000, "employees": 75, "nar_what_happened": "Slipped on ice.",
    }  # fmt: skip
    return {**row, **changed}


def by_hand() -> list[dict[str, Any]]:
    names = ("incident_outcome", "dafw_days", "djtr_days", "type_of_incident", "incident_type", "nar_what_happened")
    return [
        a_case(n, year=year, **dict(zip(names, row, strict=True)))
        for year, rows in BY_HAND.items()
        for n, row in enumerate(rows, start=1)
    ]


def counts(table: pd.DataFrame, year: int = 2024) -> dict[str, float]:
    (row,) = table[table["year"].eq(year)].to_dict("records")
    return row


# The log counted by hand


def test_a_log_is_counted_as_by_hand(tmp_path: Path) -> None:
    table = annual(read(tmp_path, by_hand()))
    assert table["year"].tolist() == [2024, 2025]
    first = counts(table)
    assert (first["unit"], first["unit_id"]) == ("Rowan Plant (made up)", "R1")
    assert (first["hours"], first["employees"]) == (150_000, 75)
    # G to J: the death; cases 1, 2 and 8; 3 and 4; 5, 6 and 9
    assert [first[c] for c in COUNTS.values()] == [1, 3, 2, 3]
    assert first["recordable_cases"] == 9
    # K: 10 + 180 + 150, those of the death left out; L: 5 + 0 + 180 + 14 + 30
    assert (first["dafw_days"], first["djtr_days"]) == (340, 229)
    assert (first["dafw_days_entered"], first["djtr_days_entered"]) == (360, 309)
    # M1 to M6
    assert [first[c] for c in ILLNESSES] == [6, 1, 1, 0, 1, 0]
    types = {"different_level_falls": 2, "same_level_falls": 1, "struck_by": 2, "strains_sprains": 1}
    assert {c: first[c] for c in ALL} == {**types, "other_incidents": 2, "unknown_incidents": 1}
    second = counts(table, 2025)
    assert [second[c] for c in (*COUNTS.values(), "dafw_days", "strains_sprains")] == [0, 1, 0, 0, 1, 1]
    assert sum(second[c] for c in ALL) == second["recordable_cases"] == 1


def test_each_case_says_what_made_it_its_type(tmp_path: Path) -> None:
    table = read(tmp_path, by_hand())
    assert table["decided_by"].tolist() == [
        "fell from the ladder", "slipped", "was struck", "strained", "", "", "fell into", "entered", "", "twisted",
    ]  # fmt: skip


# What is not known


def test_an_outcome_that_is_not_known_leaves_the_kinds_and_days_unknown_and_the_total_as_it_is(tmp_path: Path) -> None:
    table = annual(read(tmp_path, [a_case(1), a_case(2, incident_outcome=9), a_case(3, year=2025)]))
    first = counts(table)
    assert np.isnan([first[c] for c in (*COUNTS.values(), *DAYS)]).all()
    assert (first["recordable_cases"], first["same_level_falls"], first["injuries"]) == (2, 2, 2)
    assert counts(table, 2025)["dafw_cases"] == 1, "the other year is what it was"


def test_a_column_m_that_is_blank_leaves_the_illnesses_unknown(tmp_path: Path) -> None:
    first = counts(annual(read(tmp_path, [a_case(1), a_case(2, type_of_incident="")])))
    assert np.isnan([first[c] for c in ILLNESSES]).all()
    assert first["dafw_cases"] == 2


def test_one_number_for_two_cases_leaves_every_count_unknown(tmp_path: Path) -> None:
    first = counts(annual(read(tmp_path, [a_case(1), a_case(1, dafw_days=11), a_case(2)])))
    assert np.isnan([first[c] for c in ADDED]).all(), "one case or two"
    assert first["hours"] == 150_000


def test_one_case_twice_is_one_case(tmp_path: Path) -> None:
    first = counts(annual(read(tmp_path, [a_case(1), a_case(1), a_case(2)])))
    assert (first["recordable_cases"], first["dafw_days"]) == (2, 20)


@pytest.mark.parametrize(
    ("outcome", "away", "restricted", "known"),
    [
        (2, "", 0, (np.nan, np.nan)),  # K must be there; how much of L counts hangs on it
        (2, 4, "", (4, 0)),
        (3, "", 5, (0, 5)),
        (3, "", "", (0, np.nan)),
        (4, "", "", (0, 0)),
        (1, "", "", (0, 0)),
        (2, "many", 0, (np.nan, np.nan)),
        (4, "many", 0, (np.nan, np.nan)),  # what an error has struck is no blank
        (2, 180, 1, (180, 0)),
        (2, 181, 0, (180, 0)),
        (2, 179, 2, (179, 1)),
        (3, 0, 180, (0, 180)),
        (3, 0, 181, (0, 180)),
    ],
)
def test_days_of_one_case(tmp_path: Path, outcome: int, away: Any, restricted: Any, known: tuple[float, float]) -> None:
    row = a_case(1, incident_outcome=outcome, dafw_days=away, djtr_days=restricted)
    first = counts(annual(read(tmp_path, [row])))
    assert np.array_equal([first["dafw_days"], first["djtr_days"]], known, equal_nan=True)


def test_hours_that_differ_are_none(tmp_path: Path) -> None:
    table = annual(read(tmp_path, [a_case(1), a_case(2, hours=150001), a_case(3, year=2025, hours="")]))
    assert table["hours"].isna().all()
    assert table["employees"].tolist() == [75, 75]


def test_a_case_of_another_year_counts_in_the_log_in_which_it_stands(tmp_path: Path) -> None:
    table = annual(read(tmp_path, [a_case(1, date_of_incident="2023-12-31")]))
    assert table[["year", "recordable_cases"]].to_numpy().tolist() == [[2024, 1]]


def test_a_case_without_a_year_could_be_of_any_so_no_count_of_its_unit_is_known(tmp_path: Path) -> None:
    lost = a_case(2, date_of_incident="2024-05-06") | {"year": ""}
    table = annual(read(tmp_path, [a_case(1), lost, a_case(3, unit_id="R2", unit="Alder Plant (made up)")]))
    assert table[["unit_id", "year"]].to_numpy().tolist() == [["R1", 2024], ["R2", 2024]]
    assert np.isnan([table.iloc[0][c] for c in ADDED]).all()
    assert table["recordable_cases"].iloc[1] == 1


def test_a_log_without_a_case_is_a_table_without_a_row(tmp_path: Path) -> None:
    table = annual(read(tmp_path, [])[:0])
    assert table.empty
    assert set(ADDED) <= set(table)


# Properties


def test_row_order_is_irrelevant_and_the_log_is_left_as_it_was() -> None:
    log, _ = lists.read(EXAMPLE / "partnership_cases.csv", "cases")
    before = log.copy(deep=True)
    counted = annual(log)
    pd.testing.assert_frame_equal(log, before)
    pd.testing.assert_frame_equal(counted, annual(log.sample(frac=1, random_state=4)))


_ONE = st.tuples(
    st.sampled_from(["death", "dafw", "djtr", "other"]),
    st.integers(0, 400),
    st.integers(0, 400),
    st.sampled_from(ILLNESSES),
    st.sampled_from(ALL),
    st.sampled_from(["A", "B"]),
    st.integers(2023, 2024),
)


def log_of(rows: list[tuple[Any, ...]]) -> pd.DataFrame:
    names = ["incident_outcome", "dafw_days", "djtr_days", "type_of_incident", "incident", "unit_id", "year"]
    table = pd.DataFrame(rows, columns=names).assign(struck="", hours=1e5, employees=50.0)
    table["unit"] = table["unit_id"]
    table["year"] = table["year"].astype("Int64")
    table["incident"] = pd.Categorical(table["incident"], ALL)
    return table.astype({"dafw_days": float, "djtr_days": float})


@given(st.lists(_ONE, min_size=2, max_size=30), st.integers(1, 29))
@settings(max_examples=60, deadline=None)
def test_a_log_that_is_split_and_added_up_again_is_the_same(rows: list[tuple[Any, ...]], cut: int) -> None:
    log = log_of(rows)
    whole = annual(log).set_index(["unit_id", "year"])[ADDED]
    cut = min(cut, len(log) - 1)
    parts = pd.concat([annual(log[:cut]), annual(log[cut:])]).groupby(["unit_id", "year"])[ADDED].sum()
    pd.testing.assert_frame_equal(whole, parts)


@given(st.lists(_ONE, min_size=1, max_size=30))
@settings(max_examples=60, deadline=None)
def test_parts_add_up_to_all_cases_and_no_case_has_more_days_than_count(rows: list[tuple[Any, ...]]) -> None:
    table = annual(log_of(rows))
    for parts in (list(COUNTS.values()), list(ILLNESSES), ALL):
        assert table[parts].sum(axis=1).equals(table["recordable_cases"])
    living = table["recordable_cases"] - table["deaths"]
    assert (table["dafw_days"] + table["djtr_days"] <= MOST_DAYS * living).all()
    assert (table["dafw_days"] <= table["dafw_days_entered"]).all()
    assert table["recordable_cases"].sum() == len(rows)


# Types by words

D, S, B, P = IDS
O = "other_incidents"  # noqa: E741
TOLD = [
    (D, "Employee fell from the top of the mixer drum while cleaning the fins."),
    (D, "Climbing down the ladder of the silo, the foot slipped off a rung and he fell about eight feet."),
    (D, "Driver was stepping out of the cab, missed the bottom step and fell onto the pavement, spraining an ankle."),
    (D, "Lost the balance on the catwalk and fell to the floor below."),
    (D, "Worker fell about 6 ft. from the loading dock."),
    (D, "Slipped while climbing into the cab and fell backward to the ground."),
    (D, "Fell through a rotten floor plate of the conveyor walkway."),
    (D, "Ladder kicked out and employee fell to the concrete slab."),
    (S, "Employee slipped on ice in the parking lot and fell, hurting the back."),
    (S, "Walking across the yard he stepped in a hole and fell, twisting a knee."),
    (S, "Fell to the ground when he tripped on a form stake."),
    (S, "Fell over a wheelbarrow."),
    (S, "Slip on mud at job site, sprained knee."),
    (B, "A wrench fell from the platform and struck the employee on the head."),
    (B, "Chute fell on employee\u2019s foot."),
    (B, "Piece of concrete flew off the drum and hit him in the eye."),
    (B, "Hammer slipped and struck his thumb."),
    (B, "Block fell off the pallet onto his toes."),
    (B, "Forklift backed into employee."),
    (P, "Employee strained lower back lifting a chute."),
    (P, "Felt sharp pain in shoulder while pulling a hose."),
    (P, "Rolled ankle when stepping off curb."),
    (P, "Hernia from lifting cement sacks."),
    (O, "Cement splashed in eyes causing chemical burn."),
    (O, "Hand caught in the conveyor belt."),
    (O, "Truck rolled over on the exit ramp; cuts and bruises."),
    (O, "Struck his head against the mirror bracket when standing up."),
    (O, "Foreign body in eye while grinding, after the strainer broke."),
    ("unknown_incidents", "  "),
    # Down is no lower level, feet are no height, what falls into an eye is no person, and what hits a thing strikes it.
    (S, "Tripped over a hose and fell down in the yard."),
    (S, "Tripped on rebar, fell on hands and feet."),
    (S, "Slipped and fell to the ground 4 feet from the door."),
    (S, "He fell to the ground 4 feet from the door."),
    (D, "Fell down the stairs of the batch tower."),
    (D, "Tripped and fell down into the pit."),
    (D, "Fell 8 feet."),
    (D, "Fell backwards six ft. onto the slab."),
    (D, "Fell 6-8 feet to the slab."),
    (O, "Cement dust fell into his eye."),
    (O, "Sand fell into eyes."),
    (O, "Slurry splashed and fell in his left eye."),
    (O, "Concrete fell into the boot and burned the skin."),
    (B, "Gravel fell on his head from the conveyor."),
    (O, "Finger was pinched in the chute while lifting it."),
    (O, "Cut his hand while lifting bags."),
    (P, "Hurt his back lifting bags."),
    (P, "Pain in the shoulder after lifting a hatch."),
    (O, "Felt burning pain on knees from wet concrete."),
    (O, "Hit his knee on the bumper."),
    (O, "Hit his hand on the frame."),
    (O, "Struck left elbow on the ladder rail."),
    (B, "A pipe hit him on the head."),
    (B, "Rock hit his hand."),
    (B, "Was hit on the hand by a hammer."),
]


@pytest.mark.parametrize(("type_", "text"), TOLD, ids=[text[:40] for _, text in TOLD])
def test_the_event_decides_before_the_injury_and_what_fell_is_not_always_a_person(type_: str, text: str) -> None:
    found = typed(pd.DataFrame({"own": [""], "text": [text]}), TYPES, "own", ["text"])
    assert found["type"].tolist() == [type_], found["because"].tolist()
    assert (found["because"].iloc[0] == "") == (type_ in ("other_incidents", "unknown_incidents"))


def test_the_first_text_that_decides_does_and_the_injury_only_where_the_event_says_nothing() -> None:
    table = pd.DataFrame(
        {
            "own": ["", "", "", "strains_sprains", "other_incidents", "nonsense"],
            "event": ["Tripped on a hose.", "Pulling a hose.", "", "Tripped.", "Tripped.", "Tripped."],
            "injury": ["Sprained wrist", "Back strain", "Back strain", "Bruise", "Sprain", ""],
        }
    )
    found = typed(table, TYPES, "own", ["event", "injury"])
    assert found["type"].tolist() == [S, P, P, P, O, S]
    assert found["because"].tolist() == ["tripped", "strain", "strain", "entered", "entered", "tripped"]
    assert found["type"].cat.categories.tolist() == ALL


def test_words_are_found_whole_and_gaps_end_with_the_clause() -> None:
    kind = Type("k", "K", ("fell ... off", "strain*"), ("strainer*",))
    texts = {
        "Fell   OFF it": "k", "fell right off": "k", "fell a b c d off": "k", "fell a b c d e off": O,
        "He fell. He took it off": O, "fell, off": O, "befell off": O, "offal fell": O, "re-strained": "k",
        "constrained": O, "strainer": O, "strainers and strain": "k", "Fell\noff": "k",
    }  # fmt: skip
    table = pd.DataFrame({"own": "", "text": list(texts)})
    assert dict(zip(texts, typed(table, [kind], "own", ["text"])["type"], strict=True)) == texts


def test_the_order_of_the_types_is_that_of_the_file_and_each_is_a_column_of_the_form() -> None:
    assert IDS == ["different_level_falls", "same_level_falls", "struck_by", "strains_sprains"]
    form = tables.layouts()["application"]["columns"]
    assert {*IDS, cases.OTHER} <= set(form)
    layout = lists.layout_of("cases")["columns"]["incident_type"]["words"]
    assert set(layout) == {*IDS, cases.OTHER}
    for one in TYPES:
        assert not re.search("[<>]", " ".join((*one.words, *one.unless))), "a group that there is not"
        assert one.title


# The log against its form

FORM = "unit,unit_id,year,hours,employees,g,h,i,j,k,l,m1,m2,m3,m4,m5,m6,same_level_falls,different_level_falls,"
FORM += "struck_by,strains_sprains\n"
AGREES = "Rowan Plant (made up),R1,2024,150000,75,1,3,2,3,340,229,6,1,1,0,1,0,1,2,2,1\n"
UPDATED = "a log is kept up to date for five years, the form need not be (29 CFR 1904.33); neither is changed here"


def compared(folder: Path, form: str, rows: list[dict[str, Any]] | None = None) -> tuple[pd.DataFrame, list[list[Any]]]:
    (folder / "form.csv").write_text(FORM + form, encoding="utf-8")
    forms, _ = tables.read(folder / "form.csv", "application")
    log = annual(read(folder, [r for r in by_hand() if r["year"] == 2024] if rows is None else rows))
    differences, faults = against(log, forms)
    assert list(faults.columns) == list(tables.FAULTS)
    assert (faults["level"] == "warning").all(), "a difference is said; neither side is taken for the other"
    assert list(differences.columns) == ["unit", "unit_id", "year", "column", "log", "form", "difference"]
    assert (differences["difference"] == differences["log"] - differences["form"]).all()
    return differences, faults[
        ["row", "column", "value", "rule", "text", "flag", "unit_id", "year"]
    ].to_numpy().tolist()


@pytest.mark.parametrize(
    "form",
    [
        AGREES,
        AGREES.replace("340,229", "360,309"),  # more days than count were entered
        AGREES.replace("229,6,", "229,9,"),  # M1 as the application prints it
        AGREES.replace("0,1,2,2,1", "0,1,2,2,2"),  # the case without a text may be the strain
        AGREES.replace("0,1,2,2,1", "0,,,,"),
        AGREES.replace("340,229", ","),
    ],
)
def test_a_form_that_agrees_has_no_difference(tmp_path: Path, form: str) -> None:
    differences, faults = compared(tmp_path, form)
    assert (differences.to_numpy().tolist(), faults) == ([], [])


def test_a_case_that_came_later_is_said_and_so_is_one_that_the_log_lacks(tmp_path: Path) -> None:
    differences, faults = compared(tmp_path, AGREES.replace("1,3,2,3,", "1,2,2,3,").replace("0,1,2,2,1", "0,2,2,2,1"))
    assert differences[["column", "log", "form"]].to_numpy().tolist() == [
        ["dafw_cases", 3, 2], ["recordable_cases", 9, 8],
    ]  # fmt: skip
    more = f"the log gives 3, the form 2: {UPDATED}"
    assert faults[0] == [2, "dafw_cases", "2", "log-differs", more, "REVISED", "R1", 2024]
    differences, faults = compared(tmp_path, AGREES.replace("1,3,2,3,", "1,3,2,4,"))
    assert [fault[1:] for fault in faults] == [
        ["other_cases", "4", "log-differs", "the log gives 3, the form 4: neither is changed here", "SUM_MISMATCH",
         "R1", 2024],
        ["recordable_cases", "10", "log-differs", "the log gives 9, the form 10: neither is changed here",
         "SUM_MISMATCH", "R1", 2024],
    ]  # fmt: skip


def test_hours_that_differ_are_a_mismatch_and_no_revision(tmp_path: Path) -> None:
    _, faults = compared(tmp_path, AGREES.replace("150000", "149999"))
    say = "the log gives 150,000, the form 149,999: neither is changed here"
    assert faults == [[2, "hours", "149,999", "log-differs", say, "SUM_MISMATCH", "R1", 2024]]


def test_more_of_a_type_on_the_form_than_the_unknown_cases_could_be_is_a_difference(tmp_path: Path) -> None:
    differences, _ = compared(tmp_path, AGREES.replace("0,1,2,2,1", "0,1,2,2,3"))
    assert differences[["column", "log", "form"]].to_numpy().tolist() == [["strains_sprains", 1, 3]]


def test_a_log_without_a_form_and_a_form_without_a_log_are_said(tmp_path: Path) -> None:
    other = AGREES.replace("R1", "R2").replace("Rowan", "Larch")
    nothing = "Rowan Plant (made up),R1,2025,150000,75,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0\n"
    rows = [*by_hand(), a_case(7, unit_id="R3", unit="Alder Plant (made up)", year=2025)]
    _, faults = compared(tmp_path, AGREES + other + nothing, rows)
    assert ["R3", 2025] in [fault[-2:] for fault in faults]
    lone = [fault for fault in faults if fault[-2] == "R3"]
    assert lone == [
        [1, "year", "2025", "log-without-form", "the log has 1 case of 2025, and there is no form of that year", "",
         "R3", 2025]
    ]  # fmt: skip
    assert not [fault for fault in faults if fault[-2] == "R2"], "a company without any log is not asked for one"
    only = [row for row in rows if row["year"] == 2025]
    _, faults = compared(tmp_path, AGREES.replace("2024", "2025").replace("R1", "R3") + AGREES, only)
    assert not [fault for fault in faults if fault[-1] == 2024], "no log of 2024 at all"
    late = [*by_hand(), a_case(7, unit_id="R3", unit="Alder Plant (made up)", year=2025)]
    form = AGREES + AGREES.replace("R1", "R3").replace("Rowan", "Alder")
    _, faults = compared(tmp_path, form, late)
    assert [3, "year", "2024", "form-without-log", "the form has 9 cases of 2024, and the log none", "SUM_MISMATCH",
            "R3", 2024] in faults  # fmt: skip


def test_what_is_not_known_on_one_side_is_no_difference(tmp_path: Path) -> None:
    rows = [row for row in by_hand() if row["year"] == 2024]
    rows[0] |= {"incident_outcome": "9"}
    differences, faults = compared(tmp_path, AGREES, rows)
    assert (len(differences), faults) == (0, [])


def test_a_log_in_any_order_and_in_two_files_gives_the_same_differences(tmp_path: Path) -> None:
    rows = by_hand()
    random.Random(7).shuffle(rows)
    form = AGREES.replace("1,3,2,3,", "1,2,2,3,")
    first = compared(tmp_path, form, by_hand())
    again = compared(tmp_path, form, rows)
    pd.testing.assert_frame_equal(first[0], again[0])
    assert first[1] == again[1]


# The log of one unit on its page

FORMS = "unit,unit_id,year,hours,employees,deaths,dafw_cases,djtr_cases,other_cases,dafw_days,djtr_days,naics\n"
LOG = "unit,unit_id,parent,year,case_number,date_of_incident,incident_outcome,dafw_days,djtr_days,type_of_incident,"
LOG += "hours,employees,nar_what_happened\n"


def logs(folder: Path, *rows: str) -> Any:
    """The study of the log of one unit with two forms, and of no other."""
    (folder / "forms.csv").write_text(
        FORMS + "Rowan (made up),R1,2024,150000,75,0,2,0,0,10,0,\nRowan (made up),R1,2025,150000,75,0,1,0,0,5,0,\n",
        encoding="utf-8",
    )
    (folder / "log.csv").write_text(LOG + "\n".join(rows) + "\n", encoding="utf-8")
    return logged.study(str(folder / "log.csv"), load(str(folder / "forms.csv"), "R1"))


def entry(number: int, year: Any = 2024, unit: str = "Rowan (made up)", unit_id: str = "R1", **more: Any) -> str:
    day = f"{year or 2024}-05-06"
    return (
        f"{unit},{unit_id},{more.get('parent', '')},{year},{number},{day},{more.get('outcome', 2)},"
        f"{more.get('days', 5)},0,1,{more.get('hours', 150000)},75,Slipped on ice."
    )


def test_a_case_without_a_year_leaves_every_count_of_the_page_unknown_and_is_told(tmp_path: Path) -> None:
    found = logs(tmp_path, entry(1), entry(2, year=""), entry(3, year=2025))
    assert found.counts["recordable_cases"].isna().tolist() == [True, True]
    assert found.used == 3
    assert [c["text"] for c in found.cautions] == [
        "Log of cases, row 3: no year, so it could be of any, and no count of the log is known."
    ]
    assert found.faults[["row", "column"]].to_numpy().tolist() == [[3, "year"]]


def test_faults_of_rows_that_are_left_out_are_told(tmp_path: Path) -> None:
    found = logs(
        tmp_path, entry(1), entry(1), entry(2, unit="", unit_id=""), entry(3, unit="Elm", unit_id="E1", days=0)
    )
    assert found.faults[["row", "rule"]].to_numpy().tolist() == [[3, "duplicate"], [4, "required"]]


def test_the_logs_of_all_establishments_of_a_company_are_added_up_but_for_their_hours(tmp_path: Path) -> None:
    rows = [
        entry(1, unit="Plant 1 (made up)", unit_id="900", parent="ROWAN (made  up)"),
        entry(1, unit="Plant 2 (made up)", unit_id="901", parent="R1"),
        entry(1, unit="Plant 2 (made up)", unit_id="901", parent="R1", year=2025),
        entry(1, unit="Elm (made up)", unit_id="902", parent="Elm (made up)"),
    ]
    found = logs(tmp_path, *rows)
    assert found.logs == 2
    assert found.counts["dafw_cases"].tolist() == [2, 1]
    assert found.counts["dafw_days"].tolist() == [10, 5]
    assert found.counts["hours"].isna().all(), "an establishment without a case stands in no log"
    assert found.cautions == []


def test_a_log_by_name_alone_is_that_of_the_unit(tmp_path: Path) -> None:
    found = logs(tmp_path, entry(1, unit_id=""), entry(2, unit_id=""), entry(3, unit_id="77", year=2025))
    assert found.counts["recordable_cases"].tolist() == [2, 1]


def test_a_log_without_a_case_of_the_unit_is_told(tmp_path: Path) -> None:
    found = logs(tmp_path, entry(1, unit="Elm (made up)", unit_id="E1"))
    assert found.used == 0
    assert len(found.cautions) == 1
    assert found.cautions[0]["text"].endswith(
        "log.csv: no case of Rowan (made up) (R1) in calendar years 2021–2025; others have some."
    )


def test_what_differs_begins_with_its_name(tmp_path: Path) -> None:
    found = logs(tmp_path, entry(1), entry(2, days=6), entry(3, year=2025))
    assert [c["text"] for c in found.cautions] == [
        "Days away of 2024: the log gives 11, the form 10: a log is kept up to date for five years, the form need not "
        "be (29 CFR 1904.33); neither is changed here (row 2)."
    ]
