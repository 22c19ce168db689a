"""Quantiles and their intervals: what they say, what they lack and why."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.design import Design
from analysis.errors import DomainIsPsuError, EstimationError
from analysis.estimation import (
    EstimationSettings,
    MissingRule,
    OnePsuDomains,
    QuantileInterval,
    QuantileRule,
    Status,
    quantile,
    share,
)
from analysis.replicate_design import ReplicateDesign, ReplicateMethod
from analysis.sample import Sample
from tests.golden.reference import read_reference_table

WOODRUFF = (
    QuantileInterval.MEAN,
    QuantileInterval.BETA,
    QuantileInterval.XLOGIT,
    QuantileInterval.ARCSINE,
)


def schools() -> Sample:
    design = Design(strata="stype", population="fpc", weight="pw")
    return Sample(read_reference_table("apistrat.csv"), design)


def sample_of(**columns: object) -> Sample:
    rows = len(next(iter(columns.values())))  # type: ignore[arg-type]
    return Sample(pd.DataFrame({"weight": [1.0] * rows} | columns), Design(weight="weight"))


def test_limits_are_the_quantiles_at_the_limits_of_the_share() -> None:
    sample = schools()
    median = quantile(sample, "api00")[0]
    at_most = sample.with_columns({"below": (sample.frame["api00"] <= median.value).to_numpy(dtype=float)})
    settings = EstimationSettings(share_interval="mean")  # type: ignore[arg-type]
    limits = share(at_most, "below", categories=[1.0], settings=settings)[0]
    told = quantile(sample, "api00", p=[limits.lower, limits.upper])  # type: ignore[list-item]
    assert [each.value for each in told] == [median.lower, median.upper]
    t = 1.9720790337760212  # of 197 degrees of freedom
    assert median.standard_error == pytest.approx((median.upper - median.lower) / (2 * t))  # type: ignore[operator]
    assert (median.degrees_of_freedom, median.respondent_count) == (197, 200)


def test_published_shah_and_vaish_is_that_of_weights_scaled_to_a_mean_of_one() -> None:
    """R survey 4.5, svyquantile(qrule = "shahvaish") of a design with the weights pw / mean(pw)."""
    told = quantile(schools(), "api00", p=[0.25, 0.5, 0.9], rule=QuantileRule.SHAHVAISH)
    assert [each.value for each in told] == [559, 667, 836]
    assert [(each.lower, each.upper) for each in told] == [(531, 592), (635, 681), (805, 865)]
    assert told[2].standard_error == pytest.approx(15.21237206326363)


def test_one_call_asks_for_several_items_and_domains() -> None:
    told = quantile(schools(), ["api00", "enroll"], p=[0.5, 0.9], by="stype")
    assert len(told) == 12
    assert told.get("enroll", 0.9, stype="H").item == "enroll"
    assert told.get("enroll", 0.9, stype="H") is told[10]
    alone = quantile(schools().where(schools().frame["stype"] == "H"), "enroll", p=0.9)[0]
    assert told[10].value == alone.value
    assert (told[10].lower, told[10].upper) == (alone.lower, alone.upper)
    assert told[10].standard_error == pytest.approx(alone.standard_error)


def test_frame_has_one_row_a_quantile() -> None:
    frame = quantile(schools(), "api00", p=[0.25, 0.5], by=["stype", "awards"]).to_frame()
    assert list(frame.columns) == [
        *("item", "probability", "stype", "awards", "estimate", "standard_error", "ci_low", "ci_high"),
        *("degrees_of_freedom", "respondents", "status", "reason"),
    ]
    assert len(frame) == 12


def test_missing_answers_leave_the_quantile_and_not_the_design() -> None:
    """Trap 3: the degrees of freedom count the units that answered, in each domain of its own."""
    answers = [1.0, 2, np.nan, 4, 5, np.nan]
    told = quantile(sample_of(q=answers, sex=["F", "F", "F", "M", "M", "M"]), "q", by="sex")
    assert [(each.value, each.degrees_of_freedom, each.respondent_count) for each in told] == [
        (1, 1, 2),
        (4, 1, 2),
    ]


@pytest.mark.parametrize("interval", [*WOODRUFF, QuantileInterval.SCORE])
def test_quantile_at_the_largest_answer_has_an_honest_interval(interval: QuantileInterval) -> None:
    """Trap 4: its share is exactly 1, and of 8 answers could be 0.025 ** (1 / 8) = 0.63, which is a 4."""
    told = quantile(sample_of(q=[1, 2, 3, 4, 4, 4, 4, 5]), "q", p=0.9, interval=interval)[0]
    assert (told.value, told.lower, told.upper) == (5, 4, 5)
    assert told.standard_error == pytest.approx(1 / (2 * 2.3646242515927844))  # t of 7 degrees of freedom


def test_likert_quantile_reaches_the_top_category() -> None:
    """A limit of the share near 1 is still a limit: the largest answer, not nothing."""
    told = quantile(sample_of(q=[1, 2, 3, 4, 4, 5, 5, 5, 5, 5]), "q", p=0.4, interval=QuantileInterval.XLOGIT)
    assert (told[0].value, told[0].upper) == (4, 5)


def test_interval_beyond_the_answers_is_not_available() -> None:
    told = quantile(sample_of(q=list(range(10))), "q", p=0.95)[0]
    low = quantile(sample_of(q=list(range(10))), "q", p=0.02)[0]
    assert (told.value, told.upper) == (9, 9)  # the largest answer: one-sided
    assert (low.value, low.lower, low.standard_error) == (0, None, None)
    assert low.upper == 3  # 0.1 + 2.26 × 0.1 = 0.33
    assert (low.status, low.reason) == (
        Status.BEYOND_ANSWERS,
        "The interval reaches beyond the smallest or largest answer.",
    )


def test_domains_with_no_or_one_respondent_are_not_available() -> None:
    unit = pd.Categorical(["a", "a", "a", "b"], categories=["a", "b", "c"])
    told = quantile(sample_of(q=[1, 2, 3, 4], unit=unit), "q", by="unit")
    assert [each.status for each in told][1:] == [Status.ONE_RESPONDENT, Status.NO_RESPONDENT]
    assert [(each.value, each.standard_error, each.lower) for each in told][1:] == [(None, None, None)] * 2
    assert str(told[2]) == "quantile 0.5 of q (unit c): not available. Nobody in this domain answered."


def test_item_nobody_answered_is_not_available() -> None:
    told = quantile(sample_of(q=[np.nan, np.nan]), "q", rule=QuantileRule.HF7)[0]
    assert (told.value, told.status) == (None, Status.NO_RESPONDENT)


def test_units_that_are_psus_are_refused_and_get_their_conditional_interval() -> None:
    frame = pd.DataFrame({"q": [1, 2, 3, 4, 5, 5], "unit": [1, 1, 1, 2, 2, 2], "weight": [1.0] * 6})
    sample = Sample(frame, Design(psu="unit", weight="weight"))
    with pytest.raises(DomainIsPsuError, match="within"):
        quantile(sample, "q", by="unit")
    within = quantile(sample.within("unit"), "q", by="unit")
    assert [(each.value, each.degrees_of_freedom) for each in within] == [(2, 2), (5, 2)]
    forced = quantile(
        sample, "q", by="unit", settings=EstimationSettings(one_psu_domains=OnePsuDomains.ESTIMATE)
    )
    assert [(each.status, each.standard_error) for each in forced] == [
        (Status.NO_DEGREES_OF_FREEDOM, None)
    ] * 2


def test_score_interval_holds_what_a_test_does_not_reject() -> None:
    """By the test itself, at every answer: (F - p) / SE(F) between -t and t (Francisco & Fuller 1991)."""
    sample = schools()
    told = quantile(sample, "api00", p=0.25, interval=QuantileInterval.SCORE)[0]
    t = 1.9720790337760212
    kept = []
    for answer in np.unique(sample.frame["api00"]):
        below = sample.with_columns({"below": (sample.frame["api00"] <= answer).to_numpy(dtype=float)})
        estimate = share(below, "below", categories=[1.0])[0]
        if estimate.standard_error and abs(estimate.value - 0.25) <= t * estimate.standard_error:  # type: ignore[operator]
            kept.append(answer)
    above = np.unique(sample.frame["api00"])
    assert told.lower == kept[0]
    assert told.upper == above[above > kept[-1]][0]  # from here on the test rejects
    assert (told.lower, told.upper) == (535, 597)


def test_replicates_give_their_own_intervals() -> None:
    frame = read_reference_table("apiclus1.csv").join(read_reference_table("apiclus1_boot.csv"))
    columns = [name for name in frame.columns if str(name).startswith("rw")]
    design = ReplicateDesign(
        weight="pw", replicates=columns, method=ReplicateMethod.BOOTSTRAP, scale=1 / 59, rscales=1.0
    )
    sample = Sample(frame, design)
    told = quantile(sample, "api00", interval=QuantileInterval.REPLICATES)[0]
    replicated = np.array(
        [
            frame.sort_values("api00").pipe(
                lambda rows, name=name: rows["api00"][
                    rows[name].cumsum() >= rows[name].sum() / 2 - 1e-9
                ].iloc[0]
            )
            for name in columns
        ]
    )
    assert told.value == 652
    assert told.standard_error == pytest.approx(np.sqrt(((replicated - replicated.mean()) ** 2).sum() / 59))
    assert told.upper - told.value == pytest.approx(told.value - told.lower)  # type: ignore[operator]


def test_intervals_of_replicates_need_replicates() -> None:
    with pytest.raises(EstimationError, match="no replicates"):
        quantile(schools(), "api00", interval=QuantileInterval.REPLICATES)


@pytest.mark.parametrize("p", [-0.1, 1.5, np.nan, [0.5, 2], []])
def test_probabilities_outside_the_unit_interval_are_refused(p: object) -> None:
    with pytest.raises(EstimationError, match="between 0 and 1"):
        quantile(schools(), "api00", p=p)  # type: ignore[arg-type]


def test_probability_given_twice_is_refused() -> None:
    with pytest.raises(EstimationError, match="twice"):
        quantile(schools(), "api00", p=[0.5, 0.5])


def test_missing_answers_are_refused_on_demand() -> None:
    with pytest.raises(EstimationError, match="missing in rows 1"):
        quantile(sample_of(q=[1, np.nan]), "q", settings=EstimationSettings(missing=MissingRule.REFUSE))


def test_unknown_quantile_is_told_of() -> None:
    with pytest.raises(EstimationError, match=r"no quantile 0\.1 of api00"):
        quantile(schools(), "api00").get("api00", 0.1)


def test_quantile_prints_itself() -> None:
    told = quantile(schools(), "api00", by="stype")
    assert str(told[1]) == "quantile 0.5 of api00 (stype H): 635, SE 19.66, 95% 599 to 678, n = 50"
    assert str(told).count("\n") == 2


def test_rows_shuffled_or_weights_scaled_make_no_difference() -> None:
    frame = read_reference_table("apistrat.csv")
    design = Design(strata="stype", weight="pw")
    told = quantile(Sample(frame, design), "api00", p=[0.1, 0.5, 0.9], by="awards").to_frame()
    moved = frame.sample(frac=1, random_state=1).assign(pw=lambda rows: rows["pw"] * 7)
    pd.testing.assert_frame_equal(
        told, quantile(Sample(moved, design), "api00", p=[0.1, 0.5, 0.9], by="awards").to_frame()
    )
