"""The scores page: what the sample says, what the official calculation gives, what the counters report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from analysis.suppression import Audience
from survey.domain.enums import FigureKind, Selection
from survey.domain.figures import FigureLevel
from survey.domain.permissions import Permission
from survey.domain.wording import N_
from survey.errors import NotFoundError
from survey.extensions import db
from survey.models import SurveyRound
from survey.queries import rounds as round_queries
from survey.queries.scores import UnitNode
from survey.services import scores as score_services
from survey.services import snapshots
from survey.services.score_coverage import score_coverage
from survey.services.score_domains import ORGANISATION, WHOLE, UnknownDomainError
from survey.services.scores import Reach, RoundScores, ScoreRequest
from survey.services.served_cases import served_beside
from survey.views import device_texts, score_page, score_texts
from survey.views.access import organisation_scope, requires
from survey.views.ratings import now

blueprint = Blueprint("scores", __name__)

GROUPS = frozenset(FigureLevel) - {FigureLevel.ITEM}
_FIRST_CHOICE = list(Selection)  # sampled rounds first


@blueprint.get("/scores")
@requires(Permission.READ_SCORES)
def scores() -> ResponseReturnValue:
    """One round: three figures side by side, its domains, its factors, and the ratings of the counters."""
    rounds = round_queries.all_rounds(db.session())
    round_ = chosen_round(rounds)
    if round_ is None:
        return render_template("scores/empty.html")
    asked = asked_of(round_)
    scored = scored_with_division(round_, asked)
    beside = companion(rounds, round_)
    other = None if beside is None else score(beside, replace(asked, by=None, levels=GROUPS))
    sample, counters = (other, scored) if round_.selection is Selection.SELF_SELECTED else (scored, other)
    topics = score_page.topics(scored)
    topic = next(
        (one for one in topics if one.key == request.args.get("topic")), topics[0] if topics else None
    )
    parent = scored.scope.parent
    return render_template(
        "scores/scores.html",
        rounds=rounds,
        scored=scored,
        sample=sample,
        counters=counters,
        parent=parent,
        path=path_to(scored, parent),
        topic=topic,
        topics=topics,
        ways=score_page.ways(scored),
        table=None if topic is None else score_page.table(scored, topic),
        factors=score_page.factor_bars(scored),
        stream=None if counters is None else score_page.stream(counters),
        covered=None if counters is None else score_coverage(db.session(), counters, now=now()),
        served=served_beside(db.session(), scored),
        device_texts=device_texts,
        undivided=WHOLE,
        whole=score_page.whole_figure,
        kinds=FigureKind,
        texts=score_texts,
        audience=asked.audience,
        is_demonstration=any(one is not None and one.round.is_demonstration for one in (scored, other)),
    )


def asked_of(round_: SurveyRound) -> ScoreRequest:
    """What the address asks of the round, within the reader's units."""
    is_internal = request.args.get("audience") == Audience.INTERNAL
    return ScoreRequest(
        unit=request.args.get("unit") or None,
        by=request.args.get("by") or ORGANISATION,
        reach=Reach.CHILDREN,
        levels=levels_needed(round_, request.args.get("topic", "")),
        visible=organisation_scope(Permission.READ_SCORES),
        audience=Audience.INTERNAL if is_internal else Audience.PUBLIC,
    )


def chosen_round(rounds: Sequence[SurveyRound]) -> SurveyRound | None:
    """The round of the address, else the newest sampled one, else the newest; None when there is none.

    Raises NotFoundError for a round that does not exist.
    """
    code = request.args.get("round")
    if code:
        found = next((round_ for round_ in rounds if round_.code == code), None)
        if found is None:
            raise NotFoundError(N_("No round has the code %(code)s."), code=code)
        return found
    return min(rounds, key=lambda round_: _FIRST_CHOICE.index(round_.selection), default=None)


def levels_needed(round_: SurveyRound, topic_key: str) -> frozenset[FigureLevel]:
    """Single items are estimated only where the page is about one; invited rounds may have nothing else."""
    is_item = topic_key.startswith(f"{FigureLevel.ITEM}:")
    return frozenset(FigureLevel) if is_item or round_.selection is Selection.INVITED else GROUPS


def companion(rounds: Sequence[SurveyRound], round_: SurveyRound) -> SurveyRound | None:
    """The newest round of the other kind, sampled or self-selected, to stand beside this one."""
    wanted = {
        Selection.PROBABILITY_SAMPLE: Selection.SELF_SELECTED,
        Selection.SELF_SELECTED: Selection.PROBABILITY_SAMPLE,
    }.get(round_.selection)
    return next((other for other in rounds if other.selection is wanted), None)


def scored_with_division(round_: SurveyRound, asked: ScoreRequest) -> RoundScores:
    """The figures divided as asked, or as the round can be divided when it cannot be so."""
    try:
        return score(round_, asked)
    except UnknownDomainError:
        undivided = score(round_, replace(asked, by=None))
        ways = score_page.ways(undivided)
        return score(round_, replace(asked, by=ways[0].value)) if ways else undivided


def score(round_: SurveyRound, asked: ScoreRequest) -> RoundScores:
    """The figures of a round, after many waiting responses were captured."""
    snapshots.catch_up(db.session(), round_)
    scored = score_services.score_round(db.session(), round_, asked)
    if scored.scope.data.groups or FigureLevel.ITEM in asked.levels:
        return scored
    return score_services.score_round(db.session(), round_, replace(asked, levels=frozenset(FigureLevel)))


def path_to(scored: RoundScores, unit: UnitNode | None) -> list[tuple[UnitNode, bool]]:
    """The units above this one from the top, each with whether the reader may see it."""
    visible = organisation_scope(Permission.READ_SCORES)
    nodes = scored.scope.data.tree.nodes
    path: list[tuple[UnitNode, bool]] = []
    above = None if unit is None else unit.parent_id
    while above is not None:
        path.append((nodes[above], above in visible))
        above = nodes[above].parent_id
    return list(reversed(path))
