"""The git repository around a folder. Looks for names, reads nothing."""

from __future__ import annotations

import os


def repository_root(directory: str) -> str:
    """The nearest folder from an absolute path upwards that is a git repository's; empty where none is."""
    return nearest_with(directory, ".git") or ""


def nearest_with(folder: str, name: str) -> str | None:
    """The nearest folder from an absolute path upwards that holds the name; None where none does."""
    while not os.path.exists(os.path.join(folder, name)):
        folder, below = os.path.dirname(folder), folder
        if folder == below:
            return None
    return folder


def is_inside(folder: str, path: str) -> bool:
    """Whether a path leads to what lies in a folder, or would if it were there, links followed."""
    return os.path.realpath(path).startswith(os.path.join(os.path.realpath(folder), ""))
