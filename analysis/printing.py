"""Results print themselves in words, in a session too, where fields would be pages of numbers."""

from __future__ import annotations


class Printed:
    """What a session shows of a result is what it prints. The class has a `__str__` of its own."""

    def __repr__(self) -> str:
        return str(self)
