"""Write program.csv: made-up establishments before and after a program, from a seed.

Run as `python data/example/make_program.py` from the repository. What is built in, and what a report should find:
better managed establishments join more often and would have improved a little more anyway; those who join report more
in their first year, so that their rate rises before it falls; everybody at or over the limit in one year is nearer to
the mean in the next, program or not.
"""

from __future__ import annotations

import csv
from datetime import date, timedelta
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
SEED = 20261201
YEARS = range(1994, 2000)
SELECTED_ON, LIMIT = 1996, 7.0
STARTED = 1998  # agreements came in from December 1997 on: the first whole year is 1998
#: SIC and its usual rate of lost-workday cases per 200,000 hours.
INDUSTRIES = {"2011": 10.5, "2015": 8.0, "2421": 9.0, "2431": 7.5, "3321": 9.5, "3441": 8.5}
UNITS = 64
#: Employers of several establishments: who they are, counted from 0.
EMPLOYERS = {
    "Brightwater Foods (made up)": (0, 1, 2, 12), "Lakeland Timber (made up)": (21, 22, 23),
    "Ironbridge Castings (made up)": (42, 43), "Stonefield Steel (made up)": (54, 55, 56),
}  # fmt: skip
#: Years that an establishment has no row for; those of few hours.
MISSING = {(3, 1999), (5, 1994), (9, 1999), (16, 1995), (27, 1996), (33, 1998), (47, 1996), (49, 1999)}
SMALL = {7, 19, 30, 58}
#: What became of the choices, by establishment in the order in which they joined.
WITHDREW, REMOVED, NO_ANSWER = {3}, {8}, {2, 14}


def establishments(rng: np.random.Generator) -> list[dict[str, object]]:
    """One row an establishment and year."""
    codes = sorted(INDUSTRIES)
    parents = {i: name for name, own in EMPLOYERS.items() for i in own}
    rows: list[dict[str, object]] = []
    joiners = declined = 0
    for i in range(UNITS):
        sic = codes[i * len(codes) // UNITS]
        managed = float(rng.normal())
        heads = int(rng.integers(18, 45)) if i in SMALL else max(60, int(np.exp(rng.normal(4.9, 0.6))))
        true = INDUSTRIES[sic] * float(rng.gamma(9.0, 1 / 9.0)) * np.exp(-0.24 * managed)
        drift = 0.98 * np.exp(-0.012 * managed)
        own: dict[int, tuple[int, int]] = {}
        for year in YEARS:
            hours = int(heads * 2_000 * rng.uniform(0.95, 1.06))
            own[year] = (int(rng.poisson(true * drift ** (year - YEARS[0]) * hours / 200_000)), hours)
        cases, hours = own[SELECTED_ON]
        offered = cases * 200_000 / hours >= LIMIT and (i, SELECTED_ON) not in MISSING
        joins = offered and rng.uniform() < 1 / (1 + np.exp(0.3 - 1.6 * managed))
        choice, agreed, left, removed = "", "", "", ""
        if joins:
            choice, agreed = "yes", (date(1997, 12, 8) + timedelta(days=int(rng.integers(0, 50)))).isoformat()
            left, removed = ("yes" if joiners in who else "no" for who in (WITHDREW, REMOVED))
            joiners += 1
            for year, effect in ((1998, 1.16), (1999, 0.78)):  # first more is reported, then less happens
                worked = own[year][1]
                own[year] = (int(rng.poisson(true * drift ** (year - YEARS[0]) * effect * worked / 200_000)), worked)
        elif offered:
            choice = "" if declined in NO_ANSWER else "no"
            declined += 1
        for year in YEARS:
            seen = inspections(rng, year, bool(joins), own[year][0])
            if (i, year) in MISSING:
                continue
            told = year >= STARTED - 1  # the choice was made at the end of 1997
            rows.append({
                "establishment": f"Works {i + 1:02d} (made up)", "unit_id": f"ES-{i + 1:02d}", "year": year,
                "area_office": "Lakeside (made up)" if i % 2 else "Uplands (made up)", "sic": sic,
                "parent": parents.get(i, ""), "employees": heads, "hours": own[year][1], "dart_cases": own[year][0],
                "joined": choice if told else "", "agreement_received": agreed if told else "",
                "withdrew": left if year >= STARTED else "", "removed_from_program": removed if year >= STARTED else "",
                **seen, "note": "made up",
            })  # fmt: skip
    return rows


def inspections(rng: np.random.Generator, year: int, joined: bool, cases: int) -> dict[str, object]:
    """The inspections of a year: the worse ones are seen more often, and who joined gets larger reductions."""
    after = year >= STARTED
    seen = int(rng.poisson((0.12 if joined else 0.45) if after else 0.2))
    if not seen:
        return dict.fromkeys(("violations", "violations_serious", "penalty_initial", "penalty"), "") | {
            "inspections": 0
        }
    found = int(rng.poisson(seen * (3.0 if after and joined else 4.5) * (1 + min(cases, 40) / 80)))
    serious = int(rng.binomial(found, 0.45 if after and joined else 0.6))
    proposed = 250 * int(serious * rng.uniform(4, 10))
    kept = rng.uniform(0.35, 0.6) if after and joined else rng.uniform(0.5, 0.8)
    return {
        "inspections": seen, "violations": found, "violations_serious": serious, "penalty_initial": proposed,
        "penalty": round(proposed * kept),
    }  # fmt: skip


if __name__ == "__main__":
    table = establishments(np.random.default_rng(SEED))
    with (HERE / "program.csv").open("w", newline="", encoding="utf-8") as out:
        writer = csv.DictWriter(out, fieldnames=list(table[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(table)
