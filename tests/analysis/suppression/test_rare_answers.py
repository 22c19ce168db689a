"""Shares whose rarer answer rests on a handful of people are flagged, however narrow their interval."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.errors import SuppressionError
from analysis.suppression import DecisionReason, ProportionStandards, proportion_precision


def is_flagged(share: float, *, effective: float, standards: ProportionStandards | None = None) -> bool:
    precision = proportion_precision(
        np.array([share]),
        variance=np.array([share * (1 - share) / effective]),
        respondent_count=np.array([1000.0]),
        degrees_of_freedom=np.array([40.0]),
        effective_at_ends=np.array([1000.0]),
    )
    reasons = precision.reasons(standards or ProportionStandards())
    others = [reason for reason, applies in reasons.items() if applies[0]]
    assert set(others) <= {DecisionReason.RARE_ANSWER_UNCERTAIN}
    return bool(reasons[DecisionReason.RARE_ANSWER_UNCERTAIN][0])


@pytest.mark.parametrize("share", [0.02, 0.98])
def test_five_effective_people_are_too_few_at_either_end(share: float) -> None:
    assert is_flagged(share, effective=250)
    assert not is_flagged(share, effective=700)


def test_the_limit_is_thirty_percent_of_the_rarer_share() -> None:
    # SE / p = √((1 - p) / (p n_e)) = 0.3 at n_e = (1 - p) / (0.09 p)
    limit = 0.98 / (0.09 * 0.02)
    assert is_flagged(0.02, effective=limit * 0.999)
    assert not is_flagged(0.02, effective=limit * 1.001)


def test_the_limit_is_data_and_can_be_left_out() -> None:
    without = ProportionStandards(code="nchs-series-2-no-175/1", widest_relative_error=float("inf"))
    assert not is_flagged(0.02, effective=250, standards=without)
    with pytest.raises(SuppressionError, match="relative error 0"):
        ProportionStandards(widest_relative_error=0)
