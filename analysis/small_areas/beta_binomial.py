"""Shares of small areas without covariates: the beta-binomial model on effective numbers of answers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.optimize import minimize
from scipy.special import betaincinv, betaln, digamma, expit, logit

from analysis.errors import Problem, SmallAreaError
from analysis.printing import Printed
from analysis.small_areas.direct import DirectEstimates
from analysis.stages import BoolArray, FloatArray

_FAINTEST = 1e-3  # the smallest a + b looked at, a prior worth a thousandth of an answer
_STRONGEST = 1e7  # and the largest, in effective answers: beyond it all areas are one


@dataclass(frozen=True, kw_only=True)
class BetaBinomialArea:
    """One area: `value` = `shrinkage` × `direct` + (1 - `shrinkage`) × the mean of all areas.

    `shrinkage` is n_e / (a + b + n_e); `standard_deviation`, `lower` and `upper` are those of the beta
    distribution of the area's share given its answers, with a and b taken as known.
    """

    area: object
    direct: float | None
    effective_sample_size: float
    shrinkage: float
    value: float
    standard_deviation: float
    lower: float
    upper: float

    def __str__(self) -> str:
        direct = "no respondents" if self.direct is None else f"direct {self.direct:.6g}"
        limits = f"{self.lower:.6g} to {self.upper:.6g}"
        return f"{self.area}: {self.value:.6g} ({limits}); {direct}, weight {self.shrinkage:.0%}"


@dataclass(frozen=True, kw_only=True, repr=False)
class BetaBinomial(Printed):
    """A fitted model: shares of areas ~ beta(a, b), answers of an area ~ binomial(n_e, share).

    `areas_differ` is False when the shares scatter no more than binomial answers do: the likelihood then
    grows without end in a + b, and every area gets the overall mean.
    """

    a: float
    b: float
    areas_differ: bool
    design_effect: float
    confidence_level: float
    log_likelihood: float
    areas: tuple[BetaBinomialArea, ...]

    @property
    def mean(self) -> float:
        """The mean share of the areas, a / (a + b)."""
        return self.a / (self.a + self.b)

    def get(self, area: object) -> BetaBinomialArea:
        """The estimate of an area; raises `KeyError` for one that is not in the model."""
        return {each.area: each for each in self.areas}[area]

    def to_frame(self) -> pd.DataFrame:
        """One row an area: area, direct, effective_sample_size, shrinkage, estimate, standard_deviation,
        ci_low, ci_high."""
        return pd.DataFrame(
            [
                {
                    "area": each.area,
                    "direct": each.direct,
                    "effective_sample_size": each.effective_sample_size,
                    "shrinkage": each.shrinkage,
                    "estimate": each.value,
                    "standard_deviation": each.standard_deviation,
                    "ci_low": each.lower,
                    "ci_high": each.upper,
                }
                for each in self.areas
            ]
        )

    def __str__(self) -> str:
        head = f"Beta-binomial model: mean {self.mean:.6g}, prior worth {self.a + self.b:.4g} answers"
        if not self.areas_differ:
            head += "\nThe areas differ no more than their sampling errors explain; all get the mean."
        return "\n".join([head, *map(str, self.areas)])


def beta_binomial(
    direct: DirectEstimates, *, design_effect: float | None = None, confidence_level: float = 0.95
) -> BetaBinomial:
    """Empirical Bayes shares (a + n_e p) / (a + b + n_e), with n_e = n / design effect.

    `design_effect` None: the areas' own, averaged by respondents. a and b by maximum likelihood. The
    intervals take a and b as known and are therefore somewhat too short when the areas are few. Raises
    `SmallAreaError` for fewer than 3 areas with respondents, values that are no shares, or when everybody
    or nobody agrees everywhere. Source: Rao & Molina 2015, §9.5.2; effective answers: Chen, Wakefield &
    Lumley 2014.
    """
    effect = direct.mean_design_effect() if design_effect is None else design_effect
    _refuse(direct, effect=effect, level=confidence_level)
    sampled = direct.sampled
    effective = np.where(sampled, direct.counts() / effect, 0.0)
    share = np.where(sampled, direct.value, 0.0)
    a, b, log_likelihood = _fit(share[sampled], effective[sampled])
    return BetaBinomial(
        a=a,
        b=b,
        areas_differ=a + b < _STRONGEST / 2,
        design_effect=effect,
        confidence_level=confidence_level,
        log_likelihood=log_likelihood,
        areas=tuple(
            _area(area, share=value, effective=count, prior=(a, b), level=confidence_level)
            for area, value, count in zip(
                direct.areas, direct.value.tolist(), effective.tolist(), strict=True
            )
        ),
    )


def _area(
    area: object, *, share: float, effective: float, prior: tuple[float, float], level: float
) -> BetaBinomialArea:
    """One area from the beta distribution of its share given its answers; a share of NaN: nobody answered."""
    answered = effective > 0
    a = prior[0] + (effective * share if answered else 0.0)
    b = prior[1] + (effective * (1 - share) if answered else 0.0)
    total, tail = a + b, (1 - level) / 2
    return BetaBinomialArea(
        area=area,
        direct=share if answered else None,
        effective_sample_size=effective,
        shrinkage=effective / total,
        value=a / total,
        standard_deviation=float(np.sqrt(a * b / (total**2 * (total + 1)))),
        lower=float(betaincinv(a, b, tail)),
        upper=float(betaincinv(a, b, 1 - tail)),
    )


def _refuse(direct: DirectEstimates, *, effect: float, level: float) -> None:
    sampled, n = direct.sampled, direct.counts()
    problems = []

    def report(code: str, wrong: BoolArray, text: str) -> None:
        if wrong.any():
            problems.append(Problem(code, direct.named(wrong), text))

    report(
        "not_a_share", sampled & ~((direct.value >= 0) & (direct.value <= 1)), "have a value outside 0 to 1"
    )
    report("no_respondents", sampled & ~(n > 0), "have an estimate but no respondents")
    if sampled.sum() < 3:
        problems.append(
            Problem("too_few_areas", "the model", f"has {sampled.sum()} areas with respondents, not 3")
        )
    elif np.isin(direct.value[sampled], (0, 1)).all() and np.unique(direct.value[sampled]).size == 1:
        problems.append(Problem("no_variation", "all areas", "have the same share of 0 or 1"))
    if not (np.isfinite(effect) and effect > 0):
        problems.append(Problem("not_a_design_effect", "design_effect", f"is {effect}, not above 0"))
    if not 0 < level < 1:
        problems.append(Problem("not_a_level", "confidence_level", f"is {level}, not between 0 and 1"))
    if problems:
        raise SmallAreaError("The beta-binomial model cannot be fitted.", problems=problems)


def _fit(share: FloatArray, effective: FloatArray) -> tuple[float, float, float]:
    """a, b and the log likelihood (without the binomial coefficients, which n_e does not define)."""
    yes, no = effective * share, effective * (1 - share)

    def negative(point: FloatArray) -> tuple[float, FloatArray]:
        mean, strength = float(expit(point[0])), float(np.exp(point[1]))
        a, b = mean * strength, (1 - mean) * strength
        value = float((betaln(a + yes, b + no) - betaln(a, b)).sum())
        whole = digamma(strength) - digamma(strength + effective)
        by_a = float((digamma(a + yes) - digamma(a) + whole).sum())
        by_b = float((digamma(b + no) - digamma(b) + whole).sum())
        slope = [(by_a - by_b) * strength * mean * (1 - mean), by_a * a + by_b * b]
        return -value, -np.array(slope)

    start = np.array([logit(np.average(share, weights=effective)), np.log(np.median(effective) + 1)])
    limits = [(None, None), (np.log(_FAINTEST), np.log(_STRONGEST))]
    found = minimize(
        negative, start, jac=True, method="L-BFGS-B", bounds=limits, options={"ftol": 1e-15, "gtol": 1e-9}
    )
    # the search also stops, without success, where floating point allows no better point: that is the answer
    if not (found.success or np.abs(found.jac).max() <= 1e-6 * effective.sum()):
        text = str(found.message)
        raise SmallAreaError(
            "The beta-binomial model did not converge.",
            problems=[Problem("not_converged", "a and b", text)],
        )
    mean, strength = float(expit(found.x[0])), float(np.exp(found.x[1]))
    return mean * strength, (1 - mean) * strength, -float(found.fun)
