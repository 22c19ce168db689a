"""The library agrees with the reference program, entry by entry; origin: tests/golden/reference/ORIGIN.md."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.golden.comparison.cases import Case, read_cases
from tests.golden.comparison.outcome import Verdict, compare

pytestmark = pytest.mark.golden

GOLDEN = Path(__file__).parents[1] / "golden"
CASES = [case for name in ("reference", "extra") for case in read_cases(GOLDEN / name)]


def test_no_entry_is_lost() -> None:
    assert sum(case.directory.name == "reference" for case in CASES) == 2105


@pytest.mark.parametrize("case", CASES, ids=[case.id for case in CASES])
def test_entry_agrees_with_the_reference(case: Case) -> None:
    outcome = compare(case)
    assert outcome.verdict in (Verdict.AGREE, Verdict.REFUSED_WITH_REASON, Verdict.UNSUPPORTED), (
        outcome.reason
    )
