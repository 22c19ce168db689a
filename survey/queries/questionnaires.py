"""Questionnaires as stored: versions by code, and their definitions read once per process."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from forms.documents import read_questionnaire
from forms.questionnaire import Questionnaire
from survey.domain.wording import N_
from survey.errors import NotFoundError
from survey.models import QuestionnaireVersion

REMEMBERED_DEFINITIONS = 256

# By content hash, so that it is right whatever database the row came from.
_remembered: dict[str, Questionnaire] = {}


def get_version(session: Session, code: str, version: int) -> QuestionnaireVersion:
    """The stored version; raises NotFoundError."""
    found = session.scalar(
        select(QuestionnaireVersion).where(
            QuestionnaireVersion.questionnaire_code == code, QuestionnaireVersion.version == version
        )
    )
    if found is None:
        raise NotFoundError(
            N_("The questionnaire %(code)s has no stored version %(version)s."), code=code, version=version
        )
    return found


def list_versions(session: Session) -> Sequence[QuestionnaireVersion]:
    """All stored versions by code, newest first."""
    return session.scalars(
        select(QuestionnaireVersion).order_by(
            QuestionnaireVersion.questionnaire_code, QuestionnaireVersion.version.desc()
        )
    ).all()


def load_questionnaire(session: Session, version_id: int) -> Questionnaire:
    """The questionnaire of a stored version, the same object on every call; raises NotFoundError.

    Only the hash is asked for when the definition was read before: equal hashes are equal definitions.
    """
    content_hash = session.scalar(
        select(QuestionnaireVersion.content_hash).where(QuestionnaireVersion.id == version_id)
    )
    if content_hash is None:
        raise NotFoundError(N_("No questionnaire version has the id %(id)s."), id=version_id)
    return read_stored(session, version_id, content_hash=content_hash)


def read_stored(session: Session, version_id: int, *, content_hash: str) -> Questionnaire:
    """The questionnaire with this hash, from memory if it was read before, else from this version's row."""
    known = _remembered.get(content_hash)
    if known is not None:
        return known
    document = session.scalar(
        select(QuestionnaireVersion.definition).where(QuestionnaireVersion.id == version_id)
    )
    questionnaire = read_questionnaire(document, source=f"stored questionnaire version {version_id}")
    if len(_remembered) >= REMEMBERED_DEFINITIONS:
        _remembered.clear()
    _remembered[content_hash] = questionnaire
    return questionnaire
