"""Columns: the answers of a round as arrays of small integers, the form that scores are computed from."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forms.questionnaire import Item
from survey.errors import HaiLongError

Array = NDArray[Any]
IntArray = NDArray[np.int64]

# Why there is no level or choice. Far below every code a questionnaire may give, "no opinion" included.
MISSING, REFUSED, INVALID = -32768, -32767, -32766
NOBODY = -1  # no service point, no sampled unit, no organisation
# What stands in a column for the rows of a block that does not have it.
FILL: Mapping[str, int | float] = {"level": MISSING, "choice": MISSING, "mark": NOBODY, "amount": np.nan}
_TYPES: Mapping[str, type[Any]] = {
    "level": np.int16,
    "choice": np.int16,
    "mark": np.int8,
    "amount": np.float64,
}
LABELS = "#labels"  # no code of an item or scale has this sign


class SnapshotDamagedError(HaiLongError):
    """A stored block is not what was written; the responses themselves are elsewhere and whole."""


@dataclass(frozen=True, eq=False)
class LabelColumn:
    """Text codes as small integers: `codes` point into `labels`; a negative code says why there is none."""

    codes: NDArray[np.int16]
    labels: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class GridColumn:
    """Answers of a unit grid, one entry a cell: which row gave it, about which unit, which level."""

    rows: IntArray
    units: LabelColumn
    levels: NDArray[np.int16]


@dataclass(frozen=True, eq=False)
class ResponseColumns:
    """Responses of one round as named arrays; those that begin with `row/` have one entry a response.

    Scale answers are kept under item and scale, so that answers on two scales are never read as one column.
    """

    arrays: Mapping[str, Array]

    def __len__(self) -> int:
        return len(self.arrays["row/response_id"])

    def row(self, name: str) -> IntArray:
        """A number every response has: response_id, organisation_id, day (ordinal), hour, is_supplement …"""
        return self.arrays[f"row/{name}"].astype(np.int64)

    def labelled(self, name: str) -> LabelColumn:
        """The mode or language of every response."""
        return LabelColumn(self.arrays[f"label/{name}"], self._labels(f"label/{name}"))

    def levels(self, item: Item) -> NDArray[np.int16]:
        """Level codes of a scale item; MISSING, REFUSED or INVALID where there is none."""
        return self._or_missing(f"level/{item.code}/{scale_reference(item)}")

    def choices(self, item: Item) -> LabelColumn:
        """Choices of a single-choice item."""
        name = f"choice/{item.code}"
        return LabelColumn(self._or_missing(name), self._labels(name) if name in self.arrays else ())

    def marks(self, item: Item) -> Mapping[str, NDArray[np.int8]]:
        """One column a choice of a multiple-choice item: 1 chosen, 0 not, negative without an answer."""
        absent = np.full(len(self), NOBODY, dtype=np.int8)
        return {
            choice.code: self.arrays.get(f"mark/{item.code}/{choice.code}", absent) for choice in item.choices
        }

    def amounts(self, item: Item) -> NDArray[np.float64]:
        """Numbers of an integer or decimal item; NaN where there is none."""
        absent = np.full(len(self), np.nan)
        return np.asarray(self.arrays.get(f"amount/{item.code}", absent), dtype=np.float64)

    def grid(self, item: Item) -> GridColumn:
        """Cells of a unit grid."""
        name = f"grid/{item.code}/{scale_reference(item)}"
        if f"{name}/row" not in self.arrays:
            nothing = np.zeros(0, np.int16)
            return GridColumn(nothing.astype(np.int64), LabelColumn(nothing, ()), nothing)
        units = LabelColumn(self.arrays[f"{name}/unit"], self._labels(f"{name}/unit"))
        return GridColumn(self.arrays[f"{name}/row"].astype(np.int64), units, self.arrays[f"{name}/level"])

    def where(self, keep: NDArray[np.bool_]) -> ResponseColumns:
        """The responses for which `keep` is true."""
        place = np.cumsum(keep) - 1
        selected: dict[str, Array] = {}
        for name, values in self.arrays.items():
            if name.startswith("grid/") and not name.endswith(LABELS):
                kept_cells = keep[self.arrays[f"{name.rpartition('/')[0]}/row"]]
                chosen = values[kept_cells]
                selected[name] = place[chosen] if _points_at_rows(name) else chosen
            else:
                selected[name] = values if name.endswith(LABELS) else values[keep]
        return ResponseColumns(selected)

    def _or_missing(self, name: str) -> NDArray[np.int16]:
        return self.arrays.get(name, np.full(len(self), MISSING, dtype=np.int16))

    def _labels(self, name: str) -> tuple[str, ...]:
        return tuple(str(label) for label in self.arrays[name + LABELS])


def joined(parts: Sequence[ResponseColumns]) -> ResponseColumns:
    """The responses of several runs of columns, one after the other."""
    filled = [part for part in parts if len(part)]
    if len(filled) <= 1:
        return filled[0] if filled else parts[0]
    names = dict.fromkeys(name for part in filled for name in part.arrays)
    arrays: dict[str, Array] = {}
    for name in names:
        if name.endswith(LABELS):
            continue
        pieces = [_piece(part, name) for part in filled]
        if _points_at_rows(name):
            pieces = _behind_each_other(pieces, [len(part) for part in filled])
        if name + LABELS in names:
            pieces, arrays[name + LABELS] = _with_one_set_of_labels(filled, name, pieces)
        arrays[name] = np.concatenate(pieces)
    return ResponseColumns(arrays)


def to_bytes(columns: ResponseColumns) -> bytes:
    """A compressed NumPy archive; the same columns always give the same bytes."""
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **{name: columns.arrays[name] for name in sorted(columns.arrays)})  # type: ignore[arg-type]  # the stub takes the arrays for its own option
    return buffer.getvalue()


def from_bytes(content: bytes, *, digest: str) -> ResponseColumns:
    """Read an archive back. Raises SnapshotDamagedError when it is not the one that was written."""
    if digest_of(content) != digest:
        raise SnapshotDamagedError(
            "A snapshot block does not match its digest. Make the snapshot again from the stored responses: "
            "flask snapshot rebuild ROUND."
        )
    with np.load(io.BytesIO(content), allow_pickle=False) as archive:
        return ResponseColumns({name: archive[name] for name in archive.files})


def digest_of(content: bytes) -> str:
    """SHA-256 in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def scale_reference(item: Item) -> str:
    """The scale in the names of an item's columns."""
    return item.scale.reference if item.scale else ""


def empty_column(name: str, row_count: int) -> Array:
    """The column of this name when no response has an answer in it."""
    kind = name.partition("/")[0]
    return np.full(row_count, FILL[kind], dtype=_TYPES[kind])


def _piece(part: ResponseColumns, name: str) -> Array:
    if name in part.arrays:
        return part.arrays[name]
    return np.zeros(0, np.int16) if name.startswith("grid/") else empty_column(name, len(part))


def _points_at_rows(name: str) -> bool:
    return name.startswith("grid/") and name.endswith("/row")


def _behind_each_other(pieces: Sequence[Array], lengths: Sequence[int]) -> list[Array]:
    starts = np.cumsum([0, *lengths[:-1]])
    return [piece + start for piece, start in zip(pieces, starts.astype(np.int32), strict=True)]


def _with_one_set_of_labels(
    parts: Sequence[ResponseColumns], name: str, pieces: Sequence[Array]
) -> tuple[list[Array], Array]:
    own = [[str(label) for label in part.arrays.get(name + LABELS, ())] for part in parts]
    every = dict.fromkeys(label for some in own for label in some)
    labels = {label: code for code, label in enumerate(every)}
    recoded = []
    for piece, before in zip(pieces, own, strict=True):
        lookup = np.array([labels[label] for label in before], dtype=np.int16)
        new = piece.astype(np.int16)
        new[piece >= 0] = lookup[piece[piece >= 0]]
        recoded.append(new)
    return recoded, np.array(list(labels), dtype=np.str_)
