"""Questions about the tree: above, below, on a day, and what became of whom."""

from datetime import date

import pytest
from sqlalchemy.orm import Session

from survey.domain.enums import SuccessionKind
from survey.models import Organisation
from survey.queries import organisations as organisation_queries
from tests.factories import make_organisation, make_organisation_succession

REFORM = date(2025, 7, 1)


@pytest.fixture
def tree(session: Session) -> dict[str, Organisation]:
    """P over department S and districts D, E; C1 and C2 under D, until the reform makes N of them."""
    p = make_organisation(session, code="P")
    s = make_organisation(session, code="S", kind_code="department", parent_id=p.id)
    end = {"valid_to": date(2025, 6, 30)}
    d = make_organisation(session, code="D", kind_code="district", parent_id=p.id, **end)
    e = make_organisation(session, code="E", kind_code="district", parent_id=p.id)
    c1 = make_organisation(session, code="C1", kind_code="commune", parent_id=d.id, **end)
    c2 = make_organisation(session, code="C2", kind_code="commune", parent_id=d.id, **end)
    n = make_organisation(session, code="N", kind_code="commune", parent_id=p.id, valid_from=REFORM)
    for old in (c1, c2):
        make_organisation_succession(session, predecessor_id=old.id, successor_id=n.id, effective_on=REFORM)
    return {unit.code: unit for unit in (p, s, d, e, c1, c2, n)}


def codes(units: object) -> list[str]:
    return [unit.code for unit in units]  # type: ignore[attr-defined]


def test_ancestors_come_from_the_top_down(session: Session, tree: dict[str, Organisation]) -> None:
    assert codes(organisation_queries.list_ancestors(session, tree["C1"])) == ["P", "D"]
    assert codes(organisation_queries.list_ancestors(session, tree["P"])) == []


def test_children_are_those_directly_below_by_level_then_code(
    session: Session, tree: dict[str, Organisation]
) -> None:
    assert codes(organisation_queries.list_children(session, tree["P"])) == ["S", "D", "E", "N"]
    assert codes(organisation_queries.list_children(session, tree["E"])) == []


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2018, 12, 31), []),
        (date(2019, 1, 1), ["P", "S", "D", "E", "C1", "C2"]),
        (date(2025, 6, 30), ["P", "S", "D", "E", "C1", "C2"]),
        (date(2025, 7, 1), ["P", "S", "E", "N"]),
    ],
)
@pytest.mark.usefixtures("tree")
def test_units_exist_from_their_first_day_to_their_last(
    session: Session, day: date, expected: list[str]
) -> None:
    assert codes(organisation_queries.list_valid_on(session, day)) == expected


@pytest.mark.usefixtures("tree")
def test_tree_puts_every_unit_after_its_parent(session: Session) -> None:
    ids = organisation_queries.all_ids(session)
    rows = organisation_queries.tree_on(session, date(2020, 1, 1), ids=ids)
    assert [(row.organisation.code, row.depth) for row in rows] == [
        ("P", 0),
        ("S", 1),
        ("D", 1),
        ("C1", 2),
        ("C2", 2),
        ("E", 1),
    ]


def test_tree_of_a_subtree_begins_at_its_own_top(session: Session, tree: dict[str, Organisation]) -> None:
    ids = organisation_queries.subtree_ids(session, [tree["D"].id])
    rows = organisation_queries.tree_on(session, date(2020, 1, 1), ids=ids)
    assert [(row.organisation.code, row.depth, len(row.successors)) for row in rows] == [
        ("D", 0, 0),
        ("C1", 1, 1),
        ("C2", 1, 1),
    ]


def test_successors_and_predecessors_are_found_by_unit(
    session: Session, tree: dict[str, Organisation]
) -> None:
    before, after = organisation_queries.successions_of(session, [tree["N"].id, tree["C1"].id])
    assert codes(organisation_queries.list_successors(session, tree["C1"])) == ["N"]
    assert [each.predecessor.code for each in before[tree["N"].id]] == ["C1", "C2"]
    assert [(each.kind, each.effective_on) for each in after[tree["C1"].id]] == [
        (SuccessionKind.MERGE, REFORM)
    ]
    assert after[tree["N"].id] == ()


def test_latest_valid_day_is_today_or_the_last_day_of_what_ended(
    session: Session, tree: dict[str, Organisation]
) -> None:
    today = date(2026, 3, 2)
    everything = organisation_queries.all_ids(session)
    ended = organisation_queries.subtree_ids(session, [tree["D"].id])
    assert [
        organisation_queries.latest_valid_day(session, ids, today=today) for ids in (everything, ended, [])
    ] == [today, date(2025, 6, 30), today]
