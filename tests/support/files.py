"""Which files a test sees opened."""

from __future__ import annotations

import builtins
import os
from typing import Any

import pytest


def opened(patch: pytest.MonkeyPatch) -> list[str]:
    """The names of the files that are opened from now on, in order; it grows."""
    found: list[str] = []
    opening = builtins.open

    def noting(file: Any, *given: Any, **named: Any) -> Any:
        found.append(os.path.basename(file) if isinstance(file, str) else "")
        return opening(file, *given, **named)

    patch.setattr(builtins, "open", noting)
    return found
