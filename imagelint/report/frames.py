"""Code frames: the lines around a place, with their numbers and a mark under what is meant. Knows no template."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from imagelint.model import Excerpt, Location, Source
from imagelint.record import Record
from imagelint.report.escape import visible

_TAB: Final = 4
_MORE: Final = "..."
_STRING: Final = r'"(?:[^"\\]|\\.)*"'
_ENTRY: Final = (
    rf"""(?:(?P<quoted>{_STRING}|'[^']*')\s*:\s*|(?P<plain>[^\s"'#](?:[^#:]|:(?=\S))*):(?:\s+|$))"""
    r"(?P<value>\S.*)?"
)
"""An entry of an object as JSON and YAML write it on one line."""
_VALUE: Final = rf"""{_STRING}|(?:![\w:]+\s+)?'[^']*'|[^\s"'{{\[|>&*#](?:[^#]|(?<=\S)#)*"""
"""A value that is whole on its line, and no text block, list or object."""
_VALUE_OF_JSON: Final = rf"""{_STRING}|[^\s"{{\[,}}\]]+"""
"""The same where the key says that it is JSON."""
_CONSTRUCTION: Final = r"(?:new\s+)?[\w.$]+"
"""How the languages of CDK begin to make a construct."""


class FrameLine(Record):
    """A line of a frame, as it is shown."""

    number: int
    text: str
    mark: tuple[int, int] | None
    """The first column that is marked, from 0, and how many are; None on the other lines."""


def frame_of(place: Location | Source, excerpt: Excerpt, width: int = 0) -> tuple[FrameLine, ...]:
    """The lines of an excerpt without their common indentation, no longer than `width` if that is not 0."""
    lines = [line.expandtabs(_TAB) for line in excerpt.lines]
    indents = [len(line) - len(line.lstrip()) for line in lines if line.strip()]
    indent = min(indents, default=0) if not excerpt.cut else 0
    return tuple(_frame_lines(place, excerpt, indent, width))


def _frame_lines(place: Location | Source, excerpt: Excerpt, indent: int, width: int) -> Iterator[FrameLine]:
    meant, start, end = _meant(place, excerpt)
    for number, line in enumerate(excerpt.lines, start=excerpt.first):
        text, mark = visible(line.expandtabs(_TAB)[indent:].rstrip()), None
        if number == meant:
            before, until = (len(visible(line[:at].expandtabs(_TAB)[indent:])) for at in (start, end))
            mark = (before, max(until - before, 1))
        if width and len(text) > width:
            text = text[: width - len(_MORE)] + _MORE
            mark = mark and (min(mark[0], width - 1), max(1, min(mark[1], width - mark[0])))
        if text or mark:
            yield FrameLine(number, text, mark)


def _meant(place: Location | Source, excerpt: Excerpt) -> tuple[int, int, int]:
    """The line that is meant, and where in it begins and ends what is."""
    number = place.line or excerpt.first
    line, *below = excerpt.lines[number - excerpt.first :]
    first = len(line) - len(line.lstrip())
    if place.column is None:  # a line of a Dockerfile
        return number, first, len(line.rstrip())
    start = max(place.column - 1 - excerpt.cut, first)  # the traces of Python know no columns
    if isinstance(place, Source):
        found = re.compile(_CONSTRUCTION).match(line, start)
        return (number, *found.span()) if found else (number, start, start + 1)
    entry = re.compile(_ENTRY).match(line, start)
    if entry is None:
        return (number, *(_value(line, start) or (start, start + 1)))
    key = entry.span("plain" if entry["quoted"] is None else "quoted")
    if entry["value"] and (value := _value(line, entry.start("value"), entry["quoted"])):
        return (number, *value)
    if below and entry["value"] in (None, "{"):  # of an intrinsic function it is the argument that is meant
        argument = re.compile(_ENTRY).match(below[0], len(below[0]) - len(below[0].lstrip()))
        if argument and argument["value"] and _is_function((argument["quoted"] or argument["plain"]).strip("\"'")):
            value = _value(below[0], argument.start("value"), argument["quoted"])
            return (number + 1, *value) if value else (number, *key)
    return (number, *key)


def _is_function(key: str) -> bool:
    """Whether it is the key of an intrinsic function."""
    return key == "Ref" or key.startswith("Fn::")


def _value(line: str, start: int, quoted: str | None = None) -> tuple[int, int] | None:
    """Where the value that begins at a place begins and ends, without what stands between it and the next; None where
    it does not end on its line. `quoted` is its key where that is in quotes."""
    is_json = (quoted or "").startswith('"')
    found = re.compile(_VALUE_OF_JSON if is_json else _VALUE).match(line, start)
    if found is None:
        return None
    text = found.group().rstrip()
    if not text.endswith(('"', "'")):
        while text.endswith((",", "}", "]", " ")) and not (text.endswith("}") and text.count("{") >= text.count("}")):
            text = text[:-1]
    return start, start + len(text)
