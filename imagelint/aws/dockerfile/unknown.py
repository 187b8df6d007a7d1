"""What is said of a Dockerfile that cannot be known, and the exception for one that cannot be read."""

from __future__ import annotations

from imagelint.record import Record


class Unknown(Record):
    """Something that cannot be known without building the image, and why, in words for people."""

    reason: str


class UnreadableError(Exception):
    """Text that a builder would refuse, or that is not understood here; never leaves this package."""
