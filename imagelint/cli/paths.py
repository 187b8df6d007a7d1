"""Which assemblies and templates a command reads: those that it is given, or the assembly that is found."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import TYPE_CHECKING, Final, TypeAlias

from imagelint.assembly.around import assemblies_around, deployed_with
from imagelint.assembly.stack import MANIFEST
from imagelint.cli.staleness import newer_source
from imagelint.cli.terminal import complain
from imagelint.config.repository import repository_root

if TYPE_CHECKING:
    from imagelint.assembly.assembly import Assembly

Input: TypeAlias = "tuple[Assembly, Collection[str] | None]"
"""An assembly, and the templates of it that are asked for, by the names that reports give them; None for all."""

_DEFAULT: Final = "cdk.out"


def paths_to_read(paths: Sequence[str]) -> tuple[str, ...]:
    """The paths to read, the app's assembly where none are given, with a warning for each that may be stale."""
    paths = tuple(paths) or (default_assembly(),)
    for path in paths:
        if source := newer_source(path):
            complain(f"warning: {path} may be stale, {source} is newer: run `npx cdk synth`, or lint with --synth")
    return paths


def default_assembly() -> str:
    """The cloud assembly of the nearest app, from the working directory up to the repository's root; outside of a
    repository, of the working directory alone.

    The app is where cdk.json is, whose `output` names the assembly, or else where cdk.out is.
    """
    working = os.getcwd()
    root, folder = repository_root(working) or working, working
    while True:
        output = _output_of(os.path.join(folder, "cdk.json"))
        if output is not None or os.path.isdir(os.path.join(folder, _DEFAULT)):
            return os.path.relpath(os.path.join(folder, output or _DEFAULT)).replace(os.sep, "/")
        if folder == root:
            return _DEFAULT
        folder = os.path.dirname(folder)


def _output_of(file: str) -> str | None:
    """The folder that a cdk.json says the app is synthesised into; None where there is no such file."""
    from imagelint.documents.files import UnreadableFileError, read

    try:
        settings = json.loads(read(file, file))
    except (UnreadableFileError, ValueError, RecursionError):
        return _DEFAULT if os.path.isfile(file) else None
    output = settings.get("output") if isinstance(settings, dict) else None
    return output if isinstance(output, str) and output else _DEFAULT


def assemblies(paths: Sequence[str], load: Callable[[str], Assembly]) -> Iterator[Input]:
    """Each path's assembly, read when its turn comes.

    A template that a cloud assembly names is read with that assembly, once for all such templates, and judged with
    those that it nests.
    """
    inside: dict[str, list[str]] = {}
    for path in paths:
        folder = _assembly_around(path)
        if folder is None:
            yield load(path), None
        else:
            inside.setdefault(folder, []).append(path)
    for folder, templates in inside.items():
        assembly = load(folder)
        asked = deployed_with(assembly, templates)
        named = set(map(os.path.realpath, asked))
        for template in templates:
            if os.path.realpath(template) not in named:  # left there by an earlier synth
                yield load(template), None
        if asked:
            yield assembly, asked


def _assembly_around(template: str) -> str | None:
    """The outermost assembly that a template lies in; None where there is none, and for what is no file."""
    if os.path.basename(template) == MANIFEST or not os.path.isfile(template):
        return None
    found = next(assemblies_around(template), None)
    return found if found is None or os.path.isabs(template) else os.path.relpath(found)
