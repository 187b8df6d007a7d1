"""imagelint's version: the one place that has it, read by the build and, unlike its metadata, at no cost."""

from __future__ import annotations

from typing import Final

VERSION: Final = "0.1.0"
