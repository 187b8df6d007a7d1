"""Rules as data: reading rule files, and what a rule says of a facts document.

Knows nothing of AWS, of templates or of where facts come from.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from imagelint.model import Outcome, Severity, UsageError

_PACKAGE: Final = Path(__file__).parent
_PLACEHOLDER: Final = re.compile(r"\{([a-z_]+\.[a-z_]+)\}")


@dataclass(frozen=True, eq=False)
class Rule:
    """One rule file. The fields are those of `rule.schema.json`."""

    id: str
    number: int
    """The file's `code`."""
    severity: Severity
    summary: str
    why: str
    fix: str
    cdk: Mapping[str, str]
    when: Mapping[str, Mapping[str, Any]]
    asserts: Mapping[str, Mapping[str, Any]]
    message: str | Mapping[str, str]
    references: tuple[str, ...]
    examples: Mapping[str, Mapping[str, Any]]
    once: bool
    """Whether one message is one finding in an assembly, however many functions it is true of."""

    @property
    def code(self) -> str:
        """The code as cfn-lint writes it: E, W or I for the severity, and the number."""
        return f"{self.severity[0].upper()}{self.number}"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a rule says of a facts document: with FAIL the first fact that fails, with UNKNOWN the facts it lacks."""

    outcome: Outcome
    failing: str | None = None
    lacking: tuple[str, ...] = ()


def builtin_folder() -> Path:
    """Where the rules stand that come with imagelint: in the wheel inside the package, in the source tree beside it."""
    packaged = _PACKAGE / "rules"
    return packaged if packaged.is_dir() else _PACKAGE.parent / "rules"


def load_rules(folder: Path | None = None) -> tuple[Rule, ...]:
    """The rules of a folder, or the built-in ones, in the order of their codes. Raises UsageError."""
    files = sorted((folder or builtin_folder()).glob("*.yaml"))
    if not files:
        raise UsageError(f"{folder or builtin_folder()}: holds no rule files (*.yaml)")
    return tuple(sorted(map(_load_rule, files), key=lambda rule: rule.number))


def _load_rule(file: Path) -> Rule:
    import yaml

    try:
        document = yaml.load(file.read_bytes(), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f":{mark.line + 1}" if mark else ""
        raise UsageError(f"{file}{where}: is not YAML: {getattr(error, 'problem', error)}") from None
    return make_rule(document)


def make_rule(document: Mapping[str, Any]) -> Rule:
    """A rule from the content of a rule file that the schema allows."""
    return Rule(
        document["id"],
        document["code"],
        document["severity"],
        document["summary"],
        document["why"],
        document["fix"],
        document.get("cdk", {}),
        document.get("when", {}),
        document["assert"],
        document["message"],
        tuple(document.get("references", ())),
        document["examples"],
        document.get("once", False),
    )


def check(rule: Rule, facts: Mapping[str, Any]) -> Verdict:
    """What the rule says of the facts.

    A `when` that is known not to hold makes the rule not applicable. A known failure beats an unknown fact, and an
    unknown fact beats a pass; an unknown `when` leaves only a pass certain.
    """
    try:
        return _check(rule, facts)
    except UnicodeEncodeError:
        return _check(rule, {fact: _encodable(value) for fact, value in facts.items()})


def _encodable(value: Any) -> Any:
    """The value with lone surrogates spelt out: JSON may hold them as `\\ud800`, and jsonschema-rs takes UTF-8 only."""
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode("utf-8")
    if isinstance(value, list):
        return [_encodable(item) for item in value]
    if isinstance(value, dict):
        return {_encodable(key): _encodable(item) for key, item in value.items()}
    return value


def _check(rule: Rule, facts: Mapping[str, Any]) -> Verdict:
    when, asserts = _compiled(rule)
    lacking = []
    for fact, holds in when:
        if fact not in facts:
            lacking.append(fact)
        elif not holds(facts[fact]):
            return Verdict(Outcome.NOT_APPLICABLE)
    wanting = [fact for fact, _ in asserts if fact not in facts]
    for fact, holds in asserts:
        if fact in facts and not holds(facts[fact]):
            return Verdict(Outcome.UNKNOWN, lacking=tuple(lacking)) if lacking else Verdict(Outcome.FAIL, fact)
    return Verdict(Outcome.UNKNOWN, lacking=(*lacking, *wanting)) if wanting else Verdict(Outcome.PASS)


def message_of(rule: Rule, failing: str, show: Callable[[str], str]) -> str:
    """The rule's message for the fact that fails, its `{fact}` placeholders filled in by `show`."""
    text = rule.message if isinstance(rule.message, str) else rule.message[failing]
    return _PLACEHOLDER.sub(lambda match: show(match.group(1)), text)


def facts_in(rule: Rule) -> Iterator[str]:
    """Every fact that the rule or one of its messages names."""
    yield from (*rule.when, *rule.asserts)
    for text in (rule.message,) if isinstance(rule.message, str) else rule.message.values():
        yield from _PLACEHOLDER.findall(text)


_Checks = tuple[tuple[str, Callable[[Any], bool]], ...]


@lru_cache(maxsize=1024)
def _compiled(rule: Rule) -> tuple[_Checks, _Checks]:
    """The rule's `when` and `assert`, ready to be asked.

    By jsonschema-rs: it is imported in a third of jsonschema's time, and its regular expressions take linear time, so
    that no pattern of a rule file can hang the gate.
    """
    import jsonschema_rs

    options = jsonschema_rs.RegexOptions()

    def compiled(schemas: Mapping[str, Mapping[str, Any]]) -> _Checks:
        return tuple(
            (fact, jsonschema_rs.Draft202012Validator(dict(schema), pattern_options=options).is_valid)
            for fact, schema in schemas.items()
        )

    return compiled(rule.when), compiled(rule.asserts)
