"""How items vary and hang together in the population: variances, covariances and correlations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from types import MappingProxyType
from typing import overload

import numpy as np
import pandas as pd

from analysis.design import as_names
from analysis.errors import EstimationError
from analysis.estimation.answers import answered
from analysis.estimation.availability import membership_of, refuse_psu_domains
from analysis.estimation.domains import Domains, cross
from analysis.estimation.intervals import t_quantile
from analysis.estimation.result import REASONS, Status
from analysis.estimation.settings import DEFAULT_SETTINGS, EstimationSettings, MissingRule, OnePsuDomains
from analysis.estimation.variance import covariance_of_statistics
from analysis.items import item_matrix
from analysis.printing import Printed
from analysis.sample import Sample
from analysis.stages import FloatArray, some

_WITHOUT_VALUE = (Status.NO_RESPONDENT, Status.ONE_RESPONDENT)
_WITHOUT_ERROR = (*_WITHOUT_VALUE, Status.ONE_PSU, Status.NO_VARIANCE)


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class CovarianceMatrix(Printed):
    """The covariance matrix of k items in one domain of the population, with its uncertainty.

    `values` (k × k) in products of the items' units; `covariance` (k² × k²) of its entries, row by row. Both
    hold NaN where `status` says that there is nothing. `degrees_of_freedom` are those of the respondents:
    PSUs less strata.
    """

    items: tuple[str, ...]
    domain: Mapping[str, object]
    values: FloatArray
    covariance: FloatArray
    respondent_count: int
    degrees_of_freedom: int
    confidence_level: float
    status: Status

    @property
    def reason(self) -> str | None:
        """Why something is missing; None when nothing is."""
        return REASONS.get(self.status)

    @property
    def standard_errors(self) -> FloatArray:
        """Standard errors of the covariances, shape (k, k)."""
        return np.asarray(np.sqrt(np.diag(self.covariance)).reshape(self.values.shape))

    @cached_property
    def correlations(self) -> FloatArray:
        """Correlations, shape (k, k); NaN with an item that does not vary."""
        spread = np.sqrt(np.diag(self.values))
        scale = np.outer(spread, spread)
        nothing = np.full(scale.shape, np.nan)
        return np.asarray(np.divide(self.values, scale, out=nothing, where=scale > 0))

    @cached_property
    def correlation_standard_errors(self) -> FloatArray:
        """Standard errors of the correlations by their linearization in the covariances, shape (k, k).

        The gradient of r_ij is 1 / √(S_ii S_jj) in S_ij, and -r_ij / 2 S_ii and -r_ij / 2 S_jj in the two
        variances.
        """
        count = len(self.items)
        jacobian = np.zeros((count, count, count, count))
        rows, columns = np.indices((count, count))
        spread = np.diag(self.values)
        with np.errstate(divide="ignore", invalid="ignore"):
            own = 1 / np.sqrt(np.outer(spread, spread))
            np.add.at(jacobian, (rows, columns, rows, columns), own)
            for place in (rows, columns):
                np.add.at(jacobian, (rows, columns, place, place), -self.correlations / 2 / spread[place])
        flat = jacobian.reshape(count**2, count**2)
        variance = np.einsum("ij,jk,ik->i", flat, self.covariance, flat)
        return np.asarray(np.sqrt(np.maximum(variance, 0)).reshape(count, count))

    @property
    def correlation_limits(self) -> tuple[FloatArray, FloatArray]:
        """Limits of the correlations, shape (k, k): t intervals of Fisher's z = artanh r, turned back."""
        df = np.asarray(float(self.degrees_of_freedom))
        r = np.where(np.eye(len(self.items), dtype=np.bool_), 0.0, self.correlations)
        with np.errstate(divide="ignore", invalid="ignore"):
            reach = t_quantile(df, level=self.confidence_level) * self.correlation_standard_errors
            middle, reach = np.arctanh(np.clip(r, -1, 1)), reach / (1 - r**2)
        low, high = np.tanh(middle - reach), np.tanh(middle + reach)
        certain = np.eye(len(self.items), dtype=np.bool_) & ~np.isnan(self.correlations)
        return np.where(certain, 1.0, low), np.where(certain, 1.0, high)

    def __str__(self) -> str:
        where = ", ".join(f"{name} {label}" for name, label in self.domain.items())
        title = "correlations" + (f" ({where})" if where else "")
        if self.status in _WITHOUT_VALUE:
            return f"{title}: not available. {self.reason}"
        frame = pd.DataFrame(self.correlations, index=list(self.items), columns=list(self.items))
        return f"{title}, n = {self.respondent_count}\n{frame.round(3)}"

    def rows(self) -> list[dict[str, object]]:
        """One mapping a pair of items, each pair once: what `CovarianceMatrices.to_frame` shows."""
        low, high = self.correlation_limits
        tables = {
            "covariance": self.values,
            "standard_error": self.standard_errors,
            "correlation": self.correlations,
            "correlation_standard_error": self.correlation_standard_errors,
            "correlation_ci_low": low,
            "correlation_ci_high": high,
        }
        return [
            {
                "item": name,
                "other": self.items[column],
                **self.domain,
                **{head: _or_none(table[row, column]) for head, table in tables.items()},
                "degrees_of_freedom": self.degrees_of_freedom,
                "respondents": self.respondent_count,
                "status": str(self.status),
                "reason": self.reason,
            }
            for row, name in enumerate(self.items)
            for column in range(row, len(self.items))
        ]


@dataclass(frozen=True, eq=False, repr=False)
class CovarianceMatrices(Printed, Sequence[CovarianceMatrix]):
    """The covariance matrices of one call, domain by domain."""

    matrices: tuple[CovarianceMatrix, ...]

    @overload
    def __getitem__(self, index: int) -> CovarianceMatrix: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[CovarianceMatrix, ...]: ...
    def __getitem__(self, index: int | slice) -> CovarianceMatrix | tuple[CovarianceMatrix, ...]:
        return self.matrices[index]

    def __len__(self) -> int:
        return len(self.matrices)

    def __iter__(self) -> Iterator[CovarianceMatrix]:
        return iter(self.matrices)

    def __str__(self) -> str:
        return "\n".join(str(matrix) for matrix in self.matrices)

    def get(self, **domain: object) -> CovarianceMatrix:
        """The matrix of a domain, e.g. `get(unit="u03")`. Raises `EstimationError` when there is none."""
        for matrix in self.matrices:
            if dict(matrix.domain) == domain:
                return matrix
        told = [" × ".join(map(str, matrix.domain.values())) for matrix in self.matrices]
        raise EstimationError(f"There is no domain {domain}.", hint=f"Domains: {some(told)}.")

    def to_frame(self) -> pd.DataFrame:
        """One row a pair of items and domain, each pair once; a pair of an item with itself is its variance.

        Not available is missing; `reason` says why.
        """
        return pd.DataFrame([row for matrix in self.matrices for row in matrix.rows()])


def covariance_matrix(
    sample: Sample,
    of: str | Sequence[str],
    *,
    by: str | Sequence[str] = (),
    settings: EstimationSettings = DEFAULT_SETTINGS,
) -> CovarianceMatrices:
    """Population variances, covariances and correlations of the items, in each domain.

    Σw (x - x̄)(y - ȳ) / Σw × n / (n - 1) over the n rows that answered every item (R survey 4.5, `svyvar`),
    with the covariance matrix of all entries by linearization (Särndal, Swensson & Wretman 1992, §5.9) or
    from the replicates. `of` names numeric columns, `by` the domain variables (crossed). Holds rows × items ×
    (items + 1) / 2 numbers at a time. Raises `EstimationError` for unknown, non-numeric or repeated columns,
    `DomainIsPsuError` for domains that are single PSUs.
    """
    names, level = as_names(of), settings.confidence_level
    answers = item_matrix(sample.frame, names)
    rule = MissingRule.LISTWISE if settings.missing is MissingRule.BY_ITEM else settings.missing
    complete = answered(sample, ~np.isnan(answers), missing=rule)[:, 0]
    asked, domains = sample.where(complete), cross(sample, by)
    status = _statuses(asked, domains, settings)
    values = np.where(asked.members[:, None], answers, 0.0)
    found = [
        _matrix(asked.where(domains.code == code), values, names=names, status=status[code], level=level)
        for code in range(domains.count)
    ]
    labels = [MappingProxyType(dict(zip(domains.names, label, strict=True))) for label in domains.labels]
    told = [replace(each, domain=label) for each, label in zip(found, labels, strict=True)]
    return CovarianceMatrices(tuple(told))


def _matrix(
    inside: Sample, values: FloatArray, *, names: tuple[str, ...], status: Status, level: float
) -> CovarianceMatrix:
    """The matrix of the items (rows × k) among the sample's members; its domain is still to be told."""
    table, covariance = _covariances(inside, values, status)
    without = status is Status.AVAILABLE and bool(np.isnan(covariance).any())
    return CovarianceMatrix(
        items=names,
        domain={},
        values=table,
        covariance=covariance,
        respondent_count=int(inside.members.sum()),
        degrees_of_freedom=inside.degrees_of_freedom,
        confidence_level=level,
        status=Status.NO_VARIANCE if without else status,
    )


def _statuses(asked: Sample, domains: Domains, settings: EstimationSettings) -> list[Status]:
    here = Domains(domains.names, domains.labels, np.where(asked.members, domains.code, -1))
    membership = membership_of(asked, here)
    refusing = settings.one_psu_domains is OnePsuDomains.REFUSE and asked.replicates is None
    if refusing:
        refuse_psu_domains(here, membership)
    result = []
    for code in range(domains.count):
        status = Status.AVAILABLE
        if membership.row_count[code] <= 1:
            status = Status.ONE_RESPONDENT if membership.row_count[code] else Status.NO_RESPONDENT
        elif refusing and membership.in_one_psu[code]:
            status = Status.ONE_PSU
        elif membership.degrees_of_freedom[code] <= 0:
            status = Status.NO_DEGREES_OF_FREEDOM
        result.append(status)
    return result


def _covariances(sample: Sample, values: FloatArray, status: Status) -> tuple[FloatArray, FloatArray]:
    """The covariances of the items among the sample's members (k × k) and the covariances of these."""
    count = values.shape[1]
    nothing = np.full((count**2, count**2), np.nan)
    if status in _WITHOUT_VALUE:
        return np.full((count, count), np.nan), nothing
    rows, columns = np.triu_indices(count)
    n = int(sample.members.sum())
    scale = n / (n - 1)
    centred = values - _mean(values, np.where(sample.members, sample.weights, 0.0))

    def products(weights: FloatArray) -> FloatArray:
        apart = centred - _mean(centred, weights)
        return scale * np.asarray(apart[:, rows] * apart[:, columns])

    def statistic(weights: FloatArray) -> FloatArray:
        return _mean(products(weights), weights)

    weights = np.where(sample.members, sample.weights, 0.0)
    estimate = statistic(weights)

    def influence() -> FloatArray:
        return np.asarray((weights / weights.sum())[:, None] * (products(weights) - estimate))

    place = np.zeros((count, count), dtype=np.int64)
    place[rows, columns] = place[columns, rows] = np.arange(rows.size)
    table = estimate[place]
    if status in _WITHOUT_ERROR:
        return table, nothing
    known = covariance_of_statistics(sample, estimate=estimate, influence=influence, statistic=statistic)
    flat = place.reshape(-1)
    return table, known[np.ix_(flat, flat)]


def _mean(values: FloatArray, weights: FloatArray) -> FloatArray:
    total = weights.sum()
    return np.asarray((weights @ values) / total if total else np.full(values.shape[1], np.nan))


def _or_none(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
