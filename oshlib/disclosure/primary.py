"""The rules that look at one cell alone: how many companies, the largest, the remainder, small counts."""

from __future__ import annotations

import numpy as np

from oshlib.disclosure.limits import Limits
from oshlib.disclosure.model import Cell, Rules, Year
from oshlib.exact import Floats, as_written


def broken(figures: Floats, rules: Rules) -> str:
    """Which rule a cell breaks: few, dominant, remainder, or "".

    figures: one number for each of its companies. Shares are compared exactly, as their decimals are written. Where
    all figures are zero the total gives each of them away, and nothing remains beside the largest.

    >>> broken(np.array([60.0, 30.0, 10.0]), Rules()), broken(np.array([60.0, 39.0, 1.0]), Rules())
    ('', 'remainder')
    """
    if len(figures) < rules.least_companies:
        return "few"
    largest, second = np.sort(figures)[::-1][:2] if len(figures) > 1 else (figures.sum(), 0.0)
    total = sum(map(as_written, figures))
    if as_written(largest) > as_written(rules.most_share) * total:
        return "dominant"
    rest = total - as_written(largest) - as_written(second)
    return "remainder" if total == 0 or rest < as_written(rules.least_remainder) * as_written(largest) else ""


def count_shown(figures: Floats, rules: Rules) -> str:
    """How a count may stand: "yes", "<5", or "hidden" where one company could tell it, or others', from its own.

    A company with c cases knows that a count below five lies from c to 4; of a count that is shown it knows what the
    others have together. Neither may leave a range below the least.

    >>> [count_shown(np.array(f, float), Rules()) for f in ([1, 1, 1], [2, 0, 0], [3, 2, 0], [3, 2, 1])]
    ['<5', 'hidden', 'hidden', 'yes']
    """
    total, largest = figures.sum(), figures.max(initial=0.0)
    if total < rules.small:
        return f"<{rules.small}" if rules.small - 1 - largest >= rules.least_range else "hidden"
    return "yes" if total - largest >= rules.least_range else "hidden"


def apply(year: Year, rules: Rules) -> dict[tuple[str, str], str]:
    """Hide what breaks a rule; gives back the rule of every cell that does, for the eyes of the publisher alone."""
    reasons: dict[tuple[str, str], str] = {}
    for cell in year.cells:
        for quantity in year.quantities:
            cell.shown[quantity], cell.why[quantity] = "yes", ""
        why = _cell(year, cell, rules)
        if why:
            reasons[cell.grouping, cell.group] = why
            for quantity in year.quantities:
                cell.hide(quantity, "primary")
        elif _limits(year, cell, rules).told:
            # The limits bound hours alone: cases and companies may stay.
            reasons[cell.grouping, cell.group] = "limits"
            cell.hide("hours", "primary")
    total = year.cells[0]
    if total.shown["hours"] == "hidden":
        for cell in year.cells[1:]:
            for quantity in year.quantities:
                cell.hide(quantity, "complement")
    for name, (_, values) in year.sums.items():
        shown = "hidden" if broken(values, rules) and values.sum() >= rules.small else count_shown(values, rules)
        shown = "hidden" if len(values) < rules.least_companies else shown
        _note(total, name, shown)
    return reasons


def _cell(year: Year, cell: Cell, rules: Rules) -> str:
    cases = year.figures("cases", cell.members)
    why = broken(year.figures("hours", cell.members), rules)
    if not why and cases.sum() >= rules.small:
        why = broken(cases, rules) or ("remainder" if count_shown(cases, rules) == "hidden" else "")
    if why:
        return why
    _note(cell, "cases", count_shown(cases, rules))
    for detail in year.details:
        figures = year.figures(detail, cell.members)
        # Details stand for the companies that have them: these must be as many as behind any other figure.
        _note(cell, detail, "hidden" if len(figures) < rules.least_companies else count_shown(figures, rules))
    return ""


def _limits(year: Year, cell: Cell, rules: Rules) -> Limits:
    own = cell.members
    return Limits.of(year.hours[own], year.least[own], year.most[own], rules.least_remainder)


def _note(cell: Cell, quantity: str, shown: str) -> None:
    cell.shown[quantity] = shown
    cell.why[quantity] = {"yes": "", "hidden": "primary"}.get(shown, "small")
