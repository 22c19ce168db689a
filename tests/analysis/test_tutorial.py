"""The tutorial runs from its first block to its last, and prints what stands under each block."""

from __future__ import annotations

import contextlib
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
import pytest

ROOT = Path(__file__).parents[2]
TUTORIAL = ROOT / "docs" / "statistics-tutorial.md"
TEXT = TUTORIAL.read_text(encoding="utf-8")
BLOCK = re.compile(
    r"^```python\n(?P<code>.*?)^```\n(?:\n```text\n(?P<printed>.*?)^```\n)?", re.DOTALL | re.MULTILINE
)
SHOWN = (
    *("drivers", "estimation", "models", "nonprobability", "quality", "ranking", "reliability"),
    *("small_areas", "suppression", "testing", "weighting"),
)


@dataclass(frozen=True)
class Block:
    """A block of code: the line it starts at, what it does, and what stands below it as printed."""

    line: int
    code: str
    printed: str


def blocks_of(text: str) -> list[Block]:
    return [
        Block(text.count("\n", 0, found.start("code")) + 1, found["code"], found["printed"] or "")
        for found in BLOCK.finditer(text)
    ]


BLOCKS = blocks_of(TEXT)


@dataclass
class Reading:
    """The blocks run so far, all in one namespace, and what each of them printed."""

    namespace: dict[str, object] = field(default_factory=dict)
    printed: list[str] = field(default_factory=list)

    def printed_by(self, place: int) -> str:
        """What a block prints after all blocks before it; tracebacks name the lines of the tutorial."""
        for block in BLOCKS[len(self.printed) : place + 1]:
            output = io.StringIO()
            code = compile("\n" * (block.line - 1) + block.code, str(TUTORIAL), "exec")
            with contextlib.redirect_stdout(output):
                exec(code, self.namespace)  # noqa: S102 -- our own documentation
            self.printed.append("".join(f"{line.rstrip()}\n" for line in output.getvalue().splitlines()))
        return self.printed[place]


@pytest.fixture(scope="module")
def reading() -> Iterator[Reading]:
    kept = ("display.width", 80, "display.max_columns", 20, "display.precision", 6)
    with contextlib.chdir(ROOT), pd.option_context(*kept):
        yield Reading()


@pytest.mark.parametrize("place", range(len(BLOCKS)), ids=[f"line {block.line}" for block in BLOCKS])
def test_block_prints_what_stands_below_it(reading: Reading, place: int) -> None:
    assert reading.printed_by(place) == BLOCKS[place].printed


def test_every_block_of_code_and_output_is_read() -> None:
    fences = re.findall(r"^```(\w+)$", TEXT, re.MULTILINE)
    assert set(fences) == {"python", "text"}
    assert fences.count("python") == len(BLOCKS)
    assert fences.count("text") == sum(block.printed != "" for block in BLOCKS)


@pytest.mark.parametrize("package", SHOWN)
def test_package_is_shown(package: str) -> None:
    assert f"\nfrom analysis.{package} import " in TEXT


def test_blocks_are_found_with_their_lines_and_outputs() -> None:
    text = "# Title\n\n```python\nprint(1)\n```\n\n```text\n1\n```\n\nWords.\n\n```python\nx = 2\n```\n"
    assert blocks_of(text) == [Block(4, "print(1)\n", "1\n"), Block(14, "x = 2\n", "")]
