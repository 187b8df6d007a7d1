"""The text of a template, JSON or YAML with CloudFormation's short tags: its value, and where a pointer stands in it.

Knows nothing of what a template means. All text is hostile: size, nesting and aliases are bounded.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

from imagelint.documents.pointer import Pointer

MAX_BYTES: Final = 32 * 1024 * 1024
"""The largest file that is read. CloudFormation takes templates of up to 1 MB; a manifest of a large app is larger."""
MAX_NESTING: Final = 120
"""Lists and objects within one another."""
MAX_NODES: Final = 2_000_000
"""Values in one file, counted after YAML aliases are followed."""

Position = tuple[int, int]
"""A line and a column, from 1."""


class UnreadableText(Exception):
    """A text that is no JSON or YAML document; `position` says where, if one place can be named."""

    def __init__(self, message: str, position: Position | None = None) -> None:
        super().__init__(message)
        self.message, self.position = message, position


def parse(data: bytes, *, is_yaml: bool) -> Any:
    """The value that a file holds. Raises UnreadableText, also where a key stands twice in one object.

    Mapping keys are always strings, as CloudFormation takes them; short tags become their long functions.
    """
    text = decode(data)
    if is_yaml:
        return _build(_yaml_events(text))[0]
    value = _parse_json(text)
    if "\\u0022" not in text:
        again = json.dumps(value, ensure_ascii=False, check_circular=False)
        if again.count('"') == text.count('"'):
            return value  # no quotes were lost, so no entry of an object was: without a call for each object
    try:
        return json.loads(text, object_pairs_hook=_without_duplicates)
    except _DuplicateKey as error:
        raise UnreadableText(f"has the key {error.key!r} twice in one object", _second(text, error.key)) from None


def parse_machine_json(data: bytes) -> Any:
    """The value of a JSON file that programs write and read. Raises UnreadableText.

    Of what stands twice in one object the last counts, as it does for `cdk deploy` (JSON.parse).
    """
    return _parse_json(decode(data))


def decode(data: bytes) -> str:
    """The text of a file in UTF-8 without a byte-order mark, the form that CDK and CloudFormation read; not empty."""
    if len(data) > MAX_BYTES:
        raise UnreadableText(f"is larger than {MAX_BYTES // (1024 * 1024)} MiB")
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise UnreadableText("is UTF-16; write it as UTF-8")
    if data.startswith(b"\xef\xbb\xbf"):
        raise UnreadableText("begins with a byte-order mark; write it as UTF-8 without one")
    if not data or data.isspace():
        raise UnreadableText("is empty")
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UnreadableText("is not UTF-8", (line, error.start - data.rfind(b"\n", 0, error.start))) from None


def looks_like_json(data: bytes) -> bool:
    """Whether the text begins as a JSON object or list does; YAML templates begin with a word."""
    return data.lstrip()[:1] in (b"{", b"[")


# -- JSON ---------------------------------------------------------------------------------------------------------


def _parse_json(text: str) -> Any:
    try:
        value = json.loads(text, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        if deep := _first_too_deep(text[: error.pos]):  # which not every Python refuses before it meets the mistake
            raise UnreadableText(_TOO_DEEP, deep) from None
        raise UnreadableText(f"is not JSON: {error.msg}", (error.lineno, error.colno)) from None
    except RecursionError:
        raise UnreadableText(_TOO_DEEP, _first_too_deep(text)) from None
    except _Constant as error:
        position = _first(text, re.compile(re.escape(error.name)))
        raise UnreadableText(f"is not JSON: {error.name} is no JSON number", position) from None
    except ValueError:  # sys.set_int_max_str_digits
        position = _first(text, _HUGE)
        raise UnreadableText("holds an integer of more than 4,300 digits", position) from None
    _check_nesting(value, text)
    return value


_HUGE: Final = re.compile(r"-?[0-9]{4301,}")


_TOO_DEEP: Final = f"is nested more than {MAX_NESTING} deep"


class _DuplicateKey(Exception):
    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    entries = dict(pairs)
    if len(entries) != len(pairs):
        keys = [key for key, _ in pairs]
        raise _DuplicateKey(next(key for index, key in enumerate(keys) if key in keys[:index]))
    return entries


class _Constant(Exception):
    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


def _no_constant(name: str) -> Any:
    raise _Constant(name)


def _second(text: str, key: str) -> Position | None:
    """Where the first key stands that its object has already had."""
    seen: set[Pointer] = set()
    for pointer, start in _json_keys(text):
        if pointer in seen and pointer[-1] == key:
            return _position(text, start)
        seen.add(pointer)
    return None


def _first(text: str, token: re.Pattern[str]) -> Position | None:
    """Where the first token stands that looks like this."""
    found = (match.start() for match in _JSON_TOKEN.finditer(text) if token.fullmatch(match.group()))
    return next((_position(text, start) for start in found), None)


def _check_nesting(value: Any, text: str) -> None:
    level, depth = [value], 0
    while level:
        depth += 1
        if depth > MAX_NESTING:
            raise UnreadableText(_TOO_DEEP, _first_too_deep(text))
        level = [
            entry
            for above in level
            for entry in (above.values() if type(above) is dict else above if type(above) is list else ())
            if type(entry) is dict or type(entry) is list
        ]


def _first_too_deep(text: str) -> Position | None:
    depth = 0
    for match in _JSON_TOKEN.finditer(text):
        token = match.group()
        depth += (token in "[{") - (token in "]}")
        if depth > MAX_NESTING:
            return _position(text, match.start())
    return None


# -- YAML ---------------------------------------------------------------------------------------------------------

_LONG: Final = {"Ref": "Ref", "Condition": "Condition"}
_INT: Final = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,18})")
_FLOAT: Final = re.compile(r"[-+]?[0-9]{1,20}\.[0-9]{0,20}(?:[eE][-+]?[0-9]{1,3})?")
_WORDS: Final[dict[str, Any]] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON"), True),
    **dict.fromkeys(("false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF"), False),
}


def _yaml_events(text: str) -> Iterator[Any]:
    import yaml

    try:
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        yield from yaml.parse(text, Loader=loader)
    except yaml.MarkedYAMLError as error:
        if error.problem == _LIBYAML_TOO_DEEP:
            raise UnreadableText(_TOO_DEEP, _first_too_deep_yaml(text, loader)) from None
        mark = error.problem_mark
        position = (mark.line + 1, mark.column + 1) if mark else None
        raise UnreadableText(f"is not YAML: {error.problem}", position) from None
    except yaml.YAMLError as error:  # a character that YAML does not allow
        at = text.find(chr(error.character)) if isinstance(error, yaml.reader.ReaderError) else -1
        position = _position(text, at) if at >= 0 else None
        raise UnreadableText(f"is not YAML: {str(error).splitlines()[0]}", position) from None


_LIBYAML_TOO_DEEP: Final = "exceeded maximum nesting depth"
"""libyaml 0.2.6, which PyYAML has since 6.0.4, gives up at a thousand levels; 0.2.5 has no limit."""


def _first_too_deep_yaml(text: str, loader: Any) -> Position | None:
    """Where the nesting passes the limit in a text that libyaml found too deep before it gave the events of the place.

    It reads ahead of its events while a list or object may be a key, which is of one line and 1,024 characters. So
    Python's scanner, which is slow, has little to read; a list around that makes it read commas and brackets as such.
    """
    import yaml

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
            return _position(text, given + token.start_mark.index - 1)
    return None


class _Open:
    """A list or object that is being built from events."""

    __slots__ = ("anchor", "before", "height", "key", "pointer", "tag", "value")

    def __init__(self, value: Any, event: Any, pointer: Pointer, before: int) -> None:
        self.value, self.before = value, before
        self.tag, self.anchor = event.tag, event.anchor
        self.height = 0
        self.pointer = pointer
        self.key: str | None = None


def _build(events: Iterable[Any], wanted: frozenset[Pointer] = frozenset()) -> tuple[Any, dict[Pointer, Position]]:
    """The document's value, built without recursion; and the positions of the wanted pointers."""
    import yaml

    anchors: dict[str, tuple[Any, int, int]] = {}  # the value, the number of values in it, how deep it is
    positions: dict[Pointer, Position] = {}
    stack: list[_Open] = []
    document: list[Any] = []
    nodes = 0  # values so far, each alias counted as all that it stands for
    for event in events:
        position = (event.start_mark.line + 1, event.start_mark.column + 1)
        if isinstance(event, yaml.DocumentStartEvent) and document:
            raise UnreadableText("holds more than one YAML document", position)
        if isinstance(event, (yaml.SequenceStartEvent, yaml.MappingStartEvent)):
            if len(stack) >= MAX_NESTING:
                raise UnreadableText(_TOO_DEEP, position)
            if _expects_key(stack):
                raise UnreadableText(_BAD_KEY, position)
            pointer = _note(_place(stack), event.tag, position, wanted, positions)
            stack.append(_Open([] if isinstance(event, yaml.SequenceStartEvent) else {}, event, pointer, nodes))
            continue
        if isinstance(event, yaml.ScalarEvent):
            if _expects_key(stack):
                _begin_entry(stack[-1], event, position)
                if (*stack[-1].pointer, event.value) in wanted:
                    positions[(*stack[-1].pointer, event.value)] = position
                continue
            _note(_place(stack), event.tag, position, wanted, positions)
            value, size, height, anchor = _tagged(event.tag, _scalar(event)), 1, 0, event.anchor
        elif isinstance(event, (yaml.SequenceEndEvent, yaml.MappingEndEvent)):
            done = stack.pop()
            value, height, anchor = _tagged(done.tag, done.value), done.height + 1, done.anchor
            size, nodes = nodes - done.before + 1, done.before
        elif isinstance(event, yaml.AliasEvent):
            if event.anchor not in anchors:
                raise UnreadableText(f"refers to the anchor {event.anchor!r} before it is defined", position)
            if _expects_key(stack):
                raise UnreadableText(_BAD_KEY, position)
            value, size, height = anchors[event.anchor]
            if len(stack) + height > MAX_NESTING:
                raise UnreadableText(_TOO_DEEP, position)
            anchor = None
        else:
            continue
        nodes += size
        if nodes > MAX_NODES:
            raise UnreadableText(f"holds more than {MAX_NODES:,} values", position)
        if anchor is not None:
            anchors[anchor] = (value, size, height)
        if stack:
            stack[-1].height = max(stack[-1].height, height)
        _put(stack, document, value)
    if not document:
        raise UnreadableText("is empty")
    return document[0], positions


_BAD_KEY: Final = "has a key that is not a string"


def _expects_key(stack: list[_Open]) -> bool:
    return bool(stack) and isinstance(stack[-1].value, dict) and stack[-1].key is None


def _place(stack: list[_Open]) -> Pointer:
    """The pointer at which the next value will stand."""
    if not stack:
        return ()
    top = stack[-1]
    return (*top.pointer, len(top.value) if isinstance(top.value, list) else str(top.key))


def _note(
    pointer: Pointer, tag: str | None, position: Position, wanted: frozenset[Pointer], found: dict[Pointer, Position]
) -> Pointer:
    """Remember where a wanted value stands, unless its key did; give the pointer that its contents stand below."""
    if pointer in wanted:
        found.setdefault(pointer, position)
    name = _function_of(tag)
    return pointer if name is None else (*pointer, name)


def _begin_entry(mapping: _Open, event: Any, position: Position) -> None:
    if event.value in mapping.value:
        raise UnreadableText(f"has the key {event.value!r} twice in one object", position)
    mapping.key = event.value


def _put(stack: list[_Open], document: list[Any], value: Any) -> None:
    if not stack:
        document.append(value)
        return
    top = stack[-1]
    if isinstance(top.value, list):
        top.value.append(value)
    else:
        top.value[top.key] = value
        top.key = None


def _function_of(tag: str | None) -> str | None:
    """The intrinsic function that a short tag such as !Sub stands for."""
    if not tag or not tag.startswith("!") or tag == "!":
        return None
    return _LONG.get(tag[1:], f"Fn::{tag[1:]}")


def _tagged(tag: str | None, value: Any) -> Any:
    name = _function_of(tag)
    if name is None:
        return value
    if name == "Fn::GetAtt" and isinstance(value, str):
        resource, _, attribute = value.partition(".")
        return {name: [resource, attribute]}
    return {name: value}


def _scalar(event: Any) -> Any:
    """A scalar's value by YAML's core rules; what CloudFormation does not tell apart (dates, octals) stays text."""
    text = event.value
    if not event.implicit[0]:  # quoted, a block or with a tag
        return text
    if text in _WORDS:
        return _WORDS[text]
    if _INT.fullmatch(text):
        return int(text)
    return float(text) if _FLOAT.fullmatch(text) else text


# -- places -------------------------------------------------------------------------------------------------------


def locate(data: bytes, pointers: Iterable[Pointer], *, is_yaml: bool) -> dict[Pointer, Position]:
    """Where the pointers stand: at the key of an object's entry, at the value of a list's item.

    A pointer that is not in the text gets the position of the nearest one above it.
    """
    asked = set(pointers)
    wanted = frozenset(pointer[:length] for pointer in asked for length in range(1, len(pointer) + 1))
    text = decode(data)
    found = _build(_yaml_events(text), wanted)[1] if is_yaml else _locate_json(text, wanted)
    return {pointer: _nearest(pointer, found) for pointer in asked}


def _nearest(pointer: Pointer, found: dict[Pointer, Position]) -> Position:
    while pointer and pointer not in found:
        pointer = pointer[:-1]
    return found.get(pointer, (1, 1))


def _locate_json(text: str, wanted: frozenset[Pointer]) -> dict[Pointer, Position]:
    parents = frozenset(pointer[:-1] for pointer in wanted)
    starts: dict[Pointer, int] = {}
    begin = _after_space(text, 0)
    if text[begin : begin + 1] in ("{", "["):
        _note_starts(text, begin, (), parents, wanted, starts)
    positions: dict[Pointer, Position] = {}
    line, line_start, at = 1, 0, 0
    for pointer, start in sorted(starts.items(), key=lambda item: item[1]):
        line += text.count("\n", at, start)
        newline = text.rfind("\n", at, start)
        line_start = newline + 1 if newline >= 0 else line_start
        positions[pointer] = (line, start - line_start + 1)
        at = start
    return positions


_SPACE: Final = re.compile(r"[ \t\n\r]*")
_read_value: Final = json.JSONDecoder().raw_decode
"""The value that begins at an offset, and the offset where it ends."""


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
            key, at = _read_value(text, at)
            at = _after_space(text, _after_space(text, at) + 1)
        pointer = (*above, key)
        if pointer in wanted:
            starts[pointer] = start
        if pointer in parents and text[at] in "[{":
            at = _note_starts(text, at, pointer, parents, wanted, starts)
        else:
            _, at = _read_value(text, at)
        at = _after_space(text, at)
        if text[at] == ",":
            at = _after_space(text, at + 1)
    return at + 1


_JSON_TOKEN: Final = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{},:]|[^\s\[\]{},:"]+', re.DOTALL)


def _json_keys(text: str) -> Iterator[tuple[Pointer, int]]:
    """Every object key and list item of a JSON text with the offset where it begins, in order."""
    path: list[str | int] = []
    is_list: list[bool] = []
    expect_key = False
    for match in _JSON_TOKEN.finditer(text):
        token = match.group()
        if token in "]}":
            is_list.pop()
            path.pop()
            expect_key = False
        elif token == ",":
            if is_list[-1]:
                path[-1] = int(path[-1]) + 1
            expect_key = not is_list[-1]
        elif expect_key and token[0] == '"':
            path[-1] = json.loads(token)
            yield tuple(path), match.start()
            expect_key = False
        elif token != ":":
            if is_list and is_list[-1]:
                yield tuple(path), match.start()
            if token in "[{":
                is_list.append(token == "[")
                path.append(0)
                expect_key = token == "{"


def _position(text: str, offset: int) -> Position:
    return text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)
