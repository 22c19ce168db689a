"""Omega total of one factor from a sample: design-weighted, with its standard error."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from analysis.estimation.settings import MissingRule, OnePsuDomains
from analysis.items import item_matrix
from analysis.moments import Moments, StandardErrorMethod, complete_moments, correlations
from analysis.reliability.one_factor import OneFactorModel, fit_one_factor, omega_gradient
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


def omega_total(
    sample: Sample,
    items: Sequence[str],
    *,
    missing: MissingRule = MissingRule.LISTWISE,
    standard_error: StandardErrorMethod = StandardErrorMethod.LINEARIZATION,
    confidence_level: float = 0.95,
    one_psu_domains: OnePsuDomains = OnePsuDomains.REFUSE,
) -> Reliability:
    """Omega of three or more items: (Σ loadings)² / ((Σ loadings)² + Σ uniquenesses), McDonald 1999.

    Loadings of one factor by maximum likelihood from the design-weighted correlations of the members who
    answered every item (with equal weights R's `factanal`; with weights pseudo-maximum likelihood, Skinner
    1989). Raises as `cronbach_alpha` does, and `EstimationError` when the model does not fit any factor.
    """
    asked = Uncertainty(standard_error, confidence_level)
    item_matrix(sample.frame, items, least=3)
    moments = complete_moments(sample, items, missing=missing, one_psu_domains=one_psu_domains)
    status = _obstacle(moments)
    if status is not None:
        return not_available(Coefficient.OMEGA_TOTAL, moments, status=status, asked=asked)
    model = fit_one_factor(correlations(moments.covariance[None])[0])
    variance = moments.covariance_of(
        _omegas, method=standard_error, gradient=_gradient(model, moments.covariance)
    )
    return reliability(
        Coefficient.OMEGA_TOTAL,
        moments,
        value=model.omega,
        variance=float(variance[0, 0]),
        asked=asked,
        loadings=dict(zip(moments.items, model.loadings.tolist(), strict=True)),
    )


def _omegas(covariances: FloatArray) -> FloatArray:
    return np.array([[fit_one_factor(each).omega] for each in correlations(covariances)])


def _gradient(model: OneFactorModel, covariance: FloatArray) -> FloatArray:
    """Derivative (1 × K × K) by the covariances.

    dR_ab = dC_ab/(s_a s_b) - R_ab (dC_aa/C_aa + dC_bb/C_bb)/2.
    """
    correlation = correlations(covariance[None])[0]
    slope = omega_gradient(model, correlation)
    variance = np.diag(covariance)
    deviation = np.sqrt(variance)
    own = np.diag(slope @ correlation) / variance
    return np.asarray(slope / np.outer(deviation, deviation) - np.diag(own))[None]


def _obstacle(moments: Moments) -> ReliabilityStatus | None:
    if moments.respondent_count < 2:
        return ReliabilityStatus.TOO_FEW_RESPONDENTS
    return ReliabilityStatus.NO_VARIATION if moments.constant_items else None
