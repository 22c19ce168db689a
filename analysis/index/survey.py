"""From the leaders' survey to a share of the points: the mean answer weight of every question of a leaf.

pct(q, u) = Σ weight of the answers ÷ number of answers with a weight, and the leaf's share is the mean over
its questions. Weights run 0–100 as on the forms and belong to the question's version.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from analysis.choices import chosen
from analysis.errors import AggregationError
from analysis.exact import Exact, to_fraction


class Pooling(StrEnum):
    """How groups of respondents come together; a setting of the round, shown in its report."""

    POOLED = "pooled"  # every answer counts the same
    GROUP_MEANS = "group_means"  # the mean per group, then the mean of the groups by their weights


@dataclass(frozen=True)
class QuestionCounts:
    """The answers to one question about one unit: group of respondents → answer → count.

    `weights` gives every possible answer its weight 0–100, or None for "no opinion", which is left out of
    the denominator.
    """

    code: str
    weights: Mapping[str, Exact | None]
    counts: Mapping[str, Mapping[str, int]]

    def __post_init__(self) -> None:
        for answer, weight in self.weights.items():
            if weight is not None and not 0 <= to_fraction(weight, name=f"Weight of {answer}") <= 100:
                raise AggregationError(
                    f"Question {self.code}: answer {answer} weighs {weight}; weights run from 0 to 100."
                )
        for group, answers in self.counts.items():
            strange = sorted(set(answers) - set(self.weights))
            if strange or any(count < 0 for count in answers.values()):
                raise AggregationError(
                    f"Question {self.code}, group {group}: unknown answers {strange} or a count below zero."
                )


@dataclass(frozen=True)
class QuestionShare:
    """The share 0–1 of one question; None without a single weighted answer.

    `n` counts the answers with a weight; `silent_groups` gave none and carry no weight in the mean.
    """

    code: str
    share: Fraction | None
    n: int
    silent_groups: tuple[str, ...]


@dataclass(frozen=True)
class SurveyShare:
    """The share 0–1 of a leaf: the mean over those of its questions that were answered, by name."""

    share: Fraction | None
    by_question: tuple[QuestionShare, ...]
    n: int
    questions_without_answers: tuple[str, ...]
    pooling: Pooling


def survey_share(
    questions: Sequence[QuestionCounts],
    *,
    pooling: Pooling,
    group_weights: Mapping[str, Exact] | None = None,
) -> SurveyShare:
    """The share of the maximum a leaf earns from its questions.

    With `GROUP_MEANS`, groups weigh the same unless `group_weights` says otherwise. Raises
    `AggregationError` without questions, for a weight below zero, for weights given without a use and for
    a group without a weight, `EstimationError` for a pooling there is not.
    """
    pooling = chosen(Pooling, pooling, name="pooling")
    if not questions:
        raise AggregationError("A survey share needs at least one question.")
    if pooling is Pooling.POOLED and group_weights is not None:
        raise AggregationError(
            "Pooled answers have no group weights.", hint="Use group means, or leave the weights out."
        )
    shares = tuple(
        _pooled(question) if pooling is Pooling.POOLED else _group_means(question, group_weights)
        for question in questions
    )
    answered = [share.share for share in shares if share.share is not None]
    return SurveyShare(
        share=mean_share(answered) if answered else None,
        by_question=shares,
        n=sum(share.n for share in shares),
        questions_without_answers=tuple(share.code for share in shares if share.share is None),
        pooling=pooling,
    )


def mean_share(shares: Sequence[Fraction]) -> Fraction:
    """The share of a leaf from those of its questions, each weighing the same.

    Raises `AggregationError` when there is none: an unanswered leaf is missing, not zero.
    """
    if not shares:
        raise AggregationError("A leaf needs the share of at least one question.")
    return sum(shares, Fraction(0)) / len(shares)


def _sums(question: QuestionCounts, group: str) -> tuple[int, Fraction]:
    """The number of weighted answers of a group and the sum of their weights as shares."""
    n, total = 0, Fraction(0)
    for answer, count in question.counts[group].items():
        weight = question.weights[answer]
        if weight is not None:
            n += count
            total += to_fraction(weight, name=f"Weight of {answer}") * count / 100
    return n, total


def _pooled(question: QuestionCounts) -> QuestionShare:
    sums = {group: _sums(question, group) for group in question.counts}
    n = sum(count for count, _ in sums.values())
    total = sum((weight for _, weight in sums.values()), Fraction(0))
    return QuestionShare(
        code=question.code,
        share=total / n if n else None,
        n=n,
        silent_groups=tuple(group for group, (count, _) in sums.items() if not count),
    )


def _group_means(question: QuestionCounts, group_weights: Mapping[str, Exact] | None) -> QuestionShare:
    sums = {group: _sums(question, group) for group in question.counts}
    means = {group: total / n for group, (n, total) in sums.items() if n}
    weights = {group: _weight(question, group, group_weights) for group in means}
    total_weight = sum(weights.values(), Fraction(0))
    share = None
    if total_weight:
        share = sum((means[group] * weights[group] for group in means), Fraction(0)) / total_weight
    return QuestionShare(
        code=question.code,
        share=share,
        n=sum(n for n, _ in sums.values()),
        silent_groups=tuple(group for group in sums if group not in means),
    )


def _weight(question: QuestionCounts, group: str, group_weights: Mapping[str, Exact] | None) -> Fraction:
    if group_weights is None:
        return Fraction(1)
    if group not in group_weights:
        raise AggregationError(f"Question {question.code}: group {group} answered but has no weight.")
    weight = to_fraction(group_weights[group], name=f"Weight of group {group}")
    if weight < 0:
        raise AggregationError(f"The weight of group {group} is below zero.")
    return weight
