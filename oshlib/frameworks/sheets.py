"""Answer sheets as arrays: what was answered to every item, one place a sheet, refused where no scale knows it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from oshlib.errors import OshError
from oshlib.exact import as_written
from oshlib.frameworks.model import Framework, Node, Number, Scale

#: What stands in a code array where no choice does; a choice is its place in the scale, the best being 0.
BLANK, OUTSIDE, UNEXAMINED, ABSENT = -1, -2, -3, -4
_EVERY = -1
_NUMBER = re.compile(r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)(e[-+]?[0-9]{1,2})?", re.IGNORECASE)
#: The entries of `significant_finding` that count as a finding, and those that say there is none.
FINDINGS, NO_FINDING = ("yes", "not effective"), ("no", "")
#: The key of a mapping of answers under which the number of findings stands.
COUNT = "findings"

Codes = NDArray[np.int8]


@dataclass
class Sheets:
    """n answer sheets of one framework.

    keys: unit and date of each. codes: by item, one array a judgement (a method, or one of several interviews).
    numbers: by id, what was entered as a number (yes is 1), NaN where nothing was. findings: how many; recorded:
    whether anyone said so. written: numbers as they were written, where a double would not say them exactly. spans:
    what a number that was not entered can be, where more is known of it than its limits.
    """

    framework: Framework
    n: int
    keys: pd.DataFrame
    codes: dict[str, list[Codes]] = field(default_factory=dict)
    numbers: dict[str, NDArray[np.float64]] = field(default_factory=dict)
    findings: NDArray[np.int64] = field(default_factory=lambda: np.zeros(1, dtype=np.int64))
    recorded: bool = True
    written: dict[str, list[Any]] = field(default_factory=dict)
    spans: dict[str, list[Any]] = field(default_factory=dict)

    def judgements(self, leaf: Node) -> list[Codes]:
        """The codes of one item; blank throughout where nobody answered it. It may take those of its mirror."""
        blank = [np.full(self.n, BLANK, dtype=np.int8)] * max(1, len(leaf.methods))
        own, other = self.codes.get(leaf.id, blank), self.codes.get(leaf.mirrors, blank)
        if not leaf.mirrors:
            return own
        silent = np.all([codes == BLANK for codes in own], axis=0)
        return [np.where(silent, b, a).astype(np.int8) for a, b in zip(own, other, strict=True)]

    def number(self, own: str) -> NDArray[np.float64]:
        """What was entered under an id, NaN where nothing was."""
        return self.numbers.get(own, np.full(self.n, np.nan))

    def exactly(self, own: str) -> NDArray[Any]:
        """The same as fractions of what was written, zero where nothing was."""
        values = self.number(own)
        raw = self.written.get(own, values)
        exact = [Fraction(0) if v != v else as_written(r) for v, r in zip(values, raw, strict=True)]
        return np.array(exact, dtype=object)

    def take(self, rows: NDArray[np.int64]) -> Sheets:
        """Some of the sheets, or one of them several times."""
        return Sheets(
            framework=self.framework,
            n=len(rows),
            keys=self.keys.iloc[rows].reset_index(drop=True),
            codes={k: [c[rows] for c in codes] for k, codes in self.codes.items()},
            numbers={k: v[rows] for k, v in self.numbers.items()},
            findings=np.broadcast_to(self.findings, self.n)[rows],
            recorded=self.recorded,
            written={k: [w[i] for i in rows] for k, w in self.written.items()},
            spans={k: [s[i] for i in rows] for k, s in self.spans.items()},
        )


def of_mapping(framework: Framework, answers: Mapping[Any, Any]) -> tuple[Sheets, bool]:
    """Sheets of a mapping from item, or (item, method), to one answer or an array of them; whether it was one sheet.

    An item that is judged by several methods and answered without one is answered so for all of them.
    """
    sizes = {np.size(v) for v in answers.values() if np.ndim(v)}
    if len(sizes) > 1:
        found = ", ".join(map(str, sorted(sizes)))
        raise OshError(f"{framework.id}: found arrays of {found} answers, expected one length")
    n = sizes.pop() if sizes else 1
    sheets = Sheets(framework, n, pd.DataFrame({"unit": [""] * n, "date": [""] * n}))
    for key, value in answers.items():
        item, method = key if isinstance(key, tuple) else (key, None)
        values = np.broadcast_to(np.asarray(value, dtype=None if np.ndim(value) else object), (n,))
        if item == COUNT:
            sheets.findings = values.astype(np.int64)
        elif item in framework.numbers:
            _enter(sheets, framework, item, values)
        else:
            leaf = item_of(framework, item)
            codes = encode(framework, leaf, values)
            own = sheets.codes.setdefault(item, [np.full(n, BLANK, dtype=np.int8)] * max(1, len(leaf.methods)))
            for i in range(len(own)) if method is None else [_method(framework, leaf, method)]:
                own[i] = codes
    sheets.recorded = COUNT in answers
    return sheets, not any(np.ndim(v) for v in answers.values())


def of_table(framework: Framework, table: pd.DataFrame) -> Sheets:
    """Sheets of a long table of answers: one for every unit and date, in the order of unit, then date.

    Columns: unit, item, answer; and, where there are any, framework, date, method, significant_finding, attributed_to.
    """
    mine = table
    if "framework" in mine:
        mine = mine[mine["framework"].eq(framework.id)]
    mine = mine.assign(**{c: "" for c in ("date", "method", "significant_finding", "attributed_to") if c not in mine})
    # One number for every unit and date: of the distinct ones only, as there may be hundreds of thousands of rows.
    group = mine.groupby(["unit", "date"], sort=True, dropna=False)
    place, keys = group.ngroup().to_numpy(), group.size().index.to_frame(index=False)
    sheets = Sheets(framework, len(keys), keys)
    for item, rows in mine.groupby("item", sort=False).indices.items():
        part, at = mine.iloc[rows], place[rows]
        if item in framework.numbers:
            _once(sheets, str(item), at)
            values = np.full(len(keys), None, dtype=object)
            values[at] = part["answer"].to_numpy(dtype=object)
            _enter(sheets, framework, item, values)
        else:
            _judge(sheets, framework, item_of(framework, item), part, at)
    said = mine["significant_finding"].map(plain).str.casefold()
    if wrong := [s for s in said.unique() if s not in (*FINDINGS, *NO_FINDING)]:
        wants = listed([*FINDINGS, NO_FINDING[0]])
        raise OshError(f"{framework.id}: significant_finding: found {wrong[0]!r}, expected {wants}")
    sheets.recorded = bool(said.ne("").any())
    with_finding = mine.assign(place=place)[said.isin(FINDINGS)].drop_duplicates(["place", "item"])
    sheets.findings = np.bincount(with_finding["place"], minlength=len(keys)).astype(np.int64)
    return sheets


def extremes(framework: Framework, best: bool) -> Sheets:
    """One sheet on which every item has its best answer, or its worst."""
    sheets = Sheets(framework, 1, pd.DataFrame({"unit": [""], "date": [""]}))
    for leaf in framework.leaves:
        if leaf.scale:
            code = 0 if best else len(leaf.scale.choices) - 1
            sheets.codes[leaf.id] = [np.array([code], dtype=np.int8)] * max(1, len(leaf.methods))
        elif leaf.number:
            limit = leaf.number.high if best else leaf.number.low
            sheets.numbers[leaf.id] = np.array([np.nan if limit is None else float(limit)])
    return sheets


def encode(framework: Framework, leaf: Node, values: Any) -> Codes:
    """The codes of answers to an item. Errors: OshError on one that its scale does not know."""
    assert leaf.scale is not None  # noqa: S101 - only leaves with one come here
    known = {c.answer.casefold(): i for i, c in enumerate(leaf.scale.choices)} | {"": BLANK}
    known |= dict.fromkeys(map(str.casefold, leaf.scale.outside), OUTSIDE)
    known |= dict.fromkeys(map(str.casefold, leaf.scale.unexamined), UNEXAMINED)
    places, distinct = pd.factorize(values)
    texts = [plain(v) for v in distinct]
    for text in texts:
        if text.casefold() not in known:
            raise OshError(f"{framework.id}: {leaf.id}: {refusal(leaf.scale, text)}")
    return np.asarray(np.array([*(known[t.casefold()] for t in texts), BLANK])[places], dtype=np.int8)


def refusal(scale: Scale | None, found: str) -> str:
    """What an answer outside the scale is told."""
    return f"found {found!r}, expected {listed(scale.answers) if scale else 'no answer'}"


def plain(value: Any) -> str:
    """An answer as text: 3.0 is what a spreadsheet makes of 3.

    >>> plain(3.0), plain(" A "), plain(None), plain(float("nan")), plain(1 / 3)
    ('3', 'A', '', '', '0.3333333333333333')
    """
    if value is None or value is pd.NA or value != value:
        return ""
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    if isinstance(value, float | np.floating):
        return str(int(value)) if float(value).is_integer() else repr(float(value))
    return str(value).strip()


def item_of(framework: Framework, item: Any) -> Node:
    """The leaf of this id. Errors: OshError with the nearest id where there is none."""
    node = framework.nodes.get(str(item))
    if node is not None and node.scale is not None:
        return node
    if node is not None:
        parts = ", ".join(node.children[:3])
        what = "no answer: it has no measure" if node.none else f"answers to its parts: {parts} ..."
        raise OshError(f"{framework.id}: {item}: found an answer, expected {what}")
    known = [*(n.id for n in framework.leaves), *framework.numbers]
    near = get_close_matches(str(item), known, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"its items are {', '.join(known[:3])} ... {known[-1]}"
    raise OshError(f"{framework.id}: found no item {str(item)!r}; {hint}")


def number_of(one: Number, value: str | Fraction, yes_no: bool) -> tuple[float, str]:
    """A number as it was entered, and the fault of it: "" where there is none. NaN is blank."""
    if value == "":
        return np.nan, ""
    if isinstance(value, Fraction):
        return _limited(one, value, str(float(value)))
    if yes_no:
        answer = {"yes": 1.0, "no": 0.0}.get(value.casefold(), np.nan)
        return answer, "" if answer == answer else f"found {value!r}, expected yes or no"
    bare = value.removesuffix("%").strip() if one.percent else value
    if not _NUMBER.fullmatch(bare):
        return np.nan, f"found {value!r}, expected a number"
    return _limited(one, as_written(bare), value)


def _limited(one: Number, exact: Fraction, value: str) -> tuple[float, str]:
    if (one.low is not None and exact < one.low) or (one.high is not None and exact > one.high):
        ends = [f"{float(v):g}" if v is not None else "" for v in (one.low, one.high)]
        wants = f"{ends[0]} to {ends[1]}" if all(ends) else f"{ends[0]} or more" if ends[0] else f"{ends[1]} or less"
        return np.nan, f"found {value!r}, expected {wants}"
    return float(exact), ""


def listed(answers: Iterable[str]) -> str:
    """Answers as in a sentence."""
    *some, last = answers
    return f"{', '.join(some)} or {last}" if some else last


def _enter(sheets: Sheets, framework: Framework, own: str, values: Any) -> None:
    """Numbers under their id: whole arrays of them as they are, texts one by one."""
    one, yes_no = framework.numbers[own], own in framework.yes_no
    if np.issubdtype(np.asarray(values).dtype, np.number) and not yes_no:
        entered = np.asarray(values, dtype=float)
        low, high = (np.nan if v is None else float(v) for v in (one.low, one.high))
        bad = np.flatnonzero((entered < low) | (entered > high) | np.isinf(entered))
        if bad.size:
            raise OshError(f"{framework.id}: {own}: {number_of(one, plain(entered[bad[0]]), yes_no)[1]}")
        sheets.numbers[own] = entered
        return
    given = [v if isinstance(v, Fraction) else plain(v) for v in values]
    found = [number_of(one, v, yes_no) for v in given]
    for _, fault in found:
        if fault:
            raise OshError(f"{framework.id}: {own}: {fault}")
    sheets.numbers[own] = np.array([v for v, _ in found])
    if not yes_no:
        sheets.written[own] = [v if isinstance(v, Fraction) else v.removesuffix("%").strip() for v in given]


def _judge(sheets: Sheets, framework: Framework, leaf: Node, part: pd.DataFrame, at: NDArray[np.int64]) -> None:
    codes = encode(framework, leaf, part["answer"].to_numpy(dtype=object))
    if leaf.repeats:
        for column, value in leaf.counts_if.items():
            counted = part[column].map(plain).str.casefold().eq(value.casefold()).to_numpy() | (codes <= OUTSIDE)
            codes, at = codes[counted], at[counted]
        turn = pd.Series(at).groupby(at).cumcount().to_numpy() if at.size else at
        own = [np.full(sheets.n, BLANK if i == 0 else ABSENT, dtype=np.int8) for i in range(max([1, *(turn + 1)]))]
    else:
        own = [np.full(sheets.n, BLANK, dtype=np.int8) for _ in range(max(1, len(leaf.methods)))]
        turn = _turns(framework, leaf, part["method"]) if leaf.methods else np.zeros(len(at), dtype=int)
    for i, judgement in enumerate(own):
        mine = (turn == i) | (turn == _EVERY)
        _once(sheets, leaf.id, at[mine], f" by {leaf.methods[i]}" if leaf.methods else "")
        judgement[at[mine]] = codes[mine]
    sheets.codes[leaf.id] = own


def _once(sheets: Sheets, item: str, at: NDArray[np.int64], by: str = "") -> None:
    """No sheet answers the same item twice."""
    times = np.bincount(at)
    if times.size and times.max() > 1:
        sheet = sheets.keys.iloc[int(times.argmax())]
        for_whom = f"for {sheet['unit']} {sheet['date']}".rstrip()
        raise OshError(f"{sheets.framework.id}: {item}: answered twice{by} {for_whom}")


def _turns(framework: Framework, leaf: Node, methods: pd.Series) -> NDArray[np.int64]:
    """The place of each row's method; a row without one answers for all of them."""
    texts = methods.map(plain)
    return np.asarray(
        texts.map({m: _method(framework, leaf, m) if m else _EVERY for m in texts.unique()}), dtype=np.int64
    )


def _method(framework: Framework, leaf: Node, method: str) -> int:
    """The place of a method among those that judge the item."""
    folded = [m.casefold() for m in leaf.methods]
    if method.casefold() not in folded:
        wants = listed(leaf.methods) if leaf.methods else "none: it is not judged by method"
        raise OshError(f"{framework.id}: {leaf.id}: method: found {method!r}, expected {wants}")
    return folded.index(method.casefold())
