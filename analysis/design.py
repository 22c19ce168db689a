"""How a sample was drawn: strata, sampling units, finite populations and weights, named by their columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from analysis.errors import DesignError, Problem
from analysis.pps import PpsMethod


class SinglePsu(StrEnum):
    """What a stratum with one PSU contributes to the variance (R survey 4.5, `survey.lonely.psu`).

    FAIL refuses the design. ADJUST measures the PSU from the mean of all PSUs of the sample. CERTAINTY and
    REMOVE count nothing: the PSU represents itself, or is left out. AVERAGE counts what the other strata
    contribute on average.
    """

    FAIL = "fail"
    ADJUST = "adjust"
    CERTAINTY = "certainty"
    REMOVE = "remove"
    AVERAGE = "average"


class SinglePsuInDomain(StrEnum):
    """Whether a stratum where only one PSU has members of the domain counts as a single-PSU stratum.

    IGNORE: the other PSUs of the stratum are zeros, which is what the theory of domains says. APPLY: ADJUST
    and AVERAGE reach these strata too (R survey 4.5, `survey.adjust.domain.lonely`).
    """

    IGNORE = "ignore"
    APPLY = "apply"


class SinglePsuRules(Protocol):
    """What variance estimation asks of any design."""

    @property
    def single_psu(self) -> SinglePsu:
        """What a stratum with one PSU contributes."""
        ...

    @property
    def single_psu_in_domains(self) -> SinglePsuInDomain:
        """Whether one PSU with members makes a single-PSU stratum."""
        ...


class PsuLabels(StrEnum):
    """Whether a PSU label means one PSU in the whole sample, or starts again in every stratum."""

    UNIQUE = "unique"
    WITHIN_STRATUM = "within_stratum"


_CHOICES: Mapping[str, type[StrEnum]] = {
    "psu_labels": PsuLabels,
    "single_psu": SinglePsu,
    "single_psu_in_domains": SinglePsuInDomain,
}


def as_names(columns: str | Sequence[str] | None) -> tuple[str, ...]:
    """One column name or several, as a tuple; nothing is the empty tuple."""
    if columns is None:
        return ()
    return (columns,) if isinstance(columns, str) else tuple(columns)


@dataclass(frozen=True, kw_only=True)
class Design:
    """The design of a sample, by column names; lists have one entry a stage.

    `strata` None: not stratified. `psu` empty: every row was drawn by itself. Ids of later stages are always
    read within the unit of the stage before. `population` holds the number of units in the stratum (later
    stages: in the parent unit), `sampling_fraction` the share drawn of it; neither: drawn with replacement,
    or so few of so many that it makes no difference. Weights are the column `weight`, or 1 /
    `inclusion_probability`, or the product over the stages of population over sample size. With `pps` the
    units were drawn with unequal probabilities without replacement: `sampling_fraction` then holds the
    probability of every stage's unit (of a single stage, `inclusion_probability` does as well). Raises
    `DesignError` for a declaration that contradicts itself; what the rows say is checked by
    `analysis.sample.Sample`.
    """

    strata: str | Sequence[str] | None = None
    psu: str | Sequence[str] = ()
    weight: str | None = None
    inclusion_probability: str | None = None
    population: str | Sequence[str] = ()
    sampling_fraction: str | Sequence[str] = ()
    psu_labels: PsuLabels = PsuLabels.UNIQUE
    single_psu: SinglePsu = SinglePsu.FAIL
    single_psu_in_domains: SinglePsuInDomain = SinglePsuInDomain.IGNORE
    pps: PpsMethod | None = None

    def __post_init__(self) -> None:
        for field in ("strata", "psu", "population", "sampling_fraction"):
            object.__setattr__(self, field, as_names(getattr(self, field)))
        problems = [*self._read_choices(), *self._contradictions()]
        if problems:
            summary = "The sampling design contradicts itself."
            raise DesignError(summary, problems=[Problem(code, "design", text) for code, text in problems])

    def _read_choices(self) -> list[tuple[str, str]]:
        """Take the words of choices for the choices they name ("adjust" for `SinglePsu.ADJUST`)."""
        problems = []
        for field, kind in _CHOICES.items():
            value = getattr(self, field)
            if value in list(kind):
                object.__setattr__(self, field, kind(value))
            else:
                problems.append(("unknown_choice", f"{field} is {value!r}, not one of {', '.join(kind)}"))
        return problems

    @property
    def stage_count(self) -> int:
        """How many stages were sampled; rows drawn by themselves are one stage."""
        return max(1, len(self.psu))

    @property
    def finite_population(self) -> tuple[str, ...]:
        """The columns that bound the population, whichever way they are given."""
        return as_names(self.population) or as_names(self.sampling_fraction)

    @property
    def probability_columns(self) -> tuple[str, ...]:
        """With `pps`, the columns of the units' inclusion probabilities, one a stage."""
        single = self.inclusion_probability if self.stage_count == 1 else None
        return as_names(self.sampling_fraction) or as_names(single)

    @property
    def weight_columns(self) -> tuple[str, ...]:
        """The column the weights are read from; empty when they follow from the populations."""
        return tuple(name for name in (self.weight, self.inclusion_probability) if name is not None)

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column the design reads, each once."""
        names = (*as_names(self.strata), *as_names(self.psu), *self.finite_population, *self.weight_columns)
        return tuple(dict.fromkeys(names))

    def _contradictions(self) -> list[tuple[str, str]]:
        problems = []
        strata_count, stages = len(as_names(self.strata)), self.stage_count
        if self.population and self.sampling_fraction:
            problems.append(("two_populations", "give population sizes or sampling fractions, not both"))
        if len(self.weight_columns) > 1:
            problems.append(("two_weights", "give a weight or an inclusion probability, not both"))
        if len(self.finite_population) > stages:
            text = f"{len(self.finite_population)} finite populations for {stages} stages of psu"
            problems.append(("more_populations_than_stages", f"{text}; name the unit of every stage in psu"))
        if strata_count > stages:
            text = f"{strata_count} strata columns for {stages} stages of psu"
            problems.append(("more_strata_than_stages", f"{text}; name the unit of every stage in psu"))
        if not self.weight_columns and len(self.finite_population) < stages:
            text = "name a weight or inclusion_probability column, or a population for every stage"
            problems.append(("no_weight", f"there is no weight; {text}"))
        if self.psu_labels is PsuLabels.WITHIN_STRATUM and not strata_count:
            problems.append(("no_strata", "PSU labels within strata need a strata column"))
        return problems if self.pps is None else [*problems, *self._pps_contradictions(self.pps)]

    def _pps_contradictions(self, pps: PpsMethod) -> list[tuple[str, str]]:
        problems = pps.contradictions()
        if not self.probability_columns or self.population:
            text = "pps needs the units' probabilities: name them in sampling_fraction, one column a stage"
            problems.append(("no_probabilities", text))
        if pps.needs_form and self.stage_count > 1:
            text = f"{pps.joint} joint probabilities are for one stage; use BREWER for {self.stage_count}"
            problems.append(("pps_stages", text))
        return problems
