"""The lines around what a report points at, for the formats that show them.

A template and a Dockerfile are read as the assembly reads them. The app's own source is named by the assembly, which
nobody trusts: of the machine, only source files of the repository are shown.
"""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from itertools import islice
from typing import Final

from imagelint.assembly.assembly import Assembly
from imagelint.config.repository import repository_root
from imagelint.documents.files import Root, UnreadableFileError
from imagelint.model import Excerpt, Finding, Location, Source

Place = Location | Source
_AROUND: Final = 1
"""Lines before and after the one that is meant."""
_LONGEST: Final = 600
"""Characters of a line that are kept; a template may be one line."""
_BEFORE: Final = 100
"""…and how many of them stand before the column that is meant, where a line is longer."""
_SOURCES: Final = (".ts", ".mts", ".cts", ".tsx", ".js", ".mjs", ".cjs", ".jsx", ".py", ".go", ".java", ".cs", ".kt")
"""How the files of an app end in the languages of CDK. Nothing else of a repository is shown: no `.env`, say."""


def excerpts_of(findings: Iterable[Finding], assembly: Assembly) -> dict[Place, Excerpt]:
    """The lines around the places of findings, as far as they can be read. Each file is read once."""
    sources: dict[str, dict[Place, None]] = {}
    others: dict[str, dict[Place, None]] = {}
    for place in _places(findings):
        wanted, file = (sources, place.file) if isinstance(place, Source) else (others, place.template)
        wanted.setdefault(file, {})[place] = None
    found: dict[Place, Excerpt] = {}
    for file, places in sources.items():
        found.update(_cut_out(partial(_source, file), places))
    stacks = {stack.display_path: stack for stack in assembly.stacks if stack.has_own_text} if others else {}
    for file, places in others.items():
        read = stacks[file].text if file in stacks else partial(_beside, file, assembly.root)
        found.update(_cut_out(read, places))
    return found


def _places(findings: Iterable[Finding]) -> Iterator[Place]:
    for finding in findings:
        yield finding.location
        if finding.source:
            yield finding.source
        if finding.cause:
            yield finding.cause.location
            if finding.cause.source:
                yield finding.cause.source


def _source(file: str) -> bytes:
    """A source file of the repository, or without one below the working directory. Raises UnreadableFileError."""
    if not file.endswith(_SOURCES):
        raise UnreadableFileError(file, "is no source file")
    working = os.getcwd()
    folder = repository_root(working) or working
    return _beside(os.path.join(working, file), Root(folder, folder))


def _beside(file: str, root: Root) -> bytes:
    """A file in a folder, by the name that people see. Raises UnreadableFileError."""
    try:
        return root.read(os.path.relpath(file, root.display_path))
    except ValueError:  # another drive
        raise UnreadableFileError(file, "is elsewhere") from None


def _cut_out(read: Callable[[], bytes], places: Iterable[Place]) -> Iterator[tuple[Place, Excerpt]]:
    """The lines around places of one text; none for a place that the text does not have, and of a text that cannot be
    read, which whoever needs it says."""
    try:
        data = read()
    except UnreadableFileError:
        return
    lines = _lines(data, {place.line for place in places if place.line is not None})
    for place in places:
        if place.line is None or place.line not in lines:
            continue
        column = place.column or 1
        cut = max(0, column - 1 - _BEFORE) if len(lines[place.line]) > _LONGEST else 0
        around = range(place.line - _AROUND, place.line + _AROUND + 1)
        numbers = [number for number in around if number in lines]
        yield place, Excerpt(numbers[0], tuple(lines[number][cut : cut + _LONGEST] for number in numbers), cut)


def _lines(data: bytes, numbers: set[int]) -> Mapping[int, str]:
    """The lines with some numbers and those around them, in one pass that keeps no other line."""
    asked = {number + offset for number in numbers for offset in range(-_AROUND, _AROUND + 1)}
    first, last = max(1, min(asked, default=1)), max(asked, default=0)
    lines = enumerate(islice(io.BytesIO(data.removeprefix(b"\xef\xbb\xbf")), first - 1, last), start=first)
    return {number: line.rstrip(b"\r\n").decode(errors="replace") for number, line in lines if number in asked}
