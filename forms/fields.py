"""Fields: WTForms fields that draw items and hand back what was entered, without judging it.

Nothing is ever preselected, and unknown values are kept, so that check_answers has the one say on them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from wtforms import (
    Field,
    Form,
    FormField,
    RadioField,
    SelectChoice,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.widgets import CheckboxInput, DateInput, ListWidget

from forms.questionnaire import Item, ItemKind
from forms.values import DEFAULT_MAX_LENGTH

Labelled = Sequence[tuple[int | str, str]]

ONE_LINE = 150
"""Characters up to which a text is entered on one line."""

_UNIT_ROW = "unit-"

# A browser's number input would drop the decimal comma, so numbers are typed as text on a number keyboard.
_KEYBOARDS: Mapping[ItemKind, str] = {ItemKind.INTEGER: "numeric", ItemKind.DECIMAL: "decimal"}


def item_field(item: Item, *, label: str, help_text: str, options: Labelled) -> Field:
    """The field of one item of any kind but a unit grid."""
    if item.kind in (ItemKind.SCALE, ItemKind.SINGLE_CHOICE):
        return _radio_field(label, help_text, options)
    if item.kind is ItemKind.MULTIPLE_CHOICE:
        return SelectMultipleField(
            label,
            choices=_choices(options),
            validate_choice=False,
            description=help_text,
            widget=ListWidget(prefix_label=False),
            option_widget=CheckboxInput(),
        )
    if item.kind is ItemKind.DATE:
        return StringField(label, description=help_text, widget=DateInput())
    if item.kind in _KEYBOARDS:
        return StringField(label, description=help_text, render_kw={"inputmode": _KEYBOARDS[item.kind]})
    length = item.max_length or DEFAULT_MAX_LENGTH
    text_field = StringField if length <= ONE_LINE else TextAreaField
    return text_field(label, description=help_text, render_kw={"maxlength": length})


def unit_table_field(title: str, *, options: Labelled, units: Sequence[tuple[str, str]]) -> Field:
    """A table with one row of radio buttons per unit; `units` are (code, name) pairs."""
    rows = {unit_row_name(code): _radio_field(name, "", options) for code, name in units}
    return FormField(type("UnitTable", (Form,), rows), label=title)


def unit_row_name(unit: str) -> str:
    """The field name of a unit's row inside its table; the prefix keeps codes and form attributes apart."""
    return _UNIT_ROW + unit


def unit_of_row(field: Field) -> str:
    """The unit code of a row made by unit_table_field."""
    return str(field.short_name).removeprefix(_UNIT_ROW)


def _radio_field(label: str, help_text: str, options: Labelled) -> Field:
    return RadioField(label, choices=_choices(options), validate_choice=False, description=help_text)


def _choices(options: Labelled) -> list[SelectChoice]:
    return [SelectChoice(str(code), text) for code, text in options]
