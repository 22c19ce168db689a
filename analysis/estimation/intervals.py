"""Confidence intervals for estimates and, honestly at the ends, for shares."""

from __future__ import annotations

import numpy as np
from scipy.special import betaincinv, expit, logit, stdtrit

from analysis.estimation.settings import IntervalMethod
from analysis.stages import FloatArray

Interval = tuple[FloatArray, FloatArray]


def t_quantile(degrees_of_freedom: FloatArray, *, level: float) -> FloatArray:
    """The two-sided t quantile at a confidence level; NaN without degrees of freedom."""
    df = np.where(degrees_of_freedom > 0, degrees_of_freedom, np.nan)
    return np.asarray(stdtrit(df, (1 + level) / 2), dtype=np.float64)


def mean_interval(value: FloatArray, *, error: FloatArray, df: FloatArray, level: float) -> Interval:
    """value ± t × standard error, element by element."""
    reach = t_quantile(df, level=level) * error
    return value - reach, value + reach


def share_interval(
    method: IntervalMethod,
    share: FloatArray,
    *,
    variance: FloatArray,
    df: FloatArray,
    row_count: FloatArray,
    level: float,
) -> Interval:
    """Intervals for shares strictly between 0 and 1, element by element.

    `df` are the design's degrees of freedom in the domain and `row_count` its rows, answered or not (both as
    in R survey 4.5, `svyciprop`). A share fixed by the design (variance 0) has the interval [share, share].
    """
    if method is IntervalMethod.MEAN:
        return mean_interval(share, error=np.sqrt(variance), df=df, level=level)
    fixed = variance <= 0
    spread = share * (1 - share)
    variance = np.where(fixed, spread, variance)
    rule = {
        IntervalMethod.LOGIT: _logit,
        IntervalMethod.WILSON: _wilson,
        IntervalMethod.BETA: _korn_graubard,
    }[method]
    low, high = rule(share, variance, df, row_count, level)
    fixed &= df > 0  # without degrees of freedom a variance of 0 shows nothing
    return np.where(fixed, share, low), np.where(fixed, share, high)


def _logit(
    share: FloatArray, variance: FloatArray, df: FloatArray, row_count: FloatArray, level: float
) -> Interval:
    # svyciprop(method = "logit"): Wald limits of the log odds, whose standard error is SE / (p (1 - p))
    del row_count
    reach = t_quantile(df, level=level) * np.sqrt(variance) / (share * (1 - share))
    return expit(logit(share) - reach), expit(logit(share) + reach)


def _wilson(
    share: FloatArray, variance: FloatArray, df: FloatArray, row_count: FloatArray, level: float
) -> Interval:
    # svyciprop(method = "wilson"): Wilson's score interval with n_e = p (1 - p) / v and the t quantile
    del row_count
    effective = share * (1 - share) / variance
    t = t_quantile(df, level=level)
    middle = share + t**2 / (2 * effective)
    reach = t / (2 * effective) * np.sqrt(4 * effective * share * (1 - share) + t**2)
    scale = 1 + t**2 / effective
    return (middle - reach) / scale, (middle + reach) / scale


def _korn_graubard(
    share: FloatArray, variance: FloatArray, df: FloatArray, row_count: FloatArray, level: float
) -> Interval:
    # Korn & Graubard 1998, as svyciprop(method = "beta"): Clopper–Pearson with n_e (t_{n-1} / t_df)²,
    # which R does not cap at n
    effective = share * (1 - share) / variance
    effective = effective * (t_quantile(row_count - 1, level=level) / t_quantile(df, level=level)) ** 2
    return clopper_pearson(share, effective=effective, level=level)


def clopper_pearson(share: FloatArray, *, effective: FloatArray, level: float) -> Interval:
    """Clopper–Pearson limits for a share of `effective` answers, which need not be whole.

    At a share of exactly 0 or 1 one side is closed and the other still open: the honest interval there.
    """
    tail = (1 - level) / 2
    success, failure = effective * share, effective * (1 - share)
    low = np.where(success > 0, betaincinv(np.where(success > 0, success, 1), failure + 1, tail), 0.0)
    high = np.where(failure > 0, betaincinv(success + 1, np.where(failure > 0, failure, 1), 1 - tail), 1.0)
    unknown = np.isnan(effective)
    return np.where(unknown, np.nan, low), np.where(unknown, np.nan, high)
