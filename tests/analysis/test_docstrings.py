"""What every module, class and function of `analysis/` owes its reader: a docstring, and to fit a screen."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import pytest

from analysis import errors

ROOT = Path(__file__).parents[2]
MODULES = sorted((ROOT / "analysis").rglob("*.py"))
MOST_LINES_OF_A_FUNCTION = 45  # signature and docstring included
MOST_LINES_OF_A_FILE = 400
ANALYSIS_ERRORS = frozenset(
    name
    for name, value in vars(errors).items()
    if isinstance(value, type) and issubclass(value, errors.AnalysisError)
)

Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef
Defined: TypeAlias = Function | ast.ClassDef


@dataclass(frozen=True)
class Definition:
    """A class, function, method or property: where it stands, and whether users may call it."""

    node: Defined
    place: str
    is_public: bool

    @property
    def docstring(self) -> str:
        return ast.get_docstring(self.node) or ""


def definitions(path: Path) -> Iterator[Definition]:
    """Everything a module defines at its own level and in its classes; what functions define is their own."""
    yield from _inside(ast.parse(path.read_text(encoding="utf-8")), path, prefix="", is_public=True)


def _inside(
    node: ast.Module | ast.ClassDef, path: Path, *, prefix: str, is_public: bool
) -> Iterator[Definition]:
    for child in node.body:
        if not isinstance(child, Defined) or _is_overload(child):
            continue
        public = is_public and not child.name.startswith("_")
        name = f"{prefix}{child.name}"
        yield Definition(child, f"{path.relative_to(ROOT)}:{child.lineno} {name}", public)
        if isinstance(child, ast.ClassDef):
            yield from _inside(child, path, prefix=f"{name}.", is_public=public)


def _is_overload(node: Defined) -> bool:
    return any(isinstance(each, ast.Name) and each.id == "overload" for each in node.decorator_list)


def raised_errors(function: Function) -> set[str]:
    """The analysis errors a function raises by name in its own body; what it calls may raise more."""
    found: set[str] = set()
    rest: list[ast.AST] = list(function.body)
    while rest:
        node = rest.pop()
        if isinstance(node, Defined | ast.Lambda):
            continue
        if (
            isinstance(node, ast.Raise)
            and isinstance(node.exc, ast.Call)
            and isinstance(node.exc.func, ast.Name)
        ):
            found.add(node.exc.func.id)
        rest.extend(ast.iter_child_nodes(node))
    return found & ANALYSIS_ERRORS


def length(function: Function) -> int:
    """Lines from the signature to the end of the body."""
    return (function.end_lineno or function.lineno) - function.lineno + 1


@pytest.fixture(scope="module", params=MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def module(request: pytest.FixtureRequest) -> Path:
    return Path(request.param)


def test_module_says_what_it_is_for(module: Path) -> None:
    assert ast.get_docstring(ast.parse(module.read_text(encoding="utf-8")))


def test_everything_public_has_a_docstring(module: Path) -> None:
    assert [each.place for each in definitions(module) if each.is_public and not each.docstring] == []


def test_public_functions_name_the_errors_they_raise(module: Path) -> None:
    untold = [
        f"{each.place} does not name {error}"
        for each in definitions(module)
        if each.is_public and isinstance(each.node, Function)
        for error in sorted(raised_errors(each.node))
        if error not in each.docstring
    ]
    assert untold == []


def test_functions_fit_a_screen(module: Path) -> None:
    functions = [each for each in definitions(module) if isinstance(each.node, Function)]
    too_long = [
        f"{each.place} has {length(each.node)} lines"
        for each in functions
        if isinstance(each.node, Function) and length(each.node) > MOST_LINES_OF_A_FUNCTION
    ]
    assert too_long == []


def test_files_have_at_most_400_lines(module: Path) -> None:
    assert len(module.read_text(encoding="utf-8").splitlines()) <= MOST_LINES_OF_A_FILE


def test_the_check_reads_raises_public_names_and_lengths() -> None:
    source = (
        "class Table:\n"
        "    def row(self, place):\n"
        "        if place < 0:\n"
        "            raise EstimationError('below 0')\n"
        "        def inner():\n"
        "            raise DesignError('of inner')\n"
        "        return inner\n"
        "    def _hidden(self): ...\n"
    )
    path = ROOT / "table.py"
    found = list(_inside(ast.parse(source), path, prefix="", is_public=True))
    assert [(each.place, each.is_public) for each in found] == [
        ("table.py:1 Table", True),
        ("table.py:2 Table.row", True),
        ("table.py:8 Table._hidden", False),
    ]
    row = found[1].node
    assert isinstance(row, Function)
    assert (raised_errors(row), length(row)) == ({"EstimationError"}, 6)
