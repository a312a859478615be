"""All participants of a partnership together, year on year, and its goals: nothing in it says who anybody is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from oshlib import codes, flags, lists, places
from oshlib.errors import OshError
from oshlib.exact import level
from oshlib.masks import HIDDEN
from oshlib.rates import Measure, measure
from oshlib.study import association_private as private_files
from oshlib.study.advice import Advice, advise
from oshlib.study.association_cautions import cautions, notes
from oshlib.study.association_draws import Drawn, draws
from oshlib.study.association_editions import Editions
from oshlib.study.association_figures import Figure, figures, goals, reach
from oshlib.study.association_members import NATURES, OTHER_TYPES, OUTCOMES, Gathered, gather, taking_part
from oshlib.study.association_numbers import notice_days, numbers
from oshlib.study.association_sites import Sites, as_kept, sites
from oshlib.study.association_tables import combined_rows, group_rates, protected
from oshlib.study.association_tests import GoalCount, RuleCount, goal_count, limits, rule_counts
from oshlib.trends import Trend, trend

#: What a table may be parted by: columns of the members.
BY = ("state", "size", "level", "area", "stayed")
#: Years without which no trend is spoken of.
_YEARS = 3


@dataclass(frozen=True)
class Association:
    """What may be said of all participants together.

    combined: one row a year: year, members, companies (of them with a rate), cases, hours, value, low, high, ratio,
    ratio_low, ratio_high, p (against the year before); NaN where hidden. groups, types, outcomes, natures: cells of
    oshlib.disclosure (year, grouping, group, quantity, value, shown, why). kinds: titles of the kinds of case. lost:
    table, year, companies: in the totals of that table, and in none of its kinds.
    tested: the goal by its own clock, this year and the year before, and by the scheme's where it has a start.
    rules: the other tests, both years. kept: for the association alone.
    """

    measure: Measure
    years: list[int]
    combined: pd.DataFrame
    trend: Trend
    groups: pd.DataFrame
    group_rates: pd.DataFrame
    types: pd.DataFrame
    outcomes: pd.DataFrame
    natures: pd.DataFrame
    kinds: dict[str, str]
    figures: list[Figure]
    goals: list[Any]
    initiatives: pd.DataFrame
    tested: list[GoalCount]
    rules: list[RuleCount]
    standard: str
    benchmark: pd.DataFrame
    draws: list[Drawn]
    sites: Sites | None
    advice: list[Advice]
    calendar: list[Any]
    cautions: list[flags.Flag]
    rule: str
    suppressed: int
    lost: pd.DataFrame
    whole: Mapping[str, int]
    faults: pd.DataFrame
    sha256: Mapping[str, str]
    rows: Mapping[str, int]
    by: tuple[str, ...]
    sizes: tuple[int, ...]
    confidence: float
    made_up: bool
    kept: private_files.Kept = field(repr=False)

    @property
    def year(self) -> int:
        """The year that is reported on."""
        return self.years[-1]

    @property
    def last(self) -> Any:
        """The combined row of that year."""
        return next(self.combined.tail(1).itertuples())

    @property
    def why_no_rate(self) -> str:
        """Why the combined rate of the year is not shown, a key of disclosure.WHY; "" where there is none."""
        own = self.groups[self.groups["grouping"].eq("") & self.groups["year"].eq(self.year)]
        lost = own[own["quantity"].isin(["hours", "cases"]) & own["shown"].ne("yes")]
        return str(lost.sort_values("why")["why"].iloc[0]) if len(lost) else ""


def study(
    data: str,
    participants: str,
    contacts: str | None = None,
    cases: str | None = None,
    answers: str | None = None,
    last_year: int | None = None,
    years: int = 5,
    *,
    scheme: str,
    framework: str,
    goals_table: str,
    calendar: str,
    benchmark: str | None = None,
    benchmark_key: str | None = None,
    standard: float | None = None,
    pooling: str = "mean",
    partnership_start: str | None = None,
    by: Sequence[str] = ("state", "size"),
    sizes: Sequence[int] = (20, 50, 100, 250),
    seed: int = 1,
    area: str | None = None,
    level_drawn: str | None = None,
    private: str = "",
    confidence: float = 0.95,
    compare: str = "rounding",
    hours_policy: str = "reported",
    name: str = "TCIR",
) -> Association:
    """Everybody who took part, by year up to the last, as far as it may be shown where nobody is named.

    by: what the rates are parted by, of BY. level_drawn: of the participants whom the inspector draws from. private:
    the folder with the association's own files, "" for none; it is read here, and written by `keep` only.
    Errors: OshError that names the file or the parameter, what was found and what was expected, and no participant.
    """
    level(confidence)
    m = measure(name)
    if not isinstance(private, str):
        raise OshError(f"private: found {private!r}, expected the name of a folder, or nothing")
    given = gather(data, participants, contacts, cases, answers, framework, name, hours_policy, sizes, last_year)
    window = _window(given.members, last_year, years)
    year = window[-1]
    members, groupings = _prepared(given, window), _asked(by)
    before = private_files.read(private) if private else private_files.EMPTY
    kinds = {f"type:{t}": title for t, title in given.types.items()}
    kinds |= {f"type:{OTHER_TYPES}": "Other recordable cases"}
    kinds |= {f"outcome:{k}": k.capitalize() for k in OUTCOMES} | {f"nature:{k}": k.capitalize() for k in NATURES}
    nobody = _nobody_of(level_drawn, given.people, year)
    start = None if partnership_start is None else _day(partnership_start)
    at = limits(benchmark, benchmark_key, standard, scheme, window, pooling, m, compare, confidence)
    rows, due = goals(goals_table, scheme), private_files.calendar(calendar, scheme)
    said, drawn = draws(given.people, given.contacts, year, seed, level_drawn, area)
    # What is wrong has been refused by now: from here on it takes its time.
    safe = protected(members, groupings, list(kinds), before.memories, sizes)
    tables, suppressed = safe.tables, safe.suppressed
    combined = combined_rows(tables["groups"], members, window, m, confidence)
    ends = [y for y in (year - 1, year) if y in window]
    editions = Editions(year, list(before.figures))
    tested = [goal_count(members, y, at, None, editions) for y in ends]
    if start is not None:
        tested.append(goal_count(members, year, at, start, editions))
    counted = [t for t in tested if t is not None]
    rules = [r for y in ends for r in rule_counts(members, y, at, editions)]
    found = figures(rows, members, year, editions)
    initiatives = reach(given.contacts, members, year, editions)
    banded = None
    if private:
        after = members.loc[members["year"].eq(year) & members["since"].gt(12), "unit_id"]
        own = codes.keep(private_files.codes_file(private), sorted(after))
        rate = float(combined["value"].iloc[-1])
        banded = sites(members, year, rate, own, as_kept(before.sites), confidence, m.per)
    moved = _trend(combined, window, confidence, m)
    suppressed += _hidden(found, counted, rules, initiatives)
    held = at.held[year]
    return Association(
        measure=m, years=window, combined=combined, trend=moved, **tables,
        group_rates=group_rates(tables["groups"], m, confidence), kinds=kinds, figures=found, goals=rows,
        initiatives=initiatives, tested=counted, rules=rules, standard=held.how if held else "",
        benchmark=at.lines[at.lines["year"].isin(window)][["name", "year", "value"]].reset_index(drop=True), draws=said,
        sites=banded, advice=advise(numbers(combined, tables["types"], kinds, counted, rules, found, initiatives,
                                            year, confidence, rows, notice_days(scheme))),
        calendar=due,
        cautions=cautions(given, members, combined, safe, moved, found, banded, m, window,
                          notes(given, bool(private), bool(private) and not before.memories, nobody)),
        rule=safe.rule, suppressed=suppressed, lost=safe.lost,
        whole={"strangers": given.strangers, "undated": given.undated, "from_log": given.from_log,
               "differences": given.differences,
               "without_row": int(members.loc[members["year"].eq(year), "no_row"].sum())},
        faults=given.faults, sha256={k: places.sha256(places.find(v)) for k, v in given.files.items()},
        rows=given.rows, by=tuple(by), sizes=tuple(sizes), confidence=confidence, made_up=given.made_up,
        kept=private_files.Kept(year, drawn, safe.memories, editions.own,
                                [*as_kept(before.sites), banded.signatures] if banded else []),
    )  # fmt: skip


def _window(members: pd.DataFrame, last_year: Any, years: Any) -> list[int]:
    for name, value in (("years", years), *([("last_year", last_year)] if last_year is not None else [])):
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise OshError(f"{name}: found {value!r}, expected a whole number of 1 or more")
    held = sorted({int(y) for y in members["year"]})
    last = held[-1] if last_year is None else last_year
    window = [y for y in held if last - years < y <= last]
    if last not in window:
        raise OshError(f"last_year: found {last}, expected a year with participants, here {held[0]} to {held[-1]}")
    return window


def _asked(by: Any) -> list[str]:
    right = isinstance(by, list | tuple) and all(isinstance(b, str) and b in BY for b in by)
    if not right or len(set(by)) != len(by):
        raise OshError(f"by: found {by!r}, expected a list of {', '.join(BY)}")
    return list(by)


def _hidden(
    found: Sequence[Figure], tested: Sequence[GoalCount], rules: Sequence[RuleCount], initiatives: pd.DataFrame
) -> int:
    """How many figures, results of tests and figures of initiatives are hidden."""
    every = [s for f in found for s in (f.now, f.before)]
    every += [s for t in tested for s in (*t.parts.values(), *t.by_chance.values())]
    every += [s for r in rules for s in r.parts.values()]
    every += [s for column in ("potential", "actual", "coverage") for s in initiatives[column]]
    return sum(s.text == HIDDEN for s in every)


def _nobody_of(level_drawn: Any, people: pd.DataFrame, year: int) -> str:
    """The level drawn where no participant of the year has it, else "". Errors: OshError on what is no level."""
    known = [*lists.layout_of("participants")["columns"]["level"]["words"]]
    if level_drawn is not None and level_drawn not in known:
        raise OshError(f"level_drawn: found {level_drawn!r}, expected one of {', '.join(known)}")
    there = people.loc[taking_part(people, year), "level"]
    return "" if level_drawn is None or there.eq(level_drawn).any() else str(level_drawn)


def _day(given: Any) -> pd.Timestamp:
    try:
        return pd.Timestamp(str(given))
    except ValueError:
        raise OshError(f"partnership_start: found {given!r}, expected a day such as 2022-01-01") from None


def _prepared(given: Gathered, window: list[int]) -> pd.DataFrame:
    """The members of the window, with who was there throughout, and who had been verified by the end of each year."""
    own = given.members[given.members["year"].isin(window)].copy()
    rated = own[own["usable"]].groupby("unit_id")["year"].nunique()
    own["stayed"] = [
        "in every year" if rated.get(u, 0) == len(window) else "came or left" for u in own["unit_id"]
    ]  # fmt: skip
    day = own["unit_id"].map(given.people.drop_duplicates("unit_id").set_index("unit_id")["verified"])
    ends = pd.to_datetime(own["year"].astype(str) + "-12-31")
    own["verified"] = (day <= ends).astype(float)
    own["level"] = own["level"].astype(str)
    own["area"] = own["area"].replace("", "not known")
    return own.reset_index(drop=True)


def _trend(combined: pd.DataFrame, window: list[int], confidence: float, m: Measure) -> Trend:
    every = list(range(window[0], window[-1] + 1))
    own = combined.set_index("year").reindex(every)
    usable = own["value"].notna()
    cases, hours = (own[c].where(usable) for c in ("cases", "hours"))
    return trend(every, cases.to_numpy(), hours.to_numpy(), confidence, min_years=_YEARS, per=m.per)
