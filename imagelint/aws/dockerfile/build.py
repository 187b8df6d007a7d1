"""Follows a Dockerfile's stages as the builder does, from the target down to the base image and up again."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from imagelint.aws.dockerfile.base_image import BaseImage, identity, parse_base_image
from imagelint.aws.dockerfile.image import Command, Image, NoSuchTarget
from imagelint.aws.dockerfile.instructions import (
    Instruction,
    escape_directive,
    exec_form,
    instructions,
    onbuild_trigger,
)
from imagelint.aws.dockerfile.unknown import Unknown, UnreadableError
from imagelint.aws.dockerfile.words import expand, split_words

MAX_SIZE: Final = 1 << 20
"""A longer text is not read. In characters."""
_PLATFORM_ARGS: Final = tuple(
    side + part for side in ("BUILD", "TARGET") for part in ("PLATFORM", "OS", "ARCH", "VARIANT")
)


def read(
    text: str,
    target: str | None = None,
    build_args: Mapping[str, str] | None = None,
    build_contexts: Collection[str] = (),
) -> Image | NoSuchTarget | Unknown:
    """What `docker build --target … --build-arg … --build-context …` makes of the Dockerfile.

    Without a target it is the last stage. An `Unknown` as a whole means that the text could not be understood.
    """
    return _read(text, target, tuple((build_args or {}).items()), tuple(build_contexts))


@lru_cache(maxsize=64)
def _read(
    text: str, target: str | None, build_args: tuple[tuple[str, str], ...], build_contexts: tuple[str, ...]
) -> Image | NoSuchTarget | Unknown:
    """The functions of one code base are often built by one Dockerfile, or by copies of it."""
    try:
        escape, arguments, stages = _scan(text)
    except UnreadableError as problem:
        return Unknown(f"the Dockerfile was not understood: {problem}")
    parents = _link(stages, _global_args(arguments, dict(build_args), escape), escape, build_contexts)
    index = _find_target(stages, target)
    if index is None:
        return NoSuchTarget(target or "", tuple(stage.name for stage in stages if stage.name))
    chain = [index]
    while (parent := parents[chain[-1]]) is not None:
        chain.append(parent)
    return _build([stages[index] for index in chain], escape)


@dataclass(slots=True)
class _Stage:
    index: int
    name: str
    base: str | Unknown
    """The word after FROM; variables still in it until `_link`."""
    platform: str | Unknown | None
    line: int
    commands: list[Instruction] = field(default_factory=list)


def _scan(text: str) -> tuple[str, list[str], list[_Stage]]:
    """The escape character, the words of the ARGs before the first FROM, and the stages."""
    if len(text) > MAX_SIZE:
        raise UnreadableError(f"the Dockerfile has more than {MAX_SIZE} characters")
    if "\0" in text:
        raise UnreadableError("the Dockerfile is not a text")
    lines = text.removeprefix("\ufeff").split("\n")
    escape = escape_directive(lines)
    arguments: list[str] = []
    stages: list[_Stage] = []
    for instruction in instructions(lines, escape):
        if instruction.name == "FROM":
            stages.append(_stage(instruction, len(stages), escape))
        elif stages:
            if instruction.name in ("CMD", "ENTRYPOINT", "LABEL", "ONBUILD"):
                stages[-1].commands.append(instruction)
        elif instruction.name == "ARG":
            arguments.extend(split_words(instruction.rest, escape))
        else:
            raise UnreadableError(f"line {instruction.line}: {instruction.name} comes before the first FROM")
    if not stages:
        raise UnreadableError("the Dockerfile has no FROM")
    return escape, arguments, stages


def _stage(instruction: Instruction, index: int, escape: str) -> _Stage:
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
    return _Stage(index, name, words[0], platform, instruction.line)


def _global_args(arguments: list[str], build_args: Mapping[str, str], escape: str) -> dict[str, str | Unknown]:
    """The variables that FROM may use: the ARGs before the first FROM, and the platform's, which are always there."""
    values: dict[str, str | Unknown] = {
        name: build_args.get(name, Unknown(f"{name} depends on the machine that builds")) for name in _PLATFORM_ARGS
    }
    for argument in arguments:
        name, given, default = argument.partition("=")
        if name in build_args:
            values[name] = build_args[name]
        elif given:
            values[name] = expand(default, values.get, escape)
    return values


def _link(
    stages: list[_Stage], values: Mapping[str, str | Unknown], escape: str, build_contexts: Collection[str]
) -> list[int | None]:
    """Replaces the variables of every FROM; the index of the stage that each stage is built on, None for an image."""
    replaced = {name.lower() for name in build_contexts}
    replaced_images = {identity(name) for name in build_contexts} - {None}
    named: dict[str, int] = {}
    parents: list[int | None] = []
    for stage in stages:
        base = stage.base = expand(str(stage.base), values.get, escape)
        if stage.platform is not None:
            stage.platform = expand(str(stage.platform), values.get, escape)
        # BuildKit compares with case here, but then takes `Builder` for an image, and no image may be called that.
        parent = named.get(base.lower()) if isinstance(base, str) else None
        if stage.name in replaced:
            stage.commands, parent = [], None
            stage.base = Unknown(f"the stage {stage.name} is replaced by a build context")
        elif replaced_images and parent is None and isinstance(base, str) and identity(base) in replaced_images:
            stage.base = Unknown(f"{base} is replaced by a build context")
        parents.append(parent)
        if stage.name:
            named[stage.name] = stage.index
    return parents


def _find_target(stages: list[_Stage], target: str | None) -> int | None:
    if not target:
        return len(stages) - 1
    for stage in reversed(stages):
        if stage.name == target.lower():
            return stage.index
    # Docker refuses an index, Podman takes it: if it builds at all, it is this stage.
    if re.fullmatch(r"[0-9]{1,6}", target) and int(target) < len(stages):
        return int(target)
    return None


def _build(chain: list[_Stage], escape: str) -> Image:
    """Follows the chain from the base up to the target, as the builder does."""
    root = chain[-1]
    base = root.base if isinstance(root.base, Unknown) else parse_base_image(root.base)
    scratch = isinstance(base, BaseImage) and base.is_scratch
    entrypoint = command = Command("none" if scratch else "base image")
    labels: dict[str, str | Unknown] = {}
    other_labels = _labels_of_base(base)
    triggers: list[Instruction] = []
    for stage in reversed(chain):
        command_is_set = False
        for instruction in triggers + stage.commands:
            if instruction.name == "CMD":
                command, command_is_set = _command(instruction), True
            elif instruction.name == "ENTRYPOINT":
                entrypoint = _command(instruction)
                # "If CMD is defined from the base image, setting ENTRYPOINT will reset CMD to an empty value"
                # (Dockerfile reference); a previous stage is a base image too (BuildKit, dispatchEntrypoint).
                command = command if command_is_set else Command("none")
            elif instruction.name == "LABEL":
                other_labels = _add_labels(labels, instruction, escape) or other_labels
        triggers = [onbuild_trigger(each) for each in stage.commands if each.name == "ONBUILD"]
    return Image(base, root.platform, root.line, entrypoint, command, labels, other_labels)


def _command(instruction: Instruction) -> Command:
    return Command("dockerfile", exec_form(instruction.rest), instruction.line)


def _labels_of_base(base: BaseImage | Unknown) -> Unknown | None:
    if isinstance(base, Unknown):
        return base
    known = base.lambda_name or base.starts_no_runtime
    return None if known else Unknown(f"{base.reference} may set labels of its own")


def _add_labels(labels: dict[str, str | Unknown], instruction: Instruction, escape: str) -> Unknown | None:
    """Adds the labels of one LABEL; why not all of them are known, or None."""
    words = split_words(instruction.rest, escape)
    if words and "=" not in words[0]:  # the old form: LABEL name the whole value
        pairs = [(words[0], instruction.rest.lstrip()[len(words[0]) :].strip())]
    else:
        pairs = [(key, value) for key, _, value in (word.partition("=") for word in words)]
    problem = None
    for key, value in pairs:
        name = expand(key, _label_variable, escape)
        if isinstance(name, Unknown):
            problem = name
        else:
            labels[name] = expand(value, _label_variable, escape)
    return problem


def _label_variable(name: str) -> Unknown:
    return Unknown(f"the label uses {name}, which ENV, ARG or the base image may set")
