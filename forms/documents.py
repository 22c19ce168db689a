"""Documents: a questionnaire as a plain JSON-able document and back, and the fingerprint of its content."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from forms.answers import canonical_json
from forms.errors import DefinitionError, Problem, RuleError
from forms.nodes import Node
from forms.questionnaire import (
    Choice,
    Constraint,
    Content,
    Factor,
    Gap,
    Grid,
    Item,
    ItemKind,
    LevelOrder,
    Questionnaire,
    RespondentKind,
    Section,
)
from forms.rules import Rule, parse_rule
from forms.scales import ExtraCode, Level, Scale
from forms.wording import Mark, Provenance
from forms.writing import questionnaire_document

__all__ = ["content_hash", "questionnaire_document", "read_questionnaire", "read_scales"]

_QUESTIONNAIRE_KEYS = frozenset(
    {"code", "version", "names", "languages", "respondents", "provenance", "legal_reference"}
    | {"placeholders", "scales", "contents", "sections", "gaps"}
)
_GRID_KEYS = frozenset({"grid", "text", "number", "help", "rows"})
_ITEM_KEYS = frozenset(
    {"code", "kind", "text", "number", "help", "required", "grid", "factor", "leaf", "provenance"}
    | {"scale", "level_order", "choices", "minimum", "maximum", "max_length", "relevance", "constraint"}
)


@dataclass(frozen=True)
class _Context:
    """What items inherit: the scales at hand and the questionnaire's provenance."""

    scales: Mapping[str, Scale]
    provenance: Provenance


def content_hash(questionnaire: Questionnaire) -> str:
    """SHA-256 (hexadecimal) of the canonical document: equal if and only if nothing was changed."""
    return hashlib.sha256(canonical_json(questionnaire_document(questionnaire)).encode()).hexdigest()


def read_questionnaire(
    document: object, *, source: str = "questionnaire", scales: Iterable[Scale] = ()
) -> Questionnaire:
    """Read a plain document, its own scales going before those given.

    Raises DefinitionError with every problem of form, each with its path. Whether the parts agree with one
    another is checking's business.
    """
    problems: list[Problem] = []
    node = Node(document, "", problems)
    questionnaire = _questionnaire(node, tuple(scales))
    if problems:
        raise DefinitionError(source, problems)
    return questionnaire


def read_scales(document: object, *, source: str = "scales") -> tuple[Scale, ...]:
    """Read a document with nothing but a list `scales`. Raises DefinitionError."""
    problems: list[Problem] = []
    node = Node(document, "", problems)
    node.allow({"scales"})
    scales = tuple(_scale(child) for child in node.children("scales"))
    if problems:
        raise DefinitionError(source, problems)
    return scales


def _questionnaire(node: Node, shared: tuple[Scale, ...]) -> Questionnaire:
    node.allow(_QUESTIONNAIRE_KEYS)
    own = tuple(_scale(child) for child in node.children("scales"))
    provenance = _provenance(node.child("provenance"))
    context = _Context({scale.reference: scale for scale in (*shared, *own)}, provenance)
    return Questionnaire(
        code=node.string("code"),
        version=node.integer("version"),
        names=node.texts("names"),
        languages=node.strings("languages"),
        respondents=node.options("respondents", RespondentKind),
        provenance=provenance,
        sections=tuple(_section(child, context) for child in node.children("sections")),
        contents=tuple(_content(child) for child in node.children("contents")),
        legal_reference=node.optional_string("legal_reference"),
        placeholders=_placeholders(node),
        gaps=tuple(_gap(child) for child in node.children("gaps")),
    )


def _placeholders(node: Node) -> dict[str, Mapping[str, str]] | None:
    if not node.has("placeholders"):
        return None
    child = node.child("placeholders")
    return {name: child.texts(name) for name in child.values}


def _gap(node: Node) -> Gap:
    node.allow({"code", "note"})
    return Gap(code=node.string("code"), note=node.string("note"))


def _content(node: Node) -> Content:
    node.allow({"code", "names", "factors"})
    code = node.string("code")
    factors = []
    for child in node.children("factors"):
        child.allow({"code", "names"})
        factors.append(Factor(code=child.string("code"), content=code, names=child.texts("names")))
    return Content(code=code, names=node.texts("names"), factors=tuple(factors))


def _provenance(node: Node) -> Provenance:
    node.allow({"mark", "source"})
    return Provenance(mark=node.option("mark", Mark), source=node.string("source"))


def _scale(node: Node) -> Scale:
    node.allow({"id", "version", "names", "levels", "provenance", "satisfied_from", "extra_codes"})
    levels = []
    for child in node.children("levels"):
        child.allow({"code", "labels", "percentage"})
        percentage = child.optional_decimal("percentage")
        levels.append(Level(child.integer("code"), child.texts("labels"), percentage))
    extras = []
    for child in node.children("extra_codes"):
        child.allow({"code", "labels"})
        extras.append(ExtraCode(child.integer("code"), child.texts("labels")))
    return Scale(
        id=node.string("id"),
        version=node.integer("version"),
        names=node.texts("names"),
        levels=tuple(levels),
        provenance=_provenance(node.child("provenance")),
        satisfied_from=node.optional_integer("satisfied_from"),
        extra_codes=tuple(extras),
    )


def _section(node: Node, context: _Context) -> Section:
    node.allow({"code", "title", "introduction", "grids", "items"})
    grids = [_grid(child, key="code") for child in node.children("grids")]
    items: list[Item] = []
    for child in node.children("items"):
        if "rows" in child.values:
            grid = _grid(child, key="grid")
            grids.append(grid)
            items.extend(_rows(child, grid, context))
        else:
            items.append(_item(child, context))
    return Section(
        code=node.string("code"),
        titles=node.texts("title"),
        items=tuple(items),
        grids=tuple(grids),
        introductions=node.optional_texts("introduction"),
    )


def _grid(node: Node, *, key: str) -> Grid:
    if key == "code":
        node.allow({"code", "text", "number", "help"})
    return Grid(
        code=node.string(key),
        texts=node.texts("text"),
        number=node.optional_string("number"),
        help=node.optional_texts("help"),
    )


def _rows(node: Node, grid: Grid, context: _Context) -> list[Item]:
    """Expand a grid written in short: every row is an item with the grid's kind, scale and so on."""
    node.allow(_GRID_KEYS | _ITEM_KEYS)
    inherited = {key: value for key, value in node.values.items() if key not in _GRID_KEYS}
    items = []
    for row in node.children("rows"):
        row.values = {**inherited, **row.values, "grid": grid.code}
        items.append(_item(row, context))
    return items


def _item(node: Node, context: _Context) -> Item:
    node.allow(_ITEM_KEYS)
    provenance = _provenance(node.child("provenance")) if node.has("provenance") else context.provenance
    return Item(
        code=node.string("code"),
        kind=node.option("kind", ItemKind),
        texts=node.texts("text"),
        provenance=provenance,
        number=node.optional_string("number"),
        help=node.optional_texts("help"),
        required=node.flag("required"),
        grid=node.optional_string("grid"),
        factor=node.optional_string("factor"),
        leaf=node.optional_string("leaf"),
        scale=_referenced_scale(node, context),
        level_order=node.option("level_order", LevelOrder, default=LevelOrder.LOWEST_FIRST),
        choices=tuple(_choice(child) for child in node.children("choices")),
        minimum=node.optional_decimal("minimum"),
        maximum=node.optional_decimal("maximum"),
        max_length=node.optional_integer("max_length"),
        relevance=_rule(node, "relevance") if node.has("relevance") else None,
        constraint=_constraint(node),
    )


def _choice(node: Node) -> Choice:
    node.allow({"code", "labels"})
    return Choice(code=node.string("code"), labels=node.texts("labels"))


def _referenced_scale(node: Node, context: _Context) -> Scale | None:
    reference = node.optional_string("scale")
    if reference is not None and reference not in context.scales:
        known = ", ".join(sorted(context.scales))
        node.report("scale", f"No scale {reference!r}. Known: {known or 'none'}.")
    return None if reference is None else context.scales.get(reference)


def _rule(node: Node, key: str) -> Rule | None:
    try:
        return parse_rule(node.values.get(key))
    except RuleError as error:
        node.report(key, str(error))
        return None


def _constraint(node: Node) -> Constraint | None:
    if not node.has("constraint"):
        return None
    child = node.child("constraint")
    child.allow({"rule", "message"})
    rule = _rule(child, "rule")
    messages = child.texts("message")
    return None if rule is None else Constraint(rule=rule, messages=messages)
