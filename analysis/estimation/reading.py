"""From the columns of a sample to the items of a call: what is read, checked and left out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from analysis.codes import blocks
from analysis.errors import EstimationError
from analysis.estimation.items import Items, LevelItems, centred
from analysis.estimation.levels import (
    CompleteLevels,
    Levels,
    Numbers,
    category_levels,
    chosen_levels,
    numbers_of,
    scale_levels,
)
from analysis.estimation.settings import MissingRule
from analysis.sample import Sample
from analysis.stages import BoolArray, some

ItemName = tuple[str, object | None]


def number_items(
    sample: Sample, above: Sequence[str], below: Sequence[str] | None, *, missing: MissingRule
) -> Items:
    """Items of means and totals, or of ratios to `below`.

    Raises `EstimationError` for unknown columns, columns of anything but numbers, and infinite numbers.
    """
    y = [known_numbers(sample.frame[name], name) for name in _known(sample, above)]
    x = None if below is None else [known_numbers(sample.frame[name], name) for name in _known(sample, below)]
    complete = _complete(sample, [each.answered for each in (*y, *(x or ()))], missing)
    scales = [None] if x else [scale_levels(each) for each in y]
    levels = [each for each in scales if each is not None]
    if len(levels) == len(y):
        values = [np.arange(each.low, each.low + each.count, dtype=np.float64) for each in levels]
        middle = np.array([each.mean() for each in values])
        return LevelItems(
            columns=_completed(levels, complete),
            column=np.arange(len(levels)),
            values=tuple(each - centre for each, centre in zip(values, middle, strict=True)),
            centre=middle,
        )
    for name, numbers in zip([*above, *(below or ())], [*y, *(x or ())], strict=True):
        refuse_infinite(sample.frame.index, name, numbers)
    weights = sample.weights if sample.members.all() else np.where(sample.members, sample.weights, 0.0)
    return centred(y, x, complete=complete, weights=weights)


def category_items(
    sample: Sample, of: Sequence[str], *, categories: Sequence[object] | None, missing: MissingRule
) -> tuple[tuple[ItemName, ...], Items]:
    """Indicators of having answered one of the categories, or of every category of each column.

    Raises `EstimationError` for unknown columns, and where there is no category at all.
    """
    columns = [sample.frame[name] for name in _known(sample, of)]
    complete = _complete(sample, [_answered_in(column) for column in columns], missing)
    items: list[ItemName] = []
    places, values, levels = [], [], list[Levels]()
    for place, (name, column) in enumerate(zip(of, columns, strict=True)):
        if categories is not None:
            levels.append(chosen_levels(column, categories))
            items.append((name, None))
            places.append(place)
            values.append(np.array([0.0, 1.0]))
            continue
        own, labels = category_levels(column)
        levels.append(own)
        items += [(name, label) for label in labels]
        places += [place] * len(labels)
        values += list(np.eye(len(labels)))
    if not items:
        raise EstimationError(f"Nobody answered {some(of)}.", hint="Name the categories to look for.")
    return tuple(items), LevelItems(
        columns=_completed(levels, complete),
        column=np.array(places),
        values=tuple(values),
        centre=np.zeros(len(items)),
    )


def _completed(levels: Sequence[Levels], complete: BoolArray | None) -> tuple[Levels, ...]:
    return tuple(levels if complete is None else [CompleteLevels(each, complete) for each in levels])


def _known(sample: Sample, names: Sequence[str]) -> Sequence[str]:
    if not names:
        raise EstimationError("There is no item to estimate.", hint="Name one or more columns.")
    unknown = [name for name in names if name not in sample.frame.columns]
    if unknown:
        raise EstimationError(
            f"There is no column {some(unknown)}.", hint=f"Columns: {some(list(sample.frame.columns))}."
        )
    return names


def known_numbers(column: pd.Series[Any], name: str) -> Numbers:
    """The numbers in a column. Raises `EstimationError` for a column of anything else."""
    numbers = numbers_of(column)
    if numbers is None:
        raise EstimationError(
            f"Column {name} is {column.dtype}, not numbers.",
            hint="Use share or count for words and codes.",
        )
    return numbers


def refuse_infinite(index: pd.Index[Any], name: str, numbers: Numbers) -> None:
    """Raise `EstimationError` for an infinite number, naming its row."""
    if numbers.whole:
        return
    for rows in blocks(numbers.values.size):
        infinite = np.isinf(numbers.floats(rows))
        if infinite.any():
            row = rows.start + int(np.argmax(infinite))
            raise EstimationError(
                f"Column {name} is infinite in row {index[row]}.",
                hint="Make it missing, or mend it.",
            )


def _answered_in(column: pd.Series[Any]) -> Callable[[slice], BoolArray]:
    numbers = numbers_of(column)
    if numbers is not None:
        return numbers.answered
    present = column.notna().to_numpy()
    return lambda rows: np.asarray(present[rows], dtype=np.bool_)


def _complete(
    sample: Sample, answered: Sequence[Callable[[slice], BoolArray]], missing: MissingRule
) -> BoolArray | None:
    """The rows that count for all items, where the rule is about all of them; None: each for itself.

    Raises `EstimationError` naming the rows of members without an answer where the rule refuses them.
    """
    if missing is MissingRule.BY_ITEM:
        return None
    complete = np.empty(len(sample), dtype=np.bool_)
    for rows in blocks(len(sample)):
        complete[rows] = np.logical_and.reduce([each(rows) for each in answered])
    if missing is MissingRule.LISTWISE:
        return complete
    lacking = sample.members & ~complete
    if lacking.any():
        raise EstimationError(
            f"Answers are missing in rows {some(list(sample.frame.index[lacking]))}.",
            hint="MissingRule.BY_ITEM leaves them out of the estimate.",
        )
    return None
