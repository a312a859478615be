"""The lists as their pages show them: headline, draws, one establishment's page, real filings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from oshlib.cli import main
from oshlib.study import targeting as lists
from oshlib.targeting import LISTS, assign
from oshlib.targeting.record import checked, read

EXAMPLE = "data/example/establishments.csv"
Index = list[dict[str, Any]]


@pytest.fixture(scope="module")
def example() -> lists.Targeting:
    return lists.study(EXAMPLE)


def page_of(index: Index, name: str) -> dict[str, Any]:
    return next(e for e in index if e["name"] == f"targeting/{name}")


def test_the_headline_has_the_names_of_the_contract(index: Index, example: lists.Targeting) -> None:
    entry = page_of(index, "all-areas")
    found = entry["headline"]
    assert list(found["counts"]) == list(LISTS)
    assert found["counts"] == example.counts
    assert sum(found["counts"].values()) == entry["rows_used"] == 94
    for by_list in found["draws"].values():
        for draw in by_list.values():
            assert set(draw) == {"n", "selected", "rule", "seed", "frame_sha256"}
            assert len(draw["selected"]) == draw["n"]
    secondary = found["draws"]["Thistlewane (made up)"]["secondary"]
    assert (secondary["n"], secondary["seed"]) == (3, 1)
    assert entry["unit"] == ""


def test_the_draws_of_a_page_hold(reports: Path, index: Index, capsys: pytest.CaptureFixture[str]) -> None:
    page = reports / page_of(index, "all-areas")["html"]
    assert main(["verify-draw", str(page)]) == 0
    assert "6 draws, 6 hold, 0 differ" in capsys.readouterr().out
    table = read(page)
    assert all(not one.differences for one in checked(table))
    drawn = table[table["drawn"].astype(str).ne("")]
    assert set(drawn["list"]) == {"secondary", "tertiary"}


def test_the_page_of_one_establishment_names_nobody_who_was_drawn(reports: Path, index: Index) -> None:
    every = {i for d in page_of(index, "all-areas")["headline"]["draws"].values() for one in d.values()
             for i in one["selected"]}  # fmt: skip
    for entry in (e for e in index if e["notebook"] == "targeting" and e["unit_id"]):
        text = (reports / entry["html"]).read_text(encoding="utf-8")
        assert entry["headline"]["draws"] == {}
        others = every - {entry["unit_id"]}
        assert [i for i in sorted(others) if i in text] == [], entry["name"]


def test_what_an_establishment_can_do_depends_on_where_it_stands() -> None:
    leave = ("Leave the program", "primary_nonparticipant")
    expected = {
        "EST-01": [
            ("Join the program", "secondary"),
            ("Join the program and work with the state's consultation", "tertiary"),
        ],
        "EST-21": [leave],
        "EST-22": [leave, ("Decline the consultation", "primary_nonparticipant")],
        "EST-18": [],  # left once: the directive says nothing of joining again
    }
    award = ("Earn a VPP or SHARP award", "removed")
    for unit, levers in expected.items():
        assert lists.levers(lists.study(EXAMPLE, unit)) == [*levers, award], unit


def test_both_ways_of_giving_a_history_lead_to_the_same_lists(example: lists.Targeting) -> None:
    other = lists.study(EXAMPLE, inspections="data/example/inspections.csv")
    differ = example.table["list"].astype(str) != other.table["list"].astype(str)
    assert example.table.loc[differ, "unit_id"].tolist() == ["EST-34"], "its history is blank in the list alone"


def test_cautions_say_who_stands_where_by_rounding_alone_and_who_is_open(example: lists.Targeting) -> None:
    said = {c["code"]: c["text"] for c in example.cautions}
    assert said["EDGE_ROUNDING"].startswith("Sawmill 02 (made up) and Box Plant 03 (made up): on another list")
    assert said["UNEVALUATED"].endswith("Poultry Works 34 (made up) and Foundry 35 (made up).")
    exact = assign(lists.row_of(lists.study(EXAMPLE, "EST-02")), compare="absolute")
    assert exact["list"].astype(str).tolist() == ["not_listed"]


def test_the_lists_of_one_office_are_those_of_all(example: lists.Targeting) -> None:
    own = lists.study(EXAMPLE, area="Thistlewane (made up)")
    all_of_it = example.table[example.table["area"].eq("Thistlewane (made up)")]
    assert own.table["list"].astype(str).tolist() == all_of_it["list"].astype(str).tolist()
    mine = {(d.list, d.batch): d.draw.selected for d in own.draws}
    assert mine == {(d.list, d.batch): d.draw.selected for d in example.draws if d.area == "Thistlewane (made up)"}
