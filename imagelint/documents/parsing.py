"""The text of a document, JSON or YAML: its value, and where a pointer stands in it. Knows nothing of what it means."""

from __future__ import annotations

from collections.abc import Iterable
from types import ModuleType
from typing import Any

from imagelint.documents import json
from imagelint.documents.decoding import UnreadableTextError, decode
from imagelint.documents.pointer import Pointer, Position


def parse(data: bytes, *, is_yaml: bool) -> Any:
    """The value that a file holds. Raises UnreadableTextError, also where a key stands twice in one object.

    Mapping keys are always strings, as CloudFormation takes them; short tags become their long functions.
    """
    text = decode(data)
    if is_yaml:
        return _yaml().read(text)
    value = json.read(text)
    doubled = json.first_doubled(value, text)
    if doubled is not None:
        key, position = doubled
        raise UnreadableTextError(f"has the key {key!r} twice in one object", position)
    return value


def parse_machine_json(data: bytes) -> Any:
    """The value of a JSON file that programs write and read. Raises UnreadableTextError.

    Of what stands twice in one object the last counts, as it does for `cdk deploy` (JSON.parse).
    """
    return json.read(decode(data))


def looks_like_json(data: bytes) -> bool:
    """Whether the text begins as a JSON object or list does; YAML templates begin with a word."""
    return data.lstrip()[:1] in (b"{", b"[")


def locate(data: bytes, pointers: Iterable[Pointer], *, is_yaml: bool) -> dict[Pointer, Position]:
    """Where the pointers stand: at the key of an object's entry, at the value of a list's item.

    A pointer that is not in the text gets the position of the nearest one above it.
    """
    asked = set(pointers)
    wanted = frozenset(pointer[:length] for pointer in asked for length in range(1, len(pointer) + 1))
    found = (_yaml() if is_yaml else json).places(decode(data), wanted)
    return {pointer: _nearest(pointer, found) for pointer in asked}


def _yaml() -> ModuleType:
    """The reader of YAML, which few runs need: importing PyYAML takes longer than reading most templates."""
    from imagelint.documents import yaml

    return yaml


def _nearest(pointer: Pointer, found: dict[Pointer, Position]) -> Position:
    while pointer and pointer not in found:
        pointer = pointer[:-1]
    return found.get(pointer, (1, 1))
