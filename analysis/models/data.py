"""The rows a model is fitted to: members of the sample's domain who miss none of its variables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analysis.errors import FormulaError, ModelError, Problem
from analysis.estimation.availability import membership_of, refuse_psu_domains
from analysis.estimation.domains import Domains
from analysis.models.formula import Formula
from analysis.models.matrix import Encoding, learn
from analysis.models.variables import Variable, check_names, evaluate
from analysis.sample import Sample
from analysis.stages import BoolArray, FloatArray, IntArray


@dataclass(frozen=True, eq=False)
class ModelData:
    """The response and the model matrix on the rows of a model.

    `sample` is the domain of these rows, `rows` are their places in it; `matrix` (rows × p) is coded by
    `encoding`. `left_out_count` members miss a variable. `design_degrees_of_freedom` are those that tests of
    the model start from.
    """

    sample: Sample
    rows: IntArray
    response: Variable
    encoding: Encoding
    matrix: FloatArray
    left_out_count: int
    design_degrees_of_freedom: int
    mean_weight: float

    @property
    def weights(self) -> FloatArray:
        """The weights of the rows."""
        return self.of_rows(self.sample.weights)

    def of_rows(self, values: FloatArray) -> FloatArray:
        """Values of all rows of the sample, on the rows of the model."""
        return values if self.rows.size == len(self.sample) else values[self.rows]

    def on_all_rows(self, values: FloatArray) -> FloatArray:
        """Values (rows × k) of the rows of the model, on all rows of the sample, 0 elsewhere."""
        if self.rows.size == len(self.sample):
            return values
        result = np.zeros((len(self.sample), values.shape[1]))
        result[self.rows] = values
        return result


def model_data(sample: Sample, formula: Formula) -> ModelData:
    """Evaluate the variables of a formula on the members of a sample's domain.

    Missing is decided listwise over all variables; rows that leave stay in the design. Raises `FormulaError`
    for a formula without response or unknown columns, `ModelError` when no row is complete or a factor has
    one level, `DomainIsPsuError` when all rows lie in one sampled PSU (use `sample.within`).
    """
    if formula.response is None:
        raise FormulaError(f"The model {formula} has no response.", hint="Write response ~ terms.")
    check_names(formula.names, sample.frame)
    frame = sample.frame[list(formula.names)]
    members = np.flatnonzero(sample.members)
    if members.size < len(sample):
        frame = frame.iloc[members]
    response = evaluate(formula.response, frame)
    variables = {variable: evaluate(variable, frame) for variable in formula.variables}
    complete = _complete(formula, [response, *variables.values()])
    used = {key: variable.of_rows(complete) for key, variable in variables.items()}
    encoding = learn(formula, used)
    rows = members[complete]
    fitted = sample.where(_inside(rows, len(sample))) if rows.size < members.size else sample
    _refuse_one_psu(fitted)
    return ModelData(
        sample=fitted,
        rows=rows,
        response=response.of_rows(complete),
        encoding=encoding,
        matrix=encoding.encode(used, row_count=rows.size),
        left_out_count=int(members.size - rows.size),
        # replicates keep their degrees of freedom when answers are missing (R survey 4.5, `svyglm`)
        design_degrees_of_freedom=(fitted if sample.replicates is None else sample).degrees_of_freedom,
        mean_weight=float(sample.weights[members].mean()),
    )


def _inside(rows: IntArray, count: int) -> BoolArray:
    inside = np.zeros(count, dtype=np.bool_)
    inside[rows] = True
    return inside


def _complete(formula: Formula, variables: Sequence[Variable]) -> BoolArray:
    """Which rows have every variable; raises `ModelError` when none has."""
    complete = np.logical_and.reduce([~np.isnan(variable.values) for variable in variables])
    if not complete.any():
        text = f"none of {complete.size} members has all of {', '.join(formula.names)}"
        raise ModelError("There is no row to fit.", problems=[Problem("no_rows", "domain", text)])
    return np.asarray(complete, dtype=np.bool_)


def _refuse_one_psu(sample: Sample) -> None:
    """Between PSUs the scores of a model inside one PSU add up to zero, and so would its standard errors."""
    inside = Domains((), ((),), np.where(sample.members, 0, -1).astype(np.int64))
    refuse_psu_domains(inside, membership_of(sample, inside))
