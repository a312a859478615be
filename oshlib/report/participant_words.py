"""What a report on one participant says in words: eligible or not and why, the rate, the score, the level."""

from __future__ import annotations

from oshlib import words
from oshlib.study.eligibility import Test
from oshlib.study.participant import Participation
from oshlib.verdicts import side

#: The sign of a result, beside its word.
SYMBOLS = {"met": "✓", "stays": "✓", "not met": "✕", "removal": "✕", "not yet due": "◇"}


def status(p: Participation) -> tuple[str, str, str]:
    """Words, symbol and tone: eligible, pending, not eligible, or not determinable."""
    if p.left:
        return f"Left on {p.left}", "■", "flat"
    if p.eligible:
        return "Eligible", "●", "good"
    if p.pending:
        return f"Eligible, {p.pending}", "◑", "ok"
    if p.eligible is None:
        return "Not determinable", "○", "na"
    return "Not eligible yet", "◔", "poor"


def result(test: Test) -> str:
    """A result with its sign."""
    return f"{SYMBOLS.get(test.result, '○')} {test.result}"


def sentence(p: Participation) -> str:
    """How many tests are met, which are not, which are open."""
    named = {r: p.counted(r) for r in ("met", "not met", "not yet due", "not determinable")}
    said = [f"{len(named['met'])} of {len(p.tests)} tests of eligibility are met"]
    for result, verb in (("not met", "not met"), ("not yet due", "not yet due"), ("not determinable", "open")):
        if named[result]:
            said.append(f"{words.listed(named[result])} {'is' if len(named[result]) == 1 else 'are'} {verb}")
    close = f": {p.pending}" if p.pending else ""
    gone = f"It left on {p.left}. Up to then and since: " if p.left else ""
    return f"{gone}{'; '.join(said)}{close}."


def removal(p: Participation) -> str:
    """The removal test of the last year."""
    last = p.yearly[p.yearly["year"].eq(p.subject.years[-1])]
    found = [r for r in last["result"] if r in ("stays", "removal")]
    return found[-1] if found else "not determinable"


def rate_words(p: Participation) -> str:
    """The rate of the last year with its interval, and how far it has come down; what chance has to do with it."""
    b = p.rate
    y, m, d = b.year, b.measure, max(2, b.subject.decimals)
    if b.found.met is None:
        return f"{m.id} of {y.year} is not determinable, and so is what rests on it."
    said = (
        f"{m.id} {y.year}: {words.number(y.value, d)} ({words.share(b.confidence)} interval "
        f"{words.span(y.low, y.high, d)}, {words.cases(y.cases)}), {side(b.found.reduction)} the standard of "
        f"{words.number(float(b.standard.value), 2)} (range {side(b.found.high)} to {side(b.found.low)} it)."
    )
    goal = f"{words.share(b.share)} below"
    if not b.found.met:
        hidden = "" if b.found.high < b.share else "; chance alone could have hidden it"
        return f"{said} That is not {goal}{hidden}."
    chance = "and beyond chance" if y.cases <= b.found.shows else "though luck alone could have done it"
    return f"{said} That is {goal}, {chance}."


def score_words(p: Participation) -> str:
    """The score and what is asked for; the range where items are open."""
    if p.score is None:
        return "There is no score."
    t, fw = p.score.now.total, p.score.framework
    if t.unanswered:
        return (
            f"{fw.short} {p.score.now.date}: open, {words.span(t.least, t.most, fw.decimals)} of "
            f"{words.exactly(t.high)}; {t.unanswered} item{' is' if t.unanswered == 1 else 's are'} unanswered."
        )
    top = fw.bands[0] if fw.bands else None
    away = "" if top is None else f"; {words.exactly(float(top.limit))} or more is asked for"
    return f"{fw.short} {p.score.now.date}: {words.number(t.points, fw.decimals)} of {words.exactly(t.high)}{away}."


def level_words(p: Participation) -> str:
    """The level by cut-offs that were entered; that there are none, where none were."""
    if not p.levels:
        return "No cut-offs of the lower levels were published: none is named. They can be entered (levels)."
    t = p.score.now.total if p.score else None
    entered = ", ".join(f"{name} from {words.exactly(float(points))}" for name, points in p.levels.items())
    if t is None or t.unanswered:
        return f"By the cut-offs that were entered ({entered}): open."
    reached = next((name for name, points in p.levels.items() if t.points >= points), "none of them")
    return f"By the cut-offs that were entered ({entered}), not by the source: {reached}."
