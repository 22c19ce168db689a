"""Domains: the crossing of the variables that estimates are broken down by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analysis.codes import first_of, joint_codes, sorted_codes
from analysis.design import as_names
from analysis.errors import EstimationError
from analysis.sample import Sample
from analysis.stages import IntArray, some


@dataclass(frozen=True, eq=False)
class Domains:
    """The domains of one call: `names` of their variables, `labels` (one tuple a domain), `code` (one a row).

    A row with a missing label has the code -1 and belongs to no domain.
    """

    names: tuple[str, ...]
    labels: tuple[tuple[object, ...], ...]
    code: IntArray

    @property
    def count(self) -> int:
        """How many domains there are."""
        return len(self.labels)


def cross(sample: Sample, by: str | Sequence[str]) -> Domains:
    """Every crossing of the variables that occurs in the sample, members or not, in the order of the labels.

    A single categorical variable brings all its categories, so that one nobody belongs to is told of. No
    variable: one domain, the whole population. Raises `EstimationError` for an unknown column.
    """
    names = as_names(by)
    unknown = [name for name in names if name not in sample.frame.columns]
    if unknown:
        raise EstimationError(
            f"There is no domain variable {some(unknown)}.",
            hint=f"Columns: {some(list(sample.frame.columns))}.",
        )
    if not names:
        return Domains((), ((),), np.zeros(len(sample), dtype=np.int64))
    factors = [sorted_codes(sample.frame[name]) for name in names]
    if len(factors) == 1:
        code, labels = factors[0]
        return Domains(names, tuple((label,) for label in labels), code)
    present = np.logical_and.reduce([code >= 0 for code, _ in factors])
    crossed = joint_codes(*(code[present] for code, _ in factors))
    count = int(crossed.max(initial=-1)) + 1
    code = np.full(len(sample), -1, dtype=np.int64)
    code[present] = crossed
    rows = np.flatnonzero(present)[first_of(crossed, count)]
    columns = [[labels[factor[row]] for row in rows] for factor, labels in factors]
    return Domains(names, tuple(zip(*columns, strict=True)), code)
