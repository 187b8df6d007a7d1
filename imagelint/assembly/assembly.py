"""A cloud assembly: its stacks with their templates and environments, their assets and exports.

Knows where things are; knows nothing of functions, images or rules. What cannot be read is a `Problem`.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final, NamedTuple

from imagelint.assembly.constructs import ACKNOWLEDGED, Constructs
from imagelint.assembly.prescan import FUNCTION_TYPES, INTERESTING, NESTED_TYPE, WRITER_TYPE, words_in
from imagelint.cloudformation.evaluation import Evaluation, kind_of
from imagelint.cloudformation.scope import Scenario, Scope, TemplateError, mapping_of
from imagelint.documents.files import Root, UnreadableFile, parse_as
from imagelint.documents.parsing import locate, looks_like_json
from imagelint.documents.pointer import Pointer
from imagelint.model import Problem
from imagelint.text.holes import Hole, Str, equal

MANIFEST: Final = "manifest.json"
_MAX_TOLD: Final = 100
"""Problems of one template that are told one by one."""
_ASSET: Final = "aws:cdk:asset"
_ASKED: Final = frozenset((_ASSET, ACKNOWLEDGED))
"""The types of metadata that are looked for in every stack that has functions."""


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
    mentions: frozenset[bytes] = INTERESTING
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
        metadata = dict(mapping_of(self.artifact.get("metadata")))
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
        return kind in self._sayings or kind not in _ASKED

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
        return words_in(text, _ASKED)

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
        return asked in self.mentions or asked not in INTERESTING

    @property
    def reaches_out(self) -> bool:
        """Whether the template may know a resource of another stack by more than its name."""
        ways = ("Fn::ImportValue", "Fn::GetStackOutput", "Custom::CrossRegionExportReader", NESTED_TYPE)
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
        for logical_id, resource in mapping_of(self.template.get("Resources")).items():
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
        self.asset_manifests: dict[tuple[str, str], str] = {}
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
            stack, unplaced = self._unplaced.popitem()
            noted = list(unplaced)[:_MAX_TOLD]
            if len(unplaced) > len(noted):
                self.note(
                    stack.shown, f"has {len(unplaced) - len(noted):,} more problems than the {_MAX_TOLD} told here"
                )
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
        return sorted({self.asset_manifests[key] for key in keys if key in self.asset_manifests})

    @cached_property
    def _assets_by_tag(self) -> dict[str, list[tuple[str, str, DockerAsset]]]:
        """The images by their tags, each with the folder and the name of the asset manifest that has it."""
        found: dict[str, list[tuple[str, str, DockerAsset]]] = {}
        for (folder, _), file in self.asset_manifests.items():
            for asset in self._assets_in(folder, file):
                found.setdefault(asset.tag, []).append((folder, file, asset))
        return found

    @cached_property
    def asset_repositories(self) -> frozenset[str]:
        """The repositories that the assembly publishes to, as its asset manifests name them."""
        return frozenset(
            asset.repository
            for (folder, _), file in self.asset_manifests.items()
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
        for output, written in mapping_of(stack.template.get("Outputs")).items():
            export = mapping_of(mapping_of(written).get("Export"))
            if "Name" in export:
                name = self._steady(stack, export["Name"], ("Outputs", output, "Export", "Name"))
                yield stack, name, ("Outputs", output, "Value")

    @cached_property
    def _writers(self) -> list[tuple[Stack, Pointer, Str]]:
        writers: list[tuple[Stack, Pointer, Str]] = []
        for stack in self.stacks:
            for logical_id, resource in stack.resources() if stack.may_hold(WRITER_TYPE) else ():
                if resource["Type"] == WRITER_TYPE:
                    at = ("Resources", logical_id, "Properties", "WriterProps")
                    region = mapping_of(mapping_of(resource.get("Properties")).get("WriterProps")).get("region")
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


def _checked(template: Any, shown: str) -> dict[str, Any]:
    if not isinstance(template, dict):
        raise UnreadableFile(shown, f"is not a template: it is {kind_of(template)}, not an object")
    resources = template.get("Resources", {})
    if not isinstance(resources, dict):
        raise UnreadableFile(shown, "is not a template: its Resources are not an object")
    return template


def _written_by_macros(template: Mapping[str, Any]) -> Iterator[str]:
    """The loops that make Lambda functions when the template is deployed (AWS::LanguageExtensions)."""
    for name, entry in mapping_of(template.get("Resources")).items():
        if name.startswith("Fn::ForEach::") and any(kind in json.dumps(entry) for kind in FUNCTION_TYPES):
            yield name


def _malformed_resources(template: Mapping[str, Any]) -> Iterator[tuple[Pointer, str]]:
    for logical_id, resource in mapping_of(template.get("Resources")).items():
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
    for image in mapping_of(manifest.get("dockerImages")).values():
        source = mapping_of(mapping_of(image).get("source"))
        for destination in mapping_of(mapping_of(image).get("destinations")).values():
            repository, tag = mapping_of(destination).get("repositoryName"), mapping_of(destination).get("imageTag")
            if isinstance(repository, str) and isinstance(tag, str):
                yield DockerAsset(repository, tag, source, folder)


def _legacy_asset(data: Any, folder: str) -> Iterator[DockerAsset]:
    """An asset of the legacy synthesizer, which writes no asset manifest but metadata of the stack."""
    data = mapping_of(data)
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
