"""Where a run's settings come from: `.imagelint.yaml`, the folders of rules that it names, and the command line.

Finds them and puts them together; a run without such a file pays for no more than looking for it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any, Final

from imagelint.config.model import Config
from imagelint.config.repository import is_inside, repository_root
from imagelint.config.selection import selected
from imagelint.model import UsageError
from imagelint.record import Record
from imagelint.rules.rule import Rule, load_rules

NAME: Final = ".imagelint.yaml"
_MANIFEST: Final = "manifest.json"
"""What a cloud assembly is known by."""
_MISTAKEN: Final = (".imagelint.yml", ".imagelint.json", "imagelint.yaml", "imagelint.yml")
_COMMAND_LINE: Final = "the command line"


class Settings(Record):
    """What a run is asked to do, by which rules, and who said so."""

    config: Config
    rules: tuple[Rule, ...]
    """The built-in rules and the team's own, as their files have them."""
    origins: Mapping[str, str]
    """Where each value comes from that is not a default: a key such as `rules.image-tag-latest`, and its place."""
    rules_dirs: tuple[str, ...] = ()


def load_settings(
    file: str | None = None,
    rules_dirs: Sequence[str] = (),
    given: Mapping[str, Any] | None = None,
    paths: Sequence[str] = (),
) -> Settings:
    """The settings of a run in the working directory that lints some paths.

    `file` stands in for the `.imagelint.yaml` that would be found, `rules_dirs` add to its folders of rules, and
    `given` are the fields of Config that the command line sets. Raises UsageError.
    """
    builtin = load_rules()
    path = file if file is not None else find(paths)
    given = given or {}
    if path is None and not rules_dirs:
        config = Config(**given)
        selected(builtin, config)  # a name that no rule has is an error before anything is read
        return Settings(config=config, rules=builtin, origins=dict.fromkeys(given, _COMMAND_LINE))
    from imagelint.config.file import config_of, origins_of, read_config, rules_dirs_of
    from imagelint.rules.own import read_rules

    document = None if path is None else read_config(path, file or os.path.relpath(path).replace(os.sep, "/"))
    named = rules_dirs_of(document) if document else ()
    _refuse_links(named)
    folders = (*named, *rules_dirs)
    rules = (*builtin, *read_rules(folders, builtin))
    config = (config_of(document, rules) if document else Config())._replace(**given)
    selected(rules, config)
    origins = {**dict(origins_of(document) if document else ()), **dict.fromkeys(given, _COMMAND_LINE)}
    if rules_dirs:
        configured = origins.get("rules_dir")
        origins["rules_dir"] = f"{configured} and {_COMMAND_LINE}" if configured else _COMMAND_LINE
    return Settings(config=config, rules=rules, origins=origins, rules_dirs=folders)


def _refuse_links(folders: Sequence[str]) -> None:
    """Refuse folders of the repository that are links out of it, which a pull request may have put there."""
    root = repository_root(os.getcwd())
    for folder in folders:
        is_of_repository = root and os.path.abspath(folder).startswith(os.path.join(root, ""))
        if is_of_repository and not is_inside(root, folder):
            raise UsageError(f"{folder}: is a link out of the repository; name the folder with --rules-dir instead")


def find(paths: Sequence[str]) -> str | None:
    """The `.imagelint.yaml` of the linted paths, or else of the working directory.

    Raises UsageError for a file that only seems to be one, and where two paths have different ones.
    """
    working = os.getcwd()
    beside = dict.fromkeys(_folder_of(os.path.join(working, path)) for path in paths if path != "-")
    found = dict.fromkeys(file for file in map(_nearest, beside) if file is not None)
    if len(found) > 1:
        one, other = (os.path.relpath(file) for file in list(found)[:2])
        raise UsageError(f"the paths have two configurations, {one} and {other}: lint them apart, or name a --config")
    return next(iter(found), None) or _nearest(working)


def _folder_of(path: str) -> str:
    """The folder that a path's configuration is looked for from: above an assembly, whose content is not trusted."""
    folder = os.path.normpath(path)
    if not os.path.isdir(folder):
        folder = os.path.dirname(folder)
    while os.path.isfile(os.path.join(folder, _MANIFEST)) and folder != os.path.dirname(folder):
        folder = os.path.dirname(folder)
    return folder


def _nearest(folder: str) -> str | None:
    """The `.imagelint.yaml` of the nearest folder from here up to the repository's root; outside of a repository, of
    this folder alone."""
    root = repository_root(folder) or folder
    while True:
        file = os.path.join(folder, NAME)
        if os.path.lexists(file):  # a link to nowhere is a mistake, not the absence of a configuration
            if not is_inside(root, file):
                raise UsageError(f"{os.path.relpath(file)}: is a link out of the repository; name a --config instead")
            return file
        for mistaken in (os.path.join(folder, name) for name in _MISTAKEN):
            if os.path.exists(mistaken):
                raise UsageError(f"{os.path.relpath(mistaken)}: would not be read; rename it to {NAME}")
        if folder == root:
            return None
        folder = os.path.dirname(folder)
