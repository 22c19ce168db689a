"""What of an estimate is available, and why the rest is not."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.errors import DomainIsPsuError
from analysis.estimation.domains import Domains
from analysis.estimation.result import Status
from analysis.estimation.totals import TotalsTable, sum_matrix
from analysis.sample import Sample
from analysis.stages import BoolArray, FloatArray, IntArray, some

WITHOUT_VALUE = (Status.NO_RESPONDENT, Status.ONE_RESPONDENT, Status.ZERO_DENOMINATOR)
WITHOUT_ERROR = (*WITHOUT_VALUE, Status.ONE_PSU, Status.NO_VARIANCE)


@dataclass(frozen=True, eq=False)
class Membership:
    """Rows of each domain, their weight and degrees of freedom; `in_one_psu`: all are in one sampled PSU."""

    row_count: IntArray
    weight: FloatArray
    degrees_of_freedom: IntArray
    in_one_psu: BoolArray


def membership_of(sample: Sample, domains: Domains) -> Membership:
    """Count the members of every domain, answered or not; rows of code -1 belong to none."""
    stage, inside = sample.stages[0], np.flatnonzero(domains.code >= 0)
    if not inside.size:
        zeros = np.zeros(domains.count, dtype=np.int64)
        return Membership(zeros, np.zeros(domains.count), zeros, zeros > 0)
    code, unit = domains.code[inside], stage.unit[inside]
    psus = np.unique(unit * domains.count + code)
    strata = np.unique(stage.unit_group[unit] * domains.count + code)
    psu_count = np.bincount(psus % domains.count, minlength=domains.count)
    drawn = stage.group_fraction[stage.unit_group[psus // domains.count]] < 1
    drawn_count = np.bincount(psus[drawn] % domains.count, minlength=domains.count)
    rows = np.bincount(code, minlength=domains.count)
    return Membership(
        row_count=rows,
        weight=np.bincount(code, weights=sample.weights[inside], minlength=domains.count).astype(np.float64),
        degrees_of_freedom=psu_count - np.bincount(strata % domains.count, minlength=domains.count),
        in_one_psu=(psu_count == 1) & (drawn_count == 1) & (rows > 1) & (not stage.rows_are_units),
    )


def refuse_psu_domains(domains: Domains, membership: Membership) -> None:
    """Raise `DomainIsPsuError` when every domain with several members is, or lies inside, one sampled PSU."""
    told = membership.row_count > 1
    if not told.any() or not membership.in_one_psu[told].all():
        return
    labels = [" × ".join(map(str, domains.labels[code])) for code in np.flatnonzero(told)]
    of = f"{' × '.join(domains.names)}: {some(labels)}" if domains.names else "the condition"
    raise DomainIsPsuError(
        f"Every domain lies inside one sampled PSU ({of}); between PSUs its standard error would be zero.",
        hint="Use sample.within(unit): its standard errors come from the respondents in the unit.",
    )


def statuses(
    table: TotalsTable, *, value: FloatArray, variance: FloatArray, membership: Membership
) -> NDArray[np.object_]:
    """The `Status` of every estimate, shape (domains, items), leaving aside domains inside one PSU."""
    n = np.rint(table.domains.n)
    free = np.broadcast_to((membership.degrees_of_freedom > 0)[:, None], n.shape)
    result = np.empty(n.shape, dtype=np.object_)
    result.fill(Status.AVAILABLE)  # np.full would fill in a plain text
    for rule, status in (  # from the least to the gravest
        (~free, Status.NO_DEGREES_OF_FREEDOM),
        (np.isnan(variance), Status.NO_VARIANCE),
        (np.isnan(value), Status.ZERO_DENOMINATOR),
        (n == 1, Status.ONE_RESPONDENT),
        (n == 0, Status.NO_RESPONDENT),
    ):
        result[rule] = status
    return result


def refuse_errors_in_one_psu(
    states: NDArray[np.object_], sample: Sample, *, table: TotalsTable, membership: Membership
) -> NDArray[np.object_]:
    """The same, with `ONE_PSU` where a value would get a standard error from one sampled PSU."""
    inside = membership.in_one_psu[:, None] | _answers_in_one_psu(sample, table)
    result = states.copy()  # np.where would turn the members of Status into plain texts
    result[inside & ~np.isin(states, WITHOUT_VALUE)] = Status.ONE_PSU
    return result


def _answers_in_one_psu(sample: Sample, table: TotalsTable) -> BoolArray:
    """Where all answers come from one sampled PSU although the domain has more; shape (domains, items)."""
    shape = table.domains.n.shape
    first = sample.stages[0]
    for totals in table.stages:
        if totals.stage is first and not first.rows_are_units:
            by_domain = sum_matrix(totals.domain, shape[0])
            answering = totals.n > 0
            drawn = first.group_fraction[first.unit_group[totals.unit]] < 1
            all_psus = by_domain @ answering.astype(np.float64)
            drawn_psus = by_domain @ (answering & drawn[:, None]).astype(np.float64)
            return np.asarray((all_psus == 1) & (drawn_psus == 1))
    return np.zeros(shape, dtype=np.bool_)
