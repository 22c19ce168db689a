"""Snapshots: every committed response is captured exactly once, whenever it committed."""

from __future__ import annotations

import threading

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from analysis.suppression import Audience
from survey.domain.columns import SnapshotDamagedError
from survey.extensions import db
from survey.models import SnapshotBlock, SurveyRound, UncapturedResponse
from survey.models.engine import reading
from survey.queries import snapshots as snapshot_queries
from survey.services import snapshots
from survey.services.scores import ScoreRequest, score_round
from tests.factories import make_response, make_survey_round


@pytest.fixture
def round_(session: Session) -> SurveyRound:
    made = make_survey_round(session)
    session.commit()
    return made


def captured_ids(session: Session, round_: SurveyRound) -> list[int]:
    """Ids in the blocks alone."""
    blocks = session.scalars(
        select(SnapshotBlock).where(SnapshotBlock.round_id == round_.id).order_by(SnapshotBlock.position)
    )
    return [
        int(number)
        for block in blocks
        for number in snapshot_queries.from_bytes(block.content, digest=block.digest).row("response_id")
    ]


def known_ids(session: Session, round_: SurveyRound) -> list[int]:
    """Ids that scores are computed from."""
    return sorted(snapshot_queries.load_columns(session, round_).row("response_id").tolist())


def test_responses_are_read_before_and_after_they_are_captured(session: Session, round_: SurveyRound) -> None:
    made = [make_response(session, round_, answers={"overall": level}).id for level in (5, 1, 3)]
    before = known_ids(session, round_)
    captured = snapshots.bring_up_to_date(session, round_)
    session.commit()
    assert (before, captured, captured_ids(session, round_), known_ids(session, round_)) == (
        made,
        3,
        made,
        made,
    )
    assert session.scalar(select(func.count()).select_from(UncapturedResponse)) == 0
    item = snapshot_queries.load_questionnaire(session, round_.questionnaire_version_id).items_by_code[
        "overall"
    ]
    assert snapshot_queries.load_columns(session, round_).levels(item).tolist() == [5, 1, 3]


def test_capturing_twice_adds_nothing(session: Session, round_: SurveyRound) -> None:
    made = make_response(session, round_).id
    assert [snapshots.bring_up_to_date(session, round_) for _ in range(2)] == [1, 0]
    assert captured_ids(session, round_) == [made]


def test_full_blocks_are_never_written_again(
    session: Session, round_: SurveyRound, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshots, "BLOCK_ROWS", 4)
    made = [make_response(session, round_).id for _ in range(6)]
    snapshots.bring_up_to_date(session, round_)
    first = [(block.id, block.digest) for block in session.scalars(select(SnapshotBlock))]
    made += [make_response(session, round_).id for _ in range(5)]
    snapshots.bring_up_to_date(session, round_)
    blocks = session.scalars(select(SnapshotBlock).order_by(SnapshotBlock.position)).all()
    assert [block.row_count for block in blocks] == [4, 4, 3]
    assert (blocks[0].id, blocks[0].digest) == first[0]
    assert (blocks[1].id, blocks[1].digest == first[1][1]) == (first[1][0], False)
    assert captured_ids(session, round_) == made


def test_a_rolled_back_capture_leaves_everything_waiting(session: Session, round_: SurveyRound) -> None:
    made = make_response(session, round_).id
    session.commit()
    snapshots.bring_up_to_date(session, round_)
    session.rollback()
    assert (captured_ids(session, round_), known_ids(session, round_)) == ([], [made])


def test_a_response_that_commits_late_is_captured_once(
    app: Flask, session: Session, round_: SurveyRound
) -> None:
    if session.get_bind().dialect.name == "sqlite":
        pytest.skip("SQLite has one writer at a time, so no response commits out of order")
    round_.minimum_shown = 1
    session.commit()
    with Session(db.engine) as slow, Session(db.engine) as fast:
        early = make_response(slow, slow.get_one(SurveyRound, round_.id)).id  # not committed yet
        late = make_response(fast, fast.get_one(SurveyRound, round_.id)).id
        fast.commit()
        snapshots.bring_up_to_date(session, round_)
        session.commit()
        assert (early < late, known_ids(session, round_)) == (True, [late])
        session.commit()
        slow.commit()
        assert known_ids(session, round_) == [early, late]  # before it is captured
        snapshots.bring_up_to_date(session, round_)
        session.commit()
        assert (captured_ids(session, round_), known_ids(session, round_)) == ([late, early], [early, late])
        scored = score_round(session, round_, ScoreRequest(audience=Audience.INTERNAL))
        assert {(figure.respondent_count, scored.response_count) for figure in scored.figures} == {(2, 2)}


def test_a_response_that_rolls_back_is_never_captured(session: Session, round_: SurveyRound) -> None:
    make_response(session, round_)
    session.rollback()
    kept = make_response(session, round_).id
    session.commit()
    snapshots.bring_up_to_date(session, round_)
    assert known_ids(session, round_) == [kept]


def test_two_updates_at_once_capture_every_response_once(
    app: Flask, session: Session, round_: SurveyRound, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshots, "BLOCK_ROWS", 7)
    made = [make_response(session, round_).id for _ in range(40)]
    engine, round_id, counts = db.engine, round_.id, []
    session.commit()
    start = threading.Barrier(3)

    def update() -> None:
        with Session(engine) as own:
            start.wait()
            counts.append(snapshots.bring_up_to_date(own, own.get_one(SurveyRound, round_id)))
            own.commit()

    threads = [threading.Thread(target=update) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (sum(counts), captured_ids(session, round_)) == (40, made)


def test_catching_up_leaves_a_round_that_another_process_works_on(
    app: Flask, session: Session, round_: SurveyRound, monkeypatch: pytest.MonkeyPatch
) -> None:
    if session.get_bind().dialect.name == "sqlite":
        pytest.skip("SQLite has no row locks to step over")
    monkeypatch.setattr(snapshots, "CATCH_UP_ABOVE", 1)
    made = [make_response(session, round_).id for _ in range(2)]
    session.commit()
    with Session(db.engine) as other:
        snapshots.bring_up_to_date(other, other.get_one(SurveyRound, round_.id))
        snapshots.catch_up(session, round_)  # returns at once instead of waiting
        assert known_ids(session, round_) == made
        other.rollback()
    session.commit()
    snapshots.catch_up(session, round_)
    assert captured_ids(session, round_) == made


def test_catching_up_waits_until_it_is_worth_it(
    app: Flask, session: Session, round_: SurveyRound, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshots, "CATCH_UP_ABOVE", 1)
    made = [make_response(session, round_).id]
    session.commit()
    snapshots.catch_up(session, round_)
    assert captured_ids(session, round_) == []
    made.append(make_response(session, round_).id)
    session.commit()
    with reading():
        snapshots.catch_up(session, round_)
    session.commit()
    assert captured_ids(session, round_) == made


def test_a_damaged_block_is_refused_and_can_be_made_again(session: Session, round_: SurveyRound) -> None:
    made = [make_response(session, round_).id for _ in range(3)]
    snapshots.bring_up_to_date(session, round_)
    block = session.scalars(select(SnapshotBlock)).one()
    block.content = block.content[:-10] + b"0123456789"
    block.digest = "f" * 64
    session.commit()
    with pytest.raises(SnapshotDamagedError, match="flask snapshot rebuild"):
        snapshot_queries.load_columns(session, round_)
    assert snapshots.make_again(session, round_) == 3
    session.commit()
    assert (captured_ids(session, round_), known_ids(session, round_)) == (made, made)
