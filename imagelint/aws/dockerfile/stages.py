"""The stages of a Dockerfile: what each is built on, and the variables that FROM sees."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Final

from imagelint.aws.dockerfile.base_image import identity
from imagelint.aws.dockerfile.instructions import Instruction, escape_directive, instructions
from imagelint.aws.dockerfile.unknown import Unknown, UnreadableError
from imagelint.aws.dockerfile.words import NO_VALUE, expand, split_words

MAX_SIZE: Final = 1 << 20
"""A longer text is not read. In characters."""
_PREDEFINED_ARGS: Final = (
    *(side + part for side in ("BUILD", "TARGET") for part in ("PLATFORM", "OS", "ARCH", "VARIANT")),
    "TARGETSTAGE",
)
_PLATFORM: Final = r"([a-z]+)/([a-z0-9_-]+)(?:/([a-z0-9]+))?"
_TARGET_PLATFORM: Final = r'"?\$(?:TARGETPLATFORM|\{TARGETPLATFORM\})"?'
_KEPT: Final = ("ARG", "CMD", "ENTRYPOINT", "ENV", "LABEL", "ONBUILD")
"""The instructions that decide what is read of an image. Of the others only those that may speak of GOARCH are kept."""


class Stage:
    """One stage: what stands between a FROM and the next."""

    def __init__(
        self, *, index: int, name: str, base: str | Unknown, platform: str | Unknown | None, line: int
    ) -> None:
        self.index = index
        self.name = name
        self.base = base
        """The word after FROM; variables still in it until `link`."""
        self.platform = platform
        self.line = line
        self.commands: list[Instruction] = []
        self.parent: Stage | None = None
        """The stage that this one is built on, None for an image; set by `link`."""

    def chain(self) -> Iterator[Stage]:
        """This stage and those that it is built on, down to the one that is built on an image."""
        stage: Stage | None = self
        while stage is not None:
            yield stage
            stage = stage.parent


def scan(text: str) -> tuple[str, list[str], list[Stage]]:
    """The escape character, the words of the ARGs before the first FROM, and the stages."""
    if len(text) > MAX_SIZE:
        raise UnreadableError(f"the Dockerfile has more than {MAX_SIZE} characters")
    if "\0" in text:
        raise UnreadableError("the Dockerfile is not a text")
    lines = text.removeprefix("\ufeff").split("\n")
    escape = escape_directive(lines)
    arguments: list[str] = []
    stages: list[Stage] = []
    for instruction in instructions(lines, escape):
        if instruction.name == "FROM":
            stages.append(_stage(instruction, len(stages), escape))
        elif stages:
            if instruction.name in _KEPT or "GOARCH" in instruction.rest or "--from=" in instruction.rest:
                stages[-1].commands.append(instruction)
        elif instruction.name == "ARG":
            arguments.extend(split_words(instruction.rest, escape))
        else:
            raise UnreadableError(f"line {instruction.line}: {instruction.name} comes before the first FROM")
    if not stages:
        raise UnreadableError("the Dockerfile has no FROM")
    return escape, arguments, stages


def _stage(instruction: Instruction, index: int, escape: str) -> Stage:
    words = split_words(instruction.rest, escape)
    platform = None
    while words and words[0].startswith("--"):
        flag, _, platform = words.pop(0).partition("=")
        if flag != "--platform":
            raise UnreadableError(f"line {instruction.line}: FROM has no option {flag[:40]}")
    if len(words) == 3 and words[1].upper() == "AS":
        name = words[2].lower()
        if not re.fullmatch(r"[a-z][a-z0-9_.-]*", name):
            raise UnreadableError(f"line {instruction.line}: {words[2][:40]} cannot be the name of a stage")
    elif len(words) == 1:
        name = ""
    else:
        raise UnreadableError(f"line {instruction.line}: FROM takes an image, or an image, AS and a name")
    return Stage(index=index, name=name, base=words[0], platform=platform, line=instruction.line)


def global_args(
    arguments: list[str], build_args: Mapping[str, str], predefined: Mapping[str, str | Unknown], escape: str
) -> dict[str, str | Unknown]:
    """The variables that FROM may use: the ARGs before the first FROM, and those that are always there."""
    values = dict(predefined)
    values.update((name, value) for name, value in build_args.items() if name in values)
    for argument in arguments:
        name, given, default = argument.partition("=")
        if name in build_args:
            values[name] = build_args[name]
        elif given:
            values[name] = expand(default, values.get, escape)
        else:
            values.setdefault(name, NO_VALUE)
    return values


def predefined_args(platform: str | None) -> dict[str, str | Unknown]:
    """BUILDPLATFORM, TARGETARCH and the like, as containerd's platforms write them: amd64, arm64 without its v8."""
    values: dict[str, str | Unknown] = {
        name: Unknown(f"{name} depends on the machine that builds") for name in _PREDEFINED_ARGS
    }
    match = re.fullmatch(_PLATFORM, platform.lower()) if platform else None
    if match is not None:
        system, name, variant = match.groups("")
        name = {"x86_64": "amd64", "x86-64": "amd64", "aarch64": "arm64"}.get(name, name)
        variant = "" if (name, variant) in (("arm64", "v8"), ("amd64", "v1")) else variant
        variant = "v7" if name == "arm" and not variant else variant
        whole = "/".join(filter(None, (system, name, variant)))
        values.update(TARGETPLATFORM=whole, TARGETOS=system, TARGETARCH=name, TARGETVARIANT=variant)
    return values


def link(
    stages: list[Stage],
    variables: Mapping[str, str | Unknown],
    escape: str,
    build_contexts: Collection[str],
    *,
    target_is_asked_for: bool,
) -> None:
    """Replaces the variables of every FROM, and finds the stage that each stage is built on.

    `target_is_asked_for`: whether TARGETPLATFORM is what the build asks for, and not what an ARG makes of it.
    """
    replaced = {name.lower() for name in build_contexts}
    replaced_images = {identity(name) for name in build_contexts} - {None}
    named: dict[str, Stage] = {}
    for stage in stages:
        base = stage.base = expand(str(stage.base), variables.get, escape)
        if stage.platform is not None:
            is_target = target_is_asked_for and re.fullmatch(_TARGET_PLATFORM, str(stage.platform))
            stage.platform = None if is_target else expand(str(stage.platform), variables.get, escape)
        # BuildKit compares with case here, but then takes `Builder` for an image, and no image may be called that.
        stage.parent = named.get(base.lower()) if isinstance(base, str) else None
        if stage.name in replaced:
            stage.commands, stage.parent = [], None
            stage.base = Unknown(f"the stage {stage.name} is replaced by a build context")
        elif replaced_images and stage.parent is None and isinstance(base, str) and identity(base) in replaced_images:
            stage.base = Unknown(f"{base} is replaced by a build context")
        if stage.name:
            named[stage.name] = stage


def find_target(stages: list[Stage], target: str | None) -> Stage | None:
    if not target:
        return stages[-1]
    for stage in reversed(stages):
        if stage.name == target.lower():
            return stage
    # Docker refuses an index, Podman takes it: if it builds at all, it is this stage.
    if re.fullmatch(r"[0-9]{1,6}", target) and int(target) < len(stages):
        return stages[int(target)]
    return None
