"""The inspection plans of data/reference/targeting_rules.yaml, or of a file of one's own, read and checked."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from oshlib import places, tables
from oshlib.errors import OshError
from oshlib.rates import MEASURES
from oshlib.targeting.days import DAYS
from oshlib.targeting.model import LISTS, UNDETERMINED, Condition, Day, Directive, Lever, Listed, Step, conditions

_OWN = places.ROOT / "data" / "reference" / "targeting_rules.yaml"
#: What the list of those whose list is open is called where a plan does not say it.
_OPEN = {"title": "Undetermined", "means": "what is missing would decide"}
_KEYS = {
    "title", "effective", "data_year", "measure", "decimals", "source", "limits", "lists", "steps", "also", "notes",
    "dates", "levers", "plan", "cautions", "coding",
}  # fmt: skip


def columns() -> Mapping[str, Mapping[str, Any]]:
    """What a list of establishments holds: the columns of the annual table and of its own layout."""
    every = tables.layouts()
    return {**every["annual"]["columns"], **every["establishments"]["columns"]}


def available() -> list[str]:
    """The directives that come with the package.

    >>> available()[0]
    'CPL 2-0.119'
    """
    return list(_read(_OWN, places.sha256(_OWN)))


def load(id_or_path: str) -> Directive:
    """A directive by its id; or the path of a file that holds one alone. Errors: OshError that says what is wrong.

    >>> load("CPL 2-0.119").limits["primary"], load("SST-11").measure
    (7.0, 'DART')
    """
    text = str(id_or_path)
    if text.endswith((".yaml", ".yml")):
        file = places.find(text, "directive")
        found = _read(file, places.sha256(file))
        if len(found) != 1:
            raise OshError(f"{text}: found {len(found)} directives, expected one")
        return next(iter(found.values()))
    own = _read(_OWN, places.sha256(_OWN))
    if text not in own:
        raise OshError(f"directive: found {text!r}, expected one of {', '.join(own)}, or a .yaml file")
    return own[text]


@lru_cache(maxsize=8)
def _read(file: Path, sha256: str) -> dict[str, Directive]:
    try:
        raw = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as fault:
        raise OshError(f"{file.name}: not readable as YAML: {str(fault).splitlines()[0]}") from None
    if not isinstance(raw, dict) or not isinstance(raw.get("directives"), dict):
        raise OshError(f"{file.name}: found no directives; expected a file like data/reference/targeting_rules.yaml")
    for name, one in (raw.get("industries") or {}).items():
        for scheme, codes in one.items():
            if scheme in ("SIC", "NAICS") and not (isinstance(codes, list) and all(isinstance(c, str) for c in codes)):
                raise OshError(
                    f"{file.name}, industries, {name}: {scheme}: found {codes!r}, expected a list of quoted codes"
                )
    groups = {
        name: {scheme: tuple(codes) for scheme, codes in one.items() if scheme in ("SIC", "NAICS")}
        for name, one in (raw.get("industries") or {}).items()
    }
    found = {str(name): _checked(str(name), one, groups, file.name) for name, one in raw["directives"].items()}
    return {name: replace(one, file=file.name, sha256=sha256) for name, one in found.items()}


def _checked(name: str, raw: Any, groups: Any, file: str) -> Directive:
    try:
        return _directive(name, raw, groups, file)
    except KeyError as fault:
        raise OshError(f"{file}, {name}: found no key {fault} where each has one; see {_OWN.name}") from None
    except (TypeError, AttributeError, ValueError):
        raise OshError(f"{file}, {name}: found a list, a text or nothing where {_OWN.name} has another kind") from None


def _directive(name: str, raw: Mapping[str, Any], groups: Any, file: str) -> Directive:
    where = f"{file}, {name}"
    unknown = sorted(set(raw) - _KEYS)
    missing = [k for k in ("title", "measure", "decimals", "source", "limits", "lists", "steps") if k not in raw]
    if unknown or missing:
        fault = f"found no key {missing[0]!r}" if missing else f"found the key {unknown[0]!r}"
        raise OshError(f"{where}: {fault}; a directive has {', '.join(sorted(_KEYS))}")
    if raw["measure"] not in MEASURES:
        raise OshError(f"{where}: found the measure {raw['measure']!r}, expected one of {', '.join(MEASURES)}")

    def steps(rows: Any, gives: str, part: str, known: Any = None) -> tuple[Step, ...]:
        made = []
        for i, row in enumerate(rows, start=1):
            at = f"{where}, {part} {i}"
            when = conditions(row.get("when", ""), at)
            for condition in when:
                _sensible(condition, raw["limits"], groups, at)
            if known is not None and row[gives] not in known:
                raise OshError(f"{at}: found the list {row[gives]!r}, expected one of {', '.join(known)}")
            made.append(Step(str(row[gives]), when, row.get("because", ""), str(row["source"]), row.get("part", "")))
        return tuple(made)

    _plain_parts(raw, where)
    tree = steps(raw["steps"], "list", "step", [x for x in LISTS if x != UNDETERMINED and x in raw["lists"]])
    if not tree or tree[-1].when:
        raise OshError(f"{where}: the last step has a condition, or there is none; expected one for all that are left")
    open_ = {} if UNDETERMINED in raw["lists"] else {UNDETERMINED: _OPEN}
    return Directive(
        id=name, title=raw["title"], effective=str(raw.get("effective", "")), measure=raw["measure"],
        decimals=raw["decimals"], source=raw["source"], limits=dict(raw["limits"]), data_year=raw.get("data_year"),
        lists=tuple(Listed(i, one["title"], one["means"]) for i, one in {**raw["lists"], **open_}.items()), steps=tree,
        also={k: steps(rows, "gives", k) for k, rows in raw.get("also", {}).items()},
        notes=steps(raw.get("notes", []), "text", "note"),
        days=tuple(_day(row, raw["limits"], groups, where) for row in raw.get("dates", [])),
        levers=tuple(
            Lever(one["title"], dict(one["sets"]), tuple(one.get("lists", ())), dict(one.get("only", {})))
            for one in raw.get("levers", [])
        ),
        plan=tuple((row["fixed"], row["text"], str(row["source"])) for row in raw.get("plan", [])),
        industries=groups, coding=raw.get("coding", ""), cautions=tuple(raw.get("cautions", [])),
    )  # fmt: skip


def _plain_parts(raw: Mapping[str, Any], where: str) -> None:
    """What no condition speaks of is of its kind, too."""
    whole = raw["decimals"]
    if not isinstance(whole, int) or isinstance(whole, bool) or not 0 <= whole <= 6:
        raise OshError(f"{where}: decimals: found {whole!r}, expected a whole number from 0 to 6")
    if not isinstance(raw.get("data_year", 0), int):
        raise OshError(f"{where}: data_year: found {raw['data_year']!r}, expected a year such as 1996")
    for row in raw.get("plan", []):
        if not isinstance(row.get("fixed"), dt.date):
            raise OshError(f"{where}, plan: fixed: found {row.get('fixed')!r}, expected a day such as 1998-05-04")
    for row in raw.get("cautions", []):
        if not {"code", "text"} <= set(row):
            raise OshError(f"{where}, cautions: found {', '.join(row)}; a caution has code and text")
    for row in raw.get("levers", []):
        unknown = sorted((set(row["sets"]) | set(row.get("only", {}))) - set(columns()))
        if unknown:
            raise OshError(f"{where}, levers: found the column {unknown[0]!r}; no list of establishments has it")


def _day(row: Mapping[str, Any], limits: Any, groups: Any, where: str) -> Day:
    if row["day"] not in DAYS or ("fixed" in row) == ("after" in row):
        raise OshError(f"{where}, dates: found {row}; expected one of {', '.join(DAYS)}, and either fixed or after")
    if "fixed" in row and not isinstance(limits.get(row["fixed"], row["fixed"]), dt.date):
        raise OshError(
            f"{where}, dates: fixed: found {row['fixed']!r}, expected a day or the name of a limit that is one"
        )
    known = {"notify_by", "enrol_by", "inspect_from", *(n for n, c in columns().items() if c["type"] == "date")}
    if "after" in row and (row["after"] not in known or not isinstance(row.get("days", 0), int)):
        raise OshError(
            f"{where}, dates: found {row}; expected after a column of days or an earlier day, and whole days"
        )
    when = conditions(row.get("when", ""), f"{where}, dates")
    for condition in when:
        _sensible(condition, limits, groups, f"{where}, dates")
    return Day(
        day=row["day"], lists=tuple(row["lists"]), source=str(row["source"]), fixed=row.get("fixed"),
        after=row.get("after", ""), days=row.get("days", 0), when=when, needed=row.get("needed", False),
    )  # fmt: skip


def _sensible(condition: Condition, limits: Mapping[str, Any], groups: Any, where: str) -> None:
    """A condition compares what there is with what it can be compared with."""
    column, op, value = condition.column, condition.op, condition.of(limits)
    known = {**{name: one["type"] for name, one in columns().items()}, "industry": "industry", "list": "list"}
    if column in MEASURES:
        good, expected = op in (">=", "<") and isinstance(value, int | float), ">= or < and the name of a limit"
    elif column not in known:
        raise OshError(f"{where}: found the column {column!r}; no list of establishments has it")
    elif op in ("blank", "filled"):
        return
    elif known[column] == "industry":
        good = op in ("in", "not in") and set(condition.value.split(",")) <= set(groups)
        expected = f"in or not in, and of {', '.join(groups)}"
    elif known[column] == "list":
        good, expected = op in ("=", "in", "not in") and set(condition.value.split(",")) <= set(LISTS), "a list"
    elif known[column] == "yesno":
        good, expected = op == "=" and value in ("yes", "no"), "= yes or = no"
    elif known[column] == "date":
        good, expected = op in ("<", "<=", ">", ">=") and isinstance(value, dt.date), "a comparison with a day"
    else:
        value = float(value) if str(value).replace(".", "", 1).isdigit() else value
        good, expected = op not in ("in", "not in") and isinstance(value, int | float), "a comparison with a number"
    if not good:
        raise OshError(f"{where}: found {column} {op} {condition.value}; expected {expected}")
