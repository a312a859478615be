"""The commands about data files: check one, write a form, repeat the draws of a record; and hand reports over."""

from __future__ import annotations

import argparse
import datetime as dt
import sys
from collections.abc import Callable
from typing import Any

from oshlib.errors import OshError


def check(asked: argparse.Namespace) -> int:
    """Print every fault of a data file, and a closing line; 1 where one is an error."""
    from oshlib import answers, lists, places, tables

    places.find(asked.data, "data")  # a path that is wrong is a command that is wrong
    try:
        kind = asked.kind if asked.kind in lists.kinds() else None
        if asked.kind is None:
            kind = lists.recognised(asked.data)
        if kind is not None:
            table, faults = lists.read(asked.data, kind)
            closing = [_of_list(table, kind)]
        elif asked.kind == "answers" or (asked.kind is None and answers.is_answers(asked.data)):
            table, faults, frameworks = answers.examined(asked.data)
            closing = _of_answers(table, frameworks)
        else:
            try:
                table, faults = tables.read(asked.data, asked.kind)
            except OshError as fault:
                raise OshError(f"{fault}{_or_a_list(asked.kind, str(fault))}") from fault
            closing = [f"{len(table)} unit-years of {table['unit_id'].nunique()} units"]
    except OshError as fault:
        print(f"error    {fault}")
        return 1
    for one in faults.itertuples():
        found = f" {one.value!r}" if one.value else ""
        print(f"{one.level:8} row {one.row}, {one.column or 'whole row'}:{found} {one.rule}: {one.text}")
    errors = int(faults["level"].eq("error").sum())
    for line in closing[:-1]:
        print(f"{asked.data}: {line}")
    print(f"{asked.data}: {closing[-1]}, {errors} errors, {len(faults) - errors} warnings")
    return 1 if errors else 0


def form(asked: argparse.Namespace) -> int:
    """Write the form of a framework for one unit."""
    from oshlib.answers import workbook
    from oshlib.frameworks import load

    framework = load(asked.framework)
    rows = workbook.write(framework, asked.unit, asked.date or dt.date.today().isoformat(), asked.out, asked.force)
    print(f"{asked.out}: {rows} rows to answer ({framework.title}); then: oshlib check {asked.out}")
    return 0


def verify_draw(asked: argparse.Namespace) -> int:
    """Print of every draw of a record whether it holds, what differs, and a closing line; 1 where anything does."""
    from oshlib.targeting import record

    draws = record.checked(record.read(asked.record))
    for one in draws:
        print(f"{'differs' if one.differences else 'holds'}  {one.who}: {one.what}")
        for difference in one.differences:
            print(f"  {difference}")
    differ = sum(bool(one.differences) for one in draws)
    hold = len(draws) - differ
    print(
        f"{asked.record}: {_count(len(draws), 'draw')}, {hold} hold{'s' if hold == 1 else ''}, "
        f"{differ} differ{'s' if differ == 1 else ''}"
    )
    return 1 if differ else 0


def _or_a_list(kind: str | None, fault: str) -> str:
    """What a file that no layout knows is not either: one of the lists."""
    from oshlib import lists

    if kind is not None or "no layout knows them" not in fault:
        return ""
    *titles, last = (str(lists.layout_of(one)["title"]) for one in lists.kinds())
    return f"; nor is it a {', a '.join(titles)} or a {last} (--kind {', '.join(lists.kinds())})"


def _of_list(table: Any, kind: str) -> str:
    """How many rows of how many units."""
    return f"{_count(len(table), 'row')} of the kind {kind} of {_count(table['unit_id'].nunique(), 'unit')}"


def hand_over(asked: argparse.Namespace, plan: Any, options: Any, runner: Callable[..., list[Any]]) -> int:
    """Make a hand-over, print every hit and a closing line; 1 where nothing was handed over."""
    from oshlib import handover
    from oshlib.identifiers import Excused

    excused = Excused(tuple(dict.fromkeys(asked.excuse)))
    outcome = handover.make(plan, options, excused, lambda plan, options: runner(plan, asked, options))
    for line in outcome.found:
        print(f"oshlib: {line}", file=sys.stderr)
    print(handover.closing(outcome, options.out, excused))
    return 0 if outcome.published else 1


def _of_answers(table: Any, frameworks: dict[str, Any]) -> list[str]:
    """How much is answered: a line a framework, and one of all where there are several."""
    from oshlib.frameworks import score

    lines = []
    for own, framework in frameworks.items():
        mine = table[table["framework"].eq(own)]
        scores = score(framework, mine)
        blank = scores.loc[scores["node"].eq(own), "unanswered"].sum()
        units, sheets = mine["unit"].nunique(), len(mine[["unit", "date"]].drop_duplicates())
        who = f"{_count(units, 'unit')}{f' on {sheets} sheets' if sheets != units else ''}"
        lines.append(f"{_count(_answered(mine), 'answer')} of {who} to {own} ({blank} unanswered)")
    if len(lines) != 1:
        lines.append(f"{_count(_answered(table), 'answer')} to {_count(len(frameworks), 'framework')}")
    return lines


def _answered(table: Any) -> int:
    return int(table["answer"].ne("").sum())


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
