"""Entries of a directory of reference results: the question, its data, and the expected answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from analysis.sample import Sample
from tests.golden.comparison.entries import Entry, read_entries
from tests.golden.comparison.labels import written
from tests.golden.comparison.samples import rows_kept, sample_of
from tests.golden.comparison.steps import complete_steps


@cache
def read_table(file: Path) -> pd.DataFrame:
    """A data file; only empty cells are missing."""
    return pd.read_csv(file, keep_default_na=False, na_values=[""])


@dataclass(frozen=True)
class Case:
    """One entry in its directory."""

    entry: Entry
    directory: Path

    @property
    def id(self) -> str:
        """The entry's name."""
        return str(self.entry["id"])

    @property
    def problem(self) -> str | None:
        """Why the entry cannot be read; None: it can."""
        return self.entry.get("problem")

    @property
    def estimator(self) -> str:
        """What the entry asks for."""
        return str(self.entry["estimator"])

    @property
    def arguments(self) -> Mapping[str, Any]:
        """The entry's arguments."""
        return self.entry["args"] or {}

    @property
    def expected(self) -> Any:
        """The reference answer as it stands in the file: a mapping, or a list of mappings (quantiles)."""
        return self.entry["expected"]

    @property
    def refusal(self) -> str | None:
        """The reference program's error message where it refuses."""
        return self.expected.get("error") if isinstance(self.expected, dict) else None

    def table(self, file: str) -> pd.DataFrame:
        """A data file of the directory."""
        return read_table(self.directory / file)

    @cached_property
    def frame(self) -> pd.DataFrame:
        """The data the entry is about, as in its file."""
        return self.table(self.entry["data"])

    @cached_property
    def sample(self) -> Sample:
        """The sample after calibration steps, with the entry's domain."""
        return sample_of(self.entry, self.table)

    @cached_property
    def row_count(self) -> int:
        """How many rows the reference's design has: see `rows_kept`."""
        return int(rows_kept(self.entry, self.sample).sum())


def read_cases(directory: Path) -> Iterator[Case]:
    """Every entry of every file of the directory that has entries, in the order of the files."""
    for file in sorted(directory.glob("*.json")):
        for entry in complete_steps(read_entries(file)):
            yield Case(entry, directory)


def domains_of(expected: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """The labels of each domain of the answer, in its order; a lone domain may stand without a list."""
    by = expected.get("by")
    if not by:
        return [()]
    columns = [labels if isinstance(labels, list) else [labels] for labels in by.values()]
    return [tuple(map(written, labels)) for labels in zip(*columns, strict=True)]


def number(value: object) -> float:
    """A reference number; NA and NaN are NaN, Inf is infinite."""
    if isinstance(value, str):
        return {"Inf": np.inf, "-Inf": -np.inf}.get(value, np.nan)
    return np.nan if value is None else float(value)  # type: ignore[arg-type]


def numbers(value: object) -> np.ndarray:
    """Reference numbers as one flat array; a scalar is an array of one, a table its values."""
    return np.array([number(each) for each in _leaves(value)], dtype=np.float64)


def _leaves(value: object) -> Iterator[object]:
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if isinstance(value, list | tuple):
        for each in value:
            yield from _leaves(each)
    else:
        yield value
