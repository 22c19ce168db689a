"""Means, totals, ratios, shares and counts, overall and by any crossing of domains, many items at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from analysis.design import as_names
from analysis.errors import EstimationError
from analysis.estimation.assembly import Question, answer
from analysis.estimation.domains import cross
from analysis.estimation.result import Estimates, Statistic
from analysis.estimation.settings import DEFAULT_SETTINGS, EstimationSettings, MissingRule
from analysis.estimation.totals import ItemValues
from analysis.sample import Sample
from analysis.stages import BoolArray, FloatArray, some


def mean(
    sample: Sample,
    of: str | Sequence[str],
    *,
    by: str | Sequence[str] = (),
    settings: EstimationSettings = DEFAULT_SETTINGS,
) -> Estimates:
    """Weighted means Σwy / Σw of the answers to each item, in each domain.

    `of` names numeric columns, `by` the domain variables (crossed). Standard errors by linearization,
    intervals by t. Raises `EstimationError` for unknown or non-numeric columns, `DomainIsPsuError` for
    domains that are single PSUs (use `sample.within`).
    """
    return _linear(sample, Statistic.MEAN, of=of, by=by, settings=settings)


def total(
    sample: Sample,
    of: str | Sequence[str],
    *,
    by: str | Sequence[str] = (),
    settings: EstimationSettings = DEFAULT_SETTINGS,
) -> Estimates:
    """Estimated population totals Σwy of each item, in each domain; a missing answer counts nothing.

    Arguments and errors as for `mean`.
    """
    return _linear(sample, Statistic.TOTAL, of=of, by=by, settings=settings)


def ratio(
    sample: Sample,
    of: str | Sequence[str],
    *,
    to: str | Sequence[str],
    by: str | Sequence[str] = (),
    settings: EstimationSettings = DEFAULT_SETTINGS,
) -> Estimates:
    """Ratios of totals Σwy / Σwx over the rows that have both; the item is named "y / x".

    `to` names one denominator for all of `of`, or one for each. Arguments and errors otherwise as for `mean`.
    """
    above, below = as_names(of), as_names(to)
    if len(below) == 1:
        below = below * len(above)
    if len(above) != len(below):
        raise EstimationError(
            f"{len(above)} numerators for {len(below)} denominators.",
            hint="Give one denominator, or one for each.",
        )
    y, x = _numbers(sample, above), _numbers(sample, below)
    answered = _answered(sample, ~(np.isnan(y) | np.isnan(x)), settings)
    values = _centred(sample, y, x, answered=answered)
    items = tuple((f"{name} / {other}", None) for name, other in zip(above, below, strict=True))
    return answer(
        sample, Question(Statistic.RATIO, items, values), domains=cross(sample, by), settings=settings
    )


def share(
    sample: Sample,
    of: str | Sequence[str],
    *,
    categories: Sequence[object] | None = None,
    by: str | Sequence[str] = (),
    settings: EstimationSettings = DEFAULT_SETTINGS,
) -> Estimates:
    """Weighted shares (0–1) of the answers to each item, in each domain.

    With `categories`, the share answering any of them: [4, 5] for the top two boxes, one estimate an item.
    Without, the share of every category that occurs. Columns may hold numbers or words. Intervals as
    `settings.share_interval` says, one-sided at exactly 0 and 1. Errors as for `mean`.
    """
    question = _categorical(sample, Statistic.SHARE, of=of, categories=categories, settings=settings)
    return answer(sample, question, domains=cross(sample, by), settings=settings)


def count(
    sample: Sample,
    of: str | Sequence[str],
    *,
    categories: Sequence[object] | None = None,
    by: str | Sequence[str] = (),
    settings: EstimationSettings = DEFAULT_SETTINGS,
) -> Estimates:
    """Estimated numbers of people by what they answered; arguments as for `share`, intervals by t."""
    question = _categorical(sample, Statistic.COUNT, of=of, categories=categories, settings=settings)
    return answer(sample, question, domains=cross(sample, by), settings=settings)


def _linear(
    sample: Sample,
    statistic: Statistic,
    *,
    of: str | Sequence[str],
    by: str | Sequence[str],
    settings: EstimationSettings,
) -> Estimates:
    names = as_names(of)
    y = _numbers(sample, names)
    answered = _answered(sample, ~np.isnan(y), settings)
    values = _centred(sample, y, np.ones_like(y), answered=answered)
    items = tuple((name, None) for name in names)
    return answer(sample, Question(statistic, items, values), domains=cross(sample, by), settings=settings)


def _categorical(
    sample: Sample,
    statistic: Statistic,
    *,
    of: str | Sequence[str],
    categories: Sequence[object] | None,
    settings: EstimationSettings,
) -> Question:
    names = as_names(of)
    _refuse_unknown(sample, names)
    columns = [sample.frame[name] for name in names]
    answered = _answered(sample, np.column_stack([column.notna().to_numpy() for column in columns]), settings)
    items: list[tuple[str, object | None]] = []
    indicators, places = [], []
    for place, (name, column) in enumerate(zip(names, columns, strict=True)):
        if categories is None:
            chosen = [(category, [category]) for category in _categories(column)]
        else:
            chosen = [(None, list(categories))]
        for category, members in chosen:
            items.append((name, category))
            indicators.append(column.isin(members).to_numpy(dtype=np.float64))
            places.append(place)
    if not items:
        raise EstimationError(f"Nobody answered {some(names)}.", hint="Name the categories to look for.")
    x = answered[:, places].astype(np.float64)
    values = ItemValues(y=np.column_stack(indicators) * x, x=x, answered=x, centre=np.zeros(len(items)))
    return Question(statistic, tuple(items), values)


def _categories(column: pd.Series) -> list[object]:
    if isinstance(column.dtype, pd.CategoricalDtype):
        return list(column.cat.categories)
    return list(np.sort(column.dropna().unique()).tolist())


def _numbers(sample: Sample, names: Sequence[str]) -> FloatArray:
    """The columns as floats, NaN where missing; shape (rows, items)."""
    _refuse_unknown(sample, names)
    columns = []
    for name in names:
        column = sample.frame[name]
        if not pd.api.types.is_numeric_dtype(column.dtype):
            raise EstimationError(
                f"Column {name} is {column.dtype}, not numbers.",
                hint="Use share or count for words and codes.",
            )
        columns.append(column.to_numpy(dtype=np.float64, na_value=np.nan))
    values = np.column_stack(columns)
    infinite = np.isinf(values)
    if infinite.any():
        row, item = np.argwhere(infinite)[0]
        raise EstimationError(
            f"Column {names[item]} is infinite in row {sample.frame.index[row]}.",
            hint="Make it missing, or mend it.",
        )
    return values


def _refuse_unknown(sample: Sample, names: Sequence[str]) -> None:
    if not names:
        raise EstimationError("There is no item to estimate.", hint="Name one or more columns.")
    unknown = [name for name in names if name not in sample.frame.columns]
    if unknown:
        raise EstimationError(
            f"There is no column {some(unknown)}.", hint=f"Columns: {some(list(sample.frame.columns))}."
        )


def _answered(sample: Sample, each: BoolArray, settings: EstimationSettings) -> BoolArray:
    """Which rows count for which item, shape (rows, items)."""
    complete = np.asarray(each.all(axis=1), dtype=np.bool_)
    if settings.missing is MissingRule.BY_ITEM:
        return each
    if settings.missing is MissingRule.REFUSE and not complete[sample.members].all():
        rows = list(sample.frame.index[sample.members & ~complete])
        raise EstimationError(
            f"Answers are missing in rows {some(rows)}.",
            hint="MissingRule.BY_ITEM leaves them out of the estimate.",
        )
    return np.broadcast_to(complete[:, None], each.shape)


def _centred(sample: Sample, y: FloatArray, x: FloatArray, *, answered: BoolArray) -> ItemValues:
    """y less its overall multiple of x, so that no digits are lost to a large mean."""
    y, x = np.where(answered, y, 0.0), np.where(answered, x, 0.0)
    weights = np.where(sample.members, sample.weights, 0.0)
    above, below = weights @ y, weights @ x
    centre = np.divide(above, below, out=np.zeros_like(below), where=below != 0)
    return ItemValues(y=y - centre * x, x=x, answered=answered.astype(np.float64), centre=centre)
