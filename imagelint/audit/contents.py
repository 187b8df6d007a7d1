"""Which files of a source are needed to judge it, told from their names. Reads nothing."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from imagelint.assembly.candidates import has_ending, is_of_tools
from imagelint.facts.build import CLUTTER
from imagelint.record import Record

ASSET: Final = "asset."
"""How the names of the copies begin that CDK makes of what assets are built from."""
TREE: Final = "tree.json"
"""CDK's construct tree, as large as the templates together; only facts of the version of CDK are told from it."""
MARK: Final = "cdk.out"
"""The file by which CDK knows an assembly as its own; it holds nothing else."""

File = tuple[str, int | None]
"""A name, relative to the source and with forward slashes, and its size in bytes; None where the store says none."""


class Contents(Record):
    """What is there of a source, as far as it is needed."""

    files: tuple[File, ...] = ()
    """All outside of the asset folders."""
    folders: tuple[str, ...] = ()
    """The asset folders, and those in them that rules ask of."""


def contents_of(listed: Iterable[File]) -> Contents:
    """What is needed of the files and folders in a source; the names of folders end with a slash. A Dockerfile in an
    asset folder is asked for by the name that the asset manifest gives it."""
    files: list[File] = []
    folders: dict[str, None] = {}
    for name, size in listed:
        *way, last = name.split("/")
        number = next((number for number, part in enumerate(way) if part.startswith(ASSET)), None)
        if number is not None:
            folders["/".join(way[: number + 1])] = None
            if way[number + 1 : number + 2] and way[number + 1] in CLUTTER:
                folders["/".join(way[: number + 2])] = None
        elif (
            last not in ("", MARK)
            and not any(map(is_of_tools, way))
            and (not last.startswith(ASSET) or has_ending(last))
        ):
            files.append((name, size))
    return Contents(tuple(files), tuple(folders))
