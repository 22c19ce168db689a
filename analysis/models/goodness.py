"""How much of the response a model explains."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.errors import ModelError, Problem
from analysis.models.families import Family
from analysis.models.result import Regression


@dataclass(frozen=True)
class PseudoRSquared:
    """How much of the deviance a model explains, as if every person of the population had been seen.

    `cox_snell` is 1 - exp(-(D₀ - D) / N) of the deviances with population weights, `nagelkerke` divides it
    by the most it can be (Cox & Snell 1989; Nagelkerke 1991; for surveys Lumley 2017).
    """

    cox_snell: float
    nagelkerke: float

    def __str__(self) -> str:
        return f"Pseudo R²: Cox–Snell {self.cox_snell:.4g}, Nagelkerke {self.nagelkerke:.4g}"


def pseudo_r_squared(model: Regression) -> PseudoRSquared:
    """Cox–Snell's and Nagelkerke's R² of a logistic or Poisson regression (R survey 4.5, `psrsq`).

    Raises `ModelError` for a linear regression, which has an R² of its own.
    """
    if model.family is Family.GAUSSIAN:
        problem = Problem("not_discrete", "model", "is linear; 1 - deviance / null deviance is its R²")
        raise ModelError("Pseudo R² is for yes or no and for counts.", problems=[problem])
    total = float(model.data.weights.sum()) / model.data.mean_weight
    cox_snell = -np.expm1((model.deviance - model.null_deviance) / total)
    return PseudoRSquared(float(cox_snell), float(cox_snell / -np.expm1(-model.null_deviance / total)))
