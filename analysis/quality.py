"""Field-work quality: valid, back-check and response rates, each an exact fraction under a named formula."""

from __future__ import annotations

from dataclasses import astuple, dataclass
from fractions import Fraction

from analysis.errors import QualityError


@dataclass(frozen=True)
class NamedRate:
    """numerator ÷ denominator under `formula`; `rate` (0–1) is None when the denominator is zero."""

    formula: str
    rate: Fraction | None
    numerator: int
    denominator: int


@dataclass(frozen=True)
class Dispositions:
    """What became of every sampled case, in the letters of AAPOR Standard Definitions.

    complete I, partial P, refusal R (and break-off), non_contact NC, other O (eligible, not interviewed);
    unknown_household UH and unknown_other UO: cases whose eligibility was never found out.
    """

    complete: int
    partial: int = 0
    refusal: int = 0
    non_contact: int = 0
    other: int = 0
    unknown_household: int = 0
    unknown_other: int = 0

    def __post_init__(self) -> None:
        if min(astuple(self)) < 0:
            raise QualityError("A disposition was counted fewer than zero times.")

    @property
    def cases(self) -> int:
        """(I + P) + (R + NC + O) + (UH + UO): every case that is or may be eligible."""
        return int(sum(astuple(self)))


def valid_rate(*, issued: int, valid: int) -> NamedRate:
    """Valid forms ÷ forms issued (phiếu hợp lệ / phiếu phát ra)."""
    return _rate("valid ÷ issued", part=valid, whole=issued)


def back_check_rate(*, checked: int, completed: int) -> NamedRate:
    """Interviews visited again (phúc tra) ÷ interviews to be had."""
    return _rate("back-checked ÷ completed", part=checked, whole=completed)


def response_rate_1(dispositions: Dispositions) -> NamedRate:
    """AAPOR RR1, the minimum response rate: I ÷ ((I + P) + (R + NC + O) + (UH + UO))."""
    return _rate("AAPOR RR1", part=dispositions.complete, whole=dispositions.cases)


def response_rate_2(dispositions: Dispositions) -> NamedRate:
    """AAPOR RR2: as RR1, partial interviews counted as responses, (I + P) in the numerator."""
    return _rate("AAPOR RR2", part=dispositions.complete + dispositions.partial, whole=dispositions.cases)


def _rate(formula: str, *, part: int, whole: int) -> NamedRate:
    if not 0 <= part <= whole:
        raise QualityError(
            f"{formula}: {part} of {whole} cannot be.", hint="Count the part among the whole it belongs to."
        )
    return NamedRate(
        formula=formula, rate=Fraction(part, whole) if whole else None, numerator=part, denominator=whole
    )
