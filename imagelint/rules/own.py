"""Rules that did not come with imagelint: folders of rule files, and changes to rules made in a configuration.

A built-in rule is held to its contract by imagelint's tests, these when they are read: by `rule.schema.json`, by the
vocabulary of facts, and by the rule's own examples. Knows rules and facts by name; knows nothing of AWS.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import Any, Final

from imagelint.documents.document import Misfit, fit, nearest, read_document, schema, show
from imagelint.documents.pointer import Pointer
from imagelint.model import Outcome, UsageError
from imagelint.rules.ruleset import Rule, check, make_rule

_BRACES: Final = re.compile(r"\{([^{}]*)\}")
_EXAMPLES: Final = {"bad": Outcome.FAIL, "good": Outcome.PASS, "unknown": Outcome.UNKNOWN}


def read_rules(folders: Sequence[str | os.PathLike[str]], others: Sequence[Rule] = ()) -> tuple[Rule, ...]:
    """The rules of folders, whose ids and codes are neither one another's nor those of the other rules.

    Raises UsageError, one line for each file that cannot be used.
    """
    owners = {name: "imagelint itself" for rule in others for name in (rule.id, str(rule.number))}
    rules: list[Rule] = []
    wrong: list[str] = []
    for folder in folders:
        try:
            files = _files(Path(folder))
        except UsageError as error:
            wrong.append(str(error))
            continue
        for file in files:
            try:
                rules.append(_read_rule(file, owners))
            except UsageError as error:
                wrong.append(str(error))
    if wrong:
        raise UsageError("\n".join(wrong))
    return tuple(sorted(rules, key=lambda rule: rule.number))


def _files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise UsageError(f"{folder}: is not a folder")
    files = sorted(file for file in folder.iterdir() if file.suffix in (".yaml", ".yml"))
    for file in files:
        if file.suffix == ".yml":
            raise UsageError(f"{file}: would not be read; rename it to {file.with_suffix('.yaml').name}")
    if not files:
        raise UsageError(f"{folder}: holds no rule files (*.yaml)")
    return files


def _read_rule(file: Path, owners: dict[str, str]) -> Rule:
    document = read_document(file, file.as_posix())
    try:
        rule = _checked(document.value)
        if rule.id != file.stem:
            raise Misfit(("id",), f"is {rule.id!r}, but the file is named {file.name}; the two must be the same")
        _try_examples(rule)
        for key, name in (("id", rule.id), ("code", str(rule.number))):
            if name in owners:
                raise Misfit((key,), f"{name} is the {key} of another rule too, in {owners[name]}; choose another")
    except Misfit as misfit:
        raise document.error(misfit) from None
    owners[rule.id] = owners[str(rule.number)] = document.shown
    return rule


def overridden(rule: Rule, changes: Mapping[str, Any]) -> Rule:
    """The rule with some of its fields changed. Raises Misfit, whose pointer begins at the rule."""
    return _checked(_merged(_document(rule), changes, 0))


_KEYS: Final = {"number": "code", "asserts": "assert"}
"""A field of Rule -> the key of a rule file, where the two differ."""


def _document(rule: Rule) -> dict[str, Any]:
    """The content of the rule's file, without what says nothing."""
    written = {_KEYS.get(field.name, field.name): getattr(rule, field.name) for field in fields(rule)}
    return {key: list(value) if isinstance(value, tuple) else value for key, value in written.items() if value}


_JUDGEMENT: Final = 2
"""How deep below the rule the keywords of a judgement stand: assert, image.tag, not."""


def _merged(base: Any, changes: Mapping[str, Any], depth: int) -> dict[str, Any]:
    """The changes laid over the base, object by object, down to the keywords of a judgement, whose values are whole:
    half of an old `not` in a new one would mean neither. null takes a field or a fact away."""
    merged = dict(base) if isinstance(base, dict) else {}
    for key, value in changes.items():
        if value is None and depth < _JUDGEMENT:
            merged.pop(key, None)
        elif isinstance(value, dict) and depth < _JUDGEMENT:
            merged[key] = _merged(merged.get(key), value, depth + 1)
        else:
            merged[key] = value
    return merged


# -- what a schema of rules cannot say --------------------------------------------------------------------------------


def _checked(document: Any) -> Rule:
    fit(document, "rules/rule")
    for field in ("when", "assert"):
        for fact, judgement in document.get(field, {}).items():
            _known((field, fact), fact)
            _check_judgement((field, fact), fact, judgement)
    _check_message(document["message"], list(document["assert"]))
    for name, facts in document["examples"].items():
        for fact, value in facts.items():
            at = ("examples", name, fact)
            _known(at, fact)
            _possible(at, fact, value)
    return make_rule(document)


def _vocabulary() -> Mapping[str, Mapping[str, Any]]:
    facts: Mapping[str, Mapping[str, Any]] = schema("facts/facts")["properties"]
    return facts


def _known(at: Pointer, fact: str) -> None:
    if fact not in _vocabulary():
        hint = nearest(fact, _vocabulary()) or "; `imagelint facts --schema` lists them"
        raise Misfit(at, f"there is no fact {fact!r}{hint}")


def _possible(at: Pointer, fact: str, value: Any) -> None:
    if not _fact_validator(fact)(value):
        allowed = _vocabulary()[fact].get("enum") or _vocabulary()[fact]["type"]
        words = " or ".join(str(each) for each in allowed) if isinstance(allowed, list) else allowed
        raise Misfit(at, f"{fact} can never be {show(value)}; it is {words}")


@cache
def _fact_validator(fact: str) -> Callable[[Any], bool]:
    import jsonschema_rs

    return jsonschema_rs.Draft202012Validator(dict(_vocabulary()[fact])).is_valid


def _check_judgement(at: Pointer, fact: str, judgement: Mapping[str, Any]) -> None:
    for inside, keyword, value in _keywords(at, judgement):
        if keyword == "pattern":
            _check_pattern((*inside, keyword), value)
        elif keyword == "const":
            _possible((*inside, keyword), fact, value)
        elif keyword == "enum":
            for index, each in enumerate(value):
                _possible((*inside, keyword, index), fact, each)


def _keywords(at: Pointer, judgement: Mapping[str, Any]) -> Iterator[tuple[Pointer, str, Any]]:
    """Every keyword of a judgement and of those in it."""
    for keyword, value in judgement.items():
        yield at, keyword, value
        if keyword == "not":
            yield from _keywords((*at, keyword), value)
        elif keyword in ("anyOf", "allOf"):
            for index, each in enumerate(value):
                yield from _keywords((*at, keyword, index), each)


def _check_pattern(at: Pointer, pattern: str) -> None:
    import jsonschema_rs

    try:
        jsonschema_rs.Draft202012Validator({"pattern": pattern}, pattern_options=jsonschema_rs.RegexOptions())
    except ValueError:
        reason = "is no regular expression that can be matched in linear time and bounded memory"
        raise Misfit(at, f"{show(pattern)} {reason}") from None


def _check_message(message: str | Mapping[str, str], asserted: Sequence[str]) -> None:
    texts: Iterable[tuple[Pointer, str]] = [(("message",), message)] if isinstance(message, str) else ()
    if not isinstance(message, str):
        for fact in asserted:
            if fact not in message:
                raise Misfit(("message",), f"has no text for {fact}, which is asserted")
        for fact in message:
            if fact not in asserted:
                raise Misfit(("message", fact), f"is not asserted{nearest(fact, asserted)}")
        texts = [(("message", fact), text) for fact, text in message.items()]
    for at, text in texts:
        for name in _BRACES.findall(text):
            _known(at, name)


def _try_examples(rule: Rule) -> None:
    for name, wanted in _EXAMPLES.items():
        verdict = check(rule, rule.examples[name])
        if verdict.outcome is not wanted:
            raise Misfit(
                ("examples", name), f"must be {wanted.value} but is {verdict.outcome.value}{_because(verdict)}"
            )


def _because(verdict: Any) -> str:
    if verdict.outcome is Outcome.FAIL:
        return f": {verdict.failing} does not hold"
    if verdict.outcome is Outcome.UNKNOWN:
        return f": {', '.join(verdict.lacking)} is not among its facts"
    return ": a `when` does not hold" if verdict.outcome is Outcome.NOT_APPLICABLE else ""
