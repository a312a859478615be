"""The verdict on a program in words: what happened to both groups, how far apart, and what it cannot say."""

from __future__ import annotations

import math

from oshlib import words
from oshlib.study.changes import Change
from oshlib.study.evaluation import Evaluation
from oshlib.study.groups import COMPARED, LEFT, NONPARTICIPANT, PARTICIPANT
from oshlib.study.selection import ALL, Selection

#: The groups as tables and charts name them.
GROUPS = {PARTICIPANT: "joined", NONPARTICIPANT: "not joined", LEFT: "left again"}


def status(e: Evaluation) -> tuple[str, str, str]:
    """Words, symbol and tone: which way the groups parted, and whether that is beyond chance by both reckonings."""
    if not e.compared:
        return ("No comparison" if e.program else "No participants"), "○", "na"
    row = e.headline
    if row.difference == 0:
        return "Both changed alike", "■", "flat"
    better = row.difference < 0
    word = f"Those who joined did {'better' if better else 'worse'}"
    if row.found.p >= 1 - e.confidence:
        return f"{word}, not beyond chance", *(("▽", "ok") if better else ("△", "poor"))
    if "units" in e.contrasts and e.contrasts["units"].found.p >= 1 - e.confidence:
        return f"{word}, beyond chance only if cases are independent", "◆", "mix"
    return f"{word}, beyond chance", *(("▼", "good") if better else ("▲", "bad"))


def sentence(e: Evaluation) -> str:
    """Both changes with their ranges, the difference, and what it is worth."""
    if not e.program:
        return f"Nobody in this file is known to have joined a program. {selection_sentence(e)}".strip()
    if not e.compared:
        return f"No comparison: {_why_not(e)}."
    row, c = e.headline, e.headline.found
    own, other = (row.changes[g] for g in COMPARED)
    first, last = row.years
    moved = (
        f"From {first} to {last} the {e.measure.id} of {_many(own.units)} that joined {_moved(own, e.decimals)}, "
        f"that of {other.units:,} that stayed out {_moved(other, e.decimals)}"
    )
    if math.isnan(c.ratio):  # no case in either group in one of the years
        return f"{moved}: with no case on either side of the comparison, neither can be said to have done better."
    return (
        f"{moved}: set against theirs, the rate of those "
        f"who joined is {_apart(c.ratio)} ({words.share(e.confidence)} range {_apart(c.low)} to {_apart(c.high)}, "
        f"p {words.p_value(c.p)})."
    )


def doubts(e: Evaluation) -> list[str]:
    """What the verdict cannot say: who joins, better reporting; and what other ways of reckoning make of it."""
    if not e.compared:
        return []
    row = e.headline
    own, other = (row.changes[g] for g in COMPARED)
    side = "better" if row.difference < 0 else "worse"
    ways = [
        f"{words.number(abs(row.difference) * 100)} percentage points {side}; each alone: "
        f"{words.change_span(own.low, own.high)} and {words.change_span(other.low, other.high)}."
    ]
    for key, text in (("industry", "Within industries"), ("units", "Reckoned from how establishments differ")):
        c = e.contrasts[key].found if key in e.contrasts else None
        if c is not None and math.isfinite(c.ratio):
            ways.append(f"{text}: {_apart(c.ratio)} ({_apart(c.low)} to {_apart(c.high)}, p {words.p_value(c.p)}).")
    before = e.contrasts.get("before")
    if before is not None and before.difference == before.difference:
        moved = [words.percent(before.changes[g].change) for g in COMPARED]
        ways.append(
            f"Before the program, from {before.years[0]} to {before.years[1]}, the two changed by {moved[0]} and "
            f"{moved[1]} (p {words.p_value(before.found.p)})."
        )
    return [
        "Who joins is not random: this is what happened, not proof of what the program did. As reporting improves, a "
        "rate may rise at first.",
        " ".join(ways),
    ]


def selection_sentence(e: Evaluation) -> str:
    """What became of the selected without a program: the earlier selection, or any where nobody joined."""
    found = e.selections if not e.program else [s for s in e.selections if s.before_program]
    said = next((s for s in found if s.after and s.next_ratio == s.next_ratio), None)
    if said is None:
        return ""
    return f"{_followed(said, e)} without any program{'' if e.program else ' known of'}."


def points(value: float) -> str:
    """A difference of two percentages.

    >>> points(-0.2883), points(float("nan"))
    ('−28.8 points', '–')
    """
    text = words.percent(value)
    return text if text == "–" else f"{text.removesuffix('%')} points"


def _followed(s: Selection, e: Evaluation) -> str:
    own = s.line(ALL).set_index("year")
    first, then = (words.number(own["value"].loc[y], e.decimals) for y in (s.year, s.after[0]))
    moved = words.percent(s.next_ratio - 1)
    span = words.change_span(s.next_low - 1, s.next_high - 1)
    excess = f" and lost {words.part(s.excess)} of their distance from everybody's rate" if 0 < s.excess < 1 else ""
    return (
        f"The {int(own['units'].iloc[0]):,} at or over {words.number(e.limit)} in {s.year} went from {first} to {then} "
        f"in {s.after[0]} ({moved}; {span}){excess},"
    )


def _moved(c: Change, decimals: int) -> str:
    """Fell 31.1%, from 9.8 to 6.7."""
    first, last = (words.number(v, decimals) for v in (c.first, c.last))
    if c.change == 0:
        return f"stayed at {first}"
    return f"{'fell' if c.change < 0 else 'rose'} {words.part(abs(c.change), 1)}, from {first} to {last}"


def _apart(ratio: float) -> str:
    """A ratio as a distance: 30.6% lower, 8.0% higher, without end."""
    if not math.isfinite(ratio):
        return "any distance higher"
    shown = words.percent(abs(ratio - 1), sign=False)
    return f"{shown} {'lower' if ratio < 1 else 'higher'}"


def _many(n: int) -> str:
    return f"{n:,} establishment{'' if n == 1 else 's'}"


def _why_not(e: Evaluation) -> str:
    if e.headline.years[0] == e.headline.years[1]:
        return f"there is no year after {e.base_year}"
    lacking = [GROUPS[g] for g in COMPARED if e.headline.changes[g].change != e.headline.changes[g].change]
    first, last = e.headline.years
    return (
        f"of those {words.listed([f'who {w}' if w == 'joined' else 'who did not join' for w in lacking])} no "
        f"establishment, or none with a case in {first}, has a rate in both {first} and {last}"
    )
