"""Who stands on which inspection list, and draws that anybody can repeat; a plan is a block of targeting_rules.yaml."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from oshlib.errors import OshError
from oshlib.targeting.assign import placed
from oshlib.targeting.draws import draw
from oshlib.targeting.load import available, columns, load
from oshlib.targeting.model import LISTS, UNDETERMINED, Directive

__all__ = ["LISTS", "UNDETERMINED", "Directive", "assign", "available", "columns", "draw", "load", "spelled"]


def assign(
    establishments: Mapping[str, Any] | pd.DataFrame,
    *,
    directive: str | Directive = "CPL 2-0.119",
    compare: str = "rounding",
    without: Sequence[str] = (),
    **limits: Any,
) -> Any:
    """The list of every establishment, the rule that put it there, and what would change it.

    establishments: a table with the columns of data/columns/establishments.yaml under any of their names (one row an
    establishment), or a mapping of them to one value or to arrays, which gives back a mapping of the same shape.
    directive: an id of targeting_rules.yaml, or the path of a file of one's own. compare: how a rate meets a printed
    limit, by "rounding" or "absolute". without: tests to leave out, such as coverage or history. limits: other
    limits, by their names in the directive (primary=14.0).
    Gives back list (one of LISTS), rule, source, cases, hours, value (the rate, per 200,000 hours; that of a visit
    goes before the one filed), lacking (what keeps it undetermined), edge and edge_list (the other way of comparing
    gives another list), line (the limit at which it comes onto a list) and luck (the chance of as many cases, or below
    the line as few, if the true rate lay just there), fewer and more (cases that would change the list) with
    fewer_list and more_list, code, letter, worker_letter, notify_by, enrol_by, inspect_from, finish_by, notes. What is
    blank is unknown: where it could decide, the list is undetermined. Values are taken as they are: faults such as a
    doubled id are found by oshlib.tables.read, whose `struck` is respected. Errors: OshError on a rule, limit or value
    that there is not.
    Source: OSHA CPL 2-0.119, sections V and X to XVIII.

    >>> found = assign({"N": 22, "EH": 645_089, "sic": "2421", "workers": 310})
    >>> found["list"], found["more"], found["more_list"]
    ('not_listed', 1.0, 'primary_nonparticipant')
    """
    if compare not in ("rounding", "absolute"):
        raise OshError(f"compare: found {compare!r}, expected rounding or absolute")
    left_out = (without,) if isinstance(without, str) else tuple(without)
    plan = (directive if isinstance(directive, Directive) else load(directive)).chosen(left_out, limits)
    if isinstance(establishments, pd.DataFrame):
        return placed(spelled(establishments), columns(), plan, compare)
    values = {n: v if isinstance(v, np.ndarray) else np.asarray(v, dtype=object) for n, v in establishments.items()}
    shapes = {v.shape for v in values.values()} - {()}
    if len(shapes) > 1 or any(len(s) > 1 for s in shapes):
        which = " and ".join(map(str, sorted(shapes)))
        raise OshError(f"establishments: found arrays of the shapes {which}; expected one value or one of each")
    shape = next(iter(shapes), ())
    flat = {name: np.broadcast_to(v, shape or (1,)) for name, v in values.items()}
    found = placed(spelled(pd.DataFrame(flat, index=range(*shape or (1,)))), columns(), plan, compare)
    plain = {name: _plain(found[name]) for name in found}
    return plain if shape else {name: _python(value[0]) for name, value in plain.items()}


def spelled(table: pd.DataFrame) -> pd.DataFrame:
    """The table under the inside names of its columns; an agreement that came in says that its sender joined.

    Errors: OshError where two columns mean the same.
    """
    known = {s: inside for inside, one in columns().items() for s in (*one.get("names", ()), inside)}
    names = [known.get("_".join(str(c).strip().lower().split()), c) for c in table.columns]
    doubled = [c for c, name in zip(table.columns, names, strict=True) if names.count(name) > 1]
    if doubled:
        raise OshError(f"found {' and '.join(map(repr, doubled))}, which mean the same; expected one of them")
    out = table.set_axis(names, axis=1)
    if "agreement_received" in out:
        came = _filled(out["agreement_received"])
        said = _filled(out["joined"]) if "joined" in out else came & False
        if (came & ~said).any():
            joined = out["joined"] if "joined" in out else pd.Series("", index=out.index)
            joined = joined if pd.api.types.is_string_dtype(joined) else joined.astype(object)
            out["joined"] = joined.mask(came & ~said, "yes")
    return out


def _filled(column: pd.Series) -> Any:
    at, unique = pd.factorize(column)
    return pd.Series(np.array([*(str(u).strip() != "" for u in unique), False])[at], index=column.index)


def _plain(values: Any) -> Any:
    """Text, numbers (NaN where missing), days (None where missing) as an array of Python's own kinds."""
    if pd.api.types.is_datetime64_any_dtype(values):
        return np.array([None if v is pd.NaT else v.date() for v in values], dtype=object)
    return np.array(values.astype(object).tolist(), dtype=object) if values.dtype == "category" else values.to_numpy()


def _python(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value
