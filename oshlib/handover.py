"""A folder of reports for somebody who must not learn who is in the data: built, searched, and only then published."""

from __future__ import annotations

import os
import secrets
import shlex
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import nbformat
from plotly.offline import get_plotlyjs

from oshlib import editions, identifiers, index, leaks, page, places, spelt
from oshlib.errors import OshError
from oshlib.identifiers import Excused
from oshlib.leaks import Hit
from oshlib.plan import Options, Plan

#: What makes the reports of a plan and gives back their entries.
Runner = Callable[[Plan, Options], list[index.Entry]]
# Where the words of a report come from, apart from its data and its notebook.
_OWN = ("*.py", "*/*.py", "html/*", "html/report/*")
_OWN_DATA = ("reference/*", "frameworks/*")
# A figure from here on is hardly another one by chance.
_LARGE = 100_000


@dataclass(frozen=True)
class Outcome:
    """What became of a hand-over: the entries of its reports, what was found, one sentence each, and how much was read.

    published: whether the folder is in its place. small, edges: figures below 1,000, and first and last days of a
    month, which are not searched for.
    """

    entries: list[index.Entry]
    found: list[str]
    files: int = 0
    searched: int = 0
    small: int = 0
    edges: int = 0
    published: bool = False


def check(plan: Plan, out: Path) -> None:
    """Refuse what can be no hand-over, before anything runs.

    Errors: OshError where the folder holds something, where a notebook does not say that it names nobody, or where a
    parameter names something inside of the folder: a key of codes does not go with the codes.
    """
    there = "a file" if out.is_file() else _number(len(list(out.iterdir())), "entry", "entries") if out.is_dir() else ""
    if there not in ("", "0 entries"):
        raise OshError(f"{out}: found {there}, expected an empty folder or none: a hand-over is made from nothing")
    for job in plan.jobs:
        if nbformat.read(job.source, 4).metadata.get("oshlib", {}).get("deidentified") is not True:
            raise OshError(
                f"--deidentified: found the notebook {job.notebook}, whose reports may name somebody; expected one "
                "with `oshlib: {deidentified: true}` in its metadata"
            )
        for name, value in job.parameters.items():
            for text in identifiers.texts_of(value):
                if _inside(text, out):
                    raise OshError(
                        f"{job.origin}: {name}: found {text!r} inside of {out}, which is handed over; expected a place "
                        "outside of it"
                    )


def make(plan: Plan, options: Options, excused: Excused, runner: Runner) -> Outcome:
    """Make the reports in a folder of no name, search it, and give it its name where every report is good and clean.

    Whatever happens, the folder `options.out` holds all of the hand-over or nothing. Errors: OshError where an input
    file cannot be read, or where the folder was filled meanwhile.
    """
    asked = [job.parameters for job in plan.jobs]
    first = identifiers.collect(asked, excused)
    target = Path(os.path.realpath(options.out))
    build = target.parent / f".{target.name}.{secrets.token_hex(4)}.part"
    try:
        jobs = [replace(job, out=str(build), deidentified=True) for job in plan.jobs]
        entries = runner(replace(plan, jobs=jobs), replace(options, out=build))
        if any(entry["status"] != "ok" for entry in entries):
            return Outcome(entries, [])
        editions.apart(entries)
        _lean(build, options.made)
        every = identifiers.collect(asked, excused)  # a key of codes may have grown since
        known = {(one.kind, one.value): one for one in (*every.every, *first.every)}
        for day in _days(asked, options.made):
            known.pop(("day", day), None)
        looked = spelt.wanted(known.values())
        hits, files = leaks.search(build, looked, _shipped(), get_plotlyjs(), _paths(every.files, options.out))
        hits = [hit for hit in hits if not _is_excused(hit, excused)]
        found = _said(hits, [Path(job.source) for job in plan.jobs])
        if not found:
            _publish(build, target, options.out)
            editions.hand_over(entries)
        return Outcome(entries, found, files, len(known), every.small, every.edges, not found)
    finally:
        shutil.rmtree(build, ignore_errors=True)


def _inside(text: str, out: Path) -> bool:
    """Whether a text is a path that leads into a folder."""
    if not text.strip() or "\0" in text:
        return False
    path, folder = Path(os.path.realpath(text)), Path(os.path.realpath(out))
    return folder in path.parents or (path == folder and (path.exists() or os.sep in text))


def _lean(build: Path, made: str) -> None:
    """The index without what its reader has no use for: where files lay, and how long it took."""
    entries = [
        {
            **entry,
            "parameters": places.names_only(entry["parameters"]),
            "data_place": None,
            "origin": "",
            "seconds": None,
        }
        for entry in index.read(build)
    ]
    index.write(build, entries, made)
    (build / ".lock").unlink(missing_ok=True)


def _is_excused(hit: Hit, excused: Excused) -> bool:
    """Whether only the form that was found is excused: the value itself is searched for all the same."""
    form = hit.identifier.form if hit.identifier else ""
    return form != "" and excused.value(form)


def _days(asked: Sequence[Mapping[str, Any]], made: str) -> set[str]:
    """Days that stand in every report, whatever day they are to a company: when it was made, and what was asked for."""
    texts = [made, *(str(value) for parameters in asked for value in parameters.values())]
    return {day for text in texts for day in spelt.days(identifiers.normal(text))}


def _shipped() -> dict[str, bytes]:
    return {page.SHARED: get_plotlyjs().encode()}


def _paths(files: Sequence[Path], out: Path) -> list[str]:
    """Folders of this machine that could stand in a report."""
    folders = [Path.home(), Path.cwd(), places.ROOT, Path(sys.prefix), Path(tempfile.gettempdir()), out.absolute()]
    every = {str(folder) for folder in (*folders, *(file.parent for file in files)) if len(folder.parts) > 1}
    return sorted({*every, *(path.replace("\\", "/") for path in every)})


def _said(hits: Sequence[Hit], notebooks: Sequence[Path]) -> list[str]:
    """One sentence for every hit; for one that can be a word of the report or another number, what to do then."""
    found = list(dict.fromkeys(hit.identifier for hit in hits if hit.identifier))
    own = set(leaks.within(_own_words(notebooks), spelt.wanted(found)))
    said = []
    for hit in hits:
        one = hit.identifier
        if one is None:
            said.append(f"{hit.file}: found {hit.what}")
            continue
        where = (f" as {one.form}" if one.form else "") + (f" {hit.what}" if hit.what else "")
        more = f" (and {_number(one.more, 'more cell', 'more cells')})" if one.more else ""
        text = f"{hit.file}: found {one.value!r}{where}, which is {one.column} in row {one.row} of {one.file}{more}"
        if one in own:
            text += "; the report's own words hold it, too: if it identifies nobody, add "
            text += f"--excuse {shlex.quote(one.form or one.value)}"
        elif one.kind == "number" and (one.form or float(one.value) < _LARGE):
            text += f"; if this is another number, add --excuse {one.form or one.value}"
        said.append(text)
    return said


def _own_words(notebooks: Sequence[Path]) -> list[str]:
    """The texts that a report is made of: code, templates, references, and its notebook's cells without outputs."""
    package = Path(__file__).parent
    files = [f for pattern in _OWN for f in package.glob(pattern)]
    files += [f for pattern in _OWN_DATA for f in (places.ROOT / "data").glob(pattern)]
    texts = [f.read_text(encoding="utf-8", errors="replace") for f in sorted(files) if f.is_file()]
    return texts + [cell.source for one in dict.fromkeys(notebooks) for cell in nbformat.read(one, 4).cells]


def _publish(build: Path, target: Path, out: Path) -> None:
    """Give the folder its name; where another one is in its place by now, that one stays."""
    try:
        if target.exists():
            target.rmdir()  # it is empty, or this fails
        build.rename(target)
    except OSError as fault:
        raise OshError(f"{out}: cannot be put in its place: {fault.strerror}; nothing was handed over") from None


def closing(outcome: Outcome, out: Path, excused: Excused) -> str:
    """The last line of the command: how many reports, what was searched for, what was excused, and where it is."""
    good = Counter(entry["status"] == "ok" for entry in outcome.entries)
    line = f"{_number(len(outcome.entries), 'report', 'reports')}: {good[True]} good, {good[False]} failed; "
    if good[False]:
        return line + "nothing was handed over"
    used = [text for text in excused.texts if text in excused.used]
    idle = [text for text in excused.texts if text not in excused.used]
    line += f"{_number(outcome.files, 'file', 'files')} searched for {_number(outcome.searched, 'value', 'values')}"
    small = f"{_number(outcome.small, 'figure', 'figures')} below {identifiers.LEAST:,.0f}" if outcome.small else ""
    edges = f"{_number(outcome.edges, 'first or last day', 'first or last days')} of a month" if outcome.edges else ""
    line += f", not for {' and '.join(filter(None, (small, edges)))}" if small or edges else ""
    line += f"; excused: {', '.join(map(repr, used))}" if used else ""
    line += f"; to be excused, but not there: {', '.join(map(repr, idle))}" if idle else ""
    if not outcome.published:
        return f"{line}; {_number(len(outcome.found), 'hit', 'hits')}: nothing was handed over"
    return f"{line}; none found; handed over: {out / 'index.html'}"


def _number(number: int, one: str, more: str) -> str:
    return f"{number} {one if number == 1 else more}"
