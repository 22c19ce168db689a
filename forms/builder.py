"""Builder: a WTForms form class from a questionnaire, and raw answers back from the filled-in form."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from wtforms import Field, Form, FormField

from forms.fields import item_field, unit_of_row, unit_table_field
from forms.questionnaire import NUMBER_KINDS, Item, ItemKind, Questionnaire, Section
from forms.wording import Texts, fill

FormT = TypeVar("FormT", bound=Form)

_DIGITS = re.compile(r"-?[0-9]{1,18}")
_DAY = re.compile(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})")


class BlockKind(StrEnum):
    """What a block is drawn as."""

    QUESTION = "question"
    GRID = "grid"


@dataclass(frozen=True)
class FormBlock:
    """Fields under one heading: a single question, or a grid with a field per row."""

    kind: BlockKind
    title: str
    number: str | None
    help: str
    fields: tuple[Field, ...]
    items: tuple[Item, ...]


@dataclass(frozen=True)
class FormSection:
    """One section of a drawn questionnaire."""

    code: str
    title: str
    introduction: str
    blocks: tuple[FormBlock, ...]


@dataclass(frozen=True)
class _Speaker:
    """Texts of one language with their placeholders filled."""

    language: str
    values: Mapping[str, str]

    def say(self, texts: Texts | None) -> str:
        return "" if texts is None else fill(texts[self.language], self.values)


def build_form(
    questionnaire: Questionnaire,
    *,
    language: str,
    base: type[FormT] = Form,
    units: Sequence[tuple[str, str]] = (),
    placeholders: Mapping[str, str] | None = None,
) -> type[FormT]:
    """A form class with one field per item, named by its code, in item order; nothing is preselected.

    `base` brings what the shell adds (CSRF); `units` are (code, name) pairs for unit grids; `placeholders`
    are values for the names in braces in the texts. Build once per questionnaire and language and keep it.
    Raises KeyError for a language the questionnaire does not have.
    """
    speaker = _speaker(questionnaire, language=language, placeholders=placeholders)
    attributes: dict[str, object] = {"questionnaire": questionnaire, "language": language, "speaker": speaker}
    for item in questionnaire.items:
        attributes[item.code] = _field(item, speaker, units)
    return type(f"{questionnaire.code}-{questionnaire.version}-{language}", (base,), attributes)


def _speaker(
    questionnaire: Questionnaire, *, language: str, placeholders: Mapping[str, str] | None
) -> _Speaker:
    if language not in questionnaire.languages:
        raise KeyError(f"{questionnaire.code} has no texts in {language!r}.")
    defaults = {name: texts[language] for name, texts in (questionnaire.placeholders or {}).items()}
    return _Speaker(language, {**defaults, **(placeholders or {})})


def _field(item: Item, speaker: _Speaker, units: Sequence[tuple[str, str]]) -> Field:
    label = speaker.say(item.texts)
    options = item.labels(speaker.language)
    if item.kind is ItemKind.UNIT_GRID:
        return unit_table_field(label, options=options, units=units)
    return item_field(item, label=label, help_text=speaker.say(item.help), options=options)


def form_sections(form: Form) -> tuple[FormSection, ...]:
    """The fields of a form made by build_form, grouped as they are to be drawn."""
    questionnaire: Questionnaire = form.questionnaire
    speaker: _Speaker = form.speaker
    return tuple(
        FormSection(
            code=section.code,
            title=speaker.say(section.titles),
            introduction=speaker.say(section.introductions),
            blocks=_blocks(form, section, speaker),
        )
        for section in questionnaire.sections
    )


def _blocks(form: Form, section: Section, speaker: _Speaker) -> tuple[FormBlock, ...]:
    blocks = []
    drawn: set[str] = set()
    for item in section.items:
        if item.grid is None:
            blocks.append(_question(form, item, speaker))
        elif item.grid not in drawn:
            drawn.add(item.grid)
            blocks.append(_grid(form, section, item.grid, speaker))
    return tuple(blocks)


def _question(form: Form, item: Item, speaker: _Speaker) -> FormBlock:
    return FormBlock(
        kind=BlockKind.QUESTION,
        title=speaker.say(item.texts),
        number=item.number,
        help=speaker.say(item.help),
        fields=(form[item.code],),
        items=(item,),
    )


def _grid(form: Form, section: Section, code: str, speaker: _Speaker) -> FormBlock:
    grid = section.grid(code)
    rows = tuple(item for item in section.items if item.grid == code)
    return FormBlock(
        kind=BlockKind.GRID,
        title=speaker.say(grid.texts),
        number=grid.number,
        help=speaker.say(grid.help),
        fields=tuple(form[item.code] for item in rows),
        items=rows,
    )


def raw_answers(form: Form) -> dict[str, object]:
    """What was filled in, as the raw mapping that check_answers takes; items left blank are left out.

    Digits become numbers where the item holds numbers; a typed date becomes ISO; anything else stays as it
    is, for check_answers to refuse.
    """
    questionnaire: Questionnaire = form.questionnaire
    raw = {item.code: _raw(item, form[item.code]) for item in questionnaire.items}
    return {code: value for code, value in raw.items() if value not in (None, "", [], {})}


def _raw(item: Item, field: Field) -> object:
    if isinstance(field, FormField):
        cells = {unit_of_row(row): _level(row.data) for row in field.form}
        return {unit: level for unit, level in cells.items() if level is not None}
    if item.kind is ItemKind.MULTIPLE_CHOICE:
        # A browser sends a box once; a repeated code is the same tick.
        return list(dict.fromkeys(field.data or []))
    text = (field.data or "").strip()
    if item.kind is ItemKind.SCALE:
        return _level(text)
    if item.kind in NUMBER_KINDS:
        return _number(item, text)
    return _iso_day(text) if item.kind is ItemKind.DATE else text


def _level(text: str | None) -> object:
    if not text:
        return None
    return int(text) if _DIGITS.fullmatch(text) else text


def _number(item: Item, text: str) -> object:
    if _DIGITS.fullmatch(text) and item.kind is ItemKind.INTEGER:
        return int(text)
    return text.replace(",", ".")


def _iso_day(text: str) -> str:
    typed = _DAY.fullmatch(text)
    if typed is None:
        return text
    day, month, year = typed.groups()
    return f"{year}-{month:0>2}-{day:0>2}"
