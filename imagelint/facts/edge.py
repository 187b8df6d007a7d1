"""Which functions CloudFront calls at the edge, through versions and across stacks. Knows nothing of rules.

Source: AWS::CloudFront::Distribution, LambdaFunctionAssociation: the ARN of a function's version.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

from imagelint.assembly.assembly import Assembly
from imagelint.assembly.resources import Resource
from imagelint.cloudformation.evaluation import Evaluation, Value, as_text
from imagelint.cloudformation.scope import Scenario, TemplateError
from imagelint.documents.pointer import Pointer
from imagelint.text.holes import Hole

_MAX_HOPS: Final = 4
"""References from a distribution to a function: a parameter reader, a parameter, a version, the function."""


_OfKind = Callable[..., Iterator[Resource]]


def edge_functions(assembly: Assembly, of_kind: _OfKind) -> dict[tuple[str, str], Resource]:
    """The functions that a distribution of the assembly calls, by stack and logical ID, each with the distribution."""
    found: dict[tuple[str, str], Resource] = {}
    for distribution in of_kind("AWS::CloudFront::Distribution"):
        for written, at in _associations(distribution):
            target = _followed(assembly, of_kind, _value(assembly, distribution, written, at), _MAX_HOPS)
            if target is not None:
                found.setdefault((target.stack.name, target.logical_id), distribution)
    return found


def _associations(distribution: Resource) -> Iterator[tuple[Any, Pointer]]:
    config, at = distribution.entry("DistributionConfig")
    if not isinstance(config, dict):
        return
    behaviours = [(config.get("DefaultCacheBehavior"), (*at, "DefaultCacheBehavior"))]
    others = config.get("CacheBehaviors")
    if isinstance(others, list):
        behaviours += [(each, (*at, "CacheBehaviors", index)) for index, each in enumerate(others)]
    for behaviour, place in behaviours:
        listed = behaviour.get("LambdaFunctionAssociations") if isinstance(behaviour, dict) else None
        for index, each in enumerate(listed if isinstance(listed, list) else []):
            if isinstance(each, dict) and "LambdaFunctionARN" in each:
                yield (
                    each["LambdaFunctionARN"],
                    (*place, "LambdaFunctionAssociations", index, "LambdaFunctionARN"),
                )


def _value(assembly: Assembly, owner: Resource, written: Any, at: Pointer) -> Value:
    try:
        return Evaluation(Scenario(exhausted=True)).value(written, owner.stack.scope, at)
    except TemplateError as error:
        assembly.by_name[error.scope.name].note_at(error.pointer, error.message)
        return None


def _followed(assembly: Assembly, of_kind: _OfKind, value: Value, hops: int) -> Resource | None:
    """The function that a version's ARN belongs to; None where it is not a resource of the assembly."""
    text = as_text(value)
    if not isinstance(text, Hole) or hops == 0:
        return None
    stack = assembly.by_name.get(text.scope)
    logical_id, _, attribute = text.name.partition(".")
    if stack is None:
        return None
    resource = Resource(stack, logical_id)
    kind = stack.scope.resource_type(logical_id)
    if not kind or not resource.is_well_formed:
        return None
    if kind in ("AWS::Lambda::Function", "AWS::Serverless::Function"):
        return resource
    if kind == "AWS::Lambda::Version":
        written, at = resource.entry("FunctionName")
        return _followed(assembly, of_kind, _value(assembly, resource, written, at), hops - 1)
    if kind == "Custom::CrossRegionStringParameterReader" and attribute == "FunctionArn":
        return _through_parameter(assembly, of_kind, resource, hops)
    return None


def _through_parameter(assembly: Assembly, of_kind: _OfKind, reader: Resource, hops: int) -> Resource | None:
    """CDK's EdgeFunction: the version's ARN goes from us-east-1 to the distribution's region in an SSM parameter."""
    name = _value(assembly, reader, *reader.entry("ParameterName"))
    for parameter in of_kind("AWS::SSM::Parameter"):
        if name is not None and _value(assembly, parameter, *parameter.entry("Name")) == name:
            return _followed(assembly, of_kind, _value(assembly, parameter, *parameter.entry("Value")), hops - 1)
    return None
