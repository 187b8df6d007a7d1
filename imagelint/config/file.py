"""The content of `.imagelint.yaml`: from the file to a configuration, and back to what holds.

Says of a mistake in it where it stands; what the settings mean, `config` knows.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Final

from imagelint.config.model import Config, StackOverride, SuppressionEntry
from imagelint.config.selection import find_rule, selected
from imagelint.documents.document import Document, read_document
from imagelint.documents.pointer import Pointer
from imagelint.documents.schema import MisfitError, fit
from imagelint.model import UsageError
from imagelint.rules.own import overridden
from imagelint.rules.rule import Rule
from imagelint.text.words import is_reason


def read_config(path: str, shown: str) -> Document:
    """A file that the schema of configurations allows. Raises UsageError."""
    document = read_document(path, shown)
    try:
        fit(document.value, "config/config")
    except MisfitError as misfit:
        raise document.error(misfit) from None
    return document


def rules_dirs_of(document: Document) -> tuple[str, ...]:
    """The folders of rules that the file names, as the working directory sees them."""
    beside = os.path.dirname(document.display_path)
    return tuple(
        os.path.normpath(os.path.join(beside, folder)) for folder in _texts(document.value.get("rules_dir", ()))
    )


def _texts(written: str | Iterable[Any]) -> tuple[str, ...]:
    return (written,) if isinstance(written, str) else tuple(str(each) for each in written)


# -- the file's content -------------------------------------------------------------------------------------------


_SIMPLE: Final = ("fail_on", "strict", "build_host", "inline_suppressions", "on_error")
"""The keys whose values are those of Config as they stand."""


def config_of(document: Document, rules: Sequence[Rule]) -> Config:
    """The configuration that a file holds which its schema allows. Raises UsageError."""
    written: Mapping[str, Any] = document.value
    try:
        changed = _check_changes(("rules",), written.get("rules", {}), {rule.id: rule for rule in rules})
        overrides = tuple(
            _override(document, ("overrides", index), entry, changed)
            for index, entry in enumerate(written.get("overrides", ()))
        )
        suppress = tuple(
            _entry(document, ("suppress", index), entry, rules)
            for index, entry in enumerate(written.get("suppress", ()))
        )
        for key in ("select", "ignore", "strict"):
            if isinstance(names := written.get(key), list):
                _check_names((key,), names, rules)
    except MisfitError as misfit:
        raise document.error(misfit) from None
    simple: dict[str, Any] = {key: written[key] for key in _SIMPLE if key in written}
    simple |= {
        key: _texts(written[key]) for key in ("select", "ignore", "strict") if isinstance(written.get(key), list)
    }
    simple |= written.get("options", {})
    return Config(rules=written.get("rules", {}), overrides=overrides, suppress=suppress, **simple)


def _check_names(at: Pointer, names: Iterable[Any], rules: Sequence[Rule]) -> None:
    for index, name in enumerate(names):
        try:
            selected(rules, Config(select=(str(name),)))
        except UsageError as error:
            raise MisfitError((*at, index), str(error)) from None


def _check_changes(at: Pointer, changes: Mapping[str, Any], rules: Mapping[str, Rule]) -> dict[str, Rule]:
    """The rules after the changes. Raises MisfitError for one that leaves no valid rule."""
    changed, named = dict(rules), dict[str, str]()
    for name, fields in changes.items():
        rule = changed[_named((*at, name), name, tuple(rules.values())).id]
        if rule.id in named:
            raise MisfitError(
                (*at, name), f"is the same rule as {named[rule.id]}, which is here already; make them one"
            )
        named[rule.id] = name
        try:
            changed[rule.id] = overridden(rule, fields)
        except MisfitError as misfit:
            raise MisfitError((*at, name, *misfit.pointer), misfit.message) from None
    return changed


def _named(at: Pointer, name: Any, rules: Sequence[Rule]) -> Rule:
    try:
        return find_rule(rules, str(name))
    except UsageError as error:
        raise MisfitError(at, str(error)) from None


def _override(document: Document, at: Pointer, entry: Mapping[str, Any], rules: Mapping[str, Rule]) -> StackOverride:
    changes = entry.get("rules", {})
    changed = _check_changes((*at, "rules"), changes, rules)
    ignore = entry.get("ignore", ())
    _check_names((*at, "ignore"), ignore, tuple(changed.values()))
    place = document.place((*at, "stacks"))
    return StackOverride(stacks=_texts(entry["stacks"]), rules=changes, ignore=_texts(ignore), place=place)


def _entry(document: Document, at: Pointer, entry: Mapping[str, Any], rules: Sequence[Rule]) -> SuppressionEntry:
    rule = _named((*at, "rule"), entry["rule"], rules)
    expires = None
    if "expires" in entry:
        try:
            expires = date.fromisoformat(entry["expires"])
        except ValueError:
            message = f"{entry['expires']} is no day of the calendar; write it as 2027-01-31"
            raise MisfitError((*at, "expires"), message) from None
    if not is_reason(entry["reason"]):
        raise MisfitError((*at, "reason"), "gives no reason; say why, for whoever reads it next")
    place = document.place((*at, "expires" if expires else "rule"))
    path = entry["path"].strip("/")
    return SuppressionEntry(rule=rule.id, path=path, reason=entry["reason"], expires=expires, place=place)


# -- who said so --------------------------------------------------------------------------------------------------

_NESTED: Final = ("rules", "options", "suppress", "overrides")
"""The keys whose entries are told apart."""


def origins_of(document: Document) -> Iterator[tuple[str, str]]:
    """Where each value of the file stands: a key such as `rules.image-tag-latest`, and its place."""
    for key, value in document.value.items():
        if key in _NESTED:
            for inner in value if isinstance(value, dict) else range(len(value)):
                yield f"{key}.{inner}", document.place((key, inner))
        else:
            yield key, document.place((key,))


def describe(config: Config, rules_dirs: Sequence[str], origins: Mapping[str, str]) -> str:
    """A configuration as a `.imagelint.yaml`, each value with the place it comes from."""
    lines = [
        _line("select", list(config.select), origins),
        _line("ignore", list(config.ignore), origins),
        _line("fail_on", config.fail_on, origins),
        _line("strict", config.strict if isinstance(config.strict, bool) else list(config.strict), origins),
        _line("build_host", config.build_host, origins),
        _line("inline_suppressions", config.inline_suppressions, origins),
        _line("on_error", config.on_error, origins),
        _line("rules_dir", list(rules_dirs), origins),
        *_section("rules", config.rules, origins),
        *_section("overrides", [_written_override(each) for each in config.overrides], origins),
        *_section("suppress", [_written_entry(each) for each in config.suppress], origins),
        *_section("options", {"minimum_cdk_version": config.minimum_cdk_version}, origins),
    ]
    return "".join(f"{line}\n" for line in lines)


def _line(key: str, value: Any, origins: Mapping[str, str], name: str = "") -> str:
    return f"{name or key}: {_flow(value)}  # {origins.get(key, 'default')}"


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


def _section(key: str, value: Any, origins: Mapping[str, str]) -> Iterator[str]:
    if not value:
        yield _line(key, value, origins)
        return
    yield f"{key}:"
    for inner, each in value.items() if isinstance(value, dict) else enumerate(value):
        if isinstance(value, dict):
            yield "  " + _line(f"{key}.{inner}", each, origins, _flow(inner))
        else:
            yield f"  - {_flow(each)}  # {origins[f'{key}.{inner}']}"


def _written_override(override: StackOverride) -> dict[str, Any]:
    fields = {"stacks": list(override.stacks), "rules": dict(override.rules), "ignore": list(override.ignore)}
    return {key: value for key, value in fields.items() if value}


def _written_entry(entry: SuppressionEntry) -> dict[str, Any]:
    fields = {"rule": entry.rule, "path": entry.path, "reason": entry.reason, "expires": entry.expires}
    return {key: value.isoformat() if isinstance(value, date) else value for key, value in fields.items() if value}
