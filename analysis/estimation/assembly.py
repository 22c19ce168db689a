"""From sums to estimates: values, variances, design effects, intervals, and what is not available."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from analysis.estimation.availability import (
    WITHOUT_ERROR,
    WITHOUT_VALUE,
    Membership,
    has_status,
    membership_in,
    refuse_errors_in_one_psu,
    refuse_psu_domains,
    statuses,
)
from analysis.estimation.covariance import covariance
from analysis.estimation.domains import Domains
from analysis.estimation.intervals import clopper_pearson, mean_interval, share_interval
from analysis.estimation.items import Influence, Items
from analysis.estimation.linearization import variances
from analysis.estimation.replication import replicated_uncertainty
from analysis.estimation.residual_totals import ResidualTotals, has_cells
from analysis.estimation.result import INTERVAL_METHODS, EstimateColumns, Estimates, Statistic
from analysis.estimation.row_residuals import RowResiduals
from analysis.estimation.settings import (
    DesignEffectReference,
    EstimationSettings,
    IntervalMethod,
    OnePsuDomains,
)
from analysis.estimation.totals import DomainTotals, TotalsTable, squared_weights, tabulate
from analysis.estimation.uncertainty import Uncertainty
from analysis.sample import Sample
from analysis.stages import BoolArray, FloatArray, IntArray

_SUMS = (Statistic.TOTAL, Statistic.COUNT)  # the others are ratios of sums


@dataclass(frozen=True, eq=False)
class Question:
    """What one call asks for: the statistic, the items (with category, if any) and the values to sum.

    `categories` are those asked for together, if any.
    """

    statistic: Statistic
    items: tuple[tuple[str, object | None], ...]
    values: Items
    categories: tuple[object, ...] = ()


@dataclass(frozen=True, eq=False)
class _Numbers:
    """The arrays behind the estimates, shape (domains, items)."""

    value: FloatArray
    variance: FloatArray
    design_effect: FloatArray
    status: IntArray
    low: FloatArray
    high: FloatArray
    method: IntArray


def answer(
    sample: Sample, question: Question, *, domains: Domains, settings: EstimationSettings
) -> Estimates:
    """Estimate everything the question asks for, in every domain.

    Raises `DomainIsPsuError` when the domains are single PSUs and the settings refuse them.
    """
    domains = _of_members(sample, domains)
    return assembled(
        sample,
        question,
        domains=domains,
        table=tabulate(sample, question.values, domains=domains),
        settings=settings,
        squared_weights=partial(squared_weights, question.values, domains, sample.weights),
    )


def assembled(
    sample: Sample,
    question: Question,
    *,
    domains: Domains,
    table: TotalsTable,
    settings: EstimationSettings,
    squared_weights: Callable[[], FloatArray],
) -> Estimates:
    """The same from the compact table of the call, however it was made.

    `squared_weights` gives Σw² of the answers (domains × items), which few calls need.
    """
    members = membership_in(sample, table)
    refusing = settings.one_psu_domains is OnePsuDomains.REFUSE
    if refusing:
        refuse_psu_domains(domains, members)
    value, influence = _linearize(question, table.domains)
    known = _uncertainty(
        sample, question, table=table, value=value, domains=domains, influence=influence, membership=members
    )
    members, variance = replace(members, degrees_of_freedom=known.degrees_of_freedom), known.variance
    status = statuses(table, value=value, variance=variance, membership=members)
    if refusing:
        status = refuse_errors_in_one_psu(status, sample, table=table, membership=members)
    effect = _design_effect(question, table.domains, variance=variance, reference=settings.design_effect)
    interval = _intervals(
        question,
        table.domains,
        value=value,
        variance=known.interval_variance(value, settings.share_interval, answer_count=table.domains.n),
        membership=members,
        settings=settings,
        squared_weights=squared_weights,
    )
    numbers, totals = _Numbers(value, variance, effect, status, *interval), table.domains
    return Estimates(
        _columns(question, domains, totals=totals, numbers=numbers, membership=members, settings=settings),
        values=value.T.reshape(-1),
        standard_errors=np.sqrt(variance).T.reshape(-1),
        degrees_of_freedom=known.design_degrees_of_freedom,
        _covariance=known.covariance,
    )


def _of_members(sample: Sample, domains: Domains) -> Domains:
    """The domains without the rows that are not members."""
    if sample.members.all():
        return domains
    return replace(domains, code=np.where(sample.members, domains.code, -1))


def _uncertainty(
    sample: Sample,
    question: Question,
    *,
    table: TotalsTable,
    value: FloatArray,
    domains: Domains,
    influence: Influence,
    membership: Membership,
) -> Uncertainty:
    """From the replicates of a sample that has them, else by linearization."""
    items = question.values
    if sample.replicates is not None:
        return replicated_uncertainty(
            sample,
            items,
            statistic=question.statistic,
            value=value,
            domains=domains,
            degrees_of_freedom=membership.degrees_of_freedom,
        )
    residuals: ResidualTotals | RowResiduals | None = None
    if sample.calibrations or sample.is_pps:
        method = ResidualTotals if has_cells(sample) else RowResiduals
        residuals = method(sample, items, domains=domains, influence=influence)
        variance = residuals.variances()
    else:
        variance = variances(sample, items, table=table, domains=domains, influence=influence)

    def covariances() -> FloatArray:
        if residuals is not None:
            return residuals.covariance()
        own = variance.T.reshape(-1)
        return covariance(sample, items, table=table, domains=domains, influence=influence, variance=own)

    return Uncertainty(variance, covariances, membership.degrees_of_freedom, sample.degrees_of_freedom)


def _linearize(question: Question, totals: DomainTotals) -> tuple[FloatArray, Influence]:
    centre = question.values.centre
    if question.statistic in _SUMS:
        value = totals.y + centre * totals.x
        return value, Influence(np.ones_like(value), np.broadcast_to(centre, value.shape))
    inverse = np.divide(1.0, totals.x, out=np.zeros_like(totals.x), where=totals.x != 0)
    ratio = totals.y * inverse
    value = np.where(totals.x != 0, _exact_ends(question, totals, ratio) + centre, np.nan)
    return value, Influence(inverse, -ratio * inverse)


def _exact_ends(question: Question, totals: DomainTotals, ratio: FloatArray) -> FloatArray:
    """A share of which every or no answer is one is exactly 1 or 0, whatever the division says."""
    if question.statistic is not Statistic.SHARE:
        return ratio
    return np.where(totals.y == totals.x, 1.0, ratio)


def _design_effect(
    question: Question, totals: DomainTotals, *, variance: FloatArray, reference: DesignEffectReference
) -> FloatArray:
    """Variance over that of a simple random sample of as many answers (R survey 4.5, `deff`); or NaN."""
    with np.errstate(divide="ignore", invalid="ignore"):
        centre = totals.y / totals.x
        squares = totals.yy - 2 * centre * totals.xy + centre**2 * totals.xx
        noise = 1e-13 * (totals.yy + centre**2 * totals.xx)
        squares = np.where(squares > noise, squares, np.nan)  # a constant has no design effect
        simple = squares * totals.weight / (totals.n - 1)
        if reference is DesignEffectReference.WITHOUT_REPLACEMENT:
            left = (totals.weight - totals.n) / totals.weight
            simple = simple * np.where(left > 0, left, np.nan)
        if question.statistic not in _SUMS:
            simple = simple / totals.x**2
        return np.where(totals.n > 1, variance / simple, np.nan)


def _intervals(
    question: Question,
    totals: DomainTotals,
    *,
    value: FloatArray,
    variance: FloatArray,
    membership: Membership,
    settings: EstimationSettings,
    squared_weights: Callable[[], FloatArray],
) -> tuple[FloatArray, FloatArray, IntArray]:
    """Lower and upper limits and how they were made, shape (domains, items)."""
    df = np.broadcast_to(membership.degrees_of_freedom[:, None].astype(np.float64), value.shape)
    rows = np.broadcast_to(membership.row_count[:, None].astype(np.float64), value.shape)
    level = settings.confidence_level
    low, high = mean_interval(value, error=np.sqrt(variance), df=df, level=level)
    method = np.full(value.shape, INTERVAL_METHODS.index(IntervalMethod.MEAN))
    if question.statistic is not Statistic.SHARE:
        return low, high, method
    inner = (value > 0) & (value < 1)
    method[inner] = INTERVAL_METHODS.index(settings.share_interval)
    low[inner], high[inner] = share_interval(
        settings.share_interval,
        value[inner],
        variance=variance[inner],
        df=df[inner],
        row_count=rows[inner],
        level=level,
        answer_count=totals.n[inner],
        scaled_count=_scaled_count(totals, membership)[inner],
    )
    ends = ((value == 0) | (value == 1)) & (df > 0)
    if ends.any():
        method[ends] = INTERVAL_METHODS.index(IntervalMethod.BETA)
        effective = _assumed_sample_size(totals, settings, squared_weights)
        low[ends], high[ends] = clopper_pearson(value[ends], effective=effective[ends], level=level)
    return low, high, method


def _scaled_count(totals: DomainTotals, membership: Membership) -> FloatArray:
    """The answers' weights after those of all rows of the domain were scaled to a mean of 1."""
    weight = np.broadcast_to(membership.weight[:, None], totals.weight.shape)
    share = np.divide(totals.weight, weight, out=np.zeros_like(totals.weight), where=weight > 0)
    return np.asarray(share * membership.row_count[:, None], dtype=np.float64)


def _assumed_sample_size(
    totals: DomainTotals, settings: EstimationSettings, squared_weights: Callable[[], FloatArray]
) -> FloatArray:
    """The effective sample size where the sample shows no variance: Kish 1965, (Σw)² / Σw², or as set."""
    if settings.assumed_design_effect is not None:
        return totals.n / settings.assumed_design_effect
    squares = squared_weights()
    return np.divide(totals.weight**2, squares, out=np.full_like(squares, np.nan), where=squares > 0)


def _columns(
    question: Question,
    domains: Domains,
    *,
    totals: DomainTotals,
    numbers: _Numbers,
    membership: Membership,
    settings: EstimationSettings,
) -> EstimateColumns:
    """What of the numbers may be told, item-major."""
    without_value, without_error = (
        has_status(numbers.status, each) for each in (WITHOUT_VALUE, WITHOUT_ERROR)
    )

    def told(array: FloatArray, hidden: BoolArray) -> FloatArray:
        return np.where(hidden, np.nan, array).T.reshape(-1)

    return EstimateColumns(
        statistic=question.statistic,
        items=question.items,
        categories=question.categories,
        domain_names=domains.names,
        domain_labels=domains.labels,
        value=told(numbers.value, without_value),
        standard_error=told(np.sqrt(numbers.variance), without_error),
        lower=told(numbers.low, without_error),
        upper=told(numbers.high, without_error),
        design_effect=told(numbers.design_effect, without_error),
        respondent_count=np.rint(totals.n).astype(np.int64).T.reshape(-1),
        degrees_of_freedom=np.tile(membership.degrees_of_freedom, len(question.items)),
        status=numbers.status.T.reshape(-1),
        interval_method=numbers.method.T.reshape(-1),
        design_effect_reference=settings.design_effect,
        confidence_level=settings.confidence_level,
    )
