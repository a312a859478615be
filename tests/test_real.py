"""On real filings and published figures, which are not part of the project: skipped where they are absent."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import Counter
from fractions import Fraction
from pathlib import Path

import pandas as pd
import pytest

from oshlib import references, study, tables, verdicts
from oshlib.errors import OshError
from oshlib.exact import half_up
from oshlib.rates import measure, rates
from oshlib.study import benchmark, goals, portfolio, standards
from tests.conftest import closing

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
    assert (done.returncode, closing(done)) == (0, "8 ok, 0 failed, 0 kept"), done.stderr
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


# The ready-mixed concrete companies: a benchmark of their own

READY_MIX = DATA / "ita_company_year" / "ready_mix_327320.csv"
ALL_COMPANIES = DATA / "ita_company_year" / "company_year.parquet"


@pytest.fixture
def three_years(tmp_path: Path) -> Path:
    """The companies that filed in each of the three years."""
    raw = pd.read_csv(READY_MIX, dtype=str)
    file = tmp_path / "three_years.csv"
    raw[raw.groupby("company_id")["year"].transform("nunique").eq(3)].to_csv(file, index=False)
    return file


def test_of_146_companies_59_are_30_percent_below_and_27_of_them_by_having_no_case(
    three_years: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw = pd.read_csv(READY_MIX)
    n, h = int(raw["total_cases"].sum()), int(raw["hours"].sum())
    assert (n, h, round(n * 200_000 / h, 3)) == (3317, 189_375_539, 3.503)
    # Each study reads and pools its benchmark anew, in a process of its own; here once is enough.
    pooled = standards.lines(str(READY_MIX), None, [measure("TCIR"), measure("TCR")])
    monkeypatch.setattr(standards, "lines", lambda *_: pooled.copy())
    companies = pd.read_csv(three_years)["company_id"].unique()
    assert len(companies) == 146
    met, status, disagree = Counter(), Counter(), []
    for company in companies:
        subject = study.load(str(three_years), str(company))
        found = benchmark.study(subject, str(READY_MIX), scheme="safe", pooling="pooled")
        assert found.standard.value == Fraction(n * 200_000, h)
        own = raw[raw["company_id"].eq(company) & raw["year"].eq(2025)].iloc[0]
        below = Fraction(int(own["total_cases"]) * 200_000, int(own["hours"])) <= Fraction(7, 10) * found.standard.value
        disagree += [company] if below != found.found.met else []
        words = verdicts.reduction_status(found)[0]
        met[found.found.met] += 1
        status[words] += bool(found.found.met)
        if found.found.met:
            assert ("no case" in words) == (own["total_cases"] == 0)
            said = verdicts.reduction_sentence(found, 1)
            assert ("met by having no case" in said, "met by the numbers" in said) == (
                own["total_cases"] == 0, own["total_cases"] > 0,
            )  # fmt: skip
    assert not disagree
    assert (met[True], met[False]) == (59, 87)
    assert sum(count for words, count in status.items() if "no case" in words) == 27
    assert sum(status.values()) == 59


def test_the_percentiles_of_industry_and_size_place_real_companies(three_years: Path) -> None:
    path = str(DATA / "reference" / "naics_size_percentiles_2023_2025.csv")
    table = pd.read_csv(path, dtype=str)
    bands = table[table["naics"].eq("327320")].set_index("size_band")
    raw = pd.read_csv(three_years)
    last = raw[raw["year"].eq(2025)].set_index("company_id")["hours"]
    seen = Counter()
    for company in last.sort_values().index[::12]:
        subject = study.load(str(three_years), str(company))
        found = benchmark.study(subject, None, None, 3.503, scheme="safe", percentiles=path)
        heads = last[company] / 2_000
        band = next(
            (b for b in bands.index if b != "all" and int(b.split("-")[0].rstrip("+")) <= heads
             and heads < (int(b.split("-")[1]) + 1 if "-" in b else float("inf"))), "all",
        )  # fmt: skip
        assert found.group is not None
        assert (found.group["band"], found.group["instead"]) == (band, band == "all")
        assert found.group["quantiles"][2] == float(bands.loc[band, "trir_p50"])
        said = [f["text"] for f in found.cautions if "all sizes stand in" in f["text"]]
        assert len(said) == (band == "all")
        assert [f for f in found.cautions if f["code"] == "HOURS_EST"], "the size is worked out from hours, and said"
        seen[band] += 1
    assert set(seen) == {"20-49", "50-99", "100-249", "all"}, "sizes without a band of their own are among them"


@pytest.mark.parametrize("screen", [True, False])
def test_all_481_companies_stand_in_one_portfolio_once(screen: bool) -> None:
    raw = pd.read_csv(READY_MIX)
    found = portfolio.study(str(READY_MIX), "TCIR", screen=screen)
    assert sorted(found.units["unit_id"]) == sorted(raw["company_id"].astype(str).unique())
    assert (len(found.units), len(found.counted), round(found.mean, 3)) == (481, 481, 3.503)
    assert (found.units["cases"].sum(), found.units["hours"].sum()) == (3317, 189_375_539)
    assert (found.years, found.rows_used, found.rows_left_out) == ([2023, 2024, 2025], 895, 0)
    assert set(found.outside(0.998)["unit_id"]) < set(found.outside(0.95)["unit_id"])
    assert found.units["of_years"].value_counts().to_dict() == dict(raw["company_id"].value_counts().value_counts())


def test_lost_workday_cases_of_every_company_are_recovered_from_the_published_rates() -> None:
    """Of 104,285 companies of 2023, 11,153 are at 7.0 or above, 1,755 at 20 or above, 924 at 28 or above."""
    table, faults = tables.read(ALL_COMPANIES)
    assert faults["rule"].isin(["no-such-rate", "lost-workday-within-total"]).sum() == 0
    assert faults["column"].ne("dart_cases").all()
    assert table["dart_cases"].notna().all()
    assert (table["dart_cases"] <= table["recordable_cases"]).all()
    own = table[table["year"].eq(2023)]
    assert len(own) == 104_285
    reached = {k: int((own["dart_cases"] * 200_000 >= k * own["hours"]).sum()) for k in (7, 20, 28)}
    assert reached == {7: 11_153, 20: 1_755, 28: 924}
    published = pd.read_parquet(ALL_COMPANIES, columns=["dart", "hours", "total_cases"])
    again = table["dart_cases"].to_numpy() * 200_000 / published["hours"].to_numpy()
    assert (abs(again - published["dart"].to_numpy()) <= 0.005 + 1e-9).all(), (
        "each count has the rate that was published"
    )


def test_two_absurd_filings_do_not_drown_a_pooled_benchmark(tmp_path: Path) -> None:
    raw = pd.read_parquet(ALL_COMPANIES)
    raw = raw[raw["year"].eq(2023)]
    absurd = raw["hours"].isin([14_366_733_149, 2_119_008_576])
    assert (int(absurd.sum()), raw.loc[absurd, "total_cases"].sum()) == (2, 10)
    file = tmp_path / "2023.parquet"
    raw.to_parquet(file)
    drowned = raw["total_cases"].sum() * 200_000 / raw["hours"].sum()
    assert drowned < 3
    (line,) = standards.lines(str(file), None, [measure("TCR")]).itertuples()
    # Set aside: so many hours that fewer cases than 0.15 per 200,000 of them are past belief; the two, and four more.
    kept = raw[(raw["hours"] < 1e8) | (raw["total_cases"] * 200_000 / raw["hours"] >= 0.15)]
    assert line.value == pytest.approx(kept["total_cases"].sum() * 200_000 / kept["hours"].sum(), rel=1e-12)
    assert round(line.value, 2) == 3.83
    assert (line.units + line.aside, line.aside) == (len(raw), 6)
    few = tmp_path / "few.parquet"
    raw[absurd | raw["main_naics"].eq("327320")].to_parquet(few)
    with pytest.raises(OshError, match=r"TCR of 2023 cannot be pooled: .*screen: true sets them aside and says so"):
        standards.lines(str(few), None, [measure("TCR")], screen=False)


def test_rows_set_aside_from_a_real_benchmark_are_said_on_the_page(tmp_path: Path) -> None:
    raw = pd.read_parquet(ALL_COMPANIES)
    odd = raw["hours"].isin([14_366_733_149, 2_119_008_576])
    ready_mix = raw[raw["main_naics"].astype(str).eq("327320")]
    file = tmp_path / "pool.csv"
    pd.concat([raw[odd], ready_mix]).to_csv(file, index=False)
    company = ready_mix["company_id"].value_counts().index[0]
    subject = study.load(str(file), str(company))
    found = benchmark.study(subject, str(file), scheme="safe", pooling="pooled")
    text = "Rows of units set aside from the benchmark, their hours or counts unusable or beyond belief: 2 of 2023."
    assert text in [f["text"] for f in found.cautions if f["code"] == "HOURS_ODD"]
    assert round(float(found.standard.value), 3) == 3.503
    around = portfolio.study(str(READY_MIX), "TCR", benchmark=str(file))
    assert "(2 of its rows set aside)" in around.mean_how


# The goal rules of the federal initiatives

INITIATIVES = {
    "Federal Worker 2000 (FW2K)": {"TCR": "fw2000", "LTCR": "fw2000_worst_worksites"},
    "SHARE": {"TCR": "share", "LTCR": "share"},
    "POWER": {"TCR": "power", "LTCR": "power"},
    "PEER": {"TCR": "peer", "LTCR": "peer"},
}


def test_every_initiative_with_a_rate_goal_is_a_rule(tmp_path: Path) -> None:
    file = DATA / "reference" / "federal_initiatives_rules.csv"
    published = pd.read_csv(file, usecols=range(6), names=range(10), header=0)  # a comma stands unquoted in the ninth
    published.columns = ["initiative", "start", "end", "baseline", "goal", "rule"]
    seen = 0
    for row in published.itertuples():
        name = next((m for m in ("LTCR", "TCR") if row.goal.startswith(m)), None)
        if name is None:
            assert row.goal in ("LPDR", "timely filing", "LPD rate")
            continue
        rule = INITIATIVES[row.initiative][name]
        branches = [b for b in references.rules()[rule] if b.measure == name]
        assert branches, (row.initiative, name)
        file = tmp_path / f"{rule}.csv"
        first, base = branches[0].first_year, branches[0].base_year or branches[0].first_year - 2
        head = "unit,year,year_type,hours,dafw_cases,djtr_cases,other_cases,note"
        years = [f"Larch Bureau (made up),{y},FY,20000000,200,0,200,made up" for y in range(base, first + 1)]
        file.write_text("\n".join([head, *years]) + "\n", encoding="utf-8")
        national = 1.5 if any(b.when.endswith("national") for b in branches) else None
        found = goals.study(study.load(str(file), "Larch Bureau (made up)", years=1), rule, [name], national=national)
        last = found.attained[name].last
        rate = Fraction(4 if name == "TCR" else 2)
        share = Fraction(re.search(r"(\d+)%", row.rule + " 4% of the base")[1]) / 100
        if "1%" in row.rule and "4%" in row.rule:
            share = Fraction(4, 100)  # at or above the national average
        assert last.goal == rate * (1 - share), (rule, name)
        seen += 1
    assert seen == 8


def test_share_without_its_base_year_is_refused_in_a_sentence() -> None:
    subject = study.load(str(DATA / "reference" / "federal_tcr_ltcr.csv"), "USPS")
    assert 2003 not in set(subject.history["year"])
    with pytest.raises(OshError) as caught:
        goals.study(subject, "share", ["TCR", "LTCR"])
    text = str(caught.value)
    assert "\n" not in text
    assert text.endswith("share needs the TCR of 2003 as its base, and the data have no whole year of TCR")
