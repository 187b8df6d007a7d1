"""What evaluated values are: text with holes, plain values, lists and objects of such. Knows no names and no functions.

Source of how values become text: AWS CloudFormation User Guide, "Fn::Join" and "Dynamic references".
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, TypeAlias

from imagelint.cloudformation.scope import Expression, Json, Scope
from imagelint.documents.pointer import spell
from imagelint.text import words
from imagelint.text.holes import Hole, Str, Text, concat, holes, parts_of, render

MAX_TEXT: Final = 100_000
"""Characters of one evaluated text; CloudFormation's own limit on a whole template is 1 MB."""


class Absent:
    """The type of `ABSENT`."""

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT: Final = Absent()
"""What `AWS::NoValue` evaluates to: the property is as good as not written."""

Value: TypeAlias = "bool | int | float | Str | Absent | list[Value] | dict[str, Value] | None"
"""A value as far as it is known before deployment."""

OPEN_ACCOUNT: Final = "the account of the deployment, which the app leaves open"
OPEN_REGION: Final = "the region of the deployment, which the app leaves open"
DIGITS: Final = "0123456789"
REGION_CHARACTERS: Final = "abcdefghijklmnopqrstuvwxyz-" + DIGITS
STACK_CHARACTERS: Final = REGION_CHARACTERS + "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
DOMAIN_CHARACTERS: Final = REGION_CHARACTERS + "."
REPOSITORY_CHARACTERS: Final = DOMAIN_CHARACTERS + "_/"
NAME_CHARACTERS: Final = DOMAIN_CHARACTERS + "ABCDEFGHIJKLMNOPQRSTUVWXYZ_+=,@"

_DYNAMIC_REFERENCE: Final = r"(\{\{resolve:|\}\})"


def as_text(value: Value) -> Str | None:
    """An evaluated value as CloudFormation puts it into a string; None for what has no such form."""
    if isinstance(value, (str, Text, Hole)):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, (int, float)) else None


def refused(expression: Expression) -> Hole:
    """What stands for a value that CloudFormation would refuse: nothing is known of it, also not whether it is that of
    another mistake."""
    return Hole("an error", f"{expression.scope.name} {spell(expression.pointer)}")


def kind_of(value: Value | Json) -> str:
    """What an evaluated value is, in words for a sentence."""
    return "AWS::NoValue" if value is ABSENT else words.kind_of(value)


def has_holes(value: Value) -> bool:
    """Whether something in a value is known only in AWS."""
    if isinstance(value, dict):
        return any(map(has_holes, value.values()))
    return any(map(has_holes, value)) if isinstance(value, list) else isinstance(value, (Text, Hole, Absent))


def breadth(value: Value) -> int:
    """How many entries or pieces whoever takes a value has to go through; one that has none costs nothing."""
    if isinstance(value, Text):
        return len(value.parts)
    return len(value) if isinstance(value, (list, dict)) else 0


def typed(value: Value, kind: object) -> Value:
    """A parameter's value: a list for the list types, whose values are written with commas."""
    if isinstance(value, str) and isinstance(kind, str) and (kind == "CommaDelimitedList" or kind.startswith("List<")):
        return [item.strip() for item in value.split(",")]
    return value


def check_size(value: Value, at: Expression) -> None:
    """Refuse a value that is too large. Names share values, so that a small template can mean a giant one."""
    size, left = 0, [value]
    while left:
        each = left.pop()
        size += len(each) if isinstance(each, str) else 1
        if size > MAX_TEXT:
            at.refuse(f"evaluates to more than {MAX_TEXT:,} characters")
        if isinstance(each, list):
            left += each
        elif isinstance(each, dict):
            left += each.values()
        elif isinstance(each, Text):
            left += each.parts


def joined(pieces: Sequence[Str], at: Expression) -> Str:
    """The pieces one after the other, measured before they are put together."""
    check_size([*pieces], at)
    return with_dynamic_references(concat(pieces), at.scope)


def with_dynamic_references(text: Str, scope: Scope) -> Str:
    """The text with a hole for each `{{resolve:…}}`: AWS puts the value in when all functions are evaluated."""
    for part in parts_of(text):
        if isinstance(part, str) and "{{resolve:" in part:
            return _with_holes_for_references(text, scope)
    return text


def _with_holes_for_references(text: Str, scope: Scope) -> Str:
    outside: list[Str] = []
    reference: list[Str] = []
    for part in parts_of(text):
        for piece in re.split(_DYNAMIC_REFERENCE, part) if isinstance(part, str) else (part,):
            if not reference:
                (reference if piece == "{{resolve:" else outside).append(piece)
            elif piece == "}}":
                inner = concat(reference)
                why = "a dynamic reference, which AWS resolves at the deployment"
                outside.append(Hole(render(inner)[2:], owners(scope, inner), why=why))
                reference.clear()
            else:
                reference.append(piece)
    return concat([*outside, *reference])


def owners(scope: Scope, text: Str) -> str:
    """Whose a value is that AWS looks up by a text: the environment's, and that of each hole in the text."""
    environment = [each.scope if isinstance(each, Hole) else render(each) for each in (scope.account, scope.region)]
    return "+".join(["/".join(environment), *(hole.scope for hole in holes(text))])
