"""Write the example data: made-up units, from a seed. Run as `python data/example/make.py` from the repository."""

from __future__ import annotations

import csv
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
NOTE = "made up"
YEARS = range(2020, 2025)
FISCAL_YEARS = range(2003, 2010)
#: Share of a command's hours that its military strength stands for.
MILITARY = {"CM-01": 0.08, "CM-02": 0.30}
#: The last year that was published is not over for this agency: Q1-Q3 are nine months.
PART_YEAR = ("AG-02", 2009)

# unit, id, hours a year, first-year TCR, change a year, share of lost time, kind of file
UNITS = {
    "ready_mix": [
        ("Cedar Hollow Ready-Mix (made up)", "RM-01", 1_000_000, 6.4, -0.09, 0.40),
        ("Quarry Bend Concrete (made up)", "RM-02", 430_000, 8.1, 0.10, 0.45),
        ("Sandbar Ready-Mix (made up)", "RM-03", 150_000, 4.2, 0.00, 0.35),
    ],
    "bureaus": [
        ("Bureau of Field Surveys (made up)", "BU-01", 19_500_000, 3.1, -0.13, 0.40),
        ("Bureau of Trails and Waterways (made up)", "BU-02", 8_200_000, 4.4, -0.02, 0.42),
    ],
    "commands": [
        ("Northgate Shipyard (made up)", "CM-01", 9_400_000, 3.2, 0.11, 0.45),
        ("Harbor Supply Depot (made up)", "CM-02", 1_300_000, 2.6, -0.05, 0.40),
    ],
    "plants": [
        ("Three Forks Plant (made up)", "PL-01", 120_000, 1.8, 0.00, 0.00),
        ("Millrace Block Plant (made up)", "PL-02", 90_000, 0.0, 0.00, 0.00),
    ],
    "agencies": [
        ("Department of Inland Harbors (made up)", "AG-01", 84_000_000, 4.6, -0.04, 0.50),
        ("Office of Measures (made up)", "AG-02", 19_000_000, 3.4, 0.00, 0.48),
    ],
}
Unit = tuple[str, str, int, float, float, float]
#: Years that a unit has no row for.
MISSING = {("PL-01", 2022), ("CM-02", 2021)}

#: Companies of the fleet, and the years that two of them (counted from 0) have no row for.
FLEET = 40
FLEET_MISSING = {(6, 2021), (6, 2022), (23, 2024)}


def rows(units: list[Unit], rng: np.random.Generator) -> list[dict[str, object]]:
    """One row a unit and year: Poisson counts around a rate that changes by a constant share."""
    out = []
    for name, key, usual, rate, change, lost in units:
        for i, year in enumerate(YEARS):
            hours = int(usual * rng.uniform(0.94, 1.06))
            cases = int(rng.poisson(rate * (1 + change) ** i * hours / 200_000))
            away = int(rng.binomial(cases, lost))
            moved = int(rng.binomial(cases - away, 0.4))
            if (key, year) in MISSING:
                continue
            out.append(
                {
                    "unit": name,
                    "unit_id": key,
                    "year": year,
                    "year_type": "FY" if key.startswith("BU") else "CY",
                    "hours": hours,
                    "employees": round(hours / 1_960),
                    "deaths": 0,
                    "dafw_cases": away,
                    "djtr_cases": moved,
                    "other_cases": cases - away - moved,
                    "dafw_days": away * 11 + min(away, moved % 3),
                    "djtr_days": moved * 17,
                    "note": NOTE,
                }
            )
    return out


def commands(table: list[dict[str, object]], rng: np.random.Generator) -> list[dict[str, object]]:
    """The same years as a command counts them: heads and civilian hours that make up its hours; first aid apart."""
    out = []
    for row in table:
        hours, key = int(str(row["hours"])), str(row["unit_id"])
        strength = round(hours * MILITARY[key] / 2_000)
        recordable = sum(int(str(row[kind])) for kind in ("deaths", "dafw_cases", "djtr_cases", "other_cases"))
        out.append(
            {
                "command": row["unit"],
                "uic": key,
                "year": row["year"],
                "year_type": row["year_type"],
                "end_strength": strength,
                "civilian_hours": hours - 2_000 * strength,
                "deaths": row["deaths"],
                "recordable": recordable,
                "lost_time": row["dafw_cases"],
                "first_aid": int(rng.poisson(1.4 * recordable)),
                "note": NOTE,
            }
        )
    return out


def agencies(units: list[Unit], rng: np.random.Generator) -> list[dict[str, object]]:
    """Federal tables: heads, not hours; cases of the months from October; rates as they are printed."""
    out = []
    for name, key, usual, rate, change, lost in units:
        for i, year in enumerate(FISCAL_YEARS):
            months = 9 if (key, year) == PART_YEAR else 12
            employees = round(usual / 2_000 * rng.uniform(0.98, 1.02))
            cases = int(rng.poisson(rate * (1 + change) ** i * employees / 100 * months / 12))
            away = int(rng.binomial(cases, lost))
            out.append(
                {
                    "fiscal_year": year,
                    "period": "FY" if months == 12 else "Q1-Q3",
                    "agency": name,
                    "agency_id": key,
                    "employees": employees,
                    "total_cases": cases,
                    "tcr": printed(cases, employees, 12),
                    "projected_tcr": printed(cases, employees, months),
                    "lt_cases": away,
                    "ltcr": printed(away, employees, 12),
                    "projected_ltcr": printed(away, employees, months),
                    "fatalities": 0,
                    "source": "made up, from data/example/make.py",
                    "note": NOTE,
                }
            )
    return out


def printed(cases: int, employees: int, months: int) -> str:
    """A rate per 100 employees and twelve months, two decimals, half up."""
    return str((Decimal(cases * 100 * 12) / (employees * months)).quantize(Decimal("0.01"), ROUND_HALF_UP))


def benchmark(rng: np.random.Generator) -> list[dict[str, object]]:
    """A made-up industry: one falling rate a measure; for TCIR the counts behind it, too."""
    hours = 40_000_000
    return [
        {
            "name": "ready-mix",
            "year": year,
            "measure": measure,
            "value": value,
            "cases": round(value * hours / 200_000) if measure == "TCIR" else "",
            "hours": hours if measure == "TCIR" else "",
            "universe": "a made-up survey of ready-mix companies",
            "source": "made-up industry, from data/example/make.py",
        }
        for measure, first in (("TCR", 5.6), ("LTCR", 2.1), ("TCIR", 5.6))
        for year, value in zip(YEARS, np.round(first * 0.97 ** np.arange(5), 1), strict=True)
    ]


def percentiles() -> list[dict[str, object]]:
    """Made-up percentiles of company rates in one industry, by size; there is no group of 250 employees and more."""
    groups = {"20-49": (0, 0, 3.4, 7.1, 11.0), "50-99": (0, 1.2, 3.3, 5.6, 8.0), "100-249": (0.7, 1.9, 3.5, 5.8, 9.1)}
    groups["all"] = (0, 0.4, 3.4, 6.5, 10.2)
    return [
        {
            "naics": "327320",
            "title_as_reported": "Ready-mix concrete (made up)",
            "universe": "a made-up survey of ready-mix companies",
            "size_band": band,
            "n": n,
            "zero_rate": zero,
            **{f"trir_p{p}": value for p, value in zip((10, 25, 50, 75, 90), values, strict=True)},
        }
        for (band, values), n, zero in zip(groups.items(), (410, 130, 45, 600), (0.41, 0.2, 0.07, 0.34), strict=True)
    ]


def goals() -> list[dict[str, object]]:
    """A goal a year and measure for each unit: its first-year rate less 3% a year, rounded as a committee would."""
    out: list[dict[str, object]] = []
    for name, units in UNITS.items():
        if name == "agencies":
            continue  # theirs are set by a rule
        decimals = 2 if name == "bureaus" else 1
        for _, key, _, rate, _, lost in units:
            for measure, first in (("TCR", rate), ("LTCR", rate * lost)):
                out += [
                    {
                        "unit": key,
                        "year": year,
                        "measure": measure,
                        "goal": round(first * 0.97**i, decimals),
                        "source": "made-up goals, from data/example/make.py",
                    }
                    for i, year in enumerate(YEARS)
                ]
    return out


def fleet(rng: np.random.Generator) -> list[dict[str, object]]:
    """Forty made-up companies of all sizes, whose true rates differ as a gamma distribution does."""
    out: list[dict[str, object]] = []
    usual = np.exp(rng.normal(np.log(260_000), 1.1, FLEET))
    rates = rng.gamma(5.0, 4.6 / 5.0, FLEET)
    for i in range(FLEET):
        for k, year in enumerate(YEARS):
            hours = int(usual[i] * rng.uniform(0.93, 1.07))
            cases = int(rng.poisson(rates[i] * 0.97**k * hours / 200_000))
            away = int(rng.binomial(cases, 0.4))
            moved = int(rng.binomial(cases - away, 0.4))
            if (i, year) in FLEET_MISSING:
                continue
            out.append(
                {
                    "unit": f"Ready-Mix Company {i + 1:02d} (made up)",
                    "unit_id": f"FL-{i + 1:02d}",
                    "year": year,
                    "hours": hours,
                    "deaths": 0,
                    "dafw_cases": away,
                    "djtr_cases": moved,
                    "other_cases": cases - away - moved,
                    "naics": "327320",
                    "note": NOTE,
                }
            )
    return out


def write(name: str, table: list[dict[str, object]]) -> None:
    """One csv beside this script."""
    with (HERE / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, fieldnames=list(table[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(table)


if __name__ == "__main__":
    seed = np.random.default_rng(20261123)
    made = {name: rows(UNITS[name], seed) for name in ("ready_mix", "bureaus", "commands", "plants")}
    # What came later draws from generators of its own, so that the others stay as they were.
    made["commands"] = commands(made["commands"], np.random.default_rng(20261124))
    made["agencies"] = agencies(UNITS["agencies"], np.random.default_rng(20261125))
    made["benchmark"] = benchmark(seed)
    made["goals"] = goals()
    made["percentiles"] = percentiles()
    made["fleet"] = fleet(np.random.default_rng(20261126))
    for name, table in made.items():
        write(name, table)
