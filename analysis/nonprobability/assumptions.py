"""What must be true for an estimate from a self-selected stream to be right, in codes and in words."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class Adjustment(StrEnum):
    """How a stream is made to speak for the population.

    INVERSE_PROPENSITY weighs its people by 1 / their estimated probability of being in it; MASS_IMPUTATION
    predicts the answer of everybody in the sample from a model fitted to the stream; DOUBLY_ROBUST does both;
    RAKING weighs the stream until its margins are those that the sample estimates.
    """

    INVERSE_PROPENSITY = "inverse_propensity"
    MASS_IMPUTATION = "mass_imputation"
    DOUBLY_ROBUST = "doubly_robust"
    RAKING = "raking"


class Assumption(StrEnum):
    """One thing an adjusted estimate takes for granted; the data cannot show that it holds."""

    SELECTION_AT_RANDOM = "selection_at_random"
    EVERYBODY_COULD_TAKE_PART = "everybody_could_take_part"
    INDEPENDENT_PARTICIPATION = "independent_participation"
    PROPENSITY_MODEL = "propensity_model"
    OUTCOME_MODEL = "outcome_model"
    EITHER_MODEL = "either_model"
    MARGINS_SUFFICE = "margins_suffice"
    SAME_MEASUREMENT = "same_measurement"
    SAMPLE_STANDS_FOR_POPULATION = "sample_stands_for_population"

    @property
    def sentence(self) -> str:
        """The assumption in English."""
        return _SENTENCES[self]


_SENTENCES: Mapping[Assumption, str] = MappingProxyType(
    {
        Assumption.SELECTION_AT_RANDOM: (
            "Among people alike in the covariates, whether somebody is in the stream has nothing to do with "
            "the answer."
        ),
        Assumption.EVERYBODY_COULD_TAKE_PART: (
            "Everybody in the population, whatever the covariates, had some chance of being in the stream."
        ),
        Assumption.INDEPENDENT_PARTICIPATION: (
            "People came into the stream independently of one another, each at most once."
        ),
        Assumption.PROPENSITY_MODEL: (
            "The log odds of being in the stream are a linear function of the covariates in the model."
        ),
        Assumption.OUTCOME_MODEL: (
            "The answer depends on the covariates as the fitted model says, outside the stream as inside it."
        ),
        Assumption.EITHER_MODEL: (
            "At least one of the two models, of participation or of the answer, is right. The standard error "
            "is derived under the model of participation."
        ),
        Assumption.MARGINS_SUFFICE: (
            "The chance of being in the stream is a product of one factor for each margin; crossings of the "
            "margins add nothing."
        ),
        Assumption.SAME_MEASUREMENT: (
            "The covariates mean the same and were asked in the same way in the stream and in the sample."
        ),
        Assumption.SAMPLE_STANDS_FOR_POPULATION: (
            "The weighted sample stands for the population that the stream came from, and was drawn "
            "independently of it."
        ),
    }
)

_ALWAYS = (
    Assumption.SELECTION_AT_RANDOM,
    Assumption.EVERYBODY_COULD_TAKE_PART,
    Assumption.INDEPENDENT_PARTICIPATION,
    Assumption.SAME_MEASUREMENT,
    Assumption.SAMPLE_STANDS_FOR_POPULATION,
)

ASSUMPTIONS: Mapping[Adjustment, tuple[Assumption, ...]] = MappingProxyType(
    {
        Adjustment.INVERSE_PROPENSITY: (*_ALWAYS, Assumption.PROPENSITY_MODEL),
        Adjustment.MASS_IMPUTATION: (*_ALWAYS, Assumption.OUTCOME_MODEL),
        Adjustment.DOUBLY_ROBUST: (*_ALWAYS, Assumption.EITHER_MODEL),
        Adjustment.RAKING: (*_ALWAYS, Assumption.MARGINS_SUFFICE),
    }
)
