"""The API by which the one-stop software tells of served dossiers, and of what is stated once per quarter."""

from __future__ import annotations

from flask import Blueprint, current_app, jsonify, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from survey.domain.permissions import TokenScope
from survey.extensions import db
from survey.queries import organisations as organisation_queries
from survey.services import dossiers, on_site_statements
from survey.services.csv_rows import ProblemLog
from survey.services.dossier_documents import document_rows
from survey.services.dossier_records import DOSSIER_COLUMNS
from survey.services.dossiers import DossierOutcome
from survey.services.on_site_statements import STATEMENT_COLUMNS
from survey.views.access import api_token, requires_token
from survey.views.errors import answer

blueprint = Blueprint("on_site_api", __name__)

MOST_DOSSIERS = 2_000
MOST_STATEMENTS = 1_000


@blueprint.post("/api/v1/on-site/dossiers")
@requires_token(TokenScope.WRITE_DOSSIERS)
def receive_dossiers() -> ResponseReturnValue:
    """All or none: 201 when a dossier was new or changed, 200 when all were known, 422 with every problem."""
    documents = listed("dossiers", most=MOST_DOSSIERS)
    if not isinstance(documents, list):
        return documents
    log = ProblemLog("dossiers", _)
    receipts = dossiers.take_in(
        db.session(),
        document_rows(documents, DOSSIER_COLUMNS, log=log),
        log=log,
        organisation_ids=writable(),
        now=current_app.config["CLOCK"](),
    )
    db.session.commit()
    counts = receipts.counts
    is_new = counts[DossierOutcome.STORED] + counts[DossierOutcome.CHANGED] > 0
    return jsonify(
        counts={outcome.value: count for outcome, count in counts.items()},
        dossiers=[
            {"code": receipt.code, "version": receipt.version, "outcome": receipt.outcome.value}
            for receipt in receipts.receipts
        ],
    ), (201 if is_new else 200)


@blueprint.post("/api/v1/on-site/statements")
@requires_token(TokenScope.WRITE_DOSSIERS)
def receive_statements() -> ResponseReturnValue:
    """All statements or none: 201 when one was new, 200 when all stood so already, 422 with every problem."""
    documents = listed("statements", most=MOST_STATEMENTS)
    if not isinstance(documents, list):
        return documents
    log = ProblemLog("statements", _)
    receipt = on_site_statements.take_in(
        db.session(),
        document_rows(documents, STATEMENT_COLUMNS, log=log),
        log=log,
        organisation_ids=writable(),
        now=current_app.config["CLOCK"](),
    )
    db.session.commit()
    counts = {"stored": receipt.stored_count, "unchanged": receipt.unchanged_count}
    return jsonify(counts=counts), (201 if receipt.stored_count else 200)


def listed(name: str, *, most: int) -> list[object] | ResponseReturnValue:
    """The list in the body under this name, else the refusal."""
    body = request.get_json(silent=True)
    if body is None:
        return answer(400, _("The body must be JSON, sent as application/json."))
    if not isinstance(body, dict) or body.keys() != {name} or not isinstance(body[name], list):
        return answer(
            400, _('The body must be an object with one field, "%(name)s", that holds a list.', name=name)
        )
    documents: list[object] = body[name]
    if not documents:
        return answer(400, _("The list is empty."))
    if len(documents) > most:
        detail = _("At most %(most)s at once; these are %(count)s.", most=most, count=len(documents))
        return answer(413, detail)
    return documents


def writable() -> frozenset[int] | None:
    """The units this token may write for, None for all."""
    root = api_token().organisation_id
    return None if root is None else organisation_queries.subtree_ids(db.session(), [root])
