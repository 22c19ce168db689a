"""Data quality: field-work rates, signs of careless answers, enumerator effects. Flag, never delete."""

from analysis.quality.enumerators import EnumeratorEffect, IntraclassCorrelation, enumerator_effect
from analysis.quality.flags import Check, QualityColumns, QualityRules, RespondentFlags, flag_responses
from analysis.quality.match_null import MatchJudgement, NullSettings, judge_matches
from analysis.quality.matching import MissingMatch, exact_duplicates, percent_match
from analysis.quality.outlying import mahalanobis_distance, outlying_probability, seconds_per_item
from analysis.quality.rates import (
    Dispositions,
    NamedRate,
    back_check_rate,
    eligibility_share,
    response_rate_1,
    response_rate_2,
    response_rate_3,
    response_rate_4,
    response_rate_5,
    response_rate_6,
    valid_rate,
)
from analysis.quality.respondent_index import IndexStatus, RespondentIndex
from analysis.quality.response_style import (
    StraightLining,
    even_odd_consistency,
    individual_response_variability,
    person_total_correlation,
    straight_lining,
)
from analysis.quality.with_and_without import WithAndWithout, with_and_without

__all__ = [
    "Check",
    "Dispositions",
    "EnumeratorEffect",
    "IndexStatus",
    "IntraclassCorrelation",
    "MatchJudgement",
    "MissingMatch",
    "NamedRate",
    "NullSettings",
    "QualityColumns",
    "QualityRules",
    "RespondentFlags",
    "RespondentIndex",
    "StraightLining",
    "WithAndWithout",
    "back_check_rate",
    "eligibility_share",
    "enumerator_effect",
    "even_odd_consistency",
    "exact_duplicates",
    "flag_responses",
    "individual_response_variability",
    "judge_matches",
    "mahalanobis_distance",
    "outlying_probability",
    "percent_match",
    "person_total_correlation",
    "response_rate_1",
    "response_rate_2",
    "response_rate_3",
    "response_rate_4",
    "response_rate_5",
    "response_rate_6",
    "seconds_per_item",
    "straight_lining",
    "valid_rate",
    "with_and_without",
]
