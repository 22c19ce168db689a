"""Answer scales: the ordered levels of an item, and from which level an answer counts as satisfied."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from analysis.errors import ScaleError


@dataclass(frozen=True)
class Scale:
    """Levels from worst to best, as coded in the data; `satisfied_from` is the lowest satisfied level.

    The SIPAS scale has five levels, of which 4 (Hài lòng) and 5 (Rất hài lòng) are satisfied; 3 (Bình
    thường) is not. Scales of different length are different scales: never merge them.
    """

    code: str
    levels: tuple[int, ...]
    satisfied_from: int

    def __post_init__(self) -> None:
        if len(self.levels) < 2 or list(self.levels) != sorted(set(self.levels)):
            raise ScaleError(
                f"Scale {self.code}: levels {self.levels} do not rise.",
                hint="List at least two different levels, the worst first.",
            )
        if self.satisfied_from not in self.levels:
            raise ScaleError(
                f"Scale {self.code}: satisfied from {self.satisfied_from}, which is not one of its levels.",
                hint=f"Choose one of {self.levels}.",
            )

    @property
    def satisfied_levels(self) -> tuple[int, ...]:
        """The levels that count as satisfied, ascending."""
        return tuple(level for level in self.levels if level >= self.satisfied_from)


FIVE_LEVELS = Scale(code="five-levels", levels=(1, 2, 3, 4, 5), satisfied_from=4)


@dataclass(frozen=True)
class LevelShare:
    """One bar of a distribution: answers at this level, and their share 0–1 of all valid answers."""

    level: int
    count: int
    share: Fraction | None


@dataclass(frozen=True)
class MeanScore:
    """Mean level of the valid answers. Not SIPAS: a figure of its own, to be labelled so."""

    mean: Fraction | None
    n: int
    lowest: int
    highest: int


def checked_counts(counts: Mapping[int, int], scale: Scale, *, name: str) -> dict[int, int]:
    """The counts of every level of the scale, ascending; a level nobody chose has zero answers.

    Raises `ScaleError` for a level that is not on the scale (missing and refused answers have none and do
    not belong here) and for a negative count.
    """
    strange = sorted(set(counts) - set(scale.levels))
    if strange:
        raise ScaleError(
            f"{name}: {strange} are not levels of scale {scale.code}.",
            hint="Count valid answers only; missing, refused and invalid ones have no level.",
        )
    negative = [level for level, count in counts.items() if count < 0]
    if negative:
        raise ScaleError(f"{name}: fewer than zero answers at level {negative[0]}.")
    return {level: counts.get(level, 0) for level in scale.levels}


def level_shares(counts: Mapping[int, int], scale: Scale) -> tuple[LevelShare, ...]:
    """The distribution over all levels of the scale; shares are None when nobody answered."""
    complete = checked_counts(counts, scale, name="Distribution")
    n = sum(complete.values())
    return tuple(
        LevelShare(level=level, count=count, share=Fraction(count, n) if n else None)
        for level, count in complete.items()
    )


def mean_score(counts: Mapping[int, int], scale: Scale) -> MeanScore:
    """The mean of the level codes, with the ends of the scale it must be read against."""
    complete = checked_counts(counts, scale, name="Mean score")
    n = sum(complete.values())
    weighted = sum(level * count for level, count in complete.items())
    return MeanScore(
        mean=Fraction(weighted, n) if n else None, n=n, lowest=scale.levels[0], highest=scale.levels[-1]
    )
