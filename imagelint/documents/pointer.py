"""Where a value stands: in a document (RFC 6901), and in the document's text."""

from __future__ import annotations

from collections.abc import Iterable

Pointer = tuple[str | int, ...]
"""Where a value stands in its document: the keys and indexes from the top."""

Position = tuple[int, int]
"""A line and a column of a text, from 1."""


def spell(pointer: Pointer) -> str:
    """The pointer as a JSON Pointer (RFC 6901)."""
    return "".join("/" + str(key).replace("~", "~0").replace("/", "~1") for key in pointer)


def positions_at(text: str, offsets: Iterable[int]) -> list[Position]:
    """The lines and columns of rising offsets, in one pass over the text."""
    found: list[Position] = []
    line, line_start, at = 1, 0, 0
    for offset in offsets:
        line += text.count("\n", at, offset)
        line_start = text.rfind("\n", at, offset) + 1 or line_start
        found.append((line, offset - line_start + 1))
        at = offset
    return found


def position_at(text: str, offset: int) -> Position:
    """The line and column of an offset."""
    return text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)
