"""What policies decide, remembered by content: many functions have one role, or pull from one repository."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from imagelint.aws.policy.decision import Decision, decide
from imagelint.aws.policy.request import Request
from imagelint.facts.index import ResourceIndex

_MAX_REMEMBERED: Final = 500_000
"""Names and values in the documents whose decisions are remembered, of one assembly: some 10 MB."""

_MAX_CONTENT: Final = 20_000
"""Names and values, more than in documents of the size that AWS takes: what has more is not remembered."""


def decide_once(index: ResourceIndex, documents: Sequence[object], request: Request) -> Decision:
    """What documents say of a request that other functions make as well; for any other, `decide` is cheaper.

    A role with 250 statements takes 30 ms to judge, and may be that of 1,000 functions.
    """
    return index.once(_Decisions).of(documents, request)


class _Decisions:
    """The decisions on one assembly."""

    def __init__(self, _: ResourceIndex) -> None:
        self._known: dict[tuple[object, ...], Decision] = {}
        self._room = _MAX_REMEMBERED

    def of(self, documents: Sequence[object], request: Request) -> Decision:
        content = _content_of([*documents], *request[:-1], dict(request.context))
        if len(content) > _MAX_CONTENT:
            return decide(documents, request)
        decision = self._known.get(content)
        if decision is None:
            decision = decide(documents, request)
            self._room -= len(content)
            if self._room > 0:
                self._known[content] = decision
        return decision


def _content_of(*values: object) -> tuple[object, ...]:
    """What tells lists and objects apart: their types, lengths, names and values in a row, cut off past `_MAX_CONTENT`.

    No text is copied. A text stands alone; what else there is, behind its type, which is no text.
    """
    content: list[object] = []
    waiting: list[object] = [*values]
    while waiting and len(content) <= _MAX_CONTENT:
        value = waiting.pop()
        if type(value) is str:
            content.append(value)
        elif isinstance(value, dict):
            content += (dict, len(value), *value)
            waiting.extend(value.values())
        elif isinstance(value, list):
            content += (list, len(value))
            waiting.extend(value)
        else:
            content += (type(value), value)
    return tuple(content)
