"""Reads a clean QR code from a picture by the standard (ISO/IEC 18004), independent of what drew it.

It corrects no errors: a picture must hold every module as it was meant.
"""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Modules = NDArray[np.bool_]  # True is black; [row, column]

# Data codewords of the blocks by version for error correction Q (table 9 of the standard).
BLOCKS_Q = {1: [13], 2: [22], 3: [17, 17], 4: [24, 24], 5: [15, 15, 16, 16], 6: [19, 19, 19, 19]}
LEVELS = {0b01: "L", 0b00: "M", 0b11: "Q", 0b10: "H"}
MASKS = (
    lambda row, column: (row + column) % 2 == 0,
    lambda row, column: row % 2 == 0,
    lambda row, column: column % 3 == 0,
    lambda row, column: (row + column) % 3 == 0,
    lambda row, column: (row // 2 + column // 3) % 2 == 0,
    lambda row, column: row * column % 2 + row * column % 3 == 0,
    lambda row, column: (row * column % 2 + row * column % 3) % 2 == 0,
    lambda row, column: ((row + column) % 2 + row * column % 3) % 2 == 0,
)


def read_qr(picture: bytes) -> str:
    """The text in a picture that holds one upright QR code on white and nothing else."""
    return read_modules(modules_of(picture))


def modules_of(picture: bytes) -> Modules:
    """The modules, without the quiet zone: the finder pattern's first row tells the size of a module."""
    black = np.asarray(Image.open(io.BytesIO(picture)).convert("L")) < 128
    rows, columns = np.flatnonzero(black.any(axis=1)), np.flatnonzero(black.any(axis=0))
    symbol = black[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    first_row = symbol[min(2, len(symbol) - 1)]
    begin = int(np.flatnonzero(first_row)[0])
    finder_width = int(np.flatnonzero(~first_row[begin:])[0])  # seven black modules, then white
    size = round(symbol.shape[1] * 7 / finder_width)
    size = 17 + 4 * round((size - 17) / 4)
    centres = ((np.arange(size) + 0.5) * symbol.shape[1] / size).astype(int)
    return symbol[np.ix_(centres, centres)]


def read_modules(modules: Modules) -> str:
    """The text of the modules."""
    size = len(modules)
    version = (size - 17) // 4
    places = [(8, column) for column in (0, 1, 2, 3, 4, 5, 7, 8)] + [
        (row, 8) for row in (7, 5, 4, 3, 2, 1, 0)
    ]
    information = int("".join(str(int(modules[place])) for place in places), 2) ^ 0b101010000010010
    assert LEVELS[information >> 13] == "Q"
    mask = MASKS[(information >> 10) & 7]
    bits = [int(modules[row, column]) ^ int(mask(row, column)) for row, column in _data_places(size, version)]
    codewords = [int("".join(map(str, bits[start : start + 8])), 2) for start in range(0, len(bits) - 7, 8)]
    return _text(_joined(codewords, BLOCKS_Q[version]))


def _data_places(size: int, version: int) -> list[tuple[int, int]]:
    """Every place that holds data, in reading order: pairs of columns from the right, up and down in turn."""
    taken = np.zeros((size, size), dtype=bool)
    taken[:9, :9] = taken[:9, -8:] = taken[-8:, :9] = True  # finders, separators, format information
    taken[6, :] = taken[:, 6] = True  # timing
    if version > 1:
        taken[size - 9 : size - 4, size - 9 : size - 4] = True  # the one alignment pattern of versions 2 to 6
    places, upward = [], True
    for right in [*range(size - 1, 6, -2), 5, 3, 1]:
        for row in reversed(range(size)) if upward else range(size):
            places += [(row, column) for column in (right, right - 1) if not taken[row, column]]
        upward = not upward
    return places


def _joined(codewords: list[int], blocks: list[int]) -> list[int]:
    """Undo the interleaving of the data codewords."""
    parts: list[list[int]] = [[] for _ in blocks]
    stream = iter(codewords)
    for position in range(max(blocks)):
        for part, length in zip(parts, blocks, strict=True):
            if position < length:
                part.append(next(stream))
    return [codeword for part in parts for codeword in part]


def _text(codewords: list[int]) -> str:
    bits = "".join(f"{codeword:08b}" for codeword in codewords)
    assert bits[:4] == "0100"  # byte mode
    length = int(bits[4:12], 2)
    data = bytes(int(bits[12 + 8 * place : 20 + 8 * place], 2) for place in range(length))
    return data.decode("utf-8")
