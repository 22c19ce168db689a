"""What the comparison raises."""


class UnsupportedError(Exception):
    """The library does not do what the entry asks; the text says why."""
