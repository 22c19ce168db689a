"""Tests of hypotheses that know the design: tables, means, ranks, agreement.

from analysis.testing import independence, mean_difference, rank_test

test = independence(sample, rows="region", columns="satisfied")
print(test)  # region × satisfied: F(2.87, 97.7) = 0.41, p = 0.7379 (…); Cramér's V 0.06; 412 respondents
test.table.row_shares  # the shares behind it, with standard errors and intervals
mean_difference(sample, "overall", between="sex")
rank_test(sample, "overall", between="region")
"""

from analysis.testing.agreement import Agreement, agreement
from analysis.testing.goodness_of_fit import GoodnessOfFitTest, goodness_of_fit
from analysis.testing.independence import Denominator, IndependenceMethod, IndependenceTest, independence
from analysis.testing.mean_differences import mean_against, mean_difference, paired_difference
from analysis.testing.quadratic_forms import QuadraticForm
from analysis.testing.ranks import RankScore, TieRank, rank_test
from analysis.testing.result import Group, HypothesisStatus, HypothesisTest
from analysis.testing.tables import CrossTable, cross_table

__all__ = [
    "Agreement",
    "CrossTable",
    "Denominator",
    "GoodnessOfFitTest",
    "Group",
    "HypothesisStatus",
    "HypothesisTest",
    "IndependenceMethod",
    "IndependenceTest",
    "QuadraticForm",
    "RankScore",
    "TieRank",
    "agreement",
    "cross_table",
    "goodness_of_fit",
    "independence",
    "mean_against",
    "mean_difference",
    "paired_difference",
    "rank_test",
]
