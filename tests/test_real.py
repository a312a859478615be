"""On real filings and published figures, which are not part of the project: skipped where they are absent."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from oshlib import study, tables
from oshlib.exact import half_up
from oshlib.rates import rates

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
pytestmark = pytest.mark.skipif(
    not DATA.is_dir(), reason="the real files are not beside the repository (../shared/data)"
)


def whole(rate: pd.Series, hours: pd.Series) -> pd.Series:
    """Cases behind a published rate, to the whole case."""
    return (rate * hours / 200_000).round()


@pytest.fixture
def sector(tmp_path: Path) -> Path:
    """NAICS 327 and its size bands, 2020-2024, as an annual table."""
    total = pd.read_csv(DATA / "reference" / "naics327_five_year_2020_2024.csv").assign(size_band="sector")
    total = total.rename(columns={"trir": "aggregate_trir"})
    bands = pd.read_csv(DATA / "reference" / "naics327_by_size_2020_2024.csv")
    table = pd.concat([total, bands])
    table["unit"] = "NAICS 327, " + table["size_band"]
    table["year"] = table["year_filing_for"].astype(int)
    table["hours"] = table["hours_total"]
    table["recordable_cases"] = whole(table["aggregate_trir"], table["hours_total"])
    file = tmp_path / "sector.csv"
    table[["unit", "year", "hours", "recordable_cases"]].to_csv(file, index=False)
    return file


def test_the_sector_falls_from_4_10_to_3_31_beyond_chance(sector: Path) -> None:
    found = study.study(study.load(str(sector), "NAICS 327, sector"), ["TCR"])
    own, trend = found.rate("TCR"), found.trends["TCR"]
    # 4.10, 4.06, 3.87, 3.58, 3.31: as published beside the counts and hours.
    assert [round(v, 2) for v in own["value"]] == [4.10, 4.06, 3.87, 3.58, 3.31]
    assert (trend.direction, trend.beyond_chance, trend.kpa) == ("favourable", True, "satisfied")
    # R 4.2.2 glm on the same counts: -0.0536622881589.
    assert trend.annual_change == pytest.approx(-0.0536622881589, rel=1e-9)


def test_all_eight_real_series_have_a_report(sector: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "oshlib.cli", "run", "five_year_trend", "--each", str(sector)]
    done = subprocess.run(
        [*command, "--set", "measures=[TCR]", "--quiet", "--out", "out"],
        cwd=tmp_path, capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (0, "8 reports: 8 good, 0 failed; out/index.html\n"), done.stderr
    found = json.loads((tmp_path / "out" / "index.json").read_text(encoding="utf-8"))["reports"]
    said = {e["unit"].removeprefix("NAICS 327, "): e["headline"]["measures"]["TCR"]["direction"] for e in found}
    # Published: 4.61 to 5.01 in the smallest band, 5.10 to 4.10 in the next.
    assert (said["sector"], said["001-019"], said["020-049"]) == ("favourable", "unfavourable", "favourable")
    assert all(e["rows_used"] == 5 for e in found)


@pytest.mark.parametrize(("first", "last"), [(2016, 2020), (2020, 2024)])
def test_national_tcr_and_ltcr_carry_the_caution_of_2023(tmp_path: Path, first: int, last: int) -> None:
    table = pd.read_csv(DATA / "reference" / "metrics_by_year.csv").rename(columns={"label": "year"})
    table["year"] = table["year"].astype(str).str[:4]
    table = table[table["year"].str.fullmatch(r"\d{4}")]
    table["unit"], table["hours"] = "all filers", table["hours_screened"]
    table["recordable_cases"], table["lost_time_cases"] = (
        table["trir_numerator_screened"],
        table["ltir_numerator_screened"],
    )
    table["note"] = table["year"].map({"2023": "two filings hold 16.9% of the hours"})
    file = tmp_path / "national.csv"
    table[["unit", "year", "hours", "recordable_cases", "lost_time_cases", "note"]].to_csv(file, index=False)
    found = study.study(study.load(str(file), "all filers", last))
    assert found.subject.years == list(range(first, last + 1))
    published = table.set_index(table["year"].astype(int))
    for name, column in (("TCR", "trir_screened"), ("LTCR", "ltir_screened")):
        own = found.rate(name).set_index("year")
        for year in found.subject.years:
            assert own.loc[year, "value"] == pytest.approx(published.loc[year, column], rel=1e-9)
            assert own.loc[year, "low"] < own.loc[year, "value"] < own.loc[year, "high"]
    jumps = [f["year"] for f in found.cautions if f["code"] == "HOURS_JUMP"]
    assert (2023 in jumps) == (last == 2024), "the two filings make the hours of 2023 jump by a third"
    notes = set(found.subject.rows["note"]) - {""}
    assert notes == ({"two filings hold 16.9% of the hours"} if last == 2024 else set())


#: Federal projections (row of the file, measure) that only the counts give, and that only the rounded rate gives.
FROM_COUNTS = {(3, "ltcr"), (5, "tcr"), (5, "ltcr"), (6, "ltcr")}
FROM_ROUNDED = {
    (7, "ltcr"), (9, "ltcr"), (11, "tcr"), (11, "ltcr"), (13, "tcr"), (13, "ltcr"), (15, "tcr"), (15, "ltcr"),
    (16, "tcr"), (17, "tcr"), (17, "ltcr"), (18, "tcr"), (18, "ltcr"),
}  # fmt: skip


def test_every_published_federal_rate_recomputes_and_every_projection_is_traced() -> None:
    """C-14 to C-16: one series of OSHA multiplies now the counts, now the rounded rate."""
    file = DATA / "reference" / "federal_tcr_ltcr.csv"
    raw = pd.read_csv(file)
    table, faults = tables.read(file)
    assert (len(raw), len(table)) == (17, 16), "the first quarter of 2008 gave way to the half-year"
    assert faults["level"].eq("error").sum() == 0
    told = faults.groupby("rule")[["row", "column"]].apply(lambda f: set(f.itertuples(index=False, name=None)))
    assert told["longer-period"] == {(11, "months")}
    assert set(told.index) == {"longer-period", "projected-tcr-from-rounded", "projected-ltcr-from-rounded"}
    from_rounded = told["projected-tcr-from-rounded"] | told["projected-ltcr-from-rounded"]
    assert from_rounded == {(row, f"projected_{name}") for row, name in FROM_ROUNDED}
    months = raw["period"].map({"Q1": 3, "Q1-Q2": 6, "Q1-Q3": 9})
    counts_only = set()
    for name, cases in (("tcr", "total_cases"), ("ltcr", "lt_cases")):
        rate = raw[cases] * 100 / raw["employees"]
        assert [str(half_up(v, 2)) for v in rate] == [f"{v:.2f}" for v in raw[name]]
        counted = [f"{half_up(v, 2)}" for v in rate * 12 / months]
        rounded = [f"{half_up(v, 2)}" for v in raw[name] * 12 / months]
        for i, printed in enumerate(f"{v:.2f}" for v in raw[f"projected_{name}"]):
            assert printed in (counted[i], rounded[i])
            if printed != rounded[i]:
                counts_only.add((i + 2, name))
            assert (printed != counted[i]) == ((i + 2, name) in FROM_ROUNDED)
    assert counts_only == FROM_COUNTS
    # What the project itself gives is the projection from counts.
    found = rates(table, ["TCR", "LTCR"]).pivot(index=["unit_id", "year"], columns="measure", values="value")
    post = found.loc[("USPS", 2013)]
    assert [str(half_up(post[m], 4)) for m in ("TCR", "LTCR")] == ["7.0178", "3.4950"]
    assert half_up(found.loc[("USPS", 2004), "LTCR"], 4) == half_up(2.5398, 4)
