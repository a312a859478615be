"""What would change the band: the fewest steps to the next one, and the single steps that tip it."""

from __future__ import annotations

from oshlib import markup, words
from oshlib.markup import Html
from oshlib.report.audit import level_of, plural
from oshlib.scores import band_title, tipping
from oshlib.study.assessment import Assessment

_MOST = 10


def path(found: Assessment) -> Html:
    """The fewest steps to the next band."""
    fw, nearest = found.framework, found.nearest
    if not fw.bands:
        return markup.paragraphs("No bands are published, so there is no next one.")
    if nearest is None:
        top = found.now.banded.final[0] == 0
        return markup.paragraphs("This is the best band." if top else "No band can be told yet, so no next one either.")
    said = shortest_words(found)
    if not nearest.possible or not nearest.count:
        return markup.paragraphs(said)
    methods = nearest.steps["method"].astype(bool).any()
    rows = [
        [
            markup.with_note(s.item, fw.nodes[s.item].title),
            *([s.method or "–"] if methods else []),
            s.before,
            s.after,
            level_of(fw.nodes[s.item], s.after),
        ]
        for s in nearest.steps.itertuples()
    ]
    header = ["Item", *(["Method"] if methods else []), "From", "To", "What that asks"]
    note = "One of the shortest ways; among equals it begins with the worst answers. A step is one place on a scale."
    return Html(
        markup.paragraphs(said) + markup.table(header, rows, "Cheapest steps to the next band", text=range(len(header)))
        + markup.paragraphs(note, css="q")
    )  # fmt: skip


def shortest_words(found: Assessment) -> str:
    """The fewest steps to the next band in a sentence; what is said where no steps lead there, or none is above."""
    fw, nearest = found.framework, found.nearest
    if nearest is None:
        return "Nothing more can be told: there is no band above."
    target = next(b for b in fw.bands if b.id == nearest.target)
    if not nearest.possible:
        return (
            f"No steps in the judged items alone lead to {target.title}. What is unanswered counts at its least, "
            "and measured values stay as they are."
        )
    needs = []
    if nearest.count:
        needs.append(f"{plural(nearest.count, 'step')} in {plural(nearest.steps['item'].nunique(), 'item')}")
    if nearest.findings:
        needs.append(f"{plural(nearest.findings, 'finding')} closed")
    total = words.number(nearest.points, fw.decimals)
    least = "at least " if found.now.total.unanswered else ""
    return f"{target.title} takes {words.listed(needs) or 'nothing more'}; the total would be {least}{total}."


def flips(found: Assessment) -> Html:
    """How many single steps would change the band, and which."""
    steps = found.steps
    if not found.framework.bands or steps.empty:
        return markup.paragraphs("There is no band that a single step could change.")
    flipping = steps[steps["flips"]]
    up, down = (int(flipping["up"].eq(side).sum()) for side in (True, False))
    said = f"{tipping(len(steps), up, down)} {_one_finding(found)}".strip()
    if flipping.empty:
        return markup.paragraphs(said)
    rows = [
        [
            markup.with_note(s.item, s.method), s.before, s.after,
            "–" if s.points != s.points else words.number(s.points, max(1, found.framework.decimals)),
            band_title(found.framework, s.band),
        ]
        for s in flipping.head(_MOST).itertuples()
    ]  # fmt: skip
    more = f"The first {_MOST} of {len(flipping)} are shown." if len(flipping) > _MOST else ""
    header = ["Item", "From", "To", "Total", "Band then"]
    return Html(
        markup.paragraphs(said) + markup.table(header, rows, "Steps that change the band", text=(0, 1, 2, 4))
        + markup.paragraphs(more, css="q")
    )  # fmt: skip


def _one_finding(found: Assessment) -> str:
    """What one finding more, and one less, would do; nothing where findings do not count."""
    fw, banded = found.framework, found.now.banded
    if not fw.counts_findings or banded.by_score[0] < 0:
        return ""
    allowed, n = [b.findings for b in fw.bands if b.findings is not None], int(found.now.sheets.findings[0])
    said = []
    for by, what in ((-1, "One finding less"), (1, "One finding more")):
        if n + by >= 0:
            place = max(int(banded.by_score[0]), sum(n + by > a for a in allowed))
            same = place == banded.final[0]
            said.append(f"{what} would {'leave it' if same else f'give {fw.bands[place].title.lower()}'}.")
    return " ".join(said)
