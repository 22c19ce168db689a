"""The satisfaction group of the 2022 real-time set: an administrative proxy from counts, not a survey."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from analysis.on_site.definition import OnSiteError


@dataclass(frozen=True)
class SettledCounts:
    """Dossiers settled in a period: all, the late ones, and those with a complaint or a bad rating."""

    settled: int
    overdue: int
    complained_or_disliked: int

    def __post_init__(self) -> None:
        if not (0 <= self.overdue <= self.settled and 0 <= self.complained_or_disliked <= self.settled):
            raise OnSiteError("More dossiers are late or complained about than were settled.")


def settling_rate(counts: SettledCounts) -> Fraction | None:
    """1 − (share overdue + share with a complaint or dislike), never below 0; None without dossiers.

    Indicator 5.4 adds the two shares, so a dossier that is both counts twice; the floor is a reading.
    """
    if not counts.settled:
        return None
    return max(Fraction(0), 1 - Fraction(counts.overdue + counts.complained_or_disliked, counts.settled))


def share_of(part: int | None, whole: int | None) -> Fraction | None:
    """`part` of `whole`; None when one is not known or nothing came in.

    Raises `OnSiteError` when the part is larger than the whole.
    """
    if part is None or not whole:
        return None
    if not 0 <= part <= whole:
        raise OnSiteError(f"{part} of {whole}: a part cannot be larger than the whole.")
    return Fraction(part, whole)


def converted_points(rate: Fraction | None, *, max_points: int, full_from: Decimal) -> Fraction | None:
    """Full points from the rate `full_from` on, else rate × max ÷ `full_from`; None without a rate.

    Developer specifications of the set; oracle: 81 % of 6 points with 0.90 gives 5.40.
    """
    if rate is None:
        return None
    bound = Fraction(full_from)
    return Fraction(max_points) if rate >= bound else rate * max_points / bound
