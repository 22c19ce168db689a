"""Recording when counters are open."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from sqlalchemy.orm import Session

from survey.domain.opening import Week
from survey.models import Account, ClosedDay, OpeningHours, ServicePoint


def set_week(
    session: Session,
    points: Iterable[ServicePoint],
    *,
    week: Week,
    valid_from: date,
    account: Account | None,
    now: datetime,
) -> None:
    """Let these hours hold at the counters from a day on; what was recorded before stays as it was."""
    for point in points:
        session.add(
            OpeningHours(
                service_point_id=point.id,
                valid_from=valid_from,
                week={day: [list(stretch) for stretch in stretches] for day, stretches in week.items()},
                recorded_at=now,
                recorded_by_id=None if account is None else account.id,
            )
        )
    session.flush()


def close_day(
    session: Session,
    points: Iterable[ServicePoint],
    *,
    day: date,
    reason: str,
    account: Account | None,
    now: datetime,
) -> None:
    """The counters are closed on this day."""
    _record(session, points, day=day, reason=reason, is_closed=True, account=account, now=now)


def open_day(
    session: Session, points: Iterable[ServicePoint], *, day: date, account: Account | None, now: datetime
) -> None:
    """The counters are open on this day after all, by their week."""
    _record(session, points, day=day, reason="", is_closed=False, account=account, now=now)


def _record(
    session: Session,
    points: Iterable[ServicePoint],
    *,
    day: date,
    reason: str,
    is_closed: bool,
    account: Account | None,
    now: datetime,
) -> None:
    for point in points:
        session.add(
            ClosedDay(
                service_point_id=point.id,
                day=day,
                reason=reason,
                is_closed=is_closed,
                recorded_at=now,
                recorded_by_id=None if account is None else account.id,
            )
        )
    session.flush()
