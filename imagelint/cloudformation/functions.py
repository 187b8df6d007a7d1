"""The intrinsic functions that are evaluated before deployment, by their names.

Source: AWS CloudFormation User Guide, "Intrinsic function reference".
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Final

from imagelint.cloudformation.conditions import condition
from imagelint.cloudformation.names import attribute_of, meaning, pseudo
from imagelint.cloudformation.scope import Expression, Json, TemplateError, mapping_of
from imagelint.cloudformation.values import ABSENT, Absent, Value, as_text, check_size, joined, kind_of, owners
from imagelint.cloudformation.walk import Walk
from imagelint.text.holes import Hole, Str, Text, holes, parts_of, render, split

_PLACEHOLDER: Final = r"\$\{!([^{}]*)\}|\$\{([^!{}][^{}]*)\}"


def _ref(walk: Walk, argument: Expression) -> Value:
    name = _name(walk, argument)
    if isinstance(name, (Text, Hole)):
        return argument.hole("Ref")
    if not isinstance(name, str):
        argument.refuse("Ref takes the name of a parameter or of a resource")
    return meaning(walk, name, argument)


def _name(walk: Walk, written: Expression) -> Str | None:
    """A name that a function takes, which AWS::LanguageExtensions lets functions give; None where it is no text."""
    if isinstance(written.written, dict) and not written.scope.is_transformed():
        return None
    return as_text(walk.value(written)) if isinstance(written.written, (str, dict)) else None


def _get_att(walk: Walk, argument: Expression) -> Value:
    written = argument.written
    resource: Str | None = None
    attribute: Str = ""
    if isinstance(written, str):
        resource, _, attribute = written.partition(".")
    elif isinstance(written, list) and len(written) == 2:
        resource, attribute = _name(walk, argument.entry(0)), walk.text(argument.entry(1))
    if isinstance(resource, (Text, Hole)):
        return argument.hole("Fn::GetAtt")
    if not isinstance(resource, str) or not attribute:
        argument.refuse("Fn::GetAtt takes a resource's logical ID and an attribute")
    if not isinstance(attribute, str):
        return Hole(f"{resource}.{render(attribute)}", argument.scope.name)
    return attribute_of(walk, resource, attribute, argument)


# -- texts and lists ----------------------------------------------------------------------------------------------


def _join(walk: Walk, argument: Expression) -> Value:
    delimiter, items = argument.pair("Fn::Join", "a delimiter and a list")
    between = walk.text(delimiter)
    values = walk.value(items)
    if isinstance(values, Hole):
        owner = "+".join(hole.scope for hole in (values, *holes(between)))
        return Hole(f"Fn::Join {render(between)} {values.name}", owner)
    if not isinstance(values, list):
        argument.refuse(f"Fn::Join takes a delimiter and a list, not {kind_of(values)}")
    pieces: list[Str] = []
    for index, item in enumerate(values):
        text = as_text(item)
        if text is None:
            raise TemplateError(f"Fn::Join joins strings, not {kind_of(item)}", items.scope, (*items.pointer, index))
        pieces += [between, text] if index else [text]
    walk.spend(len(pieces), argument)
    return joined(pieces, argument)


def _sub(walk: Walk, argument: Expression) -> Value:
    template, variables = argument, Expression({}, argument.scope, argument.pointer)
    if isinstance(argument.written, list):
        template, variables = argument.pair("Fn::Sub", "a string and a map of variables")
    text, known = template.written, variables.written
    if not isinstance(text, str) or not isinstance(known, dict):
        argument.refuse("Fn::Sub takes a string, or a string and a map of variables")
    pieces: list[Str] = []
    position = 0
    for match in re.finditer(_PLACEHOLDER, text):
        pieces.append(text[position : match.start()])
        position = match.end()
        escaped, name = match.groups()
        if name is None:
            pieces.append(f"${{{escaped}}}")
        elif name.strip() in known:
            pieces.append(walk.text(variables.entry(name.strip())))
        else:
            pieces.append(_substituted(walk, name.strip(), template))
    pieces.append(text[position:])
    return joined(pieces, argument)


def _substituted(walk: Walk, name: str, at: Expression) -> Str:
    """What `${Name}` or `${Resource.Attribute}` stands for in Fn::Sub."""
    resource, dot, attribute = name.partition(".")
    text = as_text(attribute_of(walk, resource, attribute, at) if dot else meaning(walk, name, at))
    return Hole(name, at.scope.name) if text is None else text


def _select(walk: Walk, argument: Expression) -> Value:
    index, items = argument.pair("Fn::Select", "an index and a list")
    number, values = walk.value(index), walk.value(items)
    if isinstance(number, str) and number.isascii() and number.isdigit() and len(number) < 6:
        number = int(number)
    lost = isinstance(items.written, list) and isinstance(values, list) and len(values) < len(items.written)
    if isinstance(number, (Text, Hole)) or lost:  # whether AWS::NoValue counts is not documented
        return argument.hole("Fn::Select")
    if isinstance(values, Hole):
        return Hole(f"Fn::Select {number} {values.name}", values.scope)
    if not isinstance(values, list) or not isinstance(number, int) or isinstance(number, bool) or number < 0:
        argument.refuse("Fn::Select takes an index from 0 on and a list")
    return values[number] if number < len(values) else argument.hole("Fn::Select")


def _split(walk: Walk, argument: Expression) -> Value:
    delimiter, source = argument.pair("Fn::Split", "a delimiter and a string")
    if not isinstance(delimiter.written, str) or not delimiter.written:
        argument.refuse("Fn::Split takes a delimiter and a string")
    text = walk.text(source)
    walk.spend(sum(part.count(delimiter.written) for part in parts_of(text) if isinstance(part, str)), argument)
    pieces = split(delimiter.written, text)
    if pieces is None:
        return Hole(f"Fn::Split {delimiter.written} {render(text)}", "+".join(hole.scope for hole in holes(text)))
    return [*pieces]


def _length(walk: Walk, argument: Expression) -> Value:
    values = walk.value(argument)
    return len(values) if isinstance(values, list) else argument.hole("Fn::Length")


def _to_json_string(walk: Walk, argument: Expression) -> Value:
    value = walk.value(argument)
    check_size(value, argument)
    try:
        return json.dumps(value, separators=(",", ":"))
    except TypeError:  # a hole inside: its quoting cannot be known
        return argument.hole("Fn::ToJsonString")


# -- choices ------------------------------------------------------------------------------------------------------


def _if(walk: Walk, argument: Expression) -> Value:
    written = argument.written
    if not isinstance(written, list) or len(written) != 3 or not isinstance(written[0], str):
        argument.refuse("Fn::If takes a condition's name and two values")
    truth = condition(walk, argument.entry(0))
    if truth is None:
        return argument.hole("Fn::If")
    return walk.value(argument.entry(1 if truth else 2))


def _find_in_map(walk: Walk, argument: Expression) -> Value:
    written, scope = argument.written, argument.scope
    if not isinstance(written, list) or len(written) not in (3, 4):
        argument.refuse("Fn::FindInMap takes a map's name and two keys")
    keys = [walk.text(argument.entry(index)) for index in range(3)]
    entries = scope.section("Mappings")
    if isinstance(keys[0], str) and keys[0] not in entries and not scope.is_transformed() and len(written) == 3:
        argument.refuse(f"Fn::FindInMap names the mapping {keys[0]!r}, which the template has not")
    has_default = len(written) == 4 and "DefaultValue" in mapping_of(written[3])
    table: Json = None
    for key in keys:
        found = _looked_up(walk, key, entries, argument, has_default)
        if isinstance(found, Hole):
            return found
        if isinstance(found, Absent):
            return (
                walk.value(argument.entry(3).entry("DefaultValue")) if has_default else argument.hole("Fn::FindInMap")
            )
        table, entries = found, mapping_of(found)
    return walk.value(Expression(table, scope, ("Mappings", *(key for key in keys if isinstance(key, str)))))


def _looked_up(
    walk: Walk, key: Str, entries: Mapping[str, Json], at: Expression, has_default: bool
) -> Json | Absent | Hole:
    """What a map of the Mappings has at a key: ABSENT where it has no such key, a Hole where that is open."""
    if "Fn::Transform" in entries:
        return at.hole("Fn::FindInMap")
    if isinstance(key, str):
        return entries.get(key, ABSENT)
    if isinstance(key, Hole) and key.is_input and not walk.assumptions.may_be_one_of(key, entries, has_default):
        return ABSENT
    return at.hole("Fn::FindInMap")


# -- other stacks -------------------------------------------------------------------------------------------------


def _import_value(walk: Walk, argument: Expression) -> Value:
    name, scope = walk.text(argument), argument.scope
    exported = scope.lookup.find_export(name, scope) if walk.follows_exports else None
    if exported is None:
        return Hole(f"Fn::ImportValue {render(name)}", owners(scope, name), why="an export of no stack that is here")
    walk.assumptions.share_environment(exported.scope, scope)
    return walk.elsewhere("export", exported)


def _get_stack_output(walk: Walk, argument: Expression) -> Value:
    """CDK's weak references across stacks: an output of a deployed stack, by that stack's name and region."""
    written, scope = argument.written, argument.scope
    if not isinstance(written, dict) or not {"StackName", "OutputName"} <= set(written):
        argument.refuse("Fn::GetStackOutput takes a StackName and an OutputName")
    stack, output = walk.text(argument.entry("StackName")), walk.text(argument.entry("OutputName"))
    region = walk.text(argument.entry("Region")) if "Region" in written else pseudo(walk, "AWS::Region", scope)
    is_elsewhere = "RoleArn" in written
    found = None
    if isinstance(output, str):
        found = scope.lookup.find_output(stack, output, region, is_elsewhere, scope)
    if found is None:
        owner = f"{render(scope.account)}/{render(region)}"
        return Hole(
            f"Fn::GetStackOutput {render(stack)} {render(output)}", owner, why="an output of no stack that is here"
        )
    if not is_elsewhere and region == walk.assumptions.known_as(scope.region):
        walk.assumptions.share_environment(found.scope, scope)
    return walk.elsewhere("stack output", found)


FUNCTIONS: Final[Mapping[str, Callable[[Walk, Expression], Value]]] = {
    "Ref": _ref,
    "Fn::Sub": _sub,
    "Fn::Join": _join,
    "Fn::Select": _select,
    "Fn::Split": _split,
    "Fn::If": _if,
    "Fn::FindInMap": _find_in_map,
    "Fn::GetAtt": _get_att,
    "Fn::ImportValue": _import_value,
    "Fn::GetStackOutput": _get_stack_output,
    "Fn::Length": _length,
    "Fn::ToJsonString": _to_json_string,
}
"""Every other function gives a hole: what it returns is known only in AWS."""
