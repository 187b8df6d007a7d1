"""A template and the cloud assemblies that it lies in: what is known of it is written beside it, and above it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from typing import Final

from imagelint.assembly.assembly import Assembly
from imagelint.assembly.stack import MANIFEST
from imagelint.documents.files import Root, UnreadableFileError

MAX_LEVELS_UP: Final = 8
"""How far above a template the manifest of its assembly is looked for; each stage in a stage is one more level."""


def assemblies_around(template: str) -> Iterator[str]:
    """The folders that hold a template, or hold one that does, and have a manifest of CDK's; the outermost first.

    The manifest of a stage names the stage's templates too, but the assembly around it knows more. One that cannot be
    read is a problem beside the template, and anybody's further up.
    """
    folders = [os.path.dirname(os.path.abspath(template))]
    while len(folders) <= MAX_LEVELS_UP and os.path.dirname(folders[-1]) != folders[-1]:
        folders.append(os.path.dirname(folders[-1]))
    for folder in reversed(folders):
        if is_cloud_assembly(Root(folder, folder), "", if_unreadable=folder == folders[0]):
            yield folder


def is_cloud_assembly(root: Root, folder: str, *, if_unreadable: bool) -> bool:
    """Whether a folder has a cloud assembly's manifest.json: web apps have files of that name too."""
    if not os.path.isfile(os.path.join(root.path, folder, MANIFEST)):
        return False
    try:
        file = root.inside(folder, MANIFEST, "manifest")
        return b'"artifacts"' in root.read(file) or "artifacts" in root.read_json(file)
    except UnreadableFileError:
        return if_unreadable


def deployed_with(assembly: Assembly, templates: Iterable[str]) -> set[str]:
    """The display paths of some templates of an assembly, and of those that their stacks nest or deploy."""
    real = set(map(os.path.realpath, templates))
    return {
        stack.display_path
        for stack in assembly.stacks
        if any(os.path.realpath(each.display_path) in real for each in stack.with_owners())
    }
