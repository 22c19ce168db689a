"""What the kiosk and the QR page share: the questions a citizen is shown, and reading what was sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from flask import current_app, request
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import BadRequest

from forms.questionnaire import Item, ItemKind, Questionnaire
from forms.rules import evaluate
from survey.config import DEFAULT_LANGUAGE, LANGUAGES
from survey.domain.enums import Mode
from survey.domain.packet_reading import read_moment
from survey.domain.packets import Packet
from survey.domain.public_codes import typed_public_code
from survey.extensions import db
from survey.queries import responses as response_queries
from survey.queries.rating_points import RatingPoint, get_rating_point
from survey.services.intake import Outcome, Receipt, receive_packet
from survey.views.attempts import count_attempt

# Everything else a rating form sends is an answer, so that a misspelt or forged field is refused by name.
ENVELOPE_FIELDS = frozenset({"csrf_token", "uuid", "version", "language", "captured_at", "supplements"})

STATUSES: Mapping[Outcome, int] = {
    Outcome.STORED: 201,
    Outcome.DUPLICATE: 200,
    Outcome.CONFLICT: 409,
    Outcome.REJECTED: 422,
}


@dataclass(frozen=True)
class RatingQuestions:
    """The parts of a rating questionnaire by what a page does with them.

    `rating` is the one tap. `reasons` and `comment` may be missing; `levels_asking_reasons` are the levels of
    the rating after which reasons are asked. `others` are further questions, shown by the QR page alone.
    """

    rating: Item
    reasons: Item | None
    comment: Item | None
    others: tuple[Item, ...]
    levels_asking_reasons: frozenset[int]


def rating_questions(questionnaire: Questionnaire) -> RatingQuestions:
    """Sort the questions of a rating questionnaire; its first scale item is the rating."""
    rating = questionnaire.scale_items[0]
    reasons = next((item for item in questionnaire.items if item.kind is ItemKind.MULTIPLE_CHOICE), None)
    comment = next((item for item in questionnaire.items if item.kind is ItemKind.TEXT), None)
    asking: frozenset[int] = frozenset()
    if reasons is not None and rating.scale is not None:
        asking = frozenset(
            code
            for code in rating.scale.level_codes
            if reasons.relevance is None or evaluate(reasons.relevance, {rating.code: code}) is True
        )
    others = tuple(
        item for item in questionnaire.items if item.kind is ItemKind.SINGLE_CHOICE and item.relevance is None
    )
    return RatingQuestions(rating, reasons, comment, others, asking)


def now() -> datetime:
    """The service's clock."""
    moment: datetime = current_app.config["CLOCK"]()
    return moment


def find_point(public_code: str) -> RatingPoint:
    """The counter of this page, its code perhaps typed by hand; raises NotFoundError."""
    return get_rating_point(db.session(), typed_public_code(public_code), now=now())


def page_languages(questionnaire: Questionnaire) -> tuple[str, ...]:
    """The languages that both the questionnaire and the pages have, in the questionnaire's order."""
    return tuple(language for language in questionnaire.languages if language in LANGUAGES)


def chosen_language(questionnaire: Questionnaire) -> str:
    """The language asked for in the address, else Vietnamese; nothing is remembered of who rated before."""
    asked = request.args.get("language")
    languages = page_languages(questionnaire)
    if asked in languages:
        return asked
    return DEFAULT_LANGUAGE if DEFAULT_LANGUAGE in languages else languages[0]


def receive_form(point: RatingPoint, *, mode: Mode) -> Receipt:
    """Store the rating or supplement that this request carries, and commit.

    Raises BadRequest for an envelope that no page of ours sends, TooManyRequests above the limits.
    """
    count_attempt(point.public_code)
    receipt = receive_packet(db.session(), packet_of_form(point, mode=mode), now=now())
    db.session.commit()
    return receipt


def packet_of_form(point: RatingPoint, *, mode: Mode) -> Packet:
    """The packet in the form fields of this request."""
    form = request.form
    if point.round is None or point.questionnaire is None:
        raise BadRequest
    try:
        captured_at = form.get("captured_at")
        supplements = form.get("supplements")
        packet = Packet(
            uuid=UUID(form["uuid"]),
            round_code=point.round.code,
            questionnaire_code=point.round.questionnaire_code,
            questionnaire_version=int(form.get("version") or point.round.questionnaire_version),
            mode=mode,
            language=form.get("language") or DEFAULT_LANGUAGE,
            answers=answers_of_form(form, point.questionnaire),
            captured_at=read_moment(captured_at) if captured_at else None,
            service_point_id=point.id,
            supplements=UUID(supplements) if supplements else None,
        )
    except ValueError as error:
        raise BadRequest from error
    return packet


def answers_of_form(form: MultiDict[str, str], questionnaire: Questionnaire) -> dict[str, object]:
    """Raw answers by item code; fields that are no question go along and are refused by the check."""
    answers: dict[str, object] = {}
    for code in form:
        if code in ENVELOPE_FIELDS:
            continue
        item = questionnaire.items_by_code.get(code)
        value = form[code]
        if item is not None and item.kind is ItemKind.MULTIPLE_CHOICE:
            answers[code] = form.getlist(code)
        elif item is not None and item.kind is ItemKind.SCALE and value.isascii() and value.isdigit():
            answers[code] = int(value[:4])
        else:
            answers[code] = value
    return answers


def stored_rating(point: RatingPoint, uuid: UUID) -> Mapping[str, object] | None:
    """The answers of a rating given at this counter, None when there is none with this uuid."""
    response = response_queries.find_response(db.session(), uuid)
    if response is None or response.service_point_id != point.id or response.supplements is not None:
        return None
    return response.answers
