"""Rounds of the reform index, their sheets and the appraised points."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, joinedload

from survey.domain.wording import N_
from survey.errors import NotFoundError
from survey.models import AppraisedPoints, IndexRound, ScoreSheet


def find_index_round(session: Session, code: str) -> IndexRound | None:
    """The index round with this code, if there is one."""
    return session.scalar(
        select(IndexRound)
        .where(IndexRound.code == code)
        .options(
            joinedload(IndexRound.criteria_set),
            joinedload(IndexRound.organiser),
            joinedload(IndexRound.satisfaction_round),
            joinedload(IndexRound.leaders_round),
            joinedload(IndexRound.previous_round).joinedload(IndexRound.criteria_set),
        )
    )


def get_index_round(session: Session, code: str) -> IndexRound:
    """The index round with this code; raises NotFoundError."""
    index_round = find_index_round(session, code)
    if index_round is None:
        raise NotFoundError(N_("No index round has the code %(code)s."), code=code)
    return index_round


def list_index_rounds(session: Session, organisation_ids: Collection[int]) -> Sequence[IndexRound]:
    """Rounds these units organise or are assessed in, the latest year first, then by code."""
    assessed = select(ScoreSheet.index_round_id).where(ScoreSheet.organisation_id.in_(organisation_ids))
    return session.scalars(
        select(IndexRound)
        .where(or_(IndexRound.organiser_id.in_(organisation_ids), IndexRound.id.in_(assessed)))
        .options(joinedload(IndexRound.criteria_set), joinedload(IndexRound.organiser))
        .order_by(IndexRound.index_year.desc(), IndexRound.code)
    ).all()


def sheet_counts(session: Session, index_rounds: Collection[IndexRound]) -> Mapping[int, int]:
    """How many units each of these rounds assesses, by round id; a round without units is not there."""
    ids = [index_round.id for index_round in index_rounds]
    rows = session.execute(
        select(ScoreSheet.index_round_id, func.count())
        .where(ScoreSheet.index_round_id.in_(ids))
        .group_by(ScoreSheet.index_round_id)
    )
    return {round_id: count for round_id, count in rows}


def list_sheets(session: Session, index_round: IndexRound) -> Sequence[ScoreSheet]:
    """The sheets of a round with their units, by group and opening order."""
    return session.scalars(
        select(ScoreSheet)
        .where(ScoreSheet.index_round_id == index_round.id)
        .options(joinedload(ScoreSheet.organisation))
        .order_by(ScoreSheet.unit_group, ScoreSheet.id)
    ).all()


def current_points(session: Session, index_round: IndexRound) -> dict[tuple[int, str], AppraisedPoints]:
    """The points in force by sheet id and sub-criterion code: the newest row of each counts."""
    rows = session.scalars(
        select(AppraisedPoints)
        .join(ScoreSheet, AppraisedPoints.score_sheet_id == ScoreSheet.id)
        .where(ScoreSheet.index_round_id == index_round.id)
        .order_by(AppraisedPoints.id)
    )
    return {(row.score_sheet_id, row.sub_criterion_code): row for row in rows}


def lock_index_round(session: Session, index_round: IndexRound) -> None:
    """Let one transaction at a time change what hangs on a round (SQLite has one writer anyway)."""
    session.execute(select(IndexRound.id).where(IndexRound.id == index_round.id).with_for_update())
