"""Finding the repositories and roles of an assembly that a function refers to, by reference or by literal name.

Knows how CloudFormation names resources; knows nothing of what their properties mean.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from imagelint.assembly import Assembly, Stack
from imagelint.intrinsics import Evaluation, as_text
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

    def entry(self, name: str) -> tuple[Any, Pointer]:
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
_UNKNOWN_ROLE = Hole("a role")


class Surroundings:
    """What an assembly holds beside its functions, indexed by name when it is first asked for."""

    def __init__(self, assembly: Assembly) -> None:
        self.assembly = assembly

    def find(self, kind: str, name: Str, account: Str | None, region: Str | None) -> Resource | Maybe | None:
        """The resource of a type with a physical name, in an account and (where its names are regional) a region.

        A generated name identifies its resource by itself. None: surely not in the assembly; MAYBE: cannot be known.
        """
        if isinstance(name, Hole) and self.is_resource(name):
            found = Resource(self.assembly.by_name[name.scope], name.name)
            return found if found.written["Type"] == kind else MAYBE
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

    def policies_of(self, role: Str) -> Iterator[tuple[Resource, bool]]:
        """The policy resources that name a role, each with whether that is certain."""
        for policy in self._policies.get(role, ()):
            yield policy, True
        if isinstance(role, str):
            for policy in self._policies.get(_UNKNOWN_ROLE, ()):
                yield policy, False

    @cached_property
    def _policies(self) -> dict[Str, list[Resource]]:
        """The policy resources by the name of each role that they name; those of roles that cannot be known aside."""
        found: dict[Str, list[Resource]] = {}
        for policy in self.of_kind("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy", "AWS::IAM::RolePolicy"):
            written, at = policy.entry("RoleName" if policy.written["Type"] == "AWS::IAM::RolePolicy" else "Roles")
            try:
                value = Evaluation(Scenario(exhausted=True)).value(written, policy.stack.scope, at)
            except TemplateError as error:
                self.assembly.by_name[error.scope.name].note_at(error.pointer, error.message)
                continue
            for each in value if isinstance(value, list) else [value]:
                name = as_text(each)
                if name is not None:
                    known = isinstance(name, str) or self.is_resource(name)
                    found.setdefault(name if known else _UNKNOWN_ROLE, []).append(policy)
        return found

    def is_resource(self, name: Str) -> bool:
        """Whether a text is the generated name of a resource of the assembly."""
        owner = self.assembly.by_name.get(name.scope) if isinstance(name, Hole) else None
        return owner is not None and isinstance(name, Hole) and bool(owner.scope.resource_type(name.name))

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
