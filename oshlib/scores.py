"""The verdict on a score in words: its band, what decided it, and how firm it is."""

from __future__ import annotations

from oshlib import words
from oshlib.frameworks import Framework
from oshlib.study.assessment import Assessment

_SYMBOLS = {"good": "●", "ok": "◑", "flat": "■", "poor": "◔", "bad": "✕"}


def band_title(framework: Framework, place: int) -> str:
    """The name of a band; what is said where there is none to name."""
    if not framework.bands:
        return "no bands published"
    return framework.bands[place].title if place >= 0 else "not determinable"


def score_status(found: Assessment) -> tuple[str, str, str]:
    """Words, symbol and tone of a score: its band, and whether open answers leave it open."""
    fw, banded, t = found.framework, found.now.banded, found.now.total
    if not fw.bands:
        if t.points != t.points:
            return "No total: a part is missing", "○", "na"
        return f"{amount(fw, t.points, t.high)}, no bands published", "■", "flat"
    place = int(banded.final[0])
    if place < 0:
        return "Band still open", "○", "na"
    band = fw.bands[place]
    return band.title, _SYMBOLS[band.tone], band.tone


def score_sentence(found: Assessment) -> str:
    """The score, what it is of, when, and the band with what decided it."""
    fw, t, banded = found.framework, found.now.total, found.now.banded
    every, place = int(t.answered + t.unanswered), int(banded.final[0])
    if t.points != t.points:
        ends, missing = words.span(t.least, t.most, fw.decimals), _missing(found)
        return (
            f"{fw.short} has no total: {words.listed(missing) or 'a part'} {'are' if len(missing) > 1 else 'is'} not "
            f"determinable. It can still become {ends} ({t.answered} of {every} items answered, {found.now.date})."
            + (f" {fw.bands[place].title} all the same." if fw.bands and place >= 0 else "")
        )
    said = f"{fw.short}: {amount(fw, t.points, t.high)}"
    said += f", assessed {found.now.date}, {t.answered} of {every} items answered"
    if t.unanswered:
        least, most = (words.number(v, fw.decimals) for v in (t.least, t.most))
        rest = f"stays at {most}" if least == most else f"becomes {words.span(t.least, t.most, fw.decimals)}"
        said += f"; with the rest it {rest}"
    if not fw.bands:
        return f"{said}. The source publishes no bands."
    if place < 0:
        ends = words.listed([fw.bands[int(place[0])].title for place in (banded.least, banded.most)])
        return f"{said}. The open items decide between {ends}."
    why = ""
    if fw.counts_findings:
        number = int(found.now.sheets.findings[0])
        counted = f"{words.count(number)} finding{'' if number == 1 else 's'}"
        lower = "lowers" if number == 1 else "lower"
        by_score, by_findings = int(banded.by_score[0]), int(banded.by_findings[0])
        if by_score < 0:
            why = f": {counted} settle it, whatever is open"
        elif by_findings > by_score:
            why = f": the score alone would give {fw.bands[by_score].title.lower()}, {counted} {lower} it"
        elif by_score > by_findings:
            why = f": the score decides, {counted} would allow {fw.bands[by_findings].title.lower()}"
        else:
            why = f", by the score and by {counted} alike"
    return f"{said}. {fw.bands[place].title}{why}."


def band_says(found: Assessment) -> str:
    """What the framework says of the band, where it says something."""
    place = int(found.now.banded.final[0])
    return found.framework.bands[place].say if found.framework.bands and place >= 0 else ""


def score_luck(found: Assessment) -> str:
    """How firm the band is: what holds the total down, and how many single judgements would tip it."""
    fw, steps = found.framework, found.steps
    said = []
    if fw.root.roll == "min" and found.now.total.points == found.now.total.points:
        said.append(f"Held at {words.number(found.now.total.points, fw.decimals)} by {words.listed(limiting(found))}.")
    elif lowest := _lowest(found):
        said.append(lowest)
    if fw.bands and len(steps):
        flipping = steps[steps["flips"]]
        up, down = (int(flipping["up"].eq(side).sum()) for side in (True, False))
        said.append(tipping(len(steps), up, down))
    return " ".join(said)


def tipping(steps: int, up: int, down: int) -> str:
    """How many of the single steps would change the band.

    >>> tipping(28, 0, 4)
    'Of 28 single steps, none up and four down would change the band.'
    >>> tipping(41, 0, 0)
    'None of 41 single steps would change the band.'
    """
    if not up and not down:
        return f"None of {steps} single steps would change the band."
    ways = [f"{words.count(n) if n else 'none'} {way}" for n, way in ((up, "up"), (down, "down"))]
    return f"Of {steps} single steps, {' and '.join(ways)} would change the band."


def limiting(found: Assessment) -> list[str]:
    """The items whose answer is the total, where the lowest one decides."""
    at = found.now.nodes.set_index("node", drop=False)
    total = found.now.total.points
    return [f"{leaf.id} ({leaf.title})" for leaf in found.framework.items if at.loc[leaf.id, "points"] == total]


def _lowest(found: Assessment) -> str:
    """The item with the lowest place on its scale; how many share it."""
    at = found.now.nodes.set_index("node", drop=False).loc[[leaf.id for leaf in found.framework.items]]
    place = ((at["points"] - at["low"]) / (at["high"] - at["low"]).where(lambda w: w > 0)).dropna()
    if place.empty or place.min() == 1:
        return "Every judged item has its best answer." if len(place) else ""
    low = place.index[place.eq(place.min())]
    first = found.framework.nodes[low[0]]
    if len(low) == 1:
        return f"Lowest is {first.id} ({first.title})."
    return f"Lowest are {words.count(len(low))} items, {first.id} ({first.title}) the first of them."


def _missing(found: Assessment) -> list[str]:
    """The first level of the tree that has no points."""
    at = found.now.nodes.set_index("node", drop=False)
    inside = [found.framework.nodes[n] for n in found.framework.root.children]
    return [n.title for n in inside if n.scored and not n.apart and at.loc[n.id, "points"] != at.loc[n.id, "points"]]


def amount(framework: Framework, points: float, high: float) -> str:
    """A total with what it counts."""
    number = words.number(points, framework.decimals)
    if framework.counts == "%":
        return f"{number}%"
    of = f"{number} of {words.exactly(high)}"
    return f"{of} {framework.counts}" if framework.counts.endswith("s") else f"{framework.counts} {of}"
