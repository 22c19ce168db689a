"""Criteria sets: which there are, and the definition that scores by one."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from functools import lru_cache

from sqlalchemy import select
from sqlalchemy.orm import Session

from analysis.index.definition import CriteriaSet as Definition
from analysis.index.reading import criteria_set_from_table
from survey.models import CriteriaSet


def find_criteria_set(session: Session, code: str, *, version: int) -> CriteriaSet | None:
    """The set of this code and version, if it was loaded."""
    return session.scalar(select(CriteriaSet).where(CriteriaSet.code == code, CriteriaSet.version == version))


def list_criteria_sets(session: Session) -> Sequence[CriteriaSet]:
    """All sets by year, code and version."""
    return session.scalars(
        select(CriteriaSet).order_by(CriteriaSet.index_year, CriteriaSet.code, CriteriaSet.version)
    ).all()


def definition_of(criteria_set: CriteriaSet) -> Definition:
    """The frozen definition of a stored set."""
    return _definition(criteria_set.content)


@lru_cache(maxsize=32)
def _definition(content: str) -> Definition:
    return criteria_set_from_table(csv.reader(io.StringIO(content, newline="")))
