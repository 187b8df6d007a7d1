"""Which functions CloudFront calls at the edge, through versions and across stacks. Knows nothing of rules.

Source: AWS::CloudFront::Distribution, LambdaFunctionAssociation: the ARN of a function's version.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from imagelint.assembly.resource_types import FUNCTION_TYPES
from imagelint.assembly.resources import Resource
from imagelint.cloudformation.evaluation import Evaluation
from imagelint.cloudformation.scenario import Scenario
from imagelint.cloudformation.scope import Expression, TemplateError, mapping_of
from imagelint.cloudformation.values import Value, as_text
from imagelint.facts.index import ResourceIndex
from imagelint.text.holes import Hole, Str

_MAX_HOPS: Final = 4
"""References from a distribution to a function: a parameter reader, a parameter, a version, the function."""


def edge_functions(index: ResourceIndex) -> dict[tuple[str, str], Resource]:
    """The functions that a distribution of the assembly calls, by stack and logical ID, each with the distribution."""
    found: dict[tuple[str, str], Resource] = {}
    for distribution in index.of_kind("AWS::CloudFront::Distribution"):
        for association in _associations(distribution):
            target = _followed(index, _value(association), _MAX_HOPS)
            if target is not None:
                found.setdefault((target.stack.name, target.logical_id), distribution)
    return found


def _associations(distribution: Resource) -> Iterator[Expression]:
    """The ARNs of function versions as a distribution has them."""
    config = distribution.entry("DistributionConfig")
    if not isinstance(config.written, dict):
        return
    behaviours = [config.entry("DefaultCacheBehavior")] if "DefaultCacheBehavior" in config.written else []
    if "CacheBehaviors" in config.written:
        behaviours += config.entry("CacheBehaviors").items()
    for behaviour in behaviours:
        if "LambdaFunctionAssociations" in mapping_of(behaviour.written):
            for each in behaviour.entry("LambdaFunctionAssociations").items():
                if "LambdaFunctionARN" in mapping_of(each.written):
                    yield each.entry("LambdaFunctionARN")


def _value(expression: Expression) -> Value:
    try:
        return Evaluation(Scenario(exhausted=True)).value(expression)
    except TemplateError as error:
        error.report()
        return None


def _followed(index: ResourceIndex, value: Value, hops: int) -> Resource | None:
    """The function that a version's ARN belongs to; None where it is not a resource of the assembly."""
    text = as_text(value)
    if not isinstance(text, Hole) or hops == 0:
        return None
    stack = index.assembly.by_name.get(text.scope)
    logical_id, _, attribute = text.name.partition(".")
    if stack is None:
        return None
    resource = Resource(stack, logical_id)
    kind = stack.resource_type(logical_id)
    if not kind or not resource.is_well_formed:
        return None
    if kind in FUNCTION_TYPES:
        return resource
    if kind == "AWS::Lambda::Version":
        return _followed(index, _value(resource.entry("FunctionName")), hops - 1)
    if kind == "Custom::CrossRegionStringParameterReader" and attribute == "FunctionArn":
        return _through_parameter(index, resource, hops)
    return None


def _through_parameter(index: ResourceIndex, reader: Resource, hops: int) -> Resource | None:
    """CDK's EdgeFunction: the version's ARN goes from us-east-1 to the distribution's region in an SSM parameter."""
    name = as_text(_value(reader.entry("ParameterName")))
    parameter = None if name is None else index.once(_parameters).get(name)
    return None if parameter is None else _followed(index, _value(parameter.entry("Value")), hops - 1)


def _parameters(index: ResourceIndex) -> dict[Str, Resource]:
    """The SSM parameters of the assembly by their names."""
    found: dict[Str, Resource] = {}
    for parameter in index.of_kind("AWS::SSM::Parameter"):
        name = as_text(_value(parameter.entry("Name")))
        if name is not None:
            found.setdefault(name, parameter)
    return found
