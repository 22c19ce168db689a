"""A compact table of those alone who answered an item; the others stay in its design."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from types import MappingProxyType

import numpy as np

from analysis.errors import EstimationError
from analysis.estimation.compact import CompactTable
from analysis.estimation.compact_items import ItemLevels
from analysis.estimation.settings import MissingRule
from analysis.estimation.table_estimates import levels_in


def answers_to(table: CompactTable, name: str, *, missing: MissingRule) -> tuple[CompactTable, ItemLevels]:
    """The table of the members that answered an item kept by level, and its levels that occur.

    Weights are as given. Raises `EstimationError` for an item that the table does not have or not by level,
    when nobody answered it, and for missing answers under `MissingRule.REFUSE`.
    """
    levels = levels_in(table, name)
    levels = levels.taken(np.flatnonzero(levels.n.sum(axis=1) > 0))
    members = np.rint(levels.n.sum(axis=0)).astype(np.int64)
    if not members.any():
        raise EstimationError(f"Nobody answered {name}.", hint="Wait for answers, or ask for another item.")
    if missing is MissingRule.REFUSE and (members != table.members).any():
        raise EstimationError(
            f"Answers to {name} are missing.", hint="MissingRule.BY_ITEM leaves them out of the estimate."
        )
    sums = {"weight": levels.weight.sum(axis=0), "squared_weight": levels.square.sum(axis=0)}
    return replace(table, members=members, items=MappingProxyType({name: levels}), **sums), levels


def refuse_listwise(names: Sequence[str], missing: MissingRule) -> None:
    """Raise `EstimationError` where only rows tell who answered all of several items."""
    if missing is MissingRule.LISTWISE and len(set(names)) > 1:
        raise EstimationError(
            "A compact table does not know which rows answered all items.",
            hint="MissingRule.BY_ITEM keeps the answers to every item.",
        )
