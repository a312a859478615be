"""The association's annual report: its sums and counts by other ways, what may not be told from it, and bad input."""

from __future__ import annotations

import itertools
import json
import math
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from scipy import stats

from oshlib import editions, frameworks, lists, masks, places
from oshlib.charts.association import kinds_chart
from oshlib.errors import OshError
from oshlib.headline import HEADLINE
from oshlib.masks import FEW, HIDDEN, Shown
from oshlib.report import association as report
from oshlib.study import advice, load, participant
from oshlib.study import association_private as private_files
from oshlib.study.advice import Numbers
from oshlib.study.association import Association, study
from oshlib.study.association_cautions import _hidden as hidden_cautions
from oshlib.study.association_editions import telling
from oshlib.study.association_members import gather
from oshlib.study.association_sites import shared
from oshlib.study.association_tables import agreed, hours_of_size
from oshlib.targeting import record
from tests.conftest import message

EXAMPLE = "data/example/partnership"
FILES = {
    "data": f"{EXAMPLE}.csv",
    "participants": f"{EXAMPLE}_participants.csv",
    "contacts": f"{EXAMPLE}_contacts.csv",
    "cases": f"{EXAMPLE}_cases.csv",
    "answers": f"{EXAMPLE}_answers.csv",
}
SET = {
    "scheme": "safe",
    "framework": "safe",
    "goals_table": "data/reference/partnership_goals.csv",
    "calendar": "data/reference/partnership_calendar.csv",
}
NOTEBOOK = places.ROOT / "notebooks" / "partnership_annual.ipynb"
NAMES = (
    "unit", "unit_id", "plant", "address", "city", "zip", "contact", "phone", "email", "ein", "establishment_name",
    "company_name", "street_address", "zip_code", "case_number",
)  # fmt: skip
HEAD = (
    "unit,unit_id,year,hours,employees,deaths,dafw_cases,djtr_cases,other_cases,same_level_falls,"
    "different_level_falls,struck_by,strains_sprains,state"
)
Write = Callable[..., str]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write_rows(name: str, head: str, *rows: str) -> str:
        path = tmp_path / name
        path.write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
        return str(path)

    return write_rows


def example(**more: Any) -> Association:
    options: dict[str, Any] = {
        "benchmark": f"{EXAMPLE}_benchmark.csv",
        "level_drawn": "diamond",
        **FILES,
        **SET,
        **more,
    }
    return study(**options)


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Association:
    private = tmp_path_factory.mktemp("private")
    return example(private=str(private), partnership_start="2022-01-01", last_year=2025)


@pytest.fixture(scope="module")
def plain() -> Association:
    """Without anything of the association's own."""
    return example()


@pytest.fixture(scope="module")
def raw() -> pd.DataFrame:
    """The rows of those who took part, by the dates of the list as they stand in it, with months since each start."""
    table = pd.read_csv(places.ROOT / FILES["data"])
    people = pd.read_csv(places.ROOT / FILES["participants"])
    both = table.merge(people[["unit_id", "implementation_date", "left", "level", "area"]], on="unit_id")
    end = both["year"].astype(str) + "-12-31"
    inside = both["implementation_date"].fillna("9999").le(end) & ~both["left"].fillna("9999").le(end)
    own = both[inside].copy()
    start = pd.to_datetime(own["implementation_date"])
    whole = start.dt.day.eq(1).astype(int)
    own["months"] = 12 * (own["year"] - start.dt.year) + 12 - start.dt.month + whole
    own["cases"] = own[["deaths", "dafw_cases", "djtr_cases", "other_cases"]].sum(axis=1)
    return own


def codes(a: Association) -> set[str]:
    return {f["code"] for f in a.cautions}


def hand_over(a: Association, private: str) -> None:
    """What a hand-over of a report leaves in its private folder."""
    report.keep(a, private)
    editions.hand_over([{"parameters": {"private": private}, "headline": {"year": a.year}}])


def figure(a: Association, measure: str) -> Any:
    return next(f for f in a.figures if f.measure == measure)


def headline(a: Association) -> dict[str, Any]:
    InteractiveShell.instance()
    with capture_output() as caught:
        report.headline(a)
    (output,) = caught.outputs
    return dict(json.loads(json.dumps(output.data))[HEADLINE])


def identifiers() -> dict[str, str]:
    """Everything in the example files that names somebody, and the exact hours of every company, with its column."""
    there: dict[str, str] = {}
    for path in FILES.values():
        table = pd.read_csv(places.ROOT / path, dtype=str, keep_default_na=False)
        for column in table.columns:
            hours = column in ("hours", "total_hours_worked")
            if column in NAMES or hours:
                for value in set(table[column]) - {""}:
                    there[value] = column
                    if hours:
                        there |= {f"{int(value):,}": column, f"{int(value):,}".replace(",", " "): column}
    return there


def leaks(text: str) -> list[str]:
    folded = text.casefold()
    hits = []
    for value, column in identifiers().items():
        forms = {value, value.replace("&", "&amp;"), json.dumps(value)[1:-1]}
        patterns = (rf"(?<![\w.,]){re.escape(form.casefold())}(?![\w])" for form in forms)
        hits += [f"{column}: {value}" for pattern in patterns if re.search(pattern, folded)]
    return hits


# Sums


def test_the_combined_rate_is_all_cases_over_all_hours_of_who_took_part(found: Association, raw: pd.DataFrame) -> None:
    usable = raw[raw["hours"].gt(0) & raw["cases"].notna()]
    sums = usable.groupby("year").agg(companies=("unit_id", "size"), cases=("cases", "sum"), hours=("hours", "sum"))
    combined = found.combined.set_index("year")
    pd.testing.assert_frame_equal(combined[["companies", "cases", "hours"]], sums, check_dtype=False, check_names=False)
    assert combined["members"].to_dict() == raw.groupby("year")["unit_id"].size().to_dict()
    for year, row in sums.iterrows():
        n, h = row["cases"], row["hours"]
        low, high = stats.chi2.ppf(0.025, 2 * n) / 2, stats.chi2.ppf(0.975, 2 * n + 2) / 2
        own = combined.loc[year]
        assert own["value"] == pytest.approx(n * 2e5 / h)
        assert (own["low"], own["high"]) == (pytest.approx(low * 2e5 / h), pytest.approx(high * 2e5 / h))
        rates = usable[usable["year"].eq(year)]
        assert own["value"] != pytest.approx((rates["cases"] * 2e5 / rates["hours"]).mean(), rel=1e-3), (
            "no mean of rates"
        )


def test_each_year_is_held_against_the_one_before_by_the_exact_conditional_test(found: Association) -> None:
    rows = found.combined.set_index("year")
    for year in found.years[1:]:
        a, b = rows.loc[year], rows.loc[year - 1]
        n, share = int(a["cases"] + b["cases"]), a["hours"] / (a["hours"] + b["hours"])
        tail = min(stats.binom.cdf(a["cases"], n, share), stats.binom.sf(a["cases"] - 1, n, share))
        assert a["ratio"] == pytest.approx(a["value"] / b["value"])
        assert a["p"] == pytest.approx(min(1, 2 * tail))
        assert (a["ratio_low"] < 1 < a["ratio_high"]) == (a["p"] > 0.05)


def test_types_are_those_of_the_forms_and_add_up_with_the_rest(found: Association, raw: pd.DataFrame) -> None:
    types = ["same_level_falls", "different_level_falls", "struck_by", "strains_sprains"]
    usable = raw[raw["hours"].gt(0)]
    for year, part in usable.groupby("year"):
        own = found.types[found.types["year"].eq(year)].set_index("quantity")
        expected = part[types].sum()
        for kind in types:
            row = own.loc[f"type:{kind}"]
            assert row["value"] == expected[kind] or (row["shown"] != "yes" and math.isnan(row["value"]))
        rest = own.loc["type:other_incidents"]
        assert rest["shown"] != "yes" or rest["value"] == part["cases"].sum() - expected.sum()


def test_the_headline_has_the_names_of_the_contract_and_no_other(found: Association) -> None:
    said = headline(found)
    assert set(said) == {"year", "companies", "combined", "suppressed_cells", "flags"}
    assert (said["year"], said["companies"]) == (2025, 40)
    assert said["combined"]["value"] == found.combined["value"].tolist()
    assert said["combined"]["change"] == found.last.ratio - 1
    assert said["suppressed_cells"] == found.suppressed > 0
    assert all(set(f) == {"code", "year", "text"} for f in said["flags"])


# The goal and the other tests


def test_the_goal_is_counted_for_those_due_by_their_own_clock(found: Association, raw: pd.DataFrame) -> None:
    survey = pd.read_csv(places.ROOT / f"{EXAMPLE}_benchmark.csv", dtype={"value": str}).set_index("year")["value"]
    standard = sum(Fraction(survey[y]) for y in (2023, 2024, 2025)) / 3
    last = raw[raw["year"].eq(2025)]
    for t in (t for t in found.tested if t.year == 2025):
        due = last[last["months"].ge(36)] if t.clock == "own" else last
        known = due[due["hours"].gt(0)]
        target = standard * Fraction(7, 10)
        rates = [Fraction(int(r.cases) * 200_000, int(r.hours)) for r in known.itertuples()]
        met = [r <= target for r in rates]
        high = stats.chi2.ppf(0.975, 2 * known["cases"] + 2) / 2 * 2e5 / known["hours"]
        beyond = int((high < float(target)).sum())
        most = [math.floor(target * int(h) / 200_000) for h in known["hours"]]
        luck = sum(stats.poisson.cdf(m, float(standard) * h / 2e5) for m, h in zip(most, known["hours"], strict=True))
        assert (t.due, t.target) == (len(due), float(target))
        assert t.expected == pytest.approx(luck)
        assert t.parts["met"].value == sum(met) or not t.parts["met"].known
        assert t.by_chance["beyond"].value == beyond or (t.by_chance["beyond"].text == FEW and beyond < 5)
    assert {t.clock for t in found.tested} == {"own", "scheme"}


def test_the_second_clock_is_left_out_where_it_has_no_start(plain: Association) -> None:
    assert {t.clock for t in plain.tested} == {"own"}
    assert message(lambda: example(partnership_start="spring")) == (
        "partnership_start: found 'spring', expected a day such as 2022-01-01"
    )


def test_the_removal_test_counts_who_is_above_the_average_of_the_year(found: Association, raw: pd.DataFrame) -> None:
    survey = pd.read_csv(places.ROOT / f"{EXAMPLE}_benchmark.csv", dtype={"value": str}).set_index("year")["value"]
    own = raw[raw["year"].eq(2025) & raw["hours"].gt(0)]
    rates = [Fraction(int(r.cases) * 200_000, int(r.hours)) for r in own.itertuples()]
    above = sum(math.floor(r * 10 + Fraction(1, 2)) > Fraction(survey[2025]) * 10 for r in rates)
    rule = next(r for r in found.rules if r.test == "removal" and r.year == 2025)
    assert rule.parts["removal"].value == above
    assert rule.parts["stays"].value == len(own) - above


# Figures


def test_figures_are_of_those_who_gave_them(found: Association, raw: pd.DataFrame) -> None:
    own = raw[raw["year"].eq(2025)]
    assert figure(found, "citations").before.value == raw.loc[raw["year"].eq(2024), "citations"].sum()
    came_and_left = figure(found, "citations").now
    assert (came_and_left.text, came_and_left.why) == (HIDDEN, "difference"), "11 and 11 tell a newcomer's nothing"
    assert figure(found, "holders_10").now == Shown(
        float(own["holders_10"].sum()), "", float(own["holders_10"].count())
    )
    ratio = own["holders_10"].sum() * 20 / own["employees"].sum()
    assert figure(found, "holders_10_ratio").now.value == pytest.approx(ratio, abs=0.005)
    assert figure(found, "mean_loss_ratio").now.value == pytest.approx(own["loss_ratio"].mean(), abs=0.005)


def test_contacts_are_attendances_and_one_unknown_leaves_a_company_out(found: Association, raw: pd.DataFrame) -> None:
    contacts = pd.read_csv(places.ROOT / FILES["contacts"])
    there = set(raw.loc[raw["year"].eq(2025), "unit_id"])
    own = contacts[contacts["year"].eq(2025) & contacts["unit_id"].isin(there)]
    unknown = set(own.loc[own["attended"].isna(), "unit_id"])
    known = own[~own["unit_id"].isin(unknown)]
    assert figure(found, "potential").now.value == known["full_time"].sum()
    assert figure(found, "actual").now == Shown(float(known["attended"].sum()), "", float(len(there - unknown)))
    coverage = known["attended"].sum() / known["full_time"].sum()
    assert figure(found, "coverage").now.value == pytest.approx(coverage, abs=0.0005)
    reached = known.groupby(["unit_id", "plant"])["attended"].max().sum()
    assert figure(found, "reached").now.value == reached
    five = own[own["unit_id"].eq("SP-05")]
    assert (five["attended"].sum(), five["full_time"].sum()) == (22, 24)
    for row in found.initiatives[found.initiatives["year"].eq(2025)].itertuples():
        part = known[known["initiative"].eq(row.initiative)]
        assert row.coverage.value == pytest.approx(part["attended"].sum() / part["full_time"].sum(), abs=0.0005)
        assert (row.potential.text, row.actual.text) == (HIDDEN, HIDDEN), "two initiatives differ by one company"


def test_every_goal_of_the_table_stands_on_the_page_with_each_of_its_measures(found: Association) -> None:
    table = pd.read_csv(places.ROOT / SET["goals_table"])
    text = str(report.goal_tables(found))
    assert re.findall(r"<h3>(\d)\. ", text) == ["1", "2", "3", "4", "5"]
    assert table["source"].str.len().gt(10).all()
    for label in table.loc[~table["kind"].isin(["rate", "kinds"]), "label"]:
        assert label in text


# What may be shown


@given(st.dictionaries(st.sampled_from("abcd"), st.integers(0, 12), min_size=2, max_size=4))
def test_no_count_of_companies_can_be_worked_out(parts: dict[str, int]) -> None:
    shown = masks.counts(parts)
    total = sum(parts.values())
    open_ = [k for k, s in shown.items() if not s.known]
    for k, s in shown.items():
        assert s.known == (s.value == parts[k]), k
        assert not s.known or s.value >= masks.SMALL, k
    rest = total - sum(parts[k] for k in parts if k not in open_)
    ranges = [range(min(masks.SMALL - 1, rest) + 1) if shown[k].text == FEW else range(rest + 1) for k in open_]
    fits = [w for w in itertools.product(*ranges) if sum(w) == rest]
    for own in (None, *(k for k in open_ if parts[k])):  # an outsider, and one of each part that is not shown
        seen = [w for w in fits if own is None or w[open_.index(own)] >= 1]
        for i, k in enumerate(open_):
            values = {w[i] for w in seen}
            assert max(values) - min(values) >= 3 or total < masks.SMALL + 1, (k, parts)


@pytest.mark.parametrize(("groups", "kinds"), [("hidden", "yes"), ("yes", "hidden"), ("<5", "<5"), ("yes", "yes")])
def test_no_kind_is_shown_beside_a_total_that_one_of_two_tables_hides(groups: str, kinds: str) -> None:
    def cells(total: str, *more: tuple[str, float]) -> pd.DataFrame:
        rows = [("cases", 20.0 if total == "yes" else math.nan, total), *((q, v, "yes") for q, v in more)]
        table = pd.DataFrame(rows, columns=["quantity", "value", "shown"])
        return table.assign(year=2025, grouping="", group="", why=table["shown"].map({"yes": ""}).fillna("complement"))

    found = agreed(cells(kinds, ("type:a", 12.0), ("type:b", 8.0)), cells(groups)).set_index("quantity")
    assert found.loc["cases", "shown"] == groups
    both = groups == kinds == "yes"
    assert found.loc[["type:a", "type:b"], "shown"].tolist() == ["yes" if both else "hidden"] * 2
    assert found.loc["type:a", "value"] == 12 or not both


def test_a_figure_of_few_or_of_one_is_hidden_and_does_not_say_which_rule_hid_it() -> None:
    hidden = [masks.total([7, 8]), masks.total([61, 20, 19]), masks.total([60, 39, 1]), masks.ratio([9, 1], [9, 9])]
    assert {(s.text, s.why, str(s.n)) for s in hidden} == {(HIDDEN, "primary", "nan")}
    assert masks.total([60, 20, 20]).value == 100
    assert masks.total([1, 1, 2, 0]).text == HIDDEN, "one company has two of at most four"
    assert masks.total([1, 1, 1, 0]).text == FEW
    assert masks.middle([1, 2], "mean").text == HIDDEN
    assert masks.middle([1, 2, 3, 4], "median").text == HIDDEN


@pytest.mark.parametrize(("other", "tells"), [(0, True), (6, True), (7, False), (-6, True), (-7, False), (100, False)])
def test_a_sum_that_differs_by_one_company_is_hidden_where_it_tells_what_that_one_gave(other: int, tells: bool) -> None:
    old = pd.Series({"A": 50.0, "B": 60.0, "C": 70.0})
    new = pd.Series({"A": 50.0 + other / 2, "B": 60.0, "C": 70.0 + other / 2, "D": 40.0})
    alone = abs(other) <= 12  # A takes out its own half of the change
    assert telling(new, old) is (tells or alone)
    assert telling(old, new) is (tells or alone)
    both = pd.concat([new, pd.Series({"E": 30.0})])
    assert telling(both, old) is tells, "one of two subtracts its own"
    assert not telling(pd.concat([both, pd.Series({"F": 1.0})]), old)


def test_codes_are_shown_only_where_three_share_all_that_ever_stood_beside_them() -> None:
    now = ["x", "x", "x", "x", "y", "y", "z"]
    names = list("ABCDEFG")
    assert shared(names, now, []) == set("ABCD")
    assert shared(names, now, [dict.fromkeys("ABC", "z")]) == set("ABC"), "D is told apart: it had no row"
    assert shared(names, now, [dict.fromkeys("AB", "z") | {"C": "w"}]) == set()


@pytest.mark.parametrize(("others", "stands"), [(0, False), (1, False), (2, False), (3, True)])
def test_a_class_of_all_or_all_but_two_says_nothing_of_anybody_under_a_code(others: int, stands: bool) -> None:
    now = ["x"] * 5 + list("abc")[:others]
    names = list("ABCDEFGH")[: len(now)]
    assert shared(names, now, []) == (set("ABCDE") if stands else set())


def test_rows_under_codes_hold_no_rate_and_nobody_is_alone(found: Association) -> None:
    assert found.sites is not None
    rows = found.sites.rows
    assert list(rows) == ["code", "band", "direction", "alike"], "with a size half of a rate would be no case at all"
    alike = rows.groupby(["band", "direction"]).size()
    assert alike.min() >= 3
    assert alike.max() <= found.sites.after - 3
    assert len(rows) + found.sites.held == found.sites.after
    assert rows["code"].str.fullmatch(r"[A-Z0-9]{4}").all()


def test_small_counts_reach_no_figure_and_no_export(found: Association) -> None:
    exported = "".join(map(str, (report.kinds_table(found), report.goal_tables(found), report.group_table(found))))
    tables = [json.loads(t) for t in re.findall(r'<script type="application/json">(.*?)</script>', exported)]
    for table in tables:
        for row in table["rows"]:
            cells = dict(zip(table["header"], row, strict=True))
            for name in ("companies", "cases", "hours"):
                if cells.get(f"{name}_shown"):
                    assert cells[name] is None
            if cells.get("shown") in (FEW, HIDDEN):
                assert cells.get("value", cells.get("2025")) is None
    part = pd.DataFrame({"year": [2024, 2025], "value": [7.0, float("nan")]})
    drawn = kinds_chart([("Falls", part)]).to_plotly_json()
    assert [None if v != v else v for v in drawn["data"][0]["y"]] == [7.0, None]
    assert "not shown in 2025" in drawn["layout"]["meta"]["description"]


def test_nothing_in_the_executed_notebook_says_who_anybody_is() -> None:
    text = NOTEBOOK.read_text(encoding="utf-8")
    assert len(identifiers()) > 600
    assert leaks(text) == []
    assert leaks(text + " Alder Ready-Mix 01 (made up)") != [], "the search itself finds"
    notebook = nbformat.read(NOTEBOOK, 4)
    assert notebook.metadata["oshlib"]["deidentified"] is True
    figures = [
        o.data for c in notebook.cells for o in c.get("outputs", []) if "application/vnd.plotly.v1+json" in o.data
    ]
    assert len(figures) == 2
    assert "bdata" not in json.dumps(figures), "numbers stand as numbers, so that a search can read them"


# The association's own files


def test_draws_repeat_and_only_their_numbers_are_on_the_page(tmp_path: Path, raw: pd.DataFrame) -> None:
    a = example(private=str(tmp_path), seed=7)
    report.keep(a, str(tmp_path))
    table = record.read(tmp_path / "draws_2025.csv")
    assert record.verify(table) == []
    plants, others = (table[table["list"].eq(of)] for of in ("plants", "participants"))
    said = {d.sample: d for d in a.draws}
    assert (said["plants"].names, said["plants"].drawn) == (len(plants), -(-len(plants) // 10))
    diamonds = raw[raw["year"].eq(2025) & raw["level"].eq("diamond")]
    assert set(others["unit_id"]) == set(diamonds["unit_id"])
    assert said["participants"].frames == diamonds["area"].nunique()
    assert said["participants"].drawn == sum(-(-n * 5 // 100) for n in diamonds["area"].value_counts())
    assert others["drawn"].ne("").sum() == said["participants"].drawn
    assert leaks(str(report.draw_table(a)) + str(report.keep(a, str(tmp_path)))) == []


def test_a_report_made_twice_is_the_same_and_leaves_its_files_as_they_were(tmp_path: Path) -> None:
    first = example(private=str(tmp_path))
    hand_over(first, str(tmp_path))
    files = {p.name: p.read_bytes() for p in tmp_path.glob("[!.]*")}
    assert sorted(files) == ["codes.csv", "draws_2025.csv", "published_2025.json"]
    second = example(private=str(tmp_path))
    report.keep(second, str(tmp_path))
    assert {p.name: p.read_bytes() for p in tmp_path.glob("[!.]*")} == files
    pd.testing.assert_frame_equal(first.groups, second.groups)
    assert first.sites is not None
    assert second.sites is not None
    pd.testing.assert_frame_equal(first.sites.rows, second.sites.rows)


def test_a_figure_that_differs_from_an_earlier_report_by_one_company_is_hidden(
    tmp_path: Path, write: Write, plain: Association
) -> None:
    private = str(tmp_path / "own")
    rows = (places.ROOT / FILES["data"]).read_text(encoding="utf-8").splitlines()
    without = [r for r in rows[1:] if not re.match(r".*,SP-01,2025,", r)]
    assert len(without) == len(rows) - 2
    earlier = example(data=write("early.csv", rows[0], *without), private=private)
    hand_over(earlier, private)
    assert figure(earlier, "holders_10").now.known
    now = example(private=private)
    assert (figure(now, "holders_10").now.text, figure(now, "holders_10").now.why) == (HIDDEN, "difference")
    assert figure(plain, "holders_10").now.known


def test_a_draft_that_was_never_handed_over_takes_nothing_from_the_report_that_is(
    tmp_path: Path, write: Write, plain: Association
) -> None:
    private = str(tmp_path / "own")
    rows = (places.ROOT / FILES["data"]).read_text(encoding="utf-8").splitlines()
    draft = example(
        data=write("draft.csv", rows[0], *(r for r in rows[1:] if not re.match(r".*,SP-01,2025,", r))), private=private
    )
    report.keep(draft, private)
    assert (tmp_path / "own" / "draft_2025.json").exists()
    final = example(private=private)
    assert figure(final, "holders_10").now == figure(plain, "holders_10").now
    pd.testing.assert_frame_equal(final.groups, plain.groups)
    hand_over(final, private)
    assert sorted(p.name for p in (tmp_path / "own").glob("*.json")) == ["published_2025.json"]


def test_two_reports_of_one_private_folder_are_not_handed_over_together(tmp_path: Path) -> None:
    def entry(private: Any, year: Any = 2025) -> dict[str, Any]:
        return {"parameters": {"private": private}, "headline": {"year": year}}

    (tmp_path / "draft_2025.json").write_text("{}")
    (tmp_path / "draft_2024.json").write_text("{}")
    same = f"{tmp_path}/../{tmp_path.name}"
    assert message(lambda: editions.apart([entry(str(tmp_path), 2024), entry(""), entry(same)])) == (
        f"private: found {same!r} in two reports of one hand-over, expected one: hand them over one after the other, "
        "the earlier year first"
    )
    editions.apart([entry(str(tmp_path)), entry(None), {}, {"parameters": {"private": same}, "headline": None}])
    editions.apart([entry(str(tmp_path), 2023), entry(same, 2023)])  # both took codes from it only


def test_the_next_year_takes_account_of_the_year_before(tmp_path: Path, found: Association) -> None:
    private = str(tmp_path)
    first = example(private=private, last_year=2024)
    hand_over(first, private)
    second = example(private=private, last_year=2025)
    hand_over(second, private)
    assert {p.name for p in tmp_path.glob("published*")} == {"published_2024.json", "published_2025.json"}
    assert first.sites is not None
    assert second.sites is not None
    history: dict[str, tuple[str, ...]] = {}
    for a in (first.sites, second.sites):
        for code in {*history, *a.signatures}:
            history[code] = (*history.get(code, ("",) if a is second.sites else ()), a.signatures.get(code, ""))
    both = [h for h in history.values() if h[1]]
    assert both
    assert all(both.count(h) >= 3 for h in both), "no code is told from two others by both reports"
    assert len(second.sites.rows) <= len(found.sites.rows) if found.sites else False


def test_what_an_earlier_report_left_is_refused_where_it_is_damaged(tmp_path: Path) -> None:
    (tmp_path / "published_2025.json").write_text('{"version": 1}')
    assert "cannot be read as what an earlier report left (version 1)" in message(
        lambda: example(private=str(tmp_path))
    )
    assert (
        message(lambda: example(private=FILES["data"]))
        == f"private: found the file {FILES['data']!r}, expected a folder"
    )


def test_without_a_private_folder_nothing_is_kept_and_that_is_said(plain: Association) -> None:
    a = plain
    assert a.sites is None
    assert report.site_table(a) is None
    assert any("No private folder" in f["text"] for f in a.cautions)
    assert "kept nowhere" in report.keep(a, "")


def test_the_example_folder_holds_what_the_notebook_writes(tmp_path: Path) -> None:
    own = places.ROOT / "data" / "example" / "private"
    copy = tmp_path / "private"
    shutil.copytree(own, copy, ignore=shutil.ignore_patterns(".*"))
    a = example(private=str(copy))
    report.keep(a, str(copy))
    assert not list(copy.glob("draft_*")), "it is what was handed over"
    for file in ("codes.csv", "draws_2025.csv", "published_2025.json"):
        assert (copy / file).read_bytes() == (own / file).read_bytes(), file


def test_the_ends_of_a_size_bound_the_hours_only_where_one_made_the_other() -> None:
    rows = [
        (np.nan, "hours", "reported", 39_999.0, "under 20"),
        (np.nan, "hours", "reported", 40_000.0, "20 to 49"),
        (np.nan, "hours", "reported", 600_000.0, "50 and more"),
        (30.0, "heads", "reported", 70_000.0, "20 to 49"),
        (30.0, "heads", "headcount", 60_000.0, "20 to 49"),
        (30.0, "heads", "headcount", 30_000.0, "20 to 49"),  # half a year: its ends are others
        (np.nan, "", "", np.nan, "not known"),
    ]
    table = pd.DataFrame(rows, columns=["employees", "sized_by", "hours_from", "hours", "size"])
    ends = hours_of_size(table, [20, 50])
    none, middle = [None, None], [40_000, 100_000]
    found = ends.astype(object).where(ends.notna(), None).to_numpy().tolist()
    assert found == [[0, 40_000], middle, [100_000, None], none, middle, none, none]


def test_a_report_with_sizes_of_hours_remembers_their_ends(write: Write) -> None:
    table = pd.read_csv(places.ROOT / FILES["data"]).drop(columns="employees")
    data = write("data.csv", *table.to_csv(index=False).splitlines())

    def years(**more: Any) -> list[dict[str, Any]]:
        memory = example(data=data, **more).kept.memories["groups"]
        return list(memory["reports"][0]["years"])

    for year in years():
        ends = zip(year["least"], year["hours"], year["most"], strict=True)
        assert all(low <= h < (high or np.inf) and (low or high) for low, h, high in ends)
    assert not any(any(year["least"]) or any(year["most"]) for year in years(by=["state"]))


# Recommendations: each limit from both sides


@pytest.mark.parametrize(
    ("own", "numbers", "speaks"),
    [
        ("rise", {"ratio": 1.1, "p": 0.049}, True),
        ("rise", {"ratio": 1.1, "p": 0.05}, False),
        ("rise", {"ratio": 0.9, "p": 0.001}, False),
        ("leading_type", {"types": {"a": 21, "b": 8, "c": 7}}, True),
        ("leading_type", {"types": {"a": 20, "b": 10}}, False),
        ("leading_type", {"types": {"a": 10, "b": 10}}, False),
        ("leading_type", {"types": {"a": 40}}, False),
        ("luck", {"judged": 20, "met": 8, "luck": 6.0, "p_luck": 0.05}, True),
        ("luck", {"judged": 20, "met": 12, "luck": 6.0, "p_luck": 0.049}, False),
        ("luck", {"judged": 0, "p_luck": 1.0}, False),
        ("above", {"above": 5, "notice": 45}, True),
        ("above", {"above": 0}, False),
        ("score", {"scored": 20, "reached": 9}, True),
        ("score", {"scored": 20, "reached": 10}, False),
        ("coverage", {"coverage": 0.799}, True),
        ("coverage", {"coverage": 0.80}, False),
        ("initiatives", {"initiatives": 3}, True),
        ("initiatives", {"initiatives": 4}, False),
        ("holders", {"holders": 0.999, "asked": 1, "heads": 20}, True),
        ("holders", {"holders": 1.0, "asked": 1, "heads": 20}, False),
        ("records", {"members": 40, "without": 3}, True),
        ("records", {"members": 40, "without": 2}, False),
    ],
)
def test_a_recommendation_speaks_on_its_side_of_the_limit_only(own: str, numbers: dict[str, Any], speaks: bool) -> None:
    said = getattr(advice, own)(Numbers(**numbers))
    assert (said is not None) is speaks
    everything = advice.advise(Numbers(**numbers))
    assert len(everything) == int(speaks), "no other number speaks"
    if said:
        assert said.because
        assert said.text.endswith(".")


def test_the_leading_type_is_told_by_an_exact_binomial_test() -> None:
    said = advice.leading_type(Numbers(types={"Falls": 21.0, "Struck by": 8.0}))
    assert said is not None
    p = stats.binomtest(21, 29).pvalue
    assert said.because == f"21 cases, 8 of struck by; p = {p:.3f}"


def test_hidden_numbers_choose_nothing() -> None:
    assert advice.advise(Numbers()) == []


# Bad input and wrong parameters


def small(write: Write, rows: list[str], people: list[str], **more: Any) -> Association:
    options: dict[str, Any] = {"standard": 9.5, **SET, **more}
    listed = write("people.csv", "unit,unit_id,implementation_date,level,area,state", *people)
    return study(write("forms.csv", HEAD, *rows), listed, **options)


def form(unit: str, year: int, hours: int = 400_000, cases: int = 6, state: str = "OH") -> str:
    return f"Co {unit} (made up),{unit},{year},{hours},{max(20, hours // 2000)},0,2,1,{cases - 3},1,1,1,1,{state}"


def person(unit: str, start: str = "2021-01-01", state: str = "OH") -> str:
    return f"Co {unit} (made up),{unit},{start},gold,Here (made up),{state}"


IDS = [f"U{i}" for i in range(1, 9)]


def test_a_participant_without_a_row_and_a_row_of_nobody_are_counted_and_named_nowhere(write: Write) -> None:
    rows = [form(u, y) for u in [*IDS[1:], "Z9"] for y in (2023, 2024)]
    a = small(write, rows, [person(u) for u in IDS])
    assert (a.last.members, a.last.companies, a.last.cases) == (8, 7, 42)
    text = str(report.fault_table(a))
    assert "unit-not-on-the-list" in text
    assert "no-annual-row" in text
    assert [f["text"] for f in a.cautions if f["code"] == "MISSING_YEAR"] == [
        "1 of 8 participants gave no usable hours or cases."
    ] * 2
    everything = text + str(report.cautions(a)) + str(report.provenance(a)) + str(report.verdict(a))
    assert not re.search(r"\b(U\d|Z9)\b", everything)


def test_a_participant_twice_counts_once_and_one_that_contradicts_itself_not_at_all(write: Write) -> None:
    rows = [form(u, y) for u in IDS for y in (2023, 2024)]
    twice = small(write, rows, [*(person(u) for u in IDS), person("U1")])
    assert twice.last.members == 8
    assert "DUPLICATE" in codes(twice)
    unlike = small(write, rows, [*(person(u) for u in IDS), person("U1", "2022-01-01")])
    assert unlike.last.members == 7, "nobody knows when it began"
    assert "no-implementation-date" in str(report.fault_table(unlike))


def test_who_began_later_or_left_is_not_in_a_year(write: Write) -> None:
    rows = [form(u, y) for u in IDS for y in (2022, 2023, 2024)]
    people = [person(u) for u in IDS[:6]] + [person("U7", "2023-12-31"), person("U8", "2024-01-01")]
    a = small(write, rows, people)
    assert a.combined["members"].tolist() == [6, 7, 8]


def test_contacts_above_potential_are_allowed_and_flagged(write: Write) -> None:
    rows = [form(u, y) for u in IDS for y in (2023, 2024)]
    contacts = write(
        "contacts.csv", "unit_id,plant,year,quarter,initiative,full_time,attended",
        *(f"{u},P,2024,{q},ladders,10,{12 if u == 'U1' else 9}" for u in IDS for q in (1, 2)),
    )  # fmt: skip
    a = small(write, rows, [person(u) for u in IDS], contacts=contacts)
    assert (figure(a, "actual").now.value, figure(a, "potential").now.value) == (8 * 18 + 6, 320), (
        "two quarters without a session count"
    )
    assert [f["text"] for f in a.cautions if f["code"] == "ABOVE_POTENTIAL"] == [
        "Training contacts: above-potential, fewer than five times."
    ]


def test_a_company_has_the_same_contacts_on_its_own_page(write: Write) -> None:
    """A quarter missed, one before the start, a plant gone silent, sessions by name alone, a head count not given."""
    head = f"{HEAD},plants,holders_10"
    rows = [f"{form(u, y)},{'' if u == 'U3' else 2},5" for u in IDS for y in (2023, 2024)]
    listed = [
        f"Co {u} (made up),{u},{'2024-05-15' if u == 'U2' else '2021-01-01'},gold,Q,OH,{1 if u == 'U3' else 2}"
        for u in IDS
    ]
    people = write("people.csv", "unit,unit_id,implementation_date,level,area,state,plants", *listed)
    data = write("forms.csv", head, *rows)
    held = {(u, p, y, q): 6 for u in IDS for p in "AB" for y in (2023, 2024) for q in (1, 2, 3, 4)}
    lost = [("U1", "A", 2024, 3), *((u, "B", 2024, q) for u in ("U3", "U4") for q in (1, 2, 3, 4))]
    held = {k: n for k, n in held.items() if k not in lost and not (k[0] == "U2" and k[3] == 2)} | {
        ("U6", "A", 2024, 4): ""
    }  # fmt: skip
    names = {u: f",CO {u}  (MADE UP)" if u == "U5" else f"{u}," for u in IDS}
    trained = [f"{names[u]},{p},{y},{q},talk {q},{n},5,yes" for (u, p, y, q), n in held.items()]
    contacts = write(
        "contacts.csv", "unit_id,unit,plant,year,quarter,initiative,full_time,attended,signed", *trained
    )  # fmt: skip
    members = gather(data, people, contacts, None, None, "safe", "TCIR", "reported", [20, 50]).members
    members = members.set_index(["unit_id", "year"])
    benchmark = write(
        "survey.csv", "name,year,measure,value,source", *(f"mix,{y},TCIR,10.0,s" for y in (2022, 2023, 2024))
    )  # fmt: skip
    found = {}
    for u in IDS:
        page = participant.study(
            load(data, u), score="safe", tests="safe_diamond", scheme="safe", participants=people,
            contacts_of=contacts, benchmark=benchmark,
        )  # fmt: skip
        assert page.reach is not None
        for r in page.reach[page.reach["year"].isin(members.xs(u).index)].itertuples():
            own = members.loc[(u, r.year)]
            assert np.array_equal([own["potential"], own["actual"]], [r.potential, r.actual], equal_nan=True), (u, r)
            found[u, r.year] = own["potential"], own["actual"]
    assert found["U1", 2024] == (48, 35), "seven of eight sessions of six"
    assert found["U2", 2024] == (36, 30), "a session before the start counts, a quarter before it does not"
    assert found["U3", 2024] == (24, 20), "the list has one plant"
    assert all(math.isnan(found[u, 2024][0]) for u in ("U4", "U6")), "a silent plant, a head count not given"
    assert found["U5", 2024] == (48, 40), "its sessions bear its name alone"


def test_rank_numbers_are_no_answers_and_leave_the_score_open(write: Write) -> None:
    items = pd.read_csv(places.ROOT / FILES["answers"]).query("framework == 'safe'")["item"].unique()
    rows = [form(u, y) for u in IDS for y in (2023, 2024)]
    good = dict.fromkeys(items[:-2], "B") | {items[-2]: "0.95", items[-1]: "yes"}
    ranks = good | {items[0]: "2"}
    given_ = [f"{u},safe,2024-11-15,{i},{v}" for u in IDS for i, v in (ranks if u == "U1" else good).items()]
    answers = write("answers.csv", "unit,framework,date,item,answer", *given_)
    a = small(write, rows, [person(u) for u in IDS], answers=answers)
    assert figure(a, "scored").now.value == 7
    assert figure(a, "mean_score").now.value == 81
    assert not a.faults[a.faults["file"].eq("answers") & a.faults["level"].eq("error")].empty


def test_a_total_that_one_company_has_nearly_all_of_is_hidden_throughout(write: Write) -> None:
    rows = [form(u, 2024, 9_000_000 if u == "U1" else 50_000) for u in IDS[:4]]
    a = small(write, rows, [person(u) for u in IDS[:4]])
    assert math.isnan(a.last.value)
    assert report.combined_figure(a) is None
    said = headline(a)
    assert said["combined"]["value"] == [None]
    page = "".join(
        map(str, (report.verdict(a), report.combined_table(a), report.group_table(a), report.goal_tables(a)))
    )
    assert "Hidden: too little to show" in page
    assert "9,150,000" not in page
    assert "9000000" not in page


def test_wrong_parameters_are_refused_in_one_sentence(write: Write) -> None:
    assert message(lambda: example(by=["city"])) == (
        "by: found ['city'], expected a list of state, size, level, area, stayed"
    )
    assert message(lambda: example(sizes=[50, 20])).startswith("sizes: found [50, 20], expected rising whole numbers")
    assert message(lambda: example(last_year=2019)) == (
        "last_year: found 2019, expected a year with participants, here 2022 to 2025"
    )
    assert message(lambda: example(years=0)) == "years: found 0, expected a whole number of 1 or more"
    assert message(lambda: example(compare="roughly")) == "compare: found 'roughly', expected rounding or absolute"
    assert message(lambda: example(area="Nowhere")) == (
        "area: found 'Nowhere', expected one of 8 that the list of participants has"
    )
    assert message(lambda: example(benchmark=None)) == "found neither a standard nor a benchmark; give one of them"
    people = [f"{person(u)}".replace("2021-01-01", "2030-01-01") for u in IDS]
    assert message(lambda: small(write, [form("U1", 2024)], people)) == (
        "participants: found nobody who took part in a year of the data; expected implementation dates"
    )


# What is missing is said, and what is wrong is refused


def test_whose_kinds_of_case_are_not_known_is_said_and_the_check_holds(write: Write) -> None:
    names = [f"U{i}" for i in range(1, 13)]
    rows = [form(u, y, 400_000 + 1000 * i, 20 + i) for i, u in enumerate(names) for y in (2023, 2024)]
    blank = [re.sub(r",1,1,1,1,OH$", ",,,,,OH", r) if r.startswith(("Co U1 ", "Co U2 ", "Co U3 ")) else r for r in rows]
    assert blank != rows
    a = small(write, blank, [person(u) for u in names])
    assert a.lost[a.lost["table"].eq("types")]["companies"].tolist() == [3, 3]
    assert "Types of incident: not known of fewer than five participants, blank or not adding up; their cases are in " \
        "the total only." in [f["text"] for f in a.cautions if f["code"] == "UNEVALUATED"]  # fmt: skip
    checks = str(report.cross_checks(a))
    assert "those of participants whose kinds are not known" in checks
    assert "fails" not in checks
    assert small(write, rows, [person(u) for u in names]).lost.query("table == 'types'").empty


def test_where_no_hours_are_known_every_table_is_there_and_holds_no_number(write: Write) -> None:
    rows = [form(u, y).replace(",400000,", ",,") for u in IDS for y in (2023, 2024)]
    a = small(write, rows, [person(u) for u in IDS])
    assert (a.last.members, math.isnan(a.last.value)) == (8, True)
    for part in (report.verdict, report.combined_table, report.group_table, report.goal_tables, report.cautions,
                 report.kinds_table, report.cross_checks, report.site_table):  # fmt: skip
        part(a)
    assert headline(a)["combined"]["value"] == [None, None]


@pytest.mark.parametrize("by", [[["state"]], [5], "state", ["state", "state"], [None]])
def test_groups_that_are_none_are_refused(by: Any) -> None:
    assert message(lambda: example(by=by)) == f"by: found {by!r}, expected a list of state, size, level, area, stayed"


def test_a_private_folder_that_is_no_text_is_refused() -> None:
    assert message(lambda: example(private=5)) == "private: found 5, expected the name of a folder, or nothing"


def damaged() -> dict[str, Callable[[Any], Any]]:
    def at(*path: Any, value: Any) -> Callable[[Any], Any]:
        def change(held: Any) -> Any:
            spot = held
            for step in path[:-1]:
                spot = spot[step]
            spot[path[-1]] = value
            return held

        return change

    year = ("memories", "groups", "reports", 0, "years", 0)

    def without_cells(held: Any) -> Any:
        del held["memories"]["groups"]["reports"][0]["years"][0]["cells"]
        return held

    return {
        "found 5, expected a mapping": lambda _: 5,
        "sites: found 'x', expected a list": at("sites", value="x"),
        "sites: found 5, expected a mapping of codes to texts": at("sites", value=[5]),
        "memories, groups: found 7, expected the reports of a table": at("memories", "groups", value=7),
        "KeyError('cells')": without_cells,
        "memories, groups, 2022: found hours or counts that are no number": at(*year, "hours", 0, value=float("nan")),
    }  # fmt: skip


@pytest.mark.parametrize("expected", list(damaged()))
def test_what_an_earlier_report_left_is_checked_whole_and_the_file_is_named(tmp_path: Path, expected: str) -> None:
    own = places.ROOT / "data" / "example" / "private" / "published_2025.json"
    held = damaged()[expected](json.loads(own.read_text(encoding="utf-8")))
    (tmp_path / "published_2025.json").write_text(json.dumps(held), encoding="utf-8")
    said = message(lambda: private_files.read(str(tmp_path)))
    assert said.startswith(f"{tmp_path}/published_2025.json: cannot be read as what an earlier report left (")
    assert expected in said


def test_answers_to_another_framework_are_refused_and_not_left_out() -> None:
    assert message(lambda: example(framework="cmm")) == (
        "framework: found 'cmm', expected one that the answers have: safe, safe_diamond"
    )
    with pytest.raises(OshError, match="foo"):
        example(framework="foo")


def test_a_level_that_nobody_has_draws_from_nobody_and_one_that_is_none_is_refused(write: Write) -> None:
    rows = [form(u, y) for u in IDS for y in (2023, 2024)]
    a = small(write, rows, [person(u) for u in IDS], level_drawn="diamond")
    said = "No participant is at the level 'diamond', so nobody is drawn for verification."
    assert said in [f["text"] for f in a.cautions]
    assert not a.kept.draws["list"].eq("participants").any()
    assert str(report.draw_table(a))
    gold = small(write, rows, [person(u) for u in IDS], level_drawn="gold")
    assert said.replace("diamond", "gold") not in [f["text"] for f in gold.cautions]
    assert gold.kept.draws["list"].eq("participants").any()
    assert message(lambda: example(level_drawn="dimond")) == (
        "level_drawn: found 'dimond', expected one of diamond, platinum, gold, applicant"
    )


def test_a_private_folder_without_an_earlier_report_is_said_to_be_one(tmp_path: Path, write: Write) -> None:
    rows, people = [form(u, y) for u in IDS for y in (2023, 2024)], [person(u) for u in IDS]
    where = str(tmp_path / "typo")
    first = small(write, rows, people, private=where)
    said = "The private folder holds nothing of an earlier report"
    assert any(f["text"].startswith(said) for f in first.cautions)
    report.keep(first, where)
    assert any(f["text"].startswith(said) for f in small(write, rows, people, private=where).cautions), "a draft"
    hand_over(first, where)
    assert not any(f["text"].startswith(said) for f in small(write, rows, people, private=where).cautions)


def test_who_is_on_the_list_twice_or_without_a_day_is_said_to_be_in_no_rate(write: Write) -> None:
    rows = [form(u, y) for u in IDS for y in (2023, 2024)]
    twice = small(write, rows, [*(person(u) for u in IDS), person("U1", "2022-01-01"), person("U9", "")])
    texts = [f["text"] for f in twice.cautions]
    assert (
        "Fewer than five participants on the list more than once, with different implementation dates: left out of "
        "every rate, as nobody knows when their time began."
    ) in texts
    assert "Fewer than five participants on the list without an implementation date: left out of every rate." in texts
    assert not any("left out of every rate" in f["text"] for f in small(write, rows, [person(u) for u in IDS]).cautions)


def test_two_days_of_leaving_are_said_and_so_is_the_row_that_is_kept(write: Write) -> None:
    rows = [form(u, y) for u in IDS for y in (2023, 2024)]
    listed = [f"{person(u)}," for u in IDS]
    head = "unit,unit_id,implementation_date,level,area,state,left"
    people = write("twice.csv", head, *listed, f"{person('U1')},2023-06-30")
    table, faults = lists.read(people, "participants")
    assert table.loc[0, "struck"] == "left,unit_id"
    assert faults[["row", "rule", "level", "text"]].to_numpy().tolist() == [
        [2, "kept-of-several", "warning", "of rows 2, 10 this one is kept, without its left"],
        [10, "two-values", "error", "rows 2, 10 are one unit_id and differ in left: which holds is not known"],
    ]
    a = study(write("forms.csv", HEAD, *rows), people, standard=9.5, **SET)
    assert a.last.members == 8
    assert (
        "Fewer than five participants on the list more than once, with different days of leaving: counted as if still "
        "taking part, as nobody knows which holds."
    ) in [f["text"] for f in a.cautions]


def test_what_stands_for_a_hidden_total_says_why_and_nothing_hangs_beside_it(write: Write, found: Association) -> None:
    few_ = small(write, [form(u, 2024) for u in IDS[:2]], [person(u) for u in IDS[:2]])
    page = "".join(map(str, (report.verdict(few_), report.cross_checks(few_), report.group_table(few_))))
    assert "Hidden: too little to show" in page
    assert "million hours" not in page
    assert "No total is shown that parts could be checked against." in page
    blank = small(write, [form(u, 2024).replace(",400000,", ",,") for u in IDS], [person(u) for u in IDS])
    assert report.status(blank)[0] == "Not determinable: no usable year"
    assert "is not shown: nobody gave usable hours and cases." in str(report.verdict(blank))
    whole = found.groups["grouping"].eq("") & found.groups["year"].eq(2025)
    lost = found.groups.assign(shown=found.groups["shown"].mask(whole, "hidden"))
    lost["why"] = lost["why"].mask(whole, "difference")
    combined = found.combined.assign(value=float("nan"))
    earlier = replace(found, groups=lost, combined=combined)
    assert report.status(earlier)[0] == "Hidden beside an earlier report"
    assert "with an earlier report it would say too much" in str(report.verdict(earlier))


def test_hidden_results_and_initiatives_count_as_hidden_and_kinds_are_named(write: Write) -> None:
    names = [f"U{i}" for i in range(1, 13)]
    # Eleven below the limits, one above all of them: no count of a result may be shown.
    rows = [form(u, y, 4_000_000, 200 if u == "U1" else 30 + i) for i, u in enumerate(names) for y in (2023, 2024)]
    a = small(write, rows, [person(u) for u in names])
    shown = [s for t in (*a.tested, *a.rules) for s in t.parts.values()]
    shown += [s for t in a.tested for s in t.by_chance.values()]
    shown += [s for f in a.figures for s in (f.now, f.before)]
    hidden = sum(s.text == HIDDEN for s in shown)
    results = sum(s.text == HIDDEN for t in (*a.tested, *a.rules) for s in t.parts.values())
    assert results > 0
    assert a.suppressed >= hidden
    cells = [t[t["shown"].eq("hidden")][["year", "grouping", "group"]].drop_duplicates() for t in
             (a.groups, a.types, a.outcomes, a.natures)]  # fmt: skip
    assert a.suppressed == hidden + sum(map(len, cells))
    said = [f["text"] for f in a.cautions if f["text"].startswith(("Types of incident, hidden", "Cases, hidden"))]
    assert all(not re.search("hidden: counts;", text) for text in said)


def test_cautions_name_the_kinds_that_are_hidden_and_count_in_good_english() -> None:
    cells = pd.DataFrame(
        [(2025, "", "", "type:a_b", "hidden", "complement"),
         (2025, "", "", "outcome:days away", "hidden", "complement"),
         (2025, "", "", "type:c", "<5", "small")],
        columns=["year", "grouping", "group", "quantity", "shown", "why"],
    )  # fmt: skip
    texts = [f["text"] for f in hidden_cautions({"types": cells}, {"a_b": "Falls"})]
    assert texts == [
        "Types of incident, hidden: falls and days away; hidden so that others cannot be worked out.",
        "Types of incident: 1 count below five, zero included, shown as <5.",
    ]


def test_fault_counts_below_five_are_no_exact_numbers(write: Write) -> None:
    rows = [form(u, y) for u in IDS for y in (2023, 2024)]
    text = str(report.fault_table(small(write, rows, [*(person(u) for u in IDS), person("U1")])))
    assert "duplicate" in text
    assert re.search(r"warning</td><td[^>]*>&lt;5<", text)


def test_the_calendar_has_the_days_of_the_next_year(found: Association) -> None:
    text = str(report.calendar_table(found))
    for due in ("2026-03-31", "by 2026-06-30 and by 2026-12-31", "45 days after it", "30 days after the notice"):
        assert due in text
    assert "2025-" not in text


# The real companies of an industry, as if they had joined


REAL = Path(__file__).resolve().parents[2] / "shared" / "data" / "ita_company_year" / "ready_mix_327320.csv"


@pytest.fixture
def real(write: Write) -> tuple[dict[str, str], pd.DataFrame]:
    """Public filings as applications, the rest of them made up by a seed: types, training, levels."""
    table = pd.read_csv(REAL).query("2023 <= year <= 2025").drop_duplicates(["company_id", "year"])
    rng, rows, people, contacts = np.random.default_rng(6), [], [], []
    for r in table.itertuples():
        kinds = rng.multinomial(int(r.total_cases), [0.15, 0.12, 0.2, 0.33, 0.2])
        state = str(r.states).replace(";", " ").replace("|", " ").replace(",", " ").split()[0]
        name = str(r.company_name).replace(",", " ").replace('"', "")
        rows.append(
            ",".join(
                map(str, [name, f"C{r.company_id}", r.year, round(r.hours), round(r.total_cases), *kinds[:4], state])
            )
        )
        heads = max(1, round(r.hours / 2000))
        contacts += [
            f"C{r.company_id},{name} plant,{r.year},{q},made-up initiative {q},{heads},{rng.binomial(heads, 0.85)}"
            for q in (1, 2, 3, 4)
        ]  # fmt: skip
    for own, part in table.groupby("company_id"):
        name = str(part["company_name"].iloc[0]).replace(",", " ").replace('"', "")
        people.append(f"{name},C{own},2023-01-01,{rng.choice(['diamond', 'platinum', 'gold'])},Area,")
    items = [item.id for item in frameworks.load("safe").items]
    answers = [
        f"C{own},safe,2025-11-14,{item},{letter},made up"
        for own in sorted(set(table["company_id"]))
        for item, letter in zip(items, rng.choice(list("ABCD"), len(items), p=[0.5, 0.3, 0.15, 0.05]), strict=True)
    ]
    head = "unit,unit_id,year,hours,recordable_cases,same_level_falls,different_level_falls,struck_by,strains_sprains"
    files = {
        "answers": write("answers.csv", "unit,framework,date,item,answer,assessor", *answers),
        "data": write("real.csv", f"{head},state", *rows),
        "participants": write("people.csv", "unit,unit_id,implementation_date,level,area,state", *people),
        "contacts": write("contacts.csv", "unit_id,plant,year,quarter,initiative,full_time,attended", *contacts),
    }
    return files, table


@pytest.mark.skipif(not REAL.exists(), reason="the public filings are not beside the repository (../shared/data)")
def test_the_real_companies_of_an_industry_are_reported_on_and_hidden_where_they_must_be(
    real: tuple[dict[str, str], pd.DataFrame], tmp_path: Path
) -> None:
    files, table = real
    private = str(tmp_path / "own")
    a = study(**files, standard=4.0, private=private, last_year=2025, **SET)
    assert a.years == [2023, 2024, 2025]
    assert len(a.combined) == 3
    usable = table[table["hours"].gt(0) & table["total_cases"].notna()]
    whole = a.combined.set_index("year")
    for year, part in usable.groupby("year"):
        if whole.loc[year, "value"] == whole.loc[year, "value"]:
            assert whole.loc[year, "hours"] == pytest.approx(part["hours"].round().sum())
            assert whole.loc[year, "cases"] == part["total_cases"].sum()
    scored = next(f for f in a.figures if f.measure == "mean_score")
    assert scored.now.value == pytest.approx(27 * (4 * 0.5 + 3 * 0.3 + 2 * 0.15), abs=1), "by the odds of the letters"
    assert a.suppressed > 10
    assert {f["year"] for f in a.cautions if f["code"] == "HOURS_EST"} == {2023, 2024, 2025}, "sizes are from hours"
    companies = a.groups[a.groups["quantity"].eq("companies") & a.groups["shown"].eq("yes")]
    assert companies["value"].min() >= 3
    counts = a.groups[a.groups["quantity"].isin(["cases"]) & a.groups["shown"].eq("yes")]
    assert counts["value"].min() >= 5
    state = usable["states"].astype(str).str.replace(r"[;|,]", " ", regex=True).str.split().str[0]
    shown = a.groups[a.groups["grouping"].eq("state") & a.groups["shown"].eq("yes") & a.groups["quantity"].eq("hours")]
    open_ = set(zip(shown["year"], shown["group"], strict=True))
    hidden = 0
    for key, part in usable.groupby([usable["year"], state]):
        h = part["hours"].sort_values(ascending=False)
        if len(h) < 3 or h.iloc[0] > 0.6 * h.sum() or h.iloc[2:].sum() < 0.15 * h.iloc[0]:
            hidden += 1
            assert key not in open_
    assert hidden > 30
    assert open_
    page = "".join(map(str, (
        report.verdict(a), report.combined_table(a), report.group_table(a), report.goal_tables(a), report.site_table(a),
        report.kinds_table(a), report.initiative_table(a), report.draw_table(a), report.keep(a, private),
        report.cautions(a), report.provenance(a), report.fault_table(a), report.test_table(a),
    )))  # fmt: skip
    for name in set(table["company_name"].astype(str)):
        assert not re.search(rf"(?<!\w){re.escape(name.casefold())}(?!\w)", page.casefold()), name
    large = table[table["hours"].ge(10_000)]
    for hours in set(large["hours"].round().astype(int)):
        assert not re.search(rf"(?<![\d.,]){hours}(?:\.0)?(?![\d.])|(?<![\d,]){hours:,}(?![\d,])", page), hours


def test_the_hand_over_is_published_and_names_nobody(tmp_path: Path) -> None:
    out = tmp_path / "handover"
    command = [
        sys.executable, "-m", "oshlib.cli", "run", "parameters/partnership_annual", "--deidentified", "--out", str(out),
    ]  # fmt: skip
    (tmp_path / "parameters").symlink_to(places.ROOT / "parameters")
    private = Path("data") / "example" / "private"  # it is written into: that of the repository stays as it is
    shutil.copytree(places.ROOT / private, tmp_path / private)
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    files = [f for f in out.rglob("*") if f.is_file() and f.parent.name != "assets"]
    assert {f.suffix for f in files} == {".html", ".ipynb", ".json"}
    for file in files:
        assert leaks(file.name + file.read_text(encoding="utf-8")) == [], file.name
        assert file.stat().st_size < 150_000
    (entry,) = json.loads((out / "index.json").read_text(encoding="utf-8"))["reports"]
    assert (entry["status"], entry["unit"]) == ("ok", "")
    assert set(entry["headline"]) == {"year", "companies", "combined", "suppressed_cells", "flags"}
