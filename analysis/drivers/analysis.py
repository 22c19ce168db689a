"""Driver analysis: from a sample to what each factor contributes to an outcome."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analysis.choices import chosen
from analysis.drivers.importance import (
    explained_variance,
    relative_weights,
    shapley_shares,
    standardized_coefficients,
)
from analysis.drivers.result import Contribution, DriverAnalysis, DriverStatus, Importance
from analysis.estimation import EstimationSettings, mean
from analysis.estimation.intervals import t_quantile
from analysis.items import item_matrix
from analysis.moments import MatrixFunction, Moments, StandardErrorMethod, complete_moments, correlations
from analysis.sample import Sample
from analysis.stages import FloatArray

MOST_FACTORS_FOR_SHAPLEY = 12  # 4,096 subsets; every further factor doubles them
_SINGULAR = 1e-10  # smallest eigenvalue of the correlations among the factors that can be worked with
_SHARES = (Importance.SHAPLEY_SHARE, Importance.RELATIVE_WEIGHT)


@dataclass(frozen=True)
class _Asked:
    """How the analysis is asked for."""

    outcome: str
    factors: tuple[str, ...]
    method: StandardErrorMethod
    confidence_level: float

    @property
    def measures(self) -> tuple[Importance, ...]:
        """The measures there are for so many factors."""
        if len(self.factors) > MOST_FACTORS_FOR_SHAPLEY:
            return (Importance.STANDARDIZED_COEFFICIENT, Importance.RELATIVE_WEIGHT)
        return tuple(Importance)


@dataclass(frozen=True, eq=False)
class _Numbers:
    """Values measure by measure and of R² at the end, and their covariance."""

    values: FloatArray
    covariance: FloatArray
    status: DriverStatus


def drivers(
    sample: Sample,
    outcome: str,
    factors: Sequence[str],
    *,
    standard_error: StandardErrorMethod = StandardErrorMethod.LINEARIZATION,
    confidence_level: float = 0.95,
) -> DriverAnalysis:
    """What drives satisfaction: the factors' contributions to the design-weighted R² of a linear regression.

    `outcome` and `factors` are columns of numbers (overall satisfaction; item or factor scores). Measures:
    standardized coefficients, Shapley (LMG) shares of R² up to 12 factors, Johnson's relative weights; with
    standard errors by influences or by leaving out one PSU at a time, and t intervals (those of shares kept
    within 0 and 1). Members who miss an answer leave the analysis, not the design. Association, not cause: a
    factor nobody asked about can stand behind all of them. Raises `EstimationError` for columns that cannot
    be used and a jackknife that does not suit the sample, `DomainIsPsuError` when all members are in one
    sampled PSU.
    """
    EstimationSettings(confidence_level=confidence_level)  # refuses impossible levels
    item_matrix(sample.frame, factors, least=1)
    standard_error = chosen(StandardErrorMethod, standard_error, name="standard_error")
    asked = _Asked(outcome, tuple(factors), standard_error, confidence_level)
    moments = complete_moments(sample, [*factors, outcome])
    obstacle = _obstacle(moments)
    if obstacle is not None:
        return _result(moments, asked, _nothing(asked, obstacle[0]), concerned=obstacle[1])
    return _result(moments, asked, _numbers(moments, asked), concerned=())


def _result(
    moments: Moments, asked: _Asked, numbers: _Numbers, *, concerned: tuple[str, ...]
) -> DriverAnalysis:
    sample = moments.sample
    found = _contributions(numbers, asked, sample.degrees_of_freedom)
    settings = EstimationSettings(confidence_level=asked.confidence_level)
    return DriverAnalysis(
        outcome=asked.outcome,
        factors=asked.factors,
        contributions=found[:-1],
        r_squared=found[-1],
        covariance=numbers.covariance,
        performance=mean(sample, list(asked.factors), settings=settings),
        degrees_of_freedom=sample.degrees_of_freedom,
        confidence_level=asked.confidence_level,
        respondent_count=moments.respondent_count,
        incomplete_count=moments.incomplete_count,
        standard_error_method="replication" if sample.replicates is not None else str(asked.method),
        status=numbers.status,
        concerned=concerned,
    )


def _obstacle(moments: Moments) -> tuple[DriverStatus, tuple[str, ...]] | None:
    """Why there is nothing to analyse, and which columns are at fault."""
    if moments.respondent_count < len(moments.items) + 1:
        return DriverStatus.TOO_FEW_RESPONDENTS, ()
    if moments.constant_items:
        return DriverStatus.NO_VARIATION, moments.constant_items
    among = correlations(moments.covariance[None])[0, :-1, :-1]
    values, vectors = np.linalg.eigh(among)
    if values[0] > _SINGULAR:
        return None
    involved = np.abs(vectors[:, values <= _SINGULAR]).max(axis=1) > 1e-6
    names = tuple(name for name, is_in in zip(moments.items[:-1], involved, strict=True) if is_in)
    return DriverStatus.COLLINEAR, names


def _numbers(moments: Moments, asked: _Asked) -> _Numbers:
    function = _function(asked)
    values = function(moments.covariance[None])[0]
    covariance = moments.covariance_of(function, method=asked.method)
    status = DriverStatus.AVAILABLE
    if not np.isfinite(np.diag(covariance)).all():
        status = DriverStatus.NO_VARIANCE
    elif moments.sample.degrees_of_freedom <= 0:
        status = DriverStatus.NO_DEGREES_OF_FREEDOM
    return _Numbers(values, covariance, status)


def _nothing(asked: _Asked, status: DriverStatus) -> _Numbers:
    count = len(asked.measures) * len(asked.factors) + 1
    return _Numbers(np.full(count, np.nan), np.full((count, count), np.nan), status)


def _function(asked: _Asked) -> MatrixFunction:
    parts = {
        Importance.STANDARDIZED_COEFFICIENT: standardized_coefficients,
        Importance.SHAPLEY_SHARE: shapley_shares,
        Importance.RELATIVE_WEIGHT: relative_weights,
    }
    chosen = [parts[measure] for measure in asked.measures]

    def every_measure(covariances: FloatArray, /) -> FloatArray:
        return np.column_stack([*(part(covariances) for part in chosen), explained_variance(covariances)])

    return every_measure


def _contributions(numbers: _Numbers, asked: _Asked, degrees_of_freedom: int) -> tuple[Contribution, ...]:
    """Every factor by every measure, and R² last."""
    result = []
    t = float(t_quantile(np.array(float(degrees_of_freedom)), level=asked.confidence_level))
    error = np.sqrt(np.maximum(np.diag(numbers.covariance), 0.0))
    explained = numbers.values[-1]
    for measure in Importance:
        for place, factor in enumerate(asked.factors):
            if measure not in asked.measures:
                result.append(_absent(factor, measure))
                continue
            at = asked.measures.index(measure) * len(asked.factors) + place
            result.append(
                _contribution(
                    (factor, measure),
                    value=numbers.values[at],
                    error=error[at],
                    t=t,
                    explained=explained,
                    status=numbers.status,
                )
            )
    r_squared = _contribution(
        (None, None), value=explained, error=error[-1], t=t, explained=explained, status=numbers.status
    )
    return (*result, r_squared)


def _contribution(
    about: tuple[str | None, Importance | None],
    *,
    value: float,
    error: float,
    t: float,
    explained: float,
    status: DriverStatus,
) -> Contribution:
    factor, measure = about
    known, sure = bool(np.isfinite(value)), bool(np.isfinite(error))
    is_share = measure in _SHARES
    lower, upper = value - t * error, value + t * error
    if measure is not Importance.STANDARDIZED_COEFFICIENT:
        lower, upper = max(lower, 0.0), min(upper, 1.0)
    has_limits = sure and bool(np.isfinite(t))
    return Contribution(
        factor=factor,
        measure=measure,
        value=float(value) if known else None,
        standard_error=float(error) if sure else None,
        lower=float(lower) if has_limits else None,
        upper=float(upper) if has_limits else None,
        share_of_explained=float(value / explained) if known and is_share and explained > 0 else None,
        status=status,
    )


def _absent(factor: str, measure: Importance) -> Contribution:
    return Contribution(
        factor=factor,
        measure=measure,
        value=None,
        standard_error=None,
        lower=None,
        upper=None,
        share_of_explained=None,
        status=DriverStatus.TOO_MANY_FACTORS,
    )
