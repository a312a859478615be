"""What the explorer shows: four questions asked of one choice at once, by the functions that the reports use."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from typing import Any

import plotly.graph_objects as go

from oshlib import markup, places, words
from oshlib.errors import OshError
from oshlib.flags import Flag
from oshlib.markup import Html
from oshlib.rates import measure
from oshlib.report import benchmark, goals, portfolio, trend
from oshlib.report.parts import chosen_options, sources
from oshlib.study import Subject
from oshlib.study.portfolio import Gathered, gather, judge, with_unit
from oshlib.study.setting import uses
from oshlib.study.subject import rates_of, read_once
from oshlib.study.whatif import changed, together
from oshlib.verdicts import goal_sentence, goal_status, reduction_sentence, reduction_status

Status = tuple[str, str, str]
_FAULT: Status = ("No answer", "○", "na")


@dataclass(frozen=True)
class Choice:
    """Everything that is chosen. units: ids, added up where there are several.

    cases, hours (a fraction), without (the id of one of `units`): what if. The rest are the parameters of the reports.
    """

    data: str
    units: tuple[str, ...]
    measure: str = "TCR"
    last_year: int | None = None
    years: int = 5
    min_years: int = 5
    confidence: float = 0.95
    compare: str = "rounding"
    hours_policy: str = "reported"
    goals: str | None = None
    base_year: int | None = None
    change: float | None = None
    national: float | None = None
    benchmark: str | None = None
    benchmark_key: str | None = None
    standard: float | None = None
    pooling: str = "mean"
    scheme: str = "safe"
    reduction: float | None = None
    implementation_date: str | None = None
    screen: bool = True
    cases: int = 0
    hours: float = 0.0
    without: str = ""

    @property
    def reported(self) -> Choice:
        """The same without any what-if."""
        return replace(self, cases=0, hours=0.0, without="")

    def parameters(self, unit: str) -> dict[str, Any]:
        """What a report on one unit takes from this choice, under the names of its parameters."""
        own = {name: getattr(self, name) for name in self.__dataclass_fields__ if name not in _NOT_PARAMETERS}
        lead = (
            [self.measure] if self.measure not in ("TCR", "LTCR") else sorted({"TCR", "LTCR"}, key=self.measure.__ne__)
        )
        return {"unit": unit, **own, "measures": lead, **self._asked()}

    def _asked(self) -> dict[str, Any]:
        """The numbers beside the data, None where the goal rule does not use them."""
        asked = uses(self.goals or "")
        return {n: getattr(self, n) if n in asked else None for n in ("base_year", "change", "national")}


_NOT_PARAMETERS = ("units", "cases", "hours", "without")


@dataclass(frozen=True)
class Panel:
    """One question answered: status (words, symbol, tone), a sentence, and the chart, None where there is none.

    table: makes the table of the chart's numbers; only when it is asked for, as a slider does not wait for it.
    """

    status: Status
    sentence: str
    figure: go.Figure | None
    flags: tuple[Flag, ...] = ()
    table: Callable[[], Html] = Html


def subject(choice: Choice) -> Subject:
    """The units of a choice as one, with what was changed. Errors: OshError where one cannot be read."""
    _forget_what_changed(choice)
    return _subject(choice)


@lru_cache(maxsize=16)
def _subject(choice: Choice) -> Subject:
    found = _together(choice.data, _units(choice), choice.last_year, choice.years, choice.hours_policy)
    if not choice.cases and not choice.hours:
        return found
    return changed(found, measure(choice.measure), choice.cases, choice.hours)


def last_count(choice: Choice) -> int | None:
    """The cases of the last year before any were added or taken; None where it has no rate that could change."""
    _forget_what_changed(choice)
    return _last_count(replace(choice, cases=0, hours=0.0))


@lru_cache(maxsize=16)
def _last_count(choice: Choice) -> int | None:
    try:
        found = _subject(choice)
        last = next(rates_of(found, [measure(choice.measure)], choice.confidence, found.rows).tail(1).itertuples())
    except OshError:
        return None
    return None if last.value != last.value else int(last.cases)


def values_of(report: str, choice: Choice, unit: str) -> dict[str, Any]:
    """The parameters under which a report on one unit says what the desk says."""
    values = choice.parameters(unit)
    if report == "portfolio" or (report == "five_year_trend" and panel("benchmark", choice).figure is None):
        values |= {"benchmark": None, "benchmark_key": None}  # the funnel of the desk is around all units
    if report == "portfolio":
        last = subject(choice.reported).years[-1]  # of the unit; without a year the report would take that of the file
        values["last_year"] = None if last == int(read_once(choice.data)[0]["year"].max()) else last
    return values


def method(choice: Choice) -> Html:
    """How the answers come about, every choice, and the file and rows that they rest on."""
    said = [
        "Each answer is that of the report of its kind (five_year_trend, goal_attainment, tcir_benchmark, portfolio), "
        "worked out by the same functions; formula, intervals and sources stand in their Method sections.",
        "Several units are added up year by year before anything is divided; a year that one of them lacks has no sum. "
        "Cases more or fewer are of the last year and of the mildest kind that the measure counts; hours are changed "
        "by a share of that year's. A benchmark stays as it is.",
        chosen_options({name: getattr(choice, name) for name in choice.__dataclass_fields__ if name != "data"}),
    ]
    try:
        found = subject(choice)
    except OshError as fault:
        return markup.paragraphs(*said, str(fault))
    return Html(markup.paragraphs(*said) + sources(found))


def panel(name: str, choice: Choice) -> Panel:
    """The answer to one of PANELS; where there is none, the reason in a sentence."""
    _forget_what_changed(choice)
    return _panel(name, choice)


@lru_cache(maxsize=64)
def _panel(name: str, choice: Choice) -> Panel:
    try:
        return PANELS[name][1](choice, _subject(choice))
    except OshError as fault:
        return Panel(_FAULT, str(fault), None)


def _trend(c: Choice, s: Subject) -> Panel:
    found = trend.study(s, [c.measure], c.min_years, c.confidence)
    m = found.measures[0]
    status, said = words.verdict(found.trends[m.id]), trend.sentence(found, m)
    return Panel(status, said, trend.trend_figure(found), _kept(found), partial(trend.year_table, found))


def _goal(c: Choice, s: Subject) -> Panel:
    if not c.goals:
        raise OshError("No goal is chosen: pick a rule, or the path of a table of goals.")
    found = goals.study(s, c.goals, [c.measure], c.min_years, c.confidence, **c._asked())
    a = found.attained[c.measure]
    said, figure = goal_sentence(a, s.decimals), goals.goal_figure(found)
    return Panel(goal_status(a), said, figure, _kept(found), partial(goals.goal_tables, found))


def _benchmark(c: Choice, s: Subject) -> Panel:
    if not c.benchmark and c.standard is None:
        raise OshError(
            "No benchmark is chosen: give the path of a benchmark table or of a file of units, or a standard."
        )
    found = benchmark.study(
        s, c.benchmark, c.benchmark_key, c.standard, scheme=c.scheme, reduction=c.reduction, pooling=c.pooling,
        implementation_date=c.implementation_date, compare=c.compare, confidence=c.confidence, name=c.measure,
        screen=c.screen,
    )  # fmt: skip
    said = reduction_sentence(found, s.decimals)
    figure = benchmark.benchmark_figure(found)
    return Panel(reduction_status(found), said, figure, _kept(found), partial(benchmark.year_table, found))


def _funnel(c: Choice, s: Subject) -> Panel:
    m = measure(c.measure)
    everyone = _gathered(c.data, c.measure, s.years[-1], c.years, c.hours_policy)
    own = rates_of(s, [m], c.confidence, s.rows)
    held = judge(with_unit(everyone, own, s.name, s.unit_id, _units(c)), confidence=c.confidence, screen=c.screen)
    status, said = portfolio.place(held, s.unit_id)
    figure = portfolio.funnel_figure(held, s.unit_id)
    return Panel(status, said, figure, tuple(held.cautions), partial(portfolio.unit_table, held))


#: The questions, in the order in which they are answered, with what answers them.
PANELS: Mapping[str, tuple[str, Callable[[Choice, Subject], Panel]]] = {
    "trend": ("Is the rate falling?", _trend),
    "goal": ("Were the goals met?", _goal),
    "benchmark": ("How far below the benchmark?", _benchmark),
    "funnel": ("Does it stand out among the units of its file?", _funnel),
}


def _units(c: Choice) -> tuple[str, ...]:
    rest = tuple(u for u in c.units if u != c.without)
    return rest or c.units


def _kept(found: Any) -> tuple[Flag, ...]:
    return tuple(found.cautions)


_together = lru_cache(maxsize=16)(together)


@lru_cache(maxsize=8)
def _gathered(data: str, name: str, last_year: int, years: int, hours_policy: str) -> Gathered:
    return gather(data, name, last_year, years, hours_policy)


_SEEN: dict[str, object] = {}


def _forget_what_changed(choice: Choice) -> None:
    """A file that was saved anew while the desk is open is read anew."""
    now = {path: _stamp(path) for path in (choice.data, choice.goals, choice.benchmark) if path}
    if any(_SEEN.get(path, stamp) != stamp for path, stamp in now.items()):
        for kept in (_subject, _last_count, _panel, _together, _gathered):
            kept.cache_clear()
    _SEEN.update(now)


def _stamp(path: str) -> object:
    try:
        state = places.find(path).stat()
        return state.st_mtime_ns, state.st_size
    except OshError:
        return None
