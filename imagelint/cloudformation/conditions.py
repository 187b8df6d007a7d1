"""Whether a condition of a template holds: in one scenario, or else by way of the scenarios to try instead.

Source: AWS CloudFormation User Guide, "Condition functions".
"""

from __future__ import annotations

from imagelint.cloudformation.scenario import NeedsAssumption
from imagelint.cloudformation.scope import Expression
from imagelint.cloudformation.values import ABSENT, as_text, check_size, has_holes, kind_of
from imagelint.cloudformation.walk import Walk
from imagelint.text.holes import Hole, Str, equal, holes, parts_of
from imagelint.text.numbers import may_be_same_number


def condition(walk: Walk, named: Expression) -> bool | None:
    """Whether the condition whose name is written somewhere holds; None when the scenarios are exhausted."""
    name, scope = named.written, named.scope
    if isinstance(name, dict) and scope.is_transformed():  # AWS::LanguageExtensions lets functions give the name
        given = walk.value(named)
        if given is ABSENT:
            return True
        name = given if isinstance(given, str) else None
    conditions = scope.section("Conditions")
    if not isinstance(name, str) or name not in conditions:
        if scope.is_transformed():
            return _undecided(walk, Expression(None, scope, ("Conditions", name)) if isinstance(name, str) else named)
        named.refuse(f"names the condition {name!r}, which the template has not")
    key = ("condition", scope.name, name)
    if key not in walk.decided:
        here = Expression(conditions[name], scope, ("Conditions", name))
        outer, walk.defaults = walk.defaults, {}  # what is compared is no part of the value that is chosen by it
        try:
            with walk.entering(key, here):
                walk.decided[key] = _truth(walk, here)
        finally:
            walk.defaults = outer
    truth = walk.decided[key]
    if truth is not None:
        walk.truths[scope.name, name] = truth
    return truth


def _truth(walk: Walk, written: Expression) -> bool | None:
    value = written.written
    if not isinstance(value, dict) or len(value) != 1:
        written.refuse(f"a condition is one condition function, not {kind_of(value)}")
    (name,) = value
    argument = written.entry(name)
    with walk.deeper(argument):
        if name == "Condition" and isinstance(argument.written, str):
            return condition(walk, argument)
        if name == "Fn::Equals":
            return _equals(walk, argument)
        if name in ("Fn::And", "Fn::Or", "Fn::Not"):
            return _connective(walk, name, argument)
    if name.startswith("Fn::"):
        return _undecided(walk, argument)
    argument.refuse(f"a condition is one condition function, not {name!r}")


def _undecided(walk: Walk, at: Expression) -> bool | None:
    """What stands at a place and only the deployment decides: tried both ways, the same wherever it is asked for."""
    return walk.assumptions.are_equal(at.hole("condition"), "true")


def _connective(walk: Walk, name: str, argument: Expression) -> bool | None:
    parts = argument.written
    if not isinstance(parts, list) or not parts or (name == "Fn::Not" and len(parts) != 1):
        argument.refuse(f"{name} takes a list of conditions")
    if name == "Fn::Not":
        truth = _truth(walk, argument.entry(0))
        return None if truth is None else not truth
    decisive, is_known = name == "Fn::Or", True
    for index in range(len(parts)):
        truth = _truth(walk, argument.entry(index))
        if truth is decisive:  # what comes after it is not asked for: that would only make more scenarios
            return decisive
        is_known = is_known and truth is not None
    return not decisive if is_known else None


# -- comparing ----------------------------------------------------------------------------------------------------


def _equals(walk: Walk, argument: Expression) -> bool | None:
    one, other = argument.pair("Fn::Equals", "two values")
    for side, opposite in ((one, other), (other, one)):
        parameter = _parameter_of(walk, side)
        if parameter is not None:
            literal = as_text(walk.value(opposite))
            if isinstance(literal, str) and walk.assumptions.may_spell(parameter, literal):
                return _undecided(walk, argument)
            if isinstance(literal, str):
                return walk.assumptions.is_equal(parameter, literal)
    left, rests_on = walk.traced(one)
    right, also = walk.traced(other)
    for hole, default in (rests_on | also).items():
        if hole.is_input and hole not in walk.scenario.bound and not walk.scenario.exhausted:
            raise NeedsAssumption((walk.scenario.binding(hole, default), walk.scenario.excluding(hole, default)))
    first, second = as_text(left), as_text(right)
    if isinstance(first, str) and isinstance(second, str) and first != second and may_be_same_number(first, second):
        return _undecided(walk, argument)
    if first is not None and second is not None:
        return _are_same(walk, first, second)
    check_size([left, right], argument)
    if has_holes(left) or has_holes(right):
        return _undecided(walk, argument)
    return bool(left == right)


def _parameter_of(walk: Walk, expression: Expression) -> Hole | None:
    """The parameter that a plain Ref stands for, followed out of nested stacks: whoever deploys chooses its value."""
    written, scope = expression.written, expression.scope
    name = written.get("Ref") if isinstance(written, dict) and len(written) == 1 else None
    if not isinstance(name, str) or name not in scope.section("Parameters"):
        return None
    if scope.parent is not None:
        argument = scope.argument(name)
        return None if argument is None else _parameter_of(walk, argument)
    if name in scope.parameters or scope.declaration(name).get("Type", "String") not in ("String", "Number"):
        return None
    return walk.assumptions.parameter(name, scope)


def _are_same(walk: Walk, first: Str, second: Str) -> bool | None:
    answer = equal(first, second)
    if answer is not None:
        return answer
    if isinstance(first, str):
        first, second = second, first
    if isinstance(second, str):
        first, second = _solved(first, second)
    if isinstance(first, Hole) and first.is_input and isinstance(second, str):
        return walk.assumptions.is_equal(first, second)
    return walk.assumptions.are_equal(first, second)


def _solved(text: Str, literal: str) -> tuple[Str, str]:
    """What the only hole of a text has to be for the text to be a literal that it can be."""
    found, parts = holes(text), parts_of(text)
    if len(found) != 1:
        return text, literal
    before, after = (len(end) if isinstance(end, str) else 0 for end in (parts[0], parts[-1]))
    return found[0], literal[before : len(literal) - after]
