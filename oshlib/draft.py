"""What was explored, written down as a parameter file that the next run of all reports picks up."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from oshlib import names, parameters, places, plan
from oshlib.errors import OshError
from oshlib.study import resolve
from oshlib.study.subject import read_once

_PATHS = ("data", "goals", "benchmark")


def folder() -> Path:
    """Where parameter files belong: parameters/ of the current folder, or else of the repository."""
    own, shared = Path("parameters"), places.ROOT / "parameters"
    installed = places.ROOT.name == "oshlib" and (places.ROOT / "plan.py").exists()  # nothing is written in there
    return own if own.is_dir() or installed or not shared.is_dir() else shared


def draft(notebook: str, chosen: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """The name of a parameter file and what it sets: every parameter of the notebook, so that nothing else decides.

    chosen: values by parameter; what the notebook does not have is left out. Errors: OshError where the unit or a file
    is not there, or the notebook needs something that was not chosen.
    """
    source = plan.notebooks()[notebook]
    known = plan.declared(source)
    values = {name: _portable(name, chosen[name]) for name in known if name in chosen}
    given = {name: value for name, value in values.items() if value is not None}
    parameters.check(given, known, notebook)
    if "unit" not in known:
        return names.slug(Path(values["data"]).stem) or "all-units", values
    unit_id, name = resolve(read_once(values["data"])[0], values["unit"], values["data"])
    return names.file_name(name, unit_id), {**values, "unit": unit_id}


def write(notebook: str, chosen: Mapping[str, Any], into: Path, comment: str, replace: bool = False) -> Path:
    """Write the file, unless another one of that name says something else, and see that a run would take it.

    replace: overwrite such a file. Errors: OshError that says why there is no new file.
    """
    name, values = draft(notebook, chosen)
    file = into / notebook / f"{name}.yaml"
    set_elsewhere = {k for _, shared in parameters.shared(file, into) for k in shared}
    values = {k: v for k, v in values.items() if v is not None or k in set_elsewhere}
    _alone(file, values)
    before = file.read_bytes() if file.exists() else None
    if before is not None and not replace and parameters.read(file) != values:
        raise OshError(f"{file}: this file is there already and says something else; tick replace, or move it away")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(parameters.written(values, comment), encoding="utf-8")
    for refused in plan.from_files([file], {}, plan.Options()).refused:
        if before is None:
            file.unlink()
        else:
            file.write_bytes(before)
        raise OshError(f"not written: {refused['error']}")
    return file


def _portable(name: str, value: Any) -> Any:
    """A path as it is found from the repository too; anything else as it is."""
    if name not in _PATHS or not isinstance(value, str):
        return value
    try:
        found = places.find(value, name).resolve()
    except OshError:
        if name == "goals":  # the id of a rule
            return value
        raise
    if found.is_relative_to(places.ROOT):
        return found.relative_to(places.ROOT).as_posix()
    return value if (places.ROOT / value).resolve() == found else found.as_posix()


def shown(file: Path) -> str:
    """A file as a command finds it, from wherever it is given."""
    full = file.resolve()
    return full.relative_to(places.ROOT).as_posix() if full.is_relative_to(places.ROOT) else str(full)


def _alone(file: Path, values: Mapping[str, Any]) -> None:
    """Refuse a second file on one unit: its reports would take turns under one name."""
    for other in sorted(file.parent.glob("[!_]*.y*ml")):
        if other == file or "unit" not in values:
            continue
        found = parameters.read(other)
        same = (str(found.get("unit")), places.actual(found.get("data"))) == (
            values["unit"], places.actual(values["data"]),
        )  # fmt: skip
        if same:
            raise OshError(f"{other}: this file is on the same unit already; change it there, or move it away")
