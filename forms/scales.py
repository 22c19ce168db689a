"""Answer scales: ordered, labelled levels; versioned, because shares never compare across versions."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from forms.wording import Provenance, Texts


@dataclass(frozen=True)
class Level:
    """One level of a scale; `percentage` (0-100) is what it is worth in a cross-assessment, if anything."""

    code: int
    labels: Texts
    percentage: Decimal | None = None


@dataclass(frozen=True)
class ExtraCode:
    """An answer beside the scale, such as "no opinion": stored, counted, never in a denominator."""

    code: int
    labels: Texts


@dataclass(frozen=True)
class Scale:
    """Levels from the lowest to the highest code.

    `satisfied_from` is the lowest code that counts as satisfied (top two boxes of five: 4), or None where
    the scale does not measure satisfaction.
    """

    id: str
    version: int
    names: Texts
    levels: tuple[Level, ...]
    provenance: Provenance
    satisfied_from: int | None = None
    extra_codes: tuple[ExtraCode, ...] = ()

    @property
    def reference(self) -> str:
        """How questionnaires name the scale: "satisfaction-5@1"."""
        return f"{self.id}@{self.version}"

    @cached_property
    def level_codes(self) -> frozenset[int]:
        """Codes that belong in a denominator."""
        return frozenset(level.code for level in self.levels)

    @cached_property
    def codes(self) -> frozenset[int]:
        """Every code that may be answered, extra codes included."""
        return self.level_codes | {extra.code for extra in self.extra_codes}

    @cached_property
    def satisfied_codes(self) -> frozenset[int]:
        """Level codes that count as satisfied; empty where the scale has no such threshold."""
        if self.satisfied_from is None:
            return frozenset()
        return frozenset(code for code in self.level_codes if code >= self.satisfied_from)

    @cached_property
    def percentages(self) -> dict[int, Decimal]:
        """Worth of each level in a cross-assessment, by code; empty where levels have none."""
        return {level.code: level.percentage for level in self.levels if level.percentage is not None}

    @cached_property
    def labels_by_code(self) -> dict[int, Texts]:
        """Labels of every code, extra codes last."""
        levels = {level.code: level.labels for level in self.levels}
        return levels | {extra.code: extra.labels for extra in self.extra_codes}
