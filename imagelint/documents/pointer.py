"""Where a value stands in a document, and how that is written (RFC 6901)."""

from __future__ import annotations

Pointer = tuple[str | int, ...]
"""Where a value stands in its template: the keys and indexes from the top."""


def spell(pointer: Pointer) -> str:
    """The pointer as a JSON Pointer (RFC 6901)."""
    return "".join("/" + str(key).replace("~", "~0").replace("/", "~1") for key in pointer)
