"""Calibration: make weighted counts agree with known totals, and remember it for the variance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.sparse import csr_array, diags_array

from analysis.errors import Problem, WeightingError
from analysis.estimation.domains import Domains, cross
from analysis.estimation.totals import sum_matrix
from analysis.sample import Sample
from analysis.stages import FloatArray, IntArray


@dataclass(frozen=True, eq=False)
class PostStratification:
    """What post-stratification explains: the post-stratum mean of an influence (R survey 4.5, `svyrecvar`).

    `cell` is the post-stratum of each row (-1: weight 0), `before` and `after` the weights.
    """

    cell: IntArray
    before: FloatArray
    after: FloatArray

    def residual(self, influence: FloatArray) -> FloatArray:
        """Weighted influences (rows × estimates) less the post-stratum means under the weights before."""
        means = self._means @ influence
        explained = np.where(self.cell[:, None] >= 0, means[self.cell], 0) * self.after[:, None]
        return np.asarray(influence - explained)

    @cached_property
    def _means(self) -> csr_array:
        """The matrix from weighted influences to the post-stratum means of the influences, weights before."""
        matrix = sum_matrix(self.cell, int(self.cell.max()) + 1)
        ratio = np.divide(self.before, self.after, out=np.zeros_like(self.before), where=self.after > 0)
        size = matrix @ self.before  # a post-stratum without weighted rows keeps 0: no row looks it up
        inverse = np.divide(1.0, size, out=np.zeros_like(size), where=size > 0)
        return csr_array(diags_array(inverse) @ matrix @ diags_array(ratio))


def poststratify(sample: Sample, *, by: str | Sequence[str], totals: Mapping[object, float]) -> Sample:
    """The sample with weights that add up to `totals` in every post-stratum (Holt & Smith 1979).

    `totals` maps the label of `by` (a tuple of labels for several variables) to the number of people.
    Estimates from the result have standard errors from residuals. Raises `WeightingError` naming every total
    without a respondent, every post-stratum without a total, totals that are not positive, and rows without a
    label.
    """
    cells = cross(sample, by)
    weighted = sample.weights > 0
    cell = np.where(weighted, cells.code, -1)
    labels = [label[0] if len(label) == 1 else label for label in cells.labels]
    sums = sum_matrix(cell, len(labels)) @ sample.weights
    problems = _problems(sample, cells=cells, labels=labels, sums=sums, totals=totals)
    if problems:
        raise WeightingError("The totals and the sample do not fit together.", problems=problems)
    known = np.array([float(totals.get(label, 0)) for label in labels])  # no total: no respondent either
    factor = np.divide(known, sums, out=np.zeros_like(known), where=sums > 0)
    after = np.where(cell >= 0, sample.weights * factor[cell], 0.0)
    return sample.reweighted(after, PostStratification(cell, sample.weights, after))


def _problems(
    sample: Sample,
    *,
    cells: Domains,
    labels: Sequence[object],
    sums: FloatArray,
    totals: Mapping[object, float],
) -> list[Problem]:
    names = " × ".join(cells.names)
    astray = (sample.weights > 0) & (cells.code < 0)
    problems = [
        Problem("no_label", f"row {row}", f"has no {names}; give it one or weight 0")
        for row in sample.frame.index[astray]
    ]
    respondents = {label for label, total in zip(labels, sums, strict=True) if total > 0}
    for label in sorted(respondents - set(totals), key=str):
        text = "has respondents but no known total; add the total"
        problems.append(Problem("no_total", f"{names} {label}", text, {"label": str(label)}))
    for label, total in totals.items():
        if label not in respondents:
            text = f"has a known total of {total:g} but no respondent; join it with a neighbouring class"
            values = {"label": str(label), "total": f"{total:g}"}
            problems.append(Problem("total_without_respondent", f"{names} {label}", text, values))
        elif not (np.isfinite(total) and total > 0):
            text = f"has a known total of {total}, which is not above 0"
            problems.append(Problem("total_not_positive", f"{names} {label}", text))
    return problems
