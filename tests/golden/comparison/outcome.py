"""One entry compared: agrees, differs, unsupported, or refused with a reason."""

from __future__ import annotations

import traceback
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import numpy as np

from analysis.errors import AnalysisError, FormulaError
from tests.golden.comparison.adapters import ADAPTERS
from tests.golden.comparison.cases import Case, numbers
from tests.golden.comparison.conditioning import cancelled
from tests.golden.comparison.errors import UnsupportedError
from tests.golden.comparison.flaws import flaw
from tests.golden.comparison.refusals import imprecise, reference_fails, refused, rightly_refused
from tests.golden.comparison.tolerance import (
    absolute_tolerance,
    relative_difference,
    relative_tolerance,
    worst_difference,
)

# names of `expected` that hold words or an order, not numbers to agree with
NOT_NUMBERS = frozenset(
    {"labels", "by", "order", "n_stat", "method", "parameter_names", "column", "note"}
) | {"variable"}
_NEAR_ZERO = {  # numbers that are differences of larger ones, measured against those
    "ci_t95_lower": "estimate",
    "ci_t95_upper": "estimate",
    "ci_z95_lower": "estimate",
    "ci_z95_upper": "estimate",
    "ci_lower": "estimate",
    "ci_upper": "estimate",
}
# a number without which nothing is estimated
_WITHOUT_WHICH = ("se", "ci_lower", "ci_upper", "statistic", "p_value")


class Verdict(StrEnum):
    """How an entry ended."""

    AGREE = "agree"
    DIFFER = "differ"
    UNSUPPORTED = "unsupported"
    REFUSED_WITH_REASON = "refused_with_reason"


@dataclass(frozen=True)
class Outcome:
    """How an entry ended, why, and the worst relative difference of the numbers compared."""

    case: Case
    verdict: Verdict
    reason: str = ""
    worst: float = 0.0


def compare(case: Case) -> Outcome:
    """Run the entry through the library and compare every number; what breaks differs, and says so."""
    if case.problem:
        return Outcome(case, Verdict.DIFFER, case.problem, np.inf)
    try:
        return _compared(case)
    except Exception as problem:  # of one entry; the others go on, and this one counts as a difference
        return Outcome(case, Verdict.DIFFER, _described(problem), np.inf)


def _described(problem: Exception) -> str:
    """What was raised and where, in a line."""
    last = traceback.extract_tb(problem.__traceback__)[-1]
    said = f"there is no {problem}" if isinstance(problem, KeyError) else _in_a_line(problem)
    return f"{type(problem).__name__}: {said} ({Path(last.filename).name}, line {last.lineno})"


def _in_a_line(problem: Exception) -> str:
    return " ".join(str(problem).split())


def _compared(case: Case) -> Outcome:
    adapter = ADAPTERS.get(case.estimator)
    if adapter is None:
        return Outcome(case, Verdict.UNSUPPORTED, f"there is no {case.estimator}")
    try:
        answer = adapter(case)
    except UnsupportedError as missing:
        return Outcome(case, Verdict.UNSUPPORTED, _in_a_line(missing))
    except AnalysisError as refusal:
        return _refused(case, refusal)
    if case.refusal is None:
        return _judge(case, answer)
    if _not_estimable(answer):
        return Outcome(case, Verdict.AGREE, "we answer: not estimable")
    if failure := reference_fails(case):
        return Outcome(case, Verdict.REFUSED_WITH_REASON, failure)
    return Outcome(case, Verdict.DIFFER, f"the reference refuses ({case.refusal}), we answer")


def _refused(case: Case, refusal: AnalysisError) -> Outcome:
    if case.refusal is not None or _not_available(case.expected):
        return Outcome(case, Verdict.AGREE, f"we refuse: {_in_a_line(refusal)}")
    if isinstance(refusal, FormulaError):
        return Outcome(case, Verdict.UNSUPPORTED, _in_a_line(refusal))
    if reason := rightly_refused(refusal):
        return Outcome(case, Verdict.REFUSED_WITH_REASON, reason)
    return Outcome(case, Verdict.DIFFER, f"we refuse: {_in_a_line(refusal)}")


def _judge(case: Case, answer: Any) -> Outcome:
    reason, apart = refused(case) or ("", frozenset())
    worst, wrong, missing, skipped = 0.0, [], [], False
    for expected, ours, name in _told(case.expected, answer):
        if name in apart:
            skipped = True
        elif name not in ours:
            missing.append(name)
        else:
            beside, reference = _beside(case, name, expected), expected[name]
            if (off := worst_difference(case, ours[name], reference, beside=beside)) <= 1:
                worst = max(worst, relative_difference(case, ours[name], reference, beside=beside))
            elif excuse := _excuse(case, name, ours=ours, expected=expected):
                reason, skipped = excuse, True
            else:
                wrong.append(f"{name} {off:.3g} times further than allowed: {_first(ours[name], reference)}")
    if wrong:
        return Outcome(case, Verdict.DIFFER, "; ".join(wrong), np.inf)
    if missing:
        return Outcome(case, Verdict.UNSUPPORTED, f"no {', '.join(dict.fromkeys(missing))}", worst)
    return Outcome(case, Verdict.REFUSED_WITH_REASON if skipped else Verdict.AGREE, reason, worst)


def _excuse(case: Case, name: str, *, ours: Mapping[str, Any], expected: Mapping[str, Any]) -> str | None:
    mine, theirs = ours[name], expected[name]
    return (
        imprecise(case, name, ours=mine, reference=theirs)
        or flaw(case, name, ours=ours, expected=expected)
        or cancelled(case, ours=mine, reference=theirs, beside=_beside(case, name, expected))
    )


def _told(expected: Any, answer: Any) -> Iterator[tuple[Mapping[str, Any], Mapping[str, Any], str]]:
    """Every name of numbers in the expected answer, beside ours; lists of answers pair by pair."""
    pairs = zip(expected, answer, strict=True) if isinstance(expected, list) else [(expected, answer)]
    for theirs, ours in pairs:
        told = _flat({name: value for name, value in theirs.items() if name not in NOT_NUMBERS})
        for name in told:
            yield told, _flat(ours), name


def _flat(answer: Mapping[str, Any]) -> Mapping[str, Any]:
    """The numbers as `model.mean` where they are grouped by model."""
    flat: dict[str, Any] = {}
    for name, value in answer.items():
        inner = value if isinstance(value, Mapping) else {}
        flat |= {f"{name}.{part}": each for part, each in inner.items()} or {name: value}
    return flat


def _beside(case: Case, name: str, expected: Mapping[str, Any]) -> Any:
    if name == "vcov" and "se" in expected:
        # an error that is only round-off leaves the covariances with it round-off too
        errors = np.maximum(numbers(expected["se"]), absolute_tolerance(case) / relative_tolerance(case))
        if errors.size**2 == numbers(expected["vcov"]).size:
            return np.outer(errors, errors).reshape(-1)
    other = _NEAR_ZERO.get(name)
    return expected.get(other, 0.0) if other else 0.0


def _first(ours: object, reference: object) -> str:
    mine, theirs = numbers(ours), numbers(reference)
    if mine.shape != theirs.shape:
        return f"{mine.size} numbers for {theirs.size}"
    same = (mine == theirs) | (np.isnan(mine) & np.isnan(theirs))
    place = int(np.argmax(np.where(same, 0, np.abs(np.nan_to_num(mine - theirs, nan=np.inf)))))
    return f"{float(mine[place])!r} for {float(theirs[place])!r} (number {place})"


def _not_available(expected: Any) -> bool:
    if not isinstance(expected, dict):
        return False
    told = [numbers(expected[name]) for name in ("estimate", "statistic") if name in expected]
    return any(bool(np.isnan(each).all()) for each in told)


def _not_estimable(answer: Mapping[str, Any]) -> bool:
    told = [numbers(answer[name]) for name in _WITHOUT_WHICH if name in answer]
    return bool(told) and any(bool(np.isnan(each).all()) for each in told)
