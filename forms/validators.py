"""Validators: putting the problems of a packet back on the fields they belong to."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from wtforms import Field, Form, FormField

from forms.answers import AnswerProblem
from forms.fields import unit_row_name


def place_problems(
    form: Form, problems: Iterable[AnswerProblem], translate: Callable[[str], str]
) -> tuple[str, ...]:
    """Add each problem's sentence to its field's errors; returns the sentences that belong to no field.

    A problem of one unit in a unit grid goes to that unit's row. What was filled in stays filled in.
    """
    homeless = []
    for problem in problems:
        sentence = problem.render(translate)
        field = _field(form, problem)
        if field is None:
            homeless.append(sentence)
        elif isinstance(field, FormField):
            # FormField keeps its rows' errors; its own place for a sentence is the table's form.
            field.form.form_errors.append(sentence)
        else:
            field.errors = [*field.errors, sentence]
    return tuple(homeless)


def _field(form: Form, problem: AnswerProblem) -> Field | None:
    if problem.item not in form:
        return None
    field = form[problem.item]
    if not isinstance(field, FormField) or problem.unit is None:
        return field
    rows = {row.short_name: row for row in field.form}
    return rows.get(unit_row_name(problem.unit), field)
