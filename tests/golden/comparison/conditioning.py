"""How exactly double precision can know an answer: where answers are large beside their differences, less."""

from __future__ import annotations

import re

import numpy as np

from tests.golden.comparison.cases import Case, numbers
from tests.golden.comparison.tolerance import absolute_tolerance

CANCELLED = (
    "the answers are so large beside their differences that round-off alone moves the reference's figures by "
    "this much; ours are measured from a value among the answers (fractions confirm those of means)"
)
_LARGE = 1e5  # of the answers beside their standard deviation; below, 1e-9 holds
_STEPS = 64  # of round-off


def cancelled(case: Case, *, ours: object, reference: object, beside: object) -> str | None:
    """Why a number may be as far off as it is: cancellation; None: that does not explain it.

    `beside` are the larger numbers, if any, that the reference is measured against.
    """
    ratio = max((_size_beside_spread(case, name) for name in _columns(case)), default=0.0)
    mine, theirs = numbers(ours), numbers(reference)
    if ratio < _LARGE or mine.shape != theirs.shape:
        return None
    scale = np.maximum(np.abs(theirs), np.abs(numbers(beside)))
    allowed = np.maximum(_STEPS * np.finfo(np.float64).eps * ratio * scale, absolute_tolerance(case))
    same = (mine == theirs) | (np.isnan(mine) & np.isnan(theirs))
    return CANCELLED if np.all(same | (np.abs(mine - theirs) <= allowed)) else None


def _columns(case: Case) -> list[str]:
    """The columns of numbers that the arguments name."""
    frame = case.sample.frame
    words = set(re.findall(r"[\w.]+", str(list(case.arguments.values()))))
    return [name for name in frame.columns if name in words and frame[name].dtype.kind in "if"]


def _size_beside_spread(case: Case, name: str) -> float:
    answers = case.sample.frame[name].to_numpy(dtype=np.float64)[case.sample.members]
    spread = float(np.nanstd(answers)) if np.isfinite(answers).any() else 0.0
    return float(np.nanmax(np.abs(answers))) / spread if spread > 0 else 0.0
