"""Small areas: estimates for units with few or no respondents, with the direct estimate always beside.

shares = share(wards, of="q1", categories=[4, 5], by="ward")
direct = smooth_variances(direct_estimates(shares))
model = fay_herriot(direct, covariates=ward_table)  # indexed by ward
benchmark(model, weights={"ward-1": 0.2, ...}, total=province.value).to_frame()
"""

from analysis.small_areas.benchmarking import Benchmarked, BenchmarkMethod, benchmark
from analysis.small_areas.beta_binomial import BetaBinomial, BetaBinomialArea, beta_binomial
from analysis.small_areas.direct import DirectEstimates, direct_estimates, smooth_variances
from analysis.small_areas.fay_herriot import fay_herriot
from analysis.small_areas.fitting import FitMethod
from analysis.small_areas.result import AreaEstimate, AreaSource, FayHerriot

__all__ = [
    "AreaEstimate",
    "AreaSource",
    "BenchmarkMethod",
    "Benchmarked",
    "BetaBinomial",
    "BetaBinomialArea",
    "DirectEstimates",
    "FayHerriot",
    "FitMethod",
    "benchmark",
    "beta_binomial",
    "direct_estimates",
    "fay_herriot",
    "smooth_variances",
]
