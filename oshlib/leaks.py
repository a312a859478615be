"""Search of a folder for identifiers, however they are written: escaped, encoded, in another case, in chart data."""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

import numpy as np

from oshlib.identifiers import Identifier, normal
from oshlib.spelt import LONG, WORD, Wanted, days

#: Kinds of file that can be searched as text.
SEARCHED = (".html", ".ipynb", ".json", ".js")
# A unit of measure right behind a number (hours, but not the a of 12a), and where a number ends.
_UNIT = r"(?=[a-z]*[g-z][a-z]*(?![^\W_]))"
_END = rf"(?:(?![^\W_])|{_UNIT})"
# Thousands set apart by commas; between brackets or after a comma they are numbers of their own.
_GROUPED = re.compile(r"(?<![\w.,\[])\d{1,3}(?:,\d{3})+(?![\d\]]|,\d)")
_ANY_GROUPED = re.compile(rf"(?<![^\W_])\d{{1,3}}([,' .])\d{{3}}(?:\1\d{{3}})*(?:\.\d+)?{_END}")
_NUMBER = re.compile(r"(?<![^\W_])\d+(?:\.\d+)*(?:e[+-]?\d+)?(?:(?![^\W_])|(?=h\b))")
_WITH_UNIT = re.compile(rf"(?<![^\W_])(?<!\d[.,])\d{{{LONG},}}(?:\.\d+)?{_UNIT}")
_PART_OF = re.compile(r"\d[-/:]$|&#$")
_ESCAPE = re.compile(r"(?:\\u[0-9a-fA-F]{4})+|\\U[0-9a-fA-F]{8}|\\x[0-9a-fA-F]{2}|\\[\"'\\/bfnrt]")
_SHORT = {"b": " ", "f": " ", "n": "\n", "r": "\n", "t": "\t"}
_TAG = re.compile(r"<[^<>]*>")
_INLINE = re.compile(r"</?(?:a|b|code|em|i|mark|s|small|span|strong|sub|sup|u|wbr)(?:\s[^<>]*)?/?>", re.IGNORECASE)
_ARRAY = re.compile(r'\{[^{}]*"bdata"[^{}]*\}')
_PICTURE = re.compile(
    r"data:image/(?:png|jpe?g|gif|webp)[^,]{0,40},"
    r'|"(?:(?:image/(?!svg)|audio/|video/|font/)[\w.+-]+|application/(?:pdf|zip|gzip|octet-stream))"\s*:'
)
_DATA = re.compile(r"data:([\w/+.-]*)(?:;[\w=.-]+)*;base64,\s*([\w+/=%\s-]*)")
# Base64 that could be text, also in lines of a mail.
_BASE64 = re.compile(r"(?<![\w+/-])(?:[\w+/-]{76}\n|[\w+/-]{64}\n)*[\w+/-]{12,}={0,2}", re.ASCII)


@dataclass(frozen=True)
class Hit:
    """What was found in a file of a folder: an identifier, or something else that must not stand there."""

    file: str
    what: str
    identifier: Identifier | None = None


def search(
    folder: Path, looked: Wanted, shipped: Mapping[str, bytes], inline: str = "", paths: Sequence[str] = ()
) -> tuple[list[Hit], int]:
    """Every identifier in every file of a folder, its name included, each once a file; and how many files there are.

    shipped: files that come with a package, by their place in the folder, told by comparison of their bytes; inline:
    such a file where it stands within another. paths: folders of this machine, which are nobody else's business.
    """
    empty = sorted(p for p in folder.rglob("*") if p.is_dir() and not any(p.iterdir()))
    names = [p.relative_to(folder).as_posix() for p in empty]
    hits = [Hit(name, "in its name", one) for name in names for one in within([name], looked)]
    files = sorted(p for p in folder.rglob("*") if p.is_file() or p.is_symlink())
    for file in files:
        name = file.relative_to(folder).as_posix()
        hits += [Hit(name, "in its name", one) for one in within([name], looked)]
        if file.is_symlink() or file.suffix not in SEARCHED:
            hits.append(Hit(name, f"a file that no report makes, expected {', '.join(SEARCHED)}"))
            continue
        data = file.read_bytes()
        if shipped.get(name) == data:
            continue
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError as fault:
            hits.append(Hit(name, f"byte {fault.start} that is no UTF-8, and cannot be searched"))
            continue
        hits += _of_text(name, text.replace(inline, "") if inline else text, looked, paths)
    return hits, len(files)


def within(texts: Iterable[str], looked: Wanted) -> list[Identifier]:
    r"""The identifiers in texts that are read as they are, decoded as often as they can be, and without tags.

    >>> from oshlib.spelt import wanted
    >>> ada = Identifier("name", "Smith & Söhne", "units.csv", 2, "unit")
    >>> [one.value for one in within(["%26lt;p>SMITH &amp;amp; S\u00f6hne"], wanted([ada]))]
    ['Smith & Söhne']
    """
    found: dict[Identifier, None] = {}
    for text in texts:
        views = _views(text)
        for view in views:
            found |= dict.fromkeys(_in_plain(normal(view), looked))
            found |= dict.fromkeys(_arrays(view, looked))
        if (bare := _INLINE.sub("", views[-1])) != views[-1]:
            found |= dict.fromkeys(_in_plain(normal(bare), looked))
        if (bare := _TAG.sub(" ", views[-1])) != views[-1]:  # not for figures: each cell of a table is its own
            found |= dict.fromkeys((*_names(normal(bare), looked), *_days(normal(bare), looked)))
        if carried := [inside for view in views for _, inside in _carried(view) if inside]:
            found |= dict.fromkeys(within(["\n".join(dict.fromkeys(carried))], looked))
    whole = {(one.kind, one.value) for one in found if not one.form}
    return [one for one in found if not one.form or (one.kind, one.value) not in whole]


def _in_plain(text: str, looked: Wanted) -> Iterator[Identifier]:
    yield from _names(text, looked)
    yield from _figures(text, looked)
    yield from _days(text, looked)


def _carried(text: str) -> Iterator[tuple[str, str | None]]:
    """Base64 within a text: its kind, empty where that is not said, and what it says, None where that is no text."""
    for found in _DATA.finditer(text):
        yield f"data:{found[1]};base64", _decoded(unquote(found[2]))
    for found in _BASE64.finditer(text):
        if inside := _decoded(found[0]):
            yield "", inside


def _decoded(base64_text: str) -> str | None:
    letters = re.sub(r"[\s=]", "", base64_text).replace("-", "+").replace("_", "/")
    try:
        data = base64.b64decode(letters + "=" * (-len(letters) % 4))
        return data.decode("utf-8")
    except ValueError:
        return None


def _of_text(name: str, text: str, looked: Wanted, paths: Sequence[str]) -> Iterator[Hit]:
    for one in sorted(within([text], looked), key=lambda one: (one.file, one.row, one.column, one.form)):
        yield Hit(name, "", one)
    if picture := _PICTURE.search(text):
        yield Hit(name, f"a picture ({picture[0].strip(':, ')[:30]}), which cannot be searched")
    views = _views(text)
    for kind in dict.fromkeys(kind for view in views for kind, inside in _carried(view) if inside is None):
        yield Hit(name, f"a file ({kind}), which cannot be searched")
    views = [normal(view) for view in views]
    for path in sorted(paths, key=len, reverse=True):
        there = re.compile(rf"(?<![\w./\\-]){re.escape(normal(path))}(?=[/\\])")
        if any(there.search(view) for view in views):
            yield Hit(name, f"the path {path!r} of this machine")
            break  # those around it would be found as well


def _views(text: str) -> list[str]:
    """The text as it stands, and after each decoding that changes it, until none does."""
    views = [text]
    while True:
        before = views[-1]
        for decode in (html.unescape, _unescaped, unquote):
            decoded = decode(views[-1])
            if decoded != views[-1]:
                views.append(decoded)
        if views[-1] == before:
            return views


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(lambda m: _character(m[0]), text) if "\\" in text else text


def _character(escape: str) -> str:
    if escape[1] == "u":
        units = bytes.fromhex("".join(escape.split("\\u")))
        return units.decode("utf-16-be", errors="replace")
    if escape[1] in "Ux":
        number = int(escape[2:], 16)
        return chr(number) if number < 0x110000 else " "
    return _SHORT.get(escape[1], escape[1])


def _names(text: str, looked: Wanted) -> Iterator[Identifier]:
    words = WORD.findall(text)
    for i, word in enumerate(words):
        for own, one in looked.words.get(word, ()):
            if words[i : i + len(own)] == own:
                yield one
    if looked.literal:
        any_of = "|".join(spelt for spelt, _ in sorted(looked.literal.values(), key=lambda own: -len(own[0])))
        for found in re.finditer(rf"(?<![^\W_])(?:{any_of})(?![^\W_])", text):
            form = found[0] if found[0] in looked.literal else " ".join(WORD.findall(found[0]))
            part = found[0][-1].isdigit() and re.match(r"[.,]\d", text[found.end() :][:2])
            if form in looked.literal and not part:
                yield looked.literal[form][1]


def _figures(text: str, looked: Wanted) -> Iterator[Identifier]:
    """Exact figures, and ids that are numbers: those stand alone, in no date, decimal or larger number."""
    joined = _GROUPED.sub(lambda m: m[0].replace(",", ""), text)
    written = [found[0] for numbers in (_NUMBER, _WITH_UNIT) for found in numbers.finditer(joined)]
    for found in _ANY_GROUPED.finditer(text):
        written.append(found[0].replace(found[1], "") if found[1] != "." else found[0])
        written.append(found[0].replace(".", "") if found[1] == "." else "")
    for number in dict.fromkeys(written):
        if one := looked.numbers.get(_key(number)):
            yield one
    for found in _NUMBER.finditer(joined) if looked.digits else ():
        yield from _ids(found, joined, looked)


def _ids(found: re.Match[str], text: str, looked: Wanted) -> Iterator[Identifier]:
    number, before = found[0], text[max(0, found.start() - 2) : found.start()]
    whole = number.removesuffix(".0")
    part = _PART_OF.search(before) or re.match(r"[-/:]\d", text[found.end() : found.end() + 2])
    if (one := looked.digits.get(whole)) and (len(whole) >= LONG or not part):
        yield one
    for piece in number.split(".") if "." in number else ():
        if len(piece) >= LONG and piece in looked.digits:
            yield looked.digits[piece]


def _days(text: str, looked: Wanted) -> Iterator[Identifier]:
    if looked.days:
        yield from (looked.days[day] for day in dict.fromkeys(days(text)) if day in looked.days)


def _arrays(text: str, looked: Wanted) -> Iterator[Identifier]:
    """What stands in arrays of numbers that charts carry as base64."""
    for found in _ARRAY.finditer(text):
        try:
            array = json.loads(found[0])
            numbers = np.frombuffer(base64.b64decode(array["bdata"]), dtype=np.dtype(array["dtype"])).tolist()
        except (ValueError, TypeError, KeyError):
            continue  # not one of these; it is searched as text
        for number in numbers:
            text = f"{number:.12g}"
            for one in (looked.numbers.get(text), looked.digits.get(text)):
                if one:
                    yield one


def _key(number: str) -> str:
    try:
        return f"{float(number):.12g}"
    except ValueError:  # a version, or a date with points
        return ""
