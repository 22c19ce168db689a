"""What is refused is said in the reader's language: errors carry their sentence untranslated."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from survey.domain.permissions import TokenScope
from survey.domain.wording import Sentence, english
from survey.errors import HaiLongError, NotFoundError
from tests.factories import make_organisation

SOURCE = Path(__file__).resolve().parents[2] / "survey"
# Their text reaches a page or an answer of the API as it is.
SHOWN = {
    "NotFoundError",
    "NotPermittedError",
    "AccountError",
    "UnknownDomainError",
    "MixedSelectionsError",
    "BadParameterError",
}


def raised() -> Iterator[tuple[str, ast.Call]]:
    """Every call that makes an error whose text is shown, with its place."""
    for path in sorted(SOURCE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in SHOWN:
                yield f"{path.relative_to(SOURCE)}:{node.lineno}", node


def is_translated(argument: ast.expr) -> bool:
    """Whether it is N_("…") or, in a view, _("…")."""
    return (
        isinstance(argument, ast.Call)
        and isinstance(argument.func, ast.Name)
        and argument.func.id in {"N_", "_"}
    )


def test_every_error_that_is_shown_can_be_translated() -> None:
    assert [place for place, call in raised() if call.args and not is_translated(call.args[0])] == []


def test_error_reads_in_english_and_renders_in_any_language() -> None:
    error = NotFoundError("No round has the code %(code)s.", code="x")
    vietnamese = {"No round has the code %(code)s.": "Không có đợt %(code)s."}
    assert (str(error), error.render(lambda message, **values: vietnamese[message] % values)) == (
        "No round has the code x.",
        "Không có đợt x.",
    )


def test_error_without_a_sentence_renders_as_nothing() -> None:
    assert NotFoundError().render(lambda message: pytest.fail(f"“{message}” was looked up")) == ""


def test_percent_sign_of_a_finished_sentence_is_kept() -> None:
    error = HaiLongError("At most 100%")
    assert (str(error), error.render(english)) == ("At most 100%", "At most 100%")


def test_sentence_reads_in_english_until_it_is_rendered() -> None:
    sentence = Sentence("Class %(label)s is empty.", {"label": "C"})
    assert (str(sentence), sentence.render(lambda message, **values: message.upper().lower() % values)) == (
        "Class C is empty.",
        "class C is empty.",
    )


@pytest.mark.parametrize(
    ("language", "detail"),
    [
        ("vi", "Không có đợt khảo sát nào mang mã nothing."),
        ("en", "No round has the code nothing."),
    ],
)
def test_page_speaks_its_own_language_about_what_a_query_did_not_find(
    session: Session, sign_in: Callable[[str, str], FlaskClient], language: str, detail: str
) -> None:
    make_organisation(session, code="BL")
    session.commit()
    page = sign_in("enumerator", "BL").get(f"/interviews/rounds/nothing?language={language}")
    assert (page.status_code, page.text.count(detail)) == (404, 1)


@pytest.mark.parametrize(
    ("language", "detail"),
    [
        ("vi", "Không có đợt khảo sát nào mang mã nothing. Các đợt hiện có: ."),
        ("en", "No round has the code nothing. The rounds are: ."),
    ],
)
def test_api_speaks_the_language_asked_for(
    client: FlaskClient, api_token: Callable[..., str], language: str, detail: str
) -> None:
    headers = {"Authorization": f"Bearer {api_token([TokenScope.READ_SCORES])}"}
    answer = client.get(f"/api/v1/scores?round=nothing&language={language}", headers=headers)
    assert (answer.status_code, answer.json) == (
        404,
        {"error": {"status": 404, "title": answer.json["error"]["title"], "detail": detail}},
    )
