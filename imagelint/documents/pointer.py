"""Where a value stands: in a document (RFC 6901), and in the document's text."""

from __future__ import annotations

Pointer = tuple[str | int, ...]
"""Where a value stands in its document: the keys and indexes from the top."""

Position = tuple[int, int]
"""A line and a column of a text, from 1."""


def spell(pointer: Pointer) -> str:
    """The pointer as a JSON Pointer (RFC 6901)."""
    return "".join("/" + str(key).replace("~", "~0").replace("/", "~1") for key in pointer)


def position_at(text: str, offset: int) -> Position:
    """The line and column of an offset."""
    return text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)
