"""The simulations simulate what they say, with the library's own functions, and their tables are in place."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from analysis.estimation import IntervalMethod
from bench.simulation import coverage, ranks, streams, tables
from bench.simulation.__main__ import BEGIN, DOCUMENT, END, write
from bench.simulation.coverage import Setting

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("setting", [Setting(0.3, 100, 1.0), Setting(0.3, 100, 2.0), Setting(0.9, 300, 4.0)])
def test_simulated_domains_have_the_share_and_the_design_effect_asked_for(setting: Setting) -> None:
    draws = coverage.draw(setting, runs=20_000, random=np.random.default_rng(1))
    spread = setting.share * (1 - setting.share)
    assert draws.share.mean() == pytest.approx(setting.share, abs=0.002)
    assert draws.share.var() * setting.size / spread == pytest.approx(setting.design_effect, rel=0.05)
    assert draws.variance.mean() == pytest.approx(draws.share.var(), rel=0.05)


@pytest.mark.parametrize("setting", [Setting(0.1, 50, 1.5), Setting(0.98, 100, 1.0)])
def test_vectorized_limits_are_those_of_the_public_function(setting: Setting) -> None:
    apart = coverage.largest_difference_from_share(setting, runs=30, random=np.random.default_rng(2))
    assert apart < 1e-12


def test_a_good_setting_is_covered_and_a_bad_one_is_flagged() -> None:
    good = coverage.simulate(Setting(0.5, 300, 2.0), runs=4000, random=np.random.default_rng(3))
    assert 0.94 < good.coverage[IntervalMethod.LOGIT] < 0.96
    assert good.warned == 0
    assert not tables.falls_short(good)
    bad = coverage.simulate(Setting(0.02, 1000, 4.0), runs=4000, random=np.random.default_rng(4))
    assert bad.coverage[IntervalMethod.WILSON] < 0.93
    assert bad.warned > 0.9
    assert tables.falls_short(bad)
    assert not tables.breaks_the_promise(bad)


def test_joint_sets_hold_all_ranks_more_often_than_sets_of_one_unit() -> None:
    found = ranks.simulate(ranks.Scenario.EQUAL, runs=60, random=np.random.default_rng(5))
    assert found["joint, stepdown"].together > found["one unit at a time"].together
    assert found["joint, stepdown"].width >= found["one unit at a time"].width


def test_the_doubly_robust_estimate_stands_where_one_model_is_wrong() -> None:
    random = np.random.default_rng(6)
    _, wrong_outcome = streams.simulate(streams.Scenario.WRONG_OUTCOME, runs=15, random=random)
    assert abs(wrong_outcome["stream alone"].bias) > 0.05
    assert abs(wrong_outcome["doubly_robust"].bias) < 0.012 < abs(wrong_outcome["mass_imputation"].bias)


def test_what_is_written_replaces_what_stands_between_the_markers(tmp_path: Path) -> None:
    document = tmp_path / "methodology.md"
    document.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n", encoding="utf-8")
    write("new", document=document)
    write("newer", document=document)
    assert document.read_text(encoding="utf-8") == f"before\n{BEGIN}\n\nnewer\n\n{END}\nafter\n"
    document.write_text("nothing", encoding="utf-8")
    with pytest.raises(SystemExit, match="has no"):
        write("new", document=document)


def test_the_methodology_has_the_tables_of_every_part() -> None:
    _, found, rest = (ROOT / DOCUMENT).read_text(encoding="utf-8").partition(BEGIN)
    made = rest.partition(END)[0]
    assert found
    heads = [line for line in made.splitlines() if line.startswith("### ")]
    assert heads == ["### Intervals for shares", "### Ranks", "### A self-selected stream beside a sample"]
    assert all(f"**{name}**: coverage in %" in made for name in tables.NAMES.values())
    assert all(f"| {scenario} | doubly robust |" in made for scenario in streams.Scenario)
