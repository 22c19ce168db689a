"""Adjusted estimates from a stream as frozen results: assumptions, overlap, and what stands beside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from analysis.estimation.result import Estimate
from analysis.nonprobability.assumptions import ASSUMPTIONS, Adjustment, Assumption
from analysis.printing import Printed
from analysis.stages import FloatArray


@dataclass(frozen=True, kw_only=True)
class Overlap:
    """How well the stream covers the population.

    `largest_weight_share` is the part of all weight that one person carries, `effective_sample_size` Kish's
    (Σw)² / Σw² and `weighting_effect` n over it; all three are None where no weights are made (mass
    imputation). `outside_range` gives for each covariate that is a number the share of the population below
    the stream's smallest or above its largest value, where only the model speaks.
    """

    largest_weight_share: float | None
    effective_sample_size: float | None
    weighting_effect: float | None
    outside_range: Mapping[str, float]

    def __str__(self) -> str:
        parts = []
        if self.largest_weight_share is not None:
            parts.append(f"effective n {self.effective_sample_size:.0f}")
            parts.append(f"largest weight {self.largest_weight_share:.2%} of all")
        parts += [
            f"{share:.1%} outside the stream's range of {name}" for name, share in self.outside_range.items()
        ]
        return "; ".join(parts) or "no weights made"


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class AdjustedEstimate(Printed):
    """An estimate for the population made from a self-selected stream.

    `value` is in the outcome's units, or 0–1 for shares. The variance has two parts: of the stream under
    its model, and of the sample's covariates under the sample's design. `degrees_of_freedom` are those of
    Satterthwaite for their sum, the limits logit limits for shares and t limits for means; None where the
    sample leaves no degrees of freedom. `population_size` is what the weights add up to (for mass imputation
    those of the sample). `weights` (n,) are those of the stream's people, None for mass imputation. Beside
    stand, always, `naive` (the unadjusted stream, its standard error as if it had been drawn at random) and
    `sampled` (the design-based estimate of the sample; None if it did not ask).
    """

    adjustment: Adjustment
    item: str
    categories: tuple[object, ...] | None
    value: float
    standard_error: float
    stream_variance: float
    sample_variance: float
    degrees_of_freedom: float
    lower: float | None
    upper: float | None
    confidence_level: float
    covariates: tuple[str, ...]
    overlap: Overlap
    population_size: float
    stream_count: int
    left_out_count: int
    naive: Estimate
    sampled: Estimate | None
    weights: FloatArray | None

    @property
    def assumptions(self) -> tuple[Assumption, ...]:
        """What is taken for granted; every member has a `sentence`."""
        return ASSUMPTIONS[self.adjustment]

    @property
    def headline(self) -> str:
        """The estimate in one line, without what it assumes and what stands beside."""
        name = (
            self.item
            if self.categories is None
            else f"{self.item} = {' or '.join(map(str, self.categories))}"
        )
        return f"{name} by {self.adjustment} on {', '.join(self.covariates)}: {_told(self)}"

    def __str__(self) -> str:
        lines = [
            self.headline,
            f"  stream alone: {_told(self.naive)}, n = {self.stream_count}"
            + (f" ({self.left_out_count} left out)" if self.left_out_count else ""),
            "  sample: " + ("did not ask" if self.sampled is None else _told(self.sampled)),
            f"  overlap: {self.overlap}",
            "  assumes:",
            *(f"  - {assumption.sentence}" for assumption in self.assumptions),
        ]
        return "\n".join(lines)

    def to_frame(self) -> pd.DataFrame:
        """One row each for the stream alone, the sample (if it asked) and the adjusted estimate."""
        beside = [("stream", self.naive)] + ([("sample", self.sampled)] if self.sampled is not None else [])
        return pd.DataFrame([*(beside_row(source, told) for source, told in beside), adjusted_row(self)])


def beside_row(source: str, estimate: Estimate) -> dict[str, object]:
    """The stream's or the sample's own estimate as a row of a table."""
    return {
        "source": source,
        "item": estimate.item,
        "estimate": estimate.value,
        "standard_error": estimate.standard_error,
        "ci_low": estimate.lower,
        "ci_high": estimate.upper,
        "degrees_of_freedom": float(estimate.degrees_of_freedom),
        "respondents": estimate.respondent_count,
        "effective_sample_size": estimate.effective_sample_size,
    }


def adjusted_row(estimate: AdjustedEstimate) -> dict[str, object]:
    """An adjusted estimate as a row of a table."""
    return {
        "source": str(estimate.adjustment),
        "item": estimate.item,
        "estimate": estimate.value,
        "standard_error": estimate.standard_error,
        "ci_low": estimate.lower,
        "ci_high": estimate.upper,
        "degrees_of_freedom": estimate.degrees_of_freedom,
        "respondents": estimate.stream_count,
        "effective_sample_size": estimate.overlap.effective_sample_size,
    }


def _told(estimate: Estimate | AdjustedEstimate) -> str:
    if estimate.value is None or estimate.standard_error is None:
        return "not available"
    text = f"{estimate.value:.6g}, SE {estimate.standard_error:.4g}"
    if estimate.lower is None:
        return text
    return f"{text}, {estimate.confidence_level:.0%} {estimate.lower:.6g} to {estimate.upper:.6g}"
