"""What a rule says of a facts document. Knows nothing of AWS, of templates or of where facts come from."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Final, NamedTuple

from imagelint.model import Outcome
from imagelint.rules.keywords import Judgement, Test, compiled
from imagelint.rules.rule import Rule

_PLACEHOLDER: Final = re.compile(r"\{([a-z_]+\.[A-Za-z0-9_]+)\}")


class Verdict(NamedTuple):
    """What a rule says of a facts document: with FAIL the first fact that fails, with UNKNOWN the facts it lacks."""

    outcome: Outcome
    failing: str | None = None
    lacking: tuple[str, ...] = ()


_NOT_APPLICABLE: Final = Verdict(Outcome.NOT_APPLICABLE)
_PASS: Final = Verdict(Outcome.PASS)


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
    wanting = []
    for fact, holds in asserts:
        if fact not in facts:
            wanting.append(fact)
        elif not holds(facts[fact]):
            return Verdict(Outcome.UNKNOWN, lacking=tuple(lacking)) if lacking else Verdict(Outcome.FAIL, fact)
    return Verdict(Outcome.UNKNOWN, lacking=(*lacking, *wanting)) if wanting else _PASS


def message_of(rule: Rule, failing: str, show: Callable[[str], str]) -> str:
    """The rule's message for the fact that fails, its `{fact}` placeholders filled in by `show`."""
    text = rule.message if isinstance(rule.message, str) else rule.message[failing]
    return _PLACEHOLDER.sub(lambda match: show(match.group(1)), text)


def facts_in(rule: Rule) -> list[str]:
    """Every fact that the rule or one of its messages names, once."""
    texts = [rule.message] if isinstance(rule.message, str) else rule.message.values()
    return list(
        dict.fromkeys([*rule.when, *rule.asserts, *(name for text in texts for name in _PLACEHOLDER.findall(text))])
    )


_Tests = tuple[tuple[str, Test], ...]


@lru_cache(maxsize=1024)
def _compiled(rule: Rule) -> tuple[_Tests, _Tests]:
    """The rule's `when` and `assert`, ready to be asked."""
    return _tests(rule.when), _tests(rule.asserts)


def _tests(judgements: Mapping[str, Judgement]) -> _Tests:
    return tuple((fact, compiled(judgement)) for fact, judgement in judgements.items())
