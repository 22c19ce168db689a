"""Reliability: how well several items measure one thing, and the scores they add up to."""

from analysis.reliability.alpha import cronbach_alpha
from analysis.reliability.factor_scores import FactorScores, mean_scores, regression_scores
from analysis.reliability.item_analysis import ItemAnalysis, item_analysis
from analysis.reliability.omega import omega_total
from analysis.reliability.one_factor import OneFactorModel, Stop, fit_one_factor
from analysis.reliability.result import Coefficient, Reliability, ReliabilityStatus

__all__ = [
    "Coefficient",
    "FactorScores",
    "ItemAnalysis",
    "OneFactorModel",
    "Reliability",
    "ReliabilityStatus",
    "Stop",
    "cronbach_alpha",
    "fit_one_factor",
    "item_analysis",
    "mean_scores",
    "omega_total",
    "regression_scores",
]
