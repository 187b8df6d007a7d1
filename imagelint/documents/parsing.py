"""The text of a document, JSON or YAML: its value, and where a pointer stands in it. Knows nothing of what it means."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from types import ModuleType
from typing import Any

from imagelint.documents import json
from imagelint.documents.decoding import UnreadableTextError, decode
from imagelint.documents.pointer import Pointer, Position
from imagelint.record import Record


class Parsed(Record):
    """The value that a text holds.

    Mapping keys are always strings, as CloudFormation takes them; short tags become their long functions.
    """

    value: Any
    is_yaml: bool
    doubled: Sequence[tuple[str, Position]]
    """The keys that stand in their object for the second time or more, and where. Of each the last counts."""


def parse_either(data: bytes, *, expects_yaml: bool, glanced: Any = None) -> Parsed:
    """The value of a text that is JSON or YAML, whatever its file is called. Raises UnreadableTextError.

    Of a text that is neither, the error is YAML's where that is expected. `glanced` is what `glance` gave for the text,
    if it was asked.
    """
    text = decode(data)
    try:
        if text.lstrip()[:1] not in ("{", "["):
            return _read_yaml(text)
        return _read_json(text, glanced)
    except json.NotJsonError as error:
        try:
            return _read_yaml(text)
        except UnreadableTextError as yaml_error:
            raise (yaml_error if expects_yaml else error) from None


def _read_json(text: str, glanced: Any = None) -> Parsed:
    value, doubled = json.read_with_doubled(text, glanced)
    return Parsed(value=value, is_yaml=False, doubled=doubled)


def _read_yaml(text: str) -> Parsed:
    value, doubled = _yaml().read(text)
    return Parsed(value=value, is_yaml=True, doubled=doubled)


def parse(data: bytes, *, is_yaml: bool) -> Any:
    """The value that a file holds. Raises UnreadableTextError, also where a key stands twice in one object."""
    text = decode(data)
    parsed = _read_yaml(text) if is_yaml else _read_json(text)
    for key, position in parsed.doubled:
        raise UnreadableTextError(f"has the key {key!r} twice in one object", position)
    return parsed.value


def glance(data: bytes) -> Any:
    """The value of a JSON text that can be read at once, and within the memory there is, with the last of doubled keys;
    None for any other text."""
    try:
        return json.glance(decode(data))
    except (UnreadableTextError, MemoryError):
        return None


def parse_machine_json(data: bytes) -> Any:
    """The value of a JSON file that programs write and read. Raises UnreadableTextError.

    Of what stands twice in one object the last counts, as it does for `cdk deploy` (JSON.parse).
    """
    return json.read(decode(data))


def locate(data: bytes, pointers: Iterable[Pointer], *, is_yaml: bool, value: Any = None) -> dict[Pointer, Position]:
    """Where the pointers stand: at the key of an object's entry, at the value of a list's item.

    A pointer that is not in the text gets the position of the nearest one above it. `value` is what the text holds; if
    it is given, a few pointers are found faster.
    """
    asked = set(pointers)
    wanted = frozenset(pointer[:length] for pointer in asked for length in range(1, len(pointer) + 1))
    text = decode(data)
    found = _yaml().places(text, wanted) if is_yaml else json.places(text, asked, wanted, value)
    return {pointer: _nearest(pointer, found) for pointer in asked}


def _yaml() -> ModuleType:
    """The reader of YAML, which few runs need: importing PyYAML takes longer than reading most templates."""
    from imagelint.documents import yaml

    return yaml


def _nearest(pointer: Pointer, found: dict[Pointer, Position]) -> Position:
    while pointer and pointer not in found:
        pointer = pointer[:-1]
    return found.get(pointer, (1, 1))
