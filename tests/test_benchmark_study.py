"""A unit against a benchmark: which standard, which tests, what is refused and what is said."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from oshlib import headline, references, words
from oshlib.errors import OshError
from oshlib.report import benchmark as report
from oshlib.study import benchmark, load, standards
from oshlib.study.tested import Against, all_tests
from oshlib.verdicts import reduction_luck, reduction_sentence, reduction_status

HEAD = "unit,unit_id,year,hours,deaths,dafw_cases,djtr_cases,other_cases"
TABLE = "name,year,measure,value,source"
YEARS = (2022, 2023, 2024)


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., str]:
    def write_rows(*rows: str, head: str = HEAD, name: str = "annual.csv") -> str:
        path = tmp_path / name
        path.write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
        return str(path)

    return write_rows


def unit(cases: int = 11, hours: Any = 333_333, years: tuple[int, ...] = YEARS, **tail: Any) -> list[str]:
    more = "".join(f",{v}" for v in tail.values())
    return [f"Larch (made up),L1,{y},{hours},0,0,0,{cases}{more}" for y in years]


def published(*values: str, measure: str = "TCIR", name: str = "mix (made up)", first: int = 2022) -> list[str]:
    return [f"{name},{first + i},{measure},{v},made up" for i, v in enumerate(values)]


def studied(write: Any, rows: list[str], lines: list[str] | None = None, head: str = HEAD, **asked: Any) -> Any:
    lines = published("9.0", "10.0", "9.5") if lines is None else lines
    against = asked.pop("against", None) or write(*lines, head=TABLE, name="benchmark.csv")
    how = {k: asked.pop(k) for k in ("last_year", "hours_policy") if k in asked}
    return benchmark.study(load(write(*rows, head=head), "L1", **how), against, **{"scheme": "safe", **asked})


def alone(write: Any, rows: list[str], standard: Any, **asked: Any) -> Any:
    return benchmark.study(load(write(*rows), "L1"), standard=standard, **{"scheme": "safe", **asked})


def refused(call: Callable[[], Any]) -> str:
    with pytest.raises(OshError) as caught:
        call()
    assert "\n" not in str(caught.value)
    return str(caught.value)


def results(found: Any) -> dict[str, str]:
    return {t.test: t.result for t in found.tests}


def said(found: Any, code: str) -> list[str]:
    return [f["text"] for f in found.cautions if f["code"] == code]


# Words


def test_the_sentence_of_the_specification(write: Any) -> None:
    text = reduction_sentence(studied(write, unit()), 1)
    assert "30.5% below the three-year standard of 9.50 (goal 30% below): met by the numbers; with 11 cases" in text
    # 5.4912 and 19.6820 cases over 15.83 expected
    assert text.endswith("range runs from 65.3% below to 24.3% above the standard.")
    assert reduction_status(studied(write, unit()))[0] == "30% below by the numbers, not beyond chance"


def test_beyond_chance_is_said_of_no_more_cases_than_can_show_it(write: Any) -> None:
    # C-52: 400,000 hours and a standard of 10.0
    assert reduction_status(alone(write, unit(6, 400_000), 10.0))[0] == "30% below, beyond chance"
    assert reduction_status(alone(write, unit(7, 400_000), 10.0))[0].endswith("not beyond chance")
    assert reduction_status(alone(write, unit(14, 400_000), 10.0))[0].endswith("not beyond chance")
    assert reduction_status(alone(write, unit(15, 400_000), 10.0))[0] == "Not 30% below, perhaps chance"
    assert reduction_status(alone(write, unit(40, 400_000), 10.0))[0] == "Not 30% below, beyond chance"
    assert "no more than 6 cases would show 30% beyond chance" in reduction_luck(alone(write, unit(6, 400_000), 10.0))


def test_no_case_is_no_proof_where_few_are_expected(write: Any) -> None:
    found = studied(write, unit(0, 20_000))
    assert reduction_status(found)[0] == "30% below with no case, not beyond chance"
    assert "met by having no case" in reduction_sentence(found, 1)
    assert "not even a year without a case would show 30%" in reduction_luck(found)
    assert len(said(found, "ZERO")) == 3
    assert said(found, "SMALL_N") == []


@pytest.mark.parametrize(("share", "printed"), [(0.305, "30.5%"), (0.5, "50%"), (0.125, "12.5%")])
def test_a_chosen_reduction_is_printed_as_chosen(write: Any, share: float, printed: str) -> None:
    found = studied(write, unit(), reduction=share)
    assert f"(goal {printed} below)" in reduction_sentence(found, 1)
    assert [t.title for t in found.tests if t.test == "reduction"] == [f"Goal: {printed} below the standard"]
    assert "30%" not in report.test_table(found)


def test_a_confidence_is_printed_as_chosen(write: Any) -> None:
    assert "the 99.8% range" in reduction_sentence(studied(write, unit(), confidence=0.998), 1)
    found = studied(write, unit(), confidence=0.9)
    assert "the 90% range" in reduction_sentence(found, 1)
    assert found.found.low > studied(write, unit()).found.low


# Tests of the scheme


@pytest.mark.parametrize(
    ("cases", "hours", "expected"),
    [
        (35, 1_000_000, ("not met", "met")),  # C-27, C-36's edge: 7.0 is not below 7.0, and 30% below 10.0
        (34, 1_000_000, ("met", "met")),
        (36, 1_000_000, ("not met", "not met")),
    ],
)
def test_seven_is_not_below_seven_and_is_thirty_per_cent_below_ten(
    write: Any, cases: int, hours: int, expected: tuple[str, str]
) -> None:
    found = alone(write, unit(cases, hours), 10.0)
    assert (found.result("entry"), found.result("reduction")) == expected
    assert found.result("removal") == "not determinable", "no average without a benchmark"


def test_what_prints_as_seven_is_met_only_when_compared_absolutely(write: Any) -> None:
    rows = unit(87, 2_500_000)  # 6.96
    for compare, result in (("rounding", "not met"), ("absolute", "met")):
        found = studied(write, rows, compare=compare)
        assert found.result("entry") == result
        assert len(said(found, "EDGE_ROUNDING")) == 1
        assert "6.96 < 7.00 exactly, but 7.0 ≥ 7.0 as printed" in said(found, "EDGE_ROUNDING")[0]
    assert said(studied(write, unit(86, 2_500_000)), "EDGE_ROUNDING") == []


@pytest.mark.parametrize(
    ("cases", "rounding", "absolute"),
    [
        (190, "stays", "stays"),  # 9.5 is not above 9.5
        (191, "removal", "removal"),  # 9.55 prints 9.6
        (189, "stays", "stays"),
    ],
)
def test_removal_is_only_above_the_average(write: Any, cases: int, rounding: str, absolute: str) -> None:
    for compare, result in (("rounding", rounding), ("absolute", absolute)):
        assert studied(write, unit(cases, 4_000_000), compare=compare).result("removal") == result


def test_a_hundredth_above_a_published_average_is_removal_at_its_decimals(write: Any) -> None:
    # C-30: an average of 9.50 and a rate of 9.51
    lines = published("9.00", "10.00", "9.50")
    assert studied(write, unit(951, 20_000_000), lines).result("removal") == "removal"
    assert studied(write, unit(950, 20_000_000), lines).result("removal") == "stays"
    assert studied(write, unit(951, 20_000_000)).result("removal") == "stays", "9.51 prints 9.5"
    assert studied(write, unit(951, 20_000_000), compare="absolute").result("removal") == "removal"


def test_cases_left_are_those_that_leave_the_result_as_it_is() -> None:
    rows = references.rate_tests("safe")
    limits = Against(Fraction("9.5"), Fraction("9.5"), 1, Fraction(7, 10))
    for compare in ("rounding", "absolute"):
        for hours in (400_000.0, 2_500_000.0):
            for first in all_tests(rows, 3, hours, 200_000, limits, None, compare):
                most = int(3 + first.left)
                tests = [
                    {t.test: t.result for t in all_tests(rows, n, hours, 200_000, limits, None, compare)}[first.test]
                    for n in (most, most + 1)
                ]
                assert tests[0] in ("met", "stays"), (first.test, compare, hours)
                assert tests[1] in ("not met", "removal"), (first.test, compare, hours)


@pytest.mark.parametrize(
    ("start", "due"),
    [("2022-01-01", True), ("2022-01-02", False), (dt.date(2021, 6, 1), True), ("2030-01-01", False)],
)
def test_the_reduction_is_due_after_thirty_six_months_and_the_others_always(write: Any, start: Any, due: bool) -> None:
    found = studied(write, unit(), implementation_date=start)
    assert (found.result("reduction") == "met") is due
    assert (found.result("reduction") == "not yet due") is not due
    assert results(found)["entry"] == "met"
    assert results(found)["removal"] == "stays"
    if not due:
        assert reduction_status(found)[0] == "30% below: not yet due"
        assert "met by the numbers, though not yet due" in reduction_sentence(found, 1)
        assert "-" not in next(t.why for t in found.tests if t.test == "reduction")


# The standard


def test_the_standard_is_the_mean_of_three_years_up_to_the_last(write: Any) -> None:
    lines = [*published("1.0", first=2021), *published("9.0", "10.0", "9.6"), *published("99.0", first=2025)]
    found = studied(write, unit(), lines)
    assert found.standard.value == Fraction("28.6") / 3
    assert found.standard.average == Fraction("9.6")
    assert "2022 to 2024, mean of the rates of three years" in found.standard.how


def test_rows_in_any_order_give_the_same(write: Any) -> None:
    lines, rows = published("9.0", "10.0", "9.6"), unit()
    one, other = studied(write, rows, lines), studied(write, rows[::-1], [lines[2], lines[0], lines[1]])
    assert (one.standard, one.found, one.tests) == (other.standard, other.found, other.tests)
    assert other.standard.average == Fraction("9.6")


def test_the_standard_as_pooled_cases_over_hours(write: Any) -> None:
    lines = ["m,2022,TCIR,9.0,s,9,200000", "m,2023,TCIR,10.0,s,100,2000000", "m,2024,TCIR,9.6,s,48,1000000"]
    path = write(*lines, head=TABLE + ",cases,hours", name="counts.csv")
    found = studied(write, unit(), against=path, pooling="pooled")
    assert found.standard.value == Fraction(157 * 200_000, 3_200_000)
    assert "(157 cases in 3,200,000 hours)" in found.standard.how
    assert studied(write, unit(), against=path).standard.value == Fraction("28.6") / 3
    text = refused(lambda: studied(write, unit(), pooling="pooled"))
    assert text == "pooling: the benchmark has no cases and hours for 2022 to 2024; expected pooling: mean"


def test_a_missing_year_of_the_three_is_refused(write: Any) -> None:
    text = refused(lambda: studied(write, unit(), [published("9.0", "10.0", "9.5")[i] for i in (0, 2)]))
    assert text.startswith("benchmark: the three-year standard ends in 2024 and needs 2023 as well")


def test_years_that_do_not_meet_are_refused(write: Any) -> None:
    assert "found no TCIR up to 2019" in refused(lambda: studied(write, unit(years=(2019,))))


def test_tcr_stands_in_for_tcir_and_says_so(write: Any) -> None:
    found = studied(write, unit(), published("9.0", "10.0", "9.5", measure="TCR"))
    assert "The benchmark is TCR, of recordable cases; TCIR is of recordable cases (deaths included)." in said(
        found, "NOT_COMPARABLE"
    )
    assert found.standard.value == Fraction("9.5")
    both = published("9.0", "10.0", "9.5") + published("1.0", "1.0", "1.0", measure="TCR")
    assert studied(write, unit(), both).standard.value == Fraction("9.5"), "its own measure comes first"


def test_populations_that_differ_are_said(write: Any) -> None:
    text = said(studied(write, unit()), "NOT_COMPARABLE")
    assert len(text) == 1
    assert "of a population that the table does not name" in text[0]
    assert said(alone(write, unit(), 9.5), "NOT_COMPARABLE") == []


def test_a_base_that_is_not_the_measures_is_refused(write: Any) -> None:
    path = write(*(f"{r},1000000" for r in published("9", "9", "9")), head=TABLE + ",per", name="million.csv")
    assert "a rate of another base is not compared" in refused(lambda: studied(write, unit(), against=path))


@pytest.mark.parametrize("standard", [0.095, 0, -1, "9.5", True, float("nan"), float("inf")])
def test_a_standard_that_no_rate_could_be_meant_by_is_refused(write: Any, standard: Any) -> None:
    text = refused(lambda: alone(write, unit(), standard))
    assert text.startswith("standard: found ")
    assert text.endswith("such as 9.5")


def test_a_benchmark_that_is_a_share_of_workers_is_refused_too(write: Any) -> None:
    text = refused(lambda: studied(write, unit(), published("0.09", "0.1", "0.095")))
    assert text == "benchmark: mix (made up) gives 0.095; expected a rate per 100 full-time workers"


@pytest.mark.parametrize(
    ("asked", "text"),
    [
        ({"reduction": 30}, "reduction: found 30, expected a fraction"),
        ({"reduction": "30%"}, "reduction: found '30%', expected a fraction"),
        ({"reduction": -0.3}, "reduction: found -0.3, expected a fraction"),
        ({"compare": "round"}, "compare: found 'round', expected rounding or absolute"),
        ({"implementation_date": "2022-13-01"}, "implementation_date: found '2022-13-01', expected a day such as"),
        ({"benchmark_key": "nope"}, "benchmark_key: found 'nope', expected one of mix (made up)"),
        ({"scheme": "nope"}, "scheme: found 'nope', expected one of safe"),
        ({"pooling": "median"}, "pooling: found 'median', expected mean or pooled"),
    ],
)
def test_what_cannot_be_meant_is_refused(write: Any, asked: dict[str, Any], text: str) -> None:
    assert text in refused(lambda: studied(write, unit(), **asked))


def test_neither_standard_nor_benchmark(write: Any) -> None:
    assert refused(lambda: alone(write, unit(), None)).startswith("found neither a standard nor a benchmark")


def test_a_workbook_is_a_benchmark(write: Any, tmp_path: Path) -> None:
    frame = pd.DataFrame({"name": "x", "year": [2022, 2023, 2024], "measure": "TCIR", "value": [9.0, 10.0, 9.6]})
    frame.assign(source="made up").to_excel(tmp_path / "b.xlsx", index=False)
    found = studied(write, unit(), against=str(tmp_path / "b.xlsx"))
    assert found.standard.value == Fraction("28.6") / 3
    assert found.result("removal") == "stays"


def test_units_are_pooled_and_unusable_rows_are_set_aside_and_said(write: Any) -> None:
    rows = [f"U{u} (made up),U{u},{y},{100_000 * u},0,0,0,{3 * u}" for u in (1, 2, 3) for y in YEARS]
    bad = [*rows, "V (made up),V,2024,,0,0,0,9", "W (made up),W,2023,200000,0,x,0,9"]
    clean = studied(write, unit(), against=write(*rows, name="pool.csv"))
    assert clean.standard.value == 6
    path = write(*bad, name="bad.csv")
    found = studied(write, unit(), against=path)
    assert found.standard.value == 6
    assert any(text.endswith("1 of 2023 and 1 of 2024.") for text in said(found, "HOURS_ODD"))
    text = refused(lambda: studied(write, unit(), against=path, screen=False))
    assert "TCIR of 2023 and 2024 cannot be pooled: 2 rows" in text
    assert standards.lines(None, None, []).empty


def test_below_the_standard_bears_no_sign_and_above_it_a_minus(write: Any) -> None:
    found = studied(write, unit())
    cells = re.findall(r"<td>([−+]?[\d.]+%)</td>", report.near_table(found))
    assert cells == [words.reduction(r.reduction) for _, r, _ in found.near]
    assert [c.startswith("−") for c in cells] == [r.reduction < 0 for _, r, _ in found.near]


# Years that cannot be judged


@pytest.mark.parametrize("hours", ["", "0"])
def test_a_last_year_without_a_rate_has_no_verdict(write: Any, hours: str) -> None:
    found = studied(write, [*unit()[:2], f"Larch (made up),L1,2024,{hours},0,0,0,{0 if hours else 3}"])
    assert set(results(found).values()) == {"not determinable"}
    assert reduction_status(found)[0] == "Not determinable"
    assert said(found, "MISSING_YEAR") == ["2024 has no usable TCIR: no test is made."]
    assert (found.power, found.three, found.near) == (None, None, [])
    for page in (report.verdict, report.test_table, report.near_table, report.power_table, report.reduction_table):
        assert "nan" not in page(found).lower().replace("unfinan", "")


def test_a_part_year_is_shown_and_not_judged(write: Any) -> None:
    rows = [f"{row},{'6' if ',2024,' in row else ''}" for row in unit()]
    found = studied(write, rows, head=HEAD + ",months")
    assert found.year.value == found.year.value
    assert set(results(found).values()) == {"not determinable"}
    assert found.three is None
    assert said(found, "MISSING_YEAR") == ["2024 covers 6 months only: no test is made."]
    assert reduction_sentence(found, 1) == "No verdict: the data do not give a TCIR of the whole of 2024."


def test_three_years_are_pooled_beside_the_last(write: Any) -> None:
    rows = [*unit(30, years=(2022,)), *unit(20, years=(2023,)), *unit(10, years=(2024,))]
    found = studied(write, rows)
    assert found.three.cases == 60
    assert found.three.value == pytest.approx(60 * 200_000 / 999_999)
    assert found.three_found.met is False
    assert found.found.met is True
    assert studied(write, rows[1:]).three is None


@pytest.mark.parametrize(
    ("name", "extra"), [("LTIFR", "lost_time_cases"), ("IIR", "first_aid_cases,civilian_hours,military_strength")]
)
def test_another_measure_against_a_number(write: Any, name: str, extra: str) -> None:
    tail = {"a": 8} if name == "LTIFR" else {"a": 8, "b": 300_000, "c": 10}
    data = write(*unit(**tail), head=f"{HEAD},{extra}")
    found = benchmark.study(load(data, "L1"), standard=30, scheme="safe", name=name)
    assert found.found.expected == pytest.approx(found.year.hours * 30 / found.measure.per)
    assert found.found.value == pytest.approx(8e6 / 333_333 if name == "LTIFR" else 19 * 200_000 / 320_000)
    assert found.result("reduction") == {"LTIFR": "not met", "IIR": "met"}[name]


# Peers and percentiles


PERCENTILES = "naics,title_as_reported,size_band,n,zero_rate,trir_p25,trir_p50,trir_p75"
GROUPS = ("327320,Mix (made up),20-49,410,0.41,0,3.4,7.1", "327320,Mix (made up),all,640,0.31,0,3.1,6.3")


def test_the_place_among_companies_of_its_size(write: Any) -> None:
    table = write(*GROUPS, head=PERCENTILES, name="percentiles.csv")
    head = HEAD + ",naics,employees"
    known = studied(write, unit(2, 80_000, naics="327320", employees=49), head=head, percentiles=table)
    assert (known.group["band"], said(known, "HOURS_EST")) == ("20-49", [])
    assert "between the 50th and the 75th percentile of 410 companies" in report.peer_text(known)
    blank = studied(write, unit(2, 80_000, naics="327320", employees=""), head=head, percentiles=table)
    assert blank.group["band"] == "20-49"
    assert said(blank, "HOURS_EST") == ["Size from hours / 2,000: 40 employees."]
    large = studied(write, unit(2, 80_000, naics="327320", employees=50), head=head, percentiles=table)
    assert large.group["band"] == "all"
    assert any("has no group of 50 employees in 327320: all sizes stand in" in t for t in said(large, "NOT_COMPARABLE"))
    other = studied(write, unit(2, 80_000, naics="111111", employees=30), head=head, percentiles=table)
    assert other.group is None
    assert any("has no industry 111111" in t for t in said(other, "NOT_COMPARABLE"))


def test_few_peers_give_no_reading_and_alike_ones_their_mean(write: Any) -> None:
    assert "fewer than 10 units" in report.peer_text(studied(write, unit()))
    peers = [f"U{u} (made up),U{u},2024,333333,0,0,0,11" for u in range(20)]
    text = report.peer_text(studied(write, [*unit(), *peers]))
    assert "the 21 units differ by no more than chance" in text


# The headline


def test_the_headline_has_the_fields_of_the_contract(write: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    emitted: list[dict[str, Any]] = []
    monkeypatch.setattr(headline, "display", lambda data, raw: emitted.append(data))
    report.headline(studied(write, unit(35, 1_000_000)))
    got = emitted[0][headline.HEADLINE]
    assert set(got) == {
        "unit", "tcir", "tcir_pooled3", "standard", "target", "reduction", "reduction_low", "reduction_high", "met",
        "entry_test", "removal_test", "cases_left", "flags",
    }  # fmt: skip
    assert (got["tcir"], got["tcir_pooled3"], got["standard"], got["target"]) == (7, 7, 9.5, 6.65)
    assert (got["met"], got["entry_test"], got["removal_test"], got["cases_left"]) == (False, "not met", "stays", -2)
    assert got["reduction"] == pytest.approx(2.5 / 9.5)
    report.headline(studied(write, [*unit()[:2], "Larch (made up),L1,2024,,0,0,0,3"]))
    lost = emitted[1][headline.HEADLINE]
    assert (lost["tcir"], lost["met"], lost["reduction"], lost["cases_left"]) == (None, None, None, None)
    assert (lost["entry_test"], lost["removal_test"]) == ("not determinable", "not determinable")
    report.headline(studied(write, unit(), implementation_date="2024-01-01"))
    assert emitted[2][headline.HEADLINE]["met"] is None
    assert emitted[2][headline.HEADLINE]["entry_test"] == "met"
    assert "NaN" not in json.dumps(emitted)


def test_a_unit_that_is_part_of_its_own_benchmark_is_told_so() -> None:
    path = "data/example/fleet.csv"
    found = benchmark.study(load(path, "FL-05"), path, scheme="safe", pooling="pooled")
    texts = said(found, "NOT_COMPARABLE")
    share = found.year.hours / found.lines["hours"].iloc[-1]
    assert (
        f"The benchmark pools all units of {path}, this one among them: {share:.1%} of its hours in the last year."
        in texts
    )
    other = benchmark.study(load("data/example/ready_mix.csv", "RM-01"), path, scheme="safe", pooling="pooled")
    assert not [t for t in said(other, "NOT_COMPARABLE") if "this one among them" in t]


def test_a_benchmark_of_numbers_without_printed_decimals_has_an_average_all_the_same(tmp_path: Path) -> None:
    file = tmp_path / "survey.parquet"
    values = {"name": "mix", "year": [2022, 2023, 2024], "measure": "TCIR", "value": 5.0, "source": "made up"}
    pd.DataFrame(values).to_parquet(file)
    found = benchmark.study(load("data/example/ready_mix.csv", "RM-01"), str(file), scheme="safe")
    assert (found.standard.average, found.standard.average_decimals) == (5, None)
    assert found.result("removal") in ("stays", "removal")
