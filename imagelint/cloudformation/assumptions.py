"""What a scenario makes of a comparison that only deployment could settle: an answer, or the scenarios to try instead.

Within one scenario every answer is consistent with every other. Knows parameters by their declarations.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from imagelint.aws.partitions import is_region_name
from imagelint.cloudformation.scenario import NeedsAssumption, Scenario
from imagelint.cloudformation.scope import Scope
from imagelint.cloudformation.values import as_text
from imagelint.text.holes import Hole, Str, equal


class Assumptions:
    """A scenario, with what the parameters that were met may be and which environments turned out to be the same."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self._declared: dict[Hole, Mapping[str, Any]] = {}
        """How the parameters that were met are declared."""
        self._same: dict[Hole, Str] = {}
        """Accounts and regions of other stacks, by what they are known as here."""

    # -- parameters -----------------------------------------------------------------------------------------------

    def parameter(self, name: str, scope: Scope) -> Hole:
        """The hole of a parameter that whoever deploys gives a value."""
        hole = Hole(name, scope.name, is_input=True)
        self._declared[hole] = scope.declaration(name)
        return hole

    def left(self, hole: Hole) -> list[str]:
        """What is left of a parameter's AllowedValues; empty where it may have any value."""
        excluded = self.scenario.excluded(hole)
        return [value for value in allowed_values(self._declared.get(hole, {})) if value not in excluded]

    def is_equal(self, hole: Hole, literal: str) -> bool | None:
        """Whether a parameter is the literal: settled by the scenario or by what is allowed, or tried both ways."""
        if hole in self.scenario.bound:
            return self.scenario.bound[hole] == literal
        if not self._may_be(hole, literal):
            return False
        if self.left(hole) == [literal]:
            return True
        if self.scenario.exhausted:
            return None
        settled = self.scenario.binding(hole, literal), self.scenario.excluding(hole, literal)
        default = self._declared.get(hole, {}).get("Default")
        raise NeedsAssumption(settled if as_text(default) == literal else reversed(settled))

    def may_be_one_of(self, hole: Hole, keys: Iterable[str], or_none: bool) -> bool:
        """Whether a parameter may be one of some keys: each is tried, and with `or_none` also that it is none of them.

        True, untried, with the scenarios exhausted.
        """
        options = [key for key in keys if self._may_be(hole, key)]
        if not options or self.scenario.exhausted:
            return bool(options)
        scenarios = [self.scenario.binding(hole, option) for option in options]
        allowed = self.left(hole)
        if or_none and (not allowed or set(allowed) - set(options)):
            rest = self.scenario
            for option in options:
                rest = rest.excluding(hole, option)
            scenarios.append(rest)
        raise NeedsAssumption(scenarios)

    def _may_be(self, hole: Hole, literal: str) -> bool:
        """Whether a parameter or pseudo parameter that is not bound may have a value."""
        if literal in self.scenario.excluded(hole) or equal(hole, literal) is False:
            return False
        if hole.name == "AWS::Region" and not is_region_name(literal):
            return False
        return not allowed_values(self._declared.get(hole, {})) or literal in self.left(hole)

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
        text = self._found_to_be(text)
        return self.scenario.bound.get(text, text) if isinstance(text, Hole) else text

    def _found_to_be(self, text: Str) -> Str:
        """The account or region that another one was found to be."""
        while isinstance(text, Hole) and text in self._same:
            text = self._same[text]
        return text


def allowed_values(declared: Mapping[str, Any]) -> list[str]:
    """The AllowedValues of a parameter's declaration, as text."""
    listed = declared.get("AllowedValues")
    texts = [as_text(value) for value in listed] if isinstance(listed, list) else []
    return [text for text in texts if isinstance(text, str)]
