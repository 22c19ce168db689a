"""Checking: proving that the parts of a questionnaire agree with one another before anybody is asked."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping

from forms.errors import Problem
from forms.questionnaire import (
    CATEGORICAL_KINDS,
    CHOICE_KINDS,
    NUMBER_KINDS,
    SCALE_KINDS,
    Item,
    ItemKind,
    Questionnaire,
    Section,
)
from forms.rules import (
    ORDERINGS,
    Answered,
    Comparison,
    Connective,
    ItemReference,
    Membership,
    Operator,
    Rule,
    items_in,
)
from forms.scales import Scale
from forms.wording import Provenance, Texts, placeholders_in

_ITEM_CODE = re.compile(r"[a-z][a-z0-9_]{0,39}")
_QUESTIONNAIRE_CODE = re.compile(r"[a-z][a-z0-9-]{0,39}")

# Item codes are also names of form fields; these would hide parts of the form that draws them.
RESERVED_CODES = frozenset(
    {"csrf_token", "data", "errors", "form_errors", "hidden_tag", "is_submitted", "language", "meta"}
    | {"populate_obj", "process", "questionnaire", "speaker", "validate", "validate_on_submit"}
)


def check_definition(questionnaire: Questionnaire) -> list[Problem]:
    """Every disagreement inside a questionnaire, in reading order; an empty list means it can be used.

    Proves: all languages present in every text, placeholders declared, codes unique and usable, rules refer
    to items asked before and to codes these have, factors have items and scored items a factor and a scale
    with `satisfied_from`, kinds have what they need, marks have a source.
    """
    problems: list[Problem] = []
    for check in _CHECKS:
        problems.extend(check(questionnaire))
    return problems


def _check_head(questionnaire: Questionnaire) -> Iterator[Problem]:
    if not _QUESTIONNAIRE_CODE.fullmatch(questionnaire.code):
        yield Problem("code", "Use small letters, digits and hyphens, starting with a letter.")
    if questionnaire.version < 1:
        yield Problem("version", "Versions count from 1.")
    if not questionnaire.items:
        yield Problem("sections", "A questionnaire needs at least one item.")
    yield from _repeated("languages", questionnaire.languages)
    yield from _unsourced("provenance", questionnaire.provenance)


def _check_texts(questionnaire: Questionnaire) -> Iterator[Problem]:
    expected = set(questionnaire.languages)
    declared = set(questionnaire.placeholders or {})
    for where, texts in _all_texts(questionnaire):
        missing = sorted(expected - texts.keys())
        unknown = sorted(texts.keys() - expected)
        if missing:
            yield Problem(where, f"No text in {', '.join(missing)}.")
        if unknown:
            yield Problem(where, f"Text in {', '.join(unknown)}, which is not among the languages.")
        for language, text in texts.items():
            for name in placeholders_in(text):
                if name not in declared:
                    yield Problem(f"{where}.{language}", f"{{{name}}} is not among the placeholders.")


def _all_texts(questionnaire: Questionnaire) -> Iterator[tuple[str, Texts]]:
    yield "names", questionnaire.names
    for name, texts in (questionnaire.placeholders or {}).items():
        yield f"placeholders.{name}", texts
    for content in questionnaire.contents:
        yield f"contents[{content.code}].names", content.names
        for factor in content.factors:
            yield f"contents[{content.code}].factors[{factor.code}].names", factor.names
    for scale in questionnaire.scales:
        yield f"scales[{scale.reference}].names", scale.names
        for code, labels in scale.labels_by_code.items():
            yield f"scales[{scale.reference}][{code}].labels", labels
    for section in questionnaire.sections:
        yield from _section_texts(section)


def _section_texts(section: Section) -> Iterator[tuple[str, Texts]]:
    where = f"sections[{section.code}]"
    yield f"{where}.title", section.titles
    if section.introductions is not None:
        yield f"{where}.introduction", section.introductions
    for grid in section.grids:
        yield f"{where}.grids[{grid.code}].text", grid.texts
        if grid.help is not None:
            yield f"{where}.grids[{grid.code}].help", grid.help
    for item in section.items:
        yield from _item_texts(item)


def _item_texts(item: Item) -> Iterator[tuple[str, Texts]]:
    where = _at(item)
    yield f"{where}.text", item.texts
    if item.help is not None:
        yield f"{where}.help", item.help
    for choice in item.choices:
        yield f"{where}.choices[{choice.code}].labels", choice.labels
    if item.constraint is not None:
        yield f"{where}.constraint.message", item.constraint.messages


def _check_codes(questionnaire: Questionnaire) -> Iterator[Problem]:
    yield from _repeated("sections", [section.code for section in questionnaire.sections])
    yield from _repeated("items", [item.code for item in questionnaire.items])
    yield from _repeated("contents", [content.code for content in questionnaire.contents])
    yield from _repeated("factors", [factor.code for factor in questionnaire.factors])
    for section in questionnaire.sections:
        yield from _repeated(f"sections[{section.code}].grids", [grid.code for grid in section.grids])
    for item in questionnaire.items:
        if not _ITEM_CODE.fullmatch(item.code):
            yield Problem(_at(item), "Use small letters, digits and underscores, starting with a letter.")
        if item.code in RESERVED_CODES:
            yield Problem(_at(item), "This word is taken by the form that draws the item; choose another.")
        yield from _repeated(f"{_at(item)}.choices", [choice.code for choice in item.choices])


def _repeated(where: str, codes: Iterable[str | int]) -> Iterator[Problem]:
    seen: set[str | int] = set()
    for code in codes:
        if code in seen:
            yield Problem(where, f"{code} is there twice.")
        seen.add(code)


def _check_scales(questionnaire: Questionnaire) -> Iterator[Problem]:
    by_reference: dict[str, Scale] = {}
    for item in questionnaire.items:
        if item.scale is None:
            continue
        if by_reference.setdefault(item.scale.reference, item.scale) != item.scale:
            yield Problem(f"{_at(item)}.scale", f"Another {item.scale.reference} is in use elsewhere.")
    for scale in questionnaire.scales:
        yield from _check_scale(f"scales[{scale.reference}]", scale)


def _check_scale(where: str, scale: Scale) -> Iterator[Problem]:
    codes = [level.code for level in scale.levels]
    if len(codes) < 2:
        yield Problem(f"{where}.levels", "A scale needs at least two levels.")
    if codes != sorted(codes):
        yield Problem(f"{where}.levels", "Order the levels from the lowest to the highest code.")
    yield from _repeated(f"{where}.levels", codes + [extra.code for extra in scale.extra_codes])
    if scale.satisfied_from is not None and scale.satisfied_from not in scale.level_codes:
        yield Problem(f"{where}.satisfied_from", "This is not the code of one of the levels.")
    if scale.percentages and scale.percentages.keys() != scale.level_codes:
        yield Problem(f"{where}.levels", "Give a percentage to every level or to none.")
    yield from _unsourced(f"{where}.provenance", scale.provenance)


def _check_kinds(questionnaire: Questionnaire) -> Iterator[Problem]:
    for item in questionnaire.items:
        where = _at(item)
        if (item.kind in SCALE_KINDS) != (item.scale is not None):
            yield Problem(f"{where}.scale", f"A scale belongs to the kinds {_words(SCALE_KINDS)} only.")
        if (item.kind in CHOICE_KINDS) != bool(item.choices):
            yield Problem(f"{where}.choices", f"Choices belong to the kinds {_words(CHOICE_KINDS)} only.")
        yield from _check_limits(item)
        yield from _unsourced(f"{where}.provenance", item.provenance)


def _check_limits(item: Item) -> Iterator[Problem]:
    limits = [limit for limit in (item.minimum, item.maximum) if limit is not None]
    if limits and item.kind not in NUMBER_KINDS:
        yield Problem(_at(item), f"minimum and maximum belong to the kinds {_words(NUMBER_KINDS)} only.")
    if limits != sorted(limits):
        yield Problem(_at(item), "The minimum is above the maximum: no answer would do.")
    if item.max_length is not None and (item.kind is not ItemKind.TEXT or item.max_length < 1):
        yield Problem(f"{_at(item)}.max_length", "A length of at least 1 belongs to the kind text only.")


def _words(kinds: Iterable[ItemKind]) -> str:
    return " and ".join(sorted(kinds))


def _unsourced(where: str, provenance: Provenance) -> Iterator[Problem]:
    if not provenance.source.strip():
        yield Problem(where, f"The mark {provenance.mark} needs its source.")


def _check_factors(questionnaire: Questionnaire) -> Iterator[Problem]:
    known = {factor.code for factor in questionnaire.factors}
    used = {item.factor for item in questionnaire.scored_items}
    for factor in questionnaire.factors:
        if factor.code not in used:
            yield Problem(
                f"contents[{factor.content}].factors[{factor.code}]", "No item belongs to this factor."
            )
    for item in questionnaire.scored_items:
        if item.factor not in known:
            yield Problem(f"{_at(item)}.factor", f"There is no factor {item.factor}.")
        if item.scale is None or item.scale.satisfied_from is None:
            yield Problem(f"{_at(item)}.scale", "A scored item needs a scale with satisfied_from.")
    for item in questionnaire.items:
        if item.leaf is not None and (item.scale is None or not item.scale.percentages):
            yield Problem(f"{_at(item)}.leaf", "To feed a criterion an item needs a scale with percentages.")


def _check_grids(questionnaire: Questionnaire) -> Iterator[Problem]:
    for section in questionnaire.sections:
        known = {grid.code for grid in section.grids}
        for grid in section.grids:
            where = f"sections[{section.code}].grids[{grid.code}]"
            rows = [item for item in section.items if item.grid == grid.code]
            if not rows:
                yield Problem(where, "No item is a row of this grid.")
            elif any(_options(row) != _options(rows[0]) for row in rows):
                yield Problem(where, "All rows need the same kind and options.")
        for item in section.items:
            if item.grid is not None and item.grid not in known:
                yield Problem(f"{_at(item)}.grid", f"There is no grid {item.grid} in this section.")


def _options(item: Item) -> tuple[object, ...]:
    return item.kind, item.scale, item.level_order, item.choices


def _check_rules(questionnaire: Questionnaire) -> Iterator[Problem]:
    before: dict[str, Item] = {}
    for item in questionnaire.items:
        if item.relevance is not None:
            yield from _check_rule(f"{_at(item)}.relevance", item.relevance, before)
        before[item.code] = item
        if item.constraint is not None:
            yield from _check_rule(f"{_at(item)}.constraint.rule", item.constraint.rule, before)


def _check_rule(where: str, rule: Rule, items: Mapping[str, Item]) -> Iterator[Problem]:
    unknown = sorted(set(items_in(rule)) - items.keys())
    for code in unknown:
        yield Problem(where, f"No item {code} is asked before this point.")
    if not unknown:
        yield from (Problem(where, message) for message in _senseless(rule, items))


def _senseless(rule: Rule, items: Mapping[str, Item]) -> Iterator[str]:
    match rule:
        case Connective(_, operands):
            for operand in operands:
                yield from _senseless(operand, items)
        case Membership(operator, left, options):
            yield from _senseless_membership(operator, items[left.item], options)
        case Comparison(operator, left, right):
            yield from _senseless_comparison(operator, items[left.item], right, items)
        case Answered():
            pass


def _senseless_membership(operator: Operator, item: Item, options: tuple[object, ...]) -> Iterator[str]:
    if (operator is Operator.ANY_IN) != (item.kind is ItemKind.MULTIPLE_CHOICE):
        yield f"{item.code}: 'any-in' is for multiple choice items and 'in' for the others."
    for option in options:
        yield from _strange_literal(item, option)


def _senseless_comparison(
    operator: Operator, item: Item, right: object, items: Mapping[str, Item]
) -> Iterator[str]:
    if item.kind in (ItemKind.MULTIPLE_CHOICE, ItemKind.UNIT_GRID):
        yield f"{item.code}: answers of the kind {item.kind} cannot be compared; use 'any-in' or 'answered'."
    if operator in ORDERINGS and item.kind in (ItemKind.SINGLE_CHOICE, ItemKind.TEXT):
        yield f"{item.code}: answers of the kind {item.kind} have no order."
    if not isinstance(right, ItemReference):
        yield from _strange_literal(item, right)
    elif _comparable(items[right.item]) != _comparable(item):
        yield f"{item.code} and {right.item} have answers of different kinds."


def _strange_literal(item: Item, literal: object) -> Iterator[str]:
    if item.kind in CATEGORICAL_KINDS and literal not in item.codes:
        yield f"{item.code} has no code {literal!r}."
    elif item.kind not in CATEGORICAL_KINDS and isinstance(literal, str) != (_comparable(item) is str):
        yield f"{item.code}: {literal!r} is no answer of the kind {item.kind}."


def _comparable(item: Item) -> type:
    return int if item.kind in NUMBER_KINDS | SCALE_KINDS else str


def _at(item: Item) -> str:
    return f"items[{item.code}]"


_CHECKS: tuple[Callable[[Questionnaire], Iterator[Problem]], ...] = (
    _check_head,
    _check_texts,
    _check_codes,
    _check_scales,
    _check_kinds,
    _check_factors,
    _check_grids,
    _check_rules,
)
