"""The tree of organisations."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session, aliased, contains_eager, joinedload

from survey.domain.wording import N_
from survey.errors import NotFoundError
from survey.models import Organisation, OrganisationKind, OrganisationLevel, OrganisationSuccession


def subtree_ids(session: Session, roots: Collection[int]) -> frozenset[int]:
    """Ids of these units and of everything below them, whatever their validity."""
    if not roots:
        return frozenset()
    tree = select(Organisation.id).where(Organisation.id.in_(roots)).cte("subtree", recursive=True)
    tree = tree.union(select(Organisation.id).join(tree, Organisation.parent_id == tree.c.id))
    return frozenset(session.scalars(select(tree.c.id)))


def get_organisation(session: Session, code: str) -> Organisation:
    """The organisation with this code; raises NotFoundError."""
    organisation = find_organisation(session, code)
    if organisation is None:
        raise NotFoundError(N_("No organisation has the code %(code)s."), code=code)
    return organisation


def find_organisation(session: Session, code: str) -> Organisation | None:
    """The organisation with this code, if there is one."""
    return session.scalar(select(Organisation).where(Organisation.code == code))


def all_ids(session: Session) -> frozenset[int]:
    """Ids of every organisation."""
    return frozenset(session.scalars(select(Organisation.id)))


def list_organisations(session: Session, ids: Collection[int]) -> Sequence[Organisation]:
    """These organisations by level, then code."""
    return session.scalars(_in_order().where(Organisation.id.in_(ids))).all()


def organisations_by_code(session: Session) -> dict[str, Organisation]:
    """Every organisation, with its kind, by code."""
    rows = session.scalars(
        select(Organisation)
        .options(joinedload(Organisation.kind).joinedload(OrganisationKind.level))
        .order_by(Organisation.code)
    )
    return {organisation.code: organisation for organisation in rows}


def levels_by_code(session: Session) -> dict[str, OrganisationLevel]:
    """Every level by code."""
    rows = session.scalars(
        select(OrganisationLevel).order_by(OrganisationLevel.depth, OrganisationLevel.code)
    )
    return {level.code: level for level in rows}


def kinds_by_code(session: Session) -> dict[str, OrganisationKind]:
    """Every kind by code."""
    rows = session.scalars(select(OrganisationKind).order_by(OrganisationKind.code))
    return {kind.code: kind for kind in rows}


def list_children(session: Session, organisation: Organisation) -> Sequence[Organisation]:
    """The units directly below, whatever their validity, in the order of `list_organisations`."""
    return session.scalars(_in_order().where(Organisation.parent_id == organisation.id)).all()


def list_ancestors(session: Session, organisation: Organisation) -> list[Organisation]:
    """The units above, from the top down to the parent."""
    path = select(Organisation.id, Organisation.parent_id).where(Organisation.id == organisation.id)
    path_rows = path.cte("path", recursive=True)
    path_rows = path_rows.union(
        select(Organisation.id, Organisation.parent_id).join(
            path_rows, Organisation.id == path_rows.c.parent_id
        )
    )
    above = select(path_rows.c.id).where(path_rows.c.id != organisation.id)
    # A parent's level is always above its child's, so depth alone puts the path in order.
    return list(session.scalars(_in_order().where(Organisation.id.in_(above))))


def list_valid_on(
    session: Session, day: date, *, ids: Collection[int] | None = None
) -> Sequence[Organisation]:
    """The units that exist on this day (of these ids, when given), in the order of `list_organisations`."""
    units = _in_order().where(
        Organisation.valid_from <= day, or_(Organisation.valid_to.is_(None), Organisation.valid_to >= day)
    )
    return session.scalars(units if ids is None else units.where(Organisation.id.in_(ids))).all()


def latest_valid_day(session: Session, ids: Collection[int], *, today: date) -> date:
    """Today when one of the units exists today, else the last day before on which one did, else today."""
    if list_valid_on(session, today, ids=ids):
        return today
    last = session.scalar(
        select(func.max(Organisation.valid_to)).where(Organisation.id.in_(ids), Organisation.valid_to < today)
    )
    return last or today


@dataclass(frozen=True)
class TreeRow:
    """A unit in the tree of a day: how deep it stands below the first shown, and what became of whom."""

    organisation: Organisation
    depth: int
    predecessors: tuple[OrganisationSuccession, ...]
    successors: tuple[OrganisationSuccession, ...]


def tree_on(session: Session, day: date, *, ids: Collection[int]) -> list[TreeRow]:
    """The units of these ids that exist on this day, every parent directly before what stands below it."""
    units = list_valid_on(session, day, ids=ids)
    shown = {unit.id for unit in units}
    below: dict[int | None, list[Organisation]] = defaultdict(list)
    for unit in units:
        below[unit.parent_id if unit.parent_id in shown else None].append(unit)
    before, after = successions_of(session, shown)
    rows: list[TreeRow] = []
    waiting = [(unit, 0) for unit in reversed(below[None])]
    while waiting:
        unit, depth = waiting.pop()
        rows.append(
            TreeRow(organisation=unit, depth=depth, predecessors=before[unit.id], successors=after[unit.id])
        )
        waiting += [(child, depth + 1) for child in reversed(below[unit.id])]
    return rows


Successions = Mapping[int, tuple[OrganisationSuccession, ...]]


def successions_of(session: Session, ids: Collection[int]) -> tuple[Successions, Successions]:
    """What the units came from, what they became: unit id → successions by date and code; () without any."""
    before: dict[int, tuple[OrganisationSuccession, ...]] = dict.fromkeys(ids, ())
    after: dict[int, tuple[OrganisationSuccession, ...]] = dict.fromkeys(ids, ())
    for succession in list_successions(session):
        if succession.successor_id in before:
            before[succession.successor_id] += (succession,)
        if succession.predecessor_id in after:
            after[succession.predecessor_id] += (succession,)
    return before, after


def list_successions(session: Session) -> Sequence[OrganisationSuccession]:
    """All successions with both units, by date, then the codes of successor and predecessor."""
    predecessor, successor = aliased(Organisation), aliased(Organisation)
    return session.scalars(
        select(OrganisationSuccession)
        .join(OrganisationSuccession.predecessor.of_type(predecessor))
        .join(OrganisationSuccession.successor.of_type(successor))
        .options(
            contains_eager(OrganisationSuccession.predecessor.of_type(predecessor)),
            contains_eager(OrganisationSuccession.successor.of_type(successor)),
        )
        .order_by(OrganisationSuccession.effective_on, successor.code, predecessor.code)
    ).all()


def list_successors(session: Session, organisation: Organisation) -> list[Organisation]:
    """What a unit directly became, by date and code."""
    after = successions_of(session, [organisation.id])[1][organisation.id]
    return [succession.successor for succession in after]


def _in_order() -> Select[Organisation]:
    """Organisations with kind, level and parent at hand: by level, then code."""
    return (
        select(Organisation)
        .join(Organisation.kind)
        .join(OrganisationKind.level)
        .options(
            contains_eager(Organisation.kind).contains_eager(OrganisationKind.level),
            joinedload(Organisation.parent),
        )
        .order_by(OrganisationLevel.depth, OrganisationLevel.code, Organisation.code)
    )
