"""Every trap that docs/statistics-traps.md tells of is named by a test that shows it is not fallen into."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
WISHES = {15}  # not a trap but what people ask for; bench and the tests of each feature show it


def numbers_on_the_page() -> set[int]:
    page = (ROOT / "docs" / "statistics-traps.md").read_text(encoding="utf-8")
    return {int(number) for number in re.findall(r"^(\d+)\. ", page, re.MULTILINE)}


def numbers_in_tests() -> set[int]:
    found = set()
    for file in (ROOT / "tests" / "analysis").rglob("test_*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                found |= {int(number) for number in re.findall(r"[Tt]rap (\d+)", ast.unparse(node))}
    return found


def test_every_trap_has_its_test() -> None:
    assert numbers_on_the_page() == set(range(1, 16))
    assert numbers_in_tests() == numbers_on_the_page() - WISHES
