"""The QR page: a plain form for a citizen's own phone. It needs no script; only a POST records anything."""

from __future__ import annotations

from uuid import UUID, uuid4

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale, get_locale
from flask_babel import gettext as _

from forms.questionnaire import Questionnaire
from survey.domain.enums import Mode
from survey.domain.receipts import receipt_code
from survey.errors import NotFoundError
from survey.queries.rating_points import RatingPoint
from survey.services.intake import Outcome, Receipt
from survey.views import ratings
from survey.views.access import public

blueprint = Blueprint("qr", __name__)


@blueprint.get("/q/<public_code>")
@public
def rate(public_code: str) -> ResponseReturnValue:
    """The form, with a uuid made for this view of it. Looking records nothing."""
    try:
        point = ratings.find_point(public_code)
    except NotFoundError:
        return unknown_point()
    if point.questionnaire is None or not point.is_open_at(ratings.now()):
        return closed_page(point)
    return draw_form(point, point.questionnaire, uuid=str(uuid4()))


@blueprint.post("/q/<public_code>")
@public
def send(public_code: str) -> ResponseReturnValue:
    """Store a rating, or what is added to one, and go to the thank-you page."""
    try:
        point = ratings.find_point(public_code)
    except NotFoundError:
        return unknown_point()
    if point.questionnaire is None:
        return closed_page(point)
    receipt = ratings.receive_form(point, mode=Mode.QR)
    supplements = request.form.get("supplements")
    language = request.args.get("language")
    if receipt.is_kept:
        rated = UUID(supplements) if supplements else receipt.uuid
        added = 1 if supplements else None
        return redirect(
            url_for(".thanks", public_code=public_code, rated=rated, sent=added, language=language), 303
        )
    if receipt.outcome is Outcome.REJECTED and not point.is_open_at(ratings.now()):
        return closed_page(point)
    if supplements:
        return draw_thanks(point, point.questionnaire, rated=UUID(supplements), receipt=receipt)
    return draw_form(point, point.questionnaire, uuid=str(receipt.uuid), receipt=receipt)


@blueprint.get("/q/<public_code>/<uuid:rated>")
@public
def thanks(public_code: str, rated: UUID) -> ResponseReturnValue:
    """The receipt, and after a low level the reasons as a second, optional form."""
    try:
        point = ratings.find_point(public_code)
    except NotFoundError:
        return unknown_point()
    if point.questionnaire is None:
        return closed_page(point)
    return draw_thanks(point, point.questionnaire, rated=rated)


def draw_form(
    point: RatingPoint, questionnaire: Questionnaire, *, uuid: str, receipt: Receipt | None = None
) -> ResponseReturnValue:
    """The form; after a refusal with every problem and with everything that was entered."""
    status = 200 if receipt is None else ratings.STATUSES[receipt.outcome]
    language = ratings.chosen_language(questionnaire)
    with force_locale(language):
        page = render_template(
            "qr/rate.html",
            point=point,
            questionnaire=questionnaire,
            questions=ratings.rating_questions(questionnaire),
            languages=ratings.page_languages(questionnaire),
            language=language,
            uuid=uuid,
            entered=request.form,
            problems=problems_by_item(receipt),
            is_conflict=receipt is not None and receipt.outcome is Outcome.CONFLICT,
        )
    return page, status


def draw_thanks(
    point: RatingPoint, questionnaire: Questionnaire, *, rated: UUID, receipt: Receipt | None = None
) -> ResponseReturnValue:
    """The thank-you page of a stored rating; raises NotFoundError for one that is not stored here."""
    answers = ratings.stored_rating(point, rated)
    if answers is None:
        raise NotFoundError(_("This rating is not known here."))
    questions = ratings.rating_questions(questionnaire)
    asks_reasons = answers.get(questions.rating.code) in questions.levels_asking_reasons
    language = ratings.chosen_language(questionnaire)
    with force_locale(language):
        page = render_template(
            "qr/thanks.html",
            point=point,
            questionnaire=questionnaire,
            questions=questions,
            languages=ratings.page_languages(questionnaire),
            language=language,
            rated=rated,
            code=receipt_code(rated),
            asks_reasons=asks_reasons and "sent" not in request.args,
            is_added="sent" in request.args,
            uuid=str(uuid4()) if receipt is None else str(receipt.uuid),
            entered=request.form,
            problems=problems_by_item(
                receipt, whole="" if questions.reasons is None else questions.reasons.code
            ),
        )
    return page, 200 if receipt is None else ratings.STATUSES[receipt.outcome]


def problems_by_item(receipt: Receipt | None, *, whole: str = "") -> dict[str, list[str]]:
    """The sentences to show, by the question they belong to; `whole` is the one that stands for all."""
    problems: dict[str, list[str]] = {}
    for problem in () if receipt is None else receipt.problems:
        item = whole if problem.item == "answers" else problem.item
        problems.setdefault(item, []).append(problem.render(_))
    return problems


def closed_page(point: RatingPoint) -> ResponseReturnValue:
    """Says that this counter takes no ratings now."""
    status = 200 if request.method in ("GET", "HEAD") else 422
    return render_template("qr/closed.html", point=point, language=str(get_locale())), status


def unknown_point() -> ResponseReturnValue:
    """404, with what to do."""
    return render_template("qr/unknown.html", language=str(get_locale())), 404
