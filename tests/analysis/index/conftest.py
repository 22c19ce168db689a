"""Criteria sets for the tests: the published components, the demonstration set and small ones made here."""

import csv
from decimal import Decimal
from pathlib import Path

import pytest

from analysis.index.inputs import PointsInput
from analysis.index.reading import COLUMNS, criteria_set_from_table

ROOT = Path(__file__).parents[3]
GOLDEN = ROOT / "tests" / "golden" / "par_index"


def read_rows(path):
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


@pytest.fixture
def golden_set():
    """name → the criteria set of that published result."""
    return lambda name: criteria_set_from_table(read_rows(GOLDEN / f"{name}-set.csv"))


@pytest.fixture
def golden_points():
    """name → published rows: unit code → (inputs by leaf, published index, published rank)."""

    def read(name):
        columns, *rows = read_rows(GOLDEN / f"{name}-points.csv")
        units = {}
        for cells in rows:
            row = dict(zip(columns, cells, strict=True))
            inputs = {code: PointsInput(Decimal(row[code])) for code in columns if code[0].isdigit()}
            rank = int(row["published_rank"]) if "published_rank" in row else None
            units[row["unit_code"]] = (inputs, Decimal(row["published_index"]), rank)
        return units

    return read


@pytest.fixture
def demo_rows():
    """The table of the demonstration set, for tests that spoil it."""
    return read_rows(ROOT / "survey" / "data" / "criteria" / "bl-huyen-2020-demo.csv")


@pytest.fixture
def demo_set(demo_rows):
    """The demonstration set of a district, 46 leaves."""
    return criteria_set_from_table(demo_rows)


@pytest.fixture
def set_of():
    """Leaves as dictionaries → a set with one area and one criterion; BONUS and PENALTY stand outside."""

    def build(*leaves, **header):
        inside = [leaf for leaf in leaves if leaf["kind"] not in ("BONUS", "PENALTY")]
        total = str(sum(Decimal(leaf["max_points"]) for leaf in inside))
        header = {
            "code": "TEST",
            "version": "1",
            "year": "2020",
            "unit_kind": "district",
            "name_vi": "Thử",
            "name_en": "Test",
            "total_points": total,
            **header,
        }
        named = {"name_vi": "Thử", "name_en": "Test"}
        rows = [
            {"code": "1", "level": "area", "max_points": total, **named},
            {"code": "1.1", "level": "criterion", "max_points": total, **named},
            *({"level": "sub_criterion", **named, **leaf} for leaf in leaves),
        ]
        table = [[f"#{key}", value] for key, value in header.items()]
        table.append(list(COLUMNS))
        table += [[row.get(column, "") for column in COLUMNS] for row in rows]
        return criteria_set_from_table(table)

    return build


@pytest.fixture
def leaf_of(set_of):
    """Columns of one leaf → that leaf, worth 2 points unless said otherwise."""

    def build(formula, parameters="", **columns):
        leaf = {
            "code": "1.1.1",
            "max_points": "2",
            "kind": "SELF",
            "formula": formula,
            "parameters": parameters,
        }
        return set_of({**leaf, **columns}).leaf("1.1.1")

    return build
