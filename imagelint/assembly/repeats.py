"""Files that an assembly names again and again, each time at the cost of the first. Knows not what they hold."""

from __future__ import annotations

import os
from typing import Final

from imagelint.documents.files import Root

MAX_AGAIN: Final = 4 * 1024 * 1024
"""Bytes of files of one kind that an assembly may name again: a manifest of 1 MB could name one template 10,000 times.
CDK never does so; who writes nested stacks by hand has one template for some of them."""
TOO_OFTEN: Final = f"more than {MAX_AGAIN // (1024 * 1024)} MiB would be read again"
INSTEAD: Final = "give each stack a file of its own, as CDK does"


class Repeats:
    """The files of one kind that were named so far."""

    def __init__(self) -> None:
        self._named: set[str] = set()
        self._again = 0
        """Bytes of those that were named once more."""

    def allow(self, root: Root, file: str, text: bytes | None = None) -> bool:
        """Whether a file may be read for whoever names it now; `text` is what stands for its content."""
        real = root.real(file)
        if real not in self._named:
            self._named.add(real)
            return True
        self._again += len(text) if text is not None else _size_of(real)
        return self._again <= MAX_AGAIN


def _size_of(path: str) -> int:
    """The bytes of a file; none where it cannot be read, which whoever reads it says."""
    try:
        return os.stat(path).st_size
    except (OSError, ValueError):
        return 0
