"""What a rule says of a facts document. Knows nothing of AWS, of templates or of where facts come from."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from imagelint.model import Outcome
from imagelint.record import Record
from imagelint.rules.keywords import Judgement, Test, compiled
from imagelint.rules.rule import Rule

_PLACEHOLDER: Final = re.compile(r"\{([a-z_]+\.[A-Za-z0-9_]+)\}")


class Verdict(Record):
    """What a rule says of a facts document: with FAIL the first fact that fails, with UNKNOWN the facts it lacks."""

    outcome: Outcome
    failing: str | None = None
    lacking: tuple[str, ...] = ()


NOT_APPLICABLE: Final = Verdict(Outcome.NOT_APPLICABLE)
PASS: Final = Verdict(Outcome.PASS)
_Tests = tuple[tuple[str, Test], ...]


def check(rule: Rule, facts: Mapping[str, Any]) -> Verdict:
    """What one rule says of the facts."""
    return Questions([rule]).ask(facts).get(0, NOT_APPLICABLE)


class Questions:
    """Some rules that are asked together, as a tree: what many ask first, such as whether the function runs an image,
    is asked once for all of them."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self.rules: Final = rules
        self._first = _Branch()
        for number, rule in enumerate(rules):
            branch = self._first
            for fact, judgement in rule.when.items():
                branch = branch.below(fact, judgement)
            branch.rules.append((number, _tests(rule.asserts)))

    def ask(self, facts: Mapping[str, Any]) -> Mapping[int, Verdict]:
        """What the rules say of the facts, by their numbers in the row; those that are not applicable are left out.

        A `when` that is known not to hold makes a rule not applicable. A known failure beats an unknown fact, and an
        unknown fact beats a pass; an unknown `when` leaves only a pass certain.
        """
        verdicts: dict[int, Verdict] = {}
        self._first.ask(facts, (), verdicts)
        return verdicts


class _Branch:
    """What is asked once some conditions do not speak against it."""

    def __init__(self) -> None:
        self.rules: list[tuple[int, _Tests]] = []
        """The rules without further conditions: their numbers, and what they assert."""
        self._below: dict[tuple[str, str], tuple[str, Test, _Branch]] = {}
        """The next conditions, and what is asked after each."""

    def below(self, fact: str, judgement: Judgement) -> _Branch:
        """What is asked after one more condition."""
        key = (fact, repr(judgement))
        if key not in self._below:
            self._below[key] = (fact, compiled(judgement), _Branch())
        return self._below[key][2]

    def ask(self, facts: Mapping[str, Any], lacking: tuple[str, ...], verdicts: dict[int, Verdict]) -> None:
        """Add the verdicts of the rules from here on; `lacking` are the facts that conditions on the way lacked."""
        for number, asserts in self.rules:
            verdicts[number] = _verdict(asserts, facts, lacking)
        for fact, holds, branch in self._below.values():
            if fact not in facts:
                branch.ask(facts, (*lacking, fact), verdicts)
            elif holds(facts[fact]):
                branch.ask(facts, lacking, verdicts)


def _verdict(asserts: _Tests, facts: Mapping[str, Any], lacking: tuple[str, ...]) -> Verdict:
    wanting = []
    for fact, holds in asserts:
        if fact not in facts:
            wanting.append(fact)
        elif not holds(facts[fact]):
            return Verdict(Outcome.UNKNOWN, lacking=lacking) if lacking else Verdict(Outcome.FAIL, fact)
    return Verdict(Outcome.UNKNOWN, lacking=(*lacking, *wanting)) if wanting else PASS


def _tests(judgements: Mapping[str, Judgement]) -> _Tests:
    return tuple((fact, compiled(judgement)) for fact, judgement in judgements.items())


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
