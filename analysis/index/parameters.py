"""Reading a formula from the parameters of a criteria set.

Parameters are a JSON object; points and shares in it are numbers with a decimal point. M is the maximum of
the leaf, x the ratio a ÷ b.

| Formula     | Parameters                                                  | Points                    |
| ----------- | ----------------------------------------------------------- | ------------------------- |
| YESNO       | none                                                        | M or 0                    |
| TIER        | `{"choices": [{"code", "points", "vi", "en"}, …]}`          | those of the choice       |
| TIER        | `{"at_least": [[0.3, 1], [0.2, 0.5], [0, 0]]}`              | first bound ≤ x           |
| RATIO       | none                                                        | x · M                     |
| RATIO_FLOOR | `{"floor": 0.8}`                                            | x · M if x ≥ floor else 0 |
| PIECEWISE   | `{"pieces": [{"at_least": 0.9, "times": 1, "plus": 0}, …]}` | (times · x + plus) · M    |
| TARGET      | `{"target": 0.3}`                                           | min(1, x ÷ target) · M    |
| COUNT       | `{"points_each": 0.75}`                                     | min(M, n · each)          |
| DEDUCT      | `{"deductions": [{"code", "points", "vi", "en"}, …]}`       | max(0, M - Σ n · points)  |
| CHECKLIST   | `{"items": [{"code", "points", "vi", "en"}, …]}`            | Σ of the fulfilled        |
| SURVEY      | none; the questions stand in their own column               | share · M                 |
| SIPAS       | none                                                        | rate · M                  |
| EXTERNAL    | none                                                        | given by a higher body    |
| ROLLUP      | `{"of": "RATIO", "from": "commune", …}` and those of `of`   | `of` on Σa ÷ Σb           |

Formulas on a ratio may add `"zero_denominator": "NA"` (the leaf does not apply) or `"MAX"` (no case, full
points); without it a base of zero is refused. Bounds are tried from the top; the last one is 0.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal, InvalidOperation

from analysis.index.formulas import (
    FORMULA_CODES,
    Checklist,
    ChoiceTier,
    Count,
    Deduct,
    External,
    Formula,
    Name,
    Piece,
    Piecewise,
    PricedItem,
    Ratio,
    RatioFloor,
    RatioFormula,
    Rollup,
    Sipas,
    Step,
    Survey,
    Target,
    ThresholdTier,
    YesNo,
    ZeroDenominator,
)


class ParameterError(Exception):
    """One thing wrong in a formula's parameters; the reader of the set adds row and column."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


Parameters = Mapping[str, object]


def formula_from_parameters(code: str, parameters: Parameters) -> Formula:
    """The formula of that code.

    Raises `ParameterError` for an unknown code and for a missing, wrong or spare parameter.
    """
    if code not in FORMULA_CODES:
        raise ParameterError(
            "unknown-formula", f"formula {code!r} is unknown; known are {', '.join(FORMULA_CODES)}."
        )
    rest = dict(parameters)
    formula = _BUILDERS[code](rest)
    if rest:
        raise ParameterError(
            "unknown-parameter", f"{code} does not take the parameters {', '.join(sorted(rest))}."
        )
    return formula


def _tier(rest: dict[str, object]) -> Formula:
    if "choices" in rest:
        return ChoiceTier(choices=_priced_items(rest, "choices"))
    pairs = [_pair(pair) for pair in _list(rest, "at_least")]
    return ThresholdTier(
        steps=tuple(Step(at_least=bound, points=points) for bound, points in pairs),
        zero_denominator=_zero_denominator(rest),
    )


def _piecewise(rest: dict[str, object]) -> Formula:
    pieces = []
    for entry in _list(rest, "pieces"):
        fields = _object(entry, "pieces")
        at_least, times = _decimal(fields.pop("at_least", None)), _decimal(fields.pop("times", None))
        pieces.append(Piece(at_least=at_least, times=times, plus=_decimal(fields.pop("plus", 0))))
        _require_no_spare(fields, "pieces")
    return Piecewise(pieces=tuple(pieces), zero_denominator=_zero_denominator(rest))


def _rollup(rest: dict[str, object]) -> Formula:
    inner_code, source = _text(rest, "of"), _text(rest, "from")
    inner = formula_from_parameters(inner_code, rest)
    rest.clear()
    if not isinstance(inner, RatioFormula):
        raise ParameterError("bad-parameter", f"ROLLUP sums ratios; {inner_code} has none.")
    return Rollup(formula=inner, source=source)


def _number_formula(rest: dict[str, object], key: str) -> Decimal:
    if key not in rest:
        raise ParameterError("missing-parameter", f"the parameter {key!r} is missing.")
    number = _decimal(rest.pop(key))
    if number <= 0:
        raise ParameterError("bad-parameter", f"{key!r} must be above zero, not {number}.")
    return number


_BUILDERS: Mapping[str, Callable[[dict[str, object]], Formula]] = {
    "YESNO": lambda rest: YesNo(),
    "TIER": _tier,
    "RATIO": lambda rest: Ratio(zero_denominator=_zero_denominator(rest)),
    "RATIO_FLOOR": lambda rest: RatioFloor(
        floor=_number_formula(rest, "floor"), zero_denominator=_zero_denominator(rest)
    ),
    "PIECEWISE": _piecewise,
    "TARGET": lambda rest: Target(
        target=_number_formula(rest, "target"), zero_denominator=_zero_denominator(rest)
    ),
    "COUNT": lambda rest: Count(points_each=_number_formula(rest, "points_each")),
    "DEDUCT": lambda rest: Deduct(deductions=_priced_items(rest, "deductions")),
    "CHECKLIST": lambda rest: Checklist(items=_priced_items(rest, "items")),
    "SURVEY": lambda rest: Survey(),
    "SIPAS": lambda rest: Sipas(),
    "EXTERNAL": lambda rest: External(),
    "ROLLUP": _rollup,
}


def _zero_denominator(rest: dict[str, object]) -> ZeroDenominator:
    value = rest.pop("zero_denominator", None)
    if value is None:
        return ZeroDenominator.REFUSED
    if value not in (ZeroDenominator.NOT_APPLICABLE, ZeroDenominator.MAXIMUM):
        raise ParameterError("bad-parameter", f"'zero_denominator' is {value!r}; write NA or MAX.")
    return ZeroDenominator(str(value))


def _priced_items(rest: dict[str, object], key: str) -> tuple[PricedItem, ...]:
    items = []
    for entry in _list(rest, key):
        fields = _object(entry, key)
        code, vi, en = _text(fields, "code"), _text(fields, "vi"), _text(fields, "en")
        points = _decimal(fields.pop("points", None))
        items.append(PricedItem(code=code, points=points, label=Name(vi=vi, en=en)))
        _require_no_spare(fields, key)
    codes = [item.code for item in items]
    if len(set(codes)) < len(codes):
        raise ParameterError("bad-parameter", f"{key!r} uses a code twice.")
    return tuple(items)


def _list(rest: dict[str, object], key: str) -> Sequence[object]:
    if key not in rest:
        raise ParameterError("missing-parameter", f"the parameter {key!r} is missing.")
    value = rest.pop(key)
    if not isinstance(value, list) or not value:
        raise ParameterError("bad-parameter", f"{key!r} must be a list with at least one entry.")
    return value


def _object(entry: object, key: str) -> dict[str, object]:
    if not isinstance(entry, dict):
        raise ParameterError("bad-parameter", f"every entry of {key!r} must be an object in braces.")
    return {str(name): value for name, value in entry.items()}


def _pair(entry: object) -> tuple[Decimal, Decimal]:
    if not isinstance(entry, list) or len(entry) != 2:
        raise ParameterError("bad-parameter", "every entry of 'at_least' must be [bound, points].")
    return _decimal(entry[0]), _decimal(entry[1])


def _text(fields: dict[str, object], key: str) -> str:
    value = fields.pop(key, None)
    if not isinstance(value, str) or not value.strip():
        raise ParameterError("missing-parameter", f"the text {key!r} is missing.")
    return value.strip()


def _decimal(value: object) -> Decimal:
    if isinstance(value, float):
        raise ParameterError("bad-parameter", "numbers must be read as decimals, not as binary floats.")
    if isinstance(value, bool) or not isinstance(value, int | str | Decimal):
        raise ParameterError("bad-parameter", f"{value!r} is not a number.")
    try:
        number = Decimal(value)
    except InvalidOperation:
        raise ParameterError("bad-parameter", f"{value!r} is not a number.") from None
    if not number.is_finite() or number < 0:
        raise ParameterError("bad-parameter", f"{value} is not a number of zero or more.")
    return number


def _require_no_spare(fields: Mapping[str, object], key: str) -> None:
    if fields:
        raise ParameterError(
            "unknown-parameter", f"entries of {key!r} do not take {', '.join(sorted(fields))}."
        )
