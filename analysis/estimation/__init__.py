"""Estimates from a sample: means, totals, ratios, shares and counts with honest uncertainty.

From arrays of item codes to the share of the top two boxes and the mean of every item in every unit:

    import numpy as np
    import pandas as pd
    from analysis.design import Design
    from analysis.estimation import mean, share
    from analysis.sample import Sample
    from analysis.weighting import poststratify

    frame = pd.DataFrame(
        {
            "q1": [5, 4, np.nan, 2, 4, 3, 5, 4], "q2": [4, 4, 3, 1, 5, 2, 5, 5],  # codes, NaN = missing
            "sex": ["F", "M", "F", "M", "F", "M", "F", "M"], "weight": [10.0] * 8,
            "ward": [1, 1, 2, 2, 3, 3, 4, 4], "stratum": [1] * 4 + [2] * 4, "wards": [20] * 4 + [12] * 4,
        }
    )
    design = Design(strata="stratum", psu="ward", population="wards", weight="weight")
    sample = poststratify(Sample(frame, design), by="sex", totals={"F": 45, "M": 40})
    satisfied = share(sample, of=["q1", "q2"], categories=[4, 5], by="sex")
    satisfied.get("q1", sex="F").value  # 1.0, and .lower is the honest end of its interval
    mean(sample, of=["q1", "q2"]).to_frame()  # one row an item, ready for a page or a file
    wards = sample.within("ward", element_population={1: 9, 2: 9, 3: 9, 4: 9})
    mean(wards, of="q2", by="ward")  # reports on single PSUs
"""

from analysis.estimation.charts import forest_plot, likert_chart
from analysis.estimation.compact import CompactTable
from analysis.estimation.contrast_result import Contrast, Contrasts, PValueAdjustment
from analysis.estimation.contrasts import Smooth, contrast, difference, log_quotient, pairwise, quotient
from analysis.estimation.dispersion import CovarianceMatrices, CovarianceMatrix, covariance_matrix
from analysis.estimation.estimators import count, mean, ratio, share, total
from analysis.estimation.overall import differences_from_overall
from analysis.estimation.quantile_result import Quantile, Quantiles
from analysis.estimation.quantiles import quantile
from analysis.estimation.result import Estimate, Estimates, Statistic, Status
from analysis.estimation.settings import (
    DesignEffectReference,
    EstimationSettings,
    IntervalMethod,
    MissingRule,
    OnePsuDomains,
    QuantileInterval,
    QuantileRule,
)
from analysis.estimation.tabulation import tabulate

__all__ = [
    "CompactTable",
    "Contrast",
    "Contrasts",
    "CovarianceMatrices",
    "CovarianceMatrix",
    "DesignEffectReference",
    "Estimate",
    "Estimates",
    "EstimationSettings",
    "IntervalMethod",
    "MissingRule",
    "OnePsuDomains",
    "PValueAdjustment",
    "Quantile",
    "QuantileInterval",
    "QuantileRule",
    "Quantiles",
    "Smooth",
    "Statistic",
    "Status",
    "contrast",
    "count",
    "covariance_matrix",
    "difference",
    "differences_from_overall",
    "forest_plot",
    "likert_chart",
    "log_quotient",
    "mean",
    "pairwise",
    "quantile",
    "quotient",
    "ratio",
    "share",
    "tabulate",
    "total",
]
