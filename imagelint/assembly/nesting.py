"""Taking a stack into the assembly, with the stacks that it nests, however deep."""

from __future__ import annotations

import os
from typing import Final

from imagelint.assembly.assembly import Assembly
from imagelint.assembly.deployed import leave_unread, nested_template, stack_set_template
from imagelint.assembly.repeats import INSTEAD, TOO_OFTEN
from imagelint.assembly.resource_types import NESTED_TYPES, STACK_SET_TYPE
from imagelint.assembly.stack import Stack
from imagelint.cloudformation.scope import mapping_of
from imagelint.cloudformation.values import DIGITS, REGION_CHARACTERS, STACK_CHARACTERS
from imagelint.documents.files import UnreadableFileError
from imagelint.text.holes import Hole

MAX_STACKS: Final = 10_000
"""Stacks in one assembly, nested ones counted each time they are used."""
MAX_LEVELS: Final = 50
"""Stacks within one another, and assemblies within one another."""
MAX_NESTED_RESOURCES: Final = 10_000
"""Resources of a stack and of all that it nests. One operation on nested stacks takes 2,500 (CloudFormation quotas,
"Nested stacks"), and several may have made what is deployed."""


def add(assembly: Assembly, stack: Stack) -> bool:
    """Take in a stack and the nested stacks below it; False where it is not taken in."""
    if len(assembly.stacks) >= MAX_STACKS:
        assembly.log.report(
            assembly.root.display_path, f"has more than {MAX_STACKS:,} stacks; those past that number are not judged"
        )
        return False
    if not assembly.templates.allow(stack.root, stack.file, stack.data):
        message = f"is the template of so many stacks that {TOO_OFTEN}; those past that are not judged: {INSTEAD}"
        assembly.log.report(stack.display_path, message)
        return False
    if stack.owner is None:
        stack.account = assembly.account or stack.account if isinstance(stack.account, Hole) else stack.account
        stack.region = assembly.region or stack.region if isinstance(stack.region, Hole) else stack.region
    try:
        stack.scan()
    except UnreadableFileError as error:
        assembly.log.report_unread(error)
        return False
    assembly.stacks.append(stack)
    if stack.may_hold_functions:
        if stack.made_by is not None:
            why = "a parameter that the stack set gives its stacks"
            stack.parameters = {name: Hole(name, stack.name, why=why) for name in stack.section("Parameters")}
        _add_nested(assembly, stack)
    return True


def _add_nested(assembly: Assembly, stack: Stack) -> None:
    outermost = stack.with_owners()[-1]
    outermost.resources_in_all += len(stack.section("Resources"))
    for logical_id in stack.of_types(*NESTED_TYPES, STACK_SET_TYPE):
        if outermost.resources_in_all > MAX_NESTED_RESOURCES:
            message = f"nests more than {MAX_NESTED_RESOURCES:,} resources; the stacks past that number are not judged"
            assembly.log.report(outermost.display_path, message)
            return
        if stack.resource_type(logical_id) == STACK_SET_TYPE:
            _add_stack_set(assembly, stack, logical_id)
            continue
        try:
            file = nested_template(stack, logical_id, assembly.assets)
        except UnreadableFileError as error:
            assembly.log.report(stack.display_path, error.message)
            continue
        if file is None:
            continue
        if not stack.is_of_manifest and not os.path.lexists(os.path.join(stack.root.path, file)):
            leave_unread(stack, logical_id, file)  # whoever checks one template at a time has no other
            continue
        refusal = _why_not_nested(stack, file)
        if refusal is not None:
            assembly.log.report(stack.display_path, f"nests {file!r}, {refusal}")
            continue
        nested = _nested(assembly, stack, logical_id, file)
        if add(assembly, nested):
            stack.nested[logical_id] = nested


def _why_not_nested(stack: Stack, file: str) -> str | None:
    """Why a stack cannot nest the stack of a file, in words; None where it can."""
    ancestors = stack.with_owners()
    if any(ancestor.file == file for ancestor in ancestors):
        return "which is itself or one of the stacks that nest it"
    if len(ancestors) >= MAX_LEVELS:
        return f"past the limit of {MAX_LEVELS} stacks within one another"
    return None


def _add_stack_set(assembly: Assembly, stack: Stack, logical_id: str) -> None:
    """Take in the template that a stack set deploys, to accounts and regions that are not looked at."""
    try:
        found = stack_set_template(stack, logical_id, assembly.assets)
    except UnreadableFileError as error:
        assembly.log.report(stack.display_path, error.message)
        return
    if found is None:
        return
    file, body = found
    refusal = _why_not_nested(stack, file if body is None else "")
    if refusal is not None:
        assembly.log.report(stack.display_path, f"deploys {logical_id!r}, {refusal}")
        return
    name = _nested_name(assembly, stack, logical_id)
    add(
        assembly,
        Stack(
            name=name,
            file=file,
            root=stack.root,
            log=stack.log,
            metadata=stack.metadata,
            loops=stack.loops,
            lookup=stack.lookup,
            account=Hole("AWS::AccountId", name, DIGITS, is_input=True, why=_BY_STACK_SET),
            region=Hole("AWS::Region", name, REGION_CHARACTERS, is_input=True, why=_BY_STACK_SET),
            stack_name=Hole("AWS::StackName", name, STACK_CHARACTERS),
            artifact={"dependencies": stack.artifact.get("dependencies")} if stack.is_of_manifest else {},
            folder=stack.folder,
            data=body,
            made_by=(stack, logical_id),
            titles=stack.names,
        ),
    )


_BY_STACK_SET: Final = "what the stack set deploys to"


def _nested(assembly: Assembly, parent: Stack, logical_id: str, file: str) -> Stack:
    """The stack that a resource of another one stands for. It shares that one's environment."""
    resource = parent.section("Resources")[logical_id]
    name = _nested_name(assembly, parent, logical_id)
    return Stack(
        name=name,
        file=file,
        root=parent.root,
        log=parent.log,
        metadata=parent.metadata,
        loops=parent.loops,
        lookup=parent.lookup,
        account=parent.account,
        region=parent.region,
        stack_name=Hole("AWS::StackName", name, STACK_CHARACTERS),
        parameters=mapping_of(mapping_of(resource.get("Properties")).get("Parameters")),
        parent=parent,
        parent_id=logical_id,
        artifact=parent.artifact,
        folder=parent.folder,
    )


def _nested_name(assembly: Assembly, parent: Stack, logical_id: str) -> str:
    """The nested stack's construct path, which CDK writes as `App/Jobs.NestedStack/Jobs.NestedStackResource`; or,
    where that is another stack's, its parent's name with its logical ID."""
    metadata = parent.section("Resources")[logical_id].get("Metadata")
    path = mapping_of(metadata).get("aws:cdk:path")
    construct, dot, _ = path.partition(".NestedStack/") if isinstance(path, str) else ("", "", "")
    own = f"{parent.name}/{logical_id}"
    return assembly.name_for(construct if dot and construct not in assembly.names else own, logical_id)
