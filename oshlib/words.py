"""Numbers as people write them, and the verdict on a trend in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from oshlib.exact import half_up
from oshlib.trends import RULES, Trend

#: What a reader sees of a verdict: the word that is counted, its shape, its tone (a colour of the page), worst first.
VERDICTS = {
    ("unfavourable", True): ("Unfavourable, beyond chance", "▲", "bad"),
    ("unfavourable", False): ("Unfavourable direction, not beyond chance", "△", "poor"),
    ("mixed", None): ("Mixed: the rules disagree", "◆", "mix"),
    ("not determinable", None): ("Not determinable", "○", "na"),
    ("none", None): ("No direction", "■", "flat"),
    ("favourable", False): ("Favourable direction, not beyond chance", "▽", "ok"),
    ("favourable", True): ("Favourable, beyond chance", "▼", "good"),
}
_COUNT_WORDS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def number(value: Any, decimals: int = 1) -> str:
    """Half up, thousands apart, a dash for no value.

    >>> number(4.25), number(1234.5, 0), number(None)
    ('4.3', '1,235', '–')
    """
    return "–" if missing(value) else f"{half_up(value, decimals):,}".replace("-", "−")


def exactly(value: Any, least: int = 0) -> str:
    """A number with all the decimals that it has, up to six, so that no revision of it is rounded away.

    >>> exactly(25.0), exactly(1_666.6666666), exactly(4.5, 2), exactly(None)
    ('25', '1,666.666667', '4.50', '–')
    """
    if missing(value):
        return "–"
    whole, _, rest = f"{value:,.6f}".replace("-", "−").partition(".")
    rest = rest.rstrip("0").ljust(least, "0")
    return f"{whole}.{rest}" if rest else whole


def percent(value: Any, decimals: int = 1, sign: bool = True) -> str:
    """A fraction as a percentage with its sign.

    >>> percent(-0.0875), percent(0.164, 0, sign=False)
    ('−8.8%', '16%')
    """
    if missing(value):
        return "–"
    text = number(abs(value) * 100, decimals)
    return f"{'' if not sign or half_up(value * 100, decimals) == 0 else '−' if value < 0 else '+'}{text}%"


def part(value: Any, decimals: int = 0) -> str:
    """A fraction as a percentage without a sign.

    >>> part(0.3), part(0.1249, 1)
    ('30%', '12.5%')
    """
    return percent(value, decimals, sign=False)


def share(value: Any) -> str:
    """A fraction that someone chose, with the decimals that it was given.

    >>> share(0.3), share(0.305), share(0.998)
    ('30%', '30.5%', '99.8%')
    """
    return f"{float(value) * 100:.4g}%"


def told_apart(value: float, goal: Any, decimals: int) -> tuple[str, str]:
    """A rate and its goal with so many decimals that they do not look alike, or the wrong way round, when they are not.

    >>> told_apart(4.94, 4.9, 1), told_apart(4.08163, 4.0817, 1), told_apart(5.0, 5.0, 1)
    (('4.94', '4.90'), ('4.0816', '4.0817'), ('5.0', '5.00'))
    """
    if goal is None or value != value:
        return number(value, decimals), number(None if goal is None else float(goal), 2)
    aim = float(goal)
    enough = next((d for d in range(decimals, 10) if number(value, d) != number(aim, d)), decimals)
    return number(value, enough), number(aim, max(enough, 2))


def reduction(value: Any) -> str:
    """A reduction as a percentage: a fall bears no sign, a rise a minus.

    >>> reduction(0.305), reduction(-0.226)
    ('30.5%', '−22.6%')
    """
    return percent(value, 1).removeprefix("+")


def p_value(p: float) -> str:
    """A p as it is quoted, with the sign between.

    >>> p_value(0.1565), p_value(0.0004)
    ('= 0.16', '< 0.001')
    """
    return "< 0.001" if p < 0.001 else f"= {half_up(p, 3 if p < 0.0995 else 2)}"


def span(low: Any, high: Any, decimals: int = 1) -> str:
    """An interval of rates: 'low to high'."""
    return "–" if missing(low) and missing(high) else f"{number(low, decimals)} to {number(high, decimals)}"


def change_span(low: Any, high: Any) -> str:
    """An interval of annual changes; a side without a limit is said so."""
    if missing(low) and missing(high):
        return "no interval"
    return f"{'−100%' if missing(low) else percent(low)} to {'no upper limit' if missing(high) else percent(high)}"


def odds(p: float, of: str = "") -> str:
    """A chance as people say it; of: what is counted, in the plural.

    >>> odds(0.433), odds(0.011), odds(0.97, "years"), odds(0.999)
    ('about 4 in 10', 'about 1 in 100', 'about 97 of 100 years', 'nearly certain')
    """
    if p < 0.005 or p > 0.995:
        if of:
            return f"{'next to no' if p < 0.5 else 'nearly all'} {of}"
        return "next to none" if p < 0.5 else "nearly certain"
    tenths = 0.05 <= p <= 0.95
    part = max(1, min(9, int(half_up(p * 10, 0)))) if tenths else int(half_up(p * 100, 0))
    return f"about {part} {'of' if of else 'in'} {10 if tenths else 100} {of}".strip()


def cases(n: float) -> str:
    """A whole number of cases.

    >>> cases(1), cases(12)
    ('1 case', '12 cases')
    """
    return f"{number(n, 0)} case{'' if n == 1 else 's'}"


def part_year(months: float) -> str:
    """What a year that is not known to be whole covers.

    >>> part_year(6), part_year(float("nan"))
    ('covers 6 months only', 'covers an unknown number of months')
    """
    return "covers an unknown number of months" if missing(months) else f"covers {months:g} months only"


def missing(value: Any) -> bool:
    """No value: None, NaN or infinite."""
    return value is None or not np.isfinite(value)


def count(n: int) -> str:
    """Small numbers in words.

    >>> count(5), count(12)
    ('five', '12')
    """
    return _COUNT_WORDS[n] if n < len(_COUNT_WORDS) else str(n)


def listed(items: list[Any]) -> str:
    """Items joined as in a sentence.

    >>> listed([2021, 2022, 2024])
    '2021, 2022 and 2024'
    """
    words = [str(i) for i in items]
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def window(years: Sequence[int]) -> str:
    """The years that a figure is of: of other years it is another figure, not a revised one.

    >>> window([2022, 2023, 2024]), window([2024])
    ('2022–2024', '2024')
    """
    return f"{years[0]}–{years[-1]}" if len(years) > 1 else str(years[0])


def verdict(trend: Trend) -> tuple[str, str, str]:
    """Words, symbol and tone of a trend; a series without a case is its own verdict."""
    if trend.direction == "none" and trend.total_cases == 0:
        return "Sustained at zero", "●", "good"
    return VERDICTS.get((trend.direction, trend.beyond_chance)) or VERDICTS[trend.direction, None]


def sentence(trend: Trend, what: str, base: str, counted: str, ends: tuple[Any, Any], why: str, decimals: int) -> str:
    """One paragraph on one measure: number, comparison, uncertainty.

    what: the measure's id; counted: what is counted; ends: the first and the last rate; why: the reason where
    there is no verdict.
    """
    if trend.direction == "not determinable":
        return f"The trend of {what} is not determinable: {why}."
    years = count(int(trend.used_years))
    if trend.total_cases == 0:
        return f"{what}: no {_single(counted)} in {years} years."
    first, last = (number(v, decimals) for v in ends)
    moved = "stayed at" if first == last else "fell from" if ends[1] < ends[0] else "rose from"
    path = f"{what} {moved} {first}{'' if first == last else f' to {last}'} {base}"
    if missing(trend.annual_change):
        where = "first" if trend.direction == "favourable" else "last"
        slope = f"all cases stand in the {where} year, so the fitted slope has no finite value"
    else:
        interval = change_span(trend.annual_change_low, trend.annual_change_high)
        slope = f"average {percent(trend.annual_change)} a year, {interval}"
    return f"{path} ({slope}). {_chance(trend, years, counted)}"


def _chance(trend: Trend, years: str, counted: str) -> str:
    total = f"{number(trend.total_cases, 0)} {counted} in {years} years"
    total = total.replace("1 " + counted, "1 " + _single(counted)) if trend.total_cases == 1 else total
    if trend.direction == "mixed":
        return f"{signs(trend)} The trend is mixed; with {total}, p {p_value(trend.p)}."
    if trend.direction == "none":
        return f"None of the four readings moves; with {total} no more can be said."
    if trend.beyond_chance:
        return f"With {total} that is beyond chance (p {p_value(trend.p)})."
    often = "as often as not" if trend.p > 0.4 else f"about once in {count(round(1 / trend.p))}"
    p = p_value(trend.p)
    return f"With {total} that is not clearly beyond chance: luck alone draws a line as steep {often} (p {p})."


def signs(trend: Trend) -> str:
    """What each of the four rules says.

    >>> from oshlib.trends import trend
    >>> signs(trend([1, 2, 3, 4, 5], [20, 8, 14, 18, 19], [800_000] * 5))
    'Fitted slope, least squares and Kendall S say up; last against first says down.'
    """
    said = []
    for sign, word in ((1, "up"), (-1, "down"), (0, "no change")):
        rules = [rule for rule, s in zip(RULES, trend.signs, strict=True) if s == sign]
        if rules:
            said.append(f"{listed(rules)} {'say' if len(rules) > 1 else 'says'} {word}")
    text = "; ".join(said) + "."
    return text[0].upper() + text[1:]


def detectable(trend: Trend) -> str:
    """What these counts could have shown."""
    if trend.direction == "not determinable" or trend.total_cases == 0:
        return ""
    if missing(trend.detectable):
        return "So few cases could not have shown any fall, however steep."
    return (
        f"Counts of this size show a fall of {percent(trend.detectable, 0, sign=False)} a year or more "
        "(found four times in five); a smaller one would mostly be missed."
    )


def _single(counted: str) -> str:
    return counted.replace("cases", "case").replace("days", "day")
