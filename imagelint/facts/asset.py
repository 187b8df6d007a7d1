"""Facts of the asset that the image is built from: its platform, its source, and what its Dockerfile says."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping, Set
from datetime import date
from itertools import islice
from typing import Any, Final

from imagelint.assembly.assets import DockerAsset
from imagelint.assembly.functions import functions_of
from imagelint.assembly.resources import Resource
from imagelint.aws.dockerfile.base_image import BaseImage, lambda_architecture
from imagelint.aws.dockerfile.build import read
from imagelint.aws.dockerfile.image import Image, NoSuchTarget
from imagelint.aws.dockerfile.mentions import Mentions, mentions
from imagelint.aws.dockerfile.stages import MAX_SIZE
from imagelint.aws.dockerfile.unknown import Unknown
from imagelint.aws.runtimes import deprecated_on, is_snapstart_ready
from imagelint.cloudformation.evaluation import Evaluation
from imagelint.cloudformation.scenario import Scenario
from imagelint.cloudformation.scope import mapping_of
from imagelint.documents.files import UnreadableFileError
from imagelint.facts.build import state_clutter, state_mentions, state_options
from imagelint.facts.draft import Draft, FilePlace
from imagelint.facts.host import state_build_host
from imagelint.facts.index import ResourceIndex, settled, text_in
from imagelint.record import Record
from imagelint.text.words import shortened

_PLATFORM: Final = r"(linux|windows)/([a-z0-9_-]+)(?:/v[0-9.]+)?"
_NOT_LAMBDAS: Final = frozenset(
    ("386", "i386", "arm", "armhf", "armel", "loong64", "mips64", "mips64le", "ppc64", "ppc64le", "riscv64", "s390x")
)
"""Architectures that containers are built for and Lambda has not (Go's GOARCH; containerd's platforms)."""
_SNAPSTART_LABEL: Final = "com.amazonaws.lambda.feature.snapstart"
_NOT_STAGED: Final = (
    "was made without staging (--no-staging), so its assets lie outside of it and their Dockerfiles are not read; run "
    "`npx cdk synth` with staging to have them judged"
)
_HASH: Final = r"[0-9a-f]{64}"
MAX_OPTIONS: Final = 500
"""What the build of an asset is asked for, counted one by one and 100 characters for one: each function that uses the
asset goes through it."""
MAX_AGAIN: Final = 4 * 1024 * 1024
"""Characters of Dockerfiles that are read again with other options, as those of assets that share a Dockerfile are."""


def state_asset(draft: Draft, asset: DockerAsset) -> None:
    """State what the asset manifest says of the image's source, and what its Dockerfile says."""
    directory = os.path.join(asset.folder, str(asset.source.get("directory")))
    draft.causes["asset"] = (asset.tag, os.path.normpath(directory))  # the same in each stage that publishes it
    platform = asset.source.get("platform")
    draft.set("asset.platform", platform if isinstance(platform, str) else None)
    named = _runs_on(platform) if isinstance(platform, str) else None
    architecture = draft.values.get("function.architecture")
    if platform is None:
        draft.set("asset.platform_matches", True)
    elif named is not None and architecture is not None:
        draft.set("asset.platform_matches", named == architecture)
    serves_both = platform is None and {"x86_64", "arm64"} <= _architectures_of(asset.tag, draft.subject.index)
    draft.set("asset.serves_both", serves_both)
    state_build_host(draft)
    if _has_too_many_options(asset.source):
        which = f"has more than {MAX_OPTIONS} options, or long ones, which are not judged"
        message = f"the image asset {shortened(asset.tag)} {which}"
        draft.function.stack.log.warn(draft.function.stack.root.show(asset.folder), message)
        return
    is_executable = "executable" in asset.source
    draft.set("asset.is_executable", is_executable)
    if not is_executable:
        state_options(draft, asset.source)
        _state_source(draft, asset)


_OPTIONS: Final = ("dockerBuildArgs", "dockerBuildContexts", "dockerOutputs", "cacheFrom", "cacheTo")


def _has_too_many_options(source: Mapping[str, Any]) -> bool:
    """Whether the source of an asset asks for more than is looked at."""
    waiting, count = [source.get(name) for name in _OPTIONS], 0
    while waiting and count <= MAX_OPTIONS:
        value = waiting.pop()
        if isinstance(value, str):
            count += len(value) // 100
        elif isinstance(value, (dict, list)):
            count += len(value)
            waiting.extend(islice(value.values() if isinstance(value, dict) else value, MAX_OPTIONS))
    return count > MAX_OPTIONS


def _runs_on(platform: str) -> str | None:
    """What in Lambda an image of one of Docker's platforms runs on: `x86_64`, `arm64`; `nothing`; None if not known.

    Lambda runs Linux, on those two alone (Lambda guide, "Create a Lambda function using a container image").
    """
    match = re.fullmatch(_PLATFORM, platform.lower())
    if match is None:
        return None
    system, name = match[1], lambda_architecture(match[2])
    if system == "windows" or name in _NOT_LAMBDAS:
        return "nothing"
    return name if name in ("x86_64", "arm64") else None


def state_built_by_sam(draft: Draft) -> None:
    """State the same of the image that `sam build` makes by a function's Metadata, where its Dockerfile is at hand.

    A template may be checked without its sources, so that those which are not there say nothing. Source: AWS SAM
    developer guide, "Building container images" (Metadata); sam-cli, lib/build/app_builder.py, which passes the
    function's architecture on as the platform.
    """
    function = draft.function
    stack, metadata = function.stack, mapping_of(function.resource.get("Metadata"))
    context, name = metadata.get("DockerContext"), metadata.get("Dockerfile", "Dockerfile")
    architecture, home = draft.values.get("function.architecture"), os.path.dirname(stack.file)
    if architecture is None or stack.data is not None:
        return
    try:
        file = stack.root.inside(stack.root.inside(home, context, "DockerContext"), name, "Dockerfile")
    except UnreadableFileError:  # the context is often a folder above that of the template
        return
    if not os.path.isfile(os.path.join(stack.root.path, file)):
        return
    source = {
        "directory": context,
        "dockerFile": name,
        "dockerBuildArgs": mapping_of(metadata.get("DockerBuildArgs")),
        "dockerBuildTarget": metadata.get("DockerBuildTarget"),
        "platform": {"x86_64": "linux/amd64", "arm64": "linux/arm64"}.get(architecture),
    }
    tag = f"{function.logical_id}:{metadata.get('DockerTag', 'latest')}"
    draft = draft.at(("Resources", function.logical_id, "Metadata"))
    draft.set("image.is_asset", True)
    state_asset(draft, DockerAsset(repository=function.logical_id, tag=tag, source=source, folder=home))


def _architectures_of(tag: str, index: ResourceIndex) -> Set[str]:
    """The architectures of the functions whose code speaks of an asset's tag, as far as they are known."""
    hashed = re.search(_HASH, tag)
    return index.once(_architectures).get(hashed.group() if hashed else tag, frozenset())


def _architectures(index: ResourceIndex) -> Mapping[str, Set[str]]:
    """The architectures of the functions by the hashes of the assets that their code speaks of."""
    found: dict[str, set[str]] = {}
    for stack in index.assembly.stacks:
        for function in functions_of(stack):
            for tag in _hashes_in(Resource(stack, function.logical_id)):
                architecture = function.architecture(Evaluation(Scenario(exhausted=True)))
                if architecture is not None:
                    found.setdefault(tag, set()).add(architecture)
    return found


def _hashes_in(function: Resource) -> list[str]:
    """The hashes of assets that a function's code speaks of: as it is written, or else as far as it can be known."""
    return re.findall(_HASH, json.dumps(function.entry("Code").written)) or re.findall(
        _HASH, text_in(settled(function, "Code"))
    )


def _state_source(draft: Draft, asset: DockerAsset) -> None:
    """State whether the source is there, and of the Dockerfile what is known; unknown where it leads elsewhere."""
    root = draft.function.stack.root
    directory, name = asset.source.get("directory"), asset.source.get("dockerFile", "Dockerfile")
    if not isinstance(directory, str) or not isinstance(name, str):
        return
    draft.set("asset.directory", directory)
    try:
        folder = root.inside(asset.folder, directory, "asset")
        file = root.inside(folder, name, "Dockerfile")
    except UnreadableFileError as error:  # an asset that was not staged, or a link: not followed
        if os.path.isabs(directory):
            draft.function.stack.log.warn(root.display_path, _NOT_STAGED)
        else:
            draft.function.stack.log.warn(error.display_path, f"{error.message}; the asset's Dockerfile is not read")
        return
    if not os.path.isdir(os.path.join(root.path, folder)):
        draft.set("asset.missing", f"the directory {directory}")
    elif not os.path.lexists(os.path.join(root.path, file)):
        draft.set("asset.missing", f"{name} in {directory}")
    else:
        _state_dockerfile(draft, asset, folder, file)


def _state_dockerfile(draft: Draft, asset: DockerAsset, folder: str, file: str) -> None:
    stack = draft.function.stack
    dockerfiles = draft.subject.index.once(_Dockerfiles)
    try:
        data = dockerfiles.text(file)
    except UnreadableFileError as error:
        stack.log.warn(error.display_path, error.message)
        return
    mentioned = dockerfiles.mentions(data)
    state_mentions(draft, asset, mentioned, stack.root.show(file))
    state_clutter(draft, os.path.join(stack.root.path, folder), mentioned)
    target, platform = asset.source.get("dockerBuildTarget"), asset.source.get("platform")
    args = mapping_of(asset.source.get("dockerBuildArgs"))
    options = _Options(
        target if isinstance(target, str) else None,
        tuple([(key, str(value)) for key, value in args.items()]),
        tuple(mapping_of(asset.source.get("dockerBuildContexts"))),
        platform if isinstance(platform, str) else None,
    )
    built = dockerfiles.built(data, options)
    if isinstance(built, Unknown):
        if draft.values.get("asset.unresolved") is None:  # else that is why
            stack.log.warn(stack.root.show(file), built.reason)
        return
    if isinstance(built, NoSuchTarget):
        draft.set("asset.missing", f"the build stage {built.target} in {os.path.basename(file)}")
        return
    draft.set("asset.missing", None)
    _state_built(draft, built, FilePlace(stack.root.show(file), built.line))


class _Built(Record):
    """What is known of the image that a Dockerfile makes, whichever function runs it."""

    line: int
    """Of the FROM that names the base."""
    has_command: bool | None
    """Whether the Dockerfile says what the container runs."""
    facts: Mapping[str, object]


def _state_built(draft: Draft, built: _Built, place: FilePlace) -> None:
    facts, function = dict(built.facts), draft.values.get("function.architecture")
    named = facts.get("dockerfile.architecture", function)
    if "dockerfile.architecture" in facts and (named is None or function is not None):
        facts["dockerfile.architecture_matches"] = named is None or named == function
    configured = draft.values.get("image_config.names_program")
    has_command = True if configured else built.has_command if configured is False else None
    if has_command is not None:
        facts["container.has_command"] = has_command
    for name, value in facts.items():
        draft.set(name, value)
        if name != "container.snapstart_ready":
            draft.files[name] = place


class _Options(Record):
    """What a Dockerfile is built with."""

    target: str | None
    build_args: tuple[tuple[str, str], ...]
    build_contexts: tuple[str, ...]
    platform: str | None


class _Dockerfiles:
    """The Dockerfiles of an assembly, which several functions may share. Copies of one text are one."""

    def __init__(self, index: ResourceIndex) -> None:
        self._root = index.assembly.root
        self._today = index.today
        self._texts: dict[str, str] = {}
        self._mentions: dict[str, Mentions] = {}
        self._built: dict[str, dict[_Options, _Built | NoSuchTarget | Unknown]] = {}
        self._again = 0
        """Characters of the texts that were read for other options."""

    def text(self, file: str) -> str:
        """The text of one. Raises UnreadableFileError."""
        if file not in self._texts:
            data = self._root.read(file)
            if len(data) > MAX_SIZE:
                raise UnreadableFileError(self._root.show(file), f"is larger than {MAX_SIZE // 1024} KiB")
            self._texts[file] = data.decode(errors="replace")
        return self._texts[file]

    def mentions(self, text: str) -> Mentions:
        """What a text names."""
        if text not in self._mentions:
            self._mentions[text] = mentions(text)
        return self._mentions[text]

    def built(self, text: str, options: _Options) -> _Built | NoSuchTarget | Unknown:
        """What a text makes; the functions of one code base are often built by one Dockerfile, or by copies of it."""
        known = self._built.setdefault(text, {})
        if options not in known:
            self._again += len(text) if known else 0
            if self._again > MAX_AGAIN:
                return Unknown("is built in so many ways that not all of them are looked at")
            known[options] = _build(text, options, self._today)
        return known[options]


def _build(text: str, options: _Options, today: date) -> _Built | NoSuchTarget | Unknown:
    image = read(text, options.target, dict(options.build_args), options.build_contexts, options.platform)
    if not isinstance(image, Image):
        return image
    return _Built(
        line=image.line,
        has_command=image.has_command,
        facts={**_of_base(image, today), **_of_snapstart(image)},
    )


def _of_base(image: Image, today: date) -> Mapping[str, object]:
    facts: dict[str, object] = {}
    base, named, host_decides = image.base, image.architecture, image.host_decides
    if not isinstance(base, Unknown):
        facts |= {"dockerfile.base": base.reference, "dockerfile.base_floats": base.is_floating}
        facts |= _of_support(base, today)
    if not isinstance(named, Unknown):
        facts["dockerfile.architecture"] = named
    if host_decides is not None:
        facts["dockerfile.host_decides"] = host_decides
    return facts


def _of_support(base: BaseImage, today: date) -> Mapping[str, object]:
    """The runtime of AWS's base images, and whether the support of runtime or language has ended."""
    runtime = base.runtime
    if isinstance(runtime, Unknown):
        return {}
    ended, words = None, None
    if runtime is not None and (ended := deprecated_on(runtime, today)):
        words = f"AWS deprecated {runtime} on {ended}"
    elif base.support is not None and base.support.ends <= today.isoformat():
        ended = base.support.ends
        words = f"{base.support.version} reached its end of life on {ended}"
    return {
        "dockerfile.base_runtime": runtime,
        "dockerfile.base_deprecated_on": ended,
        "dockerfile.base_deprecation": words,
    }


def _of_snapstart(image: Image) -> Mapping[str, object]:
    label = image.label(_SNAPSTART_LABEL)
    runtime = None if isinstance(image.base, Unknown) else image.base.runtime
    if label == "Allow" or (isinstance(runtime, str) and is_snapstart_ready(runtime)):
        return {"container.snapstart_ready": True}
    if isinstance(label, Unknown) or isinstance(runtime, Unknown) or isinstance(image.base, Unknown):
        return {}
    return {"container.snapstart_ready": False}
