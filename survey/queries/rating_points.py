"""Where a citizen rates: everything that a kiosk or QR page shows and sends for one counter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from forms.questionnaire import Questionnaire
from survey.domain.opening import Schedule
from survey.domain.wording import N_
from survey.errors import NotFoundError
from survey.models import Organisation, ServicePoint, SurveyRound
from survey.queries import opening_hours
from survey.queries.admission import (
    PROVINCE_TIME,
    RoundTerms,
    memory_of,
    round_terms,
    stored_questionnaires,
)


@dataclass(frozen=True)
class RatingPoint:
    """One counter as citizens meet it; `round` and `questionnaire` are empty when it takes no ratings."""

    id: int
    code: str
    public_code: str
    organisation_id: int
    names: Mapping[str, str]
    service_names: Mapping[str, str]
    centre_names: Mapping[str, str]
    organisation_names: Mapping[str, str]
    valid_from: date
    valid_to: date | None
    round: RoundTerms | None
    questionnaire: Questionnaire | None
    schedule: Schedule

    def is_open_at(self, moment: datetime) -> bool:
        """Whether the counter takes ratings at this moment."""
        return self.round is not None and self.round.is_open_at(moment)


def get_rating_point(session: Session, public_code: str, *, now: datetime) -> RatingPoint:
    """The counter with this public code; raises NotFoundError when it is unknown or no longer valid."""
    points = memory_of(session).recall(
        "rating point", [public_code], now=now, read=lambda codes: _read(session, codes)
    )
    point = points.get(public_code)
    today = now.astimezone(PROVINCE_TIME).date()
    if point is None or today < point.valid_from or (point.valid_to is not None and point.valid_to < today):
        raise NotFoundError(N_("No counter takes ratings under the code %(code)s."), code=public_code)
    return point


def _read(session: Session, public_codes: list[str]) -> dict[str, RatingPoint]:
    centre, organisation = aliased(Organisation), aliased(Organisation)
    rows = session.execute(
        select(ServicePoint, centre.names, organisation.names, SurveyRound.code)
        .join(centre, ServicePoint.centre_id == centre.id)
        .join(organisation, ServicePoint.organisation_id == organisation.id)
        .outerjoin(SurveyRound, ServicePoint.round_id == SurveyRound.id)
        .where(ServicePoint.public_code.in_(public_codes))
        .order_by(ServicePoint.id)
    ).all()
    rounds = round_terms(session, sorted({code for *_, code in rows if code is not None}))
    names = {(terms.questionnaire_code, terms.questionnaire_version) for terms in rounds.values()}
    questionnaires = stored_questionnaires(session, sorted(names))
    hours = opening_hours.schedules(session, [point.id for point, *_ in rows])
    points = {}
    for point, centre_names, organisation_names, round_code in rows:
        terms = rounds.get(round_code)
        key = None if terms is None else (terms.questionnaire_code, terms.questionnaire_version)
        points[point.public_code] = RatingPoint(
            id=point.id,
            code=point.code,
            public_code=point.public_code,
            organisation_id=point.organisation_id,
            names=point.names,
            service_names=point.service_names,
            centre_names=centre_names,
            organisation_names=organisation_names,
            valid_from=point.valid_from,
            valid_to=point.valid_to,
            round=terms,
            questionnaire=None if key is None else questionnaires[key].questionnaire,
            schedule=hours[point.id],
        )
    return points
