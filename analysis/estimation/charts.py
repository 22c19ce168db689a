"""The data of charts, made from estimates: what to draw, in order, with nothing left to compute."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from analysis.errors import EstimationError
from analysis.estimation.result import Estimate, Estimates
from analysis.stages import some


@dataclass(frozen=True)
class ForestRow:
    """One line of a forest plot: a point with its interval, or the reason why there is none."""

    label: str
    estimate: float | None
    lower: float | None
    upper: float | None
    respondent_count: int
    reason: str | None


@dataclass(frozen=True)
class ForestPlot:
    """Estimates one below the other on one axis, with a line to compare them with."""

    title: str
    rows: tuple[ForestRow, ...]
    reference: float | None
    confidence_level: float


@dataclass(frozen=True)
class LikertSegment:
    """One piece of a stacked bar: the share of a category, from `start` to `end` of the bar (0–1)."""

    category: object
    share: float
    start: float
    end: float


@dataclass(frozen=True)
class LikertBar:
    """One stacked bar: the shares of the categories in their order; none where `reason` says why."""

    label: str
    segments: tuple[LikertSegment, ...]
    respondent_count: int
    reason: str | None


@dataclass(frozen=True)
class LikertChart:
    """Stacked bars of the same categories, one an item and domain."""

    categories: tuple[object, ...]
    bars: tuple[LikertBar, ...]


def forest_plot(estimates: Estimates, *, reference: float | None = None, title: str = "") -> ForestPlot:
    """A forest plot of estimates of one kind, in their order.

    `reference` is the value of the line to compare with (the overall estimate, a target), on the axis of the
    estimates. A row is labelled by what tells it from the others: item, category, domain. Raises
    `EstimationError` when there is no estimate.
    """
    _require(estimates)
    parts = _telling(estimates)
    rows = tuple(
        ForestRow(
            label=_label(estimate, parts),
            estimate=estimate.value,
            lower=estimate.lower,
            upper=estimate.upper,
            respondent_count=estimate.respondent_count,
            reason=estimate.reason,
        )
        for estimate in estimates
    )
    return ForestPlot(title, rows, reference, estimates[0].confidence_level)


def likert_chart(shares: Estimates, *, categories: Sequence[object] | None = None) -> LikertChart:
    """Stacked bars from the shares of every category (`share` without `categories`), one an item and domain.

    `categories` is their order on the bars, by default that of the estimates; one that nobody chose has a
    share of 0. Raises `EstimationError` for estimates without categories, or with others than named.
    """
    _require(shares)
    if any(estimate.category is None for estimate in shares):
        raise EstimationError(
            "A stacked bar needs the share of every category.", hint="Leave categories out."
        )
    occurring = list(dict.fromkeys(estimate.category for estimate in shares))
    order = occurring if categories is None else list(categories)
    left_out = [category for category in occurring if category not in order]
    if left_out:
        raise EstimationError(f"The order leaves out {some(left_out)}.", hint="A bar shows every answer.")
    bars: dict[tuple[object, ...], list[Estimate]] = {}
    for estimate in shares:
        bars.setdefault((estimate.item, *estimate.domain.values()), []).append(estimate)
    parts = _telling(shares)
    return LikertChart(tuple(order), tuple(_bar(bar, order, parts) for bar in bars.values()))


def _bar(shares: Sequence[Estimate], order: Sequence[object], parts: tuple[bool, bool]) -> LikertBar:
    by_category = {estimate.category: estimate for estimate in shares}
    first = shares[0]
    segments, end = [], 0.0
    if all(estimate.value is not None for estimate in shares):
        for category in order:
            value = by_category[category].value if category in by_category else None
            start, end = end, min(1.0, end + (value or 0.0))
            segments.append(LikertSegment(category, value or 0.0, start, end))
    label = _label(first, (parts[0], False))
    reason = None if segments else first.reason
    return LikertBar(label, tuple(segments), first.respondent_count, reason)


def _require(estimates: Estimates) -> None:
    if not len(estimates):
        raise EstimationError(
            "There is nothing to draw.", hint="Estimate for an item and a domain that exist."
        )


def _telling(estimates: Estimates) -> tuple[bool, bool]:
    """Whether items, and categories, tell the estimates apart."""
    items = {estimate.item for estimate in estimates}
    categories = {estimate.category for estimate in estimates}
    return len(items) > 1 or not estimates.domain_names, len(categories) > 1


def _label(estimate: Estimate, parts: tuple[bool, bool]) -> str:
    item, category = parts
    named = [estimate.item] * item + [str(estimate.category)] * category
    return ", ".join([*named, *(str(label) for label in estimate.domain.values())])
