"""Writing: the plain document of a questionnaire, self-contained and without anything that is absent."""

from __future__ import annotations

from decimal import Decimal

from forms.questionnaire import Grid, Item, LevelOrder, Questionnaire, Section
from forms.rules import rule_document
from forms.scales import Scale
from forms.wording import Provenance, Texts


def questionnaire_document(questionnaire: Questionnaire) -> dict[str, object]:
    """The JSON-able document of a questionnaire, its scales inside."""
    return _present(
        code=questionnaire.code,
        version=questionnaire.version,
        names=dict(questionnaire.names),
        languages=list(questionnaire.languages),
        respondents=[str(kind) for kind in questionnaire.respondents],
        provenance=_provenance(questionnaire.provenance),
        legal_reference=questionnaire.legal_reference,
        placeholders=_placeholders(questionnaire),
        scales=[_scale(scale) for scale in questionnaire.scales],
        contents=[
            {
                "code": content.code,
                "names": dict(content.names),
                "factors": [{"code": f.code, "names": dict(f.names)} for f in content.factors],
            }
            for content in questionnaire.contents
        ],
        sections=[_section(section) for section in questionnaire.sections],
        gaps=[{"code": gap.code, "note": gap.note} for gap in questionnaire.gaps],
    )


def _present(**values: object) -> dict[str, object]:
    return {key: value for key, value in values.items() if value is not None and value != []}


def _texts(texts: Texts | None) -> dict[str, str] | None:
    return None if texts is None else dict(texts)


def _number(value: Decimal | None) -> str | None:
    return None if value is None else format(value, "f")


def _provenance(provenance: Provenance) -> dict[str, object]:
    return {"mark": str(provenance.mark), "source": provenance.source}


def _placeholders(questionnaire: Questionnaire) -> dict[str, object] | None:
    if questionnaire.placeholders is None:
        return None
    return {name: dict(texts) for name, texts in questionnaire.placeholders.items()}


def _scale(scale: Scale) -> dict[str, object]:
    return _present(
        id=scale.id,
        version=scale.version,
        names=dict(scale.names),
        levels=[
            _present(code=level.code, labels=dict(level.labels), percentage=_number(level.percentage))
            for level in scale.levels
        ],
        provenance=_provenance(scale.provenance),
        satisfied_from=scale.satisfied_from,
        extra_codes=[{"code": extra.code, "labels": dict(extra.labels)} for extra in scale.extra_codes],
    )


def _section(section: Section) -> dict[str, object]:
    return _present(
        code=section.code,
        title=dict(section.titles),
        introduction=_texts(section.introductions),
        grids=[_grid(grid) for grid in section.grids],
        items=[_item(item) for item in section.items],
    )


def _grid(grid: Grid) -> dict[str, object]:
    return _present(code=grid.code, text=dict(grid.texts), number=grid.number, help=_texts(grid.help))


def _item(item: Item) -> dict[str, object]:
    constraint = item.constraint
    return _present(
        code=item.code,
        kind=str(item.kind),
        text=dict(item.texts),
        number=item.number,
        help=_texts(item.help),
        required=item.required or None,
        grid=item.grid,
        factor=item.factor,
        leaf=item.leaf,
        scale=None if item.scale is None else item.scale.reference,
        level_order=None if item.level_order is LevelOrder.LOWEST_FIRST else str(item.level_order),
        choices=[{"code": choice.code, "labels": dict(choice.labels)} for choice in item.choices],
        minimum=_number(item.minimum),
        maximum=_number(item.maximum),
        max_length=item.max_length,
        relevance=None if item.relevance is None else rule_document(item.relevance),
        constraint=None
        if constraint is None
        else {"rule": rule_document(constraint.rule), "message": dict(constraint.messages)},
        provenance=_provenance(item.provenance),
    )
