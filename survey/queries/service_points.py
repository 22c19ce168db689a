"""Counters: found by their code, by the code in their address, or listed by centre."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.orm import Session, contains_eager, joinedload

from survey.domain.public_codes import typed_public_code
from survey.domain.wording import N_
from survey.errors import NotFoundError
from survey.models import Organisation, ServicePoint


@dataclass(frozen=True)
class CentrePoints:
    """A centre and its counters."""

    centre: Organisation
    points: tuple[ServicePoint, ...]


def service_point_by_public_code(session: Session, public_code: str) -> ServicePoint:
    """The counter that an address names, whatever its validity; raises NotFoundError."""
    point = session.scalar(_points().where(ServicePoint.public_code == typed_public_code(public_code)))
    if point is None:
        raise NotFoundError(N_("No service point has the address code %(code)s."), code=public_code)
    return point


def service_points_by_code(session: Session) -> dict[str, ServicePoint]:
    """Every counter by code."""
    return {point.code: point for point in session.scalars(_points().order_by(ServicePoint.code))}


def find_service_point(
    session: Session, code: str, *, organisation_ids: Collection[int]
) -> ServicePoint | None:
    """The counter with this code, if its centre or organisation is among these."""
    return session.scalar(_points().where(ServicePoint.code == code, _within(organisation_ids)))


def list_by_centre(session: Session, *, organisation_ids: Collection[int]) -> list[CentrePoints]:
    """The counters whose centre or organisation is among these, by codes of centre and counter."""
    points = session.scalars(
        _points().where(_within(organisation_ids)).order_by(Organisation.code, ServicePoint.code)
    )
    return [
        CentrePoints(centre=centre, points=tuple(group))
        for centre, group in groupby(points, key=lambda point: point.centre)
    ]


def open_points_of_centre(
    session: Session, centre_code: str, *, day: date, organisation_ids: Collection[int]
) -> list[ServicePoint]:
    """The centre's counters among these organisations that are not closed before the day, by code.

    Raises NotFoundError when none of its counters, open or closed, is among them.
    """
    for group in list_by_centre(session, organisation_ids=organisation_ids):
        if group.centre.code == centre_code:
            return [point for point in group.points if point.valid_to is None or point.valid_to >= day]
    raise NotFoundError(N_("No centre of yours with service points has the code %(code)s."), code=centre_code)


def _within(organisation_ids: Collection[int]) -> ColumnElement[bool]:
    return or_(
        ServicePoint.centre_id.in_(organisation_ids), ServicePoint.organisation_id.in_(organisation_ids)
    )


def _points() -> Select[ServicePoint]:
    """Counters with centre, organisation and round at hand."""
    return (
        select(ServicePoint)
        .join(ServicePoint.centre)
        .options(
            contains_eager(ServicePoint.centre),
            joinedload(ServicePoint.organisation),
            joinedload(ServicePoint.round),
        )
    )
