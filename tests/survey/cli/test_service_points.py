"""flask service-point sheets: which files it writes, and how it refuses."""

from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskCliRunner
from sqlalchemy.orm import Session

from survey.queries.service_points import service_points_by_code
from tests.factories import make_organisation, make_service_point
from tests.support.printed import rendered, seen_codes


@pytest.fixture(autouse=True)
def centre(app: Flask, session: Session) -> None:
    app.config["PUBLIC_ADDRESS"] = "https://danhgia.example"
    centre = make_organisation(session, code="CENTRE", kind_code="centre")
    for number in (2, 3, 4):
        make_service_point(
            session,
            code=f"Q{number}",
            public_code=f"bcdfghj{number}",
            organisation=make_organisation(session),
            centre_id=centre.id,
        )
    session.commit()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "sheets"
    folder.mkdir()
    return folder


def printed(runner: FlaskCliRunner, *arguments: str) -> tuple[int, str]:
    result = runner.invoke(args=["service-point", "sheets", *arguments])
    return result.exit_code, result.stdout


def codes_in(file: Path) -> list[set[str]]:
    return [
        {code.text for code in seen_codes(page)} for page in rendered(file.read_bytes(), dots_per_inch=150)
    ]


def test_three_files_with_a_page_per_counter_are_written(runner: FlaskCliRunner, folder: Path) -> None:
    assert printed(runner, "CENTRE", "--folder", str(folder)) == (
        0,
        f"{folder}/ap-phich-a4-CENTRE.pdf, pages: 3\n"
        f"{folder}/bien-de-ban-CENTRE.pdf, pages: 3\n"
        f"{folder}/phieu-phat-tay-CENTRE.pdf, pages: 3\n",
    )
    addresses = [{f"https://danhgia.example/q/bcdfghj{number}"} for number in (2, 3, 4)]
    assert [codes_in(file) for file in sorted(folder.iterdir())] == [addresses] * 3


def test_kinds_and_counters_can_be_chosen(runner: FlaskCliRunner, folder: Path) -> None:
    arguments = ("--kind", "tent", "--counter", "Q3", "--folder", str(folder))
    assert printed(runner, "CENTRE", *arguments) == (0, f"{folder}/bien-de-ban-CENTRE.pdf, pages: 1\n")
    assert [codes_in(file) for file in folder.iterdir()] == [[{"https://danhgia.example/q/bcdfghj3"}]]


def test_unknown_centres_and_counters_are_refused_and_nothing_is_written(
    runner: FlaskCliRunner, folder: Path
) -> None:
    centre = runner.invoke(args=["service-point", "sheets", "NOWHERE", "--folder", str(folder)])
    counter = runner.invoke(
        args=["service-point", "sheets", "CENTRE", "--counter", "Q9", "--folder", str(folder)]
    )
    assert [(each.exit_code, each.stderr) for each in (centre, counter)] == [
        (1, "Error: No centre of yours with service points has the code NOWHERE.\n"),
        (1, "Error: Centre CENTRE has no open counter with the code Q9.\n"),
    ]
    assert list(folder.iterdir()) == []


def test_letters_that_cannot_be_printed_are_refused(
    session: Session, runner: FlaskCliRunner, folder: Path
) -> None:
    service_points_by_code(session)["Q3"].names = {"vi": "Quầy ខ", "en": "Counter"}
    session.commit()
    result = runner.invoke(args=["service-point", "sheets", "CENTRE", "--folder", str(folder)])
    assert (result.exit_code, result.stderr) == (
        1,
        "Error: The names of Q3 hold letters that the sheets cannot print: ខ\n",
    )
    assert list(folder.iterdir()) == []
