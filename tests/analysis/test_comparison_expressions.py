"""R expressions of reference entries are read as R reads them, and nothing else is run."""

from __future__ import annotations

import math

import pytest

from tests.golden.comparison.errors import UnsupportedError
from tests.golden.comparison.r_expressions import arithmetic, call, variables


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("api00/api99", 2.0),
        ("log(api.stu/enroll)", math.log(0.5)),
        ("-(`E:q 1` + 2)^2", -25.0),
        ("exp(log(api00)) * 1e-1", 0.4),
        ("sqrt(api00) - api99 * .5", 1.0),
    ],
)
def test_arithmetic_on_named_numbers(text: str, expected: float) -> None:
    numbers = {"api00": 4.0, "api99": 2.0, "api.stu": 3.0, "enroll": 6.0, "E:q 1": 3.0}
    assert arithmetic(text).value(numbers) == pytest.approx(expected)


def test_names_stand_in_the_order_of_their_first_use() -> None:
    assert arithmetic("b / a + log(b)").names == ("b", "a")


@pytest.mark.parametrize("text", ["system(x)", "a[1]", "a; b", "a == b", "if (a) b", "__import__('os')"])
def test_anything_but_arithmetic_is_unsupported(text: str) -> None:
    with pytest.raises(UnsupportedError):
        arithmetic(text).value({name: 1.0 for name in ("x", "a", "b", "os", "__import__", "system", "if")})


def test_calls_have_places_and_names() -> None:
    told = call("svyby(~api00 + ell, ~stype, svymean, covmat=TRUE, na.rm = TRUE)")
    assert (told.function, told.positional) == ("svyby", ("~api00 + ell", "~stype", "svymean"))
    assert told.named == {"covmat": "TRUE", "na.rm": "TRUE"}
    assert variables(told.positional[0]) == ("api00", "ell")
    with pytest.raises(UnsupportedError):
        call("api00 + api99")
