"""The lists of an area office as tables: by area, around the line, one by one, undetermined, and by day."""

from __future__ import annotations

from typing import Any

import pandas as pd
import plotly.graph_objects as go

from oshlib import charts, markup, words
from oshlib.markup import Html
from oshlib.rates import measure
from oshlib.report.parts import unrounded
from oshlib.report.placed import chance, day, inspection, letters, limits, many, near, nearest, only
from oshlib.study.targeting import Targeting

#: Rows of the table on the page; saved as csv or xlsx it holds everybody on a list.
MOST_ROWS = 300
#: Establishments around the line that are drawn and shown.
_NEAR = 24
#: Rows that a page carries for saving: more would make it too heavy to open.
_MOST_SAVED = 20_000
_SAVED = [
    "unit_id", "unit", "area", "sic", "naics", "employees", "year", "list", "rule", "source", "cases", "hours", "value",
    "low", "high", "line", "luck", "edge", "fewer", "fewer_list", "more", "more_list", "lacking", "code", "letter",
    "worker_letter", "notify_by", "enrol_by", "inspect_from", "finish_by", "notes",
]  # fmt: skip


def saved(rows: pd.DataFrame) -> tuple[list[str], Any]:
    """Establishments as they are saved from the page: unrounded, days as text, what is missing blank."""
    kept = rows[[c for c in _SAVED if c in rows]].copy()
    for name in kept.select_dtypes("datetime").columns:
        kept[name] = kept[name].dt.strftime("%Y-%m-%d").fillna("")
    kept = kept.loc[:, [not (kept[c].isna() | kept[c].astype(str).eq("")).all() for c in kept]]
    return unrounded(kept.head(_MOST_SAVED))


def list_table(f: Targeting) -> Html | None:
    """Every list by area office; all add up."""
    if f.unit is not None:
        return None
    counts = pd.crosstab(f.table["area"], f.table["list"]).reindex(columns=list(f.counts), fill_value=0)
    shown = [x.id for x in f.directive.lists]
    rows = [
        [area, f"{int(row.sum()):,}", *(f"{int(row[name]):,}" for name in shown)] for area, row in counts.iterrows()
    ]
    if len(rows) > 1:
        rows.append(["All", f"{len(f.table):,}", *(f"{f.counts[name]:,}" for name in shown)])
    header = ["Area office", "Establishments", *(f.directive.title_of(name) for name in shown)]
    export = unrounded(counts.rename_axis("area").reset_index().rename_axis(columns=None))
    total = " + ".join(f"{f.counts[name]:,}" for name in shown)
    holds = "holds" if sum(f.counts[name] for name in shown) == len(f.table) else "fails"
    check = markup.paragraphs(f"Everybody stands on one list: {total} = {len(f.table):,} ({holds}).", css="q")
    return Html(markup.table(header, rows, "Establishments by area office and list", export=export) + check)


def near_figure(f: Targeting) -> go.Figure | None:
    """Those around the line, with their intervals."""
    rows = near(f).head(_NEAR)
    if f.unit is not None or rows.empty:
        return None
    m = measure(f.directive.measure)
    shown = [one for one in limits(f) if one[1] <= rows["high"].max()]
    return charts.line_chart(rows.sort_values("value", ascending=False), shown, m.id, m.base)


def near_table(f: Targeting) -> Html | None:
    """What would move them, and the chance of so many cases, or so few, if the true rate lay just on the line."""
    if f.unit is not None:
        return None
    rows = near(f)
    if rows.empty:
        return markup.paragraphs("Nobody's list hangs on a single case.")
    shown = [
        [
            markup.unit(r.unit, r.unit_id), f"{r.cases:,.0f}", f"{r.hours:,.0f}", words.number(r.value, 2),
            words.span(r.low, r.high, 1), markup.with_note(f.directive.title_of(str(r.list)), only(f, r)),
            nearest(f, r), f"{r.line:g}", chance(r, f.confidence),
        ]
        for r in rows.head(_NEAR).itertuples()
    ]  # fmt: skip
    header = [
        "Establishment", "Cases", "Hours", f.directive.measure, f"{words.share(f.confidence)} interval", "List",
        "Nearest change", "Line", "So far from it by luck",
    ]  # fmt: skip
    text = f"{many(len(rows))} would change lists with one case more or less; {_sides(rows)}."
    more = f" The {_NEAR} whose rates are nearest to it are shown." if len(rows) > _NEAR else ""
    export = saved(rows.head(MOST_ROWS))
    return Html(
        markup.paragraphs(text + more)
        + markup.table(header, shown, "Establishments around the line", text=(0, 5, 6, 8), export=export)
    )


def everybody(f: Targeting) -> Html | None:
    """Establishment by establishment: list, reason, code, letters and days."""
    if f.unit is not None:
        return None
    order = {name: i for i, name in enumerate(x.id for x in f.directive.lists)}
    table = f.table.assign(order=f.table["list"].astype(str).map(order))
    table = table.sort_values(["order", "area", "value", "unit_id"], ascending=[True, True, False, True])
    rows = [_row(f, r) for r in table.head(MOST_ROWS).itertuples()]
    header = ["Establishment", "List, code", f.directive.measure, "Why", "Nearest change", "Inspection, letters"]
    kept = table if len(table) <= MOST_ROWS else table[~table["list"].isin(["not_listed", "out_of_scope"])]
    export = saved(kept)
    text = ""
    if len(table) > MOST_ROWS:
        text = f"The first {MOST_ROWS} of {len(table):,} are shown; saved as csv or xlsx the table holds all "
        text += f"{len(kept):,} that are listed or open"
        text += f" but the last {len(kept) - _MOST_SAVED:,}." if len(kept) > _MOST_SAVED else "."
    shown = markup.table(header, rows, "Everybody, list by list", text=(0, 1, 3, 4, 5), export=export)
    return Html(shown + markup.paragraphs(text, css="q"))


def open_table(f: Targeting) -> Html | None:
    """Those on no list because something is missing, and what that is."""
    rows = f.table[f.table["list"].eq("undetermined")]
    if f.unit is not None:
        return None
    if rows.empty:
        return markup.paragraphs("None: everybody has a list.")
    shown = [
        [markup.unit(r.unit, r.unit_id), r.area, words.number(r.value, 2), r.lacking.replace("_", " ")]
        for r in rows.head(MOST_ROWS).itertuples()
    ]
    by_what = rows["lacking"].astype(str).value_counts()
    said = "; ".join(f"{what.replace('_', ' ')}: {n:,}" for what, n in by_what.items())
    export = saved(rows.head(20 * MOST_ROWS))
    header = ["Establishment", "Area", f.directive.measure, "What lacks"]
    return Html(
        markup.paragraphs(f"{many(len(rows))}. {said}.")
        + markup.table(header, shown, "Establishments without a list", text=(0, 1, 3), export=export)
    )


def plan_table(f: Targeting) -> Html | None:
    """The days of the directive in order, with how many establishments each binds."""
    if f.unit is not None:
        return None
    events = [(pd.Timestamp(on), text, source) for on, text, source in f.directive.plan]
    kinds = {
        "enrol_by": "Last day to join",
        "inspect_from": "First possible inspection",
        "finish_by": "To be finished",
    }
    drawn = {i for d in f.draws if d.list in set(f.table["list"]) for i in d.draw}
    for kind, text in kinds.items():
        for (on, name), part in f.table.groupby([kind, "list"], observed=True):
            picked = part[part["unit_id"].isin(drawn)]
            n = f"{len(part):,}"
            if any(d.list == name for d in f.draws):
                if picked.empty:
                    continue
                n = f"{len(picked):,} drawn of {n}" + (
                    f": {words.listed(picked['unit'].tolist())}" * (len(picked) <= 3)
                )
            events.append((on, f"{text}: {f.directive.title_of(str(name))} ({n})", "this file"))
    if not events:
        return markup.paragraphs("This directive's data hold no days.")
    rows = [[day(on), text, source] for on, text, source in sorted(events, key=lambda e: (e[0], e[2]))]
    return markup.table(["Day", "What", "Source"], rows, "Work plan by day", text=(0, 1, 2))


def _sides(rows: pd.DataFrame) -> str:
    over = int(rows["kind"].str.startswith("over").sum())
    return f"{over:,} over its line and {len(rows) - over:,} below it"


def _row(f: Targeting, r: Any) -> list[Any]:
    rate = f"{words.cases(r.cases)}, {words.span(r.low, r.high, 1)}" if r.value == r.value else ""
    why = markup.with_note(r.rule, r.source) if r.rule else r.lacking.replace("_", " ")
    return [
        Html(markup.unit(r.unit, r.unit_id) + markup.with_note("", r.area)),
        markup.with_note(f.directive.title_of(str(r.list)), str(r.code)),
        markup.with_note(words.number(r.value, 2), rate),
        why,
        nearest(f, r),
        markup.with_note(inspection(r), letters(r) if r.letter else ""),
    ]
