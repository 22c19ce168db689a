"""Confidence intervals for estimates and, honestly at the ends, for shares."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from scipy.special import betaincinv, expit, logit, stdtrit, xlogy

from analysis.estimation.settings import IntervalMethod
from analysis.stages import FloatArray

Interval = tuple[FloatArray, FloatArray]

_ROUND_OFF = 1e-20  # of p (1 - p): a variance below is what arithmetic leaves of zero
_NEWTON_STEPS = 60  # from a starting point beyond the root of a convex function: never more than a few


@dataclass(frozen=True, eq=False)
class _Share:
    """What an interval for shares knows, element by element."""

    value: FloatArray
    variance: FloatArray
    df: FloatArray
    row_count: FloatArray
    answer_count: FloatArray
    scaled_count: FloatArray
    level: float

    @property
    def t(self) -> FloatArray:
        """The t quantile of the interval."""
        return t_quantile(self.df, level=self.level)

    @property
    def effective(self) -> FloatArray:
        """n_e = p (1 - p) / v: the simple random sample, with replacement, that would be as precise."""
        return self.value * (1 - self.value) / self.variance


def t_quantile(degrees_of_freedom: FloatArray, *, level: float) -> FloatArray:
    """The two-sided t quantile at a confidence level; NaN without degrees of freedom."""
    df = np.where(degrees_of_freedom > 0, degrees_of_freedom, np.nan)
    different, place = np.unique(df, return_inverse=True)  # many estimates share a few, and each takes time
    return np.asarray(stdtrit(different, (1 + level) / 2)[place].reshape(df.shape), dtype=np.float64)


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
    answer_count: FloatArray | None = None,
    scaled_count: FloatArray | None = None,
) -> Interval:
    """Intervals for shares strictly between 0 and 1, element by element.

    `df` are the design's degrees of freedom in the domain and `row_count` its rows, answered or not (both as
    in R survey 4.5, `svyciprop`); `answer_count` those that answered, `scaled_count` the sum of their weights
    after the weights of all rows were scaled to a mean of 1, by default as many as the rows. A share fixed by
    the design (variance 0) has the interval [share, share].
    """
    spread = share * (1 - share)
    fixed = variance <= _ROUND_OFF * spread
    told = _Share(
        value=share,
        variance=np.where(fixed, spread, variance),
        df=df,
        row_count=row_count,
        answer_count=row_count if answer_count is None else answer_count,
        scaled_count=row_count if scaled_count is None else scaled_count,
        level=level,
    )
    low, high = _RULES[method](told)
    fixed = fixed & (df > 0)  # without degrees of freedom a variance of 0 shows nothing
    return np.where(fixed, share, low), np.where(fixed, share, high)


def _mean(share: _Share) -> Interval:
    return mean_interval(share.value, error=np.sqrt(share.variance), df=share.df, level=share.level)


def _logit(share: _Share) -> Interval:
    # svyciprop(method = "logit"): Wald limits of the log odds, whose standard error is SE / (p (1 - p))
    reach = share.t * np.sqrt(share.variance) / (share.value * (1 - share.value))
    return expit(logit(share.value) - reach), expit(logit(share.value) + reach)


def _arcsine(share: _Share) -> Interval:
    # svyciprop(method = "asin"): the standard error of arcsin √p is SE / (2 √(p (1 - p))); an angle beyond
    # 0 or a right angle is no share, and its sine would turn back
    middle = np.arcsin(np.sqrt(share.value))
    reach = share.t * np.sqrt(share.variance / (share.value * (1 - share.value))) / 2
    low, high = np.maximum(middle - reach, 0), np.minimum(middle + reach, np.pi / 2)
    return np.sin(low) ** 2, np.sin(high) ** 2


def _wilson(share: _Share) -> Interval:
    # svyciprop(method = "wilson"): Wilson's score interval with n_e = p (1 - p) / v and the t quantile
    effective, t = share.effective, share.t
    middle = share.value + t**2 / (2 * effective)
    reach = t / (2 * effective) * np.sqrt(4 * effective * share.value * (1 - share.value) + t**2)
    scale = 1 + t**2 / effective
    return (middle - reach) / scale, (middle + reach) / scale


def _korn_graubard(share: _Share) -> Interval:
    # Korn & Graubard 1998, as svyciprop(method = "beta"), which does not cap the effective sample size
    return clopper_pearson(share.value, effective=_adjusted_size(share), level=share.level)


def _capped_korn_graubard(share: _Share) -> Interval:
    # NCHS Series 2 No. 175 (2017): a design is not taken to be better than a simple random sample
    capped = np.minimum(_adjusted_size(share), share.answer_count)
    return clopper_pearson(share.value, effective=capped, level=share.level)


def _adjusted_size(share: _Share) -> FloatArray:
    """n_e (t_{n-1} / t_df)², which pays for the degrees of freedom of the design."""
    ratio = t_quantile(share.row_count - 1, level=share.level) / share.t
    return np.asarray(share.effective * ratio**2, dtype=np.float64)


def _likelihood(share: _Share) -> Interval:
    # svyciprop(method = "likelihood"), confint.svyglm: the shares q at which twice the log likelihood ratio
    # of one answer, 2 (p ln(p/q) + (1-p) ln((1-p)/(1-q))), is t² v / (p (1 - p)) × n / (n - 1); n / (n - 1)
    # is R's dispersion, in which the first n counts answers by weights scaled over all rows
    with np.errstate(divide="ignore", invalid="ignore"):
        bound = share.t**2 / share.effective * share.scaled_count / (share.answer_count - 1) / 2
    bound = np.where(np.isfinite(bound), bound, np.nan)
    low = _likelihood_limit(share.value, bound)
    return low, 1 - _likelihood_limit(1 - share.value, bound)


def _likelihood_limit(share: FloatArray, bound: FloatArray) -> FloatArray:
    """The q below p at which p ln(p/q) + (1-p) ln((1-p)/(1-q)) is the bound, by Newton's steps in logit q."""
    constant = xlogy(share, share) + xlogy(1 - share, 1 - share)
    at = (constant - bound) / share  # there ln(1/q) alone exceeds the bound; convex, so no step overshoots
    for _ in range(_NEWTON_STEPS):
        excess = constant - share * at + np.log1p(np.exp(at)) - bound
        slope = expit(at) - share
        step = np.divide(excess, slope, out=np.zeros_like(slope), where=slope < 0)
        at = at - step
        if not np.any(np.abs(step) > 1e-14 * (1 + np.abs(at))):
            break
    return np.asarray(expit(at), dtype=np.float64)


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


_RULES: Mapping[IntervalMethod, Callable[[_Share], Interval]] = MappingProxyType(
    {
        IntervalMethod.LOGIT: _logit,
        IntervalMethod.XLOGIT: _logit,
        IntervalMethod.ARCSINE: _arcsine,
        IntervalMethod.LIKELIHOOD: _likelihood,
        IntervalMethod.WILSON: _wilson,
        IntervalMethod.BETA: _korn_graubard,
        IntervalMethod.BETA_CAPPED: _capped_korn_graubard,
        IntervalMethod.MEAN: _mean,
    }
)
