"""The likelihood of the proportional-odds model and its maximum.

With a = ζ_y - η and b = ζ_{y-1} - η, P(Y = y) = F(a) - F(b) = F(a) (1 - F(b)) (1 - exp(b - a)) for the
logistic F: three factors with concave logarithms, whose derivatives need no differences of probabilities.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csc_array
from scipy.special import expit, logit

from analysis.errors import ModelError, Problem
from analysis.models.newton import maximize
from analysis.models.scaling import ScaledMatrix
from analysis.stages import FloatArray, IntArray

_FAR = 12.0  # as in `analysis.models.kernel`
_MOVING = 0.5
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

    def scores(self, fit: OrdinalFit, weights: FloatArray) -> FloatArray:
        """The weighted score of every row in the scaled parameters (rows × (p + q))."""
        likelihood = _Likelihood(self, weights)
        result = np.zeros((self.codes.size, fit.parameters.size))
        for rows, block in self.blocks():
            likelihood.fill_scores(result[rows], fit.scaled_parameters, rows=rows, block=block)
        return result

    def from_scores(self, fit: OrdinalFit) -> FloatArray:
        """The map from scores to influences on slopes and cutpoints: scores @ map (Binder 1983)."""
        return np.asarray(np.linalg.solve(self.back, fit.bread))

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
class _Likelihood:
    """The likelihood in slopes of the scaled columns and cutpoints."""

    fitter: OrdinalFitter
    weights: FloatArray

    def null(self) -> FloatArray:
        """Where to begin: no slopes, cutpoints at the shares of the answers."""
        below = np.cumsum(self._category_weights)[:-1] / self.weights.sum()
        return np.concatenate([np.zeros(self.fitter.slope_count), logit(below)])

    @property
    def _category_weights(self) -> FloatArray:
        sums = np.bincount(self.fitter.codes, weights=self.weights, minlength=self.fitter.count)
        return np.asarray(sums, dtype=np.float64)

    def _ends(self, parameters: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Slopes, and the cutpoints with both ends of the line."""
        slopes, cutpoints = np.split(parameters, [self.fitter.slope_count])
        return slopes, np.concatenate([[-np.inf], cutpoints, [np.inf]])

    def _shares(
        self, parameters: FloatArray, *, rows: slice, block: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """F(a) and 1 - F(b) of rows: the chances of an answer up to theirs, and of one from theirs."""
        slopes, ends = self._ends(parameters)
        codes, predictor = self.fitter.codes[rows], block @ slopes
        return expit(ends[codes + 1] - predictor), expit(predictor - ends[codes])

    def deviance(self, parameters: FloatArray) -> float:
        distance = np.diff(self._ends(parameters)[1])
        if not (distance > 0).all():
            return np.inf
        total = -2 * float(self._category_weights @ np.log(-np.expm1(-distance)))
        with np.errstate(divide="ignore"):
            for rows, block in self.fitter.blocks():
                upto, onward = self._shares(parameters, rows=rows, block=block)
                total -= 2 * float(self.weights[rows] @ np.log(upto * onward))
        return total

    def fill_scores(
        self, scores: FloatArray, parameters: FloatArray, *, rows: slice, block: FloatArray
    ) -> None:
        """Write the weighted score of each row of a block into zeros (rows × (p + q))."""
        slopes, codes, weights = self.fitter.slope_count, self.fitter.codes[rows], self.weights[rows]
        upto, onward = self._shares(parameters, rows=rows, block=block)
        np.multiply(block, (weights * (upto - onward))[:, None], out=scores[:, :slopes])
        spread = self._spread(parameters)[codes]
        inner, outer = np.flatnonzero(codes < self.fitter.count - 1), np.flatnonzero(codes > 0)
        scores[inner, slopes + codes[inner]] += (weights * (1 - upto + spread))[inner]
        scores[outer, slopes + codes[outer] - 1] -= (weights * (1 - onward + spread))[outer]

    def _spread(self, parameters: FloatArray) -> FloatArray:
        """The slope of log(1 - exp(-distance)) for each category; 0 at the ends of the line."""
        with np.errstate(over="ignore"):
            return np.asarray(1 / np.expm1(np.diff(self._ends(parameters)[1])))

    def slope(self, parameters: FloatArray) -> tuple[FloatArray, FloatArray]:
        slopes, size, count = self.fitter.slope_count, parameters.size, self.fitter.count
        score, information = np.zeros(slopes), np.zeros((size, size))
        # by category: what pulls at the cutpoint above and at the one below it, and its curvature there
        above, below = np.zeros((2, count)), np.zeros((2, count))
        for rows, block in self.fitter.blocks():
            codes, weights = self.fitter.codes[rows], self.weights[rows]
            upto, onward = self._shares(parameters, rows=rows, block=block)
            high, low = weights * upto * (1 - upto), weights * onward * (1 - onward)
            score += (weights * (upto - onward)) @ block
            information[:slopes, :slopes] += block.T @ (block * (high + low)[:, None])
            information[:slopes, slopes:] -= _by_category(codes, high, block, count)[:-1].T
            information[:slopes, slopes:] -= _by_category(codes, low, block, count)[1:].T
            for sums, values in (
                (above, (weights * (1 - upto), high)),
                (below, (weights * (1 - onward), low)),
            ):
                for place, each in enumerate(values):
                    sums[place] += np.bincount(codes, weights=each, minlength=count)
        spread = self._category_weights * self._spread(parameters)
        cutpoints = (above[0] + spread)[:-1] - (below[0] + spread)[1:]
        information[slopes:, :slopes] = information[:slopes, slopes:].T
        information[slopes:, slopes:] = np.diag(above[1][:-1] + below[1][1:]) + self._spreading(parameters)
        return np.concatenate([score, cutpoints]), information

    def _spreading(self, parameters: FloatArray) -> FloatArray:
        """Information about the distances between cutpoints (q × q)."""
        distance = np.diff(self._ends(parameters)[1])
        with np.errstate(over="ignore"):
            each = self._category_weights / (np.expm1(distance) * -np.expm1(-distance))
        apart = np.diff(np.eye(self.fitter.count + 1), axis=0)[:, 1:-1]  # distance k = ζ_k - ζ_{k-1}
        return np.asarray(apart.T @ (each[:, None] * apart))

    def refuse_to_run_away(self, parameters: FloatArray, step: FloatArray) -> None:
        scaled, slopes = self.fitter.scaled, self.fitter.slope_count
        moved, placed = (scaled.reach(np.append(0.0, each[:slopes])) for each in (step, parameters))
        far = max(placed, float(np.abs(parameters[slopes:]).max())) >= _FAR
        if not far or max(moved, float(np.abs(step[slopes:]).max())) < _MOVING:
            return
        move = np.concatenate([block @ step[:slopes] for _, block in self.fitter.blocks()])
        # a row fits no worse when the cutpoint above it does not come down to it, nor the one below it up
        ends, codes = np.concatenate([[0.0], step[slopes:], [0.0]]), self.fitter.codes
        down = np.where(codes < self.fitter.count - 1, move - ends[codes + 1], 0.0)
        up = np.where(codes > 0, ends[codes] - move, 0.0)
        loss = np.concatenate([down, up])[np.tile(self.weights != 0, 2)]
        reach = float(np.abs(loss).max())
        if reach < _MOVING or float(loss.max()) > _STILL * reach:
            return
        names = scaled.moving(np.append(0.0, step[:slopes]))
        raise ModelError(
            "Some coefficients have no bound: columns tell answers apart perfectly. "
            "Merge levels or categories, or leave out a term.",
            problems=[Problem("separation", f"column {name}", "separates the categories") for name in names],
        )


def _by_category(codes: IntArray, values: FloatArray, block: FloatArray, count: int) -> FloatArray:
    """Sums of values × columns over the rows of each category (count × p)."""
    one_a_row = csc_array((values, codes, np.arange(codes.size + 1)), shape=(count, codes.size))
    return np.asarray(one_a_row @ block)
