"""Ordinal regression of a sample: cumulative logits with proportional odds, and the design's covariance."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np
import pandas as pd

from analysis.errors import FormulaError, ModelError, Problem
from analysis.estimation.settings import EstimationSettings
from analysis.models.covariance import Refits, covariance_of_coefficients
from analysis.models.data import ModelData, model_data
from analysis.models.expressions import Call, Name
from analysis.models.formula import Formula, parse_formula
from analysis.models.ordinal_likelihood import OrdinalFitter
from analysis.models.result import Coefficients, Model
from analysis.models.scaling import scale_columns
from analysis.sample import Sample
from analysis.stages import FloatArray


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class OrdinalRegression(Model):
    """A fitted proportional-odds model: logit P(Y ≤ k) = cutpoint k - slopes · x.

    `coefficients` holds the slopes, then the cutpoints, named as "1|2". A positive slope moves answers up:
    exp(slope) is the ratio of the odds of a higher answer. `deviance` has weights of mean 1 over the rows;
    `model_covariance` is as in `analysis.models.result.Regression`.
    """

    deviance: float
    model_covariance: FloatArray = field(repr=False)
    fitter: OrdinalFitter = field(repr=False)

    @property
    def categories(self) -> tuple[str, ...]:
        """The categories of the response, from the lowest."""
        return _categories(self.data)

    @property
    def title(self) -> str:
        """What kind of regression it is."""
        return "Ordinal regression (proportional odds)"

    def _lines(self) -> list[str]:
        return [*super()._lines(), f"Deviance {self.deviance:.6g}"]


def ordinal_regression(
    sample: Sample, formula: str | Formula, *, confidence_level: float = 0.95
) -> OrdinalRegression:
    """Proportional-odds regression of an ordered answer (McCullagh 1980), e.g. `overall ~ sex + wait`.

    The response is a number (its values in order), `cut(x, {…})`, a categorical in its order, or `factor(x)`.
    Pseudo maximum likelihood to the last digit; covariance, missing rows and refusals as for
    `linear_regression`. t has the domain's degrees of freedom less the number of slopes (R survey 4.5,
    `svyolr`). Raises `FormulaError` for a formula without intercept (the cutpoints are its intercepts) or
    words without an order, `ModelError` for less than three categories or columns that separate them.
    """
    EstimationSettings(confidence_level=confidence_level)  # refuses impossible levels
    data = model_data(sample, _with_ordered_response(sample.frame, parse_formula(formula)))
    weights, prepared = data.weights, _prepared(data)
    fit = prepared.fit(weights)
    refits = Refits(lambda w: prepared.fit(data.of_rows(w), fit).parameters, count=fit.parameters.size)
    covariance = covariance_of_coefficients(
        data,
        estimate=fit.parameters,
        scores=lambda: prepared.scores(fit, weights),
        from_scores=prepared.from_scores(fit),
        refits=refits,
    )
    return OrdinalRegression(
        formula=data.encoding.formula,
        coefficients=Coefficients(
            names=data.encoding.columns[1:] + tuple("|".join(pair) for pair in pairwise(_categories(data))),
            values=fit.parameters,
            covariance=covariance,
            degrees_of_freedom=data.design_degrees_of_freedom - prepared.slope_count,
            confidence_level=confidence_level,
        ),
        failed_replicate_count=refits.failed,
        data=data,
        deviance=fit.deviance / float(weights.mean()),
        model_covariance=fit.bread * float(weights.mean()),
        fitter=prepared,
    )


def _prepared(data: ModelData) -> OrdinalFitter:
    categories = _categories(data)
    if len(categories) < 3:
        text = f"has the answers {', '.join(categories)}; with two, use a logistic regression"
        problem = Problem("too_few_categories", f"response {data.response.label}", text)
        raise ModelError("An ordinal regression needs three categories or more.", problems=[problem])
    scaled = scale_columns(data.matrix, data.weights, columns=data.encoding.columns)
    return OrdinalFitter(scaled, data.response.values.astype(np.int64), len(categories))


def _with_ordered_response(frame: pd.DataFrame, formula: Formula) -> Formula:
    """The formula with a response that has levels in order."""
    if not formula.intercept:
        raise FormulaError(
            f"The cutpoints of {formula} are its intercepts; they cannot be left out.",
            hint="Write the formula without - 1.",
        )
    response = formula.response
    if response is None or (isinstance(response, Call) and response.function in ("cut", "factor")):
        return formula
    if not isinstance(response, Name) or response.name not in frame.columns:
        return replace(formula, response=Call("factor", (response,)))
    column = frame[response.name]
    if isinstance(column.dtype, pd.CategoricalDtype):
        return formula
    if not pd.api.types.is_numeric_dtype(column.dtype):
        raise FormulaError(
            f"The words of {response.label} have no order.",
            hint=f"Make it a categorical in order, or write factor({response.label}) for the alphabet's.",
        )
    return replace(formula, response=Call("factor", (response,)))


def _categories(data: ModelData) -> tuple[str, ...]:
    return tuple(data.response.level_label(level) for level in data.response.levels or ())
