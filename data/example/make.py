"""Write the example data: made-up units, from a seed. Run as `python data/example/make.py` from the repository."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
NOTE = "made up"
YEARS = range(2020, 2025)

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
}
#: Years that a unit has no row for.
MISSING = {("PL-01", 2022), ("CM-02", 2021)}


def rows(units: list[tuple[str, str, int, float, float, float]], rng: np.random.Generator) -> list[dict[str, object]]:
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


def benchmark(rng: np.random.Generator) -> list[dict[str, object]]:
    """A made-up industry: one falling rate a measure."""
    return [
        {
            "name": "ready-mix",
            "year": year,
            "measure": measure,
            "value": value,
            "source": "made-up industry, from data/example/make.py",
        }
        for measure, first in (("TCR", 5.6), ("LTCR", 2.1))
        for year, value in zip(YEARS, np.round(first * 0.97 ** np.arange(5), 1), strict=True)
    ]


def goals() -> list[dict[str, object]]:
    """A goal a year and measure for each unit: its first-year rate less 3% a year, rounded as a committee would."""
    out: list[dict[str, object]] = []
    for name, units in UNITS.items():
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


def write(name: str, table: list[dict[str, object]]) -> None:
    """One csv beside this script."""
    with (HERE / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, fieldnames=list(table[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(table)


if __name__ == "__main__":
    seed = np.random.default_rng(20261123)
    for name, units in UNITS.items():
        write(name, rows(units, seed))
    write("benchmark", benchmark(seed))
    write("goals", goals())
