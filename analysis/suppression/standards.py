"""Presentation standards for proportions: publish, flag or suppress, with every reason."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import pandas as pd

from analysis.errors import SuppressionError
from analysis.estimation.result import Estimate, Statistic
from analysis.printing import Printed
from analysis.suppression.precision import DecisionReason, ProportionStandards, precision_of
from analysis.suppression.thresholds import Audience, Reason, SuppressionRules, judge_cell


class Decision(StrEnum):
    """What happens to a proportion: shown, shown with a warning that somebody must look at, or withheld."""

    PUBLISH = "publish"
    FLAG = "flag"
    SUPPRESS = "suppress"


_CONFIDENTIAL = frozenset({DecisionReason.NOT_AVAILABLE, DecisionReason.TOO_FEW_TO_SHOW})
_FLAGS = frozenset(
    {
        DecisionReason.FEW_DEGREES_OF_FREEDOM,
        DecisionReason.ZERO_OR_ONE,
        DecisionReason.COMPLEMENT_UNCERTAIN,
        DecisionReason.RARE_ANSWER_UNCERTAIN,
    }
)


@dataclass(frozen=True, kw_only=True)
class PublicationRules:
    """Everything a published share must pass: how many answered, and how precise it is."""

    thresholds: SuppressionRules = field(default_factory=SuppressionRules)
    standards: ProportionStandards = field(default_factory=ProportionStandards)

    @property
    def code(self) -> str:
        """What is printed beside a table made under these rules."""
        return f"{self.thresholds.code} + {self.standards.code}"


DEFAULT_PUBLICATION_RULES = PublicationRules()


@dataclass(frozen=True, kw_only=True)
class ShareDecision:
    """The decision on one share, all reasons for it, and what was measured (None: not available).

    `lower` and `upper` are the Korn–Graubard limits that the decision rests on.
    """

    item: str
    category: object | None
    domain: Mapping[str, object]
    decision: Decision
    reasons: tuple[DecisionReason, ...]
    respondent_count: int
    effective_sample_size: float | None
    lower: float | None
    upper: float | None
    degrees_of_freedom: int
    rules: str

    def __str__(self) -> str:
        name = self.item if self.category is None else f"{self.item} = {self.category}"
        where = ", ".join(f"{variable} {label}" for variable, label in self.domain.items())
        text = f"{name}{f' ({where})' if where else ''}: {self.decision}"
        return f"{text} ({', '.join(self.reasons)})" if self.reasons else text


@dataclass(frozen=True, repr=False)
class ShareDecisions(Printed):
    """The decisions on several shares, in the order of the estimates."""

    decisions: tuple[ShareDecision, ...]

    def __len__(self) -> int:
        return len(self.decisions)

    def __iter__(self) -> Iterator[ShareDecision]:
        return iter(self.decisions)

    def __str__(self) -> str:
        return "\n".join(str(each) for each in self.decisions)

    def to_frame(self) -> pd.DataFrame:
        """One row a share."""
        return pd.DataFrame(
            [
                {
                    "item": each.item,
                    "category": each.category,
                    **each.domain,
                    "decision": str(each.decision),
                    "reasons": ", ".join(each.reasons),
                    "respondents": each.respondent_count,
                    "effective_sample_size": each.effective_sample_size,
                    "ci_low": each.lower,
                    "ci_high": each.upper,
                    "degrees_of_freedom": each.degrees_of_freedom,
                    "rules": each.rules,
                }
                for each in self.decisions
            ]
        )


def judge_shares(
    estimates: Iterable[Estimate],
    *,
    rules: PublicationRules = DEFAULT_PUBLICATION_RULES,
    audience: Audience = Audience.PUBLIC,
) -> ShareDecisions:
    """Publish, flag or suppress each estimated share.

    The public sees what passes the thresholds and the standards; flags ask a statistician to look first.
    Staff also see imprecise shares, flagged, but never those on too few persons. Complementary suppression of
    what could be had by subtraction is `judge_group`'s and `judge_table`'s. Raises `SuppressionError` for
    estimates that are not shares.
    """
    shares = list(estimates)
    others = sorted({str(each.statistic) for each in shares if each.statistic is not Statistic.SHARE})
    if others:
        raise SuppressionError(
            f"Standards for proportions do not speak about {', '.join(others)}.", hint="Judge shares."
        )
    precision = precision_of(shares, confidence_level=rules.standards.confidence_level)
    found = precision.reasons(rules.standards)
    return ShareDecisions(
        tuple(
            _decide(
                each,
                imprecise=[reason for reason, applies in found.items() if applies[place]],
                precision=precision.at(place),
                rules=rules,
                audience=audience,
            )
            for place, each in enumerate(shares)
        )
    )


def judge_share(
    estimate: Estimate,
    *,
    rules: PublicationRules = DEFAULT_PUBLICATION_RULES,
    audience: Audience = Audience.PUBLIC,
) -> ShareDecision:
    """Publish, flag or suppress one estimated share; as `judge_shares`."""
    return judge_shares([estimate], rules=rules, audience=audience).decisions[0]


def _decide(
    estimate: Estimate,
    *,
    imprecise: list[DecisionReason],
    precision: tuple[float | None, float | None, float | None],
    rules: PublicationRules,
    audience: Audience,
) -> ShareDecision:
    reasons = [*_too_few(estimate, rules, audience), *imprecise]
    if estimate.value is None and DecisionReason.NOT_AVAILABLE not in reasons:
        reasons = [DecisionReason.NOT_AVAILABLE, *reasons]
    withheld = [
        reason
        for reason in reasons
        if reason not in _FLAGS and (audience != Audience.INTERNAL or reason in _CONFIDENTIAL)
    ]
    decision = Decision.PUBLISH
    if withheld:
        decision = Decision.SUPPRESS
    elif reasons:
        decision = Decision.FLAG
    effective, lower, upper = precision
    return ShareDecision(
        item=estimate.item,
        category=estimate.category,
        domain=estimate.domain,
        decision=decision,
        reasons=tuple(reasons),
        respondent_count=estimate.respondent_count,
        effective_sample_size=effective,
        lower=lower,
        upper=upper,
        degrees_of_freedom=estimate.degrees_of_freedom,
        rules=rules.code,
    )


_OF_CELL = {
    Reason.NO_ANSWERS: DecisionReason.NOT_AVAILABLE,
    Reason.TOO_FEW_TO_SHOW: DecisionReason.TOO_FEW_TO_SHOW,
    Reason.TOO_FEW_TO_PUBLISH: DecisionReason.TOO_FEW_TO_PUBLISH,
}


def _too_few(estimate: Estimate, rules: PublicationRules, audience: Audience) -> list[DecisionReason]:
    judged = judge_cell(estimate.respondent_count, rules=rules.thresholds, audience=audience)
    return [_OF_CELL[judged.reason]] if judged.reason in _OF_CELL else []
