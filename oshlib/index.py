"""index.json and index.html: the truth about every report in a folder. It knows no measure and no framework."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from oshlib import __version__, front, places, since, whole
from oshlib.errors import OshError

Entry = dict[str, Any]

VERSION = 1
#: Tones of a verdict from worst to best, with the word under which the front page counts them.
TONES = {
    "fail": "failed",
    "bad": "unfavourable, clearly",
    "poor": "unfavourable, not clearly",
    "mix": "mixed",
    "na": "not determinable",
    "flat": "no direction, no bands, or not yet due",
    "ok": "favourable, not clearly",
    "good": "favourable, clearly",
}
#: What a stale entry takes over from the last good one beside its page.
_OF_PAGE = ("html", "card", "made", "since", "vanished")
_FAILED = {"words": "Failed", "symbol": "✕", "tone": "fail"}
_NO_VERDICT = {"words": "Done", "symbol": "●", "tone": "flat"}


def blank(notebook: str, source: Any, origin: str, name: str) -> Entry:
    """The entry of a report before anything is known of it; name and origin say where it goes and came from."""
    return {
        "notebook": notebook,
        "notebook_sha256": places.sha256(source) if source else None,
        "unit": "",
        "unit_id": "",
        "status": "failed",
        "stale": False,
        "error": None,
        "html": None,
        "ipynb": None,
        "parameters": {},
        "data_sha256": None,
        "data_place": None,
        "rows_used": None,
        "rows_left_out": None,
        "faults": {"errors": 0, "warnings": 0},
        "seconds": None,
        "headline": None,
        "name": name,
        "origin": origin,
        "card": None,
        "made": None,
        "since": None,
        "good": None,
        "vanished": False,
        "made_of": None,
        "html_sha256": None,
    }


def read(folder: Path) -> list[Entry]:
    """The entries of the folder's index, none where there is no index yet."""
    file = folder / "index.json"
    if not file.exists():
        return []
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
        return list(found["reports"])
    except (ValueError, KeyError, TypeError):
        raise OshError(f"{file}: cannot be read as an index of reports; move it away and run again") from None


def merge(old: Iterable[Entry], new: Iterable[Entry], folder: Path) -> list[Entry]:
    """New entries over old ones of the same notebook and unit; old ones stay while their page is there.

    A report that failed now, with a page from an earlier run, keeps that page and is marked stale.
    """
    fresh = {_key(e): e for e in new}
    kept = {_key(e): e for e in old}
    for key, entry in fresh.items():
        before = kept.get(key)
        if entry["status"] == "failed" and before and before.get("html") and (folder / before["html"]).exists():
            entry.update({k: before.get(k) for k in _OF_PAGE}, stale=True, good=_made_from(before))
    gone = {k for k, e in kept.items() if k not in fresh and e.get("html") and not (folder / e["html"]).exists()}
    merged = {k: e for k, e in {**kept, **fresh}.items() if k not in gone}
    return sorted(merged.values(), key=lambda e: (e["notebook"], e["unit"], e["unit_id"], e["name"]))


def mark_vanished(entries: Iterable[Entry], units: Mapping[str, Collection[str]]) -> list[Entry]:
    """Entries on a unit that its data file has no more; units: the ids in every file that was read.

    What was marked before stays so while its file is not read again.
    """
    read = {place_of(file): ids for file, ids in units.items()}
    return [{**e, "vanished": e["unit_id"] not in read[place]} if place else e for e, place in _places(entries, read)]


def place_of(data: Any) -> str:
    """Which file a path means, as a digest: a path of this machine is not for everyone to read."""
    return hashlib.sha256(places.actual(data).encode()).hexdigest()[:12]


def _places(entries: Iterable[Entry], read: Collection[str]) -> Iterator[tuple[Entry, str]]:
    """Every entry with the place of its data file, "" where that was not read or the report is about no single unit.

    The path that stands in an entry may be relative to another folder than that of this run; its place is not.
    """
    cached = lru_cache(maxsize=None)(place_of)
    for entry in entries:
        good = entry.get("good") or {}
        place = entry.get("data_place") or good.get("data_place")
        data = entry["parameters"].get("data") or good.get("parameters", {}).get("data")
        if not place and isinstance(data, str):
            place = cached(data)
        yield entry, str(place) if entry["unit_id"] and place in read else ""


def write(folder: Path, entries: list[Entry], generated: str) -> None:
    """Both files, each whole or not at all."""
    whole.put(folder / "index.json", _json(entries, generated).encode(), sync=False)
    rows: dict[str, list[dict[str, Any]]] = {}
    for entry in entries:
        if not entry.get("vanished"):
            rows.setdefault(entry["notebook"], []).append(_row(entry, generated))
    shown = [row for own in rows.values() for row in own]
    gone = [_gone(e) for e in entries if e.get("vanished")]
    page = front.page(
        sorted(
            (_group(name, own) for name, own in rows.items()),
            key=lambda group: group["rows"][0]["order"],  # the kind of report with the worst one first
        ),
        {"rows": gone, "order": "by report and unit"} if gone else None,
        generated=generated,
        version=__version__,
        total=len(entries),
        counts=_counts([row["tones"] for row in (*shown, *gone)]),
        changed=_changed(shown),
        gone_units=len({(row["data"], row["unit_id"]) for row in gone}),
    )
    whole.put(folder / "index.html", page.encode(), sync=False)


def _json(entries: Iterable[Entry], generated: str) -> str:
    """One report a line: with indented lines it would take three times as long, and a third more bytes."""
    head = _line({"version": VERSION, "generated": generated, "oshlib": __version__})
    return f'{head[:-1]}, "reports": [\n' + ",\n".join(map(_line, entries)) + "\n]}\n"


def _line(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def _made_from(entry: Entry) -> Entry:
    """What the page of an entry was made from; of a stale one, what it was when it was good."""
    return entry.get("good") or {k: entry.get(k) for k in since.SOURCES}


def _key(entry: Entry) -> tuple[str, str]:
    return entry["notebook"], entry["name"]


def _counts(tones: Sequence[str]) -> list[dict[str, Any]]:
    """How many reports there are of each tone; those on units that are gone by that, and as failed where they did."""
    numbers = Counter(tone for text in tones for tone in text.split())
    every = {**TONES, "gone": "on units no longer in the data"}
    return [
        {"tone": tone, "words": words, "number": numbers[tone]}
        for tone, words in every.items()
        if tone == "fail" or numbers[tone]
    ]


def _changed(rows: Sequence[dict[str, Any]]) -> str:
    """One sentence on all that changed, "" where nothing did."""
    verdicts = sum(len(row["was"]) for row in rows)
    reports = sum(row["revised"] > 0 for row in rows)
    said = [f"{verdicts} verdict{'' if verdicts == 1 else 's'} changed"] if verdicts else []
    said += [f"{reports} report{'' if reports == 1 else 's'} with revised figures"] if reports else []
    return f"Since the last report: {', '.join(said)}." if said else ""


def _gone(entry: Entry) -> dict[str, Any]:
    """The row of a report on a unit that its data file has no more."""
    row, card = _row(entry), entry.get("card") or {}
    data = {**entry["parameters"], **(entry.get("good") or {}).get("parameters", {})}.get("data", "")
    words = card.get("status", _NO_VERDICT)["words"]
    return {
        **row,
        "tones": "gone fail" if entry["status"] == "failed" else "gone",
        "report": row["kind"] or entry["notebook"].replace("_", " ").capitalize(),
        "words": words,
        "data": data,
        "made": entry.get("made") or "",
        "moment": "".join(c for c in entry.get("made") or "" if c.isdigit()),  # sorts as a number
        "find": f"{row['find']} {words} {data} no longer in the data".lower(),
    }


def _group(notebook: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """The reports of one notebook, worst first, under the columns that their cards name."""
    names = list(dict.fromkeys(name for row in rows for name in row["by_name"]))
    for row in rows:
        row["facts"] = [row["by_name"].get(name, "–") for name in names]
    return {
        "title": next((row["kind"] for row in rows if row["kind"]), notebook.replace("_", " ").capitalize()),
        "facts": names,
        "picture": next((row["picture"]["label"] for row in rows if row["picture"]), ""),
        "order": "the worst first",
        "rows": sorted(rows, key=lambda row: (row["order"], row["title"].casefold())),
    }


def _row(entry: Entry, generated: str = "") -> dict[str, Any]:
    """A report as the front page shows it; generated: when this run began, as a page of an earlier one is dated."""
    card = entry.get("card") or {}
    status = _FAILED if entry["status"] == "failed" else card.get("status", _NO_VERDICT)
    current = entry["status"] == "ok" and not entry.get("vanished")
    was, revised = (since.was(entry.get("since")), since.revised(entry.get("since"))) if current else ({}, 0)
    # A verdict that now stands first may have gone by its name.
    was = {"" if label == status.get("of") else label: words for label, words in was.items()}
    news = [f"was: {text}" for text in was.values()] + ([since.figures(revised, "revised")] if revised else [])
    title = entry["unit"] or card.get("title") or entry["name"].rpartition("/")[2]
    return {
        "title": title,
        "kind": card.get("kind", ""),
        "unit_id": entry["unit_id"],
        "html": entry["html"],
        "page_of": (entry.get("made") or "") if entry["html"] and entry.get("made") != generated else "",
        **status,
        "order": list(TONES).index(status["tone"]),
        "also": [] if entry["status"] == "failed" else card.get("also", []),
        "error": entry["error"] or "",
        "stale": entry["stale"],
        "tones": status["tone"],
        "was": was,
        "revised": revised,
        "revised_words": since.figures(revised, "revised"),
        "by_name": dict(card.get("facts", [])),
        "picture": _picture(card.get("picture")),
        "find": " ".join(
            [title, entry["unit_id"], entry["notebook"], status["words"], entry["error"] or "", *news]
        ).lower(),
    }


def _picture(picture: Any) -> dict[str, Any] | None:
    """A small line of the values from zero; a missing year is a gap, a lone year a dot."""
    if not picture or not any(v is not None for v in picture["values"]):
        return None
    values = picture["values"]
    top = max(v for v in values if v is not None) or 1.0
    step = 92 / max(1, len(values) - 1)
    points = [
        None if v is None else (round(4 + i * step, 1), round(24 - 20 * v / top, 1)) for i, v in enumerate(values)
    ]
    lines: list[list[tuple[float, float]]] = [[]]
    for point in points:
        if point is None:
            lines.append([])
        else:
            lines[-1].append(point)
    dots = [line[0] for line in lines if len(line) == 1] + [p for p in points if p is not None][-1:]
    return {
        "label": picture["label"],
        "lines": [" ".join(f"{x},{y}" for x, y in line) for line in lines if len(line) > 1],
        "dots": dots,
    }
