"""The compact table of a call: sums by unit of the design and domain, on which all estimates are algebra."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from analysis.codes import first_of
from analysis.estimation import level_sums, number_sums
from analysis.estimation.cells import Cells, DomainRows, cells_of, merged
from analysis.estimation.domains import Domains
from analysis.estimation.items import Influence, Items, LevelItems, NumberItems
from analysis.estimation.level_sums import Request, of_levels, tallied
from analysis.estimation.sums import CellSums, sum_matrix
from analysis.sample import Sample
from analysis.stages import FloatArray, IntArray, Stage

__all__ = ["DomainTotals", "StageTotals", "TotalsTable", "cell_sums", "sum_matrix", "tabulate", "varying"]


def counted(sums: CellSums) -> FloatArray:
    """The answers in each cell, which whoever needs them has to ask the kernel for."""
    if sums.n is None:
        raise ValueError("answers have not been counted")
    return sums.n


@dataclass(frozen=True, eq=False)
class StageTotals:
    """Sums of one stage by cell, and where its cells are.

    Where units of the stage are rows (`sums` have moments), a cell is a group of the stage and a domain;
    otherwise it is a unit and a domain. `unit` (that group or unit) and `domain` have one entry a cell.
    """

    stage: Stage
    unit: IntArray
    domain: IntArray
    sums: CellSums

    @property
    def group(self) -> IntArray:
        """The group of the stage each cell is in."""
        return self.unit if self.stage.rows_are_units else self.stage.unit_group[self.unit]

    def units(self, of: slice = slice(None)) -> FloatArray:
        """How many units with an answer each cell has, for some of the items; shape (cells, items)."""
        sums = self.sums.of(of)
        return counted(sums) if self.stage.rows_are_units else sums.present.astype(np.float64)


@dataclass(frozen=True, eq=False)
class DomainTotals:
    """Sums by domain and item, shape (domains, items): Σwx, Σwy, Σw, Σwxx, Σwxy, Σwyy, answers n.

    `rows` and `row_weight` (one a domain) are the members and their weight, answered or not.
    """

    x: FloatArray
    y: FloatArray
    weight: FloatArray
    xx: FloatArray
    xy: FloatArray
    yy: FloatArray
    n: FloatArray
    rows: IntArray
    row_weight: FloatArray


@dataclass(frozen=True, eq=False)
class TotalsTable:
    """The compact table of a call: sums by domain, and by unit and domain for the stages with variance.

    `unit` and `domain` (one entry a cell) are the first-stage units with members of a domain.
    """

    domains: DomainTotals
    stages: tuple[StageTotals, ...]
    unit: IntArray
    domain: IntArray


@dataclass(frozen=True, eq=False)
class Places:
    """Where rows are in the design, as finely as the variance has to know: the units of the deepest stage
    that has any, or the groups of a stage whose units are the rows.

    `code` is the place of each row, `first` a row of each place.
    """

    code: IntArray
    first: IntArray

    def unit_of(self, stage: Stage) -> IntArray:
        """The unit of a stage, or its group where units are rows, of each place."""
        unit = stage.unit[self.first]
        return stage.unit_group[unit] if stage.rows_are_units else unit


def varying(stages: Sequence[Stage]) -> tuple[Stage, ...]:
    """The stages that add to the variance."""
    return tuple(stage for stage in stages if stage.group_scale.any())


def places_of(sample: Sample) -> Places:
    """The places of a sample: nested as the stages are, the last stage with variance knows the others."""
    stage = (sample.stages[0], *varying(sample.stages))[-1]
    code = stage.unit_group if stage.rows_are_units else stage.unit
    return Places(code, first_of(code, int(code.max()) + 1))


def tabulate(sample: Sample, items: Items, *, domains: Domains) -> TotalsTable:
    """Reduce the rows to sums by domain and by (unit, domain) of each stage.

    Stages whose populations were all taken, or that lie under units of an unbounded population, have no
    variance of their own and no table.
    """
    places = places_of(sample)
    cells = cells_of(places.code, domains.code, place_count=places.first.size, domain_count=domains.count)
    elements = any(stage.rows_are_units for stage in varying(sample.stages))
    reduced = _reduced(sample, items, cells, domains=domains, elements=elements)
    return totals_table(sample, places, cells=cells, sums=reduced.cells, domains=reduced.domains)


def totals_table(
    sample: Sample, places: Places, *, cells: Cells, sums: CellSums, domains: DomainTotals
) -> TotalsTable:
    """The compact table of a call from sums by cell, however they were made."""
    return TotalsTable(
        domains=domains,
        stages=tuple(
            _stage_totals(stage, places, cells=cells, sums=sums) for stage in varying(sample.stages)
        ),
        unit=sample.stages[0].unit[places.first][cells.place],
        domain=cells.domain,
    )


def cell_sums(items: Items, cells: Cells, *, weights: FloatArray) -> CellSums:
    """Σwy and Σwx of the items under any weights (one a row), shape (cells, items)."""
    if isinstance(items, LevelItems):
        return level_sums.weighted_sums(items, cells, weights=weights)
    return number_sums.weighted_sums(_numbers(items), cells, weights=weights)


def squared_weights(items: Items, domains: Domains, weights: FloatArray) -> FloatArray:
    """Σw² of the answers by domain and item, shape (domains, items)."""
    if not isinstance(items, LevelItems):
        return number_sums.squares(
            _numbers(items), domains.code, domain_count=domains.count, weights=weights**2
        ).weight
    request = Request(DomainRows(domains.code, domains.count), weights**2, answered=True)
    (sums,) = tallied(items.columns, [request], row_count=weights.size)
    return np.vstack(sums.levels()).T[:, items.column]


def squared_influences(
    items: Items, domains: Domains, influence: Influence, *, weights: FloatArray
) -> FloatArray:
    """Σ weight × (unweighted influence)² by domain and item, shape (domains, items)."""
    if not isinstance(items, LevelItems):
        return number_sums.squared_influences(
            _numbers(items), domains.code, influence=influence, weights=weights
        )
    request = Request(DomainRows(domains.code, domains.count), weights)
    (sums,) = tallied(items.columns, [request], row_count=weights.size)
    return level_sums.squared_influences(items, sums.levels(), influence=influence)


def row_sums(domains: Domains, weights: FloatArray) -> tuple[IntArray, FloatArray]:
    """The rows in each domain, answered or not, and their weight."""
    inside = domains.code >= 0
    code = domains.code[inside]
    weight = np.bincount(code, weights=weights[inside], minlength=domains.count)
    return np.bincount(code, minlength=domains.count), weight.astype(np.float64)


@dataclass(frozen=True, eq=False)
class _Reduced:
    """What is left of the rows."""

    domains: DomainTotals
    cells: CellSums


def _reduced(sample: Sample, items: Items, cells: Cells, *, domains: Domains, elements: bool) -> _Reduced:
    if isinstance(items, LevelItems):
        return _reduced_levels(sample, items, cells, domains=domains, elements=elements)
    return _reduced_numbers(sample, _numbers(items), cells, domains=domains, elements=elements)


def _numbers(items: Items) -> NumberItems:
    if not isinstance(items, NumberItems):
        raise TypeError(f"{type(items).__name__} is no kind of items whose sums are known")
    return items


def _reduced_levels(
    sample: Sample, items: LevelItems, cells: Cells, *, domains: Domains, elements: bool
) -> _Reduced:
    """Answers are counted by cell only where needed: by domain one addition serves eight items."""
    weights = sample.weights
    by_cell = elements or bool(weights.min() < 0)
    requests = [Request(cells, weights)]
    if by_cell:
        requests.append(Request(cells, None))
    else:
        requests.append(Request(DomainRows(domains.code, domains.count), None, answered=True))
    if elements:
        requests.append(Request(cells, weights**2))
    tallies = tallied(items.columns, requests, row_count=len(sample))
    weight, n = tallies[0].levels(), tallies[1].levels()
    sums = of_levels(items, weight, n if by_cell else None)
    if elements:
        moments = level_sums.moments_of_levels(items, n=n, weight=weight, square=tallies[2].levels())
        sums = CellSums(sums.y, sums.x, sums.n, moments)
    matrix = sum_matrix(cells.domain, domains.count)
    domain_weight = [(matrix @ each.T).T for each in weight]
    domain_n = [(matrix @ each.T).T for each in n] if by_cell else n
    rows = matrix @ tallies[1].whole() if by_cell else tallies[1].whole()
    total = of_levels(items, domain_weight, domain_n)
    return _Reduced(
        domains=DomainTotals(
            x=total.x,
            y=total.y,
            weight=total.x,
            xx=total.x,
            xy=total.y,
            yy=level_sums.squares_of_levels(items, domain_weight),
            n=counted(total),
            rows=np.rint(rows).astype(np.int64),
            row_weight=matrix @ tallies[0].whole(),
        ),
        cells=sums,
    )


def _reduced_numbers(
    sample: Sample, items: NumberItems, cells: Cells, *, domains: Domains, elements: bool
) -> _Reduced:
    weights = sample.weights
    sums = number_sums.weighted_sums(items, cells, weights=weights)
    if elements:
        sums = number_sums.with_moments(items, cells, sums, weights=weights)
    total = sums.merged(cells.domain, domains.count)
    squares = number_sums.squares(items, domains.code, domain_count=domains.count, weights=weights)
    rows, row_weight = row_sums(domains, weights)
    return _Reduced(
        domains=DomainTotals(
            x=total.x,
            y=total.y,
            weight=squares.weight,
            xx=squares.xx,
            xy=squares.xy,
            yy=squares.yy,
            n=counted(total),
            rows=rows,
            row_weight=row_weight,
        ),
        cells=sums,
    )


def _stage_totals(stage: Stage, places: Places, *, cells: Cells, sums: CellSums) -> StageTotals:
    """The sums of one stage: those of the cells, added up where a unit or group has several places."""
    unit, domain = places.unit_of(stage)[cells.place], cells.domain
    code, first = merged(unit, domain)
    if first.size < cells.count:
        sums, unit, domain = sums.merged(code, first.size), unit[first], domain[first]
    return StageTotals(stage, unit, domain, sums if stage.rows_are_units else replace(sums, moments=None))
