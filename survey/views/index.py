"""Pages of the reform index: its rounds, the results of one, and the score sheet of a unit."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, Response, current_app, render_template
from flask.typing import ResponseReturnValue

from survey.domain.permissions import Permission
from survey.errors import NotFoundError
from survey.extensions import db
from survey.models import IndexRound
from survey.queries import index_rounds as index_round_queries
from survey.services import index_scores, snapshots
from survey.services.index_scores import IndexResults
from survey.views import index_plots, index_tables, index_texts
from survey.views.access import organisation_scope, requires

blueprint = Blueprint("index", __name__)
blueprint.add_app_template_filter(index_texts.name_in, "name_in")


@dataclass(frozen=True)
class SeenRound:
    """A round with as much of its results as the account may see."""

    index_round: IndexRound
    results: IndexResults


@blueprint.get("/index")
@requires(Permission.READ_INDEX)
def rounds() -> ResponseReturnValue:
    """The rounds in which the account's units are assessed, or which they organise."""
    index_rounds = index_round_queries.list_index_rounds(
        db.session(), organisation_scope(Permission.READ_INDEX)
    )
    return render_template(
        "index/rounds.html",
        index_rounds=index_rounds,
        sheet_counts=index_round_queries.sheet_counts(db.session(), index_rounds),
    )


@blueprint.get("/index/<code>")
@requires(Permission.READ_INDEX)
def round_results(code: str) -> ResponseReturnValue:
    """The ranking of a round by group, with what is not ranked and why."""
    seen = see_round(code)
    return render_template(
        "index/results.html",
        index_round=seen.index_round,
        results=seen.results,
        axes={group.group.code: index_plots.axis_of(group) for group in seen.results.groups},
        texts=index_texts,
    )


@blueprint.get("/index/<code>/results.csv")
@requires(Permission.READ_INDEX)
def results_csv(code: str) -> ResponseReturnValue:
    """The table of the results page as a file."""
    seen = see_round(code)
    return csv_response(index_tables.units_csv(seen.index_round, seen.results), name=f"{code}.csv")


@blueprint.get("/index/<code>/units/<unit_code>")
@requires(Permission.READ_INDEX)
def sheet(code: str, unit_code: str) -> ResponseReturnValue:
    """The score sheet of a unit: every leaf with its points and where they come from."""
    seen = see_round(code)
    try:
        found = seen.results.sheet(unit_code)
    except NotFoundError:
        raise NotFoundError from None  # a unit out of sight looks like one that does not exist
    return render_template(
        "index/sheet.html",
        index_round=seen.index_round,
        results=seen.results,
        sheet=found,
        leaves={leaf.leaf.code: leaf for leaf in found.leaves},
        extras=[leaf for leaf in found.leaves if leaf.score in found.score.extras],
        texts=index_texts,
    )


def see_round(code: str) -> SeenRound:
    """The round and its results; before publication a unit sees only its own sheet, the organiser all.

    Raises NotFoundError when nothing of the round is in the account's scope, as if it did not exist.
    """
    index_round = index_round_queries.find_index_round(db.session(), code)
    if index_round is None:
        raise NotFoundError
    scope = organisation_scope(Permission.READ_INDEX)
    results = current_results(index_round)
    if index_round.organiser_id not in scope:
        results = results.limited_to(scope)
    if not results.sheets:
        raise NotFoundError
    return SeenRound(index_round=index_round, results=results)


def current_results(index_round: IndexRound) -> IndexResults:
    """The results from everything that has been answered and appraised up to now."""
    for survey_round in (index_round.satisfaction_round, index_round.leaders_round):
        if survey_round is not None:
            snapshots.catch_up(db.session(), survey_round)
    return index_scores.compute(db.session(), index_round, now=current_app.config["CLOCK"]())


def csv_response(text: str, *, name: str) -> Response:
    """The text as a file to keep."""
    return Response(
        text,
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
