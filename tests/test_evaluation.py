"""A program's evaluation: who counts where, what the sums are, what selection alone does, and what is left unsaid."""

from __future__ import annotations

import json
import math
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output

from oshlib import places, tables
from oshlib.errors import OshError
from oshlib.headline import HEADLINE
from oshlib.markup import Html
from oshlib.report import evaluation as report
from oshlib.study.evaluation import Evaluation, study
from oshlib.study.published import recomputed
from oshlib.study.selection import ALL, APART, EVERYBODY
from tests.conftest import message

PROGRAM = "data/example/program.csv"
PUBLISHED = "data/reference/published_changes.csv"
HEAD = "establishment,unit_id,year,area,sic,parent,hours,dart_cases,joined,withdrew,removed"
PLAIN = "unit,unit_id,year,hours,dafw_cases,djtr_cases"
Write = Callable[..., str]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write_rows(*rows: str, head: str = HEAD, name: str = "sites.csv") -> str:
        path = tmp_path / name
        path.write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
        return str(path)

    return write_rows


def site(unit: str, year: int, cases: Any, joined: str = "", hours: Any = 200_000, **more: str) -> str:
    own = {"sic": "2421", "parent": "", "withdrew": "", "removed": "", **more}
    cells = [unit, unit, year, "A", own["sic"], own["parent"], hours, cases, joined, own["withdrew"], own["removed"]]
    return ",".join(map(str, cells))


def pair(unit: str, first: Any, last: Any, joined: str, **more: str) -> list[str]:
    return [site(unit, 1996, first, **more), site(unit, 1997, last, joined, **more)]


def said(e: Evaluation, code: str) -> list[str]:
    return [f["text"] for f in e.cautions if f["code"] == code]


def headline(e: Evaluation) -> dict[str, Any]:
    InteractiveShell.instance()
    with capture_output() as caught:
        report.headline(e)
    (output,) = caught.outputs
    return dict(json.loads(json.dumps(output.data))[HEADLINE])


def saved(html: Any, which: int = 0) -> list[dict[str, Any]]:
    text = re.findall(r'<script type="application/json">(.*?)</script>', str(html))[which]
    table = json.loads(text)
    return [dict(zip(table["header"], row, strict=True)) for row in table["rows"]]


@pytest.fixture(scope="module")
def example() -> Evaluation:
    return study(PROGRAM, years=6, published=PUBLISHED)


@pytest.fixture(scope="module")
def raw() -> pd.DataFrame:
    table = pd.read_csv(places.ROOT / PROGRAM, keep_default_na=False)
    last = table.sort_values("year").groupby("unit_id").tail(1).set_index("unit_id")
    gone = set(table.loc[table["withdrew"].eq("yes") | table["removed_from_program"].eq("yes"), "unit_id"])
    group = last["joined"].map({"yes": "participant", "no": "nonparticipant", "": ""})
    table["group"] = table["unit_id"].map(group.mask(group.index.isin(gone), "left"))
    return table


# The example


def test_the_example_is_what_its_generator_writes(tmp_path: Path) -> None:
    shutil.copy(places.ROOT / "data" / "example" / "make_program.py", tmp_path)
    subprocess.run([sys.executable, str(tmp_path / "make_program.py")], check=True, timeout=60)
    assert (tmp_path / "program.csv").read_bytes() == (places.ROOT / PROGRAM).read_bytes()


def test_the_example_holds_what_a_reader_will_meet(raw: pd.DataFrame, example: Evaluation) -> None:
    assert (raw["unit_id"].nunique(), raw["sic"].nunique(), len(raw)) == (64, 6, 64 * 6 - 8)
    assert raw["dart_cases"].eq(0).any()
    assert raw["hours"].min() < 90_000
    assert raw["establishment"].str.contains("(made up)", regex=False).all()
    assert set(raw["group"]) == {"participant", "nonparticipant", "left", ""}
    own = example.series[example.series["panel"].eq("matched")].set_index(["group", "year"])["value"]
    assert own["participant", 1998] > own["participant", 1996] > own["participant", 1999], "first it rises"


# Sums and contrasts


def test_groups_and_both_panels_are_the_sums_that_pandas_makes(raw: pd.DataFrame, example: Evaluation) -> None:
    assert example.units["group"].to_dict() == raw.drop_duplicates("unit_id").set_index("unit_id")["group"].to_dict()
    years = raw.groupby("unit_id")["year"].agg(set)
    both = years[years.map(lambda have: {1996, 1999} <= have)].index
    for panel, part in (("pooled", raw), ("matched", raw[raw["unit_id"].isin(both)])):
        sums = part[part["group"].ne("")].groupby(["group", "year"]).agg(
            units=("unit_id", "nunique"), cases=("dart_cases", "sum"), hours=("hours", "sum")
        )  # fmt: skip
        found = example.series[example.series["panel"].eq(panel)].set_index(["group", "year"])
        pd.testing.assert_frame_equal(found[["units", "cases", "hours"]], sums, check_dtype=False, check_like=True)
        pd.testing.assert_series_equal(found["value"], sums["cases"] * 2e5 / sums["hours"], check_names=False)


def test_the_headline_is_the_matched_contrast_under_the_names_of_the_contract(example: Evaluation) -> None:
    found = headline(example)
    own = example.series[example.series["panel"].eq("matched")].set_index(["group", "year"])["value"]
    for group in ("participant", "nonparticipant"):
        ends = found["groups"][group]
        assert set(ends) == {"first", "last", "change", "change_low", "change_high"}
        assert (ends["first"], ends["last"]) == (own[group, 1996], own[group, 1999])
        assert ends["change"] == pytest.approx(own[group, 1999] / own[group, 1996] - 1)
        assert ends["change_low"] < ends["change"] < ends["change_high"]
    both = found["groups"]
    assert found["difference"] == pytest.approx(both["participant"]["change"] - both["nonparticipant"]["change"])
    ratio = (1 + both["participant"]["change"]) / (1 + both["nonparticipant"]["change"])
    assert found["ratio"] == pytest.approx(ratio)
    assert (found["ratio_low"] <= 1 <= found["ratio_high"]) == (found["p"] > 0.05)
    assert found["unit"] == ""
    codes = [f["code"] for f in found["flags"]]
    assert {"NOT_COMPARABLE", "REPORTING", "UNEVALUATED", "MISSING_YEAR"} <= set(codes)


def test_every_way_of_comparing_stands_in_the_table_with_its_own_years(example: Evaluation) -> None:
    rows = {r["way"]: r for r in saved(report.contrast_table(example))}
    assert list(rows) == ["matched", "units", "industry", "pooled", "before"]
    assert (rows["before"]["from"], rows["before"]["to"]) == (1994, 1996)
    assert rows["units"]["ratio"] == pytest.approx(rows["matched"]["ratio"])
    assert rows["pooled"]["participant_units"] == rows["matched"]["participant_units"] + 1, "one has no 1999"
    text = report.verdict(example)
    assert "Who joins is not random" in text
    assert "Those who joined did better, not beyond chance" in text


def test_a_base_year_follows_from_the_first_agreement_or_from_what_is_asked(example: Evaluation) -> None:
    assert (example.base_year, example.selected_on) == (1996, 1996)
    asked = study(PROGRAM, years=6, base_year=1995, selected_on=1995, last_year=1998)
    assert (asked.base_year, asked.selected_on, asked.years[-1]) == (1995, 1995, 1998)
    with pytest.raises(OshError) as late:
        study(PROGRAM, years=6, base_year=1997)
    assert str(late.value) == ("base_year: found 1997, expected a year before 1997, when the first agreement came in")
    with pytest.raises(OshError) as short:
        study(PROGRAM, years=2)
    assert str(short.value) == (
        "base_year: found no year before 1997, when the first agreement came in; the window is 1998–1999"
    )


def test_the_order_of_the_rows_changes_nothing(raw: pd.DataFrame, tmp_path: Path, example: Evaluation) -> None:
    file = tmp_path / "program.csv"
    raw.drop(columns="group").sample(frac=1, random_state=3).to_csv(file, index=False)
    other = study(str(file), years=6, published=PUBLISHED)
    assert headline(other) == headline(example)
    pd.testing.assert_frame_equal(other.employers, example.employers)


# Who stands where


def test_the_last_row_that_says_anything_counts_and_who_left_stands_apart(write: Write) -> None:
    file = write(
        *pair("stays", 9, 5, "yes"), *pair("declined", 9, 8, "no"), *pair("silent", 9, 9, ""),
        site("turned", 1996, 9, "no"), site("turned", 1997, 9, "yes"),
        site("back", 1996, 9, "yes"), site("back", 1997, 9, "no"),
        *pair("gone", 9, 9, "yes", withdrew="yes"), *pair("put out", 9, 9, "yes", removed="yes"),
        site("early", 1996, 9, "yes"), site("early", 1997, 7, ""), site("unsure", 1996, 9, "perhaps"),
        site("unsure", 1997, 9, "yes"),
    )  # fmt: skip
    e = study(file)
    assert e.units["group"].to_dict() == {
        "stays": "participant", "declined": "nonparticipant", "silent": "", "turned": "participant", "back": "left",
        "gone": "left", "put out": "left", "early": "participant", "unsure": "",
    }  # fmt: skip
    assert e.headline.changes["participant"].units == 3
    assert said(e, "UNEVALUATED") == ["Of 2 of 9 establishments it is not known whether they joined: in no group."]
    assert "3 joined and left again" in said(e, "NOT_COMPARABLE")[1]


def test_matched_leaves_out_who_lacks_a_year_and_says_so(write: Write) -> None:
    file = write(
        *pair("a", 10, 6, "yes"), *pair("b", 10, 9, "no"), site("c", 1996, 50, "yes"), site("d", 1997, 40, "no"),
        *pair("e", 10, "x", "yes"),
    )  # fmt: skip
    e = study(file)
    own, other = e.headline.changes.values()
    assert (own.first, own.last, own.units, other.first, other.last) == (10.0, 6.0, 1, 10.0, 9.0)
    pooled = e.series[e.series["panel"].eq("pooled")].set_index(["group", "year"])["cases"]
    assert (pooled["participant", 1996], pooled["nonparticipant", 1997]) == (70, 49)
    assert said(e, "MISSING_YEAR")[:2] == [
        "3 of 5 establishments that joined or declined have no LWDII in 1996 or 1997: not among the matched, which the "
        "verdict is about.",
        "1 of 8 establishment-years have no usable counts or hours and are in no sum.",
    ]


def test_a_row_that_is_the_sum_of_others_is_not_counted_beside_them(write: Write) -> None:
    file = write(
        *pair("Whole", 20, 12, "yes"), *pair("one", 10, 6, "yes", parent="Whole"),
        *pair("two", 10, 6, "yes", parent="Whole"), *pair("else", 10, 9, "no"),
    )  # fmt: skip
    e = study(file)
    assert e.headline.changes["participant"].units == 2
    assert said(e, "SUM_MISMATCH") == ["Set aside, its parts are in the file: Whole."]
    (employer,) = saved(report.employer_table(e))
    assert (employer["parent"], employer["first_cases"], employer["last_cases"]) == ("Whole", 20, 12)


def test_zero_counts_and_one_year_make_no_change_and_no_made_up_value(write: Write) -> None:
    zero = study(write(*pair("a", 0, 4, "yes"), *pair("b", 9, 8, "no")))
    found = headline(zero)
    assert found["groups"]["participant"] == {
        "first": 0, "last": 4, "change": None, "change_low": None, "change_high": None,
    }  # fmt: skip
    assert found["difference"] is None
    assert "No comparison" in report.verdict(zero)
    assert said(zero, "ZERO") == ["No lost-workday cases among participants in 1996; the interval reaches up to 3.7."]
    gone = headline(study(write(*pair("a", 9, 0, "yes"), *pair("b", 9, 8, "no"))))
    assert (gone["groups"]["participant"]["change"], gone["ratio"], gone["ratio_low"]) == (-1, 0, 0)
    one = study(write(site("a", 1996, 9, "yes"), site("b", 1996, 9, "no")))
    assert headline(one)["groups"]["participant"] == {
        "first": 9, "last": None, "change": None, "change_low": None, "change_high": None,
    }  # fmt: skip
    assert said(one, "MISSING_YEAR") == ["No year after 1996: there is no change to be seen."]
    assert report.selection_figure(one) is None


def test_only_those_over_the_limit_is_a_comparison_of_its_own(write: Write) -> None:
    e = study(write(*pair("a", 10, 6, "yes"), *pair("b", 9, 9, "no"), *pair("low", 2, 5, "no")))
    assert [c.first for c in e.contrasts["selected"].changes.values()] == [10.0, 9.0]
    assert e.contrasts["matched"].changes["nonparticipant"].first == 5.5


def test_a_verdict_beyond_chance_by_one_reckoning_only_is_no_plain_one(write: Write) -> None:
    rows = [r for i in range(4) for r in pair(f"n{i}", 100, 100, "no")]
    rows += [*pair("p1", 200, 60, "yes"), *pair("p2", 60, 90, "yes"), *pair("p3", 60, 62, "yes")]
    text = report.verdict(study(write(*rows)))
    assert "◆" in text
    assert "Those who joined did better, beyond chance only if cases are independent" in text


# What selection alone does


def test_selected_is_at_or_over_the_limit_rounded_or_exactly(write: Write) -> None:
    rows = [
        site("just", 1996, 7), site("rounds", 1996, 139, hours=4_000_000), site("below", 1996, 138, hours=4_000_000),
        *(site(u, 1997, 4, hours=4_000_000 if u != "just" else 200_000) for u in ("just", "rounds", "below")),
    ]  # fmt: skip
    file = write(*rows)
    rounded, exact = (study(file, compare=way).selections[-1] for way in ("rounding", "absolute"))
    assert (rounded.chosen, exact.chosen) == ({"just", "rounds"}, {"just"}), "139 in 4,000,000 h: 6.95, printed 7.0"
    assert said(study(file), "EDGE_ROUNDING") == [
        "1 of 1996 at or over the limit by one way of comparing only: rounded, or exactly."
    ]


def test_the_selected_are_followed_as_pandas_follows_them(raw: pd.DataFrame, example: Evaluation) -> None:
    early, asked = example.selections
    assert (early.year, early.after, early.before_program) == (1994, [1995, 1996], True)
    assert (asked.year, asked.after, asked.before_program) == (1996, [1997, 1998, 1999], False)
    for s in (early, asked):
        start = raw[raw["year"].eq(s.year)].set_index("unit_id")
        rate = (start["dart_cases"] * 2e5 / start["hours"]).map(lambda r: math.floor(r * 10 + 0.5) / 10)
        assert s.chosen == set(rate.index[rate >= 7.0])
        wide = (
            raw[raw["year"].isin([s.year, *s.after])]
            .pivot(index="unit_id", columns="year", values="dart_cases")
            .dropna()
        )
        whole = raw[raw["unit_id"].isin(wide.index) & raw["year"].isin(wide.columns)]
        picked = whole[whole["unit_id"].isin(s.chosen)]
        for who, part in ((ALL, picked), (EVERYBODY, whole)):
            assert s.line(who)["cases"].tolist() == part.groupby("year")["dart_cases"].sum().tolist()
        assert s.lost == len(s.chosen) - picked["unit_id"].nunique()
    assert early.line(APART).empty, "before the program nobody had a choice"
    assert len(asked.line(APART)) == 4
    own, every = (early.line(who)["value"].tolist() for who in (ALL, EVERYBODY))
    assert early.excess == pytest.approx(1 - (own[1] - every[1]) / (own[0] - every[0]))
    assert every[0] < early.expected < own[0]


def test_selection_alone_draws_unchanged_rates_to_the_mean_as_far_as_expected() -> None:
    """Rates that never change, drawn again each year: what is lost is what the counts lead to expect."""
    import numpy as np

    from oshlib.rates import measure
    from oshlib.study.selection import selections

    rng = np.random.default_rng(8)
    true, hours = rng.gamma(4.0, 5.0 / 4.0, 4_000), rng.integers(100_000, 400_000, 4_000)
    rows = pd.concat([
        pd.DataFrame({"unit_id": [f"u{i}" for i in range(4_000)], "year": year, "group": "", "hours": hours,
                      "cases": rng.poisson(true * hours / 2e5)})
        for year in (2001, 2002)
    ])  # fmt: skip
    rows["value"] = rows["cases"] * 2e5 / rows["hours"]
    (s,) = selections(rows, measure("LWDII"), 2001, 2001, 2002, 7.0, "rounding", 0.95)
    assert s.excess == pytest.approx(s.expected_excess, abs=0.03)
    assert 0.15 < s.excess < 0.5
    assert s.line(ALL)["value"].iloc[1] == pytest.approx(s.expected, rel=0.03)


def test_a_plain_table_has_no_participants_and_its_selection_all_the_same(write: Write) -> None:
    rows = [f"u{i},u{i},{year},200000,{n},1" for i in range(3) for year, n in ((2023, 9 - 4 * i), (2024, 5))]
    e = study(write(*rows, head=PLAIN))
    found = headline(e)
    nothing = dict.fromkeys(("first", "last", "change", "change_low", "change_high"))
    assert found["groups"] == {"participant": nothing, "nonparticipant": nothing}
    assert (found["difference"], found["p"]) == (None, None)
    assert said(e, "UNEVALUATED") == [
        "Nobody in this file is known to have joined a program: there is no group to compare."
    ]
    shown = (
        report.group_table, report.year_figure, report.year_table, report.contrast_table, report.industry_table,
        report.employer_table, report.inspection_table, report.cross_checks, report.published_table,
    )  # fmt: skip
    assert [f(e) for f in shown] == [None] * len(shown), "sections that do not apply stay silent"
    assert "The 1 at or over 7.0 in 2023 went from 10.0 to 6.0 in 2024" in report.verdict(e)
    assert isinstance(report.selection_table(e), Html)


# Inspections, and what others printed


def test_violations_and_penalties_are_summed_over_rows_that_give_both(raw: pd.DataFrame, example: Evaluation) -> None:
    rows = {(r["period"], r["group"]): r for r in saved(report.inspection_table(example))}
    table = raw[raw["year"].gt(1996) & raw["group"].eq("participant")]
    given = table[table["violations"].astype(str).ne("")].astype({"violations": float, "violations_serious": float})
    after = rows["after", "participant"]
    assert (after["violations"], after["inspections_counted"]) == (
        given["violations"].sum(),
        given["inspections"].sum(),
    )
    assert after["each_inspection"] == pytest.approx(after["violations"] / after["inspections_counted"])
    assert after["low"] < after["each_inspection"] < after["high"]
    assert after["share"] == pytest.approx(given["violations_serious"].sum() / given["violations"].sum())
    fined = given[given["penalty_initial"].astype(float) > 0].astype({"penalty": float, "penalty_initial": float})
    assert after["reduction"] == pytest.approx(1 - fined["penalty"].sum() / fined["penalty_initial"].sum())
    assert set(rows) >= {(str(y), "participant") for y in range(1994, 2000)}


def test_the_printed_change_is_recomputed_exactly(tmp_path: Path) -> None:
    (r,) = recomputed(PUBLISHED)
    assert (r.first, r.last, r.printed, r.years) == (11.2, 7.6, 0.30, "1991")
    assert r.reduction == Fraction(9, 28)
    assert (r.least, r.most) == (1 - Fraction("7.65") / Fraction("11.15"), 1 - Fraction("7.55") / Fraction("11.25"))
    assert r.follows is False
    file = tmp_path / "p.csv"
    head = "program,measure,first,last,printed_change,first_year,last_year,source"
    file.write_text(f"{head}\nX,rate,11.2,7.84,0.30,,,made up\nY,rate,5,4,,1990,1995,made up\n", encoding="utf-8")
    one, two = recomputed(str(file))
    assert (one.follows, two.follows, two.printed, two.years) == (True, None, None, "1990–1995")
    file.write_text(f"{head}\nX,rate,0,1,,,,made up\n", encoding="utf-8")
    assert message(lambda: recomputed(str(file))) == f"{file} row 2, first: found 0, expected a rate above zero"


def test_the_page_says_32_beside_the_printed_30(example: Evaluation) -> None:
    text = report.published_table(example)
    assert "<td>30%</td><td>32.1%</td><td>31.4% to 32.9%</td>" in str(text)
    assert "does not follow" in str(text)


# Charts and messages


def test_charts_draw_the_numbers_of_their_tables(example: Evaluation) -> None:
    drawn = report.year_figure(example)
    assert drawn is not None
    held = {(r["group"], r["year"]): r for r in saved(report.year_table(example)) if r["panel"] == "matched"}
    for trace, group in zip(drawn.data, ("participant", "nonparticipant"), strict=True):
        for x, y, high, more in zip(trace.x, trace.y, trace.error_y.array, trace.customdata, strict=True):
            row = held[group, round(x)]
            shown = [row["cases"], row["hours"], round(row["low"], 2), round(row["high"], 2)]
            assert (y, y + high, list(more)) == (row["value"], pytest.approx(row["high"]), shown)
    assert drawn.layout.yaxis.rangemode == "tozero"
    assert "lower is better" in drawn.layout.yaxis.title.text
    chosen = report.selection_figure(example)
    assert chosen is not None
    values = {r["value"] for r in saved(report.selection_table(example))}
    assert {v for trace in chosen.data for v in trace.y} <= values
    marks = [(t.marker.symbol, t.line.dash) for t in chosen.data if t.name != "everybody"]
    assert len(set(marks)) == len(marks), "colour is never the only sign"
    for figure in (drawn, chosen):
        assert re.search(r"\d\.\d \(interval \d+\.\d to \d+\.\d\) in \d{4}", figure.layout.meta["description"])


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"name": "SEVERITY"},
         "measure: found 'SEVERITY', expected one that counts cases, such as LWDII: days come many to a case, so no "
         "exact interval holds"),
        ({"base_year": 1980},
         "base_year: found 1980, expected a year of the data, here 1995, 1996, 1997, 1998 and 1999"),
        ({"selected_on": "1996"},
         "selected_on: found '1996', expected a year of the data, here 1994, 1995, 1996, 1997, 1998 and 1999"),
        ({"limit": 0}, "limit: found 0, expected a rate per 100 full-time workers above zero"),
        ({"compare": "loosely"}, "compare: found 'loosely', expected rounding or absolute"),
        ({"years": 0}, "years: found 0, expected a whole number of 1 or more"),
        ({"last_year": 1980}, f"{PROGRAM}: no row in 1976 to 1980; its years are 1994 to 1999"),
        ({"confidence": 95}, "confidence must be a fraction between 0 and 1, such as 0.95; found 95"),
        ({"hours_policy": "guess"}, "hours_policy must be 'reported' or 'headcount'; found 'guess'"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused_in_one_sentence(options: dict[str, Any], text: str) -> None:
    assert message(lambda: study(PROGRAM, **options)) == text


def test_no_code_of_an_evaluation_knows_a_program_by_name() -> None:
    named = [*recomputed(PUBLISHED)[0].program.split()[:1], "CCP", "CPL"]
    files = [
        "contrasts",
        "charts/evaluation",
        *(f"study/{f}" for f in ("evaluation", "changes", "groups", "selection")),
    ]
    for file in (
        *files,
        "report/evaluation",
        "report/evaluation_parts",
        "report/evaluation_end",
        "report/program_words",
    ):
        text = (places.ROOT / "oshlib" / f"{file}.py").read_text(encoding="utf-8")
        assert not [n for n in named if re.search(rf"\b{n}\b", text)], file


def test_the_layout_keeps_employers_and_remarks() -> None:
    table, faults = tables.read(PROGRAM)
    assert faults.empty
    assert table["parent"].ne("").any()
