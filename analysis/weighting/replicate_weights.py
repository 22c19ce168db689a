"""Replicate weights from a design: jackknife and balanced half samples; the bootstraps are beside."""

from __future__ import annotations

from enum import StrEnum
from typing import NoReturn

import numpy as np
import pandas as pd

from analysis.choices import chosen
from analysis.codes import first_of
from analysis.design import SinglePsu
from analysis.errors import Problem, WeightingError
from analysis.replicate_design import (
    ReplicateCentre,
    ReplicateDesign,
    ReplicateMethod,
    default_scale,
)
from analysis.replicates import Replicates
from analysis.sample import Sample
from analysis.stages import BoolArray, FloatArray, IntArray, Stage
from analysis.weighting.hadamard import hadamard_matrix

_MOST_FACTORS = 200_000_000  # units × replicates held in memory: 1.6 GB


class FinitePopulation(StrEnum):
    """What replicates of sampling units make of finite populations.

    FIRST_STAGE: the variance between the units is reduced by 1 - f of their stratum; what later stages add is
    left out. IGNORED: as if drawn with replacement, which overstates the variance.
    """

    FIRST_STAGE = "first_stage"
    IGNORED = "ignored"


def jackknife(
    sample: Sample,
    *,
    finite_population: FinitePopulation | None = None,
    centre: ReplicateCentre = ReplicateCentre.MEAN,
) -> Sample:
    """The sample with one replicate a PSU, which leaves the PSU out: JK1 unstratified, JKn by strata.

    The others of the stratum stand in with the factor n_h / (n_h - 1), and the replicate counts
    (1 - f_h) (n_h - 1) / n_h (Wolter 2007, §4.5; R survey 4.5, `jk1weights`, `jknweights`). Strata taken
    whole get no replicate. A stratum of one PSU follows the design's rule: none for CERTAINTY and REMOVE;
    for ADJUST one that leaves it out and lets all other strata stand in; for AVERAGE the whole is scaled up.
    `finite_population` need not be given unless later stages add to the variance.

    Raises `WeightingError` for a calibrated sample (calibrate afterwards), for designs the jackknife does not
    know, and when there are too many PSUs to hold.
    """
    stage = first_stage(sample)
    left = 1 - sampled_fractions(sample, finite_population)
    single, varying = stage.group_size == 1, left > 0
    has_replicates = varying & ~single
    if sample.design.single_psu is SinglePsu.ADJUST and stage.group_size.size > 1:
        has_replicates |= varying & single
    if not has_replicates.any():
        refuse("no_replicates", "every stratum is taken whole, or has one PSU: no replicate differs")
    factors, rscales = _leave_one_out(stage, np.flatnonzero(has_replicates), left)
    unstratified = stage.group_size.size == 1
    return replicated(
        sample,
        method=ReplicateMethod.JK1 if unstratified else ReplicateMethod.JKN,
        factors=factors,
        scale=float(rscales[0]) if unstratified else _average_scale(sample, single & varying, rscales.size),
        rscales=np.ones(rscales.size) if unstratified else rscales,
        centre=centre,
    )


def _leave_one_out(stage: Stage, strata: IntArray, left: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Factors (PSUs × replicates) and rscales, strata and PSUs in the order in which rows name them."""
    count = int(stage.group_size[strata].sum())
    refuse_too_large(stage.unit_count, count)
    factors, rscales, start = np.ones((stage.unit_count, count)), np.empty(count), 0
    order = np.argsort(first_of(stage.unit, stage.unit_count), kind="stable")
    occurring = pd.unique(stage.unit_group[order])
    for stratum in occurring[np.isin(occurring, strata)]:
        units, size = order[stage.unit_group[order] == stratum], int(stage.group_size[stratum])
        columns = slice(start, start + size)
        if size > 1:
            factors[units, columns] = size / (size - 1)
            rscales[columns] = left[stratum] * (size - 1) / size
        else:  # a single PSU left out, with all other strata standing in for its stratum
            groups = stage.group_size.size
            factors[:, columns] = groups / (groups - 1)
            rscales[columns] = (groups - 1) / groups
        factors[units, np.arange(start, start + size)] = 0
        start += size
    return factors, rscales


def balanced_repeated_replication(
    sample: Sample,
    *,
    fay_coefficient: float = 0.0,
    finite_population: FinitePopulation | None = None,
    centre: ReplicateCentre = ReplicateCentre.MEAN,
) -> Sample:
    """The sample with balanced half samples: in every stratum one of the two PSUs, by a Hadamard matrix.

    The chosen PSU has the factor 2 - ρ, the other ρ = `fay_coefficient`: 0 leaves it out, a value up to 1
    keeps small domains in every replicate (Fay's method; Judkins 1990). Full orthogonal balance: the variance
    of a total is that of linearization with replacement (Wolter 2007, ch. 3).

    Raises `WeightingError` naming every stratum that has not two PSUs, for finite populations unless these
    are IGNORED (half samples do not know them), and as `jackknife`.
    """
    stage = first_stage(sample)
    if not 0 <= fay_coefficient < 1:
        refuse("not_a_fay_coefficient", f"fay_coefficient is {fay_coefficient}, not at least 0 and below 1")
    if sampled_fractions(sample, finite_population).any():
        text = "half samples do not know finite populations; say finite_population=FinitePopulation.IGNORED"
        refuse("finite_population", f"{text}, or use jackknife or bootstrap")
    _refuse_unpaired(stage)
    signs = hadamard_matrix(stage.group_size.size + 1)[1 : stage.group_size.size + 1]
    refuse_too_large(stage.unit_count, signs.shape[1])
    is_first = np.zeros(stage.unit_count, dtype=np.bool_)
    is_first[np.unique(stage.unit_group, return_index=True)[1]] = True
    side = np.where(is_first, 1, -1)[:, None] * signs[stage.unit_group]
    method = ReplicateMethod.FAY if fay_coefficient else ReplicateMethod.BRR
    return replicated(
        sample,
        method=method,
        factors=np.asarray(1 + side * (1 - fay_coefficient), dtype=np.float64),
        scale=default_scale(method, signs.shape[1], fay_coefficient),
        rscales=np.ones(signs.shape[1]),
        centre=centre,
    )


def _refuse_unpaired(stage: Stage) -> None:
    wrong = np.flatnonzero(stage.group_size != 2)
    if wrong.size:
        raise WeightingError(
            "Balanced half samples need two PSUs in every stratum. Pair or collapse strata, or use jackknife "
            "or bootstrap.",
            problems=[
                Problem("not_two_psus", stage.group_names[code], f"has {stage.group_size[code]} PSUs")
                for code in wrong
            ],
        )


def first_stage(sample: Sample) -> Stage:
    """The stage replicates are made of. Raises `WeightingError` where replicates cannot be made."""
    if isinstance(sample.design, ReplicateDesign):
        refuse("unknown_psus", "the design is known by its replicate weights alone, which it has already")
    if sample.calibrations:
        text = "the weights are calibrated already; make the replicates first, then each is calibrated too"
        refuse("calibrated", text)
    return sample.stages[0]


def sampled_fractions(sample: Sample, finite_population: FinitePopulation | None) -> FloatArray:
    """The fraction f of every stratum that replicates of PSUs take into account.

    Raises `WeightingError` where it matters and was not said: when later stages add to the variance.
    """
    stage = sample.stages[0]
    if finite_population is not None:
        finite_population = chosen(FinitePopulation, finite_population, name="finite_population")
    if finite_population is FinitePopulation.IGNORED:
        return np.zeros(stage.group_size.size)
    if sample.is_pps:
        text = "replicates do not know joint inclusion probabilities; use linearization"
        refuse("pps", f"{text}, or say finite_population=FinitePopulation.IGNORED")
    if finite_population is None and any(later.group_scale.any() for later in sample.stages[1:]):
        refuse(
            "later_stages",
            "replicates of PSUs reduced by 1 - f miss what the later stages add; use "
            "bootstrap(method=BootstrapMethod.MULTISTAGE), or say finite_population: IGNORED overstates the "
            "variance, FIRST_STAGE understates it",
        )
    return stage.group_fraction


def replicated(
    sample: Sample,
    *,
    method: ReplicateMethod,
    factors: FloatArray,
    scale: float,
    rscales: FloatArray,
    centre: ReplicateCentre,
    stage: Stage | None = None,
    seed: int | None = None,
) -> Sample:
    """The sample with replicates whose factors are those of a stage's units (by default the PSUs)."""
    if not (factors != 1).any():
        refuse("no_replicates", "every stratum is taken whole, or has one PSU: no replicate differs")
    replicates = Replicates(
        method=method,
        base=np.where(sample.weights != 0, sample.weights, 1.0),
        unit=(stage or sample.stages[0]).unit,
        factors=factors,
        scale=scale,
        rscales=rscales,
        centre=chosen(ReplicateCentre, centre, name="centre"),
        seed=seed,
    )
    return sample.reweighted(sample.weights, replicates=replicates)


def refuse_too_large(unit_count: int, replicate_count: int) -> None:
    """Raise `WeightingError` when factors of units × replicates would not fit into memory."""
    if unit_count * replicate_count > _MOST_FACTORS:
        text = f"{unit_count} sampling units × {replicate_count} replicates are too many to hold"
        refuse("too_many_replicates", f"{text}; use bootstrap with fewer replicates, or linearization")


def refuse(code: str, text: str) -> NoReturn:
    """Raise `WeightingError` with one problem."""
    raise WeightingError("Replicates cannot be made.", problems=[Problem(code, "replicates", text)])


def _average_scale(sample: Sample, single: BoolArray, count: int) -> float:
    """Under AVERAGE, single PSUs count what the others do on average: PSUs over replicates."""
    if sample.design.single_psu is not SinglePsu.AVERAGE:
        return 1.0
    return float((count + single.sum()) / count)
