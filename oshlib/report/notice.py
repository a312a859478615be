"""One establishment: why it stands on its list, what would change that, and the notice to it, in our own words."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go

from oshlib import charts, markup, words
from oshlib.markup import Html
from oshlib.rates import measure
from oshlib.report.drawn import odds
from oshlib.report.lists import saved
from oshlib.report.placed import bordering, chance, day, inspection, kind, limits, listed_as, many, nearest, share_of
from oshlib.study.targeting import Targeting, levers, row_of
from oshlib.targeting import columns
from oshlib.targeting.explain import tests

_LOOKS = {
    "primary_not_offered": ("▲", "bad"),
    "primary_nonparticipant": ("△", "poor"),
    "secondary": ("◆", "flat"),
    "tertiary": ("◇", "ok"),
    "nonresponder": ("△", "poor"),
    "not_listed": ("●", "good"),
    "removed": ("●", "good"),
    "out_of_scope": ("○", "na"),
    "undetermined": ("○", "na"),
}
_HOLDS = {True: "✓ yes", False: "✕ no", None: "○ not known"}


def unit_status(f: Targeting) -> tuple[str, str, str]:
    """The establishment's list: words, symbol, tone."""
    name = str(f.unit["list"])
    return (f.directive.title_of(name), *_LOOKS[name])


def unit_verdict(f: Targeting) -> Html:
    """The list, the rate that led to it and its interval, and what would change it."""
    r = f.unit
    name = str(r["list"])
    if name == "undetermined":
        lacking = str(r["lacking"]).replace("_", " ")
        say = f"{r['unit']} stands on no list yet. {lacking[:1].upper()}{lacking[1:]}. That would decide."
    else:
        say = f"{r['unit']} stands on this list: {f.directive.title_of(name)} ({r['rule']})."
    rate = "It has no rate."
    if r["value"] == r["value"]:
        rate = (
            f"{f.directive.measure} {words.number(r['value'], 2)}: {many(int(r['cases']), 'case')} in "
            f"{r['hours']:,.0f} hours of {f.year} ({words.share(f.confidence)} interval "
            f"{words.span(r['low'], r['high'], 1)})."
        )
    luck, near = "", _at_its_line(f)
    b = near.iloc[0]
    if b["luck"] == b["luck"]:
        over = str(kind(near, f).iloc[0]).startswith("over")
        side = "as many cases or more" if over else "as few cases or fewer"
        part, told = share_of(b["luck"]), "cannot" if b["luck"] > (1 - f.confidence) / 2 else "can"
        luck = (
            f"If the true rate lay just on the line of {b['line']:g}, {side} would come in {part} of years: it {told} "
        )
        luck += "be told from the line."
    edge = "The other way of comparing a rate with a printed limit gives another list." if r["edge"] else ""
    return Html(
        f'<p class="status">{markup.chip(*unit_status(f))} <span class="q">{f.directive.id}</span></p>'
        + markup.paragraphs(say, css="say")
        + markup.paragraphs(" ".join(x for x in (rate, luck, edge) if x), css="sub")
        + markup.facts(
            [
                (f.directive.measure, words.number(r["value"], 2), words.span(r["low"], r["high"], 1)),
                ("Nearest change", nearest(f, r), "cases, with the hours as they are"),
                ("Inspection", inspection(r), "the days that bind this list"),
                ("Code", str(r["code"]) or "–", f.directive.coding if r["code"] else ""),
            ]
        )
    )


def limits_figure(f: Targeting) -> go.Figure | None:
    """The rate of the establishment and its interval against every limit of the plan."""
    if f.unit is None or f.unit["value"] != f.unit["value"]:
        return None
    row = _at_its_line(f)
    m = measure(f.directive.measure)
    return charts.line_chart(row.assign(kind=kind(row, f)), limits(f), m.id, m.base)


def rate_table(f: Targeting) -> Html | None:
    """The numbers of the chart."""
    if f.unit is None or f.unit["value"] != f.unit["value"]:
        return None
    row = _at_its_line(f)
    r = row.iloc[0]
    shown = [
        r["unit"], f"{r['cases']:,.0f}", f"{r['hours']:,.0f}", words.number(r["value"], 2),
        words.span(r["low"], r["high"], 2), f"{r['line']:g}" if r["line"] == r["line"] else "–",
        chance(r, f.confidence),
    ]  # fmt: skip
    header = [
        "Establishment", "Cases", "Hours", f.directive.measure, f"{words.share(f.confidence)} interval", "Line",
        "So far from it by luck",
    ]  # fmt: skip
    return markup.table(header, [shown], "The rate and its interval", text=(0, 6), export=saved(row))


def _at_its_line(f: Targeting) -> Any:
    """The establishment's row, its line being the one that its nearest change would cross, as on the office's page."""
    return bordering(f.table[f.table["unit_id"].eq(f.unit["unit_id"])], f)


def why_table(f: Targeting) -> Html | None:
    """Every test up to the one that decided: what it asks, what was found, whether it holds."""
    if f.unit is None:
        return None
    rows = [
        [
            t.because[0].upper() + t.because[1:], t.asks, t.found, _HOLDS[t.holds],
            f"{f.directive.title_of(t.gives)}{': decided' if t.decided else ''}", t.source,
        ]
        for t in tests(row_of(f), columns(), f.directive, f.compare)
    ]  # fmt: skip
    header = ["Test", "Asks", "Found", "Holds", "Would lead to", "Source"]
    return markup.table(header, rows, "Every test, in the order in which they are tried", text=range(6))


def change_table(f: Targeting) -> Html | None:
    """What would put it on another list: cases, and what it can do."""
    if f.unit is None:
        return None
    r = f.unit
    rows = [
        [f"{many(int(n), 'case')} {side}, hours as they are", f.directive.title_of(str(to))]
        for side, n, to in (("fewer", r["fewer"], r["fewer_list"]), ("more", r["more"], r["more_list"]))
        if n == n
    ]
    rows += [[title, f.directive.title_of(after)] for title, after in levers(f)]
    if not rows:
        return markup.paragraphs("Neither a number of cases nor anything it can do under this plan.")
    return markup.table(["What", "It would then stand on"], rows, "What would change the list", text=(0, 1))


def notice(f: Targeting) -> Html | None:
    """The notice to the establishment: where it stands, why, what it can do, and by when."""
    if f.unit is None:
        return None
    r, name = f.unit, str(f.unit["list"])
    means = next((x.means for x in f.directive.lists if x.id == name), "")
    items = [
        ("To", f"{r['unit']} ({r['unit_id']}), {r['area']}."),
        ("Where you stand", f"{f.directive.title_of(name)}, under {f.directive.id}: {means}."),
        ("Your rate", _own_rate(f)),
        ("Why", f"{r['rule'] or r['lacking'].replace('_', ' ')}{_bracketed(r['source'])}."),
        *(("You can", f"{_begin(title)}; you would then stand here: {listed_as(f, to)}.") for title, to in levers(f)),
        ("Days", _days(f)),
        ("Draw", odds(f)),
        ("Note", f"{r['notes']}." if r["notes"] else ""),
        ("Enclosed", _enclosed(f)),
    ]
    last = (
        "If a number above is wrong, say so with the log of the year: the rate is worked out again from it. "
        "Inspections after a fatality, a complaint or a referral depend on no list."
    )
    said = [(f"{what}:", text[0].upper() + text[1:]) for what, text in items if text]
    return Html(markup.bullets(said, "notice") + markup.paragraphs(last))


def _own_rate(f: Targeting) -> str:
    r = f.unit
    if r["value"] != r["value"]:
        return f"not known: {f.directive.measure} needs the lost-workday cases and the hours of {f.year}."
    line = f"; the line is {r['line']:.{f.directive.decimals}f}" if r["line"] == r["line"] else ""
    return (
        f"{f.directive.measure} {words.number(r['value'], f.directive.decimals)} in {f.year}: "
        f"{many(int(r['cases']), 'lost-workday case')} in {r['hours']:,.0f} hours worked, per 200,000 hours{line}."
    )


def _days(f: Targeting) -> str:
    r, said = f.unit, []
    if str(r["list"]) == "primary_nonparticipant" and day(r["enrol_by"]) != "–":
        said.append(f"an agreement must be in by {day(r['enrol_by'])}")
    if day(r["inspect_from"]) != "–":
        said.append(f"an inspection can come from {day(r['inspect_from'])} on")
    if day(r["finish_by"]) != "–":
        said.append(f"those of this list are finished by {day(r['finish_by'])}")
    return f"{words.listed(said)}." if said else ""


def _enclosed(f: Targeting) -> str:
    r = f.unit
    if not r["letter"]:
        return ""
    workers = f" and, to the workers, {r['worker_letter']}" if r["worker_letter"] else ""
    return f"{r['letter']}{workers}."


def _bracketed(text: str) -> str:
    return f" ({text})" if text else ""


def _begin(title: str) -> str:
    return title[0].lower() + title[1:]
