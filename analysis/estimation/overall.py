"""How domains differ from all domains together: each estimate less the overall one, which contains it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from analysis.design import as_names
from analysis.errors import EstimationError
from analysis.estimation.answers import answered
from analysis.estimation.contrast_result import Contrasts, PValueAdjustment, Slope, compared
from analysis.estimation.estimators import total
from analysis.estimation.result import Estimates
from analysis.estimation.settings import DEFAULT_SETTINGS, EstimationSettings
from analysis.items import item_matrix
from analysis.sample import Sample
from analysis.stages import BoolArray, FloatArray, some

_VALUE, _COUNT = "(value)", "(answered)"  # columns that a call adds to the sample


def differences_from_overall(
    sample: Sample,
    of: str,
    *,
    by: str | Sequence[str],
    categories: Sequence[object] | None = None,
    settings: EstimationSettings = DEFAULT_SETTINGS,
    adjustment: PValueAdjustment = PValueAdjustment.HOLM,
) -> Contrasts:
    """The mean of one item in each domain less its mean in all domains together, with the t test of 0.

    With `categories`, the share answering any of them instead. A domain is part of the whole, so the two are
    not independent: the standard error comes from the covariance of all domains' sums (delta method, Wolter
    2007, §6.5). Degrees of freedom are the domain's. P-values are adjusted over the domains. Raises
    `EstimationError` for unknown columns and without domain variables, `DomainIsPsuError` for domains that
    are single PSUs.
    """
    if not as_names(by):
        raise EstimationError("Without domains there is no difference from all.", hint="Name them in by=….")
    values, known = _values(sample, of, categories)
    counting = answered(sample, known[:, None], missing=settings.missing)[:, 0]
    asked = sample.where(counting)
    weights = np.where(asked.members, asked.weights, 0.0)
    whole = weights.sum()
    # measured from their mean, large values with a small spread lose no digits
    centre = float(weights @ values / whole) if whole else 0.0
    added = {_VALUE: np.where(counting, values - centre, 0.0), _COUNT: counting.astype(np.float64)}
    sums = total(asked.with_columns(added), [_VALUE, _COUNT], by=by, settings=settings)
    return _compared(sums, settings=settings, adjustment=adjustment)


def _values(sample: Sample, of: str, categories: Sequence[object] | None) -> tuple[FloatArray, BoolArray]:
    """What is averaged, 0 where there is no answer, and where there is one."""
    if categories is None:
        numbers = item_matrix(sample.frame, [of])[:, 0]
        return np.nan_to_num(numbers), ~np.isnan(numbers)
    if of not in sample.frame.columns:
        columns = some(list(sample.frame.columns))
        raise EstimationError(f"There is no column {of}.", hint=f"Columns: {columns}.")
    column = sample.frame[of]
    chosen = np.asarray(column.isin(list(categories)), dtype=np.float64)
    return chosen, np.asarray(column.notna(), dtype=np.bool_)


def _compared(sums: Estimates, *, settings: EstimationSettings, adjustment: PValueAdjustment) -> Contrasts:
    """From the domains' sums of values and of answers, Y_d / X_d - ΣY / ΣX and its derivatives."""
    count = len(sums) // 2
    domains = sums[:count]
    y, x = sums.values[:count], sums.values[count:]
    present = np.flatnonzero(x != 0)
    inverse = np.divide(1.0, x, out=np.full(count, np.nan), where=x != 0)
    share = 1 / x.sum() if x.sum() else np.nan
    overall = y.sum() * share
    places = np.concatenate([present, count + present])
    of_overall = np.repeat([-share, overall * share], present.size)
    slopes = []
    for domain in range(count):
        own = (present == domain).astype(np.float64)
        slope = np.concatenate([own, -y[domain] * inverse[domain] * own]) * inverse[domain]
        slopes.append(Slope(places, slope + of_overall))
    return compared(
        sums.covariance(),
        names=[" × ".join(map(str, each.domain.values())) for each in domains],
        values=y * inverse - overall,
        slopes=slopes,
        degrees_of_freedom=np.array([each.degrees_of_freedom for each in domains], dtype=np.int64),
        statuses=[each.status for each in domains],
        confidence_level=settings.confidence_level,
        adjustment=adjustment,
    )
