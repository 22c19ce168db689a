"""The pure packages stay pure: importing them brings neither the web nor the database along."""

import subprocess
import sys

import pytest

WEB = ("flask", "flask_sqlalchemy", "flask_login", "flask_wtf", "wtforms", "werkzeug")
DATABASE = ("sqlalchemy", "psycopg")


def loaded_after(module: str, unwanted: tuple[str, ...]) -> str:
    code = (
        f"import sys, importlib; importlib.import_module({module!r}); "
        f"print(','.join(sorted(set({unwanted!r}) & set(sys.modules))))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603
    return done.stdout.strip()


@pytest.mark.parametrize("module", ["analysis.estimation", "analysis.index.scoring", "analysis.satisfaction"])
def test_analysis_brings_neither_web_nor_database(module: str) -> None:
    assert loaded_after(module, WEB + DATABASE) == ""


@pytest.mark.parametrize("module", ["forms.answers", "forms.questionnaire", "forms.routing"])
def test_checking_answers_brings_neither_web_nor_database(module: str) -> None:
    assert loaded_after(module, WEB + DATABASE) == ""


@pytest.mark.parametrize(
    "module", ["survey.services.intake", "survey.services.scores", "survey.services.samples"]
)
def test_services_do_not_bring_the_web(module: str) -> None:
    assert loaded_after(module, WEB) == ""
