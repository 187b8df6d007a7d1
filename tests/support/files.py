"""Which files a test sees opened."""

from __future__ import annotations

import os
from typing import Any

import pytest


def opened(patch: pytest.MonkeyPatch) -> list[str]:
    """The names of the files that are opened from now on, in order; it grows."""
    found: list[str] = []
    opening = os.open

    def noting(file: Any, *given: Any, **named: Any) -> int:
        found.append(os.path.basename(file))
        return opening(file, *given, **named)

    patch.setattr(os, "open", noting)
    return found
