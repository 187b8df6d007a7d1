"""What names in a template stand for: pseudo parameters, parameters, resources and their attributes.

Knows the attributes of a few resource types. Sources: AWS CloudFormation User Guide, "Pseudo parameters reference",
"Parameters"; the resource types' pages, "Return values".
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import Final

from imagelint.aws.partitions import partition_of, suffix_of
from imagelint.cloudformation.assumptions import allowed_values
from imagelint.cloudformation.scope import Expression, Scope
from imagelint.cloudformation.values import (
    ABSENT,
    DOMAIN_CHARACTERS,
    NAME_CHARACTERS,
    REGION_CHARACTERS,
    REPOSITORY_CHARACTERS,
    Value,
    as_text,
    breadth,
    typed,
    with_dynamic_references,
)
from imagelint.cloudformation.walk import Walk
from imagelint.text.holes import Hole, Str, concat

_NAMES: Final[dict[str, tuple[str, str]]] = {
    "AWS::ECR::Repository": ("RepositoryName", REPOSITORY_CHARACTERS),
    "AWS::IAM::Role": ("RoleName", NAME_CHARACTERS),
    "AWS::Lambda::Function": ("FunctionName", NAME_CHARACTERS),
    "AWS::Serverless::Function": ("FunctionName", NAME_CHARACTERS),
}
"""What Ref gives: the property that names the resource, and what a generated name is made of."""

_MADE: Final = "the name of a resource, which gets it when it is made"
_NAME: Final = "Ref"
_ATTRIBUTES: Final[dict[tuple[str, str], str]] = {
    ("AWS::ECR::Repository", "Arn"): "arn:{AWS::Partition}:ecr:{AWS::Region}:{AWS::AccountId}:repository/{Ref}",
    ("AWS::ECR::Repository", "RepositoryUri"): "{AWS::AccountId}.dkr.ecr.{AWS::Region}.{AWS::URLSuffix}/{Ref}",
    ("AWS::Lambda::Function", "Arn"): "arn:{AWS::Partition}:lambda:{AWS::Region}:{AWS::AccountId}:function:{Ref}",
    ("AWS::Serverless::Function", "Arn"): "arn:{AWS::Partition}:lambda:{AWS::Region}:{AWS::AccountId}:function:{Ref}",
}
"""What Fn::GetAtt gives (the resource types' pages in the CloudFormation reference, "Return values")."""

_ATTRIBUTE_PIECE: Final = r"\{([^{}]+)\}"


def meaning(walk: Walk, name: str, at: Expression) -> Value:
    """What a name stands for that Ref or Fn::Sub has at a place."""
    scope = at.scope
    if name.startswith("AWS::"):
        return ABSENT if name == "AWS::NoValue" else pseudo(walk, name, scope)
    if name in scope.section("Parameters"):
        value = _parameter(walk, name, scope)
        walk.spend(breadth(value), at)
        return value
    if name in scope.section("Resources"):
        return physical_name(walk, name, scope)
    return _undefined(name, at)


def _undefined(name: str, at: Expression) -> Hole:
    if at.scope.is_transformed():
        return Hole(name, at.scope.name)
    at.refuse(f"refers to {name!r}, which is neither a parameter nor a resource of the template")


def pseudo(walk: Walk, name: str, scope: Scope) -> Str:
    """The value of a pseudo parameter such as `AWS::Region`; not of AWS::NoValue, which has none."""
    known_as = walk.assumptions.known_as
    if name == "AWS::AccountId":
        return known_as(scope.account)
    if name == "AWS::StackName":
        return scope.stack_name
    region = known_as(scope.region)
    if name == "AWS::Region":
        return region
    environment = region.scope if isinstance(region, Hole) else scope.name
    if name == "AWS::Partition":
        known = partition_of(region) if isinstance(region, str) else None
        return known or Hole(name, environment, REGION_CHARACTERS)
    if name == "AWS::URLSuffix":
        known = suffix_of(region) if isinstance(region, str) else None
        return known or Hole(name, environment, DOMAIN_CHARACTERS)
    return Hole(name, scope.name)


# -- parameters ---------------------------------------------------------------------------------------------------


def _parameter(walk: Walk, name: str, scope: Scope) -> Value:
    """A parameter's value: given from outside, assumed, its Default, the one that is allowed, or a hole."""
    declared = scope.declaration(name)
    kind = declared.get("Type")
    given = _given(walk, name, scope)
    if isinstance(kind, str) and kind.startswith(_SSM):
        if name in scope.read_parameters:
            return typed(scope.read_parameters[name], kind.removeprefix(f"{_SSM}Value<").removesuffix(">"))
        named = as_text(declared.get("Default") if given is ABSENT else given)  # not the value, but its name there
        shown = f"the SSM parameter {named}" if named and isinstance(named, str) else name
        return Hole(shown, scope.name, why="a value that CloudFormation reads at the deployment")
    if given is not ABSENT:
        return typed(given, kind)
    value = _chosen(walk, name, scope) if scope.parent is None else _left_to_default(name, scope)
    return typed(with_dynamic_references(value, scope), kind)


def _given(walk: Walk, name: str, scope: Scope) -> Value:
    """The value that is given from outside, by the stack that nests this one or by whoever deploys; else ABSENT."""
    argument = scope.argument(name)
    if argument is not None:
        return walk.once(("parameter", scope.name, name), argument)
    given = as_text(scope.parameters.get(name, ABSENT))
    if given is None:
        return ABSENT
    hole = Hole(name, scope.name)
    if isinstance(given, str):
        if given in walk.scenario.excluded(hole):  # asked what the value is for
            return hole
        walk.defaults[hole] = given
    return with_dynamic_references(given, scope)


def _left_to_default(name: str, scope: Scope) -> Str:
    """The value in a nested stack that is not given it: nobody but the stack that nests it could choose another."""
    default = as_text(scope.declaration(name).get("Default"))
    if default is None or any(key.startswith("Fn::") for key in scope.parameters):
        return Hole(name, scope.name, why="a parameter that the nesting stack gives no known value")
    return default


def _chosen(walk: Walk, name: str, scope: Scope) -> Str:
    """The value that whoever deploys chooses: the assumed one, or what is chosen where nobody says otherwise."""
    hole = walk.assumptions.parameter(name, scope)
    allowed, excluded = allowed_values(name, scope), walk.scenario.excluded(hole)
    default = as_text(scope.declaration(name).get("Default"))
    value = walk.scenario.bound.get(hole)
    if value is None and isinstance(default, str) and default not in excluded:
        value = default
    if value is None:
        value = walk.assumptions.only_left(hole)
    if value is None:
        why = "a parameter without Default" if default is None else "a parameter with another value than its Default"
        return Hole(name, scope.name, never=excluded, is_input=True, why=why)
    if value == default and not (default in allowed and len(allowed) == 1):
        walk.defaults[hole] = value  # which whoever deploys may replace
    return value


_SSM: Final = "AWS::SSM::Parameter::"
"""The types whose values stand in Systems Manager, `AWS::SSM::Parameter::Value<List<String>>` among them."""


# -- resources ----------------------------------------------------------------------------------------------------


def physical_name(walk: Walk, logical_id: str, scope: Scope) -> Str:
    """What Ref gives for a resource of the template: its name, as far as that is known."""
    known = _NAMES.get(scope.resource_type(logical_id))
    if known is None:
        return Hole(logical_id, scope.name, why=_MADE)
    key, alphabet = known
    name = scope.property_of(logical_id, key)
    given = None if name is None else as_text(walk.once(("name", scope.name, logical_id), name))
    return given or Hole(logical_id, scope.name, alphabet, why=_MADE)


def attribute_of(walk: Walk, logical_id: str, attribute: str, at: Expression) -> Value:
    """What Fn::GetAtt or Fn::Sub gives at a place for an attribute of a resource."""
    scope = at.scope
    if logical_id not in scope.section("Resources"):
        return _undefined(logical_id, at)
    if attribute.startswith("Outputs.") and logical_id in scope.nested:
        return _output(walk, attribute.removeprefix("Outputs."), scope.nested[logical_id], at)
    kind = scope.resource_type(logical_id)
    if kind == "Custom::CrossRegionExportReader":
        sent = scope.lookup.find_cross_region(attribute, scope) if walk.follows_exports else None
        return Hole(f"{logical_id}.{attribute}", scope.name) if sent is None else walk.elsewhere("writer", sent)
    if kind == "AWS::IAM::Role" and attribute == "Arn":
        return _role_arn(walk, logical_id, scope)
    pattern = _ATTRIBUTES.get((kind, attribute))
    if pattern is None:
        why = f"an attribute of the {kind}, which gets it when it is made"
        return Hole(f"{logical_id}.{attribute}", scope.name, why=why)
    pieces = _pieces_of(pattern)
    texts: list[Str] = [*pieces]
    texts[1::2] = [
        physical_name(walk, logical_id, scope) if name == _NAME else pseudo(walk, name, scope) for name in pieces[1::2]
    ]
    return concat(texts)


@cache
def _pieces_of(pattern: str) -> Sequence[str]:
    """An attribute's pattern as literals and, at odd places, names."""
    return re.split(_ATTRIBUTE_PIECE, pattern)


def _role_arn(walk: Walk, logical_id: str, scope: Scope) -> Str:
    written = scope.property_of(logical_id, "Path")
    path = "/" if written is None else as_text(walk.value(written))
    partition, account = pseudo(walk, "AWS::Partition", scope), pseudo(walk, "AWS::AccountId", scope)
    pieces = ["arn:", partition, ":iam::", account, ":role", "/" if path is None else path]
    return concat([*pieces, physical_name(walk, logical_id, scope)])


def _output(walk: Walk, output: str, nested: Scope, at: Expression) -> Value:
    written = nested.section("Outputs").get(output)
    if isinstance(written, dict) and "Value" in written:
        return walk.elsewhere("output", Expression(written["Value"], nested, ("Outputs", output, "Value")))
    if nested.is_transformed() or not nested.template:
        why = "an output of a nested stack of which the template is not known"
        return Hole(f"Outputs.{output}", nested.name, why=why)
    at.refuse(f"Fn::GetAtt names the output {output!r}, which the nested stack has not")
