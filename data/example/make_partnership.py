"""Write the files of a made-up partnership, from a seed. Run as `python data/example/make_partnership.py`.

One story in six files: every case is drawn first, the forms are the sums of them, and the logs of three companies show
them one by one. One case came to the log of SP-03 after its form had been posted. What is special about a company
stands in make_partnership_story.py; the code book says what a report should find.
"""

from __future__ import annotations

import csv
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import make_partnership_story as story
import numpy as np
import yaml

HERE = Path(__file__).parent
SEED = 20031104
YEARS = range(2020, 2026)
TRAINING = range(2023, 2026)
Row = dict[str, Any]


def name(i: int) -> str:
    """The name of a company by its number, from 1."""
    return f"{story.NAMES[i - 1]} Ready-Mix {i:02d} (made up)"


def companies(rng: np.random.Generator) -> list[Row]:
    """The list of participants, one row a company; what begins with an underscore goes into no file."""
    rows = []
    sizes = iter(rng.permutation(story.SIZES))
    for i in range(1, len(story.NAMES) + 1):
        own = story.SPECIAL.get(i, {})
        state, region, areas = story.PLACES[own.get("place", i % len(story.PLACES))]
        employees = own["employees"] if own else int(next(sizes))
        started = date(2022 + i % 2, 1 + 3 * (i % 4), 1) if i % 9 else date(2024, 1 + 3 * (i % 4), 1)
        level = ("gold", "platinum", "gold", "diamond", "gold", "platinum")[i % 6]
        decided = {
            c: own.get(c, "") for c in ("applied", "disapproved", "removal_notice", "transferred", "verified", "left")
        }
        decided["verified"] = decided["verified"] or (
            f"2025-{3 + i % 7:02d}-12" if level == "diamond" and not own else ""
        )
        plain = story.NAMES[i - 1].lower()
        rows.append({
            "unit": name(i), "unit_id": f"SP-{i:02d}",
            "implementation_date": own.get("implementation_date", started.isoformat()), "level": own.get("level",
            level),
            "area": f"{areas[i % len(areas)]} (made up)", "region": region, "state": state,
            "plants": max(1, round(employees / 26)), "employees": employees,
            "address": f"{700 + i} {story.NAMES[i - 1]} Quarry Road (made up)",
            "city": f"{story.NAMES[i - 1]}ton Corners (made up)",
            "zip": f"000{10 + i}", "contact": f"{story.NAMES[i - 1]} safety desk (made up)",
            "phone": f"555-01{i:02d}-{7000 + i}",
            "email": f"safety@{plain}-ready-mix.example", "ein": f"0073{i:02d}{(7919 * i) % 1000:03d}",
            "sic": "3273", **decided,
            "_number": i, "_heads": employees,
        })  # fmt: skip
    return rows


def cases(rng: np.random.Generator, company: Row) -> list[Row]:
    """Every recordable case of a company, 2020 to 2025."""
    i, rows = company["_number"], []
    started = int((company["implementation_date"] or "2026")[:4])
    true = 5.1 * float(rng.gamma(9.0, 1 / 9.0))
    for year in YEARS:
        hours = company["_hours"][year]
        rate = true * 0.90 ** max(0, year - started) * 0.98 ** (year - YEARS[0])
        drawn = int(rng.poisson(rate * hours / 200_000))
        number = story.SET[i][year - YEARS[0]] if i in story.SET else drawn
        days = sorted(int(day) for day in rng.choice(365, size=number, replace=False))
        for n, day in enumerate(days, start=1):
            kind = str(rng.choice(list(story.TYPES), p=list(story.TYPES.values())))
            what, injury, thing, column = story.TOLD[kind][int(rng.integers(len(story.TOLD[kind])))]
            outcome = str(rng.choice(list(story.OUTCOMES), p=list(story.OUTCOMES.values())))
            rows.append({
                "_company": i, "_year": year, "_type": kind, "_late": False,
                "case_number": f"{company['unit_id']}/{year}/{n:03d}",
                "job_description": str(rng.choice(story.JOBS)), "date_of_incident": (date(year, 1,
                1) + timedelta(days=day)).isoformat(),
                "incident_outcome": outcome, "dafw_num_away": 1 + int(rng.exponential(18)) if outcome == "2" else 0,
                "djtr_num_tr": 1 + int(rng.exponential(14)) if outcome == "3" else 0, "type_of_incident": column,
                "incident_location": str(rng.choice(story.WHERE)), "nar_what_happened": what,
                "nar_injury_illness": injury, "nar_object_substance": thing,
            })  # fmt: skip
    return rows


def late(company: Row) -> Row:
    """A case that came to the log after the form was posted, in February of the next year."""
    i, year = story.LATE
    what, injury, thing, column = story.TOLD["strains_sprains"][1]
    return {
        "_company": i, "_year": year, "_type": "strains_sprains", "_late": True,
        "case_number": f"{company['unit_id']}/{year}/900",
        "job_description": story.JOBS[0], "date_of_incident": f"{year}-12-18", "incident_outcome": "2",
        "dafw_num_away": 12, "djtr_num_tr": 0, "type_of_incident": column, "incident_location": story.WHERE[0],
        "nar_what_happened": what,
        "nar_injury_illness": injury, "nar_object_substance": thing,
    }  # fmt: skip


def forms(rng: np.random.Generator, company: Row, own: list[Row]) -> list[Row]:
    """The application forms of a company: the sums of its cases."""
    i, rows = company["_number"], []
    modifier = round(float(rng.uniform(0.72, 1.15)), 2)
    share = float(rng.uniform(0.6, 1.1)) if i not in (1, 8, 40) else 1.35
    for year in YEARS:
        if (i == 42 and year < 2022) or (i == 41 and year > 2024):
            continue
        those = [case for case in own if case["_year"] == year]
        heads = company["_employees"][year]
        grown = min(1.0, 0.35 + 0.13 * (year - YEARS[0]))
        holders = int(np.ceil(heads / 20 * share * grown))
        counted = {
            column: sum(c["type_of_incident"] == str(n) for c in those)
            for n, column in enumerate(("m1", "m2", "m3", "m4", "m5", "m6"), 1)
        }
        rows.append({
            "unit": company["unit"], "unit_id": company["unit_id"], "year": year,
            "hours": "" if (i, year) == story.NO_HOURS else company["_hours"][year], "employees": heads, "deaths": 0,
            **{c: sum(o["incident_outcome"] == code for o in those) for c, code in
               (("dafw_cases", "2"), ("djtr_cases", "3"), ("other_cases", "4"))},
            "k": sum(c["dafw_num_away"] for c in those), "l": sum(c["djtr_num_tr"] for c in those), **counted,
            "loss_ratio": round(float(rng.uniform(0.35, 0.85 if i == 1 else 1.25)), 2), "experience_modifier": modifier,
            "inspection_days": int(rng.poisson(0.25)), "citations": 0 if i == 1 else int(rng.poisson(0.3)),
            **{kind: sum(c["_type"] == kind for c in those) for kind in story.TYPES},
            "holders_10": holders, "holders_10_any": min(heads, holders + int(rng.integers(0, 1 + heads // 20))),
            "holders_30": 1 + heads // 150, "plants": company["plants"], "state": company["state"], "sic": "3273",
        })  # fmt: skip
    return rows


def contacts(rng: np.random.Generator, company: Row) -> list[Row]:
    """Who came to the quarterly initiatives since the company takes part, plant by plant."""
    i, rows = company["_number"], []
    if not company["implementation_date"]:
        return rows
    started, left = (date.fromisoformat(company[c] or "2099-01-01") for c in ("implementation_date", "left"))
    keen = float(rng.uniform(0.72, 0.97))
    at = [n + 1 for n in range(company["plants"])]
    heads = (
        [6] if i == 5 else [max(3, int(company["employees"] * 0.9 / len(at)) + int(rng.integers(-3, 4))) for _ in at]
    )
    for year in TRAINING:
        for quarter, initiative in enumerate(story.INITIATIVES, start=1):
            day = date(year, 3 * quarter - 2, 1)
            if day < started or day >= left:  # the first whole quarter is the first
                continue
            for plant, people in zip(at, heads, strict=True):
                came = int(rng.binomial(people, keen))
                if i == 5 and year == 2025:
                    came = (5, 5, 6, 6)[quarter - 1]
                elif i == 8 and plant == 1:
                    came = people + 2  # part-time people come as well
                blank = i == 12 and (year, quarter, plant) == (2025, 2, 1)
                rows.append({
                    "unit_id": company["unit_id"], "unit": company["unit"],
                    "plant": f"{company['unit_id']} plant {plant} (made up)",
                    "year": year, "quarter": quarter, "initiative": initiative, "full_time": people,
                    "attended": "" if blank else came, "signed": "no" if rng.uniform() < 0.06 and i != 5 else "yes",
                })  # fmt: skip
    return rows


def answers(rng: np.random.Generator, company: Row, own: list[Row]) -> list[Row]:
    """The answers of a company to the score and to the tests of diamond, on one date or two."""
    i, rows = company["_number"], []
    items = leaves(yaml.safe_load((HERE.parent / "frameworks" / "safe.yaml").read_text(encoding="utf-8"))["tree"])
    good = 0.92 if company["level"] == "diamond" or i == 1 else story.WEAK.get(i, float(rng.uniform(0.55, 0.9)))
    skip = company["left"] or i == 37  # one has sent no answers
    dates = [] if skip else ["2024-11-15", "2025-11-14"] if i <= 12 and i != 6 else ["2025-11-14"]
    last = [row for row in own if row["year"] == 2025]
    for day in dates:
        better = good + (0.03 if day > "2025" else 0)
        given = {item: str(rng.choice(list("ABCD"), p=_letters(better))) for item in items if item != "SAFE-II.12"}
        given |= {"SAFE-II.12.ratio": last[0]["loss_ratio"], "SAFE-II.12.records": "yes"}
        rows += [answer(company, "safe", day, item, value) for item, value in given.items()]
        due = date.fromisoformat(day) >= three_years(company["implementation_date"])
        tests = {} if due else {"D2": "not yet due"}
        tests |= {
            test: "met" if rng.uniform() < 0.15 + better or i in (1, 8, 40) else "not met"
            for test in ("D3", "D4", "D6", "D7", "D9", "D11")
        }
        tests["D10"] = "met" if company["verified"] and company["verified"] <= day else "not met"
        rows += [answer(company, "safe_diamond", day, item, value) for item, value in tests.items()]
    return rows


def _letters(good: float) -> list[float]:
    a, d = good**2 * 0.8, (1 - good) ** 2 * 0.6
    b = (1 - a - d) * min(1.0, good + 0.05)
    return [a, b, 1 - a - b - d, d]


def answer(company: Row, framework: str, day: str, item: str, value: object) -> Row:
    """One row of the table of answers."""
    looked = {"D3": "Program text", "D6": "Course certificates", "D7": "Citation file, three years",
              "D9": "Signed letter",
              "D10": "Report of a site visit" if value == "met" else "Visit not made yet",
              "D11": "Copies of what was sent in"}  # fmt: skip
    return {
        "unit": company["unit_id"], "framework": framework, "date": day, "item": item, "answer": value,
        "evidence": looked.get(item, ""), "assessor": "committee (made up)",
    }  # fmt: skip


def leaves(node: Row) -> list[str]:
    """The items of a framework."""
    return [item for part in node["of"] for item in leaves(part)] if "of" in node else [node["id"]]


def three_years(day: str) -> date:
    """Thirty-six months later; never where there is no day."""
    return date.fromisoformat(f"{int(day[:4]) + 3}{day[4:]}") if day else date.max


def log(company: Row, case: Row) -> Row:
    """A case as the case-detail file of the Injury Tracking Application has it."""
    year = case["_year"]
    made = f"{year + 1}-02-2{1 if case['_late'] else 0}" if not case["_late"] else f"{year + 1}-05-06"
    shown = {c: v for c, v in case.items() if not c.startswith("_")}
    before = ("case_number", "job_description")
    fixed = {
        "id": "", "establishment_id": company["unit_id"], "establishment_name": company["unit"], "ein": company["ein"],
        "company_name": company["unit"], "street_address": company["address"], "city": company["city"],
        "state": company["state"],
        "zip_code": company["zip"], "naics_code": "327320", "naics_year": "2022", "industry_description": "",
        "establishment_type": "1", "size": "3" if company["_heads"] >= 250 else "22",
        "annual_average_employees": company["_employees"][year], "total_hours_worked": company["_hours"][year],
    }  # fmt: skip
    coded = dict.fromkeys(("soc_code", "soc_description", "soc_reviewed", "soc_probability"), "")
    middle = ("date_of_incident", "incident_outcome", "dafw_num_away", "djtr_num_tr", "type_of_incident")
    times = dict.fromkeys(("time_started_work", "time_of_incident", "time_unknown", "date_of_death"), "")
    rest = {c: v for c, v in shown.items() if c not in (*before, *middle)}
    return {
        **fixed, **{c: shown[c] for c in before}, **coded, **{c: shown[c] for c in middle}, **times,
        "created_timestamp": made, "year_filing_for": year, **rest,
    }  # fmt: skip


def survey() -> list[Row]:
    """The yearly survey of the industry, deaths included."""
    source = "made-up industry, from data/example/make_partnership.py"
    return [
        {"name": "survey of producers", "year": year, "measure": "TCIR", "value": f"{cases * 0.2 / hours:.1f}",
         "cases": cases,
         "hours": round(hours * 1_000_000), "universe": "a made-up survey of ready-mix producers", "source": source}
        for year, (cases, hours) in story.SURVEY.items()
    ]  # fmt: skip


def write(file: str, rows: list[Row]) -> None:
    """One csv file."""
    with (HERE / file).open("w", newline="", encoding="utf-8") as out:
        writer = csv.DictWriter(
            out, fieldnames=[c for c in rows[0] if not c.startswith("_")], extrasaction="ignore", lineterminator="\n"
        )
        writer.writeheader()
        writer.writerows(rows)


def main() -> None:
    """All six files."""
    members = companies(np.random.default_rng(SEED))
    made: dict[str, list[Row]] = {"": [], "_contacts": [], "_answers": [], "_cases": []}
    for company in members:
        rng = np.random.default_rng(
            [SEED, company["_number"]]
        )  # a change to one company leaves the others as they were
        company["_employees"] = {y: max(7, round(company["_heads"] * float(rng.uniform(0.96, 1.04)))) for y in YEARS}
        company["_employees"][YEARS[-1]] = company["_heads"]
        company["_hours"] = {y: int(n * float(rng.uniform(1960, 2140))) for y, n in company["_employees"].items()}
        happened = cases(rng, company)
        filed = forms(rng, company, happened)
        made[""] += filed
        made["_contacts"] += contacts(rng, company)
        made["_answers"] += answers(rng, company, filed)
        if company["_number"] in story.LOGS:
            more = [late(company)] if company["_number"] == story.LATE[0] else []
            logged = [case for case in happened + more if case["_year"] >= 2024]
            made["_cases"] += [log(company, case) for case in sorted(logged, key=lambda c: str(c["case_number"]))]
    for n, row in enumerate(made["_cases"], start=1):
        row["id"] = f"730{n:04d}"
    for part, rows in {**made, "_participants": members, "_benchmark": survey()}.items():
        write(f"partnership{part}.csv", rows)


if __name__ == "__main__":
    main()
