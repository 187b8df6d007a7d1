"""Paths of a report as the CI services want them: with slashes, relative to the repository's root. Touches no disk."""

from __future__ import annotations

import re
from pathlib import PurePath
from urllib.parse import quote

from imagelint.model import Finding, Location, Problem, Source
from imagelint.report.formats import Context

_WITH_LINE = re.compile(r"(?P<file>.*?):(?P<line>[1-9][0-9]*)(?::[0-9]+)?", re.DOTALL)

_ON_WINDOWS = re.compile(r"[A-Za-z]:|[\\/]{2}")
"""How a path of another machine begins: a drive or a share. pathlib takes `::` for a drive since Python 3.12."""


def in_repository(path: str, context: Context) -> str:
    """The path relative to the repository's root; absolute outside of it; as it is without a root, or for `-`."""
    if path == "-" or not (context.root and context.directory):
        return PurePath(path).as_posix()
    absolute = _collapsed(PurePath(context.directory, path))
    root = _collapsed(PurePath(context.root))
    return (absolute.relative_to(root) if absolute.is_relative_to(root) else absolute).as_posix()


def in_reach(source: Source | None, context: Context) -> Source | None:
    """The source if a CI service can show it; None for one outside of the repository, as all are where the assembly was
    made on another machine."""
    if source is None or _ON_WINDOWS.match(source.file):
        return None
    return None if PurePath(in_repository(source.file, context)).is_absolute() else source


def for_review(finding: Finding, context: Context) -> Location | Source:
    """Where a CI service shows a finding: the app's own source, or else the cause or the function's template."""
    cause = finding.cause
    source = in_reach(cause.source if cause else None, context) or in_reach(finding.source, context)
    return source or (cause.location if cause else finding.location)


def _collapsed(path: PurePath) -> PurePath:
    """Without `..`; of an absolute path whose symbolic links do not matter."""
    parts: list[str] = []
    for part in path.parts:
        if part != "..":
            parts.append(part)
        elif len(parts) > 1:
            parts.pop()
    return PurePath(*parts)


def problem_place(problem: Problem) -> tuple[str, int | None]:
    """The path of a problem and its line: `cdk.out/App.template.json:12` names both in one."""
    match = _WITH_LINE.fullmatch(problem.path)
    return (match["file"], int(match["line"])) if match else (problem.path, None)


def file_uri(path: str) -> str:
    """A path with slashes as a URI reference (RFC 3986, 4.2): relative stays relative."""
    if PurePath(path).is_absolute():
        return f"file:///{quote(path.lstrip('/'), safe='/:', errors='backslashreplace')}"
    return quote(path, errors="backslashreplace")
