"""Variances from residuals without residuals of rows, where calibrations are constant in cells of rows.

Known totals tie every row to every domain, so the residuals of all rows for all estimates are too many to
write down. But what a calibration explains of a row is its weight times a number of its cell: sums of
residuals by unit are sums of influences by unit less sums of weights by unit and cell times these numbers,
and sums of their squares follow in the same way (Särndal, Swensson & Wretman 1992, §6.6). Units drawn with
unequal probabilities, which count in every domain too, come the same way without a calibration.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol, TypeGuard, runtime_checkable

import numpy as np
from scipy.sparse import csr_array

from analysis.codes import blocks
from analysis.design import SinglePsu
from analysis.estimation.cells import Cells, cells_of
from analysis.estimation.covariance import row_spread
from analysis.estimation.domains import Domains
from analysis.estimation.items import Influence, Items
from analysis.estimation.sums import CellSums
from analysis.estimation.totals import cell_sums, squared_influences, varying
from analysis.estimation.variance import averaged, parent_means, unit_covariance, unit_variance
from analysis.sample import Calibration, Sample
from analysis.stages import FloatArray, IntArray, Stage

_BLOCK = 4_000_000  # numbers held at a time where estimates are made for all units
_ROUNDING = 1e-12  # of an influence left as its residual: the known totals explain all of it
_SQUARE_ROUNDING = 1e-13  # of its square, where squares come as differences of sums


@runtime_checkable
class CellwiseCalibration(Protocol):
    """A calibration that explains of every row its weight `after` times a number of its `cell` (-1: none)."""

    cell: IntArray
    after: FloatArray
    cell_before: FloatArray

    def explained(self, sums: FloatArray) -> FloatArray:
        """These numbers (cells × estimates), from the sums of weighted influences by cell."""
        ...


def are_cellwise(calibrations: Sequence[Calibration]) -> TypeGuard[Sequence[CellwiseCalibration]]:
    """Whether all calibrations are of this kind."""
    return all(isinstance(each, CellwiseCalibration) for each in calibrations)


@dataclass(frozen=True, eq=False)
class _Question:
    """What is estimated: items of a sample in domains, by their influences."""

    sample: Sample
    items: Items
    domains: Domains
    influence: Influence

    def totals(self, place: IntArray, count: int, weights: FloatArray) -> _PlaceTotals:
        """Sums by place (one a row, -1: none) and domain under any weights."""
        cells = cells_of(place, self.domains.code, place_count=count, domain_count=self.domains.count)
        return _PlaceTotals(self.influence, cells, cell_sums(self.items, cells, weights=weights), count)


@dataclass(frozen=True)
class _Block:
    """A part of the estimates: some items in some domains, item-major."""

    items: slice
    domains: slice

    @property
    def shape(self) -> tuple[int, int]:
        """Items and domains."""
        return self.items.stop - self.items.start, self.domains.stop - self.domains.start

    def of(self, by_domain: FloatArray) -> FloatArray:
        """Numbers by domain and item as one for each estimate."""
        return np.asarray(by_domain[self.domains, self.items].T.reshape(-1))


@dataclass(frozen=True, eq=False)
class _PlaceTotals:
    """Sums of items by place and domain, from which the sums of influences are made."""

    influence: Influence
    cells: Cells
    sums: CellSums
    count: int

    def influences(self, block: _Block) -> FloatArray:
        """Sums of influences, shape (places, estimates of the block)."""
        domain = self.cells.domain
        inside = np.flatnonzero((domain >= block.domains.start) & (domain < block.domains.stop))
        own, sums = domain[inside], self.sums.of(block.items)
        z = self.influence.y_coefficient[:, block.items][own] * sums.y[inside]
        z += self.influence.x_coefficient[:, block.items][own] * sums.x[inside]
        result = np.zeros((self.count, *block.shape))
        result[self.cells.place[inside], :, own - block.domains.start] = z
        return result.reshape(self.count, -1)


def _weights_by(rows: IntArray, columns: IntArray, weights: FloatArray, shape: tuple[int, int]) -> csr_array:
    """Sums of weights (one a row) by two codes of the rows; code -1 in either is left out."""
    cells = cells_of(rows, columns, place_count=shape[0], domain_count=shape[1])
    sums = np.zeros(cells.count + 1)
    for part in blocks(rows.size):
        sums += np.bincount(cells.codes(part), weights=weights[part], minlength=sums.size)
    return csr_array((sums[:-1], (cells.place, cells.domain)), shape=shape)


class _Chain:
    """The calibrations of a sample, the last first: what it leaves is for the one before to explain."""

    def __init__(self, question: _Question, calibrations: Sequence[CellwiseCalibration]) -> None:
        self.calibrations = tuple(reversed(calibrations))
        weights = question.sample.weights
        self._totals = [
            question.totals(each.cell, each.cell_before.size, weights) for each in self.calibrations
        ]
        self._across = [
            self.weights_by(each.cell, each.cell_before.size)[:place]
            for place, each in enumerate(self.calibrations)
        ]

    def weights_by(self, place: IntArray, count: int, scale: FloatArray | None = None) -> list[csr_array]:
        """For each calibration the sums of its weights by place and cell (places × cells)."""
        return [
            _weights_by(
                place,
                each.cell,
                each.after if scale is None else scale * each.after,
                (count, each.cell_before.size),
            )
            for each in self.calibrations
        ]

    def explained(self, block: _Block) -> list[FloatArray]:
        """What each calibration explains in its cells (cells × estimates), per unit of its weight."""
        found: list[FloatArray] = []
        for calibration, totals, across in zip(self.calibrations, self._totals, self._across, strict=True):
            sums = totals.influences(block)
            for weights, before in zip(across, found, strict=True):
                sums -= weights @ before
            found.append(calibration.explained(sums))
        return found


class _Units:
    """Sums of residuals by the units of a stage, or by the groups of a stage whose units are rows."""

    def __init__(self, question: _Question, chain: _Chain, *, place: IntArray, count: int) -> None:
        self._totals = question.totals(place, count, question.sample.weights)
        self._weights = chain.weights_by(place, count)

    def residuals(self, block: _Block, explained: Sequence[FloatArray]) -> FloatArray:
        """Shape (units, estimates): exactly 0 for estimates that the known totals fix."""
        influences = self._totals.influences(block)
        if not explained:
            return influences
        result = influences.copy()
        for weights, each in zip(self._weights, explained, strict=True):
            result -= weights @ each
        left, whole = (np.einsum("ij,ij->j", each, each) for each in (result, influences))
        result[:, left <= _ROUNDING**2 * whole] = 0.0
        return result


class _UnitStage:
    """A stage with units of several rows."""

    def __init__(self, question: _Question, chain: _Chain, stage: Stage) -> None:
        self.height = stage.unit_count
        self._stage = stage
        self._design = question.sample.design
        self._units = _Units(question, chain, place=stage.unit, count=stage.unit_count)

    def variance(self, block: _Block, explained: Sequence[FloatArray]) -> FloatArray:
        """The stage's share of the variance, one an estimate of the block."""
        residuals = self._units.residuals(block, explained)
        return unit_variance(self._stage, self._design, residuals)

    def covariance(self, block: _Block, explained: Sequence[FloatArray]) -> FloatArray:
        """The stage's share of the covariances, shape (estimates, estimates)."""
        return unit_covariance(self._stage, self._design, self._units.residuals(block, explained))


class _ElementStage:
    """A stage whose units are rows: V = Σ_g scale [Σ r² - (Σ r)² / n], from sums by group and by cell."""

    def __init__(self, question: _Question, chain: _Chain, stage: Stage) -> None:
        self.height = stage.group_size.size
        self._question = question
        self._stage = stage
        self._units = _Units(question, chain, place=stage.unit_group, count=self.height)
        weights = question.sample.weights
        self._row_scale = self._scale[stage.unit_group]
        self._squares = squared_influences(
            question.items, question.domains, question.influence, weights=self._row_scale * weights**2
        )
        self._mixed = [
            question.totals(each.cell, each.cell_before.size, self._row_scale * weights * each.after)
            for each in chain.calibrations
        ]
        self._weights = [
            chain.weights_by(each.cell, each.cell_before.size, self._row_scale * each.after)
            for each in chain.calibrations
        ]

    @cached_property
    def _scale(self) -> FloatArray:
        """What a group's sum of squares is multiplied by: single groups have none of their own."""
        stage, single = self._stage, self._stage.group_is_single
        if self._question.sample.design.single_psu is SinglePsu.AVERAGE and single.any():
            return stage.group_scale * averaged(stage, here=np.ones_like(single), single=single)
        return np.where(single, 0.0, stage.group_scale)

    def variance(self, block: _Block, explained: Sequence[FloatArray]) -> FloatArray:
        """The stage's share of the variance, one an estimate of the block."""
        sums = self._units.residuals(block, explained)
        of_influences = block.of(self._squares)
        squares = of_influences.copy()
        for mixed, row, one in zip(self._mixed, self._weights, explained, strict=True):
            squares -= 2 * np.einsum("ij,ij->j", mixed.influences(block), one)
            for weights, other in zip(row, explained, strict=True):
                squares += np.einsum("ij,ij->j", one, weights @ other)
        squares -= (self._scale / self._stage.group_size) @ sums**2
        squares[squares <= _SQUARE_ROUNDING * of_influences] = 0.0
        apart, scale = self._adjusted(sums)
        return squares + scale @ apart**2

    def covariance(self, block: _Block, explained: Sequence[FloatArray]) -> FloatArray:
        """The stage's share of the covariances, shape (estimates, estimates)."""
        question, sums = self._question, self._units.residuals(block, explained)
        spread = row_spread(
            question.sample,
            question.items,
            self._row_scale,
            domains=question.domains,
            influence=question.influence,
        )
        result = np.asarray(spread.todense(), dtype=np.float64)
        for mixed, row, one in zip(self._mixed, self._weights, explained, strict=True):
            product = mixed.influences(block).T @ one
            result -= product + product.T
            for weights, other in zip(row, explained, strict=True):
                result += one.T @ (weights @ other)
        result -= sums.T @ ((self._scale / self._stage.group_size)[:, None] * sums)
        fixed = result.diagonal() <= _SQUARE_ROUNDING * block.of(self._squares)
        result[fixed] = 0.0
        result[:, fixed] = 0.0
        apart, scale = self._adjusted(sums)
        return np.asarray(result + apart.T @ (scale[:, None] * apart))

    def _adjusted(self, sums: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Single groups under ADJUST: how far they are from the mean of their parent, and their scale."""
        stage, single = self._stage, self._stage.group_is_single
        if self._question.sample.design.single_psu is not SinglePsu.ADJUST or not single.any():
            return np.zeros((0, sums.shape[1])), np.zeros(0)
        means = parent_means(stage, sums, here=np.ones_like(single))
        return sums[single] - means[single], stage.group_scale[single]


def has_cells(sample: Sample) -> bool:
    """Whether the residuals of a sample come from sums by cell."""
    own_probability = any(
        stage.rows_are_units and (stage.unit_fraction is not None or stage.form is not None)
        for stage in sample.stages
    )
    return not own_probability and are_cellwise(sample.calibrations)


class ResidualTotals:
    """What the variances of a call need of the rows of a sample whose units all count in every domain."""

    def __init__(self, sample: Sample, items: Items, *, domains: Domains, influence: Influence) -> None:
        """Reads the rows once for each calibration and stage, and twice more where rows are units."""
        calibrations = sample.calibrations
        if not are_cellwise(calibrations):
            raise TypeError("a calibration that differs from row to row leaves no sums by cell")
        self._question = _Question(sample, items, domains, influence)
        self._chain = _Chain(self._question, calibrations)
        self._stages = [
            (_ElementStage if stage.rows_are_units else _UnitStage)(self._question, self._chain, stage)
            for stage in varying(sample.stages)
        ]

    def variances(self) -> FloatArray:
        """Variance of every estimate, shape (domains, items); NaN where single units leave none."""
        result = np.zeros((self._question.domains.count, self._question.items.item_count))
        for block in self._blocks():
            explained = self._chain.explained(block)
            for stage in self._stages:
                found = stage.variance(block, explained).reshape(block.shape)
                result[block.domains, block.items] += found.T
        return result

    def covariance(self) -> FloatArray:
        """Covariances of all estimates (item-major), shape (estimates, estimates)."""
        block = _Block(slice(0, self._question.items.item_count), slice(0, self._question.domains.count))
        explained = self._chain.explained(block)
        size = self._question.items.item_count * self._question.domains.count
        result = np.zeros((size, size))
        for stage in self._stages:
            result += stage.covariance(block, explained)
        return result

    def _blocks(self) -> Iterator[_Block]:
        """All estimates in parts that fit into memory for all units of a stage."""
        height = max((stage.height for stage in self._stages), default=1)
        items, domains = self._question.items.item_count, self._question.domains.count
        width = max(1, _BLOCK // height)
        together = max(1, width // max(1, domains))
        for first in range(0, items, together):
            for start in range(0, domains, width):
                yield _Block(
                    slice(first, min(first + together, items)), slice(start, min(start + width, domains))
                )
