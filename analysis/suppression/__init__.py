"""Suppression: which figures may be published, which only with a warning, and which must go with them."""

from analysis.suppression.precision import (
    DecisionReason,
    ProportionPrecision,
    ProportionStandards,
    proportion_precision,
)
from analysis.suppression.standards import (
    Decision,
    PublicationRules,
    ShareDecision,
    ShareDecisions,
    judge_share,
    judge_shares,
)
from analysis.suppression.tables import TableVerdict, judge_table
from analysis.suppression.thresholds import (
    Audience,
    CellVerdict,
    GroupVerdict,
    Reason,
    SuppressionRules,
    Verdict,
    judge_cell,
    judge_group,
)

__all__ = [
    "Audience",
    "CellVerdict",
    "Decision",
    "DecisionReason",
    "GroupVerdict",
    "ProportionPrecision",
    "ProportionStandards",
    "PublicationRules",
    "Reason",
    "ShareDecision",
    "ShareDecisions",
    "SuppressionRules",
    "TableVerdict",
    "Verdict",
    "judge_cell",
    "judge_group",
    "judge_share",
    "judge_shares",
    "judge_table",
    "proportion_precision",
]
