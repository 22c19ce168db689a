"""The API by which kiosks, tablets and other programmes hand in answers, many at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from flask import Blueprint, current_app, jsonify, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from survey.domain.permissions import TokenScope
from survey.extensions import db
from survey.queries import organisations as organisation_queries
from survey.services.intake import Outcome
from survey.services.packet_batches import BatchReceipt, receive_documents
from survey.views.access import api_token, requires_token
from survey.views.ratings import STATUSES

blueprint = Blueprint("responses_api", __name__)

MOST_PACKETS = 1_000


@blueprint.post("/api/v1/responses")
@requires_token(TokenScope.WRITE_RESPONSES)
def receive() -> ResponseReturnValue:
    """A receipt for every packet. What is acknowledged here is on disk.

    One packet alone gets its own status: 201 stored, 200 duplicate, 409 conflict, 422 rejected. Several get
    200 when all are kept and 207 otherwise.
    """
    body = request.get_json(silent=True)
    if body is None:
        return refuse(400, _("The body must be JSON, sent as application/json."))
    if not isinstance(body, dict) or body.keys() != {"packets"} or not isinstance(body["packets"], list):
        return refuse(400, _('The body must be an object with one field, "packets", that holds a list.'))
    packets = body["packets"]
    if not packets:
        return refuse(400, _("The list of packets is empty."))
    if len(packets) > MOST_PACKETS:
        detail = _(
            "At most %(most)s packets at once; these are %(count)s.", most=MOST_PACKETS, count=len(packets)
        )
        return refuse(413, detail)
    receipts = receive_documents(
        db.session(), packets, organisation_ids=writable_organisations(), now=current_app.config["CLOCK"]()
    )
    db.session.commit()
    return answer(receipts)


def writable_organisations() -> frozenset[int] | None:
    """The units whose answers this token may write, None for all."""
    root = api_token().organisation_id
    return None if root is None else organisation_queries.subtree_ids(db.session(), [root])


def answer(receipts: Sequence[BatchReceipt]) -> ResponseReturnValue:
    """The receipts in the order of the packets, and how many there are of each outcome."""
    counts = Counter(receipt.outcome for receipt in receipts)
    statuses = {STATUSES[receipt.outcome] for receipt in receipts}
    several = 200 if statuses <= {200, 201} else 207
    return (
        jsonify(
            counts={outcome.value: counts[outcome] for outcome in Outcome},
            receipts=[receipt_document(receipt) for receipt in receipts],
        ),
        statuses.pop() if len(receipts) == 1 else several,
    )


def receipt_document(receipt: BatchReceipt) -> dict[str, object]:
    """One receipt as JSON; the messages are in the language of the request."""
    return {
        "uuid": receipt.uuid,
        "outcome": receipt.outcome.value,
        "status": STATUSES[receipt.outcome],
        "code": receipt.code,
        "problems": [
            {"item": problem.item, "code": problem.code.value, "message": problem.render(_)}
            for problem in receipt.problems
        ],
    }


def refuse(status: int, detail: str) -> ResponseReturnValue:
    """Nothing of the batch was stored, and why."""
    title = _("The batch could not be read; nothing was stored")
    return jsonify(error={"status": status, "title": title, "detail": detail}), status
