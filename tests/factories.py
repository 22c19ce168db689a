"""One function per table that makes a plain, valid row; a test states the values it cares about."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime
from typing import Any
from uuid import uuid4

from sqlalchemy.orm import Session

from analysis.on_site.dossiers import Complaint, Publication
from forms.definitions import load_definition
from survey.domain.enums import CodeSource, Mode, Selection, SuccessionKind
from survey.models import (
    Account,
    OnSiteStatement,
    Organisation,
    OrganisationKind,
    OrganisationLevel,
    OrganisationSuccession,
    PopulationTotal,
    QuestionnaireVersion,
    Response,
    SampleUnit,
    ServedDossier,
    ServicePoint,
    Survey,
    SurveyRound,
    UncapturedResponse,
)
from survey.services.questionnaires import store_definition

numbers = itertools.count(1)


def make_organisation(session: Session, **values: Any) -> Organisation:
    """A province unless told otherwise; its level and kind come along."""
    number = next(numbers)
    kind_code = values.pop("kind_code", "province")
    if session.get(OrganisationKind, kind_code) is None:
        make_organisation_kind(session, code=kind_code)
    organisation = Organisation(
        **{
            "code": f"U{number}",
            "code_source": CodeSource.OWN,
            "kind_code": kind_code,
            "names": {"vi": f"Đơn vị {number}", "en": f"Unit {number}"},
            "valid_from": date(2019, 1, 1),
            **values,
        }
    )
    session.add(organisation)
    session.flush()
    return organisation


def make_organisation_kind(session: Session, **values: Any) -> OrganisationKind:
    """A kind on a level of its own name."""
    code = values.get("code", "province")
    depths = {"province": 0, "department": 1, "district": 1, "centre": 2, "commune": 2, "ward": 2}
    if session.get(OrganisationLevel, code) is None:
        session.add(OrganisationLevel(code=code, depth=depths.get(code, 1), names={"vi": code, "en": code}))
    kind = OrganisationKind(**{"code": code, "level_code": code, "names": {"vi": code, "en": code}, **values})
    session.add(kind)
    session.flush()
    return kind


def make_organisation_succession(session: Session, **values: Any) -> OrganisationSuccession:
    """A merge on 1 July 2025; `predecessor_id` and `successor_id` must be given."""
    succession = OrganisationSuccession(
        **{"kind": SuccessionKind.MERGE, "effective_on": date(2025, 7, 1), **values}
    )
    session.add(succession)
    session.flush()
    return succession


def make_questionnaire_version(session: Session, **values: Any) -> QuestionnaireVersion:
    """A shipped definition, by `code`; the rating unless told otherwise."""
    definition = load_definition(values.get("code", "rating"))
    return store_definition(
        session, definition.code, definition.version, now=datetime(2026, 1, 1, tzinfo=UTC)
    )


def make_survey_round(session: Session, **values: Any) -> SurveyRound:
    """A self-selected round of ratings unless told otherwise; `questionnaire` names another definition."""
    number = next(numbers)
    questionnaire_code = values.pop("questionnaire", "rating")
    survey_code = values.pop("survey_code", "survey")
    if session.get(Survey, survey_code) is None:
        session.add(Survey(code=survey_code, names={"vi": "Khảo sát", "en": "Survey"}))
    round_ = SurveyRound(
        **{
            "code": f"round-{number}",
            "survey_code": survey_code,
            "names": {"vi": f"Đợt {number}", "en": f"Round {number}"},
            "questionnaire_version": make_questionnaire_version(session, code=questionnaire_code),
            "selection": Selection.SELF_SELECTED,
            "opens_on": date(2026, 1, 1),
            "aggregation_rule": "item-mean/1",
            "weighting_class_items": [],
            **values,
        }
    )
    session.add(round_)
    session.flush()
    return round_


def make_service_point(session: Session, **values: Any) -> ServicePoint:
    """A counter; its centre is the organisation it serves unless told otherwise."""
    number = next(numbers)
    organisation = values.pop("organisation", None) or make_organisation(session)
    point = ServicePoint(
        **{
            "code": f"P{number}",
            "public_code": f"public{number}",
            "centre_id": organisation.id,
            "organisation_id": organisation.id,
            "names": {"vi": f"Quầy {number}", "en": f"Counter {number}"},
            "service_names": {"vi": "Hộ tịch", "en": "Civil status"},
            "valid_from": date(2019, 1, 1),
            **values,
        }
    )
    session.add(point)
    session.flush()
    return point


def make_sample_unit(session: Session, **values: Any) -> SampleUnit:
    """One person drawn with probability 1 in 10; `round_id` must be given."""
    number = next(numbers)
    unit = SampleUnit(
        **{
            "code": f"S{number}",
            "stratum": "stratum",
            "psu": f"psu-{number}",
            "inclusion_probability": 0.1,
            **values,
        }
    )
    session.add(unit)
    session.flush()
    return unit


def make_population_total(session: Session, **values: Any) -> PopulationTotal:
    """A known count; `round_id` and `cell` must be given."""
    total = PopulationTotal(**{"total": 100, **values})
    session.add(total)
    session.flush()
    return total


def make_response(session: Session, round_: SurveyRound, **values: Any) -> Response:
    """A kiosk rating "satisfied" as intake stores it: the row and its marker, in one transaction."""
    response = Response(
        **{
            "uuid": uuid4(),
            "round_id": round_.id,
            "questionnaire_version_id": round_.questionnaire_version_id,
            "mode": Mode.KIOSK,
            "language": "vi",
            "answers": {"overall": 4},
            "content_hash": "0" * 64,
            "captured_at": datetime(2026, 3, 2, 2, 0, tzinfo=UTC),
            "received_at": datetime(2026, 3, 2, 2, 0, tzinfo=UTC),
            **values,
        }
    )
    session.add(response)
    session.flush()
    session.add(UncapturedResponse(response_id=response.id, round_id=round_.id))
    session.flush()
    return response


def make_account_row(session: Session, **values: Any) -> Account:
    """An account that nobody can sign in with; `conftest.make_account` makes those that can."""
    number = next(numbers)
    account = Account(
        **{
            "username": f"account-{number}",
            "display_name": f"Người {number}",
            "password_hash": "none",
            "session_key": f"session-{number}",
            "created_at": datetime(2026, 1, 1, tzinfo=UTC),
            **values,
        }
    )
    session.add(account)
    session.flush()
    return account


def make_served_dossier(session: Session, **values: Any) -> ServedDossier:
    """A dossier with full points in every index, returned in the first quarter of 2026."""
    dossier = ServedDossier(
        **{
            "code": f"H{next(numbers)}",
            "version": 1,
            "content_hash": "0" * 64,
            "procedure_code": "1.000001",
            "received_at": datetime(2026, 1, 5, 1, tzinfo=UTC),
            "due_at": datetime(2026, 1, 15, 1, tzinfo=UTC),
            "returned_at": datetime(2026, 1, 12, 1, tzinfo=UTC),
            "agency_times": [{"agency": "STP", "allowed_days": "5", "taken_days": "4"}],
            "contact_count": 0,
            "agency_contact_count": 0,
            "publication": Publication.BOTH,
            "complaint": Complaint.NONE,
            "recorded_at": datetime(2026, 2, 1, tzinfo=UTC),
            **values,
        }
    )
    session.add(dossier)
    session.flush()
    return dossier


def make_on_site_statement(session: Session, **values: Any) -> OnSiteStatement:
    """A number stated for the first quarter of 2026."""
    statement = OnSiteStatement(
        **{
            "year": 2026,
            "quarter": 1,
            "measure": "index-5-self",
            "value": 2,
            "note": "",
            "recorded_at": datetime(2026, 2, 1, tzinfo=UTC),
            **values,
        }
    )
    session.add(statement)
    session.flush()
    return statement
