"""index.json and index.html: the truth about every report in a folder. It knows no measure and no framework."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import jinja2

from oshlib import __version__
from oshlib.errors import OshError
from oshlib.page import HTML, policy

Entry = dict[str, Any]

VERSION = 1
#: Tones of a verdict from worst to best, with the word under which the front page counts them.
TONES = {
    "fail": "failed",
    "bad": "unfavourable, clearly",
    "poor": "unfavourable, perhaps by chance",
    "mix": "mixed",
    "na": "not determinable",
    "flat": "no direction, or not yet due",
    "ok": "favourable, perhaps by chance",
    "good": "favourable, clearly",
}
_FAILED = {"words": "Failed", "symbol": "✕", "tone": "fail"}
_NO_VERDICT = {"words": "Done", "symbol": "●", "tone": "flat"}


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
            entry.update(html=before["html"], stale=True, card=before.get("card"))
    gone = [k for k, e in kept.items() if k not in fresh and e.get("html") and not (folder / e["html"]).exists()]
    merged = {k: e for k, e in {**kept, **fresh}.items() if k not in gone}
    return sorted(merged.values(), key=lambda e: (e["notebook"], e["unit"], e["unit_id"], e["name"]))


def write(folder: Path, entries: list[Entry], generated: str) -> None:
    """Both files, each whole or not at all."""
    index = {"version": VERSION, "generated": generated, "oshlib": __version__, "reports": entries}
    _put(folder / "index.json", json.dumps(index, indent=1, ensure_ascii=False, allow_nan=False) + "\n")
    script = (HTML / "index.js").read_text(encoding="utf-8")
    environment = jinja2.Environment(loader=jinja2.FileSystemLoader(HTML), autoescape=True, trim_blocks=True)
    rows = [(e["notebook"], _row(e)) for e in entries]
    page = environment.get_template("index.html.j2").render(
        csp=policy(script),
        style=(HTML / "style.css").read_text(encoding="utf-8"),
        script=script,
        generated=generated,
        version=__version__,
        total=len(entries),
        counts=[
            {"tone": tone, "words": words, "number": sum(row["tone"] == tone for _, row in rows)}
            for tone, words in TONES.items()
            if tone == "fail" or any(row["tone"] == tone for _, row in rows)
        ],
        groups=[_group(name, [row for n, row in rows if n == name]) for name in dict.fromkeys(n for n, _ in rows)],
    )
    _put(folder / "index.html", page)


def _key(entry: Entry) -> tuple[str, str]:
    return entry["notebook"], entry["name"]


def _group(notebook: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """The reports of one notebook, worst first, under the columns that their cards name."""
    names = list(dict.fromkeys(name for row in rows for name in row["by_name"]))
    for row in rows:
        row["facts"] = [row["by_name"].get(name, "–") for name in names]
    return {
        "title": next((row["kind"] for row in rows if row["kind"]), notebook.replace("_", " ").capitalize()),
        "facts": names,
        "picture": next((row["picture"]["label"] for row in rows if row["picture"]), ""),
        "rows": sorted(rows, key=lambda row: (row["order"], row["title"].casefold())),
    }


def _row(entry: Entry) -> dict[str, Any]:
    card = entry.get("card") or {}
    status = _FAILED if entry["status"] == "failed" else card.get("status", _NO_VERDICT)
    title = entry["unit"] or card.get("title") or entry["name"].rpartition("/")[2]
    return {
        "title": title,
        "kind": card.get("kind", ""),
        "unit_id": entry["unit_id"],
        "html": entry["html"],
        **status,
        "order": list(TONES).index(status["tone"]),
        "also": [] if entry["status"] == "failed" else card.get("also", []),
        "error": entry["error"] or "",
        "stale": entry["stale"],
        "by_name": dict(card.get("facts", [])),
        "picture": _picture(card.get("picture")),
        "find": f"{title} {entry['unit_id']} {entry['notebook']} {status['words']} {entry['error'] or ''}".lower(),
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


def _put(file: Path, text: str) -> None:
    part = file.with_name(f".{file.name}.part")
    part.write_text(text, encoding="utf-8")
    part.replace(file)
