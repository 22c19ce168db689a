"""Storing questionnaire versions; a stored version is frozen."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from forms.definitions import load_definition
from forms.documents import content_hash, questionnaire_document
from survey.errors import HaiLongError
from survey.models import Questionnaire, QuestionnaireVersion


class FrozenVersionError(HaiLongError):
    """A stored version would change; a changed wording needs a new version."""


def store_definition(
    session: Session, code: str, version: int | None = None, *, now: datetime
) -> QuestionnaireVersion:
    """Store a shipped definition (the newest version unless one is named); storing it again is the same row.

    Raises FrozenVersionError when this version is stored with another content, and what forms.definitions
    raises for a definition that is missing or wrong.
    """
    definition = load_definition(code, version)
    digest = content_hash(definition)
    stored = session.scalar(
        select(QuestionnaireVersion).where(
            QuestionnaireVersion.questionnaire_code == definition.code,
            QuestionnaireVersion.version == definition.version,
        )
    )
    if stored is not None:
        if stored.content_hash != digest:
            raise FrozenVersionError(
                f"Version {definition.version} of {definition.code} is stored with another content. "
                "Answers were given under it, so it stays; give the changed definition a new version number."
            )
        return stored
    if session.get(Questionnaire, definition.code) is None:
        session.add(Questionnaire(code=definition.code, names=dict(definition.names)))
        session.flush()
    stored = QuestionnaireVersion(
        questionnaire_code=definition.code,
        version=definition.version,
        definition=questionnaire_document(definition),
        content_hash=digest,
        stored_at=now,
    )
    session.add(stored)
    session.flush()
    return stored
