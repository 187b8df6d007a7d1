"""A facts document, and one in the making."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from typing import Any, Final

from imagelint.assembly.functions import Function
from imagelint.assembly.resources import Resource
from imagelint.assembly.stack import Stack
from imagelint.cloudformation.values import ABSENT, Value, as_text
from imagelint.documents.pointer import Pointer
from imagelint.facts.subject import Subject
from imagelint.record import Record
from imagelint.text.holes import Hole, Text, holes, render
from imagelint.text.logic import Answer
from imagelint.text.words import shortened


class RelatedResource(Record):
    """Another resource that a fact rests on, and what it is in a few words."""

    resource: Resource
    message: str


class FilePlace(Record):
    """A line, counted from 1, of a file of the assembly that is no template; the path as people see it."""

    file: str
    line: int


class Parameter(Record):
    """A parameter that the image depends on, and the stack that declares it."""

    stack: Stack
    name: str
    is_default: bool
    """Whether its Default is what the image depends on, and not a value that is given from outside."""


Cause = tuple[str, ...] | Parameter
"""What identifies an asset, a repository or a parameter within the assembly, to tell one from another."""


MAX_REASONS: Final = 3
"""Why something is not known: as many reasons as are told."""


class Facts(Record):
    """The facts document of one function in one scenario."""

    values: Mapping[str, Any]
    shown: Mapping[str, str]
    """Each fact as messages show it, text with holes included."""
    reasons: Mapping[str, tuple[str, ...]]
    """Why facts that are known in part are not known as a whole: what their open parts are, in words."""
    pointers: Mapping[str, Pointer]
    related: Mapping[str, tuple[RelatedResource, ...]]
    files: Mapping[str, FilePlace]
    """The facts that stand in the asset's Dockerfile, each with its place there."""
    causes: Mapping[str, Cause]
    """The asset, the repository and the parameter (the words of `about` in a rule file) that the image depends on."""
    conditions: Mapping[str, bool]
    """The named conditions that the document hangs on."""
    assumptions: Mapping[str, str]
    """The parameters and pseudo parameters that were assumed to have a value."""

    def show(self, name: str) -> str:
        """A fact as a message shows it."""
        if name in self.shown:
            return shortened(self.shown[name])
        value = self.values.get(name, "unknown")
        return "absent" if value is None else shortened(str(value))

    def known(self, name: str) -> str | None:
        """A text as far as it is known; None where nothing is known of it, or it is known to be absent."""
        value = self.values.get(name, self.shown.get(name))
        return shortened(value) if isinstance(value, str) else None


class Draft:
    """A facts document in the making, at the place of the template that facts are stated of."""

    def __init__(self, *, subject: Subject, place: Pointer, of: Draft | None = None) -> None:
        """An empty one; with `of` the same document as that, at another place."""
        self.subject: Final = subject
        self.place: Final = place
        self.values: Final[dict[str, Any]] = {} if of is None else of.values
        self.shown: Final[dict[str, str]] = {} if of is None else of.shown
        self.reasons: Final[dict[str, tuple[str, ...]]] = {} if of is None else of.reasons
        self.pointers: Final[dict[str, Pointer]] = {} if of is None else of.pointers
        self.related: Final[dict[str, tuple[RelatedResource, ...]]] = {} if of is None else of.related
        self.files: Final[dict[str, FilePlace]] = {} if of is None else of.files
        self.causes: Final[dict[str, Cause]] = {} if of is None else of.causes

    @property
    def function(self) -> Function:
        """The function that the facts are of."""
        return self.subject.function

    def at(self, place: Pointer) -> Draft:
        """The same document, at another place."""
        return Draft(subject=self.subject, place=place, of=self)

    def set(self, name: str, value: Any, at: Pointer | None = None) -> None:
        """State a fact, here or at another place; a value with holes is only shown, since it is not known."""
        if isinstance(value, (Text, Hole)):
            self.shown[name] = render(value)
            why = (f"{shortened(hole.name)} is {hole.why}" for hole in holes(value) if hole.why)
            self.reasons[name] = tuple(islice(dict.fromkeys(why), MAX_REASONS))
        else:
            self.values[name] = value
        self.pointers[name] = at or self.place

    def unknown(self, name: str, at: Pointer | None = None) -> None:
        """Leave a fact out, but remember where it would stand."""
        self.pointers[name] = at or self.place

    def answer(self, name: str, answer: Answer, at: Pointer | None = None) -> None:
        """State a fact that is true or false, or leave it out."""
        if answer is None:
            self.unknown(name, at)
        else:
            self.set(name, answer, at)

    def string(self, name: str, value: Value, at: Pointer | None = None) -> None:
        """State a fact that is a string, or null."""
        text = as_text(value)
        if value is ABSENT:
            self.set(name, None, at)
        elif text is None:
            self.unknown(name, at)
        else:
            self.set(name, text, at)
