"""Cronbach's alpha from a sample: design-weighted, with its standard error."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from analysis.estimation.settings import MissingRule, OnePsuDomains
from analysis.items import item_matrix
from analysis.moments import Moments, StandardErrorMethod, complete_moments
from analysis.reliability.result import (
    Coefficient,
    Reliability,
    ReliabilityStatus,
    Uncertainty,
    not_available,
    reliability,
)
from analysis.sample import Sample
from analysis.stages import FloatArray


def cronbach_alpha(
    sample: Sample,
    items: Sequence[str],
    *,
    missing: MissingRule = MissingRule.LISTWISE,
    standard_error: StandardErrorMethod = StandardErrorMethod.LINEARIZATION,
    confidence_level: float = 0.95,
    one_psu_domains: OnePsuDomains = OnePsuDomains.REFUSE,
) -> Reliability:
    """Alpha of two or more items: K/(K - 1) × (1 - Σ variances of the items / variance of their sum).

    Variances are design-weighted, over the members who answered every item (R survey 4.5, `svycralpha`;
    Cronbach 1951). Items must point the same way: turn reversed ones first. Raises `EstimationError` for
    items that cannot be used, for missing answers under `MissingRule.REFUSE`, for a jackknife that does not
    suit the sample; `DomainIsPsuError` when all members are in one sampled PSU and such domains are refused.
    """
    asked = Uncertainty(standard_error, confidence_level)
    item_matrix(sample.frame, items, least=2)
    moments = complete_moments(sample, items, missing=missing, one_psu_domains=one_psu_domains)
    status = _obstacle(moments)
    if status is not None:
        return not_available(Coefficient.ALPHA, moments, status=status, asked=asked)
    variance = moments.covariance_of(alphas, method=standard_error, gradient=_gradient(moments.covariance))
    return reliability(
        Coefficient.ALPHA,
        moments,
        value=float(alphas(moments.covariance[None])[0, 0]),
        variance=float(variance[0, 0]),
        asked=asked,
        if_dropped=dict(zip(moments.items, alphas_if_dropped(moments.covariance), strict=False)),
    )


def alphas(covariances: FloatArray) -> FloatArray:
    """Alpha of covariance matrices (batch × K × K), shape (batch, 1); NaN where the sum does not vary."""
    count = covariances.shape[1]
    own, whole = np.einsum("bii->b", covariances), covariances.sum(axis=(1, 2))
    share = np.divide(own, whole, out=np.full_like(own, np.nan), where=whole > 0)
    return np.asarray(count / (count - 1) * (1 - share))[:, None]


def alphas_if_dropped(covariance: FloatArray) -> list[float]:
    """Alpha without each item in turn; none for two items."""
    count = len(covariance)
    if count < 3:
        return []
    without = [np.delete(np.delete(covariance, item, axis=0), item, axis=1) for item in range(count)]
    return [float(value) for value in alphas(np.array(without))[:, 0]]


def _gradient(covariance: FloatArray) -> FloatArray:
    """Derivative of alpha by the entries of the covariance matrix (1 × K × K)."""
    count, whole = len(covariance), covariance.sum()
    ones = np.ones_like(covariance)
    slope = (np.trace(covariance) / whole * ones - np.eye(count)) / whole
    return np.asarray(count / (count - 1) * slope)[None]


def _obstacle(moments: Moments) -> ReliabilityStatus | None:
    if moments.respondent_count < 2:
        return ReliabilityStatus.TOO_FEW_RESPONDENTS
    if len(moments.constant_items) == len(moments.items) or not moments.covariance.sum() > 0:
        return ReliabilityStatus.NO_VARIATION
    return None
