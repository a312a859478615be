"""Hide more until nothing that is hidden can be worked out: from one report, from an earlier one, from two years."""

from __future__ import annotations

from collections.abc import Sequence

from oshlib.disclosure import difference, solve, views
from oshlib.disclosure.model import Rules, Year
from oshlib.disclosure.world import Target, World


def secure(year: Year, same: Sequence[Year], near: Sequence[Year], rules: Rules) -> None:
    """Hide figures of the year, in place, until every attack on it fails.

    same: the same year as earlier reports showed it; near: what was shown of the years beside it, in this report or
    an earlier one. Ends because each round hides a figure or finds that nothing is left to hide.
    """
    _totals(year, same, near, rules)
    if not year.units:
        return
    worlds = {
        "hours": views.hours(year, same, rules),
        "cases": views.counts(year, same, rules),
        "companies": views.companies(year, same, rules),
    }
    asked: set[tuple[str, bytes]] = set()
    while True:
        for world in worlds.values():
            _settle(year, world, worlds)
        if not _differences(year, [*same, *near], rules, worlds, asked):
            return


def _settle(year: Year, world: World, worlds: dict[str, World]) -> None:
    while pin := solve.pinned(world):
        key = solve.remedy(world, *pin)
        if key is None:
            # An earlier report has said it already, or it is all one company's: nothing left to hide can help.
            world.exempt[pin] = True
        else:
            _hide(year, *key, "complement", worlds)


def _hide(year: Year, cell: int, quantity: str, why: str, worlds: dict[str, World]) -> None:
    year.cells[cell].hide(quantity, why)
    for world in worlds.values():
        world.hidden.add((cell, quantity))


def _differences(
    year: Year, others: Sequence[Year], rules: Rules, worlds: dict[str, World], asked: set[tuple[str, bytes]]
) -> bool:
    """Ask for what the differences with other years and reports give away; whether there was anything new to ask."""
    new = False
    for quantity in ("hours", "cases"):
        for known, figure in difference.found(year, others, quantity, rules):
            sign = quantity, known.members.tobytes()
            if sign in asked:
                continue
            asked.add(sign)
            new = True
            if known.cell is not None and year.cells[known.cell].shown[quantity] != "hidden":
                for each in year.quantities:
                    _hide(year, known.cell, each, "difference", worlds)
            _ask(worlds[quantity], known, figure, rules)
    return new


def _ask(world: World, known: difference.Known, figure: float, rules: Rules) -> None:
    members = views.entities_of(world, known.members)
    columns = list(range(world.columns))
    if world.whole:
        world.add(Target(members, columns, span=rules.least_range))
    else:
        world.add(Target(members, columns, margin=rules.least_remainder * figure))


def _totals(year: Year, same: Sequence[Year], near: Sequence[Year], rules: Rules) -> None:
    total = year.cells[0]
    for name in year.sums:
        if total.shown[name] == "hidden":
            continue
        world = views.added(year, same, name, rules)
        if solve.pinned(world):
            total.hide(name, "complement")
        elif difference.changed_total(year, [*same, *near], name, rules):
            total.hide(name, "difference")
