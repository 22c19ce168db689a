"""The outcome model: what people of given covariates answer, learned from the stream."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.models.families import FUNCTIONS, Family
from analysis.models.kernel import fitter
from analysis.nonprobability.sources import Sources
from analysis.stages import FloatArray


@dataclass(frozen=True, eq=False, kw_only=True)
class OutcomeModel:
    """A regression of the answers in the stream: logistic for shares, linear for means; unweighted.

    `in_stream` (n,) and `in_sample` (rows,) are the predicted answers; `bread` (p × p) is the inverse
    information of the coefficients; `slope` (p,) how the weighted mean of the sample's predictions changes
    with them.
    """

    family: Family
    columns: tuple[str, ...]
    coefficients: FloatArray
    in_stream: FloatArray
    in_sample: FloatArray
    bread: FloatArray
    slope: FloatArray

    def imputed_mean(self, weights: FloatArray) -> float:
        """The mean prediction over the sample under weights (rows,)."""
        return float(weights @ self.in_sample / weights.sum())


def fit_outcome(sources: Sources) -> OutcomeModel:
    """Fit the outcome model by maximum likelihood in the stream.

    Raises `ModelError` naming columns that are collinear in the stream, or that tell yes from no there
    without error (in a category everybody answered the same), so that no model can be fitted.
    """
    family = Family.BINOMIAL if sources.is_share else Family.GAUSSIAN
    ones = np.ones(sources.stream_count)
    regression = fitter(sources.stream_matrix, sources.answer, ones, family=family, columns=sources.columns)
    fit = regression.fit(ones)
    functions = FUNCTIONS[family]
    predictor = sources.sample_matrix @ fit.coefficients
    spread = sources.weights * functions.variance(predictor_mean := functions.mean(predictor))
    return OutcomeModel(
        family=family,
        columns=sources.columns,
        coefficients=fit.coefficients,
        in_stream=functions.mean(fit.linear_predictor),
        in_sample=predictor_mean,
        bread=fit.bread,
        slope=np.asarray(spread @ sources.sample_matrix / sources.population_size),
    )
