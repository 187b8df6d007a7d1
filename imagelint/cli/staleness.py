"""The folders around a cloud assembly: the repository, and the app with its sources. Reads names and times only."""

from __future__ import annotations

import os
import re
from collections import deque
from collections.abc import Iterator
from itertools import islice
from typing import Final

from imagelint.assembly.stack import MANIFEST
from imagelint.config.repository import nearest_with, repository_root

_MAX_ENTRIES: Final = 2_000
"""Files and folders of an app that are looked at; a warning may be missed in a larger one."""
_TOLERANCE: Final = 1.0
"""Seconds by which a source may be newer: `git clone` writes a committed assembly before or after the sources."""
_SOURCE: Final = r"cdk\.json|Dockerfile.*|.+\.(?:ts|js|py|go|java|cs)"
_SKIPPED: Final = frozenset({"node_modules", "venv", "__pycache__", "test", "tests", "__tests__"})
"""Folders, besides hidden ones and assemblies, whose files an app is not synthesised from."""


def newer_source(assembly: str) -> str | None:
    """The newest source of the app, if it is newer than the app's cloud assembly, which may then be stale.

    None where nothing says so: in a path that is no assembly or has no app around it; and in CI (the variable that CI
    services set), where the times are those of checkouts and of artifacts handed from job to job.
    """
    try:
        written = os.stat(os.path.join(assembly, MANIFEST)).st_mtime
    except (OSError, ValueError):
        return None
    app = None if os.environ.get("CI") else _app_folder(os.path.abspath(assembly))
    if app is None:
        return None
    time, newest = max(_sources(app, os.path.abspath(assembly)), default=(0.0, ""))
    return os.path.relpath(newest) if time > written + _TOLERANCE else None


def _app_folder(assembly: str) -> str | None:
    """Where cdk.json is, not above the repository; or what `cdk.out` stands in, for an app that has none."""
    beside = os.path.dirname(assembly)
    root = repository_root(beside)
    found = nearest_with(beside, "cdk.json")
    if found is not None and os.path.commonpath((found, root or found)) == (root or found):
        return found
    return beside if os.path.basename(assembly) == "cdk.out" else None


def _sources(app: str, assembly: str) -> Iterator[tuple[float, str]]:
    """The app's sources with the times they were last written, the uppermost first."""
    folders, left = deque([app]), _MAX_ENTRIES
    while folders and left:
        for entry in _entries(folders.popleft(), left):
            left -= 1
            try:
                if entry.is_dir(follow_symlinks=False):
                    if _is_of_the_app(entry.name) and entry.path != assembly:
                        folders.append(entry.path)
                elif re.fullmatch(_SOURCE, entry.name):
                    yield entry.stat().st_mtime, entry.path
            except OSError:  # it went away, or is a link to nowhere
                continue


def _is_of_the_app(folder: str) -> bool:
    return not folder.startswith((".", "cdk.out")) and folder not in _SKIPPED


def _entries(folder: str, limit: int) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return list(islice(entries, limit))
    except OSError:
        return []
