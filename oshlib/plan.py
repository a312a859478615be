"""Parameter files and data to jobs: everything is checked, and every report has its own name, before anything runs."""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import nbformat
import papermill

from oshlib import index, parameters, places
from oshlib.errors import OshError
from oshlib.jobs import KEEP, LIMIT, MEMORY, Job
from oshlib.journal import Journal
from oshlib.names import digest, file_name, slug
from oshlib.study import resolve
from oshlib.study.subject import digests, read_once, rows_of

#: A parameter whose help has this word in it names a folder, of which every file counts.
_FOLDER = "folder"
#: A parameter that, where a notebook requires it, says beside the unit what a report is about: it is part of its name.
_BESIDE = "framework"
_PARAMETERS = (".yaml", ".yml")
#: What tells reports apart that would have the same name.
_DIGEST = re.compile(r"-[0-9a-f]{8}$")


@dataclass
class Plan:
    """What a command will do: the jobs that can start, and the entries of those that cannot.

    units: of every data file that was read on the way, the ids of the units in it; those too of which no row is usable.
    read: the SHA-256 of each of them.
    """

    jobs: list[Job] = field(default_factory=list)
    refused: list[index.Entry] = field(default_factory=list)
    units: dict[str, frozenset[str]] = field(default_factory=dict)
    read: dict[str, str] = field(default_factory=dict)
    _read: dict[str, Any] = field(default_factory=dict, repr=False)
    _digests: dict[str, Callable[[str], str]] = field(default_factory=dict, repr=False)

    def table(self, data: str) -> Any:
        """The table of a data file, read once for the whole plan."""
        if data not in self._read:
            self.read[data] = places.sha256(places.find(data, "data"))
            self._read[data], faults = read_once(data)
            self.units[places.actual(data)] = frozenset(map(str, [*self._read[data]["unit_id"], *faults["unit_id"]]))
        return self._read[data]

    def rows(self, job: Job) -> str | None:
        """The digest of the rows that a job reads of its data file; None where it may read all of them."""
        data = job.parameters.get("data")
        if not job.unit_id or not data or _said(Path(job.source)).get("reads") != "unit":
            return None
        if data not in self._digests:
            self._digests[data] = digests(data)
        return self._digests[data](job.unit_id)


@dataclass(frozen=True)
class Options:
    """How a run behaves, the same for all its reports.

    scheduler: the address of a Dask scheduler whose workers make the reports; None: this machine does. store: the
    fsspec URL of the place where they put them; None: into `out`.
    """

    out: Path = Path("reports")
    limit: float = LIMIT
    self_contained: bool = False
    made: str = ""
    memory: int | None = MEMORY
    kernel: bool = False
    notebooks: str = KEEP
    retries: int = 0
    force: bool = False
    only_failed: bool = False
    scheduler: str | None = None
    store: str | None = None


def notebooks() -> dict[str, Path]:
    """Every notebook by name: those of the current folder first, those of the repository second."""
    found = {p.stem: p for place in (places.ROOT, Path()) for p in sorted((place / "notebooks").glob("*.ipynb"))}
    return dict(sorted(found.items()))


@lru_cache
def _said(notebook: Path) -> dict[str, Any]:
    """What a notebook says of itself in its metadata under `oshlib`."""
    return dict(nbformat.read(notebook, 4).metadata.get("oshlib", {}))


@lru_cache
def declared(notebook: Path) -> dict[str, dict[str, Any]]:
    """The parameters of a notebook: name, default, help."""
    return dict(papermill.inspect_notebook(str(notebook)))


def from_files(paths: Sequence[Path], sets: Mapping[str, Any], options: Options) -> Plan:
    """One job for every parameter file in these files and folders. Errors: OshError where a path holds none."""
    plan = Plan()
    for file in _files(paths):
        try:
            name, source, top = _notebook_of(file)
        except OshError as fault:
            plan.refused.append(_refused(fault, "", "", file))
            continue
        try:
            found: dict[str, Any] = {}
            for origin, values in parameters.shared(file, top):
                known = declared(source) if origin.parent == top / name else _declared_anywhere()
                parameters.check(
                    {**dict.fromkeys(_required(source), ""), **values}, known, str(origin)
                ) if known else None
                found |= {k: v for k, v in values.items() if k in declared(source)}
            found |= parameters.read(file)
            plan.jobs.append(_job(plan, name, source, {**found, **sets}, str(file), options))
        except OshError as fault:
            plan.refused.append(_refused(fault, name, source, file))
    return _named(plan, options)


def for_each(notebook: str, data: str, sets: Mapping[str, Any], options: Options, first: int | None = None) -> Plan:
    """One job for every unit of a data file; one for the whole file where the notebook is about no single unit.

    first: only for so many units, in the order of their ids, as a trial.
    Errors: OshError where the notebook or the file cannot be used.
    """
    source = notebooks().get(Path(notebook).stem)
    if source is None:
        raise OshError(f"found no notebook {notebook!r}, expected one of {', '.join(notebooks())}")
    plan = Plan()
    if "unit" not in declared(source):
        plan.jobs.append(_job(plan, source.stem, source, {**sets, "data": data}, data, options))
        return _named(plan, options)
    for unit_id in sorted(plan.table(data)["unit_id"].unique())[:first]:
        where = f"{data}, unit {unit_id}"
        try:
            asked = {**sets, "data": data, "unit": str(unit_id)}
            plan.jobs.append(_job(plan, source.stem, source, asked, where, options))
        except OshError as fault:
            name = _unit(plan, data, str(unit_id))[1]
            entry = _refused(fault, source.stem, source, None, file_name(name, str(unit_id)))
            plan.refused.append({**entry, "unit": name, "unit_id": str(unit_id)})
    return _named(plan, options)


def _files(paths: Sequence[Path]) -> list[Path]:
    files: list[Path] = []
    for asked in paths:
        path = asked if asked.exists() or not (places.ROOT / asked).exists() else places.ROOT / asked
        if path.is_dir():
            below = [p for p in sorted(path.rglob("*")) if p.suffix in _PARAMETERS and not p.name.startswith("_")]
            if not below:
                raise OshError(f"{path}: found no parameter file (*.yaml) in this folder")
            files += below
        elif path.suffix in _PARAMETERS and path.is_file():
            files.append(path)
        elif path.stem in notebooks():
            raise OshError(f"{path} is a notebook; add --each DATA, or give parameter files")
        else:
            raise OshError(f"found no parameter file or folder {str(path)!r}")
    return list(dict.fromkeys(files))


def _notebook_of(file: Path) -> tuple[str, Path, Path]:
    """The notebook that a parameter file is for, by the nearest folder of its name, and that folder's parent."""
    known = notebooks()
    full = file.absolute()
    for folder in full.parents:
        if folder.name in known:
            return folder.name, known[folder.name], Path(os.path.relpath(folder.parent))
    raise OshError(
        f"{file}: found the folder {full.parent.name!r}, expected the name of a notebook: {', '.join(known)}"
    )


def _required(source: Path) -> list[str]:
    return [name for name, one in declared(source).items() if one["help"].startswith(parameters.REQUIRED)]


def _declared_anywhere() -> dict[str, dict[str, Any]]:
    every: dict[str, dict[str, Any]] = {}
    for source in notebooks().values():
        every = {**declared(source), **every}
    return {name: {**one, "help": one["help"].removeprefix(parameters.REQUIRED)} for name, one in every.items()}


def _job(plan: Plan, notebook: str, source: Path, found: Mapping[str, Any], where: str, options: Options) -> Job:
    """A job with every parameter resolved and the unit that it must be about; its name is settled later."""
    known = declared(source)
    values = parameters.check(found, known, where)
    unit_id, unit = ("", "")
    if "unit" in known and "data" in known and values["unit"] is not None:
        unit = unit_id = str(values["unit"])
        if values["data"] or _BESIDE not in _required(source):  # what rests on answers may do without an annual table
            unit_id, unit = _unit(plan, values["data"], unit)
    stem = file_name(unit, unit_id) if unit else slug(Path(where).stem) or f"report-{digest(where)}"
    if _BESIDE in _required(source):
        stem += f"-{slug(Path(str(values[_BESIDE])).stem)}"
    return Job(
        notebook=notebook,
        source=str(source),
        parameters=values,
        name=f"{notebook}/{stem}",
        out=str(options.out),
        unit=unit,
        unit_id=unit_id,
        made=options.made,
        limit=options.limit,
        self_contained=options.self_contained,
        memory=options.memory,
        kernel=options.kernel,
        notebooks=options.notebooks,
        folders=tuple(name for name, one in known.items() if _FOLDER in one["help"]),
        writes=tuple(_said(source).get("writes", ())),
        origin=where,
    )


def _unit(plan: Plan, data: str, unit: str) -> tuple[str, str]:
    """The id and the name of a unit, from its own rows."""
    plan.table(data)
    rows = rows_of(data, unit)
    return resolve(rows, str(rows["unit_id"].iloc[0]), data)


def _named(plan: Plan, options: Options) -> Plan:
    """Give every job a name of its own; two that ask for the very same report are refused.

    A report that stands in the folder keeps its name, whether it was asked for together with others or not.
    """
    held = {e["name"]: e for e in (*index.read(options.out), *Journal(options.out).read())}
    near: dict[str, list[index.Entry]] = {}
    for name, entry in held.items():
        for stem in {name, _DIGEST.sub("", name)}:
            near.setdefault(stem, []).append(entry)
    asker = askers()
    wanted = Counter(job.name for job in plan.jobs)
    named: dict[str, Job] = {}
    asked: dict[str, Job] = {}
    for job in plan.jobs:
        what = json.dumps([job.notebook, job.unit_id, job.parameters], sort_keys=True)
        if what in asked:
            text = f"{job.origin}: asks for the same report as {asked[what].origin}"
            plan.refused.append(_refused(OshError(text), job.notebook, Path(job.source), Path(job.origin)))
            continue
        who = asker(job.origin, job.parameters.get("data"))
        mine = [e for e in near.get(job.name, []) if e["unit_id"] == job.unit_id]
        own = [e["name"] for e in mine if asker(e["origin"], e["parameters"].get("data")) == who]
        own += [e["name"] for e in mine if e["parameters"] == job.parameters]
        names = own[:1]
        if not own and wanted[job.name] == 1 and not _is_anothers(held.get(job.name), job):
            names = [job.name]
        names += [f"{job.name}-{digest(text)}" for text in (what, what + who)]
        name = next(name for name in names if name not in named)
        asked[what] = named[name] = replace(job, name=name)
    plan.jobs = list(named.values())
    return plan


def askers() -> Callable[[str, Any], str]:
    """Who asks for a report, by its origin and data, however paths are written: a file, or all units of a data file.

    A path is looked up once, as long as the function is kept.
    """
    file, data = lru_cache(maxsize=None)(places.actual), lru_cache(maxsize=None)(index.place_of)
    return lambda origin, of: file(origin) if Path(origin).suffix in _PARAMETERS else f"each {data(str(of))}"


def _is_anothers(entry: index.Entry | None, job: Job) -> bool:
    """Whether a name belongs to a report on another unit, or to one that somebody else asks for, who is still there."""
    if entry is None:
        return False
    by = entry["origin"] if Path(entry["origin"]).suffix in _PARAMETERS else entry["parameters"].get("data")
    return bool(entry["unit_id"] != job.unit_id or (by and Path(places.actual(by)).exists()))


def _refused(fault: OshError, notebook: str, source: Any, file: Path | None, stem: str = "") -> index.Entry:
    origin = str(file) if file else ""
    stem = stem or slug(file.stem if file else "") or digest(origin)
    return {
        **index.blank(notebook, source, origin, f"{notebook}/{stem}".lstrip("/")),
        "error": str(fault) if origin in str(fault) else f"{origin}: {fault}",
    }
