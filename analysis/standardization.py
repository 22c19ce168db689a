"""Direct standardization: rates as they would be if every domain had the same population distribution."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from enum import StrEnum

import numpy as np

from analysis.choices import chosen
from analysis.errors import EstimationError, Problem, WeightingError
from analysis.estimation.domains import Domains, cross
from analysis.estimation.estimators import mean, share
from analysis.estimation.result import Estimates
from analysis.estimation.settings import DEFAULT_SETTINGS, EstimationSettings
from analysis.items import item_matrix
from analysis.sample import Sample
from analysis.stages import FloatArray, some
from analysis.weighting.calibration import poststratify
from analysis.weighting.margins import labels_of


class EmptyCells(StrEnum):
    """Domains where a class of the population has no member: REFUSE them, or IGNORE the class there.

    IGNORE standardizes such a domain to the distribution of the classes it has, so that it is not comparable
    with the others (R survey 4.5, `svystandardize`, does so with a warning).
    """

    REFUSE = "refuse"
    IGNORE = "ignore"


def standardize(
    sample: Sample,
    *,
    by: str | Sequence[str],
    population: Mapping[object, float],
    over: str | Sequence[str] = (),
    empty_cells: EmptyCells = EmptyCells.REFUSE,
) -> Sample:
    """The members of the sample, weighted so that every domain `over` has the distribution `population`.

    `by` names the variables of the standard population, `population` maps their labels (a tuple for several)
    to its counts or shares. The weight of each domain stays what it was. Estimates from the result, by
    `over`, are directly standardized; their standard errors know the standardization as they know
    post-stratification, and take the distribution as known (R survey 4.5, `svystandardize`; Korn & Graubard
    1999, §4.5). Raises `WeightingError` naming every class without a member in a domain, without a number in
    the population, and the members without a label; `EstimationError` for unknown columns.
    """
    empty_cells = chosen(EmptyCells, empty_cells, name="empty_cells")
    classes, domains = cross(sample, by), cross(sample, over)
    standard = _distribution(classes, population)
    weight = np.where(sample.members, sample.weights, 0.0)
    labelled = domains.code >= 0
    size = np.bincount(domains.code[labelled], weights=weight[labelled], minlength=domains.count)
    totals: dict[object, float] = {}
    problems = []
    for code, label in enumerate(domains.labels):
        there = np.unique(classes.code[sample.members & (domains.code == code)])
        there = there[there >= 0]
        if there.size and empty_cells is EmptyCells.REFUSE:
            lacking = np.setdiff1d(np.flatnonzero(standard > 0), there)
            problems += [_lacking(classes, domains, each, code) for each in lacking]
        for each in there:
            cell = (*classes.labels[each], *label)
            totals[cell[0] if len(cell) == 1 else cell] = float(standard[each] * size[code])
    if problems:
        raise WeightingError("The standard population does not fit every domain.", problems=problems)
    return poststratify(_members_alone(sample), by=(*classes.names, *domains.names), totals=totals)


def standardized_mean(
    sample: Sample,
    of: str,
    *,
    by: str | Sequence[str],
    population: Mapping[object, float],
    over: str | Sequence[str] = (),
    settings: EstimationSettings = DEFAULT_SETTINGS,
) -> Estimates:
    """The mean of one item in each domain `over`, standardized among those who answered it.

    Arguments and errors as for `standardize`, settings and further errors as for `mean`.
    """
    answered = ~np.isnan(item_matrix(sample.frame, [of])[:, 0])
    asked = standardize(sample.where(answered), by=by, population=population, over=over)
    return mean(asked, of, by=over, settings=settings)


def standardized_share(
    sample: Sample,
    of: str,
    *,
    categories: Sequence[object],
    by: str | Sequence[str],
    population: Mapping[object, float],
    over: str | Sequence[str] = (),
    settings: EstimationSettings = DEFAULT_SETTINGS,
) -> Estimates:
    """The share answering any of the categories in each domain `over`, standardized among those who answered.

    Arguments and errors as for `standardize`, settings and further errors as for `share`. Raises
    `EstimationError` for an unknown column.
    """
    if of not in sample.frame.columns:
        columns = some(list(sample.frame.columns))
        raise EstimationError(f"There is no column {of}.", hint=f"Columns: {columns}.")
    answered = sample.frame[of].notna().to_numpy()
    asked = standardize(sample.where(answered), by=by, population=population, over=over)
    return share(asked, of, categories=categories, by=over, settings=settings)


def _distribution(classes: Domains, population: Mapping[object, float]) -> FloatArray:
    """The share of each class in the standard population, in the order of the classes."""
    names = " × ".join(classes.names)
    labels = labels_of(classes)
    problems = [
        Problem("no_population", f"{names} {label}", "has no number in the standard population")
        for label in labels
        if label not in population
    ]
    for label, number in population.items():
        place = f"{names} {label}"
        if not (np.isfinite(number) and number >= 0):
            problems.append(Problem("not_a_population", place, f"has {number}, not a number of 0 or more"))
        elif label not in labels:
            problems.append(Problem("unknown_class", place, "does not occur in the sample"))
    whole = sum(population.values())
    if not problems and not whole > 0:
        problems.append(Problem("no_population", names, "the standard population is empty"))
    if problems:
        raise WeightingError("The standard population and the sample do not fit.", problems=problems)
    return np.array([population[label] / whole for label in labels], dtype=np.float64)


def _lacking(classes: Domains, domains: Domains, place: int, code: int) -> Problem:
    lacking = " × ".join(map(str, classes.labels[place]))
    where = ", ".join(
        f"{name} {label}" for name, label in zip(domains.names, domains.labels[code], strict=True)
    )
    text = "has no member here; join it with a neighbouring class, or leave the domain out"
    return Problem(
        "class_without_member", f"{' × '.join(classes.names)} {lacking}, {where or 'sample'}", text
    )


def _members_alone(sample: Sample) -> Sample:
    """The sample with weight 0 outside its domain, in every replicate too."""
    replicates = sample.replicates
    if replicates is not None:
        replicates = replace(replicates, base=np.where(sample.members, replicates.base, 0.0))
    return sample.reweighted(np.where(sample.members, sample.weights, 0.0), replicates=replicates)
