"""A Dockerfile's text as a sequence of instructions: parser directives, continuation lines, comments, heredocs."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Final

from imagelint.aws.dockerfile.unknown import UnreadableError
from imagelint.aws.dockerfile.words import split_words
from imagelint.record import Record


class Instruction(Record):
    name: str
    rest: str
    line: int


_NAMES: Final = frozenset(
    {"ADD", "ARG", "CMD", "COPY", "ENTRYPOINT", "ENV", "EXPOSE", "FROM", "HEALTHCHECK"}
    | {"LABEL", "MAINTAINER", "ONBUILD", "RUN", "SHELL", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR"}
)


def escape_directive(lines: list[str]) -> str:
    """The escape character, from the directives that only the first comments can be."""
    seen: dict[str, str] = {}
    for line in lines:
        if not _is_comment(line):
            break
        match = re.match(r"#\s*([A-Za-z][A-Za-z0-9]*)\s*=\s*(\S.*)", line.strip(), re.ASCII)
        key = match[1].lower() if match else ""
        if not match or key not in ("syntax", "escape", "check"):
            break
        if key in seen:
            raise UnreadableError(f"the directive {key} stands twice")
        seen[key] = match[2]
    # Another frontend may read another language altogether. A mirror of Docker's own is still Docker's.
    syntax = seen.get("syntax", "").partition(" ")[0]
    if syntax and not re.fullmatch(r"(?:[^/\s]+/)*docker/dockerfile(?:-upstream)?(?:[:@].*)?", syntax):
        raise UnreadableError(f"the Dockerfile is in the language of {syntax[:100]}")
    escape = seen.get("escape", "\\")
    if escape not in ("\\", "`"):
        raise UnreadableError("the directive escape takes \\ or `")
    return escape


def instructions(lines: list[str], escape: str) -> Iterator[Instruction]:
    following = iter(enumerate(lines, 1))
    for number, line in following:
        if _is_comment(line) or not line.strip():
            continue
        instruction = _instruction(_join(line, following, escape), number)
        for name, strip_tabs in _heredocs(instruction):
            _skip_heredoc(name, strip_tabs, following, number)
        yield instruction


def _is_comment(line: str) -> bool:
    return line.lstrip().startswith("#")


def _join(line: str, following: Iterator[tuple[int, str]], escape: str) -> str:
    """The line with its continuation lines; comments and empty lines between them are left out, as the builder does."""
    pieces: list[str] = []
    while True:
        line = line.rstrip("\r")
        stripped = line.rstrip(" \t")
        if not stripped.endswith(escape) or stripped.endswith(escape * 2):
            return "".join([*pieces, line])
        pieces.append(stripped[:-1])
        line = next((each for _, each in following if each.strip() and not _is_comment(each)), "")


def _instruction(text: str, line: int) -> Instruction:
    name, _, rest = re.sub(r"[\t\v\f\r ]+", " ", text.strip(), count=1).partition(" ")
    if name.upper() not in _NAMES:
        raise UnreadableError(f"line {line}: {name[:40]!r} is not an instruction")
    return Instruction(name.upper(), rest.strip(), line)


def onbuild_trigger(onbuild: Instruction) -> Instruction:
    """The instruction that ONBUILD keeps for the stages and images that are built on this one."""
    trigger = _instruction(onbuild.rest, onbuild.line)
    if trigger.name in ("ONBUILD", "FROM", "MAINTAINER"):
        raise UnreadableError(f"line {onbuild.line}: {trigger.name} may not follow ONBUILD")
    return trigger


def _heredocs(instruction: Instruction) -> list[tuple[str, bool]]:
    """The ends of the inline documents that follow an instruction, and whether tabs before them count for nothing."""
    if instruction.name == "ONBUILD":
        return _heredocs(onbuild_trigger(instruction))
    if instruction.name not in ("RUN", "COPY", "ADD") or "<<" not in instruction.rest:
        return []
    words = split_words(re.sub(r"<<[ \t]+", "<<", instruction.rest), "\\")
    matches = (re.fullmatch(r"[0-9]*<<(-?)([^<]+)", word) for word in words)
    ends = [(re.sub(r"\\(.)|['\"]", r"\1", match[2]), bool(match[1])) for match in matches if match]
    return [end for end in ends if end[0]]


def _skip_heredoc(name: str, strip_tabs: bool, following: Iterator[tuple[int, str]], line: int) -> None:
    for _, each in following:
        content = each.rstrip("\r")
        if (content.lstrip("\t") if strip_tabs else content) == name:
            return
    raise UnreadableError(f"line {line}: the document that {name[:40]} should end does not end")


def exec_form(rest: str) -> tuple[str, ...] | None:
    """The words of the exec form; None for the shell form, which is what anything but a JSON list of strings is."""
    if not rest.startswith("["):
        return None
    try:
        words = json.loads(rest)
    except (ValueError, RecursionError):
        return None
    if not all(isinstance(word, str) for word in words):
        return None
    # Half a surrogate pair could not be printed; the builder replaces it too.
    return tuple(word if word.isascii() else re.sub(r"[\ud800-\udfff]", "\ufffd", word) for word in words)
