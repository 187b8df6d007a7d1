"""A facts document, and one in the making."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

from imagelint.assembly.functions import Function
from imagelint.assembly.resources import Resource
from imagelint.cloudformation.evaluation import Evaluation
from imagelint.cloudformation.scope import Expression, TemplateError
from imagelint.cloudformation.values import ABSENT, Value, as_text
from imagelint.documents.pointer import Pointer
from imagelint.facts.index import Surroundings
from imagelint.facts.permissions import Puller
from imagelint.text.holes import Hole, Text, render


class RelatedResource(NamedTuple):
    """Another resource that a fact rests on, and what it is in a few words."""

    resource: Resource
    message: str


class FilePlace(NamedTuple):
    """A line, counted from 1, of a file of the assembly that is no template; the path as people see it."""

    file: str
    line: int


Cause = tuple[str, ...]
"""What identifies an asset, a repository or a parameter within the assembly; only good for telling one from another."""


class Facts(NamedTuple):
    """The facts document of one function in one scenario."""

    values: Mapping[str, Any]
    shown: Mapping[str, str]
    """Each fact as messages show it, text with holes included."""
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
            return self.shown[name]
        value = self.values.get(name, "unknown")
        return "absent" if value is None else str(value)


@dataclass
class Draft:
    """A facts document in the making."""

    function: Function
    evaluation: Evaluation
    surroundings: Surroundings
    problems: list[TemplateError] = field(default_factory=list)
    values: dict[str, Any] = field(default_factory=dict)
    shown: dict[str, str] = field(default_factory=dict)
    pointers: dict[str, Pointer] = field(default_factory=dict)
    related: dict[str, tuple[RelatedResource, ...]] = field(default_factory=dict)
    files: dict[str, FilePlace] = field(default_factory=dict)
    causes: dict[str, Cause] = field(default_factory=dict)
    evaluated: dict[Pointer, tuple[Value, dict[Hole, str]]] = field(default_factory=dict)
    """The values that were evaluated by their place, each with the parameters' Defaults that it rests on."""

    @cached_property
    def puller(self) -> Puller:
        """The function as policies see it."""
        return Puller(self.function, self.evaluation, self.surroundings)

    def set(self, name: str, value: Any, at: Pointer, shown: str | None = None) -> None:
        """State a fact; a value with holes is only shown, since it is not known."""
        if isinstance(value, (Text, Hole)):
            shown = render(value)
        else:
            self.values[name] = value
        if shown is not None:
            self.shown[name] = shown
        self.pointers[name] = at

    def unknown(self, name: str, at: Pointer) -> None:
        """Leave a fact out, but remember where it would stand."""
        self.pointers[name] = at

    def property(self, name: str) -> tuple[Value, Pointer]:
        """An evaluated property with its place: ABSENT where there is none, a Hole where it cannot be evaluated."""
        function = self.function
        if name not in function.properties:
            if function.is_open:
                return Hole(name, function.stack.name), function.pointer
            return ABSENT, function.pointer
        written = function.properties[name]
        return self.evaluate(written), written.pointer

    def evaluate(self, written: Expression) -> Value:
        """A value of the function's template; a Hole, and a problem, where CloudFormation would refuse it."""
        at = written.pointer
        if at not in self.evaluated:
            try:
                value, rests_on = self.evaluation.traced(written)
                self.evaluated[at] = (ABSENT if value is None else value), rests_on
            except TemplateError as error:
                self.problems.append(error)
                self.evaluated[at] = Hole("an error", written.scope.name), {}
        return self.evaluated[at][0]

    def evaluated_of(self, resource: Resource, name: str) -> Value:
        """A property of another resource: ABSENT where there is none, a Hole where it cannot be evaluated."""
        written = resource.entry(name)
        if written.written is None:
            return ABSENT
        try:
            return self.evaluation.value(written)
        except TemplateError as error:
            self.problems.append(error)
            return Hole("an error", resource.stack.name)

    def exists(self, resource: Resource) -> bool:
        """Whether another resource is known to be there in this scenario."""
        condition = resource.condition
        if condition is None:
            return True
        try:
            return self.evaluation.condition(condition) is True
        except TemplateError as error:
            self.problems.append(error)
            return False

    def note_problems(self) -> None:
        """Record what CloudFormation would refuse; not before the scenario is known to be one."""
        for error in self.problems:
            error.note()

    def may_be_absent(self, value: Value, name: str) -> bool:
        """Whether a property that cannot be evaluated may not be there at all: a macro or an open Fn::If decides."""
        return self.may_vanish(value) or (isinstance(value, Hole) and name not in self.function.properties)

    def may_vanish(self, value: Value) -> bool:
        """Whether a value may yet be AWS::NoValue: with the scenarios exhausted, a hole may be an Fn::If left open."""
        return isinstance(value, Hole) and self.evaluation.scenario.exhausted

    def string(self, fact: str, value: Value, at: Pointer) -> None:
        """State a fact that is a string, or null."""
        text = as_text(value)
        if value is ABSENT:
            self.set(fact, None, at)
        elif text is None:
            self.unknown(fact, at)
        else:
            self.set(fact, text, at)


def image_uri(draft: Draft, other: Evaluation | None = None) -> tuple[Value, dict[Hole, str]]:
    """The evaluated image reference, also in `other` scenarios, and the parameters' Defaults that it rests on."""
    function = draft.function
    written = function.properties["ImageUri" if function.is_serverless else "Code"]
    value, rests_on = draft.evaluated[written.pointer] if other is None else other.traced(written)
    if function.is_serverless:
        return value, rests_on
    return (value.get("ImageUri", ABSENT) if isinstance(value, dict) else ABSENT), rests_on
