"""Percent match: how much of its answers a response shares with the one most like it."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.choices import chosen
from analysis.codes import joint_codes
from analysis.design import as_names
from analysis.errors import QualityError
from analysis.quality.respondent_index import IndexStatus, RespondentIndex, respondent_index
from analysis.stages import IntArray, some

CodeArray = NDArray[np.int32]

_BLOCK = 1 << 20  # comparisons held at a time: a block that stays in the processor's cache
_MISSING = -1


class MissingMatch(StrEnum):
    """Whether two missing answers to an item are a match (EQUAL) or not (DIFFERENT)."""

    EQUAL = "equal"
    DIFFERENT = "different"


def percent_match(
    frame: pd.DataFrame,
    items: Sequence[str],
    *,
    within: str | Sequence[str] = (),
    missing: MissingMatch = MissingMatch.EQUAL,
) -> RespondentIndex:
    """The largest share (0–1) of the items that a respondent answered as somebody else did.

    Compared are the respondents with the same labels of `within`, or all. Kuriakose & Robbins 2016; a share
    of 0.85 is no sign of fraud by itself, least of all in a short battery that most people answer alike:
    judge it by `analysis.quality.judge_matches`. Time grows with the square of the group, memory does not.
    Raises `QualityError` for unknown columns.
    """
    codes = answer_codes(frame, items, missing=missing)
    group = group_codes(frame, within)
    counts = np.zeros(len(frame), dtype=np.int64)
    alone = np.zeros(len(frame), dtype=np.bool_)
    for rows in rows_of_groups(group):
        alone[rows] = rows.size == 1
        counts[rows] = closest_matches(codes[None, rows])[0]
    names = as_names(within)
    return respondent_index(
        "percent_match",
        counts / codes.shape[1],
        method=f"{codes.shape[1]} items, within {' × '.join(names) or 'all'}, missing answers {missing}",
        missing={IndexStatus.NOBODY_TO_COMPARE: alone},
        index=frame.index,
    )


def exact_duplicates(
    frame: pd.DataFrame, items: Sequence[str], *, within: str | Sequence[str] = ()
) -> RespondentIndex:
    """How many others (with the same labels of `within`) gave exactly the same answers to all items.

    Who answered nothing has no index. A count above zero is common where people agree; see `percent_match`.
    Raises `QualityError` for unknown columns.
    """
    codes = answer_codes(frame, items, missing=MissingMatch.EQUAL)
    same = joint_codes(group_codes(frame, within), *codes.T)
    names = as_names(within)
    return respondent_index(
        "exact_duplicates",
        (np.bincount(same)[same] - 1).astype(np.float64),
        method=f"{len(items)} items, within {' × '.join(names) or 'all'}",
        missing={IndexStatus.TOO_FEW_ANSWERS: frame[list(items)].isna().all(axis=1).to_numpy()},
        index=frame.index,
    )


def refuse_unknown_columns(frame: pd.DataFrame, names: Sequence[str]) -> None:
    """Raise `QualityError` naming the columns that the table does not have."""
    unknown = [name for name in names if name not in frame.columns]
    if unknown:
        raise QualityError(
            f"There is no column {some(unknown)}.", hint=f"Columns: {some(list(frame.columns))}."
        )


def answer_codes(frame: pd.DataFrame, items: Sequence[str], *, missing: MissingMatch) -> CodeArray:
    """The answers as codes 0, 1, … an item, shape (rows, items); -1 where missing answers match nothing.

    Raises `QualityError` for no item and for unknown columns.
    """
    missing = chosen(MissingMatch, missing, name="missing")
    refuse_unknown_columns(frame, items)
    if not items:
        raise QualityError("There is no item to compare.", hint="Name the columns of the answers.")
    columns = []
    for name in items:
        code, labels = pd.factorize(frame[name])
        columns.append(np.where(code < 0, len(labels), code) if missing is MissingMatch.EQUAL else code)
    return np.column_stack(columns).astype(np.int32)


def group_codes(frame: pd.DataFrame, within: str | Sequence[str]) -> IntArray:
    """One code a row for the crossing of the columns `within`; a missing label is a label.

    Raises `QualityError` for unknown columns.
    """
    names = as_names(within)
    refuse_unknown_columns(frame, names)
    if not names:
        return np.zeros(len(frame), dtype=np.int64)
    return joint_codes(*(pd.factorize(frame[name], use_na_sentinel=False)[0] for name in names))


def rows_of_groups(group: IntArray) -> list[IntArray]:
    """The rows of every group, in the order of the codes."""
    order = np.argsort(group, kind="stable")
    ends = np.cumsum(np.bincount(group)) if group.size else np.empty(0, dtype=np.int64)
    return [rows.astype(np.int64) for rows in np.split(order, ends[:-1]) if rows.size]


def closest_matches(codes: CodeArray) -> IntArray:
    """How many items each response shares with the one most like it; 0 for one alone.

    `codes` has the shape (tables, rows, items): each table is compared within itself; returned are
    (tables, rows). Rows are taken block by block, so that memory stays bounded.
    """
    tables, rows, items = codes.shape
    result = np.zeros((tables, rows), dtype=np.int64)
    if rows < 2:
        return result
    small = np.uint8 if items < 255 else np.uint16
    columns = np.ascontiguousarray(codes.transpose(2, 0, 1))
    columns = columns.astype(np.int8 if codes.max() < 127 else np.int32)
    step = max(1, _BLOCK // (tables * rows))
    for start in range(0, rows, step):
        block = slice(start, min(start + step, rows))
        matches = np.zeros((tables, block.stop - start, rows), dtype=small)
        for column in columns:
            equal = column[:, block, None] == column[:, None, :]
            if column.min() == _MISSING:
                equal &= (column != _MISSING)[:, None, :]
            matches += equal
        own = np.arange(start, block.stop)
        matches[:, own - start, own] = 0
        result[:, block] = matches.max(axis=2)
    return result
