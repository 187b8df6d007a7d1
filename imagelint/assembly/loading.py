"""Reading a cloud assembly: the stacks that its manifest names, those nested in them, and assemblies nested in it.

Driven by `manifest.json`, as `cdk deploy` is; a lone template and a folder of templates are assemblies without one.
Nothing in an assembly is trusted: every file it names must lie inside it, and what cannot be read is a `Problem` that
leaves the rest standing.

Source of the layout: aws-cdk's cloud-assembly-schema (manifest versions 15 to 55) and the assemblies in tests/fixtures.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Mapping
from typing import Any, Final

from imagelint.assembly.assembly import MANIFEST, Assembly, Stack
from imagelint.assembly.prescan import FUNCTION_TYPES, INTERESTING, NESTED_TYPE, literal_exports, mentions
from imagelint.cloudformation.evaluation import DIGITS, REGION_CHARACTERS, STACK_CHARACTERS
from imagelint.cloudformation.scope import mapping_of
from imagelint.documents.files import Root, UnreadableFile, read
from imagelint.documents.parsing import MAX_BYTES
from imagelint.text.holes import Hole, Str

MAX_STACKS: Final = 10_000
"""Stacks in one assembly, nested ones counted each time they are used."""
MAX_LEVELS: Final = 50
"""Stacks within one another, and assemblies within one another."""
_SECTIONS: Final = frozenset({"Resources", "Outputs", "Parameters", "Rules", "Mappings", "Conditions", "Transform"})
_TEMPLATE_SUFFIXES: Final = (".json", ".yaml", ".yml", ".template")
_SKIPPED_FOLDERS: Final = frozenset({"node_modules", "__pycache__", "venv"})
_ENVIRONMENT: Final = re.compile(r"aws://([^/]+)/([^/]+)")
_TEMPLATE_HASH: Final = re.compile(r"/([0-9a-f]{64})\.json")


def load(path: str | os.PathLike[str] = "cdk.out", *, shown_as: str | None = None) -> Assembly:
    """Read a cloud assembly, a template (JSON or YAML), a folder of templates, or standard input (`-`).

    Reports name a folder as `path` does, or as `shown_as`. Never raises for what it reads: what cannot be read is in
    `problems`.
    """
    shown = os.fspath(path)
    if shown == "-":
        return load_text(sys.stdin.buffer.read(MAX_BYTES + 1))
    if os.path.basename(shown) == MANIFEST:  # what a cloud assembly is known by stands for the assembly
        shown = os.path.dirname(shown) or "."
    if os.path.isdir(shown):
        assembly = Assembly(Root(shown, shown if shown_as is None else shown_as))
        _load_folder(assembly)
    else:
        folder, name = os.path.split(shown)
        assembly = Assembly(Root(folder or os.curdir, folder))
        if os.path.exists(shown):
            _add_template(assembly, name, None)
            _demand_template(assembly)
        else:
            assembly.note(shown or "''", _NOT_THERE)
    return assembly


def load_text(text: bytes) -> Assembly:
    """Read a template (JSON or YAML) that has no file. Never raises for what it reads."""
    assembly = Assembly(Root(os.curdir, ""))
    _add_template(assembly, "-", text)
    _demand_template(assembly)
    return assembly


def _demand_template(assembly: Assembly) -> None:
    """A file that is named as a template has to be one, by a section of it; a stack of CDK may have no Resources."""
    for stack in assembly.stacks[:1]:
        if not assembly.problems and not _SECTIONS & stack.template.keys():
            assembly.note(stack.shown, "is not a template: it has no Resources, nor any other section of one")


_NOT_THERE: Final = "is not there; write a cloud assembly with `npx cdk synth`, or name another path"


def _load_folder(assembly: Assembly) -> None:
    root = assembly.root
    if os.path.isfile(os.path.join(root.path, MANIFEST)):
        assembly.has_manifest = True
        _load_manifest(assembly, "", ())
        return

    def cannot_enter(error: OSError) -> None:
        assembly.note(root.show(os.path.relpath(error.filename, root.path)), f"cannot be read: {error.strerror}")

    for folder, folders, files in os.walk(root.path, onerror=cannot_enter):
        folders[:] = sorted(name for name in folders if not name.startswith((".", "asset.")))
        folders[:] = [name for name in folders if name not in _SKIPPED_FOLDERS]
        if MANIFEST in files and _is_cloud_assembly(os.path.join(folder, MANIFEST)):
            folders.clear()
            _load_manifest(assembly, os.path.relpath(folder, root.path), ())
            continue
        for name in sorted(files):
            if name.endswith(_TEMPLATE_SUFFIXES):
                _add_if_template(assembly, os.path.relpath(os.path.join(folder, name), root.path))
    if not assembly.stacks and not assembly.problems:
        assembly.note(root.shown, "holds neither a manifest.json nor a template; write them with `npx cdk synth`")


def _is_cloud_assembly(manifest: str) -> bool:
    """Whether a manifest.json is a cloud assembly's: web apps have files of that name too."""
    try:
        return b'"artifacts"' in read(manifest, manifest)
    except UnreadableFile:
        return False


def _add_if_template(assembly: Assembly, file: str) -> None:
    """Take a file of a folder without manifest for a template when it has what templates have."""
    try:
        file = assembly.root.inside("", file, "template")
        data = assembly.root.read(file)
    except UnreadableFile as error:
        assembly.note(error.shown, error.message)
        return
    if b"Resources" in data and (b"AWS::" in data or b"\\u" in data):
        _add_template(assembly, file, None)


def _add_template(assembly: Assembly, file: str, data: bytes | None) -> None:
    stack = Stack(
        file.replace(os.sep, "/"),
        file,
        assembly.root,
        assembly,
        account=Hole("AWS::AccountId", file, DIGITS, is_input=True),
        region=Hole("AWS::Region", file, REGION_CHARACTERS, is_input=True),
        stack_name=Hole("AWS::StackName", file, STACK_CHARACTERS),
        folder=os.path.dirname(file),
        data=data,
    )
    _add(assembly, stack)


def _add(assembly: Assembly, stack: Stack) -> None:
    """Take in a stack and the nested stacks below it."""
    if len(assembly.stacks) >= MAX_STACKS:
        assembly.note(
            assembly.root.shown, f"has more than {MAX_STACKS:,} stacks; those past that number are not judged"
        )
        return
    try:
        data = stack.text()
    except UnreadableFile as error:
        assembly.note(error.shown, error.message)
        return
    if stack.name in assembly.names:
        stack.name = f"{stack.name} ({stack.shown}, {len(assembly.stacks)})"
    assembly.names.add(stack.name)
    assembly.stacks.append(stack)
    if stack.data is None and stack.file.endswith(".json"):
        stack.mentions = mentions(data)
    if stack.mentions != INTERESTING:
        stack.exports = literal_exports(data) if b"Export" in stack.mentions else frozenset()
    if any(stack.may_hold(kind) for kind in (*FUNCTION_TYPES, NESTED_TYPE)):
        _add_nested(assembly, stack)


def _add_nested(assembly: Assembly, stack: Stack) -> None:
    for logical_id, resource in stack.resources():
        if resource["Type"] != NESTED_TYPE:
            continue
        asset = mapping_of(resource.get("Metadata")).get("aws:asset:path") or _by_url(assembly, stack, resource)
        if asset is None:
            continue
        try:
            file = stack.root.inside(os.path.dirname(stack.file), asset, "nested stack's template")
        except UnreadableFile as error:
            assembly.note(stack.shown, error.message)
            continue
        ancestors = [stack]
        while ancestors[-1].parent is not None:
            ancestors.append(ancestors[-1].parent)
        if any(ancestor.file == file for ancestor in ancestors):
            assembly.note(stack.shown, f"nests {file!r}, which is itself or one of the stacks that nest it")
            continue
        if len(ancestors) >= MAX_LEVELS:
            assembly.note(stack.shown, f"nests {file!r}, past the limit of {MAX_LEVELS} stacks within one another")
            continue
        name = _nested_name(stack, logical_id, resource)
        nested = Stack(
            name,
            file,
            stack.root,
            assembly,
            stack.account,
            stack.region,
            Hole("AWS::StackName", name, STACK_CHARACTERS),
            mapping_of(mapping_of(resource.get("Properties")).get("Parameters")),
            parent=stack,
            parent_id=logical_id,
            artifact=stack.artifact,
            folder=stack.folder,
        )
        before = len(assembly.stacks)
        _add(assembly, nested)
        if len(assembly.stacks) > before:
            stack.scope.nested[logical_id] = nested.scope


def _by_url(assembly: Assembly, stack: Stack, resource: Mapping[str, Any]) -> Any:
    """The template whose hash a nested stack's TemplateURL ends with; asset metadata say it too where they are on."""
    url = _TEMPLATE_HASH.search(json.dumps(mapping_of(resource.get("Properties")).get("TemplateURL")))
    if url is None:
        return None
    for file in assembly.asset_manifests_of(stack):
        try:
            manifest = assembly.root.read_json(assembly.root.inside(stack.folder, file, "asset manifest"))
        except UnreadableFile as error:
            assembly.note(error.shown, error.message)
            continue
        source = mapping_of(mapping_of(mapping_of(manifest.get("files")).get(url.group(1))).get("source"))
        if "path" in source:
            return source["path"]
    return None


def _nested_name(stack: Stack, logical_id: str, resource: Mapping[str, Any]) -> str:
    """The nested stack's construct path, which CDK writes as `App/Jobs.NestedStack/Jobs.NestedStackResource`."""
    path = mapping_of(resource.get("Metadata")).get("aws:cdk:path")
    construct, dot, _ = path.partition(".NestedStack/") if isinstance(path, str) else ("", "", "")
    name = construct if dot else f"{stack.name}/{logical_id}"
    return f"{stack.name}/{logical_id}" if name in stack.assembly.names else name


def _load_manifest(assembly: Assembly, folder: str, within: tuple[str, ...]) -> None:
    """Take in the stacks that a folder's manifest names, and those of the assemblies nested in it (stages).

    `within` are the real paths of the assemblies that it is nested in.
    """
    root = assembly.root
    file = os.path.join(folder, MANIFEST)
    try:
        manifest = root.read_json(root.inside(folder, MANIFEST, "manifest"), strict=True)
    except UnreadableFile as error:
        assembly.note(error.shown, error.message)
        return
    within = (*within, os.path.realpath(os.path.join(root.path, folder)))
    assembly.folders.add(within[-1])
    if not isinstance(manifest.get("artifacts", {}), dict):
        assembly.note(root.show(file), "has 'artifacts' that are not an object")
    artifacts = mapping_of(manifest.get("artifacts")).items()
    for name, artifact in sorted(artifacts, key=_is_not_for_others):
        if not isinstance(artifact, dict):
            assembly.note(root.show(file), f"has an artifact {name!r} that is not an object")
            continue
        try:
            _load_artifact(assembly, folder, name, artifact, within)
        except UnreadableFile as error:
            assembly.note(root.show(file), f"artifact {name!r} {error.message}")


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
            raise UnreadableFile(folder, "names no asset manifest")
        assembly.asset_manifests[folder, name] = file
    elif kind == "aws:cloudformation:stack":
        file = assembly.root.inside(folder, properties.get("templateFile"), "template")
        account, region = _environment(artifact.get("environment"), os.path.join(folder, name))
        shown = artifact.get("displayName")
        stack_name = properties.get("stackName", name)
        stack = Stack(
            shown if isinstance(shown, str) and shown else name,
            file,
            assembly.root,
            assembly,
            account,
            region,
            stack_name if isinstance(stack_name, str) else name,
            mapping_of(properties.get("parameters")),
            artifact=artifact,
            folder=folder,
        )
        _add(assembly, stack)


def _load_nested_assembly(assembly: Assembly, folder: str, within: tuple[str, ...]) -> None:
    real, shown = os.path.realpath(os.path.join(assembly.root.path, folder)), assembly.root.show(folder)
    if real in within:
        raise UnreadableFile(shown, f"names the nested assembly {shown!r}, which is itself or holds it")
    if len(within) >= MAX_LEVELS:
        raise UnreadableFile(shown, f"is past the limit of {MAX_LEVELS} assemblies within one another")
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
