"""Designs that come as replicate weights, by column names, and how their spread becomes a variance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import isfinite
from typing import ClassVar

from analysis.choices import chosen
from analysis.design import SinglePsu, SinglePsuInDomain, as_names
from analysis.errors import DesignError, Problem


class ReplicateMethod(StrEnum):
    """How the replicates were made (Wolter 2007; values as in R survey 4.5, `svrepdesign`, `as.svrepdesign`).

    JK1, JK2, JKN: jackknives (unstratified; one replicate a pair; stratified). BRR, FAY: balanced half
    samples. BOOTSTRAP: as many draws as units, Canty & Davison's for finite populations. SUBBOOTSTRAP: Rao &
    Wu's with one draw less than units. MULTISTAGE_BOOTSTRAP: Preston's rescaled half samples at every stage.
    SUCCESSIVE_DIFFERENCE: of systematic samples.
    """

    JK1 = "JK1"
    JK2 = "JK2"
    JKN = "JKn"
    BRR = "BRR"
    FAY = "Fay"
    BOOTSTRAP = "bootstrap"
    SUBBOOTSTRAP = "subbootstrap"
    MULTISTAGE_BOOTSTRAP = "mrbbootstrap"
    SUCCESSIVE_DIFFERENCE = "successive-difference"
    OTHER = "other"


class ReplicateCentre(StrEnum):
    """What the replicates' estimates are measured from: their own mean, or the estimate of the sample."""

    MEAN = "mean"
    ESTIMATE = "estimate"


class ReplicateWeights(StrEnum):
    """What the replicate columns hold: weights as they are used, or factors of the base weight."""

    COMBINED = "combined"
    FACTORS = "factors"


@dataclass(frozen=True, kw_only=True)
class ReplicateDesign:
    """A design known by its replicate weights alone.

    `weight` is the column of the base weight, `replicates` the columns of the replicates, `holds` what these
    contain. The variance is scale × Σ_r rscales_r (θ_r - centre)². Not given, the scale is (R - 1)/R for
    JK1, 1/R for BRR, 1/(R (1 - ρ)²) for Fay with ρ = `fay_coefficient`, 1/(R - 1) for bootstraps, 4/R for
    successive differences, and 1 for JK2 and JKn; JKn needs `rscales` (one a replicate: (n_h - 1)/n_h,
    times 1 - f_h in a finite population), OTHER both. `degrees_of_freedom` None: the rank of the replicate
    weights less one, in a domain that of its rows (R survey 4.5, `svrepdesign`, `degf`). Raises `DesignError`
    with every contradiction; what the rows say is checked by `analysis.sample.Sample`.
    """

    # what estimators ask any design; there is no stratum here to be alone in
    strata: ClassVar[tuple[str, ...]] = ()
    psu: ClassVar[tuple[str, ...]] = ()
    population: ClassVar[tuple[str, ...]] = ()
    sampling_fraction: ClassVar[tuple[str, ...]] = ()
    pps: ClassVar[None] = None
    single_psu: ClassVar[SinglePsu] = SinglePsu.FAIL
    single_psu_in_domains: ClassVar[SinglePsuInDomain] = SinglePsuInDomain.IGNORE

    weight: str
    replicates: str | Sequence[str]
    method: ReplicateMethod
    holds: ReplicateWeights = ReplicateWeights.COMBINED
    scale: float | None = None
    rscales: float | Sequence[float] | None = None
    centre: ReplicateCentre = ReplicateCentre.MEAN
    fay_coefficient: float | None = None
    degrees_of_freedom: int | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "replicates", as_names(self.replicates))
        object.__setattr__(self, "method", chosen(ReplicateMethod, self.method, name="method"))
        object.__setattr__(self, "holds", chosen(ReplicateWeights, self.holds, name="holds"))
        object.__setattr__(self, "centre", chosen(ReplicateCentre, self.centre, name="centre"))
        if self.rscales is not None and not isinstance(self.rscales, int | float):
            object.__setattr__(self, "rscales", tuple(float(each) for each in self.rscales))
        problems = [*self._column_problems(), *self._scale_problems()]
        if problems:
            summary = "The replicate design contradicts itself."
            raise DesignError(summary, problems=[Problem(code, "design", text) for code, text in problems])

    @property
    def replicate_count(self) -> int:
        """How many replicates there are."""
        return len(self.replicates)

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column the design reads, each once."""
        return tuple(dict.fromkeys((self.weight, *as_names(self.replicates))))

    @property
    def scale_used(self) -> float:
        """The scale as given, or that of the method."""
        return default_scale(self.method, self.replicate_count, self.fay_coefficient or 0.0, self.scale)

    @property
    def rscales_used(self) -> tuple[float, ...]:
        """One factor a replicate, as given or 1."""
        if isinstance(self.rscales, tuple):
            return self.rscales
        return (1.0 if self.rscales is None else float(self.rscales),) * self.replicate_count  # type: ignore[arg-type]  # never a sequence here

    def _column_problems(self) -> list[tuple[str, str]]:
        names, problems = as_names(self.replicates), []
        if len(names) < 2:
            problems.append(
                ("too_few_replicates", f"{len(names)} replicate columns; variance needs at least 2")
            )
        if len(set(names)) < len(names):
            twice = sorted({name for name in names if names.count(name) > 1})
            problems.append(("replicate_twice", f"replicate columns named twice: {', '.join(twice[:5])}"))
        if self.weight in names:
            problems.append(("weight_is_replicate", f"{self.weight} is the base weight and a replicate"))
        return problems

    def _scale_problems(self) -> list[tuple[str, str]]:
        problems = []
        if self.scale is not None and not (isfinite(self.scale) and self.scale > 0):
            problems.append(("not_a_scale", f"scale is {self.scale}, not a number above 0"))
        given = self.rscales if isinstance(self.rscales, tuple) else ()
        if given and len(given) != self.replicate_count:
            text = f"{len(given)} rscales for {self.replicate_count} replicates"
            problems.append(("rscales_count", text))
        if any(not (isfinite(each) and each >= 0) for each in self.rscales_used):
            problems.append(("not_a_scale", "rscales must be numbers of 0 or more"))
        elif not any(self.rscales_used):
            problems.append(("not_a_scale", "rscales are all 0: no replicate counts"))
        needs_both = self.method is ReplicateMethod.OTHER and None in (self.scale, self.rscales)
        if needs_both or (self.method is ReplicateMethod.JKN and self.rscales is None):
            needed = "scale and rscales" if self.method is ReplicateMethod.OTHER else "rscales"
            text = f"{self.method} replicates need {needed}; they come with the documentation of the weights"
            problems.append(("no_rscales", text))
        if self.degrees_of_freedom is not None and self.degrees_of_freedom < 1:
            text = f"degrees_of_freedom is {self.degrees_of_freedom}, not 1 or more"
            problems.append(("not_degrees_of_freedom", text))
        return [*problems, *self._fay_problems()]

    def _fay_problems(self) -> list[tuple[str, str]]:
        coefficient, is_fay = self.fay_coefficient, self.method is ReplicateMethod.FAY
        if is_fay and coefficient is None:
            return [("no_fay_coefficient", "Fay's method needs fay_coefficient (ρ), at least 0 and below 1")]
        if coefficient is not None and not 0 <= coefficient < 1:
            return [
                ("not_a_fay_coefficient", f"fay_coefficient is {coefficient}, not at least 0 and below 1")
            ]
        if coefficient and not is_fay:
            return [
                ("fay_coefficient_unused", f"a Fay coefficient belongs to Fay's method, not to {self.method}")
            ]
        return []


def default_scale(
    method: ReplicateMethod, replicate_count: int, fay_coefficient: float = 0.0, given: float | None = None
) -> float:
    """`given`, or what the method's sum of squares is multiplied by.

    Sources: Wolter 2007 (JK1 eq. 4.2.3, BRR eq. 3.2.1, bootstrap eq. 5.1.5); Judkins 1990 (Fay); Fay & Train
    1995 (successive differences); as in R survey 4.5, `svrepdesign`.
    """
    if given is not None:
        return given
    match method:
        case ReplicateMethod.JK1:
            return (replicate_count - 1) / replicate_count
        case ReplicateMethod.BRR | ReplicateMethod.FAY:
            return 1 / (replicate_count * (1 - fay_coefficient) ** 2)
        case ReplicateMethod.SUCCESSIVE_DIFFERENCE:
            return 4 / replicate_count
        case ReplicateMethod.BOOTSTRAP | ReplicateMethod.SUBBOOTSTRAP | ReplicateMethod.MULTISTAGE_BOOTSTRAP:
            return 1 / (replicate_count - 1)
    return 1.0
