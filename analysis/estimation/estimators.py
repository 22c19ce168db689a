"""Means, totals, ratios, shares and counts, overall and by any crossing of domains, many items at once."""

from __future__ import annotations

from collections.abc import Sequence

from analysis.design import as_names
from analysis.errors import EstimationError
from analysis.estimation.assembly import Question, answer
from analysis.estimation.compact import CompactTable
from analysis.estimation.domains import cross
from analysis.estimation.reading import category_items, number_items
from analysis.estimation.result import Estimates, Statistic
from analysis.estimation.settings import DEFAULT_SETTINGS, EstimationSettings
from analysis.estimation.table_estimates import category_estimates, number_estimates
from analysis.sample import Sample


def mean(
    sample: Sample | CompactTable,
    of: str | Sequence[str],
    *,
    by: str | Sequence[str] = (),
    settings: EstimationSettings = DEFAULT_SETTINGS,
) -> Estimates:
    """Weighted means Σwy / Σw of the answers to each item, in each domain.

    From a sample, or from its compact table (`tabulate`). `of` names numeric columns, `by` the domain
    variables (crossed). Standard errors by linearization,
    intervals by t. Raises `EstimationError` for unknown or non-numeric columns, `DomainIsPsuError` for
    domains that are single PSUs (use `sample.within`).
    """
    return _linear(sample, Statistic.MEAN, of=of, by=by, settings=settings)


def total(
    sample: Sample | CompactTable,
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
    sample: Sample | CompactTable,
    of: str | Sequence[str],
    *,
    to: str | Sequence[str],
    by: str | Sequence[str] = (),
    settings: EstimationSettings = DEFAULT_SETTINGS,
) -> Estimates:
    """Ratios of totals Σwy / Σwx over the rows that have both; the item is named "y / x".

    `to` names one denominator for all of `of`, or one for each; any other number of them raises
    `EstimationError`. Arguments and errors otherwise as for `mean`.
    """
    above, below = as_names(of), as_names(to)
    if len(below) == 1:
        below = below * len(above)
    if len(above) != len(below):
        raise EstimationError(
            f"{len(above)} numerators for {len(below)} denominators.",
            hint="Give one denominator, or one for each.",
        )
    names = [f"{name} / {other}" for name, other in zip(above, below, strict=True)]
    if isinstance(sample, CompactTable):
        return number_estimates(sample, Statistic.RATIO, of=names, by=by, settings=settings)
    values = number_items(sample, above, below, missing=settings.missing)
    items = tuple((name, None) for name in names)
    return answer(
        sample, Question(Statistic.RATIO, items, values), domains=cross(sample, by), settings=settings
    )


def share(
    sample: Sample | CompactTable,
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
    return _categorical(sample, Statistic.SHARE, of=of, categories=categories, by=by, settings=settings)


def count(
    sample: Sample | CompactTable,
    of: str | Sequence[str],
    *,
    categories: Sequence[object] | None = None,
    by: str | Sequence[str] = (),
    settings: EstimationSettings = DEFAULT_SETTINGS,
) -> Estimates:
    """Estimated numbers of people by what they answered; arguments as for `share`, intervals by t."""
    return _categorical(sample, Statistic.COUNT, of=of, categories=categories, by=by, settings=settings)


def _linear(
    sample: Sample | CompactTable,
    statistic: Statistic,
    *,
    of: str | Sequence[str],
    by: str | Sequence[str],
    settings: EstimationSettings,
) -> Estimates:
    names = as_names(of)
    if isinstance(sample, CompactTable):
        return number_estimates(sample, statistic, of=names, by=by, settings=settings)
    values = number_items(sample, names, None, missing=settings.missing)
    items = tuple((name, None) for name in names)
    return answer(sample, Question(statistic, items, values), domains=cross(sample, by), settings=settings)


def _categorical(
    sample: Sample | CompactTable,
    statistic: Statistic,
    *,
    of: str | Sequence[str],
    categories: Sequence[object] | None,
    by: str | Sequence[str],
    settings: EstimationSettings,
) -> Estimates:
    names = as_names(of)
    if isinstance(sample, CompactTable):
        return category_estimates(
            sample, statistic, of=names, categories=categories, by=by, settings=settings
        )
    items, values = category_items(sample, names, categories=categories, missing=settings.missing)
    question = Question(statistic, items, values, tuple(categories or ()))
    return answer(sample, question, domains=cross(sample, by), settings=settings)
