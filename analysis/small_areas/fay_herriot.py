"""The Fay–Herriot model: areas borrow strength from covariates, as far as their own answers are weak."""

from __future__ import annotations

from types import MappingProxyType

import numpy as np
import pandas as pd

from analysis.choices import chosen
from analysis.errors import Problem, SmallAreaError
from analysis.small_areas.direct import DirectEstimates
from analysis.small_areas.fitting import (
    FitMethod,
    Regression,
    fit_model_variance,
    regress,
    uncertainty_of_model_variance,
)
from analysis.small_areas.result import AreaEstimate, AreaSource, FayHerriot
from analysis.stages import FloatArray, some

_INTERCEPT = "(Intercept)"


def fay_herriot(
    direct: DirectEstimates,
    *,
    covariates: pd.DataFrame | None = None,
    method: FitMethod = FitMethod.REML,
    maximum_iterations: int = 500,
) -> FayHerriot:
    """Empirical best linear unbiased predictions for all areas, sampled or not (Fay & Herriot 1979).

    `covariates` has one numeric column a covariate and the areas as index (others are left aside); an
    intercept is added; None: the intercept alone. Areas without a direct estimate get the synthetic x'β. Mean
    squared errors of second order: Prasad & Rao 1990 and Datta & Lahiri 2000 for REML and ML, Datta, Rao &
    Smith 2005 for the moment method. Raises `SmallAreaError` naming areas with a sampling variance that is
    not above 0 (use `smooth_variances`), areas without covariates, fewer areas than coefficients + 1,
    covariates that depend on one another, and a fit that does not converge.
    """
    method = chosen(FitMethod, method, name="method")
    names, x = _model_matrix(direct, covariates)
    sampled = direct.sampled
    _refuse_unfit(direct, names=names, x=x)
    y, psi = direct.value[sampled], direct.variance[sampled]
    model, iterations = fit_model_variance(
        y, x[sampled], psi=psi, method=method, maximum_iterations=maximum_iterations
    )
    fit = regress(y, x[sampled], variance=model + psi)
    errors = np.sqrt(np.diag(fit.covariance))
    return FayHerriot(
        method=method,
        areas=_areas(direct, x, model=model, fit=fit, method=method),
        coefficients=MappingProxyType(dict(zip(names, fit.coefficients.tolist(), strict=True))),
        coefficient_standard_errors=MappingProxyType(dict(zip(names, errors.tolist(), strict=True))),
        model_variance=model,
        log_likelihood=float(-(np.log(2 * np.pi / fit.weight) + fit.weight * fit.residual**2).sum() / 2),
        iteration_count=iterations,
    )


def _model_matrix(
    direct: DirectEstimates, covariates: pd.DataFrame | None
) -> tuple[tuple[str, ...], FloatArray]:
    """Names and values (areas × p) of the covariates, the intercept first."""
    intercept = np.ones((len(direct.areas), 1))
    if covariates is None:
        return (_INTERCEPT,), intercept
    problems = [
        Problem("not_numeric", f"covariate {name}", "is not numeric; give indicators for its categories")
        for name in covariates.columns
        if not pd.api.types.is_numeric_dtype(covariates[name].dtype)
    ]
    unknown = [area for area in direct.areas if area not in covariates.index]
    if unknown:
        problems.append(Problem("no_covariates", f"areas {some(unknown)}", "are not in the covariates"))
    if not covariates.index.is_unique:
        twice = list(covariates.index[covariates.index.duplicated()].unique())
        problems.append(Problem("area_twice", f"areas {some(twice)}", "have several rows of covariates"))
    if problems:
        raise SmallAreaError("The covariates do not fit the areas.", problems=problems)
    values = covariates.reindex(list(direct.areas)).to_numpy(dtype=np.float64, na_value=np.nan)
    return (_INTERCEPT, *map(str, covariates.columns)), np.column_stack([intercept, values])


def _refuse_unfit(direct: DirectEstimates, *, names: tuple[str, ...], x: FloatArray) -> None:
    sampled = direct.sampled
    problems = []
    not_positive = sampled & ~(np.isfinite(direct.variance) & (direct.variance > 0))
    if not_positive.any():
        text = "have no sampling variance above 0; smooth the variances"
        problems.append(Problem("no_sampling_variance", direct.named(not_positive), text))
    missing = np.asarray(~np.isfinite(x).all(axis=1), dtype=np.bool_)
    if missing.any():
        problems.append(Problem("covariate_missing", direct.named(missing), "miss a covariate"))
    count, needed = int(sampled.sum()), len(names) + 1
    if count < needed:
        text = f"has {count} areas with a direct estimate for {len(names)} coefficients; it needs {needed}"
        problems.append(Problem("too_few_areas", "the model", text))
    elif not missing.any():
        columns = x[sampled] / np.maximum(np.abs(x[sampled]).max(axis=0), np.finfo(np.float64).tiny)
        if np.linalg.matrix_rank(columns) < len(names):
            text = f"({', '.join(names)}) depend on one another in the areas with respondents; leave one out"
            problems.append(Problem("covariates_dependent", "the covariates", text))
    if problems:
        raise SmallAreaError("The small-area model cannot be fitted.", problems=problems)


def _areas(
    direct: DirectEstimates, x: FloatArray, *, model: float, fit: Regression, method: FitMethod
) -> tuple[AreaEstimate, ...]:
    sampled = direct.sampled
    synthetic = x @ fit.coefficients
    gamma = np.zeros(len(direct.areas))
    gamma[sampled] = model * fit.weight
    value = synthetic.copy()
    value[sampled] += gamma[sampled] * fit.residual
    leverage = np.einsum("ij,jk,ik->i", x, fit.covariance, x)
    error = model + leverage  # without respondents: the area's own deviation and the error of β
    own = (1 - gamma[sampled]) ** 2
    spread, bias = uncertainty_of_model_variance(x[sampled], fit, method=method)
    error[sampled] = (
        gamma[sampled] * direct.variance[sampled]
        + own * leverage[sampled]
        + 2 * own * spread * fit.weight
        - own * bias
    )
    direct_error = np.sqrt(direct.variance)
    counts = direct.respondent_count
    return tuple(
        AreaEstimate(
            area=area,
            direct=float(direct.value[place]) if sampled[place] else None,
            direct_standard_error=float(direct_error[place]) if sampled[place] else None,
            respondent_count=None if counts is None else int(counts[place]),
            synthetic=float(synthetic[place]),
            shrinkage=float(gamma[place]),
            value=float(value[place]),
            mean_squared_error=float(error[place]),
            source=AreaSource.COMPOSITE if sampled[place] else AreaSource.SYNTHETIC,
        )
        for place, area in enumerate(direct.areas)
    )
