"""What changed between two reports on the same unit: verdicts, figures, parameters, rows, the data file."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from oshlib import markup
from oshlib.markup import Html

#: What of an entry of index.json the next report is compared with.
KEPT = ("made", "card", "parameters", "data_sha256", "rows_used", "rows_left_out", "since")
#: What a report was made from; a stale entry keeps it of the report whose page it still has.
SOURCES = ("parameters", "data_sha256", "data_place", "rows_used", "rows_left_out")
_ROWS = {"rows_used": "Rows used", "rows_left_out": "Rows left out"}
_IN_TABLE = ("revised", "changed", "new", "gone", "parameter", "rows")
#: Who signs a report changes nothing that it says.
_SIGNATURES = ("prepared_by", "reviewed_by")
#: The count and the hours in the text of a figure.
_COUNTS = re.compile(r"[\d,.]+ \w+ in [\d,.]+ h\b")

Item = dict[str, str]


def last_good(entry: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """What the next report is compared with: the last good one of this entry, None where there never was one."""
    if entry is None or not entry.get("card"):
        return None
    return {k: v for k, v in {**entry, **(entry.get("good") or {})}.items() if k in KEPT}


def compare(before: Mapping[str, Any] | None, now: Mapping[str, Any]) -> dict[str, Any] | None:
    """What changed since the report `before`: its time stamp, and the items.

    Where nothing changed, or nothing but the data file around what is compared, what had changed before that: making a
    report again takes nothing from its reader. None: there is no earlier report, or none that differed.
    """
    if before is None:
        return None
    then, today = before["card"], now["card"] or {}
    chosen = _parameters(before["parameters"], now["parameters"])
    items = _verdicts(then, today) + _figures(then, today, bool(chosen))
    file = [p.get("data_sha256") for p in (before, now)]
    what = "data" if "figures" not in then or "figures" not in today else "data, no figure"
    only_data = [_item(what, "Data file", *map(str, file))] if file[0] != file[1] and not items else []
    items += chosen
    items += [
        _item("rows", label, _plain(before.get(name)), _plain(now.get(name)))
        for name, label in _ROWS.items()
        if before.get(name) != now.get(name)
    ]
    earlier = before.get("since")
    if not items and earlier and not all(_is_data(i) for i in earlier["items"]):
        return dict(earlier)
    items += only_data
    return {"made": before.get("made") or "", "items": items} if items else earlier


def sentence(since: Mapping[str, Any]) -> str:
    """All changes in one sentence.

    >>> sentence({"made": "2026-11-20 06:00 UTC", "items": [_item("revised", "Rate 2021", "5.0", "5.2")]})
    'Against the report of 2026-11-20 06:00 UTC: 1 figure was revised.'
    """
    items = since["items"]
    said = [
        f"{i['label'] or 'the verdict'} changed from “{i['before']}” to “{i['now']}”"
        for i in items
        if i["what"] == "verdict"
    ]
    said += _counted(items)
    parameters = [i["label"] for i in items if i["what"] == "parameter"]
    if parameters:
        said.append(f"the parameter{'s' if len(parameters) > 1 else ''} {', '.join(parameters)} changed")
    if any(i["what"] == "rows" for i in items):
        said.append("the number of rows changed")
    # A report may hold more than the figures that are compared: no more is claimed than was looked at.
    said += [
        "the data file changed" + ("" if i["what"] == "data" else "; of the figures compared none did")
        for i in items
        if _is_data(i)
    ]
    against = f"the report of {since['made']}" if since["made"] else "the report before"
    return f"Against {against}: {'; '.join(said)}."


def section(since: Mapping[str, Any]) -> Html:
    """The sentence, and a table of everything in it that has a value before and now."""
    rows = [[i["label"], i["before"], i["now"], i["what"]] for i in since["items"] if i["what"] in _IN_TABLE]
    caption = f"Changes since {'the report of ' + since['made'] if since['made'] else 'the report before'}"
    table = markup.table(["Figure", "Before", "Now", "What"], rows, caption, text=range(4)) if rows else Html()
    return Html(markup.paragraphs(sentence(since)) + table)


def was(since: Mapping[str, Any] | None) -> dict[str, str]:
    """The verdicts that changed, as they were, by label; that of the report itself under ""."""
    return {i["label"]: i["before"] for i in since["items"] if i["what"] == "verdict"} if since else {}


def revised(since: Mapping[str, Any] | None) -> int:
    """How many figures were revised."""
    return sum(i["what"] == "revised" for i in since["items"]) if since else 0


def figures(number: int, what: str) -> str:
    """So many figures.

    >>> figures(1, "revised"), figures(2, "revised")
    ('1 figure revised', '2 figures revised')
    """
    return f"{number} figure{'' if number == 1 else 's'} {what}"


def _counted(items: Sequence[Item]) -> list[str]:
    """How many figures were revised, have changed, are new, are gone; none where none is."""
    said: list[str] = []
    for what, one, more in (
        ("revised", "was", "were"),
        ("changed", "has", "have"),
        ("new", "is", "are"),
        ("gone", "is", "are"),
    ):
        n = sum(i["what"] == what for i in items)
        noun = f" figure{'' if n == 1 else 's'}" if not said else ""
        if n:
            said.append(f"{n}{noun} {one if n == 1 else more} {what}")
    return [", ".join(said)] if said else []


def _verdicts(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[Item]:
    """The main verdict first; of the others those that both reports have.

    A verdict is compared with that on the same measure: where another one stands first now, each goes by its name.
    """
    names = [(card.get("status") or {}).get("of", "") for card in (before, now)]
    same = names[0] == names[1] or not all(names)  # a card of an earlier version does not say what it is of
    then, today = (_words(card, "" if same else name) for card, name in zip((before, now), names, strict=True))
    return [_item("verdict", k, then[k], v) for k, v in today.items() if k in then and then[k] != v]


def _words(card: Mapping[str, Any], name: str) -> dict[str, str]:
    main = {name: card["status"]["words"]} if card.get("status") else {}
    return main | {other["label"]: other["words"] for other in card.get("also", [])}


def _figures(before: Mapping[str, Any], now: Mapping[str, Any], asked_otherwise: bool) -> list[Item]:
    """Revised and new ones in the order of this report, then those that are gone; none where a report lists none.

    asked_otherwise: other parameters make other figures of the same data, so only one of another count is revised.
    """
    if "figures" not in before or "figures" not in now:
        return []
    then, today = dict(before["figures"]), dict(now["figures"])
    items = [
        _item(_differs(then.get(label), text, asked_otherwise), label, then.get(label, "–"), text)
        for label, text in today.items()
        if then.get(label) != text
    ]
    return items + [_item("gone", label, text, "–") for label, text in then.items() if label not in today]


def _differs(then: str | None, now: str, asked_otherwise: bool) -> str:
    if then is None:
        return "new"
    counts = [_COUNTS.findall(text) for text in (then, now)]
    return "changed" if asked_otherwise and (counts[0] == counts[1] or not all(counts)) else "revised"


def _is_data(item: Item) -> bool:
    return item["what"].startswith("data")


def _parameters(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[Item]:
    """Those that both reports have, but signatures: what a newer notebook adds was not chosen by anyone."""
    return [
        _item("parameter", name, _plain(before[name]), _plain(value))
        for name, value in now.items()
        if name in before and name not in _SIGNATURES and before[name] != value
    ]


def _item(what: str, label: str, before: str, now: str) -> Item:
    return {"what": what, "label": label, "before": before, "now": now}


def _plain(value: Any) -> str:
    """A value of a parameter as it is written in its file."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
