"""A framework file as YAML: keys once, answers quoted, and the shape of schema.json; a fault is said by node."""

from __future__ import annotations

import json
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from oshlib import places
from oshlib.errors import OshError

#: The framework files that come with the package.
OWN = places.ROOT / "data" / "frameworks"
#: What a YAML 1.1 reader takes for true and false: in a file of answers it must be quoted, or stand for itself.
_SWITCHES = {"yes", "no", "on", "off", "y", "n"}


class _Switch(str):
    """One of the words above, unquoted."""


class _Loader(yaml.SafeLoader):
    """YAML in which dates are text, a key stands once, and an unquoted yes or no is seen as such."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, p) for tag, p in pairs if tag.rpartition(":")[2] not in ("bool", "timestamp", "merge")]
    for first, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _scalar(loader: _Loader, node: yaml.ScalarNode) -> Any:
    if node.style is None and node.value.lower() in _SWITCHES:
        return _Switch(node.value)
    return {"true": True, "false": False}.get(node.value, node.value) if node.style is None else node.value


def _mapping(loader: _Loader, node: yaml.MappingNode) -> dict[Any, Any]:
    keys = [loader.construct_object(key, deep=True) for key, _ in node.value]
    for i, key in enumerate(keys):
        if key in keys[:i]:
            mark = node.value[i][0].start_mark
            raise yaml.constructor.ConstructorError(None, None, f"the key {key!r} stands twice", mark)
    return {
        k if isinstance(k, _Switch) else str(k): loader.construct_object(value, deep=True)
        for k, (_, value) in zip(keys, node.value, strict=True)
    }


_Loader.add_constructor("tag:yaml.org,2002:str", _scalar)
_Loader.add_constructor("tag:yaml.org,2002:map", _mapping)


def read(file: Path, name: str) -> dict[str, Any]:
    """What a file says, as plain values of the right shape. Errors: OshError that names the file, node and fault."""
    raw = _parse(file, name)
    _switches(raw, name, "")
    _shape(raw, name)
    return raw


def _parse(file: Path, name: str) -> dict[str, Any]:
    try:
        raw = yaml.load(file.read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506 - a SafeLoader, made stricter
    except yaml.MarkedYAMLError as fault:
        line = f" line {fault.problem_mark.line + 1}" if fault.problem_mark else ""
        raise OshError(f"{name}{line}: {fault.problem}") from None
    except (yaml.YAMLError, UnicodeDecodeError, OSError, ValueError, RecursionError) as fault:
        raise OshError(f"{name}: cannot be read as YAML: {str(fault).splitlines()[0]}") from None
    if not isinstance(raw, dict):
        found = "nothing" if raw is None else f"a {type(raw).__name__}"
        raise OshError(f"{name}: found {found}, expected the keys of a framework: id, title, tree ...")
    return raw


def _switches(value: Any, name: str, node: str) -> None:
    """An unquoted yes or no would be a truth value to another reader of the same file."""
    if isinstance(value, dict):
        node = str(value.get("id", node))
        for part in (*value, *value.values()):
            _switches(part, name, node)
    elif isinstance(value, list):
        for part in value:
            _switches(part, name, node)
    elif isinstance(value, _Switch):
        raise OshError(f'{name}: {node}: found {value!s} without quotes; write "{value}"')


def _shape(raw: dict[str, Any], name: str) -> None:
    """Keys and kinds of values, by schema.json; the fault that lies deepest is the one to mend."""
    faults = list(_validator().iter_errors(raw))
    if not faults:
        return
    fault = max(faults, key=lambda f: len(f.absolute_path))
    node, at = "", raw
    inside: list[str] = []
    for step in fault.absolute_path:
        inside = [*inside, str(step)] if isinstance(step, str) else inside
        at = at[step]
        if isinstance(at, dict) and "id" in at:
            node, inside = str(at["id"]), []
    where = ": ".join(filter(None, [name, node or str(raw.get("id", "")), ".".join(i for i in inside if i != "of")]))
    raise OshError(f"{where}: {_said(fault)}")


def _said(fault: Any) -> str:
    known = list(fault.schema.get("properties", {}))
    if fault.validator == "additionalProperties" and known:
        key = next(k for k in fault.instance if k not in known)
        near = get_close_matches(key, known, n=1)
        return f"found the key {key!r}; " + (
            f"did you mean {near[0]!r}?" if near else f"expected one of {', '.join(known)}"
        )
    if fault.validator == "required":
        return f"found no {next(k for k in fault.validator_value if k not in fault.instance)!r}"
    wanted = fault.validator_value
    wants = {
        "type": f"expected {' or '.join(wanted) if isinstance(wanted, list) else wanted}",
        "enum": f"expected one of {', '.join(map(str, wanted)) if isinstance(wanted, list) else wanted}",
        "pattern": f"expected a name that fits {wanted}",
        "exclusiveMinimum": f"expected more than {wanted}",
        "minimum": f"expected {wanted} or more",
        "maximum": f"expected {wanted} or less",
        "minItems": f"expected at least {wanted}",
        "minProperties": f"expected at least {wanted}",
        "minLength": "expected some words",
        "uniqueItems": "expected each once",
    }
    return f"found {_short(fault.instance)}, {wants.get(fault.validator, fault.message)}"


@lru_cache
def _validator() -> Any:
    from jsonschema import Draft202012Validator

    return Draft202012Validator(json.loads((OWN / "schema.json").read_text(encoding="utf-8")))


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
