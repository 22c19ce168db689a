"""flask on-site: files in, one sentence out, and every problem of a refused file."""

from pathlib import Path

from flask.testing import FlaskCliRunner
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from survey.models import ServedDossier
from tests.factories import make_organisation, make_service_point

HEADER = "code,unit_code,procedure_code,received_at,returned_at,service_point\n"


def test_dossiers_come_in_and_are_counted_as_served(
    runner: FlaskCliRunner, session: Session, tmp_path: Path
) -> None:
    make_service_point(session, code="Q7", organisation=make_organisation(session, code="STP"))
    session.commit()
    file = tmp_path / "dossiers.csv"
    file.write_text(HEADER + "A,STP,1.1,2025-01-06,2025-01-08,Q7\nB,STP,1.1,2025-01-06,2025-01-08,Q7\n")
    outputs = [runner.invoke(args=["on-site", "import-dossiers", str(file)]).output for _time in range(2)]
    assert outputs == [
        "2 dossiers taken in, 0 changed, 0 known already.\n",
        "0 dossiers taken in, 0 changed, 2 known already.\n",
    ]
    asked = ["on-site", "served", "Q7", "--from", "2025-01-01", "--to", "2025-01-31"]
    assert runner.invoke(args=asked).output == "2025-01-08  1.1  2\n2 dossiers\n"
    assert runner.invoke(args=["on-site", "served", "Q8", *asked[3:]]).exit_code == 1


def test_a_refused_file_names_everything_and_stores_nothing(
    runner: FlaskCliRunner, session: Session, tmp_path: Path
) -> None:
    make_organisation(session, code="STP")
    session.commit()
    file = tmp_path / "dossiers.csv"
    file.write_text(HEADER + "A,STP,1.1,2025-01-06,,\nB,HN,1.1,soon,,\n")
    result = runner.invoke(args=["on-site", "import-dossiers", str(file)])
    assert result.exit_code == 1
    places = [line.removeprefix("Error: ").split(": ")[0] for line in result.output.splitlines()]
    assert places == ["dossiers.csv:3, unit_code", "dossiers.csv:3, received_at"]
    assert session.scalar(select(func.count(ServedDossier.id))) == 0


def test_statements_come_in(runner: FlaskCliRunner, session: Session, tmp_path: Path) -> None:
    make_organisation(session, code="STP")
    session.commit()
    file = tmp_path / "statements.csv"
    file.write_text("unit_code,quarter,measure,value\nSTP,2025-Q1,index-5-self,2\n")
    result = runner.invoke(args=["on-site", "import-statements", str(file)])
    assert result.output == "1 statements taken in, 0 stood so already.\n"
    file.write_text("unit_code,quarter,measure,value\nSTP,2025-Q1,index-4-self,2\n")
    assert runner.invoke(args=["on-site", "import-statements", str(file)]).exit_code == 1
