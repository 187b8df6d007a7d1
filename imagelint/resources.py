"""Finding the repositories and roles of an assembly that a function refers to, by reference or by literal name.

Knows how CloudFormation names resources; knows nothing of what their properties mean.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from imagelint.assembly import Assembly, Stack
from imagelint.intrinsics import Evaluation
from imagelint.scope import Pointer, Scenario, TemplateError
from imagelint.text import Hole, Str, equal


@dataclass(frozen=True)
class Resource:
    """A resource of a stack of the assembly."""

    stack: Stack
    logical_id: str

    @property
    def written(self) -> Mapping[str, Any]:
        """The resource as the template has it."""
        resource: Mapping[str, Any] = self.stack.template["Resources"][self.logical_id]
        return resource

    @property
    def pointer(self) -> Pointer:
        """Where the resource stands in its template."""
        return ("Resources", self.logical_id)

    def property(self, name: str) -> tuple[Any, Pointer]:
        """A property as written, None where it is absent; and its place."""
        return self.written.get("Properties", {}).get(name), (*self.pointer, "Properties", name)

    @property
    def construct_path(self) -> str | None:
        """The path of the resource's construct, or None in a template that no CDK app made."""
        metadata = self.written.get("Metadata")
        path = metadata.get("aws:cdk:path") if isinstance(metadata, dict) else None
        return path if isinstance(path, str) else self.stack.constructs.path_of(self.logical_id)


class Maybe:
    """The answer "there may be one, but which or whether cannot be known"."""


MAYBE = Maybe()


class Surroundings:
    """What an assembly holds beside its functions, indexed by name when it is first asked for."""

    def __init__(self, assembly: Assembly) -> None:
        self.assembly = assembly

    def find(self, kind: str, name: Str, account: Str | None, region: Str | None) -> Resource | Maybe | None:
        """The resource of a type with a physical name, in an account and (where its names are regional) a region.

        A generated name identifies its resource by itself. None: surely not in the assembly; MAYBE: cannot be known.
        """
        if isinstance(name, Hole) and (stack := self.assembly.by_name.get(name.scope)) is not None:
            if stack.scope.resource_type(name.name) == kind:
                return Resource(stack, name.name)
        answer: Maybe | None = None if isinstance(name, str) else MAYBE
        for resource, given in self.named(kind):
            if equal(given, name) is False:
                continue
            scope = resource.stack.scope
            same = [
                equal(given, name),
                None if account is None else equal(scope.account, account),
                True if region is None else equal(scope.region, region),
            ]
            if all(same):
                return resource
            if False not in same:
                answer = MAYBE
        return answer

    def named(self, kind: str) -> list[tuple[Resource, Str]]:
        """The resources of a type that are given a name, with it."""
        return self._named.get(kind, [])

    def of_kind(self, *kinds: str) -> Iterator[Resource]:
        """Every resource of some types."""
        for kind in kinds:
            yield from self._by_kind.get(kind, ())

    @cached_property
    def _by_kind(self) -> dict[str, list[Resource]]:
        found: dict[str, list[Resource]] = {kind: [] for kind in _KINDS}
        for stack in self.assembly.stacks:
            if any(stack.may_hold(kind) for kind in _KINDS):
                for logical_id, resource in stack.resources():
                    if resource["Type"] in found:
                        found[resource["Type"]].append(Resource(stack, logical_id))
        return found

    @cached_property
    def _named(self) -> dict[str, list[tuple[Resource, Str]]]:
        return {kind: list(self._names_of(kind)) for kind in ("AWS::ECR::Repository", "AWS::IAM::Role")}

    def _names_of(self, kind: str) -> Iterator[tuple[Resource, Str]]:
        for resource in self.of_kind(kind):
            try:
                evaluation = Evaluation(Scenario(exhausted=True))
                name = evaluation.physical_name(resource.logical_id, resource.stack.scope)
            except TemplateError as error:
                resource.stack.note_at(error.pointer, error.message)
                continue
            if name != Hole(resource.logical_id, resource.stack.name):
                yield resource, name


_KINDS = (
    "AWS::ECR::Repository",
    "AWS::ECR::RegistryPolicy",
    "AWS::ECR::PullThroughCacheRule",
    "AWS::IAM::Role",
    "AWS::IAM::Policy",
    "AWS::IAM::ManagedPolicy",
    "AWS::IAM::RolePolicy",
)
