"""Design errors: which part of the design a standard error comes from, and what may be said of it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from analysis.sample import Sample

# Below this a standard error of a share or of a level is what is left over by arithmetic with 16 digits.
NO_VARIANCE = 1e-12

BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Reach:
    """Where the answers of domains come from. Shape (items, domains): how many `answers` there are, and
    whether they are all `in_one_psu` (two or more). One a domain: `psus` and `strata` with members, whether
    all these PSUs were taken for certain, and whether the domain `is_fixed`: all of it was drawn and
    answered, so nothing is left to chance.
    """

    answers: IntArray
    in_one_psu: BoolArray
    psus: IntArray
    strata: IntArray
    is_certain: BoolArray
    is_fixed: BoolArray

    @property
    def domain_count(self) -> int:
        """How many domains there are."""
        return len(self.psus)

    @cached_property
    def degrees_of_freedom(self) -> IntArray:
        """PSUs less strata, among those with members of the domain.

        Where chance only works within PSUs: answers less PSUs.
        """
        within = np.where(self.in_one_psu, self.answers - 1, self.answers - self.psus)
        return np.where(self.in_one_psu | self.is_certain, within, self.psus - self.strata)


def reach_of(sample: Sample, answered: BoolArray, *, domain: IntArray, domain_count: int) -> Reach:
    """The reach of several items; `answered` has the shape (rows, items), `domain` one code a row (-1: none).

    Rows that are no members of the sample, or have no weight, count for nothing.
    """
    inside = np.flatnonzero(sample.members & (domain >= 0))
    code, first = domain[inside], sample.stages[0]
    unit = first.unit[inside]
    answers = np.array(
        [np.bincount(code[column], minlength=domain_count) for column in answered[inside].T]
    ).reshape(answered.shape[1], domain_count)
    answering = [_different(code[column], unit[column], domain_count) for column in answered[inside].T]
    varying = np.zeros(len(sample), dtype=np.bool_)
    for stage in sample.stages:
        varying |= stage.group_scale[stage.unit_group[stage.unit]] > 0
    return Reach(
        answers=answers,
        in_one_psu=(np.array(answering).reshape(answers.shape) == 1) & (answers > 1),
        psus=_different(code, unit, domain_count),
        strata=_different(code, first.unit_group[unit], domain_count),
        is_certain=_none_of(first.group_fraction[first.unit_group[unit]] < 1, code, domain_count),
        is_fixed=_none_of(varying[inside], code, domain_count),
    )


def _different(code: IntArray, labels: IntArray, domain_count: int) -> IntArray:
    """How many different labels there are in each domain."""
    pairs = np.unique(labels * domain_count + code) % domain_count
    return np.asarray(np.bincount(pairs, minlength=domain_count), dtype=np.int64)


def _none_of(property_: BoolArray, code: IntArray, domain_count: int) -> BoolArray:
    return np.asarray(np.bincount(code[property_], minlength=domain_count) == 0)


@dataclass(frozen=True)
class ToldError:
    """What is said about the error of a value; None is not known."""

    standard_error: float | None = None
    lower: float | None = None
    upper: float | None = None
    design_effect: float | None = None


def told_error(
    value: float | None, found: ToldError, *, is_fixed: bool | np.bool_, within: tuple[float, float]
) -> ToldError:
    """The error as it may be published beside a value that lies `within` these bounds.

    A sample whose answers show no variance (all alike, or explained by the known totals) does not prove that
    there is none: no standard error is told of, and of the interval only what is left open at a share of 0 or
    1. Where nothing was left to chance, 0 it is. Limits beyond the scale are cut to it.
    """
    error = found.standard_error
    if value is None or error is None:
        return found
    if error < NO_VARIANCE:
        if is_fixed:
            return ToldError(standard_error=0.0, lower=value, upper=value)
        is_open = found.lower is not None and found.upper is not None and found.lower < found.upper
        at_end = is_open and value in within
        return ToldError(lower=found.lower if at_end else None, upper=found.upper if at_end else None)
    low, high = within
    return ToldError(
        standard_error=error,
        lower=None if found.lower is None else max(found.lower, low),
        upper=None if found.upper is None else min(found.upper, high),
        design_effect=found.design_effect,
    )
