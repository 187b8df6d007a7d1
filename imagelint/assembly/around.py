"""A template and the cloud assemblies that it lies in: what is known of it is written beside it, and above it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from typing import Final

from imagelint.assembly.assembly import Assembly
from imagelint.assembly.stack import MANIFEST

MAX_LEVELS_UP: Final = 8
"""How far above a template the manifest of its assembly is looked for; each stage in a stage is one more level."""


def assemblies_around(template: str) -> Iterator[str]:
    """The folders that hold a template, or hold one that does, and have a manifest; the outermost first.

    The manifest of a stage names the stage's templates too, but the assembly around it knows more. A folder may be
    none of CDK's: web apps have a manifest.json too.
    """
    folders = [os.path.dirname(os.path.abspath(template))]
    while len(folders) <= MAX_LEVELS_UP and os.path.dirname(folders[-1]) != folders[-1]:
        folders.append(os.path.dirname(folders[-1]))
    return (folder for folder in reversed(folders) if os.path.isfile(os.path.join(folder, MANIFEST)))


def deployed_with(assembly: Assembly, templates: Iterable[str]) -> set[str]:
    """The display paths of some templates of an assembly, and of those that their stacks nest or deploy."""
    real = set(map(os.path.realpath, templates))
    return {
        stack.display_path
        for stack in assembly.stacks
        if any(os.path.realpath(each.display_path) in real for each in stack.with_owners())
    }
