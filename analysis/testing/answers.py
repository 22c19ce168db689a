"""The answers a test compares: categories of one variable, and the rows that answered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.errors import EstimationError
from analysis.estimation.availability import membership_of, refuse_psu_domains
from analysis.estimation.domains import Domains
from analysis.estimation.settings import EstimationSettings, MissingRule, OnePsuDomains
from analysis.items import item_matrix
from analysis.sample import Sample
from analysis.stages import FloatArray, IntArray, some


@dataclass(frozen=True, eq=False)
class Categories:
    """The categories of a column: `labels` in order, `code` (one a row; -1: not a member, or no answer)."""

    name: str
    labels: tuple[object, ...]
    code: IntArray

    @property
    def count(self) -> int:
        """How many categories there are."""
        return len(self.labels)

    @property
    def respondents(self) -> IntArray:
        """How many members chose each category; shape (categories,)."""
        return np.bincount(self.code[self.code >= 0], minlength=self.count)


def answering(sample: Sample, columns: Sequence[str], settings: EstimationSettings) -> Sample:
    """The members that answered every column; the others stay in the design.

    Raises `EstimationError` for an unknown column, for missing answers under `MissingRule.REFUSE`, and when
    nobody is left.
    """
    answered = complete(sample, columns, settings)
    refuse_nobody(answered, columns)
    return answered


def complete(sample: Sample, columns: Sequence[str], settings: EstimationSettings) -> Sample:
    """The same, where nobody may be left; raises `EstimationError` for all but that."""
    unknown = [name for name in columns if name not in sample.frame.columns]
    if unknown:
        raise EstimationError(
            f"There is no column {some(unknown)}.", hint=f"Columns: {some(list(sample.frame.columns))}."
        )
    known = np.logical_and.reduce([sample.frame[name].notna().to_numpy() for name in columns])
    if settings.missing is MissingRule.REFUSE and not known[sample.members].all():
        rows = list(sample.frame.index[sample.members & ~known])
        raise EstimationError(
            f"Answers are missing in rows {some(rows)}.",
            hint="MissingRule.LISTWISE leaves them out of the test.",
        )
    return sample.where(known)


def refuse_nobody(answered: Sample, columns: Sequence[str]) -> None:
    """Raise `EstimationError` when no member answered the columns of a test."""
    if not answered.members.any():
        raise EstimationError(
            f"The domain has no respondent who answered {' and '.join(columns)}.",
            hint="Widen the domain, or wait for answers.",
        )


def categories(sample: Sample, name: str) -> Categories:
    """The categories of a column among the members: those declared (pandas categories), or those that occur.

    A declared category that nobody chose is kept, so that it can be told of.
    """
    column = sample.frame[name]
    if isinstance(column.dtype, pd.CategoricalDtype):
        code = np.asarray(column.cat.codes, dtype=np.int64)
        return Categories(name, tuple(column.cat.categories), np.where(sample.members, code, -1))
    inside = np.flatnonzero(sample.members & column.notna().to_numpy())
    found, labels = pd.factorize(column.iloc[inside], sort=True)
    code = np.full(len(sample), -1, dtype=np.int64)
    code[inside] = found
    return Categories(name, tuple(np.asarray(labels).tolist()), code)


def groups(sample: Sample, name: str, settings: EstimationSettings) -> Categories:
    """The same as groups to compare: two or more, each with respondents, not all single PSUs.

    Raises `EstimationError` naming what is empty, `DomainIsPsuError` when the groups are single sampled PSUs
    and the settings refuse those.
    """
    found = categories(sample, name)
    if found.count < 2:
        raise EstimationError(
            f"{name} has one category only ({some(found.labels)}); there is nothing to compare.",
            hint="Widen the domain, or take another variable.",
        )
    empty = [label for label, count in zip(found.labels, found.respondents, strict=True) if count == 0]
    if empty:
        raise EstimationError(
            f"Nobody is in {name} {some(empty)}.",
            hint="Leave the category out (pandas: remove_unused_categories), or join it with another.",
        )
    if settings.one_psu_domains is OnePsuDomains.REFUSE:
        domains = Domains((name,), tuple((label,) for label in found.labels), found.code)
        refuse_psu_domains(domains, membership_of(sample, domains))
    return found


def numbers(sample: Sample, name: str) -> FloatArray:
    """A column as floats, NaN where missing; raises `EstimationError` for words and infinite numbers."""
    return item_matrix(sample.frame, [name])[:, 0]
