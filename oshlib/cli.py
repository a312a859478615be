"""The command `oshlib`: run, check, answers, verify-draw, list."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from oshlib import __version__
from oshlib.errors import OshError

# What each command needs is imported inside it: `oshlib --help` must not wait for pandas.

_RUN_EXAMPLES = """examples:
  oshlib run                                   every file in parameters/
  oshlib run parameters/five_year_trend        one folder
  oshlib run five_year_trend --each filings.csv --set min_years=3
  oshlib run parameters/partnership_annual --deidentified --out handover
"""
_CHECK_EXAMPLES = """examples:
  oshlib check filings.csv
  oshlib check forms/cedar_hollow.xlsx         a form of answers, filled in
"""
_ANSWERS_EXAMPLES = """examples:
  oshlib answers safe --unit RM-01 --out forms/cedar_hollow.xlsx
  oshlib answers my/own_framework.yaml --unit PL-01 --date 2025-11-14 --out forms/own.xlsx
"""
_VERIFY_EXAMPLES = """examples:
  oshlib verify-draw reports/targeting/lowell.html    a report, or the .ipynb beside it
  oshlib verify-draw draws.csv                        its table of draws, saved from the page as csv or xlsx
"""


class _Ended(KeyboardInterrupt):
    """A scheduler or a container ends the run: all goes as it does after Ctrl-C, but for the exit status."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and give back its exit status: 0 good, 1 something failed, 2 nothing could start.

    128 and the number of the signal, as a shell says it, where it was stopped: 130 by Ctrl-C, 143 by SIGTERM.
    """
    parser = _parser()
    asked = parser.parse_args(arguments)
    try:
        return int(asked.command(asked))
    except OshError as fault:
        print(f"oshlib: {fault}", file=sys.stderr)
        return 2
    except OSError as fault:
        if isinstance(fault, BrokenPipeError):
            # The reader of our output (head, say) has gone: nothing is wrong here.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return 0
        print(f"oshlib: {fault.strerror or fault}: {fault.filename or ''}", file=sys.stderr)
        return 2
    except KeyboardInterrupt as stop:
        none = getattr(asked, "deidentified", False) and not any(Path(asked.out).glob("*"))
        kept = "nothing was handed over" if none else "finished reports are kept"
        print(f"oshlib: stopped; {kept}", file=sys.stderr)
        return 128 + (signal.SIGTERM if isinstance(stop, _Ended) else signal.SIGINT)


def _end(*_: Any) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # the index is written now: a second one must not tear it
    raise _Ended


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="oshlib",
        description="Safety reports from injury records: rates, trends, goals.",
        epilog="example: oshlib run --jobs 2",
    )
    parser.add_argument("--version", action="version", version=f"oshlib {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    raw = argparse.RawDescriptionHelpFormatter

    run = commands.add_parser("run", help="make reports", epilog=_RUN_EXAMPLES, formatter_class=raw)
    run.add_argument(
        "path",
        nargs="*",
        metavar="PATH",
        help="parameter files or folders (default: parameters/); with --each, a notebook",
    )
    run.add_argument("--each", metavar="DATA", help="one report for every unit of this data file")
    run.add_argument(
        "--set", nargs="+", action="extend", default=[], metavar="NAME=VALUE", help="set a parameter of all reports"
    )
    run.add_argument("--out", default="reports", metavar="DIR", help="the folder of the reports (default: reports)")
    run.add_argument(
        "--jobs",
        type=_positive,
        default=os.cpu_count() or 1,
        metavar="N",
        help="reports at a time (default: all cores)",
    )
    run.add_argument("--limit", type=_seconds, metavar="SECONDS", help="time that one report may take (default: 300)")
    run.add_argument(
        "--self-contained", action="store_true", help="put plotly.js into every page: one file to mail, 5 MB each"
    )
    run.add_argument(
        "--deidentified", action="store_true", help="publish only what holds no name and no figure of one company"
    )
    run.add_argument(
        "--excuse",
        action="append",
        default=[],
        metavar="TEXT",
        help="with --deidentified: a value that identifies nobody, or a column of such values (column:NAME)",
    )
    run.add_argument("--dry-run", action="store_true", help="say what would run, run nothing")
    run.add_argument("--strict", action="store_true", help="start nothing if any parameter file is wrong")
    run.add_argument("--quiet", action="store_true", help="print the closing line only")
    run.set_defaults(command=_run)

    check = commands.add_parser(
        "check", help="print every fault of a data file", epilog=_CHECK_EXAMPLES, formatter_class=raw
    )
    check.add_argument("data", metavar="DATA", help="a csv, xlsx or parquet file")
    check.add_argument(
        "--kind",
        metavar="KIND",
        help="its layout, answers, participants, contacts or cases (default: found by its columns)",
    )
    check.set_defaults(command=_check)

    form = commands.add_parser(
        "answers", help="write the form of a framework, to be filled in", epilog=_ANSWERS_EXAMPLES, formatter_class=raw
    )
    form.add_argument("framework", metavar="FRAMEWORK", help="its id (see oshlib list), or the path of a file")
    form.add_argument("--unit", required=True, metavar="U", help="who is assessed: a unit_id, or a name")
    form.add_argument("--out", required=True, metavar="FILE.xlsx", help="the workbook to write")
    form.add_argument("--date", metavar="D", help="day of the assessment, such as 2025-11-14 (default: today)")
    form.add_argument("--force", action="store_true", help="write over a file that is there, and lose its answers")
    form.set_defaults(command=_answers)

    verify = commands.add_parser(
        "verify-draw",
        help="repeat the draws of a record and say whether it holds",
        epilog=_VERIFY_EXAMPLES,
        formatter_class=raw,
    )
    verify.add_argument("record", metavar="RECORD", help="a report (html, ipynb), or its table of draws (csv, xlsx)")
    verify.set_defaults(command=_verify_draw)

    show = commands.add_parser(
        "list", help="notebooks, frameworks, measures", epilog="example:\n  oshlib list\n", formatter_class=raw
    )
    show.set_defaults(command=_list)
    return parser


def _run(asked: argparse.Namespace) -> int:
    from oshlib import cli_data, handover, run
    from oshlib import plan as planning
    from oshlib.jobs import LIMIT

    options = planning.Options(Path(asked.out), asked.limit or LIMIT, asked.self_contained, run.stamp())
    sets = _assignments(asked.set)
    if asked.each is None:
        plan = planning.from_files([Path(p) for p in asked.path or ["parameters"]], sets, options)
    elif len(asked.path) == 1:
        plan = planning.for_each(asked.path[0], asked.each, sets, options)
    else:
        raise OshError(f"--each: found {len(asked.path)} paths, expected the name of one notebook")
    total = len(plan.jobs) + len(plan.refused)
    if asked.excuse and not asked.deidentified:
        raise OshError("--excuse: found no --deidentified, without which nothing is searched for")
    if asked.deidentified:
        handover.check(plan, options.out)
    if asked.dry_run:
        return _dry(plan)
    if (asked.strict or asked.deidentified) and plan.refused:
        for entry in plan.refused:
            print(f"oshlib: {entry['error']}", file=sys.stderr)
        asks = "--strict" if asked.strict else "--deidentified"
        raise OshError(f"{asks}: {len(plan.refused)} of {total} reports are wrong; nothing was started")
    before = signal.signal(signal.SIGTERM, _end)
    try:
        if asked.deidentified:
            return cli_data.hand_over(asked, plan, options, _with_progress)
        entries = _with_progress(plan, asked, options)
    finally:
        signal.signal(signal.SIGTERM, before)
    failed = sum(e["status"] != "ok" for e in entries)
    made = f"{total} report{'' if total == 1 else 's'}"
    print(f"{made}: {total - failed} good, {failed} failed; {options.out / 'index.html'}")
    return 0 if not failed else 1 if plan.jobs else 2


def _with_progress(plan: Any, asked: argparse.Namespace, options: Any) -> list[Any]:
    """Run with a bar on stderr, where that is a terminal, and a line a report on stdout.

    The line says where the report is, but of a hand-over, which is in its place only when all of it is.
    """
    from tqdm import tqdm

    from oshlib import run

    total = len(plan.jobs) + len(plan.refused)
    with tqdm(total=total, unit="report", file=sys.stderr, disable=True if asked.quiet else None) as bar:

        def done(entry: Any) -> None:
            bar.update()
            if asked.quiet:
                return
            if entry["status"] == "ok":
                words = ((entry["card"] or {}).get("status") or {}).get("words", "")
                where = "" if asked.deidentified else f"  {options.out / entry['html']}"
                line = f"ok      {entry['unit'] or entry['name']}: {words}{where}"
            else:
                line = f"failed  {entry['error']}"
            with tqdm.external_write_mode(file=sys.stderr):
                print(line, flush=True)

        return run.run(plan, asked.jobs, options, done)


def _dry(plan: Any) -> int:
    for job in plan.jobs:
        print(f"would run  {job.origin}  ->  {Path(job.out) / job.name}.html")
    for entry in plan.refused:
        print(f"refused    {entry['error']}")
    return 0 if not plan.refused else 1 if plan.jobs else 2


def _check(asked: argparse.Namespace) -> int:
    from oshlib import cli_data

    return cli_data.check(asked)


def _answers(asked: argparse.Namespace) -> int:
    from oshlib import cli_data

    return cli_data.form(asked)


def _verify_draw(asked: argparse.Namespace) -> int:
    from oshlib import cli_data

    return cli_data.verify_draw(asked)


def _list(_: argparse.Namespace) -> int:
    from oshlib import plan
    from oshlib.frameworks import available, load
    from oshlib.rates import MEASURES

    print("Notebooks")
    for name, source in plan.notebooks().items():
        print(f"  {name}")
        for parameter, one in plan.declared(source).items():
            print(f"    {parameter} = {one['default']}  {one['help']}")
    print("Frameworks")
    for own in available():
        framework = load(own)
        print(f"  {own:23} {len(framework.items):3} items  {framework.title}")
    print("Measures")
    for m in MEASURES.values():
        print(f"  {m.id:9} {m.title}, {m.base}: {' + '.join(m.cases)}")
    return 0


def _assignments(texts: Sequence[str]) -> dict[str, Any]:
    from oshlib import parameters

    found = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise OshError(f"--set: found {text!r}, expected NAME=VALUE")
        found[name] = parameters.value_of(value)
    return found


def _positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"found {text}, expected 1 or more")
    return value


def _seconds(text: str) -> float:
    value = float(text)
    if not value > 0:
        raise argparse.ArgumentTypeError(f"found {text}, expected more than 0 seconds")
    return value


if __name__ == "__main__":
    sys.exit(main())
