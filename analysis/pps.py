"""Samples drawn with unequal probabilities without replacement: what their variance makes of pairs of units.

The variance of a total of weighted unit values z is Σ_i Σ_j Δ_ij z_i z_j with Δ_ij = (π_ij - π_i π_j) / π_ij
(Horvitz & Thompson 1952), or -½ Σ_i Σ_j Δ_ij (z_i - z_j)² for fixed sample sizes (Yates & Grundy 1953; Sen
1953). Joint probabilities π_ij are given, or approximated from the π_i.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from analysis.choices import chosen

Numbers = NDArray[np.float64]
Codes = NDArray[np.int64]

_SHOWN = 3


class JointProbabilities(StrEnum):
    """Where the joint inclusion probabilities come from.

    BREWER: none needed; every unit has its own 1 - π_i in the stratified formula, at every stage (Brewer
    2002, ch. 9; R survey 4.5, `pps = "brewer"`). OVERTON, HARTLEY_RAO: approximated from π_i and π_j (Overton
    1985; Hartley & Rao 1962 as in Berger 2004). POISSON: every unit was drawn by itself, π_ij = π_i π_j.
    GIVEN: known, as a matrix.
    """

    BREWER = "brewer"
    OVERTON = "overton"
    HARTLEY_RAO = "hartley_rao"
    POISSON = "poisson"
    GIVEN = "given"


class PpsVariance(StrEnum):
    """Which of the two estimators: HORVITZ_THOMPSON, or YATES_GRUNDY for samples of fixed size."""

    HORVITZ_THOMPSON = "horvitz_thompson"
    YATES_GRUNDY = "yates_grundy"


@dataclass(frozen=True, kw_only=True, eq=False)
class PpsMethod:
    """How the variance of a sample with unequal probabilities is estimated.

    `matrix` holds the joint probabilities (units × units, π_i on the diagonal) in the order in which the
    units first occur in the rows. `sum_of_squares` is Hartley & Rao's Σ π² / n over the population, None: the
    mean of π in the sample. `tolerance`: Δ of smaller size is taken as 0, as R does below 1e-4. Units with
    π = 1 belong into a stratum of their own: inside another they count in its n, though they add nothing.
    """

    joint: JointProbabilities = JointProbabilities.BREWER
    variance: PpsVariance = PpsVariance.HORVITZ_THOMPSON
    matrix: Numbers | None = None
    sum_of_squares: float | None = None
    tolerance: float = 0.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "joint", chosen(JointProbabilities, self.joint, name="joint"))
        object.__setattr__(self, "variance", chosen(PpsVariance, self.variance, name="variance"))

    @property
    def needs_form(self) -> bool:
        """Whether pairs of units enter one by one."""
        return self.joint is not JointProbabilities.BREWER

    def contradictions(self) -> list[tuple[str, str]]:
        """What of the declaration does not hold together: code and text."""
        problems = []
        given = self.joint is JointProbabilities.GIVEN
        if given != (self.matrix is not None):
            text = "joint probabilities need a matrix, and a matrix needs joint=JointProbabilities.GIVEN"
            problems.append(("joint_matrix", text))
        if self.sum_of_squares is not None and self.joint is not JointProbabilities.HARTLEY_RAO:
            problems.append(("sum_of_squares_unused", "sum_of_squares belongs to Hartley & Rao's method"))
        if self.variance is PpsVariance.YATES_GRUNDY and self.joint in (
            JointProbabilities.BREWER,
            JointProbabilities.POISSON,
        ):
            text = f"{self.joint} has no Yates-Grundy variance; it has one of its own"
            problems.append(("no_yates_grundy", text))
        return problems

    def matrix_problems(self, probability: Numbers) -> list[tuple[str, str]]:
        """What of a given matrix does not fit the units and their probabilities: code and text."""
        if self.matrix is None:
            return []
        matrix, count = np.asarray(self.matrix, dtype=np.float64), probability.size
        if matrix.shape != (count, count):
            shape = " × ".join(map(str, matrix.shape))
            return [
                ("joint_shape", f"is {shape} for {count} units; give one row and column a unit, in order")
            ]
        problems = []
        if not (np.isfinite(matrix).all() and np.allclose(matrix, matrix.T, rtol=1e-8, atol=0)):
            problems.append(("joint_not_symmetric", "is not symmetric, or has missing numbers"))
        if not (matrix > 0).all():
            pairs = int((matrix <= 0).sum())
            text = f"is not above 0 in {pairs} places; pairs that cannot be drawn together have no estimate"
            problems.append(("joint_not_positive", text))
        elif (matrix > np.minimum.outer(probability, probability) * (1 + 1e-6)).any():
            problems.append(("joint_too_large", "exceeds the probability of one of the two units somewhere"))
        if not np.allclose(np.diag(matrix), probability, rtol=1e-6, atol=0):
            problems.append(("joint_diagonal", "has another diagonal than the probabilities of the design"))
        return problems

    def form(self, probability: Numbers, stratum: Codes) -> csr_array | None:
        """The matrix S (units × units) of the variance z'S z; None where each unit stands by itself."""
        if not self.needs_form:
            return None
        if self.joint is JointProbabilities.POISSON:
            return csr_array(np.diag(1 - probability))
        delta = self._given() if self.matrix is not None else self._approximated(probability, stratum)
        delta[np.abs(delta) < self.tolerance] = 0
        if self.variance is PpsVariance.YATES_GRUNDY:
            delta = delta - np.diag(delta.sum(axis=1))
        return csr_array(delta)

    def _given(self) -> Numbers:
        matrix = np.asarray(self.matrix, dtype=np.float64)
        own = np.diag(matrix)
        return np.asarray((matrix - np.outer(own, own)) / matrix, dtype=np.float64)

    def _approximated(self, probability: Numbers, stratum: Codes) -> Numbers:
        size = np.bincount(stratum)[stratum].astype(np.float64)
        others = np.maximum(size - 1, 1)
        both = probability[:, None] + probability[None, :]
        if self.joint is JointProbabilities.OVERTON:
            delta = 1 - (size - both / 2) / others
        else:
            mean = np.bincount(stratum, weights=probability)[stratum] / size
            spread = mean if self.sum_of_squares is None else np.full(size.size, self.sum_of_squares)
            delta = 1 - (size - both + spread) / others
        certain = probability == 1
        delta[(stratum[:, None] != stratum[None, :]) | np.outer(certain, certain)] = 0
        np.fill_diagonal(delta, 1 - probability)
        return np.asarray(delta, dtype=np.float64)
