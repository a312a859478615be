"""Charts that stay on the screen and change: of a new figure only what differs travels to the browser."""

from __future__ import annotations

import re
from collections.abc import Mapping
from copy import deepcopy
from typing import Any

import plotly.graph_objects as go

from oshlib.charts.style import CONFIG

#: A live chart takes its size before it is on the screen, so it cannot ask how much room there is.
WIDTH = 460
_SIZE = {"width": WIDTH, "height": 400}
_EMPTY = {"template": {}, **_SIZE, "xaxis": {"visible": False}, "yaxis": {"visible": False}}


_BUNDLE = str(go.FigureWidget._esm)
_FACTORY = re.findall(r"(\w+) as default\};", _BUNDLE)[-1:]  # what the bundle exports stands at its end
# Each FigureWidget brings the whole of plotly.js, 5 MB, which a browser must read within two seconds or give it up.
# One of them does, and lends it to the others. Where plotly is built in another way, each brings its own.
_LENDING = f"{_BUNDLE}\nglobalThis.oshlibPlotly = {_FACTORY[0]};" if _FACTORY else _BUNDLE
_BORROWING = """
export default () => {
  let own;
  return {
    async render(context) {
      while (!globalThis.oshlibPlotly) await new Promise((again) => setTimeout(again, 25));
      if (!own) (own = globalThis.oshlibPlotly()).initialize(context);
      return own.render(context);
    },
  };
};
"""


class _Lender(go.FigureWidget):  # type: ignore[misc]  # plotly has no types
    _esm = _LENDING


class _Borrower(go.FigureWidget):  # type: ignore[misc]
    _esm = _BORROWING if _FACTORY else _BUNDLE


def blank(first: bool = True) -> go.FigureWidget:
    """A live chart that shows nothing yet. first: of those on one page, the one that brings plotly.js."""
    drawn = (_Lender if first else _Borrower)(layout=_EMPTY)
    drawn._config = {**drawn._config, **CONFIG}
    return drawn


def redraw(drawn: go.FigureWidget, figure: go.Figure | None, before: Any) -> Any:
    """Bring a live chart up to date with a figure (None: nothing to show); what it shows now, for the next time.

    before: what it showed, as this function gave it; None at first.
    """
    now = (figure if figure is not None else go.Figure(layout=_EMPTY)).to_plotly_json()
    now["layout"] = {**now["layout"], **_SIZE, "paper_bgcolor": "#fff", "plot_bgcolor": "#fff", "meta": None}
    # plotly keeps a copy of both for views that are still to come (a page that is loaded again), and refreshes it only
    # where a chart is shown by itself. The views that are there hear of changes by message: the copy need not travel.
    if before is None or [t["type"] for t in before["data"]] != [t["type"] for t in now["data"]]:
        with drawn.batch_update():
            drawn.data = []
            drawn.add_traces(now["data"])
            # By what differs, here too: of a whole new layout plotly sends what is in it, and keeps what no longer is.
            _set(drawn.layout, differences(now["layout"], before["layout"] if before else {}))
        drawn._widget_data, drawn._widget_layout = deepcopy(drawn._data), deepcopy(now["layout"])
    else:
        with drawn.batch_update():
            for trace, new, old in zip(drawn.data, now["data"], before["data"], strict=True):
                _set(trace, differences(new, old))
            _set(drawn.layout, differences(now["layout"], before["layout"]))
        drawn._widget_data[:] = now["data"]
        drawn._widget_layout.clear()
        drawn._widget_layout.update(now["layout"])
    return now


def _set(part: Any, changes: Mapping[str, Any]) -> None:
    for name, value in changes.items():
        part[name] = value


def differences(now: Mapping[str, Any], before: Mapping[str, Any]) -> dict[str, Any]:
    """The properties that differ, under dotted names; None where one is gone.

    >>> differences({"x": [1, 2], "line": {"width": 2}}, {"x": [1, 3], "line": {"width": 2, "dash": "dot"}})
    {'x': [1, 2], 'line.dash': None}
    """
    new, old = _flat(now), _flat(before)
    return {name: new.get(name) for name in {**old, **new} if new.get(name) != old.get(name)}


def _flat(value: Mapping[str, Any], path: str = "") -> dict[str, Any]:
    """Nested properties under dotted names, as plotly writes them; lists are leaves."""
    flat: dict[str, Any] = {}
    for key, inner in value.items():
        flat |= _flat(inner, f"{path}{key}.") if isinstance(inner, Mapping) else {f"{path}{key}": inner}
    return flat
