"""flask organisation and flask service-point: loads, what they say, and how they refuse."""

from pathlib import Path

import pytest
from flask.testing import FlaskCliRunner
from sqlalchemy.orm import Session

from survey.queries import organisations as organisation_queries
from survey.queries import service_points as service_point_queries

SHIPPED = Path(__file__).resolve().parents[3] / "survey" / "data" / "organisations"
UNITS = str(SHIPPED / "bac-lieu-2020.csv")
KINDS = str(SHIPPED / "kinds.csv")


def load_units(runner: FlaskCliRunner, *arguments: str) -> tuple[int, str]:
    result = runner.invoke(args=["organisation", "load", *arguments])
    return result.exit_code, result.output


def test_load_commits_and_says_what_it_did(session: Session, runner: FlaskCliRunner) -> None:
    assert load_units(runner, UNITS, "--kinds", KINDS) == (0, "102 created, 0 changed, 0 unchanged.\n")
    session.rollback()
    assert len(organisation_queries.all_ids(session)) == 88
    assert load_units(runner, UNITS) == (0, "0 created, 0 changed, 88 unchanged.\n")


def test_change_is_told_row_by_row(runner: FlaskCliRunner, tmp_path: Path) -> None:
    load_units(runner, UNITS, "--kinds", KINDS)
    changed = tmp_path / "changed.csv"
    header, province = Path(UNITS).read_text(encoding="utf-8").splitlines()[:2]
    changed.write_text(f"{header}\n{province.replace('Tỉnh Bạc Liêu', 'Bạc Liêu')}\n", encoding="utf-8")
    assert load_units(runner, str(changed)) == (
        0,
        "Changed BL: names: Tỉnh Bạc Liêu / Bạc Liêu province → Bạc Liêu / Bạc Liêu province\n"
        "0 created, 1 changed, 0 unchanged.\n",
    )


@pytest.mark.parametrize(
    ("language", "message"),
    [("en", "No kind has the code province."), ("vi", "Không có loại đơn vị nào mang mã province.")],
)
def test_refusal_names_every_place_in_the_language_asked_for(
    session: Session, runner: FlaskCliRunner, language: str, message: str
) -> None:
    code, output = load_units(runner, UNITS, "--language", language)
    assert (code, output.splitlines()[0]) == (1, f"Error: {UNITS}:2, kind: {message}")
    assert (len(output.splitlines()), organisation_queries.all_ids(session)) == (88, frozenset())


def test_check_is_silent_about_a_sound_tree_and_fails_on_a_broken_one(
    session: Session, runner: FlaskCliRunner
) -> None:
    load_units(runner, UNITS, "--kinds", KINDS)
    sound = runner.invoke(args=["organisation", "check"])
    unit = organisation_queries.get_organisation(session, "954")
    unit.parent_id = unit.id
    session.commit()
    broken = runner.invoke(args=["organisation", "check"])
    assert (sound.exit_code, sound.output) == (0, "The tree of organisations is sound.\n")
    assert (broken.exit_code, broken.output) == (
        1,
        "Error: 954, parent_code: 954 is above itself in the tree.\n",
    )


def test_counters_are_loaded_from_a_file(session: Session, runner: FlaskCliRunner, tmp_path: Path) -> None:
    load_units(runner, UNITS, "--kinds", KINDS)
    points = tmp_path / "points.csv"
    header = "code,centre_code,organisation_code,valid_from,valid_to,name_vi,name_en,service_vi,service_en"
    points.write_text(
        f"{header}\nQ1,BL-VPUBND,BL-STP,2020-01-01,,Quầy 1,Counter 1,Lý lịch,Records\n", "utf-8"
    )
    result = runner.invoke(args=["service-point", "load", str(points)])
    assert (result.exit_code, result.output) == (0, "1 created, 0 changed, 0 unchanged.\n")
    session.rollback()
    assert list(service_point_queries.service_points_by_code(session)) == ["Q1"]


def test_counters_of_unknown_units_are_refused(runner: FlaskCliRunner, tmp_path: Path) -> None:
    points = tmp_path / "points.csv"
    header = "code,centre_code,organisation_code,valid_from,valid_to,name_vi,name_en,service_vi,service_en"
    points.write_text(f"{header}\nQ1,X,X,2020-01-01,,Quầy 1,Counter 1,Lý lịch,Records\n", "utf-8")
    result = runner.invoke(args=["service-point", "load", str(points)])
    assert (result.exit_code, result.output) == (
        1,
        f"Error: {points}:2, centre_code: No organisation has the code X.\n"
        f"{points}:2, organisation_code: No organisation has the code X.\n",
    )
