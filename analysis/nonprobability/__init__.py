"""Two kinds of data: a self-selected stream beside a probability sample, compared and never pooled unasked.

comparison = compare(kiosk, sample, of="q1", categories=[4, 5], covariates=["sex", "age_group", "region"])
comparison.to_frame()  # stream alone, sample, inverse propensity, imputation, doubly robust, raked
comparison.selection_bias  # stream - sample, with its error
comparison.adjusted["doubly_robust"].assumptions  # what is taken for granted
"""

from analysis.nonprobability.assembly import naive_estimate, sample_estimate
from analysis.nonprobability.assumptions import Adjustment, Assumption
from analysis.nonprobability.combination import Combined, combine_by_mean_squared_error
from analysis.nonprobability.comparison import Comparison, compare
from analysis.nonprobability.estimators import doubly_robust, inverse_propensity, mass_imputation
from analysis.nonprobability.outcome import OutcomeModel, fit_outcome
from analysis.nonprobability.participation import Participation, ParticipationEquation, fit_participation
from analysis.nonprobability.raking import raked
from analysis.nonprobability.result import AdjustedEstimate, Overlap
from analysis.nonprobability.selection_bias import SelectionBias, selection_bias
from analysis.nonprobability.sources import Sources, read_sources
from analysis.nonprobability.unadjusted_bias import UnadjustedBias, unadjusted_bias

__all__ = [
    "AdjustedEstimate",
    "Adjustment",
    "Assumption",
    "Combined",
    "Comparison",
    "OutcomeModel",
    "Overlap",
    "Participation",
    "ParticipationEquation",
    "SelectionBias",
    "Sources",
    "UnadjustedBias",
    "combine_by_mean_squared_error",
    "compare",
    "doubly_robust",
    "fit_outcome",
    "fit_participation",
    "inverse_propensity",
    "mass_imputation",
    "naive_estimate",
    "raked",
    "read_sources",
    "sample_estimate",
    "selection_bias",
    "unadjusted_bias",
]
