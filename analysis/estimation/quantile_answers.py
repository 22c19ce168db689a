"""Answers that quantiles are read from: the rows of a sample, or the levels of a compact table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from analysis.errors import EstimationError
from analysis.estimation.answers import answered
from analysis.estimation.compact import CompactTable
from analysis.estimation.compact_items import ItemLevels
from analysis.estimation.cumulative import BY_VALUE, Distribution, Ordering, order
from analysis.estimation.domains import Domains, cross
from analysis.estimation.estimators import share
from analysis.estimation.quantile_intervals import AnsweredItem, SharesUpTo
from analysis.estimation.settings import EstimationSettings, MissingRule, QuantileInterval, QuantileRule
from analysis.estimation.table_answers import answers_to, refuse_listwise
from analysis.estimation.table_estimates import refuse_words, table_domains
from analysis.items import item_matrix
from analysis.sample import Sample
from analysis.stages import FloatArray, IntArray


@dataclass(frozen=True, eq=False)
class RowAnswers:
    """The answers of the members of a sample, one a row; `domain` is the domain of each row (-1: none)."""

    sample: Sample
    values: FloatArray
    domain: IntArray
    by: tuple[str, ...]
    ordering: Ordering

    def shares_up_to(self, values: FloatArray, settings: EstimationSettings) -> SharesUpTo:
        """The shares of answers up to the values (domains × k) of their domain, value by value."""
        bound = np.where(self.domain[:, None] >= 0, values[self.domain], np.nan)
        below = self.values[:, None] <= bound
        names = [f"answer up to value {place}" for place in range(values.shape[1])]
        columns = {name: below[:, place].astype(np.int8) for place, name in enumerate(names)}
        asked = self.sample.with_columns(columns)
        settings = replace(settings, missing=MissingRule.BY_ITEM)
        return SharesUpTo.of(share(asked, names, categories=[1], by=self.by, settings=settings))

    def replicated_errors(self, item: AnsweredItem) -> FloatArray:
        """Standard errors from the spread of the replicates' quantiles (R survey 4.5, `svyquantile`).

        Raises `EstimationError` for a sample without replicates.
        """
        sample = self.sample
        if sample.replicates is None:
            raise EstimationError(
                "The sample has no replicates to take the intervals of quantiles from.",
                hint=f"Make replicate weights first, or ask for interval {QuantileInterval.MEAN}.",
            )
        replicated = []
        for weights in sample.replicates.weights():
            answers = self.ordering.distributions(np.where(sample.members, weights, 0.0))
            replicated.append(replace(item, distributions=tuple(answers)).values.reshape(-1))
        variance = sample.replicates.variance(np.array(replicated), estimate=item.values.reshape(-1))
        return np.sqrt(variance).reshape(item.shape)


@dataclass(frozen=True, eq=False)
class LevelAnswers:
    """The answers in a compact table of those who gave one, to an item kept by level.

    `values` are the numbers that the levels stand for, in ascending order, as the levels are.
    """

    table: CompactTable
    levels: ItemLevels
    values: FloatArray
    by: tuple[str, ...]

    def shares_up_to(self, values: FloatArray, settings: EstimationSettings) -> SharesUpTo:
        """The shares of answers up to the values (domains × k) of their domain."""
        place = np.maximum(np.searchsorted(self.values, values, side="right") - 1, 0)  # NaN: anywhere
        place = np.minimum(place, self.values.size - 1)
        asked, back = np.unique(place, return_inverse=True)
        items = {f"answer up to {self.values[each]}": self.levels.divided(each + 1) for each in asked}
        settings = replace(settings, missing=MissingRule.BY_ITEM)
        shares = share(
            replace(self.table, items=items), list(items), categories=[1], by=self.by, settings=settings
        )
        return SharesUpTo.of(shares).at(back.reshape(place.shape))

    def replicated_errors(self, item: AnsweredItem) -> FloatArray:
        """Refused: the table has no replicates. Raises `EstimationError`."""
        raise EstimationError(
            "A compact table has no replicates to take the intervals of quantiles from.",
            hint=f"Ask a Sample of the rows with replicate weights, or for interval {QuantileInterval.MEAN}.",
        )


def answered_items(
    sample: Sample | CompactTable,
    names: Sequence[str],
    *,
    by: str | Sequence[str],
    probabilities: FloatArray,
    rule: QuantileRule,
    missing: MissingRule,
) -> tuple[Domains, list[AnsweredItem]]:
    """The domains of a call, and its items; raises `EstimationError` for what cannot be read."""
    if isinstance(sample, CompactTable):
        domains = table_domains(sample, by)
        return domains, _of_table(
            sample, names, domains=domains, probabilities=probabilities, rule=rule, missing=missing
        )
    domains = cross(sample, by)
    return domains, _of_rows(
        sample, names, domains=domains, probabilities=probabilities, rule=rule, missing=missing
    )


def _of_rows(
    sample: Sample,
    names: Sequence[str],
    *,
    domains: Domains,
    probabilities: FloatArray,
    rule: QuantileRule,
    missing: MissingRule,
) -> list[AnsweredItem]:
    answers = item_matrix(sample.frame, names)
    counting = answered(sample, ~np.isnan(answers), missing=missing)
    items = []
    for counts, values in zip(counting.T, answers.T, strict=True):
        asked = sample.where(counts)
        code = np.where(asked.members, domains.code, -1)
        ordering = order(values, domain=code, domain_count=domains.count, rule=rule)
        found = RowAnswers(asked, values, code, domains.names, ordering)
        distributions = tuple(ordering.distributions(asked.weights))
        items.append(AnsweredItem(found, distributions, probabilities, rule))
    return items


def _of_table(
    table: CompactTable,
    names: Sequence[str],
    *,
    domains: Domains,
    probabilities: FloatArray,
    rule: QuantileRule,
    missing: MissingRule,
) -> list[AnsweredItem]:
    if rule not in BY_VALUE:
        raise EstimationError(
            f"Rule {rule} looks at every row; a compact table has none.",
            hint=f"Ask a Sample of the rows, or for one of {', '.join(sorted(BY_VALUE))}.",
        )
    refuse_listwise(names, missing)
    items = []
    for name in names:
        asked, levels = answers_to(table, name, missing=missing)
        refuse_words(name, levels)
        numbers = np.array(levels.labels, dtype=np.float64)
        ascending = np.argsort(numbers)
        levels = levels.taken(ascending)
        values = numbers[ascending]
        weights = levels.scaled(asked.factor).merged(domains.code, domains.count).weight.T
        distributions = tuple(Distribution(values[row != 0], row[row != 0]) for row in weights)
        found = LevelAnswers(asked, levels, values, domains.names)
        items.append(AnsweredItem(found, distributions, probabilities, rule))
    return items
