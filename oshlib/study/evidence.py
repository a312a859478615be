"""What the annual table and its goals say of a statement that a person judges: shown, with the level it suggests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from oshlib import places, references, words
from oshlib.errors import OshError
from oshlib.frameworks import Framework
from oshlib.study import goals, measured, subject, trend


@dataclass(frozen=True)
class Suggestion:
    """One statement's evidence. level: the answer it suggests, None where there is nothing to suggest."""

    node: str
    text: str
    level: str | None


def suggestions(
    framework: Framework,
    unit: str,
    date: str,
    data: str,
    last_year: int | None,
    years: int,
    min_years: int,
    rule: str | None,
    confidence: float,
    hours_policy: str,
) -> list[Suggestion]:
    """The evidence for every statement that has a source; why there is none, where there is none."""
    if rule and rule not in references.rules():
        places.find(rule, "goals")  # neither a rule nor a table: no matter of the data
    found = []
    for node in framework.nodes.values():
        if node.suggest:
            origin = node.suggest["from"]
            try:
                about = _subject(unit, date, data, last_year, int(origin.get("years", years)), hours_policy)
                text, value = (
                    _goals_met(about, rule, origin["goals_met"], min_years, confidence)
                    if "goals_met" in origin
                    else _trend(about, origin["trend"], min_years, confidence)
                )
                found.append(Suggestion(node.id, text, _level(node.suggest, value)))
            except OshError as fault:
                found.append(Suggestion(node.id, str(fault), None))
    return found


def _subject(unit: str, date: str, data: str, last_year: int | None, years: int, hours_policy: str) -> Any:
    rows = measured.rows_of(data, unit)
    last = measured.last_of(rows, date, last_year)
    if last is None:
        raise OshError(f"no whole year of {unit} in {data} was over on {date}" if data else "no annual table was given")
    return subject.load(data, unit, last, years, hours_policy)


def _goals_met(about: Any, rule: str | None, name: str, least: int, confidence: float) -> tuple[str, Any]:
    """How many years met their goal."""
    if not rule:
        raise OshError("no goals were given (parameter goals)")
    a = goals.study(about, rule, [name], least, confidence).attained[name]
    window = words.window(about.years)
    text = f"{name} goals met in {a.met_years} of {a.of_years} years judged, window {window}: {a.kpa}"
    return text, a.met_years if a.kpa != "not determinable" else None


def _trend(about: Any, name: str, least: int, confidence: float) -> tuple[str, Any]:
    """The verdict on the trend, in the words of the verdict."""
    t = trend.study(about, [name], least, confidence).trends[name]
    window = words.window(about.years)
    if t.direction == "not determinable":
        return f"{name} trend {window} not determinable", None
    if t.total_cases == 0:
        return f"{name}: no case in {window} (sustained at zero): {t.kpa}", ["sustained at zero"]
    change = "no finite slope" if words.missing(t.annual_change) else f"{words.percent(t.annual_change)} a year"
    chance = "" if t.beyond_chance is None else ", beyond chance" if t.beyond_chance else ", not beyond chance"
    text = f"{name} {window}: {t.direction} (favourable: falling rate), {change}{chance}: {t.kpa}"
    return text, [f"{t.direction} beyond chance" if t.beyond_chance else t.direction, t.direction]


def _level(suggest: Any, value: Any) -> str | None:
    """The answer that a count, or the first word that is listed, suggests."""
    if value is None:
        return None
    if isinstance(value, list):
        return next((str(suggest["answers"][v]) for v in value if v in suggest.get("answers", {})), None)
    for step in suggest["steps"]:
        if ("to" not in step and "below" not in step) or value <= step.get("to", -1) or value < step.get("below", -1):
            return str(step["gives"])
    return None
