"""The tree of organisations for staff: who stands where on a day, and what became of whom."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from survey.domain.permissions import Permission
from survey.domain.wording import N_
from survey.errors import NotFoundError
from survey.extensions import db
from survey.queries import organisations as organisation_queries
from survey.services.csv_rows import parse_date
from survey.views import calendar
from survey.views.access import organisation_scope, requires

blueprint = Blueprint("organisations", __name__, url_prefix="/organisations")


@blueprint.get("")
@requires(Permission.READ_ORGANISATIONS)
def tree() -> ResponseReturnValue:
    """The units of the account's subtree that exist on a day; `?on=` chooses the day."""
    ids = organisation_scope(Permission.READ_ORGANISATIONS)
    asked = request.args.get("on", "").strip()
    chosen = parse_date(asked)
    today = calendar.today()
    day = chosen or organisation_queries.latest_valid_day(db.session(), ids, today=today)
    return render_template(
        "organisations/tree.html",
        rows=organisation_queries.tree_on(db.session(), day, ids=ids),
        on=day,
        is_past=chosen is None and day != today,
        unread=asked if asked and chosen is None else None,
    ), 422 if asked and chosen is None else 200


@blueprint.get("/<code>")
@requires(Permission.READ_ORGANISATIONS)
def detail(code: str) -> ResponseReturnValue:
    """One unit: its place, its time, what it came from and what it became."""
    session = db.session()
    ids = organisation_scope(Permission.READ_ORGANISATIONS)
    organisation = organisation_queries.find_organisation(session, code)
    if organisation is None or organisation.id not in ids:
        raise NotFoundError(N_("No organisation has the code %(code)s."), code=code)
    before, after = organisation_queries.successions_of(session, [organisation.id])
    return render_template(
        "organisations/detail.html",
        organisation=organisation,
        ancestors=organisation_queries.list_ancestors(session, organisation),
        children=organisation_queries.list_children(session, organisation),
        predecessors=before[organisation.id],
        successors=after[organisation.id],
        readable=ids,
    )
