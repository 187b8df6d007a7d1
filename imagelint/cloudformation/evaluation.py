"""Partial evaluation of CloudFormation values: each becomes text with holes, a plain value, or a hole.

Knows nothing of files, of image references or of rules. What cannot be known before deployment is a `Hole`, never a
guess. Where a value depends on an open condition, `NeedsAssumption` names the scenarios to try instead; within one
scenario every answer is consistent with every other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeVar

from imagelint.cloudformation import conditions, names
from imagelint.cloudformation.functions import FUNCTIONS
from imagelint.cloudformation.scope import Expression, Json, Scope, calls_macro
from imagelint.cloudformation.values import ABSENT, Value, with_dynamic_references
from imagelint.cloudformation.walk import Walk
from imagelint.text.holes import Str

_Key = TypeVar("_Key", bound=str | int)


class Evaluation(Walk):
    """Evaluates values in one scenario, and remembers what the answers rest on."""

    def value(self, expression: Expression) -> Value:
        """What a value of a template evaluates to.

        Raises TemplateError for what CloudFormation would refuse, and NeedsAssumption when an assumption is needed.
        """
        written = expression.written
        if isinstance(written, str):
            return with_dynamic_references(written, expression.scope) if "{{resolve:" in written else written
        if not isinstance(written, (dict, list)):
            return written
        self.enter(expression, entries=len(written))
        try:
            if isinstance(written, list):
                return [item for _, item in self._entries(enumerate(written), expression)]
            if len(written) == 1:
                (name,) = written
                if name == "Ref" or name.startswith("Fn::"):
                    function, argument = FUNCTIONS.get(name), expression.entry(name)
                    return argument.hole(name) if function is None else function(self, argument)
            if calls_macro(written):
                return expression.hole("a macro")
            return dict(self._entries(written.items(), expression))
        finally:
            self._depth -= 1

    def _entries(self, pairs: Iterable[tuple[_Key, Json]], expression: Expression) -> Iterator[tuple[_Key, Value]]:
        """The entries of a list or object with their keys, without those that AWS::NoValue takes away."""
        scope, pointer = expression.scope, expression.pointer
        for key, written in pairs:
            if isinstance(written, str) and "{{resolve:" not in written:
                yield key, written  # as most are
            elif (entry := self.value(Expression(written, scope, (*pointer, key)))) is not ABSENT:
                yield key, entry

    def condition(self, named: Expression) -> bool | None:
        """Whether the condition whose name is written somewhere holds; None when the scenarios are exhausted."""
        return conditions.condition(self, named)

    def pseudo(self, name: str, scope: Scope) -> Str:
        """The value of a pseudo parameter such as `AWS::Region`; not of AWS::NoValue, which has none."""
        return names.pseudo(self, name, scope)

    def physical_name(self, logical_id: str, scope: Scope) -> Str:
        """What Ref gives for a resource of the template: its name, as far as that is known."""
        return names.physical_name(self, logical_id, scope)
