"""Weights: from the draw, through non-response, to known totals; and replicates of them.

Response propensities are in `analysis.weighting.propensity`: it loads regression models and takes longer.
"""

from analysis.weighting.auxiliaries import Auxiliaries
from analysis.weighting.bootstrap import BootstrapMethod, bootstrap
from analysis.weighting.calibration import calibrate, poststratify
from analysis.weighting.design_weights import design_weights, design_weights_from_counts
from analysis.weighting.diagnostics import WeightingReport, WeightSummary, weight_summary, weighting_report
from analysis.weighting.distances import Distance, HyperbolicSine, Linear, Logit, RakingRatio
from analysis.weighting.nonresponse import NonresponseAdjustment, adjust_for_nonresponse
from analysis.weighting.raking import rake
from analysis.weighting.replicate_weights import (
    FinitePopulation,
    balanced_repeated_replication,
    jackknife,
)
from analysis.weighting.trimming import Redistribution, TrimmingPasses, trim, trim_and_calibrate

__all__ = [
    "Auxiliaries",
    "BootstrapMethod",
    "Distance",
    "FinitePopulation",
    "HyperbolicSine",
    "Linear",
    "Logit",
    "NonresponseAdjustment",
    "RakingRatio",
    "Redistribution",
    "TrimmingPasses",
    "WeightSummary",
    "WeightingReport",
    "adjust_for_nonresponse",
    "balanced_repeated_replication",
    "bootstrap",
    "calibrate",
    "design_weights",
    "design_weights_from_counts",
    "jackknife",
    "poststratify",
    "rake",
    "trim",
    "trim_and_calibrate",
    "weight_summary",
    "weighting_report",
]
