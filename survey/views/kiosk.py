"""The kiosk: one screen, one tap stored at once, reasons if the citizen likes, thanks, and a fresh screen.

The page works as plain forms; its script sends the same forms without leaving the page and keeps them when
the network is gone. Every text is on it in every language, so that it also switches without a network.
"""

from __future__ import annotations

from uuid import UUID, uuid4

from flask import Blueprint, Response, jsonify, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale, get_locale
from flask_babel import gettext as _
from markupsafe import Markup

from forms.questionnaire import Questionnaire
from survey.domain.enums import Mode
from survey.domain.receipts import receipt_code
from survey.errors import NotFoundError
from survey.extensions import csrf
from survey.queries.rating_points import RatingPoint
from survey.services.intake import Receipt
from survey.views import kiosk_hours, ratings
from survey.views.access import public
from survey.views.kiosk_tokens import guard, new_token
from survey.views.kiosk_versions import kiosk_version

blueprint = Blueprint("kiosk", __name__)

# Without a script the browser itself goes back to the first screen: nobody finds the page of the one before.
SECONDS_FOR_REASONS = 60
SECONDS_FOR_THANKS = 20
SECONDS_UNTIL_NEXT_LOOK = 300


@blueprint.get("/kiosk/<public_code>")
@public
def screen(public_code: str) -> ResponseReturnValue:
    """The question, ready for one tap."""
    try:
        point = ratings.find_point(public_code)
    except NotFoundError:
        return unknown_point()
    if point.questionnaire is None or not point.is_open_at(ratings.now()):
        return closed_screen(point)
    return draw(point, point.questionnaire, shown="question", rated=uuid4())


@blueprint.post("/kiosk/<public_code>")
@csrf.exempt  # type: ignore[untyped-decorator]  # Flask-WTF has no types; `guard` does it
@public
def rate(public_code: str) -> ResponseReturnValue:
    """Store a tap or what was added to it; JSON for the page's script, the next screen for a plain form."""
    try:
        point = ratings.find_point(public_code)
    except NotFoundError:
        return unknown_point()
    if point.questionnaire is None:
        return closed_screen(point)
    guard(point.public_code)
    receipt = ratings.receive_form(point, mode=Mode.KIOSK)
    if request.headers.get("Accept") == "application/json":
        return receipt_answer(receipt)
    if receipt.is_kept:
        return redirect(next_address(point, receipt), 303)
    return draw(point, point.questionnaire, shown="refused", rated=uuid4(), receipt=receipt)


@blueprint.get("/kiosk/<public_code>/<uuid:rated>")
@public
def thanks(public_code: str, rated: UUID) -> ResponseReturnValue:
    """After a tap without a script: the reasons when it was a low level, else the thank-you."""
    point = ratings.find_point(public_code)
    answers = ratings.stored_rating(point, rated)
    if point.questionnaire is None or answers is None:
        raise NotFoundError(_("This rating is not known here."))
    questions = ratings.rating_questions(point.questionnaire)
    asks_reasons = answers.get(questions.rating.code) in questions.levels_asking_reasons
    shown = "reasons" if asks_reasons and "sent" not in request.args else "thanks"
    return draw(point, point.questionnaire, shown=shown, rated=rated)


def receipt_answer(receipt: Receipt) -> ResponseReturnValue:
    """The receipt for the script."""
    problems = [{"item": problem.item, "message": problem.render(_)} for problem in receipt.problems]
    body = {"outcome": receipt.outcome.value, "code": receipt.code, "problems": problems}
    return jsonify(body), ratings.STATUSES[receipt.outcome]


def next_address(point: RatingPoint, receipt: Receipt) -> str:
    """Where a plain form goes after it was stored."""
    language = request.form.get("language")
    supplements = request.form.get("supplements")
    if supplements:
        return url_for(
            ".thanks", public_code=point.public_code, rated=UUID(supplements), sent=1, language=language
        )
    return url_for(".thanks", public_code=point.public_code, rated=receipt.uuid, language=language)


def draw(
    point: RatingPoint,
    questionnaire: Questionnaire,
    *,
    shown: str,
    rated: UUID,
    receipt: Receipt | None = None,
) -> ResponseReturnValue:
    """The page with one of its screens shown; the others wait in it for the script.

    `rated` is the uuid that the next tap will have, or, after one without a script, the one it had.
    """
    language = ratings.chosen_language(questionnaire)
    questions = ratings.rating_questions(questionnaire)
    panes = []
    for pane_language in ratings.page_languages(questionnaire):
        with force_locale(pane_language):
            pane = render_template(
                "kiosk/pane.html",
                point=point,
                questions=questions,
                languages=ratings.page_languages(questionnaire),
                language=pane_language,
                is_current=pane_language == language,
                shown=shown,
                rated=rated,
                added=uuid4(),
                code=receipt_code(rated) if shown == "thanks" else "",
                refusal=refusal(receipt),
                openings=kiosk_hours.openings(point.schedule, ratings.now()),
            )
        panes.append(Markup(pane))  # noqa: S704 -- our own template, autoescaped
    with force_locale(language):
        page = render_template(
            "kiosk/screen.html",
            point=point,
            questionnaire=questionnaire,
            questions=questions,
            language=language,
            now=int(ratings.now().timestamp()),
            token=new_token(point.public_code),
            panes=panes,
            version=kiosk_version(),
            hours=kiosk_hours.spans(point.schedule, ratings.now()),
            hours_stamp=kiosk_hours.stamp(point.schedule, ratings.now()),
        )
    answer = make_response(page, 200 if receipt is None else ratings.STATUSES[receipt.outcome])
    if shown != "question":
        seconds = SECONDS_FOR_REASONS if shown == "reasons" else SECONDS_FOR_THANKS
        return turning_back(answer, point, seconds=seconds)
    return answer


def refusal(receipt: Receipt | None) -> str:
    """Why a plain form was not taken, in the language of the pane."""
    if receipt is None:
        return ""
    if receipt.problems:
        return " ".join(problem.render(_) for problem in receipt.problems)
    sentence: str = _("A rating was already given on this screen; it stands. Please start anew.")
    return sentence


def turning_back(answer: Response, point: RatingPoint, *, seconds: int) -> Response:
    """Let the browser return to the first screen by itself."""
    answer.headers["Refresh"] = f"{seconds}; url={url_for('.screen', public_code=point.public_code)}"
    return answer


def closed_screen(point: RatingPoint) -> ResponseReturnValue:
    """Says that this counter takes no ratings now, and looks again from time to time."""
    status = 200 if request.method in ("GET", "HEAD") else 422
    answer = make_response(
        render_template(
            "kiosk/closed.html",
            point=point,
            token=new_token(point.public_code),
            language=get_locale(),
            now=int(ratings.now().timestamp()),
            version=kiosk_version(),
        ),
        status,
    )
    return turning_back(answer, point, seconds=SECONDS_UNTIL_NEXT_LOOK)


def unknown_point() -> ResponseReturnValue:
    """404, with what to do."""
    return render_template("kiosk/unknown.html", language=get_locale()), 404
