"""The likelihood of the proportional-odds model and its maximum.

With a = ζ_y - η and b = ζ_{y-1} - η, P(Y = y) = F(a) - F(b) = F(a) (1 - F(b)) (1 - exp(b - a)) for the
logistic F: three factors with concave logarithms, whose derivatives need no differences of probabilities.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.special import expit, logit

from analysis.errors import ModelError, Problem
from analysis.models.newton import maximize
from analysis.models.scaling import ScaledMatrix
from analysis.stages import FloatArray, IntArray

_FAR = 12.0  # as in `analysis.models.kernel`
_STILL = 1e-3


@dataclass(frozen=True, eq=False)
class OrdinalFit:
    """Slopes, then cutpoints (p + q,), with the inverse information (bread) and the deviance.

    `scaled_parameters` are the same for the scaled columns.
    """

    parameters: FloatArray
    bread: FloatArray
    deviance: float
    scaled_parameters: FloatArray


@dataclass(frozen=True, eq=False)
class OrdinalFitter:
    """Predictors (the intercept as first column) and the category codes 0 … `count` - 1 of the rows."""

    scaled: ScaledMatrix
    codes: IntArray
    count: int

    def fit(self, weights: FloatArray, start: OrdinalFit | None = None) -> OrdinalFit:
        """Fit under weights (one a row), from another fit of the same rows if there is one.

        Raises `ModelError` for columns that separate the categories, and where no maximum is found.
        """
        likelihood = _Likelihood(self, weights)
        found = maximize(likelihood, likelihood.null() if start is None else start.scaled_parameters)
        return OrdinalFit(
            parameters=self.back @ found.parameters,
            bread=self.back @ found.inverse_information @ self.back.T,
            deviance=found.deviance,
            scaled_parameters=found.parameters,
        )

    def influence(self, fit: OrdinalFit, weights: FloatArray) -> FloatArray:
        """The weighted influence of every row on slopes and cutpoints (rows × (p + q)); Binder 1983."""
        likelihood = _Likelihood(self, weights)
        inner = np.linalg.solve(self.back, fit.bread)
        result = np.empty((self.codes.size, fit.parameters.size))
        for rows, block in self.blocks():
            result[rows] = likelihood.scores(fit.scaled_parameters, rows=rows, block=block) @ inner
        return result

    def blocks(self) -> Iterator[tuple[slice, FloatArray]]:
        """The scaled predictors without the intercept, some rows at a time."""
        for rows, block in self.scaled.blocks():
            yield rows, block[:, 1:]

    @property
    def slope_count(self) -> int:
        """How many predictors there are."""
        return self.scaled.scale.size - 1

    @property
    def back(self) -> FloatArray:
        """The map from parameters of the scaled columns to those of the columns as they are."""
        slopes = self.slope_count
        back = np.eye(slopes + self.count - 1)
        back[range(slopes), range(slopes)] = 1 / self.scaled.scale[1:]
        back[slopes:, :slopes] = self.scaled.centre[1:] / self.scaled.scale[1:]
        return back


@dataclass(frozen=True, eq=False)
class _Position:
    """Where rows stand between their cutpoints: F(a), F(b), and the distance a - b."""

    upper: FloatArray
    lower: FloatArray
    distance: FloatArray


@dataclass(frozen=True, eq=False)
class _Likelihood:
    fitter: OrdinalFitter
    weights: FloatArray

    def null(self) -> FloatArray:
        """Where to begin: no slopes, cutpoints at the shares of the answers."""
        shares = np.bincount(self.fitter.codes, weights=self.weights, minlength=self.fitter.count)
        below = np.cumsum(shares)[:-1] / shares.sum()
        return np.concatenate([np.zeros(self.fitter.slope_count), logit(below)])

    def _ends(self, parameters: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Slopes, and the cutpoints with both ends of the line."""
        slopes, cutpoints = np.split(parameters, [self.fitter.slope_count])
        return slopes, np.concatenate([[-np.inf], cutpoints, [np.inf]])

    def deviance(self, parameters: FloatArray) -> float:
        slopes, cut = self._ends(parameters)
        distance = np.diff(cut)
        if not (distance > 0).all():
            return np.inf
        total = 0.0
        for rows, block in self.fitter.blocks():
            codes, predictor = self.fitter.codes[rows], block @ slopes
            within = np.log(-np.expm1(-distance))[codes]
            above, below = cut[codes + 1] - predictor, cut[codes] - predictor
            each = within - np.logaddexp(0.0, -above) - np.logaddexp(0.0, below)
            total -= 2 * float(self.weights[rows] @ each)
        return total

    def _position(self, parameters: FloatArray, rows: slice, block: FloatArray) -> _Position:
        slopes, cut = self._ends(parameters)
        codes, predictor = self.fitter.codes[rows], block @ slopes
        return _Position(
            upper=expit(cut[codes + 1] - predictor),
            lower=expit(cut[codes] - predictor),
            distance=np.diff(cut)[codes],
        )

    def scores(self, parameters: FloatArray, *, rows: slice, block: FloatArray) -> FloatArray:
        """The weighted score of each row of a block (rows × (p + q))."""
        at, slopes = self._position(parameters, rows, block), self.fitter.slope_count
        codes, weights = self.fitter.codes[rows], self.weights[rows]
        result = np.zeros((weights.size, parameters.size))
        result[:, :slopes] = block * (-weights * (1 - at.upper - at.lower))[:, None]
        spread = 1 / np.expm1(at.distance)  # slope of log(1 - exp(-distance)); 0 at the ends of the line
        inner, outer = codes < self.fitter.count - 1, codes > 0
        row = np.arange(weights.size)
        result[row[inner], slopes + codes[inner]] += (weights * (1 - at.upper + spread))[inner]
        result[row[outer], slopes + codes[outer] - 1] -= (weights * (at.lower + spread))[outer]
        return result

    def slope(self, parameters: FloatArray) -> tuple[FloatArray, FloatArray]:
        slopes, size = self.fitter.slope_count, parameters.size
        score, information = np.zeros(size), np.zeros((size, size))
        for rows, block in self.fitter.blocks():
            at, weights = self._position(parameters, rows, block), self.weights[rows]
            score += self.scores(parameters, rows=rows, block=block).sum(axis=0)
            upper, lower = weights * at.upper * (1 - at.upper), weights * at.lower * (1 - at.lower)
            information[:slopes, :slopes] += block.T @ (block * (upper + lower)[:, None])
            by_cutpoint = self._by_cutpoint(upper, lower, rows)
            information[:slopes, slopes:] -= block.T @ by_cutpoint
            places = range(slopes, size)
            information[places, places] += by_cutpoint.sum(axis=0)
        information[slopes:, :slopes] = information[:slopes, slopes:].T
        information[slopes:, slopes:] += self._spreading(parameters)
        return score, information

    def _by_cutpoint(self, upper: FloatArray, lower: FloatArray, rows: slice) -> FloatArray:
        """What each row contributes at the cutpoint above it and at the one below it (rows × q)."""
        codes = self.fitter.codes[rows]
        result = np.zeros((codes.size, self.fitter.count + 1))
        row = np.arange(codes.size)
        result[row, codes + 1] = upper
        result[row, codes] += lower
        return result[:, 1:-1]

    def _spreading(self, parameters: FloatArray) -> FloatArray:
        """Information about the distances between cutpoints (q × q)."""
        distance = np.diff(self._ends(parameters)[1])
        weight = np.bincount(self.fitter.codes, weights=self.weights, minlength=self.fitter.count)
        with np.errstate(over="ignore"):
            each = weight / (np.expm1(distance) * -np.expm1(-distance))
        apart = np.diff(np.eye(self.fitter.count + 1), axis=0)[:, 1:-1]  # distance k = ζ_k - ζ_{k-1}
        return np.asarray(apart.T @ (each[:, None] * apart))

    def refuse_to_run_away(self, parameters: FloatArray, step: FloatArray) -> None:
        slopes, used = self.fitter.slope_count, self.weights != 0
        predictor, move = np.zeros(used.size), np.zeros(used.size)
        for rows, block in self.fitter.blocks():
            predictor[rows], move[rows] = block @ parameters[:slopes], block @ step[:slopes]
        if max(np.abs(predictor[used]).max(), np.abs(parameters[slopes:]).max()) < _FAR:
            return
        # a row fits no worse when the cutpoint above it does not come down to it, nor the one below it up
        ends = np.concatenate([[0.0], step[slopes:], [0.0]])
        codes = self.fitter.codes
        down = np.where(codes < self.fitter.count - 1, move - ends[codes + 1], 0.0)[used]
        up = np.where(codes > 0, ends[codes] - move, 0.0)[used]
        reach = max(np.abs(down).max(), np.abs(up).max())
        if reach < 0.5 or max(down.max(), up.max()) > _STILL * reach:
            return
        names = self.fitter.scaled.moving(np.concatenate([[0.0], step[:slopes]]))
        raise ModelError(
            "Some coefficients have no bound: columns tell answers apart perfectly. "
            "Merge levels or categories, or leave out a term.",
            problems=[Problem("separation", f"column {name}", "separates the categories") for name in names],
        )
