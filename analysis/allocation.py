"""Sample size and its division over strata, in exact arithmetic: no rounding error adds an interview."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from analysis.errors import AllocationError
from analysis.exact import Exact, ceiling, to_fraction

FIVE_PERCENT = Decimal("0.05")
# The table value surveys of this kind are planned with; the quantile itself is 1.959964.
CRITICAL_VALUE_95 = Decimal("1.96")


@dataclass(frozen=True)
class SampleSize:
    """`completed` interviews are needed; `issued` must be drawn to have them after non-response.

    `unrounded` is the formula's own value; `population` is None where the formula takes it as endless.
    """

    formula: str
    unrounded: Fraction
    completed: int
    issued: int
    population: int | None


class AllocationBasis(StrEnum):
    """Why a stratum got its sample size."""

    PROPORTIONAL = "proportional"
    MINIMUM = "minimum"
    CENSUS = "census"  # smaller than the minimum: everybody is taken
    EMPTY = "empty"


@dataclass(frozen=True)
class StratumAllocation:
    """The interviews one stratum gets; `quota` is the proportional share before rounding or the minimum."""

    stratum: str
    population: int
    quota: Fraction
    sample_size: int
    basis: AllocationBasis


def yamane_sample_size(population: int, *, margin_of_error: Exact = FIVE_PERCENT) -> SampleSize:
    """n = N ÷ (1 + N·e²), rounded up: the formula of the Ministry's 2014 guidance (1159/BNV-CCHC).

    `population` counts transactions; `margin_of_error` is a share (0.05). Raises `AllocationError`.
    """
    _require_population(population)
    e = _margin(margin_of_error)
    unrounded = population / (1 + population * e**2)
    completed = ceiling(unrounded)
    return SampleSize(
        formula="yamane", unrounded=unrounded, completed=completed, issued=completed, population=population
    )


def yamane_limit(*, margin_of_error: Exact = FIVE_PERCENT) -> int:
    """What Yamane's size tends to as the population grows, 1 ÷ e² rounded up: 400 at five percent."""
    return ceiling(1 / _margin(margin_of_error) ** 2)


def cochran_sample_size(
    population: int | None,
    *,
    margin_of_error: Exact = FIVE_PERCENT,
    expected_share: Exact = Fraction(1, 2),
    critical_value: Exact = CRITICAL_VALUE_95,
    design_effect: Exact = 1,
    expected_response_rate: Exact = 1,
) -> SampleSize:
    """Cochran's size for a share, with design effect, finite population correction and non-response.

    n₀ = deff · z² · p(1 - p) ÷ e² and n = n₀ ÷ (1 + (n₀ - 1) ÷ N) (Cochran 1977, eq. 4.2). The design effect
    multiplies n₀ before the correction: that solves deff · (1 - n/N) · S² ÷ n = e² ÷ z² and never asks for
    more than the population. `population` None leaves the correction out. The completed interviews
    are rounded up, then divided by the expected response rate and rounded up again.

    Raises `AllocationError` for values outside their range and when more would have to be drawn than exist.
    """
    e = _margin(margin_of_error)
    p = _share(expected_share, name="expected_share")
    response_rate = _share(expected_response_rate, name="expected_response_rate")
    z = _positive(critical_value, name="critical_value")
    n0 = _positive(design_effect, name="design_effect") * z**2 * p * (1 - p) / e**2
    if p == 1:
        raise AllocationError("expected_share is 1: a share that is certain needs no sample.")
    if population is not None:
        _require_population(population)
    unrounded = n0 if population is None else n0 / (1 + (n0 - 1) / population)
    completed = ceiling(unrounded)
    issued = ceiling(completed / response_rate)
    if population is not None and issued > population:
        raise AllocationError(
            f"{issued} would have to be drawn for {completed} answers, but there are only {population}.",
            hint="Accept a wider margin of error, or take everybody.",
        )
    return SampleSize(
        formula="cochran", unrounded=unrounded, completed=completed, issued=issued, population=population
    )


def forms_needed(forms_per_unit: Mapping[str, int], *, unit_count: int) -> int:
    """Forms of a leaders' survey in which every assessed unit is judged by fixed numbers of respondents.

    {"civil servants": 15, "heads of division": 5, "organisations": 10} over 25 units make 750.
    Raises `AllocationError` for numbers below zero.
    """
    if unit_count < 0 or any(count < 0 for count in forms_per_unit.values()):
        raise AllocationError("Units and forms cannot be fewer than zero.")
    return unit_count * sum(forms_per_unit.values())


def allocate_proportionally(
    sample_size: int, populations: Mapping[str, int], *, minimum: int = 0
) -> tuple[StratumAllocation, ...]:
    """Divide `sample_size` over strata in proportion to their population, by largest remainder.

    Every stratum that is not empty gets at least `minimum`, or everybody when it is smaller than that; the
    rest shares what remains in proportion. Equal remainders go to the larger stratum, then by code. The
    parts always add up to `sample_size`. Order of the result: as given.

    Raises `AllocationError` when the sample exceeds the population or cannot hold the minimums.
    """
    if any(size < 0 for size in populations.values()) or minimum < 0 or sample_size < 0:
        raise AllocationError("Sample size, minimum and populations cannot be below zero.")
    total = sum(populations.values())
    if sample_size > total:
        raise AllocationError(
            f"A sample of {sample_size} cannot be drawn from {total}.", hint=f"Ask for at most {total}."
        )
    floors = {stratum: min(minimum, size) for stratum, size in populations.items()}
    if sum(floors.values()) > sample_size:
        raise AllocationError(
            f"A sample of {sample_size} cannot give every stratum {minimum}.",
            hint=f"Ask for at least {sum(floors.values())}, or lower the minimum.",
        )
    fixed = _strata_at_minimum(sample_size, populations, floors)
    free = {stratum: size for stratum, size in populations.items() if stratum not in fixed}
    sizes = fixed | _largest_remainder(sample_size - sum(fixed.values()), free)
    return tuple(
        StratumAllocation(
            stratum=stratum,
            population=size,
            quota=Fraction(sample_size * size, total) if total else Fraction(0),
            sample_size=sizes[stratum],
            basis=_basis(size, minimum=minimum, is_fixed=stratum in fixed),
        )
        for stratum, size in populations.items()
    )


def _strata_at_minimum(
    sample_size: int, populations: Mapping[str, int], floors: Mapping[str, int]
) -> dict[str, int]:
    """The strata whose proportional quota stays below their floor, found until nothing changes.

    Fixing one stratum takes interviews from the others, so a quota that was enough may no longer be.
    """
    fixed: dict[str, int] = {}
    while True:
        rest = sample_size - sum(fixed.values())
        population = sum(size for stratum, size in populations.items() if stratum not in fixed)
        below = {
            stratum: floors[stratum]
            for stratum, size in populations.items()
            if stratum not in fixed and rest * size < floors[stratum] * population
        }
        if not below:
            return fixed
        fixed |= below


def _largest_remainder(sample_size: int, populations: Mapping[str, int]) -> dict[str, int]:
    total = sum(populations.values())
    if not total:
        return dict.fromkeys(populations, 0)
    sizes = {stratum: sample_size * size // total for stratum, size in populations.items()}
    by_remainder = sorted(
        populations, key=lambda s: (-(sample_size * populations[s] % total), -populations[s], s)
    )
    for stratum in by_remainder[: sample_size - sum(sizes.values())]:
        sizes[stratum] += 1
    return sizes


def _basis(population: int, *, minimum: int, is_fixed: bool) -> AllocationBasis:
    if population == 0:
        return AllocationBasis.EMPTY
    if not is_fixed:
        return AllocationBasis.PROPORTIONAL
    return AllocationBasis.CENSUS if population <= minimum else AllocationBasis.MINIMUM


def _require_population(population: int) -> None:
    if population < 1:
        raise AllocationError(f"The population is {population}; it must be at least 1.")


def _margin(margin_of_error: Exact) -> Fraction:
    margin = to_fraction(margin_of_error, name="margin_of_error")
    if not 0 < margin < 1:
        raise AllocationError(
            f"margin_of_error is {margin_of_error}; it is a share between 0 and 1.",
            hint='Five percent is Decimal("0.05").',
        )
    return margin


def _share(value: Exact, *, name: str) -> Fraction:
    share = to_fraction(value, name=name)
    if not 0 < share <= 1:
        raise AllocationError(f"{name} is {value}; it must be above 0 and at most 1.")
    return share


def _positive(value: Exact, *, name: str) -> Fraction:
    number = to_fraction(value, name=name)
    if number <= 0:
        raise AllocationError(f"{name} is {value}; it must be above 0.")
    return number
