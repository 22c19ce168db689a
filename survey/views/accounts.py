"""Accounts for administrators: who may sign in, with which roles over which units."""

from __future__ import annotations

from collections.abc import Iterable

from flask import Blueprint, current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import SelectChoice, SelectField, StringField
from wtforms.validators import InputRequired, Length, Regexp

from survey.domain.permissions import Permission
from survey.domain.wording import N_
from survey.errors import NotFoundError, NotPermittedError
from survey.extensions import db
from survey.models import Account, Organisation, Role, RoleAssignment
from survey.queries import accounts as account_queries
from survey.queries import organisations as organisation_queries
from survey.queries.accounts import Rights
from survey.services import account_rights
from survey.services import accounts as account_services
from survey.views.access import requires, signed_in
from survey.views.languages import text_in

blueprint = Blueprint("accounts", __name__, url_prefix="/accounts")


class RoleForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """A role and the unit that it reaches down from."""

    role = SelectField(
        lazy_gettext("Role"),
        [InputRequired(lazy_gettext("Please choose a role."))],
        validate_choice=False,
    )
    unit = SelectField(
        lazy_gettext("Unit"),
        [InputRequired(lazy_gettext("Please choose a unit."))],
        validate_choice=False,
    )


class AccountForm(RoleForm):
    """A new account with its first role."""

    display_name = StringField(
        lazy_gettext("Name of the person"),
        [
            InputRequired(lazy_gettext("Please enter the person's name.")),
            Length(max=120, message=lazy_gettext("Please use at most %(max)d characters.")),
        ],
    )
    username = StringField(
        lazy_gettext("User name"),
        [
            InputRequired(lazy_gettext("Please enter a user name.")),
            Regexp(
                r"[a-z0-9][a-z0-9._-]{2,79}\Z",
                message=lazy_gettext(
                    "Please use 3 to 80 small letters without accents, digits, points or hyphens."
                ),
            ),
        ],
    )


@blueprint.get("")
@requires(Permission.MANAGE_ACCOUNTS)
def list_accounts() -> ResponseReturnValue:
    """The accounts with a role in the administrator's units."""
    ids = _rights().units[Permission.MANAGE_ACCOUNTS]
    return render_template(
        "accounts/list.html", accounts=account_queries.list_accounts_within(db.session(), ids)
    )


@blueprint.route("/new", methods=["GET", "POST"])
@requires(Permission.MANAGE_ACCOUNTS)
def create() -> ResponseReturnValue:
    """Make an account with its first role; its password is made here and shown once."""
    form = AccountForm()
    rights = _rights()
    _offer(form, rights)
    if not form.validate_on_submit():
        return render_template("accounts/new.html", form=form), 422 if form.errors else 200
    session = db.session()
    role, organisation = _allowed_role(form, rights)
    password = account_services.new_password()
    try:
        account = account_services.create_account(
            session,
            username=form.username.data,
            display_name=form.display_name.data.strip(),
            password=password,
            now=current_app.config["CLOCK"](),
        )
    except account_services.UsernameTakenError:
        form.username.errors = [_("This user name is taken. Please choose another one.")]
        return render_template("accounts/new.html", form=form), 422
    account_services.assign_role(session, account, role_code=role.code, organisation=organisation)
    session.commit()
    return _detail(account.id, password=password), 201


@blueprint.get("/<int:account_id>")
@requires(Permission.MANAGE_ACCOUNTS)
def detail(account_id: int) -> ResponseReturnValue:
    """One account, its roles, and what may be done to it."""
    return _detail(_account(account_id).id)


@blueprint.post("/<int:account_id>/roles")
@requires(Permission.MANAGE_ACCOUNTS)
def assign(account_id: int) -> ResponseReturnValue:
    """Give the account a role over a unit."""
    account = _others_account(account_id)
    form = RoleForm()
    rights = _rights()
    _offer(form, rights)
    if not form.validate_on_submit():
        return _detail(account.id, form=form), 422
    role, organisation = _allowed_role(form, rights)
    account_services.assign_role(db.session(), account, role_code=role.code, organisation=organisation)
    db.session.commit()
    flash(_("The role was given."))
    return redirect(url_for(".detail", account_id=account.id), 303)


@blueprint.post("/<int:account_id>/roles/<int:assignment_id>/removal")
@requires(Permission.MANAGE_ACCOUNTS)
def remove(account_id: int, assignment_id: int) -> ResponseReturnValue:
    """Take a role away."""
    account = _others_account(account_id)
    assignment = _assignment(account, assignment_id)
    if not account_rights.may_grant(_rights(), assignment.role, assignment.organisation_id):
        raise NotPermittedError
    try:
        account_services.remove_role(db.session(), assignment)
    except account_services.AccountError:
        flash(_("An account keeps at least one role. To keep the person out, close the account."))
        return redirect(url_for(".detail", account_id=account.id), 303)
    db.session.commit()
    flash(_("The role was taken away."))
    ids = _rights().units[Permission.MANAGE_ACCOUNTS]
    still_mine = any(each.organisation_id in ids for each in account.assignments)
    return redirect(
        url_for(".detail", account_id=account.id) if still_mine else url_for(".list_accounts"), 303
    )


@blueprint.post("/<int:account_id>/closing")
@requires(Permission.MANAGE_ACCOUNTS)
def close(account_id: int) -> ResponseReturnValue:
    """Keep the account out; its sessions end."""
    return _set_active(account_id, is_active=False, done=_("The account is closed; its sessions have ended."))


@blueprint.post("/<int:account_id>/opening")
@requires(Permission.MANAGE_ACCOUNTS)
def reopen(account_id: int) -> ResponseReturnValue:
    """Let the account in again, with the password it had."""
    return _set_active(
        account_id, is_active=True, done=_("The account is open again, with the password it had.")
    )


@blueprint.post("/<int:account_id>/password")
@requires(Permission.MANAGE_ACCOUNTS)
def renew_password(account_id: int) -> ResponseReturnValue:
    """Give the account a new password, shown once; its sessions end."""
    account = _administered(account_id)
    password = account_services.new_password()
    account_services.change_password(db.session(), account, password=password)
    db.session.commit()
    return _detail(account.id, password=password)


def _rights() -> Rights:
    return account_queries.rights_of(db.session(), signed_in().account)


def _account(account_id: int) -> Account:
    """The account, if it has a role in the administrator's units."""
    account = account_queries.account_by_id(db.session(), account_id)
    ids = _rights().units[Permission.MANAGE_ACCOUNTS]
    if account is None or not any(each.organisation_id in ids for each in account.assignments):
        raise NotFoundError(N_("There is no such account in your units."))
    return account


def _others_account(account_id: int) -> Account:
    """The account, unless it is the administrator's own: nobody changes their own roles."""
    account = _account(account_id)
    if account.id == signed_in().account.id:
        raise NotPermittedError
    return account


def _administered(account_id: int) -> Account:
    """The account, if the administrator holds everything that it holds."""
    account = _account(account_id)
    if not account_rights.may_administer(_rights(), signed_in().account, account):
        raise NotPermittedError
    return account


def _assignment(account: Account, assignment_id: int) -> RoleAssignment:
    for assignment in account.assignments:
        if assignment.id == assignment_id:
            return assignment
    raise NotFoundError(N_("The account does not have this role any more."))


def _set_active(account_id: int, *, is_active: bool, done: str) -> ResponseReturnValue:
    account = _administered(account_id)
    account_services.set_active(db.session(), account, is_active=is_active)
    db.session.commit()
    flash(done)
    return redirect(url_for(".detail", account_id=account.id), 303)


def _detail(account_id: int, *, form: RoleForm | None = None, password: str | None = None) -> str:
    account = _account(account_id)
    rights = _rights()
    if form is None:
        form = RoleForm(formdata=None)
        _offer(form, rights)
    own = signed_in().account
    removable = {
        each.id
        for each in account.assignments
        if account.id != own.id
        and len(account.assignments) > 1
        and account_rights.may_grant(rights, each.role, each.organisation_id)
    }
    return render_template(
        "accounts/detail.html",
        account=account,
        form=form,
        password=password,
        removable=removable,
        is_own=account.id == own.id,
        is_administered=account_rights.may_administer(rights, own, account),
    )


def _offer(form: RoleForm, rights: Rights) -> None:
    """Offer roles that can be given somewhere, and units where accounts are managed; none is preselected."""
    session = db.session()
    units = organisation_queries.list_organisations(session, rights.units[Permission.MANAGE_ACCOUNTS])
    roles = [
        role
        for role in account_queries.list_roles(session)
        if any(account_rights.may_grant(rights, role, unit.id) for unit in units)
    ]
    form.role.choices = [
        SelectChoice("", _("Choose a role")),
        *(SelectChoice(role.code, text_in(role.names)) for role in roles),
    ]
    form.unit.choices = [SelectChoice("", _("Choose a unit")), *unit_choices(units)]


def unit_choices(units: Iterable[Organisation]) -> list[SelectChoice]:
    """Code and name; two units may bear one name, so the parent and the code stand beside it."""
    return [
        SelectChoice(
            unit.code,
            f"{text_in(unit.names)} ({unit.code})"
            if unit.parent is None
            else f"{text_in(unit.names)}, {text_in(unit.parent.names)} ({unit.code})",
        )
        for unit in units
    ]


def _allowed_role(form: RoleForm, rights: Rights) -> tuple[Role, Organisation]:
    """The chosen role and unit; raises NotPermittedError for what this administrator cannot give."""
    session = db.session()
    role = account_queries.role_by_code(session, form.role.data)
    organisation = organisation_queries.find_organisation(session, form.unit.data)
    if role is None or organisation is None:
        raise NotFoundError(N_("This role or unit does not exist any more."))
    if not account_rights.may_grant(rights, role, organisation.id):
        raise NotPermittedError
    return role, organisation
