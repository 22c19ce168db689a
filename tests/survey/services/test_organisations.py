"""Loading organisations: the shipped files, and everything that makes a file refused."""

from collections import Counter
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from survey.domain.enums import CodeSource, SuccessionKind
from survey.errors import ImportRefusedError
from survey.models import Organisation, OrganisationSuccession
from survey.queries import organisations as organisation_queries
from survey.services.csv_tables import CsvFile
from survey.services.organisations import Change, LoadReport, check_organisations, load_organisations

SHIPPED = Path(__file__).resolve().parents[3] / "survey" / "data" / "organisations"

KINDS = """entry,code,level,depth,name_vi,name_en
level,province,,0,Cấp tỉnh,Province level
level,district,,1,Cấp huyện,District level
level,commune,,2,Cấp xã,Commune level
kind,province,province,,Tỉnh,Province
kind,district,district,,Huyện,District
kind,commune,commune,,Xã,Commune
"""
HEADER = "code,code_source,kind,parent_code,valid_from,valid_to,name_vi,name_en\n"
TREE = (
    HEADER
    + "P,own,province,,2019-01-01,,Tỉnh,Province\n"
    + "D,own,district,P,2019-01-01,,Huyện,District\n"
    + "C,own,commune,D,2019-01-01,,Xã,Commune\n"
)
SUCCESSION_HEADER = "predecessor_code,successor_code,kind,effective_on\n"


def file(text: str, name: str = "units.csv") -> CsvFile:
    return CsvFile(name, text.encode())


def shipped(name: str) -> CsvFile:
    return CsvFile(name, (SHIPPED / name).read_bytes())


def load(
    session: Session, units: str = TREE, *, kinds: str | None = KINDS, succession: str | None = None
) -> LoadReport:
    return load_organisations(
        session,
        kinds=None if kinds is None else file(kinds, "kinds.csv"),
        organisations=file(units),
        succession=None if succession is None else file(succession, "succession.csv"),
    )


def problems_of(session: Session, units: str = TREE, **files: str | None) -> list[tuple[str, str]]:
    """(place, message) of everything that is wrong; nothing was loaded."""
    before = session.scalar(select(func.count(Organisation.id)))
    with pytest.raises(ImportRefusedError) as refused:
        load(session, units, **files)
    assert session.scalar(select(func.count(Organisation.id))) == before
    return [
        (f"{problem.file}:{problem.line} {problem.column}", problem.message)
        for problem in refused.value.problems
    ]


@pytest.fixture
def bac_lieu(session: Session) -> LoadReport:
    return load_organisations(session, kinds=shipped("kinds.csv"), organisations=shipped("bac-lieu-2020.csv"))


@pytest.mark.usefixtures("bac_lieu")
def test_bac_lieu_of_2020_has_88_units_of_their_kinds(session: Session) -> None:
    kinds = Counter(unit.kind_code for unit in organisation_queries.organisations_by_code(session).values())
    assert kinds == {
        "province": 1,
        "department": 16,
        "city": 1,
        "town": 1,
        "district": 5,
        "commune": 49,
        "ward": 10,
        "township": 5,
    }


@pytest.mark.usefixtures("bac_lieu")
def test_statistical_codes_are_those_of_districts_and_communes(session: Session) -> None:
    units = organisation_queries.organisations_by_code(session).values()
    by_source = {
        source: {unit.kind.level_code for unit in units if unit.code_source is source}
        for source in CodeSource
    }
    count = sum(unit.code_source is CodeSource.STATISTICS_OFFICE for unit in units)
    assert (by_source, count) == (
        {CodeSource.STATISTICS_OFFICE: {"district", "commune"}, CodeSource.OWN: {"province", "department"}},
        71,
    )


@pytest.mark.usefixtures("bac_lieu")
def test_communes_of_every_district_are_as_many_as_the_statistics_office_counts(session: Session) -> None:
    units = organisation_queries.organisations_by_code(session).values()
    communes = Counter(
        unit.parent.names["vi"] for unit in units if unit.parent and unit.kind.level_code == "commune"
    )
    assert communes == {
        "Thành phố Bạc Liêu": 10,
        "Huyện Hồng Dân": 9,
        "Huyện Phước Long": 8,
        "Huyện Vĩnh Lợi": 8,
        "Thị xã Giá Rai": 10,
        "Huyện Đông Hải": 11,
        "Huyện Hòa Bình": 8,
    }


@pytest.mark.usefixtures("bac_lieu")
def test_two_wards_of_one_name_are_two_units(session: Session) -> None:
    units = organisation_queries.organisations_by_code(session).values()
    assert {
        unit.code: unit.parent.code for unit in units if unit.parent and unit.names["vi"] == "Phường 1"
    } == {
        "31825": "954",
        "31942": "959",
    }


@pytest.mark.usefixtures("bac_lieu")
def test_service_centre_stands_under_the_office_and_is_not_one_of_the_88(session: Session) -> None:
    load_organisations(session, organisations=shipped("bac-lieu-2020-centre.csv"))
    centre = organisation_queries.get_organisation(session, "BL-TTPVHCC")
    assert centre.parent is not None
    assert (centre.parent.code, centre.kind_code, len(organisation_queries.all_ids(session))) == (
        "BL-VPUBND",
        "centre",
        89,
    )


@pytest.mark.usefixtures("bac_lieu")
def test_reform_of_2025_ends_every_old_unit_and_records_the_known_successions(session: Session) -> None:
    load_organisations(session, organisations=shipped("bac-lieu-2020-centre.csv"))
    report = load_organisations(
        session,
        organisations=shipped("bac-lieu-2025.csv"),
        succession=shipped("bac-lieu-2025-succession.csv"),
    )
    ended = session.scalar(
        select(func.count(Organisation.id)).where(Organisation.valid_to == date(2025, 6, 30))
    )
    assert (len(report.created), len(report.changed), ended) == (14 + 37, 89, 89)
    assert check_organisations(session) == []


@pytest.mark.usefixtures("bac_lieu")
def test_new_phong_thanh_does_not_contain_the_old_one(session: Session) -> None:
    load_organisations(session, organisations=shipped("bac-lieu-2020-centre.csv"))
    load_organisations(
        session,
        organisations=shipped("bac-lieu-2025.csv"),
        succession=shipped("bac-lieu-2025-succession.csv"),
    )
    old = organisation_queries.get_organisation(session, "31960")
    new = organisation_queries.get_organisation(session, "CM-06")
    became = organisation_queries.list_successors(session, old)
    before = organisation_queries.successions_of(session, [new.id])[0][new.id]
    assert (old.names["vi"], [unit.names["vi"] for unit in became]) == ("Xã Phong Thạnh", ["Phường Giá Rai"])
    assert (new.names["vi"], [each.predecessor.names["vi"] for each in before]) == (
        "Xã Phong Thạnh",
        ["Xã Tân Phong", "Xã Phong Thạnh Tây", "Xã Tân Thạnh"],
    )


def test_same_files_again_change_nothing(session: Session, bac_lieu: LoadReport) -> None:
    again = load_organisations(
        session, kinds=shipped("kinds.csv"), organisations=shipped("bac-lieu-2020.csv")
    )
    assert (len(bac_lieu.created), again) == (
        5 + 9 + 88,
        LoadReport(created=(), changed=(), unchanged_count=102),
    )


def test_children_may_stand_before_their_parents(session: Session) -> None:
    lines = TREE.splitlines()
    load(session, "\n".join([lines[0], *reversed(lines[1:])]))
    assert [
        unit.code
        for unit in organisation_queries.list_ancestors(
            session, organisation_queries.get_organisation(session, "C")
        )
    ] == ["P", "D"]


def test_changed_names_and_dates_are_taken_and_told(session: Session) -> None:
    load(session)
    changed = TREE.replace("C,own,commune,D,2019-01-01,,Xã,", "C,own,commune,D,2019-01-01,2025-06-30,Xã Mới,")
    report = load(session, changed, kinds=None)
    assert report == LoadReport(
        created=(),
        changed=(Change("C", "names: Xã / Commune → Xã Mới / Commune; valid_to: – → 2025-06-30"),),
        unchanged_count=2,
    )
    unit = organisation_queries.get_organisation(session, "C")
    assert (unit.names["vi"], unit.valid_to) == ("Xã Mới", date(2025, 6, 30))


def test_stored_unit_keeps_parent_kind_and_code_source(session: Session) -> None:
    load(session)
    changed = HEADER + "C,statistics_office,district,P,2019-01-01,,Xã,Commune\n"
    assert problems_of(session, changed, kinds=None) == [
        ("units.csv:2 parent_code", "C is stored with D here; a unit that moved gets a new code."),
        ("units.csv:2 kind", "C is stored with commune here; a unit that moved gets a new code."),
        ("units.csv:2 code_source", "C is stored with own here; a unit that moved gets a new code."),
    ]


def test_every_problem_of_every_file_is_told_at_once(session: Session) -> None:
    kinds = KINDS + "kind,island,sea,,Đảo,Island\nlevel,province,,x,,Province level\n"
    units = (
        HEADER
        + "P,own,province,,2019-01-01,,Tỉnh,Province\n"
        + "P,own,province,,2019-01-01,,Tỉnh,Province\n"
        + "D,bank,castle,Q,2019-13-01,,  ,District\n"
        + "C,own,castle,Q,2019-01-01,2018-01-01,Xã,Commune\n"
    )
    succession = SUCCESSION_HEADER + "P,Z,fusion,2025-07-01\n"
    assert problems_of(session, units, kinds=kinds, succession=succession) == [
        ("kinds.csv:9 name_vi", "This cell is empty; please fill it in."),
        ("kinds.csv:9 depth", "x is not a whole number in plain digits, such as 1250."),
        ("kinds.csv:9 code", "The code province stands in the file more than once."),
        ("kinds.csv:8 level", "No level has the code sea."),
        ("units.csv:3 code", "The code P stands in the file more than once."),
        ("units.csv:4 code_source", "bank is not known here; use one of: statistics_office, own."),
        (
            "units.csv:4 valid_from",
            "2019-13-01 is not a date that exists; write it as 2025-07-01 or 01/07/2025.",
        ),
        ("units.csv:4 name_vi", "This cell is empty; please fill it in."),
        ("units.csv:5 kind", "No kind has the code castle."),
        ("units.csv:5 parent_code", "No organisation has the code Q."),
        ("units.csv:5 valid_to", "The last day lies before the first (valid_from)."),
        ("succession.csv:2 kind", "fusion is not known here; use one of: merge, split, rename."),
    ]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (
            "A,own,district,B,2019-01-01,,a,a\nB,own,district,A,2019-01-01,,b,b\n",
            [
                ("units.csv:2 parent_code", "A is above itself in the tree."),
                ("units.csv:3 parent_code", "B is above itself in the tree."),
            ],
        ),
        (
            "A,own,district,A,2019-01-01,,a,a\nC,own,commune,A,2019-01-01,,c,c\n",
            [("units.csv:2 parent_code", "A is above itself in the tree.")],
        ),
        (
            "A,own,district,,2019-01-01,,a,a\n",
            [("units.csv:2 parent_code", "A unit of this level needs a parent.")],
        ),
        (
            "P,own,province,,2019-01-01,,p,p\nC,own,commune,P,2019-01-01,,c,c\n"
            "D,own,district,C,2019-01-01,,d,d\nE,own,district,D,2019-01-01,,e,e\n",
            [
                ("units.csv:4 parent_code", "C (commune) does not stand above a unit of kind district."),
                ("units.csv:5 parent_code", "D (district) does not stand above a unit of kind district."),
            ],
        ),
        (
            "P,own,province,,2019-01-01,2025-06-30,p,p\nA,own,district,P,2018-01-01,,a,a\n",
            [
                (
                    "units.csv:3 valid_from",
                    "The unit begins before its parent P, which exists from 2019-01-01.",
                ),
                (
                    "units.csv:3 valid_to",
                    "The unit goes on after its parent P, whose last day is 2025-06-30.",
                ),
            ],
        ),
    ],
    ids=["cycle", "own parent", "no parent", "levels", "outliving the parent"],
)
def test_tree_that_makes_no_sense_is_refused(
    session: Session, rows: str, expected: list[tuple[str, str]]
) -> None:
    assert problems_of(session, HEADER + rows) == expected


def test_closing_a_parent_alone_tells_which_stored_unit_would_outlive_it(session: Session) -> None:
    load(session)
    closed = HEADER + "D,own,district,P,2019-01-01,2025-06-30,Huyện,District\n"
    assert problems_of(session, closed, kinds=None) == [
        ("C:None valid_to", "The unit goes on after its parent D, whose last day is 2025-06-30.")
    ]


NEW = (
    HEADER
    + "P,own,province,,2019-01-01,,Tỉnh,Province\n"
    + "A,own,district,P,2019-01-01,2025-06-30,a,a\n"
    + "B,own,district,P,2019-01-01,,b,b\n"
    + "N,own,district,P,2025-07-01,,n,n\n"
    + "M,own,district,P,2025-07-01,,m,m\n"
)


def test_succession_is_matched_by_its_codes_and_its_day_may_be_corrected(session: Session) -> None:
    rows = "A,N,split,2025-07-01\nA,M,split,2025-07-01\nB,M,split,2025-07-01\n"
    load(session, NEW, succession=SUCCESSION_HEADER + rows)
    corrected = rows.replace("B,M,split,2025-07-01", "B,M,split,2025-08-01")
    again = load(session, NEW, kinds=None, succession=SUCCESSION_HEADER + corrected)
    assert again == LoadReport(
        created=(), changed=(Change("B → M", "effective_on: 2025-07-01 → 2025-08-01"),), unchanged_count=7
    )
    assert list(session.scalars(select(OrganisationSuccession.kind))) == [SuccessionKind.SPLIT] * 3


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (
            "A,A,rename,2025-07-01\n",
            [("2 successor_code", "A unit cannot be its own successor; give it a new code.")],
        ),
        (
            "A,N,merge,2025-07-01\nA,M,merge,2025-07-01\n",
            [
                ("2 kind", "A has several successors; a unit that was divided is a split."),
                ("3 kind", "A has several successors; a unit that was divided is a split."),
            ],
        ),
        (
            "B,N,merge,2025-07-01\n",
            [("2 effective_on", "B must have 2025-06-30 as its last day, the eve of this change.")],
        ),
        ("B,N,split,2025-06-01\n", [("2 effective_on", "N does not exist on 2025-06-01.")]),
        ("A,N,split,2026-01-01\n", [("2 effective_on", "A does not exist on 2025-12-31.")]),
        ("A,Z,merge,2025-07-01\n", [("2 successor_code", "No organisation has the code Z.")]),
        (
            "A,N,merge,2025-07-01\nA,N,merge,2025-07-01\n",
            [("3 successor_code", "This pair already stands in line 2.")],
        ),
    ],
    ids=["itself", "two merges", "not ended", "too early", "too late", "unknown", "twice"],
)
def test_succession_that_makes_no_sense_is_refused(
    session: Session, rows: str, expected: list[tuple[str, str]]
) -> None:
    found = problems_of(session, NEW, succession=SUCCESSION_HEADER + rows)
    assert found == [(f"succession.csv:{place}", message) for place, message in expected]


def test_sentences_come_in_the_language_of_the_caller(session: Session) -> None:
    with pytest.raises(ImportRefusedError) as refused:
        load_organisations(
            session,
            organisations=file("code\n"),
            gettext=lambda message, /, **values: f"<{message % values if values else message}>",
        )
    assert {problem.message for problem in refused.value.problems} == {
        "<This column is missing; please add it to the header.>"
    }


def test_check_finds_what_was_broken_past_the_loader(session: Session) -> None:
    load(session)
    organisation_queries.get_organisation(session, "D").valid_to = date(2020, 1, 1)
    session.flush()
    assert [str(problem) for problem in check_organisations(session)] == [
        "C, valid_to: The unit goes on after its parent D, whose last day is 2020-01-01."
    ]
