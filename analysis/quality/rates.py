"""Field-work rates: valid, back-check and response rates, each an exact fraction under a named formula."""

from __future__ import annotations

from dataclasses import astuple, dataclass
from fractions import Fraction

from analysis.errors import QualityError


@dataclass(frozen=True)
class NamedRate:
    """numerator ÷ denominator under `formula`; `rate` (0–1) is None when the denominator is zero.

    The denominator is a fraction where cases of unknown eligibility count in part.
    """

    formula: str
    rate: Fraction | None
    numerator: int
    denominator: int | Fraction


@dataclass(frozen=True)
class Dispositions:
    """What became of every sampled case, in the letters of AAPOR Standard Definitions.

    complete I, partial P, refusal R (and break-off), non_contact NC, other O (eligible, not interviewed);
    unknown_household UH and unknown_other UO: cases whose eligibility was never found out. Cases found not
    eligible are in none of them.
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
    def eligible(self) -> int:
        """(I + P) + (R + NC + O): cases known to be eligible."""
        return self.cases - self.unknown

    @property
    def unknown(self) -> int:
        """UH + UO: cases whose eligibility was never found out."""
        return self.unknown_household + self.unknown_other

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


def eligibility_share(dispositions: Dispositions, *, not_eligible: int) -> Fraction:
    """e by proportional allocation: eligible cases ÷ all cases whose eligibility was found out.

    The estimate of the Council of American Survey Research Organizations (Frankel 1983), which AAPOR Standard
    Definitions (2023, "e") names as the usual one. Raises `QualityError` when nothing was found out.
    """
    found_out = dispositions.eligible + not_eligible
    if not_eligible < 0 or found_out == 0:
        raise QualityError(
            f"{dispositions.eligible} eligible and {not_eligible} not eligible cases say nothing about the "
            "unknown ones.",
            hint="Count the cases found not eligible, or give e from another source.",
        )
    return Fraction(dispositions.eligible, found_out)


def response_rate_1(dispositions: Dispositions) -> NamedRate:
    """AAPOR RR1, the minimum response rate: I ÷ ((I + P) + (R + NC + O) + (UH + UO))."""
    return _rate("AAPOR RR1", part=dispositions.complete, whole=dispositions.cases)


def response_rate_2(dispositions: Dispositions) -> NamedRate:
    """AAPOR RR2: as RR1, partial interviews counted as responses, (I + P) in the numerator."""
    return _rate("AAPOR RR2", part=_interviews(dispositions), whole=dispositions.cases)


def response_rate_3(dispositions: Dispositions, *, eligible_share: Fraction) -> NamedRate:
    """AAPOR RR3: I ÷ ((I + P) + (R + NC + O) + e (UH + UO)), e the share of unknown cases that are eligible.

    `eligible_share` (0–1) is e, for example from `eligibility_share`; AAPOR asks to publish how it was made.
    """
    whole = _estimated_cases(dispositions, eligible_share)
    return _rate(f"AAPOR RR3, e = {eligible_share}", part=dispositions.complete, whole=whole)


def response_rate_4(dispositions: Dispositions, *, eligible_share: Fraction) -> NamedRate:
    """AAPOR RR4: as RR3, partial interviews counted as responses, (I + P) in the numerator."""
    whole = _estimated_cases(dispositions, eligible_share)
    return _rate(f"AAPOR RR4, e = {eligible_share}", part=_interviews(dispositions), whole=whole)


def response_rate_5(dispositions: Dispositions) -> NamedRate:
    """AAPOR RR5: I ÷ ((I + P) + (R + NC + O)), as if no unknown case were eligible.

    Right only when there are no unknown cases, or none of them can be eligible.
    """
    return _rate("AAPOR RR5", part=dispositions.complete, whole=dispositions.eligible)


def response_rate_6(dispositions: Dispositions) -> NamedRate:
    """AAPOR RR6, the maximum response rate: as RR5, (I + P) in the numerator."""
    return _rate("AAPOR RR6", part=_interviews(dispositions), whole=dispositions.eligible)


def _interviews(dispositions: Dispositions) -> int:
    return dispositions.complete + dispositions.partial


def _estimated_cases(dispositions: Dispositions, eligible_share: Fraction) -> Fraction:
    if not 0 <= eligible_share <= 1:
        raise QualityError(
            f"The eligible share of the unknown cases cannot be {eligible_share}.",
            hint="e lies between 0 (RR5) and 1 (RR1).",
        )
    return dispositions.eligible + Fraction(eligible_share) * dispositions.unknown


def _rate(formula: str, *, part: int, whole: int | Fraction) -> NamedRate:
    if not 0 <= part <= whole:
        raise QualityError(
            f"{formula}: {part} of {whole} cannot be.", hint="Count the part among the whole it belongs to."
        )
    rate = Fraction(part) / Fraction(whole) if whole else None
    return NamedRate(formula=formula, rate=rate, numerator=part, denominator=whole)
