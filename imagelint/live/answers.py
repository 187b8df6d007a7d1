"""Taking an answer apart: nothing in it is trusted to have the type that the service's model says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from imagelint.live.errors import NoAnswerError

_LONGEST: Final = 40_000
"""Characters of a text that is taken; a lifecycle policy may have 30,720."""


def text(answer: object, *path: str | int, longest: int = _LONGEST) -> str | None:
    """A text in an answer; None where there is none. Raises NoAnswerError for anything else, or a far too long one."""
    value = inside(answer, *path)
    if value is None:
        return None
    if not isinstance(value, str) or len(value) > longest:
        raise unreadable()
    return value


def inside(answer: object, *path: str | int) -> Any:
    """What stands somewhere in an answer; None where nothing does."""
    value = answer
    for key in path:
        if isinstance(key, int) and isinstance(value, list):
            value = value[key] if -len(value) <= key < len(value) else None
        elif isinstance(key, str) and isinstance(value, Mapping):
            value = value.get(key)
        else:
            return None
    return value


def entries(answer: object, *path: str | int) -> list[Any]:
    """The entries of a list in an answer. Raises NoAnswerError where there is no list."""
    found = inside(answer, *path)
    if not isinstance(found, list):
        raise unreadable()
    return found


def unreadable() -> NoAnswerError:
    """An answer that has not the form of the service's."""
    return NoAnswerError("the answer cannot be read")
