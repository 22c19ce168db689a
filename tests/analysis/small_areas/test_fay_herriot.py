"""Fay–Herriot estimates: identities, areas without respondents, and what is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.errors import SmallAreaError
from analysis.small_areas import AreaSource, DirectEstimates, FayHerriot, FitMethod, fay_herriot

AREAS = [f"ward-{number}" for number in range(1, 13)]
VALUE = np.array([0.72, 0.50, 0.69, 0.52, 0.82, 0.66, 0.59, 0.47, 0.46, 0.65, 0.67, 0.85])
VARIANCE = np.array([10.4, 10.3, 8.3, 6.5, 5.5, 9.6, 5.5, 4.2, 15.3, 4.7, 10.3, 4.0]) / 8000
WAIT = pd.DataFrame(
    {"wait": [25.0, 33, 29, 25, 23, 25, 29, 38, 35, 26, 21, 16]}, index=pd.Index(AREAS, name="ward")
)
METHODS = pytest.mark.parametrize("method", list(FitMethod))


def direct(**changes: object) -> DirectEstimates:
    given: dict[str, object] = {"areas": AREAS, "value": VALUE, "variance": VARIANCE} | changes
    return DirectEstimates(**given)  # type: ignore[arg-type]


def values(model: FayHerriot) -> np.ndarray:
    return np.array([area.value for area in model.areas])


def problem_codes(refusal: pytest.ExceptionInfo[SmallAreaError]) -> list[str]:
    return [problem.code for problem in refusal.value.problems]


def test_estimate_lies_between_the_direct_one_and_the_model_as_the_weight_says() -> None:
    for area in fay_herriot(direct(), covariates=WAIT).areas:
        assert area.direct is not None
        blend = area.shrinkage * area.direct + (1 - area.shrinkage) * area.synthetic
        assert area.value == pytest.approx(blend, rel=1e-12)
        assert 0 < area.shrinkage < 1


def test_the_direct_estimate_and_its_error_stand_beside() -> None:
    model = fay_herriot(direct(respondent_count=np.arange(20, 32)), covariates=WAIT)
    assert [area.direct for area in model.areas] == VALUE.tolist()
    assert [area.direct_standard_error for area in model.areas] == np.sqrt(VARIANCE).tolist()
    assert [area.respondent_count for area in model.areas] == list(range(20, 32))


@pytest.mark.parametrize(("method", "divisor"), [("reml", 10), ("moment", 10), ("ml", 12)])
def test_with_equal_sampling_variances_the_model_variance_has_a_closed_form(
    method: str, divisor: int
) -> None:
    x = np.column_stack([np.ones(12), WAIT["wait"]])
    residual = VALUE - x @ np.linalg.lstsq(x, VALUE, rcond=None)[0]
    model = fay_herriot(
        direct(variance=np.full(12, 0.001)),
        covariates=WAIT,
        method=FitMethod(method),
        maximum_iterations=2000,
    )
    assert model.model_variance == pytest.approx(residual @ residual / divisor - 0.001, rel=1e-9)


def test_the_moment_method_solves_its_equation() -> None:
    model = fay_herriot(direct(), covariates=WAIT, method=FitMethod.MOMENT)
    synthetic = np.array([area.synthetic for area in model.areas])
    assert ((VALUE - synthetic) ** 2 / (model.model_variance + VARIANCE)).sum() == pytest.approx(12 - 2)


def test_maximum_likelihood_finds_the_highest_likelihood() -> None:
    highest = fay_herriot(direct(), covariates=WAIT, method=FitMethod.ML).log_likelihood
    for method in (FitMethod.REML, FitMethod.MOMENT):
        assert highest > fay_herriot(direct(), covariates=WAIT, method=method).log_likelihood


@METHODS
def test_an_area_without_respondents_is_synthetic_and_changes_no_other(method: FitMethod) -> None:
    more = pd.concat([WAIT, pd.DataFrame({"wait": [28.0]}, index=["ward-13"])])
    with_empty = fay_herriot(
        direct(areas=[*AREAS, "ward-13"], value=[*VALUE, np.nan], variance=[*VARIANCE, np.nan]),
        covariates=more,
        method=method,
    )
    without = fay_herriot(direct(), covariates=WAIT, method=method)
    assert with_empty.areas[:12] == without.areas
    empty = with_empty.get("ward-13")
    intercept, slope = without.coefficients.values()
    assert (empty.direct, empty.shrinkage, empty.source) == (None, 0, AreaSource.SYNTHETIC)
    assert empty.value == pytest.approx(intercept + 28 * slope)
    assert empty.mean_squared_error > without.model_variance


@METHODS
def test_estimates_do_not_depend_on_the_order_of_areas_or_the_unit_of_measurement(method: FitMethod) -> None:
    model = fay_herriot(direct(), covariates=WAIT, method=method)
    turned = fay_herriot(
        direct(areas=AREAS[::-1], value=VALUE[::-1] * 100, variance=VARIANCE[::-1] * 100**2),
        covariates=WAIT * 60,
        method=method,
    )
    np.testing.assert_allclose(values(turned)[::-1] / 100, values(model), rtol=1e-9)
    errors = [[area.root_mean_squared_error for area in each.areas] for each in (turned, model)]
    np.testing.assert_allclose(np.array(errors[0][::-1]) / 100, errors[1], rtol=1e-9)


def test_areas_measured_exactly_keep_their_direct_estimate() -> None:
    model = fay_herriot(direct(variance=np.full(12, 1e-12)), covariates=WAIT)
    np.testing.assert_allclose(values(model), VALUE, rtol=1e-8)
    np.testing.assert_allclose([area.mean_squared_error for area in model.areas], 1e-12, rtol=1e-6)


@METHODS
def test_areas_that_do_not_differ_all_get_the_model(method: FitMethod) -> None:
    model = fay_herriot(direct(variance=np.full(12, 0.5)), method=method)
    assert model.model_variance == 0
    np.testing.assert_allclose(values(model), VALUE.mean(), rtol=1e-12)
    assert "no more than their sampling errors" in str(model)


def test_a_sampling_variance_of_zero_is_refused_with_the_area_and_the_way_out() -> None:
    variance = VARIANCE.copy()
    variance[[2, 5]] = [0, np.nan]
    with pytest.raises(SmallAreaError, match=r"areas ward-3, ward-6: .*smooth the variances") as refusal:
        fay_herriot(direct(variance=variance), covariates=WAIT)
    assert problem_codes(refusal) == ["no_sampling_variance"]


def test_fewer_areas_than_coefficients_are_refused() -> None:
    few = DirectEstimates(areas=AREAS[:2], value=VALUE[:2], variance=VARIANCE[:2])
    with pytest.raises(SmallAreaError, match="2 areas with a direct estimate for 2 coefficients") as refusal:
        fay_herriot(few, covariates=WAIT)
    assert problem_codes(refusal) == ["too_few_areas"]


def test_areas_without_covariates_are_named_all_at_once() -> None:
    holes = WAIT.drop(index="ward-2").assign(poor=1.0, kind="urban")
    with pytest.raises(SmallAreaError) as refusal:
        fay_herriot(direct(), covariates=holes)
    assert [str(problem) for problem in refusal.value.problems] == [
        "covariate kind: is not numeric; give indicators for its categories",
        "areas ward-2: are not in the covariates",
    ]


def test_a_missing_covariate_and_dependent_covariates_are_refused() -> None:
    missing = WAIT.copy()
    missing.loc["ward-4", "wait"] = np.nan
    with pytest.raises(SmallAreaError, match="areas ward-4: miss a covariate"):
        fay_herriot(direct(), covariates=missing)
    with pytest.raises(SmallAreaError, match="depend on one another") as refusal:
        fay_herriot(direct(), covariates=WAIT.assign(minutes=WAIT["wait"] * 60))
    assert problem_codes(refusal) == ["covariates_dependent"]


def test_a_fit_that_does_not_converge_is_refused() -> None:
    with pytest.raises(SmallAreaError, match="still changes after 2 iterations") as refusal:
        fay_herriot(direct(), covariates=WAIT, maximum_iterations=2)
    assert problem_codes(refusal) == ["not_converged"]


def test_results_print_and_become_a_frame() -> None:
    model = fay_herriot(direct(), covariates=WAIT)
    first = str(model).splitlines()
    assert first[0].startswith("Fay–Herriot model by reml: model variance ")
    assert first[1].startswith("ward-1: 0.7")
    assert "direct 0.72 (SE 0.03606), weight " in first[1]
    frame = model.to_frame()
    assert list(frame.columns) == [
        "area",
        "direct",
        "direct_standard_error",
        "respondents",
        "synthetic",
        "shrinkage",
        "estimate",
        "root_mean_squared_error",
        "source",
    ]
    assert frame["estimate"].tolist() == values(model).tolist()
