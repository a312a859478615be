"""Incidence rates with exact intervals: one table of measures, one function for one company or 400,000 filings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import special

from oshlib.errors import OshError
from oshlib.exact import Floats, level

#: Hours of 100 full-time workers in a year: 100 x 40 h x 50 weeks (29 CFR 1904, OSHA form 300A worksheet).
PER = 200_000.0
#: Hours of one full-time worker in a year, where only heads are known (OPNAVINST 5100.23G; OSHA federal tables).
HOURS_A_HEAD = 2_000.0


@dataclass(frozen=True)
class Measure:
    """One row of the table of measures.

    cases: columns to be added. instead: columns to be added where one of `cases` is missing. exposure: the column
    of hours. part_of: the measure that is never smaller. nearest: the one whose benchmark stands in for a missing one.
    """

    id: str
    title: str
    cases: tuple[str, ...]
    counts: str
    per: float = PER
    base: str = "per 100 full-time workers"
    instead: tuple[str, ...] = ()
    exposure: str = "hours"
    part_of: str | None = None
    nearest: str | None = None
    comparable: bool = True
    source: str = "29 CFR 1904; BLS incidence rate sheet"

    @property
    def label(self) -> str:
        """Id, what is counted, and the base."""
        return f"{self.id}, {self.counts} {self.base}"


_NON_FATAL = ("dafw_cases", "djtr_cases", "other_cases")
_ALL = ("deaths", *_NON_FATAL)
_ASKED = ("recordable_cases", "lost_time_cases", "first_aid_cases", "dafw_days", "dart_cases", "hours")

#: The measures, in the order in which they are listed.
MEASURES: dict[str, Measure] = {
    m.id: m
    for m in (
        Measure("TCR", "Total case rate", _NON_FATAL, "recordable cases", instead=("recordable_cases",)),
        Measure(
            "TCIR",
            "Total case incidence rate, deaths included",
            _ALL,
            "recordable cases (deaths included)",
            instead=("recordable_cases",),
            nearest="TCR",
            source="OSHA/NRMCA SAFE agreement, columns G to J",
        ),
        Measure("LTCR", "Lost-time case rate", ("lost_time_cases",), "lost-time cases", part_of="TCR"),
        Measure(
            "DART",
            "Days away, restricted or transferred",
            ("dafw_cases", "djtr_cases"),
            "cases with days away, restriction or transfer",
            instead=("dart_cases",),
            part_of="TCR",
        ),
        Measure(
            "LWDII",
            "Lost workday injury and illness rate",
            ("dafw_cases", "djtr_cases"),
            "lost-workday cases",
            instead=("dart_cases",),
            part_of="TCR",
            source="CPL 2-0.119; before 2002 columns 2 and 9 of form 200",
        ),
        Measure("DAFW", "Days-away case rate", ("dafw_cases",), "cases with days away", part_of="DART"),
        Measure(
            "IIR",
            "Injury and illness incidence rate, first aid included",
            ("recordable_cases", "first_aid_cases"),
            "injuries and illnesses (first aid included)",
            exposure="command_hours",
            comparable=False,
            source="Navy PR&MS: A x 200,000 / (M + C)",
        ),
        Measure("SEVERITY", "Severity rate", ("dafw_days",), "days away from work"),
        Measure(
            "LTIFR",
            "Lost-time injury frequency rate",
            ("lost_time_cases",),
            "lost-time cases",
            per=1_000_000.0,
            base="per million hours",
            source="ILO, 16th ICLS 1998",
        ),
    )
}


def incidence_rate(cases: ArrayLike, hours: ArrayLike, per: float = PER) -> Any:
    """Cases x per / hours, multiplied before it is divided so that 7 in 200,000 h is exactly 7.

    cases, hours: numbers or arrays of one shape; the result has that shape. NaN where hours are zero or missing or
    cases are missing: no hours, no rate. Errors: OshError on negative or non-numeric values.
    Source: 29 CFR 1904; OSHA form 300A worksheet.

    >>> incidence_rate(22, 645_089)
    6.820764266636076
    >>> incidence_rate([7, 0], [200_000, 0])
    array([ 7., nan])
    """
    n, h, single = _pair(cases, hours)
    with np.errstate(divide="ignore", invalid="ignore"):
        return _shape(np.where(h > 0, n * per / h, np.nan), single)


def rate_interval(cases: ArrayLike, hours: ArrayLike, per: float = PER, confidence: float = 0.95) -> tuple[Any, Any]:
    """Exact (Garwood) limits of a rate: the Poisson means that leave (1 - confidence) / 2 in each tail of the count.

    Shapes as in `incidence_rate`; zero cases give a low of 0 and a high of -log((1 - confidence) / 2) cases.
    NaN where there is no rate. Source: Garwood 1936; the limits of R's poisson.test.

    >>> low, high = rate_interval(10, 200_000)
    >>> round(low, 4), round(high, 4)
    (4.7954, 18.3904)
    """
    n, h, single = _pair(cases, hours)
    tail = (1 - level(confidence)) / 2
    known = (h > 0) & (n == n)
    # Counts repeat: each different one is worked out once.
    counts, at = np.unique(np.where(known, n, 0.0), return_inverse=True)
    low = np.where(counts > 0, special.gammaincinv(np.maximum(counts, 1e-9), tail), 0.0)
    high = special.gammainccinv(counts + 1, tail)
    with np.errstate(divide="ignore", invalid="ignore"):
        limits = [np.where(known, bound[at].reshape(n.shape) * per / h, np.nan) for bound in (low, high)]
    return _shape(limits[0], single), _shape(limits[1], single)


def rate_ratio(
    cases: ArrayLike, hours: ArrayLike, base_cases: ArrayLike, base_hours: ArrayLike, confidence: float = 0.95
) -> tuple[Any, Any, Any, Any]:
    """Ratio of two rates with its exact conditional limits and p; shapes as in `incidence_rate`.

    Given the sum of both counts, the first is binomial; the limits are Clopper and Pearson's, and p is twice the
    smaller tail, at most 1, so that p and limits never contradict each other. Ratio NaN where both counts are
    zero, infinite where only the base is. All NaN where one of the rates does not exist.

    >>> ratio, low, high, p = rate_ratio(20, 1_000_000, 30, 1_000_000)
    >>> round(ratio, 3), round(low, 3), round(high, 3), round(p, 3)
    (0.667, 0.359, 1.213, 0.203)
    """
    n1, h1, single1 = _pair(cases, hours)
    n0, h0, single0 = _pair(base_cases, base_hours)
    try:
        n1, h1, n0, h0 = np.broadcast_arrays(n1, h1, n0, h0)
    except ValueError as fault:
        raise OshError(f"cases and hours must be numbers of matching shapes: {fault}") from None
    tail = (1 - level(confidence)) / 2
    known = (n1 == n1) & (n0 == n0) & (h1 > 0) & (h0 > 0)
    a, b = np.where(known, n1, 0.0), np.where(known, n0, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = h1 / (h1 + h0)
        at_least = np.where(a > 0, special.betainc(np.maximum(a, 1e-9), b + 1, share), 1.0)
        at_most = np.where(b > 0, special.betaincc(a + 1, np.maximum(b, 1e-9), share), 1.0)
        low = np.where(a > 0, special.betaincinv(np.maximum(a, 1e-9), b + 1, tail), 0.0)
        # The upper limit by its complement, which stays exact where the share comes near to 1.
        rest = np.where(b > 0, special.betaincinv(np.maximum(b, 1e-9), a + 1, tail), 0.0)
        results = (
            a * h0 / (b * h1),
            low / (1 - low) * h0 / h1,
            (1 - rest) / rest * h0 / h1,
            np.minimum(1.0, 2 * np.minimum(at_least, at_most)),
        )
        shaped = [_shape(np.where(known, value, np.nan), single1 and single0) for value in results]
    return shaped[0], shaped[1], shaped[2], shaped[3]


def exposures(table: pd.DataFrame, hours_policy: str = "reported") -> pd.DataFrame:
    """The annual table with every count and every kind of hours that can be had from what was reported.

    Adds `recordable_cases` (sum of the four kinds) and `lost_time_cases` (days-away cases) where they are blank;
    `command_hours` (military strength x 2,000 x months / 12 + civilian hours); `hours` from those where blank; and,
    under hours_policy "headcount", `hours` from employees x 2,000 x months / 12 where still blank. `hours_from` says
    which: reported, command, headcount, or blank; what it says already stays. A missing part makes a missing sum;
    what an error struck (the columns named in `struck`) is unknown, not blank, and nothing stands in for it.

    >>> t = exposures(pd.DataFrame({"military_strength": [150.0], "civilian_hours": [410_000.0]}))
    >>> float(t.hours[0]), t.hours_from[0]
    (710000.0, 'command')
    """
    if hours_policy not in ("reported", "headcount"):
        raise OshError(f"hours_policy must be 'reported' or 'headcount'; found {hours_policy!r}")
    out = table.copy()
    out[sorted({*_ALL, *_ASKED} - set(out))] = np.nan
    part_of_year = _column(out, "months").fillna(12.0).mask(_struck(out, ["months"])) / 12
    out["recordable_cases"] = out["recordable_cases"].fillna(out[list(_ALL)].sum(axis=1, skipna=False))
    out["lost_time_cases"] = out["lost_time_cases"].fillna(out["dafw_cases"].mask(_struck(out, ["lost_time_cases"])))
    out["command_hours"] = _column(out, "military_strength") * HOURS_A_HEAD * part_of_year + _column(
        out, "civilian_hours"
    )
    by_head = _column(out, "employees") * HOURS_A_HEAD * part_of_year
    origin = pd.Series("reported", index=out.index).where(out["hours"].notna(), "")
    if "hours_from" in out:
        origin = out["hours_from"].where(out["hours_from"].ne("") & out["hours"].notna(), origin)
    stand_ins = {
        "command": out["command_hours"],
        "headcount": by_head if hours_policy == "headcount" else np.nan * by_head,
    }
    for name, hours in stand_ins.items():
        taken = out["hours"].isna() & hours.notna() & ~_struck(out, ["hours"])
        out["hours"], origin = out["hours"].where(~taken, hours), origin.where(~taken, name)
    out["hours_from"] = origin
    return out


def rates(
    table: pd.DataFrame,
    measures: Sequence[str] = ("TCR", "LTCR"),
    by: Sequence[str] = ("unit_id", "year"),
    confidence: float = 0.95,
    hours_policy: str = "reported",
) -> pd.DataFrame:
    """One row per group and measure: `*by, measure, cases, hours, per, value, low, high`.

    Cases and hours are added up within a group before they are divided; one missing part makes the group's value
    NaN, so that no company looks safer because a plant was left out. Unit: cases per `per` hours.
    Errors: OshError on a measure that is not in MEASURES.

    >>> t = pd.DataFrame({"unit_id": "A", "year": [2023], "recordable_cases": [22.0], "hours": [645_089.0]})
    >>> rates(t, ["TCR"])[["year", "cases", "value"]].values.tolist()
    [[2023.0, 22.0, 6.820764266636076]]
    """
    chosen = [measure(name) for name in measures]
    full = exposures(table, hours_policy)
    columns: dict[str, Any] = {}
    for m in chosen:
        cases = full[list(m.cases)].sum(axis=1, skipna=False)
        if m.instead:
            whole = full[list(m.instead)].sum(axis=1, skipna=False)
            cases = cases.fillna(whole.mask(_struck(full, m.cases)))
        columns[f"{m.id}|cases"], columns[f"{m.id}|hours"] = cases, full[m.exposure]
    keys = list(by)
    work = pd.DataFrame({**{k: full[k] for k in keys}, **columns})
    sums = work.groupby(keys, sort=True, dropna=False, observed=True).sum(skipna=False).reset_index()
    parts = []
    for m in chosen:
        part = sums[keys].assign(measure=m.id, cases=sums[f"{m.id}|cases"], hours=sums[f"{m.id}|hours"], per=m.per)
        part["value"] = incidence_rate(part["cases"], part["hours"], m.per)
        part["low"], part["high"] = rate_interval(part["cases"], part["hours"], m.per, confidence)
        parts.append(part)
    return pd.concat(parts, ignore_index=True)


def measure(name: str) -> Measure:
    """The row of that measure; OshError, with the names there are, where there is none.

    >>> measure("DART").part_of
    'TCR'
    """
    if not isinstance(name, str) or name not in MEASURES:
        raise OshError(f"measures: found {name!r}, expected one of {', '.join(MEASURES)}")
    return MEASURES[name]


def _column(table: pd.DataFrame, name: str) -> Any:
    return table[name] if name in table else pd.Series(np.nan, index=table.index)


def _struck(table: pd.DataFrame, columns: Sequence[str]) -> Any:  # rows in which an error struck one of them
    if "struck" not in table or not table["struck"].any():
        return pd.Series(False, index=table.index)
    return table["struck"].str.split(",").map(set(columns).intersection).astype(bool)


def _pair(cases: ArrayLike, hours: ArrayLike) -> tuple[Floats, Floats, bool]:
    try:
        n, h = np.asarray(cases, dtype=float), np.asarray(hours, dtype=float)
        single = n.ndim == 0 and h.ndim == 0
        n, h = np.broadcast_arrays(n, h)
    except (TypeError, ValueError) as fault:
        raise OshError(f"cases and hours must be numbers of matching shapes: {fault}") from None
    if (n < 0).any() or (h < 0).any():
        raise OshError("cases and hours must not be negative")
    if np.isinf(n).any() or np.isinf(h).any():
        raise OshError("cases and hours must be finite")
    return n, h, single


def _shape(values: Floats, single: bool) -> Any:
    return float(values) if single else values
