"""Signing in and out, choosing the language, and the first page."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Blueprint, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_login import current_user, login_user, logout_user
from flask_wtf import FlaskForm
from wtforms import PasswordField, StringField
from wtforms.validators import EqualTo, InputRequired, Length

from survey.config import LANGUAGES
from survey.extensions import db, login_manager
from survey.services import accounts as account_services
from survey.views import attempts, menu
from survey.views.access import SignedIn, public, signed_in, signed_in_only

blueprint = Blueprint("sessions", __name__)


class SignInForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """Name and password."""

    username = StringField(
        lazy_gettext("User name"), [InputRequired(lazy_gettext("Please enter your user name."))]
    )
    password = PasswordField(
        lazy_gettext("Password"), [InputRequired(lazy_gettext("Please enter your password."))]
    )


class PasswordForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """The old password and the new one twice."""

    current = PasswordField(
        lazy_gettext("Current password"), [InputRequired(lazy_gettext("Please enter your current password."))]
    )
    new = PasswordField(
        lazy_gettext("New password"),
        [
            Length(
                min=account_services.MINIMUM_PASSWORD_LENGTH,
                message=lazy_gettext("A password needs at least %(min)d characters."),
            )
        ],
    )
    again = PasswordField(
        lazy_gettext("New password, once more"),
        [EqualTo("new", lazy_gettext("The two new passwords differ. Please enter the same one twice."))],
    )


@blueprint.get("/")
@public
def home() -> ResponseReturnValue:
    """What this is, for a visitor; the first page of their work, for staff."""
    if current_user.is_authenticated:
        return redirect(first_page(signed_in()))
    return render_template("sessions/home.html")


def first_page(account: SignedIn) -> str:
    """Where the account's work begins: the first page of its menu."""
    pages = [entry for entry in menu.entries_for(account.permissions) if entry.endpoint]
    return url_for(pages[0].endpoint if pages else "sessions.password")


@blueprint.get("/sign-in")
@public
def sign_in_form() -> ResponseReturnValue:
    """The sign-in page."""
    return render_template("sessions/sign_in.html", form=SignInForm())


@blueprint.post("/sign-in")
@public
def sign_in() -> ResponseReturnValue:
    """Open a session when name and password fit."""
    attempts.count_sign_in(request.form.get("username", ""))
    form = SignInForm()
    account = None
    if form.validate_on_submit():
        account = account_services.authenticate(
            db.session(), username=form.username.data, password=form.password.data
        )
        if account is None:
            form.form_errors.append(_("User name or password is not right. Please check both and try again."))
    if account is None:
        return render_template("sessions/sign_in.html", form=form), 422
    language = session.get("language")
    session.clear()  # a session begun by somebody else on this computer is not carried on
    if language:
        session["language"] = language
    login_user(SignedIn(account))
    return redirect(local_address(request.args.get("next")) or first_page(SignedIn(account)), 303)


@blueprint.post("/sign-out")
@public
def sign_out() -> ResponseReturnValue:
    """Close the session."""
    logout_user()
    return redirect(url_for("sessions.home"), 303)


@blueprint.route("/password", methods=["GET", "POST"])
@signed_in_only
def password() -> ResponseReturnValue:
    """Change one's own password."""
    form = PasswordForm()
    if not form.validate_on_submit():
        return render_template("sessions/password.html", form=form, saved=False), 422 if form.errors else 200
    account = signed_in().account
    if (
        account_services.authenticate(db.session(), username=account.username, password=form.current.data)
        is None
    ):
        form.current.errors = [_("This is not your current password.")]
        return render_template("sessions/password.html", form=form, saved=False), 422
    account_services.change_password(db.session(), account, password=form.new.data)
    db.session.commit()
    login_user(SignedIn(account))
    return render_template("sessions/password.html", form=PasswordForm(formdata=None), saved=True)


@blueprint.post("/language")
@public
def choose_language() -> ResponseReturnValue:
    """Remember the language of this browser."""
    if request.form.get("language") in LANGUAGES:
        session["language"] = request.form["language"]
    return redirect(local_address(request.form.get("next")) or url_for("sessions.home"), 303)


@login_manager.unauthorized_handler  # type: ignore[untyped-decorator]  # Flask-Login has no types
def ask_to_sign_in() -> ResponseReturnValue:
    """Send people to the sign-in page and back."""
    return redirect(url_for("sessions.sign_in_form", next=request.full_path.rstrip("?")), 303)


def local_address(address: str | None) -> str | None:
    """The address, if it stays on this service (no open redirect)."""
    if not address or not address.startswith("/") or address.startswith(("//", "/\\")):
        return None
    parts = urlsplit(address)
    return None if parts.scheme or parts.netloc else address
