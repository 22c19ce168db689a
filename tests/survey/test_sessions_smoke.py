"""The ground stands: pages answer on both databases."""

from collections.abc import Callable

from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.factories import make_organisation


def test_home_page_speaks_vietnamese_by_default(client: FlaskClient) -> None:
    answer = client.get("/")
    assert (answer.status_code, '<html lang="vi">' in answer.text) == (200, True)


def test_password_page_opens_for_a_signed_in_account(
    session: Session, sign_in: Callable[[str, str], FlaskClient]
) -> None:
    make_organisation(session, code="BL")
    session.commit()
    assert sign_in("enumerator", "BL").get("/password").status_code == 200
