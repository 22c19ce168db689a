"""Any function of covariances gets a standard error: numerical slopes, influences, leaving out PSUs."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.design import Design
from analysis.errors import EstimationError
from analysis.moments import StandardErrorMethod, complete_moments
from analysis.reliability.alpha import _gradient, alphas
from analysis.sample import Sample


def sample_of(seed, *, psus=12, rows=8, strata=3):
    random = np.random.default_rng(seed)
    psu = np.repeat(np.arange(psus), rows)
    level = random.normal(size=psus)[psu]
    frame = pd.DataFrame({f"x{j}": level + random.normal(size=psu.size) * (j + 1) for j in range(4)})
    frame = frame.assign(psu=psu, stratum=psu % strata, w=random.uniform(1, 5, psu.size))
    frame.loc[random.random(psu.size) < 0.1, "x1"] = np.nan
    return Sample(frame, Design(strata="stratum", psu="psu", weight="w"))


ITEMS = ["x0", "x1", "x2", "x3"]


def test_moments_are_those_of_weighted_complete_rows():
    sample = sample_of(1)
    moments = complete_moments(sample, ITEMS)
    rows = sample.frame.dropna()
    expected = np.cov(rows[ITEMS].to_numpy().T, aweights=rows["w"], ddof=0)
    assert moments.covariance == pytest.approx(expected)
    assert moments.mean == pytest.approx(np.average(rows[ITEMS], axis=0, weights=rows["w"]))
    assert (moments.respondent_count, moments.incomplete_count) == (len(rows), len(sample) - len(rows))


@given(st.integers(0, 50))
@settings(max_examples=10, deadline=None)
def test_numerical_slopes_are_the_exact_ones(seed):
    moments = complete_moments(sample_of(seed), ITEMS)
    exact = moments.covariance_of(alphas, gradient=_gradient(moments.covariance))
    assert moments.covariance_of(alphas) == pytest.approx(exact, rel=1e-9)


def test_leaving_out_a_psu_is_leaving_out_its_rows():
    """The jackknife from PSU sums against one that goes back to the rows each time."""
    sample = sample_of(3)
    moments = complete_moments(sample, ITEMS)
    stage = sample.stages[0]
    variance = 0.0
    whole = alphas(moments.covariance[None])[0, 0]
    for unit in range(stage.unit_count):
        group = stage.unit_group[unit]
        n = stage.group_size[group]
        of_stratum = stage.unit_group[stage.unit] == group
        weights = np.where(of_stratum, sample.weights * n / (n - 1), sample.weights)
        covariance = moments.covariance_under(np.where(stage.unit == unit, 0.0, weights))
        variance += (n - 1) / n * (alphas(covariance[None])[0, 0] - whole) ** 2
    found = moments.covariance_of(alphas, method=StandardErrorMethod.JACKKNIFE)
    assert found[0, 0] == pytest.approx(variance, rel=1e-9)


def test_rows_may_come_in_any_order_and_weights_in_any_scale():
    sample = sample_of(5)
    shuffled = sample.frame.sample(frac=1, random_state=1)
    other = Sample(shuffled.assign(w=shuffled["w"] * 9), sample.design)
    for method in StandardErrorMethod:
        ours = complete_moments(sample, ITEMS).covariance_of(alphas, method=method)
        theirs = complete_moments(other, ITEMS).covariance_of(alphas, method=method)
        assert theirs == pytest.approx(ours, rel=1e-9)


def test_large_answers_lose_no_digits():
    sample = sample_of(5)
    moved = Sample(sample.frame.assign(**{x: sample.frame[x] + 1e7 for x in ITEMS}), sample.design)
    for method in StandardErrorMethod:
        ours = complete_moments(sample, ITEMS).covariance_of(alphas, method=method)
        theirs = complete_moments(moved, ITEMS).covariance_of(alphas, method=method)
        assert theirs == pytest.approx(ours, rel=1e-6)


def test_constant_items_are_named():
    sample = sample_of(2).with_columns({"x4": np.full(96, 1e6)})
    assert complete_moments(sample, [*ITEMS, "x4"]).constant_items == ("x4",)


def test_jackknife_refuses_a_second_stage():
    frame = sample_of(4).frame.assign(N1=40, N2=100, row=np.arange(96))
    design = Design(strata="stratum", psu=["psu", "row"], population=["N1", "N2"], weight="w")
    moments = complete_moments(Sample(frame, design), ITEMS)
    with pytest.raises(EstimationError, match="stages below the first"):
        moments.covariance_of(alphas, method=StandardErrorMethod.JACKKNIFE)
