"""The shell patterns of `${V#…}`, `${V%…}` and `${V/…/…}` as BuildKit reads them: `*`, `?` and a backslash, no `[…]`.

Its builder knows them since Dockerfile syntax 1.7; older ones refuse the word, so if the file builds, this is meant.
Everything here costs at most the product of the two lengths: a pattern is cut at its stars, and each piece, which has
a fixed width, is looked for once.
"""

from __future__ import annotations

import re
from typing import Final

from imagelint.aws.dockerfile.unknown import UnreadableError

_MAX_PATTERN: Final = 128


def without_prefix(value: str, pattern: str, *, longest: bool) -> str:
    """The value without the shortest or longest beginning that fits; the value itself where none does."""
    end = _end(_pieces(pattern, value), value, longest=longest)
    return value[end or 0 :]


def without_suffix(value: str, pattern: str, *, longest: bool) -> str:
    """The value without the shortest or longest end that fits; the value itself where none does."""
    reversed_pieces = [piece[::-1] for piece in reversed(_pieces(pattern, value))]
    end = _end(reversed_pieces, value[::-1], longest=longest)
    return value[: len(value) - (end or 0)]


def replaced(value: str, pattern: str, replacement: str, *, everywhere: bool) -> str:
    """The value with the first part that fits, or every one, replaced; of those from one place the longest counts."""
    pieces = _pieces(pattern, value)
    if not any(pieces):
        if not pattern:
            raise UnreadableError("the pattern of a replacement is empty")
        return replacement
    if everywhere and "$" in replacement:  # Go's regexp would read it as the name of a group
        raise UnreadableError("the replacement holds a $")
    first = re.compile("".join(pieces[0]))
    if len(pieces) == 1:
        return replacement.join(first.split(value, maxsplit=0 if everywhere else 1))
    # With a star there is one part at most: it reaches to the last place where the pattern's end fits. And where the
    # first place for its beginning does not do, no later one does.
    match = first.search(value)
    end = match and _end(pieces, value, match.start(), longest=True)
    return value if match is None or end is None else value[: match.start()] + replacement + value[end:]


def _pieces(pattern: str, value: str) -> list[list[str]]:
    """The pattern cut at its stars; each piece is a list of regular expressions for one character."""
    if len(pattern) > _MAX_PATTERN:
        raise UnreadableError(f"a pattern of more than {_MAX_PATTERN} characters")
    if "\n" in value:  # which no wildcard of BuildKit's fits
        raise UnreadableError("a value of several lines")
    pieces: list[list[str]] = [[]]
    characters = iter(pattern)
    for character in characters:
        if character == "*":
            pieces.append([])
        elif character == "?":
            pieces[-1].append(".")
        elif character == "\\":
            escaped = next(characters, "")
            if escaped not in ("*", "?", "\\", "}", "/"):
                raise UnreadableError(f"the pattern {pattern!r} escapes what needs no escape")
            pieces[-1].append(re.escape(escaped))
        else:
            pieces[-1].append(re.escape(character))
    return pieces


def _end(pieces: list[list[str]], value: str, start: int = 0, *, longest: bool) -> int | None:
    """Where the shortest or longest part that begins at `start` and fits ends."""
    match = re.compile("".join(pieces[0])).match(value, start)
    for piece in pieces[1:-1]:  # as early as can be, which leaves most to the rest
        match = match and re.compile("".join(piece)).search(value, match.end())
    if match is None or len(pieces) == 1:
        return match and match.end()
    if not longest:
        match = re.compile("".join(pieces[-1])).search(value, match.end())
        return match and match.end()
    match = re.compile("".join(reversed(pieces[-1]))).search(value[match.end() :][::-1])
    return match and len(value) - match.start()
