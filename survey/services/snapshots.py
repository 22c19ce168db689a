"""Snapshots: committed responses are moved into columnar blocks, each exactly once."""

from __future__ import annotations

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from survey.domain.columns import ResponseColumns, digest_of, from_bytes, joined, to_bytes
from survey.models import Response, SnapshotBlock, SurveyRound, UncapturedResponse
from survey.models.engine import writing
from survey.queries import snapshots as snapshot_queries

BLOCK_ROWS = 8192
# A page turns waiting responses into columns as it reads; beyond this many it is worth keeping the result.
CATCH_UP_ABOVE = 1000


def bring_up_to_date(session: Session, round_: SurveyRound) -> int:
    """Capture every committed response of the round that no block holds yet; returns how many.

    One process at a time works on a round; intake is not held up. A response that commits later keeps its
    marker until the next call, however low its id. All of it is the caller's one transaction: blocks and
    markers change together or not at all.
    """
    _lock(session, round_)
    captured = 0
    while True:
        block = snapshot_queries.last_block(session, round_)
        if block is not None and block.row_count >= BLOCK_ROWS:
            block = SnapshotBlock(round_id=round_.id, position=block.position + 1, row_count=0)
        elif block is None:
            block = SnapshotBlock(round_id=round_.id, position=0, row_count=0)
        response_ids = _claim(session, round_, at_most=BLOCK_ROWS - block.row_count)
        if not response_ids:
            return captured
        _append(session, block, snapshot_queries.columns_of_responses(session, round_, response_ids))
        captured += len(response_ids)


def make_again(session: Session, round_: SurveyRound) -> int:
    """Make the blocks of the round anew from the stored responses; returns how many those are."""
    _lock(session, round_)
    session.execute(delete(SnapshotBlock).where(SnapshotBlock.round_id == round_.id))
    marked = select(UncapturedResponse.response_id).where(UncapturedResponse.round_id == round_.id)
    unmarked = select(Response.id, Response.round_id).where(
        Response.round_id == round_.id, Response.id.not_in(marked)
    )
    session.execute(insert(UncapturedResponse).from_select(["response_id", "round_id"], unmarked))
    return bring_up_to_date(session, round_)


def catch_up(session: Session, round_: SurveyRound) -> None:
    """For pages that only read: when many responses wait, capture them in a transaction of its own.

    Does nothing while another process is at it. This one service commits: what it writes is a copy of what is
    stored and no part of the caller's work.
    """
    if snapshot_queries.waiting_count(session, round_) <= CATCH_UP_ABOVE:
        return
    with writing(), Session(session.get_bind()) as own, own.begin():
        free = own.get(SurveyRound, round_.id, with_for_update={"key_share": True, "skip_locked": True})
        if free is not None:
            bring_up_to_date(own, free)


def _lock(session: Session, round_: SurveyRound) -> None:
    # FOR NO KEY UPDATE: new responses, which refer to the round, are not held up. SQLite has one writer.
    session.execute(select(SurveyRound.id).where(SurveyRound.id == round_.id).with_for_update(key_share=True))


def _claim(session: Session, round_: SurveyRound, *, at_most: int) -> list[int]:
    """Take markers away and return whose they were; a marker can be taken by one transaction only."""
    next_ids = (
        select(UncapturedResponse.response_id)
        .where(UncapturedResponse.round_id == round_.id)
        .order_by(UncapturedResponse.response_id)
        .limit(at_most)
    )
    taken = session.execute(
        delete(UncapturedResponse)
        .where(
            UncapturedResponse.round_id == round_.id,
            UncapturedResponse.response_id.in_(next_ids.scalar_subquery()),
        )
        .returning(UncapturedResponse.response_id)
        .execution_options(synchronize_session=False)
    )
    return sorted(taken.scalars())


def _append(session: Session, block: SnapshotBlock, columns: ResponseColumns) -> None:
    if block.row_count:
        columns = joined([from_bytes(block.content, digest=block.digest), columns])
    block.content = to_bytes(columns)
    block.digest = digest_of(block.content)
    block.row_count = len(columns)
    session.add(block)
    session.flush()
