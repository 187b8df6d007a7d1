"""Reading a cloud assembly: the stacks that its manifest names, those nested in them, and assemblies nested in it.

Driven by `manifest.json`, as `cdk deploy` is; a lone template and a folder of templates are assemblies without one.
Nothing in an assembly is trusted: every file it names must lie inside it, and what cannot be read is a `Problem` that
leaves the rest standing.

Source of the layout: aws-cdk's cloud-assembly-schema (manifest versions 15 to 55) and the assemblies in tests/fixtures.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from typing import Any, Final

from imagelint.assembly.assembly import Assembly
from imagelint.assembly.candidates import has_ending, is_candidate, is_of_tools, is_set_aside, is_template, told
from imagelint.assembly.deployed import follow_manifest, leave_unread, nested_template
from imagelint.assembly.prescan import hints_of
from imagelint.assembly.resource_types import FUNCTION_TYPES, NESTED_TYPES
from imagelint.assembly.stack import MANIFEST, Stack
from imagelint.cloudformation.assumptions import why_not_value
from imagelint.cloudformation.scope import mapping_of
from imagelint.cloudformation.values import DIGITS, REGION_CHARACTERS, STACK_CHARACTERS
from imagelint.documents.files import Root, UnreadableFileError
from imagelint.documents.limits import MAX_BYTES
from imagelint.text.holes import Hole, Str

MAX_STACKS: Final = 10_000
"""Stacks in one assembly, nested ones counted each time they are used."""
MAX_LEVELS: Final = 50
"""Stacks within one another, and assemblies within one another."""
MAX_NESTED_RESOURCES: Final = 10_000
"""Resources of a stack and of all that it nests. One operation on nested stacks takes 2,500 (CloudFormation quotas,
"Nested stacks"), and several may have made what is deployed."""
_SECTIONS: Final = frozenset(
    {"Resources", "Outputs", "Parameters", "Rules", "Mappings", "Conditions", "Transform", "Fn::Transform"}
)
_ENVIRONMENT: Final = re.compile(r"aws://([^/]+)/([^/]+)")


def load(
    path: str | os.PathLike[str] = "cdk.out",
    *,
    shown_as: str | None = None,
    parameters: Mapping[str, str] | None = None,
    account: str | None = None,
    region: str | None = None,
) -> Assembly:
    """Read a cloud assembly, a template (JSON or YAML), a folder of templates, or standard input (`-`).

    Reports name a folder as `path` does, or as `shown_as`. `parameters` are values instead of the Defaults, by name,
    in every stack that declares the name and is not nested; `account` (12 digits) and `region` hold where the assembly
    does not say them, as no lone template does. Never raises for what it reads: what cannot be read is in `problems`,
    and so is a value that CloudFormation would refuse for a parameter.
    """
    shown = os.fspath(path)
    if os.path.basename(shown) == MANIFEST:  # what a cloud assembly is known by stands for the assembly
        shown = os.path.dirname(shown) or "."
    given = (parameters, account, region)
    if shown == "-":
        assembly = Assembly(Root(os.curdir, ""), *given)
        _load_template(assembly, "-", sys.stdin.buffer.read(MAX_BYTES + 1))
    elif os.path.isdir(shown):
        assembly = Assembly(Root(shown, shown if shown_as is None else shown_as), *given)
        _load_folder(assembly)
    else:
        folder, name = os.path.split(shown)
        assembly = Assembly(Root(folder or os.curdir, folder), *given)
        if os.path.exists(shown):
            _load_template(assembly, name, None)
        else:
            assembly.log.note(shown or "''", _NOT_THERE)
    _refuse_values(assembly)
    return assembly


def load_text(text: bytes) -> Assembly:
    """Read a template (JSON or YAML) that has no file. Never raises for what it reads."""
    assembly = Assembly(Root(os.curdir, ""))
    _load_template(assembly, "-", text)
    return assembly


def _load_template(assembly: Assembly, file: str, text: bytes | None) -> None:
    """Take in a file that is named as a template. It has to be one, by a section of it; a stack of CDK may have no
    Resources."""
    _add_template(assembly, file, text)
    for stack in assembly.stacks[:1]:
        if not _SECTIONS & stack.template.keys() and not assembly.problems:
            assembly.log.note(
                stack.display_path, "is not a template: it has no Resources, nor any other section of one"
            )


def _refuse_values(assembly: Assembly) -> None:
    """Note the values given for parameters that CloudFormation would refuse."""
    if not assembly.parameters:
        return
    for stack in assembly.stacks:
        if stack.parent is None:
            for name in assembly.parameters.keys() & stack.section("Parameters").keys():
                misfit = why_not_value(assembly.parameters[name], name, stack)
                if misfit is not None:
                    stack.note(("Parameters", name), f"the value given for parameter {name} {misfit}")


_NOT_THERE: Final = "is not there; write a cloud assembly with `npx cdk synth`, or name another path"


def _load_folder(assembly: Assembly) -> None:
    root = assembly.root
    if _is_cloud_assembly(root, ""):
        assembly.has_manifest = True
        _load_manifest(assembly, "", ())
        if assembly.stacks or assembly.problems:
            return
        assembly.has_manifest = False
    _load_templates(assembly)
    if not assembly.stacks and not assembly.problems and not assembly.folders:
        assembly.log.note(root.shown, "holds neither a manifest.json nor a template; write them with `npx cdk synth`")


def _load_templates(assembly: Assembly) -> None:
    """Take in the templates of a folder, and the assemblies in it; say which files may be templates but are not read.

    In an assembly that names no stack its templates are read too: nothing else says that they are stale.
    """
    root = assembly.root
    passed_over: list[str] = []

    def cannot_enter(error: OSError) -> None:
        assembly.log.note(root.show(os.path.relpath(error.filename, root.path)), f"cannot be read: {error.strerror}")

    for path, folders, files in os.walk(root.path, onerror=cannot_enter):
        folder = os.path.relpath(path, root.path)
        folders[:] = sorted(name for name in folders if not is_of_tools(name))
        is_top = folder == os.curdir
        is_aside = not is_top and any(map(is_set_aside, folder.split(os.sep)))
        if MANIFEST in files and not is_aside and not is_top and _is_cloud_assembly(root, folder):
            known = len(assembly.stacks), len(assembly.problems)
            if os.path.realpath(path) not in assembly.folders:
                _load_manifest(assembly, folder, ())
            if known != (len(assembly.stacks), len(assembly.problems)):
                folders.clear()
                continue
        passed_over.extend(os.path.join(folder, name) for name in folders if _leads_out(assembly.root, folder, name))
        for name in sorted(filter(is_candidate, files)):
            answer = _is_template(assembly, os.path.join(folder, name), reads=not is_aside)
            if answer is None:
                passed_over.append(os.path.join(folder, name))
            elif answer:
                _add_template(assembly, os.path.normpath(os.path.join(folder, name)), None)
    if passed_over:
        assembly.log.warn_unread(root.shown, told([root.show(file) for file in passed_over]), len(passed_over))


def _is_cloud_assembly(root: Root, folder: str) -> bool:
    """Whether a folder has a cloud assembly's manifest.json: web apps have files of that name too.

    What cannot be read is taken for one in the folder that is named, where it is a problem.
    """
    if not os.path.isfile(os.path.join(root.path, folder, MANIFEST)):
        return False
    try:
        file = root.inside(folder, MANIFEST, "manifest")
        return b'"artifacts"' in root.read(file) or "artifacts" in root.read_json(file)
    except UnreadableFileError:
        return not folder


def _leads_out(root: Root, folder: str, name: str) -> bool:
    """Whether a folder is a link out of the one that is read, which is not followed."""
    if not os.path.islink(os.path.join(root.path, folder, name)):
        return False
    try:
        root.inside(folder, name, "folder")
    except UnreadableFileError:
        return True
    return False


def _is_template(assembly: Assembly, file: str, *, reads: bool) -> bool | None:
    """Whether a file of a folder is a template to read; None for one that may be a template but is not read.

    `reads` says whether it is read if it is one. What is named as a template and cannot be read is a problem.
    """
    try:
        file = assembly.root.inside("", file, "template")
        answer = is_template(file, assembly.root.read(file))
    except UnreadableFileError as error:
        if not reads or not has_ending(file):
            return None if os.path.islink(os.path.join(assembly.root.path, file)) else False
        assembly.log.note_unread(error)
        return False
    return answer if reads or not answer else None


def _add_template(assembly: Assembly, file: str, data: bytes | None) -> None:
    stack = Stack(
        name=assembly.name_for(file.replace(os.sep, "/"), file),
        file=file,
        root=assembly.root,
        log=assembly.log,
        lookup=assembly.exports,
        account=Hole("AWS::AccountId", file, DIGITS, is_input=True),
        region=Hole("AWS::Region", file, REGION_CHARACTERS, is_input=True),
        stack_name=Hole("AWS::StackName", file, STACK_CHARACTERS),
        parameters=assembly.parameters,
        folder=os.path.dirname(file),
        data=data,
    )
    _add(assembly, stack)


def _add(assembly: Assembly, stack: Stack) -> bool:
    """Take in a stack and the nested stacks below it; False where it is not taken in."""
    if len(assembly.stacks) >= MAX_STACKS:
        assembly.log.note(
            assembly.root.shown, f"has more than {MAX_STACKS:,} stacks; those past that number are not judged"
        )
        return False
    if stack.parent is None:
        stack.account = assembly.account or stack.account if isinstance(stack.account, Hole) else stack.account
        stack.region = assembly.region or stack.region if isinstance(stack.region, Hole) else stack.region
    try:
        data = stack.text()
    except UnreadableFileError as error:
        assembly.log.note_unread(error)
        return False
    assembly.stacks.append(stack)
    stack.hints = hints_of(data)
    if stack.hints.may_hold(*FUNCTION_TYPES, *NESTED_TYPES):
        _add_nested(assembly, stack)
    return True


def _add_nested(assembly: Assembly, stack: Stack) -> None:
    outermost = stack.outermost
    outermost.resources_in_all += len(stack.section("Resources"))
    for logical_id, resource in stack.resources():
        if resource["Type"] not in NESTED_TYPES:
            continue
        if outermost.resources_in_all > MAX_NESTED_RESOURCES:
            message = f"nests more than {MAX_NESTED_RESOURCES:,} resources; the stacks past that number are not judged"
            assembly.log.note(outermost.display_path, message)
            return
        try:
            file = nested_template(stack, logical_id, assembly.assets)
        except UnreadableFileError as error:
            assembly.log.note(stack.display_path, error.message)
            continue
        if file is None:
            continue
        if not stack.is_of_manifest and not os.path.lexists(os.path.join(stack.root.path, file)):
            leave_unread(stack, logical_id, file)  # whoever checks one template at a time has no other
            continue
        refusal = _why_not_nested(stack, file)
        if refusal is not None:
            assembly.log.note(stack.display_path, f"nests {file!r}, {refusal}")
            continue
        nested = _nested(assembly, stack, logical_id, file)
        if _add(assembly, nested):
            stack.nested[logical_id] = nested


def _why_not_nested(stack: Stack, file: str) -> str | None:
    """Why a stack cannot nest the stack of a file, in words; None where it can."""
    ancestors = [stack]
    while ancestors[-1].parent is not None:
        ancestors.append(ancestors[-1].parent)
    if any(ancestor.file == file for ancestor in ancestors):
        return "which is itself or one of the stacks that nest it"
    if len(ancestors) >= MAX_LEVELS:
        return f"past the limit of {MAX_LEVELS} stacks within one another"
    return None


def _nested(assembly: Assembly, parent: Stack, logical_id: str, file: str) -> Stack:
    """The stack that a resource of another one stands for. It shares that one's environment."""
    resource = parent.section("Resources")[logical_id]
    name = _nested_name(assembly, parent, logical_id)
    return Stack(
        name=name,
        file=file,
        root=parent.root,
        log=parent.log,
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


def _load_manifest(assembly: Assembly, folder: str, within: tuple[str, ...]) -> None:
    """Take in the stacks that a folder's manifest names, and those of the assemblies nested in it (stages).

    `within` are the real paths of the assemblies that it is nested in.
    """
    root = assembly.root
    file = os.path.join(folder, MANIFEST)
    try:
        manifest = root.read_json(root.inside(folder, MANIFEST, "manifest"), strict=True)
    except UnreadableFileError as error:
        assembly.log.note_unread(error)
        return
    within = (*within, os.path.realpath(os.path.join(root.path, folder)))
    assembly.folders.add(within[-1])
    if not isinstance(manifest.get("artifacts", {}), dict):
        assembly.log.note(root.show(file), "has 'artifacts' that are not an object")
    _tell_missing(assembly, root.show(file), manifest.get("missing"))
    artifacts = mapping_of(manifest.get("artifacts")).items()
    for name, artifact in sorted(artifacts, key=_is_not_for_others):
        if not isinstance(artifact, dict):
            assembly.log.note(root.show(file), f"has an artifact {name!r} that is not an object")
            continue
        try:
            _load_artifact(assembly, folder, name, artifact, within)
        except UnreadableFileError as error:
            assembly.log.note(root.show(file), f"artifact {name!r} {error.message}")


def _tell_missing(assembly: Assembly, file: str, missing: Any) -> None:
    """Say which values the app looks up and did not have: CDK writes dummy values into the templates then.

    Source: cloud-assembly-schema, "MissingContext". A manifest repeats what those of the assemblies in it lack.
    """
    entries = missing if isinstance(missing, list) else []
    keys = sorted({key for entry in entries if isinstance(key := mapping_of(entry).get("key"), str)} - assembly.missing)
    if keys:
        assembly.missing.update(keys)
        rest = f" and {len(keys) - 3:,} more" if len(keys) > 3 else ""
        assembly.log.warn(
            file,
            f"the app lacked values that it looks up, and dummy values stand for them: {', '.join(keys[:3])}{rest}; "
            "run `npx cdk synth` with credentials of the account, and commit cdk.context.json",
        )


def _is_not_for_others(artifact: tuple[str, Any]) -> bool:
    """Sorts asset manifests first: a nested stack is found by what they say."""
    return not (isinstance(artifact[1], dict) and artifact[1].get("type") == "cdk:asset-manifest")


def _load_artifact(
    assembly: Assembly, folder: str, name: str, artifact: Mapping[str, Any], within: tuple[str, ...]
) -> None:
    properties = mapping_of(artifact.get("properties"))
    kind = artifact.get("type")
    if kind == "cdk:cloud-assembly":
        below = assembly.root.inside(folder, properties.get("directoryName"), "nested assembly")
        _load_nested_assembly(assembly, below, within)
    elif kind == "cdk:asset-manifest":
        file = properties.get("file")
        if not isinstance(file, str):
            raise UnreadableFileError(folder, "names no asset manifest")
        assembly.assets.manifests[folder, name] = file
    elif kind == "aws:cloudformation:stack":
        file = assembly.root.inside(folder, properties.get("templateFile"), "template")
        account, region = _environment(artifact.get("environment"), f"{folder}\0{name}")
        title = _title(name, artifact)
        stack_name = properties.get("stackName", name)
        stack = Stack(
            name=assembly.name_for(title, os.path.join(folder, name)),
            file=file,
            root=assembly.root,
            log=assembly.log,
            lookup=assembly.exports,
            account=account,
            region=region,
            stack_name=stack_name if isinstance(stack_name, str) else name,
            parameters={**mapping_of(properties.get("parameters")), **assembly.parameters},
            artifact=artifact,
            folder=folder,
            titles=(title, name),
        )
        follow_manifest(stack, properties.get("stackTemplateAssetObjectUrl"), assembly.assets)
        _add(assembly, stack)
    elif "templateFile" in properties:
        found = f"the type {kind!r}" if isinstance(kind, str) else "no type"
        assembly.log.warn_unread(
            assembly.root.show(os.path.join(folder, MANIFEST)),
            f"artifact {name!r} has a template and {found}; only what is of the type 'aws:cloudformation:stack' is "
            "deployed and judged",
        )


def _title(name: str, artifact: Mapping[str, Any]) -> str:
    """What the CDK CLI calls an artifact: its display name, or else its own."""
    shown = artifact.get("displayName")
    return shown if isinstance(shown, str) and shown else name


def _load_nested_assembly(assembly: Assembly, folder: str, within: tuple[str, ...]) -> None:
    real, shown = os.path.realpath(os.path.join(assembly.root.path, folder)), assembly.root.show(folder)
    if real in within:
        raise UnreadableFileError(shown, f"names the nested assembly {shown!r}, which is itself or holds it")
    if len(within) >= MAX_LEVELS:
        raise UnreadableFileError(shown, f"is past the limit of {MAX_LEVELS} assemblies within one another")
    if real not in assembly.folders:  # what two artifacts name is judged once
        _load_manifest(assembly, folder, within)


def _environment(written: Any, owner: str) -> tuple[Str, Str]:
    """Account and region of `aws://123456789012/eu-west-1`; what is unknown-… is a hole of the stack's own."""
    match = _ENVIRONMENT.fullmatch(written) if isinstance(written, str) else None
    account, region = match.groups() if match else ("unknown-account", "unknown-region")
    return (
        Hole("AWS::AccountId", owner, DIGITS, is_input=True) if account == "unknown-account" else account,
        Hole("AWS::Region", owner, REGION_CHARACTERS, is_input=True) if region == "unknown-region" else region,
    )
