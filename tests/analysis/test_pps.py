"""Unequal probabilities without replacement: declarations, matrices, and refusals that name what is wrong."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from analysis.design import Design
from analysis.errors import DesignError
from analysis.pps import JointProbabilities, PpsMethod, PpsVariance
from analysis.sample import Sample

GIVEN, OVERTON = JointProbabilities.GIVEN, JointProbabilities.OVERTON


def rows(**columns: list[object]) -> pd.DataFrame:
    return pd.DataFrame({"unit": [1, 2, 3], "p": [0.2, 0.5, 0.8], "y": [1.0, 2, 3]} | columns)


def problems_of(pps: PpsMethod, data: pd.DataFrame | None = None, **design: Any) -> list[str]:
    declared = {"inclusion_probability": "p", "pps": pps} | design
    with pytest.raises(DesignError) as refusal:
        Sample(rows() if data is None else data, Design(**declared))
    return [problem.code for problem in refusal.value.problems]


@pytest.mark.parametrize(
    ("pps", "design", "codes"),
    [
        (PpsMethod(joint=GIVEN), {}, ["joint_matrix"]),
        (PpsMethod(matrix=np.eye(3)), {}, ["joint_matrix"]),
        (PpsMethod(sum_of_squares=0.1), {}, ["sum_of_squares_unused"]),
        (PpsMethod(variance=PpsVariance.YATES_GRUNDY), {}, ["no_yates_grundy"]),
        (PpsMethod(), {"inclusion_probability": None, "weight": "y"}, ["no_probabilities"]),
        (PpsMethod(), {"population": "y"}, ["no_probabilities"]),
        (PpsMethod(joint=OVERTON), {"psu": ["unit", "y"], "sampling_fraction": ["p", "p"]}, ["pps_stages"]),
        (PpsMethod(), {"psu": ["unit", "y"]}, ["no_probabilities"]),
    ],
)
def test_contradictions_are_named(pps: PpsMethod, design: dict[str, Any], codes: list[str]) -> None:
    assert problems_of(pps, **design) == codes


def test_probabilities_of_the_rows_are_checked() -> None:
    by_unit = {"psu": "unit", "sampling_fraction": "p", "inclusion_probability": None}
    wrong = rows(p=[0.0, 1.5, 0.5])
    assert problems_of(PpsMethod(), wrong, **by_unit) == ["not_a_probability"]
    assert problems_of(PpsMethod(), rows(unit=[1, 1, 2]), **by_unit) == ["probability_varies"]


@pytest.mark.parametrize(
    ("matrix", "codes"),
    [
        (np.eye(2), ["joint_shape"]),
        ([[0.2, 0.1, 0.15], [0.2, 0.5, 0.4], [0.15, 0.4, 0.8]], ["joint_not_symmetric"]),
        ([[0.2, 0.0, 0.15], [0.0, 0.5, 0.4], [0.15, 0.4, 0.8]], ["joint_not_positive"]),
        ([[0.2, 0.3, 0.15], [0.3, 0.5, 0.4], [0.15, 0.4, 0.8]], ["joint_too_large"]),
        ([[0.3, 0.1, 0.15], [0.1, 0.5, 0.4], [0.15, 0.4, 0.8]], ["joint_too_large", "joint_diagonal"]),
        ([[0.1, 0.1, 0.1], [0.1, 0.5, 0.4], [0.1, 0.4, 0.8]], ["joint_diagonal"]),
    ],
)
def test_joint_probabilities_must_fit_the_units(matrix: Any, codes: list[str]) -> None:
    assert problems_of(PpsMethod(joint=GIVEN, matrix=np.asarray(matrix))) == codes


def test_yates_grundy_rows_add_up_to_nothing() -> None:
    probability, stratum = np.array([0.2, 0.5, 0.8]), np.zeros(3, dtype=np.int64)
    for joint in (JointProbabilities.OVERTON, JointProbabilities.HARTLEY_RAO):
        form = PpsMethod(joint=joint, variance=PpsVariance.YATES_GRUNDY).form(probability, stratum)
        assert form is not None
        np.testing.assert_allclose(form.sum(axis=1), 0, atol=1e-15)


def test_choices_may_be_given_by_their_words() -> None:
    assert PpsMethod(joint="overton").joint is OVERTON  # type: ignore[arg-type]
    with pytest.raises(Exception, match="joint is 'sampford'"):
        PpsMethod(joint="sampford")  # type: ignore[arg-type]
