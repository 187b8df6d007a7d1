"""What an assembly publishes, as its asset manifests have it, or the metadata of older versions' stacks.

Images, and the files that templates are uploaded as. Sources: aws-cdk's cloud-assembly-schema, "DockerImageAsset",
"FileAsset" and "ContainerImageAssetMetadataEntry"; cdk-assets-lib, `AssetManifest` (a source is relative to the asset
manifest that names it) and `replaceAwsPlaceholders`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Final

from imagelint.assembly.constructs import ASSET
from imagelint.assembly.problems import Problems
from imagelint.assembly.stack import MANIFEST, Stack
from imagelint.cloudformation.evaluation import Evaluation
from imagelint.cloudformation.scenario import Scenario
from imagelint.cloudformation.scope import Expression, TemplateError, mapping_of
from imagelint.cloudformation.values import as_text
from imagelint.documents.files import Root, UnreadableFileError
from imagelint.memo import Memo
from imagelint.record import Record
from imagelint.text.holes import Hole, Str, render

CONTENT_HASH: Final = r"(?s)(?:.*[^0-9a-f])?[0-9a-f]{64}"
"""What the tags of CDK's assets end with: the hash of their source, behind an optional prefix (dockerTagPrefix)."""
_ROLE: Final = r"(?s)arn:[^:]*(?:::[^:]*)?:iam::([^:]*(?:::[^:]*)?):role/.*"
"""A role's ARN; the account in it may be a placeholder, `${AWS::AccountId}`."""


class DockerAsset(Record):
    """An image that the assembly publishes, at one of its destinations."""

    repository: str
    """The destination's repository name as the manifest has it, with `${AWS::AccountId}` and the like in it."""
    tag: str
    source: Mapping[str, Any]
    folder: str
    """The folder of the assembly that the source's paths are relative to."""
    region: str | None = None
    """The destination's region; None for that of the stack."""
    account: str | None = None
    """The account of the role that publishes it; None for that of the stack."""


class FileAsset(Record):
    """A file that the assembly uploads, at one of its destinations."""

    bucket: str
    """The destination's bucket as the manifest has it, with `${AWS::AccountId}` and the like in it."""
    key: str
    path: str | None
    """What is uploaded, relative to `folder`; None for what a command makes when it is uploaded."""
    folder: str


class Uploads(Record):
    """The files that are uploaded to one URL, of one content where there are several and none differs."""

    files: frozenset[str]
    first: str
    differing: str | None
    """The first of them that holds something else than the first one."""
    by_folder: Mapping[str, str]
    """The first of them that a folder's asset manifests name."""


class _Published(Record):
    """What one asset manifest publishes."""

    images: Sequence[DockerAsset] = ()
    files: Sequence[FileAsset] = ()


MAX_ALIKE: Final = 250
"""Places that a reference is compared with one by one: repositories of one name, or with placeholders in their names,
in several accounts and regions. An app has as many as bootstrap stacks; where there are more, nothing is known."""

MAX_FILES_ALIKE: Final = 500
"""Files whose places have placeholders and end alike, as those of one content in all stages of an app do, that are
compared with a URL one by one. Where there are more, nothing is known of what is there."""


class ImagesByPlace(Record):
    """Images by the repositories that they are sent to, one for each place: repository, region and account."""

    literal: Mapping[str, Sequence[DockerAsset]]
    open: Sequence[DockerAsset]
    """Those sent to repositories with a placeholder in their names."""

    def alike(self, repository: Str) -> Sequence[DockerAsset] | None:
        """Those that may be sent to a repository; None where these are too many to be looked at."""
        literal = [self.literal.get(repository, ())] if isinstance(repository, str) else self.literal.values()
        found = [*literal, self.open]
        return [each for some in found for each in some] if sum(map(len, found)) <= MAX_ALIKE else None


class Assets(Memo):
    """The images of one assembly. Its asset manifests are read when they are first asked for."""

    def __init__(self, root: Root, log: Problems) -> None:
        super().__init__()
        self.manifests: dict[tuple[str, str], str] = {}
        """The asset manifests' files, by the folder of the manifest that names them and the artifact's name."""
        self._root = root
        self._log = log
        self._read: dict[tuple[str, str], _Published] = {}
        self._legacy: dict[Stack, list[DockerAsset]] = {}
        self._legacy_by_place: dict[Stack, ImagesByPlace] = {}
        self._own: dict[Stack, Sequence[tuple[str, str]]] = {}
        self._tagged: dict[Stack | tuple[str, str], Mapping[str, ImagesByPlace]] = {}
        """By their tags the images of a stack's metadata, and of an asset manifest with its folder."""
        self._legacy_files: dict[Stack, dict[str, str]] = {}
        """The files of the legacy synthesizer by the parameters that their keys are passed on in."""
        self._indexed = 0
        """How many of the asset manifests the following have."""
        self._literal: dict[str, list[FileAsset]] = {}
        """The files by what they are uploaded to, BUCKET/KEY, where no placeholder is in it."""
        self._open: dict[str, list[FileAsset]] = {}
        """The others by the last part of their keys."""
        self._uploads: dict[tuple[str, ...], Uploads | UnreadableFileError | None] = {}
        """The answers so far, by BUCKET/KEY and environment: all stages of an app may ask for the same one."""

    def tagged(self, tag: str, repository: Str, stack: Stack) -> Sequence[DockerAsset] | None:
        """The images that are published with a tag, perhaps to a repository; None where these are too many.

        Those of the stack's own metadata and asset manifests come first.
        """
        own = self._manifests_of(stack)
        if stack not in self._tagged:
            self._tagged[stack] = _by_tag(self.legacy_of(stack))
        for each in own[:MAX_ALIKE]:
            if each not in self._tagged:
                self._tagged[each] = _by_tag(self._in(*each).images)
        of_own = [self._tagged[each] for each in own[:MAX_ALIKE]]
        indexes = [self._tagged[stack], *of_own, self.once(Assets._sort_by_tag)]
        alike = [index[tag].alike(repository) for index in indexes if tag in index]
        found = [image for images in alike if images is not None for image in images]
        return None if None in alike or len(own) > MAX_ALIKE else found

    def images(self, stacks: Iterable[Stack]) -> Iterator[DockerAsset]:
        """The images that some stacks' own metadata and all asset manifests publish."""
        for stack in stacks:
            yield from self.legacy_of(stack)
        for (folder, _), file in self.manifests.items():
            yield from self._in(folder, file).images

    def _manifests_of(self, stack: Stack) -> Sequence[tuple[str, str]]:
        """The asset manifests that a stack depends on, each with its folder. It may depend on other stacks too."""
        if stack not in self._own:
            dependencies = stack.artifact.get("dependencies")
            names = dependencies if isinstance(dependencies, list) else []
            keys = [(stack.folder, name) for name in names if isinstance(name, str)]
            self._own[stack] = sorted({(key[0], self.manifests[key]) for key in keys if key in self.manifests})
        return self._own[stack]

    def hashed(self, repository: Str) -> Sequence[DockerAsset] | None:
        """Images that the asset manifests publish, perhaps to a repository, one for each place; None where it is too
        much.

        Where the tag is no content hash, somebody's own image goes there, and CDK's way with assets is not known of it.
        """
        return self.once(Assets._find_hashed).alike(repository)

    def _find_hashed(self) -> ImagesByPlace:
        return _by_place(
            asset
            for (folder, _), file in self.manifests.items()
            for asset in self._in(folder, file).images
            if re.fullmatch(CONTENT_HASH, asset.tag)
        )

    def legacy(self, repository: Str, stack: Stack) -> Sequence[DockerAsset] | None:
        """The same of what the stack's metadata publish, whatever the tag."""
        if stack not in self._legacy_by_place:
            self._legacy_by_place[stack] = _by_place(self.legacy_of(stack))
        return self._legacy_by_place[stack].alike(repository)

    def uploads_to(self, url: str, stack: Stack) -> Uploads | None:
        """What the asset manifests read so far upload to a URL; None where nothing does, or a command makes it.

        `url` is as people read it, with holes as `${AWS::AccountId}`: `s3://BUCKET/KEY`, or one of the two forms of S3.
        Raises UnreadableFileError for a path out of the assembly.
        """
        if self._indexed < len(self.manifests):
            self._index_files()
        values = _values_in(stack)
        key = (_place_of(_filled(url, values)), *values.values())
        if key not in self._uploads:
            try:
                self._uploads[key] = self._compared(self._files_at(url, values))
            except UnreadableFileError as error:
                self._uploads[key] = error
        found = self._uploads[key]
        if isinstance(found, UnreadableFileError):
            raise UnreadableFileError(found.display_path, found.message)
        return found

    def _files_at(self, url: str, values: Mapping[str, str]) -> Sequence[FileAsset]:
        """The files that are uploaded to a URL in an environment."""
        place, alike = _place_of(_filled(url, values)), self._open.get(url.rpartition("/")[2], ())
        if len(alike) > MAX_FILES_ALIKE:
            return ()
        found = [asset for asset in alike if _filled(f"{asset.bucket}/{asset.key}", values) == place]
        return (*self._literal.get(place, ()), *found)

    def _compared(self, assets: Sequence[FileAsset]) -> Uploads | None:
        """Some files that are uploaded to one URL, compared. Raises UnreadableFileError for a path out of the assembly.

        One that cannot be read is a problem, and nothing is said of the others.
        """
        by_folder: dict[str, str] = {}
        files: dict[str, None] = {}
        for asset in assets:
            if asset.path is None:
                return None
            file = self._root.inside(asset.folder, asset.path, "template")
            files[file] = None
            by_folder.setdefault(asset.folder, file)
        if not files:
            return None
        first, *others = files
        differing = None
        try:
            text = self._root.read(first) if others else b""
            differing = next((file for file in others if self._root.read(file) != text), None)
        except UnreadableFileError as error:
            self._log.report_unread(error)
        return Uploads(files=frozenset(files), first=first, differing=differing, by_folder=by_folder)

    def _index_files(self) -> None:
        """Index the files of the asset manifests that were named since."""
        for (folder, _), file in islice(self.manifests.items(), self._indexed, None):
            for asset in self._in(folder, file).files:
                place = f"{asset.bucket}/{asset.key}"
                index = self._open if "${" in place else self._literal
                index.setdefault(place if index is self._literal else place.rpartition("/")[2], []).append(asset)
        self._uploads.clear()
        self._indexed = len(self.manifests)

    def is_copy(self, file: str, other: str) -> bool:
        """Whether two files can be read and hold the same."""
        try:
            return self._root.read(file) == self._root.read(other)
        except UnreadableFileError:  # which whoever judges it reports
            return False

    def legacy_file(self, url: str, stack: Stack) -> str | None:
        """The file that the legacy synthesizer uploads to a URL: its place is passed on in parameters that are named
        there. None where no such parameter is. Raises UnreadableFileError for a path out of the assembly."""
        outermost = stack.outermost
        if outermost not in self._legacy_files:
            listed = outermost.constructs_with(ASSET).of_type(ASSET)
            found = [(mapping_of(data).get("s3KeyParameter"), mapping_of(data).get("path")) for _, data in listed]
            files = {key: file for key, file in found if isinstance(file, str) and isinstance(key, str)}
            self._legacy_files[outermost] = files
        files = self._legacy_files[outermost]
        file = next((files[name] for name in re.findall(r"\w+", url) if name in files), None)
        return None if file is None else self._root.inside(stack.folder, file, "nested stack's template")

    def legacy_of(self, stack: Stack) -> list[DockerAsset]:
        """The images that the stack's metadata publish, as the legacy synthesizer has it."""
        if stack not in self._legacy:
            listed = stack.constructs_with(ASSET).of_type(ASSET)
            self._legacy[stack] = [asset for _, data in listed for asset in _legacy_asset(data, stack.folder)]
        return self._legacy[stack]

    def _sort_by_tag(self) -> Mapping[str, ImagesByPlace]:
        """The images of all asset manifests by their tags."""
        manifests = self.manifests.items()
        return _by_tag(asset for (folder, _), file in manifests for asset in self._in(folder, file).images)

    def _in(self, folder: str, file: str) -> _Published:
        if (folder, file) not in self._read:
            self._read[folder, file] = _Published()
            try:
                inside = self._root.inside(folder, file, "asset manifest")
            except UnreadableFileError as error:
                self._log.report(self._root.show(os.path.join(folder, MANIFEST)), error.message)
                return _Published()
            try:
                manifest = self._root.read_json(inside)
            except UnreadableFileError as error:
                self._log.report_unread(error)
                return _Published()
            home = os.path.dirname(inside)
            self._read[folder, file] = _Published(
                images=list(_images(manifest, home)), files=list(_files(manifest, home))
            )
        return self._read[folder, file]


def resolved(text: str, stack: Stack, evaluation: Evaluation) -> Str:
    """What the manifests write with the placeholders `${AWS::AccountId}`, `${AWS::Region}` and `${AWS::Partition}`."""
    if "${" not in text:
        return text
    try:
        found = as_text(evaluation.value(Expression({"Fn::Sub": text}, stack, ())))
    except TemplateError:  # a name that no deployment could resolve
        found = None
    return Hole(text) if found is None else found


_PSEUDO: Final = ("AWS::AccountId", "AWS::Region", "AWS::Partition")


def _values_in(stack: Stack) -> Mapping[str, str]:
    """The placeholders of a manifest with what they stand for in a stack's environment, as people read it."""
    evaluation = Evaluation(Scenario(exhausted=True), follows_exports=False)
    return {f"${{{name}}}": render(evaluation.pseudo(name, stack)) for name in _PSEUDO}


def _filled(text: str, values: Mapping[str, str]) -> str:
    for placeholder, value in values.items():
        text = text.replace(placeholder, value)
    return text


def _place_of(url: str) -> str:
    """BUCKET/KEY of an object's URL; the URL itself where it has none of the forms of S3."""
    scheme, _, rest = url.partition("://")
    host, _, path = rest.partition("/")
    if scheme == "s3":
        return rest
    if scheme != "https":
        return url
    bucket, is_host, _ = host.rpartition(".s3")
    return path if host.startswith("s3") else f"{bucket}/{path}" if is_host else url


def _images(manifest: Mapping[str, Any], folder: str) -> Iterator[DockerAsset]:
    for source, destination in _entries(manifest, "dockerImages"):
        repository, tag = destination.get("repositoryName"), destination.get("imageTag")
        if isinstance(repository, str) and isinstance(tag, str):
            region, role = destination.get("region"), destination.get("assumeRoleArn")
            account = re.fullmatch(_ROLE, role) if isinstance(role, str) else None
            yield DockerAsset(
                repository=repository,
                tag=tag,
                source=source,
                folder=folder,
                region=region if isinstance(region, str) else None,
                account=account.group(1) if account else None,
            )


def _files(manifest: Mapping[str, Any], folder: str) -> Iterator[FileAsset]:
    for source, destination in _entries(manifest, "files"):
        bucket, key, path = destination.get("bucketName"), destination.get("objectKey"), source.get("path")
        if isinstance(bucket, str) and isinstance(key, str):
            yield FileAsset(bucket=bucket, key=key, path=path if isinstance(path, str) else None, folder=folder)


def _by_place(images: Iterable[DockerAsset]) -> ImagesByPlace:
    places: dict[tuple[str, str | None, str | None], DockerAsset] = {}
    for image in images:
        places.setdefault((image.repository, image.region, image.account), image)
    literal: dict[str, list[DockerAsset]] = {}
    with_placeholders: list[DockerAsset] = []
    for image in places.values():
        alike = with_placeholders if "${" in image.repository else literal.setdefault(image.repository, [])
        alike.append(image)
    return ImagesByPlace(literal, with_placeholders)


def _by_tag(images: Iterable[DockerAsset]) -> Mapping[str, ImagesByPlace]:
    """Images by their tags."""
    found: dict[str, list[DockerAsset]] = {}
    for image in images:
        found.setdefault(image.tag, []).append(image)
    return {tag: _by_place(alike) for tag, alike in found.items()}


def _entries(manifest: Mapping[str, Any], kind: str) -> Iterator[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    """The sources of one kind of assets, each with one of its destinations."""
    for asset in mapping_of(manifest.get(kind)).values():
        source = mapping_of(mapping_of(asset).get("source"))
        for destination in mapping_of(mapping_of(asset).get("destinations")).values():
            yield source, mapping_of(destination)


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
