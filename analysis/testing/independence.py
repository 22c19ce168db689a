"""Tests of independence of two categorical variables, in the light of the design (Rao & Scott)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
from scipy import linalg, stats

from analysis.choices import chosen
from analysis.errors import EstimationError
from analysis.estimation.compact import CompactTable
from analysis.estimation.settings import DEFAULT_SETTINGS, EstimationSettings, OnePsuDomains
from analysis.estimation.variance import covariance_of_statistics
from analysis.sample import Sample
from analysis.stages import FloatArray
from analysis.testing.answers import groups, refuse_nobody
from analysis.testing.quadratic_forms import QuadraticForm
from analysis.testing.result import HypothesisStatus, HypothesisTest, known
from analysis.testing.tables import CrossTable, cross_table
from analysis.testing.tabulated import counts_rows, covariance_of_pairs, refuse_psu_groups


class IndependenceMethod(StrEnum):
    """How a table is judged; X² is Pearson's statistic of the weighted table.

    SECOND_ORDER: X² over the sum of its design effects, as an F (Rao & Scott 1984; Thomas & Rao 1987), the
    usual choice. FIRST_ORDER: X² over their mean, as a chi-square. LINEAR_COMBINATION and SADDLEPOINT: X²
    against its own distribution, exact or approximated. WALD and ADJUSTED_WALD: the departures from
    independence against their covariance (Koch, Freeman & Freeman 1975; Fellegi 1980), trustworthy only with
    many more sampling units than cells.
    """

    SECOND_ORDER = "second_order"
    FIRST_ORDER = "first_order"
    LINEAR_COMBINATION = "linear_combination"
    SADDLEPOINT = "saddlepoint"
    WALD = "wald"
    ADJUSTED_WALD = "adjusted_wald"


class Denominator(StrEnum):
    """The denominator of LINEAR_COMBINATION and SADDLEPOINT: how well ν degrees of freedom know the scale.

    EXACT: χ²_ν / ν. WHOLE: χ² with ν rounded down, over ν itself, which errs towards large p-values
    (R survey 4.5, `pFsum`). Samples with replicates have none, as there.
    """

    EXACT = "exact"
    WHOLE = "whole"


_ROUND_OFF = 1e-12  # degrees of freedom this near to a whole number are that number

_NAMES = {
    IndependenceMethod.SECOND_ORDER: "Pearson's X², Rao–Scott second order",
    IndependenceMethod.FIRST_ORDER: "Pearson's X², Rao–Scott first order",
    IndependenceMethod.LINEAR_COMBINATION: "Pearson's X², linear combination of chi-squares",
    IndependenceMethod.SADDLEPOINT: "Pearson's X², saddlepoint approximation",
    IndependenceMethod.WALD: "design-based Wald test",
    IndependenceMethod.ADJUSTED_WALD: "design-based Wald test, adjusted",
}


@dataclass(frozen=True, kw_only=True, repr=False)
class IndependenceTest(HypothesisTest):
    """A test of independence with its table and Cramér's V.

    `design_effects` are the eigenvalues λ of the generalized design effect: X² is distributed as Σ λ χ²_1;
    empty for the Wald tests.
    """

    table: CrossTable
    cramers_v: float | None
    design_effects: tuple[float, ...]

    def _parts(self) -> list[str]:
        effect = [] if self.cramers_v is None else [f"Cramér's V {self.cramers_v:.3f}"]
        *parts, respondents = super()._parts()
        return [*parts, *effect, respondents]

    def _row(self) -> dict[str, object]:
        return {**super()._row(), "cramers_v": self.cramers_v}


@dataclass(frozen=True)
class _Judgement:
    """Statistic, degrees of freedom and p-value; NaN: none."""

    name: str
    statistic: float
    p_value: float
    free: float | None = None
    denominator: float | None = None


def independence(
    sample: Sample | CompactTable,
    *,
    rows: str,
    columns: str,
    method: IndependenceMethod = IndependenceMethod.SECOND_ORDER,
    denominator: Denominator = Denominator.EXACT,
    settings: EstimationSettings = DEFAULT_SETTINGS,
) -> IndependenceTest:
    """Test whether two categorical variables are independent, among the members that answered both.

    X² is that of the table scaled to the number of members, answered or not. Every stage, finite population,
    calibration or replicate of the design counts (R survey 4.5, `svychisq`). Raises `EstimationError` for a
    variable with one category, for an empty category, when nobody answered, for a Wald test of a singular
    covariance, and as `cross_table`; `DomainIsPsuError` when the groups compared are single sampled PSUs.
    """
    method = chosen(IndependenceMethod, method, name="method")
    denominator = chosen(Denominator, denominator, name="denominator")
    table = cross_table(sample, rows=rows, columns=columns, settings=settings)
    _refuse_untestable(table, settings)
    if method in (IndependenceMethod.WALD, IndependenceMethod.ADJUSTED_WALD):
        effects, judgement = np.empty(0), _wald(sample, table, method)
    else:
        effects = _design_effects(table, int(sample.members.sum()))
        judgement = _pearson(sample, table, effects=effects, method=method, rule=denominator)
    return IndependenceTest(
        question=f"{rows} × {columns}",
        method=_NAMES[method],
        statistic_name=judgement.name,
        statistic=known(judgement.statistic),
        degrees_of_freedom=judgement.free,
        denominator_degrees_of_freedom=judgement.denominator,
        p_value=known(judgement.p_value),
        respondent_count=table.respondent_count,
        status=_status(judgement),
        design=sample.design,
        table=table,
        cramers_v=table.cramers_v,
        design_effects=tuple(effects.tolist()),
    )


def _refuse_untestable(table: CrossTable, settings: EstimationSettings) -> None:
    names = (table.rows.name, table.columns.name)
    refuse_nobody(table.answered, names)
    if table.tabulated is not None:
        settings = replace(settings, one_psu_domains=OnePsuDomains.ESTIMATE)
    for name in names:
        groups(table.answered, name, settings)
    if table.tabulated is not None:
        refuse_psu_groups(table.tabulated, names, table.settings)


def _status(judgement: _Judgement) -> HypothesisStatus:
    if not np.isnan(judgement.p_value):
        return HypothesisStatus.AVAILABLE
    if judgement.denominator is not None and judgement.denominator <= 0:
        return HypothesisStatus.NO_DEGREES_OF_FREEDOM
    return HypothesisStatus.NO_VARIANCE


def _pearson(
    sample: Sample | CompactTable,
    table: CrossTable,
    *,
    effects: FloatArray,
    method: IndependenceMethod,
    rule: Denominator,
) -> _Judgement:
    shares = table.shares
    expected = np.outer(shares.sum(axis=1), shares.sum(axis=0))
    square = int(sample.members.sum()) * float(((shares - expected) ** 2 / expected).sum())
    total = float(effects.sum())
    if not total > 0:
        return _Judgement("X²", square, np.nan)
    if method is IndependenceMethod.FIRST_ORDER and sample.degrees_of_freedom > 0:
        p_value = float(stats.chi2.sf(square / effects.mean(), effects.size))
        return _Judgement("X²", square, p_value, float(effects.size))
    free = total**2 / float((effects**2).sum())
    denominator = free * sample.degrees_of_freedom
    if denominator < 1:
        return _Judgement("X²", square, np.nan, denominator=0.0)
    if method is IndependenceMethod.SECOND_ORDER:
        p_value = float(stats.f.sf(square / total, free, denominator))
        return _Judgement("F", square / total, p_value, free, denominator)
    value, used = square, None if table.answered.replicates is not None else denominator
    if used is not None and rule is Denominator.WHOLE:
        whole = float(np.floor(used * (1 + _ROUND_OFF)))
        value, used = square * whole / used, whole
    form = QuadraticForm(effects, used)
    exact = method is IndependenceMethod.LINEAR_COMBINATION
    return _Judgement("X²", square, form.tail(value) if exact else form.saddlepoint_tail(value))


def _design_effects(table: CrossTable, members: int) -> FloatArray:
    """Eigenvalues of the generalized design effect of the interaction, ascending; NaN without variance.

    Of (C' D⁻¹ C / n)⁻¹ C' D⁻¹ V D⁻¹ C, with D the shares of the cells, V their covariance and C any basis of
    the interaction (Rao & Scott 1984, §2).
    """
    interaction = np.kron(linalg.helmert(table.rows.count).T, linalg.helmert(table.columns.count).T)
    shares = table.shares.reshape(-1)
    inverse = np.divide(1.0, shares, out=np.zeros_like(shares), where=shares > 0)
    contrasts = interaction * inverse[:, None]
    independent = interaction.T @ contrasts / members
    if np.linalg.cond(independent) > 1 / np.finfo(np.float64).eps:
        raise EstimationError(
            f"Too many cells of {table.rows.name} × {table.columns.name} are empty for a test.",
            hint="Join categories.",
        )
    around = contrasts - shares @ contrasts
    covariance = _covariance_by_cell(
        table, around / table.total, lambda counts: np.asarray(counts @ contrasts / counts.sum())
    )
    if not np.isfinite(covariance).all():
        return np.full(interaction.shape[1], np.nan)
    return np.asarray(linalg.eigh(covariance, independent, eigvals_only=True), dtype=np.float64)


def _wald(sample: Sample | CompactTable, table: CrossTable, method: IndependenceMethod) -> _Judgement:
    shares = table.shares
    row, column = shares.sum(axis=1), shares.sum(axis=0)
    departure = table.total * (shares - np.outer(row, column))[1:, 1:].reshape(-1)
    # the departure of cell (i, j) changes by (1[row i] - row share i) (1[column j] - column share j)
    influence = np.kron((np.eye(row.size) - row)[:, 1:], (np.eye(column.size) - column)[:, 1:])
    # a linear function of the totals, in replicates too (R survey 4.5)
    covariance = _covariance_by_cell(table, influence, lambda counts: np.asarray(counts @ influence))
    free, units = departure.size, sample.degrees_of_freedom
    if not np.isfinite(covariance).all():
        return _Judgement("F", np.nan, np.nan, float(free), float(units))
    if np.linalg.cond(covariance) > 1 / np.finfo(np.float64).eps:
        raise EstimationError(
            f"The covariance of {table.rows.name} × {table.columns.name} is singular: "
            f"{units} degrees of freedom for {free} departures from independence.",
            hint="Join categories, or use the second-order Rao–Scott test.",
        )
    square = float(departure @ np.linalg.solve(covariance, departure))
    adjusted = method is IndependenceMethod.ADJUSTED_WALD
    denominator = units - free + 1 if adjusted else units
    statistic = square / free * (denominator / units if adjusted and units else 1)
    p_value = float(stats.f.sf(statistic, free, denominator)) if denominator > 0 else np.nan
    return _Judgement("F", statistic, p_value, float(free), float(denominator))


def _covariance_by_cell(
    table: CrossTable, influence: FloatArray, statistic: Callable[[FloatArray], FloatArray]
) -> FloatArray:
    """Covariance (k × k) of k statistics of the weighted counts of the cells.

    The influence of a row is its weight times that of its cell (cells × k); `statistic` takes the counts
    (cells,) under other weights.
    """
    answered = table.answered
    inside = answered.members
    cell = np.where(inside, table.rows.code * table.columns.count + table.columns.code, 0)
    if table.tabulated is not None and counts_rows(table.tabulated):
        return covariance_of_pairs(table.tabulated, np.where(inside, cell, -1), influence)

    def influences() -> FloatArray:
        return np.asarray(np.where(inside, answered.weights, 0.0)[:, None] * influence[cell])

    def replicated(weights: FloatArray) -> FloatArray:
        return statistic(np.bincount(cell, weights=weights, minlength=len(influence)).astype(np.float64))

    return covariance_of_statistics(
        answered, estimate=statistic(table.counts.reshape(-1)), influence=influences, statistic=replicated
    )
