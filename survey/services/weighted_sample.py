"""Weighted sample: from the drawn units of a round to a sample with weights that estimates can be made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.design import Design, SinglePsu
from analysis.errors import AnalysisError
from analysis.sample import Sample
from analysis.weighting import adjust_for_nonresponse, design_weights, poststratify
from forms.questionnaire import ItemKind
from survey.domain.wording import N_, Sentence
from survey.services.score_data import ScoreData, scale_of

DESIGN_WEIGHTS = "design-weights/1"
NONRESPONSE_CLASSES = "nonresponse-classes/1"
POSTSTRATIFIED = "poststratified/1"
CELL_SEPARATOR = "|"
PSU, DOMAIN = "psu_label", "domain"  # columns of the frame

# Codes of the problems that field work can bring about; imports refuse what makes the others.
OBSTACLES: Mapping[str, str] = {
    "class_without_respondent": N_(
        "Nobody answered in the non-response class %(label)s; join it with a similar class."
    ),
    "no_total": N_("The post-stratum %(label)s has respondents but no known total; import its total."),
    "total_without_respondent": N_(
        "The post-stratum %(label)s has a known total of %(total)s but nobody answered; "
        "join it with a neighbouring one."
    ),
}
OTHER_OBSTACLE = N_("The drawn units do not make a sample that can be computed with (%(detail)s).")


@dataclass(frozen=True, eq=False)
class WeightedSample:
    """The sample of a round. Its first rows are the `response_count` responses in their order; more rows keep
    those PSUs in the design in which nobody answered.

    `weighting` names the steps that made the weights, `totals` the known counts it was post-stratified to;
    `without_cell` counts respondents whose post-stratum is not known, who therefore have weight 0.
    """

    sample: Sample
    response_count: int
    weighting: str
    totals: Mapping[object, float] | None
    without_cell: int

    def with_columns(
        self, columns: Mapping[str, NDArray[np.float64]], *, domain: NDArray[np.int64], domain_count: int
    ) -> Sample:
        """The sample with more columns and a domain (-1: none), each given one value a response."""
        frame = self.sample.frame.assign(**{name: self._padded(values) for name, values in columns.items()})
        codes = np.concatenate([domain, np.full(len(frame) - self.response_count, -1)])
        frame[DOMAIN] = pd.Categorical.from_codes(codes, categories=pd.Index(range(domain_count)))
        return _calibrated(Sample(frame, self.sample.design), self.totals)

    def rows_of(self, of_responses: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """One truth value a response as one a row of the sample."""
        return np.asarray(self._padded(of_responses.astype(np.float64)) == 1)

    def _padded(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.concatenate([values, np.full(len(self.sample) - self.response_count, np.nan)])


def weighted_sample(data: ScoreData) -> WeightedSample:
    """Design weights, adjusted for non-response within classes, post-stratified where the round says so.

    A stratum with one PSU is measured from the mean of all PSUs (analysis.design.SinglePsu.ADJUST); second
    stages have finite populations where the counts are known. Respondents count as the sample of their PSU.
    Raises AnalysisError naming every class, total or stratum that stands in the way.
    """
    drawn = data.drawn.set_index("id")
    unit_ids = data.columns.row("sample_unit_id")
    responded = np.isin(drawn.index.to_numpy(), unit_ids)
    cells = _cells(data)
    answered = np.isin(drawn.index.to_numpy(), unit_ids[cells != ""])
    adjustment = adjust_for_nonresponse(
        design_weights(drawn["inclusion_probability"].to_numpy()),
        responded=answered,
        classes=drawn["nonresponse_class"].to_numpy(),
        eligible=drawn["is_eligible"].to_numpy() | responded,
    )
    drawn = drawn.assign(weight=adjustment.weights, unit=drawn.index, **{PSU: _psu_labels(drawn)})
    frame = drawn.loc[unit_ids].assign(cell=cells)
    silent = drawn[~drawn[PSU].isin(frame[PSU])].drop_duplicates(PSU)
    frame = pd.concat([frame, silent]).reset_index(drop=True)
    totals: dict[object, float] | None = None
    steps = [DESIGN_WEIGHTS, NONRESPONSE_CLASSES]
    if data.round.weighting_class_items:
        totals = {cell: float(total) for cell, total in data.totals.items()}
        steps.append(POSTSTRATIFIED)
    return WeightedSample(
        sample=_calibrated(Sample(frame, _design(frame)), totals),
        response_count=len(unit_ids),
        weighting=" + ".join(steps),
        totals=totals,
        without_cell=int((cells == "").sum()),
    )


def _calibrated(sample: Sample, totals: Mapping[object, float] | None) -> Sample:
    return sample if totals is None else poststratify(sample, by="cell", totals=totals)


def why_not(error: AnalysisError) -> tuple[Sentence, ...]:
    """What stands in the way, one sentence each."""
    problems = getattr(error, "problems", ())
    return tuple(
        Sentence(OBSTACLES[problem.code], problem.values)
        if problem.code in OBSTACLES
        else Sentence(OTHER_OBSTACLE, {"detail": str(problem)})
        for problem in problems
    ) or (Sentence(OTHER_OBSTACLE, {"detail": str(error)}),)


def _psu_labels(drawn: pd.DataFrame) -> pd.Series[str]:
    # A PSU is known by its stratum and its own label: labels may start again in every stratum.
    return drawn["stratum"].astype(str) + " / " + drawn["psu"].astype(str)


def _design(frame: pd.DataFrame) -> Design:
    """The stages whose populations are known for every unit; without the first, as drawn with replacement."""
    has_first = bool(frame["psu_population"].notna().all())
    has_second = has_first and bool(frame["element_population"].notna().all())
    return Design(
        strata="stratum",
        psu=(PSU, "unit") if has_second else (PSU,),
        weight="weight",
        population=("psu_population", "element_population")
        if has_second
        else ("psu_population",) * has_first,
        single_psu=SinglePsu.ADJUST,
    )


def _cells(data: ScoreData) -> NDArray[np.object_]:
    """The post-stratum of each response: answer codes joined by `|`, empty where one is not known."""
    codes = []
    for item_code in data.round.weighting_class_items:
        item = data.questionnaire.items_by_code[item_code]
        if item.kind is ItemKind.SINGLE_CHOICE:
            column = data.columns.choices(item)
            labels = np.array([*column.labels, ""], dtype=object)
            codes.append(labels[np.where(column.codes >= 0, column.codes, len(column.labels))])
        else:
            levels = data.columns.levels(item)
            known = np.isin(levels, sorted(scale_of(item).codes))
            codes.append(np.where(known, levels.astype(str).astype(object), ""))
    if not codes:
        return np.full(len(data), "all", dtype=object)
    rows = zip(*(column.tolist() for column in codes), strict=True)
    joined = ["" if "" in row else CELL_SEPARATOR.join(row) for row in rows]
    return np.array(joined, dtype=object)
