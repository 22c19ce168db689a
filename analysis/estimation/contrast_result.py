"""Contrasts of estimates: values, tests and intervals, or the reason why there is none."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias, overload

import numpy as np
import pandas as pd
from scipy.special import stdtr

from analysis.choices import chosen
from analysis.errors import EstimationError
from analysis.estimation.intervals import t_quantile
from analysis.estimation.result import REASONS, Estimates, Status
from analysis.printing import Printed
from analysis.stages import FloatArray, IntArray, some

_FEW = 8  # estimates in a contrast, up to which their covariances are looked up and not multiplied
_WITHOUT_VALUE = (Status.NO_RESPONDENT, Status.ONE_RESPONDENT, Status.ZERO_DENOMINATOR)
_WITHOUT_ERROR = (*_WITHOUT_VALUE, Status.ONE_PSU, Status.NO_VARIANCE)
_GRAVITY = (Status.AVAILABLE, Status.BEYOND_ANSWERS, Status.NO_DEGREES_OF_FREEDOM, *reversed(_WITHOUT_ERROR))


class PValueAdjustment(StrEnum):
    """What p-values of several tests at once are raised to, so that their family keeps its level.

    BONFERRONI: times the number of tests. HOLM (1979): the smallest times all, the next times all but one,
    and so on, never below the one before; never larger than Bonferroni's.
    """

    NONE = "none"
    BONFERRONI = "bonferroni"
    HOLM = "holm"


@dataclass(frozen=True, eq=False)
class Slope:
    """How a contrast moves with the estimates it is made of: where these stand, and its derivatives there."""

    places: IntArray
    values: FloatArray


Slopes: TypeAlias = Sequence[Slope]


@dataclass(frozen=True, kw_only=True)
class Contrast:
    """One contrast, with the t test of its being 0; what is not available is None.

    `adjusted_p_value` takes the other contrasts of the call into account as `adjustment` says.
    """

    name: str
    value: float | None
    standard_error: float | None
    degrees_of_freedom: int
    t: float | None
    p_value: float | None
    adjusted_p_value: float | None
    adjustment: PValueAdjustment
    lower: float | None
    upper: float | None
    confidence_level: float
    status: Status

    @property
    def is_available(self) -> bool:
        """Whether there is both a value and a standard error."""
        return self.value is not None and self.standard_error is not None

    @property
    def reason(self) -> str | None:
        """Why something is missing; None when nothing is."""
        return REASONS.get(self.status)

    def __str__(self) -> str:
        if self.value is None or self.standard_error is None:
            return f"{self.name}: not available. {self.reason}"
        text = f"{self.name}: {self.value:.6g}, SE {self.standard_error:.4g}"
        if self.lower is None or self.p_value is None:
            return text
        interval = f"{self.confidence_level:.0%} {self.lower:.6g} to {self.upper:.6g}"
        text += f", {interval}, p = {self.p_value:.4g}"
        if self.adjusted_p_value is None or self.adjustment is PValueAdjustment.NONE:
            return text
        return f"{text} ({self.adjustment}: {self.adjusted_p_value:.4g})"


@dataclass(frozen=True, eq=False, repr=False)
class Contrasts(Printed, Sequence[Contrast]):
    """The contrasts of one call. `values` and `standard_errors` (one a contrast) are what the formulas gave
    before the rules of availability, NaN where they gave nothing: for further arithmetic alone.
    """

    contrasts: tuple[Contrast, ...]
    values: FloatArray
    standard_errors: FloatArray
    _slopes: Slopes = field(repr=False)
    _covariance: FloatArray = field(repr=False)

    @overload
    def __getitem__(self, index: int) -> Contrast: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Contrast, ...]: ...
    def __getitem__(self, index: int | slice) -> Contrast | tuple[Contrast, ...]:
        return self.contrasts[index]

    def __len__(self) -> int:
        return len(self.contrasts)

    def __iter__(self) -> Iterator[Contrast]:
        return iter(self.contrasts)

    def __str__(self) -> str:
        return "\n".join(str(contrast) for contrast in self.contrasts)

    def get(self, name: str) -> Contrast:
        """The contrast of that name. Raises `EstimationError` when there is none."""
        for contrast in self.contrasts:
            if contrast.name == name:
                return contrast
        names = [contrast.name for contrast in self.contrasts]
        raise EstimationError(f"There is no contrast {name}.", hint=f"Contrasts: {some(names)}.")

    def covariance(self) -> FloatArray:
        """Covariances of the contrasts (k × k), in their order."""
        jacobian, involved = _jacobian(self._slopes)
        return np.asarray(jacobian @ self._covariance[np.ix_(involved, involved)] @ jacobian.T)

    def to_frame(self) -> pd.DataFrame:
        """One row a contrast. Not available is missing; `reason` says why."""
        return pd.DataFrame(
            [
                {
                    "contrast": each.name,
                    "estimate": each.value,
                    "standard_error": each.standard_error,
                    "ci_low": each.lower,
                    "ci_high": each.upper,
                    "degrees_of_freedom": each.degrees_of_freedom,
                    "t": each.t,
                    "p_value": each.p_value,
                    "adjusted_p_value": each.adjusted_p_value,
                    "status": str(each.status),
                    "reason": each.reason,
                }
                for each in self.contrasts
            ]
        )


def compared(
    covariance: FloatArray,
    *,
    names: Sequence[str],
    values: FloatArray,
    slopes: Slopes,
    degrees_of_freedom: IntArray,
    statuses: Sequence[Status],
    confidence_level: float,
    adjustment: PValueAdjustment,
) -> Contrasts:
    """Contrasts of estimates from their values and derivatives, and the estimates' covariance matrix."""
    adjustment = chosen(PValueAdjustment, adjustment, name="adjustment")
    error = np.sqrt(np.maximum(variances(slopes, covariance), 0.0))
    tested = _Tested(values, error, degrees_of_freedom, confidence_level, adjustment)
    return Contrasts(
        contrasts=_collect(names, tested, statuses),
        values=values,
        standard_errors=error,
        _slopes=tuple(slopes),
        _covariance=covariance,
    )


def fewest_degrees_of_freedom(estimates: Estimates, slopes: Slopes) -> IntArray:
    """The fewest degrees of freedom of the estimates that each contrast is made of."""
    known = [estimate.degrees_of_freedom for estimate in estimates]
    fewest = [min((known[place] for place in each.places), default=0) for each in slopes]
    return np.array(fewest, dtype=np.int64)


def gravest_statuses(estimates: Estimates, slopes: Slopes) -> list[Status]:
    """The gravest status of the estimates that each contrast is made of; no value is graver than no error."""
    known = [estimate.status for estimate in estimates]
    return [
        max((known[place] for place in each.places), key=_GRAVITY.index, default=Status.AVAILABLE)
        for each in slopes
    ]


def variances(slopes: Slopes, covariance: FloatArray) -> FloatArray:
    """The variance of each contrast from the covariance of all estimates.

    Of an estimate that a contrast leaves out it asks nothing, not even a variance. Contrasts of equally many
    estimates go together.
    """
    result = np.zeros(len(slopes))
    for size in {each.places.size for each in slopes}:
        rows = [row for row, each in enumerate(slopes) if each.places.size == size]
        chosen = [slopes[row] for row in rows]
        if size > _FEW:
            jacobian, places = _jacobian(chosen)
            product = jacobian @ covariance[np.ix_(places, places)]
            result[rows] = np.einsum("ij,ij->i", product, jacobian)
            continue
        place, slope = np.array([each.places for each in chosen]), np.array([each.values for each in chosen])
        for one in range(size):
            beside = covariance[place[:, one, None], place]
            result[rows] += slope[:, one] * np.einsum("ij,ij->i", beside, slope)
    return result


def _jacobian(slopes: Slopes) -> tuple[FloatArray, IntArray]:
    """The derivatives (contrasts × estimates involved), and the places of these estimates."""
    involved = np.unique(np.concatenate([each.places for each in slopes]))
    result = np.zeros((len(slopes), involved.size))
    for row, each in enumerate(slopes):
        np.add.at(result[row], np.searchsorted(involved, each.places), each.values)
    return result, involved


@dataclass(frozen=True, eq=False)
class _Tested:
    value: FloatArray
    error: FloatArray
    df: IntArray
    level: float
    adjustment: PValueAdjustment

    @property
    def t(self) -> FloatArray:
        known = (self.error > 0) & (self.df > 0)
        nothing = np.full(self.value.shape, np.nan)
        return np.asarray(np.divide(self.value, self.error, out=nothing, where=known))

    @property
    def p_value(self) -> FloatArray:
        return np.asarray(2 * stdtr(np.maximum(self.df, 1), -np.abs(self.t)), dtype=np.float64)


def adjusted(p_values: FloatArray, adjustment: PValueAdjustment) -> FloatArray:
    """P-values of a family of tests, adjusted; NaN stays and does not count as a test."""
    result = p_values.copy()
    known = np.flatnonzero(~np.isnan(p_values))
    if adjustment is PValueAdjustment.BONFERRONI:
        result[known] = np.minimum(p_values[known] * known.size, 1.0)
    elif adjustment is PValueAdjustment.HOLM:
        ascending = known[np.argsort(p_values[known], kind="stable")]
        raised = p_values[ascending] * np.arange(known.size, 0, -1)
        result[ascending] = np.minimum(np.maximum.accumulate(raised), 1.0)
    return result


def _collect(names: Sequence[str], tested: _Tested, statuses: Sequence[Status]) -> tuple[Contrast, ...]:
    without_value = np.array([status in _WITHOUT_VALUE for status in statuses], dtype=np.bool_)
    without_error = np.array([status in _WITHOUT_ERROR for status in statuses], dtype=np.bool_)
    value = np.where(without_value, np.nan, tested.value)
    error = np.where(without_error, np.nan, tested.error)
    shown = _Tested(value, error, tested.df, tested.level, tested.adjustment)
    reach = t_quantile(shown.df.astype(np.float64), level=shown.level) * error
    p_value, t = shown.p_value, shown.t
    raised = adjusted(p_value, shown.adjustment)
    return tuple(
        Contrast(
            name=name,
            value=_or_none(value[place]),
            standard_error=_or_none(error[place]),
            degrees_of_freedom=int(shown.df[place]),
            t=_or_none(t[place]),
            p_value=_or_none(p_value[place]),
            adjusted_p_value=_or_none(raised[place]),
            adjustment=shown.adjustment,
            lower=_or_none(value[place] - reach[place]),
            upper=_or_none(value[place] + reach[place]),
            confidence_level=shown.level,
            status=statuses[place],
        )
        for place, name in enumerate(names)
    )


def _or_none(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
