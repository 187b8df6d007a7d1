"""The images that an assembly publishes, as its asset manifests have it, or the metadata of older versions' stacks.

Sources: aws-cdk's cloud-assembly-schema, "DockerImageAsset" and "ContainerImageAssetMetadataEntry".
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any, NamedTuple

from imagelint.assembly.constructs import ASSET
from imagelint.assembly.problems import Problems
from imagelint.assembly.stack import MANIFEST, Stack
from imagelint.cloudformation.scope import mapping_of
from imagelint.documents.files import Root, UnreadableFileError


class DockerAsset(NamedTuple):
    """An image that the assembly publishes, at one of its destinations."""

    repository: str
    """The destination's repository name as the manifest has it, with `${AWS::AccountId}` and the like in it."""
    tag: str
    source: Mapping[str, Any]
    folder: str
    """The folder of the assembly that the source's paths are relative to."""


class Assets:
    """The images of one assembly. Its asset manifests are read when they are first asked for."""

    def __init__(self, root: Root, log: Problems) -> None:
        self.manifests: dict[tuple[str, str], str] = {}
        """The asset manifests' files, by the folder of the manifest that names them and the artifact's name."""
        self._root = root
        self._log = log
        self._read: dict[tuple[str, str], list[DockerAsset]] = {}
        self._legacy: dict[Stack, list[DockerAsset]] = {}

    def tagged(self, tag: str, stack: Stack) -> Iterator[DockerAsset]:
        """The images that are published with a tag, those of the stack's own metadata and asset manifests first."""
        for asset in self.legacy_of(stack):
            if asset.tag == tag:
                yield asset
        found = self._by_tag.get(tag, ())
        own = self.manifests_of(stack) if len(found) > 1 else ()
        for _, _, asset in sorted(found, key=lambda each: not (each[0] == stack.folder and each[1] in own)):
            yield asset

    def manifests_of(self, stack: Stack) -> list[str]:
        """The asset manifests that a stack depends on. It may depend on other artifacts too: on other stacks."""
        dependencies = stack.artifact.get("dependencies")
        names = dependencies if isinstance(dependencies, list) else []
        keys = [(stack.folder, name) for name in names if isinstance(name, str)]
        return sorted({self.manifests[key] for key in keys if key in self.manifests})

    @cached_property
    def repositories(self) -> frozenset[str]:
        """The repositories that the assembly publishes to, as its asset manifests name them."""
        return frozenset(
            asset.repository for (folder, _), file in self.manifests.items() for asset in self._in(folder, file)
        )

    def legacy_of(self, stack: Stack) -> list[DockerAsset]:
        """The images that the stack's metadata publish, as the legacy synthesizer has it."""
        if stack not in self._legacy:
            listed = stack.constructs_with(ASSET).of_type(ASSET)
            self._legacy[stack] = [asset for _, data in listed for asset in _legacy_asset(data, stack.folder)]
        return self._legacy[stack]

    @cached_property
    def _by_tag(self) -> dict[str, list[tuple[str, str, DockerAsset]]]:
        """The images by their tags, each with the folder and the name of the asset manifest that has it."""
        found: dict[str, list[tuple[str, str, DockerAsset]]] = {}
        for (folder, _), file in self.manifests.items():
            for asset in self._in(folder, file):
                found.setdefault(asset.tag, []).append((folder, file, asset))
        return found

    def _in(self, folder: str, file: str) -> list[DockerAsset]:
        if (folder, file) not in self._read:
            self._read[folder, file] = []
            try:
                inside = self._root.inside(folder, file, "asset manifest")
            except UnreadableFileError as error:
                self._log.note(self._root.show(os.path.join(folder, MANIFEST)), error.message)
                return []
            try:
                self._read[folder, file] = list(_assets(self._root.read_json(inside), folder))
            except UnreadableFileError as error:
                self._log.note_unread(error)
        return self._read[folder, file]


def _assets(manifest: Mapping[str, Any], folder: str) -> Iterator[DockerAsset]:
    for image in mapping_of(manifest.get("dockerImages")).values():
        source = mapping_of(mapping_of(image).get("source"))
        for destination in mapping_of(mapping_of(image).get("destinations")).values():
            repository, tag = mapping_of(destination).get("repositoryName"), mapping_of(destination).get("imageTag")
            if isinstance(repository, str) and isinstance(tag, str):
                yield DockerAsset(repository=repository, tag=tag, source=source, folder=folder)


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
        yield DockerAsset(repository=repository, tag=tag, source=source, folder=folder)
