"""What a Dockerfile's text names, whatever it builds: images, build arguments, paths. Follows no stage."""

from __future__ import annotations

import re
from typing import Final

from imagelint.aws.dockerfile.instructions import Instruction, escape_directive, instructions
from imagelint.aws.dockerfile.unknown import UnreadableError
from imagelint.record import Record

_COPIED_FROM: Final = r"--from=(<[^<>]*>\S*|\S+)"
_STAGE_NAME: Final = r"(?s)\s[Aa][Ss]\s.*"


class Mentions(Record):
    """What a Dockerfile names, as it is written there."""

    images: tuple[Instruction, ...]
    """Every FROM and COPY --from; `rest` is the image or stage alone."""
    arguments: frozenset[str]
    """The names that ARG declares."""
    copied: str
    """What COPY and ADD say, one instruction a line."""
    is_whole: bool
    """Whether the text is a Dockerfile's to its end, so that it names nothing else."""


def mentions(text: str) -> Mentions:
    """What the text names, up to the line that is no Dockerfile's."""
    images: list[Instruction] = []
    arguments: set[str] = set()
    copied: list[str] = []
    is_whole = True
    try:
        lines = text.removeprefix("\ufeff").split("\n")
        for each in instructions(lines, escape_directive(lines)):
            if each.name == "FROM":
                images.append(each._replace(rest=re.sub(_STAGE_NAME, "", each.rest)))
            elif each.name == "ARG":
                arguments.update(word.partition("=")[0] for word in each.rest.split())
            elif each.name in ("COPY", "ADD"):
                copied.append(each.rest)
                if source := re.search(_COPIED_FROM, each.rest):
                    images.append(each._replace(rest=source[1]))
    except UnreadableError:
        is_whole = False
    return Mentions(images=tuple(images), arguments=frozenset(arguments), copied="\n".join(copied), is_whole=is_whole)
