"""The command `oshlib`: run, check, answers, verify-draw, list."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from oshlib import __version__, cli_run
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
        return 128 + (signal.SIGTERM if isinstance(stop, cli_run.Ended) else signal.SIGINT)


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
    cli_run.arguments(run)
    run.set_defaults(command=cli_run.run)

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


if __name__ == "__main__":
    sys.exit(main())
