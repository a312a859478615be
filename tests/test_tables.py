"""Raw files to the annual table: every layout, every way a file can be wrong, and what a fault takes with it."""

from __future__ import annotations

import csv
import datetime as dt
import decimal
import io
import random
import re
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oshlib import tables
from oshlib.errors import OshError
from oshlib.exact import half_up
from oshlib.rates import exposures, rates

HERE = Path(__file__).parent / "tables"
KEYS = ["row", "column", "value", "rule", "level"]
NUMBERS = tables.COLUMNS[4:18]
TEXTS = ("unit", "unit_id", "year_type", "naics", "parent", "note", "universe", "hours_from", "screened")

# The order of the columns in OSHA's upload template, and in its public files up to the year 2022.
UPLOAD = """
establishment_name ein company_name street_address city state zip naics_code industry_description size
establishment_type year_filing_for annual_average_employees total_hours_worked no_injuries_illnesses
total_deaths total_dafw_cases total_djtr_cases total_other_cases total_dafw_days total_djtr_days total_injuries
total_skin_disorders total_respiratory_conditions total_poisonings total_hearing_loss total_other_illnesses
change_reason
"""
PUBLIC = """
id company_name establishment_name ein street_address city state zip_code naics_code industry_description
annual_average_employees total_hours_worked no_injuries_illnesses total_deaths total_dafw_cases
total_djtr_cases total_other_cases total_dafw_days total_djtr_days total_injuries total_poisonings
total_respiratory_conditions total_skin_disorders total_hearing_loss total_other_illnesses establishment_id
establishment_type size year_filing_for created_timestamp change_reason
"""
HEADERS = {"upload": UPLOAD.split(), "public": PUBLIC.split()}
FILED: dict[str, Any] = {
    "id": 1,
    "establishment_id": "00401",
    "establishment_name": "Larch Street Works (made up)",
    "company_name": "Larch Group (made up)",
    "ein": "012345678",
    "street_address": "1 Larch Street",
    "city": "Larchfield",
    "state": "ME",
    "zip": "04605",
    "zip_code": "04605",
    "naics_code": "327320",
    "industry_description": "Concrete, ready-mixed",
    "size": 2,
    "establishment_type": 1,
    "year_filing_for": 2019,
    "annual_average_employees": 90,
    "total_hours_worked": 180000,
    "no_injuries_illnesses": 1,
    "total_deaths": 0,
    "total_dafw_cases": 2,
    "total_djtr_cases": 1,
    "total_other_cases": 3,
    "total_dafw_days": 20,
    "total_djtr_days": 9,
    "total_injuries": 5,
    "total_skin_disorders": 1,
    "total_respiratory_conditions": 0,
    "total_poisonings": 0,
    "total_hearing_loss": 0,
    "total_other_illnesses": 0,
    "created_timestamp": "8/1/2020 6:23",
    "change_reason": "",
}
SECOND = {
    **FILED,
    "id": 2,
    "establishment_id": "402",
    "establishment_name": "Rowan Street Works (made up)",
    "street_address": "2 Rowan Street",
    "total_other_cases": 0,
    "total_injuries": 2,
}


def shared(name: str) -> Path:
    """A file of real filings; they lie beside the repository, where they are present at all."""
    path = Path(__file__).resolve().parents[2] / "shared" / "data" / name
    if not path.exists():
        pytest.skip(f"needs the real filings: ../shared/data/{name} is absent")
    return path


@pytest.fixture
def write(tmp_path: Path) -> Iterator[Any]:
    def write_file(content: str | bytes, name: str = "raw.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write_file


@pytest.fixture
def read(write: Any) -> Any:
    def read_text(content: str | bytes, kind: str | None = None) -> tuple[pd.DataFrame, pd.DataFrame]:
        return tables.read(write(content), kind)

    return read_text


def lines(header: list[str], *rows: dict[str, Any], delimiter: str = ",") -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, header, delimiter=delimiter, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def filed(*rows: dict[str, Any]) -> str:
    """Rows as a public file has them."""
    return lines(HEADERS["public"], *rows)


def told(faults: pd.DataFrame) -> list[tuple[Any, ...]]:
    """The faults without their sentences."""
    return list(faults[KEYS].itertuples(index=False, name=None))


def message(path: Path, kind: str | None = None) -> str:
    with pytest.raises(OshError) as caught:
        tables.read(path, kind)
    said = str(caught.value)
    assert said.strip()
    assert "\n" not in said, said
    return said


def one(table: pd.DataFrame, column: str) -> Any:
    assert len(table) == 1
    return table[column].iloc[0]


def well_formed(table: pd.DataFrame, faults: pd.DataFrame) -> None:
    """What holds of any table and its faults, whatever the file was."""
    assert list(table.columns[: len(tables.COLUMNS) + len(tables.BESIDE)]) == [*tables.COLUMNS, *tables.BESIDE]
    assert table["year"].dtype == "Int64"
    assert table["received"].dtype == "datetime64[s]"
    for name in NUMBERS:
        assert table[name].dtype == float, name
        known = table[name].dropna()
        assert ((known >= 0) & np.isfinite(known)).all(), name
    for name in (*TEXTS, "struck"):
        assert pd.api.types.is_string_dtype(table[name]), name
        assert all(isinstance(value, str) for value in table[name]), name
    assert table["unit"].ne("").all()
    assert table["unit_id"].ne("").all()
    assert table["year"].between(1900, 2199).all()
    assert not table.duplicated(["unit_id", "year"]).any()
    assert table["row"].is_unique
    assert list(faults.columns) == list(tables.FAULTS)
    assert set(faults["level"]) <= {"error", "warning"}
    assert all(isinstance(row, (int, np.integer)) and row >= 1 for row in faults["row"])
    assert sorted(faults["row"]) == faults["row"].tolist()
    assert all(faults["rule"])
    assert all(text and "\n" not in text for text in faults["text"])
    rows = table.set_index("row")
    for fault in faults[faults["level"].eq("error") & faults["column"].isin(NUMBERS)].itertuples():
        if fault.row in rows.index:
            assert np.isnan(rows.loc[fault.row, fault.column]), fault
            assert fault.column in rows.loc[fault.row, "struck"].split(","), fault
    for row in table.itertuples():
        for name in row.struck.split(",") if row.struck else []:
            assert name not in NUMBERS or np.isnan(getattr(row, name)), (row, name)


# The layouts


def test_the_plain_layout_is_read_as_it_stands_with_ids_kept_and_blanks_left_blank() -> None:
    table, faults = tables.read(HERE / "annual.csv")
    assert told(faults) == []
    well_formed(table, faults)
    assert table["unit_id"].tolist() == ["007", "007", "7", "7"]
    assert table["year"].tolist() == [2021, 2022, 2021, 2022]
    assert table["row"].tolist() == [2, 3, 4, 5]
    assert table["hours"].fillna(-1).tolist() == [400_000, 410_000.5, -1, 500_000]
    assert table["months"].fillna(-1).tolist() == [12, -1, 12, 9]
    assert table["year_type"].tolist() == ["CY", "CY", "FY", "FY"]
    first = table.iloc[0]
    counted = ["deaths", "dafw_cases", "djtr_cases", "other_cases", "recordable_cases", "lost_time_cases"]
    assert first[counted].tolist() == [0, 3, 2, 4, 9, 3]
    assert first[["dafw_days", "djtr_days", "first_aid_cases", "employees"]].tolist() == [40, 22, 11, 200]
    assert first[["naics", "parent"]].tolist() == ["212311", "Larch Group (made up)"]
    assert first["received"] == pd.Timestamp("2022-02-01")
    assert table["note"].iloc[1] == 'made up, "one death"'
    assert table.loc[2, ["military_strength", "civilian_hours"]].tolist() == [150, 410_000]


def test_a_table_without_ids_has_the_names_as_ids_and_any_order_of_columns(read: Any) -> None:
    table, faults = read("Hours Worked,YEAR, Unit ,dafw-cases\n1000,2020,Alder (made up),1\n")
    assert told(faults) == [(2, "deaths", "", "partly-blank", "warning")]
    assert (one(table, "unit"), one(table, "unit_id")) == ("Alder (made up)", "Alder (made up)")
    assert (one(table, "hours"), one(table, "dafw_cases")) == (1000, 1)
    assert np.isnan(one(table, "recordable_cases"))


def test_a_blank_id_in_a_column_of_ids_is_the_name(read: Any) -> None:
    table, _ = read("unit,unit_id,year,hours\nAlder,A1,2020,1\nBirch,,2020,1\n")
    assert table["unit_id"].tolist() == ["A1", "Birch"]


@pytest.mark.parametrize("header", HEADERS.values(), ids=HEADERS)
def test_osha_files_are_known_by_their_columns_and_read_by_name(read: Any, header: list[str]) -> None:
    table, faults = read(lines(header, FILED))
    assert told(faults) == []
    well_formed(table, faults)
    with_id = "establishment_id" in header
    assert one(table, "unit") == "Larch Street Works (made up)"
    assert one(table, "unit_id") == ("00401" if with_id else "Larch Street Works (made up)")
    assert one(table, "parent") == "Larch Group (made up)"
    assert one(table, "naics") == "327320"
    assert (one(table, "year"), one(table, "hours"), one(table, "employees")) == (2019, 180_000, 90)
    parts = table.iloc[0][["deaths", "dafw_cases", "djtr_cases", "other_cases", "dafw_days", "djtr_days"]]
    assert parts.tolist() == [0, 2, 1, 3, 20, 9]
    assert np.isnan(one(table, "recordable_cases"))
    received = one(table, "received")
    assert received == pd.Timestamp("2020-08-01 06:23") if with_id else pd.isna(received)


def test_the_orders_of_columns_used_here_are_the_official_ones() -> None:
    folder = "ita_dictionary/"
    for header, name in (
        (HEADERS["upload"], "ita_upload_template_header.csv"),
        (HEADERS["public"], "public_file_header_2016_2022.csv"),
    ):
        assert shared(folder + name).read_text(encoding="utf-8").strip() == ",".join(header)
    assert [len(header) for header in HEADERS.values()] == [28, 31]


@pytest.mark.parametrize("header", HEADERS.values(), ids=HEADERS)
@pytest.mark.parametrize("seed", range(5))
def test_shuffled_columns_make_the_same_table(tmp_path: Path, header: list[str], seed: int) -> None:
    rows = (FILED, SECOND, {**SECOND, "establishment_name": "Yew (made up)", "zip": "4605", "zip_code": "4605"})
    order = random.Random(seed).sample(header, len(header))
    assert order != header
    for name, columns in (("official.csv", header), ("shuffled.csv", order)):
        (tmp_path / name).write_text(lines(columns, *rows), encoding="utf-8")
    table, faults = tables.read(tmp_path / "official.csv")
    again, faults_again = tables.read(tmp_path / "shuffled.csv")
    assert len(faults)
    pd.testing.assert_frame_equal(table, again)
    pd.testing.assert_frame_equal(faults, faults_again)


@pytest.mark.parametrize("stamp", ["01AUG20:06:23:00", "01AUG2020:06:23:00", "2020-08-01 06:23:00", "08/01/2020 06:23"])
def test_every_form_of_the_filing_time_is_the_same_moment(read: Any, stamp: str) -> None:
    table, faults = read(filed({**FILED, "created_timestamp": stamp}))
    assert told(faults) == []
    assert one(table, "received") == pd.Timestamp("2020-08-01 06:23")


def test_a_company_year_table_keeps_its_ids_and_two_companies_of_one_name_apart() -> None:
    table, faults = tables.read(HERE / "company_year.csv")
    assert told(faults) == []
    well_formed(table, faults)
    assert table["unit_id"].tolist() == ["0042", "0042", "0043"]
    assert table["unit"].nunique() == 1
    assert table["recordable_cases"].tolist() == [4, 0, 0]
    assert table["naics"].tolist() == ["327320"] * 3
    assert table[["deaths", "dafw_cases", "employees"]].isna().all(axis=None)


def test_a_layout_can_be_asked_for(read: Any, write: Any) -> None:
    text = "unit,unit_id,year,hours,recordable_cases\nAlder,1,2020,5000000000,1\n"
    table, faults = read(text, kind="annual")
    assert (one(table, "hours"), told(faults)) == (5e9, [])
    table, faults = read(text, kind="company_year")
    assert np.isnan(one(table, "hours"))
    assert told(faults) == [(2, "hours", "5,000,000,000", "hours-of-a-million-people", "error")]
    path = write(text)
    missing = "found no column employees, deaths, dafw_cases, djtr_cases, other_cases, which the layout ita_300a needs"
    assert message(path, "ita_300a") == f"{path}: {missing}"
    expected = "kind: found 'ita', expected one of annual, application, company_year, establishments, federal, "
    expected += "ita_300a, navy_command"
    assert message(path, "ita") == f"{path}: {expected}"


AGENCY = "fiscal_year,period,agency,employees,total_cases\n"
COMMAND = "command,uic,year,end_strength,civilian_hours,recordable,lost_time,first_aid\n"
SITES = "establishment,establishment_id,year,area_office,hours,lwdii_cases,vpp,agreement_received\n"
UNIVERSES = {
    "annual": "own records (29 CFR 1904)",
    "application": "own records (29 CFR 1904)",
    "company_year": "OSHA ITA 300A filings",
    "establishments": "own records (29 CFR 1904)",
    "federal": "federal agencies, per 100 employees",
    "ita_300a": "OSHA ITA 300A filings",
    "navy_command": "Navy commands (PR&MS)",
}


def test_each_layout_says_which_universe_its_rates_belong_to(read: Any) -> None:
    said = {
        "annual": tables.read(HERE / "annual.csv"),
        "application": read(OF_EACH_LAYOUT["application"]),
        "company_year": tables.read(HERE / "company_year.csv"),
        "establishments": read(SITES + "A,E1,1996,Larch Valley (made up),200000,7,no,1998-01-05\n"),
        "federal": read(AGENCY + "2013,Q1,A,1000,20\n"),
        "ita_300a": read(filed(FILED)),
        "navy_command": read(COMMAND + "A,N1,2020,150,410000,12,3,2\n"),
    }
    assert {name: table["universe"].unique().tolist() for name, (table, _) in said.items()} == {
        name: [universe] for name, universe in UNIVERSES.items()
    }
    for name, (table, faults) in said.items():
        assert faults["rule"].tolist() == []
        well_formed(table, faults)
        origin = "headcount" if name == "federal" else ""
        assert table["hours_from"].unique().tolist() == [origin], "hours as filed; exposures says the rest"


def test_a_file_can_name_its_own_universe_and_its_blanks_have_the_usual_one(read: Any) -> None:
    table, faults = read("unit,year,hours,universe\nA,2020,1, BLS survey \nB,2020,1,\n")
    assert (table["universe"].tolist(), told(faults)) == (["BLS survey", "own records (29 CFR 1904)"], [])


def test_a_default_fills_blanks_and_absent_columns_and_nothing_that_a_fault_has_blanked(
    read: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    columns = tables.layouts()["annual"]["columns"]
    monkeypatch.setitem(columns, "year_type", {"type": "text", "default": "FY"})
    monkeypatch.setitem(columns, "employees", {"type": "number", "default": 7})
    table, faults = read("unit,year,hours,year_type,employees\nA,2020,1,CY,1\nB,2020,1, ,\nC,2020,1,,many\n")
    assert table["year_type"].tolist() == ["CY", "FY", "FY"]
    assert table["employees"].fillna(-1).tolist() == [1, 7, -1]
    assert "not-a-number" in faults["rule"].tolist()
    table, _ = read("unit,year,hours\nA,2020,1\nB,2020,1\n")
    assert table["year_type"].tolist() == ["FY", "FY"]
    assert table["employees"].tolist() == [7, 7]


def test_federal_hours_are_made_of_heads_whatever_is_asked_for_and_say_so(read: Any) -> None:
    table, faults = read(AGENCY + "2013,Q1,A,1000,20\n2013,FY,B,1000,20\n")
    assert (table["months"].tolist(), table["hours"].tolist()) == ([3, 12], [500_000, 2_000_000])
    assert (table["year_type"].tolist(), told(faults)) == (["FY", "FY"], [])
    for policy in ("reported", "headcount"):
        found = exposures(table, policy)
        assert (found["hours"].tolist(), set(found["hours_from"])) == ([500_000, 2_000_000], {"headcount"})
    assert rates(table, ["TCR"])["value"].tolist() == [8, 2], "per 100 employees and year"


@pytest.mark.parametrize(
    ("row", "column"),
    [("2013,Q1,A,many,20", "employees"), ("2013,Q9,A,1000,20", "months"), ("2013,13,A,1000,20", "months")],
)
def test_federal_rows_struck_in_heads_or_months_have_no_hours(read: Any, row: str, column: str) -> None:
    table, faults = read(AGENCY + row + "\n")
    assert (faults["column"].tolist(), one(table, "struck")) == ([column], column)
    assert (np.isnan(one(table, "hours")), one(table, "hours_from")) == (True, "")
    assert rates(table, ["TCR"], hours_policy="headcount")["value"].isna().all()


@pytest.mark.parametrize(
    ("typed", "months"),
    [("Q1", 3), ("q1-q2", 6), ("Q1–Q3", 9), ("Q1 - Q4", 12), ("fy", 12), ("9", 9), ("4.5", 4.5), ("", 12)],
)
def test_a_period_is_a_word_or_a_number_of_months(read: Any, typed: str, months: float) -> None:
    table, faults = read(AGENCY + f"2013,{typed},A,1000,20\n")
    assert (one(table, "months"), told(faults)) == (months, [])


@pytest.mark.parametrize("typed", ["Q2", "Q1-Q5", "Q1Q2", "first quarter"])
def test_a_period_that_is_no_such_word_is_a_fault_that_names_them(read: Any, typed: str) -> None:
    _, faults = read(AGENCY + f"2013,{typed},A,1000,20\n")
    assert told(faults) == [(2, "months", typed, "not-a-number", "error")]
    expected = "expected a plain number such as 1234 or 1234.5 or Q1 or Q1-Q2 or Q1-Q3 or Q1-Q4 or FY"
    assert faults["text"].tolist() == [expected]


def test_of_cumulative_rows_the_longest_period_of_a_year_counts(read: Any) -> None:
    rows = ("2008,Q1-Q2,A,1000,20", "2008,Q1,A,990,9", "2008,Q1,B,500,3", "2009,Q1,A,1000,8")
    table, faults = read(AGENCY + "\n".join(rows) + "\n")
    assert table[["unit", "year", "months"]].to_numpy().tolist() == [["A", 2008, 6], ["B", 2008, 3], ["A", 2009, 3]]
    assert told(faults) == [(3, "months", "3", "longer-period", "warning")]
    assert faults["text"].tolist() == ["3 months of 2008; the row of 6 months is used"]
    assert faults["flag"].tolist() == ["REVISED"]


def test_two_rows_of_one_period_are_two_values_and_of_other_layouts_any_two_are(read: Any) -> None:
    _, faults = read(AGENCY + "2008,Q1,A,990,8\n2008,Q1-Q2,A,1000,20\n2008,Q1-Q2,A,1000,21\n")
    assert faults["rule"].tolist() == ["longer-period", "two-values"]
    _, faults = read("unit,year,months,hours\nA,2008,3,1000\nA,2008,6,2000\n")
    assert faults["rule"].tolist() == ["two-values"]


def test_the_house_of_2013_is_caught_by_its_own_rate_and_by_the_sum_of_congress() -> None:
    # C-17: 10 lost-time cases were printed for 5; 5 of 10,456 are the printed 0.05, and Congress has 10 in all.
    table, faults = tables.read(HERE / "federal.csv")
    well_formed(table, faults)
    assert told(faults) == [
        (3, "lost_time_cases", "15", "agency-parts-add-up", "warning"),
        (4, "lost_time_cases", "0.10", "ltcr-as-printed", "error"),
        (4, "projected_ltcr", "0.20", "projected-ltcr-from-neither", "warning"),
    ]
    assert faults["text"].tolist() == [
        "the parts of this unit add up to 15, the unit itself says 10",
        "printed lost-time case rate 0.05, cases and employees give 0.10: the count is in doubt",
        "the projection 0.19 agrees with neither: cases and employees give 0.38, the rounded printed rate 0.20",
    ]
    assert table["struck"].tolist() == ["", "", "lost_time_cases", ""]
    found = rates(table, ["TCR", "LTCR"]).pivot(index="unit_id", columns="measure", values="value")
    assert found["TCR"].notna().all()
    assert found.index[found["LTCR"].isna()].tolist() == ["House (total cases made up)"]
    whole = found.loc["Federal Government with USPS"]  # C-13
    assert [str(half_up(v, 4)) for v in whole] == ["1.7196", "3.6009"]


def test_a_navy_command_has_total_lost_time_and_first_aid_rates(read: Any) -> None:
    # C-07 and C-08: recordable and first-aid cases together are A.
    rows = ("A,N1,2001,150,410000,7,3,5", "A,N1,2002,150,390000,6,2,4", "A,N1,2003,145,400000,15,1,0")
    table, faults = read(COMMAND + "\n".join(rows) + "\n")
    assert told(faults) == []
    assert (table["unit"].tolist(), table["unit_id"].tolist()) == (["A"] * 3, ["N1"] * 3)
    assert table["hours"].isna().all()
    found = rates(table, ["IIR", "TCR", "LTCR"])
    assert set(exposures(table)["hours_from"]) == {"command"}
    values = [str(half_up(v, 9)) for v in found["value"]]
    assert values[:3] == ["3.380281690", "2.898550725", "4.347826087"]
    assert values[3::3] == [str(half_up(7 * 200_000 / 710_000, 9)), str(half_up(3 * 200_000 / 710_000, 9))]
    blank, _ = read(COMMAND + "A,N1,2001,150,410000,7,3,\n")
    assert value_of(blank, "IIR") == [None], "first-aid cases that are not known are not none"
    assert value_of(blank, "TCR") == [7 * 200_000 / 710_000]


# Text and its encodings


PLAIN = "unit,year,hours,recordable_cases\nCafé Nord (made up),2020,180000,4\nÅlder & Søn (made up),2021,1000.5,0\n"


def same_as_plain(table: pd.DataFrame) -> None:
    assert table["unit"].tolist() == ["Café Nord (made up)", "Ålder & Søn (made up)"]
    assert table["hours"].tolist() == [180_000, 1000.5]
    assert table["recordable_cases"].tolist() == [4, 0]


@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"], ids=["no-bom", "bom"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=["lf", "crlf", "cr"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"], ids=["comma", "semicolon", "tab"])
def test_byte_order_marks_line_ends_and_delimiters_make_no_difference(
    read: Any, bom: bytes, end: str, delimiter: str
) -> None:
    table, faults = read(bom + PLAIN.replace(",", delimiter).replace("\n", end).encode())
    same_as_plain(table)
    assert told(faults) == []


def test_a_cp1252_file_is_read_and_said_to_be_one(read: Any) -> None:
    table, faults = read(PLAIN.encode("cp1252"))
    same_as_plain(table)
    assert told(faults) == [(1, "", "byte 36", "not-utf-8", "warning")]
    assert faults["text"].tolist() == ["read as cp1252 (Windows Western European)"]


def test_bytes_that_no_encoding_has_are_shown_as_unknown_characters(read: Any) -> None:
    table, faults = read(PLAIN.encode("cp1252").replace(b"\xe9", b"\x81"))
    assert table["unit"].iloc[0] == "Caf\ufffd Nord (made up)"
    assert faults["rule"].tolist() == ["not-utf-8"]


def test_quoted_fields_may_hold_commas_quotes_and_newlines(read: Any) -> None:
    table, faults = read('unit,year,hours,note\n"A, ""B""\nC",2020,1,x\nD,2020,2,"1; 2\t3"\n')
    assert table["unit"].tolist() == ['A, "B"\nC', "D"]
    assert table["note"].tolist() == ["x", "1; 2\t3"]
    assert (table["row"].tolist(), told(faults)) == ([2, 3], [])


def test_blank_lines_and_lines_of_commas_are_no_rows_and_rows_keep_their_numbers(read: Any) -> None:
    table, faults = read("\n\nunit,year,hours\n,,\n\nAlder,2020,1\n  \n")
    assert (one(table, "row"), told(faults)) == (6, [])


def test_a_row_with_too_few_or_too_many_fields_is_left_out_and_shown(read: Any) -> None:
    table, faults = read("unit,year,hours\nAlder,2020,1\nBirch,2020\nCedar,2020,1,2\nDogwood,2020,1\n")
    assert table["unit"].tolist() == ["Alder", "Dogwood"]
    assert told(faults) == [
        (3, "", "Birch,2020", "ragged-row", "error"),
        (4, "", "Cedar,2020,1,2", "ragged-row", "error"),
    ]
    assert faults["text"].tolist() == ["left out: 2 fields, expected 3", "left out: 4 fields, expected 3"]


@pytest.mark.parametrize("end", ["Dogwood,2020,1\n", ""], ids=["in the middle", "at the end"])
def test_a_broken_row_is_shown_wherever_it_stands(read: Any, end: str) -> None:
    table, faults = read("unit,year,hours\nAlder,2020,1\nBirch\n" + end)
    assert "Birch" not in table["unit"].tolist()
    assert told(faults) == [(3, "", "Birch", "ragged-row", "error")]


def test_a_record_split_over_two_lines_is_one_record(read: Any) -> None:
    table, faults = read("unit,year,note,hours,recordable_cases\nAlder,2020,made\nup,180000,4\nBirch,2020,,1000,0\n")
    assert table["unit"].tolist() == ["Alder", "Birch"]
    assert table["note"].tolist() == ["made up", ""]
    assert table["hours"].tolist() == [180_000, 1000]
    assert table["row"].tolist() == [2, 4]
    assert told(faults) == [(2, "", "up", "split-row", "warning")]
    assert faults["text"].tolist() == ["joined with row 3: one record on two lines"]


def test_two_rows_whose_last_fields_are_missing_never_make_a_rate_of_their_own(read: Any) -> None:
    table, _ = read("unit,year,note,hours,recordable_cases\nAlder,2020,x\nBirch,2021,500\n")
    assert not rates(table, ["TCR"])["value"].notna().any(), "2,021 hours and 500 cases are nobody's"


def test_an_opening_quote_without_an_end_takes_no_rows_away_in_silence(read: Any) -> None:
    table, faults = read('unit,year,hours,note\nAlder,2020,1,"oh\nBirch,2020,1,x\nCedar,2020,1,x\n')
    assert len(table) == 3 or len(faults)


# Parquet


def rows_of(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, dtype=str, keep_default_na=False)


@pytest.mark.parametrize("name", ["annual", "company_year", "faults"])
def test_parquet_of_the_same_text_is_the_same_table_with_the_same_faults(tmp_path: Path, name: str) -> None:
    source = HERE / f"{name}.csv"
    raw = rows_of(source)
    raw.columns = [column.strip() for column in raw.columns]
    if name == "faults":
        raw = raw[raw["note"].ne("") & raw["received"].ne("4")]  # a ragged row is a matter of csv alone
    parquet, text = tmp_path / "raw.parquet", tmp_path / "raw.csv"
    raw.to_parquet(parquet, index=False)
    raw.to_csv(text, index=False)
    table, faults = tables.read(text)
    again, faults_again = tables.read(parquet)
    assert len(table) > 2
    pd.testing.assert_frame_equal(table, again)
    pd.testing.assert_frame_equal(faults, faults_again)


def test_parquet_of_numbers_and_dates_is_the_same_table(tmp_path: Path) -> None:
    raw = pd.read_csv(HERE / "annual.csv", dtype={"unit_id": str, "naics": str}, parse_dates=["received"])
    assert raw["hours"].dtype == float
    raw.to_parquet(tmp_path / "raw.parquet")
    table, faults = tables.read(HERE / "annual.csv")
    again, faults_again = tables.read(tmp_path / "raw.parquet")
    pd.testing.assert_frame_equal(table, again)
    pd.testing.assert_frame_equal(faults, faults_again)


BASE = pd.DataFrame({"unit": ["A", "B"], "year": [2020, 2021], "hours": [1000.0, 2000.0], "recordable_cases": [1, 2]})
DAY = dt.date(2021, 2, 1)


@pytest.mark.parametrize(
    ("column", "values", "expected"),
    [
        ("recordable_cases", pd.array([1, None], dtype="Int64"), [1, None]),
        ("recordable_cases", pd.array([True, False]), [1, 0]),
        ("hours", [decimal.Decimal("1000.50"), None], [1000.5, None]),
        ("hours", pd.Series(["1000", "2000"], dtype="category"), [1000, 2000]),
        ("hours", pd.Series(["1000", None], dtype="category"), [1000, None]),
        ("year", pd.Series([2020, 2021], dtype="category"), [2020, 2021]),
        ("year", [2020.0, 2021.0], [2020, 2021]),
        ("unit", pd.Series(["A", "B"], dtype="category"), ["A", "B"]),
        ("unit", [10, 20], ["10", "20"]),
        ("unit_id", [7.0, None], ["7", "B"]),
        ("naics", pd.Series(["327320", None], dtype="category"), ["327320", ""]),
        ("received", pd.to_datetime(["2021-02-01", None], utc=True), [pd.Timestamp(DAY), None]),
        ("received", [DAY, None], [pd.Timestamp(DAY), None]),
    ],
)
def test_parquet_columns_of_any_kind_are_read(tmp_path: Path, column: str, values: Any, expected: list[Any]) -> None:
    BASE.assign(**{column: values}).to_parquet(tmp_path / "raw.parquet")
    table, faults = tables.read(tmp_path / "raw.parquet")
    well_formed(table, faults)
    assert [None if pd.isna(v) else v for v in table[column]] == expected


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("hours", [np.inf, -5.0]),
        ("hours", [[1.0, 2.0], [3.0]]),
        ("hours", pd.to_datetime(["2021-01-01", "2021-01-02"])),
        ("hours", pd.to_timedelta([1, 2], unit="h")),
        ("year", [2020.5, 20.0]),
        ("year", pd.to_datetime(["2021-01-01", "2021-01-02"])),
        ("year", [True, False]),
        ("unit", [["a", "b"], ["c"]]),
        ("note", [["a", "b"], ["c"]]),
        ("note", [{"a": 1}, {"a": 2}]),
        ("received", [dt.date(9999, 12, 31), None]),
        ("received", pd.Series(np.array(["9999-12-31", "2021-01-01"], "datetime64[us]"))),
        ("received", [20210101, 1]),
    ],
)
def test_parquet_columns_that_hold_no_such_values_end_in_faults_or_a_sentence(
    tmp_path: Path, column: str, values: Any
) -> None:
    path = tmp_path / "raw.parquet"
    BASE.assign(**{column: values}).to_parquet(path)
    result = outcome(path)
    assert result in ("table", "sentence")
    if result == "table" and column not in ("unit", "note"):
        assert column in tables.read(path)[1]["column"].tolist()


def test_parquet_without_rows_is_an_empty_table(tmp_path: Path) -> None:
    BASE.iloc[:0].to_parquet(tmp_path / "raw.parquet")
    table, faults = tables.read(tmp_path / "raw.parquet")
    well_formed(table, faults)
    assert len(table) == len(faults) == 0


@pytest.mark.parametrize("content", [b"", b"PAR1", b"PAR1 made up PAR1", b"unit,year\nA,2020\n"])
def test_bytes_that_are_no_parquet_are_said_to_be_none(write: Any, content: bytes) -> None:
    path = write(content, "raw.parquet")
    assert message(path).startswith(f"{path}: cannot be read as parquet: ")


# Workbooks

NUMERAL = re.compile(r"-?(?:0|[1-9]\d{0,14})(?:\.\d{1,6})?")


def typed(text: str) -> Any:
    """A cell as someone would have typed it: a numeral is a number, a code with a leading zero is text."""
    if not NUMERAL.fullmatch(text):
        return text or None
    return float(text) if "." in text else int(text)


def workbook(path: Path, *sheets: list[list[Any]]) -> Path:
    book = openpyxl.Workbook()
    for i, rows in enumerate(sheets):
        sheet = book.active if i == 0 else book.create_sheet()
        for r, row in enumerate(rows, start=1):
            for c, value in enumerate(row, start=1):
                if value is not None:
                    sheet.cell(r, c, value)
    book.save(path)
    return path


def sheet_of(text: str) -> list[list[Any]]:
    header, *rows = csv.reader(io.StringIO(text))
    return [list(header), *([typed(cell) for cell in row] for row in rows)]


OF_EACH_LAYOUT = {
    "annual": (HERE / "annual.csv").read_text(encoding="utf-8"),
    "application": "unit,year,hours,g,h,i,j,k,l,m1,same_level_falls,different_level_falls,struck_by,strains_sprains\n"
    + "A (made up),2003,200000,0,2,1,1,9,20,4,1,0,1,1\n"
    + "A (made up),2004,200000,0,2,1,1,20,9,4,1,0,1,1\n",
    "company_year": (HERE / "company_year.csv").read_text(encoding="utf-8"),
    "establishments": SITES
    + "A (made up),E1,1996,Larch Valley (made up),200000,7,no,1998-01-05\n"
    + "B (made up),02,1996,Larch Valley (made up),200000.5,,maybe,soon\n",
    "federal": (HERE / "federal.csv").read_text(encoding="utf-8"),
    "ita_300a": filed(FILED, {**SECOND, "zip_code": "4605"}),
    "navy_command": COMMAND + "A (made up),N1,2020,150,410000,12,3,2\nB (made up),02,2020,150,410000.5,,3,2.5\n",
}


def same_tables(first: Path, second: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    table, faults = tables.read(first)
    again, faults_again = tables.read(second)
    pd.testing.assert_frame_equal(table, again)
    pd.testing.assert_frame_equal(faults, faults_again)
    return table, faults


@pytest.mark.parametrize("layout", tables.layouts())
def test_a_workbook_of_each_layout_is_the_same_table_with_the_same_faults(tmp_path: Path, layout: str) -> None:
    text = OF_EACH_LAYOUT[layout]
    (tmp_path / "raw.csv").write_text(text, encoding="utf-8")
    table, _ = same_tables(tmp_path / "raw.csv", workbook(tmp_path / "raw.xlsx", sheet_of(text)))
    assert len(table) >= 2
    assert table["universe"].unique().tolist() == [UNIVERSES[layout]]


def test_a_workbook_with_every_fault_has_them_all(tmp_path: Path) -> None:
    raw = rows_of(HERE / "faults.csv")
    raw = raw[raw["note"].ne("") & raw["received"].ne("4")]  # a ragged row is a matter of csv alone
    raw.to_csv(tmp_path / "raw.csv", index=False)
    cells = sheet_of((tmp_path / "raw.csv").read_text(encoding="utf-8"))
    _, faults = same_tables(tmp_path / "raw.csv", workbook(tmp_path / "raw.xlsx", cells))
    assert len(faults) > 15


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["A", "007", "7", "Été (made up)", "a, b"]),
            st.integers(1990, 2030),
            st.one_of(
                st.none(),
                st.integers(-3, 10**15),
                st.decimals(0, 10**6, places=3).map(float),
                st.sampled_from(["1,234", "n/a", "#N/A", "about 5", "about = 1", " "]),
            ),
            st.one_of(st.none(), st.integers(0, 40), st.booleans()),
            st.one_of(st.none(), st.dates(dt.date(1990, 1, 1), dt.date(2030, 1, 1))),
            st.sampled_from([None, "x", "#REF!", "made up"]),
        ),
        max_size=8,
    )
)
@settings(max_examples=60, deadline=None)
def test_any_rows_are_the_same_in_csv_and_in_a_workbook(rows: list[tuple[Any, ...]]) -> None:
    header = ["unit", "year", "hours", "recordable_cases", "received", "note"]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder)
        texts = [[str(c).upper() if isinstance(c, bool) else c for c in row] for row in rows]
        with (path / "raw.csv").open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([header, *texts])
        cells = [header, *([None if c == " " else c for c in row] for row in rows)]
        same_tables(path / "raw.csv", workbook(path / "raw.xlsx", cells))


def test_the_first_sheet_that_has_a_cell_is_read_and_the_others_are_named(tmp_path: Path) -> None:
    path = workbook(tmp_path / "raw.xlsx", [], [["unit", "year", "hours"], ["A", 2020, 1]], [], [["notes"]], [[1]])
    table, faults = tables.read(path)
    assert (one(table, "unit"), one(table, "row")) == ("A", 2)
    assert told(faults) == [(1, "", "Sheet3, Sheet4", "more-sheets", "warning")]
    assert faults["text"].tolist() == ["not read: only the first sheet that has any cell is, 'Sheet1'"]


def test_rows_keep_their_numbers_and_blank_rows_and_columns_are_none(tmp_path: Path) -> None:
    rows = [[], [], [None, "unit", "year", "", "hours"], [], [None, "A", 2020, "", 1.0], [None, " "], [None, "B", 2021]]
    book = openpyxl.load_workbook(workbook(tmp_path / "raw.xlsx", rows))
    book.active.cell(40, 9).number_format = "0.00"  # a cell with a format and nothing in it
    book.save(tmp_path / "raw.xlsx")
    table, faults = tables.read(tmp_path / "raw.xlsx")
    assert table[["unit", "year", "row"]].to_numpy().tolist() == [["A", 2020, 5], ["B", 2021, 7]]
    assert told(faults) == [(7, "hours", "", "hours-blank", "warning")]


def test_cells_under_no_name_are_said_not_to_be_read(tmp_path: Path) -> None:
    table, faults = tables.read(workbook(tmp_path / "raw.xlsx", [["unit", "year", None], ["A", 2020, "x", 5]]))
    assert len(table) == 1
    assert told(faults)[:2] == [
        (1, "", "column 3", "no-header", "warning"),
        (1, "", "column 4", "no-header", "warning"),
    ]
    assert faults["text"].iloc[0] == "not read: cells below, and no name above them"


@pytest.mark.parametrize(
    ("column", "value", "expected"),
    [
        ("hours", 12.0, 12),
        ("hours", 1234.5678, 1234.5678),
        ("hours", 1e-7, 1e-7),
        ("unit_id", 12.0, "12"),
        ("unit_id", "007", "007"),
        ("note", True, "TRUE"),
        ("note", 1.5, "1.5"),
        ("note", dt.datetime(2021, 2, 1, 6, 23), "2021-02-01 06:23:00"),
        ("received", dt.date(2021, 2, 1), pd.Timestamp("2021-02-01")),
        ("received", dt.datetime(2021, 2, 1, 6, 23), pd.Timestamp("2021-02-01 06:23")),
        ("received", "2/1/2021", pd.Timestamp("2021-02-01")),
    ],
)
def test_a_cell_is_what_csv_would_have(tmp_path: Path, column: str, value: Any, expected: Any) -> None:
    cells = {"unit": "A", "year": 2020, "hours": 1, column: value}
    table, faults = tables.read(workbook(tmp_path / "raw.xlsx", [list(cells), list(cells.values())]))
    assert (one(table, column), told(faults)) == (expected, [])


@pytest.mark.parametrize(
    ("column", "value", "rule", "level"),
    [
        ("recordable_cases", True, "not-a-number", "error"),
        ("hours", "#DIV/0!", "not-a-number", "error"),
        ("hours", dt.date(2021, 2, 1), "not-a-number", "error"),
        ("hours", dt.time(6, 23), "not-a-number", "error"),
        ("received", "#VALUE!", "not-a-date", "warning"),
        ("note", "#REF!", "spreadsheet-error", "warning"),
        ("year", "#N/A", "not-a-year", "error"),
        ("year", dt.date(2021, 1, 1), "not-a-year", "error"),
    ],
)
def test_a_cell_that_holds_no_such_value_is_a_fault(
    tmp_path: Path, column: str, value: Any, rule: str, level: str
) -> None:
    cells = {"unit": "A", "year": 2020, "hours": 1, column: value}
    _, faults = tables.read(workbook(tmp_path / "raw.xlsx", [list(cells), list(cells.values())]))
    shown = str(value).upper() if value is True else str(value)
    assert told(faults) == [(2, column, shown, rule, level)]


def test_a_unit_whose_name_is_an_error_of_the_spreadsheet_keeps_its_row_and_says_so(tmp_path: Path) -> None:
    rows = [["unit", "unit_id", "year", "hours"], ["#NAME?", "7", 2020, 1], ["B", "8", 2020, 1]]
    table, faults = tables.read(workbook(tmp_path / "raw.xlsx", rows))
    assert table["unit"].tolist() == ["#NAME?", "B"]
    assert told(faults) == [(2, "unit", "#NAME?", "spreadsheet-error", "warning")]
    assert faults["text"].tolist() == ["the error of a spreadsheet, read as it stands: what stood here is lost"]


UNSTORED = "a formula without a stored value: open the file in a spreadsheet program and save it"


def test_a_formula_without_a_stored_value_is_an_error_and_never_a_blank(tmp_path: Path) -> None:
    rows = [
        ["agency", "fiscal_year", "period", "employees", "total cases", "lt cases", "lost"],
        ["A", 2013, "=IF(TRUE,3)", 1000, "=SUM(D2,-980)", 5, "=1"],
        ["B", 2013, "Q1", "=500+500", 20, None, None],
        ["C", "=2012+1", "Q1", 1000, 20, None, None],
        [None, None, None, "=1", None, None, None],
    ]
    path = workbook(tmp_path / "raw.xlsx", rows)
    table, faults = tables.read(path)
    errors = faults[faults["level"].eq("error")]
    assert told(errors) == [
        (2, "months", "=IF(TRUE,3)", "formula-without-value", "error"),
        (2, "recordable_cases", "=SUM(D2,-980)", "formula-without-value", "error"),
        (3, "employees", "=500+500", "formula-without-value", "error"),
        (4, "year", "=2012+1", "formula-without-value", "error"),
        (5, "employees", "=1", "formula-without-value", "error"),
        (5, "unit", "", "required", "error"),
        (5, "year", "", "required", "error"),
    ]
    assert errors["text"].tolist()[:5] == [UNSTORED] * 5
    assert table["struck"].tolist() == ["months,recordable_cases", "employees"]
    assert table[["months", "recordable_cases", "hours"]].iloc[0].isna().all(), "not the default, not zero"
    assert table[["employees", "hours"]].iloc[1].isna().all()


def edited(path: Path, part: str, change: Callable[[str], str]) -> Path:
    """The workbook with one of its parts written anew."""
    with zipfile.ZipFile(path) as old:
        parts = {name: old.read(name) for name in old.namelist()}
    parts[part] = change(parts[part].decode()).encode()
    with zipfile.ZipFile(path, "w") as new:
        for name, content in parts.items():
            new.writestr(name, content)
    return path


def test_a_formula_with_a_stored_value_is_that_value_and_an_empty_text_is_blank(tmp_path: Path) -> None:
    rows = [["unit", "year", "hours", "employees"], ["A", 2020, "=180000+1", '=IF(1,"","")']]
    path = workbook(tmp_path / "raw.xlsx", rows)

    def store(xml: str) -> str:
        xml, one_value = re.subn(r"(<f>180000\+1</f>)<v ?/>", r"\1<v>180001</v>", xml)
        xml, one_text = re.subn(r'<c r="D2">(<f>.*?</f>)<v ?/>', r'<c r="D2" t="str">\1<v></v>', xml)
        assert one_value == one_text == 1, xml
        return xml

    table, faults = tables.read(edited(path, "xl/worksheets/sheet1.xml", store))
    assert (one(table, "hours"), np.isnan(one(table, "employees")), told(faults)) == (180_001, True, [])


def test_a_sheet_that_says_less_of_its_size_than_it_holds_is_read_whole(tmp_path: Path) -> None:
    path = workbook(tmp_path / "raw.xlsx", sheet_of("unit,year,hours\nA,2020,1\nB,2020,2\n"))
    edited(path, "xl/worksheets/sheet1.xml", lambda xml: re.sub(r'ref="A1:C3"', 'ref="A1:A1"', xml))
    assert tables.read(path)[0]["hours"].tolist() == [1, 2]


def test_a_merged_cell_counts_for_its_first_cell_only(tmp_path: Path) -> None:
    rows = [["unit", "year", "hours"], ["A", 2020, 1], [None, 2021, 1]]
    book = openpyxl.load_workbook(workbook(tmp_path / "raw.xlsx", rows))
    book.active.merge_cells("A2:A3")
    book.save(tmp_path / "raw.xlsx")
    table, faults = tables.read(tmp_path / "raw.xlsx")
    assert one(table, "year") == 2020
    assert told(faults) == [(3, "unit", "", "required", "error")]


OLD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (OLD, "it is an old .xls; save it as .xlsx"),
        (OLD + "EncryptedPackage".encode("utf-16-le"), "a password protects it; save it without one"),
        (b"", "File is not a zip file"),
        (b"unit,year,hours\nA,2020,1\n", "File is not a zip file"),
        (b"PK\x03\x04" + bytes(200), "File is not a zip file"),
    ],
    ids=["xls", "password", "empty", "csv", "cut off"],
)
def test_bytes_that_are_no_workbook_are_said_to_be_none(write: Any, content: bytes, expected: str) -> None:
    path = write(content, "raw.xlsx")
    assert message(path) == f"{path}: cannot be read as xlsx: {expected}"


@pytest.mark.parametrize("part", ["xl/workbook.xml", "xl/worksheets/sheet1.xml", "[Content_Types].xml"])
@pytest.mark.parametrize("change", [lambda xml: "", lambda xml: xml[: len(xml) // 2]], ids=["empty", "cut off"])
def test_a_broken_workbook_is_refused_in_one_sentence(tmp_path: Path, part: str, change: Callable[[str], str]) -> None:
    path = edited(workbook(tmp_path / "raw.xlsx", sheet_of("unit,year,hours\nA,2020,1\n")), part, change)
    assert message(path).startswith(f"{path}: cannot be read as xlsx: ")


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([], "the file is empty; expected a header row and data"),
        ([[" "]], "the file is empty; expected a header row and data"),
        ([["name", "jahr"], ["A", 2020]], "found the columns name, jahr; no layout knows them. "),
        ([["unit", "year", "Hours", "hours"], ["A", 2020, 1, 1]], "found the column 'hours' twice; expected each once"),
    ],
)
def test_a_workbook_that_is_no_table_is_refused_like_a_csv(tmp_path: Path, rows: Any, expected: str) -> None:
    path = workbook(tmp_path / "raw.xlsx", rows)
    assert message(path).startswith(f"{path}: {expected}")


def test_a_header_alone_in_a_workbook_is_an_empty_table(tmp_path: Path) -> None:
    table, faults = tables.read(workbook(tmp_path / "raw.xlsx", [["unit", "year", "hours"]]))
    well_formed(table, faults)
    assert len(table) == len(faults) == 0


def test_reading_a_csv_does_not_wait_for_the_reader_of_workbooks() -> None:
    code = "import sys; from oshlib import tables; tables.read('data/example/plants.csv'); "
    code += "sys.exit('openpyxl' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=60).returncode == 0


# Files that cannot be read at all


NEEDED = (
    "Needed are: annual: unit, year; application: company/company_name/participant/unit, "
    "reporting_year/year_filing_for/year, employee_hours/total_hours_worked/hours_worked/total_hours/hours, "
    "same_level_fall/same_level_falls, different_level_fall/different_level_falls, struck_by, "
    "strain_sprain/sprains_strains/strains_sprains; company_year: company_name/unit, company_id/unit_id, year, hours, "
    "total_cases/recordable_cases; establishments: establishment/establishment_name/unit, year, "
    "area_office/office/area; federal: entity/agency/unit, fiscal_year/year, employees, "
    "total_cases/recordable_cases; ita_300a: establishment_name/unit, year_filing_for/year, "
    "annual_average_employees/employees, total_hours_worked/hours, total_deaths/deaths, "
    "total_dafw_cases/dafw_cases, total_djtr_cases/djtr_cases, total_other_cases/other_cases; navy_command: "
    "command/unit, year, end_strength/military_strength, civilian_hours, "
    "recordable/total_cases/recordable_cases"
)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("", "the file is empty; expected a header row and data"),
        ("\n \n,,\n", "the file is empty; expected a header row and data"),
        (b"\xef\xbb\xbf", "the file is empty; expected a header row and data"),
        ("name,jahr\nA,2020\n", f"found the columns name, jahr; no layout knows them. {NEEDED}"),
        ("unit_id,year\nA,2020\n", f"found the columns unit_id, year; no layout knows them. {NEEDED}"),
        ("unit,year,Hours,hours\nA,2020,1,1\n", "found the column 'hours' twice; expected each once"),
        ("unit,year,hours worked,hours_worked\n", "found the column 'hours_worked' twice; expected each once"),
        (
            "unit,year,hours,total_hours\nA,2020,1,1\n",
            "found 'hours' and 'total_hours', both meaning hours; expected one of them",
        ),
        ("unit,year\nA,2020\0\n", "found a NUL byte; expected text (csv), saved as UTF-8"),
        ("unit,year\nA,2020\n".encode("utf-16"), "found a NUL byte; expected text (csv), saved as UTF-8"),
    ],
)
def test_a_file_that_is_no_table_is_refused_in_one_sentence(write: Any, content: str | bytes, expected: str) -> None:
    path = write(content)
    assert message(path) == f"{path}: {expected}"


def test_a_header_that_holds_a_newline_is_refused_in_one_line(write: Any) -> None:
    path = write('"na\nme",year\nA,2020\n')
    assert message(path).startswith(f"{path}: found the columns na")


@pytest.mark.parametrize("name", ["raw.xls", "raw.txt", "raw.csv.gz", "raw"])
def test_an_ending_that_no_reader_has_is_refused_with_the_ones_there_are(write: Any, name: str) -> None:
    path = write("unit,year\nA,2020\n", name)
    expected = "expected a file that ends in .csv, .xlsx or .parquet"
    assert message(path) == f"{path}: found the ending {path.suffix!r}, {expected}"


@pytest.mark.parametrize("name", ["folder", "folder.csv"])
def test_a_folder_is_refused_as_a_folder(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.mkdir()
    assert message(path) == f"{path}: found a folder, expected a file that ends in .csv, .xlsx or .parquet"


@pytest.mark.parametrize("name", ["absent.csv", "a\0b.csv", "x" * 5000 + ".csv"], ids=["absent", "NUL", "long"])
def test_a_file_that_is_not_there_is_named(name: str) -> None:
    expected = f"data: found no file {name!r}, neither from the current folder nor from the repository"
    assert message(Path(name)) == expected


@pytest.mark.parametrize("end", ["", "\n", "\n\n"])
def test_a_header_without_rows_is_an_empty_table(read: Any, end: str) -> None:
    table, faults = read("unit,year,hours" + end)
    well_formed(table, faults)
    assert len(table) == len(faults) == 0


@pytest.mark.parametrize("seed", range(20))
def test_binary_garbage_is_refused_in_one_sentence_that_names_the_file(write: Any, seed: int) -> None:
    draw = random.Random(seed)
    path = write(bytes(draw.randrange(seed % 2, 256) for _ in range(2000)))
    assert str(path) in message(path)


def test_a_column_that_no_layout_knows_is_shown_and_not_read(read: Any) -> None:
    table, faults = read("unit,year,hours,row,Lost Hats\nA,2020,1,9,3\n")
    assert told(faults) == [
        (1, "row_", "", "unknown-column", "warning"),
        (1, "lost_hats", "", "unknown-column", "warning"),
    ]
    assert faults["text"].tolist() == ["not read: the layout annual has no such column"] * 2
    assert one(table, "row") == 2


# The faults of single values


def test_one_file_with_every_fault_of_a_plain_table_has_each_in_its_place() -> None:
    table, faults = tables.read(HERE / "faults.csv")
    well_formed(table, faults)
    assert told(faults) == [
        (1, "colour", "", "unknown-column", "warning"),
        (2, "hours", "180,000", "thousands-separator", "warning"),
        (3, "year", "02", "two-digit-year", "error"),
        (4, "year", "FY2020", "not-a-year", "error"),
        (5, "year", "", "required", "error"),
        (6, "unit", "", "required", "error"),
        (7, "hours", "-180000", "negative", "error"),
        (8, "dafw_cases", "2.5", "not-whole", "error"),
        (9, "hours", "about 180000", "not-a-number", "error"),
        (10, "hours", "1e5", "not-a-number", "error"),
        (11, "hours", "9999999999999999", "too-large", "error"),
        (12, "received", "2021-02-30", "not-a-date", "warning"),
        (13, "other_cases", "", "partly-blank", "warning"),
        (14, "deaths", "4", "parts-add-up", "error"),
        (15, "unit", "maple (made up)", "name-variant", "warning"),
        (16, "unit", "Maple  (made up)", "name-variant", "warning"),
        (17, "", "Oak (made up),2020,12,180000,90,2,1,1,0,4", "ragged-row", "error"),
        (19, "year", "2020", "duplicate", "warning"),
        (20, "year", "2020", "revised", "warning"),
        (23, "year", "2020", "two-values", "error"),
    ]
    named = faults.set_index("row")["unit_id"]
    assert named[[1, 6, 17]].tolist() == ["", "", ""], "faults of no unit"
    assert (named[3], named[12]) == ("Birch (made up)", "Juniper (made up)")
    years = faults.set_index("row")["year"]
    assert years[[12, 19]].tolist() == [2020, 2020]
    assert np.isnan(years[3])
    left = [name.split()[0] for name in table["unit"]]
    expected = "Alder Elm Fir Gum Hazel Ilex Juniper Kapok Larch maple Maple Pine Quince Rowan Sorrel"
    assert " ".join(left) == expected


PLAIN_NUMBER = "expected a plain number such as 1234 or 1234.5"


@pytest.mark.parametrize(
    ("typed", "value", "rule", "text"),
    [
        ("0", 0, "", ""),
        ("-0", 0, "", ""),
        ("+5", 5, "", ""),
        ("5.", 5, "", ""),
        (".5", 0.5, "", ""),
        (" 180000 ", 180_000, "", ""),
        ("180000.25", 180_000.25, "", ""),
        ("1000000000000000", 1e15, "", ""),
        ("1000000000000001", None, "too-large", "expected a count or hours that people could work"),
        ("9" * 400, None, "too-large", "expected a count or hours that people could work"),
        ("1,234", 1234, "thousands-separator", "read as 1234"),
        ("1,234,567.5", 1_234_567.5, "thousands-separator", "read as 1234567.5"),
        ("-0.5", None, "negative", "expected zero or more"),
        ("1,23", None, "not-a-number", PLAIN_NUMBER),
        ("1234,567", None, "not-a-number", PLAIN_NUMBER),
        ("1.234.567", None, "not-a-number", PLAIN_NUMBER),
        ("1 234", None, "not-a-number", PLAIN_NUMBER),
        ("1e5", None, "not-a-number", PLAIN_NUMBER),
        ("(180)", None, "not-a-number", PLAIN_NUMBER),
        ("$180", None, "not-a-number", PLAIN_NUMBER),
        ("12%", None, "not-a-number", PLAIN_NUMBER),
        ("inf", None, "not-a-number", PLAIN_NUMBER),
        ("0x10", None, "not-a-number", PLAIN_NUMBER),
        ("=1+1", None, "not-a-number", PLAIN_NUMBER),
        ("180 h", None, "not-a-number", PLAIN_NUMBER),
        ("²", None, "not-a-number", PLAIN_NUMBER),
    ],
)
def test_a_number_is_read_or_is_a_fault_and_a_blank(
    read: Any, typed: str, value: float | None, rule: str, text: str
) -> None:
    table, faults = read(f'unit,year,employees\nA,2020,"{typed}"\n')
    faults = faults[faults["column"].eq("employees")]
    assert faults["rule"].tolist() == ([rule] if rule else [])
    assert faults["text"].tolist() == ([text] if rule else [])
    if rule:
        assert faults["value"].tolist() == [typed.strip()[:120]]
        assert faults["level"].tolist() == ["warning" if rule == "thousands-separator" else "error"]
    got = one(table, "employees")
    assert np.isnan(got) if value is None else got == value


@pytest.mark.parametrize("typed", ["", " ", "NA", "n/a", "NaN", "null", "None", "<NA>", "."])
def test_the_usual_words_for_nothing_are_blank_and_no_fault(read: Any, typed: str) -> None:
    table, faults = read(f"unit,year,employees\nA,2020,{typed}\n")
    assert np.isnan(one(table, "employees"))
    assert faults["column"].tolist() == ["hours"]


@pytest.mark.parametrize(("typed", "value"), [("3", 3), ("3.0", 3), ("3.5", None), ("1,000", 1000)])
def test_a_count_is_whole(read: Any, typed: str, value: float | None) -> None:
    table, faults = read(f'unit,year,hours,recordable_cases\nA,2020,900000000,"{typed}"\n')
    got = one(table, "recordable_cases")
    assert np.isnan(got) if value is None else got == value
    if value is None:
        assert told(faults) == [(2, "recordable_cases", "3.5", "not-whole", "error")]
        assert faults["text"].tolist() == ["expected a whole number of cases"]


TWO_DIGITS = "left out: two digits could be either century; expected four digits such as 2024"
NO_YEAR = "left out: not a year; expected four digits such as 2024"


@pytest.mark.parametrize(
    ("typed", "year", "rule", "text"),
    [
        ("2020", 2020, "", ""),
        (" 2020 ", 2020, "", ""),
        ("2020.0", 2020, "", ""),
        ("1900", 1900, "", ""),
        ("2199", 2199, "", ""),
        ("02", None, "two-digit-year", TWO_DIGITS),
        ("'02", None, "two-digit-year", TWO_DIGITS),
        ("99", None, "two-digit-year", TWO_DIGITS),
        ("2", None, "not-a-year", NO_YEAR),
        ("1899", None, "not-a-year", NO_YEAR),
        ("2200", None, "not-a-year", NO_YEAR),
        ("20200", None, "not-a-year", NO_YEAR),
        ("2020.5", None, "not-a-year", NO_YEAR),
        ("-2020", None, "not-a-year", NO_YEAR),
        ("FY2020", None, "not-a-year", NO_YEAR),
        ("2020-21", None, "not-a-year", NO_YEAR),
        ("2020-01-01", None, "not-a-year", NO_YEAR),
        ("\uff12\uff10\uff12\uff10", None, "not-a-year", NO_YEAR),
        ("", None, "required", "left out: a row needs its year"),
        ("n/a", None, "required", "left out: a row needs its year"),
    ],
)
def test_a_year_has_four_digits_or_its_row_is_left_out(
    read: Any, typed: str, year: int | None, rule: str, text: str
) -> None:
    table, faults = read(f"unit,year,hours\nAlder,{typed},1\nBirch,2020,1\n")
    assert table["year"].tolist() == ([year] if year else []) + [2020]
    assert faults["rule"].tolist() == ([rule] if rule else [])
    assert faults["text"].tolist() == ([text] if rule else [])
    assert faults["level"].tolist() == (["error"] if rule else [])
    assert faults["unit_id"].tolist() == (["Alder"] if rule else [])


def test_a_row_without_a_name_is_left_out(read: Any) -> None:
    table, faults = read("unit,year,hours\n  ,2020,1\nBirch,2020,1\n")
    assert one(table, "unit") == "Birch"
    assert told(faults) == [(2, "unit", "", "required", "error")]
    assert faults["text"].tolist() == ["left out: a row needs its unit"]


@pytest.mark.parametrize("typed", ["2021-02-30", "31/12/2021", "yesterday", "20210201", "02-01-2021"])
def test_a_date_that_is_none_is_a_warning_and_blank(read: Any, typed: str) -> None:
    table, faults = read(f"unit,year,hours,received\nA,2020,1,{typed}\n")
    assert pd.isna(one(table, "received"))
    assert told(faults) == [(2, "received", typed, "not-a-date", "warning")]
    assert faults["text"].tolist() == ["expected a date such as 2024-02-01"]


@pytest.mark.parametrize("typed", ["9999-12-31", "0001-01-01", "1600-01-01", "12/31/9999"])
def test_a_date_far_from_any_filing_is_no_traceback(read: Any, typed: str) -> None:
    well_formed(*read(f"unit,year,hours,received\nA,2020,1,{typed}\n"))


@pytest.mark.parametrize(
    ("column", "typed", "rule", "text"),
    [
        ("zip_code", "4605", "leading-zero", "4 digits, expected 5 or 9: a leading zero was lost (04605?)"),
        ("zip_code", "601", "leading-zero", "3 digits, expected 5 or 9: a leading zero was lost (00601?)"),
        ("zip_code", "46051234", "leading-zero", "8 digits, expected 5 or 9: a leading zero was lost (046051234?)"),
        ("zip_code", "4605.0", "leading-zero", "4 digits, expected 5 or 9: a leading zero was lost (04605?)"),
        ("zip_code", "12", "digits", "2 digits, expected 5 or 9"),
        ("zip_code", "123456", "digits", "6 digits, expected 5 or 9"),
        ("zip_code", "1234567890", "digits", "10 digits, expected 5 or 9"),
        ("zip_code", "04605", "", ""),
        ("zip_code", "046051234", "", ""),
        ("zip_code", "04605-1234", "", ""),
        ("zip_code", "", "", ""),
        ("ein", "12345678", "leading-zero", "8 digits, expected 9: a leading zero was lost (012345678?)"),
        ("ein", "012345678", "", ""),
        ("ein", "123", "digits", "3 digits, expected 9"),
        ("naics_code", "3273200", "digits", "7 digits, expected 6"),
        ("naics_code", "327320", "", ""),
    ],
)
def test_codes_of_a_known_length_that_lost_a_zero_are_shown(
    read: Any, column: str, typed: str, rule: str, text: str
) -> None:
    _, faults = read(filed({**FILED, column: typed}))
    assert faults["rule"].tolist() == ([rule] if rule else [])
    assert faults["text"].tolist() == ([text] if rule else [])
    assert faults["level"].tolist() == (["warning"] if rule else [])


def test_a_short_naics_code_has_lost_no_zero_as_none_begins_with_one(read: Any) -> None:
    _, faults = read(filed({**FILED, "naics_code": "32732"}))
    assert len(faults) == 1
    assert "0" not in faults["text"].iloc[0], faults["text"].iloc[0]


def test_ids_keep_their_leading_zeros_and_are_apart_from_those_without(read: Any) -> None:
    table, faults = read("unit,unit_id,year,hours\nA,007,2020,1\nA,07,2020,1\nA,7,2020,1\n")
    assert (table["unit_id"].tolist(), told(faults)) == (["007", "07", "7"], [])


# Two rows for one unit and year


DOUBLED = "unit,year,hours,recordable_cases,received,note\n"


def test_identical_rows_are_one_row_with_a_warning_even_where_notes_and_dates_differ(read: Any) -> None:
    table, faults = read(DOUBLED + "A,2020,1000,1,2021-01-01,x\nA,2020,1000.0,1,2021-02-01,y\nA,2020,1000,1,,\n")
    assert (one(table, "row"), one(table, "note")) == (2, "x")
    assert told(faults) == [(3, "year", "2020", "duplicate", "warning"), (4, "year", "2020", "duplicate", "warning")]
    assert faults["text"].tolist() == ["Identical: one kept."] * 2
    assert faults["flag"].tolist() == ["DUPLICATE"] * 2


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_of_two_filings_the_later_counts_in_whatever_order_they_stand(read: Any, order: tuple[int, int]) -> None:
    rows = ["A,2020,1000,12,2021-02-01,first\n", "A,2020,1000,14,2022-03-04,second\n"]
    table, faults = read(DOUBLED + "".join(rows[i] for i in order))
    assert (one(table, "recordable_cases"), one(table, "note")) == (14, "second")
    assert told(faults) == [(2 + order.index(0), "year", "2020", "revised", "warning")]
    assert faults["text"].tolist() == ["Total revised from 12 to 14 on 2022-03-04 (log updated, 29 CFR 1904.33)."]
    assert faults["flag"].tolist() == ["REVISED"]


def test_of_three_filings_the_latest_counts(read: Any) -> None:
    rows = "A,2020,1000,1,2021-01-01,\nA,2020,2000,9,2021-03-01,\nA,2020,2000,2,2021-02-01,\n"
    table, faults = read(DOUBLED + rows)
    assert (one(table, "recordable_cases"), one(table, "hours"), one(table, "row")) == (9, 2000, 3)
    assert [(row, rule) for row, _, _, rule, _ in told(faults)] == [(2, "revised"), (4, "revised")]


def test_a_revision_of_the_parts_is_told_by_their_sum(read: Any) -> None:
    later = {**FILED, "total_other_cases": 5, "total_injuries": 7, "created_timestamp": "9/1/2020 7:00"}
    table, faults = read(filed(FILED, later))
    assert one(table, "other_cases") == 5
    assert faults["text"].tolist() == ["Total revised from 6 to 8 on 2020-09-01 (log updated, 29 CFR 1904.33)."]


def test_a_revision_that_leaves_the_total_as_it_was_says_so(read: Any) -> None:
    table, faults = read(DOUBLED + "A,2020,1000,1,2021-01-01,\nA,2020,2000,1,2021-03-01,\n")
    assert one(table, "hours") == 2000
    assert faults["text"].tolist() == ["Filed again on 2021-03-01: the later is used."]


@pytest.mark.parametrize(
    ("first", "second"),
    [("", ""), ("", "5"), ("5", ""), ("x", "5"), ("5", "-1")],
    ids=["both blank", "first blank", "second blank", "first no number", "second negative"],
)
def test_a_revision_of_a_total_that_is_not_known_is_no_traceback(read: Any, first: str, second: str) -> None:
    table, faults = read(DOUBLED + f"A,2020,1000,{first},2021-01-01,\nA,2020,2000,{second},2021-02-01,\n")
    well_formed(table, faults)
    assert (one(table, "hours"), one(table, "row")) == (2000, 3)
    assert "revised" in faults["rule"].tolist()
    assert not faults["text"].str.contains("nan").any()


@pytest.mark.parametrize("dates", [("", ""), ("2021-01-01", ""), ("2021-01-01", "2021-01-01")])
def test_rows_that_differ_without_an_order_of_filing_leave_what_differs_blank(
    read: Any, dates: tuple[str, str]
) -> None:
    table, faults = read(DOUBLED + f"A,2020,1000,1,{dates[0]},\nA,2020,1000,2,{dates[1]},\nB,2020,1000,1,,\n")
    assert table["unit"].tolist() == ["A", "B"]
    assert table["hours"].tolist() == [1000, 1000]
    assert table["recordable_cases"].fillna(-1).tolist() == [-1, 1]
    assert told(faults) == [(3, "year", "2020", "two-values", "error")]
    text = "rows 2, 3 differ in recordable_cases for 2020; without dates of filing neither counts"
    assert faults["text"].tolist() == [text]
    assert faults["flag"].tolist() == ["DUPLICATE"]


def test_blank_and_zero_in_two_rows_are_two_values(read: Any) -> None:
    table, faults = read(DOUBLED + "A,2020,1000,,,\nA,2020,1000,0,,\n")
    assert np.isnan(one(table, "recordable_cases"))
    assert faults["rule"].tolist() == ["two-values"]


def test_the_same_year_of_two_ids_or_two_years_of_one_are_no_duplicates(read: Any) -> None:
    table, faults = read("unit,unit_id,year,hours\nA,1,2020,1\nA,2,2020,1\nA,1,2021,1\n")
    assert (len(table), told(faults)) == (3, [])


# Names


@pytest.mark.parametrize("other", ["ALDER WORKS", "Alder  Works", "alder\tworks", "Alder\u00a0Works"])
def test_names_that_differ_by_spaces_or_case_only_are_two_units_and_a_warning_each(read: Any, other: str) -> None:
    table, faults = read(f"unit,year,hours\nAlder Works,2020,1\n{other},2021,1\n{other},2022,1\n")
    assert table["unit_id"].tolist() == ["Alder Works", other, other]
    assert [(row, column, rule, level) for row, column, _, rule, level in told(faults)] == [
        (2, "unit", "name-variant", "warning"),
        (3, "unit", "name-variant", "warning"),
    ]
    assert faults["text"].tolist() == [
        f"differs from {other!r} only by spaces or case",
        "differs from 'Alder Works' only by spaces or case",
    ]


def test_spaces_around_a_name_are_no_part_of_it(read: Any) -> None:
    table, faults = read('unit,year,hours\n"  Alder Works ",2020,1\nAlder Works,2021,1\n')
    assert table["unit"].tolist() == ["Alder Works"] * 2
    assert told(faults) == []


def test_names_that_differ_more_or_that_ids_tell_apart_are_no_matter(read: Any) -> None:
    assert told(read("unit,year,hours\nAlder Works,2020,1\nAlder Work,2020,1\n")[1]) == []
    assert told(read("unit,unit_id,year,hours\nAlder,1,2020,1\nALDER,1,2021,1\nalder,2,2021,1\n")[1]) == []


# What a fault takes with it


def value_of(table: pd.DataFrame, *names: str, by: tuple[str, ...] = ("unit_id", "year")) -> list[float | None]:
    found = rates(table, names, by=by).set_index("measure")["value"]
    return [None if np.isnan(found[name]) else found[name] for name in names]


HEAD = "unit,year,hours,deaths,dafw_cases,djtr_cases,other_cases,dafw_days\n"


def test_a_count_that_is_no_number_takes_only_the_measures_that_need_it(read: Any) -> None:
    table, _ = read(HEAD + "A,2020,200000,0,3,2,x,9\n")
    assert value_of(table, "TCR", "TCIR", "IIR") == [None, None, None]
    assert value_of(table, "DAFW", "DART", "LTCR", "SEVERITY", "LTIFR") == [3, 5, 3, 9, 15]


def test_hours_that_are_no_number_take_every_measure_and_leave_the_counts(read: Any) -> None:
    table, _ = read(HEAD + "A,2020,-200000,0,3,2,1,9\n")
    assert value_of(table, "TCR", "DAFW", "LTCR", "SEVERITY") == [None] * 4
    assert one(table, "dafw_cases") == 3


def test_blank_is_not_zero(read: Any) -> None:
    blank, faults = read(HEAD + "A,2020,200000,0,3,2,,9\n")
    assert told(faults) == [(2, "other_cases", "", "partly-blank", "warning")]
    assert value_of(blank, "TCR", "DAFW") == [None, 3]
    zero, faults = read(HEAD + "A,2020,200000,0,3,2,0,9\n")
    assert told(faults) == []
    assert value_of(zero, "TCR", "DAFW") == [5, 3]
    no_hours, _ = read(HEAD + "A,2020,,0,0,0,0,0\n")
    assert value_of(no_hours, "TCR") == [None]
    zero_hours, _ = read(HEAD + "A,2020,0,0,0,0,0,0\n")
    assert value_of(zero_hours, "TCR") == [None]
    no_case, _ = read(HEAD + "A,2020,200000,0,0,0,0,0\n")
    assert value_of(no_case, "TCR") == [0]


def test_a_struck_count_is_not_worked_out_from_the_total_though_a_blank_one_is(read: Any) -> None:
    header = HEAD.replace("dafw_days", "recordable_cases,lost_time_cases")
    struck, faults = read(header + "A,2020,200000,0,2.5,2,1,6,3\n")
    assert told(faults) == [(2, "dafw_cases", "2.5", "not-whole", "error")]
    assert value_of(struck, "TCR", "TCIR", "DAFW") == [None] * 3
    assert value_of(struck, "LTCR") == [3]
    blank, _ = read(header + "A,2020,200000,0,,2,1,6,3\n")
    assert value_of(blank, "TCR", "TCIR", "LTCR") == [6, 6, 3]
    assert value_of(blank, "DAFW") == [None]
    no_lost_time, _ = read(header + "A,2020,200000,0,3,2,1,6,x\n")
    assert value_of(no_lost_time, "TCR", "LTCR") == [6, None]


def test_struck_hours_are_not_replaced_by_heads_though_blank_ones_are(read: Any) -> None:
    head = "unit,year,hours,employees,recordable_cases\n"
    for typed, expected in (("", 4), ("-5", np.nan), ("x", np.nan), ("0", np.nan)):
        table, _ = read(head + f"A,2020,{typed},100,4\n")
        got = rates(table, ["TCR"], hours_policy="headcount")["value"].tolist()
        np.testing.assert_array_equal(got, [expected], typed)


def test_parts_that_do_not_add_up_take_the_counts_and_leave_hours_and_days(read: Any) -> None:
    header = HEAD.replace("dafw_days", "dafw_days,recordable_cases")
    table, faults = read(header + "A,2020,200000,0,3,2,1,9,7\n")
    assert told(faults) == [(2, "deaths", "6", "parts-add-up", "error")]
    assert value_of(table, "TCR", "TCIR", "DAFW", "LTCR") == [None] * 4
    assert value_of(table, "SEVERITY") == [9]
    assert one(table, "hours") == 200_000


def test_a_fault_in_the_restricted_days_leaves_the_days_away_cases(read: Any) -> None:
    table, faults = read(filed({**FILED, "total_djtr_days": 0, "total_hours_worked": 200_000}))
    assert [rule for *_, rule, _ in told(faults)] == ["transfer-cases-require-transfer-days"]
    assert value_of(table, "TCR", "DART") == [None, None]
    assert value_of(table, "DAFW", "LTCR", "SEVERITY") == [2, 2, 20]


def test_a_warning_takes_nothing(read: Any) -> None:
    table, faults = read(filed({**FILED, "street_address": "PO Box 7", "total_hours_worked": "40,000"}))
    assert sorted(faults["rule"]) == ["hours-per-employee-odd", "no-po-box", "thousands-separator"]
    assert value_of(table, "TCR", "DAFW") == [30, 10]


def test_a_struck_unit_leaves_its_neighbours_and_takes_the_sums_that_contain_it(read: Any) -> None:
    table, _ = read(HEAD + "A,2020,200000,0,3,2,x,9\nB,2020,200000,0,1,1,1,9\nB,2021,200000,0,1,1,1,9\n")
    assert rates(table, ["TCR"])["value"].fillna(-1).tolist() == [-1, 3, 3]
    assert rates(table, ["TCR"], by=["year"])["value"].fillna(-1).tolist() == [-1, 3]
    assert rates(table, ["DAFW"], by=["year"])["value"].tolist() == [2, 1]


# The real files


def test_the_ready_mixed_companies_are_read_without_a_fault() -> None:
    table, faults = tables.read(shared("ita_company_year/ready_mix_327320.csv"))
    well_formed(table, faults)
    assert told(faults) == []
    assert (len(table), table["unit_id"].nunique(), table["unit"].nunique()) == (895, 481, 452)


def test_the_real_rows_show_their_lost_zeros_and_their_post_office_box() -> None:
    table, faults = tables.read(shared("ita_300a_rows/ita_300a_real_rows.csv"))
    well_formed(table, faults)
    assert len(table) == 30
    assert told(faults) == [
        (2, "zip_code", "4605", "leading-zero", "warning"),
        (4, "zip_code", "2871", "leading-zero", "warning"),
        (26, "zip_code", "4605", "leading-zero", "warning"),
        (30, "street_address", "POB 822440", "no-po-box", "warning"),
    ]
    assert table[["hours", "employees", "dafw_cases", "received"]].notna().all(axis=None)
    assert (table["hours"].sum(), table["dafw_cases"].sum()) == (6_104_114, 59)


def test_of_all_company_years_one_is_the_work_of_more_people_than_there_are() -> None:
    table, faults = tables.read(shared("ita_company_year/company_year.parquet"))
    assert len(table) == 301_116
    hours = faults[faults["column"].eq("hours")].set_index("value")
    assert hours.loc["14,366,733,149", ["rule", "level"]].tolist() == ["hours-of-a-million-people", "error"]
    assert hours.loc["2,119,008,576", ["rule", "level"]].tolist() == ["hours-of-a-giant", "warning"]
    assert faults["level"].eq("error").sum() == 1
    rows = table.set_index("row")
    struck = rows.loc[hours.loc["14,366,733,149", "row"]]
    assert (np.isnan(struck["hours"]), struck["recordable_cases"]) == (True, 7)
    kept = rows.loc[hours.loc["2,119,008,576", "row"]]
    assert (kept["hours"], kept["recordable_cases"]) == (2_119_008_576, 3)
    aside = table[table["screened"].ne("")]
    assert set(aside["screened"]) == {"hours-beyond-belief"}
    assert {struck.name, kept.name} <= set(aside["row"])
    beyond = faults[faults["rule"].eq("hours-beyond-belief")]
    assert set(beyond["row"]) == set(aside["row"]) - {struck.name}, "the error on the same hours says it already"
    assert beyond.loc[beyond["row"].eq(kept.name), "text"].tolist() == [
        "2,119,008,576 hours and 3 cases: 0.0003 per 200,000 h is too low to be believed; set aside from benchmarks"
    ]
    giants = table[table["unit"].str.contains("amazon|walmart|target corp|boeing|lockheed", case=False)]
    assert giants.loc[giants["hours"].gt(1e8), "unit"].nunique() >= 4
    assert giants["screened"].eq("").all()


# Files spoilt at random

SPOILT = ("9" * 30, "-5", "1,234", "1e9", "0.5", "02", "\u4e2d\u6587", "\U0001f600", "\u202e", "NaN", "=1+1")
STAMPS = ("9/9/2021 9:09", "9999-12-31", "")
GARBAGE = (b'"', b"'", b"\xff\xfe", b"\x81", b"\0", b"\r", b"\n", b"\r\n", b",", b";", b"\t", b"\xc3", b'","', b"\x1a")
Rows = list[list[str]]


def lose(rows: Rows, row: list[str], at: int, draw: random.Random) -> None:
    del row[at : at + 1]


def double(rows: Rows, row: list[str], at: int, draw: random.Random) -> None:
    row[at:at] = row[at : at + 1]


def write_over(rows: Rows, row: list[str], at: int, draw: random.Random) -> None:
    row[at : at + 1] = [draw.choice(("", *SPOILT))]


def shuffle(rows: Rows, row: list[str], at: int, draw: random.Random) -> None:
    draw.shuffle(row)


def file_again(rows: Rows, row: list[str], at: int, draw: random.Random) -> None:
    again = list(draw.choice(rows))
    again[-2:-1] = [draw.choice(STAMPS)]
    again[11:12] = [draw.choice(SPOILT)]
    rows.append(again)


def insert_again(rows: Rows, row: list[str], at: int, draw: random.Random) -> None:
    rows.insert(draw.randrange(len(rows) + 1), list(row))


def swap_columns(rows: Rows, row: list[str], at: int, draw: random.Random) -> None:
    other = draw.randrange(len(HEADERS["public"]))
    for each in rows:
        if len(each) > max(at, other):
            each[at], each[other] = each[other], each[at]


WAYS = (lose, double, write_over, write_over, shuffle, file_again, insert_again, swap_columns)


def spoil_cells(text: str, draw: random.Random) -> bytes:
    """Rows and cells moved, doubled, lost or written over; the file stays a csv."""
    rows = list(csv.reader(io.StringIO(text)))
    for _ in range(draw.randint(1, 6)):
        row = draw.choice(rows)
        draw.choice(WAYS)(rows, row, draw.randrange(max(len(row), 1)), draw)
    out = io.StringIO()
    csv.writer(out, delimiter=draw.choice(",,,,;\t|")).writerows(rows)
    return out.getvalue().encode()


def spoil_bytes(content: bytes, draw: random.Random) -> bytes:
    """Bytes put in, taken out or written over, and the end cut off."""
    for _ in range(draw.randint(1, 4)):
        at = draw.randrange(max(len(content), 1))
        old, new = draw.choice(GARBAGE), draw.choice(GARBAGE)
        content = draw.choice(
            (
                content[:at] + new + content[at:],
                content[:at] + new + content[at:],
                content[:at] + content[at + draw.randint(1, 80) :],
                content[: draw.choice([at, len(content)])],
                content.replace(old, new, draw.randint(1, 50)),
            )
        )
    return content


def spoil(text: str, draw: random.Random) -> bytes:
    content = spoil_cells(text, draw) if draw.random() < 0.7 else text.encode()
    return spoil_bytes(content, draw) if draw.random() < 0.5 or content == text.encode() else content


def outcome(path: Path) -> str:
    """What reading gave: "table", "sentence", or what is wrong with it."""
    try:
        table, faults = tables.read(path)
    except OshError as fault:
        said = str(fault)
        return "sentence" if path.name in said and "\n" not in said else f"not one line with the file's name: {said!r}"
    except Exception as fault:  # whatever it is: no input may give one
        return f"traceback: {fault!r}"
    well_formed(table, faults)
    return "table"


@pytest.mark.parametrize("block", range(10))
def test_a_spoilt_real_file_is_a_table_with_faults_or_one_sentence(tmp_path: Path, block: int) -> None:
    text = shared("ita_300a_rows/ita_300a_real_rows.csv").read_text(encoding="utf-8")
    spoilt_files_are_read(tmp_path, text, range(50 * block, 50 * block + 50))


def test_a_spoilt_made_up_file_is_a_table_with_faults_or_one_sentence(tmp_path: Path) -> None:
    rows = ({**FILED, "establishment_id": 400 + i, "total_hours_worked": 170_000 + i} for i in range(12))
    spoilt_files_are_read(tmp_path, filed(*rows), range(1000, 1040))


def test_a_spoilt_workbook_is_a_table_with_faults_or_one_sentence(tmp_path: Path) -> None:
    whole = workbook(tmp_path / "whole.xlsx", sheet_of(filed(FILED, SECOND)))
    with zipfile.ZipFile(whole) as parts:
        sheet = parts.read("xl/worksheets/sheet1.xml")
    path = tmp_path / "spoilt.xlsx"
    outcomes = {}
    for seed in range(40):
        draw = random.Random(seed)
        if seed % 2:
            path.write_bytes(spoil_bytes(whole.read_bytes(), draw))
        else:
            path.write_bytes(whole.read_bytes())
            values = re.findall(rb"<v>[^<]*</v>", sheet)
            spoilt = sheet.replace(draw.choice(values), draw.choice((b"<v>1E400</v>", b"<v>x</v>", b"<v></v>", b"")))
            edited(path, "xl/worksheets/sheet1.xml", lambda xml, spoilt=spoilt: spoilt.decode())
        outcomes[seed] = outcome(path)
    assert set(outcomes.values()) == {"table", "sentence"}, outcomes


def spoilt_files_are_read(folder: Path, text: str, seeds: range) -> None:
    path = folder / "spoilt.csv"
    outcomes = {}
    for seed in seeds:
        path.write_bytes(spoil(text, random.Random(seed)))
        outcomes[seed] = outcome(path)
    bad = {seed: what for seed, what in outcomes.items() if what not in ("table", "sentence")}
    assert not bad
    assert set(outcomes.values()) == {"table", "sentence"}
