"""Interviews on the tablet: what there is to do, the questionnaire by sections, and why there is none."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from flask import Blueprint, current_app, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import RadioField, SelectChoice, TextAreaField
from wtforms.validators import InputRequired, Length

from forms.answers import AnswerProblem
from survey.config import LANGUAGES, TIME_ZONE
from survey.domain.enums import OutcomeReason
from survey.domain.permissions import Permission
from survey.domain.receipts import receipt_code
from survey.domain.wording import N_
from survey.errors import NotFoundError
from survey.extensions import db
from survey.models import SampleUnit, SurveyRound
from survey.queries import interviews as interview_queries
from survey.queries.interviews import UnitStatus
from survey.queries.questionnaires import load_questionnaire
from survey.queries.rounds import get_round
from survey.services import interviews as interview_services
from survey.views.access import organisation_scope, requires, signed_in
from survey.views.interview_form import InterviewForm
from survey.views.numbers import language

blueprint = Blueprint("interviews", __name__, url_prefix="/interviews")

STATUS_LABELS = {
    UnitStatus.LEFT: lazy_gettext("To do"),
    UnitStatus.COMPLETE: lazy_gettext("Interviewed"),
    UnitStatus.REFUSED: lazy_gettext("Refused"),
    UnitStatus.OTHER: lazy_gettext("Other outcome"),
}
REASON_LABELS = {
    OutcomeReason.REFUSED: lazy_gettext("Does not want to answer"),
    OutcomeReason.ABSENT: lazy_gettext("Not at home, could not be met"),
    OutcomeReason.WRONG_ADDRESS: lazy_gettext("Wrong address, or nobody there knows the person"),
    OutcomeReason.BROKEN_OFF: lazy_gettext("Stopped before the end"),
    OutcomeReason.UNABLE: lazy_gettext("Cannot answer: illness, or no language in common"),
    OutcomeReason.MOVED_OR_DIED: lazy_gettext("Moved away or died"),
}


class OutcomeForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """Why there is no interview."""

    reason = RadioField(
        lazy_gettext("Outcome of the visit"),
        choices=[SelectChoice(reason.value, label) for reason, label in REASON_LABELS.items()],
        validators=[InputRequired(lazy_gettext("Please choose what happened."))],
    )
    note = TextAreaField(
        lazy_gettext("Note (optional)"),
        [
            Length(
                max=interview_services.LONGEST_NOTE,
                message=lazy_gettext("Please shorten the note to at most %(max)d characters."),
            )
        ],
    )


@blueprint.get("/")
@requires(Permission.ENTER_INTERVIEWS)
def rounds() -> ResponseReturnValue:
    """Open sampled rounds with units within reach, and how far the work is."""
    progress = interview_queries.open_rounds(db.session(), scope(), today=today())
    return render_template("interviews/rounds.html", progress=progress)


@blueprint.get("/rounds/<code>")
@requires(Permission.ENTER_INTERVIEWS)
def units(code: str) -> ResponseReturnValue:
    """The units of a round, by PSU and by what is left to do."""
    round_ = get_round(db.session(), code)
    progress = interview_queries.round_progress(db.session(), round_, scope())
    status, psu = asked_status(), request.args.get("psu") or None
    page = interview_queries.list_units(
        db.session(),
        round_,
        scope(),
        status=status,
        psu=psu,
        page=request.args.get("page", 1, type=int),
    )
    return render_template(
        "interviews/units.html",
        round=round_,
        progress=progress,
        page=page,
        psus=interview_queries.psus_within(db.session(), round_, scope()),
        psu=psu,
        status=status,
        status_labels=STATUS_LABELS,
        reason_labels=REASON_LABELS,
        saved=session.pop("interview_saved", None),
    )


@blueprint.get("/units/<int:unit_id>")
@requires(Permission.ENTER_INTERVIEWS)
def interview(unit_id: int) -> ResponseReturnValue:
    """The questionnaire at its first section, or the receipt of the interview that was made."""
    unit, round_ = unit_and_round(unit_id)
    response = interview_queries.response_of(db.session(), unit)
    if response is not None:
        return render_template(
            "interviews/done.html",
            unit=unit,
            round=round_,
            code=receipt_code(response.uuid),
            received_at=response.received_at,
        )
    interview_services.require_open(round_, today=today())
    return draw(unit, round_, start(round_, data=MultiDict()), packet_uuid=uuid4(), is_fresh=True)


@blueprint.post("/units/<int:unit_id>")
@requires(Permission.ENTER_INTERVIEWS)
def continue_interview(unit_id: int) -> ResponseReturnValue:
    """The next step: another section, another language, the draft again, or the end."""
    unit, round_ = unit_and_round(unit_id)
    interview_services.require_open(round_, today=today())
    form, packet_uuid = start(round_, data=request.form), posted_uuid()
    action = request.form.get("action", "")
    is_right = True
    if action == "next":
        is_right = form.go_on()
    elif action == "back":
        form.go_back()
    elif action.startswith("section-"):
        form.go_to(int(action.removeprefix("section-")) if action[8:].isdecimal() else form.place)
    elif action == "finish":
        if form.check_all():
            return finish(unit, round_, form, packet_uuid)
        is_right = False
    # Every other action (another language, a draft taken up again) shows the same section, everything kept.
    return draw(unit, round_, form, packet_uuid=packet_uuid), 200 if is_right else 422


def finish(
    unit: SampleUnit, round_: SurveyRound, form: InterviewForm, packet_uuid: UUID
) -> ResponseReturnValue:
    """Store the interview; its receipt is the page one comes to."""
    filled = interview_services.FilledInterview(uuid=packet_uuid, language=form.language, answers=form.raw)
    receipt = interview_services.record_interview(
        db.session(), unit, filled, entered_by=signed_in().account, now=now()
    )
    if not receipt.is_kept:
        problems = [problem for problem in receipt.problems if isinstance(problem, AnswerProblem)]
        form.show_problems(problems)
        form.own_problems += tuple(
            problem.render(_) for problem in receipt.problems if not isinstance(problem, AnswerProblem)
        )
        db.session.rollback()
        return draw(unit, round_, form, packet_uuid=packet_uuid), 422
    db.session.commit()
    return redirect(url_for("interviews.interview", unit_id=unit.id), 303)


@blueprint.route("/units/<int:unit_id>/outcome", methods=["GET", "POST"])
@requires(Permission.ENTER_INTERVIEWS)
def outcome(unit_id: int) -> ResponseReturnValue:
    """Record why there is no interview with a unit."""
    unit, round_ = unit_and_round(unit_id)
    interview_services.require_open(round_, today=today())
    form = OutcomeForm()
    if not form.validate_on_submit():
        newest = interview_queries.newest_outcome(db.session(), unit)
        page = render_template(
            "interviews/outcome.html",
            unit=unit,
            round=round_,
            form=form,
            newest=newest,
            reason_labels=REASON_LABELS,
        )
        return page, 422 if form.errors else 200
    interview_services.record_outcome(
        db.session(),
        unit,
        reason=OutcomeReason(form.reason.data),
        note=(form.note.data or "").strip(),
        recorded_by=signed_in().account,
        now=now(),
    )
    db.session.commit()
    session["interview_saved"] = unit.code
    return redirect(url_for("interviews.units", code=round_.code), 303)


@blueprint.errorhandler(interview_services.AlreadyInterviewedError)
def already_interviewed(_error: Exception) -> ResponseReturnValue:
    """Say kindly that the first interview stands."""
    db.session.rollback()
    unit, round_ = unit_and_round((request.view_args or {})["unit_id"])
    response = interview_queries.response_of(db.session(), unit)
    return (
        render_template("interviews/already.html", unit=unit, round=round_, response=response),
        409,
    )


@blueprint.errorhandler(interview_services.RoundNotOpenError)
def round_not_open(_error: Exception) -> ResponseReturnValue:
    """Say when the round is open."""
    unit, round_ = unit_and_round((request.view_args or {})["unit_id"])
    return render_template("interviews/not_open.html", unit=unit, round=round_), 409


def draw(
    unit: SampleUnit,
    round_: SurveyRound,
    form: InterviewForm,
    *,
    packet_uuid: UUID,
    is_fresh: bool = False,
) -> str:
    """The page of one section."""
    others = [code for code in LANGUAGES if code in form.questionnaire.languages and code != form.language]
    return render_template(
        "interviews/interview.html",
        unit=unit,
        round=round_,
        interview=form,
        packet_uuid=packet_uuid,
        is_fresh=is_fresh,
        other_languages=others,
    )


def start(round_: SurveyRound, *, data: MultiDict[str, str]) -> InterviewForm:
    """The interview as the request has it."""
    questionnaire = load_questionnaire(db.session(), round_.questionnaire_version_id)
    place = data.get("place", "")
    return InterviewForm(
        questionnaire, language=language(), data=data, place=int(place) if place.isdecimal() else 0
    )


def unit_and_round(unit_id: int) -> tuple[SampleUnit, SurveyRound]:
    """The unit, if it is within reach, and its round."""
    unit = interview_queries.get_unit(db.session(), unit_id, scope())
    return unit, interview_queries.round_of(db.session(), unit)


def posted_uuid() -> UUID:
    """The identity that the first page gave this interview."""
    try:
        return UUID(request.form.get("packet", ""))
    except ValueError as error:
        raise NotFoundError(N_("This page has lost its interview. Please open the unit again.")) from error


def asked_status() -> UnitStatus | None:
    """The status to list; what is left to do unless asked otherwise."""
    asked = request.args.get("status", UnitStatus.LEFT.value)
    return UnitStatus(asked) if asked in set(UnitStatus) else None


def scope() -> frozenset[int]:
    """Ids of the organisations within which the account may enter interviews."""
    return organisation_scope(Permission.ENTER_INTERVIEWS)


def now() -> datetime:
    """The service's clock."""
    moment: datetime = current_app.config["CLOCK"]()
    return moment


def today() -> date:
    """The day in the province."""
    return now().astimezone(ZoneInfo(TIME_ZONE)).date()
