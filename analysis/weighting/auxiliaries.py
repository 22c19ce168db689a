"""Auxiliary variables of a calibration: columns whose population totals are known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from analysis.errors import Problem, WeightingError
from analysis.sample import Sample
from analysis.stages import FloatArray, numeric, some


@dataclass(frozen=True, eq=False)
class Auxiliaries:
    """Auxiliary variables by name: `values` (rows × p) and their known population `totals` (p).

    The columns of a model matrix, for what `margins` and column names cannot say: interactions, powers, an
    intercept. Raises `WeightingError` for shapes that do not fit together, repeated names, values that are
    missing.
    """

    names: tuple[str, ...]
    values: FloatArray
    totals: FloatArray

    def __post_init__(self) -> None:
        values, totals = (np.asarray(array, dtype=np.float64) for array in (self.values, self.totals))
        object.__setattr__(self, "names", tuple(self.names))
        object.__setattr__(self, "values", values)
        object.__setattr__(self, "totals", totals)
        problems = list(self._problems())
        if problems:
            raise WeightingError("The auxiliary variables do not hold together.", problems=problems)

    def _problems(self) -> Sequence[Problem]:
        count = len(self.names)
        if self.values.ndim != 2 or self.values.shape[1] != count or self.totals.shape != (count,):
            text = f"{count} names, values of shape {self.values.shape}, totals of shape {self.totals.shape}"
            return [
                Problem("shapes_differ", "auxiliaries", f"{text}; give rows × names, and a total for each")
            ]
        repeated = [name for name in dict.fromkeys(self.names) if self.names.count(name) > 1]
        problems = [Problem("repeated_name", f"auxiliary {name}", "is given twice") for name in repeated]
        for name, total in zip(self.names, self.totals, strict=True):
            if not np.isfinite(total):
                problems.append(
                    Problem("no_total", f"auxiliary {name}", f"has the total {total}; give a number")
                )
        return problems


def named_columns(sample: Sample, totals: Mapping[str, float]) -> Auxiliaries:
    """The sample's columns named in `totals`. Raises `WeightingError` for those it does not have."""
    unknown = [name for name in totals if name not in sample.frame.columns]
    if unknown:
        text = "the sample has no such column"
        problems = [Problem("unknown_column", f"auxiliary {name}", text) for name in unknown]
        raise WeightingError("There is no such auxiliary variable.", problems=problems)
    values = np.column_stack([numeric(sample.frame[name]) for name in totals])
    return Auxiliaries(tuple(totals), values, np.array([float(total) for total in totals.values()]))


def missing_values(sample: Sample, auxiliaries: Auxiliaries) -> list[Problem]:
    """Rows with a weight but without a value, by auxiliary variable."""
    rows = auxiliaries.values.shape[0]
    if rows != len(sample):
        text = f"has {rows} rows of auxiliary variables for {len(sample)} rows"
        return [Problem("shapes_differ", "sample", text)]
    wrong = ~np.isfinite(auxiliaries.values) & (sample.weights != 0)[:, None]
    problems = []
    for column in np.flatnonzero(wrong.any(axis=0)):
        rows = some(list(sample.frame.index[wrong[:, column]]))
        text = f"has no number in rows {rows}; impute it, or give them weight 0"
        problems.append(Problem("missing_auxiliary", f"auxiliary {auxiliaries.names[column]}", text))
    return problems
