"""Write made-up establishments and their inspections, from a seed. Run as `python data/example/make_establishments.py`.

Two files of one story: `inspections.csv` has the inspections, `establishments.csv` the sums of them since 1993. An
establishment that the first does not name had none. One history is blank in the second (its list cannot be told from
that file alone); the first, which has nothing on it, settles it.
"""

from __future__ import annotations

import csv
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__).parent
SEED = 19971125
YEAR = 1996
SINCE = "1993-01-01"
#: Enrolment: offers are received from the first day, agreements until the last; who comes later is on no first list.
OFFERED, CLOSED = date(1997, 12, 5), date(1998, 1, 30)
BIG, MIDDLE, SMALL = "Thistlewane (made up)", "Ottermere (made up)", "Quillhaven (made up)"
AREAS = (BIG, MIDDLE, SMALL)
COUNTS = ("fatal_causal", "willful", "repeat", "serious")
KINDS = {
    "2421": "Sawmill",
    "3321": "Foundry",
    "2015": "Poultry Works",
    "3441": "Steel Fabricator",
    "8051": "Nursing Home",
    "3714": "Parts Plant",
    "2653": "Box Plant",
    "0783": "Tree Service",
}
USUAL = [sic for sic in KINDS if sic not in {"8051", "0783"}]
COLUMNS = [
    "unit", "unit_id", "year", "area", "sic", "employees", "firm_workers", "hours", "dart_cases", "responded",
    "records_checked", "visit_cases", "visit_hours", "vpp_sharp", "last_comprehensive", "history_from", *COUNTS,
    "union", "notified", "joined", "agreement_received", "wants_consultation", "contacted_consultation",
    "last_abatement", "withdrew", "removed_from_program", "inspections", "violations", "violations_serious",
    "penalty_initial", "penalty", "note",
]  # fmt: skip
Row = dict[str, Any]
NONE: list[Row] = []


def seen(
    opened: str, kind: str = "other", fatal_causal: int = 0, willful: int = 0, repeat: int = 0, serious: int = 0
) -> Row:
    """One inspection."""
    counts = {"fatal_causal": fatal_causal, "willful": willful, "repeat": repeat, "serious": serious}
    return {"opened": opened, "kind": kind, **counts}


#: An agreement, on a day that is drawn where none is given; the second asks for consultation as well.
JOINS: Row = {"joined": "yes"}
CONSULTS: Row = {**JOINS, "wants_consultation": "yes", "contacted_consultation": "yes"}

#: Each limit and each reason for a list, in order of the ids. `visits`: its inspections; what is not named is drawn.
SPECIAL: list[Row] = [
    # Rates at the limits
    {"area": BIG, "dart_cases": 7, "hours": 200_000, "employees": 100, "joined": "no"},  # exactly 7.0
    {"area": BIG, "dart_cases": 139, "hours": 4_000_000, "employees": 2000},  # 6.95
    {"area": BIG, "dart_cases": 22, "hours": 630_000, "employees": 315},  # 6.984
    {"area": MIDDLE, "dart_cases": 28, "hours": 200_000, "employees": 101, "visits": NONE},  # 28.0, nothing found ever
    # 20.0 and nine serious ones, then eight; older ones do not count, those of the first day do
    {"area": MIDDLE, "dart_cases": 40, "hours": 400_000, "employees": 200,
     "visits": [seen("1993-01-01", serious=4), seen("1995-06-13", "comprehensive", serious=5)]},
    {"area": MIDDLE, "dart_cases": 60, "hours": 600_000, "employees": 300, **JOINS,
     "visits": [seen("1992-12-31", serious=5), seen("1994-03-08", serious=4), seen("1996-09-17", serious=4)]},
    {"area": MIDDLE, "dart_cases": 199, "hours": 2_000_000, "employees": 1000, **JOINS,
     "visits": [seen("1994-10-04", willful=1, serious=2)]},  # 19.9
    {"area": MIDDLE, "dart_cases": 279, "hours": 2_000_000, "employees": 1010, **JOINS, "visits": NONE},  # 27.9
    {"area": BIG, "dart_cases": 22, "hours": 210_000, "employees": 105, "visits": [seen("1995-02-21", willful=2)]},
    {"area": SMALL, "dart_cases": 31, "hours": 270_000, "employees": 140, "visits": [seen("1996-04-16", repeat=1)]},
    {"area": BIG, "dart_cases": 35, "hours": 280_000, "employees": 145,
     "visits": [seen("1994-08-09", fatal_causal=1, serious=3)]},
    {"area": BIG, "dart_cases": 66, "hours": 440_000, "employees": 220,
     "visits": [seen("1997-05-06", serious=1)]},  # 30.0
    {"area": SMALL, "dart_cases": 24, "hours": 220_000, "employees": 112, "joined": "no",
     "visits": [seen("1991-11-19", willful=1, serious=9)]},  # 21.8: found before 1993 only
    # Sizes and industries
    {"area": BIG, "dart_cases": 5, "hours": 118_000, "employees": 60, "firm_workers": 60, "joined": "no"},
    {"area": SMALL, "dart_cases": 5, "hours": 116_000, "employees": 59, "firm_workers": 59, "joined": "no"},
    {"area": MIDDLE, "dart_cases": 15, "hours": 250_000, "employees": 130, "sic": "8051"},
    {"area": MIDDLE, "dart_cases": 14, "hours": 150_000, "employees": 76, "sic": "0783", "joined": "no"},
    # Joined, and on the primary list
    {"area": BIG, "dart_cases": 21, "hours": 330_000, "employees": 170, **JOINS, "withdrew": "yes"},
    {"area": BIG, "dart_cases": 17, "hours": 300_000, "employees": 150, **JOINS, "removed_from_program": "yes"},
    {"area": MIDDLE, "dart_cases": 9, "hours": 160_000, **CONSULTS, "employees": 82, "firm_workers": 160,
     "contacted_consultation": "no"},
    # Asks for consultation in a firm that is too large for it; the largest site and firm that are not
    {"area": BIG, "dart_cases": 10, "hours": 158_000, **CONSULTS, "employees": 80, "firm_workers": 900},
    {"area": BIG, "dart_cases": 13, "hours": 196_000, **CONSULTS, "employees": 100, "firm_workers": 500},
    {"area": BIG, "dart_cases": 13, "hours": 198_000, **CONSULTS, "employees": 101, "firm_workers": 500},
    # Off the list, or nearly
    {"area": BIG, "dart_cases": 16, "hours": 310_000, "employees": 155, "vpp_sharp": "yes"},
    {"area": SMALL, "dart_cases": 12, "hours": 240_000, "employees": 121,
     "visits": [seen("1996-05-14", "comprehensive", serious=3)]},
    {"area": BIG, "dart_cases": 33, "hours": 500_000, "employees": 260, "joined": "no",
     "visits": [seen("1995-11-28", "comprehensive", serious=2), seen("1996-02-06", serious=1)]},
    {"area": SMALL, "dart_cases": 20, "hours": 350_000, "employees": 180, "joined": "no",
     "visits": [seen("1996-01-01", "comprehensive")]},
    {"area": BIG, "dart_cases": 8, "hours": 190_000, "employees": 97, **JOINS, "visit_cases": 5,
     "visit_hours": 160_000},
    # Did not answer the survey
    {"area": BIG, "responded": "no", "employees": 150},
    {"area": MIDDLE, "responded": "no", "employees": 88},
    {"area": BIG, "responded": "no", "records_checked": "1998-02-17", "dart_cases": 14, "hours": 400_000,
     "employees": 205},  # 7.0
    {"area": SMALL, "responded": "no", "records_checked": "1998-04-07", "dart_cases": 4, "hours": 170_000,
     "employees": 85},
    {"area": MIDDLE, "responded": "no", "records_checked": "1998-03-24", "dart_cases": 41, "hours": 260_000,
     "employees": 133},
    # Whose list cannot be told: no history at a rate that asks for one; an award, or none
    {"area": BIG, "dart_cases": 24, "hours": 200_000, "employees": 103, "visits": None},
    {"area": MIDDLE, "dart_cases": 11, "hours": 230_000, "employees": 117, "vpp_sharp": ""},
    # The first and the last day; two of one day; an offer that came late has 45 days of its own
    {"area": SMALL, **JOINS, "agreement_received": "1997-12-05"},
    {"area": BIG, **JOINS, "agreement_received": "1998-01-30"},
    {"area": MIDDLE, **JOINS, "agreement_received": "1998-01-14"},
    {"area": MIDDLE, **JOINS, "agreement_received": "1998-01-14"},
    {"area": MIDDLE, **JOINS, "notified": "1998-01-12", "agreement_received": "1998-02-20"},
]  # fmt: skip
#: How many more of each sort there are in each area: joined, joined with consultation, after the last day, neither.
MORE: dict[str, list[tuple[str, int]]] = {
    BIG: [("joins", 8), ("consults", 10), ("late", 12), ("silent", 2), ("below", 4)],
    MIDDLE: [("joins", 1), ("consults", 4), ("silent", 2), ("below", 3)],
    SMALL: [("joins", 2), ("consults", 1), ("silent", 2), ("below", 3)],
}
SORTS: dict[str, Row] = {
    "joins": JOINS,
    "consults": CONSULTS,
    "late": {**JOINS, "late": True},
    "silent": {},
    "below": {"below": True},
}


def establishment(number: int, said: Row, rng: np.random.Generator) -> tuple[Row, list[Row]]:
    """One row of the list and its inspections: what is said of it, the rest drawn."""
    row: Row = {"unit_id": f"EST-{number:02d}", "year": YEAR, "responded": "yes", "vpp_sharp": "no", "note": "made up"}
    row["sic"] = str(rng.choice(USUAL))
    small = "wants_consultation" in said  # of those that consultation is for
    row["employees"] = int(rng.integers(61, 101 if small else 420))
    row |= {column: value for column, value in said.items() if column in COLUMNS}
    row["unit"] = f"{KINDS[row['sic']]} {number:02d} (made up)"
    row.setdefault("firm_workers", row["employees"] + int(rng.choice([0, 0, 40, 150, 390 if small else 1200])))
    if "hours" not in row and row["responded"] == "yes":
        row["hours"] = int(row["employees"] * rng.uniform(1_850, 2_060))
        rate = rng.uniform(1.0, 6.0) if "below" in said else min(rng.gamma(4.0, 1.1) + 8.0, 18.9)
        row["dart_cases"] = round(rate * row["hours"] / 200_000)
    row["union"] = str(rng.choice(["yes", "no"]))
    visits = said["visits"] if "visits" in said else drawn_visits(rng)
    row |= history(visits, rng)
    row |= answers(row, said, rng)
    return row, [{"unit_id": row["unit_id"], **visit} for visit in visits or ()]


def drawn_visits(rng: np.random.Generator) -> list[Row]:
    """None to three inspections between 1990 and 1997, none comprehensive after 1995."""
    out = []
    for _ in range(int(rng.choice([0, 0, 1, 1, 2, 3]))):
        opened = date(1990, 3, 1) + timedelta(int(rng.integers(0, 2_750)))
        kind = "comprehensive" if opened.year < 1996 and rng.random() < 0.3 else "other"
        found = {"willful": int(rng.random() < 0.04), "repeat": int(rng.random() < 0.08)}
        out.append(seen(opened.isoformat(), kind, **found, serious=int(rng.poisson(1.4))))
    return sorted(out, key=lambda visit: str(visit["opened"]))


def history(visits: list[Row] | None, rng: np.random.Generator) -> Row:
    """What the inspections add up to since the first day that counts, and those of the year; None: nothing is known."""
    if visits is None:
        return {}
    counted = [visit for visit in visits if visit["opened"] >= SINCE]
    year = [visit for visit in visits if visit["opened"].startswith(str(YEAR))]
    grave = sum(visit[name] for visit in year for name in ("willful", "repeat", "serious"))
    proposed = sum(int(rng.integers(8, 41)) * 100 for _ in range(grave))
    return {
        "last_comprehensive": max((v["opened"] for v in visits if v["kind"] == "comprehensive"), default=""),
        "history_from": SINCE,
        **{name: sum(visit[name] for visit in counted) for name in COUNTS},
        "inspections": len(year),
        "violations": grave + int(rng.poisson(1.5)) * bool(year),
        "violations_serious": grave,
        "penalty_initial": proposed,
        "penalty": proposed * int(rng.choice([4, 5, 6, 10])) // 10,
    }


def answers(row: Row, said: Row, rng: np.random.Generator) -> Row:
    """The offer and what came back, for those that have a rate of seven or more, or nearly."""
    if row["responded"] == "no" or row["dart_cases"] * 200_000 / row["hours"] < 6.9:
        return {}
    out: Row = {"notified": (OFFERED - timedelta(int(rng.integers(0, 4)))).isoformat()}
    if said.get("joined") == "yes":
        span = range(1, 100) if "late" in said else range(6 - (CLOSED - OFFERED).days, 0)
        out["agreement_received"] = (CLOSED + timedelta(int(rng.choice(span)))).isoformat()
        out["wants_consultation"] = "no"
    if said.get("contacted_consultation") == "yes":
        out["last_abatement"] = date(1998, int(rng.integers(6, 13)), int(rng.integers(1, 28))).isoformat()
    return out | {k: v for k, v in said.items() if k in COLUMNS and k in (*out, "joined")}


def made() -> tuple[list[Row], list[Row]]:
    """Both tables; every establishment draws from a generator of its own, so that a new one leaves the others alone."""
    drawn = [{"area": area, **SORTS[sort]} for area, sorts in MORE.items() for sort, n in sorts for _ in range(n)]
    rows, visits = [], []
    for number, said in enumerate([*SPECIAL, *drawn], start=1):
        row, own = establishment(number, said, np.random.default_rng([SEED, number]))
        rows.append({column: row.get(column, "") for column in COLUMNS})
        visits += own
    return rows, visits


def write(name: str, table: list[Row]) -> None:
    """One csv beside this script."""
    with (HERE / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, fieldnames=list(table[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(table)


if __name__ == "__main__":
    establishments, inspections = made()
    write("establishments", establishments)
    write("inspections", inspections)
