"""Replication: variances from estimates under replicate weights, by factors of sampling units' sums.

Where the weights of a replicate are factors of the base weight by sampling unit, its totals are the factors
times the units' sums: a thousand replicates cost a matrix product a domain, not a thousand passes over rows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from analysis.estimation.cells import cells_of
from analysis.estimation.domains import Domains
from analysis.estimation.items import Items
from analysis.estimation.result import Statistic
from analysis.estimation.totals import cell_sums
from analysis.estimation.uncertainty import Uncertainty
from analysis.replicate_design import ReplicateDesign
from analysis.replicates import CodedReplicates, Replicates
from analysis.sample import Sample
from analysis.stages import FloatArray, IntArray

_SUMS = (Statistic.TOTAL, Statistic.COUNT)  # the others are ratios of sums
_BLOCK = 1_000_000  # numbers of replicated estimates held at a time


@dataclass(frozen=True, eq=False)
class _UnitSums:
    """Sums under the base weights by (group of rows, domain) cell, sorted by domain; (cells × items)."""

    unit: IntArray
    y: FloatArray
    x: FloatArray
    start: IntArray

    def of_domain(self, domain: int) -> slice:
        """The cells of one domain."""
        return slice(int(self.start[domain]), int(self.start[domain + 1]))


def replicated_uncertainty(
    sample: Sample,
    items: Items,
    *,
    statistic: Statistic,
    value: FloatArray,
    domains: Domains,
    degrees_of_freedom: IntArray,
) -> Uncertainty:
    """The uncertainty of estimates (`value`, domains × items) of a sample with replicates.

    Every replicate estimates anew from its own weights (Wolter 2007, §1.4; R survey 4.5, `withReplicates`).
    A replicate in which an estimate has no value (a mean in a domain whose rows it leaves out) is left out
    for that estimate, as R does. `degrees_of_freedom` (domains) are PSUs less strata as far as known.
    """
    replicates = _require(sample)
    variance, log_odds = np.empty(value.shape), np.full(value.shape, np.nan)
    for chosen, replicated in _replicated(replicates, items, statistic=statistic, domains=domains):
        variance[chosen] = replicates.variance(replicated, estimate=value[chosen])
        if statistic is Statistic.SHARE:
            log_odds[chosen] = _log_odds_variance(replicates, replicated, value[chosen])

    def covariance() -> FloatArray:
        blocks = [each for _, each in _replicated(replicates, items, statistic=statistic, domains=domains)]
        item_major = np.concatenate(blocks).transpose(1, 2, 0).reshape(replicates.count, -1)
        return replicates.covariance(item_major, estimate=value.T.reshape(-1))

    return Uncertainty(
        variance,
        covariance,
        _degrees_of_freedom(sample, replicates, domains=domains, counted=degrees_of_freedom),
        sample.degrees_of_freedom,
        log_odds_variance=log_odds,
    )


def _require(sample: Sample) -> Replicates:
    if sample.replicates is None:
        raise ValueError("a sample without replicates has no replicated uncertainty")
    return sample.replicates


def _replicated(
    replicates: Replicates, items: Items, *, statistic: Statistic, domains: Domains
) -> Iterator[tuple[slice, FloatArray]]:
    """Blocks of domains with the replicated estimates in them, shape (domains, replicates, items)."""
    coded = replicates.by_code()
    sums = _unit_sums(replicates, items, domains=domains, coded=coded)
    step = max(1, _BLOCK // max(1, replicates.count * items.item_count))
    for first in range(0, domains.count, step):
        chosen = slice(first, min(first + step, domains.count))
        y, x = _replicated_sums(sums, coded, chosen)
        if statistic in _SUMS:
            yield chosen, y + items.centre * x
        else:
            ratio = np.divide(y, x, out=np.full(y.shape, np.nan), where=x != 0)
            yield chosen, ratio + items.centre


def _replicated_sums(sums: _UnitSums, coded: CodedReplicates, chosen: slice) -> tuple[FloatArray, FloatArray]:
    """Σwy and Σwx of the chosen domains in every replicate, shape (domains, replicates, items)."""
    items = sums.y.shape[1]
    both = np.empty((chosen.stop - chosen.start, coded.replicates.count, 2 * items))
    cells = slice(sums.of_domain(chosen.start).start, sums.of_domain(chosen.stop - 1).stop)
    groups, place = np.unique(sums.unit[cells], return_inverse=True)
    stacked = np.hstack([sums.y[cells], sums.x[cells]])
    widest = int(np.diff(sums.start[chosen.start : chosen.stop + 1]).max())
    for block in coded.blocks(work=widest * 2 * items):
        factors = coded.factors(groups, block)
        for domain in range(chosen.start, chosen.stop):
            own = sums.of_domain(domain)
            inside = slice(own.start - cells.start, own.stop - cells.start)
            both[domain - chosen.start, block] = factors[place.reshape(-1)[inside]].T @ stacked[inside]
    return both[..., :items], both[..., items:]


def _unit_sums(
    replicates: Replicates, items: Items, *, domains: Domains, coded: CodedReplicates
) -> _UnitSums:
    cells = cells_of(coded.code, domains.code, place_count=coded.group_count, domain_count=domains.count)
    sums, order = cell_sums(items, cells, weights=replicates.base), np.argsort(cells.domain, kind="stable")
    return _UnitSums(
        unit=cells.place[order],
        y=sums.y[order],
        x=sums.x[order],
        start=np.searchsorted(cells.domain[order], np.arange(domains.count + 1)),
    )


def _log_odds_variance(replicates: Replicates, shares: FloatArray, share: FloatArray) -> FloatArray:
    """The variance of ln(p / (1 - p)); NaN where a replicate has a share of 0 or 1, whose log odds are
    endless.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        log_odds, own = np.log(shares / (1 - shares)), np.log(share / (1 - share))
    endless = np.isinf(log_odds).any(axis=-2) | ~np.isfinite(own)
    finite = np.where(endless[..., None, :], np.nan, log_odds) if endless.any() else log_odds
    return replicates.variance(finite, estimate=np.where(endless, 0.0, own))


def _degrees_of_freedom(
    sample: Sample, replicates: Replicates, *, domains: Domains, counted: IntArray
) -> IntArray:
    """PSUs less strata, at most one less than the replicates; or what the replicate weights show."""
    if not isinstance(sample.design, ReplicateDesign):
        return np.minimum(counted, replicates.count - 1)
    return replicates.degrees_of_freedom_by(domains.code, count=domains.count)
