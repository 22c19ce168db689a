"""Sentences for users from layers that know nothing of the web: the caller brings the translation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from forms.messages import N_

__all__ = ["N_", "Gettext", "Sentence", "english"]


class Gettext(Protocol):
    """Gives a whole sentence in the user's language, its values filled in; the web layer's gettext fits."""

    def __call__(self, message: str, /, **values: object) -> str:
        """The sentence; `message` is the English one, with %(name)s where values go."""


def english(message: str, /, **values: object) -> str:
    """The sentence as written, for callers that serve no reader of another language."""
    return message % values if values else message


@dataclass(frozen=True)
class Sentence:
    """A sentence for users that travels untranslated: `message` was marked with N_, `values` go into it."""

    message: str
    values: Mapping[str, object] = field(default_factory=dict)

    def render(self, gettext: Gettext) -> str:
        """The whole sentence in the reader's language."""
        return gettext(self.message, **self.values)

    def __str__(self) -> str:
        """The whole sentence in English."""
        return self.render(english)
