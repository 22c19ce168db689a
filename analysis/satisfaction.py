"""Official satisfaction figures: the unweighted top-two share per item and its named aggregation.

Practice of SIPAS (domain rules: the share of satisfied answers among the valid ones; factor = mean of its
item rates; content and overall = mean over all their items). The official annex is not public, so the way
up from items is a named, versioned rule: a figure always says by which rule it was made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from analysis.errors import AggregationError
from analysis.exact import Exact, to_fraction
from analysis.scales import Scale, checked_counts


@dataclass(frozen=True)
class Factor:
    """A named group of items (yếu tố)."""

    code: str
    items: tuple[str, ...]


@dataclass(frozen=True)
class Content:
    """A named group of factors (nội dung): policy, or service."""

    code: str
    factors: tuple[Factor, ...]


@dataclass(frozen=True)
class SatisfactionStructure:
    """Which items are aggregated, in which groups, answered on which scale.

    Raises `AggregationError` for an empty group or a code used twice.
    """

    contents: tuple[Content, ...]
    scale: Scale

    def __post_init__(self) -> None:
        empty = [content.code for content in self.contents if not content.factors]
        empty += [factor.code for factor in self.factors if not factor.items]
        if empty or not self.contents:
            raise AggregationError(f"The structure has nothing below {', '.join(empty) or 'its top'}.")
        for kind, codes in (
            ("item", self.items),
            ("factor", [factor.code for factor in self.factors]),
            ("content", [content.code for content in self.contents]),
        ):
            twice = sorted({code for code in codes if list(codes).count(code) > 1})
            if twice:
                raise AggregationError(f"The structure names {kind} {', '.join(twice)} more than once.")

    @property
    def factors(self) -> tuple[Factor, ...]:
        """All factors, in the order of the questionnaire."""
        return tuple(factor for content in self.contents for factor in content.factors)

    @property
    def items(self) -> tuple[str, ...]:
        """All item codes, in the order of the questionnaire."""
        return tuple(item for factor in self.factors for item in factor.items)


@dataclass(frozen=True)
class ItemRate:
    """Satisfied answers ÷ valid answers of one item; `rate` is None when nobody gave a valid answer."""

    code: str
    rate: Fraction | None
    n: int
    satisfied: int


@dataclass(frozen=True)
class GroupRate:
    """The figure of a factor, a content or the whole.

    `n` and `satisfied` count answers, not people. `rated_items` are the items the rate rests on; the others
    had no valid answer and are named, never counted as zero.
    """

    code: str
    rate: Fraction | None
    n: int
    satisfied: int
    item_count: int
    rated_items: tuple[str, ...]
    items_without_answers: tuple[str, ...]
    rule: str


RateByFactor = Sequence[Sequence[ItemRate]]


@dataclass(frozen=True)
class AggregationRule:
    """How item rates become one figure. A published rule never changes: a change is a new version."""

    name: str
    version: int
    description: str
    combine: Callable[[RateByFactor], Fraction | None]

    @property
    def key(self) -> str:
        """Name and version as printed beside a figure, e.g. `item-mean/1`."""
        return f"{self.name}/{self.version}"


@dataclass(frozen=True)
class Satisfaction:
    """All official figures of one domain, in the order of the questionnaire."""

    items: tuple[ItemRate, ...]
    factors: tuple[GroupRate, ...]
    contents: tuple[GroupRate, ...]
    overall: GroupRate
    rule: str


def _mean(rates: Sequence[Fraction]) -> Fraction | None:
    return sum(rates, Fraction(0)) / len(rates) if rates else None


def _item_mean(factors: RateByFactor) -> Fraction | None:
    # The item-count-weighted mean of factor means is the plain mean over all rated items.
    return _mean([item.rate for factor in factors for item in factor if item.rate is not None])


def _factor_mean(factors: RateByFactor) -> Fraction | None:
    means = [_item_mean([factor]) for factor in factors]
    return _mean([mean for mean in means if mean is not None])


def _pooled(factors: RateByFactor) -> Fraction | None:
    n = sum(item.n for factor in factors for item in factor)
    satisfied = sum(item.satisfied for factor in factors for item in factor)
    return Fraction(satisfied, n) if n else None


AGGREGATION_RULES: Mapping[str, AggregationRule] = {
    rule.key: rule
    for rule in (
        AggregationRule(
            "item-mean", 1, "Factor, content, overall: mean of the rates of their items.", _item_mean
        ),
        AggregationRule("pooled", 1, "Satisfied answers ÷ valid answers of all items together.", _pooled),
        AggregationRule("factor-mean", 1, "Content and overall: mean of their factor rates.", _factor_mean),
    )
}
DEFAULT_RULE = "item-mean/1"


def aggregation_rule(key: str) -> AggregationRule:
    """The rule of that name and version. Raises `AggregationError`, listing the known ones."""
    if key not in AGGREGATION_RULES:
        raise AggregationError(
            f"There is no aggregation rule {key!r}.", hint=f"Known rules: {', '.join(AGGREGATION_RULES)}."
        )
    return AGGREGATION_RULES[key]


def item_rate(code: str, counts: Mapping[int, int], scale: Scale) -> ItemRate:
    """The top-levels share of one item from its answer counts by level."""
    complete = checked_counts(counts, scale, name=f"Item {code}")
    n = sum(complete.values())
    satisfied = sum(complete[level] for level in scale.satisfied_levels)
    return ItemRate(code=code, rate=Fraction(satisfied, n) if n else None, n=n, satisfied=satisfied)


def satisfaction(
    structure: SatisfactionStructure,
    counts: Mapping[str, Mapping[int, int]],
    *,
    rule: str = DEFAULT_RULE,
) -> Satisfaction:
    """Every official figure from counts of valid answers: item code → level → answers.

    An item that is absent from `counts` has no valid answer. Raises `AggregationError` for an unknown rule
    and for counts of items outside the structure, `ScaleError` for levels outside the scale.
    """
    chosen = aggregation_rule(rule)
    strange = sorted(set(counts) - set(structure.items))
    if strange:
        raise AggregationError(
            f"Counts were given for {', '.join(strange)}, which the structure does not know.",
            hint="Leave out items that are not part of the satisfaction index.",
        )
    rates = {code: item_rate(code, counts.get(code, {}), structure.scale) for code in structure.items}
    by_factor = {factor.code: [rates[item] for item in factor.items] for factor in structure.factors}
    return Satisfaction(
        items=tuple(rates.values()),
        factors=tuple(_group(code, [items], chosen) for code, items in by_factor.items()),
        contents=tuple(
            _group(content.code, [by_factor[factor.code] for factor in content.factors], chosen)
            for content in structure.contents
        ),
        overall=_group("overall", list(by_factor.values()), chosen),
        rule=chosen.key,
    )


def combine_group_rates(groups: Iterable[tuple[Exact, int]]) -> Fraction:
    """The item-count-weighted mean of published group figures: pairs of figure and number of items.

    The figures may be shares or percentages, all of one kind; the result is of the same kind. This is how
    national figures are checked: policy 83.84 on 23 items and service 84.09 on 16 make 83.94.
    Raises `AggregationError` without groups or for a group without items.
    """
    pairs = [(to_fraction(rate, name="A group figure"), item_count) for rate, item_count in groups]
    if not pairs:
        raise AggregationError("There are no groups to combine.")
    if any(item_count < 1 for _, item_count in pairs):
        raise AggregationError("A group without items has no weight.", hint="Leave it out.")
    items = sum(item_count for _, item_count in pairs)
    return sum((rate * item_count for rate, item_count in pairs), Fraction(0)) / items


def _group(code: str, factors: RateByFactor, rule: AggregationRule) -> GroupRate:
    items = [item for factor in factors for item in factor]
    return GroupRate(
        code=code,
        rate=rule.combine(factors),
        n=sum(item.n for item in items),
        satisfied=sum(item.satisfied for item in items),
        item_count=len(items),
        rated_items=tuple(item.code for item in items if item.rate is not None),
        items_without_answers=tuple(item.code for item in items if item.rate is None),
        rule=rule.key,
    )
