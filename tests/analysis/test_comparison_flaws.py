"""Known flaws of the reference excuse the places they concern, and no other."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

from tests.golden.comparison import flaws
from tests.golden.comparison.cases import Case, read_cases
from tests.golden.comparison.outcome import Verdict, compare

REFERENCE = Path(__file__).parents[1] / "golden" / "reference"
ENTRIES = {case.id: case for case in read_cases(REFERENCE)}
LIKERT = ENTRIES["synth_open/2stage/lonely_adjust/quantile/q2/math_beta"]
LIKELIHOOD = ENTRIES["apiclus1/ciprop/hi800/likelihood_0.95"]


def with_place(case: Case, name: str, place: int, value: float) -> Case:
    entry: dict[str, Any] = copy.deepcopy(case.entry)
    entry["expected"][0][name][place] = value
    return Case(entry, case.directory)


def test_limits_at_the_largest_answer_are_refused() -> None:
    outcome = compare(LIKERT)
    assert (outcome.verdict, outcome.reason) == (Verdict.REFUSED_WITH_REASON, flaws.LARGEST)


def test_other_limits_of_the_same_entry_still_differ() -> None:
    assert compare(with_place(LIKERT, "ci_lower", 0, 1)).verdict is Verdict.DIFFER
    assert compare(with_place(LIKERT, "quantile", 3, 4)).verdict is Verdict.DIFFER


def test_likelihood_limits_are_excused_as_far_as_a_spline_goes() -> None:
    assert compare(LIKELIHOOD).reason == flaws.SPLINE
    entry = copy.deepcopy(LIKELIHOOD.entry)
    entry["expected"]["ci_upper"] *= 1.06
    assert compare(Case(entry, LIKELIHOOD.directory)).verdict is Verdict.DIFFER


def test_one_sided_intervals_are_no_difference() -> None:
    """Trap 4: a share of exactly 1 with degrees of freedom, of which the reference says a point."""
    entry = copy.deepcopy(ENTRIES["apistrat/ciprop/hi600/asin_0.95"].entry)
    entry["args"]["y"] = "all"
    entry["expected"] |= {"estimate": 1, "se": 0, "ci_lower": 1, "ci_upper": 1}
    case = Case(entry, REFERENCE)
    vars(case)["frame"] = case.frame.assign(all=1.0)
    vars(case)["sample"] = ENTRIES["apistrat/ciprop/hi600/asin_0.95"].sample.with_columns(
        {"all": case.frame["all"].to_numpy()}
    )
    assert compare(case).reason == flaws.ENDS
