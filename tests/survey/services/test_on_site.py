"""Results of a quarter: units, centres, officers, withheld ratings and the 2022 group, worked out by hand."""

from collections.abc import Callable
from datetime import UTC, datetime
from fractions import Fraction

import pytest
from sqlalchemy.orm import Session

from survey.domain.enums import CitizenRating
from survey.domain.quarters import Quarter
from survey.models import Organisation
from survey.services import on_site, on_site_definitions
from survey.services.on_site_proxy import ProxyGap, proxy_result
from tests.factories import make_on_site_statement, make_organisation, make_served_dossier, make_service_point

QUARTER = Quarter(2026, 1)


@pytest.fixture
def units(session: Session) -> dict[str, Organisation]:
    province = make_organisation(session, code="BL")
    found = {
        code: make_organisation(session, code=code, kind_code="department", parent_id=province.id)
        for code in ("STP", "SXD")
    }
    found["CENTRE"] = make_organisation(session, code="CENTRE", kind_code="centre", parent_id=province.id)
    return found


@pytest.fixture
def state(session: Session) -> Callable[..., None]:
    def record(unit: Organisation, **values: int) -> None:
        for measure, value in values.items():
            make_on_site_statement(
                session, organisation_id=unit.id, measure=measure.replace("_", "-"), value=value
            )

    return record


def test_a_quarter_ranks_units_and_leaves_out_whoever_lacks_an_index(
    session: Session, units: dict[str, Organisation], state: Callable[..., None]
) -> None:
    point = make_service_point(session, organisation=units["STP"], centre_id=units["CENTRE"].id)
    make_served_dossier(session, organisation_id=units["STP"].id, service_point_id=point.id)
    make_served_dossier(session, organisation_id=units["STP"].id, service_point_id=point.id, contact_count=1)
    make_served_dossier(session, organisation_id=units["SXD"].id)
    state(units["STP"], index_5_self=2, index_8_self=2, index_9_self=2, index_9_appraised=1)
    report = on_site.quarter_report(session, QUARTER)
    told = [(one.unit.code, one.dossier_count, one.total, one.class_code, one.rank) for one in report.units]
    assert told == [
        ("STP", 2, Fraction(33, 2), "excellent", 1),  # 2 + 2 + 1.5 + 2 + 2 + 2 of dossiers, 2 + 2 + 1 stated
        ("SXD", 1, None, None, None),
    ]
    assert report.unit("SXD").missing_indices == [5, 8, 9]
    assert [(one.unit.code, one.dossier_count) for one in report.centres] == [("CENTRE", 2)]
    assert [one.unit.code for one in report.limited_to({units["SXD"].id}).units] == ["SXD"]


def test_only_dossiers_returned_in_the_quarter_count_and_only_their_newest_version(
    session: Session, units: dict[str, Organisation]
) -> None:
    unit = units["STP"].id
    make_served_dossier(session, organisation_id=unit, code="A", version=1, contact_count=5)
    make_served_dossier(session, organisation_id=unit, code="A", version=2, contact_count=0)
    make_served_dossier(session, organisation_id=unit, code="B", returned_at=None)
    make_served_dossier(session, organisation_id=unit, code="C", returned_at=QUARTER.bounds[1])
    lines = on_site.dossier_lines(session, QUARTER, organisation_id=unit)
    assert [(line.code, line.version, line.points[3]) for line in lines] == [("A", 2, 2)]


def test_officers_are_scored_apart_and_dossiers_of_nobody_stay_out(
    session: Session, units: dict[str, Organisation]
) -> None:
    unit = units["STP"].id
    make_served_dossier(session, organisation_id=unit, officer_code="CB1")
    make_served_dossier(session, organisation_id=unit, officer_code="CB1", contact_count=1)
    make_served_dossier(session, organisation_id=unit, officer_code="CB2", agency_times=[])
    make_served_dossier(session, organisation_id=unit, officer_code=None)
    found = on_site.officer_results(session, QUARTER, organisation_id=unit)
    told = [(one.officer_code, one.dossier_count, one.score, one.class_code) for one in found]
    assert told == [("CB1", 2, Fraction(19, 2), "full"), ("CB2", 1, None, None)]


@pytest.mark.parametrize(("count", "is_withheld"), [(0, False), (4, True), (5, False)])
def test_fewer_than_five_ratings_are_shown_to_nobody(
    session: Session, units: dict[str, Organisation], count: int, is_withheld: bool
) -> None:
    for _place in range(count):
        make_served_dossier(session, organisation_id=units["STP"].id, citizen_rating=CitizenRating.SATISFIED)
    make_served_dossier(session, organisation_id=units["STP"].id)
    ratings = on_site.quarter_report(session, QUARTER).unit("STP").ratings
    assert (ratings.is_withheld, ratings.shares is None) == (is_withheld, count < 5)


def test_the_2022_group_adds_up_or_says_what_is_missing(
    session: Session, units: dict[str, Organisation], state: Callable[..., None]
) -> None:
    unit = units["STP"]
    for place in range(100):
        late = {"returned_at": datetime(2026, 3, 30, tzinfo=UTC)} if place < 5 else {}
        bad = CitizenRating.DISSATISFIED if place >= 86 else CitizenRating.SATISFIED
        make_served_dossier(session, organisation_id=unit.id, citizen_rating=bad, **late)
    group = proxy_result(session, QUARTER, organisation_id=unit.id)
    assert [one.gap for one in group.indicators] == [ProxyGap.NOT_STATED] * 3 + [None]
    # 1 − 5/100 − 14/100 = 81 %: 5.40 of 6, the oracle of the domain file
    assert (group.indicators[3].rate, group.indicators[3].points) == (Fraction(81, 100), Fraction(27, 5))
    assert group.points is None
    state(unit, feedback_received=20, feedback_classified=20, feedback_on_time=9, feedback_unsatisfactory=1)
    group = proxy_result(session, QUARTER, organisation_id=unit.id)
    points = [one.points for one in group.indicators]
    assert points == [5, Fraction(5, 2), 2, Fraction(27, 5)]
    assert (group.points, group.max_points) == (Fraction(149, 10), 18)


@pytest.mark.parametrize(
    ("stated", "gap"),
    [
        ({"feedback_received": 0}, ProxyGap.NOTHING_RECEIVED),
        ({"feedback_received": 3, "feedback_classified": 4}, ProxyGap.CONTRADICTORY),
    ],
)
def test_statements_that_give_no_rate_say_why(
    session: Session,
    units: dict[str, Organisation],
    state: Callable[..., None],
    stated: dict[str, int],
    gap: ProxyGap,
) -> None:
    state(units["STP"], **stated)
    group = proxy_result(session, QUARTER, organisation_id=units["STP"].id)
    assert (group.indicators[0].gap, group.indicators[3].gap) == (gap, ProxyGap.NO_DOSSIERS)


def test_too_few_ratings_withhold_the_rate_they_would_give_away(
    session: Session, units: dict[str, Organisation]
) -> None:
    make_served_dossier(session, organisation_id=units["STP"].id, citizen_rating=CitizenRating.DISSATISFIED)
    group = proxy_result(session, QUARTER, organisation_id=units["STP"].id)
    assert group.indicators[3].gap is ProxyGap.TOO_FEW_RATINGS


def test_definitions_carry_their_hashes_and_are_not_verified() -> None:
    scheme, proxy = on_site_definitions.scheme_definition(), on_site_definitions.proxy_definition()
    assert (scheme.provenance.is_verified, proxy.provenance.is_verified) == (False, False)
    assert sorted(scheme.texts) == list(range(1, 10))
    assert sum(one.max_points for one in proxy.indicators) == 18
    assert scheme.provenance.content_hash == on_site_definitions.file_hash(on_site_definitions.SCHEME)


def test_a_changed_definition_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    for file in on_site_definitions.FOLDER.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    changed = tmp_path / f"{on_site_definitions.SCHEME}.yaml"
    changed.write_text(changed.read_text(encoding="utf-8").replace('"15"', '"14"'), encoding="utf-8")
    monkeypatch.setattr(on_site_definitions, "FOLDER", tmp_path)
    with pytest.raises(on_site_definitions.ChangedDefinitionError):
        on_site_definitions.scheme_definition.__wrapped__()
