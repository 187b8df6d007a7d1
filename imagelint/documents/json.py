"""JSON texts (RFC 8259): the value, and where each value stands, by Python's own json module as far as that goes.

All text is hostile: nesting and the length of numbers are bounded.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Set
from typing import Any, Final

from imagelint.documents.decoding import UnreadableTextError
from imagelint.documents.limits import MAX_NESTING, TOO_DEEP
from imagelint.documents.pointer import Pointer, Position, position_at, positions_at

_TOKEN: Final = r'(?s)"(?:[^"\\]|\\.)*"|[\[\]{},:]|[^\s\[\]{},:"]+'
_ESCAPE: Final = r"(?s)\\(.)"
_HUGE: Final = r"-?[0-9]{4301,}"
_SPACE: Final = re.compile(r"[ \t\n\r]*")
_CONTAINERS: Final = frozenset((dict, list))


class NotJsonError(UnreadableTextError):
    """A text that is not JSON by its grammar, and may be YAML."""


class _ConstantError(Exception):
    """NaN, Infinity or -Infinity, which Python reads and JSON does not have."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


def _refuse_constant(name: str) -> Any:
    raise _ConstantError(name)


_JSON: Final = json.JSONDecoder(parse_constant=_refuse_constant)
"""Made once: `json.loads` would make one for each text."""


# -- values -------------------------------------------------------------------------------------------------------


def read(text: str) -> Any:
    """The value of a text. Of a key that stands twice in one object the last counts, as it does for JSON.parse.

    Raises UnreadableTextError.
    """
    return _read(text, None)[0]


def read_with_doubled(text: str, glanced: Any = None) -> tuple[Any, list[tuple[str, Position]]]:
    """The value of a text, and the keys that their object has already had, with where each stands.

    `glanced` is what `glance` gave for the text, if it was asked. Raises UnreadableTextError.
    """
    value, strings = _read(text, glanced)
    if strings == _strings_in(text):
        return value, []
    found = list(_doubled(text))
    at = positions_at(text, (start for _, start in found))
    return value, [(key, position) for (key, _), position in zip(found, at, strict=True)]


def _read(text: str, glanced: Any) -> tuple[Any, int]:
    """The value of a text, and how many strings it has."""
    try:
        value = _JSON.decode(text) if glanced is None else glanced
    except json.JSONDecodeError as error:
        if deep := _first_too_deep(text[: error.pos]):  # which not every Python refuses before it meets the mistake
            raise UnreadableTextError(TOO_DEEP, deep) from None
        raise NotJsonError(f"is not JSON: {error.msg}", (error.lineno, error.colno)) from None
    except RecursionError:
        raise UnreadableTextError(TOO_DEEP, _first_too_deep(text)) from None
    except _ConstantError as error:
        position = _first(text, re.escape(error.name))
        raise UnreadableTextError(f"is not JSON: {error.name} is no JSON number", position) from None
    except ValueError:  # what Python says of too many digits (sys.set_int_max_str_digits)
        raise UnreadableTextError("holds an integer of more than 4,300 digits", _first(text, _HUGE)) from None
    strings = _strings_of(value)
    if strings is None:
        raise UnreadableTextError(TOO_DEEP, _first_too_deep(text))
    return value, strings


def glance(text: str) -> Any:
    """The value of a text that can be read at once; None for any other, which `read` says more of.

    It is not held against the limits of nesting, which takes as long as the reading.
    """
    try:
        return _JSON.decode(text)
    except (ValueError, RecursionError, _ConstantError):
        return None


def _strings_of(value: Any) -> int | None:
    """How many strings a value has, keys among them, told level by level; None where lists and objects are nested past
    the limit."""
    strings = 0
    level: list[Any] = [[value]]
    for _ in range(MAX_NESTING + 1):
        below = []
        for above in level:
            if type(above) is dict:
                strings += len(above)
                above = above.values()
            for entry in above:
                if type(entry) is str:
                    strings += 1
                elif type(entry) in _CONTAINERS:
                    below.append(entry)
        if not below:
            return strings
        level = below
    return None


def _first_too_deep(text: str) -> Position | None:
    depth = 0
    for match in re.finditer(_TOKEN, text):
        token = match.group()
        depth += (token in "[{") - (token in "]}")
        if depth > MAX_NESTING:
            return position_at(text, match.start())
    return None


def _first(text: str, token: str) -> Position | None:
    """Where the first token stands that looks like this."""
    found = (match.start() for match in re.finditer(_TOKEN, text) if re.fullmatch(token, match.group()))
    return next((position_at(text, start) for start in found), None)


# -- keys that stand twice ----------------------------------------------------------------------------------------


def _strings_in(text: str) -> int:
    """How many strings a text has that can be read. A key that stands twice leaves its value with one string less.

    Quotes that are no ends of strings are escaped. C code counts all of it: json's own hook (object_pairs_hook) would
    be one Python call for each object, of every template.
    """
    return (text.count('"') - re.findall(_ESCAPE, text).count('"')) // 2


def _doubled(text: str) -> Iterator[tuple[str, int]]:
    """The keys of a text that their object has already had, in order, with their offsets. One look at each token."""
    above: list[set[str] | None] = []  # the keys so far of the objects that are open; None for a list
    expects_key = False
    for match in re.finditer(_TOKEN, text):
        token = match.group()
        if token in "{[":
            expects_key = token == "{"
            above.append(set() if expects_key else None)
        elif token in "}]":
            above.pop()
            expects_key = False
        elif token == ",":
            expects_key = above[-1] is not None
        elif expects_key and (keys := above[-1]) is not None:
            key = json.loads(token)
            if key in keys:
                yield key, match.start()
            keys.add(key)
            expects_key = False


# -- places -------------------------------------------------------------------------------------------------------


def places(text: str, asked: Set[Pointer], wanted: frozenset[Pointer], value: Any = None) -> dict[Pointer, Position]:
    """Where the pointers that are asked for stand in a text that can be read; those that are not in it are left out.

    `wanted` are these with all those above them, of which some may be left out. `value` is what the text holds, if that
    is known.
    """
    parents = frozenset(pointer[:-1] for pointer in wanted)
    starts: dict[Pointer, int] = {}
    entries = _few_entries(text, asked, value)
    if entries is None:
        begin = _after_space(text, 0)
        entries = {(): (begin, begin)}
    for pointer, (begin, at) in entries.items():
        if pointer:
            starts[pointer] = begin
        if pointer in parents and text[at : at + 1] in ("{", "["):
            _note_starts(text, at, pointer, parents, wanted, starts)
    ordered = sorted(starts.items(), key=lambda item: item[1])
    found = positions_at(text, (start for _, start in ordered))
    return {pointer: position for (pointer, _), position in zip(ordered, found, strict=True)}


_FEW: Final = 40
"""Entries that are looked for one by one, each in the whole text: it takes a fortieth of what json takes to read it."""
_MENTIONS: Final = 100
"""Strings like a key that are looked at to find its entry."""


def _few_entries(text: str, asked: Set[Pointer], value: Any) -> Mapping[Pointer, tuple[int, int]] | None:
    """The entries of sections, such as resources, that all pointers lead to or through: where each begins, and its
    value. None where they are not few, or their keys do not tell, so that the whole text has to be gone through."""
    entries = {pointer[:2] for pointer in asked}
    if len(entries) > _FEW or not isinstance(value, dict) or "\\u00" in text:
        return None
    found = {}
    for pointer in entries:
        section = value.get(pointer[0]) if len(pointer) == 2 else None
        only = _only_entry(text, pointer[1]) if isinstance(section, dict) and pointer[1] in section else None
        if only is None:
            return None
        found[pointer] = only
    return found


def _only_entry(text: str, key: str | int) -> tuple[int, int] | None:
    """Where the one entry begins that has a key, and where its value does; None where several have it, where it is
    mentioned too often, or may be written with an escape."""
    if not isinstance(key, str) or not (key.isascii() and key.isalnum()):
        return None
    quoted, found, at = f'"{key}"', None, -1
    for _ in range(_MENTIONS):
        at = text.find(quoted, at + 1)
        if at < 0:
            return found
        colon = _after_space(text, at + len(quoted))
        if text.startswith(":", colon):
            if found is not None:
                return None
            found = at, _after_space(text, colon + 1)
    return None


def _after_space(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return match.end() if match else at


def _note_starts(
    text: str,
    at: int,
    above: Pointer,
    parents: frozenset[Pointer],
    wanted: frozenset[Pointer],
    starts: dict[Pointer, int],
) -> int:
    """Note where the wanted entries of the object or list begin that stands at an offset; give where it ends.

    What holds nothing that is wanted is passed over by the json module, so that the cost is hardly more than its own.
    """
    is_list, index = text[at] == "[", 0
    at = _after_space(text, at + 1)
    while text[at] not in "]}":
        start = at
        if is_list:
            key: str | int = index
            index += 1
        else:
            key, at = _JSON.raw_decode(text, at)
            at = _after_space(text, _after_space(text, at) + 1)
        pointer = (*above, key)
        if pointer in wanted:
            starts[pointer] = start
        if pointer in parents and text[at] in "[{":
            at = _note_starts(text, at, pointer, parents, wanted, starts)
        else:
            _, at = _JSON.raw_decode(text, at)
        at = _after_space(text, at)
        if text[at] == ",":
            at = _after_space(text, at + 1)
    return at + 1
