"""Responses as stored."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.models import Response


def content_hashes(session: Session, uuids: Collection[UUID]) -> dict[UUID, str]:
    """The content hashes of the stored responses among these."""
    rows = session.execute(select(Response.uuid, Response.content_hash).where(Response.uuid.in_(uuids)))
    return {row.uuid: row.content_hash for row in rows}


def find_response(session: Session, uuid: UUID) -> Response | None:
    """The response with this uuid, if it is stored."""
    return session.scalar(select(Response).where(Response.uuid == uuid))
