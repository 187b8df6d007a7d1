"""What a text may hold, judged by its bytes, so that most templates of a large assembly need not be parsed.

Never says that something is missing which parsing would find. Knows nothing of files, nor of what is done with it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final, NamedTuple

from imagelint.assembly.resource_types import LOOKED_FOR, NESTED_TYPE, READER_TYPE

_TYPES: Final = frozenset(kind.encode() for kind in LOOKED_FOR)
_WORDS: Final = frozenset((b"Export", b"ImportValue", b"GetStackOutput"))
_ALL: Final = _TYPES | _WORDS
_TYPE: Final = re.compile(rb'"Type"\s*:\s*"([^"]*)"')
_EXPORT: Final = re.compile(rb'"Export"\s*:\s*\{\s*"Name"\s*:\s*"([ -!#-\[\]-~]*)"')
_ASCII_ESCAPE: Final = re.compile(rb"\\u00[2-7]")


class Hints(NamedTuple):
    """What a template may hold; of one that was not scanned, everything."""

    mentions: frozenset[bytes] = _ALL
    """Of the few things that one template looks for in another: resource types, and parts of keys."""
    exports: frozenset[str] | None = None
    """The names that it may export, if all of them are literal; None where only parsing could tell."""

    def may_hold(self, *names: str) -> bool:
        """Whether the template may hold one of some resource types or functions."""
        asked = {name.removeprefix("Fn::").encode() for name in names}
        return not (self.mentions.isdisjoint(asked) and asked <= _ALL)

    @property
    def reaches_out(self) -> bool:
        """Whether the template may know a resource of another stack by more than its name."""
        return self.may_hold("Fn::ImportValue", "Fn::GetStackOutput", READER_TYPE, NESTED_TYPE)


UNSCANNED: Final = Hints()


def hints_of(template: bytes) -> Hints:
    """What a JSON template may hold."""
    if not _is_plain(template):
        return UNSCANNED
    types = _TYPES.intersection(_TYPE.findall(template))
    mentions = types.union(word for word in _WORDS if word in template)
    return Hints(mentions, _literal_exports(template) if b"Export" in mentions else frozenset())


def words_in(text: bytes, words: Iterable[str]) -> frozenset[str]:
    """The given words that a JSON text may contain; all of them where that cannot be told."""
    is_plain = _is_plain(text)
    return frozenset(word for word in words if not is_plain or word.encode() in text)


def _literal_exports(template: bytes) -> frozenset[str] | None:
    """The names of a template's exports; None unless every one is a string without escapes."""
    start = template.find(b'"Export"')  # of the Outputs, which CDK writes after the Resources
    names = _EXPORT.findall(template, start)
    return frozenset(map(bytes.decode, names)) if len(names) == template.count(b'"Export"', start) else None


def _is_plain(text: bytes) -> bool:
    """Whether a JSON text is whole and spells no ASCII letter as an escape."""
    return not _ASCII_ESCAPE.search(text) and _is_whole(text)


def _is_whole(text: bytes) -> bool:
    """Whether nothing seems to be cut off. In the indented form that CDK writes only the last brace begins a line."""
    body = text.strip()
    if body.startswith(b"{\n ") and body.endswith(b"\n}"):
        return True
    whole = body.startswith(b"{") and body.endswith(b"}")
    return whole and body.count(b"{") == body.count(b"}") and body.count(b"[") == body.count(b"]")
