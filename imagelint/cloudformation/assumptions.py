"""What a scenario makes of a comparison that only deployment could settle: an answer, or the scenarios to try instead.

Within one scenario every answer is consistent with every other. Knows parameters by their declarations.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Final

from imagelint.aws.partitions import is_region_name
from imagelint.cloudformation.scenario import NeedsAssumption, Scenario
from imagelint.cloudformation.scope import Scope
from imagelint.cloudformation.values import as_text, typed
from imagelint.text.holes import Hole, Str, equal
from imagelint.text.numbers import may_be_same_number, readings

MAX_OPTIONS: Final = 63
"""Keys of a mapping that are tried for one parameter; past that, what stands at the parameter's key is unknown."""


class Assumptions:
    """A scenario, with what the parameters that were met may be and which environments turned out to be the same."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self._declared: dict[Hole, Scope] = {}
        """Where the parameters that were met are declared."""
        self._same: dict[Hole, Str] = {}
        """Accounts and regions of other stacks, by what they are known as here."""

    # -- parameters -----------------------------------------------------------------------------------------------

    def parameter(self, name: str, scope: Scope) -> Hole:
        """The hole of a parameter that whoever deploys gives a value."""
        hole = Hole(name, scope.name, is_input=True)
        self._declared[hole] = scope
        return hole

    def only_left(self, hole: Hole) -> str | None:
        """The only one of a parameter's AllowedValues that is left; None where several are, or it may have any."""
        allowed, excluded = self._allowed(hole), self.scenario.excluded(hole)
        if len(allowed) > len(excluded) + 1:
            return None
        left = [value for value in allowed if value not in excluded]
        return left[0] if len(left) == 1 else None

    def is_equal(self, hole: Hole, literal: str) -> bool | None:
        """Whether a parameter is the literal: settled by the scenario or by what is allowed, or tried both ways."""
        if hole in self.scenario.bound:
            return self.scenario.bound[hole] == literal
        if not self._may_be(hole, literal):
            return False
        if self.only_left(hole) == literal:
            return True
        if self.scenario.exhausted:
            return None
        settled = self.scenario.binding(hole, literal), self.scenario.excluding(hole, literal)
        raise NeedsAssumption(settled if self._default(hole) == literal else reversed(settled))

    def may_spell(self, hole: Hole, literal: str) -> bool:
        """Whether a parameter may be the number that the literal spells, and be spelled in another way."""
        values = [self.scenario.bound.get(hole), self._default(hole)]
        scope = self._declared.get(hole)
        if scope is not None and (spelled := readings(literal)):
            numbers = _allowed_numbers(hole.name, scope)
            values += [text for number in spelled for text in numbers.get(number, ())]
        return any(
            isinstance(value, str) and value != literal and may_be_same_number(value, literal) for value in values
        )

    def may_be_one_of(self, hole: Hole, keys: Mapping[str, object], or_none: bool) -> bool:
        """Whether a parameter may be one of some keys: each is tried, and with `or_none` also that it is none of them.

        True, untried, where there are more than MAX_OPTIONS, or with the scenarios exhausted.
        """
        allowed, excluded = self._allowed(hole), self.scenario.excluded(hole)
        options = list(islice(self._possible(hole, keys), MAX_OPTIONS + 1))
        if not options or len(options) > MAX_OPTIONS or self.scenario.exhausted:
            return bool(options)
        scenarios = [self.scenario.binding(hole, option) for option in options]
        if or_none and (not allowed or any(value not in excluded and value not in options for value in allowed)):
            scenarios.append(self.scenario.excluding(hole, *options))
        raise NeedsAssumption(scenarios)

    def _possible(self, hole: Hole, keys: Mapping[str, object]) -> Iterator[str]:
        """Those of the keys that a parameter may be; more are looked at only when they are asked for."""
        allowed = self._allowed(hole)
        for key in allowed if 0 < len(allowed) < len(keys) else keys:
            if key in keys and self._may_be(hole, key):
                yield key

    def _allowed(self, hole: Hole) -> Mapping[str, None]:
        """The AllowedValues of a parameter; empty where it may have any value."""
        scope = self._declared.get(hole)
        return {} if scope is None else allowed_values(hole.name, scope)

    def _default(self, hole: Hole) -> Str | None:
        scope = self._declared.get(hole)
        return None if scope is None else as_text(scope.declaration(hole.name).get("Default"))

    def _may_be(self, hole: Hole, literal: str) -> bool:
        """Whether a parameter or pseudo parameter that is not bound may have a value."""
        if literal in self.scenario.excluded(hole) or equal(hole, literal) is False:
            return False
        if hole.name == "AWS::Region" and not is_region_name(literal):
            return False
        allowed = self._allowed(hole)
        return not allowed or literal in allowed

    # -- other texts ----------------------------------------------------------------------------------------------

    def are_equal(self, one: Str, other: Str) -> bool | None:
        """A comparison that nothing settles: tried both ways, but a text is never two different texts."""
        for (left, right), answer in self.scenario.comparisons.items():
            if (left, right) in ((one, other), (other, one)):
                return answer
            if answer and left == one and equal(right, other) is False:
                return False
        if self.scenario.exhausted:
            return None
        raise NeedsAssumption(self.scenario.comparing(one, other, answer) for answer in (False, True))

    # -- environments ---------------------------------------------------------------------------------------------

    def share_environment(self, exporter: Scope, importer: Scope) -> None:
        """Take a stack for deployed where the importer is: exports reach only their own account and region."""
        for theirs, ours in ((exporter.account, importer.account), (exporter.region, importer.region)):
            known, here = self._found_to_be(theirs), self._found_to_be(ours)
            if isinstance(known, Hole) and known != here:
                self._same[known] = here

    def known_as(self, text: Str) -> Str:
        """A stack's account or region, as it is known in this scenario."""
        if isinstance(text, str):
            return text
        text = self._found_to_be(text)
        return self.scenario.bound.get(text, text) if isinstance(text, Hole) else text

    def _found_to_be(self, text: Str) -> Str:
        """The account or region that another one was found to be."""
        while isinstance(text, Hole) and text in self._same:
            text = self._same[text]
        return text


def allowed_values(parameter: str, scope: Scope) -> Mapping[str, None]:
    """The AllowedValues of a parameter's declaration, as text and in order; put into text once a stack."""
    if parameter not in scope.allowed:
        listed = scope.declaration(parameter).get("AllowedValues")
        texts = [as_text(value) for value in listed] if isinstance(listed, list) else []
        scope.allowed[parameter] = dict.fromkeys(text for text in texts if isinstance(text, str))
    return scope.allowed[parameter]


def why_not_value(value: str, parameter: str, scope: Scope) -> str | None:
    """Why CloudFormation refuses a value for a parameter, in words; None where it does not, as far as is looked at.

    Source: AWS CloudFormation User Guide, "Parameters" (Type and AllowedValues, which each item of a list has to be in;
    that of a Systems Manager type is the name of a parameter there).
    """
    kind, allowed = scope.declaration(parameter).get("Type"), allowed_values(parameter, scope)
    items = typed(value, kind)
    texts = [str(item) for item in items] if isinstance(items, list) else [value]
    if kind in ("Number", "List<Number>") and not all(re.fullmatch(_NUMBER, text) for text in texts):
        return "is no number"
    if allowed and not allowed.keys() >= set(texts):
        return "is not one of its AllowedValues"
    return None


_NUMBER: Final = r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?"


def _allowed_numbers(parameter: str, scope: Scope) -> Mapping[float, list[str]]:
    """The AllowedValues that may be numbers, at most two for each number."""
    if parameter not in scope.allowed_numbers:
        numbers: dict[float, list[str]] = {}
        for text in allowed_values(parameter, scope):
            for number in readings(text):
                if len(texts := numbers.setdefault(number, [])) < 2:
                    texts.append(text)
        scope.allowed_numbers[parameter] = numbers
    return scope.allowed_numbers[parameter]
