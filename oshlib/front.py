"""index.html as a page: the first rows of every list as HTML, the others as data of which its script makes the same."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

import jinja2
from markupsafe import Markup, escape

from oshlib.markup import inert
from oshlib.page import HTML, policy

# A browser takes seconds to lay out ten thousand rows. Of so many in all, the first of each list are HTML; of more, so
# many of each, and so many of all lists together.
_FEW, _FIRST = 1000, 300
_EACH, _ALL = 200, 400
# Stands around every value of a row while it is told from the markup; no HTML can hold it.
_MARK = "\0"

#: A row as the script gets it: the number of its shape, and its values as they are, not escaped.
Row = list[int | str]


def page(groups: list[dict[str, Any]], gone: dict[str, Any] | None, **said: Any) -> str:
    """The front page; groups, gone: its lists, each with "rows" and the "order" in which they stand."""
    script = (HTML / "index.js").read_text(encoding="utf-8")
    drawing = _Drawing()
    lists = [(group, drawing.rows("report", group["rows"], group["picture"])) for group in groups]
    lists += [(gone, drawing.rows("gone", gone["rows"]))] if gone else []
    first = _first([len(rows) for _, rows in lists])
    for one, rows in lists:
        one |= {"first": first, "more": len(rows[first:]), "drawn": drawing.html(rows[:first])}
    rest = [rows[first:] for _, rows in lists]
    data = {"first": first, "shapes": list(drawing.shapes), "lists": rest}
    return (
        _environment()
        .get_template("index.html.j2")
        .render(
            csp=policy(script),
            style="".join((HTML / name).read_text(encoding="utf-8") for name in ("style.css", "index.css")),
            script=script,
            rest=inert(json.dumps(data, separators=(",", ":"), ensure_ascii=False)) if any(rest) else "",
            groups=groups,
            gone=gone,
            **said,
        )
    )


def _first(lengths: Sequence[int]) -> int:
    """How many rows of every list are shown at first.

    >>> _first([700]), _first([10_000]), _first([2_000] * 7)
    (300, 200, 50)
    """
    return _FIRST if sum(lengths) <= _FEW else min(_EACH, _ALL // len(lengths) // 10 * 10)


class _Drawing:
    """Rows by the macros of index_rows.html.j2: what is the same in many, their shape, is kept once."""

    def __init__(self) -> None:
        self.shapes: dict[tuple[str, ...], int] = {}
        self._macros = _environment(finalize=_marked).get_template("index_rows.html.j2").module

    def rows(self, macro: str, rows: Iterable[Any], *other: Any) -> list[Row]:
        """Every row as its shape and its values."""
        draw = getattr(self._macros, macro)
        return [self._row(draw(row, *other)) for row in rows]

    def html(self, rows: Iterable[Row]) -> str:
        """The same rows as HTML; index.js puts them together in the same way."""
        shapes = list(self.shapes)
        return "".join(
            part
            for shape, *values in rows
            for part, value in zip(shapes[int(shape)], [*values, ""], strict=True)
            for part in (part, escape(value))
        )

    def _row(self, drawn: str) -> Row:
        parts = str(drawn).split(_MARK)  # plain text: of Markup each part would count as escaped
        return [self.shapes.setdefault(tuple(parts[::2]), len(self.shapes)), *parts[1::2]]


def _environment(**options: Any) -> jinja2.Environment:
    return jinja2.Environment(loader=jinja2.FileSystemLoader(HTML), autoescape=True, trim_blocks=True, **options)


def _marked(value: Any) -> Markup:
    """A value as it is, between two marks; it is escaped when the row is put together."""
    return Markup(f"{_MARK}{str(value).replace(_MARK, '')}{_MARK}")  # noqa: S704
