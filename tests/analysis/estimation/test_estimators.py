"""Estimates say what they are, what they lack and why, and the wrong question is refused."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

import analysis.estimation
from analysis.design import Design, SinglePsu
from analysis.errors import DomainIsPsuError, EstimationError
from analysis.estimation import (
    DesignEffectReference,
    EstimationSettings,
    IntervalMethod,
    MissingRule,
    OnePsuDomains,
    Status,
    count,
    mean,
    ratio,
    share,
    total,
)
from analysis.sample import Sample
from tests.golden.reference import read_reference_table

ELEMENTS = Design(weight="weight")
CLUSTERS = Design(psu="ward", weight="weight")


def sample_of(design: Design = ELEMENTS, **columns: object) -> Sample:
    rows = len(next(iter(columns.values())))  # type: ignore[arg-type]
    return Sample(pd.DataFrame({"weight": [1.0] * rows} | columns), design)


def schools() -> Sample:
    return Sample(read_reference_table("apiclus1.csv"), Design(psu="dnum", population="fpc", weight="pw"))


def test_mean_of_a_simple_random_sample_by_hand() -> None:
    estimate = mean(sample_of(q=[1, 2, 3, 4, 5]), "q")[0]
    assert estimate.value == pytest.approx(3)
    assert estimate.standard_error == pytest.approx(np.sqrt(2.5 / 5))
    assert estimate.degrees_of_freedom == 4
    assert estimate.design_effect == pytest.approx(1)
    assert estimate.effective_sample_size == pytest.approx(5)
    assert (estimate.lower, estimate.upper) == pytest.approx((1.0367568385, 4.9632431615))
    assert estimate.interval_method == IntervalMethod.MEAN


def test_finite_population_taken_whole_has_no_error() -> None:
    whole = sample_of(Design(weight="weight", population="size"), q=[1, 2, 3, 4], size=[4] * 4)
    assert mean(whole, "q")[0].standard_error == 0


def test_items_come_before_domains() -> None:
    estimates = mean(
        sample_of(a=[1, 2, 3, 4], b=[5, 6, 7, 8], sex=["F", "M", "F", "M"]), ["a", "b"], by="sex"
    )
    named = [(each.item, dict(each.domain), each.value) for each in estimates]
    assert named == [
        ("a", {"sex": "F"}, 2),
        ("a", {"sex": "M"}, 3),
        ("b", {"sex": "F"}, 6),
        ("b", {"sex": "M"}, 7),
    ]


def test_domains_cross_and_a_missing_label_is_in_none() -> None:
    crossed = mean(
        sample_of(q=[1, 2, 3, 4, 5, 6], sex=["F", "F", "M", "M", "F", None], age=[1, 1, 2, 2, 2, 1]),
        "q",
        by=["sex", "age"],
    )
    found = [(tuple(each.domain.values()), each.respondent_count) for each in crossed]
    assert found == [(("F", 1), 2), (("F", 2), 1), (("M", 2), 2)]


def test_category_nobody_belongs_to_is_told_of() -> None:
    ages = pd.Categorical(["young", "young", "old", "old"], categories=["young", "middle", "old"])
    estimates = mean(sample_of(q=[1, 2, 3, 4], age=ages), "q", by="age")
    middle = estimates.get("q", age="middle")
    assert [each.domain["age"] for each in estimates] == ["young", "middle", "old"]
    assert (middle.status, middle.reason) == (Status.NO_RESPONDENT, "Nobody in this domain answered.")
    assert (middle.value, middle.standard_error, middle.lower, middle.design_effect) == (None,) * 4


def test_one_respondent_is_not_available() -> None:
    estimates = total(sample_of(q=[1, 2, 3, np.nan], unit=["a", "a", "b", "b"]), "q", by="unit")
    alone = estimates.get("q", unit="b")
    assert (alone.status, alone.respondent_count) == (Status.ONE_RESPONDENT, 1)
    assert (alone.value, alone.standard_error, alone.upper, alone.is_available) == (None, None, None, False)
    assert estimates.get("q", unit="a").is_available


def test_every_item_keeps_its_own_answers() -> None:
    """Trap 7: listwise deletion over 22 items would throw most respondents away."""
    answers = sample_of(a=[1, 2, np.nan, 4], b=[np.nan, 2, 3, 4])
    assert [each.respondent_count for each in mean(answers, ["a", "b"])] == [3, 3]
    listwise = mean(answers, ["a", "b"], settings=EstimationSettings(missing=MissingRule.LISTWISE))
    assert [(each.respondent_count, each.value) for each in listwise] == [(2, 3), (2, 3)]


def test_missing_answers_can_be_refused_with_their_rows() -> None:
    strict = EstimationSettings(missing=MissingRule.REFUSE)
    answers = sample_of(a=[1, 2, np.nan, 4], sex=["F", "F", "M", "M"])
    with pytest.raises(EstimationError, match="Answers are missing in rows 2"):
        mean(answers, "a", settings=strict)
    women = answers.where(answers.frame["sex"] == "F")
    assert mean(women, "a", settings=strict)[0].value == 1.5


def test_share_of_several_categories_and_of_each() -> None:
    answers = sample_of(q=[5, 4, 4, 2, np.nan, 1])
    assert share(answers, "q", categories=[4, 5])[0].value == pytest.approx(0.6)
    each = share(answers, "q")
    assert [(one.category, one.value) for one in each] == [(1, 0.2), (2, 0.2), (4, 0.4), (5, 0.2)]
    assert each.get("q", category=4).respondent_count == 5


def test_shares_take_words_as_well_as_codes() -> None:
    answers = sample_of(q=["yes", "no", None, "yes"])
    assert [(one.category, one.value) for one in share(answers, "q")] == [
        ("no", pytest.approx(1 / 3)),
        ("yes", pytest.approx(2 / 3)),
    ]


def test_count_is_the_weighted_number_of_people() -> None:
    answers = sample_of(q=[1, 1, 0, np.nan], weight=[10.0, 20, 30, 40])
    assert [one.value for one in count(answers, "q")] == [30, 30]
    assert count(answers, "q", categories=[1])[0].value == 30


def test_ratio_uses_rows_that_have_both() -> None:
    estimate = ratio(sample_of(pupils=[30, 50, np.nan], teachers=[2, 3, 4]), "pupils", to="teachers")[0]
    assert (estimate.item, estimate.value, estimate.respondent_count) == ("pupils / teachers", 16, 2)


def test_ratio_to_nothing_is_not_available() -> None:
    estimate = ratio(sample_of(y=[1, 2, 3], x=[1, -1, 0]), "y", to="x")[0]
    assert (estimate.status, estimate.value) == (Status.ZERO_DENOMINATOR, None)


def test_domain_without_degrees_of_freedom_has_no_interval() -> None:
    """Trap 3: two PSUs in two strata leave none, however many the design has."""
    data = {
        "district": ["A", "A", "B", "B"] * 2,
        "ward": [1, 2, 3, 4] * 2,
        "sex": ["F", "M", "F", "M"] * 2,
        "q": [1, 2, 3, 4, 5, 6, 7, 9],
    }
    sample = sample_of(Design(strata="district", psu="ward", weight="weight"), **data)
    women = mean(sample, "q", by="sex").get("q", sex="F")
    assert (women.degrees_of_freedom, women.status) == (0, Status.NO_DEGREES_OF_FREEDOM)
    assert (women.value, women.lower, women.upper) == (4, None, None)
    # residuals of ±2 in 4 answers make ±0.5 a ward, whose stratum adds 0.5² with its other ward at zero
    assert women.standard_error == pytest.approx(np.sqrt(0.5))


def test_intervals_use_the_degrees_of_freedom_of_the_domain() -> None:
    estimates = mean(schools(), "api00", by="stype")
    high = estimates.get("api00", stype="H")
    assert (high.degrees_of_freedom, estimates.degrees_of_freedom) == (7, 14)
    assert high.upper == pytest.approx(high.value + 2.3646242516 * high.standard_error, rel=1e-9)


def test_units_that_are_psus_are_refused_with_the_way_out() -> None:
    """Trap 1: between PSUs their standard errors would all be zero."""
    with pytest.raises(DomainIsPsuError) as refusal:
        mean(schools(), "api00", by="dnum")
    assert "(dnum: 61, 135, 178, 197, 255 and 9 more)" in refusal.value.message
    assert refusal.value.hint is not None
    assert refusal.value.hint.startswith("Use sample.within(unit)")


def test_one_psu_as_a_condition_is_refused_too() -> None:
    sample = schools()
    with pytest.raises(DomainIsPsuError, match="the condition"):
        share(sample.where(sample.frame["dnum"] == 637), "sch.wide")


def test_units_that_are_psus_get_the_conventional_figure_only_when_asked() -> None:
    asked = EstimationSettings(one_psu_domains=OnePsuDomains.ESTIMATE)
    errors = mean(schools(), "api00", by="dnum", settings=asked).standard_errors
    assert errors == pytest.approx(np.zeros(15), abs=1e-12)


def test_small_domain_inside_one_psu_has_a_value_without_error() -> None:
    wards = {"ward": [1, 1, 2, 2, 3, 3], "group": ["a", "a", "b", "b", "b", "b"], "q": [1, 2, 3, 4, 5, 6]}
    estimates = mean(sample_of(CLUSTERS, **wards), "q", by="group")
    inside = estimates.get("q", group="a")
    assert (inside.status, inside.value, inside.standard_error) == (Status.ONE_PSU, 1.5, None)
    assert [type(each.status) for each in estimates] == [Status] * len(estimates)
    assert estimates.get("q", group="b").is_available


def test_answers_from_one_psu_have_a_value_without_error() -> None:
    answers = sample_of(CLUSTERS, ward=[1, 1, 2, 2], q=[1, 2, np.nan, np.nan], r=[1, 2, 3, 4])
    estimates = mean(answers, ["q", "r"])
    assert [each.status for each in estimates] == [Status.ONE_PSU, Status.AVAILABLE]


def test_psu_taken_with_certainty_shows_its_error_at_the_second_stage() -> None:
    columns = {"ward": [1, 1, 1, 2, 2, 2], "id": range(6), "wards": [2] * 6, "people": [9] * 6}
    design = Design(psu=["ward", "id"], population=["wards", "people"])
    sample = Sample(pd.DataFrame(columns | {"q": [1, 2, 3, 4, 5, 7]}), design)
    first = mean(sample, "q", by="ward").get("q", ward=1)
    assert first.standard_error == pytest.approx(np.sqrt((1 - 3 / 9) * 1 / 3))


def test_average_rule_without_another_stratum_in_the_domain_has_no_variance() -> None:
    data = {
        "district": ["A", "B", "B"] * 2,
        "ward": [1, 2, 3] * 2,
        "sex": ["F", "M", "M"] * 2,
        "q": [1, 2, 3, 4, 5, 6],
    }
    design = Design(strata="district", psu="ward", weight="weight", single_psu=SinglePsu.AVERAGE)
    settings = EstimationSettings(one_psu_domains=OnePsuDomains.ESTIMATE)
    women = mean(sample_of(design, **data), "q", by="sex", settings=settings).get("q", sex="F")
    assert (women.status, women.value, women.standard_error) == (Status.NO_VARIANCE, 2.5, None)


@pytest.mark.parametrize(("answer", "limits"), [(1, (0.6915028921, 1)), (0, (0, 0.3084971079))])
def test_share_of_all_or_none_has_an_honest_interval(answer: int, limits: tuple[float, float]) -> None:
    """Trap 4: with 10 answers and equal weights, Clopper–Pearson: 0.025 ** (1 / 10)."""
    estimate = share(sample_of(q=[answer] * 10), "q", categories=[1])[0]
    assert (estimate.value, estimate.standard_error) == (answer, 0)
    assert (estimate.lower, estimate.upper) == pytest.approx(limits)
    assert (estimate.interval_method, estimate.status) == (IntervalMethod.BETA, Status.AVAILABLE)


def test_interval_of_all_widens_with_the_assumed_design_effect() -> None:
    settings = EstimationSettings(assumed_design_effect=2)
    estimate = share(sample_of(q=[1] * 10), "q", categories=[1], settings=settings)[0]
    assert estimate.lower == pytest.approx(0.025 ** (1 / 5))


def test_interval_of_all_knows_unequal_weights() -> None:
    estimate = share(sample_of(q=[1] * 4, weight=[1.0, 1, 1, 3]), "q", categories=[1])[0]
    assert estimate.lower == pytest.approx(0.025 ** (12 / 36))  # (Σw)² / Σw² = 36 / 12


def test_share_fixed_by_the_design_has_its_own_value_as_interval() -> None:
    strata = Sample(
        read_reference_table("apistrat.csv"), Design(strata="stype", population="fpc", weight="pw")
    )
    for method in IntervalMethod:
        estimate = share(strata, "stype", settings=EstimationSettings(share_interval=method))[0]
        assert (estimate.lower, estimate.upper) == pytest.approx((estimate.value, estimate.value))


def test_design_effect_says_what_it_compares_with() -> None:
    """Trap 10: without replacement it needs weights that sum to the population; they do not here."""
    small = sample_of(q=[1, 2, 3, 5], weight=[0.5] * 4)
    without = EstimationSettings(design_effect=DesignEffectReference.WITHOUT_REPLACEMENT)
    assert mean(small, "q")[0].design_effect == pytest.approx(1)
    assert mean(small, "q")[0].design_effect_reference == DesignEffectReference.WITH_REPLACEMENT
    assert mean(small, "q", settings=without)[0].design_effect is None


def test_constant_answers_have_no_design_effect() -> None:
    estimate = mean(sample_of(q=[0.1] * 7, weight=[1.0, 2, 3, 4, 5, 6, 7]), "q")[0]
    assert (estimate.design_effect, estimate.effective_sample_size) == (None, None)


def test_large_numbers_with_a_small_spread_lose_no_digits() -> None:
    small, large = sample_of(q=[1, 2, 3, 4]), sample_of(q=[1e8 + 1, 1e8 + 2, 1e8 + 3, 1e8 + 4])
    assert mean(large, "q")[0].standard_error == mean(small, "q")[0].standard_error


def test_frame_has_one_row_an_estimate() -> None:
    columns = list(mean(sample_of(q=[1, 2, 3], sex=["F", "F", "M"]), "q", by="sex").to_frame().columns)
    numbers = ["estimate", "standard_error", "ci_low", "ci_high", "degrees_of_freedom", "design_effect"]
    assert columns == ["item", "sex", *numbers, "effective_sample_size", "respondents", "status", "reason"]
    assert list(share(sample_of(q=[1, 2, 3]), "q").to_frame()["category"]) == [1, 2, 3]


def test_estimates_print_in_words() -> None:
    estimates = mean(sample_of(q=[1, 2, 3, 4], unit=["a", "a", "a", "b"]), "q", by="unit")
    assert str(estimates) == (
        "mean of q (unit a): 2, SE 0.5443, 95% -0.342067 to 4.34207, n = 3\n"
        "mean of q (unit b): not available. Only one person in this domain answered."
    )


def test_shares_tell_which_answers_they_are_of() -> None:
    sample = sample_of(q=[1, 2, 4, 5])
    assert str(share(sample, "q", categories=[4, 5])).startswith("share of q = 4 or 5: 0.5, SE ")
    assert str(share(sample, "q")[0]).startswith("share of q = 1: 0.25, SE ")


def test_estimate_without_interval_tells_why() -> None:
    taken_whole = Design(strata="ward", psu=["ward", "id"], population=["one", "people"], weight="weight")
    frame = pd.DataFrame({"q": [1, 2, 4], "ward": "a", "id": [1, 2, 3], "one": 1, "people": 9, "weight": 3.0})
    told = str(mean(Sample(frame, taken_whole), "q"))
    assert told.endswith("n = 3. The domain has no more sampling units than strata.")


def test_estimate_that_does_not_exist_is_refused() -> None:
    estimates = mean(sample_of(q=[1, 2, 3], sex=["F", "F", "M"]), "q", by="sex")
    with pytest.raises(EstimationError, match=r"no estimate of 'r' .* Items: q; domain variables: sex"):
        estimates.get("r", sex="F")
    with pytest.raises(EstimationError, match="for the whole population"):
        estimates.get("q")


@pytest.mark.parametrize(
    ("question", "message"),
    [
        (lambda sample: mean(sample, "r"), "There is no column r. Columns: weight, q, word."),
        (lambda sample: mean(sample, "q", by="r"), "There is no domain variable r."),
        (lambda sample: mean(sample, []), "There is no item to estimate."),
        (lambda sample: mean(sample, "word"), "not numbers. Use share or count for words and codes."),
        (lambda sample: ratio(sample, ["q", "q", "q"], to=["q", "q"]), "3 numerators for 2 denominators."),
        (lambda sample: total(sample, "infinite"), "There is no column infinite."),
    ],
)
def test_wrong_questions_are_refused(question: object, message: str) -> None:
    with pytest.raises(EstimationError, match=re.escape(message)):
        question(sample_of(q=[1, 2, 3], word=["a", "b", "c"]))  # type: ignore[operator]


def test_infinite_answers_are_refused_with_their_row() -> None:
    with pytest.raises(EstimationError, match="Column q is infinite in row 1"):
        mean(sample_of(q=[1, np.inf, 3]), "q")


@pytest.mark.parametrize("wrong", [{"confidence_level": 95}, {"assumed_design_effect": 0}])
def test_impossible_settings_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(EstimationError):
        EstimationSettings(**wrong)  # type: ignore[arg-type]


def test_example_of_the_package_runs() -> None:
    assert analysis.estimation.__doc__ is not None
    example = [line[4:] for line in analysis.estimation.__doc__.splitlines() if line.startswith("    ")]
    names: dict[str, object] = {}
    exec("\n".join(example), names)  # noqa: S102 -- our own docstring
    satisfied = names["satisfied"].get("q1", sex="F")  # type: ignore[attr-defined]
    assert (satisfied.value, satisfied.respondent_count) == (1.0, 3)
