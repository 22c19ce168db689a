"""flask criteria: a set is loaded whole or not at all, and never edited."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import func, select

from survey.models import CriteriaNode, CriteriaSet
from survey.queries.criteria import definition_of, find_criteria_set
from tests.support.index_rounds import GOLDEN, succeed

DEMO = Path(__file__).resolve().parents[3] / "survey" / "data" / "criteria" / "bl-huyen-2020-demo.csv"
SET = """#code,TOWN-2024
#version,1
#year,2024
#unit_kind,town
#name_vi,Bộ thử
#name_en,Trial set
#total_points,10
code,level,name_vi,name_en,max_points,kind,formula,parameters,questions,not_applicable,evidence,note
1,area,Một,One,10,,,,,,,
1.1,criterion,Một một,One one,10,,,,,,,
1.1.1,sub_criterion,Kế hoạch,Plan,4,SELF,YESNO,,,never,,
1.1.2,sub_criterion,Tỷ lệ,Share,6,SELF,RATIO,,,never,,
"""


@pytest.fixture
def set_file(tmp_path):
    path = tmp_path / "town.csv"
    path.write_text(SET, encoding="utf-8")
    return path


def count_of(session, model):
    return session.scalar(select(func.count()).select_from(model))


def test_the_demonstration_set_is_stored_with_its_source_note_and_marked_as_not_official(runner, session):
    output = succeed(runner, "criteria", "load", str(DEMO))
    assert output == (
        "BL-HUYEN-2020-DEMO version 1, index of 2020 (not official)\n"
        "8 areas, 40 criteria, 46 sub-criteria, 100 points\nLoaded.\n"
    )
    stored = find_criteria_set(session, "BL-HUYEN-2020-DEMO", version=1)
    assert stored.is_official is False
    assert stored.source_notes["vi"].split(".")[1].strip() == (
        "Không phải bộ chỉ số chính thức của tỉnh; tên lĩnh vực theo thông lệ 2018–2020, các mục trong danh"
        " mục kiểm tra là tự đặt"
    )
    assert [node.code for node in stored.nodes][:4] == ["1", "1.1", "1.1.1", "1.1.2"]
    assert [node.level for node in stored.nodes][:3] == ["area", "criterion", "sub_criterion"]
    leaf = next(node for node in stored.nodes if node.code == "3.4.1")
    assert (leaf.max_points, leaf.kind, leaf.formula) == (Decimal(4), "SELF", "RATIO_FLOOR")
    assert definition_of(stored).leaf("3.4.1").max_points == Decimal(4)


def test_the_same_set_again_changes_nothing(runner, session, set_file):
    succeed(runner, "criteria", "load", str(set_file))
    assert succeed(runner, "criteria", "load", str(set_file)).splitlines()[-1] == (
        "It was loaded before; nothing changed."
    )
    assert (count_of(session, CriteriaSet), count_of(session, CriteriaNode)) == (1, 4)


def test_the_same_cells_saved_by_another_spreadsheet_are_the_same_set(runner, session, set_file):
    succeed(runner, "criteria", "load", str(set_file))
    set_file.write_text("\ufeff" + SET.replace(",", ";").replace("\n", "\r\n"), encoding="utf-8", newline="")
    assert succeed(runner, "criteria", "load", str(set_file)).splitlines()[-1] == (
        "It was loaded before; nothing changed."
    )
    assert count_of(session, CriteriaSet) == 1


def test_other_content_under_the_same_version_is_refused(runner, session, set_file):
    succeed(runner, "criteria", "load", str(set_file))
    set_file.write_text(SET.replace("Kế hoạch", "Kế hoạch năm"), encoding="utf-8")
    result = runner.invoke(args=["criteria", "load", str(set_file)])
    assert result.exit_code == 1
    assert result.output == (
        "Error: town.csv, version: TOWN-2024 version 1 was loaded before with other content and is never"
        " edited. Give the changed set version 2.\n"
    )
    assert count_of(session, CriteriaSet) == 1


def test_the_next_version_stands_beside_the_first(runner, session, set_file):
    succeed(runner, "criteria", "load", str(set_file))
    set_file.write_text(SET.replace("#version,1", "#version,2").replace("Share", "Rate"), encoding="utf-8")
    succeed(runner, "criteria", "load", str(set_file))
    assert definition_of(find_criteria_set(session, "TOWN-2024", version=1)).leaf("1.1.2").name.en == "Share"
    assert definition_of(find_criteria_set(session, "TOWN-2024", version=2)).leaf("1.1.2").name.en == "Rate"


def test_every_unreadable_cell_is_named_with_line_and_column(runner, session, set_file):
    broken = SET.replace("#year,2024", "#year,next").replace("Kế hoạch,Plan,4", ",Plan,four")
    set_file.write_text(broken.replace("6,SELF,RATIO", "6,SELF,RATO"), encoding="utf-8")
    result = runner.invoke(args=["criteria", "load", str(set_file)])
    assert result.exit_code == 1
    places = sorted(line.removeprefix("Error: ").split(": ")[0] for line in result.output.splitlines())
    assert places == [
        "town.csv:11, max_points",
        "town.csv:11, name_vi",
        "town.csv:12, formula",
        "town.csv:3, #year",
    ]
    assert count_of(session, CriteriaSet) == 0


def test_points_that_do_not_add_up_are_named_with_the_line_of_the_parent(runner, session, set_file):
    set_file.write_text(SET.replace("Tỷ lệ,Share,6", "Tỷ lệ,Share,5"), encoding="utf-8")
    result = runner.invoke(args=["criteria", "check", str(set_file)])
    assert result.exit_code == 1
    assert result.output == ("Error: town.csv:10: 1.1: its sub-criteria add up to 9 points, not 10.\n")


def test_a_line_that_is_not_utf8_is_named(runner, set_file):
    set_file.write_bytes(SET.encode().replace("Một một".encode(), b"M\xf4t"))
    result = runner.invoke(args=["criteria", "check", str(set_file)])
    assert result.exit_code == 1
    assert result.output.startswith("Error: town.csv:10: ")


def test_checking_stores_nothing(runner, session):
    output = succeed(runner, "criteria", "check", str(GOLDEN / "national-2020-set.csv"))
    assert output == (
        "NATIONAL-2020-COMPONENTS version 1, index of 2020 (not official)\n"
        "4 areas, 4 criteria, 4 sub-criteria, 100 points\n"
    )
    assert count_of(session, CriteriaSet) == 0
