"""Rules as data: reading rule files, and what a rule says of a facts document.

Knows nothing of AWS, of templates or of where facts come from.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, Final, NamedTuple

from imagelint.model import Outcome, Severity, UsageError

_ROOM: Final = os.path.dirname(os.path.abspath(__file__))
CATALOGUE: Final = "catalogue.json"
"""What the build puts beside the rule files of a wheel: their content as a list, read in a tenth of the time."""
_PLACEHOLDER: Final = re.compile(r"\{([a-z_]+\.[a-z_]+)\}")

Judgement = Mapping[str, Any] | str | int | None
"""What a fact must be: a small JSON Schema, or the only value."""


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
    """The snippets that stand in the rule file itself; `rules.snippets` has those beside it too."""
    when: Mapping[str, Judgement]
    asserts: Mapping[str, Judgement]
    message: str | Mapping[str, str]
    references: tuple[str, ...]
    examples: Mapping[str, Any]
    once: bool
    """Whether one message is one finding in an assembly, however many functions it is true of."""
    folder: str = ""
    """Where the rule file stands."""

    @property
    def code(self) -> str:
        """The code as cfn-lint writes it: E, W or I for the severity, and the number."""
        return f"{self.severity[0].upper()}{self.number}"


class Verdict(NamedTuple):
    """What a rule says of a facts document: with FAIL the first fact that fails, with UNKNOWN the facts it lacks."""

    outcome: Outcome
    failing: str | None = None
    lacking: tuple[str, ...] = ()


_NOT_APPLICABLE: Final = Verdict(Outcome.NOT_APPLICABLE)
_PASS: Final = Verdict(Outcome.PASS)


def builtin_folder() -> str:
    """Where the rules stand that come with imagelint: in the wheel inside the package, in the source tree beside it."""
    packaged = os.path.join(_ROOM, "builtin")
    return packaged if os.path.isdir(packaged) else os.path.join(os.path.dirname(os.path.dirname(_ROOM)), "rules")


def load_rules(folder: str | None = None) -> tuple[Rule, ...]:
    """The rules of a folder, or the built-in ones, in the order of their codes. Raises UsageError."""
    within = folder or builtin_folder()
    names = sorted(os.listdir(within)) if os.path.isdir(within) else []
    if folder is None and CATALOGUE in names:
        with open(os.path.join(within, CATALOGUE), "rb") as opened:
            documents = json.load(opened)
    else:
        documents = [_parsed(os.path.join(within, name)) for name in names if name.endswith(".yaml")]
    if not documents:
        raise UsageError(f"{within}: holds no rule files (*.yaml)")
    return tuple(sorted((make_rule(each, within) for each in documents), key=lambda rule: rule.number))


def _parsed(file: str) -> Mapping[str, Any]:
    import yaml

    with open(file, "rb") as opened:
        data = opened.read()
    try:
        document: Mapping[str, Any] = yaml.load(data, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f":{mark.line + 1}" if mark else ""
        raise UsageError(f"{file}{where}: is not YAML: {getattr(error, 'problem', error)}") from None
    return document


def make_rule(document: Mapping[str, Any], folder: str = "") -> Rule:
    """A rule from the content of a rule file that the schema allows, and the folder that the file stands in."""
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
        folder,
    )


def check(rule: Rule, facts: Mapping[str, Any]) -> Verdict:
    """What the rule says of the facts.

    A `when` that is known not to hold makes the rule not applicable. A known failure beats an unknown fact, and an
    unknown fact beats a pass; an unknown `when` leaves only a pass certain.
    """
    when, asserts = _compiled(rule)
    lacking = []
    for fact, holds in when:
        if fact not in facts:
            lacking.append(fact)
        elif not holds(facts[fact]):
            return _NOT_APPLICABLE
    wanting = [fact for fact, _ in asserts if fact not in facts]
    for fact, holds in asserts:
        if fact in facts and not holds(facts[fact]):
            return Verdict(Outcome.UNKNOWN, lacking=tuple(lacking)) if lacking else Verdict(Outcome.FAIL, fact)
    return Verdict(Outcome.UNKNOWN, lacking=(*lacking, *wanting)) if wanting else _PASS


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
    """The rule's `when` and `assert`, ready to be asked."""

    def compiled(judgements: Mapping[str, Judgement]) -> _Checks:
        return tuple((fact, _judgement(each)) for fact, each in judgements.items())

    return compiled(rule.when), compiled(rule.asserts)


# -- the JSON Schema of one fact ----------------------------------------------------------------------------------

_Test = Callable[[Any], bool]
"""Whether a fact's value is as a keyword asks. Facts are texts, whole numbers, truth values and null."""


def _judgement(schema: Judgement) -> _Test:
    """A judgement, ready to be asked. It may have the keywords of `rule.schema.json` and no others, which is little
    enough to be done here: jsonschema-rs takes longer to import than most assemblies take to lint."""
    if not isinstance(schema, Mapping):
        return _equals(schema)
    tests = [_KEYWORDS[keyword](wanted) for keyword, wanted in schema.items()]
    return tests[0] if len(tests) == 1 else lambda value: all(test(value) for test in tests)


def _pattern(wanted: str) -> _Test:
    """By jsonschema-rs, whose regular expressions take linear time: no pattern of a rule file can hang the gate.

    It takes UTF-8 only: lone surrogates, which JSON may hold as `\\ud800`, are spelt out for it.
    """

    @cache
    def validator() -> _Test:
        import jsonschema_rs

        options = jsonschema_rs.RegexOptions()
        return jsonschema_rs.Draft202012Validator({"pattern": wanted}, pattern_options=options).is_valid

    def matches(value: Any) -> bool:
        return not isinstance(value, str) or validator()(value.encode("utf-8", "backslashreplace").decode())

    return matches


def _equals(wanted: Any) -> _Test:
    is_truth = isinstance(wanted, bool)  # 1 is not true in JSON
    return lambda value: bool(value == wanted) and isinstance(value, bool) is is_truth


def _any_of(tests: Sequence[_Test]) -> _Test:
    return lambda value: any(test(value) for test in tests)


def _not(test: _Test) -> _Test:
    return lambda value: not test(value)


def _types(wanted: str | Sequence[str]) -> _Test:
    kinds = frozenset(_TYPES[name] for name in ([wanted] if isinstance(wanted, str) else wanted))
    return lambda value: type(value) in kinds


_TYPES: Final[Mapping[str, type]] = {"string": str, "integer": int, "boolean": bool, "null": type(None)}
_KEYWORDS: Final[Mapping[str, Callable[[Any], _Test]]] = {
    "type": _types,
    "const": _equals,
    "enum": lambda wanted: _any_of([_equals(each) for each in wanted]),
    "pattern": _pattern,
    "not": lambda wanted: _not(_judgement(wanted)),
    "anyOf": lambda wanted: _any_of([_judgement(each) for each in wanted]),
    "allOf": lambda wanted: _not(_any_of([_not(_judgement(each)) for each in wanted])),
    "minLength": lambda wanted: lambda value: not isinstance(value, str) or len(value) >= wanted,
    "maxLength": lambda wanted: lambda value: not isinstance(value, str) or len(value) <= wanted,
    "minimum": lambda wanted: lambda value: type(value) is not int or value >= wanted,
    "maximum": lambda wanted: lambda value: type(value) is not int or value <= wanted,
}
