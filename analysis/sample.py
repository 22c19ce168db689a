"""A sample: rows of answers together with the design that drew them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import InitVar, dataclass, field, replace
from typing import Any, Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.design import Design, PsuLabels, SinglePsu, as_names
from analysis.errors import DesignError, EstimationError, Problem
from analysis.printing import Printed
from analysis.replicate_design import ReplicateDesign
from analysis.replicate_reading import read_replicates
from analysis.replicates import Replicates
from analysis.stages import BoolArray, FloatArray, Stage, StageBuilder, first_of, joint_codes, some


class Calibration(Protocol):
    """What estimators must know of a calibration: the part of an influence that it leaves."""

    def residual(self, influence: FloatArray) -> FloatArray:
        """Weighted influence values (rows × estimates) less what the known totals explain of them."""
        ...


@dataclass(frozen=True, eq=False, repr=False)
class Sample(Printed):
    """Rows of answers (one a respondent) and their design, checked once on the way in.

    `frame` has the design's columns and the answers: numbers or codes, empty = missing. A row of weight 0 (a
    non-respondent) keeps its PSU in the design and leaves every estimate. A design of replicate weights comes
    with its columns; for any other `analysis.weighting.replicate_weights` makes them. Raises `DesignError`
    naming every stratum, PSU and row at fault, `SinglePsuStratumError` naming every stratum with one PSU.
    """

    frame: pd.DataFrame
    design: Design | ReplicateDesign
    weights: FloatArray = field(init=False)
    design_weights: FloatArray = field(init=False)
    stages: tuple[Stage, ...] = field(init=False)
    calibrations: tuple[Calibration, ...] = field(init=False, default=())
    members: BoolArray = field(init=False)
    replicates: Replicates | None = field(init=False, default=None)
    _state: InitVar[Mapping[str, Any] | None] = None

    def __post_init__(self, _state: Mapping[str, Any] | None) -> None:
        state = _state
        if state is None:
            replicates = None
            if isinstance(self.design, ReplicateDesign):
                reading = read_replicates(self.frame, self.design)
                stages, weights, replicates = reading.stages, reading.weights, reading.replicates
            else:
                stages, weights = StageBuilder(self.frame, self.design).build()
            state = {
                "stages": stages,
                "weights": weights,
                "design_weights": weights,
                "calibrations": (),
                "members": weights > 0,
                "replicates": replicates,
            }
        for name, value in state.items():
            object.__setattr__(self, name, value)

    @classmethod
    def of_stages(
        cls, frame: pd.DataFrame, design: Design, *, stages: tuple[Stage, ...], weights: FloatArray
    ) -> Sample:
        """A sample whose stages and weights (one a row) have been read and checked already."""
        state = {
            "stages": stages,
            "weights": weights,
            "design_weights": weights,
            "calibrations": (),
            "members": weights > 0,
            "replicates": None,
        }
        return cls(frame, design, _state=state)

    def __len__(self) -> int:
        return len(self.frame)

    def __str__(self) -> str:
        weights, first = self.weights[self.members], self.stages[0]
        rows = f"{weights.size} of {len(self)}" if weights.size < len(self) else f"{weights.size}"
        units = ", then ".join(str(stage.unit_count) for stage in self.stages)
        parts = [f"rows {rows}", f"strata {first.group_size.size}", f"sampling units {units}"]
        if weights.size:
            parts.append(f"weights {weights.min():.4g} to {weights.max():.4g}, sum {weights.sum():.6g}")
        if self.calibrations:
            parts.append(f"calibrations {len(self.calibrations)}")
        if self.replicates is not None:
            parts.append(str(self.replicates))
        return "; ".join([*parts, f"degrees of freedom {self.degrees_of_freedom}"])

    def _with(self, **changes: Any) -> Sample:
        names = ("stages", "weights", "design_weights", "calibrations", "members", "replicates")
        frame = changes.pop("frame", self.frame)
        return replace(self, frame=frame, _state={name: getattr(self, name) for name in names} | changes)

    @property
    def degrees_of_freedom(self) -> int:
        """PSUs less strata, counting only those with members of the domain (R survey 4.5, `degf`).

        With replicates made from the design, at most their number less one; where replicates are all that is
        known of the design, what they say (see `ReplicateDesign`).
        """
        if self.replicates is not None and isinstance(self.design, ReplicateDesign):
            return self.replicates.degrees_of_freedom_in(self.members)
        counted = self._psus_less_strata()
        return counted if self.replicates is None else min(counted, self.replicates.count - 1)

    @property
    def is_pps(self) -> bool:
        """Whether the units were drawn with unequal probabilities without replacement."""
        return self.design.pps is not None

    def _psus_less_strata(self) -> int:
        stage = self.stages[0]
        has_members = np.full(stage.unit_count, self.members.all())
        if not has_members.any():
            has_members[stage.unit[self.members]] = True
        return int(has_members.sum() - np.unique(stage.unit_group[has_members]).size)

    def where(self, condition: BoolArray | pd.Series[bool]) -> Sample:
        """The domain for which the condition (one truth value a row) holds; the design stays whole.

        Conditions add up: `sample.where(a).where(b)` is a and b. Raises `EstimationError` for another length
        or for a condition that is neither true nor false somewhere.
        """
        values = np.asarray(condition)
        if values.shape != (len(self),) or values.dtype != np.bool_:
            raise EstimationError(
                f"A condition is one truth value for each of the {len(self)} rows, "
                f"not {values.dtype} of shape {values.shape}.",
                hint="Compare a column of the frame, and decide where missing values belong.",
            )
        return self._with(members=self.members & values)

    def with_columns(self, columns: Mapping[str, NDArray[Any]]) -> Sample:
        """The same sample with further columns of answers, one value a row; the design stays as read."""
        kept = self.frame.drop(columns=[name for name in columns if name in self.frame.columns])
        return self._with(frame=pd.concat([kept, pd.DataFrame(columns, index=kept.index)], axis=1))

    def reweighted(
        self,
        weights: FloatArray,
        calibration: Calibration | None = None,
        *,
        replicates: Replicates | None = None,
    ) -> Sample:
        """The same sample under other weights (one a row), with the calibration that made them, if one did.

        `replicates` are the sample's after the same change; without them the result has none.
        """
        return self._with(
            weights=weights,
            calibrations=self.calibrations if calibration is None else (*self.calibrations, calibration),
            members=self.members & (weights != 0),  # a calibrated weight may be negative
            replicates=replicates,
        )

    def residual(self, influence: FloatArray) -> FloatArray:
        """Weighted influences (rows × estimates) less what the calibrations explain of them.

        The last calibration comes first: what it leaves is an estimate under the weights before it, of which
        the one before explains its part (R survey 4.5, `svyrecvar`, goes the other way and finds too small an
        error).
        """
        rows = influence
        for calibration in reversed(self.calibrations):
            rows = calibration.residual(rows)
        return rows

    def within(self, unit: str, *, element_population: str | Mapping[object, float] | None = None) -> Sample:
        """The conditional design for reports on units that are themselves PSUs.

        Between PSUs such a unit has no variance, so its standard error must come from the respondents within
        it: the unit becomes the stratum, the next stage (or the row) the sampling unit, and
        `element_population` (a column, or unit → size) the finite population; by default that of the design's
        second stage, if any. The result says nothing about units that were not drawn; weights stay as they
        are, known totals add nothing to the precision. Raises `DesignError` unless every unit is one whole
        PSU. Method: conditional on the drawn PSUs, Särndal, Swensson & Wretman 1992, §4.3.
        """
        self._check_units_are_psus(unit)
        psu, population = as_names(self.design.psu), as_names(self.design.population)
        fraction = as_names(self.design.sampling_fraction)
        frame = self.frame.assign(_final_weight=self.weights)
        if isinstance(element_population, str):
            population, fraction = (element_population,), ()
        elif element_population is not None:
            frame = frame.assign(_element_population=self._population_of(unit, element_population))
            population, fraction = ("_element_population",), ()
        else:
            population, fraction = population[1:], fraction[1:]
        pps = self.design.pps if fraction and not population else None
        rule = SinglePsu.ADJUST if self.design.single_psu is SinglePsu.FAIL else self.design.single_psu
        design = Design(
            strata=unit,
            psu=psu[1:],
            weight="_final_weight",
            population=population,
            sampling_fraction=fraction,
            psu_labels=PsuLabels.WITHIN_STRATUM,
            single_psu=rule,
            single_psu_in_domains=self.design.single_psu_in_domains,
            pps=pps,
        )
        return Sample(frame, design)._with(members=self.members)

    def _population_of(self, unit: str, sizes: Mapping[object, float]) -> pd.Series[Any]:
        labels = self.frame[unit]
        unknown = [label for label in dict.fromkeys(labels) if label not in sizes]
        if unknown:
            problem = Problem("no_population", f"column {unit}", f"no population size for {some(unknown)}")
            raise DesignError("Every unit reported on needs its population.", problems=[problem])
        return labels.map(dict(sizes))

    def _check_units_are_psus(self, unit: str) -> None:
        place = f"column {unit}"
        if isinstance(self.design, ReplicateDesign):
            text = "replicate weights do not tell which rows were drawn together; give the design itself"
            problem = Problem("unknown_psus", place, text)
            raise DesignError("A design within units needs to know the units.", problems=[problem])
        if unit not in self.frame.columns:
            problem = Problem("unknown_column", place, "the sample has no such column")
            raise DesignError("There are no units to report on.", problems=[problem])
        stage = self.stages[0]
        codes = joint_codes(pd.factorize(self.frame[unit])[0])
        pairs = joint_codes(codes, stage.unit)
        same = int(pairs.max()) == int(codes.max()) == stage.unit_count - 1
        if same and not stage.rows_are_units:
            return
        pair_unit = codes[first_of(pairs, int(pairs.max()) + 1)]
        several = np.flatnonzero(np.bincount(pair_unit) > 1)
        labels = self.frame[unit].iloc[first_of(codes, int(codes.max()) + 1)[several]]
        text = (
            f"spread over several sampling units: {some(list(labels))}"
            if several.size
            else "only part of one"
        )
        message = f"are not whole PSUs ({text}); report on them with by=[{unit!r}] on the sample itself"
        raise DesignError(
            "A design within units is for units that are PSUs.",
            problems=[Problem("not_psus", place, message)],
        )
