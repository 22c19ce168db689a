"""Pages of the on-site evaluation: a quarter, one unit, its officers and dossiers, and the import."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, Response, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import SelectChoice, SelectField
from wtforms.validators import InputRequired

from analysis.suppression import Audience
from survey.domain.enums import Selection
from survey.domain.figures import Figure, FigureLevel
from survey.domain.permissions import Permission
from survey.domain.quarters import Quarter, quarter_of, read_quarter
from survey.domain.wording import N_
from survey.errors import NotFoundError
from survey.extensions import db
from survey.models import SurveyRound
from survey.queries import dossiers as dossier_queries
from survey.queries import organisations as organisation_queries
from survey.queries import rounds as round_queries
from survey.services import dossiers, on_site, on_site_proxy, on_site_statements, scores, snapshots
from survey.services.csv_tables import CsvFile
from survey.services.dossier_records import DOSSIER_COLUMNS
from survey.services.on_site import QuarterReport, UnitResult
from survey.services.scores import ScoreRequest
from survey.views import calendar, on_site_tables, on_site_texts
from survey.views.access import organisation_scope, requires, signed_in

blueprint = Blueprint("on_site", __name__, url_prefix="/on-site")

LINES_A_PAGE = 100


class ImportForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """A file to bring in."""

    kind = SelectField(
        lazy_gettext("What the file holds"),
        [InputRequired(lazy_gettext("Please choose what the file holds."))],
        choices=[
            SelectChoice("", lazy_gettext("Please choose")),
            SelectChoice("dossiers", lazy_gettext("dossiers of the one-stop software")),
            SelectChoice("statements", lazy_gettext("what units state once per quarter")),
        ],
    )
    file = FileField(lazy_gettext("CSV file"), [FileRequired(lazy_gettext("Please choose a file."))])


@dataclass(frozen=True)
class StreamFigure:
    """The share of satisfied ratings of a unit in a self-selected round, or why it is withheld."""

    round: SurveyRound
    figure: Figure


@blueprint.get("")
@requires(Permission.READ_ON_SITE)
def overview() -> ResponseReturnValue:
    """Mẫu 03: the units and centres of a quarter in their order."""
    report = seen_report()
    return render_template(
        "on_site/overview.html",
        report=report,
        quarters=offered_quarters(),
        texts=on_site_texts,
        is_demonstration=is_demonstration(),
    )


@blueprint.get("/units.csv")
@requires(Permission.READ_ON_SITE)
def overview_csv() -> ResponseReturnValue:
    """The units of the overview as a file."""
    report = seen_report()
    table = on_site_tables.units_csv(report.quarter, report.definition, report.units)
    return csv_response(table, name=f"mau-03-{report.quarter}.csv")


@blueprint.get("/units/<code>")
@requires(Permission.READ_ON_SITE)
def unit(code: str) -> ResponseReturnValue:
    """Mẫu 02: the indices of a unit, what citizens said of their dossiers, and the 2022 group beside it."""
    report, result = seen_unit(code)
    return render_template(
        "on_site/unit.html",
        report=report,
        result=result,
        quarters=offered_quarters(),
        proxy=on_site_proxy.proxy_result(db.session(), report.quarter, organisation_id=result.unit.id),
        streams=stream_figures(result),
        may_see_officers=may_see_officers(result),
        texts=on_site_texts,
        is_demonstration=is_demonstration(),
    )


@blueprint.get("/units/<code>/officers")
@requires(Permission.READ_OFFICERS)
def officers(code: str) -> ResponseReturnValue:
    """The officers of a unit, for those who lead it."""
    report, result = seen_officers(code)
    return render_template(
        "on_site/officers.html",
        report=report,
        result=result,
        quarters=offered_quarters(),
        officers=on_site.officer_results(db.session(), report.quarter, organisation_id=result.unit.id),
        is_demonstration=is_demonstration(),
    )


@blueprint.get("/units/<code>/officers.csv")
@requires(Permission.READ_OFFICERS)
def officers_csv(code: str) -> ResponseReturnValue:
    """The officers of a unit as a file."""
    report, result = seen_officers(code)
    found = on_site.officer_results(db.session(), report.quarter, organisation_id=result.unit.id)
    table = on_site_tables.officers_csv(report.quarter, report.definition, found)
    return csv_response(table, name=f"officers-{code}-{report.quarter}.csv")


@blueprint.get("/units/<code>/dossiers")
@requires(Permission.READ_ON_SITE)
def unit_dossiers(code: str) -> ResponseReturnValue:
    """Mẫu 01: the dossiers of a unit with their points, a hundred a page."""
    report, result = seen_unit(code)
    lines = on_site.dossier_lines(db.session(), report.quarter, organisation_id=result.unit.id)
    last_page = max(1, -(-len(lines) // LINES_A_PAGE))
    page = min(max(request.args.get("page", 1, type=int), 1), last_page)
    return render_template(
        "on_site/dossiers.html",
        report=report,
        result=result,
        quarters=offered_quarters(),
        lines=lines[(page - 1) * LINES_A_PAGE : page * LINES_A_PAGE],
        page=page,
        last_page=last_page,
        may_see_officers=may_see_officers(result),
        is_demonstration=is_demonstration(),
    )


@blueprint.get("/units/<code>/dossiers.csv")
@requires(Permission.READ_ON_SITE)
def dossiers_csv(code: str) -> ResponseReturnValue:
    """The dossiers of a unit as a file."""
    report, result = seen_unit(code)
    lines = on_site.dossier_lines(db.session(), report.quarter, organisation_id=result.unit.id)
    shown = "named" if may_see_officers(result) else "left out"
    table = on_site_tables.dossiers_csv(report.quarter, report.definition, lines, officers=shown)
    return csv_response(table, name=f"mau-01-{code}-{report.quarter}.csv")


@blueprint.get("/import")
@requires(Permission.MANAGE_ON_SITE)
def import_form() -> ResponseReturnValue:
    """The form to bring in a file."""
    return render_import(ImportForm(formdata=None))


@blueprint.post("/import")
@requires(Permission.MANAGE_ON_SITE)
def import_file() -> ResponseReturnValue:
    """Bring in a file, all of it or nothing; every problem of a refused file is listed."""
    form = ImportForm()
    if not form.validate_on_submit():
        return render_import(form), 422
    upload = form.file.data
    flash(take_in(form.kind.data, CsvFile(upload.filename or "file.csv", upload.read())))
    db.session.commit()
    return redirect(url_for(".import_form"), 303)


def take_in(kind: str, file: CsvFile) -> str:
    """Store the file's rows and say what became of them. Raises ImportRefusedError."""
    session, scope = db.session(), organisation_scope(Permission.MANAGE_ON_SITE)
    ids = None if scope == organisation_queries.all_ids(session) else scope
    now = current_app.config["CLOCK"]()
    if kind == "statements":
        receipt = on_site_statements.import_statements(
            session, file, organisation_ids=ids, now=now, gettext=_
        )
        return str(
            _(
                "%(new)s statements taken in, %(same)s stood so already.",
                new=receipt.stored_count,
                same=receipt.unchanged_count,
            )
        )
    counts = dossiers.import_dossiers(session, file, organisation_ids=ids, now=now, gettext=_).counts
    return str(
        _(
            "%(stored)s dossiers taken in, %(changed)s changed, %(duplicate)s known already.",
            **{outcome.value: count for outcome, count in counts.items()},
        )
    )


def render_import(form: ImportForm) -> str:
    """The page of the import."""
    return render_template(
        "on_site/import.html",
        form=form,
        columns=DOSSIER_COLUMNS,
        statement_columns=on_site_statements.STATEMENT_COLUMNS,
        measures=on_site_statements.measures(),
    )


def offered_quarters() -> list[Quarter]:
    """The quarters to choose from; today's where no dossier is known."""
    return dossier_queries.quarters_with_dossiers(db.session()) or [quarter_of(calendar.today())]


def asked_quarter() -> Quarter:
    """The quarter of the address, the newest with dossiers without one. Raises NotFoundError."""
    written = request.args.get("quarter")
    if not written:
        return offered_quarters()[0]
    quarter = read_quarter(written)
    if quarter is None:
        raise NotFoundError(N_("%(value)s is not a quarter; write it as 2026-Q3."), value=written)
    return quarter


def seen_report() -> QuarterReport:
    """The quarter as far as the account may see it; ranks are those among all."""
    report = on_site.quarter_report(db.session(), asked_quarter())
    return report.limited_to(organisation_scope(Permission.READ_ON_SITE))


def seen_unit(code: str) -> tuple[QuarterReport, UnitResult]:
    """The quarter and a unit of it. Raises NotFoundError for one that is not there or may not be seen."""
    report = seen_report()
    return report, report.unit(code)


def seen_officers(code: str) -> tuple[QuarterReport, UnitResult]:
    """The same, for units whose officers the account may see."""
    report, result = seen_unit(code)
    if not may_see_officers(result):
        raise NotFoundError
    return report, result


def may_see_officers(result: UnitResult) -> bool:
    """Whether the account may see the results of single officers of this unit."""
    return signed_in().may(Permission.READ_OFFICERS) and result.unit.id in organisation_scope(
        Permission.READ_OFFICERS
    )


def stream_figures(result: UnitResult) -> Sequence[StreamFigure]:
    """What the self-selected rounds say of the unit, for those who may read its scores."""
    scope = organisation_scope(Permission.READ_SCORES)
    if result.unit.id not in scope:
        return []
    found = []
    for round_ in round_queries.list_rounds(db.session(), scope):
        if round_.selection is not Selection.SELF_SELECTED:
            continue
        snapshots.catch_up(db.session(), round_)
        asked = ScoreRequest(
            unit=result.unit.code,
            levels=frozenset({FigureLevel.OVERALL}),
            visible=scope,
            audience=Audience.INTERNAL,
        )
        figures = scores.score_round(db.session(), round_, asked).figures
        found += [StreamFigure(round_, figure) for figure in figures[:1]]
    return found


def is_demonstration() -> bool:
    """Whether the dossiers are those of the demonstration, which loads into an empty database only."""
    return any(round_.is_demonstration for round_ in round_queries.all_rounds(db.session()))


def csv_response(text: str, *, name: str) -> Response:
    """The text as a file to keep."""
    return Response(
        text,
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
