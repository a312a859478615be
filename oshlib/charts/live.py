"""Charts that stay on the screen and change: of a new figure only what differs travels to the browser."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import plotly.graph_objects as go

#: plotly's button that uploads a chart is never offered.
_CONFIG = {"displaylogo": False, "showSendToCloud": False, "plotlyServerURL": ""}
#: A live chart takes its size before it is on the screen, so it cannot ask how much room there is.
WIDTH = 470
_SIZE = {"width": WIDTH, "height": 400}
_EMPTY = {"template": {}, **_SIZE, "xaxis": {"visible": False}, "yaxis": {"visible": False}}


def blank() -> go.FigureWidget:
    """A live chart that shows nothing yet."""
    drawn = go.FigureWidget(layout=_EMPTY)
    drawn._config = {**drawn._config, **_CONFIG}
    return drawn


def redraw(drawn: go.FigureWidget, figure: go.Figure | None, before: Any) -> Any:
    """Bring a live chart up to date with a figure (None: nothing to show); what it shows now, for the next time.

    before: what it showed, as this function gave it; None at first.
    """
    now = (figure if figure is not None else go.Figure(layout=_EMPTY)).to_plotly_json()
    now["layout"] = {**now["layout"], **_SIZE, "paper_bgcolor": "#fff", "plot_bgcolor": "#fff", "meta": None}
    if before is None or [t["type"] for t in before["data"]] != [t["type"] for t in now["data"]]:
        with drawn.batch_update():
            drawn.data = []
            drawn.add_traces(now["data"])
            drawn.layout = now["layout"]
    else:
        with drawn.batch_update():
            for trace, new, old in zip(drawn.data, now["data"], before["data"], strict=True):
                _set(trace, differences(new, old))
            _set(drawn.layout, differences(now["layout"], before["layout"]))
    # plotly keeps these for a page that is loaded again, and refreshes them only where a chart is shown by itself.
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
