"""Laws of estimation that hold for every sample."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.design import Design, SinglePsu
from analysis.estimation import Estimates, EstimationSettings, OnePsuDomains, mean, share, total
from analysis.sample import Sample
from analysis.weighting import poststratify

ANY_DOMAIN = EstimationSettings(one_psu_domains=OnePsuDomains.ESTIMATE)
TWO_STAGES = Design(
    strata="district",
    psu=["ward", "person"],
    population=["wards", "people"],
    weight="weight",
    single_psu=SinglePsu.REMOVE,
)
ONE_STAGE = Design(strata="district", psu="ward", weight="weight", single_psu=SinglePsu.REMOVE)


@st.composite
def frames(draw: st.DrawFn) -> pd.DataFrame:
    """Samples of 8 to 40 people in up to 3 districts with up to 4 wards each, some answers missing."""
    size = draw(st.integers(8, 40))
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    district, ward = random.integers(0, 3, size), random.integers(0, 4, size)
    answers = random.integers(1, 6, size).astype(float)
    answers[random.random(size) < 0.1] = np.nan
    return pd.DataFrame(
        {
            "district": district,
            "ward": district * 10 + ward,
            "person": np.arange(size),
            "wards": np.full(size, 9),
            "people": np.full(size, 80),
            "weight": random.uniform(0.5, 20, size),
            "sex": np.where(np.arange(size) % 2 == 0, "F", "M"),
            "age": random.integers(0, 3, size),
            "answer": answers,
        }
    )


def arrays(estimates: Estimates) -> np.ndarray:
    return np.array([estimates.values, estimates.standard_errors])


def same(first: np.ndarray, second: np.ndarray) -> bool:
    return bool(np.allclose(first, second, rtol=1e-9, atol=1e-10, equal_nan=True))


@given(frame=frames(), seed=st.integers(0, 2**32 - 1))
@settings(deadline=None, max_examples=40)
def test_order_of_the_rows_does_not_matter(frame: pd.DataFrame, seed: int) -> None:
    shuffled = frame.sample(frac=1, random_state=seed)
    for design in (ONE_STAGE, TWO_STAGES):
        before = mean(Sample(frame, design), "answer", by="sex", settings=ANY_DOMAIN)
        after = mean(Sample(shuffled, design), "answer", by="sex", settings=ANY_DOMAIN)
        assert same(arrays(before), arrays(after))


@given(frame=frames(), seed=st.integers(0, 2**32 - 1))
@settings(deadline=None, max_examples=40)
def test_order_of_the_rows_does_not_matter_after_calibration(frame: pd.DataFrame, seed: int) -> None:
    shuffled = frame.sample(frac=1, random_state=seed)
    for design in (ONE_STAGE, TWO_STAGES):
        before, after = (
            mean(
                poststratify(Sample(rows, design), by="sex", totals={"F": 300, "M": 500}),
                "answer",
                by="age",
                settings=ANY_DOMAIN,
            )
            for rows in (frame, shuffled)
        )
        assert same(arrays(before), arrays(after))
        assert same(before.covariance(), after.covariance())


@given(frame=frames(), factor=st.floats(1e-3, 1e3))
@settings(deadline=None, max_examples=40)
def test_scale_of_the_weights_does_not_matter_to_means_and_shares(frame: pd.DataFrame, factor: float) -> None:
    scaled = frame.assign(weight=frame["weight"] * factor)
    for estimator in (mean, share):
        before = estimator(Sample(frame, ONE_STAGE), "answer", by="age", settings=ANY_DOMAIN)
        after = estimator(Sample(scaled, ONE_STAGE), "answer", by="age", settings=ANY_DOMAIN)
        assert same(arrays(before), arrays(after))


@given(frame=frames())
@settings(deadline=None, max_examples=40)
def test_names_of_strata_and_psus_do_not_matter(frame: pd.DataFrame) -> None:
    renamed = frame.assign(district="d" + (9 - frame["district"]).astype(str), ward=-frame["ward"])
    before = total(Sample(frame, TWO_STAGES), "answer", by="sex", settings=ANY_DOMAIN)
    assert same(
        arrays(before), arrays(total(Sample(renamed, TWO_STAGES), "answer", by="sex", settings=ANY_DOMAIN))
    )


@given(frame=frames())
@settings(deadline=None, max_examples=40)
def test_totals_of_a_partition_add_up_with_their_covariances(frame: pd.DataFrame) -> None:
    for design in (ONE_STAGE, TWO_STAGES):
        sample = Sample(frame, design)
        parts, whole = (total(sample, "answer", by=by, settings=ANY_DOMAIN) for by in (["sex", "age"], ()))
        assert same(parts.values.sum(keepdims=True), whole.values)
        assert same(parts.covariance().sum(), whole.standard_errors[0] ** 2)


@given(frame=frames())
@settings(deadline=None, max_examples=40)
def test_adding_the_complement_domain_changes_nothing(frame: pd.DataFrame) -> None:
    """Estimated alone or beside everybody else, a domain has one value, one error and one interval."""
    for design in (ONE_STAGE, TWO_STAGES):
        alone = share(
            Sample(frame.assign(group=frame["sex"].where(frame["sex"] == "F")), design),
            "answer",
            by="group",
            settings=ANY_DOMAIN,
        )
        beside = share(Sample(frame, design), "answer", by="sex", settings=ANY_DOMAIN)
        women = [place for place, each in enumerate(beside) if each.domain["sex"] == "F"]
        for name in ("value", "standard_error", "lower", "upper", "design_effect"):
            ours, theirs = getattr(alone.columns, name), getattr(beside.columns, name)[women]
            assert same(ours, theirs)
        assert alone.columns.respondent_count.tolist() == beside.columns.respondent_count[women].tolist()


@given(frame=frames())
@settings(deadline=None, max_examples=40)
def test_condition_and_breakdown_agree(frame: pd.DataFrame) -> None:
    sample = Sample(frame, TWO_STAGES)
    by_sex = mean(sample, "answer", by="sex", settings=ANY_DOMAIN)
    women = mean(sample.where(frame["sex"] == "F"), "answer", settings=ANY_DOMAIN)
    assert same(arrays(by_sex)[:, [0]], arrays(women))


@given(frame=frames())
@settings(deadline=None, max_examples=40)
def test_variance_from_the_table_is_the_one_from_the_rows(frame: pd.DataFrame) -> None:
    """Beside the diagonal everything comes from the rows: so does an estimate asked for twice."""
    for design in (ONE_STAGE, TWO_STAGES):
        estimates = mean(
            Sample(frame.assign(again=frame["answer"]), design),
            ["answer", "again"],
            by="age",
            settings=ANY_DOMAIN,
        )
        half = len(estimates) // 2
        covariance = estimates.covariance()
        assert same(covariance.diagonal()[:half], covariance.diagonal(half))


@given(frame=frames(), women=st.floats(10, 1e5), men=st.floats(10, 1e5))
@settings(deadline=None, max_examples=40)
def test_poststratified_margins_equal_the_totals_and_weights_stay_positive(
    frame: pd.DataFrame, women: float, men: float
) -> None:
    known = poststratify(Sample(frame, TWO_STAGES), by="sex", totals={"F": women, "M": men})
    assert (known.weights > 0).all()
    margins = total(known, "wards", by="sex", settings=ANY_DOMAIN)
    assert margins.values / 9 == pytest.approx([women, men], rel=1e-12)
    assert margins.standard_errors == pytest.approx([0, 0], abs=1e-9 * (women + men))
