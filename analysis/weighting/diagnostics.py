"""Weights before and after: how far they moved, what their spread costs, and which totals they meet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from analysis.errors import Problem, WeightingError
from analysis.printing import Printed
from analysis.sample import Sample
from analysis.stages import FloatArray
from analysis.weighting.auxiliaries import Auxiliaries, missing_values, named_columns
from analysis.weighting.margins import MarginCells, MarginReader, Margins, refuse

_SHARES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)
_MET = 1e-9  # relative: nobody asks for more digits of a number of people


@dataclass(frozen=True, eq=False)
class WeightSummary:
    """What one set of weights is like; rows of weight 0 do not count.

    `quantiles` maps shares of the rows to weights. `design_effect` is Kish's 1 + cv², the factor by which
    unequal weights alone raise variances, `effective_sample_size` = count / it = (Σw)² / Σw² (Kish 1965,
    §11.7). `largest_share` is the part of the sum that the heaviest row has.
    """

    count: int
    total: float
    mean: float
    minimum: float
    maximum: float
    quantiles: Mapping[float, float]
    design_effect: float
    effective_sample_size: float
    largest_share: float
    negative_count: int

    def __str__(self) -> str:
        return (
            f"{self.count} weights from {self.minimum:.6g} to {self.maximum:.6g}, "
            f"median {self.quantiles[0.5]:.6g}, sum {self.total:.10g}; 1 + cv² = {self.design_effect:.3f}, "
            f"effective n = {self.effective_sample_size:.1f}, largest share {self.largest_share:.2%}"
        )

    def measures(self) -> dict[str, float]:
        """The numbers by name, in the order of a table."""
        return {
            "count": float(self.count),
            "sum": self.total,
            "mean": self.mean,
            "minimum": self.minimum,
            **{f"quantile {share:g}": value for share, value in self.quantiles.items()},
            "maximum": self.maximum,
            "design effect (1 + cv²)": self.design_effect,
            "effective sample size": self.effective_sample_size,
            "largest share": self.largest_share,
            "negative": float(self.negative_count),
        }


@dataclass(frozen=True)
class KnownTotal:
    """One known total: what was asked, and what the weights gave before and give after."""

    name: str
    asked: float
    before: float
    after: float
    respondent_count: int | None

    @property
    def relative_difference(self) -> float:
        """How far the weights after miss the total, relative to it (to 1 where it is 0)."""
        return (self.after - self.asked) / (abs(self.asked) or 1.0)


@dataclass(frozen=True, eq=False, repr=False)
class WeightingReport(Printed):
    """A weighting step: summaries of the weights before and after and of the factors g, and the known totals.

    `empty_crossings` names pairs of categories of two margins that no respondent has.
    """

    before: WeightSummary
    after: WeightSummary
    factor: WeightSummary
    totals: tuple[KnownTotal, ...]
    empty_crossings: tuple[str, ...]

    def __str__(self) -> str:
        lines = [
            f"Before: {self.before}",
            f"After:  {self.after}",
            f"Factor: from {self.factor.minimum:.4g} to {self.factor.maximum:.4g}, "
            f"median {self.factor.quantiles[0.5]:.4g}",
        ]
        if self.totals:
            lines.append(f"Totals: {len(self.totals)} asked, {self._furthest_off()}")
        if self.empty_crossings:
            lines.append(f"Empty:  {', '.join(self.empty_crossings)}")
        return "\n".join(lines)

    def _furthest_off(self) -> str:
        worst = max(self.totals, key=lambda total: abs(total.relative_difference))
        if abs(worst.relative_difference) < _MET:
            return "all met"
        return (
            f"furthest off {worst.name}: {worst.after:.10g} for {worst.asked:.10g} "
            f"({worst.relative_difference:+.1e})"
        )

    def to_frame(self) -> pd.DataFrame:
        """One row a measure: `measure`, `before`, `after`, `factor`."""
        columns = {name: getattr(self, name).measures() for name in ("before", "after", "factor")}
        return pd.DataFrame(
            {"measure": list(columns["before"]), **{k: list(v.values()) for k, v in columns.items()}}
        )

    def totals_frame(self) -> pd.DataFrame:
        """One row a total: `total`, `respondents`, `asked`, `before`, `after`, `relative_difference`."""
        return pd.DataFrame(
            {
                "total": [each.name for each in self.totals],
                "respondents": pd.array([each.respondent_count for each in self.totals], dtype="Int64"),
                "asked": [each.asked for each in self.totals],
                "before": [each.before for each in self.totals],
                "after": [each.after for each in self.totals],
                "relative_difference": [each.relative_difference for each in self.totals],
            }
        )


def weight_summary(weights: ArrayLike) -> WeightSummary:
    """Minimum, quantiles, maximum, Kish's design effect, effective sample size and largest share.

    `weights` has one value a row. Raises `WeightingError` when none is other than 0, or one is no number.
    """
    given = np.asarray(weights, dtype=np.float64)
    counted = given[given != 0]
    if not counted.size or not np.isfinite(counted).all():
        problem = Problem(
            "no_weights", "weights", "hold no number other than 0, or something that is no number"
        )
        raise WeightingError("There are no weights to describe.", problems=[problem])
    total, squares = float(counted.sum()), float((counted**2).sum())
    effective = total**2 / squares
    quantiles = np.quantile(counted, _SHARES).tolist()
    return WeightSummary(
        count=counted.size,
        total=total,
        mean=total / counted.size,
        minimum=float(counted.min()),
        maximum=float(counted.max()),
        quantiles=MappingProxyType(dict(zip(_SHARES, quantiles, strict=True))),
        design_effect=counted.size / effective if effective else np.inf,
        effective_sample_size=effective,
        largest_share=float(counted.max()) / total if total else np.inf,
        negative_count=int((counted < 0).sum()),
    )


def weighting_report(
    before: Sample,
    after: Sample,
    *,
    margins: Margins | None = None,
    auxiliaries: Mapping[str, float] | Auxiliaries | None = None,
) -> WeightingReport:
    """Compare a sample's weights before and after weighting, and both with the known totals, if given.

    `margins` and `auxiliaries` as for `calibrate`. Raises `WeightingError` for samples of different rows,
    and for totals that do not fit the sample.
    """
    if len(before) != len(after):
        text = f"{len(before)} rows before, {len(after)} after; give the same sample under both weights"
        raise WeightingError(
            "There is nothing to compare.", problems=[Problem("rows_differ", "samples", text)]
        )
    if isinstance(auxiliaries, Mapping):
        auxiliaries = named_columns(before, auxiliaries)
    reader = None if margins is None else MarginReader(before, margins)
    refuse(
        [
            *([] if reader is None else reader.problems),
            *([] if auxiliaries is None else missing_values(before, auxiliaries)),
        ]
    )
    cells = None if reader is None else reader.cells()
    weighted = before.weights != 0
    return WeightingReport(
        before=weight_summary(before.weights),
        after=weight_summary(after.weights),
        factor=weight_summary(after.weights[weighted] / before.weights[weighted]),
        totals=(
            *(() if cells is None else _margin_totals(cells, before=before.weights, after=after.weights)),
            *(() if auxiliaries is None else _auxiliary_totals(auxiliaries, before=before, after=after)),
        ),
        empty_crossings=() if cells is None else tuple(cells.empty()),
    )


def _margin_totals(cells: MarginCells, *, before: FloatArray, after: FloatArray) -> list[KnownTotal]:
    sums = [cells.sums(values) for values in ((before != 0).astype(np.float64), before, after)]
    return [
        KnownTotal(
            name=margin.place(category),
            asked=float(margin.totals[category]),
            before=float(by_category[1][category]),
            after=float(by_category[2][category]),
            respondent_count=round(by_category[0][category]),
        )
        for margin in cells.margins
        for by_category in [[margin.sums @ each for each in sums]]
        for category in range(len(margin.labels))
    ]


def _auxiliary_totals(auxiliaries: Auxiliaries, *, before: Sample, after: Sample) -> list[KnownTotal]:
    weighted = before.weights != 0
    values = auxiliaries.values[weighted]
    sums = [values.T @ sample.weights[weighted] for sample in (before, after)]
    return [
        KnownTotal(name, float(asked), float(was), float(is_), None)
        for name, asked, was, is_ in zip(auxiliaries.names, auxiliaries.totals, *sums, strict=True)
    ]
