"""Where a run's settings come from: `.imagelint.yaml`, the folders of rules that it names, and the command line.

Finds them and puts them together; a run without such a file pays for no more than looking for it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, NamedTuple

from imagelint.config.model import Config
from imagelint.config.repository import repository_root
from imagelint.config.selection import selected
from imagelint.model import UsageError
from imagelint.rules.rule import Rule, load_rules

NAME: Final = ".imagelint.yaml"
_MISTAKEN: Final = (".imagelint.yml", ".imagelint.json", "imagelint.yaml", "imagelint.yml")
_COMMAND_LINE: Final = "the command line"


class Settings(NamedTuple):
    """What a run is asked to do, by which rules, and who said so."""

    config: Config
    rules: tuple[Rule, ...]
    """The built-in rules and the team's own, as their files have them."""
    origins: Mapping[str, str]
    """Where each value comes from that is not a default: a key such as `rules.image-tag-latest`, and its place."""
    rules_dirs: tuple[str, ...] = ()


def load_settings(
    file: str | None = None, rules_dirs: Sequence[str] = (), given: Mapping[str, Any] | None = None
) -> Settings:
    """The settings of a run in the working directory.

    `file` stands in for the `.imagelint.yaml` that would be found, `rules_dirs` add to its folders of rules, and
    `given` are the fields of Config that the command line sets. Raises UsageError.
    """
    builtin = load_rules()
    path = file if file is not None else find(os.getcwd())
    given = given or {}
    if path is None and not rules_dirs:
        config = replace(Config(), **given)
        selected(builtin, config)  # a name that no rule has is an error before anything is read
        return Settings(config=config, rules=builtin, origins=dict.fromkeys(given, _COMMAND_LINE))
    from imagelint.config.file import config_of, origins_of, read_config, rules_dirs_of
    from imagelint.rules.own import read_rules

    document = None if path is None else read_config(path, file or os.path.relpath(path).replace(os.sep, "/"))
    folders = (*(rules_dirs_of(document) if document else ()), *rules_dirs)
    rules = (*builtin, *read_rules(folders, builtin))
    config = replace(config_of(document, rules) if document else Config(), **given)
    selected(rules, config)
    origins = {**dict(origins_of(document) if document else ()), **dict.fromkeys(given, _COMMAND_LINE)}
    if rules_dirs:
        configured = origins.get("rules_dir")
        origins["rules_dir"] = f"{configured} and {_COMMAND_LINE}" if configured else _COMMAND_LINE
    return Settings(config=config, rules=rules, origins=origins, rules_dirs=folders)


def find(folder: str) -> str | None:
    """The `.imagelint.yaml` of the nearest folder from here up to the repository's root; outside of a repository, of
    this folder alone. Raises UsageError for a file that only seems to be one."""
    root = repository_root(folder) or folder
    while True:
        file = os.path.join(folder, NAME)
        if os.path.lexists(file):  # a link to nowhere is a mistake, not the absence of a configuration
            return file
        for mistaken in (os.path.join(folder, name) for name in _MISTAKEN):
            if os.path.exists(mistaken):
                raise UsageError(f"{os.path.relpath(mistaken)}: would not be read; rename it to {NAME}")
        if folder == root:
            return None
        folder = os.path.dirname(folder)
