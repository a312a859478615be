"""The rules that a layout may name, each on whole columns: which rows break it, and the two sides that disagree."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from oshlib.exact import half_up

Rule = dict[str, Any]
Values = Any  # a Series or array of numbers, or None


@dataclass(frozen=True)
class Broken:
    """Rows that break a rule (`mask`), what stands on its two sides, and the columns that it speaks of.

    `at`: the column a fault is reported under, one for all rows or one a row. `blank`: what is wrong is that nothing
    stands there, which has been said where an error made it blank.
    """

    mask: Any
    left: Values = None
    right: Values = None
    value: Values = None
    columns: tuple[str, ...] = ()
    at: Any = None
    blank: bool = False


def equal(table: pd.DataFrame, rule: Rule) -> Broken:
    """The two sums are the same."""
    left, right = _sum(table, rule["left"]), _sum(table, rule["right"])
    return Broken(left.ne(right) & left.notna() & right.notna(), left, right, columns=_both(rule))


def at_most(table: pd.DataFrame, rule: Rule) -> Broken:
    """The left sum is at most, or with `strictly` below, the right one."""
    left, right = _sum(table, rule["left"]), _sum(table, rule["right"])
    mask = left.ge(right) if rule.get("strictly") else left.gt(right)
    if "unless_zero" in rule:
        mask &= {"left": left, "right": right}[rule["unless_zero"]].ne(0)
    return Broken(mask & left.notna() & right.notna(), left, right, columns=_both(rule))


def each_at_most(table: pd.DataFrame, rule: Rule) -> Broken:
    """The largest known part against the whole, where not all parts are known (else `equal` speaks)."""
    parts = table[_list(rule["left"])]
    left, right = parts.max(axis=1), _sum(table, rule["right"])
    return Broken(left.gt(right) & parts.isna().any(axis=1), left, right, columns=_both(rule))


def needs(table: pd.DataFrame, rule: Rule) -> Broken:
    """Where something of `if` is above zero, something of `then` must be, if all of it is known."""
    left, right = table[_list(rule["if"])].max(axis=1), table[_list(rule["then"])]
    mask = left.gt(0) & right.notna().all(axis=1) & ~right.gt(0).any(axis=1)
    return Broken(mask, left, right.sum(axis=1), columns=(*_list(rule["if"]), *_list(rule["then"])))


def ratio(table: pd.DataFrame, rule: Rule) -> Broken:
    """One column over another lies within its limits."""
    per = table[rule["per"]].where(table[rule["per"]] > 0)
    value = table[rule["of"]] / per
    scaled = value * 12 / table["months"].fillna(12) if rule.get("by_month") else value
    mask = _outside(scaled, rule)
    if rule.get("below"):
        mask |= scaled.ge(rule["most"])
    return Broken(mask & table[rule["of"]].ne(0), value=value, columns=(rule["of"], rule["per"]))


def range_(table: pd.DataFrame, rule: Rule) -> Broken:
    """A number lies within its limits."""
    value = table[rule["column"]]
    shown = value.astype(str) if pd.api.types.is_integer_dtype(value) else value  # a year has no thousands
    return Broken(_outside(value, rule), value=shown, columns=(rule["column"],))


def one_of(table: pd.DataFrame, rule: Rule) -> Broken:
    """A text is one of a list."""
    value = table[rule["column"]]
    return Broken(value.ne("") & ~value.isin(rule["values"]), value=value, columns=(rule["column"],))


def unlike(table: pd.DataFrame, rule: Rule) -> Broken:
    """A text does not match a pattern."""
    value = table[rule["column"]]
    return Broken(value.str.contains(rule["pattern"], regex=True), value=value, columns=(rule["column"],))


def filled(table: pd.DataFrame, rule: Rule) -> Broken:
    """Where something of `if` is above zero, `then` is not blank."""
    left = table[_list(rule["if"])].max(axis=1)
    mask = left.gt(0) & table[rule["then"]].isna()
    return Broken(mask, left, columns=(rule["then"], *_list(rule["if"])), blank=True)


def not_before(table: pd.DataFrame, rule: Rule) -> Broken:
    """A day is not before another one."""
    days = table[rule["column"]]
    value = days.dt.strftime("%Y-%m-%d")
    return Broken(days < pd.Timestamp(rule["date"]), value=value, columns=(rule["column"],))


def unless_says(table: pd.DataFrame, rule: Rule) -> Broken:
    """A day is blank where another column says a certain word."""
    days = table[rule["column"]]
    mask = days.notna() & table[rule["unless"]].eq(rule["says"])
    return Broken(mask, value=days.dt.strftime("%Y-%m-%d"), columns=(rule["column"], rule["unless"]))


def all_or_none(table: pd.DataFrame, rule: Rule) -> Broken:
    """Of some columns, all are filled or none is."""
    known = table[_list(rule["columns"])].notna()
    mask = known.any(axis=1) & ~known.all(axis=1)
    return Broken(
        mask, value=pd.Series("", index=table.index), columns=tuple(known), at=(~known).idxmax(axis=1), blank=True
    )


def present(table: pd.DataFrame, rule: Rule) -> Broken:
    """Some columns are filled, or all of `unless` that stand in for them, or the row says a word that spares it."""
    known = table[_list(rule["columns"])].notna().all(axis=1)
    if "unless" in rule:
        known |= table[_list(rule["unless"])].notna().all(axis=1)
    for column, said in rule.get("spared", {}).items():
        known |= table[column].isin(_list(said))
    return Broken(~known, value=pd.Series("", index=table.index), columns=tuple(rule["columns"]), blank=True)


def says_some(table: pd.DataFrame, rule: Rule) -> Broken:
    """A yes/no column agrees with the counts."""
    value, cases = table[rule["column"]], _sum(table, rule["cases"])
    mask = (value.eq(rule["some"]) & cases.eq(0)) | (value.eq(rule["none"]) & cases.gt(0))
    return Broken(mask, cases, value=value, columns=(rule["column"], *rule["cases"]))


def rate(table: pd.DataFrame, rule: Rule) -> Broken:
    """A printed rate against its own counts, at its printed decimals, half a unit either way."""
    hours, printed = table[rule["hours"]], table[rule["printed"]]
    value = table[rule["cases"]] * rule["base"] / hours.where(hours > 0)
    mask = (value - printed).abs() > 0.5 * 10.0 ** -rule["decimals"] + 1e-9
    shown = _printed(value.where(mask), rule["decimals"])
    return Broken(mask, shown, printed, columns=(rule["printed"], rule["cases"], rule["hours"]))


def projection(table: pd.DataFrame, rule: Rule) -> Broken:
    """A rate printed for twelve months that the counts do not give: it comes from the rounded rate, or from neither."""
    hours, whole_year = table[rule["hours"]], 12 / table["months"].where(table["months"] > 0)
    value = table[rule["cases"]] * rule["base"] / hours.where(hours > 0)
    projected, near = table[rule["projected"]], 0.5 * 10.0 ** -rule["decimals"] + 1e-9
    counted = value * whole_year
    rounded = table[rule["printed"]].fillna(_printed(value, rule["decimals"]).astype(float)) * whole_year
    by_rounded = (rounded - projected).abs() <= near
    mask = ((counted - projected).abs() > near) & (by_rounded if rule["agrees_with"] == "rounded" else ~by_rounded)
    left, right, other = (_printed(v.where(mask), rule["decimals"]) for v in (counted, projected, rounded))
    return Broken(mask, left, right, other, (rule["projected"], rule["printed"], rule["cases"], rule["hours"]))


def rate_below(table: pd.DataFrame, rule: Rule) -> Broken:
    """Many hours and a rate below what can be: hours that nobody worked."""
    hours, cases = table[rule["hours"]], table[rule["cases"]]
    value = cases * rule["base"] / hours.where(hours > 0)
    mask = hours.ge(rule["least"]) & value.lt(rule["below"])
    shown = _printed(value.where(mask), rule["decimals"])
    return Broken(mask, hours, cases, shown, (rule["hours"], rule["cases"]))


def children(table: pd.DataFrame, rule: Rule) -> Broken:
    """A unit against the sum of the units that name it as their parent, in the same year; the first that differs.

    `same`: further columns in which the unit and its parts are alike.
    """
    when = ["year", *rule.get("same", [])]
    inside = table[table["parent"].ne("") & table["parent"].ne(table["unit"]) & table["parent"].ne(table["unit_id"])]
    if "received" in inside:  # of two filings the later one
        inside = inside.sort_values("received", kind="stable")
    inside = inside.drop_duplicates(["unit_id", *when], keep="last")
    left = pd.Series(np.nan, index=table.index)
    right, at = left.copy(), pd.Series("", index=table.index)
    for column in reversed(rule["columns"]):
        sums = inside.groupby(["parent", *when])[column].sum(skipna=False)
        for key in ("unit", "unit_id"):
            total = sums.reindex(pd.MultiIndex.from_frame(table[[key, *when]])).to_numpy()
            differs = table[column].notna() & ~np.isnan(total) & (table[column].to_numpy() != total)
            left, right = left.mask(differs, total), right.mask(differs, table[column])
            at = at.mask(differs, column)
    return Broken(at.ne(""), left, right, columns=tuple(rule["columns"]), at=at)


def some_filled(table: pd.DataFrame, rule: Rule) -> Broken:
    """Where something of `if` is above zero, not all of `then` is blank."""
    left, then = table[_list(rule["if"])].max(axis=1), _list(rule["then"])
    return Broken(left.gt(0) & table[then].isna().all(axis=1), left, columns=tuple(then), blank=True)


def equal_to_one(table: pd.DataFrame, rule: Rule) -> Broken:
    """The left sum is one of the right ones, if all of them are known; the first and the last of them are shown."""
    left, rights = _sum(table, rule["left"]), [_sum(table, columns) for columns in rule["right"]]
    mask = left.notna()
    for right in rights:
        mask &= right.notna() & right.ne(left)
    named = dict.fromkeys(column for columns in rule["right"] for column in columns)
    return Broken(mask, left, rights[-1], rights[0], (*named, *_list(rule["left"])))


def in_order(table: pd.DataFrame, rule: Rule) -> Broken:
    """One day is not before the other, where both are known."""
    left, right = table[rule["left"]], table[rule["right"]]
    shown = [days.dt.strftime("%Y-%m-%d") for days in (left, right)]
    return Broken(right < left, shown[0], shown[1], shown[1], (rule["right"], rule["left"]))


def in_year(table: pd.DataFrame, rule: Rule) -> Broken:
    """A day lies in the year of another column."""
    days, year = table[rule["column"]], table[rule["year"]]
    mask = days.notna() & year.notna() & days.dt.year.ne(year.astype("Float64").astype(float))
    return Broken(mask, right=year.astype(str), value=days.dt.strftime("%Y-%m-%d"), columns=(rule["column"],))


def where(table: pd.DataFrame, rule: Rule) -> Broken:
    """Where a text says one of some words, a number is not above zero, or with `zero` not zero."""
    value, text = table[rule["column"]], table[rule["where"]]
    wrong = value.eq(0) if rule.get("zero") else value.gt(0)
    return Broken(wrong & text.isin(rule["says"]), right=text, value=value, columns=(rule["column"],))


def sum_at_most(table: pd.DataFrame, rule: Rule) -> Broken:
    """What is known of some columns adds up to at most a number."""
    value = table[_list(rule["columns"])].sum(axis=1)
    return Broken(value.gt(rule["most"]), value=value, columns=tuple(_list(rule["columns"])))


def written(table: pd.DataFrame, rule: Rule) -> Broken:
    """A text is not blank."""
    value = table[rule["column"]]
    return Broken(value.eq(""), value=value, columns=(rule["column"],), blank=True)


def one_id(table: pd.DataFrame, rule: Rule) -> Broken:
    """A text that names one thing belongs to one id, within rows alike in `same`; said at each but the last."""
    value = table[rule["column"]].str.casefold().str.split().str.join(" ")
    keys = [value, *(table[column] for column in rule.get("same", []))]
    last = table[rule["id_column"]].groupby(keys, dropna=False).transform("last")
    return Broken(
        value.ne("") & table[rule["id_column"]].ne(last), right=last, value=table[rule["column"]],
        columns=(rule["column"],),
    )  # fmt: skip


def alike(table: pd.DataFrame, rule: Rule) -> Broken:
    """A column has one value in all rows that are alike in `by`; said once, at the first of them."""
    groups = table.groupby(_list(rule["by"]), dropna=True, sort=False)
    several = groups[rule["column"]].transform("nunique").fillna(0)
    first = ~table.duplicated(_list(rule["by"]))
    return Broken(several.gt(1) & first, value=several, columns=(rule["column"],))


KINDS: dict[str, Callable[[pd.DataFrame, Rule], Broken]] = {
    f.__name__.removesuffix("_"): f
    for f in (
        range_, equal, at_most, each_at_most, needs, filled, not_before, unless_says, ratio, one_of, unlike,
        all_or_none, present, says_some, rate, rate_below, projection, children, some_filled, equal_to_one, in_order,
        in_year, where, sum_at_most, written, alike, one_id,
    )
}  # fmt: skip


def _list(names: str | list[str]) -> list[str]:
    return [names] if isinstance(names, str) else list(names)


def _both(rule: Rule) -> tuple[str, ...]:
    return (*_list(rule["left"]), *_list(rule["right"]))


def _sum(table: pd.DataFrame, columns: list[str]) -> Any:
    return table[_list(columns)].sum(axis=1, skipna=False)


def _printed(value: Any, decimals: int) -> Any:
    return value.map(lambda v: str(half_up(v, decimals)), na_action="ignore")


def _outside(value: Any, rule: Rule) -> Any:
    mask = value.lt(rule.get("least", -np.inf)) | value.gt(rule.get("most", np.inf))
    return mask & ~value.ge(rule["unless_above"]) if "unless_above" in rule else mask
