"""The lists once more, one establishment at a time in plain rules and fractions, written from the directives alone.

It shares nothing with oshlib.targeting: limits, industries and days stand here once more. What is blank is tried with
every value that could matter: an establishment is undetermined exactly if its lists then differ.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import product
from random import Random
from typing import Any

import pandas as pd
import pytest
from scipy import stats

from oshlib.rates import rate_interval
from oshlib.targeting import assign, available, load

ROWS = 3000
Row = dict[str, Any]
LIMITS = {"primary": "7.0", "with_history": "20.0", "not_offered": "28.0", "serious": 8, "workers": 60,
          "small_site": 100, "small_firm": 500}  # fmt: skip
LISTED = {"primary_not_offered", "primary_nonparticipant", "secondary", "tertiary"}
#: Appendix A beside manufacturing; a code that ends in 0 is a three-digit group.
NAMED = ("0783", "4214", "4215", "4220", "4491", "4580", "4783", "4953", "5051", "5093", "5140", "5180", "5210", "8050")


def over(rate: Fraction, limit: Any, compare: str) -> bool:
    """Rounded half up to the one decimal that the directives print, or as it is."""
    met = Fraction(math.floor(rate * 10 + Fraction(1, 2)), 10) if compare == "rounding" else rate
    return met >= Fraction(str(limit))


def covered(sic: str) -> bool:
    return 20 <= int(sic[:2]) <= 39 or any(sic == c or (c.endswith("0") and sic[:3] == c[:3]) for c in NAMED)


def cpl(row: Row, limits: dict[str, Any], without: tuple[str, ...], compare: str) -> str:
    """CPL 2-0.119 for an establishment of which everything is known; `rate` is that of a visit, if there was one."""
    if "coverage" not in without and (row["employees"] < limits["workers"] or not covered(row["sic"])):
        return "out_of_scope"
    if row["vpp_sharp"] or (row["last_comprehensive"] or "") > "1996-01-01":
        return "removed"
    if not row["responded"] and not row["records_checked"]:
        return "nonresponder"
    rate = row["rate"]
    if not over(rate, limits["primary"], compare):
        return "not_listed"
    bad = row["fatal_causal"] or row["willful"] or row["repeat"] or row["serious"] > limits["serious"]
    if over(rate, limits["not_offered"], compare):
        return "primary_not_offered"
    if "history" not in without and bad and over(rate, limits["with_history"], compare):
        return "primary_not_offered"
    if not row["joined"] or row["withdrew"] or row["removed_from_program"]:
        return "primary_nonparticipant"
    if row["wants_consultation"] and row["employees"] <= limits["small_site"]:
        if row["firm_workers"] > limits["small_firm"]:
            return "secondary"
        return "tertiary" if row["contacted_consultation"] else "primary_nonparticipant"
    return "secondary"


def sst(names: dict[str, tuple[str, str]], row: Row, limits: dict[str, Any], compare: str) -> str:
    """Lists by DART or DAFW, whichever is reached: by list, the names of both limits."""
    for where, (dart, dafw) in names.items():
        if over(row["dart"], limits[dart], compare) or (dafw and over(row["dafw"], limits[dafw], compare)):
            return where
    return "not_listed"


def industry(row: Row) -> str:
    sic, naics = row.get("sic") or "", row.get("naics") or ""
    if not sic:
        return "manufacturing" if naics[:2] in ("31", "32", "33") else (
            "nursing" if naics in ("623110", "623210", "623311") else "other")  # fmt: skip
    return "manufacturing" if 20 <= int(sic[:2]) <= 39 else "nursing" if sic[:3] == "805" else "other"


def sst_11(row: Row, limits: dict[str, Any], without: tuple[str, ...], compare: str) -> str:
    if "coverage" not in without and row["employees"] < limits["workers"]:
        return "out_of_scope"
    own = {"manufacturing": "", "nursing": "_nursing", "other": "_other"}[industry(row)]
    second = "_nursing" if own == "_nursing" else ""
    away = "" if "days_away" in without else "_away"
    return sst(
        {
            "primary_not_offered": (f"primary{own}", away and f"primary{own}{away}"),
            "secondary": (f"secondary{second}", away and f"secondary{second}{away}"),
        },
        row, limits, compare,
    )  # fmt: skip


def sst_of(*lists: str, workers: bool = True, away: bool = True) -> Callable[..., str]:
    def placed(row: Row, limits: dict[str, Any], without: tuple[str, ...], compare: str) -> str:
        if workers and "coverage" not in without and row["employees"] < limits["workers"]:
            return "out_of_scope"
        both = away and "days_away" not in without
        own = {"primary_not_offered": "primary", "secondary": "secondary"}
        return sst({i: (own[i], f"{own[i]}_away" if both else "") for i in lists}, row, limits, compare)

    return placed


#: By directive: its limits as its own text prints them, and its rules.
PLANS: dict[str, tuple[dict[str, Any], Callable[..., str]]] = {
    "CPL 2-0.119": (LIMITS, cpl),
    "SST-05": (
        {"primary": "12.0", "secondary": "7.0"},
        sst_of("primary_not_offered", "secondary", workers=False, away=False),
    ),
    "SST-06": (
        {"workers": 40, "primary": "12.0", "primary_away": "9.0", "secondary": "7.0", "secondary_away": "5.0"},
        sst_of("primary_not_offered", "secondary"),
    ),
    "SST-08": ({"workers": 40, "primary": "11.0", "primary_away": "9.0"}, sst_of("primary_not_offered")),
    "SST-11": (
        {
            "workers": 20, "primary": "7.0", "primary_away": "5.0", "primary_other": "15.0",
            "primary_other_away": "14.0", "primary_nursing": "16.0", "primary_nursing_away": "13.0",
            "secondary": "5.0", "secondary_away": "4.0", "secondary_nursing": "13.0", "secondary_nursing_away": "11.0",
        },
        sst_11,
    ),
}  # fmt: skip


def test_every_directive_that_comes_along_is_written_down_here_too_and_with_the_same_limits() -> None:
    assert set(available()) == set(PLANS)
    for name, (limits, _) in PLANS.items():
        own = {k: v for k, v in load(name).limits.items() if not isinstance(v, dt.date)}
        assert own == {k: float(v) for k, v in limits.items()}, name
    days = {k: str(v) for k, v in load("CPL 2-0.119").limits.items() if isinstance(v, dt.date)}
    assert days == {
        "comprehensive": "1996-01-01",
        "look_back": "1993-01-01",
        "late": "1998-01-30",
        "first_inspection": "1998-05-04",
    }


# --- CPL 2-0.119: random establishments, and every way to fill their blanks ----------------------------------------

YES_NO = ("responded", "vpp_sharp", "joined", "withdrew", "removed_from_program", "wants_consultation",
          "contacted_consultation")  # fmt: skip
BLANK_IS_NO = {"joined", "withdrew", "removed_from_program", "wants_consultation"}
DAYS = ("last_comprehensive", "records_checked")
HISTORY = ("fatal_causal", "willful", "repeat", "serious")
ABSENT = {"responded": True, "vpp_sharp": False, "joined": False, "withdrew": False, "removed_from_program": False,
          "wants_consultation": False, "last_comprehensive": "", "records_checked": ""}  # fmt: skip
HOURS = [200_000, 400_000, 630_000, 633_093, 633_094, 645_089, 800_000, 1_000_000, 4_000_000]


def any_cpl(rng: Random, limits: dict[str, Any]) -> Row:
    """Mostly at a limit or next to it, and mostly on a path that leads far into the tree."""
    hours = rng.choice(HOURS) if rng.random() < 0.7 else rng.randrange(40_000, 8_000_000) / rng.choice([1, 1, 8])
    limit = rng.choice([limits[k] for k in ("primary", "with_history", "not_offered")])
    cases = max(round(Fraction(str(limit)) * Fraction(hours) / 200_000) + rng.choice([-1, 0, 0, 1]), 0)
    row: Row = {
        "hours": hours,
        "dart_cases": cases if rng.random() < 0.8 else rng.randrange(0, 40),
        "employees": rng.choice([limits[k] + d for k in ("workers", "small_site") for d in (-1, 0, 1)] + [80, 80, 300]),
        "firm_workers": rng.choice([limits["small_firm"] + d for d in (-1, 0, 1)] + [300]),
        "sic": rng.choice(["2011", "3999", "2421", "0783", "4221", "8059", "5146", "1999", "4011", "4213", "5411"]
                          if rng.random() < 0.2 else ["2421"]),
        "responded": rng.random() < 0.9, "vpp_sharp": rng.random() < 0.05, "joined": rng.random() < 0.75,
        "withdrew": rng.random() < 0.1, "removed_from_program": rng.random() < 0.1,
        "wants_consultation": rng.random() < 0.6, "contacted_consultation": rng.random() < 0.6,
        "last_comprehensive": rng.choice(["1996-01-01", "1996-01-02", "1995-12-31"]) if rng.random() < 0.2 else "",
        "records_checked": "1998-03-02" if rng.random() < 0.5 else "",
        "fatal_causal": int(rng.random() < 0.1), "willful": int(rng.random() < 0.1), "repeat": int(rng.random() < 0.1),
        "serious": rng.choice([0, limits["serious"], limits["serious"] + 1]),
    }  # fmt: skip
    if rng.random() < 0.1:
        row |= {"visit_cases": rng.randrange(0, 60), "visit_hours": rng.choice([0, 200_000, 630_000])}
    for name in rng.sample([k for k in row if not k.startswith("visit")], rng.choice([0, 0, 1, 1, 2, 3])):
        row[name] = None
    return row


def filled_in(row: Row, limits: dict[str, Any], absent: tuple[str, ...]) -> Iterator[Row]:
    """Every way to fill the blanks that could matter. One without cases or without hours has no rate, even for none."""
    row = {**row, **dict.fromkeys(absent)}
    tried: dict[str, list[Any]] = {}
    for name in YES_NO:
        tried[name] = [row[name]] if row[name] is not None else [False] if name in BLANK_IS_NO else [True, False]
    for name in DAYS:
        tried[name] = [row[name] or ""]
    for name in HISTORY:
        tried[name] = [0, 1, 9, limits["serious"] + 1] if row[name] is None else [row[name]]
    sizes = [n + d for n in (limits["workers"], limits["small_site"]) for d in (-1, 0, 1)]
    tried["employees"] = sizes if row["employees"] is None else [row["employees"]]
    firms = [limits["small_firm"], limits["small_firm"] + 1]
    tried["firm_workers"] = firms if row["firm_workers"] is None else [row["firm_workers"]]
    tried["sic"] = ["2421", "5411"] if row["sic"] is None else [row["sic"]]
    tried |= {name: [ABSENT[name]] for name in absent if name in ABSENT}
    cases, hours = row["dart_cases"], row["hours"]
    if row.get("visit_hours"):
        cases, hours = row["visit_cases"], row["visit_hours"]
    steps = [Fraction(str(limits[k])) for k in ("primary", "with_history", "not_offered")]
    known = cases is not None and bool(hours)
    tried["rate"] = [Fraction(cases) * 200_000 / Fraction(hours)] if known else [Fraction(0), *steps, sum(steps)]
    for values in product(*tried.values()):
        yield dict(zip(tried, values, strict=True))


def as_table(rows: list[Row], rng: Random, absent: tuple[str, ...] = ()) -> pd.DataFrame:
    """As a file would have it: blanks of several kinds, yes and no in several spellings."""

    def cell(value: Any) -> Any:
        if value is None or value == "":
            return rng.choice([None, "", float("nan")])
        if isinstance(value, bool):
            return rng.choice(["yes", "Y", True, "x", 1] if value else ["no", "N", False, 0])
        return value

    table = pd.DataFrame([{k: cell(v) for k, v in row.items()} for row in rows], dtype=object)
    return table.drop(columns=list(absent))


@pytest.mark.parametrize("compare", ["rounding", "absolute"])
@pytest.mark.parametrize(
    ("changed", "without", "absent"),
    [
        ({}, (), ()),
        ({}, ("coverage",), ("sic",)),
        ({}, ("history",), ("fatal_causal", "serious", "vpp_sharp", "joined")),
        ({"primary": 14.0, "with_history": 14.5, "serious": 2, "workers": 11, "small_site": 50}, ("coverage",), ()),
        ({"primary": 10.0, "not_offered": 16.0, "small_firm": 250}, (), ("records_checked", "responded")),
        ({}, (), ("contacted_consultation", "last_comprehensive", "withdrew", "removed_from_program")),
        ({}, ("coverage", "history"), ("employees",)),
    ],
)  # fmt: skip
def test_both_place_random_establishments_alike_and_leave_the_same_ones_open(
    compare: str, changed: dict[str, Any], without: tuple[str, ...], absent: tuple[str, ...]
) -> None:
    rng = Random(21)
    limits = {**LIMITS, **changed}
    rows = [any_cpl(rng, limits) for _ in range(ROWS // 2)]
    found = assign(as_table(rows, rng, absent), compare=compare, without=without, **changed)
    wrong = []
    for row, listed in zip(rows, found["list"], strict=True):
        possible = {cpl(each, limits, without, compare) for each in filled_in(row, limits, absent)}
        expected = possible.pop() if len(possible) == 1 else "undetermined"
        if listed != expected:
            wrong.append((row, listed, expected, possible))
    assert wrong == []
    assert found["rule"].ne("").equals(found["list"].ne("undetermined"))
    assert found["lacking"].ne("").equals(found["list"].eq("undetermined"))


def test_the_random_establishments_reach_every_list_and_leave_some_open() -> None:
    """Establishments that are all alike would prove nothing."""
    rng = Random(21)
    rows = [any_cpl(rng, LIMITS) for _ in range(ROWS)]
    both = {c: assign(as_table(rows, rng), compare=c)["list"] for c in ("rounding", "absolute")}
    shares = both["rounding"].value_counts(normalize=True)
    assert shares.min() > 0.01, shares
    assert (both["rounding"] != both["absolute"]).mean() > 0.02
    open_ = both["rounding"].eq("undetermined")
    blank = pd.Series([None in row.values() for row in rows])
    assert (blank & ~open_).mean() > 0.1, "blanks that do not matter"


def test_what_is_lacking_names_every_blank_that_could_decide() -> None:
    """One blank at a time: named where another value gives another list, and nothing else is."""
    rng = Random(22)
    rows = [any_cpl(rng, LIMITS) for _ in range(ROWS)]
    one = [row for row in rows if sum(v is None for v in row.values()) == 1]
    found = assign(as_table(one, rng))
    names = {"sic": "industry", "dart_cases": "LWDII", "hours": "LWDII"}
    for row, lacking in zip(one, found["lacking"], strict=True):
        blank = next(k for k, v in row.items() if v is None)
        lists = {cpl(each, LIMITS, (), "rounding") for each in filled_in(row, LIMITS, ())}
        assert lacking == (f"not known: {names.get(blank, blank)}" if len(lists) > 1 else ""), row


# --- the other directives: two rates, industries by two classifications --------------------------------------------


def any_sst(rng: Random, limits: dict[str, Any], blanks: bool) -> Row:
    hours = rng.choice([*HOURS, 2_000_000])

    def near() -> int:
        limit = Fraction(str(rng.choice([v for k, v in limits.items() if k != "workers"])))
        return max(round(limit * hours / 200_000) + rng.choice([-1, 0, 0, 1]), 0)

    dart = near()
    workers = limits.get("workers", 40) + rng.choice([-1, 0, 0, 1, 100, 100])
    row: Row = {"hours": hours, "dart_cases": dart, "dafw_cases": min(near(), dart), "employees": workers}
    row |= {"sic": None, "naics": None}
    if rng.random() < 0.5:
        row["sic"] = rng.choice(["2011", "3999", "8051", "8059", "1999", "4011", "5411"])
    else:
        row["naics"] = rng.choice(["311111", "339999", "623110", "623210", "623311", "623220", "238110", "484110"])
    if blanks:
        row[rng.choice(["dart_cases", "dafw_cases", "dafw_cases", "hours", "employees"])] = None
    return row


def filled_in_sst(row: Row, limits: dict[str, Any], away_asked: bool) -> Iterator[Row]:
    """Days-away cases are never more than all of them, which counts where the plan asks for both."""
    hours = row["hours"] or 2_000_000
    most = max(math.ceil(Fraction(str(v)) * hours / 200_000) for k, v in limits.items() if k != "workers") + 1
    dart, dafw = row["dart_cases"], row["dafw_cases"]
    if row["hours"] is None:
        dart = dafw = None
    if not away_asked:
        dafw = 0 if dart is None else min(dart, dafw or 0)
    if dart is not None and dafw is not None:
        counts = [(dart, dafw)]
    elif dart is not None:
        counts = [(dart, away) for away in range(dart + 1)]
    elif dafw is not None:
        counts = [(every, dafw) for every in range(dafw, max(most, dafw) + 1)]
    else:
        counts = [(every, away) for every in (0, most) for away in {0, every}]
    sizes = [limits.get("workers", 1) - 1, limits.get("workers", 1)] if row["employees"] is None else [row["employees"]]
    for (every, away), employees in product(counts, sizes):
        yield {**row, "dart": Fraction(every) * 200_000 / hours, "dafw": Fraction(away) * 200_000 / hours,
               "employees": employees}  # fmt: skip


@pytest.mark.parametrize("compare", ["rounding", "absolute"])
@pytest.mark.parametrize(
    ("name", "changed", "without"),
    [
        *((name, {}, ()) for name in PLANS if name.startswith("SST")),
        ("SST-06", {"primary": 10.0, "primary_away": 14.0, "secondary": 4.0, "secondary_away": 8.0}, ()),
        ("SST-08", {"primary": 6.0, "workers": 11}, ()),
        ("SST-11", {"primary_nursing": 12.0, "secondary_away": 8.0}, ("coverage",)),
        ("SST-11", {}, ("days_away", "coverage")),
    ],
)  # fmt: skip
def test_both_place_establishments_of_two_rates_alike(
    name: str, changed: dict[str, Any], without: tuple[str, ...], compare: str
) -> None:
    rng = Random(23)
    own, placed = PLANS[name]
    limits = {**own, **changed}
    rows = [any_sst(rng, limits, blanks=i % 2 == 0) for i in range(ROWS // 4)]
    found = assign(as_table(rows, rng), directive=name, compare=compare, without=without, **changed)
    away_asked = any("_away" in k for k in limits) and "days_away" not in without
    wrong = []
    for row, listed in zip(rows, found["list"], strict=True):
        possible = {placed(each, limits, without, compare) for each in filled_in_sst(row, limits, away_asked)}
        expected = possible.pop() if len(possible) == 1 else "undetermined"
        if listed != expected:
            wrong.append((row, listed, expected))
    assert wrong == []
    assert set(found["list"]) >= {"primary_not_offered", "not_listed", "undetermined"}


@pytest.mark.parametrize("name", PLANS)
def test_every_limit_of_every_directive_parts_the_lists_on_its_two_sides(name: str) -> None:
    """2,000,000 h, so that one case is a tenth: at the limit as printed, and one case below it."""
    limits, placed = PLANS[name]
    measured = {k: v for k, v in limits.items() if "." in str(v)}
    parted = set()
    for limit, value in measured.items():
        for sic, serious, away in product(("2011", "8051", "5411"), (8, 9), (False, True)):
            base: Row = {"hours": 2_000_000, "employees": 80, "sic": sic, "serious": serious, "firm_workers": 90,
                         "fatal_causal": 0, "willful": 0, "repeat": 0, "naics": ""}  # fmt: skip
            lists = []
            for cases in (int(Fraction(value) * 10) - 1, int(Fraction(value) * 10)):
                counts = {"dart_cases": cases, "dafw_cases": cases if away else 0}
                known = {**dict.fromkeys(YES_NO), **dict.fromkeys(DAYS, ""), **base, "responded": True}
                rate, away_rate = Fraction(cases, 10), Fraction(counts["dafw_cases"], 10)
                expected = placed({**known, "rate": rate, "dart": rate, "dafw": away_rate}, limits, (), "absolute")
                for compare in ("rounding", "absolute"):
                    assert assign({**base, **counts}, directive=name, compare=compare)["list"] == expected
                lists.append(expected)
            if lists[0] != lists[1]:
                parted.add(limit)
    assert parted == set(measured)


# --- what would change a list: one case at a time ------------------------------------------------------------------


def _each_count(rows: list[Row], most: int, column: str) -> pd.DataFrame:
    return pd.DataFrame([{**row, column: count} for row in rows for count in range(most + 1)])


def brute(table: pd.DataFrame, column: str, most: int, **how: Any) -> list[list[str]]:
    """For each row its lists with 0, 1, 2 ... cases in that column."""
    rows = [{k: v for k, v in row.items() if v is not None} for row in table.to_dict("records")]
    lists = assign(_each_count(rows, most, column), **how)["list"].tolist()
    return [lists[i : i + most + 1] for i in range(0, len(lists), most + 1)]


def nearest(lists: list[str], cases: int, low: int, high: int) -> dict[str, tuple[float, str]]:
    """The first other list downwards and upwards, within what the other counts allow."""
    ways = {"fewer": range(cases - 1, low - 1, -1), "more": range(cases + 1, high + 1)}
    hits = {side: next((n for n in way if lists[n] != lists[cases]), None) for side, way in ways.items()}
    return {side: (math.nan, "") if n is None else (abs(n - cases), lists[n]) for side, n in hits.items()}


@pytest.mark.parametrize("compare", ["rounding", "absolute"])
def test_fewer_and_more_are_the_first_counts_that_give_another_list(compare: str) -> None:
    rng = Random(24)
    rows = [row for row in (any_cpl(rng, LIMITS) for _ in range(500)) if row["hours"] and row["hours"] < 900_000]
    rows = [{"visit_cases": None, "visit_hours": None, **r} for r in rows if None not in (r["dart_cases"], r["hours"])]
    table = pd.DataFrame([{**r, **{k: "" if r[k] is None else "yes" if r[k] else "no" for k in YES_NO}} for r in rows])
    table = table.astype(object).where(table.notna(), None)
    found = assign(table, compare=compare)
    seen = set()
    for column, part in (("visit_cases", table[table["visit_hours"].fillna(0).gt(0)]),
                         ("dart_cases", table[~table["visit_hours"].fillna(0).gt(0)])):  # fmt: skip
        for at, lists in zip(part.index, brute(part, column, 150, compare=compare), strict=True):
            row, cases = found.loc[at], int(part.loc[at, column])
            assert row["cases"] == cases
            if row["list"] == "undetermined":
                expected = dict.fromkeys(("fewer", "more"), (math.nan, ""))
            else:
                assert lists[cases] == row["list"]
                expected = nearest(lists, cases, 0, 150)
            for side, (count, to) in expected.items():
                assert (row[side], row[f"{side}_list"]) == pytest.approx((count, to), nan_ok=True), (
                    side,
                    table.loc[at],
                )
                seen.add((side, to))
    assert {s for s, _ in seen} == {"fewer", "more"}
    assert {to for _, to in seen} >= {"", "not_listed", "primary_not_offered", "undetermined", "secondary"}


def test_of_two_rates_the_one_that_needs_the_fewest_cases_moves_while_the_other_stays() -> None:
    rng = Random(25)
    limits = PLANS["SST-06"][0]
    rows = [any_sst(rng, limits, blanks=False) for _ in range(250)]
    table = pd.DataFrame([r for r in rows if r["hours"] < 1_000_000])
    found = assign(table, directive="SST-06")
    by = {c: brute(table, c, 70, directive="SST-06") for c in ("dart_cases", "dafw_cases")}
    for i, (_, row) in enumerate(found.iterrows()):
        dart, dafw = (int(table.iloc[i][c]) for c in ("dart_cases", "dafw_cases"))
        ways = [nearest(by["dart_cases"][i], dart, dafw, 70), nearest(by["dafw_cases"][i], dafw, 0, dart)]
        for side in ("fewer", "more"):
            least = min((w[side][0] for w in ways if w[side][1]), default=math.nan)
            lists = {w[side][1] for w in ways if w[side][0] == least} or {""}
            assert row[side] == pytest.approx(least, nan_ok=True)
            assert row[f"{side}_list"] in lists
    assert found["fewer"].notna().mean() > 0.2
    assert found["more"].notna().mean() > 0.2


@pytest.mark.parametrize("compare", ["rounding", "absolute"])
def test_the_line_is_where_it_comes_onto_a_list_and_luck_is_the_tail_beyond_its_count(compare: str) -> None:
    rng = Random(26)
    rows = [any_cpl(rng, LIMITS) for _ in range(ROWS)]
    found = assign(as_table(rows, rng), compare=compare)
    edges = [Fraction(LIMITS[k]) for k in ("primary", "with_history", "not_offered")]
    open_ = tails = 0
    for row, (_, got) in zip(rows, found.iterrows(), strict=True):
        bands: list[set[str]] = [set() for _ in range(4)]
        for known in filled_in(row, LIMITS, ()):
            for band, rate in zip(bands, (Fraction(0), *edges), strict=True):
                band.add(cpl({**known, "rate": rate}, LIMITS, (), "absolute"))
        line = next((e for e, below, at in zip(edges, bands, bands[1:], strict=False)
                     if "not_listed" in below and at <= LISTED), None)  # fmt: skip
        open_ += line is not None and len(bands[1]) > 1
        assert got["line"] == pytest.approx(math.nan if line is None else float(line), nan_ok=True)
        if line is None or math.isnan(got["value"]):
            assert math.isnan(got["luck"])
            continue
        cases, hours = got["cases"], got["hours"]
        listed = over(Fraction(cases) * 200_000 / Fraction(hours), line, compare)
        at = stats.poisson(float(line * Fraction(hours) / 200_000))
        assert got["luck"] == pytest.approx(at.sf(cases - 1) if listed else at.cdf(cases), rel=1e-9, abs=1e-300)
        for confidence in (0.5, 0.8, 0.95):
            low, high = rate_interval(cases, hours, confidence=confidence)
            reached = low <= float(line) if listed else high >= float(line)
            assert (got["luck"] > (1 - confidence) / 2) == reached
            tails += reached
    assert 0.1 < tails / (3 * len(rows)) < 0.6
    assert open_ > 20, "some come onto a list, and which is not known"
