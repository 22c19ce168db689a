"""The precision of proportions: Korn–Graubard intervals, effective samples, and which standards they miss."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from analysis.errors import SuppressionError
from analysis.estimation.intervals import clopper_pearson, t_quantile
from analysis.estimation.result import Estimate
from analysis.stages import BoolArray, FloatArray


class DecisionReason(StrEnum):
    """Why a proportion is not simply published."""

    NOT_AVAILABLE = "not_available"
    TOO_FEW_TO_SHOW = "too_few_to_show"
    TOO_FEW_TO_PUBLISH = "too_few_to_publish"
    SAMPLE_TOO_SMALL = "sample_too_small"
    EFFECTIVE_SAMPLE_TOO_SMALL = "effective_sample_too_small"
    INTERVAL_TOO_WIDE = "interval_too_wide"
    RELATIVE_INTERVAL_TOO_WIDE = "relative_interval_too_wide"
    NO_STANDARD_ERROR = "no_standard_error"
    FEW_DEGREES_OF_FREEDOM = "few_degrees_of_freedom"
    ZERO_OR_ONE = "zero_or_one"
    COMPLEMENT_UNCERTAIN = "complement_uncertain"
    RARE_ANSWER_UNCERTAIN = "rare_answer_uncertain"


@dataclass(frozen=True, kw_only=True)
class ProportionStandards:
    """The limits for proportions, as data: those of NCHS (Parker et al. 2017, table 1) and one more.

    Suppressed with n or effective n below the `least_…`, when the 95 % Korn–Graubard interval is
    `widest_interval` or more, or wider than `narrow_interval` and than `widest_relative_interval` times the
    proportion. Flagged with degrees of freedom below `least_degrees_of_freedom`, at exactly 0 or 1, and where
    the relative width is too large for the complement 1 - p.

    The one more: flagged when the standard error is more than `widest_relative_error` of the rarer answer's
    share, min(p, 1 - p) (the earlier criterion of NCHS, Klein et al. 2002; infinite: not asked). In
    simulations (docs/methodology.md) intervals cover less than 93 % where the rarer answer has about five
    effective respondents, and a narrow width alone lets most of these pass. Raises `SuppressionError` for
    limits that contradict each other.
    """

    code: str = "nchs-series-2-no-175+relative-error/1"
    least_sample_size: int = 30
    least_effective_sample_size: float = 30.0
    widest_interval: float = 0.30
    narrow_interval: float = 0.05
    widest_relative_interval: float = 1.30
    widest_relative_error: float = 0.30
    least_degrees_of_freedom: int = 8
    confidence_level: float = 0.95

    def __post_init__(self) -> None:
        wrong = []
        if not 0 <= self.narrow_interval <= self.widest_interval <= 1:
            wrong.append(f"narrow interval {self.narrow_interval}, widest interval {self.widest_interval}")
        if self.least_sample_size < 1 or self.least_effective_sample_size < 0:
            wrong.append(f"n {self.least_sample_size}, effective n {self.least_effective_sample_size}")
        if not (self.widest_relative_interval > 0 and self.widest_relative_error > 0):
            relative = f"relative width {self.widest_relative_interval}"
            wrong.append(f"{relative}, relative error {self.widest_relative_error}")
        if not 0 < self.confidence_level < 1:
            wrong.append(f"confidence level {self.confidence_level}")
        if wrong:
            raise SuppressionError(
                f"Standards {self.code}: {'; '.join(wrong)}.",
                hint="Widths lie in 0 ≤ narrow ≤ widest ≤ 1, sizes and relative limits above 0.",
            )


@dataclass(frozen=True, eq=False)
class ProportionPrecision:
    """How precise proportions are; arrays of one entry a proportion, NaN where not available."""

    share: FloatArray
    respondent_count: FloatArray
    effective_sample_size: FloatArray
    lower: FloatArray
    upper: FloatArray
    degrees_of_freedom: FloatArray

    def reasons(self, standards: ProportionStandards) -> dict[DecisionReason, BoolArray]:
        """For every reason, where it applies (Parker et al. 2017, figure 1); the order is that of the report.

        At exactly 0 and 1 no relative width exists; the other limits hold, and somebody must look.
        """
        width, share = self.upper - self.lower, self.share
        inner = (share > 0) & (share < 1)
        between = inner & (width > standards.narrow_interval) & (width < standards.widest_interval)
        with np.errstate(divide="ignore", invalid="ignore"):
            relative, of_complement = width / share, width / (1 - share)
            rarer = np.minimum(share, 1 - share)
            relative_error = np.sqrt((1 - rarer) / (rarer * self.effective_sample_size))
        most = standards.widest_relative_interval
        known = np.isfinite(share)
        return {
            DecisionReason.SAMPLE_TOO_SMALL: known & (self.respondent_count < standards.least_sample_size),
            DecisionReason.EFFECTIVE_SAMPLE_TOO_SMALL: (
                self.effective_sample_size < standards.least_effective_sample_size
            ),
            DecisionReason.INTERVAL_TOO_WIDE: width >= standards.widest_interval,
            DecisionReason.RELATIVE_INTERVAL_TOO_WIDE: between & (relative > most),
            DecisionReason.NO_STANDARD_ERROR: known & np.isnan(width),
            DecisionReason.FEW_DEGREES_OF_FREEDOM: known
            & (self.degrees_of_freedom < standards.least_degrees_of_freedom),
            DecisionReason.ZERO_OR_ONE: known & ~inner,
            DecisionReason.COMPLEMENT_UNCERTAIN: between & ~(relative > most) & (of_complement > most),
            DecisionReason.RARE_ANSWER_UNCERTAIN: inner & (relative_error > standards.widest_relative_error),
        }

    def at(self, place: int) -> tuple[float | None, float | None, float | None]:
        """Effective sample size and limits of one proportion; None where not available."""
        values = (self.effective_sample_size[place], self.lower[place], self.upper[place])
        effective, lower, upper = (float(value) if np.isfinite(value) else None for value in values)
        return effective, lower, upper


def proportion_precision(
    share: FloatArray,
    *,
    variance: FloatArray,
    respondent_count: FloatArray,
    degrees_of_freedom: FloatArray,
    effective_at_ends: FloatArray,
    confidence_level: float = 0.95,
) -> ProportionPrecision:
    """Effective sample sizes and Korn–Graubard limits (1998) of proportions, element by element.

    n_e = p (1 - p)/v, at most n; for the limits times (t_{n-1}/t_df)², again at most n. Proportions of
    exactly 0 and 1 show no variance: `effective_at_ends` is their n_e (n over an assumed design effect).
    """
    spread = share * (1 - share)
    inner = spread > 0
    with np.errstate(divide="ignore", invalid="ignore"):
        effective = np.where(inner, spread / variance, effective_at_ends)
        effective = np.where(np.isfinite(share), np.minimum(effective, respondent_count), np.nan)
        ratio = t_quantile(respondent_count - 1, level=confidence_level) / t_quantile(
            degrees_of_freedom, level=confidence_level
        )
        adjusted = np.minimum(effective * ratio**2, respondent_count)
    lower, upper = clopper_pearson(share, effective=adjusted, level=confidence_level)
    return ProportionPrecision(share, respondent_count, effective, lower, upper, degrees_of_freedom)


def precision_of(estimates: Sequence[Estimate], *, confidence_level: float) -> ProportionPrecision:
    """The precision of estimated shares."""

    def column(name: str) -> FloatArray:
        values = [getattr(each, name) for each in estimates]
        return np.array([np.nan if value is None else float(value) for value in values])

    return proportion_precision(
        column("value"),
        variance=column("standard_error") ** 2,
        respondent_count=column("respondent_count"),
        degrees_of_freedom=column("degrees_of_freedom"),
        effective_at_ends=np.array([_effective_at_end(each) for each in estimates]),
        confidence_level=confidence_level,
    )


def _effective_at_end(estimate: Estimate) -> float:
    """The effective sample size behind the open limit of a share of 0 or 1: (α/2)^(1/n_e) from the end."""
    if estimate.value not in (0.0, 1.0) or estimate.lower is None or estimate.upper is None:
        return np.nan
    open_end = estimate.lower if estimate.value == 1 else 1 - estimate.upper
    return (
        float(np.log((1 - estimate.confidence_level) / 2) / np.log(open_end)) if 0 < open_end < 1 else np.nan
    )
