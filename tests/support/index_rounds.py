"""Loading published index results through the commands, as a province would."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

import yaml
from flask.testing import FlaskCliRunner
from sqlalchemy.orm import Session

from survey.models import Organisation
from tests.factories import make_organisation

GOLDEN = Path(__file__).resolve().parent.parent / "golden" / "par_index"
CLASSES = (
    {"code": "excellent", "at_least": 90, "names": {"vi": "Xuất sắc", "en": "Excellent"}},
    {"code": "good", "at_least": 80, "names": {"vi": "Tốt", "en": "Good"}},
    {"code": "fair", "at_least": 70, "names": {"vi": "Khá", "en": "Fair"}},
    {"code": "weak", "at_least": 0, "names": {"vi": "Trung bình, yếu", "en": "Weak"}},
)


def succeed(runner: FlaskCliRunner, *arguments: str) -> str:
    """Run a command that must succeed; its output."""
    result = runner.invoke(args=list(arguments))
    assert result.exit_code == 0, result.output
    return result.output


def golden_rows(name: str) -> list[dict[str, str]]:
    """The published rows of a file of points."""
    with (GOLDEN / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def set_of_year(path: Path, year: int) -> str:
    """The text of a set, made out for another year."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return "\n".join(
        f"#year,{year}"
        if line.startswith("#year,")
        else (f"{line}-{year}" if line.startswith("#code,") else line)
        for line in lines
    )


def make_units(
    session: Session, codes: Sequence[str], *, kind_code: str, parent: Organisation | None = None
) -> None:
    """Units that existed in all the years of the published tables."""
    for code in codes:
        make_organisation(
            session,
            code=code,
            kind_code=kind_code,
            valid_from=date(2000, 1, 1),
            parent_id=None if parent is None else parent.id,
        )
    session.commit()


def write_round(
    folder: Path,
    code: str,
    *,
    year: int,
    criteria_set: str,
    organiser: str,
    units: Sequence[Mapping[str, object]],
    **settings: object,
) -> Path:
    """The file of a round with one group, `units`, and the usual four classes."""
    path = folder / f"{code}.yaml"
    document = {
        "code": code,
        "names": {"vi": f"Chỉ số CCHC năm {year}", "en": f"Reform index {year}"},
        "year": year,
        "criteria_set": {"code": criteria_set, "version": 1},
        "organiser": organiser,
        "groups": {"units": {"names": {"vi": "Các đơn vị", "en": "Units"}, "classes": list(CLASSES)}},
        "units": [{"group": "units", **unit} for unit in units],
        **settings,
    }
    path.write_text(yaml.safe_dump(document, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return path


def write_points(folder: Path, code: str, points: Mapping[str, Mapping[str, str]]) -> Path:
    """The file of points by unit and sub-criterion."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["unit_code", "sub_criterion_code", "points", "note"])
    for unit, leaves in points.items():
        writer.writerows([unit, leaf, value, ""] for leaf, value in leaves.items())
    path = folder / f"{code}-points.csv"
    path.write_text(text.getvalue(), encoding="utf-8")
    return path
