"""Bootstrap replicate weights: sampling units drawn again from the sample, by the design."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from analysis.choices import chosen
from analysis.codes import first_of
from analysis.design import SinglePsu, as_names
from analysis.errors import Problem, WeightingError
from analysis.replicate_design import ReplicateCentre, ReplicateMethod, default_scale
from analysis.sample import Sample
from analysis.stages import FloatArray, IntArray, Stage
from analysis.weighting.replicate_weights import (
    FinitePopulation,
    first_stage,
    refuse,
    refuse_too_large,
    replicated,
    sampled_fractions,
)

_NEGLIGIBLE = 100  # PSUs in the population for one in the sample: drawn as if with replacement


class BootstrapMethod(StrEnum):
    """How a stratum's n PSUs are drawn again.

    RAO_WU: n - 1 draws with replacement, each PSU's factor 1 - λ + λ n/(n - 1) times its draws, with
    λ = √(1 - f) (Rao & Wu 1988; Rao, Wu & Yue 1992; without finite population R's `subbootstrap`).
    CANTY_DAVISON: n draws, with replacement or from the sample repeated to the size of the population (Canty
    & Davison 1999; R's `bootstrap`); low by (n - 1)/n, which the scale mends on average over the strata.
    MULTISTAGE: half samples without replacement at every stage, rescaled, which know the finite populations
    of every stage (Preston 2009; R's `mrbbootstrap`).
    """

    RAO_WU = "rao_wu"
    CANTY_DAVISON = "canty_davison"
    MULTISTAGE = "multistage"


_NAMES = {
    BootstrapMethod.RAO_WU: ReplicateMethod.SUBBOOTSTRAP,
    BootstrapMethod.CANTY_DAVISON: ReplicateMethod.BOOTSTRAP,
    BootstrapMethod.MULTISTAGE: ReplicateMethod.MULTISTAGE_BOOTSTRAP,
}


@dataclass(frozen=True, eq=False)
class _Draw:
    """The stage the units of the factors belong to, and factors (units × replicates)."""

    stage: Stage
    factors: FloatArray


def bootstrap(
    sample: Sample,
    *,
    replicates: int,
    seed: int,
    method: BootstrapMethod = BootstrapMethod.RAO_WU,
    finite_population: FinitePopulation | None = None,
    centre: ReplicateCentre = ReplicateCentre.MEAN,
) -> Sample:
    """The sample with bootstrap replicates; the same seed draws the same PSUs, however rows are sorted.

    Strata taken whole do not vary; a stratum of one PSU adds nothing under CERTAINTY and REMOVE.
    `finite_population` is for the methods that draw PSUs alone, needed only where later stages vary.

    Raises `WeightingError` for fewer than 2 replicates or too many, a calibrated sample (calibrate after),
    strata of one PSU under ADJUST and AVERAGE, and designs the bootstrap does not know.
    """
    stage = first_stage(sample)
    if replicates < 2:
        refuse("too_few_replicates", f"{replicates} replicates show no variance; ask for some hundreds")
    _refuse_single(sample, stage)
    kind = chosen(BootstrapMethod, method, name="method")
    generator, scale = np.random.default_rng(seed), default_scale(ReplicateMethod.BOOTSTRAP, replicates)
    if kind is BootstrapMethod.MULTISTAGE:
        draw = _half_samples(sample, replicates, generator)
    else:
        fraction = sampled_fractions(sample, finite_population)
        draws = _rescaled_draws if kind is BootstrapMethod.RAO_WU else _population_draws
        draw = draws(sample, fraction, replicates, generator)
        if kind is BootstrapMethod.CANTY_DAVISON:
            scale *= _harmonic_correction(stage.group_size[(stage.group_size > 1) & (fraction < 1)])
    return replicated(
        sample,
        method=_NAMES[kind],
        factors=draw.factors,
        scale=scale,
        rscales=np.ones(replicates),
        centre=centre,
        stage=draw.stage,
        seed=seed,
    )


def _refuse_single(sample: Sample, stage: Stage) -> None:
    if sample.design.single_psu not in (SinglePsu.ADJUST, SinglePsu.AVERAGE):
        return
    single = np.flatnonzero(stage.group_is_single)
    if single.size:
        raise WeightingError(
            f"The bootstrap cannot follow single_psu = {sample.design.single_psu}. Collapse the stratum with "
            "its most similar neighbour, choose certainty or remove, or use jackknife.",
            problems=[
                Problem("single_psu", stage.group_names[code], "has one sampling unit") for code in single
            ],
        )


def _in_order_of_labels(sample: Sample, number: int) -> IntArray:
    """The units of a stage in the order of their labels, so that a seed means the same whatever the rows."""
    stage, design = sample.stages[number], sample.design
    columns = [*as_names(design.strata)[: number + 1], *as_names(design.psu)[: number + 1]]
    if stage.rows_are_units and len(as_names(design.psu)) <= number:
        return np.arange(stage.unit_count)
    first = first_of(stage.unit, stage.unit_count)
    keys = [sample.frame[name].iloc[first].astype(str).to_numpy(dtype=np.str_) for name in reversed(columns)]
    return np.lexsort(keys)


def _members(stage: Stage, order: IntArray) -> list[IntArray]:
    """The units of every stratum, each in the given order."""
    ordered = order[np.argsort(stage.unit_group[order], kind="stable")]
    return np.split(ordered, np.cumsum(stage.group_size)[:-1])


def _rescaled_draws(
    sample: Sample, fraction: FloatArray, replicates: int, generator: np.random.Generator
) -> _Draw:
    stage = sample.stages[0]
    refuse_too_large(stage.unit_count, replicates)
    factors = np.ones((stage.unit_count, replicates))
    for stratum, units in enumerate(_members(stage, _in_order_of_labels(sample, 0))):
        size, reach = units.size, np.sqrt(1 - fraction[stratum])
        if size > 1 and reach > 0:
            times = generator.multinomial(size - 1, np.full(size, 1 / size), size=replicates).T
            factors[units] = 1 - reach + reach * (size / (size - 1)) * times
    return _Draw(stage, factors)


def _population_draws(
    sample: Sample, fraction: FloatArray, replicates: int, generator: np.random.Generator
) -> _Draw:
    stage = sample.stages[0]
    refuse_too_large(stage.unit_count, replicates)
    factors = np.ones((stage.unit_count, replicates))
    for stratum, units in enumerate(_members(stage, _in_order_of_labels(sample, 0))):
        size = units.size
        if size == 1 or fraction[stratum] >= 1:
            continue
        if fraction[stratum] * _NEGLIGIBLE < 1:
            factors[units] = generator.multinomial(size, np.full(size, 1 / size), size=replicates).T
            continue
        population = round(size / fraction[stratum])
        copies = np.full(size, population // size)
        copies[generator.permutation(size)[: population % size]] += 1
        factors[units] = generator.multivariate_hypergeometric(copies, size, size=replicates).T
    return _Draw(stage, factors)


def _harmonic_correction(sizes: IntArray) -> float:
    """n/(n - 1) for the harmonic mean n of the PSUs of the strata that vary (R survey 4.5, `bootweights`)."""
    typical = 1 / float(np.mean(1 / sizes)) if sizes.size else np.inf
    return 1 / (1 - 1 / typical)


def _half_samples(sample: Sample, replicates: int, generator: np.random.Generator) -> _Draw:
    """Preston 2009, §3: what a stage adds to the factor of a unit goes on only below units that are kept."""
    if sample.is_pps:
        refuse("pps", "half samples do not know unequal probabilities; use linearization")
    stages = [stage for stage in sample.stages if stage.group_multiplier.any()]
    last = stages[-1]
    refuse_too_large(last.unit_count, replicates)
    orders = [_in_order_of_labels(sample, number) for number in range(len(stages))]
    first = first_of(last.unit, last.unit_count)
    factors = np.ones((last.unit_count, replicates))
    for replicate in range(replicates):
        carried = np.ones(1)  # of the parent of the first stage, the population
        for stage, order in zip(stages, orders, strict=True):
            added, carried = _halved(stage, order, carried, generator)
            factors[:, replicate] += added[stage.unit[first]]
    return _Draw(last, factors)


def _halved(
    stage: Stage, order: IntArray, carried: FloatArray, generator: np.random.Generator
) -> tuple[FloatArray, FloatArray]:
    """What a stage adds to the factors of its units, and what these carry to the units below."""
    size = stage.group_size.astype(np.float64)
    half = np.maximum(stage.group_size // 2, 1)
    left = np.maximum(size - half, 1)  # a group of one unit keeps it and adds nothing
    reach = np.sqrt(stage.group_multiplier * half * (1 - stage.group_fraction) / left) * (size > 1)
    keys = np.empty(stage.unit_count)
    keys[order] = generator.random(stage.unit_count)
    by_key = np.lexsort((keys, stage.unit_group))
    rank = np.empty(stage.unit_count, dtype=np.int64)
    rank[by_key] = (
        np.arange(stage.unit_count)
        - (np.cumsum(stage.group_size) - stage.group_size)[stage.unit_group[by_key]]
    )
    group = stage.unit_group
    kept = rank < half[group]
    above = carried[stage.group_parent[group]]
    more = size[group] / half[group]
    return above * reach[group] * (more * kept - 1), above * np.sqrt(more) * kept
