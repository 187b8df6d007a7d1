"""What the names in a template mean, and what is assumed of the names that are open until deployment.

Knows templates as plain data; knows nothing of files and evaluates nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from imagelint.documents.pointer import Pointer
from imagelint.text.holes import Hole, Str


class TemplateError(Exception):
    """A value that CloudFormation itself would refuse. `scope` and `pointer` say where it stands."""

    def __init__(self, message: str, scope: Scope, pointer: Pointer) -> None:
        super().__init__(message)
        self.message, self.scope, self.pointer = message, scope, pointer


def mapping_of(value: Any) -> Mapping[str, Any]:
    """The value where it is an object; else an empty one, which has nothing in it either."""
    return value if isinstance(value, dict) else {}


def _nothing(name: Str, scope: Scope) -> None:
    return None


def _no_output(stack: Str, output: str, region: Str, is_any_account: bool, scope: Scope) -> None:
    return None


@dataclass(eq=False)
class Scope:
    """One template, its environment and the stacks it is connected with."""

    name: str
    """The stack's path in the assembly, unique there."""
    template: Mapping[str, Any]
    account: Str
    """The account: 12 digits, or a hole that is the environment's own."""
    region: Str
    stack_name: Str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    """Parameter values given from outside: literals of the manifest, or expressions in the parent's template."""
    parent: Scope | None = None
    """The stack that nests this one; it shares its environment, and `parameters` are evaluated there."""
    parameters_at: Pointer = ()
    """Where `parameters` stand in the parent's template."""
    nested: dict[str, Scope] = field(default_factory=dict)
    """The nested stacks by the logical ID of their AWS::CloudFormation::Stack resource."""
    find_export: Callable[[Str, Scope], tuple[Scope, Pointer] | None] = _nothing
    """Which stack of the assembly exports a name to this scope, and where in its template."""
    find_output: Callable[[Str, str, Str, bool, Scope], tuple[Scope, Pointer] | None] = _no_output
    """Which output of the assembly a deployed stack's name, the output's name and a region mean, and whether it may be
    in another account."""
    find_cross_region: Callable[[str, Scope], tuple[Scope, Pointer] | None] = _nothing
    """The same for what CDK's export writers send to another region."""

    def section(self, name: str) -> Mapping[str, Any]:
        """A top-level section of the template; empty where it is absent or not a mapping."""
        return mapping_of(self.template.get(name))

    def resource_type(self, logical_id: str) -> str:
        """The resource's Type; empty where there is no such resource or it has none."""
        resource = self.section("Resources").get(logical_id)
        kind = resource.get("Type") if isinstance(resource, dict) else None
        return kind if isinstance(kind, str) else ""

    def is_transformed(self) -> bool:
        """Whether a macro rewrites the template before it is deployed, so that names may come into being there."""
        return self._is_transformed

    @cached_property
    def _is_transformed(self) -> bool:  # looks at every resource, and is asked for every name that is not there
        if self.template.get("Transform"):
            return True
        sections = map(self.section, ("Resources", "Mappings", "Conditions", "Parameters"))
        if any("Fn::Transform" in section for section in sections):  # AWS::Include puts its entries beside it
            return True
        return any(self.resource_type(name).endswith("::MODULE") for name in self.section("Resources"))


@dataclass(frozen=True)
class Scenario:
    """One consistent set of assumptions about what deployment will bring."""

    bound: Mapping[Hole, str] = field(default_factory=dict)
    """Parameters and pseudo parameters that are assumed to have a value."""
    never: Mapping[Hole, frozenset[str]] = field(default_factory=dict)
    """…and those that are assumed not to have some values."""
    comparisons: Mapping[tuple[Str, Str], bool] = field(default_factory=dict)
    """How comparisons of other texts are assumed to come out."""
    exhausted: bool = False
    """Set when there would be too many scenarios: what is open from here on stays unknown."""

    def binding(self, hole: Hole, value: str) -> Scenario:
        """This scenario, with the hole assumed to be the value."""
        return replace(self, bound={**self.bound, hole: value})

    def excluding(self, hole: Hole, value: str) -> Scenario:
        """This scenario, with the hole assumed not to be the value."""
        return replace(self, never={**self.never, hole: self.excluded(hole) | {value}})

    def comparing(self, one: Str, other: Str, answer: bool) -> Scenario:
        """This scenario, with a comparison assumed to come out as the answer."""
        return replace(self, comparisons={**self.comparisons, (one, other): answer})

    def excluded(self, hole: Hole) -> frozenset[str]:
        """The values that the hole is assumed not to have."""
        return self.never.get(hole, frozenset())


class Fork(Exception):
    """Evaluation needs an assumption; `scenarios` are the ones to try instead, the likeliest first."""

    def __init__(self, scenarios: Iterable[Scenario]) -> None:
        super().__init__()
        self.scenarios = tuple(scenarios)
