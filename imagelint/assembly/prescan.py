"""What a template or a metadata file may hold, told at a glance, so that most of a large assembly is not kept.

Never says that something is missing which parsing would find. Knows nothing of files, nor of what is done with it.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

from imagelint.assembly.resource_types import FUNCTION_TYPES, LOOKED_FOR, NESTED_TYPES, READER_TYPE
from imagelint.cloudformation.scope import calls_macro
from imagelint.documents.parsing import glance

_TYPES: Final = {kind: kind.encode() for kind in LOOKED_FOR}
_EXPORT: Final = b"Export"
_WORDS: Final = frozenset((b"ImportValue", b"GetStackOutput"))
_ALL: Final = _WORDS.union(_TYPES.values(), (_EXPORT,))
_ASCII_ESCAPE: Final = rb"\\u00[2-7]"


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
        return self.may_hold("Fn::ImportValue", "Fn::GetStackOutput", READER_TYPE, *NESTED_TYPES)


UNSCANNED: Final = Hints()


def hints_of(text: bytes, glanced: Any = None) -> Hints:
    """What a template may hold: of one that is not plain JSON everything, so that parsing says what it is.

    The value is asked, not the bytes: a search of them is hardly faster than the json module, once it has to prove
    that nothing is spelled in another way. `glanced` is what `glance` gave for the text, if it was asked.
    """
    template = glance(text) if glanced is None else glanced
    if not isinstance(template, dict):
        return UNSCANNED
    resources = _section(template, "Resources")
    names = (*template, *resources)
    if "Transform" in names or [name for name in names if name.startswith("Fn::")]:
        return UNSCANNED  # what macros and loops make is not written there
    if b"Transform" in text and any(isinstance(each, dict) and calls_macro(each) for each in resources.values()):
        return UNSCANNED
    types = {
        kind for each in resources.values() if isinstance(each, dict) and isinstance(kind := each.get("Type"), str)
    }
    if any(kind.endswith("::MODULE") for kind in types):
        return UNSCANNED
    if any(kind not in types and _TYPES[kind] in text for kind in FUNCTION_TYPES):
        return UNSCANNED  # it may stand where a key stands twice, of which parsing warns
    mentions = {_TYPES[kind] for kind in _TYPES.keys() & types}
    mentions |= _WORDS if _escapes_letters(text) else {word for word in _WORDS if word in text}
    exports = _literal_exports(_section(template, "Outputs"))
    if exports is None or exports:
        mentions.add(_EXPORT)
    return Hints(frozenset(mentions), exports)


def _section(template: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    section = template.get(name)
    return section if isinstance(section, dict) else {}


def words_in(text: bytes, words: Iterable[str]) -> frozenset[str]:
    """The given words that a JSON text may contain; all of them where that cannot be told."""
    is_plain = _is_plain(text)
    return frozenset(word for word in words if not is_plain or word.encode() in text)


def _literal_exports(outputs: Mapping[str, Any]) -> frozenset[str] | None:
    """The names of a template's exports; None unless every one is a string."""
    names: set[str] = set()
    for output_id, output in outputs.items():
        export = output.get("Export") if isinstance(output, dict) else None
        name = export.get("Name", "") if isinstance(export, dict) else ""
        if output_id.startswith("Fn::") or not isinstance(name, str):
            return None
        names |= {name} if name else set()
    return frozenset(names)


def _is_plain(text: bytes) -> bool:
    """Whether a JSON text is whole and spells no ASCII letter as an escape."""
    return not _escapes_letters(text) and _is_whole(text)


def _escapes_letters(text: bytes) -> bool:
    """Whether a text spells an ASCII letter as an escape of JSON. Most have no escape at all, which is told faster."""
    return b"\\u00" in text and re.search(_ASCII_ESCAPE, text) is not None


def _is_whole(text: bytes) -> bool:
    """Whether nothing seems to be cut off. In the indented form that CDK writes only the last brace begins a line."""
    body = text.strip()
    if body.startswith(b"{\n ") and body.endswith(b"\n}"):
        return True
    whole = body.startswith(b"{") and body.endswith(b"}")
    return whole and body.count(b"{") == body.count(b"}") and body.count(b"[") == body.count(b"]")
