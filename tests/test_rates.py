"""Rates, exact limits and ratios, and the table of measures: against numbers from elsewhere and against themselves."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import stats

from oshlib.errors import OshError
from oshlib.exact import half_up
from oshlib.rates import MEASURES, PER, exposures, incidence_rate, measure, rate_interval, rate_ratio, rates

GOLDEN = Path(__file__).parent / "golden"
SHARED = Path(__file__).parents[2] / "shared" / "golden" / "golden.json"

# The same examples on every run, however slow the machine: a red suite must mean a change in the code.
EVERY_RUN = settings(deadline=None, derandomize=True, max_examples=300)
counts = st.integers(0, 3_000)
some_hours = st.integers(1_000, 50_000_000)
levels = st.sampled_from([0.8, 0.9, 0.95, 0.99, 0.998])


def golden(name: str) -> list[dict[str, str]]:
    with (GOLDEN / name).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def as_printed(got: float, expected: str, decimals: str) -> None:
    """Equal after rounding half up where a rounded number was printed, else equal to nine digits."""
    if decimals:
        assert half_up(got, int(decimals)) == Decimal(expected)
    else:
        assert got == pytest.approx(float(expected), rel=1e-9)


# --- against R ---------------------------------------------------------------


@pytest.mark.parametrize("row", golden("r_intervals.csv"), ids=lambda r: f"{r['cases']}-{r['hours']}-{r['confidence']}")
def test_limits_of_a_rate_are_those_of_r(row: dict[str, str]) -> None:
    got = rate_interval(float(row["cases"]), float(row["hours"]), confidence=float(row["confidence"]))
    assert got == pytest.approx((float(row["low"]), float(row["high"])), rel=1e-9)


@pytest.mark.parametrize("row", golden("r_ratios.csv"), ids=lambda r: "-".join(list(r.values())[:5]))
def test_ratio_of_two_rates_its_limits_and_p_are_those_of_r(row: dict[str, str]) -> None:
    inputs = (float(row[k]) for k in ("cases", "hours", "base_cases", "base_hours", "confidence"))
    expected = [float(row[k]) for k in ("ratio", "low", "high", "p_two_smaller_tails")]
    assert rate_ratio(*inputs) == pytest.approx(expected, rel=1e-9)


# --- against the specification and what it quotes ----------------------------


def two(row: dict[str, str]) -> tuple[float, float]:
    return float(row["cases"]), float(row["hours"])


def ratio_of(row: dict[str, str], part: int) -> float:
    return float(rate_ratio(*two(row), float(row["base_cases"]), float(row["base_hours"]))[part])


QUANTITIES: dict[str, Callable[[dict[str, str]], float]] = {
    "rate": lambda r: incidence_rate(*two(r)),
    "low": lambda r: rate_interval(*two(r))[0],
    "high": lambda r: rate_interval(*two(r))[1],
    "width_percent": lambda r: 100 * (rate_interval(*two(r))[1] - rate_interval(*two(r))[0]) / incidence_rate(*two(r)),
    "ratio": lambda r: ratio_of(r, 0),
    "ratio_low": lambda r: ratio_of(r, 1),
    "ratio_high": lambda r: ratio_of(r, 2),
    "ratio_p": lambda r: ratio_of(r, 3),
}


@pytest.mark.parametrize(
    "row",
    [r for r in golden("spec.csv") if r["about"] == "rates"],
    ids=lambda r: f"{r['id']}-{r['quantity']}-{r['cases']}-{r['expected']}",
)
def test_numbers_of_the_specification_are_reproduced(row: dict[str, str]) -> None:
    as_printed(QUANTITIES[row["quantity"]](row), row["expected"], row["decimals"])


@pytest.mark.skipif(not SHARED.exists(), reason="the shared golden file is not beside this repository")
def test_every_rate_and_limit_of_the_shared_golden_file_is_reproduced() -> None:
    seen = 0
    for row in json.loads(SHARED.read_text(encoding="utf-8")):
        if row["fn"] == "rate":
            got = incidence_rate(row["n"], row["hours"])
            assert got == pytest.approx(row["rate"], rel=1e-12)
            assert half_up(got) == Decimal(str(row["rate_1dp"]))
        elif row["fn"] == "garwood":
            assert rate_interval(row["n"], PER) == pytest.approx((row["lo"], row["hi"]), rel=1e-12)
        elif row["fn"] == "iir":
            table = command(row["A"], row["strength"], row["civilian_hours"], months=row["multiplier"] * 12 / 2_000)
            assert one(table, "IIR")["value"] == pytest.approx(row["iir"], rel=1e-12)
        else:
            continue
        seen += 1
    assert seen >= 20


def test_seven_in_a_hundred_is_exactly_seven_in_all_28_cases_where_dividing_first_misses_it() -> None:
    cases = np.arange(7.0, 200, 7)
    hours = cases * 200_000 / 7
    assert len(cases) == 28
    assert (incidence_rate(cases, hours) == 7.0).all()
    assert (cases / hours * 200_000 != 7.0).all()


def test_smallest_drop_that_can_be_told_from_chance_is_the_printed_one() -> None:
    # C-45: with equal hours 10 -> 2, 20 -> 8, 50 -> 31 and 100 -> 73 are the first that count.
    before, after = np.array([10, 20, 50, 100]), np.array([2, 8, 31, 73])
    assert (rate_ratio(after, 1e6, before, 1e6)[3] < 0.05).all()
    assert (rate_ratio(after + 1, 1e6, before, 1e6)[3] > 0.05).all()


def test_ten_cases_where_fourteen_were_expected_have_the_printed_ratio_and_limits() -> None:
    # C-51: 400,000 h at 7.0 per 200,000 h; observed to expected is a rate per one expected case.
    low, high = rate_interval(10, 14, per=1)
    assert (half_up(incidence_rate(10, 14, per=1), 3), half_up(low, 3), half_up(high, 3)) == (
        Decimal("0.714"),
        Decimal("0.343"),
        Decimal("1.314"),
    )


def test_six_cases_are_the_most_that_show_a_reduction_of_thirty_percent_beyond_chance() -> None:
    # C-52: 400,000 h, standard 10.0, so the limit is 7.0.
    high = rate_interval(np.arange(15), 400_000)[1]
    assert np.flatnonzero(high < 7.0).max() == 6


# --- rounding ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "decimals", "expected"),
    [
        (4.25, 1, "4.3"),  # Python's round gives 4.2
        (6.95, 1, "7.0"),  # and 6.9 or 7.0, as the double falls
        (0.05, 1, "0.1"),
        (1.005, 2, "1.01"),  # the double is below 1.005; its digits are not
        (2.5, 0, "3"),
        (6.949994787503909, 1, "6.9"),
        (6.949999999999999, 1, "6.9"),
        (-0.05, 1, "-0.1"),
        (-0.04, 1, "0.0"),  # no minus sign before a zero
        (7, 1, "7.0"),
    ],
)
def test_halves_are_rounded_up_on_the_decimal_digits(value: float, decimals: int, expected: str) -> None:
    assert str(half_up(value, decimals)) == expected


# --- zero, missing, shape ----------------------------------------------------


@pytest.mark.parametrize("confidence", [0.8, 0.9, 0.95, 0.99])
def test_no_case_gives_a_rate_of_zero_and_a_high_of_minus_the_log_of_the_tail(confidence: float) -> None:
    low, high = rate_interval(0, 200_000, confidence=confidence)
    assert incidence_rate(0, 200_000) == 0.0
    assert low == 0.0
    assert high == pytest.approx(-np.log((1 - confidence) / 2), rel=1e-12)


@pytest.mark.parametrize(
    ("cases", "hours"), [(0, 0), (5, 0), (5, np.nan), (np.nan, 200_000), (np.nan, 0), (None, 200_000), (5, None)]
)
def test_no_hours_or_no_count_is_never_zero_and_never_infinite(cases: Any, hours: Any) -> None:
    numbers = [incidence_rate(cases, hours), *rate_interval(cases, hours)]
    numbers += [*rate_ratio(cases, hours, 5, 200_000), *rate_ratio(5, 200_000, cases, hours)]
    assert np.isnan(numbers).all()


def test_a_missing_year_leaves_its_neighbours_alone() -> None:
    assert incidence_rate([7, 3, np.nan], [200_000, 0, 100]).tolist() == pytest.approx([7, np.nan, np.nan], nan_ok=True)


def test_ratio_of_two_zero_counts_is_unknown_with_limits_from_zero_to_infinity() -> None:
    ratio, low, high, p = rate_ratio(0, 100_000, 0, 300_000)
    assert np.isnan(ratio)
    assert (low, high, p) == (0.0, np.inf, 1.0)


@pytest.mark.parametrize("shape", [(), (1,), (3,), (0,), (2, 3)])
def test_each_function_gives_back_the_shape_it_was_given(shape: tuple[int, ...]) -> None:
    cases, hours = np.full(shape, 4.0)[()], np.full(shape, 150_000.0)[()]
    results = [incidence_rate(cases, hours), *rate_interval(cases, hours), *rate_ratio(cases, hours, cases, hours)]
    assert {np.shape(r) for r in results} == {shape}
    assert {type(r) for r in results} == {float if shape == () else np.ndarray}


def test_one_number_goes_with_an_array_and_a_series_with_a_list() -> None:
    assert incidence_rate(7, [200_000, 100_000]).tolist() == [7, 14]
    assert incidence_rate(pd.Series([7, 14], index=[5, 9]), [200_000, 200_000]).tolist() == [7, 14]
    assert rate_ratio([7, 14], 1, 7, 1)[0].tolist() == [1, 2]


def test_repeated_counts_get_the_limits_of_their_own_hours() -> None:
    low, high = rate_interval([3, 8, 3], [200_000, 200_000, 400_000])
    assert (low[0], high[0]) == (2 * low[2], 2 * high[2])
    assert low[1] > low[0]


def test_arrays_are_not_written_to() -> None:
    arrays = [np.array([1.0, 0, 5]), np.array([1e5, 0, 2e5]), np.array([0.0, 2, 2]), np.array([1e5, 1e5, 1e5])]
    before = [a.copy() for a in arrays]
    incidence_rate(*arrays[:2])
    rate_interval(*arrays[:2])
    rate_ratio(*arrays)
    for a, b in zip(arrays, before, strict=True):
        np.testing.assert_array_equal(a, b)


# --- messages ----------------------------------------------------------------

NEGATIVE = "cases and hours must not be negative"
NUMBERS = "cases and hours must be numbers of matching shapes: "
FRACTION = "confidence must be a fraction between 0 and 1, such as 0.95; found "


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: incidence_rate(-1, 200_000), NEGATIVE),
        (lambda: incidence_rate([1, 2], [200_000, -1]), NEGATIVE),
        (lambda: rate_interval(-1, 200_000), NEGATIVE),
        (lambda: rate_ratio(1, 1, 1, -1), NEGATIVE),
        (lambda: incidence_rate("1,234", 200_000), NUMBERS + "could not convert string to float: '1,234'"),
        (lambda: rate_interval(["none", 1], 200_000), NUMBERS + "could not convert string to float: 'none'"),
        (lambda: rate_interval(5, 200_000, confidence=95), FRACTION + "95"),
        (lambda: rate_interval(5, 200_000, confidence=1), FRACTION + "1"),
        (lambda: rate_interval(5, 200_000, confidence=0.0), FRACTION + "0.0"),
        (lambda: rate_interval(5, 200_000, confidence=float("nan")), FRACTION + "nan"),
        (lambda: rate_ratio(5, 1, 5, 1, confidence=95), FRACTION + "95"),
        (
            lambda: measure("TRIR"),
            "measures: found 'TRIR', expected one of TCR, TCIR, LTCR, DART, LWDII, DAFW, IIR, SEVERITY, LTIFR",
        ),
        (
            lambda: exposures(pd.DataFrame({"hours": [1.0]}), "guess"),
            "hours_policy must be 'reported' or 'headcount'; found 'guess'",
        ),
    ],
)
def test_a_mistake_is_answered_in_one_sentence(call: Callable[[], Any], message: str) -> None:
    with pytest.raises(OshError) as error:
        call()
    assert str(error.value) == message


def test_counts_and_hours_of_different_length_are_refused() -> None:
    with pytest.raises(ValueError) as numpys:  # noqa: PT011  (numpy's own words, which change with its version)
        np.broadcast_arrays([1, 2], [1, 2, 3])
    with pytest.raises(OshError) as error:
        incidence_rate([1, 2], [1, 2, 3])
    assert str(error.value) == f"{NUMBERS}{numpys.value}"


def test_two_rates_of_different_length_are_refused() -> None:
    with pytest.raises(OshError):
        rate_ratio([1, 2], [1, 2], [1, 2, 3], [1, 2, 3])


def test_a_notebook_shows_the_sentence_without_the_stack() -> None:
    assert OshError("hours are negative")._render_traceback_() == ["OshError: hours are negative"]


# --- properties of limits and ratios -----------------------------------------


@EVERY_RUN
@given(counts, some_hours, levels)
def test_limits_enclose_the_rate(cases: int, hours: int, confidence: float) -> None:
    low, high = rate_interval(cases, hours, confidence=confidence)
    assert 0 <= low <= incidence_rate(cases, hours) < high < np.inf
    assert (low > 0) == (cases > 0)


@EVERY_RUN
@given(counts, some_hours, levels)
def test_limits_leave_half_of_the_doubt_in_each_poisson_tail(cases: int, hours: int, confidence: float) -> None:
    low, high = (bound * hours / PER for bound in rate_interval(cases, hours, confidence=confidence))
    tail = (1 - confidence) / 2
    assert stats.poisson.cdf(cases, high) == pytest.approx(tail, rel=1e-8)
    if cases:
        assert stats.poisson.sf(cases - 1, low) == pytest.approx(tail, rel=1e-8)


@EVERY_RUN
@given(counts, some_hours, levels)
def test_one_more_case_raises_the_rate_and_both_limits(cases: int, hours: int, confidence: float) -> None:
    fewer, more = ([incidence_rate(n, hours), *rate_interval(n, hours, PER, confidence)] for n in (cases, cases + 1))
    assert (np.array(more) > np.array(fewer)).all()


@EVERY_RUN
@given(counts, some_hours)
def test_more_confidence_takes_a_wider_interval(cases: int, hours: int) -> None:
    (low90, high90), (low99, high99) = (rate_interval(cases, hours, confidence=c) for c in (0.9, 0.99))
    assert low99 <= low90
    assert high99 > high90


@EVERY_RUN
@given(counts, some_hours)
def test_the_rate_is_the_double_nearest_to_the_true_quotient(cases: int, hours: int) -> None:
    assert incidence_rate(cases, hours) == float(Fraction(cases) * 200_000 / hours)


@pytest.mark.parametrize("confidence", [0.8, 0.95])
def test_the_interval_covers_any_true_rate_at_least_as_often_as_it_says(confidence: float) -> None:
    n = np.arange(200)
    low, high = rate_interval(n, PER, confidence=confidence)
    for mean in np.linspace(0.05, 60, 400):
        assert stats.poisson.pmf(n, mean)[(low <= mean) & (mean <= high)].sum() >= confidence - 1e-12


@EVERY_RUN
@given(counts, some_hours, counts, some_hours)
def test_p_is_below_five_percent_just_where_the_interval_excludes_one(n1: int, h1: int, n0: int, h0: int) -> None:
    _, low, high, p = rate_ratio(n1, h1, n0, h0)
    assume(abs(p - 0.05) > 1e-9)
    assert (p < 0.05) == (not low <= 1 <= high)


@EVERY_RUN
@given(st.integers(0, 40), st.integers(0, 40), st.integers(1, 9), st.integers(1, 9))
def test_p_of_a_ratio_is_the_doubled_binomial_tail_counted_out(n1: int, n0: int, h1: int, h0: int) -> None:
    total, share = n1 + n0, Fraction(h1, h1 + h0)
    mass = [math.comb(total, i) * share**i * (1 - share) ** (total - i) for i in range(total + 1)]
    expected = min(1, 2 * min(sum(mass[: n1 + 1]), sum(mass[n1:])))
    assert rate_ratio(n1, h1, n0, h0)[3] == pytest.approx(float(expected), rel=1e-10)


@EVERY_RUN
@given(counts, some_hours, counts, some_hours)
def test_swapping_the_two_rates_turns_the_ratio_over_and_keeps_p(n1: int, h1: int, n0: int, h0: int) -> None:
    ratio, low, high, p = rate_ratio(n1, h1, n0, h0)
    back, back_low, back_high, back_p = rate_ratio(n0, h0, n1, h1)
    with np.errstate(divide="ignore"):
        turned = [float(1 / np.float64(v)) for v in (back, back_high, back_low)]
    assert [ratio, low, high] == pytest.approx(turned, rel=1e-9, nan_ok=True)
    assert p == pytest.approx(back_p, rel=1e-8, abs=1e-200)  # the larger share costs the other a few digits
    assert n1 + n0 == 0 or low <= ratio <= high


# --- the table of measures ---------------------------------------------------

KINDS = ["deaths", "dafw_cases", "djtr_cases", "other_cases"]
EXPOSURES = ["hours", "employees", "military_strength", "civilian_hours"]


def company(seed: int = 1, units: int = 6, years: int = 4, plants: int = 2) -> pd.DataFrame:
    """A complete annual table, several plants to a unit: whole numbers, so that sums are exact in any order."""
    rng = np.random.default_rng(seed)
    keys = [(f"U{u}", 2019 + y) for u in range(units) for y in range(years) for _ in range(plants)]
    table = pd.DataFrame(keys, columns=["unit_id", "year"])
    for name, mean in zip(KINDS, (0.1, 3, 2, 5), strict=True):
        table[name] = rng.poisson(mean, len(table)).astype(float)
    table["first_aid_cases"] = rng.poisson(9, len(table)).astype(float)
    table["dafw_days"] = table["dafw_cases"] * rng.integers(1, 30, len(table))
    table["hours"] = rng.integers(50_000, 900_000, len(table)) * 2.0
    table["military_strength"] = rng.integers(0, 300, len(table)).astype(float)
    table["civilian_hours"] = rng.integers(1_000, 400_000, len(table)) * 2.0
    return table


def command(cases: float, strength: float, civilian_hours: float, months: float = 12) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "unit_id": ["C"],
            "year": [2003],
            "months": [months],
            "recordable_cases": [float(cases)],
            "first_aid_cases": [0.0],
            "military_strength": [float(strength)],
            "civilian_hours": [float(civilian_hours)],
        }
    )


def one(table: pd.DataFrame, name: str, **options: Any) -> pd.Series:
    found = rates(table, [name], **options)
    assert len(found) == 1
    return found.iloc[0]


def unit(**columns: float) -> pd.DataFrame:
    return pd.DataFrame({"unit_id": ["A"], "year": [2023], **{k: [v] for k, v in columns.items()}})


every_measure = pytest.mark.parametrize("name", MEASURES)


@every_measure
def test_a_measure_says_what_it_counts_and_on_what_base(name: str) -> None:
    m = measure(name)
    assert m.id == name
    assert m.label == f"{name}, {m.counts} {m.base}"
    assert m.base == {200_000: "per 100 full-time workers", 1_000_000: "per million hours"}[m.per]
    assert m.part_of is None or m.part_of in MEASURES
    assert m.source


@every_measure
def test_a_measure_is_its_cases_times_the_base_over_its_hours(name: str) -> None:
    found = rates(company(), [name])
    assert found["value"].tolist() == (found["cases"] * MEASURES[name].per / found["hours"]).tolist()
    assert (found["value"] > 0).any()
    assert list(found.columns) == ["unit_id", "year", "measure", "cases", "hours", "per", "value", "low", "high"]
    assert (found["measure"] == name).all()


@every_measure
def test_doubling_the_hours_halves_the_rate(name: str) -> None:
    table = company()
    twice = table.assign(**{c: 2 * table[c] for c in EXPOSURES if c in table})
    single, double = rates(table, [name]), rates(twice, [name])
    for column in ("value", "low", "high"):
        np.testing.assert_allclose(2 * double[column], single[column], rtol=1e-12)


@every_measure
def test_the_interval_of_a_measure_encloses_its_value(name: str) -> None:
    found = rates(company(), [name])
    assert (found["low"] <= found["value"]).all()
    assert (found["value"] < found["high"]).all()


@every_measure
def test_the_interval_of_a_measure_has_the_confidence_that_was_asked_for(name: str) -> None:
    found = rates(company(), [name], confidence=0.8)
    low, high = rate_interval(found["cases"], found["hours"], MEASURES[name].per, 0.8)
    assert found["low"].tolist() == low.tolist()
    assert found["high"].tolist() == high.tolist()


@pytest.mark.parametrize("name", [m.id for m in MEASURES.values() if m.part_of])
def test_a_part_is_never_more_than_the_whole(name: str) -> None:
    whole = MEASURES[name].part_of
    assert whole is not None
    found = rates(company(seed=3, units=40), [name, whole]).pivot(index=["unit_id", "year"], columns="measure")
    assert (found["cases"][name] <= found["cases"][whole]).all()
    assert (found["value"][name] <= found["value"][whole]).all()
    assert (found["value"][name] < found["value"][whole]).any()


@every_measure
def test_a_missing_plant_makes_the_whole_group_unknown_and_no_other(name: str) -> None:
    table = company()
    gone = table.index[3]
    needed = [*MEASURES[name].cases, MEASURES[name].exposure]
    sources = {"recordable_cases": KINDS, "lost_time_cases": ["dafw_cases"], "command_hours": ["civilian_hours"]}
    struck = table["unit_id"].eq(table["unit_id"][gone]) & table["year"].eq(table["year"][gone])
    keys = table.loc[struck, ["unit_id", "year"]].drop_duplicates()
    whole = rates(table, [name])
    for column in needed:
        holed = table.copy()
        holed.loc[gone, sources.get(column, [column])] = np.nan
        if column == "hours":  # command hours would stand in for them
            holed.loc[gone, "military_strength"] = np.nan
        found = rates(holed, [name])
        hit = found.merge(keys, how="left", indicator=True)["_merge"].eq("both")
        assert hit.sum() == 1
        assert found.loc[hit, ["value", "low", "high"]].isna().all(axis=None)
        pd.testing.assert_frame_equal(found[~hit], whole[~hit])


@every_measure
def test_without_its_columns_a_measure_is_unknown(name: str) -> None:
    table = company()[["unit_id", "year"]].drop_duplicates()
    assert rates(table, [name])[["cases", "hours", "value", "low", "high"]].isna().all(axis=None)


@every_measure
def test_the_order_of_the_rows_does_not_matter(name: str) -> None:
    table = company()
    shuffled = table.sample(frac=1, random_state=5)
    assert shuffled.index.tolist() != table.index.tolist()
    pd.testing.assert_frame_equal(rates(shuffled, [name]), rates(table, [name]))


@every_measure
def test_splitting_a_row_in_two_and_adding_it_up_changes_nothing(name: str) -> None:
    table = company()
    numbers = [c for c in table if c not in ("unit_id", "year")]
    first = (table[numbers] // 3).where(table[numbers] > 0, 0)
    halves = pd.concat([table.assign(**first), table.assign(**(table[numbers] - first))])
    pd.testing.assert_frame_equal(rates(halves, [name]), rates(table, [name]))


def test_rates_does_not_write_to_its_table() -> None:
    table = company()
    table.loc[2, ["hours", "dafw_cases"]] = np.nan
    before = table.copy(deep=True)
    rates(table, list(MEASURES), hours_policy="headcount")
    exposures(table)
    pd.testing.assert_frame_equal(table, before)


def test_groups_are_summed_before_they_are_divided() -> None:
    table = pd.DataFrame(
        {"unit_id": ["A", "B"], "year": [2023, 2023], "recordable_cases": [1.0, 10.0], "hours": [10_000.0, 990_000.0]}
    )
    found = one(table, "TCR", by=["year"])
    assert found["value"] == 11 * 200_000 / 1_000_000  # the mean of the two rates is 11.0
    assert (found["cases"], found["hours"]) == (11, 1_000_000)


def test_measures_come_in_the_order_in_which_they_were_asked_for_and_groups_sorted() -> None:
    found = rates(company().iloc[::-1], ["SEVERITY", "DART"])
    assert found["measure"].drop_duplicates().tolist() == ["SEVERITY", "DART"]
    part = found[found["measure"] == "DART"]
    assert part[["unit_id", "year"]].apply(tuple, axis=1).is_monotonic_increasing


def test_an_empty_table_gives_no_rows_and_all_columns() -> None:
    found = rates(company().iloc[:0], ["TCR", "IIR"])
    assert found.empty
    assert list(found.columns) == ["unit_id", "year", "measure", "cases", "hours", "per", "value", "low", "high"]


def test_an_unknown_measure_is_refused_before_anything_is_computed() -> None:
    with pytest.raises(OshError) as error:
        rates(company(), ["TCR", "TRIR"])
    assert str(error.value).startswith("measures: found 'TRIR', expected one of TCR, TCIR, ")


# --- what each measure counts ------------------------------------------------

FORM = {"deaths": 1.0, "dafw_cases": 2.0, "djtr_cases": 3.0, "other_cases": 5.0, "hours": 200_000.0}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("TCR", 10),  # BLS: H + I + J, no deaths
        ("TCIR", 11),  # SAFE form: G + H + I + J
        ("DART", 5),  # H + I
        ("LWDII", 5),
        ("DAFW", 2),
        ("LTCR", 2),  # the days-away cases stand in
        ("LTIFR", 10),  # 2 in 200,000 h are 10 in a million
        ("SEVERITY", 40),
        ("IIR", 11 + 4),  # deaths and first aid included
    ],
)
def test_each_measure_counts_the_kinds_of_cases_of_its_source(name: str, expected: float) -> None:
    table = unit(**FORM, dafw_days=40.0, first_aid_cases=4.0, military_strength=50.0, civilian_hours=100_000.0)
    assert one(table, name)["value"] == expected


def test_tcr_takes_the_recordable_cases_as_given_where_a_kind_is_missing() -> None:
    assert one(unit(recordable_cases=12.0, hours=200_000.0), "TCR")["cases"] == 12
    assert one(unit(**{**FORM, "other_cases": np.nan}, recordable_cases=12.0), "TCR")["cases"] == 12
    assert one(unit(**FORM, recordable_cases=12.0), "TCR")["cases"] == 10  # the kinds come first


def test_tcir_takes_the_recordable_cases_as_given_where_a_kind_is_missing() -> None:
    assert one(unit(**{**FORM, "deaths": np.nan}, recordable_cases=12.0), "TCIR")["cases"] == 12
    assert one(unit(**{**FORM, "deaths": np.nan}), "TCR")["cases"] == 10  # unknown deaths are no matter to TCR
    assert np.isnan(one(unit(**{**FORM, "deaths": np.nan}), "TCIR")["value"])


def test_ltcr_takes_the_lost_time_cases_as_given_and_else_the_days_away_cases() -> None:
    assert one(unit(**FORM, lost_time_cases=4.0), "LTCR")["cases"] == 4
    assert one(unit(**FORM, lost_time_cases=np.nan), "LTCR")["cases"] == 2
    assert one(unit(**FORM, lost_time_cases=0.0), "LTCR")["value"] == 0.0


def test_iir_is_unknown_without_a_count_of_first_aid_cases() -> None:
    assert np.isnan(one(command(12, 150, 410_000).assign(first_aid_cases=np.nan), "IIR")["value"])


# --- hours -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cases", "civilian_hours", "months", "expected"),
    [  # C-07, quotients by hand: multipliers 2,000, 1,000 and 10,000 h a head
        (12, 410_000, 12, 2_400_000 / 710_000),
        (7, 205_000, 6, 1_400_000 / 355_000),
        (60, 2_050_000, 60, 12_000_000 / 3_550_000),
    ],
)
def test_iir_of_a_command_counts_military_hours_by_the_month(
    cases: float, civilian_hours: float, months: float, expected: float
) -> None:
    assert one(command(cases, 150, civilian_hours, months), "IIR")["value"] == pytest.approx(expected, rel=1e-12)


def test_iir_of_three_years_has_the_printed_values_mean_and_pooled_rate() -> None:
    # C-08
    years = [command(*y).assign(year=i) for i, y in enumerate([(12, 150, 410e3), (10, 150, 390e3), (15, 145, 400e3)])]
    table = pd.concat(years, ignore_index=True)
    values = rates(table, ["IIR"])["value"]
    assert [half_up(v, 9) for v in values] == [Decimal(v) for v in ("3.380281690", "2.898550725", "4.347826087")]
    assert half_up(values.mean(), 9) == Decimal("3.542219501")
    assert half_up(one(table, "IIR", by=["unit_id"])["value"], 9) == Decimal("3.540669856")


def test_iir_uses_the_hours_of_the_command_and_not_the_reported_ones() -> None:
    assert one(command(12, 150, 410_000).assign(hours=1.0), "IIR")["hours"] == 710_000


def test_iir_is_at_least_tcr_where_there_is_neither_first_aid_nor_a_soldier() -> None:
    table = company(seed=9, units=30)
    table = table.assign(first_aid_cases=0.0, military_strength=0.0, civilian_hours=table["hours"])
    found = rates(table, ["IIR", "TCR"]).pivot(index=["unit_id", "year"], columns="measure", values="value")
    assert (found["IIR"] >= found["TCR"]).all()
    assert (found["IIR"] > found["TCR"]).any()  # where someone died


@pytest.mark.parametrize(
    ("columns", "policy", "hours", "origin"),
    [
        ({"hours": 5_000.0, "employees": 10.0}, "headcount", 5_000, "reported"),
        ({"employees": 10.0}, "headcount", 20_000, "headcount"),
        ({"employees": 10.0, "months": 3.0}, "headcount", 5_000, "headcount"),
        ({"employees": 10.0}, "reported", np.nan, ""),
        ({"military_strength": 150.0, "civilian_hours": 410_000.0}, "reported", 710_000, "command"),
        ({"military_strength": 150.0, "civilian_hours": 205_000.0, "months": 6.0}, "reported", 355_000, "command"),
        ({"military_strength": 150.0, "civilian_hours": 0.0, "employees": 9.0}, "headcount", 300_000, "command"),
        ({"military_strength": 150.0}, "reported", np.nan, ""),
        ({"civilian_hours": 410_000.0}, "reported", np.nan, ""),
        ({"hours": 0.0, "employees": 10.0}, "headcount", 0, "reported"),
    ],
)
def test_hours_come_from_the_report_else_the_command_else_the_heads_if_that_is_asked_for(
    columns: dict[str, float], policy: str, hours: float, origin: str
) -> None:
    found = exposures(unit(**columns), policy)
    assert found["hours"].tolist() == pytest.approx([hours], nan_ok=True)
    assert found["hours_from"].tolist() == [origin]


def test_only_blank_hours_are_filled_from_heads() -> None:
    table = pd.DataFrame({"unit_id": ["A", "B"], "year": 2023, "hours": [7_000.0, np.nan], "employees": [10.0, 10.0]})
    assert exposures(table, "headcount")["hours"].tolist() == [7_000, 20_000]
    assert exposures(table, "headcount")["hours_from"].tolist() == ["reported", "headcount"]


def test_what_a_table_says_of_the_origin_of_its_hours_stays_where_there_are_hours() -> None:
    table = pd.DataFrame({"hours": [7_000.0, np.nan, 5_000.0], "hours_from": ["headcount", "headcount", ""]})
    assert exposures(table)["hours_from"].tolist() == ["headcount", "", "reported"]
    again = exposures(exposures(unit(employees=10.0), "headcount"))
    assert (again["hours"].tolist(), again["hours_from"].tolist()) == ([20_000], ["headcount"])


@pytest.mark.parametrize(
    ("name", "employees", "months", "cases", "published"),
    [  # OSHA's tables of federal agencies; its projected rate is the annual one that months imply
        ("TCR", 2_822_710, 12, 25_411, "0.90"),  # FY2013 first quarter, all agencies, not projected
        ("TCR", 2_822_710, 3, 25_411, "3.60"),
        ("LTCR", 2_822_710, 3, 12_135, "1.72"),
        ("LTCR", 781_735, 9, 14_891, "2.54"),  # FY2004 third quarter, Postal Service
    ],
)
def test_federal_rates_per_hundred_employees_are_those_that_were_published(
    name: str, employees: float, months: float, cases: float, published: str
) -> None:
    column = {"TCR": "recordable_cases", "LTCR": "lost_time_cases"}[name]
    table = unit(**{column: float(cases)}, employees=float(employees), months=float(months))
    assert half_up(one(table, name, hours_policy="headcount")["value"], 2) == Decimal(published)
    assert np.isnan(one(table, name)["value"])  # unless heads were asked for, no hours, no rate


def test_three_years_of_the_maryland_example_pool_to_the_published_rates() -> None:
    # COMAR 09.12.24.09: one transfer in 2005, one other case in 2003.
    table = pd.DataFrame(
        {
            "unit_id": "M",
            "year": [2003, 2004, 2005],
            "dafw_cases": 0.0,
            "djtr_cases": [0.0, 0.0, 1.0],
            "other_cases": [1.0, 0.0, 0.0],
            "hours": [12_000.0, 14_000.0, 10_000.0],
        }
    )
    pooled = rates(table, ["DART", "TCR"], by=["unit_id"])["value"]
    assert [str(half_up(v)) for v in pooled] == ["5.6", "11.1"]
    assert rates(table, ["DART", "TCR"])["value"].iloc[[2, 5]].tolist() == [20.0, 20.0]
