"""Small-area estimates as frozen results, each with the direct estimate beside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import pandas as pd

from analysis.printing import Printed
from analysis.small_areas.fitting import FitMethod


class AreaSource(StrEnum):
    """What an area's estimate rests on: its own answers and the model, or the model alone."""

    COMPOSITE = "composite"
    SYNTHETIC = "synthetic"


@dataclass(frozen=True, kw_only=True)
class AreaEstimate:
    """One area: `value` = `shrinkage` × `direct` + (1 - `shrinkage`) × `synthetic`.

    `shrinkage` is γ = A / (A + ψ), the weight of the area's own answers (0: nobody answered, `direct` is None
    and `value` is the synthetic x'β). `mean_squared_error` counts the error of β and of the model variance.
    """

    area: object
    direct: float | None
    direct_standard_error: float | None
    respondent_count: int | None
    synthetic: float
    shrinkage: float
    value: float
    mean_squared_error: float
    source: AreaSource

    @property
    def root_mean_squared_error(self) -> float:
        """In the units of the estimate: what a standard error is to a direct estimate."""
        return float(np.sqrt(self.mean_squared_error))

    def __str__(self) -> str:
        direct = "no respondents" if self.direct is None else f"direct {self.direct:.6g}"
        if self.direct_standard_error is not None:
            direct += f" (SE {self.direct_standard_error:.4g})"
        root = f"root MSE {self.root_mean_squared_error:.4g}"
        return f"{self.area}: {self.value:.6g}, {root}; {direct}, weight {self.shrinkage:.0%}"


@dataclass(frozen=True, kw_only=True, repr=False)
class FayHerriot(Printed):
    """A fitted Fay–Herriot model: y = x'β + u + e, u ~ (0, `model_variance`), e ~ (0, ψ) with ψ known.

    `coefficients` and their standard errors are by covariate name. `log_likelihood` is the normal one at the
    estimates, whichever the method. A `model_variance` of 0 means that the areas differ no more than their
    sampling errors explain: every estimate is synthetic and the mean squared errors are too small
    (Rao & Molina 2015, §6.4.2).
    """

    method: FitMethod
    areas: tuple[AreaEstimate, ...]
    coefficients: Mapping[str, float]
    coefficient_standard_errors: Mapping[str, float]
    model_variance: float
    log_likelihood: float
    iteration_count: int

    def get(self, area: object) -> AreaEstimate:
        """The estimate of an area; raises `KeyError` for one that is not in the model."""
        return {each.area: each for each in self.areas}[area]

    def to_frame(self) -> pd.DataFrame:
        """One row an area: area, direct, direct_standard_error, respondents, synthetic, shrinkage, estimate,
        root_mean_squared_error, source."""
        return pd.DataFrame(
            [
                {
                    "area": each.area,
                    "direct": each.direct,
                    "direct_standard_error": each.direct_standard_error,
                    "respondents": each.respondent_count,
                    "synthetic": each.synthetic,
                    "shrinkage": each.shrinkage,
                    "estimate": each.value,
                    "root_mean_squared_error": each.root_mean_squared_error,
                    "source": str(each.source),
                }
                for each in self.areas
            ]
        )

    def __str__(self) -> str:
        terms = (
            f"{name} {value:.6g} (SE {self.coefficient_standard_errors[name]:.4g})"
            for name, value in self.coefficients.items()
        )
        head = f"Fay–Herriot model by {self.method}: model variance {self.model_variance:.6g}; " + ", ".join(
            terms
        )
        if self.model_variance == 0:
            head += (
                "\nThe areas differ no more than their sampling errors explain; all estimates are synthetic."
            )
        return "\n".join([head, *map(str, self.areas)])
