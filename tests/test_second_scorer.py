"""A second scorer, one answer sheet at a time in plain loops and fractions, written from the published schemes alone.

It shares nothing with oshlib.frameworks but the file's name: the items, weights, points and bands stand here once more.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from random import Random
from typing import Any

import pandas as pd
import pytest

from oshlib.frameworks import load, score

HALF = Fraction(1, 2)
SHEETS = 2000


@dataclass
class Sheet:
    """What one unit answered: rows of item, method, answer, attributed_to; the items with a finding."""

    rows: list[tuple[str, str, Any, str]] = field(default_factory=list)
    answers: dict[tuple[str, str], Any] = field(default_factory=dict)
    findings: set[str] = field(default_factory=set)

    def add(self, item: str, answer: Any, method: str = "", attributed: str = "") -> None:
        self.rows.append((item, method, answer, attributed))
        self.answers[item, method] = answer

    def drop(self, item: str) -> None:
        self.rows = [row for row in self.rows if row[0] != item]
        self.answers = {key: answer for key, answer in self.answers.items() if key[0] != item}

    def of(self, item: str, method: str = "") -> Any:
        return self.answers.get((item, method), "")


@dataclass
class Result:
    points: Fraction | None
    least: Fraction
    most: Fraction
    unanswered: int
    band: str
    unexamined: int = 0
    parts: dict[str, Fraction | None] = field(default_factory=dict)


def half_up(value: Fraction) -> int:
    return math.floor(value + HALF)


def agreed(low: str, high: str) -> str:
    return low if low == high else ""


# --- maturity: 19 processes of 5 KPAs, each 1 to 5 or n/a; the least of the least ---------------------------------

KPAS = {"CMM-1": 3, "CMM-2": 3, "CMM-3": 5, "CMM-4": 4, "CMM-5": 4}


def cmm(sheet: Sheet) -> Result:
    now, low, high, blank, parts = [], [], [], 0, {}
    for kpa, count in KPAS.items():
        mine = []
        for i in range(1, count + 1):
            answer = sheet.of(f"{kpa}.{i}")
            if answer == "n/a":
                continue
            if answer == "":
                blank += 1
                low.append(1)
                high.append(5)
                continue
            mine.append(int(answer))
            low.append(int(answer))
            high.append(int(answer))
        parts[kpa] = Fraction(min(mine)) if mine else None
        now += mine
    if not low:
        return Result(None, Fraction(0), Fraction(0), 0, "", parts=parts)
    return Result(
        Fraction(min(now)) if now else None, Fraction(min(low)), Fraction(min(high)), blank,
        f"level{min(low)}" if min(low) == min(high) else "", parts=parts,
    )  # fmt: skip


def any_cmm(rng: Random) -> Sheet:
    sheet, usual = Sheet(), rng.choice(["12345", "45", "5", "345"])
    for kpa, count in KPAS.items():
        for i in range(1, count + 1):
            sheet.add(f"{kpa}.{i}", rng.choices([rng.choice(usual), "n/a", ""], [20, rng.choice([0, 3, 60]), 1])[0])
    return sheet


# --- PEP: factors 1 to 5; an element is their mean, the whole the mean of the elements -----------------------------


def pep(elements: list[list[str]]) -> Callable[[Sheet], Result]:
    def mean(values: list[Fraction]) -> Fraction:
        return sum(values, Fraction(0)) / len(values)

    def scorer(sheet: Sheet) -> Result:
        now, low, high, blank, parts = [], [], [], 0, {}
        for element, factors in enumerate(elements, 1):
            answers = [sheet.of(f"PEP-{factor}") for factor in factors]
            blank += answers.count("")
            known = [Fraction(int(a)) for a in answers if a != ""]
            parts[f"PEP-{element}"] = mean(known) if known else None
            now += [mean(known)] if known else []
            low.append(mean([Fraction(int(a or 1)) for a in answers]))
            high.append(mean([Fraction(int(a or 5)) for a in answers]))
        ends = [f"level{half_up(mean(end))}" for end in (low, high)]
        return Result(mean(now) if now else None, mean(low), mean(high), blank, agreed(*ends), parts=parts)

    return scorer


def any_pep(elements: list[list[str]]) -> Callable[[Random], Sheet]:
    def sheets(rng: Random) -> Sheet:
        sheet, usual, gaps = Sheet(), rng.choice(["12345", "12", "45", "5", "34", "23"]), rng.choice([0, 0, 0.03, 0.3])
        for factor in (f for factors in elements for f in factors):
            sheet.add(f"PEP-{factor}", "" if rng.random() < gaps else rng.choice(usual))
        return sheet

    return sheets


SAME = [["1.1", "1.2", "1.3", "1.4"], ["2.1", "2.2", "2.3"], ["3.1", "3.2"]]
THIRTEEN = [*SAME, ["4.1", "4.2"], ["5.1"], ["6.1"]]
FIFTEEN = [*SAME, ["4.1a", "4.1b", "4.2"], ["5.1a", "5.1b"], ["6.1"]]


# --- SAFE: 27 letters worth 4, 3, 2 and 0; the loss ratio may stand for the last letter of section II ---------------

SECTIONS = {"SAFE-I": 9, "SAFE-II": 12, "SAFE-III": 6}
LETTERS = {"A": 4, "B": 3, "C": 2, "D": 0}


def loss_letter(ratio: str, records: str) -> str:
    if ratio == "":
        return ""
    value = Fraction(ratio)
    if value > Fraction("1.2"):
        return "D"
    if records != "yes":
        return ""
    return "A" if value < Fraction("0.9") else "B" if value <= 1 else "C"


def safe(sheet: Sheet) -> Result:
    now, open_, parts = 0, 0, {}
    answered = 0
    for section, count in SECTIONS.items():
        known = []
        for i in range(1, count + 1):
            letter = sheet.of(f"{section}.{i}")
            if (section, i) == ("SAFE-II", 12) and letter == "":
                letter = loss_letter(sheet.of("SAFE-II.12.ratio"), sheet.of("SAFE-II.12.records"))
            if letter == "":
                open_ += 1
            else:
                known.append(LETTERS[letter])
        parts[section] = Fraction(sum(known)) if known else None
        now += sum(known)
        answered += len(known)
    low, high = now, now + 4 * open_
    band = agreed(*("at_line" if end >= 81 else "below_line" for end in (low, high)))
    return Result(Fraction(now) if answered else None, Fraction(low), Fraction(high), open_, band, parts=parts)


def any_safe(rng: Random) -> Sheet:
    sheet, usual, gaps = Sheet(), rng.choice(["AB", "ABC", "ABCD", "B", "AABC"]), rng.choice([0, 0, 0.05, 0.3])
    for section, count in SECTIONS.items():
        for i in range(1, count + 1):
            if (section, i) != ("SAFE-II", 12) or rng.random() < 0.3:
                sheet.add(f"{section}.{i}", "" if rng.random() < gaps else rng.choice(usual))
    if rng.random() < 0.8:
        sheet.add("SAFE-II.12.ratio", rng.choice(["0", "0.899", "0.9", "0.95", "1", "1.0", "1.0001", "1.2", "1.2001"]))
    if rng.random() < 0.8:
        sheet.add("SAFE-II.12.records", rng.choice(["yes", "yes", "no"]))
    return sheet


# --- the diamond: eleven tests, some decided by a number, one of them perhaps not yet due --------------------------


def by_number(test: str, value: str) -> str:
    x = Fraction(value)
    met = {
        "D1": Fraction(half_up(x * 10), 10) < 7,  # printed to one decimal, and 7.0 fails
        "D2": x >= 30,
        "D5": x <= 20,
        "D8": x >= 81,
    }[test]
    return "met" if met else "not met"


MEASURED = {"D1": "D1.tcir", "D2": "D2.reduction", "D5": "D5.per_holder", "D8": "D8.score"}


def safe_diamond(sheet: Sheet) -> Result:
    met = failed = open_ = 0
    for test in (f"D{i}" for i in range(1, 12)):
        answer = sheet.of(test)
        if answer == "" and test in MEASURED and sheet.of(MEASURED[test]) != "":
            answer = by_number(test, sheet.of(MEASURED[test]))
        met, failed, open_ = met + (answer == "met"), failed + (answer == "not met"), open_ + (answer == "")
    due = met + failed + open_
    now = Fraction(100 * met, met + failed) if met + failed else None
    band = agreed(*("eligible" if end == due else "not_eligible" for end in (met, met + open_)))
    return Result(now, Fraction(100 * met, due), Fraction(100 * (met + open_), due), open_, band)


def any_safe_diamond(rng: Random) -> Sheet:
    sheet = Sheet()
    values = {
        "D1": ["6.949", "6.95", "6.9", "7.0", "0", "12.3"],
        "D2": ["30", "29.99", "30.5", "-12", "100"],
        "D5": ["20", "20.01", "19.5", "0"],
        "D8": ["81", "80", "108", "0"],
    }
    for test in (f"D{i}" for i in range(1, 12)):
        if test in values and rng.random() < 0.7:
            sheet.add(MEASURED[test], rng.choice(values[test]))
        if test not in values or rng.random() < 0.3:
            sheet.add(test, rng.choices(["met", "not met", ""], [30, rng.choice([0, 1, 10]), 1])[0])
    if rng.random() < 0.4:
        sheet.drop("D2")
        sheet.add("D2", "not yet due")
    return sheet


# --- judged items: met 1, partial a half, not met 0; n/a and not examined leave the base ---------------------------

WORTH = {"met": Fraction(1), "partial": HALF, "not met": Fraction(0)}
AWAY = ("n/a", "not examined")


@dataclass
class Share:
    """Earned over available, of what is known, at the least and at the most."""

    now: Fraction | None
    least: Fraction
    most: Fraction
    unanswered: int
    unexamined: int


def share(items: Iterable[list[str]], out_of: int) -> Share:
    """Items, each a list of judgements."""
    earned, known, low, high, base, blank, unexamined = Fraction(0), 0, Fraction(0), Fraction(0), 0, 0, 0
    for judgements in items:
        made = [WORTH[j] for j in judgements if j in WORTH]
        open_ = judgements.count("")
        if not made and not open_:
            unexamined += "not examined" in judgements
            continue
        base += 1
        blank += open_ > 0
        if made:
            known += 1
            earned += sum(made, Fraction(0)) / len(made)
        low += sum(made, Fraction(0)) / (len(made) + open_)
        high += (sum(made, Fraction(0)) + open_) / (len(made) + open_)
    now = out_of * earned / known if known else None
    if not base:
        return Share(None, Fraction(0), Fraction(out_of), blank, unexamined)
    return Share(now, out_of * low / base, out_of * high / base, blank, unexamined)


GUIDELINES = [
    *(f"GL-1.{i}" for i in range(1, 9)), "GL-2.1a", "GL-2.1b", "GL-2.1c", "GL-2.2", "GL-2.3", "GL-2.4", "GL-2.5",
    "GL-3.1a", "GL-3.1b", "GL-3.1c", "GL-3.1d", "GL-3.2", "GL-3.3", "GL-3.4", "GL-4.1", "GL-4.2", "GL-4.3",
]  # fmt: skip


def guidelines_1989(sheet: Sheet) -> Result:
    found = share([[sheet.of(item)] for item in GUIDELINES], 100)
    return Result(found.now, found.least, found.most, found.unanswered, "", found.unexamined)


def judgement(rng: Random, weights: list[float]) -> str:
    return rng.choices(["met", "partial", "not met", "n/a", "not examined", ""], weights)[0]


def habits(rng: Random) -> list[float]:
    """How often each answer falls on one sheet: from very good to very bad, now and then with nearly all n/a."""
    good = rng.random()
    return [good, 0.2, 1 - good, rng.choice([0, 0.1, 30]), rng.choice([0, 0.1, 1]), rng.choice([0, 0, 0.02, 0.5])]


def any_guidelines_1989(rng: Random) -> Sheet:
    sheet, usual = Sheet(), habits(rng)
    for item in GUIDELINES:
        sheet.add(item, judgement(rng, usual))
    return sheet


# --- Mishap Prevention: a rate worth 30, and three lines worth 25, 25 and 20 ---------------------------------------

METHODS = """
2.1 DI   2.2 DI   2.3 DIV  2.4 DI   2.5 DI   2.6 DIV
3.1 D    3.2 D    3.3 D    3.4 D    3.5 DI   3.6 DI   3.7 DIV
4.1 DIV  4.2 DIV
5.1 D    5.2 D    5.3 DI   5.4 D    5.5 DI
6.1 D    6.2 DI
7.1 D    7.2 D    7.3 DIV  7.4 D    7.5 D
8.1 DI
9.1 DIV  9.2 DIV  9.3 DV   9.4 DI   9.5 DI   9.6 D
10.1 DIV 10.2 DIV
11.1 D   11.2 D   11.3 D   11.4 D   11.5 D   11.6 D   11.7 D   11.8 D
12.1 DIV 12.2 D   12.3 DIV
13.1 D   13.2 DIV 13.3 DIV 13.4 DIV
14.1 D   14.2 D   14.3 D   14.4 D
15.1 D   15.2 D   15.3 D
""".split()  # noqa: SIM905 - a list of literals would take a page
ITEMS = dict(zip(METHODS[::2], METHODS[1::2], strict=True))
LINES = {"compilation": (25, 2, 2), "analysis": (25, 3, 7), "response": (20, 8, 15)}
REPEATS = {"6.1": "5.4", "6.2": "5.5"}
COMPLIANCE = [("fully", 90, 0), ("partial", 75, 2), ("minimal", 51, 6), ("non", 0, 10**9)]


def compliance(total: Fraction, findings: int) -> str:
    by_score = next(i for i, (_, limit, _) in enumerate(COMPLIANCE) if half_up(total) >= limit)
    by_findings = next(i for i, (_, _, most) in enumerate(COMPLIANCE) if findings <= most)
    return COMPLIANCE[max(by_score, by_findings)][0]


def judged_of(sheet: Sheet, item: str) -> list[str]:
    own = [sheet.of(f"PRMS02-{item}", method) for method in ITEMS[item]]
    if item in REPEATS and not any(own):
        return judged_of(sheet, REPEATS[item])
    return own


def mishap_prevention(sheet: Sheet) -> Result:
    rate = sheet.of("PRMS02-1")
    points = None if rate == "" else min(Fraction(30), max(Fraction(0), (100 - Fraction(rate)) * Fraction(3, 10)))
    parts: dict[str, Fraction | None] = {"PRMS02-1": points}
    low, high = (Fraction(0), Fraction(30)) if points is None else (points, points)
    blank, unexamined = int(points is None), 0
    for line, (out_of, first, last) in LINES.items():
        found = share((judged_of(sheet, i) for i in ITEMS if first <= int(i.split(".")[0]) <= last), out_of)
        parts[f"PRMS02-{line}"] = found.now
        low, high = low + found.least, high + found.most
        blank, unexamined = blank + found.unanswered, unexamined + found.unexamined
    known = [p for p in parts.values() if p is not None]
    band = agreed(*(compliance(end, len(sheet.findings)) for end in (low, high)))
    total = sum(known, Fraction(0)) if len(known) == 4 else None
    return Result(total, low, high, blank, band, unexamined, parts)


def any_mishap_prevention(rng: Random) -> Sheet:
    sheet, usual, skipped = Sheet(), habits(rng), rng.choice(["", "", "", "2.", "1"])
    for item, methods in ITEMS.items():
        if item not in REPEATS or rng.random() < 0.5:
            for method in methods:
                # Now and then a whole line, or a part of one, was left out of the evaluation.
                away = skipped and item.startswith(skipped)
                sheet.add(f"PRMS02-{item}", rng.choice(AWAY) if away else judgement(rng, usual), method)
    sheet.findings = {f"PRMS02-{i}" for i in rng.sample(list(ITEMS), rng.choice([0, 0, 0, 1, 2, 3, 6, 7]))}
    sheet.findings &= {item for item, *_ in sheet.rows}
    if rng.random() < 0.9:
        sheet.add("PRMS02-1", rng.choice(["0", "3.5422", f"{rng.uniform(0, 130):.3f}"]))
        at_the_edge(sheet, rng)
    return sheet


def at_the_edge(sheet: Sheet, rng: Random) -> None:
    """Where it can be had, the rate that puts the total on the very limit of a band, or a hair below it."""
    found = mishap_prevention(sheet)
    if found.points is not None and rng.random() < 0.6:
        rest = found.points - (found.parts["PRMS02-1"] or 0)
        for edge in ("89.5", "74.5", "50.5"):
            exact = 100 - (Fraction(edge) - rest - rng.choice([0, 0, Fraction(1, 10**16)])) * Fraction(10, 3)
            if 0 <= exact <= 100:
                sheet.drop("PRMS02-1")
                sheet.add("PRMS02-1", exact)
                return


# --- all modules: a percent each, entered or worked out of questions; 30, 20, 20, 15 and 15 -------------------------

QUESTIONS = {
    "PRMS-3": [*(f"PRMS-3.1.{i}" for i in range(1, 6)), *(f"PRMS-3.2.{i}" for i in range(1, 4)),
               *(f"PRMS-3.3.{i}" for i in range(1, 7))],
    "PRMS-4": [*(f"PRMS-4.1.{i}" for i in range(1, 6)), *(f"PRMS-4.1.6.{i}" for i in range(1, 4)), "PRMS-4.1.7",
               "PRMS-4.2.1", "PRMS-4.2.2", "PRMS-4.2.3"],
    "PRMS-5": [f"PRMS-5.1.{i}" for i in range(1, 7)],
}  # fmt: skip
WEIGHTS = {"PRMS-1": 30, "PRMS-2": 20, "PRMS-3": 20, "PRMS-4": 15, "PRMS-5": 15}
INTERVIEWS = ("PRMS-4.2.1", "PRMS-4.2.2", "PRMS-4.2.3")


def question(sheet: Sheet, item: str) -> list[str]:
    if item not in INTERVIEWS:
        return [sheet.of(item)]
    rows = [(a, why) for i, _, a, why in sheet.rows if i == item]
    return [a for a, why in rows if why == "training" or a in AWAY] or [""]


def prms(sheet: Sheet) -> Result:
    total, low, high, blank, unexamined = Fraction(0), Fraction(0), Fraction(0), 0, 0
    parts: dict[str, Fraction | None] = {}
    for module, weight in WEIGHTS.items():
        entered = sheet.of(module)
        if entered != "":
            found = Share(Fraction(entered), Fraction(entered), Fraction(entered), 0, 0)
        elif module in QUESTIONS:
            found = share((question(sheet, item) for item in QUESTIONS[module]), 100)
        else:
            found = Share(None, Fraction(0), Fraction(100), 1, 0)
        parts[module] = found.now
        total += weight * (found.now or 0) / 100
        low, high = low + weight * found.least / 100, high + weight * found.most / 100
        blank, unexamined = blank + found.unanswered, unexamined + found.unexamined
    return Result(None if None in parts.values() else total, low, high, blank, "", unexamined, parts)


def any_prms(rng: Random) -> Sheet:
    sheet, entered = Sheet(), rng.choice([0.9, 0.5, 0.1])
    for module in WEIGHTS:
        if rng.random() < (entered if module in QUESTIONS else 0.95):
            sheet.add(module, f"{rng.uniform(0, 100):.1f}")
        usual = habits(rng)
        for item in QUESTIONS.get(module, ()):
            if item not in INTERVIEWS:
                sheet.add(item, judgement(rng, usual))
            for _ in range(rng.choice([0, 1, 2, 5]) if item in INTERVIEWS else 0):
                sheet.add(item, judgement(rng, usual), attributed=rng.choice(["training", "training", "tools", ""]))
    sheet.add("PRMS-6.1", judgement(rng, habits(rng)))
    sheet.add("PRMS-3.1.coverage", "40")
    return sheet


# --- both on the same sheets ---------------------------------------------------------------------------------------

SCHEMES: dict[str, tuple[Callable[[Random], Sheet], Callable[[Sheet], Result]]] = {
    "cmm": (any_cmm, cmm),
    "pep": (any_pep(THIRTEEN), pep(THIRTEEN)),
    "pep_osha195": (any_pep(FIFTEEN), pep(FIFTEEN)),
    "safe": (any_safe, safe),
    "safe_diamond": (any_safe_diamond, safe_diamond),
    "guidelines_1989": (any_guidelines_1989, guidelines_1989),
    "prms_mishap_prevention": (any_mishap_prevention, mishap_prevention),
    "prms": (any_prms, prms),
}


def as_table(framework: str, sheets: list[Sheet]) -> pd.DataFrame:
    rows = [
        (f"u{i:05}", framework, "2024-06-30", item, answer, method, "yes" if item in sheet.findings else "", attributed)
        for i, sheet in enumerate(sheets)
        for item, method, answer, attributed in sheet.rows
    ]
    columns = ["unit", "framework", "date", "item", "answer", "method", "significant_finding", "attributed_to"]
    return pd.DataFrame(rows, columns=columns, dtype=object).sample(frac=1, random_state=1)


def number(value: Fraction | None) -> float:
    return math.nan if value is None else float(value)


def same(found: Any, expected: list[float]) -> None:
    pd.testing.assert_series_equal(
        pd.Series(found.to_numpy(dtype=float)), pd.Series(expected, dtype=float), rtol=1e-12, atol=1e-9
    )


@pytest.mark.parametrize("name", SCHEMES)
def test_both_scorers_agree_on_random_sheets(name: str) -> None:
    rng = Random(20)
    make, second = SCHEMES[name]
    sheets = [make(rng) for _ in range(SHEETS)]
    expected = [second(sheet) for sheet in sheets]
    scores = score(load(name), as_table(name, sheets))
    root = scores[scores["node"].eq(name)].sort_values("unit")
    same(root["points"], [number(e.points) for e in expected])
    same(root["least"], [number(e.least) for e in expected])
    same(root["most"], [number(e.most) for e in expected])
    assert root["unanswered"].tolist() == [e.unanswered for e in expected]
    assert root["unexamined"].tolist() == [e.unexamined for e in expected]
    assert root["band"].tolist() == [e.band for e in expected]
    for part in expected[0].parts:
        mine = scores[scores["node"].eq(part)].sort_values("unit")
        same(mine["points"], [number(e.parts[part]) for e in expected])


@pytest.mark.parametrize("name", SCHEMES)
def test_the_random_sheets_reach_every_band_and_leave_some_open(name: str) -> None:
    """Sheets that are all alike would prove nothing."""
    rng = Random(20)
    make, second = SCHEMES[name]
    results = [second(make(rng)) for _ in range(SHEETS)]
    assert {e.band for e in results} >= {b.id for b in load(name).bands}
    assert 0.02 < sum(e.unanswered > 0 for e in results) / SHEETS < 0.98
    if load(name).bands:
        assert sum(e.band == "" for e in results) > SHEETS / 100
        assert any(e.unanswered > 0 and e.band for e in results)
    if name in ("prms", "prms_mishap_prevention"):
        assert 0.02 < sum(e.points is None for e in results) / SHEETS < 0.98


def test_some_random_totals_stand_on_the_very_limit_of_a_band() -> None:
    rng = Random(20)
    results = [mishap_prevention(any_mishap_prevention(rng)) for _ in range(SHEETS)]
    totals = [e.points for e in results if e.points is not None]
    edges = [Fraction(e) for e in ("89.5", "74.5", "50.5")]
    assert all(totals.count(edge) >= 5 for edge in edges)
    assert sum(0 < edge - t < Fraction(1, 10**12) for t in totals for edge in edges) >= 15
    assert {float(t) for t in totals if t in edges} <= {89.5, 74.5, 50.5}
