"""Families of responses with their canonical link: what mean and variance belong to a linear predictor."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

import numpy as np
from scipy.special import expit, logit, xlogy

from analysis.stages import BoolArray, FloatArray


class Family(StrEnum):
    """What kind of response is modelled: a number, a yes (1) or no (0), a count.

    Standard errors come from the design, so the variance of the family only weighs the rows ("quasi").
    """

    GAUSSIAN = "gaussian"
    BINOMIAL = "binomial"
    POISSON = "poisson"


@dataclass(frozen=True)
class FamilyFunctions:
    """A family in functions of arrays (McCullagh & Nelder 1989, table 2.1), canonical link.

    `mean` of a linear predictor and its `link` back; `variance` of a mean (also the slope of the mean in the
    predictor); `unit_deviance` of a response and a predictor; `responds`: which responses are possible, said
    in words by `expects`; `loss_along`: how much worse each row fits, at most, as its predictor moves on and
    on by a step (0 or less: it fits no worse).
    """

    mean: Callable[[FloatArray], FloatArray]
    link: Callable[[float], float]
    variance: Callable[[FloatArray], FloatArray]
    unit_deviance: Callable[[FloatArray, FloatArray], FloatArray]
    responds: Callable[[FloatArray], BoolArray]
    expects: str
    loss_along: Callable[[FloatArray, FloatArray], FloatArray]


def _binomial_deviance(response: FloatArray, predictor: FloatArray) -> FloatArray:
    return np.asarray(2 * np.logaddexp(0.0, (1 - 2 * response) * predictor))


def _poisson_deviance(response: FloatArray, predictor: FloatArray) -> FloatArray:
    mean = np.exp(predictor)
    return np.asarray(2 * (xlogy(response, response) - response * predictor - (response - mean)))


FUNCTIONS: Mapping[Family, FamilyFunctions] = MappingProxyType(
    {
        Family.GAUSSIAN: FamilyFunctions(
            mean=lambda predictor: predictor,
            link=lambda mean: mean,
            variance=np.ones_like,
            unit_deviance=lambda response, predictor: (response - predictor) ** 2,
            responds=np.isfinite,
            expects="numbers",
            loss_along=lambda response, step: np.abs(step),
        ),
        Family.BINOMIAL: FamilyFunctions(
            mean=expit,
            link=lambda mean: float(logit(mean)),
            variance=lambda mean: mean * (1 - mean),
            unit_deviance=_binomial_deviance,
            responds=lambda response: (response == 0) | (response == 1),
            expects="0 and 1",
            loss_along=lambda response, step: (1 - 2 * response) * step,
        ),
        Family.POISSON: FamilyFunctions(
            mean=np.exp,
            link=lambda mean: float(np.log(mean)),
            variance=lambda mean: mean,
            unit_deviance=_poisson_deviance,
            responds=lambda response: np.isfinite(response) & (response >= 0),
            expects="counts of 0 or more",
            loss_along=lambda response, step: np.where(response > 0, np.abs(step), step),
        ),
    }
)
