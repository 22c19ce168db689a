"""What of an estimate is available, and why the rest is not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analysis.errors import DomainIsPsuError
from analysis.estimation.cells import cells_of, merged
from analysis.estimation.domains import Domains
from analysis.estimation.result import STATUSES, Status
from analysis.estimation.sums import sum_matrix
from analysis.estimation.totals import TotalsTable, places_of, row_sums
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
    places = places_of(sample)
    cells = cells_of(places.code, domains.code, place_count=places.first.size, domain_count=domains.count)
    rows, weight = row_sums(domains, sample.weights)
    unit = sample.stages[0].unit[places.first][cells.place]
    return _membership(sample, _UnitDomains(unit, cells.domain), rows=rows, weight=weight)


def membership_in(sample: Sample, table: TotalsTable) -> Membership:
    """The same from the compact table of a call."""
    found = _UnitDomains(table.unit, table.domain)
    return _membership(sample, found, rows=table.domains.rows, weight=table.domains.row_weight)


@dataclass(frozen=True, eq=False)
class _UnitDomains:
    """First-stage units with members of a domain, and that domain; a pair may come several times."""

    unit: IntArray
    domain: IntArray


def _membership(sample: Sample, found: _UnitDomains, *, rows: IntArray, weight: FloatArray) -> Membership:
    stage = sample.stages[0]
    if stage.rows_are_units:
        psu_count, drawn_count = rows, np.zeros_like(rows)
        strata, of_domain = stage.unit_group[found.unit], found.domain
    else:
        first = merged(found.unit, found.domain)[1]
        strata, of_domain = stage.unit_group[found.unit[first]], found.domain[first]
        drawn = stage.group_fraction[strata] < 1
        psu_count = np.bincount(of_domain, minlength=rows.size)
        drawn_count = np.bincount(of_domain[drawn], minlength=rows.size)
    in_strata = of_domain[merged(strata, of_domain)[1]]
    return Membership(
        row_count=rows,
        weight=weight,
        degrees_of_freedom=psu_count - np.bincount(in_strata, minlength=rows.size),
        in_one_psu=(psu_count == 1) & (drawn_count == 1) & (rows > 1),
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
) -> IntArray:
    """The places in `Status` of every estimate, shape (domains, items), leaving aside domains in one PSU."""
    n = np.rint(table.domains.n)
    free = np.broadcast_to((membership.degrees_of_freedom > 0)[:, None], n.shape)
    result = np.full(n.shape, STATUSES.index(Status.AVAILABLE))
    for rule, status in (  # from the least to the gravest
        (~free, Status.NO_DEGREES_OF_FREEDOM),
        (np.isnan(variance), Status.NO_VARIANCE),
        (np.isnan(value), Status.ZERO_DENOMINATOR),
        (n == 1, Status.ONE_RESPONDENT),
        (n == 0, Status.NO_RESPONDENT),
    ):
        result[rule] = STATUSES.index(status)
    return result


def has_status(codes: IntArray, statuses: Sequence[Status]) -> BoolArray:
    """Where the status, given by its place in `Status`, is one of several."""
    wanted = np.isin(np.arange(len(STATUSES)), [STATUSES.index(status) for status in statuses])
    return np.asarray(wanted[codes])


def refuse_errors_in_one_psu(
    codes: IntArray, sample: Sample, *, table: TotalsTable, membership: Membership
) -> IntArray:
    """The same, with `ONE_PSU` where a value would get a standard error from one sampled PSU."""
    inside = membership.in_one_psu[:, None] | _answers_in_one_psu(sample, table)
    return np.where(inside & ~has_status(codes, WITHOUT_VALUE), STATUSES.index(Status.ONE_PSU), codes)


def _answers_in_one_psu(sample: Sample, table: TotalsTable) -> BoolArray:
    """Where all answers come from one sampled PSU although the domain has more; shape (domains, items)."""
    shape, first = table.domains.n.shape, sample.stages[0]
    for totals in table.stages:
        if totals.stage is first and not first.rows_are_units:
            by_domain, units = sum_matrix(totals.domain, shape[0]), totals.units()
            drawn = first.group_fraction[totals.group] < 1
            all_psus = by_domain @ units
            drawn_psus = all_psus if drawn.all() else by_domain @ (units * drawn[:, None])
            return np.asarray((all_psus == 1) & (drawn_psus == 1))
    return np.zeros(shape, dtype=np.bool_)
