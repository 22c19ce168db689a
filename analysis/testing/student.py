"""Student's t for an estimate with a design-based variance."""

from __future__ import annotations

import numpy as np
from scipy import stats

from analysis.estimation.intervals import t_quantile
from analysis.sample import Sample
from analysis.testing.result import Group, HypothesisStatus, HypothesisTest, known

_ROUND_OFF = 1e-12  # of the means: a smaller standard error is what arithmetic leaves of zero


def student_test(
    answered: Sample,
    *,
    question: str,
    method: str,
    estimate: float,
    variance: float,
    df: int,
    level: float,
    against: float = 0.0,
    groups: tuple[Group, ...] = (),
) -> HypothesisTest:
    """Test whether what `estimate` estimates is `against`: t = (estimate - against) / √variance."""
    error = float(np.sqrt(variance))
    size = max(abs(number) for number in (estimate, against, *(group.mean for group in groups)))
    varies = error > _ROUND_OFF * size
    statistic = (estimate - against) / error if varies else np.nan
    status = _status(statistic, df)
    p_value, lower, upper = np.nan, np.nan, np.nan
    if status is HypothesisStatus.AVAILABLE:
        p_value = 2 * float(stats.t.sf(abs(statistic), df))
        half = error * float(t_quantile(np.array([float(df)]), level=level)[0])
        lower, upper = estimate - half, estimate + half
    return HypothesisTest(
        question=question,
        method=method,
        statistic_name="t",
        statistic=known(statistic),
        degrees_of_freedom=float(df),
        p_value=known(p_value),
        estimate=estimate,
        standard_error=error if varies else None,
        lower=known(lower),
        upper=known(upper),
        confidence_level=level,
        respondent_count=int(answered.members.sum()),
        groups=groups,
        status=status,
        design=answered.design,
    )


def _status(statistic: float, df: int) -> HypothesisStatus:
    if np.isnan(statistic):
        return HypothesisStatus.NO_VARIANCE
    return HypothesisStatus.AVAILABLE if df > 0 else HypothesisStatus.NO_DEGREES_OF_FREEDOM
