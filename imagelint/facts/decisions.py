"""The policies of an assembly by content: many functions have the same, in roles and repositories of their own."""

from __future__ import annotations

from typing import Final

from imagelint.aws.policy.decision import Policy, SharedPolicy
from imagelint.facts.index import ResourceIndex
from imagelint.text.holes import Hole, Text, identity

_MANY: Final = 1_000
"""Characters of an evaluated document; one with fewer is cheaper judged than looked up."""
_MAX_REMEMBERED: Final = 500_000
"""Names and values in the documents that are remembered, of one assembly: some 10 MB."""
_MAX_CONTENT: Final = 20_000
"""Names and values, more than in documents of the size that AWS takes: what has more is not remembered."""


class Policies:
    """The policies of one assembly by their content."""

    def __init__(self, _: ResourceIndex) -> None:
        self._known: dict[tuple[object, ...], SharedPolicy] = {}
        self._room = _MAX_REMEMBERED

    def of(self, document: object) -> Policy:
        """The policy of an evaluated document.

        A role with 250 statements takes 30 ms to judge, and may be that of 1,000 functions.
        """
        policy = Policy(document)
        return policy if policy.size < _MANY else self.shared(document)

    def shared(self, document: object) -> Policy:
        """The one policy of a document and of all with the same content."""
        content = _content_of(document)
        if len(content) > _MAX_CONTENT:
            return SharedPolicy(document)
        policy = self._known.get(content)
        if policy is None:
            policy = SharedPolicy(document)
            self._room -= len(content)
            if self._room > 0:
                self._known[content] = policy
        return policy


def _content_of(document: object) -> tuple[object, ...]:
    """What tells lists and objects apart: their types, lengths, names and values in a row, cut off past `_MAX_CONTENT`.

    No text is copied. A text stands alone; what else there is, behind its type, which is no text.
    """
    content: list[object] = []
    waiting = [document]
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
        elif isinstance(value, (Text, Hole)):
            content += (Text, identity(value))
        else:
            content += (type(value), value)
    return tuple(content)
