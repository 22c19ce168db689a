"""Weights: from the draw, through non-response, to known totals."""

from analysis.weighting.auxiliaries import Auxiliaries
from analysis.weighting.calibration import calibrate, poststratify
from analysis.weighting.design_weights import design_weights, design_weights_from_counts
from analysis.weighting.distances import Distance, HyperbolicSine, Linear, Logit, RakingRatio
from analysis.weighting.nonresponse import NonresponseAdjustment, adjust_for_nonresponse
from analysis.weighting.raking import rake
from analysis.weighting.trimming import Redistribution, TrimmingPasses, trim, trim_and_calibrate

__all__ = [
    "Auxiliaries",
    "Distance",
    "HyperbolicSine",
    "Linear",
    "Logit",
    "NonresponseAdjustment",
    "RakingRatio",
    "Redistribution",
    "TrimmingPasses",
    "adjust_for_nonresponse",
    "calibrate",
    "design_weights",
    "design_weights_from_counts",
    "poststratify",
    "rake",
    "trim",
    "trim_and_calibrate",
]
