"""Wording: texts in several languages, and how far each of them is vouched for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

Texts: TypeAlias = Mapping[str, str]
"""One text per language code, such as {"vi": "Hài lòng", "en": "Satisfied"}."""

_PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")


class Mark(StrEnum):
    """How well a wording is vouched for."""

    VERIFIED = "verified"
    """Word for word from the official text."""
    REPRODUCED = "reproduced"
    """Word for word from somebody's reproduction of the official form, slips possible."""
    UNVERIFIED = "unverified"
    """From general knowledge: compare with the official annex before printing."""
    CONSTRUCTED = "constructed"
    """Written for this project; not official at all."""


@dataclass(frozen=True)
class Provenance:
    """Where a wording comes from: its mark and, in words, its source."""

    mark: Mark
    source: str


def placeholders_in(text: str) -> tuple[str, ...]:
    """The names in braces in a text, in order: "… of {unit} in {year}" gives ("unit", "year")."""
    return tuple(_PLACEHOLDER.findall(text))


def fill(text: str, values: Mapping[str, str]) -> str:
    """Put values for the names in braces; a name without a value stays as it is."""
    return _PLACEHOLDER.sub(lambda match: values.get(match[1], match[0]), text)
