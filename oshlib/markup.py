"""Small pieces of HTML, every text in them escaped."""

from __future__ import annotations

import base64
import csv
import io
from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

#: Columns from which a table is set smaller, its words unbroken, and scrolls within the page.
_WIDE = 10


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
    name: str = "table",
) -> Html:
    """A table with row headings, a caption for screen readers and, with `export`, the same numbers unrounded as csv.

    text: the columns that hold words, set to the left. The csv travels inside the page, so it needs no network.
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
    wide = ' class="wide"' if len(header) >= _WIDE else ""
    link = f'<p class="get">{_csv_link(*export, name=name)}</p>' if export else ""
    return Html(
        f'<div class="scroll" tabindex="0" role="region" aria-label="{escape(caption)}"><table{wide}>'
        f'<caption class="vh">{escape(caption)}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{''.join(body)}</tbody></table></div>{link}"
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
        f'<div><dt>{escape(label)}</dt><dd>{escape(value)}</dd><dd class="q">{escape(more)}</dd></div>'
        for label, value, more in items
    )
    return Html(f'<dl class="{css}">{"".join(cells)}</dl>')


def bullets(items: Iterable[tuple[str, str]], css: str) -> Html:
    """A list of a bold code and its text."""
    return Html(f'<ul class="{css}">' + "".join(f"<li><b>{escape(a)}</b> {escape(b)}</li>" for a, b in items) + "</ul>")


def _left(index: int, text: Sequence[int]) -> str:
    return ' class="t"' if index in text else ""


def _csv_link(header: Sequence[str], rows: Sequence[Sequence[Any]], name: str) -> str:
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(header)
    for row in rows:
        # A spreadsheet would run a text that begins like a formula.
        writer.writerow([f"'{v}" if isinstance(v, str) and v[:1] in "=+-@\t\r" else v for v in row])
    data = base64.b64encode(file.getvalue().encode()).decode()
    return f'<a download="{escape(name)}.csv" href="data:text/csv;base64,{data}">these numbers as csv</a>'
