"""Invented sample and answers: the same for the same seed, and answers that the questionnaire accepts."""

from collections import Counter

import numpy as np
import pytest

from forms.answers import check_answers
from forms.definitions import load_definition
from survey.services.demonstration import interviews, leaders, population

DISTRICTS = {f"c{district}{commune}": f"d{district}" for district in range(3) for commune in range(6)}


def people(seed: int) -> list[population.Person]:
    generator = np.random.default_rng(seed)
    return population.draw(generator, population.communes(generator, districts=DISTRICTS, urban=["c00"]))


def test_same_seed_draws_the_same_people() -> None:
    assert people(3) == people(3)


def test_every_stratum_has_its_number_of_communes() -> None:
    drawn = {(person.commune.district, person.commune.code) for person in people(3)}
    assert Counter(district for district, _code in drawn) == dict.fromkeys(("d0", "d1", "d2"), 4)


@pytest.mark.parametrize("number", range(0, 700, 50))
def test_invented_answers_are_accepted_by_the_questionnaire(number: int) -> None:
    drawn = people(3)
    questionnaire = load_definition("sipas-2023", 1)
    generator = np.random.default_rng(number)
    answers = interviews.answers(
        generator, questionnaire, person=drawn[number], moods=interviews.moods(generator, drawn)
    )
    assert check_answers(questionnaire, answers).problems == ()


def test_invented_grids_are_accepted_by_the_questionnaire() -> None:
    questionnaire = load_definition("leaders-cross-assessment", 1)
    grids = leaders.cross_assessments(np.random.default_rng(1), questionnaire, units=["954", "956"])
    problems = [check_answers(questionnaire, grid, units=("954", "956")).problems for grid in grids]
    assert problems == [()] * leaders.RESPONDENT_COUNT
