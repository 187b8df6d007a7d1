"""The JSON Schema of one fact: the keywords that a rule may judge with. Knows nothing of rules.

They are those of `rule.schema.json` and no others, which is little enough to be done here: jsonschema-rs takes longer
to import than most assemblies take to lint.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any, Final

Judgement = Mapping[str, Any] | str | int | None
"""What a fact must be: a small JSON Schema, or the only value."""

Test = Callable[[Any], bool]
"""Whether a fact's value is as a keyword asks. Facts are texts, whole numbers, truth values and null."""


def compiled(schema: Judgement) -> Test:
    """A judgement, ready to be asked."""
    if not isinstance(schema, Mapping):
        return _equals(schema)
    tests = [_KEYWORDS[keyword](wanted) for keyword, wanted in schema.items()]
    return tests[0] if len(tests) == 1 else lambda value: all(test(value) for test in tests)


def _pattern(wanted: str) -> Test:
    """By jsonschema-rs, which takes UTF-8 only: lone surrogates, which JSON may hold as `\\ud800`, are spelt out."""
    return lambda value: (
        not isinstance(value, str) or _matcher(wanted)(value.encode("utf-8", "backslashreplace").decode())
    )


@cache
def _matcher(pattern: str) -> Test:
    """Made when it is first asked. Its regular expressions take linear time: no pattern of a rule can hang the gate."""
    import jsonschema_rs

    options = jsonschema_rs.RegexOptions()
    return jsonschema_rs.Draft202012Validator({"pattern": pattern}, pattern_options=options).is_valid


def _equals(wanted: Any) -> Test:
    if isinstance(wanted, bool):  # 1 is not true in JSON
        return lambda value: value is wanted
    return lambda value: bool(value == wanted) and not isinstance(value, bool)


def _any_of(tests: Sequence[Test]) -> Test:
    return lambda value: any(test(value) for test in tests)


def _not(test: Test) -> Test:
    return lambda value: not test(value)


def _types(wanted: str | Sequence[str]) -> Test:
    kinds = frozenset(_TYPES[name] for name in ([wanted] if isinstance(wanted, str) else wanted))
    return lambda value: type(value) in kinds


def _no_shorter(length: int) -> Test:
    return lambda value: not isinstance(value, str) or len(value) >= length


def _no_longer(length: int) -> Test:
    return lambda value: not isinstance(value, str) or len(value) <= length


def _at_least(bound: int) -> Test:
    return lambda value: type(value) is not int or value >= bound


def _at_most(bound: int) -> Test:
    return lambda value: type(value) is not int or value <= bound


_TYPES: Final[Mapping[str, type]] = {"string": str, "integer": int, "boolean": bool, "null": type(None)}
_KEYWORDS: Final[Mapping[str, Callable[[Any], Test]]] = {
    "type": _types,
    "const": _equals,
    "enum": lambda wanted: _any_of([_equals(each) for each in wanted]),
    "pattern": _pattern,
    "not": lambda wanted: _not(compiled(wanted)),
    "anyOf": lambda wanted: _any_of([compiled(each) for each in wanted]),
    "allOf": lambda wanted: _not(_any_of([_not(compiled(each)) for each in wanted])),
    "minLength": _no_shorter,
    "maxLength": _no_longer,
    "minimum": _at_least,
    "maximum": _at_most,
}
