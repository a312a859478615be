"""Every rule of every layout: one row that breaks it, one that stands exactly at its limit and does not."""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from oshlib import lists, tables
from oshlib.checks import KINDS
from oshlib.values import PARSERS

Row = dict[str, Any]
LAYOUTS = tables.layouts()
ANNUAL = LAYOUTS["annual"]["columns"]
#: The caution codes that a fault can have in a report.
FLAGS = {"SUM_MISMATCH", "HOURS_ODD", "DUPLICATE", "REVISED"}
#: What may stand in a rule beside its id, kind, level, text and flag; and which of it names columns.
OPTIONS = {
    "equal": {"left", "right"},
    "at_most": {"left", "right", "strictly", "unless_zero"},
    "each_at_most": {"left", "right"},
    "needs": {"if", "then"},
    "filled": {"if", "then"},
    "not_before": {"column", "date"},
    "unless_says": {"column", "unless", "says"},
    "ratio": {"of", "per", "least", "most", "below", "unless_above", "by_month"},
    "range": {"column", "least", "most", "unless_above"},
    "one_of": {"column", "values"},
    "unlike": {"column", "pattern"},
    "all_or_none": {"columns"},
    "present": {"columns", "unless", "spared"},
    "says_some": {"column", "some", "none", "cases"},
    "rate": {"printed", "cases", "hours", "base", "decimals"},
    "projection": {"projected", "printed", "cases", "hours", "base", "decimals", "agrees_with"},
    "rate_below": {"cases", "hours", "base", "decimals", "least", "below"},
    "children": {"columns", "same"},
    "some_filled": {"if", "then"},
    "equal_to_one": {"left", "right"},
    # of lists only
    "in_order": {"left", "right"},
    "in_year": {"column", "year"},
    "where": {"column", "where", "says", "zero"},
    "sum_at_most": {"columns", "most"},
    "written": {"column"},
    "alike": {"column", "by"},
    "one_id": {"column", "id_column", "same"},
}
NAMING = (
    "left", "right", "if", "then", "of", "per", "column", "columns", "unless", "cases", "printed", "projected", "hours",
    "same", "spared", "year", "where", "by", "id_column",
)  # fmt: skip

#: A sound row of each layout. Every row below is one of these with something changed.
SOUND: dict[str, Row] = {
    "annual": {
        "unit": "Larch Works (made up)", "unit_id": "L1", "year": 2020, "year_type": "CY", "months": 12,
        "hours": 200_000, "employees": 100, "deaths": 0, "dafw_cases": 2, "djtr_cases": 1, "other_cases": 1,
        "recordable_cases": 4, "lost_time_cases": 2, "dafw_days": 20, "djtr_days": 9,
    },
    "ita_300a": {
        "unit": "Larch Street (made up)", "unit_id": "L1", "year": 2020, "employees": 100, "hours": 200_000,
        "deaths": 0, "dafw_cases": 2, "djtr_cases": 1, "other_cases": 1, "dafw_days": 20, "djtr_days": 9,
        "no_injuries_illnesses": 1, "total_injuries": 4, "total_skin_disorders": 0,
        "total_respiratory_conditions": 0, "total_poisonings": 0, "total_hearing_loss": 0,
        "total_other_illnesses": 0, "street_address": "1 Larch Street", "naics": "327320",
    },
    "company_year": {
        "unit": "Larch Group (made up)", "unit_id": "L1", "year": 2020, "hours": 200_000, "recordable_cases": 4,
        "trir": 4.0,
    },
    "federal": {
        "unit": "Bureau of Larch (made up)", "unit_id": "L1", "year": 2008, "months": 6, "employees": 1000,
        "recordable_cases": 20, "lost_time_cases": 10, "deaths": 1, "tcr": 2.0, "ltcr": 1.0, "projected_tcr": 4.0,
        "projected_ltcr": 2.0,
    },
    "navy_command": {
        "unit": "Larch Depot (made up)", "unit_id": "L1", "year": 2020, "military_strength": 50,
        "civilian_hours": 100_000, "recordable_cases": 4, "lost_time_cases": 2, "first_aid_cases": 6, "deaths": 0,
    },
    "establishments": {
        "unit": "Larch Foundry (made up)", "unit_id": "L1", "year": 1996, "area": "Larch Valley (made up)",
        "hours": 200_000, "employees": 100, "firm_workers": 300, "dart_cases": 14, "sic": "3321", "responded": "yes",
        "visit_cases": 12, "visit_hours": 190_000, "vpp_sharp": "no", "last_comprehensive": "1994-05-03",
        "history_from": "1993-01-01", "fatal_causal": 0, "willful": 0, "repeat": 1, "serious": 2, "union": "yes",
        "notified": "1997-12-05", "joined": "yes", "agreement_received": "1998-01-05", "note": "made up",
    },
    "application": {
        "unit": "Larch Concrete (made up)", "unit_id": "L1", "year": 2024, "hours": 200_000, "employees": 100,
        "deaths": 0, "dafw_cases": 2, "djtr_cases": 1, "other_cases": 1, "dafw_days": 20, "djtr_days": 9,
        "injuries": 3, "skin_disorders": 1, "respiratory": 0, "poisonings": 0, "hearing_loss": 0,
        "other_illnesses": 0, "loss_ratio": 0.8, "same_level_falls": 1, "different_level_falls": 0, "struck_by": 1,
        "strains_sprains": 1, "other_incidents": 1, "holders_10": 5, "holders_10_any": 8, "holders_30": 2, "plants": 4,
        "state": "OH", "sic": "3273",
    },
}  # fmt: skip
NONE = {"deaths": 0, "dafw_cases": 0, "djtr_cases": 0, "other_cases": 0, "recordable_cases": 0, "lost_time_cases": 0}
NO_ITA_CASE = {"dafw_cases": 0, "djtr_cases": 0, "other_cases": 0, "dafw_days": 0, "djtr_days": 0, "total_injuries": 0}
BLANK = ""


@dataclass(frozen=True)
class Broken:
    """A change that breaks a rule: the column, value and sentence of the fault, and the columns left blank by it."""

    change: Row
    column: str
    value: str
    text: str
    struck: tuple[str, ...] = ()
    others: tuple[Row, ...] = ()


@dataclass(frozen=True)
class Case:
    """What breaks a rule, and what does not though it comes as near as can be."""

    layout: str
    broken: list[Broken]
    sound: list[Row | tuple[Row, ...]] = field(default_factory=list)


PARTS = ("deaths", "dafw_cases", "djtr_cases", "other_cases")
TOTAL = (*PARTS, "recordable_cases")
CHILD = {"unit": "Larch Mill (made up)", "unit_id": "L2", "parent": "L1"}
SIBLING = {**CHILD, "unit": "Larch Yard (made up)", "unit_id": "L3"}
HALF = {"dafw_cases": 1, "djtr_cases": 1, "other_cases": 0, "recordable_cases": 2, "lost_time_cases": 1}
HALF |= {"hours": 100_000, "employees": 50}
OTHER_HALF = {**HALF, "djtr_cases": 0, "other_cases": 1}

HISTORY = ("fatal_causal", "willful", "repeat", "serious")
AGENCY_PART = {
    **CHILD, "employees": 500, "recordable_cases": 10, "lost_time_cases": 5, "deaths": 0,
    **dict.fromkeys(("tcr", "ltcr", "projected_tcr", "projected_ltcr"), BLANK),
}  # fmt: skip
POST = {"employees": 605_089, "months": 3}  # the Postal Service in the first quarter of 2013
NO_TCR = {"recordable_cases": 14_891, "tcr": BLANK, "projected_tcr": BLANK}
NO_LTCR = {"lost_time_cases": 0, "ltcr": BLANK, "projected_ltcr": BLANK}

CASES: dict[str, Case] = {
    # The annual table
    "parts-add-up": Case(
        "annual",
        [
            Broken(
                {"recordable_cases": 5},
                "deaths", "4", "the four kinds of case add up to 4, the total says 5", TOTAL,
            ),
            Broken(
                {"deaths": 1},
                "deaths", "5", "the four kinds of case add up to 5, the total says 4", TOTAL,
            ),
            Broken(
                {"other_cases": 2001, "recordable_cases": 2000},
                "deaths", "2,004", "the four kinds of case add up to 2,004, the total says 2,000", TOTAL,
            ),
        ],
        [{}, {"deaths": 1, "recordable_cases": 5}, {"recordable_cases": BLANK}, {"deaths": BLANK}, NONE],
    ),
    "away-and-restricted-add-up": Case(
        "annual",
        [
            Broken(
                {"dart_cases": 4},
                "dafw_cases", "3", "days-away and restricted cases add up to 3, the two together are given as 4",
                ("dafw_cases", "djtr_cases", "dart_cases"),
            ),
            Broken(
                {"dart_cases": 2},
                "dafw_cases", "3", "days-away and restricted cases add up to 3, the two together are given as 2",
                ("dafw_cases", "djtr_cases", "dart_cases"),
            ),
        ],
        [{}, {"dart_cases": 3}, {"dart_cases": 4, "dafw_cases": BLANK}, {**NONE, "dart_cases": 0}],
    ),
    "parts-within-lost-workday": Case(
        "annual",
        [
            Broken(
                {"dart_cases": 2, "dafw_cases": 3, "djtr_cases": BLANK},
                "dafw_cases", "3", "one kind counts 3 cases, days-away and restricted together are given as 2",
                ("dafw_cases", "djtr_cases", "dart_cases"),
            )
        ],
        [
            {"dart_cases": 3},
            {"dart_cases": 4, "dafw_cases": 4, "djtr_cases": BLANK},
            {"dafw_cases": 3, "djtr_cases": BLANK, "dart_cases": BLANK},
        ],
    ),
    "lost-workday-within-total": Case(
        "annual",
        [
            Broken(
                {"dart_cases": 5, "dafw_cases": BLANK, "lost_time_cases": BLANK},
                "dart_cases", "5", "5 days-away and restricted cases cannot be part of 4 recordable cases",
                ("dart_cases", "recordable_cases"),
            )
        ],
        [
            {"dart_cases": 3},
            {"dart_cases": 4, "dafw_cases": BLANK},
            {"dart_cases": 5, "dafw_cases": BLANK, "recordable_cases": BLANK},
            {**NONE, "dart_cases": 0},
        ],
    ),
    "lost-time-within-total": Case(
        "annual",
        [
            Broken(
                {"lost_time_cases": 5},
                "lost_time_cases", "5", "5 lost-time cases cannot be part of 4 recordable cases",
                ("lost_time_cases", "recordable_cases"),
            )
        ],
        [{"lost_time_cases": 4}, {"lost_time_cases": BLANK}, NONE],
    ),
    "days-away-within-lost-time": Case(
        "annual",
        [
            Broken(
                {"lost_time_cases": 1},
                "dafw_cases", "2", "2 days-away cases cannot be part of 1 lost-time cases",
                ("dafw_cases", "lost_time_cases"),
            )
        ],
        [{"lost_time_cases": 2}, {"lost_time_cases": 3}, {"lost_time_cases": BLANK}, {"dafw_cases": BLANK}],
    ),
    "kinds-within-total": Case(
        "annual",
        [
            Broken(
                {"djtr_cases": 5, "other_cases": BLANK},
                "deaths", "5", "one kind counts 5 cases, the total of all kinds says 4", TOTAL,
            )
        ],
        [{"djtr_cases": 4, "other_cases": BLANK}, {"djtr_cases": 5}, {"djtr_cases": 5, "recordable_cases": BLANK}],
    ),
    "hours-per-employee-max": Case(
        "annual",
        [
            Broken(
                {"hours": 876_000},
                "hours", "8,760", "8,760 hours per employee; a year has 8,760", ("hours", "employees"),
            ),
            Broken(
                {"hours": 901_000},
                "hours", "9,010", "9,010 hours per employee; a year has 8,760", ("hours", "employees"),
            ),
            Broken(
                {"hours": 8760, "employees": 1},
                "hours", "8,760", "8,760 hours per employee; a year has 8,760", ("hours", "employees"),
            ),
        ],
        [{"hours": 875_999}, {"hours": 8759, "employees": 1}, {"employees": 0}, {"employees": BLANK}],
    ),
    "hours-per-employee-odd": Case(
        "annual",
        [
            Broken(
                {"hours": 49_900},
                "hours", "499", "499 h per employee: check (500 to 3,500 a year is usual)",
            ),
            Broken(
                {"hours": 350_100},
                "hours", "3,501", "3,501 h per employee: check (500 to 3,500 a year is usual)",
            ),
            Broken(
                {"hours": 87_600, "months": 3},
                "hours", "876", "876 h per employee: check (500 to 3,500 a year is usual)",
            ),
            Broken(
                {"hours": 12_400, "months": 3},
                "hours", "124", "124 h per employee: check (500 to 3,500 a year is usual)",
            ),
        ],
        [
            {"hours": 50_000},
            {"hours": 350_000},
            {"hours": 876_000},  # an error, not odd
            {"hours": 87_500, "months": 3},
            {"hours": 12_500, "months": 3},
            {"hours": 200_000, "months": BLANK},
            {**NONE, "hours": 0},
            {"employees": BLANK},
        ],
    ),
    "cases-without-hours": Case(
        "annual",
        [
            Broken({"hours": 0}, "hours", "4", "4 cases and no hour worked", ("hours",)),
            Broken({**NONE, "hours": 0, "deaths": 1, "recordable_cases": 1}, "hours", "1", "1 cases and no hour worked",
                   ("hours",)),
            Broken({**dict.fromkeys(NONE, BLANK), "hours": 0, "dart_cases": 3}, "hours", "3",
                   "3 cases and no hour worked", ("hours",)),
        ],
        [{"hours": 1}, {"hours": BLANK}, {**NONE, "hours": 0}],
    ),
    "months-in-year": Case(
        "annual",
        [
            Broken({"months": 13}, "months", "13", "13 months; expected 1 to 12", ("months",)),
            Broken({"months": 12.5}, "months", "12.5", "12.5 months; expected 1 to 12", ("months",)),
            Broken({"months": 0}, "months", "0", "0 months; expected 1 to 12", ("months",)),
            Broken({"months": 0.24}, "months", "0.24", "0.24 months; expected 1 to 12", ("months",)),
        ],
        [{"months": 12}, {"months": 1}, {"months": 0.25}, {"months": BLANK}],
    ),
    "year-type": Case(
        "annual",
        [
            Broken({"year_type": "fiscal"}, "year_type", "fiscal", "year type 'fiscal'; expected CY or FY"),
            Broken({"year_type": "cy"}, "year_type", "cy", "year type 'cy'; expected CY or FY"),
        ],
        [{"year_type": "CY"}, {"year_type": "FY"}, {"year_type": BLANK}],
    ),
    "partly-blank": Case(
        "annual",
        [
            Broken(
                {name: BLANK},
                name, "", "blank is not zero: measures that need this number are not determinable",
            )
            for name in PARTS
        ],
        [{}, dict.fromkeys(PARTS, BLANK), NONE],
    ),
    "hours-blank": Case(
        "annual",
        [Broken({"hours": BLANK}, "hours", "", "no hours, no rate: the year is not determinable")],
        [{**NONE, "hours": 0}, {"hours": BLANK, "military_strength": 10, "civilian_hours": 180_000}],
    ),
    "children-add-up": Case(
        "annual",
        [
            Broken(
                {}, "recordable_cases", "2", "the parts of this unit add up to 2, the unit itself says 4", (),
                ({**CHILD, **HALF},),
            ),
            Broken(
                {}, "hours", "200,001", "the parts of this unit add up to 200,001, the unit itself says 200,000", (),
                ({**CHILD, **HALF}, {**SIBLING, **OTHER_HALF, "hours": 100_001}),
            ),
            Broken(
                {}, "dafw_cases", "3", "the parts of this unit add up to 3, the unit itself says 2", (),
                ({**CHILD, **HALF, "dafw_cases": 2, "djtr_cases": 0, "lost_time_cases": 2}, {**SIBLING, **OTHER_HALF}),
            ),
            Broken(
                {}, "lost_time_cases", "3", "the parts of this unit add up to 3, the unit itself says 2", (),
                ({**CHILD, **HALF, "lost_time_cases": 2}, {**SIBLING, **OTHER_HALF}),
            ),
            Broken(
                {}, "recordable_cases", "2", "the parts of this unit add up to 2, the unit itself says 4", (),
                ({**CHILD, **HALF, "parent": "Larch Works (made up)"},),
            ),
            Broken(
                {"recordable_cases": BLANK},
                "recordable_cases", "5", "the parts of this unit add up to 5, the unit itself says 4", (),
                ({**CHILD, "other_cases": 2, "recordable_cases": BLANK},),
            ),
        ],
        [
            ({}, {**CHILD, **HALF}, {**SIBLING, **OTHER_HALF}),
            ({}, {**CHILD, **HALF, "year": 2021}),
            ({}, {**CHILD, **HALF, **dict.fromkeys((*TOTAL, "hours"), BLANK)}, {**SIBLING, **HALF}),
            ({"parent": "L1"},),
            ({"parent": "Larch Works (made up)"},),
            ({}, {**CHILD, **HALF, "parent": "nobody"}),
        ],
    ),
    # The OSHA files
    "sum-injury-types-equals-sum-cases": Case(
        "ita_300a",
        [
            Broken({"total_injuries": 3}, "total_injuries", "3", "M1 to M6 add up to 3, G to J to 4", PARTS),
            Broken({"total_other_illnesses": 1}, "total_injuries", "5", "M1 to M6 add up to 5, G to J to 4", PARTS),
            Broken({"deaths": 1}, "total_injuries", "4", "M1 to M6 add up to 4, G to J to 5", PARTS),
        ],
        [{}, {"total_injuries": 3, "total_poisonings": 1}, {"total_injuries": BLANK}, {"other_cases": BLANK}],
    ),
    "employees-greater-than-cases": Case(
        "ita_300a",
        [
            Broken(
                {"employees": 4, "hours": 8000},
                "deaths", "4", "4 cases among 4 employees; OSHA expects fewer cases than employees",
                (*PARTS, "employees"),
            ),
            Broken(
                {"employees": 3, "hours": 8000},
                "deaths", "4", "4 cases among 3 employees; OSHA expects fewer cases than employees",
                (*PARTS, "employees"),
            ),
            Broken(
                {"employees": 0},
                "deaths", "4", "4 cases among 0 employees; OSHA expects fewer cases than employees",
                (*PARTS, "employees"),
            ),
        ],
        [
            {"employees": 5, "hours": 8000},
            {**NO_ITA_CASE, "no_injuries_illnesses": 2, "employees": 0, "hours": 0},
            {"employees": BLANK},
            {"other_cases": BLANK, "employees": 3},
        ],
    ),
    "cases-away-require-days-away": Case(
        "ita_300a",
        [
            Broken(
                {"dafw_days": 0},
                "dafw_cases", "2", "2 days-away cases and no day away", ("dafw_cases", "dafw_days"),
            )
        ],
        [{"dafw_days": 2}, {"dafw_days": BLANK}, {"dafw_cases": 0, "other_cases": 3, "dafw_days": 0}],
    ),
    "days-away-require-cases-away": Case(
        "ita_300a",
        [
            Broken(
                {"dafw_cases": 0, "other_cases": 3, "dafw_days": 1},
                "dafw_days", "1", "1 days away and no days-away case", ("dafw_days", "dafw_cases"),
            )
        ],
        [
            {"dafw_cases": 1, "other_cases": 2, "dafw_days": 1},
            {"dafw_cases": BLANK},
            {"dafw_cases": 0, "other_cases": 3, "dafw_days": 0},
        ],
    ),
    "days-away-exceed-cases-away": Case(
        "ita_300a",
        [
            Broken(
                {"dafw_days": 1},
                "dafw_cases", "2", "2 days-away cases with 1 days away; each case has at least one",
                ("dafw_cases", "dafw_days"),
            )
        ],
        [{"dafw_days": 2}, {"dafw_days": 0}, {"dafw_days": BLANK}],  # none at all is the rule above
    ),
    "transfer-cases-require-transfer-days": Case(
        "ita_300a",
        [
            Broken(
                {"djtr_days": 0},
                "djtr_cases", "1", "1 transfer or restriction cases and no such day", ("djtr_cases", "djtr_days"),
            )
        ],
        [{"djtr_days": 1}, {"djtr_days": BLANK}, {"djtr_cases": 0, "other_cases": 2, "djtr_days": 0}],
    ),
    "transfer-days-require-cases": Case(
        "ita_300a",
        [
            Broken(
                {**NO_ITA_CASE, "other_cases": 4, "total_injuries": 4, "djtr_days": 1},
                "djtr_days", "1", "1 days of transfer or restriction and no case that could have them",
                ("djtr_days", "dafw_cases", "djtr_cases"),
            )
        ],
        [
            {"djtr_cases": 0, "other_cases": 2},
            {"dafw_cases": 0, "dafw_days": 0, "other_cases": 3},
            {"djtr_cases": BLANK, "dafw_cases": 0, "dafw_days": 0},
            {**NO_ITA_CASE, "other_cases": 4, "total_injuries": 4},
        ],
    ),
    "yes-no-flag": Case(
        "ita_300a",
        [
            Broken(
                {"no_injuries_illnesses": 2},
                "no_injuries_illnesses", "2", "the form says 2 (1 had cases, 2 had none), the counts say 4 cases",
                PARTS,
            ),
            Broken(
                NO_ITA_CASE,
                "no_injuries_illnesses", "1", "the form says 1 (1 had cases, 2 had none), the counts say 0 cases",
                PARTS,
            ),
        ],
        [
            {},
            {**NO_ITA_CASE, "no_injuries_illnesses": 2},
            {**NO_ITA_CASE, "other_cases": 1, "total_injuries": 1},
            {"no_injuries_illnesses": BLANK},
            {"no_injuries_illnesses": 2, "other_cases": BLANK},
        ],
    ),
    "year-min": Case(
        "ita_300a",
        [
            Broken({"year": 2015}, "year", "2015", "year 2015; the ITA began with 2016", tables.STRUCK),
            Broken({"year": 1999}, "year", "1999", "year 1999; the ITA began with 2016", tables.STRUCK),
        ],
        [{"year": 2016}],
    ),
    "employees-max": Case(
        "ita_300a",
        [
            Broken(
                {"employees": 25_000, "hours": 50_000_000},
                "employees", "25,000", "25,000 employees in one establishment: check",
            )
        ],
        [{"employees": 24_999, "hours": 50_000_000}, {"employees": BLANK}],
    ),
    "no-po-box": Case(
        "ita_300a",
        [
            Broken(
                {"street_address": address},
                "street_address", address, "an establishment is a place; a post office box is none",
            )
            for address in ("PO Box 12", "P.O. Box 12", "p. o. box 12", "POB 822440", "Rear, P O BOX 7", "P.O.B. 12")
        ],
        [
            {"street_address": address}
            for address in (BLANK, "1 Larch Street", "12 Pobble Lane", "Box Canyon Road", "Depot Boxwood 1", "Apo Bend")
        ],
    ),
    # The company-year table
    "rate-as-published": Case(
        "company_year",
        [
            Broken({"trir": 4.01}, "trir", "4.00", "published rate 4.01, counts and hours give 4.00"),
            Broken({"trir": 3.99}, "trir", "4.00", "published rate 3.99, counts and hours give 4.00"),
            Broken(
                {"hours": 199_700, "trir": 4.0},
                "trir", "4.01", "published rate 4, counts and hours give 4.01",
            ),
        ],
        [
            {},
            {"trir": BLANK},
            {"hours": 166_345, "trir": 4.81},  # 4.8093...
            {"hours": 160_000, "recordable_cases": 1, "trir": 1.25},
            {"hours": 32_000_000, "recordable_cases": 1, "trir": 0.01},  # 0.00625
            {"hours": 1_600_000, "recordable_cases": 1, "trir": 0.13},  # 0.125: half a unit either way
            {"hours": 1_600_000, "recordable_cases": 1, "trir": 0.12},
            {"hours": 0, "recordable_cases": 0, "trir": 4},
        ],
    ),
    "hours-of-a-million-people": Case(
        "company_year",
        [
            Broken(
                {"hours": 4_000_000_001, "trir": BLANK},
                "hours", "4,000,000,001",
                "4,000,000,001 hours are the work of more people than any company employs", ("hours",),
            )
        ],
        [{"hours": 4_000_000_000, "trir": BLANK}],
    ),
    "hours-beyond-belief": Case(
        "company_year",
        [
            Broken(
                {"hours": 100_000_000, "recordable_cases": 74, "trir": BLANK},
                "hours", "0.1480",
                "100,000,000 hours and 74 cases: 0.1480 per 200,000 h is too low to be believed; "
                "set aside from benchmarks",
            ),
            Broken(
                {"hours": 2_119_008_576, "recordable_cases": 3, "trir": BLANK},
                "hours", "0.0003",
                "2,119,008,576 hours and 3 cases: 0.0003 per 200,000 h is too low to be believed; "
                "set aside from benchmarks",
            ),
            Broken(
                {"hours": 100_000_000, "recordable_cases": 0, "trir": BLANK},
                "hours", "0.0000",
                "100,000,000 hours and 0 cases: 0.0000 per 200,000 h is too low to be believed; "
                "set aside from benchmarks",
            ),
        ],
        [
            {"hours": 99_999_999, "recordable_cases": 0, "trir": BLANK},
            {"hours": 100_000_000, "recordable_cases": 75, "trir": BLANK},  # exactly 0.15
            {"hours": 100_000_000, "recordable_cases": BLANK, "trir": BLANK},
        ],
    ),
    "hours-of-a-giant": Case(
        "company_year",
        [
            Broken(
                {"hours": hours, "recordable_cases": 4000, "trir": BLANK},
                "hours", f"{hours:,}", f"{hours:,} hours are the work of more than 100,000 people: check",
            )
            for hours in (200_000_001, 3_999_999_999)
        ],
        [{"hours": 200_000_000, "trir": BLANK}, {"hours": 4_000_000_001, "trir": BLANK}],
    ),
    # The federal tables
    "tcr-as-printed": Case(
        "federal",
        [
            Broken(
                {"tcr": 2.01},
                "recordable_cases", "2.00",
                "printed total case rate 2.01, cases and employees give 2.00: the count is in doubt",
                ("recordable_cases",),
            ),
            Broken(
                {"employees": 605_089, "recordable_cases": 10_650, "tcr": 1.75, "projected_tcr": 7.04, **NO_LTCR},
                "recordable_cases", "1.76",
                "printed total case rate 1.75, cases and employees give 1.76: the count is in doubt",
                ("recordable_cases",),
            ),
        ],
        [{}, {"tcr": BLANK}, {"employees": 16_000, "recordable_cases": 20, "tcr": 0.13, "projected_tcr": 0.25,
                              **NO_LTCR}],
    ),
    "ltcr-as-printed": Case(
        "federal",
        [
            Broken(
                {"ltcr": 0.99},
                "lost_time_cases", "1.00",
                "printed lost-time case rate 0.99, cases and employees give 1.00: the count is in doubt",
                ("lost_time_cases",),
            )
        ],
        [{}, {"ltcr": BLANK}, {"lost_time_cases": BLANK}],
    ),
    "projected-tcr-from-rounded": Case(
        "federal",
        [
            Broken(
                {**POST, "recordable_cases": 10_616, "tcr": 1.75, "projected_tcr": 7.0, **NO_LTCR},
                "projected_tcr", "7.00",
                "the projection 7.00 multiplies the rounded printed rate; cases and employees give 7.02",
            ),
            Broken(
                {**POST, "recordable_cases": 10_616, "tcr": BLANK, "projected_tcr": 7.0, **NO_LTCR},
                "projected_tcr", "7.00",
                "the projection 7.00 multiplies the rounded printed rate; cases and employees give 7.02",
            ),
        ],
        [
            {**POST, "recordable_cases": 10_616, "tcr": 1.75, "projected_tcr": 7.02, **NO_LTCR},
            {**POST, "recordable_cases": 10_616, "tcr": 1.75, "projected_tcr": 7.01, **NO_LTCR},
            {"projected_tcr": BLANK},
        ],
    ),
    "projected-ltcr-from-rounded": Case(
        "federal",
        [
            Broken(
                {**POST, "lost_time_cases": 5287, "ltcr": 0.87, "projected_ltcr": 3.48, **NO_TCR},
                "projected_ltcr", "3.48",
                "the projection 3.48 multiplies the rounded printed rate; cases and employees give 3.50",
            )
        ],
        [
            {**POST, "lost_time_cases": 5287, "ltcr": 0.87, "projected_ltcr": 3.50, **NO_TCR},
            # FY2004 third quarter, Postal Service: from the counts, in the same series.
            {"employees": 781_735, "months": 9, "lost_time_cases": 14_891, "ltcr": 1.90, "projected_ltcr": 2.54,
             **NO_TCR},
        ],
    ),
    "projected-tcr-from-neither": Case(
        "federal",
        [
            Broken(
                {**POST, "recordable_cases": 10_616, "tcr": 1.75, "projected_tcr": 7.01, **NO_LTCR},
                "projected_tcr", "7.00",
                "the projection 7.01 agrees with neither: cases and employees give 7.02, the rounded printed rate 7.00",
            )
        ],
        [{}, {"projected_tcr": BLANK}, {"recordable_cases": BLANK, "tcr": BLANK}],
    ),
    "projected-ltcr-from-neither": Case(
        "federal",
        [
            Broken(
                {"projected_ltcr": 2.01},
                "projected_ltcr", "2.00",
                "the projection 2.01 agrees with neither: cases and employees give 2.00, the rounded printed rate 2.00",
            )
        ],
        [{}, {"months": 12, "projected_tcr": 2.0, "projected_ltcr": 1.0}],
    ),
    "cases-without-employees": Case(
        "federal",
        [Broken({"employees": 0}, "employees", "20", "20 cases and no employee", ("employees",))],
        [
            {"employees": 1, "tcr": 2000, "projected_tcr": 4000, "ltcr": 1000, "projected_ltcr": 2000},
            {"employees": BLANK},
            {"employees": 0, "recordable_cases": 0, "lost_time_cases": 0, "deaths": 0},
        ],
    ),
    "agency-parts-add-up": Case(
        "federal",
        [
            Broken(
                {}, "recordable_cases", "19", "the parts of this unit add up to 19, the unit itself says 20", (),
                ({**AGENCY_PART, "recordable_cases": 9}, {**AGENCY_PART, "unit_id": "L3"}),
            ),
            Broken(
                {}, "lost_time_cases", "11", "the parts of this unit add up to 11, the unit itself says 10", (),
                ({**AGENCY_PART, "lost_time_cases": 6}, {**AGENCY_PART, "unit_id": "L3"}),
            ),
            Broken(
                {}, "employees", "1,001", "the parts of this unit add up to 1,001, the unit itself says 1,000", (),
                ({**AGENCY_PART, "employees": 501}, {**AGENCY_PART, "unit_id": "L3"}),
            ),
        ],
        [
            ({}, AGENCY_PART, {**AGENCY_PART, "unit_id": "L3"}),
            # Two periods of one year, each with its own parts.
            (
                {}, AGENCY_PART, {**AGENCY_PART, "unit_id": "L3"},
                {"months": 3, "recordable_cases": 8, "lost_time_cases": 4, "tcr": BLANK, "ltcr": BLANK,
                 "projected_tcr": BLANK, "projected_ltcr": BLANK},
                {**AGENCY_PART, "months": 3, "recordable_cases": 4, "lost_time_cases": 2},
                {**AGENCY_PART, "unit_id": "L3", "months": 3, "recordable_cases": 4, "lost_time_cases": 2},
            ),
            ({}, {**AGENCY_PART, "months": 3}),
        ],
    ),
    # The commands
    "cases-without-people": Case(
        "navy_command",
        [
            Broken(
                {"military_strength": 0, "civilian_hours": 0},
                "military_strength", "6", "6 cases, and neither military strength nor civilian hours",
                ("military_strength", "civilian_hours"),
            )
        ],
        [
            {"military_strength": 0},
            {"civilian_hours": 0},
            {"military_strength": 0, "civilian_hours": BLANK},
            {"military_strength": 0, "civilian_hours": 0, "recordable_cases": 0, "lost_time_cases": 0,
             "first_aid_cases": 0},
        ],
    ),
    # The establishments of an area office
    "lost-workday-cases-without-hours": Case(
        "establishments",
        [
            Broken({"hours": BLANK}, "hours", "14", "14 lost-workday cases and no hours: there is no rate", ("hours",)),
            Broken(
                {"hours": BLANK, "dart_cases": BLANK, "djtr_cases": 2},
                "hours", "2", "2 lost-workday cases and no hours: there is no rate", ("hours",),
            ),
        ],
        [{"hours": 1}, {"hours": 0}, {"hours": BLANK, "dart_cases": 0}, {"hours": BLANK, "dart_cases": BLANK}],
    ),
    "hours-not-given": Case(
        "establishments",
        [
            Broken(
                {"hours": BLANK, "dart_cases": answer, "responded": word},
                "hours", "", "no hours, no rate: its list cannot be determined",
            )
            for answer, word in ((BLANK, "yes"), (BLANK, BLANK), (0, "yes"))
        ],
        [{"hours": 0}, {"hours": BLANK, "dart_cases": BLANK, "responded": "no"}],
    ),
    "site-within-firm": Case(
        "establishments",
        [
            Broken(
                {"firm_workers": 99},
                "employees", "100", "100 workers at the site, 99 in the whole firm; expected at least as many",
                ("employees", "firm_workers"),
            )
        ],
        [{"firm_workers": 100}, {"firm_workers": BLANK}, {"employees": BLANK, "firm_workers": 1}],
    ),
    "sic-exists": Case(
        "establishments",
        [
            Broken(
                {"sic": sic},
                "sic", sic, f"the 1987 manual has no industry {sic!r}; expected four digits such as 2421", ("sic",),
            )
            for sic in ("ABCD", "24-1", "0000", "0399", "0610", "1100", "1800", "6600", "6900", "7100", "7400", "7700",
                        "8500", "9000", "9800")
        ],
        # Its major group exists: finer than that it is not looked up, and groups may be written with zeros.
        [{"sic": sic} for sic in ("0199", "0783", "0971", "1021", "1799", "2011", "3999", "4220", "5999", "6011",
                                  "6799", "7011", "8050", "8999", "9111", "9721", "9900", "9999", BLANK)],
    ),
    "joined-before-the-program": Case(
        "establishments",
        [
            Broken(
                {"agreement_received": "1997-11-24"},
                "agreement_received", "1997-11-24",
                "an agreement of 1997-11-24, before the program began on 1997-11-25",
                ("agreement_received",),
            )
        ],
        [{"agreement_received": "1997-11-25"}, {"agreement_received": BLANK}],
    ),
    "joined-and-declined": Case(
        "establishments",
        [
            Broken(
                {"joined": "no"},
                "agreement_received", "1998-01-05", "an agreement came in on 1998-01-05, and joined says no",
                ("agreement_received", "joined"),
            )
        ],
        [{}, {"joined": "no", "agreement_received": BLANK}, {"joined": BLANK}],
    ),
    "history-without-dates": Case(
        "establishments",
        [
            Broken(
                {"history_from": BLANK, **dict.fromkeys(HISTORY, 0), count: 3},
                "history_from", "3",
                "violations, and no day since when: which of them count (those since 1993-01-01) is not known",
                ("history_from", *HISTORY),
            )
            for count in HISTORY
        ],
        [{}, *({"history_from": BLANK, **dict.fromkeys(HISTORY, count)} for count in (0, BLANK))],
    ),
    "visit-in-part": Case(
        "establishments",
        [
            Broken(
                {name: BLANK},
                name, "", "a rate at the visit needs its cases and its hours", ("visit_cases", "visit_hours"),
            )
            for name in ("visit_cases", "visit_hours")
        ],
        [{}, {"visit_cases": 0}, {"visit_cases": BLANK, "visit_hours": BLANK}],
    ),
    # Application forms
    "application-without-300a": Case(
        "application",
        [
            Broken(
                dict.fromkeys(PARTS, BLANK), "deaths", "200,000",
                "200,000 hours and none of G to J: an application without its 300A", TOTAL,
            )
        ],
        [
            {},
            {**dict.fromkeys(PARTS, BLANK), "recordable_cases": 4},
            {**dict.fromkeys(PARTS, BLANK), "deaths": 0},
            {**dict.fromkeys(PARTS, BLANK), "hours": BLANK},
        ],
    ),
    "hours-in-thousands": Case(
        "application",
        [
            Broken({"hours": 200}, "hours", "2", "2 hours per employee: hours in thousands?", ("hours",)),
            Broken({"hours": 999}, "hours", "9.99", "9.99 hours per employee: hours in thousands?", ("hours",)),
        ],
        [{}, {"hours": 1000}, {"hours": BLANK}, {"hours": 200, "employees": BLANK}],
    ),
    "holders-10-within-employees": Case(
        "application",
        [
            Broken(
                {"holders_10": 101, "holders_10_any": BLANK}, "holders_10", "101",
                "101 holders of the 10-hour course among 100 employees", ("holders_10",),
            )
        ],
        [{"holders_10": 100, "holders_10_any": BLANK}, {"holders_10": 101, "employees": BLANK}],
    ),
    "holders-10-any-within-employees": Case(
        "application",
        [
            Broken(
                {"holders_10_any": 101}, "holders_10_any", "101",
                "101 holders of the 10-hour course among 100 employees", ("holders_10_any",),
            )
        ],
        [{"holders_10_any": 100}, {"holders_10_any": BLANK}],
    ),
    "holders-30-within-employees": Case(
        "application",
        [
            Broken(
                {"holders_30": 101}, "holders_30", "101",
                "101 holders of the 30-hour course among 100 employees", ("holders_30",),
            )
        ],
        [{"holders_30": 100}, {"holders_30": 0}],
    ),
    "holders-10-within-any": Case(
        "application",
        [
            Broken(
                {"holders_10": 9}, "holders_10", "9",
                "9 supervisors, operators and lead persons hold the 10-hour course, and only 8 people in all",
                ("holders_10", "holders_10_any"),
            )
        ],
        [{"holders_10": 8}, {"holders_10_any": BLANK}],
    ),
    "illnesses-add-up-to-2003": Case(
        "application",
        [
            Broken(
                {"year": 2003, "injuries": 5, "hearing_loss": BLANK}, "injuries", "5",
                "M1 is 5 and M1 to M5 add up to 6; one of them is expected to be G to J, 4",
            )
        ],
        [
            {"year": 2003, "hearing_loss": BLANK},
            {"year": 2003, "injuries": 4, "hearing_loss": BLANK},  # as the application prints it
            {"year": 2003, "injuries": 5, "skin_disorders": BLANK},
            {"injuries": 2, "hearing_loss": 1, "respiratory": 1},
        ],
    ),
    "illnesses-add-up": Case(
        "application",
        [
            Broken(
                {"injuries": 3, "hearing_loss": 1}, "injuries", "3",
                "M1 is 3 and M1 to M6 add up to 5; one of them is expected to be G to J, 4",
            ),
            Broken(
                {"year": 2004, "injuries": 5}, "injuries", "5",
                "M1 is 5 and M1 to M6 add up to 6; one of them is expected to be G to J, 4",
            ),
        ],
        [{}, {"injuries": 4}, {"injuries": 2, "hearing_loss": 1}, {"injuries": 5, "hearing_loss": BLANK}],
    ),
    "days-away-swapped": Case(
        "application",
        [
            Broken(
                {"dafw_cases": 0, "other_cases": 3}, "dafw_days", "20",
                "20 days away and no day-away case: K and L changed places with the form of 2004",
            )
        ],
        [{}, {"dafw_days": 0, "dafw_cases": 0}, {"dafw_cases": BLANK}, {"dafw_days": BLANK, "dafw_cases": 0}],
    ),
    "days-restricted-swapped": Case(
        "application",
        [
            Broken(
                {"dafw_cases": 0, "djtr_cases": 0, "other_cases": 4, "dafw_days": 0}, "djtr_days", "9",
                "9 days of transfer or restriction and no case that could have them: K and L changed places with the "
                "form of 2004",
            )
        ],
        [{}, {"djtr_cases": 0, "other_cases": 2}, {"djtr_days": 0, "djtr_cases": 0, "dafw_cases": 0}],
    ),
    "one-company-two-ids": Case(
        "application",
        [
            Broken(
                {}, "unit", "Larch Concrete (made up)",
                "'Larch Concrete (made up)' is the name of L0 in this year as well: one company twice?", (),
                ({"unit_id": "L0", "unit": "LARCH  concrete (made up)"},),
            )
        ],
        [{}, ({}, {"unit_id": "L0", "year": 2023}), ({}, {"unit_id": "L0", "unit": "Larch Works (made up)"})],
    ),
    "types-within-recordables": Case(
        "application",
        [
            Broken(
                {"struck_by": 3, "other_incidents": BLANK}, "same_level_falls", "5",
                "the four targeted types add up to 5 incidents, the recordable cases to 4",
            )
        ],
        [{}, {"struck_by": 2, "other_incidents": BLANK}, {"struck_by": BLANK}],
    ),
    "types-add-up": Case(
        "application",
        [
            Broken(
                {"other_incidents": 0}, "same_level_falls", "3",
                "the types add up to 3 incidents, the recordable cases to 4",
            )
        ],
        [{}, {"other_incidents": BLANK}, {"other_incidents": 2, "struck_by": 0}],
    ),
}  # fmt: skip

RULES = [(name, rule) for name, layout in LAYOUTS.items() for rule in layout["rules"]]


def home(rule_id: str) -> str:
    """The layout that a rule stands in, as its file has it."""
    return next(name for name, layout in LAYOUTS.items() if rule_id in [r["id"] for r in layout["rules"]])


def listed(names: str | list[str]) -> list[str]:
    return [names] if isinstance(names, str) else names


def named_by(rule: Row) -> set[str]:
    named = [name for key in NAMING if key in rule for name in listed(rule[key])]
    return {column for name in named for column in listed(name)}


def columns_of(layout: str) -> Row:
    return {**ANNUAL, **LAYOUTS[layout]["columns"]}


def kept_by(layout: str) -> set[str]:
    """The layout's own columns, where they stay in the table."""
    return set(LAYOUTS[layout]["columns"]) - set(ANNUAL) if LAYOUTS[layout].get("keep") else set()


def frame(layout: str, rows: tuple[Row, ...]) -> pd.DataFrame:
    """Rows under their inside names and types, without a file between; a blank total is the sum of its parts."""
    made = pd.DataFrame(list(rows))
    table = pd.DataFrame(index=made.index)
    for name, column in columns_of(layout).items():
        if column["type"] in ("text", "yesno"):
            table[name] = made[name].fillna("").astype(str) if name in made else ""
        elif column["type"] == "date":
            table[name] = pd.to_datetime(made[name] if name in made else pd.Series(pd.NaT, made.index))
        else:
            table[name] = pd.to_numeric(made[name], errors="coerce").astype(float) if name in made else np.nan
    table["recordable_cases"] = table["recordable_cases"].fillna(table[list(PARTS)].sum(axis=1, skipna=False))
    return table


def filed(folder: Path, layout: str, rows: tuple[Row, ...]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The same rows by way of a file."""
    path = folder / "rows.csv"
    pd.DataFrame([{**SOUND[layout], **row} for row in rows]).to_csv(path, index=False)
    return tables.read(path, layout)


def every(what: str) -> list[Any]:
    """Each change of each rule as a test of its own."""
    return [
        pytest.param(rule_id, change, id=f"{rule_id}-{number}")
        for rule_id, case in CASES.items()
        for number, change in enumerate(getattr(case, what), start=1)
    ]


def rows_of(change: Broken | Row | tuple[Row, ...]) -> tuple[Row, ...]:
    if isinstance(change, Broken):
        return (change.change, *change.others)
    return change if isinstance(change, tuple) else (change,)


def as_filed(value: Any) -> Any:
    """A day as the file writes it; anything else as it is."""
    return value.date().isoformat() if isinstance(value, pd.Timestamp) else value


# The rules, one by one


def test_every_rule_of_every_layout_has_its_cases_here() -> None:
    assert {rule["id"] for _, rule in RULES} == set(CASES)
    for rule_id, case in CASES.items():
        assert case.broken, rule_id
        assert case.sound, rule_id
        assert rule_id in [rule["id"] for rule in LAYOUTS[case.layout]["rules"]], rule_id


@pytest.mark.parametrize("layout", SOUND)
def test_a_sound_row_breaks_no_rule(tmp_path: Path, layout: str) -> None:
    table, faults = filed(tmp_path, layout, ({},))
    assert faults["rule"].tolist() == []
    for name, value in SOUND[layout].items():
        if name in table:
            assert as_filed(table[name].iloc[0]) == value, name


@pytest.mark.parametrize(("rule_id", "change"), every("broken"))
def test_a_row_that_breaks_a_rule_has_a_fault_in_words(tmp_path: Path, rule_id: str, change: Broken) -> None:
    layout = CASES[rule_id].layout
    rule = next(rule for rule in LAYOUTS[layout]["rules"] if rule["id"] == rule_id)
    table, faults = filed(tmp_path, layout, rows_of(change))
    mine = faults[faults["rule"].eq(rule_id)]
    assert mine["row"].tolist() == [2], faults[["row", "rule", "text"]].to_string()
    fault = mine.iloc[0]
    assert (fault["column"], fault["value"], fault["text"]) == (change.column, change.value, change.text)
    assert (fault["level"], fault["flag"]) == (rule["level"], rule.get("flag", ""))
    assert (fault["unit_id"], fault["year"]) == ("L1", table["year"].iloc[0])
    assert bool(change.struck) == (rule["level"] == "error" and rule_id != "year-type")
    blank = {name for name, value in table.iloc[0].items() if value is pd.NaT or value != value or value == ""}
    assert set(change.struck) <= blank
    assert set(change.struck) <= set(table["struck"].iloc[0].split(","))
    if faults["rule"].tolist() == [rule_id]:
        given = {k for k, v in {**SOUND[layout], **change.change}.items() if v not in (BLANK, None)}
        assert blank & given & {*tables.STRUCK, *kept_by(layout)} == set(change.struck) & given


@pytest.mark.parametrize(("rule_id", "change"), every("sound"))
def test_a_row_at_the_limit_of_a_rule_does_not_break_it(
    tmp_path: Path, rule_id: str, change: Row | tuple[Row, ...]
) -> None:
    _, faults = filed(tmp_path, CASES[rule_id].layout, rows_of(change))
    assert rule_id not in faults["rule"].tolist()


@pytest.mark.parametrize(("layout", "rule"), RULES, ids=[f"{name}-{rule['id']}" for name, rule in RULES])
def test_a_rule_holds_in_every_layout_that_has_it(layout: str, rule: Row) -> None:
    case = CASES[rule["id"]]
    for change in case.broken:
        rows = tuple({**SOUND[case.layout], **row} for row in rows_of(change))
        assert KINDS[rule["kind"]](frame(layout, rows), rule).mask.tolist()[0] is True, change
    for row in case.sound:
        rows = tuple({**SOUND[case.layout], **each} for each in rows_of(row))
        assert not KINDS[rule["kind"]](frame(layout, rows), rule).mask.fillna(False).any(), row


def test_one_row_can_break_several_rules_and_each_is_told(tmp_path: Path) -> None:
    change = {"recordable_cases": 1, "lost_time_cases": 3, "hours": 1_100_000, "year_type": "X", "months": 14}
    _, faults = filed(tmp_path, "annual", (change,))
    assert faults["rule"].tolist() == [
        "parts-add-up",
        "lost-time-within-total",
        "hours-per-employee-max",
        "months-in-year",
        "year-type",
    ]


def test_a_broken_row_leaves_the_rows_beside_it_alone(tmp_path: Path) -> None:
    table, faults = filed(tmp_path, "annual", ({"year": 2019}, {"recordable_cases": 9}, {"year": 2021}))
    assert faults[["row", "rule"]].to_numpy().tolist() == [[3, "parts-add-up"]]
    assert table["recordable_cases"].isna().tolist() == [False, True, False]


def test_parts_of_a_unit_that_were_filed_twice_are_counted_once(tmp_path: Path) -> None:
    first = {**CHILD, **HALF, "received": "2021-01-01"}
    for second in ({**first, "received": "2021-02-01"}, first):
        _, faults = filed(tmp_path, "annual", ({}, first, second, {**SIBLING, **OTHER_HALF}))
        assert "children-add-up" not in faults["rule"].tolist(), faults["text"].tolist()


def test_a_quarter_has_fewer_hours_than_a_year(tmp_path: Path) -> None:
    _, faults = filed(tmp_path, "annual", ({"months": 3, "hours": 250_000},))
    assert "hours" in faults["column"].tolist(), "2,500 hours of each employee within three months"


def test_blank_hours_with_half_of_what_stands_in_for_them_are_told(tmp_path: Path) -> None:
    for half in ({"military_strength": 10}, {"civilian_hours": 180_000}):
        _, faults = filed(tmp_path, "annual", ({"hours": BLANK, **half},))
        assert faults["rule"].tolist() == ["hours-blank"], half


def test_a_screened_row_keeps_its_numbers_and_its_table_names_the_rule_even_where_an_error_says_more(
    tmp_path: Path,
) -> None:
    odd = {"hours": 150_000_000, "recordable_cases": 3, "trir": BLANK}
    struck = {**odd, "hours": 14_366_733_149, "year": 2021}
    table, faults = filed(tmp_path, "company_year", (odd, struck, {"year": 2022}))
    assert table["screened"].tolist() == ["hours-beyond-belief", "hours-beyond-belief", ""]
    assert table["struck"].tolist() == ["", "hours", ""]
    assert table["hours"].fillna(-1).tolist() == [150_000_000, -1, 200_000]
    told = faults[["row", "rule"]].to_numpy().tolist()
    assert told == [[2, "hours-beyond-belief"], [3, "hours-of-a-million-people"]]


# The layouts


def test_there_are_the_seven_layouts_and_each_says_what_it_is() -> None:
    own = {"application", "company_year", "establishments", "federal", "ita_300a", "navy_command"}
    assert set(LAYOUTS) == {"annual", *own}
    assert set(SOUND) == set(LAYOUTS)
    for layout in LAYOUTS.values():
        assert set(layout) <= {
            "title", "source", "extends", "without", "hours", "cumulative", "recovered", "keep", "columns", "rules",
            "by_year",
        }  # fmt: skip
        assert layout["title"].strip()
        assert layout["source"].strip()
        universe = {**ANNUAL, **layout["columns"]}["universe"]
        assert universe["default"], "every rate belongs to a population that is named"
        for name, recovered in layout.get("recovered", {}).items():
            assert {name, recovered["rate"], recovered["hours"], recovered["most"]} <= {*ANNUAL, *layout["columns"]}
    assert tuple(ANNUAL) == (*tables.COLUMNS, "universe", "dart_cases")


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_layout_is_well_formed(layout: str) -> None:
    columns = LAYOUTS[layout]["columns"]
    spellings = [s for inside, column in columns.items() for s in {inside, *column.get("names", [])}]
    assert len(spellings) == len(set(spellings)), "one header never means two columns"
    for name, column in columns.items():
        assert set(column) <= {
            "type",
            "required",
            "names",
            "help",
            "digits",
            "zeros",
            "formats",
            "default",
            "values",
            "strict",
            "absent",
            "blank",
            "counts_since",
            "private",
        }, name
        for other in column.get("counts_since", ())[:1]:
            assert columns[other]["type"] == "date", name
        for answer in ("absent", "blank"):
            assert column.get(answer, "no") in ("yes", "no"), "a word: YAML's own yes and no would be neither"
        assert column.get("private", "name") in ("name", "number"), name
        assert column["type"] in PARSERS, name
        assert all(s == s.strip().lower().replace(" ", "_") for s in (name, *column.get("names", []))), name
        if name in ANNUAL:
            assert column["type"] == ANNUAL[name]["type"], name
    assert {"unit", "year"} <= {name for name, column in columns.items() if column.get("required")}
    ids = [rule["id"] for rule in LAYOUTS[layout]["rules"]]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize(("layout", "rule"), RULES, ids=[f"{name}-{rule['id']}" for name, rule in RULES])
def test_a_rule_names_only_columns_and_options_that_there_are(layout: str, rule: Row) -> None:
    assert named_by(rule), "a rule speaks of something"
    assert named_by(rule) | set(rule.get("strikes", [])) <= set(columns_of(layout))
    options = set(rule) - {"id", "kind", "level", "text", "flag", "strikes", "screen", "years"}
    assert options <= OPTIONS[rule["kind"]], "a misspelt option would be passed over in silence"
    assert rule["level"] in ("error", "warning")
    assert rule.get("flag", "SUM_MISMATCH") in FLAGS
    assert not rule.get("screen") or rule["level"] == "warning", "an error takes the value away from everyone"
    assert rule["text"] == rule["text"].strip()


@pytest.mark.parametrize(("layout", "rule"), RULES, ids=[f"{name}-{rule['id']}" for name, rule in RULES])
def test_a_rule_is_an_error_only_where_it_touches_counts_hours_or_what_places_a_unit(layout: str, rule: Row) -> None:
    strikes = set(rule.get("strikes", named_by(rule)))
    if not strikes & {*tables.STRUCK, "year"}:
        # A wrong list is as bad as a wrong rate: columns stay in the table because a list is made from them.
        assert rule["level"] == ("error" if strikes & kept_by(layout) else "warning")


def test_every_kind_of_rule_is_used() -> None:
    of_lists = {rule["kind"] for kind in lists.kinds() for rule in lists.layout_of(kind).get("rules", [])}
    assert {rule["kind"] for _, rule in RULES} | of_lists == set(KINDS) == set(OPTIONS)


def test_every_layout_gets_the_rules_of_the_annual_table_but_those_it_declines() -> None:
    ids = {name: {rule["id"] for rule in layout["rules"]} for name, layout in LAYOUTS.items()}
    assert ids["company_year"] > ids["annual"]
    assert ids["application"] > ids["annual"]
    for name in ("establishments", "federal", "ita_300a", "navy_command"):
        assert ids["annual"] - ids[name] == set(LAYOUTS[name]["without"]), name
    assert ids["annual"] & ids["federal"] == {
        "lost-time-within-total", "kinds-within-total", "months-in-year", "year-type", "away-and-restricted-add-up",
        "lost-workday-within-total", "parts-within-lost-workday",
    }  # fmt: skip


#: OSHA's own names of cross-field rules, and ours where it is another.
OSHA_RULES = {"hours-per-employee-min": "hours-per-employee-odd", "establishment-name-unique": None}


def test_every_cross_field_rule_of_osha_is_a_rule_here_at_the_same_level() -> None:
    path = Path(__file__).resolve().parents[2] / "shared" / "data" / "ita_dictionary" / "ita_cross_field_rules.csv"
    if not path.exists():
        pytest.skip(f"needs OSHA's list of rules: ../shared/data/ita_dictionary/{path.name} is absent")
    levels = {rule["id"]: rule["level"] for rule in LAYOUTS["ita_300a"]["rules"]}
    with path.open(encoding="utf-8", newline="") as file:
        rules = list(csv.DictReader(file))
    assert len(rules) >= 13
    for rule in rules:
        ours = OSHA_RULES.get(rule["rule_id"], rule["rule_id"])
        if ours is not None:  # two rows of one name and year are a matter of tables.py
            assert levels[ours] == rule["level"], rule["rule_id"]
