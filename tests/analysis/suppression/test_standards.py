"""Decisions: the public sees what passes, staff see more with a warning, nobody sees a few persons."""

import numpy as np
import pandas as pd
import pytest

from analysis.design import Design
from analysis.errors import SuppressionError
from analysis.estimation import mean, share
from analysis.sample import Sample
from analysis.suppression import (
    Audience,
    Decision,
    DecisionReason,
    ProportionStandards,
    PublicationRules,
    SuppressionRules,
    judge_share,
    judge_shares,
)


@pytest.fixture(scope="module")
def shares():
    """Units of 400, 60 (p = 0.95), 40 (all satisfied), 20, 3 and no respondents."""
    random = np.random.default_rng(1)
    answers = {
        "large": random.permutation(np.repeat([5, 2], [220, 180])),
        "middle": random.permutation(np.repeat([5, 2], [57, 3])),
        "all": np.full(40, 5),
        "small": random.permutation(np.repeat([5, 2], [10, 10])),
        "few": np.array([5, 2, 5]),
        "none": np.array([np.nan, np.nan]),
    }
    frame = pd.concat([pd.DataFrame({"unit": unit, "q": values}) for unit, values in answers.items()])
    frame = frame.reset_index(drop=True).assign(w=10.0)
    return share(Sample(frame, Design(weight="w")), "q", categories=[4, 5], by="unit")


def decided(shares, audience):
    return {
        each.domain["unit"]: (each.decision, each.reasons) for each in judge_shares(shares, audience=audience)
    }


def test_the_public_sees_what_passes_thresholds_and_standards(shares):
    small = (
        DecisionReason.TOO_FEW_TO_PUBLISH,
        DecisionReason.SAMPLE_TOO_SMALL,
        DecisionReason.EFFECTIVE_SAMPLE_TOO_SMALL,
        DecisionReason.INTERVAL_TOO_WIDE,
    )
    uncertain = (DecisionReason.COMPLEMENT_UNCERTAIN, DecisionReason.RARE_ANSWER_UNCERTAIN)
    few = (
        DecisionReason.TOO_FEW_TO_SHOW,
        *small[1:],
        DecisionReason.FEW_DEGREES_OF_FREEDOM,
        DecisionReason.RARE_ANSWER_UNCERTAIN,
    )
    assert decided(shares, Audience.PUBLIC) == {
        "large": (Decision.PUBLISH, ()),
        "middle": (Decision.FLAG, uncertain),
        "all": (Decision.FLAG, (DecisionReason.ZERO_OR_ONE,)),
        "small": (Decision.SUPPRESS, small),
        "few": (Decision.SUPPRESS, few),
        "none": (Decision.SUPPRESS, (DecisionReason.NOT_AVAILABLE,)),
    }


def test_staff_see_imprecise_shares_flagged_but_never_a_few_persons(shares):
    found = {unit: decision for unit, (decision, _) in decided(shares, Audience.INTERNAL).items()}
    assert found == {
        "large": Decision.PUBLISH,
        "middle": Decision.FLAG,
        "all": Decision.FLAG,
        "small": Decision.FLAG,
        "few": Decision.SUPPRESS,
        "none": Decision.SUPPRESS,
    }


def test_a_share_of_one_keeps_the_effective_sample_of_its_interval(shares):
    """Trap 4: with equal weights the open limit at 1 is that of forty answers."""
    found = judge_share(shares.get("q", unit="all"))
    assert found.effective_sample_size == pytest.approx(40)
    assert (found.lower, found.upper) == pytest.approx((0.025 ** (1 / 40), 1), abs=1e-3)


def test_rules_are_data(shares):
    rules = PublicationRules(
        thresholds=SuppressionRules(code="open/1", never_shown_below=2, not_published_below=2),
        standards=ProportionStandards(
            code="open/1",
            least_sample_size=2,
            least_effective_sample_size=2,
            widest_interval=1.0,
            widest_relative_interval=9,
            widest_relative_error=9,
        ),
    )
    found = judge_share(shares.get("q", unit="small"), rules=rules)
    assert (found.decision, found.rules) == (Decision.PUBLISH, "open/1 + open/1")


def test_decisions_print_and_tabulate(shares):
    found = judge_shares(shares)
    assert str(found).splitlines()[0] == "q (unit all): flag (zero_or_one)"
    table = found.to_frame().set_index("unit")
    assert table.loc["large", "decision"] == "publish"
    assert table.loc["none", "ci_low"] is None or np.isnan(table.loc["none", "ci_low"])
    assert len(found) == 6


def test_means_are_not_proportions():
    sample = Sample(pd.DataFrame({"q": [1.0, 2, 3], "w": 1.0}), Design(weight="w"))
    with pytest.raises(SuppressionError, match="do not speak about mean"):
        judge_shares(mean(sample, "q"))
