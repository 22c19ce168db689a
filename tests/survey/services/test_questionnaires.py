"""Storing questionnaire versions."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from forms.definitions import load_definition
from survey.models import QuestionnaireVersion
from survey.queries.questionnaires import get_version, load_questionnaire
from survey.services.questionnaires import FrozenVersionError, store_definition

NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)


def test_storing_a_definition_twice_is_one_row(session: Session):
    first = store_definition(session, "rating", 1, now=NOW)
    second = store_definition(session, "rating", now=NOW)
    assert second is first
    assert session.scalar(select(func.count(QuestionnaireVersion.id))) == 1


def test_a_stored_version_never_changes(session: Session):
    stored = store_definition(session, "rating", 1, now=NOW)
    stored.content_hash = "0" * 64
    session.flush()
    with pytest.raises(FrozenVersionError, match="Version 1 of rating is stored with another content"):
        store_definition(session, "rating", 1, now=NOW)


def test_a_stored_definition_is_read_back_as_it_was_shipped_and_only_once(session: Session):
    store_definition(session, "sipas-2023", 1, now=NOW)
    version = get_version(session, "sipas-2023", 1)
    read = load_questionnaire(session, version.id)
    assert read == load_definition("sipas-2023", 1)
    assert load_questionnaire(session, version.id) is read
