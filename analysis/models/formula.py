"""Model formulas: `overall ~ sex * wait + I(wait^2) - 1` as a response and a list of terms.

The language is that of Wilkinson & Rogers 1973 as R writes it: names (in back-quotes when they hold
blanks), `+` adds a term, `a:b` is an interaction, `a * b` is `a + b + a:b`, `a / b` is `a + a:b`, `(a + b)^2`
has all interactions of two, `- 1` leaves out the intercept, `-` any other term. Arithmetic goes into `I(…)`;
`log`, `exp`, `sqrt`, `abs` stand by themselves, `factor(x)` and `as.factor(x)` read codes as categories, and
`cut(x, {500, 600})` divides a number at the points given (each interval includes its upper end), while
`cut(x, c(0, 500, 1000))` says where it begins and ends: what lies outside is missing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from analysis.errors import FormulaError
from analysis.models.expressions import Call, Expression, Listing, Name, Number, Operation, Text, names_in

FUNCTIONS = ("I", "factor", "as.factor", "cut", "log", "exp", "sqrt", "abs")

_TOKEN = re.compile(
    r"""\s*(?:(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)
          |(?P<name>(?:[^\W\d_]|\.(?!\d))[\w.]*)
          |`(?P<quoted>[^`]+)`
          |"(?P<text>[^"]*)"|'(?P<word>[^']*)'
          |(?P<symbol><=|>=|==|!=|[-+*/^:(),{}~<>]))""",
    re.VERBOSE,
)
_KINDS = {"word": "text"}  # both quotation marks
# weakest first; operators of one row bind equally, from the left
_PRECEDENCE = (("<", ">", "<=", ">=", "==", "!="), ("+", "-"), ("*", "/"), (":",))

_Token = tuple[str, str]
_Members = frozenset[Expression]
_INTERCEPT: _Members = frozenset()


@dataclass(frozen=True)
class Term:
    """One term: a variable, or the interaction of several."""

    factors: tuple[Expression, ...]

    @property
    def label(self) -> str:
        """The term as R writes it, e.g. `stype:ell`."""
        return ":".join(factor.label for factor in self.factors)


@dataclass(frozen=True)
class Formula:
    """A formula taken apart: the response (if any), the terms (main effects first), and the intercept."""

    text: str
    response: Expression | None
    terms: tuple[Term, ...]
    intercept: bool

    @property
    def variables(self) -> tuple[Expression, ...]:
        """What the terms are made of, each once."""
        return tuple(dict.fromkeys(factor for term in self.terms for factor in term.factors))

    @property
    def names(self) -> tuple[str, ...]:
        """The columns the formula reads, response first, each once."""
        response = () if self.response is None else tuple(names_in(self.response))
        return tuple(dict.fromkeys((*response, *self.term_names)))

    @property
    def term_names(self) -> tuple[str, ...]:
        """The columns the terms read, each once."""
        return tuple(dict.fromkeys(name for variable in self.variables for name in names_in(variable)))

    def __str__(self) -> str:
        return self.text

    def with_term(self, term: str) -> Formula:
        """The formula with one more term, e.g. `with_term("stype")`."""
        return parse_formula(f"{self.text} + {term}")

    def without(self, terms: Sequence[Term]) -> Formula:
        """The formula less some of its terms."""
        kept = tuple(term for term in self.terms if term not in terms)
        return Formula(
            f"{self.text} - ({' + '.join(t.label for t in terms)})", self.response, kept, self.intercept
        )

    def matching(self, terms: str) -> tuple[Term, ...]:
        """The terms of this formula named in `terms` (`stype`, `ell:stype`, `~ a + b`).

        Raises `FormulaError` naming those that the formula does not have.
        """
        wanted = parse_formula(terms if "~" in terms else f"~ {terms}").terms
        own = {frozenset(term.factors): term for term in self.terms}
        missing = [term.label for term in wanted if frozenset(term.factors) not in own]
        if missing or not wanted:
            raise FormulaError(
                f"The model {self.text} has no term {', '.join(missing) or 'of no name'}.",
                hint=f"Its terms: {', '.join(term.label for term in self.terms) or 'none'}.",
            )
        chosen = {frozenset(term.factors) for term in wanted}
        return tuple(term for term in self.terms if frozenset(term.factors) in chosen)


def parse_formula(text: str | Formula) -> Formula:
    """Read a formula `response ~ terms` or `~ terms`.

    Raises `FormulaError` showing where the formula cannot be read, or naming what has no meaning in a term.
    """
    if isinstance(text, Formula):
        return text
    tokens = _tokens(text)
    tildes = [place for place, token in enumerate(tokens) if token == ("symbol", "~")]
    if len(tildes) != 1:
        raise FormulaError(f"A formula has one ~: {text!r}.", hint="Write response ~ terms, or ~ terms.")
    left, right = tokens[: tildes[0]], tokens[tildes[0] + 1 :]
    # the intercept is a term like any other, there from the start
    terms = _Parser([("number", "1"), ("symbol", "+"), *right], text).whole()
    place = {variable: at for at, variable in reversed(list(enumerate(_variables(terms))))}
    expanded = _expand(terms)
    ordered = sorted((members for members in expanded if members), key=len)  # stable: main effects first
    return Formula(
        text=" ".join(text.split()),
        response=_Parser(left, text).whole() if left else None,
        terms=tuple(Term(tuple(sorted(members, key=place.__getitem__))) for members in ordered),
        intercept=_INTERCEPT in expanded,
    )


def _tokens(text: str) -> list[_Token]:
    tokens, place = [], 0
    while text[place:].strip():
        found = _TOKEN.match(text, place)
        if found is None:
            raise FormulaError(f"The formula {text!r} cannot be read at {text[place:].strip()!r}.")
        kind = str(found.lastgroup)
        tokens.append((_KINDS.get(kind, kind), found[kind]))
        place = found.end()
    return tokens


class _Parser:
    """Reads tokens from the weakest operator to the strongest."""

    def __init__(self, tokens: Sequence[_Token], formula: str) -> None:
        self._tokens = tokens
        self._formula = formula
        self._at = 0

    def whole(self) -> Expression:
        """The one expression that all tokens make."""
        expression = self._level(0)
        if self._at < len(self._tokens):
            raise self._stuck()
        return expression

    def _stuck(self) -> FormulaError:
        rest = " ".join(token for _, token in self._tokens[self._at :])
        at = f"at {rest!r}" if rest else "at its end"
        return FormulaError(f"The formula {self._formula!r} cannot be read {at}.")

    def _next_is(self, *symbols: str) -> bool:
        if self._at >= len(self._tokens):
            return False
        kind, token = self._tokens[self._at]
        return kind == "symbol" and token in symbols

    def _take(self) -> _Token:
        if self._at >= len(self._tokens):
            raise self._stuck()
        self._at += 1
        return self._tokens[self._at - 1]

    def _expect(self, symbol: str) -> None:
        if not self._next_is(symbol):
            raise self._stuck()
        self._at += 1

    def _level(self, level: int) -> Expression:
        if level == len(_PRECEDENCE):
            return self._signed()
        left = self._level(level + 1)
        while self._next_is(*_PRECEDENCE[level]):
            left = Operation(self._take()[1], (left, self._level(level + 1)))
        return left

    def _signed(self) -> Expression:
        if self._next_is("+", "-"):
            return Operation(self._take()[1], (self._signed(),))
        base = self._atom()
        if self._next_is("^"):
            return Operation(self._take()[1], (base, self._signed()))
        return base

    def _atom(self) -> Expression:
        if self._next_is("("):
            self._expect("(")
            inner = self._level(0)
            self._expect(")")
            return Operation("(", (inner,))
        if self._next_is("{"):
            return self._numbers(opening="{", closing="}")
        kind, token = self._take()
        if kind == "number":
            return Number(float(token))
        if kind == "text":
            return Text(token)
        if kind == "name":
            return self._call(token) if self._next_is("(") else Name(token)
        if kind == "quoted":
            return Name(token)
        self._at -= 1
        raise self._stuck()

    def _call(self, function: str) -> Expression:
        if function == "c":
            return self._numbers(opening="(", closing=")")
        if function not in FUNCTIONS:
            known = ", ".join(FUNCTIONS)
            raise FormulaError(f"There is no function {function} in formulas.", hint=f"Functions: {known}.")
        return Call(function, self._list(opening="(", closing=")"))

    def _numbers(self, *, opening: str, closing: str) -> Expression:
        values = []
        for item in self._list(opening=opening, closing=closing):
            negative = isinstance(item, Operation) and item.symbol == "-" and len(item.operands) == 1
            number = item.operands[0] if negative and isinstance(item, Operation) else item
            if not isinstance(number, Number):
                holder = "Braces hold" if opening == "{" else "c(…) holds"
                raise FormulaError(f"{holder} numbers, not {item.label}.")
            values.append(-number.value if negative else number.value)
        return Listing(tuple(values), bounded=opening == "(")

    def _list(self, *, opening: str, closing: str) -> tuple[Expression, ...]:
        self._expect(opening)
        items = [self._level(0)]
        while self._next_is(","):
            self._expect(",")
            items.append(self._level(0))
        self._expect(closing)
        return tuple(items)


def _variables(expression: Expression) -> Iterator[Expression]:
    """The variables of the right side in the order they are written; constants are none."""
    if isinstance(expression, Operation):
        for operand in expression.operands:
            yield from _variables(operand)
    elif not isinstance(expression, Number):
        yield expression


def _expand(expression: Expression) -> list[_Members]:
    """The terms an expression stands for, each the set of its variables; the intercept is the empty set."""
    match expression:
        case Name() | Call():
            return [frozenset({expression})]
        case Number(1.0):
            return [_INTERCEPT]
        case Operation("(" | "+", (inner,)):
            return _expand(inner)
        case Operation("+", (left, Operation("-", (removed,)))) | Operation("-", (left, removed)):
            return _less(_expand(left), removed)
        case Operation("+", (left, Number(0.0))):
            return _less(_expand(left), Number(1.0))
        case Operation("+" | "*" | ":" as symbol, (left, right)):
            first, second = _expand(left), _expand(right)
            crossed = [a | b for a in first for b in second]
            added = {"+": [*first, *second], ":": crossed, "*": [*first, *second, *crossed]}
            return list(dict.fromkeys(added[symbol]))
    return _expand_nested(expression)


def _expand_nested(expression: Expression) -> list[_Members]:
    """Terms within terms, and all interactions up to an order; `a^2` is left for `I(a^2)`."""
    match expression:
        case Operation("/", (left, right)):
            outer = _expand(left)
            within: _Members = frozenset[Expression]().union(*outer)
            return list(dict.fromkeys([*outer, *(within | inner for inner in _expand(right))]))
        case Operation("^", (Operation("("), Number(order))) if order.is_integer() and order >= 1:
            terms = result = _expand(expression.operands[0])
            for _ in range(int(order) - 1):
                result = list(dict.fromkeys([*result, *(a | b for a in result for b in terms)]))
            return result
    raise FormulaError(
        f"{expression.label} is no term.", hint="Put arithmetic into I(…), e.g. I(wait^2), I(wait > 30)."
    )


def _less(terms: list[_Members], removed: Expression) -> list[_Members]:
    if removed == Number(0.0):  # "- 0" asks for the intercept
        return list(dict.fromkeys([_INTERCEPT, *terms]))
    gone = _expand(removed)
    return [members for members in terms if members not in gone]
