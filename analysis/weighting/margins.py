"""Margins: categories of the sample whose population totals are known, and the cells they cross into."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
from scipy.sparse import csr_array

from analysis.codes import blocks, first_of, occurring, recode
from analysis.design import as_names
from analysis.errors import Problem, WeightingError
from analysis.estimation.domains import Domains, cross
from analysis.estimation.sums import sum_matrix
from analysis.sample import Sample
from analysis.stages import FloatArray, IntArray, some

# label → total, and column (or columns) → totals; Any because the key of a Mapping is invariant
Totals: TypeAlias = Mapping[Any, float]
Margins: TypeAlias = Mapping[Any, Totals]

_AGREE = 1e-8  # sums of margins that differ by less are the same number, rounded
_CACHED = 1 << 15  # rows worked on at a time
_LARGE = 1 << 40  # crossings more than these are numbered before they are crossed once more


@dataclass(frozen=True, eq=False)
class Margin:
    """One margin: its name, the labels of its categories, the category of each cell, and the known totals."""

    name: str
    labels: tuple[object, ...]
    level: IntArray
    totals: FloatArray

    @cached_property
    def sums(self) -> csr_array:
        """The matrix (categories × cells) that sums cells by category."""
        return sum_matrix(self.level, len(self.labels))

    def place(self, category: int) -> str:
        """What a reader calls a category."""
        return f"{self.name} {self.labels[category]}"


@dataclass(frozen=True, eq=False)
class MarginCells:
    """The cells of all margins crossed that have weight: `cell` of each row (-1: weight 0), how many, and
    the margins.

    Rows of a cell are alike to every margin, so that calibration works on the cells and never again on the
    rows.
    """

    cell: IntArray
    count: int
    margins: tuple[Margin, ...]

    def sums(self, weights: FloatArray) -> FloatArray:
        """Sums of weights (one a row) by cell."""
        if self.cell.min(initial=0) >= 0:
            return summed(self.cell, weights, count=self.count)
        inside = self.cell >= 0
        return summed(self.cell[inside], weights[inside], count=self.count)

    def indicators(self) -> tuple[tuple[str, ...], FloatArray, FloatArray]:
        """Names, values (cells × p) and totals of the categories; later margins without their first."""
        names: list[str] = []
        columns, totals = [], []
        for number, margin in enumerate(self.margins):
            chosen = np.arange(1 if number else 0, len(margin.labels))
            names += [margin.place(category) for category in chosen.tolist()]
            columns.append(margin.level[:, None] == chosen)
            totals.append(margin.totals[chosen])
        return tuple(names), np.hstack(columns).astype(np.float64), np.concatenate(totals)

    def empty(self) -> list[str]:
        """Pairs of categories that no row has: what stands in the way of a rake that does not converge."""
        found = []
        for one, other in itertools.combinations(self.margins, 2):
            seen = np.zeros((len(one.labels), len(other.labels)), dtype=np.bool_)
            seen[one.level, other.level] = True
            found += [f"{one.place(i)} × {other.place(j)}" for i, j in np.argwhere(~seen)]
        return found


class MarginReader:
    """Reads the margins' columns and finds every reason why margins and sample do not fit together."""

    def __init__(self, sample: Sample, margins: Margins) -> None:
        self._sample = sample
        self._totals: list[Totals] = list(margins.values())
        self._crossed: list[Domains] = []
        self.problems: list[Problem] = []
        if not margins:
            self.problems = [
                Problem("no_margin", "margins", "there is not one; name a column and its totals")
            ]
            return
        unknown = [name for key in margins for name in as_names(key) if name not in sample.frame.columns]
        if unknown:
            text = "the sample has no such column"
            places = (f"margin {name}" for name in dict.fromkeys(unknown))
            self.problems = [Problem("unknown_column", place, text) for place in places]
            return
        self._crossed = [cross(sample, key) for key in margins]
        for domains, totals in zip(self._crossed, self._totals, strict=True):
            self.problems += misfits(sample, domains=domains, totals=totals)
        self.problems += _disagreements(self._crossed, self._totals)

    def cells(self) -> MarginCells:
        """The cells of the crossed margins, once there are no problems."""
        return _cells(self._sample, crossed=self._crossed, totals=self._totals)


def summed(code: IntArray, values: FloatArray, *, count: int) -> FloatArray:
    """Sums of values by code 0 … count - 1."""
    return np.asarray(np.bincount(code, weights=values, minlength=count), dtype=np.float64)


def labels_of(domains: Domains) -> list[object]:
    """The labels a user knows the domains by: tuples only where several variables are crossed."""
    return [label[0] if len(label) == 1 else label for label in domains.labels]


def misfits(sample: Sample, *, domains: Domains, totals: Totals) -> Iterator[Problem]:
    """Why one set of totals does not fit the sample: what is missing on either side."""
    name = " × ".join(domains.names)
    code = domains.code if sample.weights.all() else domains.code[sample.weights != 0]
    if code.min(initial=0) < 0:
        astray = (sample.weights != 0) & (domains.code < 0)
        text = f"{name} is missing; give it a label or weight 0"
        yield Problem("no_label", f"rows {some(list(sample.frame.index[astray]))}", text)
        code = code[code >= 0]
    present = occurring(code, domains.count)
    respondents = {label for label, found in zip(labels_of(domains), present, strict=True) if found}
    for label in sorted(respondents - set(totals), key=str):
        text = "has respondents but no known total; add the total"
        yield Problem("no_total", f"{name} {label}", text, {"label": str(label)})
    for label, total in totals.items():
        if label not in respondents:
            text = f"has a known total of {total:g} but no respondent; join it with a neighbouring class"
            values = {"label": str(label), "total": f"{total:g}"}
            yield Problem("total_without_respondent", f"{name} {label}", text, values)
        elif not (np.isfinite(total) and total > 0):
            text = f"has a known total of {total}, which is not above 0"
            yield Problem("total_not_positive", f"{name} {label}", text)


def _disagreements(crossed: Sequence[Domains], totals: Sequence[Totals]) -> list[Problem]:
    sums = [float(sum(known.values())) for known in totals]
    if max(sums) - min(sums) <= _AGREE * max(sums):
        return []
    text = "; ".join(
        f"{' × '.join(each.names)} {sum_:.10g}" for each, sum_ in zip(crossed, sums, strict=True)
    )
    message = f"add up to different populations ({text}); take them from one source, or scale them to one"
    return [Problem("margins_disagree", "margins", message)]


def _cells(sample: Sample, *, crossed: Sequence[Domains], totals: Sequence[Totals]) -> MarginCells:
    inside = None if sample.weights.all() else np.flatnonzero(sample.weights != 0)
    codes = [domains.code if inside is None else domains.code[inside] for domains in crossed]
    cell, count = crossed_cells(codes, [domains.count for domains in crossed])
    row = first_of(cell, count)  # any row of a cell shows its categories
    if inside is not None:
        row = inside[row]
    population = float(sum(totals[0].values()))
    margins = []
    for domains, known in zip(crossed, totals, strict=True):
        used, level = np.unique(domains.code[row], return_inverse=True)
        labels = [labels_of(domains)[category] for category in used]
        asked = np.array([float(known[label]) for label in labels])
        name = " × ".join(domains.names)
        margins.append(Margin(name, tuple(labels), level.reshape(-1), asked * (population / asked.sum())))
    if inside is None:
        return MarginCells(cell, count, tuple(margins))
    code = np.full(len(sample), -1, dtype=np.int64)
    code[inside] = cell
    return MarginCells(code, count, tuple(margins))


def crossed_cells(codes: Sequence[IntArray], counts: Sequence[int]) -> tuple[IntArray, int]:
    """The crossing of codes (each 0 … count - 1) that each row is in, numbered in order, and how many occur.

    Recoded on the way only where all crossings together would be more than can be counted.
    """
    key, limit = codes[0], counts[0]
    for code, count in zip(codes[1:], counts[1:], strict=True):
        if limit * count > _LARGE:
            key, occupied = recode(key)
            limit = occupied.size
        crossed = np.empty(key.size, dtype=np.int64)
        for rows in blocks(key.size, _CACHED):
            np.multiply(key[rows], count, out=crossed[rows])
            crossed[rows] += code[rows]
        key, limit = crossed, limit * count
    cell, occupied = recode(key)
    return cell, int(occupied.size)


def negative_weights(sample: Sample) -> list[Problem]:
    """Rows which an earlier calibration left with a weight below 0: no further one can start from there."""
    wrong = sample.weights < 0
    if not wrong.any():
        return []
    text = (
        "have a weight below 0; calibrate to all totals at once, or by a distance that keeps weights positive"
    )
    return [Problem("negative_weight", f"rows {some(list(sample.frame.index[wrong]))}", text)]


def refuse(problems: Sequence[Problem]) -> None:
    """Raise `WeightingError` with the problems, if there are any."""
    if problems:
        raise WeightingError("The totals and the sample do not fit together.", problems=problems)
