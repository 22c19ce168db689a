"""Loading the demonstration province: invented, through the same doors as real data."""

from __future__ import annotations

import csv
import io
import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

import numpy as np
import yaml
from sqlalchemy.orm import Session

from survey.domain.enums import Disposition, Mode, Selection
from survey.errors import HaiLongError
from survey.models import Organisation, SurveyRound
from survey.queries import organisations as organisation_queries
from survey.queries import samples as sample_queries
from survey.queries import service_points as service_point_queries
from survey.queries.questionnaires import load_questionnaire
from survey.services import intake, organisations, rounds, samples, service_points
from survey.services.csv_tables import CsvFile
from survey.services.demonstration import devices, interviews, leaders, population, stream
from survey.services.questionnaires import store_definition

DATA = Path(__file__).resolve().parent.parent.parent / "data"
NAMESPACE = UUID("7d0a5a52-4a0c-5c1c-9a3e-6f2d6f0b7a11")
DEFAULT_SEED = 20_210_224
RATING_COUNT = 20_000
STREAM_DAYS = 92
INTERVIEWS_BEGIN = date(2020, 10, 5)
SAMPLE_ROUND = "minh-hoa-dieu-tra-2020"
STREAM_ROUND = "minh-hoa-quay"
LEADERS_ROUND = "minh-hoa-lanh-dao-2020"
CENTRE = "BL-TTPVHCC"
URBAN_KINDS = ("ward", "township")

Progress = Callable[[int], object]


class DemonstrationError(HaiLongError):
    """The demonstration cannot be loaded here."""


@dataclass(frozen=True)
class Plan:
    """What to invent: the same seed and last day (of the ratings) give the same province."""

    seed: int
    last_day: date

    def generator(self, part: int) -> np.random.Generator:
        """A generator of its own for each part, so that a change in one leaves the others as they were."""
        return np.random.default_rng([self.seed, part])

    def uuid(self, kind: str, number: int) -> UUID:
        """The identity of an invented response."""
        return uuid5(NAMESPACE, f"{self.seed}/{self.last_day}/{kind}/{number}")


def work_to_do() -> int:
    """How many rows `load_surveys` reports as progress, about."""
    return RATING_COUNT + 1_400 + leaders.RESPONDENT_COUNT


def load_units(session: Session) -> None:
    """The 88 units of Bạc Liêu in 2020, and the provincial service centre."""
    organisations.load_organisations(
        session,
        kinds=_file("organisations/kinds.csv"),
        organisations=_file("organisations/bac-lieu-2020.csv"),
    )
    organisations.load_organisations(session, organisations=_file("organisations/bac-lieu-2020-centre.csv"))


def load_surveys(session: Session, plan: Plan, *, progress: Progress) -> None:
    """The counters with their stream, the sample with its interviews, the leaders' survey."""
    province = organisation_queries.get_organisation(session, "BL")
    _load_stream(session, plan, province=province, progress=progress)
    _load_interviews(session, plan, province=province, progress=progress)
    _load_leaders(session, plan, province=province, progress=progress)


def _units(session: Session, *kinds: str) -> list[Organisation]:
    known = organisation_queries.organisations_by_code(session)
    return [known[code] for code in sorted(known) if known[code].kind_code in kinds]


def _file(name: str) -> CsvFile:
    return CsvFile(name.rpartition("/")[2], (DATA / name).read_bytes())


def _counters() -> list[dict[str, Any]]:
    text = (DATA / "demonstration" / "counters.yaml").read_text(encoding="utf-8")
    entries: list[dict[str, Any]] = yaml.safe_load(text)
    return entries


def _counter_file(entries: Sequence[Mapping[str, Any]]) -> CsvFile:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    header = ("code", "centre_code", "organisation_code", "valid_from", "valid_to", "round_code")
    writer.writerow((*header, "name_vi", "name_en", "service_vi", "service_en"))
    for entry in entries:
        number = f"{entry['number']:02d}"
        names = (f"Quầy {number}", f"Counter {number}", entry["vi"], entry["en"])
        code = f"{CENTRE}-Q{number}"
        writer.writerow((code, CENTRE, entry["organisation"], "2019-01-01", "", STREAM_ROUND, *names))
    return CsvFile("counters.csv", text.getvalue().encode())


def _load_stream(session: Session, plan: Plan, *, province: Organisation, progress: Progress) -> None:
    first_day = plan.last_day - timedelta(days=STREAM_DAYS - 1)
    start = _end_of(first_day)
    rounds.open_round(
        session,
        code=STREAM_ROUND,
        survey_code="minh-hoa-tai-quay",
        survey_names={"vi": "Đánh giá tại quầy", "en": "Ratings at the counter"},
        names={"vi": "Đánh giá tại quầy (minh họa)", "en": "Ratings at the counter (demonstration)"},
        questionnaire_version=store_definition(session, "rating", 1, now=start),
        selection=Selection.SELF_SELECTED,
        opens_on=first_day,
        closes_on=None,
        organiser=province,
        is_demonstration=True,
    )
    entries = _counters()
    service_points.load_service_points(session, _counter_file(entries))
    points = service_point_queries.service_points_by_code(session)
    ids = {entry["number"]: points[f"{CENTRE}-Q{entry['number']:02d}"].id for entry in entries}
    made = stream.ratings(
        plan.generator(1),
        counters=[stream.Counter(e["number"], e["share"], e["contentment"]) for e in entries],
        first_day=first_day,
        last_day=plan.last_day,
        count=RATING_COUNT,
    )
    dark_days = devices.dark_days(plan.last_day)
    made = [devices.by_phone_when_dark(rating, dark_days) for rating in made]
    numbered = enumerate(made)
    for day, ratings in itertools.groupby(numbered, key=lambda entry: entry[1].captured_at.date()):
        packets = [
            packet
            for number, rating in ratings
            for packet in _rating_packets(plan, rating, number=number, service_point_id=ids[rating.counter])
        ]
        _receive(session, packets, now=_end_of(day))
        progress(sum(packet.supplements is None for packet in packets))
    devices.load_devices(
        session,
        {number: points[f"{CENTRE}-Q{number:02d}"] for number in ids},
        province=province,
        days=(first_day, plan.last_day),
        uuid_of=lambda number: plan.uuid("device", number),
    )


def _rating_packets(
    plan: Plan, rating: stream.Rating, *, number: int, service_point_id: int
) -> list[intake.Packet]:
    """The tap, and what was added to it as a supplement of its own."""
    tap = intake.Packet(
        uuid=plan.uuid("tap", number),
        round_code=STREAM_ROUND,
        questionnaire_code="rating",
        questionnaire_version=1,
        mode=Mode.QR if rating.by_phone else Mode.KIOSK,
        language=rating.language,
        answers={"overall": rating.level, **({"comment": rating.comment} if rating.comment else {})},
        captured_at=rating.captured_at.astimezone(UTC),
        service_point_id=service_point_id,
    )
    if not rating.reasons:
        return [tap]
    supplement = intake.Packet(
        uuid=plan.uuid("reasons", number),
        round_code=STREAM_ROUND,
        questionnaire_code="rating",
        questionnaire_version=1,
        mode=tap.mode,
        language=rating.language,
        answers={"reasons": list(rating.reasons)},
        captured_at=(rating.captured_at + timedelta(seconds=9)).astimezone(UTC),
        service_point_id=service_point_id,
        supplements=tap.uuid,
    )
    return [tap, supplement]


def _load_interviews(session: Session, plan: Plan, *, province: Organisation, progress: Progress) -> None:
    now = _end_of(INTERVIEWS_BEGIN)
    round_ = rounds.open_round(
        session,
        code=SAMPLE_ROUND,
        survey_code="minh-hoa-hai-long",
        survey_names={"vi": "Đo lường sự hài lòng của người dân", "en": "Citizens' satisfaction"},
        names={"vi": "Điều tra năm 2020 (minh họa)", "en": "Survey of 2020 (demonstration)"},
        questionnaire_version=store_definition(session, "sipas-2023", 1, now=now),
        selection=Selection.PROBABILITY_SAMPLE,
        opens_on=INTERVIEWS_BEGIN,
        closes_on=None,
        organiser=province,
        weighting_class_items=("sex", "age_band"),
        is_demonstration=True,
    )
    people = _draw_sample(session, plan, round_, now=now)
    units = {unit.code: unit for unit in sample_queries.sample_units(session, round_)}
    questionnaire = load_questionnaire(session, round_.questionnaire_version_id)
    generator = plan.generator(3)
    shared = interviews.moods(generator, people)
    met = [person for person in people if person.disposition == "complete"]
    packets = [
        intake.Packet(
            uuid=plan.uuid("interview", number),
            round_code=SAMPLE_ROUND,
            questionnaire_code="sipas-2023",
            questionnaire_version=1,
            mode=Mode.TABLET,
            language="vi",
            answers=interviews.answers(generator, questionnaire, person=person, moods=shared),
            captured_at=now + timedelta(days=number // 60, minutes=number % 60),
            sample_unit_id=units[person.code].id,
        )
        for number, person in enumerate(met)
    ]
    _receive(session, packets, now=now + timedelta(days=60))
    for person in met:
        units[person.code].disposition = Disposition.COMPLETE
    progress(len(packets))


def _draw_sample(
    session: Session, plan: Plan, round_: SurveyRound, *, now: datetime
) -> list[population.Person]:
    generator = plan.generator(2)
    communes = _units(session, *URBAN_KINDS, "commune")
    frame = population.communes(
        generator,
        districts={unit.code: unit.parent.code for unit in communes if unit.parent is not None},
        urban=[unit.code for unit in communes if unit.kind_code in URBAN_KINDS],
    )
    people = population.draw(generator, frame)
    for load, content, name in (
        (samples.import_frame, population.frame_file(frame), "frame.csv"),
        (samples.import_sample, population.sample_file(people), "sample.csv"),
        (samples.import_totals, population.totals_file(frame), "totals.csv"),
    ):
        load(session, round_, file=CsvFile(name, content), now=now)
    return people


def _load_leaders(session: Session, plan: Plan, *, province: Organisation, progress: Progress) -> None:
    opens_on = date(2020, 12, 7)
    now = _end_of(opens_on)
    round_ = rounds.open_round(
        session,
        code=LEADERS_ROUND,
        survey_code="minh-hoa-lanh-dao",
        survey_names={"vi": "Điều tra lãnh đạo, quản lý", "en": "Leaders' survey"},
        names={"vi": "Điều tra lãnh đạo năm 2020 (minh họa)", "en": "Leaders' survey 2020 (demonstration)"},
        questionnaire_version=store_definition(session, "leaders-cross-assessment", 1, now=now),
        selection=Selection.INVITED,
        opens_on=opens_on,
        closes_on=opens_on + timedelta(days=20),
        organiser=province,
        is_demonstration=True,
    )
    units = [unit.code for unit in _units(session, "department", "city", "town", "district")]
    questionnaire = load_questionnaire(session, round_.questionnaire_version_id)
    grids = leaders.cross_assessments(plan.generator(4), questionnaire, units=units)
    packets = [
        intake.Packet(
            uuid=plan.uuid("leader", number),
            round_code=LEADERS_ROUND,
            questionnaire_code="leaders-cross-assessment",
            questionnaire_version=1,
            mode=Mode.INVITED,
            language="vi",
            answers=answers,
            units=tuple(units),
        )
        for number, answers in enumerate(grids)
    ]
    _receive(session, packets, now=now)
    progress(len(packets))


def _receive(session: Session, packets: Sequence[intake.Packet], *, now: datetime) -> None:
    """Through the one door; an invented packet that is refused is a fault of the demonstration."""
    for receipt in intake.receive_packets(session, packets, now=now):
        if not receipt.is_kept:
            raise DemonstrationError(f"The packet {receipt.uuid} was refused: {receipt.problems}")


def _end_of(day: date) -> datetime:
    return datetime.combine(day, time(18), stream.PROVINCE_TIME).astimezone(UTC)
