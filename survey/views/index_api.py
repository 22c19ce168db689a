"""The reform index for other programmes: ranks, totals and classes, and the points by leaf when asked for."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from survey.domain.permissions import TokenScope
from survey.domain.wording import N_
from survey.errors import NotFoundError
from survey.extensions import db
from survey.queries import index_rounds as index_round_queries
from survey.queries import organisations as organisation_queries
from survey.services.index_scores import IndexResults, SheetResult
from survey.views import index_tables
from survey.views.access import api_token, requires_token
from survey.views.errors import answer
from survey.views.index import current_results

blueprint = Blueprint("index_api", __name__)

CHOICES = {"format": ("json", "csv"), "detail": ("units", "leaves")}


@blueprint.get("/api/v1/index")
@requires_token(TokenScope.READ_SCORES)
def results() -> ResponseReturnValue:
    """The results of `round`; docs/api.md describes the answer."""
    problem = query_problem()
    if problem is not None:
        return answer(400, problem)
    index_round = index_round_queries.get_index_round(db.session(), request.args["round"])
    found = within_scope(current_results(index_round), organiser_id=index_round.organiser_id)
    with_leaves = request.args.get("detail") == "leaves"
    if request.args.get("format") == "csv":
        table = index_tables.leaves_csv if with_leaves else index_tables.units_csv
        return Response(table(index_round, found), content_type="text/csv; charset=utf-8")
    row = detailed_row if with_leaves else index_tables.unit_row
    units = [row(sheet, decimals=found.decimals) for sheet in found.sheets]
    return jsonify(**index_tables.round_header(index_round, found), units=units)


def within_scope(found: IndexResults, *, organiser_id: int) -> IndexResults:
    """All units for a token that is unlimited or reaches the organiser, else those of its subtree.

    Raises NotFoundError when none is left.
    """
    root = api_token().organisation_id
    if root is None:
        return found
    scope = organisation_queries.subtree_ids(db.session(), [root])
    seen = found if organiser_id in scope else found.limited_to(scope)
    if not seen.sheets:
        raise NotFoundError(N_("No index round has the code %(code)s."), code=found.round_code)
    return seen


def detailed_row(sheet: SheetResult, *, decimals: int) -> dict[str, object]:
    """The row of a unit with its leaves."""
    leaves = [index_tables.leaf_row(leaf) for leaf in sheet.leaves]
    return {**index_tables.unit_row(sheet, decimals=decimals), "leaves": leaves}


def query_problem() -> str | None:
    """What is wrong with the parameters."""
    unknown = sorted(set(request.args) - {"round", *CHOICES})
    if unknown:
        known = ", ".join(("round", *CHOICES))
        return str(
            _(
                "There is no parameter %(names)s. The parameters are: %(known)s.",
                names=", ".join(unknown),
                known=known,
            )
        )
    if not request.args.get("round"):
        return str(_("Name the index round: ?round=CODE."))
    for name, values in CHOICES.items():
        if request.args.get(name, values[0]) not in values:
            return str(_("%(name)s must be one of %(known)s.", name=name, known=", ".join(values)))
    return None
