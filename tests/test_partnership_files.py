"""The files of a partnership: application forms by the year of the form, participants, training contacts, cases."""

from __future__ import annotations

import csv
import datetime as dt
import shutil
import subprocess
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pandas as pd
import pytest
import yaml

from oshlib import answers, cases, frameworks, lists, places, references, tables, ticks
from oshlib.cli import main
from oshlib.errors import OshError
from oshlib.values import FAULTS, PARSERS

EXAMPLE = places.ROOT / "data" / "example"
FORM = "unit,unit_id,year,hours,employees,g,h,i,j,k,l,m1,m2,m3,m4,m5,m6,same_level_falls,different_level_falls,"
FORM += "struck_by,strains_sprains,holders_10,plants,state\n"
PARTICIPANTS = "company,unit_id,implementation_date,level,area,employees,removal_notice,left\n"
CONTACTS = "unit_id,plant,year,quarter,initiative,full_time,attended,signed\n"
CASES = "establishment_id,establishment_name,year_filing_for,case_number,date_of_incident,incident_outcome,"
CASES += "dafw_num_away,djtr_num_tr,type_of_incident,incident_type,nar_what_happened,total_hours_worked\n"
#: As OSHA publishes a case-detail file (July 2024), without its narratives.
PUBLISHED = (
    "id,establishment_id,establishment_name,ein,company_name,street_address,city,state,zip_code,naics_code,naics_year,"
    "industry_description,establishment_type,size,annual_average_employees,total_hours_worked,case_number,"
    "job_description,soc_code,soc_description,soc_reviewed,soc_probability,date_of_incident,incident_outcome,"
    "dafw_num_away,djtr_num_tr,type_of_incident,time_started_work,time_of_incident,time_unknown,date_of_death,"
    "created_timestamp,year_filing_for"
)
KEYS = ["row", "column", "value", "level", "text"]


def form(folder: Path, rows: str, head: str = FORM) -> tuple[pd.DataFrame, list[list[Any]]]:
    file = folder / "form.csv"
    file.write_text(head + rows, encoding="utf-8")
    table, faults = tables.read(file, "application")
    return table, faults[KEYS].to_numpy().tolist()


def listed(folder: Path, kind: str, text: str) -> tuple[pd.DataFrame, list[list[Any]]]:
    file = folder / f"{kind}.csv"
    file.write_text(text, encoding="utf-8")
    table, faults = lists.read(file, kind)
    assert list(faults.columns) == list(FAULTS)
    return table, faults[KEYS].to_numpy().tolist()


def a_case(**changed: Any) -> str:
    """One row of a log."""
    row = {
        "establishment_id": "L1", "establishment_name": "Larch Plant (made up)", "year_filing_for": 2024,
        "case_number": "L/1", "date_of_incident": "2024-03-01", "incident_outcome": 2, "dafw_num_away": 5,
        "djtr_num_tr": 0, "type_of_incident": 1, "incident_type": "", "nar_what_happened": "Fell from a ladder.",
        "total_hours_worked": 200000,
    }  # fmt: skip
    row |= changed
    return ",".join(f'"{row[column]}"' for column in CASES.strip().split(",")) + "\n"


# The application form by the year of the form


def test_the_form_of_2003_and_that_of_2004_have_k_l_and_m5_the_other_way_round(tmp_path: Path) -> None:
    rows = "Larch Co (made up),L1,2003,200000,100,0,2,1,2,9,20,3,0,1,0,1,,1,0,1,1,5,2,OH\n"
    rows += "Larch Co (made up),L1,2004,200000,100,0,2,1,2,20,9,3,0,1,0,1,0,1,0,1,1,5,2,OH\n"
    table, faults = form(tmp_path, rows)
    assert faults == []
    told = table.set_index("year")
    assert told[["k", "l", "dafw_days", "djtr_days"]].to_numpy().tolist() == [[9, 20, 20, 9], [20, 9, 20, 9]]
    assert told[["m5", "other_illnesses"]].loc[2003].tolist() == [1, 1]
    assert np.isnan(told["hearing_loss"].loc[2003]), "the form of 2003 had no such column: not known is not zero"
    assert told[["m5", "m6", "hearing_loss", "other_illnesses"]].loc[2004].tolist() == [1, 0, 1, 0]
    assert told["injuries"].tolist() == [3, 3]


def test_m6_on_a_form_that_has_none_is_an_error_and_counts_nowhere(tmp_path: Path) -> None:
    table, faults = form(tmp_path, "A (made up),L1,2003,200000,100,0,2,1,1,9,20,4,0,0,0,0,2,1,0,1,1,5,2,OH\n")
    assert faults == [[2, "m6", "2", "error", "the form of 2003 has no such column"]]
    assert table["struck"].tolist() == ["m6"]
    assert table[["m6", "hearing_loss"]].isna().to_numpy().all()
    assert table["other_illnesses"].tolist() == [0], "M5 of that year"


def test_a_letter_and_a_name_for_one_thing_that_differ_are_neither_known(tmp_path: Path) -> None:
    head = FORM.replace("k,l,", "k,dafw_days,")
    row = "A (made up),L1,{year},200000,100,0,2,1,1,{k},{days},4,,,,,,1,0,1,1,5,2,OH\n"
    table, faults = form(tmp_path, row.format(year=2004, k=20, days=21), head)
    say = "dafw_days is given as 21 as well, and means the same on the form of 2004"
    assert faults == [[2, "k", "20", "error", say]]
    assert table["struck"].tolist() == ["dafw_days,k"]
    assert table[["k", "dafw_days"]].isna().to_numpy().all()
    for year, k, days, djtr in ((2004, 20, 20, np.nan), (2003, 9, 20, 9)):
        table, faults = form(tmp_path, row.format(year=year, k=k, days=days), head)
        assert faults == []
        assert table["dafw_days"].tolist() == [20]
        assert np.array_equal(table["djtr_days"], [djtr], equal_nan=True)


def test_a_letter_that_is_no_number_leaves_what_it_means_in_that_year_unknown(tmp_path: Path) -> None:
    row = "A (made up),L1,2024,200000,100,0,2,1,1,many,9,4,,,,,,1,0,1,1,5,2,OH\n"
    table, faults = form(tmp_path, row)
    say = "expected a plain number such as 1234 or 1234.5"
    assert faults == [[2, "k", "many", "error", say]]
    assert table["struck"].tolist() == ["dafw_days,k"]
    assert table["djtr_days"].tolist() == [9]


@pytest.mark.parametrize("m", ["4,0,0,0,0,0", "2,1,0,0,0,1", "4,,,,,", ",1,0,0,0,0"])
def test_m1_may_be_all_cases_as_the_application_prints_it_or_injuries_as_the_300a_has_it(
    tmp_path: Path, m: str
) -> None:
    _, faults = form(tmp_path, f"A (made up),L1,2024,200000,100,0,2,1,1,20,9,{m},1,0,1,1,5,2,OH\n")
    assert faults == []


def test_m1_that_is_neither_is_told_and_takes_nothing_away(tmp_path: Path) -> None:
    table, faults = form(tmp_path, "A (made up),L1,2024,200000,100,0,2,1,1,20,9,3,2,0,0,0,0,1,0,1,1,5,2,OH\n")
    say = "M1 is 3 and M1 to M6 add up to 5; one of them is expected to be G to J, 4"
    assert faults == [[2, "injuries", "3", "warning", say]]
    assert table[["dafw_cases", "injuries"]].to_numpy().tolist() == [[2, 3]]


GOOD = "A (made up),L1,2024,200000,100,0,2,1,1,20,9,4,,,,,,1,0,1,1,5,2,OH\n"
BAD_FORMS = {
    "hours in thousands": (
        GOOD.replace("200000", "200"),
        [2, "hours", "2", "error", "2 hours per employee: hours in thousands?"],
        "hours",
    ),
    "an application without its 300A": (
        GOOD.replace(",0,2,1,1,20,9,4,", ",,,,,,,,"),
        [2, "deaths", "200,000", "error", "200,000 hours and none of G to J: an application without its 300A"],
        "dafw_cases,deaths,djtr_cases,other_cases,recordable_cases",
    ),
    "more holders than employees": (
        GOOD.replace(",5,2,OH", ",101,2,OH"),
        [2, "holders_10", "101", "error", "101 holders of the 10-hour course among 100 employees"],
        "holders_10",
    ),
    "more incidents of the four types than recordables": (
        GOOD.replace(",1,0,1,1,5", ",1,2,1,1,5"),
        [2, "same_level_falls", "5", "warning",
         "the four targeted types add up to 5 incidents, the recordable cases to 4"],
        "",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", BAD_FORMS)
def test_a_bad_form_is_one_fault_and_the_row_says_what_could_not_be_determined(tmp_path: Path, what: str) -> None:
    row, fault, struck = BAD_FORMS[what]
    table, faults = form(tmp_path, row)
    assert faults == [fault]
    assert table["struck"].tolist() == [struck]
    assert table[struck.split(",") if struck else []].isna().to_numpy().all()


def test_a_company_twice_in_a_year_counts_once_or_not_at_all(tmp_path: Path) -> None:
    table, faults = form(tmp_path, GOOD + GOOD)
    assert len(table) == 1
    assert faults == [[3, "year", "2024", "warning", "Identical: one kept."]]
    table, faults = form(tmp_path, GOOD + GOOD.replace(",5,2,OH", ",6,2,OH"))
    say = "rows 2, 3 differ in holders_10 for 2024; without dates of filing neither counts"
    assert faults == [[3, "year", "2024", "error", say]]
    assert table["struck"].tolist() == ["holders_10"]
    assert table["holders_10"].isna().all()


def test_a_file_of_forms_is_known_by_its_four_types_and_any_other_is_an_annual_table_as_before() -> None:
    assert "holders_10" in tables.read(EXAMPLE / "partnership.csv")[0]
    for file in ("ready_mix", "fleet", "plants"):
        assert "holders_10" not in tables.read(EXAMPLE / f"{file}.csv")[0]


# Lists


def test_participants_are_read_with_their_levels_and_dates(tmp_path: Path) -> None:
    rows = "Larch (made up),L1,2022-07-01,DIAMOND,East (made up),60,,\n"
    rows += "Rowan (made up),,7/1/2023, Gold ,East (made up),40,2025-10-06,2025-12-31\n"
    rows += "Alder (made up),L3,,candidate,,,,\n"
    table, faults = listed(tmp_path, "participants", PARTICIPANTS + rows)
    assert faults == []
    assert table["unit_id"].tolist() == ["L1", "Rowan (made up)", "L3"], "the name where there is no id"
    assert table["level"].tolist() == ["diamond", "gold", "applicant"]
    days = ["implementation_date", "removal_notice", "left"]
    assert table[days].iloc[1].map(lambda day: day.date().isoformat()).tolist() == [
        "2023-07-01", "2025-10-06", "2025-12-31",
    ]  # fmt: skip
    assert table[days].iloc[2].isna().all()
    assert table["struck"].tolist() == ["", "", ""]


SAME = "Larch (made up),L1,2022-07-01,diamond,East (made up),60,,\n"
BAD_PARTICIPANTS = {
    "twice, alike": (SAME + SAME, [3, "unit_id", "L1", "warning", "Identical: one kept."], ""),
    "twice, different": (
        SAME + SAME.replace("diamond", "gold").replace("60", "61"),
        [3, "unit_id", "L1", "error",
         "rows 2, 3 are one unit_id and differ in level, employees: which holds is not known"],
        "employees,level,unit_id",
    ),
    "an unknown level": (
        SAME.replace("diamond", "silver"),
        [2, "level", "silver", "error", "expected diamond, platinum, gold, applicant"],
        "level",
    ),
    "a day that is none": (
        SAME.replace("2022-07-01", "July 2022"),
        [2, "implementation_date", "July 2022", "error", "expected a date such as 2024-02-01"],
        "implementation_date",
    ),
    "left before it began": (
        SAME.replace("60,,", "60,,2021-01-01"),
        [2, "left", "2021-01-01", "error", "left on 2021-01-01, implemented on 2022-07-01"],
        "implementation_date,left",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", BAD_PARTICIPANTS)
def test_a_bad_participant_is_one_fault_and_what_differs_is_blank(tmp_path: Path, what: str) -> None:
    rows, fault, struck = BAD_PARTICIPANTS[what]
    table, faults = listed(tmp_path, "participants", PARTICIPANTS + rows)
    assert faults == [fault]
    assert len(table) == 1
    assert table["struck"].tolist() == [struck]
    assert table["area"].tolist() == ["East (made up)"]
    blank = {column for column in table if table[column].isna().all() or table[column].astype(str).eq("").all()}
    assert {*struck.split(",")} - {"", "unit_id"} <= blank
    assert table["unit_id"].tolist() == ["L1"]


def test_one_company_under_two_ids_is_said(tmp_path: Path) -> None:
    text = "unit,unit_id,implementation_date,level,ein\n"
    text += "Larch (made up),L1,2022-07-01,gold,007300001\nlarch  (made up),L2,2022-07-01,gold,007300002\n"
    text += "Rowan (made up),L3,2022-07-01,gold,007300001\nAlder (made up),L4,2022-07-01,gold,\n"
    text += "Birch (made up),L5,2022-07-01,gold,\n"
    table, faults = listed(tmp_path, "participants", text)
    assert faults == [
        [2, "unit", "Larch (made up)", "warning", "'Larch (made up)' is the name of L2 as well: one company twice?"],
        [2, "ein", "007300001", "warning", "007300001 is the employer number of L3 as well: one company twice?"],
    ]
    assert len(table) == 5, "which of them is meant nobody can tell"


def test_a_row_of_nobody_is_left_out_and_said(tmp_path: Path) -> None:
    table, faults = listed(tmp_path, "participants", PARTICIPANTS + ",,2022-07-01,gold,,,,\n" + SAME)
    assert faults == [[2, "unit_id", "", "error", "left out: a row needs its unit_id or unit"]]
    assert table["unit_id"].tolist() == ["L1"]


SESSION = "L1,Plant 1 (made up),2025,1,silica,6,5,yes\n"
BAD_CONTACTS = {
    "quarter 5": (
        SESSION.replace("2025,1", "2025,5"),
        [2, "quarter", "5", "error", "quarter 5; expected 1 to 4"],
        "quarter",
    ),
    "above potential": (
        SESSION.replace("6,5", "6,8"),
        [2, "attended", "8", "warning", "8 came, 6 work full time: allowed, part-time people count as well"],
        "",
    ),
    "not known": (
        SESSION.replace("6,5", "6,"),
        [2, "attended", "", "warning", "blank is not zero: who came is not known"],
        "",
    ),
    "twice, different": (
        SESSION + SESSION.replace("6,5", "6,6"),
        [3, "quarter", "1", "error",
         "rows 2, 3 are one quarter and differ in attended: which holds is not known"],
        "attended,quarter",
    ),
    "half a person": (
        SESSION.replace("6,5", "6,4.5"),
        [2, "attended", "4.5", "error", "expected a whole number of cases"],
        "attended",
    ),
    "no year": (
        SESSION.replace("2025,1", ",1"),
        [2, "year", "", "error", "blank: a row needs its year"],
        "year",
    ),
    "no plant": (
        SESSION.replace("Plant 1 (made up)", ""),
        [2, "plant", "", "warning", "blank: taken as a row of its own, without its plant"],
        "",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", BAD_CONTACTS)
def test_a_bad_contact_is_one_fault_and_its_row_stays(tmp_path: Path, what: str) -> None:
    rows, fault, struck = BAD_CONTACTS[what]
    table, faults = listed(tmp_path, "contacts", CONTACTS + rows)
    assert faults == [fault]
    assert len(table) == 1, "a row that is not known takes its company's sum with it; without it nobody could tell"
    assert table["struck"].tolist() == [struck]
    assert table["full_time"].tolist() == [6]
    if what == "quarter 5":
        assert table["quarter"].isna().all()
    if what == "above potential":
        assert (table["attended"] / table["full_time"]).tolist() == [8 / 6], "allowed"


def test_quarters_may_be_written_q1_to_q4_and_a_plant_has_each_once(tmp_path: Path) -> None:
    rows = "".join(SESSION.replace("2025,1", f"2025,Q{n}").replace("6,5", f"6,{n + 1}") for n in range(1, 5))
    table, faults = listed(tmp_path, "contacts", CONTACTS + rows)
    assert faults == []
    assert table["quarter"].tolist() == [1, 2, 3, 4]
    assert table[["full_time", "attended"]].sum().tolist() == [24, 14]


BAD_CASES = {
    "an unknown outcome": (
        a_case(incident_outcome=7),
        [2, "incident_outcome", "7", "error", "expected 1 to 4, G to J, or death, dafw, djtr, other"],
        "incident_outcome",
    ),
    "no outcome": (
        a_case(incident_outcome=""),
        [2, "incident_outcome", "", "error", "no outcome: which of G to J it counts in is not known"],
        "incident_outcome",
    ),
    "a case number twice, alike": (
        a_case() + a_case(),
        [3, "case_number", "L/1", "warning", "Identical: one kept."],
        "",
    ),
    "a case number twice, different": (
        a_case() + a_case(dafw_num_away=6),
        [3, "case_number", "L/1", "error",
         "rows 2, 3 are one case_number and differ in dafw_days: which holds is not known"],
        "case_number,dafw_days",
    ),
    "a death with days away": (
        a_case(incident_outcome=1),
        [2, "dafw_days", "5", "warning",
         "a death with 5 days away: only the most serious outcome is counted, these days are not"],
        "",
    ),
    "more than 180 days": (
        a_case(dafw_num_away=150, djtr_num_tr=31),
        [2, "dafw_days", "181", "warning",
         "181 days: the form counts 180 of them at most, days away first (29 CFR 1904.7(b)(3)(vii))"],
        "",
    ),
    "a case of another year": (
        a_case(date_of_incident="2023-12-31"),
        [2, "date_of_incident", "2023-12-31", "error",
         "2023-12-31 lies in another year than the log (2024): counted in the log in which it stands"],
        "date_of_incident",
    ),
    "days away and a lesser outcome": (
        a_case(incident_outcome=3, djtr_num_tr=4),
        [2, "dafw_days", "5", "warning",
         "5 days away and the outcome djtr: days away are the more serious outcome"],
        "",
    ),
    "restricted days of another outcome": (
        a_case(incident_outcome=4, dafw_num_away=0, djtr_num_tr=4),
        [2, "djtr_days", "4", "warning", "4 days of transfer or restriction and the outcome other"],
        "",
    ),
    "days away without a day": (
        a_case(dafw_num_away=0),
        [2, "dafw_days", "0", "warning", "the outcome is days away, and there is no such day"],
        "",
    ),
    "days away that are not told": (
        a_case(incident_outcome="H", dafw_num_away=""),
        [2, "dafw_days", "", "warning",
         "the outcome is days away, and how many there were is not known: the days of the year are not"],
        "",
    ),
    "restriction of which the days are not told": (
        a_case(incident_outcome="I", dafw_num_away=0, djtr_num_tr=""),
        [2, "djtr_days", "", "warning", "the outcome is transfer or restriction, and how many days there were is not "
         "known: the days of the year are not"],
        "",
    ),
    "restriction without a day": (
        a_case(incident_outcome="I", dafw_num_away=0),
        [2, "djtr_days", "0", "warning", "the outcome is transfer or restriction, and there is no such day"],
        "",
    ),
    "hours that differ": (
        a_case() + a_case(case_number="L/2", total_hours_worked=1),
        [2, "hours", "2", "warning", "the rows of this establishment and year give 2 different hours: none is used"],
        "",
    ),
    "an unknown type of its own": (
        a_case(incident_type="crushed"),
        [2, "incident_type", "crushed", "error",
         "expected same_level_falls, different_level_falls, struck_by, strains_sprains, other_incidents"],
        "incident_type",
    ),
    "no case number": (
        a_case(case_number=""),
        [2, "case_number", "", "warning", "blank: taken as a row of its own, without its case_number"],
        "",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", BAD_CASES)
def test_a_bad_case_is_one_fault_and_its_row_says_what_is_not_known(tmp_path: Path, what: str) -> None:
    rows, fault, struck = BAD_CASES[what]
    table, faults = listed(tmp_path, "cases", CASES + rows)
    assert faults == [fault]
    assert table["struck"].iloc[0] == struck
    for column in {*struck.split(",")} - {"", "case_number"}:
        assert table[column].iloc[0] is pd.NaT or table[column].iloc[0] != table[column].iloc[0] or (
            table[column].iloc[0] == ""
        )  # fmt: skip


@pytest.mark.parametrize(("days", "restricted"), [(180, 0), (150, 30), ("", 180)])
def test_180_days_are_not_above_180(tmp_path: Path, days: Any, restricted: int) -> None:
    outcome = 2 if days else 3
    rows = a_case(dafw_num_away=days, djtr_num_tr=restricted, incident_outcome=outcome)
    assert listed(tmp_path, "cases", CASES + rows)[1] == []


OUTCOMES = {
    "death": ("1", "G", "death", "Fatality"), "dafw": ("2", "h", "Days away from work", "dafw"),
    "djtr": ("3", "I", "job transfer or restriction", "Restricted"), "other": ("4", "J", "Other recordable case"),
}  # fmt: skip


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_an_outcome_may_be_a_number_a_letter_or_words(tmp_path: Path, outcome: str) -> None:
    rows = "".join(
        a_case(
            case_number=word,
            incident_outcome=word,
            type_of_incident="M6",
            dafw_num_away=3 if outcome == "dafw" else "",
            djtr_num_tr=3 if outcome == "djtr" else "",
        )
        for word in OUTCOMES[outcome]
    )
    table, faults = listed(tmp_path, "cases", CASES + rows)
    assert faults == []
    assert set(table["incident_outcome"]) == {outcome}
    assert set(table["type_of_incident"]) == {"other_illnesses"}


def test_the_header_as_osha_publishes_it_is_known_and_nothing_in_it_is_passed_over(tmp_path: Path) -> None:
    values = dict.fromkeys(PUBLISHED.split(","), "")
    values |= {
        "id": "1", "establishment_id": "7301", "establishment_name": "Larch Plant (made up)", "ein": "007300001",
        "company_name": "Larch (made up)", "case_number": "9", "date_of_incident": "2023-06-01",
        "incident_outcome": "3", "djtr_num_tr": "4", "type_of_incident": "1", "year_filing_for": "2023",
        "total_hours_worked": "200000", "annual_average_employees": "100", "zip_code": "00011",
    }  # fmt: skip
    table, faults = listed(tmp_path, "cases", PUBLISHED + "\n" + ",".join(values.values()) + "\n")
    assert faults == []
    row = table.iloc[0]
    assert (row["unit_id"], row["unit"], row["parent"]) == ("7301", "Larch Plant (made up)", "Larch (made up)")
    assert (row["year"], row["hours"], row["employees"], row["djtr_days"]) == (2023, 200_000, 100, 4)
    assert (row["incident_outcome"], row["type_of_incident"]) == ("djtr", "injuries")
    assert row["incident"] == "unknown_incidents", "the published file has no narratives yet"
    shared = Path(__file__).resolve().parents[2] / "shared" / "data" / "ita_dictionary"
    if shared.exists():
        header = (shared / "case_detail_public_header_2023.csv").read_text(encoding="utf-8").strip()
        assert header == PUBLISHED


PRINTED = (
    "Establishment name,Year,(A) Case no.,(C) Job title,(D) Date of injury or onset of illness,"
    "(E) Where the event occurred,(F) Describe injury or illness,(G) Death,(H) Days away from work,"
    "(I) Job transfer or restriction,(J) Other recordable cases,(K) Away from work,(L) On job transfer or restriction,"
    "(1) Injury,(2) Skin disorder,(3) Respiratory condition,(4) Poisoning,(5) Hearing loss,(6) All other illnesses\n"
)


def printed(number: int, outcome: str, nature: str) -> str:
    return f"Larch (made up),2024,{number},driver,2024-03-01,yard,Slipped on ice,{outcome},5,0,{nature}\n"


def test_the_log_as_printed_has_a_ticked_column_for_each_outcome_and_nature(tmp_path: Path) -> None:
    rows = printed(1, ",X,,", "x,,,,,") + printed(2, "0,0,1,0", ",\u2713,,,,") + printed(3, "no,no,no,yes", ",,,,,1")
    table, faults = listed(tmp_path, "cases", PRINTED + rows)
    assert table["incident_outcome"].tolist() == ["dafw", "djtr", "other"]
    assert table["type_of_incident"].tolist() == ["injuries", "skin_disorders", "other_illnesses"]
    assert table["dafw_days"].tolist() == [5, 5, 5]
    assert table["incident"].tolist() == ["same_level_falls"] * 3
    assert table["case_number"].tolist() == ["1", "2", "3"]
    assert "unknown-column" not in {fault[3] for fault in faults}
    assert lists.recognised(tmp_path / "cases.csv") == "cases"


def test_two_ticks_no_tick_and_other_signs_are_errors(tmp_path: Path) -> None:
    rows = printed(1, "x,x,,", "x,,,,,") + printed(2, ",,,", ",,,,,") + printed(3, ",,,?", "x,,,,,")
    table, faults = listed(tmp_path, "cases", PRINTED + rows)
    assert table["incident_outcome"].tolist() == ["", "", ""]
    assert [fault for fault in faults if fault[1] == "incident_outcome"] == [
        [2, "incident_outcome", "death, dafw", "error", "several are ticked; expected one, the most serious"],
        [3, "incident_outcome", "", "error", "no outcome: which of G to J it counts in is not known"],
        [4, "incident_outcome", "?", "error", "other_recordable_cases: expected x or blank"],
    ]


def test_an_outcome_and_a_tick_column_for_it_are_one_too_many(tmp_path: Path) -> None:
    with pytest.raises(OshError, match="found 'incident_outcome' and 'g', which mean the same; expected one of them"):
        listed(tmp_path, "cases", CASES.strip() + ",g\n" + a_case().strip() + ",x\n")


def test_the_command_names_the_lists_where_a_file_is_neither_of_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "notes.csv"
    file.write_text("a,b\n1,2\n", encoding="utf-8")
    assert main(["check", str(file)]) == 1
    assert capsys.readouterr().out.endswith(
        "; nor is it a log of cases, a list of training contacts or a list of participants (--kind cases, contacts, "
        "participants)\n"
    )


# A file that is no such list, or that is one of another form


@pytest.mark.parametrize(
    ("kind", "text", "say"),
    [
        ("contacts", "plant,year,quarter,full_time,attended\n",
         "found no column unit_id; a list of training contacts has unit_id, plant, year, quarter, full_time, attended"),
        ("contacts", "unit,plant,year,full_time,attended\n",
         "found no column quarter; a list of training contacts has unit_id, plant, year, quarter, full_time, attended"),
        ("participants", "unit,company,level,implementation_date\n",
         "found 'unit' and 'company', which mean the same; expected one of them"),
        ("cases", "", "the file is empty; expected a header row and data"),
    ],
)  # fmt: skip
def test_a_file_that_is_no_such_list_is_refused_in_a_sentence(tmp_path: Path, kind: str, text: str, say: str) -> None:
    file = tmp_path / "list.csv"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(OshError) as caught:
        lists.read(file, kind)
    assert str(caught.value) == f"{file}: {say}"


def test_a_kind_or_an_ending_that_there_is_not_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OshError, match="kind: found 'names', expected one of cases, contacts, inspections, participan"):
        lists.read(EXAMPLE / "plants.csv", "names")
    with pytest.raises(OshError, match="kind: found 'inspections', expected one of cases, contacts, participants"):
        lists.read(EXAMPLE / "inspections.csv", "inspections")
    (tmp_path / "list.txt").write_text(PARTICIPANTS, encoding="utf-8")
    with pytest.raises(
        OshError, match=r"found the ending '.txt', expected a file that ends in .csv, .xlsx or .parquet"
    ):
        lists.read(tmp_path / "list.txt", "participants")


def test_a_column_that_is_not_read_is_said(tmp_path: Path) -> None:
    text = CONTACTS.replace("signed", "signed,mood") + SESSION.replace("yes", "yes,good")
    _, faults = listed(tmp_path, "contacts", text)
    assert faults == [[1, "mood", "", "warning", "not read: a list of training contacts has no such column"]]


@pytest.mark.parametrize("kind", lists.kinds())
def test_a_list_is_the_same_from_a_workbook_and_from_parquet(tmp_path: Path, kind: str) -> None:
    file = EXAMPLE / f"partnership_{kind}.csv"
    table, faults = lists.read(file, kind)
    with file.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.reader(lines))
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append([_typed(value) for value in row])
    book.save(tmp_path / "list.xlsx")
    pd.DataFrame(rows[1:], columns=rows[0]).to_parquet(tmp_path / "list.parquet")
    for ending in ("xlsx", "parquet"):
        again, said = lists.read(tmp_path / f"list.{ending}", kind)
        pd.testing.assert_frame_equal(table, again)
        pd.testing.assert_frame_equal(faults, said)


def _typed(value: str) -> Any:
    """As a spreadsheet would hold it; a code that begins with a zero stays text."""
    if value.isdigit() and (value == "0" or not value.startswith("0")):
        return int(value)
    try:
        return dt.datetime.fromisoformat(value) if len(value) == 10 else value
    except ValueError:
        return value


@pytest.mark.parametrize("kind", lists.kinds())
def test_the_order_of_rows_is_irrelevant(tmp_path: Path, kind: str) -> None:
    lines = (EXAMPLE / f"partnership_{kind}.csv").read_text(encoding="utf-8").splitlines()
    file = tmp_path / "list.csv"
    file.write_text("\n".join([lines[0], *reversed(lines[1:])]) + "\n", encoding="utf-8")
    table, again = (lists.read(f, kind)[0] for f in (EXAMPLE / f"partnership_{kind}.csv", file))
    pd.testing.assert_frame_equal(
        table.drop(columns="row"), again.iloc[::-1].reset_index(drop=True).drop(columns="row")
    )


# The command


@pytest.mark.parametrize("kind", lists.kinds())
def test_the_command_knows_a_list_by_its_columns(capsys: pytest.CaptureFixture[str], kind: str) -> None:
    file = f"data/example/partnership_{kind}.csv"
    assert main(["check", file]) == 0
    said = capsys.readouterr().out
    assert main(["check", file, "--kind", kind]) == 0
    assert capsys.readouterr().out == said
    rows = {"participants": "42 rows", "contacts": "1858 rows", "cases": "85 rows"}[kind]
    units = {"participants": 42, "contacts": 41, "cases": 3}[kind]
    warnings = 13 if kind == "contacts" else 0
    closing = f"{file}: {rows} of the kind {kind} of {units} units, 0 errors, {warnings} warnings"
    assert said.splitlines()[-1] == closing
    assert len(said.splitlines()) == 1 + warnings


def test_the_command_prints_every_fault_and_its_status_says_that_there_is_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "contacts.csv"
    file.write_text(CONTACTS + SESSION.replace("2025,1", "2025,5"), encoding="utf-8")
    assert main(["check", str(file)]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "error    row 2, quarter: '5' quarter-of-four: quarter 5; expected 1 to 4",
        f"{file}: 1 row of the kind contacts of 1 unit, 1 errors, 0 warnings",
    ]
    assert main(["check", str(file), "--kind", "cases"]) == 1
    assert "found no column case_number; a log of cases has unit_id, year, " in capsys.readouterr().out


# The layouts


@pytest.mark.parametrize("kind", [*lists.kinds(), "inspections"])
def test_a_layout_of_a_list_is_well_formed(kind: str) -> None:
    layout = lists.layout_of(kind)
    assert set(layout) <= {"title", "source", "key", "columns", "rules", "typed"}
    columns = layout["columns"]
    spellings = [s for name, column in columns.items() for s in ticks.spellings(name, column)]
    assert len(spellings) == len(set(spellings)), "one header never means two columns"
    known = {
        "type",
        "required",
        "private",
        "names",
        "help",
        "words",
        "expected",
        "strict",
        "digits",
        "values",
        "formats",
        "one_spelling",
        "say_kept",
        "ticks",
    }
    for name, column in columns.items():
        assert set(column) - known <= ({"one_of"} if kind == "inspections" else set()), name
        assert column["type"] in PARSERS, name
        assert column.get("private", "name") in ("name", "number"), name
        assert all(s == s.strip().lower().replace(" ", "_") for s in (name, *column.get("names", []))), name
        folded = [" ".join(w.split()) for own, words in column.get("words", {}).items() for w in {own, *words}]
        assert len(folded) == len(set(folded)), name
    assert set(layout.get("key", [])) <= set(columns)
    for rule in layout.get("rules", []):
        speaks_of = {rule.get(k) for k in ("column", "year", "where") if k in rule}
        speaks_of |= {c for k in ("columns", "left", "right", "by", "strikes") for c in _each(rule.get(k, []))}
        assert speaks_of, rule["id"]
        assert speaks_of <= set(columns), rule["id"]
        assert rule["level"] in ("error", "warning")
    ids = [rule["id"] for rule in layout.get("rules", [])]
    assert len(ids) == len(set(ids))


def _each(names: str | list[str]) -> list[str]:
    return [names] if isinstance(names, str) else names


def test_the_form_says_for_every_year_what_its_letters_mean_and_for_none_two_things() -> None:
    layout = tables.layouts()["application"]
    for year in (2002, 2003, 2004, 2025):
        now = [e for e in layout["by_year"] if e.get("from", 0) <= year <= e.get("to", 9999)]
        assert len({e["column"] for e in now}) == len(now) == len({e["means"] for e in now})
        assert {e["column"] for e in now} == {"k", "l", "m1", "m2", "m3", "m4", "m5"} | (
            {"m6"} if year > 2003 else set()
        )
    assert {c for e in layout["by_year"] for c in (e["column"], e["means"])} <= set(layout["columns"])


def test_what_identifies_a_participant_is_marked() -> None:
    private = {
        kind: {name for name, column in layout["columns"].items() if column.get("private") == "name"}
        for kind, layout in ((kind, lists.layout_of(kind)) for kind in lists.kinds())
    }
    assert {"unit", "unit_id", "address", "city", "zip", "contact", "phone", "email", "ein"} <= private["participants"]
    assert {"unit", "unit_id", "plant"} <= private["contacts"]
    assert {"unit", "unit_id", "parent", "case_number", "job_description", "ein", "street_address", "city", "zip_code",
            "nar_what_happened", "nar_before_incident", "nar_injury_illness", "nar_object_substance",
            "incident_description", "incident_location"} <= private["cases"]  # fmt: skip
    form_ = tables.layouts()["application"]["columns"]
    assert form_["hours"]["private"] == "number"
    assert form_["unit"]["private"] == form_["unit_id"]["private"] == form_["note"]["private"] == "name"


# The example


def test_the_example_is_what_its_generator_writes(tmp_path: Path) -> None:
    shutil.copytree(places.ROOT / "data", tmp_path / "data", ignore=shutil.ignore_patterns("*.png", "partnership*"))
    script = tmp_path / "data" / "example" / "make_partnership.py"
    subprocess.run([sys.executable, str(script)], check=True, timeout=60)
    made = sorted(script.parent.glob("partnership*.csv"))
    assert [file.name for file in made] == [file.name for file in sorted(EXAMPLE.glob("partnership*.csv"))]
    assert len(made) == 6
    for file in made:
        assert file.read_bytes() == (EXAMPLE / file.name).read_bytes(), file.name
    assert sum(file.stat().st_size for file in made) < 500_000


def test_the_example_has_no_other_fault_than_the_ones_that_are_meant() -> None:
    _, faults = tables.read(EXAMPLE / "partnership.csv")
    assert faults[["rule", "unit_id", "year"]].to_numpy().tolist() == [["hours-blank", "SP-04", 2024]]
    assert lists.read(EXAMPLE / "partnership_participants.csv", "participants")[1].empty
    assert lists.read(EXAMPLE / "partnership_cases.csv", "cases")[1].empty
    _, faults = lists.read(EXAMPLE / "partnership_contacts.csv", "contacts")
    assert set(zip(faults["rule"], faults["unit_id"], strict=True)) == {
        ("above-potential", "SP-08"), ("attended-blank", "SP-12"),
    }  # fmt: skip
    assert answers.read(EXAMPLE / "partnership_answers.csv")[1].empty
    assert len(references.read(EXAMPLE / "partnership_benchmark.csv", "benchmark")) == 6


def test_the_example_says_of_everybody_that_it_is_made_up_and_its_files_are_of_the_same_companies() -> None:
    members, _ = lists.read(EXAMPLE / "partnership_participants.csv", "participants")
    assert len(members) == members["unit_id"].nunique() == 42
    for column in ("unit", "area", "address", "city", "contact"):
        assert members[column].str.endswith("(made up)").all(), column
    assert members["email"].str.endswith(".example").all()
    ids = set(members["unit_id"])
    forms, _ = tables.read(EXAMPLE / "partnership.csv")
    assert set(forms["unit_id"]) == ids
    assert dict(zip(forms["unit_id"], forms["unit"], strict=True)) == dict(
        zip(members["unit_id"], members["unit"], strict=True)
    )
    assert set(answers.read(EXAMPLE / "partnership_answers.csv")[0]["unit"]) < ids
    contacts, _ = lists.read(EXAMPLE / "partnership_contacts.csv", "contacts")
    assert set(contacts["unit_id"]) == ids - {"SP-06"}, "an applicant has no initiative yet"
    assert contacts["plant"].str.endswith("(made up)").all()
    log, _ = lists.read(EXAMPLE / "partnership_cases.csv", "cases")
    assert set(log["unit_id"]) == {"SP-01", "SP-03", "SP-40"}
    assert set(log["year"]) == {2024, 2025}


def test_the_companies_of_the_example_are_what_the_code_book_says_of_them() -> None:
    forms = tables.read(EXAMPLE / "partnership.csv")[0].set_index(["unit_id", "year"])
    rate = {
        key: _exact(row[["deaths", "dafw_cases", "djtr_cases", "other_cases"]].sum()) * 200_000 / _exact(row["hours"])
        for key, row in forms.iterrows()
        if row["hours"] == row["hours"]
    }
    survey = references.read(EXAMPLE / "partnership_benchmark.csv", "benchmark").set_index("year")
    pooled = {year: _exact(row["cases"]) * 200_000 / _exact(row["hours"]) for year, row in survey.iterrows()}
    standard = sum(_exact(survey["value"].loc[year]) for year in (2023, 2024, 2025)) / 3
    sheets, _ = answers.read(EXAMPLE / "partnership_answers.csv")
    scored = frameworks.score(frameworks.load("safe"), sheets[sheets["framework"].eq("safe")])
    points = scored[scored["node"].eq("safe")].groupby("unit")["points"].last()
    members = lists.read(EXAMPLE / "partnership_participants.csv", "participants")[0].set_index("unit_id")
    # SP-01: everything but the site verification
    assert rate["SP-01", 2025] < Fraction("0.7") * standard
    assert [rate["SP-01", year] for year in range(2022, 2026)] == sorted(
        (rate["SP-01", year] for year in range(2022, 2026)), reverse=True
    )
    assert points["SP-01"] >= 81
    assert forms.loc[("SP-01", 2025), "holders_10"] * 20 >= forms.loc[("SP-01", 2025), "employees"]
    assert members.loc["SP-01", "implementation_date"] <= pd.Timestamp("2022-11-14"), "three years at the last answers"
    tests = sheets[sheets["framework"].eq("safe_diamond") & sheets["unit"].eq("SP-01")]
    last = tests[tests["date"].eq(tests["date"].max())].set_index("item")["answer"].to_dict()
    assert last == {**dict.fromkeys(("D3", "D4", "D6", "D7", "D9", "D11"), "met"), "D10": "not met"}
    # SP-02 below 81, SP-03 above the average, SP-04 without hours
    assert points["SP-02"] < 81
    assert rate["SP-03", 2025] > pooled[2025]
    assert all(rate["SP-01", year] <= pooled[year] for year in (2023, 2024, 2025))
    assert members.loc["SP-03", "removal_notice"] == pd.Timestamp("2025-10-06")
    assert ("SP-04", 2024) not in rate
    # SP-05: 22 of 24
    contacts, _ = lists.read(EXAMPLE / "partnership_contacts.csv", "contacts")
    five = contacts[contacts["unit_id"].eq("SP-05") & contacts["year"].eq(2025)]
    assert five["attended"].tolist() == [5, 5, 6, 6]
    assert five[["full_time", "attended"]].sum().tolist() == [24, 22]
    # those who came and went
    assert members.loc["SP-42", "implementation_date"].year == 2025
    assert members["left"].notna().sum() == 1
    assert ("SP-41", 2025) not in forms.index
    assert members["level"].value_counts().to_dict() == {"gold": 21, "platinum": 12, "diamond": 8, "applicant": 1}
    assert members["employees"].min() == 8
    assert members["employees"].max() == 600
    assert members["state"].nunique() == 6


def test_the_logs_of_the_example_are_their_forms_but_for_the_case_that_came_late() -> None:
    log, _ = lists.read(EXAMPLE / "partnership_cases.csv", "cases")
    forms, _ = tables.read(EXAMPLE / "partnership.csv")
    differences, faults = cases.against(cases.annual(log), forms)
    assert differences[["unit_id", "year", "column", "log", "form"]].to_numpy().tolist() == [
        ["SP-03", 2024, "dafw_cases", 3, 2],
        ["SP-03", 2024, "recordable_cases", 12, 11],
        ["SP-03", 2024, "dafw_days", 39, 27],
        ["SP-03", 2024, "injuries", 10, 9],
        ["SP-03", 2024, "strains_sprains", 3, 2],
    ]
    assert set(faults["flag"]) == {"REVISED"}
    told = log[log["nar_what_happened"].ne("")]
    assert len(told) == len(log) == 85
    assert told["nar_what_happened"].str.len().max() < 100
    assert set(told["decided_by"]) - {""} == set(told.loc[told["incident"].ne("other_incidents"), "decided_by"])


# The code book


def test_the_code_book_names_every_column_and_every_example_file() -> None:
    text = (places.ROOT / "data" / "README.md").read_text(encoding="utf-8")
    for layout, heading in {
        "application": "Application forms", "participants": "Participants", "contacts": "Training contacts",
        "cases": "Logs of cases",
    }.items():  # fmt: skip
        section = text.split(f"## {heading}\n")[1].split("\n## ")[0]
        columns = (tables.layouts()[layout] if layout in tables.layouts() else lists.layout_of(layout))["columns"]
        assert [c for c in columns if f"`{c}`" not in section] == [], layout
    for file in EXAMPLE.glob("partnership*.csv"):
        assert f"`{file.name}`" in text or f"`example/{file.name}`" in text
    for kind in lists.kinds():
        assert f"`columns/lists/{kind}.yaml`" in text
    types = yaml.safe_load((places.ROOT / "data" / "reference" / "incident_types.yaml").read_text(encoding="utf-8"))
    assert "`reference/incident_types.yaml`" in text
    assert all(f"`{one['id']}`" in text for one in types["types"])


def _exact(value: float) -> Fraction:
    return Fraction(str(value))
