"""A cloud assembly: its stacks with their templates and environments, nested stacks, stages, assets and exports.

Driven by `manifest.json`, as `cdk deploy` is; a lone template and a folder of templates are assemblies without one.
Knows where things are; knows nothing of functions, images or rules. Nothing in an assembly is trusted: every file it
names must lie inside it, and what cannot be read is a `Problem` that leaves the rest standing.

Source of the layout: aws-cdk's cloud-assembly-schema (manifest versions 15 to 55) and the assemblies in tests/fixtures.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final, NamedTuple

from imagelint.constructs import ACKNOWLEDGED, Constructs
from imagelint.files import Root, UnreadableFile, parse_as, read
from imagelint.intrinsics import DIGITS, REGION_CHARACTERS, STACK_CHARACTERS, Evaluation, kind_of
from imagelint.model import Problem
from imagelint.scope import Pointer, Scenario, Scope, TemplateError
from imagelint.template import MAX_BYTES, locate, looks_like_json
from imagelint.text import Hole, Str, equal

MAX_STACKS: Final = 10_000
"""Stacks in one assembly, nested ones counted each time they are used."""
MAX_LEVELS: Final = 50
"""Stacks within one another, and assemblies within one another."""
MANIFEST: Final = "manifest.json"
FUNCTION_TYPES: Final = ("AWS::Lambda::Function", "AWS::Serverless::Function")
_SECTIONS: Final = frozenset({"Resources", "Outputs", "Parameters", "Rules", "Mappings", "Conditions", "Transform"})
_TEMPLATE_SUFFIXES: Final = (".json", ".yaml", ".yml", ".template")
_SKIPPED_FOLDERS: Final = frozenset({"node_modules", "__pycache__", "venv"})
_ENVIRONMENT: Final = re.compile(r"aws://([^/]+)/([^/]+)")
_NESTED_TYPE: Final = "AWS::CloudFormation::Stack"
_ASSET: Final = "aws:cdk:asset"
_ASKED: Final = frozenset((_ASSET, ACKNOWLEDGED))
"""The types of metadata that are looked for in every stack that has functions."""
_WRITER_TYPE: Final = "Custom::CrossRegionExportWriter"
_TYPES: Final = frozenset(
    kind.encode()
    for kind in (
        *FUNCTION_TYPES,
        _NESTED_TYPE,
        _WRITER_TYPE,
        "Custom::CrossRegionExportReader",
        "AWS::ECR::Repository",
        "AWS::ECR::RegistryPolicy",
        "AWS::ECR::PullThroughCacheRule",
        "AWS::IAM::Role",
        "AWS::IAM::Policy",
        "AWS::IAM::ManagedPolicy",
        "AWS::IAM::RolePolicy",
        "AWS::CloudFront::Distribution",
        "AWS::SSM::Parameter",
    )
)
_WORDS: Final = frozenset((b"Export", b"ImportValue", b"GetStackOutput"))
_INTERESTING: Final = _TYPES | _WORDS
_TYPE: Final = re.compile(rb'"Type"\s*:\s*"([^"]*)"')
_TEMPLATE_HASH: Final = re.compile(r"/([0-9a-f]{64})\.json")
_EXPORT: Final = re.compile(rb'"Export"\s*:\s*\{\s*"Name"\s*:\s*"([ -!#-\[\]-~]*)"')
_ASCII_ESCAPE: Final = re.compile(rb"\\u00[2-7]")


class DockerAsset(NamedTuple):
    """An image that the assembly publishes, at one of its destinations."""

    repository: str
    """The destination's repository name as the manifest has it, with `${AWS::AccountId}` and the like in it."""
    tag: str
    source: Mapping[str, Any]
    folder: str
    """The folder of the assembly that the source's paths are relative to."""


@dataclass(eq=False)
class Stack:
    """One stack of the assembly: a template in an environment."""

    name: str
    """Its path in the assembly: the display name, for nested stacks with the logical IDs below it."""
    file: str
    """The template, relative to the assembly's folder."""
    root: Root
    assembly: Assembly
    account: Str
    region: Str
    stack_name: Str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    parent: Stack | None = None
    parent_id: str = ""
    artifact: Mapping[str, Any] = field(default_factory=dict)
    folder: str = ""
    """The folder of the manifest that names the stack."""
    data: bytes | None = None
    """The template's text, for a template that has no file."""
    mentions: frozenset[bytes] = _INTERESTING
    """What the template may hold, of the few things that one template looks for in another."""
    exports: frozenset[str] | None = None
    """The names that the template may export, if all of them are literal; None where that cannot be told unparsed."""

    @property
    def shown(self) -> str:
        """The template's path as people are told it."""
        return self.file if self.data is not None else self.root.show(self.file)

    @property
    def names(self) -> tuple[str, ...]:
        """What people may call the stack: its path and its deployed name, and those of the stacks it is nested in."""
        own = (self.name, self.stack_name) if isinstance(self.stack_name, str) else (self.name,)
        return own if self.parent is None else (*own, *self.parent.names)

    def text(self) -> bytes:
        """The template's text. Raises UnreadableFile."""
        return self.root.read(self.file) if self.data is None else self.data

    @property
    def is_yaml(self) -> bool:
        """Whether the template is YAML, to judge by its name or else by its first character."""
        if self.file.endswith((".yaml", ".yml")):
            return True
        return not self.file.endswith(".json") and not looks_like_json(self.text())

    def note_at(self, pointer: Pointer, message: str) -> None:
        """Record a problem of the template, with the line where it stands."""
        self.assembly.note_at(self, pointer, message)

    @cached_property
    def template(self) -> dict[str, Any]:
        """The parsed template; empty, and a problem of the assembly, where it cannot be read."""
        try:
            template = _checked(parse_as(self.text(), self.shown, is_yaml=self.is_yaml), self.shown)
            for pointer, message in _malformed_resources(template):
                self.note_at(pointer, message)
            for name in _written_by_macros(template):
                self.assembly.warn(self.shown, f"{name} makes functions, which are not judged")
            return template
        except UnreadableFile as error:
            self.assembly.note(error.shown, error.message)
            return {}

    @cached_property
    def scope(self) -> Scope:
        """What the names in the template mean."""
        scope = Scope(self.name, self.template, self.account, self.region, self.stack_name, self.parameters)
        scope.find_export = self.assembly.find_export
        scope.find_output = self.assembly.find_output
        scope.find_cross_region = self.assembly.find_cross_region
        if self.parent is not None:
            scope.parent = self.parent.scope
            scope.parameters_at = ("Resources", self.parent_id, "Properties", "Parameters")
        return scope

    @cached_property
    def constructs(self) -> Constructs:
        """The metadata of the stack's constructs; those of a nested stack stand with its outermost parent."""
        if self.parent is not None:
            return self.parent.constructs
        metadata = dict(_mapping(self.artifact.get("metadata")))
        extra = self.artifact.get("additionalMetadataFile")
        if extra is not None:
            try:
                file = self.root.inside(self.folder, extra, "metadata file")
            except UnreadableFile as error:
                self.assembly.note(self._manifest, f"stack {self.name!r} {error.message}")
                return Constructs.read(metadata)
            try:
                metadata.update(self.root.read_json(file))
            except UnreadableFile as error:
                self.assembly.note(error.shown, error.message)
        return Constructs.read(metadata)

    def may_say(self, kind: str) -> bool:
        """Whether the metadata of the stack's constructs can hold an entry of a type, told without parsing a file."""
        if self.parent is not None:
            return self.parent.may_say(kind)
        return kind in self._sayings

    @cached_property
    def _sayings(self) -> frozenset[str]:
        """The types of `_ASKED` that the metadata may have entries of."""
        named = self.artifact.get("additionalMetadataFile")
        if self.artifact.get("metadata"):
            return _ASKED
        try:
            text = b"{}" if named is None else self.root.read(self.root.inside(self.folder, named, "metadata file"))
        except UnreadableFile:  # which `constructs` reports
            return _ASKED
        if _ASCII_ESCAPE.search(text) or not _is_whole(text):
            return _ASKED
        return frozenset(kind for kind in _ASKED if kind.encode() in text)

    @cached_property
    def legacy_assets(self) -> list[DockerAsset]:
        """The images that the stack's metadata publish, as the legacy synthesizer has it."""
        listed = self.constructs.of_type(_ASSET) if self.may_say(_ASSET) else ()
        return [asset for _, data in listed for asset in _legacy_asset(data, self.folder)]

    @property
    def _manifest(self) -> str:
        return self.root.show(os.path.join(self.folder, MANIFEST))

    @property
    def outermost(self) -> Stack:
        """The stack that is deployed: itself, or the one that nests it, however deep."""
        return self if self.parent is None else self.parent.outermost

    def may_hold(self, what: str) -> bool:
        """Whether the template can hold a resource type or a key, told without parsing it where that is possible."""
        asked = what.encode()
        return asked in self.mentions or asked not in _INTERESTING

    @property
    def reaches_out(self) -> bool:
        """Whether the template may know a resource of another stack by more than its name."""
        ways = ("Fn::ImportValue", "Fn::GetStackOutput", "Custom::CrossRegionExportReader", _NESTED_TYPE)
        return self.parent is not None or any(self.may_hold(way.removeprefix("Fn::")) for way in ways)

    @cached_property
    def by_type(self) -> Mapping[str, list[str]]:
        """The logical IDs of the well-formed resources by their types, in order."""
        found: dict[str, list[str]] = {}
        for logical_id, resource in self.resources():
            found.setdefault(resource["Type"], []).append(logical_id)
        return found

    def resources(self) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """The well-formed resources of the template with their logical IDs."""
        for logical_id, resource in _mapping(self.template.get("Resources")).items():
            if not isinstance(resource, dict) or not isinstance(resource.get("Type"), str):
                continue
            if isinstance(resource.get("Properties", {}), dict):
                yield logical_id, resource

    def __repr__(self) -> str:
        return f"<Stack {self.name}>"


class Assembly:
    """What was read from one path: stacks, and the problems met on the way."""

    def __init__(self, root: Root) -> None:
        self.root = root
        self.stacks: list[Stack] = []
        self.names: set[str] = set()
        self.folders: set[str] = set()
        """The folders whose manifests were read, as real paths."""
        self._problems: dict[Problem, None] = {}
        self._unplaced: dict[Stack, dict[tuple[Pointer, str], None]] = {}
        """Problems whose lines are looked up together, since each look reads the whole text."""
        self.warnings: dict[Problem, None] = {}
        self.has_manifest = False
        self._is_naming = False
        """Set while the names of exports are evaluated, which therefore cannot rest on other exports."""
        self._asset_files: dict[str, list[DockerAsset]] = {}
        self._exports: dict[Stack, list[tuple[Stack, Str, Pointer]]] = {}
        self._asset_manifests: dict[tuple[str, str], str] = {}
        """The asset manifests' files, by the folder of the manifest that names them and the artifact's name."""

    def note(self, path: str, message: str) -> None:
        """Record a problem, once."""
        self._problems[Problem(path, message)] = None

    def note_at(self, stack: Stack, pointer: Pointer, message: str) -> None:
        """Record a problem at a place of a stack's template, once."""
        self._unplaced.setdefault(stack, {})[pointer, message] = None

    @property
    def problems(self) -> list[Problem]:
        """What could not be read."""
        while self._unplaced:
            stack, noted = self._unplaced.popitem()
            try:
                places = locate(stack.text(), [pointer for pointer, _ in noted], is_yaml=stack.is_yaml)
            except UnreadableFile as error:  # it was readable a moment ago
                self.note(error.shown, error.message)
                continue
            for pointer, message in noted:
                line, column = places[pointer]
                self.note(f"{stack.shown}:{line}:{column}", message)
        return list(self._problems)

    def warn(self, path: str, message: str) -> None:
        """Record something that was read but not understood, once."""
        self.warnings[Problem(path, message)] = None

    # -- assets ---------------------------------------------------------------------------------------------------

    def docker_assets(self, stack: Stack, tag: str) -> Iterator[DockerAsset]:
        """The images that the assembly publishes with a tag, those of the stack's own asset manifests first."""
        for asset in stack.legacy_assets:
            if asset.tag == tag:
                yield asset
        found = self._assets_by_tag.get(tag, ())
        own = self.asset_manifests_of(stack) if len(found) > 1 else ()
        for _, _, asset in sorted(found, key=lambda each: not (each[0] == stack.folder and each[1] in own)):
            yield asset

    def asset_manifests_of(self, stack: Stack) -> list[str]:
        """The asset manifests that a stack depends on. It may depend on other artifacts too: on other stacks."""
        dependencies = stack.artifact.get("dependencies")
        names = dependencies if isinstance(dependencies, list) else []
        keys = [(stack.folder, name) for name in names if isinstance(name, str)]
        return sorted({self._asset_manifests[key] for key in keys if key in self._asset_manifests})

    @cached_property
    def _assets_by_tag(self) -> dict[str, list[tuple[str, str, DockerAsset]]]:
        """The images by their tags, each with the folder and the name of the asset manifest that has it."""
        found: dict[str, list[tuple[str, str, DockerAsset]]] = {}
        for (folder, _), file in self._asset_manifests.items():
            for asset in self._assets_in(folder, file):
                found.setdefault(asset.tag, []).append((folder, file, asset))
        return found

    @cached_property
    def asset_repositories(self) -> frozenset[str]:
        """The repositories that the assembly publishes to, as its asset manifests name them."""
        return frozenset(
            asset.repository
            for (folder, _), file in self._asset_manifests.items()
            for asset in self._assets_in(folder, file)
        )

    def _assets_in(self, folder: str, file: str) -> list[DockerAsset]:
        key = os.path.join(folder, file)
        if key not in self._asset_files:
            self._asset_files[key] = []
            try:
                inside = self.root.inside(folder, file, "asset manifest")
            except UnreadableFile as error:
                self.note(self.root.show(os.path.join(folder, MANIFEST)), error.message)
                return []
            try:
                self._asset_files[key] = list(_assets(self.root.read_json(inside), folder))
            except UnreadableFile as error:
                self.note(error.shown, error.message)
        return self._asset_files[key]

    # -- exports --------------------------------------------------------------------------------------------------

    def find_export(self, name: Str, importer: Scope) -> tuple[Scope, Pointer] | None:
        """The output that exports a name to the importer: of a stack in the same account and region.

        Where several stacks export the name, as the same stack of two stages may, it is the one of the importer's own
        stage; None where that leaves a choice.
        """
        found = [
            (stack, pointer)
            for stack, exported, pointer in (() if self._is_naming else self._exports_of(name))
            if exported == name and _may_share_environment(stack.scope, importer)
        ]
        home = self.by_name[importer.name].folder
        own = [each for each in found if each[0].folder == home] or found
        return (own[0][0].scope, own[0][1]) if len(own) == 1 else None

    def find_output(
        self, stack_name: Str, output: str, region: Str, is_any_account: bool, reader: Scope
    ) -> tuple[Scope, Pointer] | None:
        """The output that Fn::GetStackOutput reads: by the deployed stack's name, in a region of the reader's account.

        None where no stack or several stacks of the assembly may be meant.
        """
        at = ("Outputs", output, "Value")
        found = [
            stack
            for stack in self.stacks
            if stack.stack_name == stack_name
            and equal(stack.region, region) is not False
            and (is_any_account or equal(stack.account, reader.account) is not False)
            and _has(stack.template, at)
        ]
        return (found[0].scope, at) if len(found) == 1 else None

    def find_cross_region(self, name: str, importer: Scope) -> tuple[Scope, Pointer] | None:
        """What one of CDK's export writers sends, under a name, to the importer's region (crossRegionReferences)."""
        found = [
            (stack.scope, (*at, name))
            for stack, at, region in (() if self._is_naming else self._writers)
            if _has(stack.template, (*at, name)) and region == importer.region
        ]
        return found[0] if len(found) == 1 else None

    @cached_property
    def by_name(self) -> dict[str, Stack]:
        """The stacks by their names."""
        return {stack.name: stack for stack in self.stacks}

    def _exports_of(self, name: Str) -> Iterator[tuple[Stack, Str, Pointer]]:
        """The exports that may have a name. A template whose export names are all literal is not parsed for others."""
        literal = name if isinstance(name, str) else None
        for stack in (*self._exporters.get(literal, ()), *self._exporters.get(None, ())):
            if stack not in self._exports:
                self._exports[stack] = list(self._exports_in(stack))
            yield from self._exports[stack]

    @cached_property
    def _exporters(self) -> dict[str | None, list[Stack]]:
        """The stacks by the literal names that they export; those with other names at None."""
        found: dict[str | None, list[Stack]] = {}
        for stack in self.stacks:
            for name in [None] if stack.exports is None else stack.exports:
                found.setdefault(name, []).append(stack)
        return found

    def _exports_in(self, stack: Stack) -> Iterator[tuple[Stack, Str, Pointer]]:
        for output, written in _mapping(stack.template.get("Outputs")).items():
            export = _mapping(_mapping(written).get("Export"))
            if "Name" in export:
                name = self._steady(stack, export["Name"], ("Outputs", output, "Export", "Name"))
                yield stack, name, ("Outputs", output, "Value")

    @cached_property
    def _writers(self) -> list[tuple[Stack, Pointer, Str]]:
        writers: list[tuple[Stack, Pointer, Str]] = []
        for stack in self.stacks:
            for logical_id, resource in stack.resources() if stack.may_hold(_WRITER_TYPE) else ():
                if resource["Type"] == _WRITER_TYPE:
                    at = ("Resources", logical_id, "Properties", "WriterProps")
                    region = _mapping(_mapping(resource.get("Properties")).get("WriterProps")).get("region")
                    writers.append((stack, (*at, "exports"), self._steady(stack, region, (*at, "region"))))
        return writers

    def _steady(self, stack: Stack, written: Any, at: Pointer) -> Str:
        """A name that is the same in every scenario; a hole where it is not, or cannot be evaluated."""
        self._is_naming = True
        try:
            return Evaluation(Scenario(exhausted=True)).text(written, stack.scope, at)
        except TemplateError as error:
            stack.note_at(error.pointer, error.message)
            return Hole("an error", stack.name)
        finally:
            self._is_naming = False


def _has(template: Mapping[str, Any], pointer: Pointer) -> bool:
    value: Any = template
    for key in pointer:
        if not isinstance(value, dict) or key not in value:
            return False
        value = value[key]
    return True


def _may_share_environment(one: Scope, other: Scope) -> bool:
    """Whether two stacks may be in one account and region: nothing that is known of them differs."""
    return equal(one.account, other.account) is not False and equal(one.region, other.region) is not False


# -- loading ------------------------------------------------------------------------------------------------------


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
    stack.mentions = _mentions(stack, data)
    if stack.mentions != _INTERESTING:
        stack.exports = _literal_exports(data) if b"Export" in stack.mentions else frozenset()
    if any(stack.may_hold(kind) for kind in (*FUNCTION_TYPES, _NESTED_TYPE)):
        _add_nested(assembly, stack)


def _mentions(stack: Stack, data: bytes) -> frozenset[bytes]:
    """What a template may hold: everything, unless it is JSON that is whole and spells no ASCII letter as an escape."""
    if stack.data is not None or not stack.file.endswith(".json"):
        return _INTERESTING
    if _ASCII_ESCAPE.search(data):
        return _INTERESTING
    if not _is_whole(data):
        return _INTERESTING
    return _TYPES.intersection(_TYPE.findall(data)).union(word for word in _WORDS if word in data)


def _is_whole(data: bytes) -> bool:
    """Whether nothing seems to be cut off. In the indented form that CDK writes only the last brace begins a line."""
    body = data.strip()
    if body.startswith(b"{\n ") and body.endswith(b"\n}"):
        return True
    whole = body.startswith(b"{") and body.endswith(b"}")
    return whole and body.count(b"{") == body.count(b"}") and body.count(b"[") == body.count(b"]")


def _literal_exports(data: bytes) -> frozenset[str] | None:
    """The names of a whole JSON template's exports; None unless every one is a string without escapes."""
    start = data.find(b'"Export"')  # of the Outputs, which CDK writes behind the Resources
    names = _EXPORT.findall(data, start)
    return frozenset(map(bytes.decode, names)) if len(names) == data.count(b'"Export"', start) else None


def _add_nested(assembly: Assembly, stack: Stack) -> None:
    for logical_id, resource in stack.resources():
        if resource["Type"] != _NESTED_TYPE:
            continue
        asset = _mapping(resource.get("Metadata")).get("aws:asset:path") or _by_url(assembly, stack, resource)
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
            _mapping(_mapping(resource.get("Properties")).get("Parameters")),
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
    url = _TEMPLATE_HASH.search(json.dumps(_mapping(resource.get("Properties")).get("TemplateURL")))
    if url is None:
        return None
    for file in assembly.asset_manifests_of(stack):
        try:
            manifest = assembly.root.read_json(assembly.root.inside(stack.folder, file, "asset manifest"))
        except UnreadableFile as error:
            assembly.note(error.shown, error.message)
            continue
        source = _mapping(_mapping(_mapping(manifest.get("files")).get(url.group(1))).get("source"))
        if "path" in source:
            return source["path"]
    return None


def _nested_name(stack: Stack, logical_id: str, resource: Mapping[str, Any]) -> str:
    """The nested stack's construct path, which CDK writes as `App/Jobs.NestedStack/Jobs.NestedStackResource`."""
    path = _mapping(resource.get("Metadata")).get("aws:cdk:path")
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
        manifest = root.read_json(root.inside(folder, MANIFEST, "manifest"))
    except UnreadableFile as error:
        assembly.note(error.shown, error.message)
        return
    within = (*within, os.path.realpath(os.path.join(root.path, folder)))
    assembly.folders.add(within[-1])
    if not isinstance(manifest.get("artifacts", {}), dict):
        assembly.note(root.show(file), "has 'artifacts' that are not an object")
    artifacts = _mapping(manifest.get("artifacts")).items()
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
    properties = _mapping(artifact.get("properties"))
    kind = artifact.get("type")
    if kind == "cdk:cloud-assembly":
        below = assembly.root.inside(folder, properties.get("directoryName"), "nested assembly")
        _load_nested_assembly(assembly, below, within)
    elif kind == "cdk:asset-manifest":
        file = properties.get("file")
        if not isinstance(file, str):
            raise UnreadableFile(folder, "names no asset manifest")
        assembly._asset_manifests[folder, name] = file
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
            _mapping(properties.get("parameters")),
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


def _checked(template: Any, shown: str) -> dict[str, Any]:
    if not isinstance(template, dict):
        raise UnreadableFile(shown, f"is not a template: it is {kind_of(template)}, not an object")
    resources = template.get("Resources", {})
    if not isinstance(resources, dict):
        raise UnreadableFile(shown, "is not a template: its Resources are not an object")
    return template


def _written_by_macros(template: Mapping[str, Any]) -> Iterator[str]:
    """The loops that make Lambda functions when the template is deployed (AWS::LanguageExtensions)."""
    for name, entry in _mapping(template.get("Resources")).items():
        if name.startswith("Fn::ForEach::") and any(kind in json.dumps(entry) for kind in FUNCTION_TYPES):
            yield name


def _malformed_resources(template: Mapping[str, Any]) -> Iterator[tuple[Pointer, str]]:
    for logical_id, resource in _mapping(template.get("Resources")).items():
        if logical_id == "Fn::Transform" or (logical_id.startswith("Fn::ForEach::") and template.get("Transform")):
            continue
        at = ("Resources", logical_id)
        if not isinstance(resource, dict):
            yield at, "the resource is not an object"
        elif not isinstance(resource.get("Type"), str):
            yield at, "the resource has no Type"
        elif not isinstance(resource.get("Properties", {}), dict):
            yield (*at, "Properties"), "the resource's Properties are not an object"


def _assets(manifest: Mapping[str, Any], folder: str) -> Iterator[DockerAsset]:
    for image in _mapping(manifest.get("dockerImages")).values():
        source = _mapping(_mapping(image).get("source"))
        for destination in _mapping(_mapping(image).get("destinations")).values():
            repository, tag = _mapping(destination).get("repositoryName"), _mapping(destination).get("imageTag")
            if isinstance(repository, str) and isinstance(tag, str):
                yield DockerAsset(repository, tag, source, folder)


def _legacy_asset(data: Any, folder: str) -> Iterator[DockerAsset]:
    """An asset of the legacy synthesizer, which writes no asset manifest but metadata of the stack."""
    data = _mapping(data)
    if data.get("packaging") != "container-image":
        return
    tag = data.get("imageTag", data.get("sourceHash"))
    repository = data.get("repositoryName", "aws-cdk/assets")
    if isinstance(repository, str) and isinstance(tag, str):
        names = {
            "path": "directory",
            "file": "dockerFile",
            "target": "dockerBuildTarget",
            "buildArgs": "dockerBuildArgs",
        }
        source = {names.get(key, key): value for key, value in data.items()}
        yield DockerAsset(repository, tag, source, folder)


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
