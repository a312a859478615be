"""Parameters are data: read from YAML, checked against the notebook that they are for, never code."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import yaml

from oshlib.errors import OshError

DEFAULTS = "_defaults.yaml"
#: A notebook says of a parameter that a parameter file must name it by a help text that begins so: its default is an
#: example only. "required unless other" lets another parameter, where it is given, take its place.
REQUIRED = "required"
_UNLESS = re.compile(r"required unless (\w+)")


class _Loader(yaml.SafeLoader):
    """YAML as people mean it: dates, 007 and NO are text, each key stands once."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in pairs if tag.rpartition(":")[2] in ("null", "merge", "float")]
    for first, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:[Tt]rue|TRUE|[Ff]alse|FALSE)$"), list("tTfF"))
_Loader.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"^[-+]?(?:0|[1-9]\d*)$"), list("-+0123456789"))


def _mapping(loader: _Loader, node: yaml.MappingNode) -> dict[Any, Any]:
    keys = [loader.construct_object(key, deep=True) for key, _ in node.value]
    for key in keys:
        if keys.count(key) > 1:
            raise yaml.constructor.ConstructorError(None, None, f"the key {key!r} stands twice", node.start_mark)
    return dict(zip(keys, (loader.construct_object(value, deep=True) for _, value in node.value), strict=True))


_Loader.add_constructor("tag:yaml.org,2002:map", _mapping)


def read(file: Path) -> dict[str, Any]:
    """The parameters that a file sets. Errors: OshError that names the file and the line."""
    try:
        found = yaml.load(file.read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506 - a SafeLoader, made stricter
    except yaml.MarkedYAMLError as fault:
        line = f" line {fault.problem_mark.line + 1}" if fault.problem_mark else ""
        raise OshError(f"{file}{line}: {fault.problem}") from None
    except (yaml.YAMLError, UnicodeDecodeError, OSError, ValueError, RecursionError, TypeError) as fault:
        raise OshError(f"{file}: cannot be read as YAML: {str(fault).splitlines()[0]}") from None
    if found is None:
        return {}
    if not isinstance(found, dict) or not all(isinstance(key, str) for key in found):
        raise OshError(f"{file}: found {type(found).__name__}, expected lines of the form `name: value`")
    return found


def written(values: Mapping[str, Any], comment: str) -> str:
    """The text of a parameter file that reads as these values again.

    >>> print(written({"unit": "007", "years": 5, "standard": None}, "made for a test"), end="")
    # made for a test
    unit: '007'
    years: 5
    standard: null
    """
    body = yaml.safe_dump(dict(values), sort_keys=False, allow_unicode=True, width=10_000)
    return f"# {comment}\n{body}"


def value_of(text: str) -> Any:
    """One value as it would be read from a file: the right side of --set NAME=VALUE.

    >>> value_of("3"), value_of("[TCR, DART]"), value_of("NO"), value_of("2024-01-31")
    (3, ['TCR', 'DART'], 'NO', '2024-01-31')
    """
    try:
        return yaml.load(text, Loader=_Loader)  # noqa: S506 - a SafeLoader, made stricter
    except yaml.YAMLError:
        return text


def shared(file: Path, top: Path) -> list[tuple[Path, dict[str, Any]]]:
    """What the _defaults.yaml files beside and above a parameter file set, from the outermost to the nearest."""
    file, top = file.absolute(), top.absolute()
    inner = [p for p in file.parents if p == top or top in p.parents]
    return [(p / DEFAULTS, read(p / DEFAULTS)) for p in reversed(inner) if (p / DEFAULTS).exists()]


def default_of(declared: Mapping[str, Any]) -> Any:
    """The default of a parameter as papermill declares it; None where it is no plain literal."""
    try:
        return ast.literal_eval(declared["default"])
    except (ValueError, SyntaxError):
        return None


def check(found: Mapping[str, Any], declared: Mapping[str, Mapping[str, Any]], where: str) -> dict[str, Any]:
    """All parameters of a report: what was found, over the notebook's defaults.

    Errors: OshError on a name that the notebook does not declare, a value of another kind than its default, or a
    required parameter that is not there.
    """
    for name in found:
        if name not in declared:
            near = get_close_matches(name, declared, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else f"; expected one of {', '.join(declared)}"
            raise OshError(f"{where}: found the parameter {name!r}, which the notebook does not have{hint}")
    spared = {
        name for name, one in declared.items()
        if (other := _UNLESS.match(one["help"])) and found.get(other[1]) is not None and found.get(name) is None
    }  # fmt: skip
    for name, one in declared.items():
        if name not in {*found, *spared} and one["help"].startswith(REQUIRED):
            raise OshError(f"{where}: found no {name!r}, which the notebook needs ({one['help']})")
    return {
        name: None if name in spared else _fits(name, found[name], one, where) if name in found else default_of(one)
        for name, one in declared.items()
    }


def _fits(name: str, value: Any, declared: Mapping[str, Any], where: str) -> Any:
    default = default_of(declared)
    if isinstance(default, str) and isinstance(value, int) and not isinstance(value, bool):
        return str(value)  # an id of digits, written without quotes
    if value is None and isinstance(default, str) and '"" for none' in declared["help"]:
        return ""
    kinds: dict[type, tuple[type, ...]] = {float: (int, float)}
    wanted = kinds.get(type(default), (type(default),))
    fits = default is None or (isinstance(value, wanted) and (isinstance(value, bool) == isinstance(default, bool)))
    if not fits or not _plain(value):
        raise OshError(f"{where}: {name}: found {value!r}, expected something like {default!r} ({declared['help']})")
    return value


def _plain(value: Any) -> bool:
    if isinstance(value, list):
        return all(_plain(v) for v in value)
    if isinstance(value, dict):
        return all(isinstance(k, str) and _plain(v) for k, v in value.items())
    return value is None or isinstance(value, bool | int | float | str)
