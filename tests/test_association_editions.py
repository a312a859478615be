"""Editions of the association's report, one after the other: no two figures that were shown single out a company."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oshlib import masks, places
from oshlib.errors import OshError
from oshlib.masks import FEW, HIDDEN, Shown
from oshlib.rates import measure
from oshlib.report import association as report
from oshlib.report.association_goals import goal_tables
from oshlib.study.association import Association, study
from oshlib.study.association_draws import draws
from oshlib.study.association_editions import Editions, telling
from oshlib.study.association_figures import figures, goals, reach
from oshlib.study.association_tests import GoalCount, goal_count, limits

EXAMPLE = "data/example/partnership"
SET: dict[str, Any] = {
    "scheme": "safe",
    "framework": "safe",
    "goals_table": "data/reference/partnership_goals.csv",
    "calendar": "data/reference/partnership_calendar.csv",
    "cases": f"{EXAMPLE}_cases.csv",
    "answers": f"{EXAMPLE}_answers.csv",
    "benchmark": f"{EXAMPLE}_benchmark.csv",
}
PARTS = ("", "_participants", "_contacts", "_benchmark")
ONE = "SP-08"
Figures = dict[tuple[Any, ...], float]


def table(part: str) -> pd.DataFrame:
    return pd.read_csv(places.ROOT / f"{EXAMPLE}{part}.csv", dtype=str, keep_default_na=False)


def made(folder: Path, private: Path, tables: dict[str, pd.DataFrame], year: int) -> Association:
    """A report on these tables, with what it leaves kept in the private folder."""
    files = {}
    for part, own in tables.items():
        files[part] = str(folder / f"edition{part}.csv")
        own.to_csv(files[part], index=False)
    options = {**SET, "contacts": files["_contacts"], "benchmark": files["_benchmark"]}
    found = study(
        files[""],
        files["_participants"],
        private=str(private),
        last_year=year,
        partnership_start="2022-01-01",
        **options,
    )
    report.keep(found, str(private))
    draft = private / f"draft_{found.year}.json"
    if draft.exists():  # handed over
        draft.replace(private / f"published_{found.year}.json")
    return found


def shown(a: Association) -> Figures:
    """Every figure and count of companies that a page of figures, initiatives and tests prints."""
    out: dict[tuple[Any, ...], Shown] = {}
    for f in a.figures:
        out |= {("figure", f.measure, a.year - 1): f.before, ("figure", f.measure, a.year): f.now}
    for r in a.initiatives.itertuples():
        for name in ("potential", "actual", "coverage"):
            out["initiative", r.initiative, name, r.year] = getattr(r, name)
        out["initiative", r.initiative, "companies", r.year] = Shown(r.companies)
    for t in a.tested:
        for k, s in {**t.parts, **t.by_chance}.items():
            out["goal", t.clock, k, t.year] = s
        out["goal", t.clock, "expected", t.year] = Shown(t.expected)
    for u in a.rules:
        out |= {("rule", u.test, k, u.year): s for k, s in u.parts.items()}
    return {k: s.value for k, s in out.items() if s.known}


@pytest.fixture(scope="module")
def editions(tmp_path_factory: pytest.TempPathFactory) -> list[Association]:
    """The same year without one company, then complete, then complete once more; one private folder."""
    folder, private = tmp_path_factory.mktemp("files"), tmp_path_factory.mktemp("private")
    whole = {part: table(part) for part in PARTS}
    less = {part: own[own["unit_id"].ne(ONE)] if part != "_benchmark" else own for part, own in whole.items()}
    return [made(folder, private, tables, 2025) for tables in (less, whole, whole)]


@pytest.fixture(scope="module")
def yearly(tmp_path_factory: pytest.TempPathFactory) -> list[Association]:
    """The reports of four years, the last on the figures of the year before once more."""
    folder, private = tmp_path_factory.mktemp("files"), tmp_path_factory.mktemp("private")
    tables = {}
    for part in PARTS:
        own = table(part)
        if "year" in own:
            own = pd.concat([own, own[own["year"].eq("2025")].assign(year="2026")])
        tables[part] = own
    return [made(folder, private, tables, year) for year in (2023, 2024, 2025, 2026)]


def test_no_two_editions_show_a_figure_that_one_company_changed(editions: list[Association]) -> None:
    first, second, third = (shown(a) for a in editions)
    assert ("figure", "holders_10", 2025) in first
    assert ("figure", "verified", 2025) in first
    assert ("rule", "removal", "stays", 2025) in first
    # How many gave a score, and of how many a test could not be made, say nothing of what was given.
    free = {k for k in first if k[1] == "scored" or k[2] == "not determinable"}
    assert set(first) & set(second) <= free
    assert set(first) & set(third) <= free, "a third edition does not bring back what the second hid"
    assert second == third


def test_what_a_year_hides_is_not_shown_the_year_after(yearly: list[Association]) -> None:
    for before, after in itertools.pairwise(yearly):
        hidden = {f.measure for f in before.figures if f.now.text == HIDDEN}
        assert hidden <= {f.measure for f in after.figures if not f.before.known}
        dark = {(t.clock, t.year) for t in before.tested if t.parts["met"].text == HIDDEN}
        assert not any(t.parts["met"].known for t in after.tested if (t.clock, t.year) in dark)
    assert any(f.now.why == "difference" for a in yearly for f in a.figures)
    assert any(f.now.known for f in yearly[-1].figures)


def test_no_two_years_or_sums_that_were_shown_estimate_what_one_company_gave(yearly: list[Association]) -> None:
    """By hand, from the forms: every pair of shown sums of a column whose givers differ by one or two."""
    raw = table("")
    raw = pd.concat([raw, raw[raw["year"].eq("2025")].assign(year="2026")])
    people = table("_participants").set_index("unit_id")
    for column in ("holders_10", "holders_10_any", "holders_30", "citations", "inspection_days"):
        sums = {}
        for a in yearly:
            for year, s in ((f.measure == column and y, s) for f in a.figures
                            for y, s in ((a.year - 1, f.before), (a.year, f.now))):  # fmt: skip
                if year and s.known:
                    own = raw[raw["year"].eq(str(year)) & raw[column].ne("")].set_index("unit_id")[column].astype(float)
                    start = people["implementation_date"].reindex(own.index)
                    end = people["left"].reindex(own.index)
                    own = own[start.ne("") & start.le(f"{year}-12-31") & (end.eq("") | end.gt(f"{year}-12-31"))]
                    if own.sum() == s.value:
                        sums[year] = own
        assert sums or column == "holders_30"
        for y, now in sums.items():
            for z, then in sums.items():
                apart = now.index.symmetric_difference(then.index)
                if y < z and 1 <= len(apart) <= 2:
                    for unit in apart:
                        sign = 1 if unit in now else -1
                        truth = now.get(unit, then.get(unit))
                        off = abs(sign * (now.sum() - then.sum()) - truth)
                        assert off > 0.15 * truth, (column, y, z)
                        assert off >= 3, (column, y, z)


@pytest.mark.parametrize("fixture", ["editions", "yearly"])
def test_initiatives_of_nearly_the_same_givers_show_their_coverage_alone(
    fixture: str, request: pytest.FixtureRequest
) -> None:
    for a in request.getfixturevalue(fixture):
        for year, rows in a.initiatives.groupby("year"):
            sums = sorted(s.value for s in rows["potential"] if s.known)
            own = table("_contacts")
            own = own[own["year"].eq(str(min(year, 2025)))]
            ones = pd.to_numeric(own["full_time"], errors="coerce").dropna()
            for low, high in itertools.pairwise(sums):
                assert low == high or not ones.between((high - low) / 1.15, (high - low) / 0.85).any()
            assert all(r.companies != r.companies for r in rows.itertuples() if not r.potential.known)


def sessions(rows: list[tuple[str, str, float, float]]) -> pd.DataFrame:
    return pd.DataFrame(
        [{"year": 2025, "unit_id": u, "initiative": i, "full_time": f, "attended": a} for u, i, f, a in rows]
    )


def test_initiatives_of_the_same_givers_show_all_and_one_giver_less_hides_it() -> None:
    units = [f"U{n}" for n in range(8)]
    members = pd.DataFrame({"unit_id": units, "year": 2025, "potential": 1.0})
    same = [(u, i, 20.0 + n, 15.0 + n) for i in ("a", "b") for n, u in enumerate(units)]
    found = reach(sessions(same), members, 2025, Editions(2025))
    assert [s.value for s in found["potential"]] == [188.0, 188.0]
    assert found["companies"].tolist() == [8.0, 8.0]
    assert [s.value for s in found["coverage"]] == [0.787, 0.787], "148 of 188, as it is printed"
    less = reach(sessions(same[:-1]), members, 2025, Editions(2025))
    assert [s.text for s in less["potential"]] == [HIDDEN, HIDDEN]
    assert less["companies"].isna().all()
    assert all(s.known for s in less["coverage"])
    # The same initiative in two editions: shown, then with one company more.
    kept = Editions(2025)
    reach(sessions([r for r in same if r[0] != "U7"]), members, 2025, kept)
    again = reach(sessions(same), members, 2025, kept)
    assert not any(s.known for name in ("potential", "actual", "coverage") for s in again[name])


@pytest.mark.parametrize("before", [11.0, 0.0])
def test_a_newcomer_with_nothing_is_hidden(before: float) -> None:
    old = pd.Series({"A": before, "B": 5.0, "C": 5.0})
    new = pd.concat([old, pd.Series({"D": 0.0})])
    assert telling(new, old)
    assert telling(old, new)
    assert telling(new, old, same_year=True)


def test_one_company_that_alone_changed_from_one_year_to_the_next_is_hidden() -> None:
    then = pd.Series({"A": 0.0, "B": 4.0, "C": 3.0, "D": 5.0})
    now = pd.Series({"A": 6.0, "B": 4.0, "C": 3.0, "D": 5.0})
    assert telling(now, then)
    assert not telling(now + 1, then)


def test_two_editions_may_differ_only_by_what_may_be_shown_itself() -> None:
    old = pd.Series(dict.fromkeys("ABCDEFGH", 10.0))
    more = pd.concat([old, pd.Series({"X": 90.0, "Y": 5.0, "Z": 5.0})])
    assert telling(more, old, same_year=True), "one of three has nearly all of it"
    assert not telling(pd.concat([old, pd.Series({"X": 9.0, "Y": 8.0, "Z": 7.0})]), old, same_year=True)
    assert telling(old + pd.Series({u: 3.0 * (u == "A") for u in old.index}), old, same_year=True), "a correction"


@settings(deadline=None)
@given(st.lists(st.integers(0, 60), min_size=8, max_size=20), st.data())
def test_a_stayer_that_subtracts_its_own_change_learns_nothing_of_a_newcomer(values: list[int], data: Any) -> None:
    units = [f"U{n}" for n in range(len(values))]
    then = pd.Series(values, units, dtype=float)
    steps = data.draw(st.lists(st.integers(-30, 30), min_size=len(values), max_size=len(values)))
    now = pd.concat([then + steps, pd.Series({"new": float(data.draw(st.integers(0, 60)))})])
    kept = Editions(2025)
    assert kept.settle("f", 2024, {"c": then}, Shown(then.sum())).known
    if kept.settle("f", 2025, {"c": now}, Shown(now.sum())).known:
        for stayer in (None, *units):
            estimate = now.sum() - then.sum() - (0 if stayer is None else now[stayer] - then[stayer])
            assert abs(estimate - now["new"]) >= 3
            assert abs(estimate - now["new"]) > 0.15 * now["new"]


def test_counts_by_result_are_hidden_for_few_that_changed() -> None:
    old = pd.Series(["stays"] * 20 + ["removal"] * 10, [f"U{n}" for n in range(30)], dtype=object)
    one = pd.concat([old, pd.Series({"X": "stays"}, dtype=object)])
    assert telling(one, old, same_year=True)
    assert telling(one, old), "of two years as well, where nobody else changed"
    moved = old.copy()
    moved.iloc[:2] = "removal"
    assert telling(moved, old), "two that moved, all others as they were"
    moved.iloc[2] = "removal"
    assert not telling(moved, old)
    many = one.copy()
    many.iloc[:6] = "removal"
    assert not telling(many, old, same_year=True)
    assert not telling(old, old, same_year=True)


def test_the_denominator_of_a_ratio_is_refused_as_well() -> None:
    assert masks.ratio([5, 5, 5], [100, 1, 1]).text == HIDDEN
    assert masks.ratio([50, 1, 1], [100, 100, 100]).text == HIDDEN
    assert masks.ratio([0, 0, 0], [100, 100, 100]).text == HIDDEN, "all of them gave nothing"
    kept = Editions(2025)
    four = {"over": pd.Series(dict.fromkeys("ABCD", 40.0)), "holders": pd.Series(dict.fromkeys("ABCD", 9.0))}
    five = {"over": pd.Series(dict.fromkeys("ABCDE", 40.0)), "holders": four["holders"]}
    assert kept.settle("ratio", 2025, four, Shown(0.2)).known
    assert kept.settle("other", 2025, five, Shown(0.1)).why == "difference"


def test_a_ratio_leaves_with_its_printed_digits_only(editions: list[Association]) -> None:
    first = editions[0]
    for f in first.figures:
        if f.now.known:
            digits = f.decimals + (2 if f.percent else 0)
            assert f.now.value == round(f.now.value, digits), f.measure
            assert f.change != f.change or f.change == pytest.approx(round(f.change, digits), abs=1e-9)
    assert "holders_10_ratio" in goal_tables(first)


def test_the_same_data_twice_hide_nothing_new(tmp_path: Path) -> None:
    private = tmp_path / "own"
    whole = {part: table(part) for part in PARTS}
    first, second = (made(tmp_path, private, whole, 2025) for _ in range(2))
    assert shown(first) == shown(second)
    assert len(shown(first)) > 30
    entries = json.loads((private / "published_2025.json").read_text(encoding="utf-8"))["figures"]
    assert {e["report"] for e in entries} == {2025}
    assert {e["year"] for e in entries} == {2024, 2025}
    assert all(bool(e["given"]) <= e["shown"] for e in entries), "what was hidden leaves no figures behind"


def test_draws_of_one_or_two_are_not_counted() -> None:
    people = pd.DataFrame({
        "unit_id": list("ABCDE"), "area": ["north", "north", "south", "south", "south"],
        "level": ["high", "high", "low", "low", "low"], "plants": 1.0,
        "since": pd.Timestamp("2020-01-01"), "left": pd.NaT,
        "implementation_date": pd.Timestamp("2020-01-01"),
    })  # fmt: skip
    none = pd.DataFrame()
    said, record = draws(people, none, 2025, 1, "high", None)
    assert said[0].names == 5
    assert said[1].names != said[1].names
    assert len(record) >= 7, "the association's own record has them"
    assert all(d.names != d.names and d.frames != d.frames for d in draws(people, none, 2025, 1, None, "north")[0])


def test_damaged_figures_are_refused_by_the_name_of_the_file(tmp_path: Path, damaged: Callable[[Any], str]) -> None:
    for bad in ([5], "x", [{"figure": "f"}], [{**GOOD, "year": None}], [{**GOOD, "given": {"c": {"A": "x", "B": 1}}}]):
        text = damaged(bad)
        assert "published_2025.json: cannot be read as what an earlier report left" in text
        assert "\n" not in text


GOOD = {"figure": "f", "year": 2025, "report": 2025, "shown": True, "given": {"c": {"A": 1}}}


@pytest.fixture
def damaged(tmp_path: Path) -> Callable[[Any], str]:
    from oshlib.study import association_private

    def call(figures: Any) -> str:
        held = {"version": 3, "memories": {}, "figures": figures, "sites": []}
        (tmp_path / "published_2025.json").write_text(json.dumps(held), encoding="utf-8")
        with pytest.raises(OshError) as caught:
            association_private.read(str(tmp_path))
        return str(caught.value)

    return call


# Counts of results that change with who came, left, or had another one


AT = limits(None, None, 9.5, "safe", [2024, 2025], "mean", measure("TCIR"), "rounding", 0.95)
CASES = {"beyond": 2.0, "within": 10.0, "not met": 30.0}  # in 400,000 hours: at most 6.65 is met, 13 cases
RESULTS = ["within"] * 10 + ["not met"] * 10


def goal_in(held: Editions, results: dict[str, str], year: int = 2025, start: Any = None, **more: Any) -> GoalCount:
    """The goal of participants with these results, all of them due, beside what was shown before."""
    columns = {"cases": [CASES[r] for r in results.values()], "hours": 400_000.0, "since": 40, "why": "", **more}
    found = goal_count(pd.DataFrame({"unit_id": list(results), "year": year, **columns}), year, AT, start, held)
    assert found is not None
    return found


def named(results: list[str]) -> dict[str, str]:
    return {f"U{n}": r for n, r in enumerate(results)}


def moved(results: dict[str, str], many: int, before: str, after: str) -> dict[str, str]:
    units = [u for u, r in results.items() if r == before][-many:]
    return {**results, **dict.fromkeys(units, after)}


def test_met_is_hidden_beside_a_newcomer_though_others_are_now_beyond_chance() -> None:
    held, old = Editions(2024), named(RESULTS)
    assert goal_in(held, old, 2024).parts["met"].value == 10
    new = {**moved(old, 4, "within", "beyond"), "X": "within"}
    found = goal_in(held, new)
    assert {s.text for s in (*found.parts.values(), *found.by_chance.values())} == {HIDDEN}, "10 of 20, then 11 of 21"
    many = {**moved(moved(old, 3, "within", "not met"), 3, "not met", "beyond"), "X": "within"}
    fresh = Editions(2024)
    goal_in(fresh, old, 2024)
    assert goal_in(fresh, many).parts["met"].value == 11, "six others changed as well"


def test_beyond_chance_is_hidden_by_itself() -> None:
    held, old = Editions(2024), named(["beyond"] * 6 + ["within"] * 9 + ["not met"] * 9)
    assert goal_in(held, old, 2024).by_chance["beyond"].value == 6
    new = {**moved(moved(old, 4, "within", "not met"), 4, "not met", "within"), "X": "beyond"}
    found = goal_in(held, new)
    assert found.by_chance["beyond"].text == HIDDEN, "6, then 7 with the one who came"


def test_newcomers_who_all_met_are_told_by_no_second_edition() -> None:
    held, old = Editions(2025), named(RESULTS)
    assert goal_in(held, old).parts["met"].known
    assert not goal_in(held, {**old, **dict.fromkeys("ABCDEF", "within")}).parts["met"].known
    mixed = {**old, **dict.fromkeys("ABC", "within"), **dict.fromkeys("DEF", "not met")}
    fresh = Editions(2025)
    goal_in(fresh, old)
    assert goal_in(fresh, mixed).parts["met"].known


def test_one_clock_is_held_against_the_other_of_an_earlier_year() -> None:
    held, old = Editions(2024), named(RESULTS * 2)
    since = [40] * 20 + [12] * 20
    assert goal_in(held, old, 2024, "2021-01-01", since=since).parts["met"].value == 20
    assert not goal_in(held, {**old, "X": "within"}).parts["met"].known


def test_what_luck_would_give_tells_nothing_of_the_size_of_a_newcomer() -> None:
    old = named(RESULTS)
    new = {**moved(moved(old, 3, "within", "not met"), 3, "not met", "within"), "X": "within"}
    held = Editions(2024)
    assert goal_in(held, old, 2024).expected > 0
    found = goal_in(held, new)
    assert found.parts["met"].known
    assert found.expected != found.expected, "the others have the hours that they had: the rest is the newcomer's"
    assert found.p_luck != found.p_luck


def test_a_count_that_falls_below_five_is_hidden_where_one_left() -> None:
    """Five of twenty, then <5 of nineteen: who left was one of the five."""
    (row,) = (r for r in goals("data/reference/partnership_goals.csv", "safe") if r.measure == "verified")
    units = [f"U{n}" for n in range(20)]
    members = pd.DataFrame({"unit_id": units, "year": 2025, "verified": [1.0] * 5 + [0.0] * 15})
    held = Editions(2025)
    assert figures([row], members, 2025, held)[0].now.value == 5
    assert figures([row], members[1:], 2025, held)[0].now.text == HIDDEN
    fresh = Editions(2025)
    assert figures([row], members[1:], 2025, fresh)[0].now.text == FEW
    assert figures([row], members[2:], 2025, fresh)[0].now.text == FEW, "of two numbers below five none is told"


def test_scores_that_were_open_hide_no_newcomer() -> None:
    (row,) = (r for r in goals("data/reference/partnership_goals.csv", "safe") if r.measure == "reach_81")
    least = [90.0] * 10 + [50.0] * 10
    old = pd.DataFrame({"unit_id": [f"U{n}" for n in range(20)], "year": 2024, "least": least, "most": least})
    old.loc[10:13, "most"] = 90.0
    new = pd.concat([old.assign(year=2025, most=least), pd.DataFrame([("X", 2025, 90.0, 90.0)], columns=list(old))])
    (found,) = figures([row], pd.concat([old, new], ignore_index=True), 2025, Editions(2025))
    assert (found.before.value, found.now.text) == (10, HIDDEN), "10 of 20, then 11 of 21; four open ones are known now"
