"""The rule language: relevance and constraints as data, with a defined meaning for answers that are missing.

A rule is a list such as [in, {item: overall}, [1, 2]] or [and, [answered, {item: a}], [">", {item: b}, 3]].
There is nothing to execute in it: operators, item references and literals only.

A comparison with a missing answer is neither true nor false but unknown (None), and `and`, `or`, `not` follow
Kleene's strong logic. What unknown means is the asker's choice: an item of unknown relevance is not asked,
an unknown constraint does not complain. Refused and invalid answers count as missing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import TypeAlias

from forms.errors import RuleError

Literal: TypeAlias = int | Decimal | str


class Operator(StrEnum):
    """Every word the language knows."""

    AND = "and"
    OR = "or"
    NOT = "not"
    EQUAL = "=="
    NOT_EQUAL = "!="
    LESS = "<"
    LESS_OR_EQUAL = "<="
    GREATER = ">"
    GREATER_OR_EQUAL = ">="
    IN = "in"
    ANY_IN = "any-in"
    ANSWERED = "answered"


@dataclass(frozen=True)
class ItemReference:
    """The answer given to an item."""

    item: str


@dataclass(frozen=True)
class Connective:
    """`and`, `or` (one operand or more) and `not` (one)."""

    operator: Operator
    operands: tuple[Rule, ...]


@dataclass(frozen=True)
class Comparison:
    """An item's answer against a literal or another item's answer; the reference stands on the left."""

    operator: Operator
    left: ItemReference
    right: ItemReference | Literal


@dataclass(frozen=True)
class Membership:
    """`in`: the answer is one of the options; `any-in`: one of the ticked choices is."""

    operator: Operator
    left: ItemReference
    options: tuple[Literal, ...]


@dataclass(frozen=True)
class Answered:
    """`answered`: a usable answer was given. Never unknown."""

    left: ItemReference


Rule: TypeAlias = Connective | Comparison | Membership | Answered

CONNECTIVES = frozenset({Operator.AND, Operator.OR, Operator.NOT})
MEMBERSHIPS = frozenset({Operator.IN, Operator.ANY_IN})
ORDERINGS = frozenset({Operator.LESS, Operator.LESS_OR_EQUAL, Operator.GREATER, Operator.GREATER_OR_EQUAL})


def parse_rule(document: object) -> Rule:
    """Read a rule from its list form.

    Raises RuleError naming the part that cannot be read.
    """
    if not isinstance(document, list) or not document:
        raise RuleError(f"A rule is a list that starts with an operator; found {document!r}.")
    try:
        operator = Operator(document[0])
    except ValueError:
        known = ", ".join(Operator)
        raise RuleError(f"Unknown operator {document[0]!r}. Use one of: {known}.") from None
    operands = document[1:]
    if operator in CONNECTIVES:
        return _parse_connective(operator, operands)
    return _parse_test(operator, operands)


def _parse_connective(operator: Operator, operands: list[object]) -> Connective:
    if not operands or (operator is Operator.NOT and len(operands) != 1):
        expected = "exactly one rule" if operator is Operator.NOT else "at least one rule"
        raise RuleError(f"'{operator}' takes {expected}; found {len(operands)}.")
    return Connective(operator, tuple(parse_rule(operand) for operand in operands))


def _parse_test(operator: Operator, operands: list[object]) -> Comparison | Membership | Answered:
    expected = 1 if operator is Operator.ANSWERED else 2
    if len(operands) != expected:
        raise RuleError(f"'{operator}' takes {expected} operand(s); found {len(operands)}.")
    left = _parse_reference(operands[0])
    if operator is Operator.ANSWERED:
        return Answered(left)
    if operator not in MEMBERSHIPS:
        return Comparison(operator, left, _parse_operand(operands[1]))
    options = operands[1]
    if not isinstance(options, list) or not options:
        raise RuleError(f"'{operator}' needs a list of options on the right; found {options!r}.")
    return Membership(operator, left, tuple(_parse_literal(option) for option in options))


def _parse_reference(document: object) -> ItemReference:
    if isinstance(document, dict) and document.keys() == {"item"} and isinstance(document["item"], str):
        return ItemReference(document["item"])
    raise RuleError(f"Expected an item reference such as {{item: overall}}; found {document!r}.")


def _parse_operand(document: object) -> ItemReference | Literal:
    return _parse_reference(document) if isinstance(document, dict) else _parse_literal(document)


def _parse_literal(document: object) -> Literal:
    if isinstance(document, bool):
        raise RuleError(f"{str(document).lower()} is no answer code; in YAML put yes and no in quotes.")
    if isinstance(document, float):
        return Decimal(repr(document))
    if isinstance(document, int | str | Decimal):
        return document
    raise RuleError(f"Expected a number or a text; found {document!r}.")


def rule_document(rule: Rule) -> list[object]:
    """The list form of a rule; parse_rule(rule_document(rule)) == rule."""
    match rule:
        case Connective(operator, operands):
            return [str(operator), *(rule_document(operand) for operand in operands)]
        case Comparison(operator, left, right):
            return [str(operator), {"item": left.item}, _operand_document(right)]
        case Membership(operator, left, options):
            return [str(operator), {"item": left.item}, [_operand_document(option) for option in options]]
        case Answered(left):
            return [str(Operator.ANSWERED), {"item": left.item}]


def _operand_document(operand: ItemReference | Literal) -> object:
    if isinstance(operand, ItemReference):
        return {"item": operand.item}
    return float(operand) if isinstance(operand, Decimal) else operand


def items_in(rule: Rule) -> Iterator[str]:
    """Codes of the items a rule looks at, in reading order, repeats included."""
    if isinstance(rule, Connective):
        for operand in rule.operands:
            yield from items_in(operand)
        return
    yield rule.left.item
    if isinstance(rule, Comparison) and isinstance(rule.right, ItemReference):
        yield rule.right.item


def evaluate(rule: Rule, answers: Mapping[str, object]) -> bool | None:
    """Whether a rule holds for typed answers: True, False, or None when a missing answer leaves it open."""
    match rule:
        case Connective(operator, operands):
            return _connect(operator, [evaluate(operand, answers) for operand in operands])
        case Answered(left):
            return _value(left, answers) is not None
        case Membership(operator, left, options):
            return _contains(operator, _value(left, answers), options)
        case Comparison(operator, left, right):
            return _compare(operator, _value(left, answers), _value(right, answers))


def _connect(operator: Operator, truths: list[bool | None]) -> bool | None:
    if operator is Operator.NOT:
        return None if truths[0] is None else not truths[0]
    # Kleene: one False decides an `and`, one True decides an `or`, whatever is still unknown.
    decisive = operator is Operator.OR
    if decisive in truths:
        return decisive
    return None if None in truths else not decisive


def _value(operand: ItemReference | Literal, answers: Mapping[str, object]) -> object:
    value = answers.get(operand.item) if isinstance(operand, ItemReference) else operand
    if isinstance(value, date):
        return value.isoformat()
    return value if isinstance(value, int | Decimal | str | tuple) else None


def _contains(operator: Operator, value: object, options: tuple[Literal, ...]) -> bool | None:
    if value is None:
        return None
    if operator is Operator.IN:
        return value in options
    return isinstance(value, tuple) and any(choice in options for choice in value)


_ORDER: Mapping[Operator, Callable[[Decimal | str, Decimal | str], bool]] = {
    Operator.LESS: lambda left, right: left < right,  # type: ignore[operator]  # kinds agree, see _ordered
    Operator.LESS_OR_EQUAL: lambda left, right: left <= right,  # type: ignore[operator]  # the same
    Operator.GREATER: lambda left, right: left > right,  # type: ignore[operator]  # the same
    Operator.GREATER_OR_EQUAL: lambda left, right: left >= right,  # type: ignore[operator]  # the same
}


def _compare(operator: Operator, left: object, right: object) -> bool | None:
    if left is None or right is None:
        return None
    if operator is Operator.EQUAL:
        return left == right
    if operator is Operator.NOT_EQUAL:
        return left != right
    return _ORDER[operator](*_ordered(left, right))


def _ordered(left: object, right: object) -> tuple[Decimal | str, Decimal | str]:
    if isinstance(left, int | Decimal) and isinstance(right, int | Decimal):
        return Decimal(left), Decimal(right)
    if isinstance(left, str) and isinstance(right, str):
        return left, right
    raise RuleError(f"Cannot order {left!r} and {right!r}: compare numbers with numbers, dates with dates.")
