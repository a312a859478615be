"""The rules of a layout on a table that was read: a fault for every row that breaks one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from oshlib.checks import KINDS
from oshlib.errors import OshError
from oshlib.form_years import within
from oshlib.values import Found, plain

Rule = dict[str, Any]


def known(rules: Sequence[Rule], file: str) -> None:
    """Refuse a rule of a kind that there is not."""
    for rule in rules:
        if rule["kind"] not in KINDS:
            raise OshError(f"{file}: rule {rule['id']}: found kind {rule['kind']!r}, expected one of {list(KINDS)}")


def say(seen: pd.DataFrame, rules: Sequence[Rule], found: Found, whole: Sequence[str] = ()) -> None:
    """Add a fault for every row that breaks a rule; an error strikes its columns, one about the year strikes `whole`.

    A rule with `years` (`from`, `to`) speaks only of those years.
    """
    for rule in rules:
        broken = KINDS[rule["kind"]](seen, rule)
        mask = np.asarray(broken.mask.fillna(False), dtype=bool)
        if "years" in rule:
            mask = mask & np.asarray(within(seen["year"], rule["years"]), dtype=bool)
        columns = rule.get("strikes", list(broken.columns))
        for i in np.flatnonzero(mask):
            row = int(seen["row"].iat[i])
            at = columns[0] if broken.at is None else broken.at.iloc[i]
            if rule.get("screen"):
                found.screened[row].add(rule["id"])
            if (rule["level"] == "warning" or broken.blank) and at in found.struck[row]:
                continue  # blank because an error struck it: said already
            shown = {
                side: plain(values.iloc[i])
                for side, values in (("left", broken.left), ("right", broken.right), ("value", broken.value))
                if values is not None
            }
            value = shown.get("value", shown.get("left", ""))
            found.add(row, at, value, rule["id"], rule["level"], rule["text"].format(**shown), rule.get("flag", ""))
            if rule["level"] == "error":
                found.struck[row].update(whole if "year" in columns else columns)
