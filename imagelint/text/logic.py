"""Logic with three values: True, False, and None for "cannot be known"."""

from __future__ import annotations

from collections.abc import Iterable

Answer = bool | None
"""True, False, or None for "cannot be known"."""


def all_of(answers: Iterable[Answer]) -> Answer:
    """Whether all are true: False if one is False, else None if one is not known."""
    result: Answer = True
    for answer in answers:
        if answer is False:
            return False
        if answer is None:
            result = None
    return result


def any_of(answers: Iterable[Answer]) -> Answer:
    """Whether one is true: True if one is True, else None if one is not known."""
    result: Answer = False
    for answer in answers:
        if answer:
            return True
        if answer is None:
            result = None
    return result


def not_(answer: Answer) -> Answer:
    """The contrary; of what is not known, not known."""
    return None if answer is None else not answer
