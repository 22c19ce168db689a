"""One function per table that makes a plain, valid row; a test states the values it cares about."""

from __future__ import annotations

import itertools
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from survey.domain.enums import CodeSource
from survey.models import Organisation, OrganisationKind, OrganisationLevel

numbers = itertools.count(1)


def make_organisation(session: Session, **values: Any) -> Organisation:
    """A province unless told otherwise; its level and kind come along."""
    number = next(numbers)
    kind_code = values.pop("kind_code", "province")
    if session.get(OrganisationKind, kind_code) is None:
        make_organisation_kind(session, code=kind_code)
    organisation = Organisation(
        **{
            "code": f"U{number}",
            "code_source": CodeSource.OWN,
            "kind_code": kind_code,
            "names": {"vi": f"Đơn vị {number}", "en": f"Unit {number}"},
            "valid_from": date(2019, 1, 1),
            **values,
        }
    )
    session.add(organisation)
    session.flush()
    return organisation


def make_organisation_kind(session: Session, **values: Any) -> OrganisationKind:
    """A kind on a level of its own name."""
    code = values.get("code", "province")
    depths = {"province": 0, "department": 1, "district": 1, "centre": 2, "commune": 2, "ward": 2}
    if session.get(OrganisationLevel, code) is None:
        session.add(OrganisationLevel(code=code, depth=depths.get(code, 1), names={"vi": code, "en": code}))
    kind = OrganisationKind(**{"code": code, "level_code": code, "names": {"vi": code, "en": code}, **values})
    session.add(kind)
    session.flush()
    return kind
