"""Weights: from the draw, through non-response, to known totals."""

from analysis.weighting.calibration import PostStratification, poststratify
from analysis.weighting.design_weights import design_weights, design_weights_from_counts
from analysis.weighting.nonresponse import NonresponseAdjustment, adjust_for_nonresponse

__all__ = [
    "NonresponseAdjustment",
    "PostStratification",
    "adjust_for_nonresponse",
    "design_weights",
    "design_weights_from_counts",
    "poststratify",
]
