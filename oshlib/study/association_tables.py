"""The tables of cases and hours of all participants, protected, and the rates of what is shown in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import pandas as pd

from oshlib import disclosure
from oshlib.rates import HOURS_A_HEAD, Measure, incidence_rate, rate_interval, rate_ratio
from oshlib.study.association_members import size_names


@dataclass(frozen=True)
class Protected:
    """Every table of cases and hours, protected.

    tables: cells by name of the table. rule: the footer. memories: what to keep, private. suppressed: hidden cells.
    lost: table, year, companies: how many stand in the totals of a table and in none of its parts, as theirs are not
    known.
    """

    tables: dict[str, pd.DataFrame]
    rule: str
    memories: dict[str, Any]
    suppressed: int
    lost: pd.DataFrame


def protected(
    members: pd.DataFrame, by: list[str], kinds: list[str], earlier: Mapping[str, Any], sizes: Sequence[int]
) -> Protected:
    """Every table of cases and hours, protected. sizes: the least number of employees of every size but the smallest.

    Types, outcomes and natures each part the same totals, so no two of these tables together say more than each alone:
    any two sets of parts that add up to one total fit together.
    """
    usable = members[members["usable"]]
    if "size" in by:
        usable = usable.join(hours_of_size(usable, sizes))
    ends = [c for c in ("hours_least", "hours_most") if c in usable]
    least, most = ends or (None, None)
    asked: dict[str, tuple[list[list[str]], list[str]]] = {"groups": ([[b] for b in by], [])}
    for name, prefix in (("types", "type:"), ("outcomes", "outcome:"), ("natures", "nature:")):
        asked[name] = ([], [k for k in kinds if k.startswith(prefix)])
    tables, memories, rule, hidden = {}, {}, "", 0
    lost = pd.DataFrame(columns=["table", "year", "companies"])
    for name, (groupings, details) in asked.items():
        own = usable[["unit_id", "year", "hours", "cases", *(g for one in groupings for g in one), *details, *ends]]
        got = disclosure.protect(own, groupings, details, earlier=earlier.get(name), least=least, most=most)
        tables[name], memories[name] = got.cells, got.memory
        rule, hidden = got.rule, hidden + got.suppressed
        open_ = got.left_out[got.left_out["quantity"].eq("details")]
        if details and len(open_):
            lost = pd.concat([lost, open_.assign(table=name)[list(lost.columns)]], ignore_index=True)
    agree = {k: t if k == "groups" else agreed(t, tables["groups"]) for k, t in tables.items()}
    return Protected(agree, rule, memories, hidden, lost)


def hours_of_size(members: pd.DataFrame, sizes: Sequence[int]) -> pd.DataFrame:
    """The least and most hours that a size leaves (hours_least, hours_most), where one of the two made the other.

    Everybody knows who is of which size: its ends are limits of the hours where these stand in for a head count, or
    where a head count stands in for them. NaN: none.
    """
    bounds = dict(zip(size_names(sizes), pairwise([0.0, *sizes, float("nan")]), strict=True))
    none = (float("nan"), float("nan"))
    heads = pd.DataFrame([bounds.get(s, none) for s in members["size"]], members.index, ["hours_least", "hours_most"])
    whole = members["employees"].mul(HOURS_A_HEAD).eq(members["hours"]) & members["hours_from"].eq("headcount")
    ends = heads.mul(HOURS_A_HEAD).where(members["sized_by"].eq("hours") | whole)
    # Hours a hair below a limit may have been rounded up to it on the way to a head count.
    return ends.assign(hours_least=ends["hours_least"].clip(upper=members["hours"]))


def agreed(kinds: pd.DataFrame, groups: pd.DataFrame) -> pd.DataFrame:
    """A table of kinds whose totals are shown as in the table of groups, and no other.

    Each was secured by itself: where one of the two hides the total of a year and the other shows it, every kind of
    that year is hidden, so that nothing is left which a total from elsewhere could tell.
    """
    wholes = groups[groups["grouping"].eq("")].set_index(["year", "quantity"])
    out = kinds.copy()
    for i, row in kinds.iterrows():
        own = wholes.loc[(row["year"], row["quantity"])] if (row["year"], row["quantity"]) in wholes.index else None
        if own is not None:
            out.loc[i, ["value", "shown", "why"]] = [own["value"], own["shown"], own["why"]]
            continue
        mine = kinds[kinds["year"].eq(row["year"]) & kinds["quantity"].eq("cases")]["shown"].iloc[0]
        if row["shown"] != "hidden" and not mine == wholes.loc[(row["year"], "cases"), "shown"] == "yes":
            out.loc[i, ["value", "shown", "why"]] = [float("nan"), "hidden", "complement"]
    return out


def combined_rows(
    cells: pd.DataFrame, members: pd.DataFrame, window: list[int], m: Measure, confidence: float
) -> pd.DataFrame:
    """The totals that are shown, their rates, and each year against the one before."""
    whole = cells[cells["grouping"].eq("") & cells["shown"].eq("yes")]
    wide = whole.pivot(index="year", columns="quantity", values="value")
    wide = wide.reindex(index=window, columns=["companies", "cases", "hours"]).astype(float)
    out = wide.rename_axis(index="year", columns=None).reset_index()
    out.insert(1, "members", [int(members["year"].eq(y).sum()) for y in window])
    out["per"] = m.per
    out["value"] = incidence_rate(out["cases"], out["hours"], m.per)
    out["low"], out["high"] = rate_interval(out["cases"], out["hours"], m.per, confidence)
    for name in ("ratio", "ratio_low", "ratio_high", "p"):
        out[name] = float("nan")
    for i in range(1, len(out)):
        a, b = out.iloc[i], out.iloc[i - 1]
        if a["value"] == a["value"] and b["value"] == b["value"] and a["year"] == b["year"] + 1:
            found = rate_ratio(a["cases"], a["hours"], b["cases"], b["hours"], confidence)
            out.loc[i, ["ratio", "ratio_low", "ratio_high", "p"]] = list(found)
    return out


def group_rates(cells: pd.DataFrame, m: Measure, confidence: float) -> pd.DataFrame:
    """One row a year and group: its companies, cases and hours, and the rate where both of these are shown.

    Columns: year, grouping, group; companies, cases, hours, each with what stands for it where it is not shown in
    *_shown ("" where it is); value, low, high.
    """
    own = cells[cells["grouping"].ne("") & cells["quantity"].isin(["companies", "cases", "hours"])]
    keys = ["year", "grouping", "group"]
    values = own.pivot(index=keys, columns="quantity", values="value").rename_axis(columns=None)
    texts = own.assign(shown=own["shown"].replace("yes", "")).pivot(index=keys, columns="quantity", values="shown")
    out = values.join(texts.rename_axis(columns=None).add_suffix("_shown")).reset_index()
    out = out.reindex(columns=[*keys, *(c + end for end in ("", "_shown") for c in ("companies", "cases", "hours"))])
    known = out["cases_shown"].eq("") & out["hours_shown"].eq("")
    cases, hours = (out[c].where(known) for c in ("cases", "hours"))
    out["value"] = incidence_rate(cases, hours, m.per)
    out["low"], out["high"] = rate_interval(cases, hours, m.per, confidence)
    return out
