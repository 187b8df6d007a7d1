"""YAML texts with CloudFormation's short tags: the value, and where each value stands, from the events of PyYAML.

All text is hostile: nesting is bounded, and so is what anchors may repeat. Why events, and neither yaml.load nor
yaml.compose: docs/decisions/6-yaml-events.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

import yaml

from imagelint.documents.decoding import UnreadableTextError
from imagelint.documents.limits import MAX_NESTING, MAX_VALUES, MAX_YAML_BYTES, TOO_DEEP
from imagelint.documents.pointer import Pointer, Position, position_at

_INT: Final = re.compile(r"0|-?[1-9][0-9]{0,18}")
_FLOAT: Final = re.compile(r"[-+]?[0-9]{1,20}\.[0-9]{0,20}(?:[eE][-+]?[0-9]{1,3})?")
_WORDS: Final[dict[str, Any]] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON"), True),
    **dict.fromkeys(("false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF"), False),
}
"""The words of YAML 1.1 (yaml.org/type, null and bool), but for the lone y and n, which no parser takes for truth."""


def read(text: str) -> tuple[Any, list[tuple[str, Position]]]:
    """The value of a text, and the keys that their object has already had, with the place of each. The last counts.

    Raises UnreadableTextError.
    """
    builder = _Builder(frozenset())
    return builder.build(text), builder.doubled


def places(text: str, wanted: frozenset[Pointer]) -> dict[Pointer, Position]:
    """Where the wanted pointers stand in a text that can be read; those that are not in it are left out.

    With a pointer all those above it have to be wanted.
    """
    builder = _Builder(wanted)
    builder.build(text)
    return builder.positions


def _events(text: str) -> Iterator[Any]:
    if len(text) > MAX_YAML_BYTES:
        raise UnreadableTextError(f"is larger than {MAX_YAML_BYTES // (1024 * 1024)} MiB, too much for YAML")
    try:
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        yield from yaml.parse(text, Loader=loader)
    except yaml.MarkedYAMLError as error:
        if error.problem == _LIBYAML_TOO_DEEP:
            raise UnreadableTextError(TOO_DEEP, _first_too_deep(text, loader)) from None
        mark = error.problem_mark
        position = (mark.line + 1, mark.column + 1) if mark else None
        raise UnreadableTextError(f"is not YAML: {error.problem}", position) from None
    except yaml.YAMLError as error:  # a character that YAML does not allow
        at = text.find(chr(error.character)) if isinstance(error, yaml.reader.ReaderError) else -1
        position = position_at(text, at) if at >= 0 else None
        raise UnreadableTextError(f"is not YAML: {str(error).splitlines()[0]}", position) from None


_LIBYAML_TOO_DEEP: Final = "exceeded maximum nesting depth"
"""libyaml 0.2.6, which PyYAML has since 6.0.4, gives up at a thousand levels; 0.2.5 has no limit."""


def _first_too_deep(text: str, loader: Any) -> Position | None:
    """Where the nesting passes the limit in a text that libyaml found too deep before it gave the events of the place.

    It reads ahead of its events while a list or object may be a key, which is of one line and 1,024 characters. So
    Python's scanner, which is slow, has little to read; a list around that makes it read commas and brackets as such.
    """
    depth, given = 0, 0
    try:
        for event in yaml.parse(text, Loader=loader):
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            given = event.end_mark.index if event.end_mark else given
    except yaml.MarkedYAMLError:
        pass
    for token in yaml.scan("[" + text[given : given + 4096], Loader=yaml.SafeLoader):
        opens = isinstance(token, (yaml.FlowSequenceStartToken, yaml.FlowMappingStartToken))
        depth += opens - isinstance(token, (yaml.FlowSequenceEndToken, yaml.FlowMappingEndToken))
        if depth > MAX_NESTING + 1:
            return position_at(text, given + token.start_mark.index - 1)
    return None


class _Open:
    """A list or object that is being built."""

    __slots__ = ("anchor", "before", "height", "is_list", "is_merging", "key", "merged", "pointer", "tag", "value")

    def __init__(self, event: Any, pointer: Pointer, before: int, *, is_list: bool) -> None:
        self.is_list = is_list
        self.value: Any = [] if is_list else {}
        self.tag, self.anchor = event.tag, event.anchor
        self.pointer = pointer
        self.before = before
        """The number of values before it."""
        self.height = 0
        """How many levels of lists and objects are in it."""
        self.key: str | None = None
        """The key of an object whose value is awaited."""
        self.is_merging = False
        """Whether that key is the merge key, `<<`."""
        self.merged: dict[str, Any] = {}
        """What merge keys bring into an object; its own entries stand before them."""

    @property
    def expects_key(self) -> bool:
        """Whether the next thing in it is a key."""
        return not self.is_list and self.key is None


class _Builder:
    """Builds the value of one document, event by event and without recursion, and notes where wanted pointers stand."""

    def __init__(self, wanted: frozenset[Pointer]) -> None:
        self.positions: dict[Pointer, Position] = {}
        self.doubled: list[tuple[str, Position]] = []
        self._wanted = wanted
        self._open: list[_Open] = []
        self._documents: list[Any] = []
        self._anchors: dict[str, tuple[Any, int, int]] = {}
        """What anchors stand for: the value, the number of values in it, and how many levels deep it is."""
        self._count = 0
        """The values so far, each alias counted as all that it stands for."""

    def build(self, text: str) -> Any:
        """The value of the only document of a text."""
        takers = {
            yaml.ScalarEvent: self.scalar,
            yaml.SequenceStartEvent: self.open,
            yaml.MappingStartEvent: self.open,
            yaml.SequenceEndEvent: self.close,
            yaml.MappingEndEvent: self.close,
            yaml.AliasEvent: self.alias,
            yaml.DocumentStartEvent: self.begin,
        }
        for event in _events(text):
            take = takers.get(type(event))
            if take is not None:
                take(event)
        if not self._documents:
            raise UnreadableTextError("is empty")
        return self._documents[0]

    def begin(self, event: Any) -> None:
        """A document begins."""
        if self._documents:
            raise UnreadableTextError("holds more than one YAML document", _position(event))

    def open(self, event: Any) -> None:
        """A list or an object begins."""
        self._check_depth(1, event)
        self._refuse_as_key(event)
        is_list = isinstance(event, yaml.SequenceStartEvent)
        self._open.append(_Open(event, self._note_place(event), self._count, is_list=is_list))

    def close(self, event: Any) -> None:
        """The innermost list or object ends."""
        done = self._open.pop()
        size, self._count = self._count - done.before + 1, done.before
        if done.merged:
            done.value = {**done.merged, **done.value}
        self._put(event, _tagged(done.tag, done.value), size, done.height + 1, done.anchor)

    def scalar(self, event: Any) -> None:
        """A scalar: the key of an object's entry, or a value."""
        if self._open and self._open[-1].expects_key:
            self._begin_entry(event)
        else:
            self._note_place(event)
            self._put(event, _tagged(event.tag, _scalar(event)), 1, 0, event.anchor)

    def alias(self, event: Any) -> None:
        """The value of an anchor, once more."""
        if event.anchor not in self._anchors:
            message = f"refers to the anchor {event.anchor!r} before it is defined"
            raise UnreadableTextError(message, _position(event))
        self._refuse_as_key(event)
        value, size, height = self._anchors[event.anchor]
        self._check_depth(height, event)
        self._put(event, value, size, height, None)

    def _put(self, event: Any, value: Any, size: int, height: int, anchor: str | None) -> None:
        """Put a value where it belongs: of so many values, and with so many levels of lists and objects in it."""
        self._count += size
        if self._count > MAX_VALUES:
            raise UnreadableTextError(f"holds more than {MAX_VALUES:,} values", _position(event))
        if anchor is not None:
            self._anchors[anchor] = (value, size, height)
        if not self._open:
            self._documents.append(value)
            return
        top = self._open[-1]
        if top.is_merging:  # what is in an object, or in the objects of a list, comes to stand in this one
            height -= 2 if isinstance(value, list) else 1
        top.height = max(top.height, height)
        if top.is_list:
            top.value.append(value)
            return
        if top.is_merging:
            self._merge(top, value, event)
        else:
            top.value[top.key] = value
        top.key, top.is_merging = None, False

    def _merge(self, top: _Open, value: Any, event: Any) -> None:
        """Bring the entries of an object, or of a list of them, into the object that holds a merge key.

        CloudFormation has no merge keys, but those who pack a template for it, SAM and `aws cloudformation package`,
        have (aws/aws-cli#3827). They read with PyYAML: an entry of the object itself stands before one that is merged,
        that of an earlier object of a list before that of a later one, and a later merge key before an earlier one.
        """
        objects = value if isinstance(value, list) else [value]
        if not all(isinstance(each, dict) for each in objects):
            raise UnreadableTextError("merges by << what is no object and no list of objects", _position(event))
        for each in reversed(objects):
            top.merged.update(each)
            for pointer in [(*top.pointer, key) for key in each] if self._wanted else ():
                if pointer in self._wanted:
                    self.positions.setdefault(pointer, _position(event))

    def _begin_entry(self, event: Any) -> None:
        top, key = self._open[-1], event.value
        if key == "<<" and event.implicit[0]:  # as plain text: in quotes it is a key like any other
            top.key, top.is_merging = key, True
            return
        if key in top.value:
            self.doubled.append((key, _position(event)))
        top.key = key
        if self._wanted and (*top.pointer, key) in self._wanted:
            self.positions[(*top.pointer, key)] = _position(event)

    def _note_place(self, event: Any) -> Pointer:
        """Remember where a wanted item of a list stands; give the pointer that the contents of a value stand below."""
        if not self._wanted:
            return ()
        pointer: Pointer = ()
        if self._open:
            top = self._open[-1]
            pointer = (*top.pointer, len(top.value) if top.is_list else str(top.key))
            if top.is_list and pointer in self._wanted:
                self.positions[pointer] = _position(event)
        name = _function_of(event.tag)
        return pointer if name is None else (*pointer, name)

    def _check_depth(self, levels: int, event: Any) -> None:
        if len(self._open) + levels > MAX_NESTING:
            raise UnreadableTextError(TOO_DEEP, _position(event))

    def _refuse_as_key(self, event: Any) -> None:
        if self._open and self._open[-1].expects_key:
            raise UnreadableTextError("has a key that is not a string", _position(event))


def _position(event: Any) -> Position:
    return event.start_mark.line + 1, event.start_mark.column + 1


def _function_of(tag: str | None) -> str | None:
    """The intrinsic function that a short tag such as !Sub stands for."""
    if not tag or not tag.startswith("!") or tag == "!":
        return None
    return tag[1:] if tag in ("!Ref", "!Condition") else f"Fn::{tag[1:]}"


def _tagged(tag: str | None, value: Any) -> Any:
    """What a value with a tag stands for: an object with the long form of the function."""
    name = _function_of(tag)
    if name is None:
        return value
    if name == "Fn::GetAtt" and isinstance(value, str):  # the only short form that is not the argument of the long one
        resource, _, attribute = value.partition(".")
        return {name: [resource, attribute]}
    return {name: value}


def _scalar(event: Any) -> Any:
    """A scalar's value by YAML's core rules; what CloudFormation does not tell apart (dates, octals) stays text, and so
    does a number that would be spelled in another way, as `1.50`: with which of the two it compares is not known."""
    text = event.value
    if not event.implicit[0]:  # quoted, a block or with a tag
        return text
    if text in _WORDS:
        return _WORDS[text]
    if _INT.fullmatch(text):
        return int(text)
    return number if _FLOAT.fullmatch(text) and str(number := float(text)) == text else text
