"""Where a run's settings come from: `.imagelint.yaml`, the folders of rules that it names, and the command line.

Reads files and says what is wrong with them; what the settings mean, `config` knows.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, Final

from imagelint.config import Acceptance, Config, StackOverride, find_rule, selected
from imagelint.documents import Document, Misfit, fit, read_document
from imagelint.model import UsageError
from imagelint.rulefiles import overridden, read_rules
from imagelint.ruleset import Rule, load_rules
from imagelint.scope import Pointer
from imagelint.workspace import repository_root

NAME: Final = ".imagelint.yaml"
_MISTAKEN: Final = (".imagelint.yml", ".imagelint.json", "imagelint.yaml", "imagelint.yml")


@dataclass(frozen=True)
class Settings:
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
    document = _read(file)
    written: Mapping[str, Any] = document.value if document else {}
    named = _texts(written.get("rules_dir", ()))
    folders = (*(_beside(document, folder) for folder in named), *rules_dirs)
    builtin = load_rules()
    rules = (*builtin, *read_rules(folders, builtin)) if folders else builtin
    config = _config(document, rules) if document else Config()
    origins = dict(_origins(document, written)) if document else {}
    given = given or {}
    command_line = dict.fromkeys((*given, *(("rules_dir",) if rules_dirs else ())), "the command line")
    if "rules_dir" in origins and rules_dirs:
        command_line["rules_dir"] = f"{origins['rules_dir']} and the command line"
    config = replace(config, **given)
    selected(rules, config)  # a name that no rule has is an error before anything is read
    return Settings(config, rules, {**origins, **command_line}, folders)


def find(folder: Path) -> Path | None:
    """The `.imagelint.yaml` of the nearest folder from here up to the repository's root; outside of a repository, of
    this folder alone. Raises UsageError for a file that only seems to be one."""
    root = Path(repository_root(str(folder)) or folder)
    for each in (above for above in (folder, *folder.parents) if above.is_relative_to(root)):
        if os.path.lexists(each / NAME):  # a link to nowhere is a mistake, not the absence of a configuration
            return each / NAME
        for mistaken in _MISTAKEN:
            if (each / mistaken).exists():
                raise UsageError(f"{os.path.relpath(each / mistaken)}: would not be read; rename it to {NAME}")
    return None


def _read(file: str | None) -> Document | None:
    path = Path(file) if file is not None else find(Path.cwd())
    if path is None:
        return None
    document = read_document(path, file or Path(os.path.relpath(path)).as_posix())
    try:
        fit(document.value, "config")
    except Misfit as misfit:
        raise document.error(misfit) from None
    return document


def _beside(document: Document | None, folder: str) -> str:
    """A folder as the working directory sees it that a configuration file names."""
    return os.path.normpath(os.path.join(os.path.dirname(document.shown), folder)) if document else folder


def _texts(written: str | Iterable[Any]) -> tuple[str, ...]:
    return (written,) if isinstance(written, str) else tuple(str(each) for each in written)


# -- the file's content -------------------------------------------------------------------------------------------


def _config(document: Document, rules: Sequence[Rule]) -> Config:
    """The configuration that a file holds which its schema allows. Raises UsageError."""
    written: Mapping[str, Any] = document.value
    try:
        changed = _check_changes(("rules",), written.get("rules", {}), {rule.id: rule for rule in rules})
        overrides = tuple(
            _override(("overrides", index), entry, changed) for index, entry in enumerate(written.get("overrides", ()))
        )
        suppress = tuple(
            _acceptance(document, ("suppress", index), entry, rules)
            for index, entry in enumerate(written.get("suppress", ()))
        )
        for key in ("select", "ignore"):
            _check_names((key,), written.get(key, ()), rules)
    except Misfit as misfit:
        raise document.error(misfit) from None
    simple: dict[str, Any] = {key: written[key] for key in ("fail_on", "strict") if key in written}
    simple |= {key: _texts(written[key]) for key in ("select", "ignore") if key in written}
    simple |= written.get("options", {})
    return Config(rules=written.get("rules", {}), overrides=overrides, suppress=suppress, **simple)


def _check_names(at: Pointer, names: Iterable[Any], rules: Sequence[Rule]) -> None:
    for index, name in enumerate(names):
        try:
            selected(rules, Config(select=(str(name),)))
        except UsageError as error:
            raise Misfit((*at, index), str(error)) from None


def _check_changes(at: Pointer, changes: Mapping[str, Any], rules: Mapping[str, Rule]) -> dict[str, Rule]:
    """The rules after the changes. Raises Misfit for one that leaves no valid rule."""
    changed, named = dict(rules), dict[str, str]()
    for name, fields in changes.items():
        rule = changed[_named((*at, name), name, tuple(rules.values())).id]
        if rule.id in named:
            raise Misfit((*at, name), f"is the same rule as {named[rule.id]}, which is here already; make them one")
        named[rule.id] = name
        try:
            changed[rule.id] = overridden(rule, fields)
        except Misfit as misfit:
            raise Misfit((*at, name, *misfit.pointer), misfit.message) from None
    return changed


def _named(at: Pointer, name: Any, rules: Sequence[Rule]) -> Rule:
    try:
        return find_rule(rules, str(name))
    except UsageError as error:
        raise Misfit(at, str(error)) from None


def _override(at: Pointer, entry: Mapping[str, Any], rules: Mapping[str, Rule]) -> StackOverride:
    changes = entry.get("rules", {})
    changed = _check_changes((*at, "rules"), changes, rules)
    ignore = entry.get("ignore", ())
    _check_names((*at, "ignore"), ignore, tuple(changed.values()))
    return StackOverride(_texts(entry["stacks"]), changes, _texts(ignore))


def _acceptance(document: Document, at: Pointer, entry: Mapping[str, Any], rules: Sequence[Rule]) -> Acceptance:
    rule = _named((*at, "rule"), entry["rule"], rules)
    expires = None
    if "expires" in entry:
        try:
            expires = date.fromisoformat(entry["expires"])
        except ValueError:
            message = f"{entry['expires']} is no day of the calendar; write it as 2027-01-31"
            raise Misfit((*at, "expires"), message) from None
    place = document.place((*at, "expires" if expires else "rule"))
    return Acceptance(rule.id, entry["path"].strip("/"), entry["reason"], expires, place)


# -- who said so --------------------------------------------------------------------------------------------------

_NESTED: Final = ("rules", "options", "suppress", "overrides")
"""The keys whose entries are told apart."""


def _origins(document: Document, written: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for key, value in written.items():
        if key in _NESTED:
            for inner in value if isinstance(value, dict) else range(len(value)):
                yield f"{key}.{inner}", document.place((key, inner))
        else:
            yield key, document.place((key,))


def describe(settings: Settings) -> str:
    """The effective configuration as a `.imagelint.yaml`, each value with the place it comes from."""
    config = settings.config
    lines = [
        _line("select", list(config.select), settings),
        _line("ignore", list(config.ignore), settings),
        _line("fail_on", config.fail_on, settings),
        _line("strict", config.strict, settings),
        _line("rules_dir", list(settings.rules_dirs), settings),
        *_section("rules", config.rules, settings),
        *_section("overrides", [_written_override(each) for each in config.overrides], settings),
        *_section("suppress", [_written_acceptance(each) for each in config.suppress], settings),
        *_section("options", {"minimum_cdk_version": config.minimum_cdk_version}, settings),
    ]
    return "".join(f"{line}\n" for line in lines)


def _line(key: str, value: Any, settings: Settings, name: str = "") -> str:
    return f"{name or key}: {_flow(value)}  # {settings.origins.get(key, 'default')}"


_PLAIN: Final = re.compile(r"[a-z][a-z0-9_-]*")


def _flow(value: Any) -> str:
    """A value on one line of YAML, which JSON is a part of."""
    if isinstance(value, dict):
        return f"{{{', '.join(f'{_flow(key)}: {_flow(each)}' for key, each in value.items())}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(_flow, value))}]"
    is_plain = isinstance(value, str) and _PLAIN.fullmatch(value) and value not in _YAML_WORDS
    return str(value) if is_plain else json.dumps(value, ensure_ascii=False)


_YAML_WORDS: Final = ("null", "true", "false", "yes", "no", "on", "off", "y", "n")


def _section(key: str, value: Any, settings: Settings) -> Iterator[str]:
    if not value:
        yield _line(key, value, settings)
        return
    yield f"{key}:"
    for inner, each in value.items() if isinstance(value, dict) else enumerate(value):
        if isinstance(value, dict):
            yield "  " + _line(f"{key}.{inner}", each, settings, _flow(inner))
        else:
            yield f"  - {_flow(each)}  # {settings.origins[f'{key}.{inner}']}"


def _written_override(override: StackOverride) -> dict[str, Any]:
    fields = {"stacks": list(override.stacks), "rules": dict(override.rules), "ignore": list(override.ignore)}
    return {key: value for key, value in fields.items() if value}


def _written_acceptance(entry: Acceptance) -> dict[str, Any]:
    fields = {"rule": entry.rule, "path": entry.path, "reason": entry.reason, "expires": entry.expires}
    return {key: value.isoformat() if isinstance(value, date) else value for key, value in fields.items() if value}
