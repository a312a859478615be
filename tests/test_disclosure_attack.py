"""Attacks on what is published, company by company, by linear programs of their own: nothing of oshlib solves here."""

from __future__ import annotations

import itertools
import json
import math
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog
from scipy.sparse import csr_array

from oshlib.disclosure import Rules, primary, protect, table

DETAILS = ["falls", "strains", "others"]
BY_BOTH = [["state"], ["size"]]
NESTED = [["state"], ["state", "size"]]
LIMITS = {"least": "least", "most": "most"}
EXAMPLE = Path(__file__).resolve().parents[1] / "data" / "example" / "partnership.csv"
READY_MIX = Path(__file__).resolve().parents[2] / "shared" / "data" / "ita_company_year" / "ready_mix_327320.csv"


@dataclass
class Report:
    """What an attacker holds of one year: the printed table, and who was in which group of it."""

    cells: pd.DataFrame
    members: pd.DataFrame
    details: list[str]

    @property
    def left_out(self) -> int:
        return int((self.members["hours"].isna() | self.members["cases"].isna()).sum())

    def inside(self, grouping: str, group: str, quantity: str) -> list[Any]:
        rows = self.members[self.members["hours"].notna() & self.members["cases"].notna()]
        if quantity in self.details:
            rows = rows[rows[self.details].notna().all(axis=1)]
        if grouping:
            names = rows[grouping.split(" / ")].fillna("not given").astype(str).agg(" / ".join, axis=1)
            rows = rows[names == group]
        return list(rows["unit_id"])


class Attack:
    """Everything known about one year, as equations over the figures of single companies.

    Where members have a least and a most, everybody knows that their hours lie between.
    """

    def __init__(self, reports: list[Report], counts: bool) -> None:
        self.reports, self.counts = reports, counts
        self.truth: dict[tuple[Any, str], float] = {}
        self.ends: dict[tuple[Any, str], tuple[float, float]] = {}
        for report in reports:
            for row in report.members.to_dict("records"):
                if not (math.isnan(row["hours"]) or math.isnan(row["cases"])):
                    figures = {(row["unit_id"], k): v for k, v in self.figures(row, report.details).items()}
                    self.truth |= figures
                    for key in figures:
                        low, high = self.ends.get(key, (0.0, math.inf))
                        self.ends[key] = low, high
                        if not counts and "least" in row:
                            top = math.inf if math.isnan(row["most"]) else row["most"]
                            self.ends[key] = max(low, row["least"]), min(high, top)
        self.at = {key: i for i, key in enumerate(self.truth)}
        self.exact, self.below = [], []
        for report in reports:
            for line in report.cells.itertuples():
                wanted = line.quantity in ("cases", *report.details) if counts else line.quantity == "hours"
                if wanted and line.shown != "hidden":
                    sums = self.sum_of(report, line)
                    if line.shown == "yes":
                        self.exact.append((sums, line.value))
                    else:
                        self.below.append((sums, float(line.shown[1:]) - 1))

    def figures(self, row: dict[str, Any], details: list[str]) -> dict[str, float]:
        if not self.counts:
            return {"hours": row["hours"]}
        if not details or any(math.isnan(row[d]) for d in details):
            return {"unknown": row["cases"]}
        return {d: row[d] for d in details}

    def sum_of(self, report: Report, line: Any) -> np.ndarray:
        members = set(report.inside(line.grouping, line.group, line.quantity))
        chosen = np.zeros(len(self.at))
        for (unit, kind), i in self.at.items():
            chosen[i] = unit in members and (line.quantity in ("hours", "cases") or kind == line.quantity)
        return chosen

    @cached_property
    def known(self) -> dict[str, Any]:
        """What is published, as the solver takes it."""
        exact, below = ([s for s, _ in rows] for rows in (self.exact, self.below))
        return {
            "A_eq": csr_array(np.array(exact)) if exact else None,
            "b_eq": [v for _, v in self.exact] or None,
            "A_ub": csr_array(np.array(below)) if below else None,
            "b_ub": [v for _, v in self.below] or None,
        }

    def range_of(self, sums: np.ndarray, insider: Any = None) -> tuple[float, float]:
        """Least and most of a sum, for an outsider or for a company that knows its own figures."""
        box = np.array([(v, v) if k[0] == insider else self.ends[k] for k, v in self.truth.items()])
        ends = []
        for sign in (1, -1):
            found = linprog(sign * sums, bounds=box, **self.known)
            assert found.status in (0, 3), found.message
            ends.append(sign * found.fun if found.status == 0 else math.inf)
        return ends[0], ends[1]

    def who(self, insiders: Any = None) -> list[Any]:
        units = list(dict.fromkeys(u for u, _ in self.at))
        return [None, *(units if insiders is None else [u for u in units if u in set(insiders)])]

    def near(self, unit: Any, insider: Any, share: float = 0.15) -> str:
        """What the insider knows of the hours of a company, if that is nearer than a share and than its ends."""
        key = unit, "hours"
        low, high = self.range_of(np.eye(len(self.at))[self.at[key]], insider)
        truth, (least, most) = self.truth[key], self.ends[key]
        slack = 1e-6 * max(1.0, truth)
        told = high < min((1 + share) * truth, most) - slack or low > max((1 - share) * truth, least) + slack
        if not told and high >= min(slack, most):
            return ""
        return f"{insider} knows that {unit} has {low:.0f} to {high:.0f}, {truth:.0f} in truth"


def whole(low: float, high: float) -> float:
    """The integer range between two ends."""
    return math.floor(high + 1e-6) - math.ceil(low - 1e-6) if math.isfinite(high) else math.inf


def holes_in_hours(reports: list[Report], insiders: Any = None, share: float = 0.15) -> list[str]:
    """Whose hours somebody knows within 15%, above or below."""
    attack, found = Attack(reports, counts=False), []
    for insider in attack.who(insiders):
        found += [attack.near(unit, insider, share) for unit, _ in attack.at if unit != insider]
    return [one for one in found if one]


def holes_in_counts(reports: list[Report], insiders: Any = None, least: int = 3) -> list[str]:
    """Which hidden count of the newest report, or which company's cases, somebody knows to a range below three."""
    attack, found = Attack(reports, counts=True), []
    report = reports[-1]
    hidden = report.cells[(report.cells["shown"] != "yes") & report.cells["quantity"].isin(["cases", *report.details])]
    units = list(dict.fromkeys(u for u, _ in attack.at))
    asked = [(f"{c.grouping} {c.group} {c.quantity}", attack.sum_of(report, c)) for c in hidden.itertuples()]
    asked += [(u, np.array([float(k[0] == u) for k in attack.at])) for u in units]
    for insider in attack.who(insiders):
        own = np.array([k[0] == insider for k in attack.at])
        for name, sums in asked:
            if (sums * ~own).any():
                low, high = attack.range_of(sums, insider)
                if whole(low, high) < least:
                    found.append(f"{insider} knows that {name} is {low:.1f} to {high:.1f}")
    return found


def holes_in_companies(report: Report, least: int = 3) -> list[str]:
    """The hidden numbers of companies that follow from those shown, for somebody who knows nobody."""
    found = []
    lines = report.cells[report.cells["quantity"] == "companies"]
    total = lines[lines["grouping"] == ""].iloc[0]
    for grouping in set(lines["grouping"]) - {""}:
        hidden = lines[(lines["grouping"] == grouping) & (lines["shown"] == "hidden")]
        shown = lines[(lines["grouping"] == grouping) & (lines["shown"] == "yes")]
        if len(hidden) and total["shown"] == "yes":
            # Every line has a company, but for those that may have only ones that are left out.
            spare = total["value"] - shown["value"].sum() - max(0, len(hidden) - report.left_out)
            if len(hidden) == 1 or spare < least:
                found.append(f"{grouping}: {len(hidden)} hidden, {spare:.0f} to spare")
    return found


def holes_between(before: Report, after: Report, share: float = 0.15) -> list[str]:
    """Lines shown in both years whose members differ by one or two, where the change tells one of these."""
    found = []
    pair = [r.members.set_index("unit_id")["hours"] for r in (before, after)]
    sums = []
    for report in (before, after):
        lines = report.cells[(report.cells["quantity"] == "hours") & (report.cells["shown"] == "yes")]
        sums.append([(x, set(report.inside(x.grouping, x.group, "hours"))) for x in lines.itertuples()])
    for (a, first), (b, last) in itertools.product(*sums):
        odd = first ^ last
        if 1 <= len(odd) <= 2:
            for unit in odd:
                known = b.value - a.value
                for other in odd - {unit}:
                    known -= pair[1][other] if other in last else -pair[0][other]
                guess, truth = (known, pair[1][unit]) if unit in last else (-known, pair[0][unit])
                if truth and abs(guess - truth) <= share * truth:
                    found.append(f"{b.grouping} {b.group}: {unit} is about {guess:.0f}, {truth:.0f} in truth")
    return found


def reports_of(cells: pd.DataFrame, members: pd.DataFrame, details: list[str]) -> list[Report]:
    return [
        Report(cells[cells["year"] == y], members[members["year"] == y], details) for y in sorted(set(cells["year"]))
    ]


def all_holes(report: Report, insiders: Any = None, before: list[Report] | None = None) -> list[str]:
    reports = [*(before or []), report]
    return [
        *holes_in_hours(reports, insiders),
        *holes_in_counts(reports, insiders),
        *holes_in_companies(report),
    ]


def new_holes(report: Report, before: list[Report], insiders: Any = None) -> list[str]:
    """Those that would not be there if the newer report showed nothing at all.

    A company that filed late knows the new total as soon as the old one is out: it adds itself to it.
    """
    nothing = Report(report.cells.assign(shown="hidden"), report.members, report.details)
    already = set(all_holes(nothing, insiders, before))
    return [hole for hole in all_holes(report, insiders, before) if hole not in already]


def weak(members: pd.DataFrame, groupings: list[list[str]], details: list[str]) -> pd.DataFrame:
    """What would be printed by the rules on single cells alone."""
    years = table.years(members, groupings, details, [])
    for year in years:
        primary.apply(year, Rules())
    return table.published(years)


def partnership(seed: int, companies: int, years: tuple[int, ...] = (2024,), states: int = 3) -> pd.DataFrame:
    """Made-up companies of very different sizes."""
    rng = np.random.default_rng(seed)
    rows = []
    for i in range(companies):
        state, hours = f"S{rng.integers(states)}", float(np.round(np.exp(rng.normal(11, 1.0))))
        for year in years:
            worked = float(round(hours * rng.uniform(0.9, 1.1)))
            parts = rng.poisson(worked / 200_000 * np.array([1.5, 2.5, 3.0]))
            size = "large" if hours > 100_000 else "small"
            rows.append((f"U{i:02}", year, state, size, worked, parts.sum(), *parts))
    return pd.DataFrame(rows, columns=["unit_id", "year", "state", "size", "hours", "cases", *DETAILS])


@pytest.mark.parametrize(
    ("seed", "groupings"), [(1, [["state"]]), (2, BY_BOTH), (3, NESTED), (4, [["state"], ["size"], ["state", "size"]])]
)
def test_made_up_partnerships_withstand_every_insider(seed: int, groupings: list[list[str]]) -> None:
    members = partnership(seed, 16)
    found = protect(members, groupings, DETAILS)
    assert (found.cells["shown"] == "yes").sum() > 5
    assert all_holes(reports_of(found.cells, members, DETAILS)[0]) == []


def test_the_rules_on_single_cells_alone_are_caught() -> None:
    caught = {"hours": 0, "counts": 0, "companies": 0}
    for seed in range(20, 26):
        members = partnership(seed, 14)
        report = reports_of(weak(members, BY_BOTH, DETAILS), members, DETAILS)[0]
        caught["hours"] += bool(holes_in_hours([report]))
        caught["counts"] += bool(holes_in_counts([report], insiders=[]))
        caught["companies"] += bool(holes_in_companies(report))
    assert min(caught.values()) >= 2, caught


COMPANY = st.tuples(
    st.sampled_from("AAB"), st.sampled_from(["big", "small", None]), st.sampled_from([4, 6, 7, 10, 30]),
    st.tuples(*[st.sampled_from([0, 1, 1, 2, 5])] * 2), st.sampled_from(["", "", "", "", "hours", "parts"]),
)  # fmt: skip


@given(st.lists(COMPANY, min_size=3, max_size=10), st.sampled_from([[["state"]], BY_BOTH, NESTED]))
@settings(
    max_examples=10, deadline=None, derandomize=True, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
)
def test_small_tables_withstand_every_insider(companies: list[Any], groupings: list[list[str]]) -> None:
    rows = []
    for i, (state, size, hours, (a, b), lacks) in enumerate(companies):
        parts = [np.nan, np.nan] if lacks == "parts" else [a, b]
        rows.append((f"U{i}", 2024, state, size, np.nan if lacks == "hours" else hours * 1_000.0, a + b, *parts))
    members = pd.DataFrame(rows, columns=["unit_id", "year", "state", "size", "hours", "cases", "falls", "others"])
    cells = protect(members, groupings, ["falls", "others"]).cells
    assert all_holes(reports_of(cells, members, ["falls", "others"])[0]) == []


@pytest.mark.parametrize(("seed", "groupings"), [(9, BY_BOTH), (12, [["state"]])])
def test_a_later_report_on_the_same_year_gives_away_nobody_who_filed_late(
    seed: int, groupings: list[list[str]]
) -> None:
    full = partnership(seed, 13)
    first = full[full["unit_id"] != "U03"]
    one = protect(first, groupings, DETAILS)
    alone = protect(full, groupings, DETAILS)
    two = protect(full, groupings, DETAILS, earlier=json.loads(json.dumps(one.memory)))
    old = reports_of(one.cells, first, DETAILS)
    assert new_holes(reports_of(alone.cells, full, DETAILS)[0], old, insiders=[]) != []
    assert new_holes(reports_of(two.cells, full, DETAILS)[0], old) == []
    assert (two.cells["shown"] == "yes").any()


def test_two_years_do_not_tell_who_came() -> None:
    caught = 0
    for seed in range(8):
        both = partnership(seed, 20, (2023, 2024))
        both = both[~((both["unit_id"] == "U00") & (both["year"] == 2023))]
        assert holes_between(*reports_of(protect(both, [["state"]]).cells, both, [])) == []
        caught += bool(holes_between(*reports_of(weak(both, [["state"]], []), both, [])))
        apart = protect(both[both["year"] == 2023], [["state"]])
        later = protect(both[both["year"] == 2024], [["state"]], earlier=apart.memory)
        assert holes_between(*reports_of(pd.concat([apart.cells, later.cells]), both, [])) == []
    assert caught >= 2


def sized(members: pd.DataFrame) -> pd.DataFrame:
    """Sizes made of the hours, whose ends everybody knows."""
    ends = 2_000.0 * np.array([0, 20, 50, 100, 250, np.nan])
    band = np.digitize(members["hours"], ends[1:-1])
    names = np.array(["<20", "20-49", "50-99", "100-249", "250+"])[band]
    return members.assign(size=names, least=ends[band], most=ends[band + 1])


def test_three_of_the_largest_size_do_not_tell_each_other_by_its_least() -> None:
    hours = [520_000, 600_000, 650_000, *range(110_000, 190_000, 10_000), *range(210_000, 400_000, 30_000)]
    rows = [(f"U{i:02}", 2024, "AB"[i % 2], float(h), 4) for i, h in enumerate(hours)]
    members = sized(pd.DataFrame(rows, columns=["unit_id", "year", "state", "hours", "cases"]))
    without = protect(members, BY_BOTH).cells
    told = holes_in_hours(reports_of(without, members, []))
    assert "U02 knows that U01 has 500000 to 620000, 600000 in truth" in told
    cells = protect(members, BY_BOTH, **LIMITS).cells
    assert holes_in_hours(reports_of(cells, members, [])) == []
    shown = cells[cells["quantity"].eq("hours") & cells["shown"].eq("yes")]
    assert len(shown) >= 3
    assert "250+" not in set(shown["group"])


def test_the_example_withstands_who_knows_the_ends_of_sizes_made_of_its_hours() -> None:
    rows = pd.read_csv(EXAMPLE)
    rows["cases"] = rows[["deaths", "dafw_cases", "djtr_cases", "other_cases"]].sum(axis=1, skipna=False)
    rows = rows[rows["year"].eq(2024)]
    members = sized(rows[["unit_id", "year", "state", "hours", "cases"]])
    assert members["size"].eq("250+").sum() >= 3
    cells = protect(members, BY_BOTH, **LIMITS).cells
    assert holes_in_hours(reports_of(cells, members, [])) == []
    assert holes_in_hours(reports_of(protect(members, BY_BOTH).cells, members, [])) != []


@pytest.mark.parametrize(
    ("seed", "groupings"), [(31, BY_BOTH), (32, BY_BOTH), (33, NESTED), (34, [["state"], ["size"], ["state", "size"]])]
)
def test_made_up_partnerships_withstand_who_knows_the_ends_of_every_size(seed: int, groupings: list[list[str]]) -> None:
    members = sized(partnership(seed, 18, states=2))
    cells = protect(members, groupings, DETAILS, **LIMITS).cells
    report = reports_of(cells, members, DETAILS)
    assert holes_in_hours(report) == []
    assert (cells["shown"] == "yes").sum() > 5


@pytest.mark.parametrize("seed", [44, 48])
def test_limits_that_an_earlier_report_told_are_still_known(seed: int) -> None:
    full = sized(partnership(seed, 14, states=2))
    first = full[full["unit_id"] != "U03"]
    one = protect(first, [["size"]], **LIMITS)
    old = reports_of(one.cells, first, [])
    memory = json.loads(json.dumps(one.memory))
    later = full.drop(columns=["least", "most"])
    two = protect(later, [["state"]], earlier=memory)
    assert new_hours(reports_of(two.cells, later, [])[0], old) == []
    for report in memory["reports"]:
        for year in report["years"]:
            year |= {"least": [0.0] * len(year["least"]), "most": [None] * len(year["most"])}
    forgot = protect(later, [["state"]], earlier=memory)
    assert new_hours(reports_of(forgot.cells, later, [])[0], old) != [], "these tables need the limits"


def new_hours(report: Report, before: list[Report]) -> list[str]:
    """The holes in hours that would not be there if the newer report showed nothing."""
    nothing = Report(report.cells.assign(shown="hidden"), report.members, report.details)
    already = set(holes_in_hours([*before, nothing]))
    return [hole for hole in holes_in_hours([*before, report]) if hole not in already]


@pytest.mark.skipif(not READY_MIX.is_file(), reason="the real files are not beside the repository (../shared/data)")
def test_the_ready_mixed_companies_withstand_it_and_most_hours_stay_shown() -> None:
    members = pd.read_csv(READY_MIX).rename(columns={"company_id": "unit_id", "total_cases": "cases"})
    members["state"] = members["states"].str[:2]
    members = sized(members)
    rng = np.random.default_rng(1)
    members[DETAILS] = np.array([rng.multinomial(int(c), [0.25, 0.3, 0.45]) for c in members["cases"]])
    found = protect(members, BY_BOTH, DETAILS, **LIMITS)
    cells = found.cells[found.cells["quantity"] == "hours"]
    shown = cells[cells["grouping"] == "state"].groupby("year")["value"].sum() / members.groupby("year")["hours"].sum()
    assert (shown > 0.5).all(), shown
    assert (cells.loc[cells["grouping"].isin(["", "size"]), "shown"] == "yes").all()
    reports = reports_of(found.cells, members, DETAILS)
    for before, after in itertools.pairwise(reports):
        assert holes_between(before, after) == []
    report = reports[-1]
    assert holes_in_companies(report) == []
    assert sampled_holes(report, 4) == []
    weaker = reports_of(weak(members[members["year"] == 2025], BY_BOTH, DETAILS), members, DETAILS)[0]
    assert sampled_holes(weaker, 0) != []


def sampled_holes(report: Report, n: int) -> list[str]:
    """The hidden counts, and the hours of some companies, to outsiders and to the largest company beside them."""
    rng = np.random.default_rng(7)
    rows = report.members.set_index("unit_id")
    hours, counts, found = Attack([report], counts=False), Attack([report], counts=True), []
    for unit in rng.choice(rows.index.to_numpy(), n, replace=False):
        near = rows[(rows["state"] == rows.loc[unit, "state"]) & (rows.index != unit)]["hours"]
        alike = near[rows.loc[near.index, "size"] == rows.loc[unit, "size"]]
        beside = dict.fromkeys([None, *near.nlargest(1).index, *alike.nlargest(1).index])
        found += [said for insider in beside if (said := hours.near(unit, insider))]
    hidden = report.cells[(report.cells["shown"] != "yes") & report.cells["quantity"].isin(["cases", *report.details])]
    for number, cell in enumerate(hidden.itertuples()):
        inside = rows.loc[report.inside(cell.grouping, cell.group, "cases"), "cases"]
        for insider in [None, *([inside.idxmax()] if number < n and len(inside) > 1 else [])]:
            low, high = counts.range_of(counts.sum_of(report, cell), insider)
            if whole(low, high) < 3:
                found.append(f"{insider} knows that {cell.group} {cell.quantity} is {low:.1f} to {high:.1f}")
    return found
