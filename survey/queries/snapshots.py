"""The answers of a round as columns: captured blocks, and what came in since."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from survey.config import TIME_ZONE
from survey.domain.columns import ResponseColumns, from_bytes, joined
from survey.domain.row_encoding import AnsweredRow, columns_from_rows
from survey.models import Response, SampleUnit, ServicePoint, SnapshotBlock, SurveyRound, UncapturedResponse
from survey.queries.questionnaires import load_questionnaire

ZONE = ZoneInfo(TIME_ZONE)
REMEMBERED_BLOCKS = 256
_IDS_IN_ONE_QUERY = 500

# Blocks as read, by digest: it names the content whatever the database, and full blocks never change.
_remembered: OrderedDict[str, ResponseColumns] = OrderedDict()


def load_columns(session: Session, round_: SurveyRound) -> ResponseColumns:
    """Every committed response of the round once; nothing is written.

    What no block holds yet is read first and the blocks after it: where every statement sees the newest
    commits, a response captured in between is then found twice and kept once, never passed over.
    """
    is_waiting = select(UncapturedResponse.response_id).where(UncapturedResponse.round_id == round_.id)
    rows = _answered(session, _rows().where(Response.id.in_(is_waiting)))
    waiting = _columns_of(session, round_, rows)
    found = joined([*_captured(session, round_), waiting])
    keep = np.zeros(len(found), dtype=np.bool_)
    keep[np.unique(found.row("response_id"), return_index=True)[1]] = True
    return found if keep.all() else found.where(keep)


def columns_of_responses(
    session: Session, round_: SurveyRound, response_ids: Sequence[int]
) -> ResponseColumns:
    """These responses of the round as columns, in the order of their ids."""
    rows = [
        row
        for start in range(0, len(response_ids), _IDS_IN_ONE_QUERY)
        for row in _answered(
            session, _rows().where(Response.id.in_(response_ids[start : start + _IDS_IN_ONE_QUERY]))
        )
    ]
    return _columns_of(session, round_, rows)


def waiting_count(session: Session, round_: SurveyRound) -> int:
    """How many committed responses of the round no block holds yet."""
    return session.scalar(select(func.count()).where(UncapturedResponse.round_id == round_.id)) or 0


def rounds_with_responses_waiting(session: Session) -> Sequence[SurveyRound]:
    """Rounds that have responses which no block holds yet, by code."""
    waiting = select(UncapturedResponse.round_id).distinct()
    return session.scalars(
        select(SurveyRound).where(SurveyRound.id.in_(waiting)).order_by(SurveyRound.code)
    ).all()


def last_block(session: Session, round_: SurveyRound) -> SnapshotBlock | None:
    """The block that may still grow."""
    return session.scalar(
        select(SnapshotBlock)
        .where(SnapshotBlock.round_id == round_.id)
        .order_by(SnapshotBlock.position.desc())
        .limit(1)
    )


def _rows() -> Select[Any]:
    return (
        select(
            Response.id,
            Response.questionnaire_version_id,
            Response.mode,
            Response.language,
            Response.service_point_id,
            Response.sample_unit_id,
            # The unit served or drawn from is kept as it was when the answer was captured.
            func.coalesce(SampleUnit.organisation_id, ServicePoint.organisation_id),
            Response.supplements.is_not(None),
            Response.captured_at,
            Response.answers,
        )
        .outerjoin(SampleUnit, SampleUnit.id == Response.sample_unit_id)
        .outerjoin(ServicePoint, ServicePoint.id == Response.service_point_id)
        .order_by(Response.id)
    )


def _answered(session: Session, statement: Select[Any]) -> list[AnsweredRow]:
    return [AnsweredRow(*row) for row in session.execute(statement)]


def _columns_of(session: Session, round_: SurveyRound, rows: Sequence[AnsweredRow]) -> ResponseColumns:
    version_ids = {row.questionnaire_version_id for row in rows} | {round_.questionnaire_version_id}
    questionnaires = {
        version_id: load_questionnaire(session, version_id) for version_id in sorted(version_ids)
    }
    return columns_from_rows(rows, questionnaires, zone=ZONE)


def _captured(session: Session, round_: SurveyRound) -> list[ResponseColumns]:
    while True:
        blocks = session.execute(
            select(SnapshotBlock.id, SnapshotBlock.digest)
            .where(SnapshotBlock.round_id == round_.id)
            .order_by(SnapshotBlock.position)
        ).all()
        contents = _contents(session, [block_id for block_id, digest in blocks if digest not in _remembered])
        parts = [contents.get(block_id) or _remembered.get(digest) for block_id, digest in blocks]
        found = [part for part in parts if part is not None]
        if len(found) == len(parts):  # else another process made the snapshot again in between: look again
            return found


def _contents(session: Session, block_ids: Sequence[int]) -> Mapping[int, ResponseColumns]:
    if not block_ids:
        return {}
    read = {}
    rows = session.execute(
        select(SnapshotBlock.id, SnapshotBlock.digest, SnapshotBlock.content).where(
            SnapshotBlock.id.in_(block_ids)
        )
    )
    for block_id, digest, content in rows:
        read[block_id] = from_bytes(content, digest=digest)
        _remembered[digest] = read[block_id]
    while len(_remembered) > REMEMBERED_BLOCKS:
        _remembered.popitem(last=False)
    return read
