"""How a policy document is written: its statements and their elements, before they mean anything."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Final

from imagelint.record import Record
from imagelint.text.holes import Hole, Str, Text, render
from imagelint.text.logic import Answer
from imagelint.text.words import kind_of

MAX_SIZE: Final = 10_240
"""Characters of one document, white space aside."""
_MAX_ATTACHED: Final = 20
_HAS_VARIABLES: Final = {"2012-10-17": True, "2008-10-17": False}


class MalformedError(Exception):
    """Why AWS would refuse a document or a statement: the end of a sentence that begins with its name."""


class UnknownError(Exception):
    """A document that cannot be read before it is deployed, which AWS may well take."""


class Document(Record):
    """A policy document as it is written."""

    statements: list[object]
    has_variables: Answer
    """Whether `${…}` is a policy variable: in Version 2012-10-17, and not in 2008-10-17, the default (Version)."""


def check_sizes(sizes: Sequence[int]) -> None:
    """Refuse documents of so many characters, white space aside, as cannot be deployed.

    ECR takes 10,240 characters for a repository's policy (API reference, SetRepositoryPolicy). IAM takes 10,240 for the
    policies in a role together, and 6,144 for each of the at most 20 that are attached to it (IAM quotas).
    """
    for number, size in enumerate(sizes, start=1):
        if size > MAX_SIZE:
            name = f"policy {number}, the document" if len(sizes) > 1 else "the document"
            raise MalformedError(f"{name} has more than the {MAX_SIZE:,} characters that AWS accepts")
    if sum(sorted(sizes)[:-_MAX_ATTACHED]) > MAX_SIZE:
        raise MalformedError(f"the documents have more than the {MAX_SIZE:,} characters that AWS accepts together")


def without_space(text: str) -> int:
    """How many characters of a text are no white space."""
    return len("".join(text.split()))


def size_of(document: object, count: Callable[[str], int]) -> int:
    """At least how many characters a document has as JSON, of which each text has as many as `count` says; more than
    MAX_SIZE for any more. What a hole will hold does not count, nor what JSON has to escape."""
    size = 0
    waiting = [document]
    while waiting and size <= MAX_SIZE:
        value = waiting.pop()
        if isinstance(value, str):
            size += count(value)
        elif isinstance(value, (dict, list)):
            size += len(value)  # a comma or the closing bracket for each entry
            if size <= MAX_SIZE:
                waiting.extend(value)
                waiting.extend(value.values() if isinstance(value, dict) else ())
        elif isinstance(value, Text):
            waiting.extend(value.parts)
    return size


def read_document(document: object) -> Document:
    """Read a document, which may be a JSON text; Statement may be a single one (Grammar)."""
    if isinstance(document, str):
        try:
            document = json.loads(document, object_pairs_hook=_object)
        except (ValueError, RecursionError) as error:
            raise MalformedError("is not a JSON text that can be read") from error
    if isinstance(document, (Text, Hole)):
        raise UnknownError
    given = elements(document, ("Version", "Id", "Statement"))
    statements, version = given.get("Statement"), given.get("Version", "2008-10-17")
    if isinstance(statements, Hole):
        raise UnknownError
    if isinstance(statements, dict):
        statements = [statements]
    if not isinstance(statements, list) or not statements:
        raise MalformedError("has no statements")
    return Document(statements, _HAS_VARIABLES.get(version) if isinstance(version, str) else None)


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    if len(value := dict(pairs)) < len(pairs):
        raise MalformedError("gives an element twice")
    return value


def sid(statement: object) -> str:
    """The name of a statement as people read it behind its number, if it has one: ` (TheSid)`."""
    name = statement.get("Sid") if isinstance(statement, dict) else None
    return f" ({render(name)})" if name and isinstance(name, (str, Text, Hole)) else ""


def elements(value: object, known: Collection[str] = ()) -> dict[str, object]:
    """The value as an object with text for its names, all of them `known` if any are given."""
    if not isinstance(value, dict):
        raise MalformedError(f"has {kind_of(value)} where an object belongs")
    for name in value:
        if not isinstance(name, str):
            raise MalformedError(f"has {kind_of(name)} for an element's name")
        if known and name not in known:
            raise MalformedError(f"has the element {name}, which does not belong there")
    return value


def either(statement: Mapping[str, object], element: str) -> tuple[object, bool]:
    """The value of an element or of its Not form, and whether it is the Not form; a statement has one of the two."""
    inverse = f"Not{element}"
    if (element in statement) == (inverse in statement):
        raise MalformedError(f"has {'both' if element in statement else 'none'} of {element} and {inverse}")
    return (statement[inverse], True) if inverse in statement else (statement[element], False)


def texts(value: object, element: str) -> list[Str]:
    """The texts of an element, which may be a single one."""
    found: list[Str] = []
    for item in value if isinstance(value, list) else [value]:
        if not isinstance(item, (str, Text, Hole)):
            raise MalformedError(f"has {kind_of(item)} in {element} where text belongs")
        found.append(item)
    if not found:
        raise MalformedError(f"has an empty list in {element}")
    return found
