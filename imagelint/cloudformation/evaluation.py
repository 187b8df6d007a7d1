"""Partial evaluation of CloudFormation values: each becomes text with holes, a plain value, or a hole.

Knows nothing of files, of image references or of rules. What cannot be known before deployment is a `Hole`, never a
guess. Where a value depends on an open condition, `NeedsAssumption` names the scenarios to try instead; within one
scenario every answer is consistent with every other.
"""

from __future__ import annotations

from typing import TypeGuard

from imagelint.cloudformation import conditions, names
from imagelint.cloudformation.functions import FUNCTIONS
from imagelint.cloudformation.scope import Expression, Json, Scope, calls_macro
from imagelint.cloudformation.values import ABSENT, Value, with_dynamic_references
from imagelint.cloudformation.walk import Walk
from imagelint.text.holes import Str


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
                return [
                    value
                    for index, each in enumerate(written)
                    if (value := each if _is_plain(each) else self.value(expression.entry(index))) is not ABSENT
                ]
            if len(written) == 1:
                (name,) = written
                if name == "Ref" or name.startswith("Fn::"):
                    function, argument = FUNCTIONS.get(name), expression.entry(name)
                    return argument.hole(name) if function is None else function(self, argument)
            if calls_macro(written):
                return expression.hole("a macro")
            return {
                key: value
                for key, each in written.items()
                if (value := each if _is_plain(each) else self.value(expression.entry(key))) is not ABSENT
            }
        finally:
            self._depth -= 1

    def condition(self, named: Expression) -> bool | None:
        """Whether the condition whose name is written somewhere holds; None when the scenarios are exhausted."""
        return conditions.condition(self, named)

    def pseudo(self, name: str, scope: Scope) -> Str:
        """The value of a pseudo parameter such as `AWS::Region`; not of AWS::NoValue, which has none."""
        return names.pseudo(self, name, scope)

    def physical_name(self, logical_id: str, scope: Scope) -> Str:
        """What Ref gives for a resource of the template: its name, as far as that is known."""
        return names.physical_name(self, logical_id, scope)


def _is_plain(written: Json) -> TypeGuard[str]:
    """Whether a value is a text that stands for itself, as most are."""
    return isinstance(written, str) and "{{resolve:" not in written
