"""Regression models of a sample: coefficients with design-based covariance, tests of terms, predictions."""

from analysis.models.generalized import linear_regression, logistic_regression, poisson_regression
from analysis.models.goodness import PseudoRSquared, pseudo_r_squared
from analysis.models.margins import MarginCovariance, predicted_margins
from analysis.models.ordinal import OrdinalRegression, ordinal_regression
from analysis.models.predictions import Predictions, PredictionScale, category_shares, predict
from analysis.models.result import Coefficient, Coefficients, Model, Regression, VarianceMethod
from analysis.models.term_tests import TermTestMethod, term_test

__all__ = [
    "Coefficient",
    "Coefficients",
    "MarginCovariance",
    "Model",
    "OrdinalRegression",
    "PredictionScale",
    "Predictions",
    "PseudoRSquared",
    "Regression",
    "TermTestMethod",
    "VarianceMethod",
    "category_shares",
    "linear_regression",
    "logistic_regression",
    "ordinal_regression",
    "poisson_regression",
    "predict",
    "predicted_margins",
    "pseudo_r_squared",
    "term_test",
]
