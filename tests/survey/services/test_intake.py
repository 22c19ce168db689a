"""The one door for answers."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import event, func, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from forms.answers import Completeness
from survey.domain.content import content_hash, packet_content
from survey.domain.enums import Mode, Selection
from survey.domain.packets import Packet
from survey.extensions import db
from survey.models import QuestionnaireVersion, Response, ServicePoint, SurveyRound, UncapturedResponse
from survey.services.intake import Outcome, Receipt, receive_packet, receive_packets
from tests.factories import make_sample_unit, make_service_point, make_survey_round
from tests.support.races import held_up_by

NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)


@pytest.fixture
def round_(session: Session) -> SurveyRound:
    return make_survey_round(session, code="taps")


@pytest.fixture
def point(session: Session, round_: SurveyRound) -> ServicePoint:
    point = make_service_point(session, round_id=round_.id)
    session.commit()
    return point


@pytest.fixture
def tap(point: ServicePoint) -> Packet:
    return Packet(
        uuid=uuid4(),
        round_code="taps",
        questionnaire_code="rating",
        questionnaire_version=1,
        mode=Mode.KIOSK,
        language="vi",
        answers={"overall": 4},
        service_point_id=point.id,
    )


def count(session: Session) -> int:
    return session.scalar(select(func.count(Response.id))) or 0


def problems(receipt: Receipt) -> list[tuple[str, str]]:
    return [(problem.item, problem.code.value) for problem in receipt.problems]


def test_a_tap_is_stored_with_both_clocks_its_hash_and_a_mark_for_the_snapshot(
    session: Session, tap: Packet, round_: SurveyRound, point: ServicePoint
):
    captured_at = NOW - timedelta(hours=3)
    packet = replace(tap, captured_at=captured_at)
    receipt = receive_packet(session, packet, now=NOW)
    session.commit()
    assert (receipt.uuid, receipt.outcome, receipt.problems) == (tap.uuid, Outcome.STORED, ())
    row = session.scalars(select(Response)).one()
    assert (row.uuid, row.round_id, row.service_point_id) == (tap.uuid, round_.id, point.id)
    assert (row.mode, row.language, row.answers) == (Mode.KIOSK, "vi", {"overall": 4})
    assert (row.captured_at, row.received_at) == (captured_at, NOW)
    content = packet_content(
        packet, answers={"overall": 4}, service_point_code=point.code, sample_unit_code=None
    )
    assert row.content_hash == content_hash(content)
    mark = session.scalars(select(UncapturedResponse)).one()
    assert (mark.response_id, mark.round_id) == (row.id, round_.id)


def test_without_a_device_clock_the_servers_stands_in_and_a_later_repeat_is_a_duplicate(
    session: Session, tap: Packet
):
    receive_packet(session, tap, now=NOW)
    again = receive_packet(session, tap, now=NOW + timedelta(minutes=5))
    assert again.outcome is Outcome.DUPLICATE
    assert session.scalars(select(Response.captured_at)).all() == [NOW]


def test_the_same_uuid_with_other_answers_is_a_conflict_and_the_first_stands(session: Session, tap: Packet):
    receive_packet(session, tap, now=NOW)
    receipt = receive_packet(session, replace(tap, answers={"overall": 1}), now=NOW)
    session.commit()
    assert receipt.outcome is Outcome.CONFLICT
    assert session.scalars(select(Response.answers)).all() == [{"overall": 4}]
    assert session.scalar(select(func.count(UncapturedResponse.response_id))) == 1


def test_stored_and_duplicate_have_the_same_receipt_code(session: Session, tap: Packet):
    codes = {receive_packet(session, tap, now=NOW).code for _ in range(3)}
    assert len(codes) == 1
    assert all(len(code) == 9 for code in codes)


def test_a_bad_packet_names_every_problem_and_stores_nothing(session: Session, tap: Packet):
    packet = replace(
        tap, language="km", answers={"overall": 9, "nonsense": 1}, captured_at=NOW + timedelta(days=30)
    )
    receipt = receive_packet(session, packet, now=NOW)
    assert receipt.outcome is Outcome.REJECTED
    assert problems(receipt) == [
        ("language", "unknown_language"),
        ("captured_at", "implausible_clock"),
        ("overall", "not_on_scale"),
        ("nonsense", "unknown_item"),
    ]
    assert count(session) == 0


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"round_code": "nowhere"}, [("round", "unknown_round")]),
        ({"questionnaire_code": "nothing"}, [("questionnaire", "unknown_questionnaire")]),
        ({"questionnaire_version": 2}, [("questionnaire", "unknown_questionnaire")]),
        ({"mode": Mode.TABLET}, [("mode", "mode_not_taken")]),
        ({"service_point_id": None}, [("service_point", "service_point_missing")]),
        ({"service_point_id": 999}, [("service_point", "unknown_service_point")]),
        ({"sample_unit_id": 999}, [("sample_unit", "unknown_sample_unit")]),
        ({"answers": {}}, [("overall", "required")]),
        ({"answers": {"overall": {"status": "refused"}}}, [("overall", "status_not_allowed")]),
        ({"captured_at": datetime(1999, 12, 31, tzinfo=UTC)}, [("captured_at", "implausible_clock")]),
    ],
)
def test_each_rule_of_the_door(session: Session, tap: Packet, change, expected):
    receipt = receive_packet(session, replace(tap, **change), now=NOW)
    assert (receipt.outcome, problems(receipt)) == (Outcome.REJECTED, expected)


@pytest.mark.parametrize("lead", [timedelta(days=-1), timedelta(days=1), timedelta(days=-900)])
def test_a_clock_that_is_merely_wrong_is_kept_as_it_is(session: Session, tap: Packet, lead: timedelta):
    receipt = receive_packet(session, replace(tap, captured_at=NOW + lead), now=NOW)
    assert receipt.outcome is Outcome.STORED
    assert session.scalars(select(Response.captured_at)).all() == [NOW + lead]


def test_packets_of_a_version_before_the_rounds_present_one_stay_accepted(
    session: Session, tap: Packet, round_: SurveyRound
):
    newer = newer_version(session, round_)
    round_.questionnaire_version_id = newer.id
    session.commit()
    old = receive_packet(session, tap, now=NOW)
    new = receive_packet(session, replace(tap, uuid=uuid4(), questionnaire_version=2), now=NOW)
    assert [old.outcome, new.outcome] == [Outcome.STORED, Outcome.STORED]
    versions = session.scalars(select(Response.questionnaire_version_id).order_by(Response.id)).all()
    assert versions == [newer.id - 1, newer.id]


def test_a_version_after_the_rounds_present_one_is_refused(
    session: Session, tap: Packet, round_: SurveyRound
):
    newer_version(session, round_)
    session.commit()
    receipt = receive_packet(session, replace(tap, questionnaire_version=2), now=NOW)
    assert problems(receipt) == [("questionnaire", "wrong_questionnaire")]


def newer_version(session: Session, round_: SurveyRound) -> QuestionnaireVersion:
    present = round_.questionnaire_version
    newer = QuestionnaireVersion(
        questionnaire_code="rating",
        version=2,
        definition={**present.definition, "version": 2},
        content_hash=f"{2:064}",
        stored_at=NOW,
    )
    session.add(newer)
    session.flush()
    return newer


def test_a_round_takes_taps_on_its_days_in_the_province_and_not_on_the_next(
    session: Session, tap: Packet, round_: SurveyRound
):
    round_.opens_on, round_.closes_on = date(2026, 3, 1), date(2026, 3, 2)
    session.commit()
    # The province is seven hours ahead of UTC: the last day ends at 17:00.
    moments = [
        datetime(2026, 2, 28, 16, 59, tzinfo=UTC),
        datetime(2026, 2, 28, 17, 0, tzinfo=UTC),
        datetime(2026, 3, 2, 16, 59, tzinfo=UTC),
        datetime(2026, 3, 2, 17, 0, tzinfo=UTC),
    ]
    outcomes = [receive_packet(session, replace(tap, uuid=uuid4()), now=moment).outcome for moment in moments]
    assert outcomes == [Outcome.REJECTED, Outcome.STORED, Outcome.STORED, Outcome.REJECTED]


def test_a_tap_made_while_the_round_was_open_counts_when_it_comes_in_late(
    session: Session, tap: Packet, round_: SurveyRound
):
    round_.closes_on = date(2026, 3, 2)
    session.commit()
    late = NOW + timedelta(days=3)
    offline = receive_packet(session, replace(tap, captured_at=NOW), now=late)
    assert offline.outcome is Outcome.STORED


def test_a_tap_stored_while_the_round_was_open_is_a_duplicate_ever_after(
    session: Session, tap: Packet, round_: SurveyRound
):
    round_.closes_on = date(2026, 3, 2)
    session.commit()
    receive_packet(session, tap, now=NOW)
    late = NOW + timedelta(days=3)
    same = receive_packet(session, tap, now=late)
    other = receive_packet(session, replace(tap, answers={"overall": 1}), now=late)
    assert (same.outcome, same.problems) == (Outcome.DUPLICATE, ())
    assert (other.outcome, problems(other)) == (Outcome.REJECTED, [("round", "round_not_open")])


@pytest.fixture
def reasons(tap: Packet) -> Packet:
    return replace(tap, uuid=uuid4(), supplements=tap.uuid, answers={"reasons": ["late", "attitude"]})


@pytest.mark.parametrize("order", ["after", "before", "together", "alone"])
def test_a_supplement_is_stored_in_whatever_order_it_arrives(
    session: Session, tap: Packet, reasons: Packet, order: str
):
    low = replace(tap, answers={"overall": 1})
    calls = {
        "after": [[low], [reasons]],
        "before": [[reasons], [low]],
        "together": [[reasons, low]],
        "alone": [[reasons]],
    }
    receipts = [receipt for call in calls[order] for receipt in receive_packets(session, call, now=NOW)]
    assert {receipt.outcome for receipt in receipts} == {Outcome.STORED}
    row = session.scalars(select(Response).where(Response.supplements.is_not(None))).one()
    assert (row.supplements, row.answers) == (tap.uuid, {"reasons": ["attitude", "late"]})


def test_a_supplement_sent_again_after_its_tap_arrived_is_a_duplicate(
    session: Session, tap: Packet, reasons: Packet
):
    receive_packet(session, reasons, now=NOW)
    receive_packet(session, replace(tap, answers={"overall": 5}), now=NOW)
    assert receive_packet(session, reasons, now=NOW).outcome is Outcome.DUPLICATE


@pytest.mark.parametrize("order", ["first the supplement", "first the supplement of it", "together"])
def test_a_supplement_of_a_supplement_is_refused(session: Session, tap: Packet, reasons: Packet, order: str):
    further = replace(tap, uuid=uuid4(), supplements=reasons.uuid, answers={"comment": "Chờ lâu quá."})
    calls = {
        "first the supplement": [[reasons], [further]],
        "first the supplement of it": [[further], [reasons]],
        "together": [[reasons, further]],
    }
    receipts = [receipt for call in calls[order] for receipt in receive_packets(session, call, now=NOW)]
    assert [receipt.outcome for receipt in receipts] == [Outcome.STORED, Outcome.REJECTED]
    assert problems(receipts[1]) == [("supplements", "supplement_of_supplement")]


def test_a_packet_cannot_supplement_itself(session: Session, reasons: Packet):
    receipt = receive_packet(session, replace(reasons, supplements=reasons.uuid), now=NOW)
    assert problems(receipt) == [("supplements", "supplement_of_itself")]


def test_a_supplement_belongs_to_the_counter_of_its_tap(
    session: Session, tap: Packet, reasons: Packet, round_: SurveyRound
):
    elsewhere = make_service_point(session, round_id=round_.id)
    receive_packet(session, tap, now=NOW)
    receipt = receive_packet(session, replace(reasons, service_point_id=elsewhere.id), now=NOW)
    assert problems(receipt) == [("supplements", "supplement_elsewhere")]


def test_a_supplement_without_any_answer_is_refused(session: Session, reasons: Packet):
    receipt = receive_packet(session, replace(reasons, answers={"comment": "  "}), now=NOW)
    assert problems(receipt) == [("answers", "empty_supplement")]


def test_a_batch_keeps_the_good_packets_and_explains_the_bad_ones_in_order(session: Session, tap: Packet):
    bad_places = {0, 17, 100, 101, 250, 298, 299}
    packets = [
        replace(tap, uuid=uuid4(), answers={"overall": 7} if place in bad_places else {"overall": 3})
        for place in range(300)
    ]
    receipts = receive_packets(session, packets, now=NOW)
    assert [receipt.uuid for receipt in receipts] == [packet.uuid for packet in packets]
    rejected = {place for place, receipt in enumerate(receipts) if receipt.outcome is Outcome.REJECTED}
    assert rejected == bad_places
    assert {tuple(problems(receipts[place])) for place in bad_places} == {(("overall", "not_on_scale"),)}
    assert count(session) == 293
    assert session.scalar(select(func.count(UncapturedResponse.response_id))) == 293


def test_the_first_of_one_uuid_in_a_batch_is_stored_and_the_others_are_compared_with_it(
    session: Session, tap: Packet
):
    receipts = receive_packets(session, [tap, tap, replace(tap, answers={"overall": 1})], now=NOW)
    assert [receipt.outcome for receipt in receipts] == [
        Outcome.STORED,
        Outcome.DUPLICATE,
        Outcome.CONFLICT,
    ]


def test_a_batch_that_is_sent_again_with_more_in_it_stores_only_what_is_new(session: Session, tap: Packet):
    first = [replace(tap, uuid=uuid4()) for _ in range(5)]
    more = [replace(tap, uuid=uuid4()) for _ in range(3)]
    receive_packets(session, first, now=NOW)
    receipts = receive_packets(session, [*more, *first], now=NOW)
    assert [receipt.outcome for receipt in receipts] == [Outcome.STORED] * 3 + [Outcome.DUPLICATE] * 5
    assert count(session) == 8


def test_more_packets_than_fit_one_statement_are_all_stored(session: Session, tap: Packet):
    packets = [replace(tap, uuid=UUID(int=number, version=4)) for number in range(1, 2_502)]
    receipts = receive_packets(session, packets, now=NOW)
    assert {receipt.outcome for receipt in receipts} == {Outcome.STORED}
    assert count(session) == len({packet.uuid for packet in packets}) == 2_501


def test_no_packets_are_no_receipts(session: Session):
    assert receive_packets(session, [], now=NOW) == []


def test_a_batch_takes_as_many_statements_for_two_packets_as_for_two_hundred(session: Session, tap: Packet):
    receive_packet(session, tap, now=NOW)  # reads the round and the questionnaire once
    statements = [
        statements_of(session, [replace(tap, uuid=uuid4()) for _ in range(number)]) for number in (2, 200)
    ]
    assert statements == [2, 2]


def test_the_next_tap_at_a_known_counter_reads_nothing(session: Session, tap: Packet):
    receive_packet(session, tap, now=NOW)
    session.commit()
    expected = {"sqlite": 2, "postgresql": 1}[session.get_bind().dialect.name]
    assert statements_of(session, [replace(tap, uuid=uuid4())]) == expected


def statements_of(session: Session, packets: list[Packet]) -> int:
    session.commit()
    session.connection()
    engine = session.get_bind().engine
    seen: list[str] = []

    def note(_connection, _cursor, statement, *_rest):
        seen.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        receive_packets(session, packets, now=NOW)
    finally:
        event.remove(engine, "before_cursor_execute", note)
    return len(seen)


def test_a_sampled_interview_is_stored_with_who_typed_it_in(session: Session, app):
    round_ = make_survey_round(
        session, code="sample", questionnaire="sipas-2023", selection=Selection.PROBABILITY_SAMPLE
    )
    unit = make_sample_unit(session, round_id=round_.id)
    packet = Packet(
        uuid=uuid4(),
        round_code="sample",
        questionnaire_code="sipas-2023",
        questionnaire_version=1,
        mode=Mode.PAPER,
        language="vi",
        answers={},
        sample_unit_id=unit.id,
        completeness=Completeness.PARTIAL,
    )
    late = datetime(2030, 1, 1, tzinfo=UTC)
    round_.closes_on = date(2026, 12, 31)
    session.commit()
    assert receive_packet(session, packet, now=late).outcome is Outcome.STORED
    kiosk = replace(packet, uuid=uuid4(), mode=Mode.KIOSK)
    assert problems(receive_packet(session, kiosk, now=late)) == [
        ("mode", "mode_not_taken"),
        ("round", "round_not_open"),
        ("service_point", "service_point_missing"),
    ]


def test_a_drawn_unit_of_another_round_is_refused(session: Session, app):
    here = make_survey_round(session, code="here", selection=Selection.PROBABILITY_SAMPLE)
    there = make_survey_round(session, code="there", selection=Selection.PROBABILITY_SAMPLE)
    unit = make_sample_unit(session, round_id=there.id)
    session.commit()
    packet = Packet(
        uuid=uuid4(),
        round_code=here.code,
        questionnaire_code="rating",
        questionnaire_version=1,
        mode=Mode.TABLET,
        language="vi",
        answers={"overall": 4},
        sample_unit_id=unit.id,
    )
    assert problems(receive_packet(session, packet, now=NOW)) == [("sample_unit", "unknown_sample_unit")]


@pytest.fixture
def interview(session: Session, point: ServicePoint) -> Packet:
    """An interview of the drawn unit H-17."""
    sample = make_survey_round(session, code="sample", selection=Selection.PROBABILITY_SAMPLE)
    unit = make_sample_unit(session, round_id=sample.id, code="H-17")
    session.commit()
    return Packet(
        uuid=UUID(int=7),
        round_code="sample",
        questionnaire_code="rating",
        questionnaire_version=1,
        mode=Mode.TABLET,
        language="vi",
        answers={"overall": 4},
        sample_unit_id=unit.id,
    )


@pytest.mark.parametrize("second_uuid", [UUID(int=1), UUID(int=9)], ids=["before the first", "after it"])
@pytest.mark.parametrize("calls", [1, 3])
def test_a_second_interview_of_a_drawn_unit_is_rejected_and_spoils_nothing(
    session: Session, tap: Packet, interview: Packet, second_uuid: UUID, calls: int
):
    second = replace(interview, uuid=second_uuid, answers={"overall": 1})
    packets = [interview, second, tap]
    if calls == 1:
        receipts = receive_packets(session, packets, now=NOW)
    else:
        receipts = [receive_packet(session, packet, now=NOW) for packet in packets]
    session.commit()
    assert [receipt.outcome for receipt in receipts] == [Outcome.STORED, Outcome.REJECTED, Outcome.STORED]
    assert [problem.render(str) for problem in receipts[1].problems] == [
        "The drawn unit H-17 has its interview already; each drawn person is counted once."
    ]
    assert problems(receipts[1]) == [("sample_unit", "already_interviewed")]
    assert set(session.scalars(select(Response.uuid))) == {interview.uuid, tap.uuid}
    assert session.scalar(select(func.count(UncapturedResponse.response_id))) == 2


def test_an_interview_sent_again_is_a_duplicate_and_with_other_answers_a_conflict(
    session: Session, interview: Packet
):
    changed = replace(interview, answers={"overall": 1})
    receipts = receive_packets(session, [interview, interview, changed], now=NOW)
    assert [receipt.outcome for receipt in receipts] == [
        Outcome.STORED,
        Outcome.DUPLICATE,
        Outcome.CONFLICT,
    ]


def test_an_interview_takes_supplements(session: Session, interview: Packet):
    added = [
        replace(interview, uuid=uuid4(), supplements=interview.uuid, answers={"comment": word})
        for word in ("tốt", "rất tốt")
    ]
    receipts = receive_packets(session, [interview, *added], now=NOW)
    assert {receipt.outcome for receipt in receipts} == {Outcome.STORED}


@pytest.mark.parametrize("others", [0, 3], ids=["alone", "in a batch"])
def test_two_doors_at_once_make_one_interview(
    app: Flask, session: Session, tap: Packet, interview: Packet, others: int
):
    taps = [replace(tap, uuid=uuid4()) for _ in range(others)]
    second = replace(interview, uuid=uuid4())

    def slower() -> list[Outcome]:
        receipts = receive_packets(db.session(), [second, *taps], now=NOW)
        db.session.commit()
        return [receipt.outcome for receipt in receipts]

    session.rollback()
    with db.engine.connect() as faster:
        assert receive_packet(Session(faster), interview, now=NOW).outcome is Outcome.STORED
        outcomes = held_up_by(faster, app, slower)
    assert outcomes == [Outcome.REJECTED, *[Outcome.STORED] * others]
    assert session.scalars(select(Response.uuid).where(Response.sample_unit_id.is_not(None))).all() == [
        interview.uuid
    ]


def test_the_database_itself_refuses_a_second_interview(session: Session, interview: Packet):
    receive_packet(session, interview, now=NOW)
    session.commit()
    stored = session.scalars(select(Response)).one()
    values = {column.name: getattr(stored, column.name) for column in Response.__table__.c}
    with pytest.raises(IntegrityError):
        session.execute(insert(Response).values(**(values | {"id": 99, "uuid": uuid4()})))
