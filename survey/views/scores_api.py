"""The scores for other programmes: every figure with what it is, as JSON or as a table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from typing import TypeVar

from flask import Blueprint, Response, jsonify, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from analysis.suppression import Audience
from survey.domain.enums import FigureKind
from survey.domain.figure_rows import Row, csv_table, row_of
from survey.domain.figures import Figure, FigureLevel
from survey.domain.permissions import TokenScope
from survey.domain.wording import N_
from survey.errors import HaiLongError, NotFoundError
from survey.extensions import db
from survey.models import SurveyRound
from survey.queries import organisations as organisation_queries
from survey.queries import rounds as round_queries
from survey.services import scores as score_services
from survey.services import snapshots
from survey.services.score_coverage import score_coverage
from survey.services.score_domains import UnknownDomainError
from survey.services.scores import MixedSelectionsError, RoundScores, ScoreRequest
from survey.views import score_texts
from survey.views.access import api_token, requires_token
from survey.views.errors import answer
from survey.views.languages import text_in
from survey.views.ratings import now

blueprint = Blueprint("scores_api", __name__)

Member = TypeVar("Member", bound=StrEnum)

PARAMETERS = ("round", "unit", "by", "factor", "item", "kind", "audience", "format", "language")


class BadParameterError(HaiLongError):
    """A parameter of the address has a value that does not exist; the message names those that do."""


@blueprint.get("/api/v1/scores")
@requires_token(TokenScope.READ_SCORES)
def scores() -> ResponseReturnValue:
    """Figures of one round, or of all; docs/api.md describes the parameters and the answer."""
    try:
        asked = score_request()
        wants_table = is_table_wanted()
        found = scored_rounds(asked)
        selected = [(scored, list(chosen(found, scored))) for scored in found]
    except (BadParameterError, UnknownDomainError, MixedSelectionsError) as error:
        return answer(400, error.render(_))
    rows = [row for scored, figures in selected for row in rows_of(scored, figures)]
    if wants_table:
        return Response(
            csv_table(rows),
            content_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": "attachment; filename=scores.csv"},
        )
    return jsonify(
        scores=rows, rounds=[round_record(scored) for scored in found], audience=asked.audience.value
    )


def score_request() -> ScoreRequest:
    """What the address asks for, within the units of the token. Raises BadParameterError."""
    unknown = sorted(set(request.args) - set(PARAMETERS))
    if unknown:
        raise BadParameterError(
            N_("There is no parameter %(names)s. The parameters are: %(known)s."),
            names=", ".join(unknown),
            known=", ".join(PARAMETERS),
        )
    root = api_token().organisation_id
    kind = request.args.get("kind")
    levels = frozenset(FigureLevel)
    if request.args.get("factor"):
        levels = frozenset({FigureLevel.FACTOR, FigureLevel.ITEM})
    elif request.args.get("item"):
        levels = frozenset({FigureLevel.ITEM})
    return ScoreRequest(
        unit=request.args.get("unit") or None,
        by=request.args.get("by") or None,
        levels=levels,
        visible=None if root is None else organisation_queries.subtree_ids(db.session(), [root]),
        audience=one_of(Audience, "audience", request.args.get("audience", Audience.PUBLIC)),
        kind=one_of(FigureKind, "kind", kind) if kind else None,
    )


def asked_rounds(asked: ScoreRequest) -> Sequence[SurveyRound]:
    """The rounds named in the address (`round` may be repeated), else all that can give what is asked.

    Raises NotFoundError naming the rounds there are.
    """
    every = {round_.code: round_ for round_ in round_queries.all_rounds(db.session())}
    codes = request.args.getlist("round")
    unknown = [code for code in codes if code not in every]
    if unknown:
        raise NotFoundError(
            N_("No round has the code %(code)s. The rounds are: %(known)s."),
            code=", ".join(unknown),
            known=", ".join(every),
        )
    rounds = [every[code] for code in dict.fromkeys(codes)] if codes else list(every.values())
    if not codes and asked.kind is not None:
        rounds = [
            round_ for round_ in rounds if asked.kind in score_services.KINDS_BY_SELECTION[round_.selection]
        ]
    for round_ in rounds:
        snapshots.catch_up(db.session(), round_)
    return rounds


def scored_rounds(asked: ScoreRequest) -> list[RoundScores]:
    """The figures of the rounds asked for; of rounds not named, only those that can be divided as asked.

    Raises UnknownDomainError when none can be divided so.
    """
    are_named = bool(request.args.getlist("round"))
    found: list[RoundScores] = []
    refusal: UnknownDomainError | None = None
    for round_ in asked_rounds(asked):
        try:
            found.append(score_services.score_round(db.session(), round_, asked))
        except UnknownDomainError as error:
            refusal = error
    if refusal is not None and (are_named or not found):
        raise refusal
    return found


def one_of(members: type[Member], name: str, value: str) -> Member:
    """The member with this value. Raises BadParameterError naming them all."""
    try:
        return members(value)
    except ValueError:
        raise BadParameterError(
            N_("%(name)s must be one of %(known)s."), name=name, known=", ".join(members)
        ) from None


def is_table_wanted() -> bool:
    """Whether CSV is asked for, by `format` or by the Accept header. Raises BadParameterError."""
    known = ("json", "csv")
    asked = request.args.get("format")
    if asked is None:
        accepted = request.accept_mimetypes
        return accepted["text/csv"] > accepted["application/json"]
    if asked not in known:
        raise BadParameterError(
            N_("%(name)s must be one of %(known)s."), name="format", known=", ".join(known)
        )
    return asked == "csv"


def chosen(found: Sequence[RoundScores], scored: RoundScores) -> Iterator[Figure]:
    """The figures about the factor (it and its items) or the item of the address.

    Raises BadParameterError when no round has it.
    """
    factor, item = request.args.get("factor"), request.args.get("item")
    for name, code, level in (("factor", factor, FigureLevel.FACTOR), ("item", item, FigureLevel.ITEM)):
        known = dict.fromkeys(
            figure.topic.code for one in found for figure in one.figures if figure.topic.level is level
        )
        if code is not None and code not in known:
            raise BadParameterError(
                N_("There is no %(name)s %(code)s. There are: %(known)s."),
                name=name,
                code=code,
                known=", ".join(known),
            )
    for figure in scored.figures:
        topic = figure.topic
        is_item = topic.level is FigureLevel.ITEM
        of_factor = (
            topic.factor == factor if is_item else (topic.level, topic.code) == (FigureLevel.FACTOR, factor)
        )
        if (factor is None or of_factor) and (item is None or (is_item and topic.code == item)):
            yield figure


def rows_of(scored: RoundScores, figures: Sequence[Figure]) -> list[Row]:
    """The figures of a round as flat records."""
    unit_code = None if scored.unit is None else scored.unit.code
    covered = score_coverage(db.session(), scored, now=now())
    return [
        row_of(
            figure,
            round_code=scored.round.code,
            unit_code=unit_code,
            is_demonstration=scored.round.is_demonstration,
            text_in=text_in,
            label=score_texts.label(figure),
            coverage=None if covered is None else covered.of(figure.domain),
        )
        for figure in figures
    ]


def round_record(scored: RoundScores) -> Mapping[str, object]:
    """What must be known about a round to read its figures."""
    round_ = scored.round
    return {
        "code": round_.code,
        "name": text_in(round_.names),
        "selection": round_.selection.value,
        "opens_on": round_.opens_on.isoformat(),
        "closes_on": None if round_.closes_on is None else round_.closes_on.isoformat(),
        "questionnaire": scored.questionnaire.code,
        "questionnaire_version": scored.questionnaire.version,
        "aggregation_rule": round_.aggregation_rule,
        "suppression_rules": scored.scope.rules.code,
        "response_count": scored.told_response_count,
        "first_day": None if scored.days is None else scored.days[0].isoformat(),
        "last_day": None if scored.days is None else scored.days[1].isoformat(),
        "left_out": {
            "without_drawn_unit": scored.left_out.without_unit,
            "without_post_stratum": scored.without_cell,
        },
        "design_problems": [problem.render(_) for problem in scored.design_problems],
        "can_be_divided_by": list(scored.ways),
        "is_demonstration": round_.is_demonstration,
    }
