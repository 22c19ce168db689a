"""Invented answers to the citizens' questionnaire in force since 2023."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forms.questionnaire import Item, ItemKind, Questionnaire
from survey.services.demonstration.population import Person

SHARE_OF_ITEMS_LEFT_OUT = 0.012
PERSON_SPREAD = 0.55
COMMUNE_SPREAD = 0.1
ANSWER_SPREAD = 0.75
# How content people are on average with a factor, on the levels 1 to 5.
FACTOR_MEANS = {
    "I.A": 4.24, "I.B": 4.12, "I.C": 4.26, "I.D": 4.2,
    "II.A": 4.42, "II.B": 4.34, "II.C": 4.46, "II.D": 4.36, "II.E": 4.06,
}  # fmt: skip
OTHER_SCALE_MEAN = 3.0
DISTRICT_SPREAD = 0.15
FIXED_ANSWERS = {"ethnicity": "kinh", "terrain": "plain"}
CHOICE_WEIGHTS = {
    "education": {
        "primary": 0.22,
        "lower_secondary": 0.3,
        "upper_secondary": 0.26,
        "vocational": 0.1,
        "university": 0.12,
    },
    "occupation": {
        "at_home": 0.16,
        "freelance": 0.48,
        "private_sector": 0.16,
        "public_sector": 0.08,
        "retired": 0.08,
        "student": 0.04,
    },
    "c4": {"any_form": 0.4, "form_sent": 0.34, "meeting": 0.18, "online": 0.08},
    "c5": {"none": 0.86, "some": 0.12, "many": 0.02},
    "c6": {"none": 0.88, "some": 0.1, "many": 0.02},
}
CHANNELS = {
    "loudspeaker": 0.34,
    "meetings": 0.4,
    "authorities": 0.28,
    "family": 0.33,
    "media": 0.5,
    "internet": 0.46,
}
SHARE_WITH_EXPERIENCE = 0.45


@dataclass(frozen=True)
class Moods:
    """What the answers of a person share: the district's, the commune's and their own contentment."""

    by_district: dict[str, float]
    by_commune: dict[str, float]


def moods(generator: np.random.Generator, people: list[Person]) -> Moods:
    """Invent how content districts and communes are, around 0."""
    districts = sorted({person.commune.district for person in people})
    communes = sorted({person.commune.code for person in people})
    return Moods(
        by_district=dict(zip(districts, generator.normal(0, DISTRICT_SPREAD, len(districts)), strict=True)),
        by_commune=dict(zip(communes, generator.normal(0, COMMUNE_SPREAD, len(communes)), strict=True)),
    )


def answers(
    generator: np.random.Generator, questionnaire: Questionnaire, *, person: Person, moods: Moods
) -> dict[str, object]:
    """The answers of one person. Some items are left out, never those that weights are fitted to."""
    contentment = (
        moods.by_district[person.commune.district]
        + moods.by_commune[person.commune.code]
        + generator.normal(0, PERSON_SPREAD)
        + (0.12 if person.age_band in ("age_50_60", "age_over_60") else 0.0)
    )
    given: dict[str, object] = {
        "sex": person.sex,
        "age_band": person.age_band,
        "residence": "urban" if person.commune.is_urban else "rural",
        **FIXED_ANSWERS,
    }
    for item in questionnaire.items:
        if item.code not in given and item.relevance is None and item.kind is not ItemKind.TEXT:
            answer = _answer(generator, item, contentment)
            if generator.random() >= SHARE_OF_ITEMS_LEFT_OUT:
                given[item.code] = answer
    return given


def _answer(generator: np.random.Generator, item: Item, contentment: float) -> object:
    if item.kind is ItemKind.SCALE:
        return _level(generator, item, contentment)
    if item.kind is ItemKind.MULTIPLE_CHOICE:
        chosen = [channel for channel, share in CHANNELS.items() if generator.random() < share]
        return chosen or ["family"]
    weights = CHOICE_WEIGHTS.get(item.code, {"yes": SHARE_WITH_EXPERIENCE, "no": 1 - SHARE_WITH_EXPERIENCE})
    return str(generator.choice(list(weights), p=list(weights.values())))


def _level(generator: np.random.Generator, item: Item, contentment: float) -> int:
    if item.scale is None:
        raise ValueError(f"The item {item.code} has no scale.")
    levels = item.scale.level_codes
    mean = OTHER_SCALE_MEAN if item.factor is None else FACTOR_MEANS[item.factor] + contentment
    return int(np.clip(np.rint(generator.normal(mean, ANSWER_SPREAD)), min(levels), max(levels)))
