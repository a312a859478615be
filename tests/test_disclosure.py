"""What disclosure control shows, hides and says of small tables that can be followed by hand."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest

from oshlib.disclosure import WHY, Published, Rules, memory, protect
from oshlib.errors import OshError


def table(*rows: tuple[Any, ...], columns: str = "unit_id year state hours cases") -> pd.DataFrame:
    return pd.DataFrame(list(rows), columns=columns.split())


def even(state: str, n: int, cases: int = 3, hours: float = 100_000.0, year: int = 2024) -> list[tuple[Any, ...]]:
    """Companies of one size: a group of them is safe from three on."""
    return [(f"{state}{i}", year, state, hours, cases) for i in range(n)]


def cell(found: Published, group: str, quantity: str, year: int = 2024) -> tuple[str, str]:
    c = found.cells
    line = c[(c["year"] == year) & (c["group"] == group) & (c["quantity"] == quantity)]
    assert len(line) == 1
    assert line["value"].isna().item() == (line["shown"].item() != "yes")
    return line["shown"].item(), line["why"].item()


def test_a_table_of_safe_cells_hides_nothing() -> None:
    found = protect(table(*even("A", 5), *even("B", 4), *even("C", 6)), [["state"]])
    assert set(found.cells["shown"]) == {"yes"}
    assert found.suppressed == 0
    total = found.cells[found.cells["group"] == ""].set_index("quantity")["value"]
    assert total.to_dict() == {"companies": 15, "hours": 1_500_000, "cases": 45}
    assert list(found.cells.columns) == ["year", "grouping", "group", "quantity", "value", "shown", "why"]


def test_one_hidden_cell_under_a_shown_total_takes_another_with_it() -> None:
    found = protect(table(*even("A", 5), *even("B", 2), *even("C", 6)), [["state"]])
    assert cell(found, "B", "hours") == ("hidden", "primary")
    assert cell(found, "A", "hours") == ("hidden", "complement")
    assert cell(found, "", "hours") == ("yes", "")
    assert cell(found, "C", "hours") == ("yes", "")


@pytest.mark.parametrize(
    ("hours", "shown"),
    [
        ((60, 30, 10), "yes"),  # exactly 60% passes, and 10 is 16.7% of 60
        ((61, 29, 10), "hidden"),
        ((60, 39, 1), "hidden"),  # the second knows the first within 1.7%
        ((100, 100, 15), "yes"),  # exactly 15% passes
        ((100, 100, 14.9), "hidden"),
        ((0, 0, 0), "hidden"),
        ((50, 50), "hidden"),
    ],
)
def test_the_rules_on_companies_at_their_limits(hours: tuple[float, ...], shown: str) -> None:
    found = protect(table(*[(str(i), 2024, "A", h, 4) for i, h in enumerate(hours)]), [])
    assert cell(found, "", "hours")[0] == shown


def test_why_says_nothing_that_would_tell_how_many_companies_there_are() -> None:
    two = protect(table(*even("A", 2)), [])
    uneven = protect(table(*even("A", 5), ("Z", 2024, "A", 5_000_000.0, 3)), [])
    assert cell(two, "", "companies") == cell(uneven, "", "companies") == ("hidden", "primary")
    assert set(two.cells["why"]) | {"small", "complement", "difference", ""} == set(WHY)


def test_where_the_total_fails_everything_is_hidden() -> None:
    found = protect(table(*even("A", 5), ("Z", 2024, "B", 5_000_000.0, 3)), [["state"]])
    assert set(found.cells["shown"]) == {"hidden"}
    assert found.cells["value"].isna().all()
    assert found.suppressed == 3


def test_small_counts_are_below_five_unless_one_company_could_tell() -> None:
    ones = table(
        ("a", 2024, "A", 1e5, 1), ("b", 2024, "A", 1e5, 1), ("c", 2024, "A", 1e5, 1), *even("B", 5), *even("C", 5)
    )
    assert cell(protect(ones, [["state"]]), "A", "cases") == ("<5", "small")
    none = table(*even("A", 4, cases=0), *even("B", 5), *even("C", 5))
    assert cell(protect(none, [["state"]]), "A", "cases") == ("<5", "small")
    two = table(
        ("a", 2024, "A", 1e5, 2), ("b", 2024, "A", 1e5, 0), ("c", 2024, "A", 1e5, 0), *even("B", 5), *even("C", 5)
    )
    assert cell(protect(two, [["state"]]), "A", "cases")[0] == "hidden"
    assert cell(protect(two, [["state"]]), "A", "hours") == ("yes", "")


@pytest.mark.parametrize("cases", [0, 8])
def test_two_small_counts_with_a_known_sum_are_not_left_solved(cases: int) -> None:
    rows = [(f"{g}{i}", 2024, g, 1e5, int(i < cases // 2)) for g in "AB" for i in range(6)]
    found = protect(table(*rows, *even("C", 6)), [["state"]])
    states = [cell(found, g, "cases")[0] for g in ("A", "B", "C", "")]
    assert states.count("hidden") == 1
    assert "<5" in states[:2]


def test_a_company_without_hours_or_cases_is_in_no_sum_and_counted_as_left_out() -> None:
    rows = table(*even("A", 5), *even("B", 5), ("x", 2024, "A", np.nan, 3), ("y", 2024, "B", 90_000.0, np.nan))
    found = protect(rows, [["state"]])
    assert found.left_out.to_dict("records") == [{"year": 2024, "quantity": "all", "companies": 2}]
    total = found.cells[found.cells["group"] == ""].set_index("quantity")["value"]
    assert total.to_dict() == {"companies": 10, "hours": 1_000_000, "cases": 30}


def test_details_and_sums_cover_those_that_have_them() -> None:
    rows = [(f"u{i}", 2024, "A", 1e5, 4, 2, 2, 10) for i in range(8)]
    rows += [(f"v{i}", 2024, "A", 1e5, 6, np.nan, np.nan, np.nan) for i in range(5)]
    found = protect(
        table(*rows, columns="unit_id year state hours cases falls others contacts"),
        [],
        ["falls", "others"],
        ["contacts"],
    )
    values = found.cells.set_index("quantity")["value"].to_dict()
    assert values == {"companies": 13, "hours": 1.3e6, "cases": 62, "falls": 16, "others": 16, "contacts": 80}
    assert found.left_out.to_dict("records") == [
        {"year": 2024, "quantity": "details", "companies": 5},
        {"year": 2024, "quantity": "contacts", "companies": 5},
    ]


def test_one_company_without_details_is_not_told_by_what_the_details_leave() -> None:
    rows = [(f"u{i}", 2024, "A", 1e5, 4, 2, 2) for i in range(8)] + [("v", 2024, "A", 1e5, 7, np.nan, np.nan)]
    found = protect(table(*rows, columns="unit_id year state hours cases falls others"), [], ["falls", "others"])
    assert "hidden" in {cell(found, "", q)[0] for q in ("cases", "falls", "others")}


def test_a_sum_of_too_few_companies_is_hidden() -> None:
    rows = [(f"u{i}", 2024, "A", 1e5, 4, 30 if i < 2 else np.nan) for i in range(8)]
    found = protect(table(*rows, columns="unit_id year state hours cases contacts"), [], sums=["contacts"])
    assert cell(found, "", "contacts") == ("hidden", "primary")


def test_a_blank_attribute_is_a_group_of_its_own() -> None:
    rows = table(*even("A", 5), *[(f"n{i}", 2024, None, 1e5, 3) for i in range(4)])
    found = protect(rows, [["state"], ["state", "year"]])
    assert cell(found, "not given", "companies") == ("yes", "")
    assert cell(found, "A / 2024", "companies") == ("yes", "")


def test_a_cell_that_one_company_joined_is_hidden_where_its_change_would_give_it_away() -> None:
    before = [*even("A", 6, year=2023), *even("B", 6, year=2023), *even("C", 6, year=2023)]
    after = [*even("A", 6), *even("B", 6), *even("C", 6), ("new", 2024, "A", 100_000.0, 3)]
    found = protect(table(*before, *after), [["state"]])
    assert cell(found, "A", "hours", 2023) == ("yes", "")
    assert cell(found, "A", "hours") == ("hidden", "difference")
    apart = protect(table(*after), [["state"]], earlier=protect(table(*before), [["state"]]).memory)
    assert cell(apart, "A", "hours") == ("hidden", "difference")
    assert cell(protect(table(*after), [["state"]]), "A", "hours") == ("yes", "")


def test_the_same_report_again_shows_the_same() -> None:
    rows = table(*even("A", 5), *even("B", 2), *even("C", 6))
    one = protect(rows, [["state"]])
    two = protect(rows, [["state"]], earlier=json.loads(json.dumps(one.memory)))
    pd.testing.assert_frame_equal(one.cells.drop(columns="why"), two.cells.drop(columns="why"))
    assert len(two.memory["reports"]) == 2


def test_order_of_rows_is_irrelevant_and_the_input_is_left_alone() -> None:
    rows = table(*even("A", 5), *even("B", 2), *even("C", 6))
    kept = rows.copy()
    shuffled = protect(rows.sample(frac=1, random_state=3), [["state"]])
    pd.testing.assert_frame_equal(shuffled.cells, protect(rows, [["state"]]).cells)
    pd.testing.assert_frame_equal(rows, kept)


def test_the_rule_is_a_sentence_with_its_own_figures() -> None:
    assert Rules(least_companies=4, most_share=0.5).sentence == (
        "A figure is shown only where at least 4 companies stand behind it, none of them has more than 50% of the "
        "hours or cases, and what is left without the two largest is at least 15% of the largest; counts below 5 are "
        "shown as <5; further figures are hidden until no hidden count can be worked out to a range below 3, nor "
        "anybody's hours to within 15%, from this report, an earlier one, or with one company's own figures."
    )


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (
            [("a", 2024, "A", 1.0, 1), ("a", 2024, "A", 2.0, 1)],
            "members: found a twice in 2024, expected one row a year",
        ),
        ([("a", 2024, "A", -1.0, 1)], "members: a in 2024: found hours -1.0, expected a number that is not negative"),
        ([("a", 2024, "A", 1.0, 1.5)], "members: a in 2024: found cases 1.5, expected a count"),
        ([(None, 2024, "A", 1.0, 1)], "members: row 0: found no unit_id or year, expected both"),
    ],
)
def test_what_cannot_be_summed_is_refused(rows: list[Any], message: str) -> None:
    with pytest.raises(OshError) as refused:
        protect(table(*rows), [["state"]])
    assert str(refused.value) == message


def test_details_that_do_not_add_up_and_columns_that_are_not_there_are_refused() -> None:
    rows = table(("a", 2024, "A", 1.0, 3, 1, 1), columns="unit_id year state hours cases falls others")
    with pytest.raises(OshError) as refused:
        protect(rows, [], ["falls", "others"])
    assert str(refused.value) == "members: a in 2024: found details that add up to 2, expected the 3 cases"
    with pytest.raises(OshError) as refused:
        protect(rows, [["region"]])
    assert str(refused.value) == (
        "members: found no column region, expected unit_id, year, state, hours, cases, falls, others"
    )
    with pytest.raises(OshError, match="expected the memory of an earlier report"):
        protect(rows, [], earlier={"version": memory.VERSION})
    with pytest.raises(OshError, match="found a memory of version 1, expected 2"):
        protect(rows, [], earlier={"version": 1})


@pytest.mark.parametrize(
    ("ends", "message"),
    [
        ((2.0, 3.0), "members: a in 2024: found hours 1.0, expected 2 to 3 as its limits say"),
        ((0.0, 0.5), "members: a in 2024: found hours 1.0, expected 0 to 0.5 as its limits say"),
        ((-1.0, np.nan), "members: a in 2024: found hours 1.0, expected -1 to inf as its limits say"),
    ],
)
def test_hours_outside_their_limits_are_refused(ends: tuple[float, float], message: str) -> None:
    rows = table(("a", 2024, "A", 1.0, 3, *ends), columns="unit_id year state hours cases low high")
    with pytest.raises(OshError) as refused:
        protect(rows, [], least="low", most="high")
    assert str(refused.value) == message
    with pytest.raises(OshError, match="found no column floor, expected"):
        protect(rows, [], least="floor")


def test_limits_that_say_nothing_change_nothing() -> None:
    rows = table(*even("A", 5), *even("B", 2), *even("C", 6)).assign(low=np.nan, high=np.nan)
    found = protect(rows, [["state"]], least="low", most="high")
    pd.testing.assert_frame_equal(found.cells, protect(rows, [["state"]]).cells)


@pytest.mark.parametrize("least", [True, False])
def test_hours_that_a_limit_would_tell_are_hidden_and_cases_stay(least: bool) -> None:
    """Three companies within a fifth of each other, near the least, or the most, of their size."""
    hours = (520_000.0, 600_000.0, 640_000.0) if least else (498_000.0, 450_000.0, 460_000.0)
    rows = table(*[(f"A{i}", 2024, "A", h, 4) for i, h in enumerate(hours)], *even("B", 9), *even("C", 9))
    rows["low"] = np.where(rows["state"] == "A", 500_000.0 if least else 200_000.0, np.nan)
    rows["high"] = np.where(rows["state"] == "A", np.nan if least else 500_000.0, np.nan)
    assert cell(protect(rows, [["state"]]), "A", "hours") == ("yes", "")
    found = protect(rows, [["state"]], least="low", most="high")
    assert cell(found, "A", "hours") == ("hidden", "primary")
    assert cell(found, "A", "cases") == ("yes", "")
    assert "hidden" in {cell(found, g, "hours")[0] for g in ("B", "C", "")}
    assert found.memory["reports"][0]["reasons"] == [[2024, "state", "A", "limits"]]
