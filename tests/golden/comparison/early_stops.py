"""Where an iterating reference stops before the maximum: its own answer, worked out by its stopping rule.

Written apart from the library, from the formulas; it shows that a difference is the reference's early stop.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.special import expit

from analysis.estimation.variance import covariance_of_totals
from analysis.models import OrdinalRegression, Regression
from analysis.models.families import FUNCTIONS, Family
from analysis.reliability import fit_one_factor
from tests.golden.comparison.adapters.models import (
    REGRESSION_ANSWERS,
    ordinal_of,
    reference_mean_weight,
    regression_of,
)
from tests.golden.comparison.cases import Case, numbers

STOPPED = (
    "the reference stops its iteration when the deviance changes by less than 1e-8 of itself and takes the "
    "working weights of the step before; stopped alike we find its numbers, ours are those of the maximum"
)
STOPPED_ORDINAL = (
    "the reference stops its search where the deviance is still above its minimum; from its coefficients we "
    "find its covariance, ours are those of the minimum"
)
UNBOUNDED = (
    "in some replicates a coefficient has no bound; the reference takes them as far as its iteration came, "
    "we leave these replicates out and say how many"
)
STOPPED_FACTOR = (
    "the reference stops its search for loadings where steps change the discrepancy by less than 1e-9 or so, "
    "which leaves digits of loadings open where items have little in common; ours are those of the minimum"
)
_SAME = 1e-8
_NEAR_LEAST = 1e-7  # of the discrepancy of one factor
_NEAR_MINIMUM = 1e-6  # of the deviance

Places = Mapping[str, np.ndarray]

_DEVIANCE_CHANGE = 1e-8  # of the deviance: where R's glm stops (glm.control)
_DIFFERENCE = 1e-3
_FIRST_MEANS = {
    Family.GAUSSIAN: lambda y, w: y,
    Family.BINOMIAL: lambda y, w: (w * y + 0.5) / (w + 1),
    Family.POISSON: lambda y, w: y + 0.1,
}


def stopped_regression(model: Regression, *, mean_weight: float) -> Regression:
    """The regression where iterated least squares stops: the deviance changes by less than 1e-8 of itself.

    Weights are divided by `mean_weight`, which the rule depends on. The covariance takes the working weights
    of the last step, made from the means before it.
    """
    functions, x, y = FUNCTIONS[model.family], model.data.matrix, model.fitter.response
    weights = model.data.weights / mean_weight
    mean, before = _FIRST_MEANS[model.family](y, weights), np.inf
    predictor = np.array([functions.link(each) for each in mean])
    while True:
        working = weights * functions.variance(mean)
        information = x.T @ (x * working[:, None])
        slope = functions.variance(mean)
        coefficients = np.linalg.solve(information, x.T @ (working * (predictor + (y - mean) / slope)))
        predictor = x @ coefficients
        mean = functions.mean(predictor)
        deviance = float(weights @ functions.unit_deviance(y, predictor))
        if abs(deviance - before) / (abs(deviance) + 0.1) < _DEVIANCE_CHANGE:
            break
        before = deviance
    residual = working * (y - mean) / functions.variance(mean)
    influence = (x * residual[:, None]) @ np.linalg.inv(information)
    covariance = covariance_of_totals(model.data.sample, model.data.on_all_rows(influence))
    coefficients_there = replace(model.coefficients, values=coefficients, covariance=covariance)
    return replace(
        model, coefficients=coefficients_there, deviance=deviance * mean_weight / model.data.mean_weight
    )


def ordinal_at(model: OrdinalRegression, parameters: np.ndarray) -> tuple[float, np.ndarray]:
    """How much larger the deviance is at other parameters (relative), and the reference's covariance there.

    From differences of the logistic function. The reference takes the information from differences of the
    score, a thousandth apart in the slopes, the first cutpoint and the logarithms of the distances between
    cutpoints (R's optim, ndeps).
    """
    likelihood = _Ordinal(
        model.data.matrix[:, 1:], model.data.response.values.astype(int), model.data.weights
    )
    own = likelihood.deviance(model.coefficients.values)
    other = likelihood.deviance(parameters)
    free = likelihood.freed(parameters)
    moves = _DIFFERENCE * np.eye(free.size)
    second = np.array([likelihood.free_score(free - m) - likelihood.free_score(free + m) for m in moves])
    information = (second + second.T) / (4 * _DIFFERENCE)
    back = likelihood.slope_of_cutpoints(free)
    bread = back @ np.linalg.inv(information) @ back.T
    influence = likelihood.scores(parameters) @ bread
    covariance = covariance_of_totals(model.data.sample, model.data.on_all_rows(influence))
    return (other - own) / own, covariance


@dataclass(frozen=True, eq=False)
class _Ordinal:
    """Predictors (rows × p), category codes and weights of a proportional-odds model."""

    x: np.ndarray
    codes: np.ndarray
    weights: np.ndarray

    def _shares(self, parameters: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The probability of each row's answer, and the densities at the cutpoints above and below it."""
        slopes, cutpoints = np.split(parameters, [self.x.shape[1]])
        ends = np.concatenate([[-np.inf], cutpoints, [np.inf]])
        above = expit(ends[self.codes + 1] - self.x @ slopes)
        below = expit(ends[self.codes] - self.x @ slopes)
        return above - below, above * (1 - above), below * (1 - below)

    def deviance(self, parameters: np.ndarray) -> float:
        return -2 * float(self.weights @ np.log(self._shares(parameters)[0]))

    def scores(self, parameters: np.ndarray) -> np.ndarray:
        share, above, below = self._shares(parameters)
        places = np.arange(parameters.size - self.x.shape[1])
        cutpoints = np.equal.outer(self.codes, places) * above[:, None]
        cutpoints = cutpoints - np.equal.outer(self.codes - 1, places) * below[:, None]
        by_slope = -self.x * (above - below)[:, None]
        return np.column_stack([by_slope, cutpoints]) * (self.weights / share)[:, None]

    def freed(self, parameters: np.ndarray) -> np.ndarray:
        """The parameters with logarithms of distances instead of all cutpoints but the first."""
        slopes, cutpoints = np.split(parameters, [self.x.shape[1]])
        return np.concatenate([slopes, cutpoints[:1], np.log(np.diff(cutpoints))])

    def bound(self, free: np.ndarray) -> np.ndarray:
        """The parameters again."""
        slopes, rest = np.split(free, [self.x.shape[1]])
        return np.concatenate([slopes, np.cumsum(np.concatenate([rest[:1], np.exp(rest[1:])]))])

    def slope_of_cutpoints(self, free: np.ndarray) -> np.ndarray:
        """How the parameters move with the free ones."""
        slope, first = np.eye(free.size), self.x.shape[1]
        slope[first:, first] = 1
        for place in range(first + 1, free.size):
            slope[place:, place] = np.exp(free[place])
        return slope

    def free_score(self, free: np.ndarray) -> np.ndarray:
        return self.scores(self.bound(free)).sum(axis=0) @ self.slope_of_cutpoints(free)


def _of_regressions(case: Case, name: str, ours: Mapping[str, Any], expected: Mapping[str, Any]) -> Places:
    if case.sample.replicates is not None:
        whole = np.ones(numbers(expected[name]).shape, dtype=np.bool_)
        return {UNBOUNDED: whole} if regression_of(case).failed_replicate_count else {}
    stopped = stopped_regression(regression_of(case), mean_weight=reference_mean_weight(case))
    answer = REGRESSION_ANSWERS[case.estimator](case, stopped)
    found, reference = numbers(answer[name]), numbers(expected[name])
    return {STOPPED: np.isclose(found, reference, rtol=_SAME, atol=0.0)}


def _of_ordinals(case: Case, name: str, ours: Mapping[str, Any], expected: Mapping[str, Any]) -> Places:
    if case.sample.replicates is not None:
        return {}
    reference = numbers(expected["coef"])
    above, covariance = ordinal_at(ordinal_of(case), reference)
    if not 0 <= above <= _NEAR_MINIMUM:
        return {}
    if name == "coef":
        return {STOPPED_ORDINAL: np.ones(reference.shape, dtype=np.bool_)}
    errors = np.sqrt(np.diag(covariance))
    apart = np.abs(covariance - numbers(expected[name]).reshape(covariance.shape)) / np.outer(errors, errors)
    return {STOPPED_ORDINAL: (apart <= _SAME).reshape(-1)}


def _of_one_factor(case: Case, name: str, ours: Mapping[str, Any], expected: Mapping[str, Any]) -> Places:
    complete = case.frame[case.arguments["items"]].dropna()
    correlation = complete.corr().to_numpy()
    reached = _discrepancy(correlation, numbers(expected["loadings"]))
    least = _discrepancy(correlation, fit_one_factor(correlation).loadings)
    stopped = least - _SAME <= reached <= least + _NEAR_LEAST
    return {STOPPED_FACTOR: np.full(numbers(expected[name]).shape, stopped)}


def _discrepancy(correlation: np.ndarray, loadings: np.ndarray) -> float:
    """How far loadings of one factor are from a correlation matrix, by maximum likelihood."""
    implied = np.outer(loadings, loadings)
    np.fill_diagonal(implied, 1.0)
    size = np.linalg.slogdet(implied)[1] - np.linalg.slogdet(correlation)[1]
    return float(size + np.trace(np.linalg.solve(implied, correlation)) - len(loadings))


FLAWS: Mapping[str, Callable[[Case, str, Mapping[str, Any], Mapping[str, Any]], Places]] = {
    **dict.fromkeys(REGRESSION_ANSWERS, _of_regressions),
    "ordinal_logit": _of_ordinals,
    "omega_total_onefactor": _of_one_factor,
}
