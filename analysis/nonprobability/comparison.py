"""A self-selected stream held against a probability sample: all estimates side by side, never pooled."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import TypeVar

import pandas as pd

from analysis.choices import chosen
from analysis.errors import AnalysisError
from analysis.estimation.result import Estimate
from analysis.nonprobability.assembly import naive_estimate, sample_estimate
from analysis.nonprobability.assumptions import Adjustment, Assumption
from analysis.nonprobability.estimators import doubly_robust, inverse_propensity, mass_imputation
from analysis.nonprobability.outcome import fit_outcome
from analysis.nonprobability.participation import ParticipationEquation, fit_participation
from analysis.nonprobability.raking import raked
from analysis.nonprobability.result import AdjustedEstimate, adjusted_row, beside_row
from analysis.nonprobability.selection_bias import SelectionBias, selection_bias
from analysis.nonprobability.sources import Sources, read_sources
from analysis.nonprobability.unadjusted_bias import UnadjustedBias, unadjusted_bias
from analysis.printing import Printed
from analysis.sample import Sample


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class Comparison(Printed):
    """All that a stream and a sample say about one question, side by side.

    `adjusted` holds the estimates that could be made, `not_available` why the others could not, under the
    name of the adjustment, "selection_bias" or "unadjusted_bias". `sampled` and `selection_bias` are None if
    the sample did not ask the question.
    """

    sources: Sources
    naive: Estimate
    sampled: Estimate | None
    adjusted: Mapping[Adjustment, AdjustedEstimate]
    selection_bias: SelectionBias | None
    unadjusted_bias: UnadjustedBias | None
    not_available: Mapping[str, str]

    def to_frame(self) -> pd.DataFrame:
        """One row a source or adjustment: estimate, standard_error, limits, respondents, effective n."""
        rows = [beside_row("stream", self.naive)]
        if self.sampled is not None:
            rows.append(beside_row("sample", self.sampled))
        return pd.DataFrame([*rows, *(adjusted_row(each) for each in self.adjusted.values())])

    def __str__(self) -> str:
        beside = "did not ask" if self.sampled is None else str(self.sampled)
        lines = [f"stream alone: {self.naive}", f"sample: {beside}"]
        lines += [f"{each.headline}; {each.overlap}" for each in self.adjusted.values()]
        lines += [str(each) for each in (self.selection_bias, self.unadjusted_bias) if each is not None]
        lines += [f"{name}: not available. {reason}" for name, reason in self.not_available.items()]
        return "\n".join([*lines, *self._assumptions()])

    def _assumptions(self) -> list[str]:
        """What all adjustments assume, then what one assumes beyond that."""
        if not self.adjusted:
            return []
        each_assumes = [set(each.assumptions) for each in self.adjusted.values()]
        common = set.intersection(*each_assumes)
        lines = [
            "all adjustments assume:",
            *(f"- {assumption.sentence}" for assumption in Assumption if assumption in common),
        ]
        for each in self.adjusted.values():
            own = [assumption.sentence for assumption in each.assumptions if assumption not in common]
            lines += (
                [f"{each.adjustment} also assumes:", *(f"- {sentence}" for sentence in own)] if own else []
            )
        return lines


def compare(
    stream: pd.DataFrame,
    sample: Sample,
    *,
    of: str,
    covariates: str | Sequence[str],
    categories: Sequence[object] | None = None,
    equation: ParticipationEquation = ParticipationEquation.PSEUDO_LIKELIHOOD,
    confidence_level: float = 0.95,
) -> Comparison:
    """Hold a stream (one row a person) against a sample: the two alone, four adjustments, two gauges of bias.

    Arguments as for `read_sources`. An adjustment that is refused leaves the others standing and its reason
    in the result. Raises `NonprobabilityError` when the two cannot be compared at all.
    """
    equation = chosen(ParticipationEquation, equation, name="equation")
    sources = read_sources(stream, sample, of=of, covariates=covariates, categories=categories)
    attempts = _Attempts({})
    adjusted = _adjusted(sources, attempts, equation=equation, level=confidence_level)
    sampled = sample_estimate(sources, confidence_level=confidence_level)
    gauge: SelectionBias | None = None
    if sampled is not None:
        gauge = attempts.made(
            "selection_bias", lambda: selection_bias(sources, confidence_level=confidence_level)
        )
    bounds = attempts.made("unadjusted_bias", lambda: unadjusted_bias(sources))
    return Comparison(
        sources=sources,
        naive=naive_estimate(sources, confidence_level=confidence_level),
        sampled=sampled,
        adjusted=MappingProxyType(adjusted),
        selection_bias=gauge,
        unadjusted_bias=bounds,
        not_available=MappingProxyType(attempts.refusals),
    )


_Made = TypeVar("_Made")


@dataclass(frozen=True)
class _Attempts:
    """What was tried and refused, with the reasons."""

    refusals: dict[str, str]

    def made(self, name: str, make: Callable[[], _Made]) -> _Made | None:
        """What was made, or None with the refusal noted under the name."""
        try:
            return make()
        except AnalysisError as refusal:
            self.refusals[name] = str(refusal)
            return None


def _adjusted(
    sources: Sources, attempts: _Attempts, *, equation: ParticipationEquation, level: float
) -> dict[Adjustment, AdjustedEstimate]:
    """Every adjustment that can be made; the models are fitted once."""
    participation = cache(lambda: fit_participation(sources, equation=equation))
    outcome = cache(lambda: fit_outcome(sources))
    makers: dict[Adjustment, Callable[[], AdjustedEstimate]] = {
        Adjustment.INVERSE_PROPENSITY: lambda: inverse_propensity(
            sources, participation(), confidence_level=level
        ),
        Adjustment.MASS_IMPUTATION: lambda: mass_imputation(sources, outcome(), confidence_level=level),
        Adjustment.DOUBLY_ROBUST: lambda: doubly_robust(
            sources, participation(), outcome(), confidence_level=level
        ),
        Adjustment.RAKING: lambda: raked(sources, confidence_level=level),
    }
    made = {name: attempts.made(name, make) for name, make in makers.items()}
    return {name: each for name, each in made.items() if each is not None}
