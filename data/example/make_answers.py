"""Write made-up answers to every framework, from a seed. Run as `python data/example/make_answers.py`.

What is answered is read from the framework files, so a new one gets answers too. The units are those of `make.py`.
Every draw has a generator of its own, seeded by what it is for: a new framework or item leaves the other answers as
they were, and a unit that is assessed twice keeps its strong and weak points.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
import yaml

HERE = Path(__file__).parent
FRAMEWORKS = HERE.parent / "frameworks"
SEED = 20261127
COLUMNS = [
    "unit", "framework", "date", "item", "answer", "method", "significant_finding", "attributed_to", "evidence",
    "assessor",
]  # fmt: skip
DATES = ("2024-11-15", "2025-11-14")

#: The file of example data whose units a framework is for, and its column of ids; any other framework is for plants.
KINDS = {
    "cmm": "bureaus",
    "prms": "commands",
    "prms_mishap_prevention": "commands",
    "safe": "ready_mix",
    "safe_diamond": "ready_mix",
    "guidelines_1989": "ready_mix",
}
#: How good the units of a file are, in order, from 0 (worst answers) to 1: the first is assessed on both dates.
QUALITY: list[tuple[float, ...]] = [(0.60, 0.86), (0.42,), (0.93,)]
OF_FRAMEWORK: dict[str, list[tuple[float, ...]]] = {
    "prms": [(0.66, 0.86), (0.50,)],
    "prms_mishap_prevention": [(0.62, 0.88), (0.40,)],
    "safe_diamond": [(0.80, 1.60), (0.45,), (1.60,)],
}
#: Answers that are set: a first and a second date, or one for all. They agree with `ready_mix.csv` and `benchmark.csv`.
SET: dict[tuple[str, str], tuple[str, ...]] = {
    ("RM-01", "D2"): ("not yet due",),
    ("RM-01", "D10"): ("not met", "met"),
    ("RM-02", "D2"): ("not yet due",),
    ("RM-02", "D10"): ("not met",),
    ("RM-03", "D2.reduction"): ("-1.7",),
}
SPREAD = 0.17
OUTSIDE, UNEXAMINED, FINDING = 0.04, 0.06, 0.25
#: How many rows answer an item that several may answer, and what an interview may be about instead.
INTERVIEWS = 4
ELSEWHERE = ("supervision", "equipment", "planning")

#: What was looked at: of the first entry that has the beginning of a word in the title of the item.
LOOKED_AT = (
    ("train course talk brief", "Toolbox talk sheets, last four quarters", "Attendance lists with signatures, sampled"),
    ("substance drug", "Program text and log of tests"),
    ("polic goal objective", "Policy and goal sheet on the notice board, signed in January"),
    ("verif", "Report of a site visit"),
    ("statement", "Letter signed by the plant director"),
    ("professional", "Course certificates and job description"),
    ("clean", "Citation file, last three years"),
    ("application", "Copies of what was sent in, with receipt"),
    ("inspect", "Monthly inspection checklists", "List of open inspection points with dates"),
    ("investig incident mishap accident", "Eight incident reports, three followed to closure"),
    ("protective ppe", "PPE survey and issue records"),
    ("emergenc medical first", "Drill report and muster list", "First-aid cabinet and list of first-aiders"),
    ("mainten equipment facilit", "Work orders, last six months"),
    ("contract supplier", "Two contract files with their safety pages"),
    ("hazard risk", "Hazard register, ten entries sampled", "Five job hazard analyses read"),
    ("trend analy data metric", "Quarterly charts and the log behind them"),
    ("employee involve behav worker", "Minutes of the safety committee, last six meetings"),
    ("review program audit plan", "Yearly review with its list of actions"),
    (
        "lead manage account resource respons",
        "Appraisal forms, sampled",
        "Budget lines and minutes of managers' meetings",
    ),
    ("record report document", "Binder of records, twelve months back"),
    (
        "",
        "Files of the safety office, sampled",
        "Shop notice board and log book",
        "Written procedure and two examples of its use",
    ),
)
#: What is said of an answer that is set.
SAID = {
    "not yet due": "In SAFE for less than 36 months",
    "not met": "Visit not made yet",
    "met": "Report of a site visit",
}
BY_METHOD = {
    "I": ("Six people asked, two of them on the late shift", "Four people asked on the floor", "Two supervisors asked"),
    "V": ("Walk through two work areas", "Field check of five entries", "Seen at work during the morning shift"),
}
Node = dict[str, Any]
Row = dict[str, str]


def draws(*what: str) -> np.random.Generator:
    """The generator of what is named, whatever else is drawn."""
    return np.random.default_rng([SEED, crc32("|".join(what).encode())])


def units(framework: str) -> list[str]:
    """The ids of the units that a framework is for, in the order of their file."""
    with (HERE / f"{KINDS.get(framework, 'plants')}.csv").open(encoding="utf-8") as file:
        return list(dict.fromkeys(row.get("unit_id") or row["uic"] for row in csv.DictReader(file)))


def leaves(node: Node) -> Iterator[Node]:
    """Everything below a node that has nothing below it."""
    if "of" not in node:
        yield node
    for child in node.get("of", ()):
        yield from leaves(child)


def word(choice: object) -> str:
    """A choice as it is answered: YAML reads an unquoted yes as true."""
    return {True: "yes", False: "no"}[choice] if isinstance(choice, bool) else str(choice)


def seen(title: str, method: str, rank: float, rng: np.random.Generator) -> str:
    """A line of evidence that fits the answer: from 0 for the best choice to 1 for the worst."""
    if method in BY_METHOD:
        text = str(rng.choice(BY_METHOD[method]))
    else:
        texts = next(
            texts for words, *texts in LOOKED_AT if re.search(rf"\b({words.replace(' ', '|')})", title.lower())
        )
        text = str(rng.choice(texts))
    if rank > 0.7:
        return f"{text}: little found that bears it out"
    return f"{text}: with gaps" if rank > 0.35 else text


class Assessment:
    """The answers of one unit to one framework on one date."""

    def __init__(self, framework: Node, unit: str, turn: int, quality: float, blank: str) -> None:
        self.framework, self.unit, self.turn, self.quality, self.blank = framework, unit, turn, quality, blank
        self.findings = any("findings" in band for band in framework.get("bands", {}).get("names", ()))
        self.rows: list[Row] = []

    def row(self, item: str, answer: str, evidence: str, **more: str) -> None:
        """One line of the table."""
        rng = draws(self.framework["id"], self.unit, "assessor", more.get("method", ""))
        self.rows.append(
            dict.fromkeys(COLUMNS, "")
            | {"unit": self.unit, "framework": self.framework["id"], "date": DATES[self.turn], "item": item}
            | {"answer": answer, "evidence": evidence, "assessor": f"assessor {rng.integers(1, 4)} (made up)"}
            | more
        )

    def set(self, item: str) -> str | None:
        """The answer that is set by hand, if there is one."""
        answers = SET.get((self.unit, item))
        return answers[min(self.turn, len(answers) - 1)] if answers else None

    def level(self, rng: np.random.Generator) -> float:
        """How good an item of this unit is, from 0 to 1."""
        return float(np.clip(self.quality + rng.normal(0, SPREAD), 0, 1))

    def run(self) -> list[Row]:
        """Answer every leaf that is not worked out from elsewhere, then what is shown beside them."""
        for leaf in leaves(self.framework["tree"]):
            self.leaf(leaf)
        for extra in self.framework.get("beside") or ():
            self.proportion(extra)
        return self.rows

    def leaf(self, leaf: Node) -> None:
        """The rows of one leaf, by its kind."""
        if "none" in leaf:
            return
        if "cuts" in leaf and self.set(leaf["id"]) is None:
            self.measured(leaf)
        elif "scale" in leaf:
            self.chosen(leaf)
        elif "number" in leaf:
            taken = leaf.get("from") or leaf["number"].get("from")
            self.number(leaf["id"], leaf["title"], leaf["number"] | {"from": taken})
        elif "formula" in leaf:
            self.formula(leaf)

    def chosen(self, leaf: Node) -> None:
        """A choice of a scale: one row, or one for every method, or several of interviews."""
        methods = leaf.get("methods") or [""]
        times = INTERVIEWS if leaf.get("repeats") else 1
        wanted = leaf.get("counts_if", {}).get("attributed_to")
        for method in methods:
            for k in range(times):
                rng = draws(self.framework["id"], self.unit, leaf["id"], str(method), str(k))
                more = {"method": str(method)}
                if wanted:
                    more["attributed_to"] = wanted if rng.random() < 0.7 else str(rng.choice(ELSEWHERE))
                if leaf["id"] == self.blank:
                    self.row(leaf["id"], "", "Asked for, not answered yet", **more)
                else:
                    self.choice(leaf, rng, more, first=method == methods[0] and k == 0)

    def choice(self, leaf: Node, rng: np.random.Generator, more: Row, *, first: bool) -> None:
        """One answer of a scale; the first of an item may be a significant finding."""
        scale = self.framework["scales"][leaf["scale"]]
        choices = [word(choice) for choice in scale["choices"]]
        chance = draws(self.framework["id"], self.unit, leaf["id"]).random()
        examined, grave = rng.random(), rng.random()
        at = round((1 - self.level(rng)) * (len(choices) - 1))
        given = self.set(leaf["id"])
        rank = at / max(len(choices) - 1, 1)
        if given is not None:
            self.row(leaf["id"], given, SAID[given], **more)
        elif scale.get("outside") and chance < OUTSIDE:
            self.row(leaf["id"], word(scale["outside"][0]), "Does not arise at this unit", **more)
        elif scale.get("unexamined") and examined < UNEXAMINED:
            self.row(leaf["id"], word(scale["unexamined"][0]), "Not reached during this visit", **more)
        else:
            if self.findings and first and grave < FINDING * rank:
                more = more | {"significant_finding": "yes"}
            self.row(leaf["id"], choices[at], seen(leaf["title"], more["method"], rank, rng), **more)

    def number(self, item: str, title: str, limits: Node) -> None:
        """A number between its limits, unless it is taken from elsewhere."""
        if limits.get("from"):
            return
        rng = draws(self.framework["id"], self.unit, item)
        level, low = self.level(rng), limits.get("low", 0)
        self.row(item, f"{low + level * (limits.get('high', 100) - low):.0f}", seen(title, "", 1 - level, rng))

    def formula(self, leaf: Node) -> None:
        """The value that a falling line starts from: a low one is good."""
        formula = leaf["formula"]
        if leaf.get("from") or formula.get("from"):
            return
        level = self.level(draws(self.framework["id"], self.unit, leaf["id"]))
        value = f"{(1 - level) * formula.get('start', 100) / 10:.1f}"
        self.row(leaf["id"], value, "Worked out from the unit's own log")

    def measured(self, leaf: Node) -> None:
        """The number behind an item, inside a step that fits how good the unit is."""
        cuts = leaf["cuts"]
        value = cuts.get("value") or {"id": leaf["id"]}
        level = self.level(draws(self.framework["id"], self.unit, leaf["id"]))
        if needs := cuts.get("needs"):
            there = level > 0.3
            self.row(needs["id"], "yes" if there else "no", "Records seen" if there else "No records to be found")
            if not there and "scale" in leaf:
                worst = word(list(self.framework["scales"][leaf["scale"]]["choices"])[-1])
                self.row(leaf["id"], worst, "Judged without records")
        if not value.get("from"):
            number = self.set(value["id"]) or self.inside(leaf, value, level)
            self.row(value["id"], number, "Figure from the unit's own records")

    def inside(self, leaf: Node, value: Node, level: float) -> str:
        """A number inside the step that is this good, well away from its limits."""
        steps = leaf["cuts"]["steps"]
        if "scale" in leaf:
            merit = {word(choice): -k for k, choice in enumerate(self.framework["scales"][leaf["scale"]]["choices"])}
            best = sorted(range(len(steps)), key=lambda k: -merit[word(steps[k]["gives"])])
        else:
            best = sorted(range(len(steps)), key=lambda k: -float(steps[k]["gives"]))
        inner = [float(step.get("below", step.get("to"))) for step in steps[:-1]]
        limits = [max(float(value.get("low", 0)), 0.6 * inner[0]), *inner, max(1.3 * inner[-1], inner[-1] + 1)]
        low, high = list(pairwise(limits))[best[round((1 - level) * (len(steps) - 1))]]
        share = draws(self.framework["id"], self.unit, value["id"]).uniform(0.2, 0.8)
        return f"{low + share * (high - low):.{2 if high < 10 else 1}f}"

    def proportion(self, extra: Node) -> None:
        """A sample and the part of it that was found."""
        rng = draws(self.framework["id"], self.unit, extra["id"])
        whole = int(rng.integers(20, 41))
        self.row(extra["whole"]["id"], str(whole), "Sample drawn from the source logs")
        self.row(extra["part"]["id"], str(round(whole * self.level(rng))), "Found again in the database")


def answers(framework: Node) -> Iterator[Row]:
    """The answers of all units of one framework; the second unit has left one item blank."""
    key = framework["id"]
    plain = [leaf["id"] for leaf in leaves(framework["tree"]) if "scale" in leaf and "cuts" not in leaf]
    for place, (unit, qualities) in enumerate(zip(units(key), OF_FRAMEWORK.get(key, QUALITY), strict=False)):
        blank = str(draws(key, unit, "blank").choice(plain)) if place == 1 and plain else ""
        for quality, turn in zip(qualities, range(len(DATES) - len(qualities), len(DATES)), strict=True):
            yield from Assessment(framework, unit, turn, quality, blank).run()


if __name__ == "__main__":
    files = sorted(FRAMEWORKS.glob("*.yaml"))
    table = [row for path in files for row in answers(yaml.safe_load(path.read_text(encoding="utf-8")))]
    with (HERE / "answers.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, fieldnames=COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(table)
