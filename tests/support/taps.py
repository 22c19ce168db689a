"""Posting taps over HTTP as a programme does, many at the same moment."""

from __future__ import annotations

import http.client
import json
from uuid import uuid4

TIMEOUT_SECONDS = 60


class TapSender:
    """One lasting connection that posts packets with a token; `post` gives (status, body)."""

    def __init__(self, port: int, token: str) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_SECONDS)
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

    def post(self, *packets: dict[str, object]) -> tuple[int, dict[str, object]]:
        """Post one batch; raises OSError or http.client.HTTPException when the server is gone."""
        body = json.dumps({"packets": packets})
        self._connection.request("POST", "/api/v1/responses", body=body, headers=self._headers)
        answer = self._connection.getresponse()
        return answer.status, json.loads(answer.read())

    def close(self) -> None:
        """Hang up."""
        self._connection.close()


def tap(round_code: str, service_point_code: str, **changes: object) -> dict[str, object]:
    """A kiosk rating "satisfied" with a new uuid."""
    return {
        "uuid": str(uuid4()),
        "round": round_code,
        "questionnaire": "rating",
        "version": 1,
        "mode": "kiosk",
        "language": "vi",
        "service_point": service_point_code,
        "answers": {"overall": 4},
        **changes,
    }
