"""What an assembly holds beside a function: repositories, roles, policies, distributions, indexed when first asked for.

Knows how CloudFormation names resources; knows nothing of rules.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import cached_property

from imagelint.assembly.assembly import Assembly
from imagelint.assembly.functions import Function, functions_of
from imagelint.assembly.resource_types import NESTED_TYPES
from imagelint.assembly.resources import MAYBE, Maybe, Resource
from imagelint.assembly.stack import Stack
from imagelint.aws.dockerfile.stages import MAX_SIZE
from imagelint.cloudformation.evaluation import Evaluation
from imagelint.cloudformation.scenario import Scenario
from imagelint.cloudformation.scope import TemplateError
from imagelint.cloudformation.values import Value, as_text
from imagelint.documents.files import UnreadableFileError
from imagelint.facts.edge import edge_functions
from imagelint.text.holes import Hole, Str, equal, render

_UNKNOWN_ROLE = Hole("a role")
_HASH = re.compile(r"[0-9a-f]{64}")
_CDK_VERSION = re.compile(rb'"fqn":\s*"aws-cdk-lib\.[^"]*",\s*"version":\s*"([0-9][0-9A-Za-z.-]{0,40})"')
_ACTORS = ("AWS::CloudFormation::CustomResource", "AWS::CodeBuild::Project", "AWS::ImageBuilder::Image")
_HELPERS = ("AWS::Lambda::Function", "AWS::StepFunctions::StateMachine")
_WAIT = "AWS::CloudFormation::WaitCondition"
"""Holds the deployment up until somebody outside of it, who may have pushed, says go."""
_QUIET = ("Custom::S3AutoDeleteObjects", "Custom::ECRAutoDeleteImages", "Custom::LogRetention", "Custom::CrossRegion")
"""Custom resources of CDK itself that push no image; any other may."""
_POLICIES = ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy", "AWS::IAM::RolePolicy")


class Surroundings:
    """What an assembly holds beside its functions, indexed by name when it is first asked for."""

    def __init__(self, assembly: Assembly, today: date, minimum_cdk_version: str) -> None:
        self.assembly = assembly
        self.today = today
        """The day that deprecations are judged on."""
        self.minimum_cdk_version = minimum_cdk_version
        """The oldest aws-cdk-lib that may have made the assembly."""
        self._dockerfiles: dict[str, str] = {}
        self._by_kind: dict[str, list[Resource]] = {}
        self._named: dict[str, list[tuple[Resource, Str]]] = {}
        self._by_name: dict[str, dict[str | None, list[tuple[Resource, Str]]]] = {}
        """The same by the names that are literal; those with other names at None."""
        self._working: dict[Stack, Sequence[Resource] | None] = {}
        self._at_home: dict[Stack, dict[Str, list[Resource]]] = {}

    @cached_property
    def at_the_edge(self) -> Mapping[tuple[str, str], Resource]:
        """The functions that CloudFront calls, by stack and logical ID, each with the distribution."""
        return edge_functions(self.assembly, self.of_kind)

    @cached_property
    def cdk_versions(self) -> frozenset[str]:
        """The versions of aws-cdk-lib whose constructs are in the assembly's tree; none where that cannot be read.

        Only the library's own constructs count: each library writes its own version (aws-cdk-lib, ConstructInfo).
        """
        if not self.assembly.has_manifest:
            return frozenset()
        try:
            tree = self.assembly.root.read("tree.json")
        except UnreadableFileError:  # the tree is only for information: without it nothing is known
            return frozenset()
        return frozenset(version.decode() for version in _CDK_VERSION.findall(tree))

    def may_push_to(self, repository: Resource) -> bool:
        """Whether something that the repository's deployment makes may push an image to it in the meantime.

        A custom resource or a build can; it must know the repository: by reference, by name, or by way of a function
        or state machine that does. A nested stack of which nothing is known may hold anything.
        """
        at_work = self._at_work(repository.stack.outermost)
        if at_work is None:
            return True
        return any(each.stack is not repository.stack or _speaks_of(each, repository) for each in at_work)

    def _at_work(self, outermost: Stack) -> Sequence[Resource] | None:
        """The resources that do work of their own while a stack is being made, and those that may help them; None where
        anything may be done: by a nested stack of which nothing is known, or by whoever a wait condition waits for."""
        if outermost not in self._working:
            stacks = self._together[outermost]
            nested = sum(len(stack.by_type.get(kind, ())) for stack in stacks for kind in NESTED_TYPES)
            waits = any(_WAIT in stack.by_type for stack in stacks)
            if waits or nested > sum(len(stack.nested) for stack in stacks):
                self._working[outermost] = None
            elif not any(_may_act(kind) for stack in stacks for kind in stack.by_type):
                self._working[outermost] = ()
            else:
                made = [Resource(stack, logical_id) for stack in stacks for logical_id, _ in stack.resources()]
                self._working[outermost] = [
                    resource for resource in made if _may_act(resource.written["Type"]) or _may_help(resource)
                ]
        return self._working[outermost]

    @cached_property
    def _together(self) -> Mapping[Stack, list[Stack]]:
        """The stacks that one deployment makes, by the outermost of them."""
        found: dict[Stack, list[Stack]] = {}
        for stack in self.assembly.stacks:
            found.setdefault(stack.outermost, []).append(stack)
        return found

    def waits_for_push(self, function: Function, repository: Resource) -> bool:
        """Whether the function is made only after a resource that does work of its own on the repository."""
        depends = function.resource.get("DependsOn", [])
        for logical_id in depends if isinstance(depends, list) else [depends]:
            if function.stack is repository.stack and isinstance(logical_id, str):
                kind = function.stack.resource_type(logical_id)
                is_resource = logical_id in function.stack.by_type.get(kind, ())
                if is_resource and _may_act(kind) and _speaks_of(Resource(function.stack, logical_id), repository):
                    return True
        return False

    def dockerfile(self, file: str) -> str:
        """The text of a Dockerfile of the assembly. Raises UnreadableFileError."""
        if file not in self._dockerfiles:
            data = self.assembly.root.read(file)
            if len(data) > MAX_SIZE:
                raise UnreadableFileError(self.assembly.root.show(file), f"is larger than {MAX_SIZE // 1024} KiB")
            self._dockerfiles[file] = data.decode(errors="replace")
        return self._dockerfiles[file]

    def architectures_of(self, tag: str) -> frozenset[str]:
        """The architectures of the functions whose code speaks of an asset's tag, as far as they are known."""
        hashed = _HASH.search(tag)
        return frozenset(self._architectures.get(hashed.group() if hashed else tag, ()))

    @cached_property
    def _architectures(self) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for stack in self.assembly.stacks:
            for function in functions_of(stack):
                for tag in _hashes_in(Resource(stack, function.logical_id)):
                    architecture = function.architecture(Evaluation(Scenario(exhausted=True)))
                    if architecture is not None:
                        found.setdefault(tag, set()).add(architecture)
        return found

    def find(
        self,
        kind: str,
        name: Str,
        account: Str | None,
        region: Str | None,
        home: Stack,
        assumed: Callable[[Str], Str],
    ) -> Resource | Maybe | None:
        """The resource of a type with a physical name, in an account and (where its names are regional) a region.

        A generated name identifies its resource by itself. Of several with one name, which cannot all be deployed, the
        stack that asks, `home`, means its own. `assumed` tells what a stack's account or region is known as, since
        stacks that import from one another share them. None: surely not in the assembly; MAYBE: cannot be known.
        """
        if isinstance(name, Hole) and self.is_resource(name):
            found = Resource(self.assembly.by_name[name.scope], name.name)
            return found if found.written["Type"] == kind and found.is_well_formed else MAYBE
        answer: Maybe | None = None if isinstance(name, str) else MAYBE
        certain: list[Resource] = []
        for resource, given in self.named(kind, name):
            if equal(given, name) is False:
                continue
            scope = resource.stack
            same = [
                equal(given, name),
                None if account is None else equal(assumed(scope.account), account),
                True if region is None else equal(assumed(scope.region), region),
            ]
            if all(same):
                certain.append(resource)
            elif False not in same:
                answer = MAYBE
        own = [resource for resource in certain if resource.stack is home] or certain
        if own:
            return own[0] if len(own) == 1 else MAYBE
        return answer

    def named(self, kind: str, name: Str) -> Iterable[tuple[Resource, Str]]:
        """The resources of a type that are given a name which may be this one, with it."""
        if kind not in self._named:
            self._named[kind] = list(self._names_of(kind))
        if not isinstance(name, str):
            return self._named[kind]
        if kind not in self._by_name:
            self._by_name[kind] = {}
            for each in self._named[kind]:
                self._by_name[kind].setdefault(each[1] if isinstance(each[1], str) else None, []).append(each)
        found = self._by_name[kind]
        return (*found.get(name, ()), *found.get(None, ()))

    def of_kind(self, *kinds: str) -> Iterator[Resource]:
        """Every resource of some types. Only the templates that may hold one are parsed for it."""
        for kind in kinds:
            if kind not in self._by_kind:
                stacks = (stack for stack in self.assembly.stacks if stack.hints.may_hold(kind))
                self._by_kind[kind] = [
                    Resource(stack, each) for stack in stacks for each in stack.by_type.get(kind, ())
                ]
            yield from self._by_kind[kind]

    def policies_of(self, role: Str) -> Iterator[tuple[Resource, bool]]:
        """The policy resources that name a role, each with whether that is certain.

        A role whose name is generated is known to its own stack, and to those that reach out of theirs, only; for it
        the other templates need not be parsed.
        """
        if isinstance(role, Hole) and self.is_resource(role):
            home = self.assembly.by_name[role.scope]
            found = list(self._policies_reaching_out.get(role, ()))
            if not _reaches_out(home):
                found += self._policies_at_home(home).get(role, ())
            yield from ((policy, True) for policy in sorted(found, key=self._order_of))
            return
        for policy in self._policies.get(role, ()):
            yield policy, True
        if isinstance(role, str):
            for policy in self._policies.get(_UNKNOWN_ROLE, ()):
                yield policy, False

    @cached_property
    def _policies(self) -> dict[Str, list[Resource]]:
        """The policy resources by the name of each role that they name; those of roles that cannot be known aside."""
        return self._by_role(self.of_kind(*_POLICIES))

    @cached_property
    def _policies_reaching_out(self) -> dict[Str, list[Resource]]:
        return self._by_role(_policies_in(stack for stack in self.assembly.stacks if _reaches_out(stack)))

    def _policies_at_home(self, stack: Stack) -> dict[Str, list[Resource]]:
        if stack not in self._at_home:
            self._at_home[stack] = self._by_role(_policies_in([stack]))
        return self._at_home[stack]

    def _order_of(self, policy: Resource) -> tuple[int, int]:
        return _POLICIES.index(policy.written["Type"]), self._positions[policy.stack]

    @cached_property
    def _positions(self) -> Mapping[Stack, int]:
        return {stack: index for index, stack in enumerate(self.assembly.stacks)}

    def _by_role(self, policies: Iterable[Resource]) -> dict[Str, list[Resource]]:
        found: dict[Str, list[Resource]] = {}
        for policy in policies:
            written = policy.entry("RoleName" if policy.written["Type"] == "AWS::IAM::RolePolicy" else "Roles")
            try:
                value = Evaluation(Scenario(exhausted=True)).value(written)
            except TemplateError as error:
                error.note()
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
        return owner is not None and isinstance(name, Hole) and bool(owner.resource_type(name.name))

    def _names_of(self, kind: str) -> Iterator[tuple[Resource, Str]]:
        for resource in self.of_kind(kind):
            try:
                evaluation = Evaluation(Scenario(exhausted=True))
                name = evaluation.physical_name(resource.logical_id, resource.stack)
            except TemplateError as error:
                error.note()
                continue
            if name != Hole(resource.logical_id, resource.stack.name):
                yield resource, name


def _reaches_out(stack: Stack) -> bool:
    """Whether the template may know a resource of another stack by more than its name."""
    return stack.parent is not None or stack.hints.reaches_out


def _policies_in(stacks: Iterable[Stack]) -> Iterator[Resource]:
    for stack in stacks:
        for kind in _POLICIES:
            for logical_id in stack.by_type.get(kind, ()) if stack.hints.may_hold(kind) else ():
                yield Resource(stack, logical_id)


def _hashes_in(function: Resource) -> list[str]:
    """The hashes of assets that a function's code speaks of: as it is written, or else as far as it can be known."""
    return _HASH.findall(json.dumps(function.entry("Code").written)) or _HASH.findall(_shown(_steady(function, "Code")))


def _may_act(kind: str) -> bool:
    """Whether a resource does work of its own while the stack is being made."""
    return kind in _ACTORS or not kind.startswith(("AWS::", *_QUIET))  # Custom::, and types of a registry


def _may_help(resource: Resource) -> bool:
    """Whether a resource may do a custom resource's work."""
    return resource.written["Type"] in _HELPERS and _steady(resource, "PackageType") != "Image"


def _speaks_of(resource: Resource, repository: Resource) -> bool:
    """Whether a resource of the repository's template names it: by logical ID, in Fn::Sub too, or by its name."""
    written = json.dumps(resource.written)
    if re.search(rf"[\"{{]{re.escape(repository.logical_id)}[\"}}.]", written):  # Ref, Fn::GetAtt, Fn::Sub, DependsOn
        return True
    expression = repository.entry("RepositoryName").written
    if isinstance(expression, dict) and json.dumps(expression) in written:
        return True
    given = as_text(_steady(repository, "RepositoryName"))
    name = render(given or Hole(repository.logical_id, repository.stack.name))
    properties = resource.written.get("Properties", {})
    return name in written or any(name in _shown(_steady(resource, key)) for key in properties)


def _steady(resource: Resource, name: str) -> Value:
    """What a property is whatever the conditions; a hole where it cannot be evaluated, None where it is absent."""
    try:
        return Evaluation(Scenario(exhausted=True)).value(resource.entry(name))
    except TemplateError:  # which whoever judges the property reports
        return Hole("an error", resource.stack.name)


def _shown(value: Value) -> str:
    """The texts in an evaluated value, as people read them, one a line."""
    if isinstance(value, (dict, list)):
        return "\n".join(_shown(each) for each in (value.values() if isinstance(value, dict) else value))
    text = as_text(value)
    return "" if text is None else render(text)
