"""What a search looks for: an identifier in all the forms in which a report could spell it."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date

from oshlib.identifiers import Identifier, normal

# Scripts that set no space between words: each character is a word of its own.
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
WORD = re.compile(rf"[{_UNSPACED}]|[^\W_{_UNSPACED}]+")
# Forms of a firm, which a report may leave out of its name; a word that is left alone needs so many letters.
_FIRM = {"inc", "incorporated", "llc", "ltd", "limited", "co", "company", "corp", "corporation", "lp", "llp", "plc"}
_ALONE = 4
# Hours in thousands, full-time people, hours of a rate's base, millions: as telling as the hours themselves. Beside
# them, how many figures such a part must have, with a decimal point: ratios are printed with four.
_PARTS = ((1_000.0, 4), (2_000.0, 4), (200_000.0, 5), (1_000_000.0, 5))
_DIGITS = 6  # and without one
_LOOSE = 4  # letters and figures from which words are found whatever stands between them
# What may stand between the words of a shorter name.
_BETWEEN = r" ?[&/+_-] ?|[.']"
#: Figures from which a number is more than a day or a page.
LONG = 5
_EIN = 9  # figures of an employer's number, whose form is 12-3456789
_SLUG = 60  # characters of a name that a file's name keeps
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_ENDS = ("uary", "ruary", "ch", "il", "", "e", "y", "ust", "t(?:ember)?", "ober", "ember", "ember")
_MONTH = "|".join(f"{month}(?:{end})?" for month, end in zip(_MONTHS, _ENDS, strict=True))
_DAYS = {
    "ymd": re.compile(r"(?<!\d)(?P<y>\d{4})(?:([-/.])(?P<m>\d\d?)\2(?P<d>\d\d?)|(?P<m2>\d\d)(?P<d2>\d\d))(?!\d)"),
    "number": re.compile(r"(?<!\d)(\d\d?)([-/.])(\d\d?)\2(\d{4}|\d\d)(?!\d)"),
    "month first": re.compile(rf"(?<![^\W\d_])({_MONTH})[. -]*(\d\d?)(?:st|nd|rd|th)?[, -]+(\d{{4}})(?!\d)"),
    "day first": re.compile(rf"(?<!\d)(\d\d?)(?:st|nd|rd|th)?(?: of)?[. -]*({_MONTH})[., -]*(\d{{4}}|\d\d)(?!\d)"),
}


@dataclass
class Wanted:
    """Identifiers in the forms in which they are looked for; those of `literal` are expressions, by their words."""

    words: defaultdict[str, list[tuple[list[str], Identifier]]] = field(default_factory=lambda: defaultdict(list))
    digits: dict[str, Identifier] = field(default_factory=dict)
    literal: dict[str, tuple[str, Identifier]] = field(default_factory=dict)
    numbers: dict[str, Identifier] = field(default_factory=dict)
    days: dict[str, Identifier] = field(default_factory=dict)


def wanted(identifiers: Iterable[Identifier]) -> Wanted:
    """What to look for: of a name also its spellings in file names, without brackets at its end or the form of a firm.

    A figure also in thousands, in full-time people (2,000 hours), in parts of a rate's base and in millions, where
    enough figures are left to tell it from others: four or five with a decimal point.

    >>> sorted(wanted([Identifier("number", "223040", "units.csv", 2, "hours")]).numbers)
    ['0.22304', '1.1152', '111.52', '223.04', '223040']
    """
    found = Wanted()
    for one in identifiers:
        if one.kind == "number":
            found.numbers[f"{float(one.value):.12g}"] = found.numbers[f"{round(float(one.value)):.12g}"] = one
            for part, least in _PARTS:
                text = f"{float(one.value) / part:.12g}"
                figures = text.replace(".", "").strip("0")
                if len(figures) >= (least if "." in text else _DIGITS):
                    found.numbers.setdefault(text, replace(one, form=text))
        elif one.kind == "day":
            found.days.setdefault(one.value, one)
        else:
            for form, short in _forms(one.value).items():
                _look_for(found, form, replace(one, form=form if short else ""))
    return found


def days(text: str) -> Iterator[str]:
    """Every day in a text that is in its normal form, as ISO dates; of a doubtful order (3/4/2025) both.

    >>> sorted(set(days("2024-03-17, 3/4/2025, march 18, 2024, 19 mar 2024")))
    ['2024-03-17', '2024-03-18', '2024-03-19', '2025-03-04', '2025-04-03']
    """
    for found in _DAYS["ymd"].finditer(text):
        yield from _day(found["y"], found["m"] or found["m2"], found["d"] or found["d2"])
    for found in _DAYS["number"].finditer(text):
        yield from _day(found[4], found[1], found[3])
        yield from _day(found[4], found[3], found[1])
    for found in _DAYS["month first"].finditer(text):
        yield from _day(found[3], found[1], found[2])
    for found in _DAYS["day first"].finditer(text):
        yield from _day(found[3], found[2], found[1])


def _day(year: str, month: str, day: str) -> Iterator[str]:
    number = int(month) if month.isdigit() else _MONTHS.index(month[:3]) + 1
    try:
        found = date(int(year) + (2000 if len(year) == 2 else 0), number, int(day))
    except ValueError:  # a version, or 31 February
        return
    yield found.isoformat()


def _forms(value: str) -> dict[str, bool]:
    """How a name can stand in a report, and whether this form is so short that it can be another word."""
    plain = normal(value)
    forms = dict.fromkeys((plain, re.sub(r"\s*\([^()]*\)$", "", plain) or plain), False)
    for form in list(forms):
        words = WORD.findall(form)
        while len(words) > 1 and words[-1] in _FIRM:
            words.pop()
            if len(words) > 1 or len(words[0]) >= _ALONE:
                forms.setdefault(" ".join(words), len(words) == 1)
    for form, short in list(forms.items()):
        bare = unicodedata.normalize("NFKD", form).encode("ascii", "ignore").decode()
        if _signs(bare) == _signs(form):  # no letter lost, no accent
            forms.setdefault(bare, short)
        if len(form) > _SLUG:
            forms.setdefault("-".join(WORD.findall(form))[:_SLUG].strip("-"), short)
    ascii_only = unicodedata.normalize("NFKD", value).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", ascii_only).strip("-")[:_SLUG].strip("-")  # as reports are named, letters lost
    lost = len(WORD.findall(slug)) < len(WORD.findall(plain))
    if _signs(slug) >= (_ALONE if lost else 2):
        forms.setdefault(slug, lost)
    if plain.isdigit() and len(plain) == _EIN:
        forms[f"{plain[:2]}-{plain[2:]}"] = False
    return forms


def _signs(text: str) -> int:
    return sum(c.isalnum() for c in text)


def _look_for(found: Wanted, form: str, one: Identifier) -> None:
    words = WORD.findall(form)
    joined = "".join(words)
    if len(words) == 1 and joined.isdigit():
        _number(found, joined, one)
    elif len(words) > 1 and joined.isdigit() and len(joined) <= LONG:
        found.literal.setdefault(form, (re.escape(form), one))
    elif len(words) > 1 and len(joined) < _LOOSE:
        # An id with a space in it; "a 1" and "i 1" are words of a sentence.
        between = f"{_BETWEEN}| " if words[-1].isdigit() and words[0] not in ("a", "i") else _BETWEEN
        spelt = f"(?:{between})".join(map(re.escape, words))
        found.literal.setdefault(" ".join(words), (f"{re.escape(form)}|{spelt}", one))
    elif words:
        found.words[words[0]].append((words, one))
        if len(words) > 1 and joined.isdigit():
            _number(found, joined, one)
        elif len(words) > 1 and any(c.isdigit() for c in joined):
            found.words[joined].append(([joined], one))


def _number(found: Wanted, digits: str, one: Identifier) -> None:
    """A number for a name, and what a program makes of it that drops its leading zeros."""
    found.digits.setdefault(digits, one)
    if len(short := digits.lstrip("0")) >= LONG:
        found.digits.setdefault(short, one)
