"""Opening hours of counters for staff: the week from a day on, and closed days."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import BooleanField, DateField, Field, StringField, ValidationError
from wtforms.validators import InputRequired, Length
from wtforms.widgets import TextInput

from survey.domain.opening import WEEKDAYS, OpeningHoursError, Schedule, read_hours, written_hours
from survey.domain.permissions import Permission
from survey.domain.wording import N_
from survey.errors import NotFoundError
from survey.extensions import db
from survey.models import ServicePoint
from survey.queries import opening_hours as opening_hour_queries
from survey.queries import service_points as service_point_queries
from survey.services import counter_times
from survey.services import opening_hours as opening_hour_services
from survey.views import calendar, device_texts
from survey.views.access import organisation_scope, requires, signed_in
from survey.views.ratings import now

blueprint = Blueprint("opening_hours", __name__, url_prefix="/service-points")

DAY_FORMATS = ["%d/%m/%Y", "%Y-%m-%d"]
DAYS_OF_COVERAGE = 28


def _day_field(label: object) -> DateField:
    return DateField(
        label,
        [InputRequired(lazy_gettext("Please enter a day as dd/mm/yyyy."))],
        format=DAY_FORMATS,
        widget=TextInput(),
    )


def _check_hours(_form: FlaskForm, field: Field) -> None:
    try:
        read_hours(field.data or "")
    except OpeningHoursError as error:
        raise ValidationError(error.render(_)) from error


class ReachForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """Whether the change is for the whole centre."""

    whole_centre = BooleanField(lazy_gettext("The same for every counter of this centre"))


class WeekForm(ReachForm):
    """The hours of a week, one field a day, and the day from which they hold."""

    valid_from = _day_field(lazy_gettext("These hours hold from"))
    day_0 = StringField("", [_check_hours])
    day_1 = StringField("", [_check_hours])
    day_2 = StringField("", [_check_hours])
    day_3 = StringField("", [_check_hours])
    day_4 = StringField("", [_check_hours])
    day_5 = StringField("", [_check_hours])
    day_6 = StringField("", [_check_hours])

    def days(self) -> list[Field]:
        """The fields of the week from Monday on, labelled with their weekday."""
        fields = [self[f"day_{day}"] for day in WEEKDAYS]
        for number, field in enumerate(fields):
            field.label.text = device_texts.weekday(number)
        return fields

    def validate(self, extra_validators: object = None) -> bool:
        """Every problem at once, each beside its day."""
        self.days()
        return bool(super().validate(extra_validators))


class ClosedDayForm(ReachForm):
    """A day on which the counter is closed in spite of its week."""

    day = _day_field(lazy_gettext("Closed on"))
    reason = StringField(
        lazy_gettext("Why"),
        [
            InputRequired(lazy_gettext("Please say why, for example the name of the holiday.")),
            Length(max=120, message=lazy_gettext("Please use at most %(max)d characters.")),
        ],
    )


@blueprint.get("/<code>/opening-hours")
@requires(Permission.MANAGE_SERVICE_POINTS)
def hours(code: str) -> ResponseReturnValue:
    """The counter's hours, its closed days, and how its last weeks were covered."""
    return _page(_point(code))


@blueprint.post("/<code>/opening-hours")
@requires(Permission.MANAGE_SERVICE_POINTS)
def set_week(code: str) -> ResponseReturnValue:
    """Record the hours of a week from a day on."""
    point = _point(code)
    form = WeekForm()
    if not form.validate_on_submit():
        return _page(point, week_form=form), 422
    opening_hour_services.set_week(
        db.session(),
        _reached(point, form),
        week={day: read_hours(form[f"day_{day}"].data or "") for day in WEEKDAYS},
        valid_from=form.valid_from.data,
        account=signed_in().account,
        now=now(),
    )
    db.session.commit()
    flash(_("The opening hours are saved."))
    return redirect(url_for(".hours", code=point.code), 303)


@blueprint.post("/<code>/closed-days")
@requires(Permission.MANAGE_SERVICE_POINTS)
def close_day(code: str) -> ResponseReturnValue:
    """Record a day on which the counter is closed."""
    point = _point(code)
    form = ClosedDayForm()
    if not form.validate_on_submit():
        return _page(point, day_form=form), 422
    opening_hour_services.close_day(
        db.session(),
        _reached(point, form),
        day=form.day.data,
        reason=form.reason.data.strip(),
        account=signed_in().account,
        now=now(),
    )
    db.session.commit()
    flash(_("The closed day is saved."))
    return redirect(url_for(".hours", code=point.code), 303)


@blueprint.post("/<code>/closed-days/withdrawal")
@requires(Permission.MANAGE_SERVICE_POINTS)
def open_day(code: str) -> ResponseReturnValue:
    """Take a closed day back: the counter is open by its week."""
    point = _point(code)
    closed = _schedule(point).closed_days
    day = next((day for day in closed if day.isoformat() == request.form.get("day")), None)
    if day is None:
        raise NotFoundError(N_("The counter is not recorded as closed on this day."))
    opening_hour_services.open_day(db.session(), [point], day=day, account=signed_in().account, now=now())
    db.session.commit()
    flash(_("The counter is open on this day after all."))
    return redirect(url_for(".hours", code=point.code), 303)


def _page(
    point: ServicePoint, *, week_form: WeekForm | None = None, day_form: ClosedDayForm | None = None
) -> str:
    schedule = _schedule(point)
    today = calendar.today()
    if week_form is None:
        week = schedule.week_on(today) or (schedule.weeks[0][1] if schedule.weeks else {})
        told = {f"day_{day}": written_hours(week.get(day, ())) for day in WEEKDAYS}
        week_form = WeekForm(formdata=None, data={**told, "valid_from": today})
    first = today - timedelta(days=DAYS_OF_COVERAGE - 1)
    times = counter_times.counter_times(db.session(), [point.id], first=first, last=today, now=now())
    return render_template(
        "opening_hours/hours.html",
        point=point,
        schedule=schedule,
        week_form=week_form,
        day_form=ClosedDayForm(formdata=None) if day_form is None else day_form,
        texts=device_texts,
        written_hours=written_hours,
        weekdays=WEEKDAYS,
        today=today,
        first=first,
        coverage=times[point.id].coverage(first, today),
    )


def _schedule(point: ServicePoint) -> Schedule:
    return opening_hour_queries.schedules(db.session(), [point.id])[point.id]


def _reached(point: ServicePoint, form: ReachForm) -> list[ServicePoint]:
    """The counter, or every counter of its centre that this account keeps."""
    if not form.whole_centre.data:
        return [point]
    centres = service_point_queries.list_by_centre(db.session(), organisation_ids=_scope())
    return [each for group in centres if group.centre.id == point.centre_id for each in group.points]


def _scope() -> frozenset[int]:
    return organisation_scope(Permission.MANAGE_SERVICE_POINTS)


def _point(code: str) -> ServicePoint:
    point = service_point_queries.find_service_point(db.session(), code, organisation_ids=_scope())
    if point is None:
        raise NotFoundError(N_("No service point has the code %(code)s."), code=code)
    return point
