"""Draws that can be repeated: sizes against published rules, the order against another implementation, the record."""

from __future__ import annotations

import csv
import hashlib
import json
import shutil
import subprocess
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from oshlib import cli, markup, page
from oshlib.report.parts import unrounded
from oshlib.targeting import record
from oshlib.targeting.draws import Draw, draw, sha256, supplement
from oshlib.targeting.samples import draw_sample, sample, samples, supplement_sample
from tests.conftest import Visit, message
from tests.test_page import executed

# The same examples on every run, however slow the machine: a red suite must mean a change in the code.
EVERY_RUN = settings(deadline=None, derandomize=True, max_examples=200)
AREA = "Lowell (made up)"
#: By GNU coreutils: the first three of EST-01 to EST-11 when `printf '%s' 1:EST-01 | sha256sum` and so on are sorted;
#: the same by seed 2; and the sum of the eleven, one a line, without a last line feed.
SELECTED = ("EST-08", "EST-01", "EST-07")
SELECTED_2 = ("EST-09", "EST-10", "EST-11")
FRAME = "375ae5791afb62a50e4ba776c2d546741eac68cd689033cb06686f59a7abe15d"
ids = st.lists(st.text("ABab019-_ é語'=,\"", min_size=1, max_size=6).filter(str.strip), unique=True, max_size=40)
seeds = st.integers(-(10**20), 10**20)


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Files are given by their names alone, so that sentences can be compared word for word."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def names(number: int) -> list[str]:
    return [f"EST-{i:02d}" for i in range(1, number + 1)]


def by_hand(frame: list[str], seed: int, n: int) -> list[str]:
    """The contract's rule, written a second time."""
    return sorted(frame, key=lambda own: hashlib.sha256((str(seed) + ":" + own).encode("utf-8")).digest())[:n]


# --- sizes -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "total", "expected"),
    [
        # C-18 and C-19 of the specification, worked out from CPL 2-0.119, XI.B.1 and XI.C.1 (not above 30%; not above
        # 10%, one of fewer than ten).
        *(("secondary", n, k) for n, k in zip((0, 1, 3, 4, 7, 10, 33, 100), (0, 0, 0, 1, 2, 3, 9, 30), strict=True)),
        *(("tertiary", n, k) for n, k in zip((0, 1, 9, 10, 19, 20, 100), (0, 1, 1, 1, 1, 2, 10), strict=True)),
        # C-20: at least 5% of the participants, 10% of the plants (OSHA/NRMCA SAFE agreement).
        *(("participants", n, k) for n, k in zip((1, 20, 21, 100), (1, 1, 2, 5), strict=True)),
        ("plants", 51, 6),
        # B19 and B19a: the two other readings.
        *(("tertiary_strict", n, k) for n, k in zip((0, 1, 9, 10, 20), (0, 0, 0, 1, 2), strict=True)),
        *(("secondary_at_least_one", n, k) for n, k in zip((0, 1, 3, 4, 33), (0, 1, 1, 1, 9), strict=True)),
        # XII: every nonresponder. XIII: 250 in the nation.
        ("nonresponder", 17, 17),
        *(("records_verification", n, k) for n, k in zip((0, 249, 250, 1000), (0, 249, 250, 250), strict=True)),
    ],
)
def test_sizes_are_those_of_the_directive_and_the_agreement(name: str, total: int, expected: int) -> None:
    assert draw_sample(name, names(total)).n == len(draw_sample(name, names(total))) == expected


@pytest.mark.parametrize(
    ("name", "total", "said"),
    [
        ("secondary", 33, "30% of 33 names, rounded down: 9"),
        ("secondary", 3, "30% of 3 is 0.9: none is drawn"),
        ("secondary", 0, "0 names: none is drawn"),
        ("secondary_at_least_one", 3, "fewer than 4 names: 1; 1 of 3 is 33.3%"),
        ("tertiary", 5, "fewer than 10 names: 1; 1 of 5 is 20.0%"),
        ("tertiary", 1, "fewer than 10 names: 1; 1 of 1 is 100.0%"),
        ("tertiary", 19, "10% of 19 names, rounded down: 1"),
        ("tertiary_strict", 9, "fewer than 10 names: none is drawn"),
        ("participants", 1, "5% of 1 name, rounded up: 1"),
        ("nonresponder", 3, "all of 3 names"),
        ("records_verification", 1000, "250 of 1,000 names"),
        ("records_verification", 12, "all of 12 names, fewer than 250"),
        ("records_verification", 250, "all of 250 names"),
        ("records_verification", 0, "250 of 0 names: none is drawn"),
    ],
)
def test_the_rule_says_in_words_how_many_and_why(name: str, total: int, said: str) -> None:
    assert draw_sample(name, names(total)).rule == said


@pytest.mark.parametrize(
    ("options", "said", "n"),
    [
        ({"share": 0.3, "least": 1}, "30% of 2 is 0.6, at least 1: 1 of 2 is 50.0%", 1),
        ({"share": 0.3, "least": 5}, "30% of 2 is 0.6, at least 5: 2 of 2 is 100.0%", 2),
        ({"share": 0}, "0% of 2 is 0: none is drawn", 0),
        ({"share": "0.125", "rounding": "up"}, "12.5% of 2 names, rounded up: 1", 1),
        ({"share": Fraction(1, 3)}, "1/3 of 2 is 2/3: none is drawn", 0),
        ({"share": Fraction(2, 3)}, "2/3 of 2 names, rounded down: 1", 1),
        ({"n": 0}, "0 of 2 names: none is drawn", 0),
        ({"n": 1, "rule": "one, as agreed"}, "one, as agreed", 1),
    ],
)
def test_rules_of_ones_own_are_said_too(options: dict[str, Any], said: str, n: int) -> None:
    found = draw(["A", "B"], **options)
    assert (found.rule, found.n) == (said, n)


@EVERY_RUN
@given(st.integers(0, 3000), st.integers(0, 1000), st.sampled_from(["down", "up"]))
def test_a_share_is_taken_as_it_is_written(total: int, thousandths: int, rounding: str) -> None:
    frame = [str(i) for i in range(total)]
    down, rest = divmod(total * thousandths, 1000)
    expected = down + (rounding == "up" and rest > 0)
    for share in (
        thousandths / 1000,
        np.float64(thousandths / 1000),
        f"{thousandths / 1000}",
        Decimal(thousandths) / 1000,
    ):
        assert draw(frame, share, rounding=rounding).n == expected


def test_floating_point_decides_no_size() -> None:
    """100 x 0.29 is 28.999999999999996 in a double, and 0.07 x 100 is 7.000000000000001."""
    assert int(100 * 0.29) == 28
    assert draw(names(100), 0.29).n == 29
    assert draw(names(100), 0.07, rounding="up").n == 7


# --- the order ---------------------------------------------------------------


@EVERY_RUN
@given(ids, seeds, st.integers(0, 50))
def test_the_first_n_by_the_hash_of_seed_and_id_are_taken(frame: list[str], seed: int, n: int) -> None:
    found = draw(frame, n=n, seed=seed)
    assert list(found) == by_hand(frame, seed, n)
    assert [frame[p - 1] for p in found.positions] == list(found.selected)
    assert found.frame_sha256 == hashlib.sha256("\n".join(frame).encode("utf-8")).hexdigest()
    assert (found.frame, found.seed, found.numbers) == (tuple(frame), seed, None)


@EVERY_RUN
@given(ids, seeds, st.randoms(use_true_random=False))
def test_the_order_of_receipt_changes_the_hash_of_the_frame_and_no_selection(
    frame: list[str], seed: int, by: Any
) -> None:
    moved = list(frame)
    by.shuffle(moved)
    one, other = draw(frame, n=7, seed=seed), draw(moved, n=7, seed=seed)
    assert one.selected == other.selected
    assert (one.frame_sha256 == other.frame_sha256) == (frame == moved)


@EVERY_RUN
@given(ids, seeds, st.data())
def test_a_name_that_leaves_moves_no_other(frame: list[str], seed: int, data: Any) -> None:
    assume(frame)
    gone = data.draw(st.sampled_from(frame))
    rest = [own for own in frame if own != gone]
    assert [own for own in draw(frame, n=len(frame), seed=seed) if own != gone] == list(
        draw(rest, n=len(rest), seed=seed)
    )


def test_a_draw_is_known_by_its_bytes() -> None:
    found = draw(names(11), 0.30)
    assert found.selected == SELECTED
    assert found.frame_sha256 == FRAME
    assert draw(names(11), 0.30, seed=2).selected == SELECTED_2
    assert sha256(1, "EST-01") == "20de0129e055801830c2a3232c0ee17954a0f6884bbddcfbc2e3ed5a0c5c544c"


def test_a_shell_draws_the_same() -> None:
    tools = ("sh", "sha256sum", "cut", "sort", "head", "tr")
    if not all(map(shutil.which, tools)):
        pytest.skip(f"not all there: {', '.join(tools)}")
    frame = [*names(30), "Lagerhaus Süd (made up)", "7"]
    Path("frame.txt").write_text("".join(own + "\n" for own in frame), encoding="utf-8")
    script = (
        'while IFS= read -r id; do printf \'%s %s\\n\' "$(printf \'%s\' "5:$id" | sha256sum | cut -c1-64)" "$id"; done '
        "< frame.txt | LC_ALL=C sort | cut -c66- | head -n 9; head -c -1 frame.txt | sha256sum | cut -c1-64"
    )
    *selected, total = subprocess.run(
        ["sh", "-c", script], capture_output=True, encoding="utf-8", check=True, timeout=60
    ).stdout.splitlines()
    found = draw(frame, 0.30, seed=5)
    assert selected == list(found)
    assert total == found.frame_sha256


def test_every_order_is_about_as_likely() -> None:
    """3 of 10 by 2,000 seeds: each name 600 times expected, standard deviation 20.5; five of them either way."""
    frame = names(10)
    times = dict.fromkeys(frame, 0)
    for seed in range(2000):
        for own in draw(frame, n=3, seed=seed):
            times[own] += 1
    assert sum(times.values()) == 6000
    assert max(abs(t - 600) for t in times.values()) < 103


def test_a_draw_is_a_sequence_of_what_was_selected_and_cannot_be_changed() -> None:
    found = draw(names(11), 0.30)
    assert (len(found), found[0], found[-1], found[1:]) == (3, SELECTED[0], SELECTED[2], SELECTED[1:])
    assert [own in found for own in names(11)].count(True) == 3
    assert found == draw(tuple(names(11)), "0.30", 1)
    with pytest.raises(AttributeError):
        found.n = 4  # type: ignore[misc]


@pytest.mark.parametrize("as_what", [tuple, iter, pd.Series, np.array, pd.Index])
def test_ids_come_from_whatever_holds_texts(as_what: Callable[[Any], Any]) -> None:
    found = draw(as_what(names(11)), 0.30)
    assert found.selected == SELECTED
    assert {type(own) for own in found.frame} == {str}


# --- numbers of a table, cycles, late names ----------------------------------


def test_numbers_of_a_table_are_taken_in_order_and_what_is_no_position_is_skipped() -> None:
    found = draw(names(11), 0.30, numbers=[12, 7, 0, 7, 99, 2, 7, 11, 5])
    assert found.selected == ("EST-07", "EST-02", "EST-11")
    assert found.positions == (7, 2, 11)
    assert (found.seed, found.numbers) == (None, (12, 7, 0, 7, 99, 2, 7, 11, 5)), "all that were given are kept"
    assert found.rule == "30% of 11 names, rounded down: 3"


@EVERY_RUN
@given(st.integers(1, 30), st.lists(st.integers(0, 40)), st.integers(0, 10))
def test_numbers_choose_as_one_would_by_hand(total: int, numbers: list[int], n: int) -> None:
    chosen: list[int] = []
    for number in numbers:
        if number != 0 and number <= total and number not in chosen and len(chosen) < min(n, total):
            chosen.append(number)
    if len(chosen) == min(n, total):
        assert list(draw(names(total), n=n, numbers=numbers).positions) == chosen
    else:
        assert f"numbers: {len(chosen)} of " in message(lambda: draw(names(total), n=n, numbers=numbers))


@EVERY_RUN
@given(st.integers(0, 40), st.integers(1, 50))
def test_cycles_are_as_even_as_can_be_and_the_earlier_ones_larger(n: int, cycles: int) -> None:
    found = draw(names(40), n=n, cycles=cycles)
    sizes = [found.cycle.count(c) for c in range(1, cycles + 1)]
    assert sum(sizes) == len(found.cycle) == n
    assert sizes == sorted(sizes, reverse=True)
    assert max(sizes) - min(sizes) <= 1
    assert list(found.cycle) == sorted(found.cycle), "in the order of the draw"


def test_cycles_of_seven_are_three_two_and_two() -> None:
    assert draw(names(7), 1, cycles=3).cycle == (1, 1, 1, 2, 2, 3, 3)


@pytest.mark.parametrize(("name", "take"), [("secondary", 3), ("tertiary", 1)])
def test_of_late_names_every_full_ten_is_a_list_of_its_own(name: str, take: int) -> None:
    """CPL 2-0.119, XIV.A.3: three of ten for the secondary list, one of ten for the tertiary."""
    for total, batches in ((0, 0), (9, 0), (10, 1), (19, 1), (20, 2), (27, 2)):
        draws, waiting = supplement_sample(name, names(total), seed=4)
        assert [list(d) for d in draws] == [
            by_hand(names(total)[i * 10 : i * 10 + 10], 4, take) for i in range(batches)
        ]
        assert list(waiting) == names(total)[batches * 10 :]
        assert {d.rule for d in draws} <= {f"{take} of every 10 late names"}


def test_late_names_may_be_drawn_by_numbers_too() -> None:
    draws, waiting = supplement(names(5), batch=2, take=1, numbers=[[3, 2], [1]])
    assert ([d.selected for d in draws], waiting) == ([("EST-02",), ("EST-03",)], ("EST-05",))


# --- what cannot be meant ----------------------------------------------------

BAD_SHARE = "expected a fraction between 0 and 1, such as 0.30"


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: draw("EST-01", 0.3), "ids: found 'EST-01', expected a list of texts"),
        (lambda: draw(7, 0.3), "ids: found 7, expected a list of texts"),  # type: ignore[arg-type]
        (lambda: draw(["A", 7], 0.3), "ids: found 7 at position 2, expected a text"),  # type: ignore[list-item]
        (lambda: draw(["A", None], 0.3), "ids: found None at position 2, expected a text"),  # type: ignore[list-item]
        (lambda: draw(["A", " "], 0.3), "ids: found a blank id at position 2, expected a text"),
        (lambda: draw(["", "A"], 0.3), "ids: found a blank id at position 1, expected a text"),
        (lambda: draw(["A", "B", "A"], 0.3), "ids: found 'A' at positions 1 and 3, expected each id once"),
        (lambda: draw(["A\nB"], 0.3), "ids: found 'A\\nB' at position 1, expected a text of one line"),
        (lambda: draw(["A\n"], 0.3), "ids: found 'A\\n' at position 1, expected a text of one line"),
        (lambda: draw(["\ud800"], 0.3), "ids: found '\\ud800' at position 1, expected a text of one line"),
        (lambda: draw(["A"]), "draw: found neither of share and n, expected one of them"),
        (lambda: draw(["A"], 0.3, n=1), "draw: found both of share and n, expected one of them"),
        (lambda: draw(["A"], 30), f"share: found 30, {BAD_SHARE}"),
        (lambda: draw(["A"], -0.1), f"share: found -0.1, {BAD_SHARE}"),
        (lambda: draw(["A"], "30%"), f"share: found '30%', {BAD_SHARE}"),
        (lambda: draw(["A"], float("nan")), f"share: found nan, {BAD_SHARE}"),
        (lambda: draw(["A"], True), f"share: found True, {BAD_SHARE}"),
        (lambda: draw(["A"], [0.3]), f"share: found [0.3], {BAD_SHARE}"),
        (lambda: draw(["A"], 0.3, 1.5), "seed: found 1.5, expected a whole number"),  # type: ignore[arg-type]
        (lambda: draw(["A"], 0.3, "1"), "seed: found '1', expected a whole number"),  # type: ignore[arg-type]
        (lambda: draw(["A"], 0.3, True), "seed: found True, expected a whole number"),
        (lambda: draw(["A"], 0.3, None), "seed: found None, expected a whole number"),  # type: ignore[arg-type]
        (lambda: draw(["A"], n=-1), "n: found -1, expected zero or more"),
        (lambda: draw(["A"], n=2.5), "n: found 2.5, expected a whole number"),  # type: ignore[arg-type]
        (lambda: draw(["A"], n=1, least=1), "draw: few and least go with a share; found them with a fixed n"),
        (lambda: draw(["A"], 0.3, least=-1), "least: found -1, expected zero or more"),
        (lambda: draw(["A"], 0.3, rounding="half"), "rounding: found 'half', expected 'down' or 'up'"),
        (
            lambda: draw(["A"], 0.3, few=10),  # type: ignore[arg-type]
            "few: found 10, expected two whole numbers: (10, 1) draws one of fewer than ten",
        ),
        (lambda: draw(["A"], 0.3, few=(10, -1)), "few: found -1, expected zero or more"),
        (lambda: draw(["A"], 0.3, cycles=0), "cycles: found 0, expected 1 or more"),
        (lambda: draw(["A"], 0.3, numbers="1 2"), "numbers: found '1 2', expected a list of whole numbers"),  # type: ignore[arg-type]
        (lambda: draw(["A"], 0.3, numbers=[1.0]), "numbers: found 1.0, expected a whole number"),  # type: ignore[list-item]
        (lambda: draw(["A"], 0.3, numbers=[-4]), "numbers: found -4, expected zero or more"),
        (
            lambda: draw(names(11), 0.3, numbers=[12, 7, 0, 7, 2]),
            "numbers: 2 of 11 names chosen when the 5 given ran out, 3 wanted; zero, a number above the last position "
            "and a repeat count for nothing",
        ),
        (lambda: supplement(names(10), batch=0), "batch: found 0, expected 1 or more"),
        (lambda: supplement(names(10), take=11), "take: found 11, expected at most the 10 names of a batch"),
        (lambda: supplement(["A", "A"]), "ids: found 'A' at positions 1 and 2, expected each id once"),
        (
            lambda: supplement(names(25), numbers=[[1, 2, 3]]),
            "numbers: found 1 of them for 2 full batches, expected a list for each",
        ),
        (
            lambda: sample("secundary"),
            "sample: found 'secundary', expected one of secondary, secondary_at_least_one, tertiary, tertiary_strict, "
            "nonresponder, records_verification, plants, participants",
        ),
        (
            lambda: supplement_sample("plants", names(10)),
            "sample plants: found no rule for late names; secondary, secondary_at_least_one, tertiary, tertiary_strict "
            "have one",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused_word_for_word(call: Callable[[], Any], said: str) -> None:
    assert message(call) == said


def test_every_sample_has_one_rule_and_a_source() -> None:
    for own in samples().values():
        assert (own.share is None) != (own.n is None)
        assert (own.batch is None) == (own.take is None)
        assert own.source
        assert own.per in {"area", "partnership", "nation"}


# --- the record --------------------------------------------------------------


def secondary(**options: Any) -> pd.DataFrame:
    return record.rows(AREA, "secondary", "secondary", draw_sample("secondary", names(11), **options))


def everything() -> pd.DataFrame:
    """A record of all kinds of draws."""
    late, _ = supplement_sample("secondary", [f"LATE-{i:02d}" for i in range(25)], seed=3)
    plants = ["=1+1", "-7", "+49", "@x", "007", 'a "b", c', " d ", "Süd 語", "1e5", "nan", "TRUE", "x<y&z</script>"]
    return pd.concat(
        [
            secondary(seed=10**18, cycles=2),
            record.rows(AREA, "tertiary", "tertiary", draw_sample("tertiary", names(4), numbers=[9, 2])),
            record.rows("Nashua (made up)", "tertiary", "tertiary_strict", draw_sample("tertiary_strict", names(4))),
            *(record.rows(AREA, "secondary", "secondary", d, i) for i, d in enumerate(late, start=1)),
            record.rows("", "plants", "plants", draw_sample("plants", plants, seed=-4)),
            record.rows("", "records_verification", "records_verification", draw_sample("records_verification", ["A"])),
        ],
        ignore_index=True,
    )


def test_a_record_has_a_row_for_every_name_with_what_ordered_it() -> None:
    table = secondary(cycles=2)
    assert list(table) == [
        "area", "list", "sample", "batch", "seed", "numbers", "share", "n", "cycles", "rule", "frame_sha256",
        "position", "unit_id", "sha256", "drawn", "cycle",
    ]  # fmt: skip
    assert table["unit_id"].tolist() == names(11)
    assert table["sha256"].tolist() == [hashlib.sha256(f"1:{own}".encode()).hexdigest() for own in names(11)]
    drawn = table[table["drawn"].ne("")].sort_values("drawn")
    assert tuple(drawn["unit_id"]) == SELECTED
    assert drawn["cycle"].tolist() == [1, 1, 2]
    first = table.iloc[0]
    assert (first["share"], first["n"], first["seed"], first["numbers"], first["batch"]) == (0.3, 3, 1, "", "")
    by_table = record.rows(AREA, "secondary", "secondary", draw_sample("secondary", names(11), numbers=[7, 2, 40, 11]))
    assert set(by_table["numbers"]) == {"7 2 40 11"}
    assert set(by_table["seed"]) == set(by_table["sha256"]) == {""}


def test_a_record_as_it_was_made_holds() -> None:
    assert record.verify(everything()) == []
    assert [f"{c.who}: {c.what}" for c in record.checked(everything())] == [
        "Lowell (made up), secondary: 3 of 11, seed 1000000000000000000",
        "Lowell (made up), tertiary: 1 of 4, the numbers given",
        "Nashua (made up), tertiary by tertiary_strict: 0 of 4, seed 1",
        "Lowell (made up), secondary, late batch 1: 3 of 10, seed 3",
        "Lowell (made up), secondary, late batch 2: 3 of 10, seed 3",
        "plants: 2 of 12, seed -4",
        "records_verification: 1 of 1, seed 1",
    ]


@EVERY_RUN
@given(ids, st.sampled_from(sorted(samples())), seeds, st.integers(1, 4), st.randoms(use_true_random=False))
def test_any_record_holds_in_any_order_of_its_rows(
    frame: list[str], name: str, seed: int, cycles: int, by: Any
) -> None:
    assume(frame)
    table = record.rows(AREA, sample(name).list, name, draw_sample(name, frame, seed, cycles=cycles))
    order = list(range(len(table)))
    by.shuffle(order)
    assert record.verify(table.iloc[order]) == []


@EVERY_RUN
@given(st.sampled_from(record.COLUMNS), st.integers(0, 10), st.sampled_from(["", "2", "x", "0.31", "EST-99", "1 2"]))
def test_no_cell_can_be_changed_unseen(column: str, row: int, value: str) -> None:
    table = secondary(cycles=2).astype(str)
    assume(table.loc[row, column] != value)
    table.loc[row, column] = value
    assert record.verify(table) != []


def changed(table: pd.DataFrame, row: str, **cells: Any) -> pd.DataFrame:
    """The table with other cells in the row of that name."""
    for column, value in cells.items():
        table.loc[table["unit_id"].eq(row), column] = value
    return table


WHO = "Lowell (made up), secondary: "
FIRST = "by seed 1 the first 3 are "


def test_a_name_that_was_not_drawn_and_is_marked_is_named() -> None:
    one, two, three = SELECTED
    other = next(own for own in names(11) if own not in SELECTED)
    swapped = changed(changed(secondary(), other, drawn=2, cycle=1), two, drawn="", cycle="")
    assert record.verify(swapped) == [
        f"{WHO}{other} is marked as drawn; {FIRST}{one}, {two}, {three}",
        f"{WHO}{two} is drawn by seed 1 and not marked",
    ]
    turned = changed(changed(secondary(), one, drawn=2), two, drawn=1)
    assert record.verify(turned) == [
        f"{WHO}drawn is {one} 2, {two} 1, {three} 3; {FIRST}{one}, {two}, {three}, in this order"
    ]
    assert record.verify(changed(secondary(cycles=2), three, cycle=1)) == [
        f"{WHO}{three} is in cycle 1, expected cycle 2"
    ]
    assert record.verify(changed(secondary(), other, cycle=1)) == [f"{WHO}{other} is in cycle 1, expected no cycle"]


def test_a_name_added_left_out_or_renamed_is_seen() -> None:
    last = secondary().iloc[:-1]
    short = hashlib.sha256("\n".join(names(10)).encode()).hexdigest()[:12]
    assert record.verify(last)[0] == (
        f"{WHO}frame_sha256 is {FRAME[:12]}; the 10 names in their order give {short}: a name was added, left out, "
        "changed or moved"
    )
    assert record.verify(secondary().drop(index=3)) == [f"{WHO}position: found no 4, expected 1 to 11 once each"]
    twice = pd.concat([secondary(), secondary().iloc[[3]]])
    assert record.verify(twice) == [f"{WHO}position: found 4 more than once, expected 1 to 11 once each"]
    assert record.verify(changed(secondary(), "EST-04", unit_id="EST-05")) == [
        f"{WHO}ids: found 'EST-05' at positions 4 and 5, expected each id once"
    ]
    odd = changed(changed(secondary(), "EST-04", position="0"), "EST-05", position="")
    assert record.verify(odd) == [f"{WHO}position: found 0, a blank, expected whole numbers from 1"]
    renamed = record.verify(changed(secondary(), "EST-04", unit_id="EST-4"))
    assert f"{WHO}sha256 of EST-4 is not that of '1:EST-4'" in renamed
    moved = changed(secondary(), "EST-04", position=99).replace({"position": {5: 4}}).replace({"position": {99: 5}})
    assert [d.partition(";")[0] for d in record.verify(moved)] == [f"{WHO}frame_sha256 is {FRAME[:12]}"]


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ({"n": 4}, ["n is 4; expected 3 (30% of 11 names, rounded down: 3)"]),
        ({"n": ""}, ["n is blank; expected 3 (30% of 11 names, rounded down: 3)"]),
        ({"share": 0.4}, ["share is 0.4; expected 0.3"]),
        ({"share": "1e999999999"}, ["share is 1e999999999; expected 0.3"]),
        ({"share": ""}, ["share is blank; expected 0.3"]),
        ({"rule": "3 of 11"}, ["rule is '3 of 11'; expected '30% of 11 names, rounded down: 3'"]),
        ({"seed": "one"}, ["seed is one; expected a whole number"]),
        ({"seed": ""}, ["found neither a seed nor numbers, expected one of them"]),
        ({"numbers": "7 2"}, ["found a seed and numbers, expected one of them"]),
        ({"seed": "", "numbers": "7 b 2"}, ["numbers is b; expected a whole number"]),
        (
            {"seed": "", "numbers": "7 2"},
            [
                "numbers: 2 of 11 names chosen when the 2 given ran out, 3 wanted; zero, a number above the last "
                "position and a repeat count for nothing"
            ],
        ),
        ({"cycles": 0}, ["cycles: found 0, expected 1 or more"]),
        ({"cycles": ""}, ["cycles is blank; expected a whole number"]),
        (
            {"sample": "half"},
            [
                "sample: found 'half', expected one of secondary, secondary_at_least_one, tertiary, tertiary_strict, "
                "nonresponder, records_verification, plants, participants"
            ],
        ),
        ({"sample": "tertiary"}, ["sample tertiary is drawn from the list tertiary, found secondary"]),
        ({"batch": 1}, ["found 11 late names, expected a batch of 10"]),
    ],
)
def test_whatever_else_differs_is_said_word_for_word(cells: dict[str, Any], said: list[str]) -> None:
    found = record.verify(secondary().assign(**cells))
    assert [difference.partition(": ")[2] for difference in found] == said


def test_a_draw_that_says_two_things_of_itself_is_seen() -> None:
    assert record.verify(changed(secondary(), "EST-04", seed=2, rule="")) == [
        f"{WHO}seed is 1, 2 in one draw; expected the same in every row",
        f"{WHO}rule is 30% of 11 names, rounded down: 3, blank in one draw; expected the same in every row",
    ]


def test_another_seed_changes_every_sum_and_ten_names_of_them_are_said() -> None:
    found = record.verify(secondary().assign(seed=2))
    listed = ", ".join(names(10))
    assert found[0] == f"{WHO}sha256 of {listed} and 1 more is not that of '2:EST-01' and so on"
    assert all("seed 2" in difference for difference in found[1:])
    assert record.verify(changed(secondary(numbers=[7, 2, 11]), "EST-03", sha256="ab")) == [
        f"{WHO}sha256 of EST-03 is not blank, as numbers were given"
    ]


def test_late_names_go_to_a_cycle_that_is_there() -> None:
    late, _ = supplement_sample("tertiary", names(10))
    table = record.rows(AREA, "tertiary", "tertiary", late[0], 1)
    assert record.verify(table) == []
    assert record.verify(table.assign(cycles=2)) == [
        "Lowell (made up), tertiary, late batch 1: cycles is 2, expected 1: late names go to a cycle that is there"
    ]
    plants = record.rows(AREA, "plants", "plants", draw_sample("plants", names(10)), 1)
    assert record.verify(plants) == [
        "Lowell (made up), plants, late batch 1: sample plants: found no rule for late names; secondary, "
        "secondary_at_least_one, tertiary, tertiary_strict have one"
    ]


# --- reading it back ---------------------------------------------------------


def notebook(*tables: pd.DataFrame) -> nbformat.NotebookNode:
    """A notebook that was run and shows these tables."""
    made = executed()
    made.cells[2].outputs = [
        nbformat.v4.new_output(
            "display_data", {"text/html": str(markup.table(["Name"], [["x"]], f"Draws {i}", export=unrounded(table)))}
        )
        for i, table in enumerate(tables)
    ]
    return made


def as_text(table: pd.DataFrame) -> list[list[str]]:
    return [[str(cell) for cell in line] for line in table.to_numpy().tolist()]


def in_all_forms(table: pd.DataFrame, place: Path) -> list[Path]:
    """The record as a csv, a workbook, a page and a notebook."""
    table.to_csv(place / "draws.csv", index=False, encoding="utf-8-sig", lineterminator="\r\n")
    book = Workbook()
    for line in [list(table), *table.to_numpy().tolist()]:
        book.active.append([None if cell == "" else cell for cell in line])
        for cell in book.active[book.active.max_row]:
            if isinstance(cell.value, str):
                cell.data_type = "s"
    book.save(place / "draws.xlsx")
    other = pd.DataFrame({"year": [2020]})
    half = len(table) // 2
    made = notebook(table.iloc[:half], other, table.iloc[half:])
    nbformat.write(made, place / "draws.ipynb")
    text = page.render(made, source="a.ipynb", home="../", made="", self_contained=True)
    (place / "draws.html").write_text(text, encoding="utf-8")
    return [place / f"draws.{ending}" for ending in ("csv", "xlsx", "ipynb", "html")]


def test_a_record_is_the_same_in_every_form(here: Path) -> None:
    table = everything()
    for file in in_all_forms(table, here):
        found = record.read(file)
        assert as_text(found) == as_text(table), file.name
        assert record.verify(found) == []


def test_a_record_saved_from_the_page_by_a_browser_holds(browser: Any, here: Path) -> None:
    table = everything()
    text = page.render(notebook(table), source="a.ipynb", home="../", made="", self_contained=True)
    (here / "draws.html").write_text(text, encoding="utf-8")
    with Visit(browser, here / "draws.html") as visit:
        for ending in ("csv", "xlsx"):
            file = visit.save(visit.page.get_by_role("button", name=f"{ending} of Draws 0"), here / "saved")
            assert as_text(record.read(file)) == as_text(table)
            assert record.verify(record.read(file)) == []


def test_what_is_no_record_is_refused_in_one_sentence(here: Path) -> None:
    (here / "folder").mkdir()
    (here / "a.txt").write_text("x", encoding="utf-8")
    (here / "short.csv").write_text("area,list,sample\na,b,c\n", encoding="utf-8")
    secondary().drop(columns="sha256").to_csv("no_sums.csv", index=False)
    secondary().iloc[:0].to_csv("empty.csv", index=False)
    (here / "ragged.csv").write_text(secondary().to_csv(index=False) + "Lowell,secondary\n", encoding="utf-8")
    (here / "bare.html").write_text("<p>nothing</p>", encoding="utf-8")
    nbformat.write(notebook(pd.DataFrame({"year": [2020]})), here / "other.ipynb")
    (here / "broken.ipynb").write_text("[1, 2", encoding="utf-8")
    header = json.dumps({"header": list(record.COLUMNS), "rows": [[1]]})
    (here / "odd.html").write_text(f'<script type="application/json">{header}</script>', encoding="utf-8")
    (here / "bytes.html").write_bytes(b"\xff\xfe")
    asked = "expected a record of draws as a report saves it"
    no_report = "expected a report on inspection lists"
    for name, said in {
        "gone.csv": "record: found no file 'gone.csv', neither from the current folder nor from the repository",
        "folder": "folder: found a folder, expected a record of draws (.csv, .xlsx, .parquet, .html or .ipynb)",
        "a.txt": "a.txt: found .txt, expected a record of draws (.csv, .xlsx, .parquet, .html or .ipynb)",
        "short.csv": f"short.csv: found no column batch, seed, numbers and 10 more; {asked}",
        "no_sums.csv": f"no_sums.csv: found no column sha256; {asked}",
        "empty.csv": "empty.csv: the file has no row; expected a record of draws",
        "ragged.csv": "ragged.csv row 13: found 'Lowell,secondary'; 2 fields, expected 16",
        "bare.html": f"bare.html: found no record of draws in its tables (0); {no_report}",
        "other.ipynb": f"other.ipynb: found no record of draws in its tables (1); {no_report}",
    }.items():
        assert message(lambda name=name: record.read(name)) == said
    for name, ending in (("broken.ipynb", ".ipynb"), ("odd.html", ".html"), ("bytes.html", ".html")):
        assert message(lambda name=name: record.read(name)).startswith(f"{name}: cannot be read as {ending}: ")
    assert message(lambda: record.verify(pd.DataFrame({"x": [1]}))).startswith(
        "record: found no column area, list, sample"
    )


# --- the command -------------------------------------------------------------


def test_the_command_says_of_every_draw_whether_it_holds(capsys: pytest.CaptureFixture[str]) -> None:
    tertiary = record.rows("Nashua (made up)", "tertiary", "tertiary", draw_sample("tertiary", names(5)))
    table = pd.concat([secondary(), tertiary])
    table.to_csv("draws.csv", index=False)
    assert cli.main(["verify-draw", "draws.csv"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "holds  Lowell (made up), secondary: 3 of 11, seed 1",
        "holds  Nashua (made up), tertiary: 1 of 5, seed 1",
        "draws.csv: 2 draws, 2 hold, 0 differ",
    ]
    pd.concat([secondary(), tertiary.assign(n=2)]).to_csv("draws.csv", index=False)
    assert cli.main(["verify-draw", "draws.csv"]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "holds  Lowell (made up), secondary: 3 of 11, seed 1",
        "differs  Nashua (made up), tertiary: 1 of 5, seed 1",
        "  Nashua (made up), tertiary: n is 2; expected 1 (fewer than 10 names: 1; 1 of 5 is 20.0%)",
        "draws.csv: 2 draws, 1 holds, 1 differs",
    ]
    assert cli.main(["verify-draw", "gone.csv"]) == 2
    assert capsys.readouterr().err == (
        "oshlib: record: found no file 'gone.csv', neither from the current folder nor from the repository\n"
    )


def test_the_help_of_the_command_has_examples(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        cli.main(["verify-draw", "--help"])
    assert stop.value.code == 0
    assert "  oshlib verify-draw reports/" in capsys.readouterr().out


def test_a_record_can_be_checked_with_nothing_but_csv_and_a_hash(here: Path) -> None:
    """What the code book says of the columns is enough: another program, without this package, agrees."""
    secondary(seed=9, cycles=2).to_csv("draws.csv", index=False)
    with Path("draws.csv").open(newline="", encoding="utf-8") as file:
        lines = sorted(csv.DictReader(file), key=lambda line: int(line["position"]))
    frame = [line["unit_id"] for line in lines]
    assert {line["frame_sha256"] for line in lines} == {hashlib.sha256("\n".join(frame).encode()).hexdigest()}
    by_sum = sorted(lines, key=lambda line: line["sha256"])
    n = len(frame) * 30 // 100
    assert [line["drawn"] for line in by_sum] == [str(i + 1) if i < n else "" for i in range(len(frame))]


def test_a_record_of_fifty_thousand_names_holds() -> None:
    frame = [str(i) for i in range(50_000)]
    table = record.rows("", "nonresponder", "nonresponder", draw_sample("nonresponder", frame))
    assert record.verify(table) == []


def test_a_draw_is_typed_as_one() -> None:
    assert isinstance(draw(["A"], 1), Draw)
