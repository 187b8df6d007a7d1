"""Follows a Dockerfile's stages as the builder does, from the target down to the base image and up again."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Final

from imagelint.aws.dockerfile.base_image import (
    BaseImage,
    architecture_of_platform,
    lambda_architecture,
    parse_base_image,
)
from imagelint.aws.dockerfile.image import Command, Image, NoSuchTarget
from imagelint.aws.dockerfile.instructions import Instruction, exec_form, onbuild_trigger
from imagelint.aws.dockerfile.stages import Stage, find_target, global_args, link, predefined_args, scan
from imagelint.aws.dockerfile.unknown import Unknown, UnreadableError
from imagelint.aws.dockerfile.words import NO_VALUE, expand, split_words

_MAX_SOURCES: Final = 32
_OTHER_IMAGE: Final = Unknown("files are copied from another image")
_OPEN: Final = Unknown("GOARCH is set to more than one value, or to a variable")


def read(
    text: str,
    target: str | None = None,
    build_args: Mapping[str, str] | None = None,
    build_contexts: Collection[str] = (),
    platform: str | None = None,
) -> Image | NoSuchTarget | Unknown:
    """What `docker build --target … --build-arg … --build-context … --platform …` makes of the Dockerfile.

    Without a target it is the last stage, without a platform that of the machine that builds. An `Unknown` as a whole
    means that the text could not be understood.
    """
    try:
        escape, arguments, stages = scan(text)
    except UnreadableError as problem:
        return Unknown(f"the Dockerfile was not understood: {problem}")
    given = build_args or {}
    predefined = predefined_args(platform)
    variables = global_args(arguments, given, predefined, escape)
    is_asked_for = variables["TARGETPLATFORM"] == predefined["TARGETPLATFORM"]
    link(stages, variables, escape, build_contexts, target_is_asked_for=is_asked_for)
    wanted = find_target(stages, target)
    if wanted is None:
        return NoSuchTarget(target or "", tuple(stage.name for stage in stages if stage.name))
    return _Builder(stages, variables, given, escape).build(wanted)


class _Builder:
    """What the instructions of a chain of stages make of its base image."""

    def __init__(
        self,
        stages: list[Stage],
        global_args: Mapping[str, str | Unknown],
        build_args: Mapping[str, str],
        escape: str,
    ) -> None:
        self._stages, self._global_args, self._build_args, self._escape = stages, global_args, build_args, escape
        self._environment: dict[str, str | Unknown] = {}
        """What ENV and ARG set in the stages so far."""
        self._not_set: Unknown | None = None
        """Of a variable that they do not set; None where the image starts from nothing, which sets none either."""
        self._labels: dict[str, str | Unknown] = {}

    def build(self, target: Stage) -> Image:
        """Follows the chain from the base up to the target."""
        *_, root = chain = list(target.chain())
        base = root.base if isinstance(root.base, Unknown) else parse_base_image(root.base)
        scratch = isinstance(base, BaseImage) and base.is_scratch
        if not scratch:
            self._not_set = Unknown("it uses a variable that the base image may set")
        entrypoint = command = Command("none" if scratch else "base image")
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
                    other_labels = self._label(instruction) or other_labels
                elif instruction.name == "ENV":
                    self._set_env(instruction)
                elif instruction.name == "ARG":
                    self._set_arg(instruction)
            triggers = [onbuild_trigger(each) for each in stage.commands if each.name == "ONBUILD"]
        compiled_for = self._compiled_for(chain) if scratch else None
        return Image(base, root.platform, root.line, entrypoint, command, self._labels, other_labels, compiled_for)

    def _lookup(self, name: str) -> str | Unknown | None:
        return self._environment.get(name, self._not_set)

    def _label(self, instruction: Instruction) -> Unknown | None:
        """Adds the labels of one LABEL; why not all of them are known, or None."""
        problem = None
        for key, value in self._pairs(instruction):
            if isinstance(key, Unknown):
                problem = key
            else:
                self._labels[key] = value
        return problem

    def _set_env(self, instruction: Instruction) -> None:
        for key, value in self._pairs(instruction):
            if isinstance(key, Unknown):  # any variable may be the one
                self._environment, self._not_set = {}, key
            else:
                self._environment[key] = value

    def _pairs(self, instruction: Instruction) -> list[tuple[str | Unknown, str | Unknown]]:
        """The names and values of LABEL or ENV; none of them sees what the same instruction sets."""
        words = split_words(instruction.rest, self._escape)
        if words and "=" not in words[0]:  # the old form: LABEL name the whole value
            pairs = [(words[0], instruction.rest.lstrip()[len(words[0]) :].strip())]
        else:
            pairs = [(key, value) for key, _, value in (word.partition("=") for word in words)]
        return [(self._expand(key), self._expand(value)) for key, value in pairs]

    def _expand(self, word: str) -> str | Unknown:
        return expand(word, self._lookup, self._escape)

    def _set_arg(self, instruction: Instruction) -> None:
        """An ARG in a stage takes the build argument, else its default, else the value of the ARG before all stages.

        It stays set in the stages that are built on this one (Dockerfile reference, ARG, "Scope").
        """
        for word in split_words(instruction.rest, self._escape):
            name, given, default = word.partition("=")
            if name in self._build_args:
                self._environment[name] = self._build_args[name]
            elif given:
                self._environment[name] = self._expand(default)
            elif (value := self._global_args.get(name, NO_VALUE)) is not NO_VALUE:
                self._environment[name] = value

    def _compiled_for(self, chain: list[Stage]) -> str | Unknown | None:
        """For which CPU the programs are that an image from scratch gets from other stages; None for that of the host.

        A stage says it by a literal GOARCH, which the Go compiler obeys on every machine, or by the image that it runs
        on. Images that files are copied from are not looked into.
        """
        copied = " ".join(each.rest for stage in chain for each in stage.commands if "--from=" in each.rest)
        sources = set(re.findall(r"--from=(\S+)", copied))
        if len(sources) > _MAX_SOURCES:
            return Unknown(f"the image gets its files from more than {_MAX_SOURCES} places")
        stages = [self._find_source(source) for source in sources]
        named = {_OTHER_IMAGE if stage is None else self._compiled_in(stage) for stage in stages}
        architectures = [each for each in named if isinstance(each, str)]
        if not architectures and _OPEN not in named:
            return None
        if len(architectures) == 1 and not any(isinstance(each, Unknown) for each in named):
            return architectures[0]
        return Unknown("the image gets its programs from several places, or for an architecture that is not known")

    def _find_source(self, name: str) -> Stage | None:
        """The stage that COPY --from names; None for an image."""
        for stage in reversed(self._stages):
            if stage.name == name.lower():
                return stage
        return self._stages[int(name)] if re.fullmatch("[0-9]{1,6}", name) and int(name) < len(self._stages) else None

    def _compiled_in(self, stage: Stage) -> str | Unknown | None:
        """The architecture that a builder stage says its programs are for; None where it says nothing."""
        kept = [each for part in stage.chain() for each in part.commands]
        text = "\n".join(f"{each.name} {each.rest}" for each in kept if "ARCH" in each.rest)
        values = set(re.findall(r"""(?:\bGOARCH=|^ENV GOARCH )["']?([^\s"';&,]*)""", text, re.MULTILINE))
        if values and ("GOARCH" in self._build_args or re.search("^ARG (?:.* )?TARGETARCH=", text, re.MULTILINE)):
            return _OPEN
        if values and values <= {"$TARGETARCH", "${TARGETARCH}"}:
            target = self._global_args["TARGETARCH"]
            return lambda_architecture(target) if isinstance(target, str) else None
        if values:
            value = values.pop()
            return lambda_architecture(value) if not values and re.fullmatch("[a-z0-9]+", value) else _OPEN
        *_, root = stage.chain()
        base = root.base if isinstance(root.base, Unknown) else parse_base_image(root.base)
        named = base.architecture if isinstance(base, BaseImage) else None
        return named or architecture_of_platform(root.platform)


def _command(instruction: Instruction) -> Command:
    return Command("dockerfile", exec_form(instruction.rest), instruction.line)


def _labels_of_base(base: BaseImage | Unknown) -> Unknown | None:
    if isinstance(base, Unknown):
        return base
    known = base.lambda_name or base.starts_no_runtime
    return None if known else Unknown(f"{base.reference} may set labels of its own")
