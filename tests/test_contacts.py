"""Safety contacts: quarters, plants and years that count, and whose sessions they are."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from oshlib import lists
from oshlib.report import participant_parts
from oshlib.study import contacts, load
from oshlib.study.participant import study

NAN = float("nan")
START = {"A": dt.date(2022, 1, 1)}
HEAD = "unit_id,unit,plant,year,quarter,initiative,full_time,attended,signed"
FORMS = "unit,unit_id,year,hours,employees,deaths,dafw_cases,djtr_cases,other_cases,holders_10,plants,same_level_falls,"
FORMS += "different_level_falls,struck_by,strains_sprains"


def sessions(*rows: tuple[Any, ...]) -> pd.DataFrame:
    columns = ["unit_id", "plant", "year", "quarter", "full_time", "attended", "signed"]
    return pd.DataFrame(rows, columns=columns)


def full_year(plant: str, year: int, heads: float = 6.0, came: float = 5.0, quarters: Any = (1, 2, 3, 4)) -> list[Any]:
    return [("A", plant, year, q, heads, came, "yes") for q in quarters]


def year_of(table: pd.DataFrame, year: int) -> dict[str, Any]:
    (row,) = table[table["year"].eq(year)].to_dict("records")
    return row


# Rows that do not say which plant or quarter they are of


def test_two_rows_without_a_plant_are_not_known_and_never_a_crash() -> None:
    table = sessions(*full_year("", 2025, quarters=(1, 1)))
    (plant,) = contacts.by_plant(table, START).to_dict("records")
    assert plant["why"] == "Q1: several sessions without a plant"
    assert plant["actual"] != plant["actual"]
    assert plant["held"] == 1


def test_a_row_without_a_plant_beside_plants_leaves_the_year_not_known() -> None:
    table = sessions(*full_year("P", 2025), *full_year("", 2025, quarters=(2,)))
    year = year_of(contacts.by_year(contacts.by_plant(table, START)), 2025)
    assert year["why"] == "a session without a plant"
    assert year["coverage"] != year["coverage"]


def test_a_company_of_one_plant_need_not_name_it() -> None:
    year = year_of(contacts.by_year(contacts.by_plant(sessions(*full_year("", 2025)), START)), 2025)
    assert (year["potential"], year["actual"], year["why"]) == (24, 20, "")


def test_two_rows_of_one_quarter_are_not_known() -> None:
    table = sessions(*full_year("P", 2025), ("A", "P", 2025, 4, 6.0, 6.0, "yes"))
    (plant,) = contacts.by_plant(table, START).to_dict("records")
    assert plant["why"] == "Q4: several sessions"
    pd.testing.assert_frame_equal(
        contacts.by_plant(table, START), contacts.by_plant(table.sample(frac=1, random_state=1), START)
    )


# Quarters that count


@pytest.mark.parametrize(
    ("until", "left", "counted"),
    [
        (dt.date(2025, 6, 30), None, 2), (dt.date(2025, 7, 1), None, 3), (dt.date(2025, 12, 31), None, 4),
        (None, dt.date(2025, 9, 30), 3), (dt.date(2025, 12, 31), dt.date(2025, 4, 1), 2),
        (dt.date(2025, 6, 30), dt.date(2025, 12, 31), 2), (None, None, 4),
    ],
)  # fmt: skip
def test_quarters_that_have_not_begun_or_came_after_the_end_are_not_missed(until: Any, left: Any, counted: int) -> None:
    table = sessions(*full_year("P", 2025, quarters=(1, 2)))
    (plant,) = contacts.by_plant(table, START, until=until, ends={"A": left}).to_dict("records")
    assert (plant["offered"], plant["potential"], plant["actual"]) == (counted, counted * 6, 10)


def test_a_session_that_was_held_counts_even_where_its_quarter_was_not_due() -> None:
    table = sessions(*full_year("P", 2025))
    (plant,) = contacts.by_plant(table, START, until=dt.date(2025, 6, 30)).to_dict("records")
    assert (plant["offered"], plant["potential"], plant["actual"]) == (4, 24, 20)


@pytest.mark.parametrize(
    ("start", "end", "why", "potential"),
    [
        (dt.date(2030, 1, 1), None, "before the start", NAN), (dt.date(2026, 1, 1), None, "before the start", NAN),
        (dt.date(2025, 12, 31), None, "", 24), (None, dt.date(2024, 12, 31), "after the end", NAN),
        (None, dt.date(2025, 1, 1), "", 24),
    ],
)  # fmt: skip
def test_a_year_outside_of_participation_is_not_counted(start: Any, end: Any, why: str, potential: float) -> None:
    table = sessions(*full_year("P", 2025), *full_year("Q", 2025))
    plants = contacts.by_plant(table, {"A": start}, ends={"A": end})
    assert plants["potential"].equals(pd.Series([potential, potential], dtype=float))
    assert year_of(contacts.by_year(plants), 2025)["why"] == why


# Plants without a session


def test_a_plant_of_the_year_before_without_a_session_leaves_coverage_not_determinable() -> None:
    table = sessions(*full_year("P", 2024), *full_year("Q", 2024), *full_year("P", 2025))
    year = year_of(contacts.by_year(contacts.by_plant(table, START)), 2025)
    assert (year["plants"], year["of"], year["why"]) == (1, 2, "Q: no session in 2025")
    assert year["coverage"] != year["coverage"]


def test_a_plant_that_the_form_no_longer_has_is_not_missed() -> None:
    table = sessions(*full_year("P", 2024), *full_year("Q", 2024), *full_year("P", 2025))
    plants = contacts.by_plant(table, START, reporting={2025: 1})
    year = year_of(contacts.by_year(plants, {2025: 1}), 2025)
    assert (year["plants"], year["of"], year["coverage"], year["why"]) == (1, 1, 20 / 24, "")


def test_fewer_plants_than_the_form_has_are_told_and_coverage_is_theirs() -> None:
    table = sessions(*full_year("P", 2025), *full_year("Q", 2025))
    year = year_of(contacts.by_year(contacts.by_plant(table, START, reporting={2025: 5}), {2025: 5}), 2025)
    assert (year["plants"], year["of"], year["coverage"], year["why"]) == (2, 5, 40 / 48, "")


def test_a_year_without_any_session_is_looked_at_up_to_the_last_one_that_is_due() -> None:
    table = sessions(*full_year("P", 2024))
    assert contacts.by_plant(table, START)["year"].tolist() == [2024]
    plants = contacts.by_plant(table, START, last_year=2025, until=dt.date(2025, 3, 1))
    assert plants[["year", "offered", "held", "why"]].to_numpy().tolist() == [
        [2024, 4, 4, ""], [2025, 1, 0, "no session in 2025"],
    ]  # fmt: skip
    assert len(contacts.by_plant(table, START, last_year=2025, until=dt.date(2024, 12, 31))) == 1
    assert len(contacts.by_plant(table, START, last_year=2025, ends={"A": dt.date(2024, 12, 31)})) == 1


# The page


@pytest.fixture
def page(tmp_path: Path) -> Any:
    """A study of one unit with these sessions."""

    def put(name: str, head: str, *rows: str) -> str:
        file = tmp_path / f"{name}.csv"
        file.write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
        return str(file)

    def made(*rows: str, plants: Any = 2, start: str = "2022-01-01", **more: Any) -> Any:
        forms = [f"Larch (made up),L1,{y},400000,200,0,20,0,0,10,{plants},0,0,0,0" for y in (2023, 2024, 2025)]
        survey = [f"mix (made up),{y},TCIR,10.0,made up" for y in (2023, 2024, 2025)]
        return study(
            load(put("forms", FORMS, *forms), "L1"), score="safe", tests="safe_diamond", scheme="safe",
            implementation_date=start, benchmark=put("survey", "name,year,measure,value,source", *survey),
            contacts_of=put("sessions", HEAD, *rows), **more,
        )  # fmt: skip

    return made


def held(plant: str, year: int = 2025, unit_id: str = "L1", unit: str = "Larch (made up)") -> list[str]:
    return [f"{unit_id},{unit},{plant},{year},{q},talk {q},6,5,yes" for q in (1, 2, 3, 4)]


def texts(found: Any) -> list[str]:
    told = [c["text"] for c in found.cautions if not c["text"].startswith("The rates here")]
    return [text for text in told if "contacts" in text or "ession" in text]


def test_the_page_says_how_many_of_the_plants_had_a_session(page: Any) -> None:
    found = page(*held("P1"), *held("P2"), plants=5)
    assert texts(found) == ["Safety contacts of 2025 are those of 2 of 5 plants, the ones with a session."]
    assert "2025, 2 of 5 plants" in str(participant_parts.contact_table(found))
    found = page(*held("P1", 2024), *held("P2", 2024), *held("P1"))
    assert texts(found) == ["Safety contacts of 2025 not determinable: P2: no session in 2025."]


def test_sessions_by_name_alone_are_those_of_the_company(page: Any) -> None:
    found = page(*held("P1", unit_id="", unit="LARCH  (made up)"), *held("P2"))
    assert found.reach["actual"].tolist() == [40]
    assert texts(found) == []


def test_a_table_without_a_session_of_the_company_is_told(page: Any) -> None:
    found = page(*held("P1", unit_id="E1", unit="Elm (made up)"))
    assert len(texts(found)) == 1
    assert texts(found)[0].endswith("sessions.csv: no session of Larch (made up) (L1) in calendar years 2021–2025.")


def test_the_same_name_under_another_id_is_another_company(page: Any) -> None:
    found = page(*held("P1", unit_id="E1"), *held("P2"))
    assert found.reach["actual"].tolist() == [20]


def test_sessions_before_the_start_are_told_and_not_counted(page: Any) -> None:
    found = page(*held("P1"), plants=1, start="2030-01-01")
    assert found.reach["coverage"].isna().all()
    assert texts(found) == ["Sessions of 2025 are before the start of participation: not counted."]


def test_initiatives_are_those_of_the_last_year_or_it_is_said_that_there_are_none(page: Any) -> None:
    assert "Quarterly initiatives of 2025" in str(participant_parts.session_table(page(*held("P1"), plants=1)))
    found = page(*held("P1", 2024), plants=1)
    said = str(participant_parts.session_table(found))
    assert "No quarterly initiative of 2025 is in the table; the last ones are of 2024." in said
    assert "talk" not in said


def test_a_report_in_the_middle_of_a_year_misses_no_quarter_to_come(page: Any) -> None:
    rows = held("P1", 2025)[:2]
    assert page(*rows, plants=1).reach["potential"].tolist() == [24]
    assert page(*rows, plants=1, as_of="2025-06-30").reach["potential"].tolist() == [12]


# One plant in two spellings


def test_one_plant_in_two_spellings_is_one_plant_and_told(tmp_path: Path) -> None:
    file = tmp_path / "contacts.csv"
    rows = ["L1,,Plant 1,2025,1,a,6,5,yes", "L1,,PLANT  1,2025,2,b,6,6,yes", "E1,,plant 1,2025,1,a,6,5,yes"]
    file.write_text("\n".join([HEAD, *rows]) + "\n", encoding="utf-8")
    table, faults = lists.read(file, "contacts")
    assert table["plant"].tolist() == ["Plant 1", "Plant 1", "plant 1"], "another company may spell as it likes"
    assert faults[["row", "column", "value", "rule", "level", "text"]].to_numpy().tolist() == [
        [3, "plant", "PLANT  1", "two-spellings", "warning", "read as 'Plant 1', as in row 2"]
    ]


def test_one_quarter_in_two_spellings_is_there_twice(tmp_path: Path) -> None:
    file = tmp_path / "contacts.csv"
    rows = ["L1,,Plant 1,2025,1,a,6,5,yes", "L1,,plant 1,2025,1,a,6,6,yes"]
    file.write_text("\n".join([HEAD, *rows]) + "\n", encoding="utf-8")
    table, faults = lists.read(file, "contacts")
    assert table["attended"].isna().tolist() == [True]
    assert faults["rule"].tolist() == ["two-spellings", "two-values"]
