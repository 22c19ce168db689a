"""Which language a page speaks: the one asked for, the one remembered, the browser's, Vietnamese."""

from __future__ import annotations

from collections.abc import Mapping

from flask import request, session
from flask_babel import get_locale

from survey.config import DEFAULT_LANGUAGE, LANGUAGES

# Each language names itself, so that its speakers find it.
LANGUAGE_NAMES = {"vi": "Tiếng Việt", "en": "English", "km": "ខ្មែរ", "zh": "中文"}


def selected_language() -> str:
    """The language of this request; `?language=` wins, so that a QR page needs no cookie."""
    asked = request.args.get("language")
    if asked in LANGUAGES:
        return asked
    remembered = session.get("language")
    if remembered in LANGUAGES:
        return str(remembered)
    return DEFAULT_LANGUAGE


def page_language() -> str:
    """The code of the language that this page is drawn in."""
    locale = get_locale()
    return DEFAULT_LANGUAGE if locale is None else str(locale.language)


def text_in(names: Mapping[str, str]) -> str:
    """The text in the page's language, else in Vietnamese, else in whichever there is."""
    return names.get(page_language()) or names.get(DEFAULT_LANGUAGE) or next(iter(names.values()), "")
