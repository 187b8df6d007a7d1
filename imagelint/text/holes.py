"""Text with holes: what is known of a string before it is deployed. Knows nothing of CloudFormation or of AWS.

Known text is a plain `str`; a value of which nothing is known is a `Hole`; anything in between is a `Text`.
Every question about such text has three answers: True, False, and None for "cannot be known".
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from imagelint.record import Record


class Hole:
    """A value that is known only by its identity: who owns it and what it is called.

    Two equal holes stand for the same text, whatever it will be. Some thirty are made for each function, and a frozen
    dataclass takes three times as long.
    """

    __slots__ = ("alphabet", "is_input", "name", "never", "scope", "why")

    def __init__(
        self,
        name: str,
        scope: str = "",
        alphabet: str | None = None,
        never: frozenset[str] = frozenset(),
        is_input: bool = False,
        why: str = "",
    ) -> None:
        self.name: Final = name
        """As people know it, without the braces: `AWS::AccountId`, `Repo.Arn`."""
        self.scope: Final = scope
        """Whose it is: the environment or the stack that gives it its value."""
        self.alphabet: Final = alphabet
        """The characters the value is made of; None when it may hold any."""
        self.never: Final = never
        """Texts the value is known not to be."""
        self.is_input: Final = is_input
        """Whether whoever deploys chooses the value: a parameter or a pseudo parameter."""
        self.why: Final = why
        """What it is, so that its value is unknown, as words that follow `is`: `a parameter without Default`."""

    def __reduce__(self) -> tuple[type[Hole], tuple[object, ...]]:
        """How to make it again: pickle cannot look into what is compiled."""
        return Hole, (self.name, self.scope, self.alphabet, self.never, self.is_input, self.why)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Hole) and self.name == other.name and self.scope == other.scope

    def __hash__(self) -> int:
        return hash((self.name, self.scope))

    def __repr__(self) -> str:
        return f"Hole({self.name!r}, {self.scope!r})"


class Text(Record):
    """Literal strings and holes in turn; made by `concat`, which keeps it in its one normal form."""

    parts: tuple[str | Hole, ...]


Str = str | Text | Hole


def parts_of(text: Str) -> tuple[str | Hole, ...]:
    """The literals and holes that a text is made of, in order; none for the empty string."""
    if isinstance(text, Text):
        return text.parts
    return (text,) if text else ()


def concat(pieces: Iterable[Str]) -> Str:
    """The pieces one after the other, in normal form: no empty literal and no two literals side by side."""
    if isinstance(pieces, list) and len(pieces) == 1:
        only: Str = pieces[0]
        return only
    parts: list[str | Hole] = []
    literal = ""
    for piece in pieces:
        if isinstance(piece, str):
            literal += piece
            continue
        for part in piece.parts if isinstance(piece, Text) else (piece,):
            if isinstance(part, str):
                literal += part
                continue
            if literal:
                parts.append(literal)
                literal = ""
            parts.append(part)
    if literal:
        parts.append(literal)
    if not parts:
        return ""
    return parts[0] if len(parts) == 1 else Text(tuple(parts))


def render(text: Str) -> str:
    """The text as people read it, a hole as `${its name}`."""
    return "".join(part if isinstance(part, str) else f"${{{part.name}}}" for part in parts_of(text))


def holes(text: Str) -> tuple[Hole, ...]:
    """The holes of a text, in order."""
    return tuple(part for part in parts_of(text) if isinstance(part, Hole))


def identity(text: Str | None) -> object:
    """What tells a text from others, also from one with equal holes of which something else is known: a scenario may
    exclude values."""
    if text is None or isinstance(text, str):
        return text
    return tuple(
        [
            part if isinstance(part, str) else (part.name, part.scope, part.alphabet, part.never)
            for part in parts_of(text)
        ]
    )


def may_contain(hole: Hole, needle: str) -> bool:
    """Whether the hole's value could hold any character of `needle`."""
    return hole.alphabet is None or any(character in hole.alphabet for character in needle)


def split(delimiter: str, text: Str) -> list[Str] | None:
    """The text between the delimiters, or None when a hole may hold a delimiter or a part of one."""
    if not delimiter:
        return None
    pieces: list[list[Str]] = [[]]
    for part in parts_of(text):
        if isinstance(part, Hole):
            if may_contain(part, delimiter):
                return None
            pieces[-1].append(part)
        else:
            first, *rest = part.split(delimiter)
            pieces[-1].append(first)
            pieces.extend([piece] for piece in rest)
    return [concat(piece) for piece in pieces]


def equal(one: Str, other: Str) -> bool | None:
    """Whether two texts are the same whatever their holes will hold; None when that depends on the holes."""
    if one == other:
        return True
    if isinstance(one, str) and isinstance(other, str):
        return False
    if isinstance(one, str):
        one, other = other, one
    if isinstance(other, str):
        return None if _could_be(one, other) else False
    return None if _ends_agree(parts_of(one), parts_of(other)) else False


def _could_be(text: Str, literal: str) -> bool:
    """Whether some content of the holes makes `text` the `literal`; True also when that is hard to tell."""
    if isinstance(text, Hole):
        return literal not in text.never and (text.alphabet is None or all(c in text.alphabet for c in literal))
    parts = parts_of(text)
    position, end = 0, len(literal)
    if isinstance(parts[-1], str):
        if not literal.endswith(parts[-1]):
            return False
        end -= len(parts[-1])
        parts = parts[:-1]
    for index, part in enumerate(parts):
        if isinstance(part, Hole):
            continue
        found = literal.find(part, position, end)
        if found < 0 or (index == 0 and found != 0):
            return False
        position = found + len(part)
    return position <= end


def _ends_agree(one: tuple[str | Hole, ...], other: tuple[str | Hole, ...]) -> bool:
    def agree(a: str | Hole, b: str | Hole, from_end: bool) -> bool:
        if isinstance(a, Hole) or isinstance(b, Hole):
            return True
        short, long = sorted((a, b), key=len)
        return long.endswith(short) if from_end else long.startswith(short)

    return agree(one[0], other[0], False) and agree(one[-1], other[-1], True)
