"""Small pieces of HTML, every text in them escaped."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

#: Columns from which a table is set smaller, its words unbroken, and scrolls within the page.
_WIDE = 10
#: Characters from which a fact is words, not a figure.
_FIGURE = 10


class Html(str):
    """HTML that Jupyter and the page show as such."""

    def _repr_html_(self) -> str:
        return str(self)

    def __repr__(self) -> str:
        return f"<{len(self)} characters of HTML>"


def table(
    header: Sequence[str],
    rows: Iterable[Sequence[Any]],
    caption: str,
    *,
    text: Sequence[int] = (0,),
    export: tuple[Sequence[str], Sequence[Sequence[Any]]] | None = None,
) -> Html:
    """A table with row headings and a caption, under which the page offers it as csv and as xlsx.

    text: the columns that hold words, set to the left. export: header and rows that are saved instead of what is
    shown: the same numbers unrounded, with what else belongs to them.
    """
    head = "".join(f'<th scope="col"{_left(i, text)}>{escape(str(h))}</th>' for i, h in enumerate(header))
    body = []
    for row in rows:
        cells = [str(c) if isinstance(c, Html) else escape(str(c)) for c in row]
        body.append(
            f'<tr><th scope="row">{cells[0]}</th>'
            + "".join(f"<td{_left(i, text)}>{c}</td>" for i, c in enumerate(cells[1:], start=1))
            + "</tr>"
        )
    numbers = _numbers(*export) if export else ""
    wide = ' class="wide"' if len(header) >= _WIDE else ""
    return Html(
        f'<div class="scroll" tabindex="0" role="region" aria-label="Table: {escape(caption)}"><table{wide}>'
        f'<caption class="vh">{escape(caption)}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{''.join(body)}</tbody></table>{numbers}</div>"
    )


def paragraphs(*texts: str, css: str = "") -> Html:
    """One paragraph a text, empty ones left out."""
    mark = f' class="{css}"' if css else ""
    return Html("".join(f"<p{mark}>{t if isinstance(t, Html) else escape(t)}</p>" for t in texts if t))


def chip(words: str, symbol: str, tone: str) -> Html:
    """A verdict by word, shape and colour."""
    return Html(
        f'<span class="chip {escape(tone)}"><span aria-hidden="true">{escape(symbol)}</span> {escape(words)}</span>'
    )


def with_note(value: str, note: str) -> Html:
    """A value with a word under it, where there is one to say."""
    return Html(escape(value) + (f'<span class="kind">{escape(note)}</span>' if note else ""))


def unit(name: str, unit_id: str) -> Html:
    """A unit's name; where the folder of reports holds pages on it, the page makes links of it."""
    more = f'<span class="kind">{escape(unit_id)}</span>' if unit_id != name else ""
    return Html(f'<span data-unit="{escape(unit_id)}">{escape(name)}</span>{more}')


def facts(items: Iterable[tuple[str, str, str]], css: str = "kpis") -> Html:
    """Label, value, and a line of explanation, side by side."""
    cells = (
        f'<div><dt>{escape(label)}</dt><dd{_small(value)}>{escape(value)}</dd><dd class="q">{escape(more)}</dd></div>'
        for label, value, more in items
    )
    return Html(f'<dl class="{css}">{"".join(cells)}</dl>')


def heat_strip(groups: Iterable[tuple[str, Iterable[tuple[str, str, str, str]]]]) -> Html:
    """A line of cells for every group; a cell is (id, its text, its shade, its full title).

    Shade: h0 (worst) to h4 (best), open, out; the text says the same without the colour.
    """
    lines = []
    for title, cells in groups:
        own = "".join(
            f'<li class="{escape(shade)}" title="{escape(full)}"><small>{escape(own.partition("-")[2] or own)}</small>'
            f"{escape(text)}</li>"
            for own, text, shade, full in cells
        )
        lines.append(f"<h3>{escape(title)}</h3><ul>{own}</ul>")
    return Html(f'<div class="strip">{"".join(lines)}</div>')


def bullets(items: Iterable[tuple[str, str]], css: str) -> Html:
    """A list of a bold code and its text."""
    return Html(f'<ul class="{css}">' + "".join(f"<li><b>{escape(a)}</b> {escape(b)}</li>" for a, b in items) + "</ul>")


def inert(json_text: str) -> str:
    """JSON that cannot end the block of the page in which it stands."""
    return json_text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _small(value: str) -> str:
    """Words are set smaller than figures, so that they are not broken."""
    return ' class="w"' if len(value) > _FIGURE else ""


def _left(index: int, text: Sequence[int]) -> str:
    return ' class="t"' if index in text else ""


def _numbers(header: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """A block that no browser runs and no reader sees."""
    text = json.dumps({"header": header, "rows": rows}, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return f'<script type="application/json">{inert(text)}</script>'
