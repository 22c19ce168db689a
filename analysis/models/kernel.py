"""The fitting kernel: maximum (pseudo-)likelihood of linear, logistic and Poisson regressions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analysis.errors import ModelError, Problem
from analysis.models.families import FUNCTIONS, Family
from analysis.models.newton import maximize
from analysis.models.scaling import ScaledMatrix, scale_columns
from analysis.stages import FloatArray

_FAR = 12.0  # linear predictors beyond it mean probabilities of less than one in a hundred thousand
_MOVING = 0.5  # Newton's steps towards infinity are of size 1 in the predictor
_STILL = 1e-3  # share of the largest move that counts as none


@dataclass(frozen=True, eq=False)
class KernelFit:
    """A fitted regression: coefficients (p,), linear predictor (rows,), inverse information (p × p).

    `bread` is the inverse of X'WX, W = weights × variance of the response's family; `deviance` is the
    weighted sum over the rows.
    """

    coefficients: FloatArray
    linear_predictor: FloatArray
    bread: FloatArray
    deviance: float
    iterations: int


@dataclass(frozen=True, eq=False)
class GeneralizedFitter:
    """A model matrix and a response, to be fitted under one set of weights or many.

    Scales and collinearity are settled once, under the weights given first.
    """

    scaled: ScaledMatrix
    response: FloatArray
    family: Family

    def fit(self, weights: FloatArray, start: FloatArray | None = None) -> KernelFit:
        """Fit under weights (one a row), from coefficients near the answer if there are any."""
        likelihood = _Likelihood(self.scaled, self.response, weights, self.family)
        begin = likelihood.null if start is None else self.scaled.scaled(start)
        found = maximize(likelihood, begin)
        back = self.scaled.back
        return KernelFit(
            coefficients=back @ found.parameters,
            linear_predictor=self.scaled.predictor(found.parameters),
            bread=back @ found.inverse_information @ back.T,
            deviance=found.deviance,
            iterations=found.iterations,
        )

    def scores(self, fit: KernelFit, weights: FloatArray) -> FloatArray:
        """The weighted score of every row in the scaled columns (rows × p)."""
        residual = weights * (self.response - FUNCTIONS[self.family].mean(fit.linear_predictor))
        result = np.empty_like(self.scaled.matrix)
        for rows, block in self.scaled.blocks():
            np.multiply(block, residual[rows, None], out=result[rows])
        return result

    def from_scores(self, fit: KernelFit) -> FloatArray:
        """The map (p × p) from scores to influences on the coefficients: scores @ map (Binder 1983)."""
        # bread = back · M · back', so that X' bread = Z' M back' and no digits go with the means of X
        return np.asarray(np.linalg.solve(self.scaled.back, fit.bread))


def fitter(
    matrix: FloatArray,
    response: FloatArray,
    weights: FloatArray,
    *,
    family: Family,
    columns: Sequence[str] | None = None,
) -> GeneralizedFitter:
    """Prepare a regression of a response (rows,) on the columns of a matrix (rows × p).

    Raises `ModelError` naming collinear columns, rows whose response the family does not have, and a response
    that never varies.
    """
    used = weights != 0
    functions = FUNCTIONS[family]
    wrong = used & ~functions.responds(response)
    if wrong.any():
        values = ", ".join(f"{value:g}" for value in np.unique(response[wrong])[:5])
        text = f"{int(wrong.sum())} rows have {values}; a {family} regression needs {functions.expects}"
        raise ModelError(
            "The response does not suit the model.", problems=[Problem("response", "response", text)]
        )
    least, most = (response[used].min(), response[used].max()) if used.any() else (np.nan, np.nan)
    if not used.any() or (family is not Family.GAUSSIAN and least == most and least in (0, 1)):
        text = f"is {least:g} in every row" if used.any() else "has no row"
        raise ModelError("There is nothing to explain.", problems=[Problem("constant", "response", text)])
    return GeneralizedFitter(scale_columns(matrix, weights, columns=columns), response, family)


def fit_logistic(
    matrix: FloatArray,
    response: FloatArray,
    weights: FloatArray,
    *,
    columns: Sequence[str] | None = None,
) -> KernelFit:
    """Weighted maximum likelihood of a logistic regression, to the last digit.

    `matrix` (rows × p) includes the intercept, `response` is 0 or 1, rows of weight 0 do not count. Raises
    `ModelError` naming collinear columns, and columns that separate the zeros from the ones, so that their
    coefficients have no bound (Albert & Anderson 1984).
    """
    return fitter(matrix, response, weights, family=Family.BINOMIAL, columns=columns).fit(weights)


@dataclass(frozen=True, eq=False)
class _Likelihood:
    """The likelihood in the coefficients of the scaled columns."""

    scaled: ScaledMatrix
    response: FloatArray
    weights: FloatArray
    family: Family

    @property
    def null(self) -> FloatArray:
        """Where to begin: the mean response everywhere."""
        start = np.zeros(len(self.scaled.columns))
        if self.scaled.intercept is not None:
            mean = float(self.weights @ self.response / self.weights.sum())
            start[self.scaled.intercept] = FUNCTIONS[self.family].link(mean)
        return start

    def deviance(self, parameters: FloatArray) -> float:
        with np.errstate(over="ignore", invalid="ignore"):
            each = FUNCTIONS[self.family].unit_deviance(self.response, self.scaled.predictor(parameters))
            total = float(self.weights @ each)
        return total if np.isfinite(total) else np.inf

    def slope(self, parameters: FloatArray) -> tuple[FloatArray, FloatArray]:
        functions, size = FUNCTIONS[self.family], parameters.size
        score, information = np.zeros(size), np.zeros((size, size))
        for rows, block in self.scaled.blocks():
            weights = self.weights[rows]
            mean = functions.mean(block @ parameters)
            score += block.T @ (weights * (self.response[rows] - mean))
            information += block.T @ (block * (weights * functions.variance(mean))[:, None])
        return score, information

    def refuse_to_run_away(self, parameters: FloatArray, step: FloatArray) -> None:
        near = self.scaled.reach(parameters) < _FAR or self.scaled.reach(step) < _MOVING
        if self.family is Family.GAUSSIAN or near:
            return
        used = self.weights != 0
        if np.max(np.abs(self.scaled.predictor(parameters)[used])) < _FAR:
            return
        move = self.scaled.predictor(step)[used]
        reach = float(np.max(np.abs(move)))
        loss = FUNCTIONS[self.family].loss_along(self.response[used], move)
        if reach < _MOVING or float(loss.max()) > _STILL * reach:
            return
        names = self.scaled.moving(step)
        problems = [
            Problem("separation", f"column {name}", "tells the response apart without error")
            for name in names
        ]
        raise ModelError(
            "Some coefficients have no bound: columns separate the responses perfectly. "
            "Merge levels, or leave out a term.",
            problems=problems,
        )
