"""Whether a repository is still empty when the first deployment makes the function. Knows nothing of rules.

Source: AWS::Lambda::Function, Code: the image must exist when the function is created. What may push it in the meantime
is judged by the types of the resources that one deployment makes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from imagelint.assembly.functions import Function
from imagelint.assembly.resource_types import NESTED_TYPES
from imagelint.assembly.resources import Resource
from imagelint.assembly.stack import Stack
from imagelint.cloudformation.values import as_text
from imagelint.facts.draft import Draft, RelatedResource
from imagelint.facts.index import ResourceIndex, settled, text_in
from imagelint.record import Record
from imagelint.text.holes import Hole, render

_ACTORS: Final = ("AWS::CloudFormation::CustomResource", "AWS::CodeBuild::Project", "AWS::ImageBuilder::Image")
_HELPERS: Final = ("AWS::Lambda::Function", "AWS::StepFunctions::StateMachine")
_WAIT: Final = "AWS::CloudFormation::WaitCondition"
"""Holds the deployment up until somebody outside of it, who may have pushed, says go."""
MAX_LOOKED_THROUGH: Final = 1024 * 1024
"""Characters of what is at work in which the name of each repository is looked for; CloudFormation takes templates of
1 MB. In more of it any name may stand."""
_HARMLESS: Final = (
    "Custom::S3AutoDeleteObjects",
    "Custom::ECRAutoDeleteImages",
    "Custom::LogRetention",
    "Custom::CrossRegion",
)
"""Custom resources of CDK itself that push no image, by how their types begin; any other may."""


def state_first_deploy(draft: Draft, repository: Resource) -> None:
    """State whether one deployment makes the repository and the function, with nothing in it that may push."""
    function = draft.function
    together = repository.stack.outermost is function.stack.outermost
    if together and _conditions(function.stack, function.resource) - _conditions(repository.stack, repository.written):
        draft.unknown("repository.made_with_function")  # a first deployment may leave the function out
        return
    draft.set("repository.made_with_function", together)
    if not together:
        return
    deployments = draft.subject.index.once(_Deployments)
    if _waits_for_push(function, repository, deployments):
        draft.set("repository.empty_at_first", False)
    elif deployments.may_push_to(repository) or _may_be_left_over(draft, repository):
        draft.unknown("repository.empty_at_first")
    else:
        draft.set("repository.empty_at_first", True)
    draft.related["repository.empty_at_first"] = (RelatedResource(repository, "the repository"),)


def _may_be_left_over(draft: Draft, repository: Resource) -> bool:
    """Whether the repository may be there, with images in it, before its stack is: it has a name of its own, and
    DeletionPolicy Retain keeps it when a stack goes, for the next one to import (CloudFormation guide)."""
    is_kept = repository.written.get("DeletionPolicy") == "Retain"
    return is_kept and isinstance(draft.subject.value_of(repository, "RepositoryName"), str)


def _conditions(stack: Stack, resource: Mapping[str, Any]) -> set[tuple[str, str]]:
    """The conditions that a resource hangs on, with those of the stacks that it is nested in."""
    found = [(stack.name, resource.get("Condition"))]
    while stack.owner is not None:
        stack, logical_id = stack.owner
        resource = stack.template["Resources"][logical_id]
        found.append((stack.name, resource.get("Condition")))
    return {(name, condition) for name, condition in found if isinstance(condition, str)}


def _waits_for_push(function: Function, repository: Resource, deployments: _Deployments) -> bool:
    """Whether the function is made only after a resource that does work of its own on the repository."""
    depends = function.resource.get("DependsOn", [])
    for logical_id in depends if isinstance(depends, list) else [depends]:
        if function.stack is repository.stack and isinstance(logical_id, str):
            kind = function.stack.resource_type(logical_id)
            is_resource = logical_id in function.stack.by_type.get(kind, ())
            worker = Resource(function.stack, logical_id)
            if is_resource and _may_act(kind) and deployments.is_named(repository, by=worker):
                return True
    return False


class _Deployments:
    """The deployments of an assembly: which stacks each makes, and what is at work in it."""

    def __init__(self, index: ResourceIndex) -> None:
        self._stacks: dict[Stack, list[Stack]] = {}
        """The stacks that one deployment makes, by the outermost of them."""
        for stack in index.assembly.stacks:
            self._stacks.setdefault(stack.outermost, []).append(stack)
        self._workers: dict[Stack, Sequence[Resource] | None] = {}
        self._at_work: dict[Stack, set[Stack]] = {}
        """The stacks that those are in."""
        self._texts: dict[Resource | Stack, _Text] = {}
        """Of a resource, and of all workers that the deployment of a stack makes."""
        self._spellings: dict[Resource, tuple[str, ...]] = {}
        self._answers: dict[Resource, bool] = {}

    def may_push_to(self, repository: Resource) -> bool:
        """Whether something that the repository's deployment makes may push an image to it in the meantime.

        A custom resource or a build can; it must know the repository: by reference, by name, or by way of a function
        or state machine that does. What is not written out, as by a macro, may be anything.
        """
        if repository not in self._answers:
            self._answers[repository] = self._may_push_to(repository)
        return self._answers[repository]

    def _may_push_to(self, repository: Resource) -> bool:
        outermost = repository.stack.outermost
        if outermost not in self._workers:
            self._workers[outermost] = _workers_of(self._stacks[outermost])
            self._at_work[outermost] = {each.stack for each in self._workers[outermost] or ()}
        workers = self._workers[outermost]
        if workers is None or self._at_work[outermost] - {repository.stack}:
            return True
        if outermost not in self._texts:
            self._texts[outermost] = _joined([self._text_of(each) for each in workers])
        text = self._texts[outermost]
        return len(text.text) > MAX_LOOKED_THROUGH or self._is_named(repository, text)

    def is_named(self, repository: Resource, by: Resource) -> bool:
        """Whether a resource of the repository's template names it: by logical ID, in Fn::Sub too, or by its name."""
        return self._is_named(repository, self._text_of(by))

    def _is_named(self, repository: Resource, text: _Text) -> bool:
        if repository not in self._spellings:
            self._spellings[repository] = _spellings_of(repository)
        return repository.logical_id in text.names or any(each in text.text for each in self._spellings[repository])

    def _text_of(self, resource: Resource) -> _Text:
        if resource not in self._texts:
            self._texts[resource] = _text_of(resource)
        return self._texts[resource]


def _workers_of(stacks: Sequence[Stack]) -> Sequence[Resource] | None:
    """The resources that do work of their own while the stacks are being made, and those that may help them.

    None where anything may be done: by what is not written out, by a nested stack of which nothing is known, or by
    whoever a wait condition waits for.
    """
    nested = sum(len(stack.by_type.get(kind, ())) for stack in stacks for kind in NESTED_TYPES)
    if any(stack.may_add_any or _WAIT in stack.by_type for stack in stacks):
        return None
    if nested > sum(len(stack.nested) for stack in stacks):
        return None
    if not any(_may_act(kind) for stack in stacks for kind in stack.by_type):
        return ()
    made = [Resource(stack, logical_id) for stack in stacks for logical_id, _ in stack.resources()]
    return [resource for resource in made if _may_act(resource.written["Type"]) or _may_help(resource)]


def _may_act(kind: str) -> bool:
    """Whether a resource does work of its own while the stack is being made."""
    return kind in _ACTORS or not kind.startswith(("AWS::", *_HARMLESS))  # Custom::, and types of a registry


def _may_help(resource: Resource) -> bool:
    """Whether a resource may do a custom resource's work."""
    return resource.written["Type"] in _HELPERS and settled(resource, "PackageType") != "Image"


class _Text(Record):
    """Resources as text, made once for all repositories that are looked for in it."""

    names: frozenset[str]
    """What Ref, Fn::GetAtt, Fn::Sub and DependsOn may name."""
    text: str
    """What is written, and what the properties come to."""


def _text_of(resource: Resource) -> _Text:
    written = json.dumps(resource.written)
    values = (text_in(settled(resource, key)) for key in resource.written.get("Properties", {}))
    return _Text(frozenset(re.findall(r'["{]([^"{}.]+)(?=["}.])', written)), "\n".join((written, *values)))


def _joined(texts: Sequence[_Text]) -> _Text:
    names: frozenset[str] = frozenset().union(*(each.names for each in texts))
    return _Text(names, "\n".join(each.text for each in texts))


def _spellings_of(repository: Resource) -> tuple[str, ...]:
    """How the name of a repository may stand in a text: evaluated, and as it is written where a function gives it."""
    expression = repository.entry("RepositoryName").written
    given = as_text(settled(repository, "RepositoryName"))
    name = render(given or Hole(repository.logical_id, repository.stack.name))
    return (name, json.dumps(expression)) if isinstance(expression, dict) else (name,)
