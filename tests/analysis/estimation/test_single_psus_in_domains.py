"""Single sampling units in domains: covariances follow the same rule as variances, absent strata none."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.design import Design, SinglePsu, SinglePsuInDomain
from analysis.estimation import EstimationSettings, MissingRule, total
from analysis.sample import Sample

RULES = [SinglePsu.ADJUST, SinglePsu.AVERAGE, SinglePsu.REMOVE, SinglePsu.CERTAINTY]
LISTWISE = EstimationSettings(missing=MissingRule.LISTWISE)


@pytest.fixture
def frame() -> pd.DataFrame:
    """Six strata, two of a single unit; of stratum 5, single, members of domain `in` gave no answer."""
    generator = np.random.default_rng(11)
    counts = {1: 3, 2: 2, 3: 1, 4: 4, 5: 1, 6: 2}
    units = [(stratum, unit) for stratum, count in counts.items() for unit in range(count)]
    rows = pd.DataFrame([pair for pair in units for _ in range(5)], columns=["stratum", "unit"])
    rows["unit"] += 100 * rows.stratum
    rows["weight"] = generator.uniform(1, 9, len(rows))
    rows["a"] = generator.normal(50, 9, len(rows))
    rows["b"] = generator.integers(0, 2, len(rows)).astype(float)
    rows["both"] = rows.a + rows.b
    rows["domain"] = np.where(generator.random(len(rows)) < 0.6, "in", "out")
    rows.loc[rows.stratum == 4, "domain"] = np.where(rows.unit[rows.stratum == 4] == 400, "in", "out")
    rows.loc[(rows.stratum == 5) & (rows.domain == "in"), ["a", "both"]] = np.nan
    assert ((rows.stratum == 5) & (rows.domain == "in")).any()
    return rows


def sample_of(frame: pd.DataFrame, rule: SinglePsu, in_domains: SinglePsuInDomain) -> Sample:
    design = Design(
        strata=["stratum"], psu=["unit"], weight="weight", single_psu=rule, single_psu_in_domains=in_domains
    )
    return Sample(frame, design)


@pytest.mark.parametrize("in_domains", list(SinglePsuInDomain))
@pytest.mark.parametrize("rule", RULES)
def test_the_variance_of_a_sum_is_that_of_its_parts(
    frame: pd.DataFrame, rule: SinglePsu, in_domains: SinglePsuInDomain
) -> None:
    inside = sample_of(frame, rule, in_domains).where(frame.domain == "in")
    covariance = total(inside, ["a", "b", "both"], settings=LISTWISE).covariance()
    parts = covariance[0, 0] + covariance[1, 1] + 2 * covariance[0, 1]
    assert covariance[2, 2] == pytest.approx(parts, rel=1e-12)


@pytest.mark.parametrize("rule", RULES)
def test_a_stratum_whose_members_gave_no_answer_is_not_there(frame: pd.DataFrame, rule: SinglePsu) -> None:
    """As in R survey 4.5, where rows without an answer leave the domain first."""
    sample = sample_of(frame, rule, SinglePsuInDomain.IGNORE)
    inside = total(sample.where(frame.domain == "in"), "a", settings=LISTWISE)
    answered = total(sample.where((frame.domain == "in") & frame.a.notna()), "a")
    by_domain = total(sample, "a", by="domain", settings=LISTWISE)
    assert inside.standard_errors[0] == pytest.approx(answered.standard_errors[0], rel=1e-12)
    assert by_domain.standard_errors[0] == pytest.approx(answered.standard_errors[0], rel=1e-12)


def test_single_units_without_others_to_average_leave_no_covariance(frame: pd.DataFrame) -> None:
    single = frame.stratum.isin([3, 5]) & (frame.domain == "out")
    inside = sample_of(frame, SinglePsu.AVERAGE, SinglePsuInDomain.IGNORE).where(single)
    assert np.isnan(total(inside, ["a", "b"]).covariance()).all()
