"""Tokens for administrators and Home Affairs: which programmes may read scores or send answers."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from flask import Blueprint, current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import (
    DateField,
    Field,
    SelectChoice,
    SelectField,
    SelectMultipleField,
    StringField,
    ValidationError,
)
from wtforms.validators import InputRequired, Length
from wtforms.widgets import CheckboxInput, ListWidget, TextInput

from survey.domain.permissions import Permission, TokenScope
from survey.domain.wording import N_
from survey.errors import NotFoundError, NotPermittedError
from survey.extensions import db
from survey.models import ApiToken, Organisation
from survey.queries import accounts as account_queries
from survey.queries import organisations as organisation_queries
from survey.services import account_rights
from survey.services import accounts as account_services
from survey.services.accounts import NewToken
from survey.views import calendar
from survey.views.access import organisation_scope, requires, signed_in
from survey.views.accounts import unit_choices

blueprint = Blueprint("tokens", __name__, url_prefix="/tokens")

LONGEST_LIFE = timedelta(days=2 * 366)
EVERYTHING = "*"


class TokenForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """A new token."""

    name = StringField(
        lazy_gettext("Programme that will use it"),
        [
            InputRequired(lazy_gettext("Please enter what the token is for.")),
            Length(max=120, message=lazy_gettext("Please use at most %(max)d characters.")),
        ],
    )
    scopes = SelectMultipleField(
        lazy_gettext("What it may do"),
        [InputRequired(lazy_gettext("Please tick at least one."))],
        choices=[
            SelectChoice(TokenScope.READ_SCORES.value, lazy_gettext("read scores")),
            SelectChoice(TokenScope.WRITE_RESPONSES.value, lazy_gettext("send answers")),
            SelectChoice(TokenScope.WRITE_DOSSIERS.value, lazy_gettext("send dossiers")),
        ],
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )
    unit = SelectField(
        lazy_gettext("Limited to the unit and what is below it"),
        [InputRequired(lazy_gettext("Please choose a unit."))],
        validate_choice=False,
    )
    expires_on = DateField(
        lazy_gettext("Last day"),
        [InputRequired(lazy_gettext("Please enter the last day."))],
        format=["%d/%m/%Y", "%Y-%m-%d"],
        widget=TextInput(),
    )

    def validate_expires_on(self, field: Field) -> None:
        """Between today and two years from now."""
        today = calendar.today()
        if field.data is None or not today <= field.data <= today + LONGEST_LIFE:
            raise ValidationError(_("Please choose a day from today to two years from now."))


@blueprint.get("")
@requires(Permission.MANAGE_TOKENS)
def list_tokens() -> ResponseReturnValue:
    """The tokens of the account's units, and the form for a new one."""
    form = TokenForm(formdata=None)
    _offer(form)
    return _list(form)


@blueprint.post("")
@requires(Permission.MANAGE_TOKENS)
def create() -> ResponseReturnValue:
    """Make a token; it is shown once."""
    form = TokenForm()
    _offer(form)
    if not form.validate_on_submit():
        return _list(form), 422
    session = db.session()
    scopes = [TokenScope(value) for value in form.scopes.data]
    organisation = None if form.unit.data == EVERYTHING else _organisation(form.unit.data)
    reach = organisation_queries.all_ids(session) if organisation is None else {organisation.id}
    rights = account_queries.rights_of(session, signed_in().account)
    if not account_rights.may_make_token(rights, scopes, reach):
        raise NotPermittedError
    made = account_services.create_token(
        session,
        name=form.name.data.strip(),
        scopes=scopes,
        organisation=organisation,
        expires_at=_end_of(form.expires_on.data),
        now=current_app.config["CLOCK"](),
    )
    session.commit()
    empty = TokenForm(formdata=None)
    _offer(empty)
    return _list(empty, made=made), 201


@blueprint.post("/<int:token_id>/revocation")
@requires(Permission.MANAGE_TOKENS)
def revoke(token_id: int) -> ResponseReturnValue:
    """End a token at once."""
    for row in _rows():
        if row.token.id == token_id:
            account_services.revoke_token(db.session(), row.token, now=current_app.config["CLOCK"]())
            db.session.commit()
            flash(_("The token %(name)s is revoked.", name=row.token.name))
            return redirect(url_for(".list_tokens"), 303)
    raise NotFoundError(N_("There is no such token in your units."))


def _rows() -> list[account_queries.TokenRow]:
    session = db.session()
    ids = organisation_scope(Permission.MANAGE_TOKENS)
    whole = ids == organisation_queries.all_ids(session)
    return account_queries.list_tokens(session, ids, unlimited="listed" if whole else "left out")


def _list(form: TokenForm, *, made: NewToken | None = None) -> str:
    return render_template(
        "tokens/list.html",
        form=form,
        made=made,
        rows=_rows(),
        now=current_app.config["CLOCK"](),
        last_minute=last_minute,
    )


def last_minute(token: ApiToken) -> datetime | None:
    """When the token still counts for the last time: a day that was asked for ends at 23:59, not at 0:00."""
    return None if token.expires_at is None else token.expires_at - timedelta(minutes=1)


def _offer(form: TokenForm) -> None:
    """Offer the account's units, and everything only to those who manage everything; none is preselected."""
    session = db.session()
    ids = organisation_scope(Permission.MANAGE_TOKENS)
    choices = [SelectChoice("", _("Choose a unit"))]
    if ids == organisation_queries.all_ids(session):
        choices.append(SelectChoice(EVERYTHING, _("No limit: all units, also those to come")))
    form.unit.choices = [*choices, *unit_choices(organisation_queries.list_organisations(session, ids))]


def _organisation(code: str) -> Organisation:
    organisation = organisation_queries.find_organisation(db.session(), code)
    if organisation is None:
        raise NotFoundError(N_("No organisation has the code %(code)s."), code=code)
    return organisation


def _end_of(day: date) -> datetime:
    """The midnight after the day, in the province."""
    return datetime.combine(day + timedelta(days=1), time(), tzinfo=calendar.PROVINCE)
